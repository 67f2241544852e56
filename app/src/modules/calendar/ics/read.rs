//! Reads when another calendar says that somebody is busy. The file comes from an address that somebody typed: it may be of
//! any size and hold anything. What can't be understood is left out and counted, never guessed.

use std::{
    collections::{BTreeMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use calcard::{
    Entry, Parser,
    common::PartialDateTime,
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarDuration, ICalendarEntry,
        ICalendarFreeBusyType, ICalendarParameterName, ICalendarParameterValue, ICalendarPeriod, ICalendarProperty,
        ICalendarRecurrenceRule, ICalendarStatus, ICalendarTransparency, ICalendarValue,
    },
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use super::{
    repeat::{self, Work},
    zones::{Zones, extra, text},
};
use crate::clock::Instant;

/// The largest file that is read.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// The most parts (events, zones, reminders) that a file may have.
pub const MOST_PARTS: usize = 20_000;
/// The most busy times that are taken from a file.
pub const MOST_TIMES: usize = 5_000;
/// How much of a title is kept.
const LONGEST_TITLE: usize = 200;

/// What is asked of a file.
#[derive(Debug, Clone)]
pub struct Asked {
    /// From when.
    pub from: Instant,
    /// Until when, not included.
    pub until: Instant,
    /// The business's zone: whole days and times without a zone are in the file's own, else in this.
    pub zone: TimeZone,
    /// Whether what things are called is wanted. It is personal: whoever shows or keeps it must have a reason.
    pub titles: bool,
    /// What stands in the `UID` of events that aren’t to be told of, for it was we who told that calendar of them; empty: nothing.
    pub except: String,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BusyTimes {
    /// In order; they may overlap.
    pub times: Vec<BusyTime>,
    /// How many events or rules couldn't be understood.
    pub skipped: usize,
    /// How many zones nobody knows; their times are taken to be in the file's own.
    pub unknown_zones: usize,
    /// There is more than is read, or the file ends in its middle: somebody may be busy at other times too.
    pub cut_short: bool,
}

/// A time at which somebody is busy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BusyTime {
    /// From when; may be before what was asked for.
    pub from: Instant,
    /// Until when, not included.
    pub until: Instant,
    /// It takes whole days.
    pub all_day: bool,
    /// What it is called, where that was asked for and it is called something.
    pub title: Option<String>,
}

/// Why a file isn't read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than [`MOST_BYTES`].
    #[error("That calendar is larger than 5 MB. Share one with fewer events, or with the past ones left out.")]
    TooLarge,
    /// More than [`MOST_PARTS`].
    #[error("That calendar has more than 20,000 entries. Share one with fewer, or with the past ones left out.")]
    TooMany,
    /// It is a page for people, often one to log in on.
    #[error(
        "This address answers with a web page, not a calendar. It should be the secret address in iCal format, which often ends in .ics."
    )]
    WebPage,
    /// It is something else.
    #[error(
        "There is no calendar at that address. It should be the secret address in iCal format, which often ends in .ics."
    )]
    NotACalendar,
    /// It broke the reader.
    #[error("We couldn’t read that calendar. Please try another way of sharing it.")]
    Broken,
}

/// The times in a file at which somebody is busy, within what is asked for.
///
/// # Errors
/// It isn't a calendar, or is too large.
pub fn busy(file: &[u8], asked: &Asked) -> Result<BusyTimes, Unreadable> {
    if file.len() > MOST_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let file = String::from_utf8_lossy(file);
    let (mut calendar, mut ended, mut parts) = (false, false, 0_usize);
    for line in file.lines() {
        let line = line.trim_start_matches('\u{feff}').trim_end();
        calendar |= line.eq_ignore_ascii_case("BEGIN:VCALENDAR");
        ended |= line.eq_ignore_ascii_case("END:VCALENDAR");
        parts += usize::from(line.get(..6).is_some_and(|begin| begin.eq_ignore_ascii_case("BEGIN:")));
    }
    if !calendar {
        return Err(if is_page(&file) { Unreadable::WebPage } else { Unreadable::NotACalendar });
    }
    if parts > MOST_PARTS {
        return Err(Unreadable::TooMany);
    }
    // The crates that parse and repeat are others' work on a stranger's words: a slip of theirs is this file's alone.
    let mut busy = catch_unwind(AssertUnwindSafe(|| read(&file, asked))).map_err(|_| Unreadable::Broken)?;
    busy.cut_short |= !ended;
    Ok(busy)
}

