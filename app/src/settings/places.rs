//! Where somebody can go: what the search palette finds. Only what they may open is in it.

use super::{hub, wire::Place};
use crate::{
    admin::operator,
    auth::accounts,
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions,
    platform::Platform,
};

/// What belongs to the person, not to the organisation.
const OWN: [(&str, &str, &str); 4] = [
    ("Your account", "name email profile", "/account"),
    ("Your password", "change", "/account/password"),
    ("Your two-step login and passkeys", "2fa mfa two-step login authenticator phone", "/account#factor"),
    ("Where you are logged in", "sessions devices", "/account#sessions"),
];

/// Where a member begins in an organisation: where `/app` leads who belongs to it alone.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn home(platform: &Platform, actor: &Actor, org: &str) -> Result<String> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await?;
    if tx.support().is_some() {
        let first = first_for_support(&mut tx).await?;
        tx.rollback().await?;
        return Ok(first);
    }
    let user = tx.user().ok_or_else(|| AppError::not_found("that page"))?;
    tx.rollback().await?;
    let mine = accounts::orgs_of(platform, user).await?.into_iter().find(|mine| mine.slug == org);
    mine.map(|mine| mine.home()).ok_or_else(|| AppError::not_found("that page"))
}

/// Where support begins: the first page of a module that it sees, or else the settings.
async fn first_for_support(tx: &mut OrgTx) -> Result<String> {
    let modules = members::modules(tx).await?;
    let mut entries = modules.iter().flat_map(|module| module.nav());
    let first = entries.find(|entry| permissions::named(entry.needs).is_some_and(|known| tx.allows(known)));
    Ok(format!("/app/{}{}", tx.org().slug, first.map_or("/settings", |entry| entry.path)))
}

/// Pages, settings, and what is set up, in that order; then other organisations and the person’s own pages.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn places(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Place>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await?;
    let place = |group: &str, label: &str, also: &str, href: String| Place {
        group: group.to_owned(),
        label: label.to_owned(),
        also: also.to_owned(),
        href,
    };
    let modules = members::modules(&mut tx).await?;
    let mut places = Vec::new();
    for entry in modules.iter().flat_map(|module| module.nav()) {
        if permissions::named(entry.needs).is_some_and(|known| tx.allows(known)) {
            places.push(place("Pages", entry.label, "", format!("/app/{org}{}", entry.path)));
        }
    }
    for page in hub::pages(&mut tx).await?.into_iter().flat_map(|(_, pages)| pages) {
        places.push(place("Settings", page.label, page.also, format!("/app/{org}{}", page.path)));
    }
    for module in modules {
        places.extend(module.places(&mut tx).await?);
    }
    let manages_people = tx.allows(&permissions::MANAGE_PEOPLE);
    if manages_people {
        let people = members::all(&mut tx).await?;
        places.extend(
            people
                .into_iter()
                .map(|member| place("People", &member.name, "", format!("/app/{org}/settings/people/{}", member.user))),
        );
        places.push(place("Do", "Invite somebody", "add new team staff user", format!("/app/{org}/settings/invite")));
    }
    if tx.allows(&permissions::MANAGE_TOKENS) {
        places.push(place("Do", "New API token", "add make key", format!("/app/{org}/settings/tokens#new-token")));
    }
    places.push(place("Do", "Keyboard shortcuts", "keys help", "#keys".to_owned()));
    places.push(place("Do", "Log out", "sign out leave", "#log-out".to_owned()));
    let user = tx.person();
    let operator = match user {
        Some(user) => operator::runs_platform(tx.platform_part(), user).await?,
        None => false,
    };
    tx.rollback().await?;
    if let Some(user) = user {
        let others = accounts::orgs_of(platform, user).await?.into_iter().filter(|other| other.slug != org);
        places.extend(others.map(|other| place("Other organisations", &other.name, "switch", other.home())));
        places.extend(OWN.map(|(label, also, href)| place("Yours", label, also, href.to_owned())));
    }
    if operator {
        places.push(place("Yours", "Run the platform", "admin organisations revenue", "/admin".to_owned()));
    }
    Ok(places)
}
