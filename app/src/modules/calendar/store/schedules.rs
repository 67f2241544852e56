//! Statements about named schedules, and who and what keeps which.

use crate::{db::DbError, org::OrgTx, sql};

use super::{
    super::ids::{ScheduleId, ServiceId, StaffId},
    Window,
};

/// A schedule that has a name of its own: no person's own hours.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// Whoever is new begins with it.
    pub is_default: bool,
    /// Grows when its name changes, or whether it is the default.
    pub version: i64,
}

/// Somebody on a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Share {
    /// Who.
    pub staff_id: StaffId,
    /// The greater the sooner.
    pub priority: i64,
    /// How large a share they get where turns are taken.
    pub weight: i64,
    /// The hours that they keep for this service; `None`: their usual ones.
    pub schedule_id: Option<ScheduleId>,
}

/// The named schedules, in the order of their names.
pub async fn schedules(tx: &mut OrgTx) -> Result<Vec<Schedule>, DbError> {
    sql!(all Schedule, tx,
        "SELECT s.id, s.name, s.is_default, s.version FROM calendar_schedules AS s
         WHERE s.org_id = $1 AND NOT EXISTS (SELECT 1 FROM calendar_staff AS p WHERE p.org_id = $1 AND p.id = s.id)
         ORDER BY s.name, s.id")
}

/// Stores a new one.
pub async fn insert_schedule(tx: &mut OrgTx, id: ScheduleId, name: &str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_schedules (org_id, id, name, created_at) VALUES ($1, $2, $3, $4)",
        id,
        name,
        now
    )
}

/// Changes one that is unchanged since its `version`. 0 rows: it has changed.
pub async fn update_schedule(tx: &mut OrgTx, schedule: &Schedule) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_schedules SET name = $3, is_default = $4, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $5",
        schedule.id,
        schedule.name.as_str(),
        schedule.is_default,
        schedule.version
    )
}

/// Whoever is new begins with no schedule but the one given.
pub async fn clear_default(tx: &mut OrgTx, but: ScheduleId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_schedules SET is_default = FALSE, version = version + 1 WHERE org_id = $1 AND id <> $2 AND is_default",
        but
    )
}

/// Takes one away, with its hours.
pub async fn delete_schedule(tx: &mut OrgTx, id: ScheduleId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_schedules WHERE org_id = $1 AND id = $2", id)
}

/// A schedule's weekly hours, in order: weekday, from and until.
pub async fn hours_of_schedule(tx: &mut OrgTx, id: ScheduleId) -> Result<Vec<Window>, DbError> {
    let rows = sql!(
        all(i64, i64, i64),
        tx,
        "SELECT weekday, start_minute, end_minute FROM calendar_hours WHERE org_id = $1 AND schedule_id = $2 ORDER BY weekday, start_minute",
        id
    )?;
    let window = |(weekday, start_minute, end_minute)| Window { weekday, start_minute, end_minute };
    Ok(rows.into_iter().map(window).collect())
}

/// The weekly hours of all schedules, each one's in order: weekday, from and until.
pub async fn hours_of_schedules(tx: &mut OrgTx) -> Result<Vec<(ScheduleId, Window)>, DbError> {
    let rows = sql!(
        all(ScheduleId, i64, i64, i64),
        tx,
        "SELECT schedule_id, weekday, start_minute, end_minute FROM calendar_hours WHERE org_id = $1 ORDER BY schedule_id, weekday, start_minute"
    )?;
    let window = |(id, weekday, start_minute, end_minute)| (id, Window { weekday, start_minute, end_minute });
    Ok(rows.into_iter().map(window).collect())
}

/// What schedules have on some dates instead, from one local date on, each one's in order.
pub async fn overrides_of_schedules(
    tx: &mut OrgTx,
    from: &str,
) -> Result<Vec<(ScheduleId, String, Option<i64>, Option<i64>)>, DbError> {
    sql!(
        all(ScheduleId, String, Option<i64>, Option<i64>),
        tx,
        "SELECT schedule_id, date, start_minute, end_minute FROM calendar_overrides WHERE org_id = $1 AND date >= $2 ORDER BY schedule_id, date, start_minute",
        from
    )
}

/// Which schedule each person keeps.
pub async fn schedules_of_staff(tx: &mut OrgTx) -> Result<Vec<(StaffId, ScheduleId)>, DbError> {
    sql!(
        all(StaffId, ScheduleId),
        tx,
        "SELECT staff_id, schedule_id FROM calendar_staff_schedules WHERE org_id = $1 ORDER BY staff_id"
    )
}

/// Within which schedule alone a service can be booked, for those that have one.
pub async fn schedules_of_services(tx: &mut OrgTx) -> Result<Vec<(ServiceId, ScheduleId)>, DbError> {
    sql!(
        all(ServiceId, ScheduleId),
        tx,
        "SELECT service_id, schedule_id FROM calendar_service_schedules WHERE org_id = $1 ORDER BY service_id"
    )
}

/// For which service somebody keeps a schedule that isn't their usual one.
pub async fn schedules_of_shares(tx: &mut OrgTx) -> Result<Vec<(ServiceId, StaffId, ScheduleId)>, DbError> {
    sql!(
        all(ServiceId, StaffId, ScheduleId),
        tx,
        "SELECT service_id, staff_id, schedule_id FROM calendar_service_staff WHERE org_id = $1 AND schedule_id IS NOT NULL ORDER BY service_id, staff_id"
    )
}

/// A service can be booked within this schedule alone; `None`: whenever its people work.
pub async fn set_service_schedule(
    tx: &mut OrgTx,
    service: ServiceId,
    schedule: Option<ScheduleId>,
) -> Result<u64, DbError> {
    match schedule {
        None => {
            sql!(exec, tx, "DELETE FROM calendar_service_schedules WHERE org_id = $1 AND service_id = $2", service)
        }
        Some(schedule) => sql!(
            exec,
            tx,
            "INSERT INTO calendar_service_schedules (org_id, service_id, schedule_id) VALUES ($1, $2, $3)
             ON CONFLICT (org_id, service_id) DO UPDATE SET schedule_id = excluded.schedule_id",
            service,
            schedule
        ),
    }
}

/// Those on a service, with their shares of it.
pub async fn shares(tx: &mut OrgTx, service: ServiceId) -> Result<Vec<Share>, DbError> {
    sql!(all Share, tx,
        "SELECT staff_id, priority, weight, schedule_id FROM calendar_service_staff WHERE org_id = $1 AND service_id = $2 ORDER BY staff_id",
        service)
}

/// Changes somebody's share of a service. 0 rows: they aren't on it.
pub async fn set_share(tx: &mut OrgTx, service: ServiceId, share: Share) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_service_staff SET priority = $4, weight = $5, schedule_id = $6 WHERE org_id = $1 AND service_id = $2 AND staff_id = $3",
        service,
        share.staff_id,
        share.priority,
        share.weight,
        share.schedule_id
    )
}

/// A service that is unchanged since its `version` has changed. 0 rows: it had before, or isn't there.
pub async fn touch_service(tx: &mut OrgTx, service: ServiceId, version: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_services SET version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $3",
        service,
        version
    )
}
