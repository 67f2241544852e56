//! The random tokens that stand for a session or give a program access to the API.
//!
//! A token is 256 random bits, shown to its holder once and stored only as its SHA-256: someone who reads the database
//! can't use what they find. A plain, fast, unsalted hash is right here, unlike for passwords, because 256 random bits
//! can't be guessed and never repeat.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{Rng, rand_core::UnwrapErr, rngs::SysRng};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What a token gives access to. One kind is never accepted in another's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person's logged-in browser; lives in a cookie and has no prefix.
    Session,
    /// A browser that somebody has logged in with; lives in a cookie and opens nothing.
    Device,
    /// A link that was mailed to somebody: good once, for one thing.
    Mailed,
    /// What a browser was asked to sign with a passkey.
    Ceremony,
    /// A calendar elsewhere that subscribes to somebody’s appointments. It is a part of an address.
    Feed,
    /// An office screen; lives in a cookie.
    Screen,
    /// Something that is shown to whoever has its address, and it alone. It is a part of an address.
    Share,
    /// A program using an organisation's API. Its prefix, `dvl_`, lets people and secret scanners recognise a leaked
    /// one.
    Api,
}

impl Kind {
    /// What the token's text begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "",
            Self::Device => "known_",
            Self::Mailed => "mail_",
            Self::Ceremony => "sign_",
            Self::Feed => "feed_",
            Self::Screen => "screen_",
            Self::Share => "share_",
            Self::Api => "dvl_",
        }
    }
}

/// The text isn't a token of the kind asked for: wrong prefix, wrong length, or not in its one accepted spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token of this kind")]
pub struct NotAToken;

/// 256 random bits that give access. Wiped when dropped; `Debug` doesn't show them.
pub struct SecretToken {
    kind: Kind,
    bytes: Zeroizing<[u8; BYTES]>,
}

const BYTES: usize = 32;

impl SecretToken {
    /// A fresh token from the operating system's generator.
    ///
    /// # Panics
    /// If the operating system can't give random bytes: better to stop than to hand out a guessable token.
    pub fn generate(kind: Kind) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        UnwrapErr(SysRng).fill_bytes(&mut *bytes);
        Self { kind, bytes }
    }

    /// Reads a token as its holder presents it: the kind's prefix and 43 characters of url-safe base64 without padding.
    /// Any other length or spelling is refused.
    pub fn parse(kind: Kind, presented: &str) -> Result<Self, NotAToken> {
        let encoded = presented.strip_prefix(kind.prefix()).ok_or(NotAToken)?;
        let mut bytes = Zeroizing::new([0; BYTES]);
        match URL_SAFE_NO_PAD.decode_slice(encoded, &mut *bytes) {
            Ok(BYTES) => Ok(Self { kind, bytes }),
            _ => Err(NotAToken),
        }
    }

    /// The text for its holder: into the cookie, or shown once. Never stored, never logged.
    pub fn reveal(&self) -> String {
        format!("{}{}", self.kind.prefix(), *Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.bytes)))
    }

    /// The stored form, by which it is found again: SHA-256 of the text, prefix included, so that no two kinds share
    /// one.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(Zeroizing::new(self.reveal()).as_bytes()).into()
    }
}

/// The stored form of a presented token, or a refusal if it can't be one. What comes back is looked up in the database.
pub fn hash(kind: Kind, presented: &str) -> Result<[u8; 32], NotAToken> {
    SecretToken::parse(kind, presented).map(|token| token.hash())
}

/// Only the kind.
impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretToken").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 7] =
        [Kind::Session, Kind::Device, Kind::Mailed, Kind::Feed, Kind::Screen, Kind::Share, Kind::Api];

    #[test]
    fn a_presented_token_hashes_to_the_stored_form() {
        for kind in KINDS {
            let token = SecretToken::generate(kind);
            assert_eq!(hash(kind, &token.reveal()), Ok(token.hash()));
            assert_eq!(SecretToken::parse(kind, &token.reveal()).unwrap().reveal(), token.reveal());
        }
    }

    #[test]
    fn the_text_is_as_documented() {
        assert_eq!(SecretToken::generate(Kind::Session).reveal().len(), 43);
        let api = SecretToken::generate(Kind::Api).reveal();
        assert_eq!((&api[..4], api.len()), ("dvl_", 47));
        // The stored form is plain SHA-256 of that text; sessions and tokens outlive releases, so it is pinned.
        let zeros = format!("dvl_{}", "A".repeat(43));
        assert_eq!(hash(Kind::Api, &zeros).unwrap(), <[u8; 32]>::from(Sha256::digest(zeros)));
    }

    #[test]
    fn no_two_are_alike() {
        let tokens: std::collections::HashSet<_> =
            (0..1000).map(|_| SecretToken::generate(Kind::Session).reveal()).collect();
        assert_eq!(tokens.len(), 1000);
    }

    #[test]
    fn one_kind_is_never_another() {
        let session = SecretToken::generate(Kind::Session).reveal();
        let api = SecretToken::generate(Kind::Api).reveal();
        assert_eq!(hash(Kind::Api, &session), Err(NotAToken));
        assert_eq!(hash(Kind::Session, &api), Err(NotAToken));
        assert_ne!(hash(Kind::Session, &api[4..]), hash(Kind::Api, &api), "the same bits, another kind");
    }

    #[test]
    fn wrong_lengths_and_spellings_are_refused() {
        for kind in KINDS {
            let good = SecretToken { kind, bytes: Zeroizing::new([0xfb; BYTES]) }.reveal();
            assert!(SecretToken::parse(kind, &good).is_ok());
            // The last character has two unused bits; the three spellings with stray bits are refused.
            for last in (0..128_u8).map(char::from) {
                let spelling = format!("{}{last}", &good[..good.len() - 1]);
                assert!(
                    SecretToken::parse(kind, &spelling).is_ok_and(|t| t.reveal() == spelling)
                        == "AEIMQUYcgkosw048".contains(last)
                );
            }
            for bad in [
                String::new(),
                kind.prefix().to_owned(),
                good[..good.len() - 1].to_owned(),
                format!("{good}A"),
                format!("{good}="),
                format!("{good}\n"),
                format!(" {good}"),
                good.replace('-', "+").replace('_', "/"),
                format!("DVL_{good}"),
                "A".repeat(1_000_000),
            ] {
                assert_eq!(SecretToken::parse(kind, &bad).err(), Some(NotAToken), "{bad:.60}");
            }
        }
    }

    #[test]
    fn debug_shows_the_kind_only() {
        assert_eq!(format!("{:?}", SecretToken::generate(Kind::Api)), "SecretToken { kind: Api, .. }");
    }
}
