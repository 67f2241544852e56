//! Where mail comes in: a domain whose messages another program passes on, signed (docs/mail-in.md). Which addresses there are, and what becomes of what is
//! sent to them, is each module’s own.

use super::webhook::Secrets;
use crate::{
    clock::Instant,
    error::{AppError, Code, Result},
};

/// A message that was signed longer ago, or later than now, is refused: somebody may have recorded it.
const TOLERANCE_SECONDS: i64 = 5 * 60;
/// Longer than any id of a message.
const LONGEST_ID: usize = 200;

/// Where mail comes in.
#[derive(Debug)]
pub struct Inbound {
    /// What follows the @ in its addresses.
    pub domain: String,
    /// What signs it.
    pub secrets: Secrets,
}

impl Inbound {
    /// Checks that whoever passes mail on has signed this: as [Standard Webhooks](https://www.standardwebhooks.com) has it, with the headers `webhook-id`,
    /// `webhook-timestamp` and `webhook-signature`.
    ///
    /// # Errors
    /// 400 for what has no such headers; 401 for a wrong signature or an old one.
    pub fn check(&self, headers: &axum::http::HeaderMap, body: &[u8], now: Instant) -> Result<()> {
        let Signed { id, timestamp, signature } = Signed::read(headers, now)?;
        if !self.secrets.signed(id, timestamp, signature, body) {
            return Err(refused("The signature isn’t right, so nothing was done."));
        }
        Ok(())
    }
}

/// What a message says of its signature.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'h> {
    id: &'h str,
    timestamp: &'h str,
    signature: &'h str,
}

impl<'h> Signed<'h> {
    /// Reads it, and checks that it is of now: whether it is right is known only with the whole message.
    ///
    /// # Errors
    /// 400 for what has no such headers; 401 for an old one.
    pub fn read(headers: &'h axum::http::HeaderMap, now: Instant) -> Result<Self> {
        let header = |name: &str| {
            let text = headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
            text.filter(|text| !text.is_empty() && text.len() <= 4 * LONGEST_ID)
                .ok_or_else(|| AppError::bad_request(format!("The header {name} is missing.")))
        };
        let (id, timestamp, signature) =
            (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
        let signed_at = timestamp.parse::<i64>().ok().filter(|_| id.len() <= LONGEST_ID);
        let signed_at = signed_at.ok_or_else(|| AppError::bad_request("The headers of this message can’t be read."))?;
        if now.timestamp().as_second().abs_diff(signed_at) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err(refused("This was signed too long ago, or too far ahead, so nothing was done."));
        }
        Ok(Self { id, timestamp, signature })
    }
}

fn refused(words: &str) -> AppError {
    AppError::new(Code::Unauthenticated, words)
}
