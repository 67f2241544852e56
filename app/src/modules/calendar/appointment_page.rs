//! All about one appointment, and blocked time: what their pages show, and what their forms say.

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use super::{
    at_desk::instant_of,
    availability::{self, Viewer},
    booking,
    desk::{self, NewBlock},
    diary_views, format,
    ids::{BlockId, StaffId},
    letters::messages::{self, Messages},
    managed,
    options::ServiceOptions,
    paying::{settle, words::Money},
    permissions,
    store::{self, Appointment, BlockOf},
    typed, views,
    wire::{AppointmentCard, Fact, Status},
};
use crate::{
    audit::{self, Detail},
    db::Access,
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// Before a room's id, where a form asks for a person or a room.
const ROOM: &str = "room:";

/// `/app/{org}/calendar/appointments/{id}`.
#[derive(Debug, Clone)]
pub struct AppointmentPage {
    /// It, as the diary has it.
    pub card: AppointmentCard,
    /// "Monday 23 November 2026, 9:00 – 9:45 am".
    pub when: String,
    /// "Sydney time (AEDT)".
    pub clock: String,
    /// What was agreed, and what its client said.
    pub facts: Vec<Fact>,
    /// How it came to its end; may be empty.
    pub ending: &'static str,
    /// By when the business says yes or no: "Thursday 26 November, 9:00 am".
    pub until: Option<String>,
    /// "45 min": as it is typed.
    pub length: String,
    /// "9:15": as it is typed.
    pub at: String,
    /// Whom it can be moved to.
    pub people: Vec<(String, String)>,
    /// Which letters went out about it, and what became of them.
    pub letters: Messages,
    /// By when its client has to pay: "Monday 23 November, 9:30 am".
    pub unpaid_until: Option<String>,
    /// What was asked, paid and paid back, where anything was.
    pub payment: Option<PaymentLines>,
    /// Who it is on the list of clients, for those who may see that.
    pub client: Option<String>,
    /// May change it.
    pub may_change: bool,
}

/// What was asked, paid and paid back for an appointment.
#[derive(Debug, Clone)]
pub struct PaymentLines {
    /// Each on a line.
    pub lines: Vec<String>,
    /// Cents that can still be paid back.
    pub left: i64,
    /// How often something was: the same form sent twice pays back once.
    pub made: usize,
}

/// What can be done to an appointment with a press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The business says yes.
    Confirm,
    /// It says no.
    Decline,
    /// It calls it off.
    Cancel,
    /// The client didn’t come.
    NoShow,
    /// They did after all.
    Stands,
    /// It stands without its payment.
    Waive,
}

impl Step {
    /// The word in forms and addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirmed",
            Self::Decline => "declined",
            Self::Cancel => "cancelled",
            Self::NoShow => "no_show",
            Self::Stands => "stands",
            Self::Waive => "waived",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Confirm, Self::Decline, Self::Cancel, Self::NoShow, Self::Stands, Self::Waive]
            .into_iter()
            .find(|step| step.as_str() == word)
    }
}

/// `/app/{org}/calendar/block`.
#[derive(Debug, Clone)]
pub struct BlockPage {
    /// Who can be booked, and the rooms and equipment.
    pub people: Vec<(String, String)>,
    /// What is in the form before anybody typed.
    pub form: BlockForm,
    /// "Sydney time (AEDT)".
    pub clock: String,
}

/// What its form says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockForm {
    /// Of one that is there already; empty: another.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// Whose, by their id; a room's begins with `room:`.
    pub with: String,
    /// `2026-11-23`.
    pub date: String,
    /// "12:00".
    pub from: String,
    /// The last day.
    pub last: String,
    /// "13:00".
    pub until: String,
    /// Whole days.
    pub all_day: bool,
    /// "Lunch"; may be empty.
    pub title: String,
}

