//! Why is this time not offered? Each rule that removes it, not only the first.

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{
    Counted, DAY, Host, Lane, Limits, MINUTE, Mode, Plan, Rules, SlotError, ceil, check, date_of, day_of, floor,
    month_of, starts_by_host, timestamp, week_of,
};

/// How far around a time that is off the grid the ones that are offered are looked for.
const NEAR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Who offers a time, and what keeps everybody else from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The hosts who can take it, by their place; with [`Mode::Collective`] all or none.
    pub offered_by: Vec<usize>,
    /// What keeps it from everybody.
    pub general: Vec<Reason>,
    /// Of each host, in order, what keeps it from them; nothing, where only what is general does, and where nothing does.
    pub hosts: Vec<Vec<Reason>>,
}

/// A rule that removes a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It is over.
    Past,
    /// The business needs more notice; it could have been booked until then.
    TooSoon {
        /// The last moment at which it could have been booked.
        until: Timestamp,
    },
    /// It is before the first day that can be booked.
    BeforeWindow {
        /// That day.
        first: Date,
    },
    /// It is after the last day that can be booked yet.
    BeyondWindow {
        /// That day.
        last: Date,
    },
    /// The service has hours of its own, and this is outside them.
    ServiceClosed,
    /// Outside the host’s hours.
    Closed {
        /// The hours of that local day, in minutes; none: off.
        windows: Vec<(i64, i64)>,
        /// What decided them.
        by: ClosedBy,
    },
    /// It begins within the hours and doesn’t fit before they end.
    TooLong {
        /// When they end.
        closes: Timestamp,
    },
    /// Something else is there.
    Busy {
        /// Which of the host’s busy times.
        index: usize,
        /// They don’t overlap themselves: only what is kept free around one of them does.
        buffer_only: bool,
    },
    /// A limit is used up.
    Full {
        /// Whose.
        of: LimitOf,
        /// Per what.
        per: Per,
        /// Counted in bookings; otherwise in minutes.
        bookings: bool,
        /// The limit.
        limit: i64,
        /// What there is of it already.
        taken: i64,
    },
    /// Open and free, and not a time at which an appointment begins.
    OffGrid {
        /// The last one before that is offered, within a week.
        before: Option<Timestamp>,
        /// The first one after.
        after: Option<Timestamp>,
    },
}

/// What decided about the hours of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedBy {
    /// The usual hours.
    Weekly,
    /// Other hours on that date.
    Override,
    /// A date without hours.
    ClosedDate,
}

/// Whose limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitOf {
    /// The rules’ own, over what counts in the diary.
    Rules,
    /// Further limits of the rules, by their place in [`Rules::also`].
    Also(usize),
    /// The host’s.
    Host,
}

/// What a limit is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// A day.
    Day,
    /// A week from Monday.
    Week,
    /// A month.
    Month,
}

/// What keeps a time from being offered, of everybody, or that it is. Agrees with [`check`].
///
/// # Errors
/// The question can’t be answered.
pub fn explain(rules: &Rules, hosts: &[Host], start: Timestamp, now: Timestamp) -> Result<Explanation, SlotError> {
    explain_looking(rules, hosts, start, now, nearest)
}

/// The same for one of many times: of one that is off the grid it doesn’t look for the nearest.
///
/// # Errors
/// As [`explain`].
pub fn explain_briefly(
    rules: &Rules,
    hosts: &[Host],
    start: Timestamp,
    now: Timestamp,
) -> Result<Explanation, SlotError> {
    explain_looking(rules, hosts, start, now, |_, _, _, _| Ok(Reason::OffGrid { before: None, after: None }))
}

/// The hours of somebody’s local day, in minutes and in order, and what decided them.
pub fn windows_on(host: &Host, date: Date) -> (Vec<(i64, i64)>, ClosedBy) {
    windows_of_day(host, day_of(date))
}

