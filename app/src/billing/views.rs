//! What is said about a plan.

use super::{
    quota,
    terms::{State, Terms, Usage},
    wire::{Agreed, BillingPage, InvoiceLine, Owed, PaymentPart, Period, PlanNotice, UsedLine},
};
use crate::{
    clock::Instant,
    db::Access,
    error::Result,
    money::{counted, dollars, grouped},
    onboarding,
    org::{Actor, OrgRef, OrgTx},
    people::{members, views::day},
    permissions,
    platform::Platform,
    sql,
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
    let payment = payment(&mut tx).await?;
    let page = BillingPage {
        plan: plan.map_or_else(|| "A plan of its own".to_owned(), |plan| plan.title.clone()),
        about: plan.map(|plan| plan.about.clone()).unwrap_or_default(),
        price: price(platform, &terms),
        standing: standing(&terms, tx.now(), &platform.whom_to_write_to(), |at| day(&tx, at)),
        renews: if renews(&terms, tx.now()) {
            match terms.period() {
                Period::Month => "Monthly, until you cancel".to_owned(),
                Period::Year => "Yearly, until you cancel".to_owned(),
            }
        } else {
            String::new()
        },
        alarming: terms.plan_over_since.is_some() || !matches!(terms.usage(tx.now()), Usage::Full),
        modules: modules.into_iter().map(|module| module.title().to_owned()).collect(),
        used: std::iter::once(seats)
            .chain(quotas.into_iter().map(|used| used_line(used.quota.label, used.used, "so far", used.limit)))
            .collect(),
        by_hand: (terms.billed_by == "manual").then(|| platform.whom_to_write_to()),
        payment,
    };
    tx.rollback().await?;
    Ok(page)
}

/// It is paid by card, and goes on by itself.
fn renews(terms: &Terms, now: Instant) -> bool {
    terms.billed_by == "stripe"
        && terms.state() == State::Active
        && terms.billing_until.is_none()
        && terms.suspended_at.is_none()
        && terms.crowded_from().is_none()
        && matches!(terms.usage(now), Usage::Full)
}

/// A plan that is paid by card, and goes on or has a while to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paying {
    /// It isn't taken up again after then.
    pub ends: Option<Instant>,
}

/// What the organisation pays by card; `None` where it doesn't, or not any more.
///
/// # Errors
/// The database is busy.
pub async fn paying(tx: &mut OrgTx) -> Result<Option<Paying>> {
    if tx.platform().payments().is_none() {
        return Ok(None);
    }
    let account = sql!(
        optional(Option<String>, Option<Instant>),
        tx,
        "SELECT status, cancels_at FROM stripe_accounts WHERE org_id = $1"
    )?;
    Ok(account.filter(|(status, _)| is_live(status.as_deref())).map(|(_, ends)| Paying { ends }))
}

/// Stripe's word for a subscription says that it goes on.
fn is_live(status: Option<&str>) -> bool {
    status.is_some_and(|status| !matches!(status, "canceled" | "incomplete_expired"))
}

