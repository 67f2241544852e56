//! Deleting an organisation. Its owner asks for it, having just shown again who they are; from then on it is closed to everybody,
//! and for 30 days its owner can have it back. Then a job destroys its data key, with which all that was sealed for it is lost, and
//! takes its rows out of every table, with the sign-up that it came from. A backup from before still has that key, sealed, until it is too
//! old; restored, it loses the organisation again. People's accounts stay, and for a year nobody gets the word in its addresses.

use crate::{
    audit::{self, Detail},
    auth::{
        accounts, session,
        standing::{Elevated, LoggedIn},
    },
    billing::{change, terms::Usage, views},
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    mail::{self, Letter},
    modules::MODULES,
    onboarding,
    org::{Actor, OrgRef, OrgTx, Role},
    others,
    people::{members, views::day},
    permissions,
    platform::Platform,
    platform_sql, sql,
};

const DAY: i64 = 24 * 60 * 60;
/// The owner has this long to have it back.
pub const WAIT_SECONDS: i64 = 30 * DAY;
/// The owner and the admins hear of it once more this long before.
const WARNED_SECONDS: i64 = 7 * DAY;

/// Closes an organisation, to be deleted in 30 days. `typed` is its name, as a sign that it is meant.
///
/// # Errors
/// 403 for who isn't the owner; 422 at `typed` for another name; 409 where that was asked for already, or something is owed to others that
/// can't be seen to afterwards.
pub async fn ask(platform: &Platform, by: Elevated, org: &str, typed: &str) -> Result<()> {
    let mut tx = open(platform, by.person(), org, Access::Write).await?;
    if tx.org().closes_at.is_some() {
        return Err(AppError::conflict("That was asked for already."));
    }
    let name = tx.org().name.clone();
    if !typed.split_whitespace().eq(name.split_whitespace()) {
        return Err(AppError::field("typed", format!("Enter its name as it is written: {name}.")));
    }
    let mut owed = Vec::new();
    // Whose plan is over, or who has turned a module off, can see to nothing there.
    let can_see_to_it = matches!(tx.org().terms.usage(tx.now()), Usage::Full | Usage::Late(_));
    let on = sql!(all(String,), &mut tx, "SELECT module FROM org_modules WHERE org_id = $1")?;
    for module in MODULES {
        if can_see_to_it && on.iter().any(|(name,)| name == module.name()) {
            owed.extend(module.owed(&mut tx).await?);
        }
    }
    if !owed.is_empty() {
        let owed = owed.join(", and ");
        return Err(AppError::conflict(format!(
            "{owed}. Nobody can be paid back through here once it is deleted: see to that first."
        )));
    }
    let closes_at = tx.now().plus_seconds(WAIT_SECONDS);
    sql!(exec, &mut tx, "UPDATE organisations SET closes_at = $2, closing_warned_at = NULL WHERE id = $1", closes_at)?;
    let (id, on) = (tx.id().0, day(&tx, closes_at));
    tx.audit("platform.closing_asked", id, &Detail::default().with("last day", &on)).await?;
    // Kept public pages go.
    tx.emit("platform.closing_asked", id).await?;
    let charged = match views::paying(&mut tx).await? {
        Some(_) => " Nothing more is charged: its plan ends after what is paid for.",
        None => "",
    };
    let closed = format!(
        "It is closed from now on: its pages, its bookings, its dashboard. On {on} all that it has is deleted for good, and from our backups as they expire.{charged}"
    );
    let words = Words {
        owner: format!("You asked for {name} to be deleted. {closed}"),
        others: format!("Its owner has asked for {name} to be deleted. {closed}"),
    };
    tell(&mut tx, &format!("{name} will be deleted on {on}"), &words, Some("Until then its owner can keep it."))
        .await?;
    let people = everybody(&mut tx).await?;
    let org = tx.id();
    others::commit_and_look_again(platform, tx.commit(), people).await?;
    if let Err(error) = change::stop_charging(platform, org, false).await {
        // It is tried until it holds.
        tracing::error!(%error, %org, "a plan of an organisation that is to be deleted goes on for now");
    }
    Ok(())
}

