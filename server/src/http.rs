//! The HTTP stack: pages, server functions, the JSON API, modules' own routes, files, health.

use std::{path::Path, sync::Arc, time::Duration};

use app::{
    App,
    admin::operator::Operator,
    asked::Asked,
    auth::standing::Standing,
    billing::events,
    clock::Instant,
    error::{AppError, Code},
    mail::{self, post::Postman, webhook},
    meters::{self, OftenCounted},
    modules::MODULES,
    org::Actor,
    packed::Packing,
    page_cache::{KeptPage, PageKey, Shows},
    pages::LOGGED_OUT,
    people::audit_log,
    platform::Platform,
    request::{Failure, Once, PAGE_FIELD, Show, Shown, Shut, find_cookie, is_local_path},
    settings::{export, look},
    shell,
    support::views,
    ui::{FailedForm, assets, forgery, with_query},
    web::{OnPurpose, is_known},
};
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, FromRef, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{any, get, post},
};
use leptos::{
    prelude::{LeptosOptions, provide_context},
    server_fn::{ContentType, Decodes, Encodes, axum::server_fn_paths},
};
use leptos_axum::{LeptosRoutes, generate_route_list};
use tokio::sync::Mutex;
use tower::ServiceExt;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType},
    limit::RequestBodyLimitLayer,
    services::ServeDir,
    timeout::TimeoutLayer,
};

use crate::{
    docs, front_door,
    inside::{self, Watch},
    limits::{self, Limits},
    uploads::{self, LARGEST_UPLOAD},
};

/// The largest body that anything here takes but files: forms and JSON.
const LARGEST_BODY: usize = 256 * 1024;
/// Remembers, for a form that fails without JavaScript, the page that it is on.
const BACK: &str = "devalo_back";
/// The server functions of whoever runs the platform.
const OPERATORS: &str = "/fn/admin/";
/// Where whoever runs the platform says who they are.
const NAME: &str = "/admin/name";
/// A part of a path that is longer is the token of a private link: an id has 36 characters.
const LONGEST_PLAIN_PART: usize = 36;
const TIMEOUT: Duration = Duration::from_secs(30);
/// Public pages that were kept, and that weren't.
static FROM_CACHE: OftenCounted = OftenCounted::new(meters::PAGE_CACHE, &["hit"]);
static MADE_ANEW: OftenCounted = OftenCounted::new(meters::PAGE_CACHE, &["miss"]);
/// The site map is made anew when it is older than five minutes: it reads every organisation's services.
const SITE_MAP_SECONDS: i64 = 5 * 60;

#[derive(Clone, FromRef)]
struct Server {
    platform: Platform,
    options: LeptosOptions,
    site_map: SiteMap,
}

/// The site map as it was made last, and when.
type SiteMap = Arc<Mutex<Option<(Instant, String)>>>;

