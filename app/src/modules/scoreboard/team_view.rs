//! A team’s own page, for who is in it and for who manages: what it comes to, who brought how much of it, and for managers who has gone quiet
//! and what waits for their yes. Who wants to be on no board isn’t named here either.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};

use super::{
    board::{self, Asked, Board, Book, Of},
    entries::manages,
    formula::Fraction,
    ids::{PersonId, TeamId},
    people::{self, Person},
    permissions,
    progress::{self, Line as Target},
    ranking::Ties,
    store::{Team, dashboards},
    targets::Whose,
    views::teams_on,
    working::Working,
};
use crate::{
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// Who hasn’t entered anything on so many working days in a row is quiet.
pub const QUIET_DAYS: usize = 3;
/// Working days are looked for in so many days.
const LOOKED_BACK: i64 = 31;

/// So many lines that wait are looked at.
const MOST_WAITING: i64 = 1_000;

/// A team’s page.
#[derive(Debug, Clone)]
pub struct TeamPage {
    /// It.
    pub team: Team,
    /// Who stands where in it, and what it comes to.
    pub board: Board,
    /// What of the total each line is, in thousandths; `None` where that says nothing.
    pub shares: Vec<Option<i64>>,
    /// How its target of the period stands, where it has one.
    pub target: Option<Target>,
    /// What can be chosen: word and name.
    pub metrics: Vec<(String, String)>,
    /// For managers; `None` for others.
    pub watched: Option<Watched>,
}

/// What managers see beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// Who is quiet, and when something was entered for them last; `None`: never.
    pub quiet: Vec<(String, Option<Date>)>,
    /// For whom something waits for a yes, and how many lines do.
    pub waiting: Vec<(String, i64)>,
}

/// A team’s page.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a team that isn’t this organisation’s, or that whoever asks is neither in nor manages, and for a metric that isn’t for
/// them; 422 for a period that is none.
pub async fn page(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    metric: &str,
    period: &str,
) -> Result<TeamPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let team = people::find_team(&book.everybody.teams, id)?.clone();
    if !sees_team(&tx, &book, team.id) {
        return Err(AppError::not_found("that team"));
    }
    let asked = Asked {
        metric: metric.to_owned(),
        period: period.to_owned(),
        of: Of::People,
        team: Some(team.id),
        ties: Ties::Shared,
    };
    let board = board::of(&mut tx, &book, &asked).await?;
    let shares = board.lines.iter().map(|line| share(&board, line.value)).collect();
    let target = target(&mut tx, &book, &team, &board).await?;
    let watched = if manages(&tx) { Some(watched(&mut tx, &book, &team).await?) } else { None };
    let metrics = board::seen(&tx, &book).map(|metric| (metric.key.clone(), metric.name.clone())).collect();
    tx.rollback().await?;
    Ok(TeamPage { team, board, shares, target, metrics, watched })
}

/// Whoever asks sees a team person by person: who is in it today, and who manages.
pub fn sees_team(tx: &OrgTx, book: &Book, team: TeamId) -> bool {
    manages(tx) || people::own(tx, &book.everybody.people).is_some_and(|own| is_in(book, own, team))
}

fn is_in(book: &Book, person: &Person, team: TeamId) -> bool {
    teams_on(&book.everybody, person, book.today).iter().any(|one| one.id == team)
}

/// What of the total a figure is, in thousandths: of what adds up, and where nothing is below zero.
fn share(board: &Board, value: Option<Fraction>) -> Option<i64> {
    let total = board.total.filter(|total| board.metric.is_sum() && !total.is_negative() && !total.is_zero())?;
    let value = value.filter(|value| !value.is_negative())?;
    value.checked_div(total)?.round_to(3)
}

/// How its target of the period stands.
async fn target(tx: &mut OrgTx, book: &Book, team: &Team, board: &Board) -> Result<Option<Target>> {
    // The last so many days, and ranges, are nobody’s target.
    if board.period.kind.is_none() || board.private {
        return Ok(None);
    }
    let progress = progress::of(tx, book, &board.metric.key, &board.period.key()).await?;
    Ok(progress.lines.into_iter().find(|line| line.whose == Whose::Team(team.id)))
}

async fn watched(tx: &mut OrgTx, book: &Book, team: &Team) -> Result<Watched> {
    let today = book.today;
    let working = Working::read(tx, today.saturating_sub(LOOKED_BACK.days()), today).await?;
    let last: BTreeMap<PersonId, Option<String>> =
        dashboards::last_entered(tx, &today.to_string()).await?.into_iter().collect();
    let mut lines: BTreeMap<PersonId, i64> = BTreeMap::new();
    for (person,) in dashboards::waiting_for(tx, MOST_WAITING).await? {
        *lines.entry(person).or_default() += 1;
    }
    let mut watched = Watched::default();
    let in_team = book
        .everybody
        .people
        .iter()
        .filter(|person| person.belongs_on(today) && !person.opted_out && is_in(book, person, team.id));
    for person in in_team {
        let last = last.get(&person.id).and_then(Option::as_deref).and_then(|day| day.parse::<Date>().ok());
        if is_quiet(&working, person, today, last) {
            watched.quiet.push((person.name.clone(), last));
        }
        if let Some(count) = lines.get(&person.id) {
            watched.waiting.push((person.name.clone(), *count));
        }
    }
    Ok(watched)
}

/// Nothing was entered on any of the last working days, today not among them, for it isn’t over.
fn is_quiet(working: &Working, person: &Person, today: Date, last: Option<Date>) -> bool {
    let works = working.of(person);
    let before = (1..=LOOKED_BACK).map(|days| today.saturating_sub(days.days()));
    let third = before.filter(|day| works.is_working(*day)).nth(QUIET_DAYS - 1);
    third.is_some_and(|third| last.is_none_or(|last| last < third))
}
