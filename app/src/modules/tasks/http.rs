//! The streams of lists, who looks at one, and the script that makes pages live.

use std::sync::LazyLock;

use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{ids::TaskId, reports, room};
use crate::{
    auth::standing::Standing,
    error::{AppError, Code, Result},
    live,
    platform::Platform,
    web::{Caller, Json, Path, Query},
};

/// The script's parts, by name. They name each other by these.
const PARTS: [(&str, &str); 11] = [
    ("app.js", include_str!("script/app.js")),
    ("board.js", include_str!("script/board.js")),
    ("dom.js", include_str!("script/dom.js")),
    ("drag.js", include_str!("script/drag.js")),
    ("list.js", include_str!("script/list.js")),
    ("live.js", include_str!("script/live.js")),
    ("mine.js", include_str!("script/mine.js")),
    ("palette.js", include_str!("script/palette.js")),
    ("queue.js", include_str!("script/queue.js")),
    ("quick.js", include_str!("script/quick.js")),
    ("store.js", include_str!("script/store.js")),
];

/// Stands for what the parts say: it is in their address, so that browsers may keep them.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (name, part) in PARTS {
        digest.update(name);
        digest.update(part);
    }
    URL_SAFE_NO_PAD.encode(digest.finalize().get(..9).unwrap_or_default())
});

/// Its routes.
pub fn router() -> Router<Platform> {
    Router::new()
        .route("/tasks/script/{version}/{part}", get(script))
        .route("/app/{org}/tasks/lists/{list}/live", get(stream))
        .route("/app/{org}/tasks/lists/{list}/here", post(here))
        .route("/app/{org}/tasks/reports.csv", get(reports::csv))
}

/// The address of the part that a page loads; it brings the others that it needs.
pub fn script_address(part: &str) -> String {
    format!("/tasks/script/{}/{part}", *VERSION)
}

async fn script(Path((version, part)): Path<(String, String)>) -> Result<Response> {
    let found = PARTS.into_iter().find(|(name, _)| *name == part).ok_or_else(|| AppError::not_found("that script"))?;
    // A page of before may ask for a part once more: it gets what there is, and keeps it for no other.
    let kept = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, kept)], found.1)
        .into_response())
}

#[derive(Debug, Deserialize)]
struct After {
    after: Option<i64>,
}

/// What happens in a list. `Last-Event-ID` wins over `after`: it is what a browser that comes back saw last.
async fn stream(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Extension(standing): Extension<Standing>,
    Path((org, list)): Path<(String, String)>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Result<Response> {
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let frames = room::stream(platform, actor, standing.session(), org, list, seen.or(after)).await;
    let by_page = headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes() == b"text/event-stream");
    let over = |code| matches!(code, Code::Unauthenticated | Code::NotFound | Code::Forbidden);
    let body = match frames {
        Ok(frames) => Body::from_stream(frames),
        // A browser doesn't tell its page why a stream was refused.
        Err(error) if by_page && over(error.code) => Body::from(live::ENDED),
        Err(error) => return Err(error),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, body).into_response())
}

/// What somebody who looks at a list has open.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HereBody {
    task: Option<TaskId>,
}

async fn here(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Json(body): Json<HereBody>,
) -> Result<StatusCode> {
    room::here(&platform, &actor, &org, &list, body.task).await?;
    Ok(StatusCode::NO_CONTENT)
}
