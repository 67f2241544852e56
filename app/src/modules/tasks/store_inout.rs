//! Statements for files at tasks, files of other products, lists that are shown by a link, days in people’s own calendars, and mail: one function each.

use uuid::Uuid;

use super::{
    ids::{CommentId, FeedId, FileId, ImportId, ListId, ShareId, TaskId},
    store::TaskRow,
};
use crate::{
    clock::Instant,
    db::DbError,
    ids::UserId,
    org::{Doer, OrgTx},
    sql,
};

/// A file at a task, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FileRow {
    /// Its id.
    pub id: FileId,
    /// The task.
    pub task_id: TaskId,
    /// Sealed.
    pub name: Vec<u8>,
    /// What it is: a word.
    pub kind: String,
    /// How large it is.
    pub bytes: i64,
    /// It is a picture that a browser may show.
    pub shows: bool,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Who brought it.
    pub by_id: Option<Uuid>,
    /// When.
    pub created_at: Instant,
    /// It was taken away.
    pub removed_at: Option<Instant>,
}

/// A file of another product, as stored; without the file itself.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ImportRow {
    /// Its id.
    pub id: ImportId,
    /// Whose file it is: a word.
    pub source: String,
    /// A keyed hash of the file.
    pub fingerprint: Vec<u8>,
    /// Sealed JSON: what its columns are, who is who, and where it goes.
    pub chosen: Vec<u8>,
    /// Sealed JSON: what became of it.
    pub told: Option<Vec<u8>>,
    /// `kept`, `taking`, `taken`, `undoing` or `undone`.
    pub state: String,
    /// How many tasks came in.
    pub tasks: i64,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Who sent it.
    pub by_id: Option<Uuid>,
    /// Grows with every choice.
    pub version: i64,
    /// When it was sent.
    pub created_at: Instant,
    /// When somebody who is at it wrote last.
    pub started_at: Option<Instant>,
    /// When it was taken over.
    pub done_at: Option<Instant>,
    /// When the file goes; `None`: it is gone.
    pub expires_at: Option<Instant>,
}

/// A list that is shown by a link, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ShareRow {
    /// Its id.
    pub id: ShareId,
    /// The list.
    pub list_id: ListId,
    /// It says who is on a task.
    pub shows_who: bool,
    /// It shows notes.
    pub shows_notes: bool,
    /// As a board whose columns go by that; `None`: as a list.
    pub board_by: Option<String>,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Who made it.
    pub by_id: Option<Uuid>,
    /// When.
    pub created_at: Instant,
    /// Until when it is shown.
    pub expires_at: Option<Instant>,
}

/// Days for somebody's own calendar, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FeedRow {
    /// Its id.
    pub id: FeedId,
    /// Of this list; `None`: of what is theirs.
    pub list_id: Option<ListId>,
    /// Who made it, and reads it.
    pub made_by: UserId,
    /// When.
    pub created_at: Instant,
    /// When it was read last.
    pub read_at: Option<Instant>,
}

/// A list that takes mail, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MailboxRow {
    /// The list.
    pub list_id: ListId,
    /// What its address has in it.
    pub word: String,
    /// `members` or `anyone`.
    pub takes: String,
    /// Since when.
    pub created_at: Instant,
}

type File = (Option<Vec<u8>>,);
type Latest = (Option<Instant>,);

/// Adds a file to a task. Its name is sealed.
pub async fn insert_file(tx: &mut OrgTx, new: &FileRow) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_files (org_id, id, task_id, name, kind, bytes, shows, by_kind, by_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.task_id,
        new.name.as_slice(),
        new.kind.as_str(),
        new.bytes,
        new.shows,
        new.by_kind.as_str(),
        new.by_id,
        new.created_at
    )
}

/// One file, taken away or not.
pub async fn file(tx: &mut OrgTx, id: FileId) -> Result<Option<FileRow>, DbError> {
    sql!(
        optional FileRow,
        tx,
        "SELECT id, task_id, name, kind, bytes, shows, by_kind, by_id, created_at, removed_at FROM tasks_files WHERE org_id = $1 AND id = $2",
        id
    )
}

/// The files of a task, the first one first.
pub async fn files_of(tx: &mut OrgTx, task: TaskId) -> Result<Vec<FileRow>, DbError> {
    sql!(
        all FileRow,
        tx,
        "SELECT id, task_id, name, kind, bytes, shows, by_kind, by_id, created_at, removed_at FROM tasks_files WHERE org_id = $1 AND task_id = $2 AND removed_at IS NULL ORDER BY id",
        task
    )
}

