//! What became of the letters about an appointment, and sending one again.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    About, Extra,
    kinds::Kind,
    store::{self, Message},
};
use crate::{
    audit::Detail,
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    mail::MailId,
    modules::calendar::{availability, format, ids::AppointmentId, permissions, wire::Status},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
};

/// A letter can be sent again so many times a day.
const MOST_A_DAY: i64 = 5;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// And not twice within a minute: somebody clicked twice.
const PAUSE_SECONDS: i64 = 60;

/// The letters about an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Messages {
    /// Those that were written, the latest first.
    pub written: Vec<Written>,
    /// Those that are to be written later, or weren’t and why, in order.
    pub later: Vec<Later>,
    /// The kinds that can be sent again now.
    pub again: Vec<Kind>,
}

/// A letter that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Written {
    /// `booked`, `moved`, `reminder`, …
    pub kind: String,
    /// "Booking confirmation"
    pub label: String,
    /// When it was written, RFC 3339.
    pub written_at: String,
    /// `queued`, `sent`, `delivered`, `bounced`, `complained`, `given_up`; `text` for a text message; `unknown` once that is forgotten.
    pub state: String,
    /// Since when, RFC 3339, where that is known.
    pub since: Option<String>,
    /// "Delivered 9:02 am", on the business’s clock.
    pub words: String,
    /// Somebody had it sent again.
    pub by_hand: bool,
}

/// A letter that is to be written later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Later {
    /// `reminder` or `follow_up`.
    pub kind: String,
    /// When, RFC 3339.
    pub due_at: String,
    /// What came of it: empty (it waits), `sent`, `changed`, `ended`, `late`, `over`, `unconfirmed`, `off`, `nowhere`, `closed`.
    pub outcome: String,
}

/// What became of the letters about an appointment.
///
/// # Errors
/// 404 for one that isn’t this organisation’s.
pub async fn of_appointment(platform: &Platform, actor: &Actor, org: &str, id: AppointmentId) -> Result<Messages> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW_APPOINTMENTS, Access::Read).await?;
    let about = About::load(&mut tx, id).await?.ok_or_else(gone)?;
    let found = read(&mut tx, id).await?;
    let again = Kind::ALL.into_iter().filter(|kind| can_be_sent(&about, *kind, tx.now())).collect();
    tx.rollback().await?;
    Ok(Messages { again, ..found })
}

/// The same inside, for a page that shows it with more.
///
/// # Errors
/// The database is busy.
pub async fn read(tx: &mut OrgTx, id: AppointmentId) -> Result<Messages> {
    let mut written = Vec::new();
    for message in store::messages(tx, id).await? {
        let fate = match message.letter_id {
            Some(letter) => fate(tx, letter).await?,
            None => None,
        };
        written.push(told(tx, &message, fate)?);
    }
    let later = store::reminders(tx, id).await?.into_iter().map(|reminder| Later {
        kind: reminder.kind,
        due_at: reminder.due_at.to_string(),
        outcome: reminder.outcome,
    });
    Ok(Messages { written, later: later.collect(), again: Vec::new() })
}

/// Writes a letter anew, of the appointment as it is now.
///
/// # Errors
/// 404 for an appointment that isn’t this organisation’s, and for a kind that there isn’t; 409 where the letter wouldn’t be true, or
/// there is no address; 429 after several a day.
pub async fn send_again(platform: &Platform, actor: &Actor, org: &str, id: AppointmentId, kind: &str) -> Result<()> {
    let mut tx =
        OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_APPOINTMENTS, Access::Write).await?;
    let about = About::load(&mut tx, id).await?.ok_or_else(gone)?;
    let kind = Kind::parse(kind).ok_or_else(|| AppError::not_found("that kind of email"))?;
    tx.check_goes_on("it writes to nobody")?;
    if about.email.is_empty() {
        return Err(AppError::conflict("This client left no email address."));
    }
    if !can_be_sent(&about, kind, tx.now()) {
        return Err(AppError::conflict("That email wouldn’t be true any more, as the booking stands now."));
    }
    let now = tx.now();
    if store::by_hand_since(&mut tx, id, now.plus_seconds(-PAUSE_SECONDS)).await? > 0 {
        return Err(too_many("It was sent again a moment ago.", PAUSE_SECONDS));
    }
    if store::by_hand_since(&mut tx, id, now.plus_seconds(-DAY_SECONDS)).await? >= MOST_A_DAY {
        return Err(too_many("It was sent again several times today. Please call the client instead.", DAY_SECONDS));
    }
    about.write(&mut tx, kind, Extra { by_hand: true, ..Extra::default() }).await?;
    tx.audit("calendar.letter_sent_again", id.0, &Detail::default().with("kind", kind.as_str())).await?;
    tx.emit("calendar.letter_sent_again", id.0).await?;
    tx.commit().await
}

