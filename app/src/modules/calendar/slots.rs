//! When can a client book? A pure function of the rules, the hosts' diaries and the present moment: no clock, no
//! database, no server zone, so the same question has the same answer everywhere and always.
//!
//! The pipeline: each host's opening hours become instants (once a day window, by the host's own zone), touching
//! windows merge, busy times with their buffers are cut out; the hosts' free ranges are intersected (`Collective`) or
//! kept apart (`Any`); a grid on the business's wall clock is laid over each free range; what the limits and the
//! rolling window exclude is left out.
//!
//! Three decisions that the rules' text leaves open:
//!
//! * **The notice cuts the free range before the grid is laid.** A free range begins at the latest of: opening, the end
//!   of a busy time, and now + notice. So a 90-minute grid does not waste the hour after the notice ends, and a
//!   business open around the clock still has a well-defined grid. (Where the interval is itself a grid unit, as 15,
//!   30 or 60 minutes are, this is the same as leaving out the starts that come too soon.)
//! * **The question's `from` and `to` cut nothing.** Free ranges are followed to where they really begin and end, so
//!   asking about a day, a week or one instant always gives the same starts.
//! * **A start is an instant whose wall clock reads a grid time.** A grid time that daylight saving skips isn't
//!   offered; one that it repeats is offered both times, since both are real, free hours.
//!
//! Inside, everything is whole seconds since 1970 and whole days since 1970-01-01: instants and *wall* seconds
//! (what the clock on the wall reads, as if it were UTC) are both `i64`, told apart by name.

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};

mod explain;

pub use explain::{ClosedBy, Explanation, LimitOf, Per, Reason, explain, explain_briefly, windows_on};

/// The longest stretch that one question may cover, in days.
pub const MAX_RANGE_DAYS: i64 = 400;

/// The longest duration, interval, buffer or notice, in minutes: ten years.
pub const MAX_MINUTES: i64 = 10 * 366 * 24 * 60;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// Beyond every instant that exists, with room to add and subtract any allowed number of minutes.
const FAR: i64 = 1 << 50;
/// A day inside the first and the last instant there is.
const BEGINNING: i64 = -377_705_023_201 + DAY;
const END: i64 = 253_402_207_200 - DAY;
/// How far around a question the zones' offsets are looked up ahead of time: a week for the weekly limits, and spare.
const MARGIN: i64 = 10 * DAY;

/// Which hosts must be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Everyone takes part: only times when all hosts are free.
    #[default]
    Collective,
    /// One is enough: every time at which at least one host is free.
    Any,
}

/// How many appointments may be taken, over the busy entries that count.
///
/// Days, weeks and months are the business's own, weeks begin on Monday, and an appointment belongs to the day it starts on.
/// With several hosts: `Collective` counts an appointment that is in every diary once; `Any` holds each host to the
/// limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// At most this many a day.
    pub per_day: Option<i64>,
    /// At most this many from Monday to Sunday.
    pub per_week: Option<i64>,
    /// At most this many a month.
    pub per_month: Option<i64>,
    /// At most this many booked minutes a day, the new appointment included.
    pub minutes_per_day: Option<i64>,
    /// At most this many booked minutes a week, likewise.
    pub minutes_per_week: Option<i64>,
    /// At most this many booked minutes a month, likewise.
    pub minutes_per_month: Option<i64>,
}

impl Limits {
    /// No limit at all.
    pub const NONE: Self = Self {
        per_day: None,
        per_week: None,
        per_month: None,
        minutes_per_day: None,
        minutes_per_week: None,
        minutes_per_month: None,
    };
}

/// Limits over appointments of their own, whoever’s diary those are in: all of a service’s, all of the business’s, one
/// client’s.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// How much there may be.
    pub limits: Limits,
    /// From when until when each is.
    pub entries: Vec<(Timestamp, Timestamp)>,
}

/// What the business decided for a service. All lengths are in minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The business's own zone: its wall clock carries the grid, its days and weeks carry the limits.
    pub zone: TimeZone,
    /// How long an appointment takes.
    pub duration: i64,
    /// How far apart starts are.
    pub interval: i64,
    /// Starts this much after the grid, and this much further apart.
    pub offset: i64,
    /// Time kept free before each appointment.
    pub buffer_before: i64,
    /// Time kept free after each appointment.
    pub buffer_after: i64,
    /// How far ahead a client must book, in elapsed time (24 hours stay 24 hours over daylight saving).
    pub min_notice: i64,
    /// How much may be booked.
    pub limits: Limits,
    /// Further limits, each over its own appointments. All must hold.
    pub also: Vec<Counted>,
    /// Hours of the service’s own, on the business’s clock: an appointment lies within them and its hosts’ alike.
    pub hours: Option<OwnHours>,
    /// Bookable from this date on, on the business’s calendar.
    pub from_date: Option<Date>,
    /// Bookable up to and including this date.
    pub until_date: Option<Date>,
    /// Bookable until this many days after today, that day included.
    pub rolling_days: Option<i64>,
    /// Bookable until this many weekdays (Monday to Friday) after today, that day included.
    pub rolling_business_days: Option<i64>,
    /// Don't lose a slot to the grid where a less round time would save it.
    pub optimize: bool,
    /// Which hosts must be free.
    pub mode: Mode,
}

impl Rules {
    /// The plainest rules for appointments of this length: back to back, no buffers, notice or limits.
    pub const fn new(zone: TimeZone, duration: i64) -> Self {
        Self {
            zone,
            duration,
            interval: duration,
            offset: 0,
            buffer_before: 0,
            buffer_after: 0,
            min_notice: 0,
            limits: Limits::NONE,
            also: Vec::new(),
            hours: None,
            from_date: None,
            until_date: None,
            rolling_days: None,
            rolling_business_days: None,
            optimize: false,
            mode: Mode::Collective,
        }
    }
}

