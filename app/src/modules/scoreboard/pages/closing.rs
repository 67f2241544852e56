//! `/app/{org}/scoreboard/closing` and below: periods that are closed, and what was changed in them since. The server writes them alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    modules::scoreboard::{
        api_standing::{ClosePeriod, ReopenPeriod},
        closing::{self, ClosingPage, ClosingsPage, Compared, LateLine, Row, Told},
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, DoneNotice, Empty, Field, Form, FormMessage, Icon, Kind, Notice, PageHeader, PageTitle,
        Post, PostForm, Select, SubmitButton, Table, Tone, confirmed_by, given, org_of_address, with_query,
    },
};

const DONE: &[(&str, &str)] =
    &[("closed", "Closed. Each figure is kept as it is now."), ("reopened", "Open again. Everybody can enter in it.")];

/// The list, in the dashboard's frame.
#[component]
pub fn ClosingsRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let chosen = given(&query, "period").unwrap_or_default();
    let form = Form::of(Post::to::<ClosePeriod>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = closing::page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| list(&org, page, &chosen, form));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn list(org: &str, page: ClosingsPage, chosen: &str, Form { post, state }: Form) -> AnyView {
    let back = format!("/app/{org}/scoreboard");
    let body = if page.closed.is_empty() {
        view! {
            <Empty title="Nothing is closed yet" icon="lock">
                <p>"Close a month once its figures are settled: before commissions are paid, or a report goes out."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = page.closed.iter().map(|told| line(org, told)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let value = page.open.iter().find(|(key, _)| key == chosen).or(page.open.first());
    let value = value.map(|(key, _)| key.clone()).unwrap_or_default();
    let (options, org) = (page.open, org.to_owned());
    view! {
        <PageTitle text="Closed periods"/>
        <a class="back" href=back><Icon name="back"/>"Scoreboard"</a>
        <PageHeader title="Closed periods" about="What is settled stays as it was, and what changes afterwards shows."/>
        {body}
        <section class="card stack" aria-labelledby="close">
            <h2 id="close">"Close a period"</h2>
            <p>"Each figure is kept as it is now. From then on members can’t enter, take back or correct anything in it. You still can, with a reason, and it shows as a late change."</p>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Select form=state name="period" label="Period" hint="Only periods that are over." options=options value=value/>
                <Field form=state name="note" label="Note" hint="For whoever looks at it later." autocomplete="off" optional=true maxlength=500/>
                <div class="form-actions"><SubmitButton form=state label="Close it" busy="Closing…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, told: &Told) -> AnyView {
    let href = format!("/app/{org}/scoreboard/closing/{}", told.id);
    let label = told.period.label();
    let late = (told.late > 0).then(|| {
        let label = counted(told.late, "late change", "late changes");
        view! { <Badge tone=Tone::Warning label=label/> " " }
    });
    let open = told.reopened.is_some().then(|| view! { <Badge tone=Tone::Info label="Open again"/> });
    let by = format!("Closed on {} by {}", told.on, told.by);
    let named = label.clone();
    view! {
        <li class="line" data-closing=named>
            <div class="line-text">
                <p class="line-title"><a href=href>{label}</a> " " {late} {open}</p>
                <p class="soft">{by}</p>
            </div>
        </li>
    }
    .into_any()
}

/// One of them, in the dashboard's frame.
#[component]
pub fn ClosingRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let form = Form::of(Post::to::<ReopenPeriod>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = closing::one(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, page, form));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: ClosingPage, form: Form) -> AnyView {
    let ClosingPage { told, metrics, late, may_reopen } = page;
    let title = told.period.label();
    let about = format!("Closed on {} by {}.", told.on, told.by);
    let back = format!("/app/{org}/scoreboard/closing");
    let refused = form.state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let note = (!told.note.is_empty()).then(|| view! { <p>{told.note.clone()}</p> });
    let reopened = told.reopened.clone().map(|(on, by, why)| {
        let words = format!("Opened again on {on} by {by}: “{why}”");
        view! { <Notice tone=Tone::Info><p>{words}</p></Notice> }
    });
    let board = with_query(&format!("/app/{org}/scoreboard"), &[("period", &told.period.key())]);
    view! {
        <PageTitle text=title.clone()/>
        <a class="back" href=back><Icon name="back"/>"Closed periods"</a>
        <PageHeader title=title about=about/>
        {done}
        {reopened}
        {note}
        <p><a href=board>"Look at the board"</a></p>
        {changed(org, &metrics)}
        {lines(org, &told, &late)}
        <section class="stack" aria-labelledby="figures">
            <h2 id="figures">"All figures"</h2>
            <p class="soft">"As they were when it was closed, and as they are now."</p>
            {metrics.iter().map(|metric| all_of(org, metric)).collect_view()}
        </section>
        {may_reopen.then(|| reopening(org, &told, form))}
    }
    .into_any()
}

/// Those figures that are others now.
fn changed(org: &str, metrics: &[Compared]) -> AnyView {
    let differing = metrics.iter().flat_map(|metric| metric.rows.iter().map(move |row| (metric, row)));
    let rows: Vec<Vec<AnyView>> = differing
        .filter(|(_, row)| row.differs())
        .map(|(metric, row)| {
            let mut cells = vec![view! { {metric.metric.clone()} ", " {row.who.clone()} }.into_any()];
            cells.extend(figures(org, row));
            cells
        })
        .collect();
    if rows.is_empty() {
        return view! { <Notice tone=Tone::Success><p>"Every figure is as it was when it was closed."</p></Notice> }
            .into_any();
    }
    view! {
        <section class="card stack numbers" aria-labelledby="changed">
            <h2 id="changed">"What is different now"</h2>
            <Table caption="Figures that are different now" columns=vec!["Figure", "At closing", "Now", "Difference", "Made by"] rows=rows/>
        </section>
    }
    .into_any()
}

fn figures(org: &str, row: &Row) -> Vec<AnyView> {
    let (then, now, difference) = row.shown.clone();
    let lines = if row.differs() && row.lines.is_empty() {
        view! { <span class="soft">"No late change: who was counted, or where, was set up anew."</span> }.into_any()
    } else {
        let link = |(at, id): (usize, String)| {
            let href = format!("/app/{org}/scoreboard/entries/{id}");
            let label = format!("Line {}", at + 1);
            let whose = format!(" of {}", row.who);
            view! { <a href=href>{label}<span class="sr-only">{whose}</span></a> " " }
        };
        let links = row.lines.iter().map(ToString::to_string).enumerate().map(link).collect_view();
        view! { {links} }.into_any()
    };
    vec![then.into_any(), now.into_any(), difference.into_any(), lines]
}

/// A metric's figures, all of them, folded away.
fn all_of(org: &str, metric: &Compared) -> AnyView {
    let rows = metric.rows.iter().map(|row| {
        let mut cells = vec![row.who.clone().into_any()];
        cells.extend(figures(org, row));
        cells
    });
    let rows: Vec<Vec<AnyView>> = rows.collect();
    let caption = format!("{} when it was closed and now", metric.metric);
    view! {
        <details class="card folds">
            <summary>{metric.metric.clone()}</summary>
            <div class="numbers">
                <Table caption=caption columns=vec!["Of", "At closing", "Now", "Difference", "Made by"] rows=rows/>
            </div>
        </details>
    }
    .into_any()
}

fn lines(org: &str, told: &Told, late: &[LateLine]) -> AnyView {
    if late.is_empty() {
        return ().into_any();
    }
    let shown = i64::try_from(late.len()).unwrap_or(i64::MAX);
    let more = (told.late > shown).then(|| {
        let words = format!("The first {shown} of {}.", told.late);
        view! { <p class="soft">{words}</p> }
    });
    let line = |one: &LateLine| {
        let href = format!("/app/{org}/scoreboard/entries/{}", one.entry);
        let what = match one.what.as_str() {
            "voided" => "Taken back",
            "approved" => "Approved",
            _ => "Entered",
        };
        let by = format!("{}, by {}", one.at, one.by);
        view! {
            <li class="line" data-late=one.what.clone()>
                <div class="line-text">
                    <p class="line-title"><a href=href>{one.words.clone()}</a> " " <Badge tone=Tone::Warning label=what/></p>
                    <p class="soft">{by}</p>
                </div>
            </li>
        }
    };
    let lines = late.iter().map(line).collect_view();
    view! {
        <section class="stack" aria-labelledby="late">
            <h2 id="late">"Late changes"</h2>
            {more}
            <ol class="lines numbers">{lines}</ol>
        </section>
    }
    .into_any()
}

fn reopening(org: &str, told: &Told, form: Form) -> AnyView {
    let (org, id, state) = (org.to_owned(), told.id.to_string(), form.state);
    let inside = view! {
        <p>"Everybody can enter and change in it again. What was kept of it, and this, stays to be seen."</p>
        <PostForm post=form.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <Field form=state name="reason" label="Why" autocomplete="off" maxlength=500/>
            <div class="form-actions"><SubmitButton form=state label="Yes, open it again" busy="Opening it…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    confirmed_by("Open it again", state, inside.into_any())
}
