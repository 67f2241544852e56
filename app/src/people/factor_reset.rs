//! Somebody has lost their phone and their recovery codes: an admin asks for their second factor to be taken away. It goes a
//! day later, so that its owner, who is mailed at once, can keep it; and they set up another at their next log-in.

use super::members::{self, above, may_manage};
use crate::{
    admin::operator::runs_platform,
    audit::{self, Detail},
    auth::{
        accounts, factor, log_in,
        notices::{self, Notice},
        session,
        standing::{Elevated, LoggedIn},
    },
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    ids::{OrgId, UserId},
    mail::{self, Letter},
    org::{Actor, OrgRef, OrgTx, Role},
    others, permissions,
    platform::Platform,
    platform_sql, sql,
};

/// The owner of the factor has this long to keep it: a day.
pub const WAIT_SECONDS: i64 = 24 * 60 * 60;

/// Asks for somebody's second factor to be taken away.
///
/// # Errors
/// 403 for who doesn't stand above them; 404 for somebody who doesn't belong; 409 where they have none, it was asked for
/// already, the organisation is suspended, they belong to other organisations too, whose protection it is as well, or they run the
/// platform, which it protects.
pub async fn ask(platform: &Platform, by: Elevated, org: &str, user: UserId) -> Result<()> {
    // Before the organisation is held: whoever waits for it would wait with a connection in hand, and this needs another.
    let elsewhere = accounts::orgs_of(platform, user).await?.len() > 1;
    let mut tx = members::open(platform, by, org).await?;
    let member = members::one(&mut tx, user).await?;
    if !may_manage(tx.role().unwrap_or(Role::Member), member.role) {
        return Err(above());
    }
    if !member.has_factor {
        return Err(AppError::conflict("They have no two-step login."));
    }
    if member.factor_reset_at.is_some() {
        return Err(AppError::conflict("That was asked for already."));
    }
    if elsewhere {
        return Err(AppError::conflict(format!(
            "They belong to other organisations, too, which their two-step login protects as well. Write to {}.",
            platform.whom_to_write_to()
        )));
    }
    if runs_platform(tx.platform_part(), user).await? {
        return Err(AppError::conflict(
            "They run this platform, which their two-step login protects, so it can’t be removed here. They can log in with a recovery code.",
        ));
    }
    if tx.org().terms.suspended_at.is_some() {
        return Err(AppError::conflict(
            "While your organisation is suspended, nobody’s two-step login can be removed. Ask again once it is open.",
        ));
    }
    let now = tx.now();
    let due = now.plus_seconds(WAIT_SECONDS);
    sql!(
        exec,
        &mut tx,
        "INSERT INTO factor_resets (org_id, user_id, asked_by, asked_at, due_at) VALUES ($1, $2, $3, $4, $5)",
        user,
        by.person().user(),
        now,
        due
    )?;
    tx.audit("platform.factor_reset_asked", user.0, &Detail::default()).await?;
    let letter = asked_letter(&platform.origin, member.email, &member.name, &tx.org().name);
    mail::queue(platform, tx.platform_part(), "auth.factor_reset_asked", &letter, None).await?;
    tx.commit().await
}

/// Tells the owner of the factor, who can keep it.
pub(crate) fn asked_letter(origin: &str, to: String, name: &str, org: &str) -> Letter {
    Letter {
        to,
        subject: "Your two-step login is to be removed".to_owned(),
        paragraphs: vec![
            format!("Hello {name},"),
            format!(
                "An admin of {org} asked for the two-step login of your Devalo account to be removed, a day from now. At your next log-in after that you set it up anew."
            ),
        ],
        action: Some(("Keep it".to_owned(), format!("{origin}/account"))),
        closing: vec!["If you didn’t ask them for that, log in and keep it.".to_owned()],
    }
}

/// An admin thinks better of it.
///
/// # Errors
/// 404 where nothing was asked for.
pub async fn cancel(platform: &Platform, by: Elevated, org: &str, user: UserId) -> Result<()> {
    let tx = members::open(platform, by, org).await?;
    if withdraw(tx, user).await? { Ok(()) } else { Err(nothing()) }
}

