//! Sessions live in the database. The browser holds a random 256-bit token in a cookie; the database holds its hash, so a
//! copy of the database opens nothing. Every change of what a session may do gives it another token.

use std::net::IpAddr;

use axum_extra::extract::cookie::{Cookie, SameSite};
use cookie::time::Duration;

use super::{
    log_in,
    secret_token::{Kind, SecretToken},
    standing::{HalfIn, LoggedIn, Standing, Step},
};
use crate::{
    clock::Instant,
    db::{Access, DbError, Tx},
    error::{AppError, Code, Result},
    id,
    ids::UserId,
    others,
    platform::Platform,
    platform_sql, request,
};

id!(
    /// A session: one browser in which somebody has logged in.
    SessionId
);

/// A session ends this long after log-in, whatever happens: 12 hours.
pub const LIFE_SECONDS: i64 = 12 * 60 * 60;
/// The same for somebody who asked to stay logged in: 30 days.
pub const REMEMBERED_SECONDS: i64 = 30 * 24 * 60 * 60;
/// It ends when nothing was done for this long, unless somebody asked to stay logged in, or one of their organisations wants
/// another time: 30 minutes.
pub const IDLE_SECONDS: i64 = 30 * 60;
/// Whoever gave the password has this long for the next step: 10 minutes.
pub const HALF_SECONDS: i64 = 10 * 60;
/// Having shown again who they are holds this long: 10 minutes.
pub const ELEVATED_SECONDS: i64 = 10 * 60;
/// A token that was replaced is still taken from requests that were on their way: 10 seconds.
const LATE_SECONDS: i64 = 10;
/// When a session was used last is written down once in this many seconds.
const SEEN_SECONDS: i64 = 60;

/// A session as its owner sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// Its id.
    pub id: SessionId,
    /// "Firefox on Windows".
    pub device: String,
    /// Asked to stay logged in.
    pub remembered: bool,
    /// Since when.
    pub created_at: Instant,
    /// Used last, to the minute.
    pub seen_at: Instant,
    /// "203.0.113.x": the network that it began in; empty where that isn’t known.
    pub place: String,
    idle_seconds: i64,
}

/// What a new session is to be.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// Whose.
    pub user: UserId,
    /// What they owe; `None`: nothing.
    pub step: Option<Step>,
    /// They asked to stay logged in.
    pub remembered: bool,
    /// It ends when nothing was done for this long.
    pub idle_seconds: i64,
    /// "Firefox on Windows".
    pub device: &'a str,
}

/// The cookie's name. `__Host-` binds it to this host, https and the whole site (RFC 6265bis §4.1.3.2).
pub fn cookie_name(platform: &Platform) -> &'static str {
    if platform.is_https() { "__Host-devalo" } else { "devalo_session" }
}

/// The cookie that carries a session; kept when the browser closes only for who asked to stay logged in.
pub fn cookie(platform: &Platform, token: &SecretToken, remembered: bool) -> Cookie<'static> {
    let mut cookie = Cookie::build((cookie_name(platform), token.reveal()))
        .path("/")
        .http_only(true)
        .secure(platform.is_https())
        .same_site(SameSite::Lax)
        .build();
    if remembered {
        cookie.set_max_age(Duration::seconds(REMEMBERED_SECONDS));
    }
    cookie
}

/// The cookie that makes the browser forget its session.
pub fn removal_cookie(platform: &Platform) -> Cookie<'static> {
    let mut cookie = cookie(platform, &SecretToken::generate(Kind::Session), false);
    cookie.set_value("");
    cookie.make_removal();
    cookie
}

/// So many who logged out are remembered in a browser at most.
const MOST_LEFT: usize = 20;
/// As long as browsers keep a cookie.
const LEFT_DAYS: i64 = 400;

/// The name of the cookie that says who logged out in this browser.
pub fn left_cookie_name(platform: &Platform) -> &'static str {
    if platform.is_https() { "__Host-devalo-left" } else { "devalo_left" }
}

/// Says who logged out by hand in this browser, beside those who did `before`: what waits in it of theirs is forgotten by the first page of ours that looks,
/// which takes the cookie away. So it is readable by our pages; whose session only ends is never in it.
pub fn left_cookie(platform: &Platform, user: UserId, before: &str) -> Cookie<'static> {
    let user = user.to_string();
    let is_id = |id: &&str| id.len() == user.len() && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let mut all: Vec<&str> = before.split('.').filter(is_id).filter(|id| *id != user).collect();
    all.push(&user);
    let latest = all.split_off(all.len().saturating_sub(MOST_LEFT));
    Cookie::build((left_cookie_name(platform), latest.join(".")))
        .path("/")
        .secure(platform.is_https())
        .same_site(SameSite::Strict)
        .max_age(Duration::days(LEFT_DAYS))
        .build()
}

