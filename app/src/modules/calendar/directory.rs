//! The directory of clients: finding them, what is known about them, and changing it.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    answers::{self, Answer},
    availability, booking,
    client::{self, Details, Needs, Told},
    ids::{AppointmentId, ClientId},
    paying::packages::{self, Balance},
    permissions,
    store::{self, Appointment, ClientCounts, ClientFilter, ClientLine, KnownClient},
};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    crypto::{DataKeys, Place},
    db::{Access, DbError},
    error::{AppError, FieldErrors, Result},
    ids::{self, OrgId},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::{is_readable, is_text},
};

/// The most tags that somebody may have.
pub const MOST_TAGS: usize = 20;
/// The longest tag.
pub const LONGEST_TAG: usize = 40;
/// The longest notes.
pub const LONGEST_NOTES: usize = 10_000;
/// How many a page of the list shows.
pub const PAGE: i64 = 50;
/// How many of somebody’s appointments their page shows.
const MOST_SHOWN: i64 = 200;
/// How many are looked through at once for a name or a tag.
const BLOCK: i64 = 1000;
/// How many are looked through for one page of what is found.
const MOST_LOOKED_AT: usize = 30_000;
/// The longest words that are looked for.
const LONGEST_WORDS: usize = 254;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// A whole email address, a whole phone number, or parts of a name; empty: everybody.
    pub words: String,
    /// One of the business’s own words; empty: any.
    pub tag: String,
    /// Those alone to whom the business may write of itself.
    pub marketing: bool,
    /// Those alone who once didn’t appear.
    pub no_shows: bool,
    /// Where the page before ended.
    pub cursor: String,
    /// How many at most.
    pub limit: i64,
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Those seen last first; of what was looked for by a name or a tag, those known last first.
    pub clients: Vec<Line>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// So many were looked through that it stopped: `next` goes on from there.
    pub stopped: bool,
    /// How many clients the business has in all.
    pub total: i64,
    /// The business’s zone.
    pub tz: TimeZone,
    /// Whoever asks may change them.
    pub may_change: bool,
}

/// Somebody in the list.
#[derive(Debug, Clone)]
pub struct Line {
    /// Their id.
    pub id: ClientId,
    /// Their name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// The business’s own words about them.
    pub tags: Vec<String>,
    /// The business may write to them of itself.
    pub marketing: bool,
    /// When they last came, or were to.
    pub last: Option<Instant>,
    /// When they come next.
    pub next: Option<Instant>,
}

/// Somebody, with all that is known about them.
#[derive(Debug, Clone)]
pub struct Known {
    /// Their id.
    pub id: ClientId,
    /// Their name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// What the business notes about them.
    pub notes: String,
    /// The business’s own words about them.
    pub tags: Vec<String>,
    /// When they said that the business may write to them of itself.
    pub marketing_at: Option<Instant>,
    /// When they took that back.
    pub marketing_ended_at: Option<Instant>,
    /// How either was said.
    pub marketing_how: String,
    /// Grows with every change.
    pub version: i64,
    /// When they became known.
    pub created_at: Instant,
}

/// Somebody’s page.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Who.
    pub client: Known,
    /// Their appointments, the latest first.
    pub had: Vec<Had>,
    /// There are more than these.
    pub more: bool,
    /// What they come to.
    pub counts: ClientCounts,
    /// What those cost that took place: currency and cents.
    pub spent: Vec<(String, i64)>,
    /// The packages that they bought, and what is left of them.
    pub balances: Vec<Balance>,
    /// The clock’s now.
    pub now: Instant,
    /// The business’s zone.
    pub tz: TimeZone,
    /// Whoever asks may change them.
    pub may_change: bool,
}

/// An appointment of somebody’s.
#[derive(Debug, Clone)]
pub struct Had {
    /// As it is stored.
    pub appointment: Appointment,
    /// What they wanted to say.
    pub notes: String,
    /// Their address, where it took place there.
    pub place: String,
    /// What they answered.
    pub answers: Vec<Answer>,
}

