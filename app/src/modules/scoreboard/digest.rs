//! The weekly email: on Mondays at seven on the business’s clock, to members who want it, how the last week went beside the one before, as far
//! as each may see it. Managers get it until they say no, others once they say yes. That somebody is written to is noted in the transaction
//! that queues their letter, so that it comes once, whoever dies meanwhile.

pub mod http;
pub mod letter;

use std::time::Duration;

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde_json::json;

use super::{entries::manages, people::finish, permissions, store::digest as store};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    links::{LinkError, Purpose},
    mail::{self, Mailing},
    module::Job,
    org::{Actor, OrgRef, OrgTx, Role},
    people::members::{self, Member},
    permissions::ENTER,
    platform::Platform,
    platform_sql,
    settings::export_files::{Files, Table},
};

/// It comes at seven.
const HOUR: i8 = 7;
/// What is later than this isn’t written any more: two days.
const LATE_SECONDS: i64 = 2 * 24 * 60 * 60;
/// The link that stops it holds for so long: 400 days.
const LINK_SECONDS: i64 = 400 * 24 * 60 * 60;
/// As many organisations are taken out at once.
const AT_ONCE: i64 = 200;

/// The job that writes it.
pub const JOB: Job = Job {
    name: "scoreboard.digest",
    every: Duration::from_mins(5),
    run: |platform| Box::pin(async move { write(&platform).await }),
};

/// Which Monday’s email is the latest, and when the next is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The Monday.
    pub monday: Date,
    /// When it was due.
    pub due_at: Instant,
    /// When the next is.
    pub next_at: Instant,
}

impl Turn {
    /// As it stands at an instant, on this clock.
    pub fn at(now: Instant, zone: &TimeZone) -> Self {
        let here = now.timestamp().to_zoned(zone.clone()).datetime();
        let since = i64::from(here.date().weekday().to_monday_zero_offset());
        let this = here.date().saturating_sub(since.days());
        // On a Monday before seven it is still the one before.
        let monday = if here < this.at(HOUR, 0, 0, 0) { this.saturating_sub(7.days()) } else { this };
        let on = |day: Date| {
            let at = day.at(HOUR, 0, 0, 0).to_zoned(zone.clone()).map(|at| at.timestamp());
            at.map_or(now, Instant::from_timestamp)
        };
        Self { monday, due_at: on(monday), next_at: on(monday.saturating_add(7.days())) }
    }
}

/// Something is counted here for the first time: the email comes from the next Monday on.
///
/// # Errors
/// The database is busy.
pub async fn begin(tx: &mut OrgTx) -> Result<()> {
    let turn = Turn::at(tx.now(), &super::entries::zone(tx)?);
    store::begin(tx, &turn.monday.to_string(), turn.next_at).await?;
    Ok(())
}

/// Whether whoever asks gets it.
///
/// # Errors
/// The database is busy.
pub async fn wanted(tx: &mut OrgTx) -> Result<bool> {
    let Some(user) = tx.user() else { return Ok(false) };
    Ok(store::wanted(tx, user).await?.unwrap_or_else(|| manages(tx)))
}

/// Whoever asks wants it, or doesn’t.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for programs.
pub async fn choose(platform: &Platform, actor: &Actor, org: &str, wanted: bool) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Write).await?;
    let user = tx.user().ok_or_else(|| AppError::not_found("an email of yours"))?;
    if store::wanted(&mut tx, user).await? == Some(wanted) {
        return tx.rollback().await;
    }
    store::choose(&mut tx, user, wanted).await?;
    finish(tx, "scoreboard.digest_saved", user.0).await
}

/// Stops it by the link in it. Pressed again it is stopped still.
///
/// # Errors
/// 404 for a token that isn’t ours; 410 for one that has expired.
pub async fn stop(platform: &Platform, token: &str) -> Result<()> {
    let (mut tx, user) = open_own(platform, token, Access::Write).await?;
    if store::wanted(&mut tx, user).await? == Some(false) {
        return tx.rollback().await;
    }
    store::choose(&mut tx, user, false).await?;
    finish(tx, "scoreboard.digest_saved", user.0).await
}

