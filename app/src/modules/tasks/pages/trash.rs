//! `/app/{org}/tasks/trash`: what was thrown away in the last 30 days. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::tabs::{Tab, did, tabs};
use crate::{
    clock::Instant,
    modules::tasks::{
        api_board::UndoTasks,
        api_task::RestoreTask,
        trash::{self, Page, Thrown},
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        DashboardShell, Empty, Form, FormMessage, Kind, PageHeader, PageTitle, Post, PostForm, given, org_of_address,
        with_query,
    },
};

/// The trash, in the dashboard's frame.
#[component]
pub fn TrashRoute() -> AnyView {
    let org = org_of_address();
    let before = given(&use_query_map(), "before").and_then(|at| at.parse().ok()).map(Instant::from_timestamp);
    let (restore, undo) = (Form::of(Post::to::<RestoreTask>()), Form::of(Post::to::<UndoTasks>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = trash::page(&platform, &actor, &slug, before).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, &page, restore, undo));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: &Page, restore: Form, undo: Form) -> AnyView {
    let own = format!("/app/{org}/tasks/trash");
    let lines = page.thrown.iter().map(|thrown| line(org, thrown, restore.post)).collect_view();
    let body = if page.thrown.is_empty() {
        view! { <Empty title="The trash is empty" icon="check"><p>"Tasks that you move to the trash can be restored from here."</p></Empty> }
            .into_any()
    } else {
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let more = page.more.map(|before| {
        let before = before.to_string();
        let href = with_query(&own, &[("before", &before)]);
        view! { <p><a href=href>"Show more"</a></p> }
    });
    view! {
        <PageTitle text="Trash"/>
        <PageHeader title="Trash" about="Tasks that were moved here. After 30 days they are deleted for good."/>
        {tabs(org, Tab::Mine, page.unread)}
        {did(org, &own, undo)}
        <FormMessage form=restore.state/>
        {body}
        {more}
    }
    .into_any()
}

fn line(org: &str, thrown: &Thrown, post: Post) -> AnyView {
    let href = format!("/app/{org}/tasks/t/T-{}", thrown.number);
    let parts = thrown.parts;
    let parts = if parts > 0 { format!(" with {}", counted(parts, "subtask", "subtasks")) } else { String::new() };
    let words = format!("{} moved it to the trash{parts}, {}, from {}", thrown.by, thrown.when, thrown.list_name);
    let until = format!("Deleted for good on {}", thrown.until);
    let (org, id) = (org.to_owned(), format!("T-{}", thrown.number));
    let said = format!("Restore: {}", thrown.title);
    view! {
        <li class="line" data-task=thrown.number.to_string()>
            <div class="line-text">
                <p class="line-title"><a href=href>{thrown.title.clone()}</a></p>
                <p class="soft">{words}</p>
                <p class="soft">{until}</p>
            </div>
            <div class="line-end">
                <PostForm post=post>
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="id" value=id/>
                    <button type="submit" class=Kind::Quiet.class() aria-label=said>"Restore"</button>
                </PostForm>
            </div>
        </li>
    }
    .into_any()
}
