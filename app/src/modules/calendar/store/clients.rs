//! Statements about the people that a business does things for.

use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

use super::super::ids::ClientId;

/// Somebody that the business does things for, their personal fields sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Client {
    /// Their id.
    pub id: ClientId,
    /// Sealed.
    pub name: Vec<u8>,
    /// Sealed; of an empty text where none is known.
    pub email: Vec<u8>,
    /// Sealed; of an empty text where none is known.
    pub phone: Vec<u8>,
    /// What the business notes about them. Sealed.
    pub notes: Vec<u8>,
    /// A JSON array of words. Sealed.
    pub tags: Vec<u8>,
    /// When they said that the business may write to them of itself.
    pub marketing_at: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
    /// When they became known.
    pub created_at: Instant,
}

/// The keyed indexes of a client’s address and number; `None` where they have none.
#[derive(Debug, Clone, Default)]
pub struct ClientIndexes {
    /// Of the email.
    pub email: Option<Vec<u8>>,
    /// Of the phone.
    pub phone: Option<Vec<u8>>,
}

/// Stores somebody new.
pub async fn insert_client(tx: &mut OrgTx, client: &Client, indexes: ClientIndexes) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_clients (org_id, id, name, email, email_index, phone, phone_index, notes, tags, marketing_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        client.id,
        client.name.clone(),
        client.email.clone(),
        indexes.email,
        client.phone.clone(),
        indexes.phone,
        client.notes.clone(),
        client.tags.clone(),
        client.marketing_at,
        client.created_at
    )
}

/// Whoever has this email, those known the longest first.
pub async fn clients_by_email(tx: &mut OrgTx, index: Vec<u8>) -> Result<Vec<Client>, DbError> {
    sql!(all Client, tx,
        "SELECT id, name, email, phone, notes, tags, marketing_at, version, created_at
         FROM calendar_clients WHERE org_id = $1 AND email_index = $2 ORDER BY id LIMIT 50",
        index)
}

/// Whoever has this phone number, those known the longest first.
pub async fn clients_by_phone(tx: &mut OrgTx, index: Vec<u8>) -> Result<Vec<Client>, DbError> {
    sql!(all Client, tx,
        "SELECT id, name, email, phone, notes, tags, marketing_at, version, created_at
         FROM calendar_clients WHERE org_id = $1 AND phone_index = $2 ORDER BY id LIMIT 50",
        index)
}

/// Somebody who has this email, or this phone number.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Alike {
    /// Who.
    #[sqlx(flatten)]
    pub client: Client,
    /// It is the email that they share.
    pub by_email: bool,
}

/// Whoever has this email or this phone number: who shares the email first, and those known the longest.
pub async fn clients_alike(tx: &mut OrgTx, indexes: &ClientIndexes) -> Result<Vec<Alike>, DbError> {
    sql!(all Alike, tx,
        "SELECT id, name, email, phone, notes, tags, marketing_at, version, created_at, COALESCE(email_index = $2, FALSE) AS by_email
         FROM calendar_clients WHERE org_id = $1 AND (email_index = $2 OR phone_index = $3) ORDER BY by_email DESC, id LIMIT 100",
        indexes.email.clone(),
        indexes.phone.clone())
}

/// Adds to somebody what wasn’t known about them.
pub async fn complete_client(
    tx: &mut OrgTx,
    id: ClientId,
    email: Vec<u8>,
    phone: Vec<u8>,
    indexes: ClientIndexes,
    marketing_at: Option<Instant>,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_clients SET email = $3, email_index = $4, phone = $5, phone_index = $6, marketing_at = $7, updated_at = $8, version = version + 1
         WHERE org_id = $1 AND id = $2",
        id,
        email,
        indexes.email,
        phone,
        indexes.phone,
        marketing_at,
        now
    )
}
