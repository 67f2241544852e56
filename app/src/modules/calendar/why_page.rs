//! What the page “Why isn’t this time offered?” shows: the answer, the nearest times that are offered, and the whole day.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};

use super::{
    availability::{self, Asker, Availability, Wanted},
    format,
    ids::StaffId,
    permissions,
    store::{self, Service, Staff},
    typed::{self, End},
    why::{self, Hint, Why},
};
use crate::{
    clock::day_typed,
    db::Access,
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    request,
};

/// What is asked, as it is in the address. Whatever is empty is chosen: the first service, anyone, the next time on offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhyAsked {
    /// The service’s word in its address, or its id.
    pub service: String,
    /// Somebody’s id; empty or `anyone`: everybody who offers it.
    pub staff: String,
    /// "2026-11-23", or as people type it.
    pub date: String,
    /// "9:00".
    pub time: String,
    /// The instant, RFC 3339, in place of both.
    pub start: String,
}

/// The page.
#[derive(Debug)]
pub struct WhyPage {
    /// What is asked, with what was chosen for it.
    pub asked: WhyAsked,
    /// Word and name of each service.
    pub services: Vec<(String, String)>,
    /// Id and name of each person.
    pub people: Vec<(String, String)>,
    /// "Sydney time (AEDT)".
    pub clock: String,
    /// They may change the rules.
    pub may_set_up: bool,
    /// What of the question makes no sense.
    pub refused: Option<AppError>,
    /// The answer; `None` where nothing could be asked.
    pub answer: Option<Answer>,
}

/// The answer.
#[derive(Debug)]
pub struct Answer {
    /// Whether it is offered, and why not.
    pub why: Why,
    /// The local day.
    pub date: Date,
    /// Something about the clocks of that day that whoever asks should know.
    pub notice: Option<&'static str>,
    /// The last time before that is offered, and the first after.
    pub nearest: (Option<Time>, Option<Time>),
    /// The times of that day, those with the same reason together; empty where nobody works.
    pub day: Vec<Stretch>,
}

/// A time, and how it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// The instant.
    pub start: Timestamp,
    /// "9:00 am" on that day, "Mon 23 Nov, 9:00 am" on another.
    pub label: String,
    /// It is the one that is asked about.
    pub asked: bool,
}

/// Times one after the other of which the same holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Stretch {
    /// What keeps them from being offered; `None`: they are.
    pub reason: Option<String>,
    /// In order; never empty.
    pub times: Vec<Time>,
}

/// The most rows of a day that aren’t on offer; with more the steps between them get longer.
const MOST_STEPS: i64 = 60;

/// Why a time isn’t offered, or that it is. A question that makes no sense is said at its fields: the page is 422 then.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn read(platform: &Platform, actor: &Actor, org: &str, asked: WhyAsked) -> Result<WhyPage> {
    let need = &permissions::VIEW_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Read).await?;
    let tz = availability::zone(&tx.org().zone)?;
    let now = tx.now().timestamp();
    let services = store::services(&mut tx).await?;
    let staff = store::staff(&mut tx).await?;
    let mut page = WhyPage {
        services: services.iter().map(|one| (one.slug.clone(), called(&one.name, one.active))).collect(),
        people: staff.iter().map(|one| (one.id.to_string(), called(&one.name, one.active))).collect(),
        clock: format::zone(&tx.org().zone, &tz, now),
        may_set_up: tx.allows(&permissions::SET_UP),
        asked,
        refused: None,
        answer: None,
    };
    if services.is_empty() {
        tx.rollback().await?;
        return Ok(page);
    }
    if page.asked.service.trim().is_empty() && !page.asked.staff.trim().is_empty() {
        page.asked.service = first_of(&mut tx, &page.asked.staff, &services).await?;
    }
    match understood(&page.asked, &services, &staff, &tz, now) {
        Err(error) => {
            tx.rollback().await?;
            request::set_status(&error);
            page.refused = Some(error);
        }
        Ok(question) => {
            let (answer, start) = answered(&mut tx, &question, &staff, &tz).await?;
            tx.rollback().await?;
            let there = start.to_zoned(tz);
            page.asked = WhyAsked {
                service: question.service.slug.clone(),
                staff: question.with.map(|with| with.id.to_string()).unwrap_or_default(),
                date: there.date().to_string(),
                time: there.strftime("%H:%M").to_string(),
                start: start.to_string(),
            };
            page.answer = Some(answer);
        }
    }
    Ok(page)
}

