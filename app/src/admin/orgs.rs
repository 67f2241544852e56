//! The organisations on the platform: what they have agreed to, and changing that by hand.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::{
    letters,
    operator::{Acting, Operator},
};
use crate::{
    audit::{self, Detail},
    billing::{
        change,
        plans::{MOST_CHARGED, Plan},
        quota::{self, Used},
        terms::{self, State, Terms, Usage},
        views,
        wire::{InvoiceLine, Period},
    },
    clock::{Instant, day_typed},
    db::Access,
    error::{AppError, FieldErrors, Result},
    ids::{OrgId, batches},
    mail,
    modules::MODULES,
    money,
    org::{Actor, OrgRef, OrgTx, Role},
    people::members,
    permissions,
    platform::Platform,
    platform_sql,
    support::consent,
};

/// So many on a page.
pub const PAGE: usize = 50;
/// So many are read at once, to find those.
const LIMIT: usize = 100;
const DAY: i64 = 24 * 60 * 60;
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
    /// The partner that it came by.
    pub invited_by: Option<String>,
    /// What it pays by card isn't taken up again after then.
    pub cancels_at: Option<Instant>,
    /// Its owner closed it, and it is erased from then on.
    pub closes_at: Option<Instant>,
    /// What it has agreed to.
    #[sqlx(flatten)]
    pub terms: Terms,
    /// How much of its quotas is used in this period.
    #[sqlx(skip)]
    pub used: Vec<Used>,
}

/// Which organisations are asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Words of the name or the address; empty: any.
    pub search: String,
    /// A plan's name; empty: any.
    pub plan: String,
    /// How they stand; `None`: any.
    pub standing: Option<Standing>,
    /// After this address.
    pub after: String,
}

/// How an organisation stands, as a list can be narrowed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It tries everything out.
    Trial,
    /// It pays, or needn't.
    Active,
    /// Everything goes on until a day: it was cancelled.
    Ending,
    /// Everything goes on, though a payment has failed.
    Late,
    /// Its plan has ended.
    Ended,
    /// The operator has shut it.
    Suspended,
    /// More people belong than it has seats for.
    Crowded,
    /// Its owner has closed it, to be deleted.
    Closing,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Trial,
        Self::Active,
        Self::Ending,
        Self::Crowded,
        Self::Late,
        Self::Ended,
        Self::Suspended,
        Self::Closing,
    ];

    /// How it stands. Of several things that are so it is what weighs most.
    pub fn of(card: &Card, now: Instant) -> Self {
        let terms = &card.terms;
        let cancelled_trial = terms.billed_by == "stripe" && terms.state() == State::Trial && card.cancels_at.is_some();
        match terms.usage(now) {
            _ if card.closes_at.is_some() => Self::Closing,
            _ if terms.suspended_at.is_some() => Self::Suspended,
            Usage::Late(_) => Self::Late,
            Usage::ReadOnly(_) | Usage::Closed => Self::Ended,
            Usage::Crowded if terms.state() == State::PastDue => Self::Late,
            Usage::Full | Usage::Crowded if terms.plan_over_since.is_some() => Self::Crowded,
            Usage::Full | Usage::Crowded if terms.state() == State::Ended || cancelled_trial => Self::Ending,
            Usage::Full | Usage::Crowded if terms.state() == State::Trial => Self::Trial,
            Usage::Full | Usage::Crowded => Self::Active,
        }
    }

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Active => "active",
            Self::Ending => "ending",
            Self::Late => "late",
            Self::Ended => "ended",
            Self::Suspended => "suspended",
            Self::Crowded => "crowded",
            Self::Closing => "closing",
        }
    }

    /// It isn't as it should be.
    pub const fn is_alarming(self) -> bool {
        !matches!(self, Self::Trial | Self::Active | Self::Ending)
    }

    /// Reads the word in addresses.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == word)
    }
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// In the order of their addresses.
    pub cards: Vec<Card>,
    /// There are more.
    pub more: bool,
}

