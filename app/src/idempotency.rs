//! Keys that requests carry so that the same one again does nothing twice: `Idempotency-Key`.

use crate::{db::Access, error::Result, platform::Platform, platform_sql};

/// So long a request can be sent again, in seconds: 30 days, for a browser that was without network for so long.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// So many are forgotten in one transaction, which holds others up.
const AT_ONCE: i64 = 1_000;

/// Forgets the keys of requests that nobody sends again.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let before = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    loop {
        let mut tx = platform.begin_across_orgs(Access::Write).await?;
        let gone = platform_sql!(
            exec,
            &mut tx,
            "DELETE FROM idempotency_keys WHERE (org_id, scope, key) IN (SELECT org_id, scope, key FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
            before,
            AT_ONCE
        )?;
        tx.commit().await?;
        if gone < AT_ONCE.unsigned_abs() {
            return Ok(());
        }
    }
}