fn is_page(file: &str) -> bool {
    let beginning: String = file.trim_start_matches('\u{feff}').trim_start().chars().take(1_000).collect();
    let beginning = beginning.to_ascii_lowercase();
    beginning.starts_with("<!doctype html") || beginning.contains("<html")
}

/// A time as it is written: the day alone, on some wall clock, or for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Day(Date),
    Local(DateTime),
    Instant(Timestamp),
}

impl Moment {
    pub fn read(written: &PartialDateTime) -> Option<Self> {
        let (year, month, day) = (written.year?, written.month?, written.day?);
        let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        let Some(hour) = written.hour else { return Some(Self::Day(date)) };
        // A leap second is the last one before it.
        let second = written.second.unwrap_or(0).min(59);
        let number = |number: u8| i8::try_from(number).ok();
        let time = Time::new(number(hour)?, number(written.minute.unwrap_or(0))?, number(second)?, 0).ok()?;
        let reading = date.to_datetime(time);
        let Some(hours) = written.tz_hour else { return Some(Self::Local(reading)) };
        let ahead = i64::from(hours) * 3600 + i64::from(written.tz_minute.unwrap_or(0)) * 60;
        let ahead = SignedDuration::from_secs(if written.tz_minus { -ahead } else { ahead });
        let utc = reading.checked_sub(ahead).ok()?.to_zoned(TimeZone::UTC).ok()?;
        Some(Self::Instant(utc.timestamp()))
    }
}

/// A time on a clock that keeps to a zone.
#[derive(Debug, Clone)]
struct Clocked {
    reading: DateTime,
    zone: TimeZone,
    whole_day: bool,
}

impl Clocked {
    fn new(moment: Moment, named: Option<&str>, zones: &mut Zones) -> Self {
        match moment {
            // Whole days are the same for whoever has them in front of them: a zone beside one means nothing.
            Moment::Day(date) => {
                Self { reading: date.to_datetime(Time::midnight()), zone: zones.home.clone(), whole_day: true }
            }
            Moment::Local(reading) => Self { reading, zone: zones.named(named), whole_day: false },
            Moment::Instant(at) => {
                let utc = at.to_zoned(TimeZone::UTC);
                Self { reading: utc.datetime(), zone: TimeZone::UTC, whole_day: false }
            }
        }
    }

    /// In a gap the clock is read as before it, and of a time that comes twice it is the first (RFC 5545, 3.3.5).
    fn at(&self) -> Option<Timestamp> {
        self.zone.to_ambiguous_zoned(self.reading).compatible().ok().map(|zoned| zoned.timestamp())
    }

    fn moved(&self, reading: DateTime) -> Self {
        Self { reading, ..self.clone() }
    }
}

/// How long something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Length {
    /// Days on the calendar, however long they are.
    days: i64,
    /// And so much on a stopwatch.
    rest: SignedDuration,
}

impl Length {
    const NONE: Self = Self { days: 0, rest: SignedDuration::ZERO };

    fn read(written: &ICalendarDuration) -> Option<Self> {
        if written.neg {
            return None;
        }
        let days = i64::from(written.weeks) * 7 + i64::from(written.days);
        let seconds = i64::from(written.hours) * 3600 + i64::from(written.minutes) * 60 + i64::from(written.seconds);
        Some(Self { days, rest: SignedDuration::from_secs(seconds) })
    }

    fn end(self, start: &Clocked) -> Option<Timestamp> {
        let days = SignedDuration::from_hours(self.days.checked_mul(24)?);
        start.moved(start.reading.checked_add(days).ok()?).at()?.checked_add(self.rest).ok()
    }

