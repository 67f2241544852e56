//! Where somebody can go: what the search palette finds. Only what they may open is in it.

use super::{hub, wire::Place};
use crate::{
    auth::accounts,
    db::Access,
    error::Result,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions,
    platform::Platform,
};

/// What belongs to the person, not to the organisation.
const OWN: [(&str, &str); 4] = [
    ("Your account", "/account"),
    ("Your password", "/account/password"),
    ("Your two-step login and passkeys", "/account#factor"),
    ("Where you are logged in", "/account#sessions"),
];

/// Pages, settings, and what is set up, in that order; then other organisations and the person’s own pages.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn places(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Place>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await?;
    let place =
        |group: &str, label: &str, href: String| Place { group: group.to_owned(), label: label.to_owned(), href };
    let modules = members::modules(&mut tx).await?;
    let mut places = Vec::new();
    for entry in modules.iter().flat_map(|module| module.nav()) {
        if permissions::all().any(|known| known.name == entry.needs && tx.allows(known)) {
            places.push(place("Pages", entry.label, format!("/app/{org}{}", entry.path)));
        }
    }
    for group in hub::allowed(&mut tx).await? {
        places.extend(group.pages.into_iter().map(|page| Place {
            group: "Settings".to_owned(),
            label: page.label,
            href: page.href,
        }));
    }
    for module in modules {
        places.extend(module.places(&mut tx).await?);
    }
    if tx.allows(&permissions::MANAGE_PEOPLE) {
        let people = members::all(&mut tx).await?;
        places.extend(people.into_iter().map(|member| Place {
            group: "People".to_owned(),
            label: member.name,
            href: format!("/app/{org}/settings/people/{}", member.user),
        }));
    }
    let user = tx.user();
    tx.rollback().await?;
    if let Some(user) = user {
        let others = accounts::orgs_of(platform, user).await?.into_iter().filter(|other| other.slug != org);
        places.extend(others.map(|other| Place {
            group: "Other organisations".to_owned(),
            href: other.home(),
            label: other.name,
        }));
        places.extend(OWN.map(|(label, href)| place("Yours", label, href.to_owned())));
    }
    Ok(places)
}
