//! What the pages for setting up show, worded on the server.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{
    calendar_views, desk,
    elsewhere::{self, Calendars},
    format,
    ids::{ServiceId, StaffId},
    options::{ServiceOptions, StaffOptions},
    permissions, public_pages, rooms, schedules, service_pictures,
    setup::{self, SpanBody, by_category, hours_version},
    setup_forms::{service_id, staff_id},
    setup_wire::{
        AwayLine, DateLine, DayHours, KeptHours, NewService, PersonLine, PersonPage, RoomPage, SchedulePage,
        ServiceForm, ServiceLine, ServicesPage, ShareLine, StaffPage,
    },
    store::{self, Block, Schedule, Service, Staff, Window},
    typed,
};
use crate::{
    billing::own_account,
    clock::Instant,
    crypto::DataKeys,
    db::Access,
    error::{AppError, Result},
    module::FirstStep,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    settings::wire::Place,
    ui::Choice,
};

/// Somebody with all that is set up for them.
#[derive(Debug)]
pub struct PersonSetup {
    /// Who.
    pub staff: Staff,
    /// Booked appointments that are still to come.
    pub upcoming: i64,
    /// The weekly hours that they keep, in order.
    pub hours: Vec<Window>,
    /// The named schedule that those are of; `None`: their own.
    pub schedule: Option<Schedule>,
    /// The named schedules that there are.
    pub schedules: Vec<Schedule>,
    /// Dates from today on with their windows; none: closed.
    pub dates: Vec<(String, Vec<SpanBody>)>,
    /// The business's zone.
    pub zone: String,
    /// Today there.
    pub today: jiff::civil::Date,
    /// What they share, and what counts for them.
    pub calendars: Calendars,
    /// The last part of the address of their public page, where they have one.
    pub page: Option<String>,
}

/// Every service with who is put on it, and how many appointments are to come.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all_services(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<(Service, Vec<StaffId>, i64)>> {
    let mut tx = open(platform, actor, org).await?;
    let services = store::services(&mut tx).await?;
    let assignments = store::assignments(&mut tx).await?;
    let upcoming: BTreeMap<ServiceId, i64> = store::upcoming_by_service(&mut tx).await?.into_iter().collect();
    tx.rollback().await?;
    let with = |service: Service| {
        let staff = assignments.iter().filter(|(id, _)| *id == service.id).map(|(_, staff)| *staff).collect();
        let upcoming = upcoming.get(&service.id).copied().unwrap_or(0);
        (service, staff, upcoming)
    };
    Ok(services.into_iter().map(with).collect())
}

