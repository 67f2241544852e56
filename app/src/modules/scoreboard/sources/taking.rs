//! What another program told becomes an entry, or is refused in words that say why.

use jiff::Timestamp;

use super::{
    Outcome, SHOWN, Source, gone,
    mapping::{self, Mapping, Parts, Told, When},
    read,
    store::{self, Delivery},
    unreadable,
};
use crate::{
    clock::Instant,
    crypto::{DataKeys, Place, normalise_email},
    db::Access,
    error::{AppError, Result},
    ids::OrgId,
    modules::scoreboard::{
        amount::{self, Unit},
        entries::{self, Desk, EntryBody, enter_in},
        ids::{DeliveryId, EntryId, SourceId},
        people::{self, Person, open},
        period::day_of,
        permissions,
        store::{self as tables, Metric},
    },
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
    web::is_text,
};

/// Messages that aren't believed are written down at most this often: anybody can send them.
const UNBELIEVED_SECONDS: i64 = 60;
/// So much of a name that nobody has is repeated.
const LONGEST_NAME: usize = 100;

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// In a word.
    pub outcome: Outcome,
    /// In a sentence, for whoever set it up.
    pub words: String,
    /// The line that came of it, or was there before.
    pub entry: Option<EntryId>,
}

/// Opens the organisation for a program that tells something.
///
/// # Errors
/// 404 where nothing is listened to: it has no scoreboard, is closed or suspended, or its plan has ended.
pub async fn listening(platform: &Platform, org: OrgId, access: Access) -> Result<OrgTx> {
    let actor = Actor::System("another program tells what happened");
    let tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, access).await?;
    if tx.org().closes_at.is_some() || tx.check_goes_on("nothing comes in by itself").is_err() {
        tx.rollback().await?;
        return Err(gone());
    }
    Ok(tx)
}

/// The source of this id, if it is listened to.
///
/// # Errors
/// 404.
pub async fn listened_to(tx: &mut OrgTx, id: SourceId) -> Result<store::StoredSource> {
    let all = store::sources(tx).await?;
    all.into_iter().find(|source| source.id == id && source.active).ok_or_else(gone)
}

/// Takes a message that is believed: it is entered, and what came of it is written down, both or neither.
///
/// # Errors
/// 404 where nothing is listened to any more; 422 at each path where there isn't what there should be; 409 where it came in before with another amount;
/// what is refused is written down, too.
pub async fn take(
    platform: &Platform,
    org: OrgId,
    id: SourceId,
    body: &[u8],
    message: Option<String>,
) -> Result<Taken> {
    let mut tx = listening(platform, org, Access::Write).await?;
    let source = read(&listened_to(&mut tx, id).await?, tx.now())?;
    let received = tx.now();
    let refused = match enter(&mut tx, &source, body, message.as_deref(), received).await {
        Ok(taken) => {
            write_down(&mut tx, id, received, &taken, message, Some(body)).await?;
            tx.commit().await?;
            return Ok(taken);
        }
        Err(error) if error.code.is_refusal() => error,
        Err(error) => return Err(error),
    };
    tx.rollback().await?;
    let mut tx = listening(platform, org, Access::Write).await?;
    listened_to(&mut tx, id).await?;
    write_down(&mut tx, id, received, &of_refusal(&refused), message, Some(body)).await?;
    tx.commit().await?;
    Err(refused)
}

/// Writes down that a message came that isn't believed, once a minute at most, and without what it said.
///
/// # Errors
/// 404 where nothing is listened to any more.
pub async fn doubt(platform: &Platform, org: OrgId, id: SourceId, outcome: Outcome, words: &str) -> Result<()> {
    let mut tx = listening(platform, org, Access::Write).await?;
    listened_to(&mut tx, id).await?;
    let received = tx.now();
    if store::has_come(&mut tx, id, outcome.as_str(), received.plus_seconds(-UNBELIEVED_SECONDS)).await? {
        return tx.rollback().await;
    }
    let taken = Taken { outcome, words: words.to_owned(), entry: None };
    write_down(&mut tx, id, received, &taken, None, None).await?;
    tx.commit().await
}

