//! Who stands where in a contest: as the ledger says, as it said when the finish was hidden, or as it was signed off.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use uuid::Uuid;

use super::{
    super::{
        amount,
        board::{Book, Leaves, Of, figure, leaves_of},
        contest_rules::{self, Climb, Contender, Kind, Place, Reached, Rule, State},
        entries::{manages, zone},
        formula::Fraction,
        ids::ContestId,
        people,
        ranking::Ties,
        store::{
            Membership, Sum,
            contests::{self as store, Kept, Step},
        },
        targets::{Wall, WallRow},
    },
    Contest, Part, gone, in_short,
};
use crate::{clock::Instant, error::Result, org::OrgTx};

/// So many lines are gone through at most to tell when somebody was there. Of those who weren’t by then it isn’t told apart who was first.
const MOST_STEPS: i64 = 50_000;
/// So many places fit on a screen.
const MOST_ON_WALL: usize = 12;

/// The places of a contest, as far as whoever asks may see them.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The first first.
    pub lines: Vec<Line>,
    /// What they are of is now, or of then, where the finish is hidden.
    pub hidden_since: Option<Instant>,
    /// Only their own place is shown to whoever asks.
    pub private: bool,
    /// How many take part, of whom the lines may be a part.
    pub takes_part: usize,
    /// What corrections have changed since it was signed off.
    pub late: Vec<Late>,
}

/// A place in a contest.
#[derive(Debug, Clone)]
pub struct Line {
    /// A person’s or a team’s.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Which place: none where there is nothing to show.
    pub rank: Option<u32>,
    /// Somebody else has the same.
    pub shared: bool,
    /// In the last decimal that the metric keeps; `None`: nothing to show.
    pub value: Option<i64>,
    /// "$1,234.50"
    pub figure: String,
    /// In a race, when they reached the goal: "24 November, 3:15 pm".
    pub reached: Option<String>,
    /// They win, if it stays as it is.
    pub won: bool,
    /// What they win, if it stays as it is; empty: nothing.
    pub prize: String,
    /// How much of the goal, or of the best, in thousandths.
    pub share: i64,
    /// It is whoever asks.
    pub own: bool,
}

/// A figure that isn’t any more what was signed off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Whose.
    pub name: String,
    /// What was signed off.
    pub before: String,
    /// What it comes to now.
    pub now: String,
}

/// Who stands where.
///
/// # Errors
/// The database is busy.
pub async fn of(tx: &mut OrgTx, book: &Book, contest: &Contest) -> Result<Standing> {
    let own = people::own(tx, &book.everybody.people).map(|own| own.id.0);
    let (lines, hidden_since, late) = if contest.state == State::SignedOff {
        let kept = store::kept(tx, contest.id).await?;
        let lines = kept_lines(book, contest, &kept, own, &zone(tx)?);
        (lines, None, late(tx, book, contest, &kept).await?)
    } else {
        let hidden_since = hidden_since(tx, contest)?;
        let places = places(tx, book, contest, hidden_since).await?;
        (live_lines(contest, places, own, &zone(tx)?), hidden_since, Vec::new())
    };
    let (takes_part, private) = (lines.len(), contest.metric.shown_to == "own" && !manages(tx));
    let mut standing = Standing { lines, hidden_since, private, takes_part, late };
    if private {
        standing.lines.retain(|line| line.own);
        standing.late.clear();
        // Beside one’s own figure, how much of the best it is would tell what that is.
        for line in standing.lines.iter_mut().filter(|_| !contest.kind.has_goal()) {
            line.share = 0;
        }
    }
    Ok(standing)
}

/// The places as the ledger says now, or said then.
///
/// # Errors
/// The database is busy.
pub async fn places(tx: &mut OrgTx, book: &Book, contest: &Contest, then: Option<Instant>) -> Result<Vec<Place<Uuid>>> {
    let leaves = figures(tx, book, contest, then).await?;
    let all: Vec<(Uuid, String, Option<Fraction>)> = takes_part(book, contest)
        .into_iter()
        .map(|(id, name)| (id, name.to_owned(), leaves.value(book, &contest.metric, id)))
        .collect();
    let mut reached = climbed(tx, book, contest, &all, then).await?;
    let contenders =
        all.into_iter().map(|(key, name, value)| Contender { reached: reached.remove(&key), key, name, value });
    let rule = Rule {
        kind: contest.kind,
        goal: contest.goal_figure(),
        direction: contest.direction(),
        ties: contest.ties,
        prizes: contest.prizes.len(),
    };
    Ok(contest_rules::standings(&rule, contenders.collect()))
}

