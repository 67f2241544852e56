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

use super::{DbError, Edge};

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

    /// Waits for a connection to read on. The transaction begins with its first statement.
    pub(super) async fn begin(&self) -> Result<SqliteReadTx, DbError> {
        let turn = timeout(PATIENCE, Arc::clone(&self.0.turns).acquire_owned())
            .await
            .map_err(|_| DbError::Busy("no reader came free in time".to_owned()))?
            .map_err(|_| DbError::Busy("the database is closed".to_owned()))?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => SqliteConnection::connect_with(&self.0.options).await?,
        };
        Ok(SqliteReadTx(Some(Lent { connection, readers: self.clone(), turn, stage: Stage::Fresh })))
    }

    /// How many are lent, how many lie idle, and how many there may be at most.
    pub(super) fn connections(&self) -> (usize, usize, usize) {
        let most = CONNECTIONS as usize;
        (most.saturating_sub(self.0.turns.available_permits()), self.idle().len(), most)
    }

    /// Asks whether a connection answers.
    pub(super) async fn ping(&self) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        if let Some(lent) = &mut tx.0 {
            lent.connection.ping().await?;
        }
        Ok(())
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
    stage: Stage,
}

/// How far a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was read yet.
    Fresh,
    /// It has begun.
    Open,
    /// The next statement is the last; and the first, too, unless it has `begun`.
    Closing { begun: bool },
    /// The last statement was sent; whether it came to its end isn't known.
    Sent,
    /// The last statement came to its end, and the transaction with it.
    Closed,
}

impl SqliteReadTx {
    /// The next statement is the last.
    pub(super) fn last(&mut self) {
        if let Some(lent) = &mut self.0 {
            lent.stage = Stage::Closing { begun: lent.stage == Stage::Open };
        }
    }

    /// The connection, and how the next statement stands.
    pub(super) fn exec(&mut self) -> (&mut SqliteConnection, Edge) {
        #[expect(clippy::expect_used, reason = "only drop takes it")]
        let lent = self.0.as_mut().expect("a transaction has its connection");
        let (edge, stage) = match lent.stage {
            // A statement after the last one reads in a transaction of its own.
            Stage::Fresh | Stage::Closed => (Edge::First, Stage::Open),
            Stage::Open | Stage::Sent => (Edge::Inside, lent.stage),
            Stage::Closing { begun: true } => (Edge::Last, Stage::Sent),
            Stage::Closing { begun: false } => (Edge::Only, Stage::Sent),
        };
        lent.stage = stage;
        (&mut lent.connection, edge)
    }

    /// The last statement came to its end.
    pub(super) fn ended(&mut self) {
        if let Some(lent) = self.0.as_mut().filter(|lent| lent.stage == Stage::Sent) {
            lent.stage = Stage::Closed;
        }
    }
}

impl Drop for SqliteReadTx {
    fn drop(&mut self) {
        let Some(lent) = self.0.take() else { return };
        match lent.stage {
            Stage::Fresh | Stage::Closed => lent.give_back(),
            // Nobody knows how it stands: it is closed, and the next transaction opens another.
            Stage::Sent => {}
            // Nothing is undone, so nobody waits for it. Outside the runtime the connection is closed.
            Stage::Open | Stage::Closing { .. } => {
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(lent.end());
                }
            }
        }
    }
}

impl Lent {
    fn give_back(self) {
        self.readers.idle().push(self.connection);
        drop(self.turn);
    }

    async fn end(mut self) {
        match self.connection.execute("ROLLBACK").await {
            Ok(_) => self.give_back(),
            Err(error) => tracing::warn!(%error, "a reading connection is closed"),
        }
    }
}