/// Its owner keeps it: everything is as it was, but for a plan that was to end with it, which they are told how to let go on.
///
/// # Errors
/// 403 for who isn't the owner; 409 where it wasn't to be deleted, or it is too late.
pub async fn keep(platform: &Platform, by: LoggedIn, org: &str) -> Result<()> {
    let mut tx = open(platform, by, org, Access::Write).await?;
    let now = tx.now();
    let kept = sql!(
        exec,
        &mut tx,
        "UPDATE organisations SET closes_at = NULL, closing_warned_at = NULL WHERE id = $1 AND closes_at > $2",
        now
    )?;
    if kept == 0 {
        return Err(AppError::conflict(if tx.org().closes_at.is_some() {
            "It is too late: it is being deleted."
        } else {
            "It isn’t to be deleted."
        }));
    }
    let (id, name) = (tx.id().0, tx.org().name.clone());
    tx.audit("platform.closing_undone", id, &Detail::default()).await?;
    tx.emit("platform.closing_undone", id).await?;
    let kept = format!("Its owner keeps {name}. It is open again, with all that it had.");
    let words = match views::paying(&mut tx).await?.and_then(|paying| paying.ends) {
        None => kept,
        Some(ends) => {
            let on = day(&tx, views::last_moment(ends));
            format!(
                "{kept} Its plan still ends on {on}: its owner can keep the plan, under Settings, then Plan and billing."
            )
        }
    };
    tell(&mut tx, &format!("{name} isn’t deleted"), &Words::same(words), None).await?;
    tx.commit().await
}

/// What somebody who belongs reads of an organisation that is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Its name.
    pub name: String,
    /// "23 December 2026": all of it is deleted then.
    pub on: String,
    /// They own it, and can keep it.
    pub owns: bool,
    /// Who owns it.
    pub owner: String,
    /// The last day of its plan, "12 December 2026", where that isn't taken up again.
    pub plan_ends: Option<String>,
}

/// An organisation that is closed, for who belongs to it; `None` where it is open.
///
/// # Errors
/// As [`OrgTx::open`]: 404 for who doesn't belong.
pub async fn look(platform: &Platform, by: LoggedIn, org: &str) -> Result<Option<Closed>> {
    let actor = Actor::User(by.user());
    match OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await {
        Ok(tx) => {
            tx.rollback().await?;
            return Ok(None);
        }
        Err(error) if error.code == Code::Closing => {}
        Err(error) => return Err(error),
    }
    // They belong: how it stands is theirs to know, and nothing else of it.
    let actor = Actor::System("telling those who belong that it is closed");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::OWN, Access::Read).await?;
    let owner = members::all(&mut tx).await?.into_iter().find(|member| member.role == Role::Owner);
    let owns = owner.as_ref().is_some_and(|owner| owner.user == by.user());
    let ends = if owns { views::paying(&mut tx).await?.and_then(|paying| paying.ends) } else { None };
    let closed = tx.org().closes_at.map(|at| Closed {
        name: tx.org().name.clone(),
        on: day(&tx, at),
        owns,
        owner: owner.map(|owner| owner.name).unwrap_or_default(),
        plan_ends: ends.map(|ends| day(&tx, views::last_moment(ends))),
    });
    tx.rollback().await?;
    Ok(closed)
}

/// Warns of those that have a week left, and erases those whose time has come. A job does it every minute; it is safe to repeat and
/// to stop at any point.
///
/// # Errors
/// The database is busy. One that fails doesn't keep the others back.
pub async fn carry_out(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId, Instant, Option<Instant>),
        &mut tx,
        "SELECT id, closes_at, closing_warned_at FROM organisations WHERE closes_at <= $1 ORDER BY closes_at",
        now.plus_seconds(WARNED_SECONDS)
    )?;
    tx.commit().await?;
    for (org, closes_at, warned_at) in due {
        let done = if closes_at <= now {
            erase(platform, org).await
        } else if warned_at.is_none() {
            warn(platform, org).await
        } else {
            Ok(())
        };
        if let Err(error) = done {
            tracing::error!(%error, %org, "an organisation couldn’t be deleted, or warned of it; it is tried again");
        }
    }
    stop_charging(platform).await
}

/// Where Stripe couldn't be told that a plan ends, it is told now.
async fn stop_charging(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let charged = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT o.id FROM organisations AS o JOIN stripe_accounts AS a ON a.org_id = o.id
         WHERE o.closes_at > $1 AND a.status IN ('trialing', 'active', 'past_due') AND a.cancels_at IS NULL",
        platform.clock.now()
    )?;
    tx.commit().await?;
    for (org,) in charged {
        if let Err(error) = change::stop_charging(platform, org, false).await {
            tracing::warn!(%error, %org, "a plan of an organisation that is to be deleted goes on for now; it is tried again");
        }
    }
    Ok(())
}

