//! Statements for what repeats, checklists, what waits for what, fields of lists, and the views that days are seen in: one function each.

use uuid::Uuid;

use super::{
    ids::{CheckId, FieldId, ListId, SeriesId, TaskId},
    store::{CheckRow, TaskRow},
};
use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

/// A task that repeats, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SeriesRow {
    /// Its id.
    pub id: SeriesId,
    /// `schedule` or `after_completion`.
    pub mode: String,
    /// RFC 5545.
    pub rule: String,
    /// `2026-11-27`
    pub first_day: String,
    /// What was missed is made as well.
    pub catch_up: bool,
    /// How many there were.
    pub made: i64,
    /// Sealed JSON.
    pub pattern: Vec<u8>,
    /// It is over.
    pub stopped: bool,
    /// Grows with every change.
    pub version: i64,
}

/// A task of a series, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OccurrenceRow {
    /// The task.
    pub task_id: TaskId,
    /// Its series.
    pub series_id: SeriesId,
    /// Its day there: `2026-11-27`.
    pub day: String,
    /// The one that it follows.
    pub predecessor_id: Option<TaskId>,
}

/// A field of a list's own, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FieldRow {
    /// Its id.
    pub id: FieldId,
    /// Of which list.
    pub list_id: ListId,
    /// Its name.
    pub name: String,
    /// `text`, `number`, `money`, `date`, `choice` or `person`.
    pub kind: String,
    /// JSON.
    pub choices: String,
    /// Shown on cards.
    pub on_cards: bool,
    /// Not asked for any more.
    pub archived: bool,
    /// Its place.
    pub position: String,
    /// Grows with every change.
    pub version: i64,
}

/// What a task has in a field, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ValueRow {
    /// Its id.
    pub id: Uuid,
    /// The task.
    pub task_id: TaskId,
    /// The field.
    pub field_id: FieldId,
    /// Sealed JSON.
    pub value: Vec<u8>,
}

/// What a task has in a field that cards show, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CardValueRow {
    /// Its id.
    pub id: Uuid,
    /// The task.
    pub task_id: TaskId,
    /// The field's name.
    pub name: String,
    /// The field's kind.
    pub kind: String,
    /// The field's choices: JSON.
    pub choices: String,
    /// Sealed JSON.
    pub value: Vec<u8>,
}

/// Says that something of a task has changed that isn't in its own row, and gives its version with that.
pub async fn raise(tx: &mut OrgTx, id: TaskId, touched: i64) -> Result<i64, DbError> {
    let (version,) = sql!(
        one(i64,),
        tx,
        "UPDATE tasks_tasks SET touched = $3, version = version + 1 WHERE org_id = $1 AND id = $2 RETURNING version",
        id,
        touched
    )?;
    Ok(version)
}

/// Says to those who follow that what waits for a task may wait no longer, or again.
pub async fn touch_waiting(tx: &mut OrgTx, task: TaskId, touched: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_tasks SET touched = $3 WHERE org_id = $1 AND id IN (SELECT l.blocked_id FROM tasks_links AS l WHERE l.org_id = $1 AND l.blocker_id = $2)",
        task,
        touched
    )
}

/// A series.
pub async fn series(tx: &mut OrgTx, id: SeriesId) -> Result<Option<SeriesRow>, DbError> {
    sql!(
        optional SeriesRow,
        tx,
        "SELECT id, mode, rule, first_day, catch_up, made, pattern, stopped, version FROM tasks_series WHERE org_id = $1 AND id = $2",
        id
    )
}

/// All series.
pub async fn every_series(tx: &mut OrgTx) -> Result<Vec<SeriesRow>, DbError> {
    sql!(
        all SeriesRow,
        tx,
        "SELECT id, mode, rule, first_day, catch_up, made, pattern, stopped, version FROM tasks_series WHERE org_id = $1 ORDER BY id"
    )
}

/// Begins a series.
pub async fn insert_series(tx: &mut OrgTx, new: &SeriesRow) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_series (org_id, id, mode, rule, first_day, catch_up, made, pattern, stopped, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.mode.as_str(),
        new.rule.as_str(),
        new.first_day.as_str(),
        new.catch_up,
        new.made,
        new.pattern.as_slice(),
        new.stopped,
        now
    )
}

/// Writes a series as it is to be. 0: it was changed since its version.
pub async fn update_series(tx: &mut OrgTx, new: &SeriesRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_series SET mode = $3, rule = $4, first_day = $5, catch_up = $6, made = $7, pattern = $8, stopped = $9, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $10",
        new.id,
        new.mode.as_str(),
        new.rule.as_str(),
        new.first_day.as_str(),
        new.catch_up,
        new.made,
        new.pattern.as_slice(),
        new.stopped,
        new.version
    )
}

