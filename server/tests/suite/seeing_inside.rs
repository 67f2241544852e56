//! Whoever looks after the server sees how it is: in the log without anybody's details, in figures, and by whether it is ready.

use std::{
    collections::BTreeSet,
    fs, io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use app::{
    error::{AppError, Code},
    jobs,
    meters::{self, Kind, Meter},
    platform::Platform,
};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
    middleware,
    routing::get,
};
use ipnet::IpNet;
use leptos::prelude::LeptosOptions;
use serde_json::{Value, json};
use server::{
    config::{Addresses, LogFormat},
    front_door::{self, Connected},
    inside::Watch,
    log, measures,
};
use tower::ServiceExt as _;
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::statements::root;
use crate::{
    on_both,
    support::{Answer, Site},
};

const TOKEN: &str = "a-token-of-the-tests-with-enough-letters";

/// What is logged, line by line.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that is logged, at its most talkative: requests by their patterns, with the organisation's and the person's id; and
/// nobody's name, email, phone or words, no private link and no query.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_whose_and_not_who() {
    let sink = Sink::default();
    let to = sink.clone();
    let lines = log::lines(LogFormat::Json, move || to.clone(), false);
    tracing_subscriber::registry().with(vec![lines]).try_init().expect("the only log");
    let site = Site::sqlite().await;
    let owner = site.log_in("alpha").await;
    assert_eq!(site.get_as(&owner, "/app/alpha/calendar?q=Canary+Quillfeather").await.status, StatusCode::OK);
    let start = site.slots("alpha", "telehealth").await[0].clone();
    let booking = |email: &str| json!({ "service": "telehealth", "start": start, "name": "Canary Quillfeather", "email": email, "phone": "0499 123 987", "notes": "canarynote" });
    let made = site.book("alpha", "canary-key-1", &booking("canary.quillfeather@example.com")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(site.book("alpha", "canary-key-2", &booking("canary.quillfeather@")).await.status.as_u16(), 422);
    assert_eq!(site.get(&format!("/manage/{token}")).await.status, StatusCode::OK);
    let canary = "canary.quillfeather@example.com";
    let wrong = [("email", canary), ("password", "canary password 4471")];
    site.form(None, "/fn/auth/log-in", "/login", &wrong).await;
    site.form(None, "/fn/auth/ask-reset", "/login/forgot", &[("email", canary)]).await;
    site.get("/b/Canary-Quillfeather?email=canary.quillfeather@example.com").await;
    site.get("/Canary/Quillfeather.html").await;
    site.bearer("canarytoken0123456789", "/api/v1/orgs/alpha/details").await;
    let made_up = Request::builder().method("canary.quillfeather").uri("/docs").body(Body::empty());
    site.send_as_it_is(made_up.expect("a request")).await;
    site.mailings().await;
    let said = String::from_utf8(sink.0.lock().expect("the log").clone()).expect("text");
    for secret in ["anary", "uillfeather", "0499 123", "123 987", "owner@alpha", token.as_str()] {
        let line = said.lines().find(|line| line.contains(secret)).unwrap_or_default();
        assert!(line.is_empty(), "the log says {secret}: {line}");
    }
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let requests: Vec<&Value> = lines.iter().filter(|line| line["target"] == "devalo::request").collect();
    let to =
        |route: &str| *requests.iter().find(|line| line["route"] == route).unwrap_or_else(|| panic!("{route}: {said}"));
    let page = to("/app/{org}/calendar");
    assert_eq!(
        (&page["org"], &page["status"], &page["method"]),
        (&json!(site.alpha.to_string()), &json!(200), &json!("GET"))
    );
    for key in ["timestamp", "level", "request", "ms", "bytes", "user"] {
        assert!(!page[key].is_null(), "{key}: {page}");
    }
    assert!(page["bytes"].as_u64() > Some(1_000), "{page}");
    assert!(page["address"].is_null(), "where it comes from is nobody’s business: {page}");
    assert_eq!(to("/manage/{token}")["org"], json!(site.alpha.to_string()));
    let refused = |line: &&Value| line["route"] == "/fn/auth/log-in" && line["status"] == 401;
    assert!(requests.iter().copied().any(|line| refused(&line)), "{said}");
    assert_eq!(to("(none)")["status"], 404);
    assert_eq!(to("/docs")["method"], "other", "how it is asked may be made up, too");
}

