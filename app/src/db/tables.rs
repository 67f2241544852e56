//! A database as a whole, table by table, on a connection of its own and as the owner of its tables: what backups are made of,
//! and what they are restored into.
//!
//! Rows are written in one form for both databases: the columns in the order of their names, each a mark and what it holds
//! (nothing; a number, which a truth value, and an instant in microseconds, are, too; text; bytes, which an id is, too). In the
//! order of their keys they give the same bytes wherever they lie, so that a digest tells whether a table is what it was.
#![expect(clippy::disallowed_methods, reason = "a part of db.rs; a table’s name can’t be bound")]

use std::{
    path::Path,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, Postgres, Row as _, Sqlite,
    SqliteConnection, ValueRef as _,
    postgres::{PgConnectOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous},
};
use tokio::sync::mpsc::{Receiver, Sender};
use uuid::Uuid;

use super::{DbError, erase, only_to_read};
pub use crate::audit::hex;

/// Rows are handed on in blocks of about this size.
const BLOCK: usize = 1 << 20;
/// SQLite takes so many values in one statement that every build of it does.
const MOST_VALUES: usize = 900;
/// More rows at once aren't quicker.
const MOST_ROWS: usize = 50;
/// From the start of Unix's time to that of PostgreSQL's, in microseconds: 1 January 2000.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
/// What PostgreSQL's own form of a copied table begins with.
const COPY_BEGINS: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// And ends with.
const COPY_ENDS: &[u8] = b"\xff\xff";
/// PostgreSQL may not have noticed yet that one that was refused, or killed, is gone.
const LINGERS: Duration = Duration::from_secs(2);
/// Whoever fills a database on PostgreSQL has this lock: two never do at once.
const FILLING: i64 = 0x0064_6576_616c_6f01;

/// A table, its columns that hold something of their own (what is worked out of others isn't among them), and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// In the order of their names.
    columns: Vec<Column>,
    key: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    stored: Stored,
}

/// How a database stores a column. SQLite knows three ways only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Integer,
    Boolean,
    Instant,
    Text,
    Bytes,
    Id,
}

/// What is in a column of a row, the same for both databases.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// How many rows a table has, and the digest of all of them in the order of their keys (SHA-256).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// In hexadecimal digits.
    pub digest: String,
}

/// What is in a database already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The migrations that were applied.
    pub applied: Vec<i64>,
    /// Tables, whoever’s they are, but for that of migrations.
    pub tables: i64,
    /// Organisations.
    pub orgs: i64,
    /// People.
    pub users: i64,
    /// Connections of servers that are running on it; on SQLite their lock tells.
    pub servers: i64,
}

/// A data key's owner, and the generations of their keys, wrapped.
pub type Wrapped = (Uuid, Vec<(u32, Vec<u8>)>);

/// The whole database.
#[derive(Debug)]
pub struct Whole {
    connection: Connected,
    /// SQLite's triggers, while rows come in that their like have made already: name and text.
    asleep: Vec<(String, String)>,
}

#[derive(Debug)]
enum Connected {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Whole {
    /// The database behind `sqlite://path` or `postgres://…` as it is at this moment, whoever writes to it meanwhile. Nobody waits
    /// for it.
    ///
    /// # Errors
    /// It can't be opened.
    pub async fn snapshot(url: &str) -> Result<Self, DbError> {
        let mut whole = Self::connect(url, true).await?;
        match &mut whole.connection {
            Connected::Sqlite(connection) => {
                connection.execute("BEGIN").await?;
                // It stands still from the first look on.
                connection.execute("SELECT count(*) FROM sqlite_master").await?;
            }
            Connected::Postgres(connection) => {
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                // Rather an error than a part of the rows.
                connection.execute("SET LOCAL row_security = off").await?;
                connection.execute("SELECT 1").await?;
            }
        }
        Ok(whole)
    }

