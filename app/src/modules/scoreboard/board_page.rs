//! What the scoreboard's pages show, read in one go each.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{
    amount::{self, Unit},
    bests::{self, Improvement},
    board::{self, Asked, Board, Book},
    closing::{self, Shut},
    entries::{self, check_seen, counts, manages, may_correct, words_of},
    ids::EntryId,
    people::{self, Person},
    period::Period,
    permissions,
    snapshots::{self, Moved},
    store::{self, Entry, Metric, standing},
    team_view::sees_team,
};
use crate::{
    db::Access,
    error::{AppError, Result},
    ids::fresh,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
};

/// The board's page.
#[expect(clippy::struct_excessive_bools, reason = "each is asked by itself")]
#[derive(Debug, Clone)]
pub struct BoardPage {
    /// `None`: nothing is counted yet, or nothing that they may see.
    pub board: Option<Board>,
    /// What can be chosen: word and name.
    pub metrics: Vec<(String, String)>,
    /// What can be chosen: id and name.
    pub teams: Vec<(String, String)>,
    /// There are branches.
    pub has_branches: bool,
    /// The periods beside it, where there are: before, and after if it has begun.
    pub beside: (Option<Period>, Option<Period>),
    /// So many lines wait for a yes of theirs.
    pub waiting: usize,
    /// They may set it up.
    pub may_set_up: bool,
    /// They may enter something.
    pub may_enter: bool,
    /// Somebody's results are counted.
    pub has_people: bool,
    /// The organisation's sequence: what is shown is of then.
    pub sequence: i64,
    /// How places changed since yesterday.
    pub moved: BTreeMap<Uuid, Moved>,
    /// Its days are closed.
    pub shut: Option<Shut>,
    /// Who gained most against the period before, where that was asked for.
    pub improved: Option<Improvement>,
    /// They may close periods.
    pub manages: bool,
    /// The board is of a team that they see person by person.
    pub sees_team: bool,
}

/// What else is asked of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Also {
    /// Only who has a result.
    pub results: bool,
    /// Who gained most against the period before.
    pub improved: bool,
}

/// A board as it is shown: how its places changed, and whether its days are closed.
#[derive(Debug, Clone)]
pub struct Shown {
    /// It.
    pub board: Board,
    /// How places changed since yesterday.
    pub moved: BTreeMap<Uuid, Moved>,
    /// Its days are closed.
    pub shut: Option<Shut>,
}

/// The same for the API and for files.
///
/// # Errors
/// As [`board::show`].
pub async fn shown(platform: &Platform, actor: &Actor, org: &str, asked: &Asked, results: bool) -> Result<Shown> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let shown = shown_in(&mut tx, &book, asked, results).await?;
    tx.rollback().await?;
    Ok(shown)
}

async fn shown_in(tx: &mut OrgTx, book: &Book, asked: &Asked, results: bool) -> Result<Shown> {
    let mut board = board::of(tx, book, asked).await?;
    let moved = snapshots::movement(tx, book, &board).await?;
    let shut = closing::of_board(tx, book, &board).await?;
    if results {
        board.leave_out_empty();
    }
    Ok(Shown { board, moved, shut })
}

/// The page to enter something on.
#[derive(Debug, Clone)]
pub struct EnterPage {
    /// What can be entered.
    pub metrics: Vec<Metric>,
    /// For whom; just oneself has one. Empty: nobody.
    pub people: Vec<(String, String)>,
    /// Whoever asks, as one of them.
    pub own: Option<String>,
    /// They may enter for others.
    pub for_others: bool,
    /// They may set it up.
    pub may_set_up: bool,
    /// What was just entered.
    pub entered: Option<Told>,
    /// The word of what is entered to begin with.
    pub metric: String,
    /// Whose it is to begin with: an id; empty: it has to be said.
    pub person: String,
    /// What one tap enters of it, in the smallest unit.
    pub presets: Vec<i64>,
    /// What the form's key is: once sent, it isn't sent again.
    pub key: String,
    /// Today, on the business's clock.
    pub today: jiff::civil::Date,
    /// The last day that can be chosen.
    pub last: jiff::civil::Date,
}

