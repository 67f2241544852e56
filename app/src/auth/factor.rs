//! The second factor: codes from an authenticator app (TOTP, RFC 6238: SHA-1, 6 digits, 30 seconds, one step either way),
//! and ten recovery codes for when the phone is gone. Each code is taken once.

use rand::{RngExt, rand_core::UnwrapErr, rngs::SysRng};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::{
    clock::Instant,
    crypto::{DataKeys, Place},
    db::Tx,
    error::{AppError, Result},
    ids::UserId,
    platform_sql,
};

use super::session::SessionId;

/// How many recovery codes somebody has.
pub const RECOVERY_CODES: usize = 10;
/// No letter that is taken for a digit or another letter (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Of ten letters, five bits each: fifty bits, behind a limit on tries.
const CODE_LETTERS: usize = 10;
const SECRET_BYTES: usize = 20;
const STEP_SECONDS: u64 = 30;
/// A secret that was shown is shown again for this long: 10 minutes.
const SHOWN_SECONDS: i64 = 10 * 60;
/// And can be confirmed for this long: 30 minutes.
const CONFIRMED_WITHIN_SECONDS: i64 = 30 * 60;

/// What an authenticator app needs to know.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// `otpauth://totp/Devalo:…`, for the QR code.
    pub address: String,
    /// The same secret in base 32, to be typed.
    pub secret: String,
}

/// Where somebody's second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Since when they have one, an app or a passkey; `None`: they don't.
    pub since: Option<Instant>,
    /// Since when they have an authenticator app.
    pub app_since: Option<Instant>,
    /// Recovery codes that are left.
    pub codes_left: i64,
}

/// Where somebody's second factor stands.
///
/// # Errors
/// The database is busy.
pub async fn state(tx: &mut Tx, user: UserId) -> Result<State> {
    let (since, app_since, codes_left) = platform_sql!(
        one(Option<Instant>, Option<Instant>, i64),
        tx,
        "SELECT users.second_factor_at,
                (SELECT a.confirmed_at FROM authenticators AS a WHERE a.user_id = users.id) AS app_since,
                (SELECT COUNT(*) FROM recovery_codes AS r WHERE r.user_id = users.id AND r.used_at IS NULL) AS codes_left
         FROM users WHERE users.id = $1",
        user
    )?;
    Ok(State { since, app_since, codes_left })
}

/// Makes a secret for an authenticator app that isn't confirmed yet; or gives the one that this session was shown a moment ago, so
/// that a page that is loaded again, or sent again with a mistyped code, shows the same. No other session is shown it: whoever
/// got in once can't leave a secret that they know for the owner to confirm.
///
/// # Errors
/// 409 for somebody who has an authenticator app already.
pub async fn begin(
    tx: &mut Tx,
    keys: &DataKeys,
    (user, session): (UserId, SessionId),
    email: &str,
    now: Instant,
) -> Result<Enrolment> {
    if state(tx, user).await?.app_since.is_some() {
        return Err(AppError::conflict("You have an authenticator app already. Remove it first to set up another."));
    }
    let found = platform_sql!(
        optional(Vec<u8>, Instant),
        tx,
        "SELECT secret, created_at FROM enrolments WHERE session_id = $1",
        session
    )?;
    let secret = if let Some((sealed, _)) = found.filter(|(_, at)| now < at.plus_seconds(SHOWN_SECONDS)) {
        open(keys, shown_to(session), &sealed)?
    } else {
        let random = UnwrapErr(SysRng).random::<[u8; SECRET_BYTES]>();
        let secret = Secret::new(Box::new(random)).to_base32();
        platform_sql!(
            exec,
            tx,
            "INSERT INTO enrolments (session_id, user_id, secret, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (session_id) DO UPDATE SET secret = $3, created_at = $4",
            session,
            user,
            keys.seal(shown_to(session), &secret),
            now
        )?;
        secret
    };
    let address = totp(&secret, email)?.to_url().map_err(|_| AppError::internal())?;
    Ok(Enrolment { address, secret })
}

