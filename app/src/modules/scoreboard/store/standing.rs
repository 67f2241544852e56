//! Statements of snapshots, of closed periods, and of what was changed in them afterwards.

use uuid::Uuid;

use super::super::ids::{ClosingId, EntryId, MetricId, PersonId};
use crate::{
    clock::Instant,
    db::DbError,
    org::{Doer, OrgTx},
    sql,
};

/// Who stood where at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Snapshot {
    /// Of what.
    pub metric_id: MetricId,
    /// `people`, `teams` or `branches`.
    pub of_what: String,
    /// The period's key.
    pub period: String,
    /// At the end of which day.
    pub day: String,
    /// It was the period's last day.
    pub is_last: bool,
    /// Of whom and which place, packed.
    pub ranks: Vec<u8>,
}

/// Keeps who stood where. What is there of that day already stays.
pub async fn insert_snapshot(tx: &mut OrgTx, new: &Snapshot) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_snapshots (org_id, metric_id, of_what, period, day, is_last, ranks) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (org_id, metric_id, of_what, period, day) DO NOTHING",
        new.metric_id,
        new.of_what.as_str(),
        new.period.as_str(),
        new.day.as_str(),
        new.is_last,
        new.ranks.as_slice()
    )
}

/// Who stood where the last time before a day: that day, and the places.
pub async fn latest_snapshot(
    tx: &mut OrgTx,
    metric: MetricId,
    of_what: &str,
    period: &str,
    before: &str,
) -> Result<Option<(String, Vec<u8>)>, DbError> {
    sql!(
        optional(String, Vec<u8>),
        tx,
        "SELECT day, ranks FROM scoreboard_snapshots WHERE org_id = $1 AND metric_id = $2 AND of_what = $3 AND period = $4 AND day < $5 ORDER BY day DESC LIMIT 1",
        metric,
        of_what,
        period,
        before
    )
}

/// Forgets the snapshots of days before this one, but for those of a period's last day.
pub async fn forget_snapshots(tx: &mut OrgTx, before: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_snapshots WHERE org_id = $1 AND day < $2 AND NOT is_last", before)
}

/// All snapshots of a metric, the earliest first.
pub async fn snapshots_of(tx: &mut OrgTx, metric: MetricId) -> Result<Vec<Snapshot>, DbError> {
    sql!(all Snapshot, tx,
        "SELECT metric_id, of_what, period, day, is_last, ranks FROM scoreboard_snapshots WHERE org_id = $1 AND metric_id = $2 ORDER BY day, of_what, period",
        metric)
}

/// A period that was closed, and what became of that.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Closing {
    /// Its id.
    pub id: ClosingId,
    /// `month` and the like.
    pub kind: String,
    /// The first day.
    pub from_day: String,
    /// The day after the last.
    pub until_day: String,
    /// Sealed.
    pub note: Option<Vec<u8>>,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Which.
    pub by_id: Option<Uuid>,
    /// When.
    pub closed_at: Instant,
    /// When it was opened again; `None`: it is closed.
    pub reopened_at: Option<Instant>,
    /// Why. Sealed.
    pub reason: Option<Vec<u8>>,
    /// By a member, a token or the system.
    pub reopened_by_kind: Option<String>,
    /// Which.
    pub reopened_by_id: Option<Uuid>,
}

/// All that was closed, the latest days first.
pub async fn closings(tx: &mut OrgTx) -> Result<Vec<Closing>, DbError> {
    sql!(all Closing, tx,
        "SELECT c.id, c.kind, c.from_day, c.until_day, c.note, c.by_kind, c.by_id, c.closed_at, r.reopened_at, r.reason, r.by_kind AS reopened_by_kind, r.by_id AS reopened_by_id
         FROM scoreboard_closings AS c LEFT JOIN scoreboard_reopenings AS r ON r.org_id = c.org_id AND r.closing_id = c.id
         WHERE c.org_id = $1 ORDER BY c.until_day DESC, c.from_day DESC, c.closed_at DESC, c.id")
}

/// What was closed, by its id.
pub async fn closing(tx: &mut OrgTx, id: ClosingId) -> Result<Option<Closing>, DbError> {
    sql!(optional Closing, tx,
        "SELECT c.id, c.kind, c.from_day, c.until_day, c.note, c.by_kind, c.by_id, c.closed_at, r.reopened_at, r.reason, r.by_kind AS reopened_by_kind, r.by_id AS reopened_by_id
         FROM scoreboard_closings AS c LEFT JOIN scoreboard_reopenings AS r ON r.org_id = c.org_id AND r.closing_id = c.id
         WHERE c.org_id = $1 AND c.id = $2",
        id)
}

/// What is closed and holds all days of `[from, until)`, the shortest first.
pub async fn closed_over(tx: &mut OrgTx, from: &str, until: &str) -> Result<Vec<Closing>, DbError> {
    sql!(all Closing, tx,
        "SELECT c.id, c.kind, c.from_day, c.until_day, c.note, c.by_kind, c.by_id, c.closed_at, r.reopened_at, r.reason, r.by_kind AS reopened_by_kind, r.by_id AS reopened_by_id
         FROM scoreboard_closings AS c LEFT JOIN scoreboard_reopenings AS r ON r.org_id = c.org_id AND r.closing_id = c.id
         WHERE c.org_id = $1 AND c.from_day <= $2 AND c.until_day >= $3 AND r.closing_id IS NULL ORDER BY c.from_day DESC, c.until_day, c.id",
        from, until)
}

/// Closes a period.
pub async fn insert_closing(
    tx: &mut OrgTx,
    id: ClosingId,
    kind: &str,
    (from, until): (&str, &str),
    note: Option<&[u8]>,
    by: Doer,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_closings (org_id, id, kind, from_day, until_day, note, by_kind, by_id, closed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        kind,
        from,
        until,
        note,
        by.kind,
        by.id,
        now
    )
}

/// Opens what was closed again.
pub async fn insert_reopening(tx: &mut OrgTx, id: ClosingId, reason: &[u8], by: Doer) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_reopenings (org_id, closing_id, reason, by_kind, by_id, reopened_at) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        reason,
        by.kind,
        by.id,
        now
    )
}

