//! `/app/{org}/scoreboard/pace`: whether people, teams and the business are on the way to their targets.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use maud::{Markup, html};

use super::{
    board::running_label,
    tabs::{Tab, tabs},
};
use crate::{
    clock::day_typed,
    modules::scoreboard::{
        amount,
        board::{figure, gst_words},
        period::{Kind, Period},
        progress::{Line, Progress},
        store::Metric,
        target_views::{self, PacePage},
        targets::{Whose, read_stretch},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, Empty, Kind as Look, LinkButton, PageHeader, PageTitle, Table, Tone,
        asking::{Choice, select, typed},
        given, icon_markup, org_of_address, with_query,
    },
};

/// The page, in the dashboard's frame.
#[component]
pub fn PaceRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let (metric, period) = (given(&query, "metric").unwrap_or_default(), period_asked(&query));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let asked = period.clone();
    let read = async move || {
        let page = target_views::pace(&platform, &actor, &slug, &metric, &asked).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, &period, &page));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

/// Which period the address asks for: one of those to choose, or from one day to another.
pub(super) fn period_asked(query: &Memo<ParamsMap>) -> String {
    let day = |name: &str| given(query, name).and_then(|text| day_typed(&text));
    match day("first").zip(day("until")) {
        Some((first, until)) => format!("range:{first}:{until}"),
        None => given(query, "period").unwrap_or_default(),
    }
}

fn show(org: &str, asked: &str, page: &PacePage) -> AnyView {
    let body = match &page.progress {
        None => nothing_counted(org, page.may_set_up),
        Some(progress) => content(org, asked, page, progress),
    };
    let set = page.progress.as_ref().filter(|_| page.manages).map(|progress| targets_of(org, progress));
    view! {
        <PageTitle text="Pace"/>
        <PageHeader title="Are we on pace?" about="Each target, and how it stands right now.">
            {set.map(|href| view! { <LinkButton href=href>"Set targets"</LinkButton> })}
        </PageHeader>
        {tabs(org, Tab::Pace)}
        {body}
    }
    .into_any()
}

fn nothing_counted(org: &str, may_set_up: bool) -> AnyView {
    let metrics = format!("/app/{org}/scoreboard/metrics");
    let more = if may_set_up {
        view! {
            <p>"Say what counts in your business first: sales, calls, new clients."</p>
            <p><LinkButton href=metrics>"Say what is counted"</LinkButton></p>
        }
        .into_any()
    } else {
        view! { <p>"Once an admin has said what is counted, targets can be set."</p> }.into_any()
    };
    view! { <Empty title="Nothing is counted yet" icon="chart">{more}</Empty> }.into_any()
}

fn content(org: &str, asked: &str, page: &PacePage, progress: &Progress) -> AnyView {
    let path = format!("/app/{org}/scoreboard/pace");
    let form = choosing(&path, &page.metrics, &progress.metric, &progress.period, asked).into_string();
    let head = head(&path, &progress.metric, &progress.period, &page.beside).into_string();
    let lines = if progress.lines.is_empty() {
        nothing_set(org, page, progress)
    } else {
        let rows = progress.lines.iter().map(|line| row(org, progress, line)).collect();
        let caption = format!("{}: {}", progress.metric.name, progress.period.label());
        view! {
            <Table caption=caption columns=vec!["Whose", "Target", "Done", "Due by today’s end", "Pace", "Heading for", "Still needed"] rows=rows/>
        }
        .into_any()
    };
    let sums = (!progress.sums.is_empty()).then(|| {
        let sums = progress.sums.iter().map(|words| view! { <li>{words.clone()}</li> }).collect_view();
        view! { <ul class="target-sums" aria-label="Whether the parts come to the whole">{sums}</ul> }
    });
    let private = progress.private.then(|| view! { <p class="soft">"Each sees only their own target here."</p> });
    let method = (!progress.lines.is_empty()).then(|| method(progress));
    view! {
        <div class="scoreboard" inner_html=form></div>
        <section class="card stack numbers" aria-labelledby="board-title">
            <div inner_html=head></div>
            {lines}
            {sums}
            {private}
            {method}
        </section>
    }
    .into_any()
}

/// What is chosen: what, and when.
pub(super) fn choosing(
    path: &str,
    metrics: &[(String, String)],
    metric: &Metric,
    period: &Period,
    asked: &str,
) -> Markup {
    let metrics = metrics.iter().map(|(value, label)| Choice { value, label });
    let mut periods: Vec<(String, String)> =
        Kind::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), running_label(kind).to_owned())).collect();
    let chosen = if periods.iter().any(|(key, _)| key == asked) {
        asked.to_owned()
    } else if asked.is_empty() {
        "month".to_owned()
    } else {
        periods.push((period.key(), period.label()));
        period.key()
    };
    let periods = periods.iter().map(|(value, label)| Choice { value, label });
    html! {
        form class="card filters ask" method="get" action=(path) {
            (select("metric", "What", metrics, &metric.key, None))
            (select("period", "When", periods, &chosen, None))
            button type="submit" class="btn btn-quiet" { "Show" }
            details class="folds" open[period.kind.is_none()] {
                summary { "Choose the days yourself" }
                div class="filters" {
                    (typed("first", "First day", "date", "", None))
                    (typed("until", "Last day", "date", "", None))
                }
            }
        }
    }
}

