//! Passkeys (W3C Web Authentication, level 3). The device has checked who holds it, by a finger, a face or a PIN, and signs:
//! so a passkey counts as both factors, and opens an account without its password.
//!
//! What a browser was asked to sign is in the database until it answers: once, for one thing, in the session that asked.

use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
        PublicKeyCredential, RegisterPublicKeyCredential, Url, WebauthnError,
    },
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::{
    accounts, factor,
    log_in::{self, Admitted, Browser},
    notices::{self, Notice},
    secret_token::{Kind, SecretToken},
    session::{self, Begun, New, SessionId},
    standing::{Elevated, HalfIn, LoggedIn, Standing, Step},
    wire::Ceremony,
};
use crate::{
    clock::Instant,
    db::{Access, DbError, Tx},
    error::{AppError, Code, Result},
    id,
    ids::UserId,
    others,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
};

id!(
    /// A passkey.
    PasskeyId
);

/// Whoever was asked to sign has this long: 5 minutes, as browsers give them.
pub const CEREMONY_SECONDS: i64 = 5 * 60;
/// More than anybody has devices.
const MOST: usize = 20;
const LONGEST_NAME: usize = 60;
/// An answer without attestation has about a thousand bytes.
const LONGEST_ANSWER: usize = 16 * 1024;

/// What a browser is asked to sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Making a passkey.
    Add,
    /// Logging in, by whoever it is.
    LogIn,
    /// The second factor after the password.
    Code,
    /// Showing again who one is.
    Again,
}

/// A passkey in the list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// Its id.
    pub id: PasskeyId,
    /// "Chrome on Windows", or what its owner calls it.
    pub name: String,
    /// Since when.
    pub created_at: Instant,
    /// Used last; `None`: not yet.
    pub used_at: Option<Instant>,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::LogIn => "log_in",
            Self::Code => "code",
            Self::Again => "again",
        }
    }

    /// The purpose of this name.
    ///
    /// # Errors
    /// 400 for any other.
    pub fn parse(word: &str) -> Result<Self> {
        [Self::Add, Self::LogIn, Self::Code, Self::Again]
            .into_iter()
            .find(|purpose| purpose.word() == word)
            .ok_or_else(|| AppError::bad_request("We don’t know what that passkey is for. Please load the page again."))
    }
}

/// Asks the browser to sign.
///
/// # Errors
/// 401 or 403 for who may not ask for this; 409 where the site has no name, where there is no passkey yet, or too many.
pub async fn begin(platform: &Platform, standing: Standing, purpose: Purpose) -> Result<Ceremony> {
    let party = relying_party(platform)?;
    let (who, options, state) = match purpose {
        Purpose::LogIn => {
            let (options, state) = party.start_discoverable_authentication().map_err(|error| broken(&error))?;
            (None, json(&options.public_key)?, json(&state)?)
        }
        Purpose::Add => {
            let (user, session) = adding(standing)?;
            let accounts::Person { name, email } = accounts::person(platform, user).await?;
            let own = own(platform, user).await?;
            if own.len() >= MOST {
                return Err(AppError::conflict("You have as many passkeys as anybody can. Remove one first."));
            }
            let known = own.iter().map(|passkey| passkey.cred_id().clone()).collect();
            let (mut options, state) =
                party.start_passkey_registration(user.0, &email, &name, Some(known)).map_err(|error| broken(&error))?;
            // One that the device can find by itself logs in without an email; a key that has no room for it still does as a
            // second factor.
            if let Some(selection) = &mut options.public_key.authenticator_selection {
                selection.resident_key = Some(ResidentKeyRequirement::Preferred);
            }
            (Some((user, session)), json(&options.public_key)?, json(&state)?)
        }
        Purpose::Code | Purpose::Again => {
            let (user, session) = if purpose == Purpose::Code {
                let half = owing(standing)?;
                (half.user, half.session)
            } else {
                let person = standing.logged_in()?;
                (person.user, person.session)
            };
            let own = own(platform, user).await?;
            if own.is_empty() {
                return Err(AppError::conflict(
                    "You have no passkey yet. Use your authenticator app or a recovery code.",
                ));
            }
            let (options, state) = party.start_passkey_authentication(&own).map_err(|error| broken(&error))?;
            (Some((user, session)), json(&options.public_key)?, json(&state)?)
        }
    };
    let token = SecretToken::generate(Kind::Ceremony);
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO passkey_ceremonies (token_hash, purpose, user_id, session_id, state, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        token.hash().to_vec(),
        purpose.word(),
        who.map(|(user, _)| user),
        who.map(|(_, session)| session),
        state,
        platform.clock.now().plus_seconds(CEREMONY_SECONDS)
    )?;
    tx.commit().await?;
    Ok(Ceremony { token: token.reveal(), options })
}

