//! Statements about calendars elsewhere: the address at which somebody’s own is read, and those whose busy times count.

use uuid::Uuid;

use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

use super::super::ids::{AppointmentId, BlockId, BusyId, BusySourceId, FeedId, ServiceId, SessionId, StaffId};

/// The secret address of somebody’s calendar; the secret itself is nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Feed {
    /// Its id.
    pub id: FeedId,
    /// Whose calendar.
    pub staff_id: StaffId,
    /// Clients are named.
    pub names: bool,
    /// Who made it: it shows what they may see.
    pub made_by: UserId,
    /// When.
    pub created_at: Instant,
    /// When it was read last; it isn’t noted each time.
    pub read_at: Option<Instant>,
    /// Whoever made it still belongs.
    pub belongs: bool,
}

/// An appointment as a feed tells of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FeedAppointment {
    /// Its id.
    pub id: AppointmentId,
    /// What.
    pub service_id: ServiceId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// Sealed.
    pub client_name: Vec<u8>,
    /// Grows with every change.
    pub version: i64,
    /// The session that it has seats in.
    pub session_id: Option<SessionId>,
    /// How many seats it has.
    pub seats: i64,
    /// By when the business has to say yes.
    pub unconfirmed_until: Option<Instant>,
    /// Which of the service’s ways to meet.
    pub location: String,
    /// The client’s address, where it takes place there. Sealed.
    pub place: Option<Vec<u8>>,
    /// When it was booked.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// Blocked time as a feed tells of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FeedBlock {
    /// Its id.
    pub id: BlockId,
    /// `block` or `time_off`.
    pub kind: String,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// Grows with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// A calendar elsewhere whose busy times count.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BusySource {
    /// Its id.
    pub id: BusySourceId,
    /// Whose.
    pub staff_id: StaffId,
    /// What it is called here.
    pub name: String,
    /// Its address. Sealed.
    pub url: Vec<u8>,
    /// The version that was read; empty: unknown.
    pub etag: String,
    /// The same.
    pub last_modified: String,
    /// When it was read last, and could be.
    pub read_at: Option<Instant>,
    /// When it is read next.
    pub next_at: Instant,
    /// How often it couldn’t be read since.
    pub failures: i64,
    /// Why, in words. Sealed.
    pub problem: Option<Vec<u8>>,
    /// Since when it can’t be read.
    pub failing_since: Option<Instant>,
    /// From then on it isn’t tried any more.
    pub stopped_at: Option<Instant>,
    /// When it was asked last.
    pub tried_at: Option<Instant>,
    /// Until when what was read tells.
    pub covers_until: Option<Instant>,
    /// The zone that it was read in.
    pub covers_zone: String,
    /// When it was added.
    pub created_at: Instant,
}

/// A busy time as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct BusyRow {
    /// Its id.
    pub id: BusyId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
}

/// Whose calendar a member’s own is: who they are among those who can be booked.
pub async fn staff_of_member(tx: &mut OrgTx, user: UserId) -> Result<Option<StaffId>, DbError> {
    let found = sql!(optional(StaffId,), tx, "SELECT id FROM calendar_staff WHERE org_id = $1 AND user_id = $2", user)?;
    Ok(found.map(|(staff,)| staff))
}

/// Which member somebody who can be booked is; `None` for somebody who isn’t there.
pub async fn member_of_staff(tx: &mut OrgTx, staff: StaffId) -> Result<Option<Option<UserId>>, DbError> {
    let found = sql!(
        optional(StaffId, Option<UserId>),
        tx,
        "SELECT id, user_id FROM calendar_staff WHERE org_id = $1 AND id = $2",
        staff
    )?;
    Ok(found.map(|(_, user)| user))
}

/// Says which member somebody who can be booked is. [`DbError::Unique`]: that member is somebody else already.
pub async fn set_member(tx: &mut OrgTx, staff: StaffId, user: Option<UserId>) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE calendar_staff SET user_id = $3 WHERE org_id = $1 AND id = $2", staff, user)
}

/// The name of somebody who can be booked.
pub async fn staff_name(tx: &mut OrgTx, staff: StaffId) -> Result<Option<String>, DbError> {
    let found = sql!(optional(String,), tx, "SELECT name FROM calendar_staff WHERE org_id = $1 AND id = $2", staff)?;
    Ok(found.map(|(name,)| name))
}

/// Somebody’s feed.
pub async fn feed_of(tx: &mut OrgTx, staff: StaffId) -> Result<Option<Feed>, DbError> {
    sql!(optional Feed, tx,
        "SELECT f.id, f.staff_id, f.names, f.made_by, f.created_at, f.read_at,
           EXISTS (SELECT 1 FROM memberships AS m WHERE m.org_id = $1 AND m.user_id = f.made_by) AS belongs
         FROM calendar_feeds AS f WHERE f.org_id = $1 AND f.staff_id = $2",
        staff)
}

