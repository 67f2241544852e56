//! `/app/{org}/tasks/reports`: what was added and done, how long it took, what is late, and how much stood where. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

use super::tabs::{Tab, tabs};
use crate::{
    modules::tasks::{
        figures::{Bucket, Flow, Taken, Week},
        reports::{self, Asked, Late, PERIODS, Report, ReportPage, Template},
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        DashboardShell, PageHeader, PageTitle,
        asking::{Choice, notice_of, select, typed},
        chart::{self, Bar, Chart, Drawn, Part},
        empty_markup, given, org_of_address, with_query,
    },
};

const COMPLETED: Drawn = Drawn { class: "chart-booked", pattern: None };
const ADDED: Drawn = Drawn { class: "chart-cancelled", pattern: None };
const BEGUN: Drawn = Drawn { class: "chart-late", pattern: Some("url(#tasks-dots)") };
/// So many bars of a chart of days at most; beyond, one for each week.
const MOST_BARS: usize = 62;

/// The report, in the dashboard's frame.
#[component]
pub fn ReportsRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let (chosen, was) = (get("period"), get("was"));
    // Whoever fills in days and leaves the list of periods as it was means those days.
    let dated = chosen == was && !(get("from").is_empty() && get("to").is_empty());
    let period = if dated { "custom".to_owned() } else { chosen };
    let asked = Asked {
        period,
        from: get("from"),
        to: get("to"),
        list: get("list"),
        space: get("space"),
        team: get("team"),
        person: get("person"),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = reports::page(&platform, &actor, &slug, asked).await?;
        Ok((slug, page))
    };
    let show = |(org, page): (String, ReportPage)| {
        let content = content(&org, &page).into_string();
        view! {
            <PageTitle text="Reports"/>
            <PageHeader title="Reports" about="What was added and completed, how long it took, and what is overdue."/>
            {tabs(&org, Tab::Reports, page.unread)}
            <div class="stack reports numbers" inner_html=content></div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

/// Where the files are.
struct Place<'a> {
    org: &'a str,
    asked: &'a Asked,
}

impl Place<'_> {
    fn file(&self, table: &str, of: &str) -> Markup {
        let Asked { period, from, to, list, space, team, person } = self.asked;
        let pairs = [
            ("table", table),
            ("period", period.as_str()),
            ("from", from),
            ("to", to),
            ("list", list),
            ("space", space),
            ("team", team),
            ("person", person),
        ];
        let href = with_query(&format!("/app/{}/tasks/reports.csv", self.org), &pairs);
        html! {
            p class="row" {
                a class="btn btn-quiet" href=(href) rel="external" download { "Download as CSV" span class="sr-only" { ": " (of) } }
            }
        }
    }
}

fn content(org: &str, page: &ReportPage) -> Markup {
    let place = Place { org, asked: &page.asked };
    html! {
        (form(org, page))
        @if let Some(report) = &page.report {
            h2 class="report-title" { (days(report)) }
            (patterns())
            (weeks(&place, report))
            (times(&place, report))
            (overdue(&place, report))
            (flow(&place, report))
            (templates(&place, &report.templates))
            p class="row" { a class="btn btn-quiet" href={ "/app/" (org) "/tasks/workload" } { "Workload" } }
        }
    }
}

fn form(org: &str, page: &ReportPage) -> Markup {
    let ReportPage { asked, choices, refused, .. } = page;
    let refused = refused.as_ref();
    let dated = !asked.from.is_empty() || !asked.to.is_empty();
    let period = match asked.period.as_str() {
        "" if dated => "custom",
        "" => "12w",
        word => word,
    };
    let days = if period == "custom" { (asked.from.as_str(), asked.to.as_str()) } else { ("", "") };
    let periods = PERIODS.iter().map(|(value, label)| Choice { value, label });
    let whose = if page.report.as_ref().is_some_and(|report| report.of_all) { "Everybody" } else { "All that you see" };
    html! {
        (notice_of(refused))
        form class="card filters ask by-period" method="get" action={ "/app/" (org) "/tasks/reports" } novalidate {
            (select("period", "Period", periods, period, refused))
            input type="hidden" name="was" value=(period);
            // The style sheet shows them where days of one's own are chosen.
            (typed("from", "From", "date", days.0, refused))
            (typed("to", "To", "date", days.1, refused))
            button type="submit" class="btn btn-primary" { "Show" }
            p class="soft" { "For days of your own, fill in “From” and “To”: up to two years." }
            details class="folds" open[is_narrowed(asked)] {
                summary { "Filter" }
                div class="filters" {
                    (select("space", "Space", all("All", &choices.spaces), &asked.space, None))
                    (select("list", "List", all("All", &choices.lists), &asked.list, None))
                    @if !choices.teams.is_empty() { (select("team", "Team", all("All", &choices.teams), &asked.team, None)) }
                    (select("person", "Person", all(whose, &choices.people), &asked.person, None))
                }
            }
        }
    }
}

