//! `/dev/mail`: what would have been sent, on a machine of one’s own, where letters go to a folder. It is there only while they do,
//! which is never in production.

use std::path::{Path, PathBuf};

use axum::{
    Router,
    extract::{Path as InPath, State},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::MailId;
use crate::error::{AppError, Result};

/// Letters on the list: the newest.
const SHOWN: usize = 200;
/// Nothing runs, nothing is loaded, and nothing is sent; letters bring their looks with them.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color-scheme:light dark}\
    td,th{text-align:left;padding:.25em 1em .25em 0;vertical-align:top}pre{white-space:pre-wrap;overflow-wrap:anywhere}\
    iframe{width:100%;height:32em;border:1px solid;background:#fff}";

/// The two pages, over the letters in this folder.
pub fn router(folder: PathBuf) -> Router {
    Router::new().route("/dev/mail", get(list)).route("/dev/mail/{id}", get(one)).with_state(folder)
}

/// A letter’s file, read.
struct Found {
    id: MailId,
    to: String,
    subject: String,
    text: String,
}

async fn list(State(folder): State<PathBuf>) -> Result<Response> {
    let mut ids: Vec<MailId> = Vec::new();
    // Before the first letter there is no folder.
    if let Ok(mut files) = tokio::fs::read_dir(&folder).await {
        while let Ok(Some(file)) = files.next_entry().await {
            let name = file.file_name().to_string_lossy().into_owned();
            ids.extend(name.strip_suffix(".txt").and_then(|id| id.parse::<MailId>().ok()));
        }
    }
    // Their ids are in the order in which they were written.
    ids.sort_unstable_by(|one, other| other.cmp(one));
    let mut letters = Vec::new();
    for id in ids.into_iter().take(SHOWN) {
        letters.extend(read(&folder, id).await);
    }
    Ok(page(
        "What would have been mailed",
        html! {
            p { "Emails go to files in " code { (folder.display()) } " until a way to send them is set. The newest are on top." }
            @if letters.is_empty() {
                p { "There are none yet." }
            } @else {
                table {
                    thead { tr { th { "Written" } th { "To" } th { "Subject" } } }
                    tbody {
                        @for letter in &letters {
                            tr {
                                td { (written(letter.id)) }
                                td { (letter.to) }
                                td { a href=(format!("/dev/mail/{}", letter.id)) { (letter.subject) } }
                            }
                        }
                    }
                }
            }
        },
    ))
}

async fn one(State(folder): State<PathBuf>, InPath(id): InPath<String>) -> Result<Response> {
    let nobody = || AppError::not_found("that email");
    let id: MailId = id.parse().map_err(|_| nobody())?;
    let letter = read(&folder, id).await.ok_or_else(nobody)?;
    // A letter that was written before there was HTML beside it has none.
    let markup = tokio::fs::read_to_string(folder.join(format!("{id}.html"))).await.unwrap_or_default();
    Ok(page(
        &letter.subject,
        html! {
            p { a href="/dev/mail" { "All emails" } }
            p { "To " (letter.to) ", written " (written(id)) }
            h2 { "As text" }
            pre { (with_links(&letter.text)) }
            h2 { "As HTML" }
            p { "Links in it lead nowhere here: those in the text do." }
            iframe sandbox="" title="The email as HTML" srcdoc=(markup) {}
        },
    ))
}

async fn read(folder: &Path, id: MailId) -> Option<Found> {
    let file = tokio::fs::read_to_string(folder.join(format!("{id}.txt"))).await.ok()?;
    let (head, text) = file.split_once("\n\n")?;
    let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    Some(Found { id, to: line("To: "), subject: line("Subject: "), text: text.to_owned() })
}

/// "2026-11-22 22:00:00Z", from the id.
fn written(id: MailId) -> String {
    let seconds = id.0.get_timestamp().map(|at| at.to_unix().0).and_then(|seconds| i64::try_from(seconds).ok());
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A line that is an address is a link.
fn with_links(text: &str) -> Markup {
    html! {
        @for line in text.lines() {
            @if line.starts_with("http://") || line.starts_with("https://") {
                a href=(line) { (line) }
            } @else {
                (line)
            }
            "\n"
        }
    }
}

fn page(title: &str, body: Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en-AU" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { h1 { (title) } (body) }
        }
    };
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, page.into_string()).into_response()
}
