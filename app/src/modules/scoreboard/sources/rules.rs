//! What happens in other modules and is counted here: neither knows the other. Which module offers what is asked of the registry.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, Rule};
use crate::{
    clock::{Instant, day_typed},
    db::Access,
    error::{AppError, FieldErrors, Result},
    module::{Countable, Module},
    modules::{
        MODULES,
        scoreboard::{
            entries,
            ids::RuleId,
            metrics,
            people::{finish, open},
            permissions, store as tables,
        },
    },
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// An organisation has so many rules at most.
pub const MOST: usize = 50;

/// What of another module is counted, as an admin sets it up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    /// What happens there, by its stable name: `module.thing_done`.
    pub event: String,
    /// The word of what it is counted as.
    pub metric: String,
    /// `one`: each counts as one. `value`: as what it is worth.
    pub counts: String,
    /// The first day that is counted: `2026-07-01`. Absent: from now on.
    #[serde(default)]
    pub since: Option<String>,
}

/// Something that can be counted, and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// "Calendar"
    pub module: &'static str,
    /// What happens there.
    pub countable: &'static Countable,
}

/// Which module something happens in, and what it is; `None`: it is in none that there is.
pub fn find_countable(event: &str) -> Option<(&'static dyn Module, &'static Countable)> {
    MODULES.iter().find_map(|module| {
        let countable = module.countable().iter().find(|countable| countable.name == event)?;
        Some((*module, countable))
    })
}

/// The organisation has this module turned on, and its plan has it.
///
/// # Errors
/// The database is busy.
pub async fn has_module(tx: &mut OrgTx, name: &str) -> Result<bool> {
    let is_on = store::modules(tx).await?.iter().any(|(module,)| module == name);
    Ok(is_on && tx.org().terms.has_module(tx.platform().plans(), name))
}

/// What the modules offer that the organisation has turned on.
///
/// # Errors
/// The database is busy.
pub async fn offers(tx: &mut OrgTx) -> Result<Vec<Offer>> {
    let on = store::modules(tx).await?;
    let plans = tx.platform().plans();
    let terms = &tx.org().terms;
    let offered = MODULES
        .iter()
        .filter(|module| on.iter().any(|(name,)| name == module.name()) && terms.has_module(plans, module.name()))
        .flat_map(|module| module.countable().iter().map(move |countable| Offer { module: module.title(), countable }));
    Ok(offered.collect())
}

/// All rules, for who sets them up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Rule>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let rules = store::rules(&mut tx).await?;
    tx.rollback().await?;
    Ok(rules)
}

/// Has something counted that happens in another module, from now on or from a day on.
///
/// # Errors
/// 404 for what isn't counted here; 422 for what no module offers that is turned on, for what it can't be counted as, and for a day that is none; 409
/// where it is counted as that already.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &RuleBody) -> Result<RuleId> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::rules(&mut tx).await?;
    let all = tables::metrics(&mut tx).await?;
    let offers = offers(&mut tx).await?;
    let metric = metrics::find_key(&all, body.metric.trim())?;
    let mut errors = FieldErrors::default();
    if existing.len() >= MOST {
        errors.add("event", format!("There is room for {MOST}."));
    }
    let offer = offers.iter().find(|offer| offer.countable.name == body.event);
    if offer.is_none() {
        errors.add("event", "Choose something that happens in another part of Devalo that is turned on.");
    }
    if !metric.is_sum() {
        errors.add("metric", format!("{} is reckoned from others. Choose one of those.", metric.name));
    }
    match body.counts.as_str() {
        "one" if metric.unit == "money" => {
            errors.add("counts", format!("{} is money. Count what it is worth, or choose a number.", metric.name));
        }
        "value" if metric.unit != "money" => {
            errors.add("counts", format!("{} is a number. Count each as one, or choose money.", metric.name));
        }
        "value" if offer.is_some_and(|offer| offer.countable.worth.is_none()) => {
            errors.add("counts", "That is worth nothing in money. Count each as one.");
        }
        "one" | "value" => {}
        _ => errors.add("counts", "Choose one or value."),
    }
    let since = match body.since.as_deref().map(str::trim).filter(|day| !day.is_empty()) {
        None => tx.now(),
        Some(day) => {
            let zone = entries::zone(&tx)?;
            let first = day_typed(day).and_then(|day| day.to_zoned(zone).ok());
            let first =
                first.map(|first| Instant::from_timestamp(first.timestamp())).filter(|first| *first <= tx.now());
            if first.is_none() {
                errors.add("since", "Enter a day like 31/12/2026, today at the latest.");
            }
            first.unwrap_or(tx.now())
        }
    };
    errors.finish()?;
    let id = RuleId::new(tx.now());
    let new = Rule {
        id,
        event: body.event.clone(),
        metric_id: metric.id,
        counts: body.counts.clone(),
        since,
        listed: false,
        listed_at: None,
        listed_id: None,
    };
    let sequence = tx.org().sequence;
    if !store::insert_rule(&mut tx, &new).await? {
        return Err(AppError::conflict(format!("That is counted as {} already.", metric.name)));
    }
    store::begin_cursor(&mut tx, sequence).await?;
    finish(tx, "scoreboard.rule_added", id.0).await?;
    Ok(id)
}

/// Counts something no longer. What was counted stays, also where it is undone later.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::rules(&mut tx).await?;
    let gone = || AppError::not_found("that rule");
    let id = existing.iter().find(|rule| rule.id.to_string() == id).ok_or_else(gone)?.id;
    store::delete_counts(&mut tx, id).await?;
    store::delete_rule(&mut tx, id).await?;
    if existing.len() == 1 {
        store::delete_cursor(&mut tx).await?;
    }
    finish(tx, "scoreboard.rule_removed", id.0).await
}

/// Looks once more at what couldn't be counted: somebody may have been put right since.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn look_again(platform: &Platform, actor: &Actor, org: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    for outcome in ["nobody", "refused"] {
        store::mark_all(&mut tx, outcome).await?;
    }
    tx.commit().await
}