/// Logs in with a passkey alone.
///
/// # Errors
/// 401 for a passkey that nobody has here, an answer to something else, or one that isn't right.
pub async fn log_in(platform: &Platform, token: &str, answer: &str, browser: &Browser) -> Result<Admitted> {
    let party = relying_party(platform)?;
    let state = take(platform, token, Purpose::LogIn, None).await?;
    let state: DiscoverableAuthentication = kept(&state)?;
    let answer: PublicKeyCredential = read(answer)?;
    let (user, credential) = party.identify_discoverable_authentication(&answer).map_err(|error| refused(&error))?;
    let user = UserId(user);
    let Some((id, mut passkey)) = find(platform, user, credential).await? else {
        let words = "That passkey isn’t known here. It may have been removed. Log in with your password.";
        return Err(log_in::refuse(platform, None, "passkey", AppError::new(Code::Unauthenticated, words)).await);
    };
    let result = match party.finish_discoverable_authentication_v2(&answer, state, &passkey) {
        Ok(result) => result,
        Err(error) => return Err(log_in::refuse(platform, Some(user), "passkey", refused(&error)).await),
    };
    let idle_seconds = log_in::asked_of(platform, user).await?.idle_seconds;
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    used(&mut tx, id, &mut passkey, &result, now).await?;
    let new = New { user, step: None, remembered: false, idle_seconds, device: &browser.device };
    let Begun { token, ended } = session::begin(&mut tx, now, new, browser.session.as_deref()).await?;
    log_in::log(platform, &mut tx, user, "auth.logged_in").await?;
    let known = log_in::recognise(platform, &mut tx, user, browser, now).await?;
    others::commit_and_look_again(platform, tx.commit(), ended).await?;
    Ok(Admitted { token, remembered: false, known, step: None })
}

/// Takes a passkey as the second factor that is owed after the password.
///
/// # Errors
/// 401 where the session has ended or owes something else, and for an answer that isn't right.
pub async fn with_passkey(
    platform: &Platform,
    half: HalfIn,
    token: &str,
    answer: &str,
    browser: &Browser,
) -> Result<Admitted> {
    let half = owing(Standing::Half(half))?;
    let signed = signed(platform, Purpose::Code, half.user, half.session, token, answer).await?;
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    signed.used(&mut tx, now).await?;
    let (token, remembered) = session::complete(&mut tx, now, half).await?;
    log_in::log(platform, &mut tx, half.user, "auth.logged_in").await?;
    let known = log_in::recognise(platform, &mut tx, half.user, browser, now).await?;
    tx.commit().await?;
    Ok(Admitted { token, remembered, known, step: None })
}

/// Somebody logged in shows again who they are, with a passkey instead of their password and a code.
///
/// # Errors
/// 401 for an answer that isn't right.
pub async fn again(platform: &Platform, person: LoggedIn, token: &str, answer: &str) -> Result<Admitted> {
    let signed = signed(platform, Purpose::Again, person.user, person.session, token, answer).await?;
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    signed.used(&mut tx, now).await?;
    let (token, remembered) = session::elevate(&mut tx, now, person).await?;
    log_in::log(platform, &mut tx, person.user, "auth.confirmed").await?;
    tx.commit().await?;
    Ok(Admitted { token, remembered, known: None, step: None })
}

