//! Telling an organisation where its plan stands, once for each step of the way: what ends soon, a payment that failed, that
//! nothing can be changed any more, that it is closed, that all is well again.

use super::{
    terms::{State, Terms, Usage},
    views::{self, last_moment, standing},
};
use crate::{
    clock::Instant,
    db::Access,
    error::Result,
    ids::OrgId,
    mail::{self, Letter},
    org::{Actor, OrgRef, OrgTx, Role},
    people::{members, views::day},
    permissions,
    platform::Platform,
    platform_sql, sql,
};

/// What ends is spoken of this many seconds before: three days.
const SOON_SECONDS: i64 = 3 * 24 * 60 * 60;

const GOES_ON: &str = "Thank you. There is nothing to do.";
const TAKE_UP: &str = "Take it up by card on the plan’s page. What you have here is kept either way.";
const CHOOSE: &str = "To go on after that, choose a plan on its page. What you have here is kept either way.";
const SEE_TO_CARD: &str =
    "The usual reason is a card that has run out. See to it on the plan’s page, under “Manage card”.";
const READ_ONLY: &str = "Your public pages still show, and take no bookings. Clients can still change or cancel theirs. It opens again \
                         as soon as the plan is paid.";
const ADD_SEATS: &str =
    "Take up more seats on the plan’s page, or remove who has left: Settings, then People. Nobody is removed by us.";
const CROWDED: &str = "Your public pages still show, and take no bookings. Clients can still change or cancel theirs. It opens again \
                       as soon as there are seats for everybody: take up more on the plan’s page, or remove who has left.";
const CLOSED: &str = "Nothing was deleted. Take the plan up again, and everything is as it was.";

/// A step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Full,
    EndsSoon,
    TooMany,
    Crowded,
    Late,
    ReadOnly,
    Closed,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::EndsSoon => "ends_soon",
            Self::TooMany => "too_many",
            Self::Crowded => "crowded",
            Self::Late => "late",
            Self::ReadOnly => "read_only",
            Self::Closed => "closed",
        }
    }

    fn of(terms: &Terms, now: Instant) -> Self {
        match terms.usage(now) {
            Usage::Full if terms.billing_until.is_some_and(|until| until < now.plus_seconds(SOON_SECONDS)) => {
                Self::EndsSoon
            }
            Usage::Full if terms.plan_over_since.is_some() => Self::TooMany,
            Usage::Full => Self::Full,
            Usage::Crowded => Self::Crowded,
            Usage::Late(_) => Self::Late,
            Usage::ReadOnly(_) => Self::ReadOnly,
            Usage::Closed => Self::Closed,
        }
    }
}

