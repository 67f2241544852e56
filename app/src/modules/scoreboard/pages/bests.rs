//! `/app/{org}/scoreboard/bests/{person}`: somebody’s streaks and bests, for themselves and for who manages.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use crate::{
    modules::scoreboard::{
        bests::{self, Best, BestsPage, Record},
        period::Kind,
    },
    pages::plain::written,
    request,
    ui::{DashboardShell, Empty, Icon, PageHeader, PageTitle, Table, given, org_of_address, with_query},
};

/// The page, in the dashboard's frame.
#[component]
pub fn BestsRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = bests::page(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    let body = written(read, |(org, page)| show(&org, &page));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: &BestsPage) -> AnyView {
    let back = format!("/app/{org}/scoreboard");
    let title = if page.own { "My streaks and bests".to_owned() } else { page.person.name.clone() };
    view! {
        <PageTitle text=title.clone()/>
        <a class="back" href=back><Icon name="back"/>"Scoreboard"</a>
        <PageHeader title=title about="Streaks and personal bests."/>
        {table(org, &page.person.id.to_string(), &page.bests)}
    }
    .into_any()
}

/// Somebody's streaks and bests of each metric, and the rule for streaks.
fn table(org: &str, person: &str, bests: &[Best]) -> AnyView {
    if bests.iter().all(|best| best.records.is_empty() && best.longest == 0) {
        return view! {
            <Empty title="Nothing to compare yet"><p>"Bests show once there are results."</p></Empty>
        }
        .into_any();
    }
    let row = |best: &Best| {
        let record = |kind: Kind| {
            let found = best.records.iter().find(|record| record.kind == kind);
            found.map_or_else(|| "–".into_any(), |record| cell(org, person, &best.key, record))
        };
        let streak = format!("{} now, {} at most", best.streak, best.longest);
        vec![
            best.metric.clone().into_any(),
            streak.into_any(),
            record(Kind::Day),
            record(Kind::Week),
            record(Kind::Month),
        ]
    };
    let rows = bests.iter().map(row).collect();
    view! {
        <section class="card stack numbers">
            <Table caption="Streaks and bests" columns=vec!["What", "Days in a row", "Best day", "Best week", "Best month"] rows=rows/>
            <p class="soft">{bests::STREAK_RULE} " Streaks are of the last two years."</p>
        </section>
    }
    .into_any()
}

fn cell(org: &str, person: &str, key: &str, record: &Record) -> AnyView {
    let period = record.period.key();
    let pairs = [("metric", key), ("person", person), ("period", period.as_str())];
    let href = with_query(&format!("/app/{org}/scoreboard/entries"), &pairs);
    let words = if record.is_now {
        " now".to_owned()
    } else {
        let running = match record.kind {
            Kind::Day => "today",
            Kind::Week => "this week",
            _ => "this month",
        };
        format!(" on {}; {} {running}", record.period.short_label(), record.now)
    };
    let words = if record.kind == Kind::Day || record.is_now { words } else { words.replacen(" on ", " in ", 1) };
    view! { <a href=href>{record.best.clone()}</a> <span class="soft">{words}</span> }.into_any()
}
