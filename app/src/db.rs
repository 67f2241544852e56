//! The one place that speaks sqlx: two databases, one SQL text.
//!
//! [`Db`] holds either an embedded SQLite (a pool of readers and one writer) or a PostgreSQL pool. A [`Tx`] is one
//! transaction on either. Statements are written once, with `$N` placeholders, in [`sql!`] (organisation's data: `$1` is
//! always the organisation) or [`platform_sql!`] (the platform's own tables).
//!
//! SQLite has one writer at a time and a commit costs a flush to disk. Writers that queue up therefore share one commit:
//! each works in a savepoint of its own, and is told of success only when the commit that holds its work is on disk.

pub mod citus;
mod erase;
mod inspect;
pub mod moving;
mod resealing;
mod sqlite_readers;
mod sqlite_writer;
pub mod tables;

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicU64, Ordering};
use std::{
    borrow::Cow, fs::File, io::ErrorKind, os::unix::fs::OpenOptionsExt as _, str::FromStr, sync::Arc, time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, Transaction,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use uuid::Uuid;

use crate::{
    error::{AppError, Code},
    meters::{self, Often},
};
pub use inspect::{Inspection, inspect};
use sqlite_readers::{SqliteReadTx, SqliteReaders};
use sqlite_writer::{SqliteWriteTx, SqliteWriter};

/// The role that the application takes on PostgreSQL: it owns nothing, so row-level security holds for it.
pub const POSTGRES_ROLE: &str = "devalo_app";
/// So many write at once at most on PostgreSQL. Those of one organisation wait in line for its row, each with a connection in hand: the others are for who
/// reads, and waits for none of them.
pub const WRITERS: usize = 24;
/// PostgreSQL has so many connections of ours at most.
const CONNECTIONS: u32 = 32;
/// How long a transaction waits for a turn to write, and for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// A statement that writes so many rows may have made another table of it.
const MANY_ROWS: u64 = 200;

/// One step in the database's history. Platform and modules each bring theirs; versions order them all.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `platform` or a module's name.
    pub owner: &'static str,
    /// Orders the history; unique over all owners.
    pub version: i64,
    /// What it does, in a few words.
    pub name: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL.
    pub postgres: &'static str,
}

/// The database: embedded SQLite or PostgreSQL.
#[derive(Debug, Clone)]
pub struct Db(Pools, Statements);

/// How many statements were sent, for the test that counts what a page takes. Only where the program is built to be tested:
/// in a release there is nothing to count with.
#[derive(Debug, Clone, Default)]
struct Statements(#[cfg(debug_assertions)] Arc<AtomicU64>);

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { readers: SqliteReaders, writer: SqliteWriter },
    Postgres { pool: PgPool, writers: Arc<Semaphore> },
}

/// May the transaction write?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A consistent view; writing is an error.
    Read,
    /// May change things.
    Write,
}

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A row with these keys is already there.
    #[error("a unique key is taken")]
    Unique,
    /// What the row points to isn't there (or belongs to another organisation).
    #[error("a referenced row is missing")]
    Missing,
    /// A rule that the database itself holds was broken: its name, e.g. `appointment_overlap`.
    #[error("the database's rule {0} refused it")]
    Rule(String),
    /// No row where one was expected.
    #[error("no such row")]
    NoRow,
    /// Too busy, starting or stopping, or not there.
    #[error("the database is busy or away: {0}")]
    Busy(String),
    /// Nothing can be written just now: its disk is full, fails, or can only be read. What is there can still be read.
    #[error("the database can’t be written: {0}")]
    Unwritable(String),
    /// A newer version of Devalo has used the database.
    #[error("a newer version of Devalo has used this database")]
    Newer,
    /// The database can't be brought up to date, or its history was changed.
    #[error("migrations: {0}")]
    Migrate(String),
    /// Anything else.
    #[error("database: {0}")]
    Other(String),
}

