//! A list as a calendar: a month or a week, each task on the day on which it is due. Without a script the days are links; with one, tasks are dragged from
//! day to day.

use jiff::civil::Date;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use maud::{Markup, html};

use crate::{
    modules::tasks::{
        saying,
        views_time::{self, Calendar, Day, Entry, Span},
    },
    pages::plain::written,
    request,
    ui::{given, icon_markup, with_query},
};

/// A month or a week of a list. The address says which: `day`, `span`.
#[component]
pub fn CalendarView(
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
    let (span, day, filter) = (Span::parse(&get("span")), get("day"), get("q"));
    let (platform, actor) = (request::platform(), request::actor());
    let read = async move || {
        let page = views_time::calendar(&platform, &actor, &org, &list, (span, day.as_str(), filter.as_str())).await?;
        Ok((org, filter, page))
    };
    written(read, |(org, filter, page)| {
        let content = content(&org, &filter, &page).into_string();
        view! { <div inner_html=content></div> }.into_any()
    })
}

/// "27 November 2026"
pub(super) fn day_in_words(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// What is wrong with a filter, and that there is more than is shown.
pub(super) fn notes(wrong: Option<&str>, more: bool) -> Markup {
    html! {
        @if let Some(words) = wrong {
            p class="field-error" role="alert" { (words) }
        }
        @if more {
            p class="soft" { "There is more than is shown here. A filter narrows it down." }
        }
    }
}

/// Whether a task is done or late, in words that everybody gets.
pub(super) fn standing(entry: &Entry) -> Option<&'static str> {
    if entry.task.is_done() {
        return Some("Done");
    }
    entry.late.then_some("Overdue")
}

fn content(org: &str, filter: &str, page: &Calendar) -> Markup {
    let own = format!("/app/{org}/tasks/lists/{}", page.list.id);
    let at = |day: Date, span: Span| {
        let day = day.to_string();
        with_query(&own, &[("view", "calendar"), ("day", &day), ("span", span.as_str()), ("q", filter)])
    };
    let title = match page.span {
        Span::Month => page.first.strftime("%B %Y").to_string(),
        Span::Week => format!("Week of {}", day_in_words(page.first)),
    };
    let what = if page.span == Span::Month { "month" } else { "week" };
    let nothing = page.weeks.iter().flatten().all(|day| !day.inside || day.tasks.is_empty());
    html! {
        div class="stack tasks-calendar" {
            div class="calendar-head" {
                h2 { (title) }
                nav class="calendar-nav" aria-label="Other days" {
                    @if let Some(before) = page.before {
                        a class="btn-icon" href=(at(before, page.span)) aria-label={ "The " (what) " before" } { (icon_markup("left")) }
                    }
                    a class="btn btn-quiet" href=(at(page.today, page.span)) { "Today" }
                    @if let Some(after) = page.after {
                        a class="btn-icon" href=(at(after, page.span)) aria-label={ "The next " (what) } { (icon_markup("right")) }
                    }
                    @for (span, label) in [(Span::Month, "Month"), (Span::Week, "Week")] {
                        a class="btn btn-quiet" href=(at(near(page), span)) aria-current=[(span == page.span).then_some("true")] { (label) }
                    }
                }
            }
            (notes(page.wrong.as_deref(), page.more))
            @if nothing && page.wrong.is_none() { p class="soft calendar-none" { "Nothing is due this " (what) "." } }
            div class="calendar-wrap" tabindex="0" role="region" aria-label=(title) {
                // The roles stay where a phone lays it out as blocks.
                table class={ "calendar-days is-" (page.span.as_str()) } role="table" {
                    thead role="rowgroup" { tr role="row" {
                        @for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] {
                            th scope="col" role="columnheader" { (day) }
                        }
                    } }
                    tbody role="rowgroup" {
                        @for week in &page.weeks {
                            tr role="row" { @for day in week { (one_day(org, page.today, day)) } }
                        }
                    }
                }
            }
        }
    }
}

/// A day to go on with in the other span: today, where that is shown.
fn near(page: &Calendar) -> Date {
    let shows_today = page.weeks.iter().flatten().any(|day| day.inside && day.date == page.today);
    if shows_today { page.today } else { page.first }
}

fn one_day(org: &str, today: Date, day: &Day) -> Markup {
    let mut class = "calendar-day".to_owned();
    for (holds, more) in [
        (!day.inside, " is-outside"),
        (day.closed, " is-closed"),
        (day.date == today, " is-today"),
        (day.tasks.is_empty(), " is-empty"),
    ] {
        if holds {
            class.push_str(more);
        }
    }
    html! {
        td class=(class) role="cell" data-day=(day.date) {
            time datetime=(day.date) {
                span class="sr-only" { (day_in_words(day.date)) }
                span class="calendar-weekday" aria-hidden="true" { (day.date.strftime("%a").to_string()) }
                span aria-hidden="true" { (day.date.day()) }
            }
            @if day.closed { span class="sr-only" { "Closed" } }
            @if !day.tasks.is_empty() {
                ul { @for entry in &day.tasks { li { (one_task(org, entry)) } } }
            }
        }
    }
}

fn one_task(org: &str, entry: &Entry) -> Markup {
    let task = &entry.task;
    let (done, late) = (task.is_done(), entry.late);
    let time = task.due.and_then(|due| due.time).map(saying::time_words);
    html! {
        a class={ "calendar-task" @if done { " is-done" } @if late { " is-late" } }
            href={ "/app/" (org) "/tasks/t/" (task.id) } data-task=(task.id) data-version=(task.version) data-priority=(task.priority) {
            @if let Some(words) = standing(entry) { span class="sr-only" { (words) ": " } }
            @if let Some(time) = time { span class="calendar-time" { (time) } " " }
            (task.title)
        }
    }
}