/// Keeps a passkey that was just made. Everywhere else its owner is logged out, and here they go on with another token. Whoever
/// had no second factor gets recovery codes, this once; whoever owed one is logged in.
///
/// # Errors
/// 401 or 403 for who may not add one; 409 for one that is kept already; 422 for its name.
pub async fn add(
    platform: &Platform,
    standing: Standing,
    token: &str,
    answer: &str,
    name: &str,
    browser: &Browser,
) -> Result<(Admitted, Vec<String>)> {
    let (user, session) = adding(standing)?;
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(AppError::field("name", format!("A name has at most {LONGEST_NAME} letters, on one line.")));
    }
    let name = if name.is_empty() { browser.device.chars().take(LONGEST_NAME).collect() } else { name.to_owned() };
    let party = relying_party(platform)?;
    let state = take(platform, token, Purpose::Add, Some((user, session))).await?;
    let state: PasskeyRegistration = kept(&state)?;
    let answer: RegisterPublicKeyCredential = read(answer)?;
    let passkey = party.finish_passkey_registration(&answer, &state).map_err(|error| refused(&error))?;
    let now = platform.clock.now();
    let kept_as = json(&passkey)?;
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let added = platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO passkeys (id, user_id, credential_id, credential, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (credential_id) DO NOTHING",
        PasskeyId::new(now),
        user,
        passkey.cred_id().clone(),
        kept_as,
        name.as_str(),
        now
    )?;
    if added == 0 {
        return Err(AppError::conflict("That passkey is in place already."));
    }
    let codes = factor::first(&mut tx, &keys, user, now).await?;
    session::end_others(&mut tx, user, session).await?;
    let admitted = match standing {
        Standing::Half(half) => {
            let (token, remembered) = session::complete(&mut tx, now, half).await?;
            let known = log_in::recognise(platform, &mut tx, user, browser, now).await?;
            Admitted { token, remembered, known, step: None }
        }
        _ => log_in::go_on(&mut tx, now, standing.logged_in()?).await?,
    };
    notices::tell(platform, &mut tx, user, Notice::PasskeyAdded(&name)).await?;
    log_in::log(platform, &mut tx, user, "auth.passkey_added").await?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await?;
    Ok((admitted, codes))
}

/// Takes a passkey away. Everywhere else its owner is logged out, and here they go on with another token.
///
/// # Errors
/// 404 for one that isn't theirs; 409 where it is the last factor of somebody who has to have one.
pub async fn remove(platform: &Platform, elevated: Elevated, id: PasskeyId) -> Result<Admitted> {
    let person = elevated.person();
    let must = log_in::asked_of(platform, person.user).await?.factor;
    let mut tx = platform.begin(Access::Write).await?;
    factor::hold(&mut tx, person.user).await?;
    let name = platform_sql!(
        optional(String,),
        &mut tx,
        "DELETE FROM passkeys WHERE id = $1 AND user_id = $2 RETURNING name",
        id,
        person.user
    )?;
    let Some((name,)) = name else { return Err(AppError::not_found("that passkey")) };
    factor::without(&mut tx, person.user, must).await?;
    session::end_others(&mut tx, person.user, person.session).await?;
    let admitted = log_in::go_on(&mut tx, platform.clock.now(), person).await?;
    notices::tell(platform, &mut tx, person.user, Notice::PasskeyRemoved(&name)).await?;
    log_in::log(platform, &mut tx, person.user, "auth.passkey_removed").await?;
    others::commit_and_look_again(platform, tx.commit(), [person.user]).await?;
    Ok(admitted)
}

/// Somebody's passkeys, the oldest first.
///
/// # Errors
/// The database is busy.
pub async fn list(tx: &mut Tx, user: UserId) -> Result<Vec<Listed>, DbError> {
    platform_sql!(
        all Listed,
        tx,
        "SELECT id, name, created_at, used_at FROM passkeys WHERE user_id = $1 ORDER BY created_at, id",
        user
    )
}

/// Forgets what nobody answered.
///
/// # Errors
/// The database is busy.
pub async fn sweep(tx: &mut Tx, now: Instant) -> Result<()> {
    platform_sql!(exec, tx, "DELETE FROM passkey_ceremonies WHERE expires_at <= $1", now)?;
    Ok(())
}

/// A right answer by somebody who is known.
struct Signed {
    id: PasskeyId,
    passkey: Passkey,
    result: AuthenticationResult,
}

impl Signed {
    async fn used(mut self, tx: &mut Tx, now: Instant) -> Result<()> {
        used(tx, self.id, &mut self.passkey, &self.result, now).await
    }
}

async fn signed(
    platform: &Platform,
    purpose: Purpose,
    user: UserId,
    session: SessionId,
    token: &str,
    answer: &str,
) -> Result<Signed> {
    let party = relying_party(platform)?;
    let state = take(platform, token, purpose, Some((user, session))).await?;
    let state: PasskeyAuthentication = kept(&state)?;
    let answer: PublicKeyCredential = read(answer)?;
    let result = match party.finish_passkey_authentication(&answer, &state) {
        Ok(result) => result,
        Err(error) => return Err(log_in::refuse(platform, Some(user), "passkey", refused(&error)).await),
    };
    let found = find(platform, user, result.cred_id().as_ref()).await?;
    let (id, passkey) = found.ok_or_else(not_right)?;
    Ok(Signed { id, passkey, result })
}

