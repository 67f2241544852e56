//! The ledger: what happened is entered, taken back, or put right by another line that names the one before. Nothing in it is ever changed.

use std::collections::BTreeMap;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    amount::LIMIT,
    badges, celebrations,
    closing::{self, Late},
    contests,
    ids::{EntryId, MetricId, PersonId},
    metrics,
    people::{self, Person},
    period::day_of,
    permissions,
    store::{
        self, Entry, Metric, NewEntry, Watched,
        standing::{self, Closing},
    },
    targets,
};
use crate::{
    clock::{self, Instant},
    crypto::Place,
    db::{Access, DbError},
    error::{AppError, Code, FieldErrors, Result},
    idempotency,
    org::{Actor, By, OrgRef, OrgTx},
    platform::Platform,
    web::is_text,
};

/// The longest note, and the longest reason.
pub const LONGEST_NOTE: usize = 500;
/// The longest name from elsewhere.
const LONGEST_NAME: usize = 200;
/// So many are listed at once.
pub const PAGE: i64 = 50;
/// How far back something may be dated, in years.
const OLDEST_YEARS: i64 = 10;
/// What keys of entries are for.
pub const SCOPE: &str = "scoreboard.enter";

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryBody {
    /// The word of what is counted: `sales`.
    pub metric: String,
    /// Whose it is. Absent: the member’s own.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// In the smallest unit: cents of money, or the last decimal of a number.
    pub value: i64,
    /// When it happened, RFC 3339: `2026-11-24T03:15:00Z`. Absent: now, or at midday where `day` says which.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub happened_at: Option<Timestamp>,
    /// The day on the business’s clock on which it counts: `2026-11-24`. Absent: the day of `happened_at`.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub day: Option<Date>,
    /// A word about it, for who looks it up.
    #[serde(default)]
    pub note: String,
    /// What it is called where it comes from: an invoice’s number. What came in once under a name doesn’t come in again.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// What became of something that was to be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// The line.
    pub id: EntryId,
    /// It is new; otherwise it was there before.
    pub fresh: bool,
    /// It counts once a manager has said yes.
    pub waits: bool,
}

/// How something comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Typed in a form.
    Form,
    /// Typed in the grid.
    Grid,
    /// Taken over from a file.
    File,
    /// Through the API.
    Api,
    /// Told by another program.
    Webhook,
    /// Done in another module.
    Event,
}

impl Source {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Grid => "grid",
            Self::File => "file",
            Self::Api => "api",
            Self::Webhook => "webhook",
            Self::Event => "event",
        }
    }
}

/// Enters something that happened. With `key`, the same request again makes nothing new and answers the same.
///
/// # Errors
/// 404 for a metric or a person that isn't this organisation's, and nothing is written; 403 for who may not enter it; 422 at what is wrong; 409 for a
/// key that another request had.
pub async fn enter(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    body: &EntryBody,
    source: Source,
    key: Option<&str>,
) -> Result<Entered> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Write).await?;
    let id = EntryId::new(tx.now());
    if let Some(key) = key
        && let Some(before) = again(&mut tx, key, body, id).await?
    {
        tx.rollback().await?;
        return Ok(before);
    }
    let entered = enter_in(&mut tx, id, body, source).await?;
    if !entered.fresh {
        // Nothing came of this request, so its key stays free.
        tx.rollback().await?;
        return Ok(entered);
    }
    tx.commit().await?;
    Ok(entered)
}

/// The same in a transaction that goes on.
///
/// # Errors
/// As [`enter`].
pub async fn enter_in(tx: &mut OrgTx, id: EntryId, body: &EntryBody, source: Source) -> Result<Entered> {
    let (entered, added) = write(tx, id, body, source, None).await?;
    if entered.fresh {
        if add_up(tx, added, "value").await? {
            celebrations::counted(tx, &[entered.id]).await?;
        }
        tx.emit("scoreboard.entry_added", entered.id.0).await?;
    }
    Ok(entered)
}