/// Organisations in the order of their addresses, after one; those alone that are asked for.
///
/// # Errors
/// The database is busy.
pub async fn list(platform: &Platform, by: Operator, asked: &Asked) -> Result<Listed> {
    let now = platform.clock.now();
    let (mut cards, mut after) = (Vec::new(), asked.after.clone());
    // How one stands is told by its terms, not by the database: it is asked for more until the page is full.
    loop {
        let batch = some(platform, by, &Asked { after, ..asked.clone() }, "").await?;
        let whole = batch.len() == LIMIT;
        after = batch.last().map(|card| card.slug.clone()).unwrap_or_default();
        cards.extend(
            batch.into_iter().filter(|card| asked.standing.is_none_or(|asked| Standing::of(card, now) == asked)),
        );
        if cards.len() > PAGE || !whole {
            break;
        }
    }
    let more = cards.len() > PAGE;
    cards.truncate(PAGE);
    count_used(platform, &mut cards).await?;
    Ok(Listed { cards, more })
}

/// One of them.
///
/// # Errors
/// 404 for an address that nobody has.
pub async fn one(platform: &Platform, by: Operator, slug: &str) -> Result<Card> {
    let wanted = Some(slug).filter(|slug| !slug.is_empty() && !slug.contains('\0')).ok_or_else(nobody)?;
    let mut found = some(platform, by, &Asked::default(), wanted).await?;
    count_used(platform, &mut found).await?;
    found.pop().ok_or_else(nobody)
}

/// Who owns an organisation, and how it pays.
#[derive(Debug, Clone)]
pub struct Payer {
    /// The owner's name and address.
    pub owner: Option<(String, String)>,
    /// What Stripe knows it as.
    pub customer: Option<String>,
    /// What it paid for there has ended.
    pub over: bool,
    /// The newest first.
    pub invoices: Vec<InvoiceLine>,
}

/// Who owns one of them, and how it pays.
///
/// # Errors
/// 404 for an address that nobody has.
pub async fn payer(platform: &Platform, _by: Operator, slug: &str) -> Result<Payer> {
    let mut tx = enter(platform, slug, Access::Read).await?;
    let owner = members::all(&mut tx).await?.into_iter().find(|member| member.role == Role::Owner);
    let payer = Payer {
        owner: owner.map(|owner| (owner.name, owner.email)),
        customer: change::customer(&mut tx).await?,
        over: change::is_over(&mut tx).await?,
        invoices: views::invoice_lines(&mut tx).await?,
    };
    tx.rollback().await?;
    Ok(payer)
}

/// What both read: organisations after one, that hold some words and have a plan; or the one with an address, where that is asked for.
async fn some(platform: &Platform, _by: Operator, asked: &Asked, slug: &str) -> Result<Vec<Card>> {
    let plain =
        |text: &str| -> String { text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_SEARCH).collect() };
    let search = plain(&asked.search);
    let escaped = search.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = format!("%{escaped}%");
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let cards = platform_sql!(
        all Card,
        &mut tx,
        "SELECT o.id, o.slug, o.name, o.zone, o.created_at, o.closes_at,
           o.plan, o.plan_version, o.plan_period, o.plan_seats, o.plan_price, o.plan_modules, o.billed_by, o.billing_state, o.billing_since, o.billing_until, o.suspended_at, o.plan_over_since,
           (SELECT COUNT(*) FROM memberships AS m WHERE m.org_id = o.id) AS people,
           (SELECT MAX(s.seen_at) FROM memberships AS m JOIN sessions AS s ON s.user_id = m.user_id WHERE m.org_id = o.id) AS seen_at,
           (SELECT p.name FROM organisations AS p WHERE p.id = o.invited_by_org) AS invited_by,
           (SELECT a.cancels_at FROM stripe_accounts AS a WHERE a.org_id = o.id) AS cancels_at
         FROM organisations AS o WHERE o.slug > $1 AND (lower(o.name) LIKE $2 ESCAPE '\\' OR o.slug LIKE $2 ESCAPE '\\') AND ($3 = '' OR o.slug = $3) AND ($4 = '' OR o.plan = $4)
         ORDER BY o.slug LIMIT $5",
        plain(&asked.after),
        pattern,
        slug.to_owned(),
        plain(&asked.plan),
        i64::try_from(LIMIT).unwrap_or(i64::MAX)
    )?;
    tx.commit().await?;
    Ok(cards)
}

