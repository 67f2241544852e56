//! The tasks’ statements: one function each.

use uuid::Uuid;

use super::{
    ids::{ActId, CheckId, LabelId, ListId, SectionId, SpaceId, StatusId, TaskId, TeamId},
    task::{Completes, Task},
};
use crate::{
    clock::Instant,
    db::DbError,
    ids::UserId,
    org::{Doer, OrgTx},
    sql,
};

/// The furthest of several places, where there are any.
type Furthest = (Option<String>,);

/// Lists that belong together, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Space {
    /// Its id.
    pub id: SpaceId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub team_id: Option<TeamId>,
    /// `everyone` or `team`.
    pub seen_by: String,
    /// Its place.
    pub position: String,
    /// Put away.
    pub archived: bool,
    /// Grows with every change.
    pub version: i64,
}

/// A list, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct List {
    /// Its id.
    pub id: ListId,
    /// Where it is.
    pub space_id: SpaceId,
    /// Its name.
    pub name: String,
    /// Sealed.
    pub about: Option<Vec<u8>>,
    /// Its place.
    pub position: String,
    /// Put away: it is read, and nothing in it changes.
    pub archived: bool,
    /// Grows with every change.
    pub version: i64,
}

/// How far a task has come, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Status {
    /// Its id.
    pub id: StatusId,
    /// Of which list.
    pub list_id: ListId,
    /// Its name.
    pub name: String,
    /// `open`, `started` or `done`.
    pub kind: String,
    /// So many at once and no more.
    pub most: Option<i64>,
    /// Its place.
    pub position: String,
    /// Grows with every change.
    pub version: i64,
}

/// A part of a list, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Section {
    /// Its id.
    pub id: SectionId,
    /// Of which list.
    pub list_id: ListId,
    /// Its name.
    pub name: String,
    /// Its place.
    pub position: String,
    /// Grows with every change.
    pub version: i64,
}

/// A label, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// Its name.
    pub name: String,
    /// One of eight colours.
    pub colour: i64,
    /// Grows with every change.
    pub version: i64,
}

/// Who does things together, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// In use.
    pub active: bool,
    /// Grows with every change.
    pub version: i64,
}

/// A task, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TaskRow {
    /// Its id.
    pub id: TaskId,
    /// What people call it by.
    pub number: i64,
    /// Where it is.
    pub list_id: ListId,
    /// In which part.
    pub section_id: Option<SectionId>,
    /// How far it has come.
    pub status_id: StatusId,
    /// What it is a part of.
    pub parent_id: Option<TaskId>,
    /// How deep.
    pub depth: i64,
    /// Its place.
    pub position: String,
    /// Sealed.
    pub title: Vec<u8>,
    /// Sealed.
    pub notes: Option<Vec<u8>>,
    /// 0 to 4.
    pub priority: i64,
    /// In minutes.
    pub estimate: Option<i64>,
    /// `2026-11-27`
    pub start_day: Option<String>,
    /// `15:00`
    pub start_time: Option<String>,
    /// `2026-11-27`
    pub due_day: Option<String>,
    /// `15:00`
    pub due_time: Option<String>,
    /// Whose it is.
    pub responsible_id: Option<UserId>,
    /// Whose queue it is in.
    pub team_id: Option<TeamId>,
    /// `any` or `everyone`.
    pub completes: String,
    /// When somebody began.
    pub started_at: Option<Instant>,
    /// When it was completed.
    pub completed_at: Option<Instant>,
    /// By whom.
    pub completed_by: Option<UserId>,
    /// `member`, `token` or `system`.
    pub created_by_kind: String,
    /// Who added it.
    pub created_by: Option<Uuid>,
    /// When.
    pub created_at: Instant,
    /// In the trash, since then.
    pub trashed_at: Option<Instant>,
    /// By that act.
    pub trashed_with: Option<ActId>,
    /// Grows with every change.
    pub version: i64,
    /// The organisation's sequence at its last change.
    pub touched: i64,
}

/// Somebody on a task, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AssigneeRow {
    /// The task.
    pub task_id: TaskId,
    /// Who.
    pub user_id: UserId,
    /// When they did their part.
    pub done_at: Option<Instant>,
}

