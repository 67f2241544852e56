//! What Resend tells of letters: `POST /webhooks/resend` (<https://resend.com/docs/dashboard/webhooks/introduction>).
//!
//! Messages are signed as Svix does (<https://docs.svix.com/receiving/verifying-payloads/how-manual>). Svix's own crate is its whole
//! API client and asks the system for the time, so that it is used in the tests alone.

use std::{fmt, sync::atomic::Ordering};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD_PAD_INDIFFERENT as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::delivery::{self, Happened};
use crate::{
    clock::Instant,
    error::{AppError, Code, Result},
    platform::Platform,
};

/// The largest message that is read: theirs have two or three thousand characters.
pub const LARGEST: usize = 64 * 1024;
/// A message that was signed longer ago, or later than now, is refused: somebody may have recorded it.
const TOLERANCE_SECONDS: i64 = 5 * 60;
/// Longer than any id of theirs.
const LONGEST_ID: usize = 100;
const PREFIX: &str = "whsec_";

/// What Resend signs with: several while they are exchanged.
pub struct Secrets(Vec<Zeroizing<Vec<u8>>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

impl Secrets {
    /// Reads `whsec_…`, as Resend's page shows it; several with commas between.
    ///
    /// # Errors
    /// Which entry isn't one, without repeating it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let secrets = (1..).zip(entries).map(|(place, entry)| {
            let secret = entry.strip_prefix(PREFIX).and_then(|secret| BASE64.decode(secret).ok());
            secret
                .filter(|secret| secret.len() >= 16)
                .map(Zeroizing::new)
                .ok_or_else(|| format!("entry {place} isn’t `{PREFIX}` and then base64"))
        });
        let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
        if secrets.is_empty() { Err("there is none in it".to_owned()) } else { Ok(Self(secrets)) }
    }

    /// One of them has signed this message. Whichever is tried takes the same time, right or wrong.
    pub fn signed(&self, id: &str, timestamp: &str, signatures: &str, body: &[u8]) -> bool {
        let given: Vec<Vec<u8>> = signatures
            .split(' ')
            .filter_map(|signature| signature.strip_prefix("v1,"))
            .filter_map(|signature| BASE64.decode(signature).ok())
            .collect();
        self.0.iter().any(|secret| {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
                mac.update(part);
            }
            given.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
        })
    }
}

/// Takes a message. What it tells of a letter that isn't ours, or of something else, is answered all the same: it isn't to come again.
///
/// # Errors
/// 404 where nothing is to be heard; 400 for what isn't a message; 401 for a wrong signature or an old one; 503 where the database is
/// busy, so that it comes again.
pub async fn resend(State(platform): State<Platform>, headers: HeaderMap, body: Bytes) -> Result<StatusCode> {
    let secrets = platform.mail.secrets().ok_or_else(|| AppError::not_found("that page"))?;
    let header = |name: &str| {
        let text = headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| AppError::bad_request(format!("The header {name} is missing.")))
    };
    let (id, timestamp, signatures) = (header("svix-id")?, header("svix-timestamp")?, header("svix-signature")?);
    let signed_at = timestamp.parse::<i64>().ok().filter(|_| id.len() <= LONGEST_ID);
    let signed_at = signed_at.ok_or_else(|| AppError::bad_request("The headers of this message can’t be read."))?;
    let refused = |words: &str| AppError::new(Code::Unauthenticated, words);
    if !secrets.signed(id, timestamp, signatures, &body) {
        platform.unsigned_mail.fetch_add(1, Ordering::Relaxed);
        return Err(refused("The signature isn’t right, so nothing was done."));
    }
    let now = platform.clock.now();
    if now.timestamp().as_second().abs_diff(signed_at) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(refused("This was signed too long ago, or too far ahead, so nothing was done."));
    }
    platform.unsigned_mail.store(0, Ordering::Relaxed);
    let message: Message = serde_json::from_slice(&body)
        .map_err(|_| AppError::bad_request("That isn’t a message in JSON, so nothing was done."))?;
    let Some((happened, letter)) = message.tells() else { return Ok(StatusCode::OK) };
    // When it happened, as they say; but nothing happens later than now.
    let at = message.created_at.as_deref().and_then(|at| at.parse().ok()).map_or(now, Instant::from_timestamp).min(now);
    delivery::hear(&platform, id, letter, happened, at).await?;
    Ok(StatusCode::OK)
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(rename = "type", default)]
    kind: String,
    created_at: Option<String>,
    #[serde(default)]
    data: Data,
}

#[derive(Debug, Default, Deserialize)]
struct Data {
    email_id: Option<String>,
    bounce: Option<Bounce>,
}

#[derive(Debug, Deserialize)]
struct Bounce {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Message {
    /// What happened to which letter, by its id there; `None` for what we don't know.
    fn tells(&self) -> Option<(Happened, &str)> {
        let happened = match self.kind.as_str() {
            "email.sent" => Happened::Sent,
            "email.delivered" => Happened::Delivered,
            "email.delivery_delayed" => Happened::Delayed,
            "email.bounced" => {
                let kind = self.data.bounce.as_ref().and_then(|bounce| bounce.kind.as_deref());
                // Where they don't say, they mean for good.
                if kind.is_none_or(|kind| kind == "Permanent") { Happened::Returned } else { Happened::Bounced }
            }
            "email.complained" => Happened::Complained,
            "email.failed" => Happened::Failed,
            _ => return None,
        };
        let id = self.data.email_id.as_deref()?;
        (!id.is_empty() && id.len() <= LONGEST_ID && !id.contains('\0')).then_some((happened, id))
    }
}