/// How to look at a SQLite file without changing anything. On a disk that can only be read SQLite can't make what readers share
/// beside the file; where nothing waits in its log it does without, for nobody writes there.
pub(crate) fn only_to_read(url: &str) -> Result<SqliteConnectOptions, DbError> {
    let options = SqliteConnectOptions::from_str(url)?.read_only(true).disable_statement_logging();
    let file = options.get_filename();
    if !File::options().write(true).open(file).is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem) {
        return Ok(options);
    }
    let mut log = file.to_owned().into_os_string();
    log.push("-wal");
    if std::fs::metadata(&log).is_ok_and(|about| about.len() > 0) {
        return Err(DbError::Other(format!(
            "its disk can only be read, and part of it lies beside it: take {} and {} along to a disk that can be written to, and read it there",
            file.display(),
            log.display()
        )));
    }
    Ok(options.immutable(true))
}

impl Db {
    /// Opens `sqlite://path` (made if absent) or `postgres://…`.
    ///
    /// # Errors
    /// An address that can't be read, or a database that doesn't answer.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)?.application_name("devalo").disable_statement_logging();
            let pool = PgPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(PATIENCE)
                .after_connect(|connection, _| {
                    Box::pin(async move {
                        // Absent only before the first migration, which makes it.
                        let role: Option<(i32,)> = query_as_postgres("SELECT 1 FROM pg_roles WHERE rolname = $1")
                            .bind(POSTGRES_ROLE)
                            .fetch_optional(&mut *connection)
                            .await?;
                        if role.is_some() {
                            connection.execute("SET ROLE devalo_app").await?;
                        }
                        Ok(())
                    })
                })
                .connect_lazy_with(options);
            let writers = Arc::new(Semaphore::new(WRITERS));
            return Ok(Self(Pools::Postgres { pool, writers }, Statements::default()));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-2000")
            // A search reads some thousand rows: with 50 between the two threads, each waits for the other all the time.
            .row_buffer_size(500)
            .pragma("temp_store", "memory")
            // What is deleted is overwritten where it lay: a data key that was destroyed isn’t in the file any more.
            .pragma("secure_delete", "fast")
            // No statistics: they would be of the few rows there were at the last stop, when reading a table from end to
            // end was quicker than an index, and hold until the next. Every index here is made for its statements.
            .optimize_on_close(false, None)
            .disable_statement_logging();
        let path = options.get_filename().to_owned();
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| DbError::Other(format!("{}: {e}", folder.display())))?;
        }
        // What isn’t sealed in it is nobody else’s business, whatever this user’s files usually are; what lies beside it gets its rights. Where it
        // can’t be made, the writer says why.
        if !url.contains(":memory:") {
            let _there = File::options().write(true).create_new(true).mode(0o600).open(&path);
        }
        // The writer opens first: it sets WAL mode.
        let writer = SqliteWriter::new(SqliteConnection::connect_with(&options).await?);
        let readers = SqliteReaders::connect(options.read_only(true)).await?;
        Ok(Self(Pools::Sqlite { readers, writer }, Statements::default()))
    }

    /// Brings the schema up to date: every owner's steps in one history. Refuses a database that a newer version has used, before
    /// anything is changed.
    ///
    /// # Errors
    /// [`DbError::Newer`], or [`DbError::Migrate`] with the reason.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<(), DbError> {
        let postgres = self.is_postgres();
        let steps = migrations
            .iter()
            .map(|step| {
                sqlx::migrate::Migration::new(
                    step.version,
                    Cow::Owned(format!("{}: {}", step.owner, step.name)),
                    sqlx::migrate::MigrationType::Simple,
                    sqlx::SqlSafeStr::into_sql_str(if postgres { step.postgres } else { step.sqlite }),
                    false,
                )
            })
            .collect::<Vec<_>>();
        let migrator = Migrator::with_migrations(steps);
        match &self.0 {
            Pools::Sqlite { writer, .. } => writer.exclusive(async |connection| migrator.run(connection).await).await?,
            Pools::Postgres { pool, .. } => {
                // A connection of its own, as the owner of the tables and not as the application's role.
                let mut owner = PgConnection::connect_with(&pool.connect_options()).await?;
                migrator.run(&mut owner).await?;
                owner.close().await?;
            }
        }
        Ok(())
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`DbError::Busy`] when no connection comes free in time, or no turn to write.
    pub async fn begin(&self, access: Access) -> Result<Tx, DbError> {
        static READS: Often = Often::new(meters::DB_WAIT_SECONDS, &["read"]);
        static WRITES: Often = Often::new(meters::DB_WAIT_SECONDS, &["write"]);
        let asked = meters::now();
        let connection = match (&self.0, access) {
            (Pools::Sqlite { readers, .. }, Access::Read) => Conn::SqliteRead(readers.begin().await?),
            (Pools::Sqlite { writer, .. }, Access::Write) => Conn::SqliteWrite(writer.begin().await?),
            (Pools::Postgres { pool, writers }, access) => {
                let turn = match access {
                    Access::Read => None,
                    Access::Write => Some(turn(writers).await?),
                };
                Conn::Postgres(begin_postgres(pool.clone(), access).await?, turn)
            }
        };
        let waited = if access == Access::Read { &READS } else { &WRITES };
        waited.since(asked);
        Ok(Tx(connection, self.1.clone(), None))
    }

    /// How many statements were sent in transactions until now, what begins and ends those not among them. `None`: this is a
    /// release, which doesn’t count.
    pub fn statements(&self) -> Option<u64> {
        cfg!(debug_assertions).then(|| self.1.sent())
    }

    /// Is it PostgreSQL?
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Pools::Postgres { .. })
    }

    /// Listens to what other processes send with NOTIFY. On SQLite there are none, and nothing is ever heard.
    ///
    /// # Errors
    /// The database doesn't answer.
    pub async fn listen(&self, channel: &str) -> Result<Listening, DbError> {
        let Pools::Postgres { pool, .. } = &self.0 else { return Ok(Listening(None)) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(channel).await?;
        Ok(Listening(Some(listener)))
    }

    /// Sends messages to those who [`Db::listen`], this process among them. On SQLite there is nobody to tell.
    ///
    /// # Errors
    /// The database doesn't answer.
    pub async fn notify(&self, channel: &str, messages: &[String]) -> Result<(), DbError> {
        let Pools::Postgres { pool, .. } = &self.0 else { return Ok(()) };
        // There is nothing in it that must be on disk.
        query_postgres(
            "SELECT set_config('synchronous_commit', 'off', TRUE), pg_notify($1, message) FROM unnest($2) AS message",
        )
        .bind(channel)
        .bind(messages)
        .execute(pool)
        .await?;
        Ok(())
    }

    /// Answers if the database does: for readiness.
    ///
    /// # Errors
    /// Whatever stops it from answering.
    pub async fn ping(&self) -> Result<(), DbError> {
        match &self.0 {
            Pools::Sqlite { readers, .. } => readers.ping().await?,
            Pools::Postgres { pool, .. } => pool.acquire().await?.ping().await?,
        }
        Ok(())
    }

    /// Answers if the database takes changes: for readiness. Nothing is changed by it.
    ///
    /// # Errors
    /// Whatever stops it from taking any.
    pub async fn writable(&self) -> Result<(), DbError> {
        match &self.0 {
            Pools::Sqlite { writer, .. } => writer.writable().await,
            Pools::Postgres { pool, .. } => {
                let (only_read,): (bool,) =
                    query_as_postgres("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'")
                        .fetch_one(pool)
                        .await?;
                if only_read { Err(DbError::Busy("it can only be read".to_owned())) } else { Ok(()) }
            }
        }
    }

    /// The version of the latest step in its history.
    ///
    /// # Errors
    /// Whatever stops it from answering.
    pub async fn version(&self) -> Result<i64, DbError> {
        let (version,): (i64,) = match &self.0 {
            Pools::Sqlite { readers, .. } => {
                let mut tx = readers.begin().await?;
                let (connection, edge) = tx.exec();
                let text = edge.begin(
                    "BEGIN; SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success",
                    "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success",
                );
                query_as_sqlite(text).fetch_one(connection).await?
            }
            Pools::Postgres { pool, .. } => {
                let mut tx = begin_postgres(pool.clone(), Access::Read).await?;
                let connection: &mut PgConnection = &mut tx;
                // The application's role sees no history; whoever owns the tables does, until this transaction ends.
                connection.execute("SET LOCAL ROLE NONE").await?;
                let version: (i64,) =
                    query_as_postgres("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success")
                        .fetch_one(&mut *connection)
                        .await?;
                tx.rollback().await?;
                version
            }
        };
        Ok(version)
    }

    /// How many connections are in use, how many lie idle, and how many there may be at most.
    pub fn connections(&self) -> (usize, usize, usize) {
        match &self.0 {
            Pools::Sqlite { readers, .. } => readers.connections(),
            Pools::Postgres { pool, .. } => {
                let (open, idle) = (pool.size() as usize, pool.num_idle());
                (open.saturating_sub(idle), idle, pool.options().get_max_connections() as usize)
            }
        }
    }

    /// Whether the database lets in who comes by another way than the pool of connections: then it is the pool that none comes free
    /// in. SQLite always does.
    pub async fn lets_in(&self) -> bool {
        let Pools::Postgres { pool, .. } = &self.0 else { return true };
        match PgConnection::connect_with(&pool.connect_options()).await {
            Ok(connection) => {
                let _gone = connection.close().await;
                true
            }
            Err(_) => false,
        }
    }

    /// Closes every connection, letting work under way finish.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { pool, .. } => pool.close().await,
        }
    }
}

