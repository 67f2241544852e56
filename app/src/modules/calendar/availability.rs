//! Which times of a service are free: reads the business's rules and what is taken, asks the slot engine, and words the
//! answer for a page.

use std::ops::Range;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{
    format,
    ids::{AppointmentId, StaffId},
    slots::{self, Busy, Clock, Days, Host, Limits, Mode, Rules, Weekly},
    store::{self, Roster, Service, Span},
    wire::Chosen,
};
use crate::{
    clock::Instant,
    error::{AppError, Result},
    org::OrgTx,
};

/// The zones that a visitor can choose between: Australia's clocks, then the neighbours'.
const OFFERED_ZONES: [&str; 13] = [
    "Australia/Sydney",
    "Australia/Melbourne",
    "Australia/Brisbane",
    "Australia/Hobart",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Australia/Perth",
    "Australia/Broken_Hill",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Singapore",
    "Europe/London",
];

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What the rules of a service are at most (`setup::check_service`), for its times are read along with it: days ahead,
/// and seconds.
const MOST_DAYS: i64 = 365;
const LONGEST: i64 = DAY_SECONDS;
const LONGEST_BUFFER: i64 = 8 * 60 * 60;

/// Nothing that begins later can be booked.
fn latest(now: Instant) -> Instant {
    now.plus_seconds((MOST_DAYS + 3) * DAY_SECONDS)
}

/// Everything that decides which times of a service are free.
#[derive(Debug)]
pub struct Availability {
    /// The service.
    pub service: Service,
    // Who can be booked, in order; host `n` of the engine is `staff[n]`.
    staff: Vec<StaffId>,
    /// The business's zone.
    pub tz: TimeZone,
    rules: Rules,
    hosts: Vec<Host>,
    now: Timestamp,
}

impl Availability {
    /// Reads it for a service's whole booking window. `except` is the appointment being moved: it isn't in its own way.
    ///
    /// # Errors
    /// 404 for an unknown service; the database is busy.
    pub async fn load(tx: &mut OrgTx, service: &str, except: Option<AppointmentId>) -> Result<Self> {
        let now = tx.now();
        Self::load_between(tx, service, now..latest(now), except).await
    }

    /// Reads what decides about one start, and no more: what is taken on its day, and where the appointment would reach.
    ///
    /// # Errors
    /// As [`Availability::load`].
    pub async fn load_around(
        tx: &mut OrgTx,
        service: &str,
        start: Timestamp,
        except: Option<AppointmentId>,
    ) -> Result<Self> {
        let there = start.to_zoned(zone(&tx.org().zone)?);
        let day_from = there.start_of_day().map_or(start, |from| from.timestamp());
        let day_until = there.end_of_day().map_or(start, |until| until.timestamp());
        let start = Instant::from_timestamp(start);
        let before = start.plus_seconds(-LONGEST_BUFFER);
        let after = start.plus_seconds(LONGEST + LONGEST_BUFFER);
        let from = before.min(Instant::from_timestamp(day_from));
        let until = after.max(Instant::from_timestamp(day_until));
        // A start outside the booking window is refused whatever is taken.
        let now = tx.now();
        let (earliest, latest) = (now.plus_seconds(-2 * DAY_SECONDS), latest(now));
        Self::load_between(tx, service, from.clamp(earliest, latest)..until.clamp(earliest, latest), except).await
    }

    async fn load_between(
        tx: &mut OrgTx,
        service: &str,
        taken: Range<Instant>,
        except: Option<AppointmentId>,
    ) -> Result<Self> {
        let tz = zone(&tx.org().zone)?;
        let now = tx.now();
        let today = now.timestamp().to_zoned(tz.clone()).date();
        let last = today.saturating_add(MOST_DAYS.days());
        let dates = today.saturating_sub(1.day())..=last.saturating_add(1.day());
        let (service, rosters) = store::offered(tx, service, &dates, &taken, except)
            .await?
            .ok_or_else(|| AppError::not_found("that service"))?;
        let staff = rosters.iter().map(|roster| roster.staff).collect();
        let hosts = rosters.iter().map(|roster| host(&tz, roster)).collect();
        let rules = rules(&service, tz.clone());
        Ok(Self { service, staff, tz, rules, hosts, now: now.timestamp() })
    }

    /// The same, of a service that clients can book.
    ///
    /// # Errors
    /// 404 for one that was taken off the page.
    pub fn bookable(self) -> Result<Self> {
        if self.service.active { Ok(self) } else { Err(AppError::not_found("that service")) }
    }