/// Since when the finish is hidden from whoever asks: from so many hours before the end on. Who manages sees it once it is over, to sign it off; all others
/// then. `None`: it isn’t.
///
/// # Errors
/// The organisation's zone isn't one.
pub fn hidden_since(tx: &OrgTx, contest: &Contest) -> Result<Option<Instant>> {
    let Some((_, end)) = contest.period.instants(&zone(tx)?).filter(|_| contest.freeze_hours > 0) else {
        return Ok(None);
    };
    let since = Instant::from_timestamp(end).plus_seconds(-contest.freeze_hours * 3600);
    let hidden = match contest.state {
        State::Running => since <= tx.now(),
        State::Over => !manages(tx),
        State::Planned | State::SignedOff | State::Cancelled => false,
    };
    Ok(hidden.then_some(since))
}

/// "2 days left", "starts 1 December"
pub fn left(book: &Book, contest: &Contest) -> String {
    let last = contest.period.last();
    match contest.state {
        State::Planned => format!("starts {}", contest.period.from.strftime("%-d %B")),
        State::Running => match last.duration_since(book.today).as_hours() / 24 {
            0 => "last day".to_owned(),
            1 => "1 day left".to_owned(),
            days => format!("{days} days left"),
        },
        State::Over => "over, waits to be signed off".to_owned(),
        State::SignedOff => "signed off".to_owned(),
        State::Cancelled => "cancelled".to_owned(),
    }
}

/// "1st", "2nd"
pub fn ordinal(rank: u32) -> String {
    let ending = match (rank % 100, rank % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{rank}{ending}")
}

/// A contest as an office screen shows it.
///
/// # Errors
/// 404 for one that isn't this organisation's, that was cancelled, or whose figures aren't for everybody.
pub async fn on_wall(tx: &mut OrgTx, book: &Book, id: ContestId) -> Result<Wall> {
    let contest = super::find(tx, book, &id.to_string()).await?;
    if contest.metric.shown_to != "everyone" || contest.state == State::Cancelled {
        return Err(gone());
    }
    let standing = of(tx, book, &contest).await?;
    let hidden = if standing.hidden_since.is_some() { " · the finish is hidden" } else { "" };
    let about = format!("{} · {}{hidden}", in_short(&contest), left(book, &contest));
    let goal = if contest.kind.has_goal() { figure(&contest.metric, contest.goal_figure()) } else { String::new() };
    let left = (contest.state == State::Running).then(|| left(book, &contest));
    let row = |(at, line): (usize, Line)| {
        let is_decided = contest.state == State::SignedOff || matches!(contest.kind, Kind::Race | Kind::Threshold);
        let place = line.rank.map(ordinal).unwrap_or_default();
        let word = if line.won && is_decided { "Won".to_owned() } else { place };
        let word = match &left {
            Some(left) if at == 0 && !word.is_empty() => format!("{word} · {left}"),
            Some(left) if at == 0 => left.clone(),
            _ => word,
        };
        WallRow {
            name: line.name,
            done: line.figure,
            target: goal.clone(),
            thousandths: line.share,
            word,
            good: line.won,
        }
    };
    let rows = standing.lines.into_iter().take(MOST_ON_WALL).enumerate().map(row).collect();
    Ok(Wall { title: contest.name.clone(), about, rows })
}

/// Contests that a screen can show: those that everybody may see and that aren’t signed off, each by its id and name.
///
/// # Errors
/// The database is busy.
pub async fn running(tx: &mut OrgTx, book: &Book) -> Result<Vec<(ContestId, String)>> {
    let all = store::open(tx).await?;
    let shown = all.into_iter().filter_map(|row| Contest::read(book, row, &[]));
    let shown = shown.filter(|contest| contest.metric.shown_to == "everyone");
    Ok(shown.map(|contest| (contest.id, contest.name)).collect())
}

/// A figure in the last decimal that the metric keeps.
pub fn rounded(contest: &Contest, value: Option<Fraction>) -> Option<i64> {
    value?.round_to(contest.metric.unit().decimals())
}

/// An instant of so many microseconds since 1970.
pub fn instant(micros: i64) -> Option<Instant> {
    Timestamp::from_microsecond(micros).ok().map(Instant::from_timestamp)
}

/// Who takes part, by id and name. Not who wants to be on no board; and whoever leaves before it is over is out.
fn takes_part<'b>(book: &'b Book, contest: &Contest) -> Vec<(Uuid, &'b str)> {
    let (first, last) = (contest.period.from, contest.period.last());
    // Of before it begins as if it did today; once it is over, as on its last day.
    let day = book.today.clamp(first, last);
    let named = |id: Uuid| match &contest.part {
        Part::Named(ids) => ids.contains(&id),
        Part::Everybody | Part::Team(_) => true,
    };
    if contest.of != Of::People {
        let kind = if contest.of == Of::Branches { "branch" } else { "team" };
        let by_name = matches!(contest.part, Part::Named(_));
        let teams = book.everybody.teams.iter().filter(|team| team.kind == kind && (team.active || by_name));
        return teams.filter(|team| named(team.id.0)).map(|team| (team.id.0, team.name.as_str())).collect();
    }
    let (from, until) = (first.to_string(), day.to_string());
    let was_in = |person: Uuid| match contest.part {
        Part::Team(team) => book.everybody.memberships.iter().any(|one| {
            let overlaps = one.since <= until && one.until.as_ref().is_none_or(|until| *until >= from);
            one.team_id == team && one.person_id.0 == person && overlaps
        }),
        Part::Everybody | Part::Named(_) => true,
    };
    let people = book.everybody.people.iter().filter(|person| !person.opted_out && person.belongs_on(day));
    people
        .filter(|person| named(person.id.0) && was_in(person.id.0))
        .map(|person| (person.id.0, person.name.as_str()))
        .collect()
}

