//! Statements for what people say about tasks, who follows them, and what each is told: one function each.

use uuid::Uuid;

use super::ids::{ActId, CommentId, ListId, NoticeId, TaskId};
use crate::{
    clock::Instant,
    db::DbError,
    ids::UserId,
    org::{Doer, OrgTx},
    sql,
};

/// What somebody said, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CommentRow {
    /// Its id.
    pub id: CommentId,
    /// The task.
    pub task_id: TaskId,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Who.
    pub by_id: Option<Uuid>,
    /// Sealed.
    pub words: Vec<u8>,
    /// When.
    pub created_at: Instant,
    /// When it was changed last.
    pub edited_at: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
}

/// What somebody is told, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NoticeRow {
    /// Its id.
    pub id: NoticeId,
    /// Who is told.
    pub user_id: UserId,
    /// Of which task.
    pub task_id: TaskId,
    /// What happened.
    pub kind: String,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Who did it.
    pub by_id: Option<Uuid>,
    /// What they said.
    pub comment_id: Option<CommentId>,
    /// So often since they looked.
    pub times: i64,
    /// When.
    pub told_at: Instant,
    /// When they looked.
    pub read_at: Option<Instant>,
    /// When it is emailed.
    pub mail_at: Option<Instant>,
}

/// What is somebody's own, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnRow {
    /// Whose.
    pub user_id: UserId,
    /// Where what they add goes.
    pub list_id: Option<ListId>,
    /// The daily email comes.
    pub daily: bool,
    /// At which hour.
    pub hour: i64,
    /// Monday first; 1 is yes.
    pub weekdays: String,
    /// The day for which it was written last.
    pub told_day: Option<String>,
    /// When it is due.
    pub next_at: Option<Instant>,
}

/// Adds a comment. `words` is sealed.
pub async fn insert_comment(
    tx: &mut OrgTx,
    id: CommentId,
    task: TaskId,
    by: Doer,
    words: &[u8],
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_comments (org_id, id, task_id, by_kind, by_id, words, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        task,
        by.kind,
        by.id,
        words,
        now
    )
}

/// One comment that is there.
pub async fn comment(tx: &mut OrgTx, id: CommentId) -> Result<Option<CommentRow>, DbError> {
    sql!(
        optional CommentRow,
        tx,
        "SELECT id, task_id, by_kind, by_id, words, created_at, edited_at, version FROM tasks_comments WHERE org_id = $1 AND id = $2 AND removed_with IS NULL",
        id
    )
}

/// The latest comments on a task, the earliest of them first.
pub async fn comments(tx: &mut OrgTx, task: TaskId, limit: i64) -> Result<Vec<CommentRow>, DbError> {
    let mut rows = sql!(
        all CommentRow,
        tx,
        "SELECT id, task_id, by_kind, by_id, words, created_at, edited_at, version FROM tasks_comments WHERE org_id = $1 AND task_id = $2 AND removed_with IS NULL ORDER BY created_at DESC, id DESC LIMIT $3",
        task,
        limit
    )?;
    rows.reverse();
    Ok(rows)
}

/// All comments, so many after one, to take along.
pub async fn every_comment(tx: &mut OrgTx, after: CommentId, limit: i64) -> Result<Vec<CommentRow>, DbError> {
    sql!(
        all CommentRow,
        tx,
        "SELECT id, task_id, by_kind, by_id, words, created_at, edited_at, version FROM tasks_comments WHERE org_id = $1 AND id > $2 AND removed_with IS NULL ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// How many comments a task has.
pub async fn count_comments(tx: &mut OrgTx, task: TaskId) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM tasks_comments WHERE org_id = $1 AND task_id = $2 AND removed_with IS NULL",
        task
    )?;
    Ok(count)
}

/// How many comments these tasks have; `ids` as [`super::store::as_json`] writes them.
pub async fn comment_counts(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, i64)>, DbError> {
    sql!(
        all(TaskId, i64),
        tx,
        sqlite: "SELECT task_id, count(*) FROM tasks_comments WHERE org_id = $1 AND removed_with IS NULL AND task_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY task_id",
        postgres: "SELECT task_id, count(*) FROM tasks_comments WHERE org_id = $1 AND removed_with IS NULL AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) GROUP BY task_id",
        ids
    )
}