/// Writes to the owner and the admins, if the organisation has come to another step than they were told of.
///
/// # Errors
/// The database is busy.
pub async fn tell(tx: &mut OrgTx, terms: &Terms) -> Result<()> {
    if terms.suspended_at.is_some() {
        return Ok(());
    }
    let now = tx.now();
    let step = Step::of(terms, now);
    let changed = sql!(
        exec,
        &mut *tx,
        "UPDATE organisations SET billing_told = $2 WHERE id = $1 AND billing_told <> $2",
        step.as_str()
    )?;
    if changed == 0 {
        return Ok(());
    }
    let platform = tx.platform().clone();
    let (name, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    let cancelled = sql!(
        optional(String,),
        &mut *tx,
        "SELECT customer FROM stripe_accounts WHERE org_id = $1 AND cancels_at IS NOT NULL"
    )?;
    let unpaid = terms.awaits_payment();
    let due = if step == Step::Late && !unpaid { views::due(tx).await? } else { None };
    let (what, next) = words(tx, terms, step, cancelled.is_some(), due.as_deref());
    let said = Said { step, trial: terms.state() == State::Trial, unpaid, what, next, due };
    for member in members::all(tx).await?.into_iter().filter(|member| member.role >= Role::Admin) {
        let pays = member.role == Role::Owner;
        let letter = said.letter(&platform.origin, member.email, &member.name, (name.as_str(), slug.as_str()), pays);
        let (platform, tx) = (&platform, tx.platform_part());
        match step {
            Step::Full => mail::queue(platform, tx, "billing.well", &letter, None).await?,
            Step::EndsSoon => mail::queue(platform, tx, "billing.ends_soon", &letter, None).await?,
            Step::TooMany => mail::queue(platform, tx, "billing.too_many", &letter, None).await?,
            Step::Crowded => mail::queue(platform, tx, "billing.crowded", &letter, None).await?,
            Step::Late if said.unpaid => mail::queue(platform, tx, "billing.unpaid", &letter, None).await?,
            Step::Late => mail::queue(platform, tx, "billing.payment_failed", &letter, None).await?,
            Step::ReadOnly => mail::queue(platform, tx, "billing.read_only", &letter, None).await?,
            Step::Closed => mail::queue(platform, tx, "billing.closed", &letter, None).await?,
        }
    }
    Ok(())
}

/// What is said of a step.
struct Said {
    step: Step,
    trial: bool,
    /// Nothing was ever paid.
    unpaid: bool,
    what: String,
    next: &'static str,
    /// "$95.00": what is to be paid first, where a payment has failed.
    due: Option<String>,
}

impl Said {
    /// To somebody of this organisation (its name, and the word in its addresses), who pays for it or doesn't.
    fn letter(&self, origin: &str, to: String, name: &str, (org, slug): (&str, &str), pays: bool) -> Letter {
        let subject = match self.step {
            Step::Full => format!("{org}’s plan goes on"),
            Step::EndsSoon if self.trial => format!("{org}’s trial ends soon"),
            Step::EndsSoon => format!("{org}’s plan ends soon"),
            Step::TooMany => format!("{org} has more people than seats"),
            Step::Late if self.unpaid => format!("{org}’s plan is to be paid for"),
            Step::Late => match &self.due {
                Some(due) => format!("Your payment of {due} failed"),
                None => format!("A payment for {org} has failed"),
            },
            Step::Crowded | Step::ReadOnly => format!("{org} can be read, and not changed"),
            Step::Closed => format!("{org} is closed"),
        };
        let label = match &self.due {
            Some(due) if pays => format!("Pay {due}"),
            _ => "See your plan".to_owned(),
        };
        Letter {
            to,
            subject,
            paragraphs: vec![format!("Hello {name},"), self.what.clone(), self.next.to_owned()],
            action: Some((label, format!("{origin}/app/{slug}/settings/billing"))),
            closing: Vec::new(),
        }
    }
}

/// One letter of each kind, as an example.
pub(crate) fn examples(origin: &str, to: &str, name: &str, org: &str, slug: &str) -> Vec<(&'static str, Letter)> {
    let steps = [
        ("billing.well", Step::Full, "It renews by itself, until you cancel.", GOES_ON),
        ("billing.ends_soon", Step::EndsSoon, "You are trying it out until 7 December 2026.", CHOOSE),
        (
            "billing.too_many",
            Step::TooMany,
            "More people belong than your plan has seats for. From 14 December 2026 everything can be read, and nothing changed, unless seats are added or people removed before.",
            ADD_SEATS,
        ),
        (
            "billing.crowded",
            Step::Crowded,
            "More people belong than your plan has seats for. Until seats are added or people removed, everything can be read, and nothing changed.",
            CROWDED,
        ),
        (
            "billing.unpaid",
            Step::Late,
            "It isn’t paid for yet. Take it up by 14 December 2026 to keep everything working.",
            TAKE_UP,
        ),
        (
            "billing.payment_failed",
            Step::Late,
            "Your payment of $95.00 for Harbour Physio failed. Pay by 14 December 2026 to keep everything working.",
            SEE_TO_CARD,
        ),
        (
            "billing.read_only",
            Step::ReadOnly,
            "Your plan has ended. Until 28 December 2026 everything can be read, and nothing changed.",
            READ_ONLY,
        ),
        (
            "billing.closed",
            Step::Closed,
            "Your plan has ended. What you have here is kept, and opens again when the plan goes on.",
            CLOSED,
        ),
    ];
    steps
        .into_iter()
        .map(|(kind, step, what, next)| {
            let unpaid = kind == "billing.unpaid";
            let due = (step == Step::Late && !unpaid).then(|| "$95.00".to_owned());
            let said = Said { step, trial: true, unpaid, what: what.to_owned(), next, due };
            (kind, said.letter(origin, to.to_owned(), name, (org, slug), true))
        })
        .collect()
}

/// Looks at every organisation whose plan may have come to another step.
///
/// # Errors
/// The database is busy.
pub async fn tell_all(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    // Whoever has no end in sight, and was told so, stays as they are.
    let some = platform_sql!(
        all Last,
        &mut tx,
        "SELECT id, billing_told, plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since
         FROM organisations WHERE billing_told <> 'full' OR billing_state = 'past_due' OR billing_until < $1 OR plan_over_since IS NOT NULL",
        now.plus_seconds(SOON_SECONDS)
    )?;
    tx.commit().await?;
    let come_further = |last: &Last| last.billing_told != Step::of(&last.terms, now).as_str();
    for Last { id: org, .. } in some.into_iter().filter(come_further) {
        let actor = Actor::System("telling where a plan stands");
        let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await?;
        let terms = tx.org().terms.clone();
        tell(&mut tx, &terms).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What an organisation has agreed to, and what it was told last.
#[derive(sqlx::FromRow)]
struct Last {
    id: OrgId,
    billing_told: String,
    #[sqlx(flatten)]
    terms: Terms,
}

/// What holds, and what to do about it.
fn words(tx: &OrgTx, terms: &Terms, step: Step, cancelled: bool, due: Option<&str>) -> (String, &'static str) {
    let on = |at: Instant| day(tx, at);
    let holds = standing(terms, tx.now(), &tx.platform().whom_to_write_to(), on);
    let last = terms.billing_until.map(|until| on(last_moment(until))).unwrap_or_default();
    match step {
        Step::Full => (holds, GOES_ON),
        Step::EndsSoon if terms.state() == State::Trial && terms.billed_by == "stripe" && cancelled => (
            format!("Your trial goes on until {last}. It was cancelled, so nothing is charged."),
            "To go on after that, open the plan’s page and keep the plan. What you have here is kept either way.",
        ),
        Step::EndsSoon if terms.state() == State::Trial && terms.billed_by == "stripe" => (
            format!("Your trial goes on until {last}. Then your card is charged for the first time."),
            "To cancel before then, or to change the plan, open its page. There is nothing else to do.",
        ),
        Step::EndsSoon => (holds, CHOOSE),
        Step::TooMany => (holds, ADD_SEATS),
        Step::Crowded => (holds, CROWDED),
        Step::Late if terms.awaits_payment() => (holds, TAKE_UP),
        Step::Late => match (due, terms.usage(tx.now())) {
            (Some(due), Usage::Late(until)) => (
                format!(
                    "Your payment of {due} for {} failed. Pay by {} to keep everything working.",
                    tx.org().name,
                    on(until)
                ),
                SEE_TO_CARD,
            ),
            _ => (holds, SEE_TO_CARD),
        },
        Step::ReadOnly => (holds, READ_ONLY),
        Step::Closed => (holds, CLOSED),
    }
}
