//! What goes out as files, and mail that comes in: files at tasks, lists to take along, days for calendars.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::StreamExt as _;
use serde::Serialize;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    feeds, file_kinds, files,
    list_export::{self, Form},
    mail_in::{self, Message},
};
use crate::{
    error::{AppError, Code, Result},
    mail::inbound::Signed,
    org::Actor,
    platform::Platform,
    web::{Caller, Json, Path, is_known},
};

/// Messages are taken so many at a time, and the others wait: each may be large.
static TURNS: Semaphore = Semaphore::const_new(4);
/// So many KiB of messages are held in all before it is known whether they are signed: that is known only once all of one is there.
static UNREAD: Semaphore = Semaphore::const_new(128 * 1024);
/// A message is there within this long, or it isn’t taken.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
/// And is worth sending again after this long.
const RETRY_SECONDS: u32 = 30;

/// Its routes.
pub fn router() -> Router<Platform> {
    Router::new()
        .route("/app/{org}/tasks/files/{id}", get(file))
        .route("/app/{org}/tasks/lists/{list}/export.csv", get(as_csv))
        .route("/app/{org}/tasks/lists/{list}/export.json", get(as_json))
        .route("/cal/tasks/{file}", get(calendar))
}

/// Where mail is passed on to.
pub fn told() -> Router<Platform> {
    Router::new().route("/webhooks/tasks/mail", post(mail))
}

/// A file at a task. Whatever it is, it is kept by whoever asks and never run: no browser guesses what it is, and none lets it do anything.
async fn file(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    own_pages(&headers)?;
    let (attached, content) = files::read(&platform, &actor, &org, &id).await?;
    Ok((given_out(attached.kind.media(), &attached.name), content).into_response())
}

async fn as_csv(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    export(&platform, &actor, (&org, &list), Form::Csv, &headers).await
}

async fn as_json(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    export(&platform, &actor, (&org, &list), Form::Json, &headers).await
}

/// A list as a file, to be kept.
///
/// # Errors
/// As [`list_export::write`]; 403 for another site's page.
pub async fn export(
    platform: &Platform,
    actor: &Actor,
    (org, list): (&str, &str),
    form: Form,
    headers: &HeaderMap,
) -> Result<Response> {
    own_pages(headers)?;
    let (name, file) = list_export::write(platform, actor, org, list, form).await?;
    let (media, name) = match form {
        Form::Csv => ("text/csv; charset=utf-8", file_kinds::name(&name, file_kinds::Kind::Csv)),
        Form::Json => {
            let plain = file_kinds::name(&name, file_kinds::Kind::Zip);
            ("application/json", format!("{}.json", plain.trim_end_matches(".zip")))
        }
    };
    Ok((given_out(media, &name), file).into_response())
}

/// `/cal/tasks/{token}.ics`. Whoever asks again with what they know gets nothing anew.
async fn calendar(State(platform): State<Platform>, Path(file): Path<String>, headers: HeaderMap) -> Result<Response> {
    let token = file.strip_suffix(".ics").unwrap_or_default();
    let read = feeds::read(&platform, token).await?;
    let tag = format!("\"{}\"", read.version);
    let about = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow".to_owned()),
    ];
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let file = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"tasks.ics\""),
    ];
    Ok((about, file, read.text).into_response())
}

/// A body, if it isn’t larger than that.
///
/// # Errors
/// 413.
pub async fn whole(body: Body, largest: usize) -> Result<Bytes> {
    let words = format!("That is too large: at most {} MB.", largest / (1024 * 1024));
    axum::body::to_bytes(body, largest).await.map_err(|_| AppError::new(Code::TooLarge, words))
}

/// What is answered to mail that was passed on.
#[derive(Debug, Serialize)]
struct Answer {
    outcome: mail_in::Outcome,
}

/// Reads a message that may be signed. One that is slow to come holds nobody up: it has room for what is there of it alone, and ends soon.
///
/// # Errors
/// 413; 503 for one that takes too long, so that it comes again.
async fn unread(body: Body) -> Result<(Vec<u8>, Option<SemaphorePermit<'static>>)> {
    let mut parts = body.into_data_stream();
    let (mut read, mut room) = (Vec::new(), None::<SemaphorePermit<'static>>);
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| AppError::bad_request("That message broke off, so nothing was done."))?;
        let length = read.len().saturating_add(part.len());
        if length > mail_in::LARGEST {
            let words = format!("That is too large: at most {} MB.", mail_in::LARGEST / (1024 * 1024));
            return Err(AppError::new(Code::TooLarge, words));
        }
        let held = room.as_ref().map_or(0, SemaphorePermit::num_permits);
        let missing = u32::try_from(length.div_ceil(1024).saturating_sub(held)).map_err(|_| AppError::internal())?;
        let more = UNREAD.acquire_many(missing).await.map_err(|_| AppError::internal())?;
        match &mut room {
            Some(room) => room.merge(more),
            None => room = Some(more),
        }
        read.extend_from_slice(&part);
    }
    Ok((read, room))
}

/// Takes a message. What no list takes is accepted all the same: it isn’t to come again.
async fn mail(State(platform): State<Platform>, request: Request) -> Result<Json<Answer>> {
    if platform.inbound().is_none() {
        return Err(nowhere());
    }
    let (head, body) = request.into_parts();
    Signed::read(&head.headers, platform.clock.now())?;
    let late = |_| AppError {
        retry_after: Some(RETRY_SECONDS),
        ..AppError::new(Code::Unavailable, "That took too long to arrive, so nothing was done. Please send it again.")
    };
    let (body, room) = tokio::time::timeout(ARRIVES_WITHIN, unread(body)).await.map_err(late)??;
    let turn = TURNS.acquire().await.map_err(|_| AppError::internal())?;
    let (message, _held) = signed(&platform, head.headers, body, (room, turn)).await?;
    Ok(Json(Answer { outcome: mail_in::receive(&platform, message).await? }))
}

/// The message, if it is signed: all of it is gone through twice, apart from everything else that goes on. What is `held` meanwhile is so until that is
/// done, whoever went away.
async fn signed<H: Send + 'static>(
    platform: &Platform,
    headers: HeaderMap,
    body: Vec<u8>,
    held: H,
) -> Result<(Message, H)> {
    let (platform, now) = (platform.clone(), platform.clock.now());
    let work = move || -> Result<(Message, H)> {
        platform.inbound().ok_or_else(nowhere)?.check(&headers, &body, now)?;
        let message = serde_json::from_slice(&body)
            .map_err(|_| AppError::bad_request("That isn’t a message in JSON, so nothing was done."))?;
        Ok((message, held))
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| AppError::internal())?
}

/// Where no mail comes in there is nothing.
fn nowhere() -> AppError {
    AppError::not_found("that page")
}

/// Tasks are in it, so another site’s page can’t have a browser ask for it.
fn own_pages(headers: &HeaderMap) -> Result<()> {
    if headers.get("sec-fetch-site").is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site")) {
        return Err(AppError::new(Code::Forbidden, "That request came from another site’s page, so nothing was sent."));
    }
    Ok(())
}

fn given_out(media: &str, name: &str) -> [(HeaderName, String); 5] {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || " ._-".contains(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
    }
    [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ]
}
