//! Statements for what is somebody's to do, for queues and whose turn it is, for handing over, and for the trash: one function each.

use super::ids::{ListId, TaskId, TeamId};
use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

/// What somebody has to do that is due from one day until before another, in order. Where everyone completes a task and they did their part, they have
/// nothing to do.
pub async fn mine_between(
    tx: &mut OrgTx,
    user: UserId,
    from: &str,
    until: &str,
    limit: i64,
) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND id IN (
             SELECT r.id FROM tasks_tasks AS r WHERE r.org_id = $1 AND r.responsible_id = $2 AND r.completed_at IS NULL
               AND (r.completes <> 'everyone' OR NOT EXISTS (SELECT 1 FROM tasks_assignees AS d WHERE d.org_id = $1 AND d.task_id = r.id AND d.user_id = $2 AND d.done_at IS NOT NULL))
             UNION SELECT a.task_id FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.user_id = $2 AND a.done_at IS NULL
         ) AND completed_at IS NULL AND trashed_at IS NULL AND due_day >= $3 AND due_day < $4
         ORDER BY due_day, coalesce(due_time, '24:00'), priority DESC, id LIMIT $5",
        user,
        from,
        until,
        limit
    )?;
    Ok(ids(rows))
}

/// What somebody has to do without a day.
pub async fn mine_undated(tx: &mut OrgTx, user: UserId, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND id IN (
             SELECT r.id FROM tasks_tasks AS r WHERE r.org_id = $1 AND r.responsible_id = $2 AND r.completed_at IS NULL
               AND (r.completes <> 'everyone' OR NOT EXISTS (SELECT 1 FROM tasks_assignees AS d WHERE d.org_id = $1 AND d.task_id = r.id AND d.user_id = $2 AND d.done_at IS NOT NULL))
             UNION SELECT a.task_id FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.user_id = $2 AND a.done_at IS NULL
         ) AND completed_at IS NULL AND trashed_at IS NULL AND due_day IS NULL
         ORDER BY priority DESC, id LIMIT $3",
        user,
        limit
    )?;
    Ok(ids(rows))
}

/// What others have to do: what somebody follows, and where everyone completes it what they did their own part of.
pub async fn waiting_for(tx: &mut OrgTx, user: UserId, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND id IN (
             SELECT t.id FROM tasks_followers AS f JOIN tasks_tasks AS t ON t.org_id = f.org_id AND t.id = f.task_id
             WHERE f.org_id = $1 AND f.user_id = $2 AND NOT f.muted AND t.completed_at IS NULL
               AND (t.responsible_id <> $2 OR t.responsible_id IS NULL AND EXISTS (SELECT 1 FROM tasks_assignees AS o WHERE o.org_id = $1 AND o.task_id = t.id))
               AND NOT EXISTS (SELECT 1 FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.task_id = t.id AND a.user_id = $2)
             UNION SELECT d.task_id FROM tasks_assignees AS d JOIN tasks_tasks AS e ON e.org_id = d.org_id AND e.id = d.task_id
             WHERE d.org_id = $1 AND d.user_id = $2 AND d.done_at IS NOT NULL AND e.completes = 'everyone' AND e.completed_at IS NULL
         ) AND completed_at IS NULL AND trashed_at IS NULL
         ORDER BY coalesce(due_day, '9999'), priority DESC, id LIMIT $3",
        user,
        limit
    )?;
    Ok(ids(rows))
}

/// What waits in the queues of somebody's teams, the most urgent first. The join is `CROSS` so that SQLite begins
/// with the teams, and finds each queue by the index. The join is `CROSS` so that SQLite
/// begins with the teams, and finds each queue by the index.
pub async fn queues(tx: &mut OrgTx, user: UserId, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT t.id FROM tasks_team_members AS m CROSS JOIN tasks_tasks AS t
         WHERE m.org_id = $1 AND t.org_id = m.org_id AND t.team_id = m.team_id AND m.user_id = $2 AND t.responsible_id IS NULL AND t.completed_at IS NULL AND t.trashed_at IS NULL
         ORDER BY t.priority DESC, coalesce(t.due_day, '9999'), t.id LIMIT $3",
        user,
        limit
    )?;
    Ok(ids(rows))
}

/// What somebody completed since then, the latest first.
pub async fn done_since(tx: &mut OrgTx, user: UserId, since: Instant, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND completed_at >= $3 AND completed_by = $2 AND trashed_at IS NULL ORDER BY completed_at DESC, id LIMIT $4",
        user,
        since,
        limit
    )?;
    Ok(ids(rows))
}

/// What others wait for because it isn't completed, of these tasks: the open ones that come after them.
pub async fn waits_for_any(tx: &mut OrgTx, ids: &str) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT DISTINCT +l.blocked_id FROM tasks_links AS l JOIN tasks_tasks AS t ON t.org_id = l.org_id AND t.id = l.blocked_id
         WHERE l.org_id = $1 AND t.completed_at IS NULL AND t.trashed_at IS NULL AND l.blocker_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT DISTINCT l.blocked_id FROM tasks_links AS l JOIN tasks_tasks AS t ON t.org_id = l.org_id AND t.id = l.blocked_id
         WHERE l.org_id = $1 AND t.completed_at IS NULL AND t.trashed_at IS NULL AND l.blocker_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )?;
    Ok(self::ids(rows))
}