    /// A database to fill. On PostgreSQL it is this process's to fill until it is dropped.
    ///
    /// # Errors
    /// It can't be opened, or another process fills it: [`DbError::Busy`].
    pub async fn to_fill(url: &str) -> Result<Self, DbError> {
        let mut whole = Self::connect(url, false).await?;
        if let Connected::Postgres(connection) = &mut whole.connection {
            let until = Instant::now() + LINGERS;
            loop {
                let mine = sqlx::query_as("SELECT pg_try_advisory_lock($1)").bind(FILLING);
                let (mine,): (bool,) = mine.fetch_one(&mut *connection).await?;
                if mine {
                    break;
                }
                if Instant::now() > until {
                    return Err(DbError::Busy("another restore into this database is under way".to_owned()));
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(whole)
    }

    async fn connect(url: &str, only_reads: bool) -> Result<Self, DbError> {
        let connection = if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            // As the owner of the tables, and not as the application's role.
            let options =
                PgConnectOptions::from_str(url)?.application_name("devalo backup").disable_statement_logging();
            Connected::Postgres(PgConnection::connect_with(&options).await?)
        } else {
            let options = if only_reads {
                only_to_read(url)?
            } else {
                let options = SqliteConnectOptions::from_str(url)?.disable_statement_logging();
                // Keys are looked at when all is there.
                options.foreign_keys(false).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal)
            };
            Connected::Sqlite(SqliteConnection::connect_with(&options.optimize_on_close(false, None)).await?)
        };
        Ok(Self { connection, asleep: Vec::new() })
    }

    /// What is in it.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn standing(&mut self) -> Result<Standing, DbError> {
        let tables = match &self.connection {
            Connected::Sqlite(_) => {
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name <> '_sqlx_migrations'"
            }
            Connected::Postgres(_) => {
                "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema() WHERE c.relkind IN ('r', 'p') AND c.relname <> '_sqlx_migrations'"
            }
        };
        let mut found = Standing { tables: self.count(tables).await?, ..Standing::default() };
        if self.has("_sqlx_migrations").await? {
            found.applied = self.applied().await?;
        }
        if self.has("organisations").await? {
            found.orgs = self.count("SELECT count(*) FROM organisations").await?;
        }
        if self.has("users").await? {
            found.users = self.count("SELECT count(*) FROM users").await?;
        }
        if matches!(self.connection, Connected::Postgres(_)) {
            let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'devalo'";
            found.servers = self.count(others).await?;
        }
        Ok(found)
    }

    /// The same of a database that may not be there yet: a SQLite file that isn't is empty.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn look(url: &str) -> Result<Standing, DbError> {
        if url.starts_with("sqlite:") && !Path::new(SqliteConnectOptions::from_str(url)?.get_filename()).exists() {
            return Ok(Standing::default());
        }
        let mut whole = Self::connect(url, true).await?;
        let found = whole.standing().await;
        whole.close().await?;
        found
    }

    async fn has(&mut self, table: &'static str) -> Result<bool, DbError> {
        let (there,): (i64,) = match &mut self.connection {
            Connected::Sqlite(connection) => {
                sqlx::query_as("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1")
                    .bind(table)
                    .fetch_one(connection)
                    .await?
            }
            Connected::Postgres(connection) => {
                sqlx::query_as("SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema() WHERE c.relname = $1")
                    .bind(table)
                    .fetch_one(connection)
                    .await?
            }
        };
        Ok(there > 0)
    }

