//! Closed periods: what each figure was when a manager closed it, and what was changed since, in the open.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    amount,
    board::{self, Asked, Board, Book, Of},
    entries::{self, text},
    ids::{ClosingId, EntryId, MetricId, PersonId, TeamId},
    period::{Kind, Period, day_of},
    permissions,
    ranking::Ties,
    store::standing::{self, ClosedFigure, Closing, LateChange},
    store::{self, Metric},
};
use crate::{
    clock::Instant,
    crypto::Place,
    db::Access,
    error::{AppError, FieldErrors, Result},
    ids::OrgId,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
};

/// What can be closed, in the order in which people choose, and how many of those that are over are offered.
const OFFERED: [(Kind, usize); 7] = [
    (Kind::Month, 6),
    (Kind::FinancialQuarter, 3),
    (Kind::FinancialYear, 2),
    (Kind::Quarter, 2),
    (Kind::Year, 1),
    (Kind::Fortnight, 4),
    (Kind::Week, 6),
];
/// So many late changes are shown of a period.
const MOST_SHOWN: i64 = 500;
/// Of whom the figure is that all of it comes to.
const ALL: &str = "all";

/// A period to close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseBody {
    /// `month:2026-10-01`: a week, fortnight, month, quarter, year, or a quarter or year of the financial year, that is over.
    pub period: String,
    /// A word about it, for whoever looks at it later.
    #[serde(default)]
    pub note: String,
}

/// Why a closed period is opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenBody {
    /// For whoever looks at it later.
    pub reason: String,
}

/// How a line was changed in a closed period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// It was entered.
    Entered,
    /// It was taken back.
    Voided,
    /// A manager said yes to it.
    Approved,
}

impl Late {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Voided => "voided",
            Self::Approved => "approved",
        }
    }
}

/// Closes a period: each figure is kept as it is now, and from now on whatever is changed in it is a late change.
///
/// # Errors
/// As [`OrgTx::open`]; 422 at `period` for one that can't be closed or isn't over; 409 for one that is closed already.
pub async fn close(platform: &Platform, actor: &Actor, org: &str, body: &CloseBody) -> Result<ClosingId> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Write).await?;
    let id = close_in(&mut tx, body).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same in a transaction that goes on.
///
/// # Errors
/// As [`close`].
pub async fn close_in(tx: &mut OrgTx, body: &CloseBody) -> Result<ClosingId> {
    let book = board::book(tx).await?;
    let mut errors = FieldErrors::default();
    let asked = errors.take("period", closable(&book, body.period.trim()).map(Some));
    let note = errors.take("note", text(&body.note));
    errors.finish()?;
    let Some((kind, period)) = asked else { return Err(AppError::internal()) };
    let (from, until) = (period.from.to_string(), period.until.to_string());
    let closed = standing::closed_over(tx, &from, &until).await?;
    if closed.iter().any(|one| one.kind == kind.as_str() && one.from_day == from && one.until_day == until) {
        return Err(AppError::conflict(format!("{} is closed already.", period.label())));
    }
    let figures = figures(tx, &book, &period).await?;
    let id = ClosingId::new(tx.now());
    let (keys, by) = (tx.keys().await?, tx.doer());
    let sealed = (!note.is_empty()).then(|| keys.seal(note_of(id), &note));
    standing::insert_closing(tx, id, kind.as_str(), (&from, &until), sealed.as_deref(), by).await?;
    for figure in &figures {
        standing::insert_closed_figure(tx, id, figure).await?;
    }
    tx.emit("scoreboard.period_closed", id.0).await?;
    Ok(id)
}