/// Changes what a comment says. 0: somebody else did since its version.
pub async fn update_comment(tx: &mut OrgTx, id: CommentId, words: &[u8], version: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE tasks_comments SET words = $3, edited_at = $4, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $5 AND removed_with IS NULL",
        id,
        words,
        now,
        version
    )
}

/// Takes a comment away, with this act, which can be undone.
pub async fn remove_comment(tx: &mut OrgTx, id: CommentId, act: ActId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE tasks_comments SET removed_with = $3, removed_at = $4 WHERE org_id = $1 AND id = $2",
        id,
        act,
        now
    )
}

/// The comment that an act took away.
pub async fn comment_removed_by(tx: &mut OrgTx, act: ActId) -> Result<Option<CommentRow>, DbError> {
    sql!(
        optional CommentRow,
        tx,
        "SELECT id, task_id, by_kind, by_id, words, created_at, edited_at, version FROM tasks_comments WHERE org_id = $1 AND removed_with = $2",
        act
    )
}

/// A comment is there again.
pub async fn bring_comment_back(tx: &mut OrgTx, id: CommentId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_comments SET removed_with = NULL, removed_at = NULL WHERE org_id = $1 AND id = $2", id)
}

/// Keeps what people were told of a comment, for whoever undoes that it was taken away.
pub async fn keep_notices_of(tx: &mut OrgTx, comment: CommentId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_removed_notices (org_id, id, comment_id, user_id, task_id, kind, by_kind, by_id, times, told_at, read_at, mail_at)
         SELECT $1, n.id, n.comment_id, n.user_id, n.task_id, n.kind, n.by_kind, n.by_id, n.times, n.told_at, n.read_at, n.mail_at
         FROM tasks_notices AS n WHERE n.org_id = $1 AND n.comment_id = $2",
        comment
    )
}

/// People were told of a comment that is there again, as they were before; not where they were told of the same kind since and haven’t looked.
pub async fn put_notices_back(tx: &mut OrgTx, comment: CommentId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_notices (org_id, id, user_id, task_id, kind, by_kind, by_id, comment_id, times, told_at, read_at, mail_at)
         SELECT $1, r.id, r.user_id, r.task_id, r.kind, r.by_kind, r.by_id, r.comment_id, r.times, r.told_at, r.read_at, r.mail_at
         FROM tasks_removed_notices AS r WHERE r.org_id = $1 AND r.comment_id = $2
           AND (r.read_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM tasks_notices AS n WHERE n.org_id = $1
             AND n.user_id = r.user_id AND n.task_id = r.task_id AND n.kind = r.kind AND n.read_at IS NULL))",
        comment
    )
}

/// What people were told of a comment isn’t kept any more.
pub async fn delete_removed_notices(tx: &mut OrgTx, comment: CommentId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_removed_notices WHERE org_id = $1 AND comment_id = $2", comment)
}

