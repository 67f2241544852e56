//! Reports: what was booked in a period, what became of it, and what it comes to; each beside the period before.
//!
//! An appointment belongs to the local day on which it begins, on the business’s clock.

pub mod files;
pub mod hours;
pub mod period;
pub mod today;

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    availability, closures,
    ids::{ServiceId, StaffId},
    permissions,
    slots::Clock,
    store::{self, Narrowed, Service, Staff},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, FieldErrors, Result},
    holidays,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};
use hours::Keeps;
use period::{By, Period, days_between};

/// What is asked for, as it is in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// `week`, `month`, `quarter`, `year`, `financial-year`, each also with `last-` before it, or `custom`; this month if absent.
    pub period: String,
    /// The first day, like 2026-11-01, of a `custom` period.
    pub from: String,
    /// The last day; at most two years later.
    pub to: String,
    /// One person’s id; everybody if absent.
    pub staff: String,
    /// One service’s id; all if absent.
    pub service: String,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Report {
    /// The first day, on the business’s calendar.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The first day of the period before.
    pub before_from: String,
    /// Its last day.
    pub before_to: String,
    /// The business’s time zone, an IANA name.
    pub zone: String,
    /// It isn’t over: some of it is still to come.
    pub running: bool,
    /// The period.
    pub totals: Totals,
    /// The period before.
    pub before: Totals,
    /// What a bar of `over_time` stands for.
    pub by: By,
    /// In order of time.
    pub over_time: Vec<Bar>,
    /// When appointments that stand begin, by weekday and hour; those without any are left out.
    pub hours: Vec<Hour>,
    /// By service, those with the most time first.
    pub services: Vec<Line>,
    /// By person, likewise; everybody who could be booked is there.
    pub staff: Vec<Line>,
    /// How they came in.
    pub sources: Vec<SourceLine>,
}

/// What it comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Totals {
    /// Appointments that weren’t cancelled, no-shows among them.
    pub bookings: i64,
    /// Those of them that have begun.
    pub begun: i64,
    /// Those of them whose client didn’t come.
    pub no_shows: i64,
    /// No-shows of a thousand that have begun; absent where none has.
    pub no_show_permille: Option<i64>,
    /// Cancelled appointments, late ones among them.
    pub cancelled: i64,
    /// Those that the client cancelled later than the service allows.
    pub cancelled_late: i64,
    /// Time booked, in minutes; several clients in one session count once.
    pub minutes: i64,
    /// Working time of those who can be booked, in minutes; time off, blocked time and closed days are taken out.
    pub working_minutes: i64,
    /// How much of that is booked.
    pub worked_minutes: i64,
    /// Booked minutes of a thousand working minutes; absent where nobody works.
    pub utilisation_permille: Option<i64>,
    /// Agreed prices of the appointments that weren’t cancelled. Booked, not paid.
    pub revenue: Vec<Revenue>,
    /// From booking to start; absent where nothing was booked. What was read from a file isn’t counted.
    pub lead: Option<Lead>,
    /// Clients whose first appointment was in the period.
    pub clients_new: i64,
    /// Clients who had been before.
    pub clients_returning: i64,
}

/// An amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Revenue {
    /// ISO 4217.
    pub currency: String,
    /// In cents.
    pub cents: i64,
}

/// How long before their start appointments were booked, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lead {
    /// A quarter of them at most so long.
    pub lower: i64,
    /// Half of them.
    pub median: i64,
    /// Three quarters of them.
    pub upper: i64,
}

/// What became of appointments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Outcomes {
    /// Went ahead, or are to come.
    pub booked: i64,
    /// The client didn’t come.
    pub no_show: i64,
    /// The client cancelled later than the service allows.
    pub cancelled_late: i64,
    /// Cancelled otherwise.
    pub cancelled: i64,
}

/// A part of the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bar {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// What became of what begins in it.
    #[serde(flatten)]
    pub outcomes: Outcomes,
    /// Time booked, in minutes.
    pub minutes: i64,
    /// Booked, not paid.
    pub revenue: Vec<Revenue>,
}

/// An hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hour {
    /// 1 is Monday, 7 Sunday.
    pub weekday: i64,
    /// From 0 to 23, on the business’s clock.
    pub hour: i64,
    /// Appointments that begin in it and weren’t cancelled.
    pub bookings: i64,
}

