//! The scoreboard's statements: one function each.

pub mod anew;
pub mod badges;
pub mod contests;
pub mod dashboards;
pub mod digest;
pub mod imports;
pub mod standing;
pub mod targets;
pub mod told;

use uuid::Uuid;

use super::ids::{EntryId, MembershipId, MetricId, PersonId, TeamId};
use crate::{
    clock::Instant,
    db::DbError,
    ids::UserId,
    org::{Doer, OrgTx},
    sql,
};

/// How the organisation counts, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Settings {
    /// 1 is Monday.
    pub week_starts: i64,
    /// A day in a fortnight: `2026-01-05`.
    pub fortnight_from: String,
    /// How many days ahead something may be dated.
    pub future_days: i64,
    /// Grows with every change.
    pub version: i64,
}

/// Somebody whose results are counted, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredPerson {
    /// Their id.
    pub id: PersonId,
    /// Sealed.
    pub name: Vec<u8>,
    /// Sealed: one a line.
    pub aliases: Vec<u8>,
    /// The member who they are.
    pub user_id: Option<UserId>,
    /// The first day that is theirs.
    pub joined_on: Option<String>,
    /// The last.
    pub left_on: Option<String>,
    /// Wants to be on no board.
    pub opted_out: bool,
    /// On which days of the week they work, Monday first: `1111100`.
    pub works: String,
    /// Grows with every change.
    pub version: i64,
}

/// A team or a branch, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// `team` or `branch`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// On boards.
    pub active: bool,
    /// Grows with every change.
    pub version: i64,
}

/// Somebody's time in a team.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Membership {
    /// Its id.
    pub id: MembershipId,
    /// Who.
    pub person_id: PersonId,
    /// Where.
    pub team_id: TeamId,
    /// The first day.
    pub since: String,
    /// The last; `None`: they are there still.
    pub until: Option<String>,
}

/// What is counted, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Metric {
    /// Its id.
    pub id: MetricId,
    /// Its word in formulas, files and the API.
    pub key: String,
    /// Its name.
    pub name: String,
    /// `sum`, `ratio` or `formula`.
    pub kind: String,
    /// `money` or `number`.
    pub unit: String,
    /// After a number: "calls".
    pub suffix: String,
    /// So many are kept.
    pub decimals: i64,
    /// `none`, `including` or `excluding`.
    pub gst: String,
    /// Less is better.
    pub lower_is_better: bool,
    /// Of a ratio.
    pub numerator_id: Option<MetricId>,
    /// Of a ratio.
    pub denominator_id: Option<MetricId>,
    /// Of a formula.
    pub formula: String,
    /// `everyone`, `managers` or `programs`.
    pub entered_by: String,
    /// What a member enters waits for a manager's yes.
    pub approval: bool,
    /// `everyone`, `own` or `managers`.
    pub shown_to: String,
    /// Its place in lists.
    pub position: i64,
    /// In use.
    pub active: bool,
    /// Grows with every change.
    pub version: i64,
}

/// A line of the ledger, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
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
    /// What a manager said; `None`: nothing.
    pub approved: Option<bool>,
    /// When it was taken back.
    pub voided_at: Option<Instant>,
    /// Why. Sealed.
    pub reason: Option<Vec<u8>>,
    /// By a member, a token or the system.
    pub voided_by_kind: Option<String>,
    /// Which.
    pub voided_by_id: Option<Uuid>,
    /// What stands for it instead.
    pub replaced_by: Option<EntryId>,
}

/// A new line of the ledger.
#[derive(Debug, Clone)]
pub struct NewEntry<'e> {
    /// Its id.
    pub id: EntryId,
    /// Of what.
    pub metric: MetricId,
    /// Whose.
    pub person: PersonId,
    /// The day on which it counts.
    pub day: String,
    /// When it happened.
    pub happened_at: Instant,
    /// In the metric's smallest unit.
    pub value: i64,
    /// Sealed.
    pub note: Option<Vec<u8>>,
    /// How it came in.
    pub source: &'static str,
    /// What it is called where it comes from.
    pub external_id: Option<&'e str>,
    /// Who entered it.
    pub by: Doer,
    /// When it comes in.
    pub entered_at: Instant,
    /// It counts once a manager says yes.
    pub awaits_approval: bool,
    /// It stands for one that is taken back.
    pub replaces: Option<EntryId>,
}

