//! The demo clinic: people, services, hours and some weeks of appointments, so that every page has something to show.

use jiff::{ToSpan, civil::Weekday};

use super::{
    availability::{self, Availability, Wanted},
    client::{self, Details, Teller},
    ids::{AppointmentId, ScheduleId, ServiceId, StaffId, WindowId},
    permissions,
    store::{self, NewAppointment, Service, Staff, Window},
    wire::Status,
};
use crate::{
    crypto::Place,
    db::Access,
    error::Result,
    ids::OrgId,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

const STAFF: [&str; 3] = ["Priya Raman", "Tom Whitlock", "Mei-Lin Chua"];

const CLIENTS: [(&str, &str, &str); 12] = [
    ("Aroha Tautari", "aroha.tautari@example.com", "0412 555 018"),
    ("Ben Kowalski", "ben.kowalski@example.com", "0423 555 027"),
    ("Chloe Nguyen", "chloe.nguyen@example.com", "0434 555 036"),
    ("Dimitri Papadakis", "d.papadakis@example.com", "02 5550 4188"),
    ("Eleanor Marsh", "eleanor.marsh@example.com", "0445 555 045"),
    ("Farid Haddad", "farid.haddad@example.com", "0456 555 054"),
    ("Grace O’Donnell", "grace.odonnell@example.com", "0467 555 063"),
    ("Hamish Stewart", "hamish.stewart@example.com", "02 5550 4171"),
    ("Isla Brown", "isla.brown@example.com", "0478 555 072"),
    ("Jarrah Williams", "jarrah.williams@example.com", "0489 555 081"),
    ("Kiran Patel", "kiran.patel@example.com", "0490 555 090"),
    ("Lucia Romano", "lucia.romano@example.com", "0401 555 009"),
];

const NOTES: [&str; 5] = [
    "",
    "Left knee, from running. Scans are on their way from my GP.",
    "",
    "First visit. I’ll be ten minutes early for the forms.",
    "Please call if anything earlier comes up.",
];

/// Sets up the clinic and fills two weeks behind and four ahead.
///
/// # Errors
/// The database is busy.
pub async fn seed(platform: &Platform, org: OrgId) -> Result<()> {
    let actor = Actor::System("demo");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::SET_UP, Access::Write).await?;
    let staff = add_staff(&mut tx).await?;
    let services = add_services(&mut tx, &staff).await?;
    add_appointments(&mut tx, &services).await?;
    tx.emit("calendar.service_saved", org.0).await?;
    tx.commit().await
}

async fn add_staff(tx: &mut OrgTx) -> Result<Vec<StaffId>> {
    let mut ids = Vec::new();
    for (position, name) in (0_i64..).zip(STAFF) {
        let now = tx.now();
        let member =
            Staff { id: StaffId::new(now), name: name.to_owned(), active: true, version: 1, options: "{}".to_owned() };
        store::insert_staff(tx, &member, position).await?;
        let schedule = ScheduleId(member.id.0);
        let windows: &[(i64, i64)] = if position == 2 { &[(600, 1140)] } else { &[(480, 750), (810, 1050)] };
        for weekday in 1..=5 {
            for (start_minute, end_minute) in windows {
                let window = Window { weekday, start_minute: *start_minute, end_minute: *end_minute };
                store::insert_hours(tx, WindowId::new(now), schedule, window).await?;
            }
        }
        if position == 0 {
            let saturday = Window { weekday: 6, start_minute: 540, end_minute: 720 };
            store::insert_hours(tx, WindowId::new(now), schedule, saturday).await?;
        }
        // Closed on Christmas Day and Boxing Day, this year and the next.
        let year = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC).year();
        for date in [year, year + 1].into_iter().flat_map(|year| [format!("{year}-12-25"), format!("{year}-12-26")]) {
            store::insert_override(tx, WindowId::new(now), schedule, &date, None).await?;
        }
        ids.push(member.id);
    }
    Ok(ids)
}

