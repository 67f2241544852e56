//! What every request passes first: who is asking, whether a change comes from our own pages, and the headers that every
//! answer carries.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use app::{
    asked::Asked,
    auth::{
        session,
        standing::{Standing, Step},
    },
    error::{AppError, Code},
    meters::{self, Open},
    org::Actor,
    platform::Platform,
    request::{ClientAddress, find_cookie, is_local_path},
    ui::{assets::is_under, attention, forgery, with_query},
    web::OnPurpose,
};
use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody as _},
    extract::{ConnectInfo, Request, State},
    http::{
        Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header,
        uri::{Authority, PathAndQuery},
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use futures::{
    StreamExt as _,
    stream::{self, Fuse},
};
use ipnet::IpNet;
use tracing::{Instrument, field};

use crate::{
    calm,
    inside::Watch,
    log::{self, Line, Route},
    measures, traces, uploads,
};

/// Whose page it is that asks, where a page says so: of anybody else nothing is done or told.
const FOR: &str = "x-devalo-user";
/// The number of a request.
const NUMBER: HeaderName = HeaderName::from_static("x-request-id");
/// What proxies add. Where any of it is there, somebody else asks than whoever is connected.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];
/// Longer than any address of ours with all that its query may say.
const LONGEST_ADDRESS: usize = 4096;
/// So much of a body that nobody wanted is read, so that the next request can come on the same connection.
const MOST_DRAINED: usize = 64 * 1024;
const DRAINED_WITHIN: Duration = Duration::from_secs(1);

/// Finds out who is asking and puts it into the request: a bearer token, else a session, else nobody. Somebody half-way
/// in is nobody, but for the pages of the next step. Whoever opens a page for which one has to be logged in, and isn’t, is
/// led to where they can, and from there to the page.
pub async fn identify(State(platform): State<Platform>, mut request: Request, next: Next) -> Response {
    let (actor, standing) = match who(&platform, request.headers()).await {
        Ok(who) => who,
        Err(error) => return error.into_response(),
    };
    let private = actor != Actor::Anonymous || standing != Standing::Anonymous || is_private(request.uri().path());
    if let Actor::User(user) = &actor {
        tracing::Span::current().record("user", field::display(user));
        if let Some(asked) = request.extensions().get::<Asked>() {
            asked.is_of(*user);
        }
        // What one person did while they were away is never sent as another, who has logged in in that browser since.
        if request.headers().get(FOR).is_some_and(|meant| meant.as_bytes() != user.to_string().as_bytes()) {
            let words = "Somebody else is logged in here now, so nothing was done.";
            return AppError::new(Code::Unauthenticated, words).into_response();
        }
    }
    let first = if actor == Actor::Anonymous { to_log_in_first(&request, standing) } else { None };
    request.extensions_mut().insert(actor);
    request.extensions_mut().insert(standing);
    let place = request.extensions().get::<ClientAddress>().map(ClientAddress::place).unwrap_or_default();
    let token = standing.session().map(|session| platform.links.forgery_token(session.0));
    let token = token.filter(|token| find_cookie(request.headers(), forgery_cookie(&platform)) != Some(token));
    let mut response = match first {
        Some(there) => Redirect::to(&there).into_response(),
        None => app::request::from_place(place, next.run(request)).await,
    };
    if let Some(token) = token {
        // Not HttpOnly: our own pages read it, and no other site’s can.
        let secure = if platform.is_https() { "; Secure" } else { "" };
        let cookie = format!("{}={token}; Path=/; SameSite=Strict{secure}", forgery_cookie(&platform));
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    if private {
        // What a logged-in person saw must not come back with the back button after they log out.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// The step of logging in that comes before what is asked for, with the way back; `None` where none does, and for programs, which
/// are refused instead.
fn to_log_in_first(request: &Request, standing: Standing) -> Option<String> {
    let path = request.uri().path();
    // A file that is sent can’t be kept: it is chosen anew, on the page that its form is on.
    let upload = path.rsplit_once('/').map(|(page, _)| page).filter(|_| uploads::is_upload(path));
    let asks = matches!(*request.method(), Method::GET | Method::HEAD) || upload.is_some();
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !asks || !accepts.contains("text/html") || !needs_log_in(path) {
        return None;
    }
    let step = match standing {
        Standing::Anonymous => "/login",
        Standing::Half(half) => match half.step() {
            Step::Code => "/login/code",
            Step::Enrolment => "/login/set-up",
        },
        Standing::In(_) => return None,
    };
    // One that is fetched is nothing that could be shown: it is fetched again from the page that has it.
    let fetched = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let wanted = upload.or_else(|| request.uri().path_and_query().map(PathAndQuery::as_str));
    let wanted = wanted.filter(|wanted| !fetched && is_local_path(wanted));
    Some(with_query(step, &[("next", wanted.unwrap_or_default())]))
}

/// A page that is there only for who is logged in.
pub fn needs_log_in(path: &str) -> bool {
    is_under(path, &["/app", "/account", "/admin", "/start/pay", "/start/done"])
}

/// Refuses a change that doesn't come from our own pages: a browser says where a request comes from (Fetch Metadata, or
/// Origin), and a program that sends no cookies can't be tricked into anything. Beside that, what comes with a session comes
/// with its token; a form is looked into where it is read (`http::server_function`).
pub async fn same_origin_only(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    if changes(request.method()) && !is_ours(&platform, &request) {
        return AppError::new(Code::Forbidden, "That request didn’t come from our own pages, so nothing was done.")
            .into_response();
    }
    let form = request.uri().path().starts_with("/fn/") || uploads::is_upload(request.uri().path());
    if changes(request.method()) && !form && !has_token(&platform, request.extensions(), request.headers(), None) {
        return forged().into_response();
    }
    next.run(request).await
}

/// What comes with a session came with its token: in the header, or in the form.
pub fn has_token(platform: &Platform, who: &Extensions, headers: &HeaderMap, form: Option<&[u8]>) -> bool {
    let Some(session) = who.get::<Standing>().and_then(Standing::session) else { return true };
    let header = headers.get(forgery::HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let field = || {
        let mut fields = url::form_urlencoded::parse(form?);
        fields.find(|(name, _)| name == forgery::FIELD).map(|(_, value)| value.into_owned())
    };
    header.or_else(field).is_some_and(|token| platform.links.is_forgery_token(session.0, &token))
}

/// What is said where the token is missing: to a person whose page was open while they logged in anew.
pub fn forged() -> AppError {
    AppError::new(
        Code::Forbidden,
        "You logged in again since this page was opened, so nothing was done. Please send it again.",
    )
}

/// Adds the headers that every answer carries.
pub async fn protect(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let unlisted = is_private(request.uri().path()) || is_framed(request.uri().path());
    let shown = calm::is_shown(&request);
    let one_at_a_time = request.version() < Version::HTTP_2;
    let mut response = match well_formed(&request).and_then(|()| meant_for_us(&platform, &request)) {
        Ok(()) => next.run(request).await,
        Err(refusal) => *refusal,
    };
    // What the limit on bodies says by itself is for nobody to read.
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE && !is_ours_already(&response) {
        response = AppError::new(Code::TooLarge, "That is too large. Please shorten what you send.").into_response();
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && !response.headers().contains_key(header::CONTENT_TYPE) {
        let allowed = response.headers().get(header::ALLOW).cloned();
        let words = "There is something at this address, but it can’t be asked for that way.";
        response = AppError::new(Code::WrongMethod, words).into_response();
        if let Some(allowed) = allowed {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
    }
    if shown {
        response = calm::instead(response);
    }
    let headers = response.headers_mut();
    let set = |headers: &mut HeaderMap, name: &'static str, value: &'static str| {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    };
    set(headers, "x-content-type-options", "nosniff");
    // What some websites may show inside theirs says which in its policy; this older rule knows only all or none.
    let policy =
        headers.get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok()).unwrap_or_default();
    if !policy.contains("frame-ancestors 'self'") {
        set(headers, "x-frame-options", "DENY");
    }
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
    // Whoever asks next asks the server that comes after this one. HTTP/2 says so in a way of its own.
    if one_at_a_time && platform.is_stopping() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Refuses what is no address of ours before anything reads it, and sends an address with a stroke too many on to the one
/// without: the router takes the two for one, and the rules by address must not.
fn well_formed(request: &Request) -> Result<(), Box<Response>> {
    let refuse = |error: AppError| Err(Box::new(error.into_response()));
    let uri = request.uri();
    if *request.method() == Method::CONNECT || *request.method() == Method::TRACE {
        return Err(Box::new(StatusCode::METHOD_NOT_ALLOWED.into_response()));
    }
    let Some(address) = uri.path_and_query().map(PathAndQuery::as_str).filter(|address| address.starts_with('/'))
    else {
        return refuse(AppError::bad_request("That isn’t an address on this site."));
    };
    if address.len() > LONGEST_ADDRESS {
        return refuse(AppError::bad_request("That address is too long."));
    }
    let path = uri.path();
    if path.contains("//") || path.contains('\\') || path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return refuse(AppError::not_found("that page"));
    }
    if let Some(shorter) = path.strip_suffix('/').filter(|shorter| !shorter.is_empty()) {
        let to = uri.query().map_or_else(|| shorter.to_owned(), |query| format!("{shorter}?{query}"));
        return Err(Box::new(Redirect::permanent(&to).into_response()));
    }
    Ok(())
}

/// Refuses what names another host: behind it could be a page that was made to look like ours, or an address that a cache or a
/// mail of ours is to be tricked into. Health and figures are asked for by address.
fn meant_for_us(platform: &Platform, request: &Request) -> Result<(), Box<Response>> {
    if matches!(request.uri().path(), "/healthz" | "/readyz" | "/metrics") {
        return Ok(());
    }
    let named = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let named = named.chain(request.uri().authority().map(Authority::as_str));
    let ours = platform.origin.split_once("://").map(|(_, authority)| authority).unwrap_or_default();
    let local = is_this_machine(ours);
    for host in named {
        let same = host.eq_ignore_ascii_case(ours)
            || host.strip_suffix(":443").is_some_and(|host| host.eq_ignore_ascii_case(ours))
            || local && is_this_machine(host);
        if !same {
            let words = format!("This server answers at {}\n", platform.origin);
            return Err(Box::new((StatusCode::MISDIRECTED_REQUEST, words).into_response()));
        }
    }
    Ok(())
}

fn is_this_machine(authority: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        let port = authority.strip_prefix(name);
        port.is_some_and(|port| {
            port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
        })
    })
}

/// Counts how requests are answered, for whoever runs the platform. Pages that are shut on purpose are no failure of ours.
pub async fn count(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    platform.answers.count(counts_as(&response).as_u16(), platform.clock.now());
    response
}

/// What is shut on purpose counts as gone, whatever its status.
fn counts_as(response: &Response) -> StatusCode {
    let shut = response.extensions().get::<OnPurpose>().is_some();
    if shut { StatusCode::GONE } else { response.status() }
}

/// What is answered before all of it was read, such as what is refused at the door: the rest is read where it is small, and the connection goes on. Otherwise
/// it ends, and the answer says so: whoever keeps it open for their next request would lose that.
pub async fn read_or_close(request: Request, next: Next) -> Response {
    // From HTTP/2 on a request that isn't read ends alone.
    if request.body().is_end_stream() || request.version() > Version::HTTP_11 {
        return next.run(request).await;
    }
    // Whoever asks first whether to send a body is told to by reading it.
    let asks_first = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let body = Arc::new(Mutex::new(body.into_data_stream().fuse()));
    let lent = Arc::clone(&body);
    let lent = Body::from_stream(stream::poll_fn(move |context| poll(&lent, context)));
    let mut response = next.run(Request::from_parts(parts, lent)).await;
    let is_read = body.lock().is_ok_and(|body| body.is_done());
    if !is_read && (asks_first || !tokio::time::timeout(DRAINED_WITHIN, drain(&body)).await.unwrap_or(false)) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads what is left, and says whether that was all.
async fn drain(body: &Mutex<Fuse<BodyDataStream>>) -> bool {
    let mut rest = stream::poll_fn(|context| poll(body, context));
    let mut left = MOST_DRAINED;
    while let Some(piece) = rest.next().await {
        match piece.ok().and_then(|piece| left.checked_sub(piece.len())) {
            Some(less) => left = less,
            None => return false,
        }
    }
    true
}

fn poll(body: &Mutex<Fuse<BodyDataStream>>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, axum::Error>>> {
    body.lock().map_or(Poll::Ready(None), |mut body| body.poll_next_unpin(context))
}

/// Gives every request a name, which stands in its answer and at all that the log says of it, and has it measured. What the client
/// calls it isn't taken over; what a proxy does, that the operator trusts, is.
pub async fn name(State(watch): State<Arc<Watch>>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let _in_flight = Open::one(&meters::HTTP_IN_FLIGHT, &[]);
    let by_trusted = request.extensions().get::<Connected>().is_some_and(|connected| connected.by_trusted);
    let named = request.headers().get(NUMBER).filter(|_| by_trusted).and_then(|number| number.to_str().ok());
    let named = named.filter(|number| is_number(number)).map(str::to_owned);
    let address = request.extensions().get::<ClientAddress>();
    let mut line = Line {
        id: named.unwrap_or_else(|| format!("{:032x}", rand::random::<u128>())),
        route: Route::of(&request),
        method: log::method(request.method()),
        begun,
        asked: Asked::default(),
        from: address.and_then(|address| log::told_of(address.0, watch.addresses)),
        status: None,
        bytes: 0,
    };
    request.extensions_mut().insert(line.asked.clone());
    let span = tracing::info_span!(
        "request",
        id = line.id,
        method = line.method,
        route = line.route.as_str(),
        user = field::Empty,
        otel.name = field::Empty,
        otel.kind = field::Empty,
    );
    traces::asked(&span, request.headers(), by_trusted, line.method, line.route.as_str());
    let answer = async {
        let response = line.asked.clone().while_answering(next.run(request)).await;
        tell_refusal(response.status());
        response
    };
    let mut response = answer.instrument(span.clone()).await;
    traces::answered(&span, response.status().as_u16());
    measures::answered(line.route.as_str(), line.method, counts_as(&response), meters::begun().then_some(begun));
    line.status = Some(response.status().as_u16());
    if let Ok(id) = HeaderValue::from_str(&line.id) {
        response.headers_mut().insert(NUMBER, id);
    }
    log::with_line(response, line)
}

/// What a proxy may call a request.
fn is_number(number: &str) -> bool {
    (8..=64).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// What was refused stands in the log, for whoever looks for an attack: of floods one a second.
fn tell_refusal(status: StatusCode) {
    static FLOOD: Mutex<Option<Instant>> = Mutex::new(None);
    if status == StatusCode::TOO_MANY_REQUESTS {
        let Ok(mut last) = FLOOD.lock() else { return };
        if last.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
            return;
        }
        *last = Some(Instant::now());
    }
    let refusals = [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::MISDIRECTED_REQUEST,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    if refusals.contains(&status) {
        tracing::info!(target: "devalo::security", status = status.as_u16(), "refused");
    }
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

/// Who is connected, whatever the request itself says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connected {
    /// A proxy that the operator trusts.
    pub by_trusted: bool,
    /// This machine, and neither a proxy on it for somebody else, nor a page in a browser on it whose name was made to lead here.
    pub from_here: bool,
}

/// Finds out where the request comes from: from whoever is connected, or, if that is a proxy that the operator trusts, the
/// last address that no such proxy has.
pub async fn locate(State(trusted): State<Arc<[IpNet]>>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let peer = peer.ip().to_canonical();
        let address = client_address(peer, request.headers(), &trusted);
        let passed_on = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
        let connected = Connected {
            by_trusted: trusted.iter().any(|net| net.contains(&peer)),
            from_here: peer.is_loopback() && !passed_on && asks_by_address(&request),
        };
        request.extensions_mut().insert(ClientAddress(address));
        request.extensions_mut().insert(connected);
    }
    next.run(request).await
}

/// Whoever asks by a name may have been led here by who owns the name (DNS rebinding); an address leads nowhere else.
fn asks_by_address(request: &Request) -> bool {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = request.uri().authority().map(Authority::as_str).or(header);
    let Some(Ok(asked)) = asked.map(str::parse::<Authority>) else { return false };
    let host = asked.host();
    host == "localhost" || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
}

fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        // What isn't an address was made up by somebody before the last proxy.
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !is_trusted(&client) {
            break;
        }
    }
    client
}

fn forgery_cookie(platform: &Platform) -> &'static str {
    forgery::COOKIES[usize::from(!platform.is_https())]
}

async fn who(platform: &Platform, headers: &HeaderMap) -> Result<(Actor, Standing), AppError> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    if let Some(token) = bearer {
        return Ok((Actor::Token(token), Standing::Anonymous));
    }
    // What a page that was left open does by itself: it says so, and its event stream is one by its nature.
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|header| header.as_bytes() == value.as_bytes());
    let unattended = says("accept", "text/event-stream") || headers.contains_key(attention::HEADER);
    let standing = match find_cookie(headers, session::cookie_name(platform)) {
        Some(cookie) if unattended => session::standing_unused(platform, cookie).await?,
        Some(cookie) => session::standing(platform, cookie).await?,
        None => Standing::Anonymous,
    };
    Ok((standing.actor(), standing))
}

fn is_ours_already(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"))
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn is_ours(platform: &Platform, request: &Request) -> bool {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Not any Authorization header: a browser sends some by itself, and then the cookie still counts.
    if matches!(request.extensions().get::<Actor>(), Some(Actor::Token(_))) {
        return true;
    }
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == platform.origin,
        (None, None) => find_cookie(headers, session::cookie_name(platform)).is_none(),
    }
}

fn is_private(path: &str) -> bool {
    needs_log_in(path)
        || is_under(path, &["/manage", "/waitlist", "/shared", "/login", "/api", "/fn"])
        || is_framed(path) && path.contains("/embed/booked/")
}

/// A page that is made to be shown inside another website: it is another’s again, and no search engine need know it.
fn is_framed(path: &str) -> bool {
    let mut parts = path.split('/').skip(1);
    parts.next() == Some("b") && parts.nth(1) == Some("embed")
}
