//! What goes wrong around the server doesn't stop it: a database that is gone for a while, clients that say nothing or too much or
//! take nothing, and no file handles left.

use std::{
    net::{Ipv4Addr, SocketAddr},
    os::fd::AsRawFd as _,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header},
    routing::get,
};
use axum_server::Handle;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::{
    measures,
    serving::{self, Bounds, Door, Gate, Peer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

use crate::{postgres, support::Site};

/// Whatever is waited for comes sooner.
const SOON: Duration = Duration::from_secs(20);
const ASKS: &[u8] = b"GET /ok HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A database that takes nobody in for a while: pages say so calmly, programs are told when to come back, and once it is there
/// again everything goes on, without a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_gone_comes_back() {
    let site = Site::postgres().await;
    let owner = site.log_in("alpha").await;
    assert_eq!(site.open(Some(&owner), "/app/alpha/calendar").await.status, StatusCode::OK);
    let name = site.url.split('?').next().and_then(|url| url.rsplit('/').next()).expect("a name").to_owned();
    let takes = async |anybody: bool| {
        let name = name.clone();
        let statement = move || {
            postgres::as_superuser(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {anybody}"));
            postgres::as_superuser(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ));
        };
        tokio::task::spawn_blocking(statement).await.expect("it is done");
    };
    takes(false).await;
    let page = site.open(Some(&owner), "/app/alpha/calendar").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{page:?}");
    assert!(page.headers.contains_key(header::RETRY_AFTER) && page.text.contains("right back"), "{page:?}");
    assert!(page.headers[header::CONTENT_TYPE].as_bytes().starts_with(b"text/html"), "{page:?}");
    let program = site.get("/api/v1/orgs/alpha/calendar/services/telehealth/slots").await;
    assert_eq!(program.status, StatusCode::SERVICE_UNAVAILABLE, "{program:?}");
    assert!(program.headers.contains_key(header::RETRY_AFTER) && program.json()["detail"].is_string(), "{program:?}");
    assert_eq!(site.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.get("/healthz").await.status, StatusCode::OK, "it lives");
    takes(true).await;
    assert_eq!(site.open(Some(&owner), "/app/alpha/calendar").await.status, StatusCode::OK);
}

/// Whoever opens a connection and says nothing, or never comes to the end of what they say, doesn't keep it; nor does whoever was
/// answered and says nothing more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_say_nothing_are_closed() {
    let (address, _) = served(Bounds { head_within: Duration::from_millis(200), ..bounds() }).await;
    for said in [&b""[..], b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", ASKS] {
        let mut connection = TcpStream::connect(address).await.expect("it connects");
        connection.write_all(said).await.expect("it is sent");
        let mut heard = Vec::new();
        timeout(SOON, connection.read_to_end(&mut heard)).await.expect("it is closed").expect("it is closed");
    }
}

/// More headers than anybody needs are refused, and the next is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn huge_headers_are_refused() {
    let (address, _) = served(bounds()).await;
    for (huge, is_read) in [("x".repeat(300_000), false), ("x\r\ny: ".repeat(200), true)] {
        let mut connection = TcpStream::connect(address).await.expect("it connects");
        let asked = format!("GET /ok HTTP/1.1\r\nhost: localhost\r\nx: {huge}\r\n\r\n");
        // It may be refused before all of it was said, and whoever goes on then may lose the answer.
        let _refused = connection.write_all(asked.as_bytes()).await;
        let answer = heard(&mut connection).await;
        assert!(
            answer.starts_with("HTTP/1.1 431") || (!is_read && answer.is_empty()),
            "{} bytes: {answer}",
            huge.len()
        );
        let mut next = TcpStream::connect(address).await.expect("it connects");
        next.write_all(ASKS).await.expect("it is sent");
        assert!(heard(&mut next).await.starts_with("HTTP/1.1 200"));
    }
}

