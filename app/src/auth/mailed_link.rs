//! Links that are mailed to somebody: each is good once, for one thing, for a while. Their tokens are stored hashed.

use super::secret_token::{Kind, SecretToken};
use crate::{
    clock::Instant,
    db::Tx,
    error::{AppError, Code, Result},
    ids::UserId,
    platform_sql,
};

/// What a link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Another password.
    Reset,
    /// Somebody reads mail at their address.
    Confirm,
    /// The owner of the address until now agrees to another.
    OldEmail,
    /// The owner of the new address agrees to it.
    NewEmail,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Confirm => "confirm",
            Self::OldEmail => "old_email",
            Self::NewEmail => "new_email",
        }
    }

    const fn parse(word: &str) -> Option<Self> {
        match word.as_bytes() {
            b"reset" => Some(Self::Reset),
            b"confirm" => Some(Self::Confirm),
            b"old_email" => Some(Self::OldEmail),
            b"new_email" => Some(Self::NewEmail),
            _ => None,
        }
    }

    /// A password's link is good for 30 minutes, the others for a day.
    pub const fn life_seconds(self) -> i64 {
        match self {
            Self::Reset => 30 * 60,
            Self::Confirm | Self::OldEmail | Self::NewEmail => 24 * 60 * 60,
        }
    }
}

/// Makes a link's token.
///
/// # Errors
/// The database is busy.
pub async fn make(tx: &mut Tx, user: UserId, purpose: Purpose, now: Instant) -> Result<SecretToken> {
    let token = SecretToken::generate(Kind::Mailed);
    platform_sql!(
        exec,
        tx,
        "INSERT INTO mailed_links (token_hash, user_id, purpose, expires_at) VALUES ($1, $2, $3, $4)",
        token.hash().to_vec(),
        user,
        purpose.word(),
        now.plus_seconds(purpose.life_seconds())
    )?;
    Ok(token)
}

/// Whose link it is and what it is good for, without using it.
///
/// # Errors
/// 404 for one that is used, expired, or none of ours: they look alike.
pub async fn look(tx: &mut Tx, token: &str, now: Instant) -> Result<(UserId, Purpose)> {
    let hash = hash(token)?;
    let found = platform_sql!(
        optional(UserId, String, Instant),
        tx,
        "SELECT user_id, purpose, expires_at FROM mailed_links WHERE token_hash = $1",
        hash
    )?;
    match found {
        Some((user, purpose, until)) if now < until => Purpose::parse(&purpose).map(|purpose| (user, purpose)),
        _ => None,
    }
    .ok_or_else(gone)
}

/// Uses a link: however often it is sent at once, one finds it.
///
/// # Errors
/// As [`look`], also for one that is good for something else.
pub async fn take(tx: &mut Tx, token: &str, purposes: &[Purpose], now: Instant) -> Result<(UserId, Purpose)> {
    let found = look(tx, token, now).await?;
    if !purposes.contains(&found.1) {
        return Err(gone());
    }
    let hash = hash(token)?;
    let gone_now = platform_sql!(exec, tx, "DELETE FROM mailed_links WHERE token_hash = $1", hash)?;
    if gone_now == 1 { Ok(found) } else { Err(gone()) }
}

/// Somebody's links for this are good no longer.
///
/// # Errors
/// The database is busy.
pub async fn withdraw(tx: &mut Tx, user: UserId, purposes: &[Purpose]) -> Result<()> {
    for purpose in purposes {
        platform_sql!(exec, tx, "DELETE FROM mailed_links WHERE user_id = $1 AND purpose = $2", user, purpose.word())?;
    }
    Ok(())
}

/// Forgets links that have expired.
///
/// # Errors
/// The database is busy.
pub async fn sweep(tx: &mut Tx, now: Instant) -> Result<()> {
    platform_sql!(exec, tx, "DELETE FROM mailed_links WHERE expires_at <= $1", now)?;
    Ok(())
}

fn hash(token: &str) -> Result<Vec<u8>> {
    Ok(SecretToken::parse(Kind::Mailed, token).map_err(|_| gone())?.hash().to_vec())
}

fn gone() -> AppError {
    AppError::new(Code::NotFound, "This link no longer works: it was used, or is too old. Ask for another.")
}
