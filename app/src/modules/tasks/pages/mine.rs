//! `/app/{org}/tasks`: what is one’s own to do, across all lists. The server writes it; a script says what it understands of a line.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::{
    tabs::{Tab, did, tabs},
    task::TAKE_BACK,
};
use crate::{
    ids::UserId,
    modules::tasks::{
        api_board::{TickTask, UndoTasks},
        api_task::{AddMyTask, ClaimTask},
        cards::Card,
        http,
        mine::{self, MinePage, Part},
        saying::{capital, priority_words},
        task::When,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, Empty, Field, Form, FormMessage, Icon, Kind, LinkButton, Notice, PageHeader, PageTitle,
        Post, PostForm, Select, SubmitButton, Tone, given, org_of_address,
    },
};

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Forms {
    add: Form,
    tick: Form,
    claim: Form,
    undo: Form,
}

/// What is one's own, in the dashboard's frame.
#[component]
pub fn MineRoute() -> AnyView {
    let org = org_of_address();
    let more = given(&use_query_map(), "more");
    let forms = Forms {
        add: Form::of(Post::to::<AddMyTask>()),
        tick: Form::of(Post::to::<TickTask>()),
        claim: Form::of(Post::to::<ClaimTask>()),
        undo: Form::of(Post::to::<UndoTasks>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let key = crate::ids::fresh(platform.clock.now()).to_string();
    let read = async move || {
        let page = mine::page(&platform, &actor, &slug, more.as_deref()).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, &page, &forms, &key));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
        <script type="module" nonce=use_nonce() src=http::script_address("mine.js")></script>
    }
    .into_any()
}

fn show(org: &str, page: &MinePage, forms: &Forms, key: &str) -> AnyView {
    let own = format!("/app/{org}/tasks");
    let add = (page.may_change && !page.add_to.is_empty()).then(|| adding(org, page, forms.add, key));
    let parts = page.mine.parts.iter().map(|(part, cards, more)| section(org, page, *part, cards, *more, forms));
    let parts = parts.collect_view();
    let nothing = page.mine.parts.is_empty().then(|| nothing(org, page));
    let hand_over = page.may_hand_over.then(|| {
        let href = format!("/app/{org}/tasks/handover");
        view! { <LinkButton href=href kind=Kind::Quiet>"Hand over"</LinkButton> }
    });
    let left = page.left_behind.then(|| {
        let href = format!("/app/{org}/tasks/handover");
        view! {
            <Notice tone=Tone::Info>
                <p>"Somebody who has left still has open tasks. "<a href=href>"Hand them over"</a>"."</p>
            </Notice>
        }
    });
    let trash = format!("/app/{org}/tasks/trash");
    let subscribe = format!("/app/{org}/tasks/subscribe");
    view! {
        <PageTitle text="My tasks"/>
        <PageHeader title="My tasks" about="Tasks that are assigned to you, whatever list they are in.">{hand_over}</PageHeader>
        {tabs(org, Tab::Mine, page.unread)}
        {did(org, &own, forms.undo)}
        <FormMessage form=forms.tick.state/>
        <FormMessage form=forms.claim.state/>
        <FormMessage form=forms.undo.state/>
        {left}
        {add}
        {nothing}
        {parts}
        <p><a href=trash>"Trash"</a>" · "<a href=subscribe>"Tasks in your calendar"</a></p>
    }
    .into_any()
}

fn nothing(org: &str, page: &MinePage) -> AnyView {
    let lists = format!("/app/{org}/tasks/lists");
    let words = if page.add_to.is_empty() {
        "There is no list yet that you can add to."
    } else {
        "Add one above, or see what is open in the lists."
    };
    view! {
        <Empty title="No tasks are assigned to you" icon="check">
            <p>{words}</p>
            <p><a class="btn btn-quiet" href=lists>"All lists"</a></p>
        </Empty>
    }
    .into_any()
}