/// A service, or a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What became of its appointments.
    #[serde(flatten)]
    pub outcomes: Outcomes,
    /// Time booked, in minutes.
    pub minutes: i64,
    /// Booked, not paid.
    pub revenue: Vec<Revenue>,
    /// Of a person: booked minutes of a thousand working minutes; absent for those who don’t work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilisation_permille: Option<i64>,
}

/// How appointments came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceLine {
    /// `online`, `staff`, `walk_in`, `api`, `waitlist`, `import`.
    pub source: &'static str,
    /// "Booking page"
    pub name: &'static str,
    /// What became of them.
    #[serde(flatten)]
    pub outcomes: Outcomes,
}

/// The sources: the word stored, and what people read.
pub const SOURCES: [(&str, &str); 6] = [
    ("online", "Booking page"),
    ("staff", "Front desk"),
    ("walk_in", "Walk-in"),
    ("api", "API"),
    ("waitlist", "Waiting list"),
    ("import", "Read from a file"),
];

/// A report with what else its page shows.
#[derive(Debug)]
pub struct ReportPage {
    /// What was asked, with the days of the period.
    pub asked: Asked,
    /// Id and name of each service.
    pub services: Vec<(String, String)>,
    /// Id and name of each person.
    pub people: Vec<(String, String)>,
    /// They may see clients: their names can be in a file.
    pub may_see_clients: bool,
    /// What of it makes no sense.
    pub refused: Option<AppError>,
    /// The report; `None` where what was asked makes no sense.
    pub report: Option<Report>,
}

impl Outcomes {
    /// What wasn’t cancelled.
    pub fn standing(&self) -> i64 {
        self.booked + self.no_show
    }

    /// All of them.
    pub fn all(&self) -> i64 {
        self.standing() + self.cancelled_late + self.cancelled
    }

    fn add(&mut self, outcome: Outcome) {
        let one = match outcome {
            Outcome::Booked => &mut self.booked,
            Outcome::NoShow => &mut self.no_show,
            Outcome::CancelledLate => &mut self.cancelled_late,
            Outcome::Cancelled => &mut self.cancelled,
        };
        *one += 1;
    }
}

/// The report that was asked for.
///
/// # Errors
/// As [`OrgTx::open`]; 422 at the field that makes no sense.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<Report> {
    let mut tx = open(platform, actor, org).await?;
    let known = Known::read(&mut tx).await?;
    let (period, only) = known.understood(asked)?;
    let report = counted(&mut tx, &known, period, only).await?;
    tx.rollback().await?;
    Ok(report)
}

/// The same for the page: what makes no sense is said at its field, and the page is 422 then.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str, asked: Asked) -> Result<ReportPage> {
    let mut tx = open(platform, actor, org).await?;
    let known = Known::read(&mut tx).await?;
    let mut page = ReportPage {
        asked,
        services: known.services.iter().map(|one| (one.id.to_string(), one.name.clone())).collect(),
        people: known.staff.iter().map(|one| (one.id.to_string(), one.name.clone())).collect(),
        may_see_clients: tx.allows(&permissions::VIEW_APPOINTMENTS),
        refused: None,
        report: None,
    };
    match known.understood(&page.asked) {
        Ok((period, only)) => {
            page.report = Some(counted(&mut tx, &known, period, only).await?);
            period.word.clone_into(&mut page.asked.period);
            page.asked.from = period.from.to_string();
            page.asked.to = period.until().to_string();
        }
        Err(error) => {
            crate::request::set_status(&error);
            page.refused = Some(error);
        }
    }
    tx.rollback().await?;
    Ok(page)
}

async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW_REPORTS, Access::Read).await
}

/// What questions are about.
struct Known {
    services: Vec<Service>,
    staff: Vec<Staff>,
    tz: TimeZone,
    now: Timestamp,
}

impl Known {
    async fn read(tx: &mut OrgTx) -> Result<Self> {
        let tz = availability::zone(&tx.org().zone)?;
        let now = tx.now().timestamp();
        Ok(Self { services: store::services(tx).await?, staff: store::staff(tx).await?, tz, now })
    }

