//! Webhooks in the file that an organisation takes along: without their secrets.

use serde_json::json;
use uuid::Uuid;

use super::{DeliveryId, WebhookId, endpoints};
use crate::{
    clock::Instant,
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
    sql,
};

/// Rows read at once.
const BLOCK: i64 = 500;

type Row = (DeliveryId, WebhookId, i64, String, String, String, i64, Option<Instant>, Option<i64>, Instant);

/// The addresses, and what they were told.
///
/// # Errors
/// The database is busy.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&[
        ("webhooks", "Addresses of your own that are told what happens, without their secrets."),
        ("webhook_deliveries", "What those addresses were told in the last 30 days, and what came of it."),
    ]);
    let mut table =
        Table::new(&["id", "name", "url", "events", "state", "failing_since", "old_secret_until", "created_at"])?;
    for webhook in endpoints::all(tx).await? {
        files.name(webhook.id.0, webhook.name.as_str());
        table.add([
            json!(webhook.id),
            json!(webhook.name),
            json!(webhook.url),
            json!(webhook.events.join(" ")),
            json!(webhook.state),
            json!(webhook.failing_since),
            json!(webhook.old_secret_until),
            json!(webhook.created_at),
        ])?;
    }
    files.table("webhooks", table)?;
    let mut table = Table::new(&[
        "id",
        "webhook_id",
        "sequence",
        "event",
        "payload",
        "state",
        "attempts",
        "tried_at",
        "status",
        "created_at",
    ])?;
    let mut after = DeliveryId(Uuid::nil());
    loop {
        let rows = sql!(
            all Row,
            &mut *tx,
            "SELECT id, webhook_id, sequence, kind, payload, state, attempts, tried_at, status, created_at
             FROM webhook_deliveries WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            after,
            BLOCK
        )?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        for (id, webhook, sequence, kind, payload, state, attempts, tried, status, at) in rows {
            table.add([
                json!(id),
                json!(webhook),
                json!(sequence),
                json!(kind),
                json!(payload),
                json!(state),
                json!(attempts),
                json!(tried),
                json!(status),
                json!(at),
            ])?;
        }
    }
    files.table("webhook_deliveries", table)
}