/// A line of a checklist, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CheckRow {
    /// Its id.
    pub id: CheckId,
    /// The task.
    pub task_id: TaskId,
    /// Sealed.
    pub words: Vec<u8>,
    /// When it was done.
    pub done_at: Option<Instant>,
    /// By whom.
    pub done_by: Option<UserId>,
    /// Its place.
    pub position: String,
}

/// What somebody did at once, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ActRow {
    /// Its id.
    pub id: ActId,
    /// What it was.
    pub kind: String,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Who.
    pub by_id: Option<Uuid>,
    /// When.
    pub done_at: Instant,
    /// To how many tasks.
    pub tasks: i64,
    /// The act that it undoes.
    pub undoes_id: Option<ActId>,
    /// It was undone.
    pub undone_at: Option<Instant>,
}

/// A field that an act changed, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChangeRow {
    /// Its id.
    pub id: Uuid,
    /// The act.
    pub act_id: ActId,
    /// The task.
    pub task_id: TaskId,
    /// Which.
    pub field: String,
    /// The task's version with it.
    pub version: i64,
    /// Sealed JSON.
    pub before_value: Vec<u8>,
    /// Sealed JSON.
    pub after_value: Vec<u8>,
}

/// How many of something a task has, and how many of them are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct CountRow {
    /// The task.
    pub task_id: TaskId,
    /// How many.
    pub total: i64,
    /// How many are done.
    pub done: i64,
}

/// The spaces that this member sees, or with `all` everyone's.
pub async fn spaces(tx: &mut OrgTx, all: bool, user: Option<UserId>) -> Result<Vec<Space>, DbError> {
    sql!(
        all Space,
        tx,
        "SELECT id, name, team_id, seen_by, position, archived, version FROM tasks_spaces
         WHERE org_id = $1 AND ($2 OR seen_by = 'everyone' OR EXISTS (SELECT 1 FROM tasks_team_members AS m JOIN memberships AS b ON b.org_id = m.org_id AND b.user_id = m.user_id WHERE m.org_id = $1 AND m.team_id = tasks_spaces.team_id AND m.user_id = $3 AND b.created_at <= m.joined_at))
         ORDER BY position, id",
        all,
        user
    )
}

/// All lists, of whatever space.
pub async fn lists(tx: &mut OrgTx) -> Result<Vec<List>, DbError> {
    sql!(
        all List,
        tx,
        "SELECT id, space_id, name, about, position, archived, version FROM tasks_lists WHERE org_id = $1 ORDER BY position, id"
    )
}

/// One list.
pub async fn list(tx: &mut OrgTx, id: ListId) -> Result<Option<List>, DbError> {
    sql!(
        optional List,
        tx,
        "SELECT id, space_id, name, about, position, archived, version FROM tasks_lists WHERE org_id = $1 AND id = $2",
        id
    )
}

/// The statuses of a list, in order.
pub async fn statuses(tx: &mut OrgTx, list: ListId) -> Result<Vec<Status>, DbError> {
    sql!(
        all Status,
        tx,
        "SELECT id, list_id, name, kind, most, position, version FROM tasks_statuses WHERE org_id = $1 AND list_id = $2 ORDER BY position",
        list
    )
}

/// The statuses of all lists.
pub async fn every_status(tx: &mut OrgTx) -> Result<Vec<Status>, DbError> {
    sql!(
        all Status,
        tx,
        "SELECT id, list_id, name, kind, most, position, version FROM tasks_statuses WHERE org_id = $1 ORDER BY list_id, position"
    )
}

/// The parts of a list, in order.
pub async fn sections(tx: &mut OrgTx, list: ListId) -> Result<Vec<Section>, DbError> {
    sql!(
        all Section,
        tx,
        "SELECT id, list_id, name, position, version FROM tasks_sections WHERE org_id = $1 AND list_id = $2 ORDER BY position",
        list
    )
}

/// The labels, by name.
pub async fn labels(tx: &mut OrgTx) -> Result<Vec<Label>, DbError> {
    sql!(
        all Label,
        tx,
        "SELECT id, name, colour, version FROM tasks_labels WHERE org_id = $1 ORDER BY compared"
    )
}

/// The teams, by name.
pub async fn teams(tx: &mut OrgTx) -> Result<Vec<Team>, DbError> {
    sql!(all Team, tx, "SELECT id, name, active, version FROM tasks_teams WHERE org_id = $1 ORDER BY name, id")
}

