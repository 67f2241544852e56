//! `/cal/{token}.ics`: what calendars elsewhere read of somebody’s.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::feeds;
use crate::{
    error::Result,
    platform::Platform,
    web::{Path, is_known},
};

/// Its route.
pub fn router() -> Router<Platform> {
    Router::new().route("/cal/{file}", get(file))
}

async fn file(State(platform): State<Platform>, Path(file): Path<String>, headers: HeaderMap) -> Result<Response> {
    let read = feeds::read(&platform, file.strip_suffix(".ics").unwrap_or(&file)).await?;
    let tag = format!("\"{}\"", read.version);
    let unchanged = is_known(&headers, &tag);
    let about = [
        (header::ETAG, tag),
        // Kept by whoever asked, and looked at again each time.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow".to_owned()),
    ];
    if unchanged {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let file = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"calendar.ics\""),
    ];
    Ok((about, file, read.text).into_response())
}