async fn warn(platform: &Platform, org: OrgId) -> Result<()> {
    let mut tx = by_itself(platform, org).await?;
    let now = tx.now();
    let mine = sql!(
        exec,
        &mut tx,
        "UPDATE organisations SET closing_warned_at = $2 WHERE id = $1 AND closing_warned_at IS NULL AND closes_at > $2 AND closes_at <= $3",
        now,
        now.plus_seconds(WARNED_SECONDS)
    )?;
    let Some(closes_at) = tx.org().closes_at.filter(|_| mine > 0) else { return tx.rollback().await };
    let (name, on) = (tx.org().name.clone(), day(&tx, closes_at));
    let words = Words::same(format!(
        "{name} is closed, and on {on} all that it has is deleted for good, and from our backups as they expire."
    ));
    tell(&mut tx, &format!("{name} will be deleted on {on}"), &words, Some("Until then its owner can keep it."))
        .await?;
    tx.commit().await
}

/// All of it, in one transaction: its rows, the key that its personal information was sealed with, and itself.
async fn erase(platform: &Platform, org: OrgId) -> Result<()> {
    // Nobody is charged for what isn't there: without that it stays.
    change::stop_charging(platform, org, true).await?;
    let mut tx = by_itself(platform, org).await?;
    let now = tx.now();
    // What is append-only gives way to this mark alone, which nobody else ever sees.
    let mine = sql!(exec, &mut tx, "UPDATE organisations SET erased_at = $2 WHERE id = $1 AND closes_at <= $2", now)?;
    if mine == 0 {
        return tx.rollback().await;
    }
    let (name, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    let words = format!(
        "{name} and all that it had on Devalo is deleted, as its owner asked 30 days ago. Your own account stays."
    );
    let people = everybody(&mut tx).await?;
    tell(&mut tx, &format!("{name} is deleted"), &Words::same(words), None).await?;
    let whole = tx.platform_part();
    let mut rows = 0;
    for table in whole.tables_of_orgs().await? {
        rows += whole.erase_from(&table, org).await?;
    }
    platform_sql!(exec, whole, "DELETE FROM key_rotations WHERE owner_id = $1", org.0)?;
    platform_sql!(exec, whole, "DELETE FROM data_keys WHERE owner_id = $1", org.0)?;
    onboarding::forget(whole, org).await?;
    mail::forget_org(whole, org).await?;
    accounts::reserve_word(platform, whole, &slug).await?;
    let detail = Detail::default().with("organisation", &slug).with("rows", rows);
    audit::log(platform, whole, None, "platform.organisation_erased", Some(org.0), &detail).await?;
    sql!(exec, &mut tx, "DELETE FROM organisations WHERE id = $1")?;
    others::commit_and_forget(platform, tx.commit(), org).await?;
    platform.files.forget_org(org).await;
    tracing::info!(%org, rows, "an organisation was erased");
    for person in people {
        // What it asked of their sessions it asks no longer.
        session::set_idle(platform, person).await?;
    }
    Ok(())
}

/// What is said to the owner, and what to the admins.
struct Words {
    owner: String,
    others: String,
}

impl Words {
    fn same(words: String) -> Self {
        Self { owner: words.clone(), others: words }
    }
}

/// Tells the owner and the admins.
async fn tell(tx: &mut OrgTx, subject: &str, words: &Words, keep: Option<&str>) -> Result<()> {
    let platform = tx.platform().clone();
    let page = format!("{}/app/{}/closed", platform.origin, tx.org().slug);
    for member in members::all(tx).await?.into_iter().filter(|member| member.role >= Role::Admin) {
        let owner = member.role == Role::Owner;
        let words = if owner { &words.owner } else { &words.others };
        let mut paragraphs = vec![format!("Hello {},", member.name), words.clone()];
        paragraphs.extend(keep.filter(|_| !owner).map(str::to_owned));
        let page = keep.filter(|_| owner).map(|_| page.clone());
        let letter = letter(member.email, subject, paragraphs, page);
        mail::queue(&platform, tx.platform_part(), "settings.closing", &letter, None).await?;
    }
    Ok(())
}

async fn everybody(tx: &mut OrgTx) -> Result<Vec<UserId>> {
    Ok(members::all(tx).await?.into_iter().map(|member| member.user).collect())
}

async fn open(platform: &Platform, by: LoggedIn, org: &str, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::User(by.user()), OrgRef::Slug(org), &permissions::OWN, access).await
}

async fn by_itself(platform: &Platform, org: OrgId) -> Result<OrgTx> {
    let actor = Actor::System("deleting an organisation");
    OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::OWN, Access::Write).await
}

/// What those who belong are told. The owner is led to where it can be kept.
pub(crate) fn letter(to: String, subject: &str, paragraphs: Vec<String>, page: Option<String>) -> Letter {
    Letter {
        to,
        subject: subject.to_owned(),
        paragraphs,
        action: page.map(|page| ("Keep the organisation, or export it".to_owned(), page)),
        closing: Vec::new(),
    }
}
