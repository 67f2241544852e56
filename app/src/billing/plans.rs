//! What organisations can buy: plans, as data. Each has versions; an organisation keeps the version that it agreed to.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::wire::Period;
use crate::{
    error::{AppError, FieldErrors},
    org::ALL_MODULES,
};

/// The plans that come with Devalo.
const SHIPPED: &str = include_str!("../../plans.toml");
/// The plan whose terms stand with each organisation by itself.
pub const CUSTOM: &str = "custom";
/// A price above this, ten thousand dollars, is a slip.
const HIGHEST_PRICE: i64 = 1_000_000;

/// More than this for a period, nearly a million dollars, can’t be charged: Stripe takes eight digits of cents.
pub(crate) const MOST_CHARGED: i64 = 99_999_999;

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// `team`
    pub name: String,
    /// From 1.
    pub version: i64,
    /// "Team"
    pub title: String,
    /// Whom it is for, in a sentence.
    pub about: String,
    /// It can be bought now.
    #[serde(default)]
    pub sold: bool,
    /// The modules that it opens, by name, or `*` for all that there are. Those that this server doesn't have are passed over.
    pub modules: Vec<String>,
    /// The seats in its price; `None`: no limit.
    pub seats: Option<i64>,
    /// The most seats that can be had.
    pub most_seats: Option<i64>,
    /// Cents a month, including GST.
    #[serde(default)]
    pub month: i64,
    /// Cents a year, including GST.
    #[serde(default)]
    pub year: i64,
    /// Cents a month for each seat more.
    #[serde(default)]
    pub seat_month: i64,
    /// Cents a year for each seat more.
    #[serde(default)]
    pub seat_year: i64,
    /// The limits, by the quota's name.
    #[serde(default)]
    pub quotas: BTreeMap<String, i64>,
}

impl Plan {
    /// It opens this module.
    pub fn opens(&self, module: &str) -> bool {
        self.modules.iter().any(|name| name == module || name == ALL_MODULES)
    }

    /// Cents for a period with so many seats, including GST. `None`: more seats than can be had or charged for, or fewer than one.
    pub fn price(&self, period: Period, seats: i64) -> Option<i64> {
        let can_be_had = self.most_seats.is_none_or(|most| seats <= most);
        self.reckon(period, seats).filter(|cents| can_be_had && *cents <= MOST_CHARGED)
    }

    /// The same for as many seats as were agreed on, also beyond what can be had. `None`: fewer than one, or too many to count.
    pub fn reckon(&self, period: Period, seats: i64) -> Option<i64> {
        if seats < 1 {
            return None;
        }
        let (base, each) = match period {
            Period::Month => (self.month, self.seat_month),
            Period::Year => (self.year, self.seat_year),
        };
        let more = self.seats.map_or(0, |with| seats.saturating_sub(with).max(0));
        each.checked_mul(more)?.checked_add(base)
    }
}

/// How often somebody wants to pay for a plan, and for how many people, as a form gives it: nothing is as many as come with the
/// plan. `taken` belong already. What is wrong is noted at `plan`, `period` and `seats`.
pub fn choose(
    plan: Option<&Plan>,
    period: &str,
    seats: &str,
    taken: i64,
    errors: &mut FieldErrors,
) -> Option<(Period, i64)> {
    if plan.is_none() {
        errors.add("plan", "Choose a plan.");
    }
    let period = Period::parse(period);
    if period.is_none() {
        errors.add("period", "Choose how often you pay.");
    }
    let with = plan.and_then(|plan| plan.seats).unwrap_or(1);
    let seats = match seats.trim() {
        "" => Some(with),
        text => text.parse::<i64>().ok().filter(|seats| *seats >= 1).map(|seats| seats.max(with)),
    };
    match (seats, plan, period) {
        (None, ..) => errors.add("seats", "Enter a whole number of people."),
        (Some(seats), ..) if seats < taken => errors.add("seats", few_words(taken)),
        (Some(seats), Some(plan), Some(period)) if plan.price(period, seats).is_none() => {
            errors.add(
                "seats",
                match plan.most_seats.filter(|most| seats > *most) {
                    Some(1) => format!("{} is for one person. Choose a larger plan for more.", plan.title),
                    Some(most) => format!("{} has up to {most} people. Choose a larger plan, or fewer.", plan.title),
                    None => format!("{} isn’t sold for so many people. Enter fewer.", plan.title),
                },
            );
        }
        _ => {}
    }
    period.zip(seats)
}

