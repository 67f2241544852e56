//! A payment’s way from a booking to what became of it. What holds is asked of Stripe, whoever tells of it: somebody who comes back from
//! its page, an event of Stripe’s, or the clock. So it makes no difference which comes first, how often, or where a process dies between
//! two steps: the payment stands in the database with when it is looked at next, and each step can be taken again.

use std::{collections::BTreeMap, ops::ControlFlow, time::Duration};

use futures::{StreamExt, stream};

use super::{
    packages,
    rules::{self, Due},
    store::{self, NewPayment, Payment, Refund},
};
use crate::{
    admin::wire::Fact as HealthFact,
    audit::Detail,
    billing::{
        asks::Ask,
        payments::{Payments, Trouble},
        sync::{self, Failed, Outcome},
        terms::Usage,
        till::{GivenBack, Page, PageState, Sale},
    },
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    ids::OrgId,
    jobs::pause_after,
    links::Purpose,
    module::Module as _,
    modules::calendar::{
        MODULE,
        booking::{self, Ending},
        format,
        ids::{AppointmentId, PaymentId},
        letters::{self, Happened, refunds},
        options::ServiceOptions,
        store::{self as calendar, Appointment, Span},
        wire::Status,
    },
    money::dollars,
    org::{Actor, OrgTx},
    platform::Platform,
    platform_sql,
};

/// For so long a time is kept for whoever is paying.
pub const WAIT_SECONDS: i64 = 30 * 60;
/// Stripe’s page can be paid on for so long after the booking, if it isn’t closed before: it takes no less than half an hour from when it
/// is made, which is while the time is kept.
pub(super) const PAGE_SECONDS: i64 = WAIT_SECONDS + 31 * 60;
/// Where Stripe can’t be asked, the time is kept until nobody can have paid, and a little longer.
const GRACE_SECONDS: i64 = 5 * 60;
/// What Stripe doesn’t say of a page for so long isn’t asked any more.
const ASKED_SECONDS: i64 = 3 * 24 * 60 * 60;
/// Whoever takes one has this long; if they die, another takes it then.
const LEASE_SECONDS: i64 = 90;
/// Between two tries at most: half an hour.
const LONGEST_PAUSE_SECONDS: i64 = 30 * 60;
/// Where somebody did their part and the money isn’t there yet, it is looked again in an hour.
const AGAIN_SECONDS: i64 = 60 * 60;
/// A refund on an account that was disconnected is given up after so long: it may be connected again, and our key may have been wrong.
const GONE_SECONDS: i64 = 24 * 60 * 60;
/// What waits to be paid back for so long is something to look into.
pub(super) const LONG_SECONDS: i64 = 2 * DAY_SECONDS;
/// What became of a payment is asked once a day for a week, and once a week after that, whatever was told: an event may be lost.
const DAILY_SECONDS: i64 = 7 * DAY_SECONDS;
/// For so long a payment can be disputed, in days of most cards.
const WATCHED_SECONDS: i64 = 120 * DAY_SECONDS;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// How often it is looked for payments that are due.
const LOOKS_EVERY: Duration = Duration::from_secs(2);
/// As many are read in one go, and so many of them looked at.
const READ_AT_ONCE: i64 = 2_000;
const AT_ONCE: usize = 200;
/// Of one organisation’s so many: whoever has very many due waits among the others.
const OF_ONE: usize = 10;
/// Of so many organisations at once: one’s doesn’t keep others’ waiting.
const ORGS_AT_ONCE: usize = 4;
/// What Stripe’s page says is no longer.
const LONGEST_ABOUT: usize = 200;

/// An appointment that was just booked waits for its payment, in the same transaction.
///
/// # Errors
/// The database is busy.
pub async fn owe(tx: &mut OrgTx, id: AppointmentId, due: &Due, service: &str, span: Span) -> Result<()> {
    let now = tx.now();
    let until = now.plus_seconds(WAIT_SECONDS);
    let tz = crate::modules::calendar::availability::zone(&tx.org().zone)?;
    let when = format::day_and_time(&span.starts_at.timestamp().to_zoned(tz));
    let about = if due.cents < due.price_cents { "Deposit: " } else { "" };
    let about: String = format!("{about}{service}, {when}").chars().take(LONGEST_ABOUT).collect();
    let new = NewPayment {
        id: PaymentId::new(now),
        appointment: Some(id),
        account: &due.account,
        about: &about,
        cents: due.cents,
        link_until: booking::link_until(span.ends_at),
        rules: &rules::stored(&due.rules),
        expires_at: now.plus_seconds(PAGE_SECONDS),
        next_at: until,
    };
    store::insert(tx, &new).await?;
    store::wait(tx, id, until).await?;
    Ok(())
}