/// Everything that the server answers.
pub fn router(platform: Platform, options: LeptosOptions, watch: Arc<Watch>) -> Router {
    let site_root = options.site_root.to_string();
    assets::set_site(site_files(Path::new(&site_root)));
    let server = Server { platform: platform.clone(), options, site_map: SiteMap::default() };
    let limits = Arc::new(Limits::new(&platform));
    tokio::spawn(Arc::clone(&limits).keep());

    let files =
        ServeDir::new(&site_root).precompressed_br().precompressed_gzip().append_index_html_on_directories(false);
    let (api, description) = app::api::router();
    let needs = (platform.clone(), Arc::new(app::api::needs(&description)));
    let api = api.route_layer(middleware::from_fn_with_state(needs, app::api::before_the_body));
    let modules = MODULES.iter().fold(Router::new(), |router, module| router.merge(module.http()));
    let uploads = Router::new()
        .route("/app/{org}/settings/look/logo", post(uploads::logo))
        .with_state(platform.clone())
        .layer(RequestBodyLimitLayer::new(LARGEST_UPLOAD));
    let uploads = uploads::of_modules().fold(uploads, |router, upload| {
        // What stands around the file is small.
        let largest = upload.largest + 16 * 1024;
        let take = move |platform, actor, standing, org, form| {
            uploads::to_module(upload, platform, actor, standing, org, form)
        };
        let route = Router::new()
            .route(&format!("/app/{{org}}/{}", upload.path), post(take))
            .with_state(platform.clone())
            .layer(DefaultBodyLimit::max(largest))
            .layer(RequestBodyLimitLayer::new(largest));
        router.merge(route)
    });
    let uploads =
        MODULES.iter().fold(uploads, |router, module| router.merge(module.api_files().with_state(platform.clone())));
    let pages = Router::new()
        .route("/sitemap.xml", get(sitemap))
        .route("/fn/{*name}", any(server_function))
        .leptos_routes_with_handler(generate_route_list(App), get(page))
        .fallback(move |state: State<Server>, request: Request| file_or_page(files, state, request))
        .with_state(server);

    // What other servers tell. It is signed, comes from no page, and many may come at once from one place.
    let told = Router::new()
        .route("/webhooks/resend", post(webhook::resend).layer(DefaultBodyLimit::max(webhook::LARGEST)))
        .route("/webhooks/stripe", post(stripe))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY));
    let told = MODULES.iter().fold(told, |router, module| router.merge(module.told())).with_state(platform.clone());
    // Where letters go to a folder, they can be looked at. In production they never do.
    let mailbox = match platform.mail.postman() {
        Some(Postman::Folder(folder)) => mail::dev::router(folder.clone()),
        _ => Router::new(),
    };

    Router::new()
        .route("/robots.txt", get(robots))
        .route("/app/{org}/settings/audit.csv", get(audit_log::csv))
        .route("/app/{org}/settings/data/{id}/export.zip", get(export::download))
        .route("/b/{org}/logo.png", get(look::logo))
        .merge(api)
        .merge(modules)
        .with_state(platform.clone())
        .merge(mailbox)
        .merge(pages)
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .merge(uploads)
        .layer(middleware::from_fn_with_state(platform.clone(), front_door::same_origin_only))
        .layer(middleware::from_fn_with_state(Arc::clone(&limits), limits::changes))
        .layer(middleware::from_fn_with_state(platform.clone(), front_door::identify))
        .merge(told)
        .merge(docs::router(&platform))
        .merge(inside::router(platform.clone(), Arc::clone(&watch)))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::new("application/zip"))),
        )
        .layer(middleware::from_fn_with_state(limits, limits::everything))
        .layer(middleware::from_fn_with_state(platform.clone(), front_door::protect))
        .layer(CatchPanicLayer::custom(|_| AppError::internal().into_response()))
        .layer(middleware::from_fn_with_state(platform, front_door::count))
        .layer(middleware::from_fn_with_state(watch, front_door::name))
        .layer(middleware::from_fn(front_door::read_or_close))
}

/// Stripe tells something. Whoever it is, what counts is the signature.
async fn stripe(State(platform): State<Platform>, headers: HeaderMap, body: Bytes) -> Result<&'static str, AppError> {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    events::receive(&platform, signature, &body).await?;
    Ok("taken")
}

/// The same, with addresses rewritten before routing. Nobody but this machine sees inside.
pub fn service(platform: Platform, options: LeptosOptions) -> Router {
    service_watched(platform, options, Watch::default())
}

/// The same, where these may see inside.
pub fn service_watched(platform: Platform, options: LeptosOptions, watch: Watch) -> Router {
    let inner = router(platform, options, Arc::new(watch));
    Router::new().fallback_service(tower::service_fn(move |request: Request| {
        inner.clone().oneshot(front_door::rewrite_calendar_file(request))
    }))
}

/// A page of the app.
async fn page(State(server): State<Server>, Extension(actor): Extension<Actor>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let standing = parts.extensions.get::<Standing>().copied().unwrap_or_default();
    if let Some(there) = who_they_are_first(&server.platform, standing, parts.uri.path()).await {
        return Redirect::to(&there).into_response();
    }
    let pages = &server.platform.pages;
    let Some(key) = PageKey::of(&parts, &actor) else {
        return render(&server, actor, Before::Nothing, Request::from_parts(parts, body)).await;
    };
    if let Some(kept) = pages.get(&key, server.platform.clock.now()) {
        FROM_CACHE.count();
        return kept.answer(&parts.headers);
    }
    MADE_ANEW.count();
    let (headers, shown, begun) = (parts.headers.clone(), Shown::default(), pages.begin());
    let response = render(&server, actor, Before::Asked(shown.clone()), Request::from_parts(parts, body)).await;
    match shown.take() {
        Some(what) if response.status() == StatusCode::OK => match keep(response, what).await {
            Ok(kept) => {
                let answer = kept.answer(&headers);
                pages.keep(begun, key, kept);
                answer
            }
            Err(response) => response,
        },
        _ => response,
    }
}

