//! SQLite's readers: a few connections, each lent to one transaction at a time.
//!
//! sqlx's own pool asks every connection that comes back whether it still lives. For a file that is a trip to another
//! thread and back that finds nothing out, and it was one in five of those that a page takes.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::DbError;

/// More would only wait for the processor.
const CONNECTIONS: u32 = 4;
/// How long a transaction waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hands out the connections.
#[derive(Debug, Clone)]
pub(super) struct SqliteReaders(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: SqliteConnectOptions,
    idle: Mutex<Vec<SqliteConnection>>,
    turns: Arc<Semaphore>,
}

impl SqliteReaders {
    /// Opens the first; the others are opened when they are needed.
    pub(super) async fn connect(options: SqliteConnectOptions) -> Result<Self, DbError> {
        let first = SqliteConnection::connect_with(&options).await?;
        let turns = Arc::new(Semaphore::new(CONNECTIONS as usize));
        Ok(Self(Arc::new(Shared { options, idle: Mutex::new(vec![first]), turns })))
    }

    /// Waits for a connection and begins to read.
    pub(super) async fn begin(&self) -> Result<SqliteReadTx, DbError> {
        let turn = timeout(PATIENCE, Arc::clone(&self.0.turns).acquire_owned())
            .await
            .map_err(|_| DbError::Busy("no reader came free in time".to_owned()))?
            .map_err(|_| DbError::Busy("the database is closed".to_owned()))?;
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => SqliteConnection::connect_with(&self.0.options).await?,
        };
        // One that can't begin is not given back: the next transaction opens another.
        connection.execute("BEGIN").await?;
        Ok(SqliteReadTx(Some(Lent { connection, readers: self.clone(), turn })))
    }

    /// Closes them all, once those that read have read.
    pub(super) async fn close(&self) {
        let _everyone = self.0.turns.acquire_many(CONNECTIONS).await;
        self.0.turns.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        // A list of connections can't be left half changed.
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One transaction, in a view of the database that stands still.
#[derive(Debug)]
pub(super) struct SqliteReadTx(Option<Lent>);

#[derive(Debug)]
struct Lent {
    connection: SqliteConnection,
    readers: SqliteReaders,
    turn: OwnedSemaphorePermit,
}

impl SqliteReadTx {
    /// The connection.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        #[expect(clippy::expect_used, reason = "only drop takes it")]
        let lent = self.0.as_mut().expect("a transaction has its connection");
        &mut lent.connection
    }
}

impl Drop for SqliteReadTx {
    fn drop(&mut self) {
        // Nothing is undone, so nobody waits for it. Outside the runtime the connection is closed.
        if let (Some(lent), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(lent.give_back());
        }
    }
}

impl Lent {
    async fn give_back(mut self) {
        match self.connection.execute("ROLLBACK").await {
            Ok(_) => self.readers.idle().push(self.connection),
            Err(error) => tracing::warn!(%error, "a reading connection is closed"),
        }
        drop(self.turn);
    }
}
