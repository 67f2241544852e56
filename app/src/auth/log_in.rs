//! Logging in, one step after the other, and showing again who one is.

use axum_extra::extract::cookie::{Cookie, SameSite};
use cookie::time::Duration;
use email_address::{EmailAddress, Options};

use super::{
    accounts, email, factor, mailed_link,
    notices::{self, Notice},
    passkeys, password,
    secret_token::{Kind, SecretToken},
    session::{self, Begun, New},
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
    org::{self, FactorPolicy, Role},
    others,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql, tokens,
};

/// A browser is known for a year after somebody logged in with it.
const KNOWN_SECONDS: i64 = 365 * 24 * 60 * 60;
const LONGEST_EMAIL: usize = 254;
/// Mail domains that are no one organisation's: those of the large providers, worldwide and in Australia.
const MAIL_PROVIDERS: [&str; 39] = [
    "adam.com.au",
    "aol.com",
    "aussiebb.com.au",
    "bigpond.com",
    "bigpond.net.au",
    "dodo.com.au",
    "exemail.com.au",
    "fastmail.com",
    "fastmail.com.au",
    "fastmail.fm",
    "gmail.com",
    "gmx.com",
    "googlemail.com",
    "hey.com",
    "hotmail.com",
    "hotmail.com.au",
    "icloud.com",
    "iinet.net.au",
    "internode.on.net",
    "live.com",
    "live.com.au",
    "mac.com",
    "mail.com",
    "me.com",
    "msn.com",
    "optusnet.com.au",
    "outlook.com",
    "outlook.com.au",
    "ozemail.com.au",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "tpg.com.au",
    "tutanota.com",
    "westnet.com.au",
    "yahoo.com",
    "yahoo.com.au",
    "ymail.com",
    "zoho.com",
];
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

/// The shape of an email address and nothing around it, of a length that can be mailed to (RFC 5321 §4.5.3.1.3).
pub fn is_email(text: &str) -> bool {
    let bare = Options::default().without_display_text().without_domain_literal().with_required_tld();
    text.len() <= LONGEST_EMAIL
        && EmailAddress::parse_with_options(text.trim(), bare).is_ok()
        && !text.chars().any(char::is_control)
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
/// The answer is the same, and takes the same time, for an unknown email and a wrong password. So is what is counted: an
/// organisation shows itself here by its people's mail domain, not by who belongs to it.
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

    let domain = email.rsplit_once('@').map(|(_, domain)| domain).filter(|domain| !MAIL_PROVIDERS.contains(domain));
    let group = domain.map(|domain| format!("password {domain}"));
    let subjects = subjects(&keys, known, browser, &format!("password {email}"), group);
    let counted = throttle::count(platform, subjects).await?;
    let (whose, stored) = found.clone().unzip();
    let (user, outdated) = match check(found, password).await {
        Ok(Some(right)) => right,
        Ok(None) => return Err(refuse(platform, whose, "password", wrong_credentials()).await),
        Err(busy) => {
            throttle::take_back(platform, counted).await;
            return Err(busy);
        }
    };
    let stored = stored.unwrap_or_default();
    let fresh = if outdated { hashed(password).await? } else { stored.clone() };

    let now = platform.clock.now();
    let Asked { step, idle_seconds, .. } = asked_of(platform, user).await?;
    let mut tx = platform.begin(Access::Write).await?;
    throttle::succeeded(&mut tx, &counted).await?;
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
    let Begun { token, ended } = session::begin(&mut tx, now, new, browser.session.as_deref()).await?;
    if step.is_none() {
        log(platform, &mut tx, user, "auth.logged_in").await?;
    }
    let known =
        if step.is_none() && !known { Some(welcome(platform, &mut tx, user, browser, now).await?) } else { None };
    others::commit_and_look_again(platform, tx.commit(), ended).await?;
    Ok(Admitted { token, remembered: remembered && step.is_none(), known, step })
}

