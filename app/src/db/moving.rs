//! Copying a whole database into another one, whichever kind either is, and comparing the two. Each is asked for its own tables, so that no list has to name
//! them; a value is the same in both, whatever its database calls its type.
//!
//! What is copied, and how far that is, becomes durable together, so that a copy that was stopped goes on where it was. The triggers of a table are away while
//! rows come in, in that transaction alone: what they would write is copied itself.
#![expect(clippy::disallowed_methods, reason = "a part of db.rs; a table’s name can’t be bound")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    str::FromStr,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Postgres, Row, Sqlite, SqliteConnection,
    postgres::{PgConnectOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous},
};
use uuid::Uuid;

use super::{
    DbError,
    erase::{self, in_order},
    only_to_read,
};
use crate::clock::Instant;

/// Tables that say something of a database alone.
const ITS_OWN: [&str; 3] = ["_sqlx_migrations", "database_moves", "database_move_tables"];
/// Rows that are read and written at once are at most so many, and hold about so many bytes.
const MOST_ROWS: i64 = 1_000;
const MOST_BYTES: i64 = 16 << 20;
/// So many values go along with one of SQLite's statements, of 32,766.
const MOST_BINDS: usize = 30_000;

/// One of the two databases, on a connection of its own as the owner of the tables.
#[derive(Debug)]
pub struct End(Connected);

#[derive(Debug)]
enum Connected {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that is read, in one view that stands still. Nothing is changed in it.
    From,
    /// The one that is filled.
    To,
}

/// A table, with its columns in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    columns: Vec<Column>,
    /// Which columns make its primary key.
    key: Vec<usize>,
    /// Which says whose a row is.
    org: Option<usize>,
    /// It points to itself.
    points_to_itself: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    kind: Kind,
}

/// What a column holds, as its database has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Bytes,
    /// PostgreSQL's: 16 bytes.
    Id,
    /// PostgreSQL's: 0 or 1.
    Truth,
    /// PostgreSQL's: microseconds since 1970.
    Time,
}

/// A value, the same in both databases.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

type Cells = Vec<Cell>;

/// What a table holds of one organisation, or of none: how many rows, and the sum of their hashes, so that their order doesn't matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many rows.
    pub rows: u64,
    hashes: u128,
}

/// What a table holds, by organisation.
pub type Sums = BTreeMap<Option<Uuid>, Sum>;

/// How far a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Far {
    after: Cells,
    copied: i64,
    done: bool,
}

