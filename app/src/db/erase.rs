//! Taking an organisation out of the database: of every table that has rows of organisations, whichever module's it is. The
//! database itself is asked for its tables, so that no list has to name them.
#![expect(clippy::disallowed_methods, reason = "a part of db.rs; a table’s name can’t be bound")]

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Encode, PgConnection, Postgres, Sqlite, SqliteConnection, Type};

use super::{DbError, Exec, Tx};

/// The log that nobody deletes from; on PostgreSQL a function of its owner's does, for an organisation that is being erased.
const AUDIT: &str = "audit_entries";

impl Tx {
    /// The tables that have rows of organisations, those that point to others before what they point to.
    ///
    /// # Errors
    /// The database is busy, or two tables point to each other.
    pub async fn tables_of_orgs(&mut self) -> Result<Vec<String>, DbError> {
        let (tables, links) = match self.exec() {
            Exec::Sqlite(connection, _) => of_sqlite(connection).await?,
            Exec::Postgres(connection) => of_postgres(connection).await?,
        };
        in_order(tables, &links)
    }

    /// Deletes an organisation's rows of one of [`Tx::tables_of_orgs`]; says how many there were. What the database keeps for
    /// ever it gives up only for one that is marked as being erased.
    ///
    /// # Errors
    /// [`DbError::Rule`] for one that isn't.
    pub async fn erase_from<Id>(&mut self, table: &str, org: Id) -> Result<u64, DbError>
    where
        Id: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static,
    {
        // The name is one that the database gave.
        let text = format!("DELETE FROM \"{table}\" WHERE org_id = $1");
        match self.exec() {
            Exec::Sqlite(connection, _) => {
                let done = sqlx::query(AssertSqlSafe(text)).bind(org).execute(connection).await?;
                Ok(done.rows_affected())
            }
            Exec::Postgres(connection) if table == AUDIT => {
                let (gone,): (i64,) =
                    sqlx::query_as("SELECT devalo_erase_audit($1)").bind(org).fetch_one(connection).await?;
                Ok(gone.unsigned_abs())
            }
            Exec::Postgres(connection) => {
                let done = sqlx::query(AssertSqlSafe(text)).bind(org).execute(connection).await?;
                Ok(done.rows_affected())
            }
        }
    }
}

/// Tables, and pairs of one that points to another.
pub(super) type Found = (Vec<String>, Vec<(String, String)>);

pub(super) async fn of_sqlite(connection: &mut SqliteConnection) -> Result<Found, DbError> {
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT t.name FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' AND c.name = 'org_id'",
    )
    .fetch_all(&mut *connection)
    .await?;
    let links: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, k.\"table\" FROM sqlite_master AS t JOIN pragma_foreign_key_list(t.name) AS k WHERE t.type = 'table'",
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok((tables.into_iter().map(|(name,)| name).collect(), links))
}

pub(super) async fn of_postgres(connection: &mut PgConnection) -> Result<Found, DbError> {
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT c.relname::text FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped
         WHERE c.relkind IN ('r', 'p')",
    )
    .fetch_all(&mut *connection)
    .await?;
    let links: Vec<(String, String)> = sqlx::query_as(
        "SELECT a.relname::text, b.relname::text FROM pg_constraint AS k
         JOIN pg_class AS a ON a.oid = k.conrelid JOIN pg_class AS b ON b.oid = k.confrelid WHERE k.contype = 'f'",
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok((tables.into_iter().map(|(name,)| name).collect(), links))
}

/// Each table before those that it points to. A table that points to itself is one.
pub(super) fn in_order(tables: Vec<String>, links: &[(String, String)]) -> Result<Vec<String>, DbError> {
    let mut left: BTreeSet<String> = tables.into_iter().collect();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let pointed_to =
            |table: &String| links.iter().any(|(from, to)| to == table && from != to && left.contains(from));
        let next: Vec<String> = left.iter().filter(|table| !pointed_to(table)).cloned().collect();
        if next.is_empty() {
            return Err(DbError::Other("tables point to each other in a circle".to_owned()));
        }
        for table in next {
            left.remove(&table);
            order.push(table);
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::in_order;

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_points_goes_first() {
        let links = [("b", "a"), ("c", "b"), ("c", "c"), ("x", "a")].map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert_eq!(in_order(owned(&["a", "b", "c"]), &links).expect("an order"), owned(&["c", "b", "a"]));
        let circle = [("a", "b"), ("b", "a")].map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert!(in_order(owned(&["a", "b"]), &circle).is_err());
    }
}
