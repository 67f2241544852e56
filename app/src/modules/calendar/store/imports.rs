//! The statements of lists that are brought along.

use crate::{clock::Instant, db::DbError, ids::fresh, org::OrgTx, sql};

use super::{
    super::ids::{AppointmentId, ClientId, ImportId, StaffId},
    NewAppointment,
};

/// A list that is brought along; without the file itself.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// `clients` or `bookings`.
    pub kind: String,
    /// How many clients it brought.
    pub clients: i64,
    /// How many bookings it brought.
    pub bookings: i64,
    /// When it was sent.
    pub created_at: Instant,
    /// When somebody began to take it over.
    pub started_at: Option<Instant>,
    /// When it was taken over.
    pub done_at: Option<Instant>,
    /// Until when it can be taken over, or undone.
    pub expires_at: Instant,
}

/// Somebody’s id, their sealed name, and the indexes of their email and phone.
pub type IndexedClient = (ClientId, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);

type File = (Option<Vec<u8>>,);

/// Keeps a file, sealed.
pub async fn insert_import(
    tx: &mut OrgTx,
    id: ImportId,
    kind: &'static str,
    file: Vec<u8>,
    expires_at: Instant,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_imports (org_id, id, kind, file, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        kind,
        file,
        now,
        expires_at
    )
}

/// One of them.
pub async fn import(tx: &mut OrgTx, id: ImportId) -> Result<Option<Import>, DbError> {
    sql!(optional Import, tx,
        "SELECT id, kind, clients, bookings, created_at, started_at, done_at, expires_at
         FROM calendar_imports WHERE org_id = $1 AND id = $2",
        id)
}

/// Those that are kept, the latest first.
pub async fn imports(tx: &mut OrgTx) -> Result<Vec<Import>, DbError> {
    let now = tx.now();
    sql!(all Import, tx,
        "SELECT id, kind, clients, bookings, created_at, started_at, done_at, expires_at
         FROM calendar_imports WHERE org_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 50",
        now)
}

/// The file, sealed; `None` once it is taken over.
pub async fn import_file(tx: &mut OrgTx, id: ImportId) -> Result<Option<Vec<u8>>, DbError> {
    let found = sql!(optional File, tx, "SELECT file FROM calendar_imports WHERE org_id = $1 AND id = $2", id)?;
    Ok(found.and_then(|(file,)| file))
}

/// Begins to take one over, unless somebody began after `before` and isn’t done. 0 rows: somebody is at it.
pub async fn begin_import(tx: &mut OrgTx, id: ImportId, before: Instant) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_imports SET started_at = $3
         WHERE org_id = $1 AND id = $2 AND done_at IS NULL AND coalesce(started_at < $4, TRUE)",
        id,
        now,
        before
    )
}

/// Nobody is at it any more, and it isn’t done.
pub async fn let_go_of_import(tx: &mut OrgTx, id: ImportId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_imports SET started_at = NULL WHERE org_id = $1 AND id = $2 AND done_at IS NULL",
        id
    )
}

/// Counts what a block of it brought.
pub async fn count_imported(tx: &mut OrgTx, id: ImportId, clients: i64, bookings: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_imports SET clients = clients + $3, bookings = bookings + $4 WHERE org_id = $1 AND id = $2",
        id,
        clients,
        bookings
    )
}

/// It is taken over: the file goes, and it can be undone until then.
pub async fn end_import(tx: &mut OrgTx, id: ImportId, until: Instant) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_imports SET file = NULL, done_at = $3, expires_at = $4 WHERE org_id = $1 AND id = $2",
        id,
        now,
        until
    )
}

/// Forgets one; what it brought stays.
pub async fn delete_import(tx: &mut OrgTx, id: ImportId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_imports WHERE org_id = $1 AND id = $2", id)
}

/// An import brought somebody.
pub async fn note_client(tx: &mut OrgTx, import: ImportId, client: ClientId) -> Result<u64, DbError> {
    let id = fresh(tx.now());
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_imported (org_id, id, import_id, client_id) VALUES ($1, $2, $3, $4)",
        id,
        import,
        client
    )
}

/// An import brought an appointment.
pub async fn note_appointment(tx: &mut OrgTx, import: ImportId, appointment: AppointmentId) -> Result<u64, DbError> {
    let id = fresh(tx.now());
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_imported (org_id, id, import_id, appointment_id) VALUES ($1, $2, $3, $4)",
        id,
        import,
        appointment
    )
}

/// The clients that an import brought, with their versions now.
pub async fn imported_clients(tx: &mut OrgTx, import: ImportId) -> Result<Vec<(ClientId, i64)>, DbError> {
    sql!(
        all(ClientId, i64),
        tx,
        "SELECT c.id, c.version FROM calendar_imported AS i
         JOIN calendar_clients AS c ON c.org_id = i.org_id AND c.id = i.client_id
         WHERE i.org_id = $1 AND i.import_id = $2 ORDER BY i.id",
        import
    )
}

/// The appointments that an import brought, with their versions now.
pub async fn imported_appointments(tx: &mut OrgTx, import: ImportId) -> Result<Vec<(AppointmentId, i64)>, DbError> {
    sql!(
        all(AppointmentId, i64),
        tx,
        "SELECT a.id, a.version FROM calendar_imported AS i
         JOIN calendar_appointments AS a ON a.org_id = i.org_id AND a.id = i.appointment_id
         WHERE i.org_id = $1 AND i.import_id = $2 ORDER BY i.id",
        import
    )
}

/// Takes an appointment away that is unchanged since `version`, with all that it takes.
pub async fn delete_appointment(tx: &mut OrgTx, id: AppointmentId, version: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_appointments WHERE org_id = $1 AND id = $2 AND version = $3", id, version)
}

/// Clients with their indexes, after one, at most `limit`.
pub async fn client_indexes_after(tx: &mut OrgTx, after: ClientId, limit: i64) -> Result<Vec<IndexedClient>, DbError> {
    sql!(all IndexedClient, tx,
        "SELECT id, name, email_index, phone_index FROM calendar_clients WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after, limit)
}

/// Whether somebody has an appointment with this person that begins then.
pub async fn is_there(tx: &mut OrgTx, client: ClientId, staff: StaffId, at: Instant) -> Result<bool, DbError> {
    let found = sql!(
        optional(AppointmentId,),
        tx,
        "SELECT id FROM calendar_appointments
         WHERE org_id = $1 AND client_id = $2 AND starts_at = $4 AND staff_id = $3 LIMIT 1",
        client,
        staff,
        at
    )?;
    Ok(found.is_some())
}

/// Stores an appointment from elsewhere, where it stands. The database refuses an overlap: [`DbError::Rule`] `appointment_overlap`.
pub async fn insert_imported(
    tx: &mut OrgTx,
    new: NewAppointment<'_>,
    status: &'static str,
    ending: &'static str,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx,
        "INSERT INTO calendar_appointments (org_id, id, service_id, staff_id, starts_at, ends_at, blocks_from, blocks_until, status, ending, client_name, client_email, client_email_index, client_phone, client_phone_index, notes, client_zone, price_cents, currency, version, created_at, updated_at, client_id, seats, source, location)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1, $20, $20, $21, $22, $23, $24)",
        new.id, new.service.id, new.staff, new.span.starts_at, new.span.ends_at, new.span.blocks_from, new.span.blocks_until,
        status, ending, new.client_name, new.client_email, new.client_indexes.email, new.client_phone, new.client_indexes.phone,
        new.notes, new.client_zone, new.price_cents, new.service.currency.as_str(), now, new.client, new.seats, new.source,
        new.location)
}