impl End {
    /// Opens one. The file of a SQLite database has to be there.
    ///
    /// # Errors
    /// It isn't there, or can't be opened.
    pub async fn open(url: &str, side: Side) -> Result<Self, DbError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)?.application_name("devalo move-database");
            let mut connection = PgConnection::connect_with(&options.disable_statement_logging()).await?;
            // Rows that a policy would hide are an error, not left out.
            connection.execute("SET row_security = off").await?;
            if side == Side::From {
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
            }
            return Ok(Self(Connected::Postgres(connection)));
        }
        let options = if side == Side::From {
            only_to_read(url)?
        } else {
            let options = SqliteConnectOptions::from_str(url)?.create_if_missing(false).disable_statement_logging();
            options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
        };
        // Keys are looked at in the end, all of them.
        let options = options.foreign_keys(false).optimize_on_close(false, None);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        if side == Side::From {
            connection.execute("BEGIN").await?;
        }
        Ok(Self(Connected::Sqlite(connection)))
    }

    /// Whether it is a PostgreSQL. Its tables say more of what a column holds: ids, times and truths are bytes and numbers to SQLite.
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Connected::Postgres(_))
    }

    /// Closes it.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn close(self) -> Result<(), DbError> {
        match self.0 {
            Connected::Sqlite(connection) => connection.close().await?,
            Connected::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }

    /// Somebody serves from it at this moment. Of SQLite a lock beside the file says so.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn is_served(&mut self) -> Result<bool, DbError> {
        const OTHERS: &str = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'devalo')";
        let Connected::Postgres(connection) = &mut self.0 else { return Ok(false) };
        // What is seen of others stands still in a transaction, too.
        connection.execute("SELECT pg_stat_clear_snapshot()").await?;
        let (served,): (bool,) = sqlx::query_as(OTHERS).fetch_one(&mut *connection).await?;
        Ok(served)
    }

    /// The tables that are copied, those that are pointed to before those that point to them.
    ///
    /// # Errors
    /// One has a type that isn't known here, or no primary key.
    pub async fn tables(&mut self) -> Result<Vec<Table>, DbError> {
        let (columns, links) = match &mut self.0 {
            Connected::Sqlite(connection) => sqlite_columns(connection).await?,
            Connected::Postgres(connection) => postgres_columns(connection).await?,
        };
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        let mut keys: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
        for (table, column, of, place) in columns.into_iter().filter(|(table, ..)| !ITS_OWN.contains(&table.as_str())) {
            let kind = kind(&of).ok_or_else(|| {
                DbError::Other(format!("{table}.{column} is of the type {of}, which can’t be moved yet"))
            })?;
            if place > 0 {
                keys.entry(table.clone()).or_default().insert(place, column.clone());
            }
            let points_to_itself = links.iter().any(|(from, to)| *from == table && *to == table);
            let new = Table { name: table.clone(), columns: Vec::new(), key: Vec::new(), org: None, points_to_itself };
            tables.entry(table).or_insert(new).columns.push(Column { name: column, kind });
        }
        for table in tables.values_mut() {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
            let at = |name: &str| table.columns.iter().position(|column| column.name == name);
            let key: Vec<usize> =
                keys.get(&table.name).into_iter().flatten().filter_map(|(_, name)| at(name)).collect();
            let org = at(if table.name == "organisations" { "id" } else { "org_id" });
            if key.is_empty() {
                return Err(DbError::Other(format!("{} has no primary key", table.name)));
            }
            (table.key, table.org) = (key, org);
        }
        let order = in_order(tables.keys().cloned().collect(), &links)?;
        Ok(order.into_iter().rev().filter_map(|name| tables.remove(&name)).collect())
    }

    /// What tells this database from every other one, and from itself once it was served from again.
    ///
    /// # Errors
    /// It has no key of its own: nothing was ever served from it.
    pub async fn identity(&mut self) -> Result<String, DbError> {
        type One<T> = Option<(T,)>;
        // The platform’s first key, and the first person, stay what they are. Whoever serves writes down when they start.
        const STARTED: &str = "SELECT id FROM boots ORDER BY started_at DESC, id DESC LIMIT 1";
        const KEY: &str = "SELECT created_at FROM data_keys WHERE owner_id = $1 AND generation = 1";
        const FIRST: &str = "SELECT id FROM users ORDER BY id LIMIT 1";
        let nobody = Uuid::nil();
        let (key, first, started): (One<Instant>, One<Uuid>, One<Uuid>) = match &mut self.0 {
            Connected::Sqlite(connection) => (
                sqlx::query_as(KEY).bind(nobody).fetch_optional(&mut *connection).await?,
                sqlx::query_as(FIRST).fetch_optional(&mut *connection).await?,
                sqlx::query_as(STARTED).fetch_optional(&mut *connection).await?,
            ),
            Connected::Postgres(connection) => (
                sqlx::query_as(KEY).bind(nobody).fetch_optional(&mut *connection).await?,
                sqlx::query_as(FIRST).fetch_optional(&mut *connection).await?,
                sqlx::query_as(STARTED).fetch_optional(&mut *connection).await?,
            ),
        };
        let (at,) = key.ok_or_else(|| DbError::Other("nothing was ever served from it".to_owned()))?;
        let id = |found: One<Uuid>| found.map(|(id,)| id).unwrap_or_default();
        Ok(format!("{} {} {}", at.micros(), id(first), id(started)))
    }

    /// The first of these tables that holds anything.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn first_filled(&mut self, tables: &[Table]) -> Result<Option<String>, DbError> {
        for table in tables {
            if self
                .number(format!("SELECT COUNT(*) FROM (SELECT 1 FROM \"{}\" LIMIT 1) AS any_row", table.name))
                .await?
                > 0
            {
                return Ok(Some(table.name.clone()));
            }
        }
        Ok(None)
    }

    /// The move to here that was begun and isn’t finished: from which database.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn begun(&mut self) -> Result<Option<String>, DbError> {
        const BEGUN: &str = "SELECT source FROM database_moves WHERE finished_at IS NULL";
        let found: Option<(String,)> = match &mut self.0 {
            Connected::Sqlite(connection) => sqlx::query_as(BEGUN).fetch_optional(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(BEGUN).fetch_optional(connection).await?,
        };
        Ok(found.map(|(source,)| source))
    }

    /// When the move of this database to here was finished, if it was.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn finished(&mut self, source: &str) -> Result<Option<Instant>, DbError> {
        const FINISHED: &str = "SELECT finished_at FROM database_moves WHERE source = $1 AND finished_at IS NOT NULL";
        let found: Option<(Instant,)> = match &mut self.0 {
            Connected::Sqlite(connection) => sqlx::query_as(FINISHED).bind(source).fetch_optional(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(FINISHED).bind(source).fetch_optional(connection).await?,
        };
        Ok(found.map(|(at,)| at))
    }

    /// Writes down that a move to here begins. Until it is finished nothing is served from here.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn begin(&mut self, source: &str, now: Instant) -> Result<(), DbError> {
        const BEGIN: &str = "INSERT INTO database_moves (source, started_at) VALUES ($1, $2)
            ON CONFLICT (source) DO UPDATE SET started_at = excluded.started_at, finished_at = NULL";
        match &mut self.0 {
            Connected::Sqlite(connection) => {
                sqlx::query(BEGIN).bind(source).bind(now).execute(connection).await?;
            }
            Connected::Postgres(connection) => {
                sqlx::query(BEGIN).bind(source).bind(now).execute(connection).await?;
            }
        }
        Ok(())
    }

    /// Writes down that it is finished.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn finish(&mut self, now: Instant) -> Result<(), DbError> {
        const FINISH: &str = "UPDATE database_moves SET finished_at = $1 WHERE finished_at IS NULL";
        match &mut self.0 {
            Connected::Sqlite(connection) => {
                sqlx::query(FINISH).bind(now).execute(connection).await?;
            }
            Connected::Postgres(connection) => {
                sqlx::query(FINISH).bind(now).execute(connection).await?;
            }
        }
        Ok(())
    }

    /// What each organisation has in a table.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn sums(&mut self, table: &Table) -> Result<Sums, DbError> {
        let at_once = self.rows_at_once(table).await?;
        let mut sums = Sums::new();
        let mut after = Vec::new();
        loop {
            let rows = self.after(table, &after, at_once).await?;
            let Some(last) = rows.last() else { return Ok(sums) };
            after = table.key_of(last);
            for row in &rows {
                let sum = sums.entry(table.org_of(row)).or_default();
                sum.rows += 1;
                sum.hashes = sum.hashes.wrapping_add(table.hash(row));
            }
        }
    }

    /// What isn’t as it should be in a database that was filled, in words.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn broken(&mut self) -> Result<Vec<String>, DbError> {
        let mut broken = Vec::new();
        match &mut self.0 {
            Connected::Sqlite(connection) => {
                let keys: Vec<(String, i64)> =
                    sqlx::query_as("SELECT \"table\", COUNT(*) FROM pragma_foreign_key_check GROUP BY \"table\"")
                        .fetch_all(&mut *connection)
                        .await?;
                broken.extend(keys.into_iter().map(|(table, rows)| format!("{table}: {rows} rows point to nothing")));
                let checked: Vec<(String,)> =
                    sqlx::query_as("SELECT quick_check FROM pragma_quick_check").fetch_all(&mut *connection).await?;
                broken.extend(checked.into_iter().map(|(word,)| word).filter(|word| word != "ok"));
            }
            Connected::Postgres(connection) => {
                let off: Vec<(String,)> = sqlx::query_as(
                    "SELECT t.tgrelid::regclass::text || ': the trigger ' || t.tgname || ' is off' FROM pg_trigger AS t WHERE t.tgenabled = 'D'
                     UNION ALL
                     SELECT k.conrelid::regclass::text || ': the key ' || k.conname || ' isn’t held' FROM pg_constraint AS k
                     WHERE k.contype = 'f' AND NOT k.convalidated",
                )
                .fetch_all(&mut *connection)
                .await?;
                broken.extend(off.into_iter().map(|(word,)| word));
            }
        }
        Ok(broken)
    }

    /// The names of its triggers.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn triggers(&mut self) -> Result<BTreeSet<String>, DbError> {
        let names: Vec<(String,)> = match &mut self.0 {
            Connected::Sqlite(connection) => {
                sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetch_all(connection).await?
            }
            Connected::Postgres(connection) => {
                sqlx::query_as("SELECT tgrelid::regclass::text || '.' || tgname FROM pg_trigger WHERE NOT tgisinternal")
                    .fetch_all(connection)
                    .await?
            }
        };
        Ok(names.into_iter().map(|(name,)| name).collect())
    }

    async fn number(&mut self, text: String) -> Result<i64, DbError> {
        let text = AssertSqlSafe(text);
        let (number,): (i64,) = match &mut self.0 {
            Connected::Sqlite(connection) => sqlx::query_as(text).fetch_one(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(text).fetch_one(connection).await?,
        };
        Ok(number)
    }

    async fn run(&mut self, text: &str) -> Result<(), DbError> {
        let text = AssertSqlSafe(text.to_owned());
        match &mut self.0 {
            Connected::Sqlite(connection) => connection.execute(sqlx::raw_sql(text)).await.map(|_| ())?,
            Connected::Postgres(connection) => connection.execute(sqlx::raw_sql(text)).await.map(|_| ())?,
        }
        Ok(())
    }

    /// As many rows as hold no more than is read at once, even where each is as large as the largest.
    async fn rows_at_once(&mut self, table: &Table) -> Result<i64, DbError> {
        let length = match &self.0 {
            Connected::Sqlite(_) => "length",
            Connected::Postgres(_) => "octet_length",
        };
        let long = table.columns.iter().filter(|column| matches!(column.kind, Kind::Bytes | Kind::Text));
        let sizes: Vec<String> = long.map(|column| format!("coalesce({length}(\"{}\"), 0)", column.name)).collect();
        if sizes.is_empty() {
            return Ok(MOST_ROWS);
        }
        let text = format!("SELECT CAST(coalesce(max({}), 0) AS BIGINT) FROM \"{}\"", sizes.join(" + "), table.name);
        let largest = self.number(text).await?;
        Ok((MOST_BYTES / (largest + 1)).clamp(1, MOST_ROWS))
    }

    /// The next rows after the one with this key; from the first on where there is no key.
    async fn after(&mut self, table: &Table, after: &[Cell], at_once: i64) -> Result<Vec<Cells>, DbError> {
        let postgres = self.is_postgres();
        let columns: Vec<String> = table.columns.iter().map(|column| column.read(postgres)).collect();
        let key: Vec<String> = table.key.iter().map(|at| format!("\"{}\"", table.columns[*at].name)).collect();
        let key = key.join(", ");
        let held = if after.is_empty() {
            String::new()
        } else {
            let given = table.key.iter().enumerate();
            let given: Vec<String> =
                given.map(|(at, column)| table.columns[*column].write(postgres, &format!("${}", at + 1))).collect();
            format!(" WHERE ({key}) > ({})", given.join(", "))
        };
        let text =
            format!("SELECT {} FROM \"{}\"{held} ORDER BY {key} LIMIT {at_once}", columns.join(", "), table.name);
        let text = AssertSqlSafe(text);
        match &mut self.0 {
            Connected::Sqlite(connection) => {
                let mut query = sqlx::query::<Sqlite>(text);
                for cell in after {
                    query = match cell {
                        Cell::Null => query.bind(None::<i64>),
                        Cell::Number(number) => query.bind(*number),
                        Cell::Text(text) => query.bind(text.clone()),
                        Cell::Bytes(bytes) => query.bind(bytes.clone()),
                    };
                }
                let rows = query.fetch_all(connection).await?;
                rows.iter().map(|row| of_sqlite(table, row)).collect()
            }
            Connected::Postgres(connection) => {
                let mut query = sqlx::query::<Postgres>(text);
                for (cell, at) in after.iter().zip(&table.key) {
                    query = match (cell, table.columns[*at].kind) {
                        (Cell::Bytes(bytes), Kind::Id) => query.bind(id(bytes)?),
                        (Cell::Null, _) => query.bind(None::<i64>),
                        (Cell::Number(number), _) => query.bind(*number),
                        (Cell::Text(text), _) => query.bind(text.clone()),
                        (Cell::Bytes(bytes), _) => query.bind(bytes.clone()),
                    };
                }
                let rows = query.fetch_all(connection).await?;
                rows.iter().map(|row| of_postgres(table, row)).collect()
            }
        }
    }

    async fn far(&mut self, table: &Table) -> Result<Far, DbError> {
        const FAR: &str = "SELECT after_key, copied, done FROM database_move_tables WHERE name = $1";
        let found: Option<(String, i64, bool)> = match &mut self.0 {
            Connected::Sqlite(connection) => sqlx::query_as(FAR).bind(&table.name).fetch_optional(connection).await?,
            Connected::Postgres(connection) => sqlx::query_as(FAR).bind(&table.name).fetch_optional(connection).await?,
        };
        let Some((after, copied, done)) = found else { return Ok(Far { after: Vec::new(), copied: 0, done: false }) };
        Ok(Far { after: from_words(&after)?, copied, done })
    }

    async fn went(&mut self, table: &Table, far: &Far) -> Result<(), DbError> {
        const WENT: &str = "INSERT INTO database_move_tables (name, after_key, copied, done) VALUES ($1, $2, $3, $4)
            ON CONFLICT (name) DO UPDATE SET after_key = excluded.after_key, copied = excluded.copied, done = excluded.done";
        let after = in_words(&far.after);
        match &mut self.0 {
            Connected::Sqlite(connection) => {
                let query = sqlx::query(WENT).bind(&table.name).bind(after).bind(far.copied).bind(far.done);
                query.execute(connection).await?;
            }
            Connected::Postgres(connection) => {
                let query = sqlx::query(WENT).bind(&table.name).bind(after).bind(far.copied).bind(far.done);
                query.execute(connection).await?;
            }
        }
        Ok(())
    }

    /// Begins a transaction in which a table's triggers are away; what puts them back.
    async fn quiet(&mut self, table: &Table) -> Result<Vec<String>, DbError> {
        self.run("BEGIN").await?;
        let name = &table.name;
        match &mut self.0 {
            Connected::Sqlite(connection) => {
                let all: Vec<(String, String)> =
                    sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1")
                        .bind(name)
                        .fetch_all(&mut *connection)
                        .await?;
                let mut back = Vec::new();
                for (trigger, text) in all {
                    self.run(&format!("DROP TRIGGER \"{trigger}\"")).await?;
                    back.push(text);
                }
                Ok(back)
            }
            Connected::Postgres(connection) => {
                let (any,): (bool,) = sqlx::query_as(
                    "SELECT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal)",
                )
                .bind(name)
                .fetch_one(&mut *connection)
                .await?;
                let late: Vec<(String,)> = sqlx::query_as(
                    "SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND conrelid = confrelid AND conrelid = $1::regclass AND NOT condeferrable",
                )
                .bind(name)
                .fetch_all(&mut *connection)
                .await?;
                let mut back = vec!["SET CONSTRAINTS ALL IMMEDIATE".to_owned()];
                if any {
                    self.run(&format!("ALTER TABLE \"{name}\" DISABLE TRIGGER USER")).await?;
                    back.push(format!("ALTER TABLE \"{name}\" ENABLE TRIGGER USER"));
                }
                // A row may come before the one that it points to.
                for (key,) in late {
                    let alter = format!("ALTER TABLE \"{name}\" ALTER CONSTRAINT \"{key}\"");
                    self.run(&format!("{alter} DEFERRABLE INITIALLY DEFERRED")).await?;
                    back.push(format!("{alter} NOT DEFERRABLE"));
                }
                Ok(back)
            }
        }
    }

    async fn put(&mut self, table: &Table, rows: Vec<Cells>) -> Result<(), DbError> {
        let names: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let into = format!("INSERT INTO \"{}\" ({})", table.name, names.join(", "));
        match &mut self.0 {
            Connected::Sqlite(connection) => {
                for some in rows.chunks((MOST_BINDS / names.len()).clamp(1, 200)) {
                    let mut text = format!("{into} VALUES ");
                    for at in 0..some.len() {
                        let first = at * names.len();
                        let places: Vec<String> =
                            (1..=names.len()).map(|place| format!("${}", first + place)).collect();
                        // Writing to a string can’t fail.
                        let _ = write!(text, "{}({})", if at == 0 { "" } else { ", " }, places.join(", "));
                    }
                    let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(text));
                    for cell in some.iter().flatten() {
                        query = match cell {
                            Cell::Null => query.bind(None::<i64>),
                            Cell::Number(number) => query.bind(*number),
                            Cell::Text(text) => query.bind(text.clone()),
                            Cell::Bytes(bytes) => query.bind(bytes.clone()),
                        };
                    }
                    query.execute(&mut *connection).await?;
                }
            }
            Connected::Postgres(connection) => {
                let given = table.columns.iter().enumerate();
                let given: Vec<String> =
                    given.map(|(at, column)| format!("${}::{}[]", at + 1, column.kind.travels_as())).collect();
                let aliases: Vec<String> = (0..table.columns.len()).map(|at| format!("c{at}")).collect();
                let written: Vec<String> =
                    table.columns.iter().zip(&aliases).map(|(column, alias)| column.write(true, alias)).collect();
                let text = format!(
                    "{into} SELECT {} FROM unnest({}) AS given ({})",
                    written.join(", "),
                    given.join(", "),
                    aliases.join(", ")
                );
                let mut query = sqlx::query::<Postgres>(AssertSqlSafe(text));
                let mut by_column: Vec<Vec<Cell>> = table.columns.iter().map(|_| Vec::new()).collect();
                for row in rows {
                    for (cell, column) in row.into_iter().zip(&mut by_column) {
                        column.push(cell);
                    }
                }
                for (cells, column) in by_column.into_iter().zip(&table.columns) {
                    query = match column.kind {
                        Kind::Id => query.bind(cells.into_iter().map(Cell::id).collect::<Result<Vec<_>, _>>()?),
                        Kind::Bytes => query.bind(cells.into_iter().map(Cell::bytes).collect::<Vec<_>>()),
                        Kind::Text => query.bind(cells.into_iter().map(Cell::text).collect::<Vec<_>>()),
                        Kind::Number | Kind::Truth | Kind::Time => {
                            query.bind(cells.into_iter().map(Cell::number).collect::<Vec<_>>())
                        }
                    };
                }
                query.execute(&mut *connection).await?;
            }
        }
        Ok(())
    }
}

