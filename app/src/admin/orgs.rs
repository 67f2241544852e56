//! The organisations on the platform: what they have agreed to, and changing that by hand.

use jiff::{civil::Date, tz::TimeZone};

use super::operator::{Acting, Operator};
use crate::{
    audit::{self, Detail},
    billing::{
        plans::CUSTOM,
        terms::{self, State, Terms},
        wire::Period,
    },
    clock::Instant,
    db::Access,
    error::{AppError, FieldErrors, Result},
    ids::OrgId,
    modules::MODULES,
    money,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions,
    platform::Platform,
    platform_sql,
};

/// So many on a page.
pub const PAGE: i64 = 50;
const LONGEST_SEARCH: usize = 100;

/// An organisation, as the operator sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Card {
    /// Its id.
    pub id: OrgId,
    /// Its part of addresses.
    pub slug: String,
    /// Its trading name.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// Since when it is there.
    pub created_at: Instant,
    /// How many belong.
    pub people: i64,
    /// When one of them did something last; `None`: nobody is logged in.
    pub seen_at: Option<Instant>,
    /// What it has agreed to.
    #[sqlx(flatten)]
    pub terms: Terms,
}

/// Organisations in the order of their addresses, after one; those alone whose name or address holds some words.
///
/// # Errors
/// The database is busy.
pub async fn list(platform: &Platform, by: Operator, search: &str, after: &str) -> Result<Vec<Card>> {
    cards(platform, by, search, after, "").await
}

/// One of them.
///
/// # Errors
/// 404 for an address that nobody has.
pub async fn one(platform: &Platform, by: Operator, slug: &str) -> Result<Card> {
    let wanted = Some(slug).filter(|slug| !slug.is_empty() && !slug.contains('\0')).ok_or_else(nobody)?;
    cards(platform, by, "", "", wanted).await?.pop().ok_or_else(nobody)
}

/// What both read: organisations after one, that hold some words; or the one with an address, where that is asked for.
async fn cards(platform: &Platform, _by: Operator, search: &str, after: &str, slug: &str) -> Result<Vec<Card>> {
    let search: String = search.trim().chars().filter(|c| !c.is_control()).take(LONGEST_SEARCH).collect();
    let escaped = search.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = format!("%{escaped}%");
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let cards = platform_sql!(
        all Card,
        &mut tx,
        "SELECT o.id, o.slug, o.name, o.zone, o.created_at,
           o.plan, o.plan_version, o.plan_period, o.plan_seats, o.plan_price, o.plan_modules, o.billed_by, o.billing_state, o.billing_since, o.billing_until, o.suspended_at,
           (SELECT COUNT(*) FROM memberships AS m WHERE m.org_id = o.id) AS people,
           (SELECT MAX(s.seen_at) FROM memberships AS m JOIN sessions AS s ON s.user_id = m.user_id WHERE m.org_id = o.id) AS seen_at
         FROM organisations AS o WHERE o.slug > $1 AND (lower(o.name) LIKE $2 ESCAPE '\\' OR o.slug LIKE $2 ESCAPE '\\') AND ($3 = '' OR o.slug = $3)
         ORDER BY o.slug LIMIT $4",
        after.to_owned(),
        pattern,
        slug.to_owned(),
        PAGE
    )?;
    tx.commit().await?;
    Ok(cards)
}

/// What an organisation agrees to, as a form gives it.
#[derive(Debug, Clone, Default)]
pub struct Agreed {
    /// A plan's name.
    pub plan: String,
    /// `month` or `year`.
    pub period: String,
    /// How many may belong; empty: no limit.
    pub seats: String,
    /// Another price than the plan's, in dollars; empty: the plan's.
    pub price: String,
    /// The modules; empty: the plan's.
    pub modules: Vec<String>,
    /// `trial` or `active`.
    pub state: String,
    /// The last day of it, like 2026-12-31, by the organisation's clock; empty: it goes on.
    pub last_day: String,
}

/// Agrees to other terms with an organisation, by hand.
///
/// # Errors
/// 422 at the field that is wrong, also for fewer seats than are taken; 404 for an address that nobody has.
pub async fn agree(platform: &Platform, by: Acting, slug: &str, agreed: &Agreed) -> Result<()> {
    let mut tx = open(platform, slug).await?;
    let taken = members::seats(&mut tx).await?.taken;
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let before = tx.org().terms.clone();
    let fresh = check(platform, agreed, &zone, tx.now(), taken)?;
    let since = if fresh.billing_state == before.billing_state { before.billing_since } else { tx.now() };
    let fresh = Terms { billing_since: since, suspended_at: before.suspended_at, ..fresh };
    if fresh == before {
        return tx.rollback().await;
    }
    let detail = terms::difference(&tx, &before, &fresh);
    terms::agree(&mut tx, &fresh, "platform.plan_changed", &detail).await?;
    note(&mut tx, by, "admin.plan_changed", &detail).await?;
    tx.commit().await
}

