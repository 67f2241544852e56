//! The statements about templates: one function each.

use uuid::Uuid;

use super::ids::{ActId, ListId, RunId, SpaceId, TaskId, TemplateId, TriggerId};
use crate::{
    clock::Instant,
    db::DbError,
    ids::TokenId,
    org::{Doer, OrgTx},
    sql,
};

/// A template, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TemplateRow {
    /// Its id.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// The word of the one that it was taken from.
    pub gallery: Option<String>,
    /// Who sees this space sees it; `None`: everybody does.
    pub space_id: Option<SpaceId>,
    /// Put away: nothing is started of it.
    pub archived: bool,
    /// The latest version.
    pub version: i64,
    /// How many tasks that has.
    pub tasks: i64,
    /// When it was saved.
    pub saved_at: Instant,
}

/// A version of a template, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VersionRow {
    /// Its id.
    pub id: Uuid,
    /// Of which template.
    pub template_id: TemplateId,
    /// Which it is.
    pub version: i64,
    /// Sealed JSON.
    pub body: Vec<u8>,
    /// Sealed JSON: what is different from the version before.
    pub changed: Vec<u8>,
    /// How many tasks it has.
    pub tasks: i64,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Who saved it.
    pub by_id: Option<Uuid>,
    /// When.
    pub saved_at: Instant,
}

/// What was started of a template, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// Of which template.
    pub template_id: TemplateId,
    /// Of which version of it.
    pub version: i64,
    /// Where its tasks were made.
    pub list_id: ListId,
    /// What made them.
    pub act_id: ActId,
    /// What started it by itself.
    pub trigger_id: Option<TriggerId>,
    /// The day that others were counted from.
    pub anchor: String,
    /// Sealed JSON: who has which role, and what was filled in.
    pub given: Vec<u8>,
    /// Sealed JSON: sentences.
    pub warnings: Vec<u8>,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Who started it.
    pub by_id: Option<Uuid>,
    /// When.
    pub started_at: Instant,
}

/// A task of a run, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RunTaskRow {
    /// The run.
    pub run_id: RunId,
    /// The task.
    pub task_id: TaskId,
    /// Which of the template's it was made of.
    pub step: String,
    /// When it was completed.
    pub completed_at: Option<Instant>,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct ProgressRow {
    /// The run.
    pub run_id: RunId,
    /// How many of its tasks are still there.
    pub total: i64,
    /// How many of them are completed.
    pub done: i64,
    /// How many aren't, and should be.
    pub late: i64,
}

/// What starts a template by itself, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TriggerRow {
    /// Its id.
    pub id: TriggerId,
    /// What it starts.
    pub template_id: TemplateId,
    /// Where.
    pub list_id: ListId,
    /// `schedule` or `event`.
    pub kind: String,
    /// Of a schedule: the rule of its days.
    pub rule: Option<String>,
    /// Of a schedule: from when on.
    pub first_day: Option<String>,
    /// Of a schedule: at what time.
    pub at_time: Option<String>,
    /// Of an event: what happens.
    pub event: Option<String>,
    /// What happened up to there doesn't count.
    pub since: i64,
    /// Sealed JSON: who has which role, and what is filled in.
    pub given: Vec<u8>,
    /// Of a schedule: when it starts next.
    pub next_at: Option<Instant>,
    /// Why it starts nothing any more.
    pub paused: Option<String>,
    /// `member`, `token` or `system`.
    pub made_by_kind: String,
    /// Who made it.
    pub made_by: Option<Uuid>,
    /// Grows with every change.
    pub version: i64,
}

/// Something that happened and starts a template, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FireRow {
    /// Its id.
    pub id: Uuid,
    /// What it starts.
    pub trigger_id: TriggerId,
    /// The event's place among others.
    pub sequence: i64,
    /// When that happened.
    pub day: String,
}

/// All templates, by name, those put away too.
pub async fn templates(tx: &mut OrgTx) -> Result<Vec<TemplateRow>, DbError> {
    sql!(
        all TemplateRow,
        tx,
        "SELECT t.id, t.name, t.gallery, t.space_id, t.archived, t.version, v.tasks, v.saved_at FROM tasks_templates AS t
         JOIN tasks_template_versions AS v ON v.org_id = t.org_id AND v.template_id = t.id AND v.version = t.version
         WHERE t.org_id = $1 ORDER BY t.name, t.id"
    )
}