/// Comments that were taken away before this instant.
pub async fn comments_removed_before(tx: &mut OrgTx, before: Instant, limit: i64) -> Result<Vec<CommentId>, DbError> {
    let rows = sql!(
        all(CommentId,),
        tx,
        "SELECT id FROM tasks_comments WHERE org_id = $1 AND removed_at IS NOT NULL AND removed_at < $2 ORDER BY removed_at, id LIMIT $3",
        before,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Deletes these comments for good, with what people felt about them and were told of them; `ids` as [`store::as_json`](super::store::as_json) writes them.
pub async fn forget_comments(tx: &mut OrgTx, ids: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        sqlite: "DELETE FROM tasks_comments WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM tasks_comments WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// Takes away what people were told of a comment.
pub async fn delete_notices_of(tx: &mut OrgTx, comment: CommentId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_notices WHERE org_id = $1 AND comment_id = $2", comment)
}

/// What people feel about the comments on a task that are there.
pub async fn reactions(tx: &mut OrgTx, task: TaskId) -> Result<Vec<(CommentId, UserId, String)>, DbError> {
    sql!(
        all(CommentId, UserId, String),
        tx,
        "SELECT r.comment_id, r.user_id, r.what FROM tasks_reactions AS r
         JOIN tasks_comments AS c ON c.org_id = r.org_id AND c.id = r.comment_id
         WHERE r.org_id = $1 AND c.task_id = $2 AND c.removed_with IS NULL ORDER BY r.comment_id, r.created_at, r.user_id",
        task
    )
}

/// All of them, to take along.
pub async fn every_reaction(tx: &mut OrgTx) -> Result<Vec<(CommentId, UserId, String, Instant)>, DbError> {
    sql!(
        all(CommentId, UserId, String, Instant),
        tx,
        "SELECT r.comment_id, r.user_id, r.what, r.created_at FROM tasks_reactions AS r
         JOIN tasks_comments AS c ON c.org_id = r.org_id AND c.id = r.comment_id
         WHERE r.org_id = $1 AND c.removed_with IS NULL ORDER BY r.comment_id, r.created_at, r.user_id, r.what"
    )
}

/// Somebody feels something about a comment.
pub async fn insert_reaction(tx: &mut OrgTx, comment: CommentId, user: UserId, what: &str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_reactions (org_id, comment_id, user_id, what, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org_id, comment_id, user_id, what) DO NOTHING",
        comment,
        user,
        what,
        now
    )
}

/// Or no more.
pub async fn delete_reaction(tx: &mut OrgTx, comment: CommentId, user: UserId, what: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM tasks_reactions WHERE org_id = $1 AND comment_id = $2 AND user_id = $3 AND what = $4",
        comment,
        user,
        what
    )
}

/// Who follows these tasks, and who of them doesn't want to hear of it.
pub async fn followers(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, UserId, bool)>, DbError> {
    sql!(
        all(TaskId, UserId, bool),
        tx,
        sqlite: "SELECT task_id, user_id, muted FROM tasks_followers WHERE org_id = $1 AND task_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY task_id, user_id",
        postgres: "SELECT task_id, user_id, muted FROM tasks_followers WHERE org_id = $1 AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) ORDER BY task_id, user_id",
        ids
    )
}

/// Somebody follows a task from now on, unless they said before how it is.
pub async fn follow(tx: &mut OrgTx, task: TaskId, user: UserId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_followers (org_id, task_id, user_id, muted) VALUES ($1, $2, $3, FALSE) ON CONFLICT (org_id, task_id, user_id) DO NOTHING",
        task,
        user
    )
}

/// Somebody says whether they want to hear of a task.
pub async fn set_follower(tx: &mut OrgTx, task: TaskId, user: UserId, muted: bool) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_followers (org_id, task_id, user_id, muted) VALUES ($1, $2, $3, $4)
         ON CONFLICT (org_id, task_id, user_id) DO UPDATE SET muted = excluded.muted",
        task,
        user,
        muted
    )
}

/// Tells somebody once more of what they haven't looked at. 0: there is nothing of this kind that they haven't looked at.
pub async fn add_to_notice(
    tx: &mut OrgTx,
    user: UserId,
    task: TaskId,
    kind: &str,
    by: Doer,
    comment: Option<CommentId>,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE tasks_notices SET times = times + 1, told_at = $5, by_kind = $6, by_id = $7, comment_id = $8
         WHERE org_id = $1 AND user_id = $2 AND task_id = $3 AND kind = $4 AND read_at IS NULL",
        user,
        task,
        kind,
        now,
        by.kind,
        by.id,
        comment
    )
}

/// Tells somebody of something.
pub async fn insert_notice(tx: &mut OrgTx, new: &NoticeRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_notices (org_id, id, user_id, task_id, kind, by_kind, by_id, comment_id, told_at, mail_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.user_id,
        new.task_id,
        new.kind.as_str(),
        new.by_kind.as_str(),
        new.by_id,
        new.comment_id,
        new.told_at,
        new.mail_at
    )
}

/// What somebody was told, the latest first: so many before one.
pub async fn notices(
    tx: &mut OrgTx,
    user: UserId,
    unread: bool,
    before: Instant,
    limit: i64,
) -> Result<Vec<NoticeRow>, DbError> {
    sql!(
        all NoticeRow,
        tx,
        "SELECT id, user_id, task_id, kind, by_kind, by_id, comment_id, times, told_at, read_at, mail_at FROM tasks_notices
         WHERE org_id = $1 AND user_id = $2 AND told_at < $3 AND (read_at IS NULL OR NOT $4) ORDER BY told_at DESC, id DESC LIMIT $5",
        user,
        before,
        unread,
        limit
    )
}