    /// The migrations that were applied.
    ///
    /// # Errors
    /// It is no database of ours.
    pub async fn applied(&mut self) -> Result<Vec<i64>, DbError> {
        const TEXT: &str = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";
        let rows: Vec<(i64,)> = match &mut self.connection {
            Connected::Sqlite(connection) => sqlx::query_as(TEXT).fetch_all(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(TEXT).fetch_all(connection).await?,
        };
        Ok(rows.into_iter().map(|(version,)| version).collect())
    }

    /// Every table, those that others point to first.
    ///
    /// # Errors
    /// It can't be read, or has a column of a kind that nothing of ours has.
    pub async fn tables(&mut self) -> Result<Vec<Table>, DbError> {
        // Tables with columns and how they are stored; the parts of keys in their order; and who points to whom.
        let (columns, keys, links) = match &mut self.connection {
            Connected::Sqlite(connection) => {
                let columns: Vec<(String, String, String)> = sqlx::query_as(
                    "SELECT t.name, c.name, c.type FROM sqlite_master AS t JOIN pragma_table_xinfo(t.name) AS c
                         WHERE t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_' AND c.hidden = 0",
                )
                .fetch_all(&mut *connection)
                .await?;
                let keys: Vec<(String, String)> = sqlx::query_as(
                    "SELECT t.name, c.name FROM sqlite_master AS t JOIN pragma_table_xinfo(t.name) AS c
                         WHERE t.type = 'table' AND c.pk > 0 ORDER BY t.name, c.pk",
                )
                .fetch_all(&mut *connection)
                .await?;
                (columns, keys, erase::of_sqlite(connection).await?.1)
            }
            Connected::Postgres(connection) => {
                let columns: Vec<(String, String, String)> = sqlx::query_as(
                        "SELECT c.relname::text, a.attname::text, t.typname::text FROM pg_class AS c
                         JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
                         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                         JOIN pg_type AS t ON t.oid = a.atttypid
                         WHERE c.relkind = 'r'",
                    )
                    .fetch_all(&mut *connection)
                    .await?;
                let keys: Vec<(String, String)> = sqlx::query_as(
                    "SELECT c.relname::text, a.attname::text FROM pg_index AS i
                         JOIN pg_class AS c ON c.oid = i.indrelid
                         JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
                         CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
                         WHERE i.indisprimary AND c.relkind = 'r' ORDER BY c.relname, k.place",
                )
                .fetch_all(&mut *connection)
                .await?;
                (columns, keys, erase::of_postgres(connection).await?.1)
            }
        };
        let mut tables: Vec<Table> = Vec::new();
        // What is applied is told by itself.
        for (table, column, kind) in columns.into_iter().filter(|(table, ..)| table != "_sqlx_migrations") {
            let stored = Stored::read(&kind)
                .ok_or_else(|| DbError::Other(format!("{table}.{column} is {kind}, which can’t be backed up")))?;
            let column = Column { name: column, stored };
            match tables.iter_mut().find(|known| known.name == table) {
                Some(known) => known.columns.push(column),
                None => tables.push(Table { name: table, columns: vec![column], key: Vec::new() }),
            }
        }
        for (table, part) in keys {
            if let Some(known) = tables.iter_mut().find(|known| known.name == table) {
                known.key.push(part);
            }
        }
        for table in &mut tables {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
            if table.key.is_empty() {
                table.key = table.columns().map(str::to_owned).collect();
            }
        }
        let mut order = erase::in_order(tables.iter().map(|table| table.name.clone()).collect(), &links)?;
        order.reverse();
        tables.sort_by_key(|table| order.iter().position(|name| *name == table.name));
        Ok(tables)
    }

    /// Reads a table in the order of its key, and hands its rows on in blocks; each block has whole rows only.
    ///
    /// # Errors
    /// It can't be read, or nobody takes them any more.
    pub async fn read(&mut self, table: &Table, to: Option<&Sender<Vec<u8>>>) -> Result<Sum, DbError> {
        let mut out = Out { to, block: Vec::new(), digest: Sha256::new(), rows: 0 };
        match &mut self.connection {
            Connected::Sqlite(connection) => {
                let text = AssertSqlSafe(table.select(""));
                let mut rows = sqlx::query::<Sqlite>(text).persistent(false).fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    table.put_sqlite(&row, &mut out.block)?;
                    out.row().await?;
                }
            }
            Connected::Postgres(connection) => {
                let text = AssertSqlSafe(table.select(" COLLATE \"C\""));
                let mut rows = sqlx::query::<Postgres>(text).persistent(false).fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    table.put_postgres(&row, &mut out.block)?;
                    out.row().await?;
                }
            }
        }
        out.end().await
    }

    /// What a table comes to, without handing it on.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn sum(&mut self, table: &Table) -> Result<Sum, DbError> {
        self.read(table, None).await
    }

    /// Makes it ready to be filled, in one transaction: it is emptied, and what would make rows out of other rows sleeps, for all rows
    /// come as they were.
    ///
    /// # Errors
    /// Somebody else uses it.
    pub async fn begin_filling(&mut self, tables: &[Table]) -> Result<(), DbError> {
        match &mut self.connection {
            Connected::Sqlite(connection) => {
                connection.execute("BEGIN IMMEDIATE").await?;
                let triggers: Vec<(String, String)> =
                    sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid")
                        .fetch_all(&mut *connection)
                        .await?;
                for (name, _) in &triggers {
                    connection.execute(AssertSqlSafe(format!("DROP TRIGGER \"{name}\""))).await?;
                }
                for table in tables {
                    connection.execute(AssertSqlSafe(format!("DELETE FROM \"{}\"", table.name))).await?;
                }
                self.asleep = triggers;
            }
            Connected::Postgres(connection) => {
                connection.execute("BEGIN").await?;
                connection.execute("SET LOCAL lock_timeout = '10s'").await?;
                for table in tables {
                    let text = format!("ALTER TABLE \"{}\" DISABLE TRIGGER USER", table.name);
                    connection.execute(AssertSqlSafe(text)).await?;
                }
                let names: Vec<String> = tables.iter().map(|table| format!("\"{}\"", table.name)).collect();
                if !names.is_empty() {
                    connection.execute(AssertSqlSafe(format!("TRUNCATE {}", names.join(", ")))).await?;
                }
            }
        }
        Ok(())
    }

    /// Puts rows into a table, until there are no more blocks; says how many.
    ///
    /// # Errors
    /// They are no rows of this table, or the database has no room.
    pub async fn fill(&mut self, table: &Table, blocks: &mut Receiver<Vec<u8>>) -> Result<u64, DbError> {
        match &mut self.connection {
            Connected::Sqlite(connection) => fill_sqlite(connection, table, blocks).await,
            Connected::Postgres(connection) => fill_postgres(connection, table, blocks).await,
        }
    }

    /// Takes an organisation out that was erased before: its rows, what else is about it, and its data key. Only between
    /// [`Whole::begin_filling`] and [`Whole::end_filling`]. Was it there?
    ///
    /// # Errors
    /// The database can't be written to.
    pub async fn erase(&mut self, tables: &[Table], org: Uuid) -> Result<bool, DbError> {
        let of_orgs = tables.iter().rev().filter(|table| table.columns().any(|column| column == "org_id"));
        let mut texts: Vec<String> =
            of_orgs.map(|table| format!("DELETE FROM \"{}\" WHERE org_id = $1", table.name)).collect();
        // A backup from before there was any knows none that are being renewed.
        let renewed = tables.iter().any(|table| table.name == "key_rotations");
        texts.extend(renewed.then(|| "DELETE FROM key_rotations WHERE owner_id = $1".to_owned()));
        texts.extend(
            [
                "DELETE FROM data_keys WHERE owner_id = $1",
                // Keys that would take it along are asleep on SQLite.
                "DELETE FROM replaced_signup_links WHERE signup_id IN (SELECT id FROM signups WHERE made_org = $1)",
                "DELETE FROM signups WHERE made_org = $1",
                "UPDATE mails SET content = NULL, kept_until = NULL WHERE about_org = $1 AND given_up_at IS NOT NULL",
                "UPDATE mails SET about_org = NULL WHERE about_org = $1",
                "DELETE FROM organisations WHERE id = $1",
            ]
            .map(str::to_owned),
        );
        let mut last = 0;
        for text in texts {
            last = match &mut self.connection {
                Connected::Sqlite(connection) => {
                    sqlx::query::<Sqlite>(AssertSqlSafe(text)).bind(org).execute(connection).await?.rows_affected()
                }
                Connected::Postgres(connection) => {
                    sqlx::query::<Postgres>(AssertSqlSafe(text)).bind(org).execute(connection).await?.rows_affected()
                }
            };
        }
        Ok(last > 0)
    }

    /// Wakes what slept, and has every key looked at that is looked at late.
    ///
    /// # Errors
    /// A key leads nowhere.
    pub async fn end_filling(&mut self, tables: &[Table]) -> Result<(), DbError> {
        match &mut self.connection {
            Connected::Sqlite(connection) => {
                for (_, text) in std::mem::take(&mut self.asleep) {
                    connection.execute(AssertSqlSafe(text)).await?;
                }
            }
            Connected::Postgres(connection) => {
                // It plans by what it has counted, and would count what came in only in a minute or two.
                for table in tables {
                    let text = format!("ANALYZE \"{}\"", table.name);
                    connection.execute(AssertSqlSafe(text)).await?;
                }
                connection.execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
                for table in tables {
                    let text = format!("ALTER TABLE \"{}\" ENABLE TRIGGER USER", table.name);
                    connection.execute(AssertSqlSafe(text)).await?;
                }
            }
        }
        Ok(())
    }

    /// What the database itself finds wrong: pages that are damaged, and keys that lead nowhere. PostgreSQL lets neither in.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn faults(&mut self) -> Result<Vec<String>, DbError> {
        let Connected::Sqlite(connection) = &mut self.connection else { return Ok(Vec::new()) };
        let pages: Vec<(String,)> =
            sqlx::query_as("SELECT integrity_check FROM pragma_integrity_check").fetch_all(&mut *connection).await?;
        let keys: Vec<(String, String)> =
            sqlx::query_as("SELECT DISTINCT \"table\", parent FROM pragma_foreign_key_check")
                .fetch_all(connection)
                .await?;
        let pages = pages.into_iter().map(|(word,)| word).filter(|word| word != "ok");
        Ok(pages.chain(keys.into_iter().map(|(from, to)| format!("a row of {from} leads to no row of {to}"))).collect())
    }

    /// What such a statement counts, over all organisations.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn count(&mut self, text: &'static str) -> Result<i64, DbError> {
        let (count,): (i64,) = match &mut self.connection {
            Connected::Sqlite(connection) => sqlx::query_as(text).fetch_one(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(text).fetch_one(connection).await?,
        };
        Ok(count)
    }

    /// The pairs of ids that such a statement finds, over all organisations.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn pairs(&mut self, text: &'static str) -> Result<Vec<(Uuid, Uuid)>, DbError> {
        Ok(match &mut self.connection {
            Connected::Sqlite(connection) => sqlx::query_as(text).fetch_all(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(text).fetch_all(connection).await?,
        })
    }

    /// The organisations that were erased, as far as the log says.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn erased(&mut self) -> Result<Vec<Uuid>, DbError> {
        const TEXT: &str = "SELECT DISTINCT subject_id FROM platform_log WHERE action = 'platform.organisation_erased' AND subject_id IS NOT NULL";
        let found: Vec<(Uuid,)> = match &mut self.connection {
            Connected::Sqlite(connection) => sqlx::query_as(TEXT).fetch_all(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(TEXT).fetch_all(connection).await?,
        };
        Ok(found.into_iter().map(|(org,)| org).collect())
    }

    /// Everybody's data keys, wrapped.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn data_keys(&mut self) -> Result<Vec<Wrapped>, DbError> {
        const TEXT: &str = "SELECT owner_id, generation, wrapped FROM data_keys ORDER BY owner_id, generation";
        let rows: Vec<(Uuid, i64, Vec<u8>)> = match &mut self.connection {
            Connected::Sqlite(connection) => sqlx::query_as(TEXT).fetch_all(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(TEXT).fetch_all(connection).await?,
        };
        let mut all: Vec<Wrapped> = Vec::new();
        for (owner, generation, wrapped) in rows {
            let key = (u32::try_from(generation).unwrap_or_default(), wrapped);
            match all.last_mut().filter(|(known, _)| *known == owner) {
                Some((_, keys)) => keys.push(key),
                None => all.push((owner, vec![key])),
            }
        }
        Ok(all)
    }

    /// Makes what was filled last. Without it nothing of it is there.
    ///
    /// # Errors
    /// Nothing of it is there.
    pub async fn commit(mut self) -> Result<(), DbError> {
        match &mut self.connection {
            Connected::Sqlite(connection) => connection.execute("COMMIT").await?.rows_affected(),
            Connected::Postgres(connection) => connection.execute("COMMIT").await?.rows_affected(),
        };
        // It is made: a connection that is lost now takes nothing along.
        let _lost = self.close().await;
        Ok(())
    }

    /// Ends the connection; what wasn't committed is undone.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn close(self) -> Result<(), DbError> {
        match self.connection {
            Connected::Sqlite(connection) => connection.close().await?,
            Connected::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

impl Table {
    /// The names of its columns, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| &*column.name)
    }

    fn names(&self) -> String {
        self.columns().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }

    /// `by_letters` has PostgreSQL put texts in the order of their bytes, as SQLite does.
    fn select(&self, by_letters: &str) -> String {
        let is_text = |part: &str| self.columns.iter().any(|c| c.name == part && c.stored == Stored::Text);
        let order = self.key.iter().map(|part| format!("\"{part}\"{}", if is_text(part) { by_letters } else { "" }));
        format!("SELECT {} FROM \"{}\" ORDER BY {}", self.names(), self.name, order.collect::<Vec<_>>().join(", "))
    }

    fn insert(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        format!("INSERT INTO \"{}\" ({}) VALUES {}", self.name, self.names(), vec![row; rows].join(", "))
    }

    fn put_sqlite(&self, row: &SqliteRow, block: &mut Vec<u8>) -> Result<(), DbError> {
        for (at, column) in self.columns.iter().enumerate() {
            let value = match column.stored {
                Stored::Text => row.try_get::<Option<String>, _>(at)?.map(Value::Text),
                Stored::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Value::Bytes),
                _ => row.try_get::<Option<i64>, _>(at)?.map(Value::Integer),
            };
            value.unwrap_or(Value::Null).put(block);
        }
        Ok(())
    }

    fn put_postgres(&self, row: &PgRow, block: &mut Vec<u8>) -> Result<(), DbError> {
        for (at, column) in self.columns.iter().enumerate() {
            let raw = row.try_get_raw(at)?;
            let value = if raw.is_null() {
                Some(Value::Null)
            } else {
                column.stored.read_binary(raw.as_bytes().map_err(|error| DbError::Other(error.to_string()))?)
            };
            value.ok_or_else(|| self.unlike(column))?.put(block);
        }
        Ok(())
    }

    fn take_row(&self, rest: &mut &[u8]) -> Result<Vec<Value>, DbError> {
        let values = self.columns.iter().map(|column| Value::take(rest).ok_or_else(|| self.unlike(column)));
        values.collect()
    }

    fn unlike(&self, column: &Column) -> DbError {
        DbError::Other(format!("{}.{} holds something of another kind", self.name, column.name))
    }
}

