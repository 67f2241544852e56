//! Statements about payments: one function each.

use uuid::Uuid;

use crate::{
    billing::till::GivenBack,
    clock::Instant,
    db::DbError,
    ids::fresh,
    modules::calendar::ids::{AppointmentId, ClientId, PaymentId},
    org::OrgTx,
    sql,
};

/// A payment as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// What it is for.
    pub appointment_id: Option<AppointmentId>,
    /// `acct_…`: who is paid.
    pub account: String,
    /// What Stripe's page says that it is for.
    pub about: String,
    /// What is asked.
    pub cents: i64,
    /// To which second the private link is good that leads back from Stripe.
    pub link_until: i64,
    /// What is paid back, as stored.
    pub rules: String,
    /// `open`, `paid` or `lapsed`.
    pub state: String,
    /// `cs_…`, once it is known.
    pub session: Option<String>,
    /// `pi_…`, once it is paid.
    pub intent: Option<String>,
    /// What came in.
    pub paid_cents: i64,
    /// When.
    pub paid_at: Option<Instant>,
    /// The payer's bank disputes it.
    pub disputed: bool,
    /// Since when the business lets what is paid for stand.
    pub said_yes_at: Option<Instant>,
    /// What goes back is reckoned from this start, where it is later than the appointment's own.
    pub counts_from: Option<Instant>,
    /// Since when there may be a page to pay on.
    pub led_at: Option<Instant>,
    /// Where that page is, once it is known.
    pub page_url: Option<String>,
    /// Nobody can pay on the page from then on.
    pub expires_at: Instant,
    /// How often asking Stripe failed in a row.
    pub attempts: i64,
    /// The last ticket that was drawn.
    pub asked: i64,
}

impl Payment {
    /// It is paid.
    pub fn is_paid(&self) -> bool {
        self.state == "paid"
    }

    /// Somebody may still pay.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

/// A refund as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Refund {
    /// Its id.
    pub id: Uuid,
    /// Cents.
    pub cents: i64,
    /// Who it is for.
    pub reason: String,
    /// `asked`, `made` or `failed`.
    pub state: String,
    /// `re_…`, once it is known.
    pub refund: Option<String>,
    /// When it was asked for, or found.
    pub created_at: Instant,
}

/// A payment that begins.
#[derive(Debug)]
pub struct NewPayment<'n> {
    /// Its id.
    pub id: PaymentId,
    /// What it is for; `None`: a package.
    pub appointment: Option<AppointmentId>,
    /// Who is paid.
    pub account: &'n str,
    /// What the page says.
    pub about: &'n str,
    /// What is asked.
    pub cents: i64,
    /// To which second the link back is good.
    pub link_until: i64,
    /// What is paid back, as stored.
    pub rules: &'n str,
    /// Nobody can pay on the page from then on.
    pub expires_at: Instant,
    /// When it is looked at if nobody came back.
    pub next_at: Instant,
}

/// Stores one.
pub async fn insert(tx: &mut OrgTx, new: &NewPayment<'_>) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_payments (org_id, id, appointment_id, account, about, cents, link_until, rules, state, expires_at, next_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, $11)",
        new.id,
        new.appointment,
        new.account,
        new.about,
        new.cents,
        new.link_until,
        new.rules,
        new.expires_at,
        new.next_at,
        now
    )
}

/// A payment by id.
pub async fn payment(tx: &mut OrgTx, id: PaymentId) -> Result<Option<Payment>, DbError> {
    sql!(
        optional Payment,
        tx,
        "SELECT id, appointment_id, account, about, cents, link_until, rules, state, session, intent, paid_cents, paid_at, disputed, said_yes_at, counts_from, led_at, page_url, expires_at, attempts, asked
         FROM calendar_payments WHERE org_id = $1 AND id = $2",
        id
    )
}

/// The payment of an appointment, if there is one.
pub async fn of_appointment(tx: &mut OrgTx, id: AppointmentId) -> Result<Option<Payment>, DbError> {
    sql!(
        optional Payment,
        tx,
        "SELECT id, appointment_id, account, about, cents, link_until, rules, state, session, intent, paid_cents, paid_at, disputed, said_yes_at, counts_from, led_at, page_url, expires_at, attempts, asked
         FROM calendar_payments WHERE org_id = $1 AND appointment_id = $2",
        id
    )
}