    fn understood(&self, asked: &Asked) -> Result<(Period, Narrowed)> {
        let mut errors = FieldErrors::default();
        let today = self.now.to_zoned(self.tz.clone()).date();
        let period = Period::of(&asked.period, &asked.from, &asked.to, today, &mut errors);
        let service = match asked.service.trim() {
            "" => None,
            id => {
                let found = id.parse::<ServiceId>().ok().filter(|id| self.services.iter().any(|one| one.id == *id));
                if found.is_none() {
                    errors.add("service", "That service isn’t there any more. Choose one of these.");
                }
                found
            }
        };
        let staff = match asked.staff.trim() {
            "" => None,
            id => {
                let found = id.parse::<StaffId>().ok().filter(|id| self.staff.iter().any(|one| one.id == *id));
                if found.is_none() {
                    errors.add("staff", "That person isn’t there any more. Choose somebody from the list.");
                }
                found
            }
        };
        errors.finish()?;
        Ok((period, Narrowed { service, staff }))
    }
}

/// Days whose appointments are read at once: so much of a period is in memory, however long it is.
const BLOCK_DAYS: i64 = 92;

async fn counted(tx: &mut OrgTx, known: &Known, period: Period, only: Narrowed) -> Result<Report> {
    let rosters = Rosters::read(tx, known, period, only).await?;
    let now = count(tx, known, &rosters, period.from, period.after, &period.starts(), only).await?;
    let then = count(tx, known, &rosters, period.before, period.from, &[period.before], only).await?;
    Ok(report(known, &rosters, period, now, then))
}

/// Who works when.
struct Rosters {
    keeps: HashMap<StaffId, Keeps>,
    closed: BTreeMap<Date, (i64, i64)>,
    /// Whose working time counts.
    people: Vec<StaffId>,
}

impl Rosters {
    async fn read(tx: &mut OrgTx, known: &Known, period: Period, only: Narrowed) -> Result<Self> {
        let (first, last) = (period.before, period.until());
        let mut keeps: HashMap<StaffId, Keeps> = HashMap::new();
        for hours in store::hours(tx).await? {
            let window = (hours.weekday, hours.start_minute, hours.end_minute);
            keeps.entry(hours.staff_id).or_default().weekly.push(window);
        }
        for other in store::overrides(tx, &first.to_string(), &last.to_string()).await? {
            let Ok(date) = other.date.parse::<Date>() else { continue };
            let day = keeps.entry(other.staff_id).or_default().dates.entry(date).or_default();
            day.extend(other.start_minute.zip(other.end_minute));
        }
        let (options, _) = closures::options(tx).await?;
        let changes = closures::changes(tx, first, last).await?;
        let state = holidays::of_state(&options.holidays, first, last);
        let closed = holidays::with_changes(state, changes)
            .into_iter()
            .filter_map(|holiday| Some((holiday.date, holiday.closed?)))
            .collect();
        // Whoever can’t be booked any more has no time that could be: unless they alone are asked about.
        let counts = |one: &&Staff| only.staff.map_or(one.active, |id| id == one.id);
        let people = known.staff.iter().filter(counts).map(|one| one.id).collect();
        Ok(Self { keeps, closed, people })
    }
}

async fn count(
    tx: &mut OrgTx,
    known: &Known,
    rosters: &Rosters,
    from: Date,
    after: Date,
    starts: &[Date],
    only: Narrowed,
) -> Result<Counter> {
    let tz = &known.tz;
    let whole = midnight(from, tz)?..midnight(after, tz)?;
    let clock = Clock::new(tz, seconds(whole.start), seconds(whole.end));
    let mut counter = Counter::new(from, after, starts, seconds_of(known.now));
    let mut first = from;
    while first < after {
        let next = first.saturating_add(BLOCK_DAYS.days()).min(after);
        let range = midnight(first, tz)?..midnight(next, tz)?;
        for (staff, packed) in store::report_appointments(tx, &range, only).await? {
            counter.add(staff, &packed, &clock).ok_or_else(|| {
                tracing::error!("appointments of a report can’t be read");
                AppError::internal()
            })?;
        }
        first = next;
    }
    for (staff, from, until) in store::report_also(tx, &whole, only).await? {
        counter.busy.entry(staff).or_default().push((seconds(from), seconds(until)));
    }
    let mut away: HashMap<StaffId, hours::Stretches> = HashMap::new();
    for (staff, from, until) in store::report_away(tx, &whole).await? {
        away.entry(staff).or_default().push((seconds(from), seconds(until)));
    }
    for staff in &rosters.people {
        let Some(keeps) = rosters.keeps.get(staff) else { continue };
        let works = hours::working(keeps, &rosters.closed, (from, after), tz);
        let works = hours::without(&works, &hours::merged(away.remove(staff).unwrap_or_default()));
        let busy = hours::merged(counter.busy.remove(staff).unwrap_or_default());
        counter.worked.insert(*staff, (hours::common(&works, &busy) / 60, hours::total(&works) / 60));
    }
    counter.clients = store::report_clients(tx, &whole, only).await?;
    Ok(counter)
}