/// One of them.
pub async fn template(tx: &mut OrgTx, id: TemplateId) -> Result<Option<TemplateRow>, DbError> {
    sql!(
        optional TemplateRow,
        tx,
        "SELECT t.id, t.name, t.gallery, t.space_id, t.archived, t.version, v.tasks, v.saved_at FROM tasks_templates AS t
         JOIN tasks_template_versions AS v ON v.org_id = t.org_id AND v.template_id = t.id AND v.version = t.version
         WHERE t.org_id = $1 AND t.id = $2",
        id
    )
}

/// Adds a template; its first version comes after it.
pub async fn insert_template(
    tx: &mut OrgTx,
    id: TemplateId,
    name: &str,
    gallery: Option<&str>,
    space: Option<SpaceId>,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_templates (org_id, id, name, gallery, space_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        name,
        gallery,
        space,
        now
    )
}

/// Forgets a template that has no versions any more.
pub async fn delete_template(tx: &mut OrgTx, id: TemplateId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_templates WHERE org_id = $1 AND id = $2", id)
}

/// Forgets what the versions of a template said of which nothing was started.
pub async fn delete_versions(tx: &mut OrgTx, template: TemplateId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_template_versions WHERE org_id = $1 AND template_id = $2", template)
}

/// Forgets what starts a template by itself, also what was taken away.
pub async fn delete_triggers(tx: &mut OrgTx, template: TemplateId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_triggers WHERE org_id = $1 AND template_id = $2", template)
}

/// Forgets what has happened and would start a template.
pub async fn delete_fires_of(tx: &mut OrgTx, template: TemplateId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM tasks_fires WHERE org_id = $1 AND trigger_id IN (SELECT t.id FROM tasks_triggers AS t WHERE t.org_id = $1 AND t.template_id = $2)",
        template
    )
}

/// Everybody sees it from now on.
pub async fn share_template(tx: &mut OrgTx, id: TemplateId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_templates SET space_id = NULL WHERE org_id = $1 AND id = $2", id)
}

/// It has another version. 0: it had that before.
pub async fn move_on(tx: &mut OrgTx, id: TemplateId, name: &str, version: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_templates SET name = $3, version = $4 WHERE org_id = $1 AND id = $2 AND version = $4 - 1",
        id,
        name,
        version
    )
}

/// Puts a template away, or takes it out again.
pub async fn set_archived(tx: &mut OrgTx, id: TemplateId, archived: bool) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_templates SET archived = $3 WHERE org_id = $1 AND id = $2", id, archived)
}

/// Adds a version. `body` and `changed` are sealed.
pub async fn insert_version(
    tx: &mut OrgTx,
    (id, template, version): (Uuid, TemplateId, i64),
    body: &[u8],
    changed: &[u8],
    tasks: i64,
    by: Doer,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_template_versions (org_id, id, template_id, version, body, changed, tasks, by_kind, by_id, saved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id,
        template,
        version,
        body,
        changed,
        tasks,
        by.kind,
        by.id,
        now
    )
}

/// One version of a template.
pub async fn version(tx: &mut OrgTx, template: TemplateId, version: i64) -> Result<Option<VersionRow>, DbError> {
    sql!(
        optional VersionRow,
        tx,
        "SELECT id, template_id, version, body, changed, tasks, by_kind, by_id, saved_at FROM tasks_template_versions
         WHERE org_id = $1 AND template_id = $2 AND version = $3",
        template,
        version
    )
}

/// The versions of a template, the latest first.
pub async fn versions(tx: &mut OrgTx, template: TemplateId, limit: i64) -> Result<Vec<VersionRow>, DbError> {
    sql!(
        all VersionRow,
        tx,
        "SELECT id, template_id, version, body, changed, tasks, by_kind, by_id, saved_at FROM tasks_template_versions
         WHERE org_id = $1 AND template_id = $2 ORDER BY version DESC LIMIT $3",
        template,
        limit
    )
}

