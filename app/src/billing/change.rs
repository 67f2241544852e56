//! What an owner does about their plan: takes one up, changes it, sees to the card, lets it end, takes that back. Stripe is told,
//! and asked at once what holds.

use jiff::tz::TimeZone;

use super::{
    abns,
    asks::Ask,
    payments::{Account, BUSY, Checkout, Order, Preview, Subscription, Trouble},
    plans::{self, Plan},
    seats,
    sync::{self, current},
    terms::Usage,
    wire::Period,
};
use crate::{
    audit::Detail,
    auth::{
        accounts,
        standing::{Elevated, LoggedIn},
    },
    clock::Instant,
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    ids::OrgId,
    onboarding,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions,
    platform::Platform,
    sql,
};

/// What an owner chooses, as a form gives it.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// A plan's name.
    pub plan: String,
    /// `month` or `year`.
    pub period: String,
    /// How many may belong.
    pub seats: String,
}

/// A choice, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The plan, in the version that is sold, or the one that they have, whether it is sold or not.
    pub plan: Plan,
    /// How often is paid.
    pub period: Period,
    /// How many may belong; `None`: no limit.
    pub seats: Option<i64>,
    /// What was agreed for exactly this, cents a period; `None`: the plan’s price.
    pub price: Option<i64>,
    /// What was agreed for something else, and ends with this.
    pub price_that_ends: Option<i64>,
    /// The first payment for exactly this was agreed to be then.
    pub free_until: Option<Instant>,
    /// The clock that its days are on.
    pub zone: TimeZone,
}

/// Stripe takes a day for the first payment from two days on, and a little for the way there.
const EARLIEST_TRIAL_END_SECONDS: i64 = 49 * 60 * 60;
const DAY: i64 = 24 * 60 * 60;

/// What is said where the answer to a change was lost, and the plan is the one from before.
const NOT_CHANGED: &str = "Payments didn’t answer in time. Your plan is as it was, and nothing was charged. Please try again in a minute: nothing is \
                           charged twice.";
/// The same, where what holds can’t be asked either.
const NOT_KNOWN: &str = "Payments didn’t answer, so it isn’t known yet whether your plan is changed. Open this page again in a few minutes: it \
                         says what holds. Nothing is charged twice.";

impl Chosen {
    fn order(&self) -> Order<'_> {
        Order { plan: &self.plan, period: self.period, seats: self.seats, price: self.price }
    }

    /// Cents for each period, including GST.
    pub fn each(&self) -> i64 {
        self.order().cents()
    }

    /// What is free still: whole days where it ends soon, or else its end.
    fn trial(&self, now: Instant) -> (Option<u32>, Option<Instant>) {
        match self.free_until {
            Some(until) if until >= now.plus_seconds(EARLIEST_TRIAL_END_SECONDS) => (None, Some(until)),
            Some(until) => {
                let seconds = until.timestamp().as_second() - now.timestamp().as_second();
                (u32::try_from((seconds + DAY - 1) / DAY).ok().filter(|days| *days > 0), None)
            }
            None => (None, None),
        }
    }
}

/// The address of the page where an owner pays for a plan, for an organisation that has none with Stripe.
///
/// # Errors
/// 422 at `plan`, `period` or `seats`; 409 where there is one; 503 where Stripe can't be reached.
pub async fn take_up(platform: &Platform, by: Elevated, org: &str, choice: &Choice) -> Result<String> {
    let payments = sync::payments(platform)?;
    let (mut tx, chosen) = open(platform, by.person(), org, choice).await?;
    let (id, name, slug) = (tx.id(), tx.org().name.clone(), tx.org().slug.clone());
    let known = customer(&mut tx).await?;
    tx.rollback().await?;
    let customer = if let Some(customer) = known {
        customer
    } else {
        let email = accounts::email_of(platform, by.person().user()).await?;
        let customer = payments.customer(&name, &email, &id.to_string()).await?;
        let mut tx = sync::open(platform, id).await?;
        if self::customer(&mut tx).await?.is_none() {
            onboarding::pay::link(&mut tx, &customer).await?;
        }
        tx.commit().await?;
        customer
    };
    // Whoever has paid already, and comes by again, pays no second time.
    sync::take_over(platform, &customer).await?;
    // It stands on the first invoice already; where Stripe doesn’t take it now, a job tells it later.
    if let Err(error) = abns::tell(platform, id).await {
        tracing::warn!(%error, org = %id, "Stripe isn’t told an ABN yet; it is tried again");
    }
    let mut tx = sync::open(platform, id).await?;
    let goes_on = sql!(
        optional(String,),
        &mut tx,
        "SELECT status FROM stripe_accounts WHERE org_id = $1 AND status <> 'canceled'"
    )?;
    if goes_on.is_some() {
        return Err(AppError::conflict("Your organisation has a plan already. Change it instead."));
    }
    let number = seats::order(&mut tx, chosen.seats).await?;
    tx.commit().await?;
    let back = format!("{}/app/{slug}/settings/billing", platform.origin);
    let (trial_days, trial_until) = chosen.trial(platform.clock.now());
    let checkout = Checkout {
        customer: &customer,
        order: chosen.order(),
        trial_days,
        trial_until,
        paid: format!("{back}?paid=1"),
        left: format!("{back}?left=1"),
    };
    // Where Stripe didn’t answer, a page from before may be open still.
    let page = Box::pin(payments.checkout(&checkout)).await?;
    settle(platform, id, number, chosen.seats).await?;
    Ok(page)
}

