//! Statements about time in which somebody, or a room, can’t be booked.

use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

use super::super::ids::{AppointmentId, BlockId, ResourceId, StaffId};

/// Whose time is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockOf {
    /// A person’s.
    Staff(StaffId),
    /// A room’s, or a piece of equipment’s.
    Resource(ResourceId),
}

/// Time that is blocked; what for is sealed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Block {
    /// Its id.
    pub id: BlockId,
    /// A person’s, …
    pub staff_id: Option<StaffId>,
    /// … or a room’s.
    pub resource_id: Option<ResourceId>,
    /// `block` or `time_off`.
    pub kind: String,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// Whole days on the business’s clock.
    pub all_day: bool,
    /// Sealed.
    pub title: Vec<u8>,
    /// Grows with every change.
    pub version: i64,
}

/// Stores one.
pub async fn insert_block(tx: &mut OrgTx, block: &Block) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_blocks (org_id, id, staff_id, resource_id, kind, starts_at, ends_at, all_day, title, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        block.id,
        block.staff_id,
        block.resource_id,
        block.kind.as_str(),
        block.starts_at,
        block.ends_at,
        block.all_day,
        block.title.clone(),
        now
    )
}

/// Changes one that is unchanged since its `version`. 0 rows: it has changed.
pub async fn update_block(tx: &mut OrgTx, block: &Block) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_blocks SET staff_id = $3, resource_id = $4, kind = $5, starts_at = $6, ends_at = $7, all_day = $8, title = $9, updated_at = $10, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $11",
        block.id,
        block.staff_id,
        block.resource_id,
        block.kind.as_str(),
        block.starts_at,
        block.ends_at,
        block.all_day,
        block.title.clone(),
        now,
        block.version
    )
}

/// Takes one away.
pub async fn delete_block(tx: &mut OrgTx, id: BlockId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_blocks WHERE org_id = $1 AND id = $2", id)
}

/// One by id.
pub async fn block(tx: &mut OrgTx, id: BlockId) -> Result<Option<Block>, DbError> {
    sql!(optional Block, tx,
        "SELECT id, staff_id, resource_id, kind, starts_at, ends_at, all_day, title, version FROM calendar_blocks WHERE org_id = $1 AND id = $2",
        id)
}

/// Those that reach into a stretch of time, in order, at most 2,000.
pub async fn blocks(tx: &mut OrgTx, from: Instant, until: Instant) -> Result<Vec<Block>, DbError> {
    sql!(all Block, tx,
        "SELECT id, staff_id, resource_id, kind, starts_at, ends_at, all_day, title, version FROM calendar_blocks
         WHERE org_id = $1 AND ends_at > $2 AND starts_at < $3 ORDER BY starts_at, id LIMIT 2000",
        from, until)
}

/// Those of somebody that end later than now, in order, at most 200.
pub async fn blocks_of_staff(tx: &mut OrgTx, staff: StaffId) -> Result<Vec<Block>, DbError> {
    let now = tx.now();
    sql!(all Block, tx,
        "SELECT id, staff_id, resource_id, kind, starts_at, ends_at, all_day, title, version FROM calendar_blocks
         WHERE org_id = $1 AND staff_id = $2 AND ends_at > $3 ORDER BY starts_at, id LIMIT 200",
        staff, now)
}

/// What is booked with somebody between two instants and isn't over, in order, at most 50: what for, and when; nothing of its client.
pub async fn booked_between(
    tx: &mut OrgTx,
    staff: StaffId,
    from: Instant,
    until: Instant,
) -> Result<Vec<(AppointmentId, String, Instant)>, DbError> {
    let now = tx.now();
    // No appointment is longer than a day, so none that began earlier can reach into the range.
    let earliest = from.plus_seconds(-24 * 60 * 60);
    sql!(
        all(AppointmentId, String, Instant),
        tx,
        "SELECT a.id, s.name, a.starts_at FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         WHERE a.org_id = $1 AND a.staff_id = $2 AND a.status = 'booked' AND a.starts_at >= $3 AND a.starts_at < $4
           AND a.ends_at > $5 AND a.ends_at > $6
         ORDER BY a.starts_at, a.id LIMIT 50",
        staff,
        earliest,
        until,
        from,
        now
    )
}

/// Those of a room that end later than now, in order, at most 200.
pub async fn blocks_of_resource(tx: &mut OrgTx, resource: ResourceId) -> Result<Vec<Block>, DbError> {
    let now = tx.now();
    sql!(all Block, tx,
        "SELECT id, staff_id, resource_id, kind, starts_at, ends_at, all_day, title, version FROM calendar_blocks
         WHERE org_id = $1 AND resource_id = $2 AND ends_at > $3 ORDER BY starts_at, id LIMIT 200",
        resource, now)
}
