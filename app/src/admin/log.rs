//! The platform's own log, in sentences: who logged in, what was refused, and what those who run it did.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    operator::Operator,
    revenue,
    wire::{LogLine, LogPage},
};
use crate::{
    audit::{self, PlatformEntry},
    auth::accounts,
    db::{Access, Tx},
    error::Result,
    ids::{OrgId, batches},
    onboarding,
    platform::Platform,
    platform_sql,
};

/// So many on a page.
const PAGE: usize = 50;

/// The newest entries before one; those alone that were done by who runs the platform, if so asked.
///
/// # Errors
/// The database is busy.
pub async fn list(platform: &Platform, _by: Operator, ours: bool, before: Option<i64>) -> Result<LogPage> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut entries = audit::of_platform(platform, &mut tx, ours, before, most).await?;
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let ids: Vec<Uuid> = entries.iter().flat_map(|entry| [entry.actor, entry.subject]).flatten().collect();
    let people = accounts::names_in(platform, &mut tx, ids.clone()).await?;
    let mut orgs = names_of_orgs(&mut tx, ids).await?;
    let invited = entries.iter().filter(|entry| is_of_invitation(&entry.action));
    let invited: Vec<Uuid> = invited.filter_map(|entry| entry.subject).collect();
    let invited = onboarding::names_of_invited(&mut tx, invited).await?;
    orgs.extend(invited.into_iter().filter_map(|(id, one)| Some((id, one.now?))));
    tx.commit().await?;
    let zone = revenue::zone();
    let line = |entry: &PlatformEntry| LogLine {
        number: entry.number,
        when: entry.at.timestamp().to_zoned(zone.clone()).strftime("%-d %B %Y, %-I:%M %P").to_string(),
        what: sentence(entry, &people, &orgs),
        about: entry.detail.each().map(|(name, value)| format!("{}: {value}", capital(name))).collect(),
        place: entry.place.clone(),
    };
    Ok(LogPage {
        lines: entries.iter().map(line).collect(),
        before: entries.last().filter(|_| more).map(|entry| entry.number),
        newest: before.is_none(),
        ours,
    })
}

