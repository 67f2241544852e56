//! Taking over what Stripe says. What holds is always asked for anew, so that it makes no difference which of its events came,
//! how often, and in which order; whoever asked later wins over who asked before.

use std::cmp::Reverse;

use super::{
    invoices, notices,
    payments::{Account, Named, Payments, Subscription, Trouble, read_name},
    plans::Plans,
    seats,
    terms::{self, State, Terms},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    ids::OrgId,
    onboarding,
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    platform_sql, sql,
};

/// What came of asking Stripe about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// What was known held.
    AsKnown,
    /// Something was different, and is taken over.
    TakenOver,
    /// Somebody paid for an organisation that wasn't there yet: it is now.
    Made(OrgId),
    /// Nobody of ours.
    Unknown,
}

/// Why it wasn't taken over.
#[derive(Debug)]
pub enum Failed {
    /// Stripe.
    Stripe(Trouble),
    /// Ours.
    Ours(AppError),
}

impl From<AppError> for Failed {
    fn from(error: AppError) -> Self {
        Self::Ours(error)
    }
}

impl From<Failed> for AppError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Stripe(trouble) => trouble.into(),
            Failed::Ours(error) => error,
        }
    }
}

/// Asks what Stripe knows of one customer, and takes it over.
///
/// # Errors
/// Stripe doesn't answer, or with something that isn't ours; the database is busy. Nothing has changed then.
pub async fn take_over(platform: &Platform, customer: &str) -> Result<Outcome, Failed> {
    let payments = platform.payments().ok_or_else(|| AppError::not_found("that page"))?;
    let Some(org) = org_of(platform, customer).await? else {
        return onboarding::pay::paid(platform, payments, customer).await;
    };
    let mut tx = open(platform, org).await?;
    let (ticket,) = sql!(
        one(i64,),
        &mut tx,
        "UPDATE stripe_accounts SET asked = asked + 1 WHERE org_id = $1 AND customer = $2 RETURNING asked",
        customer
    )
    .map_err(AppError::from)?;
    tx.commit().await?;
    let account = payments.account(customer).await.map_err(Failed::Stripe)?;
    let mut tx = open(platform, org).await?;
    let newest = sql!(
        exec,
        &mut tx,
        "UPDATE stripe_accounts SET applied = $3, read_at = $4 WHERE org_id = $1 AND customer = $2 AND applied < $3",
        customer,
        ticket,
        platform.clock.now()
    )
    .map_err(AppError::from)?;
    if newest == 0 {
        // Whoever asked after this one has taken over what holds.
        tx.rollback().await?;
        return Ok(Outcome::AsKnown);
    }
    let changed = apply(&mut tx, customer, &account).await?;
    tx.commit().await?;
    Ok(if changed { Outcome::TakenOver } else { Outcome::AsKnown })
}

/// The organisation that is this customer of Stripe's.
///
/// # Errors
/// The database is busy.
pub async fn org_of(platform: &Platform, customer: &str) -> Result<Option<OrgId>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found =
        platform_sql!(optional(OrgId,), &mut tx, "SELECT org_id FROM stripe_accounts WHERE customer = $1", customer)?;
    tx.commit().await?;
    Ok(found.map(|(org,)| org))
}

/// When something was last agreed to by hand.
type ByHand = (Option<Instant>,);

/// Writes down what Stripe said of an organisation's account; says whether something was different.
pub(crate) async fn apply(tx: &mut OrgTx, customer: &str, account: &Account) -> Result<bool, Failed> {
    let before = tx.org().terms.clone();
    let plans = tx.platform().plans().clone();
    let counted = current(account);
    let by_hand = sql!(
        optional ByHand,
        &mut *tx,
        "SELECT by_hand_at FROM stripe_accounts WHERE org_id = $1 AND customer = $2",
        customer
    )
    .map_err(AppError::from)?;
    let by_hand = by_hand.and_then(|(at,)| at).filter(|_| before.billed_by == "manual");
    let fresh = match counted {
        Some(over) if is_superseded(over, by_hand) => None,
        _ => terms_of(&plans, account, &before).map_err(Failed::Stripe)?,
    };
    sql!(
        exec,
        &mut *tx,
        "UPDATE stripe_accounts SET subscription = $3, status = $4, paid_until = $5, cancels_at = $6 WHERE org_id = $1 AND customer = $2",
        customer,
        counted.map(|subscription| subscription.id.clone()),
        counted.map(|subscription| subscription.status.clone()),
        counted.map(|subscription| subscription.paid_until),
        counted.and_then(|subscription| subscription.cancels_at)
    )
    .map_err(AppError::from)?;
    invoices::keep(tx, account).await?;
    for returned in &account.returns {
        sql!(
            exec,
            &mut *tx,
            "INSERT INTO stripe_returns (org_id, id, amount, refunded, disputed, made_at, invoice, returned_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (org_id, id) DO UPDATE SET amount = $3, refunded = $4, disputed = $5, made_at = $6, invoice = $7, returned_at = $8",
            returned.id.as_str(),
            returned.amount,
            returned.refunded,
            returned.disputed,
            returned.made_at,
            returned.invoice.as_deref(),
            returned.returned_at
        )
        .map_err(AppError::from)?;
    }
    let Some(mut fresh) = fresh else { return Ok(false) };
    if let (Some(seats), true) = (fresh.plan_seats, counted.is_some_and(goes_on)) {
        seats::taken_over(tx, seats).await?;
    }
    // Seats can be taken away at Stripe, past our own page.
    fresh.plan_over_since = seats::over_since(tx, &fresh).await?;
    if fresh == before {
        return Ok(false);
    }
    // What held before the first payment is no news to anybody.
    let (action, told_before) =
        if before.billed_by == "stripe" { ("platform.plan_paid", &before) } else { ("platform.plan_started", &fresh) };
    let detail = terms::difference(tx, told_before, &fresh);
    terms::agree(tx, &fresh, action, &detail).await?;
    notices::tell(tx, &fresh).await?;
    Ok(true)
}