/// Somebody with their hours.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for somebody who isn't this organisation's.
pub async fn person_setup(platform: &Platform, actor: &Actor, org: &str, id: StaffId) -> Result<PersonSetup> {
    let mut tx = open(platform, actor, org).await?;
    let everybody = store::staff(&mut tx).await?;
    let staff = everybody.iter().find(|member| member.id == id).cloned();
    let staff = staff.ok_or_else(|| AppError::not_found("that person"))?;
    let page = public_pages::members(everybody)?.into_iter().find(|member| member.id == id).map(|member| member.slug);
    let zone = tx.org().zone.clone();
    let today = tx.now().timestamp().to_zoned(TimeZone::get(&zone).unwrap_or(TimeZone::UTC)).date();
    let kept = store::schedule_of(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that person"))?;
    let hours = store::hours_of_schedule(&mut tx, kept).await?;
    let schedules = store::schedules(&mut tx).await?;
    let schedule = schedules.iter().find(|schedule| schedule.id == kept).cloned();
    let overrides = store::overrides(&mut tx, &today.to_string(), "9999-12-31").await?;
    let upcoming = store::upcoming_by_staff(&mut tx).await?;
    let calendars = elsewhere::of_person(&mut tx, id).await?;
    tx.rollback().await?;
    let mut dates: BTreeMap<String, Vec<SpanBody>> = BTreeMap::new();
    for window in overrides.into_iter().filter(|window| window.staff_id == id) {
        let windows = dates.entry(window.date).or_default();
        if let (Some(start_minute), Some(end_minute)) = (window.start_minute, window.end_minute) {
            windows.push(SpanBody { start_minute, end_minute });
        }
    }
    let upcoming = upcoming.iter().find(|(staff, _)| *staff == id).map_or(0, |(_, count)| *count);
    Ok(PersonSetup {
        staff,
        upcoming,
        hours,
        schedule,
        schedules,
        dates: dates.into_iter().collect(),
        zone,
        today,
        calendars,
        page,
    })
}

/// The list of services.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn services(platform: &Platform, actor: &Actor, org: &str) -> Result<ServicesPage> {
    let services = all_services(platform, actor, org).await?;
    let everybody = everybody(platform, actor, org).await?;
    let on: BTreeMap<ServiceId, Vec<StaffId>> =
        services.iter().map(|(service, staff, _)| (service.id, staff.clone())).collect();
    let offers = |member: &&Staff, service: ServiceId| {
        member.active && on.get(&service).is_some_and(|staff| staff.contains(&member.id))
    };
    let line = |service: Service| ServiceLine {
        id: service.id.to_string(),
        facts: format!(
            "{}, {}",
            format::duration(service.duration_minutes),
            format::price(service.price_cents, &service.currency)
        ),
        people: names(everybody.iter().filter(|member| offers(member, service.id))),
        name: service.name,
        active: service.active,
    };
    Ok(ServicesPage {
        anybody: everybody.iter().any(|member| member.active),
        categories: by_category(services.into_iter().map(|(service, ..)| service).collect())?
            .into_iter()
            .map(|(category, services)| (category, services.into_iter().map(line).collect()))
            .collect(),
        address: format!("{}/b/{org}", platform.origin),
    })
}

/// Services and people to be booked, for who may set them up; and the page of one’s own calendar for whoever can be booked.
///
/// # Errors
/// The database is busy.
pub async fn places(tx: &mut OrgTx) -> Result<Vec<Place>> {
    let org = tx.org().slug.clone();
    let place =
        |group: &str, label: String, href: String| Place { group: group.to_owned(), label, also: String::new(), href };
    let mine = calendar_views::place(tx).await?;
    let why = tx.allows(&permissions::VIEW_APPOINTMENTS).then(|| Place {
        also: "free slots availability missing times".to_owned(),
        ..place("Pages", "Why isn’t a time offered?".to_owned(), format!("/app/{org}/calendar/why"))
    });
    let mine = why.into_iter().chain(mine);
    if !tx.allows(&permissions::SET_UP) {
        return Ok(mine.collect());
    }
    let services = store::services(tx).await?.into_iter();
    let services =
        services.map(|service| place("Services", service.name, format!("/app/{org}/calendar/services/{}", service.id)));
    let mut places: Vec<Place> = mine.chain(services).collect();
    let staff = store::staff(tx).await?.into_iter();
    places.extend(
        staff.map(|member| place("Staff and hours", member.name, format!("/app/{org}/calendar/staff/{}", member.id))),
    );
    let rooms = store::resources(tx).await?.into_iter();
    places.extend(
        rooms.map(|room| place("Rooms and equipment", room.name, format!("/app/{org}/calendar/rooms/{}", room.id))),
    );
    let schedules = store::schedules(tx).await?.into_iter();
    places
        .extend(schedules.map(|one| place("Schedules", one.name, format!("/app/{org}/calendar/schedules/{}", one.id))));
    Ok(places)
}

/// What a new service is made from.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn new_service(platform: &Platform, actor: &Actor, org: &str) -> Result<NewService> {
    let everybody = everybody(platform, actor, org).await?;
    Ok(NewService { people: choices(&everybody, |member| member.active), address: address(platform, org) })
}

