//! `/admin/orgs`: the organisations.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::frame::admin_page;
use crate::{
    admin::{
        api::orgs,
        wire::{OrgLine, OrgsPage},
    },
    packed::page_data,
    ui::{Badge, Choice, Empty, PageHeader, Tone, with_query},
};

const HERE: &str = "/admin/orgs";

/// The organisations.
#[component]
pub fn OrgsRoute() -> AnyView {
    let query = use_query_map();
    let asked =
        Memo::new(move |_| query.with(|query| ["search", "plan", "standing", "after"].map(|name| query.get(name))));
    let page = page_data(move || asked.get(), |[search, plan, standing, after]| orgs(search, plan, standing, after));
    admin_page("Organisations", HERE, page, orgs_view)
}

fn orgs_view(page: OrgsPage) -> AnyView {
    let OrgsPage { orgs, search, plans, standings, more_after } = page;
    let more = more_after.map(|after| {
        let parts = [
            ("search", search.as_str()),
            ("plan", chosen(&plans)),
            ("standing", chosen(&standings)),
            ("after", &after),
        ];
        view! { <p class="row"><a class="btn btn-quiet" href=with_query(HERE, &parts)>"More"</a></p> }
    });
    let list = if orgs.is_empty() {
        view! {
            <Empty title="No organisation like that" icon="search">
                <p><a href=HERE>"Show all of them"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <ul class="lines">{orgs.into_iter().map(org_line).collect_view()}</ul> }.into_any()
    };
    view! {
        <PageHeader title="Organisations" about="Who is on the platform, and what they have agreed to."/>
        <form method="get" action=HERE class="card filters" role="search">
            <div class="field">
                <label for="search">"Name or address"</label>
                <input id="search" class="input" type="search" name="search" maxlength="100" value=search/>
            </div>
            {choice("plan", "Plan", plans)}
            {choice("standing", "How it stands", standings)}
            <button type="submit" class="btn btn-primary">"Search"</button>
        </form>
        {list}
        {more}
    }
    .into_any()
}

fn chosen(choices: &[Choice]) -> &str {
    choices.iter().find(|choice| choice.chosen).map(|choice| choice.value.as_str()).unwrap_or_default()
}

/// One of a few, in a form that narrows a list.
pub fn choice(name: &'static str, label: &'static str, choices: Vec<Choice>) -> AnyView {
    let options = choices
        .into_iter()
        .map(|Choice { value, label, chosen }| view! { <option value=value selected=chosen>{label}</option> })
        .collect_view();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select class="input" id=name name=name>{options}</select>
        </div>
    }
    .into_any()
}

fn org_line(org: OrgLine) -> AnyView {
    let href = format!("{HERE}/{}", org.slug);
    let about = about(&org);
    let used = (!org.used.is_empty()).then(|| view! { <p class="soft">{org.used.join(", ")}</p> });
    let when = (!org.when.is_empty()).then(|| view! { <p>{org.when}</p> });
    let tone = if org.alarming { Tone::Warning } else { Tone::Neutral };
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><a href=href>{org.name}</a></p>
                {when}
                <p class="soft">{about}</p>
                {used}
            </div>
            <div class="line-end"><Badge tone=tone label=org.badge/></div>
        </li>
    }
    .into_any()
}

/// "Team, 5 of 15 seats, last active 5 minutes ago"
pub fn about(org: &OrgLine) -> String {
    let seen = if org.seen.is_empty() { "nobody is logged in".to_owned() } else { format!("last active {}", org.seen) };
    format!("{}, {}, {seen}", org.plan, org.seats)
}