/// A set of days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days(u8);

impl Days {
    /// Every day of the week.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WEEKDAYS: Self = Self(0b011_1110);

    /// The set with these days, where 0 is Sunday and 6 is Saturday; `None` if one is not a day.
    pub fn from_numbers(numbers: impl IntoIterator<Item = u8>) -> Option<Self> {
        numbers.into_iter().try_fold(0, |bits, day| (day < 7).then(|| bits | 1 << day)).map(Self)
    }

    /// Whether a day is in the set, where 0 is Sunday.
    pub const fn contains(self, day: u8) -> bool {
        day < 7 && self.0 & (1 << day) != 0
    }
}

/// Open from `start` to `end` on these days of the week: minutes after local midnight, where 1440 is the next midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekly {
    /// On which days.
    pub days: Days,
    /// From, 0 to 1440.
    pub start: i64,
    /// To, 0 to 1440, not before `start`.
    pub end: i64,
}

/// Different hours on one date. Several for the same date add up; together they replace that date's weekly hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// The host's local date.
    pub date: Date,
    /// From and to, in minutes as in [`Weekly`]; `None`: closed.
    pub window: Option<(i64, i64)>,
}

/// The hours of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnHours {
    /// The usual hours.
    pub weekly: Vec<Weekly>,
    /// Dates with other hours.
    pub overrides: Vec<Override>,
}

/// Something already in a host's diary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// When it starts.
    pub start: Timestamp,
    /// When it ends, not before it starts.
    pub end: Timestamp,
    /// Minutes it needs free before it.
    pub buffer_before: i64,
    /// Minutes it needs free after it.
    pub buffer_after: i64,
    /// Whether it uses up the limits: true for this service's appointments, false for a private calendar's entries.
    pub counts: bool,
}

/// Somebody (or something) that takes appointments.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Where the host is: opening hours are read on this zone's wall clock.
    pub zone: TimeZone,
    /// The usual hours.
    pub weekly: Vec<Weekly>,
    /// Dates with other hours.
    pub overrides: Vec<Override>,
    /// Dates without hours, unless overridden: public holidays, leave.
    pub closed_dates: Vec<Date>,
    /// The diary; quickest when sorted by start.
    pub busy: Vec<Busy>,
    /// How much this host takes on, over all services.
    pub own: Counted,
}

