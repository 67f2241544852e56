//! The statements of the directory of clients.

use uuid::Uuid;

use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

use super::{
    super::ids::{AppointmentId, ClientId},
    Appointment, ClientIndexes,
};

/// Somebody as the list shows them; what is personal is sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientLine {
    /// Their id.
    pub id: ClientId,
    /// Sealed.
    pub name: Vec<u8>,
    /// Sealed.
    pub email: Vec<u8>,
    /// Sealed.
    pub phone: Vec<u8>,
    /// Sealed.
    pub tags: Vec<u8>,
    /// When they said that the business may write to them of itself.
    pub marketing_at: Option<Instant>,
    /// When they last came, or were to.
    pub last_at: Option<Instant>,
    /// When they come next.
    pub next_at: Option<Instant>,
    /// When they last came, or became known: the list’s order.
    pub seen_at: Instant,
}

/// What is looked through for a name or a tag.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientNames {
    /// Their id.
    pub id: ClientId,
    /// Sealed.
    pub name: Vec<u8>,
    /// Sealed.
    pub tags: Vec<u8>,
}

/// Somebody with all that is noted about them; what is personal is sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct KnownClient {
    /// Their id.
    pub id: ClientId,
    /// Sealed.
    pub name: Vec<u8>,
    /// Sealed.
    pub email: Vec<u8>,
    /// Sealed.
    pub phone: Vec<u8>,
    /// Sealed.
    pub notes: Vec<u8>,
    /// Sealed.
    pub tags: Vec<u8>,
    /// When they said that the business may write to them of itself.
    pub marketing_at: Option<Instant>,
    /// When they took that back.
    pub marketing_ended_at: Option<Instant>,
    /// How either was said. Sealed.
    pub marketing_how: Option<Vec<u8>>,
    /// Nothing of theirs is left.
    pub erased_at: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
    /// When they became known.
    pub created_at: Instant,
}

/// What somebody’s appointments come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct ClientCounts {
    /// All of them, whatever became of them.
    pub all_of_them: i64,
    /// Those that took place.
    pub visits: i64,
    /// Those at which they didn’t appear.
    pub no_shows: i64,
    /// Those that they cancelled late.
    pub late: i64,
    /// Those that are still to come.
    pub upcoming: i64,
}

/// Which clients are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientFilter {
    /// Those alone to whom the business may write of itself.
    pub marketing: bool,
    /// Those alone who once didn’t appear.
    pub no_shows: bool,
}

/// The clients seen last first, after a cursor, at most `limit`.
pub async fn clients_seen(
    tx: &mut OrgTx,
    filter: ClientFilter,
    after: Option<(Instant, ClientId)>,
    limit: i64,
) -> Result<Vec<ClientLine>, DbError> {
    let now = tx.now();
    let (after_at, after_id) = after.unzip();
    sql!(all ClientLine, tx,
        "SELECT c.id, c.name, c.email, c.phone, c.tags, c.marketing_at,
           (SELECT MAX(a.starts_at) FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.client_id = c.id AND a.status <> 'cancelled' AND a.starts_at <= $2) AS last_at,
           (SELECT MIN(a.starts_at) FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.client_id = c.id AND a.status = 'booked' AND a.starts_at > $2) AS next_at,
           coalesce((SELECT MAX(a.starts_at) FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.client_id = c.id AND a.status <> 'cancelled' AND a.starts_at <= $2), c.created_at) AS seen_at
         FROM calendar_clients AS c
         WHERE c.org_id = $1 AND c.erased_at IS NULL
           AND (NOT $3 OR c.marketing_at IS NOT NULL)
           AND (NOT $4 OR EXISTS (SELECT 1 FROM calendar_appointments AS n WHERE n.org_id = $1 AND n.client_id = c.id AND n.status = 'no_show'))
           AND (coalesce(coalesce((SELECT MAX(b.starts_at) FROM calendar_appointments AS b
               WHERE b.org_id = $1 AND b.client_id = c.id AND b.status <> 'cancelled' AND b.starts_at <= $2), c.created_at) < $5, TRUE)
             OR (coalesce((SELECT MAX(d.starts_at) FROM calendar_appointments AS d
               WHERE d.org_id = $1 AND d.client_id = c.id AND d.status <> 'cancelled' AND d.starts_at <= $2), c.created_at) = $5 AND c.id < $6))
         ORDER BY seen_at DESC, c.id DESC LIMIT $7",
        now, filter.marketing, filter.no_shows, after_at, after_id, limit)
}

