//! `/app/{org}/scoreboard/grid`: many results typed at once, people down and days across.

use jiff::civil::Date;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::{
    day_words,
    tabs::{Tab, tabs},
};
use crate::{
    modules::scoreboard::{
        amount::Unit,
        grid::{self, Asked, GridPage, GridRow, MOST_ROWS},
        imports_api::SaveGrid,
        store::Metric,
    },
    money,
    pages::plain::written,
    request,
    ui::{
        DashboardShell, Empty, Form, FormMessage, FormState, Notice, PageHeader, PageTitle, Post, PostForm,
        SubmitButton, Tone, given, org_of_address,
    },
};

/// The grid, in the dashboard's frame.
#[component]
pub fn GridRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let asked = Asked { metric: get("metric"), day: get("day"), week: get("span") == "week", team: get("team") };
    let entered = get("entered").parse::<i64>().ok();
    let form = Form::of(Post::to::<SaveGrid>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = grid::page(&platform, &actor, &slug, &asked).await?;
        Ok((slug, asked, page))
    };
    let body = written(read, move |(slug, asked, page)| show(&slug, &asked, &page, entered, form));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide scoreboard">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, asked: &Asked, page: &GridPage, entered: Option<i64>, form: Form) -> AnyView {
    let refused = form.state.message().with_untracked(Option::is_some);
    let done = entered.filter(|_| !refused).map(|count| {
        let words = match count {
            0 => "That was entered already: nothing was added twice.".to_owned(),
            count => format!("{} entered.", money::counted(count, "result", "results")),
        };
        view! { <Notice tone=Tone::Success><p>{words}</p></Notice> }
    });
    let body = match &page.metric {
        None => view! {
            <Empty title="Nothing to enter here"><p>"What managers enter is typed here. Nothing that is counted is."</p></Empty>
        }
        .into_any(),
        Some(_) if page.rows.is_empty() => view! {
            <Empty title="Nobody to enter it for"><p>"Nobody’s results are counted in this time. Choose another day or team."</p></Empty>
        }
        .into_any(),
        Some(metric) => fields(org, asked, page, metric, form),
    };
    view! {
        <PageTitle text="Enter many results"/>
        <PageHeader title="Enter many results" about="Leave a box empty where there is nothing to add. If one is wrong, none of them is entered."/>
        {tabs(org, Tab::Entries)}
        {done}
        {chooser(org, asked, page)}
        {body}
    }
    .into_any()
}

/// What is entered, for when, and for whom.
fn chooser(org: &str, asked: &Asked, page: &GridPage) -> AnyView {
    let select = |id: &'static str,
                  name: &'static str,
                  label: &'static str,
                  options: Vec<(String, String)>,
                  chosen: &str| {
        let options = options
            .into_iter()
            .map(|(value, label)| {
                let selected = value == chosen;
                view! { <option value=value selected=selected>{label}</option> }
            })
            .collect_view();
        view! { <div class="field"><label for=id>{label}</label><select class="input" id=id name=name>{options}</select></div> }
    };
    let chosen = page.metric.as_ref().map(|metric| metric.key.clone()).unwrap_or_default();
    let spans = vec![(String::new(), "That day".to_owned()), ("week".to_owned(), "Its week".to_owned())];
    let teams = (!page.teams.is_empty()).then(|| {
        let all = std::iter::once((String::new(), "Everybody".to_owned())).chain(page.teams.iter().cloned());
        select("grid-team", "team", "Team", all.collect(), &asked.team)
    });
    let span = if asked.week { "week" } else { "" };
    view! {
        <form action=format!("/app/{org}/scoreboard/grid") method="get" class="filters card">
            {select("grid-metric", "metric", "What", page.metrics.clone(), &chosen)}
            <div class="field"><label for="grid-day">"Day"</label><input class="input" id="grid-day" name="day" type="date" value=page.day.to_string() max=page.last.to_string()/></div>
            {select("grid-span", "span", "How long", spans, span)}
            {teams}
            <button type="submit" class="btn btn-quiet">"Show"</button>
        </form>
    }
    .into_any()
}