/// A question that can't be answered, in words for whoever wrote the rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// A length that must be at least a minute.
    #[error("{0} must be at least 1 minute, and at most {MAX_MINUTES}")]
    NotPositive(&'static str),
    /// A length or limit that can't be negative, or is beyond reason.
    #[error("{0} can't be negative, nor more than {MAX_MINUTES} minutes")]
    OutOfRange(&'static str),
    /// Hours that don't fit in a day or end before they start.
    #[error("opening hours must lie between 00:00 and 24:00 and can't end before they start")]
    Window,
    /// A busy entry that ends before it starts.
    #[error("a busy time can't end before it starts ({0})")]
    Busy(Timestamp),
    /// Nobody to book.
    #[error("there must be at least one host")]
    NoHosts,
    /// `to` is before `from`.
    #[error("the range ends before it starts")]
    ReversedRange,
    /// More than a year and a bit.
    #[error("a range can't be longer than {MAX_RANGE_DAYS} days")]
    RangeTooLong,
}

/// Why a start isn't on offer, in words for the client. The first that applies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is before now.
    #[error("That time has already passed. Please choose a later one.")]
    Past,
    /// It is sooner than the notice the business needs.
    #[error("That’s too soon: we need at least {} notice. Please choose a later time.", spoken(*minutes))]
    TooSoon {
        /// The notice needed.
        minutes: i64,
    },
    /// It is before the first day that can be booked.
    #[error("Bookings begin on {}. Please choose a later date.", .first.strftime("%-d %B %Y"))]
    TooEarly {
        /// The first day that can be booked.
        first: Date,
    },
    /// It is after the last day that can be booked yet.
    #[error("We’re only taking bookings up to {} so far. Please choose an earlier date.", .last.strftime("%-d %B %Y"))]
    TooFar {
        /// The last day that can be booked.
        last: Date,
    },
    /// Outside the opening hours, or not enough of them left.
    #[error("We’re not open for the whole of that time. Please choose another one.")]
    Closed,
    /// Something else is there, or too close to it.
    #[error("Sorry, that time has been taken. Please choose another one.")]
    Taken,
    /// Open and free, but not a time that is offered.
    #[error("Appointments don’t start at that time. Please choose one of the times shown.")]
    OffGrid,
    /// The day's or week's limit is used up.
    #[error("We’re fully booked for that day or week. Please choose another date.")]
    Full,
    /// The service's rules make no sense; the cause is for the business, not for the client.
    #[error("Sorry, this service can’t be booked online at the moment. Please get in touch with us.")]
    Invalid(#[source] SlotError),
}

/// Every start in `[from, to)` that is on offer at `now`, in order.
///
/// A start depends on the rules, the hosts and `now` only: a wider or narrower range shows more or fewer of the same
/// starts.
pub fn starts(
    rules: &Rules,
    hosts: &[Host],
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<Vec<Timestamp>, SlotError> {
    let plan = Plan::new(rules, hosts, from, to, now)?;
    let mut found = Vec::with_capacity(256);
    match rules.mode {
        Mode::Collective => plan.collective(&mut found),
        Mode::Any => {
            let mut theirs = Vec::new();
            for (index, lane) in plan.lanes().enumerate() {
                if index == 0 {
                    plan.lane(&lane, &mut found);
                } else {
                    theirs.clear();
                    plan.lane(&lane, &mut theirs);
                    found = union(&found, &theirs);
                }
            }
        }
    }
    Ok(found)
}

/// As [`starts`], with the hosts (by their place in `hosts`, ascending) who can take each: all of them for
/// `Collective`, those who are free for `Any`.
pub fn starts_by_host(
    rules: &Rules,
    hosts: &[Host],
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<Vec<(Timestamp, Vec<usize>)>, SlotError> {
    let plan = Plan::new(rules, hosts, from, to, now)?;
    let mut found = Vec::new();
    if rules.mode == Mode::Collective {
        plan.collective(&mut found);
        let everyone: Vec<usize> = (0..hosts.len()).collect();
        return Ok(found.into_iter().map(|start| (start, everyone.clone())).collect());
    }
    let mut pairs = Vec::new();
    for (index, lane) in plan.lanes().enumerate() {
        found.clear();
        plan.lane(&lane, &mut found);
        pairs.extend(found.iter().map(|&start| (start, index)));
    }
    if hosts.len() > 1 {
        pairs.sort();
    }
    let mut grouped: Vec<(Timestamp, Vec<usize>)> = Vec::new();
    for (start, index) in pairs {
        match grouped.last_mut() {
            Some((last, free)) if *last == start => free.push(index),
            _ => grouped.push((start, vec![index])),
        }
    }
    Ok(grouped)
}

/// Whether `start` is on offer at `now`, and if so with which hosts; if not, the first reason that applies.
///
/// Agrees exactly with [`starts`]: what it lists passes here, and nothing else does.
pub fn check(rules: &Rules, hosts: &[Host], start: Timestamp, now: Timestamp) -> Result<Vec<usize>, Refusal> {
    let end = start.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(start);
    let offered = starts_by_host(rules, hosts, start, end, now).map_err(Refusal::Invalid)?;
    if let Some((_, free)) = offered.into_iter().find(|(offer, _)| *offer == start) {
        return Ok(free);
    }
    Err(why_not(rules, hosts, start, end, now).unwrap_or_else(Refusal::Invalid))
}

/// Whether the rules let one more come to what takes place at `start` already, with these hosts: there is notice enough, it is within
/// the booking window, and no limit is used up. Who is open or free then was decided when it was made.
///
/// # Errors
/// The question can’t be answered.
pub fn lets_in(rules: &Rules, hosts: &[Host], start: Timestamp, now: Timestamp) -> Result<bool, SlotError> {
    let end = start.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(start);
    let plan = Plan::new(rules, hosts, start, end, now)?;
    let at = ceil(start);
    let wall = at + plan.clock.offset(at);
    let in_window = at >= plan.earliest && (plan.bookable_from_wall..plan.bookable_until_wall).contains(&wall);
    let Some(full) = plan.full_days(hosts) else { return Ok(false) };
    Ok(in_window && !full.iter().any(|days| (days.start..days.end).contains(&wall)))
}

fn why_not(
    rules: &Rules,
    hosts: &[Host],
    start: Timestamp,
    end: Timestamp,
    now: Timestamp,
) -> Result<Refusal, SlotError> {
    if start < now {
        return Ok(Refusal::Past);
    }
    let plan = Plan::new(rules, hosts, start, end, now)?;
    let at = ceil(start);
    if at < plan.earliest {
        return Ok(Refusal::TooSoon { minutes: rules.min_notice });
    }
    if at + plan.clock.offset(at) < plan.bookable_from_wall {
        return Ok(Refusal::TooEarly { first: rules.from_date.unwrap_or_default() });
    }
    if at + plan.clock.offset(at) >= plan.bookable_until_wall {
        let last = date_of(plan.bookable_until_wall / DAY - 1);
        return Ok(Refusal::TooFar { last });
    }
    let somebody = |free: &dyn Fn(&Lane) -> Vec<Range>| {
        let fits = |lane: &Lane| {
            let mut ranges = free(lane).into_iter();
            ranges.any(|range| range.start <= at && at + plan.duration <= range.end)
        };
        match rules.mode {
            Mode::Collective => plan.lanes().all(|lane| fits(&lane)),
            Mode::Any => plan.lanes().any(|lane| fits(&lane)),
        }
    };
    if !somebody(&|lane| plan.open(lane)) {
        return Ok(Refusal::Closed);
    }
    if !somebody(&|lane| plan.free(lane)) {
        return Ok(Refusal::Taken);
    }
    let unlimited = Rules { limits: Limits::NONE, also: Vec::new(), ..rules.clone() };
    let at_ease: Vec<Host> = hosts.iter().map(|host| Host { own: Counted::default(), ..host.clone() }).collect();
    if starts(&unlimited, &at_ease, start, end, now)?.contains(&start) {
        return Ok(Refusal::Full);
    }
    Ok(Refusal::OffGrid)
}

/// From `start` up to `end`, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Range {
    start: i64,
    end: i64,
}

/// A day's first day and the one after its last, of its week for instance.
type Period = fn(i64) -> (i64, i64);

/// One host and the offsets of the host's zone around the question.
struct Lane<'a> {
    host: &'a Host,
    clock: Clock<'a>,
}

/// One question, checked and turned into seconds.
#[derive(Clone)]
struct Plan<'a> {
    rules: &'a Rules,
    hosts: &'a [Host],
    clock: Clock<'a>,
    from: i64,
    to: i64,
    /// now + notice.
    earliest: i64,
    duration: i64,
    unit: i64,
    step: i64,
    /// The wall time in the business's zone at which the booking window begins.
    bookable_from_wall: i64,
    /// The wall time in the business's zone at which it ends.
    bookable_until_wall: i64,
    /// When the service’s own hours are; `None`: always.
    service_open: Option<Vec<Range>>,
}