    /// Every time on offer between two instants.
    ///
    /// # Errors
    /// The stored rules can't be worked with; the business must mend them.
    pub fn starts(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Timestamp>> {
        // Nobody offers it, or nobody who does can be booked now: a state of the business, not a mistake.
        if self.hosts.is_empty() {
            return Ok(Vec::new());
        }
        slots::starts(&self.rules, &self.hosts, from, to, self.now).map_err(|error| {
            tracing::error!(%error, service = %self.service.id, "the slot rules can’t be worked with");
            AppError::internal()
        })
    }

    /// All the times on offer within the booking window.
    ///
    /// # Errors
    /// As [`Availability::starts`].
    pub fn all(&self) -> Result<Vec<Timestamp>> {
        let to =
            self.now.checked_add(((self.service.window_days + 2) * 24).hours()).map_err(|_| AppError::internal())?;
        self.starts(self.now, to)
    }

    /// Who can take this start, the least busy that day first; or why nobody can.
    ///
    /// # Errors
    /// 409 with the reason, in words for the client.
    pub fn who_is_free(&self, start: Timestamp) -> Result<Vec<StaffId>> {
        if self.hosts.is_empty() {
            return Err(AppError::conflict("Nobody can be booked for this service at the moment."));
        }
        let free = slots::check(&self.rules, &self.hosts, start, self.now)
            .map_err(|refusal| AppError::conflict(refusal.to_string()))?;
        let day = start.to_zoned(self.tz.clone()).date();
        let mut by_load: Vec<(usize, usize)> = free
            .into_iter()
            .filter_map(|index| {
                let host = self.hosts.get(index)?;
                let booked = host.busy.iter().filter(|busy| busy.start.to_zoned(self.tz.clone()).date() == day).count();
                Some((booked, index))
            })
            .collect();
        by_load.sort_unstable();
        Ok(by_load.into_iter().filter_map(|(_, index)| self.staff.get(index).copied()).collect())
    }

    /// The times of an appointment at this start.
    ///
    /// # Errors
    /// 422 for a time at the end of the calendar.
    pub fn span(&self, start: Timestamp) -> Result<Span> {
        let starts_at = Instant::from_timestamp(start);
        let ends_at = starts_at.plus_seconds(self.service.duration_minutes * 60);
        let span = Span {
            starts_at,
            ends_at,
            blocks_from: starts_at.plus_seconds(-self.service.buffer_before_minutes * 60),
            blocks_until: ends_at.plus_seconds(self.service.buffer_after_minutes * 60),
        };
        if span.ends_at > starts_at {
            Ok(span)
        } else {
            Err(AppError::field("start", "Choose one of the times on offer."))
        }
    }

    /// When it was read.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The last local day that can be booked, on the business's calendar.
    pub fn last_day(&self) -> Date {
        self.now.to_zoned(self.tz.clone()).date().saturating_add(self.service.window_days.days())
    }

    /// These starts, which are all there are, as a page shows them: a week from `from` (or from the first day with
    /// something free), and a month.
    ///
    /// # Errors
    /// A date at the end of the calendar.
    pub fn times<'a>(
        &self,
        starts: &'a [Timestamp],
        viewer: &Viewer,
        from: Option<Date>,
        month: Option<Date>,
    ) -> Result<Times<'a>> {
        let today = self.now.to_zoned(viewer.tz.clone()).date();
        let last_day = self.now.to_zoned(self.tz.clone()).date().saturating_add((self.service.window_days + 1).days());
        let by_day = by_day(starts, &viewer.tz)?;
        let first = match from {
            Some(date) => date.clamp(today, last_day),
            None => by_day.first().map_or(today, |day| day.date),
        };
        let after = first.saturating_add(7.days());
        let days: Vec<Day<'a>> = first.series(1.day()).take(7).map(|date| on_day(&by_day, date)).collect();
        let next_available = if days.iter().all(|day| day.starts.is_empty()) {
            by_day.iter().find(|day| day.date >= after).copied()
        } else {
            None
        };
        let shown_month = month.unwrap_or(first).first_of_month();
        Ok(Times {
            now: self.now,
            days,
            previous: by_day.first().filter(|day| day.date < first).map(|_| first.saturating_sub(7.days()).max(today)),
            next: (after <= last_day).then_some(after),
            next_available,
            month: month_view(shown_month, today, last_day, first, &by_day),
        })
    }

    /// Until when a page of these times holds: until the first of them passes its minimum notice, and no longer than to
    /// the next quarter of an hour, for all midnights and changes of clocks anywhere fall on one.
    pub fn holds_until(&self, starts: &[Timestamp]) -> Instant {
        const QUARTER: i64 = 15 * 60;
        let quarter =
            Timestamp::from_second((self.now.as_second().div_euclid(QUARTER) + 1) * QUARTER).unwrap_or(Timestamp::MAX);
        let notice = starts.first().map_or(Timestamp::MAX, |first| {
            let last = Instant::from_timestamp(*first).plus_seconds(-self.service.min_notice_minutes * 60);
            // A start exactly at its notice is still on offer.
            last.timestamp().checked_add(1.microsecond()).unwrap_or(Timestamp::MAX)
        });
        Instant::from_timestamp(quarter.min(notice))
    }

    /// The chosen time in words, for the form.
    pub fn chosen(&self, viewer: &Viewer, start: Timestamp, key: String) -> Chosen {
        let minutes = self.service.duration_minutes;
        Chosen {
            start: start.to_string(),
            label: viewer.when(start, minutes),
            zone_label: format::zone(&viewer.name, &viewer.tz, start),
            business_label: viewer.business_when(start, minutes),
            key,
        }
    }
}