/// All files, so many after one, to take along.
pub async fn every_file(tx: &mut OrgTx, after: FileId, limit: i64) -> Result<Vec<FileRow>, DbError> {
    sql!(
        all FileRow,
        tx,
        "SELECT id, task_id, name, kind, bytes, shows, by_kind, by_id, created_at, removed_at FROM tasks_files WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// How many files these tasks have; `ids` as [`super::store::as_json`] writes them.
pub async fn file_counts(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, i64)>, DbError> {
    sql!(
        all(TaskId, i64),
        tx,
        sqlite: "SELECT task_id, count(*) FROM tasks_files WHERE org_id = $1 AND removed_at IS NULL AND task_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY task_id",
        postgres: "SELECT task_id, count(*) FROM tasks_files WHERE org_id = $1 AND removed_at IS NULL AND task_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) GROUP BY task_id",
        ids
    )
}

/// How much all files come to, in bytes, those that were taken away and can come back too.
pub async fn bytes_kept(tx: &mut OrgTx) -> Result<i64, DbError> {
    let (bytes,) =
        sql!(one(i64,), tx, "SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM tasks_files WHERE org_id = $1")?;
    Ok(bytes)
}

/// Takes a file away, or brings it back.
pub async fn set_file_removed(tx: &mut OrgTx, id: FileId, removed_at: Option<Instant>) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_files SET removed_at = $3 WHERE org_id = $1 AND id = $2", id, removed_at)
}

/// Forgets a file.
pub async fn delete_file(tx: &mut OrgTx, id: FileId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_files WHERE org_id = $1 AND id = $2", id)
}

/// Which of these files there are; `ids` as [`super::store::as_json`] writes them.
pub async fn files_there(tx: &mut OrgTx, ids: &str) -> Result<Vec<FileId>, DbError> {
    let rows = sql!(
        all(FileId,),
        tx,
        sqlite: "SELECT id FROM tasks_files WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id FROM tasks_files WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Keeps a file of another product. `file` and what was chosen are sealed.
pub async fn insert_import(tx: &mut OrgTx, new: &ImportRow, file: &[u8]) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_imports (org_id, id, source, file, fingerprint, chosen, by_kind, by_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.source.as_str(),
        file,
        new.fingerprint.as_slice(),
        new.chosen.as_slice(),
        new.by_kind.as_str(),
        new.by_id,
        new.created_at,
        new.expires_at
    )
}

/// One of them.
pub async fn import(tx: &mut OrgTx, id: ImportId) -> Result<Option<ImportRow>, DbError> {
    sql!(
        optional ImportRow,
        tx,
        "SELECT id, source, fingerprint, chosen, told, state, tasks, by_kind, by_id, version, created_at, started_at, done_at, expires_at FROM tasks_imports WHERE org_id = $1 AND id = $2",
        id
    )
}

/// The latest first, so many at most.
pub async fn imports(tx: &mut OrgTx, limit: i64) -> Result<Vec<ImportRow>, DbError> {
    sql!(
        all ImportRow,
        tx,
        "SELECT id, source, fingerprint, chosen, told, state, tasks, by_kind, by_id, version, created_at, started_at, done_at, expires_at FROM tasks_imports WHERE org_id = $1 ORDER BY id DESC LIMIT $2",
        limit
    )
}

/// How many files are kept.
pub async fn imports_kept(tx: &mut OrgTx) -> Result<i64, DbError> {
    let (kept,) =
        sql!(one(i64,), tx, "SELECT count(*) FROM tasks_imports WHERE org_id = $1 AND expires_at IS NOT NULL")?;
    Ok(kept)
}

/// The file, sealed; `None` once it is gone.
pub async fn import_file(tx: &mut OrgTx, id: ImportId) -> Result<Option<Vec<u8>>, DbError> {
    let found = sql!(optional File, tx, "SELECT file FROM tasks_imports WHERE org_id = $1 AND id = $2", id)?;
    Ok(found.and_then(|(file,)| file))
}

/// When the same file was taken over before, last.
pub async fn imported_before(tx: &mut OrgTx, fingerprint: &[u8], but: ImportId) -> Result<Option<Instant>, DbError> {
    let (before,) = sql!(
        one Latest,
        tx,
        "SELECT max(coalesce(done_at, created_at)) FROM tasks_imports WHERE org_id = $1 AND fingerprint = $2 AND id <> $3 AND state IN ('taking', 'taken')",
        fingerprint,
        but
    )?;
    Ok(before)
}

/// Says what its columns are, who is who, and where it goes. 0: it was changed since that version, or is taken over.
pub async fn choose_import(tx: &mut OrgTx, id: ImportId, chosen: &[u8], version: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET chosen = $3, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $4 AND state = 'kept'",
        id,
        chosen,
        version
    )
}

/// Begins to take one over, or goes on, unless somebody is at it who wrote after `before`. 0: somebody is, or it was changed since that version.
pub async fn begin_import(
    tx: &mut OrgTx,
    id: ImportId,
    version: i64,
    told: &[u8],
    now: Instant,
    before: Instant,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET state = 'taking', told = coalesce(told, $4), started_at = $5
         WHERE org_id = $1 AND id = $2 AND version = $3 AND state IN ('kept', 'taking') AND expires_at IS NOT NULL AND coalesce(started_at < $6, TRUE)",
        id,
        version,
        told,
        now,
        before
    )
}