/// The page. It is written down that a client’s details were read.
///
/// # Errors
/// 404 for an appointment that isn’t this organisation’s.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<AppointmentPage> {
    let id = views::appointment_id(id)?;
    // What can be sent again is asked first: it has a reading of its own.
    let letters = messages::of_appointment(platform, actor, org, id).await?;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW_APPOINTMENTS, Access::Read).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(gone)?;
    let service = store::service(&mut tx, appointment.service_id).await?.ok_or_else(gone)?;
    let options = ServiceOptions::read(&service.options)?;
    let series = managed::series(&mut tx, &appointment).await?;
    let money = Money::of(&mut tx, id).await?;
    let people = people(&mut tx, Some(appointment.staff_id)).await?;
    let rooms = store::rooms_of(&mut tx, id, appointment.session_id).await?;
    let keys = tx.keys().await?;
    let (organisation, now) = (tx.org().clone(), tx.now());
    let viewer = Viewer::new(None, &organisation.zone)?;
    let card = diary_views::card(&keys, &appointment, &[], &viewer.tz, now)?;
    let may_change = tx.allows(&permissions::CHANGE_APPOINTMENTS);
    let client = appointment.client_id.filter(|_| tx.allows(&permissions::VIEW_CLIENTS));
    let shown = Detail::default().with("from", &card.date).with("days", 1);
    audit::end_reading(tx, actor, &permissions::VIEW_APPOINTMENTS, "calendar.clients_read", id.0, shown).await?;
    let mut facts = managed::facts(&keys, &appointment, &options, &organisation, &series, &viewer)?;
    // The business knows its own number.
    facts.retain(|fact| fact.term != "Phone");
    if !rooms.is_empty() {
        let lines = rooms.into_iter().map(|(name,)| (name, String::new())).collect();
        facts.push(Fact { term: "Room".to_owned(), lines });
    }
    if !card.notes.is_empty() {
        facts.push(Fact { term: "Notes".to_owned(), lines: vec![(card.notes.clone(), String::new())] });
    }
    let start = appointment.starts_at.timestamp();
    let waits = settle::waits(&appointment);
    let payment = money.map(|money| PaymentLines {
        lines: money.lines(&appointment),
        left: money.left(),
        made: money.refunds.len(),
    });
    Ok(AppointmentPage {
        unpaid_until: appointment
            .unpaid_until
            .filter(|_| waits)
            .map(|until| format::day_and_time(&until.timestamp().to_zoned(viewer.tz.clone()))),
        payment,
        when: viewer.when(start, card.minutes),
        clock: viewer.label_at(start),
        facts,
        ending: ending(&appointment),
        until: appointment
            .unconfirmed_until
            .filter(|_| card.waits)
            .map(|until| format::day_and_time(&until.timestamp().to_zoned(viewer.tz.clone()))),
        length: typed::minutes_as_typed(card.minutes),
        at: typed::time_as_typed(card.from_minute),
        people,
        letters,
        client: client.map(|client| client.to_string()),
        may_change,
        card,
    })
}

/// Does it.
///
/// # Errors
/// 422 for a word that is none; as [`booking::set_status`], [`booking::confirm`] and [`booking::decline`].
pub async fn take(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    step: &str,
    refund: &str,
) -> Result<Step> {
    before_a_change(platform, actor, org).await?;
    let id = views::appointment_id(id)?;
    let step = Step::parse(step).ok_or_else(|| AppError::field("step", "Choose what is to be done."))?;
    match step {
        Step::Confirm => booking::confirm(platform, actor, org, id, version).await?,
        Step::Decline => booking::decline(platform, actor, org, id, version).await?,
        Step::Cancel => {
            let cents = typed_refund(refund)?;
            booking::call_off(platform, actor, org, id, version, cents).await?;
        }
        Step::Waive => booking::waive(platform, actor, org, id, version).await?,
        Step::NoShow => booking::set_status(platform, actor, org, id, version, Status::NoShow).await?,
        Step::Stands => booking::set_status(platform, actor, org, id, version, Status::Booked).await?,
    }
    Ok(step)
}

