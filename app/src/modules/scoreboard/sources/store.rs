//! The statements about what comes in by itself: one function each.

use uuid::Uuid;

use super::super::ids::{CountId, DeliveryId, EntryId, MetricId, PersonId, RuleId, SourceId};
use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

/// A program elsewhere, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredSource {
    /// Its id.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// The word of a [`SignedBy`](super::signing::SignedBy).
    pub signed_by: String,
    /// Sealed.
    pub secret: Vec<u8>,
    /// Sealed: the one before.
    pub old_secret: Option<Vec<u8>>,
    /// Until when that one holds, too.
    pub old_secret_until: Option<Instant>,
    /// Of what all of it is.
    pub metric_id: Option<MetricId>,
    /// Whose all of it is.
    pub person_id: Option<PersonId>,
    /// Where in a message each part stands, as stored.
    pub mapping: String,
    /// It is listened to.
    pub active: bool,
    /// Grows with every change.
    pub version: i64,
}

/// What one told, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Which told it.
    pub source_id: SourceId,
    /// When it came.
    pub received_at: Instant,
    /// The word of an [`Outcome`](super::Outcome).
    pub outcome: String,
    /// Sealed.
    pub words: Vec<u8>,
    /// What the message is called there.
    pub message: Option<String>,
    /// Sealed, as long as it is kept.
    pub body: Option<Vec<u8>>,
    /// The line that came of it.
    pub entry_id: Option<EntryId>,
}

/// The same without its body, for lists.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Heard {
    /// Its id.
    pub id: DeliveryId,
    /// When it came.
    pub received_at: Instant,
    /// The word of an [`Outcome`](super::Outcome).
    pub outcome: String,
    /// Sealed.
    pub words: Vec<u8>,
    /// What the message is called there.
    pub message: Option<String>,
    /// The line that came of it.
    pub entry_id: Option<EntryId>,
    /// Its body is kept still.
    pub kept: bool,
}

/// What of another module is counted, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// What happens there: the name of a [`Countable`](crate::module::Countable).
    pub event: String,
    /// As what it is counted.
    pub metric_id: MetricId,
    /// `one` or `value`.
    pub counts: String,
    /// From when on.
    pub since: Instant,
    /// All that there was when it was made is known.
    pub listed: bool,
    /// Otherwise: up to this one, by when and which.
    pub listed_at: Option<Instant>,
    /// Which.
    pub listed_id: Option<Uuid>,
}

/// One that happened there.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Count {
    /// Its id.
    pub id: CountId,
    /// By which rule it is counted.
    pub rule_id: RuleId,
    /// What it is there.
    pub subject: Uuid,
    /// `waits`, `counted`, `undone`, `nobody` or `refused`.
    pub outcome: String,
    /// Sealed.
    pub words: Option<Vec<u8>>,
    /// The line that was entered for it last.
    pub entry_id: Option<EntryId>,
    /// How many there have been.
    pub times: i64,
    /// When that was noted.
    pub noted_at: Instant,
}

/// What became of one that happened there.
#[derive(Debug, Clone)]
pub struct Noted {
    /// `waits`, `counted`, `undone`, `nobody` or `refused`.
    pub outcome: &'static str,
    /// Sealed.
    pub words: Option<Vec<u8>>,
    /// The line that stands for it.
    pub entry: Option<EntryId>,
    /// How many there have been.
    pub times: i64,
    /// When it is to be asked about again.
    pub due: Option<Instant>,
}

/// All of them, in the order in which they came.
pub async fn sources(tx: &mut OrgTx) -> Result<Vec<StoredSource>, DbError> {
    sql!(all StoredSource, tx,
        "SELECT id, name, signed_by, secret, old_secret, old_secret_until, metric_id, person_id, mapping, active, version FROM scoreboard_sources WHERE org_id = $1 ORDER BY id")
}

/// Adds one.
pub async fn insert_source(tx: &mut OrgTx, new: &StoredSource) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_sources (org_id, id, name, signed_by, secret, metric_id, person_id, mapping, active, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)",
        new.id,
        new.name.as_str(),
        new.signed_by.as_str(),
        new.secret.as_slice(),
        new.metric_id,
        new.person_id,
        new.mapping.as_str(),
        new.active,
        now
    )
}

/// Changes one, but for its secret. 0: it was changed since that version.
pub async fn update_source(tx: &mut OrgTx, new: &StoredSource) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_sources SET name = $3, signed_by = $4, metric_id = $5, person_id = $6, mapping = $7, active = $8, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $9",
        new.id,
        new.name.as_str(),
        new.signed_by.as_str(),
        new.metric_id,
        new.person_id,
        new.mapping.as_str(),
        new.active,
        new.version
    )
}

/// Gives one another secret. The one before holds until then, too.
pub async fn set_secret(
    tx: &mut OrgTx,
    id: SourceId,
    secret: &[u8],
    old: &[u8],
    until: Instant,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_sources SET secret = $3, old_secret = $4, old_secret_until = $5, version = version + 1 WHERE org_id = $1 AND id = $2",
        id,
        secret,
        old,
        until
    )
}