    /// No shorter than it can be, in whole days.
    fn at_most_days(self) -> i64 {
        self.days.saturating_add(self.rest.as_secs() / 86_400).saturating_add(2)
    }
}

/// Times that are named one by one: as instants, or as days.
#[derive(Debug, Default)]
struct Named {
    instants: HashSet<Timestamp>,
    days: HashSet<Date>,
}

impl Named {
    fn add(&mut self, moment: Moment, named: Option<&str>, zones: &mut Zones) {
        match moment {
            Moment::Day(day) => {
                self.days.insert(day);
            }
            _ => self.instants.extend(Clocked::new(moment, named, zones).at()),
        }
    }

    fn has(&self, start: &Clocked, at: Timestamp) -> bool {
        self.instants.contains(&at) || self.days.contains(&start.reading.date())
    }
}

/// An event, or what one of its times is instead.
#[derive(Debug)]
struct Item {
    start: Clocked,
    length: Length,
    blocks: bool,
    title: Option<String>,
    sequence: i64,
    rules: Vec<ICalendarRecurrenceRule>,
    not: Vec<ICalendarRecurrenceRule>,
    also: Vec<(Clocked, Option<Length>)>,
    never: Named,
    instead_of: Option<(Moment, Option<String>)>,
    and_later: bool,
}

/// All that is said of one event.
#[derive(Debug, Default)]
struct Group {
    series: Vec<Item>,
    instead: Vec<Item>,
}

fn read(file: &str, asked: &Asked) -> BusyTimes {
    let mut skipped = 0;
    let calendars = parsed(file, &mut skipped);
    let mut zones = Zones::of(&calendars, &asked.zone);
    let mut out = Out { asked, times: Vec::new(), cut_short: false };
    let mut groups = BTreeMap::<(Option<&str>, usize), Group>::new();
    for (number, part) in calendars.iter().flat_map(|calendar| &calendar.components).enumerate() {
        match part.component_type {
            ICalendarComponentType::VEvent if is_ours(part, &asked.except) => {}
            ICalendarComponentType::VEvent => {
                let Some(item) = Item::read(part, asked.titles, &mut zones, &mut skipped) else {
                    skipped += 1;
                    continue;
                };
                // What has no name is nothing else's.
                let name = match part.uid() {
                    Some(uid) => (Some(uid), 0),
                    None => (None, number),
                };
                let group = groups.entry(name).or_default();
                if item.instead_of.is_some() { group.instead.push(item) } else { group.series.push(item) }
            }
            ICalendarComponentType::VFreebusy => free_busy(part, &mut out, &mut skipped),
            _ => {}
        }
    }
    let mut work = Work::begin();
    // What happens once first: it is cheap, and shouldn't be lost to a series without end.
    let (once, series): (Vec<_>, Vec<_>) =
        groups.into_values().partition(|group| group.series.iter().all(|item| item.rules.is_empty()));
    for group in once.into_iter().chain(series) {
        group.tell(&mut zones, &mut out, &mut work, &mut skipped);
    }
    let Out { mut times, cut_short, .. } = out;
    times.sort();
    times.dedup();
    BusyTimes { times, skipped, unknown_zones: zones.unknown, cut_short: cut_short || work.cut_short }
}

fn is_ours(part: &ICalendarComponent, except: &str) -> bool {
    !except.is_empty() && part.uid().is_some_and(|uid| uid.contains(except))
}

fn parsed(file: &str, skipped: &mut usize) -> Vec<ICalendar> {
    let mut parser = Parser::new(file);
    let mut calendars = Vec::new();
    // Each takes a line at least.
    for _ in 0..=file.len() {
        match parser.entry() {
            Entry::ICalendar(calendar) => calendars.push(calendar),
            Entry::Eof => break,
            // What a browser or a mail program put around it.
            Entry::InvalidLine(line) if line.trim().is_empty() => {}
            _ => *skipped += 1,
        }
    }
    calendars
}

