//! All of the calendar that an organisation owns, to take along.

use serde_json::json;

use super::{
    booking::unseal,
    ids::{
        AppointmentId, BlockId, BusySourceId, ClientId, ResourceId, ScheduleId, ServiceId, SessionId, StaffId, WindowId,
    },
    store,
    waitlist::{self, Person},
};
use crate::{
    clock::Instant,
    crypto::{DataKeys, Place},
    error::{AppError, Result},
    org::OrgTx,
    settings::export_files::{Files, Table},
    sql,
};

/// Appointments read at once.
const BLOCK: i64 = 500;

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 34] = [
    ("calendar/services", "What clients can book: how long it takes, what it costs, and its rules."),
    ("calendar/service_pictures", "The pictures of services: their sizes, and the files that they are in."),
    ("calendar/service_staff", "Who does which service."),
    ("calendar/staff", "Who gets booked."),
    ("calendar/schedules", "Schedules: hours under a name."),
    ("calendar/hours", "The hours of each week, in minutes since midnight. Weekday 0 is Sunday."),
    ("calendar/overrides", "Days with other hours, and days off, which have none."),
    ("calendar/staff_schedules", "Which schedule each person keeps."),
    ("calendar/service_schedules", "Which schedule a service keeps, where it has one of its own."),
    ("calendar/resources", "Rooms and equipment."),
    ("calendar/service_resources", "Which rooms and equipment a service needs: of each need any one."),
    ("calendar/blocks", "Time in which somebody, or a room, can’t be booked."),
    ("calendar/holidays", "What you changed of your state’s public holidays, in minutes since midnight."),
    ("calendar/busy_sources", "Calendars elsewhere whose busy times count."),
    ("calendar/busy", "The busy times that were read there."),
    ("calendar/feeds", "Whose calendar is shared at a secret address, which nobody can read here."),
    ("calendar/settings", "What your calendar as a whole is set to."),
    ("calendar/clients", "Your clients, with your notes."),
    ("calendar/imports", "Files that you brought clients or bookings along from lately."),
    ("calendar/sessions", "Times that several clients share."),
    ("calendar/takes", "Who and what an appointment takes besides its own person."),
    ("calendar/templates", "How you word emails to clients, where you don’t word them as we do."),
    ("calendar/staff_letters", "What each person who can be booked is told by mail."),
    ("calendar/messages", "Which emails were written about appointments."),
    ("calendar/reminders", "Reminders and follow-ups: what is to be written, and what came of it."),
    ("calendar/texts", "When text messages were sent."),
    ("calendar/payments", "What clients paid when they booked, by its numbers at Stripe. In cents."),
    ("calendar/refunds", "What they were paid back. In cents."),
    ("calendar/packages", "Packages of several sessions that you sell, or sold. In cents."),
    ("calendar/package_services", "For which services each package is."),
    ("calendar/purchases", "Packages that clients bought, with their codes. In cents."),
    ("calendar/package_uses", "Which appointments took sessions of packages."),
    ("calendar/waitlist", "Who waits for a time to come free, and who did until lately."),
    ("calendar/appointments", "Appointments, with what clients told you."),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    for service in store::services(tx).await? {
        files.name(service.id.0, service.name);
    }
    for staff in store::staff(tx).await? {
        files.name(staff.id.0, staff.name);
    }
    services(tx, files).await?;
    pictures(tx, files).await?;
    staff(tx, files).await?;
    schedules(tx, files).await?;
    resources(tx, files).await?;
    absences(tx, files).await?;
    clients(tx, files).await?;
    shared(tx, files).await?;
    super::letters::export::write(tx, files).await?;
    super::paying::export::write(tx, files).await?;
    on_waitlist(tx, files).await?;
    appointments(tx, files).await
}

async fn pictures(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["service_id", "version", "width", "height", "file"])?;
    for (service, version, width, height, jpeg) in store::pictures(tx).await? {
        let file = format!("calendar/service-{service}.jpg");
        files.file(&file, &jpeg)?;
        table.add([json!(service), json!(version), json!(width), json!(height), json!(file)])?;
    }
    files.table("calendar/service_pictures", table)
}

