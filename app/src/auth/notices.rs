//! What somebody is told by mail about their own account: each change of how it is opened, so that one which they didn't make
//! doesn't go unseen.

use super::{
    accounts::{self, Person},
    log_in::Browser,
};
use crate::{
    clock::Instant,
    db::Tx,
    error::Result,
    ids::UserId,
    mail::{self, Letter},
    platform::Platform,
};

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice<'a> {
    /// Another password, by who was logged in. These API tokens that they made still work: "“Website” of Harbour Physio".
    PasswordChanged(&'a [String]),
    /// Another password, by a mailed link; API tokens that they made were revoked.
    PasswordReset {
        /// There were some.
        tokens: bool,
    },
    /// They have an authenticator app now.
    FactorAdded,
    /// They have none any more.
    FactorRemoved,
    /// They have a passkey more, of this name.
    PasskeyAdded(&'a str),
    /// They have a passkey less, of this name.
    PasskeyRemoved(&'a str),
    /// An admin had it taken away.
    FactorReset,
    /// Other recovery codes.
    NewRecoveryCodes,
    /// A recovery code was used; so many are left.
    RecoveryCodeUsed(i64),
    /// Logged in with a browser that wasn't known: "Firefox on Windows, on 24 November 2026 at 9:05 am AEDT, from 203.0.113.9".
    NewBrowser(&'a str),
    /// This is their address from now on.
    EmailChanged(&'a str),
    /// An API token was made in an organisation that is theirs, or by them.
    TokenMade {
        /// The word in the organisation’s addresses.
        slug: &'a str,
        /// Its name.
        org: &'a str,
        /// What the token is for.
        token: &'a str,
        /// Who made it; `None`: they.
        by: Option<&'a str>,
    },
}

/// Puts the notice in the outbox, in the transaction of the change.
///
/// # Errors
/// The database is busy.
pub async fn tell(platform: &Platform, tx: &mut Tx, user: UserId, notice: Notice<'_>) -> Result<()> {
    let person = accounts::person_in(platform, tx, user).await?;
    let to = person.email.clone();
    tell_at(platform, tx, &person, to, notice).await
}

/// The same, at an address that may be theirs no longer.
///
/// # Errors
/// The database is busy.
pub async fn tell_at(platform: &Platform, tx: &mut Tx, person: &Person, to: String, notice: Notice<'_>) -> Result<()> {
    let (kind, letter) = letter(&platform.origin, to, &person.name, &notice);
    mail::queue(platform, tx, kind, &letter, None).await
}

/// What kind of letter it is, and what it says.
pub(crate) fn letter(origin: &str, to: String, name: &str, notice: &Notice<'_>) -> (&'static str, Letter) {
    let (kind, subject, what) = words(notice);
    let forgot = format!("{origin}/login/forgot");
    let (mut leads_to, mut button) = (format!("{origin}/account"), "See your account");
    if let Notice::TokenMade { slug, .. } = notice {
        (leads_to, button) = (format!("{origin}/app/{slug}/settings/tokens"), "See the API tokens");
    }
    let closing = match notice {
        Notice::TokenMade { by: Some(by), .. } => {
            format!("If you don’t know what it is for, ask {by}, or revoke it: it stops working at once.")
        }
        Notice::TokenMade { .. } => {
            format!("If that wasn’t you, revoke it, and set another password at once: {forgot}.")
        }
        // A passkey opens the account without the password.
        Notice::PasskeyAdded(_) => {
            format!("If that wasn’t you, set another password at once: {forgot}. Then log in and remove that passkey.")
        }
        _ => format!(
            "If that wasn’t you, set another password at once: {forgot}. Then look at where you are logged in, and at your passkeys."
        ),
    };
    let letter = Letter {
        to,
        subject: subject.to_owned(),
        paragraphs: vec![greeting(name), what],
        action: Some((button.to_owned(), leads_to)),
        closing: vec![closing],
    };
    (kind, letter)
}

/// "Firefox on Windows, on 24 November 2026 at 9:05 am AEDT, from 203.0.113.9", on their own clock.
///
/// # Errors
/// The database is busy.
pub(super) async fn where_from(
    platform: &Platform,
    tx: &mut Tx,
    user: UserId,
    browser: &Browser,
    now: Instant,
) -> Result<String> {
    let zone = accounts::zone_in(platform, tx, user).await?.unwrap_or_else(accounts::usual_zone);
    let at = now.timestamp().to_zoned(zone).strftime("%-d %B %Y at %-I:%M %P %Z").to_string();
    let from = if browser.address.is_empty() { String::new() } else { format!(", from {}", browser.address) };
    Ok(format!("{}, on {at}{from}", browser.device))
}

/// "Hello Casey,"
pub(crate) fn greeting(name: &str) -> String {
    format!("Hello {name},")
}

fn words(notice: &Notice<'_>) -> (&'static str, &'static str, String) {
    let own = str::to_owned;
    match notice {
        Notice::PasswordChanged(tokens) => {
            let still = match tokens {
                [] => String::new(),
                [one] => format!(" The API token {one}, which you made, still works."),
                several => format!(" These API tokens, which you made, still work: {}.", several.join(", ")),
            };
            (
                "auth.password_changed",
                "Your password was changed",
                format!(
                    "The password of your Devalo account was changed. Everywhere else you were logged in, you are logged out.{still}"
                ),
            )
        }
        Notice::PasswordReset { tokens } => {
            let revoked = if *tokens { " The API tokens that you made no longer work." } else { "" };
            (
                "auth.password_reset_done",
                "Your password was changed",
                format!(
                    "The password of your Devalo account was changed with a link that we mailed you. You are logged out everywhere.{revoked} Two-step login, if you have it, still holds."
                ),
            )
        }
        Notice::FactorAdded => (
            "auth.factor_added",
            "You have an authenticator app now",
            own(
                "From now on your Devalo account takes a code from your authenticator app when you log in. Keep your recovery codes where you find them without your phone.",
            ),
        ),
        Notice::FactorRemoved => (
            "auth.factor_removed",
            "Your authenticator app was removed",
            own(
                "The authenticator app of your Devalo account was removed. What else you have set up still works; without a passkey your password alone opens it now.",
            ),
        ),
        Notice::PasskeyAdded(name) => (
            "auth.passkey_added",
            "You have a new passkey",
            format!("The passkey “{name}” opens your Devalo account from now on, without your password."),
        ),
        Notice::PasskeyRemoved(name) => (
            "auth.passkey_removed",
            "A passkey was removed",
            format!("The passkey “{name}” no longer opens your Devalo account."),
        ),
        Notice::FactorReset => (
            "auth.factor_reset",
            "Your two-step login is off",
            own(
                "The two-step login of your Devalo account was removed, with its passkeys, as an admin of your organisation asked a day ago. At your next log-in you set it up anew.",
            ),
        ),
        Notice::NewRecoveryCodes => (
            "auth.new_recovery_codes",
            "You have new recovery codes",
            own("New recovery codes were made for your Devalo account. The ones before no longer work."),
        ),
        Notice::RecoveryCodeUsed(left) => (
            "auth.recovery_code_used",
            "A recovery code was used",
            match left {
                0 => {
                    own("Your last recovery code was used for your Devalo account. Make new ones before you need them.")
                }
                1 => own("A recovery code was used for your Devalo account. You have one left."),
                left => format!("A recovery code was used for your Devalo account. You have {left} left."),
            },
        ),
        Notice::NewBrowser(device) => (
            "auth.new_browser",
            "You logged in somewhere new",
            format!("Your Devalo account was logged in to for the first time with {device}."),
        ),
        Notice::EmailChanged(email) => (
            "auth.email_changed",
            "Your email address was changed",
            format!("Your Devalo account’s email address is {email} from now on. Log in with it."),
        ),
        Notice::TokenMade { org, token, by, .. } => (
            "auth.token_made",
            "An API token was made",
            format!(
                "{} made the API token “{token}” for {org}. A program that has it does there what it was allowed, without logging in.",
                by.unwrap_or("You")
            ),
        ),
    }
}
