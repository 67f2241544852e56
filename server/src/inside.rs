//! What whoever looks after the server sees inside: whether it lives, whether it can work, and its figures. The public learns no
//! more than that it is ready or isn’t; the rest is for this machine, and for whoever brings the token.

use std::{
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use app::{error::AppError, machine, modules::MIGRATIONS, platform::Platform};
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use tokio::{sync::Mutex, time::timeout};

use crate::{config::Addresses, front_door::Connected, measures};

/// What was found holds for so long: however often it is asked, the database is looked at no more often.
const HOLDS: Duration = Duration::from_secs(1);
/// A database that takes longer isn’t there.
const PATIENCE: Duration = Duration::from_secs(2);
/// Background work that isn’t heard of for so long doesn’t go on.
const QUIET_AFTER: Duration = Duration::from_secs(90);
/// With less room than this on the disk nothing can be kept: 256 MB.
const LEAST_ROOM: u64 = 256 * 1024 * 1024;
/// Whoever was told that it isn’t ready asks again after this many seconds.
const AGAIN_AFTER: &str = "2";

/// Who may look inside, and what the log says of where requests come from.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Who brings this may look, wherever they are.
    pub token: Option<SecretString>,
    /// What the log says.
    pub addresses: Addresses,
}

impl Watch {
    /// Whether who asks may look inside: from this machine itself, or with the token.
    fn lets_in(&self, request: &Request) -> bool {
        if request.extensions().get::<Connected>().is_some_and(|connected| connected.from_here) {
            return true;
        }
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' '));
        let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let (Some(given), Some(token)) = (given, &self.token) else { return false };
        given.as_bytes().ct_eq(token.expose_secret().as_bytes()).into()
    }
}

#[derive(Clone)]
struct Inside {
    platform: Platform,
    watch: Arc<Watch>,
    found: Arc<Mutex<Found>>,
}

/// What was found last, and when.
type Found = Option<(Moment, Arc<[Check]>)>;

/// One thing that has to hold.
#[derive(Debug)]
struct Check {
    name: &'static str,
    holds: bool,
    says: String,
}

/// `/healthz`, `/readyz` and `/metrics`.
pub fn router(platform: Platform, watch: Arc<Watch>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
        .with_state(Inside { platform, watch, found: Arc::default() })
}

async fn figures(State(inside): State<Inside>, request: Request) -> Response {
    // Nobody else learns that there are any.
    let figures = if inside.watch.lets_in(&request) { measures::figures() } else { None };
    match figures {
        Some(figures) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures).into_response()
        }
        None => AppError::not_found("that page").into_response(),
    }
}

async fn ready(State(inside): State<Inside>, request: Request) -> Response {
    let stops = inside.platform.is_stopping();
    let checks = inside.checks().await;
    let ready = !stops && checks.iter().all(|check| check.holds);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = if inside.watch.lets_in(&request) {
        let says = if stops { "it stops" } else { "it goes on" };
        let stopping = Check { name: "stopping", holds: !stops, says: says.to_owned() };
        let told: Vec<_> = checks.iter().chain([&stopping]).map(Check::told).collect();
        (status, axum::Json(json!({ "ready": ready, "checks": told }))).into_response()
    } else {
        (status, if ready { "ready" } else { "not ready" }).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    if !ready {
        headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static(AGAIN_AFTER));
    }
    response
}

impl Check {
    fn new(name: &'static str, outcome: Result<String, String>) -> Self {
        let holds = outcome.is_ok();
        Self { name, holds, says: outcome.unwrap_or_else(|why| why) }
    }

    fn told(&self) -> serde_json::Value {
        json!({ "name": self.name, "ok": self.holds, "says": self.says })
    }
}

impl Inside {
    /// What was found a moment ago, or is found now: by one, however many ask.
    async fn checks(&self) -> Arc<[Check]> {
        let mut found = self.found.lock().await;
        if let Some((at, checks)) = found.as_ref()
            && at.elapsed() < HOLDS
        {
            return Arc::clone(checks);
        }
        let checks: Arc<[Check]> = [self.database().await, self.migrations().await, self.jobs(), self.room()].into();
        for check in checks.iter().filter(|check| !check.holds) {
            tracing::warn!(check = check.name, says = check.says, "not ready");
        }
        *found = Some((Moment::now(), Arc::clone(&checks)));
        checks
    }

    async fn database(&self) -> Check {
        let outcome = match timeout(PATIENCE, self.platform.db.writable()).await {
            Ok(Ok(())) => Ok("it takes changes".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("it doesn’t answer in time".to_owned()),
        };
        Check::new("database", outcome)
    }

    /// One that is newer was brought up to date by a newer program, which takes this one’s place.
    async fn migrations(&self) -> Check {
        let wanted = MIGRATIONS.iter().map(|step| step.version).max().unwrap_or_default();
        let outcome = match timeout(PATIENCE, self.platform.db.version()).await {
            Ok(Ok(version)) if version >= wanted => Ok(format!("at {version}")),
            Ok(Ok(version)) => Err(format!("at {version}, and {wanted} is needed")),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the database doesn’t answer in time".to_owned()),
        };
        Check::new("migrations", outcome)
    }

    fn jobs(&self) -> Check {
        let outcome = match self.platform.pulse.quiet_for() {
            None => Ok("none run here".to_owned()),
            Some(quiet) if quiet <= QUIET_AFTER => Ok(format!("heard of {} s ago", quiet.as_secs())),
            Some(quiet) => Err(format!("not heard of for {} s", quiet.as_secs())),
        };
        Check::new("jobs", outcome)
    }

    fn room(&self) -> Check {
        let outcome = match machine::disk(self.platform.files.folder()) {
            None => Ok("not known".to_owned()),
            Some((free, _)) if free >= LEAST_ROOM => Ok(format!("{} MB left", free / 1_000_000)),
            Some((free, _)) => Err(format!("only {} MB left", free / 1_000_000)),
        };
        Check::new("disk", outcome)
    }
}