/// Tries a message again that was refused or ignored, with the source as it is set up now. Gives whose it is and what came of it.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 for one that can't be tried, or is kept no longer.
pub async fn again(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<(SourceId, Taken)> {
    let mut tx = open(platform, actor, org).await?;
    let found = delivery(&mut tx, id).await?;
    if !Outcome::parse(&found.outcome).is_some_and(Outcome::can_be_tried) {
        return Err(AppError::conflict("Only what was refused or left out can be tried again."));
    }
    if found.body.is_none() {
        return Err(AppError::conflict(
            "What it said was kept for a week, and is gone. Have the program send it again.",
        ));
    }
    tx.emit("scoreboard.delivery_tried", found.id.0).await?;
    let org = tx.id();
    tx.commit().await?;

    let mut tx = listening(platform, org, Access::Write).await?;
    let found = delivery(&mut tx, id).await?;
    let source = read(&listened_to(&mut tx, found.source_id).await?, tx.now())?;
    let keys = tx.keys().await?;
    let sealed = found.body.as_deref().ok_or_else(gone)?;
    let body = keys.open_bytes(place(found.id, "body"), sealed).map_err(|error| unreadable(&error))?;
    let taken = match enter(&mut tx, &source, &body, found.message.as_deref(), found.received_at).await {
        Ok(taken) => taken,
        Err(error) if error.code.is_refusal() => {
            tx.rollback().await?;
            tx = listening(platform, org, Access::Write).await?;
            of_refusal(&error)
        }
        Err(error) => return Err(error),
    };
    let words = keys.seal(place(found.id, "words"), &taken.words);
    store::update_delivery(&mut tx, found.id, taken.outcome.as_str(), &words, taken.entry).await?;
    tx.commit().await?;
    Ok((source.id, taken))
}

/// What would come of a body. Nothing of it stays.
///
/// # Errors
/// 404 for a source that isn't this organisation's; 402 where the plan has ended.
pub async fn dry_run(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &str) -> Result<Taken> {
    let mut tx = open(platform, actor, org).await?;
    let all = store::sources(&mut tx).await?;
    let source = read(super::find(&all, id)?, tx.now())?;
    let org = tx.id();
    tx.rollback().await?;
    let mut tx = listening(platform, org, Access::Write).await?;
    let now = tx.now();
    let came = enter(&mut tx, &source, body.as_bytes(), Some("a-test"), now).await;
    tx.rollback().await?;
    match came {
        // The line that it would be is gone again.
        Ok(taken) if taken.outcome == Outcome::Entered => Ok(Taken { entry: None, ..taken }),
        Ok(taken) => Ok(taken),
        Err(error) if error.code.is_refusal() => Ok(of_refusal(&error)),
        Err(error) => Err(error),
    }
}

/// One of the messages.
///
/// # Errors
/// 404.
pub async fn delivery(tx: &mut OrgTx, id: &str) -> Result<Delivery> {
    let none = || AppError::not_found("that message");
    let id: DeliveryId = id.parse().map_err(|_| none())?;
    store::delivery(tx, id).await?.ok_or_else(none)
}

/// What became of a message, opened.
///
/// # Errors
/// The keyring doesn't hold the key.
pub fn words_of(keys: &DataKeys, id: DeliveryId, sealed: &[u8]) -> Result<String> {
    keys.open(place(id, "words"), sealed).map_err(|error| unreadable(&error))
}

/// What a message said, opened; what isn't text is shown as far as it is.
///
/// # Errors
/// The keyring doesn't hold the key.
pub fn body_of(keys: &DataKeys, delivery: &Delivery) -> Result<Option<String>> {
    let Some(sealed) = &delivery.body else { return Ok(None) };
    let body = keys.open_bytes(place(delivery.id, "body"), sealed).map_err(|error| unreadable(&error))?;
    Ok(Some(String::from_utf8_lossy(&body).into_owned()))
}

/// Why something was refused, in a line.
pub fn why(error: &AppError) -> String {
    if error.fields.is_empty() {
        return error.message.clone();
    }
    let fields = error.fields.iter().map(|field| format!("{}: {}", field.field, field.message));
    fields.collect::<Vec<_>>().join(" ")
}

fn of_refusal(error: &AppError) -> Taken {
    Taken { outcome: Outcome::Refused, words: why(error), entry: None }
}

/// Enters what a message says.
async fn enter(
    tx: &mut OrgTx,
    source: &Source,
    body: &[u8],
    message: Option<&str>,
    received: Instant,
) -> Result<Taken> {
    let told = mapping::json(body)?;
    let mapping = &source.mapping;
    let parts = match mapping.read(&told, source.metric.is_some(), source.person.is_some())? {
        Told::Ignored(words) => return Ok(Taken { outcome: Outcome::Ignored, words, entry: None }),
        Told::Taken(parts) => parts,
    };
    let desk = Desk::read(tx).await?;
    let metric = what(source, &parts, &desk)?;
    let value = how_much(mapping, &parts, metric)?;
    let person = whose(tx, source, &parts, &desk).await?;
    let (happened_at, day) = match parts.when {
        None => (Some(received.timestamp()), None),
        Some(When::At(at)) => (Some(at), None),
        Some(When::Local(day, None)) => (None, Some(day)),
        Some(When::Local(day, Some(time))) => (desk.at(day, time), Some(day)),
    };
    // Two programs may call different things the same.
    let name = parts.external_id.as_deref().or(message).map(|name| format!("{}:{name}", source.id));
    let happened_at = match (parts.when, &name) {
        (None, Some(name)) if is_text(name) => first_told(tx, metric, name).await?.or(happened_at),
        _ => happened_at,
    };
    let line = EntryBody {
        metric: metric.key.clone(),
        person: Some(person.id),
        value,
        happened_at,
        day,
        note: parts.note.clone(),
        external_id: name,
    };
    let id = EntryId::new(tx.now());
    let entered = enter_in(tx, id, &line, entries::Source::Webhook).await;
    let entered = entered.map_err(|error| at_paths(error, mapping))?;
    let zone = entries::zone(tx)?;
    let day = day.unwrap_or_else(|| day_of(happened_at.unwrap_or(received.timestamp()), &zone));
    let figure = amount::show(value, &metric.unit());
    let words = format!("{figure} of {} for {}, on {}.", metric.name, person.name, day.strftime("%-d %B %Y"));
    let outcome = if entered.fresh { Outcome::Entered } else { Outcome::Again };
    Ok(Taken { outcome, words, entry: Some(entered.id) })
}

/// When something happened of which no message says it: when it was told first, however late it is told again.
async fn first_told(tx: &mut OrgTx, metric: &Metric, name: &str) -> Result<Option<Timestamp>> {
    let Some(id) = tables::entry_called(tx, metric.id, name).await? else { return Ok(None) };
    Ok(tables::entry(tx, id).await?.map(|entry| entry.happened_at.timestamp()))
}

fn what<'d>(source: &Source, parts: &Parts, desk: &'d Desk) -> Result<&'d Metric> {
    if let Some(id) = source.metric {
        let found = desk.metrics.iter().find(|metric| metric.id == id);
        return found.ok_or_else(|| AppError::not_found("what is counted"));
    }
    let word = parts.metric.as_deref().unwrap_or_default();
    let found = desk.metrics.iter().find(|metric| metric.key == word || people::key(&metric.name) == people::key(word));
    found.ok_or_else(|| {
        AppError::field(&source.mapping.metric, format!("Nothing that is counted is called “{}”.", beginning(word)))
    })
}