impl Stored {
    fn read(kind: &str) -> Option<Self> {
        Some(match kind {
            "INTEGER" | "int8" => Self::Integer,
            "bool" => Self::Boolean,
            "timestamptz" => Self::Instant,
            "TEXT" | "text" => Self::Text,
            "BLOB" | "bytea" => Self::Bytes,
            "uuid" => Self::Id,
            _ => return None,
        })
    }

    /// As PostgreSQL sends it.
    fn read_binary(self, bytes: &[u8]) -> Option<Value> {
        Some(match self {
            Self::Integer => Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?)),
            Self::Instant => Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?).checked_add(POSTGRES_EPOCH)?),
            Self::Boolean => Value::Integer(i64::from(*bytes.first()? != 0)),
            Self::Text => Value::Text(std::str::from_utf8(bytes).ok()?.to_owned()),
            Self::Bytes | Self::Id => Value::Bytes(bytes.to_owned()),
        })
    }

    /// As PostgreSQL wants it, with its length before it.
    fn put_binary(self, value: &Value, out: &mut Vec<u8>) -> Option<()> {
        let mut field = |bytes: &[u8]| {
            out.extend_from_slice(&i32::try_from(bytes.len()).ok()?.to_be_bytes());
            out.extend_from_slice(bytes);
            Some(())
        };
        match (self, value) {
            (_, Value::Null) => {
                out.extend_from_slice(&(-1_i32).to_be_bytes());
                Some(())
            }
            (Self::Integer, Value::Integer(number)) => field(&number.to_be_bytes()),
            (Self::Instant, Value::Integer(micros)) => field(&micros.checked_sub(POSTGRES_EPOCH)?.to_be_bytes()),
            (Self::Boolean, Value::Integer(truth @ (0 | 1))) => field(&[u8::from(*truth == 1)]),
            (Self::Text, Value::Text(text)) => field(text.as_bytes()),
            (Self::Bytes, Value::Bytes(bytes)) => field(bytes),
            (Self::Id, Value::Bytes(bytes)) if bytes.len() == 16 => field(bytes),
            _ => None,
        }
    }
}

