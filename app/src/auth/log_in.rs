//! Logging in, one step after the other, and showing again who one is.

use axum_extra::extract::cookie::{Cookie, SameSite};
use cookie::time::Duration;
use email_address::EmailAddress;

use super::{
    accounts, email, factor, mailed_link,
    notices::{self, Notice},
    passkeys, password,
    secret_token::{Kind, SecretToken},
    session::{self, New},
    standing::{Elevated, HalfIn, LoggedIn, Standing, Step},
    throttle::{self, Subject},
    wire::Owed,
};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    crypto::{DataKeys, normalise_email},
    db::{Access, Tx},
    error::{AppError, Code, FieldErrors, Result},
    ids::UserId,
    org::{FactorPolicy, Role},
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
};

/// A browser is known for a year after somebody logged in with it.
const KNOWN_SECONDS: i64 = 365 * 24 * 60 * 60;
const LONGEST_EMAIL: usize = 254;
const LONGEST_PASSWORD: usize = 1024;

/// What is known of the browser that somebody logs in with.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// Its address on the network.
    pub address: String,
    /// "Firefox on Windows".
    pub device: String,
    /// The cookie of the session that it had.
    pub session: Option<String>,
    /// The cookie by which it is known.
    pub known: Option<String>,
}

/// What a step gives the browser.
#[derive(Debug)]
pub struct Admitted {
    /// The session's token.
    pub token: SecretToken,
    /// The session outlives the browser.
    pub remembered: bool,
    /// The token by which the browser is known from now on.
    pub known: Option<SecretToken>,
    /// What comes next; `None`: they are logged in.
    pub step: Option<Step>,
}

/// The shape of an email address, of a length that can be mailed to (RFC 5321 §4.5.3.1.3).
pub fn is_email(text: &str) -> bool {
    text.len() <= LONGEST_EMAIL && EmailAddress::is_valid(text.trim()) && !text.chars().any(char::is_control)
}

/// The cookie by which a browser is known. It opens nothing.
pub fn known_cookie(platform: &Platform, token: &SecretToken) -> Cookie<'static> {
    Cookie::build((known_cookie_name(platform), token.reveal()))
        .path("/")
        .http_only(true)
        .secure(platform.is_https())
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(KNOWN_SECONDS))
        .build()
}

/// The name of the cookie by which a browser is known.
pub fn known_cookie_name(platform: &Platform) -> &'static str {
    if platform.is_https() { "__Host-devalo-known" } else { "devalo_known" }
}

