//! Who owns an organisation. It is one person at a time, and it takes both to change it: the owner offers, the other takes.

use super::members;
use crate::{
    audit::Detail,
    auth::{accounts, standing::Elevated},
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    ids::UserId,
    mail::{self, Letter},
    org::{Actor, OrgRef, OrgTx, Role},
    others, permissions,
    platform::Platform,
    sql,
    support::consent,
};

/// An offer can be taken for a week.
const OFFER_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Offers the ownership to somebody who belongs. An offer before this one is withdrawn.
///
/// # Errors
/// 403 for who isn't the owner; 404 for somebody who doesn't belong; 409 for oneself.
pub async fn offer(platform: &Platform, by: Elevated, org: &str, to: UserId) -> Result<()> {
    let owner = by.person().user();
    let mut tx = open(platform, by, org).await?;
    if to == owner {
        return Err(AppError::conflict("You own it already."));
    }
    let member = members::one(&mut tx, to).await?;
    let until = tx.now().plus_seconds(OFFER_SECONDS);
    sql!(exec, &mut tx, "DELETE FROM ownership_offers WHERE org_id = $1")?;
    sql!(
        exec,
        &mut tx,
        "INSERT INTO ownership_offers (org_id, user_id, offered_by, expires_at) VALUES ($1, $2, $3, $4)",
        to,
        owner,
        until
    )?;
    tx.audit("platform.ownership_offered", to.0, &Detail::default()).await?;
    let letter = offered_letter(&platform.origin, member.email, &member.name, &tx.org().name, &tx.org().slug);
    mail::queue(platform, tx.platform_part(), "people.ownership_offered", &letter, None).await?;
    tx.commit().await
}

/// The owner thinks better of it, or whoever it was offered to doesn't want it.
///
/// # Errors
/// 404 where nothing was offered, or to somebody else.
pub async fn withdraw(platform: &Platform, by: Elevated, org: &str) -> Result<()> {
    let user = by.person().user();
    let mut tx =
        OrgTx::open(platform, &Actor::User(user), OrgRef::Slug(org), &permissions::ENTER, Access::Write).await?;
    let gone = sql!(
        exec,
        &mut tx,
        "DELETE FROM ownership_offers WHERE org_id = $1 AND (offered_by = $2 OR user_id = $2)",
        user
    )?;
    if gone == 0 {
        return Err(nothing());
    }
    tx.audit("platform.ownership_withdrawn", user.0, &Detail::default()).await?;
    tx.commit().await
}

/// Takes the ownership that was offered. The owner until now is an admin from then on.
///
/// # Errors
/// 404 where nothing was offered to this person, or too long ago, or its owner is another by now.
pub async fn take(platform: &Platform, by: Elevated, org: &str) -> Result<()> {
    let user = by.person().user();
    let mut tx =
        OrgTx::open(platform, &Actor::User(user), OrgRef::Slug(org), &permissions::ENTER, Access::Write).await?;
    let now = tx.now();
    let offered_by = sql!(
        optional(UserId,),
        &mut tx,
        "SELECT ownership_offers.offered_by FROM ownership_offers
         JOIN memberships ON memberships.org_id = ownership_offers.org_id AND memberships.user_id = ownership_offers.offered_by AND memberships.role = 'owner'
         WHERE ownership_offers.org_id = $1 AND ownership_offers.user_id = $2 AND ownership_offers.expires_at > $3",
        user,
        now
    )?;
    let Some((before,)) = offered_by else { return Err(nothing()) };
    // In this order: the organisation always has an owner.
    sql!(exec, &mut tx, "UPDATE memberships SET role = 'owner', grants = '' WHERE org_id = $1 AND user_id = $2", user)?;
    sql!(exec, &mut tx, "UPDATE memberships SET role = 'admin' WHERE org_id = $1 AND user_id = $2", before)?;
    sql!(exec, &mut tx, "DELETE FROM ownership_offers WHERE org_id = $1")?;
    tx.audit("platform.ownership_taken", before.0, &Detail::default()).await?;
    consent::end_with_ownership(&mut tx, user).await?;
    let new = accounts::person_in(platform, tx.platform_part(), user).await?;
    let old = accounts::person_in(platform, tx.platform_part(), before).await?;
    let name = tx.org().name.clone();
    let told = taken_letter(old.email, &old.name, &name, &new.name);
    mail::queue(platform, tx.platform_part(), "people.ownership_taken", &told, None).await?;
    others::commit_and_look_again(platform, tx.commit(), [user, before]).await?;
    Ok(())
}

/// Offers somebody the ownership.
pub(crate) fn offered_letter(origin: &str, to: String, name: &str, org: &str, slug: &str) -> Letter {
    Letter {
        to,
        subject: format!("You are offered the ownership of {org}"),
        paragraphs: vec![
            format!("Hello {name},"),
            format!("The owner of {org} offers it to you. It is yours once you have taken it, within a week."),
        ],
        action: Some(("Look at the offer".to_owned(), format!("{origin}/app/{slug}/settings/ownership"))),
        closing: Vec::new(),
    }
}

/// Tells the owner until now that it was taken.
pub(crate) fn taken_letter(to: String, name: &str, org: &str, new: &str) -> Letter {
    Letter {
        to,
        subject: format!("{org} has another owner"),
        paragraphs: vec![
            format!("Hello {name},"),
            format!("{new} has taken the ownership of {org} that you offered. You are an admin now."),
        ],
        action: None,
        closing: Vec::new(),
    }
}

/// To whom the ownership is offered, and by whom, if it is.
///
/// # Errors
/// The database is busy.
pub async fn pending(tx: &mut OrgTx) -> Result<Option<(UserId, UserId)>> {
    let now = tx.now();
    let offer = sql!(
        optional(UserId, UserId, Instant),
        &mut *tx,
        "SELECT user_id, offered_by, expires_at FROM ownership_offers WHERE org_id = $1"
    )?;
    Ok(offer.filter(|(.., until)| now < *until).map(|(to, by, _)| (to, by)))
}

async fn open(platform: &Platform, by: Elevated, org: &str) -> Result<OrgTx> {
    let actor = Actor::User(by.person().user());
    let tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::MANAGE_PEOPLE, Access::Write).await?;
    if tx.role() == Some(Role::Owner) {
        Ok(tx)
    } else {
        Err(AppError::new(Code::Forbidden, "Only the owner can offer the ownership."))
    }
}

fn nothing() -> AppError {
    AppError::not_found("that offer")
}