async fn services(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "id",
        "slug",
        "name",
        "description",
        "duration_minutes",
        "interval_minutes",
        "buffer_before_minutes",
        "buffer_after_minutes",
        "min_notice_minutes",
        "window_days",
        "price_cents",
        "currency",
        "active",
        "position",
        "options",
    ])?;
    for service in store::services(tx).await? {
        table.add([
            json!(service.id),
            json!(service.slug),
            json!(service.name),
            json!(service.description),
            json!(service.duration_minutes),
            json!(service.interval_minutes),
            json!(service.buffer_before_minutes),
            json!(service.buffer_after_minutes),
            json!(service.min_notice_minutes),
            json!(service.window_days),
            json!(service.price_cents),
            json!(service.currency),
            json!(service.active),
            json!(service.position),
            json!(service.options),
        ])?;
    }
    files.table("calendar/services", table)?;
    let mut table = Table::new(&["service_id", "staff_id"])?;
    for (service, staff) in store::assignments(tx).await? {
        table.add([json!(service), json!(staff)])?;
    }
    files.table("calendar/service_staff", table)
}

async fn staff(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "name", "active", "options"])?;
    for staff in store::staff(tx).await? {
        table.add([json!(staff.id), json!(staff.name), json!(staff.active), json!(staff.options)])?;
    }
    files.table("calendar/staff", table)?;
    Ok(())
}

/// Schedules, and who and what keeps which.
async fn schedules(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let rows = sql!(
        all(ScheduleId, String, i64, bool),
        &mut *tx,
        "SELECT id, name, position, is_default FROM calendar_schedules WHERE org_id = $1 ORDER BY position, id"
    )?;
    let mut table = Table::new(&["id", "name", "position", "is_default"])?;
    for (id, name, position, is_default) in rows {
        table.add([json!(id), json!(name), json!(position), json!(is_default)])?;
    }
    files.table("calendar/schedules", table)?;
    let rows = sql!(
        all(ScheduleId, i64, i64, i64),
        &mut *tx,
        "SELECT schedule_id, weekday, start_minute, end_minute FROM calendar_hours WHERE org_id = $1 ORDER BY schedule_id, weekday, start_minute"
    )?;
    let mut table = Table::new(&["schedule_id", "weekday", "start_minute", "end_minute"])?;
    for (schedule, weekday, start, end) in rows {
        table.add([json!(schedule), json!(weekday), json!(start), json!(end)])?;
    }
    files.table("calendar/hours", table)?;
    let rows = sql!(
        all(WindowId, ScheduleId, String, Option<i64>, Option<i64>),
        &mut *tx,
        "SELECT id, schedule_id, date, start_minute, end_minute FROM calendar_overrides WHERE org_id = $1 ORDER BY schedule_id, date, start_minute"
    )?;
    let mut table = Table::new(&["id", "schedule_id", "date", "start_minute", "end_minute"])?;
    for (id, schedule, date, start, end) in rows {
        table.add([json!(id), json!(schedule), json!(date), json!(start), json!(end)])?;
    }
    files.table("calendar/overrides", table)?;
    let rows = sql!(
        all(StaffId, ScheduleId),
        &mut *tx,
        "SELECT staff_id, schedule_id FROM calendar_staff_schedules WHERE org_id = $1 ORDER BY staff_id"
    )?;
    let mut table = Table::new(&["staff_id", "schedule_id"])?;
    for (staff, schedule) in rows {
        table.add([json!(staff), json!(schedule)])?;
    }
    files.table("calendar/staff_schedules", table)?;
    let rows = sql!(
        all(ServiceId, ScheduleId),
        &mut *tx,
        "SELECT service_id, schedule_id FROM calendar_service_schedules WHERE org_id = $1 ORDER BY service_id"
    )?;
    let mut table = Table::new(&["service_id", "schedule_id"])?;
    for (service, schedule) in rows {
        table.add([json!(service), json!(schedule)])?;
    }
    files.table("calendar/service_schedules", table)
}

