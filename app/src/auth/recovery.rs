//! A forgotten password: somebody asks for a link, gets it by mail, and sets another password with it. A second factor stays
//! as it is and is asked for all the same.

use super::{
    accounts::{self, Person},
    log_in::{self, Browser},
    mailed_link::{self, Purpose},
    notices::{self, Notice},
    password,
    secret_token::SecretToken,
    session,
    throttle::{self, Subject},
};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    crypto::{Place, normalise_email},
    db::{Access, Tx},
    error::{AppError, FieldErrors, Result},
    id,
    ids::UserId,
    mail::{self, Letter},
    others,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql, tokens,
};

id!(
    /// Somebody's wish for another password.
    RequestId
);

/// Wishes looked at at once.
const AT_ONCE: i64 = 50;

/// Takes down that somebody wants another password, and that they asked. Whether there is such an account makes no difference to what
/// is done here, so that the answer, and its time, are the same.
///
/// # Errors
/// 422 at `email`; 429 after too many.
pub async fn ask(platform: &Platform, email: &str, browser: &Browser) -> Result<()> {
    let email = email.trim();
    if email.is_empty() {
        return Err(AppError::field("email", "Enter your email address."));
    }
    if !log_in::is_email(email) {
        return Err(AppError::field("email", "Enter an email address like name@example.com.au."));
    }
    let now = platform.clock.now();
    let _stays_counted = throttle::count(platform, counted(platform, email, browser).await?).await?;
    let id = RequestId::new(now);
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO reset_requests (id, email, created_at) VALUES ($1, $2, $3)",
        id,
        keys.seal(place(id), email),
        now
    )?;
    // On record whether or not there is such an account, without the address.
    let index = keys.blind_index("users", "email", &normalise_email(email)).to_vec();
    let found = platform_sql!(optional(UserId,), &mut tx, "SELECT id FROM users WHERE email_index = $1", index)?;
    let whose = found.map(|(user,)| user.0);
    audit::log(platform, &mut tx, None, "auth.reset_asked", whose, &Detail::default()).await?;
    tx.commit().await?;
    platform.mail.ring();
    Ok(())
}

/// Under what a wish is counted: the address, and where it comes from.
///
/// # Errors
/// The database is busy.
pub async fn counted(platform: &Platform, email: &str, browser: &Browser) -> Result<Vec<Subject>> {
    let mut tx = platform.begin(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    tx.commit().await?;
    let account = Subject::new(&keys, throttle::Kind::Account, &format!("reset {}", normalise_email(email)));
    let address = Subject::new(&keys, throttle::Kind::Address, &format!("reset {}", browser.address));
    Ok(if browser.address.is_empty() { vec![account] } else { vec![account, address] })
}

/// Writes the letters that were wished for, to those who have an account.
///
/// # Errors
/// The database is busy; what wasn't answered is at the next turn.
pub async fn answer_requests(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin(Access::Read).await?;
    let waiting = platform_sql!(
        all(RequestId,),
        &mut tx,
        "SELECT id FROM reset_requests WHERE created_at <= $1 ORDER BY created_at LIMIT $2",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.commit().await?;
    for (id,) in waiting {
        answer(platform, id).await?;
    }
    Ok(())
}

/// Whose password a link sets, without using it.
///
/// # Errors
/// 404 for one that doesn't work.
pub async fn look(platform: &Platform, token: &str) -> Result<Person> {
    let mut tx = platform.begin(Access::Read).await?;
    let (user, purpose) = mailed_link::look(&mut tx, token, platform.clock.now()).await?;
    let person = accounts::person_in(platform, &mut tx, user).await?;
    tx.commit().await?;
    if purpose == Purpose::Reset { Ok(person) } else { Err(AppError::not_found("that link")) }
}

/// Sets another password with a mailed link. All sessions end, and so do the API tokens that its person made, wherever that was:
/// somebody else may have been in. The second factor stays.
///
/// # Errors
/// 422 at `password`; 404 for a link that doesn't work.
pub async fn reset(platform: &Platform, token: &str, new: &str) -> Result<()> {
    let person = look(platform, token).await?;
    let mut errors = FieldErrors::default();
    errors.take("password", password::check_new(new, &[&person.name, &person.email]));
    errors.finish()?;
    let fresh = log_in::hashed(new).await?;
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Read).await?;
    let (user, _) = mailed_link::look(&mut tx, token, now).await?;
    tx.commit().await?;
    // Before, so that none is left behind whatever happens in between.
    let tokens = tokens::revoke_everywhere(platform, user).await?;
    let mut tx = platform.begin(Access::Write).await?;
    let (user, _) = mailed_link::take(&mut tx, token, &[Purpose::Reset], now).await?;
    log_in::forget_access(&mut tx, user).await?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE users SET password_hash = $2, email_confirmed_at = coalesce(email_confirmed_at, $3) WHERE id = $1",
        user,
        fresh,
        now
    )?;
    session::end_every(&mut tx, user).await?;
    // Who guessed at the password before has nothing to do with this one.
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let email = accounts::person_in(platform, &mut tx, user).await?.email;
    let guesses = format!("password {}", normalise_email(&email));
    throttle::forget(&mut tx, &Subject::new(&keys, throttle::Kind::Account, &guesses)).await?;
    notices::tell(platform, &mut tx, user, Notice::PasswordReset { tokens }).await?;
    log_in::log(platform, &mut tx, user, "auth.password_reset").await?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await?;
    // And after, when no session is left that could have made another meanwhile.
    if let Err(error) = tokens::revoke_everywhere(platform, user).await {
        tracing::error!(%error, %user, "API tokens that were made during a reset may be left");
    }
    Ok(())
}

