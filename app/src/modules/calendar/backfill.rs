//! What was booked before clients were known one by one: each gets its client, known already or new. It goes on where it stopped, and
//! doing it again does nothing.

use std::time::Duration;

use uuid::Uuid;

use super::{
    booking,
    client::{self, Details, Teller},
    permissions, store,
};
use crate::{
    db::Access,
    error::{Code, Result},
    ids::OrgId,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
};

/// Bookings that get their clients in one transaction: so few that whoever books meanwhile hardly waits.
const BLOCK: i64 = 100;
/// A moment for the others between two blocks.
const PAUSE: Duration = Duration::from_millis(50);
/// Nothing that is booked now has no client: only a server that stopped in the middle leaves any.
const LOOKS_EVERY: Duration = Duration::from_hours(1);

/// Goes on until every booking has its client, and looks again now and then.
pub async fn keep_linking(platform: Platform) {
    let mut ticks = tokio::time::interval(LOOKS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(_work) = platform.take_up() else { return };
        if let Err(error) = link_all(&platform).await {
            tracing::warn!(%error, "bookings from before don’t have their clients yet; it is tried again");
        }
    }
}

/// Gives every booking its client. Says how many had none.
///
/// # Errors
/// The database is busy.
pub async fn link_all(platform: &Platform) -> Result<usize> {
    let mut linked = 0;
    let mut after = OrgId(Uuid::nil());
    while let Some(org) = next_org(platform, after).await? {
        linked += link_org(platform, org).await?;
        if platform.is_stopping() {
            break;
        }
        after = org;
    }
    Ok(linked)
}

/// Gives every booking of an organisation its client. Says how many had none.
///
/// # Errors
/// The database is busy.
pub async fn link_org(platform: &Platform, org: OrgId) -> Result<usize> {
    let mut linked = 0;
    loop {
        let in_block = link_block(platform, org).await?;
        linked += in_block;
        if i64::try_from(in_block).is_ok_and(|count| count < BLOCK) || platform.is_stopping() {
            return Ok(linked);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn next_org(platform: &Platform, after: OrgId) -> Result<Option<OrgId>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId,),
        &mut tx,
        "SELECT org_id FROM calendar_appointments WHERE client_id IS NULL AND org_id > $1 ORDER BY org_id LIMIT 1",
        after
    )?;
    tx.rollback().await?;
    Ok(found.map(|(org,)| org))
}

async fn link_block(platform: &Platform, org: OrgId) -> Result<usize> {
    let actor = Actor::System("clients of bookings from before");
    let need = &permissions::CHANGE_CLIENTS;
    let mut tx = match OrgTx::open(platform, &actor, OrgRef::Id(org), need, Access::Write).await {
        Ok(tx) => tx,
        // It is shut, or has no calendar: what it has stays as it is until it opens again.
        Err(error) if error.code.status() < 500 || error.code == Code::Closed => return Ok(0),
        Err(error) => return Err(error),
    };
    let keys = tx.keys().await?;
    let rows = store::appointments_of_nobody(&mut tx, BLOCK).await?;
    let count = rows.len();
    for row in rows {
        let open = |column, sealed: &[u8]| booking::unseal(&keys, row.id, column, sealed);
        let details = Details {
            name: open("client_name", &row.client_name)?,
            email: open("client_email", &row.client_email)?,
            phone: open("client_phone", &row.client_phone)?,
            notes: String::new(),
        };
        let client = client::find_or_add_at(&mut tx, &keys, &details, false, Teller::Anybody, row.created_at).await?;
        store::link_appointment(&mut tx, row.id, client, client::indexes(&keys, &details)).await?;
    }
    tx.commit().await?;
    Ok(count)
}