/// Waits for a turn to write on PostgreSQL.
async fn turn(writers: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, DbError> {
    let turn = timeout(PATIENCE, Arc::clone(writers).acquire_owned()).await;
    let turn = turn.map_err(|_| DbError::Busy("no turn to write came in time".to_owned()))?;
    turn.map_err(|_| DbError::Busy("the database is closed".to_owned()))
}

/// In a task of its own: sqlx forgets that it has begun where who asked goes away at that moment, and whoever has the connection next
/// would be in the middle of a transaction that reads only.
async fn begin_postgres(pool: PgPool, access: Access) -> Result<Transaction<'static, Postgres>, DbError> {
    let begun = tokio::spawn(async move {
        match access {
            Access::Write => pool.begin().await,
            Access::Read => pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await,
        }
    });
    let begun = begun.await.map_err(|_| DbError::Busy("the server is stopping".to_owned()))?;
    // Whatever it says, nothing was asked of it yet: it isn't there, or takes nobody in, and may be back in a moment.
    begun.map_err(|error| DbError::Busy(DbError::from(error).to_string()))
}

/// An ear for other processes.
#[derive(Debug)]
pub struct Listening(Option<PgListener>);

impl Listening {
    /// The next message.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn next(&mut self) -> Result<String, DbError> {
        match &mut self.0 {
            // Not `recv`: that one connects again by itself, and what was said meanwhile is lost.
            Some(listener) => match listener.try_recv().await? {
                Some(message) => Ok(message.payload().to_owned()),
                None => Err(DbError::Busy("the listening connection was lost".to_owned())),
            },
            None => std::future::pending().await,
        }
    }
}