impl Item {
    fn read(part: &ICalendarComponent, titles: bool, zones: &mut Zones, skipped: &mut usize) -> Option<Self> {
        let first = |name| part.property(name);
        let instead_of = match first(&ICalendarProperty::RecurrenceId) {
            Some(entry) => Some((moment(entry)?, entry.tz_id().map(str::to_owned))),
            None => None,
        };
        let start = match (first(&ICalendarProperty::Dtstart), &instead_of) {
            (Some(entry), _) => Clocked::new(moment(entry)?, entry.tz_id(), zones),
            (None, Some((moment, named))) => Clocked::new(*moment, named.as_deref(), zones),
            (None, None) => return None,
        };
        let length = length(part, &start, zones)?;
        let mut item = Self {
            blocks: blocks(part),
            title: titles.then(|| title(part)).flatten(),
            sequence: match first(&ICalendarProperty::Sequence).and_then(|entry| entry.values.first()) {
                Some(ICalendarValue::Integer(number)) => *number,
                _ => 0,
            },
            and_later: first(&ICalendarProperty::RecurrenceId)
                .is_some_and(|entry| entry.parameter(&ICalendarParameterName::Range).is_some()),
            start,
            length,
            rules: Vec::new(),
            not: Vec::new(),
            also: Vec::new(),
            never: Named::default(),
            instead_of,
        };
        for entry in &part.entries {
            match entry.name {
                ICalendarProperty::Rrule => item.rules.extend(rules(entry, skipped)),
                ICalendarProperty::Exrule => item.not.extend(rules(entry, skipped)),
                ICalendarProperty::Exdate => {
                    for value in &entry.values {
                        match read_moment(value) {
                            Some(moment) => item.never.add(moment, entry.tz_id(), zones),
                            None => *skipped += 1,
                        }
                    }
                }
                ICalendarProperty::Rdate => {
                    for value in &entry.values {
                        match also(value, entry.tz_id(), zones) {
                            Some(time) => item.also.push(time),
                            None => *skipped += 1,
                        }
                    }
                }
                _ => {}
            }
        }
        Some(item)
    }
}

impl Group {
    fn tell(mut self, zones: &mut Zones, out: &mut Out, work: &mut Work, skipped: &mut usize) {
        // Of two versions of one event the newer holds. Of several with one number all do: somebody gave them one name.
        let newest = self.series.iter().map(|item| item.sequence).max().unwrap_or(0);
        self.series.retain(|item| item.sequence == newest);
        let mut replaced = Named::default();
        let mut later = Vec::new();
        for item in &self.instead {
            if let Some((moment, named)) = &item.instead_of {
                let was = Clocked::new(*moment, named.as_deref(), zones);
                replaced.add(*moment, named.as_deref(), zones);
                if item.and_later
                    && let Some(at) = was.at()
                {
                    later.push((at, item));
                }
            }
            out.add(&item.start, item.length, item);
        }
        later.sort_by_key(|(at, _)| *at);
        // Whatever was moved may come from as far away as it was moved, and lasts as long as it does now.
        let reach = later
            .iter()
            .map(|(was, item)| item.shift(*was).as_secs().abs() / 86_400 + item.length.at_most_days())
            .max()
            .unwrap_or(0);
        for item in &self.series {
            for (start, length) in item.occurrences(reach, out.asked, work, skipped) {
                let Some(at) = start.at() else { continue };
                if replaced.has(&start, at) {
                    continue;
                }
                match later.iter().rev().find(|(from, _)| *from <= at) {
                    None => out.add(&start, length, item),
                    Some((was, instead)) => {
                        let reading = at.to_zoned(instead.start.zone.clone()).datetime();
                        if let Ok(reading) = reading.checked_add(instead.shift(*was)) {
                            out.add(&instead.start.moved(reading), instead.length, instead);
                        }
                    }
                }
            }
        }
    }
}

impl Item {
    /// How far it was moved from what it is instead of, on the clock that it is on now.
    fn shift(&self, was: Timestamp) -> SignedDuration {
        self.start.reading.duration_since(was.to_zoned(self.start.zone.clone()).datetime())
    }

