//! The days on which the whole business is closed: its state’s public holidays, and what it makes of them.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{availability, options::CalendarOptions, permissions, setup::open, store};
use crate::{
    db::Access,
    error::{AppError, FieldErrors, Result},
    holidays::{self, Holiday},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::is_readable,
};

/// How far ahead they are listed, in days.
const AHEAD: i64 = 548;

/// The days to come on which the business is closed, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closures {
    /// Whose public holidays; empty: nobody’s.
    pub state: String,
    /// In order.
    pub days: Vec<Closure>,
    /// Today on the business’s calendar.
    pub today: Date,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// What holds.
    pub holiday: Holiday,
    /// The organisation set it, or changed it.
    pub own: bool,
    /// The state has a public holiday that day.
    pub public: bool,
}

/// What holds on a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureBody {
    /// "Stocktake".
    pub name: String,
    /// Closed from this minute after midnight on; absent, with the other: open as usual.
    #[serde(default)]
    pub closed_from: Option<i64>,
    /// Until this minute, up to 1440.
    #[serde(default)]
    pub closed_until: Option<i64>,
}

/// The days to come.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<Closures> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let tz = availability::zone(&tx.org().zone)?;
    let today = tx.now().timestamp().to_zoned(tz).date();
    let until = today.saturating_add(AHEAD.days());
    let (options, _) = options(&mut tx).await?;
    let changes = changes(&mut tx, today, until).await?;
    tx.rollback().await?;
    let state = holidays::of_state(&options.holidays, today, until);
    let is_public = |date: Date| state.iter().any(|holiday| holiday.date == date);
    let is_own = |date: Date| changes.iter().any(|change| change.date == date);
    let days = holidays::with_changes(state.clone(), changes.clone())
        .into_iter()
        .map(|holiday| Closure { own: is_own(holiday.date), public: is_public(holiday.date), holiday })
        .collect();
    Ok(Closures { state: options.holidays, days, today })
}

/// Closes on the public holidays of a state or territory; of none where it is empty.
///
/// # Errors
/// 422 at `holidays` for a word that isn’t one.
pub async fn set_state(platform: &Platform, actor: &Actor, org: &str, state: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let (before, version) = options(&mut tx).await?;
    let options = CalendarOptions { holidays: state.to_owned(), ..before };
    let mut errors = FieldErrors::default();
    options.check(&mut errors);
    errors.finish()?;
    if store::save_settings(&mut tx, &options.stored(), version).await? == 0 {
        return Err(AppError::conflict("Somebody else changed this meanwhile. Please look at it again."));
    }
    finish(tx).await
}

/// Sets what holds on a date, or (`body` none) goes back to what the state has.
///
/// # Errors
/// 422 at `date`, `name` or the times.
pub async fn set_day(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    date: &str,
    body: Option<&ClosureBody>,
) -> Result<()> {
    let mut errors = FieldErrors::default();
    let date = date.parse::<Date>().ok().filter(|date| (1900..=9998).contains(&date.year()));
    if date.is_none() {
        errors.add("date", "Give the date as year-month-day, like 2026-12-24.");
    }
    if let Some(body) = body {
        let name = body.name.trim();
        if name.is_empty() || name.chars().count() > 100 || !is_readable(name) {
            errors.add("name", "Say in up to 100 characters why, like “Stocktake”.");
        }
        match (body.closed_from, body.closed_until) {
            (None, None) => {}
            (Some(from), Some(until)) if 0 <= from && from < until && until <= 1440 => {}
            _ => errors.add("closed_from", "Give a start before an end, in minutes from 0 to 1440."),
        }
    }
    errors.finish()?;
    let date = date.unwrap_or_default().to_string();
    let mut tx = open(platform, actor, org).await?;
    match body {
        None => store::delete_holiday(&mut tx, &date).await?,
        Some(body) => {
            store::save_holiday(&mut tx, &date, body.name.trim(), body.closed_from.zip(body.closed_until)).await?
        }
    };
    finish(tx).await
}

/// What the organisation makes of public holidays between two dates, both included, in order.
///
/// # Errors
/// The database is busy.
pub async fn changes(tx: &mut OrgTx, from: Date, until: Date) -> Result<Vec<Holiday>> {
    let stored = store::holidays(tx, &from.to_string(), &until.to_string()).await?;
    let read = |(date, name, from, until): (String, String, Option<i64>, Option<i64>)| {
        Some(Holiday { date: date.parse().ok()?, name, closed: from.zip(until) })
    };
    Ok(stored.into_iter().filter_map(read).collect())
}

/// The days between two dates, both included, on which the whole business is closed all day. `None` where nobody has said so here: while
/// the calendar wasn’t set up, what the organisation changed is of its own state’s holidays.
///
/// # Errors
/// The database is busy.
pub async fn closed_days(tx: &mut OrgTx, from: Date, until: Date) -> Result<Option<BTreeSet<Date>>> {
    let (options, version) = options(tx).await?;
    let changes = changes(tx, from, until).await?;
    if version == 0 && changes.is_empty() {
        return Ok(None);
    }
    let state = if version == 0 { holidays::state_of(tx).await? } else { options.holidays };
    let state = holidays::of_state(&state, from, until);
    Ok(Some(holidays::whole_days(holidays::with_changes(state, changes))))
}

/// What the calendar is set to, and its version.
///
/// # Errors
/// The database is busy.
pub async fn options(tx: &mut OrgTx) -> Result<(CalendarOptions, i64)> {
    match store::settings(tx).await? {
        None => Ok((CalendarOptions::default(), 0)),
        Some((stored, version)) => Ok((CalendarOptions::read(&stored)?, version)),
    }
}

async fn finish(mut tx: OrgTx) -> Result<()> {
    let id = tx.id().0;
    tx.emit("calendar.closures_saved", id).await?;
    tx.commit().await
}
