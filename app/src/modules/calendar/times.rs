//! Choosing a time: a week of times, the month around it, the zone they are shown in. All links and one plain form.
//!
//! None of it reacts to anything but its address, so the server writes it as text in one go, and the browser shows it as
//! it comes: a hundred links made as nodes, each with a life of its own, cost the server most of the page's time and the
//! browser most of its waking up.

use jiff::{Timestamp, civil::Date};
use leptos::server_fn::ServerFn;
use maud::{Markup, PreEscaped, html};

use super::{
    api::Hold,
    availability::{Availability, Day, Month, MonthDay, Times, Viewer},
    format, public_words as words,
    slots::Clock,
    wire::dial,
};
use crate::ui::{empty_markup, forgery, icon_markup, with_query};

/// In place of the times, where the business takes no more bookings on its page for now.
pub fn call_instead(phone: &str) -> String {
    let href = dial(phone);
    let more = html! {
        p { (words::NO_MORE_BOOKINGS) }
        @if !href.is_empty() { p { a class="btn btn-primary" href=(href) { (words::call(phone)) } } }
    };
    html! {
        h2 class="sr-only" id="times-title" { (words::TIMES) }
        (empty_markup(words::PLEASE_CALL, more))
    }
    .into_string()
}

/// How a link keeps what else the address says.
#[derive(Debug)]
pub struct Links {
    /// The page's address without its query.
    pub path: String,
    /// What every link keeps of the query, e.g. the zone.
    pub keep: Vec<(&'static str, String)>,
    /// Where choosing a time holds it.
    pub hold: Option<HoldForm>,
    /// Where one waits for a time to come free; `None`: nowhere.
    pub waitlist: Option<String>,
}

/// Choosing a time is a form then: what it sends along.
#[derive(Debug)]
pub struct HoldForm {
    /// The business's word in addresses.
    pub org: String,
    /// The service's.
    pub service: String,
    /// Against forged requests; empty for who isn't logged in.
    pub token: String,
    /// The page is shown inside another website.
    pub framed: bool,
}

/// The times to choose from; with `seats`, how many are left at each.
pub fn markup(times: &Times<'_>, viewer: &Viewer, links: &Links, seats: Option<&Availability>) -> String {
    let Times { now, days, previous, next, next_available, month } = times;
    let from = days.first().map(|day| day.date.to_string()).unwrap_or_default();
    let title = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!("{} – {}", format::short_day(first.date), format::short_day(last.date)),
        _ => String::new(),
    };
    let nothing = days.iter().all(|day| day.starts.is_empty());
    // No time at all: the way to the waitlist is the button then.
    let is_empty = nothing && next_available.is_none() && previous.is_none();
    let week = |date: &Option<Date>| date.map(|date| links.to("#times", &[("from", &date.to_string())]));
    html! {
        div class="times-week" {
            div class="week-nav" {
                (step(week(previous), "left", words::EARLIER_WEEK, false))
                h2 id="times-title" { (title) }
                (step(week(next), "right", words::LATER_WEEK, false))
            }
            p class="zone-line" {
                (icon_markup("globe"))
                span { (viewer.label_at(*now)) }
                @if viewer.differs_at(*now) { span { (words::business_is_on(&viewer.business_label_at(*now))) } }
            }
            (day_strip(days))
            @if nothing {
                (none_this_week(links, next_available.as_ref(), *previous))
            } @else {
                (week_of_times(days, viewer, links, &from, seats))
            }
            @if let Some(to) = links.waitlist.as_ref().filter(|_| !is_empty) {
                p class="soft" {
                    (words::NONE_SUIT) " "
                    a href=(to) rel="external nofollow" { (words::JOIN_THE_WAITLIST) }
                }
            }
        }
        div class="times-aside" {
            (month_picker(links, &from, month))
            (zone_form(links, &from, viewer, *now))
        }
    }
    .into_string()
}

/// The starts in words, as choices in a form: "Mon 23 Nov, 9:00 am".
pub fn choices(times: &Times<'_>, viewer: &Viewer) -> Vec<(String, String)> {
    let days = times.days.iter().chain(&times.next_available);
    days.flat_map(|day| {
        let short = format::short_day(day.date);
        day.starts.iter().map(move |start| {
            let time = format::time(start.to_zoned(viewer.tz.clone()).time());
            (start.to_string(), format!("{short}, {time}"))
        })
    })
    .collect()
}

impl Links {
    /// The same page with something else of it: `value` in place of what is kept as `name`.
    pub fn instead(&self, name: &str, value: &str) -> String {
        let kept = self.keep.iter().filter(|(kept, _)| *kept != name).map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<_> = kept.chain(std::iter::once((name, value))).collect();
        with_query(&self.path, &pairs)
    }

