//! The design system's parts for where the server writes a part of a page as text.

use maud::{Markup, html};

use super::icon::outline;

/// [`Icon`](super::Icon).
pub fn icon_markup(name: &str) -> Markup {
    html! {
        svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" { path d=(outline(name)) {} }
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
