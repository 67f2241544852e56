//! Log in, log out, and who I am: server functions.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments, whose fields can’t be documented")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::{OrgCard, Shell};
use crate::{error::Result, packed::Packed};

/// Logs in with email and password, then goes to `next` (a path on this site) or to the organisations: straight to it
/// where there is one.
#[server(name = LogIn, prefix = "/fn", endpoint = "auth/log-in", output = Packed)]
pub async fn log_in(email: String, password: String, next: Option<String>) -> Result<()> {
    use crate::{auth::session, request};
    let platform = request::platform();
    let previous = request::session_cookie().await?;
    let token = request::page(session::log_in(&platform, &email, &password, previous.as_deref()).await)?;
    request::set_cookie(&session::cookie(&platform, &token));
    let next = next.filter(|path| request::is_local_path(path)).unwrap_or_else(|| "/app".to_owned());
    leptos_axum::redirect(&next);
    Ok(())
}

/// Logs out and goes to the landing page.
#[server(name = LogOut, prefix = "/fn", endpoint = "auth/log-out", output = Packed)]
pub async fn log_out() -> Result<()> {
    use crate::{auth::session, request};
    let platform = request::platform();
    if let Some(cookie) = request::session_cookie().await? {
        request::page(session::log_out(&platform, &cookie).await)?;
    }
    request::set_cookie(&session::removal_cookie(&platform));
    leptos_axum::redirect("/");
    Ok(())
}

/// What the dashboard's frame shows: the organisation, the person, the navigation that their role allows.
#[server(prefix = "/fn", endpoint = "auth/whoami", input = GetUrl, output = Packed)]
pub async fn whoami(org: String) -> Result<Shell> {
    use super::{accounts, wire::NavItem};
    use crate::{
        db::Access,
        modules::MODULES,
        org::{OrgRef, OrgTx},
        permissions, request, settings, sql,
    };
    let platform = request::platform();
    let actor = request::actor();
    let mut tx =
        request::page(OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::ENTER, Access::Read).await)?;
    let enabled = sql!(all(String,), &mut tx, "SELECT module FROM org_modules WHERE org_id = $1")?;
    let groups = settings::hub::allowed(&mut tx).await?;
    let settings = (!groups.is_empty()).then(|| NavItem {
        label: "Settings".to_owned(),
        href: format!("/app/{org}/settings"),
        icon: "settings".to_owned(),
        also: groups.into_iter().flat_map(|group| group.pages).map(|page| page.href).collect(),
    });
    let nav = MODULES
        .iter()
        .filter(|module| enabled.iter().any(|(name,)| name == module.name()))
        .flat_map(|module| {
            module.nav().iter().filter(|entry| {
                module.permissions().iter().any(|permission| permission.name == entry.needs && tx.allows(permission))
            })
        })
        .map(|entry| NavItem {
            label: entry.label.to_owned(),
            href: format!("/app/{org}{}", entry.path),
            icon: entry.icon.to_owned(),
            also: Vec::new(),
        })
        .chain(settings)
        .collect();
    let (org_name, role, user) = (tx.org().name.clone(), tx.role(), tx.user());
    tx.rollback().await?;
    let (user_name, has_others) = match user {
        Some(user) => (accounts::name_of(&platform, user).await?, accounts::orgs_of(&platform, user).await?.len() > 1),
        None => (String::new(), false),
    };
    let role = role.map(|role| role.as_str().to_owned()).unwrap_or_default();
    Ok(Shell { org_slug: org, org_name, user_name, role, has_others, nav })
}

/// The organisations that I belong to; leads straight to it where there is one.
#[server(prefix = "/fn", endpoint = "auth/orgs", input = GetUrl, output = Packed)]
pub async fn my_orgs() -> Result<Vec<OrgCard>> {
    use super::accounts;
    use crate::{
        error::{AppError, Code},
        org::Actor,
        request,
    };
    let Actor::User(user) = request::actor() else {
        return request::page(Err(AppError::new(Code::Unauthenticated, "Please log in to go on.")));
    };
    let orgs = request::page(accounts::orgs_of(&request::platform(), user).await)?;
    if let [only] = orgs.as_slice() {
        leptos_axum::redirect(&only.home());
    }
    Ok(orgs
        .into_iter()
        .map(|org| OrgCard { home: org.home(), role: org.role.as_str().to_owned(), name: org.name })
        .collect())
}
