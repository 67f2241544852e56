//! SQLite's one writer, with group commit.
//!
//! A transaction takes the connection, works inside a savepoint and releases it. If others are waiting, it hands the
//! connection on with the outer transaction still open; whoever finds nobody waiting commits for all. Each is told of
//! success only after that commit; if the commit fails, all of the group are told so and nothing of it is stored.
//!
//! SQLite looks at a key that is `DEFERRABLE` no sooner than in that commit, where it is the whole group's. So each leaves a
//! savepoint behind: from the last one back they are undone until the rest can be committed. Whose work that was is told
//! that a key leads nowhere, those who came after, and stood on it, that they may try again; those before lose nothing.

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
/// Takes the right to write, and changes nothing: there is never anything to vacuum here. To begin a transaction isn't enough, for of a
/// file that can only be read SQLite makes one that only reads.
const ASKS_TO_WRITE: &str = "PRAGMA incremental_vacuum(1)";
/// Writes what is there already, so that a commit has something to put on the disk.
const WRITES_THE_SAME: &str = "PRAGMA user_version = 0";
/// Undoes the last transaction of the group.
const UNDO: &str = "ROLLBACK TO kept; RELEASE kept";

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
    /// Those whose work is in the open transaction and not yet on disk, and those who have seen it, in the order of their turns.
    group: Vec<Member>,
    /// The last commit that had work in it couldn't be written.
    unwritable: bool,
}

#[derive(Debug)]
struct Member {
    told: oneshot::Sender<Result<(), DbError>>,
    /// Its work is in a savepoint; otherwise it has only seen what is in those before.
    works: bool,
}

impl SqliteWriter {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        let state = State { connection: Some(connection), open: false, turns: 0, group: Vec::new(), unwritable: false };
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
            match state.run("SAVEPOINT kept; SAVEPOINT work").await {
                // Where the caller has gone away meanwhile, this is dropped here, and that undoes it.
                Ok(()) => Ok(SqliteWriteTx { state: Some(state), writer }),
                Err(error) => {
                    // One of the two may stand: those before would be undone by the wrong one.
                    state.lose().await;
                    writer.hand_on(state).await;
                    Err(error)
                }
            }
        })
        .await
    }

    /// Whether it takes changes: nothing is changed to find out. What a disk does that fails shows in a commit alone. So after one that
    /// failed it is tried: nobody else may come who would, as long as it is said that none are taken.
    pub(super) async fn writable(&self) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        if tx.state.as_ref().is_some_and(|state| state.unwritable) {
            tx.connection().execute(WRITES_THE_SAME).await?;
            return tx.commit().await;
        }
        let asked = tx.connection().execute(ASKS_TO_WRITE).await;
        tx.rollback().await?;
        asked?;
        Ok(())
    }

    /// Runs something on the bare connection, with nothing of anybody else's open.
    pub(super) async fn exclusive<T, E: Into<DbError>>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, E>,
    ) -> Result<T, DbError> {
        let mut state = self.turn().await;
        // Whoever asks may go away while the group’s commit is under way: those of it are told of that one, and of no later.
        let mut state = uninterrupted(async move {
            state.flush().await;
            Ok(state)
        })
        .await?;
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
        let mut undone = Vec::new();
        let mut outcome = self.run("COMMIT").await;
        while matches!(outcome, Err(DbError::Missing))
            && let Some(member) = self.group.pop()
        {
            let works = member.works;
            undone.push(member);
            if works {
                outcome = self.run(UNDO).await;
                if outcome.is_err() {
                    break;
                }
                outcome = self.run("COMMIT").await;
            }
        }
        let failed = outcome.err();
        match &failed {
            Some(DbError::Unwritable(_)) => self.unwritable = true,
            None if self.group.iter().any(|member| member.works) => self.unwritable = false,
            _ => {}
        }
        if failed.is_some()
            && let Err(error) = self.run("ROLLBACK").await
        {
            tracing::error!(%error, "rolling back after a failed commit");
        }
        let told = || failed.as_ref().map_or(Ok(()), |error| Err(of_commit(error)));
        if failed.is_none()
            && let Some(member) = undone.pop()
        {
            member.tell(Err(DbError::Missing));
        }
        for member in undone {
            member.tell(told().and(Err(DbError::Busy("what this stood on was refused".to_owned()))));
        }
        for member in self.group.drain(..) {
            member.tell(told());
        }
    }

    /// The open transaction is gone, as it goes where the disk is full: whose work was in it is told, and the next begins another.
    async fn lose(&mut self) {
        self.open = false;
        // Mostly there is nothing left to undo.
        let _gone = self.run("ROLLBACK").await;
        for member in self.group.drain(..) {
            member.tell(Err(DbError::Busy("the transaction was lost".to_owned())));
        }
    }

    fn join(&mut self, works: bool) -> oneshot::Receiver<Result<(), DbError>> {
        let (told, outcome) = oneshot::channel();
        self.group.push(Member { told, works });
        outcome
    }
}