/// The first service on offer that somebody can be booked for; empty where there is none.
async fn first_of(tx: &mut OrgTx, staff: &str, services: &[Service]) -> Result<String> {
    let Ok(staff) = staff.trim().parse::<StaffId>() else { return Ok(String::new()) };
    let theirs: Vec<_> = store::assignments(tx).await?.into_iter().filter(|(_, who)| *who == staff).collect();
    let offers = |service: &&Service| service.active && theirs.iter().any(|(id, _)| *id == service.id);
    Ok(services.iter().find(offers).map(|service| service.slug.clone()).unwrap_or_default())
}

fn called(name: &str, active: bool) -> String {
    if active { name.to_owned() } else { format!("{name} (hidden)") }
}

struct Question<'a> {
    service: &'a Service,
    with: Option<&'a Staff>,
    date: Option<Date>,
    /// In minutes after midnight.
    time: Option<i64>,
    start: Option<Timestamp>,
    today: Date,
}

fn understood<'a>(
    asked: &WhyAsked,
    services: &'a [Service],
    staff: &'a [Staff],
    tz: &TimeZone,
    now: Timestamp,
) -> Result<Question<'a>> {
    let mut errors = FieldErrors::default();
    let service = match asked.service.trim() {
        "" => services.iter().find(|one| one.active).or_else(|| services.first()),
        word => services.iter().find(|one| one.slug == word || one.id.to_string() == word),
    };
    if service.is_none() {
        errors.add("service", "That service isn’t there any more. Choose one of these.");
    }
    let with = match asked.staff.trim() {
        "" | "anyone" => None,
        id => {
            let found = id.parse::<StaffId>().ok().and_then(|id| staff.iter().find(|one| one.id == id));
            if found.is_none() {
                errors.add("staff", "That person isn’t there any more. Choose somebody from the list.");
            }
            found
        }
    };
    let today = now.to_zoned(tz.clone()).date();
    let start = match asked.start.trim() {
        "" => None,
        text => {
            let read = text.parse::<Timestamp>().ok().filter(|at| is_near(at.to_zoned(tz.clone()).date(), today));
            if read.is_none() {
                errors.add("date", "We couldn’t read that time. Choose a day and a time.");
            }
            read
        }
    };
    let date = match asked.date.trim() {
        "" => None,
        text => {
            let read = day_typed(text).filter(|date| is_near(*date, today));
            if read.is_none() && start.is_none() {
                let typed: String = text.chars().take(40).collect();
                errors.add("date", format!("“{typed}” is no day that can be asked about. Choose one like 23/11/2026."));
            }
            read
        }
    };
    let time = match asked.time.trim() {
        "" => None,
        text => match typed::time(text, End::Start) {
            Ok(minute) => Some(minute),
            Err(message) => {
                if start.is_none() {
                    errors.add("time", message);
                }
                None
            }
        },
    };
    errors.finish()?;
    let service = service.ok_or_else(|| AppError::not_found("that service"))?;
    Ok(Question { service, with, date, time, start, today })
}

/// Within ten years: beyond that nobody rings.
fn is_near(date: Date, today: Date) -> bool {
    (i32::from(date.year()) - i32::from(today.year())).abs() <= 10
}

async fn answered(
    tx: &mut OrgTx,
    question: &Question<'_>,
    staff: &[Staff],
    tz: &TimeZone,
) -> Result<(Answer, Timestamp)> {
    let Question { service, with, date, time, start, today } = *question;
    let day = start.map(|start| start.to_zoned(tz.clone()).date()).or(date).unwrap_or(today);
    let (with_whom, asker) = (with.map(|one| one.id), Asker::Insider);
    let wanted = Wanted { service: &service.slug, with: with_whom, asker, ..Wanted::default() };
    let (free, alone) = match Availability::load_with_day(tx, &wanted, day).await {
        Ok(free) => (free, None),
        // They don’t offer it: what the others have says nothing about them.
        Err(error) if with.is_some() && error.field_message("with").is_some() => {
            let anyone = Wanted { with: None, ..wanted };
            (Availability::load_with_day(tx, &anyone, day).await?, with)
        }
        Err(error) => return Err(error),
    };
    let offered = if service.active && alone.is_none() { free.all()? } else { Vec::new() };
    let (start, notice) = match start {
        Some(start) => (start, None),
        None => chosen(&free, &offered, date.map(|_| day), time, day, tz)?,
    };
    let date = start.to_zoned(tz.clone()).date();
    let label = |at: Timestamp| {
        let there = at.to_zoned(tz.clone());
        let time = format::time(there.time());
        if there.date() == date { time } else { format!("{}, {time}", format::short_day(there.date())) }
    };
    let time_of = |at: Timestamp| Time { start: at, label: label(at), asked: at == start };
    if let Some(person) = alone {
        return Ok((not_theirs(&free, person, service, date, notice, start), start));
    }
    let why = why::of_start(&free, staff, start)?;
    let next = offered.partition_point(|at| *at <= start);
    let before = offered.iter().rev().find(|at| **at < start).map(|at| time_of(*at));
    let after = offered.get(next).map(|at| time_of(*at));
    let day = if date < today { Vec::new() } else { stretches(&free, staff, &offered, date, start, tz, time_of)? };
    Ok((Answer { why, date, notice, nearest: (before, after), day }, start))
}