/// What of it they haven't looked at, a hundred at most.
pub async fn unread(tx: &mut OrgTx, user: UserId) -> Result<Vec<(NoticeId,)>, DbError> {
    sql!(
        all(NoticeId,),
        tx,
        "SELECT id FROM tasks_notices WHERE org_id = $1 AND user_id = $2 AND read_at IS NULL LIMIT 100",
        user
    )
}

/// How much of one task, likewise.
pub async fn count_unread_of(tx: &mut OrgTx, user: UserId, task: TaskId) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM tasks_notices WHERE org_id = $1 AND user_id = $2 AND task_id = $3 AND read_at IS NULL",
        user,
        task
    )?;
    Ok(count)
}

/// Somebody looked at one of them.
pub async fn read_notice(tx: &mut OrgTx, user: UserId, id: NoticeId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE tasks_notices SET read_at = $4, mail_at = NULL WHERE org_id = $1 AND user_id = $2 AND id = $3 AND read_at IS NULL",
        user,
        id,
        now
    )
}

/// Is it theirs?
pub async fn has_notice(tx: &mut OrgTx, user: UserId, id: NoticeId) -> Result<bool, DbError> {
    let found = sql!(
        optional(NoticeId,),
        tx,
        "SELECT id FROM tasks_notices WHERE org_id = $1 AND user_id = $2 AND id = $3",
        user,
        id
    )?;
    Ok(found.is_some())
}

/// Somebody looked at all of a task.
pub async fn read_notices_of(tx: &mut OrgTx, user: UserId, task: TaskId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE tasks_notices SET read_at = $4, mail_at = NULL WHERE org_id = $1 AND user_id = $2 AND task_id = $3 AND read_at IS NULL",
        user,
        task,
        now
    )
}

/// Somebody looked at all there is.
pub async fn read_notices(tx: &mut OrgTx, user: UserId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE tasks_notices SET read_at = $3, mail_at = NULL WHERE org_id = $1 AND user_id = $2 AND read_at IS NULL",
        user,
        now
    )
}

/// A task waits in no queue any more: nobody has to look at that it did.
pub async fn read_queued(tx: &mut OrgTx, task: TaskId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE tasks_notices SET read_at = $3, mail_at = NULL WHERE org_id = $1 AND task_id = $2 AND kind = 'queued' AND read_at IS NULL",
        task,
        now
    )
}

/// What is to be emailed by now and isn't looked at.
pub async fn notices_to_mail(tx: &mut OrgTx, until: Instant, limit: i64) -> Result<Vec<NoticeRow>, DbError> {
    sql!(
        all NoticeRow,
        tx,
        "SELECT id, user_id, task_id, kind, by_kind, by_id, comment_id, times, told_at, read_at, mail_at FROM tasks_notices
         WHERE org_id = $1 AND mail_at IS NOT NULL AND mail_at <= $2 ORDER BY user_id, told_at, id LIMIT $3",
        until,
        limit
    )
}

/// It is emailed, or isn't any more. 0: somebody else did, or they have looked.
pub async fn set_mailed(tx: &mut OrgTx, id: NoticeId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_notices SET mail_at = NULL WHERE org_id = $1 AND id = $2 AND mail_at IS NOT NULL", id)
}

/// Nothing more is emailed to somebody.
pub async fn mail_nothing(tx: &mut OrgTx, user: UserId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_notices SET mail_at = NULL WHERE org_id = $1 AND user_id = $2 AND mail_at IS NOT NULL",
        user
    )
}

/// What somebody was told since then of some kinds, for their daily email.
pub async fn told_since(tx: &mut OrgTx, user: UserId, since: Instant, limit: i64) -> Result<Vec<NoticeRow>, DbError> {
    sql!(
        all NoticeRow,
        tx,
        "SELECT id, user_id, task_id, kind, by_kind, by_id, comment_id, times, told_at, read_at, mail_at FROM tasks_notices
         WHERE org_id = $1 AND user_id = $2 AND told_at >= $3 AND kind IN ('assigned', 'mentioned') ORDER BY told_at DESC, id DESC LIMIT $4",
        user,
        since,
        limit
    )
}

