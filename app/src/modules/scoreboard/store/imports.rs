//! The statements of files of results, and of the grid.

use uuid::Uuid;

use super::{
    super::ids::{EntryId, ImportId, MetricId, PersonId},
    Entry,
};
use crate::{
    clock::Instant,
    db::DbError,
    org::{Doer, OrgTx},
    sql,
};

/// A file of results; without the file itself.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// How many rows it has.
    pub lines: i64,
    /// What its columns are called, keyed.
    pub fingerprint: Vec<u8>,
    /// Which of its columns is what.
    pub columns: String,
    /// Who is meant by names that nobody has. Sealed.
    pub names: Option<Vec<u8>>,
    /// `kept`, `taking`, `taken`, `undoing` or `undone`.
    pub state: String,
    /// How many rows of it came into the ledger.
    pub added: i64,
    /// How many were there already.
    pub known: i64,
    /// How many were left out.
    pub left_out: i64,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Which sent it.
    pub by_id: Option<Uuid>,
    /// Grows with every change of what its columns are.
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

/// A new file of results.
#[derive(Debug, Clone)]
pub struct NewImport<'i> {
    /// Its id.
    pub id: ImportId,
    /// Sealed.
    pub file: Vec<u8>,
    /// How many rows it has.
    pub lines: i64,
    /// What its columns are called, keyed.
    pub fingerprint: &'i [u8],
    /// Which of its columns is what.
    pub columns: &'i str,
    /// Who sends it.
    pub by: Doer,
    /// When the file goes.
    pub expires_at: Instant,
}

/// A line that is called something where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Called {
    /// What.
    pub external_id: String,
    /// Whose it is.
    pub person_id: PersonId,
    /// The day on which it counts.
    pub day: String,
    /// In the metric's smallest unit.
    pub value: i64,
    /// It came in a file that was taken back as a whole: its name is free again.
    pub undone: bool,
}

type File = (Option<Vec<u8>>,);

/// Keeps a file, sealed.
pub async fn insert_import(tx: &mut OrgTx, new: NewImport<'_>) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_imports (org_id, id, file, lines, fingerprint, columns, by_kind, by_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        new.file,
        new.lines,
        new.fingerprint,
        new.columns,
        new.by.kind,
        new.by.id,
        now,
        new.expires_at
    )
}

/// One of them.
pub async fn import(tx: &mut OrgTx, id: ImportId) -> Result<Option<Import>, DbError> {
    sql!(optional Import, tx,
        "SELECT id, lines, fingerprint, columns, names, state, added, known, left_out, by_kind, by_id, version, created_at, started_at, done_at, expires_at
         FROM scoreboard_imports WHERE org_id = $1 AND id = $2",
        id)
}

/// The latest first, so many at most.
pub async fn imports(tx: &mut OrgTx, limit: i64) -> Result<Vec<Import>, DbError> {
    sql!(all Import, tx,
        "SELECT id, lines, fingerprint, columns, names, state, added, known, left_out, by_kind, by_id, version, created_at, started_at, done_at, expires_at
         FROM scoreboard_imports WHERE org_id = $1 ORDER BY id DESC LIMIT $2",
        limit)
}

/// How many files are kept.
pub async fn files_kept(tx: &mut OrgTx) -> Result<i64, DbError> {
    let (kept,) =
        sql!(one(i64,), tx, "SELECT COUNT(*) FROM scoreboard_imports WHERE org_id = $1 AND expires_at IS NOT NULL")?;
    Ok(kept)
}

/// The file, sealed; `None` once it is gone.
pub async fn import_file(tx: &mut OrgTx, id: ImportId) -> Result<Option<Vec<u8>>, DbError> {
    let found = sql!(optional File, tx, "SELECT file FROM scoreboard_imports WHERE org_id = $1 AND id = $2", id)?;
    Ok(found.and_then(|(file,)| file))
}

/// Says which columns are what, and who is meant by names that nobody has. 0: it was changed since that version, or something of it
/// came in, or is about to.
pub async fn choose_columns(
    tx: &mut OrgTx,
    id: ImportId,
    columns: &str,
    names: Option<Vec<u8>>,
    version: i64,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET columns = $3, names = $4, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $5 AND added = 0 AND started_at IS NULL AND state IN ('kept', 'taking')",
        id,
        columns,
        names,
        version
    )
}