/// What an owner chooses, checked: before they pay for it.
///
/// # Errors
/// 422 at `plan`, `period` or `seats`, also for fewer seats than are taken.
pub async fn choose(platform: &Platform, by: LoggedIn, org: &str, choice: &Choice) -> Result<Chosen> {
    sync::payments(platform)?;
    let (tx, chosen) = open(platform, by, org, choice).await?;
    tx.rollback().await?;
    Ok(chosen)
}

/// What a change of plan comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing changes: it is what they have.
    AsItIs,
    /// Nothing at once, while they try it out.
    AfterTrial {
        /// "7 December 2026": from then on they pay; `None`: it was cancelled, and ends then.
        from: Option<String>,
        /// The second that this was reckoned for.
        at: i64,
    },
    /// So much at once.
    Now(Preview),
}

/// What a change of plan would cost at once.
///
/// # Errors
/// 422 at `plan`, `period` or `seats`, also for fewer seats than are taken; 409 without a plan that is paid for; 429 for many in a row.
pub async fn preview(platform: &Platform, by: LoggedIn, org: &str, choice: &Choice) -> Result<(Chosen, Due)> {
    let payments = sync::payments(platform)?;
    let (mut tx, chosen) = open(platform, by, org, choice).await?;
    let customer = customer(&mut tx).await?.ok_or_else(no_plan)?;
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    tx.rollback().await?;
    if !payments.may_ask(Ask::Preview, &customer, platform.clock.now()) {
        let words = "You have looked at several plans in a row. Please wait a moment, then look at this one again.";
        return Err(AppError { retry_after: Some(5), ..AppError::new(Code::TooMany, words) });
    }
    let account = payments.account(&customer).await?;
    let subscription = goes_on(&account)?;
    let at = platform.clock.now().micros() / 1_000_000;
    let order = chosen.order();
    let due = if order.is_of(subscription) {
        Due::AsItIs
    } else if subscription.status == "trialing" {
        // Stripe would show the first invoice after the trial, as if it were due.
        let from = subscription.trial_until.unwrap_or(subscription.paid_until);
        let from = subscription.cancels_at.is_none().then(|| from.day_in(zone));
        Due::AfterTrial { from, at }
    } else {
        Due::Now(payments.preview(&customer, subscription, &order, at).await?)
    };
    Ok((chosen, due))
}

/// Changes the plan, or how many may belong; what is due for the rest of the period is taken at once, as the preview for the
/// same second said.
///
/// # Errors
/// As [`preview`]; 402 for a card that was refused: nothing has changed then.
pub async fn change(platform: &Platform, by: Elevated, org: &str, choice: &Choice, at: i64) -> Result<()> {
    let payments = sync::payments(platform)?;
    let (mut tx, chosen) = open(platform, by.person(), org, choice).await?;
    let id = tx.id();
    let customer = customer(&mut tx).await?.ok_or_else(no_plan)?;
    tx.rollback().await?;
    let account = payments.account(&customer).await?;
    let subscription = goes_on(&account)?;
    let now = platform.clock.now().micros() / 1_000_000;
    // What was shown long ago isn't what it costs now.
    let at = if (now - 15 * 60..=now).contains(&at) { at } else { now };
    let seats = chosen.seats.map_or_else(|| "no limit".to_owned(), |seats| seats.to_string());
    let once = format!("{id} {} {} {seats} {at}", chosen.plan.name, choice.period);
    // The same once more changes nothing, and costs nothing.
    if chosen.order().is_of(subscription) {
        sync::take_over(platform, &customer).await?;
        return Ok(());
    }
    let mut tx = sync::open(platform, id).await?;
    let number = seats::order(&mut tx, chosen.seats).await?;
    tx.commit().await?;
    match payments.change(subscription, &chosen.order(), at, &once).await {
        Ok(()) => {}
        // What it said was lost on the way, or never said: what holds is asked for.
        Err(trouble) if trouble.passes && trouble.why != BUSY => match payments.account(&customer).await {
            Ok(account) if goes_on(&account).is_ok_and(|holds| chosen.order().is_of(holds)) => {}
            // It may still come: what was ordered holds until then.
            Ok(_) => return Err(lost(&trouble, NOT_CHANGED)),
            Err(_) => return Err(lost(&trouble, NOT_KNOWN)),
        },
        Err(trouble) => {
            settle(platform, id, number, None).await?;
            return Err(trouble.into());
        }
    }
    let detail =
        Detail::default().with("plan", &chosen.plan.title).with("period", chosen.period.as_str()).with("seats", seats);
    // It is changed, whether that can be written down or not.
    if let Err(error) = note(platform, by, org, "platform.plan_chosen", &detail).await {
        tracing::error!(%error, org = %id, "who changed the plan isn’t in the log");
    }
    if let Err(error) = sync::take_over(platform, &customer).await {
        // Its events say it too, a little later; what was ordered holds until then.
        tracing::warn!(?error, org = %id, "a plan that was changed can’t be taken over now");
        return Ok(());
    }
    settle(platform, id, number, None).await
}