/// The same of these alone, in no order.
pub async fn clients_listed(tx: &mut OrgTx, ids: [Uuid; 25]) -> Result<Vec<ClientLine>, DbError> {
    let now = tx.now();
    sql!(all ClientLine, tx,
        "SELECT c.id, c.name, c.email, c.phone, c.tags, c.marketing_at,
           (SELECT MAX(a.starts_at) FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.client_id = c.id AND a.status <> 'cancelled' AND a.starts_at <= $2) AS last_at,
           (SELECT MIN(a.starts_at) FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.client_id = c.id AND a.status = 'booked' AND a.starts_at > $2) AS next_at,
           coalesce((SELECT MAX(a.starts_at) FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.client_id = c.id AND a.status <> 'cancelled' AND a.starts_at <= $2), c.created_at) AS seen_at
         FROM calendar_clients AS c
         WHERE c.org_id = $1 AND c.erased_at IS NULL
           AND c.id IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
        now, ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7], ids[8], ids[9], ids[10], ids[11], ids[12], ids[13], ids[14], ids[15], ids[16], ids[17], ids[18], ids[19], ids[20], ids[21], ids[22], ids[23], ids[24])
}

/// What to look through for a name or a tag: those before `before`, known last first, at most `limit`.
pub async fn client_names(
    tx: &mut OrgTx,
    filter: ClientFilter,
    before: ClientId,
    limit: i64,
) -> Result<Vec<ClientNames>, DbError> {
    sql!(all ClientNames, tx,
        "SELECT c.id, c.name, c.tags FROM calendar_clients AS c
         WHERE c.org_id = $1 AND c.id < $2 AND c.erased_at IS NULL
           AND (NOT $3 OR c.marketing_at IS NOT NULL)
           AND (NOT $4 OR EXISTS (SELECT 1 FROM calendar_appointments AS n WHERE n.org_id = $1 AND n.client_id = c.id AND n.status = 'no_show'))
         ORDER BY c.id DESC LIMIT $5",
        before, filter.marketing, filter.no_shows, limit)
}

/// How many clients there are.
pub async fn count_clients(tx: &mut OrgTx) -> Result<i64, DbError> {
    let (count,) =
        sql!(one(i64,), tx, "SELECT COUNT(*) FROM calendar_clients WHERE org_id = $1 AND erased_at IS NULL")?;
    Ok(count)
}

/// Somebody by id, also somebody who was erased.
pub async fn known_client(tx: &mut OrgTx, id: ClientId) -> Result<Option<KnownClient>, DbError> {
    sql!(optional KnownClient, tx,
        "SELECT id, name, email, phone, notes, tags, marketing_at, marketing_ended_at, marketing_how, erased_at, version, created_at
         FROM calendar_clients WHERE org_id = $1 AND id = $2",
        id)
}

/// What somebody’s appointments come to.
pub async fn client_counts(tx: &mut OrgTx, id: ClientId) -> Result<ClientCounts, DbError> {
    let now = tx.now();
    sql!(one ClientCounts, tx,
        "SELECT COUNT(*) AS all_of_them,
           COUNT(CASE WHEN status = 'booked' AND starts_at <= $3 THEN 1 END) AS visits,
           COUNT(CASE WHEN status = 'no_show' THEN 1 END) AS no_shows,
           COUNT(CASE WHEN ending = 'client_late' THEN 1 END) AS late,
           COUNT(CASE WHEN status = 'booked' AND starts_at > $3 THEN 1 END) AS upcoming
         FROM calendar_appointments WHERE org_id = $1 AND client_id = $2",
        id, now)
}

/// What somebody’s visits cost, by currency.
pub async fn client_spent(tx: &mut OrgTx, id: ClientId) -> Result<Vec<(String, i64)>, DbError> {
    let now = tx.now();
    sql!(
        all(String, i64),
        tx,
        "SELECT currency, CAST(SUM(price_cents) AS BIGINT) FROM calendar_appointments
         WHERE org_id = $1 AND client_id = $2 AND status = 'booked' AND starts_at <= $3 GROUP BY currency ORDER BY currency",
        id,
        now
    )
}

