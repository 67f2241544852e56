//! One slot case as JSON, the form of the worked cases and of `devalo slots`.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

use super::slots::{self, Busy, Counted, Days, Host, Limits, Mode, Override, Rules, Weekly};

/// Reads one case, bare or as the `input` of an object, and answers with the JSON array of its UTC starts.
pub fn run_json(text: &str) -> Result<String, String> {
    let case = Case::parse(text)?;
    let found = case.starts()?;
    let shown: Vec<String> = found.into_iter().map(show).collect();
    serde_json::to_string(&shown).map_err(|error| error.to_string())
}

/// An instant as in the worked cases: `2021-06-21T00:00Z`, with seconds only if there are any.
pub fn show(at: Timestamp) -> String {
    let format = if at.as_second() % 60 == 0 { "%Y-%m-%dT%H:%MZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    at.strftime(format).to_string()
}

/// One question about availability, exactly as people write it down.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The business's IANA zone.
    pub tz: String,
    /// From this instant.
    pub from: Timestamp,
    /// Up to and without this instant.
    pub to: Timestamp,
    /// The present moment.
    pub now: Timestamp,
    /// The usual hours.
    #[serde(default)]
    pub weekly: Vec<WeeklyHours>,
    /// Dates with other hours.
    #[serde(default)]
    pub overrides: Vec<OtherHours>,
    /// Dates without hours.
    #[serde(default)]
    pub closed_dates: Vec<Date>,
    /// Minutes an appointment takes.
    pub duration: i64,
    /// Minutes between starts; the duration if it isn't given.
    pub interval: Option<i64>,
    /// Minutes after the grid.
    #[serde(default)]
    pub offset: i64,
    /// Minutes kept free before.
    #[serde(default)]
    pub buffer_before: i64,
    /// Minutes kept free after.
    #[serde(default)]
    pub buffer_after: i64,
    /// Minutes of notice.
    #[serde(default)]
    pub min_notice: i64,
    /// What is in the diary; with `hosts`, in everyone's.
    #[serde(default)]
    pub busy: Vec<BusyTime>,
    /// How much may be booked.
    #[serde(default)]
    pub limits: CaseLimits,
    /// Bookable from this date on.
    pub from_date: Option<Date>,
    /// Bookable up to and including this date.
    pub until_date: Option<Date>,
    /// Bookable until this many days after today.
    pub rolling_days: Option<i64>,
    /// Bookable until this many weekdays after today.
    pub rolling_business_days: Option<i64>,
    /// Who takes appointments. Without any, the business itself, with the hours above. A host without hours of its own
    /// keeps the hours above too.
    #[serde(default)]
    pub hosts: Vec<CaseHost>,
    /// Which hosts must be free.
    #[serde(default)]
    pub mode: CaseMode,
    /// Don't lose a slot to the grid.
    #[serde(default)]
    pub optimize: bool,
    /// Where the client looks from: it must exist, and changes nothing.
    pub viewer_tz: Option<String>,
}

/// Hours on some days of the week.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    /// 0 is Sunday.
    pub days: Vec<u8>,
    /// `HH:MM`.
    pub start: String,
    /// `HH:MM`; `24:00` is the next midnight.
    pub end: String,
}

/// Hours on one date: `start` and `end`, or `closed`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherHours {
    /// The host's local date.
    pub date: Date,
    /// `HH:MM`.
    pub start: Option<String>,
    /// `HH:MM`; `24:00` is the next midnight.
    pub end: Option<String>,
    /// No hours at all on this date.
    #[serde(default)]
    pub closed: bool,
}

/// Something in the diary.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusyTime {
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Minutes it needs free before it.
    #[serde(default)]
    pub buffer_before: i64,
    /// Minutes it needs free after it.
    #[serde(default)]
    pub buffer_after: i64,
    /// Whether it uses up the limits: yes, unless it says no.
    pub counts: Option<bool>,
}

/// How much may be booked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseLimits {
    /// Appointments a day.
    pub per_day: Option<i64>,
    /// Appointments from Monday to Sunday.
    pub per_week: Option<i64>,
    /// Appointments a month.
    pub per_month: Option<i64>,
    /// Booked minutes a day.
    pub minutes_per_day: Option<i64>,
    /// Booked minutes a week.
    pub minutes_per_week: Option<i64>,
    /// Booked minutes a month.
    pub minutes_per_month: Option<i64>,
}

/// Somebody who takes appointments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseHost {
    /// The host's IANA zone; the business's if it isn't given.
    pub tz: Option<String>,
    /// The usual hours.
    pub weekly: Option<Vec<WeeklyHours>>,
    /// Dates with other hours.
    pub overrides: Option<Vec<OtherHours>>,
    /// Dates without hours, on top of the business's.
    #[serde(default)]
    pub closed_dates: Vec<Date>,
    /// What is in this diary, on top of what is in everyone's.
    #[serde(default)]
    pub busy: Vec<BusyTime>,
}

/// Which hosts must be free.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseMode {
    /// All of them.
    #[default]
    Collective,
    /// At least one.
    Any,
}