/// Who is in which team. Who left the organisation is in none any more, and who came back is put in them anew.
pub async fn team_members(tx: &mut OrgTx) -> Result<Vec<(TeamId, UserId)>, DbError> {
    sql!(
        all(TeamId, UserId),
        tx,
        "SELECT t.team_id, t.user_id FROM tasks_team_members AS t
         JOIN memberships AS m ON m.org_id = t.org_id AND m.user_id = t.user_id
         WHERE t.org_id = $1 AND m.created_at <= t.joined_at ORDER BY t.team_id, t.joined_at, t.user_id"
    )
}

/// One task, in the trash or not.
pub async fn task(tx: &mut OrgTx, id: TaskId) -> Result<Option<TaskRow>, DbError> {
    sql!(
        optional TaskRow,
        tx,
        "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND id = $2",
        id
    )
}

/// The id of the task with this number.
pub async fn task_numbered(tx: &mut OrgTx, number: i64) -> Result<Option<TaskId>, DbError> {
    let found = sql!(optional(TaskId,), tx, "SELECT id FROM tasks_tasks WHERE org_id = $1 AND number = $2", number)?;
    Ok(found.map(|(id,)| id))
}

/// These tasks; `ids` as [`as_json`] writes them.
pub async fn tasks(tx: &mut OrgTx, ids: &str) -> Result<Vec<TaskRow>, DbError> {
    sql!(
        all TaskRow,
        tx,
        sqlite: "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY +list_id, +position",
        postgres: "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) ORDER BY list_id, position",
        ids
    )
}

/// The tasks of a list that aren’t in the trash, in order: so many after a place. `status`: those of one status alone.
pub async fn page(
    tx: &mut OrgTx,
    list: ListId,
    status: Option<StatusId>,
    after: &str,
    limit: i64,
) -> Result<Vec<TaskRow>, DbError> {
    sql!(
        all TaskRow,
        tx,
        "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND (CAST($3 AS UUID) IS NULL OR status_id = $3) AND trashed_at IS NULL AND position > $4
         ORDER BY position LIMIT $5",
        list,
        status,
        after,
        limit
    )
}

/// What changed in a list since the organisation's sequence stood there and this task was read, what went to the trash too.
pub async fn changed_since(
    tx: &mut OrgTx,
    list: ListId,
    sequence: i64,
    after: TaskId,
    limit: i64,
) -> Result<Vec<TaskRow>, DbError> {
    sql!(
        all TaskRow,
        tx,
        "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND (touched > $3 OR touched = $3 AND id > $4) ORDER BY touched, id LIMIT $5",
        list,
        sequence,
        after,
        limit
    )
}

/// What left a list for another since then.
pub async fn gone_since(tx: &mut OrgTx, list: ListId, sequence: i64, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT task_id FROM tasks_gone WHERE org_id = $1 AND list_id = $2 AND touched > $3 ORDER BY touched, task_id LIMIT $4",
        list,
        sequence,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A task and all that is a part of it, however deep, in the trash or not. The join is `CROSS` so that
/// SQLite keeps its order, and finds children by the index. The join is `CROSS` so
/// that SQLite keeps its order, and finds children by the index.
pub async fn tree(tx: &mut OrgTx, root: TaskId) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "WITH RECURSIVE below (id) AS (
             SELECT t.id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.id = $2
             UNION
             SELECT c.id FROM below CROSS JOIN tasks_tasks AS c WHERE c.org_id = $1 AND c.parent_id = below.id
         )
         SELECT id FROM below",
        root
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Of these tasks and what is a part of them, those that aren’t one level below what they are a part of, in its list, or that are outside the trash though it
/// isn’t: each with what it is a part of. Where there are none, nothing is a part of itself either, since what is below is deeper.
pub async fn misplaced(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, TaskId)>, DbError> {
    sql!(
        all(TaskId, TaskId),
        tx,
        sqlite: "SELECT c.id, c.parent_id FROM tasks_tasks AS c LEFT JOIN tasks_tasks AS p ON p.org_id = c.org_id AND p.id = c.parent_id
         WHERE c.org_id = $1 AND c.id IN (SELECT unhex(value) FROM json_each($2))
           AND c.parent_id IS NOT NULL AND (p.id IS NULL OR p.list_id <> c.list_id OR c.depth <> p.depth + 1 OR p.trashed_at IS NOT NULL AND c.trashed_at IS NULL)
         UNION
         SELECT c.id, c.parent_id FROM tasks_tasks AS c JOIN tasks_tasks AS p ON p.org_id = c.org_id AND p.id = c.parent_id
         WHERE c.org_id = $1 AND c.parent_id IN (SELECT unhex(value) FROM json_each($2))
           AND (p.list_id <> c.list_id OR c.depth <> p.depth + 1 OR p.trashed_at IS NOT NULL AND c.trashed_at IS NULL)",
        postgres: "SELECT c.id, c.parent_id FROM tasks_tasks AS c LEFT JOIN tasks_tasks AS p ON p.org_id = c.org_id AND p.id = c.parent_id
         WHERE c.org_id = $1 AND c.id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))
           AND c.parent_id IS NOT NULL AND (p.id IS NULL OR p.list_id <> c.list_id OR c.depth <> p.depth + 1 OR p.trashed_at IS NOT NULL AND c.trashed_at IS NULL)
         UNION
         SELECT c.id, c.parent_id FROM tasks_tasks AS c JOIN tasks_tasks AS p ON p.org_id = c.org_id AND p.id = c.parent_id
         WHERE c.org_id = $1 AND c.parent_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))
           AND (p.list_id <> c.list_id OR c.depth <> p.depth + 1 OR p.trashed_at IS NOT NULL AND c.trashed_at IS NULL)",
        ids
    )
}