    /// Each time at which it begins, near enough to what is asked for, and how long it takes then.
    fn occurrences(&self, reach: i64, asked: &Asked, work: &mut Work, skipped: &mut usize) -> Vec<(Clocked, Length)> {
        let longest = self.also.iter().filter_map(|(_, length)| *length).map(Length::at_most_days).max().unwrap_or(0);
        let days = self.length.at_most_days().max(longest).saturating_add(reach).min(4_000_000);
        let slack = SignedDuration::from_hours(days * 24);
        let reading = |at: Instant| at.timestamp().to_zoned(self.start.zone.clone()).datetime();
        let span = (reading(asked.from).saturating_sub(slack), reading(asked.until).saturating_add(slack));
        let mut follow = |rule: &ICalendarRecurrenceRule| {
            let last = rule.until.as_ref().map(|written| match Moment::read(written) {
                Some(Moment::Day(day)) => Ok(day.at(23, 59, 59, 0)),
                Some(Moment::Local(last)) => Ok(last),
                Some(Moment::Instant(at)) => Ok(at.to_zoned(self.start.zone.clone()).datetime()),
                None => Err(repeat::Odd),
            });
            let starts = last.transpose().and_then(|last| {
                let follow = || repeat::starts(rule, last, self.start.reading, span, MOST_TIMES, work);
                // A slip of the library's is this rule's alone.
                catch_unwind(AssertUnwindSafe(follow)).unwrap_or(Err(repeat::Odd))
            });
            starts.unwrap_or_else(|_| {
                *skipped += 1;
                Vec::new()
            })
        };
        // It begins when it begins, whether its rule says so or not.
        let mut readings = vec![self.start.reading];
        let mut never = HashSet::new();
        for rule in &self.rules {
            readings.extend(follow(rule));
        }
        for rule in &self.not {
            never.extend(follow(rule));
        }
        let by_rule = readings.into_iter().map(|reading| (self.start.moved(reading), self.length));
        let named = self.also.iter().map(|(start, length)| (start.clone(), length.unwrap_or(self.length)));
        let mut seen = HashSet::new();
        by_rule
            .chain(named)
            .filter(|(start, _)| {
                !never.contains(&start.reading)
                    && start.at().is_some_and(|at| !self.never.has(start, at) && seen.insert(at))
            })
            .collect()
    }
}

/// What has been found so far.
struct Out<'a> {
    asked: &'a Asked,
    times: Vec<BusyTime>,
    cut_short: bool,
}

impl Out<'_> {
    fn add(&mut self, start: &Clocked, length: Length, item: &Item) {
        if item.blocks
            && let (Some(from), Some(until)) = (start.at(), length.end(start))
        {
            self.push(from, until, start.whole_day, item.title.clone());
        }
    }

    fn push(&mut self, from: Timestamp, until: Timestamp, all_day: bool, title: Option<String>) {
        let (from, until) = (Instant::from_timestamp(from), Instant::from_timestamp(until));
        // Whatever takes no time takes nobody's.
        if from >= until || until <= self.asked.from || from >= self.asked.until {
            return;
        }
        if self.times.len() == MOST_TIMES {
            self.cut_short = true;
            return;
        }
        self.times.push(BusyTime { from, until, all_day, title });
    }
}