/// Opens a closed period again. What was kept of it when it was closed stays to be seen.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for one that isn't this organisation's; 409 for one that is open again; 422 without a reason.
pub async fn reopen(platform: &Platform, actor: &Actor, org: &str, id: &str, reason: &str) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Write).await?;
    let closing = find(&mut tx, id).await?;
    let reason = text(reason).map_err(|words| AppError::field("reason", words))?;
    if reason.is_empty() {
        return Err(AppError::field("reason", "Say why, for whoever looks at it later."));
    }
    if closing.reopened_at.is_some() {
        return Err(AppError::conflict("This period was opened again already."));
    }
    let (keys, by) = (tx.keys().await?, tx.doer());
    let sealed = keys.seal(reason_of(closing.id), &reason);
    standing::insert_reopening(&mut tx, closing.id, &sealed, by).await?;
    tx.emit("scoreboard.period_reopened", closing.id.0).await?;
    tx.commit().await
}

/// The closed periods that a day is in, the shortest first.
///
/// # Errors
/// The database is busy.
pub async fn over(tx: &mut OrgTx, day: &str) -> Result<Vec<Closing>> {
    let Some(next) = day.parse::<Date>().ok().and_then(|day| day.tomorrow().ok()) else { return Ok(Vec::new()) };
    Ok(standing::closed_over(tx, day, &next.to_string()).await?)
}

/// Those of the closed periods that a day is in.
pub fn holding<'c>(closed: &'c [Closing], day: &str) -> impl Iterator<Item = &'c Closing> {
    closed
        .iter()
        .filter(move |one| one.reopened_at.is_none() && one.from_day.as_str() <= day && day < one.until_day.as_str())
}

/// "October 2026 is closed. Ask a manager."
pub fn refusal(closing: &Closing) -> String {
    format!("{} is closed. Ask a manager.", label_of(closing))
}

/// "October 2026"
pub fn label_of(closing: &Closing) -> String {
    period_of(closing).map_or_else(|| "That period".to_owned(), |period| period.label())
}

/// The days that were closed.
pub fn period_of(closing: &Closing) -> Option<Period> {
    let (from, until) = (closing.from_day.parse().ok()?, closing.until_day.parse().ok()?);
    Some(Period { from, until, kind: Some(Kind::parse(&closing.kind)?) })
}

/// Notes that a line was changed in these closed periods.
///
/// # Errors
/// The database is busy.
pub async fn note_late(tx: &mut OrgTx, closed: &[Closing], entry: EntryId, day: &str, what: Late) -> Result<()> {
    let by = tx.doer();
    for closing in holding(closed, day) {
        standing::insert_late_change(tx, closing.id, (entry, day), what.as_str(), by).await?;
    }
    Ok(())
}

/// The period that can be closed: it is over, and of a kind that is closed.
fn closable(book: &Book, key: &str) -> Result<(Kind, Period), String> {
    let period = Period::parse(key, &book.calendar);
    let found = period.and_then(|period| Some((period.kind?, period)));
    let (kind, period) = found
        .filter(|(kind, _)| OFFERED.iter().any(|(offered, _)| offered == kind))
        .ok_or("Choose a week, a fortnight, a month, a quarter or a year.")?;
    if period.until > book.today {
        return Err(format!("{} isn’t over yet. Choose another, or close it once it is.", period.label()));
    }
    Ok((kind, period))
}

/// What everybody, every team and all together come to now, in each metric's smallest unit. What is nothing is left out. Those who want to be on no
/// board are among it: what they did is a part of what was closed.
async fn figures(tx: &mut OrgTx, book: &Book, period: &Period) -> Result<Vec<ClosedFigure>> {
    let mut book = book.clone();
    for person in &mut book.everybody.people {
        person.opted_out = false;
    }
    let org = tx.id().0;
    let mut figures = Vec::new();
    let groups = Of::ALL
        .into_iter()
        .filter(|of| *of == Of::People || book.everybody.teams.iter().any(|team| team.kind == of.kind()));
    let groups: Vec<Of> = groups.collect();
    for metric in &book.metrics {
        for of in &groups {
            let asked = Asked {
                metric: metric.key.clone(),
                period: format!("range:{}:{}", period.from, period.last()),
                of: *of,
                team: None,
                ties: Ties::Shared,
            };
            let board = board::of(tx, &book, &asked).await?;
            let lines = board.lines.into_iter().map(|line| (of.as_str(), line.id, line.value));
            let all = (*of == Of::People).then_some((ALL, org, board.total));
            for (of_what, subject_id, value) in lines.chain(all) {
                let value = value.and_then(|value| value.round_to(metric.unit().decimals()));
                let Some(value) = value.filter(|value| *value != 0 || !metric.is_sum()) else { continue };
                figures.push(ClosedFigure { metric_id: metric.id, of_what: of_what.to_owned(), subject_id, value });
            }
        }
    }
    Ok(figures)
}