/// How many of each status a list has, outside the trash.
pub async fn counts_by_status(tx: &mut OrgTx, list: ListId) -> Result<Vec<(StatusId, i64)>, DbError> {
    sql!(
        all(StatusId, i64),
        tx,
        "SELECT status_id, count(*) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND trashed_at IS NULL GROUP BY status_id",
        list
    )
}

/// How many open tasks each list has, outside the trash.
pub async fn open_by_list(tx: &mut OrgTx) -> Result<Vec<(ListId, i64)>, DbError> {
    sql!(
        all(ListId, i64),
        tx,
        "SELECT list_id, count(*) FROM tasks_tasks WHERE org_id = $1 AND completed_at IS NULL AND trashed_at IS NULL GROUP BY list_id"
    )
}

/// The next place after this one in a list, whatever stands there.
pub async fn place_after(tx: &mut OrgTx, list: ListId, position: &str) -> Result<Option<String>, DbError> {
    let (found,) = sql!(
        one Furthest,
        tx,
        "SELECT min(position) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND position > $3",
        list,
        position
    )?;
    Ok(found)
}

/// The last place in a list.
pub async fn last_place(tx: &mut OrgTx, list: ListId) -> Result<Option<String>, DbError> {
    let (found,) =
        sql!(one Furthest, tx, "SELECT max(position) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2", list)?;
    Ok(found)
}

/// Another task has this place.
pub async fn is_taken(tx: &mut OrgTx, list: ListId, position: &str, but: TaskId) -> Result<bool, DbError> {
    let found = sql!(
        optional(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND position = $3 AND id <> $4",
        list,
        position,
        but
    )?;
    Ok(found.is_some())
}

/// Who belongs to the organisation.
pub async fn members(tx: &mut OrgTx) -> Result<Vec<UserId>, DbError> {
    let rows = sql!(all(UserId,), tx, "SELECT user_id FROM memberships WHERE org_id = $1")?;
    Ok(rows.into_iter().map(|(user,)| user).collect())
}

/// Who of them works with tasks. Who manages the organisation does, whatever stands with them.
pub async fn workers(tx: &mut OrgTx) -> Result<Vec<UserId>, DbError> {
    let rows = sql!(
        all(UserId,),
        tx,
        "SELECT user_id FROM memberships WHERE org_id = $1 AND (role IN ('admin', 'owner') OR modules = '*' OR ' ' || modules || ' ' LIKE '% tasks %')"
    )?;
    Ok(rows.into_iter().map(|(user,)| user).collect())
}

/// Who of them sees all spaces.
pub async fn admins(tx: &mut OrgTx) -> Result<Vec<UserId>, DbError> {
    let rows = sql!(
        all(UserId,),
        tx,
        "SELECT user_id FROM memberships WHERE org_id = $1 AND (role IN ('admin', 'owner') OR ' ' || grants || ' ' LIKE '% tasks.set_up %')"
    )?;
    Ok(rows.into_iter().map(|(user,)| user).collect())
}

/// All places in a list, in order: to give them out anew.
pub async fn places(tx: &mut OrgTx, list: ListId) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 ORDER BY position",
        list
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Puts all places of a list aside, behind all keys, so that new ones are free.
pub async fn put_places_aside(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_tasks SET position = '~' || position WHERE org_id = $1 AND list_id = $2", list)
}

/// Gives a task another place, and says so to those who follow.
pub async fn set_place(tx: &mut OrgTx, id: TaskId, position: &str, touched: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_tasks SET position = $3, touched = $4 WHERE org_id = $1 AND id = $2",
        id,
        position,
        touched
    )
}