/// The days on which a series makes none.
pub async fn skips(tx: &mut OrgTx, series: SeriesId) -> Result<Vec<String>, DbError> {
    let rows = sql!(
        all(String,),
        tx,
        "SELECT day FROM tasks_series_skips WHERE org_id = $1 AND series_id = $2 ORDER BY day",
        series
    )?;
    Ok(rows.into_iter().map(|(day,)| day).collect())
}

/// The days that all series leave out.
pub async fn every_skip(tx: &mut OrgTx) -> Result<Vec<(SeriesId, String)>, DbError> {
    sql!(
        all(SeriesId, String),
        tx,
        "SELECT series_id, day FROM tasks_series_skips WHERE org_id = $1 ORDER BY series_id, day"
    )
}

/// Leaves a day out.
pub async fn insert_skip(tx: &mut OrgTx, series: SeriesId, day: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_series_skips (org_id, series_id, day) VALUES ($1, $2, $3) ON CONFLICT (org_id, series_id, day) DO NOTHING",
        series,
        day
    )
}

/// Leaves a day out no longer.
pub async fn delete_skip(tx: &mut OrgTx, series: SeriesId, day: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_series_skips WHERE org_id = $1 AND series_id = $2 AND day = $3", series, day)
}

/// Leaves no day out any more.
pub async fn delete_skips(tx: &mut OrgTx, series: SeriesId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_series_skips WHERE org_id = $1 AND series_id = $2", series)
}

/// Which series a task is of, and its day there.
pub async fn occurrence(tx: &mut OrgTx, task: TaskId) -> Result<Option<OccurrenceRow>, DbError> {
    sql!(
        optional OccurrenceRow,
        tx,
        "SELECT task_id, series_id, day, predecessor_id FROM tasks_occurrences WHERE org_id = $1 AND task_id = $2",
        task
    )
}

/// All tasks of series.
pub async fn every_occurrence(tx: &mut OrgTx) -> Result<Vec<OccurrenceRow>, DbError> {
    sql!(
        all OccurrenceRow,
        tx,
        "SELECT task_id, series_id, day, predecessor_id FROM tasks_occurrences WHERE org_id = $1 ORDER BY series_id, day, task_id"
    )
}

/// The task that follows this one.
pub async fn successor(tx: &mut OrgTx, task: TaskId) -> Result<Option<OccurrenceRow>, DbError> {
    sql!(
        optional OccurrenceRow,
        tx,
        "SELECT task_id, series_id, day, predecessor_id FROM tasks_occurrences WHERE org_id = $1 AND predecessor_id = $2",
        task
    )
}

/// Puts a task into a series.
pub async fn insert_occurrence(tx: &mut OrgTx, new: &OccurrenceRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_occurrences (org_id, task_id, series_id, day, predecessor_id) VALUES ($1, $2, $3, $4, $5)",
        new.task_id,
        new.series_id,
        new.day.as_str(),
        new.predecessor_id
    )
}

/// Gives a task another day in its series.
pub async fn set_occurrence_day(tx: &mut OrgTx, task: TaskId, day: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_occurrences SET day = $3 WHERE org_id = $1 AND task_id = $2", task, day)
}

/// Takes a task out of its series.
pub async fn delete_occurrence(tx: &mut OrgTx, task: TaskId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_occurrences WHERE org_id = $1 AND task_id = $2", task)
}

/// Which of these tasks repeat.
pub async fn repeating(tx: &mut OrgTx, ids: &str) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT o.task_id FROM tasks_occurrences AS o JOIN tasks_series AS s ON s.org_id = o.org_id AND s.id = o.series_id
         WHERE o.org_id = $1 AND NOT s.stopped AND o.task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT o.task_id FROM tasks_occurrences AS o JOIN tasks_series AS s ON s.org_id = o.org_id AND s.id = o.series_id
         WHERE o.org_id = $1 AND NOT s.stopped AND o.task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How those of these tasks that repeat do: mode, rule, and the task's day.