/// The time that is asked about, and what is odd about it. Where none is given it is the first on offer.
fn chosen(
    free: &Availability,
    offered: &[Timestamp],
    date: Option<Date>,
    time: Option<i64>,
    day: Date,
    tz: &TimeZone,
) -> Result<(Timestamp, Option<&'static str>)> {
    if time.is_none() {
        let on_day = |at: &&Timestamp| date.is_none_or(|date| at.to_zoned(tz.clone()).date() == date);
        if let Some(first) = offered.iter().find(on_day) {
            return Ok((*first, None));
        }
    }
    let Some(minute) = time.or_else(|| date.map(|date| free.hours_on(date).map_or(9 * 60, |(from, _)| from))) else {
        // Nothing is on offer at all: the next quarter of an hour is as good as any.
        let quarter = (free.now().as_second().div_euclid(900) + 1) * 900;
        return Ok((Timestamp::from_second(quarter).unwrap_or_else(|_| free.now()), None));
    };
    let wall = wall(day, minute).ok_or_else(AppError::internal)?;
    let ambiguous = tz.to_ambiguous_timestamp(wall);
    let notice = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => {
            Some("The clocks go forward that day, and there is no such time. This is what they show instead.")
        }
        AmbiguousOffset::Fold { .. } => {
            Some("The clocks go back that day, so that time comes twice. This is the first.")
        }
    };
    Ok((ambiguous.compatible().map_err(|_| AppError::internal())?, notice))
}

fn wall(date: Date, minute: i64) -> Option<DateTime> {
    date.at(0, 0, 0, 0).checked_add(minute.minutes()).ok()
}

/// What is to be said of somebody who doesn’t offer the service at all.
fn not_theirs(
    free: &Availability,
    person: &Staff,
    service: &Service,
    date: Date,
    notice: Option<&'static str>,
    start: Timestamp,
) -> Answer {
    let hint = if person.active {
        let words = format!("{} doesn’t offer “{}”.", person.name, service.name);
        Hint { words, path: Some(format!("/services/{}/people", service.id)) }
    } else {
        let words = format!("{} can’t be booked at the moment.", person.name);
        Hint { words, path: Some(format!("/staff/{}", person.id)) }
    };
    let headline = format!("Not offered: {}", why::when(free, start));
    let why = Why { headline, offered: false, reasons: vec![hint], people: Vec::new() };
    Answer { why, date, notice, nearest: (None, None), day: Vec::new() }
}

/// The day in steps, from when somebody works until nobody does: with what is offered, and the time that is asked about.
fn stretches(
    free: &Availability,
    staff: &[Staff],
    offered: &[Timestamp],
    date: Date,
    start: Timestamp,
    tz: &TimeZone,
    time_of: impl Fn(Timestamp) -> Time,
) -> Result<Vec<Stretch>> {
    let is_that_day = |at: &Timestamp| at.to_zoned(tz.clone()).date() == date;
    let midnight = date.to_zoned(tz.clone()).map_err(|_| AppError::internal())?.timestamp();
    let from = offered.partition_point(|at| *at < midnight);
    let of_day = offered.get(from..).unwrap_or_default().iter().copied().take_while(is_that_day);
    let mut times: Vec<Timestamp> = of_day.collect();
    if let Some((opens, closes)) = free.hours_on(date) {
        let mut step = free.service.interval_minutes.clamp(5, 60);
        while (closes - opens) / step > MOST_STEPS {
            step *= 2;
        }
        let mut minute = opens;
        while minute < closes {
            let at = wall(date, minute).and_then(|wall| tz.to_ambiguous_timestamp(wall).compatible().ok());
            times.extend(at);
            minute += step;
        }
    }
    if times.is_empty() {
        return Ok(Vec::new());
    }
    times.push(start);
    times.sort_unstable();
    times.dedup();
    let mut day: Vec<Stretch> = Vec::new();
    for at in times {
        let reason = why::in_short(free, staff, at)?;
        match day.last_mut() {
            Some(last) if last.reason == reason => last.times.push(time_of(at)),
            _ => day.push(Stretch { reason, times: vec![time_of(at)] }),
        }
    }
    Ok(day)
}