/// A service to be changed.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a service that isn't this organisation's.
pub async fn service_form(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<ServiceForm> {
    // Who asks comes first: an id that can't be read tells a stranger nothing.
    let everybody = everybody(platform, actor, org).await?;
    let (service, staff, upcoming) = set_up(platform, actor, org, service_id(id)?).await?;
    let mut tx = open(platform, actor, org).await?;
    let takes_payments = own_account::ready(&mut tx).await?.is_some();
    let options = ServiceOptions::read(&service.options)?;
    let locked = setup::may_change(&tx, &options).is_err();
    let picture = service_pictures::shown(tx.org(), service.id, &options);
    tx.rollback().await?;
    let rooms = rooms::all(platform, actor, org).await?.into_iter().map(|room| room.resource).collect::<Vec<_>>();
    let shares = schedules::shares(platform, actor, org, service.id).await?;
    let kept = schedules::all(platform, actor, org).await?;
    let within = kept.iter().find(|one| one.services.iter().any(|(id, _)| *id == service.id));
    let schedule = within.map(|one| one.schedule.id.to_string()).unwrap_or_default();
    let named: Vec<Schedule> = kept.into_iter().map(|one| one.schedule).collect();
    let follows = service.interval_minutes == service.duration_minutes;
    Ok(ServiceForm {
        id: service.id.to_string(),
        version: service.version,
        duration: typed::minutes_as_typed(service.duration_minutes),
        interval: if follows { String::new() } else { typed::minutes_as_typed(service.interval_minutes) },
        buffer_before: typed::minutes_as_typed(service.buffer_before_minutes),
        buffer_after: typed::minutes_as_typed(service.buffer_after_minutes),
        notice: typed::minutes_as_typed(service.min_notice_minutes),
        window_days: service.window_days.to_string(),
        price: typed::price_as_typed(service.price_cents),
        options,
        picture,
        name: service.name,
        slug: service.slug,
        description: service.description,
        active: service.active,
        takes_payments,
        people: choices(&everybody, |member| staff.contains(&member.id)),
        shares: shares
            .into_iter()
            .map(|(member, share)| ShareLine {
                staff: member.id.to_string(),
                name: member.name,
                priority: share.priority,
                weight: share.weight,
                schedule: share.schedule_id.map(|id| id.to_string()).unwrap_or_default(),
            })
            .collect(),
        rooms: room_choices(&rooms),
        schedule,
        schedules: choice_of(named, ""),
        upcoming,
        locked,
        address: address(platform, org),
    })
}

/// What a service can be said to need: any of a kind, or a particular one; under the words that the form sends.
fn room_choices(rooms: &[store::Resource]) -> Vec<(String, String)> {
    let mut kinds: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for room in rooms.iter().filter(|room| !room.kind.is_empty()) {
        kinds.entry(room.kind.to_lowercase()).or_insert_with(|| (room.kind.clone(), 0)).1 += 1;
    }
    let of_kind = kinds.into_values().map(|(kind, count)| (format!("kind:{kind}"), format!("Any “{kind}” ({count})")));
    let particular = rooms.iter().map(|room| {
        let off = if room.active { "" } else { " (switched off)" };
        (format!("one:{}", room.id), format!("{}{off}", room.name))
    });
    of_kind.chain(particular).collect()
}

/// A service with who is put on it, and how many appointments are to come.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a service that isn't this organisation's.
pub async fn set_up(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: ServiceId,
) -> Result<(Service, Vec<StaffId>, i64)> {
    let services = all_services(platform, actor, org).await?;
    let found = services.into_iter().find(|(service, ..)| service.id == id);
    found.ok_or_else(|| AppError::not_found("that service"))
}

/// The list of those who can be or could be booked.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn staff(platform: &Platform, actor: &Actor, org: &str) -> Result<StaffPage> {
    let mut tx = open(platform, actor, org).await?;
    let everybody = store::staff(&mut tx).await?;
    let hours = store::hours(&mut tx).await?;
    let services = store::services(&mut tx).await?;
    let assignments = store::assignments(&mut tx).await?;
    tx.rollback().await?;
    let line = |member: Staff| {
        let minutes: i64 = hours
            .iter()
            .filter(|window| window.staff_id == member.id)
            .map(|window| window.end_minute - window.start_minute)
            .sum();
        let offered =
            services.iter().filter(|service| service.active && assignments.contains(&(service.id, member.id)));
        PersonLine {
            id: member.id.to_string(),
            hours: if minutes == 0 { String::new() } else { format!("{} a week", format::duration(minutes)) },
            services: offered.map(|service| service.name.as_str()).collect::<Vec<_>>().join(", "),
            name: member.name,
            active: member.active,
        }
    };
    Ok(StaffPage { people: everybody.into_iter().map(line).collect() })
}

