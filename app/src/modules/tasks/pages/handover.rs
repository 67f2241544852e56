//! `/app/{org}/tasks/handover`: what is open of somebody goes to somebody else; and which lists hand out by themselves. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::tabs::{Tab, did, tabs, undo_button};
use crate::{
    modules::tasks::{
        api_board::UndoTasks,
        api_task::{HandOverTasks, SetTaskRounds},
        handover::{self, Holder, MOST, Page},
        saying::{capital, former},
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Checkboxes, Choice, DashboardShell, Empty, Form, FormMessage, Notice, PageHeader, PageTitle, Post, PostForm,
        Select, SubmitButton, Tone, given, org_of_address,
    },
};

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Forms {
    hand_over: Form,
    rounds: Form,
    undo: Form,
}

/// Handing over, in the dashboard's frame.
#[component]
pub fn HandoverRoute() -> AnyView {
    let org = org_of_address();
    let forms = Forms {
        hand_over: Form::of(Post::to::<HandOverTasks>()),
        rounds: Form::of(Post::to::<SetTaskRounds>()),
        undo: Form::of(Post::to::<UndoTasks>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = handover::page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, &page, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: &Page, forms: &Forms) -> AnyView {
    let own = format!("/app/{org}/tasks/handover");
    view! {
        <PageTitle text="Hand over"/>
        <PageHeader title="Hand over" about="Somebody leaves, or has too much: all their open tasks go to somebody else at once."/>
        {tabs(org, Tab::Mine, page.unread)}
        {did(org, &own, forms.undo)}
        {handed(org, &own, forms.undo)}
        <FormMessage form=forms.undo.state/>
        {handing(org, page, forms.hand_over)}
        {rounds(org, page, forms.rounds)}
    }
    .into_any()
}

/// What changed hands, where the address says so.
fn handed(org: &str, own: &str, undo: Form) -> AnyView {
    let query = use_query_map();
    if given(&query, "did").is_none_or(|word| word != "handed") {
        return ().into_any();
    }
    let count = given(&query, "count").and_then(|count| count.parse().ok()).unwrap_or(0);
    let words = format!("{} handed over.", counted(count, "task", "tasks"));
    let more = given(&query, "more").map(|_| {
        let words =
            format!("That is as many as can be handed over at once ({MOST}). Press “Hand over” again for the rest.");
        view! { <p>{words}</p> }
    });
    let undo = given(&query, "act").map(|act| undo_button(org, own, act, undo));
    view! { <Notice tone=Tone::Success><p>{words}</p>{more}{undo}</Notice> }.into_any()
}

fn handing(org: &str, page: &Page, Form { post, state }: Form) -> AnyView {
    if page.holders.is_empty() {
        return view! { <Empty title="Nobody has anything open" icon="check"><p>"There is nothing to hand over."</p></Empty> }
            .into_any();
    }
    let holder = |one: &Holder| {
        let name = one.name.clone().unwrap_or_else(|| capital(&former(one.user)));
        (one.user.to_string(), format!("{name}: {} open", one.open))
    };
    let holders =
        std::iter::once((String::new(), "Choose".to_owned())).chain(page.holders.iter().map(holder)).collect();
    let first = page.holders.iter().find(|one| one.name.is_none()).map(|one| one.user.to_string());
    let persons = page.members.iter().map(|member| (format!("person:{}", member.user), member.name.clone()));
    let teams = page.teams.iter().map(|team| (format!("team:{}", team.id), format!("The queue of {}", team.name)));
    let to = std::iter::once((String::new(), "Choose".to_owned()))
        .chain(persons)
        .chain(teams)
        .chain(std::iter::once(("nobody".to_owned(), "Nobody (unassigned)".to_owned())))
        .collect();
    let org = org.to_owned();
    view! {
        <section class="card stack" aria-labelledby="hand-over">
            <h2 id="hand-over">"Hand over open tasks"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Select form=state name="from" label="Assigned to" options=holders value=first.unwrap_or_default()/>
                <Select form=state name="to" label="Hand over to" hint="All that you can see of it, and that isn’t done. It can be undone." options=to/>
                <div class="form-actions"><SubmitButton form=state label="Hand over" busy="Handing over…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn rounds(org: &str, page: &Page, Form { post, state }: Form) -> AnyView {
    if page.lists.is_empty() || page.teams.is_empty() {
        return ().into_any();
    }
    let options: Vec<Choice> = page
        .lists
        .iter()
        .map(|(list, name, on)| Choice { value: list.to_string(), label: name.clone(), chosen: *on })
        .collect();
    let org = org.to_owned();
    view! {
        <section class="card stack" aria-labelledby="rounds">
            <h2 id="rounds">"Assign in turn"</h2>
            <p class="soft">"In these lists a task for a team is assigned at once to the member with the fewest open tasks, and among equals to whoever’s turn was longest ago. In all others it waits until somebody claims it."</p>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Checkboxes form=state name="rounds" legend="Lists" options=options/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