/// What everybody, or every team, comes to: of the days of the contest, as the ledger says now or said then.
async fn figures(tx: &mut OrgTx, book: &Book, contest: &Contest, then: Option<Instant>) -> Result<Leaves> {
    let (from, until) = (contest.period.from.to_string(), contest.period.until.to_string());
    let team = if let Part::Team(team) = contest.part { Some(team) } else { None };
    let by_team = contest.of != Of::People;
    let Some(then) = then else {
        return Leaves::read(tx, book, &contest.metric, team, &from, &until, by_team).await;
    };
    let mut sums = Vec::new();
    for leaf in leaves_of(book, &contest.metric) {
        let read: Vec<Sum> = if by_team {
            store::sums_by_team_then(tx, leaf, (&from, &until), then).await?
        } else {
            store::sums_by_person_then(tx, leaf, team, (&from, &until), then).await?
        };
        sums.extend(read.into_iter().map(|sum| (leaf, sum.id, sum.value())));
    }
    Ok(Leaves::gathered(book, sums))
}

/// When those were there for whom it matters, in microseconds since 1970: in a race whoever has reached the goal; where the first of equals is before,
/// whoever has the same figure as somebody else.
async fn climbed(
    tx: &mut OrgTx,
    book: &Book,
    contest: &Contest,
    all: &[(Uuid, String, Option<Fraction>)],
    then: Option<Instant>,
) -> Result<BTreeMap<Uuid, i64>> {
    let direction = contest.direction();
    let mut climbs: BTreeMap<Uuid, Climb> = BTreeMap::new();
    if contest.kind == Kind::Race {
        let (figure, goal) = (contest.goal_figure(), i128::from(contest.goal.unwrap_or_default()));
        let there = all.iter().filter(|(_, _, value)| figure.is_some() && *value >= figure);
        climbs.extend(there.map(|(id, ..)| (*id, Climb::to(goal, direction))));
    } else if contest.ties == Ties::FirstToReach && contest.metric.is_sum() {
        let mut holders: BTreeMap<i64, Vec<Uuid>> = BTreeMap::new();
        for (id, _, value) in all {
            if let Some(value) = rounded(contest, *value) {
                holders.entry(value).or_default().push(*id);
            }
        }
        let tied = holders.into_iter().filter(|(_, holders)| holders.len() > 1);
        climbs.extend(tied.flat_map(|(value, holders)| {
            holders.into_iter().map(move |id| (id, Climb::to(i128::from(value), direction)))
        }));
    }
    if climbs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (from, until) = (contest.period.from.to_string(), contest.period.until.to_string());
    let then = then.unwrap_or(Instant::from_unix(i64::MAX));
    let steps = store::steps(tx, contest.metric.id, (&from, &until), then, MOST_STEPS).await?;
    let mut last = 0;
    for step in &steps {
        last = step.happened_at.micros();
        for id in whose(book, contest, step) {
            if let Some(climb) = climbs.get_mut(&id) {
                climb.add(last, step.value);
            }
        }
    }
    let at = |climb: Climb| match climb.reached() {
        Reached::At(at) => Some(at),
        Reached::FromTheStart => None,
        // Beyond the lines that were gone through: after all of them.
        Reached::Not => Some(last),
    };
    Ok(climbs.into_iter().filter_map(|(id, climb)| Some((id, at(climb)?))).collect())
}