/// Counts what a block of it brought, now. 0: somebody else goes on with it.
pub async fn go_on_importing(
    tx: &mut OrgTx,
    id: ImportId,
    tasks: i64,
    now: Instant,
    began: Instant,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET tasks = tasks + $3, started_at = $4 WHERE org_id = $1 AND id = $2 AND state = 'taking' AND started_at = $5",
        id,
        tasks,
        now,
        began
    )
}

/// It is taken over: the file goes.
pub async fn end_import(tx: &mut OrgTx, id: ImportId, began: Instant) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET state = 'taken', done_at = $3, started_at = NULL, file = NULL, expires_at = NULL WHERE org_id = $1 AND id = $2 AND state = 'taking' AND started_at = $4",
        id,
        now,
        began
    )
}

/// Whoever wrote last at `began` isn't at it any more, and it isn't done.
pub async fn let_import_go(tx: &mut OrgTx, id: ImportId, began: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET started_at = NULL WHERE org_id = $1 AND id = $2 AND started_at = $3 AND state IN ('taking', 'undoing')",
        id,
        began
    )
}

/// Begins to take back what a file brought, or goes on, unless somebody is at it who wrote after `before`. The file, if it is still there, goes.
pub async fn begin_undoing_import(tx: &mut OrgTx, id: ImportId, now: Instant, before: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET state = 'undoing', started_at = $3, file = NULL, expires_at = NULL
         WHERE org_id = $1 AND id = $2 AND state IN ('taking', 'taken', 'undoing') AND coalesce(started_at < $4, TRUE)",
        id,
        now,
        before
    )
}

/// Goes on taking it back. 0: somebody else does.
pub async fn go_on_undoing_import(tx: &mut OrgTx, id: ImportId, now: Instant, began: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET started_at = $3 WHERE org_id = $1 AND id = $2 AND state = 'undoing' AND started_at = $4",
        id,
        now,
        began
    )
}

/// It is taken back.
pub async fn end_undoing_import(tx: &mut OrgTx, id: ImportId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET state = 'undone', started_at = NULL WHERE org_id = $1 AND id = $2 AND state = 'undoing'",
        id
    )
}

/// Forgets a file of which nothing came in.
pub async fn delete_import(tx: &mut OrgTx, id: ImportId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_imports WHERE org_id = $1 AND id = $2 AND state = 'kept'", id)
}

/// The file goes; what it brought stays.
pub async fn close_import(tx: &mut OrgTx, id: ImportId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imports SET state = 'taken', started_at = NULL, file = NULL, expires_at = NULL WHERE org_id = $1 AND id = $2 AND state = 'taking'",
        id
    )
}

/// Notes what something in a file became.
pub async fn insert_imported(
    tx: &mut OrgTx,
    import: ImportId,
    what: &str,
    source: &[u8],
    id: Uuid,
    made: bool,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_imported (org_id, import_id, what, source, made_id, made) VALUES ($1, $2, $3, $4, $5, $6)",
        import,
        what,
        source,
        id,
        made
    )
}

/// What a file became so far, of one kind.
pub async fn imported(tx: &mut OrgTx, import: ImportId, what: &str) -> Result<Vec<(Vec<u8>, Uuid)>, DbError> {
    sql!(
        all(Vec<u8>, Uuid),
        tx,
        "SELECT source, made_id FROM tasks_imported WHERE org_id = $1 AND import_id = $2 AND what = $3",
        import,
        what
    )
}