/// Somebody's page.
///
/// # Errors
/// As [`person_setup`].
pub async fn person(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<PersonPage> {
    let person = person_setup(platform, actor, org, staff_id(id)?).await?;
    let away = away(platform, actor, org, &person).await?;
    let members = calendar_views::members(platform, actor, org, person.staff.id).await?;
    let calendars = calendar_views::part(platform, person.staff.id, &person.zone, person.calendars, false);
    let options = StaffOptions::read(&person.staff.options)?;
    let page = person.page.map(|slug| format!("{}team/{slug}", address(platform, org)));
    Ok(PersonPage {
        calendars,
        members,
        title: options.title,
        about: options.about,
        colour: options.colour,
        listed: !options.unlisted,
        page,
        id: person.staff.id.to_string(),
        name: person.staff.name,
        active: person.staff.active,
        version: person.staff.version,
        upcoming: person.upcoming,
        away,
        keeps: person.schedule.map(|schedule| (schedule.id.to_string(), schedule.name)),
        schedules: choice_of(person.schedules, "Hours of their own"),
        hours: kept_hours(&person.hours, person.dates, person.today, &person.zone),
    })
}

/// A named schedule's page.
///
/// # Errors
/// As [`schedules::one`].
pub async fn schedule(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<SchedulePage> {
    let kept = schedules::one(platform, actor, org, id).await?;
    Ok(SchedulePage {
        id: kept.schedule.id.to_string(),
        name: kept.schedule.name.clone(),
        is_default: kept.schedule.is_default,
        version: kept.schedule.version,
        users: kept.users(),
        hours: kept_hours(&kept.hours, kept.dates, kept.today, &kept.zone),
    })
}

/// Hours and dates, as they are typed.
fn kept_hours(
    hours: &[Window],
    dates: Vec<(String, Vec<SpanBody>)>,
    today: jiff::civil::Date,
    zone: &str,
) -> KeptHours {
    let days = [1, 2, 3, 4, 5, 6, 0]
        .into_iter()
        .map(|weekday| {
            let windows = hours.iter().filter(|window| window.weekday == weekday);
            let typed =
                |window: &Window| (typed::time_as_typed(window.start_minute), typed::time_as_typed(window.end_minute));
            DayHours { windows: windows.map(typed).collect() }
        })
        .collect();
    let date = |(date, windows): (String, Vec<SpanBody>)| DateLine {
        label: date.parse().map_or_else(|_| date.clone(), format::day_and_year),
        text: if windows.is_empty() { "Closed".to_owned() } else { spans(&windows) },
        date,
    };
    KeptHours {
        version: hours_version(hours),
        days,
        dates: dates.into_iter().map(date).collect(),
        today: today.to_string(),
        clock: format!("{} time", format::city(zone)),
    }
}

/// The named schedules to choose from, and what no choice means.
fn choice_of(schedules: Vec<Schedule>, none: &str) -> Vec<(String, String)> {
    let named = schedules.into_iter().map(|schedule| (schedule.id.to_string(), schedule.name));
    std::iter::once((String::new(), none.to_owned())).chain(named).collect()
}

/// When somebody is away from now on, each time with what is booked in it all the same.
async fn away(platform: &Platform, actor: &Actor, org: &str, person: &PersonSetup) -> Result<Vec<AwayLine>> {
    let mut tx = open(platform, actor, org).await?;
    let staff = person.staff.id;
    let blocks = store::blocks_of_staff(&mut tx, staff).await?;
    let keys = tx.keys().await?;
    let tz = TimeZone::get(&person.zone).unwrap_or(TimeZone::UTC);
    let mut away = Vec::new();
    for block in blocks {
        let booked = store::booked_between(&mut tx, staff, block.starts_at, block.ends_at).await?;
        let mut line = away_line(&keys, &block, &tz)?;
        line.booked = booked
            .into_iter()
            .map(|(id, service, starts)| {
                let starts = starts.timestamp().to_zoned(tz.clone());
                (id.to_string(), format!("{}: {service}", format::day_and_time(&starts)))
            })
            .collect();
        away.push(line);
    }
    tx.rollback().await?;
    Ok(away)
}

/// A room's page.
///
/// # Errors
/// As [`rooms::one`].
pub async fn room(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<RoomPage> {
    let room = rooms::one(platform, actor, org, id).await?;
    let mut tx = open(platform, actor, org).await?;
    let blocks = store::blocks_of_resource(&mut tx, room.resource.id).await?;
    let tz = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let keys = tx.keys().await?;
    tx.rollback().await?;
    let blocked = blocks.iter().map(|block| away_line(&keys, block, &tz)).collect::<Result<_>>()?;
    Ok(RoomPage { room, blocked })
}

fn away_line(keys: &DataKeys, block: &Block, tz: &TimeZone) -> Result<AwayLine> {
    let at = |instant: Instant| instant.timestamp().to_zoned(tz.clone());
    let title = desk::title_of(keys, block)?;
    let title = match (title.is_empty(), block.kind == "time_off") {
        (false, _) => title,
        (true, true) => "Time off".to_owned(),
        (true, false) => "Blocked".to_owned(),
    };
    let when = stretch(&at(block.starts_at), &at(block.ends_at), block.all_day);
    Ok(AwayLine { id: block.id.to_string(), title, when, booked: Vec::new() })
}

/// "Monday 23 November 2026", "… until …", or with times.
fn stretch(from: &jiff::Zoned, until: &jiff::Zoned, all_day: bool) -> String {
    let (first, last) =
        (from.date(), if all_day { until.date().yesterday().unwrap_or(until.date()) } else { until.date() });
    match (all_day, first == last) {
        (true, true) => format::day_and_year(first),
        (true, false) => format!("{} – {}", format::day_and_year(first), format::day_and_year(last)),
        (false, true) => format!("{}, {}", format::day_and_year(first), format::time_range(from, until)),
        (false, false) => format!(
            "{}, {} – {}, {}",
            format::day_and_year(first),
            format::time(from.time()),
            format::day_and_year(last),
            format::time(until.time())
        ),
    }
}

async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await
}

async fn everybody(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Staff>> {
    let mut tx = open(platform, actor, org).await?;
    let everybody = store::staff(&mut tx).await?;
    tx.rollback().await?;
    Ok(everybody)
}

fn names<'s>(people: impl Iterator<Item = &'s Staff>) -> String {
    people.map(|member| member.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn address(platform: &Platform, org: &str) -> String {
    format!("{}/b/{org}/", platform.origin)
}

/// Who can be put on a service. Somebody who can't be booked any more is named while they are on it.
fn choices(everybody: &[Staff], chosen: impl Fn(&Staff) -> bool) -> Vec<Choice> {
    let choice = |member: &Staff| Choice {
        value: member.id.to_string(),
        label: if member.active { member.name.clone() } else { format!("{} (can’t be booked now)", member.name) },
        chosen: chosen(member),
    };
    everybody.iter().filter(|member| member.active || chosen(member)).map(choice).collect()
}

/// "9:00 am – 12:00 pm, 1:00 pm – 5:30 pm"
pub fn spans(windows: &[SpanBody]) -> String {
    let span = |window: &SpanBody| {
        format!("{} – {}", format::minute_of_day(window.start_minute), format::minute_of_day(window.end_minute))
    };
    windows.iter().map(span).collect::<Vec<_>>().join(", ")
}

/// What a new organisation sets up here: who can be booked and when, then what.
///
/// # Errors
/// The database is busy.
pub async fn first_steps(tx: &mut OrgTx) -> Result<Vec<FirstStep>> {
    let hours = !store::hours(tx).await?.is_empty();
    let services = !store::active_services(tx).await?.is_empty();
    Ok(vec![
        FirstStep {
            label: "Who can be booked, and when",
            about: "Add yourself or your team, with weekly hours.",
            takes: "5 minutes",
            path: "/calendar/staff",
            can_wait: false,
            done: hours,
        },
        FirstStep {
            label: "Your first service",
            about: "What clients can book: how long it takes, what it costs, who offers it.",
            takes: "3 minutes",
            path: "/calendar/services/new",
            can_wait: false,
            done: services,
        },
    ])
}