async fn find(tx: &mut OrgTx, id: &str) -> Result<Closing> {
    let gone = || AppError::not_found("that closed period");
    let id: ClosingId = id.parse().map_err(|_| gone())?;
    standing::closing(tx, id).await?.ok_or_else(gone)
}

/// A period that was closed, in words.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its id.
    pub id: ClosingId,
    /// Which days.
    pub period: Period,
    /// "3 November 2026"
    pub on: String,
    /// Who closed it.
    pub by: String,
    /// A word about it; empty: none.
    pub note: String,
    /// So much was changed in it since.
    pub late: i64,
    /// When it was opened again, by whom and why.
    pub reopened: Option<(String, String, String)>,
    /// The same to the microsecond.
    pub closed_at: Instant,
}

/// The page of closed periods.
#[derive(Debug, Clone)]
pub struct ClosingsPage {
    /// What can be closed: key and label.
    pub open: Vec<(String, String)>,
    /// What was closed, the latest days first.
    pub closed: Vec<Told>,
}

/// The page of a closed period.
#[derive(Debug, Clone)]
pub struct ClosingPage {
    /// It.
    pub told: Told,
    /// Each metric's figures.
    pub metrics: Vec<Compared>,
    /// What was changed since, the earliest first.
    pub late: Vec<LateLine>,
    /// They can open it again.
    pub may_reopen: bool,
}

/// A metric's figures, as they were when the period was closed and as they are.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Its word.
    pub key: String,
    /// What is counted.
    pub metric: String,
    /// All together, then branches, teams and people.
    pub rows: Vec<Row>,
}

/// A figure then and now.
#[derive(Debug, Clone)]
pub struct Row {
    /// Whose: "Everybody", "Team North", "Ada".
    pub who: String,
    /// `people`, `teams`, `branches` or `all`.
    pub of: String,
    /// Of whom; the organisation's own id for all.
    pub id: Uuid,
    /// What it was.
    pub then: Option<i64>,
    /// What it is.
    pub now: Option<i64>,
    /// The same for people, and the difference: "+$50.00".
    pub shown: (String, String, String),
    /// The lines that made the difference.
    pub lines: Vec<EntryId>,
}

impl Row {
    /// It is another now.
    pub fn differs(&self) -> bool {
        self.then != self.now
    }
}

/// A line that was changed after its period was closed.
#[derive(Debug, Clone)]
pub struct LateLine {
    /// Which.
    pub entry: EntryId,
    /// `entered`, `voided` or `approved`.
    pub what: String,
    /// "$50.00 of Sales for Ada, 12 October 2026"
    pub words: String,
    /// Who changed it.
    pub by: String,
    /// "3 November 2026, 9:05 am"
    pub at: String,
    /// The same to the microsecond.
    pub made_at: Instant,
}