fn fields(org: &str, asked: &Asked, page: &GridPage, metric: &Metric, form: Form) -> AnyView {
    let state = form.state;
    let key = state.value("key").unwrap_or_else(|| page.key.clone());
    let (org, word, day, team) = (org.to_owned(), metric.key.clone(), page.day.to_string(), asked.team.clone());
    let span = if asked.week { "week" } else { "" };
    let head =
        page.days.iter().map(|day| view! { <th scope="col" role="columnheader">{short(*day)}</th> }).collect_view();
    let rows = page.rows.iter().map(|one| row(page, one, state)).collect_view();
    let more = (page.more > 0).then(|| {
        let words = format!("The first {MOST_ROWS} people are shown, and {} more there are. Choose a team.", page.more);
        view! { <p class="soft">{words}</p> }
    });
    let hint = match (metric.unit(), metric.gst.as_str()) {
        (Unit::Money, "excluding") => "Dollars without GST, like 1,234.50. A refund is −50.",
        (Unit::Money, _) => "Dollars including GST, like 1,234.50. A refund is −50.",
        (Unit::Number { decimals: 0, .. }, _) => "Whole numbers, like 3. What was too much is −1.",
        _ => "Numbers, like 7.5.",
    };
    let title = metric.name.clone();
    let (heading, label) = (title.clone(), format!("{title}: people and days"));
    view! {
        <section class="card stack" aria-labelledby="grid">
            <h2 id="grid">{heading}</h2>
            <p class="soft">{hint}</p>
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="key" value=key/>
                <input type="hidden" name="metric" value=word/>
                <input type="hidden" name="day" value=day/>
                <input type="hidden" name="span" value=span/>
                <input type="hidden" name="team" value=team/>
                <div class="table-wrap" tabindex="0" role="region" aria-label=label>
                    <table class="table grid-entry" role="table">
                        <caption class="sr-only">{title}</caption>
                        <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">"Who"</th>{head}</tr></thead>
                        <tbody role="rowgroup">{rows}</tbody>
                    </table>
                </div>
                {more}
                <div class="form-actions"><SubmitButton form=state label="Enter all of it" busy="Entering…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn row(page: &GridPage, one: &GridRow, state: FormState) -> AnyView {
    let cells =
        page.days.iter().zip(&one.cells).map(|(day, there)| cell(one, *day, there.as_deref(), state)).collect_view();
    view! { <tr role="row"><th scope="row" role="rowheader">{one.name.clone()}</th>{cells}</tr> }.into_any()
}

/// A figure to add, beside what is there.
fn cell(one: &GridRow, day: Date, there: Option<&str>, state: FormState) -> AnyView {
    let Some(there) = there else {
        return view! { <td role="cell" data-label=short(day)><span class="soft" aria-label="Not with you on this day">"–"</span></td> }.into_any();
    };
    let name = grid::cell(one.id, day);
    let (sent, field) = (format!("cells[{name}]"), format!("cells.{name}"));
    let (id, error_id, there_id) = (format!("field-{field}"), format!("field-{field}-error"), format!("there-{name}"));
    let error = state.error(field).get_untracked();
    let value = state.value(&sent).unwrap_or_default();
    let label = format!("{}, {}", one.name, day_words(day));
    let is_wrong = error.is_some();
    let described = match (is_wrong, there.is_empty()) {
        (true, false) => Some(format!("{error_id} {there_id}")),
        (true, true) => Some(error_id.clone()),
        (false, false) => Some(there_id.clone()),
        (false, true) => None,
    };
    let error = error.map(|words| view! { <p class="field-error" id=error_id>{words}</p> });
    let there = (!there.is_empty()).then(|| view! { <p class="soft" id=there_id>{format!("{there} there")}</p> });
    view! {
        <td role="cell" data-label=short(day)>
            <span>
                <input class="input" id=id name=sent type="text" value=value inputmode="decimal" autocomplete="off" maxlength="40" aria-label=label
                    aria-invalid=is_wrong.then_some("true") aria-describedby=described/>
                {there}
                {error}
            </span>
        </td>
    }
    .into_any()
}

/// "Tue 24 Nov"
fn short(day: Date) -> String {
    day.strftime("%a %-d %b").to_string()
}