/// A line of words becomes a task.
fn adding(org: &str, page: &MinePage, Form { post, state }: Form, key: &str) -> AnyView {
    let key = state.value("key").unwrap_or_else(|| key.to_owned());
    let chosen = page.default.or_else(|| page.add_to.first().map(|(list, _)| *list));
    let chosen = chosen.map(|list| list.to_string()).unwrap_or_default();
    let lists = page.add_to.iter().map(|(list, name)| (list.to_string(), name.clone())).collect();
    let (api, org) = (format!("/api/v1/orgs/{org}/tasks"), org.to_owned());
    view! {
        <section class="card" aria-label="Add a task" data-understands=api>
            <PostForm post=post class="stack mine-line">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="key" value=key/>
                <Field form=state name="quick" label="What is to be done" hint="Like “call the supplier fri 3pm #orders !high”." autocomplete="off" maxlength=1000/>
                <div class="mine-add">
                    <Select form=state name="list" label="List" options=lists value=chosen/>
                    <SubmitButton form=state label="Add" busy="Adding…"/>
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn section(org: &str, page: &MinePage, part: Part, cards: &[Card], more: bool, forms: &Forms) -> AnyView {
    let id = part.as_str();
    let count = cards.len();
    let count = if more { format!("{count}+") } else { count.to_string() };
    let rows = cards.iter().map(|card| row(org, page, part, card, forms)).collect_view();
    let more = more.then(|| {
        let href = format!("/app/{org}/tasks?more={id}#{id}");
        view! { <p><a href=href>"Show more"</a></p> }
    });
    view! {
        <section class="card stack" aria-labelledby=id data-part=id>
            <h2 id=id>{part.title()} " "<span class="soft">{count}</span></h2>
            <ul class="lines">{rows}</ul>
            {more}
        </section>
    }
    .into_any()
}

fn row(org: &str, page: &MinePage, part: Part, card: &Card, forms: &Forms) -> AnyView {
    let href = format!("/app/{org}/tasks/t/T-{}", card.n);
    let due = When::stored(card.due_day.as_deref(), card.due_time.as_deref());
    let late = !card.done && page.here.is_late(due);
    let list = page.lists.get(&card.list).cloned();
    let did_own = part == Part::Waiting && card.waits_after(page.me);
    let names = |users: Vec<UserId>| users.into_iter().map(|user| page.names.of(user)).collect::<Vec<_>>().join(", ");
    let who = (part == Part::Waiting).then(|| match (did_own, card.left.is_empty()) {
        (false, _) => names(card.responsible.iter().chain(&card.people).copied().collect()),
        (true, true) => "Your part is done".to_owned(),
        (true, false) => format!("Your part is done · Still to do: {}", names(card.left.clone())),
    });
    let team = card.team.filter(|_| part == Part::Queues);
    let team = team.and_then(|team| page.teams.iter().find(|one| one.id == team)).map(|team| team.name.clone());
    let facts: Vec<String> = [due.map(|due| page.here.when(due)), list, team, who]
        .into_iter()
        .flatten()
        .filter(|fact| !fact.is_empty())
        .collect();
    let priority = (card.priority > 0).then(|| {
        let tone = match card.priority {
            4 => Tone::Error,
            3 => Tone::Warning,
            _ => Tone::Neutral,
        };
        view! { " "<Badge tone=tone label=priority_words(card.priority)/> }
    });
    let late = (late && part != Part::Overdue).then(|| view! { " "<Badge tone=Tone::Warning label="Overdue"/> });
    let waits = card.blocked.then(|| view! { " "<Badge label="Blocked"/> });
    let act = page.may_change.then(|| act(org, part, card, did_own, forms));
    // What is ticked is ticked where lists, searches and filters have it: before the title.
    let (tick, act) = if part == Part::Queues || did_own { (None, act) } else { (act, None) };
    let ticks = tick.is_some();
    let act = act.map(|act| view! { <div class="line-end">{act}</div> });
    view! {
        <li class="line" class:found-line=ticks data-task=card.n.to_string()>
            {tick}
            <div class="line-text">
                <p class="line-title"><a href=href>{card.title.clone()}</a>{priority}{late}{waits}</p>
                <p class="soft">{capital(&facts.join(" · "))}</p>
            </div>
            {act}
        </li>
    }
    .into_any()
}

/// What is pressed in a row. `did_own`: they did their own part of it, and can take that back.
fn act(org: &str, part: Part, card: &Card, did_own: bool, forms: &Forms) -> AnyView {
    let (name, words, form) = match part {
        Part::Waiting if did_own => ("open", TAKE_BACK, forms.tick),
        Part::Waiting => return ().into_any(),
        Part::Queues => ("id", "Claim", forms.claim),
        Part::Done => ("open", "Reopen", forms.tick),
        _ => ("done", "Complete", forms.tick),
    };
    let (back, org, id) = (format!("/app/{org}/tasks"), org.to_owned(), card.id.to_string());
    let said = format!("{words}: {}", card.title);
    let button = if part == Part::Queues || did_own {
        view! { <button type="submit" class=Kind::Quiet.class() aria-label=said>{words}</button> }.into_any()
    } else {
        let (icon, pressed) = if part == Part::Done { ("check", "true") } else { ("circle", "false") };
        view! {
            <button type="submit" class="btn-icon found-tick" aria-label=said aria-pressed=pressed><Icon name=icon/></button>
        }
        .into_any()
    };
    view! {
        <PostForm post=form.post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name=name value=id/>
            <input type="hidden" name="back" value=back/>
            {button}
        </PostForm>
    }
    .into_any()
}