/// It isn’t about all that there is.
fn is_narrowed(asked: &Asked) -> bool {
    [&asked.space, &asked.list, &asked.team, &asked.person].into_iter().any(|chosen| !chosen.is_empty())
}

fn all<'a>(none: &'a str, choices: &'a [(String, String)]) -> impl Iterator<Item = Choice<'a>> {
    let own = choices.iter().map(|(value, label)| Choice { value, label });
    std::iter::once(Choice { value: "", label: none }).chain(own)
}

/// "1 November 2026 – 30 November 2026"
fn days(report: &Report) -> String {
    let words = |day: jiff::civil::Date| day.strftime("%-d %B %Y").to_string();
    format!("{} – {}", words(report.from), words(report.last()))
}

/// For bars that are told apart without colour.
fn patterns() -> Markup {
    html! {
        svg class="chart-patterns" width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                pattern id="tasks-dots" width="6" height="6" patternUnits="userSpaceOnUse" {
                    rect class="chart-late-ground" width="6" height="6" {}
                    circle class="chart-late-ink" cx="3" cy="3" r="1.6" {}
                }
            }
        }
    }
}

fn sample(name: &str, drawn: Drawn) -> Markup {
    html! {
        li {
            svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
                rect class=(drawn.class) fill=[drawn.pattern] x="1" y="1" width="14" height="14" {}
            }
            (name)
        }
    }
}

fn weeks(place: &Place<'_>, report: &Report) -> Markup {
    let (added, completed) =
        report.weeks.iter().fold((0, 0), |(added, completed), week| (added + week.created, completed + week.completed));
    let about = format!(
        "{} completed and {} added. The stroke says how much was added.",
        counted(completed, "task", "tasks"),
        added
    );
    let bar = |week: &Week| Bar {
        label: week.monday.strftime("%-d %b").to_string(),
        words: format!(
            "Week from {}: {} completed, {} added",
            week.monday.strftime("%-d %B %Y"),
            week.completed,
            week.created
        ),
        parts: vec![Part { drawn: COMPLETED, from: 0, until: week.completed }],
        mark: Some(week.created),
    };
    let bars: Vec<Bar> = report.weeks.iter().map(bar).collect();
    let chart = Chart { id: "weeks", title: "Added and completed, by week", about: &about, beside: 0 };
    html! {
        section class="card stack" aria-labelledby="by-week" data-report="weeks" {
            h2 id="by-week" { "Added and completed" }
            dl class="figures" {
                (tile("completed", "Completed", &completed.to_string()))
                (tile("added", "Added", &added.to_string()))
            }
            ul class="chart-legend" {
                (sample("Completed", COMPLETED))
                li {
                    svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" { line class="chart-mark" x1="1" x2="15" y1="8" y2="8" {} }
                    "Added"
                }
            }
            (chart::columns(&chart, &bars, &|value| value.to_string()))
            (folded(&table(&["Week from", "Added", "Completed"], report.weeks.iter().map(|week| {
                vec![week.monday.strftime("%-d %b %Y").to_string(), week.created.to_string(), week.completed.to_string()]
            }))))
            (place.file("weeks", "by week"))
        }
    }
}

fn tile(id: &str, name: &str, value: &str) -> Markup {
    html! { div data-tile=(id) { dt { (name) } dd class="figure-value" { (value) } } }
}

/// "3 days"; "within the day" for none.
fn taken_words(days: Option<i64>) -> String {
    match days {
        None => "–".to_owned(),
        Some(0) => "Within the day".to_owned(),
        Some(days) => counted(days, "day", "days"),
    }
}

