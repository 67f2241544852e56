//! `/app/{org}/welcome`: what to set up first. The server writes it alone.

use leptos::prelude::*;

use super::plain::written;
use crate::{
    db::Access,
    error::Result,
    module::FirstStep,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions,
    platform::Platform,
    request,
    ui::{Icon, PageHeader, PageTitle, SettingsFrame, org_of_address},
};

const TEAM: &str = "/settings/invite";

struct Page {
    name: String,
    slug: String,
    steps: Vec<FirstStep>,
}

/// A new organisation's first page.
#[component]
pub fn WelcomeRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move { first_steps(&platform, &actor, &org).await }
    };
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn show(page: Page) -> AnyView {
    let Page { name, slug, steps } = page;
    let (done, team) =
        (steps.iter().filter(|step| step.done).count(), steps.iter().any(|step| !step.done && step.path == TEAM));
    let about = match steps.len() - done {
        1 if team => "You are ready for your first client. Whenever it suits you, invite your team.".to_owned(),
        0 => "All of it is set up. You are ready for your first client.".to_owned(),
        1 => "One thing is left, then you are ready for your first client.".to_owned(),
        left => format!("{left} things to set up, in any order, whenever it suits you."),
    };
    let lines = steps
        .into_iter()
        .map(|step| {
            let href = format!("/app/{slug}{}", step.path);
            let state = if step.done { "Done" } else { "To do" };
            view! {
                <li>
                    <a class="choice" class:is-done=step.done href=href>
                        <span class="choice-text"><strong>{step.label}</strong>" "<span class="as-is">{format!("{state}. {}", step.about)}</span></span>
                        <Icon name=if step.done { "check" } else { "right" }/>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <PageTitle text=format!("Welcome · {name}")/>
        <PageHeader title=format!("Welcome, {name}") about=about/>
        <ul class="choices">{lines}</ul>
        <p class="row"><a class="btn btn-primary" href=format!("/app/{slug}")>"Open the dashboard"</a></p>
    }
    .into_any()
}

async fn first_steps(platform: &Platform, actor: &Actor, org: &str) -> Result<Page> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_DETAILS, Access::Read).await?;
    let (name, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    let described = !tx.org().address.is_empty() || !tx.org().description.is_empty();
    let mut steps = vec![FirstStep {
        label: "What clients read about you",
        about: "A sentence about the business, its phone and address.",
        path: "/settings/details",
        done: described,
    }];
    for module in members::modules(&mut tx).await? {
        steps.extend(module.first_steps(&mut tx).await?);
    }
    let seats = members::seats(&mut tx).await?;
    if seats.of != Some(1) {
        steps.push(FirstStep {
            label: "Your team",
            about: "Invite who works with you; each gets a letter.",
            path: TEAM,
            done: seats.taken > 1,
        });
    }
    tx.rollback().await?;
    Ok(Page { name, slug, steps })
}