/// Reads how much of their quotas these organisations have used in the period that it is with each.
async fn count_used(platform: &Platform, cards: &mut [Card]) -> Result<()> {
    let now = platform.clock.now();
    // It can be the month before still, west of here; what is counted in total comes after every month.
    let earliest = now.plus_seconds(-DAY).timestamp().to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string();
    let mut used: HashMap<(OrgId, String, String), i64> = HashMap::new();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    for ids in batches::<25>(cards.iter().map(|card| card.id.0)) {
        let rows = platform_sql!(
            all(OrgId, String, String, i64),
            &mut tx,
            "SELECT org_id, quota, period, used FROM quota_use WHERE org_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25) AND period >= $26",
            ids[0],
            ids[1],
            ids[2],
            ids[3],
            ids[4],
            ids[5],
            ids[6],
            ids[7],
            ids[8],
            ids[9],
            ids[10],
            ids[11],
            ids[12],
            ids[13],
            ids[14],
            ids[15],
            ids[16],
            ids[17],
            ids[18],
            ids[19],
            ids[20],
            ids[21],
            ids[22],
            ids[23],
            ids[24],
            earliest.clone()
        )?;
        used.extend(rows.into_iter().map(|(org, quota, period, used)| ((org, quota, period), used)));
    }
    tx.commit().await?;
    for card in cards {
        let modules = MODULES.iter().filter(|module| card.terms.has_module(platform.plans(), module.name()));
        card.used = modules
            .flat_map(|module| module.quotas())
            .map(|quota| {
                let key = (card.id, quota.name.to_owned(), quota::period_at(quota, &card.zone, now));
                let used = used.get(&key).copied().unwrap_or_default();
                Used { quota, used, limit: card.terms.limit(platform.plans(), quota.name) }
            })
            .collect();
    }
    Ok(())
}

