//! Statements for finding: the index of words, what a filter can ask of a task beside its own row, filters that are kept, and what somebody can do in a
//! week. One function each.

use uuid::Uuid;

use super::{
    ids::{ActId, CommentId, FilterId, SectionId, TaskId},
    store::CountRow,
};
use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

/// A filter that is kept, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FilterRow {
    /// Its id.
    pub id: FilterId,
    /// Whose it is; nobody’s, of one that a program added.
    pub owner_id: Option<UserId>,
    /// Its name.
    pub name: String,
    /// Sealed.
    pub query: Vec<u8>,
    /// Everybody has it.
    pub shared: bool,
    /// Its place.
    pub position: String,
    /// Grows with every change.
    pub version: i64,
    /// The act that took it away; nobody has it then.
    pub removed_with: Option<ActId>,
}

/// What each match is in any case, as far as the database can tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// It stands at one of these statuses: a JSON list, as the others are.
    pub statuses: String,
    /// One of these people is on it, whose it is or beside them.
    pub people: Option<String>,
    /// It has one of these labels.
    pub labels: Option<String>,
    /// It is due on this day at the earliest.
    pub from: Option<String>,
    /// It is due on this day at the latest.
    pub until: Option<String>,
}

/// A comment, as far as it is searched.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SaidRow {
    /// The task.
    pub task_id: TaskId,
    /// The comment.
    pub id: CommentId,
    /// Sealed.
    pub words: Vec<u8>,
}

/// Takes what the index has of one text away.
pub async fn delete_words(tx: &mut OrgTx, task: TaskId, source: Uuid) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_words WHERE org_id = $1 AND task_id = $2 AND source_id = $3", task, source)
}

/// Takes all that the index has of a task away, of its comments too.
pub async fn delete_words_of(tx: &mut OrgTx, task: TaskId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_words WHERE org_id = $1 AND task_id = $2", task)
}

/// Puts words into the index: `rows`, a JSON list of fingerprints, each with the task and with what of it has the word.
pub async fn insert_words(tx: &mut OrgTx, rows: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO tasks_words (org_id, word, task_id, source_id)
         SELECT $1, json_extract(value, '$[0]'), unhex(json_extract(value, '$[1]')), unhex(json_extract(value, '$[2]')) FROM json_each($2)",
        postgres: "INSERT INTO tasks_words (org_id, word, task_id, source_id)
         SELECT $1, CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS UUID), CAST(value ->> 2 AS UUID) FROM json_array_elements(CAST($2 AS JSON))",
        rows
    )
}

/// Tasks after this one, by id, of which the index has nothing.
pub async fn tasks_without_words(tx: &mut OrgTx, after: TaskId, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT t.id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.id > $2
           AND NOT EXISTS (SELECT 1 FROM tasks_words AS w WHERE w.org_id = $1 AND w.task_id = t.id AND w.source_id = t.id)
         ORDER BY t.id LIMIT $3",
        after,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Comments after this one, by id, of which the index has nothing.
pub async fn comments_without_words(tx: &mut OrgTx, after: CommentId, limit: i64) -> Result<Vec<SaidRow>, DbError> {
    sql!(
        all SaidRow,
        tx,
        "SELECT c.task_id, c.id, c.words FROM tasks_comments AS c WHERE c.org_id = $1 AND c.id > $2 AND c.removed_with IS NULL
           AND NOT EXISTS (SELECT 1 FROM tasks_words AS w WHERE w.org_id = $1 AND w.task_id = c.task_id AND w.source_id = c.id)
         ORDER BY c.id LIMIT $3",
        after,
        limit
    )
}

/// In how many texts a word is; no more than `most` are counted.
pub async fn count_word(tx: &mut OrgTx, word: i64, most: i64) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM (SELECT w.source_id FROM tasks_words AS w WHERE w.org_id = $1 AND w.word = $2 LIMIT $3) AS found",
        word,
        most
    )?;
    Ok(count)
}