fn times(place: &Place<'_>, report: &Report) -> Markup {
    let times = &report.times;
    html! {
        section class="card stack" aria-labelledby="how-long" data-report="times" {
            h2 id="how-long" { "Cycle time" }
            @if times.completed == 0 {
                (empty_markup("Nothing was completed in this time", html! { p { "Choose a longer period, or another list." } }))
            } @else {
                (time_of(place, "lead", "From added to completed", &times.lead))
                @if times.cycle.count > 0 { (time_of(place, "cycle", "From started to completed", &times.cycle)) }
                @if times.never_started > 0 {
                    p class="soft" { (counted(times.never_started, "task was", "tasks were")) " completed without a status in between, and only counted from being added." }
                }
            }
        }
    }
}

fn time_of(place: &Place<'_>, id: &str, title: &str, taken: &Taken) -> Markup {
    let about = format!(
        "Of {}, half were done within {}, and 85% within {}.",
        counted(taken.count, "task", "tasks"),
        taken_words(taken.median).to_lowercase(),
        taken_words(taken.mostly).to_lowercase()
    );
    let bar = |bucket: &Bucket| Bar {
        label: short(bucket),
        words: format!("{}: {}", between(bucket), counted(bucket.count, "task", "tasks")),
        parts: vec![Part { drawn: COMPLETED, from: 0, until: bucket.count }],
        mark: None,
    };
    let bars: Vec<Bar> = taken.buckets.iter().map(bar).collect();
    let chart = Chart { id, title, about: &about, beside: 0 };
    html! {
        h3 { (title) }
        dl class="figures" {
            (tile(&format!("{id}-median"), "Median", &taken_words(taken.median)))
            (tile(&format!("{id}-mostly"), "85% done within", &taken_words(taken.mostly)))
        }
        (chart::columns(&chart, &bars, &|value| value.to_string()))
        (folded(&table(&["Days", "Tasks"], taken.buckets.iter().map(|bucket| vec![between(bucket), bucket.count.to_string()]))))
        (place.file(id, title))
    }
}

/// "2–3 days"
fn between(bucket: &Bucket) -> String {
    match bucket.until {
        Some(until) if until - bucket.from == 1 => taken_words(Some(bucket.from)),
        Some(until) => format!("{}–{} days", bucket.from, until - 1),
        None => format!("{} days and more", bucket.from),
    }
}

/// Under a bar: "2–3".
fn short(bucket: &Bucket) -> String {
    match bucket.until {
        Some(until) if until - bucket.from == 1 => bucket.from.to_string(),
        Some(until) => format!("{}–{}", bucket.from, until - 1),
        None => format!("{}+", bucket.from),
    }
}

fn overdue(place: &Place<'_>, report: &Report) -> Markup {
    let late: i64 = report.lists.iter().map(|line| line.overdue).sum();
    html! {
        section class="card stack" aria-labelledby="late" data-report="overdue" {
            h2 id="late" { "Overdue today" }
            @if report.lists.is_empty() {
                p { "Nothing is open." }
            } @else {
                p { (counted(late, "task is", "tasks are")) " overdue, whatever the period above. What is due today isn’t yet." }
                (late_by(place, "lists", "By list", "List", &report.lists))
                (late_by(place, "people", "By person", "Person", &report.people))
                @if !report.of_all { p class="soft" { "Of people, you see your own. Who organises lists sees everybody’s." } }
                @if !report.teams.is_empty() { (late_by(place, "teams", "By team’s queue", "Team", &report.teams)) }
            }
        }
    }
}

fn late_by(place: &Place<'_>, id: &str, title: &str, of: &'static str, lines: &[Late]) -> Markup {
    if lines.is_empty() {
        return html! {};
    }
    let heads: Vec<String> = lines.first().map(|line| line.buckets.iter().map(between).collect()).unwrap_or_default();
    html! {
        h3 { (title) }
        div class="table-wrap" {
            table class="table" {
                thead {
                    tr {
                        th scope="col" { (of) } th scope="col" { "Open" } th scope="col" { "Overdue" }
                        @for head in &heads { th scope="col" { (head) } }
                        th scope="col" { "Longest overdue" }
                    }
                }
                tbody {
                    @for line in lines {
                        tr data-line=(line.name) {
                            th scope="row" { (line.name) }
                            td data-label="Open" { (line.open) }
                            td data-label="Overdue" { (line.overdue) }
                            @for (head, bucket) in heads.iter().zip(&line.buckets) { td.is-none[bucket.count == 0] data-label=(head) { (bucket.count) } }
                            td.is-none[line.latest <= 0] data-label="Longest overdue" { @if line.latest > 0 { (counted(line.latest, "day", "days")) } @else { "–" } }
                        }
                    }
                }
            }
        }
        (place.file(id, title))
    }
}