/// Copies a table from where it was stopped on. A table that points to itself is copied as a whole, since a row may come before what it points to; any other
/// in parts, of which each is durable when it is done. `parts`: so many at most; then it is left as it is. Says how many rows were copied, by now, and whether
/// that is all of them.
///
/// # Errors
/// One of the two doesn't answer, or refuses a row.
pub async fn copy(from: &mut End, to: &mut End, table: &Table, parts: &mut u32) -> Result<(i64, bool), DbError> {
    let mut far = to.far(table).await?;
    let at_once = from.rows_at_once(table).await?;
    while !far.done {
        if *parts == 0 {
            return Ok((far.copied, false));
        }
        *parts -= 1;
        let back = to.quiet(table).await?;
        match part(from, to, table, far.clone(), at_once, &back).await {
            Ok(went) => far = went,
            Err(error) => {
                // Mostly it is undone already; what went wrong is what matters.
                let _undone = to.run("ROLLBACK").await;
                return Err(error);
            }
        }
    }
    if to.is_postgres() {
        // It plans by what it has counted, and what comes next leads to these rows.
        to.run(&format!("ANALYZE \"{}\"", table.name)).await?;
    }
    Ok((far.copied, true))
}

/// Copies a part, in the transaction that was begun, and makes it durable.
async fn part(
    from: &mut End,
    to: &mut End,
    table: &Table,
    mut far: Far,
    at_once: i64,
    back: &[String],
) -> Result<Far, DbError> {
    loop {
        let rows = from.after(table, &far.after, at_once).await?;
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if let Some(last) = rows.last() {
            far.after = table.key_of(last);
            to.put(table, rows).await?;
        }
        far.copied += count;
        far.done = count < at_once;
        if far.done || !table.points_to_itself {
            break;
        }
    }
    for text in back {
        to.run(text).await?;
    }
    to.went(table, &far).await?;
    to.run("COMMIT").await?;
    Ok(far)
}