/// Checks the email and the password, and begins a session: whole where nothing more is asked of this person, and else
/// one that is good for the next step only.
///
/// The answer is the same, and takes the same time, for an unknown email and a wrong password.
///
/// # Errors
/// 422 for an empty field; 401 for wrong credentials; 429 after too many tries.
pub async fn with_password(
    platform: &Platform,
    email: &str,
    password: &str,
    remembered: bool,
    browser: &Browser,
) -> Result<Admitted> {
    let mut errors = FieldErrors::default();
    if email.trim().is_empty() {
        errors.add("email", "Enter your email address.");
    }
    if password.is_empty() {
        errors.add("password", "Enter your password.");
    }
    if email.len() > LONGEST_EMAIL || password.len() > LONGEST_PASSWORD {
        return Err(wrong_credentials());
    }
    errors.finish()?;

    let email = normalise_email(email);
    let mut tx = platform.begin(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let index = keys.blind_index("users", "email", &email).to_vec();
    let found = platform_sql!(
        optional(UserId, String),
        &mut tx,
        "SELECT id, password_hash FROM users WHERE email_index = $1",
        index
    )?;
    let known = is_known(&mut tx, browser, found.as_ref().map(|(user, _)| *user), platform.clock.now()).await?;
    tx.commit().await?;

    let subjects = subjects(&keys, known, browser, &format!("password {email}"));
    throttle::count(platform, &subjects).await?;
    let stored = found.as_ref().map(|(_, stored)| stored.clone()).unwrap_or_default();
    let (user, outdated) = check(found, password).await?.ok_or_else(wrong_credentials)?;
    let fresh = if outdated { hashed(password).await? } else { stored.clone() };

    let now = platform.clock.now();
    let Asked { step, idle_seconds, .. } = asked_of(platform, user).await?;
    let mut tx = platform.begin(Access::Write).await?;
    throttle::succeeded(&mut tx, &subjects).await?;
    // Another password or a second factor that was set meanwhile ended all sessions: this one mustn't slip by. The row is held
    // until the session is there.
    let unchanged = platform_sql!(
        exec,
        &mut tx,
        "UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash = $3 AND (second_factor_at IS NULL) = $4",
        user,
        fresh,
        stored,
        step != Some(Step::Code)
    )?;
    if unchanged == 0 {
        return Err(AppError::conflict("Your account was changed this very moment. Please log in again."));
    }
    let new = New { user, step, remembered, idle_seconds, device: &browser.device };
    let token = session::begin(&mut tx, now, new, browser.session.as_deref()).await?;
    if step.is_none() {
        log(platform, &mut tx, user, "auth.logged_in").await?;
    }
    let known =
        if step.is_none() && !known { Some(welcome(platform, &mut tx, user, browser, now).await?) } else { None };
    tx.commit().await?;
    Ok(Admitted { token, remembered: remembered && step.is_none(), known, step })
}

/// Takes the code that somebody half-way in owes: from then on they are logged in.
///
/// # Errors
/// 422 at `code`; 429 after too many tries; 401 where the session has ended or owes something else.
pub async fn with_code(platform: &Platform, half: HalfIn, code: &str, browser: &Browser) -> Result<Admitted> {
    if half.step != Step::Code {
        return Err(AppError::new(Code::Unauthenticated, "Please log in again."));
    }
    if code.trim().is_empty() {
        return Err(AppError::field("code", "Enter the code from your authenticator app, or a recovery code."));
    }
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let known = is_known(&mut tx, browser, Some(half.user), now).await?;
    tx.commit().await?;
    let subjects = subjects(&keys, known, browser, &format!("code {}", half.user));
    throttle::count(platform, &subjects).await?;

    let mut tx = platform.begin(Access::Write).await?;
    let by = factor::take(&mut tx, &keys, half.user, code, now).await?;
    tell_of_recovery_code(platform, &mut tx, half.user, by).await?;
    throttle::succeeded(&mut tx, &subjects).await?;
    let (token, remembered) = session::complete(&mut tx, now, half).await?;
    log(platform, &mut tx, half.user, "auth.logged_in").await?;
    let known = if known { None } else { Some(welcome(platform, &mut tx, half.user, browser, now).await?) };
    tx.commit().await?;
    Ok(Admitted { token, remembered, known, step: None })
}

/// What somebody who gave their password can go on with.
///
/// # Errors
/// 401 where they owe something else.
pub async fn owed(platform: &Platform, half: HalfIn) -> Result<Owed> {
    if half.step != Step::Code {
        return Err(AppError::new(Code::Unauthenticated, "Please log in again."));
    }
    let mut tx = platform.begin(Access::Read).await?;
    let app = factor::state(&mut tx, half.user).await?.app_since.is_some();
    let passkey = !passkeys::list(&mut tx, half.user).await?.is_empty();
    tx.commit().await?;
    Ok(Owed { app, passkey })
}

/// Makes the browser known, unless it is.
///
/// # Errors
/// The database is busy.
pub(super) async fn recognise(
    platform: &Platform,
    tx: &mut Tx,
    user: UserId,
    browser: &Browser,
    now: Instant,
) -> Result<Option<SecretToken>> {
    if is_known(tx, browser, Some(user), now).await? {
        return Ok(None);
    }
    welcome(platform, tx, user, browser, now).await.map(Some)
}

/// Shows the set-up of a second factor to somebody who owes one, or to somebody logged in who has just shown again who
/// they are.
///
/// # Errors
/// 401 for anybody else; 409 for who has a factor.
pub async fn enrolment(platform: &Platform, standing: Standing) -> Result<factor::Enrolment> {
    let user = match standing {
        Standing::Half(HalfIn { user, step: Step::Enrolment, .. }) => user,
        _ => standing.elevated()?.person().user,
    };
    let email = accounts::email_of(platform, user).await?;
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let enrolment = factor::begin(&mut tx, &keys, user, &email, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(enrolment)
}

/// Confirms the set-up that somebody half-way in owes: they are logged in, and get their recovery codes, this once.
///
/// # Errors
/// As [`with_code`].
pub async fn with_enrolment(
    platform: &Platform,
    half: HalfIn,
    code: &str,
    browser: &Browser,
) -> Result<(Admitted, Vec<String>)> {
    if half.step != Step::Enrolment {
        return Err(AppError::new(Code::Unauthenticated, "Please log in again."));
    }
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let codes = factor::confirm(&mut tx, &keys, half.user, code, now).await?;
    log(platform, &mut tx, half.user, "auth.factor_added").await?;
    session::end_others(&mut tx, half.user, half.session).await?;
    let (token, remembered) = session::complete(&mut tx, now, half).await?;
    let known = recognise(platform, &mut tx, half.user, browser, now).await?;
    notices::tell(platform, &mut tx, half.user, Notice::FactorAdded).await?;
    tx.commit().await?;
    platform.live.look_again(half.user);
    Ok((Admitted { token, remembered, known, step: None }, codes))
}

/// Somebody logged in shows again who they are: their password, and a code where they have a second factor.
///
/// # Errors
/// 422 at `password` or `code`; 429 after too many tries.
pub async fn again(
    platform: &Platform,
    person: LoggedIn,
    password: &str,
    code: &str,
    browser: &Browser,
) -> Result<Admitted> {
    if password.is_empty() {
        return Err(AppError::field("password", "Enter your password."));
    }
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let (stored, since) = platform_sql!(
        one(String, Option<Instant>),
        &mut tx,
        "SELECT password_hash, second_factor_at FROM users WHERE id = $1",
        person.user
    )?;
    tx.commit().await?;
    // Whoever is logged in is on a browser of theirs; tries count by the session's person all the same.
    let subjects = subjects(&keys, false, browser, &format!("again {}", person.user));
    throttle::count(platform, &subjects).await?;
    if password.len() > LONGEST_PASSWORD || check(Some((person.user, stored)), password).await?.is_none() {
        return Err(AppError::field("password", "That isn’t your password."));
    }
    let mut tx = platform.begin(Access::Write).await?;
    if since.is_some() {
        let by = factor::take(&mut tx, &keys, person.user, code, now).await?;
        tell_of_recovery_code(platform, &mut tx, person.user, by).await?;
    }
    throttle::succeeded(&mut tx, &subjects).await?;
    let (token, remembered) = session::elevate(&mut tx, now, person).await?;
    tx.commit().await?;
    Ok(Admitted { token, remembered, known: None, step: None })
}

/// Confirms a set-up that somebody chose for themselves. Their other sessions end.
///
/// # Errors
/// 422 at `code`; 409 where there is one already.
pub async fn add_factor(platform: &Platform, elevated: Elevated, code: &str) -> Result<Vec<String>> {
    let person = elevated.person();
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let codes = factor::confirm(&mut tx, &keys, person.user, code, platform.clock.now()).await?;
    session::end_others(&mut tx, person.user, person.session).await?;
    notices::tell(platform, &mut tx, person.user, Notice::FactorAdded).await?;
    log(platform, &mut tx, person.user, "auth.factor_added").await?;
    tx.commit().await?;
    platform.live.look_again(person.user);
    Ok(codes)
}

/// Takes somebody's authenticator app away. Their other sessions end.
///
/// # Errors
/// 409 where it is the last factor of somebody who has to have one; 404 without one.
pub async fn remove_factor(platform: &Platform, elevated: Elevated) -> Result<()> {
    let person = elevated.person();
    let must = asked_of(platform, person.user).await?.factor;
    let mut tx = platform.begin(Access::Write).await?;
    factor::remove_app(&mut tx, person.user, must).await?;
    session::end_others(&mut tx, person.user, person.session).await?;
    notices::tell(platform, &mut tx, person.user, Notice::FactorRemoved).await?;
    log(platform, &mut tx, person.user, "auth.factor_removed").await?;
    tx.commit().await?;
    platform.live.look_again(person.user);
    Ok(())
}

/// Replaces somebody's recovery codes; shown this once.
///
/// # Errors
/// 409 for somebody without a second factor.
pub async fn new_recovery_codes(platform: &Platform, elevated: Elevated) -> Result<Vec<String>> {
    let user = elevated.person().user;
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    if factor::state(&mut tx, user).await?.since.is_none() {
        return Err(AppError::conflict("Set up an authenticator app first."));
    }
    let codes = factor::new_codes(&mut tx, &keys, user).await?;
    notices::tell(platform, &mut tx, user, Notice::NewRecoveryCodes).await?;
    log(platform, &mut tx, user, "auth.new_recovery_codes").await?;
    tx.commit().await?;
    Ok(codes)
}

/// Gives somebody another password. Their other sessions end, and this one goes on with another token.
///
/// # Errors
/// 422 at `password` for one that is too short or too common.
pub async fn change_password(platform: &Platform, elevated: Elevated, password: &str) -> Result<Admitted> {
    let person = elevated.person();
    let accounts::Person { name, email } = accounts::person(platform, person.user).await?;
    let mut errors = FieldErrors::default();
    errors.take("password", password::check_new(password, &[&name, &email]));
    errors.finish()?;
    let fresh = hashed(password).await?;
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "UPDATE users SET password_hash = $2 WHERE id = $1", person.user, fresh)?;
    session::end_others(&mut tx, person.user, person.session).await?;
    let (token, remembered) = session::replace(&mut tx, now, person).await?;
    notices::tell(platform, &mut tx, person.user, Notice::PasswordChanged).await?;
    log(platform, &mut tx, person.user, "auth.password_changed").await?;
    tx.commit().await?;
    platform.live.look_again(person.user);
    Ok(Admitted { token, remembered, known: None, step: None })
}

/// Forgets browsers that were known long ago, and mailed links that are too old.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM known_devices WHERE expires_at <= $1", now)?;
    passkeys::sweep(&mut tx, now).await?;
    mailed_link::sweep(&mut tx, now).await?;
    email::sweep(&mut tx, now).await?;
    Ok(tx.commit().await?)
}