/// A client, as the business writes them down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientBody {
    /// Their name.
    pub name: String,
    /// Their email; may be empty.
    #[serde(default)]
    pub email: String,
    /// Their phone; may be empty.
    #[serde(default)]
    pub phone: String,
    /// What you note about them; may be empty.
    #[serde(default)]
    pub notes: String,
    /// Your own words about them: at most 20.
    #[serde(default)]
    pub tags: Vec<String>,
    /// To change one: the version that was read. It is refused if they have changed since.
    #[serde(default)]
    pub version: Option<i64>,
}

/// A page of the list of clients, or of what is looked for in it. It is written down that clients’ details were read.
///
/// # Errors
/// As [`OrgTx::open`]; 422 for a cursor that isn’t one.
pub async fn list(platform: &Platform, actor: &Actor, org: &str, search: &Search) -> Result<Listed> {
    let mut tx = open_to_look(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let tz = availability::zone(&tx.org().zone)?;
    let words: String = search.words.trim().chars().take(LONGEST_WORDS).collect();
    let tag = search.tag.trim().to_lowercase();
    let filter = ClientFilter { marketing: search.marketing, no_shows: search.no_shows };
    let found = match reached_by(&keys, &words) {
        Some(indexes) => by_index(&mut tx, &keys, indexes, &tag, filter).await?,
        None if words.is_empty() && tag.is_empty() => seen(&mut tx, filter, search).await?,
        None => look_through(&mut tx, &keys, &words, &tag, filter, search).await?,
    };
    let total = store::count_clients(&mut tx).await?;
    let may_change = tx.allows(&permissions::CHANGE_CLIENTS);
    let how = if words.is_empty() { "list" } else { "search" };
    let subject = tx.id().0;
    end_reading(tx, actor, subject, Detail::default().with("clients", how)).await?;
    let clients = found.lines.into_iter().map(|line| open_line(&keys, line)).collect::<Result<_>>()?;
    Ok(Listed { clients, next: found.next, stopped: found.stopped, total, tz, may_change })
}

/// Somebody’s page. It is written down that their details were read.
///
/// # Errors
/// 404 for somebody who isn’t this organisation’s, or who was erased.
pub async fn show(platform: &Platform, actor: &Actor, org: &str, id: ClientId) -> Result<Shown> {
    let mut tx = open_to_look(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let tz = availability::zone(&tx.org().zone)?;
    let client = open_known(&keys, &present(&mut tx, id).await?)?;
    let mut rows = store::appointments_of_client(&mut tx, id, None, MOST_SHOWN + 1).await?;
    let counts = store::client_counts(&mut tx, id).await?;
    let spent = store::client_spent(&mut tx, id).await?;
    let may_change = tx.allows(&permissions::CHANGE_CLIENTS);
    // Codes that pay are for people alone.
    let with_codes = may_change && tx.user().is_some();
    let balances = packages::balances(&mut tx, id, with_codes).await?;
    let now = tx.now();
    end_reading(tx, actor, id.0, Detail::default().with("clients", "one")).await?;
    let most = usize::try_from(MOST_SHOWN).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let had = rows.into_iter().map(|row| open_had(&keys, row)).collect::<Result<_>>()?;
    Ok(Shown { client, had, more, counts, spent, balances, now, tz, may_change })
}

/// Somebody’s details, for a form that begins with them. It is written down that they were read.
///
/// # Errors
/// As [`show`].
pub async fn one(platform: &Platform, actor: &Actor, org: &str, id: ClientId) -> Result<Known> {
    let mut tx = open_to_look(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let client = open_known(&keys, &present(&mut tx, id).await?)?;
    end_reading(tx, actor, id.0, Detail::default().with("clients", "one")).await?;
    Ok(client)
}

/// Writes somebody new down.
///
/// # Errors
/// 422 at each field that is wrong; 409 where somebody of that name with that email or phone is known already.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &ClientBody) -> Result<ClientId> {
    let (details, tags) = check(body)?;
    let mut tx = open_to_change(platform, actor, org).await?;
    let keys = tx.keys().await?;
    if client::find(&mut tx, &keys, &details).await?.is_some() {
        return Err(AppError::conflict("Somebody of that name, with that email or phone, is on your list already."));
    }
    let now = tx.now();
    let mut new = client::new(&keys, &details, None, now);
    new.notes = keys.seal(client::place(new.id, "notes"), &details.notes);
    new.tags = keys.seal(client::place(new.id, "tags"), &stored_tags(&tags));
    store::insert_client(&mut tx, &new, client::indexes(&keys, &details)).await?;
    tx.audit("calendar.client_saved", new.id.0, &Detail::default()).await?;
    tx.commit().await?;
    Ok(new.id)
}

/// Changes somebody who is unchanged since the version that was read. What they have booked and is still to come goes to the
/// name, the email and the phone that hold from now on.
///
/// # Errors
/// 422 at each field that is wrong; 409 with what holds now where somebody else has changed them; 404 for somebody who isn’t
/// this organisation’s.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: ClientId, body: &ClientBody) -> Result<()> {
    let version = body.version.ok_or_else(|| AppError::field("version", "Send the version that you read."))?;
    let (details, tags) = check(body)?;
    let mut tx = open_to_change(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let row = present(&mut tx, id).await?;
    let before = open_known(&keys, &row)?;
    let differs = differences(&before, &details, &tags);
    if row.version != version {
        let fields = differs.into_fields();
        // Who wants what holds already has it.
        return if fields.is_empty() { Ok(()) } else { Err(AppError::changed("this client", row.version, fields)) };
    }
    if differs.into_fields().is_empty() {
        return tx.rollback().await;
    }
    let reached = (before.name != details.name, before.email != details.email, before.phone != details.phone);
    let changed = KnownClient {
        name: keys.seal(client::place(id, "name"), &details.name),
        email: keys.seal(client::place(id, "email"), &details.email),
        phone: keys.seal(client::place(id, "phone"), &details.phone),
        notes: keys.seal(client::place(id, "notes"), &details.notes),
        tags: keys.seal(client::place(id, "tags"), &stored_tags(&tags)),
        ..row
    };
    if store::update_client(&mut tx, &changed, client::indexes(&keys, &details), version).await? == 0 {
        return Err(changed_meanwhile());
    }
    if reached != (false, false, false) && rename_upcoming(&mut tx, &keys, id, &details).await? > 0 {
        // Open diaries read again.
        tx.emit("calendar.client_saved", id.0).await?;
    } else {
        tx.audit("calendar.client_saved", id.0, &Detail::default()).await?;
    }
    tx.commit().await
}

/// Notes that somebody said, not on a form of ours, that the business may write to them of itself (`gives`), or that it may
/// not any more; and how.
///
/// # Errors
/// 422 at `how`; 409 where somebody else has changed them, or where it holds already; 404 for somebody who isn’t this
/// organisation’s.
pub async fn set_consent(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: ClientId,
    version: i64,
    gives: bool,
    how: &str,
) -> Result<()> {
    let mut tx = open_to_change(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let row = present(&mut tx, id).await?;
    let now = tx.now();
    let how = how.trim();
    if how.is_empty() && gives {
        return Err(AppError::field("how", "Say how they told you, like “On the phone on 3 March”."));
    }
    if how.chars().count() > 300 || (!how.is_empty() && !is_readable(how)) {
        return Err(AppError::field("how", "Use at most 300 letters, digits and punctuation on one line."));
    }
    if row.version != version {
        return Err(changed_meanwhile());
    }
    if row.marketing_at.is_some() == gives && (gives || row.marketing_ended_at.is_some()) {
        return Err(AppError::conflict(if gives {
            "You may write to them already."
        } else {
            "It is noted already that you may not write to them."
        }));
    }
    let details = details_of(&open_known(&keys, &row)?);
    let changed = KnownClient {
        marketing_at: gives.then_some(now),
        marketing_ended_at: (!gives).then_some(now),
        marketing_how: (!how.is_empty()).then(|| keys.seal(client::place(id, "marketing_how"), how)),
        ..row
    };
    if store::update_client(&mut tx, &changed, client::indexes(&keys, &details), version).await? == 0 {
        return Err(changed_meanwhile());
    }
    let action = if gives { "calendar.client_consented" } else { "calendar.client_withdrew" };
    tx.audit(action, id.0, &Detail::default()).await?;
    tx.commit().await
}

/// Takes somebody off the list who never booked. Whoever has appointments is erased instead, which keeps what the law asks for.
///
/// # Errors
/// 409 where they have appointments, or somebody else has changed them; 404 for somebody who isn’t this organisation’s.
pub async fn delete(platform: &Platform, actor: &Actor, org: &str, id: ClientId, version: i64) -> Result<()> {
    let mut tx = open_to_change(platform, actor, org).await?;
    present(&mut tx, id).await?;
    if store::client_counts(&mut tx, id).await?.all_of_them > 0 {
        return Err(AppError::conflict(
            "They have appointments, so they can’t just be deleted. You can erase their details instead.",
        ));
    }
    match store::delete_client(&mut tx, id, version).await {
        Ok(0) => return Err(changed_meanwhile()),
        Err(DbError::Missing) => {
            return Err(AppError::conflict(
                "Something else still refers to them. You can erase their details instead.",
            ));
        }
        other => other?,
    };
    tx.audit("calendar.client_deleted", id.0, &Detail::default()).await?;
    tx.commit().await
}

/// Reads a client’s id.
///
/// # Errors
/// 404: an id that can’t be read is one that nobody has.
pub fn client_id(text: &str) -> Result<ClientId> {
    text.parse().map_err(|_| gone())
}

/// The business’s own words as they are typed in one line, with commas between.
pub fn typed_tags(text: &str) -> Vec<String> {
    text.split([',', '\n']).map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

/// Tags as they are kept: each once, whatever its capitals. Notes at `tags` what is wrong.
pub fn check_tags(tags: &[String], errors: &mut FieldErrors) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
        if tag.chars().count() > LONGEST_TAG {
            errors.add("tags", "Use at most 40 characters for a tag.");
        } else if tag.contains(',') || !is_readable(tag) {
            errors.add("tags", "Use letters, digits and punctuation in a tag, without commas.");
        } else if !kept.iter().any(|other| other.to_lowercase() == tag.to_lowercase()) {
            kept.push(tag.to_owned());
        }
    }
    if kept.len() > MOST_TAGS {
        errors.add("tags", "Use at most 20 tags.");
    }
    kept
}

/// What is sealed of tags.
pub fn stored_tags(tags: &[String]) -> String {
    serde_json::to_string(tags).unwrap_or_else(|_| "[]".to_owned())
}

/// Opens the organisation to look at clients.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn open_to_look(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW_CLIENTS, Access::Read).await
}

/// Opens the organisation to change clients.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn open_to_change(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_CLIENTS, Access::Write).await
}

