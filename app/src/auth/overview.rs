//! What the account's page shows.

use jiff::tz::TimeZone;

use super::{
    accounts, email, factor, log_in, passkeys, session,
    standing::LoggedIn,
    wire::{AccountPage, Happening, NewAddress, PasskeyLine, SessionLine},
};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    db::Access,
    error::Result,
    people::factor_reset,
    platform::Platform,
    platform_sql, request,
};

/// As many happenings are shown, those that are the same one after the other as one.
const HAPPENINGS: usize = 10;
/// Of as many.
const LATEST: i64 = 200;

/// How somebody's account is secured, and where they are logged in.
///
/// # Errors
/// The database is busy.
pub async fn account(platform: &Platform, person: LoggedIn) -> Result<AccountPage> {
    let accounts::Person { name, email: address } = accounts::person(platform, person.user).await?;
    let mut tx = platform.begin(Access::Read).await?;
    let state = factor::state(&mut tx, person.user).await?;
    let passkeys = passkeys::list(&mut tx, person.user).await?;
    let (confirmed_at, _) = platform_sql!(
        one(Option<Instant>, bool),
        &mut tx,
        "SELECT email_confirmed_at, must_enrol FROM users WHERE id = $1",
        person.user
    )?;
    let pending = email::pending(platform, &mut tx, person.user).await?;
    let happenings = audit::of_account(platform, &mut tx, person.user, LATEST).await?;
    let zone = match accounts::zone_in(platform, &mut tx, person.user).await? {
        Some(zone) => zone,
        None => zone_of_browser().await,
    };
    let date = |at| date(&zone, at);
    tx.commit().await?;
    let now = platform.clock.now();
    let mut sessions = session::list(platform, person).await?;
    // Stable: the others keep their order.
    sessions.sort_by_key(|session| session.id != person.session);
    let line = |session: session::Listed| {
        let here = session.id == person.session;
        let used = if here { String::new() } else { format!(", last used {}", ago(session.seen_at, now)) };
        let from = if session.place.is_empty() { String::new() } else { format!(" from {}", session.place) };
        let stays = if session.remembered { "; stays logged in" } else { "" };
        SessionLine {
            id: session.id.to_string(),
            here,
            text: format!("Logged in {}{from}{used}{stays}.", ago(session.created_at, now)),
            device: session.device,
        }
    };
    Ok(AccountPage {
        name,
        email: address,
        email_confirmed: confirmed_at.is_some(),
        new_email: pending.map(|email::Pending { email, old_agreed, new_agreed }| NewAddress {
            email,
            old_agreed,
            new_agreed,
        }),
        app_since: state.app_since.map(date),
        passkeys: passkeys.into_iter().map(|passkey| passkey_line(&zone, passkey, now)).collect(),
        must_have_factor: log_in::asked_of(platform, person.user).await?.factor,
        factor_reset_on: factor_reset::due_for(platform, person.user).await?.map(date),
        codes_left: state.codes_left,
        confirmed: person.is_elevated(),
        sessions: sessions.into_iter().map(line).collect(),
        happenings: happenings
            .chunk_by(|(_, action, _, detail), (_, next, _, details)| (action, detail) == (next, details))
            .take(HAPPENINGS)
            .map(|same| happening(same, now))
            .collect(),
    })
}

/// What happened, once or more often in a row; the last time comes first.
fn happening(same: &[(Instant, String, String, Detail)], now: Instant) -> Happening {
    let Some((at, action, place, detail)) = same.first() else { return Happening::default() };
    let action = action.as_str();
    let what = match (action, detail.get("step")) {
        ("auth.account_made", _) => "Made the account",
        ("auth.confirmed", _) => "Confirmed that it was you",
        ("auth.session_ended", _) => "Logged out on another device",
        ("auth.logged_out_everywhere", _) => "Logged out everywhere",
        ("auth.logged_out_elsewhere", _) => "Logged out on all other devices",
        ("auth.reset_asked", _) => "Somebody asked for another password by mail",
        ("auth.email_change_asked", _) => "Asked for another email address",
        ("auth.email_change_cancelled", _) => "Kept the email address after all",
        ("auth.renamed", _) => "Changed the name",
        ("auth.logged_in", Some(_)) => "Logged in with a recovery code",
        ("auth.logged_in", _) => "Logged in",
        ("auth.refused", Some("password" | "again")) => "A wrong password was refused",
        ("auth.refused", Some("code")) => "A wrong code was refused, after the right password",
        ("auth.refused", _) => "A passkey that didn’t work was refused",
        ("auth.password_changed", _) => "Changed the password",
        ("auth.password_reset", _) => "Set the password anew by mail",
        ("auth.email_confirmed", _) => "Confirmed the email address",
        ("auth.email_changed", _) => "Changed the email address",
        ("auth.factor_added", _) => "Set up an authenticator app",
        ("auth.factor_removed", _) => "Removed the authenticator app",
        ("auth.factor_reset", _) => "An admin removed two-step login",
        ("auth.operator_reset", _) => "The account was reset on the server",
        ("auth.new_recovery_codes", _) => "Made new recovery codes",
        ("auth.passkey_added", _) => "Added a passkey",
        ("auth.passkey_removed", _) => "Removed a passkey",
        ("admin.logged_out", _) => "Whoever runs the platform logged you out everywhere",
        (other, _) => other,
    };
    let elsewhere = same.iter().any(|(_, _, other, _)| other != place);
    let from = match (place.is_empty(), elsewhere) {
        (true, _) => String::new(),
        (false, true) => format!(", from {place} and elsewhere"),
        (false, false) => format!(", from {place}"),
    };
    let by_code = action == "auth.logged_in" && detail.get("step").is_some();
    Happening {
        what: if same.len() == 1 { what.to_owned() } else { format!("{what}, {} times", same.len()) },
        when: format!("{}{from}", ago(*at, now)),
        alarming: by_code
            || matches!(action, "auth.refused" | "auth.factor_reset" | "auth.operator_reset" | "auth.password_reset"),
    }
}

fn passkey_line(zone: &TimeZone, passkey: passkeys::Listed, now: Instant) -> PasskeyLine {
    let used = match passkey.used_at {
        Some(at) => format!("used last {}", ago(at, now)),
        None => "not used yet".to_owned(),
    };
    PasskeyLine {
        id: passkey.id.to_string(),
        text: format!("Made on {}, {used}.", date(zone, passkey.created_at)),
        name: passkey.name,
    }
}

/// The clock of the browser, where it said so, for who belongs to no organisation.
async fn zone_of_browser() -> TimeZone {
    let said = request::cookie("devalo_zone").await.ok().flatten();
    said.and_then(|zone| TimeZone::get(&zone).ok()).unwrap_or_else(accounts::usual_zone)
}

/// "23 November 2026"
fn date(zone: &TimeZone, at: Instant) -> String {
    at.day_in(zone.clone())
}

/// "just now", "5 minutes ago", "yesterday": people tell their sessions apart by it.
/// "5 minutes ago", "on 23 November 2026".
pub(crate) fn ago(then: Instant, now: Instant) -> String {
    let minutes = (now.micros() - then.micros()).max(0) / 60_000_000;
    match (minutes, minutes / 60, minutes / 60 / 24) {
        (0, ..) => "just now".to_owned(),
        (1, ..) => "a minute ago".to_owned(),
        (minutes, 0, _) => format!("{minutes} minutes ago"),
        (_, 1, _) => "an hour ago".to_owned(),
        (_, hours, 0) => format!("{hours} hours ago"),
        (_, _, 1) => "a day ago".to_owned(),
        (_, _, days) => format!("{days} days ago"),
    }
}