/// Rooms and equipment, and what services need of them.
async fn resources(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let rows = sql!(
        all(ResourceId, String, String, bool, i64),
        &mut *tx,
        "SELECT id, name, kind, active, position FROM calendar_resources WHERE org_id = $1 ORDER BY position, id"
    )?;
    let mut table = Table::new(&["id", "name", "kind", "active", "position"])?;
    for (id, name, kind, active, position) in rows {
        table.add([json!(id), json!(name), json!(kind), json!(active), json!(position)])?;
    }
    files.table("calendar/resources", table)?;
    let rows = sql!(
        all(ServiceId, i64, ResourceId),
        &mut *tx,
        "SELECT service_id, need, resource_id FROM calendar_service_resources WHERE org_id = $1 ORDER BY service_id, need, resource_id"
    )?;
    let mut table = Table::new(&["service_id", "need", "resource_id"])?;
    for (service, need, resource) in rows {
        table.add([json!(service), json!(need), json!(resource)])?;
    }
    files.table("calendar/service_resources", table)
}

/// What keeps people from being booked, and what the organisation makes of public holidays.
async fn absences(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let sealed = |table, column, row, sealed: &[u8]| unseal_in(&keys, Place { table, column, row }, sealed);
    let rows = sql!(
        all BlockRow,
        &mut *tx,
        "SELECT id, staff_id, resource_id, kind, starts_at, ends_at, all_day, title FROM calendar_blocks WHERE org_id = $1 ORDER BY starts_at, id"
    )?;
    let mut table = Table::new(&["id", "staff_id", "resource_id", "kind", "starts_at", "ends_at", "all_day", "title"])?;
    for row in rows {
        table.add([
            json!(row.id),
            json!(row.staff_id),
            json!(row.resource_id),
            json!(row.kind),
            json!(row.starts_at),
            json!(row.ends_at),
            json!(row.all_day),
            json!(sealed("calendar_blocks", "title", row.id.0, &row.title)?),
        ])?;
    }
    files.table("calendar/blocks", table)?;
    let rows = sql!(
        all(String, String, Option<i64>, Option<i64>),
        &mut *tx,
        "SELECT date, name, closed_from, closed_until FROM calendar_holidays WHERE org_id = $1 ORDER BY date"
    )?;
    let mut table = Table::new(&["date", "name", "closed_from", "closed_until"])?;
    for (date, name, from, until) in rows {
        table.add([json!(date), json!(name), json!(from), json!(until)])?;
    }
    files.table("calendar/holidays", table)?;
    let rows = sql!(
        all(BusySourceId, StaffId, String, Vec<u8>, bool),
        &mut *tx,
        "SELECT id, staff_id, name, url, keep_titles FROM calendar_busy_sources WHERE org_id = $1 ORDER BY id"
    )?;
    let mut table = Table::new(&["id", "staff_id", "name", "url", "keep_titles"])?;
    for (id, staff, name, url, titles) in rows {
        let url = sealed("calendar_busy_sources", "url", id.0, &url)?;
        table.add([json!(id), json!(staff), json!(name), json!(url), json!(titles)])?;
    }
    files.table("calendar/busy_sources", table)?;
    let rows = sql!(
        all(uuid::Uuid, BusySourceId, Instant, Instant, Option<Vec<u8>>),
        &mut *tx,
        "SELECT id, source_id, starts_at, ends_at, title FROM calendar_busy WHERE org_id = $1 ORDER BY starts_at, id"
    )?;
    let mut table = Table::new(&["source_id", "starts_at", "ends_at", "title"])?;
    for (id, source, from, until, title) in rows {
        let title = title.map(|title| sealed("calendar_busy", "title", id, &title)).transpose()?;
        table.add([json!(source), json!(from), json!(until), json!(title)])?;
    }
    files.table("calendar/busy", table)?;
    let rows = sql!(
        all(StaffId, bool, Instant, Option<Instant>),
        &mut *tx,
        "SELECT staff_id, names, created_at, read_at FROM calendar_feeds WHERE org_id = $1 ORDER BY id"
    )?;
    let mut table = Table::new(&["staff_id", "names", "created_at", "read_at"])?;
    for (staff, names, created, read) in rows {
        table.add([json!(staff), json!(names), json!(created), json!(read)])?;
    }
    files.table("calendar/feeds", table)?;
    let rows = sql!(all(String,), tx, "SELECT options FROM calendar_settings WHERE org_id = $1")?;
    let mut table = Table::new(&["options"])?;
    for (options,) in rows {
        table.add([json!(options)])?;
    }
    files.table("calendar/settings", table)
}

