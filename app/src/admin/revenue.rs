//! What comes in: counted from what each organisation has agreed to, to the cent; and what has changed this month.

use std::collections::BTreeMap;

use jiff::{ToSpan, tz::TimeZone};

use super::operator::Operator;
use crate::{
    billing::{
        changes::Kind,
        terms::{State, Terms, Usage},
        wire::Period,
    },
    clock::Instant,
    db::{Access, Tx},
    error::Result,
    platform::Platform,
    platform_sql,
};

/// Where it is told which month it is: the platform is one for all of Australia.
const ZONE: &str = "Australia/Sydney";

/// How many organisations have a plan, and what they pay for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// That pay, or needn't: not those that try it out.
    pub active: i64,
    /// That try it out, or are yet to pay for the first time.
    pub trials: i64,
    /// Cents each month, including GST, of those who pay by the month.
    pub monthly: i64,
    /// Cents each year, including GST, of those who pay by the year.
    pub yearly: i64,
}

impl Sum {
    /// Cents that come in a year, if nothing changes.
    pub const fn a_year(self) -> i64 {
        self.monthly * 12 + self.yearly
    }

    /// Cents that come in a month: a twelfth of the year, to the nearest cent.
    pub const fn a_month(self) -> i64 {
        twelfth(self.a_year())
    }

    fn add(&mut self, other: Self) {
        self.active += other.active;
        self.trials += other.trials;
        self.monthly += other.monthly;
        self.yearly += other.yearly;
    }
}

/// All that comes in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revenue {
    /// By plan, by its name.
    pub by_plan: BTreeMap<String, Sum>,
    /// Of those that pay, whose payment has failed lately.
    pub late: i64,
    /// That agreed to pay from the first day on, and haven’t yet.
    pub unpaid: i64,
    /// Whose deal by hand has run out, while they can still be read: nobody has taken it up.
    pub ran_out: i64,
    /// That are billed by hand where others pay by card: no card is asked for.
    pub by_hand: i64,
    /// Whose plan has ended.
    pub ended: i64,
    /// Who are suspended.
    pub suspended: i64,
    /// What the list of changes says comes in in a year: it adds up to the same.
    pub noted: i64,
}

impl Revenue {
    /// All plans together.
    pub fn all(&self) -> Sum {
        self.by_plan.values().fold(Sum::default(), |mut all, sum| {
            all.add(*sum);
            all
        })
    }
}

/// What one kind of change adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many times.
    pub times: i64,
    /// Cents a year more, or less.
    pub a_year: i64,
}

/// Counts what comes in now.
///
/// # Errors
/// The database is busy.
pub async fn now(platform: &Platform, _by: Operator) -> Result<Revenue> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let all = platform_sql!(
        all Terms,
        &mut tx,
        "SELECT plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since FROM organisations"
    )?;
    let noted = noted(&mut tx, now).await?;
    tx.commit().await?;
    let takes_cards = platform.payments().is_some();
    let mut revenue = Revenue { noted, ..Revenue::default() };
    for terms in &all {
        match of(platform, terms, now) {
            Some(sum) => revenue.by_plan.entry(terms.plan.clone()).or_default().add(sum),
            None if terms.suspended_at.is_some() => revenue.suspended += 1,
            None => revenue.ended += 1,
        }
        let by_hand = terms.billed_by == "manual";
        match terms.usage(now) {
            Usage::Late(_) if terms.awaits_payment() => revenue.unpaid += 1,
            Usage::Late(_) => revenue.late += 1,
            Usage::ReadOnly(_) if by_hand => revenue.ran_out += 1,
            Usage::Full | Usage::Crowded if by_hand && takes_cards && terms.a_year(platform.plans(), now) > 0 => {
                revenue.by_hand += 1;
            }
            _ => {}
        }
    }
    Ok(revenue)
}

/// Cents that came in in a year, as things were at a moment.
///
/// # Errors
/// The database is busy.
pub async fn at(platform: &Platform, _by: Operator, at: Instant) -> Result<i64> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let cents = noted(&mut tx, at).await?;
    tx.commit().await?;
    Ok(cents)
}

/// What has changed since the month began, by how.
///
/// # Errors
/// The database is busy.
pub async fn this_month(platform: &Platform, _by: Operator) -> Result<BTreeMap<Kind, Moved>> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let changes = platform_sql!(
        all(String, i64, i64),
        &mut tx,
        "SELECT kind, before_year, after_year FROM plan_changes WHERE at >= $1 AND at <= $2",
        month_begins(now),
        now
    )?;
    tx.commit().await?;
    let mut by_kind: BTreeMap<Kind, Moved> = Kind::ALL.into_iter().map(|kind| (kind, Moved::default())).collect();
    for (kind, before, after) in changes {
        // The column takes no other word.
        if let Some(moved) = Kind::parse(&kind).and_then(|kind| by_kind.get_mut(&kind)) {
            moved.times += 1;
            moved.a_year += after - before;
        }
    }
    Ok(by_kind)
}

/// The zone in which the operator's pages tell days.
pub fn zone() -> TimeZone {
    TimeZone::get(ZONE).unwrap_or(TimeZone::UTC)
}

/// A twelfth of so many cents, to the nearest cent; half a cent counts as one more.
pub const fn twelfth(cents: i64) -> i64 {
    (cents + 6).div_euclid(12)
}

/// The first midnight of the month that it is in [`ZONE`].
fn month_begins(now: Instant) -> Instant {
    let zone = zone();
    let today = now.timestamp().to_zoned(zone.clone()).date();
    let first = today.checked_sub((i64::from(today.day()) - 1).days()).unwrap_or(today);
    first.to_zoned(zone).map_or(now, |midnight| Instant::from_timestamp(midnight.timestamp()))
}

async fn noted(tx: &mut Tx, at: Instant) -> Result<i64> {
    let (cents,) = platform_sql!(
        one(i64,),
        tx,
        "SELECT CAST(coalesce(sum(after_year - before_year), 0) AS BIGINT) FROM plan_changes WHERE at <= $1",
        at
    )?;
    Ok(cents)
}

/// What one organisation adds; `None` for one whose plan has ended.
fn of(platform: &Platform, terms: &Terms, now: Instant) -> Option<Sum> {
    if !matches!(terms.usage(now), Usage::Full | Usage::Late(_) | Usage::Crowded) {
        return None;
    }
    if terms.state() == State::Trial || terms.awaits_payment() {
        return Some(Sum { trials: 1, ..Sum::default() });
    }
    let price = terms.price(platform.plans());
    Some(match terms.period() {
        Period::Month => Sum { active: 1, monthly: price, ..Sum::default() },
        Period::Year => Sum { active: 1, yearly: price, ..Sum::default() },
    })
}
