//! What the operator's pages show, worded on the server.

use std::sync::atomic::Ordering;

use jiff::{ToSpan, tz::TimeZone};

use super::{
    health,
    operator::Operator,
    orgs::{self, Agreed, Asked, Card, Listed, Standing},
    payments,
    revenue::{self, Moved, Revenue, twelfth},
    wire::{
        AgreedForm, Attention, Figure, MovedLine, OrgLine, OrgPage, OrgStripe, OrgsPage, OverviewPage, PartnerForm,
        PlanLine,
    },
};
use crate::{
    auth::overview::ago,
    billing::{
        changes::Kind,
        terms::{State, Usage},
        views::{last_moment, price},
    },
    clock::Instant,
    error::Result,
    jobs,
    modules::MODULES,
    money::{counted, dollars, grouped},
    onboarding::partners::{self, Bounds},
    platform::Platform,
    support,
    ui::Choice,
};

/// What came in is compared with this long ago: 30 days.
const MONTH_SECONDS: i64 = 30 * 24 * 60 * 60;

/// What comes in, and what needs attention.
///
/// # Errors
/// The database is busy.
pub async fn overview(platform: &Platform, by: Operator) -> Result<OverviewPage> {
    let revenue = revenue::now(platform, by).await?;
    let moved = revenue::this_month(platform, by).await?;
    let all = revenue.all();
    let figure = |label: &str, value: String, about: String| Figure { label: label.to_owned(), value, about };
    let title = |name: &str| platform.plans().current(name).map_or_else(|| name.to_owned(), |plan| plan.title.clone());
    let closed = format!(
        "{} active, {}, {} ended, {} suspended",
        all.active,
        counted(all.trials, "trial", "trials"),
        revenue.ended,
        revenue.suspended
    );
    let every = all.active + all.trials + revenue.ended + revenue.suspended;
    let of = |kind: Kind| moved.get(&kind).copied().unwrap_or_default();
    let moved_figure = |label: &str, kind: Kind| {
        let Moved { times, a_year } = of(kind);
        figure(label, dollars(twelfth(a_year)), counted(times, "organisation", "organisations"))
    };
    let month_ago = revenue::at(platform, by, platform.clock.now().plus_seconds(-MONTH_SECONDS)).await?;
    Ok(OverviewPage {
        attention: attention(platform, by, &revenue).await?,
        figures: vec![
            figure(
                "Each month (MRR)",
                dollars(all.a_month()),
                format!(
                    "{} by the month, and a twelfth of {} by the year, to the nearest cent; including GST",
                    dollars(all.monthly),
                    dollars(all.yearly)
                ),
            ),
            figure("In a year", dollars(all.a_year()), "If nothing changes; including GST".to_owned()),
            figure("30 days ago (MRR)", dollars(twelfth(month_ago)), "What came in each month then".to_owned()),
            moved_figure("New this month", Kind::New),
            moved_figure("Churned this month", Kind::Churned),
            figure("Organisations", every.to_string(), closed),
        ],
        plans: revenue
            .by_plan
            .iter()
            .map(|(name, sum)| PlanLine {
                title: title(name),
                active: sum.active,
                trials: sum.trials,
                monthly: dollars(sum.monthly),
                yearly: dollars(sum.yearly),
                a_month: dollars(sum.a_month()),
            })
            .collect(),
        month: platform.clock.now().timestamp().to_zoned(revenue::zone()).strftime("%B %Y").to_string(),
        moved: Kind::ALL
            .into_iter()
            .map(|kind| {
                let Moved { times, a_year } = of(kind);
                let (monthly, yearly) = (dollars(twelfth(a_year)), dollars(a_year));
                MovedLine { kind: kind_in_words(kind).to_owned(), times, monthly, yearly }
            })
            .collect(),
    })
}