/// The people that the business does things for.
async fn clients(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&[
        "id",
        "name",
        "email",
        "phone",
        "notes",
        "tags",
        "marketing_at",
        "marketing_ended_at",
        "marketing_how",
        "erased_at",
        "created_at",
        "updated_at",
    ])?;
    let mut after = ClientId(uuid::Uuid::nil());
    loop {
        let rows = sql!(
            all ClientRow,
            &mut *tx,
            "SELECT id, name, email, phone, notes, tags, marketing_at, marketing_ended_at, marketing_how, erased_at, created_at, updated_at
             FROM calendar_clients WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            after,
            BLOCK
        )?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let open = |column, sealed: &[u8]| {
                unseal_in(&keys, Place { table: "calendar_clients", column, row: row.id.0 }, sealed)
            };
            table.add([
                json!(row.id),
                json!(open("name", &row.name)?),
                json!(open("email", &row.email)?),
                json!(open("phone", &row.phone)?),
                json!(open("notes", &row.notes)?),
                json!(open("tags", &row.tags)?),
                json!(row.marketing_at),
                json!(row.marketing_ended_at),
                json!(row.marketing_how.as_deref().map(|how| open("marketing_how", how)).transpose()?),
                json!(row.erased_at),
                json!(row.created_at),
                json!(row.updated_at),
            ])?;
        }
    }
    files.table("calendar/clients", table)?;
    let mut table = Table::new(&["id", "kind", "clients", "bookings", "created_at", "done_at"])?;
    for import in store::imports(tx).await? {
        table.add([
            json!(import.id),
            json!(import.kind),
            json!(import.clients),
            json!(import.bookings),
            json!(import.created_at),
            json!(import.done_at),
        ])?;
    }
    files.table("calendar/imports", table)
}

/// Times that several clients share, and what appointments and they take besides their own person.
async fn shared(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let rows = sql!(
        all(SessionId, ServiceId, StaffId, Instant, Instant, String, i64),
        &mut *tx,
        "SELECT id, service_id, staff_id, starts_at, ends_at, location, capacity FROM calendar_sessions WHERE org_id = $1 ORDER BY starts_at, id"
    )?;
    let mut table = Table::new(&["id", "service_id", "staff_id", "starts_at", "ends_at", "location", "capacity"])?;
    for (id, service, staff, from, until, location, capacity) in rows {
        table.add([
            json!(id),
            json!(service),
            json!(staff),
            json!(from),
            json!(until),
            json!(location),
            json!(capacity),
        ])?;
    }
    files.table("calendar/sessions", table)?;
    let rows = sql!(
        all(Option<AppointmentId>, Option<SessionId>, Option<StaffId>, Option<ResourceId>),
        &mut *tx,
        "SELECT appointment_id, session_id, staff_id, resource_id FROM calendar_takes WHERE org_id = $1 ORDER BY id"
    )?;
    let mut table = Table::new(&["appointment_id", "session_id", "staff_id", "resource_id"])?;
    for (appointment, session, staff, resource) in rows {
        table.add([json!(appointment), json!(session), json!(staff), json!(resource)])?;
    }
    files.table("calendar/takes", table)
}

/// Those who wait, and those who did.
async fn on_waitlist(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&[
        "id",
        "service_id",
        "minutes",
        "staff_id",
        "location",
        "seats",
        "from_date",
        "until_date",
        "weekdays",
        "day_parts",
        "client_name",
        "client_email",
        "client_phone",
        "client_zone",
        "status",
        "offers",
        "appointment_id",
        "joined_at",
        "ended_at",
    ])?;
    let mut rows = store::in_line(tx, i64::from(i32::MAX)).await?;
    rows.extend(store::waited(tx, i64::from(i32::MAX)).await?);
    for row in rows {
        let Person { row, name, email, phone } = waitlist::open_person(&keys, row)?;
        table.add([
            json!(row.id),
            json!(row.service_id),
            json!(row.minutes),
            json!(row.staff_id),
            json!(row.location),
            json!(row.seats),
            json!(row.from_date),
            json!(row.until_date),
            json!(row.weekday_words().join(" ")),
            json!(row.day_part_words().join(" ")),
            json!(name),
            json!(email),
            json!(phone),
            json!(row.client_zone),
            json!(row.status),
            json!(row.offers),
            json!(row.appointment_id),
            json!(row.joined_at),
            json!(row.ended_at),
        ])?;
    }
    files.table("calendar/waitlist", table)
}