/// All versions of all templates, after one.
pub async fn every_version(tx: &mut OrgTx, after: Uuid, limit: i64) -> Result<Vec<VersionRow>, DbError> {
    sql!(
        all VersionRow,
        tx,
        "SELECT id, template_id, version, body, changed, tasks, by_kind, by_id, saved_at FROM tasks_template_versions
         WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// Writes down what was started.
pub async fn insert_run(tx: &mut OrgTx, new: &RunRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_runs (org_id, id, template_id, version, list_id, act_id, trigger_id, anchor, given, warnings, by_kind, by_id, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        new.id,
        new.template_id,
        new.version,
        new.list_id,
        new.act_id,
        new.trigger_id,
        new.anchor.as_str(),
        new.given.as_slice(),
        new.warnings.as_slice(),
        new.by_kind.as_str(),
        new.by_id,
        new.started_at
    )
}

/// One run.
pub async fn run(tx: &mut OrgTx, id: RunId) -> Result<Option<RunRow>, DbError> {
    sql!(
        optional RunRow,
        tx,
        "SELECT id, template_id, version, list_id, act_id, trigger_id, anchor, given, warnings, by_kind, by_id, started_at
         FROM tasks_runs WHERE org_id = $1 AND id = $2",
        id
    )
}

/// What was started, the latest first; of one template if that is said.
pub async fn runs(tx: &mut OrgTx, template: Option<TemplateId>, limit: i64) -> Result<Vec<RunRow>, DbError> {
    sql!(
        all RunRow,
        tx,
        "SELECT id, template_id, version, list_id, act_id, trigger_id, anchor, given, warnings, by_kind, by_id, started_at
         FROM tasks_runs WHERE org_id = $1 AND (CAST($2 AS UUID) IS NULL OR template_id = $2) ORDER BY started_at DESC, id DESC LIMIT $3",
        template,
        limit
    )
}

/// All runs, after one.
pub async fn every_run(tx: &mut OrgTx, after: RunId, limit: i64) -> Result<Vec<RunRow>, DbError> {
    sql!(
        all RunRow,
        tx,
        "SELECT id, template_id, version, list_id, act_id, trigger_id, anchor, given, warnings, by_kind, by_id, started_at
         FROM tasks_runs WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// How often something has started a template by itself since then.
pub async fn runs_of_trigger(tx: &mut OrgTx, trigger: TriggerId, since: Instant) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM tasks_runs WHERE org_id = $1 AND trigger_id = $2 AND started_at >= $3",
        trigger,
        since
    )?;
    Ok(count)
}

/// Notes which tasks a run has: a JSON list of pairs, the task in hexadecimal digits and the step's key.
pub async fn insert_run_tasks(tx: &mut OrgTx, run: RunId, pairs: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO tasks_run_tasks (org_id, run_id, task_id, step)
         SELECT $1, $2, unhex(json_extract(value, '$[0]')), json_extract(value, '$[1]') FROM json_each($3)",
        postgres: "INSERT INTO tasks_run_tasks (org_id, run_id, task_id, step)
         SELECT $1, $2, CAST(value ->> 0 AS UUID), value ->> 1 FROM json_array_elements(CAST($3 AS JSON))",
        run,
        pairs
    )
}

/// The tasks of these runs that aren't in the trash; `ids` as [`as_json`](super::store::as_json) writes them.
pub async fn run_tasks(tx: &mut OrgTx, ids: &str) -> Result<Vec<RunTaskRow>, DbError> {
    sql!(
        all RunTaskRow,
        tx,
        sqlite: "SELECT r.run_id, r.task_id, r.step, t.completed_at FROM tasks_run_tasks AS r JOIN tasks_tasks AS t ON t.org_id = r.org_id AND t.id = r.task_id
         WHERE r.org_id = $1 AND t.trashed_at IS NULL AND r.run_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY t.position, t.id",
        postgres: "SELECT r.run_id, r.task_id, r.step, t.completed_at FROM tasks_run_tasks AS r JOIN tasks_tasks AS t ON t.org_id = r.org_id AND t.id = r.task_id
         WHERE r.org_id = $1 AND t.trashed_at IS NULL AND r.run_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) ORDER BY t.position, t.id",
        ids
    )
}

/// The tasks of one run in the template's order, in the trash or not.
pub async fn tasks_of_run(tx: &mut OrgTx, run: RunId) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT r.task_id FROM tasks_run_tasks AS r JOIN tasks_tasks AS t ON t.org_id = r.org_id AND t.id = r.task_id
         WHERE r.org_id = $1 AND r.run_id = $2 ORDER BY t.number",
        run
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// All tasks of all runs.
pub async fn every_run_task(tx: &mut OrgTx) -> Result<Vec<(RunId, TaskId, String)>, DbError> {
    sql!(
        all(RunId, TaskId, String),
        tx,
        "SELECT run_id, task_id, step FROM tasks_run_tasks WHERE org_id = $1 ORDER BY run_id, task_id"
    )
}

