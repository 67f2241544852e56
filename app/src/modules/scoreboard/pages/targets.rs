//! `/app/{org}/scoreboard/targets`: what people, teams and all together are to reach. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

use super::pace::{choosing, head, period_asked};
use crate::{
    error::{AppError, Code},
    modules::scoreboard::{
        api::SaveTargets,
        store::Metric,
        target_views::{self, AskedTargets, Cell, TargetsPage, Told},
        targets::Whose,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, DoneNotice, Empty, Form, FormMessage, FormState, Icon, LinkButton, Notice, PageHeader,
        PageTitle, Post, PostForm, SubmitButton, Table, Tone,
        asking::{Choice, notice_of, select, typed},
        given, org_of_address, with_query,
    },
};

/// The page, in the dashboard's frame.
#[component]
pub fn TargetsRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let asked = AskedTargets {
        metric: get("metric"),
        period: period_asked(&query),
        growth: given(&query, "copy").map(|_| get("growth")),
        spread: get("spread"),
    };
    let save = Form::of(Post::to::<SaveTargets>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = target_views::targets(&platform, &actor, &slug, &asked).await?;
        Ok((slug, asked, page))
    };
    let body = written(read, move |(org, asked, page)| show(&org, &asked, page, save));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, asked: &AskedTargets, page: TargetsPage, save: Form) -> AnyView {
    let back = match &page.metric {
        Some(metric) => {
            let pairs = [("metric", metric.key.as_str()), ("period", &page.period.key())];
            with_query(&format!("/app/{org}/scoreboard/pace"), &pairs)
        }
        None => format!("/app/{org}/scoreboard/pace"),
    };
    let body = if let Some(metric) = page.metric.clone() {
        content(org, asked, page, &metric, save)
    } else {
        let metrics = format!("/app/{org}/scoreboard/metrics");
        view! {
            <Empty title="Nothing is counted yet" icon="chart">
                <p>"Targets are of what is counted: sales, calls, new clients. That comes first."</p>
                <p><LinkButton href=metrics>"Say what is counted"</LinkButton></p>
            </Empty>
        }
        .into_any()
    };
    let refused = save.state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=&[("saved", "Saved.")]/> });
    view! {
        <PageTitle text="Targets"/>
        <a class="back" href=back><Icon name="back"/>"Are we on pace?"</a>
        <PageHeader title="Targets" about="What people, teams and all together are to reach."/>
        {done}
        {body}
    }
    .into_any()
}

fn content(org: &str, asked: &AskedTargets, page: TargetsPage, metric: &Metric, save: Form) -> AnyView {
    let path = format!("/app/{org}/scoreboard/targets");
    let form = choosing(&path, &page.metrics, metric, &page.period, &asked.period).into_string();
    let head = head(&path, metric, &page.period, &page.beside).into_string();
    let begin = begin(&path, metric, &page).into_string();
    let idea = page.is_idea.then(|| {
        view! { <Notice tone=Tone::Info><p>"Not saved yet. What is proposed is marked: look at it, change what you like, then save."</p></Notice> }
    });
    let changes = history(page.changes);
    let state = save.state;
    let period = page.period.key();
    let (org_field, metric_field) = (org.to_owned(), metric.key.clone());
    let table = table(&page.cells, metric, state);
    view! {
        <div class="scoreboard" inner_html=form></div>
        {idea}
        <section class="card stack numbers" aria-labelledby="board-title">
            <div inner_html=head></div>
            <PostForm post=save.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org_field/>
                <input type="hidden" name="metric" value=metric_field/>
                <input type="hidden" name="period" value=period/>
                {table}
                <div class="form-actions"><SubmitButton form=state label="Save targets" busy="Saving…"/></div>
            </PostForm>
        </section>
        <section class="card stack scoreboard" aria-labelledby="begin" inner_html=begin></section>
        {changes}
    }
    .into_any()
}

/// A line for all together, each team and branch, and each person.
fn table(cells: &[Cell], metric: &Metric, state: FormState) -> AnyView {
    let hint = match (metric.unit == "money", metric.lower_is_better) {
        (true, false) => "In dollars, like 5,000. Empty: no target.",
        (true, true) => "In dollars, like 5,000: at most so much. Empty: no target.",
        (false, false) => "A figure like 120. Empty: no target.",
        (false, true) => "A figure like 3: at most so much. Empty: no target.",
    };
    let rows = cells.iter().map(|cell| row(cell, state)).collect();
    view! {
        <p class="soft">{hint} " Stretch levels go beyond it: up to three, like 6,000 / 7,000."</p>
        <Table caption="Targets" columns=vec!["Whose", "Target", "Stretch levels"] rows=rows/>
    }
    .into_any()
}