/// Where a client pays for their own appointment: the same page, however often they come. `None`: there is nothing to pay any more.
///
/// # Errors
/// As [`booking::open_own`]; Stripe can’t be reached: nothing is lost by trying again.
pub async fn lead(platform: &Platform, token: &str) -> Result<Option<String>> {
    let (mut tx, id) = booking::open_own(platform, token, Access::Read).await?;
    let (org, now) = (tx.id(), tx.now());
    let appointment = calendar::appointment(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that booking"))?;
    let payment = store::of_appointment(&mut tx, id).await?;
    let email = email_of(&mut tx, &appointment).await?;
    tx.rollback().await?;
    let Some(payment) = payment.filter(|payment| payment.is_open() && is_kept(&appointment, now)) else {
        return Ok(None);
    };
    let own = own_path(platform, org, id, &payment);
    Box::pin(lead_to(platform, org, &payment, &own, &email)).await
}

/// The same for a package, by its private link.
///
/// # Errors
/// As [`packages::open_own`]; Stripe can’t be reached: nothing is lost by trying again.
pub async fn lead_to_package(platform: &Platform, token: &str) -> Result<Option<String>> {
    let Some((org, payment, own, email)) = package_payment(platform, token).await? else { return Ok(None) };
    if !payment.is_open() || platform.clock.now() >= payment.expires_at {
        return Ok(None);
    }
    Box::pin(lead_to(platform, org, &payment, &own, &email)).await
}

/// Whoever bought a package is back from Stripe.
///
/// # Errors
/// As [`lead_to_package`].
pub async fn back_to_package(platform: &Platform, token: &str) -> Result<()> {
    if let Some((org, payment, ..)) = package_payment(platform, token).await?
        && payment.is_open()
        && may_ask(platform, Ask::Paid, payment.id)
    {
        settle(platform, org, payment.id).await?;
    }
    Ok(())
}

async fn package_payment(platform: &Platform, token: &str) -> Result<Option<(OrgId, Payment, String, String)>> {
    let (mut tx, id) = packages::open_own(platform, token).await?;
    let org = tx.id();
    let found = match super::package_store::purchase(&mut tx, id).await? {
        Some(purchase) => packages::payment_of(&mut tx, &purchase).await?,
        None => None,
    };
    let own = match &found {
        Some(payment) => packages::own_path(&mut tx, payment).await?,
        None => None,
    };
    tx.rollback().await?;
    Ok(found.zip(own).map(|(payment, (own, email))| (org, payment, own, email)))
}

async fn lead_to(platform: &Platform, org: OrgId, payment: &Payment, own: &str, email: &str) -> Result<Option<String>> {
    let payments = sync::payments(platform)?;
    // Whoever comes again and again is led to the page as it is known.
    if !may_ask(platform, Ask::ToPay, payment.id) {
        return Ok(payment.page_url.clone());
    }
    let page = if let Some(session) = &payment.session {
        payments.page(&payment.account, session).await?
    } else {
        let mut tx = sync::open(platform, org).await?;
        if store::lead(&mut tx, payment.id).await? == 0 {
            tx.rollback().await?;
            return Ok(None);
        }
        tx.commit().await?;
        let page = sell(platform, payment, own, email).await?;
        let mut tx = sync::open(platform, org).await?;
        store::know_session(&mut tx, payment.id, &page.id, page.url.as_deref()).await?;
        tx.commit().await?;
        page
    };
    if page.url.is_none() {
        settle(platform, org, payment.id).await?;
    }
    Ok(page.url)
}

/// Whether what became of a payment may be asked on somebody’s behalf now; and it is counted.
fn may_ask(platform: &Platform, ask: Ask, id: PaymentId) -> bool {
    let now = platform.clock.now();
    platform.payments().is_some_and(|payments| payments.may_ask(ask, &id.to_string(), now))
}

/// A client is back from Stripe: what became of it is asked now, before its event comes.
///
/// # Errors
/// As [`booking::open_own`]; Stripe can’t be reached: its events come later.
pub async fn back(platform: &Platform, token: &str) -> Result<()> {
    let (mut tx, id) = booking::open_own(platform, token, Access::Read).await?;
    let org = tx.id();
    let payment = store::of_appointment(&mut tx, id).await?;
    tx.rollback().await?;
    if let Some(payment) = payment.filter(|payment| payment.is_open() && may_ask(platform, Ask::Paid, payment.id)) {
        settle(platform, org, payment.id).await?;
    }
    Ok(())
}

/// Stripe told of a page or a payment on this account, which is this organisation’s.
///
/// # Errors
/// Stripe doesn’t answer; the database is busy.
pub async fn told(
    platform: &Platform,
    org: OrgId,
    account: &str,
    session: Option<&str>,
    intent: Option<&str>,
) -> Result<Outcome, Failed> {
    let mut tx = sync::open(platform, org).await?;
    let known = store::find(&mut tx, account, session, intent).await.map_err(AppError::from)?;
    tx.rollback().await?;
    if let Some(id) = known {
        return settle(platform, org, id).await;
    }
    // A page whose making was never answered: it says which payment it is for, and that is one of this organisation’s, on this account,
    // that has no page yet; or it is none of ours.
    let Some(session) = session else { return Ok(Outcome::Unknown) };
    let page = match sync::payments(platform)?.page(account, session).await {
        Ok(page) => page,
        Err(trouble) if trouble.passes => return Err(Failed::Stripe(trouble)),
        // On this account there is no such page.
        Err(_) => return Ok(Outcome::Unknown),
    };
    let Some(id) = page.reference.as_ref().and_then(|reference| reference.parse::<PaymentId>().ok()) else {
        return Ok(Outcome::Unknown);
    };
    let mut tx = sync::open(platform, org).await?;
    let payment = store::payment(&mut tx, id).await.map_err(AppError::from)?;
    if !payment.is_some_and(|payment| payment.account == account && payment.session.is_none()) {
        tx.rollback().await?;
        return Ok(Outcome::Unknown);
    }
    store::know_session(&mut tx, id, session, page.url.as_deref()).await.map_err(AppError::from)?;
    tx.commit().await?;
    settle(platform, org, id).await
}

/// An appointment came to its end, in the same transaction: whoever still pays can’t any more, and what was paid goes back. To a client
/// who cancels by the rules that held when they booked, and all of it where the business never said yes; all of it where the business
/// ends it, unless it chose otherwise. Where it had said yes, and says no or nothing to another time that the client chose since, they get
/// what they would have got when they chose it.
///
/// # Errors
/// The database is busy.
pub async fn ended(tx: &mut OrgTx, before: &Appointment, ending: Ending, chosen: Option<i64>) -> Result<()> {
    packages::ended(tx, before, ending).await?;
    let Some(payment) = store::of_appointment(tx, before.id).await? else { return Ok(()) };
    let now = tx.now();
    if payment.is_open() {
        store::look_at(tx, payment.id, Some(now), 0).await?;
        return Ok(());
    }
    let refunds = store::refunds(tx, payment.id).await?;
    let left = left(&payment, &refunds);
    let (cents, reason) = match ending {
        Ending::Client | Ending::ClientLate => (client_gets(&payment, &refunds, before, now), "client"),
        Ending::Declined | Ending::Expired if chosen.is_none() && payment.said_yes_at.is_some() => {
            let held = rules::held(&rules::read(&payment.rules), payment.paid_cents);
            (still_to_give(&payment, &refunds, held), "business")
        }
        Ending::Business | Ending::Declined | Ending::Expired | Ending::Unpaid => {
            (chosen.map_or(left, |chosen| chosen.clamp(0, left)), "business")
        }
    };
    give_back(tx, &payment, cents, reason).await
}

/// Whether an appointment is paid for.
///
/// # Errors
/// The database is busy.
pub async fn is_paid(tx: &mut OrgTx, id: AppointmentId) -> Result<bool> {
    Ok(store::of_appointment(tx, id).await?.is_some_and(|payment| payment.is_paid()))
}

/// How much a client who cancels now gets back of what they paid, beside what went back before: that counts towards what the rules give.
pub fn client_gets(payment: &Payment, refunds: &[Refund], appointment: &Appointment, now: Instant) -> i64 {
    let all = if payment.said_yes_at.is_none() {
        payment.paid_cents
    } else {
        rules::back(&rules::read(&payment.rules), payment.paid_cents, counts_from(payment, appointment), now)
    };
    still_to_give(payment, refunds, all)
}

/// What is missing from so many cents that a client is to get back in all.
fn still_to_give(payment: &Payment, refunds: &[Refund], all: i64) -> i64 {
    let left = left(payment, refunds);
    (all - (payment.paid_cents - left)).clamp(0, left)
}

/// From when backwards the rules count their hours.
fn counts_from(payment: &Payment, appointment: &Appointment) -> Instant {
    payment.counts_from.map_or(appointment.starts_at, |from| from.max(appointment.starts_at))
}

/// Who moves an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovedBy {
    /// Its client.
    Client,
    /// The business.
    Business,
}