/// One transaction on either database. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx(Conn, Statements, Option<Uuid>);

#[derive(Debug)]
enum Conn {
    SqliteRead(SqliteReadTx),
    SqliteWrite(SqliteWriteTx),
    /// With the turn of who writes.
    Postgres(Transaction<'static, Postgres>, Option<OwnedSemaphorePermit>),
}

/// What a statement runs on: the macros' own business.
pub enum Exec<'t> {
    /// SQLite.
    Sqlite(&'t mut SqliteConnection, Edge),
    /// PostgreSQL.
    Postgres(&'t mut PgConnection),
}

/// Where a statement stands in SQLite's reading transaction. What begins and ends it goes along with the first and the
/// last statement, for each trip to SQLite's thread and back costs more than most statements do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It is the first.
    First,
    /// It is the last.
    Last,
    /// It is the only one.
    Only,
    /// There is one before and one after.
    Inside,
}

impl Edge {
    /// The text to send, of a statement that may stop before its last row: it ends nothing.
    #[doc(hidden)]
    pub fn begin(self, first: &'static str, inside: &'static str) -> &'static str {
        match self {
            Self::First | Self::Only => first,
            Self::Last | Self::Inside => inside,
        }
    }

    /// The text to send, of a statement that reads all of its rows.
    #[doc(hidden)]
    pub fn of(self, first: &'static str, last: &'static str, only: &'static str, inside: &'static str) -> &'static str {
        match self {
            Self::First => first,
            Self::Last => last,
            Self::Only => only,
            Self::Inside => inside,
        }
    }
}