impl<'a> Plan<'a> {
    fn new(
        rules: &'a Rules,
        hosts: &'a [Host],
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<Self, SlotError> {
        validate(rules, hosts)?;
        if to < from {
            return Err(SlotError::ReversedRange);
        }
        let (from, to) = (ceil(from), ceil(to));
        if to - from > MAX_RANGE_DAYS * DAY {
            return Err(SlotError::RangeTooLong);
        }
        let earliest = ceil(now) + rules.min_notice * MINUTE;
        // Starts before `earliest` can't be, so there's no need to look there.
        let from = from.max(earliest).min(to);
        let today = (floor(now) + i64::from(rules.zone.to_offset(now).seconds())).div_euclid(DAY);
        let last = rules.until_date.map_or(FAR / DAY, day_of).min(last_day(rules, today));
        let mut plan = Self {
            clock: Clock::new(&rules.zone, from - MARGIN, to + MARGIN),
            bookable_from_wall: rules.from_date.map_or(i64::MIN, |date| day_of(date) * DAY),
            bookable_until_wall: (last + 1) * DAY,
            service_open: None,
            rules,
            hosts,
            from,
            to,
            earliest,
            duration: rules.duration * MINUTE,
            unit: unit(rules.interval) * MINUTE,
            step: (rules.interval + rules.offset) * MINUTE,
        };
        if let Some(own) = &rules.hours {
            let hours = Hours::of(&own.weekly, &own.overrides, &[]);
            let clock = plan.clock.clone();
            plan.service_open = Some(plan.open_at(&hours, &clock));
        }
        Ok(plan)
    }

    fn lanes(&self) -> impl Iterator<Item = Lane<'a>> + '_ {
        // Colleagues mostly share a zone; its offsets are looked up once.
        let mut last = self.clock.clone();
        self.hosts.iter().map(move |host| {
            if host.zone != *last.zone {
                last = Clock::new(&host.zone, self.from - MARGIN, self.to + MARGIN);
            }
            Lane { host, clock: last.clone() }
        })
    }

    fn collective(&self, found: &mut Vec<Timestamp>) {
        if self.from >= self.to {
            return;
        }
        let mut lists: Vec<Vec<Range>> = self.lanes().map(|lane| self.free(&lane)).collect();
        // In pairs, like a knock-out, so that many hosts cost n log n and not n².
        while lists.len() > 1 {
            lists = lists
                .chunks(2)
                .map(|pair| match pair {
                    [a, b] => intersect(a, b),
                    _ => pair.concat(),
                })
                .collect();
        }
        if let Some(ranges) = lists.first()
            && let Some(full) = self.full_days(self.hosts)
        {
            self.lay_grid(ranges, &full, found);
        }
    }

    fn lane(&self, lane: &Lane, found: &mut Vec<Timestamp>) {
        if self.from < self.to
            && let Some(full) = self.full_days(std::slice::from_ref(lane.host))
        {
            self.lay_grid(&self.free(lane), &full, found);
        }
    }

    /// The free ranges that can hold a start in the question's range, each in full.
    fn free(&self, lane: &Lane) -> Vec<Range> {
        let before = self.rules.buffer_before * MINUTE;
        let after = self.rules.buffer_after * MINUTE;
        let mut taken: Vec<Range> = Vec::with_capacity(lane.host.busy.len());
        taken.extend(lane.host.busy.iter().map(|busy| Range {
            start: floor(busy.start) - busy.buffer_before * MINUTE - after,
            end: ceil(busy.end) + busy.buffer_after * MINUTE + before,
        }));
        if !taken.is_sorted() {
            taken.sort_unstable();
        }
        subtract(&self.open(lane), &taken, self.duration)
    }

    /// The host's opening hours around the question: every range that can hold a start in it, in full.
    fn open(&self, lane: &Lane) -> Vec<Range> {
        let host = lane.host;
        let open = self.open_at(&Hours::of(&host.weekly, &host.overrides, &host.closed_dates), &lane.clock);
        match &self.service_open {
            Some(own) => intersect(&open, own),
            None => open,
        }
    }

    fn open_at(&self, hours: &Hours, clock: &Clock<'_>) -> Vec<Range> {
        if hours.always() {
            return hours.around_the_clock(clock);
        }
        // Where a zone skips hours, a window can move to the next day; never further. Two days of lead cover that.
        let mut first = (self.from + clock.offset(self.from)).div_euclid(DAY) - 2;
        let mut last = (self.to + clock.offset(self.to)).div_euclid(DAY) + 1;
        let (mut back, mut on) = (2, 2);
        loop {
            let open = hours.between(clock, first, last);
            // A range that reaches the edge may go on beyond it: look further until it doesn't.
            let starts_early = open.iter().find(|range| range.end > self.from).is_some_and(|range| {
                range.start > self.earliest.max(BEGINNING) && range.start <= clock.instant((first + 1) * DAY)
            });
            let ends_late = open.iter().rev().find(|range| range.start < self.to).is_some_and(|range| {
                range.end > self.from && range.end < END && range.end >= clock.instant(last * DAY)
            });
            if !starts_early && !ends_late {
                return open;
            }
            if starts_early {
                first -= back;
                back *= 2;
            }
            if ends_late {
                last += on;
                on *= 2;
            }
        }
    }

    /// The wall times in the business's zone on which limits are used up, in order; `None` if that is always.
    fn full_days(&self, hosts: &[Host]) -> Option<Vec<Range>> {
        let mut full = Vec::new();
        if self.rules.limits != Limits::NONE {
            self.used_up(self.rules.limits, &self.counted(hosts), &mut full)?;
        }
        for counted in self.rules.also.iter().chain(hosts.iter().map(|host| &host.own)) {
            if counted.limits != Limits::NONE {
                self.used_up(counted.limits, &self.days_and_lengths(&counted.entries), &mut full)?;
            }
        }
        Some(if full.is_empty() { full } else { merge(full) })
    }

    /// Adds the days, weeks and months on which these limits are used up by these appointments, which are in order of days.
    fn used_up(&self, limits: Limits, counted: &[(i64, i64)], full: &mut Vec<Range>) -> Option<()> {
        let periods: [(Option<i64>, Option<i64>, Period); 3] = [
            (limits.per_day, limits.minutes_per_day, |day| (day, day + 1)),
            (limits.per_week, limits.minutes_per_week, week_of),
            (limits.per_month, limits.minutes_per_month, month_of),
        ];
        for (most, minutes, period) in periods {
            if most.is_none() && minutes.is_none() {
                continue;
            }
            let most = most.unwrap_or(i64::MAX);
            let seconds = minutes.unwrap_or(i64::MAX).saturating_mul(MINUTE);
            if most < 1 || seconds < self.duration {
                return None;
            }
            for same in counted.chunk_by(|a, b| period(a.0) == period(b.0)) {
                let count = i64::try_from(same.len()).unwrap_or(i64::MAX);
                let booked = same.iter().fold(0_i64, |sum, (_, length)| sum.saturating_add(*length));
                if count >= most || booked.saturating_add(self.duration) > seconds {
                    let (first, after) = period(same[0].0);
                    full.push(Range { start: first * DAY, end: after * DAY });
                }
            }
        }
        Some(())
    }

    /// Of each appointment the business's local day it starts on, in order, and the length in seconds.
    fn days_and_lengths(&self, entries: &[(Timestamp, Timestamp)]) -> Vec<(i64, i64)> {
        let entry = |(start, end): &(Timestamp, Timestamp)| {
            let start = floor(*start);
            ((start + self.clock.offset(start)).div_euclid(DAY), ceil(*end) - start)
        };
        let mut counted: Vec<(i64, i64)> = entries.iter().map(entry).collect();
        counted.sort_unstable();
        counted
    }

    /// The appointments that count and can matter: the business's local day they start on, in order, and the length.
    fn counted(&self, hosts: &[Host]) -> Vec<(i64, i64)> {
        let near = |busy: &&Busy| busy.counts && (self.from - MARGIN..self.to + MARGIN).contains(&floor(busy.start));
        let entry = |start: Timestamp, end: Timestamp| {
            let start = floor(start);
            ((start + self.clock.offset(start)).div_euclid(DAY), ceil(end) - start)
        };
        // A diary is mostly in order; but over a fold at midnight the clock on the wall goes back to yesterday.
        if let [host] = hosts {
            let mut counted = Vec::with_capacity(host.busy.len());
            counted.extend(host.busy.iter().filter(near).map(|busy| entry(busy.start, busy.end)));
            counted.sort_by_key(|&(day, _)| day);
            return counted;
        }
        let mut entries: Vec<(Timestamp, Timestamp, usize)> = Vec::new();
        for (index, host) in hosts.iter().enumerate() {
            entries.extend(host.busy.iter().filter(near).map(|busy| (busy.start, busy.end, index)));
        }
        if !entries.is_sorted() {
            entries.sort_unstable();
        }
        let mut counted = Vec::with_capacity(entries.len());
        // An appointment with everyone is in every diary but is one appointment: it counts as often as it is in the
        // diary that has it most.
        for same in entries.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let most = same.chunk_by(|a, b| a.2 == b.2).map(<[_]>::len).max().unwrap_or(0);
            counted.extend(std::iter::repeat_n(entry(same[0].0, same[0].1), most));
        }
        counted.sort_by_key(|&(day, _)| day);
        counted
    }