/// What is asked of somebody, by themselves and by their organisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// What comes after the password.
    pub(super) step: Option<Step>,
    /// An organisation of theirs asks them for a second factor, now or soon.
    pub(super) factor: bool,
    /// Their sessions end when nothing was done for this long: the strictest of their organisations.
    pub(super) idle_seconds: i64,
}

/// What is asked of somebody.
///
/// # Errors
/// The database is busy.
pub(super) async fn asked_of(platform: &Platform, user: UserId) -> Result<Asked> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let (since, must) = platform_sql!(
        one(Option<Instant>, bool),
        &mut tx,
        "SELECT second_factor_at, must_enrol FROM users WHERE id = $1",
        user
    )?;
    let orgs = platform_sql!(
        all(String, String, Option<Instant>, i64),
        &mut tx,
        "SELECT memberships.role, organisations.factor_policy, organisations.factor_due_at, organisations.idle_minutes
         FROM memberships JOIN organisations ON organisations.id = memberships.org_id WHERE memberships.user_id = $1",
        user
    )?;
    tx.commit().await?;
    let idle_seconds = orgs.iter().map(|(.., minutes)| minutes * 60).min().unwrap_or(session::IDLE_SECONDS);
    let asks = |role: &str, policy: &str| {
        FactorPolicy::parse(policy).is_some_and(|policy| Role::parse(role).is_some_and(|role| policy.asks(role)))
    };
    let asking: Vec<_> = orgs.iter().filter(|(role, policy, ..)| asks(role, policy)).collect();
    let owed = must || asking.iter().any(|(.., due, _)| due.is_none_or(|due| due <= now));
    let step = match since {
        Some(_) => Some(Step::Code),
        None if owed => Some(Step::Enrolment),
        None => None,
    };
    Ok(Asked { step, factor: must || !asking.is_empty(), idle_seconds })
}