/// Begins to take one over, or goes on, unless somebody is at it who wrote after `before`. 0: somebody is, or it was changed since that version.
pub async fn begin_import(
    tx: &mut OrgTx,
    id: ImportId,
    version: i64,
    now: Instant,
    before: Instant,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET state = 'taking', started_at = $4
         WHERE org_id = $1 AND id = $2 AND version = $3 AND state IN ('kept', 'taking') AND expires_at IS NOT NULL AND coalesce(started_at < $5, TRUE)",
        id,
        version,
        now,
        before
    )
}

/// Counts what a block of it brought, now.
pub async fn go_on(tx: &mut OrgTx, id: ImportId, added: i64, now: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET added = added + $3, started_at = $4 WHERE org_id = $1 AND id = $2 AND state = 'taking'",
        id,
        added,
        now
    )
}

/// Whoever wrote last at `began` isn't at it any more, and it isn't done.
pub async fn let_go(tx: &mut OrgTx, id: ImportId, began: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET started_at = NULL WHERE org_id = $1 AND id = $2 AND started_at = $3 AND state IN ('taking', 'undoing')",
        id,
        began
    )
}

/// It is taken over: the file goes.
pub async fn end_import(tx: &mut OrgTx, id: ImportId, known: i64, left_out: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET state = 'taken', file = NULL, names = NULL, expires_at = NULL, started_at = NULL, done_at = $3, known = $4, left_out = $5
         WHERE org_id = $1 AND id = $2 AND state = 'taking'",
        id,
        now,
        known,
        left_out
    )
}

/// Begins to take back what it brought, or goes on, unless somebody is at it who wrote after `before`.
pub async fn begin_undoing(tx: &mut OrgTx, id: ImportId, now: Instant, before: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET state = 'undoing', started_at = $3
         WHERE org_id = $1 AND id = $2 AND state IN ('taking', 'taken', 'undoing') AND added > 0 AND coalesce(started_at < $4, TRUE)",
        id,
        now,
        before
    )
}

/// A block of what it brought is taken back now, by whoever wrote last at `began`. 0: somebody else does.
pub async fn go_on_undoing(tx: &mut OrgTx, id: ImportId, now: Instant, began: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET started_at = $3 WHERE org_id = $1 AND id = $2 AND state = 'undoing' AND started_at = $4",
        id,
        now,
        began
    )
}

/// All that it brought is taken back. The file goes, if it wasn't gone.
pub async fn end_undoing(tx: &mut OrgTx, id: ImportId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET state = 'undone', file = NULL, names = NULL, expires_at = NULL, started_at = NULL, done_at = coalesce(done_at, $3)
         WHERE org_id = $1 AND id = $2 AND state = 'undoing'",
        id,
        now
    )
}

/// Forgets one of which nothing was taken over. 0: something was.
pub async fn delete_import(tx: &mut OrgTx, id: ImportId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM scoreboard_imports WHERE org_id = $1 AND id = $2 AND added = 0 AND state IN ('kept', 'taking')",
        id
    )
}

/// The file of one that stopped in the middle goes: what it brought stays.
pub async fn close_import(tx: &mut OrgTx, id: ImportId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imports SET file = NULL, names = NULL, expires_at = NULL, done_at = coalesce(done_at, $3), state = CASE WHEN state = 'taking' THEN 'taken' ELSE state END
         WHERE org_id = $1 AND id = $2 AND expires_at IS NOT NULL",
        id,
        now
    )
}

/// A file brought this line.
pub async fn note_entry(tx: &mut OrgTx, import: ImportId, entry: EntryId) -> Result<u64, DbError> {
    sql!(exec, tx, "INSERT INTO scoreboard_imported (org_id, entry_id, import_id) VALUES ($1, $2, $3)", entry, import)
}

/// The days of what a file brought and nobody took back.
pub async fn days_of_import(tx: &mut OrgTx, import: ImportId) -> Result<Vec<String>, DbError> {
    let days = sql!(
        all(String,),
        tx,
        "SELECT DISTINCT e.day FROM scoreboard_imported AS i
         JOIN scoreboard_entries AS e ON e.org_id = i.org_id AND e.id = i.entry_id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = i.org_id AND v.entry_id = i.entry_id
         WHERE i.org_id = $1 AND i.import_id = $2 AND v.entry_id IS NULL ORDER BY e.day",
        import
    )?;
    Ok(days.into_iter().map(|(day,)| day).collect())
}