/// Takes the next numbers, and gives the first.
pub async fn take_numbers(tx: &mut OrgTx, count: i64) -> Result<i64, DbError> {
    let (next,) = sql!(
        one(i64,),
        tx,
        "INSERT INTO tasks_settings (org_id, next_number) VALUES ($1, CAST($2 AS BIGINT) + 1)
         ON CONFLICT (org_id) DO UPDATE SET next_number = tasks_settings.next_number + CAST($2 AS BIGINT) RETURNING next_number",
        count
    )?;
    Ok(next.saturating_sub(count))
}

/// How many tasks there are, those in the trash among them.
pub async fn count_all(tx: &mut OrgTx) -> Result<i64, DbError> {
    let (count,) = sql!(one(i64,), tx, "SELECT count(*) FROM tasks_tasks WHERE org_id = $1")?;
    Ok(count)
}

/// Adds a task. `title` and `notes` are sealed.
pub async fn insert_task(
    tx: &mut OrgTx,
    new: &Task,
    title: &[u8],
    notes: Option<&[u8]>,
    by: Doer,
) -> Result<u64, DbError> {
    let (start_day, start_time) = stored(new.start);
    let (due_day, due_time) = stored(new.due);
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_tasks (org_id, id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, touched)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
        new.id,
        new.number,
        new.list,
        new.section,
        new.status,
        new.parent,
        new.depth,
        new.position.as_str(),
        title,
        notes,
        new.priority,
        new.estimate,
        start_day,
        start_time,
        due_day,
        due_time,
        new.responsible,
        new.team,
        new.completes.as_str(),
        new.started_at,
        new.completed_at,
        new.completed_by,
        by.kind,
        by.id,
        new.created_at,
        new.touched
    )
}

/// Writes a task as it is to be; its place only where it `moved`, for places are given out anew in the middle of things. `title` and `notes` are sealed. 0: it
/// was changed since its version.
pub async fn update_task(
    tx: &mut OrgTx,
    new: &Task,
    moved: bool,
    title: &[u8],
    notes: Option<&[u8]>,
) -> Result<u64, DbError> {
    let (start_day, start_time) = stored(new.start);
    let (due_day, due_time) = stored(new.due);
    sql!(
        exec,
        tx,
        "UPDATE tasks_tasks SET list_id = $3, section_id = $4, status_id = $5, parent_id = $6, depth = $7, position = CASE WHEN $27 THEN $8 ELSE position END, title = $9, notes = $10, priority = $11, estimate = $12, start_day = $13, start_time = $14, due_day = $15, due_time = $16, responsible_id = $17, team_id = $18, completes = $19, started_at = $20, completed_at = $21, completed_by = $22, trashed_at = $23, trashed_with = $24, touched = $25, version = $26
         WHERE org_id = $1 AND id = $2 AND version = $26 - 1",
        new.id,
        new.list,
        new.section,
        new.status,
        new.parent,
        new.depth,
        new.position.as_str(),
        title,
        notes,
        new.priority,
        new.estimate,
        start_day,
        start_time,
        due_day,
        due_time,
        new.responsible,
        new.team,
        new.completes.as_str(),
        new.started_at,
        new.completed_at,
        new.completed_by,
        new.trashed_at,
        new.trashed_with,
        new.touched,
        new.version,
        moved
    )
}

/// Says to those who follow a list that a task has changed in what isn’t its own row.
pub async fn touch(tx: &mut OrgTx, id: TaskId, touched: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_tasks SET touched = $3 WHERE org_id = $1 AND id = $2", id, touched)
}