/// Takes a line back: it counts no longer, and stays to be seen with the reason.
///
/// # Errors
/// 404 for a line that isn't this organisation's, or that whoever asks may not see; 403 for one that isn't theirs to take back; 409 where it was taken back
/// before; 422 without a reason.
pub async fn void(platform: &Platform, actor: &Actor, org: &str, id: &str, reason: &str) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Write).await?;
    let entry = to_correct(&mut tx, id).await?;
    void_in(&mut tx, &entry, reason).await?;
    tx.commit().await
}

/// The same in a transaction that goes on.
///
/// # Errors
/// 409 where it was taken back before; 422 without a reason.
pub async fn void_in(tx: &mut OrgTx, entry: &Entry, reason: &str) -> Result<()> {
    take_back(tx, entry, reason).await?;
    add_up(tx, counted(entry, -1), "reason").await?;
    tx.emit("scoreboard.entry_voided", entry.id.0).await
}

/// Puts a line right: it is taken back, and what stands instead names it. All or nothing.
///
/// # Errors
/// As [`void`] and [`enter`].
pub async fn correct(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    body: &EntryBody,
    reason: &str,
) -> Result<EntryId> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Write).await?;
    let entry = to_correct(&mut tx, id).await?;
    take_back(&mut tx, &entry, reason).await?;
    let source = if matches!(tx.by(), By::Token(_)) { Source::Api } else { Source::Form };
    let new = EntryId::new(tx.now());
    // The name that it has where it comes from stays with the line that came from there.
    let body = EntryBody { external_id: None, ..body.clone() };
    let (_, added) = write(&mut tx, new, &body, source, Some(&entry)).await?;
    if add_up(&mut tx, counted(&entry, -1).into_iter().chain(added), "value").await? {
        celebrations::counted(&mut tx, &[new]).await?;
    }
    tx.emit("scoreboard.entry_corrected", entry.id.0).await?;
    tx.commit().await?;
    Ok(new)
}

/// Says yes or no to a line that waits for it.
///
/// # Errors
/// 404 for a line that isn't this organisation's; 409 for one that waits no longer.
pub async fn decide(platform: &Platform, actor: &Actor, org: &str, id: &str, approved: bool) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Write).await?;
    let entry = find(&mut tx, id).await?;
    if entry.voided_at.is_some() || !entry.awaits_approval {
        return Err(AppError::conflict("This entry doesn’t wait for a yes any more."));
    }
    let by = tx.doer();
    if entry.approved.is_some() {
        return Err(AppError::conflict("Somebody said yes or no to this entry already."));
    }
    if store::insert_approval(&mut tx, entry.id, approved, by).await? == 0 {
        return Err(AppError::conflict("Somebody said yes or no to this entry already."));
    }
    if approved {
        if add_up(&mut tx, [Added::of(&entry, 1)], "approved").await? {
            celebrations::counted(&mut tx, &[entry.id]).await?;
        }
        let late = closing::over(&mut tx, &entry.day).await?;
        closing::note_late(&mut tx, &late, entry.id, &entry.day, Late::Approved).await?;
    }
    tx.emit(if approved { "scoreboard.entry_approved" } else { "scoreboard.entry_declined" }, entry.id.0).await?;
    tx.commit().await
}

/// A line counts: it wasn't taken back, and nobody has yet to say yes to it.
pub fn counts(entry: &Entry) -> bool {
    entry.voided_at.is_none() && (!entry.awaits_approval || entry.approved == Some(true))
}

/// A manager has yet to say yes or no to a line.
pub fn waits(entry: &Entry) -> bool {
    entry.voided_at.is_none() && entry.awaits_approval && entry.approved.is_none()
}

/// May whoever asks see and do what only managers can?
pub fn manages(tx: &OrgTx) -> bool {
    tx.by() == By::System || tx.allows(&permissions::MANAGE)
}