fn unseal_in(keys: &DataKeys, place: Place, sealed: &[u8]) -> Result<String> {
    keys.open(place, sealed).map_err(|error| {
        tracing::error!(%error, "a sealed field can’t be read");
        AppError::internal()
    })
}

#[derive(sqlx::FromRow)]
struct BlockRow {
    id: BlockId,
    staff_id: Option<StaffId>,
    resource_id: Option<ResourceId>,
    kind: String,
    starts_at: Instant,
    ends_at: Instant,
    all_day: bool,
    title: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct ClientRow {
    id: ClientId,
    name: Vec<u8>,
    email: Vec<u8>,
    phone: Vec<u8>,
    notes: Vec<u8>,
    tags: Vec<u8>,
    marketing_at: Option<Instant>,
    marketing_ended_at: Option<Instant>,
    marketing_how: Option<Vec<u8>>,
    erased_at: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AppointmentId,
    service_id: ServiceId,
    staff_id: StaffId,
    starts_at: Instant,
    ends_at: Instant,
    status: String,
    client_name: Vec<u8>,
    client_email: Vec<u8>,
    client_phone: Vec<u8>,
    notes: Vec<u8>,
    client_zone: String,
    price_cents: i64,
    currency: String,
    created_at: Instant,
    updated_at: Instant,
    client_id: Option<ClientId>,
    session_id: Option<SessionId>,
    series_id: Option<uuid::Uuid>,
    seats: i64,
    ending: String,
    source: String,
    location: String,
    place: Option<Vec<u8>>,
    answers: Option<Vec<u8>>,
}

async fn appointments(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&[
        "id",
        "service_id",
        "staff_id",
        "starts_at",
        "ends_at",
        "status",
        "client_name",
        "client_email",
        "client_phone",
        "notes",
        "client_zone",
        "price_cents",
        "currency",
        "created_at",
        "updated_at",
        "client_id",
        "session_id",
        "series_id",
        "seats",
        "ending",
        "source",
        "location",
        "place",
        "answers",
    ])?;
    let mut after = AppointmentId(uuid::Uuid::nil());
    loop {
        let rows = sql!(
            all Row,
            &mut *tx,
            "SELECT id, service_id, staff_id, starts_at, ends_at, status, client_name, client_email, client_phone, notes, client_zone, price_cents, currency, created_at, updated_at, client_id, session_id, series_id, seats, ending, source, location, place, answers
             FROM calendar_appointments WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            after,
            BLOCK
        )?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let open = |column, sealed: &[u8]| unseal(&keys, row.id, column, sealed);
            table.add([
                json!(row.id),
                json!(row.service_id),
                json!(row.staff_id),
                json!(row.starts_at),
                json!(row.ends_at),
                json!(row.status),
                json!(open("client_name", &row.client_name)?),
                json!(open("client_email", &row.client_email)?),
                json!(open("client_phone", &row.client_phone)?),
                json!(open("notes", &row.notes)?),
                json!(row.client_zone),
                json!(row.price_cents),
                json!(row.currency),
                json!(row.created_at),
                json!(row.updated_at),
                json!(row.client_id),
                json!(row.session_id),
                json!(row.series_id),
                json!(row.seats),
                json!(row.ending),
                json!(row.source),
                json!(row.location),
                json!(row.place.as_deref().map(|sealed| open("place", sealed)).transpose()?),
                json!(row.answers.as_deref().map(|sealed| open("answers", sealed)).transpose()?),
            ])?;
        }
    }
    files.table("calendar/appointments", table)
}
