//! Booking for a client, at the counter or on the phone: what the page shows, and what its form says.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{
    asked,
    availability::{self, Asker, Availability, Wanted},
    booking::{self, Booked, Request, Source},
    desk,
    directory::{self, Known},
    format,
    ids::StaffId,
    options::{Length, LocationKind, ServiceOptions},
    permissions,
    store::{self, Service},
    typed::{self, End},
    views,
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// What the page asks for, as its address says; what isn’t there is the first, and today.
#[derive(Debug, Clone, Default)]
pub struct DeskQuery {
    /// The service’s word.
    pub service: String,
    /// `2026-11-23`.
    pub date: String,
    /// Whose id.
    pub with: String,
    /// Minutes.
    pub length: String,
    /// "9:15": a time to begin with.
    pub at: String,
    /// For whom: the id of somebody on the list of clients.
    pub client: String,
}

/// `/app/{org}/calendar/book`.
#[derive(Debug, Clone)]
pub struct DeskPage {
    /// The services that can be booked: word and "Follow-up treatment, 30 minutes".
    pub services: Vec<(String, String)>,
    /// The one that is shown.
    pub service: String,
    /// Its lengths, if there are several: minutes and "1 hour, $55.00".
    pub lengths: Vec<(String, String)>,
    /// The one that is shown; empty: its own.
    pub length: String,
    /// Who offers it.
    pub people: Vec<(String, String)>,
    /// The one who is shown; empty: whoever is free.
    pub with: String,
    /// Where it can take place, if there is a choice.
    pub places: Vec<(String, String)>,
    /// A place is the client’s: their address is asked.
    pub at_client: bool,
    /// `2026-11-23`.
    pub date: String,
    /// "Monday 23 November 2026".
    pub day: String,
    /// The day before, where there is one that can be booked.
    pub earlier: String,
    /// The day after.
    pub later: String,
    /// The starts on that day: UTC, and "9:15 am".
    pub times: Vec<(String, String)>,
    /// Where there are none: the next day with some, and "Tuesday 24 November".
    pub next: Option<(String, String)>,
    /// "Sydney time (AEDT)".
    pub clock: String,
    /// A time that the address names.
    pub at: String,
    /// For whom, where the address says so.
    pub client: Option<Known>,
    /// A fresh idempotency key for the form.
    pub key: String,
    /// What the address says that can’t be; may be empty.
    pub notice: String,
}

/// What the form says.
#[derive(Debug, Clone, Default)]
pub struct DeskForm {
    /// The service’s word.
    pub service: String,
    /// Minutes; empty: its own.
    pub length: String,
    /// Whose id; empty: whoever is free.
    pub with: String,
    /// `2026-11-23`.
    pub date: String,
    /// One of the times on offer, UTC; empty: another.
    pub start: String,
    /// "9:15", where it is another.
    pub at: String,
    /// The location’s id.
    pub location: String,
    /// The client’s address.
    pub place: String,
    /// Their name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// May be empty.
    pub notes: String,
    /// The form’s.
    pub key: String,
    /// Against the business’s own rules.
    pub anyway: bool,
    /// The client is there: now.
    pub walk_in: bool,
}

/// Where an appointment is dragged to, or typed to.
#[derive(Debug, Clone, Default)]
pub struct MoveForm {
    /// The version that was read.
    pub version: i64,
    /// `2026-11-23`.
    pub date: String,
    /// "9:15".
    pub at: String,
    /// Whose id; empty: whoever has it.
    pub with: String,
    /// "45 min"; empty: as long as it is.
    pub minutes: String,
    /// Against the business’s own rules.
    pub anyway: bool,
    /// Back to where it was a moment ago.
    pub undo: bool,
}