/// A line of the ledger in words.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its id.
    pub id: EntryId,
    /// What is counted.
    pub metric: String,
    /// Its word.
    pub metric_key: String,
    /// Whose it is.
    pub person: String,
    /// Their id.
    pub person_id: String,
    /// "$1,234.50"
    pub figure: String,
    /// The same as it is typed.
    pub typed: String,
    /// The day on which it counts.
    pub day: jiff::civil::Date,
    /// "3:15 pm", on the business's clock.
    pub time: String,
    /// A word about it; empty: none, or not for who asks.
    pub note: String,
    /// How it came in, and who entered it.
    pub source: &'static str,
    /// Who entered it.
    pub by: String,
    /// When it came in: "24 November 2026, 3:15 pm".
    pub entered: String,
    /// What became of it.
    pub state: State,
    /// It was entered on another day than it counts on.
    pub late: bool,
    /// It was changed after its period was closed.
    pub late_change: bool,
    /// The closed period that its day is in: "October 2026".
    pub closed: Option<String>,
    /// They can take it back and put it right.
    pub may_correct: bool,
    /// What it is called where it comes from.
    pub external_id: Option<String>,
}

impl Told {
    /// "$1,234.50 of Sales", "6 calls", "2 of New clients".
    pub fn what(&self) -> String {
        // "6 calls" need no "of Calls".
        if self.figure.to_lowercase().ends_with(&format!(" {}", self.metric.to_lowercase())) {
            return self.figure.clone();
        }
        format!("{} of {}", self.figure, self.metric)
    }
}

/// What became of a line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It counts.
    Counts,
    /// It counts once a manager has said yes.
    Waits,
    /// A manager said no.
    Declined,
    /// It was taken back: why, by whom, when, and what stands for it instead.
    Voided {
        /// Why; empty where it isn't for who asks.
        reason: String,
        /// By whom.
        by: String,
        /// When.
        at: String,
        /// What stands for it.
        instead: Option<EntryId>,
    },
}

/// The ledger's page.
#[derive(Debug, Clone)]
pub struct LedgerPage {
    /// Of what; `None`: those that wait.
    pub metric: Option<Metric>,
    /// Of whom.
    pub person: Option<String>,
    /// Of when.
    pub period: Period,
    /// The newest first.
    pub lines: Vec<Told>,
    /// What the next page is asked for with.
    pub next: Option<String>,
    /// What the lines on a sum's board come to.
    pub total: Option<String>,
    /// Those that wait are shown.
    pub waiting: bool,
    /// They may say yes and no.
    pub manages: bool,
    /// What can be chosen: word and name.
    pub metrics: Vec<(String, String)>,
    /// Whose can be chosen: id and name.
    pub people: Vec<(String, String)>,
}

/// A line's page.
#[derive(Debug, Clone)]
pub struct EntryPage {
    /// It.
    pub line: Told,
    /// What it stands for, and what stands for it, from the first to the last, itself among them.
    pub chain: Vec<Told>,
    /// Whom it can be put right to be of.
    pub people: Vec<(String, String)>,
    /// They may say yes and no.
    pub manages: bool,
    /// The last day that can be chosen.
    pub last: jiff::civil::Date,
}

/// The board's page.
///
/// # Errors
/// As [`board::show`].
pub async fn board(platform: &Platform, actor: &Actor, org: &str, asked: &Asked, also: Also) -> Result<BoardPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let metrics: Vec<(String, String)> =
        board::seen(&tx, &book).map(|metric| (metric.key.clone(), metric.name.clone())).collect();
    let shown = if metrics.is_empty() { None } else { Some(shown_in(&mut tx, &book, asked, also.results).await?) };
    let (board, moved, shut) = match shown {
        Some(Shown { board, moved, shut }) => (Some(board), moved, shut),
        None => (None, BTreeMap::new(), None),
    };
    let improved = match &board {
        Some(board) if also.improved => bests::improved(&mut tx, &book, board).await?,
        _ => None,
    };
    let beside = board.as_ref().map_or((None, None), |board| {
        let after = book.calendar.next(&board.period).filter(|period| period.from <= book.today);
        (book.calendar.previous(&board.period), after)
    });
    let waiting = if manages(&tx) { store::waiting(&mut tx, 100).await?.len() } else { 0 };
    let teams = book.everybody.teams.iter().filter(|team| team.active);
    let team = board.as_ref().and_then(|board| board.team.as_ref());
    let sees_team = team.is_some_and(|team| sees_team(&tx, &book, team.id));
    let page = BoardPage {
        board,
        metrics,
        teams: teams.map(|team| (team.id.to_string(), team.name.clone())).collect(),
        has_branches: book.everybody.teams.iter().any(|team| team.active && team.kind == "branch"),
        beside,
        waiting,
        may_set_up: tx.allows(&permissions::SET_UP),
        may_enter: may_enter_any(&tx, &book),
        has_people: !book.everybody.people.is_empty(),
        sees_team,
        sequence: tx.org().sequence,
        moved,
        shut,
        improved,
        manages: tx.allows(&permissions::MANAGE),
    };
    tx.rollback().await?;
    Ok(page)
}