/// One place has so many connections, and there are so many in all; others come in, and so does the next once one has left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_place_has_so_many_connections() {
    let (address, _) = served(Bounds { in_all: 4, from_one: 2, ..bounds() }).await;
    let answers = async |from: Ipv4Addr| {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((from, 0))).expect("an address of this machine");
        let mut connection = socket.connect(address).await.expect("it connects");
        let _closed = connection.write_all(ASKS).await;
        (heard(&mut connection).await.starts_with("HTTP/1.1 200"), connection)
    };
    let (one, other, third) = (Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3), Ipv4Addr::new(127, 0, 0, 4));
    let first = answers(one).await;
    let second = answers(one).await;
    assert!(first.0 && second.0);
    assert!(!answers(one).await.0, "that is more than one place has");
    let (more, another) = (answers(other).await, answers(other).await);
    assert!(more.0 && another.0, "others come in");
    assert!(!answers(third).await.0, "that is more than there are");
    drop(first);
    let again = async {
        while !answers(one).await.0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, again).await.expect("there is room again");
}

/// Whoever asks for much and takes nothing of it isn't waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_nothing_is_closed() {
    let (address, handle) = served(Bounds { takes_within: Duration::from_millis(200), ..bounds() }).await;
    let mut connection = TcpStream::connect(address).await.expect("it connects");
    connection.write_all(b"GET /much HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it is sent");
    let mut begins = [0; 12];
    connection.read_exact(&mut begins).await.expect("it begins");
    let closed = async {
        while handle.connection_count() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, closed).await.expect("it is closed");
}

/// Without a file handle left, those who are connected are answered, and those who come are as soon as there is one again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_file_handles_it_goes_on() {
    measures::begin().expect("it is measured");
    let (address, _) = served(bounds()).await;
    let mut before = TcpStream::connect(address).await.expect("it connects");
    before.write_all(ASKS).await.expect("it is sent");
    assert!(heard(&mut before).await.starts_with("HTTP/1.1 200"));
    let usual = getrlimit(Resource::Nofile);
    let next = std::fs::File::open("/dev/null").expect("a file").as_raw_fd();
    // One more, which is the client's own end.
    let one_more = u64::try_from(next).expect("a number") + 1;
    setrlimit(Resource::Nofile, Rlimit { current: Some(one_more), ..usual }).expect("a limit");
    let mut waits = TcpStream::connect(address).await.expect("the system takes it");
    waits.write_all(ASKS).await.expect("it is sent");
    before.write_all(ASKS).await.expect("it is sent");
    let goes_on = heard(&mut before).await;
    let noticed = async {
        while measures::figures().expect("figures").contains("\ndevalo_accept_errors_total 0\n") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let noticed = timeout(SOON, noticed).await;
    setrlimit(Resource::Nofile, usual).expect("the usual limit");
    assert!(goes_on.starts_with("HTTP/1.1 200"));
    assert!(noticed.is_ok(), "it is counted");
    assert!(heard(&mut waits).await.starts_with("HTTP/1.1 200"), "it is taken once there is a handle");
}

/// A server of three addresses within these bounds: where it is, and its handle.
async fn served(bounds: Bounds) -> (SocketAddr, Handle<Peer>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let much = Bytes::from(vec![b'x'; 32 << 20]);
    let router = Router::new()
        .route("/ok", get(|| async { "ok" }))
        .route("/much", get(move || std::future::ready(much.clone())));
    let handle = Handle::new();
    tokio::spawn(serving::plain(Door::at(listener), Gate::within(bounds), handle.clone(), router));
    (address, handle)
}

/// Bounds that nobody comes near to, where nothing is a proxy.
fn bounds() -> Bounds {
    Bounds { in_all: 1_000, from_one: 1_000, proxies: Vec::new(), head_within: SOON, takes_within: SOON }
}

/// A short answer, as far as it came; nothing where the connection was closed.
async fn heard(connection: &mut TcpStream) -> String {
    let mut all = String::new();
    let mut bytes = [0; 1_024];
    while !all.ends_with("ok") {
        let read = timeout(SOON, connection.read(&mut bytes)).await.expect("an answer, or an end");
        let length = read.unwrap_or_default();
        if length == 0 {
            break;
        }
        all.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    all
}
