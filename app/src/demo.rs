//! A believable demo business, for trying things out.

use std::sync::atomic::Ordering;

use crate::{
    auth::accounts::{self, NewOrg},
    db::Access,
    error::Result,
    ids::OrgId,
    modules::MODULES,
    org::Role,
    people::members,
    platform::Platform,
    platform_sql,
};

/// The demo's address: `/b/harbour-physio`.
pub const SLUG: &str = "harbour-physio";
/// The demo's log-in.
pub const EMAIL: &str = "owner@harbour-physio.example";
/// The demo's password: for a machine that only you can reach.
pub const PASSWORD: &str = "quiet-harbour-demo";

/// Who else works there; they log in with the same password.
const TEAM: [(&str, &str, Role); 3] = [
    ("reception@harbour-physio.example", "Sam Lee", Role::Member),
    ("manager@harbour-physio.example", "Robin Costa", Role::Manager),
    ("practice@harbour-physio.example", "Alex Morgan", Role::Admin),
];

/// Looks whether the demo business is there, and has the front page lead to it if it is.
///
/// # Errors
/// The database is busy.
pub async fn look(platform: &Platform) -> Result<bool> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let there =
        platform_sql!(optional(OrgId,), &mut tx, "SELECT id FROM organisations WHERE slug = $1", SLUG)?.is_some();
    tx.rollback().await?;
    platform.shows_demo.store(there, Ordering::Relaxed);
    Ok(there)
}

/// Makes the demo business if there is nobody on the platform yet. `false`: there was somebody, and nothing was done.
///
/// # Errors
/// The database is busy.
pub async fn seed(platform: &Platform) -> Result<bool> {
    if accounts::any_users(platform).await? {
        return Ok(false);
    }
    let owner = accounts::create_user(platform, EMAIL, "Priya Raman", PASSWORD).await?;
    let modules: Vec<&str> = MODULES.iter().map(|module| module.name()).collect();
    let org = NewOrg {
        slug: SLUG.to_owned(),
        name: "Harbour Physio".to_owned(),
        description: "Physiotherapy and remedial massage by the water in Balmain East. Early starts, straight answers, and a plan you can keep to.".to_owned(),
        phone: "02 5550 4100".to_owned(),
        address: "12 Wharf Lane, Balmain East NSW 2041".to_owned(),
        zone: "Australia/Sydney".to_owned(),
        state: "NSW".to_owned(),
        ..NewOrg::default()
    };
    let org = accounts::create_org(platform, &org, owner, &modules).await?;
    for (email, name, role) in TEAM {
        let user = accounts::create_user(platform, email, name, PASSWORD).await?;
        members::add(platform, org, user, role).await?;
    }
    for module in MODULES {
        module.seed_demo(platform, org).await?;
    }
    Ok(true)
}
