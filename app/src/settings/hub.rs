//! Which settings somebody may change: the platform's own, and each module's that the organisation has.

use super::wire::{SettingsCard, SettingsGroup};
use crate::{
    db::Access,
    error::{AppError, Code, Result},
    module::SettingsPage,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions,
    platform::Platform,
};

/// The platform's own.
static OWN: [SettingsPage; 6] = [
    SettingsPage {
        label: "Business details",
        path: "/settings/details",
        about: "Your name, phone, address and time zone, as clients see them.",
        needs: permissions::CHANGE_DETAILS.name,
    },
    SettingsPage {
        label: "People",
        path: "/settings/people",
        about: "Who belongs to your organisation, and what each may do.",
        needs: permissions::MANAGE_PEOPLE.name,
    },
    SettingsPage {
        label: "Plan and billing",
        path: "/settings/billing",
        about: "What you have agreed to, and how much of it is used.",
        needs: permissions::SEE_PLAN.name,
    },
    SettingsPage {
        label: "Logging in",
        path: "/settings/security",
        about: "Who has to have two-step login, and how soon an idle screen is logged out.",
        needs: permissions::MANAGE_SECURITY.name,
    },
    SettingsPage {
        label: "Audit log",
        path: "/settings/audit",
        about: "Who did what, when and from where.",
        needs: permissions::READ_AUDIT.name,
    },
    SettingsPage {
        label: "API tokens",
        path: "/settings/tokens",
        about: "Let your own programs read and change what you allow them.",
        needs: permissions::MANAGE_TOKENS.name,
    },
];

/// The settings that the person may change, the organisation's own first.
///
/// # Errors
/// As [`OrgTx::open`]; 403 for a member who may change none.
pub async fn groups(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<SettingsGroup>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await?;
    let groups = allowed(&mut tx).await?;
    tx.rollback().await?;
    if groups.is_empty() {
        return Err(AppError::new(
            Code::Forbidden,
            "Settings are for the admins of your organisation. They can change your role.",
        ));
    }
    Ok(groups)
}

/// The same inside an opened organisation; empty for who may change none.
///
/// # Errors
/// The database is busy.
pub async fn allowed(tx: &mut OrgTx) -> Result<Vec<SettingsGroup>> {
    let modules = members::modules(tx).await?;
    let modules = modules.iter().map(|module| (module.title(), module.settings()));
    let groups = std::iter::once(("Your business", OWN.as_slice())).chain(modules);
    Ok(groups
        .map(|(title, pages)| SettingsGroup { title: title.to_owned(), pages: cards(tx, pages) })
        .filter(|group| !group.pages.is_empty())
        .collect())
}

fn cards(tx: &OrgTx, pages: &[SettingsPage]) -> Vec<SettingsCard> {
    let may = |page: &&SettingsPage| permissions::all().any(|known| known.name == page.needs && tx.allows(known));
    pages
        .iter()
        .filter(may)
        .map(|page| SettingsCard {
            label: page.label.to_owned(),
            href: format!("/app/{}{}", tx.org().slug, page.path),
            about: page.about.to_owned(),
        })
        .collect()
}