/// The page to enter something on.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn enter(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    entered: &str,
    (metric, person): (&str, &str),
) -> Result<EnterPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let for_others = manages(&tx);
    let own = people::own(&tx, &book.everybody.people).cloned();
    let metrics: Vec<Metric> = enterable(&tx, &book).cloned().collect();
    let people = book.everybody.people.iter().filter(|person| {
        person.belongs_on(book.today) && (for_others || own.as_ref().is_some_and(|own| own.id == person.id))
    });
    let people: Vec<(String, String)> = people.map(|person| (person.id.to_string(), person.name.clone())).collect();
    let own_id = own.as_ref().map(|own| own.id.to_string()).unwrap_or_default();
    let person = people.iter().map(|(id, _)| id).find(|id| *id == person).cloned().unwrap_or(own_id);
    let lately = lately(&mut tx, &book, &person).await?;
    let begins = metrics.iter().find(|one| one.key == metric).or_else(|| {
        let last = lately.iter().find(|line| metrics.iter().any(|one| one.id == line.metric_id))?;
        metrics.iter().find(|one| one.id == last.metric_id)
    });
    let begins = begins.or(metrics.first());
    let presets = begins.map(|metric| presets(metric, &lately)).unwrap_or_default();
    let metric = begins.map(|metric| metric.key.clone()).unwrap_or_default();
    let entered = match entered.parse::<EntryId>() {
        Ok(id) => match store::entry(&mut tx, id).await? {
            Some(line) if check_seen(&tx, &book.metrics, &book.everybody.people, &line).is_ok() => {
                tell(&mut tx, &book, vec![line]).await?.pop()
            }
            _ => None,
        },
        Err(_) => None,
    };
    let ahead = store::settings(&mut tx).await?.map_or(0, |settings| settings.future_days);
    let page = EnterPage {
        metrics,
        people,
        own: own.map(|own| own.id.to_string()),
        for_others,
        may_set_up: tx.allows(&permissions::SET_UP),
        entered,
        metric,
        person,
        presets,
        key: fresh(tx.now()).to_string(),
        today: book.today,
        last: book.today.saturating_add(jiff::ToSpan::days(ahead)),
    };
    tx.rollback().await?;
    Ok(page)
}

/// What was entered lately that counts for somebody, the newest first.
async fn lately(tx: &mut OrgTx, book: &Book, person: &str) -> Result<Vec<Entry>> {
    let Ok(person) = people::find(&book.everybody.people, person) else { return Ok(Vec::new()) };
    let from = book.today.saturating_sub(jiff::ToSpan::days(LATELY_DAYS)).to_string();
    let until = book.today.saturating_add(jiff::ToSpan::days(1_i64)).to_string();
    let mut lines = store::entries(tx, (None, Some(person.id)), (&from, &until), None, LATELY).await?;
    lines
        .retain(|line| line.voided_at.is_none() && check_seen(tx, &book.metrics, &book.everybody.people, line).is_ok());
    Ok(lines)
}

/// What is entered again and again: one, two and three of what is counted one by one; otherwise the last amounts.
fn presets(metric: &Metric, lately: &[Entry]) -> Vec<i64> {
    if matches!(metric.unit(), Unit::Number { decimals: 0, .. }) {
        return vec![1, 2, 3];
    }
    let mut values: Vec<i64> = Vec::new();
    for line in lately.iter().filter(|line| line.metric_id == metric.id && line.value > 0) {
        if !values.contains(&line.value) && values.len() < 3 {
            values.push(line.value);
        }
    }
    values
}

/// What was entered is remembered so long: two months.
const LATELY_DAYS: i64 = 60;
/// And so much of it.
const LATELY: i64 = 30;

/// Which lines are asked for.
#[derive(Debug, Clone, Default)]
pub struct AskedLines {
    /// The metric's word.
    pub metric: String,
    /// A person's id.
    pub person: String,
    /// The period's key.
    pub period: String,
    /// From where on.
    pub after: String,
    /// Those that wait for a yes instead.
    pub waiting: bool,
}

