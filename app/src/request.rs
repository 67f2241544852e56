//! What a server function knows of the request that called it.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::Response,
};
use axum_extra::extract::cookie::Cookie;
use leptos::{
    nonce::use_nonce,
    prelude::{expect_context, provide_context, use_context},
};
use leptos_axum::ResponseOptions;

use crate::{
    auth::{
        log_in::{self, Browser},
        session,
        standing::Standing,
    },
    billing::payments::Payments,
    error::{AppError, Code, Result},
    ids::UserId,
    org::Actor,
    page_cache::Shows,
    platform::Platform,
    ui::ShownOnce,
    web::OnPurpose,
};

pub use crate::ui::is_local_path;

/// The platform.
pub fn platform() -> Platform {
    expect_context::<Platform>()
}

/// Who is asking.
pub fn actor() -> Actor {
    use_context::<Actor>().unwrap_or(Actor::Anonymous)
}

/// How far whoever is asking has come in logging in.
pub fn standing() -> Standing {
    use_context::<Parts>().and_then(|parts| parts.extensions.get().copied()).unwrap_or_default()
}

/// The token against forged requests, for a form of the page; empty for who has no session.
pub fn forgery_token() -> String {
    let platform = use_context::<Platform>();
    let session = standing().session();
    platform.zip(session).map(|(platform, session)| platform.links.forgery_token(session.0)).unwrap_or_default()
}

/// The organisation that whoever asks looks at as support: its word in addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedAt(pub String);

/// The word of the organisation that whoever asks looks at as support; `None` for everybody else.
pub fn looked_at() -> Option<String> {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<LookedAt>().map(|LookedAt(org)| org.clone()))
}