/// Confirms the app by its first code, in the session that was shown its secret. Whoever had no second factor gets recovery codes.
///
/// # Errors
/// 422 at `code`, also for a set-up that was left for too long; 404 where nothing was begun; 409 where there is an app already.
pub async fn confirm(
    tx: &mut Tx,
    keys: &DataKeys,
    (user, session): (UserId, SessionId),
    code: &str,
    now: Instant,
) -> Result<Vec<String>> {
    if state(tx, user).await?.app_since.is_some() {
        return Err(AppError::conflict("You have an authenticator app already."));
    }
    let (sealed, shown_at) = platform_sql!(
        optional(Vec<u8>, Instant),
        tx,
        "SELECT secret, created_at FROM enrolments WHERE session_id = $1 AND user_id = $2",
        session,
        user
    )?
    .ok_or_else(|| AppError::not_found("that set-up"))?;
    if now >= shown_at.plus_seconds(CONFIRMED_WITHIN_SECONDS) {
        return Err(AppError::field("code", "That took a while. Load this page again and scan the new picture."));
    }
    let secret = open(keys, shown_to(session), &sealed)?;
    let step = matching(&secret, code, now)?.ok_or_else(wrong_code)?;
    let added = platform_sql!(
        exec,
        tx,
        "INSERT INTO authenticators (user_id, secret, last_step, confirmed_at, created_at) VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (user_id) DO NOTHING",
        user,
        keys.seal(place(user), &secret),
        step,
        now
    )?;
    if added == 0 {
        return Err(AppError::conflict("You have an authenticator app already."));
    }
    platform_sql!(exec, tx, "DELETE FROM enrolments WHERE session_id = $1", session)?;
    first(tx, keys, user, now).await
}

/// Forgets set-ups that nobody confirmed.
///
/// # Errors
/// The database is busy.
pub async fn sweep(tx: &mut Tx, now: Instant) -> Result<()> {
    let before = now.plus_seconds(-CONFIRMED_WITHIN_SECONDS);
    platform_sql!(exec, tx, "DELETE FROM enrolments WHERE created_at < $1", before)?;
    Ok(())
}

/// Somebody has a second factor. If it is their first, they get recovery codes; else they keep those that they have, and none
/// is given.
///
/// # Errors
/// The database is busy.
pub async fn first(tx: &mut Tx, keys: &DataKeys, user: UserId, now: Instant) -> Result<Vec<String>> {
    let first = platform_sql!(
        exec,
        tx,
        "UPDATE users SET second_factor_at = $2 WHERE id = $1 AND second_factor_at IS NULL",
        user,
        now
    )?;
    if first == 1 { new_codes(tx, keys, user).await } else { Ok(Vec::new()) }
}

/// What a code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// From the app.
    App,
    /// A recovery code.
    RecoveryCode,
}

/// Takes a code: one from the app, or a recovery code. Each is taken once, however often it is sent at once.
///
/// # Errors
/// 422 at `code`.
pub async fn take(tx: &mut Tx, keys: &DataKeys, user: UserId, code: &str, now: Instant) -> Result<By> {
    let compact: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).collect();
    if compact.len() == 6 && compact.bytes().all(|b| b.is_ascii_digit()) {
        let sealed = platform_sql!(optional Sealed, tx, "SELECT secret FROM authenticators WHERE user_id = $1 AND confirmed_at IS NOT NULL", user)?;
        let Some((sealed,)) = sealed else { return Err(wrong_code()) };
        let step = matching(&open(keys, place(user), &sealed)?, &compact, now)?.ok_or_else(wrong_code)?;
        let taken = platform_sql!(
            exec,
            tx,
            "UPDATE authenticators SET last_step = $2 WHERE user_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL",
            user,
            step
        )?;
        return if taken == 1 {
            Ok(By::App)
        } else {
            Err(AppError::field("code", "That code was used already. Wait for the next one."))
        };
    }
    let taken = platform_sql!(
        exec,
        tx,
        "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
        user,
        hash(keys, &compact),
        now
    )?;
    if taken == 1 {
        return Ok(By::RecoveryCode);
    }
    // It tells who has given the password, and holds a code that opens nothing any more, what its owner needs to know.
    let spent = platform_sql!(
        optional(UserId,),
        tx,
        "SELECT user_id FROM recovery_codes WHERE user_id = $1 AND code_hash = $2",
        user,
        hash(keys, &compact)
    )?;
    Err(spent.map_or_else(wrong_code, |_| AppError::field("code", "That recovery code has been used already.")))
}

/// Replaces all recovery codes; shown this once.
///
/// # Errors
/// The database is busy.
pub async fn new_codes(tx: &mut Tx, keys: &DataKeys, user: UserId) -> Result<Vec<String>> {
    platform_sql!(exec, tx, "DELETE FROM recovery_codes WHERE user_id = $1", user)?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let random = UnwrapErr(SysRng).random::<[u8; CODE_LETTERS]>();
        let code: String = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        platform_sql!(
            exec,
            tx,
            "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)",
            user,
            hash(keys, &code)
        )?;
        codes.push(format!("{}-{}", &code[..CODE_LETTERS / 2], &code[CODE_LETTERS / 2..]));
    }
    Ok(codes)
}

