//! Which zone another calendar means. By its name first, in our own tables: what calendars write beside it is often old, and
//! names are what they agree on (`CalConnect` recommends the same). Its own rules count where the name is nobody else's, as in
//! Outlook's "Customized Time Zone".

use std::{collections::HashMap, fmt::Write as _};

use calcard::{
    common::{PartialDateTime, timezone::Tz},
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarFrequency, ICalendarMonth, ICalendarProperty,
        ICalendarRecurrenceRule, ICalendarValue, ICalendarWeekday,
    },
};
use jiff::{
    civil::DateTime,
    tz::{Offset, TimeZone},
};

use super::read::Moment;

/// The zones that a file names, each looked up once.
pub(super) struct Zones {
    /// What floating times and whole days are in.
    pub home: TimeZone,
    /// How many names nobody knows: their times are taken to be at home.
    pub unknown: usize,
    defined: HashMap<String, TimeZone>,
    found: HashMap<String, Option<TimeZone>>,
}

impl Zones {
    /// With what the file itself says: its own zone (`X-WR-TIMEZONE`), else that of whoever reads it, and its `VTIMEZONE`s.
    pub fn of(calendars: &[ICalendar], reader: &TimeZone) -> Self {
        let mut zones = Self { home: reader.clone(), unknown: 0, defined: HashMap::new(), found: HashMap::new() };
        for calendar in calendars {
            for part in &calendar.components {
                if part.component_type == ICalendarComponentType::VTimezone
                    && let Some(name) = text(part, &ICalendarProperty::Tzid)
                    && let Some(zone) = defined(calendar, part)
                {
                    zones.defined.entry(name.to_owned()).or_insert(zone);
                }
            }
        }
        let own = calendars
            .iter()
            .filter_map(|calendar| calendar.components.first())
            .find_map(|top| extra(top, "X-WR-TIMEZONE"));
        if let Some(own) = own.and_then(by_name) {
            zones.home = own;
        }
        zones
    }

    /// The zone of a time: that of its `TZID`, or home.
    pub fn named(&mut self, name: Option<&str>) -> TimeZone {
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return self.home.clone() };
        if !self.found.contains_key(name) {
            let zone = by_name(name).or_else(|| self.defined.get(name).cloned());
            self.unknown += usize::from(zone.is_none());
            self.found.insert(name.to_owned(), zone);
        }
        self.found.get(name).and_then(Clone::clone).unwrap_or_else(|| self.home.clone())
    }
}

/// By an IANA name, also behind a prefix as libical writes it, or by one of Windows’ (Unicode CLDR’s table, which calcard
/// carries).
fn by_name(name: &str) -> Option<TimeZone> {
    let name = name.trim().trim_matches('"');
    if let Ok(zone) = TimeZone::get(name) {
        return Some(zone);
    }
    // "/freeassociation.sourceforge.net/Australia/Perth".
    let mut tails = name.match_indices('/').filter_map(|(at, _)| name.get(at + 1..)).filter(|tail| tail.contains('/'));
    if let Some(zone) = tails.find_map(|tail| TimeZone::get(tail).ok()) {
        return Some(zone);
    }
    match name.parse::<Tz>().ok()? {
        Tz::Fixed(offset) => Offset::from_seconds(offset.local_minus_utc()).ok().map(TimeZone::fixed),
        Tz::Tz(zone) => TimeZone::get(zone.name()).ok(),
        Tz::Floating => None,
    }
}

/// What a `VTIMEZONE` says holds from now on: its latest standard time, and its latest summer time if that still comes.
fn defined(calendar: &ICalendar, zone: &ICalendarComponent) -> Option<TimeZone> {
    // Some write the name that all know beside one of their own.
    if let Some(known) = extra(zone, "X-LIC-LOCATION").and_then(by_name) {
        return Some(known);
    }
    let children = || zone.component_ids.iter().filter_map(|id| calendar.component_by_id(*id));
    let latest = |kind: &ICalendarComponentType| {
        children().filter(|child| child.component_type == *kind).filter_map(Turn::read).max_by_key(|turn| turn.since)
    };
    let standard = latest(&ICalendarComponentType::Standard);
    let summer = latest(&ICalendarComponentType::Daylight);
    match (standard, summer) {
        (Some(standard), Some(summer)) => match (standard.yearly(), summer.yearly()) {
            (Some(back), Some(forth)) => {
                let rules = format!("STD{}DST{},{forth},{back}", posix(standard.offset), posix(summer.offset));
                TimeZone::posix(&rules).ok()
            }
            _ => Some(TimeZone::fixed(standard.offset)),
        },
        (Some(only), None) | (None, Some(only)) => Some(TimeZone::fixed(only.offset)),
        (None, None) => None,
    }
}

