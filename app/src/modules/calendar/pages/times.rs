//! Choosing a time: a week of times, the month around it, the zone they are shown in. All links and one plain form.
//!
//! None of it reacts to anything but its address, so it is written as text in one go: a hundred links made as nodes, each
//! with a life of its own, cost the server most of the page's time and the browser most of its waking up.

use leptos::prelude::*;
use maud::{Markup, html};

use crate::{
    modules::calendar::wire::{DaySlots, Month, MonthDay, SlotLabel, Times, ZoneChoice},
    ui::{empty_markup, icon_markup, with_query},
};

/// How a link keeps what else the address says.
struct Links {
    path: String,
    keep: Vec<(&'static str, String)>,
}

impl Links {
    fn to(&self, fragment: &str, pairs: &[(&'static str, &str)]) -> String {
        let kept = self.keep.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<_> = kept.chain(pairs.iter().copied()).collect();
        with_query(&format!("{}{fragment}", self.path), &pairs)
    }
}

/// The times to choose from.
#[component]
pub fn TimesView(
    /// The times.
    times: Times,
    /// The page's address without its query.
    path: String,
    /// What every link keeps of the query, e.g. the zone.
    keep: Vec<(&'static str, String)>,
) -> AnyView {
    let content = content(&times, &Links { path, keep }).into_string();
    view! { <section class="times" id="times" aria-labelledby="times-title" inner_html=content></section> }.into_any()
}

fn content(times: &Times, links: &Links) -> Markup {
    let Times { zone, days, previous, next, next_available, month } = times;
    let from = days.first().map(|day| day.date.as_str()).unwrap_or_default();
    let title = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!("{} – {}", first.short, last.short),
        _ => String::new(),
    };
    let nothing = days.iter().all(|day| day.slots.is_empty());
    // A start is digits, hyphens and colons: it needs no encoding.
    let start_link = format!("{}&start=", links.to("", &[("from", from)]));
    let week = |date: &Option<String>| date.as_ref().map(|date| links.to("#times", &[("from", date)]));
    html! {
        div class="times-week" {
            div class="week-nav" {
                (step(week(previous), "left", "Earlier week", false))
                h2 id="times-title" { (title) }
                (step(week(next), "right", "Later week", false))
            }
            p class="zone-line" {
                (icon_markup("globe"))
                span { (zone.viewer_label) }
                @if zone.differs { span { "The business is on " (zone.business_label) "." } }
            }
            @if nothing {
                (none_this_week(links, next_available.as_ref(), previous.as_deref()))
            } @else {
                ol class="week" { @for day in days { (day_column(&start_link, day)) } }
            }
        }
        div class="times-aside" {
            (month_picker(links, from, month))
            (zone_form(links, from, zone))
        }
    }
}

fn step(to: Option<String>, icon: &str, label: &str, stay: bool) -> Markup {
    html! {
        @match to {
            Some(to) => a class="btn-icon" href=(to) data-noscroll[stay] aria-label=(label) { (icon_markup(icon)) },
            None => span class="btn-icon is-off" aria-hidden="true" { (icon_markup(icon)) },
        }
    }
}

fn none_this_week(links: &Links, next: Option<&DaySlots>, earlier: Option<&str>) -> Markup {
    match (next, earlier) {
        (Some(day), _) => empty_markup(
            "No times this week",
            html! {
                p { "The next free day is " (day.label) "." }
                p {
                    a class="btn btn-primary" href=(links.to("#times", &[("from", &day.date)])) { "Show " (day.short) }
                }
            },
        ),
        (None, Some(earlier)) => empty_markup(
            "No times after this",
            html! {
                p { "There are free times earlier than these dates." }
                p { a class="btn btn-primary" href=(links.to("#times", &[("from", earlier)])) { "Show the week before" } }
            },
        ),
        (None, None) => empty_markup(
            "No times free",
            html! {
                p { "Everything that can be booked ahead is taken. Please look in again, or ring the business." }
            },
        ),
    }
}

fn day_column(start_link: &str, day: &DaySlots) -> Markup {
    // "Mon 23 Nov": over a narrow column the weekday stands above the date.
    let (weekday, date) = day.short.split_once(' ').unwrap_or(("", &day.short));
    html! {
        li.day.is-empty[day.slots.is_empty()] {
            h3 class="day-title" {
                span class="day-long" { (day.label) }
                span class="day-short" { span { (weekday) } " " span { (date) } }
            }
            @if day.slots.is_empty() {
                p class="day-none" { "No times" }
            } @else {
                ul class="slots" { @for slot in &day.slots { li { (slot_link(start_link, &day.label, slot)) } } }
            }
        }
    }
}

fn slot_link(start_link: &str, day: &str, slot: &SlotLabel) -> Markup {
    let SlotLabel { start, label, business_label } = slot;
    html! {
        @match business_label {
            Some(there) => a class="slot" href={ (start_link) (start) "#chosen" } rel="nofollow" aria-label={ (label) ", " (there) ", " (day) } {
                (label) span class="slot-there" { (there) }
            },
            None => a class="slot" href={ (start_link) (start) "#chosen" } rel="nofollow" aria-label={ (label) ", " (day) } { (label) },
        }
    }
}

fn month_picker(links: &Links, from: &str, month: &Month) -> Markup {
    let to = |month: &Option<String>| month.as_ref().map(|month| links.to("", &[("from", from), ("month", month)]));
    let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    html! {
        div class="month" {
            div class="week-nav" {
                (step(to(&month.previous), "left", "Earlier month", true))
                h2 { (month.title) }
                (step(to(&month.next), "right", "Later month", true))
            }
            table {
                caption class="sr-only" { "Days with free times in " (month.title) }
                thead { tr { @for day in weekdays { th scope="col" { abbr title=(day) { (day[..2]) } } } } }
                tbody { @for week in &month.weeks { tr { @for day in week { (month_day(links, day)) } } } }
            }
        }
    }
}

fn month_day(links: &Links, day: &MonthDay) -> Markup {
    let current = day.today.then_some("date");
    html! {
        td.is-shown[day.shown].is-outside[day.outside].is-today[day.today] {
            @if day.available {
                a href=(links.to("#times", &[("from", &day.date)])) aria-label=(day.spoken) aria-current=[current] {
                    (day.day)
                }
            } @else {
                span aria-current=[current] { (day.day) }
            }
        }
    }
}

fn zone_form(links: &Links, from: &str, zone: &ZoneChoice) -> Markup {
    html! {
        form class="zone-form" method="get" action={ (links.path) "#times" } {
            @for (name, value) in links.keep.iter().filter(|(name, _)| *name != "zone") {
                input type="hidden" name=(name) value=(value);
            }
            input type="hidden" name="from" value=(from);
            label for="zone" { "Show times in" }
            div class="zone-pick" {
                select class="input" id="zone" name="zone" {
                    @for (name, label) in &zone.offered {
                        option value=(name) selected[*name == zone.viewer] { (label) }
                    }
                }
                button type="submit" class="btn btn-quiet" { "Change" }
            }
        }
    }
}
