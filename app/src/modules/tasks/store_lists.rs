//! Statements for spaces, lists and what they are made of, labels and teams: one function each.

use super::{
    ids::{ActId, LabelId, ListId, SectionId, SpaceId, StatusId, TaskId, TeamId},
    store::{Label, List, Section, Space, Status, Team},
};
use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

/// A status or a part of a list that was taken away, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Removed {
    /// Its id.
    pub id: uuid::Uuid,
    /// The act that took it away.
    pub act_id: ActId,
    /// Of which list.
    pub list_id: ListId,
    /// `status` or `section`.
    pub what: String,
    /// Its name.
    pub name: String,
    /// Of a status: `open`, `started` or `done`.
    pub kind: Option<String>,
    /// Of a status: so many at once and no more.
    pub most: Option<i64>,
    /// Its place.
    pub position: String,
}

/// A label that was taken away, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RemovedLabel {
    /// Its id.
    pub id: LabelId,
    /// The act that took it away.
    pub act_id: ActId,
    /// Its name.
    pub name: String,
    /// One of eight colours.
    pub colour: i64,
    /// When it was taken away.
    pub removed_at: Instant,
}

/// Adds a space.
pub async fn insert_space(tx: &mut OrgTx, new: &Space) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_spaces (org_id, id, name, team_id, seen_by, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.name.as_str(),
        new.team_id,
        new.seen_by.as_str(),
        new.position.as_str(),
        now
    )
}

/// Changes a space. 0: it was changed since its version.
pub async fn update_space(tx: &mut OrgTx, new: &Space) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_spaces SET name = $3, team_id = $4, seen_by = $5, archived = $6, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $7",
        new.id,
        new.name.as_str(),
        new.team_id,
        new.seen_by.as_str(),
        new.archived,
        new.version
    )
}

/// Gives a space another place.
pub async fn place_space(tx: &mut OrgTx, id: SpaceId, position: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_spaces SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// Adds a list.
pub async fn insert_list(tx: &mut OrgTx, new: &List) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_lists (org_id, id, space_id, name, about, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.space_id,
        new.name.as_str(),
        new.about.as_deref(),
        new.position.as_str(),
        now
    )
}

/// Changes a list. 0: it was changed since its version.
pub async fn update_list(tx: &mut OrgTx, new: &List) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_lists SET space_id = $3, name = $4, about = $5, position = $6, archived = $7, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $8",
        new.id,
        new.space_id,
        new.name.as_str(),
        new.about.as_deref(),
        new.position.as_str(),
        new.archived,
        new.version
    )
}

/// Gives a list another place.
pub async fn place_list(tx: &mut OrgTx, id: ListId, position: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_lists SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// How many tasks a list has, those in the trash among them.
pub async fn count_in_list(tx: &mut OrgTx, list: ListId) -> Result<i64, DbError> {
    let (count,) = sql!(one(i64,), tx, "SELECT count(*) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2", list)?;
    Ok(count)
}

/// How many of what starts templates by itself, and wasn’t taken away, does so into a list.
pub async fn count_triggers_into(tx: &mut OrgTx, list: ListId) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM tasks_triggers WHERE org_id = $1 AND list_id = $2 AND removed_with IS NULL",
        list
    )?;
    Ok(count)
}

/// What was started of templates into a list, and has tasks elsewhere by now, is there from now on.
pub async fn move_runs(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_runs SET list_id = (
             SELECT t.list_id FROM tasks_run_tasks AS r JOIN tasks_tasks AS t ON t.org_id = r.org_id AND t.id = r.task_id
             WHERE r.org_id = $1 AND r.run_id = tasks_runs.id ORDER BY t.id LIMIT 1
         )
         WHERE org_id = $1 AND list_id = $2 AND EXISTS (SELECT 1 FROM tasks_run_tasks AS o WHERE o.org_id = $1 AND o.run_id = tasks_runs.id)",
        list
    )
}

/// What was started into it, and of which nothing is left.
pub async fn delete_runs_in(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_runs WHERE org_id = $1 AND list_id = $2", list)
}

/// What started templates into it, and was taken away.
pub async fn delete_triggers_into(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_triggers WHERE org_id = $1 AND list_id = $2 AND removed_with IS NOT NULL", list)
}