/// How the organisation pays, for the owner; `None` for others, and where plans are set by hand.
async fn payment(tx: &mut OrgTx) -> Result<Option<PaymentPart>> {
    if !tx.allows(&permissions::CHANGE_PLAN) || tx.platform().payments().is_none() {
        return Ok(None);
    }
    let account = sql!(
        optional(Option<String>, Option<Instant>, Option<Instant>),
        &mut *tx,
        "SELECT status, paid_until, cancels_at FROM stripe_accounts WHERE org_id = $1"
    )?;
    let invoices = invoiced(tx).await?;
    let returns = sql!(
        all(i64, i64, bool, Instant),
        &mut *tx,
        "SELECT amount, refunded, disputed, made_at FROM stripe_returns WHERE org_id = $1 ORDER BY made_at DESC, id LIMIT 12"
    )?;
    let terms = tx.org().terms.clone();
    let (status, paid_until, cancels_at) = account.clone().unwrap_or_default();
    let live = is_live(status.as_deref());
    let plans = tx.platform().plans().clone();
    let owed = owed(tx, &invoices, &terms).filter(|_| terms.state() == State::PastDue);
    Ok(Some(PaymentPart {
        known: account.is_some(),
        live,
        suspended: terms.suspended_at.is_some(),
        ends: cancels_at.is_some(),
        next: match (live && owed.is_none(), cancels_at, paid_until) {
            (true, Some(ends), _) => format!("It ends on {}. Nothing more is charged.", day(tx, last_moment(ends))),
            (true, None, Some(until)) => format!("The next payment is on {}.", day(tx, until)),
            _ => String::new(),
        },
        owed,
        plan: terms.plan.clone(),
        period: terms.plan_period.clone(),
        seats: terms.plan_seats.map(|seats| seats.to_string()).unwrap_or_default(),
        agreed: agreed(tx, &terms).filter(|_| !live),
        credit: match invoices.iter().find(|invoice| invoice.status != "void").map_or(0, |last| last.credit_left) {
            0 => String::new(),
            cents => format!("You have {} credit. It comes off your next invoices.", dollars(cents)),
        },
        plans: plans.sold().map(onboarding::views::card).collect(),
        invoices: invoices.into_iter().map(|invoice| invoice_line(tx, invoice)).collect(),
        returns: returns
            .into_iter()
            .filter(|(_, refunded, disputed, _)| *disputed || *refunded > 0)
            .map(|(amount, refunded, disputed, at)| {
                let (of, on) = (dollars(amount), day(tx, at));
                if disputed {
                    format!("Your bank has disputed the payment of {of} of {on}.")
                } else {
                    format!("{} of the payment of {of} of {on} was refunded.", dollars(refunded))
                }
            })
            .collect(),
    }))
}

/// What was agreed by hand, for who is about to pay by card; or that it is free.
fn agreed(tx: &OrgTx, terms: &Terms) -> Option<Agreed> {
    let (plans, free) = (tx.platform().plans(), terms.free_until(tx.now()));
    let plan = terms.find(plans)?;
    let (price, seats) = (terms.price(plans), terms.agreed_seats(plans));
    let mut what = vec![plan.title.clone()];
    what.extend(seats.map(|seats| counted(seats, "person", "people")));
    let seats = seats.map(|seats| seats.to_string()).unwrap_or_default();
    if price == 0 {
        let goes_on = terms.plan_price.is_some() && matches!(terms.usage(tx.now()), Usage::Full | Usage::Crowded);
        let until = free.map(|until| format!(" until {}", day(tx, last_moment(until)))).unwrap_or_default();
        let words = format!("{}, free{until}. There is nothing to pay, and no card is needed.", what.join(", "));
        let otherwise = "Your free plan ends and you pay today.".to_owned();
        return goes_on.then_some(Agreed { words, otherwise, seats, is_free: true });
    }
    let has_price = terms.plan_seats.is_some_and(|seats| plan.price(terms.period(), seats).is_some());
    let is_as_sold = has_price && plans.sold().any(|sold| sold == plan);
    if is_as_sold && terms.plan_price.is_none() && free.is_none() {
        return None;
    }
    what.push(each(price, terms.period()));
    let free_words = free.map(|until| format!(" Free until {}.", day(tx, last_moment(until)))).unwrap_or_default();
    let ends = if terms.plan_price.is_some() {
        "Your offer price ends"
    } else if free.is_some() {
        "Your free time ends"
    } else {
        "What was agreed with you ends"
    };
    Some(Agreed {
        words: format!("{}.{free_words}", what.join(", ")),
        otherwise: format!("{ends} and you pay today."),
        seats,
        is_free: false,
    })
}

/// The organisation's invoices, the newest first.
///
/// # Errors
/// The database is busy.
pub async fn invoice_lines(tx: &mut OrgTx) -> Result<Vec<InvoiceLine>> {
    Ok(invoiced(tx).await?.into_iter().map(|invoice| invoice_line(tx, invoice)).collect())
}