/// The journal is told of each line how bad it is.
#[test]
fn the_journal_learns_how_bad_a_line_is() {
    let sink = Sink::default();
    let to = sink.clone();
    let lines = log::lines(LogFormat::Json, log::Journal(move || to.clone()), false);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(vec![lines]), || {
        tracing::error!("one");
        tracing::warn!("two");
        tracing::info!("three");
    });
    let said = String::from_utf8(sink.0.lock().expect("the log").clone()).expect("text");
    let ranks: Vec<&str> = said.lines().filter_map(|line| line.split_once('{').map(|(rank, _)| rank)).collect();
    assert_eq!(ranks, ["<3>", "<4>", "<6>"], "{said}");
}

/// Where requests come from stands in the log only as far as the operator says.
#[test]
fn addresses_are_told_as_far_as_the_operator_says() {
    for (address, network) in [("203.0.113.7", "203.0.113.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48")] {
        let parsed = address.parse().expect("an address");
        assert_eq!(log::told_of(parsed, Addresses::None), None);
        assert_eq!(log::told_of(parsed, Addresses::Network).as_deref(), Some(network));
        assert_eq!(log::told_of(parsed, Addresses::Full).as_deref(), Some(address));
    }
}

/// The figures are for this machine, and for who brings the token; to everybody else there is nothing there. All of them are in the
/// catalogue, and what was done shows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_for_who_may_see_them() {
    measures::begin().expect("it is measured");
    let site = Site::sqlite().await;
    assert_eq!(site.get("/b/alpha").await.status, StatusCode::OK);
    assert_eq!(site.get("/fn/Canary").await.status, StatusCode::NOT_FOUND);
    assert!(!site.slots("alpha", "telehealth").await.is_empty());
    crate::support::queue(&site.platform, "somebody@example.com").await;
    measures::look(&site.platform).await;
    site.mailings().await;
    // What is shut on purpose is no failure, and wakes nobody up.
    let shut = Router::new()
        .route("/shut", get(|| async { AppError::new(Code::Closed, "Bookings are closed.") }))
        .layer(middleware::from_fn_with_state(Arc::new(Watch::default()), front_door::name));
    let asked = Request::get("/shut").body(Body::empty()).expect("a request");
    assert_eq!(answered(shut, "203.0.113.7:5000", asked).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let router = watched(&site.platform);
    let asks = |from: &'static str, extra: Option<(&'static str, String)>| {
        let mut request = Request::get("/metrics").header(header::HOST, "10.0.0.7:3000");
        if let Some((name, value)) = extra {
            request = request.header(name, value);
        }
        answered(router.clone(), from, request.body(Body::empty()).expect("a request"))
    };
    let bearer = |token: &str| Some(("authorization", format!("Bearer {token}")));
    assert_eq!(asks("203.0.113.7:5000", None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(asks("203.0.113.7:5000", bearer("another")).await.status, StatusCode::NOT_FOUND);
    // A proxy on this machine asks for somebody else.
    assert_eq!(
        asks("127.0.0.1:5000", Some(("x-forwarded-for", "203.0.113.7".to_owned()))).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(asks("127.0.0.1:5000", Some(("via", "1.1 proxy".to_owned()))).await.status, StatusCode::NOT_FOUND);
    // So does a page in a browser on this machine, whose owner has its name lead here.
    let rebound =
        Request::get("/metrics").header(header::HOST, "rebound.example:3000").body(Body::empty()).expect("a request");
    assert_eq!(answered(router.clone(), "127.0.0.1:5000", rebound).await.status, StatusCode::NOT_FOUND);
    assert_eq!(asks("203.0.113.7:5000", bearer(TOKEN)).await.status, StatusCode::OK);
    let figures = asks("127.0.0.1:5000", None).await;
    assert_eq!(figures.status, StatusCode::OK);
    let text = figures.text;
    for part in [
        "http_request_duration_seconds_count{route=\"/b/{org}\",method=\"GET\",status=\"2xx\"} 1",
        "http_request_duration_seconds_count{route=\"(none)\",method=\"GET\",status=\"4xx\"} 1",
        "devalo_db_statement_duration_seconds_count{kind=\"select\"}",
        "devalo_slots_duration_seconds_count",
        "devalo_mail_due 1",
        "devalo_mail_total{kind=\"test\",outcome=\"sent\"} 1",
        "devalo_page_cache_total{outcome=\"miss\"}",
        "http_request_duration_seconds_count{route=\"/shut\",method=\"GET\",status=\"4xx\"} 1",
        "devalo_clock_steps_total 0",
        "devalo_db_up 1",
        "process_open_fds",
    ] {
        assert!(text.contains(part), "{part} isn’t in:\n{text}");
    }
    assert!(!text.contains("anary"), "a label is what somebody typed:\n{text}");
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').expect("a kind");
        let meter = known(name).unwrap_or_else(|| panic!("{name} isn’t in the catalogue"));
        let theirs = match meter.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert_eq!(theirs, kind, "{name}");
    }
}

/// What dashboards and alerts speak of is measured; each alert says how bad it is and what to do, and the runbook speaks of no other.
#[test]
fn dashboards_alerts_and_runbook_agree() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/devalo.json")).expect("JSON");
    let alerts = read("deploy/prometheus/alerts.yml");
    let mut spoken_of = BTreeSet::new();
    expressions(&dashboard, &mut |expression| spoken_of.extend(names(expression)));
    let drawn = spoken_of.len();
    for line in alerts.lines().filter_map(|line| line.trim().strip_prefix("expr:")) {
        spoken_of.extend(names(line));
    }
    assert!(drawn > 25, "the dashboard shows only {drawn} figures");
    for name in &spoken_of {
        assert!(known(name).is_some(), "nobody measures {name}");
    }
    let mut alerted = BTreeSet::new();
    for alert in alerts.split("- alert:").skip(1) {
        let name = alert.lines().next().expect("a name").trim().to_owned();
        for part in ["expr:", "for:", "severity:", "summary:"] {
            assert!(alert.contains(part), "{name} has no {part}");
        }
        let anchor = format!("/runbook.md#{}\"", name.to_lowercase());
        assert!(alert.contains(&anchor), "{name} doesn’t lead to {anchor}");
        assert!(alerted.insert(name), "an alert comes twice");
    }
    let runbook = read("docs/runbook.md");
    let (_, entries) = runbook.split_once("\n# Alerts\n").expect("its alerts");
    let entries = entries.split("\n# ").next().expect("until the next part");
    let mut explained = BTreeSet::new();
    for entry in entries.split("\n## ").skip(1) {
        let name = entry.lines().next().expect("a name").trim().to_owned();
        for part in ["**What it means.**", "**What people notice.**", "**Look at.**", "**Do.**", "**When to worry.**"] {
            assert!(entry.contains(part), "{name} has no {part}");
        }
        explained.insert(name);
    }
    assert_eq!(alerted, explained);
}