/// Whose password it is, and whether its hash was made with other parameters than today's. Takes as long for nobody.
async fn check(found: Option<(UserId, String)>, password: &str) -> Result<Option<(UserId, bool)>> {
    let typed = password.to_owned();
    password::in_turn(move || {
        let Some((user, stored)) = found else {
            // For the time that it takes.
            let _wrong = password::verify_nobody(&typed);
            return None;
        };
        match password::verify(&typed, &stored) {
            password::Verdict::Right => Some((user, false)),
            password::Verdict::RightButOutdated => Some((user, true)),
            password::Verdict::Wrong => None,
        }
    })
    .await
}

/// Hashes a password, when it is its turn.
///
/// # Errors
/// 503 where too many wait.
pub(super) async fn hashed(password: &str) -> Result<String> {
    let typed = password.to_owned();
    password::in_turn(move || password::hash(&typed)).await?.map_err(|_| AppError::internal())
}

fn subjects(keys: &DataKeys, known: bool, browser: &Browser, of: &str) -> Vec<Subject> {
    let account = match browser.known.as_deref().filter(|_| known) {
        Some(cookie) => Subject::new(keys, throttle::Kind::Device, &format!("{of} {cookie}")),
        None => Subject::new(keys, throttle::Kind::Account, of),
    };
    let address = Subject::new(keys, throttle::Kind::Address, &browser.address);
    if browser.address.is_empty() { vec![account] } else { vec![account, address] }
}

