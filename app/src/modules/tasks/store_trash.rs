//! Statements that delete tasks for good, with all that is known of them: one function each. `ids` as [`super::store::as_json`] writes them. What isn’t here
//! goes with the task (`ON DELETE CASCADE`).

use crate::{db::DbError, org::OrgTx, sql};

/// What followed one of these in its series follows nothing any more.
pub async fn free_successors(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "UPDATE tasks_occurrences SET predecessor_id = NULL WHERE org_id = $1 AND predecessor_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "UPDATE tasks_occurrences SET predecessor_id = NULL WHERE org_id = $1 AND predecessor_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// What is a part of one of these, and isn’t deleted with them, is a part of nothing any more.
pub async fn free_parts(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "UPDATE tasks_tasks SET parent_id = NULL, depth = 0 WHERE org_id = $1 AND parent_id IN (SELECT unhex(value) FROM json_each($2)) AND id NOT IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "UPDATE tasks_tasks SET parent_id = NULL, depth = 0 WHERE org_id = $1 AND parent_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND id <> ALL (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// Who was on these tasks.
pub async fn delete_assignees(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_assignees WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_assignees WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// What these tasks were about.
pub async fn delete_labels(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_task_labels WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_task_labels WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// The checklists of these tasks.
pub async fn delete_checks(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_checks WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_checks WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// That others waited for these tasks.
pub async fn delete_links_from(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_links WHERE org_id = $1 AND blocker_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_links WHERE org_id = $1 AND blocker_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// What these tasks waited for.
pub async fn delete_links_to(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_links WHERE org_id = $1 AND blocked_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_links WHERE org_id = $1 AND blocked_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// What happened to these tasks.
pub async fn delete_changes(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_changes WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_changes WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// Which lists these tasks left.
pub async fn delete_gone(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_gone WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_gone WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// Who followed these tasks.
pub async fn delete_followers(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_followers WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_followers WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// What these tasks had in fields of their lists.
pub async fn delete_values(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_field_values WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_field_values WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// Which series these tasks were of.
pub async fn delete_occurrences(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_occurrences WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_occurrences WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// These tasks.
pub async fn delete_tasks(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_tasks WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_tasks WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}