/// The times of a service on a page: a week, and the month around it.
#[derive(Debug)]
pub struct Times<'a> {
    /// When they were asked for.
    pub now: Timestamp,
    /// Seven days from the one asked for, or from the first with something free.
    pub days: Vec<Day<'a>>,
    /// First day of the week before, where there can be anything.
    pub previous: Option<Date>,
    /// First day of the week after, within the booking window.
    pub next: Option<Date>,
    /// The first day from here on with something free, where the week shown has nothing.
    pub next_available: Option<Day<'a>>,
    /// The month picker.
    pub month: Month,
}

/// A day with its starts, in the visitor's zone.
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    /// The date.
    pub date: Date,
    /// In order; empty where nothing is free.
    pub starts: &'a [Timestamp],
}

/// The month picker.
#[derive(Debug)]
pub struct Month {
    /// Its first day.
    pub first: Date,
    /// Weeks of seven days, Monday first.
    pub weeks: Vec<Vec<MonthDay>>,
    /// The month before, where there can be anything.
    pub previous: Option<Date>,
    /// The month after, likewise.
    pub next: Option<Date>,
}

/// A day in the month picker.
#[derive(Debug)]
pub struct MonthDay {
    /// The date.
    pub date: Date,
    /// How many times are free on it.
    pub free: usize,
    /// One of the neighbours' days that fill the first and last week.
    pub outside: bool,
    /// In the week shown.
    pub shown: bool,
    /// Today in the visitor's zone.
    pub today: bool,
}

/// Whose clock the page shows.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// IANA name.
    pub name: String,
    /// Its zone.
    pub tz: TimeZone,
    business_name: String,
    business_tz: TimeZone,
}

impl Viewer {
    /// The zone that the visitor asked for, or else the business's.
    ///
    /// # Errors
    /// 422 at `zone` for one that doesn't exist.
    pub fn new(asked: Option<&str>, business: &str) -> Result<Self> {
        let business_tz = zone(business)?;
        let (name, tz) = match asked.filter(|asked| !asked.is_empty()) {
            None => (business.to_owned(), business_tz.clone()),
            Some(asked) => {
                let tz = TimeZone::get(asked).map_err(|_| {
                    AppError::field("zone", "We don’t know that time zone. Choose one like Australia/Perth.")
                })?;
                (tz.iana_name().unwrap_or(asked).to_owned(), tz)
            }
        };
        Ok(Self { name, tz, business_name: business.to_owned(), business_tz })
    }

    /// "Monday 23 November 2026, 9:00 – 9:45 am", on this clock.
    pub fn when(&self, start: Timestamp, minutes: i64) -> String {
        when(start, minutes, &self.tz)
    }

    /// The same on the business's clock, where that differs.
    pub fn business_when(&self, start: Timestamp, minutes: i64) -> Option<String> {
        self.differs_at(start).then(|| {
            let place = format::zone(&self.business_name, &self.business_tz, start);
            format!("{} in {place}", when(start, minutes, &self.business_tz))
        })
    }

    /// "Perth time (AWST)".
    pub fn label_at(&self, at: Timestamp) -> String {
        format::zone(&self.name, &self.tz, at)
    }

    /// The two clocks show different times at that instant.
    pub fn differs_at(&self, at: Timestamp) -> bool {
        self.tz.to_offset(at) != self.business_tz.to_offset(at)
    }

    /// "Sydney time (AEDT)": the business's clock.
    pub fn business_label_at(&self, at: Timestamp) -> String {
        format::zone(&self.business_name, &self.business_tz, at)
    }

    /// The city that the business's clock is named after.
    pub fn business_city(&self) -> String {
        format::city(&self.business_name)
    }

