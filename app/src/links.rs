//! Signed links: addresses that prove by themselves what they are for, such as the one a client gets for managing
//! their own booking. Nothing is stored; whoever holds the link may do what it is for until it expires.
//!
//! A token is the url-safe base64, without padding, of 58 bytes: version (1), purpose (1), organisation (16), subject
//! (16), expiry in Unix seconds (8, big-endian), and the first 16 bytes of an HMAC-SHA256 over all of these.
//!
//! Half of the MAC is enough: RFC 2104 section 5 allows truncation to half the hash's length, and a forger, who can only
//! try against the running server, would need some 2^127 tries. The shorter token keeps links short in emails and text
//! messages.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::crypto::derive;

/// Signs links and checks them. Several secrets may be known: the first signs, all verify, so that the secret can be
/// replaced without breaking the links already sent.
pub struct LinkSigner {
    /// HMAC keys derived from the secrets; never empty.
    keys: Vec<Zeroizing<[u8; 64]>>,
}

/// What a link lets its holder do. Each has a byte of its own that is never given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// See, move and cancel one appointment; the subject is the appointment.
    ManageAppointment,
    /// Use one hold, or let go of it; the subject is the hold.
    Hold,
    /// Send a form that was read some moments ago: it holds for [`FORM_SECONDS`]; the subject is what the form is for.
    Form,
    /// See one’s place on a waitlist, take what is offered there, and leave it; the subject is the place.
    Waitlist,
    /// See what is left of something that was bought, and pay for it; the subject is what was bought.
    Package,
    /// Get a letter no more that comes again and again; the subject is whoever gets it.
    Letters,
}

impl Purpose {
    const fn byte(self) -> u8 {
        match self {
            Self::ManageAppointment => 1,
            Self::Hold => 2,
            Self::Form => 3,
            Self::Waitlist => 4,
            Self::Package => 5,
            Self::Letters => 6,
        }
    }
}

/// What a verified link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The organisation it belongs to.
    pub org: Uuid,
    /// What it is about.
    pub subject: Uuid,
    /// The Unix second from which it no longer holds.
    pub expires: i64,
}

/// Why a link isn't accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It isn't a token at all, or of a version that this program doesn't know.
    #[error("the link is incomplete or isn't one of ours")]
    Malformed,
    /// It was not signed with a secret we know, or was changed since.
    #[error("the link's signature doesn't hold")]
    BadSignature,
    /// It is genuine, but for something else.
    #[error("the link is for something else")]
    WrongPurpose,
    /// It was genuine until it expired.
    #[error("the link has expired")]
    Expired,
}

/// The secret is too short to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret must be at least {} random bytes", LinkSigner::SHORTEST_SECRET)]
pub struct ShortSecret;

const VERSION: u8 = 1;
const PAYLOAD: usize = 1 + 1 + 16 + 16 + 8;
const TRUNCATED_MAC: usize = 16;
const TOKEN: usize = PAYLOAD + TRUNCATED_MAC;

impl LinkSigner {
    /// The shortest secret that is accepted, in bytes: as long as the HMAC's own strength.
    pub const SHORTEST_SECRET: usize = 32;

    /// A signer with one secret. The key is derived from it by HKDF under a name of its own, so the same secret may
    /// serve other purposes too.
    pub fn new(secret: &[u8]) -> Result<Self, ShortSecret> {
        Ok(Self { keys: vec![Self::key(secret)?] })
    }

    /// Also accepts links signed with an earlier secret. It never signs new ones.
    pub fn also_accepting(mut self, earlier_secret: &[u8]) -> Result<Self, ShortSecret> {
        self.keys.push(Self::key(earlier_secret)?);
        Ok(self)
    }

    /// A token for this purpose, organisation and subject. It holds before `expires_unix_seconds` and no longer from
    /// that second on.
    pub fn sign(&self, purpose: Purpose, org: Uuid, subject: Uuid, expires_unix_seconds: i64) -> String {
        let mut token = [0; TOKEN];
        let (payload, mac) = token.split_at_mut(PAYLOAD);
        payload[0] = VERSION;
        payload[1] = purpose.byte();
        payload[2..18].copy_from_slice(org.as_bytes());
        payload[18..34].copy_from_slice(subject.as_bytes());
        payload[34..].copy_from_slice(&expires_unix_seconds.to_be_bytes());
        mac.copy_from_slice(&truncated_mac(&self.keys[0], payload));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What the token says, if it was signed here for this purpose and hasn't expired at `now_unix`.
    ///
    /// The signature is checked before anything the token says is looked at, in constant time and against every
    /// secret. A token has exactly one accepted spelling: padding, another alphabet and stray bits are refused.
    pub fn verify(&self, purpose: Purpose, token: &str, now_unix: i64) -> Result<Link, LinkError> {
        let mut bytes = [0; TOKEN];
        match URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) {
            Ok(TOKEN) => {}
            _ => return Err(LinkError::Malformed),
        }
        let (payload, mac) = bytes.split_at(PAYLOAD);
        let genuine =
            self.keys.iter().fold(Choice::from(0), |genuine, key| genuine | truncated_mac(key, payload).ct_eq(mac));
        if !bool::from(genuine) {
            return Err(LinkError::BadSignature);
        }
        let Some((version, purpose_byte, org, subject, expires)) = fields(payload) else {
            return Err(LinkError::Malformed);
        };
        if version != VERSION {
            return Err(LinkError::Malformed);
        }
        if purpose_byte != purpose.byte() {
            return Err(LinkError::WrongPurpose);
        }
        if now_unix >= expires {
            return Err(LinkError::Expired);
        }
        Ok(Link { org, subject, expires })
    }

