//! What the operator's pages show, worded on the server.

use jiff::{ToSpan, tz::TimeZone};

use super::{
    operator::Operator,
    orgs::{self, Card},
    revenue,
    wire::{AgreedForm, Figure, OrgLine, OrgPage, OrgsPage, PlanLine},
};
use crate::{
    auth::overview::ago,
    billing::{
        terms::{State, Usage},
        views::{last_moment, price, standing},
    },
    clock::Instant,
    error::Result,
    modules::MODULES,
    money::dollars,
    platform::Platform,
    ui::Choice,
};

/// The organisations, and what comes in.
///
/// # Errors
/// The database is busy.
pub async fn orgs(platform: &Platform, by: Operator, search: &str, after: &str) -> Result<OrgsPage> {
    let revenue = revenue::now(platform, by).await?;
    let cards = orgs::list(platform, by, search, after).await?;
    let all = revenue.all();
    let count =
        |count: i64, one: &str, many: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
    let figure = |label: &str, value: String, about: String| Figure { label: label.to_owned(), value, about };
    let plan_title =
        |name: &str| platform.plans().current(name).map_or_else(|| name.to_owned(), |plan| plan.title.clone());
    let whole = i64::try_from(cards.len()).is_ok_and(|shown| shown == orgs::PAGE);
    Ok(OrgsPage {
        figures: vec![
            figure("Each month", dollars(all.monthly), "With GST, from who pays by the month".to_owned()),
            figure("Each year", dollars(all.yearly), "With GST, from who pays by the year".to_owned()),
            figure("In a year", dollars(all.a_year()), "If nothing changes".to_owned()),
            figure(
                "Organisations",
                (all.active + all.trials + revenue.ended).to_string(),
                format!("{}, {} ended", count(all.trials, "trial", "trials"), revenue.ended),
            ),
        ],
        plans: revenue
            .by_plan
            .iter()
            .map(|(name, sum)| PlanLine {
                title: plan_title(name),
                active: sum.active,
                trials: sum.trials,
                monthly: dollars(sum.monthly),
                yearly: dollars(sum.yearly),
            })
            .collect(),
        more_after: cards.last().filter(|_| whole).map(|card| card.slug.clone()),
        orgs: cards.iter().map(|card| line(platform, card)).collect(),
        search: search.trim().chars().take(100).collect(),
    })
}

/// One organisation, to be changed.
///
/// # Errors
/// 404 for an address that nobody has.
pub async fn org(platform: &Platform, by: Operator, slug: &str) -> Result<OrgPage> {
    let card = orgs::one(platform, by, slug).await?;
    let terms = &card.terms;
    let zone = zone(&card);
    let agreed_modules: Vec<&str> = terms.plan_modules.as_deref().unwrap_or_default().split(' ').collect();
    let last_day = terms.billing_until.map(|until| {
        let end = until.timestamp().to_zoned(zone.clone());
        // The form has the last day, not the first after it.
        end.checked_sub(1.nanosecond()).unwrap_or(end).date().to_string()
    });
    Ok(OrgPage {
        org: line(platform, &card),
        since: day(&zone, card.created_at),
        price: price(platform, terms),
        suspended: terms.suspended_at.is_some(),
        agreed: AgreedForm {
            plan: terms.plan.clone(),
            period: terms.plan_period.clone(),
            seats: terms.plan_seats.map(|seats| seats.to_string()).unwrap_or_default(),
            price: terms.plan_price.map(dollars).unwrap_or_default(),
            state: if terms.state() == State::Trial { "trial" } else { "active" }.to_owned(),
            until: last_day.unwrap_or_default(),
        },
        plans: platform.plans().current_ones().map(|plan| (plan.name.clone(), plan.title.clone())).collect(),
        modules: MODULES
            .iter()
            .map(|module| Choice {
                value: module.name().to_owned(),
                label: module.title().to_owned(),
                chosen: agreed_modules.contains(&module.name()),
            })
            .collect(),
        confirmed: by.is_elevated(),
    })
}

fn line(platform: &Platform, card: &Card) -> OrgLine {
    let (terms, now) = (&card.terms, platform.clock.now());
    let zone = zone(card);
    let until = terms.billing_until.map(|until| day(&zone, last_moment(until)));
    let words = match (terms.usage(now), terms.suspended_at, until) {
        (_, Some(at), _) => format!("Suspended since {}", day(&zone, at)),
        (Usage::Full, None, Some(until)) if terms.state() == State::Trial => format!("Trial until {until}"),
        (Usage::Full, None, None) => "Active".to_owned(),
        (Usage::Full, None, Some(until)) => format!("Until {until}"),
        _ => standing(terms, now, |at| day(&zone, at)),
    };
    OrgLine {
        slug: card.slug.clone(),
        name: card.name.clone(),
        plan: terms.find(platform.plans()).map_or_else(|| terms.plan.clone(), |plan| plan.title.clone()),
        seats: match terms.plan_seats {
            Some(seats) => format!("{} of {seats} seats", card.people),
            None if card.people == 1 => "1 person".to_owned(),
            None => format!("{} people", card.people),
        },
        standing: words,
        alarming: !matches!(terms.usage(now), Usage::Full),
        seen: card.seen_at.map(|at| ago(at, now)).unwrap_or_default(),
    }
}

fn zone(card: &Card) -> TimeZone {
    TimeZone::get(&card.zone).unwrap_or(TimeZone::UTC)
}

/// "30 November 2026"
fn day(zone: &TimeZone, at: Instant) -> String {
    at.timestamp().to_zoned(zone.clone()).strftime("%-d %B %Y").to_string()
}