async fn settle(platform: &Platform, org: OrgId, number: i64, seats: Option<i64>) -> Result<()> {
    let mut tx = sync::open(platform, org).await?;
    seats::settle(&mut tx, number, seats).await?;
    tx.commit().await
}

/// Lets the plan end after what is paid for, or takes that back.
///
/// # Errors
/// 409 without a plan that is paid for.
pub async fn let_end(platform: &Platform, by: Elevated, org: &str, ends: bool) -> Result<()> {
    let payments = sync::payments(platform)?;
    let customer = theirs(platform, by.person(), org).await?;
    let account = payments.account(&customer).await?;
    let subscription = goes_on(&account)?;
    payments.let_end(&subscription.id, ends).await?;
    // The same once more is nothing new.
    if subscription.cancels_at.is_some() != ends {
        let action = if ends { "platform.plan_stopped" } else { "platform.plan_resumed" };
        note(platform, by, org, action, &Detail::default()).await?;
    }
    sync::take_over(platform, &customer).await?;
    Ok(())
}

/// The address of the page where an owner sees to their card and their invoices.
///
/// # Errors
/// 409 for who never paid here.
pub async fn portal(platform: &Platform, by: LoggedIn, org: &str) -> Result<String> {
    let payments = sync::payments(platform)?;
    let customer = theirs(platform, by, org).await?;
    let back = format!("{}/app/{org}/settings/billing?back=1", platform.origin);
    Ok(payments.portal(&customer, &back).await?)
}

/// An organisation is to be deleted: nothing more is charged after what is paid for; or from now on, where it goes for good.
///
/// # Errors
/// Stripe can't be reached: then it may still be charged.
pub async fn stop_charging(platform: &Platform, org: OrgId, for_good: bool) -> Result<()> {
    let Some(payments) = platform.payments() else { return Ok(()) };
    let mut tx = sync::open(platform, org).await?;
    let customer = customer(&mut tx).await?;
    tx.rollback().await?;
    let Some(customer) = customer else { return Ok(()) };
    let account = payments.account(&customer).await?;
    for subscription in account.subscriptions.iter().filter(|one| one.ended_at.is_none()) {
        if for_good {
            payments.end(&subscription.id).await?;
        } else if subscription.cancels_at.is_none() {
            payments.let_end(&subscription.id, true).await?;
        }
    }
    if !for_good && let Err(error) = sync::take_over(platform, &customer).await {
        // Its events say it too, a little later.
        tracing::warn!(?error, %org, "that a plan ends can’t be taken over now");
    }
    Ok(())
}

/// Somebody is back from paying, or from their card: what holds is asked for, as often as a page may.
///
/// # Errors
/// As [`OrgTx::open`]. That Stripe can't be reached is no error: its events come later.
pub async fn look_again(platform: &Platform, by: LoggedIn, org: &str) -> Result<()> {
    let payments = sync::payments(platform)?;
    let customer = theirs(platform, by, org).await?;
    if payments.may_ask(Ask::Standing, &customer, platform.clock.now())
        && let Err(error) = sync::take_over(platform, &customer).await
    {
        tracing::warn!(?error, "what was paid can’t be asked now");
    }
    Ok(())
}

