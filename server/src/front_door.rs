//! What every request passes first: who is asking, whether a change comes from our own pages, and the headers that every
//! answer carries.

use app::{
    auth::session,
    error::{AppError, Code},
    org::Actor,
    platform::Platform,
    request::find_cookie,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Finds out who is asking and puts it into the request: a bearer token, else a session, else nobody.
pub async fn identify(State(platform): State<Platform>, mut request: Request, next: Next) -> Response {
    let actor = match who(&platform, request.headers()).await {
        Ok(actor) => actor,
        Err(error) => return error.into_response(),
    };
    let private = actor != Actor::Anonymous || is_private(request.uri().path());
    request.extensions_mut().insert(actor);
    let mut response = next.run(request).await;
    if private {
        // What a logged-in person saw must not come back with the back button after they log out.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses a change that doesn't come from our own pages: a browser says where a request comes from (Fetch Metadata, or
/// Origin), and a program that sends no cookies can't be tricked into anything.
pub async fn same_origin_only(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    if changes(request.method()) && !is_ours(&platform, &request) {
        return AppError::new(Code::Forbidden, "That request didn’t come from our own pages, so nothing was done.")
            .into_response();
    }
    next.run(request).await
}

/// Adds the headers that every answer carries.
pub async fn protect(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let unlisted = is_private(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let set = |headers: &mut HeaderMap, name: &'static str, value: &'static str| {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    };
    set(headers, "x-content-type-options", "nosniff");
    set(headers, "x-frame-options", "DENY");
    // The path of a private link is a secret; our own pages need the path to go back to a form.
    set(headers, "referrer-policy", "same-origin");
    set(headers, "permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    set(headers, "cross-origin-opener-policy", "same-origin");
    set(headers, "cross-origin-resource-policy", "same-origin");
    // Pages bring their own policy, with a nonce; this is for everything else.
    set(
        headers,
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    if unlisted {
        set(headers, "x-robots-tag", "noindex, nofollow");
    }
    if platform.is_https() {
        set(headers, "strict-transport-security", "max-age=63072000; includeSubDomains");
    }
    response
}

/// `/manage/{token}.ics` is `/manage/{token}/calendar.ics`: the router's parameters are whole segments.
pub fn rewrite_calendar_file(mut request: Request) -> Request {
    let uri = request.uri();
    let rewritten = uri
        .path()
        .strip_suffix(".ics")
        .filter(|path| path.starts_with("/manage/") && path.matches('/').count() == 2)
        .and_then(|path| format!("{path}/calendar.ics").parse::<Uri>().ok());
    if let Some(uri) = rewritten {
        *request.uri_mut() = uri;
    }
    request
}

async fn who(platform: &Platform, headers: &HeaderMap) -> Result<Actor, AppError> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    if let Some(token) = bearer {
        return Ok(Actor::Token(token));
    }
    let user = match find_cookie(headers, session::cookie_name(platform)) {
        Some(cookie) => session::user_of(platform, cookie).await?,
        None => None,
    };
    Ok(user.map_or(Actor::Anonymous, Actor::User))
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn is_ours(platform: &Platform, request: &Request) -> bool {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key(header::AUTHORIZATION) {
        return true;
    }
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == platform.origin,
        (None, None) => find_cookie(headers, session::cookie_name(platform)).is_none(),
    }
}

fn is_private(path: &str) -> bool {
    ["/app", "/manage", "/login", "/admin", "/api", "/fn"]
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