/// What isn’t the same in two databases of what a table holds, in words.
pub fn differences(theirs: &Sums, ours: &Sums) -> Vec<String> {
    let whose: BTreeSet<Option<Uuid>> = theirs.keys().chain(ours.keys()).copied().collect();
    let line = |whose: Option<Uuid>| {
        let of = whose.map_or_else(|| "what is nobody’s".to_owned(), |org| format!("of the organisation {org}"));
        let sum = |sums: &Sums| sums.get(&whose).copied().unwrap_or_default();
        let (old, new) = (sum(theirs), sum(ours));
        if old == new {
            None
        } else if old.rows == new.rows {
            Some(format!("{of}: {} rows in both, and not the same", old.rows))
        } else {
            Some(format!("{of}: {} rows in the old database and {} in the new one", old.rows, new.rows))
        }
    };
    whose.into_iter().filter_map(line).collect()
}

impl Table {
    /// Whether another database has the same one.
    pub fn is_like(&self, other: &Self) -> bool {
        let names = |table: &Self| table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        self.name == other.name && names(self) == names(other) && self.key == other.key
    }

    fn key_of(&self, row: &[Cell]) -> Cells {
        self.key.iter().filter_map(|at| row.get(*at).cloned()).collect()
    }

    fn org_of(&self, row: &[Cell]) -> Option<Uuid> {
        match row.get(self.org?)? {
            Cell::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
            _ => None,
        }
    }