pub async fn rules(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, String, String, String)>, DbError> {
    sql!(
        all(TaskId, String, String, String),
        tx,
        sqlite: "SELECT o.task_id, s.mode, s.rule, o.day FROM tasks_occurrences AS o JOIN tasks_series AS s ON s.org_id = o.org_id AND s.id = o.series_id
         WHERE o.org_id = $1 AND NOT s.stopped AND o.task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT o.task_id, s.mode, s.rule, o.day FROM tasks_occurrences AS o JOIN tasks_series AS s ON s.org_id = o.org_id AND s.id = o.series_id
         WHERE o.org_id = $1 AND NOT s.stopped AND o.task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// The checklists of these tasks, each in order.
pub async fn checks(tx: &mut OrgTx, ids: &str) -> Result<Vec<CheckRow>, DbError> {
    sql!(
        all CheckRow,
        tx,
        sqlite: "SELECT id, task_id, words, done_at, done_by, position FROM tasks_checks WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY task_id, position",
        postgres: "SELECT id, task_id, words, done_at, done_by, position FROM tasks_checks WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) ORDER BY task_id, position",
        ids
    )
}

/// Adds a line to a checklist.
pub async fn insert_check(tx: &mut OrgTx, new: &CheckRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_checks (org_id, id, task_id, words, done_at, done_by, position) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.task_id,
        new.words.as_slice(),
        new.done_at,
        new.done_by,
        new.position.as_str()
    )
}

/// Changes a line: what it says, and whether it is done.
pub async fn update_check(
    tx: &mut OrgTx,
    id: CheckId,
    words: &[u8],
    done_at: Option<Instant>,
    done_by: Option<UserId>,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_checks SET words = $3, done_at = $4, done_by = $5 WHERE org_id = $1 AND id = $2",
        id,
        words,
        done_at,
        done_by
    )
}

/// Gives a line another place.
pub async fn place_check(tx: &mut OrgTx, id: CheckId, position: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_checks SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// Takes a line away.
pub async fn delete_check(tx: &mut OrgTx, id: CheckId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_checks WHERE org_id = $1 AND id = $2", id)
}

/// What a task waits for.
pub async fn blockers(tx: &mut OrgTx, task: TaskId) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT blocker_id FROM tasks_links WHERE org_id = $1 AND blocked_id = $2 ORDER BY blocker_id",
        task
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What waits for a task.
pub async fn waiting(tx: &mut OrgTx, task: TaskId) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT blocked_id FROM tasks_links WHERE org_id = $1 AND blocker_id = $2 ORDER BY blocked_id",
        task
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What waits for a task, at once or through others: each that has to be done first, and what waits for it. The join is `CROSS` so that
/// SQLite keeps its order, and finds links by the index. The join
/// is `CROSS` so that SQLite keeps its order, and finds links by the index.
pub async fn links_after(tx: &mut OrgTx, task: TaskId) -> Result<Vec<(TaskId, TaskId)>, DbError> {
    sql!(
        all(TaskId, TaskId),
        tx,
        "WITH RECURSIVE reached (id) AS (
             SELECT t.id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.id = $2
             UNION
             SELECT l.blocked_id FROM reached CROSS JOIN tasks_links AS l WHERE l.org_id = $1 AND l.blocker_id = reached.id
         )
         SELECT e.blocker_id, e.blocked_id FROM reached CROSS JOIN tasks_links AS e WHERE e.org_id = $1 AND e.blocker_id = reached.id ORDER BY e.blocker_id, e.blocked_id",
        task
    )
}

/// What waits for what among the tasks of a list.
pub async fn links_within(tx: &mut OrgTx, list: ListId) -> Result<Vec<(TaskId, TaskId)>, DbError> {
    sql!(
        all(TaskId, TaskId),
        tx,
        "SELECT l.blocker_id, l.blocked_id FROM tasks_links AS l JOIN tasks_tasks AS t ON t.org_id = l.org_id AND t.id = l.blocked_id
         WHERE l.org_id = $1 AND t.list_id = $2 ORDER BY l.blocker_id, l.blocked_id",
        list
    )
}

/// One waits for the other. 0: it did before.
pub async fn insert_link(tx: &mut OrgTx, blocker: TaskId, waits: TaskId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_links (org_id, blocker_id, blocked_id) VALUES ($1, $2, $3) ON CONFLICT (org_id, blocker_id, blocked_id) DO NOTHING",
        blocker,
        waits
    )
}

/// It waits no longer. 0: it didn't.
pub async fn delete_link(tx: &mut OrgTx, blocker: TaskId, waits: TaskId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_links WHERE org_id = $1 AND blocker_id = $2 AND blocked_id = $3", blocker, waits)
}

/// The fields of a list, in order, those put away too.
pub async fn fields(tx: &mut OrgTx, list: ListId) -> Result<Vec<FieldRow>, DbError> {
    sql!(
        all FieldRow,
        tx,
        "SELECT id, list_id, name, kind, choices, on_cards, archived, position, version FROM tasks_fields WHERE org_id = $1 AND list_id = $2 ORDER BY position",
        list
    )
}

/// One field.
pub async fn field(tx: &mut OrgTx, id: FieldId) -> Result<Option<FieldRow>, DbError> {
    sql!(
        optional FieldRow,
        tx,
        "SELECT id, list_id, name, kind, choices, on_cards, archived, position, version FROM tasks_fields WHERE org_id = $1 AND id = $2",
        id
    )
}

/// The fields of all lists.
pub async fn every_field(tx: &mut OrgTx) -> Result<Vec<FieldRow>, DbError> {
    sql!(
        all FieldRow,
        tx,
        "SELECT id, list_id, name, kind, choices, on_cards, archived, position, version FROM tasks_fields WHERE org_id = $1 ORDER BY list_id, position"
    )
}

