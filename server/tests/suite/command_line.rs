//! The program itself, as the operator runs it.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use app::{demo, modules::MIGRATIONS};
use serde_json::{Value, json};

const BIN: &str = env!("CARGO_BIN_EXE_devalo");

/// What it is, what it was built from and with, and which schema it needs: whoever has two of them can tell one from the other.
#[test]
fn it_says_what_it_was_built_from() {
    let asked = |how: &str| {
        let output = devalo(&[how]).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let (short, long) = (asked("-V"), asked("--version"));
    assert_eq!(short, format!("devalo {}\n", env!("CARGO_PKG_VERSION")));
    assert!(long.starts_with(&short), "{long}");
    let rest: Vec<(&str, &str)> = long.lines().skip(1).filter_map(|line| line.split_once(": ")).collect();
    let names: Vec<&str> = rest.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["commit", "profile", "target", "compiler", "schema"]);
    assert!(rest[2].1.contains("-linux-") && rest[3].1.starts_with("rustc 1."), "{long}");
    assert_eq!(rest[4].1, MIGRATIONS.iter().map(|step| step.version).max().expect("steps").to_string());
}

/// `devalo slots` answers every worked case, byte for byte the same in whatever zone the machine is.
#[test]
fn slots_ignore_the_machines_zone() {
    let cases: Value =
        serde_json::from_str(include_str!("../../../app/src/modules/calendar/testdata/slots.json")).expect("the cases");
    for case in cases["cases"].as_array().expect("cases") {
        let expected = case["expected"].to_string();
        for zone in ["UTC", "Australia/Sydney", "Australia/Perth", "America/New_York", "Europe/London"] {
            let mut child = devalo(&["slots"]).env("TZ", zone).stdin(Stdio::piped()).spawn().expect("it starts");
            child.stdin.take().expect("its input").write_all(case["input"].to_string().as_bytes()).expect("the case");
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "{}: {}", case["id"], String::from_utf8_lossy(&output.stderr));
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{} in {zone}", case["id"]);
        }
    }
}

/// What can't be read is said in a sentence, with exit code 1.
#[test]
fn slots_refuse_nonsense() {
    for text in [
        "",
        "{",
        "{}",
        "{\"tz\":\"Mars/Olympus\",\"from\":\"2026-01-01T00:00Z\",\"to\":\"2026-01-02T00:00Z\",\"now\":\"2026-01-01T00:00Z\",\"duration\":30}",
    ] {
        let mut child = devalo(&["slots"]).stdin(Stdio::piped()).spawn().expect("it starts");
        child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("the case");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{text}");
    }
}

/// A bare production environment is refused, with every problem at once; fresh keys mend the secrets.
#[test]
fn check_reports_everything_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = devalo(&["check"]).current_dir(&folder).env("DEVALO_ENV", "production").output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    for setting in ["DEVALO_SECRET", "DEVALO_ENCRYPTION_KEYS", "DEVALO_ORIGIN", "DATABASE_URL"] {
        assert!(report.contains(setting), "{setting} isn't in:\n{report}");
    }
    let serve = devalo(&["serve"]).current_dir(&folder).env("DEVALO_ENV", "production").output().expect("it runs");
    assert_eq!(serve.status.code(), Some(1), "it refuses to serve as well");

    let keys = devalo(&["generate-keys"]).output().expect("it runs");
    let settings = String::from_utf8(keys.stdout).expect("text")
        + "DEVALO_ENV=production\nDEVALO_ORIGIN=https://app.harbourphysio.com.au\nDATABASE_URL=sqlite:///var/lib/devalo/devalo.db\nDEVALO_ADDR=127.0.0.1:3000\nDEVALO_TRUSTED_PROXIES=127.0.0.1/32\n";
    let file = folder.path().join("production.env");
    std::fs::write(&file, settings).expect("the settings");
    let open = devalo(&["check", "--env-file"]).arg(&file).current_dir(&folder).output().expect("it runs");
    assert!(!open.status.success(), "others can read the secrets");
    assert!(String::from_utf8_lossy(&open.stdout).contains("DV017"), "{}", String::from_utf8_lossy(&open.stdout));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let bare = devalo(&["check", "--env-file"]).arg(&file).current_dir(&folder).output().expect("it runs");
    let said = String::from_utf8_lossy(&bare.stdout).into_owned();
    assert!(!bare.status.success() && said.contains("DV034"), "the pages’ files aren’t there: {said}");
    let site = folder.path().join("target/site/pkg");
    std::fs::create_dir_all(&site).expect("a folder");
    std::fs::write(site.join("devalo.css"), "").expect("a style");
    let good = devalo(&["check", "--env-file"]).arg(&file).current_dir(&folder).output().expect("it runs");
    let said = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(good.status.success() && said.contains("DV020") && said.contains("2 warnings"), "{said}");
    let json = devalo(&["check", "--json", "--env-file"]).arg(&file).current_dir(&folder).output().expect("it runs");
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let codes: Vec<_> =
        json.as_array().expect("a list").iter().map(|found| found["code"].as_str().unwrap_or_default()).collect();
    assert_eq!(codes, ["DV020", "DV024"]);
    // The demo's passwords are known to everybody.
    let demo = devalo(&["seed-demo", "--env-file"]).arg(&file).current_dir(&folder).output().expect("it runs");
    assert!(!demo.status.success(), "{demo:?}");
    assert!(String::from_utf8_lossy(&demo.stderr).contains("isn't for production"), "{demo:?}");
    assert_eq!(json[0]["severity"], "warning");
}