/// The newest tasks that have all of these words, wherever in them, and are all of what else is asked. It goes from the rarest of them.
pub async fn with_words(
    tx: &mut OrgTx,
    rarest: i64,
    others: [Option<i64>; 3],
    asked: &Asked,
    limit: i64,
) -> Result<Vec<TaskId>, DbError> {
    let [second, third, fourth] = others;
    // `OFFSET 0` keeps PostgreSQL from reading all that has the other word, which may be every task, to look the first few up in it.
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT DISTINCT w.task_id FROM tasks_words AS w JOIN tasks_tasks AS t ON t.org_id = w.org_id AND t.id = w.task_id
         WHERE w.org_id = $1 AND w.word = $2 AND t.trashed_at IS NULL AND +t.status_id IN (SELECT unhex(value) FROM json_each($6))
           AND ($3 IS NULL OR EXISTS (SELECT 1 FROM tasks_words AS b WHERE b.org_id = $1 AND b.word = $3 AND b.task_id = w.task_id))
           AND ($4 IS NULL OR EXISTS (SELECT 1 FROM tasks_words AS c WHERE c.org_id = $1 AND c.word = $4 AND c.task_id = w.task_id))
           AND ($5 IS NULL OR EXISTS (SELECT 1 FROM tasks_words AS d WHERE d.org_id = $1 AND d.word = $5 AND d.task_id = w.task_id))
           AND ($7 IS NULL OR t.due_day >= $7) AND ($8 IS NULL OR t.due_day <= $8)
           AND ($9 IS NULL OR t.responsible_id IN (SELECT unhex(value) FROM json_each($9))
             OR EXISTS (SELECT 1 FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.task_id = t.id AND a.user_id IN (SELECT unhex(value) FROM json_each($9))))
           AND ($10 IS NULL OR EXISTS (SELECT 1 FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.task_id = t.id AND l.label_id IN (SELECT unhex(value) FROM json_each($10))))
         ORDER BY w.task_id DESC LIMIT $11",
        postgres: "SELECT DISTINCT w.task_id FROM tasks_words AS w JOIN tasks_tasks AS t ON t.org_id = w.org_id AND t.id = w.task_id
         WHERE w.org_id = $1 AND w.word = $2 AND t.trashed_at IS NULL AND t.status_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($6 AS JSON))))
           AND (CAST($3 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM tasks_words AS b WHERE b.org_id = $1 AND b.word = $3 AND b.task_id = w.task_id OFFSET 0))
           AND (CAST($4 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM tasks_words AS c WHERE c.org_id = $1 AND c.word = $4 AND c.task_id = w.task_id OFFSET 0))
           AND (CAST($5 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM tasks_words AS d WHERE d.org_id = $1 AND d.word = $5 AND d.task_id = w.task_id OFFSET 0))
           AND (CAST($7 AS TEXT) IS NULL OR t.due_day >= $7) AND (CAST($8 AS TEXT) IS NULL OR t.due_day <= $8)
           AND (CAST($9 AS TEXT) IS NULL OR t.responsible_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($9 AS JSON))))
             OR EXISTS (SELECT 1 FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.task_id = t.id AND a.user_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($9 AS JSON))))))
           AND (CAST($10 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.task_id = t.id AND l.label_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($10 AS JSON))))))
         ORDER BY w.task_id DESC LIMIT $11",
        rarest,
        second,
        third,
        fourth,
        asked.statuses.as_str(),
        asked.from.as_deref(),
        asked.until.as_deref(),
        asked.people.as_deref(),
        asked.labels.as_deref(),
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The newest tasks that are all of what is asked, outside the trash: where most are some of it, they are soon found from the newest on.
pub async fn newest(tx: &mut OrgTx, asked: &Asked, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT t.id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.trashed_at IS NULL AND +t.status_id IN (SELECT unhex(value) FROM json_each($2))
           AND ($3 IS NULL OR t.due_day >= $3) AND ($4 IS NULL OR t.due_day <= $4)
           AND ($5 IS NULL OR t.responsible_id IN (SELECT unhex(value) FROM json_each($5))
             OR EXISTS (SELECT 1 FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.task_id = t.id AND a.user_id IN (SELECT unhex(value) FROM json_each($5))))
           AND ($6 IS NULL OR EXISTS (SELECT 1 FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.task_id = t.id AND l.label_id IN (SELECT unhex(value) FROM json_each($6))))
         ORDER BY t.id DESC LIMIT $7",
        postgres: "SELECT t.id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.trashed_at IS NULL AND t.status_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))
           AND (CAST($3 AS TEXT) IS NULL OR t.due_day >= $3) AND (CAST($4 AS TEXT) IS NULL OR t.due_day <= $4)
           AND (CAST($5 AS TEXT) IS NULL OR t.responsible_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($5 AS JSON))))
             OR EXISTS (SELECT 1 FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.task_id = t.id AND a.user_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($5 AS JSON))))))
           AND (CAST($6 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.task_id = t.id AND l.label_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($6 AS JSON))))))
         ORDER BY t.id DESC LIMIT $7",
        asked.statuses.as_str(),
        asked.from.as_deref(),
        asked.until.as_deref(),
        asked.people.as_deref(),
        asked.labels.as_deref(),
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How often one of these people is on a task, whose it is or beside them; of either no more than `most` are counted.
pub async fn count_doers(tx: &mut OrgTx, people: &str, most: i64) -> Result<i64, DbError> {
    let (own, beside) = sql!(
        one(i64, i64),
        tx,
        sqlite: "SELECT
           (SELECT count(*) FROM (SELECT t.responsible_id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.responsible_id IN (SELECT unhex(value) FROM json_each($2)) LIMIT $3) AS found),
           (SELECT count(*) FROM (SELECT a.task_id FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.user_id IN (SELECT unhex(value) FROM json_each($2)) LIMIT $3) AS found)",
        postgres: "SELECT
           (SELECT count(*) FROM (SELECT t.responsible_id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.responsible_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) LIMIT $3) AS found),
           (SELECT count(*) FROM (SELECT a.task_id FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.user_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) LIMIT $3) AS found)",
        people,
        most
    )?;
    Ok(own.saturating_add(beside))
}