/// What somebody, or a team, comes to: in two parts, so that no sum is too large for the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Sum {
    /// Of whom.
    pub id: Uuid,
    /// Whole multiples of 2^32.
    pub high: i64,
    /// The rest.
    pub low: i64,
    /// How many entries.
    pub entries: i64,
}

impl Sum {
    /// In the metric's smallest unit.
    pub fn value(self) -> i128 {
        i128::from(self.high) * (1_i128 << 32) + i128::from(self.low)
    }
}

/// How the organisation counts; `None`: as everybody does.
pub async fn settings(tx: &mut OrgTx) -> Result<Option<Settings>, DbError> {
    sql!(optional Settings, tx, "SELECT week_starts, fortnight_from, future_days, version FROM scoreboard_settings WHERE org_id = $1")
}

/// Says it for the first time. `false`: somebody else did meanwhile.
pub async fn insert_settings(tx: &mut OrgTx, new: &Settings) -> Result<bool, DbError> {
    let rows = sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_settings (org_id, week_starts, fortnight_from, future_days, version) VALUES ($1, $2, $3, $4, 1) ON CONFLICT (org_id) DO NOTHING",
        new.week_starts,
        new.fortnight_from.as_str(),
        new.future_days
    )?;
    Ok(rows == 1)
}

/// Says it anew. 0: it was changed since that version.
pub async fn update_settings(tx: &mut OrgTx, new: &Settings) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_settings SET week_starts = $2, fortnight_from = $3, future_days = $4, version = version + 1 WHERE org_id = $1 AND version = $5",
        new.week_starts,
        new.fortnight_from.as_str(),
        new.future_days,
        new.version
    )
}

/// Everybody, in the order in which they came.
pub async fn people(tx: &mut OrgTx) -> Result<Vec<StoredPerson>, DbError> {
    sql!(all StoredPerson, tx,
        "SELECT id, name, aliases, user_id, joined_on, left_on, opted_out, works, version FROM scoreboard_people WHERE org_id = $1 ORDER BY id")
}

/// Adds somebody.
pub async fn insert_person(tx: &mut OrgTx, new: &StoredPerson) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_people (org_id, id, name, aliases, user_id, joined_on, left_on, opted_out, works, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)",
        new.id,
        new.name.as_slice(),
        new.aliases.as_slice(),
        new.user_id,
        new.joined_on.as_deref(),
        new.left_on.as_deref(),
        new.opted_out,
        new.works.as_str(),
        now
    )
}

/// Changes somebody. 0: they were changed since that version.
pub async fn update_person(tx: &mut OrgTx, new: &StoredPerson) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_people SET name = $3, aliases = $4, user_id = $5, joined_on = $6, left_on = $7, opted_out = $8, works = $9, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $10",
        new.id,
        new.name.as_slice(),
        new.aliases.as_slice(),
        new.user_id,
        new.joined_on.as_deref(),
        new.left_on.as_deref(),
        new.opted_out,
        new.works.as_str(),
        new.version
    )
}

/// Every team and branch, in the order in which they came.
pub async fn teams(tx: &mut OrgTx) -> Result<Vec<Team>, DbError> {
    sql!(all Team, tx, "SELECT id, kind, name, active, version FROM scoreboard_teams WHERE org_id = $1 ORDER BY id")
}

/// Adds a team or a branch.
pub async fn insert_team(tx: &mut OrgTx, new: &Team) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_teams (org_id, id, kind, name, active, version, created_at) VALUES ($1, $2, $3, $4, $5, 1, $6)",
        new.id,
        new.kind.as_str(),
        new.name.as_str(),
        new.active,
        now
    )
}

