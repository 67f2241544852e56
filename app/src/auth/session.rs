//! Sessions live in the database. The browser holds a random 256-bit id in a cookie; the database holds its hash, so a
//! copy of the database opens nothing. Logging in always makes a new session and ends the one that came with the request.

use axum_extra::extract::cookie::{Cookie, SameSite};

use super::{
    password,
    secret_token::{Kind, SecretToken},
};
use crate::{
    clock::Instant,
    crypto::normalise_email,
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    ids::UserId,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
};

/// A session ends this long after log-in, whatever happens: 12 hours.
pub const LIFE_SECONDS: i64 = 12 * 60 * 60;

/// The cookie's name. `__Host-` binds it to this host, https and the whole site (RFC 6265bis §4.1.3.2).
pub fn cookie_name(platform: &Platform) -> &'static str {
    if platform.is_https() { "__Host-devalo" } else { "devalo_session" }
}

/// The cookie that carries a session.
pub fn cookie(platform: &Platform, token: &SecretToken) -> Cookie<'static> {
    Cookie::build((cookie_name(platform), token.reveal()))
        .path("/")
        .http_only(true)
        .secure(platform.is_https())
        .same_site(SameSite::Lax)
        .build()
}

/// The cookie that makes the browser forget its session.
pub fn removal_cookie(platform: &Platform) -> Cookie<'static> {
    let mut cookie = cookie(platform, &SecretToken::generate(Kind::Session));
    cookie.set_value("");
    cookie.make_removal();
    cookie
}

/// Checks the email and the password, and begins a session.
///
/// The answer is the same, and takes the same time, for an unknown email and a wrong password.
///
/// # Errors
/// 422 for an empty field; 401 for wrong credentials.
pub async fn log_in(platform: &Platform, email: &str, password: &str, previous: Option<&str>) -> Result<SecretToken> {
    let mut errors = FieldErrors::default();
    if email.trim().is_empty() {
        errors.add("email", "Enter your email address.");
    }
    if password.is_empty() {
        errors.add("password", "Enter your password.");
    }
    if email.len() > 254 || password.len() > 1024 {
        return Err(wrong_credentials());
    }
    errors.finish()?;

    let mut tx = platform.begin(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let index = keys.blind_index("users", "email", &normalise_email(email)).to_vec();
    let found = platform_sql!(
        optional(UserId, String),
        &mut tx,
        "SELECT id, password_hash FROM users WHERE email_index = $1",
        index
    )?;
    tx.commit().await?;

    let typed = password.to_owned();
    let user = password::in_turn(move || {
        if let Some((user, stored)) = found {
            (password::verify(&typed, &stored) != password::Verdict::Wrong).then_some(user)
        } else {
            // For the time that it takes.
            let _wrong = password::verify_nobody(&typed);
            None
        }
    })
    .await?
    .ok_or_else(wrong_credentials)?;

    let token = SecretToken::generate(Kind::Session);
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    if let Some(previous) = previous.and_then(|text| SecretToken::parse(Kind::Session, text).ok()) {
        platform_sql!(exec, &mut tx, "DELETE FROM sessions WHERE token_hash = $1", previous.hash().to_vec())?;
    }
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        token.hash().to_vec(),
        user,
        now,
        now.plus_seconds(LIFE_SECONDS)
    )?;
    tx.commit().await?;
    Ok(token)
}

/// Whose session this cookie is, if it is a live one.
///
/// # Errors
/// The database is busy.
pub async fn user_of(platform: &Platform, cookie: &str) -> Result<Option<UserId>> {
    let Ok(token) = SecretToken::parse(Kind::Session, cookie) else { return Ok(None) };
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(
        optional(UserId, Instant),
        &mut tx,
        "SELECT user_id, expires_at FROM sessions WHERE token_hash = $1",
        token.hash().to_vec()
    )?;
    tx.commit().await?;
    let now = platform.clock.now();
    Ok(found.and_then(|(user, expires)| (now < expires).then_some(user)))
}

/// Ends the session, so that a copy of the cookie opens nothing.
///
/// # Errors
/// The database is busy.
pub async fn log_out(platform: &Platform, cookie: &str) -> Result<()> {
    let Ok(token) = SecretToken::parse(Kind::Session, cookie) else { return Ok(()) };
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM sessions WHERE token_hash = $1", token.hash().to_vec())?;
    Ok(tx.commit().await?)
}

/// Forgets sessions that have expired.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM sessions WHERE expires_at <= $1", platform.clock.now())?;
    Ok(tx.commit().await?)
}

fn wrong_credentials() -> AppError {
    AppError::new(Code::Unauthenticated, "That email and password don’t match. Check both and try again.")
}
