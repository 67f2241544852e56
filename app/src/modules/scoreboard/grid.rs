//! Many results typed at once: people down, days across. All of it comes in, or nothing.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    amount,
    board::{self, Book},
    entries::{self, Checked, Desk, EntryBody, Source},
    ids::PersonId,
    metrics, people,
    period::Kind,
    permissions,
    store::{self, Metric},
};
use crate::{
    clock::day_typed,
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    idempotency,
    ids::fresh,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// So many people are in it at once.
pub const MOST_ROWS: usize = 200;
/// So much is typed in it at once.
const MOST_CELLS: usize = 2_000;

/// Which grid is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The metric's word; empty: the first that there is.
    pub metric: String,
    /// A day of it; empty: today.
    pub day: String,
    /// The week of that day, and not only the day.
    pub week: bool,
    /// Only who is in this team; empty: everybody.
    pub team: String,
}

/// The grid's page.
#[derive(Debug, Clone)]
pub struct GridPage {
    /// Of what; `None`: nothing is entered by managers.
    pub metric: Option<Metric>,
    /// What can be chosen: word and name.
    pub metrics: Vec<(String, String)>,
    /// What can be chosen: id and name.
    pub teams: Vec<(String, String)>,
    /// The day that was asked for.
    pub day: Date,
    /// The days across.
    pub days: Vec<Date>,
    /// The people down.
    pub rows: Vec<GridRow>,
    /// So many more there are.
    pub more: usize,
    /// The last day that can be chosen.
    pub last: Date,
    /// What the form's key is: once sent, it isn't sent again.
    pub key: String,
}

/// Somebody's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridRow {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Of each day what is there, empty where nothing is; `None`: nothing can be entered for them on it.
    pub cells: Vec<Option<String>>,
}

/// How a cell is called: "of_{person}_2026-11-24". A form’s list would take what begins with a digit for a place in it.
pub fn cell(person: PersonId, day: Date) -> String {
    format!("of_{person}_{day}")
}

/// The grid's page.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a metric that managers don't enter, and a team that isn't this organisation's.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<GridPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let ahead = store::settings(&mut tx).await?.map_or(0, |settings| settings.future_days);
    let last = book.today.saturating_add(jiff::ToSpan::days(ahead));
    let entered: Vec<&Metric> = book.metrics.iter().filter(|metric| is_entered(metric)).collect();
    let metric = if asked.metric.is_empty() {
        entered.first().copied()
    } else {
        Some(metrics::find_key(&book.metrics, &asked.metric)?).filter(|metric| is_entered(metric))
    };
    let day = day_typed(&asked.day).unwrap_or(book.today);
    let days = days(&book, day, asked.week);
    let mut there: BTreeMap<(PersonId, String), String> = BTreeMap::new();
    if let (Some(metric), Some(first), Some(until)) = (metric, days.first(), days.last()) {
        let until = until.saturating_add(jiff::ToSpan::days(1_i64)).to_string();
        let all = store::imports::days_between(&mut tx, metric.id, &first.to_string(), &until).await?;
        for (person, day, value, _) in all.into_iter().filter(|(.., entries)| *entries > 0) {
            there.insert((person, day), amount::show(value, &metric.unit()));
        }
    }
    tx.rollback().await?;
    let team = match asked.team.as_str() {
        "" => None,
        id => Some(people::find_team(&book.everybody.teams, id)?.id),
    };
    let is_in = |person: PersonId, day: Date| {
        let day = day.to_string();
        team.is_none_or(|team| {
            book.everybody.memberships.iter().any(|one| {
                one.person_id == person
                    && one.team_id == team
                    && one.since <= day
                    && one.until.as_ref().is_none_or(|until| *until >= day)
            })
        })
    };
    let rows = book.everybody.people.iter().filter_map(|person| {
        let cells: Vec<Option<String>> = days
            .iter()
            .map(|day| {
                let may = *day <= last && person.belongs_on(*day) && is_in(person.id, *day);
                may.then(|| there.get(&(person.id, day.to_string())).cloned().unwrap_or_default())
            })
            .collect();
        let any = cells.iter().any(Option::is_some);
        any.then(|| GridRow { id: person.id, name: person.name.clone(), cells })
    });
    let mut rows: Vec<GridRow> = rows.collect();
    let more = rows.len().saturating_sub(MOST_ROWS);
    rows.truncate(MOST_ROWS);
    let teams = book.everybody.teams.iter().filter(|team| team.active);
    Ok(GridPage {
        metrics: entered.iter().map(|metric| (metric.key.clone(), metric.name.clone())).collect(),
        metric: metric.cloned(),
        teams: teams.map(|team| (team.id.to_string(), team.name.clone())).collect(),
        day,
        days,
        rows,
        more,
        last,
        key: fresh(platform.clock.now()).to_string(),
    })
}

