//! All of letters that an organisation owns, to take along.

use serde_json::json;
use uuid::Uuid;

use crate::{
    clock::Instant,
    error::Result,
    modules::calendar::ids::{AppointmentId, StaffId},
    org::OrgTx,
    settings::export_files::{Files, Table},
    sql,
};

/// Rows read at once.
const BLOCK: i64 = 500;

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["kind", "subject", "body"])?;
    for (kind, subject, body, _) in super::store::templates(tx).await? {
        table.add([json!(kind), json!(subject), json!(body)])?;
    }
    files.table("calendar/templates", table)?;
    let rows = sql!(
        all(StaffId, bool, bool, bool, bool, Option<i64>),
        &mut *tx,
        "SELECT staff_id, booked, moved, cancelled, to_confirm, agenda_hour FROM calendar_staff_letters WHERE org_id = $1 ORDER BY staff_id"
    )?;
    let mut table = Table::new(&["staff_id", "booked", "moved", "cancelled", "to_confirm", "agenda_hour"])?;
    for (staff, booked, moved, cancelled, to_confirm, agenda_hour) in rows {
        table.add([
            json!(staff),
            json!(booked),
            json!(moved),
            json!(cancelled),
            json!(to_confirm),
            json!(agenda_hour),
        ])?;
    }
    files.table("calendar/staff_letters", table)?;
    let rows = sql!(
        all(Uuid, AppointmentId, Instant, Option<Instant>),
        &mut *tx,
        "SELECT id, appointment_id, created_at, sent_at FROM calendar_texts WHERE org_id = $1 ORDER BY id"
    )?;
    let mut table = Table::new(&["id", "appointment_id", "created_at", "sent_at"])?;
    for (id, appointment, created_at, sent_at) in rows {
        table.add([json!(id), json!(appointment), json!(created_at), json!(sent_at)])?;
    }
    files.table("calendar/texts", table)?;
    messages(tx, files).await?;
    reminders(tx, files).await
}

async fn messages(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "appointment_id", "kind", "by_hand", "created_at"])?;
    let mut after = Uuid::nil();
    loop {
        let rows = sql!(
            all(Uuid, AppointmentId, String, bool, Instant),
            &mut *tx,
            "SELECT id, appointment_id, kind, by_hand, created_at FROM calendar_messages WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            after,
            BLOCK
        )?;
        let Some(last) = rows.last() else { break };
        after = last.0;
        for (id, appointment, kind, by_hand, created_at) in rows {
            table.add([json!(id), json!(appointment), json!(kind), json!(by_hand), json!(created_at)])?;
        }
    }
    files.table("calendar/messages", table)
}

async fn reminders(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "appointment_id", "kind", "hours", "due_at", "done_at", "outcome"])?;
    let mut after = Uuid::nil();
    loop {
        let rows = sql!(
            all(Uuid, AppointmentId, String, i64, Instant, Option<Instant>, String),
            &mut *tx,
            "SELECT id, appointment_id, kind, hours, due_at, done_at, outcome FROM calendar_reminders WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            after,
            BLOCK
        )?;
        let Some(last) = rows.last() else { break };
        after = last.0;
        for (id, appointment, kind, hours, due_at, done_at, outcome) in rows {
            table.add([
                json!(id),
                json!(appointment),
                json!(kind),
                json!(hours),
                json!(due_at),
                json!(done_at),
                json!(outcome),
            ])?;
        }
    }
    files.table("calendar/reminders", table)
}
