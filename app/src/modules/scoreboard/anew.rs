//! The ledger added up anew. What each day comes to is kept by whoever writes to the ledger; whoever doubts it, after a backup was brought back
//! or a disk has failed, has it compared with the ledger here, and put right.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    people::{finish, open},
    store::anew as statements,
};
use crate::{error::Result, org::Actor, platform::Platform};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct AddedUpView {
    /// Days of somebody’s that were compared.
    pub days: i64,
    /// Of those, how many stood differently from the ledger. They are right now.
    pub differed: i64,
}

/// Compares what is kept of each day with the ledger, and puts right what differs.
///
/// # Errors
/// As [`crate::org::OrgTx::open`].
pub async fn add_up(platform: &Platform, actor: &Actor, org: &str) -> Result<AddedUpView> {
    let mut tx = open(platform, actor, org).await?;
    let outcome = statements::compare(&mut tx).await?;
    if outcome.differed == 0 {
        tx.rollback().await?;
        return Ok(outcome);
    }
    statements::forget(&mut tx).await?;
    statements::add_up(&mut tx).await?;
    tracing::warn!(org = %tx.id(), days = outcome.days, differed = outcome.differed, "totals differed from the ledger, and were made anew");
    let subject = tx.id().0;
    finish(tx, "scoreboard.added_up", subject).await?;
    Ok(outcome)
}