/// What a file brought and nobody took back, so many at most.
pub async fn imported(tx: &mut OrgTx, import: ImportId, limit: i64) -> Result<Vec<Entry>, DbError> {
    sql!(all Entry, tx,
        "SELECT e.id, e.metric_id, e.person_id, e.day, e.happened_at, e.value, e.note, e.source, e.external_id, e.by_kind, e.by_id, e.entered_at, e.awaits_approval, e.replaces_id,
            a.approved, v.voided_at, v.reason, v.by_kind AS voided_by_kind, v.by_id AS voided_by_id, r.id AS replaced_by
         FROM scoreboard_imported AS i
         JOIN scoreboard_entries AS e ON e.org_id = i.org_id AND e.id = i.entry_id
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         LEFT JOIN scoreboard_entries AS r ON r.org_id = e.org_id AND r.replaces_id = e.id
         WHERE i.org_id = $1 AND i.import_id = $2 AND v.entry_id IS NULL ORDER BY i.entry_id LIMIT $3",
        import, limit)
}

/// What a file brought up to this line, and nobody took back, is about to be taken back with it.
pub async fn note_undone(tx: &mut OrgTx, import: ImportId, last: EntryId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_imported SET undone = TRUE WHERE org_id = $1 AND import_id = $2 AND entry_id <= $3
           AND NOT EXISTS (SELECT 1 FROM scoreboard_voids AS v WHERE v.org_id = $1 AND v.entry_id = scoreboard_imported.entry_id)",
        import,
        last
    )
}

/// The lines of a metric that are called one of these where they come from.
pub async fn called(tx: &mut OrgTx, metric: MetricId, names: &[&str; 25]) -> Result<Vec<Called>, DbError> {
    sql!(all Called, tx,
        "SELECT e.external_id, e.person_id, e.day, e.value, coalesce(i.undone, FALSE) AS undone
         FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_imported AS i ON i.org_id = e.org_id AND i.entry_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2
           AND e.external_id IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
        metric, names[0], names[1], names[2], names[3], names[4], names[5], names[6], names[7], names[8], names[9], names[10], names[11], names[12], names[13], names[14], names[15], names[16], names[17], names[18], names[19], names[20], names[21], names[22], names[23], names[24])
}

/// Which columns were what in the last file whose columns are called so.
pub async fn columns_before(tx: &mut OrgTx, fingerprint: &[u8]) -> Result<Option<String>, DbError> {
    let found = sql!(
        optional(String,),
        tx,
        "SELECT columns FROM scoreboard_import_columns WHERE org_id = $1 AND fingerprint = $2",
        fingerprint
    )?;
    Ok(found.map(|(columns,)| columns))
}

/// Remembers which columns are what in files whose columns are called so.
pub async fn remember_columns(tx: &mut OrgTx, fingerprint: &[u8], columns: &str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_import_columns (org_id, fingerprint, columns, saved_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (org_id, fingerprint) DO UPDATE SET columns = excluded.columns, saved_at = excluded.saved_at",
        fingerprint,
        columns,
        now
    )
}

/// What was remembered of columns, and when.
pub async fn all_columns(tx: &mut OrgTx) -> Result<Vec<(String, Instant)>, DbError> {
    sql!(
        all(String, Instant),
        tx,
        "SELECT columns, saved_at FROM scoreboard_import_columns WHERE org_id = $1 ORDER BY saved_at, fingerprint"
    )
}

/// Which lines came in which file, after a line, so many at most.
pub async fn imported_after(tx: &mut OrgTx, after: EntryId, limit: i64) -> Result<Vec<(EntryId, ImportId)>, DbError> {
    sql!(
        all(EntryId, ImportId),
        tx,
        "SELECT entry_id, import_id FROM scoreboard_imported WHERE org_id = $1 AND entry_id > $2 ORDER BY entry_id LIMIT $3",
        after,
        limit
    )
}

/// What each person's days in `[from, until)` come to, and of how many entries.
pub async fn days_between(
    tx: &mut OrgTx,
    metric: MetricId,
    from: &str,
    until: &str,
) -> Result<Vec<(PersonId, String, i64, i64)>, DbError> {
    sql!(
        all(PersonId, String, i64, i64),
        tx,
        "SELECT person_id, day, value, entries FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND day >= $3 AND day < $4",
        metric,
        from,
        until
    )
}
