//! `/app/{org}/scoreboard/trends`: how a figure went, and how amounts are spread.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

use super::tabs::{Tab, tabs};
use crate::{
    modules::scoreboard::{
        amount::{self, Unit},
        board::{figure, gst_words},
        distribution::{Bucket, Distribution},
        formula::Fraction,
        period::Period,
        store::Metric,
        trends::{self, Asked, Point, Range, Spread, Trend, TrendPage, Whose},
    },
    pages::plain::written,
    request,
    ui::{
        DashboardShell, PageHeader, PageTitle,
        asking::{Choice, select},
        chart::{self, Bar, Chart, Drawn, Part},
        empty_markup, given, org_of_address, with_query,
    },
};

/// What is over, what isn’t yet, and how many of an amount there are.
const OVER: Drawn = Drawn { class: "chart-booked", pattern: None };
const RUNS: Drawn = Drawn { class: "chart-cancelled", pattern: None };
/// Room beside the scale for "$12.3k".
const BESIDE: i64 = 18;
/// Lines that a table has at most to stand open.
const FEW: usize = 12;

/// The page, in the dashboard’s frame.
#[component]
pub fn TrendsRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let asked = Asked { metric: get("metric"), range: get("range"), of: get("of") };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = trends::page(&platform, &actor, &slug, &asked).await?;
        Ok((slug, asked, page))
    };
    let show = |(org, asked, page): (String, Asked, TrendPage)| {
        let content = content(&org, &asked, &page).into_string();
        view! {
            <PageTitle text="Trends"/>
            <PageHeader title="Trends" about="How figures went, and how amounts are spread."/>
            {tabs(&org, Tab::Trends)}
            <div class="stack scoreboard reports numbers" inner_html=content></div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

fn content(org: &str, asked: &Asked, page: &TrendPage) -> Markup {
    if page.metrics.is_empty() {
        return nothing_counted(org, page);
    }
    html! {
        (form(org, asked, page))
        @if let Some(trend) = &page.trend {
            (trend_card(org, trend))
            @if let Some(spread) = &trend.entries { (spread_card(org, trend, spread, "entries")) }
            @if let Some(spread) = &trend.people { (spread_card(org, trend, spread, "people")) }
        } @else {
            (empty_markup("Nothing of yours is counted here", html! { p { "Of this, each sees only their own figures. Choose something else." } }))
        }
    }
}

fn nothing_counted(org: &str, page: &TrendPage) -> Markup {
    empty_markup(
        "Nothing is counted yet",
        html! {
            @if page.may_set_up {
                p { "Once something is counted, you see here how it goes." }
                p { a class="btn btn-primary" href={ "/app/" (org) "/scoreboard/metrics" } { "Say what is counted" } }
            } @else {
                p { "Once an admin has said what is counted, you see here how it goes." }
            }
        },
    )
}

fn form(org: &str, asked: &Asked, page: &TrendPage) -> Markup {
    let trend = page.trend.as_ref();
    let metric = trend.map_or(asked.metric.as_str(), |trend| trend.metric.key.as_str());
    let range = trend.map_or(Range::Weeks, |trend| trend.range);
    let of = trend.map_or_else(String::new, |trend| trend.whose.key());
    let metrics = page.metrics.iter().map(|(value, label)| Choice { value, label });
    let ranges = Range::ALL.iter().map(|range| Choice { value: range.as_str(), label: range.label() });
    let whose = page.whose.iter().map(|(value, label)| Choice { value, label });
    html! {
        form class="card filters ask" method="get" action={ "/app/" (org) "/scoreboard/trends" } {
            (select("metric", "What", metrics, metric, None))
            (select("range", "When", ranges, range.as_str(), None))
            @if page.whose.len() > 1 { (select("of", "Whose", whose, &of, None)) }
            button type="submit" class="btn btn-quiet" { "Show" }
        }
    }
}

fn trend_card(org: &str, trend: &Trend) -> Markup {
    let metric = &trend.metric;
    let title = format!("{}, {}", metric.name, trend.whose.label());
    let about = about(trend);
    let chart = Chart { id: "trend", title: &title, about: &about, beside: BESIDE };
    let unit = on_scale(metric);
    html! {
        section class="card stack" aria-labelledby="trend-head" data-trend=(metric.key) {
            h2 id="trend-head" { (title) }
            p class="soft" { (trend.range.label()) ", " (trend.period.label()) (gst_words(metric)) }
            dl class="figures" {
                div data-tile="total" { dt { "In all" } dd class="figure-value" { (figure(metric, trend.total)) } }
                @if let Some((period, value)) = &trend.before {
                    div data-tile="before" { dt { (period.label()) } dd class="figure-value" { (figure(metric, *value)) } }
                }
            }
            (legend(trend))
            (chart::columns(&chart, &bars(trend), &|value| amount::show_short(value, &unit)))
            p class="soft" { (about) }
            (table_of_points(trend))
            (file_link(org, trend, "trend", &title))
            @if let Whose::Team(team) = &trend.whose {
                p class="row" { a class="btn btn-quiet" href=(with_query(&format!("/app/{org}/scoreboard/team/{}", team.id), &[("metric", &metric.key)])) { (team.name) ", person by person" } }
            }
        }
    }
}

/// What there is to see, in a sentence.
fn about(trend: &Trend) -> String {
    let with_value = trend.points.iter().filter_map(|point| Some((point, point.value?)));
    // Of equals the first.
    let most = with_value.fold(None, |most: Option<(&Point, Fraction)>, (point, value)| match most {
        Some((_, best)) if best >= value => most,
        _ => Some((point, value)),
    });
    let gaps = trend.points.iter().filter(|point| point.value.is_none() && !point.ahead).count();
    let gaps = if gaps > 0 { " Where there is nothing to divide by, there is no bar." } else { "" };
    match most {
        Some((point, value)) => {
            format!("Highest: {}, {}.{gaps}", point.period.label(), figure(&trend.metric, Some(value)))
        }
        None => "Nothing to show in this time.".to_owned(),
    }
}

fn bars(trend: &Trend) -> Vec<Bar> {
    let decimals = trend.metric.unit().decimals();
    let whole = |value: Option<Fraction>| value.and_then(|value| value.round_to(decimals));
    let bar = |point: &Point| {
        let drawn = if point.running || point.ahead { RUNS } else { OVER };
        let part = |until: i64| Part { drawn, from: 0, until };
        Bar {
            label: short(trend.range, &point.period),
            words: in_words(trend, point),
            parts: whole(point.value).map(part).into_iter().collect(),
            mark: point.before.as_ref().and_then(|(_, value)| whole(*value)),
        }
    };
    trend.points.iter().map(bar).collect()
}

/// "November 2026: $1,234.50 so far; a year before: $980.00"
fn in_words(trend: &Trend, point: &Point) -> String {
    let so_far = if point.running { " so far" } else { "" };
    let now = format!("{}: {}{so_far}", point.period.label(), figure(&trend.metric, point.value));
    match &point.before {
        Some((_, before)) => format!("{now}; a year before: {}", figure(&trend.metric, *before)),
        None => now,
    }
}

/// Under a bar: "24 Nov", "Nov 26".
fn short(range: Range, period: &Period) -> String {
    match range {
        Range::Days | Range::Weeks => period.short_label(),
        Range::Months | Range::Years => period.from.strftime("%b %y").to_string(),
    }
}

fn legend(trend: &Trend) -> Markup {
    let runs = trend.points.iter().any(|point| (point.running || point.ahead) && point.value.is_some());
    html! {
        ul class="chart-legend" {
            (sample("Complete", OVER))
            @if runs { (sample("Not over yet", RUNS)) }
            @if trend.before.is_some() {
                li {
                    svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
                        line class="chart-mark" x1="1" x2="15" y1="8" y2="8" {}
                    }
                    "The year before"
                }
            }
        }
    }
}

fn sample(name: &str, drawn: Drawn) -> Markup {
    html! {
        li {
            svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
                rect class=(drawn.class) x="1" y="1" width="14" height="14" {}
            }
            (name)
        }
    }
}