async fn add_services(tx: &mut OrgTx, staff: &[StaffId]) -> Result<Vec<Service>> {
    let now = tx.now();
    let service = |position: i64,
                   slug: &str,
                   name: &str,
                   description: &str,
                   minutes: i64,
                   interval: i64,
                   buffer: i64,
                   cents: i64| Service {
        id: ServiceId::new(now),
        slug: slug.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        duration_minutes: minutes,
        interval_minutes: interval,
        buffer_before_minutes: 0,
        buffer_after_minutes: buffer,
        min_notice_minutes: 120,
        window_days: 60,
        price_cents: cents,
        currency: "AUD".to_owned(),
        active: true,
        position,
        version: 1,
        options: "{}".to_owned(),
    };
    let services = vec![
        service(
            0,
            "initial-consultation",
            "Initial consultation",
            "A full assessment of what’s bothering you, a first treatment, and a plan for the weeks ahead. Please bring any scans or referral letters.",
            45,
            30,
            15,
            13_500,
        ),
        service(
            1,
            "follow-up",
            "Follow-up treatment",
            "For clients we know: hands-on treatment, and your exercises brought up to date.",
            30,
            30,
            5,
            9_500,
        ),
        service(
            2,
            "sports-massage",
            "Sports and remedial massage",
            "An hour for tired legs, tight shoulders and everything in between.",
            60,
            30,
            15,
            12_000,
        ),
        service(
            3,
            "telehealth",
            "Telehealth check-in",
            "A short video call to talk through pain, progress or a new exercise.",
            20,
            30,
            0,
            5_500,
        ),
    ];
    for (index, service) in services.iter().enumerate() {
        store::insert_service(tx, service).await?;
        // Massage is one person's work; everybody does the rest.
        let who = if index == 2 { staff.get(2..).unwrap_or(staff) } else { staff };
        for member in who {
            store::assign_staff(tx, service.id, *member).await?;
        }
    }
    Ok(services)
}

/// Every working day some of the free times are taken, in a steady pattern rather than at random, so that the demo looks
/// the same each time.
async fn add_appointments(tx: &mut OrgTx, services: &[Service]) -> Result<()> {
    let tz = availability::zone(&tx.org().zone)?;
    let now = tx.now();
    let today = now.timestamp().to_zoned(tz.clone()).date();
    let keys = tx.keys().await?;
    let zone = tx.org().zone.clone();
    let mut count = 0_usize;
    for offset in -14_i64..28 {
        let date = today.saturating_add(offset.days());
        if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            continue;
        }
        for (index, service) in services.iter().enumerate() {
            let members = store::staff_of_service(tx, service.id).await?;
            let Some(member) = members.get((count + index) % members.len().max(1)) else { continue };
            let hour = [9, 11, 14, 15][(index + usize::try_from(offset + 14).unwrap_or(0)) % 4];
            let Ok(start) = date.at(hour, 0, 0, 0).to_zoned(tz.clone()) else { continue };
            let wanted = Wanted { service: &service.slug, ..Wanted::default() };
            let free = Availability::load_around(tx, &wanted, start.timestamp()).await?;
            let span = free.span(start.timestamp())?;
            let (name, email, phone) = CLIENTS[count % CLIENTS.len()];
            let notes = NOTES[count % NOTES.len()];
            count += 1;
            if store::is_taken(tx, member.id, span.blocks_from, span.blocks_until).await? {
                continue;
            }
            let details = Details {
                name: name.to_owned(),
                email: email.to_owned(),
                phone: phone.to_owned(),
                notes: notes.to_owned(),
            };
            let client = client::find_or_add(tx, &keys, &details, false, Teller::Business).await?;
            let id = AppointmentId::new(now);
            let place = |column| Place { table: "calendar_appointments", column, row: id.0 };
            let new = NewAppointment {
                id,
                service,
                staff: member.id,
                span,
                session: None,
                series: None,
                client: Some(client),
                seats: 1,
                unconfirmed_until: None,
                source: "online",
                location: "",
                client_name: keys.seal(place("client_name"), name),
                client_email: keys.seal(place("client_email"), email),
                client_phone: keys.seal(place("client_phone"), phone),
                client_indexes: client::indexes(&keys, &details),
                notes: keys.seal(place("notes"), notes),
                place: None,
                answers: None,
                client_zone: &zone,
                price_cents: service.price_cents,
            };
            store::insert_appointment(tx, new).await?;
            if offset < 0 && count.is_multiple_of(11) {
                store::set_status(tx, id, 1, Status::Booked, Status::NoShow, "").await?;
            } else if count.is_multiple_of(9) {
                store::set_status(tx, id, 1, Status::Booked, Status::Cancelled, "client").await?;
            }
        }
    }
    Ok(())
}
