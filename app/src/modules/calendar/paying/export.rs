//! Payments, to take along.

use serde_json::json;
use uuid::Uuid;

use crate::{
    clock::Instant,
    error::Result,
    modules::calendar::ids::{AppointmentId, PaymentId},
    org::OrgTx,
    settings::export_files::{Files, Table},
    sql,
};

/// Rows read at once.
const BLOCK: i64 = 500;

#[derive(sqlx::FromRow)]
struct PaymentRow {
    id: PaymentId,
    appointment_id: Option<AppointmentId>,
    account: String,
    about: String,
    cents: i64,
    rules: String,
    state: String,
    session: Option<String>,
    intent: Option<String>,
    paid_cents: i64,
    paid_at: Option<Instant>,
    disputed: bool,
    created_at: Instant,
}

#[derive(sqlx::FromRow)]
struct RefundRow {
    id: Uuid,
    payment_id: PaymentId,
    cents: i64,
    reason: String,
    state: String,
    refund: Option<String>,
    created_at: Instant,
    made_at: Option<Instant>,
}

/// Writes them.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    payments(tx, files).await?;
    refunds(tx, files).await
}

async fn payments(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "id",
        "appointment_id",
        "account",
        "about",
        "cents",
        "rules",
        "state",
        "session",
        "intent",
        "paid_cents",
        "paid_at",
        "disputed",
        "created_at",
    ])?;
    let mut after = PaymentId(Uuid::nil());
    loop {
        let rows = sql!(
            all PaymentRow,
            &mut *tx,
            "SELECT id, appointment_id, account, about, cents, rules, state, session, intent, paid_cents, paid_at, disputed, created_at
             FROM calendar_payments WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            after,
            BLOCK
        )?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            table.add([
                json!(row.id),
                json!(row.appointment_id),
                json!(row.account),
                json!(row.about),
                json!(row.cents),
                json!(row.rules),
                json!(row.state),
                json!(row.session),
                json!(row.intent),
                json!(row.paid_cents),
                json!(row.paid_at),
                json!(row.disputed),
                json!(row.created_at),
            ])?;
        }
    }
    files.table("calendar/payments", table)
}

async fn refunds(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "payment_id", "cents", "reason", "state", "refund", "created_at", "made_at"])?;
    let mut after = Uuid::nil();
    loop {
        let rows = sql!(
            all RefundRow,
            &mut *tx,
            "SELECT id, payment_id, cents, reason, state, refund, created_at, made_at
             FROM calendar_refunds WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            after,
            BLOCK
        )?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            table.add([
                json!(row.id),
                json!(row.payment_id),
                json!(row.cents),
                json!(row.reason),
                json!(row.state),
                json!(row.refund),
                json!(row.created_at),
                json!(row.made_at),
            ])?;
        }
    }
    files.table("calendar/refunds", table)
}
