//! Keys that requests carry so that the same one again does nothing twice: `Idempotency-Key`.

use std::fmt::Display;

use serde::Serialize;
use uuid::Uuid;

use crate::{
    db::{Access, DbError},
    error::{AppError, Result},
    org::OrgTx,
    platform::Platform,
    platform_sql, sql,
};

/// So long a request can be sent again, in seconds: 30 days, for a browser that was without network for so long.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// So many are forgotten in one transaction, which holds others up.
const AT_ONCE: i64 = 1_000;

/// What a request with this key came to, if it was made before; otherwise it is noted that it is being done, and what it comes to. `scope`: the same
/// key for another verb is another. `said`: what the request asks for.
///
/// # Errors
/// 422 for a key that is none; 409 for one that another request had.
pub async fn again(tx: &mut OrgTx, scope: &str, key: &str, said: &str, outcome: Uuid) -> Result<Option<Uuid>> {
    let key = key.trim();
    if !(8..=255).contains(&key.len()) || !key.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Err(AppError::field("Idempotency-Key", "Send a key of 8 to 255 printable characters."));
    }
    let (keys, by) = (tx.keys().await?, tx.doer());
    // Who asks is a part of it: whoever names nobody means themselves.
    let fingerprint = keys.blind_index("idempotency_keys", "fingerprint", &format!("{by:?} {said}"));
    if claim(tx, scope, key, &fingerprint, outcome).await? {
        return Ok(None);
    }
    match outcome_of(tx, scope, key).await? {
        Some((before, outcome)) if before == fingerprint => Ok(Some(outcome)),
        _ => Err(AppError::conflict("This Idempotency-Key was used for something else. Send a fresh one.")),
    }
}

/// The same of a request that may carry a key and need not: without one it is done each time.
///
/// # Errors
/// As [`again`].
pub async fn again_with(
    tx: &mut OrgTx,
    scope: &str,
    key: Option<&str>,
    said: &str,
    outcome: Uuid,
) -> Result<Option<Uuid>> {
    match key {
        Some(key) => again(tx, scope, key, said, outcome).await,
        None => Ok(None),
    }
}

/// What a request asks for, as [`again`] takes it. `of`: what it is about.
pub fn said(of: impl Display, body: &impl Serialize) -> String {
    format!("{of} {}", serde_json::to_string(body).unwrap_or_default())
}

/// Notes that a request with this key is being done. `false`: it was done before.
///
/// # Errors
/// The database is busy.
pub async fn claim(tx: &mut OrgTx, scope: &str, key: &str, fingerprint: &[u8], outcome: Uuid) -> Result<bool, DbError> {
    let now = tx.now();
    let rows = sql!(
        exec,
        tx,
        "INSERT INTO idempotency_keys (org_id, scope, key, fingerprint, outcome, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (org_id, scope, key) DO NOTHING",
        scope,
        key,
        fingerprint,
        outcome,
        now
    )?;
    Ok(rows == 1)
}

/// What a key was used for: the request's fingerprint and what came of it.
///
/// # Errors
/// The database is busy.
pub async fn outcome_of(tx: &mut OrgTx, scope: &str, key: &str) -> Result<Option<(Vec<u8>, Uuid)>, DbError> {
    sql!(
        optional(Vec<u8>, Uuid),
        tx,
        "SELECT fingerprint, outcome FROM idempotency_keys WHERE org_id = $1 AND scope = $2 AND key = $3",
        scope,
        key
    )
}

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
