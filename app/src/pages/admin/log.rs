//! `/admin/log`: the platform's own log.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::frame::admin_page;
use crate::{
    admin::{
        api::log,
        wire::{LogLine, LogPage},
    },
    packed::page_data,
    ui::{Empty, PageHeader, with_query},
};

const HERE: &str = "/admin/log";
const OURS: &str = "/admin/log?ours=1";

/// The platform's own log.
#[component]
pub fn LogRoute() -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            (query.get("ours").is_some(), query.get("before").and_then(|before| before.parse::<i64>().ok()))
        })
    });
    let page = page_data(move || asked.get(), |(ours, before)| log(ours, before));
    admin_page("Log", HERE, page, log_view)
}

fn log_view(page: LogPage) -> AnyView {
    let LogPage { lines, before, newest, ours } = page;
    let all = if ours { OURS } else { HERE };
    let newest = (!newest).then(|| view! { <a class="btn btn-quiet" href=all>"The newest"</a> });
    let older = before.map(|before| {
        let before = before.to_string();
        let href = with_query(HERE, &[("ours", if ours { "1" } else { "" }), ("before", &before)]);
        view! { <a class="btn btn-quiet" href=href>"Older"</a> }
    });
    let list = if lines.is_empty() {
        view! {
            <Empty title="Nothing has happened yet" icon="info">
                <p>"Who logs in, and what those do who run the platform, is listed here."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <ol class="lines">{lines.into_iter().map(line).collect_view()}</ol> }.into_any()
    };
    let current = |here: bool| here.then_some("true");
    view! {
        <PageHeader title="Log" about="Who logged in, what was refused, and what those did who run the platform. Nothing in it can be changed or taken out."/>
        <p class="row">
            <a class="btn btn-quiet" href=HERE aria-current=current(!ours)>"Everything"</a>
            <a class="btn btn-quiet" href=OURS aria-current=current(ours)>"What we did"</a>
        </p>
        {list}
        <p class="row">{newest}{older}</p>
    }
    .into_any()
}

fn line(line: LogLine) -> AnyView {
    let LogLine { when, what, about, place, .. } = line;
    let about = about.into_iter().map(|text| view! { <p class="soft">{text}</p> }).collect_view();
    let when = if place.is_empty() { when } else { format!("{when}, from {place}") };
    view! {
        <li class="line">
            <div class="line-text">
                <p>{what}</p>
                <p class="soft">{when}</p>
                {about}
            </div>
        </li>
    }
    .into_any()
}