/// The page of closed periods.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str) -> Result<ClosingsPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Read).await?;
    let calendar = board::calendar(&mut tx).await?;
    let today = day_of(tx.now().timestamp(), &entries::zone(&tx)?);
    let all = standing::closings(&mut tx).await?;
    let late: BTreeMap<ClosingId, i64> = standing::late_by_closing(&mut tx).await?.into_iter().collect();
    let is_closed = |period: &Period| {
        let same = |one: &Closing| one.reopened_at.is_none() && period_of(one).as_ref() == Some(period);
        all.iter().any(same)
    };
    let mut open = Vec::new();
    for (kind, count) in OFFERED {
        let Some(running) = calendar.containing(kind, today) else { continue };
        let before = std::iter::successors(calendar.previous(&running), |period| calendar.previous(period)).take(count);
        open.extend(before.filter(|period| !is_closed(period)).map(|period| (period.key(), period.label())));
    }
    let names = names(&mut tx).await?;
    let mut closed = Vec::with_capacity(all.len());
    for closing in all {
        let count = late.get(&closing.id).copied().unwrap_or(0);
        closed.extend(told(&mut tx, &closing, &names, count).await?);
    }
    tx.rollback().await?;
    Ok(ClosingsPage { open, closed })
}

/// A closed period: each figure when it was closed and now, and the lines that made the difference.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for one that isn't this organisation's.
pub async fn one(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<ClosingPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Read).await?;
    let closing = find(&mut tx, id).await?;
    let book = board::book(&mut tx).await?;
    let changes = standing::late_changes(&mut tx, closing.id, MOST_SHOWN).await?;
    let names = names(&mut tx).await?;
    let count: i64 = standing::late_by_metric(&mut tx, closing.id).await?.into_iter().map(|(_, count)| count).sum();
    let told = told(&mut tx, &closing, &names, count).await?.ok_or_else(AppError::internal)?;
    let then = standing::closed_figures(&mut tx, closing.id).await?;
    let now = figures(&mut tx, &book, &told.period).await?;
    let metrics = compared(&book, tx.id().0, (then, now), &changes);
    let zone = entries::zone(&tx)?;
    let line = |change: &LateChange| {
        let metric = book.metrics.iter().find(|metric| metric.id == change.metric_id)?;
        let person = book.everybody.people.iter().find(|person| person.id == change.person_id)?;
        let figure = amount::show(change.value, &metric.unit());
        let day = change.day.parse::<Date>().map(|day| day.strftime("%-d %B %Y").to_string()).unwrap_or_default();
        let at = change.made_at.timestamp().to_zoned(zone.clone()).strftime("%-d %B %Y, %-I:%M %P").to_string();
        Some(LateLine {
            entry: change.entry_id,
            what: change.what.clone(),
            words: format!("{figure} of {} for {}, {day}", metric.name, person.name),
            by: who(&names, &change.by_kind, change.by_id),
            at,
            made_at: change.made_at,
        })
    };
    let late = changes.iter().filter_map(line).collect();
    let may_reopen = closing.reopened_at.is_none() && tx.allows(&permissions::SET_UP);
    tx.rollback().await?;
    Ok(ClosingPage { told, metrics, late, may_reopen })
}

/// What a board says of its period being closed.
#[derive(Debug, Clone)]
pub struct Shut {
    /// The closing.
    pub id: ClosingId,
    /// "October 2026", which the board's days are in.
    pub label: String,
    /// "3 November 2026"
    pub on: String,
    /// Who closed it.
    pub by: String,
    /// So much was changed since of what the board shows.
    pub late: i64,
    /// The same to the microsecond.
    pub closed_at: Instant,
}

/// Whether the days of a board are closed, all of them; the shortest closed period that has them.
///
/// # Errors
/// The database is busy.
pub async fn of_board(tx: &mut OrgTx, book: &Book, board: &Board) -> Result<Option<Shut>> {
    if board.running {
        return Ok(None);
    }
    let (from, until) = (board.period.from.to_string(), board.period.until.to_string());
    let Some(closing) = standing::closed_over(tx, &from, &until).await?.into_iter().next() else { return Ok(None) };
    let leaves = board::leaves_of(book, &board.metric);
    let late = standing::late_by_metric(tx, closing.id).await?;
    let late = late.into_iter().filter(|(metric, _)| leaves.contains(metric)).map(|(_, count)| count).sum();
    let names = names(tx).await?;
    let on = closing.closed_at.day_in(entries::zone(tx)?);
    let by = who(&names, &closing.by_kind, closing.by_id);
    Ok(Some(Shut { id: closing.id, label: label_of(&closing), on, by, late, closed_at: closing.closed_at }))
}