/// An appointment begins at another time from now on, in the same transaction. What a client wouldn’t get back now they don’t get by
/// moving it and cancelling it there; and a move of the business’s takes nothing away: it is reckoned from the later of both starts.
///
/// # Errors
/// The database is busy.
pub async fn moved(tx: &mut OrgTx, before: &Appointment, to: Instant, by: MovedBy) -> Result<()> {
    let payment = store::of_appointment(tx, before.id).await?;
    let Some(payment) = payment.filter(Payment::is_paid) else { return Ok(()) };
    let counted = counts_from(&payment, before);
    let (rules, from) = match by {
        MovedBy::Client if payment.said_yes_at.is_some() => {
            let capped = rules::capped(&rules::read(&payment.rules), counted, tx.now());
            (rules::stored(&capped), payment.counts_from)
        }
        MovedBy::Client => (payment.rules.clone(), payment.counts_from),
        MovedBy::Business => (payment.rules.clone(), Some(counted)),
    };
    store::set_rules(tx, payment.id, &rules, from.filter(|from| *from > to)).await?;
    Ok(())
}

/// What can still be paid back.
pub fn left(payment: &Payment, refunds: &[Refund]) -> i64 {
    let gone: i64 = refunds.iter().filter(|refund| refund.state != "failed").map(|refund| refund.cents).sum();
    (payment.paid_cents - gone).max(0)
}

