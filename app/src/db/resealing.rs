//! Reading what is sealed, block by block, and putting in its place what was sealed anew: of whichever table the catalogue names (`sealed.rs`).
#![expect(clippy::disallowed_methods, reason = "a part of db.rs; a table’s name can’t be bound")]

use sqlx::{AssertSqlSafe, Postgres, Sqlite};
use uuid::Uuid;

use super::{DbError, Edge, Exec, Tx};
use crate::sealed::{Sealed, Whose};

/// What tells two sealed values apart: what is before the text, with a nonce of 96 random bits, and more.
const BEGINNING: usize = 33;

type Row = (Uuid, Option<Vec<u8>>);

impl Tx {
    /// The next rows of a column after one: their ids, and what is sealed in them; nothing where there is nothing, or where it begins like this already.
    ///
    /// # Errors
    /// The database is busy.
    pub(crate) async fn sealed_after(
        &mut self,
        of: &Sealed,
        owner: Uuid,
        after: Uuid,
        at_once: i64,
        header: &[u8],
    ) -> Result<Vec<Row>, DbError> {
        let Sealed { table, column, row, .. } = of;
        let value = format!("CASE WHEN substr({column}, 1, {}) = ", header.len());
        let text = if of.whose == Whose::Organisation {
            format!(
                "SELECT {row}, {value} $4 THEN NULL ELSE {column} END FROM {table} WHERE org_id = $1 AND {row} > $2 ORDER BY {row} LIMIT $3"
            )
        } else {
            format!(
                "SELECT {row}, {value} $3 THEN NULL ELSE {column} END FROM {table} WHERE {row} > $1 ORDER BY {row} LIMIT $2"
            )
        };
        let owner = (of.whose == Whose::Organisation).then_some(owner);
        Ok(match self.exec() {
            Exec::Sqlite(connection, edge) => {
                let mut query = sqlx::query_as::<Sqlite, Row>(AssertSqlSafe(begun(text, edge)));
                if let Some(owner) = owner {
                    query = query.bind(owner);
                }
                query.bind(after).bind(at_once).bind(header.to_vec()).fetch_all(connection).await?
            }
            Exec::Postgres(connection) => {
                let mut query = sqlx::query_as::<Postgres, Row>(AssertSqlSafe(text));
                if let Some(owner) = owner {
                    query = query.bind(owner);
                }
                query.bind(after).bind(at_once).bind(header.to_vec()).fetch_all(connection).await?
            }
        })
    }

    /// The next rows of an organisation's after one, of a column that lies on disk.
    ///
    /// # Errors
    /// The database is busy.
    pub(crate) async fn on_disk_after(
        &mut self,
        of: &Sealed,
        org: Uuid,
        after: Uuid,
        at_once: i64,
    ) -> Result<Vec<Uuid>, DbError> {
        let Sealed { table, row, .. } = of;
        let text = format!("SELECT {row} FROM {table} WHERE org_id = $1 AND {row} > $2 ORDER BY {row} LIMIT $3");
        let rows: Vec<(Uuid,)> = match self.exec() {
            Exec::Sqlite(connection, edge) => {
                let query = sqlx::query_as(AssertSqlSafe(begun(text, edge)));
                query.bind(org).bind(after).bind(at_once).fetch_all(connection).await?
            }
            Exec::Postgres(connection) => {
                let query = sqlx::query_as(AssertSqlSafe(text));
                query.bind(org).bind(after).bind(at_once).fetch_all(connection).await?
            }
        };
        Ok(rows.into_iter().map(|(row,)| row).collect())
    }

    /// Puts what was sealed anew in the place of what was there. `false`: something else is there by now, or nothing.
    ///
    /// # Errors
    /// The database is busy.
    pub(crate) async fn replace_sealed(
        &mut self,
        of: &Sealed,
        owner: Uuid,
        row: Uuid,
        before: &[u8],
        anew: Vec<u8>,
    ) -> Result<bool, DbError> {
        let before = before[..before.len().min(BEGINNING)].to_vec();
        let (table, column, id) = (of.table, of.column, of.row);
        let (set, held) = (
            format!("UPDATE {table} SET {column} = $1"),
            format!("{id} = $2 AND substr({column}, 1, {}) = $3", before.len()),
        );
        let of_org = of.whose == Whose::Organisation;
        let text = if of_org { format!("{set} WHERE org_id = $4 AND {held}") } else { format!("{set} WHERE {held}") };
        let changed = match self.exec() {
            Exec::Sqlite(connection, _) => {
                let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(text)).bind(anew).bind(row).bind(before);
                if of_org {
                    query = query.bind(owner);
                }
                query.execute(connection).await?.rows_affected()
            }
            Exec::Postgres(connection) => {
                let mut query = sqlx::query::<Postgres>(AssertSqlSafe(text)).bind(anew).bind(row).bind(before);
                if of_org {
                    query = query.bind(owner);
                }
                query.execute(connection).await?.rows_affected()
            }
        };
        Ok(changed > 0)
    }
}

fn begun(text: String, edge: Edge) -> String {
    if matches!(edge, Edge::First | Edge::Only) { format!("BEGIN; {text}") } else { text }
}