/// Does the list give what goes to a team to its members in turn?
pub async fn has_round(tx: &mut OrgTx, list: ListId) -> Result<bool, DbError> {
    let found =
        sql!(optional(ListId,), tx, "SELECT list_id FROM tasks_rounds WHERE org_id = $1 AND list_id = $2", list)?;
    Ok(found.is_some())
}

/// All lists that do, to take along.
pub async fn rounds(tx: &mut OrgTx) -> Result<Vec<ListId>, DbError> {
    let rows = sql!(all(ListId,), tx, "SELECT list_id FROM tasks_rounds WHERE org_id = $1 ORDER BY list_id")?;
    Ok(rows.into_iter().map(|(list,)| list).collect())
}

/// It does from now on.
pub async fn insert_round(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_rounds (org_id, list_id) VALUES ($1, $2) ON CONFLICT (org_id, list_id) DO NOTHING",
        list
    )
}

/// Or no more.
pub async fn delete_round(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_rounds WHERE org_id = $1 AND list_id = $2", list)
}

/// How many open tasks of each list are whose.
pub async fn open_by_person(tx: &mut OrgTx) -> Result<Vec<(UserId, ListId, i64)>, DbError> {
    sql!(
        all(UserId, ListId, i64),
        tx,
        "SELECT responsible_id, list_id, count(*) FROM tasks_tasks
         WHERE org_id = $1 AND responsible_id IS NOT NULL AND completed_at IS NULL AND trashed_at IS NULL GROUP BY responsible_id, list_id"
    )
}

/// How many open tasks each member of a team has.
pub async fn open_in_team(tx: &mut OrgTx, team: TeamId) -> Result<Vec<(UserId, i64)>, DbError> {
    sql!(
        all(UserId, i64),
        tx,
        "SELECT m.user_id, count(t.id) FROM tasks_team_members AS m
         LEFT JOIN tasks_tasks AS t ON t.org_id = m.org_id AND t.responsible_id = m.user_id AND t.completed_at IS NULL AND t.trashed_at IS NULL
         WHERE m.org_id = $1 AND m.team_id = $2 GROUP BY m.user_id",
        team
    )
}

/// When it was whose turn last, in a team.
pub async fn turns(tx: &mut OrgTx, team: TeamId) -> Result<Vec<(UserId, i64)>, DbError> {
    sql!(all(UserId, i64), tx, "SELECT user_id, last_turn FROM tasks_turns WHERE org_id = $1 AND team_id = $2", team)
}

/// In all teams, to take along.
pub async fn every_turn(tx: &mut OrgTx) -> Result<Vec<(TeamId, UserId, i64)>, DbError> {
    sql!(
        all(TeamId, UserId, i64),
        tx,
        "SELECT team_id, user_id, last_turn FROM tasks_turns WHERE org_id = $1 ORDER BY team_id, last_turn, user_id"
    )
}

/// It is somebody's turn.
pub async fn take_turn(tx: &mut OrgTx, team: TeamId, user: UserId, turn: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_turns (org_id, team_id, user_id, last_turn) VALUES ($1, $2, $3, $4)
         ON CONFLICT (org_id, team_id, user_id) DO UPDATE SET last_turn = excluded.last_turn",
        team,
        user,
        turn
    )
}

/// What is open and somebody is on, so much after one.
pub async fn open_of(tx: &mut OrgTx, user: UserId, after: TaskId, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND id IN (
             SELECT r.id FROM tasks_tasks AS r WHERE r.org_id = $1 AND r.responsible_id = $2 AND r.completed_at IS NULL
             UNION SELECT a.task_id FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.user_id = $2 AND a.done_at IS NULL
         ) AND completed_at IS NULL AND trashed_at IS NULL AND id > $3 ORDER BY id LIMIT $4",
        user,
        after,
        limit
    )?;
    Ok(ids(rows))
}

/// Who is on open tasks of each list besides those whose they are.
pub async fn open_helpers(tx: &mut OrgTx) -> Result<Vec<(UserId, ListId, i64)>, DbError> {
    sql!(
        all(UserId, ListId, i64),
        tx,
        "SELECT a.user_id, t.list_id, count(*) FROM tasks_assignees AS a JOIN tasks_tasks AS t ON t.org_id = a.org_id AND t.id = a.task_id
         WHERE a.org_id = $1 AND a.done_at IS NULL AND t.completed_at IS NULL AND t.trashed_at IS NULL
           AND (t.responsible_id IS NULL OR t.responsible_id <> a.user_id) GROUP BY a.user_id, t.list_id"
    )
}

/// What is in the trash, the latest first, without what lies there as a part of something else.
pub async fn trashed(tx: &mut OrgTx, before: Instant, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT t.id FROM tasks_tasks AS t LEFT JOIN tasks_tasks AS p ON p.org_id = t.org_id AND p.id = t.parent_id
         WHERE t.org_id = $1 AND t.trashed_at IS NOT NULL AND t.trashed_at < $2 AND p.trashed_at IS NULL ORDER BY t.trashed_at DESC, t.id LIMIT $3",
        before,
        limit
    )?;
    Ok(ids(rows))
}

/// What was thrown away before then, the deepest first, so that nothing is gone before what is a part of it.
pub async fn trashed_before(tx: &mut OrgTx, before: Instant, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND trashed_at IS NOT NULL AND trashed_at < $2 ORDER BY depth DESC, id LIMIT $3",
        before,
        limit
    )?;
    Ok(ids(rows))
}

fn ids(rows: Vec<(TaskId,)>) -> Vec<TaskId> {
    rows.into_iter().map(|(id,)| id).collect()
}