async fn invoiced(tx: &mut OrgTx) -> Result<Vec<Invoiced>> {
    let mut invoices = sql!(
        all Invoiced,
        &mut *tx,
        "SELECT id, number, status, total, gst, made_at, page, from_credit, credit_left FROM stripe_invoices WHERE org_id = $1 ORDER BY made_at DESC, id LIMIT 36"
    )?;
    let returns = sql!(
        all(String, i64, bool),
        &mut *tx,
        "SELECT invoice, refunded, disputed FROM stripe_returns WHERE org_id = $1 AND invoice IS NOT NULL"
    )?;
    for (id, refunded, disputed) in returns {
        if let Some(invoice) = invoices.iter_mut().find(|invoice| invoice.id == id) {
            invoice.refunded += refunded;
            invoice.disputed |= disputed;
        }
    }
    Ok(invoices)
}

fn invoice_line(tx: &OrgTx, invoice: Invoiced) -> InvoiceLine {
    InvoiceLine {
        on: day(tx, invoice.made_at),
        number: invoice.number,
        total: dollars(invoice.total),
        gst: dollars(invoice.gst),
        state: match invoice.status.as_str() {
            _ if invoice.disputed => "Disputed".to_owned(),
            "paid" if invoice.refunded > 0 && invoice.refunded >= invoice.total => "Refunded".to_owned(),
            "paid" if invoice.refunded > 0 => format!("Paid, {} refunded", dollars(invoice.refunded)),
            "paid" => "Paid".to_owned(),
            "open" => "Unpaid".to_owned(),
            "void" => "Cancelled".to_owned(),
            _ => "Not collected".to_owned(),
        },
        disputed: invoice.disputed,
        page: invoice.page,
    }
}

/// What wasn't paid, and where the oldest of it is.
fn owed(tx: &OrgTx, invoices: &[Invoiced], terms: &Terms) -> Option<Owed> {
    let oldest = oldest_open(invoices)?;
    let open: Vec<i64> = invoices.iter().filter(|invoice| invoice.is_open()).map(Invoiced::left_to_pay).collect();
    let sum = dollars(open.iter().sum());
    let failed = if open.len() == 1 {
        format!("Your payment of {sum} failed.")
    } else {
        format!("Your last payments failed, {sum} in all.")
    };
    let (now, whom) = (tx.now(), tx.platform().whom_to_write_to());
    let what = match terms.usage(now) {
        Usage::Late(until) => format!("Pay by {} to keep everything working.", day(tx, until)),
        _ => standing(terms, now, &whom, |at| day(tx, at)),
    };
    Some(Owed { words: format!("{failed} {what}"), amount: dollars(oldest.left_to_pay()), page: oldest.page.clone() })
}

/// "$95.00": what is to be paid first of what is open.
///
/// # Errors
/// The database is busy.
pub(super) async fn due(tx: &mut OrgTx) -> Result<Option<String>> {
    let invoices = invoiced(tx).await?;
    Ok(oldest_open(&invoices).map(|invoice| dollars(invoice.left_to_pay())))
}

fn oldest_open(invoices: &[Invoiced]) -> Option<&Invoiced> {
    invoices.iter().filter(|invoice| invoice.is_open()).min_by_key(|invoice| invoice.made_at)
}

#[derive(sqlx::FromRow)]
struct Invoiced {
    id: String,
    number: String,
    status: String,
    total: i64,
    gst: i64,
    made_at: Instant,
    page: Option<String>,
    from_credit: i64,
    credit_left: i64,
    #[sqlx(skip)]
    refunded: i64,
    #[sqlx(skip)]
    disputed: bool,
}

impl Invoiced {
    fn is_open(&self) -> bool {
        self.status == "open" && self.total > 0
    }