/// It is nobody’s own list any more.
pub async fn free_own(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_own SET list_id = NULL WHERE org_id = $1 AND list_id = $2", list)
}

/// The links that showed it.
pub async fn delete_shares_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_shares WHERE org_id = $1 AND list_id = $2", list)
}

/// The addresses of it for calendars.
pub async fn delete_feeds_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_feeds WHERE org_id = $1 AND list_id = $2", list)
}

/// Which mail came to it.
pub async fn delete_mails_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_mails WHERE org_id = $1 AND list_id = $2", list)
}

/// What tasks that are elsewhere by now had in its fields.
pub async fn delete_values_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM tasks_field_values WHERE org_id = $1 AND field_id IN (SELECT f.id FROM tasks_fields AS f WHERE f.org_id = $1 AND f.list_id = $2)",
        list
    )
}

/// Its fields.
pub async fn delete_fields_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_fields WHERE org_id = $1 AND list_id = $2", list)
}

/// What was taken away of it.
pub async fn delete_removed_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_removed WHERE org_id = $1 AND list_id = $2", list)
}

/// What left it.
pub async fn delete_gone_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_gone WHERE org_id = $1 AND list_id = $2", list)
}

/// Its sections.
pub async fn delete_sections_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_sections WHERE org_id = $1 AND list_id = $2", list)
}

/// Its statuses.
pub async fn delete_statuses_of(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_statuses WHERE org_id = $1 AND list_id = $2", list)
}

/// It, of which nothing else is left.
pub async fn delete_list(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_lists WHERE org_id = $1 AND id = $2", list)
}

/// Adds a status to a list.
pub async fn insert_status(tx: &mut OrgTx, new: &Status) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_statuses (org_id, id, list_id, name, kind, most, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.list_id,
        new.name.as_str(),
        new.kind.as_str(),
        new.most,
        new.position.as_str(),
        now
    )
}

/// Changes a status. 0: it was changed since its version.
pub async fn update_status(tx: &mut OrgTx, new: &Status) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_statuses SET name = $3, kind = $4, most = $5, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $6",
        new.id,
        new.name.as_str(),
        new.kind.as_str(),
        new.most,
        new.version
    )
}

/// Gives a status another place.
pub async fn place_status(tx: &mut OrgTx, id: StatusId, position: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_statuses SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// Takes a status away in which no task is.
pub async fn delete_status(tx: &mut OrgTx, id: StatusId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_statuses WHERE org_id = $1 AND id = $2", id)
}

/// Adds a part to a list.
pub async fn insert_section(tx: &mut OrgTx, new: &Section) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_sections (org_id, id, list_id, name, position, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        new.id,
        new.list_id,
        new.name.as_str(),
        new.position.as_str(),
        now
    )
}

/// Changes a part of a list. 0: it was changed since its version.
pub async fn update_section(tx: &mut OrgTx, new: &Section) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_sections SET name = $3, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $4",
        new.id,
        new.name.as_str(),
        new.version
    )
}

/// Gives a part of a list another place.
pub async fn place_section(tx: &mut OrgTx, id: SectionId, position: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_sections SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// Takes a part of a list away in which no task is.
pub async fn delete_section(tx: &mut OrgTx, id: SectionId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_sections WHERE org_id = $1 AND id = $2", id)
}

/// The tasks of a status, those in the trash among them.
pub async fn tasks_of_status(tx: &mut OrgTx, list: ListId, id: StatusId) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND status_id = $3 ORDER BY position",
        list,
        id
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The tasks of a part of a list, those in the trash among them.
pub async fn tasks_of_section(tx: &mut OrgTx, id: SectionId) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND section_id = $2 ORDER BY position",
        id
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Keeps what a status or a part was, for whoever undoes that it was taken away.
pub async fn insert_removed(tx: &mut OrgTx, old: &Removed) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_removed (org_id, id, act_id, list_id, what, name, kind, most, position, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        old.id,
        old.act_id,
        old.list_id,
        old.what.as_str(),
        old.name.as_str(),
        old.kind.as_deref(),
        old.most,
        old.position.as_str(),
        now
    )
}