/// Each is answered once, however many processes try.
async fn answer(platform: &Platform, id: RequestId) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    let asked = platform_sql!(optional Asked, &mut tx, "DELETE FROM reset_requests WHERE id = $1 RETURNING email, created_at", id)?;
    let Some((sealed, asked_at)) = asked else { return Ok(()) };
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let opened = keys.open(place(id), &sealed).inspect_err(|error| {
        tracing::error!(%error, "somebody’s wish for another password can’t be read");
    });
    if let Ok(email) = opened
        && now < asked_at.plus_seconds(Purpose::Reset.life_seconds())
    {
        let index = keys.blind_index("users", "email", &normalise_email(&email)).to_vec();
        let found = platform_sql!(optional(UserId,), &mut tx, "SELECT id FROM users WHERE email_index = $1", index)?;
        if let Some((user,)) = found {
            let token = mailed_link::make(&mut tx, user, Purpose::Reset, now).await?;
            write(platform, &mut tx, user, &token, now).await?;
        }
    }
    Ok(tx.commit().await?)
}

async fn write(platform: &Platform, tx: &mut Tx, user: UserId, token: &SecretToken, now: Instant) -> Result<()> {
    let person = accounts::person_in(platform, tx, user).await?;
    let letter = letter(&platform.origin, person.email, &person.name, &token.reveal());
    mail::queue(platform, tx, "auth.password_reset", &letter, Some(now.plus_seconds(Purpose::Reset.life_seconds())))
        .await
}

/// The way to another password.
pub(crate) fn letter(origin: &str, to: String, name: &str, token: &str) -> Letter {
    Letter {
        to,
        subject: "Reset your password".to_owned(),
        paragraphs: vec![
            notices::greeting(name),
            "We got a request to reset your Devalo password. Set a new one here within 30 minutes:".to_owned(),
        ],
        action: Some(("Reset your password".to_owned(), format!("{origin}/login/reset/{token}"))),
        closing: vec![
            "The link works once. If you didn’t ask for it, do nothing: your password stays as it is.".to_owned(),
        ],
    }
}

type Asked = (Vec<u8>, Instant);

fn place(id: RequestId) -> Place {
    Place { table: "reset_requests", column: "email", row: id.0 }
}
