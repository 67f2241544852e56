//! Which settings somebody may change: the platform's own, and each module's that the organisation has.

use super::wire::{SettingsCard, SettingsGroup};
use crate::{
    db::Access,
    error::Result,
    module::SettingsPage,
    onboarding::partners,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions,
    platform::Platform,
};

/// Where there is what to set up first.
const FIRST_STEPS: &str = "/welcome";

/// The platform's own.
static OWN: [SettingsPage; 12] = [
    SettingsPage {
        label: "Business details",
        path: "/settings/details",
        about: "Your name, phone, address and time zone, as clients see them.",
        also: "name address phone time zone contact",
        needs: permissions::CHANGE_DETAILS.name,
    },
    SettingsPage {
        label: "Getting started",
        path: FIRST_STEPS,
        about: "What to set up first, and what is done already.",
        also: "welcome checklist first steps setup begin",
        needs: permissions::CHANGE_DETAILS.name,
    },
    SettingsPage {
        label: "Logo and colour",
        path: "/settings/look",
        about: "How your booking pages look.",
        also: "brand picture theme accent design",
        needs: permissions::CHANGE_DETAILS.name,
    },
    SettingsPage {
        label: "People",
        path: "/settings/people",
        about: "Who belongs to your organisation, and what each may do.",
        also: "team staff users members roles invite permissions",
        needs: permissions::MANAGE_PEOPLE.name,
    },
    SettingsPage {
        label: "Modules",
        path: "/settings/modules",
        about: "Which parts of Devalo you use.",
        also: "turn on off enable disable features parts",
        needs: permissions::MANAGE_MODULES.name,
    },
    SettingsPage {
        label: "Plan and billing",
        path: "/settings/billing",
        about: "What you have agreed to, and how much of it is used.",
        also: "price cost invoice payment subscription seats upgrade",
        needs: permissions::SEE_PLAN.name,
    },
    SettingsPage {
        label: "Log-in rules",
        path: "/settings/security",
        about: "Who has to have two-step login, and how soon an idle screen is logged out.",
        also: "2fa mfa two-step login security password session idle",
        needs: permissions::MANAGE_SECURITY.name,
    },
    SettingsPage {
        label: "Audit log",
        path: "/settings/audit",
        about: "Who did what, when and from where.",
        also: "history activity changes who did what",
        needs: permissions::READ_AUDIT.name,
    },
    SettingsPage {
        label: "API tokens",
        path: "/settings/tokens",
        about: "Let your own programs read and change what you allow them.",
        also: "key keys integration developer program website",
        needs: permissions::MANAGE_TOKENS.name,
    },
    SettingsPage {
        label: "Webhooks",
        path: "/settings/webhooks",
        about: "Have your own programs told what happens, as it happens.",
        also: "webhook hook integration zapier make developer notify event api",
        needs: permissions::MANAGE_WEBHOOKS.name,
    },
    SettingsPage {
        label: "Support access",
        path: "/settings/support",
        about: "Let whoever runs this platform look, for a while, and see what they looked at.",
        also: "help support operator consent access",
        needs: permissions::SEE_SUPPORT.name,
    },
    SettingsPage {
        label: "Your data",
        path: "/settings/data",
        about: "Export everything in one file, or delete the organisation.",
        also: "export download backup delete close cancel leave zip csv",
        needs: permissions::OWN.name,
    },
];

/// For who belongs to a partner of the platform’s.
static PARTNERS: SettingsPage = SettingsPage {
    label: "Invite a business",
    path: "/settings/businesses",
    about: "Offer Devalo to the businesses that you work with.",
    also: "partner refer referral customers clients",
    needs: permissions::INVITE_BUSINESSES.name,
};

/// The settings that the person may change, the organisation's own first.
///
/// # Errors
/// As [`OrgTx::open`]; 403 for a member who may change none.
pub async fn groups(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<SettingsGroup>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await?;
    let groups = allowed(&mut tx).await?;
    if groups.is_empty() {
        return Err(tx.forbidden("Settings are for the admins of your organisation.").await?);
    }
    tx.rollback().await?;
    Ok(groups)
}

/// The same inside an opened organisation; empty for who may change none.
///
/// # Errors
/// The database is busy.
pub async fn allowed(tx: &mut OrgTx) -> Result<Vec<SettingsGroup>> {
    let groups = pages(tx).await?.into_iter();
    let card = |page: &SettingsPage| SettingsCard {
        label: page.label.to_owned(),
        href: format!("/app/{}{}", tx.org().slug, page.path),
        about: page.about.to_owned(),
    };
    Ok(groups
        .map(|(title, pages)| SettingsGroup { title: title.to_owned(), pages: pages.into_iter().map(card).collect() })
        .collect())
}

/// The pages of settings that the person may open, by group; no group is empty.
///
/// # Errors
/// The database is busy.
pub async fn pages(tx: &mut OrgTx) -> Result<Vec<(&'static str, Vec<&'static SettingsPage>)>> {
    let modules = members::modules(tx).await?;
    let is_partner = tx.allows(&permissions::INVITE_BUSINESSES) && partners::bounds(tx).await?.is_some();
    let own = OWN.iter().chain(is_partner.then_some(&PARTNERS)).collect();
    let modules = modules.iter().map(|module| (module.title(), module.settings().iter().collect()));
    // What is set up first is gone once somebody said that it is.
    let gone = tx.org().set_up_at.is_some();
    let may = |page: &&SettingsPage| {
        !(gone && page.path == FIRST_STEPS) && permissions::named(page.needs).is_some_and(|known| tx.allows(known))
    };
    Ok(std::iter::once(("Your business", own))
        .chain(modules)
        .map(|(title, pages): (_, Vec<&SettingsPage>)| (title, pages.into_iter().filter(may).collect::<Vec<_>>()))
        .filter(|(_, pages)| !pages.is_empty())
        .collect())
}