    /// Of all values with their columns' names, told apart by their lengths.
    fn hash(&self, row: &[Cell]) -> u128 {
        let mut hash = Sha256::new();
        for (column, cell) in self.columns.iter().zip(row) {
            let number;
            let (tag, bytes): (u8, &[u8]) = match cell {
                Cell::Null => (0, &[]),
                Cell::Number(value) => {
                    number = value.to_be_bytes();
                    (1, &number)
                }
                Cell::Text(text) => (2, text.as_bytes()),
                Cell::Bytes(bytes) => (3, bytes),
            };
            for part in [column.name.as_bytes(), &[tag], bytes] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        let whole: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&whole[..16]);
        u128::from_be_bytes(half)
    }
}

impl Column {
    /// The column in a list of what is read.
    fn read(&self, postgres: bool) -> String {
        let name = &self.name;
        match self.kind {
            Kind::Time if postgres => format!("CAST(extract(EPOCH FROM \"{name}\") * 1000000 AS BIGINT)"),
            Kind::Truth if postgres => format!("CAST(CAST(\"{name}\" AS INTEGER) AS BIGINT)"),
            _ => format!("\"{name}\""),
        }
    }

    /// A value that came along, as the column holds it. By seconds and microseconds, each of which PostgreSQL reckons with exactly.
    fn write(&self, postgres: bool, given: &str) -> String {
        match self.kind {
            Kind::Time if postgres => format!(
                "TIMESTAMPTZ 'epoch' + (CAST({given} AS BIGINT) / 1000000) * INTERVAL '1 second' + (CAST({given} AS BIGINT) % 1000000) * INTERVAL '1 microsecond'"
            ),
            Kind::Truth if postgres => format!("CAST({given} AS BIGINT) <> 0"),
            _ => given.to_owned(),
        }
    }
}