/// What some servers publish instead of events: when somebody is busy, and nothing else.
fn free_busy(part: &ICalendarComponent, out: &mut Out, skipped: &mut usize) {
    for entry in part.properties(&ICalendarProperty::Freebusy) {
        let free = ICalendarParameterValue::Fbtype(ICalendarFreeBusyType::Free);
        if entry.parameter(&ICalendarParameterName::Fbtype) == Some(&free) {
            continue;
        }
        for value in &entry.values {
            let times = match value {
                ICalendarValue::Period(ICalendarPeriod::Range { start, end }) => {
                    Moment::read(start).zip(Moment::read(end))
                }
                ICalendarValue::Period(ICalendarPeriod::Duration { start, duration }) => {
                    match (Moment::read(start), Length::read(duration)) {
                        (Some(Moment::Instant(at)), Some(length)) => {
                            let start = Clocked {
                                reading: at.to_zoned(TimeZone::UTC).datetime(),
                                zone: TimeZone::UTC,
                                whole_day: false,
                            };
                            length.end(&start).map(|end| (Moment::Instant(at), Moment::Instant(end)))
                        }
                        _ => None,
                    }
                }
                _ => None,
            };
            // They are in UTC, and nothing else (RFC 5545, 3.8.2.6).
            match times {
                Some((Moment::Instant(from), Moment::Instant(until))) => out.push(from, until, false, None),
                _ => *skipped += 1,
            }
        }
    }
}

fn moment(entry: &ICalendarEntry) -> Option<Moment> {
    entry.values.first().and_then(read_moment)
}

fn read_moment(value: &ICalendarValue) -> Option<Moment> {
    match value {
        ICalendarValue::PartialDateTime(written) => Moment::read(written),
        _ => None,
    }
}

fn length(part: &ICalendarComponent, start: &Clocked, zones: &mut Zones) -> Option<Length> {
    if let Some(entry) = part.property(&ICalendarProperty::Dtend) {
        let end = Clocked::new(moment(entry)?, entry.tz_id(), zones);
        if start.whole_day && end.whole_day {
            let days = end.reading.duration_since(start.reading).as_hours() / 24;
            // Some write the same day twice, and mean it.
            return (days >= 0).then_some(Length { days: days.max(1), rest: SignedDuration::ZERO });
        }
        let takes = end.at()?.duration_since(start.at()?);
        return (!takes.is_negative()).then_some(Length { days: 0, rest: takes });
    }
    match part.property(&ICalendarProperty::Duration).and_then(|entry| entry.values.first()) {
        Some(ICalendarValue::Duration(written)) => Length::read(written),
        Some(_) => None,
        None if start.whole_day => Some(Length { days: 1, ..Length::NONE }),
        None => Some(Length::NONE),
    }
}

fn blocks(part: &ICalendarComponent) -> bool {
    let cancelled = part.status() == Some(&ICalendarStatus::Cancelled);
    let transparent = part.transparency() == Some(&ICalendarTransparency::Transparent);
    let free =
        extra(part, "X-MICROSOFT-CDO-BUSYSTATUS").is_some_and(|status| status.trim().eq_ignore_ascii_case("FREE"));
    !cancelled && !transparent && !free
}

fn title(part: &ICalendarComponent) -> Option<String> {
    let title = text(part, &ICalendarProperty::Summary)?;
    let title: String = title.chars().filter(|c| !c.is_control()).take(LONGEST_TITLE).collect();
    Some(title.trim().to_owned()).filter(|title| !title.is_empty())
}

fn rules(entry: &ICalendarEntry, skipped: &mut usize) -> Vec<ICalendarRecurrenceRule> {
    let mut rules = Vec::new();
    for value in &entry.values {
        match value {
            ICalendarValue::RecurrenceRule(rule) => rules.push((**rule).clone()),
            _ => *skipped += 1,
        }
    }
    rules
}

fn also(value: &ICalendarValue, named: Option<&str>, zones: &mut Zones) -> Option<(Clocked, Option<Length>)> {
    match value {
        ICalendarValue::PartialDateTime(written) => Some((Clocked::new(Moment::read(written)?, named, zones), None)),
        ICalendarValue::Period(ICalendarPeriod::Range { start, end }) => {
            let start = Clocked::new(Moment::read(start)?, named, zones);
            let end = Clocked::new(Moment::read(end)?, named, zones);
            let takes = end.at()?.duration_since(start.at()?);
            (!takes.is_negative()).then_some((start, Some(Length { days: 0, rest: takes })))
        }
        ICalendarValue::Period(ICalendarPeriod::Duration { start, duration }) => {
            Some((Clocked::new(Moment::read(start)?, named, zones), Some(Length::read(duration)?)))
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