    /// What the pages of this session have to send with every change (OWASP: a signed, session-bound double submit).
    pub fn forgery_token(&self, session: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(forgery_mac(&self.keys[0], session))
    }

    /// Whether that was sent: by any known secret, in constant time.
    pub fn is_forgery_token(&self, session: Uuid, token: &str) -> bool {
        let Ok(given) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let keys = self.keys.iter();
        keys.fold(Choice::from(0), |genuine, key| genuine | forgery_mac(key, session).as_slice().ct_eq(&given)).into()
    }

    /// What this person's browser seals with whatever waits in it of theirs: 32 bytes, url-safe base64, which their own pages alone are given. The first
    /// seals, and all of them open, so that the secret can be replaced while something waits.
    pub fn shelf_keys(&self, user: Uuid) -> Vec<String> {
        self.keys.iter().map(|key| URL_SAFE_NO_PAD.encode(shelf_mac(key, user))).collect()
    }

    /// What proves that a challenge is ours, and for what it was given out: one thing of one organisation.
    pub fn sign_challenge(&self, org: Uuid, challenge: &str, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(challenge_mac(&self.keys[0], org, challenge, what))
    }

    /// Whether that was given out with it: by any known secret, in constant time.
    pub fn is_challenge(&self, org: Uuid, challenge: &str, what: &str, signature: &str) -> bool {
        let Ok(given) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let macs = self.keys.iter().map(|key| challenge_mac(key, org, challenge, what));
        macs.fold(Choice::from(0), |genuine, mac| genuine | mac.as_slice().ct_eq(&given)).into()
    }

    fn key(secret: &[u8]) -> Result<Zeroizing<[u8; 64]>, ShortSecret> {
        if secret.len() < Self::SHORTEST_SECRET {
            return Err(ShortSecret);
        }
        Ok(derive(secret, &[b"devalo/v1/links"]))
    }
}

/// Only how many secrets it knows.
impl fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkSigner").field("secrets", &self.keys.len()).finish_non_exhaustive()
    }
}

fn truncated_mac(key: &[u8; 64], payload: &[u8]) -> [u8; TRUNCATED_MAC] {
    let mut mac = Hmac::<Sha256>::new(key.into());
    mac.update(payload);
    let full = mac.finalize().into_bytes();
    let mut truncated = [0; TRUNCATED_MAC];
    truncated.copy_from_slice(&full[..TRUNCATED_MAC]);
    truncated
}

/// Over other bytes than any link: their first is a version.
fn forgery_mac(key: &[u8; 64], session: Uuid) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new(key.into());
    mac.update(b"devalo/v1/csrf");
    mac.update(session.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Likewise.
fn shelf_mac(key: &[u8; 64], user: Uuid) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new(key.into());
    mac.update(b"devalo/v1/shelf");
    mac.update(user.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Over other bytes, too. The challenge’s length stands before it, so that nothing of it passes for what it is for.
fn challenge_mac(key: &[u8; 64], org: Uuid, challenge: &str, what: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new(key.into());
    mac.update(b"devalo/v1/proof");
    mac.update(org.as_bytes());
    mac.update(&u64::try_from(challenge.len()).unwrap_or(u64::MAX).to_be_bytes());
    mac.update(challenge.as_bytes());
    mac.update(what.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Version, purpose, organisation, subject and expiry; `None` can't happen, the length being fixed.
fn fields(payload: &[u8]) -> Option<(u8, u8, Uuid, Uuid, i64)> {
    let ([version, purpose], rest) = payload.split_first_chunk()?;
    let (org, rest) = rest.split_first_chunk()?;
    let (subject, rest) = rest.split_first_chunk()?;
    let (expires, _) = rest.split_first_chunk()?;
    Some((*version, *purpose, Uuid::from_bytes(*org), Uuid::from_bytes(*subject), i64::from_be_bytes(*expires)))
}

#[cfg(test)]
#[path = "links_tests.rs"]
mod tests;