    fn lay_grid(&self, ranges: &[Range], full: &[Range], found: &mut Vec<Timestamp>) {
        let last_instant = Timestamp::MAX.as_second();
        for &range in ranges {
            let range = Range { start: range.start.max(self.earliest), ..range };
            let last = range.end.min(last_instant) - self.duration;
            if range.start > last || range.start >= self.to || last < self.from {
                continue;
            }
            let first = self.first_start(range);
            let (from, to) = (first.max(self.from), last.min(self.to - 1));
            if from > to {
                continue;
            }
            let anchor = first + self.clock.offset(first) + self.rules.offset * MINUTE;
            for (seconds, offset) in self.clock.segments(from, to) {
                let since = (seconds.start + offset).max(self.bookable_from_wall);
                let until = (seconds.end + offset).min(self.bookable_until_wall);
                self.lay_wall(anchor, since, until, offset, full, found);
            }
        }
    }

    /// The starts in `[wall, until)`, wall times that all have the same offset.
    fn lay_wall(
        &self,
        anchor: i64,
        mut wall: i64,
        until: i64,
        offset: i64,
        full: &[Range],
        found: &mut Vec<Timestamp>,
    ) {
        let on_grid = |wall: i64| wall + (anchor - wall).rem_euclid(self.step);
        let mut full = full[full.partition_point(|day| day.end <= wall)..].iter();
        loop {
            let block = full.next().filter(|block| block.start < until);
            let stop = block.map_or(until, |block| block.start);
            wall = on_grid(wall);
            while wall < stop {
                found.extend(Timestamp::from_second(wall - offset));
                wall += self.step;
            }
            match block {
                Some(block) => wall = wall.max(block.end),
                None => return,
            }
        }
    }