/// Takes one away.
pub async fn delete_source(tx: &mut OrgTx, id: SourceId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_sources WHERE org_id = $1 AND id = $2", id)
}

/// Takes away what one told.
pub async fn delete_deliveries(tx: &mut OrgTx, source: SourceId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_deliveries WHERE org_id = $1 AND source_id = $2", source)
}

/// Forgets the bodies of what one told, but for its latest.
pub async fn forget_bodies(tx: &mut OrgTx, source: SourceId, keeps: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_deliveries SET body = NULL WHERE org_id = $1 AND source_id = $2 AND body IS NOT NULL AND id <=
            (SELECT d.id FROM scoreboard_deliveries AS d WHERE d.org_id = $1 AND d.source_id = $2 AND d.body IS NOT NULL
             ORDER BY d.id DESC LIMIT 1 OFFSET $3)",
        source,
        keeps
    )
}

/// Writes down what one told.
pub async fn insert_delivery(tx: &mut OrgTx, new: &Delivery) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_deliveries (org_id, id, source_id, received_at, outcome, words, message, body, entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id,
        new.source_id,
        new.received_at,
        new.outcome.as_str(),
        new.words.as_slice(),
        new.message.as_deref(),
        new.body.as_deref(),
        new.entry_id
    )
}

/// Says anew what came of something.
pub async fn update_delivery(
    tx: &mut OrgTx,
    id: DeliveryId,
    outcome: &str,
    words: &[u8],
    entry: Option<EntryId>,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_deliveries SET outcome = $3, words = $4, entry_id = $5 WHERE org_id = $1 AND id = $2",
        id,
        outcome,
        words,
        entry
    )
}

/// Something of this outcome has come from one since then.
pub async fn has_come(tx: &mut OrgTx, source: SourceId, outcome: &str, since: Instant) -> Result<bool, DbError> {
    let found = sql!(
        optional(DeliveryId,),
        tx,
        "SELECT id FROM scoreboard_deliveries WHERE org_id = $1 AND source_id = $2 AND outcome = $3 AND received_at > $4 LIMIT 1",
        source,
        outcome,
        since
    )?;
    Ok(found.is_some())
}

/// What one told, the newest first, without the bodies.
pub async fn deliveries(tx: &mut OrgTx, source: SourceId, limit: i64) -> Result<Vec<Heard>, DbError> {
    sql!(all Heard, tx,
        "SELECT id, received_at, outcome, words, message, entry_id, body IS NOT NULL AS kept FROM scoreboard_deliveries WHERE org_id = $1 AND source_id = $2 ORDER BY id DESC LIMIT $3",
        source, limit)
}

/// One of them, whole.
pub async fn delivery(tx: &mut OrgTx, id: DeliveryId) -> Result<Option<Delivery>, DbError> {
    sql!(optional Delivery, tx,
        "SELECT id, source_id, received_at, outcome, words, message, body, entry_id FROM scoreboard_deliveries WHERE org_id = $1 AND id = $2",
        id)
}

/// All that they told, in the order in which it came, after one: with the bodies that are kept still.
pub async fn all_deliveries(tx: &mut OrgTx, after: DeliveryId, limit: i64) -> Result<Vec<Delivery>, DbError> {
    sql!(all Delivery, tx,
        "SELECT id, source_id, received_at, outcome, words, message, body, entry_id FROM scoreboard_deliveries WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after, limit)
}

/// All rules, in the order in which they came.
pub async fn rules(tx: &mut OrgTx) -> Result<Vec<Rule>, DbError> {
    sql!(all Rule, tx,
        "SELECT id, event, metric_id, counts, since, listed, listed_at, listed_id FROM scoreboard_rules WHERE org_id = $1 ORDER BY id")
}

/// Adds a rule. `false`: the same is counted as that already.
pub async fn insert_rule(tx: &mut OrgTx, new: &Rule) -> Result<bool, DbError> {
    let now = tx.now();
    let rows = sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_rules (org_id, id, event, metric_id, counts, since, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (org_id, event, metric_id) DO NOTHING",
        new.id,
        new.event.as_str(),
        new.metric_id,
        new.counts.as_str(),
        new.since,
        now
    )?;
    Ok(rows == 1)
}

/// Notes up to where what there was is known.
pub async fn list_up_to(tx: &mut OrgTx, rule: RuleId, at: Instant, id: Uuid) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_rules SET listed_at = $3, listed_id = $4 WHERE org_id = $1 AND id = $2",
        rule,
        at,
        id
    )
}

/// All that there was is known.
pub async fn list_all(tx: &mut OrgTx, rule: RuleId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_rules SET listed = TRUE, listed_at = NULL, listed_id = NULL WHERE org_id = $1 AND id = $2",
        rule
    )
}

/// Takes a rule away.
pub async fn delete_rule(tx: &mut OrgTx, id: RuleId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_rules WHERE org_id = $1 AND id = $2", id)
}

