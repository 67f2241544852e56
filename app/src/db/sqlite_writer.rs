//! SQLite's one writer, with group commit.
//!
//! A transaction takes the connection, works inside a savepoint and releases it. If others are waiting, it hands the
//! connection on with the outer transaction still open; whoever finds nobody waiting commits for all. Each is told of
//! success only after that commit; if the commit fails, all of the group are told so and nothing of it is stored.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::DbError;

/// After this many turns a group commits even if more are waiting, whether those turns left work in it or undid it: who
/// was first must not wait for all who come to hear that they are too late.
const TURNS: usize = 64;

/// Hands out the writer's connection, one transaction at a time.
#[derive(Debug, Clone)]
pub(super) struct SqliteWriter {
    state: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct State {
    connection: Option<SqliteConnection>,
    /// The outer transaction is open.
    open: bool,
    /// How many had their turn in it.
    turns: usize,
    /// Those whose work is in the open transaction and not yet on disk, and those who have seen it.
    group: Vec<oneshot::Sender<Result<(), String>>>,
}

impl SqliteWriter {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        let state = State { connection: Some(connection), open: false, turns: 0, group: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), waiting: Arc::default() }
    }

    /// Waits for its turn and opens a savepoint.
    pub(super) async fn begin(&self) -> Result<SqliteWriteTx, DbError> {
        let mut state = self.turn().await;
        let writer = self.clone();
        uninterrupted(async move {
            if !state.open {
                if let Err(error) = state.run("BEGIN IMMEDIATE").await {
                    writer.hand_on(state).await;
                    return Err(error);
                }
                (state.open, state.turns) = (true, 0);
            }
            state.turns += 1;
            match state.run("SAVEPOINT work").await {
                // Where the caller has gone away meanwhile, this is dropped here, and that undoes it.
                Ok(()) => Ok(SqliteWriteTx { state: Some(state), writer }),
                Err(error) => {
                    writer.hand_on(state).await;
                    Err(error)
                }
            }
        })
        .await
    }

    /// Runs something on the bare connection, with nothing of anybody else's open.
    pub(super) async fn exclusive<T, E: Into<DbError>>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, E>,
    ) -> Result<T, DbError> {
        let mut state = self.turn().await;
        state.flush().await;
        let connection = state.connection.as_mut().ok_or_else(closed)?;
        work(connection).await.map_err(Into::into)
    }

    pub(super) async fn close(&self) {
        let mut state = self.turn().await;
        state.flush().await;
        if let Some(connection) = state.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the database");
        }
    }

    async fn turn(&self) -> OwnedMutexGuard<State> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        // If this future is dropped while it waits, those who counted on it to commit for them must not wait for ever.
        let mut place = Place { writer: self, waited: true };
        let state = Arc::clone(&self.state).lock_owned().await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        place.waited = false;
        state
    }

    /// Commits for the group unless somebody is waiting who will.
    async fn hand_on(&self, mut state: OwnedMutexGuard<State>) {
        if self.waiting.load(Ordering::SeqCst) == 0 || state.turns >= TURNS {
            state.flush().await;
        }
    }
}

struct Place<'w> {
    writer: &'w SqliteWriter,
    waited: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.waited {
            self.writer.waiting.fetch_sub(1, Ordering::SeqCst);
            let writer = self.writer.clone();
            tokio::spawn(async move {
                let state = Arc::clone(&writer.state).lock_owned().await;
                writer.hand_on(state).await;
            });
        }
    }
}

impl State {
    async fn run(&mut self, script: &'static str) -> Result<(), DbError> {
        let connection = self.connection.as_mut().ok_or_else(closed)?;
        connection.execute(script).await?;
        Ok(())
    }

    /// Commits what is open and tells everyone whose work was in it.
    async fn flush(&mut self) {
        if !self.open {
            return;
        }
        self.open = false;
        let result = self.run("COMMIT").await.map_err(|error| error.to_string());
        if result.is_err()
            && let Err(error) = self.run("ROLLBACK").await
        {
            tracing::error!(%error, "rolling back after a failed commit");
        }
        for member in self.group.drain(..) {
            // A member that has gone away doesn't need to know.
            let _gone = member.send(result.clone());
        }
    }
}

/// A transaction of the writer: a savepoint in the group's.
#[derive(Debug)]
pub(super) struct SqliteWriteTx {
    /// `None` once it is committed or rolled back.
    state: Option<OwnedMutexGuard<State>>,
    writer: SqliteWriter,
}