fn table_of_points(trend: &Trend) -> Markup {
    let compares = trend.before.is_some();
    html! {
        details class="folds" open[trend.points.len() <= FEW] {
            summary { "As a table" }
            div class="table-wrap" {
                table class="table" {
                    thead {
                        tr {
                            th scope="col" { (trend.range.point()) }
                            th scope="col" { (trend.metric.name) }
                            @if compares { th scope="col" { "A year before" } }
                        }
                    }
                    tbody {
                        @for point in &trend.points {
                            tr {
                                th scope="row" { (point.period.label()) @if point.running { " (so far)" } }
                                td data-label=(trend.metric.name) { (figure(&trend.metric, point.value)) }
                                @if let Some((_, before)) = &point.before { td data-label="A year before" { (figure(&trend.metric, *before)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How single entries, or people’s totals, are spread.
fn spread_card(org: &str, trend: &Trend, spread: &Spread, table: &str) -> Markup {
    let (title, one, many, too_few) = if table == "entries" {
        (
            "How large single entries are",
            "entry",
            "entries",
            "There are fewer than five entries in this time, which would tell of each of them.",
        )
    } else {
        (
            "How people’s totals are spread",
            "person",
            "people",
            "There are fewer than five people with a figure, which would tell of each of them.",
        )
    };
    html! {
        section class="card stack" aria-labelledby={ (table) "-head" } data-spread=(table) {
            h2 id={ (table) "-head" } { (title) }
            @match spread {
                Spread::Told(told) => {
                    (spread_told(trend, told, (table, title, one, many)))
                    (file_link(org, trend, table, title))
                }
                Spread::TooFew => { p class="soft" { (too_few) } }
                Spread::TooMany => { p class="soft" { "There are too many different amounts to look at. Choose a shorter time, a team or a person." } }
            }
            p class="soft" { "People who are on no board aren’t counted here." }
        }
    }
}

fn spread_told(trend: &Trend, told: &Distribution, words: (&str, &str, &str, &str)) -> Markup {
    let (table, title, one, many) = words;
    let unit = trend.metric.unit();
    let counted = |count: i64| format!("{count} {}", if count == 1 { one } else { many });
    let bar = |bucket: &Bucket| Bar {
        label: bucket
            .from
            .or(bucket.until)
            .map(|end| amount::show_short(end, &on_scale(&trend.metric)))
            .unwrap_or_default(),
        words: format!("{}: {}", between(bucket, &unit), counted(bucket.count)),
        parts: vec![Part { drawn: OVER, from: 0, until: bucket.count }],
        mark: None,
    };
    let bars: Vec<Bar> = told.buckets.iter().map(bar).collect();
    let about = format!(
        "{}. Half of them come to {} at most, a quarter to {} at most, three quarters to {} at most.",
        counted(told.count),
        amount::show(told.median, &unit),
        amount::show(told.lower, &unit),
        amount::show(told.upper, &unit)
    );
    let chart = Chart { id: table, title, about: &about, beside: 0 };
    let tiles = [
        ("count", "How many", told.count.to_string()),
        ("lower", "A quarter are up to", amount::show(told.lower, &unit)),
        ("median", "The middle one", amount::show(told.median, &unit)),
        ("upper", "Three quarters are up to", amount::show(told.upper, &unit)),
    ];
    html! {
        dl class="figures" {
            @for (tile, name, value) in tiles { div data-tile=(tile) { dt { (name) } dd class="figure-value" { (value) } } }
        }
        (chart::columns(&chart, &bars, &|value| value.to_string()))
        details class="folds" open[told.buckets.len() <= FEW] {
            summary { "As a table" }
            div class="table-wrap" {
                table class="table" {
                    thead { tr { th scope="col" { "Amount" } th scope="col" { "How many" } } }
                    tbody {
                        @for bucket in &told.buckets {
                            tr { th scope="row" { (between(bucket, &unit)) } td data-label="How many" { (bucket.count) } }
                        }
                    }
                }
            }
        }
    }
}

/// "$100.00 to below $200.00", "below $50.00", "$900.00 and more"
fn between(bucket: &Bucket, unit: &Unit) -> String {
    let show = |end: i64| amount::show(end, unit);
    match (bucket.from, bucket.until) {
        (Some(from), Some(until)) => format!("{} to below {}", show(from), show(until)),
        (None, Some(until)) => format!("below {}", show(until)),
        (Some(from), None) => format!("{} and more", show(from)),
        (None, None) => "all".to_owned(),
    }
}

/// How a metric’s values stand at a scale: what they are of is said above.
fn on_scale(metric: &Metric) -> Unit {
    match metric.unit() {
        Unit::Number { decimals, suffix } if suffix != "%" => Unit::Number { decimals, suffix: String::new() },
        unit => unit,
    }
}

fn file_link(org: &str, trend: &Trend, table: &str, of: &str) -> Markup {
    let whose = trend.whose.key();
    let pairs = [
        ("table", table),
        ("metric", trend.metric.key.as_str()),
        ("range", trend.range.as_str()),
        ("of", whose.as_str()),
    ];
    let href = with_query(&format!("/app/{org}/scoreboard/trends.csv"), &pairs);
    html! {
        p class="row" {
            a class="btn btn-quiet" href=(href) rel="external" download { "Download as CSV" span class="sr-only" { ": " (of) } }
        }
    }
}
