//! All of the calendar that an organisation owns, to take along.

use serde_json::json;

use super::{
    booking::unseal,
    ids::{AppointmentId, ServiceId, StaffId, WindowId},
    store,
};
use crate::{
    clock::Instant,
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
    sql,
};

/// Appointments read at once.
const BLOCK: i64 = 500;

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 6] = [
    ("calendar/services", "What clients can book: how long it takes, what it costs, and its rules."),
    ("calendar/service_staff", "Who does which service."),
    ("calendar/staff", "Who gets booked."),
    ("calendar/hours", "Opening hours of each week, in minutes since midnight. Weekday 0 is Sunday."),
    ("calendar/overrides", "Days with other hours, and days off, which have none."),
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
    staff(tx, files).await?;
    appointments(tx, files).await
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
    let mut table = Table::new(&["id", "name", "active"])?;
    for staff in store::staff(tx).await? {
        table.add([json!(staff.id), json!(staff.name), json!(staff.active)])?;
    }
    files.table("calendar/staff", table)?;
    let mut table = Table::new(&["staff_id", "weekday", "start_minute", "end_minute"])?;
    for hours in store::hours(tx).await? {
        table.add([json!(hours.staff_id), json!(hours.weekday), json!(hours.start_minute), json!(hours.end_minute)])?;
    }
    files.table("calendar/hours", table)?;
    let rows = sql!(
        all(WindowId, StaffId, String, Option<i64>, Option<i64>),
        &mut *tx,
        "SELECT id, staff_id, date, start_minute, end_minute FROM calendar_overrides WHERE org_id = $1 ORDER BY staff_id, date, start_minute"
    )?;
    let mut table = Table::new(&["id", "staff_id", "date", "start_minute", "end_minute"])?;
    for (id, staff, date, start, end) in rows {
        table.add([json!(id), json!(staff), json!(date), json!(start), json!(end)])?;
    }
    files.table("calendar/overrides", table)
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
    ])?;
    let mut after = AppointmentId(uuid::Uuid::nil());
    loop {
        let rows = sql!(
            all Row,
            &mut *tx,
            "SELECT id, service_id, staff_id, starts_at, ends_at, status, client_name, client_email, client_phone, notes, client_zone, price_cents, currency, created_at, updated_at
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
            ])?;
        }
    }
    files.table("calendar/appointments", table)
}