/// Changes a team or a branch. 0: it was changed since that version.
pub async fn update_team(tx: &mut OrgTx, new: &Team) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_teams SET kind = $3, name = $4, active = $5, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $6",
        new.id,
        new.kind.as_str(),
        new.name.as_str(),
        new.active,
        new.version
    )
}

/// Who was where and when, all of it.
pub async fn memberships(tx: &mut OrgTx) -> Result<Vec<Membership>, DbError> {
    sql!(all Membership, tx,
        "SELECT id, person_id, team_id, since, until FROM scoreboard_memberships WHERE org_id = $1 ORDER BY since, id")
}

/// Somebody is in a team from a day on. The rule `membership_overlap` refuses what would count twice.
pub async fn insert_membership(tx: &mut OrgTx, new: &Membership) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_memberships (org_id, id, person_id, team_id, since, until) VALUES ($1, $2, $3, $4, $5, $6)",
        new.id,
        new.person_id,
        new.team_id,
        new.since.as_str(),
        new.until.as_deref()
    )
}

/// Somebody was in a team from when until when.
pub async fn update_membership(tx: &mut OrgTx, new: &Membership) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_memberships SET since = $3, until = $4 WHERE org_id = $1 AND id = $2",
        new.id,
        new.since.as_str(),
        new.until.as_deref()
    )
}

/// Somebody never was in a team after all.
pub async fn delete_membership(tx: &mut OrgTx, id: MembershipId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_memberships WHERE org_id = $1 AND id = $2", id)
}

/// What is counted, in the organisation's order.
pub async fn metrics(tx: &mut OrgTx) -> Result<Vec<Metric>, DbError> {
    sql!(all Metric, tx,
        "SELECT id, key, name, kind, unit, suffix, decimals, gst, lower_is_better, numerator_id, denominator_id, formula, entered_by, approval, shown_to, position, active, version
         FROM scoreboard_metrics WHERE org_id = $1 ORDER BY position, id")
}

/// Adds something that is counted.
pub async fn insert_metric(tx: &mut OrgTx, new: &Metric) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_metrics (org_id, id, key, name, kind, unit, suffix, decimals, gst, lower_is_better, numerator_id, denominator_id, formula, entered_by, approval, shown_to, position, active, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $19)",
        new.id,
        new.key.as_str(),
        new.name.as_str(),
        new.kind.as_str(),
        new.unit.as_str(),
        new.suffix.as_str(),
        new.decimals,
        new.gst.as_str(),
        new.lower_is_better,
        new.numerator_id,
        new.denominator_id,
        new.formula.as_str(),
        new.entered_by.as_str(),
        new.approval,
        new.shown_to.as_str(),
        new.position,
        new.active,
        now
    )
}

/// Changes something that is counted, but for what its entries were entered as: kind, unit and decimals stay. 0: it was changed since that
/// version.
pub async fn update_metric(tx: &mut OrgTx, new: &Metric) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_metrics SET key = $3, name = $4, suffix = $5, gst = $6, lower_is_better = $7, numerator_id = $8, denominator_id = $9, formula = $10, entered_by = $11, approval = $12, shown_to = $13, position = $14, active = $15, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $16",
        new.id,
        new.key.as_str(),
        new.name.as_str(),
        new.suffix.as_str(),
        new.gst.as_str(),
        new.lower_is_better,
        new.numerator_id,
        new.denominator_id,
        new.formula.as_str(),
        new.entered_by.as_str(),
        new.approval,
        new.shown_to.as_str(),
        new.position,
        new.active,
        new.version
    )
}