/// The ledger's page.
///
/// # Errors
/// As [`board::under`].
pub async fn ledger(platform: &Platform, actor: &Actor, org: &str, asked: &AskedLines) -> Result<LedgerPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let manages = manages(&tx);
    let metrics: Vec<(String, String)> =
        board::seen(&tx, &book).map(|metric| (metric.key.clone(), metric.name.clone())).collect();
    let period = board::asked_period(&book, &asked.period)?;
    let hides = |person: &&Person| !person.opted_out || manages;
    let people = book.everybody.people.iter().filter(hides);
    let people: Vec<(String, String)> = people.map(|person| (person.id.to_string(), person.name.clone())).collect();
    let waiting = asked.waiting && manages;
    if metrics.is_empty() {
        tx.rollback().await?;
        let (lines, next, total, metric, person) = (Vec::new(), None, None, None, None);
        return Ok(LedgerPage { metric, person, period, lines, next, total, waiting, manages, metrics, people });
    }
    let person = match asked.person.as_str() {
        "" => None,
        id => {
            let found = people::find(&book.everybody.people, id)?;
            let own = people::own(&tx, &book.everybody.people).is_some_and(|own| own.id == found.id);
            // Who doesn’t want to be seen isn’t there for others.
            if found.opted_out && !manages && !own {
                return Err(people::nobody());
            }
            Some(found)
        }
    };
    let metric = board::asked_metric(&tx, &book, &asked.metric)?;
    let (lines, next) = if waiting {
        (store::waiting(&mut tx, entries::PAGE).await?, None)
    } else {
        let after = cursor(&asked.after)?;
        let after = after.as_ref().map(|(day, id)| (day.as_str(), *id));
        let page = board::under(&mut tx, &book, metric, person.map(|person| person.id), &period, after).await?;
        (page.lines, page.next.map(|(day, id)| format!("{day}.{id}")))
    };
    let total = match (waiting, metric.is_sum(), person) {
        (false, true, Some(person)) => {
            let (from, until) = (period.from.to_string(), period.until.to_string());
            let sums = store::sums_by_person(&mut tx, metric.id, &from, &until).await?;
            let sum = sums.into_iter().find(|sum| sum.id == person.id.0).map_or(0, store::Sum::value);
            i64::try_from(sum).ok().map(|sum| amount::show(sum, &metric.unit()))
        }
        _ => None,
    };
    let (metric, person) = (metric.clone(), person.map(|person| person.name.clone()));
    let lines = tell(&mut tx, &book, lines).await?;
    tx.rollback().await?;
    let metric = (!waiting).then_some(metric);
    Ok(LedgerPage { metric, person, period, lines, next, total, waiting, manages, metrics, people })
}

/// A line's page.
///
/// # Errors
/// 404 for a line that isn't this organisation's, or that whoever asks may not see.
pub async fn entry(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<EntryPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let line = entries::find(&mut tx, id).await?;
    check_seen(&tx, &book.metrics, &book.everybody.people, &line)?;
    let mut chain = vec![line.clone()];
    // Backwards to the first, and forwards to what stands now: a line is put right so many times at most.
    while let Some(before) = chain.first().and_then(|first| first.replaces_id).filter(|_| chain.len() < MOST_IN_CHAIN) {
        let Some(before) = store::entry(&mut tx, before).await? else { break };
        chain.insert(0, before);
    }
    while let Some(after) = chain.last().and_then(|last| last.replaced_by).filter(|_| chain.len() < MOST_IN_CHAIN) {
        let Some(after) = store::entry(&mut tx, after).await? else { break };
        chain.push(after);
    }
    let manages = manages(&tx);
    let own = people::own(&tx, &book.everybody.people).map(|own| own.id);
    let people = book.everybody.people.iter().filter(|person| manages || Some(person.id) == own);
    let people = people.map(|person| (person.id.to_string(), person.name.clone())).collect();
    chain.retain(|one| check_seen(&tx, &book.metrics, &book.everybody.people, one).is_ok());
    let chain = tell(&mut tx, &book, chain).await?;
    let ahead = store::settings(&mut tx).await?.map_or(0, |settings| settings.future_days);
    tx.rollback().await?;
    let line =
        chain.iter().find(|told| told.id == line.id).cloned().ok_or_else(|| AppError::not_found("that entry"))?;
    let last = book.today.saturating_add(jiff::ToSpan::days(ahead));
    Ok(EntryPage { line, chain, people, manages, last })
}

/// So many lines that stand for each other are shown.
const MOST_IN_CHAIN: usize = 50;

/// Where a list goes on: `{day}.{id}`.
///
/// # Errors
/// 422 for what no list of ours gave.
pub fn cursor(text: &str) -> Result<Option<(String, EntryId)>> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.split_once('.').and_then(|(day, id)| {
        let day: jiff::civil::Date = day.parse().ok()?;
        Some((day.to_string(), id.parse().ok()?))
    });
    read.map(Some).ok_or_else(|| AppError::field("after", "Send what an answer gave as “next”."))
}

