//! Statements of boards: how many cards each column has, and which come next. A card is a task that is no part of another.

use super::{
    ids::{FieldId, LabelId, ListId, SectionId, StatusId, TaskId},
    store::TaskRow,
};
use crate::{db::DbError, ids::UserId, org::OrgTx, sql};

/// Where a task stands on every board of its list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Bone {
    /// Its id.
    pub id: TaskId,
    /// Its place in its list.
    pub position: String,
    /// What it is a part of.
    pub parent_id: Option<TaskId>,
    /// How far it has come.
    pub status_id: StatusId,
    /// In which part of the list.
    pub section_id: Option<SectionId>,
    /// Whose it is.
    pub responsible_id: Option<UserId>,
    /// 0 to 4.
    pub priority: i64,
}

/// What a task says in a field that boards can be by, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChosenRow {
    /// Its id.
    pub id: uuid::Uuid,
    /// The task.
    pub task_id: TaskId,
    /// The field.
    pub field_id: FieldId,
    /// Sealed.
    pub value: Vec<u8>,
}

/// What these tasks say in fields that their list’s boards can be by; `ids` as [`store::as_json`](super::store::as_json) writes them.
pub async fn chosen(tx: &mut OrgTx, ids: &str) -> Result<Vec<ChosenRow>, DbError> {
    sql!(
        all ChosenRow,
        tx,
        sqlite: "SELECT v.id, v.task_id, v.field_id, v.value FROM tasks_field_values AS v
         JOIN tasks_fields AS f ON f.org_id = v.org_id AND f.id = v.field_id
         JOIN tasks_tasks AS t ON t.org_id = v.org_id AND t.id = v.task_id
         WHERE v.org_id = $1 AND f.kind IN ('choice', 'person') AND NOT f.archived AND f.list_id = t.list_id AND v.task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT v.id, v.task_id, v.field_id, v.value FROM tasks_field_values AS v
         JOIN tasks_fields AS f ON f.org_id = v.org_id AND f.id = v.field_id
         JOIN tasks_tasks AS t ON t.org_id = v.org_id AND t.id = v.task_id
         WHERE v.org_id = $1 AND f.kind IN ('choice', 'person') AND NOT f.archived AND f.list_id = t.list_id AND v.task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// All tasks of a list outside the trash, in order; without `parts` those that are no part of another.
pub async fn bones(tx: &mut OrgTx, list: ListId, parts: bool) -> Result<Vec<Bone>, DbError> {
    sql!(
        all Bone,
        tx,
        "SELECT id, position, parent_id, status_id, section_id, responsible_id, priority FROM tasks_tasks
         WHERE org_id = $1 AND list_id = $2 AND trashed_at IS NULL AND ($3 OR parent_id IS NULL) ORDER BY position",
        list,
        parts
    )
}

/// Which labels the tasks of a list have.
pub async fn labels_within(tx: &mut OrgTx, list: ListId) -> Result<Vec<(TaskId, LabelId)>, DbError> {
    sql!(
        all(TaskId, LabelId),
        tx,
        "SELECT l.task_id, l.label_id FROM tasks_tasks AS t
         JOIN tasks_task_labels AS l ON l.org_id = t.org_id AND l.task_id = t.id
         WHERE t.org_id = $1 AND t.list_id = $2 AND t.trashed_at IS NULL",
        list
    )
}

/// What the tasks of a list say in a field of it.
pub async fn chosen_within(tx: &mut OrgTx, list: ListId, field: FieldId) -> Result<Vec<ChosenRow>, DbError> {
    sql!(
        all ChosenRow,
        tx,
        "SELECT v.id, v.task_id, v.field_id, v.value FROM tasks_field_values AS v
         JOIN tasks_fields AS f ON f.org_id = v.org_id AND f.id = v.field_id
         WHERE v.org_id = $1 AND v.field_id = $3 AND f.list_id = $2 AND f.kind IN ('choice', 'person')",
        list,
        field
    )
}

/// How many cards each status has.
pub async fn count_by_status(tx: &mut OrgTx, list: ListId) -> Result<Vec<(StatusId, i64)>, DbError> {
    sql!(
        all(StatusId, i64),
        tx,
        "SELECT status_id, count(*) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND parent_id IS NULL AND trashed_at IS NULL GROUP BY status_id",
        list
    )
}

/// How many cards each part of a list has, and how many are in none.
pub async fn count_by_section(tx: &mut OrgTx, list: ListId) -> Result<Vec<(Option<SectionId>, i64)>, DbError> {
    sql!(
        all(Option<SectionId>, i64),
        tx,
        "SELECT section_id, count(*) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND parent_id IS NULL AND trashed_at IS NULL GROUP BY section_id",
        list
    )
}

/// How many cards are whose, and how many are nobody’s.
pub async fn count_by_person(tx: &mut OrgTx, list: ListId) -> Result<Vec<(Option<UserId>, i64)>, DbError> {
    sql!(
        all(Option<UserId>, i64),
        tx,
        "SELECT responsible_id, count(*) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND parent_id IS NULL AND trashed_at IS NULL GROUP BY responsible_id",
        list
    )
}

/// How many cards are how urgent.
pub async fn count_by_priority(tx: &mut OrgTx, list: ListId) -> Result<Vec<(i64, i64)>, DbError> {
    sql!(
        all(i64, i64),
        tx,
        "SELECT priority, count(*) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND parent_id IS NULL AND trashed_at IS NULL GROUP BY priority",
        list
    )
}

/// How many cards each label has; those without one are under `None`.
pub async fn count_by_label(tx: &mut OrgTx, list: ListId) -> Result<Vec<(Option<LabelId>, i64)>, DbError> {
    sql!(
        all(Option<LabelId>, i64),
        tx,
        "SELECT l.label_id, count(*) FROM tasks_tasks AS t
         LEFT JOIN tasks_task_labels AS l ON l.org_id = t.org_id AND l.task_id = t.id
         WHERE t.org_id = $1 AND t.list_id = $2 AND t.parent_id IS NULL AND t.trashed_at IS NULL GROUP BY l.label_id",
        list
    )
}

/// The cards of a status: so many after a place.
pub async fn of_status(
    tx: &mut OrgTx,
    list: ListId,
    status: StatusId,
    after: &str,
    limit: i64,
) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND status_id = $3 AND parent_id IS NULL AND trashed_at IS NULL AND position > $4 ORDER BY position LIMIT $5",
        list,
        status,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// The cards of a part of a list, likewise.
pub async fn of_section(
    tx: &mut OrgTx,
    list: ListId,
    section: SectionId,
    after: &str,
    limit: i64,
) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND section_id = $3 AND parent_id IS NULL AND trashed_at IS NULL AND position > $4 ORDER BY position LIMIT $5",
        list,
        section,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// Those in no part of it.
pub async fn of_no_section(tx: &mut OrgTx, list: ListId, after: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND section_id IS NULL AND parent_id IS NULL AND trashed_at IS NULL AND position > $3 ORDER BY position LIMIT $4",
        list,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// The cards of somebody, likewise.
pub async fn of_person(
    tx: &mut OrgTx,
    list: ListId,
    person: UserId,
    after: &str,
    limit: i64,
) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND responsible_id = $3 AND parent_id IS NULL AND trashed_at IS NULL AND position > $4 ORDER BY position LIMIT $5",
        list,
        person,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// Nobody’s.
pub async fn of_nobody(tx: &mut OrgTx, list: ListId, after: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND responsible_id IS NULL AND parent_id IS NULL AND trashed_at IS NULL AND position > $3 ORDER BY position LIMIT $4",
        list,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// Those that are so urgent.
pub async fn of_priority(
    tx: &mut OrgTx,
    list: ListId,
    priority: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND priority = $3 AND parent_id IS NULL AND trashed_at IS NULL AND position > $4 ORDER BY position LIMIT $5",
        list,
        priority,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// Those with a label.
pub async fn of_label(
    tx: &mut OrgTx,
    list: ListId,
    label: LabelId,
    after: &str,
    limit: i64,
) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT t.id FROM tasks_task_labels AS l
         JOIN tasks_tasks AS t ON t.org_id = l.org_id AND t.id = l.task_id
         WHERE l.org_id = $1 AND l.label_id = $3 AND t.list_id = $2 AND t.parent_id IS NULL AND t.trashed_at IS NULL AND t.position > $4
         ORDER BY t.position LIMIT $5",
        list,
        label,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// Those with none.
pub async fn of_no_label(tx: &mut OrgTx, list: ListId, after: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND parent_id IS NULL AND trashed_at IS NULL AND position > $3
         AND NOT EXISTS (SELECT 1 FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.task_id = tasks_tasks.id)
         ORDER BY position LIMIT $4",
        list,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// What these tasks are made of, however deep, outside the trash: each part with the one of these that it is below. `ids` as
/// [`store::as_json`](super::store::as_json) writes them. The join is `CROSS` so that
/// SQLite keeps its order, and finds children by the index. The join is `CROSS` so
/// that SQLite keeps its order, and finds children by the index.
pub async fn below(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, TaskId)>, DbError> {
    sql!(
        all(TaskId, TaskId),
        tx,
        sqlite: "WITH RECURSIVE below (id, root) AS (
             SELECT t.id, t.parent_id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.parent_id IN (SELECT unhex(value) FROM json_each($2)) AND t.trashed_at IS NULL
             UNION ALL
             SELECT c.id, below.root FROM below CROSS JOIN tasks_tasks AS c WHERE c.org_id = $1 AND c.parent_id = below.id AND c.trashed_at IS NULL
         )
         SELECT id, root FROM below",
        postgres: "WITH RECURSIVE below (id, root) AS (
             SELECT t.id, t.parent_id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.parent_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND t.trashed_at IS NULL
             UNION ALL
             SELECT c.id, below.root FROM below CROSS JOIN tasks_tasks AS c WHERE c.org_id = $1 AND c.parent_id = below.id AND c.trashed_at IS NULL
         )
         SELECT id, root FROM below",
        ids
    )
}

/// Rows in the order of a list.
pub fn in_order(mut rows: Vec<TaskRow>) -> Vec<TaskRow> {
    rows.sort_by(|one, other| one.position.cmp(&other.position));
    rows
}

fn ids(rows: Vec<(TaskId,)>) -> Vec<TaskId> {
    rows.into_iter().map(|(id,)| id).collect()
}