/// What needs somebody to look at it, with where that can be done.
async fn attention(platform: &Platform, by: Operator, revenue: &Revenue) -> Result<Vec<Attention>> {
    let failing = jobs::all(platform).await?.iter().filter(|run| run.failures > 0).count();
    let given_up = health::letters_given_up(platform, by).await?;
    let drift = revenue.all().a_year() - revenue.noted;
    let many = |count: i64, one: &str, many: &str, href: &str| Attention {
        words: if count == 1 { one.to_owned() } else { format!("{count} {many}") },
        href: href.to_owned(),
    };
    let mut all = Vec::new();
    if revenue.late > 0 {
        all.push(many(
            revenue.late,
            "One organisation’s payment has failed",
            "organisations’ payments have failed",
            "/admin/orgs?standing=late",
        ));
    }
    if revenue.unpaid > 0 {
        all.push(many(
            revenue.unpaid,
            "One organisation agreed to pay from the first day on, and hasn’t yet",
            "organisations agreed to pay from the first day on, and haven’t yet",
            "/admin/orgs?standing=late",
        ));
    }
    if revenue.ran_out > 0 {
        all.push(many(
            revenue.ran_out,
            "What was agreed by hand with one organisation has run out, and it can only be read",
            "organisations can only be read: what was agreed with them by hand has run out",
            "/admin/orgs?standing=ended",
        ));
    }
    if revenue.by_hand > 0 {
        all.push(many(
            revenue.by_hand,
            "One organisation is billed by hand: no card is asked for, and you send its invoices",
            "organisations are billed by hand: no card is asked for, and you send their invoices",
            "/admin/orgs?standing=active",
        ));
    }
    let mut disputed = payments::disputed(platform, by).await?;
    let count = disputed.len();
    disputed.dedup();
    if count > 0 {
        let words = match count {
            1 => "One payment is disputed: answer it at Stripe".to_owned(),
            count => format!("{count} payments are disputed: answer them at Stripe"),
        };
        let href = match disputed.as_slice() {
            [slug] => format!("/admin/orgs/{slug}"),
            _ => "/admin/payments".to_owned(),
        };
        all.push(Attention { words, href });
    }
    if revenue.suspended > 0 {
        all.push(many(
            revenue.suspended,
            "One organisation is suspended",
            "organisations are suspended",
            "/admin/orgs?standing=suspended",
        ));
    }
    if given_up > 0 {
        all.push(many(
            given_up,
            "One email was given up in the last week",
            "emails were given up in the last week",
            "/admin/mail?state=given_up",
        ));
    }
    let stuck = payments::stuck(platform, by).await?;
    if stuck > 0 {
        all.push(many(
            stuck,
            "One thing that Stripe told wasn’t taken over",
            "things that Stripe told weren’t taken over",
            "/admin/payments?stuck=1",
        ));
    }
    for (unsigned, of, setting, href) in [
        (&platform.unsigned_payments, "Stripe’s", "STRIPE_WEBHOOK_SECRET", "/admin/payments"),
        (&platform.unsigned_mail, "Resend’s", "RESEND_WEBHOOK_SECRET", "/admin/mail"),
    ] {
        let words = match unsigned.load(Ordering::Relaxed) {
            0 => continue,
            1 => format!("One webhook was refused, for it isn’t signed as {of} are: is {setting} right?"),
            count => format!("{count} webhooks were refused, for they aren’t signed as {of} are: is {setting} right?"),
        };
        all.push(Attention { words, href: href.to_owned() });
    }
    if let Some((who, _)) = health::under_attack(platform, by).await? {
        all.push(Attention { words: format!("Under attack: {who}"), href: "/admin/health".to_owned() });
    }
    // On a machine of one’s own nobody keeps any.
    if platform.is_https() && health::lacks_backup(platform).await {
        all.push(Attention {
            words: "The last backup is more than two days old, or there is none".to_owned(),
            href: "/admin/health".to_owned(),
        });
    }
    if failing > 0 {
        let failing = i64::try_from(failing).unwrap_or(i64::MAX);
        all.push(many(failing, "One job fails", "jobs fail", "/admin/jobs"));
    }
    if drift != 0 {
        let words = format!(
            "What comes in and the list of its changes differ by {} a year: plans were changed past Devalo. The next start makes up for it",
            dollars(drift)
        );
        all.push(Attention { words, href: "/admin/orgs".to_owned() });
    }
    Ok(all)
}

const fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::New => "New",
        Kind::Restored => "Back again",
        Kind::Changed => "Changed plan or price",
        Kind::Churned => "Churned",
    }
}