/// A feed by id.
pub async fn feed(tx: &mut OrgTx, id: FeedId) -> Result<Option<Feed>, DbError> {
    sql!(optional Feed, tx,
        "SELECT f.id, f.staff_id, f.names, f.made_by, f.created_at, f.read_at,
           EXISTS (SELECT 1 FROM memberships AS m WHERE m.org_id = $1 AND m.user_id = f.made_by) AS belongs
         FROM calendar_feeds AS f WHERE f.org_id = $1 AND f.id = $2",
        id)
}

/// Stores one.
pub async fn insert_feed(
    tx: &mut OrgTx,
    id: FeedId,
    staff: StaffId,
    hash: Vec<u8>,
    names: bool,
    by: UserId,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_feeds (org_id, id, staff_id, token_hash, names, made_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        staff,
        hash,
        names,
        by,
        now
    )
}

/// Takes somebody’s feed away.
pub async fn delete_feed(tx: &mut OrgTx, staff: StaffId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_feeds WHERE org_id = $1 AND staff_id = $2", staff)
}

/// It was read now.
pub async fn feed_was_read(tx: &mut OrgTx, id: FeedId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx, "UPDATE calendar_feeds SET read_at = $3 WHERE org_id = $1 AND id = $2", id, now)
}

/// Who made an API token.
pub async fn maker_of_token(tx: &mut OrgTx, token: crate::ids::TokenId) -> Result<Option<UserId>, DbError> {
    let found = sql!(optional(UserId,), tx, "SELECT created_by FROM api_tokens WHERE org_id = $1 AND id = $2", token)?;
    Ok(found.map(|(user,)| user))
}

/// The appointments that somebody has, or must be at, and that weren’t cancelled: those that start in a half-open window, in order,
/// at most 10,000.
pub async fn feed_appointments(
    tx: &mut OrgTx,
    staff: StaffId,
    from: Instant,
    until: Instant,
) -> Result<Vec<FeedAppointment>, DbError> {
    sql!(all FeedAppointment, tx,
        "SELECT a.id, a.service_id, a.starts_at, a.ends_at, a.client_name, a.version, a.session_id, a.seats, coalesce(a.unpaid_until, a.unconfirmed_until) AS unconfirmed_until, a.location, a.place, a.created_at, a.updated_at
         FROM calendar_appointments AS a
         WHERE a.org_id = $1 AND a.starts_at >= $3 AND a.starts_at < $4 AND a.status <> 'cancelled'
           AND (a.staff_id = $2
             OR EXISTS (SELECT 1 FROM calendar_takes AS t WHERE t.org_id = $1 AND t.staff_id = $2 AND t.appointment_id = a.id)
             OR EXISTS (SELECT 1 FROM calendar_takes AS t WHERE t.org_id = $1 AND t.staff_id = $2 AND t.session_id = a.session_id))
         ORDER BY a.starts_at, a.id LIMIT 10000",
        staff, from, until)
}

/// The time in which somebody can’t be booked that reaches into a window, in order, at most 2,000.
pub async fn feed_blocks(
    tx: &mut OrgTx,
    staff: StaffId,
    from: Instant,
    until: Instant,
) -> Result<Vec<FeedBlock>, DbError> {
    sql!(all FeedBlock, tx,
        "SELECT id, kind, starts_at, ends_at, version, created_at, updated_at FROM calendar_blocks
         WHERE org_id = $1 AND staff_id = $2 AND ends_at > $3 AND starts_at < $4 ORDER BY starts_at, id LIMIT 2000",
        staff, from, until)
}

/// When somebody is busy elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Busy {
    /// Who.
    pub staff_id: StaffId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
}

/// Everybody's busy times elsewhere that reach into a stretch of time, in order, at most 2,000.
pub async fn busy_between(tx: &mut OrgTx, from: Instant, until: Instant) -> Result<Vec<Busy>, DbError> {
    sql!(all Busy, tx,
        "SELECT staff_id, starts_at, ends_at FROM calendar_busy WHERE org_id = $1 AND ends_at > $2 AND starts_at < $3
         ORDER BY starts_at, staff_id LIMIT 2000",
        from, until)
}

/// Somebody’s calendars elsewhere, the oldest first.
pub async fn busy_sources(tx: &mut OrgTx, staff: StaffId) -> Result<Vec<BusySource>, DbError> {
    sql!(all BusySource, tx,
        "SELECT id, staff_id, name, url, etag, last_modified, read_at, next_at, failures, problem, failing_since, stopped_at, tried_at, covers_until, covers_zone, created_at
         FROM calendar_busy_sources WHERE org_id = $1 AND staff_id = $2 ORDER BY created_at, id",
        staff)
}