fn explain_looking(
    rules: &Rules,
    hosts: &[Host],
    start: Timestamp,
    now: Timestamp,
    nearest: impl Fn(&Rules, &[Host], Timestamp, Timestamp) -> Result<Reason, SlotError>,
) -> Result<Explanation, SlotError> {
    let end = start.checked_add(SignedDuration::from_secs(1)).unwrap_or(start);
    let actual = Plan::new(rules, hosts, start, end, now)?;
    // Asked as if there were all the time in the world: what is open and taken doesn’t depend on the notice.
    let calm = Rules { min_notice: 0, ..rules.clone() };
    let plan = Plan::new(&calm, hosts, start, end, now.min(start))?;
    let offered_by = check(rules, hosts, start, now).unwrap_or_default();
    let general = general(&actual, rules, start, now);
    let mut of_hosts: Vec<Vec<Reason>> =
        plan.lanes().map(|lane| of_host(&plan, &lane, rules, start)).collect::<Vec<_>>();
    let together = rules.mode == Mode::Collective;
    for (index, reasons) in of_hosts.iter_mut().enumerate() {
        let alone = std::slice::from_ref(&hosts[index]);
        reasons.extend(full(&plan, if together { hosts } else { alone }, &hosts[index], rules, start));
    }
    // With all of them together a time is off the grid of what all have free.
    let nobody = offered_by.is_empty() && general.is_empty();
    let clear = |reasons: &Vec<Reason>| reasons.is_empty();
    if together && nobody && of_hosts.iter().all(clear) {
        let near = nearest(rules, hosts, start, now)?;
        for reasons in &mut of_hosts {
            reasons.push(near.clone());
        }
    } else if !together && general.is_empty() {
        for (index, reasons) in of_hosts.iter_mut().enumerate() {
            if reasons.is_empty() && !offered_by.contains(&index) {
                reasons.push(nearest(rules, std::slice::from_ref(&hosts[index]), start, now)?);
            }
        }
    }
    Ok(Explanation { offered_by, general, hosts: of_hosts })
}

fn general(plan: &Plan<'_>, rules: &Rules, start: Timestamp, now: Timestamp) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let at = ceil(start);
    if start < now {
        reasons.push(Reason::Past);
    } else if at < plan.earliest {
        reasons.push(Reason::TooSoon { until: timestamp(at - rules.min_notice * MINUTE) });
    }
    let wall = at + plan.clock.offset(at);
    if wall < plan.bookable_from_wall {
        reasons.push(Reason::BeforeWindow { first: rules.from_date.unwrap_or_default() });
    }
    if wall >= plan.bookable_until_wall {
        reasons.push(Reason::BeyondWindow { last: date_of(plan.bookable_until_wall / DAY - 1) });
    }
    if let Some(own) = &plan.service_open
        && !own.iter().any(|range| range.start <= at && at + plan.duration <= range.end)
    {
        reasons.push(Reason::ServiceClosed);
    }
    reasons
}

fn of_host(plan: &Plan<'_>, lane: &Lane<'_>, rules: &Rules, start: Timestamp) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let at = ceil(start);
    let until = at + plan.duration;
    // The service’s own hours are told once, for everybody.
    let alone = Plan { service_open: None, ..plan.clone() };
    let open = alone.open(lane);
    if !open.iter().any(|range| range.start <= at && until <= range.end) {
        match open.iter().find(|range| range.start <= at && at < range.end) {
            Some(range) => reasons.push(Reason::TooLong { closes: timestamp(range.end) }),
            None => reasons.push(hours_of_day(lane, at)),
        }
    }
    let (before, after) = (rules.buffer_before * MINUTE, rules.buffer_after * MINUTE);
    for (index, busy) in lane.host.busy.iter().enumerate() {
        let (from, to) = (floor(busy.start), ceil(busy.end));
        let blocks_from = from - busy.buffer_before * MINUTE - after;
        let blocks_until = to + busy.buffer_after * MINUTE + before;
        if blocks_from < until && at < blocks_until && blocks_from < blocks_until {
            reasons.push(Reason::Busy { index, buffer_only: !(from < until && at < to) });
        }
    }
    reasons
}