impl Member {
    /// One that has gone away doesn't need to know.
    fn tell(self, outcome: Result<(), DbError>) {
        let _gone = self.told.send(outcome);
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
            let outcome = state.join(true);
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
            let seen = (!state.group.is_empty()).then(|| state.join(false));
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
async fn on_disk(outcome: oneshot::Receiver<Result<(), DbError>>) -> Result<(), DbError> {
    outcome.await.unwrap_or_else(|_| Err(DbError::Busy("the writer stopped before the commit".to_owned())))
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
    if let Err(error) = state.run(UNDO).await {
        tracing::error!(%error, "undoing a transaction");
        state.lose().await;
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

/// Why a commit failed, for each whose work was in it.
fn of_commit(error: &DbError) -> DbError {
    match error {
        DbError::Busy(why) => DbError::Busy(format!("commit: {why}")),
        DbError::Unwritable(why) => DbError::Unwritable(format!("commit: {why}")),
        other => DbError::Other(format!("commit: {other}")),
    }
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

    /// A key that is looked at only in the commit fails whose it is, and nobody before; those after, who stood on it, may try again.
    #[tokio::test]
    async fn a_key_that_leads_nowhere_fails_whose_it_is() {
        let options = SqliteConnectOptions::new().foreign_keys(true);
        let writer = SqliteWriter::new(SqliteConnection::connect_with(&options).await.unwrap());
        writer
            .exclusive(async |connection| {
                connection
                    .execute("CREATE TABLE things (id INTEGER PRIMARY KEY, whole INTEGER REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)")
                    .await
            })
            .await
            .unwrap();
        // `None`: it looks, and undoes what it did.
        let together = async |works: &[Option<&'static str>]| {
            let mut first = writer.begin().await.unwrap();
            first.connection().execute("INSERT INTO things VALUES (NULL, NULL)").await.unwrap();
            let mut others = Vec::new();
            for (at, work) in works.iter().copied().enumerate() {
                let turn = writer.clone();
                others.push(tokio::spawn(async move {
                    let mut tx = turn.begin().await.unwrap();
                    let Some(work) = work else { return tx.rollback().await };
                    tx.connection().execute(work).await.unwrap();
                    tx.commit().await
                }));
                while writer.waiting.load(Ordering::SeqCst) <= at {
                    tokio::task::yield_now().await;
                }
            }
            let word = |outcome: Result<(), DbError>| match outcome {
                Ok(()) => "done",
                Err(DbError::Missing) => "missing",
                Err(DbError::Busy(_)) => "again",
                Err(error) => panic!("{error}"),
            };
            let mut words = vec![word(first.commit().await)];
            for other in others {
                words.push(word(other.await.unwrap()));
            }
            words.join(" ")
        };
        let fine = Some("INSERT INTO things VALUES (NULL, 1)");
        let broken = Some("INSERT INTO things VALUES (NULL, 99)");
        assert_eq!(together(&[fine, None, fine]).await, "done done done done");
        assert_eq!(together(&[broken]).await, "done missing");
        assert_eq!(together(&[fine, None, broken, None, fine, fine]).await, "done done done missing again again again");
        assert_eq!(together(&[broken, fine, broken]).await, "done missing again again");
        // Within the group, too, what is put right before the commit was never wrong.
        assert_eq!(
            together(&[broken, fine, Some("INSERT INTO things VALUES (99, NULL)")]).await,
            "done done done done"
        );
        let mut tx = writer.begin().await.unwrap();
        tx.connection().execute("INSERT INTO things VALUES (NULL, 98)").await.unwrap();
        assert!(matches!(tx.commit().await, Err(DbError::Missing)), "alone, too");
        let mut tx = writer.begin().await.unwrap();
        let rows = tx.connection().fetch_all("SELECT id FROM things").await.unwrap().len();
        assert_eq!(rows, 3 + 1 + 2 + 1 + 4, "what was said to be done is there, and nothing else");
        tx.commit().await.unwrap();
    }

    /// Whose transaction the database itself has given up hears so, and so do those of the group before; the next goes on.
    #[tokio::test]
    async fn what_is_lost_is_told() {
        let writer = SqliteWriter::new(SqliteConnection::connect("sqlite::memory:").await.unwrap());
        writer
            .exclusive(async |connection| connection.execute("CREATE TABLE things (id INTEGER)").await)
            .await
            .unwrap();
        let mut first = writer.begin().await.unwrap();
        first.connection().execute("INSERT INTO things VALUES (1)").await.unwrap();
        let turn = writer.clone();
        let second = tokio::spawn(async move {
            let mut tx = turn.begin().await.unwrap();
            // As the database does by itself where the disk is full.
            tx.connection().execute("ROLLBACK").await.unwrap();
            tx.commit().await
        });
        let turn = writer.clone();
        let third = tokio::spawn(async move {
            let mut tx = turn.begin().await.unwrap();
            tx.connection().execute("INSERT INTO things VALUES (3)").await.unwrap();
            tx.commit().await
        });
        while writer.waiting.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        assert!(first.commit().await.is_err());
        assert!(second.await.unwrap().is_err());
        assert!(third.await.unwrap().is_ok());
        let mut tx = writer.begin().await.unwrap();
        assert_eq!(tx.connection().fetch_all("SELECT id FROM things").await.unwrap().len(), 1);
        tx.commit().await.unwrap();
    }

    /// Who wants the connection alone and goes away, wherever they are with that, leaves nobody of the group untold.
    #[tokio::test]
    async fn whoever_goes_away_leaves_nobody_untold() {
        let writer = SqliteWriter::new(SqliteConnection::connect("sqlite::memory:").await.unwrap());
        writer
            .exclusive(async |connection| connection.execute("CREATE TABLE things (id INTEGER)").await)
            .await
            .unwrap();
        for looks in 0..8 {
            let mut first = writer.begin().await.unwrap();
            first.connection().execute("INSERT INTO things VALUES (1)").await.unwrap();
            let turn = writer.clone();
            let mut alone = Box::pin(async move {
                turn.exclusive(async |connection| connection.execute("SELECT 1").await).await.unwrap();
            });
            assert!(futures::poll!(&mut alone).is_pending());
            let told = tokio::spawn(first.commit());
            for _ in 0..looks {
                tokio::task::yield_now().await;
                if futures::poll!(&mut alone).is_ready() {
                    break;
                }
            }
            drop(alone);
            tokio::time::timeout(Duration::from_secs(10), told).await.expect("told in time").unwrap().unwrap();
        }
        let mut tx = writer.begin().await.unwrap();
        assert_eq!(tx.connection().fetch_all("SELECT id FROM things").await.unwrap().len(), 8);
        tx.commit().await.unwrap();
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
