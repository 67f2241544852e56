//! Two weeks for nothing: once for a person, with whichever business, and whatever becomes of it. That somebody had them is kept with
//! their account and a keyed index of their address, which outlive the organisation.
//!
//! Of several sign-ups of somebody's, one at a time can be paid for with a trial: the one that asked last. Pages of the others are
//! closed at Stripe before it gets one of its own, and what was asked for since shows once it has it.

use super::{Signup, SignupId, index_of};
use crate::{
    billing::{payments::Payments, sync},
    clock::Instant,
    db::{Access, Tx},
    error::Result,
    ids::UserId,
    platform::Platform,
    platform_sql,
};

/// Who signs up by themselves tries it out for this many days before the first payment.
pub const DAYS: u32 = 14;

/// Nobody whose sign-up this is has had a trial yet, as far as their address and their account tell.
///
/// # Errors
/// The database is busy.
pub async fn is_left(platform: &Platform, signup: &Signup) -> Result<bool> {
    let mut tx = platform.begin(Access::Read).await?;
    let left = is_left_in(platform, &mut tx, signup).await?;
    tx.commit().await?;
    Ok(left)
}

/// Asks for the trial for this sign-up, before its page to pay on is made; `false` where its person has had theirs.
///
/// # Errors
/// Stripe doesn't answer, or the database is busy: it can be asked for again.
pub(super) async fn ask(platform: &Platform, payments: &Payments, user: UserId, signup: &Signup) -> Result<bool> {
    let mut tx = platform.begin(Access::Write).await?;
    // Whoever asks at the same moment waits here, and comes later.
    platform_sql!(exec, &mut tx, "UPDATE users SET must_enrol = must_enrol WHERE id = $1", user)?;
    if !is_left_in(platform, &mut tx, signup).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    let index = index_of(platform, &mut tx, &signup.email).await?;
    let (before,) =
        platform_sql!(one(i64,), &mut tx, "SELECT COALESCE(MAX(turn), 0) FROM trials WHERE user_id = $1", user)?;
    let turn = before + 1;
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO trials (signup_id, email_index, user_id, turn, asked_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (signup_id) DO UPDATE SET turn = $4, asked_at = $5",
        signup.id,
        index,
        user,
        turn,
        platform.clock.now()
    )?;
    let others = platform_sql!(
        all(SignupId, Option<String>),
        &mut tx,
        "SELECT trials.signup_id, signups.customer FROM trials LEFT JOIN signups ON signups.id = trials.signup_id
         WHERE trials.user_id = $1 AND trials.signup_id <> $2 AND trials.had_at IS NULL",
        user,
        signup.id
    )?;
    tx.commit().await?;
    for (other, customer) in others {
        if let Some(customer) = customer {
            payments.close_pages(&customer).await?;
            // It may have been paid for a moment ago.
            sync::take_over(platform, &customer).await?;
        }
        let mut tx = platform.begin(Access::Write).await?;
        platform_sql!(
            exec,
            &mut tx,
            "DELETE FROM trials WHERE signup_id = $1 AND had_at IS NULL AND turn < $2",
            other,
            turn
        )?;
        tx.commit().await?;
    }
    is_left(platform, signup).await
}

/// No other sign-up of the same person's has had the trial, or asked for it, since this one did.
///
/// # Errors
/// The database is busy.
pub(super) async fn is_still_asked_for(platform: &Platform, user: UserId, signup: &Signup) -> Result<bool> {
    let mut tx = platform.begin(Access::Read).await?;
    let last = platform_sql!(
        optional(SignupId,),
        &mut tx,
        "SELECT signup_id FROM trials WHERE user_id = $1 ORDER BY turn DESC LIMIT 1",
        user
    )?;
    let left = is_left_in(platform, &mut tx, signup).await?;
    tx.commit().await?;
    Ok(left && last == Some((signup.id,)))
}

/// Somebody's organisation begins with a trial: that was theirs.
///
/// # Errors
/// The database is busy.
pub(super) async fn had(platform: &Platform, tx: &mut Tx, user: UserId, signup: &Signup) -> Result<()> {
    let index = index_of(platform, tx, &signup.email).await?;
    platform_sql!(
        exec,
        tx,
        "INSERT INTO trials (signup_id, email_index, user_id, turn, asked_at, had_at) VALUES ($1, $2, $3, 0, $4, $4)
         ON CONFLICT (signup_id) DO UPDATE SET had_at = $4",
        signup.id,
        index,
        user,
        platform.clock.now()
    )?;
    Ok(())
}

async fn is_left_in(platform: &Platform, tx: &mut Tx, signup: &Signup) -> Result<bool> {
    let index = index_of(platform, tx, &signup.email).await?;
    // Whose the address is, whose account has it, and whose account goes on with it: they differ once somebody has another address.
    let (had,) = platform_sql!(
        one(bool,),
        tx,
        "SELECT EXISTS (SELECT 1 FROM trials WHERE email_index = $1 AND signup_id <> $2 AND had_at IS NOT NULL)
           OR EXISTS (SELECT 1 FROM users JOIN trials ON trials.user_id = users.id
             WHERE users.email_index = $1 AND trials.signup_id <> $2 AND trials.had_at IS NOT NULL)
           OR EXISTS (SELECT 1 FROM signups JOIN trials ON trials.user_id = signups.user_id
             WHERE signups.id = $2 AND trials.signup_id <> $2 AND trials.had_at IS NOT NULL)",
        index,
        signup.id
    )?;
    Ok(!had)
}

/// Forgets who only asked, long after their page to pay on has run out.
pub(super) async fn sweep(tx: &mut Tx, before: Instant) -> Result<()> {
    platform_sql!(exec, tx, "DELETE FROM trials WHERE had_at IS NULL AND asked_at < $1", before)?;
    Ok(())
}
