//! `/admin/health`: how the platform is.

use leptos::prelude::*;

use super::frame::admin_page;
use crate::{
    admin::{
        api::health,
        wire::{Fact, HealthPage},
    },
    packed::page_data,
    ui::{Badge, Notice, PageHeader, Tone},
};

/// Names that keep their capital.
const NAMES: &[&str] = &["Devalo", "Stripe"];

/// How the platform is.
#[component]
pub fn HealthRoute() -> AnyView {
    let page = page_data(|| (), |()| health());
    admin_page("Health", "/admin/health", page, health_view)
}

fn health_view(page: HealthPage) -> AnyView {
    let (wrong, fine): (Vec<_>, Vec<_>) = page.facts.into_iter().partition(|fact| fact.alarming);
    let summary = match fine.len() {
        1 => "One thing is fine".to_owned(),
        count => format!("{count} things are fine"),
    };
    let names = fine.iter().map(|fact| inside(&fact.label)).collect::<Vec<_>>().join(", ");
    let wrong = if wrong.is_empty() {
        view! { <Notice tone=Tone::Success><p>"Nothing here needs your attention."</p></Notice> }.into_any()
    } else {
        view! { <ul class="lines">{wrong.into_iter().map(warning).collect_view()}</ul> }.into_any()
    };
    view! {
        <PageHeader title="Health" about="How the platform is at this moment. Load the page again for the next."/>
        {wrong}
        <details class="folds">
            <summary>{summary}<span class="soft">{format!(": {names}")}</span></summary>
            <dl class="figures">{fine.into_iter().map(fact).collect_view()}</dl>
        </details>
    }
    .into_any()
}

/// As it stands inside a sentence: what has a name of its own keeps its capital.
fn inside(label: &str) -> String {
    if NAMES.iter().any(|name| label.starts_with(name)) {
        return label.to_owned();
    }
    let mut letters = label.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

/// Words in which what is typed stands between backticks.
fn with_commands(words: &str) -> AnyView {
    words
        .split('`')
        .enumerate()
        .map(|(at, part)| {
            let part = part.to_owned();
            if at % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
        })
        .collect_view()
        .into_any()
}

/// What isn't as it should be, and what to do about it.
fn warning(fact: Fact) -> AnyView {
    let Fact { label, value, about, advice, href, .. } = fact;
    let about = (!about.is_empty()).then(|| view! { <p class="soft wrap-anywhere">{about}</p> });
    let is_help = href.starts_with("/docs/");
    let words = if is_help { "How it is done" } else { "Look at it" };
    let rel = is_help.then_some("external");
    let link = (!href.is_empty()).then(|| view! { <a class="btn btn-quiet" href=href rel=rel>{words}</a> });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{format!("{label}: {value}")}</p>
                {about}
                <p class="wrap-anywhere">{with_commands(&advice)}</p>
            </div>
            <div class="line-end"><Badge tone=Tone::Warning label="Look at this"/>{link}</div>
        </li>
    }
    .into_any()
}

fn fact(fact: Fact) -> AnyView {
    let Fact { label, value, about, .. } = fact;
    view! {
        <div class="card">
            <dt>{label}</dt>
            <dd class="figure-value wrap-anywhere">{value}</dd>
            <dd class="soft">{about}</dd>
        </div>
    }
    .into_any()
}