/// What those tasks of these runs wait for: the task, and the one that has to be done before.
pub async fn run_links(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, TaskId)>, DbError> {
    sql!(
        all(TaskId, TaskId),
        tx,
        sqlite: "SELECT l.blocked_id, l.blocker_id FROM tasks_links AS l JOIN tasks_run_tasks AS r ON r.org_id = l.org_id AND r.task_id = l.blocked_id
         WHERE l.org_id = $1 AND r.run_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT l.blocked_id, l.blocker_id FROM tasks_links AS l JOIN tasks_run_tasks AS r ON r.org_id = l.org_id AND r.task_id = l.blocked_id
         WHERE l.org_id = $1 AND r.run_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// How far these runs have come, on this day. One without tasks isn't among them.
pub async fn progress(tx: &mut OrgTx, ids: &str, today: &str) -> Result<Vec<ProgressRow>, DbError> {
    sql!(
        all ProgressRow,
        tx,
        sqlite: "SELECT r.run_id, count(*) AS total, count(t.completed_at) AS done, count(CASE WHEN t.completed_at IS NULL AND t.due_day < $3 THEN 1 END) AS late
         FROM tasks_run_tasks AS r JOIN tasks_tasks AS t ON t.org_id = r.org_id AND t.id = r.task_id
         WHERE r.org_id = $1 AND t.trashed_at IS NULL AND r.run_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY r.run_id",
        postgres: "SELECT r.run_id, count(*) AS total, count(t.completed_at) AS done, count(CASE WHEN t.completed_at IS NULL AND t.due_day < $3 THEN 1 END) AS late
         FROM tasks_run_tasks AS r JOIN tasks_tasks AS t ON t.org_id = r.org_id AND t.id = r.task_id
         WHERE r.org_id = $1 AND t.trashed_at IS NULL AND r.run_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) GROUP BY r.run_id",
        ids,
        today
    )
}

/// Adds tasks to a list: a JSON list of rows, each a list of what [`Act::add_many`](super::acts::Act::add_many) puts there.
pub async fn insert_tasks(
    tx: &mut OrgTx,
    rows: &str,
    by: Doer,
    created_at: Instant,
    touched: i64,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO tasks_tasks (org_id, id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, created_by_kind, created_by, created_at, touched)
         SELECT $1, unhex(json_extract(value, '$[0]')), json_extract(value, '$[1]'), unhex(json_extract(value, '$[2]')), unhex(json_extract(value, '$[3]')), unhex(json_extract(value, '$[4]')), unhex(json_extract(value, '$[5]')), json_extract(value, '$[6]'), json_extract(value, '$[7]'), unhex(json_extract(value, '$[8]')), unhex(json_extract(value, '$[9]')), json_extract(value, '$[10]'), json_extract(value, '$[11]'), json_extract(value, '$[12]'), json_extract(value, '$[13]'), json_extract(value, '$[14]'), json_extract(value, '$[15]'), unhex(json_extract(value, '$[16]')), unhex(json_extract(value, '$[17]')), json_extract(value, '$[18]'), $3, $4, $5, $6
         FROM json_each($2)",
        postgres: "INSERT INTO tasks_tasks (org_id, id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, created_by_kind, created_by, created_at, touched)
         SELECT $1, CAST(value ->> 0 AS UUID), CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS UUID), CAST(value ->> 3 AS UUID), CAST(value ->> 4 AS UUID), CAST(value ->> 5 AS UUID), CAST(value ->> 6 AS BIGINT), value ->> 7, decode(value ->> 8, 'hex'), decode(value ->> 9, 'hex'), CAST(value ->> 10 AS BIGINT), CAST(value ->> 11 AS BIGINT), value ->> 12, value ->> 13, value ->> 14, value ->> 15, CAST(value ->> 16 AS UUID), CAST(value ->> 17 AS UUID), value ->> 18, $3, $4, $5, $6
         FROM json_array_elements(CAST($2 AS JSON))",
        rows,
        by.kind,
        by.id,
        created_at,
        touched
    )
}

