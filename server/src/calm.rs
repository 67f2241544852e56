//! What a browser is shown where there is no page: the database is away, too much was asked, something broke. It is made of nothing
//! that could be away itself.

use app::{ui::assets, web::OnPurpose};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::Response,
};

/// Nothing runs; the page has the site’s looks.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether a person waits for a page.
pub fn is_shown(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    matches!(*request.method(), Method::GET | Method::HEAD)
        && accepts.contains("text/html")
        && !assets::is_under(request.uri().path(), &["/api", "/fn"])
}

/// A calm page in the place of an answer that is for programs. What is a page already, or shut on purpose, stays.
pub fn instead(response: Response) -> Response {
    let Some((title, words, again)) = words(response.status()) else { return response };
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let bare = kind.is_none_or(|kind| kind.starts_with(b"application/problem+json"));
    if !bare || response.extensions().get::<OnPurpose>().is_some() {
        return response;
    }
    let style = assets::path("pkg/devalo.css");
    let refresh = if again { "<meta http-equiv=\"refresh\" content=\"5\">" } else { "" };
    let page = format!(
        "<!DOCTYPE html><html lang=\"en-AU\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">{refresh}<title>{title}</title><link rel=\"stylesheet\" href=\"{style}\">\
         </head><body><main><section class=\"error-view\"><h1>{title}</h1><p>{words}</p></section></main></body></html>"
    );
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    parts.headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if again {
        parts.headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("5"));
    }
    Response::from_parts(parts, Body::from(page))
}

/// What is said, and whether the page tries again by itself.
fn words(status: StatusCode) -> Option<(&'static str, &'static str, bool)> {
    match status {
        StatusCode::SERVICE_UNAVAILABLE => Some((
            "We’ll be right back",
            "This page can’t be shown for a moment. Nothing that was saved is lost. It tries again by itself in a few seconds.",
            true,
        )),
        StatusCode::TOO_MANY_REQUESTS => {
            Some(("That was a lot at once", "Please wait a moment, then load this page again.", false))
        }
        StatusCode::INTERNAL_SERVER_ERROR => Some((
            "That didn’t work",
            "Something went wrong on our side. Please load this page again in a moment.",
            false,
        )),
        _ => None,
    }
}