type Names = BTreeMap<Uuid, String>;

async fn names(tx: &mut OrgTx) -> Result<Names> {
    Ok(members::all(tx).await?.into_iter().map(|member| (member.user.0, member.name)).collect())
}

fn who(names: &Names, kind: &str, id: Option<Uuid>) -> String {
    match (kind, id) {
        ("member", Some(id)) => names.get(&id).cloned().unwrap_or_else(|| "somebody who has left".to_owned()),
        ("token", _) => "a program".to_owned(),
        _ => "Devalo".to_owned(),
    }
}

/// `None` for days that aren't any, which the database doesn't have.
async fn told(tx: &mut OrgTx, closing: &Closing, names: &Names, late: i64) -> Result<Option<Told>> {
    let Some(period) = period_of(closing) else { return Ok(None) };
    let (zone, keys) = (entries::zone(tx)?, tx.keys().await?);
    let open = |place: Place, sealed: Option<&[u8]>| match sealed {
        None => Ok(String::new()),
        Some(sealed) => keys.open(place, sealed).map_err(|error| {
            tracing::error!(%error, "the words of a closed period can’t be opened");
            AppError::internal()
        }),
    };
    let note = open(note_of(closing.id), closing.note.as_deref())?;
    let reason = open(reason_of(closing.id), closing.reason.as_deref())?;
    let reopened = closing.reopened_at.map(|at| {
        let by = who(names, closing.reopened_by_kind.as_deref().unwrap_or_default(), closing.reopened_by_id);
        (at.day_in(zone.clone()), by, reason)
    });
    let (on, by) = (closing.closed_at.day_in(zone), who(names, &closing.by_kind, closing.by_id));
    Ok(Some(Told { id: closing.id, period, on, by, note, late, reopened, closed_at: closing.closed_at }))
}

/// The figures of both times side by side. Who wants to be on no board has no row of their own.
fn compared(
    book: &Book,
    org: Uuid,
    (then, now): (Vec<ClosedFigure>, Vec<ClosedFigure>),
    changes: &[LateChange],
) -> Vec<Compared> {
    type Key = (MetricId, String, Uuid);
    let by_key = |figures: Vec<ClosedFigure>| {
        let keyed = figures.into_iter().map(|one| ((one.metric_id, one.of_what, one.subject_id), one.value));
        keyed.collect::<BTreeMap<Key, i64>>()
    };
    let (then, now) = (by_key(then), by_key(now));
    let mut metrics = Vec::new();
    for metric in &book.metrics {
        let leaves = board::leaves_of(book, metric);
        let mut rows = Vec::new();
        for (place, name, of, id) in subjects(book, org) {
            let key = (metric.id, of.to_owned(), id);
            if !then.contains_key(&key) && !now.contains_key(&key) {
                continue;
            }
            let nothing = metric.is_sum().then_some(0);
            let (then, now) = (then.get(&key).copied().or(nothing), now.get(&key).copied().or(nothing));
            let made =
                changes.iter().filter(|change| leaves.contains(&change.metric_id) && is_of(book, of, id, change));
            let lines: BTreeSet<EntryId> = made.map(|change| change.entry_id).collect();
            let shown = shown(metric, then, now);
            let row = Row { who: name, of: of.to_owned(), id, then, now, shown, lines: lines.into_iter().collect() };
            rows.push((place, row));
        }
        rows.sort_by_key(|(place, _)| *place);
        if !rows.is_empty() {
            let rows = rows.into_iter().map(|(_, row)| row).collect();
            metrics.push(Compared { key: metric.key.clone(), metric: metric.name.clone(), rows });
        }
    }
    metrics
}