/// Where a request comes from on the network, where that is known. Behind a trusted proxy it is what the proxy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What is counted as one place: an address of version 4; of version 6 the network that one household gets (/64).
    pub fn place(&self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

tokio::task_local! {
    /// Where the request comes from that this task answers.
    static PLACE: String;
}

/// Answers a request, knowing where it comes from.
pub async fn from_place<T>(place: String, answer: impl Future<Output = T>) -> T {
    PLACE.scope(place, answer).await
}

/// Where the request comes from that is being answered; empty for a job, and where it isn't known.
pub fn place() -> String {
    PLACE.try_with(Clone::clone).unwrap_or_else(|_| {
        let parts = use_context::<Parts>();
        parts.and_then(|parts| parts.extensions.get::<ClientAddress>().map(ClientAddress::place)).unwrap_or_default()
    })
}

/// What is known of the browser that sends a request.
pub fn browser() -> Browser {
    let Some(parts) = use_context::<Parts>() else { return Browser::default() };
    let platform = platform();
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let cookie = |name| find_cookie(&parts.headers, name).map(str::to_owned);
    Browser {
        address: parts.extensions.get::<ClientAddress>().map(ClientAddress::place).unwrap_or_default(),
        device: session::device(agent),
        session: cookie(session::cookie_name(&platform)),
        known: cookie(log_in::known_cookie_name(&platform)),
    }
}

/// The value of one of the request's cookies.
///
/// # Errors
/// Only where there is no request.
pub async fn cookie(name: &str) -> Result<Option<String>> {
    let headers = leptos_axum::extract::<HeaderMap>().await.map_err(|_| AppError::internal())?;
    Ok(find_cookie(&headers, name).map(str::to_owned))
}

/// The session cookie's value.
///
/// # Errors
/// Only where there is no request.
pub async fn session_cookie() -> Result<Option<String>> {
    cookie(session::cookie_name(&platform())).await
}

/// Says to our pages in this browser that somebody logged out by hand.
///
/// # Errors
/// The request can't be read.
pub async fn has_left(user: UserId) -> Result<()> {
    let platform = platform();
    let before = cookie(session::left_cookie_name(&platform)).await?.unwrap_or_default();
    set_cookie(&session::left_cookie(&platform, user, &before));
    Ok(())
}

/// Finds a cookie in a request's headers.
pub fn find_cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Sets a cookie on the answer.
pub fn set_cookie(cookie: &Cookie<'_>) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie.to_string()))
    {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// Sets the answer's status from an error: a page that can't be found is a 404, not a 200 that says so.
pub fn set_status(error: &AppError) {
    if let (Some(response), Ok(status)) =
        (use_context::<ResponseOptions>(), axum::http::StatusCode::from_u16(error.code.status()))
    {
        response.set_status(status);
        if let Some(seconds) = error.retry_after {
            response.insert_header(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
    if let Some(shut) = use_context::<Shut>().filter(|_| error.code == Code::Closed) {
        shut.0.store(true, Ordering::Relaxed);
    }
}

/// What a page or a server function is about is shut on purpose: provided before it runs, and put on its answer afterwards.
#[derive(Debug, Clone, Default)]
pub struct Shut(Arc<AtomicBool>);

impl Shut {
    /// The answer, which says so where it is so.
    pub fn tell(&self, mut response: Response) -> Response {
        if self.0.load(Ordering::Relaxed) {
            response.extensions_mut().insert(OnPurpose);
        }
        response
    }
}

/// Lets a page run our own scripts and nothing else (CSP level 3): this page's nonce, and WebAssembly.
pub fn set_content_security_policy() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    let path = use_context::<Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default();
    let pays = path.starts_with("/start/pay/") || path.ends_with("/settings/billing");
    let platform = use_context::<Platform>().filter(|_| pays);
    let pages = platform.as_ref().and_then(|platform| platform.payments()).map(Payments::pages).unwrap_or_default();
    if let Ok(value) = HeaderValue::try_from(policy_with(&format!("'nonce-{nonce}'"), pages, "'none'")) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// Lets these websites, and our own pages, show this one inside theirs. It isn’t one to be kept: those that are kept can’t be shown so.
pub fn set_may_be_framed(origins: &[String]) {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    let by = std::iter::once("'self'").chain(origins.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    if let Ok(value) = HeaderValue::try_from(policy_with(&format!("'nonce-{nonce}'"), &[], &by)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// A form of this page leads to where one pays: its policy lets it.
pub fn leads_to_payments() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    let platform = use_context::<Platform>();
    let pages = platform.as_ref().and_then(|platform| platform.payments()).map(Payments::pages).unwrap_or_default();
    if let Ok(value) = HeaderValue::try_from(policy_with(&format!("'nonce-{nonce}'"), pages, "'none'")) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// The policy of a page whose own inline scripts are these.
pub fn content_security_policy(scripts: &str) -> String {
    policy_with(scripts, &[], "'none'")
}

/// The same for a page whose forms lead to others' pages, where one pays; and which others may show inside theirs.
fn policy_with(scripts: &str, pages: &[String], framed_by: &str) -> String {
    let forms = [&["'self'".to_owned()], pages].concat().join(" ");
    format!(
        "default-src 'self'; script-src 'self' {scripts} 'wasm-unsafe-eval'; style-src 'self'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action {forms}; \
         frame-ancestors {framed_by}"
    )
}

/// The field of a form that says which page it is on, where no cookie can remember it.
pub const PAGE_FIELD: &str = "page";

/// Where a server function leaves its error, for the page that its form comes back on.
#[derive(Debug, Clone, Default)]
pub struct Failure(Arc<Mutex<Option<AppError>>>);

impl Failure {
    /// Takes the error out, if there was one.
    pub fn take(&self) -> Option<AppError> {
        self.0.lock().ok()?.take()
    }

    fn put(&self, error: &AppError) {
        if let Ok(mut slot) = self.0.lock() {
            *slot = Some(error.clone());
        }
    }
}

/// Where a page says what it shows, so that it can be kept.
#[derive(Debug, Clone, Default)]
pub struct Shown(Arc<Mutex<Option<Shows>>>);

impl Shown {
    /// Takes it out, if the page said so.
    pub fn take(&self) -> Option<Shows> {
        self.0.lock().ok()?.take()
    }
}

/// Says that this page is the same for everybody who asks for its address, as long as this holds.
pub fn shows(what: Shows) {
    if let Some(Shown(slot)) = use_context::<Shown>()
        && let Ok(mut slot) = slot.lock()
    {
        *slot = Some(what);
    }
}

/// Where a server function leaves an answer that the page of its form shows this once.
#[derive(Clone, Default)]
pub struct Once(Arc<Mutex<Option<Show>>>);

/// Provides the answer to the page that is rendered next.
pub type Show = Arc<dyn Fn() + Send + Sync>;

impl Once {
    /// Takes it out, if there was one.
    pub fn take(&self) -> Option<Show> {
        self.0.lock().ok()?.take()
    }
}

/// Shows an answer on the page of the form, this once, where the form was sent without JavaScript: what can't be kept
/// anywhere, such as a new secret. With JavaScript the answer is the action's value.
pub fn show_once<T: Clone + Send + Sync + 'static>(answer: &T) {
    if let Some(once) = use_context::<Once>()
        && let Ok(mut slot) = once.0.lock()
    {
        let answer = answer.clone();
        *slot = Some(Arc::new(move || provide_context(ShownOnce(answer.clone()))));
    }
}

/// Passes on the outcome of a part of a page, which has a status of its own.
///
/// # Errors
/// The part's own.
pub fn part<T>(outcome: Result<T>) -> Result<T> {
    // Asked for by itself it is all there is.
    if use_context::<Failure>().is_some() { page(outcome) } else { outcome }
}

/// Whoever opens a page of an organisation that is closed is led to the one that says so, and what can be done.
fn lead_to_closed() {
    let Some(parts) = use_context::<Parts>().filter(|parts| parts.method == Method::GET) else { return };
    let inside = parts.uri.path().strip_prefix("/app/").and_then(|rest| rest.split('/').next());
    if let Some(org) = inside {
        leptos_axum::redirect(&format!("/app/{org}/closed"));
    }
}

/// Passes a page's outcome on, with its status set.
///
/// # Errors
/// The page's own.
pub fn page<T>(outcome: Result<T>) -> Result<T> {
    if let Err(error) = &outcome {
        set_status(error);
        if error.code == Code::Closing {
            lead_to_closed();
        }
        if let Some(failure) = use_context::<Failure>() {
            failure.put(error);
        }
    }
    outcome
}