/// Whether somebody may write clients down, before a form asks them for one.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn open_to_add(platform: &Platform, actor: &Actor, org: &str) -> Result<()> {
    let need = &permissions::CHANGE_CLIENTS;
    OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Read).await?.rollback().await
}

/// Whether somebody may change clients, before what they sent is read. Gives the organisation’s id.
///
/// # Errors
/// As [`OrgTx::before_a_change`].
pub async fn before_a_change(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgId> {
    let need = &permissions::CHANGE_CLIENTS;
    let tx = OrgTx::before_a_change(platform, actor, OrgRef::Slug(org), need).await?;
    let id = tx.id();
    tx.rollback().await?;
    Ok(id)
}

/// Somebody who is there, and wasn’t erased.
///
/// # Errors
/// 404 otherwise.
pub async fn present(tx: &mut OrgTx, id: ClientId) -> Result<KnownClient> {
    store::known_client(tx, id).await?.filter(|client| client.erased_at.is_none()).ok_or_else(gone)
}

/// Opens what is sealed of somebody.
///
/// # Errors
/// The key that sealed it isn’t there.
pub fn open_known(keys: &DataKeys, row: &KnownClient) -> Result<Known> {
    let open = |column, sealed: &[u8]| client::open(keys, row.id, column, sealed);
    Ok(Known {
        id: row.id,
        name: open("name", &row.name)?,
        email: open("email", &row.email)?,
        phone: open("phone", &row.phone)?,
        notes: open("notes", &row.notes)?,
        tags: read_tags(&open("tags", &row.tags)?),
        marketing_at: row.marketing_at,
        marketing_ended_at: row.marketing_ended_at,
        marketing_how: match &row.marketing_how {
            Some(sealed) => open("marketing_how", sealed)?,
            None => String::new(),
        },
        version: row.version,
        created_at: row.created_at,
    })
}

/// Opens what is sealed of an appointment.
///
/// # Errors
/// The key that sealed it isn’t there.
pub fn open_had(keys: &DataKeys, row: Appointment) -> Result<Had> {
    let open = |column, sealed: &Option<Vec<u8>>| match sealed {
        Some(sealed) => booking::unseal(keys, row.id, column, sealed),
        None => Ok(String::new()),
    };
    let answers = open("answers", &row.answers)?;
    Ok(Had {
        notes: booking::unseal(keys, row.id, "notes", &row.notes)?,
        place: open("place", &row.place)?,
        answers: if answers.is_empty() { Vec::new() } else { answers::read(&answers)? },
        appointment: row,
    })
}

/// By what somebody is reached, for their indexes.
pub fn details_of(client: &Known) -> Details {
    let Known { name, email, phone, notes, .. } = client.clone();
    Details { name, email, phone, notes }
}

/// Ends what read clients’ details, and writes down who read them.
///
/// # Errors
/// The database is busy: then nothing is shown either.
pub async fn end_reading(tx: OrgTx, actor: &Actor, subject: Uuid, shown: Detail) -> Result<()> {
    audit::end_reading(tx, actor, &permissions::VIEW_CLIENTS, "calendar.clients_read", subject, shown).await
}

/// 409 where somebody else was first.
pub fn changed_meanwhile() -> AppError {
    AppError::conflict(
        "Somebody else changed this client in the meantime. Please look at them again before you change them.",
    )
}

/// 404.
pub fn gone() -> AppError {
    AppError::not_found("that client")
}

/// Puts the name, the email and the phone that hold now on what is booked and still to come. Says on how many.
///
/// # Errors
/// The database is busy.
pub async fn rename_upcoming(tx: &mut OrgTx, keys: &DataKeys, id: ClientId, details: &Details) -> Result<usize> {
    let upcoming = store::upcoming_of_client(tx, id).await?;
    for appointment in &upcoming {
        rename_on(tx, keys, *appointment, details).await?;
    }
    Ok(upcoming.len())
}

/// Puts a name, an email and a phone on an appointment.
///
/// # Errors
/// The database is busy.
pub async fn rename_on(tx: &mut OrgTx, keys: &DataKeys, id: AppointmentId, details: &Details) -> Result<()> {
    let place = |column| Place { table: "calendar_appointments", column, row: id.0 };
    store::rename_on_appointment(
        tx,
        id,
        keys.seal(place("client_name"), &details.name),
        keys.seal(place("client_email"), &details.email),
        keys.seal(place("client_phone"), &details.phone),
        client::indexes(keys, details),
    )
    .await?;
    Ok(())
}

struct Found {
    lines: Vec<ClientLine>,
    next: Option<String>,
    stopped: bool,
}

/// A whole address or a whole number is found by its index, however it is written.
fn reached_by(keys: &DataKeys, words: &str) -> Option<store::ClientIndexes> {
    let is_phone = words.chars().all(|c| c.is_ascii_digit() || " ()-.+".contains(c));
    let details = if client::is_email(words) {
        Details { email: words.to_owned(), ..Details::default() }
    } else if is_phone && client::normalise_phone(words).is_some() {
        Details { phone: words.to_owned(), ..Details::default() }
    } else {
        return None;
    };
    Some(client::indexes(keys, &details))
}

async fn by_index(
    tx: &mut OrgTx,
    keys: &DataKeys,
    indexes: store::ClientIndexes,
    tag: &str,
    filter: ClientFilter,
) -> Result<Found> {
    let mut rows = match (indexes.email, indexes.phone) {
        (Some(index), _) => store::clients_by_email(tx, index).await?,
        (None, Some(index)) => store::clients_by_phone(tx, index).await?,
        (None, None) => Vec::new(),
    };
    rows.retain(|row| !filter.marketing || row.marketing_at.is_some());
    let mut kept = Vec::new();
    for row in rows {
        if !has_tag(keys, row.id, &row.tags, tag)? {
            continue;
        }
        if filter.no_shows && store::client_counts(tx, row.id).await?.no_shows == 0 {
            continue;
        }
        kept.push(row.id);
    }
    let mut lines = lines_of(tx, &kept).await?;
    lines.sort_by_key(|line| std::cmp::Reverse((line.seen_at, line.id)));
    Ok(Found { lines, next: None, stopped: false })
}

/// Everybody, those seen last first.
async fn seen(tx: &mut OrgTx, filter: ClientFilter, search: &Search) -> Result<Found> {
    let after = match search.cursor.as_str() {
        "" => None,
        cursor => Some(read_cursor(cursor)?),
    };
    // One more than asked for tells whether there is a next page.
    let mut lines = store::clients_seen(tx, filter, after, search.limit + 1).await?;
    let limit = usize::try_from(search.limit).unwrap_or(0);
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| more).map(|last| format!("{}_{}", last.seen_at.micros(), last.id));
    Ok(Found { lines, next, stopped: false })
}