/// All payments of a client, for appointments and for packages, in no order.
pub async fn of_client(tx: &mut OrgTx, client: ClientId) -> Result<Vec<Payment>, DbError> {
    sql!(
        all Payment,
        tx,
        "SELECT p.id, p.appointment_id, p.account, p.about, p.cents, p.link_until, p.rules, p.state, p.session, p.intent, p.paid_cents, p.paid_at, p.disputed, p.said_yes_at, p.counts_from, p.led_at, p.page_url, p.expires_at, p.attempts, p.asked
         FROM calendar_appointments AS a JOIN calendar_payments AS p ON p.org_id = a.org_id AND p.appointment_id = a.id
         WHERE a.org_id = $1 AND a.client_id = $2
         UNION ALL
         SELECT p.id, p.appointment_id, p.account, p.about, p.cents, p.link_until, p.rules, p.state, p.session, p.intent, p.paid_cents, p.paid_at, p.disputed, p.said_yes_at, p.counts_from, p.led_at, p.page_url, p.expires_at, p.attempts, p.asked
         FROM calendar_purchases AS b JOIN calendar_payments AS p ON p.org_id = b.org_id AND p.id = b.payment_id
         WHERE b.org_id = $1 AND b.client_id = $2",
        client
    )
}

/// The payment that a page or a payment at Stripe is, on this account and no other.
pub async fn find(
    tx: &mut OrgTx,
    account: &str,
    session: Option<&str>,
    intent: Option<&str>,
) -> Result<Option<PaymentId>, DbError> {
    let found = match (session, intent) {
        (Some(session), _) => sql!(
            optional(PaymentId,),
            tx,
            "SELECT id FROM calendar_payments WHERE org_id = $1 AND account = $2 AND session = $3",
            account,
            session
        )?,
        (None, Some(intent)) => sql!(
            optional(PaymentId,),
            tx,
            "SELECT id FROM calendar_payments WHERE org_id = $1 AND account = $2 AND intent = $3",
            account,
            intent
        )?,
        (None, None) => None,
    };
    Ok(found.map(|(id,)| id))
}

/// Draws a ticket to ask Stripe about one. Whoever takes it from the queue has so long.
pub async fn ask(tx: &mut OrgTx, id: PaymentId, lease: Instant) -> Result<Option<Payment>, DbError> {
    let now = tx.now();
    sql!(
        optional Payment,
        tx,
        "UPDATE calendar_payments SET asked = asked + 1, next_at = CASE WHEN next_at <= $4 THEN $3 ELSE next_at END WHERE org_id = $1 AND id = $2
         RETURNING id, appointment_id, account, about, cents, link_until, rules, state, session, intent, paid_cents, paid_at, disputed, said_yes_at, counts_from, led_at, page_url, expires_at, attempts, asked",
        id,
        lease,
        now
    )
}

/// Notes that there may be a page from now on. 0 rows: nobody can pay any more.
pub async fn lead(tx: &mut OrgTx, id: PaymentId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET led_at = COALESCE(led_at, $3) WHERE org_id = $1 AND id = $2 AND state = 'open'",
        id,
        now
    )
}

/// Notes which page it is, if none is known yet, and where it is.
pub async fn know_session(tx: &mut OrgTx, id: PaymentId, session: &str, url: Option<&str>) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET session = $3, page_url = COALESCE($4, page_url) WHERE org_id = $1 AND id = $2 AND (session IS NULL OR session = $3)",
        id,
        session,
        url
    )
}

/// It is paid, and what became of it is looked at once more right away: it may have been paid back before anybody knew. 0 rows: it was
/// known.
pub async fn paid(tx: &mut OrgTx, id: PaymentId, session: &str, intent: &str, cents: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET state = 'paid', session = $3, intent = $4, paid_cents = $5, paid_at = $6, page_url = NULL, attempts = 0, next_at = $6
         WHERE org_id = $1 AND id = $2 AND state <> 'paid'",
        id,
        session,
        intent,
        cents,
        now
    )
}