    /// Without what came off a credit.
    fn left_to_pay(&self) -> i64 {
        self.total - self.from_credit
    }
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

/// What the dashboard's frame says of the plan: one thing, the gravest. That the plan is about to end, or has, is for everybody; that
/// little is left of what it allows, or nothing, for those who can do something about it.
///
/// # Errors
/// The database is busy.
pub async fn notice(tx: &mut OrgTx) -> Result<Option<PlanNotice>> {
    let (terms, now) = (tx.org().terms.clone(), tx.now());
    let href = format!("/app/{}/settings/billing", tx.org().slug);
    let pays = matches!(terms.usage(now), Usage::Late(_))
        && terms.billed_by == "stripe"
        && tx.platform().payments().is_some()
        && tx.allows(&permissions::CHANGE_PLAN);
    let label = if pays { "Pay now" } else { "See the plan" };
    let link = tx.allows(&permissions::SEE_PLAN).then(|| (label.to_owned(), href));
    let is_well = matches!(terms.usage(now), Usage::Full) && terms.plan_over_since.is_none();
    if !is_well {
        return Ok(Some(PlanNotice {
            words: standing(&terms, now, &tx.platform().whom_to_write_to(), |at| day(tx, at)),
            // Nothing of the plan opens it again.
            link: link.filter(|_| terms.suspended_at.is_none()),
            calm: false,
        }));
    }
    let ends = terms.billing_until.filter(|_| terms.state() == State::Trial);
    let ends = ends.filter(|ends| *ends < now.plus_seconds(REMINDED_DAYS * 24 * 60 * 60));
    let ends = ends.map(|ends| format!("Your trial ends on {}.", day(tx, last_moment(ends))));
    let mut nearly = None;
    if link.is_some() && tx.support().is_none() {
        let used = quota::all(tx).await?;
        let most = used.into_iter().filter(quota::Used::is_nearing).max_by_key(quota::Used::percent);
        if let Some(reached) = most.filter(quota::Used::is_reached) {
            return Ok(Some(PlanNotice { words: reached.words(), link, calm: true }));
        }
        nearly = most;
    }
    let calm = ends.is_none();
    let words = ends.or_else(|| nearly.map(|used| used.words()));
    Ok(words.map(|words| PlanNotice { words, link, calm }))
}

/// The last moment before the end: what ends at midnight ends on the day before.
pub fn last_moment(end: Instant) -> Instant {
    end.plus_seconds(-1)
}

/// "$59.00 a month, including GST"; empty where nothing is paid.
pub fn price(platform: &Platform, terms: &Terms) -> String {
    match terms.price(platform.plans()) {
        0 => String::new(),
        cents => each(cents, terms.period()),
    }
}

/// "$59.00 a month, including GST".
pub fn each(cents: i64, period: Period) -> String {
    let each = match period {
        Period::Month => "a month",
        Period::Year => "a year",
    };
    format!("{} {each}, including GST", dollars(cents))
}

/// Where an organisation stands with its plan, in a sentence; and whom they write to where that is what helps.
pub fn standing(terms: &Terms, now: Instant, whom: &str, day: impl Fn(Instant) -> String) -> String {
    if terms.suspended_at.is_some() {
        return format!(
            "Your organisation is suspended. Write to {whom} to have it opened again. Nothing is deleted, and your clients can still change \
             or cancel the bookings they have."
        );
    }
    let until = terms.billing_until.map(|until| day(last_moment(until)));
    if let (Usage::Full, Some(from)) = (terms.usage(now), terms.crowded_from()) {
        return format!(
            "More people belong than your plan has seats for. From {} everything can be read, and nothing changed, unless seats are added or people removed before.",
            day(from)
        );
    }
    match (terms.usage(now), terms.state(), until) {
        (Usage::Full, State::Trial, Some(until)) => format!("You are trying it out until {until}."),
        (Usage::Full, State::Active, Some(until)) => format!("It goes on until {until}."),
        (Usage::Full, State::Ended, Some(until)) => format!("It was cancelled, and goes on until {until}."),
        (Usage::Full, ..) if renews(terms, now) => "It renews by itself, until you cancel.".to_owned(),
        (Usage::Full, ..) => "It has no end date.".to_owned(),
        (Usage::Late(until), ..) if terms.awaits_payment() => {
            format!("It isn’t paid for yet. Take it up by {} to keep everything working.", day(until))
        }
        (Usage::Late(until), ..) => {
            format!("A payment has failed. Pay by {} to keep everything working.", day(until))
        }
        (Usage::Crowded, ..) => "More people belong than your plan has seats for. Until seats are added or people removed, everything can be read, and nothing changed."
            .to_owned(),
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