/// Logs in somebody whose account was made this very moment, by who has shown that they read mail at its address.
///
/// # Errors
/// The database is busy: they log in by themselves then.
pub(crate) async fn first_time(platform: &Platform, user: UserId, browser: &Browser) -> Result<Admitted> {
    let now = platform.clock.now();
    let Asked { step, idle_seconds, .. } = asked_of(platform, user).await?;
    let mut tx = platform.begin(Access::Write).await?;
    let new = New { user, step, remembered: false, idle_seconds, device: &browser.device };
    let Begun { token, ended } = session::begin(&mut tx, now, new, browser.session.as_deref()).await?;
    log(platform, &mut tx, user, "auth.account_made").await?;
    let known = if step.is_none() { recognise(platform, &mut tx, user, browser, now).await? } else { None };
    others::commit_and_look_again(platform, tx.commit(), ended).await?;
    Ok(Admitted { token, remembered: false, known, step })
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
    let groups = accounts::orgs_of(platform, half.user).await?.into_iter().map(|org| format!("code {}", org.slug));
    let subjects = subjects(&keys, known, browser, &format!("code {}", half.user), groups);
    let counted = throttle::count(platform, subjects).await?;

    let mut tx = platform.begin(Access::Write).await?;
    let by = match factor::take(&mut tx, &keys, half.user, code, now).await {
        Ok(by) => by,
        Err(error) => {
            tx.rollback().await?;
            return Err(refuse(platform, Some(half.user), "code", error).await);
        }
    };
    tell_of_recovery_code(platform, &mut tx, half.user, by).await?;
    throttle::succeeded(&mut tx, &counted).await?;
    let (token, remembered) = session::complete(&mut tx, now, half).await?;
    let detail = match by {
        factor::By::App => Detail::default(),
        factor::By::RecoveryCode => Detail::default().with("step", "recovery code"),
    };
    audit::log(platform, &mut tx, Some(half.user), "auth.logged_in", Some(half.user.0), &detail).await?;
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
    let (user, session) = if let Standing::Half(HalfIn { user, session, step: Step::Enrolment }) = standing {
        (user, session)
    } else {
        let person = standing.elevated()?.person();
        (person.user, person.session)
    };
    let email = accounts::email_of(platform, user).await?;
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let enrolment = factor::begin(&mut tx, &keys, (user, session), &email, platform.clock.now()).await?;
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
    let codes = factor::confirm(&mut tx, &keys, (half.user, half.session), code, now).await?;
    log(platform, &mut tx, half.user, "auth.factor_added").await?;
    session::end_others(&mut tx, half.user, half.session).await?;
    let (token, remembered) = session::complete(&mut tx, now, half).await?;
    let known = recognise(platform, &mut tx, half.user, browser, now).await?;
    notices::tell(platform, &mut tx, half.user, Notice::FactorAdded).await?;
    others::commit_and_look_again(platform, tx.commit(), [half.user]).await?;
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
    let known = is_known(&mut tx, browser, Some(person.user), now).await?;
    tx.commit().await?;
    // Whoever is logged in isn't held up by who else is at their address.
    let subject = own_subject(&keys, known, browser, &format!("again {}", person.user));
    let counted = throttle::count(platform, vec![subject]).await?;
    // A longer one is nobody's.
    let typed = if password.len() > LONGEST_PASSWORD { "" } else { password };
    let right = match check(Some((person.user, stored)), typed).await {
        Ok(right) => right.is_some(),
        Err(busy) => {
            throttle::take_back(platform, counted).await;
            return Err(busy);
        }
    };
    if !right {
        let error = AppError::field("password", "That isn’t your password.");
        return Err(refuse(platform, Some(person.user), "again", error).await);
    }
    let mut tx = platform.begin(Access::Write).await?;
    if since.is_some() {
        let by = match factor::take(&mut tx, &keys, person.user, code, now).await {
            Ok(by) => by,
            Err(error) => {
                tx.rollback().await?;
                return Err(refuse(platform, Some(person.user), "code", error).await);
            }
        };
        tell_of_recovery_code(platform, &mut tx, person.user, by).await?;
    }
    throttle::succeeded(&mut tx, &counted).await?;
    let (token, remembered) = session::elevate(&mut tx, now, person).await?;
    log(platform, &mut tx, person.user, "auth.confirmed").await?;
    tx.commit().await?;
    Ok(Admitted { token, remembered, known: None, step: None })
}

