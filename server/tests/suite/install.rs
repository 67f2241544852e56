//! What an installation relies on: a stop that loses nothing, a start at systemd's socket, a database of another version, files that
//! are compressed beforehand, TLS without a proxy.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use app::clock::Clock;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use axum_server::accept::Accept as _;
use leptos::prelude::LeptosOptions;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use server::{
    boot,
    config::{Config, Source, Tls},
    measures,
    tls::{self, Keys},
};
use tempfile::TempDir;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tower::ServiceExt;

use crate::{checks::execute, killed::free_port, on_both, support::Site};

const BIN: &str = env!("CARGO_BIN_EXE_devalo");
/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

on_both! {
    /// A server that stops isn't ready any more, answers what still comes on connections that are open, closes them after it, begins no
    /// work in the background, and waits for what is under way.
    async fn a_server_that_stops_lets_go(site: Site) {
        let before = site.get("/readyz").await;
        assert!(before.status == StatusCode::OK && !before.headers.contains_key(header::CONNECTION), "{before:?}");
        let work = site.platform.take_up().expect("something to do");
        site.platform.stop();
        let ready = site.get("/readyz").await;
        assert!(ready.status == StatusCode::SERVICE_UNAVAILABLE && ready.headers.contains_key(header::RETRY_AFTER), "{ready:?}");
        for path in ["/healthz", "/b/alpha"] {
            let answer = site.get(path).await;
            assert_eq!((answer.status, &answer.headers[header::CONNECTION]), (StatusCode::OK, &"close".parse().expect("a value")), "{path}");
        }
        assert!(site.platform.take_up().is_none(), "it is for the next one");
        assert!(tokio::time::timeout(Duration::from_millis(20), site.platform.at_rest()).await.is_err(), "it waits");
        drop(work);
        tokio::time::timeout(PATIENCE, site.platform.at_rest()).await.expect("it waits no longer");
    }

    /// A database that a newer version has used isn't taken, nothing in it is changed, and it is said what to do.
    async fn a_newer_database_is_refused(site: Site) {
        execute(&site.url, "UPDATE _sqlx_migrations SET version = 999999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)").await;
        let keys = ("DEVALO_ENCRYPTION_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        let secret = ("DEVALO_SECRET", "b7Qm2Xv9Lk4Rz8Tn1Wc6Yp3Hs5Jd0FgAeUiOoNqKrVw=");
        let config = Config::load(&Source::from_pairs([("DATABASE_URL", site.url.as_str()), keys, secret])).expect("settings");
        let refused = boot::platform(&config, Clock::system()).await.expect_err("it is newer").to_string();
        assert!(refused.contains("a newer Devalo") && refused.contains("go back to a backup"), "{refused}");
        let seen = app::db::inspect(&site.url).await.expect("it is looked at");
        assert_eq!(seen.applied.len(), app::modules::MIGRATIONS.len());
        assert!(seen.applied.contains(&999_999));
    }
}

/// Files come as they were compressed when they were made, are kept for ever under an address with their version, and aren't sent again
/// to who has them. Pages are compressed on their way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_pages_are_compressed() {
    let (site, folder) = (Site::sqlite().await, tempfile::tempdir().expect("a folder"));
    std::fs::create_dir(folder.path().join("pkg")).expect("a folder");
    for (name, content) in
        [("devalo.css", "the style"), ("devalo.css.br", "of brotli"), ("devalo.css.gz", "of gzip, longer")]
    {
        std::fs::write(folder.path().join("pkg").join(name), content).expect("a file");
    }
    std::fs::write(folder.path().join("third-party-notices.txt"), "© Dönszelmann").expect("a file");
    let root = folder.path().display().to_string();
    let options = LeptosOptions::builder().output_name("devalo").site_root(root).build();
    let router = server::http::service(site.platform.clone(), options);
    for (accept, coding, content) in
        [("gzip, br", "br", "of brotli"), ("gzip", "gzip", "of gzip, longer"), ("identity", "", "the style")]
    {
        let (status, headers, text) = ask(&router, "/pkg/devalo.css?v=1", accept, None).await;
        let got = headers.get(header::CONTENT_ENCODING).map_or("", |coding| coding.to_str().expect("text"));
        assert_eq!((status, got, text.as_str()), (StatusCode::OK, coding, content));
        assert_eq!(headers[header::CONTENT_TYPE], "text/css");
        assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert!(headers[header::VARY].to_str().expect("text").contains("accept-encoding"));
        let tag = headers[header::ETAG].to_str().expect("text").to_owned();
        let (status, headers, text) = ask(&router, "/pkg/devalo.css?v=1", accept, Some(&tag)).await;
        assert_eq!(
            (status, text.as_str(), headers[header::ETAG].to_str().expect("text")),
            (StatusCode::NOT_MODIFIED, "", tag.as_str())
        );
        let (status, ..) = ask(&router, "/pkg/devalo.css?v=1", accept, Some("W/\"another\"")).await;
        assert_eq!(status, StatusCode::OK);
    }
    let (_, headers, _) = ask(&router, "/pkg/devalo.css", "br", None).await;
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=3600", "its address names no version");
    let (_, headers, text) = ask(&router, "/third-party-notices.txt", "identity", None).await;
    assert_eq!(
        (&headers[header::CONTENT_TYPE], text.as_str()),
        (&"text/plain; charset=utf-8".parse().expect("a value"), "© Dönszelmann")
    );
    for coding in ["br", "gzip"] {
        let (status, headers, _) = ask(&router, "/login", coding, None).await;
        assert_eq!((status, &headers[header::CONTENT_ENCODING]), (StatusCode::OK, &coding.parse().expect("a value")));
    }
}