impl Value {
    fn put(&self, block: &mut Vec<u8>) {
        let long = |block: &mut Vec<u8>, mark: u8, bytes: &[u8]| {
            block.push(mark);
            // No row of either database is near four gigabytes.
            block.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            block.extend_from_slice(bytes);
        };
        match self {
            Self::Null => block.push(0),
            Self::Integer(number) => {
                block.push(1);
                block.extend_from_slice(&number.to_be_bytes());
            }
            Self::Text(text) => long(block, 2, text.as_bytes()),
            Self::Bytes(bytes) => long(block, 3, bytes),
        }
    }

    fn take(rest: &mut &[u8]) -> Option<Self> {
        let (mark, after) = rest.split_first()?;
        if *mark == 0 {
            *rest = after;
            return Some(Self::Null);
        }
        if *mark == 1 {
            let (number, after) = after.split_first_chunk::<8>()?;
            *rest = after;
            return Some(Self::Integer(i64::from_be_bytes(*number)));
        }
        let (length, after) = after.split_first_chunk::<4>()?;
        let (bytes, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        *rest = after;
        match mark {
            2 => Some(Self::Text(std::str::from_utf8(bytes).ok()?.to_owned())),
            3 => Some(Self::Bytes(bytes.to_owned())),
            _ => None,
        }
    }
}

/// Rows on their way out.
struct Out<'t> {
    to: Option<&'t Sender<Vec<u8>>>,
    block: Vec<u8>,
    digest: Sha256,
    rows: u64,
}