/// Somebody’s appointments, the latest first, at most `limit`, after a cursor.
pub async fn appointments_of_client(
    tx: &mut OrgTx,
    id: ClientId,
    before: Option<(Instant, AppointmentId)>,
    limit: i64,
) -> Result<Vec<Appointment>, DbError> {
    let (before_start, before_id) = before.unzip();
    sql!(all Appointment, tx,
        "SELECT a.id, a.service_id, a.staff_id, a.starts_at, a.ends_at, a.status, a.client_name, a.client_email, a.client_phone, a.notes, a.client_zone, a.price_cents, a.currency, a.version, s.name AS service_name, p.name AS staff_name, a.session_id, a.series_id, a.client_id, a.seats, a.unconfirmed_until, a.unpaid_until, a.ending, a.source, a.location, a.place, a.answers
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         WHERE a.org_id = $1 AND a.client_id = $2
           AND (coalesce(a.starts_at < $3, TRUE) OR (a.starts_at = $3 AND a.id < $4))
         ORDER BY a.starts_at DESC, a.id DESC LIMIT $5",
        id, before_start, before_id, limit)
}

/// Changes somebody who is unchanged since `version`. 0 rows: they have changed, or aren’t there.
pub async fn update_client(
    tx: &mut OrgTx,
    client: &KnownClient,
    indexes: ClientIndexes,
    version: i64,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx,
        "UPDATE calendar_clients SET name = $4, email = $5, email_index = $6, phone = $7, phone_index = $8, notes = $9, tags = $10, marketing_at = $11, marketing_ended_at = $12, marketing_how = $13, erased_at = $14, updated_at = $15, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $3",
        client.id, version, client.name.clone(), client.email.clone(), indexes.email, client.phone.clone(), indexes.phone,
        client.notes.clone(), client.tags.clone(), client.marketing_at, client.marketing_ended_at, client.marketing_how.clone(),
        client.erased_at, now)
}

/// Takes somebody away who has no appointments and is unchanged since `version`. 0 rows: they have changed.
pub async fn delete_client(tx: &mut OrgTx, id: ClientId, version: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_clients WHERE org_id = $1 AND id = $2 AND version = $3", id, version)
}

/// The appointments of somebody’s that stand and are still to come.
pub async fn upcoming_of_client(tx: &mut OrgTx, id: ClientId) -> Result<Vec<AppointmentId>, DbError> {
    let now = tx.now();
    let rows = sql!(
        all(AppointmentId,),
        tx,
        "SELECT id FROM calendar_appointments WHERE org_id = $1 AND client_id = $2 AND starts_at > $3 AND status = 'booked' ORDER BY starts_at, id",
        id,
        now
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Says on an appointment who comes, and how they are reached.
pub async fn rename_on_appointment(
    tx: &mut OrgTx,
    id: AppointmentId,
    name: Vec<u8>,
    email: Vec<u8>,
    phone: Vec<u8>,
    indexes: ClientIndexes,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET client_name = $3, client_email = $4, client_email_index = $5, client_phone = $6, client_phone_index = $7, updated_at = $8
         WHERE org_id = $1 AND id = $2",
        id,
        name,
        email,
        indexes.email,
        phone,
        indexes.phone,
        now
    )
}

/// An appointment whose client isn’t known yet, what is personal sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OfNobody {
    /// Its id.
    pub id: AppointmentId,
    /// Sealed.
    pub client_name: Vec<u8>,
    /// Sealed.
    pub client_email: Vec<u8>,
    /// Sealed.
    pub client_phone: Vec<u8>,
    /// When it was booked.
    pub created_at: Instant,
}

/// Appointments whose clients aren’t known yet, those booked first, at most `limit`.
pub async fn appointments_of_nobody(tx: &mut OrgTx, limit: i64) -> Result<Vec<OfNobody>, DbError> {
    sql!(all OfNobody, tx,
        "SELECT id, client_name, client_email, client_phone, created_at
         FROM calendar_appointments WHERE org_id = $1 AND client_id IS NULL ORDER BY id LIMIT $2",
        limit)
}

/// Says whose an appointment is that is nobody’s yet.
pub async fn link_appointment(
    tx: &mut OrgTx,
    id: AppointmentId,
    client: ClientId,
    indexes: ClientIndexes,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET client_id = $3, client_email_index = $4, client_phone_index = $5
         WHERE org_id = $1 AND id = $2 AND client_id IS NULL",
        id,
        client,
        indexes.email,
        indexes.phone
    )
}

