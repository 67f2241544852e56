//! What the pages of signing up show, worded on the server.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    Signup, SignupId, You,
    invites::{self, First},
    look, mine, trial,
};
use crate::{
    admin::{log, operator::Operator},
    auth::standing::{LoggedIn, Standing},
    billing::{
        self,
        plans::{self, Plan},
        wire::{Period, PlanCard},
    },
    clock::Instant,
    db::Access,
    error::{AppError, FieldErrors, Result},
    modules::MODULES,
    money::{counted, dollars, grouped},
    platform::Platform,
    ui::Choice,
};

/// What somebody pays, before they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// "Team, 7 people"
    pub what: String,
    /// "$77.00 a month, including GST"
    pub price: String,
    /// "Nothing is charged before 8 December 2026.", or that it is due at once.
    pub first: String,
    /// The business's name.
    pub business: String,
}

/// An invitation, on the operator's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationLine {
    /// Its id.
    pub id: SignupId,
    /// The business's name.
    pub business: String,
    /// Whom it is for.
    pub email: String,
    /// "Team, 5 people, $49.50 a month, 30 days free"
    pub offer: String,
    /// "Pending, expires 1 December 2026", "Taken up", "Withdrawn", "Expired".
    pub state: String,
    /// The partner that invited it; empty: whoever runs the platform did.
    pub partner: String,
    /// It can still be taken up.
    pub open: bool,
}

/// The plans that can be bought.
pub fn plan_cards(platform: &Platform) -> Vec<PlanCard> {
    platform.plans().sold().map(card).collect()
}

/// A sign-up by its link, with who looks at it.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What it is.
    pub signup: Signup,
    /// Who looks.
    pub you: You,
    /// What it is for: "Team, 5 people, $49.50 a month, including GST".
    pub offer: String,
    /// The partner that invites.
    pub partner: Option<String>,
    /// Its first two weeks are free.
    pub tries: bool,
}

/// A sign-up by its link; what it is for is in it.
///
/// # Errors
/// 404 for a link that doesn't work.
pub async fn business(platform: &Platform, standing: Standing, token: &str) -> Result<Looked> {
    let (signup, you) = look(platform, standing, token).await?;
    let offer = offer(platform, &signup);
    let partner = partners_of(platform, std::slice::from_ref(&signup)).await?.into_values().next();
    let tries = !signup.invited && trial::is_left(platform, &signup).await?;
    Ok(Looked { signup, you, offer, partner, tries })
}

/// The names of the partners that invited these, as far as they are still there.
async fn partners_of(platform: &Platform, signups: &[Signup]) -> Result<HashMap<Uuid, String>> {
    let ids: Vec<Uuid> = signups.iter().filter_map(|signup| signup.partner).map(|partner| partner.0).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let names = log::names_of_orgs(&mut tx, ids).await?;
    tx.commit().await?;
    Ok(names)
}

/// What somebody is about to pay.
///
/// # Errors
/// 404 for a sign-up that isn't theirs.
pub async fn bill(platform: &Platform, person: LoggedIn, id: SignupId) -> Result<Bill> {
    let signup = mine(platform, person, id).await?;
    let plan = signup.plan(platform.plans());
    let first = if trial::is_left(platform, &signup).await? {
        let first = platform.clock.now().plus_seconds(i64::from(trial::DAYS) * 24 * 60 * 60);
        format!("Nothing is charged before {}. You can cancel at any time until then.", day(&signup, first))
    } else {
        "Today. You have had your two free weeks with another business.".to_owned()
    };
    Ok(Bill {
        what: format!(
            "{}, {}",
            plan.map(|plan| plan.title.clone()).unwrap_or_default(),
            people(signup.seats.unwrap_or(1))
        ),
        price: price(&signup, plan),
        first,
        business: signup.business.unwrap_or_default(),
    })
}

/// The invitations to businesses.
///
/// # Errors
/// The database is busy.
pub async fn invitations(platform: &Platform, by: Operator) -> Result<Vec<InvitationLine>> {
    let now = platform.clock.now();
    let all = invites::all(platform, by).await?;
    let partners = partners_of(platform, &all).await?;
    Ok(all
        .into_iter()
        .map(|signup| {
            let open = signup.made.is_none() && !signup.withdrawn;
            let state = match (signup.made.is_some(), signup.withdrawn, signup.until > now) {
                (true, ..) => "Taken up".to_owned(),
                (_, true, _) => "Withdrawn".to_owned(),
                (_, _, true) => format!("Pending, expires {}", day(&signup, signup.until)),
                _ => "Expired".to_owned(),
            };
            InvitationLine {
                id: signup.id,
                offer: offer(platform, &signup),
                partner: signup
                    .partner
                    .map(|id| partners.get(&id.0).cloned().unwrap_or_else(|| "a partner that is gone".to_owned()))
                    .unwrap_or_default(),
                business: signup.business.unwrap_or_default(),
                email: signup.email,
                state,
                open,
            }
        })
        .collect())
}

/// The plans and modules that a business can be invited to.
pub fn choices(platform: &Platform) -> (Vec<(String, String)>, Vec<Choice>) {
    let plans = platform.plans().current_ones().map(|plan| (plan.name.clone(), plan.title.clone())).collect();
    let modules = MODULES
        .iter()
        .map(|module| Choice { value: module.name().to_owned(), label: module.title().to_owned(), chosen: false })
        .collect();
    (plans, modules)
}

