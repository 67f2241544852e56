//! What is written later: reminders and follow-ups, and to those who are booked their day. Each is a row that is taken in the transaction
//! that queues its letter, so that it is written once, whoever dies meanwhile.

use jiff::{ToSpan, tz::TimeZone};
use uuid::Uuid;

use super::{
    About, Extra,
    kinds::Kind,
    staff,
    store::{self, Reminder},
    texts,
};
use crate::{
    clock::Instant,
    db::Access,
    error::{Code, Result},
    ids::OrgId,
    modules::calendar::{
        ids::{AppointmentId, StaffId},
        wire::Status,
    },
    org::{Actor, OrgRef, OrgTx},
    permissions::ENTER,
    platform::Platform,
    platform_sql,
};

/// What is later than this isn’t written any more: four hours.
const LATE_SECONDS: i64 = 4 * 60 * 60;
/// A follow-up is worth writing for longer: a day.
const FOLLOW_UP_LATE_SECONDS: i64 = 24 * 60 * 60;
const HOUR: i64 = 60 * 60;
/// As many are taken out at once.
const AT_ONCE: i64 = 200;

/// Notes what is to be written later about an appointment that stands.
pub(super) async fn note(
    tx: &mut OrgTx,
    about: &About,
    id: AppointmentId,
    starts_at: Instant,
    ends_at: Instant,
) -> Result<()> {
    let letters = &about.letters;
    if about.email.is_empty() && (about.phone.is_empty() || !letters.texts) {
        return Ok(());
    }
    let now = tx.now();
    for hours in &letters.reminder_hours {
        let due_at = starts_at.plus_seconds(-hours * HOUR);
        if due_at > now {
            store::add_reminder(tx, id, Kind::Reminder, *hours, due_at).await?;
        }
    }
    if let Some(hours) = letters.follow_up_hours {
        let due_at = ends_at.plus_seconds(hours * HOUR);
        if due_at > now {
            store::add_reminder(tx, id, Kind::FollowUp, hours, due_at).await?;
        }
    }
    Ok(())
}

/// What was noted isn’t to be written.
pub(super) async fn forget(tx: &mut OrgTx, id: AppointmentId, why: &'static str) -> Result<()> {
    store::drop_reminders(tx, id, why).await?;
    texts::forget(tx, id).await
}

/// Writes what is due by now, in order.
///
/// # Errors
/// The database is busy.
pub async fn write(platform: &Platform) -> Result<()> {
    loop {
        let mut tx = platform.begin_across_orgs(Access::Read).await?;
        let due = platform_sql!(
            all(OrgId, Uuid),
            &mut tx,
            "SELECT org_id, id FROM calendar_reminders WHERE done_at IS NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2",
            platform.clock.now(),
            AT_ONCE
        )?;
        tx.rollback().await?;
        let whole = due.len();
        let mut done = 0;
        for (org, id) in due {
            match write_one(platform, org, id).await {
                Ok(()) => done += 1,
                // One that can’t be written doesn’t keep the others waiting.
                Err(error) => tracing::warn!(%error, %org, %id, "a reminder isn’t written; it is tried again"),
            }
        }
        if done == 0 || i64::try_from(whole).is_ok_and(|whole| whole < AT_ONCE) {
            return tell_days(platform).await;
        }
    }
}

async fn write_one(platform: &Platform, org: OrgId, id: Uuid) -> Result<()> {
    let Some(mut tx) = open(platform, org).await? else { return Ok(()) };
    let Some(reminder) = store::waiting_reminder(&mut tx, id).await? else { return tx.rollback().await };
    let about = About::load(&mut tx, reminder.appointment_id).await?;
    let outcome = match &about {
        _ if is_shut(&mut tx).await? => "closed",
        None => "ended",
        Some(about) => outcome(platform, about, &reminder, tx.now()),
    };
    if store::finish_reminder(&mut tx, id, outcome).await? == 0 {
        return tx.rollback().await;
    }
    if let (Some(about), "sent") = (about, outcome) {
        let kind = Kind::parse(&reminder.kind).unwrap_or(Kind::Reminder);
        let number = texts::number(platform, &about).filter(|_| kind == Kind::Reminder);
        if let Some(number) = number {
            texts::queue(&mut tx, &about, &number).await?;
        }
        about.write(&mut tx, kind, Extra::default()).await?;
    }
    tx.commit().await
}