/// Shuts an organisation, or opens it again: its people reach their people and their plan alone, its public pages show and take no
/// bookings, and clients still see to theirs.
///
/// # Errors
/// 404 for an address that nobody has; 409 where it is so already.
pub async fn suspend(platform: &Platform, by: Acting, slug: &str, shut: bool) -> Result<()> {
    let mut tx = open(platform, slug).await?;
    let before = tx.org().terms.clone();
    if before.suspended_at.is_some() == shut {
        return Err(AppError::conflict(if shut { "It is suspended already." } else { "It isn’t suspended." }));
    }
    let suspended_at = shut.then(|| tx.now());
    let (theirs, ours) =
        if shut { ("platform.suspended", "admin.suspended") } else { ("platform.restored", "admin.restored") };
    terms::agree(&mut tx, &Terms { suspended_at, ..before }, theirs, &Detail::default()).await?;
    note(&mut tx, by, ours, &Detail::default()).await?;
    tx.commit().await
}

/// Terms from a form, all of it checked together.
///
/// # Errors
/// 422 at the field that is wrong.
pub fn check(platform: &Platform, agreed: &Agreed, zone: &TimeZone, now: Instant, taken: i64) -> Result<Terms> {
    let mut errors = FieldErrors::default();
    let plan = platform.plans().current(&agreed.plan);
    if plan.is_none() {
        errors.add("plan", "Choose a plan.");
    }
    let period = Period::parse(&agreed.period);
    if period.is_none() {
        errors.add("period", "Choose how often is paid.");
    }
    let seats = match agreed.seats.trim() {
        "" => None,
        text => match text.parse::<i64>().ok().filter(|seats| (1..=100_000).contains(seats)) {
            Some(seats) if seats < taken => {
                errors.add(
                    "seats",
                    format!("{taken} people belong: give at least as many seats, or have some removed first."),
                );
                None
            }
            Some(seats) => Some(seats),
            None => {
                errors.add("seats", "Enter a whole number from 1, or nothing for no limit.");
                None
            }
        },
    };
    let price = match agreed.price.trim() {
        "" => None,
        text => {
            let cents = money::parse(text).filter(|cents| *cents <= 100_000_000);
            if cents.is_none() {
                errors.add("price", "Enter an amount like 59 or 59.50, or nothing for the plan’s price.");
            }
            cents
        }
    };
    let mut modules: Vec<&str> = Vec::new();
    for name in &agreed.modules {
        match MODULES.iter().find(|module| module.name() == name) {
            Some(module) => modules.push(module.name()),
            None => errors.add("modules", "Choose modules that this server has."),
        }
    }
    modules.sort_unstable();
    modules.dedup();
    let state = State::parse(&agreed.state).filter(|state| matches!(state, State::Trial | State::Active));
    if state.is_none() {
        errors.add("state", "Choose whether it is a trial.");
    }
    let until = match agreed.last_day.trim() {
        "" => None,
        text => {
            let date = text.parse::<Date>().ok().filter(|date| (2000..=9900).contains(&date.year()));
            let end = date.and_then(|date| date.tomorrow().ok()?.to_zoned(zone.clone()).ok());
            if end.is_none() {
                errors.add("last_day", "Enter a day like 2026-12-31, or nothing.");
            }
            end.map(|end| Instant::from_timestamp(end.timestamp()))
        }
    };
    if state == Some(State::Trial) && agreed.last_day.trim().is_empty() {
        errors.add("last_day", "A trial has a last day.");
    }
    errors.finish()?;
    let (Some(plan), Some(period), Some(state)) = (plan, period, state) else { return Err(AppError::internal()) };
    let plan_modules = (!modules.is_empty()).then(|| modules.join(" "));
    if plan.name != CUSTOM && seats.is_none() && plan.seats.is_some() {
        return Err(AppError::field("seats", "This plan has seats: enter how many."));
    }
    Ok(Terms {
        plan: plan.name.clone(),
        plan_version: plan.version,
        plan_period: period.as_str().to_owned(),
        plan_seats: seats,
        plan_price: price,
        plan_modules,
        billed_by: "manual".to_owned(),
        billing_state: state.as_str().to_owned(),
        billing_since: now,
        billing_until: until,
        suspended_at: None,
    })
}

async fn open(platform: &Platform, slug: &str) -> Result<OrgTx> {
    let actor = Actor::System("whoever runs the platform");
    OrgTx::open(platform, &actor, OrgRef::Slug(slug), &permissions::ENTER, Access::Write).await
}

/// What the operator does stands in the platform's own log too, with who did it.
async fn note(tx: &mut OrgTx, by: Acting, action: &'static str, detail: &Detail) -> Result<()> {
    let (platform, org) = (tx.platform().clone(), tx.id().0);
    audit::log(&platform, tx.platform_part(), Some(by.operator().user()), action, Some(org), detail).await
}

fn nobody() -> AppError {
    AppError::not_found("that organisation")
}