/// Asks for a refund of a payment, in this transaction; it is made right after.
///
/// # Errors
/// The database is busy.
pub async fn give_back(tx: &mut OrgTx, payment: &Payment, cents: i64, reason: &str) -> Result<()> {
    if cents > 0 {
        let now = tx.now();
        store::ask_refund(tx, payment.id, cents, reason).await?;
        store::look_at(tx, payment.id, Some(now), 0).await?;
    }
    Ok(())
}

/// The business lets an appointment stand without its payment. `false`: it waits for none.
///
/// # Errors
/// The database is busy.
pub async fn waive(tx: &mut OrgTx, appointment: &Appointment) -> Result<bool> {
    if !waits(appointment) || store::wait_no_more(tx, appointment.id, None).await? == 0 {
        return Ok(false);
    }
    if let Some(payment) = store::of_appointment(tx, appointment.id).await? {
        let now = tx.now();
        store::look_at(tx, payment.id, Some(now), 0).await?;
    }
    Ok(true)
}

/// The business lets an appointment stand, in the same transaction: from now on its client gets back what the rules give.
///
/// # Errors
/// The database is busy.
pub async fn say_yes(tx: &mut OrgTx, id: AppointmentId) -> Result<()> {
    store::say_yes(tx, id).await?;
    Ok(())
}

/// Whether so many cents can be paid back of what was paid for an appointment.
///
/// # Errors
/// 422 at `refund`.
pub async fn check_refund(tx: &mut OrgTx, id: AppointmentId, cents: Option<i64>) -> Result<()> {
    let Some(cents) = cents else { return Ok(()) };
    let left = match store::of_appointment(tx, id).await? {
        Some(payment) => left(&payment, &store::refunds(tx, payment.id).await?),
        None => 0,
    };
    if (0..=left).contains(&cents) {
        return Ok(());
    }
    Err(AppError::field("refund", format!("Enter an amount from $0.00 to {}.", dollars(left))))
}

/// The business pays back so many cents of what was paid for an appointment, whatever became of it; where `made` is given, only if so many
/// refunds were made as yet, so that the same sent twice pays back once.
///
/// # Errors
/// 422 at `refund` for nothing, or more than is left; 409 where nothing was paid, or something was paid back meanwhile; 404 for an
/// appointment that isn’t this organisation’s.
pub async fn refund(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: AppointmentId,
    cents: i64,
    made: Option<i64>,
) -> Result<()> {
    let (mut tx, _) = booking::open_to_change(platform, actor, org, id).await?;
    let payment = store::of_appointment(&mut tx, id).await?.filter(Payment::is_paid);
    let payment = payment.ok_or_else(|| AppError::conflict("Nothing was paid for it here."))?;
    let there_are = store::refunds(&mut tx, payment.id).await?.len();
    if made.is_some_and(|made| usize::try_from(made) != Ok(there_are)) {
        return Err(AppError::conflict("Something was paid back meanwhile. Please look at it again."));
    }
    if cents <= 0 {
        return Err(AppError::field("refund", "Enter how much you pay back."));
    }
    check_refund(&mut tx, id, Some(cents)).await?;
    give_back(&mut tx, &payment, cents, "business").await?;
    tx.audit("calendar.appointment_refunded", id.0, &Detail::default().with("amount", dollars(cents))).await?;
    tx.emit("calendar.appointment_refunded", id.0).await?;
    tx.commit().await
}

/// Looks at payments that are due, as long as the process runs.
pub async fn keep_settling(platform: Platform) {
    let mut ticks = tokio::time::interval(LOOKS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(_work) = platform.take_up() else { return };
        if let Err(error) = settle_due(&platform).await {
            tracing::warn!(%error, "payments that are due can’t be read; it is tried again");
        }
    }
}

/// Looks at each payment that is due by now.
///
/// # Errors
/// The database is busy.
pub async fn settle_due(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId, PaymentId),
        &mut tx,
        "SELECT org_id, id FROM calendar_payments WHERE next_at <= $1 ORDER BY next_at LIMIT $2",
        platform.clock.now(),
        READ_AT_ONCE
    )?;
    tx.rollback().await?;
    let mut of_orgs: BTreeMap<OrgId, Vec<PaymentId>> = BTreeMap::new();
    let mut left = AT_ONCE;
    for (org, id) in due {
        let theirs = of_orgs.entry(org).or_default();
        if left > 0 && theirs.len() < OF_ONE {
            theirs.push(id);
            left -= 1;
        }
    }
    let one_orgs = |(org, due): (OrgId, Vec<PaymentId>)| async move {
        for id in due {
            if let Err(error) = settle(platform, org, id).await {
                tracing::warn!(?error, %org, %id, "what became of a payment isn’t known yet; it is asked again");
            }
        }
    };
    stream::iter(of_orgs).for_each_concurrent(ORGS_AT_ONCE, one_orgs).await;
    Ok(())
}

