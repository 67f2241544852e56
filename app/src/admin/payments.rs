//! What Stripe told us, and how it compares: for the operator.

use super::operator::{Acting, Operator};
use crate::{
    audit::{self, Detail},
    billing::events,
    clock::Instant,
    db::Access,
    error::Result,
    money::dollars,
    platform::Platform,
    platform_sql,
};

/// So many are shown.
const SHOWN: i64 = 100;

/// An event, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Told {
    /// `evt_…`
    pub id: String,
    /// `invoice.paid`
    pub kind: String,
    /// When it came.
    pub received_at: Instant,
    /// It is to be taken over then.
    pub due_at: Option<Instant>,
    /// How often that was tried.
    pub attempts: i64,
    /// It was taken over then.
    pub done_at: Option<Instant>,
    /// What came of it.
    pub outcome: Option<String>,
    /// Why it wasn't taken over.
    pub last_error: Option<String>,
    /// How much it was about, as it said itself.
    pub cents: Option<i64>,
    /// The bank's word for why a card wasn't charged: `card_declined`.
    pub reason: Option<String>,
    /// The address of the organisation whose customer it was about.
    pub org_slug: Option<String>,
    /// Its name.
    pub org_name: Option<String>,
}

impl Told {
    /// "Payment of $59.00 failed: card declined"
    pub fn words(&self) -> String {
        let of = |what: &str| match self.cents {
            Some(cents) => format!("{what} of {}", dollars(cents)),
            None => what.to_owned(),
        };
        let words = match self.kind.as_str() {
            "invoice.paid" | "invoice.payment_succeeded" => format!("{} arrived", of("Payment")),
            "invoice.payment_failed" => format!("{} failed", of("Payment")),
            "invoice.payment_action_required" => format!("{} waits for the buyer to confirm it", of("Payment")),
            "invoice.created" => format!("{} was begun", of("Invoice")),
            "invoice.finalized" => format!("{} was written", of("Invoice")),
            "invoice.sent" => format!("{} was sent", of("Invoice")),
            "invoice.updated" => format!("{} was changed", of("Invoice")),
            "invoice.upcoming" => format!("{} comes up", of("Invoice")),
            "invoice.voided" => format!("{} was taken back", of("Invoice")),
            "invoice.marked_uncollectible" => format!("{} was written off", of("Invoice")),
            "charge.succeeded" => format!("{} went through", of("Card payment")),
            "charge.failed" => format!("{} failed", of("Card payment")),
            "charge.refunded" => format!("{} was given back", of("Payment")),
            "charge.updated" => format!("{} was changed", of("Card payment")),
            "charge.dispute.created" => format!("{} is disputed", of("Card payment")),
            "charge.dispute.closed" => format!("{}: the dispute is over", of("Card payment")),
            "checkout.session.completed" => "The page to pay on was filled in".to_owned(),
            "checkout.session.expired" => "The page to pay on ran out".to_owned(),
            "customer.created" => "A customer was made".to_owned(),
            "customer.updated" => "A customer’s details were changed".to_owned(),
            "customer.deleted" => "A customer was deleted".to_owned(),
            "customer.subscription.created" => "A plan began".to_owned(),
            "customer.subscription.updated" => "A plan was changed".to_owned(),
            "customer.subscription.deleted" => "A plan ended".to_owned(),
            "customer.subscription.paused" => "A plan was paused".to_owned(),
            "customer.subscription.resumed" => "A plan goes on again".to_owned(),
            "customer.subscription.trial_will_end" => "A trial ends soon".to_owned(),
            _ => "Something else happened at Stripe".to_owned(),
        };
        match &self.reason {
            Some(reason) => format!("{words}: {}", reason.replace('_', " ")),
            None => words,
        }
    }
}

/// A comparison of everything with Stripe.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Compared {
    /// When.
    pub at: Instant,
    /// How many customers.
    pub checked: i64,
    /// How many weren't as Stripe says, and are now.
    pub mended: i64,
    /// How many couldn't be compared.
    pub failed: i64,
}

/// The events, the newest first; those alone that weren't taken over, where that is asked for.
///
/// # Errors
/// The database is busy.
pub async fn told(platform: &Platform, _by: Operator, stuck: bool) -> Result<Vec<Told>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let told = platform_sql!(
        all Told,
        &mut tx,
        "SELECT e.id, e.kind, e.received_at, e.due_at, e.attempts, e.done_at, e.outcome, e.last_error, e.cents, e.reason,
           (SELECT o.slug FROM organisations AS o JOIN stripe_accounts AS a ON a.org_id = o.id WHERE a.customer = e.customer) AS org_slug,
           (SELECT o.name FROM organisations AS o JOIN stripe_accounts AS a ON a.org_id = o.id WHERE a.customer = e.customer) AS org_name
         FROM stripe_events AS e WHERE NOT $1 OR e.done_at IS NULL ORDER BY e.received_at DESC, e.id LIMIT $2",
        stuck,
        SHOWN
    )?;
    tx.commit().await?;
    Ok(told)
}

/// How many events were given up.
///
/// # Errors
/// The database is busy.
pub async fn stuck(platform: &Platform, _by: Operator) -> Result<i64> {
    let mut tx = platform.begin(Access::Read).await?;
    let (count,) = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT COUNT(*) FROM stripe_events WHERE done_at IS NULL AND due_at IS NULL"
    )?;
    tx.commit().await?;
    Ok(count)
}

/// Whose payments their banks dispute: the organisation’s address, once for each.
///
/// # Errors
/// The database is busy.
pub async fn disputed(platform: &Platform, _by: Operator) -> Result<Vec<String>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let disputed = platform_sql!(
        all(String,),
        &mut tx,
        "SELECT o.slug FROM stripe_returns AS r JOIN organisations AS o ON o.id = r.org_id WHERE r.disputed ORDER BY o.slug"
    )?;
    tx.commit().await?;
    Ok(disputed.into_iter().map(|(slug,)| slug).collect())
}

/// The last comparisons with Stripe, the newest first.
///
/// # Errors
/// The database is busy.
pub async fn compared(platform: &Platform, _by: Operator) -> Result<Vec<Compared>> {
    let mut tx = platform.begin(Access::Read).await?;
    let all = platform_sql!(
        all Compared,
        &mut tx,
        "SELECT at, checked, mended, failed FROM stripe_reconciliations ORDER BY at DESC LIMIT 7"
    )?;
    tx.commit().await?;
    Ok(all)
}

/// Has an event taken over again.
///
/// # Errors
/// 409 for one that is of no matter.
pub async fn again(platform: &Platform, by: Acting, id: &str) -> Result<()> {
    events::again(platform, id).await?;
    note(platform, by, "admin.event_again", &Detail::default().with("event", id)).await
}

/// Compares everything with Stripe now.
///
/// # Errors
/// The database is busy.
pub async fn compare(platform: &Platform, by: Acting) -> Result<()> {
    events::reconcile(platform).await?;
    note(platform, by, "admin.payments_compared", &Detail::default()).await
}

async fn note(platform: &Platform, by: Acting, action: &'static str, detail: &Detail) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    audit::log(platform, &mut tx, Some(by.operator().user()), action, None, detail).await?;
    Ok(tx.commit().await?)
}
