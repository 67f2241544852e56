//! Pages that the server writes alone: no program of the browser's knows them.

use leptos::prelude::*;
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

use super::{about, admin, closed, logged_out, nothing_on, search, sent, settings, start, welcome};
use crate::{
    error::{AppError, Result},
    modules::MODULES,
    request,
    ui::{ErrorView, PublicFrame},
};

/// Their routes.
pub fn routes() -> Vec<AnyNestedRoute> {
    let mut routes = vec![
        NestedRoute::new(path!("/about"), about::AboutRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/login/ended"), logged_out::LoggedOutRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/login/sent"), sent::ResetSentRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/start"), start::StartRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/start/sent"), sent::StartSentRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/start/business/:token"), start::BusinessRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/start/pay/:id"), start::PayRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/start/done/:id"), start::DoneRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/welcome"), welcome::WelcomeRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/closed"), closed::ClosedRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/nothing-on"), nothing_on::NothingOnRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/search"), search::SearchRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
    ];
    routes.extend(MODULES.iter().flat_map(|module| module.plain_routes()));
    routes.extend(settings::plain_routes());
    routes.extend(admin::routes());
    routes
}

/// What is read, shown; or why it couldn't be.
pub fn written<T, Read>(read: impl FnOnce() -> Read, show: impl FnOnce(T) -> AnyView + Send + 'static) -> AnyView
where
    T: Send + 'static,
    Read: Future<Output = Result<T>> + Send + 'static,
{
    written_or(read, show, |error| view! { <ErrorView error=error/> }.into_any())
}

/// The same where a page has its frame from what it shows: why it couldn't be is in the frame that the public sees.
pub fn written_in_public<T, Read>(
    read: impl FnOnce() -> Read,
    show: impl FnOnce(T) -> AnyView + Send + 'static,
) -> AnyView
where
    T: Send + 'static,
    Read: Future<Output = Result<T>> + Send + 'static,
{
    written_or(read, show, |error| view! { <PublicFrame><ErrorView error=error/></PublicFrame> }.into_any())
}

fn written_or<T, Read>(
    read: impl FnOnce() -> Read,
    show: impl FnOnce(T) -> AnyView + Send + 'static,
    refuse: impl FnOnce(AppError) -> AnyView + Send + 'static,
) -> AnyView
where
    T: Send + 'static,
    Read: Future<Output = Result<T>> + Send + 'static,
{
    // Once: a closure would be called to see what there is to wait for, and again for what it shows.
    let read = read();
    let body = Suspend::new(async move {
        match request::page(read.await) {
            Ok(page) => show(page),
            Err(error) => refuse(error),
        }
    });
    view! { <Suspense>{body}</Suspense> }.into_any()
}