impl Statements {
    /// One more is sent.
    fn count(&self) {
        #[cfg(debug_assertions)]
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn sent(&self) -> u64 {
        #[cfg(debug_assertions)]
        return self.0.load(Ordering::Relaxed);
        #[cfg(not(debug_assertions))]
        0
    }
}

impl Tx {
    /// From here on it is about this organisation: the letters that are queued in it say so.
    pub(crate) fn speak_of(&mut self, org: Uuid) {
        self.2 = Some(org);
    }

    /// The organisation that it is about, if it is about one.
    pub(crate) fn spoken_of(&self) -> Option<Uuid> {
        self.2
    }

    /// The next statement is the last, and reads all of its rows: after it there is nothing more to read here. Where it
    /// is a writing transaction, or PostgreSQL, this says nothing.
    pub fn last(&mut self) {
        if let Conn::SqliteRead(tx) = &mut self.0 {
            tx.last();
        }
    }

    /// The statement that was to be the last has read all of its rows.
    #[doc(hidden)]
    pub fn ended(&mut self) {
        if let Conn::SqliteRead(tx) = &mut self.0 {
            tx.ended();
        }
    }

    /// The connection, for the statement macros.
    pub fn exec(&mut self) -> Exec<'_> {
        self.1.count();
        match &mut self.0 {
            Conn::SqliteRead(tx) => {
                let (connection, edge) = tx.exec();
                Exec::Sqlite(connection, edge)
            }
            Conn::SqliteWrite(tx) => Exec::Sqlite(tx.connection(), Edge::Inside),
            Conn::Postgres(tx, _) => Exec::Postgres(tx),
        }
    }

    /// Makes the work durable: on return it is on disk.
    ///
    /// # Errors
    /// The work is undone.
    pub async fn commit(self) -> Result<(), DbError> {
        match self.0 {
            Conn::SqliteRead(tx) => {
                drop(tx);
                Ok(())
            }
            Conn::SqliteWrite(tx) => tx.commit().await,
            Conn::Postgres(tx, _turn) => Ok(tx.commit().await?),
        }
    }

    /// Undoes the work now rather than when dropped.
    ///
    /// # Errors
    /// The connection was lost; the work is undone all the same.
    pub async fn rollback(self) -> Result<(), DbError> {
        match self.0 {
            Conn::SqliteRead(tx) => {
                drop(tx);
                Ok(())
            }
            Conn::SqliteWrite(tx) => tx.rollback().await,
            Conn::Postgres(tx, _turn) => Ok(tx.rollback().await?),
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NoRow,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => {
                Self::Busy(error.to_string())
            }
            sqlx::Error::Database(error) => classify(error.as_ref()),
            // Decoding errors name columns and types, never values.
            other => Self::Other(other.to_string()),
        }
    }
}