/// Where somebody who runs the platform says who they are, if they haven't yet, with the way back to the page of it that they ask for.
async fn who_they_are_first(platform: &Platform, standing: Standing, path: &str) -> Option<String> {
    if path == NAME || !assets::is_under(path, &["/admin"]) {
        return None;
    }
    let (_, must_name) = Operator::at_the_door(platform, standing).await.ok()?;
    must_name.then(|| with_query(NAME, &[("next", path)]))
}

/// Reads a page to its end, to keep it; gives it back where it can't be kept.
async fn keep(response: Response, shows: Shows) -> Result<Arc<KeptPage>, Response> {
    let (parts, body) = response.into_parts();
    let policy = parts.headers.get(header::CONTENT_SECURITY_POLICY).and_then(|value| value.to_str().ok());
    let nonce =
        policy.and_then(|policy| policy.split_once("'nonce-")?.1.split_once('\'')).map(|(nonce, _)| nonce.to_owned());
    let Ok(html) = axum::body::to_bytes(body, usize::MAX).await else {
        return Err(AppError::internal().into_response());
    };
    let kept = nonce
        .filter(|_| !parts.headers.contains_key(header::SET_COOKIE))
        .and_then(|nonce| KeptPage::new(std::str::from_utf8(&html).ok()?, &nonce, shows));
    kept.map(Arc::new).ok_or_else(|| Response::from_parts(parts, Body::from(html)))
}

/// What happened before a page is rendered.
#[derive(Clone)]
enum Before {
    Nothing,
    /// It is asked for by somebody who sees what everybody sees: here it says what it shows.
    Asked(Shown),
    /// A form of it was sent without JavaScript and refused.
    Refused(FailedForm),
    /// A form of it was sent without JavaScript, and the answer is shown this once.
    Answered(Show),
}

async fn render(server: &Server, actor: Actor, before: Before, mut request: Request) -> Response {
    let (platform, shut) = (server.platform.clone(), Shut::default());
    let standing = request.extensions().get::<Standing>().copied().unwrap_or_default();
    // Boxed, for hardly anybody runs the platform.
    let looked_at = Box::pin(views::looked_at(&platform, standing, request.uri().path())).await;
    if let Some(looked_at) = looked_at {
        request.extensions_mut().insert(looked_at);
    }
    let within = shut.clone();
    // What is read in tasks of its own is noted there, too.
    let asked = request.extensions().get::<Asked>().cloned().unwrap_or_default();
    let context = move || {
        provide_context(asked.clone());
        provide_context(platform.clone());
        provide_context(actor.clone());
        provide_context(within.clone());
        match &before {
            Before::Nothing => {}
            Before::Asked(shown) => provide_context(shown.clone()),
            Before::Refused(failed) => provide_context(failed.clone()),
            Before::Answered(show) => show(),
        }
    };
    shut.tell(leptos_axum::render_app_async_with_context(context, shell)(request).await.into_response())
}

