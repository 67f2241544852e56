//! What the pages about people show, worded on the server.

use jiff::tz::TimeZone;

use super::{
    members::{self, Member, may_manage},
    ownership, security,
    wire::{OwnershipPage, PeoplePage, PersonLine, PersonPage, SecurityPage},
};
use crate::{
    auth::standing::LoggedIn,
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    ids::UserId,
    org::{Actor, Audience, OrgRef, OrgTx, Permission, Role},
    permissions,
    platform::Platform,
    ui::Choice,
};

/// Who belongs to the organisation.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn people(platform: &Platform, person: LoggedIn, org: &str) -> Result<PeoplePage> {
    let mut tx = open(platform, person, org, &permissions::MANAGE_PEOPLE).await?;
    let members = members::all(&mut tx).await?;
    let offer = ownership::pending(&mut tx).await?;
    let page = PeoplePage {
        people: members.iter().map(|member| line(&tx, member)).collect(),
        offered_to: offer
            .and_then(|(to, _)| members.iter().find(|member| member.user == to))
            .map(|member| member.name.clone()),
    };
    tx.rollback().await?;
    Ok(page)
}

/// One of them, to be changed.
///
/// # Errors
/// 404 for somebody who doesn't belong.
pub async fn person(platform: &Platform, person: LoggedIn, org: &str, user: UserId) -> Result<PersonPage> {
    let mut tx = open(platform, person, org, &permissions::MANAGE_PEOPLE).await?;
    let member = members::one(&mut tx, user).await?;
    let offer = ownership::pending(&mut tx).await?;
    let own = tx.role().unwrap_or(Role::Member);
    let roles = [
        (Role::Member, "Member: works with what is set up"),
        (Role::Manager, "Manager: also sees to the work of others"),
        (Role::Admin, "Admin: also sets up, and manages people"),
    ];
    let above =
        |permission: &Permission| !matches!(permission.audience, Audience::Members(least) if member.role >= least);
    let page = PersonPage {
        person: line(&tx, &member),
        roles: roles
            .into_iter()
            .filter(|(role, _)| *role <= own)
            .map(|(role, label)| (role.as_str().to_owned(), label.to_owned()))
            .collect(),
        grants: members::grantable()
            .filter(|permission| tx.allows(permission) && above(permission))
            .map(|permission| Choice {
                value: permission.name.to_owned(),
                label: permission.label.to_owned(),
                chosen: member.grants.iter().any(|name| name == permission.name),
            })
            .collect(),
        confirmed: person.is_elevated(),
        may_offer: own == Role::Owner && member.user != person.user(),
        offered: offer.is_some_and(|(to, _)| to == member.user),
    };
    tx.rollback().await?;
    Ok(page)
}

/// How the organisation wants its people to log in.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn security(platform: &Platform, person: LoggedIn, org: &str) -> Result<SecurityPage> {
    let mut tx = open(platform, person, org, &permissions::MANAGE_SECURITY).await?;
    let holds = security::read(&mut tx).await?;
    let members = members::all(&mut tx).await?;
    let now = tx.now();
    let page = SecurityPage {
        policy: holds.policy.as_str().to_owned(),
        due_on: holds.due_at.filter(|due| now < *due).map(|due| day(&tx, due)),
        idle_minutes: holds.idle_minutes,
        without_factor: members.into_iter().filter(|member| !member.has_factor).map(|member| member.name).collect(),
        confirmed: person.is_elevated(),
    };
    tx.rollback().await?;
    Ok(page)
}

/// An offer of the ownership, for those whom it concerns.
///
/// # Errors
/// 404 for anybody else, and where nothing is offered.
pub async fn ownership(platform: &Platform, person: LoggedIn, org: &str) -> Result<OwnershipPage> {
    let mut tx = open(platform, person, org, &permissions::ENTER).await?;
    let nothing = || AppError::not_found("that offer");
    let (to, by) = ownership::pending(&mut tx).await?.ok_or_else(nothing)?;
    if ![to, by].contains(&person.user()) {
        return Err(nothing());
    }
    let page = OwnershipPage {
        org_name: tx.org().name.clone(),
        by: members::one(&mut tx, by).await?.name,
        to: members::one(&mut tx, to).await?.name,
        to_you: to == person.user(),
        confirmed: person.is_elevated(),
    };
    tx.rollback().await?;
    Ok(page)
}

fn line(tx: &OrgTx, member: &Member) -> PersonLine {
    let label = |name: &String| {
        permissions::all().find(|known| known.name == name).map_or_else(|| name.clone(), |known| known.label.to_owned())
    };
    PersonLine {
        id: member.user.to_string(),
        name: member.name.clone(),
        email: member.email.clone(),
        role: member.role.as_str().to_owned(),
        also: member.grants.iter().map(label).collect(),
        you: tx.user() == Some(member.user),
        has_factor: member.has_factor,
        factor_reset_on: member.factor_reset_at.map(|due| day(tx, due)),
        since: day(tx, member.since),
        manageable: tx.role().is_some_and(|role| may_manage(role, member.role)),
    }
}

/// "30 November 2026", in the organisation's zone.
pub fn day(tx: &OrgTx, at: Instant) -> String {
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    at.timestamp().to_zoned(zone).strftime("%-d %B %Y").to_string()
}

async fn open(platform: &Platform, person: LoggedIn, org: &str, need: &'static Permission) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::User(person.user()), OrgRef::Slug(org), need, Access::Read).await
}