/// A session that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Its token.
    pub token: SecretToken,
    /// Whose session ended for it: after the commit the caller has their streams look again.
    pub ended: Option<UserId>,
}

/// Begins a session and ends the one that the request came with, which may be somebody else’s.
///
/// # Errors
/// The database is busy.
pub async fn begin(tx: &mut Tx, now: Instant, new: New<'_>, previous: Option<&str>) -> Result<Begun> {
    let ended = match previous.and_then(hash) {
        Some(hash) => {
            platform_sql!(optional(UserId,), tx, "DELETE FROM sessions WHERE token_hash = $1 RETURNING user_id", hash)?
        }
        None => None,
    };
    let token = SecretToken::generate(Kind::Session);
    let life = match (new.step, new.remembered) {
        (Some(_), _) => HALF_SECONDS,
        (None, true) => REMEMBERED_SECONDS,
        (None, false) => LIFE_SECONDS,
    };
    // Who logs in has just shown who they are.
    let elevated_until = new.step.is_none().then(|| now.plus_seconds(ELEVATED_SECONDS));
    platform_sql!(
        exec,
        tx,
        "INSERT INTO sessions (token_hash, id, user_id, stage, remembered, device, created_at, seen_at, expires_at, elevated_until, idle_seconds, place) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        token.hash().to_vec(),
        SessionId::new(now),
        new.user,
        stage(new.step),
        new.remembered,
        new.device,
        now,
        now,
        now.plus_seconds(life),
        elevated_until,
        new.idle_seconds,
        network(&request::place())
    )?;
    Ok(Begun { token, ended: ended.map(|(user,)| user) })
}

/// How far the holder of this cookie has come: one look-up by the token's hash. The session counts as used.
///
/// # Errors
/// The database is busy.
pub async fn standing(platform: &Platform, cookie: &str) -> Result<Standing> {
    let now = platform.clock.now();
    let Some(found) = find(platform, cookie, now).await? else { return Ok(Standing::Anonymous) };
    if found.seen_at.plus_seconds(SEEN_SECONDS) <= now {
        // Nobody waits for it; and if it fails the next request writes it.
        tokio::spawn(seen(platform.clone(), found.id, now));
    }
    Ok(found.standing(now))
}

/// The same, where nobody does anything: a page that is left open doesn't keep a session from ending.
///
/// # Errors
/// The database is busy.
pub async fn standing_unused(platform: &Platform, cookie: &str) -> Result<Standing> {
    let now = platform.clock.now();
    Ok(find(platform, cookie, now).await?.map_or(Standing::Anonymous, |found| found.standing(now)))
}

/// How far a session has come, by its id: for a stream that was opened in it. Nor does that keep it from ending.
///
/// # Errors
/// The database is busy.
pub async fn standing_of(platform: &Platform, session: SessionId) -> Result<Standing> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Read).await?;
    tx.last();
    let found = platform_sql!(
        optional Found,
        &mut tx,
        "SELECT id, user_id, stage, remembered, seen_at, expires_at, elevated_until, previous_until, idle_seconds, id = $1 AS current,
                (SELECT platform_admin FROM users WHERE users.id = sessions.user_id) AS runs_platform
         FROM sessions WHERE id = $1",
        session
    )?;
    tx.commit().await?;
    Ok(found.filter(|found| found.holds(now)).map_or(Standing::Anonymous, |found| found.standing(now)))
}

async fn find(platform: &Platform, cookie: &str, now: Instant) -> Result<Option<Found>> {
    let Some(hash) = hash(cookie) else { return Ok(None) };
    let mut tx = platform.begin(Access::Read).await?;
    tx.last();
    let found = platform_sql!(
        all Found,
        &mut tx,
        "SELECT id, user_id, stage, remembered, seen_at, expires_at, elevated_until, previous_until, idle_seconds, token_hash = $1 AS current,
                (SELECT platform_admin FROM users WHERE users.id = sessions.user_id) AS runs_platform
         FROM sessions WHERE token_hash = $1 OR previous_hash = $1",
        hash
    )?;
    tx.commit().await?;
    Ok(found.into_iter().find(|found| found.holds(now)))
}

/// Gives a session that has done its next step another token; from now on it is logged in.
///
/// # Errors
/// 401 where it has ended meanwhile.
pub async fn complete(tx: &mut Tx, now: Instant, half: HalfIn) -> Result<(SecretToken, bool)> {
    let token = SecretToken::generate(Kind::Session);
    let remembered = platform_sql!(
        optional(bool,),
        tx,
        "SELECT remembered FROM sessions WHERE id = $1 AND stage <> 'full'",
        half.session
    )?
    .ok_or_else(ended)?
    .0;
    let life = if remembered { REMEMBERED_SECONDS } else { LIFE_SECONDS };
    let done = platform_sql!(
        exec,
        tx,
        "UPDATE sessions SET token_hash = $2, stage = 'full', seen_at = $3, expires_at = $4, elevated_until = $5 WHERE id = $1 AND stage <> 'full'",
        half.session,
        token.hash().to_vec(),
        now,
        now.plus_seconds(life),
        now.plus_seconds(ELEVATED_SECONDS)
    )?;
    if done == 1 { Ok((token, remembered)) } else { Err(ended()) }
}

