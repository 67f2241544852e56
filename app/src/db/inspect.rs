//! A look at a database from outside, for `devalo check`: it reads, on connections of its own, and changes nothing.
#![expect(clippy::disallowed_methods, reason = "a part of db.rs; what it asks isn’t about anybody’s data")]

use std::{collections::BTreeMap, path::Path, str::FromStr};

use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions};

use super::{DbError, POSTGRES_ROLE, only_to_read};
use crate::{crypto::kid_of, platform::PLATFORM_OWNER};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inspection {
    /// The migrations that were applied.
    pub applied: Vec<i64>,
    /// By how many seconds the database's clock is ahead of this machine's; on SQLite they are one.
    pub clock_ahead: Option<f64>,
    /// What the application's role may do and mustn't, for people; PostgreSQL.
    pub role_may: Vec<String>,
    /// The user that connects, where they may neither make the application's role nor take it, as the first migration does;
    /// PostgreSQL.
    pub role_unmade: Option<String>,
    /// The platform's data keys by generation, wrapped.
    pub platform_keys: Vec<(u32, Vec<u8>)>,
    /// The master keys that data keys are wrapped under, by name, and how many each.
    pub kids: BTreeMap<String, i64>,
    /// Another database is being moved here.
    pub being_moved_here: bool,
    /// Tables of organisations' data whose rows aren't held apart by the database; PostgreSQL.
    pub open_tables: Vec<String>,
    /// How many people have accounts; `None` before the first migration.
    pub users: Option<i64>,
    /// How many of them run the platform without a second factor.
    pub weak_admins: i64,
}

const PEOPLE: &str = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN platform_admin AND second_factor_at IS NULL THEN 1 ELSE 0 END), 0) FROM users";

/// Of each data key what its master key's name is in.
const KIDS: &str = "SELECT substr(wrapped, 1, 34) FROM data_keys";

const MOVES: &str = "SELECT COUNT(*) FROM database_moves WHERE finished_at IS NULL";

const KEYS: &str = "SELECT generation, wrapped FROM data_keys WHERE owner_id = $1 ORDER BY generation";

/// Looks at the database behind `sqlite://path` or `postgres://…`. A SQLite file that isn't there yet is empty.
///
/// # Errors
/// It can't be opened or read.
pub async fn inspect(url: &str) -> Result<Inspection, DbError> {
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        let options = PgConnectOptions::from_str(url)?.application_name("devalo check").disable_statement_logging();
        let mut connection = PgConnection::connect_with(&options).await?;
        let found = postgres(&mut connection).await;
        connection.close().await?;
        return found;
    }
    let options = only_to_read(url)?;
    if !Path::new(options.get_filename()).exists() {
        return Ok(Inspection::default());
    }
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let found = sqlite(&mut connection).await;
    connection.close().await?;
    found
}

async fn sqlite(connection: &mut SqliteConnection) -> Result<Inspection, DbError> {
    let mut found = Inspection::default();
    let table = async |connection: &mut SqliteConnection, name: &str| -> Result<bool, DbError> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1")
            .bind(name.to_owned())
            .fetch_optional(connection)
            .await?;
        Ok(row.is_some())
    };
    if table(connection, "_sqlx_migrations").await? {
        let rows: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(&mut *connection)
            .await?;
        found.applied = rows.into_iter().map(|(version,)| version).collect();
    }
    if table(connection, "users").await? {
        let (users, weak): (i64, i64) = sqlx::query_as(PEOPLE).fetch_one(&mut *connection).await?;
        (found.users, found.weak_admins) = (Some(users), weak);
    }
    if table(connection, "data_keys").await? {
        let keys = sqlx::query_as(KEYS).bind(PLATFORM_OWNER).fetch_all(&mut *connection).await?;
        found.platform_keys = generations(keys);
        found.kids = by_name(sqlx::query_as(KIDS).fetch_all(&mut *connection).await?);
    }
    if table(connection, "database_moves").await? {
        let (unfinished,): (i64,) = sqlx::query_as(MOVES).fetch_one(&mut *connection).await?;
        found.being_moved_here = unfinished > 0;
    }
    Ok(found)
}

