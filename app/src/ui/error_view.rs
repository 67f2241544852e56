//! What stands in the page when it can't be shown.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::{hooks::use_url, location::Url};

use super::title::PageTitle;
use super::url::with_query;
use crate::{
    error::{AppError, Code, TURN_ON, TURNED_OFF},
    modules::MODULES,
};

/// The body of an error page: what happened, and the way on.
#[component]
pub fn ErrorView(
    /// What happened.
    error: AppError,
) -> AnyView {
    if error.code == Code::Unauthenticated {
        return view! { <LogInFirst message=error.message/> }.into_any();
    }
    if error.code == Code::Unconfirmed {
        return view! { <ConfirmFirst message=error.message/> }.into_any();
    }
    if error.code == Code::FactorNeeded {
        return view! { <FactorFirst message=error.message/> }.into_any();
    }
    let url = use_url();
    let path = url.with_untracked(|url| url.path().to_owned());
    let off = error.message.find(TURNED_OFF).filter(|_| error.code == Code::NotFound).map(|at| at + TURNED_OFF.len());
    let modules = off.filter(|_| error.message.ends_with(TURN_ON)).and_then(|_| modules_of(&path));
    let modules = modules.map(|href| view! { <a class="btn btn-primary" rel="external" href=href>"Open modules"</a> });
    let ways = ways_on(&path, error.code)
        .into_iter()
        // The first page may be what is off.
        .filter(|(_, class, _)| off.is_none() || !class.contains("to-first"))
        .map(|(href, class, label)| view! { <a class=class href=href>{label}</a> })
        .collect_view();
    // Those two are how things stand, not something that went wrong.
    let stands = matches!(error.code, Code::Suspended | Code::Closed);
    let again = move || url.with(|url| here(url.path(), url.search()));
    // There is no form here whose fields could say it.
    let message = if error.fields.is_empty() {
        error.message
    } else {
        error.fields.into_iter().map(|field| field.message).collect::<Vec<_>>().join(" ")
    };
    // "We couldn’t find that page.": more than its title, and said once.
    let title = error.code.title();
    let missing = message.find(". ").filter(|_| error.code == Code::NotFound && message.starts_with(title));
    let (title, message) = match off.or(missing) {
        Some(at) => (message[..at].to_owned(), message[at..].trim_start_matches(". ").to_owned()),
        None => (title.to_owned(), message),
    };
    let retry = matches!(error.code, Code::Internal | Code::Unavailable | Code::TooMany | Code::Conflict);
    let wait = error.retry_after.filter(|_| !stands).map(|seconds| match seconds {
        ..=1 => "You can try again in a second.".to_owned(),
        2..=90 => format!("You can try again in {seconds} seconds."),
        _ => format!("You can try again in {} minutes.", seconds.div_ceil(60)),
    });
    view! {
        <PageTitle text=title.clone()/>
        {(error.code != Code::Closed).then(|| view! { <Meta name="robots" content="noindex"/> })}
        <section class="error-view">
            <h1>{title.clone()}</h1>
            {(message != title).then(|| linked(&message))}
            {wait.map(|wait| view! { <p>{wait}</p> })}
            <p class="row">
                {retry.then(|| view! { <a class="btn btn-primary" rel="external" href=again>"Try again"</a> })}
                {modules}
                {ways}
            </p>
        </section>
    }
    .into_any()
}

/// What happened; an address in it is a link.
fn linked(message: &str) -> AnyView {
    let begin = message.find("://").and_then(|at| message[..at].rfind(' ')).map_or(message.len(), |space| space + 1);
    let (before, rest) = message.split_at(begin);
    let address = rest.split(' ').next().unwrap_or_default().trim_end_matches('.');
    if !address.starts_with("http") {
        return view! { <p>{message.to_owned()}</p> }.into_any();
    }
    let (address, after) = rest.split_at(address.len());
    view! { <p>{before.to_owned()}<a href=address.to_owned() rel="external">{address.to_owned()}</a>{after.to_owned()}</p> }
        .into_any()
}