impl Out<'_> {
    /// A row was added to the block.
    async fn row(&mut self) -> Result<(), DbError> {
        self.rows += 1;
        if self.block.len() >= BLOCK { self.hand_on().await } else { Ok(()) }
    }

    async fn hand_on(&mut self) -> Result<(), DbError> {
        self.digest.update(&self.block);
        let block = std::mem::take(&mut self.block);
        if let Some(to) = self.to
            && to.send(block).await.is_err()
        {
            return Err(DbError::Other("nobody takes the rows any more".to_owned()));
        }
        Ok(())
    }

    async fn end(mut self) -> Result<Sum, DbError> {
        if !self.block.is_empty() {
            self.hand_on().await?;
        }
        Ok(Sum { rows: self.rows, digest: hex(&self.digest.finalize()) })
    }
}

async fn fill_sqlite(
    connection: &mut SqliteConnection,
    table: &Table,
    blocks: &mut Receiver<Vec<u8>>,
) -> Result<u64, DbError> {
    let together = (MOST_VALUES / table.columns.len().max(1)).clamp(1, MOST_ROWS);
    let (many, one): (Arc<str>, Arc<str>) = (table.insert(together).into(), table.insert(1).into());
    let mut waiting = Vec::with_capacity(together);
    let mut count = 0;
    while let Some(block) = blocks.recv().await {
        let mut rest = &*block;
        while !rest.is_empty() {
            waiting.push(table.take_row(&mut rest)?);
            count += 1;
            if waiting.len() == together {
                insert(connection, &many, std::mem::take(&mut waiting)).await?;
            }
        }
    }
    for row in waiting {
        insert(connection, &one, vec![row]).await?;
    }
    Ok(count)
}

