//! `/app/{org}/scoreboard/import/{id}/report.csv`: what would become of each row of a file of results.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::imports;
use crate::{
    error::{AppError, Code, Result},
    platform::Platform,
    web::{Caller, Path},
};

/// Its route.
pub fn router() -> Router<Platform> {
    Router::new().route("/app/{org}/scoreboard/import/{id}/report.csv", get(report))
}

/// People are named in it, so another site’s page can’t have a browser ask for it.
async fn report(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    if headers.get("sec-fetch-site").is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site")) {
        return Err(AppError::new(Code::Forbidden, "That request came from another site’s page, so nothing was sent."));
    }
    let file = imports::report_file(&platform, &actor, &org, &id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"report.csv\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, file).into_response())
}