/// Whether an appointment’s client was erased.
pub async fn is_of_erased(tx: &mut OrgTx, id: AppointmentId) -> Result<bool, DbError> {
    let found = sql!(
        optional(ClientId,),
        tx,
        "SELECT c.id FROM calendar_appointments AS a JOIN calendar_clients AS c ON c.org_id = a.org_id AND c.id = a.client_id
         WHERE a.org_id = $1 AND a.id = $2 AND c.erased_at IS NOT NULL",
        id
    )?;
    Ok(found.is_some())
}

/// Takes off an appointment what its client told, but for their name and how they are reached.
pub async fn forget_on_appointment(
    tx: &mut OrgTx,
    id: AppointmentId,
    notes: Vec<u8>,
    zone: &str,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET notes = $3, place = NULL, answers = NULL, client_zone = $4, updated_at = $5, version = version + 1
         WHERE org_id = $1 AND id = $2",
        id,
        notes,
        zone,
        now
    )
}

/// Those who have the same email as somebody else, those of one email together.
pub async fn sharing_email(tx: &mut OrgTx, limit: i64) -> Result<Vec<(ClientId, Vec<u8>)>, DbError> {
    sql!(
        all(ClientId, Vec<u8>),
        tx,
        "SELECT c.id, c.email_index FROM calendar_clients AS c
         WHERE c.org_id = $1 AND c.email_index IS NOT NULL
           AND EXISTS (SELECT 1 FROM calendar_clients AS o WHERE o.org_id = $1 AND o.email_index = c.email_index AND o.id <> c.id)
         ORDER BY c.email_index, c.id LIMIT $2",
        limit
    )
}

/// Those who have the same phone number as somebody else, those of one number together.
pub async fn sharing_phone(tx: &mut OrgTx, limit: i64) -> Result<Vec<(ClientId, Vec<u8>)>, DbError> {
    sql!(
        all(ClientId, Vec<u8>),
        tx,
        "SELECT c.id, c.phone_index FROM calendar_clients AS c
         WHERE c.org_id = $1 AND c.phone_index IS NOT NULL
           AND EXISTS (SELECT 1 FROM calendar_clients AS o WHERE o.org_id = $1 AND o.phone_index = c.phone_index AND o.id <> c.id)
         ORDER BY c.phone_index, c.id LIMIT $2",
        limit
    )
}

/// Gives somebody’s appointments to somebody else.
pub async fn move_appointments(tx: &mut OrgTx, from: ClientId, into: ClientId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE calendar_appointments SET client_id = $3 WHERE org_id = $1 AND client_id = $2", from, into)
}

/// Says since when somebody is known.
pub async fn known_since(tx: &mut OrgTx, id: ClientId, since: Instant) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE calendar_clients SET created_at = $3 WHERE org_id = $1 AND id = $2", id, since)
}

/// These, as far as they are there, without those who were erased.
pub async fn known_clients(tx: &mut OrgTx, ids: [Uuid; 25]) -> Result<Vec<KnownClient>, DbError> {
    sql!(all KnownClient, tx,
        "SELECT id, name, email, phone, notes, tags, marketing_at, marketing_ended_at, marketing_how, erased_at, version, created_at
         FROM calendar_clients
         WHERE org_id = $1 AND erased_at IS NULL AND id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
        ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7], ids[8], ids[9], ids[10], ids[11], ids[12], ids[13], ids[14], ids[15], ids[16], ids[17], ids[18], ids[19], ids[20], ids[21], ids[22], ids[23], ids[24])
}

/// How many appointments each of these had, and has.
pub async fn count_appointments_of(tx: &mut OrgTx, ids: [Uuid; 25]) -> Result<Vec<(ClientId, i64)>, DbError> {
    sql!(all(ClientId, i64), tx,
        "SELECT client_id, COUNT(*) FROM calendar_appointments
         WHERE org_id = $1 AND client_id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
         GROUP BY client_id",
        ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7], ids[8], ids[9], ids[10], ids[11], ids[12], ids[13], ids[14], ids[15], ids[16], ids[17], ids[18], ids[19], ids[20], ids[21], ids[22], ids[23], ids[24])
}