/// May whoever asks take this line back, or put it right? Managers may; a member what they entered for themselves.
pub fn may_correct(tx: &OrgTx, entry: &Entry, metric: &Metric, own: Option<&Person>) -> bool {
    if manages(tx) {
        return true;
    }
    let is_theirs = own.is_some_and(|own| own.id == entry.person_id)
        && entry.by_kind == "member"
        && tx.person().is_some_and(|user| entry.by_id == Some(user.0));
    is_theirs && metric.entered_by == "everyone" && tx.allows(&permissions::ENTER)
}

/// Whoever asks may see this line: what is theirs, and of others what everybody sees.
///
/// # Errors
/// 404: what isn't for them isn't there.
pub fn check_seen(tx: &OrgTx, metrics: &[Metric], everybody: &[Person], line: &Entry) -> Result<()> {
    let metric = metrics.iter().find(|metric| metric.id == line.metric_id).ok_or_else(gone)?;
    let person = everybody.iter().find(|person| person.id == line.person_id).ok_or_else(gone)?;
    let is_theirs = people::own(tx, everybody).is_some_and(|own| own.id == person.id);
    // What is for managers alone isn't for whoever it is about, but for what they entered themselves.
    let entered_it = line.by_kind == "member" && tx.person().is_some_and(|user| line.by_id == Some(user.0));
    let is_own = is_theirs && (metric.shown_to != "managers" || entered_it);
    if manages(tx) || is_own || metric.shown_to == "everyone" && !person.opted_out { Ok(()) } else { Err(gone()) }
}

/// A line by its id.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut OrgTx, id: &str) -> Result<Entry> {
    let Ok(id) = id.parse::<EntryId>() else { return Err(gone()) };
    store::entry(tx, id).await?.ok_or_else(gone)
}

/// The note of a line, or why it was taken back, opened; empty where there is none.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn words_of(tx: &mut OrgTx, entry: &Entry) -> Result<(String, String)> {
    let keys = tx.keys().await?;
    let open = |place: Place, sealed: Option<&[u8]>| match sealed {
        None => Ok(String::new()),
        Some(sealed) => keys.open(place, sealed).map_err(|error| {
            tracing::error!(%error, "an entry’s words can’t be opened");
            AppError::internal()
        }),
    };
    let note = open(note_of(entry.id), entry.note.as_deref())?;
    let reason = open(reason_of(entry.id), entry.reason.as_deref())?;
    Ok((note, reason))
}

/// What lines are held against, read once for as many as come in together.
#[derive(Debug, Clone)]
pub struct Desk {
    /// What is counted.
    pub metrics: Vec<Metric>,
    /// Whose results are counted.
    pub everybody: Vec<Person>,
    /// The business's clock.
    zone: TimeZone,
    now: Instant,
    /// How many days ahead something may be dated.
    ahead: i64,
    /// The periods that were closed.
    closed: Vec<Closing>,
}

impl Desk {
    /// As it is now.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn read(tx: &mut OrgTx) -> Result<Self> {
        let metrics = store::metrics(tx).await?;
        let everybody = people::roster(tx).await?;
        let ahead = store::settings(tx).await?.map_or(0, |settings| settings.future_days);
        let closed = standing::closings(tx).await?;
        Ok(Self { metrics, everybody, zone: zone(tx)?, now: tx.now(), ahead, closed })
    }

    /// Today, on the business's clock.
    pub fn today(&self) -> Date {
        day_of(self.now.timestamp(), &self.zone)
    }

    /// The day of an instant, on the business's clock.
    pub fn day_of(&self, at: Timestamp) -> Date {
        day_of(at, &self.zone)
    }

    /// The last day that something may be dated.
    pub fn last_day(&self) -> Date {
        self.today().saturating_add(self.ahead.days())
    }

    /// When something happened that is said to have been on this day at this time of the business's clock.
    pub fn at(&self, day: Date, time: Time) -> Option<Timestamp> {
        self.zone.to_ambiguous_zoned(day.to_datetime(time)).compatible().ok().map(|zoned| zoned.timestamp())
    }
}