/// Whoever has a row: where it goes, their name, what they are, and their id.
fn subjects(book: &Book, org: Uuid) -> impl Iterator<Item = (u8, String, &'static str, Uuid)> {
    let all = (0, "Everybody".to_owned(), ALL, org);
    let teams = book.everybody.teams.iter().map(|team| match team.kind.as_str() {
        "branch" => (1, team.name.clone(), Of::Branches.as_str(), team.id.0),
        _ => (2, team.name.clone(), Of::Teams.as_str(), team.id.0),
    });
    let people = book.everybody.people.iter().filter(|person| !person.opted_out);
    let people = people.map(|person| (3, person.name.clone(), Of::People.as_str(), person.id.0));
    std::iter::once(all).chain(teams).chain(people)
}

/// A change is one of what this figure is made of.
fn is_of(book: &Book, of: &str, id: Uuid, change: &LateChange) -> bool {
    match of {
        ALL => true,
        "people" => change.person_id == PersonId(id),
        _ => book.everybody.memberships.iter().any(|one| {
            one.team_id == TeamId(id)
                && one.person_id == change.person_id
                && one.since <= change.day
                && one.until.as_ref().is_none_or(|last| *last >= change.day)
        }),
    }
}

/// What it was, what it is, and the difference.
fn shown(metric: &Metric, then: Option<i64>, now: Option<i64>) -> (String, String, String) {
    let unit = metric.unit();
    let figure = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), |value| amount::show(value, &unit));
    let difference = match (then, now) {
        (Some(then), Some(now)) if then == now => "–".to_owned(),
        (Some(then), Some(now)) => {
            let difference = now.saturating_sub(then);
            let sign = if difference > 0 { "+" } else { "" };
            format!("{sign}{}", amount::show(difference, &unit))
        }
        _ => "–".to_owned(),
    };
    (figure(then), figure(now), difference)
}

fn note_of(id: ClosingId) -> Place {
    Place { table: "scoreboard_closings", column: "note", row: id.0 }
}

fn reason_of(id: ClosingId) -> Place {
    Place { table: "scoreboard_reopenings", column: "reason", row: id.0 }
}

/// All that was closed, for the organisation's own copy of it, with what was sealed opened.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn opened(tx: &mut OrgTx) -> Result<Vec<(Closing, String, String)>> {
    let mut all = Vec::new();
    for closing in standing::closings(tx).await? {
        if let Some(told) = told(tx, &closing, &BTreeMap::new(), 0).await? {
            let reason = told.reopened.map(|(_, _, reason)| reason).unwrap_or_default();
            all.push((closing, told.note, reason));
        }
    }
    Ok(all)
}

/// The demo business: its manager has closed the month before the last, and taken something back in it since.
///
/// # Errors
/// The database is busy.
pub async fn seed(platform: &Platform, org: OrgId, by: &Actor) -> Result<()> {
    let mut tx = OrgTx::open(platform, by, OrgRef::Id(org), &permissions::MANAGE, Access::Write).await?;
    let book = board::book(&mut tx).await?;
    let running = book.calendar.containing(Kind::Month, book.today);
    let last = running.and_then(|running| book.calendar.previous(&running));
    let Some(month) = last.and_then(|last| book.calendar.previous(&last)) else { return tx.rollback().await };
    let body = CloseBody { period: month.key(), note: "Commissions are paid from these.".to_owned() };
    close_in(&mut tx, &body).await?;
    let (from, until) = (month.from.to_string(), month.until.to_string());
    let sales = book.metrics.iter().find(|metric| metric.key == "sales").map(|metric| metric.id);
    let lines = store::entries(&mut tx, (sales, None), (&from, &until), None, entries::PAGE).await?;
    if let Some(line) = lines.iter().find(|line| entries::counts(line) && line.value > 0) {
        entries::void_in(&mut tx, line, "The client had the money back.").await?;
    }
    tx.commit().await
}
