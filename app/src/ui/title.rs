//! The page's title.

use leptos::prelude::*;

/// What the window and the search results call the page.
#[component]
pub fn PageTitle(
    /// In plain words; names that people chose may be in it.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    // leptos_meta writes it between the tags as it is. In the browser it is set as text.
    #[cfg(feature = "ssr")]
    let text = maud::html! { (text) }.into_string();
    #[expect(clippy::disallowed_methods, reason = "the one place, with the text escaped")]
    let title = view! { <leptos_meta::Title text=text/> };
    title
}
