//! An organisation's own account at Stripe: its clients pay there, and the money, the fees and the duty to pay back are its own. Here is
//! which it is and where it stands; what is paid is the modules'.

use super::{
    asks::Ask,
    payments::Payments,
    sync::{self, Failed, Outcome},
    till::Standing,
};
use crate::{
    audit::Detail,
    auth::standing::Elevated,
    clock::Instant,
    db::{Access, DbError},
    error::{AppError, Result},
    ids::OrgId,
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    platform_sql, sql,
};

/// An account that was disconnected is asked about for so long.
const LATELY_SECONDS: i64 = 30 * 24 * 60 * 60;

/// An account, as it stood when Stripe was last asked.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnAccount {
    /// `acct_…`
    pub account: String,
    /// Its clients can pay.
    pub charges_enabled: bool,
    /// Its owner said all that Stripe asked at first.
    pub details_submitted: bool,
    /// Its owner takes no payments for now.
    pub stopped_at: Option<Instant>,
}

impl OwnAccount {
    /// Clients can pay to it.
    pub fn is_ready(&self) -> bool {
        self.charges_enabled && self.stopped_at.is_none()
    }
}

/// The account that clients of an organisation can pay to now; `None`: there is none, or it can’t take payments.
///
/// # Errors
/// The database is busy.
pub async fn ready(tx: &mut OrgTx) -> Result<Option<String>> {
    if tx.platform().payments().is_none() {
        return Ok(None);
    }
    Ok(current(tx).await?.filter(OwnAccount::is_ready).map(|own| own.account))
}

/// The account of an organisation, wherever it stands; not one that was disconnected at Stripe.
///
/// # Errors
/// The database is busy.
pub async fn current(tx: &mut OrgTx) -> Result<Option<OwnAccount>, DbError> {
    sql!(
        optional OwnAccount,
        tx,
        "SELECT account, charges_enabled, details_submitted, stopped_at FROM stripe_own_accounts WHERE org_id = $1 AND gone_at IS NULL"
    )
}

/// The address of the page at Stripe where the owner connects an account, or goes on with what was begun. The organisation has one
/// account: asked for again, or by two at once, it is the same.
///
/// # Errors
/// 403 for who isn’t the owner; 404 where nobody takes payments; Stripe can't be reached.
pub async fn connect(platform: &Platform, by: Elevated, org: &str, page: &str) -> Result<String> {
    let payments = sync::payments(platform)?;
    let actor = Actor::User(by.person().user());
    let need = &permissions::TAKE_PAYMENTS;
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), need, Access::Read).await?;
    let id = tx.id();
    let known = current(&mut tx).await?;
    let (before,) = sql!(one(i64,), &mut tx, "SELECT count(*) FROM stripe_own_accounts WHERE org_id = $1")?;
    tx.rollback().await?;
    let account = if let Some(own) = known {
        own.account
    } else {
        // Who dies here, or is one of two, gets the same account the next time.
        let account = payments.own_account(&format!("{id} {before}")).await?;
        let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), need, Access::Write).await?;
        let now = tx.now();
        let made = sql!(
            exec,
            &mut tx,
            "INSERT INTO stripe_own_accounts (org_id, account, made_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            account.as_str(),
            now
        )?;
        if made == 1 {
            tx.audit("platform.payments_connected", id.0, &Detail::default()).await?;
            tx.emit("platform.payments_connected", id.0).await?;
        }
        tx.commit().await?;
        account
    };
    // A link is good once: whoever comes with a used one is led back to the page, and asks for another there.
    let back = format!("{}{page}?back=1", platform.origin);
    let again = format!("{}{page}?again=1", platform.origin);
    Ok(payments.onboarding(&account, &again, &back).await?)
}

/// The owner takes no payments from clients for now, or takes them again. What was paid stays paid, and can be paid back.
///
/// # Errors
/// 403 for who isn’t the owner; 409 where there is no account.
pub async fn stop(platform: &Platform, by: Elevated, org: &str, stops: bool) -> Result<()> {
    let actor = Actor::User(by.person().user());
    let need = &permissions::TAKE_PAYMENTS;
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), need, Access::Write).await?;
    let (id, now) = (tx.id(), tx.now());
    let own = current(&mut tx).await?.ok_or_else(|| AppError::conflict("No Stripe account is connected."))?;
    // The same once more is nothing new.
    if own.stopped_at.is_some() == stops {
        return tx.rollback().await;
    }
    sql!(
        exec,
        &mut tx,
        "UPDATE stripe_own_accounts SET stopped_at = $3 WHERE org_id = $1 AND account = $2",
        own.account.as_str(),
        stops.then_some(now)
    )?;
    let action = if stops { "platform.payments_stopped" } else { "platform.payments_resumed" };
    tx.audit(action, id.0, &Detail::default()).await?;
    tx.emit(action, id.0).await?;
    tx.commit().await
}

