//! Somebody's email address: that they read mail at it, and changing it, to which both the old and the new one agree.

use super::{
    accounts, log_in,
    mailed_link::{self, Purpose},
    notices::{self, Notice},
    session,
    standing::{Elevated, LoggedIn},
    throttle::{self, Subject},
};
use crate::{
    clock::Instant,
    crypto::{DataKeys, Place, normalise_email},
    db::{Access, DbError, Tx},
    error::{AppError, Result},
    ids::UserId,
    mail::{self, Letter},
    others,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
};

/// A change that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The address that it is to be.
    pub email: String,
    /// The address until now has agreed.
    pub old_agreed: bool,
    /// The new one has agreed.
    pub new_agreed: bool,
}

/// What came of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Somebody reads mail at their address.
    Address,
    /// One of the two has agreed; the other hasn't yet.
    Half,
    /// Both have: the address is changed.
    Changed,
}

/// Mails somebody a link that shows that they read mail at their address.
///
/// # Errors
/// 409 where that is known; 429 after too many.
pub async fn ask_to_confirm(platform: &Platform, person: LoggedIn) -> Result<()> {
    let now = platform.clock.now();
    count(platform, person.user, "confirm").await?;
    let mut tx = platform.begin(Access::Write).await?;
    let confirmed = platform_sql!(
        one ConfirmedAt,
        &mut tx,
        "SELECT email_confirmed_at FROM users WHERE id = $1",
        person.user
    )?;
    if confirmed.0.is_some() {
        return Err(AppError::conflict("Your email address is confirmed already."));
    }
    let who = accounts::person_in(platform, &mut tx, person.user).await?;
    let link = link(platform, &mut tx, person.user, Purpose::Confirm, now).await?;
    let letter = confirm_letter(who.email, &who.name, link);
    mail::queue(platform, &mut tx, "auth.confirm_email", &letter, Some(worth(now))).await?;
    Ok(tx.commit().await?)
}

/// Somebody wants another address: a link goes to the old one and one to the new one, and it changes once both were
/// followed. Where the new one has an account already, its owner is told, and nothing comes of it.
///
/// # Errors
/// 422 at `email`; 429 after too many.
pub async fn ask_to_change(platform: &Platform, elevated: Elevated, email: &str) -> Result<()> {
    let user = elevated.person().user;
    let email = email.trim();
    if !log_in::is_email(email) {
        return Err(AppError::field("email", "Enter an email address like name@example.com.au."));
    }
    let now = platform.clock.now();
    count(platform, user, "change email").await?;
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let who = accounts::person_in(platform, &mut tx, user).await?;
    if normalise_email(&who.email) == normalise_email(email) {
        return Err(AppError::field("email", "That is your address already."));
    }
    mailed_link::withdraw(&mut tx, user, &[Purpose::OldEmail, Purpose::NewEmail]).await?;
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO email_changes (user_id, email, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET email = $2, expires_at = $3, old_confirmed_at = NULL, new_confirmed_at = NULL",
        user,
        keys.seal(place(user), email),
        worth(now)
    )?;
    let old_link = link(platform, &mut tx, user, Purpose::OldEmail, now).await?;
    let to_old = old_letter(&platform.origin, who.email.clone(), &who.name, email, old_link);
    mail::queue(platform, &mut tx, "auth.change_email_old", &to_old, Some(worth(now))).await?;
    let to_new = if owner_of(&mut tx, &keys, email).await?.is_some() {
        taken_letter(email.to_owned())
    } else {
        let link = link(platform, &mut tx, user, Purpose::NewEmail, now).await?;
        new_letter(email.to_owned(), &who.name, link)
    };
    mail::queue(platform, &mut tx, "auth.change_email_new", &to_new, Some(worth(now))).await?;
    log_in::log(platform, &mut tx, user, "auth.email_change_asked").await?;
    Ok(tx.commit().await?)
}

/// Asks whoever has an account to confirm its address.
pub(crate) fn confirm_letter(to: String, name: &str, link: String) -> Letter {
    Letter {
        to,
        subject: "Confirm your email address".to_owned(),
        paragraphs: vec![
            notices::greeting(name),
            "This is the address of your Devalo account. Please confirm that you read mail here:".to_owned(),
        ],
        action: Some(("Confirm my address".to_owned(), link)),
        closing: vec!["The link works for a day. If you have no account with us, do nothing.".to_owned()],
    }
}