/// A server function. For a plain form post (no JavaScript) that fails, the page that the form is on comes back with the
/// right status, the messages at their fields, and what was typed. It comes back too where the answer is shown once. Where the
/// session has ended since, a page that keeps what was typed comes in its place.
async fn server_function(
    State(server): State<Server>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(error) = is_function(&parts.method, parts.uri.path()) {
        return error.into_response();
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return AppError::new(Code::TooLarge, "That form is too large. Please shorten what you typed.").into_response();
    };
    let text = |name: header::HeaderName| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let plain_form = parts.method == Method::POST && text(header::ACCEPT).contains("text/html");
    let (referer, cookies, path) =
        (text(header::REFERER), parts.headers.get(header::COOKIE).cloned(), parts.uri.path().to_owned());

    let standing = parts.extensions.get::<Standing>().copied().unwrap_or_default();
    let genuine = parts.method == Method::GET
        || front_door::has_token(&server.platform, &parts.extensions, &parts.headers, Some(&body));
    let refused = if !genuine {
        Some(front_door::forged())
    } else if path.starts_with(OPERATORS) {
        // Whoever doesn't run the platform learns nothing of what these take.
        Operator::at_the_door(&server.platform, standing).await.err()
    } else {
        None
    };
    if let Some(error) = refused.as_ref().filter(|_| !plain_form) {
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::FORBIDDEN);
        let packed = <Packing as Encodes<AppError>>::encode(error).unwrap_or_default();
        return (status, [(header::CONTENT_TYPE, Packing::CONTENT_TYPE)], packed).into_response();
    }
    let page_before = find_cookie(&parts.headers, BACK).map(str::to_owned);
    let (failure, once, shut) = (Failure::default(), Once::default(), Shut::default());
    let context = {
        let (platform, actor, shut) = (server.platform.clone(), actor.clone(), shut.clone());
        let asked = parts.extensions.get::<Asked>().cloned().unwrap_or_default();
        let (failure, once) = (failure.clone(), once.clone());
        move || {
            provide_context(asked.clone());
            provide_context(platform.clone());
            provide_context(actor.clone());
            provide_context(failure.clone());
            provide_context(once.clone());
            provide_context(shut.clone());
        }
    };
    let response = match &refused {
        None => {
            let request = Request::from_parts(parts, Body::from(body.clone()));
            leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
        }
        Some(error) => error.clone().into_response(),
    };
    let response = leads_home(response, &server.platform);
    if !plain_form {
        return match failure.take().filter(|_| response.status().is_redirection()) {
            // A browser that came by itself: it isn't sent back to where it came from.
            Some(error) => error.into_response(),
            None => shut.tell(with_its_status(response).await),
        };
    }
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let failed = failure.take().or(refused).or_else(|| {
        (location.contains("__err=") || response.status().is_server_error() || response.status().is_client_error())
            .then(|| AppError::bad_request("We couldn’t read that form. Please check it and send it again."))
    });
    let retry_after = failed.as_ref().and_then(|error| error.retry_after);
    let on_purpose = failed.as_ref().is_some_and(|error| error.code == Code::Closed);
    let (status, before) = match (failed, once.take()) {
        (Some(error), _) => {
            let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Before::Refused(failed_form(path, &body, error)))
        }
        (None, Some(show)) => (StatusCode::OK, Before::Answered(show)),
        (None, None) => return response,
    };
    // A form that fails twice is sent from the function's own address: the cookie knows the page that it was on.
    let kept = || page_before.filter(|path| is_local_path(path));
    let referred = local_part(&referer, &server.platform.origin).filter(|path| is_local_path(path));
    let Some(back) = referred.or_else(|| page_of(&body)).or_else(kept) else {
        return match before {
            Before::Refused(failed) => failed.error.into_response(),
            Before::Nothing | Before::Asked(_) | Before::Answered(_) => response,
        };
    };
    // Whoever was logged out meanwhile can’t be shown the page again, but what they typed is kept.
    let shown = match &before {
        Before::Refused(failed)
            if failed.error.code == Code::Unauthenticated
                && actor == Actor::Anonymous
                && front_door::needs_log_in(path_of(&back)) =>
        {
            with_query(LOGGED_OUT, &[("next", &back)])
        }
        _ => back.clone(),
    };
    let mut again = Request::builder().method(Method::GET).uri(&shown);
    if let (Some(headers), Some(cookies)) = (again.headers_mut(), cookies) {
        headers.insert(header::COOKIE, cookies);
    }
    let Ok(mut again) = again.body(Body::empty()) else {
        return AppError::bad_request("We couldn’t read that form. Please check it and send it again.").into_response();
    };
    again.extensions_mut().insert(standing);
    let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    let mut response = render(&server, actor, before, again).await;
    *response.status_mut() = status;
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if on_purpose {
        response.extensions_mut().insert(OnPurpose);
    }
    let secure = if server.platform.is_https() { "; Secure" } else { "" };
    // The page of a private link is remembered for as long as it takes to mend a form. What would be more than a cookie's value
    // (RFC 6265 §4.1.1) isn't remembered at all.
    let secret = path_of(&back).split('/').any(|part| part.len() > LONGEST_PLAIN_PART);
    let seconds = if secret { 10 * 60 } else { 60 * 60 };
    let plain = !back.contains([';', ',', '"']);
    if plain
        && let Ok(cookie) = HeaderValue::from_str(&format!(
            "{BACK}={back}; Path=/fn; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        ))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The page that a form says it is on: one that is shown inside another website has no cookie.
fn page_of(form: &Bytes) -> Option<String> {
    let named = url::form_urlencoded::parse(form).find(|(name, _)| name == PAGE_FIELD);
    named.map(|(_, page)| page.into_owned()).filter(|page| is_local_path(page) && page.starts_with("/b/"))
}

/// An address without its query.
fn path_of(address: &str) -> &str {
    address.split('?').next().unwrap_or_default()
}

/// There is such a server function, and it is asked for that way. The library's own words for what isn't are for developers.
fn is_function(method: &Method, path: &str) -> Result<(), AppError> {
    let mut there = false;
    for (known, by) in server_fn_paths() {
        if known == path {
            if by == *method {
                return Ok(());
            }
            there = true;
        }
    }
    Err(if there {
        AppError::new(Code::WrongMethod, "There is something at this address, but it can’t be asked for that way.")
    } else {
        AppError::not_found("that page")
    })
}

/// The library leads a browser back to where it says it came from. We lead to our own pages, and to those where one pays, only.
fn leads_home(mut response: Response, platform: &Platform) -> Response {
    let Some(to) = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()) else { return response };
    let pays = |page: &String| to.strip_prefix(page.as_str()).is_some_and(|rest| rest.starts_with('/'));
    if !is_local_path(to) && !platform.payments().is_some_and(|payments| payments.pages().iter().any(pays)) {
        let home =
            local_part(to, &platform.origin).filter(|path| is_local_path(path)).unwrap_or_else(|| "/".to_owned());
        let home = HeaderValue::from_str(&home).unwrap_or(HeaderValue::from_static("/"));
        response.headers_mut().insert(header::LOCATION, home);
    }
    response
}

/// Arguments that can't be read are refused before the function could say with which status.
async fn with_its_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else { return AppError::internal().into_response() };
    if let Ok(error) = <Packing as Decodes<AppError>>::decode(body.clone()) {
        parts.status = StatusCode::from_u16(error.code.status()).unwrap_or(parts.status);
    }
    Response::from_parts(parts, Body::from(body))
}