fn how_much(mapping: &Mapping, parts: &Parts, metric: &Metric) -> Result<i64> {
    let unit = metric.unit();
    let Some(text) = &parts.amount else {
        return match unit {
            Unit::Money => Err(AppError::field("amount", "It isn’t set up where the amount stands.")),
            Unit::Number { .. } => Ok(10_i64.pow(u32::from(unit.decimals()))),
        };
    };
    let unit = if mapping.smallest { Unit::Number { decimals: 0, suffix: String::new() } } else { unit };
    amount::parse(text, &unit).map_err(|refused| AppError::field(&mapping.amount, refused.to_string()))
}

async fn whose<'d>(tx: &mut OrgTx, source: &Source, parts: &Parts, desk: &'d Desk) -> Result<&'d Person> {
    if let Some(id) = source.person {
        return desk.everybody.iter().find(|person| person.id == id).ok_or_else(people::nobody);
    }
    let named = parts.person.as_deref().unwrap_or_default();
    let key = people::key(named);
    let called = |person: &&Person| people::names_of(person).any(|name| people::key(name) == key);
    if let Some(person) = desk.everybody.iter().find(called) {
        return Ok(person);
    }
    let mut words = format!("Nobody on the scoreboard is called “{}”.", beginning(named));
    if named.contains('@') {
        let address = normalise_email(named);
        let members = members::all(tx).await?;
        let member = members.iter().find(|member| normalise_email(&member.email) == address).map(|member| member.user);
        if let Some(person) = member.and_then(|user| desk.everybody.iter().find(|person| person.user == Some(user))) {
            return Ok(person);
        }
        words = format!("Nobody on the scoreboard logs in as “{}”.", beginning(named));
    }
    Err(AppError::field(&source.mapping.person, words))
}

/// What is wrong with an entry, at the paths that it comes from.
fn at_paths(error: AppError, mapping: &Mapping) -> AppError {
    let pairs = [
        ("value", &mapping.amount),
        ("metric", &mapping.metric),
        ("person", &mapping.person),
        ("day", &mapping.when),
        ("note", &mapping.note),
        ("external_id", &mapping.external_id),
    ];
    let named = pairs.into_iter().filter(|(_, path)| !path.is_empty());
    named.fold(error, |error, (field, path)| error.rename_field(field, path))
}

async fn write_down(
    tx: &mut OrgTx,
    source: SourceId,
    received: Instant,
    taken: &Taken,
    message: Option<String>,
    body: Option<&[u8]>,
) -> Result<()> {
    let id = DeliveryId::new(tx.now());
    let keys = tx.keys().await?;
    let new = Delivery {
        id,
        source_id: source,
        received_at: received,
        outcome: taken.outcome.as_str().to_owned(),
        words: keys.seal(place(id, "words"), &taken.words),
        message,
        body: body.map(|body| keys.seal_bytes(place(id, "body"), body)),
        entry_id: taken.entry,
    };
    store::insert_delivery(tx, &new).await?;
    if body.is_some() {
        store::forget_bodies(tx, source, SHOWN).await?;
    }
    Ok(())
}

fn beginning(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

fn place(id: DeliveryId, column: &'static str) -> Place {
    Place { table: "scoreboard_deliveries", column, row: id.0 }
}