/// The organisations.
///
/// # Errors
/// The database is busy.
pub async fn orgs(platform: &Platform, by: Operator, asked: &Asked) -> Result<OrgsPage> {
    let Listed { cards, more } = orgs::list(platform, by, asked).await?;
    let any = |label: &str, chosen: bool| Choice { value: String::new(), label: label.to_owned(), chosen };
    let standings = Standing::ALL.into_iter().map(|standing| Choice {
        value: standing.as_str().to_owned(),
        label: standing_in_words(standing).to_owned(),
        chosen: asked.standing == Some(standing),
    });
    let plans = platform.plans().current_ones().map(|plan| Choice {
        value: plan.name.clone(),
        label: plan.title.clone(),
        chosen: asked.plan == plan.name,
    });
    Ok(OrgsPage {
        more_after: cards.last().filter(|_| more).map(|card| card.slug.clone()),
        orgs: cards.iter().map(|card| line(platform, card)).collect(),
        search: asked.search.trim().chars().take(100).collect(),
        plans: std::iter::once(any("Any plan", asked.plan.is_empty())).chain(plans).collect(),
        standings: std::iter::once(any("Any", asked.standing.is_none())).chain(standings).collect(),
    })
}

const fn standing_in_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Trial => "On trial",
        Standing::Active => "Active",
        Standing::Ending => "Cancelled",
        Standing::Late => "Payment late",
        Standing::Ended => "Plan ended",
        Standing::Suspended => "Suspended",
        Standing::Crowded => "More people than seats",
        Standing::Closing => "Closed by its owner",
    }
}

/// One organisation, to be changed.
///
/// # Errors
/// 404 for an address that nobody has.
pub async fn org(platform: &Platform, by: Operator, slug: &str) -> Result<OrgPage> {
    let card = orgs::one(platform, by, slug).await?;
    let payer = orgs::payer(platform, by, slug).await?;
    let terms = &card.terms;
    let zone = zone(&card);
    let agreed_modules: Vec<&str> = terms.plan_modules.as_deref().unwrap_or_default().split(' ').collect();
    // The end of what is over is no end of what is agreed to next.
    let until = terms.billing_until.filter(|until| terms.state() != State::Ended || *until > platform.clock.now());
    let last_day = until.map(|until| {
        let end = until.timestamp().to_zoned(zone.clone());
        // The form has the last day, not the first after it.
        end.checked_sub(1.nanosecond()).unwrap_or(end).date().to_string()
    });
    Ok(OrgPage {
        org: line(platform, &card),
        since: day(&zone, card.created_at),
        price: price(platform, terms),
        invited_by: card.invited_by.clone().unwrap_or_default(),
        partner: partner(platform, partners::of(platform, by, slug).await?),
        owner: payer.owner.map(|(name, email)| format!("{name}, {email}")).unwrap_or_default(),
        stripe: payer.customer.map(|customer| OrgStripe {
            page: platform.payments().map(|payments| payments.customer_page(&customer)).unwrap_or_default(),
            customer,
            holds: terms.is_stripes(platform) && !payer.over,
            invoices: payer.invoices,
        }),
        suspended: terms.suspended_at.is_some(),
        closed: card.closes_at.is_some(),
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
        support: support::views::for_operator(platform, by, slug).await?,
        confirmed: by.is_elevated(),
    })
}