async fn ask(router: &Router, path: &str, accept: &str, known: Option<&str>) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path).header(header::ACCEPT_ENCODING, accept);
    if let Some(known) = known {
        request = request.header(header::IF_NONE_MATCH, known);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
}

/// An address of PostgreSQL that names nobody means whoever runs the program, as it does to psql: `peer` lets the system’s user `devalo` in as the
/// role of that name.
#[test]
fn an_address_that_names_nobody_means_whoever_runs_it() {
    let me = Command::new("id").arg("-un").output().expect("a name").stdout;
    #[expect(clippy::disallowed_methods, reason = "not a setting of ours: what libpq and sqlx read first")]
    let me = std::env::var("PGUSER").unwrap_or_else(|_| String::from_utf8_lossy(&me).trim().to_owned());
    let options: sqlx::postgres::PgConnectOptions =
        "postgres:///devalo?host=/var/run/postgresql".parse().expect("an address");
    assert_eq!(options.get_username(), me);
}

/// With a certificate in files TLS is made of connections, for both versions of HTTP. Whoever gives out certificates is shown that the
/// name leads here, and no more. A new certificate is taken once it is there; one that can't be used never is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_with_a_certificate_in_files() {
    measures::begin().expect("it is measured");
    let folder = tempfile::tempdir().expect("a folder");
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    let write = || {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        std::fs::write(&certificate, made.cert.pem()).expect("a file");
        std::fs::write(&key, made.key_pair.serialize_pem()).expect("a file");
        made
    };
    let first = write();
    let settings = Tls::Files { certificate: certificate.clone(), key: key.clone() };
    let keys = Keys::by(&settings, folder.path().to_owned()).expect("it can be used");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(greet(listener, keys));
    let connect =
        async |trusted: &rcgen::CertifiedKey, speaks: &[u8]| greeted(address, trusted.cert.der().clone(), speaks).await;
    for speaks in [b"h2".as_slice(), b"http/1.1"] {
        assert_eq!(connect(&first, speaks).await.expect("an answer"), "hello");
    }
    assert_eq!(connect(&first, b"acme-tls/1").await.expect("an end"), "");
    // In the year 4096.
    let figures = measures::figures().expect("figures");
    assert!(figures.contains("devalo_certificate_expires_timestamp_seconds 6709"), "{figures}");

    // What can't be used: the key is of another certificate.
    std::fs::write(&key, rcgen::KeyPair::generate().expect("a key").serialize_pem()).expect("a file");
    assert!(tls::read(&certificate, &key).is_err());
    hang_up();
    assert_eq!(connect(&first, b"h2").await.expect("the last one stays"), "hello");
    let second = write();
    hang_up();
    let started = Instant::now();
    while connect(&second, b"h2").await.is_err() {
        assert!(started.elapsed() < PATIENCE, "the new one isn’t taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(connect(&first, b"h2").await.is_err());
}

/// Certificates that an authority gives out (ACME). It asks back whether the name leads here; what it gives out is shown from then on, and kept for the
/// next start, which needs nobody for it. An authority that nobody vouches for isn't asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_with_certificates_that_are_given_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let authority = Authority::start(folder.path(), address.port());
    let certificates = folder.path().join("certificates");
    let settings = |ca: &Path| Tls::Acme {
        domain: "localhost".to_owned(),
        email: Some("jo@harbour-physio.com.au".to_owned()),
        directory: format!("https://localhost:{}/dir", authority.port),
        ca: Some(ca.to_owned()),
    };
    let another = folder.path().join("another.pem");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(&another, made.cert.pem()).expect("a file");
    let refused = Keys::by(&settings(&folder.path().join("nowhere.pem")), certificates.clone()).err();
    assert!(refused.is_some_and(|why| why.starts_with("DEVALO_ACME_CA can’t be used: ")));
    // Whether it isn't asked shows at its own end: it has no order, and here is nothing that could be shown.
    let strange = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let empty = strange.local_addr().expect("an address");
    tokio::spawn(greet(strange, Keys::by(&settings(&another), folder.path().join("none")).expect("it is begun")));

    tokio::spawn(greet(
        listener,
        Keys::by(&settings(&authority.certificate), certificates.clone()).expect("it is begun"),
    ));
    let root = authority.root().await;
    shown_in_time(address, &root).await;
    assert!(greeted(empty, root.clone(), b"h2").await.is_err(), "nothing is given out there");
    let settings = settings(&authority.certificate);
    drop(authority);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(greet(listener, Keys::by(&settings, certificates).expect("it is begun")));
    shown_in_time(address, &root).await;
}