    /// Both clocks over a stretch of time, the visitor's first.
    pub fn clocks(&self, from: Timestamp, to: Timestamp) -> [Clock<'_>; 2] {
        [&self.tz, &self.business_tz].map(|zone| Clock::new(zone, from.as_second(), to.as_second()))
    }

    /// IANA name and label of each zone to choose from; the visitor's is among them.
    pub fn offered(&self, now: Timestamp) -> Vec<(&str, String)> {
        let mut offered: Vec<&str> = OFFERED_ZONES.to_vec();
        for extra in [self.business_name.as_str(), self.name.as_str()] {
            if !offered.contains(&extra) {
                offered.insert(0, extra);
            }
        }
        offered
            .into_iter()
            .filter_map(|name| Some((name, format::zone(name, &TimeZone::get(name).ok()?, now))))
            .collect()
    }
}

/// The business's zone; it was checked when it was stored.
pub fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        tracing::error!(zone = name, "an organisation’s time zone isn’t known");
        AppError::internal()
    })
}

fn when(start: Timestamp, minutes: i64, tz: &TimeZone) -> String {
    let from = start.to_zoned(tz.clone());
    let until = from.saturating_add(minutes.minutes());
    format::when(&from, &until)
}

fn rules(service: &Service, zone: TimeZone) -> Rules {
    Rules {
        zone,
        duration: service.duration_minutes,
        interval: service.interval_minutes,
        offset: 0,
        buffer_before: service.buffer_before_minutes,
        buffer_after: service.buffer_after_minutes,
        min_notice: service.min_notice_minutes,
        limits: Limits::default(),
        rolling_days: Some(service.window_days),
        rolling_business_days: None,
        optimize: false,
        mode: Mode::Any,
    }
}

fn host(tz: &TimeZone, roster: &Roster) -> Host {
    Host {
        zone: tz.clone(),
        weekly: roster
            .hours
            .iter()
            .map(|window| Weekly {
                days: Days::from_numbers(u8::try_from(window.weekday)).unwrap_or_default(),
                start: window.start_minute,
                end: window.end_minute,
            })
            .collect(),
        overrides: roster
            .overrides
            .iter()
            .filter_map(|window| {
                Some(slots::Override {
                    date: window.date.parse().ok()?,
                    window: window.start_minute.zip(window.end_minute),
                })
            })
            .collect(),
        closed_dates: Vec::new(),
        busy: roster
            .taken
            .iter()
            .map(|taken| Busy {
                start: taken.blocks_from.timestamp(),
                end: taken.blocks_until.timestamp(),
                // The stored times have the buffers in them.
                buffer_before: 0,
                buffer_after: 0,
                counts: true,
            })
            .collect(),
    }
}

/// The starts, which are in order, by their day on this clock. Asks the zone once a day rather than once a start.
fn by_day<'a>(starts: &'a [Timestamp], tz: &TimeZone) -> Result<Vec<Day<'a>>> {
    let mut days = Vec::new();
    let mut rest = starts;
    while let Some(first) = rest.first() {
        let date = first.to_zoned(tz.clone()).date();
        let midnight =
            date.tomorrow().and_then(|next| next.to_zoned(tz.clone())).map_err(|_| AppError::internal())?.timestamp();
        let (today, later) = rest.split_at(rest.partition_point(|start| *start < midnight).max(1));
        days.push(Day { date, starts: today });
        rest = later;
    }
    Ok(days)
}

/// The day of that date, with what is free on it.
fn on_day<'a>(by_day: &[Day<'a>], date: Date) -> Day<'a> {
    let found = by_day.binary_search_by_key(&date, |day| day.date).ok().and_then(|place| by_day.get(place));
    found.copied().unwrap_or(Day { date, starts: &[] })
}

fn month_view(month: Date, today: Date, last_day: Date, first_shown: Date, by_day: &[Day<'_>]) -> Month {
    let grid_start = month.saturating_sub(i64::from(month.weekday().to_monday_zero_offset()).days());
    let after_month = month.saturating_add(1.month());
    let shown = first_shown..first_shown.saturating_add(7.days());
    let weeks = (0..6)
        .map(|week| grid_start.saturating_add((week * 7).days()))
        .take_while(|monday| *monday < after_month)
        .map(|monday| {
            monday
                .series(1.day())
                .take(7)
                .map(|date| MonthDay {
                    date,
                    free: on_day(by_day, date).starts.len(),
                    outside: date.month() != month.month() || date.year() != month.year(),
                    shown: shown.contains(&date),
                    today: date == today,
                })
                .collect()
        })
        .collect();
    Month {
        first: month,
        weeks,
        previous: (month > today.first_of_month()).then(|| month.saturating_sub(1.month())),
        next: (after_month <= last_day).then_some(after_month),
    }
}