/// A line that nothing is wrong with, ready to be written.
#[derive(Debug, Clone)]
pub struct Checked<'d> {
    /// Of what.
    pub metric: &'d Metric,
    /// Whose.
    pub person: &'d Person,
    /// The day on which it counts.
    pub day: Date,
    /// In the metric's smallest unit.
    pub value: i64,
    happened_at: Instant,
    note: String,
    external_id: Option<String>,
    /// The closed periods that its day is in: it comes late.
    late: Vec<Closing>,
}

/// Holds a line against the rules, and reads nothing for it. `replaces`: it stands for one that was just taken back.
///
/// # Errors
/// As [`enter`].
pub fn check<'d>(tx: &OrgTx, desk: &'d Desk, body: &EntryBody, replaces: Option<&Entry>) -> Result<Checked<'d>> {
    let line = checked(tx, desk, body, replaces)?;
    check_open(tx, &line, replaces)?;
    Ok(line)
}

/// In a closed period nothing is entered but by managers, who say why it comes late.
fn check_open(tx: &OrgTx, line: &Checked<'_>, replaces: Option<&Entry>) -> Result<()> {
    let Some(closed) = line.late.first() else { return Ok(()) };
    if !manages(tx) {
        return Err(AppError::field("day", closing::refusal(closed)));
    }
    // What is put right has its reason already.
    if replaces.is_none() && line.note.is_empty() {
        let words = format!("{} is closed. Say in the note why this comes late.", closing::label_of(closed));
        return Err(AppError::field("note", words));
    }
    Ok(())
}

fn checked<'d>(tx: &OrgTx, desk: &'d Desk, body: &EntryBody, replaces: Option<&Entry>) -> Result<Checked<'d>> {
    let metric = metrics::find_key(&desk.metrics, body.metric.trim())?;
    let person = whose(tx, body.person, &desk.everybody)?;
    check_may_enter(tx, metric, person, &desk.everybody)?;
    let mut errors = FieldErrors::default();
    if !metric.is_sum() {
        errors.add("metric", format!("{} is reckoned from others. Enter those.", metric.name));
    } else if !metric.active && replaces.is_none_or(|entry| entry.metric_id != metric.id) {
        errors.add("metric", format!("{} isn’t counted any more.", metric.name));
    }
    if !(-LIMIT..=LIMIT).contains(&body.value) {
        errors.add("value", "That is too large to be counted exactly.");
    }
    let (happened_at, day) = when(desk, body, person, replaces, &mut errors);
    let note = errors.take("note", text(&body.note));
    let external_id = body.external_id.as_deref().map(str::trim).filter(|name| !name.is_empty());
    // A name once taken is taken for ever: nobody takes it from the program that it belongs to.
    if external_id.is_some() && matches!(tx.by(), By::User(_)) && !manages(tx) {
        errors.add("external_id", "Leave it out: programs and managers give it.");
    }
    if external_id.is_some_and(|name| name.chars().count() > LONGEST_NAME || !is_text(name)) {
        errors.add("external_id", "Use at most 200 characters.");
    }
    errors.finish()?;
    let external_id = external_id.map(str::to_owned);
    let late = closing::holding(&desk.closed, &day.to_string()).cloned().collect();
    Ok(Checked { metric, person, day, value: body.value, happened_at, note, external_id, late })
}