/// The owner of the factor keeps it, whoever asked: in an organisation that is closed or suspended, or asks more of them than they
/// have done, too. One that can't be written to doesn't keep the others back.
///
/// # Errors
/// 404 where nothing was asked for; the database is busy, and something may still stand.
pub async fn keep(platform: &Platform, person: LoggedIn) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let asked =
        platform_sql!(all(OrgId,), &mut tx, "SELECT org_id FROM factor_resets WHERE user_id = $1", person.user())?;
    tx.commit().await?;
    let (mut kept, mut failed) = (false, None);
    for (org,) in asked {
        match keep_in(platform, person.user(), org).await {
            Ok(gone) => kept |= gone,
            Err(error) => {
                tracing::error!(%error, %org, user = %person.user(), "a second factor couldn’t be kept");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None if kept => Ok(()),
        None => Err(nothing()),
    }
}

/// When somebody's second factor is to be taken away, if it is.
///
/// # Errors
/// The database is busy.
pub async fn due_for(platform: &Platform, user: UserId) -> Result<Option<Instant>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        optional(Instant,),
        &mut tx,
        "SELECT due_at FROM factor_resets WHERE user_id = $1 ORDER BY due_at LIMIT 1",
        user
    )?;
    tx.commit().await?;
    Ok(due.map(|(due,)| due))
}

/// Takes away what is due. A job does it every minute; it is safe to repeat and to stop. What couldn't be asked for any more (who
/// asked has gone, or stands above them no longer, they belong elsewhere too by now or run the platform, or the organisation is
/// closed or suspended) comes to nothing.
///
/// # Errors
/// The database is busy. One that fails doesn't keep the others back.
pub async fn carry_out(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId, UserId),
        &mut tx,
        "SELECT org_id, user_id FROM factor_resets WHERE due_at <= $1",
        platform.clock.now()
    )?;
    tx.commit().await?;
    for (org, user) in due {
        if let Err(error) = take_away(platform, org, user).await {
            tracing::error!(%error, %org, %user, "a second factor couldn’t be taken away; it is tried again");
        }
    }
    Ok(())
}

async fn take_away(platform: &Platform, org: OrgId, user: UserId) -> Result<()> {
    let elsewhere = accounts::orgs_of(platform, user).await?.len() > 1;
    let actor = Actor::System("taking away two-step login");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await?;
    let now = tx.now();
    let mine = sql!(
        optional(UserId,),
        &mut tx,
        "DELETE FROM factor_resets WHERE org_id = $1 AND user_id = $2 AND due_at <= $3 RETURNING asked_by",
        user,
        now
    )?;
    let Some((asked_by,)) = mine else { return Ok(()) };
    let all = members::all(&mut tx).await?;
    let role = |of: UserId| all.iter().find(|member| member.user == of).map(|member| member.role);
    let may = role(asked_by).zip(role(user)).is_some_and(|(by, of)| may_manage(by, of));
    let shut = tx.org().closes_at.is_some() || tx.org().terms.suspended_at.is_some();
    let operator = runs_platform(tx.platform_part(), user).await?;
    if !may || elsewhere || shut || operator {
        tracing::info!(target: "devalo::security", %org, %user, may, elsewhere, shut, operator, "a second factor stays that was to be taken away");
        tx.audit("platform.factor_reset_cancelled", user.0, &Detail::default()).await?;
        return tx.commit().await;
    }
    let account = tx.platform_part();
    factor::remove(account, user).await?;
    platform_sql!(exec, account, "UPDATE users SET must_enrol = TRUE WHERE id = $1", user)?;
    session::end_every(account, user).await?;
    log_in::forget_access(account, user).await?;
    notices::tell(platform, account, user, Notice::FactorReset).await?;
    audit::log(platform, account, None, "auth.factor_reset", Some(user.0), &Detail::default()).await?;
    tx.audit("platform.factor_reset_done", user.0, &Detail::default()).await?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await
}

async fn keep_in(platform: &Platform, user: UserId, org: OrgId) -> Result<bool> {
    withdraw(OrgTx::for_ones_own(platform, user, org, "keeping two-step login").await?, user).await
}

/// Says whether there was anything.
async fn withdraw(mut tx: OrgTx, user: UserId) -> Result<bool> {
    let gone = sql!(exec, &mut tx, "DELETE FROM factor_resets WHERE org_id = $1 AND user_id = $2", user)?;
    if gone == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    tx.audit("platform.factor_reset_cancelled", user.0, &Detail::default()).await?;
    tx.commit().await?;
    Ok(true)
}

fn nothing() -> AppError {
    AppError::not_found("that wish")
}