fn row(cell: &Cell, state: FormState) -> Vec<AnyView> {
    let key = cell.whose.key();
    let idea = cell.is_idea.then(|| view! { " " <Badge tone=Tone::Info label="Proposed"/> });
    let version = version(state, &key, cell.version);
    let sent = format!("versions[{key}][]");
    let mark = if matches!(cell.whose, Whose::Person(_)) { "" } else { "target-of-many" };
    vec![
        view! { <span class=mark>{cell.name.clone()}</span> {idea} <input type="hidden" name=sent value=version/> }
            .into_any(),
        input(state, "amount", &key, format!("Target: {}", cell.name), cell.amount.clone(), 40),
        input(state, "stretch", &key, format!("Stretch levels: {}", cell.name), cell.stretch.clone(), 120),
    ]
}

/// The version to send. After a refusal that told what holds now, that one; after another, what the page was made of that was sent.
fn version(state: FormState, key: &str, read: Option<i64>) -> String {
    let read = read.map(|version| version.to_string()).unwrap_or_default();
    let was_told = |error: &AppError| error.code == Code::Conflict;
    let is_told = state.message().with_untracked(|error| error.as_ref().is_none_or(was_told));
    if is_told { read } else { state.value(&format!("versions[{key}][]")).unwrap_or(read) }
}

fn input(state: FormState, part: &'static str, key: &str, label: String, value: String, longest: u16) -> AnyView {
    let (id, sent) = (format!("field-{part}.{key}"), format!("{part}[{key}][]"));
    let error = state.error(format!("{part}.{key}")).get_untracked();
    let value = state.value(&sent).unwrap_or(value);
    let wrong = error.is_some();
    let described = wrong.then(|| format!("{id}-error"));
    let message = error.map(|message| view! { <span class="field-error" id=format!("{id}-error")>{message}</span> });
    view! {
        <span class="field target-field" class:has-error=wrong>
            <input
                class="input"
                id=id
                name=sent
                value=value
                aria-label=label
                autocomplete="off"
                maxlength=longest.to_string()
                aria-invalid=wrong.then_some("true")
                aria-describedby=described
            />
            {message}
        </span>
    }
    .into_any()
}

/// What a table can begin with: what there was before, or a team's target over its people. It is shown, and nothing is saved.
fn begin(path: &str, metric: &Metric, page: &TargetsPage) -> Markup {
    let refused = page.refused.as_ref();
    let at = |name: &str| refused.filter(|error| error.field_message(name).is_some());
    let hidden = html! {
        input type="hidden" name="metric" value=(metric.key);
        input type="hidden" name="period" value=(page.period.key());
    };
    let teams = page.spreadable.iter().map(|(value, label)| Choice { value, label });
    html! {
        h2 id="begin" { "Propose targets" }
        (notice_of(refused))
        @if let (Some(before), _) = &page.beside {
            form class="filters ask" method="get" action=(path) {
                (hidden)
                input type="hidden" name="copy" value="1";
                (typed("growth", &format!("The targets of {}, plus this much in %", before.label()), "text", "0", at("growth")))
                button type="submit" class="btn btn-quiet" { "Propose" }
            }
        }
        @if page.spreadable.is_empty() {
            @if metric.is_sum() {
                p class="soft" { "Once a team has a target, it can be spread over its people, by the days that each works." }
            }
        } @else {
            form class="filters ask" method="get" action=(path) {
                (hidden)
                (select("spread", "A team’s target over its people, by the days that each works", teams, "", at("spread")))
                button type="submit" class="btn btn-quiet" { "Spread" }
            }
        }
    }
}

fn history(changes: Vec<Told>) -> AnyView {
    if changes.is_empty() {
        return ().into_any();
    }
    let row = |told: Told| -> Vec<AnyView> {
        vec![
            told.at.into_any(),
            told.whose.into_any(),
            told.before.unwrap_or_else(|| "No target".to_owned()).into_any(),
            told.after.unwrap_or_else(|| "No target".to_owned()).into_any(),
            told.by.into_any(),
        ]
    };
    let rows = changes.into_iter().map(row).collect();
    view! {
        <section class="card stack numbers" aria-labelledby="history">
            <h2 id="history">"What was changed"</h2>
            <Table caption="What targets were and became" columns=vec!["When", "Whose", "Was", "Became", "By"] rows=rows/>
        </section>
    }
    .into_any()
}