fn flow(place: &Place<'_>, report: &Report) -> Markup {
    let title = "Tasks by stage";
    html! {
        section class="card stack" aria-labelledby="flow-head" data-report="flow" {
            h2 id="flow-head" { (title) }
            @match &report.flow {
                None => p { "Too much has moved since the first of these days to say at which stage tasks were on each. Choose a shorter period." },
                Some(flow) if flow.is_empty() => p { "These days are still to come." },
                Some(flow) => { (flow_told(place, title, flow)) }
            }
        }
    }
}

fn flow_told(place: &Place<'_>, title: &str, flow: &[Flow]) -> Markup {
    let every = flow.len().div_ceil(MOST_BARS).max(1);
    // The last day is among them.
    let shown: Vec<&Flow> = flow.iter().rev().step_by(every).collect::<Vec<_>>().into_iter().rev().collect();
    let bars: Vec<Bar> = shown.iter().map(|at| stacked(at)).collect();
    let ends = (flow.first(), flow.last());
    let about = match ends {
        (Some(first), Some(last)) => format!(
            "Open tasks: {} on the first day, {} on the last. Done by then: {} and {}.",
            first.open + first.started,
            last.open + last.started,
            first.done,
            last.done
        ),
        _ => String::new(),
    };
    let chart = Chart { id: "flow", title, about: &about, beside: 8 };
    html! {
        p class="soft" { (about) }
        ul class="chart-legend" { (sample("Done", COMPLETED)) (sample("In progress", BEGUN)) (sample("Not started", ADDED)) }
        (chart::columns(&chart, &bars, &|value| value.to_string()))
        (folded(&table(&["Day", "Not started", "In progress", "Done"], shown.iter().map(|at| {
            vec![at.day.strftime("%-d %b %Y").to_string(), at.open.to_string(), at.started.to_string(), at.done.to_string()]
        }))))
        p class="soft" { "At the end of each day. A task counts in the list where it is now, and for whoever it is assigned to now." }
        (place.file("flow", title))
    }
}

fn stacked(at: &Flow) -> Bar {
    let (done, started) = (at.done, at.done + at.started);
    Bar {
        label: at.day.strftime("%-d %b").to_string(),
        words: format!(
            "{}: {} not started, {} in progress, {} done",
            at.day.strftime("%-d %B %Y"),
            at.open,
            at.started,
            at.done
        ),
        parts: vec![
            Part { drawn: COMPLETED, from: 0, until: done },
            Part { drawn: BEGUN, from: done, until: started },
            Part { drawn: ADDED, from: started, until: started + at.open },
        ],
        mark: None,
    }
}

fn templates(place: &Place<'_>, templates: &[Template]) -> Markup {
    if templates.is_empty() {
        return html! {};
    }
    html! {
        section class="card stack" aria-labelledby="templates-head" data-report="templates" {
            h2 id="templates-head" { "Cycle time of templates" }
            p class="soft" { "Those that were started in this time, in all lists that you see: from the start until the last of their tasks was done." }
            (table(&["Template", "In progress", "Finished", "Median", "85% done within", "Slowest step"], templates.iter().map(|one| {
                let slowest = one.slowest.as_ref().map_or_else(|| "–".to_owned(), |(step, days)| format!("{step}: {}", taken_words(Some(*days)).to_lowercase()));
                vec![
                    one.name.clone(),
                    one.running.to_string(),
                    one.taken.count.to_string(),
                    taken_words(one.taken.median),
                    taken_words(one.taken.mostly),
                    slowest,
                ]
            })))
            (place.file("templates", "templates"))
        }
    }
}

fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Markup {
    html! {
        div class="table-wrap" {
            table class="table" {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (at, (head, cell)) in heads.iter().zip(&row).enumerate() {
                                @if at == 0 { th scope="row" { (cell) } } @else { td data-label=(head) { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn folded(table: &Markup) -> Markup {
    html! { details class="folds" { summary { "As a table" } (table) } }
}
