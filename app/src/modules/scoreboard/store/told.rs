//! Statements for what the platform asks of a module: the sentences of the audit log, what webhooks are told, the file to take along.

use uuid::Uuid;

use super::super::ids::{EntryId, MetricId, PersonId};
use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

/// A line of the ledger, as far as a sentence tells of it, and the one that stands for it instead.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SpokenOf {
    /// Its id.
    pub id: EntryId,
    /// Of what.
    pub metric_id: MetricId,
    /// Whose.
    pub person_id: PersonId,
    /// The day on which it counts.
    pub day: String,
    /// In the metric's smallest unit.
    pub value: i64,
    /// Of what it is instead; `None`: nothing stands for it.
    pub new_metric_id: Option<MetricId>,
    /// Whose it is instead.
    pub new_person_id: Option<PersonId>,
    /// On which day instead.
    pub new_day: Option<String>,
    /// What it is instead.
    pub new_value: Option<i64>,
}

/// A line of the ledger, as addresses are told of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reported {
    /// Its id.
    pub id: EntryId,
    /// The metric's word.
    pub key: String,
    /// What the metric is called.
    pub name: String,
    /// Whose.
    pub person_id: PersonId,
    /// They want to be on no board.
    pub opted_out: bool,
    /// The day on which it counts.
    pub day: String,
    /// When it happened.
    pub happened_at: Instant,
    /// In the metric's smallest unit.
    pub value: i64,
    /// It was to wait for a manager's yes.
    pub awaits_approval: bool,
    /// What a manager said; `None`: nothing.
    pub approved: Option<bool>,
    /// When it was taken back.
    pub voided_at: Option<Instant>,
    /// It stands for one that was taken back.
    pub replaces_id: Option<EntryId>,
    /// What stands for it instead.
    pub replaced_by: Option<EntryId>,
}

/// A line of the ledger as it was entered.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Written {
    /// Its id.
    pub id: EntryId,
    /// Of what.
    pub metric_id: MetricId,
    /// Whose.
    pub person_id: PersonId,
    /// The day on which it counts.
    pub day: String,
    /// When it happened.
    pub happened_at: Instant,
    /// In the metric's smallest unit.
    pub value: i64,
    /// Sealed.
    pub note: Option<Vec<u8>>,
    /// How it came in.
    pub source: String,
    /// What it is called where it comes from.
    pub external_id: Option<String>,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Which.
    pub by_id: Option<Uuid>,
    /// When it came in.
    pub entered_at: Instant,
    /// It was to wait for a manager's yes.
    pub awaits_approval: bool,
    /// It stands for one that was taken back.
    pub replaces_id: Option<EntryId>,
}

/// That a line was taken back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Void {
    /// Which.
    pub entry_id: EntryId,
    /// Why. Sealed.
    pub reason: Vec<u8>,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Which.
    pub by_id: Option<Uuid>,
    /// When.
    pub voided_at: Instant,
}

/// What a manager said of a line that waited for it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Approval {
    /// Which.
    pub entry_id: EntryId,
    /// Yes.
    pub approved: bool,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Which.
    pub by_id: Option<Uuid>,
    /// When.
    pub decided_at: Instant,
}

/// What sentences tell of these lines, with what stands for each instead.
pub async fn entries_by_ids(tx: &mut OrgTx, ids: &[Uuid; 25]) -> Result<Vec<SpokenOf>, DbError> {
    sql!(all SpokenOf, tx,
        "SELECT e.id, e.metric_id, e.person_id, e.day, e.value, r.metric_id AS new_metric_id, r.person_id AS new_person_id, r.day AS new_day, r.value AS new_value
         FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_entries AS r ON r.org_id = e.org_id AND r.replaces_id = e.id
         WHERE e.org_id = $1 AND e.id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
        ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7], ids[8], ids[9], ids[10], ids[11], ids[12], ids[13], ids[14], ids[15], ids[16], ids[17], ids[18], ids[19], ids[20], ids[21], ids[22], ids[23], ids[24])
}

/// What addresses are told of a line.
pub async fn reported(tx: &mut OrgTx, id: EntryId) -> Result<Option<Reported>, DbError> {
    sql!(optional Reported, tx,
        "SELECT e.id, m.key, m.name, e.person_id, p.opted_out, e.day, e.happened_at, e.value, e.awaits_approval, a.approved, v.voided_at, e.replaces_id, r.id AS replaced_by
         FROM scoreboard_entries AS e
         JOIN scoreboard_metrics AS m ON m.org_id = e.org_id AND m.id = e.metric_id
         JOIN scoreboard_people AS p ON p.org_id = e.org_id AND p.id = e.person_id
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         LEFT JOIN scoreboard_entries AS r ON r.org_id = e.org_id AND r.replaces_id = e.id
         WHERE e.org_id = $1 AND e.id = $2",
        id)
}

/// The ledger as it was entered, after a line, at most `limit`.
pub async fn ledger(tx: &mut OrgTx, after: EntryId, limit: i64) -> Result<Vec<Written>, DbError> {
    sql!(all Written, tx,
        "SELECT id, metric_id, person_id, day, happened_at, value, note, source, external_id, by_kind, by_id, entered_at, awaits_approval, replaces_id
         FROM scoreboard_entries WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after, limit)
}

/// All that was taken back.
pub async fn voids(tx: &mut OrgTx) -> Result<Vec<Void>, DbError> {
    sql!(all Void, tx,
        "SELECT entry_id, reason, by_kind, by_id, voided_at FROM scoreboard_voids WHERE org_id = $1 ORDER BY entry_id")
}

/// All that managers said of what waited for it.
pub async fn approvals(tx: &mut OrgTx) -> Result<Vec<Approval>, DbError> {
    sql!(all Approval, tx,
        "SELECT entry_id, approved, by_kind, by_id, decided_at FROM scoreboard_approvals WHERE org_id = $1 ORDER BY entry_id")
}

/// What somebody's days come to: of what, the day, the value, and how many entries.
pub async fn totals_of(tx: &mut OrgTx, person: PersonId) -> Result<Vec<(MetricId, String, i64, i64)>, DbError> {
    sql!(
        all(MetricId, String, i64, i64),
        tx,
        "SELECT metric_id, day, value, entries FROM scoreboard_totals WHERE org_id = $1 AND person_id = $2 ORDER BY day, metric_id",
        person
    )
}