impl Case {
    /// Reads one case, bare or as the `input` of an object.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("this isn’t JSON: {error}"))?;
        let input = value.get_mut("input").map(serde_json::Value::take).unwrap_or(value);
        serde_json::from_value(input).map_err(|error| format!("this isn’t a slot case: {error}"))
    }

    /// The case's starts.
    pub fn starts(&self) -> Result<Vec<Timestamp>, String> {
        let (rules, hosts) = self.typed()?;
        slots::starts(&rules, &hosts, self.from, self.to, self.now).map_err(|error| error.to_string())
    }

    /// The case as the engine takes it.
    pub fn typed(&self) -> Result<(Rules, Vec<Host>), String> {
        let business = zone(&self.tz)?;
        if let Some(viewer) = &self.viewer_tz {
            zone(viewer)?;
        }
        let hosts = if self.hosts.is_empty() {
            vec![Host {
                zone: business.clone(),
                weekly: weekly(&self.weekly)?,
                overrides: overrides(&self.overrides)?,
                closed_dates: self.closed_dates.clone(),
                busy: busy(&self.busy).collect(),
                own: Counted::default(),
            }]
        } else {
            self.hosts.iter().map(|host| self.host(host, &business)).collect::<Result<_, _>>()?
        };
        let rules = Rules {
            zone: business,
            duration: self.duration,
            interval: self.interval.unwrap_or(self.duration),
            offset: self.offset,
            buffer_before: self.buffer_before,
            buffer_after: self.buffer_after,
            min_notice: self.min_notice,
            limits: Limits {
                per_day: self.limits.per_day,
                per_week: self.limits.per_week,
                per_month: self.limits.per_month,
                minutes_per_day: self.limits.minutes_per_day,
                minutes_per_week: self.limits.minutes_per_week,
                minutes_per_month: self.limits.minutes_per_month,
            },
            also: Vec::new(),
            hours: None,
            from_date: self.from_date,
            until_date: self.until_date,
            rolling_days: self.rolling_days,
            rolling_business_days: self.rolling_business_days,
            optimize: self.optimize,
            mode: match self.mode {
                CaseMode::Collective => Mode::Collective,
                CaseMode::Any => Mode::Any,
            },
        };
        Ok((rules, hosts))
    }

    fn host(&self, host: &CaseHost, business: &TimeZone) -> Result<Host, String> {
        let own_hours = host.weekly.is_some() || host.overrides.is_some();
        let (usual, other) = if own_hours {
            (host.weekly.as_deref().unwrap_or_default(), host.overrides.as_deref().unwrap_or_default())
        } else {
            (&*self.weekly, &*self.overrides)
        };
        Ok(Host {
            zone: host.tz.as_deref().map_or_else(|| Ok(business.clone()), zone)?,
            weekly: weekly(usual)?,
            overrides: overrides(other)?,
            closed_dates: [&*self.closed_dates, &*host.closed_dates].concat(),
            busy: busy(&self.busy).chain(busy(&host.busy)).collect(),
            own: Counted::default(),
        })
    }
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("“{name}” isn’t a time zone; it should be like Australia/Sydney"))
}

fn weekly(hours: &[WeeklyHours]) -> Result<Vec<Weekly>, String> {
    let one = |hours: &WeeklyHours| {
        Ok(Weekly {
            days: Days::from_numbers(hours.days.iter().copied()).ok_or("days go from 0 (Sunday) to 6 (Saturday)")?,
            start: minutes(&hours.start)?,
            end: minutes(&hours.end)?,
        })
    };
    hours.iter().map(one).collect()
}

fn overrides(hours: &[OtherHours]) -> Result<Vec<Override>, String> {
    let one = |other: &OtherHours| {
        let window = match (&other.start, &other.end, other.closed) {
            (Some(start), Some(end), false) => Some((minutes(start)?, minutes(end)?)),
            (None, None, true) => None,
            _ => {
                return Err(format!("the override of {} needs start and end, or closed", other.date));
            }
        };
        Ok(Override { date: other.date, window })
    };
    hours.iter().map(one).collect()
}

fn busy(times: &[BusyTime]) -> impl Iterator<Item = Busy> + '_ {
    times.iter().map(|time| Busy {
        start: time.start,
        end: time.end,
        buffer_before: time.buffer_before,
        buffer_after: time.buffer_after,
        counts: time.counts.unwrap_or(true),
    })
}

/// `HH:MM` as minutes after midnight, up to `24:00`.
fn minutes(text: &str) -> Result<i64, String> {
    let wrong = || format!("“{text}” isn’t a time of day; it should be like 09:00, up to 24:00");
    let digits = |part: &str| {
        let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<i64>().ok()).flatten()
    };
    let (hours, rest) = text.split_once(':').ok_or_else(wrong)?;
    let (hours, rest) = (digits(hours).ok_or_else(wrong)?, digits(rest).ok_or_else(wrong)?);
    let minutes = hours * 60 + rest;
    if rest < 60 && minutes <= 1440 { Ok(minutes) } else { Err(wrong()) }
}
