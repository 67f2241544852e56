//! `/admin`: the organisations, and what comes in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    admin::{
        api::orgs,
        wire::{Figure, OrgLine, OrgsPage, PlanLine},
    },
    packed::page_data,
    ui::{AccountFrame, Badge, Empty, ErrorView, PageHeader, Skeleton, Table, Tone, with_query},
};

/// The organisations.
#[component]
pub fn OrgsRoute() -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|query| (query.get("search"), query.get("after"))));
    let page = page_data(move || asked.get(), |(search, after)| orgs(search, after));
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => orgs_view(page),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <AccountFrame title="Organisations">
            <Transition fallback=|| view! { <Skeleton lines=10/> }>{body}</Transition>
        </AccountFrame>
    }
    .into_any()
}

fn orgs_view(page: OrgsPage) -> AnyView {
    let OrgsPage { figures, plans, orgs, search, more_after } = page;
    let figures = figures.into_iter().map(figure).collect_view();
    let plans = (!plans.is_empty()).then(|| {
        view! {
            <section class="stack" aria-labelledby="plans">
                <h2 id="plans">"By plan"</h2>
                <Table caption="Plans, and who has them" columns=vec!["Plan", "Active", "Trials", "Each month", "Each year"]>
                    {plans.into_iter().map(plan_line).collect_view()}
                </Table>
            </section>
        }
    });
    let more = more_after.map(|after| {
        let href = with_query("/admin", &[("search", &search), ("after", &after)]);
        view! { <p class="row"><a class="btn btn-quiet" href=href>"More"</a></p> }
    });
    let list = if orgs.is_empty() {
        view! {
            <Empty title="No organisation like that" icon="search">
                <p><a href="/admin">"Show all of them"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <ul class="lines">{orgs.into_iter().map(org_line).collect_view()}</ul> }.into_any()
    };
    view! {
        <PageHeader title="The platform" about="Who is on it, and what they have agreed to. What their clients wrote isn’t shown here."/>
        <dl class="figures">{figures}</dl>
        {plans}
        <section class="stack" aria-labelledby="orgs">
            <h2 id="orgs">"Organisations"</h2>
            <form method="get" action="/admin" class="search-row" role="search">
                <label class="sr-only" for="search">"Name or address"</label>
                <input id="search" class="input" type="search" name="search" placeholder="Name or address" maxlength="100" value=search/>
                <button type="submit" class="btn btn-quiet">"Search"</button>
            </form>
            {list}
            {more}
        </section>
    }
    .into_any()
}

fn figure(figure: Figure) -> AnyView {
    let Figure { label, value, about } = figure;
    view! {
        <div class="card">
            <dt>{label}</dt>
            <dd class="figure-value">{value}</dd>
            <dd class="soft">{about}</dd>
        </div>
    }
    .into_any()
}

fn plan_line(plan: PlanLine) -> AnyView {
    let PlanLine { title, active, trials, monthly, yearly } = plan;
    view! { <tr><th scope="row">{title}</th><td>{active}</td><td>{trials}</td><td>{monthly}</td><td>{yearly}</td></tr> }
        .into_any()
}

fn org_line(org: OrgLine) -> AnyView {
    let href = format!("/admin/orgs/{}", org.slug);
    let about = about(&org);
    let tone = if org.alarming { Tone::Warning } else { Tone::Neutral };
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><a href=href>{org.name}</a></p>
                <p class="soft">{about}</p>
            </div>
            <div class="line-end"><Badge tone=tone label=org.standing/></div>
        </li>
    }
    .into_any()
}

/// "Team, 5 of 15 seats, last active 5 minutes ago"
pub fn about(org: &OrgLine) -> String {
    let seen = if org.seen.is_empty() { "nobody is logged in".to_owned() } else { format!("last active {}", org.seen) };
    format!("{}, {}, {seen}", org.plan, org.seats)
}