/// What it is of, and the way to the periods beside it.
pub(super) fn head(
    path: &str,
    metric: &Metric,
    period: &Period,
    (before, after): &(Option<Period>, Option<Period>),
) -> Markup {
    let step = |to: &Period, label: &str, icon: &str| {
        let href = with_query(path, &[("metric", metric.key.as_str()), ("period", &to.key())]);
        html! { a class="btn-icon" href=(href) aria-label={ (label) ": " (to.label()) } { (icon_markup(icon)) } }
    };
    html! {
        div class="board-head" {
            div {
                h2 id="board-title" { (metric.name) }
                p class="soft" { (period.label()) (gst_words(metric)) }
            }
            nav class="board-steps" aria-label="Periods" {
                @if let Some(before) = before { (step(before, "Before", "left")) }
                @if let Some(after) = after { (step(after, "After", "right")) }
            }
        }
    }
}

fn targets_of(org: &str, progress: &Progress) -> String {
    let pairs = [("metric", progress.metric.key.as_str()), ("period", &progress.period.key())];
    with_query(&format!("/app/{org}/scoreboard/targets"), &pairs)
}

fn nothing_set(org: &str, page: &PacePage, progress: &Progress) -> AnyView {
    let title = format!("No targets for {}", progress.period.label());
    if page.manages {
        let href = targets_of(org, progress);
        return view! {
            <Empty title=title icon="chart">
                <p>"Say what people, teams and all together are to reach. You can copy what there was before, or spread a team’s target over its people."</p>
                <p><LinkButton href=href kind=Look::Quiet>"Set targets"</LinkButton></p>
            </Empty>
        }
        .into_any();
    }
    let words = if progress.private {
        "Managers set targets. Once you have one of your own, you see here how it stands."
    } else {
        "Managers set targets. Once they have, you see here how they stand."
    };
    view! { <Empty title=title icon="chart"><p>{words}</p></Empty> }.into_any()
}

fn row(org: &str, progress: &Progress, line: &Line) -> Vec<AnyView> {
    let (metric, standing) = (&progress.metric, &line.standing);
    let unit = metric.unit();
    let soft = |words: Option<String>| words.map(|words| view! { <span class="soft target-more">{words}</span> });
    let beyond: Vec<String> =
        read_stretch(&line.target.stretch).into_iter().map(|level| amount::show(level, &unit)).collect();
    let beyond = (!beyond.is_empty()).then(|| format!("then {}", beyond.join(", ")));
    let own = line.own.then(|| view! { " " <Badge label="You"/> });
    let done = match standing.percent(metric) {
        Some(percent) => format!("{} · {percent}", figure(metric, line.done)),
        None => figure(metric, line.done),
    };
    let due = standing.pace.filter(|_| !standing.is_over()).map(|pace| amount::show(pace.expected, &unit));
    let tone = if standing.is_good() { Tone::Success } else { Tone::Warning };
    let (heading, range) = standing.forecast_words(metric).unwrap_or_else(|| ("–".to_owned(), String::new()));
    let range = (!range.is_empty()).then_some(range);
    let needed = standing.needed(metric).unwrap_or_else(|| "–".to_owned());
    let bar = bar(standing.thousandths).into_string();
    vec![
        view! { <a href=leads_to(org, progress, line.whose)>{line.name.clone()}</a> {own} }.into_any(),
        view! { {amount::show(line.target.amount, &unit)} {soft(beyond)} }.into_any(),
        view! { {done} <span inner_html=bar></span> }.into_any(),
        due.unwrap_or_else(|| "–".to_owned()).into_any(),
        view! {
            <Badge tone=tone label=standing.word(metric)/>
            {soft(standing.apart(metric))}
            {soft(standing.beyond(&line.target))}
        }
        .into_any(),
        view! { {heading} {soft(range)} }.into_any(),
        view! { {needed} {soft(standing.left())} }.into_any(),
    ]
}

/// How much of it is done.
fn bar(thousandths: i64) -> Markup {
    html! {
        svg class="board-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect class="board-bar-all" width="1000" height="10" {}
            rect class="board-bar-share" width=(thousandths) height="10" {}
        }
    }
}

/// To the entries under somebody's figure, or to the board of a team or of all.
fn leads_to(org: &str, progress: &Progress, whose: Whose) -> String {
    let (metric, period) = (progress.metric.key.as_str(), progress.period.key());
    match whose {
        Whose::Everybody => with_query(&format!("/app/{org}/scoreboard"), &[("metric", metric), ("period", &period)]),
        Whose::Team(team) => {
            let pairs = [("metric", metric), ("period", &period), ("team", &team.to_string())];
            with_query(&format!("/app/{org}/scoreboard"), &pairs)
        }
        Whose::Person(person) => {
            let pairs = [("metric", metric), ("person", &person.to_string()), ("period", &period)];
            with_query(&format!("/app/{org}/scoreboard/entries"), &pairs)
        }
    }
}

/// How all of it is reckoned.
fn method(progress: &Progress) -> AnyView {
    if !progress.metric.is_sum() {
        return view! {
            <p class="soft">"It is reckoned from others and doesn’t add up day by day: it is to be as good as the target all the time."</p>
        }
        .into_any();
    }
    let too_many =
        progress.too_many.then_some(" There are too many days and people here to say where each is heading.");
    view! {
        <details class="folds">
            <summary>"How this is worked out"</summary>
            <div class="stack soft">
                <p>"A target is spread over the days on which people work: each person’s days of the week, without public holidays, days closed and time away, from their first day to their last. Of a team, a day counts as often as somebody works on it. Nobody is behind for what today has yet to bring: behind is behind what was due by yesterday, ahead is ahead of what is due by today’s end, and one per cent of the target more or less is on pace."</p>
                <p>"Heading for: what is done, and for each working day left the mean of the working days so far that are over. It ends in the range four times in five, if days go on to vary as they did. With fewer than five such days there is no range."{too_many}</p>
            </div>
        </details>
    }
    .into_any()
}
