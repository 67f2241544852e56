//! `/app/{org}/tasks/filters` and below: filters that are kept, and what each finds. The server writes them.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};
use maud::{Markup, html};

use super::{
    filter_help,
    found::{Forms, Lines},
    tabs::{Tab, did, tabs},
};
use crate::{
    modules::tasks::{
        api_board::UndoTasks,
        api_finding::{AddTaskFilter, DeleteTaskFilter, MoveTaskFilter, SaveTaskFilter},
        filter,
        filters::{self, By, Group, Kept, Page},
        matching::MOST,
        notices,
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DashboardShell, DoneNotice, Empty, Field, Form, FormMessage, FormState, Icon, Kind,
        PageHeader, PageTitle, Post, PostForm, SubmitButton,
        asking::{Choice, select},
        confirmed_by, empty_with, folded_by, given, org_of_address, step, with_query,
    },
};

const DONE: &[(&str, &str)] = &[("added", "Filter saved."), ("saved", "Saved."), ("moved", "Moved.")];

/// The list, in the dashboard's frame.
#[component]
pub fn FiltersRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let typed = given(&query, "q").unwrap_or_default();
    let (add, place) = (Form::of(Post::to::<AddTaskFilter>()), Form::of(Post::to::<MoveTaskFilter>()));
    let undo = Form::of(Post::to::<UndoTasks>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let all = filters::list(&platform, &actor, &slug).await?;
        let unread = notices::unread_by(&platform, &actor, &slug).await?;
        Ok((slug, all, unread))
    };
    let body = written(read, move |(slug, all, unread)| list(&slug, &all, unread, &typed, [add, place, undo]));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

/// What one of them finds, in the dashboard's frame.
#[component]
pub fn FilterRoute() -> AnyView {
    let (org, params, query) = (org_of_address(), use_params_map(), use_query_map());
    let id = given(&params, "id").unwrap_or_default();
    let by = By::parse(&given(&query, "by").unwrap_or_default());
    let (save, delete) = (Form::of(Post::to::<SaveTaskFilter>()), Form::of(Post::to::<DeleteTaskFilter>()));
    let (forms, token) = (Forms::new(), request::forgery_token());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = filters::page(&platform, &actor, &slug, &id, by).await?;
        Ok((slug, page))
    };
    let show = move |(slug, page): (String, Page)| {
        let own = format!("/app/{slug}/tasks/filters/{}", page.kept.id);
        let here = with_query(&own, &[("by", if by == By::List { "" } else { by.as_str() })]);
        let lines = Lines { org: &slug, here: &here, token: &token, may_change: page.may_change };
        one(&lines, &page, by, &forms, save, delete)
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

fn list(org: &str, all: &[Kept], unread: i64, typed: &str, [add, place, undo]: [Form; 3]) -> AnyView {
    let refused = [add, place].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let own = format!("/app/{org}/tasks/filters");
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> {did(org, &own, undo)} });
    let body = if all.is_empty() {
        view! {
            <Empty title="No saved filters" icon="search">
                <p>"Filters that you use often are saved here: what is overdue, what waits for a client, what is unassigned."</p>
            </Empty>
        }
        .into_any()
    } else {
        let last = all.len() - 1;
        let lines = all.iter().enumerate().map(|(at, kept)| line(org, kept, at == 0, at == last, place.post));
        let lines = lines.collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let Form { post, state } = add;
    // What was typed in the search is looked at once more as it will be kept.
    let query = filter::Query::parse(typed).map_or_else(|_| typed.to_owned(), |query| query.show());
    let fields = fields(state, String::new(), query, false);
    let (help, ways) = (format!("/app/{org}/tasks/filters/help"), tabs(org, Tab::Search, unread));
    let org = org.to_owned();
    view! {
        <PageTitle text="Filters"/>
        <PageHeader title="Filters" about="Searches that you save to use again. Each shows what you may see, whoever shared it."/>
        {ways}
        {done}
        <FormMessage form=place.state/>
        <FormMessage form=undo.state/>
        {body}
        <section class="card stack" aria-labelledby="add-filter">
            <h2 id="add-filter">"Save a filter"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                {fields}
                <p class="soft"><a href=help>"How filters are written"</a></p>
                <div class="form-actions"><SubmitButton form=state label="Save filter" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, kept: &Kept, first: bool, last: bool, place: Post) -> AnyView {
    let (id, name) = (kept.id.to_string(), kept.name.clone());
    let shared = kept.shared.then(|| view! { <Badge label="Shared"/> });
    let steps = kept.may_change.then(|| {
        view! {
            <div class="line-end">
                {step(org, &id, format!("Move {name} up"), "up", true, first, place)}
                {step(org, &id, format!("Move {name} down"), "down", false, last, place)}
            </div>
        }
    });
    view! {
        <li class="line" data-filter=name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=format!("/app/{org}/tasks/filters/{id}")>{name.clone()}</a> " " {shared}</p>
                <p class="soft"><code>{kept.query.clone()}</code></p>
            </div>
            {steps}
        </li>
    }
    .into_any()
}

fn fields(state: FormState, name: String, query: String, shared: bool) -> AnyView {
    view! {
        <Field form=state name="name" label="Name" hint="Like “Waiting for parts”." autocomplete="off" maxlength=100 value=name/>
        <Field form=state name="query" label="Conditions" hint="Like “status:open due<=+7d label:urgent”." autocomplete="off" maxlength=2000 value=query/>
        <Checkbox form=state name="shared" label="Share it with everybody" hint="Each sees only the tasks that they may see. Otherwise only you have it." value=shared/>
    }
    .into_any()
}

fn one(lines: &Lines<'_>, page: &Page, by: By, forms: &Forms, save: Form, delete: Form) -> AnyView {
    let kept = &page.kept;
    let said = forms.said(lines);
    let refused = [save, delete].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let content = content(lines, page, by).into_string();
    let (back, org) = (format!("/app/{}/tasks/filters", lines.org), lines.org.to_owned());
    let about =
        if kept.shared { "Shared with everybody. It shows the tasks that you may see." } else { "Only you see it." };
    let change = (kept.may_change && page.may_change).then(|| change(&org, kept, save, delete));
    view! {
        <PageTitle text=kept.name.clone()/>
        <a class="back" href=back><Icon name="back"/>"Filters"</a>
        <PageHeader title=kept.name.clone() about=about/>
        {done}
        {said}
        <div class="stack" inner_html=content></div>
        {change}
    }
    .into_any()
}

fn change(org: &str, kept: &Kept, save: Form, delete: Form) -> AnyView {
    let (slug, id, version) = (org.to_owned(), kept.id.to_string(), kept.version);
    let changing = {
        let Form { post, state } = save;
        let fields = fields(state, kept.name.clone(), kept.query.clone(), kept.shared);
        let (slug, id) = (slug.clone(), id.clone());
        let inside = view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                {fields}
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        }
        .into_any();
        folded_by("Change this filter", state, inside)
    };
    let deleting = {
        let Form { post, state } = delete;
        let words = if kept.shared {
            "It is deleted for everybody. No task is changed, and it can be undone."
        } else {
            "No task is changed, and it can be undone."
        };
        let inside = view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="id" value=id/>
                <p>{words}</p>
                <div class="form-actions"><SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/></div>
            </PostForm>
        }
        .into_any();
        confirmed_by("Delete filter", state, inside)
    };
    view! { <div class="found-change">{changing} {deleting}</div> }.into_any()
}