impl Kind {
    fn travels_as(self) -> &'static str {
        match self {
            Self::Number | Self::Truth | Self::Time => "BIGINT",
            Self::Text => "TEXT",
            Self::Bytes => "BYTEA",
            Self::Id => "UUID",
        }
    }
}

impl Cell {
    fn number(self) -> Option<i64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn bytes(self) -> Option<Vec<u8>> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    fn id(self) -> Result<Option<Uuid>, DbError> {
        self.bytes().map(|bytes| id(&bytes)).transpose()
    }
}

/// Table, column, its type, and its place in the primary key, from 1 on; 0: it is no part of it.
type ColumnFound = (String, String, String, i64);
/// Columns, and pairs of a table that points to another.
type Found = (Vec<ColumnFound>, Vec<(String, String)>);

/// What is worked out from others (`GENERATED`) is left out: it is worked out again.
async fn sqlite_columns(connection: &mut SqliteConnection) -> Result<Found, DbError> {
    let columns = sqlx::query_as(
        "SELECT t.name, c.name, c.type, c.pk FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok((columns, erase::of_sqlite(connection).await?.1))
}

async fn postgres_columns(connection: &mut PgConnection) -> Result<Found, DbError> {
    let columns = sqlx::query_as(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL),
           coalesce(array_position(i.indkey::int2[], a.attnum) - array_lower(i.indkey::int2[], 1) + 1, 0)::bigint
         FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
         LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
         WHERE c.relkind IN ('r', 'p')",
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok((columns, erase::of_postgres(connection).await?.1))
}

fn kind(of: &str) -> Option<Kind> {
    Some(match of {
        "INTEGER" | "bigint" => Kind::Number,
        "TEXT" | "text" => Kind::Text,
        "BLOB" | "bytea" => Kind::Bytes,
        "uuid" => Kind::Id,
        "boolean" => Kind::Truth,
        "timestamp with time zone" => Kind::Time,
        _ => return None,
    })
}

fn of_sqlite(table: &Table, row: &SqliteRow) -> Result<Cells, DbError> {
    let cell = |(at, column): (usize, &Column)| -> Result<Cell, DbError> {
        Ok(match column.kind {
            Kind::Text => row.try_get::<Option<String>, _>(at)?.map_or(Cell::Null, Cell::Text),
            Kind::Bytes | Kind::Id => row.try_get::<Option<Vec<u8>>, _>(at)?.map_or(Cell::Null, Cell::Bytes),
            _ => row.try_get::<Option<i64>, _>(at)?.map_or(Cell::Null, Cell::Number),
        })
    };
    table.columns.iter().enumerate().map(cell).collect()
}

fn of_postgres(table: &Table, row: &PgRow) -> Result<Cells, DbError> {
    let cell = |(at, column): (usize, &Column)| -> Result<Cell, DbError> {
        Ok(match column.kind {
            Kind::Text => row.try_get::<Option<String>, _>(at)?.map_or(Cell::Null, Cell::Text),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map_or(Cell::Null, Cell::Bytes),
            Kind::Id => {
                row.try_get::<Option<Uuid>, _>(at)?.map_or(Cell::Null, |id| Cell::Bytes(id.as_bytes().to_vec()))
            }
            _ => row.try_get::<Option<i64>, _>(at)?.map_or(Cell::Null, Cell::Number),
        })
    };
    table.columns.iter().enumerate().map(cell).collect()
}

fn id(bytes: &[u8]) -> Result<Uuid, DbError> {
    Uuid::from_slice(bytes).map_err(|_| DbError::Other("an id isn’t 16 bytes long".to_owned()))
}

/// A key, as it is written down.
fn in_words(cells: &[Cell]) -> String {
    let word = |cell: &Cell| match cell {
        Cell::Null => Value::Null,
        Cell::Number(number) => json!(number),
        Cell::Text(text) => json!(text),
        Cell::Bytes(bytes) => json!({ "hex": crate::audit::hex(bytes) }),
    };
    Value::Array(cells.iter().map(word).collect()).to_string()
}

fn from_words(text: &str) -> Result<Cells, DbError> {
    let broken = || DbError::Other("how far a table was copied can’t be read".to_owned());
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let cell = |word: Value| match word {
        Value::Null => Some(Cell::Null),
        Value::Number(number) => number.as_i64().map(Cell::Number),
        Value::String(text) => Some(Cell::Text(text)),
        Value::Object(of) => {
            of.get("hex")?.as_str()?.as_bytes().chunks(2).map(byte).collect::<Option<_>>().map(Cell::Bytes)
        }
        _ => None,
    };
    let words: Vec<Value> = serde_json::from_str(text).map_err(|_| broken())?;
    words.into_iter().map(cell).collect::<Option<_>>().ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key is the same after it was written down.
    #[test]
    fn keys_come_back() {
        let key = [
            Cell::Bytes(vec![0, 1, 254, 255]),
            Cell::Number(-7),
            Cell::Text("it’s \"a\"\n".to_owned()),
            Cell::Null,
            Cell::Number(i64::MAX),
        ];
        assert_eq!(from_words(&in_words(&key)).expect("a key"), key);
        assert!(
            from_words("[true]").is_err() && from_words("{}").is_err() && from_words("[{\"hex\":\"zz\"}]").is_err()
        );
    }

    /// No two rows have the same hash by what belongs to one value passing for another's.
    #[test]
    fn values_are_told_apart() {
        let column = |name: &str| Column { name: name.to_owned(), kind: Kind::Text };
        let columns = vec![column("a"), column("b")];
        let table = Table { name: "t".to_owned(), columns, key: vec![0], org: None, points_to_itself: false };
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = [
            [text("ab"), text("c")],
            [text("a"), text("bc")],
            [text("abc"), text("")],
            [text("abc"), Cell::Null],
            [text("1"), Cell::Null],
            [Cell::Number(1), Cell::Null],
            [Cell::Bytes(b"1".to_vec()), Cell::Null],
        ];
        let hashes: BTreeSet<u128> = rows.iter().map(|row| table.hash(row)).collect();
        assert_eq!(hashes.len(), rows.len());
    }
}