/// Opens the organisation for who may change its plan, and checks what they choose.
async fn open(platform: &Platform, by: LoggedIn, org: &str, choice: &Choice) -> Result<(OrgTx, Chosen)> {
    let mut tx = owner(platform, by, org).await?;
    let (terms, now) = (tx.org().terms.clone(), tx.now());
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let plans = platform.plans();
    let taken = members::seats(&mut tx).await?.taken;
    let kept = terms.find(plans).filter(|plan| plan.name == choice.plan).cloned();
    let by_stripe = terms.billed_by == "stripe";
    let as_agreed = terms.are_for(plans, &choice.plan, &choice.period, &choice.seats);
    let free = terms.plan_price == Some(0) && !by_stripe;
    if as_agreed && free && matches!(terms.usage(now), Usage::Full | Usage::Crowded) {
        return Err(AppError::conflict(
            "That is what you have, and it is free, as agreed with you: there is nothing to pay, and no card is needed.",
        ));
    }
    // What was agreed with them is theirs, whatever is sold to others.
    if let Some(plan) = kept.clone().filter(|_| as_agreed && (by_stripe || terms.price(plans) > 0)) {
        let seats = terms.agreed_seats(plans);
        if seats.is_some_and(|seats| seats < taken) {
            // What was offered is taken up by one button, with no field to say it at.
            let too_few = plans::too_few(taken);
            return Err(if by_stripe { too_few } else { AppError::conflict(plans::few_words(taken)) });
        }
        let (price, free_until) = (terms.plan_price, terms.free_until(now));
        let period = terms.period();
        return Ok((tx, Chosen { plan, period, seats, price, price_that_ends: None, free_until, zone }));
    }
    let mut errors = FieldErrors::default();
    // Who has a plan that is sold in another version now keeps theirs.
    let sold = plans.sold().find(|plan| plan.name == choice.plan).cloned();
    let plan = kept.filter(|_| sold.is_some() || by_stripe).or(sold);
    let chosen = plans::choose(plan.as_ref(), &choice.period, &choice.seats, taken, &mut errors);
    errors.finish()?;
    let (plan, (period, seats)) = plan.zip(chosen).ok_or_else(AppError::internal)?;
    let price_that_ends = terms.plan_price;
    Ok((tx, Chosen { plan, period, seats: Some(seats), price: None, price_that_ends, free_until: None, zone }))
}

async fn owner(platform: &Platform, by: LoggedIn, org: &str) -> Result<OrgTx> {
    let actor = Actor::User(by.user());
    OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::CHANGE_PLAN, Access::Read).await
}

/// Who did it stands in the organisation's log: what Stripe says afterwards names nobody.
async fn note(platform: &Platform, by: Elevated, org: &str, action: &'static str, detail: &Detail) -> Result<()> {
    let actor = Actor::User(by.person().user());
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::CHANGE_PLAN, Access::Write).await?;
    let id = tx.id().0;
    tx.audit(action, id, detail).await?;
    tx.commit().await
}

async fn theirs(platform: &Platform, by: LoggedIn, org: &str) -> Result<String> {
    let mut tx = owner(platform, by, org).await?;
    let customer = customer(&mut tx).await?.ok_or_else(no_plan)?;
    tx.rollback().await?;
    Ok(customer)
}

/// What Stripe knows the organisation as.
pub(crate) async fn customer(tx: &mut OrgTx) -> Result<Option<String>> {
    let found = sql!(optional(String,), tx, "SELECT customer FROM stripe_accounts WHERE org_id = $1")?;
    Ok(found.map(|(customer,)| customer))
}

/// What it paid for at Stripe has ended.
///
/// # Errors
/// The database is busy.
pub(crate) async fn is_over(tx: &mut OrgTx) -> Result<bool> {
    let over =
        sql!(optional(String,), tx, "SELECT customer FROM stripe_accounts WHERE org_id = $1 AND status = 'canceled'")?;
    Ok(over.is_some())
}

/// Something was agreed to by hand just now: what was paid for before then, and is over, says nothing any more.
///
/// # Errors
/// The database is busy.
pub(crate) async fn set_by_hand(tx: &mut OrgTx) -> Result<()> {
    let now = tx.now();
    sql!(exec, tx, "UPDATE stripe_accounts SET by_hand_at = $2 WHERE org_id = $1", now)?;
    Ok(())
}

fn goes_on(account: &Account) -> Result<&Subscription> {
    current(account).filter(|subscription| subscription.status != "canceled").ok_or_else(no_plan)
}

/// The answer to a change was lost: these words say what holds.
fn lost(trouble: &Trouble, words: &str) -> AppError {
    tracing::error!(why = trouble.why, "the answer to a change of plan was lost");
    AppError { retry_after: Some(60), ..AppError::new(Code::Unavailable, words) }
}

fn no_plan() -> AppError {
    AppError::conflict("Your organisation has no plan that is paid by card. Choose one first.")
}