/// How often one of these labels is on a task; no more than `most` are counted.
pub async fn count_labelled(tx: &mut OrgTx, labels: &str, most: i64) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        sqlite: "SELECT count(*) FROM (SELECT l.task_id FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.label_id IN (SELECT unhex(value) FROM json_each($2)) LIMIT $3) AS found",
        postgres: "SELECT count(*) FROM (SELECT l.task_id FROM tasks_task_labels AS l WHERE l.org_id = $1 AND l.label_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) LIMIT $3) AS found",
        labels,
        most
    )?;
    Ok(count)
}

/// How many tasks are due between two days, both included; no more than `most` are counted.
pub async fn count_due(tx: &mut OrgTx, from: &str, until: &str, most: i64) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM (SELECT t.due_day FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.due_day >= $2 AND t.due_day <= $3 LIMIT $4) AS found",
        from,
        until,
        most
    )?;
    Ok(count)
}

/// How many tasks of these lists are at one of these statuses; no more than `most` are counted.
pub async fn count_at(tx: &mut OrgTx, lists: &str, statuses: &str, most: i64) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        sqlite: "SELECT count(*) FROM (SELECT t.position FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.list_id IN (SELECT unhex(value) FROM json_each($2)) AND t.status_id IN (SELECT unhex(value) FROM json_each($3)) LIMIT $4) AS found",
        postgres: "SELECT count(*) FROM (SELECT t.position FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.list_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND t.status_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($3 AS JSON)))) LIMIT $4) AS found",
        lists,
        statuses,
        most
    )?;
    Ok(count)
}

/// The newest tasks that are one of these people’s, at one of these statuses, outside the trash.
pub async fn of_responsible(tx: &mut OrgTx, people: &str, statuses: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT t.id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.responsible_id IN (SELECT unhex(value) FROM json_each($2)) AND +t.trashed_at IS NULL AND +t.status_id IN (SELECT unhex(value) FROM json_each($3))
         ORDER BY +t.id DESC LIMIT $4",
        postgres: "SELECT t.id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.responsible_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND t.trashed_at IS NULL AND t.status_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($3 AS JSON))))
         ORDER BY t.id DESC LIMIT $4",
        people,
        statuses,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The same of those that one of these people is on beside whose it is; a task is there for each.
pub async fn of_assignees(tx: &mut OrgTx, people: &str, statuses: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT a.task_id FROM tasks_assignees AS a JOIN tasks_tasks AS t ON t.org_id = a.org_id AND t.id = a.task_id
         WHERE a.org_id = $1 AND a.user_id IN (SELECT unhex(value) FROM json_each($2)) AND t.trashed_at IS NULL AND +t.status_id IN (SELECT unhex(value) FROM json_each($3))
         ORDER BY +a.task_id DESC LIMIT $4",
        postgres: "SELECT a.task_id FROM tasks_assignees AS a JOIN tasks_tasks AS t ON t.org_id = a.org_id AND t.id = a.task_id
         WHERE a.org_id = $1 AND a.user_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND t.trashed_at IS NULL AND t.status_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($3 AS JSON))))
         ORDER BY a.task_id DESC LIMIT $4",
        people,
        statuses,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The newest tasks that have one of these labels, at one of these statuses, outside the trash; a task is there for each.