fn midnight(date: Date, tz: &TimeZone) -> Result<Instant> {
    date.to_zoned(tz.clone()).map(|at| Instant::from_timestamp(at.timestamp())).map_err(|_| AppError::internal())
}

fn seconds(at: Instant) -> i64 {
    seconds_of(at.timestamp())
}

/// A part of a second counts as none, as it does in the statements.
fn seconds_of(at: Timestamp) -> i64 {
    at.as_microsecond().div_euclid(1_000_000)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Booked,
    NoShow,
    CancelledLate,
    Cancelled,
}

/// An appointment, as much of it as is counted. Times in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry<'a> {
    start: i64,
    end: i64,
    service: ServiceId,
    made: i64,
    cents: i64,
    currency: &'a str,
    outcome: Outcome,
    source: &'a str,
}

impl<'a> Entry<'a> {
    /// As [`store::report_appointments`] writes one.
    fn of(word: &'a str) -> Option<Self> {
        let mut parts = word.split('/');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (start, end, made, cents) = (number()?, number()?, number()?, number()?);
        let currency = parts.next()?;
        let outcome = match parts.next()? {
            "b" => Outcome::Booked,
            "n" => Outcome::NoShow,
            "l" => Outcome::CancelledLate,
            "c" => Outcome::Cancelled,
            _ => return None,
        };
        let source = parts.next()?;
        let service = parts.next()?.parse().ok()?;
        Some(Self { start, end, service, made, cents, currency, outcome, source })
    }

    fn stands(&self) -> bool {
        matches!(self.outcome, Outcome::Booked | Outcome::NoShow)
    }
}

/// What is counted of a service, a person, a part of the period, or all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sum {
    outcomes: Outcomes,
    seconds: i64,
    revenue: Vec<Revenue>,
}

impl Sum {
    /// `alone`: nobody else’s appointment is at that time with the same person.
    fn add(&mut self, entry: &Entry<'_>, alone: bool) {
        self.outcomes.add(entry.outcome);
        if !entry.stands() {
            return;
        }
        if alone {
            self.seconds += entry.end - entry.start;
        }
        match self.revenue.iter_mut().find(|sum| sum.currency == entry.currency) {
            Some(sum) => sum.cents += entry.cents,
            None => self.revenue.push(Revenue { currency: entry.currency.to_owned(), cents: entry.cents }),
        }
    }
}

/// Counts appointments, each once.
struct Counter {
    first_day: i64,
    /// Which bar a day of the period belongs to.
    bar_of_day: Vec<usize>,
    now: i64,
    all: Sum,
    begun: i64,
    bars: Vec<Sum>,
    hours: [[i64; 24]; 7],
    services: HashMap<ServiceId, Sum>,
    staff: HashMap<StaffId, Sum>,
    sources: [Outcomes; SOURCES.len()],
    /// In minutes.
    leads: Vec<i64>,
    busy: HashMap<StaffId, hours::Stretches>,
    /// Of each person how many of their working minutes are booked, and how many there are.
    worked: HashMap<StaffId, (i64, i64)>,
    clients: (i64, i64),
}

const DAY: i64 = 24 * 60 * 60;

impl Counter {
    fn new(from: Date, after: Date, starts: &[Date], now: i64) -> Self {
        let mut bar_of_day = Vec::new();
        for (bar, start) in starts.iter().enumerate() {
            let next = starts.get(bar + 1).copied().unwrap_or(after);
            let days = usize::try_from(days_between(*start, next)).unwrap_or(0);
            bar_of_day.extend(std::iter::repeat_n(bar, days));
        }
        Self {
            first_day: i64::from(days_between(Date::constant(1970, 1, 1), from)),
            bar_of_day,
            now,
            all: Sum::default(),
            begun: 0,
            bars: vec![Sum::default(); starts.len()],
            hours: [[0; 24]; 7],
            services: HashMap::new(),
            staff: HashMap::new(),
            sources: [Outcomes::default(); SOURCES.len()],
            leads: Vec::new(),
            busy: HashMap::new(),
            worked: HashMap::new(),
            clients: (0, 0),
        }
    }

