//! Statements about packages: one function each.

use crate::{
    clock::Instant,
    db::DbError,
    modules::calendar::ids::{AppointmentId, ClientId, PackageId, PaymentId, PurchaseId, ServiceId},
    org::OrgTx,
    sql,
};

/// A package that can be bought, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Package {
    /// Its id.
    pub id: PackageId,
    /// "Ten massages".
    pub name: String,
    /// How many sessions it has.
    pub sessions: i64,
    /// What it costs.
    pub price_cents: i64,
    /// For how many months it can be used.
    pub months: i64,
    /// It can be bought.
    pub active: bool,
    /// Grows with every change.
    pub version: i64,
}

/// One that somebody bought, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Purchase {
    /// Its id.
    pub id: PurchaseId,
    /// Which package it is.
    pub package_id: PackageId,
    /// Whose it is.
    pub client_id: ClientId,
    /// How it was paid; `None`: at the counter.
    pub payment_id: Option<PaymentId>,
    /// What it was called.
    pub name: String,
    /// How many sessions it has.
    pub sessions: i64,
    /// How many of them are used.
    pub used: i64,
    /// What it cost.
    pub price_cents: i64,
    /// Sealed.
    pub code: Vec<u8>,
    /// The keyed index of the address that it was bought with; `None`: it isn’t known.
    pub email_index: Option<Vec<u8>>,
    /// `open`, `active`, `lapsed` or `void`.
    pub state: String,
    /// It can be used until then.
    pub expires_at: Instant,
    /// When it was bought.
    pub created_at: Instant,
}

impl Purchase {
    /// Sessions that are left.
    pub fn left(&self) -> i64 {
        (self.sessions - self.used).max(0)
    }

    /// It can be used now.
    pub fn is_good(&self, now: Instant) -> bool {
        self.state == "active" && now < self.expires_at
    }
}

/// All packages, those that can be bought first.
pub async fn packages(tx: &mut OrgTx) -> Result<Vec<Package>, DbError> {
    sql!(
        all Package,
        tx,
        "SELECT id, name, sessions, price_cents, months, active, version FROM calendar_packages WHERE org_id = $1 ORDER BY active DESC, name, id"
    )
}

/// One of them.
pub async fn package(tx: &mut OrgTx, id: PackageId) -> Result<Option<Package>, DbError> {
    sql!(
        optional Package,
        tx,
        "SELECT id, name, sessions, price_cents, months, active, version FROM calendar_packages WHERE org_id = $1 AND id = $2",
        id
    )
}

/// For which services each is.
pub async fn services(tx: &mut OrgTx) -> Result<Vec<(PackageId, ServiceId)>, DbError> {
    sql!(
        all(PackageId, ServiceId),
        tx,
        "SELECT package_id, service_id FROM calendar_package_services WHERE org_id = $1 ORDER BY package_id, service_id"
    )
}

/// Whether a package is for a service.
pub async fn is_for(tx: &mut OrgTx, package: PackageId, service: ServiceId) -> Result<bool, DbError> {
    let found = sql!(
        optional(PackageId,),
        tx,
        "SELECT package_id FROM calendar_package_services WHERE org_id = $1 AND package_id = $2 AND service_id = $3",
        package,
        service
    )?;
    Ok(found.is_some())
}

/// Whether any package is for a service.
pub async fn has_any(tx: &mut OrgTx, service: ServiceId) -> Result<bool, DbError> {
    let found = sql!(
        optional(PackageId,),
        tx,
        "SELECT package_id FROM calendar_package_services WHERE org_id = $1 AND service_id = $2 LIMIT 1",
        service
    )?;
    Ok(found.is_some())
}

/// Stores a package.
pub async fn insert(tx: &mut OrgTx, package: &Package) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_packages (org_id, id, name, sessions, price_cents, months, active, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        package.id,
        package.name.as_str(),
        package.sessions,
        package.price_cents,
        package.months,
        package.active,
        now
    )
}

/// It is for this service, too.
pub async fn add_service(tx: &mut OrgTx, package: PackageId, service: ServiceId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_package_services (org_id, package_id, service_id) VALUES ($1, $2, $3)",
        package,
        service
    )
}

/// Whether it can be bought, if it is unchanged since its version. 0 rows: it has changed.
pub async fn set_active(tx: &mut OrgTx, id: PackageId, version: i64, active: bool) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_packages SET active = $4, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $3",
        id,
        version,
        active
    )
}

/// Stores what somebody bought, with the keyed index of its code.
pub async fn insert_purchase(tx: &mut OrgTx, purchase: &Purchase, code_index: Vec<u8>) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_purchases (org_id, id, package_id, client_id, payment_id, name, sessions, price_cents, code, code_index, email_index, state, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        purchase.id,
        purchase.package_id,
        purchase.client_id,
        purchase.payment_id,
        purchase.name.as_str(),
        purchase.sessions,
        purchase.price_cents,
        purchase.code.clone(),
        code_index,
        purchase.email_index.clone(),
        purchase.state.as_str(),
        purchase.expires_at,
        purchase.created_at
    )
}

/// What somebody bought.
pub async fn purchase(tx: &mut OrgTx, id: PurchaseId) -> Result<Option<Purchase>, DbError> {
    sql!(
        optional Purchase,
        tx,
        "SELECT id, package_id, client_id, payment_id, name, sessions, used, price_cents, code, email_index, state, expires_at, created_at FROM calendar_purchases WHERE org_id = $1 AND id = $2",
        id
    )
}

