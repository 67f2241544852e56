//! Somebody who runs the platform has lost their phone and their recovery codes. Nobody is above them who could help, so that it is
//! done on the server itself, by who can read its settings: `devalo reset-operator`.

use super::{
    accounts::{self, Person},
    factor, log_in,
    mailed_link::{self, Purpose},
    notices,
    secret_token::{Kind, SecretToken},
    session,
};
use crate::{
    admin::operator::runs_platform,
    audit::{self, Detail},
    crypto::normalise_email,
    db::{Access, Tx},
    error::{AppError, Result},
    ids::UserId,
    mail::{self, Letter},
    others,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
};

/// Who would be reset: so that whoever asks can be shown whom they are about to.
///
/// # Errors
/// 404 for an address that nobody has who runs the platform; whether somebody else has it isn't told.
pub async fn look(platform: &Platform, email: &str) -> Result<Person> {
    let mut tx = platform.begin(Access::Read).await?;
    let user = find(platform, &mut tx, email).await?;
    let person = accounts::person_in(platform, &mut tx, user).await?;
    tx.commit().await?;
    Ok(person)
}

/// Takes away the password, the second factor and the sessions of somebody who runs the platform, and makes a link with which a
/// password is set, once and within 30 minutes; at the next log-in they set two-step login up anew. Until then nothing else admits
/// them. It stands in the platform's log, and they are mailed.
///
/// # Errors
/// As [`look`].
pub async fn reset(platform: &Platform, email: &str) -> Result<String> {
    let now = platform.clock.now();
    // Without a second factor the old password would let in whoever knows it, and that may be why it is reset.
    let nobodys = log_in::hashed(&SecretToken::generate(Kind::Mailed).reveal()).await?;
    let mut tx = platform.begin(Access::Write).await?;
    let user = find(platform, &mut tx, email).await?;
    factor::hold(&mut tx, user).await?;
    factor::remove(&mut tx, user).await?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE users SET must_enrol = TRUE, password_hash = $2 WHERE id = $1",
        user,
        nobodys
    )?;
    session::end_every(&mut tx, user).await?;
    // Links that were mailed before are good no longer.
    log_in::forget_access(&mut tx, user).await?;
    let token = mailed_link::make(&mut tx, user, Purpose::Reset, now).await?;
    let person = accounts::person_in(platform, &mut tx, user).await?;
    let letter = letter(&platform.origin, person.email, &person.name);
    mail::queue(platform, &mut tx, "operator.reset", &letter, None).await?;
    audit::log(platform, &mut tx, None, "auth.operator_reset", Some(user.0), &Detail::default()).await?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await?;
    Ok(format!("{}/login/reset/{}", platform.origin, token.reveal()))
}

/// What they read of it: it was they, or somebody else is on the server.
pub(crate) fn letter(origin: &str, to: String, name: &str) -> Letter {
    Letter {
        to,
        subject: "Your account was reset on the server".to_owned(),
        paragraphs: vec![
            notices::greeting(name),
            "Somebody who can run commands on Devalo’s server had your two-step login removed, with its passkeys and recovery codes. You are logged out everywhere, and your password is good no longer. They were shown a link with which your password can be set, once and within 30 minutes.".to_owned(),
            "At your next log-in you set two-step login up anew.".to_owned(),
        ],
        action: Some(("Set up two-step login".to_owned(), format!("{origin}/login?next=/account"))),
        closing: vec![
            "If that wasn’t you, somebody else is on your server: take it off the internet, and exchange its keys.".to_owned(),
        ],
    }
}

async fn find(platform: &Platform, tx: &mut Tx, email: &str) -> Result<UserId> {
    let nobody = || AppError::not_found("anybody with this address who runs the platform");
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let index = keys.blind_index("users", "email", &normalise_email(email.trim())).to_vec();
    let found = platform_sql!(optional(UserId,), &mut *tx, "SELECT id FROM users WHERE email_index = $1", index)?;
    let (user,) = found.ok_or_else(nobody)?;
    if runs_platform(tx, user).await? { Ok(user) } else { Err(nobody()) }
}
