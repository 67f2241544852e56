//! What is said about a plan.

use super::{
    quota,
    terms::{State, Terms, Usage},
    wire::{BillingPage, Period, PlanNotice, UsedLine},
};
use crate::{
    clock::Instant,
    db::Access,
    error::Result,
    money::{dollars, grouped},
    org::{Actor, OrgRef, OrgTx},
    people::{members, views::day},
    permissions,
    platform::Platform,
};

/// The end of a trial is spoken of this many days before.
const REMINDED_DAYS: i64 = 7;

/// The organisation's plan, and how much of it is used.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn billing(platform: &Platform, actor: &Actor, org: &str) -> Result<BillingPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SEE_PLAN, Access::Read).await?;
    let seats = members::seats(&mut tx).await?;
    let quotas = quota::all(&mut tx).await?;
    let modules = members::modules(&mut tx).await?;
    let terms = tx.org().terms.clone();
    let plan = terms.find(platform.plans());
    let people = if seats.taken == 1 { "person" } else { "people" };
    let seats = used_line("Seats", seats.taken, people, seats.of);
    let page = BillingPage {
        plan: plan.map_or_else(|| "A plan of its own".to_owned(), |plan| plan.title.clone()),
        about: plan.map(|plan| plan.about.clone()).unwrap_or_default(),
        price: price(platform, &terms),
        standing: standing(&terms, tx.now(), |at| day(&tx, at)),
        alarming: !matches!(terms.usage(tx.now()), Usage::Full),
        modules: modules.into_iter().map(|module| module.title().to_owned()).collect(),
        used: std::iter::once(seats)
            .chain(quotas.into_iter().map(|used| used_line(used.quota.label, used.used, used.quota.counts, used.limit)))
            .collect(),
        by_hand: terms.billed_by == "manual",
    };
    tx.rollback().await?;
    Ok(page)
}

/// How much of something is used: of how many, or that there is no limit.
fn used_line(label: &str, used: i64, counts: &str, limit: Option<i64>) -> UsedLine {
    let grouped = |number: i64| grouped(number.unsigned_abs());
    let words = match limit {
        Some(limit) => format!("{} of {}", grouped(used), grouped(limit)),
        None => format!("{} {counts}; your plan has no limit", grouped(used)),
    };
    UsedLine { label: label.to_owned(), words, share: limit.map(|limit| (used, limit)) }
}

/// What everybody in the organisation is told, while its plan is about to end, or has.
pub fn notice(tx: &OrgTx) -> Option<PlanNotice> {
    let (terms, now) = (&tx.org().terms, tx.now());
    let words = match terms.usage(now) {
        Usage::Full => {
            let ends = terms.billing_until.filter(|_| terms.state() == State::Trial)?;
            if ends >= now.plus_seconds(REMINDED_DAYS * 24 * 60 * 60) {
                return None;
            }
            format!("Your trial ends on {}.", day(tx, last_moment(ends)))
        }
        Usage::Late(_) | Usage::ReadOnly(_) | Usage::Closed => standing(terms, now, |at| day(tx, at)),
    };
    let href = tx.allows(&permissions::SEE_PLAN).then(|| format!("/app/{}/settings/billing", tx.org().slug));
    Some(PlanNotice { words, href })
}

/// The last moment before the end: what ends at midnight ends on the day before.
pub fn last_moment(end: Instant) -> Instant {
    end.plus_seconds(-1)
}

/// "$59.00 a month, with GST"; empty where nothing is paid.
pub fn price(platform: &Platform, terms: &Terms) -> String {
    let each = match terms.period() {
        Period::Month => "a month",
        Period::Year => "a year",
    };
    match terms.price(platform.plans()) {
        0 => String::new(),
        cents => format!("{} {each}, with GST", dollars(cents)),
    }
}

/// Where an organisation stands with its plan, in a sentence.
pub fn standing(terms: &Terms, now: Instant, day: impl Fn(Instant) -> String) -> String {
    if terms.suspended_at.is_some() {
        return "Whoever runs this platform has suspended your organisation. Please write to them.".to_owned();
    }
    let until = terms.billing_until.map(|until| day(last_moment(until)));
    match (terms.usage(now), terms.state(), until) {
        (Usage::Full, State::Trial, Some(until)) => format!("You are trying it out until {until}."),
        (Usage::Full, State::Active, Some(until)) => format!("It goes on until {until}."),
        (Usage::Full, State::Ended, Some(until)) => format!("It was cancelled, and goes on until {until}."),
        (Usage::Full, ..) => "It goes on until it is changed.".to_owned(),
        (Usage::Late(until), ..) => {
            format!("A payment has failed. Everything goes on until {}; please see to it before then.", day(until))
        }
        (Usage::ReadOnly(until), State::Trial, _) => {
            format!("Your trial has ended. Until {} everything can be read, and nothing changed.", day(until))
        }
        (Usage::ReadOnly(until), ..) => {
            format!("Your plan has ended. Until {} everything can be read, and nothing changed.", day(until))
        }
        (Usage::Closed, ..) => {
            "Your plan has ended. What you have here is kept, and opens again when the plan goes on.".to_owned()
        }
    }
}