/// Confirms a set-up that somebody chose for themselves. Their other sessions end, and this one goes on with another token.
///
/// # Errors
/// 422 at `code`; 409 where there is one already.
pub async fn add_factor(platform: &Platform, elevated: Elevated, code: &str) -> Result<(Admitted, Vec<String>)> {
    let person = elevated.person();
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let this = (person.user, person.session);
    let codes = factor::confirm(&mut tx, &keys, this, code, now).await?;
    session::end_others(&mut tx, person.user, person.session).await?;
    let admitted = go_on(&mut tx, now, person).await?;
    notices::tell(platform, &mut tx, person.user, Notice::FactorAdded).await?;
    log(platform, &mut tx, person.user, "auth.factor_added").await?;
    others::commit_and_look_again(platform, tx.commit(), [person.user]).await?;
    Ok((admitted, codes))
}

/// Takes somebody's authenticator app away. Their other sessions end, and this one goes on with another token.
///
/// # Errors
/// 409 where it is the last factor of somebody who has to have one; 404 without one.
pub async fn remove_factor(platform: &Platform, elevated: Elevated) -> Result<Admitted> {
    let person = elevated.person();
    let must = asked_of(platform, person.user).await?.factor;
    let mut tx = platform.begin(Access::Write).await?;
    factor::remove_app(&mut tx, person.user, must).await?;
    session::end_others(&mut tx, person.user, person.session).await?;
    let admitted = go_on(&mut tx, platform.clock.now(), person).await?;
    notices::tell(platform, &mut tx, person.user, Notice::FactorRemoved).await?;
    log(platform, &mut tx, person.user, "auth.factor_removed").await?;
    others::commit_and_look_again(platform, tx.commit(), [person.user]).await?;
    Ok(admitted)
}

/// Replaces somebody's recovery codes; shown this once. Their session goes on with another token.
///
/// # Errors
/// 409 for somebody without a second factor.
pub async fn new_recovery_codes(platform: &Platform, elevated: Elevated) -> Result<(Admitted, Vec<String>)> {
    let person = elevated.person();
    let user = person.user;
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    if factor::state(&mut tx, user).await?.since.is_none() {
        return Err(AppError::conflict("Set up an authenticator app first."));
    }
    let codes = factor::new_codes(&mut tx, &keys, user).await?;
    let admitted = go_on(&mut tx, platform.clock.now(), person).await?;
    notices::tell(platform, &mut tx, user, Notice::NewRecoveryCodes).await?;
    log(platform, &mut tx, user, "auth.new_recovery_codes").await?;
    tx.commit().await?;
    Ok((admitted, codes))
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
    let tokens = tokens::working_of(platform, person.user).await?;
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "UPDATE users SET password_hash = $2 WHERE id = $1", person.user, fresh)?;
    session::end_others(&mut tx, person.user, person.session).await?;
    forget_access(&mut tx, person.user).await?;
    let known = make_known(&mut tx, person.user, now).await?;
    let (token, remembered) = session::replace(&mut tx, now, person).await?;
    notices::tell(platform, &mut tx, person.user, Notice::PasswordChanged(&tokens)).await?;
    log(platform, &mut tx, person.user, "auth.password_changed").await?;
    others::commit_and_look_again(platform, tx.commit(), [person.user]).await?;
    Ok(Admitted { token, remembered, known: Some(known), step: None })
}

/// After a change of how somebody logs in their session goes on with another token, so that a copy of the one before is good for
/// nothing.
///
/// # Errors
/// 401 where it has ended meanwhile.
pub(super) async fn go_on(tx: &mut Tx, now: Instant, person: LoggedIn) -> Result<Admitted> {
    let (token, remembered) = session::replace(tx, now, person).await?;
    Ok(Admitted { token, remembered, known: None, step: None })
}

