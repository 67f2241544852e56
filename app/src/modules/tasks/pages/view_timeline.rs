//! A list as a timeline: weeks side by side, a bar for each task from its start to the day on which it is due, and thin lines from what has to be done first.

use jiff::{ToSpan as _, civil::Date};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use maud::{Markup, html};

use super::view_calendar::{day_in_words, notes, standing};
use crate::{
    modules::tasks::{
        task::Task,
        views_time::{self, Row, Timeline, WEEKS},
    },
    pages::plain::written,
    request,
    ui::{empty_markup, given, icon_markup, with_query},
};

/// How high a row is, and how much of it a bar takes.
const ROW: i64 = 36;
const BAR: i64 = 18;
/// How high the line of weeks is.
const HEAD: i64 = 36;

/// Weeks of a list side by side. The address says which: `day`, `weeks`.
#[component]
pub fn TimelineView(
    /// The word in the organisation's addresses.
    #[prop(into)]
    org: String,
    /// The list's id.
    #[prop(into)]
    list: String,
    /// What the address asks for.
    query: Memo<ParamsMap>,
) -> AnyView {
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let (weeks, day, filter) = (get("weeks").parse().unwrap_or(0), get("day"), get("q"));
    let (platform, actor) = (request::platform(), request::actor());
    let read = async move || {
        let page = views_time::timeline(&platform, &actor, &org, &list, (weeks, day.as_str(), filter.as_str())).await?;
        Ok((org, filter, page))
    };
    written(read, |(org, filter, page)| {
        let content = content(&org, &filter, &page).into_string();
        view! { <div inner_html=content></div> }.into_any()
    })
}

fn content(org: &str, filter: &str, page: &Timeline) -> Markup {
    let own = format!("/app/{org}/tasks/lists/{}", page.list.id);
    let at = |day: Date, weeks: i64| {
        let (day, weeks) = (day.to_string(), weeks.to_string());
        with_query(&own, &[("view", "timeline"), ("day", &day), ("weeks", &weeks), ("q", filter)])
    };
    let last = page.first.saturating_add(page.weeks.weeks()).saturating_sub(1.day());
    let title = format!("{} to {}", day_in_words(page.first), day_in_words(last));
    let half = (page.weeks / 2).weeks();
    html! {
        div class="stack tasks-timeline" {
            div class="calendar-head" {
                h2 { (title) }
                nav class="calendar-nav" aria-label="Other weeks" {
                    a class="btn-icon" href=(at(page.first.saturating_sub(half), page.weeks)) aria-label="Earlier" { (icon_markup("left")) }
                    a class="btn btn-quiet" href=(at(page.today.saturating_sub(1.week()), page.weeks)) { "Today" }
                    a class="btn-icon" href=(at(page.first.saturating_add(half), page.weeks)) aria-label="Later" { (icon_markup("right")) }
                    span class="calendar-spans" {
                        span class="soft unit-before" aria-hidden="true" { "Weeks" }
                        @for weeks in WEEKS {
                            a class="btn btn-quiet" href=(at(page.first, weeks)) aria-current=[(weeks == page.weeks).then_some("true")] { span { (weeks) span class="unit" { " weeks" } } }
                        }
                    }
                }
            }
            (notes(page.wrong.as_deref(), page.more))
            @if page.rows.is_empty() {
                (empty_markup("Nothing in these weeks", html! { p { "Tasks with a start or a due day are shown here, as bars." } }))
            } @else {
                div class="timeline-wrap" tabindex="0" role="region" aria-label=(title) {
                    div class="timeline" {
                        div class="timeline-names" style={ "padding-top:" (HEAD) "px" } {
                            @for row in &page.rows { (name(org, row)) }
                        }
                        (drawing(page))
                    }
                }
            }
        }
    }
}

fn name(org: &str, row: &Row) -> Markup {
    let high = format!("height:{ROW}px");
    match row {
        Row::Section(name) => html! { h3 class="timeline-section" style=(high) { (name) } },
        Row::Task(entry, ..) => {
            let task = &entry.task;
            html! {
                p class="timeline-name" style=(high) {
                    a href={ "/app/" (org) "/tasks/t/" (task.id) } title=(task.title) { (task.title) }
                    span class="sr-only" {
                        ": " (days(task))
                        @if let Some(words) = standing(entry) { ", " (words) }
                    }
                }
            }
        }
    }
}

/// "20 November 2026 to 27 November 2026"
fn days(task: &Task) -> String {
    match (task.start, task.due) {
        (Some(start), Some(due)) => format!("{} to {}", day_in_words(start.day), day_in_words(due.day)),
        (Some(start), None) => format!("from {}", day_in_words(start.day)),
        (None, due) => due.map(|due| format!("due {}", day_in_words(due.day))).unwrap_or_default(),
    }
}

/// The bars. What they show stands in words beside the names, so that nobody misses them.
fn drawing(page: &Timeline) -> Markup {
    // Fewer weeks have more room.
    let day = match page.weeks {
        ..=4 => 26,
        5..=8 => 13,
        _ => 8,
    };
    let count = i64::try_from(page.rows.len()).unwrap_or(0);
    let (width, height) = (page.weeks * 7 * day, HEAD + count * ROW);
    let today = page.today.duration_since(page.first).as_hours() / 24;
    let middle = |row: usize| HEAD + i64::try_from(row).unwrap_or(0) * ROW + ROW / 2;
    let ends = |row: usize| match page.rows.get(row) {
        Some(Row::Task(_, from, until)) => Some((from * day, (until + 1) * day)),
        _ => None,
    };
    html! {
        svg class="timeline-bars" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } aria-hidden="true" {
            @for week in 0..page.weeks {
                @let x = week * 7 * day;
                line class="timeline-week" x1=(x) x2=(x) y1="0" y2=(height) {}
                text class="timeline-text" x=(x + 6) y="22" { (page.first.saturating_add(week.weeks()).strftime("%-d %b")) }
            }
            @if (0..page.weeks * 7).contains(&today) {
                line class="timeline-today" x1=(today * day + day / 2) x2=(today * day + day / 2) y1=(HEAD) y2=(height) {}
            }
            @for (first, then) in &page.links {
                @if let (Some((_, from)), Some((until, _))) = (ends(*first), ends(*then)) {
                    @let (y, to) = (middle(*first), middle(*then));
                    path class="timeline-link" fill="none" d={ "M" (from) " " (y) " H" (from + 5) " V" (to) " H" (until) } {}
                }
            }
            @for (at, row) in page.rows.iter().enumerate() {
                @if let Row::Task(entry, from, until) = row {
                    @let (x, wide) = (from * day, ((until - from + 1) * day - 2).max(4));
                    rect class={ "timeline-bar" @if entry.task.is_done() { " is-done" } @if entry.late { " is-late" } }
                        data-task=(entry.task.id) x=(x + 1) y=(middle(at) - BAR / 2) width=(wide) height=(BAR) rx="5" {}
                }
            }
        }
    }
}