/// Writes down that a passkey was used, and what its device says of itself now. Whoever removed it meanwhile wins.
async fn used(
    tx: &mut Tx,
    id: PasskeyId,
    passkey: &mut Passkey,
    result: &AuthenticationResult,
    now: Instant,
) -> Result<()> {
    passkey.update_credential(result);
    let kept_as = json(passkey)?;
    let done =
        platform_sql!(exec, tx, "UPDATE passkeys SET used_at = $2, credential = $3 WHERE id = $1", id, now, kept_as)?;
    if done == 1 { Ok(()) } else { Err(not_right()) }
}

/// Who may add a passkey: somebody who owes a second factor, or who has just shown again who they are.
fn adding(standing: Standing) -> Result<(UserId, SessionId)> {
    if let Standing::Half(HalfIn { user, session, step: Step::Enrolment }) = standing {
        return Ok((user, session));
    }
    let person = standing.elevated()?.person();
    Ok((person.user, person.session))
}

fn owing(standing: Standing) -> Result<HalfIn> {
    match standing {
        Standing::Half(half) if half.step == Step::Code => Ok(half),
        _ => Err(AppError::new(Code::Unauthenticated, "Please log in again.")),
    }
}

/// The site as passkeys know it: by its name, so that none answers to a page elsewhere.
fn relying_party(platform: &Platform) -> Result<Webauthn> {
    let origin = Url::parse(&platform.origin).map_err(|_| AppError::internal())?;
    let Some(name) = origin.domain() else {
        return Err(AppError::conflict("Passkeys need a site with a name, not a number. Open it by its name."));
    };
    let builder = WebauthnBuilder::new(name, &origin).map_err(|error| broken(&error))?;
    builder.rp_name("Devalo").build().map_err(|error| broken(&error))
}

/// What the browser was asked, once: gone whether or not the answer is right.
async fn take(platform: &Platform, token: &str, purpose: Purpose, who: Option<(UserId, SessionId)>) -> Result<String> {
    let hash = SecretToken::parse(Kind::Ceremony, token).map_err(|_| too_late())?.hash().to_vec();
    let mut tx = platform.begin(Access::Write).await?;
    let found = platform_sql!(
        optional(String, Option<UserId>, Option<SessionId>, String, Instant),
        &mut tx,
        "DELETE FROM passkey_ceremonies WHERE token_hash = $1 RETURNING purpose, user_id, session_id, state, expires_at",
        hash
    )?;
    tx.commit().await?;
    match found {
        Some((of, user, session, state, until))
            if of == purpose.word() && user.zip(session) == who && platform.clock.now() < until =>
        {
            Ok(state)
        }
        _ => Err(too_late()),
    }
}

async fn own(platform: &Platform, user: UserId) -> Result<Vec<Passkey>> {
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(
        all(String,),
        &mut tx,
        "SELECT credential FROM passkeys WHERE user_id = $1 ORDER BY created_at, id",
        user
    )?;
    tx.commit().await?;
    found.iter().map(|(credential,)| kept(credential)).collect()
}

async fn find(platform: &Platform, user: UserId, credential: &[u8]) -> Result<Option<(PasskeyId, Passkey)>> {
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(
        optional(PasskeyId, String),
        &mut tx,
        "SELECT id, credential FROM passkeys WHERE credential_id = $1 AND user_id = $2",
        credential.to_vec(),
        user
    )?;
    tx.commit().await?;
    found.map(|(id, credential)| Ok((id, kept(&credential)?))).transpose()
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| AppError::internal())
}

fn kept<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "what is kept of a passkey can’t be read");
        AppError::internal()
    })
}

fn read<T: serde::de::DeserializeOwned>(answer: &str) -> Result<T> {
    let parsed = (answer.len() <= LONGEST_ANSWER).then(|| serde_json::from_str(answer).ok()).flatten();
    parsed.ok_or_else(|| AppError::bad_request("We couldn’t read what your device answered. Please try again."))
}

fn refused(error: &WebauthnError) -> AppError {
    tracing::info!(%error, "a passkey’s answer isn’t right");
    not_right()
}

fn broken(error: &WebauthnError) -> AppError {
    tracing::error!(%error, "a passkey can’t be asked for");
    AppError::internal()
}

fn not_right() -> AppError {
    AppError::new(Code::Unauthenticated, "That passkey didn’t work. Try again, or another way to log in.")
}

fn too_late() -> AppError {
    AppError::new(Code::Unauthenticated, "That took too long, or was sent twice. Please try again.")
}