/// What Stripe said.
enum Said {
    /// Of a page that wasn’t paid on yet, as far as was known.
    Page(Page),
    /// Of what was paid.
    After(Aftermath),
}

/// What became of what was paid.
#[derive(Debug, Default)]
struct Aftermath {
    /// What was given back of it.
    given_back: Vec<GivenBack>,
    /// These refunds are refused for good.
    refused: Vec<Refund>,
    /// There is nothing left that these could give back.
    moot: Vec<Refund>,
    /// The payer’s bank disputes it.
    disputed: bool,
    /// The account was disconnected.
    gone: bool,
    /// Something of it couldn’t be asked or made now.
    unsure: bool,
}

/// How refunds go, for whoever runs the platform.
///
/// # Errors
/// The database is busy.
pub async fn health(platform: &Platform) -> Result<HealthFact> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let (waiting,) = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT count(*) FROM calendar_refunds WHERE state = 'asked' AND created_at <= $1",
        platform.clock.now().plus_seconds(-LONG_SECONDS)
    )?;
    tx.rollback().await?;
    let value = match waiting {
        0 => "none waits".to_owned(),
        1 => "one waits".to_owned(),
        waiting => format!("{waiting} wait"),
    };
    let about = "Refunds to clients that Stripe hasn’t made for two days";
    Ok(HealthFact::new("Refunds", value, about).alarming(
        waiting > 0,
        "Look for “a refund can’t be made” in the log: it says what Stripe refuses, often a right that the key lacks on connected accounts.",
        "",
    ))
}

/// Asks Stripe what became of a payment and takes it over; closes its page where nobody is to pay any more; makes refunds that were asked
/// for.
///
/// # Errors
/// Stripe doesn’t answer: it is asked again later; the database is busy.
pub async fn settle(platform: &Platform, org: OrgId, id: PaymentId) -> Result<Outcome, Failed> {
    let (payment, question) = match Box::pin(draw(platform, org, id)).await {
        Ok(ControlFlow::Continue(drawn)) => drawn,
        Ok(ControlFlow::Break(outcome)) => return Ok(outcome),
        Err(error) => {
            // One that can’t be read doesn’t stand in the way of others for ever.
            let mut tx = sync::open(platform, org).await?;
            let later = tx.now().plus_seconds(LONGEST_PAUSE_SECONDS);
            store::put_back(&mut tx, id, later).await.map_err(AppError::from)?;
            tx.commit().await?;
            return Err(error.into());
        }
    };
    match Box::pin(ask(platform, &payment, question)).await {
        Ok(Said::Page(page)) => Ok(take_page(platform, org, &payment, page).await?),
        Ok(Said::After(aftermath)) => Ok(take_aftermath(platform, org, &payment, &aftermath).await?),
        Err(trouble) => {
            put_off(platform, org, &payment).await?;
            Err(Failed::Stripe(trouble))
        }
    }
}

/// What is to be asked.
enum Question {
    /// How its page stands; it is closed where it isn’t kept.
    Page { kept: bool, own: String, email: String },
    /// What became of the money; these refunds are to be made.
    Money(Vec<Refund>),
}

async fn draw(platform: &Platform, org: OrgId, id: PaymentId) -> Result<ControlFlow<Outcome, (Payment, Question)>> {
    let mut tx = sync::open(platform, org).await?;
    let now = tx.now();
    let Some(payment) = store::ask(&mut tx, id, now.plus_seconds(LEASE_SECONDS)).await? else {
        tx.rollback().await?;
        return Ok(ControlFlow::Break(Outcome::Unknown));
    };
    if payment.is_paid() {
        let mut refunds = store::refunds(&mut tx, id).await?;
        refunds.retain(|refund| refund.state == "asked" && refund.refund.is_none());
        tx.commit().await?;
        return Ok(ControlFlow::Continue((payment, Question::Money(refunds))));
    }
    let appointment = appointment_of(&mut tx, &payment).await?;
    let kept = appointment.as_ref().map_or(now < payment.expires_at, |appointment| is_kept(appointment, now));
    let kept = kept && can_be_had(&mut tx).await?;
    if !kept && payment.session.is_none() && payment.led_at.is_none() {
        // Nobody was ever led to a page, so there is none to close.
        return Ok(ControlFlow::Break(lapse(tx, &payment, appointment.filter(waits)).await?));
    }
    let (own, email) = match &appointment {
        Some(appointment) => {
            // A page can be made without it.
            let email = email_of(&mut tx, appointment).await.unwrap_or_default();
            (own_path(platform, org, appointment.id, &payment), email)
        }
        None => packages::own_path(&mut tx, &payment).await?.unwrap_or_default(),
    };
    tx.commit().await?;
    Ok(ControlFlow::Continue((payment, Question::Page { kept, own, email })))
}