/// In development everything is there after one line of settings, and what can't be taken is said of the setting that it is in.
#[test]
fn a_business_of_ones_own_from_the_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(".env");
    let settings = |password: &str| {
        let text = format!(
            "BOOTSTRAP_ADMIN_EMAIL=robin@harbour.com.au\nBOOTSTRAP_ADMIN_PASSWORD={password}\nBOOTSTRAP_ORG_NAME='Robin’s Cuts'\n"
        );
        std::fs::write(&file, text).expect("the settings");
    };
    settings("Wagga Wagga 2650");
    let output = devalo(&["check"]).current_dir(&folder).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("a value for BOOTSTRAP_ADMIN_PASSWORD on line 2"), "{said}");
    assert!(!said.contains("Wagga"), "{said}");
    settings("aaaaaaaaaaaaaaaa");
    let output = devalo(&["serve"]).current_dir(&folder).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("DV015 BOOTSTRAP_ADMIN_PASSWORD"), "{said}");
    assert!(!said.contains("BOOTSTRAP_ADMIN_EMAIL"), "{said}");

    settings("'otter quilt lantern 58'");
    let checked = devalo(&["check"]).current_dir(&folder).output().expect("it runs");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(said.contains("checked for development"), "{said}");
    let server = Server::start(folder.path());
    assert_eq!(server.get("/login").0, 200);
    assert_eq!(server.get("/b/harbour-physio").0, 404, "there is no demo beside it");
    let front = text_of(server.port, "/");
    assert!(!front.contains("harbour-physio") && front.contains("/login"), "{front}");
    drop(server);
    // Afterwards they do nothing, and the log says why.
    let log = folder.path().join("log");
    drop(Server::start_with_log(folder.path(), &log));
    let said = std::fs::read_to_string(&log).expect("the log");
    assert!(said.contains("there are accounts already"), "{said}");
}

/// Two servers on one SQLite database would not hear of each other's bookings: the second waits for the first to stop.
#[test]
fn a_second_server_waits_for_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Server::start(folder.path());
    let mut second = devalo(&["seed-demo"]).current_dir(folder.path()).spawn().expect("it starts");
    std::thread::sleep(Duration::from_secs(2));
    assert!(second.try_wait().expect("a process").is_none(), "it waits");
    assert_eq!(first.get("/readyz").0, 200);
    drop(first);
    let seeded = second.wait_with_output().expect("it ends");
    assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
}

/// Killed at any moment while clients book: every booking that was confirmed is there, and nothing is half there.
#[test]
fn a_killed_server_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut confirmed: Vec<(String, String)> = Vec::new();
    for round in 0..4_u64 {
        let server = Server::start(folder.path());
        let starts = server.get("/api/v1/orgs/harbour-physio/calendar/services/telehealth/slots").1["starts"].clone();
        let starts: Vec<String> =
            starts.as_array().expect("starts").iter().map(|s| s.as_str().expect("a start").to_owned()).collect();
        let port = server.port;
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let starts = starts.clone();
                std::thread::spawn(move || {
                    let mut made = Vec::new();
                    for (n, start) in starts.iter().enumerate().skip(worker * 9) {
                        let key = format!("crash-{round}-{worker}-{n}");
                        let body = json!({ "service": "telehealth", "start": start, "name": "Crash Client", "email": "crash@example.com" });
                        match post(port, "/api/v1/orgs/harbour-physio/calendar/bookings", &key, &body) {
                            Some((201, answer)) => made.push((key, answer["token"].as_str().expect("a token").to_owned())),
                            Some(_) => {}
                            None => break,
                        }
                    }
                    made
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(150 + 130 * round));
        drop(server);
        for worker in workers {
            confirmed.extend(worker.join().expect("a worker"));
        }
    }
    assert!(confirmed.len() > 10, "some bookings were confirmed before the kills: {}", confirmed.len());
    let server = Server::start(folder.path());
    for (key, token) in &confirmed {
        let (status, booking) = server.get(&format!("/api/v1/calendar/manage/{token}"));
        assert_eq!((status, booking["status"].as_str()), (200, Some("booked")), "{key} was confirmed and is lost");
    }
}