/// Pays back some of what was paid for it, as long as so many refunds were made as whoever sends it saw.
///
/// # Errors
/// 422 at `amount`; as [`settle::refund`].
pub async fn refund(platform: &Platform, actor: &Actor, org: &str, id: &str, amount: &str, made: i64) -> Result<()> {
    before_a_change(platform, actor, org).await?;
    let id = views::appointment_id(id)?;
    let paid_back = async {
        let cents = typed_refund(amount)?.unwrap_or(0);
        settle::refund(platform, actor, org, id, cents, Some(made)).await
    };
    paid_back.await.map_err(|error| error.rename_field("refund", "amount"))
}

fn typed_refund(typed: &str) -> Result<Option<i64>> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed::price(typed).map(Some).map_err(|message| AppError::field("refund", message)),
    }
}

/// Sends a letter about it again.
///
/// # Errors
/// As [`messages::send_again`].
pub async fn send_again(platform: &Platform, actor: &Actor, org: &str, id: &str, kind: &str) -> Result<()> {
    before_a_change(platform, actor, org).await?;
    messages::send_again(platform, actor, org, views::appointment_id(id)?, kind).await
}

/// The form for time that is blocked, of one that is there or another.
///
/// # Errors
/// 404 for one that isn’t this organisation’s; 403 for who may not change appointments.
pub async fn block_page(platform: &Platform, actor: &Actor, org: &str, asked: BlockForm) -> Result<BlockPage> {
    let mut tx =
        OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_APPOINTMENTS, Access::Read).await?;
    let tz = availability::zone(&tx.org().zone)?;
    let now = tx.now().timestamp();
    let clock = format::zone(&tx.org().zone, &tz, now);
    let today = now.to_zoned(tz.clone()).date();
    let form = if asked.id.is_empty() {
        let date = asked.date.parse::<Date>().unwrap_or(today).to_string();
        let from = if asked.from.is_empty() { "12:00".to_owned() } else { asked.from };
        BlockForm { last: date.clone(), date, from, until: "13:00".to_owned(), ..asked }
    } else {
        form_of(&mut tx, block_id(&asked.id)?, &tz).await?
    };
    let mut people = people(&mut tx, form.with.parse().ok()).await?;
    let rooms = store::resources(&mut tx).await?.into_iter();
    people.extend(rooms.map(|room| (format!("{ROOM}{}", room.id), room.name)));
    tx.rollback().await?;
    Ok(BlockPage { people, form, clock })
}

/// Blocks time as its form says, or changes what is blocked. Gives the day it begins on.
///
/// # Errors
/// 422 at each field that is wrong; as [`desk::block`] and [`desk::change_block`].
pub async fn save_block(platform: &Platform, actor: &Actor, org: &str, form: &BlockForm) -> Result<String> {
    let tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_APPOINTMENTS, Access::Read).await?;
    let tz = availability::zone(&tx.org().zone)?;
    tx.rollback().await?;
    let mut errors = FieldErrors::default();
    let of = match form.with.strip_prefix(ROOM) {
        Some(room) => room.parse().ok().map(BlockOf::Resource),
        None => form.with.parse().ok().map(BlockOf::Staff),
    };
    if of.is_none() {
        errors.add("with", "Choose whose time is blocked.");
    }
    let midnight = "0:00";
    let last = if form.last.trim().is_empty() { &form.date } else { &form.last };
    let (start, end) = if form.all_day {
        let after = last.parse::<Date>().map(|day| day.saturating_add(1.day()).to_string()).unwrap_or_default();
        (instant_of(&form.date, midnight, &tz, &mut errors), at_of("last", &after, midnight, &tz, &mut errors))
    } else {
        (
            at_of("from", &form.date, form.from.trim(), &tz, &mut errors),
            at_of("until", last, form.until.trim(), &tz, &mut errors),
        )
    };
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        errors.add(if form.all_day { "last" } else { "until" }, "Let it end after it begins.");
    }
    errors.finish()?;
    let (start, end) = start.zip(end).ok_or_else(AppError::internal)?;
    let new = NewBlock {
        of: of.ok_or_else(AppError::internal)?,
        time_off: form.all_day && !form.with.starts_with(ROOM),
        start: start.to_string(),
        end: end.to_string(),
        all_day: form.all_day,
        title: form.title.clone(),
    };
    if form.id.is_empty() {
        desk::block(platform, actor, org, &new).await?;
    } else {
        desk::change_block(platform, actor, org, block_id(&form.id)?, form.version, &new).await?;
    }
    Ok(start.to_zoned(tz).date().to_string())
}