pub async fn of_labels(tx: &mut OrgTx, labels: &str, statuses: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT l.task_id FROM tasks_task_labels AS l JOIN tasks_tasks AS t ON t.org_id = l.org_id AND t.id = l.task_id
         WHERE l.org_id = $1 AND l.label_id IN (SELECT unhex(value) FROM json_each($2)) AND t.trashed_at IS NULL AND +t.status_id IN (SELECT unhex(value) FROM json_each($3))
         ORDER BY +l.task_id DESC LIMIT $4",
        postgres: "SELECT l.task_id FROM tasks_task_labels AS l JOIN tasks_tasks AS t ON t.org_id = l.org_id AND t.id = l.task_id
         WHERE l.org_id = $1 AND l.label_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND t.trashed_at IS NULL AND t.status_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($3 AS JSON))))
         ORDER BY l.task_id DESC LIMIT $4",
        labels,
        statuses,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The newest tasks that are due between two days, both included, at one of these statuses, outside the trash.
pub async fn due_between(
    tx: &mut OrgTx,
    from: &str,
    until: &str,
    statuses: &str,
    limit: i64,
) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT t.id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.due_day >= $2 AND t.due_day <= $3 AND t.trashed_at IS NULL AND +t.status_id IN (SELECT unhex(value) FROM json_each($4))
         ORDER BY +t.id DESC LIMIT $5",
        postgres: "SELECT t.id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.due_day >= $2 AND t.due_day <= $3 AND t.trashed_at IS NULL AND t.status_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($4 AS JSON))))
         ORDER BY t.id DESC LIMIT $5",
        from,
        until,
        statuses,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The newest tasks of these lists at one of these statuses, outside the trash.
pub async fn at_statuses(tx: &mut OrgTx, lists: &str, statuses: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT t.id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.list_id IN (SELECT unhex(value) FROM json_each($2)) AND t.status_id IN (SELECT unhex(value) FROM json_each($3)) AND t.trashed_at IS NULL
         ORDER BY +t.id DESC LIMIT $4",
        postgres: "SELECT t.id FROM tasks_tasks AS t
         WHERE t.org_id = $1 AND t.list_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND t.status_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($3 AS JSON)))) AND t.trashed_at IS NULL
         ORDER BY t.id DESC LIMIT $4",
        lists,
        statuses,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The parts of all lists, by name.
pub async fn section_names(tx: &mut OrgTx) -> Result<Vec<(SectionId, String)>, DbError> {
    sql!(all(SectionId, String), tx, "SELECT id, name FROM tasks_sections WHERE org_id = $1")
}

/// What was said about these tasks.
pub async fn said(tx: &mut OrgTx, ids: &str) -> Result<Vec<SaidRow>, DbError> {
    sql!(
        all SaidRow,
        tx,
        sqlite: "SELECT task_id, id, words FROM tasks_comments WHERE org_id = $1 AND removed_with IS NULL AND task_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY task_id, created_at, id",
        postgres: "SELECT task_id, id, words FROM tasks_comments WHERE org_id = $1 AND removed_with IS NULL AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) ORDER BY task_id, created_at, id",
        ids
    )
}

/// How many bytes were said about each of these tasks, as stored.
pub async fn said_bytes(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, i64)>, DbError> {
    sql!(
        all(TaskId, i64),
        tx,
        sqlite: "SELECT task_id, CAST(sum(length(words)) AS BIGINT) FROM tasks_comments WHERE org_id = $1 AND removed_with IS NULL AND task_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY task_id",
        postgres: "SELECT task_id, CAST(sum(length(words)) AS BIGINT) FROM tasks_comments WHERE org_id = $1 AND removed_with IS NULL AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) GROUP BY task_id",
        ids
    )
}

