//! `/app/{org}/tasks/workload`: who has how much to do, week by week. The server writes it alone.

use jiff::{Span, civil::Date};
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

use super::tabs::{Tab, tabs};
use crate::{
    modules::tasks::{
        api_finding::SetTaskCapacity,
        figures::Amount,
        workload::{self, Asked, Person, Share, Workload},
    },
    pages::plain::written,
    request,
    ui::{
        DashboardShell, DoneNotice, Field, Form, FormMessage, PageHeader, PageTitle, Post, PostForm, Select,
        SubmitButton,
        asking::{Choice, select},
        folded_by, given, org_of_address, with_query,
    },
};

const DONE: &[(&str, &str)] = &[("saved", "Saved.")];

/// The page, in the dashboard's frame.
#[component]
pub fn WorkloadRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let asked = Asked { space: get("space"), list: get("list"), team: get("team") };
    let set = Form::of(Post::to::<SetTaskCapacity>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let load = workload::read(&platform, &actor, &slug, &asked).await?;
        Ok((slug, asked, load))
    };
    let show = move |(org, asked, load): (String, Asked, Workload)| {
        let content = content(&org, &asked, &load).into_string();
        let refused = set.state.message().with_untracked(Option::is_some);
        let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
        let capacity = load.organises.then(|| capacity(&org, &load, set));
        view! {
            <PageTitle text="Workload"/>
            <PageHeader title="Workload" about="How much each person has to do in the next weeks, and who has too much."/>
            {tabs(&org, Tab::Reports, load.unread)}
            {done}
            <div class="stack numbers" inner_html=content></div>
            {capacity}
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

fn content(org: &str, asked: &Asked, load: &Workload) -> Markup {
    let after = load.mondays.last().map(|monday| monday.saturating_add(Span::new().days(7)));
    html! {
        (form(org, asked, load))
        section class="card stack" aria-label="Workload" {
            div class="table-wrap workload" tabindex="0" role="region" aria-label="People by weeks" {
                table class="table" {
                    thead {
                        tr {
                            th scope="col" { "Person" }
                            th scope="col" { "Overdue" }
                            @for monday in &load.mondays { th scope="col" { span class="sr-only" { "Week from " } (monday.strftime("%-d %b").to_string()) } }
                            th scope="col" { "Later" }
                            th scope="col" { "No due date" }
                        }
                    }
                    tbody { @for person in &load.people { (row(org, load, person, after)) } }
                }
            }
            @if has_stars(load) { p class="soft" { "* Some of these tasks have no estimate: they are counted, but add no time." } }
            @if !load.organises { p class="soft" { "You see your own tasks, and unassigned ones. Who organises lists sees everybody’s." } }
            details class="folds" {
                summary { "How it is counted" }
                ul class="bullets" {
                    li { "A task counts for the person it is assigned to, in the week in which it is due." }
                    li { "Its estimate is spread evenly over the working days from its start, or from today, until it is due. Without a start it falls on the day on which it is due." }
                    li { "Days on which the business is closed, and days that are over, reduce what can be done in a week." }
                    li { "Tasks without an estimate are counted, but add no time: a star says where there are any." }
                }
            }
        }
    }
}

fn form(org: &str, asked: &Asked, load: &Workload) -> Markup {
    html! {
        form class="card filters ask" method="get" action={ "/app/" (org) "/tasks/workload" } {
            details class="folds" open[is_narrowed(asked)] {
                summary { "Filter" }
                div class="filters" {
                    (select("space", "Space", all("All", &load.spaces), &asked.space, None))
                    (select("list", "List", all("All", &load.lists), &asked.list, None))
                    @if !load.teams.is_empty() { (select("team", "Team", all("All", &load.teams), &asked.team, None)) }
                    button type="submit" class="btn btn-primary" { "Show" }
                }
            }
        }
    }
}

/// It isn’t about all that there is.
fn is_narrowed(asked: &Asked) -> bool {
    [&asked.space, &asked.list, &asked.team].into_iter().any(|chosen| !chosen.is_empty())
}

/// Some of the tasks have no estimate.
fn has_stars(load: &Workload) -> bool {
    load.people.iter().any(|person| {
        let weeks = person.weeks.iter().map(|week| &week.amount);
        weeks.chain([&person.late, &person.later, &person.undated]).any(|amount| amount.unestimated > 0)
    })
}

fn all<'a>(none: &'a str, choices: &'a [(String, String)]) -> impl Iterator<Item = Choice<'a>> {
    let own = choices.iter().map(|(value, label)| Choice { value, label });
    std::iter::once(Choice { value: "", label: none }).chain(own)
}

fn row(org: &str, load: &Workload, person: &Person, after: Option<Date>) -> Markup {
    let whose = whose(person);
    let leads = |more: &str| {
        let asked = format!("{whose} -status:done {more}");
        with_query(&format!("/app/{org}/tasks/search"), &[("q", asked.trim())])
    };
    let name = if person.name.is_empty() { "Somebody who has left" } else { person.name.as_str() };
    // A name that nobody has any more finds nothing.
    let can_lead = !person.name.is_empty();
    html! {
        tr data-person=(name) {
            th scope="row" {
                (name)
                @if let Some(minutes) = person.capacity.filter(|_| can_lead) { span class="soft workload-more" { (hours(minutes)) " a week" } }
            }
            (cell("Overdue", &person.late, None, can_lead.then(|| leads(&format!("due<{}", load.today)))))
            @for (monday, week) in load.mondays.iter().zip(&person.weeks) {
                @let last = monday.saturating_add(Span::new().days(6));
                @let from = (*monday).max(load.today);
                (cell(&format!("From {}", monday.strftime("%-d %b")), &week.amount, Some(week).filter(|_| person.user.is_some()),
                    can_lead.then(|| leads(&format!("due>={from} due<={last}")))))
            }
            (cell("Later", &person.later, None, after.filter(|_| can_lead).map(|after| leads(&format!("due>={after}")))))
            (cell("No due date", &person.undated, None, can_lead.then(|| leads("no:due"))))
        }
    }
}

/// The filter for their tasks.
fn whose(person: &Person) -> String {
    match person.user {
        Some(_) => format!("responsible:\"{}\"", person.name.replace('\\', "\\\\").replace('"', "\\\"")),
        None => "responsible:none".to_owned(),
    }
}

fn cell(label: &str, amount: &Amount, week: Option<&Share>, href: Option<String>) -> Markup {
    let is_over = week.is_some_and(|week| amount.minutes > week.capacity);
    let star = if amount.unestimated > 0 { "*" } else { "" };
    // What somebody can do in a week stands beside the name; here it is said where it is less.
    let of = week.filter(|_| is_over).map(|week| format!(" of {}", hours(week.capacity))).unwrap_or_default();
    let has_hours = amount.minutes > 0 || amount.unestimated == 0;
    html! {
        td.is-over[is_over] data-label=(label) {
            @if amount.tasks == 0 && amount.minutes == 0 {
                span class="soft" { "–" }
            } @else {
                @match href {
                    Some(href) if amount.tasks > 0 => a href=(href) { (amount.tasks) span class="sr-only" { " tasks" } },
                    _ => { (amount.tasks) }
                }
                (star)
                @if has_hours { span class="soft workload-more" { (hours(amount.minutes)) (of) } }
                @if is_over { span class="badge badge-warning" { "Over capacity" } }
            }
        }
    }
}

/// "7.5 h"
fn hours(minutes: i64) -> String {
    match (minutes / 60, minutes % 60 * 10 / 60) {
        (hours, 0) => format!("{hours} h"),
        (hours, tenths) => format!("{hours}.{tenths} h"),
    }
}

/// What somebody, or everybody, can do in a week.
fn capacity(org: &str, load: &Workload, set: Form) -> AnyView {
    let Form { post, state } = set;
    let everybody = (String::new(), format!("Everybody: {}", hours(load.usual)));
    let own = load.people.iter().filter_map(|person| {
        let user = person.user.filter(|_| !person.name.is_empty())?;
        let said =
            if person.own { format!(": {}", hours(person.capacity.unwrap_or(load.usual))) } else { String::new() };
        Some((user.to_string(), format!("{}{said}", person.name)))
    });
    let people: Vec<(String, String)> = std::iter::once(everybody).chain(own).collect();
    let org = org.to_owned();
    let inside = view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <Select form=state name="person" label="Who" options=people/>
            <Field form=state name="hours" label="Hours a week" hint="Like 38 or 22.5. Left empty, somebody has what everybody has, and everybody has 38." autocomplete="off" inputmode="decimal" maxlength=6/>
            <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
        </PostForm>
    }
    .into_any();
    view! { <div class="found-change">{folded_by("Weekly capacity", state, inside)}</div> }.into_any()
}