/// The same by its payment.
pub async fn of_payment(tx: &mut OrgTx, id: PaymentId) -> Result<Option<Purchase>, DbError> {
    sql!(
        optional Purchase,
        tx,
        "SELECT id, package_id, client_id, payment_id, name, sessions, used, price_cents, code, email_index, state, expires_at, created_at FROM calendar_purchases WHERE org_id = $1 AND payment_id = $2",
        id
    )
}

/// The same by its code.
pub async fn by_code(tx: &mut OrgTx, index: Vec<u8>) -> Result<Option<Purchase>, DbError> {
    sql!(
        optional Purchase,
        tx,
        "SELECT id, package_id, client_id, payment_id, name, sessions, used, price_cents, code, email_index, state, expires_at, created_at FROM calendar_purchases WHERE org_id = $1 AND code_index = $2",
        index
    )
}

/// What a client bought and paid for, the latest first.
pub async fn of_client(tx: &mut OrgTx, client: ClientId) -> Result<Vec<Purchase>, DbError> {
    sql!(
        all Purchase,
        tx,
        "SELECT id, package_id, client_id, payment_id, name, sessions, used, price_cents, code, email_index, state, expires_at, created_at FROM calendar_purchases
         WHERE org_id = $1 AND client_id = $2 AND state IN ('active', 'void') ORDER BY created_at DESC, id DESC LIMIT 50",
        client
    )
}

/// All that a client ever chose to buy, the latest first.
pub async fn all_of_client(tx: &mut OrgTx, client: ClientId) -> Result<Vec<Purchase>, DbError> {
    sql!(
        all Purchase,
        tx,
        "SELECT id, package_id, client_id, payment_id, name, sessions, used, price_cents, code, email_index, state, expires_at, created_at FROM calendar_purchases
         WHERE org_id = $1 AND client_id = $2 ORDER BY created_at DESC, id DESC",
        client
    )
}

/// How many that clients bought have sessions left, and how many are just being paid for: as long as it is asked whether they are.
pub async fn unused(tx: &mut OrgTx) -> Result<(i64, i64), DbError> {
    let now = tx.now();
    sql!(
        one(i64, i64),
        tx,
        "SELECT COUNT(CASE WHEN b.state = 'active' AND b.used < b.sessions AND b.expires_at > $2 THEN 1 END),
           COUNT(CASE WHEN b.state = 'open' AND EXISTS (SELECT 1 FROM calendar_payments AS p WHERE p.org_id = b.org_id AND p.id = b.payment_id AND p.state = 'open' AND p.next_at IS NOT NULL) THEN 1 END)
         FROM calendar_purchases AS b WHERE b.org_id = $1",
        now
    )
}

/// It is paid, and can be used until then. 0 rows: it was.
pub async fn activate(tx: &mut OrgTx, id: PurchaseId, expires_at: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_purchases SET state = 'active', expires_at = $3 WHERE org_id = $1 AND id = $2 AND state IN ('open', 'lapsed')",
        id,
        expires_at
    )
}

/// It was never paid, or can’t be used any more.
pub async fn end(tx: &mut OrgTx, id: PurchaseId, state: &'static str) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE calendar_purchases SET state = $3 WHERE org_id = $1 AND id = $2", id, state)
}

/// None of what a client bought can be used any more, nor what they are just paying for: nobody knows whose it was.
pub async fn void_of_client(tx: &mut OrgTx, client: ClientId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_purchases SET state = 'void', email_index = NULL WHERE org_id = $1 AND client_id = $2",
        client
    )
}

/// What one client bought is another’s from now on: they are one.
pub async fn move_to(tx: &mut OrgTx, from: ClientId, into: ClientId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE calendar_purchases SET client_id = $3 WHERE org_id = $1 AND client_id = $2", from, into)
}

/// Takes sessions of it for an appointment, if there are as many. 0 rows: there aren’t.
pub async fn take(tx: &mut OrgTx, id: PurchaseId, sessions: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_purchases SET used = used + $3 WHERE org_id = $1 AND id = $2 AND used + $3 <= sessions AND state = 'active' AND expires_at > $4",
        id,
        sessions,
        now
    )
}

/// Notes for which appointment.
pub async fn insert_use(
    tx: &mut OrgTx,
    appointment: AppointmentId,
    purchase: PurchaseId,
    sessions: i64,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_package_uses (org_id, appointment_id, purchase_id, sessions) VALUES ($1, $2, $3, $4)",
        appointment,
        purchase,
        sessions
    )
}

/// What an appointment takes of a package.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Use {
    /// Which was bought.
    pub purchase_id: PurchaseId,
    /// What it is called.
    pub name: String,
    /// How many sessions.
    pub sessions: i64,
    /// Since when they are there again.
    pub given_back_at: Option<Instant>,
}

/// What an appointment takes of a package, if it does.
pub async fn use_of(tx: &mut OrgTx, appointment: AppointmentId) -> Result<Option<Use>, DbError> {
    sql!(
        optional Use,
        tx,
        "SELECT u.purchase_id, p.name, u.sessions, u.given_back_at FROM calendar_package_uses AS u
         JOIN calendar_purchases AS p ON p.org_id = u.org_id AND p.id = u.purchase_id
         WHERE u.org_id = $1 AND u.appointment_id = $2",
        appointment
    )
}

/// Its sessions are there again. 0 rows: they were.
pub async fn give_back(tx: &mut OrgTx, appointment: AppointmentId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_package_uses SET given_back_at = $3 WHERE org_id = $1 AND appointment_id = $2 AND given_back_at IS NULL",
        appointment,
        now
    )
}

/// The same, of what was bought.
pub async fn untake(tx: &mut OrgTx, id: PurchaseId, sessions: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_purchases SET used = used - $3 WHERE org_id = $1 AND id = $2 AND used >= $3",
        id,
        sessions
    )
}