/// Takes somebody's authenticator app away.
///
/// # Errors
/// 404 without one; as [`without`].
pub async fn remove_app(tx: &mut Tx, user: UserId, must: bool) -> Result<()> {
    hold(tx, user).await?;
    let gone =
        platform_sql!(exec, tx, "DELETE FROM authenticators WHERE user_id = $1 AND confirmed_at IS NOT NULL", user)?;
    if gone == 0 {
        return Err(AppError::not_found("an authenticator app of yours"));
    }
    without(tx, user, must).await
}

/// What changes somebody's second factor waits here for others that do: two that each leave the other's would leave none.
///
/// # Errors
/// The database is busy.
pub async fn hold(tx: &mut Tx, user: UserId) -> Result<()> {
    platform_sql!(exec, tx, "UPDATE users SET second_factor_at = second_factor_at WHERE id = $1", user)?;
    Ok(())
}

/// Something of somebody's second factor is gone. If it was the last of it, their recovery codes go too.
///
/// # Errors
/// 409 where it was the last, and they have to have one.
pub async fn without(tx: &mut Tx, user: UserId, must: bool) -> Result<()> {
    let (left,) = platform_sql!(
        one(bool,),
        tx,
        "SELECT EXISTS (SELECT 1 FROM passkeys AS p WHERE p.user_id = users.id)
             OR EXISTS (SELECT 1 FROM authenticators AS a WHERE a.user_id = users.id AND a.confirmed_at IS NOT NULL) AS has
         FROM users WHERE users.id = $1",
        user
    )?;
    match (left, must) {
        (true, _) => Ok(()),
        (false, true) => Err(AppError::conflict("Your account has to have two-step login.")),
        (false, false) => remove(tx, user).await,
    }
}

/// Takes somebody's second factor away, all of it: the app, the passkeys, and what is left of the recovery codes.
///
/// # Errors
/// The database is busy.
pub async fn remove(tx: &mut Tx, user: UserId) -> Result<()> {
    platform_sql!(exec, tx, "DELETE FROM authenticators WHERE user_id = $1", user)?;
    platform_sql!(exec, tx, "DELETE FROM passkeys WHERE user_id = $1", user)?;
    platform_sql!(exec, tx, "DELETE FROM recovery_codes WHERE user_id = $1", user)?;
    platform_sql!(exec, tx, "UPDATE users SET second_factor_at = NULL WHERE id = $1", user)?;
    Ok(())
}

/// A sealed secret.
type Sealed = (Vec<u8>,);

/// The step that a code belongs to, if it is one of now or of one step either way.
fn matching(secret: &str, code: &str, now: Instant) -> Result<Option<i64>> {
    let seconds = u64::try_from(now.timestamp().as_second()).map_err(|_| AppError::internal())?;
    let code: String = code.chars().filter(char::is_ascii_digit).take(16).collect();
    let step = if code.len() == 6 { totp(secret, "-")?.check(&code, seconds) } else { None };
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: &str, email: &str) -> Result<Totp> {
    let unusable = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "an authenticator’s secret can’t be used");
        AppError::internal()
    };
    // The address has its name and its account apart with a colon.
    let account = email.replace(':', "");
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(STEP_SECONDS)
        .with_secret(Secret::try_from_base32(secret).map_err(|error| unusable(&error))?)
        .with_account_name(account)
        .with_issuer(Some("Devalo"))
        .build()
        .map_err(|error| unusable(&error))
}

fn open(keys: &DataKeys, place: Place, sealed: &[u8]) -> Result<String> {
    keys.open(place, sealed).map_err(|error| {
        tracing::error!(%error, row = %place.row, "an authenticator’s secret can’t be read");
        AppError::internal()
    })
}

fn shown_to(session: SessionId) -> Place {
    Place { table: "enrolments", column: "secret", row: session.0 }
}

fn place(user: UserId) -> Place {
    Place { table: "authenticators", column: "secret", row: user.0 }
}

/// Keyed, so that a copy of the database can't be searched for them.
fn hash(keys: &DataKeys, code: &str) -> Vec<u8> {
    // As people write them down: capitals, and the letters that were left out for those they look like.
    let code: String = code
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    keys.blind_index("recovery_codes", "code_hash", &code).to_vec()
}

fn wrong_code() -> AppError {
    AppError::field("code", "That code isn’t right. Check the clock of your phone, and use the newest code.")
}

#[cfg(test)]
#[path = "factor_tests.rs"]
mod tests;
