//! `/screen` and below: a screen's code, its boards, and their stream. Written here rather than with the other pages: a screen's browser may be ten
//! years old, and needs a page without our program and our styles.

use std::sync::LazyLock;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::{Cookie, SameSite, time::Duration};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    Known, Told, codes, heard_of, holder,
    playlist::Playlist,
    recognise,
    room::{self, First},
};
use crate::{
    auth::secret_token::{Kind, SecretToken},
    error::{AppError, Code, Result},
    live,
    platform::Platform,
    request::find_cookie,
    web::{Json, Path, Query},
};

const SCRIPT: &str = include_str!("screen.js");
const STYLE: &str = include_str!("screen.css");
/// A screen knows itself again for ten years; browsers hold it to a little more than one, from each time on that it asks.
const REMEMBERED: Duration = Duration::days(400);
/// How often a screen looks whether its code was typed, in seconds.
const LOOKS_EVERY: u32 = 4;
/// How often one whose boards are shut looks again, in seconds.
const RESTS: u32 = 30;
/// How often a page whose browser runs no script loads itself anew, in seconds.
const RELOADS_EVERY: u32 = 30;
/// The longest that a screen tells of itself.
const LONGEST: usize = 200;

/// Stands for the program that wrote a page: a page of another loads itself anew.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest([SCRIPT, STYLE, env!("CARGO_PKG_VERSION"), env!("DEVALO_SOURCES")].concat().as_bytes());
    URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or_default())
});

/// Its routes.
pub fn router() -> Router<Platform> {
    Router::new()
        .route("/screen", get(pair))
        .route("/screen/app.js", get(script))
        .route("/screen/app.css", get(style))
        .route("/screen/{id}", get(page))
        .route("/screen/{id}/live", get(stream))
        .route("/screen/{id}/here", post(here))
}