    /// The same page with these.
    pub fn to(&self, fragment: &str, pairs: &[(&'static str, &str)]) -> String {
        let kept = self.keep.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<_> = kept.chain(pairs.iter().copied()).collect();
        with_query(&format!("{}{fragment}", self.path), &pairs)
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

fn none_this_week(links: &Links, next: Option<&Day<'_>>, earlier: Option<Date>) -> Markup {
    match (next, earlier) {
        (Some(day), _) => empty_markup(
            words::NO_TIMES_THIS_WEEK,
            html! {
                p { (words::next_free_day(&format::day(day.date))) }
                p {
                    a class="btn btn-primary" href=(links.to("#times", &[("from", &day.date.to_string())])) {
                        (words::show_day(&format::short_day(day.date)))
                    }
                }
            },
        ),
        (None, Some(earlier)) => empty_markup(
            words::NO_TIMES_AFTER,
            html! {
                p { (words::FREE_EARLIER) }
                p {
                    a class="btn btn-primary" href=(links.to("#times", &[("from", &earlier.to_string())])) {
                        (words::SHOW_THE_WEEK_BEFORE)
                    }
                }
            },
        ),
        (None, None) => empty_markup(
            words::NO_TIMES_FREE,
            html! {
                @if let Some(to) = &links.waitlist {
                    p { (words::ALL_TAKEN_WE_WRITE) }
                    p { a class="btn btn-primary" href=(to) rel="external nofollow" { (words::JOIN_THE_WAITLIST) } }
                } @else {
                    p { (words::ALL_TAKEN) }
                }
            },
        ),
    }
}

/// On a phone the days stand below each other: from here one is at any of them at once.
fn day_strip(days: &[Day<'_>]) -> Markup {
    html! {
        nav class="day-strip" aria-label=(words::DAYS_SHOWN) {
            @for day in days {
                @let short = format::short_day(day.date);
                @let (weekday, number) = (short.get(..2).unwrap_or_default(), day.date.day());
                @if day.starts.is_empty() {
                    span aria-hidden="true" { span { (weekday) } (number) }
                } @else {
                    a href={ "#day-" (day.date) } aria-label=(words::to_day(&format::day(day.date))) { span { (weekday) } (number) }
                }
            }
            a href="#month" aria-label=(words::TO_OTHER_DATES) { (icon_markup("calendar")) }
        }
    }
}

fn week_of_times(days: &[Day<'_>], viewer: &Viewer, links: &Links, from: &str, seats: Option<&Availability>) -> Markup {
    let starts = || days.iter().flat_map(|day| day.starts.iter().copied());
    let (first, last) = (starts().next().unwrap_or_default(), starts().next_back().unwrap_or_default());
    let clocks = viewer.clocks(first, last);
    let there = html! { " " (words::in_city(&viewer.business_city())) };
    let there = there.into_string();
    let Some(hold) = &links.hold else {
        // The start comes last, so that what goes before it is made but once; it needs no encoding.
        let link = html! { (links.to("", &[("from", from)])) "&start=" };
        let (before, after) =
            (format!("<a class=\"slot\" href=\"{}", link.into_string()), "#chosen\" rel=\"nofollow\"");
        let week = Week { clocks, there, before, after, end: "</a>", seats };
        return html! { ol class="week" { @for day in days { (day_column(&week, day)) } } };
    };
    let before = "<button class=\"slot\" name=\"start\" value=\"".to_owned();
    let week = Week { clocks, there, before, after: "\"", end: "</button>", seats };
    let kept = links.to("", &[("from", from)]);
    let query = kept.split_once('?').map_or("", |(_, query)| query);
    html! {
        form method="post" action=(Hold::url()) {
            @if !hold.token.is_empty() { input type="hidden" name=(forgery::FIELD) value=(hold.token); }
            input type="hidden" name="org" value=(hold.org);
            input type="hidden" name="service" value=(hold.service);
            input type="hidden" name="query" value=(query);
            @if hold.framed { input type="hidden" name="framed" value="true"; }
            ol class="week" { @for day in days { (day_column(&week, day)) } }
        }
    }
}

/// What all times of a week share, escaped.
struct Week<'a> {
    clocks: [Clock<'a>; 2],
    there: String,
    /// What comes before the start, and between it and the label.
    before: String,
    after: &'static str,
    end: &'static str,
    seats: Option<&'a Availability>,
}

fn day_column(week: &Week<'_>, day: &Day<'_>) -> Markup {
    // Over a narrow column the weekday stands above the date.
    let (label, short) = (format::day(day.date), format::short_day(day.date));
    let (weekday, date) = short.split_once(' ').unwrap_or(("", &short));
    html! {
        li.day.is-empty[day.starts.is_empty()] id={ "day-" (day.date) } {
            h3 class="day-title" {
                span class="day-long" { (label) }
                span class="day-short" { span { (weekday) } " " span { (date) } }
            }
            @if day.starts.is_empty() {
                p class="day-none" { (words::NO_TIMES) }
            } @else {
                (slot_list(week, &label, day.starts))
            }
        }
    }
}

/// The one part that is put together by hand: a page has hundreds of these. There is nothing in it that would have
/// to be escaped: instants, times and a date in words; `week` is already.
fn slot_list(week: &Week<'_>, day: &str, starts: &[Timestamp]) -> Markup {
    let Week { clocks: [here, business], there, before, after, end, seats } = week;
    let mut page = String::with_capacity(starts.len() * (before.len() + there.len() * 2 + day.len() + 160) + 64);
    page.push_str("<ul class=\"slots\">");
    for &start in starts {
        let minute = |offset: i64| (start.as_second() + offset).rem_euclid(24 * 60 * 60) / 60;
        let offsets = [here, business].map(|clock| clock.offset(start.as_second()));
        let label = minute(offsets[0]);
        let in_business = (offsets[0] != offsets[1]).then(|| minute(offsets[1]));
        let left = seats.map(|free| free.seats_left(start));
        page.push_str("<li>");
        page.push_str(before);
        format::push_instant(&mut page, start);
        page.push_str(after);
        page.push_str(" aria-label=\"");
        format::push_time(&mut page, label);
        if let Some(time) = in_business {
            page.push_str(", ");
            format::push_time(&mut page, time);
            page.push_str(there);
        }
        page.push_str(", ");
        page.push_str(day);
        if let Some(left) = left {
            page.push_str(", ");
            page.push_str(&words::seats_left(left));
        }
        page.push_str("\">");
        format::push_time(&mut page, label);
        if let Some(time) = in_business {
            page.push_str("<span class=\"slot-there\">");
            format::push_time(&mut page, time);
            page.push_str(there);
            page.push_str("</span>");
        }
        if let Some(left) = left {
            page.push_str("<span class=\"slot-there\">");
            page.push_str(&words::seats_left(left));
            page.push_str("</span>");
        }
        page.push_str(end);
        page.push_str("</li>");
    }
    page.push_str("</ul>");
    PreEscaped(page)
}

fn month_picker(links: &Links, from: &str, month: &Month) -> Markup {
    let to = |month: Option<Date>| {
        month.map(|month| links.to("", &[("from", from), ("month", &month.strftime("%Y-%m").to_string())]))
    };
    let title = month.first.strftime("%B %Y").to_string();
    let weekdays = words::WEEKDAYS.into_iter().zip(words::WEEKDAYS_IN_SHORT);
    html! {
        div class="month" id="month" {
            div class="week-nav" {
                (step(to(month.previous), "left", words::EARLIER_MONTH, true))
                h2 { (title) }
                (step(to(month.next), "right", words::LATER_MONTH, true))
            }
            table {
                caption class="sr-only" { (words::days_with_free_times(&title)) }
                thead { tr { @for (day, short) in weekdays { th scope="col" { abbr title=(day) { (short) } } } } }
                tbody { @for week in &month.weeks { tr { @for day in week { (month_day(links, day)) } } } }
            }
        }
    }
}

fn month_day(links: &Links, day: &MonthDay) -> Markup {
    let current = day.today.then_some("date");
    html! {
        td.is-shown[day.shown].is-outside[day.outside].is-today[day.today] {
            @if day.free > 0 {
                a href=(links.to("#times", &[("from", &day.date.to_string())])) aria-label=(words::free_on(&format::day(day.date), day.free)) aria-current=[current] {
                    (day.date.day())
                }
            } @else {
                span aria-current=[current] { (day.date.day()) }
            }
        }
    }
}

fn zone_form(links: &Links, from: &str, viewer: &Viewer, now: Timestamp) -> Markup {
    html! {
        form class="zone-form" method="get" action={ (links.path) "#times" } {
            @for (name, value) in links.keep.iter().filter(|(name, _)| *name != "zone") {
                input type="hidden" name=(name) value=(value);
            }
            input type="hidden" name="from" value=(from);
            label for="zone" { (words::SHOW_TIMES_IN) }
            div class="zone-pick" {
                select class="input" id="zone" name="zone" {
                    @for (name, label) in viewer.offered(now) {
                        option value=(name) selected[*name == *viewer.name] { (label) }
                    }
                }
                button type="submit" class="btn btn-quiet" { (words::CHANGE) }
            }
        }
    }
}