/// Puts people on tasks: a JSON list of pairs, the task and the person in hexadecimal digits.
pub async fn insert_assignees(tx: &mut OrgTx, pairs: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO tasks_assignees (org_id, task_id, user_id) SELECT $1, unhex(json_extract(value, '$[0]')), unhex(json_extract(value, '$[1]')) FROM json_each($2)",
        postgres: "INSERT INTO tasks_assignees (org_id, task_id, user_id) SELECT $1, CAST(value ->> 0 AS UUID), CAST(value ->> 1 AS UUID) FROM json_array_elements(CAST($2 AS JSON))",
        pairs
    )
}

/// Puts labels on tasks: a JSON list of pairs, the task and the label in hexadecimal digits.
pub async fn insert_labels(tx: &mut OrgTx, pairs: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO tasks_task_labels (org_id, task_id, label_id) SELECT $1, unhex(json_extract(value, '$[0]')), unhex(json_extract(value, '$[1]')) FROM json_each($2)",
        postgres: "INSERT INTO tasks_task_labels (org_id, task_id, label_id) SELECT $1, CAST(value ->> 0 AS UUID), CAST(value ->> 1 AS UUID) FROM json_array_elements(CAST($2 AS JSON))",
        pairs
    )
}

/// Adds lines to checklists: a JSON list of rows, the line's id, its task and its sealed words in hexadecimal digits, and its place.
pub async fn insert_checks(tx: &mut OrgTx, rows: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO tasks_checks (org_id, id, task_id, words, position) SELECT $1, unhex(json_extract(value, '$[0]')), unhex(json_extract(value, '$[1]')), unhex(json_extract(value, '$[2]')), json_extract(value, '$[3]') FROM json_each($2)",
        postgres: "INSERT INTO tasks_checks (org_id, id, task_id, words, position) SELECT $1, CAST(value ->> 0 AS UUID), CAST(value ->> 1 AS UUID), decode(value ->> 2, 'hex'), value ->> 3 FROM json_array_elements(CAST($2 AS JSON))",
        rows
    )
}

/// Has tasks wait for others: a JSON list of pairs, the one that has to be done before and the one that waits, in hexadecimal digits.
pub async fn insert_links(tx: &mut OrgTx, pairs: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO tasks_links (org_id, blocker_id, blocked_id) SELECT $1, unhex(json_extract(value, '$[0]')), unhex(json_extract(value, '$[1]')) FROM json_each($2)",
        postgres: "INSERT INTO tasks_links (org_id, blocker_id, blocked_id) SELECT $1, CAST(value ->> 0 AS UUID), CAST(value ->> 1 AS UUID) FROM json_array_elements(CAST($2 AS JSON))",
        pairs
    )
}

/// Writes down fields that an act changed: a JSON list of rows, the change's id, the task, the field, the task's version, and what it was before and is
/// after; ids and what is sealed in hexadecimal digits.
pub async fn insert_changes(tx: &mut OrgTx, act: ActId, rows: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO tasks_changes (org_id, act_id, id, task_id, field, version, before_value, after_value)
         SELECT $1, $2, unhex(json_extract(value, '$[0]')), unhex(json_extract(value, '$[1]')), json_extract(value, '$[2]'), json_extract(value, '$[3]'), unhex(json_extract(value, '$[4]')), unhex(json_extract(value, '$[5]')) FROM json_each($3)",
        postgres: "INSERT INTO tasks_changes (org_id, act_id, id, task_id, field, version, before_value, after_value)
         SELECT $1, $2, CAST(value ->> 0 AS UUID), CAST(value ->> 1 AS UUID), value ->> 2, CAST(value ->> 3 AS BIGINT), decode(value ->> 4, 'hex'), decode(value ->> 5, 'hex') FROM json_array_elements(CAST($3 AS JSON))",
        act,
        rows
    )
}