/// "Olly Operator suspended Alpha Clinic"
fn sentence(entry: &PlatformEntry, people: &HashMap<Uuid, String>, orgs: &HashMap<Uuid, String>) -> String {
    let named = |id: Option<Uuid>| {
        let id = id?;
        people.get(&id).or_else(|| orgs.get(&id)).cloned()
    };
    let who = named(entry.actor).unwrap_or_else(|| match entry.actor {
        Some(_) => "Somebody who has left".to_owned(),
        None => "Devalo".to_owned(),
    });
    let whom = named(entry.subject).unwrap_or_else(|| match entry.subject {
        Some(_) => "what is gone".to_owned(),
        None => "nobody that we know".to_owned(),
    });
    let business = named(entry.subject).unwrap_or_else(|| "a business".to_owned());
    let by_itself = entry.actor.is_some() && entry.actor == entry.subject;
    match entry.action.as_str() {
        "auth.refused" => format!("A log-in of {whom} was refused"),
        "auth.factor_reset" => format!("{who} removed the two-step login of {whom}"),
        "auth.operator_reset" => format!("The account of {whom} was reset on the server"),
        "admin.plan_changed" => format!("{who} changed the plan of {whom}"),
        "admin.suspended" => format!("{who} suspended {whom}"),
        "admin.restored" => format!("{who} opened {whom} again"),
        "admin.support_declined" => format!("{who} said no to support looking at {whom}"),
        "admin.support_asked" => format!("{who} asked to look at {whom} as support"),
        "admin.support_used" => format!("{who} began to look at {whom} as support"),
        "admin.logged_out" => format!("{who} logged {whom} out everywhere"),
        "admin.job_asked" => format!("{who} had a job run"),
        "admin.business_invited" => format!("{who} invited {business}"),
        "admin.business_invited_again" => format!("{who} sent {business} its invitation again"),
        "admin.invitation_withdrawn" => format!("{who} withdrew the invitation of {business}"),
        "admin.partner_agreed" => format!("{who} agreed to what {whom} may offer as a partner"),
        "admin.partner_ended" => format!("{who} ended the partnership with {whom}"),
        "partner.business_invited" => format!("{who} invited a business for {whom}"),
        "partner.business_invited_again" => format!("{who} sent a business’s invitation again for {whom}"),
        "partner.invitation_withdrawn" => format!("{who} withdrew a business’s invitation for {whom}"),
        "admin.mail_sent_again" => format!("{who} sent an email again that was given up"),
        "admin.mail_address_freed" => format!("{who} had mail sent again to an address"),
        "admin.event_again" => format!("{who} had an event of Stripe’s taken over again"),
        "admin.payments_compared" => format!("{who} had everything compared with Stripe"),
        "onboarding.made" => format!("{who} signed up with {whom}"),
        "platform.bootstrapped" => format!("{who} made the first account, with {whom}"),
        other => {
            // Somebody did something to themselves, most of the time: "Sam Lee logged in".
            let words = match other {
                "auth.account_made" => "made an account",
                "auth.logged_in" => "logged in",
                "auth.confirmed" => "confirmed who they are",
                "auth.renamed" => "changed their name",
                "auth.reset_asked" => "asked to set another password",
                "auth.email_change_asked" => "asked to change the email address",
                "auth.email_change_cancelled" => "kept the email address after all",
                "auth.session_ended" => "logged out on one device",
                "auth.logged_out_elsewhere" => "logged out everywhere else",
                "auth.logged_out_everywhere" => "logged out everywhere",
                "auth.password_changed" => "changed the password",
                "auth.password_reset" => "set the password anew by mail",
                "auth.email_confirmed" => "confirmed the email address",
                "auth.email_changed" => "changed the email address",
                "auth.factor_added" => "set up an authenticator app",
                "auth.factor_removed" => "removed the authenticator app",
                "auth.new_recovery_codes" => "made new recovery codes",
                "auth.passkey_added" => "added a passkey",
                "auth.passkey_removed" => "removed a passkey",
                _ => return told_plainly(entry, &who, &whom, by_itself),
            };
            format!("{} {words}", if entry.actor.is_some() { &who } else { &whom })
        }
    }
}

/// What has no words of its own: its name, and whom it is about.
fn told_plainly(entry: &PlatformEntry, who: &str, whom: &str, by_itself: bool) -> String {
    let words = audit::readable(&entry.action);
    if by_itself || entry.subject.is_none() { format!("{who}: {words}") } else { format!("{who}: {words}, {whom}") }
}

/// It is of an invitation that whoever runs the platform wrote.
fn is_of_invitation(action: &str) -> bool {
    action.starts_with("admin.business_") || action == "admin.invitation_withdrawn"
}

/// The names of organisations that are still there.
///
/// # Errors
/// The database is busy.
pub async fn names_of_orgs(tx: &mut Tx, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, String>> {
    let mut names = HashMap::new();
    for ids in batches::<25>(ids) {
        let found = platform_sql!(
            all(OrgId, String),
            &mut *tx,
            "SELECT id, name FROM organisations WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)",
            ids[0],
            ids[1],
            ids[2],
            ids[3],
            ids[4],
            ids[5],
            ids[6],
            ids[7],
            ids[8],
            ids[9],
            ids[10],
            ids[11],
            ids[12],
            ids[13],
            ids[14],
            ids[15],
            ids[16],
            ids[17],
            ids[18],
            ids[19],
            ids[20],
            ids[21],
            ids[22],
            ids[23],
            ids[24]
        )?;
        names.extend(found.into_iter().map(|(id, name)| (id.0, name)));
    }
    Ok(names)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