/// A request is called what a proxy that is trusted calls it, and by nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_numbers_requests() {
    let site = Site::sqlite().await;
    let router = watched(&site.platform);
    let called = async |from: &'static str, number: &str| {
        let request = Request::get("/healthz").header("x-request-id", number).body(Body::empty()).expect("a request");
        let answer = answered(router.clone(), from, request).await;
        answer.headers["x-request-id"].to_str().expect("text").to_owned()
    };
    assert_eq!(called("10.1.1.1:5000", "from-the-proxy_1").await, "from-the-proxy_1");
    assert_ne!(called("10.1.1.1:5000", "someone@example.com").await, "someone@example.com");
    assert_ne!(called("203.0.113.7:5000", "from-the-proxy_1").await, "from-the-proxy_1");
}

on_both! {
    /// It is ready while it can work: it says why it isn't to who may look, and that it isn't to everybody.
    async fn ready_means_ready(site: Site) {
        let ready = async |site: &Site| {
            let mut request = Request::get("/readyz").body(Body::empty()).expect("a request");
            request.extensions_mut().insert(Connected { by_trusted: false, from_here: true });
            let told = site.send_as_it_is(request).await;
            let failed: Vec<String> = told.json()["checks"]
                .as_array()
                .expect("checks")
                .iter()
                .filter(|check| check["ok"] == false)
                .map(|check| check["name"].as_str().expect("a name").to_owned())
                .collect();
            (told.status.as_u16(), failed)
        };
        // What was found holds for a second: each looks anew.
        let fresh = || site.at(site.platform.clone());
        assert_eq!(ready(&fresh()).await, (200, Vec::new()));
        let public = site.get("/readyz").await;
        assert_eq!((public.status, public.text.as_str()), (StatusCode::OK, "ready"), "the public learns no more");
        site.platform.pulse.beat();
        assert_eq!(ready(&fresh()).await, (200, Vec::new()));
        let long_ago = std::time::Instant::now().checked_sub(std::time::Duration::from_mins(10));
        if let Some(long_ago) = long_ago {
            site.platform.pulse.beat_at(long_ago);
            assert_eq!(ready(&fresh()).await, (503, vec!["jobs".to_owned()]));
            site.platform.pulse.beat();
        }
        site.platform.stop();
        let stopping = fresh();
        assert_eq!(ready(&stopping).await, (503, vec!["stopping".to_owned()]));
        let public = stopping.get("/readyz").await;
        assert_eq!((public.text.as_str(), public.headers.contains_key(header::RETRY_AFTER)), ("not ready", true));
        assert_eq!(stopping.get("/healthz").await.status, StatusCode::OK, "it lives all the same");
        site.platform.db.close().await;
        assert_eq!(ready(&fresh()).await, (503, ["database", "migrations", "stopping"].map(str::to_owned).to_vec()));
    }

    /// What was put off while the clock was ahead isn't held up once it is set back.
    async fn a_clock_set_back_holds_no_mail_up(site: Site) {
        crate::support::queue(&site.platform, "somebody@example.com").await;
        site.advance(-3_600);
        assert_eq!(site.mailings().await.len(), 0, "its time hasn’t come, by this clock");
        jobs::after_a_step_back(&site.platform).await.expect("it is put right");
        assert_eq!(site.mailings().await.len(), 1);
    }
}