/// Nobody paid, and nobody can any more. 0 rows: it was known.
pub async fn lapsed(tx: &mut OrgTx, id: PaymentId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET state = 'lapsed', page_url = NULL, attempts = 0, next_at = NULL WHERE org_id = $1 AND id = $2 AND state = 'open'",
        id
    )
}

/// When Stripe is to be asked about one next, and how often that has failed.
pub async fn look_at(tx: &mut OrgTx, id: PaymentId, next_at: Option<Instant>, attempts: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET next_at = $3, attempts = $4 WHERE org_id = $1 AND id = $2",
        id,
        next_at,
        attempts
    )
}

/// The same, of one that somebody may still pay: what is paid or lapsed meanwhile is looked at when it has to be.
pub async fn look_at_page(
    tx: &mut OrgTx,
    id: PaymentId,
    next_at: Option<Instant>,
    attempts: i64,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET next_at = $3, attempts = $4 WHERE org_id = $1 AND id = $2 AND state = 'open'",
        id,
        next_at,
        attempts
    )
}

/// One that is in the queue and can’t be read stands further back in it.
pub async fn put_back(tx: &mut OrgTx, id: PaymentId, next_at: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET next_at = $3 WHERE org_id = $1 AND id = $2 AND next_at IS NOT NULL",
        id,
        next_at
    )
}

/// There is nothing more to ask of one that lapsed.
pub async fn rest(tx: &mut OrgTx, id: PaymentId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET next_at = NULL WHERE org_id = $1 AND id = $2 AND state = 'lapsed' AND next_at IS NOT NULL",
        id
    )
}

/// The business lets what is paid for stand. 0 rows: it did already, or nothing is paid.
pub async fn say_yes(tx: &mut OrgTx, id: AppointmentId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET said_yes_at = $3 WHERE org_id = $1 AND appointment_id = $2 AND state = 'paid' AND said_yes_at IS NULL",
        id,
        now
    )
}

/// By which rules, and reckoned from when, it is paid back from now on.
pub async fn set_rules(
    tx: &mut OrgTx,
    id: PaymentId,
    rules: &str,
    counts_from: Option<Instant>,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET rules = $3, counts_from = $4 WHERE org_id = $1 AND id = $2",
        id,
        rules,
        counts_from
    )
}

/// Takes this answer over, unless a newer one was. 0 rows: it was.
pub async fn apply(tx: &mut OrgTx, id: PaymentId, ticket: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET applied = $3 WHERE org_id = $1 AND id = $2 AND applied < $3",
        id,
        ticket
    )
}

/// Whether its payer's bank disputes it. 0 rows: that was known.
pub async fn set_disputed(tx: &mut OrgTx, id: PaymentId, disputed: bool) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_payments SET disputed = $3 WHERE org_id = $1 AND id = $2 AND disputed <> $3",
        id,
        disputed
    )
}

/// The refunds of a payment, the first one first.
pub async fn refunds(tx: &mut OrgTx, id: PaymentId) -> Result<Vec<Refund>, DbError> {
    sql!(
        all Refund,
        tx,
        "SELECT id, cents, reason, state, refund, created_at FROM calendar_refunds WHERE org_id = $1 AND payment_id = $2 ORDER BY created_at, id",
        id
    )
}

/// How many appointments are paid for, or just being paid, and still to come; not what was paid back.
pub async fn paid_to_come(tx: &mut OrgTx) -> Result<i64, DbError> {
    let now = tx.now();
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM calendar_payments AS p
         JOIN calendar_appointments AS a ON a.org_id = p.org_id AND a.id = p.appointment_id
         WHERE p.org_id = $1 AND a.status = 'booked' AND a.starts_at > $2
           AND (p.state = 'open' OR p.paid_cents > (
               SELECT COALESCE(sum(r.cents), 0) FROM calendar_refunds AS r
               WHERE r.org_id = p.org_id AND r.payment_id = p.id AND r.state <> 'failed'
           ))",
        now
    )?;
    Ok(count)
}