/// Opens the organisation that a link is of, with whose it is.
async fn open_own(platform: &Platform, token: &str, access: Access) -> Result<(OrgTx, UserId)> {
    let now = platform.clock.now().timestamp().as_second();
    let link = platform.links.verify(Purpose::Letters, token, now).map_err(|error| match error {
        LinkError::Expired => AppError::new(Code::Gone, "This link has expired. Change it under “My results” instead."),
        _ => AppError::not_found("that email"),
    })?;
    let (org, user) = (OrgRef::Id(OrgId(link.org)), UserId(link.subject));
    let tx = OrgTx::open(platform, &Actor::Link(link), org, &permissions::STOP_LETTERS, access).await?;
    Ok((tx, user))
}

/// Writes what is due by now.
///
/// # Errors
/// The database is busy.
pub async fn write(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT org_id FROM scoreboard_digests WHERE next_at <= $1 ORDER BY next_at LIMIT $2",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org,) in due {
        // One that can’t be written doesn’t keep the others waiting.
        if let Err(error) = write_all(platform, org).await {
            tracing::warn!(%error, %org, "the weekly email isn’t written; it is tried again");
        }
    }
    Ok(())
}

/// Writes to all of an organisation who want it, and is done with the week once all are.
async fn write_all(platform: &Platform, org: OrgId) -> Result<()> {
    let Some(mut tx) = open(platform, org, Access::Read).await? else { return Ok(()) };
    let Some((told, _)) = store::schedule(&mut tx).await? else { return tx.rollback().await };
    let turn = Turn::at(tx.now(), &super::entries::zone(&tx)?);
    let monday = turn.monday.to_string();
    // What was missed for long isn’t made up for.
    let is_over = told >= monday || turn.due_at.plus_seconds(LATE_SECONDS) < tx.now();
    let readers = if is_over || is_shut(&mut tx).await? { Vec::new() } else { readers(&mut tx, &monday).await? };
    tx.rollback().await?;
    let mut failed = None;
    for reader in readers {
        if let Err(error) = Box::pin(write_one(platform, org, &reader, &monday)).await {
            tracing::warn!(%error, %org, user = %reader.user, "somebody’s weekly email isn’t written; it is tried again");
            failed = Some(error);
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let Some(mut tx) = open(platform, org, Access::Write).await? else { return Ok(()) };
    store::finish(&mut tx, &monday, turn.next_at).await?;
    tx.commit().await
}

/// Who is to be written to, and wasn’t yet.
async fn readers(tx: &mut OrgTx, monday: &str) -> Result<Vec<Member>> {
    let chosen = store::readers(tx).await?;
    let wants = |member: &Member| {
        let choice = chosen.iter().find(|one| one.user_id == member.user);
        let was_told = choice.is_some_and(|one| one.told_week.as_deref() == Some(monday));
        let manages = member.role >= Role::Manager || member.grants.iter().any(|name| name == permissions::MANAGE.name);
        !was_told && choice.and_then(|one| one.wanted).unwrap_or(manages)
    };
    Ok(members::all(tx).await?.into_iter().filter(wants).collect())
}

/// What somebody reads is what they may see as they are now: it is read as them. Who may not come in at all isn’t written to.
async fn write_one(platform: &Platform, org: OrgId, reader: &Member, monday: &str) -> Result<()> {
    let actor = Actor::User(reader.user);
    let mut tx = match OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::VIEW, Access::Read).await {
        Ok(tx) => tx,
        Err(error) if matches!(error.code, Code::Internal | Code::Unavailable) => return Err(error),
        Err(_) => return Ok(()),
    };
    let told = letter::facts(&mut tx, &reader.name).await?;
    tx.rollback().await?;
    let Some(told) = told else { return Ok(()) };
    let Some(mut tx) = open(platform, org, Access::Write).await? else { return Ok(()) };
    if !store::claim(&mut tx, reader.user, monday).await? {
        return tx.rollback().await;
    }
    let until = tx.now().plus_seconds(LINK_SECONDS).timestamp().as_second();
    let token = platform.links.sign(Purpose::Letters, org.0, reader.user.0, until);
    let mailing = Mailing {
        sender: Some(tx.org().name.clone()),
        unsubscribe: Some(format!("{}/digest/{token}/stop", platform.origin)),
        ..Mailing::from(letter::letter(reader.email.clone(), &told))
    };
    let worth_until = tx.now().plus_seconds(LATE_SECONDS);
    mail::queue_mailing(platform, tx.platform_part(), "scoreboard.staff_digest", &mailing, Some(worth_until)).await?;
    tx.commit().await
}

/// What is kept of it, to take along.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn export(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&[
        ("scoreboard/digests", "The Monday for which the weekly email was written last, and when the next is due."),
        (
            "scoreboard/digest_readers",
            "Which members chose whether the weekly email comes to them, and when it last did.",
        ),
    ]);
    let mut table = Table::new(&["told_week", "next_at"])?;
    if let Some((week, next_at)) = store::schedule(tx).await? {
        table.add([json!(week), json!(next_at)])?;
    }
    files.table("scoreboard/digests", table)?;
    let mut table = Table::new(&["user_id", "wanted", "told_week"])?;
    for reader in store::readers(tx).await? {
        table.add([json!(reader.user_id), json!(reader.wanted), json!(reader.told_week)])?;
    }
    files.table("scoreboard/digest_readers", table)
}