    /// Where the grid in a free range begins, before the offset: at the first unit on the business's wall clock, or with
    /// `optimize` at the roundest time that costs no slot.
    fn first_start(&self, range: Range) -> i64 {
        let start = self.clock.round_up(range.start, MINUTE);
        let on_unit = self.clock.round_up(start, self.unit);
        if !self.rules.optimize || on_unit == start {
            return on_unit;
        }
        let slack =
            if range.end >= FAR { self.unit } else { ((range.end - start) / MINUTE * MINUTE).rem_euclid(self.unit) };
        [self.unit, 15 * MINUTE, 5 * MINUTE]
            .into_iter()
            .map(|coarse| self.clock.round_up(start, coarse))
            .find(|round| round - start <= slack)
            .unwrap_or(start)
    }
}

/// A host's hours as seconds after local midnight. Windows of one date that overlap are one window.
struct Hours {
    /// The usual windows, Sunday's first, each day's sorted and merged; a day's begin at `day[weekday]`.
    windows: Vec<Range>,
    day: [usize; 8],
    /// The dates that differ, sorted: an empty window, then those there are.
    special: Vec<(i64, Range)>,
}

impl Hours {
    fn of(weekly: &[Weekly], overrides: &[Override], closed_dates: &[Date]) -> Self {
        let seconds = |start: i64, end: i64| Range { start: start * MINUTE, end: end * MINUTE };
        let mut windows = Vec::with_capacity(weekly.len() * 7);
        let mut day = [0; 8];
        for weekday in 0..7_u8 {
            let from = windows.len();
            let of_day = weekly.iter().filter(|weekly| weekly.days.contains(weekday));
            windows.extend(of_day.map(|weekly| seconds(weekly.start, weekly.end)));
            if windows.len() - from > 1 {
                let merged = merge(windows.split_off(from));
                windows.extend(merged);
            }
            day[usize::from(weekday) + 1] = windows.len();
        }
        // A closed date is an override with no time in it, and adds nothing to another of the same date.
        let overrides = overrides.iter().map(|other| {
            let (start, end) = other.window.unwrap_or((0, 0));
            (day_of(other.date), seconds(start, end))
        });
        let closed = closed_dates.iter().map(|&date| (day_of(date), seconds(0, 0)));
        let mut dates: Vec<(i64, Range)> = overrides.chain(closed).collect();
        dates.sort_unstable();
        let mut special = Vec::with_capacity(dates.len());
        for same in dates.chunk_by(|a, b| a.0 == b.0) {
            let merged = merge(same.iter().map(|&(_, window)| window).collect());
            special.push((same[0].0, seconds(0, 0)));
            special.extend(merged.into_iter().map(|window| (same[0].0, window)));
        }
        Self { windows, day, special }
    }

    /// Whether the usual hours never close.
    fn always(&self) -> bool {
        let whole = Range { start: 0, end: DAY };
        self.windows.len() == 7 && self.day == [0, 1, 2, 3, 4, 5, 6, 7] && self.windows.iter().all(|&day| day == whole)
    }

    /// The open ranges of the local dates `first..=last`.
    fn between(&self, clock: &Clock, first: i64, last: i64) -> Vec<Range> {
        let mut open = Open::default();
        let mut special = self.special[self.special.partition_point(|&(day, _)| day < first)..].iter().peekable();
        for day in first..=last {
            let midnight = day * DAY;
            if special.peek().is_none_or(|&&(other, _)| other != day) {
                // 1970-01-01 was a Thursday.
                let weekday = usize::try_from((day + 4).rem_euclid(7)).unwrap_or(0);
                for &window in &self.windows[self.day[weekday]..self.day[weekday + 1]] {
                    open.add(clock, midnight, window);
                }
            }
            while let Some(&(_, window)) = special.next_if(|&&(other, _)| other == day) {
                open.add(clock, midnight, window);
            }
        }
        open.merged()
    }

    /// The open ranges of somebody who never closes, but for the dates that differ: from the beginning to the end of
    /// time, without counting the days.
    fn around_the_clock(&self, clock: &Clock) -> Vec<Range> {
        let mut open = Open::default();
        let mut since = -FAR;
        for same in self.special.chunk_by(|a, b| a.0 == b.0) {
            let day = same[0].0;
            open.push(Range { start: since, end: clock.instant(day * DAY) });
            for &(_, window) in same {
                open.add(clock, day * DAY, window);
            }
            since = clock.instant((day + 1) * DAY);
        }
        open.push(Range { start: since, end: FAR });
        open.merged()
    }
}

/// Open ranges as they are found: nearly always in order, merged on the way.
#[derive(Default)]
struct Open {
    ranges: Vec<Range>,
    disordered: bool,
}

impl Open {
    fn add(&mut self, clock: &Clock, midnight: i64, window: Range) {
        self.push(Range { start: clock.instant(midnight + window.start), end: clock.instant(midnight + window.end) });
    }

    fn push(&mut self, range: Range) {
        if range.start >= range.end {
            return;
        }
        match self.ranges.last_mut() {
            // In a gap a window moves later, maybe past its successor.
            Some(last) if range.start < last.start => {
                self.disordered = true;
                self.ranges.push(range);
            }
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => self.ranges.push(range),
        }
    }