/// A change that somebody thinks over.
#[derive(Debug, Clone)]
pub struct Then {
    /// What the form has.
    pub asked: Agreed,
    /// Thing by thing: its name, what holds now, and what would then.
    pub rows: Vec<(&'static str, String, String)>,
}

/// What a change would come to. Nothing is changed.
///
/// # Errors
/// As [`orgs::agree`].
pub async fn then(platform: &Platform, by: Operator, slug: &str, asked: Agreed) -> Result<Then> {
    let rows = orgs::think(platform, by, slug, &asked).await?;
    let rows = rows.into_iter().map(|(name, now, then)| {
        let label = match name {
            "plan" => "Plan",
            "price" => "Price, each time",
            "period" => "Paid each",
            "seats" => "Seats",
            "last day" => "Last day",
            "modules" => "Modules",
            "state" => "Standing",
            other => other,
        };
        (label, now, then)
    });
    Ok(Then { rows: rows.collect(), asked })
}

/// What it may offer, or what one begins with that may offer nothing yet.
fn partner(platform: &Platform, bounds: Option<Bounds>) -> PartnerForm {
    let number = |number: i64| number.to_string();
    PartnerForm {
        is_one: bounds.is_some(),
        plans: platform
            .plans()
            .sold()
            .map(|plan| Choice {
                value: plan.name.clone(),
                label: plan.title.clone(),
                chosen: bounds.as_ref().is_some_and(|bounds| bounds.offers(&plan.name)),
            })
            .collect(),
        most_free_days: bounds.as_ref().map_or(30, |bounds| bounds.most_free_days).to_string(),
        least_percent: bounds.as_ref().and_then(|bounds| bounds.least_percent).map(number).unwrap_or_default(),
        most_open: bounds.as_ref().map_or(10, |bounds| bounds.most_open).to_string(),
    }
}

fn line(platform: &Platform, card: &Card) -> OrgLine {
    let (terms, now) = (&card.terms, platform.clock.now());
    let zone = zone(card);
    let number = |number: i64| grouped(number.unsigned_abs());
    let until = terms.billing_until.map(|until| day(&zone, last_moment(until)));
    let until = until.unwrap_or_default();
    let standing = Standing::of(card, now);
    let none = String::new;
    let (words, when) = match (terms.usage(now), standing) {
        (_, Standing::Closing) => {
            let on = card.closes_at.map(|at| day(&zone, at)).unwrap_or_default();
            (format!("Closed; deleted on {on}"), format!("Deleted on {on}"))
        }
        (_, Standing::Suspended) => {
            let on = terms.suspended_at.map(|at| day(&zone, at)).unwrap_or_default();
            (format!("Suspended since {on}"), format!("Since {on}"))
        }
        (Usage::Crowded, _) => ("More people than seats; can only be read".to_owned(), "Can only be read".to_owned()),
        (_, Standing::Ending) if terms.state() == State::Trial => {
            (format!("Trial, cancelled; ends {until}"), format!("Trial, ends {until}"))
        }
        (_, Standing::Ending) => (format!("Cancelled; ends {until}"), format!("Ends {until}")),
        (_, Standing::Trial) if until.is_empty() => ("On trial".to_owned(), none()),
        (_, Standing::Trial) => (format!("Trial until {until}"), format!("Until {until}")),
        (Usage::Full, _) if terms.plan_over_since.is_some() => ("More people than seats".to_owned(), none()),
        (Usage::Full, _) if until.is_empty() => ("Active".to_owned(), none()),
        (Usage::Full, _) => (format!("Active until {until}"), format!("Until {until}")),
        (Usage::Late(last), _) if terms.awaits_payment() => {
            let words = format!("Not paid for yet; all of it stays open until {}", day(&zone, last));
            (words.clone(), words)
        }
        (Usage::Late(last), _) => {
            let last = day(&zone, last);
            (format!("Payment late; all of it stays open until {last}"), format!("All of it stays open until {last}"))
        }
        (Usage::ReadOnly(last), _) if terms.state() == State::PastDue => {
            let words = format!("Not paid; can be read until {}", day(&zone, last));
            (words.clone(), words)
        }
        (Usage::ReadOnly(last), _) => {
            let last = day(&zone, last);
            (format!("Ended; can be read until {last}"), format!("Can be read until {last}"))
        }
        (Usage::Closed, _) => ("Ended, and closed".to_owned(), "Closed".to_owned()),
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
        used: card
            .used
            .iter()
            .map(|used| match used.limit {
                Some(limit) => format!("{} of {} {}", number(used.used), number(limit), used.quota.counts),
                None => format!("{} {}", number(used.used), used.quota.counts),
            })
            .collect(),
        badge: if standing == Standing::Late && terms.awaits_payment() {
            "Not paid yet".to_owned()
        } else {
            standing_in_words(standing).to_owned()
        },
        standing: words,
        when,
        alarming: standing.is_alarming(),
        seen: card.seen_at.map(|at| ago(at, now)).unwrap_or_default(),
    }
}

fn zone(card: &Card) -> TimeZone {
    TimeZone::get(&card.zone).unwrap_or(TimeZone::UTC)
}

/// "30 November 2026"
pub(super) fn day(zone: &TimeZone, at: Instant) -> String {
    at.day_in(zone.clone())
}
