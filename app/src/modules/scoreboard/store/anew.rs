//! The statements that add the ledger up anew.

use super::super::anew::AddedUpView;
use crate::{db::DbError, org::OrgTx, sql};

/// How many days are kept, and how many of those differ from what the ledger comes to, either way.
pub async fn compare(tx: &mut OrgTx) -> Result<AddedUpView, DbError> {
    // In two parts, as elsewhere: no sum of halves is too large on the way.
    let found = sql!(
        one(i64, i64),
        tx,
        "WITH kept AS (
            SELECT metric_id, day, person_id, value, entries FROM scoreboard_totals
            WHERE org_id = $1 AND (value <> 0 OR entries <> 0)
         ), reckoned AS (
            SELECT e.metric_id, e.day, e.person_id,
                CAST(SUM(e.value / 4294967296) AS BIGINT) * 4294967296 + CAST(SUM(e.value % 4294967296) AS BIGINT) AS value,
                COUNT(*) AS entries
            FROM scoreboard_entries AS e
            LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
            LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
            WHERE e.org_id = $1 AND v.entry_id IS NULL AND (NOT e.awaits_approval OR a.approved)
            GROUP BY e.metric_id, e.day, e.person_id
         ), differing AS (
            SELECT metric_id, day, person_id FROM (
                SELECT metric_id, day, person_id, value, entries FROM kept EXCEPT SELECT metric_id, day, person_id, value, entries FROM reckoned
            ) AS wrong
            UNION
            SELECT metric_id, day, person_id FROM (
                SELECT metric_id, day, person_id, value, entries FROM reckoned EXCEPT SELECT metric_id, day, person_id, value, entries FROM kept
            ) AS missing
         )
         SELECT (SELECT COUNT(*) FROM kept), (SELECT COUNT(*) FROM differing)"
    )?;
    Ok(AddedUpView { days: found.0, differed: found.1 })
}

/// Forgets what each day comes to.
pub async fn forget(tx: &mut OrgTx) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_totals WHERE org_id = $1")
}

/// Adds the whole ledger up.
pub async fn add_up(tx: &mut OrgTx) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_totals (org_id, metric_id, day, person_id, value, entries)
         SELECT $1, e.metric_id, e.day, e.person_id,
            CAST(SUM(e.value / 4294967296) AS BIGINT) * 4294967296 + CAST(SUM(e.value % 4294967296) AS BIGINT), COUNT(*)
         FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND v.entry_id IS NULL AND (NOT e.awaits_approval OR a.approved)
         GROUP BY e.metric_id, e.day, e.person_id"
    )
}
