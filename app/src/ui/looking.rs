//! Forms of who only looks: whoever runs the platform, at an organisation whose owner lets them. What stands in the fields can be read,
//! and nothing can be sent. The dashboard’s frame says why.
//!
//! The server knows it before it writes the page, and writes the organisation’s word into `<html>`: what is written and what the browser’s
//! program makes of it are the same. Another organisation’s pages begin anew.

use leptos::prelude::*;
use leptos_router::hooks::use_url;

/// What a form holds; for who only looks disabled, and without its buttons.
pub(super) fn fields(children: Children) -> AnyView {
    if only_looks() {
        view! { <fieldset class="looked-at" disabled=true>{children()}</fieldset> }.into_any()
    } else {
        children().into_any()
    }
}

/// Whoever reads this page looks at its organisation as support.
fn only_looks() -> bool {
    let Some(org) = looked_at() else { return false };
    // Their own account's pages, to which one comes from there, are theirs.
    let of_page = |path: &str| path.strip_prefix("/app/").and_then(|rest| rest.split('/').next()) == Some(&org);
    use_url().with_untracked(|url| of_page(url.path()))
}

#[cfg(feature = "ssr")]
fn looked_at() -> Option<String> {
    crate::request::looked_at()
}

#[cfg(not(feature = "ssr"))]
fn looked_at() -> Option<String> {
    document().document_element()?.get_attribute("data-looked-at")
}
