//! An address that leads nowhere.

use leptos::prelude::*;

use crate::{
    error::AppError,
    ui::{ErrorView, NarrowFrame},
};

/// The page for an address that no route knows: it sets the status itself, since there is no route to do it.
#[component]
pub fn NotFound() -> AnyView {
    let error = AppError::not_found("that page");
    #[cfg(feature = "ssr")]
    crate::request::set_status(&error);
    view! { <NarrowFrame title="Page not found"><ErrorView error=error/></NarrowFrame> }.into_any()
}