/// Names and tags are sealed, so they are opened one after the other, those known last first, until a page is full. It stops
/// where so many were looked through that somebody would wait.
async fn look_through(
    tx: &mut OrgTx,
    keys: &DataKeys,
    words: &str,
    tag: &str,
    filter: ClientFilter,
    search: &Search,
) -> Result<Found> {
    let parts: Vec<String> = client::compared(words).split_whitespace().map(str::to_owned).collect();
    let mut before = match search.cursor.as_str() {
        "" => ClientId(Uuid::max()),
        cursor => cursor.parse().map_err(|_| bad_cursor())?,
    };
    let limit = usize::try_from(search.limit).unwrap_or(0);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    let (mut next, mut stopped) = (None, false);
    'looking: loop {
        let block = store::client_names(tx, filter, before, BLOCK).await?;
        let whole = block.len();
        for row in block {
            if !has_tag(keys, row.id, &row.tags, tag)? || !is_called(keys, &row, &parts)? {
                before = row.id;
                continue;
            }
            if found.len() == limit {
                next = Some(before.to_string());
                break 'looking;
            }
            before = row.id;
            found.push(row.id);
        }
        looked_at += whole;
        if i64::try_from(whole).is_ok_and(|whole| whole < BLOCK) {
            break;
        }
        if looked_at >= MOST_LOOKED_AT {
            (next, stopped) = (Some(before.to_string()), true);
            break;
        }
    }
    Ok(Found { lines: lines_of(tx, &found).await?, next, stopped })
}

