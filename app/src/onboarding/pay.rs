//! Paying for a new organisation: it is made once Stripe says that it is paid for, whoever hears that first, and once only.

use super::{Signup, SignupId, by_customer, make, mine, trial};
use crate::{
    auth::{accounts, standing::LoggedIn},
    billing::{
        abns,
        asks::Ask,
        payments::{Checkout, Order, Payments},
        sync::{self, Failed, Outcome},
        terms::Terms,
    },
    db::Access,
    error::{AppError, Result},
    org::OrgTx,
    platform::Platform,
    platform_sql, sql,
};

/// The address of the page where somebody pays for what they signed up for.
///
/// # Errors
/// 404 for a sign-up that isn't theirs; 409 for who goes on with two at the same moment; 503 where Stripe can't be reached.
pub async fn checkout(platform: &Platform, person: LoggedIn, id: SignupId) -> Result<String> {
    let payments = sync::payments(platform)?;
    let signup = mine(platform, person, id).await?;
    if signup.made.is_some() {
        return Ok(done(platform, id));
    }
    let plan = signup
        .plan(platform.plans())
        .ok_or_else(|| AppError::conflict("This plan isn’t sold any more. Please begin again, and choose another."))?;
    let customer = customer(platform, payments, person, &signup).await?;
    // Somebody who has paid already, and comes by again, pays no second time.
    if let Outcome::Made(_) = sync::take_over(platform, &customer).await? {
        return Ok(done(platform, id));
    }
    let tries = trial::ask(platform, payments, person.user(), &signup).await?;
    let order = Order { plan, period: signup.period, seats: Some(signup.seats.unwrap_or(1)), price: signup.price };
    let checkout = Checkout {
        customer: &customer,
        order,
        trial_days: tries.then_some(trial::DAYS),
        trial_until: None,
        paid: done(platform, id),
        left: format!("{}/start/pay/{id}?left=1", platform.origin),
    };
    let page = Box::pin(payments.checkout(&checkout)).await?;
    if tries && !trial::is_still_asked_for(platform, person.user(), &signup).await? {
        return Err(AppError::conflict("You went on with another business at the same moment. Please try again."));
    }
    Ok(page)
}

/// Somebody is back from paying: their organisation's address, if it is there already. Stripe is asked, as often as a page may; its
/// events may be late.
///
/// # Errors
/// 404 for a sign-up that isn't theirs.
pub async fn come_back(platform: &Platform, person: LoggedIn, id: SignupId) -> Result<Option<String>> {
    let signup = mine(platform, person, id).await?;
    if signup.made.is_none()
        && let Some(customer) = &signup.customer
        && platform.payments().is_some_and(|payments| payments.may_ask(Ask::Standing, customer, platform.clock.now()))
        && let Err(error) = sync::take_over(platform, customer).await
    {
        // It is tried again when its events come, and at the next look.
        tracing::warn!(?error, %id, "whether a sign-up is paid can’t be asked now");
    }
    let signup = mine(platform, person, id).await?;
    let Some(org) = signup.made else { return Ok(None) };
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(optional(String,), &mut tx, "SELECT slug FROM organisations WHERE id = $1", org)?;
    tx.commit().await?;
    Ok(found.map(|(slug,)| slug))
}

/// A customer that is no organisation yet: it becomes one, if it is paid for.
pub(crate) async fn paid(platform: &Platform, payments: &Payments, customer: &str) -> Result<Outcome, Failed> {
    let Some(signup) = by_customer(platform, customer).await? else { return Ok(Outcome::Unknown) };
    let (Some(owner), None) = (signup.user, signup.made) else { return Ok(Outcome::AsKnown) };
    let account = payments.account(customer).await.map_err(Failed::Stripe)?;
    let now = platform.clock.now();
    if sync::terms_of(platform.plans(), &account, &Terms::custom(now)).map_err(Failed::Stripe)?.is_none() {
        return Ok(Outcome::AsKnown);
    }
    let mut tx = platform.begin_across_orgs(Access::Write).await.map_err(Failed::Ours)?;
    // Whoever comes second waits here, and finds it made.
    let first = platform_sql!(
        exec,
        &mut tx,
        "UPDATE signups SET customer = customer WHERE id = $1 AND made_org IS NULL",
        signup.id
    )
    .map_err(AppError::from)?;
    if first == 0 {
        return Ok(Outcome::AsKnown);
    }
    let (org, _) = make(platform, &mut tx, &signup, owner).await?;
    platform_sql!(exec, &mut tx, "INSERT INTO stripe_accounts (org_id, customer) VALUES ($1, $2)", org, customer)
        .map_err(AppError::from)?;
    if account.subscriptions.iter().any(|subscription| subscription.trial_until.is_some()) {
        trial::had(platform, &mut tx, owner, &signup).await?;
    }
    let mut tx = OrgTx::of_new(platform, tx, org, "signing up").await?;
    sync::apply(&mut tx, customer, &account).await?;
    tx.commit().await?;
    tracing::info!(%org, "a business has signed up");
    Ok(Outcome::Made(org))
}

/// From now on the organisation is this customer of Stripe's.
pub(crate) async fn link(tx: &mut OrgTx, customer: &str) -> Result<()> {
    sql!(exec, &mut *tx, "INSERT INTO stripe_accounts (org_id, customer) VALUES ($1, $2)", customer)?;
    abns::known_first(tx).await
}

/// What Stripe knows a sign-up as: made on the first try.
async fn customer(platform: &Platform, payments: &Payments, person: LoggedIn, signup: &Signup) -> Result<String> {
    if let Some(customer) = &signup.customer {
        return Ok(customer.clone());
    }
    let email = accounts::email_of(platform, person.user()).await?;
    let name = signup.business.clone().unwrap_or_default();
    let customer = payments.customer(&name, &email, &signup.id.to_string()).await?;
    let mut tx = platform.begin(Access::Write).await?;
    // Whoever came first has named it.
    let (customer,) = platform_sql!(
        one(String,),
        &mut tx,
        "UPDATE signups SET customer = COALESCE(customer, $2) WHERE id = $1 RETURNING customer",
        signup.id,
        customer.as_str()
    )?;
    tx.commit().await?;
    Ok(customer)
}

fn done(platform: &Platform, id: SignupId) -> String {
    format!("{}/start/done/{id}", platform.origin)
}