/// Lines of the ledger in words. Notes and reasons are for who manages and for whoever's line it is.
pub(super) async fn tell(tx: &mut OrgTx, book: &Book, lines: Vec<Entry>) -> Result<Vec<Told>> {
    let own = people::own(tx, &book.everybody.people).cloned();
    let sees_words = manages(tx);
    let by_members: BTreeSet<Uuid> = lines
        .iter()
        .flat_map(|line| {
            let by = (line.by_kind == "member").then_some(line.by_id).flatten();
            let voided = (line.voided_by_kind.as_deref() == Some("member")).then_some(line.voided_by_id).flatten();
            [by, voided]
        })
        .flatten()
        .collect();
    let names: BTreeMap<Uuid, String> = if by_members.is_empty() {
        BTreeMap::new()
    } else {
        members::all(tx).await?.into_iter().map(|member| (member.user.0, member.name)).collect()
    };
    let days = || lines.iter().map(|line| line.day.as_str());
    let changed_late = match (days().min(), days().max()) {
        (Some(first), Some(last)) => standing::changed_late(tx, first, last).await?,
        _ => Vec::new(),
    };
    let closings = standing::closings(tx).await?;
    let zone = entries::zone(tx)?;
    let at = |instant: crate::clock::Instant, format: &str| {
        instant.timestamp().to_zoned(zone.clone()).strftime(format).to_string()
    };
    let mut told = Vec::new();
    for line in lines {
        let Some(metric) = book.metrics.iter().find(|metric| metric.id == line.metric_id) else { continue };
        let Some(person) = book.everybody.people.iter().find(|person| person.id == line.person_id) else { continue };
        let may_see_words = sees_words || own.as_ref().is_some_and(|own| own.id == person.id);
        let (note, reason) = if may_see_words { words_of(tx, &line).await? } else { (String::new(), String::new()) };
        let doer = |kind: &str, id: Option<Uuid>| match (kind, id) {
            ("member", Some(id)) => names.get(&id).cloned().unwrap_or_else(|| "somebody who has left".to_owned()),
            ("token", _) => "a program".to_owned(),
            _ => "Devalo".to_owned(),
        };
        let unit: Unit = metric.unit();
        let day = line.day.parse().unwrap_or(book.today);
        let state = match (line.voided_at, line.awaits_approval, line.approved) {
            (Some(when), _, _) => State::Voided {
                reason,
                by: doer(line.voided_by_kind.as_deref().unwrap_or_default(), line.voided_by_id),
                at: at(when, "%-d %B %Y, %-I:%M %P"),
                instead: line.replaced_by,
            },
            (None, true, None) => State::Waits,
            (None, true, Some(false)) => State::Declined,
            _ => State::Counts,
        };
        let entered_on = line.entered_at.timestamp().to_zoned(zone.clone()).date();
        let closed = closing::holding(&closings, &line.day).next().map(closing::label_of);
        // In a closed period managers alone put something right.
        let is_open = closed.is_none() || sees_words;
        told.push(Told {
            id: line.id,
            metric: metric.name.clone(),
            metric_key: metric.key.clone(),
            person: person.name.clone(),
            person_id: person.id.to_string(),
            figure: amount::show(line.value, &unit),
            typed: amount::as_typed(line.value, &unit),
            day,
            time: at(line.happened_at, "%-I:%M %P"),
            note,
            source: source(&line.source),
            by: doer(&line.by_kind, line.by_id),
            entered: at(line.entered_at, "%-d %B %Y, %-I:%M %P"),
            late: entered_on > day,
            late_change: changed_late.contains(&line.id),
            closed,
            may_correct: is_open
                && (counts(&line) || state == State::Waits)
                && may_correct(tx, &line, metric, own.as_ref()),
            state,
            external_id: line.external_id.clone().filter(|_| may_see_words),
        });
    }
    Ok(told)
}

fn source(word: &str) -> &'static str {
    match word {
        "grid" => "in the grid",
        "file" => "from a file",
        "api" => "through the API",
        "webhook" => "by a webhook",
        "event" => "by itself",
        _ => "in the form",
    }
}

/// What whoever asks can enter: their own, or anybody's.
fn enterable<'b>(tx: &OrgTx, book: &'b Book) -> impl Iterator<Item = &'b Metric> {
    let (manages, own) = (manages(tx), people::own(tx, &book.everybody.people).is_some());
    book.metrics.iter().filter(move |metric| {
        metric.active
            && metric.is_sum()
            && match metric.entered_by.as_str() {
                "everyone" => manages || own,
                "managers" => manages,
                _ => false,
            }
    })
}

pub(super) fn may_enter_any(tx: &OrgTx, book: &Book) -> bool {
    tx.allows(&permissions::ENTER) && enterable(tx, book).next().is_some()
}
