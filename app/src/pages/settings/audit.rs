//! `/app/{org}/settings/audit`: who did what. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    error::AppError,
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
    let AuditPage { days, before, people, actions, asked, today, refused } = page;
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
    let summary = refused.as_ref().map(summary);
    // What is wrong alone takes the focus; several are listed on top, and lead there.
    let alone = refused.as_ref().is_some_and(|error| error.fields.len() == 1);
    let wrong = |name: &str| {
        let message = refused.as_ref().and_then(|error| error.field_message(name)).map(str::to_owned);
        message.map(|message| Wrong { message, alone })
    };
    let file = refused.is_none().then(|| {
        view! { <a class="btn btn-quiet" href=file rel="external" download="">"Export as CSV"</a> }
    });
    let list = if refused.is_some() {
        ().into_any()
    } else if days.is_empty() {
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
            {file}
        </SettingsHead>
        {summary}
        <form class="card filters" method="get" action=here novalidate=true>
            {choice("who", "Who", people, &asked.who, wrong("who"))}
            {choice("what", "What", actions, &asked.what, wrong("what"))}
            {day("from", "From", &asked.from, &today, wrong("from"))}
            {day("to", "To", &asked.to, &today, wrong("to"))}
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

/// What is wrong with a filter.
struct Wrong {
    message: String,
    /// It is all that is wrong: the page begins there.
    alone: bool,
}

/// What is wrong, on top of the filters, with the way to each.
fn summary(error: &AppError) -> AnyView {
    let several = error.fields.len() > 1;
    let links = error.fields.iter().map(|field| {
        let href = format!("#field-{}", field.field);
        view! { <li><a href=href>{field.message.clone()}</a></li> }
    });
    let links = links.collect_view();
    view! {
        <div class="notice notice-error" role="alert" tabindex="-1" autofocus=several>
            <p>{error.message.clone()}</p>
            <ul>{links}</ul>
        </div>
    }
    .into_any()
}

fn choice(
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    chosen: &str,
    wrong: Option<Wrong>,
) -> AnyView {
    let options = options
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view();
    let (alone, invalid, described) = marks(name, wrong.as_ref());
    let id = format!("field-{name}");
    let control = view! {
        <select class="input" id=id name=name autofocus=alone aria-invalid=invalid aria-describedby=described>{options}</select>
    };
    field(name, label, control.into_any(), wrong)
}

fn day(name: &'static str, label: &'static str, value: &str, today: &str, wrong: Option<Wrong>) -> AnyView {
    let (alone, invalid, described) = marks(name, wrong.as_ref());
    let id = format!("field-{name}");
    let (value, max) = (value.to_owned(), today.to_owned());
    let control = view! {
        <input class="input" id=id name=name type="date" max=max value=value autofocus=alone aria-invalid=invalid aria-describedby=described/>
    };
    field(name, label, control.into_any(), wrong)
}

/// How a control says that it is wrong: whether it has the focus, `aria-invalid`, and what describes it.
fn marks(name: &str, wrong: Option<&Wrong>) -> (bool, Option<&'static str>, Option<String>) {
    (wrong.is_some_and(|wrong| wrong.alone), wrong.map(|_| "true"), wrong.map(|_| format!("field-{name}-error")))
}

fn field(name: &'static str, label: &'static str, control: AnyView, wrong: Option<Wrong>) -> AnyView {
    let is_wrong = wrong.is_some();
    let error = wrong.map(|Wrong { message, .. }| {
        let id = format!("field-{name}-error");
        view! { <p class="field-error" id=id>{message}</p> }
    });
    view! {
        <div class="field" class:has-error=is_wrong>
            <label for=format!("field-{name}")>{label}</label>
            {control}
            {error}
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