/// The code that an admin types; once they have, the way to the boards.
async fn pair(State(platform): State<Platform>, headers: HeaderMap) -> Result<Response> {
    let (token, is_new) = match token(&platform, &headers) {
        Some(token) => (token, false),
        None => (SecretToken::generate(Kind::Screen), true),
    };
    if !is_new && let Some(known) = recognise(&platform, &token).await? {
        return Ok(to(&format!("/screen/{}", known.id)));
    }
    let [code, _] = codes::of(&platform, &token, platform.clock.now());
    let host = platform.origin.split_once("://").map_or("", |(_, host)| host);
    let body = html! {
        main class="pairing" data-waits=(LOOKS_EVERY) {
            h1 { "Pair this screen" }
            p class="code" { (codes::spaced(&code)) }
            ol {
                li { "Log in at " strong { (host) } " as an admin." }
                li { "Open Settings, then Office screens." }
                li { "Type this code. The boards come up here by themselves." }
            }
        }
    };
    let more = waits(LOOKS_EVERY);
    let mut response = written(StatusCode::OK, &document("Pair this screen", &more, &body));
    if let Ok(value) = HeaderValue::from_str(&cookie(&platform, &token).to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Whose turn it is, where the page's browser runs no script.
#[derive(Debug, Deserialize)]
struct Turn {
    #[serde(default)]
    turn: String,
}

/// What a screen shows.
async fn page(
    State(platform): State<Platform>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(Turn { turn }): Query<Turn>,
) -> Result<Response> {
    let Some((token, known)) = known(&platform, &headers, &id).await? else { return Ok(to("/screen")) };
    let First { screen, org, shown, due, clock } = match room::first(&platform, known).await {
        Ok(first) => first,
        // It is asked again: what is shut may open.
        Err(error) if is_shut(&error) => return Ok(written(StatusCode::OK, &shut())),
        Err(error) => return Err(error),
    };
    let Playlist { seconds, sound, .. } = Playlist::read(&screen.playlist);
    let turn: usize = turn.parse().unwrap_or(0);
    let on = turn.checked_rem(due.len()).and_then(|at| due.get(at)).copied();
    let class = |is_on: bool| if is_on { "item is-on" } else { "item" };
    let all = due.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
    let body = html! {
        main id="screen" data-id=(known.id) data-version=(room::version_of(&VERSION, &screen)) data-seconds=(seconds) data-due=(all) data-sound[sound] {
            @for (at, one) in shown.iter().enumerate() {
                section class=(class(on == Some(at))) data-key=(one.key) data-seconds=[one.seconds] { (PreEscaped(&one.html)) }
            }
            section id="idle" class=(class(on.is_none())) {
                div class="announcement" { div { p id="clock" { (clock) } p class="quiet" { (org) } } }
            }
        }
        div id="celebration" aria-live="polite" {}
        p id="state" role="status" { span id="place" { (org) " · " (screen.name) } span id="words" { "Live" } }
        @if sound { button id="sound" type="button" hidden { "Tap for sound" } }
        script src={ "/screen/app.js?v=" (*VERSION) } defer {}
    };
    // Whatever happens to the script, the page is never old for long; without one, all that it shows has its turn.
    let next = if due.len() > 1 {
        format!("; url=/screen/{}?turn={}", known.id, turn.saturating_add(1) % due.len())
    } else {
        String::new()
    };
    let more = html! { noscript { meta http-equiv="refresh" content={ (RELOADS_EVERY) (next) }; } };
    let mut response = written(StatusCode::OK, &document(&screen.name, &more, &body));
    if let Ok(value) = HeaderValue::from_str(&cookie(&platform, &token).to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Which celebration a screen has shown last.
#[derive(Debug, Deserialize)]
struct Heard {
    #[serde(default)]
    after: String,
}

/// What changes of it.
async fn stream(
    State(platform): State<Platform>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(Heard { after }): Query<Heard>,
) -> Result<Response> {
    // Whoever was away hears that it is over, too: an event stream can't tell anything else.
    let over = Body::from(live::ENDED);
    let body = match known(&platform, &headers, &id).await? {
        None => over,
        Some((_, known)) => match room::stream(platform, known, &VERSION, after.parse().ok()).await {
            Ok(stream) => Body::from_stream(stream),
            Err(error) if is_shut(&error) => over,
            Err(error) => return Err(error),
        },
    };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // A proxy that waits for more would keep the screen waiting.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, body).into_response())
}

/// What a screen tells of itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Here {
    version: String,
    shows: String,
    sound_blocked: bool,
}

/// Notes what a screen tells of itself.
async fn here(
    State(platform): State<Platform>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(body): Json<Here>,
) -> Result<StatusCode> {
    let Some((_, known)) = known(&platform, &headers, &id).await? else { return Err(gone()) };
    let short = |text: &str, most: usize| text.chars().filter(|c| !c.is_control()).take(most).collect::<String>();
    let told = Told {
        version: short(&body.version, LONGEST / 2),
        shows: short(&body.shows, LONGEST),
        sound_blocked: body.sound_blocked,
    };
    heard_of(&platform, known, Some(&told)).await;
    Ok(StatusCode::NO_CONTENT)
}

async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

/// Who asks, if it is the screen that the address names.
async fn known(platform: &Platform, headers: &HeaderMap, id: &str) -> Result<Option<(SecretToken, Known)>> {
    let Some(token) = token(platform, headers) else { return Ok(None) };
    let known = holder(platform, &token).await?.filter(|known| known.id.to_string() == id);
    Ok(known.map(|known| (token, known)))
}

fn token(platform: &Platform, headers: &HeaderMap) -> Option<SecretToken> {
    SecretToken::parse(Kind::Screen, find_cookie(headers, cookie_name(platform))?).ok()
}

fn cookie_name(platform: &Platform) -> &'static str {
    if platform.is_https() { "__Host-devalo-screen" } else { "devalo_screen" }
}

fn cookie(platform: &Platform, token: &SecretToken) -> Cookie<'static> {
    Cookie::build((cookie_name(platform), token.reveal()))
        .path("/")
        .http_only(true)
        .secure(platform.is_https())
        .same_site(SameSite::Lax)
        .max_age(REMEMBERED)
        .build()
}

/// The organisation's boards are shut for now: turned off, suspended, closed, or its plan has ended.
fn is_shut(error: &AppError) -> bool {
    let shut = [Code::NotFound, Code::PaymentNeeded, Code::Suspended, Code::Closed, Code::Closing, Code::Forbidden];
    shut.contains(&error.code)
}

/// Nothing is to be seen, for now: without a word of why, for whoever passes by.
fn shut() -> Markup {
    let body = html! {
        main class="pairing" data-waits=(RESTS) {
            h1 { "This screen is resting" }
            p { "It shows its boards again as soon as it can." }
        }
    };
    document("Resting", &waits(RESTS), &body)
}

/// The page looks again every so many seconds: by its script, which loads it anew only where the server answers; or else by itself.
fn waits(seconds: u32) -> Markup {
    html! {
        noscript { meta http-equiv="refresh" content=(seconds); }
        script src={ "/screen/app.js?v=" (*VERSION) } defer {}
    }
}

fn document(title: &str, more: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-AU" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                (more)
                title { (title) }
                link rel="icon" href="/favicon.svg";
                link rel="stylesheet" href={ "/screen/app.css?v=" (*VERSION) };
            }
            body { (body) }
        }
    }
}

fn written(status: StatusCode, page: &Markup) -> Response {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    (status, headers, page.0.clone()).into_response()
}

fn file(kind: &'static str, content: &'static str) -> Response {
    // Its address names its version.
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], content)
        .into_response()
}

fn to(path: &str) -> Response {
    ([(header::LOCATION, path.to_owned()), (header::CACHE_CONTROL, "no-store".to_owned())], StatusCode::SEE_OTHER)
        .into_response()
}

fn gone() -> AppError {
    AppError::not_found("that screen")
}