/// Where the organisation’s modules are turned on.
fn modules_of(path: &str) -> Option<String> {
    let (org, _) = path.strip_prefix("/app/")?.split_once('/')?;
    Some(format!("/app/{org}/settings/modules"))
}

/// Where to go from here: inside an organisation to its first page, which its frame is there for whom it is open to.
fn ways_on(path: &str, code: Code) -> Vec<(String, &'static str, String)> {
    let Some(inside) = path.strip_prefix("/app/") else {
        #[cfg(feature = "ssr")]
        if path.starts_with("/admin/orgs/") && runs_platform() {
            return vec![("/admin/orgs".to_owned(), "btn btn-quiet", "All organisations".to_owned())];
        }
        let front = ("/".to_owned(), "btn btn-quiet", "Go to the front page".to_owned());
        return if code == Code::Closed { Vec::new() } else { vec![front] };
    };
    let first =
        inside.split_once('/').filter(|_| !matches!(code, Code::Suspended | Code::Closing | Code::PaymentNeeded));
    let first = first.map(|(org, _)| (format!("/app/{org}"), "btn btn-quiet to-first", first_page()));
    let chooser = ("/app".to_owned(), "btn btn-quiet to-orgs", "Your organisations".to_owned());
    first.into_iter().chain([chooser]).collect()
}

/// Whoever asks runs the platform: its pages are no secret to them.
#[cfg(feature = "ssr")]
pub fn runs_platform() -> bool {
    crate::request::standing().logged_in().is_ok_and(|person| person.runs_platform())
}

/// What the way to an organisation’s first page is called: "Go to the calendar", where there is no other module.
fn first_page() -> String {
    let mut pages = MODULES.iter().filter_map(|module| module.nav().first());
    match (pages.next(), pages.next()) {
        (Some(only), None) => format!("Go to the {}", only.label.to_lowercase()),
        _ => "Go to the first page".to_owned(),
    }
}

/// Asks to log in, and comes back here afterwards.
#[component]
pub fn LogInFirst(
    /// Why.
    #[prop(into)]
    message: String,
) -> impl IntoView {
    let url = use_url();
    let log_in = move || url.with(log_in_from);
    view! {
        <PageTitle text="Please log in"/>
        <Meta name="robots" content="noindex"/>
        <section class="error-view">
            <h1>"Please log in"</h1>
            <p>{message}</p>
            <p class="row"><a class="btn btn-primary" href=log_in rel="external">"Log in"</a></p>
        </section>
    }
}

/// Asks to show again who one is, and comes back here afterwards.
#[component]
fn ConfirmFirst(
    /// Why.
    #[prop(into)]
    message: String,
) -> impl IntoView {
    let url = use_url();
    let confirm = move || url.with(|url| with_query("/account/confirm", &[("next", &here(url.path(), url.search()))]));
    view! {
        <PageTitle text="Please confirm that it is you"/>
        <section class="error-view">
            <h1>"Please confirm that it is you"</h1>
            <p>{message}</p>
            <p class="row"><a class="btn btn-primary" href=confirm>"Confirm"</a></p>
        </section>
    }
}

/// Asks to set up a second factor.
#[component]
fn FactorFirst(
    /// Why.
    #[prop(into)]
    message: String,
) -> impl IntoView {
    let title = Code::FactorNeeded.title();
    let there = with_query("/account/confirm", &[("next", "/account/second-factor")]);
    view! {
        <PageTitle text=title/>
        <section class="error-view">
            <h1>{title}</h1>
            <p>{message}</p>
            <p class="row"><a class="btn btn-primary" href=there rel="external">"Set it up"</a></p>
        </section>
    }
}

/// The log-in that comes back to this address.
pub(super) fn log_in_from(url: &Url) -> String {
    with_query("/login", &[("next", &here(url.path(), url.search()))])
}

/// This address, without the site.
fn here(path: &str, search: &str) -> String {
    if search.is_empty() { path.to_owned() } else { format!("{path}?{}", search.trim_start_matches('?')) }
}