async fn ask(platform: &Platform, payment: &Payment, question: Question) -> Result<Said, Trouble> {
    let payments = counter(platform)?;
    match (question, &payment.session, &payment.intent) {
        (Question::Money(asked), _, Some(intent)) => {
            Ok(Said::After(Box::pin(give(payments, payment, intent, asked)).await?))
        }
        (Question::Page { kept: true, .. }, Some(session), _) => {
            Ok(Said::Page(payments.page(&payment.account, session).await?))
        }
        (_, Some(session), _) => Ok(Said::Page(payments.close_page(&payment.account, session).await?)),
        // It may be that one was made whose answer was lost: the same question gives the same page.
        (Question::Page { kept, own, email }, None, _) => match sell(platform, payment, &own, &email).await {
            Ok(page) if kept => Ok(Said::Page(page)),
            Ok(page) => Ok(Said::Page(payments.close_page(&payment.account, &page.id).await?)),
            Err(trouble) if trouble.passes => Err(trouble),
            // Then there is none.
            Err(_) => Ok(Said::Page(Page { id: String::new(), url: None, state: PageState::Over, reference: None })),
        },
        (Question::Money(_), None, None) => Err(Trouble { passes: false, why: "a payment has no number".to_owned() }),
    }
}

/// Makes refunds that were asked for, and says what became of the money. What Stripe lists comes first: a refund of ours that is there was
/// made, whoever heard of it, and Stripe would make it again once it has forgotten that it was asked. So nothing is made while nobody
/// knows what is there.
async fn give(payments: &Payments, payment: &Payment, intent: &str, asked: Vec<Refund>) -> Result<Aftermath, Trouble> {
    let account = &payment.account;
    let mut after = Aftermath { disputed: payment.disputed, ..Aftermath::default() };
    match payments.given_back(account, intent).await {
        Ok(there) => after.given_back = there,
        Err(trouble) if trouble.passes => return Err(trouble),
        Err(trouble) => {
            tracing::error!(why = trouble.why, payment = %payment.id, "what was paid back on an account can’t be known");
            return Ok(Aftermath { refused: asked, gone: true, ..after });
        }
    }
    for refund in asked {
        let ours = refund.id.to_string();
        if after.given_back.iter().any(|there| there.ours.as_deref() == Some(&ours)) {
            continue;
        }
        let gone: i64 = after.given_back.iter().filter(|there| !there.failed).map(|there| there.cents).sum();
        // Some may have been paid back in Stripe’s dashboard.
        let cents = refund.cents.min(payment.paid_cents - gone);
        if cents <= 0 {
            after.moot.push(refund);
            continue;
        }
        match payments.give_back(account, intent, cents, &ours).await {
            Ok(made) => after.given_back.push(made),
            // It stays asked for. What is known is taken over all the same.
            Err(trouble) if trouble.passes => {
                tracing::warn!(why = trouble.why, payment = %payment.id, "a refund can’t be made now; it is tried again");
                after.unsure = true;
                break;
            }
            Err(trouble) => {
                tracing::error!(why = trouble.why, payment = %payment.id, "a refund was refused");
                after.refused.push(refund);
            }
        }
    }
    match Box::pin(payments.is_disputed(account, intent)).await {
        Ok(disputed) => after.disputed = disputed.unwrap_or(payment.disputed),
        // What is known stays.
        Err(trouble) => {
            tracing::warn!(why = trouble.why, payment = %payment.id, "whether a payment is disputed isn’t known now");
            after.unsure |= trouble.passes;
        }
    }
    Ok(after)
}

fn counter(platform: &Platform) -> Result<&Payments, Trouble> {
    platform.payments().ok_or_else(|| Trouble { passes: true, why: "nobody takes payments here".to_owned() })
}

/// Makes the page, or finds it: what it says never changes, so that the same is asked each time.
async fn sell(platform: &Platform, payment: &Payment, own: &str, email: &str) -> Result<Page, Trouble> {
    let payments = counter(platform)?;
    let (left, once) = (format!("{}{own}", platform.origin), payment.id.to_string());
    let sale = Sale {
        account: &payment.account,
        once: &once,
        about: &payment.about,
        cents: payment.cents,
        email,
        expires_at: payment.expires_at,
        paid: &format!("{left}/paid"),
        left: &left,
    };
    payments.sell(&sale).await
}

async fn take_page(platform: &Platform, org: OrgId, payment: &Payment, page: Page) -> Result<Outcome> {
    let mut tx = sync::open(platform, org).await?;
    let now = tx.now();
    let appointment = appointment_of(&mut tx, payment).await?;
    // Whose page is over alone matters while it waits.
    let concerned = appointment.filter(|appointment| page.state != PageState::Over || waits(appointment));
    match page.state {
        PageState::Paid { intent, cents } => {
            if store::paid(&mut tx, payment.id, &page.id, &intent, cents).await? == 0 {
                tx.rollback().await?;
                return Ok(Outcome::AsKnown);
            }
            paid(tx, payment, concerned, cents).await?;
            Ok(Outcome::TakenOver)
        }
        PageState::Over => lapse(tx, payment, concerned).await,
        PageState::Open | PageState::Waits => {
            store::know_session(&mut tx, payment.id, &page.id, page.url.as_deref()).await?;
            let later = now.plus_seconds(AGAIN_SECONDS);
            let until = concerned.and_then(|one| one.unpaid_until).filter(|until| *until > now);
            store::look_at_page(&mut tx, payment.id, Some(until.unwrap_or(later)), 0).await?;
            tx.commit().await?;
            Ok(Outcome::AsKnown)
        }
    }
}