fn is_called(keys: &DataKeys, row: &store::ClientNames, parts: &[String]) -> Result<bool> {
    if parts.is_empty() {
        return Ok(true);
    }
    let name = client::compared(&client::open(keys, row.id, "name", &row.name)?);
    Ok(parts.iter().all(|part| name.contains(part.as_str())))
}

fn has_tag(keys: &DataKeys, id: ClientId, sealed: &[u8], tag: &str) -> Result<bool> {
    if tag.is_empty() {
        return Ok(true);
    }
    let tags = read_tags(&client::open(keys, id, "tags", sealed)?);
    Ok(tags.iter().any(|other| other.to_lowercase() == tag))
}

/// The lines of these, in this order.
async fn lines_of(tx: &mut OrgTx, wanted: &[ClientId]) -> Result<Vec<ClientLine>> {
    let mut lines = Vec::new();
    for batch in ids::batches(wanted.iter().map(|id| id.0)) {
        lines.extend(store::clients_listed(tx, batch).await?);
    }
    lines.sort_by_key(|line| wanted.iter().position(|id| *id == line.id));
    Ok(lines)
}

fn open_line(keys: &DataKeys, line: ClientLine) -> Result<Line> {
    let open = |column, sealed: &[u8]| client::open(keys, line.id, column, sealed);
    Ok(Line {
        id: line.id,
        name: open("name", &line.name)?,
        email: open("email", &line.email)?,
        phone: open("phone", &line.phone)?,
        tags: read_tags(&open("tags", &line.tags)?),
        marketing: line.marketing_at.is_some(),
        last: line.last_at,
        next: line.next_at,
    })
}

