//! How the tables would be spread over several PostgreSQL servers by Citus: an organisation’s rows together, by the column that names it. The list is made of
//! the schema, and so is what stands in its way: each unique index and each key has to contain that column.
#![expect(clippy::disallowed_methods, reason = "a part of db.rs; what it asks isn’t about anybody’s data")]

use std::{collections::BTreeSet, fmt::Write as _, str::FromStr};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use super::{DbError, erase::in_order};

/// The table whose rows are the organisations.
const ORGS: &str = "organisations";

/// Where each table would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spread {
    /// Spread by organisation, those that are pointed to first.
    pub distributed: Vec<String>,
    /// On every server, whole: organisations’ rows point to them.
    pub reference: Vec<String>,
    /// On the first server alone.
    pub local: Vec<String>,
    /// Unique indexes and keys of what is spread that don’t contain the organisation.
    pub in_the_way: Vec<InTheWay>,
}

/// What can’t stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InTheWay {
    /// The table.
    pub table: String,
    /// The index’s or key’s name.
    pub name: String,
    /// What it is, as PostgreSQL says it.
    pub what: String,
}

/// Looks at the schema of the database behind `postgres://…`.
///
/// # Errors
/// It is no PostgreSQL, or doesn't answer.
pub async fn spread(url: &str) -> Result<Spread, DbError> {
    if !url.starts_with("postgres") {
        return Err(DbError::Other("it is no PostgreSQL".to_owned()));
    }
    let options = PgConnectOptions::from_str(url)?.application_name("devalo citus-tables").disable_statement_logging();
    let mut connection = PgConnection::connect_with(&options).await?;
    let found = look(&mut connection).await;
    connection.close().await?;
    found
}

async fn look(connection: &mut PgConnection) -> Result<Spread, DbError> {
    let mut tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT c.relname::text, EXISTS (SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped)
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
         WHERE c.relkind = 'r'",
    )
    .fetch_all(&mut *connection)
    .await?;
    tables.sort_unstable();
    let is_spread: BTreeSet<String> =
        tables.iter().filter(|(table, by_org)| *by_org || table == ORGS).map(|(table, _)| table.clone()).collect();
    let links: Vec<(String, String)> = sqlx::query_as(
        "SELECT a.relname::text, b.relname::text FROM pg_constraint AS k
         JOIN pg_class AS a ON a.oid = k.conrelid JOIN pg_class AS b ON b.oid = k.confrelid WHERE k.contype = 'f'",
    )
    .fetch_all(&mut *connection)
    .await?;
    let pointed_to = |table: &String| links.iter().any(|(from, to)| to == table && is_spread.contains(from));
    let others: Vec<&String> =
        tables.iter().map(|(table, _)| table).filter(|table| !is_spread.contains(*table)).collect();
    let (reference, local): (Vec<String>, Vec<String>) = others.into_iter().cloned().partition(pointed_to);
    let mut distributed = in_order(is_spread.iter().cloned().collect(), &links)?;
    distributed.reverse();

    // Unique indexes and exclusions, then keys that point to what is spread, or to what stays on one server.
    let mut found: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT c.relname::text, i.relname::text, pg_get_indexdef(x.indexrelid) FROM pg_index AS x
         JOIN pg_class AS c ON c.oid = x.indrelid JOIN pg_class AS i ON i.oid = x.indexrelid
         JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
         WHERE (x.indisunique OR x.indisexclusion) AND NOT EXISTS (
           SELECT 1 FROM unnest(x.indkey::int2[]) AS k JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k
           WHERE a.attname = CASE c.relname WHEN $1 THEN 'id' ELSE 'org_id' END)",
    )
    .bind(ORGS)
    .fetch_all(&mut *connection)
    .await?;
    let keys: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT c.relname::text, k.conname::text, pg_get_constraintdef(k.oid), t.relname::text FROM pg_constraint AS k
         JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_class AS t ON t.oid = k.confrelid
         WHERE k.contype = 'f' AND NOT EXISTS (
           SELECT 1 FROM unnest(k.conkey, k.confkey) AS p (ours, theirs)
           JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.ours
           JOIN pg_attribute AS b ON b.attrelid = t.oid AND b.attnum = p.theirs
           WHERE a.attname = 'org_id' AND b.attname = CASE t.relname WHEN $1 THEN 'id' ELSE 'org_id' END)",
    )
    .bind(ORGS)
    .fetch_all(&mut *connection)
    .await?;
    let whole = keys.into_iter().filter(|(_, _, _, to)| !reference.contains(to));
    found.extend(whole.map(|(table, name, what, _)| (table, name, what)));
    let mut in_the_way: Vec<InTheWay> = found
        .into_iter()
        .filter(|(table, ..)| is_spread.contains(table))
        .map(|(table, name, what)| InTheWay { table, name, what })
        .collect();
    in_the_way.sort_unstable();
    Ok(Spread { distributed, reference, local, in_the_way })
}

impl Spread {
    /// The statements for Citus.
    pub fn sql(&self) -> String {
        let mut text = "-- How Citus would spread the tables by organisation. Made of the schema by `devalo citus-tables`; a test compares the two.\n\
            -- Read “Past one PostgreSQL” in ARCHITECTURE.md first: it says what has to change before these statements are run.\n\n\
            -- On every server, whole.\n"
            .to_owned();
        // Writing to a string can’t fail.
        for table in &self.reference {
            let _ = writeln!(text, "SELECT create_reference_table('{table}');");
        }
        text.push_str("\n-- Spread by organisation, all of an organisation’s rows together.\n");
        for table in &self.distributed {
            let _ = if table == ORGS {
                writeln!(text, "SELECT create_distributed_table('{table}', 'id');")
            } else {
                writeln!(text, "SELECT create_distributed_table('{table}', 'org_id', colocate_with => '{ORGS}');")
            };
        }
        text.push_str("\n-- Stay on the first server.\n");
        for table in &self.local {
            let _ = writeln!(text, "--   {table}");
        }
        text.push_str("\n-- Unique over all organisations, which what is spread can’t be: each has to move to a table of its own on the first server.\n");
        for one in &self.in_the_way {
            let _ = writeln!(text, "--   {}: {}", one.table, one.what.replace(" public.", " "));
        }
        text
    }
}