/// What waits for what among these tasks: the one that has to be done before, and the one that waits.
pub async fn links_among(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, TaskId)>, DbError> {
    sql!(
        all(TaskId, TaskId),
        tx,
        sqlite: "SELECT blocker_id, blocked_id FROM tasks_links WHERE org_id = $1 AND blocked_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT blocker_id, blocked_id FROM tasks_links WHERE org_id = $1 AND blocked_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// What starts templates by itself and wasn’t taken away, the oldest first; one template's if that is said.
pub async fn triggers(tx: &mut OrgTx, template: Option<TemplateId>) -> Result<Vec<TriggerRow>, DbError> {
    sql!(
        all TriggerRow,
        tx,
        "SELECT id, template_id, list_id, kind, rule, first_day, at_time, event, since, given, next_at, paused, made_by_kind, made_by, version
         FROM tasks_triggers WHERE org_id = $1 AND removed_with IS NULL AND (CAST($2 AS UUID) IS NULL OR template_id = $2) ORDER BY id",
        template
    )
}

/// One of them.
pub async fn trigger(tx: &mut OrgTx, id: TriggerId) -> Result<Option<TriggerRow>, DbError> {
    sql!(
        optional TriggerRow,
        tx,
        "SELECT id, template_id, list_id, kind, rule, first_day, at_time, event, since, given, next_at, paused, made_by_kind, made_by, version
         FROM tasks_triggers WHERE org_id = $1 AND id = $2 AND removed_with IS NULL",
        id
    )
}

/// The first of those on a schedule that is due.
pub async fn first_due(tx: &mut OrgTx) -> Result<Option<TriggerRow>, DbError> {
    let now = tx.now();
    sql!(
        optional TriggerRow,
        tx,
        "SELECT id, template_id, list_id, kind, rule, first_day, at_time, event, since, given, next_at, paused, made_by_kind, made_by, version
         FROM tasks_triggers WHERE org_id = $1 AND removed_with IS NULL AND next_at <= $2 ORDER BY next_at, id LIMIT 1",
        now
    )
}

/// Adds one.
pub async fn insert_trigger(tx: &mut OrgTx, new: &TriggerRow) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_triggers (org_id, id, template_id, list_id, kind, rule, first_day, at_time, event, since, given, next_at, made_by_kind, made_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        new.id,
        new.template_id,
        new.list_id,
        new.kind.as_str(),
        new.rule.as_deref(),
        new.first_day.as_deref(),
        new.at_time.as_deref(),
        new.event.as_deref(),
        new.since,
        new.given.as_slice(),
        new.next_at,
        new.made_by_kind.as_str(),
        new.made_by,
        now
    )
}

/// Has one say something else. 0: somebody else has changed it since that version.
pub async fn update_trigger(tx: &mut OrgTx, new: &TriggerRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_triggers SET list_id = $3, kind = $4, rule = $5, first_day = $6, at_time = $7, event = $8, since = $9, given = $10, next_at = $11, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $12",
        new.id,
        new.list_id,
        new.kind.as_str(),
        new.rule.as_deref(),
        new.first_day.as_deref(),
        new.at_time.as_deref(),
        new.event.as_deref(),
        new.since,
        new.given.as_slice(),
        new.next_at,
        new.version
    )
}

/// Says when it starts next.
pub async fn set_next(tx: &mut OrgTx, id: TriggerId, next: Option<Instant>) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_triggers SET next_at = $3 WHERE org_id = $1 AND id = $2", id, next)
}

/// It starts nothing any more, for this reason.
pub async fn pause(tx: &mut OrgTx, id: TriggerId, why: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_triggers SET paused = $3, next_at = NULL, version = version + 1 WHERE org_id = $1 AND id = $2 AND paused IS NULL",
        id,
        why
    )
}

/// It starts again, from what happens after this place among events on, or at this instant: as theirs who let it go on.
pub async fn resume(
    tx: &mut OrgTx,
    id: TriggerId,
    since: i64,
    next: Option<Instant>,
    by: Doer,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_triggers SET paused = NULL, since = $3, next_at = $4, made_by_kind = $5, made_by = $6, version = version + 1 WHERE org_id = $1 AND id = $2",
        id,
        since,
        next,
        by.kind,
        by.id
    )
}

/// What a program may do that wasn't stopped.
pub async fn scopes_of(tx: &mut OrgTx, token: TokenId) -> Result<Option<String>, DbError> {
    let found = sql!(
        optional(String,),
        tx,
        "SELECT scopes FROM api_tokens WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL",
        token
    )?;
    Ok(found.map(|(scopes,)| scopes))
}

/// Takes one away, with this act, which can be undone: it isn’t due any more.
pub async fn remove_trigger(tx: &mut OrgTx, id: TriggerId, act: ActId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_triggers SET removed_with = $3, next_at = NULL WHERE org_id = $1 AND id = $2", id, act)
}

/// Those that were taken away before then go for good.
pub async fn forget_triggers(tx: &mut OrgTx, before: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM tasks_triggers WHERE org_id = $1 AND removed_with IN (SELECT a.id FROM tasks_acts AS a WHERE a.org_id = $1 AND a.done_at < $2)",
        before
    )
}