fn classify(error: &dyn sqlx::error::DatabaseError) -> DbError {
    const RULES: [&str; 5] =
        ["membership_overlap", "appointment_overlap", "seat_fits_session", "no_owner_left", "append_only"];
    if let Some(rule) = RULES.iter().find(|rule| error.constraint() == Some(**rule) || error.message() == **rule) {
        return DbError::Rule((*rule).to_owned());
    }
    if error.is_unique_violation() {
        return DbError::Unique;
    }
    if error.is_foreign_key_violation() {
        return DbError::Missing;
    }
    if error.is_check_violation() {
        return DbError::Rule(error.constraint().unwrap_or("check").to_owned());
    }
    let code = error.code().unwrap_or_default();
    match (sqlite_kind(&code), &*code) {
        // SQLITE_BUSY, SQLITE_LOCKED; PostgreSQL: shutting down, fallen over, starting, too many connections, lock not available,
        // deadlock.
        (Some(5 | 6), _) | (None, "57P01" | "57P02" | "57P03" | "53300" | "55P03" | "40P01" | "40001") => {
            DbError::Busy(error.message().to_owned())
        }
        // SQLITE_IOERR_READ and SQLITE_IOERR_SHORT_READ: it isn't for want of a disk to write to.
        (Some(10), "266" | "522") => DbError::Other(error.message().to_owned()),
        // SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL; PostgreSQL: disk full.
        (Some(8 | 10 | 13), _) | (None, "53100") => DbError::Unwritable(error.message().to_owned()),
        // PostgreSQL's messages don't quote values (those are in DETAIL, which is left out here).
        _ => DbError::Other(error.message().to_owned()),
    }
}

/// What kind of error SQLite's is: the higher bits of its number say more about it. PostgreSQL's codes have five letters.
fn sqlite_kind(code: &str) -> Option<u32> {
    let number: u32 = if code.len() < 5 { code.parse().ok()? } else { return None };
    Some(number & 0xff)
}

impl From<MigrateError> for DbError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(_) => Self::Newer,
            other => Self::Migrate(other.to_string()),
        }
    }
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        if let DbError::Busy(_) = error {
            // It passes by itself, and whoever asked comes again.
            tracing::warn!(%error, "too busy");
            return Self {
                retry_after: Some(2),
                ..Self::new(Code::Unavailable, "We’re very busy right now. Please try again in a moment.")
            };
        }
        tracing::error!(%error, "a statement failed");
        if let DbError::Unwritable(_) = error {
            return Self {
                retry_after: Some(30),
                ..Self::new(
                    Code::Unavailable,
                    "Nothing can be saved just now, and this wasn’t. What is here can still be read. Please try again in a few minutes.",
                )
            };
        }
        Self::internal()
    }
}

/// A statement on an organisation's data, through an [`OrgTx`](crate::org::OrgTx): `$1` is always the organisation, the
/// arguments are `$2…`. Verbs: `all Row`, `optional Row`, `one Row`, `exec` (gives the number of rows changed).
#[macro_export]
macro_rules! sql {
    ($verb:ident $($rest:tt)*) => { $crate::db_statement!(@scoped $verb $($rest)*) };
}

/// A statement on the platform's own tables, which belong to no organisation: the arguments are `$1…`.
#[macro_export]
macro_rules! platform_sql {
    ($verb:ident $($rest:tt)*) => { $crate::db_statement!(@platform $verb $($rest)*) };
}

