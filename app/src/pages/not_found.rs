//! An address that leads nowhere.

use leptos::prelude::*;

use crate::{
    error::AppError,
    ui::{ErrorView, NarrowFrame},
};

/// The page for an address that no route knows. The route sets the status.
#[component]
pub fn NotFound() -> AnyView {
    let error = AppError::not_found("that page");
    view! { <NarrowFrame title="Page not found"><ErrorView error=error/></NarrowFrame> }.into_any()
}