/// Asks the old address to agree to the new one.
pub(crate) fn old_letter(origin: &str, to: String, name: &str, new: &str, link: String) -> Letter {
    Letter {
        to,
        subject: "Agree to your new email address".to_owned(),
        paragraphs: vec![
            notices::greeting(name),
            format!(
                "Your Devalo account is to have the address {new} from now on. Please agree from this one, and from the new one too:"
            ),
        ],
        action: Some(("Agree".to_owned(), link)),
        closing: vec![format!(
            "If you didn’t ask for that, do nothing here, and set another password at once: {origin}/login/forgot"
        )],
    }
}

/// Asks the new address to agree.
pub(crate) fn new_letter(to: String, name: &str, link: String) -> Letter {
    Letter {
        to,
        subject: "Confirm your new email address".to_owned(),
        paragraphs: vec![
            notices::greeting(name),
            "This is to be the address of your Devalo account. Please confirm that you read mail here:".to_owned(),
        ],
        action: Some(("Confirm".to_owned(), link)),
        closing: vec!["The link works for a day. If you have no account with us, do nothing.".to_owned()],
    }
}

/// Tells the owner of an address that somebody else wanted it.
pub(crate) fn taken_letter(to: String) -> Letter {
    Letter {
        to,
        subject: "Your email address and Devalo".to_owned(),
        paragraphs: vec![
            "Hello,".to_owned(),
            "Somebody wanted to use this address for their Devalo account. It has an account already, so nothing came of it.".to_owned(),
        ],
        action: None,
        closing: vec!["If that was you, log in with this address instead.".to_owned()],
    }
}

/// Somebody thinks better of it.
///
/// # Errors
/// The database is busy.
pub async fn cancel_change(platform: &Platform, person: LoggedIn) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    forget(&mut tx, person.user).await?;
    log_in::log(platform, &mut tx, person.user, "auth.email_change_cancelled").await?;
    Ok(tx.commit().await?)
}

/// The change that is under way.
///
/// # Errors
/// The database is busy.
pub async fn pending(platform: &Platform, tx: &mut Tx, user: UserId) -> Result<Option<Pending>> {
    let found = platform_sql!(optional Change, tx, "SELECT email, old_confirmed_at, new_confirmed_at, expires_at FROM email_changes WHERE user_id = $1", user)?;
    let Some((sealed, old, new, until)) = found.filter(|(.., until)| platform.clock.now() < *until) else {
        return Ok(None);
    };
    let _ = until;
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    Ok(Some(Pending { email: open(&keys, user, &sealed)?, old_agreed: old.is_some(), new_agreed: new.is_some() }))
}

/// What a link would do, without using it.
///
/// # Errors
/// 404 for one that doesn't work.
pub async fn look(platform: &Platform, token: &str) -> Result<Purpose> {
    let mut tx = platform.begin(Access::Read).await?;
    let (_, purpose) = mailed_link::look(&mut tx, token, platform.clock.now()).await?;
    tx.commit().await?;
    if purpose == Purpose::Reset { Err(AppError::not_found("that link")) } else { Ok(purpose) }
}

/// Uses a link. Once both have agreed to another address, it is theirs, and their other sessions end.
///
/// # Errors
/// 404 for a link that doesn't work; 409 where the address has got an account meanwhile.
pub async fn confirm(platform: &Platform, token: &str) -> Result<Confirmed> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    let purposes = [Purpose::Confirm, Purpose::OldEmail, Purpose::NewEmail];
    let (user, purpose) = mailed_link::take(&mut tx, token, &purposes, now).await?;
    match purpose {
        Purpose::OldEmail => {
            platform_sql!(
                exec,
                &mut tx,
                "UPDATE email_changes SET old_confirmed_at = $2 WHERE user_id = $1",
                user,
                now
            )?;
        }
        Purpose::NewEmail => {
            platform_sql!(
                exec,
                &mut tx,
                "UPDATE email_changes SET new_confirmed_at = $2 WHERE user_id = $1",
                user,
                now
            )?;
        }
        Purpose::Confirm | Purpose::Reset => {
            platform_sql!(exec, &mut tx, "UPDATE users SET email_confirmed_at = $2 WHERE id = $1", user, now)?;
            log_in::log(platform, &mut tx, user, "auth.email_confirmed").await?;
            tx.commit().await?;
            return Ok(Confirmed::Address);
        }
    }
    let pending = pending(platform, &mut tx, user).await?.ok_or_else(|| AppError::not_found("that change"))?;
    if !(pending.old_agreed && pending.new_agreed) {
        tx.commit().await?;
        return Ok(Confirmed::Half);
    }
    change(platform, &mut tx, user, &pending.email, now).await?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await?;
    Ok(Confirmed::Changed)
}

