//! Where a letter went that somebody asked for, as the browser that asked for it knows: the page after can say it, and no other browser’s.
//! Whether the letter was sent isn’t in it.

use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use cookie::time::Duration;
use serde::{Deserialize, Serialize};

use super::log_in;
use crate::{error::Result, platform::Platform, request};

/// The page can say it for half an hour.
const KNOWN_SECONDS: i64 = 30 * 60;
/// No more was chosen beside the address.
const MOST_CHOSEN: usize = 4;
/// No word of what was chosen is longer.
const LONGEST_WORD: usize = 64;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A link to reset a password.
    Reset,
    /// A link to go on with signing up.
    Start,
}

/// What somebody typed to have a letter sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The address.
    pub email: String,
    /// What was chosen beside it, in the order of its form; nothing for a password.
    pub chosen: Vec<String>,
}

impl Kind {
    /// `__Host-` binds it to this host, https and the whole site (RFC 6265bis §4.1.3.2).
    fn cookie_name(self, platform: &Platform) -> &'static str {
        match (self, platform.is_https()) {
            (Self::Reset, true) => "__Host-devalo-reset-for",
            (Self::Reset, false) => "devalo_reset_for",
            (Self::Start, true) => "__Host-devalo-start-for",
            (Self::Start, false) => "devalo_start_for",
        }
    }
}

/// Has the browser remember what it asked for. Scripts can’t read it.
pub fn remember(platform: &Platform, kind: Kind, asked: Asked) {
    let asked = Asked { email: asked.email.trim().to_owned(), ..asked };
    let Ok(text) = serde_json::to_vec(&asked) else { return };
    let cookie = Cookie::build((kind.cookie_name(platform), BASE64.encode(text)))
        .path("/")
        .http_only(true)
        .secure(platform.is_https())
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(KNOWN_SECONDS))
        .build();
    request::set_cookie(&cookie);
}

/// What this browser asked for, if it did lately.
///
/// # Errors
/// Only where there is no request.
pub async fn asked(platform: &Platform, kind: Kind) -> Result<Option<Asked>> {
    Ok(request::cookie(kind.cookie_name(platform)).await?.and_then(|value| read(&value)))
}

/// Whatever a browser sends: what no form of ours would have taken is nothing.
fn read(value: &str) -> Option<Asked> {
    let text = BASE64.decode(value).ok()?;
    let asked: Asked = serde_json::from_slice(&text).ok()?;
    let short = asked.chosen.len() <= MOST_CHOSEN && asked.chosen.iter().all(|word| word.len() <= LONGEST_WORD);
    (log_in::is_email(&asked.email) && short).then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was typed comes back as it was; what nobody typed into a form of ours doesn’t.
    #[test]
    fn a_cookie_is_read_or_is_nothing() {
        let written = |asked: &Asked| BASE64.encode(serde_json::to_vec(asked).expect("text"));
        let asked = Asked { email: "casey@example.com".to_owned(), chosen: vec!["team".to_owned()] };
        assert_eq!(read(&written(&asked)), Some(asked.clone()));
        for wrong in [
            Asked { email: "nobody".to_owned(), ..Asked::default() },
            Asked { chosen: vec!["x".repeat(65)], ..asked.clone() },
            Asked { chosen: vec![String::new(); 5], ..asked },
        ] {
            assert_eq!(read(&written(&wrong)), None, "{wrong:?}");
        }
        for wrong in ["", "{}", "%%%", "e30", "bm90aGluZw"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