/// Whether a letter of this kind would be true of an appointment as it is.
fn can_be_sent(about: &About, kind: Kind, now: Instant) -> bool {
    let appointment = &about.appointment;
    let stands = appointment.status() == Status::Booked;
    let to_come = stands && now < appointment.starts_at;
    let waits = appointment.unconfirmed_until.is_some();
    if appointment.unpaid_until.is_some() {
        return false;
    }
    let ended =
        |endings: &[&str]| appointment.status() == Status::Cancelled && endings.contains(&appointment.ending.as_str());
    match kind {
        Kind::Booked | Kind::Reminder => to_come && !waits,
        Kind::Confirmed => to_come && !waits && about.options.confirmation.is_some(),
        Kind::Requested => to_come && waits,
        Kind::Moved => to_come && !waits && appointment.version > 1,
        Kind::Cancelled => ended(&["client", "client_late"]),
        Kind::CalledOff => ended(&["business"]),
        Kind::Declined => ended(&["declined"]),
        Kind::Lapsed => ended(&["expired"]),
        Kind::FollowUp => stands && appointment.ends_at <= now,
    }
}

/// What became of a letter: a word, and since when.
type Fate = (String, Option<Instant>);

/// `None` once it is forgotten.
async fn fate(tx: &mut OrgTx, letter: MailId) -> Result<Option<Fate>> {
    let org = tx.id();
    Ok(platform_sql!(
        optional(String, Option<Instant>),
        tx.platform_part(),
        "SELECT state, COALESCE(complained_at, bounced_at, delivered_at, given_up_at, sent_at) FROM mails WHERE id = $1 AND about_org = $2",
        letter,
        org
    )?)
}

fn told(tx: &OrgTx, message: &Message, fate: Option<Fate>) -> Result<Written> {
    let tz = availability::zone(&tx.org().zone)?;
    let (state, since) = match (message.letter_id, fate) {
        (None, _) => ("text".to_owned(), None),
        (Some(_), None) => ("unknown".to_owned(), None),
        (Some(_), Some(fate)) => fate,
    };
    let word = match state.as_str() {
        "queued" => "On its way",
        "sent" => "Sent",
        "delivered" => "Delivered",
        "bounced" => "Came back",
        "complained" => "Called spam",
        "given_up" => "Not sent",
        "text" => "Sent as a text message",
        _ => "Written",
    };
    let at = since.unwrap_or(message.created_at).timestamp().to_zoned(tz.clone());
    let today = tx.now().timestamp().to_zoned(tz).date();
    let words = match state.as_str() {
        "queued" => word.to_owned(),
        _ if at.date() == today => format!("{word} {}", format::time(at.time())),
        _ => format!("{word} {}, {}", format::short_day(at.date()), format::time(at.time())),
    };
    Ok(Written {
        label: Kind::parse(&message.kind).map_or_else(|| message.kind.clone(), |kind| kind.label().to_owned()),
        kind: message.kind.clone(),
        written_at: message.created_at.to_string(),
        state,
        since: since.map(|at| at.to_string()),
        words,
        by_hand: message.by_hand,
    })
}

fn too_many(message: &str, seconds: i64) -> AppError {
    AppError { retry_after: u32::try_from(seconds).ok(), ..AppError::new(Code::TooMany, message) }
}

fn gone() -> AppError {
    AppError::not_found("that appointment")
}