/// Writes lines that came in together, each on its own, and adds all of them up at once. None is called as one that is there already where it
/// comes from: whoever writes them has looked, in this transaction.
///
/// # Errors
/// 422 at `value` where a day would come to more than can be counted exactly.
pub async fn write_many(tx: &mut OrgTx, lines: &[Checked<'_>], source: Source) -> Result<Vec<Entered>> {
    let (mut entered, mut added) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
    for line in lines {
        let id = EntryId::new(tx.now());
        let (one, adds) = insert(tx, id, line, source, None).await?;
        entered.push(one);
        added.extend(adds);
    }
    let is_celebrated = add_up(tx, added, "value").await?;
    // A file tells what was: nobody celebrates it.
    if is_celebrated && source != Source::File {
        let ids: Vec<EntryId> = entered.iter().map(|one| one.id).collect();
        celebrations::counted(tx, &ids).await?;
    }
    Ok(entered)
}

/// Takes lines back that came in together, for one reason: those that weren't taken back before. Gives how many.
///
/// # Errors
/// 422 without a reason.
pub async fn void_many(tx: &mut OrgTx, lines: &[Entry], reason: &str) -> Result<usize> {
    let (mut taken, mut less) = (0, Vec::new());
    for line in lines {
        if line.voided_at.is_none() {
            take_back(tx, line, reason).await?;
            taken += 1;
            less.extend(counted(line, -1));
        }
    }
    add_up(tx, less, "reason").await?;
    Ok(taken)
}

/// Writes a line, and says what it adds to totals. `replaces`: it stands for one that was just taken back.
async fn write(
    tx: &mut OrgTx,
    id: EntryId,
    body: &EntryBody,
    source: Source,
    replaces: Option<&Entry>,
) -> Result<(Entered, Option<Added>)> {
    let desk = Desk::read(tx).await?;
    let line = checked(tx, &desk, body, replaces)?;
    if let Some(name) = line.external_id.as_deref()
        && let Some(before) = store::entry_called(tx, line.metric.id, name).await?
    {
        let entry = store::entry(tx, before).await?.ok_or_else(gone)?;
        if (entry.person_id, &entry.day, entry.value) != (line.person.id, &line.day.to_string(), line.value) {
            return Err(AppError::conflict(
                "An entry with this external id is there already, of another amount, day or person. Put that one right instead.",
            ));
        }
        return Ok((Entered { id: before, fresh: false, waits: waits(&entry) }, None));
    }
    // What is there already is there, whatever was closed since.
    check_open(tx, &line, replaces)?;
    insert(tx, id, &line, source, replaces).await
}

async fn insert(
    tx: &mut OrgTx,
    id: EntryId,
    line: &Checked<'_>,
    source: Source,
    replaces: Option<&Entry>,
) -> Result<(Entered, Option<Added>)> {
    let awaits_approval = line.metric.approval && !manages(tx);
    let (keys, by) = (tx.keys().await?, tx.doer());
    let new = NewEntry {
        id,
        metric: line.metric.id,
        person: line.person.id,
        day: line.day.to_string(),
        happened_at: line.happened_at,
        value: line.value,
        note: (!line.note.is_empty()).then(|| keys.seal(note_of(id), &line.note)),
        source: source.as_str(),
        external_id: line.external_id.as_deref(),
        by,
        entered_at: tx.now(),
        awaits_approval,
        replaces: replaces.map(|entry| entry.id),
    };
    if !store::insert_entry(tx, &new).await? {
        return Err(AppError::conflict("An entry with this external id just came in. Please look at it again."));
    }
    if !awaits_approval {
        closing::note_late(tx, &line.late, id, &new.day, Late::Entered).await?;
    }
    let added = Added { metric: line.metric.id, person: line.person.id, day: new.day, value: line.value, entries: 1 };
    Ok((Entered { id, fresh: true, waits: awaits_approval }, (!awaits_approval).then_some(added)))
}

async fn to_correct(tx: &mut OrgTx, id: &str) -> Result<Entry> {
    let entry = find(tx, id).await?;
    let all = store::metrics(tx).await?;
    let everybody = people::roster(tx).await?;
    let metric = all.iter().find(|metric| metric.id == entry.metric_id).ok_or_else(gone)?;
    let own = people::own(tx, &everybody);
    if may_correct(tx, &entry, metric, own) {
        return Ok(entry);
    }
    // What they may not see isn't there for them.
    check_seen(tx, &all, &everybody, &entry)?;
    Err(AppError::new(
        Code::Forbidden,
        "Ask a manager to put this right: you can change what you entered for yourself.",
    ))
}

async fn take_back(tx: &mut OrgTx, entry: &Entry, reason: &str) -> Result<()> {
    let late = closing::over(tx, &entry.day).await?;
    if let Some(closed) = late.first().filter(|_| !manages(tx)) {
        return Err(AppError::new(Code::Forbidden, closing::refusal(closed)));
    }
    let reason = text(reason).map_err(|words| AppError::field("reason", words))?;
    if reason.is_empty() {
        return Err(AppError::field("reason", "Say why, for whoever looks at it later."));
    }
    let (keys, by) = (tx.keys().await?, tx.doer());
    let sealed = keys.seal(reason_of(entry.id), &reason);
    if entry.voided_at.is_some() || store::insert_void(tx, entry.id, &sealed, by).await? == 0 {
        return Err(AppError::conflict("This entry was taken back already."));
    }
    if counts(entry) {
        closing::note_late(tx, &late, entry.id, &entry.day, Late::Voided).await?;
    }
    Ok(())
}

/// What a line adds to what a day comes to.
struct Added {
    metric: MetricId,
    person: PersonId,
    day: String,
    value: i64,
    entries: i64,
}

impl Added {
    fn of(entry: &Entry, times: i64) -> Self {
        let (metric, person, day) = (entry.metric_id, entry.person_id, entry.day.clone());
        Self { metric, person, day, value: entry.value * times, entries: times }
    }
}

/// What a line that counts adds, so many times.
fn counted(entry: &Entry, times: i64) -> Option<Added> {
    counts(entry).then(|| Added::of(entry, times))
}

/// Adds all of it up: of each day what comes of it in the end, so that nothing on the way there is too large. What looks at results of a metric is
/// asked in one statement, and looks only where there is something to see. `true`: some of them are celebrated from an amount on.
async fn add_up(tx: &mut OrgTx, all: impl IntoIterator<Item = Added>, field: &str) -> Result<bool> {
    let mut days: BTreeMap<(MetricId, PersonId, String), (i64, i64)> = BTreeMap::new();
    for one in all {
        let day = days.entry((one.metric, one.person, one.day)).or_default();
        *day = (day.0.saturating_add(one.value), day.1 + one.entries);
    }
    for ((metric, person, day), (value, entries)) in &days {
        match store::add_to_total(tx, *metric, *person, day, *value, *entries).await {
            Ok(()) => {}
            Err(DbError::Rule(_)) => {
                return Err(AppError::field(
                    field,
                    "With this, the day would come to more than can be counted exactly.",
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let today = day_of(tx.now().timestamp(), &zone(tx)?).to_string();
    let mut watched: BTreeMap<MetricId, Watched> = BTreeMap::new();
    for (metric, ..) in days.keys() {
        if !watched.contains_key(metric) {
            watched.insert(*metric, store::watched(tx, *metric, &today).await?);
        }
    }
    let (mut nearer, mut of_badges, mut of_races) = (Vec::new(), Vec::new(), Vec::new());
    for (key, (value, _)) in days {
        let Some(watched) = watched.get(&key.0) else { continue };
        if value > 0 && watched.targets_from.as_ref().is_some_and(|from| *from <= key.2) {
            nearer.push(key.clone());
        }
        if watched.badges {
            of_badges.push(key.clone());
        }
        if watched.races {
            of_races.push(key);
        }
    }
    targets::after_changes(tx, &nearer).await?;
    badges::after_changes(tx, &of_badges).await?;
    contests::after_changes(tx, &of_races).await?;
    Ok(watched.into_values().any(|one| one.celebrated))
}

/// Whose it is: whoever is named, or the member who asks.
fn whose<'p>(tx: &OrgTx, named: Option<PersonId>, everybody: &'p [Person]) -> Result<&'p Person> {
    match named {
        Some(id) => everybody.iter().find(|person| person.id == id).ok_or_else(people::nobody),
        None => people::own(tx, everybody)
            .ok_or_else(|| AppError::field("person", "Say whose it is: no results are counted of yourself.")),
    }
}

fn check_may_enter(tx: &OrgTx, metric: &Metric, person: &Person, everybody: &[Person]) -> Result<()> {
    let may = match (tx.by(), metric.entered_by.as_str()) {
        (By::System, _) | (By::Token(_), "everyone" | "programs") => true,
        (_, "programs") => false,
        _ => manages(tx),
    };
    if may {
        return Ok(());
    }
    let words = match metric.entered_by.as_str() {
        "everyone" if people::own(tx, everybody).is_some_and(|own| own.id == person.id) => return Ok(()),
        "everyone" => "You can enter what is yours. Ask a manager to enter what is somebody else’s.",
        "managers" => "A manager enters this.",
        _ => "This comes in by itself, through the API.",
    };
    Err(AppError::new(Code::Forbidden, words))
}

/// When it happened, and the day on the business's clock on which it counts.
fn when(
    desk: &Desk,
    body: &EntryBody,
    person: &Person,
    replaces: Option<&Entry>,
    errors: &mut FieldErrors,
) -> (Instant, Date) {
    let (zone, now, ahead, today) = (&desk.zone, desk.now, desk.ahead, desk.today());
    let (at, day) = match (body.happened_at, body.day) {
        (None, None) => (now.timestamp(), today),
        (None, Some(day)) if day == today => (now.timestamp(), day),
        (None, Some(day)) => (midday(day, zone).unwrap_or(now.timestamp()), day),
        (Some(at), None) => (at, day_of(at, zone)),
        (Some(at), Some(day)) => {
            if day_of(at, zone) != day {
                errors.add("day", "That isn’t the day of happened_at on the business’s clock.");
            }
            (at, day)
        }
    };
    let (first, last) = (today.saturating_sub(OLDEST_YEARS.years()), desk.last_day());
    // What is put right was theirs on that day already, whatever was said since of when they were there.
    let was_then = replaces.is_some_and(|entry| entry.person_id == person.id && entry.day == day.to_string());
    if day > last {
        errors.add(
            "day",
            match ahead {
                0 => "Choose today or a day before.".to_owned(),
                1 => "Choose tomorrow at the latest.".to_owned(),
                ahead => format!("Choose a day at most {ahead} days ahead."),
            },
        );
    } else if day < first {
        errors.add("day", "Choose a day of the last ten years.");
    } else if !person.belongs_on(day) && !was_then {
        errors.add("day", format!("{} wasn’t with you on that day.", person.name));
    }
    (Instant::from_timestamp(at), day)
}

fn midday(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_zoned(day.at(12, 0, 0, 0)).compatible().ok().map(|zoned| zoned.timestamp())
}

/// The organisation's clock.
///
/// # Errors
/// Its zone isn't one.
pub fn zone(tx: &OrgTx) -> Result<TimeZone> {
    clock::zone(&tx.org().zone)
}

/// What a request with this key came to, if it was made before; otherwise it is noted that it is being done.
async fn again(tx: &mut OrgTx, key: &str, body: &EntryBody, id: EntryId) -> Result<Option<Entered>> {
    let said = serde_json::to_string(body).unwrap_or_default();
    let Some(before) = idempotency::again(tx, SCOPE, key, &said, id.0).await? else { return Ok(None) };
    let id = EntryId(before);
    let waits = store::entry(tx, id).await?.is_some_and(|entry| waits(&entry));
    Ok(Some(Entered { id, fresh: false, waits }))
}

/// A note or a reason as it is kept, or what to do about it.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn text(typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim();
    if typed.chars().count() > LONGEST_NOTE {
        return Err("Use at most 500 characters.");
    }
    if !is_text(typed) {
        return Err("Use letters, digits and punctuation.");
    }
    Ok(typed.to_owned())
}

fn note_of(id: EntryId) -> Place {
    Place { table: "scoreboard_entries", column: "note", row: id.0 }
}

fn reason_of(id: EntryId) -> Place {
    Place { table: "scoreboard_voids", column: "reason", row: id.0 }
}

fn gone() -> AppError {
    AppError::not_found("that entry")
}
