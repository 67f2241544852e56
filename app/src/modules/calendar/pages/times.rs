//! Choosing a time: a week of times, the month around it, the zone they are shown in. All links and one plain form.

use leptos::prelude::*;
use leptos_router::components::Form;

use crate::{
    modules::calendar::wire::{DaySlots, Month, MonthDay, SlotLabel, Times, ZoneChoice},
    ui::{Empty, Icon, with_query},
};

/// How a link keeps what else the address says.
#[derive(Clone)]
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
    let Times { zone, days, previous, next, next_available, month } = times;
    let links = Links { path, keep };
    let from = days.first().map(|day| day.date.clone()).unwrap_or_default();
    let title = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!("{} – {}", first.short, last.short),
        _ => String::new(),
    };
    let nothing = days.iter().all(|day| day.slots.is_empty());
    let zone_line = zone_line(&zone);
    let week = if nothing {
        none_this_week(&links, next_available)
    } else {
        let days = days.into_iter().map(|day| day_column(&links, &from, day)).collect_view();
        view! { <ol class="week">{days}</ol> }.into_any()
    };
    let step = |date: Option<String>, icon: &'static str, label: &'static str| {
        match date {
        Some(date) => {
            view! { <a class="btn-icon" href=links.to("#times", &[("from", &date)]) aria-label=label><Icon name=icon/></a> }.into_any()
        }
        None => view! { <span class="btn-icon is-off" aria-hidden="true"><Icon name=icon/></span> }.into_any(),
    }
    };
    view! {
        <section class="times" id="times" aria-labelledby="times-title">
            <div class="times-week">
                <div class="week-nav">
                    {step(previous, "left", "Earlier week")}
                    <h2 id="times-title">{title}</h2>
                    {step(next, "right", "Later week")}
                </div>
                {zone_line}
                {week}
            </div>
            <div class="times-aside">
                {month_picker(&links, &from, month)}
                {zone_form(&links, &from, zone)}
            </div>
        </section>
    }
    .into_any()
}

fn zone_line(zone: &ZoneChoice) -> AnyView {
    let business =
        zone.differs.then(|| view! { <span>{format!("The business is on {}.", zone.business_label)}</span> });
    view! { <p class="zone-line"><Icon name="globe"/><span>{zone.viewer_label.clone()}</span>{business}</p> }.into_any()
}

fn none_this_week(links: &Links, next: Option<DaySlots>) -> AnyView {
    match next {
        Some(day) => {
            let href = links.to("#times", &[("from", &day.date)]);
            view! {
                <Empty title="No times this week">
                    <p>{format!("The next free day is {}.", day.label)}</p>
                    <p><a class="btn btn-primary" href=href>{format!("Show {}", day.short)}</a></p>
                </Empty>
            }
            .into_any()
        }
        None => view! {
            <Empty title="No times free">
                <p>"Everything that can be booked ahead is taken. Please look in again, or ring the business."</p>
            </Empty>
        }
        .into_any(),
    }
}

fn day_column(links: &Links, from: &str, day: DaySlots) -> AnyView {
    let empty = day.slots.is_empty();
    let times = if empty {
        view! { <p class="day-none">"No times"</p> }.into_any()
    } else {
        let slots = day.slots.into_iter().map(|slot| slot_link(links, from, &day.label, slot)).collect_view();
        view! { <ul class="slots">{slots}</ul> }.into_any()
    };
    // "Mon 23 Nov": over a narrow column the weekday stands above the date.
    let (weekday, date) = day
        .short
        .split_once(' ')
        .map_or((String::new(), day.short.clone()), |(weekday, date)| (weekday.to_owned(), date.to_owned()));
    view! {
        <li class="day" class:is-empty=empty>
            <h3 class="day-title">
                <span class="day-long">{day.label}</span>
                <span class="day-short"><span>{weekday}</span>" "<span>{date}</span></span>
            </h3>
            {times}
        </li>
    }
    .into_any()
}

fn slot_link(links: &Links, from: &str, day: &str, slot: SlotLabel) -> AnyView {
    let href = links.to("#chosen", &[("from", from), ("start", &slot.start)]);
    let spoken = match &slot.business_label {
        Some(there) => format!("{}, {there}, {day}", slot.label),
        None => format!("{}, {day}", slot.label),
    };
    let business = slot.business_label.map(|label| view! { <span class="slot-there">{label}</span> });
    view! { <li><a class="slot" href=href rel="nofollow" aria-label=spoken>{slot.label}{business}</a></li> }.into_any()
}

fn month_picker(links: &Links, from: &str, month: Month) -> AnyView {
    let step = |to: Option<String>, icon: &'static str, label: &'static str| match to {
        Some(to) => view! {
            <a class="btn-icon" href=links.to("", &[("from", from), ("month", &to)]) data-noscroll="" aria-label=label>
                <Icon name=icon/>
            </a>
        }
        .into_any(),
        None => view! { <span class="btn-icon is-off" aria-hidden="true"><Icon name=icon/></span> }.into_any(),
    };
    let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let head = weekdays
        .into_iter()
        .map(|day| view! { <th scope="col"><abbr title=day>{&day[..2]}</abbr></th> })
        .collect_view();
    let weeks = month
        .weeks
        .into_iter()
        .map(|week| {
            let days = week.into_iter().map(|day| month_day(links, day)).collect_view();
            view! { <tr>{days}</tr> }
        })
        .collect_view();
    view! {
        <div class="month">
            <div class="week-nav">
                {step(month.previous, "left", "Earlier month")}
                <h2>{month.title.clone()}</h2>
                {step(month.next, "right", "Later month")}
            </div>
            <table>
                <caption class="sr-only">{format!("Days with free times in {}", month.title)}</caption>
                <thead><tr>{head}</tr></thead>
                <tbody>{weeks}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn month_day(links: &Links, day: MonthDay) -> AnyView {
    let MonthDay { date, day, outside, available, shown, today, spoken } = day;
    let current = today.then_some("date");
    let content = if available {
        view! { <a href=links.to("#times", &[("from", &date)]) aria-label=spoken aria-current=current>{day}</a> }
            .into_any()
    } else {
        view! { <span aria-current=current>{day}</span> }.into_any()
    };
    view! { <td class:is-shown=shown class:is-outside=outside class:is-today=today>{content}</td> }.into_any()
}

fn zone_form(links: &Links, from: &str, zone: ZoneChoice) -> AnyView {
    let kept = links
        .keep
        .iter()
        .filter(|(name, _)| *name != "zone")
        .map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> })
        .collect_view();
    let options = zone
        .offered
        .into_iter()
        .map(|(name, label)| {
            let selected = name == zone.viewer;
            view! { <option value=name selected=selected>{label}</option> }
        })
        .collect_view();
    let from = from.to_owned();
    view! {
        <Form method="get" action=links.path.clone() attr:class="zone-form" noscroll=true>
            {kept}
            <input type="hidden" name="from" value=from/>
            <label for="zone">"Show times in"</label>
            <div class="zone-pick">
                <select class="input" id="zone" name="zone">{options}</select>
                <button type="submit" class="btn btn-quiet">"Change"</button>
            </div>
        </Form>
    }
    .into_any()
}