/// A certificate is shown there that this root vouches for.
async fn shown_in_time(address: SocketAddr, root: &CertificateDer<'static>) {
    let started = Instant::now();
    while let Err(error) = greeted(address, root.clone(), b"h2").await {
        assert!(started.elapsed() < PATIENCE, "no certificate is shown: {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Says hello to whoever connects.
async fn greet(listener: tokio::net::TcpListener, keys: Keys) {
    while let Ok((stream, _)) = listener.accept().await {
        let agreed = keys.accept(stream, ());
        tokio::spawn(async move {
            if let Ok((mut stream, ())) = agreed.await {
                tokio::io::AsyncWriteExt::write_all(&mut stream, b"hello").await.expect("it is sent");
            }
        });
    }
}

/// What is said to whoever trusts this one alone.
async fn greeted(address: SocketAddr, trusted: CertificateDer<'static>, speaks: &[u8]) -> std::io::Result<String> {
    let mut stream = connect(address, trusted, speaks).await?;
    let mut heard = [0_u8; 5];
    let length = tokio::io::AsyncReadExt::read(&mut stream, &mut heard).await?;
    Ok(String::from_utf8_lossy(&heard[..length]).into_owned())
}

async fn connect(
    address: SocketAddr,
    trusted: CertificateDer<'static>,
    speaks: &[u8],
) -> std::io::Result<TlsStream<tokio::net::TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions").with_root_certificates(roots);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![speaks.to_vec()];
    let stream = tokio::net::TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").expect("a name"), stream).await
}

/// Pebble, Let’s Encrypt’s own stand-in for itself.
struct Authority {
    child: Child,
    port: u16,
    manages: u16,
    /// Who vouches for its address.
    certificate: PathBuf,
    own: CertificateDer<'static>,
}

impl Authority {
    /// Names lead to this machine, and to this port of it.
    fn start(folder: &Path, asks: u16) -> Self {
        let [port, manages] = [free_port(), free_port()];
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let [certificate, key, settings] =
            ["authority.pem", "authority.key", "authority.json"].map(|name| folder.join(name));
        std::fs::write(&certificate, made.cert.pem()).expect("a file");
        std::fs::write(&key, made.key_pair.serialize_pem()).expect("a file");
        let said = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{manages}"),
            "certificate": certificate,
            "privateKey": key,
            "httpPort": 1,
            "tlsPort": asks,
        } });
        std::fs::write(&settings, said.to_string()).expect("a file");
        // It would wait, and refuse some requests, for practice.
        let child = Command::new("pebble")
            .arg("-config")
            .arg(&settings)
            .envs([("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble is there: scripts/setup installs it");
        Self { child, port, manages, certificate, own: made.cert.der().clone() }
    }

    /// Who vouches for what it gives out: another each time that it starts.
    async fn root(&self) -> CertificateDer<'static> {
        let started = Instant::now();
        loop {
            match self.ask("/roots/0").await {
                Ok(answer) => {
                    let pem = answer.split_once("\r\n\r\n").expect("a body").1;
                    return CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
                }
                Err(error) => assert!(started.elapsed() < PATIENCE, "the authority doesn’t answer: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn ask(&self, path: &str) -> std::io::Result<String> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.manages));
        let mut stream = connect(address, self.own.clone(), b"http/1.1").await?;
        let ask = format!("GET {path} HTTP/1.0\r\n\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut stream, ask.as_bytes()).await?;
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await?;
        Ok(answer)
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.child.kill().expect("it is there");
        self.child.wait().expect("it ends");
    }
}

/// As systemd does it: at its socket, told by the process that it is ready, alive and stopping. While one is replaced by the next no
/// connection is refused or broken off, not one that is in the middle of a request either.
#[test]
fn a_restart_loses_no_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let port = socket.local_addr().expect("an address").port();
    let told = listen(&folder.path().join("notify"));
    let mut first = Process::start(&folder, &socket, port);
    hear(&told, "READY=1");
    hear(&told, "WATCHDOG=1");

    let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let visitors: Vec<_> = (0..3)
        .map(|_| {
            let (over, answered) = (Arc::clone(&over), Arc::clone(&answered));
            thread::spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it connects");
                    send(&mut stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                    let mut answer = String::new();
                    stream.read_to_string(&mut answer).expect("it isn’t broken off");
                    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
                    answered.fetch_add(1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(5));
                }
            })
        })
        .collect();
    let mut open = TcpStream::connect(("127.0.0.1", port)).expect("it connects");
    send(&mut open, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(one_answer(&mut open).starts_with("HTTP/1.1 200 "));
    send(&mut open, "GET /readyz HTTP/1.1\r\nHost: local");
    first.ask_to_stop();
    hear(&told, "STOPPING=1");
    send(&mut open, "host\r\n\r\n");
    let last = one_answer(&mut open).to_ascii_lowercase();
    assert!(last.starts_with("http/1.1 503 ") && last.contains("\r\nconnection: close\r\n"), "{last}");
    assert!(first.ends_well(), "it ends by itself");

    let mut second = Process::start(&folder, &socket, port);
    hear(&told, "READY=1");
    let (before, started) = (answered.load(Ordering::SeqCst), Instant::now());
    while answered.load(Ordering::SeqCst) < before + 10 {
        assert!(
            started.elapsed() < PATIENCE && visitors.iter().all(|visitor| !visitor.is_finished()),
            "nobody is answered"
        );
        thread::sleep(Duration::from_millis(20));
    }
    over.store(true, Ordering::SeqCst);
    for visitor in visitors {
        visitor.join().expect("every one is answered");
    }
    second.ask_to_stop();
    assert!(second.ends_well());
}

/// The program, with a socket as its third file, as systemd hands it over.
struct Process(Child);

impl Process {
    fn start(folder: &TempDir, socket: &TcpListener, port: u16) -> Self {
        let socket: OwnedFd = socket.try_clone().expect("the socket").into();
        let hand_over = "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" serve";
        let child = Command::new("sh")
            .args(["-c", hand_over, BIN])
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("NOTIFY_SOCKET", folder.path().join("notify"))
            .env("WATCHDOG_USEC", "400000")
            // Nobody listens there.
            .env("DEVALO_ADDR", "127.0.0.1:1")
            .env("DEVALO_ORIGIN", format!("http://127.0.0.1:{port}"))
            .stdin(Stdio::from(socket))
            .stdout(Stdio::null())
            .stderr(log_in(folder.path()))
            .spawn();
        Self(child.expect("it starts"))
    }

    fn ask_to_stop(&self) {
        let asked = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &self.0.id().to_string()]).status();
        assert!(asked.expect("a shell").success());
    }

    fn ends_well(&mut self) -> bool {
        self.0.wait().expect("it ends").success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Where it has ended already there is nobody to kill.
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn log_in(folder: &Path) -> Stdio {
    std::fs::File::options().create(true).append(true).open(folder.join("log")).expect("a log").into()
}

/// What processes tell systemd there, line by line.
fn listen(path: &Path) -> mpsc::Receiver<String> {
    let (socket, (say, told)) = (UnixDatagram::bind(path).expect("a socket"), mpsc::channel());
    thread::spawn(move || {
        let mut said = [0_u8; 256];
        // Read at once: whoever tells waits while nobody does.
        while let Ok(length) = socket.recv(&mut said) {
            for line in String::from_utf8_lossy(&said[..length]).lines() {
                if say.send(line.to_owned()).is_err() {
                    return;
                }
            }
        }
    });
    told
}

/// Waits until a process has told this.
fn hear(told: &mpsc::Receiver<String>, what: &str) {
    while told.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{what} isn’t told: {error}")) != what {}
}

fn send(stream: &mut TcpStream, text: &str) {
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(text.as_bytes()).expect("it is sent");
}

/// One answer on a connection that may stay open.
fn one_answer(stream: &mut TcpStream) -> String {
    let (mut heard, mut part) = (Vec::new(), [0_u8; 1024]);
    loop {
        let length = stream.read(&mut part).expect("an answer");
        heard.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&heard).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lines = head.to_ascii_lowercase();
            let whole = lines.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if whole.is_some_and(|whole| body.len() >= whole) {
                return text;
            }
        }
        assert!(length > 0, "it was broken off: {text}");
    }
}

/// Tells this process to look at its files.
fn hang_up() {
    let asked = Command::new("sh").args(["-c", "kill -HUP \"$0\"", &std::process::id().to_string()]).status();
    assert!(asked.expect("a shell").success());
}