/// Whether the organisation has its calendar on.
pub async fn has_calendar(tx: &mut OrgTx) -> Result<bool, DbError> {
    let found =
        sql!(optional(String,), tx, "SELECT module FROM org_modules WHERE org_id = $1 AND module = 'calendar'")?;
    Ok(found.is_some())
}

/// How many refunds are being made that were asked for since then.
pub async fn going_back(tx: &mut OrgTx, since: Instant) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT count(*) FROM calendar_refunds WHERE org_id = $1 AND state = 'asked' AND created_at > $2",
        since
    )?;
    Ok(count)
}

/// Asks for a refund.
pub async fn ask_refund(tx: &mut OrgTx, payment: PaymentId, cents: i64, reason: &str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_refunds (org_id, id, payment_id, cents, reason, state, created_at) VALUES ($1, $2, $3, $4, $5, 'asked', $6)",
        fresh(now),
        payment,
        cents,
        reason,
        now
    )
}

/// Stripe refuses a refund for good. 0 rows: it had come about.
pub async fn refuse_refund(tx: &mut OrgTx, id: Uuid) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_refunds SET state = 'failed' WHERE org_id = $1 AND id = $2 AND state = 'asked' AND refund IS NULL",
        id
    )
}

/// Nothing is left to be paid back by a refund that was asked for: it was, in Stripe's dashboard. 0 rows: it had come about.
pub async fn drop_refund(tx: &mut OrgTx, id: Uuid) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM calendar_refunds WHERE org_id = $1 AND id = $2 AND state = 'asked' AND refund IS NULL",
        id
    )
}

/// A refund of ours, as Stripe has it. 0 rows: that was known, or it isn't one of this payment's.
pub async fn refund_of_ours(tx: &mut OrgTx, payment: PaymentId, ours: Uuid, there: &GivenBack) -> Result<u64, DbError> {
    let state = if there.failed { "failed" } else { "made" };
    sql!(
        exec,
        tx,
        "UPDATE calendar_refunds SET state = $5, refund = $4, cents = $6, made_at = $7
         WHERE org_id = $1 AND payment_id = $2 AND id = $3 AND (state <> $5 OR refund IS NULL OR cents <> $6)",
        payment,
        ours,
        there.id.as_str(),
        state,
        there.cents,
        there.made_at
    )
}

/// A refund that was made in Stripe's dashboard. 0 rows: it was known as it is.
pub async fn refund_elsewhere(tx: &mut OrgTx, payment: PaymentId, there: &GivenBack) -> Result<u64, DbError> {
    let state = if there.failed { "failed" } else { "made" };
    let known = sql!(
        optional(Uuid, String),
        &mut *tx,
        "SELECT id, state FROM calendar_refunds WHERE org_id = $1 AND payment_id = $2 AND refund = $3",
        payment,
        there.id.as_str()
    )?;
    if let Some((id, known)) = known {
        if known == state {
            return Ok(0);
        }
        return sql!(exec, tx, "UPDATE calendar_refunds SET state = $3 WHERE org_id = $1 AND id = $2", id, state);
    }
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_refunds (org_id, id, payment_id, cents, reason, state, refund, created_at, made_at) VALUES ($1, $2, $3, $4, 'stripe', $5, $6, $7, $8)",
        fresh(now),
        payment,
        there.cents,
        state,
        there.id.as_str(),
        now,
        there.made_at
    )
}

/// An appointment waits for its payment until then.
pub async fn wait(tx: &mut OrgTx, id: AppointmentId, until: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET unpaid_until = $3 WHERE org_id = $1 AND id = $2 AND status = 'booked'",
        id,
        until
    )
}

/// It waits no more; where the business has to say yes, it waits for that from now on. 0 rows: it didn't wait.
pub async fn wait_no_more(
    tx: &mut OrgTx,
    id: AppointmentId,
    unconfirmed_until: Option<Instant>,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET unpaid_until = NULL, unconfirmed_until = $3, updated_at = $4, version = version + 1
         WHERE org_id = $1 AND id = $2 AND status = 'booked' AND unpaid_until IS NOT NULL",
        id,
        unconfirmed_until,
        now
    )
}