/// The tasks that a file brought of whose comments some are still to come in: what the file calls them, what they became, and how many came in.
pub async fn unsaid(tx: &mut OrgTx, import: ImportId) -> Result<Vec<(Vec<u8>, Uuid, i64)>, DbError> {
    sql!(
        all(Vec<u8>, Uuid, i64),
        tx,
        "SELECT source, made_id, said FROM tasks_imported WHERE org_id = $1 AND import_id = $2 AND what = 'task' AND said IS NOT NULL",
        import
    )
}

/// So many comments of a task came in; `None`: all of them.
pub async fn say_so_far(tx: &mut OrgTx, import: ImportId, source: &[u8], said: Option<i64>) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE tasks_imported SET said = $4 WHERE org_id = $1 AND import_id = $2 AND what = 'task' AND source = $3",
        import,
        source,
        said
    )
}

/// The lists that a file made.
pub async fn lists_made(tx: &mut OrgTx, import: ImportId) -> Result<Vec<ListId>, DbError> {
    let rows = sql!(
        all(ListId,),
        tx,
        "SELECT made_id FROM tasks_imported WHERE org_id = $1 AND import_id = $2 AND what = 'list' AND made",
        import
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The lists that files made which were taken back, and that were put away with that.
pub async fn lists_taken_back(tx: &mut OrgTx) -> Result<Vec<ListId>, DbError> {
    let rows = sql!(
        all(ListId,),
        tx,
        "SELECT l.id FROM tasks_imported AS i JOIN tasks_imports AS m ON m.org_id = i.org_id AND m.id = i.import_id
         JOIN tasks_lists AS l ON l.org_id = i.org_id AND l.id = i.made_id
         WHERE i.org_id = $1 AND i.what = 'list' AND i.made AND m.state = 'undone' AND l.archived"
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The tasks that a file brought and that aren’t in the trash, so many of them; those that others are a part of come last.
pub async fn tasks_imported(tx: &mut OrgTx, import: ImportId, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT t.id FROM tasks_imported AS i JOIN tasks_tasks AS t ON t.org_id = i.org_id AND t.id = i.made_id
         WHERE i.org_id = $1 AND i.import_id = $2 AND i.what = 'task' AND t.trashed_at IS NULL ORDER BY t.depth DESC, t.id LIMIT $3",
        import,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// All that files became, to take along.
pub async fn every_imported(tx: &mut OrgTx) -> Result<Vec<(ImportId, String, Uuid)>, DbError> {
    sql!(
        all(ImportId, String, Uuid),
        tx,
        "SELECT import_id, what, made_id FROM tasks_imported WHERE org_id = $1 ORDER BY import_id, what, made_id"
    )
}

/// How many tasks a list has outside the trash.
pub async fn count_tasks(tx: &mut OrgTx, list: ListId) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND trashed_at IS NULL",
        list
    )?;
    Ok(count)
}

/// Adds what somebody said elsewhere, when they said it. `words` is sealed.
pub async fn insert_said(
    tx: &mut OrgTx,
    id: CommentId,
    task: TaskId,
    by: Doer,
    words: &[u8],
    said_at: Instant,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_comments (org_id, id, task_id, by_kind, by_id, words, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        task,
        by.kind,
        by.id,
        words,
        said_at
    )
}

/// Shows a list by a link.
pub async fn insert_share(tx: &mut OrgTx, new: &ShareRow, token_hash: &[u8]) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_shares (org_id, id, list_id, token_hash, shows_who, shows_notes, by_kind, by_id, created_at, expires_at, board_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.id,
        new.list_id,
        token_hash,
        new.shows_who,
        new.shows_notes,
        new.by_kind.as_str(),
        new.by_id,
        new.created_at,
        new.expires_at,
        new.board_by.as_deref()
    )
}

/// One of them.
pub async fn share(tx: &mut OrgTx, id: ShareId) -> Result<Option<ShareRow>, DbError> {
    sql!(
        optional ShareRow,
        tx,
        "SELECT id, list_id, shows_who, shows_notes, board_by, by_kind, by_id, created_at, expires_at FROM tasks_shares WHERE org_id = $1 AND id = $2",
        id
    )
}

/// By which links a list is shown, the first one first.
pub async fn shares_of(tx: &mut OrgTx, list: ListId) -> Result<Vec<ShareRow>, DbError> {
    sql!(
        all ShareRow,
        tx,
        "SELECT id, list_id, shows_who, shows_notes, board_by, by_kind, by_id, created_at, expires_at FROM tasks_shares WHERE org_id = $1 AND list_id = $2 ORDER BY id",
        list
    )
}

/// All links, to take along.
pub async fn every_share(tx: &mut OrgTx) -> Result<Vec<ShareRow>, DbError> {
    sql!(
        all ShareRow,
        tx,
        "SELECT id, list_id, shows_who, shows_notes, board_by, by_kind, by_id, created_at, expires_at FROM tasks_shares WHERE org_id = $1 ORDER BY id"
    )
}

/// A link shows nothing any more.
pub async fn delete_share(tx: &mut OrgTx, id: ShareId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_shares WHERE org_id = $1 AND id = $2", id)
}

/// The tasks of a list that are shown by a link, in order, without their notes.
pub async fn shown_tasks(tx: &mut OrgTx, list: ListId, limit: i64) -> Result<Vec<TaskRow>, DbError> {
    sql!(
        all TaskRow,
        tx,
        "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, NULL AS notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND list_id = $2 AND trashed_at IS NULL ORDER BY position LIMIT $3",
        list,
        limit
    )
}

/// How many bytes the notes of these tasks take, sealed; those that have none are left out.
pub async fn sizes_of_notes(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, i64)>, DbError> {
    sql!(
        all(TaskId, i64),
        tx,
        sqlite: "SELECT id, CAST(LENGTH(notes) AS BIGINT) FROM tasks_tasks WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) AND notes IS NOT NULL",
        postgres: "SELECT id, CAST(LENGTH(notes) AS BIGINT) FROM tasks_tasks WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND notes IS NOT NULL",
        ids
    )
}

/// The notes of these tasks, sealed.
pub async fn notes(tx: &mut OrgTx, ids: &str) -> Result<Vec<(TaskId, Vec<u8>)>, DbError> {
    sql!(
        all(TaskId, Vec<u8>),
        tx,
        sqlite: "SELECT id, notes FROM tasks_tasks WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) AND notes IS NOT NULL",
        postgres: "SELECT id, notes FROM tasks_tasks WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND notes IS NOT NULL",
        ids
    )
}

/// Gives somebody an address for their own calendar.
pub async fn insert_feed(tx: &mut OrgTx, new: &FeedRow, token_hash: &[u8]) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_feeds (org_id, id, list_id, token_hash, made_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        new.id,
        new.list_id,
        token_hash,
        new.made_by,
        new.created_at
    )
}

/// One of them. Who left the organisation has none any more, and who came back makes theirs anew.
pub async fn feed(tx: &mut OrgTx, id: FeedId) -> Result<Option<FeedRow>, DbError> {
    sql!(
        optional FeedRow,
        tx,
        "SELECT f.id, f.list_id, f.made_by, f.created_at, f.read_at FROM tasks_feeds AS f
         JOIN memberships AS m ON m.org_id = f.org_id AND m.user_id = f.made_by
         WHERE f.org_id = $1 AND f.id = $2 AND m.created_at <= f.created_at",
        id
    )
}

/// Somebody's own addresses, since they belong here.
pub async fn feeds_of(tx: &mut OrgTx, user: UserId) -> Result<Vec<FeedRow>, DbError> {
    sql!(
        all FeedRow,
        tx,
        "SELECT f.id, f.list_id, f.made_by, f.created_at, f.read_at FROM tasks_feeds AS f
         JOIN memberships AS m ON m.org_id = f.org_id AND m.user_id = f.made_by
         WHERE f.org_id = $1 AND f.made_by = $2 AND m.created_at <= f.created_at ORDER BY f.id",
        user
    )
}

/// Forgets the addresses of who left since they made them, also of who came back.
pub async fn forget_feeds(tx: &mut OrgTx) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM tasks_feeds WHERE org_id = $1 AND NOT EXISTS (SELECT 1 FROM memberships AS m WHERE m.org_id = $1 AND m.user_id = tasks_feeds.made_by AND m.created_at <= tasks_feeds.created_at)"
    )
}