/// What an organisation has agreed to by what it pays for; `None` while it pays for nothing.
///
/// # Errors
/// A subscription that isn't one of ours, or isn't in Australian dollars.
pub fn terms_of(plans: &Plans, account: &Account, before: &Terms) -> Result<Option<Terms>, Trouble> {
    let Some(subscription) = current(account) else { return Ok(None) };
    let foreign = |why: &str| Trouble { passes: false, why: why.to_owned() };
    if subscription.items.iter().any(|item| item.currency != "aud") {
        return Err(foreign("a subscription isn’t in Australian dollars"));
    }
    let mut base: Option<Named> = None;
    let (mut more, mut cents) = (0, 0);
    for item in &subscription.items {
        let named = read_name(&item.price).ok_or_else(|| foreign("a subscription has a price that isn’t ours"))?;
        cents += item.cents * item.quantity;
        if named.seat {
            more += item.quantity;
        } else if base.replace(named).is_some() {
            return Err(foreign("a subscription is for two plans"));
        }
    }
    let base = base.ok_or_else(|| foreign("a subscription is for no plan"))?;
    let plan = plans.find(&base.plan, base.version);
    let counted = base.seats.or_else(|| Some(plan?.seats? + more)).or(before.plan_seats);
    let seats = counted.filter(|_| !base.no_limit);
    let by_plan = seats.and_then(|seats| plan?.reckon(base.period, seats));
    let same_plan = (&base.plan, base.version) == (&before.plan, before.plan_version);
    let (state, since, until) = standing(subscription, account, before);
    Ok(Some(Terms {
        plan: base.plan,
        plan_version: base.version,
        plan_period: base.period.as_str().to_owned(),
        plan_seats: seats,
        plan_price: (by_plan != Some(cents)).then_some(cents),
        plan_modules: before.plan_modules.clone().filter(|_| same_plan),
        billed_by: "stripe".to_owned(),
        billing_state: state.as_str().to_owned(),
        billing_since: since,
        billing_until: until,
        suspended_at: before.suspended_at,
        plan_over_since: before.plan_over_since,
    }))
}

/// The subscription that counts: the newest that goes on, or else the newest that has ended. One that was never paid is none.
pub fn current(account: &Account) -> Option<&Subscription> {
    account
        .subscriptions
        .iter()
        .filter(|subscription| !subscription.status.starts_with("incomplete"))
        .max_by_key(|subscription| (goes_on(subscription), subscription.made_at, Reverse(subscription.id.clone())))
}

fn goes_on(subscription: &Subscription) -> bool {
    subscription.status != "canceled"
}

/// It is over, and whoever runs the platform agreed to something else since it was taken up.
fn is_superseded(subscription: &Subscription, by_hand: Option<Instant>) -> bool {
    !goes_on(subscription) && by_hand.is_some_and(|at| at > subscription.made_at)
}

/// Where it stands, since when, and until when: from what Stripe says alone, so that it is the same whenever it is read.
fn standing(subscription: &Subscription, account: &Account, before: &Terms) -> (State, Instant, Option<Instant>) {
    let made = subscription.made_at;
    let unpaid = || {
        let open = account.invoices.iter().filter(|invoice| invoice.status == "open" && invoice.tried);
        open.map(|invoice| invoice.made_at).min()
    };
    match (subscription.status.as_str(), subscription.cancels_at) {
        // One that was cancelled goes on being tried out, and brings nothing.
        ("trialing", ends) => {
            (State::Trial, made, Some(ends.or(subscription.trial_until).unwrap_or(subscription.paid_until)))
        }
        ("active", Some(ends)) => (State::Ended, made, Some(ends)),
        ("active", None) => (State::Active, made, None),
        ("past_due" | "unpaid", _) => {
            let known = (before.state() == State::PastDue).then_some(before.billing_since);
            (State::PastDue, unpaid().or(known).unwrap_or(subscription.paid_until), None)
        }
        // Ended, paused, or a word that isn't known yet: nobody keeps what they don't pay for.
        _ => {
            let over = subscription.ended_at.unwrap_or(subscription.paid_until);
            (State::Ended, over, Some(over))
        }
    }
}

pub(crate) async fn open(platform: &Platform, org: OrgId) -> Result<OrgTx> {
    let actor = Actor::System("what Stripe says");
    OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await
}

/// How payments are taken here.
///
/// # Errors
/// 404 where plans are set by hand.
pub(crate) fn payments(platform: &Platform) -> Result<&Payments> {
    platform.payments().ok_or_else(|| AppError::not_found("that page"))
}