/// What the log says, even at its most talkative, names no client: not for a booking that stands, one that is refused, a
/// broken form, or a page asked for with a private link.
#[test]
fn the_log_names_no_client() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let server = Server::start_with_log(folder.path(), &log);
    let slots = server.get("/api/v1/orgs/harbour-physio/calendar/services/telehealth/slots").1["starts"].clone();
    let start = slots[3].as_str().expect("a start").to_owned();
    let path = "/api/v1/orgs/harbour-physio/calendar/bookings";
    let body = |start: &str, email: &str| json!({ "service": "telehealth", "start": start, "name": "Canary Quillfeather", "email": email, "phone": "0499 123 987", "notes": "canarynote" });
    let good = "canary.quillfeather@example.com";
    let (status, made) = post(server.port, path, "canary-key-1", &body(&start, good)).expect("an answer");
    assert_eq!(status, 201, "{made}");
    let token = made["token"].as_str().expect("a token").to_owned();
    assert_eq!(post(server.port, path, "canary-key-2", &body("2001-01-01T00:00:00Z", good)).expect("an answer").0, 409);
    assert_eq!(
        post(server.port, path, "canary-key-3", &body(&start, "canary.quillfeather@")).expect("an answer").0,
        422
    );
    assert_eq!(server.get(&format!("/api/v1/calendar/manage/{token}")).0, 200);
    assert_eq!(server.get("/api/v1/calendar/manage/canary-not-a-token").0, 404);
    drop(server);
    let said = std::fs::read_to_string(&log).expect("the log");
    assert!(said.contains("modules found"), "the log is there: {said}");
    for secret in ["anary", "uillfeather", "0499 123", "123 987", token.as_str()] {
        assert!(!said.contains(secret), "the log says {secret}: {said}");
    }
}

/// Nor does it name those who log in, are mailed, or sign up: not where a log-in fails, where mail is refused by a provider that repeats
/// the address, or where a form can't be read.
#[test]
fn the_log_names_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let (base, letters) = refusing_provider();
    let settings = [
        ("RESEND_API_KEY", "re_canarykey123".to_owned()),
        ("RESEND_API_BASE", base),
        ("EMAIL_FROM", "Devalo <bookings@harbour-physio.com.au>".to_owned()),
    ];
    let server = Server::start_with(folder.path(), &log, &settings);
    let canary = "canary.quillfeather@example.com";
    let wrong = [("email", canary), ("password", "canary password 4471")];
    assert_eq!(form(server.port, "/fn/auth/log-in", "/login", &wrong), 401);
    let wrong = [("email", demo::EMAIL), ("password", "canary password 4471")];
    assert_eq!(form(server.port, "/fn/auth/log-in", "/login", &wrong), 401);
    let right = [("email", demo::EMAIL), ("password", demo::PASSWORD)];
    assert!(form(server.port, "/fn/auth/log-in", "/login", &right) < 400);
    for email in [demo::EMAIL, canary] {
        assert!(form(server.port, "/fn/auth/ask-reset", "/login/forgot", &[("email", email)]) < 400, "{email}");
    }
    // Nobody signs up where no payments are taken: that is refused, and so is a form with half of it missing.
    let begun = [("plan", "team"), ("period", "month"), ("seats", "3"), ("email", canary)];
    form(server.port, "/fn/start/begin", "/start", &begun);
    form(server.port, "/fn/start/begin", "/start", &[("email", canary)]);
    form(
        server.port,
        "/fn/start/found",
        "/start",
        &[("token", "canary-token"), ("name", "Canary Quillfeather"), ("phone", "0499 123 987")],
    );
    form(server.port, "/fn/auth/join", "/login", &[("token", "canary-token"), ("name", "Canary Quillfeather")]);
    let token = "canaryinvitation0123456789canaryinvitation0123456789";
    for path in ["/start/business/", "/login/reset/", "/invitation/", "/manage/"] {
        server.get(&format!("{path}{token}"));
    }
    let started = Instant::now();
    while letters.load(Ordering::SeqCst) == 0 {
        assert!(started.elapsed() < Duration::from_secs(30), "no letter was sent");
        std::thread::sleep(Duration::from_millis(50));
    }
    let given_up = || std::fs::read_to_string(&log).expect("the log").contains("a letter was refused for good");
    while !given_up() {
        assert!(started.elapsed() < Duration::from_secs(40), "it isn’t given up");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(server);
    let said = std::fs::read_to_string(&log).expect("the log");
    for secret in ["anary", "uillfeather", "0499", "123 987", demo::EMAIL, demo::PASSWORD] {
        let line = said.lines().find(|line| line.contains(secret)).unwrap_or_default();
        assert!(!said.contains(secret), "the log says {secret}: {line}");
    }
}

