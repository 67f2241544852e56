//! `/login/ended`: a form was sent without JavaScript after its session had ended. The server writes it alone, as the answer.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_url;

use crate::ui::{FailedForm, NarrowFrame, next_in, with_query};

/// Where it is.
pub const LOGGED_OUT: &str = "/login/ended";

/// Says that nothing was done, leads to the log-in beside it, and keeps what was typed: sent on, it is in its form again.
#[component]
pub fn LoggedOutRoute() -> AnyView {
    let next = use_url().with_untracked(|address| next_in(address.search()));
    let log_in = with_query("/login", &[("next", &next)]);
    let body = match use_context::<FailedForm>() {
        Some(failed) => kept(failed, log_in),
        None => view! { <p class="row"><a class="btn btn-primary" href=log_in>"Log in"</a></p> }.into_any(),
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Please log in again · Devalo">
            <div class="card stack">
                <h1>"Please log in again"</h1>
                {body}
            </div>
        </NarrowFrame>
    }
    .into_any()
}

fn kept(failed: FailedForm, log_in: String) -> AnyView {
    let fields = failed
        .values
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        <p role="alert">"You were logged out before you sent this, so nothing was done. What you typed is kept on this page, except passwords and codes."</p>
        <p class="row"><a class="btn btn-primary" href=log_in target="_blank" rel="noopener">"Log in in a new tab"</a></p>
        <p>"Then come back to this tab and go on. You can look at it all once more before you send it."</p>
        <form action=failed.path method="post">
            {fields}
            <p class="row"><button type="submit" class="btn">"Continue"</button></p>
        </form>
    }
    .into_any()
}