/// Adds a field.
pub async fn insert_field(tx: &mut OrgTx, new: &FieldRow) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_fields (org_id, id, list_id, name, kind, choices, on_cards, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id,
        new.list_id,
        new.name.as_str(),
        new.kind.as_str(),
        new.choices.as_str(),
        new.on_cards,
        new.position.as_str(),
        now
    )
}

/// Changes a field. 0: it was changed since its version.
pub async fn update_field(tx: &mut OrgTx, new: &FieldRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_fields SET name = $3, choices = $4, on_cards = $5, archived = $6, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $7",
        new.id,
        new.name.as_str(),
        new.choices.as_str(),
        new.on_cards,
        new.archived,
        new.version
    )
}

/// Gives a field another place.
pub async fn place_field(tx: &mut OrgTx, id: FieldId, position: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_fields SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// What these tasks have in fields.
pub async fn values(tx: &mut OrgTx, ids: &str) -> Result<Vec<ValueRow>, DbError> {
    sql!(
        all ValueRow,
        tx,
        sqlite: "SELECT id, task_id, field_id, value FROM tasks_field_values WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY task_id, field_id",
        postgres: "SELECT id, task_id, field_id, value FROM tasks_field_values WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) ORDER BY task_id, field_id",
        ids
    )
}

/// What these tasks have in the fields that their list’s cards show, in the fields’ order.
pub async fn card_values(tx: &mut OrgTx, ids: &str) -> Result<Vec<CardValueRow>, DbError> {
    sql!(
        all CardValueRow,
        tx,
        sqlite: "SELECT v.id, v.task_id, f.name, f.kind, f.choices, v.value FROM tasks_field_values AS v
         JOIN tasks_fields AS f ON f.org_id = v.org_id AND f.id = v.field_id
         JOIN tasks_tasks AS t ON t.org_id = v.org_id AND t.id = v.task_id
         WHERE v.org_id = $1 AND f.on_cards AND NOT f.archived AND f.list_id = t.list_id AND v.task_id IN (SELECT unhex(value) FROM json_each($2))
         ORDER BY v.task_id, f.position",
        postgres: "SELECT v.id, v.task_id, f.name, f.kind, f.choices, v.value FROM tasks_field_values AS v
         JOIN tasks_fields AS f ON f.org_id = v.org_id AND f.id = v.field_id
         JOIN tasks_tasks AS t ON t.org_id = v.org_id AND t.id = v.task_id
         WHERE v.org_id = $1 AND f.on_cards AND NOT f.archived AND f.list_id = t.list_id AND v.task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))
         ORDER BY v.task_id, f.position",
        ids
    )
}

/// What all tasks have in fields: so many after one.
pub async fn every_value(tx: &mut OrgTx, after: Uuid, limit: i64) -> Result<Vec<ValueRow>, DbError> {
    sql!(
        all ValueRow,
        tx,
        "SELECT id, task_id, field_id, value FROM tasks_field_values WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// Puts something into a field of a task.
pub async fn insert_value(
    tx: &mut OrgTx,
    id: Uuid,
    task: TaskId,
    field: FieldId,
    value: &[u8],
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_field_values (org_id, id, task_id, field_id, value) VALUES ($1, $2, $3, $4, $5)",
        id,
        task,
        field,
        value
    )
}

/// Empties a field of a task.
pub async fn delete_value(tx: &mut OrgTx, task: TaskId, field: FieldId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_field_values WHERE org_id = $1 AND task_id = $2 AND field_id = $3", task, field)
}

/// The tasks of a list that are due from one day to another, both included, outside the trash: so many of them.
pub async fn due_between(
    tx: &mut OrgTx,
    list: ListId,
    from: &str,
    until: &str,
    limit: i64,
) -> Result<Vec<TaskRow>, DbError> {
    sql!(
        all TaskRow,
        tx,
        "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND due_day >= $3 AND due_day <= $4 AND trashed_at IS NULL
         ORDER BY due_day, due_time, position LIMIT $5",
        list,
        from,
        until,
        limit
    )
}

/// The tasks of a list that go on between one day and another, both included, outside the trash: so many of them, in order.
pub async fn dated_between(
    tx: &mut OrgTx,
    list: ListId,
    from: &str,
    until: &str,
    limit: i64,
) -> Result<Vec<TaskRow>, DbError> {
    sql!(
        all TaskRow,
        tx,
        "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND COALESCE(due_day, start_day) >= $3 AND COALESCE(start_day, due_day) <= $4 AND trashed_at IS NULL
         ORDER BY position LIMIT $5",
        list,
        from,
        until,
        limit
    )
}