/// What comes of it, as things are now.
fn outcome(platform: &Platform, about: &About, reminder: &Reminder, now: Instant) -> &'static str {
    let appointment = &about.appointment;
    let is_follow_up = reminder.kind == Kind::FollowUp.as_str();
    let late = if is_follow_up { FOLLOW_UP_LATE_SECONDS } else { LATE_SECONDS };
    let switched_on = if is_follow_up {
        about.letters.follow_up_hours.is_some()
    } else {
        about.letters.reminder_hours.contains(&reminder.hours)
    };
    if appointment.status() != Status::Booked {
        "ended"
    } else if !is_follow_up && appointment.starts_at <= now {
        "over"
    } else if reminder.due_at.plus_seconds(late) < now {
        "late"
    } else if appointment.unconfirmed_until.or(appointment.unpaid_until).is_some() {
        "unconfirmed"
    } else if !switched_on {
        "off"
    } else if about.email.is_empty() && (is_follow_up || texts::number(platform, about).is_none()) {
        "nowhere"
    } else {
        "sent"
    }
}

/// Tells of their day whoever wants to hear of it now.
async fn tell_days(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId, StaffId),
        &mut tx,
        "SELECT org_id, staff_id FROM calendar_staff_letters WHERE agenda_at <= $1 ORDER BY agenda_at LIMIT $2",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org, staff) in due {
        if let Err(error) = tell_day(platform, org, staff).await {
            tracing::warn!(%error, %org, %staff, "somebody isn’t told of their day; it is tried again");
        }
    }
    Ok(())
}

async fn tell_day(platform: &Platform, org: OrgId, staff: StaffId) -> Result<()> {
    let Some(mut tx) = open(platform, org).await? else { return Ok(()) };
    let Some((at, hour)) = store::due_agenda(&mut tx, staff).await? else { return tx.rollback().await };
    // What was missed for long isn’t made up for, but for that of today.
    let is_late = at.plus_seconds(LATE_SECONDS) < tx.now();
    let from = if is_late { tx.now().plus_seconds(-LATE_SECONDS) } else { tx.now() };
    let next = next_agenda(&tx.org().zone, hour, from);
    if store::finish_agenda(&mut tx, staff, at, next).await? == 0 {
        return tx.rollback().await;
    }
    if !is_late && !is_shut(&mut tx).await? {
        staff::tell_day(&mut tx, staff).await?;
    }
    tx.commit().await
}

/// The next time that it is this hour on the business’s clock.
pub(super) fn next_agenda(zone: &str, hour: i64, now: Instant) -> Instant {
    let tz = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let here = now.timestamp().to_zoned(tz.clone());
    let hour = i8::try_from(hour.clamp(0, 23)).unwrap_or(0);
    let on = |days: i64| {
        let date = here.date().saturating_add(days.days());
        date.at(hour, 0, 0, 0).to_zoned(tz.clone()).ok().map(|at| Instant::from_timestamp(at.timestamp()))
    };
    let soon = [on(0), on(1), on(2)].into_iter().flatten().find(|at| *at > now);
    soon.unwrap_or_else(|| now.plus_seconds(24 * HOUR))
}

/// An organisation that is closed, suspended, without a plan or without the calendar writes to nobody.
pub(super) async fn is_shut(tx: &mut OrgTx) -> Result<bool> {
    let platform = tx.platform().clone();
    let org = tx.org();
    let goes_on = org.closes_at.is_none()
        && tx.check_goes_on("it writes no letters").is_ok()
        && org.terms.has_module(platform.plans(), "calendar");
    Ok(!goes_on || !store::has_module(tx).await?)
}

/// `None` for an organisation that is gone.
pub(super) async fn open(platform: &Platform, org: OrgId) -> Result<Option<OrgTx>> {
    let actor = Actor::System("letters that are due");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, Access::Write).await {
        Ok(tx) => Ok(Some(tx)),
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At two on the morning that has no two o’clock it is half past: Lord Howe’s clock goes forward by half an hour.
    #[test]
    fn the_day_is_told_at_its_hour_whatever_the_clock_does() {
        let at = |text: &str| Instant::from_timestamp(text.parse().unwrap());
        let next = |hour, now: &str| next_agenda("Australia/Lord_Howe", hour, at(now)).to_string();
        assert_eq!(next(7, "2026-10-02T20:30:00Z"), "2026-10-03T20:00:00Z", "it has just been seven");
        assert_eq!(next(7, "2026-10-03T19:59:00Z"), "2026-10-03T20:00:00Z");
        assert_eq!(next(2, "2026-10-03T12:00:00Z"), "2026-10-03T15:30:00Z");
    }
}
