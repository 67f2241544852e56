//! Statements about rooms and equipment.

use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

use super::super::ids::{AppointmentId, ResourceId, ServiceId, SessionId};

/// A room, or a piece of equipment, that is booked along with people.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// What it is one of: “Treatment room”; may be empty.
    pub kind: String,
    /// Can be booked.
    pub active: bool,
    /// Its place in lists.
    pub position: i64,
    /// Grows with every change.
    pub version: i64,
}

/// All of them, in the business's order.
pub async fn resources(tx: &mut OrgTx) -> Result<Vec<Resource>, DbError> {
    sql!(all Resource, tx,
        "SELECT id, name, kind, active, position, version FROM calendar_resources WHERE org_id = $1 ORDER BY position, name, id")
}

/// Stores a new one.
pub async fn insert_resource(tx: &mut OrgTx, resource: &Resource) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_resources (org_id, id, name, kind, active, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        resource.id,
        resource.name.as_str(),
        resource.kind.as_str(),
        resource.active,
        resource.position,
        now
    )
}

/// Changes one that is unchanged since its `version`. 0 rows: it has changed.
pub async fn update_resource(tx: &mut OrgTx, resource: &Resource) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_resources SET name = $3, kind = $4, active = $5, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $6",
        resource.id,
        resource.name.as_str(),
        resource.kind.as_str(),
        resource.active,
        resource.version
    )
}

/// Puts one in its place. It is no change of the room itself.
pub async fn place_resource(tx: &mut OrgTx, id: ResourceId, position: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE calendar_resources SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// Takes one away, with what was blocked of it, and from what was booked with it.
pub async fn delete_resource(tx: &mut OrgTx, id: ResourceId) -> Result<u64, DbError> {
    sql!(exec, &mut *tx, "DELETE FROM calendar_takes WHERE org_id = $1 AND resource_id = $2", id)?;
    sql!(exec, &mut *tx, "DELETE FROM calendar_blocks WHERE org_id = $1 AND resource_id = $2", id)?;
    sql!(exec, tx, "DELETE FROM calendar_resources WHERE org_id = $1 AND id = $2", id)
}

/// Of each, how often it is booked from now on.
pub async fn upcoming_by_resource(tx: &mut OrgTx) -> Result<Vec<(ResourceId, i64)>, DbError> {
    let now = tx.now();
    // No claim is longer than two days, so none that began earlier can still last.
    let earliest = now.plus_seconds(-2 * 24 * 60 * 60);
    sql!(
        all(ResourceId, i64),
        tx,
        "SELECT r.id, (SELECT COUNT(*) FROM calendar_claims AS c
           WHERE c.org_id = $1 AND c.holder_id = r.id AND c.blocks_from > $2 AND c.blocks_until > $3 AND coalesce(c.expires_at > $3, TRUE))
         FROM calendar_resources AS r WHERE r.org_id = $1",
        earliest,
        now
    )
}

/// What a service needs is forgotten, before storing it anew.
pub async fn clear_needs(tx: &mut OrgTx, service: ServiceId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_service_resources WHERE org_id = $1 AND service_id = $2", service)
}

/// One that will do for a service's need.
pub async fn insert_need(tx: &mut OrgTx, service: ServiceId, need: i64, resource: ResourceId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_service_resources (org_id, service_id, need, resource_id) VALUES ($1, $2, $3, $4)",
        service,
        need,
        resource
    )
}

/// The names of the rooms and equipment of each appointment that starts in a half-open window.
pub async fn rooms_booked(
    tx: &mut OrgTx,
    from: Instant,
    until: Instant,
) -> Result<Vec<(AppointmentId, String)>, DbError> {
    sql!(
        all(AppointmentId, String),
        tx,
        "SELECT a.id, r.name FROM calendar_appointments AS a
         JOIN calendar_takes AS t ON t.org_id = a.org_id AND t.appointment_id = a.id
         JOIN calendar_resources AS r ON r.org_id = t.org_id AND r.id = t.resource_id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3
         UNION ALL
         SELECT a.id, r.name FROM calendar_appointments AS a
         JOIN calendar_takes AS t ON t.org_id = a.org_id AND t.session_id = a.session_id
         JOIN calendar_resources AS r ON r.org_id = t.org_id AND r.id = t.resource_id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3",
        from,
        until
    )
}

/// The names of the rooms and equipment that one appointment, or the session that it is in, has.
pub async fn rooms_of(
    tx: &mut OrgTx,
    appointment: AppointmentId,
    session: Option<SessionId>,
) -> Result<Vec<(String,)>, DbError> {
    sql!(
        all(String,),
        tx,
        "SELECT r.name FROM calendar_takes AS t
         JOIN calendar_resources AS r ON r.org_id = t.org_id AND r.id = t.resource_id
         WHERE t.org_id = $1 AND t.appointment_id = $2
         UNION ALL
         SELECT r.name FROM calendar_takes AS t
         JOIN calendar_resources AS r ON r.org_id = t.org_id AND r.id = t.resource_id
         WHERE t.org_id = $1 AND t.session_id = $3",
        appointment,
        session
    )
}
