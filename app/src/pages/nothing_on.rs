//! `/app/{org}/nothing-on`: where somebody comes for whom no module is on. The server writes it alone.

use leptos::prelude::*;

use super::plain::written;
use crate::{
    auth::accounts,
    db::Access,
    error::Result,
    org::{Actor, OrgRef, OrgTx, Role},
    people::members,
    permissions,
    platform::Platform,
    request,
    ui::{Empty, PageHeader, PageTitle, SettingsFrame, org_of_address},
};

/// So many are named to who can’t turn anything on: that is enough to ask.
const MOST_NAMED: usize = 3;

struct Page {
    name: String,
    slug: String,
    /// Who looks at it can turn modules on.
    manages: bool,
    /// Who else can.
    ask: Vec<String>,
}

/// The first page of an organisation, for whom nothing is on.
#[component]
pub fn NothingOnRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move { look(&platform, &actor, &org).await }
    };
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn show(page: Page) -> AnyView {
    let Page { name, slug, manages, ask } = page;
    let body = if manages {
        view! {
            <Empty title="No module is on" icon="settings">
                <p>"There is nothing to show here for now, and your public pages are closed. All that your modules hold is kept."</p>
                <p class="row"><a class="btn btn-primary" href=format!("/app/{slug}/settings/modules")>"Choose what is on"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        let ask = format!("Ask {}, who can turn modules on.", ask.join(" or "));
        view! {
            <Empty title="Nothing that you work with is on" icon="settings">
                <p>"What you work with here is turned off at the moment. Nothing is lost. "{ask}</p>
            </Empty>
        }
        .into_any()
    };
    view! {
        <PageTitle text=name.clone()/>
        <PageHeader title=name/>
        {body}
    }
    .into_any()
}

async fn look(platform: &Platform, actor: &Actor, org: &str) -> Result<Page> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await?;
    let (name, slug, user) = (tx.org().name.clone(), tx.org().slug.clone(), tx.user());
    let manages = tx.allows(&permissions::MANAGE_MODULES);
    let mut ask: Vec<String> = members::all(&mut tx)
        .await?
        .into_iter()
        .filter(|member| member.role >= Role::Admin)
        .map(|member| member.name)
        .collect();
    ask.truncate(MOST_NAMED);
    tx.rollback().await?;
    // Something is on again: that is where they begin.
    if let Some(user) = user
        && let Some(mine) = accounts::orgs_of(platform, user).await?.into_iter().find(|mine| mine.slug == slug)
        && mine.has_something_on()
    {
        leptos_axum::redirect(&mine.home());
    }
    Ok(Page { name, slug, manages, ask })
}