/// What an organisation agrees to, as a form gives it.
#[derive(Debug, Clone, Default)]
pub struct Agreed {
    /// A plan's name.
    pub plan: String,
    /// `month` or `year`.
    pub period: String,
    /// How many may belong; empty: as many as come with the plan.
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
/// 422 at the field that is wrong, also for fewer seats than are taken; 404 for an address that nobody has; 409 for one that pays
/// by Stripe, whose word would undo it; where that has ended, what is agreed here holds; 409 also for one that is closed.
pub async fn agree(platform: &Platform, by: Acting, slug: &str, agreed: &Agreed) -> Result<()> {
    let mut tx = open(platform, slug).await?;
    let (before, fresh) = weigh(&mut tx, agreed).await?;
    if fresh == before {
        return tx.rollback().await;
    }
    let detail = terms::difference(&tx, &before, &fresh);
    terms::agree(&mut tx, &fresh, "platform.plan_changed", &detail).await?;
    change::set_by_hand(&mut tx).await?;
    note(&mut tx, by, "admin.plan_changed", &detail).await?;
    tx.commit().await
}

/// What a change would come to, thing by thing: its name, what holds now, and what would then. Nothing is changed.
///
/// # Errors
/// As [`agree`].
pub async fn think(
    platform: &Platform,
    _by: Operator,
    slug: &str,
    agreed: &Agreed,
) -> Result<Vec<(&'static str, String, String)>> {
    let mut tx = enter(platform, slug, Access::Read).await?;
    let (before, fresh) = weigh(&mut tx, agreed).await?;
    let rows = terms::side_by_side(&tx, &before, &fresh);
    tx.rollback().await?;
    Ok(rows)
}

/// What holds, and what would once this is agreed to.
async fn weigh(tx: &mut OrgTx, agreed: &Agreed) -> Result<(Terms, Terms)> {
    refuse_closed(tx)?;
    let platform = tx.platform().clone();
    if tx.org().terms.is_stripes(&platform) && !change::is_over(tx).await? {
        return Err(AppError::conflict(
            "It pays by Stripe, so what it agrees to is what it pays for there: a change made here would be undone. Change its subscription at Stripe.",
        ));
    }
    let taken = members::seats(tx).await?.taken;
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let before = tx.org().terms.clone();
    let fresh = check(&platform, agreed, &zone, tx.now(), taken)?;
    let since = if fresh.billing_state == before.billing_state { before.billing_since } else { tx.now() };
    let fresh = Terms {
        billing_since: since,
        suspended_at: before.suspended_at,
        plan_over_since: before.plan_over_since,
        ..fresh
    };
    Ok((before, fresh))
}

/// What is closed isn’t dealt with: its owner alone can have it back.
///
/// # Errors
/// 409 for one that is closed.
pub(crate) fn refuse_closed(tx: &OrgTx) -> Result<()> {
    match tx.org().closes_at {
        None => Ok(()),
        Some(_) => Err(AppError::conflict("Its owner has closed it, to be deleted. Only its owner can keep it.")),
    }
}

/// Shuts an organisation, or opens it again: its people reach their people and their plan alone, its public pages show and take no
/// bookings, and clients still see to theirs. Its owner and admins are mailed, with why, where that is said.
///
/// # Errors
/// 404 for an address that nobody has; 409 where it is so already; 422 at `why` for what is too long.
pub async fn suspend(platform: &Platform, by: Acting, slug: &str, shut: bool, why: &str) -> Result<()> {
    let why = consent::check(why).map_err(|words| AppError::field("why", words))?;
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
    let (name, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    for member in members::all(&mut tx).await?.into_iter().filter(|member| member.role >= Role::Admin) {
        let part = tx.platform_part();
        if shut {
            let whom = platform.whom_to_write_to();
            let letter = letters::suspended(member.email, &member.name, &name, &why, &whom);
            mail::queue(platform, part, "admin.suspended", &letter, None).await?;
        } else {
            let letter = letters::restored(&platform.origin, member.email, &member.name, &name, &slug);
            mail::queue(platform, part, "admin.restored", &letter, None).await?;
        }
    }
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
    let named = match agreed.seats.trim() {
        // As many as come with the plan.
        "" => plan.and_then(|plan| plan.seats).map(|seats| seats.to_string()).unwrap_or_default(),
        text => text.to_owned(),
    };
    let seats = match named.as_str() {
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
                errors.add("seats", "Enter a whole number from 1, or nothing for as many as come with the plan.");
                None
            }
        },
    };
    let price = match agreed.price.trim() {
        "" => None,
        text => {
            let cents = money::parse(text).filter(|cents| *cents <= MOST_CHARGED);
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
            let date = day_typed(text).filter(|date| date.year() >= 2000);
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
    let seats = if price.is_none() {
        check_list_price(plan, period, seats)?;
        // For the plan’s price it has as many as come with the plan in any case.
        seats.max(plan.seats.filter(|_| seats.is_some()))
    } else {
        seats
    };
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
        plan_over_since: None,
    })
}

/// Where no price is given, the plan has one for so many: what has none isn’t free by that.
fn check_list_price(plan: &Plan, period: Period, seats: Option<i64>) -> Result<()> {
    if seats.and_then(|seats| plan.price(period, seats)).is_some_and(|cents| cents > 0) {
        return Ok(());
    }
    let own = "Enter a price of its own, or 0 if it is free.";
    Err(match plan.most_seats.filter(|most| seats.is_some_and(|seats| seats > *most)) {
        Some(1) => {
            AppError::field("seats", format!("{} is for one person, and has no price for more. {own}", plan.title))
        }
        Some(most) => AppError::field(
            "seats",
            format!("{} has a price for up to {most} people, and none for more. {own}", plan.title),
        ),
        None => AppError::field("price", format!("{} has no price by itself. {own}", plan.title)),
    })
}

async fn open(platform: &Platform, slug: &str) -> Result<OrgTx> {
    enter(platform, slug, Access::Write).await
}

async fn enter(platform: &Platform, slug: &str, access: Access) -> Result<OrgTx> {
    let actor = Actor::System("whoever runs the platform");
    OrgTx::open(platform, &actor, OrgRef::Slug(slug), &permissions::ENTER, access).await
}

/// What the operator does stands in the platform's own log too, with who did it.
async fn note(tx: &mut OrgTx, by: Acting, action: &'static str, detail: &Detail) -> Result<()> {
    let (platform, org) = (tx.platform().clone(), tx.id().0);
    audit::log(&platform, tx.platform_part(), Some(by.operator().user()), action, Some(org), detail).await
}

fn nobody() -> AppError {
    AppError::not_found("that organisation")
}
