//! Statements for what acts changed of what tasks are kept in: one function each.

use uuid::Uuid;

use super::ids::{ActId, LabelId, ListId, SpaceId, TeamId};
use crate::{db::DbError, org::OrgTx, sql};

/// What an act changed, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SetUpRow {
    /// Its id.
    pub id: Uuid,
    /// The act.
    pub act_id: ActId,
    /// `space`, `list`, `status`, `section`, `label`, `team` or `comment`.
    pub what: String,
    /// The id of that.
    pub subject_id: Uuid,
    /// The list that it is, or is a part of.
    pub list_id: Option<ListId>,
    /// What it was, sealed; null: it wasn’t there.
    pub before_value: Vec<u8>,
    /// What it became, sealed.
    pub after_value: Vec<u8>,
}

/// Writes down what an act changed.
pub async fn insert(tx: &mut OrgTx, new: &SetUpRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_set_ups (org_id, id, act_id, what, subject_id, list_id, before_value, after_value) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.act_id,
        new.what.as_str(),
        new.subject_id,
        new.list_id,
        new.before_value.as_slice(),
        new.after_value.as_slice()
    )
}

/// What an act changed.
pub async fn of_act(tx: &mut OrgTx, act: ActId) -> Result<Vec<SetUpRow>, DbError> {
    sql!(
        all SetUpRow,
        tx,
        "SELECT id, act_id, what, subject_id, list_id, before_value, after_value FROM tasks_set_ups WHERE org_id = $1 AND act_id = $2 ORDER BY id",
        act
    )
}

/// What was changed of something first.
pub async fn first(tx: &mut OrgTx, subject: Uuid) -> Result<Option<SetUpRow>, DbError> {
    sql!(
        optional SetUpRow,
        tx,
        "SELECT id, act_id, what, subject_id, list_id, before_value, after_value FROM tasks_set_ups WHERE org_id = $1 AND subject_id = $2 ORDER BY id LIMIT 1",
        subject
    )
}

/// How much was set up in a list by other acts than this one: what of it wasn’t undone, what was taken away from it, calendars that read it, and whether it
/// gives what comes to a team to its members in turn.
pub async fn count_in_list(tx: &mut OrgTx, list: ListId, but: ActId) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT (SELECT count(*) FROM tasks_set_ups AS s JOIN tasks_acts AS a ON a.org_id = s.org_id AND a.id = s.act_id
             WHERE s.org_id = $1 AND s.list_id = $2 AND s.act_id <> $3 AND a.undone_at IS NULL)
           + (SELECT count(*) FROM tasks_removed AS r WHERE r.org_id = $1 AND r.list_id = $2)
           + (SELECT count(*) FROM tasks_feeds AS f WHERE f.org_id = $1 AND f.list_id = $2)
           + (SELECT count(*) FROM tasks_rounds AS t WHERE t.org_id = $1 AND t.list_id = $2)",
        list,
        but
    )?;
    Ok(count)
}

/// All of them after one of them, at most so many.
pub async fn every(tx: &mut OrgTx, after: Uuid, limit: i64) -> Result<Vec<SetUpRow>, DbError> {
    sql!(
        all SetUpRow,
        tx,
        "SELECT id, act_id, what, subject_id, list_id, before_value, after_value FROM tasks_set_ups WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// What was changed of a list that goes, and of its parts.
pub async fn delete_of_list(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_set_ups WHERE org_id = $1 AND list_id = $2", list)
}

/// What was changed of these comments, which go; `ids` as [`store::as_json`](super::store::as_json) writes them.
pub async fn delete_of_comments(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_set_ups WHERE org_id = $1 AND subject_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_set_ups WHERE org_id = $1 AND subject_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// What was changed of the comments on these tasks, which go; `ids` likewise.
pub async fn delete_of_comments_on(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_set_ups WHERE org_id = $1 AND subject_id IN (SELECT c.id FROM tasks_comments AS c WHERE c.org_id = $1 AND c.task_id IN (SELECT unhex(value) FROM json_each($2)))",
        postgres: "DELETE FROM tasks_set_ups WHERE org_id = $1 AND subject_id = ANY (ARRAY(SELECT c.id FROM tasks_comments AS c WHERE c.org_id = $1 AND c.task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))))",
        ids
    )
}

/// How many templates came from a space.
pub async fn count_templates_of(tx: &mut OrgTx, space: SpaceId) -> Result<i64, DbError> {
    let (count,) =
        sql!(one(i64,), tx, "SELECT count(*) FROM tasks_templates WHERE org_id = $1 AND space_id = $2", space)?;
    Ok(count)
}

/// Takes a space away in which no list is.
pub async fn delete_space(tx: &mut OrgTx, id: SpaceId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_spaces WHERE org_id = $1 AND id = $2", id)
}

/// How much there is of a team’s: tasks, those in the trash among them, spaces, and turns that its members had.
pub async fn count_of_team(tx: &mut OrgTx, team: TeamId) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT (SELECT count(*) FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.team_id = $2)
           + (SELECT count(*) FROM tasks_spaces AS s WHERE s.org_id = $1 AND s.team_id = $2)
           + (SELECT count(*) FROM tasks_turns AS u WHERE u.org_id = $1 AND u.team_id = $2)",
        team
    )?;
    Ok(count)
}

/// Takes a team away in which nobody is.
pub async fn delete_team(tx: &mut OrgTx, id: TeamId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_teams WHERE org_id = $1 AND id = $2", id)
}

/// How many tasks have a label, those in the trash among them.
pub async fn count_labelled(tx: &mut OrgTx, label: LabelId) -> Result<i64, DbError> {
    let (count,) =
        sql!(one(i64,), tx, "SELECT count(*) FROM tasks_task_labels WHERE org_id = $1 AND label_id = $2", label)?;
    Ok(count)
}