/// What [`sql!`] and [`platform_sql!`] share.
#[doc(hidden)]
#[macro_export]
macro_rules! db_statement {
    (@scoped exec, $tx:expr, sqlite: $s:literal, postgres: $p:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        let org = tx.id();
        $crate::db_statement!(@run execute, query_sqlite, query_postgres, tx, $s, $p, org $(, $arg)*)
            .map(|done| done)
    }};
    (@scoped exec, $tx:expr, $sql:literal $(, $arg:expr)* $(,)?) => {
        $crate::db_statement!(@scoped exec, $tx, sqlite: $sql, postgres: $sql $(, $arg)*)
    };
    (@scoped all $row:ty, $tx:expr, sqlite: $s:literal, postgres: $p:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        let org = tx.id();
        $crate::db_statement!(@fetch fetch_all, $row, tx, $s, $p, org $(, $arg)*)
    }};
    (@scoped all $row:ty, $tx:expr, $sql:literal $(, $arg:expr)* $(,)?) => {
        $crate::db_statement!(@scoped all $row, $tx, sqlite: $sql, postgres: $sql $(, $arg)*)
    };
    (@scoped optional $row:ty, $tx:expr, $sql:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        let org = tx.id();
        $crate::db_statement!(@fetch fetch_optional, $row, tx, $sql, $sql, org $(, $arg)*)
    }};
    (@scoped one $row:ty, $tx:expr, sqlite: $s:literal, postgres: $p:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        let org = tx.id();
        $crate::db_statement!(@fetch fetch_one, $row, tx, $s, $p, org $(, $arg)*)
    }};
    (@scoped one $row:ty, $tx:expr, $sql:literal $(, $arg:expr)* $(,)?) => {
        $crate::db_statement!(@scoped one $row, $tx, sqlite: $sql, postgres: $sql $(, $arg)*)
    };
    (@platform exec, $tx:expr, sqlite: $s:literal, postgres: $p:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        $crate::db_statement!(@run execute, query_sqlite, query_postgres, tx, $s, $p $(, $arg)*)
    }};
    (@platform exec, $tx:expr, $sql:literal $(, $arg:expr)* $(,)?) => {
        $crate::db_statement!(@platform exec, $tx, sqlite: $sql, postgres: $sql $(, $arg)*)
    };
    (@platform all $row:ty, $tx:expr, sqlite: $s:literal, postgres: $p:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        $crate::db_statement!(@fetch fetch_all, $row, tx, $s, $p $(, $arg)*)
    }};
    (@platform all $row:ty, $tx:expr, $sql:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        $crate::db_statement!(@fetch fetch_all, $row, tx, $sql, $sql $(, $arg)*)
    }};
    (@platform optional $row:ty, $tx:expr, sqlite: $s:literal, postgres: $p:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        $crate::db_statement!(@fetch fetch_optional, $row, tx, $s, $p $(, $arg)*)
    }};
    (@platform optional $row:ty, $tx:expr, $sql:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        $crate::db_statement!(@fetch fetch_optional, $row, tx, $sql, $sql $(, $arg)*)
    }};
    (@platform one $row:ty, $tx:expr, $sql:literal $(, $arg:expr)* $(,)?) => {{
        let tx = &mut *$tx;
        $crate::db_statement!(@fetch fetch_one, $row, tx, $sql, $sql $(, $arg)*)
    }};
    (@run execute, $sqlite:ident, $postgres:ident, $tx:ident, $s:expr, $p:expr $(, $arg:expr)*) => {{
        let sent = $crate::meters::Statement::sent($s);
        let done = match $tx.exec() {
            $crate::db::Exec::Sqlite(connection, edge) => $crate::db::$sqlite(edge.begin(concat!("BEGIN; ", $s), $s))$(.bind($arg))*
                .execute(connection).await.map(|done| done.rows_affected()).map_err($crate::db::DbError::from),
            $crate::db::Exec::Postgres(connection) => {
                let done = $crate::db::$postgres($p)$(.bind($arg))*.execute(&mut *connection).await;
                $crate::db::plan_anew_after(done.map(|done| done.rows_affected()), connection).await
            }
        };
        sent.answered();
        done
    }};
    (@fetch fetch_all, $row:ty, $tx:ident, $s:expr, $p:expr $(, $arg:expr)*) => {{
        let sent = $crate::meters::Statement::sent($s);
        let rows = match $tx.exec() {
            $crate::db::Exec::Sqlite(connection, edge) => {
                let text = edge.of(concat!("BEGIN; ", $s), concat!($s, "; ROLLBACK"), concat!("BEGIN; ", $s, "; ROLLBACK"), $s);
                let rows = $crate::db::query_as_sqlite::<$row>(text)$(.bind($arg))*
                    .fetch_all(connection).await.map_err($crate::db::DbError::from);
                if rows.is_ok() {
                    $tx.ended();
                }
                rows
            }
            $crate::db::Exec::Postgres(connection) => $crate::db::query_as_postgres::<$row>($p)$(.bind($arg))*
                .fetch_all(connection).await.map_err($crate::db::DbError::from),
        };
        sent.answered();
        rows
    }};
    (@fetch $fetch:ident, $row:ty, $tx:ident, $s:expr, $p:expr $(, $arg:expr)*) => {{
        let sent = $crate::meters::Statement::sent($s);
        let row = match $tx.exec() {
            $crate::db::Exec::Sqlite(connection, edge) => $crate::db::query_as_sqlite::<$row>(edge.begin(concat!("BEGIN; ", $s), $s))$(.bind($arg))*
                .$fetch(connection).await.map_err($crate::db::DbError::from),
            $crate::db::Exec::Postgres(connection) => $crate::db::query_as_postgres::<$row>($p)$(.bind($arg))*
                .$fetch(connection).await.map_err($crate::db::DbError::from),
        };
        sent.answered();
        row
    }};
}