/// Whoever had somebody's password, or their mail, may have left something behind: the browsers that are known, links that were
/// mailed, a change of address that is half agreed to. From now on none of it is good any more.
///
/// # Errors
/// The database is busy.
pub(crate) async fn forget_access(tx: &mut Tx, user: UserId) -> Result<()> {
    platform_sql!(exec, tx, "DELETE FROM known_devices WHERE user_id = $1", user)?;
    mailed_link::withdraw(tx, user, &[mailed_link::Purpose::Reset]).await?;
    email::forget(tx, user).await
}

/// Forgets browsers that were known long ago, and mailed links that are too old.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM known_devices WHERE expires_at <= $1", now)?;
    factor::sweep(&mut tx, now).await?;
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
        all(String, String, Option<Instant>, Option<Instant>, i64),
        &mut tx,
        "SELECT memberships.role, organisations.factor_policy, organisations.factor_due_at, organisations.factor_admins_due_at, organisations.idle_minutes
         FROM memberships JOIN organisations ON organisations.id = memberships.org_id WHERE memberships.user_id = $1",
        user
    )?;
    tx.commit().await?;
    let idle_seconds = orgs.iter().map(|(.., minutes)| minutes * 60).min().unwrap_or(session::IDLE_SECONDS);
    let asking: Vec<Option<Instant>> = orgs
        .iter()
        .filter_map(|(role, policy, due, admins_due, _)| {
            let (role, policy) = (Role::parse(role)?, FactorPolicy::parse(policy)?);
            policy.asks(role).then(|| org::factor_due(role, *due, *admins_due))
        })
        .collect();
    let owed = must || asking.iter().any(|due| due.is_none_or(|due| due <= now));
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
pub(crate) async fn hashed(password: &str) -> Result<String> {
    let typed = password.to_owned();
    password::in_turn(move || password::hash(&typed)).await?.map_err(|_| AppError::internal())
}

/// What a try counts under. A browser that is known counts by itself, and not with the rest of its organisation or of its address:
/// others there can't lock anybody out of it.
fn subjects(
    keys: &DataKeys,
    known: bool,
    browser: &Browser,
    of: &str,
    groups: impl IntoIterator<Item = String>,
) -> Vec<Subject> {
    let mut subjects = vec![own_subject(keys, known, browser, of)];
    if known {
        return subjects;
    }
    let mut groups: Vec<String> = groups.into_iter().collect();
    groups.sort_unstable();
    subjects.extend(groups.iter().map(|group| Subject::new(keys, throttle::Kind::Organisation, group)));
    if !browser.address.is_empty() {
        subjects.push(Subject::new(keys, throttle::Kind::Address, &browser.address));
    }
    subjects
}

/// The account, or, for a browser that it is known from, the two together.
fn own_subject(keys: &DataKeys, known: bool, browser: &Browser, of: &str) -> Subject {
    match browser.known.as_deref().filter(|_| known) {
        Some(cookie) => Subject::new(keys, throttle::Kind::Device, &format!("{of} {cookie}")),
        None => Subject::new(keys, throttle::Kind::Account, of),
    }
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

/// Writes down that somebody was refused at a step of logging in, and gives the refusal on. An email that nobody has is written
/// down too, without it: what is refused takes the same time.
pub(super) async fn refuse(
    platform: &Platform,
    whose: Option<UserId>,
    step: &'static str,
    refusal: AppError,
) -> AppError {
    let written = async {
        let mut tx = platform.begin(Access::Write).await?;
        let detail = Detail::default().with("step", step);
        audit::log(platform, &mut tx, None, "auth.refused", whose.map(|user| user.0), &detail).await?;
        Ok::<_, AppError>(tx.commit().await?)
    };
    match written.await {
        Ok(()) => refusal,
        Err(error) => error,
    }
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
        let what = notices::where_from(platform, tx, user, browser, now).await?;
        notices::tell(platform, tx, user, Notice::NewBrowser(&what)).await?;
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