/// Gives something that is counted its place in lists: whoever has its form open isn't told that it changed.
pub async fn place_metric(tx: &mut OrgTx, id: MetricId, position: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE scoreboard_metrics SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// Writes a line into the ledger. `false`: one of this metric is there that is called the same where it comes from.
pub async fn insert_entry(tx: &mut OrgTx, new: &NewEntry<'_>) -> Result<bool, DbError> {
    let rows = sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_entries (org_id, id, metric_id, person_id, day, happened_at, value, note, source, external_id, by_kind, by_id, entered_at, awaits_approval, replaces_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (org_id, metric_id, external_id) WHERE external_id IS NOT NULL DO NOTHING",
        new.id,
        new.metric,
        new.person,
        new.day.as_str(),
        new.happened_at,
        new.value,
        new.note.as_deref(),
        new.source,
        new.external_id,
        new.by.kind,
        new.by.id,
        new.entered_at,
        new.awaits_approval,
        new.replaces
    )?;
    Ok(rows == 1)
}

/// Takes a line back. 0: it was taken back before.
pub async fn insert_void(tx: &mut OrgTx, entry: EntryId, reason: &[u8], by: Doer) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_voids (org_id, entry_id, reason, by_kind, by_id, voided_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (org_id, entry_id) DO NOTHING",
        entry,
        reason,
        by.kind,
        by.id,
        now
    )
}

/// Notes what a manager said of a line that waited for it. 0: somebody said it before.
pub async fn insert_approval(tx: &mut OrgTx, entry: EntryId, approved: bool, by: Doer) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_approvals (org_id, entry_id, approved, by_kind, by_id, decided_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (org_id, entry_id) DO NOTHING",
        entry,
        approved,
        by.kind,
        by.id,
        now
    )
}

/// Adds to what a day comes to (takes from it, where these are negative). The rule `scoreboard_total_limit` refuses what nobody could count.
pub async fn add_to_total(
    tx: &mut OrgTx,
    metric: MetricId,
    person: PersonId,
    day: &str,
    value: i64,
    entries: i64,
) -> Result<(), DbError> {
    // In two: what is inserted is held to the rules before anybody sees that the row is there.
    let rows = sql!(
        exec,
        tx,
        "UPDATE scoreboard_totals SET value = value + $5, entries = entries + $6 WHERE org_id = $1 AND metric_id = $2 AND day = $3 AND person_id = $4",
        metric,
        day,
        person,
        value,
        entries
    )?;
    if rows == 0 {
        sql!(
            exec,
            tx,
            "INSERT INTO scoreboard_totals (org_id, metric_id, day, person_id, value, entries) VALUES ($1, $2, $3, $4, $5, $6)",
            metric,
            day,
            person,
            value,
            entries
        )?;
    }
    Ok(())
}

/// What looks at results of a metric as they come in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Watched {
    /// The first day of the targets that can still be reached; `None`: there are none.
    pub targets_from: Option<String>,
    /// It has badges.
    pub badges: bool,
    /// It has races that are neither signed off nor cancelled.
    pub races: bool,
    /// Its results are celebrated from an amount on.
    pub celebrated: bool,
}

/// What looks at results of a metric, in one statement: where nothing does, an entry takes no other.
pub async fn watched(tx: &mut OrgTx, metric: MetricId, today: &str) -> Result<Watched, DbError> {
    sql!(one Watched, tx,
        "SELECT (SELECT MIN(t.first_day) FROM scoreboard_targets AS t WHERE t.org_id = $1 AND t.metric_id = $2 AND t.last_day >= $3) AS targets_from,
            EXISTS (SELECT 1 FROM scoreboard_badges AS b WHERE b.org_id = $1 AND b.metric_id = $2) AS badges,
            EXISTS (SELECT 1 FROM scoreboard_contests AS c WHERE c.org_id = $1 AND c.metric_id = $2 AND c.kind = 'race' AND c.signed_at IS NULL AND c.cancelled_at IS NULL) AS races,
            EXISTS (SELECT 1 FROM scoreboard_celebrated_metrics AS m WHERE m.org_id = $1 AND m.metric_id = $2) AS celebrated",
        metric, today)
}