/// The one that an act took away.
pub async fn trigger_removed_by(tx: &mut OrgTx, act: ActId) -> Result<Option<TriggerRow>, DbError> {
    sql!(
        optional TriggerRow,
        tx,
        "SELECT id, template_id, list_id, kind, rule, first_day, at_time, event, since, given, next_at, paused, made_by_kind, made_by, version
         FROM tasks_triggers WHERE org_id = $1 AND removed_with = $2",
        act
    )
}

/// It is there again, from what happens after this place among events on, or from this instant.
pub async fn bring_trigger_back(
    tx: &mut OrgTx,
    id: TriggerId,
    since: i64,
    next: Option<Instant>,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_triggers SET removed_with = NULL, since = $3, next_at = $4 WHERE org_id = $1 AND id = $2",
        id,
        since,
        next
    )
}

/// Something happened that one waits for. 0: that was noted before.
pub async fn insert_fire(tx: &mut OrgTx, new: &FireRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_fires (org_id, id, trigger_id, sequence, day) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org_id, trigger_id, sequence) DO NOTHING",
        new.id,
        new.trigger_id,
        new.sequence,
        new.day.as_str()
    )
}

/// The next that is to be started.
pub async fn first_fire(tx: &mut OrgTx) -> Result<Option<FireRow>, DbError> {
    sql!(
        optional FireRow,
        tx,
        "SELECT id, trigger_id, sequence, day FROM tasks_fires WHERE org_id = $1 ORDER BY sequence, id LIMIT 1"
    )
}

/// All that is to be started.
pub async fn every_fire(tx: &mut OrgTx) -> Result<Vec<FireRow>, DbError> {
    sql!(
        all FireRow,
        tx,
        "SELECT id, trigger_id, sequence, day FROM tasks_fires WHERE org_id = $1 ORDER BY sequence, id"
    )
}

/// It is started.
pub async fn delete_fire(tx: &mut OrgTx, id: Uuid) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_fires WHERE org_id = $1 AND id = $2", id)
}

/// Nothing of what one waited for is started any more.
pub async fn delete_fires(tx: &mut OrgTx, trigger: TriggerId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_fires WHERE org_id = $1 AND trigger_id = $2", trigger)
}

/// Up to where events were looked through; `None`: nothing waits for any.
pub async fn cursor(tx: &mut OrgTx) -> Result<Option<i64>, DbError> {
    let found = sql!(optional(i64,), tx, "SELECT sequence FROM tasks_trigger_cursors WHERE org_id = $1")?;
    Ok(found.map(|(sequence,)| sequence))
}

/// Events are looked through from here on, where they aren't already.
pub async fn begin_cursor(tx: &mut OrgTx, sequence: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_trigger_cursors (org_id, sequence) VALUES ($1, $2) ON CONFLICT (org_id) DO NOTHING",
        sequence
    )
}

/// Events were looked through up to here.
pub async fn move_cursor(tx: &mut OrgTx, sequence: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_trigger_cursors SET sequence = $2 WHERE org_id = $1", sequence)
}

/// Events are looked through no longer.
pub async fn delete_cursor(tx: &mut OrgTx) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_trigger_cursors WHERE org_id = $1")
}

/// What has happened after a place, in order, and when.
pub async fn events_after(tx: &mut OrgTx, sequence: i64, limit: i64) -> Result<Vec<(i64, String, Instant)>, DbError> {
    sql!(
        all(i64, String, Instant),
        tx,
        "SELECT sequence, kind, created_at FROM events WHERE org_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
        sequence,
        limit
    )
}

/// What an event of this kind was about, by its place; `None`: there is none there any more.
pub async fn subject_of_event(tx: &mut OrgTx, sequence: i64, kind: &str) -> Result<Option<Uuid>, DbError> {
    let found = sql!(
        optional(Uuid,),
        tx,
        "SELECT subject FROM events WHERE org_id = $1 AND sequence = $2 AND kind = $3",
        sequence,
        kind
    )?;
    Ok(found.map(|(subject,)| subject))
}

/// The modules that the organisation has turned on.
pub async fn modules(tx: &mut OrgTx) -> Result<Vec<(String,)>, DbError> {
    sql!(all(String,), tx, "SELECT module FROM org_modules WHERE org_id = $1")
}
