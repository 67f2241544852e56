//! How an organisation wants its people to log in: of whom it asks a second factor, and how soon an idle session ends.

use crate::{
    audit::Detail,
    auth::{session, standing::Elevated},
    clock::Instant,
    db::Access,
    error::{AppError, FieldErrors, Result},
    mail::{self, Letter},
    org::{Actor, FactorPolicy, OrgRef, OrgTx, Role},
    permissions,
    platform::Platform,
    sql,
};

use super::members;

/// The longest grace, in days.
pub const LONGEST_GRACE: i64 = 30;
/// After how many idle minutes a session can be made to end.
pub const IDLE_MINUTES: std::ops::RangeInclusive<i64> = 5..=720;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Security {
    /// Of whom a second factor is asked.
    pub policy: FactorPolicy,
    /// From when on; before, they are reminded.
    pub due_at: Option<Instant>,
    /// The same for the owner and admins, where they were asked before the others.
    pub admins_due_at: Option<Instant>,
    /// A session ends when nothing was done for this long, unless somebody asked to stay logged in.
    pub idle_minutes: i64,
}

/// What holds.
///
/// # Errors
/// The database is busy.
pub async fn read(tx: &mut OrgTx) -> Result<Security> {
    let (policy, due_at, admins_due_at, idle_minutes) = sql!(
        one(String, Option<Instant>, Option<Instant>, i64),
        &mut *tx,
        "SELECT factor_policy, factor_due_at, factor_admins_due_at, idle_minutes FROM organisations WHERE id = $1"
    )?;
    let policy = FactorPolicy::parse(&policy).ok_or_else(AppError::internal)?;
    Ok(Security { policy, due_at, admins_due_at, idle_minutes })
}

/// Changes it. Of whom a second factor is asked anew is mailed, and has the days of grace; sessions that are idle for longer
/// than now allowed end.
///
/// # Errors
/// 422 at `policy`, `grace_days` or `idle_minutes`; 409 for who asks others for what they don't have themselves.
pub async fn save(
    platform: &Platform,
    by: Elevated,
    org: &str,
    policy: &str,
    grace_days: i64,
    idle_minutes: i64,
) -> Result<()> {
    let mut errors = FieldErrors::default();
    let policy = FactorPolicy::parse(policy);
    if policy.is_none() {
        errors.add("policy", "Choose of whom two-step login is asked.");
    }
    if !(0..=LONGEST_GRACE).contains(&grace_days) {
        errors.add("grace_days", "Enter 0 to 30 days.");
    }
    if !IDLE_MINUTES.contains(&idle_minutes) {
        errors.add("idle_minutes", "Enter 5 to 720 minutes.");
    }
    errors.finish()?;
    let policy = policy.ok_or_else(AppError::internal)?;
    let actor = Actor::User(by.person().user());
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::MANAGE_SECURITY, Access::Write).await?;
    let before = read(&mut tx).await?;
    let members = members::all(&mut tx).await?;
    let own = members.iter().find(|member| member.user == by.person().user());
    if own.is_some_and(|own| policy.asks(own.role) && !own.has_factor) {
        return Err(AppError::conflict("Set up two-step login for yourself first."));
    }
    let now = tx.now();
    // Whoever was asked before isn't given more time by asking others too.
    let wider = Role::ALL.into_iter().any(|role| policy.asks(role) && !before.policy.asks(role));
    let (due_at, admins_due_at) = match policy {
        FactorPolicy::Optional => (None, None),
        _ if wider => {
            let asked_before = before.policy == FactorPolicy::Admins;
            (Some(now.plus_seconds(grace_days * DAY_SECONDS)), before.due_at.filter(|_| asked_before))
        }
        FactorPolicy::Admins => (before.admins_due_at.or(before.due_at), None),
        FactorPolicy::Everyone => (before.due_at, before.admins_due_at),
    };
    sql!(
        exec,
        &mut tx,
        "UPDATE organisations SET factor_policy = $2, factor_due_at = $3, idle_minutes = $4, factor_admins_due_at = $5 WHERE id = $1",
        policy.as_str(),
        due_at,
        idle_minutes,
        admins_due_at
    )?;
    let detail = Detail::default().change("second factor", before.policy.as_str(), policy.as_str()).change(
        "idle minutes",
        &before.idle_minutes.to_string(),
        &idle_minutes.to_string(),
    );
    let subject = tx.id().0;
    tx.audit("platform.security_saved", subject, &detail).await?;
    if wider {
        let asked = |role: Role| policy.asks(role) && !before.policy.asks(role);
        for member in members.iter().filter(|member| asked(member.role) && !member.has_factor) {
            let letter = asked_letter(&platform.origin, member.email.clone(), &member.name, &tx.org().name, grace_days);
            mail::queue(platform, tx.platform_part(), "people.factor_asked", &letter, None).await?;
        }
    }
    tx.commit().await?;
    for member in members {
        session::set_idle(platform, member.user).await?;
    }
    Ok(())
}

/// Tells somebody that their organisation asks for two-step login from then on.
pub(crate) fn asked_letter(origin: &str, to: String, name: &str, org: &str, grace_days: i64) -> Letter {
    let when = if grace_days == 0 {
        "From now on".to_owned()
    } else if grace_days == 1 {
        "A day from now".to_owned()
    } else {
        format!("{grace_days} days from now")
    };
    Letter {
        to,
        subject: format!("{org} asks for two-step login"),
        paragraphs: vec![
            format!("Hello {name},"),
            format!(
                "{when}, {org} opens only to who has two-step login: a code from your phone, or a passkey. It takes two minutes to set up."
            ),
        ],
        action: Some(("Set it up".to_owned(), format!("{origin}/account"))),
        closing: Vec::new(),
    }
}
