//! Reminders as text messages: where the organisation switched them on, the platform has somebody who sends them, and the client left a
//! mobile number. They wait in an outbox of their own, sealed, and are tried again until the appointment begins.

use uuid::Uuid;

use super::{About, Extra, due, kinds::Kind, store};
use crate::{
    clock::Instant,
    crypto::Place,
    db::Access,
    error::{AppError, Result},
    ids::{OrgId, fresh},
    jobs::pause_after,
    modules::calendar::{client, ids::AppointmentId},
    org::OrgTx,
    platform::Platform,
    platform_sql, sql,
};

/// How an Australian mobile number begins, in international form.
const MOBILE: &str = "614";
/// Whoever takes one out to send it has this long.
const LEASE_SECONDS: i64 = 60;
/// The longest between two tries.
const LONGEST_PAUSE_SECONDS: i64 = 15 * 60;
const AT_ONCE: i64 = 100;
const TABLE: &str = "calendar_texts";

/// The number that a reminder goes to, if it goes to any.
pub(super) fn number(platform: &Platform, about: &About) -> Option<String> {
    if !about.letters.texts || platform.text_messages().is_none() {
        return None;
    }
    client::normalise_phone(&about.phone).filter(|number| number.starts_with(MOBILE) && number.len() == 11)
}

/// Puts a reminder in the outbox, in the transaction in which it is taken.
pub(super) async fn queue(tx: &mut OrgTx, about: &About, number: &str) -> Result<()> {
    let values = about.values(tx, &Extra::default());
    let text = format!("{}: {}, {}. {}", values.business, values.service, values.when_in_short, values.manage_link);
    let id = fresh(tx.now());
    let content = serde_json::to_string(&(number, text)).map_err(|_| AppError::internal())?;
    let sealed = tx.keys().await?.seal(place(id), &content);
    let now = tx.now();
    sql!(
        exec,
        &mut *tx,
        "INSERT INTO calendar_texts (org_id, id, appointment_id, content, created_at, due_at, expires_at) VALUES ($1, $2, $3, $4, $5, $5, $6)",
        id,
        about.appointment.id,
        sealed,
        now,
        about.appointment.starts_at
    )?;
    store::add_message(tx, about.appointment.id, Kind::Reminder, None, false).await?;
    Ok(())
}

/// What was cancelled or moved isn’t reminded of.
pub(super) async fn forget(tx: &mut OrgTx, id: AppointmentId) -> Result<()> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_texts SET content = NULL WHERE org_id = $1 AND appointment_id = $2 AND content IS NOT NULL",
        id
    )?;
    Ok(())
}

/// Sends what waits.
///
/// # Errors
/// The database is busy.
pub async fn send(platform: &Platform) -> Result<()> {
    if platform.text_messages().is_none() {
        return Ok(());
    }
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId, Uuid),
        &mut tx,
        "SELECT org_id, id FROM calendar_texts WHERE content IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org, id) in due {
        if let Err(error) = send_one(platform, org, id).await {
            tracing::warn!(%error, %org, %id, "a text message isn’t sent; it is tried again");
        }
    }
    Ok(())
}

async fn send_one(platform: &Platform, org: OrgId, id: Uuid) -> Result<()> {
    let Some(messages) = platform.text_messages() else { return Ok(()) };
    let Some(mut tx) = due::open(platform, org).await? else { return Ok(()) };
    let now = tx.now();
    let found = sql!(
        optional(Vec<u8>, i64, Instant),
        &mut tx,
        "SELECT content, attempts, expires_at FROM calendar_texts WHERE org_id = $1 AND id = $2 AND content IS NOT NULL AND due_at <= $3",
        id,
        now
    )?;
    let Some((sealed, attempts, expires_at)) = found else { return tx.rollback().await };
    if expires_at <= now || due::is_shut(&mut tx).await? {
        finish(&mut tx, id, None).await?;
        return tx.commit().await;
    }
    let keys = tx.keys().await?;
    let content =
        keys.open(place(id), &sealed).ok().and_then(|text| serde_json::from_str::<(String, String)>(&text).ok());
    let Some((to, text)) = content else {
        tracing::error!(%id, "a text message can’t be read, and is given up");
        finish(&mut tx, id, None).await?;
        return tx.commit().await;
    };
    // Nobody else takes it meanwhile, and if this one dies another does.
    let pause = LEASE_SECONDS.max(pause_after(attempts, LONGEST_PAUSE_SECONDS));
    sql!(
        exec,
        &mut tx,
        "UPDATE calendar_texts SET due_at = $3, attempts = attempts + 1 WHERE org_id = $1 AND id = $2",
        id,
        now.plus_seconds(pause)
    )?;
    tx.commit().await?;
    match messages.send(id, &to, &text).await {
        Ok(()) => {
            let Some(mut tx) = due::open(platform, org).await? else { return Ok(()) };
            let sent_at = tx.now();
            finish(&mut tx, id, Some(sent_at)).await?;
            tx.commit().await
        }
        Err(why) => {
            tracing::warn!(%id, why, "a text message wasn’t taken; it is tried again");
            Ok(())
        }
    }
}

async fn finish(tx: &mut OrgTx, id: Uuid, sent_at: Option<Instant>) -> Result<()> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_texts SET content = NULL, sent_at = $3 WHERE org_id = $1 AND id = $2",
        id,
        sent_at
    )?;
    Ok(())
}

fn place(id: Uuid) -> Place {
    Place { table: TABLE, column: "content", row: id }
}