/// Forgets what was told before then.
pub async fn forget_notices(tx: &mut OrgTx, before: Instant) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_notices WHERE org_id = $1 AND told_at < $2", before)
}

/// All of it, so much after one, to take along.
pub async fn every_notice(tx: &mut OrgTx, after: NoticeId, limit: i64) -> Result<Vec<NoticeRow>, DbError> {
    sql!(
        all NoticeRow,
        tx,
        "SELECT id, user_id, task_id, kind, by_kind, by_id, comment_id, times, told_at, read_at, mail_at FROM tasks_notices
         WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// How members want to be told, where they chose.
pub async fn ways(tx: &mut OrgTx) -> Result<Vec<(UserId, String, String)>, DbError> {
    sql!(
        all(UserId, String, String),
        tx,
        "SELECT user_id, kind, way FROM tasks_ways WHERE org_id = $1 ORDER BY user_id, kind"
    )
}

/// How one of them does.
pub async fn ways_of(tx: &mut OrgTx, user: UserId) -> Result<Vec<(String, String)>, DbError> {
    sql!(all(String, String), tx, "SELECT kind, way FROM tasks_ways WHERE org_id = $1 AND user_id = $2", user)
}

/// Somebody chooses how they are told of a kind.
pub async fn set_way(tx: &mut OrgTx, user: UserId, kind: &str, way: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_ways (org_id, user_id, kind, way) VALUES ($1, $2, $3, $4)
         ON CONFLICT (org_id, user_id, kind) DO UPDATE SET way = excluded.way",
        user,
        kind,
        way
    )
}

/// What is somebody's own.
pub async fn own(tx: &mut OrgTx, user: UserId) -> Result<Option<OwnRow>, DbError> {
    sql!(
        optional OwnRow,
        tx,
        "SELECT user_id, list_id, daily, hour, weekdays, told_day, next_at FROM tasks_own WHERE org_id = $1 AND user_id = $2",
        user
    )
}

/// What is everybody's own, to take along.
pub async fn every_own(tx: &mut OrgTx) -> Result<Vec<OwnRow>, DbError> {
    sql!(
        all OwnRow,
        tx,
        "SELECT user_id, list_id, daily, hour, weekdays, told_day, next_at FROM tasks_own WHERE org_id = $1 ORDER BY user_id"
    )
}

/// Says where what somebody adds goes.
pub async fn set_own_list(tx: &mut OrgTx, user: UserId, list: Option<ListId>) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_own (org_id, user_id, list_id) VALUES ($1, $2, $3)
         ON CONFLICT (org_id, user_id) DO UPDATE SET list_id = excluded.list_id",
        user,
        list
    )
}

/// Says when somebody's daily email comes.
pub async fn set_daily(tx: &mut OrgTx, new: &OwnRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_own (org_id, user_id, daily, hour, weekdays, next_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (org_id, user_id) DO UPDATE SET daily = excluded.daily, hour = excluded.hour, weekdays = excluded.weekdays, next_at = excluded.next_at",
        new.user_id,
        new.daily,
        new.hour,
        new.weekdays.as_str(),
        new.next_at
    )
}

/// Whose daily email is due by now.
pub async fn daily_due(tx: &mut OrgTx, until: Instant) -> Result<Vec<OwnRow>, DbError> {
    sql!(
        all OwnRow,
        tx,
        "SELECT user_id, list_id, daily, hour, weekdays, told_day, next_at FROM tasks_own
         WHERE org_id = $1 AND daily AND next_at IS NOT NULL AND next_at <= $2 ORDER BY user_id",
        until
    )
}

/// Takes somebody's daily email of a day on, and says when the next is due. 0: somebody else did, or they want none any more.
pub async fn claim_daily(tx: &mut OrgTx, own: &OwnRow, day: &str, next_at: Option<Instant>) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_own SET told_day = $3, next_at = $4 WHERE org_id = $1 AND user_id = $2 AND daily AND next_at = $5",
        own.user_id,
        day,
        next_at,
        own.next_at
    )
}