/// Somebody looks at where the account stands, just back from Stripe: what holds is asked for, as often as a page may.
///
/// # Errors
/// The database is busy. That Stripe can't be reached is no error: its events come later.
pub async fn look_again(platform: &Platform, org: OrgId, account: &str) -> Result<()> {
    let Some(payments) = platform.payments() else { return Ok(()) };
    if payments.may_ask(Ask::Standing, account, platform.clock.now())
        && let Err(error) = take_over(platform, org, account).await
    {
        tracing::warn!(?error, "where an account stands can’t be asked now");
    }
    Ok(())
}

/// The organisation whose account this is, now or before.
///
/// # Errors
/// The database is busy.
pub async fn org_of(platform: &Platform, account: &str) -> Result<Option<OrgId>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found =
        platform_sql!(optional(OrgId,), &mut tx, "SELECT org_id FROM stripe_own_accounts WHERE account = $1", account)?;
    tx.commit().await?;
    Ok(found.map(|(org,)| org))
}

/// Every account that can be asked about, with since when it is gone: those, too, that were disconnected lately, for our key may have
/// been wrong.
///
/// # Errors
/// The database is busy.
pub async fn all(platform: &Platform) -> Result<Vec<(OrgId, String, Option<Instant>)>> {
    let since = platform.clock.now().plus_seconds(-LATELY_SECONDS);
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let all = platform_sql!(
        all(OrgId, String, Option<Instant>),
        &mut tx,
        "SELECT org_id, account, gone_at FROM stripe_own_accounts WHERE gone_at IS NULL OR gone_at > $1",
        since
    )?;
    tx.commit().await?;
    Ok(all)
}

/// Whether Stripe knows none of these accounts, though several were there: then it isn’t they that are gone, but our key is another
/// platform’s.
pub async fn are_all_unknown(payments: &Payments, accounts: &[(OrgId, String, Option<Instant>)]) -> bool {
    let mut were_there = 0;
    for (_, account, gone_at) in accounts {
        if !matches!(payments.standing(account).await, Ok(Standing::Gone)) {
            return false;
        }
        were_there += u32::from(gone_at.is_none());
    }
    were_there > 1
}

/// Asks where an account stands, and takes it over. An older answer never undoes a newer one.
///
/// # Errors
/// Stripe doesn't answer; the database is busy. Nothing has changed then.
pub async fn take_over(platform: &Platform, org: OrgId, account: &str) -> Result<Outcome, Failed> {
    let payments: &Payments = sync::payments(platform)?;
    let mut tx = sync::open(platform, org).await?;
    let ticket = sql!(
        optional(i64,),
        &mut tx,
        "UPDATE stripe_own_accounts SET asked = asked + 1 WHERE org_id = $1 AND account = $2 RETURNING asked",
        account
    )
    .map_err(AppError::from)?;
    tx.commit().await?;
    let Some((ticket,)) = ticket else { return Ok(Outcome::Unknown) };
    let standing = payments.standing(account).await.map_err(Failed::Stripe)?;
    let mut tx = sync::open(platform, org).await?;
    let (id, now) = (tx.id(), tx.now());
    let newest = sql!(
        exec,
        &mut tx,
        "UPDATE stripe_own_accounts SET applied = $3, read_at = $4 WHERE org_id = $1 AND account = $2 AND applied < $3",
        account,
        ticket,
        now
    )
    .map_err(AppError::from)?;
    let changed = match standing {
        _ if newest == 0 => 0,
        Standing::There { charges_enabled, details_submitted } => {
            // It was taken to be gone, as by a wrong key.
            let is_back = sql!(
                exec,
                &mut tx,
                "UPDATE stripe_own_accounts SET gone_at = NULL WHERE org_id = $1 AND account = $2 AND gone_at IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM stripe_own_accounts AS other WHERE other.org_id = $1 AND other.gone_at IS NULL)",
                account
            )
            .map_err(AppError::from)?;
            let stands = sql!(
                exec,
                &mut tx,
                "UPDATE stripe_own_accounts SET charges_enabled = $3, details_submitted = $4
                 WHERE org_id = $1 AND account = $2 AND (charges_enabled <> $3 OR details_submitted <> $4)",
                account,
                charges_enabled,
                details_submitted
            )
            .map_err(AppError::from)?;
            is_back + stands
        }
        Standing::Gone => sql!(
            exec,
            &mut tx,
            "UPDATE stripe_own_accounts SET charges_enabled = FALSE, gone_at = $3 WHERE org_id = $1 AND account = $2 AND gone_at IS NULL",
            account,
            now
        )
        .map_err(AppError::from)?,
    };
    if changed == 0 {
        tx.commit().await?;
        return Ok(Outcome::AsKnown);
    }
    let word = match standing {
        Standing::There { charges_enabled: true, .. } => "can be paid to",
        Standing::There { .. } => "can’t be paid to",
        Standing::Gone => "disconnected",
    };
    tx.audit("platform.payments_changed", id.0, &Detail::default().with("account", word)).await?;
    tx.emit("platform.payments_changed", id.0).await?;
    tx.commit().await?;
    Ok(Outcome::TakenOver)
}