/// Everybody's, to take along.
pub async fn every_feed(tx: &mut OrgTx) -> Result<Vec<FeedRow>, DbError> {
    sql!(
        all FeedRow,
        tx,
        "SELECT id, list_id, made_by, created_at, read_at FROM tasks_feeds WHERE org_id = $1 ORDER BY id"
    )
}

/// An address of somebody's gives nothing any more.
pub async fn delete_feed(tx: &mut OrgTx, id: FeedId, user: UserId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_feeds WHERE org_id = $1 AND id = $2 AND made_by = $3", id, user)
}

/// It was read, now.
pub async fn feed_was_read(tx: &mut OrgTx, id: FeedId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx, "UPDATE tasks_feeds SET read_at = $3 WHERE org_id = $1 AND id = $2", id, now)
}

/// What somebody is on and that is due between two days, not completed, their own part of it neither.
pub async fn due_of(tx: &mut OrgTx, user: UserId, from: &str, until: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks
         WHERE org_id = $1 AND completed_at IS NULL AND trashed_at IS NULL AND due_day >= $3 AND due_day <= $4
           AND (responsible_id = $2 AND (completes <> 'everyone' OR NOT EXISTS (SELECT 1 FROM tasks_assignees AS d WHERE d.org_id = $1 AND d.task_id = tasks_tasks.id AND d.user_id = $2 AND d.done_at IS NOT NULL))
             OR EXISTS (SELECT 1 FROM tasks_assignees AS a WHERE a.org_id = $1 AND a.task_id = tasks_tasks.id AND a.user_id = $2 AND a.done_at IS NULL))
         ORDER BY due_day, id LIMIT $5",
        user,
        from,
        until,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What of a list is due between two days, not completed.
pub async fn due_in(tx: &mut OrgTx, list: ListId, from: &str, until: &str, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks
         WHERE org_id = $1 AND list_id = $2 AND completed_at IS NULL AND trashed_at IS NULL AND due_day >= $3 AND due_day <= $4
         ORDER BY due_day, id LIMIT $5",
        list,
        from,
        until,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How a list takes mail.
pub async fn mailbox(tx: &mut OrgTx, list: ListId) -> Result<Option<MailboxRow>, DbError> {
    sql!(
        optional MailboxRow,
        tx,
        "SELECT list_id, word, takes, created_at FROM tasks_mailboxes WHERE org_id = $1 AND list_id = $2",
        list
    )
}

/// The lists that take mail, to take along.
pub async fn every_mailbox(tx: &mut OrgTx) -> Result<Vec<MailboxRow>, DbError> {
    sql!(
        all MailboxRow,
        tx,
        "SELECT list_id, word, takes, created_at FROM tasks_mailboxes WHERE org_id = $1 ORDER BY list_id"
    )
}

/// Has a list take mail from now on.
pub async fn insert_mailbox(tx: &mut OrgTx, list: ListId, word: &str, takes: &str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_mailboxes (org_id, list_id, word, takes, created_at) VALUES ($1, $2, $3, $4, $5)",
        list,
        word,
        takes,
        now
    )
}

/// Has a list take mail from others than before.
pub async fn set_mailbox(tx: &mut OrgTx, list: ListId, takes: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE tasks_mailboxes SET takes = $3 WHERE org_id = $1 AND list_id = $2", list, takes)
}

/// A list takes mail no longer.
pub async fn delete_mailbox(tx: &mut OrgTx, list: ListId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_mailboxes WHERE org_id = $1 AND list_id = $2", list)
}

/// What a message became that came before; `message`: a keyed hash of its Message-ID.
pub async fn mail(tx: &mut OrgTx, list: ListId, message: &[u8]) -> Result<Option<TaskId>, DbError> {
    let found = sql!(
        optional(TaskId,),
        tx,
        "SELECT task_id FROM tasks_mails WHERE org_id = $1 AND list_id = $2 AND message = $3",
        list,
        message
    )?;
    Ok(found.map(|(task,)| task))
}

/// Notes what a message became.
pub async fn insert_mail(tx: &mut OrgTx, list: ListId, message: &[u8], task: TaskId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO tasks_mails (org_id, list_id, message, task_id, taken_at) VALUES ($1, $2, $3, $4, $5)",
        list,
        message,
        task,
        now
    )
}

/// How many messages a list took since then.
pub async fn mails_since(tx: &mut OrgTx, list: ListId, since: Instant) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM tasks_mails WHERE org_id = $1 AND list_id = $2 AND taken_at >= $3",
        list,
        since
    )?;
    Ok(count)
}

/// Forgets the messages that were taken before then.
pub async fn delete_mails(tx: &mut OrgTx, before: Instant) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM tasks_mails WHERE org_id = $1 AND taken_at < $2", before)
}

/// Which messages became which tasks, to take along.
pub async fn every_mail(tx: &mut OrgTx) -> Result<Vec<(ListId, TaskId, Instant)>, DbError> {
    sql!(
        all(ListId, TaskId, Instant),
        tx,
        "SELECT list_id, task_id, taken_at FROM tasks_mails WHERE org_id = $1 ORDER BY list_id, taken_at, task_id"
    )
}