/// What an act took away.
pub async fn removed_by(tx: &mut OrgTx, act: ActId) -> Result<Vec<Removed>, DbError> {
    sql!(
        all Removed,
        tx,
        "SELECT id, act_id, list_id, what, name, kind, most, position FROM tasks_removed WHERE org_id = $1 AND act_id = $2",
        act
    )
}

/// It is there again.
pub async fn delete_removed(tx: &mut OrgTx, id: uuid::Uuid) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_removed WHERE org_id = $1 AND id = $2", id)
}

/// Adds a label. `compared`: its name as it is compared. `false`: there is one of that name.
pub async fn insert_label(tx: &mut OrgTx, new: &Label, compared: &str) -> Result<bool, DbError> {
    let now = tx.now();
    let rows = sql!(
        exec,
        tx,
        "INSERT INTO tasks_labels (org_id, id, name, compared, colour, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (org_id, compared) DO NOTHING",
        new.id,
        new.name.as_str(),
        compared,
        new.colour,
        now
    )?;
    Ok(rows == 1)
}

/// Changes a label. 0: it was changed since its version.
pub async fn update_label(tx: &mut OrgTx, new: &Label, compared: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_labels SET name = $3, compared = $4, colour = $5, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $6",
        new.id,
        new.name.as_str(),
        compared,
        new.colour,
        new.version
    )
}

/// The label with this name, as names are compared.
pub async fn label_called(tx: &mut OrgTx, compared: &str) -> Result<Option<LabelId>, DbError> {
    let found =
        sql!(optional(LabelId,), tx, "SELECT id FROM tasks_labels WHERE org_id = $1 AND compared = $2", compared)?;
    Ok(found.map(|(id,)| id))
}

/// How many labels there are.
pub async fn count_labels(tx: &mut OrgTx) -> Result<i64, DbError> {
    let (count,) = sql!(one(i64,), tx, "SELECT count(*) FROM tasks_labels WHERE org_id = $1")?;
    Ok(count)
}

/// How many tasks outside the trash have each label.
pub async fn label_counts(tx: &mut OrgTx) -> Result<Vec<(LabelId, i64)>, DbError> {
    sql!(
        all(LabelId, i64),
        tx,
        "SELECT l.label_id, count(*) FROM tasks_task_labels AS l
         JOIN tasks_tasks AS t ON t.org_id = l.org_id AND t.id = l.task_id
         WHERE l.org_id = $1 AND t.trashed_at IS NULL GROUP BY l.label_id"
    )
}

/// Says to those who follow that the tasks with a label have changed.
pub async fn touch_labelled(tx: &mut OrgTx, label: LabelId, touched: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_tasks SET touched = $3 WHERE org_id = $1 AND id IN (SELECT l.task_id FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.label_id = $2)",
        label,
        touched
    )
}

/// Takes a label off all tasks.
pub async fn take_label_off(tx: &mut OrgTx, label: LabelId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_task_labels WHERE org_id = $1 AND label_id = $2", label)
}

/// Takes a label away that is on no task.
pub async fn delete_label(tx: &mut OrgTx, label: LabelId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_labels WHERE org_id = $1 AND id = $2", label)
}

/// Keeps what a label was, for whoever undoes that it was taken away.
pub async fn insert_removed_label(tx: &mut OrgTx, old: &RemovedLabel) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_removed_labels (org_id, id, act_id, name, colour, removed_at) VALUES ($1, $2, $3, $4, $5, $6)",
        old.id,
        old.act_id,
        old.name.as_str(),
        old.colour,
        old.removed_at
    )
}

/// And which tasks have it.
pub async fn keep_labelled(tx: &mut OrgTx, label: LabelId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_removed_task_labels (org_id, label_id, task_id)
         SELECT $1, l.label_id, l.task_id FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.label_id = $2",
        label
    )
}

/// The labels that an act took away.
pub async fn labels_removed_by(tx: &mut OrgTx, act: ActId) -> Result<Vec<RemovedLabel>, DbError> {
    sql!(
        all RemovedLabel,
        tx,
        "SELECT id, act_id, name, colour, removed_at FROM tasks_removed_labels WHERE org_id = $1 AND act_id = $2 ORDER BY id",
        act
    )
}

