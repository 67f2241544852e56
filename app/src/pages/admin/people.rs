//! `/admin/people`: who has an account.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::frame::admin_page;
use crate::{
    admin::{
        api::{EndSessions, people},
        wire::{PeoplePage, PersonLine, TheirOrg},
    },
    packed::page_data,
    pages::settings::confirm_first,
    ui::{
        Badge, DoneNotice, Empty, FormMessage, FormState, Kind, PageHeader, Post, PostForm, SubmitButton, Tone,
        with_query,
    },
};

const HERE: &str = "/admin/people";
const DONE: &[(&str, &str)] = &[("ended", "Logged out everywhere.")];

/// Who has an account.
#[component]
pub fn PeopleRoute() -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|query| ["email", "after"].map(|name| query.get(name))));
    let page = page_data(move || asked.get(), |[email, after]| people(email, after));
    let post = Post::to::<EndSessions>();
    let form = FormState::of_post(post).staying();
    admin_page("People", HERE, page, move |page| people_view(page, post, form))
}

fn people_view(page: PeoplePage, post: Post, form: FormState) -> AnyView {
    let PeoplePage { people, email, more_after, confirmed } = page;
    let more = more_after.map(|after| {
        let href = with_query(HERE, &[("after", &after)]);
        view! { <p class="row"><a class="btn btn-quiet" href=href>"More"</a></p> }
    });
    let list = if people.is_empty() {
        view! {
            <Empty title="Nobody has an account with that address" icon="search">
                <p>"It has to be the whole address. "<a href=HERE>"Show everybody"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = people.into_iter().map(|person| person_line(person, confirmed.then_some(post), form));
        view! { <ul class="lines">{lines.collect_view()}</ul> }.into_any()
    };
    let confirm = (!confirmed).then(|| {
        let inner = confirm_first("To log somebody out everywhere, please confirm first that it is you.", HERE);
        view! { <section class="card stack">{inner}</section> }
    });
    view! {
        <PageHeader title="People" about="Who has an account, and where they belong. What they or their clients wrote isn’t shown here."/>
        <DoneNotice words=DONE/>
        <FormMessage form=form/>
        <form method="get" action=HERE class="field" role="search">
            <label for="email">"Email address (in full)"</label>
            <div class="search-row">
                <input id="email" class="input" type="search" name="email" maxlength="254" autocomplete="off" value=email/>
                <button type="submit" class="btn btn-quiet">"Search"</button>
            </div>
        </form>
        {list}
        {more}
        {confirm}
    }
    .into_any()
}

fn person_line(person: PersonLine, post: Option<Post>, form: FormState) -> AnyView {
    let PersonLine { id, name, email, since, seen, has_factor, runs_platform, orgs } = person;
    let seen = if seen.is_empty() { "isn’t logged in".to_owned() } else { format!("last seen {seen}") };
    let orgs = orgs.into_iter().map(|TheirOrg { slug, name, role }| {
        let href = format!("/admin/orgs/{slug}");
        view! { <li><a href=href>{name}</a>{format!(" ({role})")}</li> }
    });
    let orgs = (orgs.len() > 0).then(|| view! { <ul class="soft operator-list">{orgs.collect_view()}</ul> });
    let end = post.map(|post| {
        let label = format!("Log out everywhere: {name}");
        view! {
            <details class="confirm">
                <summary class="btn btn-quiet" aria-label=label>"Log out everywhere"</summary>
                <div class="confirm-panel">
                    <p>"They log in again wherever they were. What they were writing there may be lost."</p>
                    <PostForm post=post>
                        <input type="hidden" name="id" value=id/>
                        <SubmitButton form=form label="Yes, log them out" busy="Logging out…" kind=Kind::Danger/>
                    </PostForm>
                </div>
            </details>
        }
    });
    let (tone, factor) = if has_factor { (Tone::Neutral, "Two-step login") } else { (Tone::Warning, "Password alone") };
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{name}</p>
                <p class="soft">{email}</p>
                <p class="soft">{format!("Since {since}, {seen}")}</p>
                {orgs}
                <p class="row-tight">
                    <Badge tone=tone label=factor/>
                    {runs_platform.then(|| view! { <Badge tone=Tone::Info label="Runs the platform"/> })}
                </p>
            </div>
            <div class="line-end">{end}</div>
        </li>
    }
    .into_any()
}