    /// Appointments of one person, packed; `None`: they can’t be read.
    fn add(&mut self, staff: StaffId, packed: &str, clock: &Clock<'_>) -> Option<()> {
        let mut entries = packed.split_ascii_whitespace().map(Entry::of).collect::<Option<Vec<_>>>()?;
        // Those of one session are side by side then.
        entries.sort_unstable();
        let mut last: Option<(i64, i64, ServiceId)> = None;
        for entry in &entries {
            let at = (entry.start, entry.end, entry.service);
            let alone = entry.stands() && last != Some(at);
            if entry.stands() {
                last = Some(at);
            }
            self.add_one(staff, entry, alone, clock);
        }
        Some(())
    }

    fn add_one(&mut self, staff: StaffId, entry: &Entry<'_>, alone: bool, clock: &Clock<'_>) {
        self.all.add(entry, alone);
        self.services.entry(entry.service).or_default().add(entry, alone);
        self.staff.entry(staff).or_default().add(entry, alone);
        let wall = entry.start + clock.offset(entry.start);
        let day = wall.div_euclid(DAY);
        let bar = usize::try_from(day - self.first_day).ok().and_then(|at| self.bar_of_day.get(at));
        if let Some(bar) = bar.and_then(|bar| self.bars.get_mut(*bar)) {
            bar.add(entry, alone);
        }
        if let Some(at) = SOURCES.iter().position(|(word, _)| *word == entry.source) {
            self.sources[at].add(entry.outcome);
        }
        if !entry.stands() {
            return;
        }
        if entry.start <= self.now {
            self.begun += 1;
        }
        // 1970-01-01 was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let hour = usize::try_from(wall.rem_euclid(DAY) / 3600).unwrap_or(0);
        self.hours[weekday][hour] += 1;
        if entry.source != "import" {
            self.leads.push((entry.start - entry.made).max(0) / 60);
        }
        self.busy.entry(staff).or_default().push((entry.start, entry.end));
    }

    fn totals(&mut self) -> Totals {
        let Outcomes { no_show, cancelled_late, cancelled, .. } = self.all.outcomes;
        let (worked, working) =
            self.worked.values().fold((0, 0), |(booked, all), (more, most)| (booked + more, all + most));
        self.leads.sort_unstable();
        let quarter = |n: usize| {
            let last = self.leads.len().checked_sub(1)?;
            self.leads.get(last * n / 4).copied()
        };
        let lead = quarter(1).zip(quarter(2)).zip(quarter(3));
        let (clients, returning) = self.clients;
        Totals {
            bookings: self.all.outcomes.standing(),
            begun: self.begun,
            no_shows: no_show,
            no_show_permille: permille(no_show, self.begun),
            cancelled: cancelled + cancelled_late,
            cancelled_late,
            minutes: self.all.seconds / 60,
            working_minutes: working,
            worked_minutes: worked,
            utilisation_permille: permille(worked, working),
            revenue: self.all.revenue.clone(),
            lead: lead.map(|((lower, median), upper)| Lead { lower, median, upper }),
            clients_new: clients - returning,
            clients_returning: returning,
        }
    }
}

/// Rounded; `None` of nothing.
fn permille(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| (part * 2000 + whole) / (whole * 2))
}

