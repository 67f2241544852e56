//! What comes in: counted from what each organisation has agreed to, to the cent.

use std::collections::BTreeMap;

use super::operator::Operator;
use crate::{
    billing::{
        terms::{State, Terms, Usage},
        wire::Period,
    },
    clock::Instant,
    db::Access,
    error::Result,
    platform::Platform,
    platform_sql,
};

/// How many organisations have a plan, and what they pay for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// That pay, or needn't: not those that try it out.
    pub active: i64,
    /// That try it out.
    pub trials: i64,
    /// Cents each month, with GST, of those who pay by the month.
    pub monthly: i64,
    /// Cents each year, with GST, of those who pay by the year.
    pub yearly: i64,
}

impl Sum {
    /// Cents that come in a year, if nothing changes.
    pub const fn a_year(self) -> i64 {
        self.monthly * 12 + self.yearly
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
    /// Whose plan has ended, or who are suspended.
    pub ended: i64,
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

/// Counts what comes in now.
///
/// # Errors
/// The database is busy.
pub async fn now(platform: &Platform, _by: Operator) -> Result<Revenue> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let all = platform_sql!(
        all Terms,
        &mut tx,
        "SELECT plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at FROM organisations"
    )?;
    tx.commit().await?;
    let now = platform.clock.now();
    let mut revenue = Revenue::default();
    for terms in &all {
        match of(platform, terms, now) {
            Some(sum) => revenue.by_plan.entry(terms.plan.clone()).or_default().add(sum),
            None => revenue.ended += 1,
        }
    }
    Ok(revenue)
}

/// What one organisation adds; `None` for one whose plan has ended.
fn of(platform: &Platform, terms: &Terms, now: Instant) -> Option<Sum> {
    if !matches!(terms.usage(now), Usage::Full | Usage::Late(_)) {
        return None;
    }
    if terms.state() == State::Trial {
        return Some(Sum { trials: 1, ..Sum::default() });
    }
    let price = terms.price(platform.plans());
    Some(match terms.period() {
        Period::Month => Sum { active: 1, monthly: price, ..Sum::default() },
        Period::Year => Sum { active: 1, yearly: price, ..Sum::default() },
    })
}