/// Nobody paid, and nobody can any more: what waits for it isn’t kept.
async fn lapse(mut tx: OrgTx, payment: &Payment, waiting: Option<Appointment>) -> Result<Outcome> {
    if store::lapsed(&mut tx, payment.id).await? == 0 {
        store::rest(&mut tx, payment.id).await?;
        tx.commit().await?;
        return Ok(Outcome::AsKnown);
    }
    packages::lapsed(&mut tx, payment.id).await?;
    match waiting {
        Some(one) => booking::end(tx, &one, one.version, Status::Cancelled, Ending::Unpaid).await?,
        None => tx.commit().await?,
    }
    Ok(Outcome::TakenOver)
}

/// The money is there: the appointment stands, or waits for the business’s yes; where its time isn’t kept any more the money goes back.
async fn paid(mut tx: OrgTx, before: &Payment, appointment: Option<Appointment>, cents: i64) -> Result<()> {
    let now = tx.now();
    let Some(payment) = store::payment(&mut tx, before.id).await? else { return tx.rollback().await };
    let Some(appointment) = appointment else { return packages::paid(tx, &payment, cents).await };
    let (id, can_be_had) = (appointment.id, can_be_had(&mut tx).await?);
    match appointment.status() {
        Status::Booked if waits(&appointment) && cents >= payment.cents && can_be_had => {
            let service = booking::service_of(&mut tx, appointment.service_id).await?;
            let asks = ServiceOptions::read(&service.options)?.confirmation;
            let until = asks.map(|asked| now.plus_seconds(asked.hours * 60 * 60).min(appointment.starts_at));
            store::wait_no_more(&mut tx, id, until).await?;
            if until.is_none() {
                say_yes(&mut tx, id).await?;
            }
            tx.emit("calendar.appointment_paid", id.0).await?;
            letters::tell(&mut tx, Happened::Booked, id).await?;
            tx.commit().await
        }
        // Less came in than was asked, which nobody but the business itself can have done at Stripe; or nobody is there any more who would
        // see to it.
        Status::Booked if waits(&appointment) => {
            give_back(&mut tx, &payment, cents, "late").await?;
            booking::end(tx, &appointment, appointment.version, Status::Cancelled, Ending::Unpaid).await
        }
        // The business let it stand meanwhile.
        Status::Booked | Status::NoShow => {
            say_yes(&mut tx, id).await?;
            tx.emit("calendar.appointment_paid", id.0).await?;
            tx.commit().await
        }
        Status::Cancelled => {
            give_back(&mut tx, &payment, cents, "late").await?;
            tx.emit("calendar.appointment_paid", id.0).await?;
            letters::tell(&mut tx, Happened::PaidLate, id).await?;
            tx.commit().await
        }
    }
}

/// Whether what somebody pays for can be had: the business opens, and has its calendar. While its plan has lately ended it does: what is
/// booked is kept, and its clients see to theirs. Where it is shut, is to be deleted, or has turned its calendar off meanwhile, what comes
/// in goes back.
///
/// # Errors
/// The database is busy.
pub(super) async fn can_be_had(tx: &mut OrgTx) -> Result<bool> {
    let (terms, now) = (&tx.org().terms, tx.now());
    let opens = tx.org().closes_at.is_none() && terms.usage(now) != Usage::Closed;
    let in_plan = terms.has_module(tx.platform().plans(), MODULE.name());
    Ok(opens && in_plan && store::has_calendar(tx).await?)
}