/// The same of many tasks, and of all that they are a part of, however far up.
pub async fn touch_up(tx: &mut OrgTx, ids: &str, touched: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "UPDATE tasks_tasks SET touched = $3 WHERE org_id = $1 AND id IN (
             WITH RECURSIVE above (id, parent_id) AS (
                 SELECT t.id, t.parent_id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.id IN (SELECT unhex(value) FROM json_each($2))
                 UNION
                 SELECT p.id, p.parent_id FROM tasks_tasks AS p JOIN above ON above.parent_id = p.id WHERE p.org_id = $1
             )
             SELECT above.id FROM above)",
        postgres: "UPDATE tasks_tasks SET touched = $3 WHERE org_id = $1 AND id IN (
             WITH RECURSIVE above (id, parent_id) AS (
                 SELECT t.id, t.parent_id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))
                 UNION
                 SELECT p.id, p.parent_id FROM tasks_tasks AS p JOIN above ON above.parent_id = p.id WHERE p.org_id = $1
             )
             SELECT above.id FROM above)",
        ids,
        touched
    )
}

/// Notes that a task left a list.
pub async fn note_gone(tx: &mut OrgTx, list: ListId, task: TaskId, touched: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_gone (org_id, list_id, task_id, touched) VALUES ($1, $2, $3, $4)
         ON CONFLICT (org_id, list_id, task_id) DO UPDATE SET touched = excluded.touched",
        list,
        task,
        touched
    )
}

/// Who is on these tasks.
pub async fn assignees(tx: &mut OrgTx, ids: &str) -> Result<Vec<AssigneeRow>, DbError> {
    sql!(
        all AssigneeRow,
        tx,
        sqlite: "SELECT task_id, user_id, done_at FROM tasks_assignees WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY task_id, user_id",
        postgres: "SELECT task_id, user_id, done_at FROM tasks_assignees WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) ORDER BY task_id, user_id",
        ids
    )
}

/// Takes everybody off a task.
pub async fn delete_assignees(tx: &mut OrgTx, task: TaskId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_assignees WHERE org_id = $1 AND task_id = $2", task)
}

/// Puts somebody on a task.
pub async fn insert_assignee(
    tx: &mut OrgTx,
    task: TaskId,
    user: UserId,
    done_at: Option<Instant>,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_assignees (org_id, task_id, user_id, done_at) VALUES ($1, $2, $3, $4)",
        task,
        user,
        done_at
    )
}

/// What these tasks are about.
pub async fn labels_of(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, LabelId)>, DbError> {
    sql!(
        all(TaskId, LabelId),
        tx,
        sqlite: "SELECT task_id, label_id FROM tasks_task_labels WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT task_id, label_id FROM tasks_task_labels WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// Takes all labels off a task.
pub async fn delete_labels_of(tx: &mut OrgTx, task: TaskId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_task_labels WHERE org_id = $1 AND task_id = $2", task)
}

/// Puts a label on a task.
pub async fn insert_label_of(tx: &mut OrgTx, task: TaskId, label: LabelId) -> Result<u64, DbError> {
    sql!(exec, tx, "INSERT INTO tasks_task_labels (org_id, task_id, label_id) VALUES ($1, $2, $3)", task, label)
}

/// How long the checklists of these tasks are, and how much of them is done.
pub async fn check_counts(tx: &mut OrgTx, ids: &str) -> Result<Vec<CountRow>, DbError> {
    sql!(
        all CountRow,
        tx,
        sqlite: "SELECT task_id, count(*) AS total, count(done_at) AS done FROM tasks_checks WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY task_id",
        postgres: "SELECT task_id, count(*) AS total, count(done_at) AS done FROM tasks_checks WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) GROUP BY task_id",
        ids
    )
}

/// Which of these tasks wait for another that isn’t completed.
pub async fn blocked(tx: &mut OrgTx, ids: &str) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT DISTINCT l.blocked_id FROM tasks_links AS l JOIN tasks_tasks AS b ON b.org_id = l.org_id AND b.id = l.blocker_id
         WHERE l.org_id = $1 AND b.completed_at IS NULL AND b.trashed_at IS NULL AND l.blocked_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT DISTINCT l.blocked_id FROM tasks_links AS l JOIN tasks_tasks AS b ON b.org_id = l.org_id AND b.id = l.blocker_id
         WHERE l.org_id = $1 AND b.completed_at IS NULL AND b.trashed_at IS NULL AND l.blocked_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Writes down what was done.
pub async fn insert_act(
    tx: &mut OrgTx,
    id: ActId,
    kind: &str,
    by: Doer,
    tasks: i64,
    undoes: Option<ActId>,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_acts (org_id, id, kind, by_kind, by_id, done_at, tasks, undoes_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        kind,
        by.kind,
        by.id,
        now,
        tasks,
        undoes
    )
}

/// What was done, by its id.
pub async fn act(tx: &mut OrgTx, id: ActId) -> Result<Option<ActRow>, DbError> {
    sql!(
        optional ActRow,
        tx,
        "SELECT id, kind, by_kind, by_id, done_at, tasks, undoes_id, undone_at FROM tasks_acts WHERE org_id = $1 AND id = $2",
        id
    )
}

/// Notes that it was undone. 0: it was before.
pub async fn set_undone(tx: &mut OrgTx, id: ActId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx, "UPDATE tasks_acts SET undone_at = $3 WHERE org_id = $1 AND id = $2 AND undone_at IS NULL", id, now)
}

/// Writes down a field that it changed.
pub async fn insert_change(tx: &mut OrgTx, new: &ChangeRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_changes (org_id, id, act_id, task_id, field, version, before_value, after_value) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.act_id,
        new.task_id,
        new.field.as_str(),
        new.version,
        new.before_value.as_slice(),
        new.after_value.as_slice()
    )
}

