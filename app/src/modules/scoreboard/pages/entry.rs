//! `/app/{org}/scoreboard/entries/{id}`: a line of the ledger, what it stands for, and how it is put right.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use super::{day_words, ledger};
use crate::{
    modules::scoreboard::{
        api::{CorrectResult, VoidResult},
        board_page::{self, EntryPage, State, Told},
    },
    pages::plain::written,
    request,
    ui::{
        DashboardShell, DateField, DoneNotice, Field, Form, FormMessage, Icon, Kind, Notice, PageHeader, PageTitle,
        Post, PostForm, Select, SubmitButton, Tone, confirmed_by, given, org_of_address, with_query,
    },
};

const DONE: &[(&str, &str)] =
    &[("voided", "Taken back. It counts no longer."), ("corrected", "Put right. This stands instead.")];

/// The line, in the dashboard's frame.
#[component]
pub fn EntryRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let (correct, void) = (Form::of(Post::to::<CorrectResult>()), Form::of(Post::to::<VoidResult>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = board_page::entry(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, page, correct, void));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: EntryPage, correct: Form, void: Form) -> AnyView {
    let told = page.line.clone();
    let title = told.what();
    let about = format!("For {}, on {}", told.person, day_words(told.day));
    let back = with_query(
        &format!("/app/{org}/scoreboard/entries"),
        &[("metric", &told.metric_key), ("person", &told.person_id)],
    );
    let refused = [correct, void].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let closed = told.closed.clone().map(|closed| {
        let words = if page.manages {
            format!("{closed} is closed. What is changed here shows as a late change, with the reason.")
        } else {
            format!("{closed} is closed. Ask a manager if something in it is wrong.")
        };
        view! { <Notice tone=Tone::Info><p>{words}</p></Notice> }
    });
    let changes = told.may_correct.then(|| {
        let (right, back) = (put_right(org, &page, correct), take_back(org, &told, void));
        view! {
            <section class="card stack" aria-labelledby="right">
                <h2 id="right">"Put it right"</h2>
                <p class="soft">"The line stays to be seen; what you enter here counts instead."</p>
                {right}
            </section>
            {back}
        }
    });
    let chain = (page.chain.len() > 1).then(|| {
        let (own, org) = (told.id, org.to_owned());
        let lines = page
            .chain
            .iter()
            .map(|one| {
                let href = format!("/app/{org}/scoreboard/entries/{}", one.id);
                let here = (one.id == own).then_some("page");
                let by = format!("{}, by {}", one.entered, one.by);
                view! {
                    <li class="line"><div class="line-text">
                        <p class="line-title"><a href=href aria-current=here>{one.figure.clone()} " for " {one.person.clone()} ", " {day_words(one.day)}</a> " " {ledger::badges(one)}</p>
                        <p class="soft">{by}</p>
                    </div></li>
                }
            })
            .collect_view();
        view! {
            <section class="card stack" aria-labelledby="chain">
                <h2 id="chain">"How it came to be"</h2>
                <ol class="lines numbers">{lines}</ol>
            </section>
        }
    });
    view! {
        <PageTitle text=title.clone()/>
        <a class="back" href=back><Icon name="back"/>"Entries"</a>
        <PageHeader title=title about=about/>
        {done}
        {closed}
        {facts(&told)}
        {chain}
        {changes}
    }
    .into_any()
}

fn facts(told: &Told) -> AnyView {
    let fact = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    let voided = match &told.state {
        State::Voided { reason, by, at, .. } => {
            let why = if reason.is_empty() { String::new() } else { format!(": “{reason}”") };
            format!("By {by}, {at}{why}")
        }
        _ => String::new(),
    };
    let state = match &told.state {
        State::Counts => "It counts",
        State::Waits => "It counts once a manager has said yes",
        State::Declined => "A manager said no: it doesn’t count",
        State::Voided { .. } => "Taken back: it doesn’t count",
    };
    view! {
        <section class="card stack numbers">
            <dl class="facts facts-wide">
                {fact("Now", state.to_owned())}
                {fact("Happened", format!("{}, {}", day_words(told.day), told.time))}
                {fact("Entered", format!("{}, by {} {}", told.entered, told.by, told.source))}
                {fact("Taken back", voided)}
                {fact("Note", told.note.clone())}
                {fact("Called elsewhere", told.external_id.clone().unwrap_or_default())}
            </dl>
        </section>
    }
    .into_any()
}

fn put_right(org: &str, page: &EntryPage, form: Form) -> AnyView {
    let (state, org) = (form.state, org.to_owned());
    let Told { id, metric_key, person_id, typed, day, time, note, .. } = page.line.clone();
    let (id, day, last) = (id.to_string(), day.to_string(), page.last.to_string());
    let who = if page.people.len() == 1 {
        view! { <input type="hidden" name="person" value=person_id/> }.into_any()
    } else {
        let options = page.people.clone();
        view! { <Select form=state name="person" label="For" options=options value=person_id/> }.into_any()
    };
    view! {
        <PostForm post=form.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="metric" value=metric_key/>
            <Field form=state name="value" label="How much" inputmode="decimal" autocomplete="off" maxlength=40 value=typed/>
            {who}
            <div class="fields-row">
                <DateField form=state name="day" label="Day" max=last value=day/>
                <Field form=state name="time" label="Time" autocomplete="off" optional=true maxlength=20 value=time/>
            </div>
            <Field form=state name="note" label="Note" autocomplete="off" optional=true maxlength=500 value=note/>
            <Field form=state name="reason" label="Why" hint="For whoever looks at it later." autocomplete="off" maxlength=500/>
            <div class="form-actions"><SubmitButton form=state label="Put it right" busy="Saving…"/></div>
        </PostForm>
    }
    .into_any()
}

fn take_back(org: &str, told: &Told, form: Form) -> AnyView {
    let (org, id, state) = (org.to_owned(), told.id.to_string(), form.state);
    let inside = view! {
        <p>"It counts no longer on any board. The line stays to be seen, with the reason."</p>
        <PostForm post=form.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <Field form=state name="why" label="Why" autocomplete="off" maxlength=500/>
            <div class="form-actions"><SubmitButton form=state label="Yes, take it back" busy="Taking it back…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    confirmed_by("Take it back", state, inside.into_any())
}