/// An organisation that is closed, suspended, without a plan or without the scoreboard writes to nobody.
async fn is_shut(tx: &mut OrgTx) -> Result<bool> {
    let platform = tx.platform().clone();
    let org = tx.org();
    let goes_on = org.closes_at.is_none()
        && tx.check_goes_on("it writes no letters").is_ok()
        && org.terms.has_module(platform.plans(), "scoreboard");
    Ok(!goes_on || !store::has_module(tx).await?)
}

/// `None` for an organisation that is gone.
async fn open(platform: &Platform, org: OrgId, access: Access) -> Result<Option<OrgTx>> {
    let actor = Actor::System("the weekly email");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, access).await {
        Ok(tx) => Ok(Some(tx)),
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sydney’s clock goes forward on Sunday 4 October 2026, and back on Sunday 4 April 2027.
    #[test]
    fn it_is_due_on_mondays_at_seven_whatever_the_clock_does() {
        let turn = |now: &str, zone: &str| {
            let now = Instant::from_timestamp(now.parse().unwrap());
            let turn = Turn::at(now, &TimeZone::get(zone).unwrap());
            (turn.monday.to_string(), turn.due_at.to_string(), turn.next_at.to_string())
        };
        let told = |monday: &str, due: &str, next: &str| (monday.to_owned(), due.to_owned(), next.to_owned());
        let before = told("2026-09-21", "2026-09-20T21:00:00Z", "2026-09-27T21:00:00Z");
        assert_eq!(turn("2026-09-27T20:59:59Z", "Australia/Sydney"), before, "a second before seven");
        let summer = told("2026-09-28", "2026-09-27T21:00:00Z", "2026-10-04T20:00:00Z");
        assert_eq!(turn("2026-09-27T21:00:00Z", "Australia/Sydney"), summer, "at seven");
        assert_eq!(turn("2026-10-04T12:00:00Z", "Australia/Sydney"), summer, "late on Sunday");
        let winter = told("2027-03-29", "2027-03-28T20:00:00Z", "2027-04-04T21:00:00Z");
        assert_eq!(turn("2027-04-04T20:30:00Z", "Australia/Sydney"), winter);
        // Three hours on it is due in Perth.
        assert_eq!(turn("2027-04-04T21:00:00Z", "Australia/Perth").0, "2027-03-29");
        assert_eq!(turn("2027-04-04T23:00:00Z", "Australia/Perth").0, "2027-04-05");
    }
}