/// A line of the ledger.
pub async fn entry(tx: &mut OrgTx, id: EntryId) -> Result<Option<Entry>, DbError> {
    sql!(optional Entry, tx,
        "SELECT e.id, e.metric_id, e.person_id, e.day, e.happened_at, e.value, e.note, e.source, e.external_id, e.by_kind, e.by_id, e.entered_at, e.awaits_approval, e.replaces_id,
            a.approved, v.voided_at, v.reason, v.by_kind AS voided_by_kind, v.by_id AS voided_by_id, r.id AS replaced_by
         FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         LEFT JOIN scoreboard_entries AS r ON r.org_id = e.org_id AND r.replaces_id = e.id
         WHERE e.org_id = $1 AND e.id = $2",
        id)
}

/// The line of a metric that is called so where it comes from.
pub async fn entry_called(tx: &mut OrgTx, metric: MetricId, external_id: &str) -> Result<Option<EntryId>, DbError> {
    let found = sql!(
        optional(EntryId,),
        tx,
        "SELECT id FROM scoreboard_entries WHERE org_id = $1 AND metric_id = $2 AND external_id = $3",
        metric,
        external_id
    )?;
    Ok(found.map(|(id,)| id))
}

/// Lines of the ledger, the newest day first: of a metric and of somebody, where they are given; with days in `[from, until)`; after a place.
pub async fn entries(
    tx: &mut OrgTx,
    (metric, person): (Option<MetricId>, Option<PersonId>),
    (from, until): (&str, &str),
    after: Option<(&str, EntryId)>,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let (after_day, after_id) = after.unzip();
    sql!(all Entry, tx,
        "SELECT e.id, e.metric_id, e.person_id, e.day, e.happened_at, e.value, e.note, e.source, e.external_id, e.by_kind, e.by_id, e.entered_at, e.awaits_approval, e.replaces_id,
            a.approved, v.voided_at, v.reason, v.by_kind AS voided_by_kind, v.by_id AS voided_by_id, r.id AS replaced_by
         FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         LEFT JOIN scoreboard_entries AS r ON r.org_id = e.org_id AND r.replaces_id = e.id
         WHERE e.org_id = $1 AND e.day >= $4 AND e.day < $5
           AND (CAST($2 AS UUID) IS NULL OR e.metric_id = $2) AND (CAST($3 AS UUID) IS NULL OR e.person_id = $3)
           AND (CAST($6 AS TEXT) IS NULL OR e.day < $6 OR e.day = $6 AND e.id < $7)
         ORDER BY e.day DESC, e.id DESC LIMIT $8",
        metric, person, from, until, after_day, after_id, limit)
}

/// The same of one metric, which has few of an organisation's lines: they are found by it.
pub async fn entries_of(
    tx: &mut OrgTx,
    metric: MetricId,
    person: Option<PersonId>,
    (from, until): (&str, &str),
    after: Option<(&str, EntryId)>,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let (after_day, after_id) = after.unzip();
    sql!(all Entry, tx,
        "SELECT e.id, e.metric_id, e.person_id, e.day, e.happened_at, e.value, e.note, e.source, e.external_id, e.by_kind, e.by_id, e.entered_at, e.awaits_approval, e.replaces_id,
            a.approved, v.voided_at, v.reason, v.by_kind AS voided_by_kind, v.by_id AS voided_by_id, r.id AS replaced_by
         FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         LEFT JOIN scoreboard_entries AS r ON r.org_id = e.org_id AND r.replaces_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2 AND e.day >= $4 AND e.day < $5
           AND (CAST($3 AS UUID) IS NULL OR e.person_id = $3)
           AND (CAST($6 AS TEXT) IS NULL OR e.day < $6 OR e.day = $6 AND e.id < $7)
         ORDER BY e.day DESC, e.id DESC LIMIT $8",
        metric, person, from, until, after_day, after_id, limit)
}