/// What fields with secrets have in their names; `answer` is a passkey’s.
const SECRET: [&str; 4] = ["password", "code", "secret", "token"];

/// What was typed goes back into the form, except secrets; what is wrong is listed in the order of the fields.
fn failed_form(path: String, body: &Bytes, mut error: AppError) -> FailedForm {
    let names: Vec<String> = url::form_urlencoded::parse(body).map(|(name, _)| field_of(&name)).collect();
    error.fields.sort_by_key(|wrong| names.iter().position(|name| *name == wrong.field).unwrap_or(names.len()));
    let values = url::form_urlencoded::parse(body)
        .filter(|(name, _)| {
            // Of a list what it is called, and not whatever its parts are.
            let name = name.split('[').next().unwrap_or_default().to_lowercase();
            !SECRET.iter().any(|word| name.contains(word)) && name != "answer" && name != forgery::FIELD
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    FailedForm { path, values, error }
}

/// The field that is sent under this name: `answers[pets][]` is `answers.pets`.
fn field_of(name: &str) -> String {
    name.trim_end_matches("[]").replace('[', ".").replace(']', "")
}

/// The path and query of an address on this site.
fn local_part(referer: &str, origin: &str) -> Option<String> {
    let referer = url::Url::parse(referer).ok()?;
    let origin = url::Url::parse(origin).ok()?;
    let here = referer.host_str() == origin.host_str()
        || matches!(referer.host_str(), Some("127.0.0.1" | "localhost"))
            && matches!(origin.host_str(), Some("127.0.0.1" | "localhost"));
    let path = referer.path();
    // The page of a failed form has the function's address; it has no form of its own to go back to.
    (here && !path.starts_with("/fn/")).then(|| match referer.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

/// A file of the site; or, for what isn't one, the app's own "not found" page.
async fn file_or_page(files: ServeDir, State(server): State<Server>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let versioned = request.uri().query().is_some_and(|query| query.starts_with("v="));
    let actor = request.extensions().get::<Actor>().cloned().unwrap_or(Actor::Anonymous);
    let looks_like_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if !looks_like_file || request.method() != Method::GET && request.method() != Method::HEAD {
        return not_found(&server, actor, request).await;
    }
    let (parts, _) = request.into_parts();
    let mut again = Request::new(Body::empty());
    (*again.uri_mut(), *again.headers_mut()) = (parts.uri.clone(), parts.headers.clone());
    match files.oneshot(Request::from_parts(parts, Body::empty())).await {
        Ok(response) if response.status() != StatusCode::NOT_FOUND => {
            let mut response = response.into_response();
            let rule = if versioned { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
            // Each is kept in three forms (scripts/build-site), and whoever keeps a copy asks which it has.
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            // Names in it are read wrongly otherwise.
            if response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/plain") {
                let kind = HeaderValue::from_static("text/plain; charset=utf-8");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            marked(response, again.headers())
        }
        _ => not_found(&server, actor, again).await,
    }
}

/// Gives a file its mark, of when it was written and how long it is, and answers whoever has it already with nothing.
fn marked(mut response: Response, asked: &HeaderMap) -> Response {
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let (Some(written), Some(length)) = (text(header::LAST_MODIFIED), text(header::CONTENT_LENGTH)) else {
        return response;
    };
    let written: String = written.chars().filter(char::is_ascii_alphanumeric).collect();
    let mark = format!("\"{written}-{length}\"");
    // Weak: an answer that is compressed on its way has the same mark.
    if let Ok(weak) = HeaderValue::try_from(format!("W/{mark}")) {
        response.headers_mut().insert(header::ETAG, weak);
    }
    if response.status() == StatusCode::OK && is_known(asked, &mark) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for name in [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::CONTENT_TYPE] {
            response.headers_mut().remove(name);
        }
    }
    response
}

/// Whatever the app's own router would make of the address: no page, for the rules by address hold for those alone that
/// the server knows.
async fn not_found(server: &Server, actor: Actor, mut request: Request) -> Response {
    *request.uri_mut() = Uri::from_static("/not-found");
    *request.method_mut() = Method::GET;
    let mut response = render(server, actor, Before::Nothing, request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn robots(State(platform): State<Platform>) -> Response {
    let text = format!(
        "User-agent: *\nDisallow: /app\nDisallow: /account\nDisallow: /admin\nDisallow: /manage\nDisallow: /cal/\nDisallow: /shared/\nDisallow: /login\nDisallow: /api\nDisallow: /fn\n\nSitemap: {}/sitemap.xml\n",
        platform.origin
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn sitemap(State(platform): State<Platform>, State(kept): State<SiteMap>) -> Result<Response, AppError> {
    let headers = [(header::CONTENT_TYPE, "application/xml; charset=utf-8")];
    // One makes it, however many ask.
    let mut kept = kept.lock().await;
    let now = platform.clock.now();
    if let Some((at, text)) = kept.as_ref()
        && now < at.plus_seconds(SITE_MAP_SECONDS)
    {
        return Ok((headers, text.clone()).into_response());
    }
    let mut paths: Vec<String> = std::iter::once("/").chain(docs::addresses()).map(str::to_owned).collect();
    for module in MODULES {
        paths.extend(module.public_paths(&platform).await?);
    }
    let urls = paths
        .iter()
        .map(|path| format!("<url><loc>{}{path}</loc></url>", platform.origin))
        .collect::<Vec<_>>()
        .concat();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}</urlset>\n"
    );
    *kept = Some((now, text.clone()));
    Ok((headers, text).into_response())
}

/// What the site's files are. The version changes whenever they do, so that they can be kept for ever under their address.
fn site_files(site_root: &Path) -> assets::Site {
    let files = [
        "pkg/devalo_bg.wasm",
        "pkg/devalo.js",
        "pkg/public_bg.wasm",
        "pkg/public.js",
        "pkg/devalo.css",
        "favicon.svg",
        "proof.js",
    ];
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for file in files {
        for byte in std::fs::read(site_root.join(file)).unwrap_or_default() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    if !site_root.join("pkg/devalo.css").exists() {
        tracing::error!(
            site_root = %site_root.display(),
            "the site’s files aren’t there: pages come without style and script. Start in the folder that Leptos.toml is in, or set LEPTOS_SITE_ROOT"
        );
    }
    assets::Site {
        version: format!("{hash:016x}"),
        has_public: site_root.join("pkg/public_bg.wasm").exists(),
        has_notices: site_root.join(assets::NOTICES).exists(),
    }
}