fn read_tags(stored: &str) -> Vec<String> {
    serde_json::from_str(stored).unwrap_or_default()
}

fn check(body: &ClientBody) -> Result<(Details, Vec<String>)> {
    let mut errors = FieldErrors::default();
    let told = Told { name: &body.name, email: &body.email, phone: &body.phone, notes: "" };
    let mut details = client::check(told, Needs::Name, &mut errors);
    details.notes = body.notes.trim().replace("\r\n", "\n");
    if details.notes.chars().count() > LONGEST_NOTES {
        errors.add("notes", "Use at most 10,000 characters.");
    } else if !is_text(&details.notes) {
        errors.add("notes", "Use letters, digits and punctuation.");
    }
    let tags = check_tags(&body.tags, &mut errors);
    errors.finish()?;
    Ok((details, tags))
}

/// What holds now at each field that somebody wants otherwise.
fn differences(now: &Known, wanted: &Details, tags: &[String]) -> FieldErrors {
    let mut fields = FieldErrors::default();
    let texts = [
        ("name", &now.name, &wanted.name),
        ("email", &now.email, &wanted.email),
        ("phone", &now.phone, &wanted.phone),
        ("notes", &now.notes, &wanted.notes),
        ("tags", &now.tags.join(", "), &tags.join(", ")),
    ];
    for (field, now, wanted) in texts {
        if now != wanted {
            let now = if now.is_empty() { "nothing".to_owned() } else { format!("“{now}”") };
            fields.add(field, format!("It is {now} now."));
        }
    }
    fields
}

fn read_cursor(text: &str) -> Result<(Instant, ClientId)> {
    text.split_once('_')
        .and_then(|(micros, id)| {
            let at = jiff::Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
            Some((Instant::from_timestamp(at), id.parse().ok()?))
        })
        .ok_or_else(bad_cursor)
}

fn bad_cursor() -> AppError {
    AppError::field("cursor", "Send the cursor as the page before gave it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_once_and_within_bounds() {
        let tags = |text: &str| {
            let mut errors = FieldErrors::default();
            let kept = check_tags(&typed_tags(text), &mut errors);
            (kept, errors.into_fields().len())
        };
        assert_eq!(tags("VIP, vip , Knee,,  "), (vec!["VIP".to_owned(), "Knee".to_owned()], 0));
        assert_eq!(tags(&"x".repeat(41)).1, 1);
        let many: Vec<String> = (0..21).map(|n| format!("tag {n}")).collect();
        assert_eq!(tags(&many.join(",")).1, 1);
        assert_eq!(tags(&many[..20].join(",")).1, 0);
    }
}
