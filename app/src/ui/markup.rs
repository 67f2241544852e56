//! The design system's parts for where the server writes a part of a page as text.

use maud::{Markup, html};

use super::icon::{LOGO, outline};

/// [`Icon`](super::Icon).
pub fn icon_markup(name: &str) -> Markup {
    html! {
        svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" { path d=(outline(name)) {} }
    }
}

/// [`Logo`](super::Logo).
pub fn logo_markup() -> Markup {
    html! {
        span class="logo" {
            svg class="logo-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false" {
                rect width="32" height="32" rx="8" {}
                path fill-rule="evenodd" d=(LOGO) {}
            }
            span class="logo-word" { "Devalo" }
        }
    }
}

/// [`Empty`](super::Empty).
pub fn empty_markup(title: &str, more: Markup) -> Markup {
    empty_with("calendar", title, more)
}

/// The same with another icon.
pub fn empty_with(icon: &str, title: &str, more: Markup) -> Markup {
    html! {
        div class="empty" {
            (icon_markup(icon))
            p class="empty-title" { (title) }
            div class="empty-more" { (more) }
        }
    }
}
