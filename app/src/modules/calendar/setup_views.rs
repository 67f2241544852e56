//! What the pages for setting up show, worded on the server.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{
    calendar_views,
    elsewhere::{self, Calendars},
    format,
    ids::{ServiceId, StaffId},
    options::{ServiceOptions, StaffOptions},
    permissions, public_pages,
    setup::{SpanBody, hours_version},
    setup_forms::{service_id, staff_id},
    setup_wire::{
        DateLine, DayHours, NewService, PersonLine, PersonPage, ServiceForm, ServiceLine, ServicesPage, StaffPage,
    },
    store::{self, Hours, Service, Staff},
    typed,
};
use crate::{
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
    /// Their weekly hours, in order.
    pub hours: Vec<Hours>,
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
    let hours = store::hours(&mut tx).await?.into_iter().filter(|window| window.staff_id == id).collect();
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
    Ok(PersonSetup { staff, upcoming, hours, dates: dates.into_iter().collect(), zone, today, calendars, page })
}

/// The list of services.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn services(platform: &Platform, actor: &Actor, org: &str) -> Result<ServicesPage> {
    let services = all_services(platform, actor, org).await?;
    let everybody = everybody(platform, actor, org).await?;
    let line = |(service, staff, _): (Service, Vec<StaffId>, i64)| ServiceLine {
        id: service.id.to_string(),
        facts: format!(
            "{}, {}",
            format::duration(service.duration_minutes),
            format::price(service.price_cents, &service.currency)
        ),
        people: names(everybody.iter().filter(|member| member.active && staff.contains(&member.id))),
        name: service.name,
        active: service.active,
    };
    Ok(ServicesPage {
        anybody: everybody.iter().any(|member| member.active),
        services: services.into_iter().map(line).collect(),
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
        options: ServiceOptions::read(&service.options)?,
        name: service.name,
        slug: service.slug,
        description: service.description,
        active: service.active,
        people: choices(&everybody, |member| staff.contains(&member.id)),
        upcoming,
        address: address(platform, org),
    })
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
    let days = [1, 2, 3, 4, 5, 6, 0]
        .into_iter()
        .map(|weekday| {
            let windows = person.hours.iter().filter(|window| window.weekday == weekday);
            let typed =
                |window: &Hours| (typed::time_as_typed(window.start_minute), typed::time_as_typed(window.end_minute));
            DayHours { windows: windows.map(typed).collect() }
        })
        .collect();
    let date = |(date, windows): (String, Vec<SpanBody>)| DateLine {
        label: date.parse().map_or_else(|_| date.clone(), format::day_and_year),
        text: if windows.is_empty() { "Closed".to_owned() } else { spans(&windows) },
        date,
    };
    let members = calendar_views::members(platform, actor, org, person.staff.id).await?;
    let calendars = calendar_views::part(platform, person.staff.id, &person.zone, person.calendars, false);
    let options = StaffOptions::read(&person.staff.options)?;
    let page = person.page.map(|slug| format!("{}team/{slug}", address(platform, org)));
    Ok(PersonPage {
        calendars,
        members,
        title: options.title,
        about: options.about,
        listed: !options.unlisted,
        page,
        id: person.staff.id.to_string(),
        name: person.staff.name,
        active: person.staff.active,
        version: person.staff.version,
        upcoming: person.upcoming,
        hours_version: hours_version(&person.hours),
        days,
        dates: person.dates.into_iter().map(date).collect(),
        today: person.today.to_string(),
        clock: format!("{} time", format::city(&person.zone)),
    })
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
            done: hours,
        },
        FirstStep {
            label: "Your first service",
            about: "What clients can book: how long it takes, what it costs, who offers it.",
            takes: "3 minutes",
            path: "/calendar/services/new",
            done: services,
        },
    ])
}
