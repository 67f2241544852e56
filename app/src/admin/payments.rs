//! What Stripe told us, and how it compares: for the operator.

use super::operator::{Acting, Operator};
use crate::{
    audit::{self, Detail},
    billing::events,
    clock::Instant,
    db::Access,
    error::Result,
    platform::Platform,
    platform_sql,
};

/// So many are shown.
const SHOWN: i64 = 100;

/// An event, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Told {
    /// `evt_…`
    pub id: String,
    /// `invoice.paid`
    pub kind: String,
    /// When it came.
    pub received_at: Instant,
    /// It is to be taken over then.
    pub due_at: Option<Instant>,
    /// How often that was tried.
    pub attempts: i64,
    /// It was taken over then.
    pub done_at: Option<Instant>,
    /// What came of it.
    pub outcome: Option<String>,
    /// Why it wasn't taken over.
    pub last_error: Option<String>,
}

/// A comparison of everything with Stripe.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Compared {
    /// When.
    pub at: Instant,
    /// How many customers.
    pub checked: i64,
    /// How many weren't as Stripe says, and are now.
    pub mended: i64,
    /// How many couldn't be compared.
    pub failed: i64,
}

/// The events, the newest first; those alone that weren't taken over, where that is asked for.
///
/// # Errors
/// The database is busy.
pub async fn told(platform: &Platform, _by: Operator, stuck: bool) -> Result<Vec<Told>> {
    let mut tx = platform.begin(Access::Read).await?;
    let told = platform_sql!(
        all Told,
        &mut tx,
        "SELECT id, kind, received_at, due_at, attempts, done_at, outcome, last_error FROM stripe_events
         WHERE NOT $1 OR done_at IS NULL ORDER BY received_at DESC, id LIMIT $2",
        stuck,
        SHOWN
    )?;
    tx.commit().await?;
    Ok(told)
}

/// How many events were given up.
///
/// # Errors
/// The database is busy.
pub async fn stuck(platform: &Platform, _by: Operator) -> Result<i64> {
    let mut tx = platform.begin(Access::Read).await?;
    let (count,) = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT COUNT(*) FROM stripe_events WHERE done_at IS NULL AND due_at IS NULL"
    )?;
    tx.commit().await?;
    Ok(count)
}

/// The last comparisons with Stripe, the newest first.
///
/// # Errors
/// The database is busy.
pub async fn compared(platform: &Platform, _by: Operator) -> Result<Vec<Compared>> {
    let mut tx = platform.begin(Access::Read).await?;
    let all = platform_sql!(
        all Compared,
        &mut tx,
        "SELECT at, checked, mended, failed FROM stripe_reconciliations ORDER BY at DESC LIMIT 7"
    )?;
    tx.commit().await?;
    Ok(all)
}

/// Has an event taken over again.
///
/// # Errors
/// 409 for one that is of no matter.
pub async fn again(platform: &Platform, by: Acting, id: &str) -> Result<()> {
    events::again(platform, id).await?;
    note(platform, by, "admin.event_again", &Detail::default().with("event", id)).await
}

/// Compares everything with Stripe now.
///
/// # Errors
/// The database is busy.
pub async fn compare(platform: &Platform, by: Acting) -> Result<()> {
    events::reconcile(platform).await?;
    note(platform, by, "admin.payments_compared", &Detail::default()).await
}

async fn note(platform: &Platform, by: Acting, action: &'static str, detail: &Detail) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    audit::log(platform, &mut tx, Some(by.operator().user()), action, None, detail).await?;
    Ok(tx.commit().await?)
}