/// One by id.
pub async fn busy_source(tx: &mut OrgTx, id: BusySourceId) -> Result<Option<BusySource>, DbError> {
    sql!(optional BusySource, tx,
        "SELECT id, staff_id, name, url, etag, last_modified, read_at, next_at, failures, problem, failing_since, stopped_at, tried_at, covers_until, covers_zone, created_at
         FROM calendar_busy_sources WHERE org_id = $1 AND id = $2",
        id)
}

/// Stores one that was just read. [`DbError::Unique`]: they have it already.
pub async fn insert_busy_source(tx: &mut OrgTx, source: &BusySource, index: Vec<u8>) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_busy_sources (org_id, id, staff_id, name, url, url_index, etag, last_modified, read_at, next_at, tried_at, covers_until, covers_zone, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        source.id,
        source.staff_id,
        source.name.as_str(),
        source.url.clone(),
        index,
        source.etag.as_str(),
        source.last_modified.as_str(),
        source.read_at,
        source.next_at,
        source.tried_at,
        source.covers_until,
        source.covers_zone.as_str(),
        source.created_at
    )
}

/// Takes one away, and its busy times with it.
pub async fn delete_busy_source(tx: &mut OrgTx, id: BusySourceId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_busy_sources WHERE org_id = $1 AND id = $2", id)
}

/// Reads one from now on, if nobody does and it is due; `until` is when somebody else may. 0 rows: it isn’t.
pub async fn claim_busy_source(tx: &mut OrgTx, id: BusySourceId, until: Instant) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_busy_sources SET next_at = $3, tried_at = $4 WHERE org_id = $1 AND id = $2 AND next_at <= $4",
        id,
        until,
        now
    )
}

/// The same, due or not, unless it was asked since `since`.
pub async fn claim_busy_source_now(
    tx: &mut OrgTx,
    id: BusySourceId,
    until: Instant,
    since: Instant,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_busy_sources SET next_at = $3, tried_at = $4
         WHERE org_id = $1 AND id = $2 AND (tried_at IS NULL OR tried_at <= $5)",
        id,
        until,
        now,
        since
    )
}

/// Puts one off that isn’t read for now.
pub async fn put_off_busy_source(tx: &mut OrgTx, id: BusySourceId, next: Instant) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE calendar_busy_sources SET next_at = $3 WHERE org_id = $1 AND id = $2", id, next)
}

/// Keeps what came of reading one, for whoever claimed it until then. 0 rows: it is gone, or somebody else’s by now.
pub async fn settle_busy_source(tx: &mut OrgTx, source: &BusySource, claimed: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_busy_sources SET etag = $3, last_modified = $4, read_at = $5, next_at = $6, failures = $7, problem = $8,
           failing_since = $9, stopped_at = $10, covers_until = $11, covers_zone = $12, version = version + 1
         WHERE org_id = $1 AND id = $2 AND next_at = $13",
        source.id,
        source.etag.as_str(),
        source.last_modified.as_str(),
        source.read_at,
        source.next_at,
        source.failures,
        source.problem.clone(),
        source.failing_since,
        source.stopped_at,
        source.covers_until,
        source.covers_zone.as_str(),
        claimed
    )
}

/// The busy times that one of them has.
pub async fn busy_of_source(tx: &mut OrgTx, source: BusySourceId) -> Result<Vec<BusyRow>, DbError> {
    sql!(all BusyRow, tx,
        "SELECT id, starts_at, ends_at FROM calendar_busy WHERE org_id = $1 AND source_id = $2 ORDER BY starts_at, id",
        source)
}

/// Stores a busy time.
pub async fn insert_busy(
    tx: &mut OrgTx,
    source: BusySourceId,
    staff: StaffId,
    from: Instant,
    until: Instant,
) -> Result<u64, DbError> {
    let id = BusyId::new(tx.now());
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_busy (org_id, id, source_id, staff_id, starts_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        source,
        staff,
        from,
        until
    )
}

/// Takes some busy times away.
pub async fn delete_busy(tx: &mut OrgTx, ids: [Uuid; 25]) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM calendar_busy WHERE org_id = $1 AND id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
        ids[0],
        ids[1],
        ids[2],
        ids[3],
        ids[4],
        ids[5],
        ids[6],
        ids[7],
        ids[8],
        ids[9],
        ids[10],
        ids[11],
        ids[12],
        ids[13],
        ids[14],
        ids[15],
        ids[16],
        ids[17],
        ids[18],
        ids[19],
        ids[20],
        ids[21],
        ids[22],
        ids[23],
        ids[24]
    )
}