/// Whose a line is in a contest: the person's, or that of every team that they were in on its day.
fn whose(book: &Book, contest: &Contest, step: &Step) -> Vec<Uuid> {
    let holds = |one: &&Membership| {
        let is_then = one.since <= step.day && one.until.as_ref().is_none_or(|until| *until >= step.day);
        one.person_id == step.person_id && is_then
    };
    let mut times = book.everybody.memberships.iter().filter(holds);
    match (contest.of, &contest.part) {
        (Of::People, Part::Team(team)) => {
            times.any(|one| one.team_id == *team).then_some(step.person_id.0).into_iter().collect()
        }
        (Of::People, _) => vec![step.person_id.0],
        _ => times.map(|one| one.team_id.0).collect(),
    }
}

fn live_lines(contest: &Contest, places: Vec<Place<Uuid>>, own: Option<Uuid>, zone: &TimeZone) -> Vec<Line> {
    let whole = match contest.goal_figure().filter(|_| contest.kind.has_goal()) {
        Some(goal) => Some(goal),
        None => places.iter().filter_map(|place| place.value).max(),
    };
    let line = |place: Place<Uuid>| Line {
        id: place.key,
        rank: place.rank,
        shared: place.shared,
        value: rounded(contest, place.value),
        figure: figure(&contest.metric, place.value),
        reached: place.reached.and_then(instant).map(|at| written(at, zone)),
        won: place.won,
        prize: place.prize.and_then(|nth| contest.prizes.get(nth)).cloned().unwrap_or_default(),
        share: contest_rules::thousandths(place.value, whole),
        own: own == Some(place.key),
        name: place.name,
    };
    places.into_iter().map(line).collect()
}

fn kept_lines(book: &Book, contest: &Contest, kept: &[Kept], own: Option<Uuid>, zone: &TimeZone) -> Vec<Line> {
    let unit = contest.metric.unit();
    let scale = |value: i64| Fraction::new(i128::from(value), 1);
    let whole = contest.goal.or(kept.iter().filter_map(|one| one.figure).max()).and_then(scale);
    let line = |one: &Kept| {
        let (id, name) = named(book, one)?;
        Some(Line {
            id,
            name: name.to_owned(),
            rank: one.place.and_then(|place| u32::try_from(place).ok()),
            shared: one.shared,
            value: one.figure,
            figure: one.figure.map_or_else(|| "–".to_owned(), |figure| amount::show(figure, &unit)),
            reached: one.reached_at.map(|at| written(at, zone)),
            won: one.won,
            prize: one.prize.clone(),
            share: contest_rules::thousandths(one.figure.and_then(scale), whole),
            own: own == Some(id),
        })
    };
    kept.iter().filter_map(line).collect()
}

/// Whose a place is that was signed off; `None` for who wants to be on no board.
pub fn named<'b>(book: &'b Book, kept: &Kept) -> Option<(Uuid, &'b str)> {
    if let Some(team) = kept.team_id {
        return book.everybody.teams.iter().find(|one| one.id == team).map(|team| (team.id.0, team.name.as_str()));
    }
    let person = book.everybody.people.iter().find(|one| Some(one.id) == kept.person_id && !one.opted_out)?;
    Some((person.id.0, person.name.as_str()))
}

/// What isn’t any more what was signed off.
async fn late(tx: &mut OrgTx, book: &Book, contest: &Contest, kept: &[Kept]) -> Result<Vec<Late>> {
    let leaves = figures(tx, book, contest, None).await?;
    let unit = contest.metric.unit();
    let shown = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), |value| amount::show(value, &unit));
    let changed = kept.iter().filter_map(|one| {
        let (id, name) = named(book, one)?;
        let now = rounded(contest, leaves.value(book, &contest.metric, id));
        (now != one.figure).then(|| Late { name: name.to_owned(), before: shown(one.figure), now: shown(now) })
    });
    Ok(changed.collect())
}

/// "24 November, 3:15 pm"
fn written(at: Instant, zone: &TimeZone) -> String {
    at.timestamp().to_zoned(zone.clone()).strftime("%-d %B, %-I:%M %P").to_string()
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn places_are_counted_as_people_do() {
        for (rank, word) in
            [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")]
        {
            assert_eq!(ordinal(rank), word);
        }
    }
}