/// "Team, 5 people, $49.50 a month, including GST, the first 30 days free"
pub(super) fn offer(platform: &Platform, signup: &Signup) -> String {
    let costs = || !price(signup, signup.plan(platform.plans())).is_empty();
    let first = if let Some(days) = signup.free_days {
        format!(", the first {days} days free")
    } else if signup.by_hand && costs() {
        ", billed by hand".to_owned()
    } else if signup.invited && First::of(platform, signup) == First::AtOnce {
        ", the first payment due at once".to_owned()
    } else {
        String::new()
    };
    format!("{}{first}", agreed(platform, signup))
}

/// "Team, 5 people, $49.50 a month, including GST"
pub(super) fn agreed(platform: &Platform, signup: &Signup) -> String {
    let plan = signup.plan(platform.plans());
    let mut parts = vec![plan.map_or_else(|| signup.plan.clone(), |plan| plan.title.clone())];
    parts.extend(signup.seats.map(people));
    let price = price(signup, plan);
    if !price.is_empty() {
        parts.push(price);
    }
    parts.join(", ")
}

fn price(signup: &Signup, plan: Option<&Plan>) -> String {
    let each = if signup.period == Period::Month { "a month" } else { "a year" };
    let cents = signup.price.or_else(|| plan?.reckon(signup.period, signup.seats?));
    cents
        .filter(|cents| *cents > 0)
        .map(|cents| format!("{} {each}, including GST", dollars(cents)))
        .unwrap_or_default()
}

/// What a plan costs and brings.
pub fn card(plan: &Plan) -> PlanCard {
    let modules: Vec<&str> =
        MODULES.iter().filter(|module| plan.opens(module.name())).map(|module| module.title()).collect();
    let with = plan.seats.unwrap_or(1);
    let seats = match plan.most_seats {
        Some(most) if most > with => format!(
            "For {}. Each more costs {} a month or {} a year, up to {most} people.",
            people(with),
            dollars(plan.seat_month),
            dollars(plan.seat_year)
        ),
        _ => format!("For {}.", people(with)),
    };
    PlanCard {
        name: plan.name.clone(),
        title: plan.title.clone(),
        about: plan.about.clone(),
        month: dollars(plan.month),
        year: dollars(plan.year),
        seats,
        brings: format!("{}. {}", modules.join(", "), limits(plan)),
        saves: if plan.year == plan.month * 10 { "Two months for free.".to_owned() } else { String::new() },
    }
}

/// How the total comes about, where more people belong than come with the plan: "Team with 5 people $59.00, 2 more at $9.00 each
/// $18.00."; empty where there is nothing to add up.
pub fn reckoned(plan: &Plan, period: Period, seats: i64) -> String {
    let with = plan.seats.unwrap_or(1);
    let more = seats - with;
    let Some(total) = plan.price(period, seats).filter(|_| more > 0) else { return String::new() };
    let (base, each) = match period {
        Period::Month => (plan.month, plan.seat_month),
        Period::Year => (plan.year, plan.seat_year),
    };
    format!(
        "{} with {} {}, {more} more at {} each {}.",
        plan.title,
        people(with),
        dollars(base),
        dollars(each),
        dollars(total - base)
    )
}

/// A choice of a plan on the way to signing up, with what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choosing {
    /// The plan's name.
    pub plan: String,
    /// `month` or `year`.
    pub period: String,
    /// How many may belong.
    pub seats: i64,
    /// "Team, 7 people"
    pub what: String,
    /// "$77.00 a month, including GST"
    pub total: String,
    /// As [`reckoned`] says it.
    pub reckoned: String,
}

/// What somebody is about to sign up for, checked as it is when they do.
///
/// # Errors
/// 422 at `plan`, `period` or `seats`.
pub fn choosing(platform: &Platform, plan: &str, period: &str, seats: &str) -> Result<Choosing> {
    let mut errors = FieldErrors::default();
    let plan = platform.plans().sold().find(|sold| sold.name == plan);
    let chosen = plans::choose(plan, period, seats, 0, &mut errors);
    errors.finish()?;
    let (plan, (period, seats)) = plan.zip(chosen).ok_or_else(AppError::internal)?;
    Ok(Choosing {
        plan: plan.name.clone(),
        period: period.as_str().to_owned(),
        seats,
        what: format!("{}, {}", plan.title, people(seats)),
        total: billing::views::each(plan.price(period, seats).unwrap_or(0), period),
        reckoned: reckoned(plan, period, seats),
    })
}

/// What a plan limits in the modules that it opens: "150 bookings a month."
fn limits(plan: &Plan) -> String {
    let quotas = MODULES.iter().filter(|module| plan.opens(module.name())).flat_map(|module| module.quotas());
    quotas
        .map(|quota| match plan.quotas.get(quota.name) {
            Some(limit) => format!("{} {}.", grouped(limit.unsigned_abs()), small(quota.label)),
            None => format!("No limit to {}.", small(quota.label)),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// As it stands inside a sentence.
fn small(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

fn people(count: i64) -> String {
    counted(count, "person", "people")
}

pub(super) fn day(signup: &Signup, at: Instant) -> String {
    let zone = signup.zone.as_deref().unwrap_or("Australia/Sydney");
    at.day_in(jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC))
}