fn report(known: &Known, rosters: &Rosters, period: Period, mut now: Counter, mut then: Counter) -> Report {
    let starts = period.starts();
    let after = |at: usize| starts.get(at + 1).copied().unwrap_or(period.after);
    let bars = starts.iter().zip(std::mem::take(&mut now.bars)).enumerate().map(|(at, (from, sum))| Bar {
        from: from.to_string(),
        to: after(at).saturating_sub(1.day()).to_string(),
        outcomes: sum.outcomes,
        minutes: sum.seconds / 60,
        revenue: sum.revenue,
    });
    let over_time = bars.collect();
    let hours = (1..).zip(now.hours).flat_map(|(weekday, hours)| {
        (0..).zip(hours).filter(|(_, bookings)| *bookings > 0).map(move |(hour, bookings)| Hour {
            weekday,
            hour,
            bookings,
        })
    });
    let hours = hours.collect();
    let line = |id: Uuid, name: &str, sum: Sum, utilisation_permille: Option<i64>| Line {
        id,
        name: name.to_owned(),
        outcomes: sum.outcomes,
        minutes: sum.seconds / 60,
        revenue: sum.revenue,
        utilisation_permille,
    };
    let mut services: Vec<Line> = Vec::new();
    for service in &known.services {
        if let Some(sum) = now.services.remove(&service.id) {
            services.push(line(service.id.0, &service.name, sum, None));
        }
    }
    let mut staff: Vec<Line> = Vec::new();
    for person in &known.staff {
        let sum = now.staff.remove(&person.id);
        if sum.is_some() || rosters.people.contains(&person.id) {
            let worked = now.worked.get(&person.id).and_then(|(booked, all)| permille(*booked, *all));
            staff.push(line(person.id.0, &person.name, sum.unwrap_or_default(), worked));
        }
    }
    // Steady: those with as much stay in the business's own order.
    services.sort_by_key(|one| std::cmp::Reverse(one.minutes));
    staff.sort_by_key(|one| std::cmp::Reverse(one.minutes));
    let sources = SOURCES
        .iter()
        .zip(now.sources)
        .filter(|(_, outcomes)| outcomes.all() > 0)
        .map(|((source, name), outcomes)| SourceLine { source, name, outcomes })
        .collect();
    let today = known.now.to_zoned(known.tz.clone()).date();
    Report {
        from: period.from.to_string(),
        to: period.until().to_string(),
        before_from: period.before.to_string(),
        before_to: period.from.saturating_sub(1.day()).to_string(),
        zone: known.tz.iana_name().unwrap_or("UTC").to_owned(),
        running: period.after > today,
        totals: now.totals(),
        before: then.totals(),
        by: period.by(),
        over_time,
        hours,
        services,
        staff,
        sources,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn counter(from: Date, after: Date, packed: &str) -> Counter {
        let tz = TimeZone::get("Australia/Sydney").unwrap();
        let second = |date: Date| date.to_zoned(tz.clone()).unwrap().timestamp().as_second();
        let clock = Clock::new(&tz, second(from), second(after));
        let mut counter = Counter::new(from, after, &[from], i64::MAX);
        counter.add(StaffId(Uuid::nil()), packed, &clock).unwrap();
        counter
    }

    #[test]
    fn a_class_counts_its_hours_once_and_each_client() {
        let start = "2026-11-22T22:00:00Z".parse::<Timestamp>().unwrap().as_second();
        let id = Uuid::nil();
        let seat = |outcome: &str| format!("{start}/{}/{}/2000/AUD/{outcome}/online/{id}", start + 3600, start - 600);
        let packed = [seat("b"), seat("c"), seat("n"), seat("l"), seat("b")].join(" ");
        let mut counter = counter(date(2026, 11, 23), date(2026, 11, 24), &packed);
        let totals = counter.totals();
        assert_eq!((totals.bookings, totals.minutes, totals.cancelled, totals.cancelled_late), (3, 60, 2, 1));
        assert_eq!(totals.revenue, [Revenue { currency: "AUD".to_owned(), cents: 6000 }]);
        assert_eq!(totals.lead, Some(Lead { lower: 10, median: 10, upper: 10 }));
        assert_eq!(totals.no_show_permille, Some(333));
        // Monday at nine.
        assert_eq!(counter.hours[0][9], 3);
    }

    #[test]
    fn what_begins_before_midnight_belongs_to_that_day() {
        let start = "2026-11-23T12:30:00Z".parse::<Timestamp>().unwrap().as_second();
        let packed = format!("{start}/{}/{start}/0/AUD/b/walk_in/{}", start + 7200, Uuid::nil());
        let counter = counter(date(2026, 11, 23), date(2026, 11, 24), &packed);
        assert_eq!((counter.bars[0].outcomes.booked, counter.bars[0].seconds, counter.hours[0][23]), (1, 7200, 1));
    }

    #[test]
    fn what_cannot_be_read_is_no_number() {
        for word in
            ["", "1/2/3", "1/2/3/4/AUD/x/online/00000000-0000-0000-0000-000000000000", "1/2/3/4/AUD/b/online/nobody"]
        {
            assert_eq!(Entry::of(word), None, "{word}");
        }
    }

    #[test]
    fn shares_are_rounded() {
        assert_eq!(
            [permille(1, 3), permille(2, 3), permille(1, 2000), permille(0, 5), permille(0, 0)],
            [Some(333), Some(667), Some(1), Some(0), None]
        );
    }
}