async fn take_aftermath(platform: &Platform, org: OrgId, payment: &Payment, after: &Aftermath) -> Result<Outcome> {
    let mut tx = sync::open(platform, org).await?;
    let now = tx.now();
    // Whoever asked after this one has taken over what holds.
    if store::apply(&mut tx, payment.id, payment.asked).await? == 0 {
        tx.rollback().await?;
        return Ok(Outcome::AsKnown);
    }
    let known = store::refunds(&mut tx, payment.id).await?;
    let disputed = store::set_disputed(&mut tx, payment.id, after.disputed).await?;
    let (mut given, mut failed) = (0, 0_i64);
    for refund in &after.refused {
        // An account that was disconnected may be there again tomorrow.
        let given_up = !after.gone || now > refund.created_at.plus_seconds(GONE_SECONDS);
        if given_up && store::refuse_refund(&mut tx, refund.id).await? > 0 {
            failed += refund.cents;
        }
    }
    for refund in &after.moot {
        given += store::drop_refund(&mut tx, refund.id).await?;
    }
    let mut seen = Vec::new();
    for there in &after.given_back {
        let ours = there.ours.as_ref().and_then(|ours| ours.parse().ok());
        let is_it = |one: &&Refund| {
            let fits = one.refund.as_ref().is_none_or(|refund| *refund == there.id);
            Some(one.id) == ours && fits && !seen.contains(&one.id)
        };
        let changed = match known.iter().find(is_it) {
            Some(one) => {
                seen.push(one.id);
                store::refund_of_ours(&mut tx, payment.id, one.id, there).await?
            }
            None => store::refund_elsewhere(&mut tx, payment.id, there).await?,
        };
        if there.failed && changed > 0 {
            failed += there.cents;
        } else {
            given += changed;
        }
    }
    // Some may have been asked for since, or Stripe’s list doesn’t have them yet.
    let waits = after.unsure || store::refunds(&mut tx, payment.id).await?.iter().any(|refund| refund.state == "asked");
    let soon = now.plus_seconds(pause_after(payment.attempts, LONGEST_PAUSE_SECONDS));
    let next_at = if waits { Some(soon) } else { looked_at_again(payment, now) };
    store::look_at(&mut tx, payment.id, next_at, if waits { payment.attempts + 1 } else { 0 }).await?;
    if given + disputed == 0 && failed == 0 {
        tx.commit().await?;
        return Ok(Outcome::AsKnown);
    }
    if payment.appointment_id.is_none() {
        packages::paid_back(&mut tx, payment).await?;
    }
    let (subject, detail) = match payment.appointment_id {
        Some(appointment) => (appointment.0, Detail::default()),
        None => (payment.id.0, Detail::default().with("package", payment.about.clone())),
    };
    if given > 0 && payment.appointment_id.is_some() {
        tx.emit("calendar.appointment_refunded", subject).await?;
    }
    if disputed > 0 {
        let stands = if after.disputed { "disputed" } else { "not disputed any more" };
        tx.audit("calendar.payment_disputed", subject, &detail.clone().with("payment", stands)).await?;
        tx.emit("calendar.payment_disputed", subject).await?;
    }
    if failed > 0 {
        tx.audit("calendar.refund_failed", subject, &detail.with("amount", dollars(failed))).await?;
        tx.emit("calendar.refund_failed", subject).await?;
        refunds::tell_failed(&mut tx, payment, failed, after.disputed).await?;
    }
    tx.commit().await?;
    Ok(Outcome::TakenOver)
}

/// When what became of a payment is asked next, though nothing was told of it.
fn looked_at_again(payment: &Payment, now: Instant) -> Option<Instant> {
    let paid_at = payment.paid_at?;
    match (now.micros() - paid_at.micros()) / 1_000_000 {
        ..DAILY_SECONDS => Some(now.plus_seconds(DAY_SECONDS)),
        DAILY_SECONDS..WATCHED_SECONDS => Some(now.plus_seconds(7 * DAY_SECONDS)),
        _ => None,
    }
}

/// Stripe can’t be asked now. A time isn’t kept for ever by that.
async fn put_off(platform: &Platform, org: OrgId, payment: &Payment) -> Result<()> {
    let mut tx = sync::open(platform, org).await?;
    let now = tx.now();
    let pause = now.plus_seconds(pause_after(payment.attempts, LONGEST_PAUSE_SECONDS));
    if payment.is_paid() {
        store::look_at(&mut tx, payment.id, Some(pause), payment.attempts + 1).await?;
    } else {
        let given_up = now > payment.expires_at.plus_seconds(ASKED_SECONDS);
        store::look_at_page(&mut tx, payment.id, (!given_up).then_some(pause), payment.attempts + 1).await?;
    }
    let over = payment.is_open() && now > payment.expires_at.plus_seconds(GRACE_SECONDS);
    match appointment_of(&mut tx, payment).await?.filter(|appointment| over && waits(appointment)) {
        Some(one) => booking::end(tx, &one, one.version, Status::Cancelled, Ending::Unpaid).await,
        None => tx.commit().await,
    }
}

/// It stands, and its client has yet to pay.
pub fn waits(appointment: &Appointment) -> bool {
    appointment.status() == Status::Booked && appointment.unpaid_until.is_some()
}

/// Its time is kept for whoever pays.
fn is_kept(appointment: &Appointment, now: Instant) -> bool {
    waits(appointment) && appointment.unpaid_until.is_some_and(|until| now < until)
}

/// The private page of what is paid for: the same each time, whatever becomes of the appointment.
fn own_path(platform: &Platform, org: OrgId, id: AppointmentId, payment: &Payment) -> String {
    let token = platform.links.sign(Purpose::ManageAppointment, org.0, id.0, payment.link_until);
    format!("/manage/{token}")
}

async fn appointment_of(tx: &mut OrgTx, payment: &Payment) -> Result<Option<Appointment>> {
    match payment.appointment_id {
        Some(id) => Ok(calendar::appointment(tx, id).await?),
        None => Ok(None),
    }
}

async fn email_of(tx: &mut OrgTx, appointment: &Appointment) -> Result<String> {
    let keys = tx.keys().await?;
    booking::unseal(&keys, appointment.id, "client_email", &appointment.client_email)
}