/// For the macros. PostgreSQL keeps its plans, those of its own look-ups for foreign keys among them, and those that were made while a table was empty
/// are of no use once many rows are in it: they walk through all of an organisation's. It would notice by itself after a minute or two, when it has
/// counted the rows; whoever writes many in one go doesn't wait for that.
///
/// # Errors
/// What became of the statement.
#[doc(hidden)]
pub async fn plan_anew_after(written: sqlx::Result<u64>, connection: &mut PgConnection) -> Result<u64, DbError> {
    let rows = written?;
    if rows >= MANY_ROWS {
        connection.execute("DISCARD PLANS").await?;
    }
    Ok(rows)
}

/// For the macros.
#[doc(hidden)]
#[expect(clippy::disallowed_methods, reason = "this file is the one that speaks sqlx")]
pub fn query_sqlite(sql: &'static str) -> sqlx::query::Query<'static, Sqlite, <Sqlite as sqlx::Database>::Arguments> {
    sqlx::query(sql)
}

/// For the macros.
#[doc(hidden)]
#[expect(clippy::disallowed_methods, reason = "this file is the one that speaks sqlx")]
pub fn query_postgres(
    sql: &'static str,
) -> sqlx::query::Query<'static, Postgres, <Postgres as sqlx::Database>::Arguments> {
    sqlx::query(sql)
}

/// For the macros.
#[doc(hidden)]
#[expect(clippy::disallowed_methods, reason = "this file is the one that speaks sqlx")]
pub fn query_as_sqlite<'q, Row>(
    sql: &'static str,
) -> sqlx::query::QueryAs<'q, Sqlite, Row, <Sqlite as sqlx::Database>::Arguments>
where
    Row: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>,
{
    sqlx::query_as(sql)
}

/// For the macros.
#[doc(hidden)]
#[expect(clippy::disallowed_methods, reason = "this file is the one that speaks sqlx")]
pub fn query_as_postgres<'q, Row>(
    sql: &'static str,
) -> sqlx::query::QueryAs<'q, Postgres, Row, <Postgres as sqlx::Database>::Arguments>
where
    Row: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
{
    sqlx::query_as(sql)
}