/// Those of these tasks about which something was said.
pub async fn commented(tx: &mut OrgTx, ids: &str) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT DISTINCT task_id FROM tasks_comments WHERE org_id = $1 AND removed_with IS NULL AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT DISTINCT task_id FROM tasks_comments WHERE org_id = $1 AND removed_with IS NULL AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those of these tasks that have files.
pub async fn with_files(tx: &mut OrgTx, ids: &str) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT DISTINCT task_id FROM tasks_files WHERE org_id = $1 AND removed_at IS NULL AND task_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT DISTINCT task_id FROM tasks_files WHERE org_id = $1 AND removed_at IS NULL AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those of these tasks that another one waits for, which isn’t completed.
pub async fn blocking(tx: &mut OrgTx, ids: &str) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT DISTINCT l.blocker_id FROM tasks_links AS l JOIN tasks_tasks AS b ON b.org_id = l.org_id AND b.id = l.blocked_id
         WHERE l.org_id = $1 AND b.completed_at IS NULL AND b.trashed_at IS NULL AND l.blocker_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT DISTINCT l.blocker_id FROM tasks_links AS l JOIN tasks_tasks AS b ON b.org_id = l.org_id AND b.id = l.blocked_id
         WHERE l.org_id = $1 AND b.completed_at IS NULL AND b.trashed_at IS NULL AND l.blocker_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those of these tasks that somebody follows.
pub async fn followed(tx: &mut OrgTx, user: UserId, ids: &str) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        sqlite: "SELECT task_id FROM tasks_followers WHERE org_id = $1 AND user_id = $2 AND NOT muted AND task_id IN (SELECT unhex(value) FROM json_each($3))",
        postgres: "SELECT task_id FROM tasks_followers WHERE org_id = $1 AND user_id = $2 AND NOT muted AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($3 AS JSON))))",
        user,
        ids
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// When these tasks last changed, those that ever did.
pub async fn last_changed(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, Instant)>, DbError> {
    sql!(
        all(TaskId, Instant),
        tx,
        sqlite: "SELECT c.task_id, max(a.done_at) FROM tasks_changes AS c JOIN tasks_acts AS a ON a.org_id = c.org_id AND a.id = c.act_id
         WHERE c.org_id = $1 AND c.task_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY c.task_id",
        postgres: "SELECT c.task_id, max(a.done_at) FROM tasks_changes AS c JOIN tasks_acts AS a ON a.org_id = c.org_id AND a.id = c.act_id
         WHERE c.org_id = $1 AND c.task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) GROUP BY c.task_id",
        ids
    )
}

/// How many tasks that have no parts themselves are below these, however deep, and how many of them are completed: what all that is said of how far a task
/// has come is counted by. The join is `CROSS` so that
/// SQLite keeps its order, and finds children by the index. The join is `CROSS` so
/// that SQLite keeps its order, and finds children by the index.
pub async fn counts_below(tx: &mut OrgTx, ids: &str) -> Result<Vec<CountRow>, DbError> {
    sql!(
        all CountRow,
        tx,
        sqlite: "WITH RECURSIVE below (root, id, completed_at) AS (
             SELECT c.parent_id, c.id, c.completed_at FROM tasks_tasks AS c WHERE c.org_id = $1 AND c.trashed_at IS NULL AND c.parent_id IN (SELECT unhex(value) FROM json_each($2))
             UNION ALL
             SELECT below.root, d.id, d.completed_at FROM below CROSS JOIN tasks_tasks AS d WHERE d.org_id = $1 AND d.parent_id = below.id AND d.trashed_at IS NULL
         )
         SELECT root AS task_id, count(*) AS total, count(completed_at) AS done FROM below WHERE NOT EXISTS (SELECT 1 FROM tasks_tasks AS p WHERE p.org_id = $1 AND p.parent_id = below.id AND p.trashed_at IS NULL)
         GROUP BY root",
        postgres: "WITH RECURSIVE below (root, id, completed_at) AS (
             SELECT c.parent_id, c.id, c.completed_at FROM tasks_tasks AS c WHERE c.org_id = $1 AND c.trashed_at IS NULL AND c.parent_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))
             UNION ALL
             SELECT below.root, d.id, d.completed_at FROM below CROSS JOIN tasks_tasks AS d WHERE d.org_id = $1 AND d.parent_id = below.id AND d.trashed_at IS NULL
         )
         SELECT root AS task_id, count(*) AS total, count(completed_at) AS done FROM below WHERE NOT EXISTS (SELECT 1 FROM tasks_tasks AS p WHERE p.org_id = $1 AND p.parent_id = below.id AND p.trashed_at IS NULL)
         GROUP BY root",
        ids
    )
}

