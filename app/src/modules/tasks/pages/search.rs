//! `/app/{org}/tasks/search`: what is in titles, notes and comments, and what a filter finds. The server writes it.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

use super::{
    filter_help,
    found::{Forms, Lines, pieces},
    tabs::{Tab, tabs},
};
use crate::{
    modules::tasks::search::{self, Hit, LONGEST, MOST_LOOKED_AT, PAGE, Results},
    money::counted,
    pages::plain::written,
    request,
    ui::{DashboardShell, PageHeader, PageTitle, empty_with, given, icon_markup, org_of_address, with_query},
};

/// The page, in the dashboard's frame.
#[component]
pub fn SearchRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let (typed, page) = (get("q"), get("page").parse::<usize>().unwrap_or(1));
    let (forms, token) = (Forms::new(), request::forgery_token());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let found = search::find(&platform, &actor, &slug, &typed, page).await?;
        Ok((slug, found))
    };
    let show = move |(org, found): (String, Results)| {
        let here = address(&org, &found.typed, found.page);
        let lines = Lines { org: &org, here: &here, token: &token, may_change: found.may_change };
        let said = forms.said(&lines);
        let content = content(&lines, &found).into_string();
        view! {
            <PageTitle text="Search"/>
            <PageHeader title="Search" about="Titles, notes and comments of all tasks that you see."/>
            {tabs(&org, Tab::Search, found.unread)}
            {said}
            <div class="stack" inner_html=content></div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

fn address(org: &str, typed: &str, page: usize) -> String {
    let page = if page > 1 { page.to_string() } else { String::new() };
    with_query(&format!("/app/{org}/tasks/search"), &[("q", typed), ("page", &page)])
}

fn content(lines: &Lines<'_>, found: &Results) -> Markup {
    html! {
        (form(lines.org, found))
        (lines.form())
        @if found.problem.is_some() || found.typed.is_empty() {
            @if found.typed.is_empty() { (nothing_asked()) }
        } @else if found.total == 0 {
            (empty_with("search", "Nothing found", html! {
                p { "Every word has to be in a task’s title, its notes or its comments. The beginning of a word is found with a star: “clin*”." }
                p { "The trash and archived lists aren’t searched." }
            }))
        } @else {
            (head(lines.org, found))
            ul class="lines" aria-label="Found" { @for hit in &found.hits { (line(lines, hit)) } }
            (pages(lines.org, found))
        }
        (filter_help::folded(lines.org))
    }
}

fn form(org: &str, found: &Results) -> Markup {
    let problem = found.problem.as_ref();
    html! {
        form class="card search-form" method="get" action={ "/app/" (org) "/tasks/search" } role="search" {
            div.field.has-error[problem.is_some()] {
                label for="search-q" { "Look for" }
                div class="search-row" {
                    input class="input" id="search-q" type="search" name="q" value=(found.typed) maxlength=(LONGEST) autocomplete="off" spellcheck="false"
                        placeholder="fridge, or status:open due<today" autofocus[found.typed.is_empty() || problem.is_some()]
                        aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| "search-q-error")];
                    button type="submit" class="btn btn-primary" { (icon_markup("search")) "Search" }
                    a class="btn btn-quiet" href={ "/app/" (org) "/tasks/filters" } { "Filters" }
                }
                @if let Some((message, at)) = problem {
                    p class="field-error" id="search-q-error" { (message) (whereabouts(&found.typed, *at)) }
                }
            }
        }
    }
}

/// " It is about “stauts:open”.": from where the problem is to the next space.
fn whereabouts(typed: &str, at: usize) -> String {
    let rest: String = typed.chars().skip(at).take_while(|c| !c.is_whitespace()).take(40).collect();
    if rest.is_empty() { String::new() } else { format!(" It is about “{rest}”.") }
}

fn nothing_asked() -> Markup {
    empty_with(
        "search",
        "What are you looking for?",
        html! {
            p { "Type words that are in a task, its number like T-12, or ask for more: “status:open assignee:me due<=+7d”." }
        },
    )
}

fn head(org: &str, found: &Results) -> Markup {
    let total = i64::try_from(found.total).unwrap_or(i64::MAX);
    let keep = with_query(&format!("/app/{org}/tasks/filters"), &[("q", &found.typed)]);
    html! {
        div class="found-head" {
            p role="status" { strong { (counted(total, "task", "tasks")) } @if found.cut { " and maybe more" } }
            @if found.may_change { a class="btn btn-quiet" href=(keep) { "Save as a filter" } }
        }
        @if found.cut {
            p class="soft" {
                "Only the newest " (MOST_LOOKED_AT) " tasks and some of their comments were searched. "
                "Add another word, or “status:open”, to narrow it down."
            }
        }
    }
}

fn line(lines: &Lines<'_>, hit: &Hit) -> Markup {
    let more = html! {
        @if !hit.snippet.is_empty() {
            p class="found-text" {
                @if hit.said { span class="soft" { "In a comment: " } }
                (pieces(&hit.snippet))
            }
        }
    };
    lines.line(&hit.line, &hit.title, &more)
}

fn pages(org: &str, found: &Results) -> Markup {
    let last = found.total.div_ceil(PAGE).max(1);
    html! {
        @if last > 1 {
            nav class="found-pages" aria-label="Pages" {
                @if found.page > 1 { a class="btn btn-quiet" rel="prev" href=(address(org, &found.typed, found.page - 1)) { "Previous" } }
                span class="soft" { "Page " (found.page) " of " (last) }
                @if found.page < last { a class="btn btn-quiet" rel="next" href=(address(org, &found.typed, found.page + 1)) { "Next" } }
            }
        }
    }
}