/// A figure as it was when its period was closed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ClosedFigure {
    /// Of what.
    pub metric_id: MetricId,
    /// `people`, `teams`, `branches` or `all`.
    pub of_what: String,
    /// Of whom.
    pub subject_id: Uuid,
    /// In the metric's smallest unit.
    pub value: i64,
}

/// Keeps a figure as it is when its period is closed.
pub async fn insert_closed_figure(tx: &mut OrgTx, id: ClosingId, figure: &ClosedFigure) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_closed_figures (org_id, closing_id, metric_id, of_what, subject_id, value) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        figure.metric_id,
        figure.of_what.as_str(),
        figure.subject_id,
        figure.value
    )
}

/// The figures as they were when their period was closed.
pub async fn closed_figures(tx: &mut OrgTx, id: ClosingId) -> Result<Vec<ClosedFigure>, DbError> {
    sql!(all ClosedFigure, tx,
        "SELECT metric_id, of_what, subject_id, value FROM scoreboard_closed_figures WHERE org_id = $1 AND closing_id = $2 ORDER BY metric_id, of_what, subject_id",
        id)
}

/// Something that was changed in a closed period, with the line that it was done to.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LateChange {
    /// The line.
    pub entry_id: EntryId,
    /// `entered`, `voided` or `approved`.
    pub what: String,
    /// By a member, a token or the system.
    pub by_kind: String,
    /// Which.
    pub by_id: Option<Uuid>,
    /// When.
    pub made_at: Instant,
    /// Of what the line is.
    pub metric_id: MetricId,
    /// Whose it is.
    pub person_id: PersonId,
    /// The day on which it counts.
    pub day: String,
    /// In the metric's smallest unit.
    pub value: i64,
}

/// Notes that a line was changed in a closed period.
pub async fn insert_late_change(
    tx: &mut OrgTx,
    closing: ClosingId,
    (entry, day): (EntryId, &str),
    what: &str,
    by: Doer,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_late_changes (org_id, closing_id, entry_id, what, day, by_kind, by_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        closing,
        entry,
        what,
        day,
        by.kind,
        by.id,
        now
    )
}

/// What was changed in a period after it was closed, the earliest first; so much at most.
pub async fn late_changes(tx: &mut OrgTx, closing: ClosingId, limit: i64) -> Result<Vec<LateChange>, DbError> {
    sql!(all LateChange, tx,
        "SELECT l.entry_id, l.what, l.by_kind, l.by_id, l.made_at, e.metric_id, e.person_id, e.day, e.value
         FROM scoreboard_late_changes AS l JOIN scoreboard_entries AS e ON e.org_id = l.org_id AND e.id = l.entry_id
         WHERE l.org_id = $1 AND l.closing_id = $2 ORDER BY l.made_at, l.entry_id, l.what LIMIT $3",
        closing, limit)
}

/// How often something was changed in a period after it was closed, of each metric. The join is `CROSS` so that SQLite begins with what was changed,
/// and doesn't read the whole ledger to have it in order.
pub async fn late_by_metric(tx: &mut OrgTx, closing: ClosingId) -> Result<Vec<(MetricId, i64)>, DbError> {
    sql!(
        all(MetricId, i64),
        tx,
        "SELECT e.metric_id, COUNT(*) FROM scoreboard_late_changes AS l CROSS JOIN scoreboard_entries AS e
         WHERE l.org_id = $1 AND l.closing_id = $2 AND e.org_id = $1 AND e.id = l.entry_id GROUP BY e.metric_id",
        closing
    )
}

/// How often something was changed in each period after it was closed.
pub async fn late_by_closing(tx: &mut OrgTx) -> Result<Vec<(ClosingId, i64)>, DbError> {
    sql!(
        all(ClosingId, i64),
        tx,
        "SELECT closing_id, COUNT(*) FROM scoreboard_late_changes WHERE org_id = $1 GROUP BY closing_id"
    )
}

/// The lines of these days, both included, that were changed after their period was closed.
pub async fn changed_late(tx: &mut OrgTx, from: &str, last: &str) -> Result<Vec<EntryId>, DbError> {
    let found = sql!(
        all(EntryId,),
        tx,
        "SELECT DISTINCT entry_id FROM scoreboard_late_changes WHERE org_id = $1 AND day >= $2 AND day <= $3",
        from,
        last
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
