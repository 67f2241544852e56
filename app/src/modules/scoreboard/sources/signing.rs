//! How other programs sign what they tell: as Standard Webhooks has it, or the whole body in one header.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{clock::Instant, mail::webhook::Secrets};

/// A message that was signed longer ago, or later than now, is refused: somebody may have recorded it.
const TOLERANCE_SECONDS: u64 = 5 * 60;
/// The longest id of a message.
const LONGEST_ID: usize = 160;
/// What many put before a signature.
const PREFIX: &str = "sha256=";

/// How a program signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedBy {
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature` (<https://www.standardwebhooks.com>).
    Standard,
    /// HMAC-SHA256 of the body, in hexadecimal digits, in a header of this name.
    Header(&'static str),
}

impl SignedBy {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Standard,
        Self::Header("x-signature"),
        Self::Header("x-signature-256"),
        Self::Header("x-hub-signature-256"),
        Self::Header("x-webhook-signature"),
    ];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Header(name) => name,
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// For people: "Standard Webhooks", "X-Signature: sha256=…".
    pub fn label(self) -> &'static str {
        match self {
            Self::Standard => "Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature)",
            Self::Header("x-signature") => "X-Signature: sha256=…",
            Self::Header("x-signature-256") => "X-Signature-256: sha256=…",
            Self::Header("x-hub-signature-256") => "X-Hub-Signature-256: sha256=…",
            Self::Header(_) => "X-Webhook-Signature: sha256=…",
        }
    }

    /// Its messages have an id of their own.
    pub fn names_messages(self) -> bool {
        self == Self::Standard
    }

    /// What somebody enters can be such a secret.
    ///
    /// # Errors
    /// What to do about it, in one sentence.
    pub fn check_secret(self, secret: &str) -> Result<(), &'static str> {
        if !(16..=200).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("Enter 16 to 200 letters, digits and signs, without spaces.");
        }
        if self == Self::Standard && (secret.contains(',') || Secrets::parse(secret).is_err()) {
            return Err("Enter it as the program shows it: whsec_ and what follows.");
        }
        Ok(())
    }
}

/// Why a message isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// It isn't signed that way.
    Missing,
    /// It was signed with another secret, or changed since.
    Wrong,
    /// It was signed too long ago, or too far ahead.
    Late,
}

impl Unsigned {
    /// For whoever set it up.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Missing => "It isn’t signed, or in another way than is set below.",
            Self::Wrong => {
                "Its signature isn’t right: it was made with another secret, or the message was changed on the way."
            }
            Self::Late => "It was signed more than five minutes ago, or the clock of the program is wrong.",
        }
    }
}

/// One of these secrets has signed this message. Gives what the message is called, where it says so.
///
/// # Errors
/// Why it isn't believed.
pub fn check(
    signed_by: SignedBy,
    secrets: &[Zeroizing<String>],
    headers: &HeaderMap,
    body: &[u8],
    now: Instant,
) -> Result<Option<String>, Unsigned> {
    let header = |name: &str| {
        let text = headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        text.filter(|text| !text.is_empty()).ok_or(Unsigned::Missing)
    };
    match signed_by {
        SignedBy::Standard => {
            let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
            let signatures = header("webhook-signature")?;
            let at: i64 = timestamp.parse().map_err(|_| Unsigned::Missing)?;
            if id.len() > LONGEST_ID || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Unsigned::Missing);
            }
            // Each by itself: one that was made for another way of signing takes nothing from the others.
            let mut known = secrets.iter().filter_map(|secret| Secrets::parse(secret).ok());
            if !known.any(|known| known.signed(id, timestamp, signatures, body)) {
                return Err(Unsigned::Wrong);
            }
            if now.timestamp().as_second().abs_diff(at) > TOLERANCE_SECONDS {
                return Err(Unsigned::Late);
            }
            Ok(Some(id.to_owned()))
        }
        SignedBy::Header(name) => {
            let given = header(name)?;
            let digits = given.strip_prefix(PREFIX).unwrap_or(given);
            let given = from_hex(digits).ok_or(Unsigned::Missing)?;
            if secrets.iter().any(|secret| has_signed(secret.as_bytes(), body, &given)) {
                Ok(None)
            } else {
                Err(Unsigned::Wrong)
            }
        }
    }
}

fn has_signed(secret: &[u8], body: &[u8], given: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    mac.update(body);
    mac.verify_slice(given).is_ok()
}

/// The 32 bytes of 64 hexadecimal digits.
fn from_hex(digits: &str) -> Option<Vec<u8>> {
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::webhooks::sign;

    const NOW: i64 = 1_795_490_100;

    fn secrets(all: &[&str]) -> Vec<Zeroizing<String>> {
        all.iter().map(|secret| Zeroizing::new((*secret).to_owned())).collect()
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| ((*name).parse().expect("a name"), HeaderValue::from_str(value).expect("a value")))
            .collect()
    }

    fn signed(secret: &str, id: &str, at: i64, body: &str) -> HeaderMap {
        let signature = sign::signatures(&[secret], id, at, body).expect("a secret");
        headers(&[("webhook-id", id), ("webhook-timestamp", &at.to_string()), ("webhook-signature", &signature)])
    }

    #[test]
    fn standard_webhooks_are_believed_as_they_are_sent() {
        let (ours, other) = (sign::fresh(), sign::fresh());
        let now = Instant::from_unix(NOW);
        let by = |known: &[&str], headers: &HeaderMap, body: &str| {
            check(SignedBy::Standard, &secrets(known), headers, body.as_bytes(), now)
        };
        let good = signed(&ours, "msg_1", NOW, "{}");
        assert_eq!(by(&[&ours], &good, "{}"), Ok(Some("msg_1".to_owned())));
        assert_eq!(by(&[&other, &ours], &good, "{}"), Ok(Some("msg_1".to_owned())), "the one before holds, too");
        assert_eq!(by(&[&other], &good, "{}"), Err(Unsigned::Wrong));
        let before = by(&[&ours, "one-of-another-way"], &good, "{}");
        assert_eq!(before, Ok(Some("msg_1".to_owned())), "the one before was for another way");
        assert_eq!(by(&["one-of-another-way"], &good, "{}"), Err(Unsigned::Wrong));
        assert_eq!(by(&[&ours], &good, "{ }"), Err(Unsigned::Wrong));
        for (off, told) in [
            (-300, Ok(Some("msg_1".to_owned()))),
            (300, Ok(Some("msg_1".to_owned()))),
            (-301, Err(Unsigned::Late)),
            (301, Err(Unsigned::Late)),
        ] {
            assert_eq!(by(&[&ours], &signed(&ours, "msg_1", NOW + off, "{}"), "{}"), told, "{off}");
        }
        for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut fewer = good.clone();
            fewer.remove(missing);
            assert_eq!(by(&[&ours], &fewer, "{}"), Err(Unsigned::Missing), "{missing}");
        }
        // An id that was changed is another message.
        let mut changed = good.clone();
        changed.insert("webhook-id", HeaderValue::from_static("msg_2"));
        assert_eq!(by(&[&ours], &changed, "{}"), Err(Unsigned::Wrong));
        assert_eq!(by(&[&ours], &signed(&ours, &"x".repeat(161), NOW, "{}"), "{}"), Err(Unsigned::Missing));
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_whole_body_is_signed_in_one_header() {
        const RIGHT: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        const BODY: &[u8] = b"what do ya want for nothing?";
        let by = SignedBy::parse("x-hub-signature-256").expect("a way");
        let now = Instant::from_unix(NOW);
        let told = |value: &str, known: &[&str]| {
            check(by, &secrets(known), &headers(&[("x-hub-signature-256", value)]), BODY, now)
        };
        for value in [format!("sha256={RIGHT}"), RIGHT.to_owned(), RIGHT.to_uppercase()] {
            assert_eq!(told(&value, &["Jefe"]), Ok(None), "{value}");
            assert_eq!(told(&value, &["other", "Jefe"]), Ok(None));
            assert_eq!(told(&value, &["other"]), Err(Unsigned::Wrong));
        }
        let wrong = RIGHT.replace("5bdc", "5bdd");
        assert_eq!(told(&format!("sha256={wrong}"), &["Jefe"]), Err(Unsigned::Wrong));
        for value in ["sha256=", "sha1=abc", "5bdc", &format!("{RIGHT}00"), &RIGHT.replace('5', "g")] {
            assert_eq!(told(value, &["Jefe"]), Err(Unsigned::Missing), "{value}");
        }
        assert_eq!(check(by, &secrets(&["Jefe"]), &HeaderMap::new(), BODY, now), Err(Unsigned::Missing));
    }

    #[test]
    fn each_way_has_a_word() {
        for way in SignedBy::ALL {
            assert_eq!(SignedBy::parse(way.as_str()), Some(way));
            assert!(!way.label().is_empty());
            assert_eq!(way.check_secret(&sign::fresh()), Ok(()));
            assert!(way.check_secret("short").is_err() && way.check_secret("with a space in the middle").is_err());
        }
        assert!(SignedBy::Standard.check_secret("a-secret-that-is-long-enough").is_err());
        assert!(SignedBy::Header("x-signature").check_secret("a-secret-that-is-long-enough").is_ok());
        assert_eq!(SignedBy::parse("x-other"), None);
    }
}