/// The fields that an act changed.
pub async fn changes_of_act(tx: &mut OrgTx, act: ActId) -> Result<Vec<ChangeRow>, DbError> {
    sql!(
        all ChangeRow,
        tx,
        "SELECT id, act_id, task_id, field, version, before_value, after_value FROM tasks_changes WHERE org_id = $1 AND act_id = $2 ORDER BY task_id, field",
        act
    )
}

/// The tasks that an act changed.
pub async fn tasks_of_act(tx: &mut OrgTx, act: ActId) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT DISTINCT task_id FROM tasks_changes WHERE org_id = $1 AND act_id = $2 ORDER BY task_id",
        act
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The act that a task was added in.
pub async fn act_of_adding(tx: &mut OrgTx, task: TaskId) -> Result<Option<ActId>, DbError> {
    let row = sql!(
        optional(ActId,),
        tx,
        "SELECT act_id FROM tasks_changes WHERE org_id = $1 AND task_id = $2 AND version = 1",
        task
    )?;
    Ok(row.map(|(id,)| id))
}

/// The fields of a task that changed after a version of it.
pub async fn fields_changed_since(tx: &mut OrgTx, task: TaskId, version: i64) -> Result<Vec<(String, i64)>, DbError> {
    sql!(
        all(String, i64),
        tx,
        "SELECT field, max(version) FROM tasks_changes WHERE org_id = $1 AND task_id = $2 AND version > $3 GROUP BY field",
        task,
        version
    )
}

/// Who changed a field of a task last.
pub async fn last_to_change(
    tx: &mut OrgTx,
    task: TaskId,
    field: &str,
) -> Result<Option<(String, Option<Uuid>)>, DbError> {
    sql!(
        optional(String, Option<Uuid>),
        tx,
        "SELECT a.by_kind, a.by_id FROM tasks_changes AS c JOIN tasks_acts AS a ON a.org_id = c.org_id AND a.id = c.act_id
         WHERE c.org_id = $1 AND c.task_id = $2 AND c.field = $3 ORDER BY c.version DESC LIMIT 1",
        task,
        field
    )
}

/// The act that changed a field of a task first.
pub async fn first_to_change(tx: &mut OrgTx, task: TaskId, field: &str) -> Result<Option<ActId>, DbError> {
    let row = sql!(
        optional(ActId,),
        tx,
        "SELECT act_id FROM tasks_changes WHERE org_id = $1 AND task_id = $2 AND field = $3 ORDER BY version LIMIT 1",
        task,
        field
    )?;
    Ok(row.map(|(act,)| act))
}

/// Ids as these statements take many of them: a JSON list of hexadecimal words.
pub fn as_json(ids: impl IntoIterator<Item = Uuid>) -> String {
    let words: Vec<_> = ids.into_iter().map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", words.join(","))
}

/// A day and a time as they are stored.
pub fn stored(when: Option<super::task::When>) -> (Option<String>, Option<String>) {
    when.map_or((None, None), |when| {
        let (day, time) = when.to_stored();
        (Some(day), time)
    })
}

impl TaskRow {
    /// Who completes it.
    pub fn completes(&self) -> Completes {
        Completes::stored(&self.completes)
    }
}
