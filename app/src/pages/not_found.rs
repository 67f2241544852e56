//! An address that leads nowhere.

use leptos::prelude::*;

use crate::{
    error::AppError,
    ui::{ErrorView, NarrowFrame},
};

/// The page for an address that no route knows: it sets the status itself, since there is no route to do it. A page's program
/// knows less than the server: what it is led to and doesn't know, the server is asked for.
#[component]
pub fn NotFound() -> AnyView {
    #[cfg(feature = "hydrate")]
    if crate::ui::ask_server() {
        return ().into_any();
    }
    let error = AppError::not_found("that page");
    #[cfg(feature = "ssr")]
    crate::request::set_status(&error);
    view! { <NarrowFrame title="Page not found"><ErrorView error=error/></NarrowFrame> }.into_any()
}