/// 422 at `seats` for fewer than belong.
pub(super) fn too_few(taken: i64) -> AppError {
    AppError::field("seats", few_words(taken))
}

pub(super) fn few_words(taken: i64) -> String {
    format!("{taken} people belong. Choose at least as many, or remove those who have left first.")
}

/// All plans and their versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plans(Vec<Plan>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    plan: Vec<Plan>,
}

impl Plans {
    /// Those that come with Devalo.
    pub fn shipped() -> Self {
        // A test reads them.
        Self::parse(SHIPPED).unwrap_or(Self(Vec::new()))
    }

    /// Reads a file of plans.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        let File { plan: plans } = toml::from_str(text).map_err(|error| {
            let place = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
            let line = place.map(|line| format!("line {line}: ")).unwrap_or_default();
            format!("{line}{}", error.message())
        })?;
        for (at, plan) in plans.iter().enumerate() {
            let of = format!("{} version {}", plan.name, plan.version);
            if plans[..at].iter().any(|other| (&other.name, other.version) == (&plan.name, plan.version)) {
                return Err(format!("{of} stands there twice"));
            }
            if plan.sold && plans[..at].iter().any(|other| other.sold && other.name == plan.name) {
                return Err(format!("two versions of {} are sold", plan.name));
            }
            let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if !word(&plan.name) || plan.version < 1 || plan.title.trim().is_empty() {
                return Err(format!("{of} needs a name of small letters, a version from 1, and a title"));
            }
            if [plan.month, plan.year, plan.seat_month, plan.seat_year]
                .iter()
                .any(|price| !(0..=HIGHEST_PRICE).contains(price))
            {
                return Err(format!("the prices of {of} are cents, from 0 to {HIGHEST_PRICE}"));
            }
            let (least, most) = (plan.seats.unwrap_or(1), plan.most_seats.unwrap_or(i64::MAX));
            if least < 1 || most < least {
                return Err(format!("the seats of {of}: at least 1, and no more than most_seats"));
            }
            if plan.sold && (plan.month == 0 || plan.year == 0 || plan.seats.is_none()) {
                return Err(format!("{of} is sold, so it needs month, year and seats"));
            }
            if plan.quotas.values().any(|limit| *limit < 1) {
                return Err(format!("the quotas of {of} are at least 1"));
            }
        }
        if !plans.iter().any(|plan| plan.name == CUSTOM) {
            return Err(format!("there has to be a plan named {CUSTOM}, for what is agreed with one organisation"));
        }
        Ok(Self(plans))
    }

    /// Those that can be bought, in the order of the file.
    pub fn sold(&self) -> impl Iterator<Item = &Plan> {
        self.0.iter().filter(|plan| plan.sold)
    }

    /// Every version of every plan.
    pub fn all(&self) -> &[Plan] {
        &self.0
    }

    /// A version of a plan.
    pub fn find(&self, name: &str, version: i64) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.name == name && plan.version == version)
    }

    /// One version of each plan: the one that is given out now.
    pub fn current_ones(&self) -> impl Iterator<Item = &Plan> {
        self.0.iter().filter(|plan| self.current(&plan.name) == Some(*plan))
    }

    /// The version of a plan that is given out now: the one that is sold, or the last.
    pub fn current(&self, name: &str) -> Option<&Plan> {
        let versions = || self.0.iter().filter(|plan| plan.name == name);
        versions().find(|plan| plan.sold).or_else(|| versions().max_by_key(|plan| plan.version))
    }
}
