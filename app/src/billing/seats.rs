//! More people never belong than are paid for, for long: while a plan with fewer seats is being paid for nobody joins beyond them, and
//! where there are too many all the same, that is on record since when.

use super::terms::Terms;
use crate::{clock::Instant, error::Result, ids::UserId, org::OrgTx, people::members, sql};

/// A page to pay on is open for a day, and what Stripe tells of it may be late.
const ORDERED_SECONDS: i64 = 25 * 60 * 60;

/// A plan with so many seats (`None`: no limit) is about to be paid for: nobody joins beyond them until that is settled, or can’t come
/// any more. Of several that are open the fewest seats count. Gives the number of the order, for [`settle`].
///
/// # Errors
/// 422 at `seats` where more people belong by now.
pub(super) async fn order(tx: &mut OrgTx, seats: Option<i64>) -> Result<i64> {
    let members::Seats { taken, ordered, .. } = members::seats(tx).await?;
    if seats.is_some_and(|seats| seats < taken) {
        return Err(super::plans::too_few(taken));
    }
    let fewest = ordered.into_iter().chain(seats).min();
    let until = fewest.map(|_| tx.now().plus_seconds(ORDERED_SECONDS));
    let (number,) = sql!(
        one(i64,),
        tx,
        "UPDATE stripe_accounts SET ordered_seats = $2, ordered_until = $3, orders = orders + 1 WHERE org_id = $1 RETURNING orders",
        fewest,
        until
    )?;
    Ok(number)
}

/// No order is open any more but one for so many seats, or none at all. Where another came in between, it stays as it is.
pub(super) async fn settle(tx: &mut OrgTx, number: i64, seats: Option<i64>) -> Result<()> {
    let until = seats.map(|_| tx.now().plus_seconds(ORDERED_SECONDS));
    sql!(
        exec,
        tx,
        "UPDATE stripe_accounts SET ordered_seats = $3, ordered_until = $4 WHERE org_id = $1 AND orders = $2",
        number,
        seats,
        until
    )?;
    Ok(())
}

/// So many seats are paid for now: an order for as many is done.
pub(super) async fn taken_over(tx: &mut OrgTx, seats: i64) -> Result<()> {
    sql!(
        exec,
        tx,
        "UPDATE stripe_accounts SET ordered_seats = NULL, ordered_until = NULL WHERE org_id = $1 AND ordered_seats = $2",
        seats
    )?;
    Ok(())
}

/// The fewest seats that are being paid for, while that may still come.
///
/// # Errors
/// The database is busy.
pub(crate) async fn ordered(tx: &mut OrgTx) -> Result<Option<i64>> {
    let now = tx.now();
    let found = sql!(
        optional(i64,),
        tx,
        "SELECT ordered_seats FROM stripe_accounts WHERE org_id = $1 AND ordered_seats IS NOT NULL AND ordered_until > $2",
        now
    )?;
    Ok(found.map(|(seats,)| seats))
}

/// Since when more people belong than these terms have seats for.
pub(super) async fn over_since(tx: &mut OrgTx, terms: &Terms) -> Result<Option<Instant>> {
    let Some(seats) = terms.plan_seats else { return Ok(None) };
    let (taken, now) = (members::seats(tx).await?.taken, tx.now());
    Ok((taken > seats).then(|| tx.org().terms.plan_over_since.unwrap_or(now)))
}

/// Somebody belongs no longer, as the log says already: where there are seats enough by that, everything is open again at once.
///
/// # Errors
/// The database is busy.
pub(crate) async fn somebody_left(tx: &mut OrgTx, action: &'static str, user: UserId) -> Result<()> {
    let terms = tx.org().terms.clone();
    if terms.plan_over_since.is_none() || over_since(tx, &terms).await?.is_some() {
        return Ok(());
    }
    sql!(exec, &mut *tx, "UPDATE organisations SET plan_over_since = NULL WHERE id = $1")?;
    // Public pages show whether bookings are taken.
    tx.emit(action, user.0).await
}