async fn postgres(connection: &mut PgConnection) -> Result<Inspection, DbError> {
    let mut found = Inspection::default();
    let before = seconds_now();
    let (theirs,): (f64,) =
        sqlx::query_as("SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8").fetch_one(&mut *connection).await?;
    // The answer was written somewhere between.
    found.clock_ahead = Some(theirs - f64::midpoint(before, seconds_now()));
    let table = async |connection: &mut PgConnection, name: &str| -> Result<bool, DbError> {
        let (there,): (bool,) =
            sqlx::query_as("SELECT to_regclass($1) IS NOT NULL").bind(name.to_owned()).fetch_one(connection).await?;
        Ok(there)
    };
    if table(connection, "_sqlx_migrations").await? {
        let rows: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(&mut *connection)
            .await?;
        found.applied = rows.into_iter().map(|(version,)| version).collect();
    }
    if table(connection, "data_keys").await? {
        let keys = sqlx::query_as(KEYS).bind(PLATFORM_OWNER).fetch_all(&mut *connection).await?;
        found.platform_keys = generations(keys);
        found.kids = by_name(sqlx::query_as(KIDS).fetch_all(&mut *connection).await?);
    } else {
        found.role_unmade = role_unmade(connection).await?;
    }
    if table(connection, "users").await? {
        let (users, weak): (i64, i64) = sqlx::query_as(PEOPLE).fetch_one(&mut *connection).await?;
        (found.users, found.weak_admins) = (Some(users), weak);
        found.role_may = role_may(connection).await?;
        let open: Vec<(String,)> = sqlx::query_as(
            "SELECT c.relname::text FROM pg_class AS c
             JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
             JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped
             WHERE c.relkind = 'r'
               AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT 1 FROM pg_policy AS p WHERE p.polrelid = c.oid))
             ORDER BY c.relname",
        )
        .fetch_all(&mut *connection)
        .await?;
        found.open_tables = open.into_iter().map(|(name,)| name).collect();
    }
    if table(connection, "database_moves").await? {
        let (unfinished,): (i64,) = sqlx::query_as(MOVES).fetch_one(&mut *connection).await?;
        found.being_moved_here = unfinished > 0;
    }
    Ok(found)
}

/// The first migration makes the role if it isn't there, and grants it to whoever connects. Since version 16 only who administers a
/// role that is there may grant it.
async fn role_unmade(connection: &mut PgConnection) -> Result<Option<String>, DbError> {
    let unmade: Option<(String,)> = sqlx::query_as(
        "SELECT me.rolname::text FROM pg_roles AS me
         WHERE me.rolname = current_user AND NOT me.rolsuper
           AND (NOT me.rolcreaterole OR EXISTS (
               SELECT 1 FROM pg_roles AS app
               WHERE app.rolname = $1 AND current_setting('server_version_num')::int >= 160000
                 AND NOT pg_has_role(me.oid, app.oid, 'MEMBER WITH ADMIN OPTION')))",
    )
    .bind(POSTGRES_ROLE)
    .fetch_optional(connection)
    .await?;
    Ok(unmade.map(|(name,)| name))
}

/// Row-level security doesn't hold for a superuser, for who may bypass it, and for a table's owner or its members.
async fn role_may(connection: &mut PgConnection) -> Result<Vec<String>, DbError> {
    let role: Option<(bool, bool)> = sqlx::query_as("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = $1")
        .bind(POSTGRES_ROLE)
        .fetch_optional(&mut *connection)
        .await?;
    let Some((superuser, bypass)) = role else {
        return Ok(vec![format!("there is no role {POSTGRES_ROLE}, so the owner of the tables would be taken")]);
    };
    let mut may = Vec::new();
    if superuser {
        may.push(format!("{POSTGRES_ROLE} is a superuser"));
    }
    if bypass {
        may.push(format!("{POSTGRES_ROLE} bypasses row-level security"));
    }
    if superuser {
        return Ok(may);
    }
    let owned: Vec<(String,)> = sqlx::query_as(
        "SELECT c.relname::text FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
         WHERE c.relkind = 'r' AND pg_has_role($1::name, c.relowner, 'MEMBER') ORDER BY c.relname",
    )
    .bind(POSTGRES_ROLE)
    .fetch_all(&mut *connection)
    .await?;
    if !owned.is_empty() {
        let names: Vec<String> = owned.into_iter().map(|(name,)| name).collect();
        may.push(format!("{POSTGRES_ROLE} owns, or belongs to the owner of, {}", names.join(", ")));
    }
    Ok(may)
}

fn by_name(wrapped: Vec<(Vec<u8>,)>) -> BTreeMap<String, i64> {
    let mut kids = BTreeMap::new();
    for kid in wrapped.iter().filter_map(|(wrapped,)| kid_of(wrapped)) {
        *kids.entry(kid.to_owned()).or_default() += 1;
    }
    kids
}

fn generations(keys: Vec<(i64, Vec<u8>)>) -> Vec<(u32, Vec<u8>)> {
    keys.into_iter().filter_map(|(generation, key)| Some((u32::try_from(generation).ok()?, key))).collect()
}

fn seconds_now() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}