    fn merged(self) -> Vec<Range> {
        if self.disordered { merge(self.ranges) } else { self.ranges }
    }
}

/// A zone's offsets around a question, looked up once. Outside that stretch it asks the zone each time: right, but
/// slower.
#[derive(Debug, Clone)]
pub struct Clock<'a> {
    zone: &'a TimeZone,
    /// In order; the first begins where the stretch does.
    changes: Vec<Change>,
    end: i64,
}

/// From an instant on, an offset holds.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: i64,
    /// The first wall time read with this offset when going from wall time to instant: a skipped time counts on with the
    /// offset before (which lands later), and so does a repeated one (which is the earlier).
    wall: i64,
    offset: i64,
}

impl<'a> Clock<'a> {
    /// The zone's clock; quick between these two seconds.
    pub fn new(zone: &'a TimeZone, from: i64, to: i64) -> Self {
        let start = timestamp(from);
        let first = i64::from(zone.to_offset(start).seconds());
        let mut changes = vec![Change { at: from, wall: from + first, offset: first }];
        let mut before = first;
        for change in zone.following(start) {
            let (at, offset) = (change.timestamp().as_second(), i64::from(change.offset().seconds()));
            if at > to {
                break;
            }
            // Some changes are of the name only.
            if offset != before {
                changes.push(Change { at, wall: at + offset.max(before), offset });
            }
            before = offset;
        }
        Self { zone, changes, end: to }
    }

    /// What the zone's offset is at an instant, both in seconds.
    pub fn offset(&self, at: i64) -> i64 {
        if at < self.end
            && let Some(change) = self.changes.iter().rev().find(|change| change.at <= at)
        {
            return change.offset;
        }
        i64::from(self.zone.to_offset(timestamp(at)).seconds())
    }

    /// The instant of a wall time: a skipped one moves later, a repeated one is the earlier.
    fn instant(&self, wall: i64) -> i64 {
        // Two days clear of either end no offset can reach across it.
        if wall < self.end - 2 * DAY
            && self.changes.first().is_some_and(|first| wall >= first.wall + 2 * DAY)
            && let Some(change) = self.changes.iter().rev().find(|change| change.wall <= wall)
        {
            return wall - change.offset;
        }
        let reading = Offset::UTC.to_datetime(timestamp(wall));
        match self.zone.to_ambiguous_timestamp(reading).compatible() {
            Ok(instant) => instant.as_second(),
            // Only within a day of the first or the last instant there is.
            Err(_) => wall,
        }
    }

    /// The first instant, from `at` on, when the clock on the wall reads a multiple of `unit`.
    fn round_up(&self, at: i64, unit: i64) -> i64 {
        let mut at = at;
        loop {
            let offset = self.offset(at);
            let round = at + (-(at + offset)).rem_euclid(unit);
            match self.next_change(at) {
                Some(change) if round >= change => at = change,
                _ => return round,
            }
        }
    }

    fn next_change(&self, at: i64) -> Option<i64> {
        if self.changes.first().is_some_and(|first| first.at <= at) && at + DAY < self.end {
            return self.changes.iter().map(|change| change.at).find(|&change| change > at);
        }
        self.zone.following(timestamp(at)).next().map(|change| change.timestamp().as_second())
    }

    /// The parts of `from..=to` with one offset each, and that offset.
    fn segments(&self, from: i64, to: i64) -> impl Iterator<Item = (Range, i64)> + '_ {
        let ends = self.changes.iter().skip(1).map(|next| next.at).chain([i64::MAX]);
        self.changes
            .iter()
            .zip(ends)
            .map(move |(change, end)| {
                let part = Range { start: change.at.max(from), end: end.min(to + 1) };
                (part, change.offset)
            })
            .filter(|(part, _)| part.start < part.end)
    }
}

fn validate(rules: &Rules, hosts: &[Host]) -> Result<(), SlotError> {
    for (name, value) in [("duration", rules.duration), ("interval", rules.interval)] {
        if !(1..=MAX_MINUTES).contains(&value) {
            return Err(SlotError::NotPositive(name));
        }
    }
    for (name, value) in [
        ("offset", rules.offset),
        ("buffer_before", rules.buffer_before),
        ("buffer_after", rules.buffer_after),
        ("min_notice", rules.min_notice),
    ] {
        if !(0..=MAX_MINUTES).contains(&value) {
            return Err(SlotError::OutOfRange(name));
        }
    }
    let limits = std::iter::once(rules.limits)
        .chain(rules.also.iter().map(|counted| counted.limits))
        .chain(hosts.iter().map(|host| host.own.limits))
        .flat_map(|limits| {
            [
                ("per_day", limits.per_day),
                ("per_week", limits.per_week),
                ("per_month", limits.per_month),
                ("minutes_per_day", limits.minutes_per_day),
                ("minutes_per_week", limits.minutes_per_week),
                ("minutes_per_month", limits.minutes_per_month),
            ]
        });
    let rolling = [("rolling_days", rules.rolling_days), ("rolling_business_days", rules.rolling_business_days)];
    for (name, value) in limits.chain(rolling) {
        if value.is_some_and(i64::is_negative) {
            return Err(SlotError::OutOfRange(name));
        }
    }
    if hosts.is_empty() {
        return Err(SlotError::NoHosts);
    }
    let in_a_day = |(start, end): (i64, i64)| 0 <= start && start <= end && end <= DAY / MINUTE;
    if let Some(own) = &rules.hours {
        let weekly = own.weekly.iter().map(|weekly| (weekly.start, weekly.end));
        let overrides = own.overrides.iter().filter_map(|other| other.window);
        if !weekly.chain(overrides).all(in_a_day) {
            return Err(SlotError::Window);
        }
    }
    for host in hosts {
        let weekly = host.weekly.iter().map(|weekly| (weekly.start, weekly.end));
        let overrides = host.overrides.iter().filter_map(|other| other.window);
        if !weekly.chain(overrides).all(in_a_day) {
            return Err(SlotError::Window);
        }
        for busy in &host.busy {
            if busy.end < busy.start {
                return Err(SlotError::Busy(busy.start));
            }
            let minutes = 0..=MAX_MINUTES;
            if !minutes.contains(&busy.buffer_before) || !minutes.contains(&busy.buffer_after) {
                return Err(SlotError::OutOfRange("a busy time's buffer"));
            }
        }
    }
    Ok(())
}

