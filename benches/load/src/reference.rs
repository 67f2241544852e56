//! The references: the plainest axum servers that do the same kind of work, with the product's socket options, allocator
//! and SQLite settings.

use std::{
    convert::Infallible,
    path::Path,
    process::Stdio,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path as Segment, State},
    http::{StatusCode, header},
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
    routing::{get, post},
    serve::ListenerExt,
};
use futures::{Stream, stream};
use serde::Serialize;
use sqlx::{
    Connection as _, Executor as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::broadcast,
};

use crate::Result;

/// A reference server in a process of its own.
pub struct Reference {
    /// Where it listens.
    pub addr: std::net::SocketAddr,
    /// Its process.
    pub child: Child,
}

impl Reference {
    /// Starts one whose constant page has this size.
    pub async fn start(page_bytes: usize) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["reference", "--page-bytes", &page_bytes.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let line = BufReader::new(output).lines().next_line().await?.ok_or("the reference server didn’t start")?;
        Ok(Self { addr: line.parse()?, child })
    }
}

#[derive(Clone)]
struct Parts {
    page: Bytes,
    readers: SqlitePool,
    events: broadcast::Sender<Event>,
}

/// Serves until the process is ended; prints its address.
pub async fn serve(page_bytes: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let parts = Parts {
        page: Bytes::from(vec![b'x'; page_bytes]),
        readers: database(&folder.path().join("reference.db")).await?,
        events: broadcast::channel(64).0,
    };
    let router = Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/page", get(page))
        .route("/row/{id}", get(row))
        .route("/events", get(events))
        .route("/publish", post(publish))
        .with_state(parts);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _best_effort = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}

async fn page(State(parts): State<Parts>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], parts.page)
}

#[derive(Debug, Serialize, sqlx::FromRow)]
struct Row {
    id: i64,
    name: String,
    description: String,
    price_cents: i64,
}

#[expect(clippy::disallowed_methods, reason = "the plain way is what the product is compared with")]
async fn row(State(parts): State<Parts>, Segment(id): Segment<i64>) -> Result<Json<Row>, StatusCode> {
    sqlx::query_as("SELECT id, name, description, price_cents FROM services WHERE id = $1")
        .bind(id)
        .fetch_optional(&parts.readers)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?
        .map(Json)
        .ok_or(StatusCode::NOT_FOUND)
}

async fn events(State(parts): State<Parts>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let hello = Event::default().event("hello").data("{}");
    let frames = stream::unfold((Some(hello), parts.events.subscribe()), |(hello, mut receiver)| async move {
        match hello {
            Some(hello) => Some((Ok(hello), (None, receiver))),
            None => receiver.recv().await.ok().map(|event| (Ok(event), (None, receiver))),
        }
    });
    Sse::new(frames).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

async fn publish(State(parts): State<Parts>, data: String) -> StatusCode {
    static SEQUENCE: AtomicU64 = AtomicU64::new(0);
    let sequence = SEQUENCE.fetch_add(1, Ordering::Relaxed);
    let _nobody_listens = parts.events.send(Event::default().id(sequence.to_string()).data(data));
    StatusCode::NO_CONTENT
}

async fn database(path: &Path) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-4000");
    let mut writer = SqliteConnection::connect_with(&options).await?;
    writer
        .execute(
            "CREATE TABLE services (id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, price_cents INTEGER NOT NULL) STRICT;
             WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 1000)
             INSERT INTO services SELECT id, 'Initial consultation', 'A full assessment, a first treatment, and a plan.', 13500 FROM ids",
        )
        .await?;
    writer.close().await?;
    Ok(SqlitePoolOptions::new()
        .max_connections(4)
        .test_before_acquire(false)
        .connect_with(options.read_only(true))
        .await?)
}
