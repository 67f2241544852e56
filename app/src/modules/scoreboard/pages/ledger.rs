//! `/app/{org}/scoreboard/entries`: the lines under a figure, or those that wait for a yes.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::{
    day_words,
    tabs::{Tab, tabs},
};
use crate::{
    modules::scoreboard::{
        api::DecideResult,
        board_page::{self, AskedLines, LedgerPage, State, Told},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, DoneNotice, Empty, Form, FormMessage, Kind, LinkButton, PageHeader, PageTitle, Post,
        PostForm, Tone, given, org_of_address, with_query,
    },
};

const DONE: &[(&str, &str)] =
    &[("approved", "Approved. It counts now."), ("declined", "Declined. It doesn’t count, and stays to be seen.")];

/// The lines, in the dashboard's frame.
#[component]
pub fn LedgerRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let asked = AskedLines {
        metric: get("metric"),
        person: get("person"),
        period: get("period"),
        after: get("after"),
        waiting: !get("waiting").is_empty(),
    };
    let form = Form::of(Post::to::<DecideResult>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = board_page::ledger(&platform, &actor, &slug, &asked).await?;
        Ok((slug, asked, page))
    };
    let body = written(read, move |(org, asked, page)| show(&org, &asked, page, form));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, asked: &AskedLines, page: LedgerPage, form: Form) -> AnyView {
    let title = if page.waiting { "Waiting for your yes" } else { "Entries" };
    let about = match (&page.metric, &page.person) {
        _ if page.waiting => "What your people entered and you decide on. The oldest first.".to_owned(),
        (Some(metric), Some(person)) => format!("{} of {person}, {}", metric.name, page.period.label()),
        (Some(metric), None) => format!("{}, {}", metric.name, page.period.label()),
        _ => page.period.label(),
    };
    let refused = form.state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let next = page.next.clone().map(|next| {
        let pairs =
            [("metric", asked.metric.as_str()), ("person", &asked.person), ("period", &asked.period), ("after", &next)];
        let href = with_query(&format!("/app/{org}/scoreboard/entries"), &pairs);
        view! { <p class="row"><a class="btn btn-quiet" href=href>"Older ones"</a></p> }
    });
    let total = page.total.clone().map(|total| {
        view! { <p class="board-total"><span>"What counts of it"</span><strong>{total}</strong></p> }
    });
    let bests = (page.manages && !asked.person.is_empty() && !page.waiting).then(|| {
        let href = format!("/app/{org}/scoreboard/bests/{}", asked.person);
        view! { <p><a href=href>"Streaks and bests"</a></p> }
    });
    let many = (page.manages && !page.waiting).then(|| {
        let (grid, import) = (format!("/app/{org}/scoreboard/grid"), format!("/app/{org}/scoreboard/import"));
        view! {
            <p class="row">
                <LinkButton href=grid kind=Kind::Quiet>"Enter many at once"</LinkButton>
                <LinkButton href=import kind=Kind::Quiet>"Bring a file"</LinkButton>
            </p>
        }
    });
    let body = if page.lines.is_empty() {
        let words = if page.waiting { "Nothing waits" } else { "Nothing entered in this time" };
        view! { <Empty title=words><p>"Choose another time on the scoreboard."</p></Empty> }.into_any()
    } else {
        let (waiting, org) = (page.waiting, org.to_owned());
        let lines = page.lines.into_iter().map(|told| line(&org, told, waiting, false, form)).collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    view! {
        <PageTitle text=title/>
        <PageHeader title=title about=about/>
        {tabs(org, Tab::Entries)}
        {done}
        {many}
        <FormMessage form=form.state/>
        {total}
        {bests}
        {body}
        {next}
    }
    .into_any()
}

/// A line of a list. `own`: of whoever reads it.
pub fn line(org: &str, told: Told, decides: bool, own: bool, form: Form) -> AnyView {
    let href = format!("/app/{org}/scoreboard/entries/{}", told.id);
    let by = format!("{} · entered by {} {}, {}", day_words(told.day), told.by, told.source, told.entered);
    let badges = badges(&told);
    let note = told.note.clone();
    let what = if own { told.what() } else { format!("{} for {}", told.what(), told.person) };
    let note = (!note.is_empty()).then(|| view! { <p>{note}</p> });
    let decide = (decides && told.state == State::Waits).then(|| {
        let of = format!(": {} of {}", told.figure, told.person);
        let button = |label: &'static str, class: &'static str, approved: bool| {
            let (org, id, of) = (org.to_owned(), told.id.to_string(), of.clone());
            view! {
                <PostForm post=form.post>
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="approved" value=approved.to_string()/>
                    <button type="submit" class=class>{label}<span class="sr-only">{of}</span></button>
                </PostForm>
            }
        };
        let (no, yes) = (button("No", "btn btn-quiet", false), button("Yes", "btn btn-primary", true));
        view! { {no} {yes} }
    });
    view! {
        <li class="line" data-entry=told.id.to_string()>
            <div class="line-text">
                <p class="line-title"><a href=href>{what}</a> " " {badges}</p>
                <p class="soft">{by}</p>
                {note}
            </div>
            <div class="line-end">{decide}</div>
        </li>
    }
    .into_any()
}

/// What became of a line.
pub fn badges(told: &Told) -> AnyView {
    let state = match &told.state {
        State::Counts => None,
        State::Waits => Some((Tone::Warning, "Waits for a yes")),
        State::Declined => Some((Tone::Warning, "Declined")),
        State::Voided { instead: Some(_), .. } => Some((Tone::Info, "Put right")),
        State::Voided { .. } => Some((Tone::Info, "Taken back")),
    };
    let state = state.map(|(tone, label)| view! { <Badge tone=tone label=label/> " " });
    let late = told.late.then(|| view! { <Badge tone=Tone::Info label="Entered later"/> });
    let changed = told.late_change.then(|| view! { <Badge tone=Tone::Warning label="Late change"/> " " });
    view! { {state} {changed} {late} }.into_any()
}