async fn is_known(tx: &mut Tx, browser: &Browser, user: Option<UserId>, now: Instant) -> Result<bool> {
    let Some(token) = browser.known.as_deref().and_then(|text| SecretToken::parse(Kind::Device, text).ok()) else {
        return Ok(false);
    };
    let found = platform_sql!(
        optional(UserId, Instant),
        tx,
        "SELECT user_id, expires_at FROM known_devices WHERE token_hash = $1",
        token.hash().to_vec()
    )?;
    Ok(found.is_some_and(|(of, until)| Some(of) == user && now < until))
}

/// Writes down what somebody did to how their account is opened.
pub(super) async fn log(platform: &Platform, tx: &mut Tx, user: UserId, action: &'static str) -> Result<()> {
    audit::log(platform, tx, Some(user), action, Some(user.0), &Detail::default()).await
}

/// Makes a browser known. Who has logged in with others before is told of this one.
async fn welcome(
    platform: &Platform,
    tx: &mut Tx,
    user: UserId,
    browser: &Browser,
    now: Instant,
) -> Result<SecretToken> {
    let before = platform_sql!(
        optional(UserId,),
        tx,
        "SELECT user_id FROM known_devices WHERE user_id = $1 AND expires_at > $2 LIMIT 1",
        user,
        now
    )?;
    if before.is_some() {
        notices::tell(platform, tx, user, Notice::NewBrowser(&browser.device)).await?;
    }
    make_known(tx, user, now).await
}

async fn tell_of_recovery_code(platform: &Platform, tx: &mut Tx, user: UserId, by: factor::By) -> Result<()> {
    if by == factor::By::RecoveryCode {
        let left = factor::state(tx, user).await?.codes_left;
        notices::tell(platform, tx, user, Notice::RecoveryCodeUsed(left)).await?;
    }
    Ok(())
}

async fn make_known(tx: &mut Tx, user: UserId, now: Instant) -> Result<SecretToken> {
    let token = SecretToken::generate(Kind::Device);
    platform_sql!(
        exec,
        tx,
        "INSERT INTO known_devices (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
        token.hash().to_vec(),
        user,
        now.plus_seconds(KNOWN_SECONDS)
    )?;
    Ok(token)
}

fn wrong_credentials() -> AppError {
    AppError::new(Code::Unauthenticated, "That email and password don’t match. Check both and try again.")
}