/// Gives the session of somebody who has shown again who they are another token. Requests on their way with the one before
/// are still theirs for a moment, but not more than they were.
///
/// # Errors
/// 401 where it has ended meanwhile.
pub async fn elevate(tx: &mut Tx, now: Instant, person: LoggedIn) -> Result<(SecretToken, bool)> {
    rotate(tx, now, person, LATE_SECONDS, Some(now.plus_seconds(ELEVATED_SECONDS))).await
}

/// Gives a session another token; the one before opens nothing from now on, for somebody else may have had it. How long they may
/// change their account stays as it is: they showed who they are before.
///
/// # Errors
/// 401 where it has ended meanwhile.
pub async fn replace(tx: &mut Tx, now: Instant, person: LoggedIn) -> Result<(SecretToken, bool)> {
    rotate(tx, now, person, 0, None).await
}

async fn rotate(
    tx: &mut Tx,
    now: Instant,
    person: LoggedIn,
    late_seconds: i64,
    elevated_until: Option<Instant>,
) -> Result<(SecretToken, bool)> {
    let token = SecretToken::generate(Kind::Session);
    let remembered = platform_sql!(
        optional(bool,),
        tx,
        "SELECT remembered FROM sessions WHERE id = $1 AND stage = 'full'",
        person.session
    )?
    .ok_or_else(ended)?
    .0;
    let done = platform_sql!(
        exec,
        tx,
        "UPDATE sessions SET previous_hash = token_hash, previous_until = $3, token_hash = $2, seen_at = $4, elevated_until = coalesce($5, elevated_until) WHERE id = $1 AND stage = 'full'",
        person.session,
        token.hash().to_vec(),
        now.plus_seconds(late_seconds),
        now,
        elevated_until
    )?;
    if done == 1 { Ok((token, remembered)) } else { Err(ended()) }
}

/// Ends the session of this cookie, so that a copy of it opens nothing. A cookie that is no longer good ends nothing either: whoever has
/// an old copy can’t log its owner out.
///
/// # Errors
/// The database is busy.
pub async fn log_out(platform: &Platform, cookie: &str) -> Result<()> {
    let Some(hash) = hash(cookie) else { return Ok(()) };
    let mut tx = platform.begin(Access::Write).await?;
    let whose = platform_sql!(
        all(UserId,),
        &mut tx,
        "DELETE FROM sessions WHERE token_hash = $1 OR (previous_hash = $1 AND previous_until > $2) RETURNING user_id",
        hash,
        platform.clock.now()
    )?;
    others::commit_and_look_again(platform, tx.commit(), whose.into_iter().map(|(user,)| user)).await
}

/// Somebody's sessions, the one used last first. One that owes a step is nobody's to see.
///
/// # Errors
/// The database is busy.
pub async fn list(platform: &Platform, person: LoggedIn) -> Result<Vec<Listed>> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Read).await?;
    let all = platform_sql!(
        all Listed,
        &mut tx,
        "SELECT id, device, remembered, created_at, seen_at, place, idle_seconds FROM sessions
         WHERE user_id = $1 AND stage = 'full' AND expires_at > $2 ORDER BY seen_at DESC, id",
        person.user,
        now
    )?;
    tx.commit().await?;
    Ok(all
        .into_iter()
        .filter(|session| session.remembered || now < session.seen_at.plus_seconds(session.idle_seconds))
        .collect())
}

/// Ends one of somebody's own sessions.
///
/// # Errors
/// 404 for one that isn't theirs, or has ended.
pub async fn end(platform: &Platform, person: LoggedIn, session: SessionId) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    let done =
        platform_sql!(exec, &mut tx, "DELETE FROM sessions WHERE id = $1 AND user_id = $2", session, person.user)?;
    if done == 0 {
        return Err(AppError::not_found("that session"));
    }
    log_in::log(platform, &mut tx, person.user, "auth.session_ended").await?;
    others::commit_and_look_again(platform, tx.commit(), [person.user]).await?;
    Ok(())
}