/// Enters what was typed: a line for each cell with something in it. With the same key again it adds nothing. Gives how many lines came in.
///
/// # Errors
/// 404 for a metric or a person that isn't this organisation's; 422 at each cell that is wrong (`cells.of_{person}_{day}`), and where all are empty: then
/// nothing is written; 409 for a key that another grid had.
pub async fn save(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    metric: &str,
    cells: &BTreeMap<String, String>,
    key: &str,
) -> Result<usize> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Write).await?;
    let desk = Desk::read(&mut tx).await?;
    let metric = metrics::find_key(&desk.metrics, metric.trim())?;
    let filled: BTreeMap<&str, &str> =
        cells.iter().map(|(cell, text)| (cell.as_str(), text.trim())).filter(|(_, text)| !text.is_empty()).collect();
    if filled.is_empty() {
        return Err(AppError::new(Code::Invalid, "Everything is empty. Enter a figure in one of the cells at least."));
    }
    if filled.len() > MOST_CELLS {
        return Err(AppError::new(Code::Invalid, format!("Enter at most {MOST_CELLS} figures at once.")));
    }
    let mut errors = FieldErrors::default();
    let mut bodies: Vec<(String, EntryBody)> = Vec::with_capacity(filled.len());
    for (cell, text) in &filled {
        let at = format!("cells.{cell}");
        let (person, day) = read_cell(cell)?;
        if !desk.everybody.iter().any(|one| one.id == person) {
            return Err(people::nobody());
        }
        match amount::parse(text, &metric.unit()) {
            Ok(value) => bodies.push((at, body(metric, person, day, value))),
            Err(refused) => errors.add(&at, refused.to_string()),
        }
    }
    let mut lines: Vec<Checked<'_>> = Vec::with_capacity(bodies.len());
    for (at, body) in &bodies {
        match entries::check(&tx, &desk, body, None) {
            Ok(line) => lines.push(line),
            Err(error) => match error.fields.first() {
                Some(field) => errors.add(at, field.message.clone()),
                None => return Err(error),
            },
        }
    }
    errors.finish()?;
    let entered = entries::write_many(&mut tx, &lines, Source::Grid).await?;
    let said = format!("grid {} {}", metric.key, serde_json::to_string(&filled).unwrap_or_default());
    if let Some(first) = entered.first()
        && idempotency::again(&mut tx, entries::SCOPE, key, &said, first.id.0).await?.is_some()
    {
        tx.rollback().await?;
        return Ok(0);
    }
    for one in &entered {
        tx.emit("scoreboard.entry_added", one.id.0).await?;
    }
    tx.commit().await?;
    Ok(entered.len())
}

fn body(metric: &Metric, person: PersonId, day: Date, value: i64) -> EntryBody {
    EntryBody {
        metric: metric.key.clone(),
        person: Some(person),
        value,
        happened_at: None,
        day: Some(day),
        note: String::new(),
        external_id: None,
    }
}

fn read_cell(cell: &str) -> Result<(PersonId, Date)> {
    let read = cell
        .strip_prefix("of_")
        .and_then(|cell| cell.split_once('_'))
        .and_then(|(person, day)| Some((person.parse().ok()?, day.parse().ok()?)));
    read.ok_or_else(people::nobody)
}

/// The days across.
fn days(book: &Book, day: Date, week: bool) -> Vec<Date> {
    match book.calendar.containing(Kind::Week, day).filter(|_| week) {
        None => vec![day],
        Some(week) => (0..week.days()).map(|after| week.from.saturating_add(jiff::ToSpan::days(after))).collect(),
    }
}

/// Managers type it in.
fn is_entered(metric: &Metric) -> bool {
    metric.active && metric.is_sum() && metric.entered_by != "programs"
}