async fn insert(connection: &mut SqliteConnection, text: &Arc<str>, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
    let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(Arc::clone(text)));
    for value in rows.into_iter().flatten() {
        query = match value {
            Value::Null => query.bind(None::<i64>),
            Value::Integer(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
            Value::Bytes(bytes) => query.bind(bytes),
        };
    }
    query.execute(connection).await?;
    Ok(())
}

/// All of a table in one statement: what points to another row of it is looked at in the end.
async fn fill_postgres(
    connection: &mut PgConnection,
    table: &Table,
    blocks: &mut Receiver<Vec<u8>>,
) -> Result<u64, DbError> {
    let text = format!("COPY \"{}\" ({}) FROM STDIN (FORMAT binary)", table.name, table.names());
    let mut copy = connection.copy_in_raw(&text).await?;
    let sent = async {
        copy.send(COPY_BEGINS).await?;
        let columns = i16::try_from(table.columns.len()).unwrap_or(i16::MAX).to_be_bytes();
        while let Some(block) = blocks.recv().await {
            let mut rest = &*block;
            let mut out = Vec::with_capacity(block.len() * 2);
            while !rest.is_empty() {
                out.extend_from_slice(&columns);
                for (column, value) in table.columns.iter().zip(table.take_row(&mut rest)?) {
                    column.stored.put_binary(&value, &mut out).ok_or_else(|| table.unlike(column))?;
                }
            }
            copy.send(out).await?;
        }
        copy.send(COPY_ENDS).await?;
        Ok::<(), DbError>(())
    };
    let sent = sent.await;
    match sent {
        Ok(()) => Ok(copy.finish().await?),
        Err(error) => {
            // The transaction is lost in any case.
            let _told = copy.abort("it can’t be filled").await;
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let values = [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Text("Zoë’s\0salon\n".to_owned()),
            Value::Bytes(vec![0, 255, 7]),
            Value::Text(String::new()),
        ];
        let mut block = Vec::new();
        for value in &values {
            value.put(&mut block);
        }
        let mut rest = &*block;
        for value in &values {
            assert_eq!(Value::take(&mut rest).as_ref(), Some(value));
        }
        assert!(rest.is_empty());
        for cut in 1..9 {
            let mut number = Vec::new();
            Value::Integer(7).put(&mut number);
            assert_eq!(Value::take(&mut &number[..number.len() - cut]), None, "{cut}");
        }
        assert_eq!(Value::take(&mut &[9, 0, 0, 0, 0][..]), None);
    }

    #[test]
    fn postgres_says_the_same_in_its_own_form() {
        let all = [
            (Stored::Integer, Value::Integer(-5)),
            (Stored::Boolean, Value::Integer(1)),
            (Stored::Instant, Value::Integer(1_795_000_000_123_456)),
            (Stored::Text, Value::Text("Ωmega".to_owned())),
            (Stored::Bytes, Value::Bytes(vec![1, 2, 3])),
            (Stored::Id, Value::Bytes(vec![7; 16])),
        ];
        for (stored, value) in all {
            let mut field = Vec::new();
            stored.put_binary(&value, &mut field).expect("it fits");
            assert_eq!(stored.read_binary(&field[4..]), Some(value));
        }
        assert_eq!(Stored::Id.put_binary(&Value::Bytes(vec![7; 15]), &mut Vec::new()), None);
        assert_eq!(Stored::Boolean.put_binary(&Value::Integer(2), &mut Vec::new()), None);
    }
}