/// Forgets what was counted by a rule; the lines stay.
pub async fn delete_counts(tx: &mut OrgTx, rule: RuleId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_counts WHERE org_id = $1 AND rule_id = $2", rule)
}

/// Up to where events were looked through; `None`: there is no rule.
pub async fn cursor(tx: &mut OrgTx) -> Result<Option<i64>, DbError> {
    let found = sql!(optional(i64,), tx, "SELECT sequence FROM scoreboard_cursors WHERE org_id = $1")?;
    Ok(found.map(|(sequence,)| sequence))
}

/// Events are looked through from here on, where they aren't already.
pub async fn begin_cursor(tx: &mut OrgTx, sequence: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_cursors (org_id, sequence) VALUES ($1, $2) ON CONFLICT (org_id) DO NOTHING",
        sequence
    )
}

/// Events were looked through up to here.
pub async fn move_cursor(tx: &mut OrgTx, sequence: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE scoreboard_cursors SET sequence = $2 WHERE org_id = $1", sequence)
}

/// Events are looked through no longer.
pub async fn delete_cursor(tx: &mut OrgTx) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_cursors WHERE org_id = $1")
}

/// What has happened after a place, in order.
pub async fn events_after(tx: &mut OrgTx, sequence: i64, limit: i64) -> Result<Vec<(i64, String, Uuid)>, DbError> {
    sql!(
        all(i64, String, Uuid),
        tx,
        "SELECT sequence, kind, subject FROM events WHERE org_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
        sequence,
        limit
    )
}

/// The modules that the organisation has turned on.
pub async fn modules(tx: &mut OrgTx) -> Result<Vec<(String,)>, DbError> {
    sql!(all(String,), tx, "SELECT module FROM org_modules WHERE org_id = $1")
}

/// One is to be asked about, at the latest then.
pub async fn mark(tx: &mut OrgTx, rule: RuleId, subject: Uuid, due: Instant) -> Result<u64, DbError> {
    let now = tx.now();
    let id = CountId::new(now);
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_counts (org_id, id, rule_id, subject, due_at, outcome, noted_at) VALUES ($1, $2, $3, $4, $5, 'waits', $6)
         ON CONFLICT (org_id, rule_id, subject) DO UPDATE SET due_at = CASE WHEN scoreboard_counts.due_at < excluded.due_at THEN scoreboard_counts.due_at ELSE excluded.due_at END",
        id,
        rule,
        subject,
        due,
        now
    )
}

/// The next that is to be asked about.
pub async fn first_due(tx: &mut OrgTx) -> Result<Option<Count>, DbError> {
    let now = tx.now();
    sql!(optional Count, tx,
        "SELECT id, rule_id, subject, outcome, words, entry_id, times, noted_at FROM scoreboard_counts WHERE org_id = $1 AND due_at <= $2 ORDER BY due_at LIMIT 1",
        now)
}

/// Notes what became of one.
pub async fn note_count(tx: &mut OrgTx, id: CountId, noted: &Noted) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_counts SET outcome = $3, words = $4, entry_id = $5, times = $6, due_at = $7, noted_at = $8 WHERE org_id = $1 AND id = $2",
        id,
        noted.outcome,
        noted.words.as_deref(),
        noted.entry,
        noted.times,
        noted.due,
        now
    )
}

/// One is to be asked about again then.
pub async fn put_off(tx: &mut OrgTx, id: CountId, due: Instant) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE scoreboard_counts SET due_at = $3 WHERE org_id = $1 AND id = $2", id, due)
}

/// Forgets one that is nothing to count.
pub async fn delete_count(tx: &mut OrgTx, id: CountId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_counts WHERE org_id = $1 AND id = $2", id)
}

/// Those of an outcome, the newest first.
pub async fn counts_of(tx: &mut OrgTx, outcome: &str, limit: i64) -> Result<Vec<Count>, DbError> {
    sql!(all Count, tx,
        "SELECT id, rule_id, subject, outcome, words, entry_id, times, noted_at FROM scoreboard_counts WHERE org_id = $1 AND outcome = $2 ORDER BY noted_at DESC, id DESC LIMIT $3",
        outcome, limit)
}

/// How many there are of each rule and outcome.
pub async fn tally(tx: &mut OrgTx) -> Result<Vec<(RuleId, String, i64)>, DbError> {
    sql!(
        all(RuleId, String, i64),
        tx,
        "SELECT rule_id, outcome, count(*) FROM scoreboard_counts WHERE org_id = $1 GROUP BY rule_id, outcome"
    )
}

/// All of an outcome are to be asked about again.
pub async fn mark_all(tx: &mut OrgTx, outcome: &str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx, "UPDATE scoreboard_counts SET due_at = $3 WHERE org_id = $1 AND outcome = $2", outcome, now)
}

/// All of them, after one.
pub async fn all_counts(tx: &mut OrgTx, after: CountId, limit: i64) -> Result<Vec<Count>, DbError> {
    sql!(all Count, tx,
        "SELECT id, rule_id, subject, outcome, words, entry_id, times, noted_at FROM scoreboard_counts WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after, limit)
}
