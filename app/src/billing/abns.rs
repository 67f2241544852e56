//! Buyers' ABNs: what Stripe sends a business bears the ABN that stands in its details. That it is another now is written down in the
//! transaction that changes it, and Stripe is told by a job, until it holds.

use super::{payments::Trouble, sync};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    ids::OrgId,
    org::OrgTx,
    platform::Platform,
    platform_sql, sql,
};

/// Whoever tells Stripe has this long; if they die, or Stripe can't be reached, it is tried again then.
const AGAIN_SECONDS: i64 = 10 * 60;
/// What Stripe refuses is tried again a day later.
const REFUSED_SECONDS: i64 = 24 * 60 * 60;
/// Told at one look.
const AT_ONCE: i64 = 20;

/// Stripe knows the organisation only now: its ABN, if it has one, is to be told.
///
/// # Errors
/// The database is busy.
pub(crate) async fn known_first(tx: &mut OrgTx) -> Result<()> {
    let (abn,) = sql!(one(String,), &mut *tx, "SELECT abn FROM organisations WHERE id = $1")?;
    if abn.is_empty() { Ok(()) } else { changed(tx).await }
}

/// The organisation's ABN is another from now on. Where it pays nothing by card, nobody is told.
///
/// # Errors
/// The database is busy.
pub(crate) async fn changed(tx: &mut OrgTx) -> Result<()> {
    let now = tx.now();
    sql!(exec, tx, "UPDATE stripe_accounts SET abn_due_at = $2 WHERE org_id = $1", now)?;
    Ok(())
}

/// Tells Stripe what it isn't told yet. A job does it every minute; it is safe to repeat and to stop at any point.
///
/// # Errors
/// The database is busy. One that fails doesn't keep the others back.
pub async fn tell_due(platform: &Platform) -> Result<()> {
    if platform.payments().is_none() {
        return Ok(());
    }
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT org_id FROM stripe_accounts WHERE abn_due_at <= $1 ORDER BY abn_due_at LIMIT $2",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.commit().await?;
    for (org,) in due {
        if let Err(error) = tell(platform, org).await {
            tracing::error!(%error, %org, "Stripe can’t be told an ABN; it is tried again");
        }
    }
    Ok(())
}

/// Tells Stripe an organisation's ABN, if it isn't told it yet and nobody else is at it.
///
/// # Errors
/// Stripe didn't take it; the database is busy.
pub(crate) async fn tell(platform: &Platform, org: OrgId) -> Result<()> {
    let payments = sync::payments(platform)?;
    let mut tx = sync::open(platform, org).await?;
    let now = tx.now();
    let lease = now.plus_seconds(AGAIN_SECONDS);
    let mine = sql!(
        optional(String,),
        &mut tx,
        "UPDATE stripe_accounts SET abn_due_at = $2 WHERE org_id = $1 AND abn_due_at <= $3 RETURNING customer",
        lease,
        now
    )?;
    let Some((customer,)) = mine else { return tx.rollback().await };
    let (abn,) = sql!(one(String,), &mut tx, "SELECT abn FROM organisations WHERE id = $1")?;
    tx.commit().await?;
    let told = payments.set_abn(&customer, Some(abn.as_str()).filter(|abn| !abn.is_empty())).await;
    let next = match &told {
        Ok(()) => None,
        Err(Trouble { passes: true, .. }) => Some(lease),
        Err(_) => Some(now.plus_seconds(REFUSED_SECONDS)),
    };
    settle(platform, org, lease, next).await?;
    told.map_err(AppError::from)
}

/// It is told, or due again then. Where it was changed in between, that is still to be told.
async fn settle(platform: &Platform, org: OrgId, lease: Instant, next: Option<Instant>) -> Result<()> {
    let mut tx = sync::open(platform, org).await?;
    sql!(
        exec,
        &mut tx,
        "UPDATE stripe_accounts SET abn_due_at = $3 WHERE org_id = $1 AND abn_due_at = $2",
        lease,
        next
    )?;
    tx.commit().await
}
