//! `/app/{org}/settings/audit`: who did what.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    packed::page_data,
    people::{
        api::audit,
        wire::{AuditDay, AuditLine, AuditPage, AuditQuery},
    },
    ui::{Empty, SettingsHead, org_of_address, settings_page, with_query},
};

/// The audit log, in the dashboard's frame.
#[component]
pub fn AuditRoute() -> AnyView {
    let org = org_of_address();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let get = |name: &str| query.get(name).unwrap_or_default();
            AuditQuery {
                who: get("who"),
                what: get("what"),
                from: get("from"),
                to: get("to"),
                before: query.get("before").and_then(|before| before.parse().ok()),
            }
        })
    });
    let page = page_data(
        move || (org.get(), asked.get()),
        |(org, AuditQuery { who, what, from, to, before })| audit(org, who, what, from, to, before),
    );
    settings_page(org, page, 12, log)
}

fn log(org: String, page: AuditPage) -> AnyView {
    let AuditPage { days, before, people, actions, asked } = page;
    let here = format!("/app/{org}/settings/audit");
    let parts = [("who", &asked.who), ("what", &asked.what), ("from", &asked.from), ("to", &asked.to)];
    let parts: Vec<(&str, &str)> =
        parts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str())).collect();
    let file = with_query(&format!("{here}.csv"), &parts);
    let newest = asked.before.map(|_| with_query(&here, &parts));
    let older = before.map(|before| {
        let before = before.to_string();
        let mut parts = parts.clone();
        parts.push(("before", &before));
        with_query(&here, &parts)
    });
    let narrowed = !parts.is_empty() || asked.before.is_some();
    let list = if days.is_empty() {
        nothing(narrowed.then(|| here.clone()))
    } else {
        days.into_iter().map(day_of).collect_view().into_any()
    };
    let back = format!("/app/{org}/settings");
    view! {
        <SettingsHead
            title="Audit log"
            about="Who did what, when and from where. Nothing in it can be changed or taken out. Log-ins and changes to somebody’s own account are on their own account page."
            back=back
        >
            <a class="btn btn-quiet" href=file rel="external" download="">"Export as CSV"</a>
        </SettingsHead>
        <form class="card filters" method="get" action=here>
            {choice("who", "Who", people, &asked.who)}
            {choice("what", "What", actions, &asked.what)}
            {day("from", "From", &asked.from)}
            {day("to", "To", &asked.to)}
            <button type="submit" class="btn btn-primary">"Show"</button>
        </form>
        {list}
        <p class="row">
            {newest.map(|href| view! { <a class="btn btn-quiet" href=href>"The newest"</a> })}
            {older.map(|href| view! { <a class="btn btn-quiet" href=href>"Older"</a> })}
        </p>
    }
    .into_any()
}

fn choice(name: &'static str, label: &'static str, options: Vec<(String, String)>, chosen: &str) -> AnyView {
    let id = format!("field-{name}");
    let options = options
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select class="input" id=id name=name>{options}</select>
        </div>
    }
    .into_any()
}

fn day(name: &'static str, label: &'static str, value: &str) -> AnyView {
    let id = format!("field-{name}");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input class="input" id=id name=name type="date" value=value.to_owned()/>
        </div>
    }
    .into_any()
}

/// Where what was asked for can be taken back, if anything was.
fn nothing(all: Option<String>) -> AnyView {
    match all {
        Some(href) => view! {
            <Empty title="No entries for these filters" icon="search">
                <p>"Nobody did this in that time. Try other days, or somebody else."</p>
                <a class="btn btn-quiet" href=href>"Clear filters"</a>
            </Empty>
        }
        .into_any(),
        None => view! {
            <Empty title="Nothing has happened yet" icon="info">
                <p>"What your people and programs change, and whose details they look at, will be listed here."</p>
            </Empty>
        }
        .into_any(),
    }
}

fn day_of(day: AuditDay) -> AnyView {
    let AuditDay { day, entries } = day;
    view! {
        <section class="settings-group">
            <h2>{day}</h2>
            <ol class="lines audit">{entries.into_iter().map(line).collect_view()}</ol>
        </section>
    }
    .into_any()
}

fn line(entry: AuditLine) -> AnyView {
    let AuditLine { time, what, about, place, .. } = entry;
    let about = about.into_iter().map(|text| view! { <p class="soft">{text}</p> }).collect_view();
    let place = (!place.is_empty()).then(|| view! { <p class="soft">{format!("From {place}")}</p> });
    view! {
        <li class="line">
            <p class="line-time">{time}</p>
            <div class="line-text">
                <p>{what}</p>
                {about}
                {place}
            </div>
        </li>
    }
    .into_any()
}