/// The numbers of these tasks.
pub async fn numbers(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, i64)>, DbError> {
    sql!(
        all(TaskId, i64),
        tx,
        sqlite: "SELECT id, number FROM tasks_tasks WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id, number FROM tasks_tasks WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// The filters that somebody has: their own, and everybody’s, in order.
pub async fn filters(tx: &mut OrgTx, user: Option<UserId>) -> Result<Vec<FilterRow>, DbError> {
    sql!(
        all FilterRow,
        tx,
        "SELECT id, owner_id, name, query, shared, position, version, removed_with FROM tasks_filters
         WHERE org_id = $1 AND (shared OR owner_id = $2) AND removed_with IS NULL ORDER BY position, id",
        user
    )
}

/// All filters, whoever’s they are, those that were taken away too.
pub async fn every_filter(tx: &mut OrgTx) -> Result<Vec<FilterRow>, DbError> {
    sql!(
        all FilterRow,
        tx,
        "SELECT id, owner_id, name, query, shared, position, version, removed_with FROM tasks_filters WHERE org_id = $1 ORDER BY position, id"
    )
}

/// Keeps a filter.
pub async fn insert_filter(tx: &mut OrgTx, new: &FilterRow) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_filters (org_id, id, owner_id, name, query, shared, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.owner_id,
        new.name.as_str(),
        new.query.as_slice(),
        new.shared,
        new.position.as_str(),
        now
    )
}

/// Writes a filter as it is to be. 0: it was changed since its version.
pub async fn update_filter(tx: &mut OrgTx, new: &FilterRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_filters SET owner_id = $3, name = $4, query = $5, shared = $6, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $7",
        new.id,
        new.owner_id,
        new.name.as_str(),
        new.query.as_slice(),
        new.shared,
        new.version
    )
}

/// Gives a filter another place.
pub async fn place_filter(tx: &mut OrgTx, id: FilterId, position: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_filters SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// Keeps a filter no longer, but for whoever undoes that.
pub async fn remove_filter(tx: &mut OrgTx, id: FilterId, act: ActId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_filters SET removed_with = $3 WHERE org_id = $1 AND id = $2", id, act)
}

/// The filters that an act took away.
pub async fn filters_removed_by(tx: &mut OrgTx, act: ActId) -> Result<Vec<FilterRow>, DbError> {
    sql!(
        all FilterRow,
        tx,
        "SELECT id, owner_id, name, query, shared, position, version, removed_with FROM tasks_filters WHERE org_id = $1 AND removed_with = $2 ORDER BY id",
        act
    )
}

/// A filter is there again.
pub async fn bring_filter_back(tx: &mut OrgTx, id: FilterId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_filters SET removed_with = NULL WHERE org_id = $1 AND id = $2", id)
}

/// How much everybody can do in a week, in minutes, where it was ever said.
pub async fn week_minutes(tx: &mut OrgTx) -> Result<Option<i64>, DbError> {
    let found = sql!(optional(i64,), tx, "SELECT week_minutes FROM tasks_settings WHERE org_id = $1")?;
    Ok(found.map(|(minutes,)| minutes))
}

/// Says how much everybody can do in a week.
pub async fn set_week_minutes(tx: &mut OrgTx, minutes: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_settings (org_id, week_minutes) VALUES ($1, $2) ON CONFLICT (org_id) DO UPDATE SET week_minutes = excluded.week_minutes",
        minutes
    )
}

/// Who can do another amount in a week, in minutes.
pub async fn capacities(tx: &mut OrgTx) -> Result<Vec<(UserId, i64)>, DbError> {
    sql!(all(UserId, i64), tx, "SELECT user_id, minutes FROM tasks_capacity WHERE org_id = $1 ORDER BY user_id")
}

/// Says how much somebody can do in a week.
pub async fn set_capacity(tx: &mut OrgTx, user: UserId, minutes: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_capacity (org_id, user_id, minutes) VALUES ($1, $2, $3) ON CONFLICT (org_id, user_id) DO UPDATE SET minutes = excluded.minutes",
        user,
        minutes
    )
}

/// Somebody can do what everybody can.
pub async fn delete_capacity(tx: &mut OrgTx, user: UserId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_capacity WHERE org_id = $1 AND user_id = $2", user)
}