/// Puts a label that is there again on the tasks that had it, where they are there still and have fewer labels than `most`.
pub async fn put_label_back(tx: &mut OrgTx, label: LabelId, most: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_task_labels (org_id, task_id, label_id)
         SELECT $1, r.task_id, r.label_id FROM tasks_removed_task_labels AS r WHERE r.org_id = $1 AND r.label_id = $2
           AND (SELECT count(*) FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.task_id = r.task_id) < $3",
        label,
        most
    )
}

/// A label is there again; which tasks had it goes with what was kept of it.
pub async fn delete_removed_label(tx: &mut OrgTx, label: LabelId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_removed_labels WHERE org_id = $1 AND id = $2", label)
}

/// Adds a team.
pub async fn insert_team(tx: &mut OrgTx, new: &Team) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_teams (org_id, id, name, active, created_at) VALUES ($1, $2, $3, $4, $5)",
        new.id,
        new.name.as_str(),
        new.active,
        now
    )
}

/// Changes a team. 0: it was changed since its version.
pub async fn update_team(tx: &mut OrgTx, new: &Team) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_teams SET name = $3, active = $4, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $5",
        new.id,
        new.name.as_str(),
        new.active,
        new.version
    )
}

/// Since when those who still belong are in a team.
pub async fn joined(tx: &mut OrgTx, team: TeamId) -> Result<Vec<(UserId, Instant)>, DbError> {
    sql!(
        all(UserId, Instant),
        tx,
        "SELECT t.user_id, t.joined_at FROM tasks_team_members AS t
         JOIN memberships AS m ON m.org_id = t.org_id AND m.user_id = t.user_id
         WHERE t.org_id = $1 AND t.team_id = $2 AND m.created_at <= t.joined_at",
        team
    )
}

/// Takes everybody out of a team, those who left the organisation too.
pub async fn delete_team_members(tx: &mut OrgTx, team: TeamId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_team_members WHERE org_id = $1 AND team_id = $2", team)
}

/// Puts somebody in a team.
pub async fn insert_team_member(
    tx: &mut OrgTx,
    team: TeamId,
    user: UserId,
    joined_at: Instant,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_team_members (org_id, team_id, user_id, joined_at) VALUES ($1, $2, $3, $4)",
        team,
        user,
        joined_at
    )
}

/// Who is on tasks of a space that aren’t completed and not in the trash.
pub async fn doers_of_space(tx: &mut OrgTx, space: SpaceId) -> Result<Vec<UserId>, DbError> {
    let rows = sql!(
        all(UserId,),
        tx,
        "SELECT t.responsible_id FROM tasks_tasks AS t
         JOIN tasks_lists AS l ON l.org_id = t.org_id AND l.id = t.list_id
         WHERE t.org_id = $1 AND l.space_id = $2 AND t.responsible_id IS NOT NULL AND t.completed_at IS NULL AND t.trashed_at IS NULL
         UNION
         SELECT a.user_id FROM tasks_assignees AS a
         JOIN tasks_tasks AS t ON t.org_id = a.org_id AND t.id = a.task_id
         JOIN tasks_lists AS l ON l.org_id = t.org_id AND l.id = t.list_id
         WHERE a.org_id = $1 AND l.space_id = $2 AND t.completed_at IS NULL AND t.trashed_at IS NULL",
        space
    )?;
    Ok(rows.into_iter().map(|(user,)| user).collect())
}

/// Who is on tasks of a list, likewise.
pub async fn doers_of_list(tx: &mut OrgTx, list: ListId) -> Result<Vec<UserId>, DbError> {
    let rows = sql!(
        all(UserId,),
        tx,
        "SELECT t.responsible_id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.list_id = $2 AND t.responsible_id IS NOT NULL AND t.completed_at IS NULL AND t.trashed_at IS NULL
         UNION
         SELECT a.user_id FROM tasks_assignees AS a
         JOIN tasks_tasks AS t ON t.org_id = a.org_id AND t.id = a.task_id
         WHERE a.org_id = $1 AND t.list_id = $2 AND t.completed_at IS NULL AND t.trashed_at IS NULL",
        list
    )?;
    Ok(rows.into_iter().map(|(user,)| user).collect())
}