/// Lines that wait for a manager's yes, the oldest first.
pub async fn waiting(tx: &mut OrgTx, limit: i64) -> Result<Vec<Entry>, DbError> {
    sql!(all Entry, tx,
        "SELECT e.id, e.metric_id, e.person_id, e.day, e.happened_at, e.value, e.note, e.source, e.external_id, e.by_kind, e.by_id, e.entered_at, e.awaits_approval, e.replaces_id,
            a.approved, v.voided_at, v.reason, v.by_kind AS voided_by_kind, v.by_id AS voided_by_id, r.id AS replaced_by
         FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         LEFT JOIN scoreboard_entries AS r ON r.org_id = e.org_id AND r.replaces_id = e.id
         WHERE e.org_id = $1 AND e.awaits_approval AND a.entry_id IS NULL AND v.entry_id IS NULL
         ORDER BY e.id LIMIT $2",
        limit)
}

/// A line that counts.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Counted {
    /// Whose.
    pub person_id: PersonId,
    /// The day on which it counts.
    pub day: String,
    /// When it happened.
    pub happened_at: Instant,
    /// In the metric's smallest unit.
    pub value: i64,
}

/// What counts of a metric in `[from, until)`, line by line, so many at most.
pub async fn counted(
    tx: &mut OrgTx,
    metric: MetricId,
    from: &str,
    until: &str,
    limit: i64,
) -> Result<Vec<Counted>, DbError> {
    sql!(all Counted, tx,
        "SELECT e.person_id, e.day, e.happened_at, e.value FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2 AND e.day >= $3 AND e.day < $4
           AND v.entry_id IS NULL AND (NOT e.awaits_approval OR a.approved)
         ORDER BY e.happened_at, e.id LIMIT $5",
        metric, from, until, limit)
}

/// What each person's days in `[from, until)` come to.
pub async fn sums_by_person(tx: &mut OrgTx, metric: MetricId, from: &str, until: &str) -> Result<Vec<Sum>, DbError> {
    sql!(all Sum, tx,
        "SELECT person_id AS id, CAST(SUM(value / 4294967296) AS BIGINT) AS high, CAST(SUM(value % 4294967296) AS BIGINT) AS low, CAST(SUM(entries) AS BIGINT) AS entries
         FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND day >= $3 AND day < $4 GROUP BY person_id",
        metric, from, until)
}

/// The same of the days on which each was in a team. The join is `CROSS` so that SQLite begins with the team, and doesn't read everybody's days of
/// everything to have them in order.
pub async fn sums_by_person_in(
    tx: &mut OrgTx,
    metric: MetricId,
    team: TeamId,
    from: &str,
    until: &str,
) -> Result<Vec<Sum>, DbError> {
    sql!(all Sum, tx,
        "SELECT t.person_id AS id, CAST(SUM(t.value / 4294967296) AS BIGINT) AS high, CAST(SUM(t.value % 4294967296) AS BIGINT) AS low, CAST(SUM(t.entries) AS BIGINT) AS entries
         FROM scoreboard_memberships AS m CROSS JOIN scoreboard_totals AS t
         WHERE m.org_id = $1 AND m.team_id = $3 AND t.org_id = $1 AND t.metric_id = $2 AND t.person_id = m.person_id AND t.day >= $4 AND t.day < $5
           AND m.since <= t.day AND (m.until IS NULL OR m.until >= t.day) GROUP BY t.person_id",
        metric, team, from, until)
}

/// What each team's days come to: of everybody, the days on which they were in it.
pub async fn sums_by_team(tx: &mut OrgTx, metric: MetricId, from: &str, until: &str) -> Result<Vec<Sum>, DbError> {
    sql!(all Sum, tx,
        "SELECT m.team_id AS id, CAST(SUM(t.value / 4294967296) AS BIGINT) AS high, CAST(SUM(t.value % 4294967296) AS BIGINT) AS low, CAST(SUM(t.entries) AS BIGINT) AS entries
         FROM scoreboard_totals AS t
         JOIN scoreboard_memberships AS m ON m.org_id = t.org_id AND m.person_id = t.person_id AND m.since <= t.day AND (m.until IS NULL OR m.until >= t.day)
         WHERE t.org_id = $1 AND t.metric_id = $2 AND t.day >= $3 AND t.day < $4 GROUP BY m.team_id",
        metric, from, until)
}