/// The hours of the local day on which it would be.
fn hours_of_day(lane: &Lane<'_>, at: i64) -> Reason {
    let (windows, by) = windows_of_day(lane.host, (at + lane.clock.offset(at)).div_euclid(DAY));
    Reason::Closed { windows, by }
}

fn windows_of_day(host: &Host, day: i64) -> (Vec<(i64, i64)>, ClosedBy) {
    let other: Vec<_> = host.overrides.iter().filter(|other| day_of(other.date) == day).collect();
    if !other.is_empty() {
        let mut windows: Vec<(i64, i64)> = other.iter().filter_map(|other| other.window).collect();
        windows.sort_unstable();
        return (windows, ClosedBy::Override);
    }
    if host.closed_dates.iter().any(|date| day_of(*date) == day) {
        return (Vec::new(), ClosedBy::ClosedDate);
    }
    // 1970-01-01 was a Thursday.
    let weekday = u8::try_from((day + 4).rem_euclid(7)).unwrap_or(0);
    let usual = host.weekly.iter().filter(|weekly| weekly.days.contains(weekday));
    let mut windows: Vec<(i64, i64)> = usual.map(|weekly| (weekly.start, weekly.end)).collect();
    windows.sort_unstable();
    (windows, ClosedBy::Weekly)
}

fn full(plan: &Plan<'_>, counting: &[Host], host: &Host, rules: &Rules, start: Timestamp) -> Vec<Reason> {
    let at = ceil(start);
    let day = (at + plan.clock.offset(at)).div_euclid(DAY);
    let mut reasons = Vec::new();
    let mut look = |of: LimitOf, limits: Limits, entries: &[(i64, i64)]| {
        if limits == Limits::NONE {
            return;
        }
        for per in [Per::Day, Per::Week, Per::Month] {
            let (most, minutes, (first, next)) = match per {
                Per::Day => (limits.per_day, limits.minutes_per_day, (day, day + 1)),
                Per::Week => (limits.per_week, limits.minutes_per_week, week_of(day)),
                Per::Month => (limits.per_month, limits.minutes_per_month, month_of(day)),
            };
            let within = entries.iter().filter(|(day, _)| (first..next).contains(day));
            let count = i64::try_from(within.clone().count()).unwrap_or(i64::MAX);
            let booked: i64 = within.map(|(_, length)| *length).fold(0, i64::saturating_add);
            if let Some(limit) = most.filter(|most| count >= *most) {
                reasons.push(Reason::Full { of, per, bookings: true, limit, taken: count });
            }
            let beyond = |most: &i64| booked.saturating_add(plan.duration) > most.saturating_mul(MINUTE);
            if let Some(limit) = minutes.filter(beyond) {
                let taken = booked.div_euclid(MINUTE);
                reasons.push(Reason::Full { of, per, bookings: false, limit, taken });
            }
        }
    };
    look(LimitOf::Rules, rules.limits, &plan.counted(counting));
    let entries = |counted: &Counted| plan.days_and_lengths(&counted.entries);
    for (index, also) in rules.also.iter().enumerate() {
        look(LimitOf::Also(index), also.limits, &entries(also));
    }
    look(LimitOf::Host, host.own.limits, &entries(&host.own));
    reasons
}

fn nearest(rules: &Rules, hosts: &[Host], start: Timestamp, now: Timestamp) -> Result<Reason, SlotError> {
    let from = start.checked_sub(NEAR).unwrap_or(start);
    let to = start.checked_add(NEAR).unwrap_or(start);
    let offered = starts_by_host(rules, hosts, from, to, now)?;
    let before = offered.iter().rev().map(|(offer, _)| *offer).find(|offer| *offer < start);
    let after = offered.iter().map(|(offer, _)| *offer).find(|offer| *offer > start);
    Ok(Reason::OffGrid { before, after })
}