/// A provider of mail that refuses every letter and repeats to whom it was; and how many it has seen.
fn refusing_provider() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            let mut heard = Vec::new();
            let mut part = [0_u8; 4096];
            // Until the letter is there: the head says how long it is.
            while !is_whole(&heard) {
                match connection.read(&mut part) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => heard.extend_from_slice(&part[..length]),
                }
            }
            let body = json!({
                "statusCode": 422,
                "name": "validation_error",
                "message": format!("Invalid `to` field: <{}> and canary.quillfeather@example.com", demo::EMAIL),
            })
            .to_string();
            let answer = format!(
                "HTTP/1.1 422 Unprocessable Entity\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _gone = connection.write_all(answer.as_bytes());
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (base, seen)
}

fn is_whole(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard);
    let Some((top, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        top.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    let length = length.and_then(|length| length.trim().parse::<usize>().ok()).unwrap_or_default();
    body.len() >= length
}

/// Sends a form as a browser does; the status of the answer.
fn form(port: u16, path: &str, from: &str, fields: &[(&str, &str)]) -> u16 {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/html\r\nSec-Fetch-Site: same-origin\r\nReferer: http://127.0.0.1:{port}{from}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    request(port, &(head + &body)).expect("an answer").0
}

/// Who was refused stands in the log, with the request's number and no more than that.
#[test]
fn the_log_names_who_was_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let server = Server::start_with_log(folder.path(), &log);
    assert_eq!(server.get("/api/v1/orgs/harbour-physio/calendar/appointments").0, 401);
    assert_eq!(server.get("/b/harbour-physio").0, 200);
    drop(server);
    let said = std::fs::read_to_string(&log).expect("the log");
    let refused: Vec<&str> = said.lines().filter(|line| line.contains("devalo::security")).collect();
    assert_eq!(refused.len(), 1, "{said}");
    for part in ["request{id=", "route=\"/api/v1/orgs/{org}/calendar/appointments\"", "status=401"] {
        assert!(refused[0].contains(part), "{part}: {}", refused[0]);
    }
}

fn devalo(args: &[&str]) -> Command {
    let mut command = Command::new(BIN);
    command.args(args).env_clear().env("PATH", "/usr/bin:/bin").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &std::path::Path) -> Self {
        Self::spawn(folder, Stdio::null(), &[])
    }

    /// With everything that it can log in a file.
    fn start_with_log(folder: &std::path::Path, log: &std::path::Path) -> Self {
        Self::start_with(folder, log, &[])
    }

    /// The same, with other settings.
    fn start_with(folder: &std::path::Path, log: &std::path::Path, settings: &[(&str, String)]) -> Self {
        Self::spawn(folder, std::fs::File::create(log).expect("a log").into(), settings)
    }

    fn spawn(folder: &std::path::Path, log: Stdio, settings: &[(&str, String)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let child = devalo(&["serve", "--demo"])
            .current_dir(folder)
            .env("DEVALO_ADDR", format!("127.0.0.1:{port}"))
            .env("DEVALO_ORIGIN", format!("http://127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .env("DEVALO_LOG", "trace")
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stderr(log)
            .spawn()
            .expect("it starts");
        let server = Self { child, port };
        let started = Instant::now();
        while request(port, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .is_none_or(|(status, _)| status != 200)
        {
            assert!(started.elapsed() < Duration::from_mins(1), "it doesn't become ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    fn get(&self, path: &str) -> (u16, Value) {
        request(self.port, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
            .expect("an answer")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL: no chance to tidy up.
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
    }
}

fn post(port: u16, path: &str, key: &str, body: &Value) -> Option<(u16, Value)> {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    request(port, &(head + &body))
}

/// A page as it is sent.
fn text_of(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it connects");
    let asked = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("a page");
    answer
}

/// One HTTP exchange; `None` when the server went away in the middle.
fn request(port: u16, text: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    stream.write_all(text.as_bytes()).ok()?;
    // What a server function answers isn’t text.
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    // A body sent in chunks has their lengths around it.
    let json = body
        .find(['{', '['])
        .and_then(|from| serde_json::Deserializer::from_str(&body[from..]).into_iter().next()?.ok());
    Some((status, json.unwrap_or(Value::Null)))
}