/// Forgets changes that nobody agreed to in time.
///
/// # Errors
/// The database is busy.
pub async fn sweep(tx: &mut Tx, now: Instant) -> Result<()> {
    platform_sql!(exec, tx, "DELETE FROM email_changes WHERE expires_at <= $1", now)?;
    Ok(())
}

async fn change(platform: &Platform, tx: &mut Tx, user: UserId, email: &str, now: Instant) -> Result<()> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let before = accounts::person_in(platform, tx, user).await?;
    let changed = platform_sql!(
        exec,
        tx,
        "UPDATE users SET email = $2, email_index = $3, email_confirmed_at = $4 WHERE id = $1",
        user,
        keys.seal(Place { table: "users", column: "email", row: user.0 }, email),
        keys.blind_index("users", "email", &normalise_email(email)).to_vec(),
        now
    );
    match changed {
        Err(DbError::Unique) => return Err(AppError::conflict("There is an account with that address by now.")),
        other => other?,
    };
    log_in::forget_access(tx, user).await?;
    mailed_link::withdraw(tx, user, &[Purpose::Confirm]).await?;
    session::end_every(tx, user).await?;
    log_in::log(platform, tx, user, "auth.email_changed").await?;
    for to in [before.email.clone(), email.to_owned()] {
        notices::tell_at(platform, tx, &before, to, Notice::EmailChanged(email)).await?;
    }
    Ok(())
}

/// A change of address that is under way comes to nothing.
///
/// # Errors
/// The database is busy.
pub(super) async fn forget(tx: &mut Tx, user: UserId) -> Result<()> {
    platform_sql!(exec, tx, "DELETE FROM email_changes WHERE user_id = $1", user)?;
    mailed_link::withdraw(tx, user, &[Purpose::OldEmail, Purpose::NewEmail]).await
}

async fn owner_of(tx: &mut Tx, keys: &DataKeys, email: &str) -> Result<Option<UserId>> {
    let index = keys.blind_index("users", "email", &normalise_email(email)).to_vec();
    Ok(platform_sql!(optional(UserId,), tx, "SELECT id FROM users WHERE email_index = $1", index)?.map(|(user,)| user))
}

async fn link(platform: &Platform, tx: &mut Tx, user: UserId, purpose: Purpose, now: Instant) -> Result<String> {
    let token = mailed_link::make(tx, user, purpose, now).await?;
    Ok(format!("{}/login/confirm/{}", platform.origin, token.reveal()))
}

async fn count(platform: &Platform, user: UserId, what: &str) -> Result<()> {
    let mut tx = platform.begin(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    tx.commit().await?;
    let subject = Subject::new(&keys, throttle::Kind::Account, &format!("{what} {user}"));
    let _stays_counted = throttle::count(platform, vec![subject]).await?;
    Ok(())
}

fn worth(now: Instant) -> Instant {
    now.plus_seconds(Purpose::NewEmail.life_seconds())
}

type ConfirmedAt = (Option<Instant>,);
type Change = (Vec<u8>, Option<Instant>, Option<Instant>, Instant);

fn open(keys: &DataKeys, user: UserId, sealed: &[u8]) -> Result<String> {
    keys.open(place(user), sealed).map_err(|error| {
        tracing::error!(%error, %user, "somebody’s new address can’t be read");
        AppError::internal()
    })
}

fn place(user: UserId) -> Place {
    Place { table: "email_changes", column: "email", row: user.0 }
}