/// The grid unit: the largest of these that divides the interval.
fn unit(interval: i64) -> i64 {
    [60, 30, 20, 15, 10, 5].into_iter().find(|unit| interval % unit == 0).unwrap_or(1)
}

/// The last day that can be booked; far away if there is no rolling window.
fn last_day(rules: &Rules, today: i64) -> i64 {
    let never = FAR / DAY;
    let days = rules.rolling_days.map_or(never, |days| today.saturating_add(days));
    let business = rules.rolling_business_days.map_or(never, |days| {
        let days = days.min(never);
        if days == 0 {
            return today;
        }
        // Count from the last weekday: a weekend's Monday is one after it, as Friday's is. 0 is Monday.
        let weekday = (today + 3).rem_euclid(7).min(4);
        let friday_or_today = today - (today + 3).rem_euclid(7) + weekday;
        let weekend = if weekday + days % 5 > 4 { 2 } else { 0 };
        friday_or_today + days / 5 * 7 + days % 5 + weekend
    });
    days.min(business).min(never)
}

/// Sorted, with what touches or overlaps made one, and nothing empty.
fn merge(mut ranges: Vec<Range>) -> Vec<Range> {
    if !ranges.is_sorted() {
        ranges.sort_unstable();
    }
    let mut merged = Open::default();
    for range in ranges {
        merged.push(range);
    }
    merged.ranges
}

/// What of `open` is left without `taken` (both sorted by start) and is at least `least` long.
fn subtract(open: &[Range], taken: &[Range], least: i64) -> Vec<Range> {
    let mut free = Vec::with_capacity(open.len() + taken.len());
    let mut keep = |start: i64, end: i64| {
        if end - start >= least {
            free.push(Range { start, end });
        }
    };
    let mut taken = taken.iter().filter(|busy| busy.start < busy.end).peekable();
    // The latest end so far: a long entry may reach beyond later, shorter ones.
    let mut until = i64::MIN;
    for range in open {
        let mut start = range.start.max(until);
        while let Some(busy) = taken.next_if(|busy| busy.start < range.end) {
            if busy.start > start {
                keep(start, busy.start);
            }
            until = until.max(busy.end);
            start = start.max(busy.end);
        }
        if start < range.end {
            keep(start, range.end);
        }
    }
    free
}

/// What is in one or both of two ascending lists, ascending.
fn union(a: &[Timestamp], b: &[Timestamp]) -> Vec<Timestamp> {
    let mut both = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        let next = match (a.peek(), b.peek()) {
            (Some(left), Some(right)) => {
                let order = left.cmp(right);
                let from_b = order.is_ge().then(|| b.next()).flatten();
                order.is_le().then(|| a.next()).flatten().or(from_b)
            }
            (Some(_), None) => a.next(),
            (None, _) => b.next(),
        };
        match next {
            Some(start) => both.push(start),
            None => return both,
        }
    }
}

/// What two sorted lists of ranges have in common.
fn intersect(a: &[Range], b: &[Range]) -> Vec<Range> {
    let mut common = Vec::with_capacity(a.len().max(b.len()));
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let both = Range { start: x.start.max(y.start), end: x.end.min(y.end) };
        if both.start < both.end {
            common.push(both);
        }
        if x.end < y.end {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

fn floor(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}

fn ceil(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

fn timestamp(second: i64) -> Timestamp {
    let (least, most) = (Timestamp::MIN, Timestamp::MAX);
    Timestamp::from_second(second).unwrap_or(if second < 0 { least } else { most })
}

/// The days of a day's week: its Monday, and the next.
fn week_of(day: i64) -> (i64, i64) {
    // 1970-01-01 was a Thursday: three days after a Monday.
    let monday = (day + 3).div_euclid(7) * 7 - 3;
    (monday, monday + 7)
}

/// The days of a day's month: its first, and the next's.
fn month_of(day: i64) -> (i64, i64) {
    let date = date_of(day);
    (day_of(date.first_of_month()), day_of(date.last_of_month()) + 1)
}

fn day_of(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_secs().div_euclid(DAY)
}

fn date_of(day: i64) -> Date {
    Offset::UTC.to_datetime(timestamp(day.saturating_mul(DAY))).date()
}

/// "2 hours’", "45 minutes’": a length as it stands before "notice".
fn spoken(minutes: i64) -> String {
    let (count, word) = match minutes {
        m if m >= 2880 && m % 1440 == 0 => (m / 1440, "day"),
        m if m >= 60 && m % 60 == 0 => (m / 60, "hour"),
        m => (m, "minute"),
    };
    if count == 1 { format!("1 {word}’s") } else { format!("{count} {word}s’") }
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
