//! Telling an organisation where its plan stands, once for each step of the way: what ends soon, a payment that failed, that
//! nothing can be changed any more, that it is closed, that all is well again.

use super::{
    terms::{State, Terms, Usage},
    views::{last_moment, standing},
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

/// A step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Full,
    EndsSoon,
    Late,
    ReadOnly,
    Closed,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::EndsSoon => "ends_soon",
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
            Usage::Full => Self::Full,
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
    let (kind, subject) = match step {
        Step::Full => ("billing.well", format!("{name}’s plan goes on")),
        Step::EndsSoon if terms.state() == State::Trial => ("billing.ends_soon", format!("{name}’s trial ends soon")),
        Step::EndsSoon => ("billing.ends_soon", format!("{name}’s plan ends soon")),
        Step::Late => ("billing.payment_failed", format!("A payment for {name} has failed")),
        Step::ReadOnly => ("billing.read_only", format!("{name} can be read, and not changed")),
        Step::Closed => ("billing.closed", format!("{name} is closed")),
    };
    let (what, next) = words(tx, terms, step);
    for member in members::all(tx).await?.into_iter().filter(|member| member.role >= Role::Admin) {
        let letter = Letter {
            to: member.email,
            subject: subject.clone(),
            paragraphs: vec![format!("Hello {},", member.name), what.clone(), next.to_owned()],
            action: Some(("See your plan".to_owned(), format!("{}/app/{slug}/settings/billing", platform.origin))),
            closing: Vec::new(),
        };
        mail::queue(&platform, tx.platform_part(), kind, &letter, None).await?;
    }
    Ok(())
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
        all(OrgId,),
        &mut tx,
        "SELECT id FROM organisations WHERE billing_told <> 'full' OR billing_state = 'past_due' OR billing_until < $1",
        now.plus_seconds(SOON_SECONDS)
    )?;
    tx.commit().await?;
    for (org,) in some {
        let actor = Actor::System("telling where a plan stands");
        let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await?;
        let terms = tx.org().terms.clone();
        tell(&mut tx, &terms).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What holds, and what to do about it.
fn words(tx: &OrgTx, terms: &Terms, step: Step) -> (String, &'static str) {
    let on = |at: Instant| day(tx, at);
    let holds = standing(terms, tx.now(), on);
    let last = terms.billing_until.map(|until| on(last_moment(until))).unwrap_or_default();
    match step {
        Step::Full => (holds, "Thank you. There is nothing to do."),
        Step::EndsSoon if terms.state() == State::Trial && terms.billed_by == "stripe" => (
            format!("Your trial goes on until {last}. Then your card is charged for the first time."),
            "To stop before then, or to change the plan, open its page. There is nothing else to do.",
        ),
        Step::EndsSoon => {
            (holds, "To go on after that, choose a plan on its page. What you have here is kept either way.")
        }
        Step::Late => (
            holds,
            "The usual reason is a card that has run out. See to it on the plan’s page, under “Card and invoices”.",
        ),
        Step::ReadOnly => (
            holds,
            "Your public pages still show, and take no bookings. Clients can still change or cancel theirs. It opens again as \
             soon as the plan is paid.",
        ),
        Step::Closed => (holds, "Nothing was deleted. Take the plan up again, and everything is as it was."),
    }
}