/// Ends all of somebody's sessions but this one. Half-way ones too: whoever is in the middle of logging in begins again.
/// After the commit the caller has their streams look again.
///
/// # Errors
/// The database is busy.
pub async fn end_others(tx: &mut Tx, user: UserId, but: SessionId) -> Result<(), DbError> {
    platform_sql!(exec, tx, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", user, but)?;
    Ok(())
}

/// Ends all of somebody's sessions, in a transaction of more. After the commit the caller has their streams look again.
///
/// # Errors
/// The database is busy.
pub async fn end_every(tx: &mut Tx, user: UserId) -> Result<(), DbError> {
    platform_sql!(exec, tx, "DELETE FROM sessions WHERE user_id = $1", user)?;
    Ok(())
}

/// Ends all of somebody's sessions.
///
/// # Errors
/// The database is busy.
pub async fn end_all(platform: &Platform, person: LoggedIn) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    end_every(&mut tx, person.user).await?;
    log_in::log(platform, &mut tx, person.user, "auth.logged_out_everywhere").await?;
    others::commit_and_look_again(platform, tx.commit(), [person.user]).await?;
    Ok(())
}

/// Ends all of somebody's sessions but the one that they ask with.
///
/// # Errors
/// The database is busy.
pub async fn end_elsewhere(platform: &Platform, person: LoggedIn) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    end_others(&mut tx, person.user, person.session).await?;
    log_in::log(platform, &mut tx, person.user, "auth.logged_out_elsewhere").await?;
    others::commit_and_look_again(platform, tx.commit(), [person.user]).await?;
    Ok(())
}

/// An organisation wants another time: somebody's sessions end when nothing was done for as long as the strictest of theirs
/// allows.
///
/// # Errors
/// The database is busy.
pub async fn set_idle(platform: &Platform, user: UserId) -> Result<()> {
    let idle = log_in::asked_of(platform, user).await?.idle_seconds;
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "UPDATE sessions SET idle_seconds = $2 WHERE user_id = $1", user, idle)?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await
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

/// "203.0.113.x": of an address of version 4 its first three numbers (/24), of version 6 what a provider gives a customer or
/// more (/48). Enough to tell home from abroad, too little to find anybody by.
fn network(place: &str) -> String {
    let address = place.split('/').next().unwrap_or_default();
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.x")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:x")
        }
        Err(_) => String::new(),
    }
}

/// "Firefox on Windows", from what a browser says of itself: for people to tell their sessions apart, and no more.
pub fn device(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 7] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = find(&BROWSERS).or_else(|| user_agent.contains("Safari/").then_some("Safari"));
    match (browser, find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Another browser".to_owned(),
    }
}

#[derive(sqlx::FromRow)]
struct Found {
    id: SessionId,
    user_id: UserId,
    stage: String,
    remembered: bool,
    seen_at: Instant,
    expires_at: Instant,
    elevated_until: Option<Instant>,
    previous_until: Option<Instant>,
    idle_seconds: i64,
    current: bool,
    runs_platform: bool,
}

impl Found {
    fn holds(&self, now: Instant) -> bool {
        now < self.expires_at
            && (self.remembered || now < self.seen_at.plus_seconds(self.idle_seconds))
            && (self.current || self.previous_until.is_some_and(|until| now < until))
    }

    fn standing(&self, now: Instant) -> Standing {
        let step = match self.stage.as_str() {
            "full" => {
                let elevated = self.current && self.elevated_until.is_some_and(|until| now < until);
                let runs_platform = self.runs_platform;
                return Standing::In(LoggedIn { session: self.id, user: self.user_id, elevated, runs_platform });
            }
            "second_factor" => Step::Code,
            "enrolment" => Step::Enrolment,
            _ => return Standing::Anonymous,
        };
        Standing::Half(HalfIn { session: self.id, user: self.user_id, step })
    }
}

async fn seen(platform: Platform, session: SessionId, now: Instant) {
    let written = async {
        let mut tx = platform.begin(Access::Write).await?;
        platform_sql!(exec, &mut tx, "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2", session, now)?;
        Ok::<_, AppError>(tx.commit().await?)
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "when a session was used last isn’t written down");
    }
}

fn stage(step: Option<Step>) -> &'static str {
    match step {
        None => "full",
        Some(Step::Code) => "second_factor",
        Some(Step::Enrolment) => "enrolment",
    }
}

fn hash(cookie: &str) -> Option<Vec<u8>> {
    Some(SecretToken::parse(Kind::Session, cookie).ok()?.hash().to_vec())
}

fn ended() -> AppError {
    AppError::new(Code::Unauthenticated, "That session has ended. Please log in again.")
}

#[cfg(test)]
mod tests {
    use super::network;

    /// A network is told, and nobody in it.
    #[test]
    fn an_address_is_told_in_part() {
        for (place, told) in [
            ("203.0.113.7", "203.0.113.x"),
            ("2001:db8:1:2::/64", "2001:db8:1:x"),
            ("::1", "0:0:0:x"),
            ("", ""),
            ("nowhere", ""),
        ] {
            assert_eq!(network(place), told, "{place}");
        }
    }
}