impl SqliteWriteTx {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        #[expect(
            clippy::expect_used,
            reason = "held from begin until commit, rollback or drop, each of which consumes it"
        )]
        self.state.as_mut().and_then(|state| state.connection.as_mut()).expect("a transaction holds its connection")
    }

    pub(super) async fn commit(mut self) -> Result<(), DbError> {
        let Some(mut state) = self.state.take() else { return Ok(()) };
        let writer = self.writer.clone();
        let outcome = uninterrupted(async move {
            if let Err(error) = state.run("RELEASE work").await {
                undo(writer, state).await;
                return Err(error);
            }
            let (done, outcome) = oneshot::channel();
            state.group.push(done);
            writer.hand_on(state).await;
            Ok(outcome)
        })
        .await?;
        on_disk(outcome).await
    }

    /// Undoes it. What it has seen may be others’ work that isn't on disk yet: then it ends with theirs, so that nobody is told of
    /// what could still be lost.
    pub(super) async fn rollback(mut self) -> Result<(), DbError> {
        let Some(mut state) = self.state.take() else { return Ok(()) };
        let writer = self.writer.clone();
        let seen = uninterrupted(async move {
            let seen = (!state.group.is_empty()).then(|| {
                let (done, outcome) = oneshot::channel();
                state.group.push(done);
                outcome
            });
            undo(writer, state).await;
            Ok(seen)
        })
        .await?;
        match seen {
            Some(outcome) => on_disk(outcome).await,
            None => Ok(()),
        }
    }
}

/// Waits for the group's commit.
async fn on_disk(outcome: oneshot::Receiver<Result<(), String>>) -> Result<(), DbError> {
    match outcome.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(message)) => Err(DbError::Other(format!("commit: {message}"))),
        Err(_) => Err(DbError::Busy("the writer stopped before the commit".to_owned())),
    }
}

impl Drop for SqliteWriteTx {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            tokio::spawn(undo(self.writer.clone(), state));
        }
    }
}

/// Undoes one savepoint; what others of the group did stays.
async fn undo(writer: SqliteWriter, mut state: OwnedMutexGuard<State>) {
    if let Err(error) = state.run("ROLLBACK TO work; RELEASE work").await {
        tracing::error!(%error, "undoing a transaction");
    }
    writer.hand_on(state).await;
}

/// Goes on in a task of its own if the caller goes away in the middle: a script that stops half way, or a release that
/// nobody heard the end of, would leave the connection in a state that the next one doesn't expect.
async fn uninterrupted<T: Send + 'static>(
    work: impl Future<Output = Result<T, DbError>> + Send + 'static,
) -> Result<T, DbError> {
    tokio::spawn(work).await.map_err(|_| DbError::Busy("the writer stopped".to_owned()))?
}

fn closed() -> DbError {
    DbError::Busy("the database is closed".to_owned())
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicBool, time::Duration};

    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};

    use super::*;

    /// Who commits is told soon, even while others go on coming who each find that they are too late and undo their work.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nobody_waits_for_all_who_come_later() {
        let writer = SqliteWriter::new(SqliteConnection::connect("sqlite::memory:").await.unwrap());
        writer
            .exclusive(async |connection| connection.execute("CREATE TABLE things (id INTEGER)").await)
            .await
            .unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let later: Vec<_> = (0..8)
            .map(|_| {
                let (writer, over) = (writer.clone(), Arc::clone(&over));
                tokio::spawn(async move {
                    while !over.load(Ordering::SeqCst) {
                        writer.begin().await.unwrap().rollback().await.unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..20 {
            let mut tx = writer.begin().await.unwrap();
            tx.connection().execute("INSERT INTO things VALUES (1)").await.unwrap();
            tokio::time::timeout(Duration::from_secs(10), tx.commit()).await.expect("told in time").unwrap();
        }
        over.store(true, Ordering::SeqCst);
        for task in later {
            task.await.unwrap();
        }
    }

    /// Who finds that another has done it already, and undoes their own, hears so once the other's work is on disk.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_seen_is_on_disk() {
        let file = std::env::temp_dir().join(format!("devalo-writer-{}.db", std::process::id()));
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let writer = SqliteWriter::new(SqliteConnection::connect_with(&options).await.unwrap());
        let run = |script: &'static str| {
            writer.exclusive(async move |connection: &mut SqliteConnection| connection.execute(script).await)
        };
        run("CREATE TABLE things (id INTEGER PRIMARY KEY)").await.unwrap();
        for round in 0..50 {
            run("DELETE FROM things").await.unwrap();
            let tries = (0..4).map(|_| {
                let (writer, options) = (writer.clone(), options.clone());
                tokio::spawn(async move {
                    let mut tx = writer.begin().await.unwrap();
                    let done = tx.connection().execute("INSERT OR IGNORE INTO things VALUES (1)").await.unwrap();
                    let ended = if done.rows_affected() == 0 { tx.rollback().await } else { tx.commit().await };
                    ended.unwrap();
                    let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
                    let found = reader.fetch_optional("SELECT 1 FROM things").await.unwrap();
                    assert!(found.is_some(), "{round}");
                })
            });
            for one in tries.collect::<Vec<_>>() {
                one.await.unwrap();
            }
        }
        writer.close().await;
        for end in ["", "-wal", "-shm"] {
            let _gone = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }
}