/// The page.
///
/// # Errors
/// As [`OrgTx::open`]; 404 where nothing can be booked yet.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, query: &DeskQuery) -> Result<DeskPage> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let services = store::active_services(&mut tx).await?;
    let mut notice = String::new();
    let mut say = |words: &str| {
        if notice.is_empty() {
            words.clone_into(&mut notice);
        }
    };
    let found = services.iter().find(|service| service.slug == query.service);
    if found.is_none() && !query.service.is_empty() {
        say("There is no such service any more, so here is the first.");
    }
    let service = found
        .or_else(|| services.first())
        .cloned()
        .ok_or_else(|| AppError::not_found("a service that can be booked"))?;
    let options = ServiceOptions::read(&service.options)?;
    let everybody = store::staff(&mut tx).await?;
    let on_it: Vec<StaffId> = store::assignments(&mut tx)
        .await?
        .into_iter()
        .filter(|(id, _)| *id == service.id)
        .map(|(_, staff)| staff)
        .collect();
    let people: Vec<(StaffId, String)> = everybody
        .into_iter()
        .filter(|person| person.active && on_it.contains(&person.id))
        .map(|person| (person.id, person.name))
        .collect();
    let with = query.with.parse().ok().filter(|with| people.iter().any(|(id, _)| id == with));
    if with.is_none() && !query.with.is_empty() {
        say("They don’t offer this, so here is everybody who does.");
    }
    let length = query.length.parse().ok().filter(|minutes| options.length(Some(*minutes)).is_some());
    let tz = availability::zone(&tx.org().zone)?;
    let now = tx.now().timestamp();
    let today = now.to_zoned(tz.clone()).date();
    let asked: Option<Date> = query.date.parse().ok();
    if asked.is_none() && !query.date.is_empty() {
        say("There is no such day, so here is today.");
    }
    let date = asked.unwrap_or(today);
    let secret = options.secret.clone().unwrap_or_default();
    let wanted =
        Wanted { service: &service.slug, length, with, secret: &secret, asker: Asker::Desk, ..Wanted::default() };
    let free = Availability::load(&mut tx, &wanted).await?;
    let zone_label = format::zone(&tx.org().zone, &tz, now);
    tx.rollback().await?;
    let client = match directory::client_id(&query.client) {
        Ok(id) => directory::one(platform, actor, org, id).await.ok(),
        Err(_) => None,
    };
    if client.is_none() && !query.client.is_empty() {
        say("That client isn’t on the list any more, so enter whom you book for.");
    }
    let starts = free.all()?;
    let day_of = |start: &Timestamp| start.to_zoned(tz.clone()).date();
    let times: Vec<_> = starts.iter().filter(|start| day_of(start) == date).copied().collect();
    let next = starts.iter().map(day_of).find(|day| *day > date).filter(|_| times.is_empty());
    let yesterday = date.saturating_sub(1.day());
    Ok(DeskPage {
        services: services.iter().map(|one| (one.slug.clone(), line(one))).collect(),
        lengths: lengths(&service, &options),
        length: length.map(|minutes: i64| minutes.to_string()).unwrap_or_default(),
        people: people.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        with: with.map(|with: StaffId| with.to_string()).unwrap_or_default(),
        places: if options.locations.len() > 1 {
            options.locations.iter().map(|place| (place.id.clone(), place.label().to_owned())).collect()
        } else {
            Vec::new()
        },
        at_client: options.locations.iter().any(|place| place.kind == LocationKind::AtClient),
        day: format::day_and_year(date),
        earlier: if yesterday < today { String::new() } else { yesterday.to_string() },
        later: date.saturating_add(1.day()).to_string(),
        times: times.iter().map(|start| (start.to_string(), time_of(*start, &tz))).collect(),
        next: next.map(|day| (day.to_string(), format::day(day))),
        clock: zone_label,
        at: query.at.trim().chars().take(20).collect(),
        client,
        key: views::fresh_key(platform.clock.now()),
        notice,
        date: date.to_string(),
        service: service.slug,
    })
}

/// Books what the form says. The date that it is on, for the way back to the diary.
///
/// # Errors
/// 422 at each field that is wrong; 409 where the time isn’t to be had, or is against the rules.
pub async fn book(platform: &Platform, actor: &Actor, org: &str, form: &DeskForm) -> Result<(Booked, Date)> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let tz = availability::zone(&tx.org().zone)?;
    let service = store::active_services(&mut tx).await?.into_iter().find(|one| one.slug == form.service);
    tx.rollback().await?;
    let service = service.ok_or_else(|| AppError::not_found("that service"))?;
    let options = ServiceOptions::read(&service.options)?;
    // Neither is a field of the form: they come with the page.
    let length = form.length.trim();
    if !length.is_empty() && length.parse().ok().and_then(|minutes| options.length(Some(minutes))).is_none() {
        return Err(AppError::new(Code::Invalid, "Choose one of the lengths on offer."));
    }
    let with = if form.with.is_empty() { None } else { form.with.parse::<StaffId>().ok() };
    if with.is_none() && !form.with.is_empty() {
        return Err(AppError::new(Code::Invalid, "Choose somebody who offers this."));
    }
    let mut errors = FieldErrors::default();
    let start = start_of(form, &tz, platform.clock.now(), &mut errors);
    let Some(start) = start else {
        errors.finish()?;
        return Err(AppError::internal());
    };
    // Beside what is wrong with the time, so that all of it is said at once.
    if form.name.trim().is_empty() {
        errors.add("name", "Enter the client’s name.");
    }
    errors.finish()?;
    let request = Request {
        service: form.service.clone(),
        start: start.to_string(),
        key: form.key.clone(),
        name: form.name.clone(),
        email: form.email.clone(),
        phone: form.phone.clone(),
        notes: form.notes.clone(),
        length: length.parse().ok(),
        with,
        location: form.location.clone(),
        place: form.place.clone(),
        secret: options.secret.unwrap_or_default(),
        ..Request::default()
    };
    let source = if form.walk_in { Source::WalkIn } else { Source::Staff { anyway: form.anyway } };
    let booked = booking::book(platform, actor, org, &request, source).await?;
    Ok((booked, start.to_zoned(tz).date()))
}