fn content(lines: &Lines<'_>, page: &Page, by: By) -> Markup {
    let choices = By::ALL.iter().map(|by| Choice { value: by.as_str(), label: by.label() });
    let own = format!("/app/{}/tasks/filters/{}", lines.org, page.kept.id);
    let search = with_query(&format!("/app/{}/tasks/search", lines.org), &[("q", &page.kept.query)]);
    html! {
        form class="card filters ask" method="get" action=(own) {
            (select("by", "Grouped by", choices, by.as_str(), None))
            button type="submit" class="btn btn-quiet" { "Show" }
            p class="soft" { code { (page.kept.query) } " " a href=(search) { "Open in search" } }
        }
        (lines.form())
        @if page.total == 0 {
            (empty_with("search", "Nothing to show", html! {
                p { "No task that you see matches this filter. That can be good news." }
            }))
        } @else {
            (head(page))
            @for group in &page.groups { (group_of(lines, group)) }
        }
        (filter_help::folded(lines.org))
    }
}

fn head(page: &Page) -> Markup {
    let total = i64::try_from(page.total).unwrap_or(i64::MAX);
    html! {
        p role="status" {
            strong { (counted(total, "task", "tasks")) }
            @if page.cut { " and maybe more" }
            @if page.shown < page.total { ", the first " (page.shown) " of which are shown" }
        }
        @if page.cut {
            p class="soft" {
                "Only the newest " (MOST) " tasks and some of their comments were searched. "
                "Add another word, or “status:open”, to narrow it down."
            }
        }
    }
}

fn group_of(lines: &Lines<'_>, group: &Group) -> Markup {
    html! {
        section class="stack found-group" data-group=(group.name) {
            h2 { (group.name) " " span class="badge badge-neutral" { (group.lines.len()) } }
            ul class="lines" {
                @for line in &group.lines {
                    (lines.line(line, &[(line.task.title.clone(), false)], &html! {}))
                }
            }
        }
    }
}