/// Frees what is blocked.
///
/// # Errors
/// As [`desk::unblock`].
pub async fn free_block(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    before_a_change(platform, actor, org).await?;
    desk::unblock(platform, actor, org, block_id(id)?).await
}

/// Whether somebody may change appointments, before what they sent is read.
async fn before_a_change(platform: &Platform, actor: &Actor, org: &str) -> Result<()> {
    let need = &permissions::CHANGE_APPOINTMENTS;
    OrgTx::before_a_change(platform, actor, OrgRef::Slug(org), need).await?.rollback().await
}

fn block_id(id: &str) -> Result<BlockId> {
    id.parse().map_err(|_| AppError::not_found("that blocked time"))
}

/// A time of day, with what is wrong with it at that field.
fn at_of(field: &str, date: &str, at: &str, tz: &TimeZone, errors: &mut FieldErrors) -> Option<jiff::Timestamp> {
    let mut own = FieldErrors::default();
    let found = instant_of(date, at, tz, &mut own);
    for error in own.into_fields() {
        errors.add(if error.field == "at" { field } else { &error.field }, error.message);
    }
    found
}

async fn form_of(tx: &mut OrgTx, id: BlockId, tz: &TimeZone) -> Result<BlockForm> {
    let block = store::block(tx, id).await?.ok_or_else(|| AppError::not_found("that blocked time"))?;
    let keys = tx.keys().await?;
    let at = |instant: crate::clock::Instant| instant.timestamp().to_zoned(tz.clone());
    let (from, until) = (at(block.starts_at), at(block.ends_at));
    let minute = |at: &jiff::Zoned| typed::time_as_typed(i64::from(at.hour()) * 60 + i64::from(at.minute()));
    let last = if block.all_day { until.date().saturating_sub(1.day()) } else { until.date() };
    Ok(BlockForm {
        id: id.to_string(),
        version: block.version,
        with: match (block.staff_id, block.resource_id) {
            (Some(staff), _) => staff.to_string(),
            (None, Some(room)) => format!("{ROOM}{room}"),
            (None, None) => String::new(),
        },
        date: from.date().to_string(),
        from: minute(&from),
        last: last.to_string(),
        until: minute(&until),
        all_day: block.all_day,
        title: desk::title_of(&keys, &block)?,
    })
}

/// Those who can be booked, and whoever has it now.
async fn people(tx: &mut OrgTx, now: Option<StaffId>) -> Result<Vec<(String, String)>> {
    let staff = store::staff(tx).await?.into_iter();
    Ok(staff.filter(|one| one.active || Some(one.id) == now).map(|one| (one.id.to_string(), one.name)).collect())
}

fn ending(appointment: &Appointment) -> &'static str {
    match appointment.ending.as_str() {
        "client" => "Its client cancelled it.",
        "client_late" => "Its client cancelled it, later than you ask for.",
        "business" => "You cancelled it.",
        "declined" => "You said no to it.",
        "expired" => "Nobody said yes or no in time.",
        "unpaid" => "Its client didn’t pay in time.",
        _ => "",
    }
}

fn gone() -> AppError {
    AppError::not_found("that appointment")
}