/// Moves an appointment to where it was dragged or typed to. Whoever is told of it is told a little later, so that it can be undone.
///
/// # Errors
/// 422 at each field that is wrong; as [`desk::move_appointment`].
pub async fn move_it(platform: &Platform, actor: &Actor, org: &str, id: &str, form: &MoveForm) -> Result<()> {
    let need = &permissions::CHANGE_APPOINTMENTS;
    let tx = OrgTx::before_a_change(platform, actor, OrgRef::Slug(org), need).await?;
    let tz = availability::zone(&tx.org().zone)?;
    tx.rollback().await?;
    let id = views::appointment_id(id)?;
    let mut errors = FieldErrors::default();
    let start = instant_of(&form.date, form.at.trim(), &tz, &mut errors);
    let minutes = match form.minutes.trim() {
        "" => None,
        text => errors.take("minutes", typed::minutes(text).map(Some)),
    };
    let with = match form.with.trim() {
        "" => None,
        text => errors.take("with", text.parse().map(Some).map_err(|_| "Choose somebody who is there.")),
    };
    errors.finish()?;
    let to = desk::Move {
        start: start.ok_or_else(AppError::internal)?.to_string(),
        staff: with,
        minutes,
        version: form.version,
        anyway: form.anyway,
        later: true,
        undo: form.undo,
    };
    desk::move_appointment(platform, actor, org, id, &to).await.map(|_| ())
}

/// Whether a refusal can be overridden: the rules say no, and nobody else has the time.
pub fn is_against_rules(error: &AppError) -> bool {
    error.code == Code::Conflict && error.version.is_none() && error.fields.is_empty()
}

/// When it begins: now, at one of the times on offer, or at the one that was typed.
fn start_of(form: &DeskForm, tz: &TimeZone, now: Instant, errors: &mut FieldErrors) -> Option<Timestamp> {
    if form.walk_in {
        return Some(booking::this_minute(now));
    }
    let at = form.at.trim();
    if at.is_empty() {
        if form.start.is_empty() {
            errors.add("start", "Choose a time, or enter another.");
            return None;
        }
        let start = booking::check_start(&form.start, errors);
        return Some(start);
    }
    instant_of(&form.date, at, tz, errors)
}

/// A time of day on the business’s clock. Notes at `at` or `date` what is wrong.
pub fn instant_of(date: &str, at: &str, tz: &TimeZone, errors: &mut FieldErrors) -> Option<Timestamp> {
    let minute = match typed::time(at, End::Start) {
        Ok(minute) => minute,
        Err(message) => {
            errors.add("at", message);
            return None;
        }
    };
    let Ok(date) = date.parse::<Date>() else {
        errors.add("date", "Choose a day.");
        return None;
    };
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    // What the clock skips that day begins when it has skipped; what it shows twice is the first.
    let start = date.at(hour, minute, 0, 0).to_zoned(tz.clone()).map(|start| Some(start.timestamp()));
    errors.take("at", start.map_err(|_| "There is no such time on that day."))
}

fn line(service: &Service) -> String {
    format!("{}, {}", service.name, format::duration(service.duration_minutes))
}

fn lengths(service: &Service, options: &ServiceOptions) -> Vec<(String, String)> {
    if options.lengths.is_empty() {
        return Vec::new();
    }
    asked::lengths(service, options)
        .into_iter()
        .map(|Length { minutes, price_cents }| {
            let value = if minutes == service.duration_minutes { String::new() } else { minutes.to_string() };
            (value, format!("{}, {}", format::duration(minutes), format::price(price_cents, &service.currency)))
        })
        .collect()
}

fn time_of(start: Timestamp, tz: &TimeZone) -> String {
    format::time(start.to_zoned(tz.clone()).time())
}

async fn open(platform: &Platform, actor: &Actor, org: &str, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_APPOINTMENTS, access).await
}
