//! How full today is, for a screen on the wall: who has how much, and when whose turn is next. Never whom for, and never what.

use std::collections::{BTreeSet, HashMap};

use jiff::{Timestamp, ToSpan};

use super::{Entry, Known, Outcome, Period, Rosters, availability, hours, midnight, seconds, seconds_of, store};
use crate::{
    error::{AppError, Result},
    module::{Load, LoadRow},
    modules::calendar::{format, ids::StaffId, store::Narrowed},
    org::OrgTx,
};

/// So many of those that come next are named.
const MOST_NEXT: usize = 5;

/// Today, of everybody who can be booked; `None` where nobody can.
///
/// # Errors
/// The database is busy.
pub async fn load(tx: &mut OrgTx) -> Result<Option<Load>> {
    let tz = availability::zone(&tx.org().zone)?;
    let now = tx.now().timestamp();
    let staff = store::staff(tx).await?;
    if !staff.iter().any(|one| one.active) {
        return Ok(None);
    }
    // Which services there are has nothing to do with it.
    let known = Known { services: Vec::new(), staff, tz, now };
    let today = now.to_zoned(known.tz.clone()).date();
    let after = today.saturating_add(1.day());
    let period = Period { word: "custom", from: today, after, before: today };
    let only = Narrowed::default();
    let rosters = Rosters::read(tx, &known, period, only).await?;
    let range = midnight(today, &known.tz)?..midnight(after, &known.tz)?;
    let mut booked: HashMap<StaffId, BTreeSet<(i64, i64)>> = HashMap::new();
    for (staff, packed) in store::report_appointments(tx, &range, only).await? {
        let entries = packed.split_ascii_whitespace().map(Entry::of).collect::<Option<Vec<_>>>().ok_or_else(|| {
            tracing::error!("today’s appointments can’t be read");
            AppError::internal()
        })?;
        // Several clients in one session are one time.
        let times = entries.iter().filter(|entry| entry.outcome == Outcome::Booked);
        booked.entry(staff).or_default().extend(times.map(|entry| (entry.start, entry.end)));
    }
    for (staff, from, until) in store::report_also(tx, &range, only).await? {
        booked.entry(staff).or_default().insert((seconds(from), seconds(until)));
    }
    let mut away: HashMap<StaffId, hours::Stretches> = HashMap::new();
    for (staff, from, until) in store::report_away(tx, &range).await? {
        away.entry(staff).or_default().push((seconds(from), seconds(until)));
    }
    let (mut rows, mut next) = (Vec::new(), Vec::new());
    for one in known.staff.iter().filter(|one| one.active) {
        let times: Vec<(i64, i64)> = booked.remove(&one.id).unwrap_or_default().into_iter().collect();
        let keeps = rosters.keeps.get(&one.id);
        let works = keeps.map(|keeps| hours::working(keeps, &rosters.closed, (today, after), &known.tz));
        let away = hours::merged(away.remove(&one.id).unwrap_or_default());
        let works = hours::without(&works.unwrap_or_default(), &away);
        // Who is off today is nobody to show.
        if times.is_empty() && works.is_empty() {
            continue;
        }
        next.extend(times.iter().filter(|(from, _)| *from >= seconds_of(now)).map(|(from, _)| (*from, &one.name)));
        let busy = hours::merged(times.clone());
        // What of the day is over is free to nobody.
        let gone = hours::merged(busy.iter().copied().chain([(i64::MIN, seconds_of(now))]).collect());
        let row = LoadRow {
            who: one.name.clone(),
            count: times.len(),
            booked: hours::total(&busy) / 60,
            open: hours::total(&hours::without(&works, &gone)) / 60,
        };
        rows.push(row);
    }
    next.sort_unstable();
    let at = |from: i64| {
        let at = Timestamp::from_second(from).unwrap_or(now);
        format::time(at.to_zoned(known.tz.clone()).time())
    };
    let next = next.into_iter().take(MOST_NEXT).map(|(from, name)| (at(from), name.clone())).collect();
    Ok(Some(Load { title: "Appointments today", rows, next }))
}