/// When a zone's clocks are turned, and to what.
struct Turn<'c> {
    since: DateTime,
    offset: Offset,
    rule: Option<&'c ICalendarRecurrenceRule>,
}

impl<'c> Turn<'c> {
    fn read(part: &'c ICalendarComponent) -> Option<Self> {
        let value = |name| part.property(name).and_then(|entry| entry.values.first());
        let ICalendarValue::PartialDateTime(since) = value(&ICalendarProperty::Dtstart)? else { return None };
        let ICalendarValue::PartialDateTime(offset) = value(&ICalendarProperty::Tzoffsetto)? else { return None };
        let since = match Moment::read(since)? {
            Moment::Local(since) => since,
            Moment::Day(day) => day.at(0, 0, 0, 0),
            Moment::Instant(_) => return None,
        };
        let rule = match value(&ICalendarProperty::Rrule) {
            Some(ICalendarValue::RecurrenceRule(rule)) => Some(&**rule),
            _ => None,
        };
        Some(Self { since, offset: self::offset(offset)?, rule })
    }

    /// `M10.1.0/2`: the first Sunday of October at two. Only for what comes every year for good.
    fn yearly(&self) -> Option<String> {
        let rule = self.rule.filter(|rule| {
            rule.freq == ICalendarFrequency::Yearly
                && rule.until.is_none()
                && rule.count.is_none()
                && rule.interval.unwrap_or(1) == 1
        })?;
        let month =
            rule.bymonth.first().map_or_else(|| u8::try_from(self.since.month()).unwrap_or(1), ICalendarMonth::month);
        let day = rule.byday.first()?;
        let week = match (day.ordwk, rule.bymonthday.iter().min()) {
            (Some(-1), _) => 5,
            (Some(week @ 1..=4), _) => week,
            // "Any Sunday from the 8th to the 14th".
            (None, Some(first @ 1..=28)) => i16::from((first - 1) / 7 + 1),
            _ => return None,
        };
        let weekday = match day.weekday {
            ICalendarWeekday::Sunday => 0,
            ICalendarWeekday::Monday => 1,
            ICalendarWeekday::Tuesday => 2,
            ICalendarWeekday::Wednesday => 3,
            ICalendarWeekday::Thursday => 4,
            ICalendarWeekday::Friday => 5,
            ICalendarWeekday::Saturday => 6,
        };
        let time = self.since.time();
        Some(format!("M{month}.{week}.{weekday}/{}:{:02}:{:02}", time.hour(), time.minute(), time.second()))
    }
}

/// `+1030`.
fn offset(of: &PartialDateTime) -> Option<Offset> {
    let (hours, minutes) = (i32::from(of.tz_hour?), i32::from(of.tz_minute.unwrap_or(0)));
    let seconds = hours * 3600 + minutes * 60;
    Offset::from_seconds(if of.tz_minus { -seconds } else { seconds }).ok()
}

/// The other way round, as POSIX has it: `-10:30:00` is ahead of UTC.
fn posix(offset: Offset) -> String {
    let seconds = offset.seconds();
    let mut text = if seconds > 0 { "-".to_owned() } else { "+".to_owned() };
    let seconds = seconds.unsigned_abs();
    let _ = write!(text, "{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    text
}

/// A property's text.
pub(super) fn text<'c>(part: &'c ICalendarComponent, name: &ICalendarProperty) -> Option<&'c str> {
    part.property(name).and_then(|entry| entry.values.first()).and_then(ICalendarValue::as_text)
}

/// A property that the standard doesn't name.
pub(super) fn extra<'c>(part: &'c ICalendarComponent, name: &str) -> Option<&'c str> {
    part.entries
        .iter()
        .find(|entry| matches!(&entry.name, ICalendarProperty::Other(other) if other.eq_ignore_ascii_case(name)))
        .and_then(|entry| entry.values.first())
        .and_then(ICalendarValue::as_text)
}