/// The product behind a proxy at 10.0.0.0/8, with a token for its figures.
fn watched(platform: &Platform) -> Router {
    let options = LeptosOptions::builder().output_name("devalo").site_root("/nonexistent").build();
    let watch = Watch { token: Some(TOKEN.into()), addresses: Addresses::None };
    let trusted: Arc<[IpNet]> = Arc::new(["10.0.0.0/8".parse().expect("a network")]);
    server::http::service_watched(platform.clone(), options, watch)
        .layer(middleware::from_fn_with_state(trusted, front_door::locate))
}

async fn answered(router: Router, from: &str, mut request: Request<Body>) -> Answer {
    let from: SocketAddr = from.parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(from));
    let (parts, body) = router.oneshot(request).await.expect("an answer").into_parts();
    let bytes = axum::body::to_bytes(body, 16 << 20).await.expect("a body");
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// The figure that Prometheus knows under this name.
fn known(name: &str) -> Option<&'static Meter> {
    let part = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
    meters::ALL.iter().find(|meter| meter.name == name || meter.kind == Kind::Histogram && part == Some(meter.name))
}

/// The names of figures in an expression.
fn names(expression: &str) -> impl Iterator<Item = String> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| ["devalo_", "http_", "process_"].iter().any(|begin| word.starts_with(begin))).map(str::to_owned)
}

fn expressions(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "expr" || name == "query" => each(text),
                    _ => expressions(value, each),
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                expressions(value, each);
            }
        }
        _ => {}
    }
}
