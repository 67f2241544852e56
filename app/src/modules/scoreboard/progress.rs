//! How targets stand: what is done of them, what was due, where it is heading, and whether the parts come to the whole.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    amount,
    board::{self, Book, Leaves, Of, figure, takes_part},
    entries::manages,
    formula::Fraction,
    ids::{PersonId, TeamId},
    pace::{self, Forecast, Method, Pace, State},
    people::{self, Person},
    period::{Kind, Period},
    ranking::Direction,
    store::{
        Metric,
        targets::{self as rows, Day, Target},
    },
    targets::{Amounts, Whose, is_there, period_of, read_stretch},
    views::Span,
    working::Working,
};
use crate::{
    clock::day_typed,
    error::{AppError, Result},
    money::{counted, grouped},
    org::OrgTx,
};

/// So many days of people are looked at to tell where they are heading.
const MOST_DAYS: i64 = 20_000;
/// Somebody's own page tells of so many targets.
const MOST_OWN: i64 = 12;

/// How the targets of a metric stand in a period, as far as whoever asks may see it.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Of what.
    pub metric: Metric,
    /// Of when.
    pub period: Period,
    /// It is of all together, then of teams and branches, then of people, each in the order of their names.
    pub lines: Vec<Line>,
    /// Whether the parts come to the whole: "People’s targets are $500.00 short of North’s."
    pub sums: Vec<String>,
    /// Only their own is shown to whoever asks.
    pub private: bool,
    /// There were too many days to look at to tell where it is heading.
    pub too_many: bool,
}

/// How one target stands.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whose.
    pub whose: Whose,
    /// Their name.
    pub name: String,
    /// It is of whoever asks.
    pub own: bool,
    /// What is to be reached.
    pub target: Target,
    /// What is done.
    pub done: Option<Fraction>,
    /// How that stands.
    pub standing: Standing,
}

/// How a figure stands against what is to be reached.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// In a word.
    pub state: State,
    /// Day by day; `None` of what no days add up to: ratios and formulas.
    pub pace: Option<Pace>,
    /// Where it is heading, while the period runs.
    pub forecast: Option<Forecast>,
    /// So many stretch levels are reached.
    pub level: usize,
    /// How much of it is done, in thousandths: 0 to 1,000, for a bar.
    pub thousandths: i64,
}

impl Standing {
    /// Nothing has to be done about it.
    pub fn is_good(&self) -> bool {
        !matches!(self.state, State::Behind | State::Missed)
    }

    /// "On pace"
    pub fn word(&self, metric: &Metric) -> &'static str {
        match (self.state, self.pace) {
            (State::NotStarted, None) => "Nothing yet",
            (State::NotStarted, Some(_)) => "Not started",
            (State::Ahead, _) => "Ahead",
            (State::OnPace, Some(_)) => "On pace",
            (State::OnPace, None) => "On target",
            (State::Behind, Some(pace)) if metric.lower_is_better && pace.remaining < 0 => "Over",
            (State::Behind, Some(_)) => "Behind",
            (State::Behind, None) if metric.lower_is_better => "Above target",
            (State::Behind, None) => "Below target",
            (State::Reached, _) if metric.lower_is_better => "Kept",
            (State::Reached, _) => "Reached",
            (State::Missed, _) => "Missed",
            (State::NoTarget, _) => "No target",
        }
    }

    /// "42%"; `None` where there is nothing to divide by, or a ratio is divided already.
    pub fn percent(&self, metric: &Metric) -> Option<String> {
        let hundredths = self.pace?.percent_of_target?;
        // Never 100 % too early: down, or up where lower is better.
        let percent = if metric.lower_is_better {
            hundredths.saturating_neg().div_euclid(100).saturating_neg()
        } else {
            hundredths.div_euclid(100)
        };
        let sign = if percent < 0 { "−" } else { "" };
        Some(format!("{sign}{}%", grouped(percent.unsigned_abs())))
    }

    /// How far behind what was due by yesterday, or ahead of what is due by today’s end: "$500.00 behind".
    pub fn apart(&self, metric: &Metric) -> Option<String> {
        let pace = self.pace?;
        let by = |other: i64| amount::show(apart(pace.done, other), &metric.unit());
        let (least, most) = (pace.due_before.min(pace.expected), pace.due_before.max(pace.expected));
        Some(match (self.state, metric.lower_is_better) {
            (State::Ahead, false) => format!("{} ahead", by(most)),
            (State::Behind, false) => format!("{} behind", by(least)),
            (State::Ahead, true) => format!("{} less than allowed", by(least)),
            (State::Behind, true) if pace.remaining < 0 => {
                format!("{} over the target", amount::show(apart(pace.remaining, 0), &metric.unit()))
            }
            (State::Behind, true) => format!("{} more than allowed", by(most)),
            (State::Missed, false) => format!("{} short", amount::show(pace.remaining, &metric.unit())),
            (State::Missed, true) => {
                format!("{} over", amount::show(apart(pace.remaining, 0), &metric.unit()))
            }
            _ => return None,
        })
    }

    /// "$210.00 a working day"
    pub fn needed(&self, metric: &Metric) -> Option<String> {
        let each = self.pace?.required_per_day.filter(|_| !self.is_over())?;
        let shown = amount::show(each, &metric.unit());
        Some(match (metric.lower_is_better, each) {
            (true, _) => format!("at most {shown} a working day"),
            (false, 0) => return None,
            (false, _) => format!("{shown} a working day"),
        })
    }

    /// "12 working days left"
    pub fn left(&self) -> Option<String> {
        let left = self.pace?.working_days_left;
        (!self.is_over()).then(|| format!("{} left", counted(left, "working day", "working days")))
    }

    /// "$4,800.00, between $4,100.00 and $5,500.00"
    pub fn heading(&self, metric: &Metric) -> Option<String> {
        let (expected, range) = self.forecast_words(metric)?;
        Some(if range.is_empty() { expected } else { format!("{expected}, {range}") })
    }

    /// "$4,800.00", and how sure that is: "between $4,100.00 and $5,500.00".
    pub fn forecast_words(&self, metric: &Metric) -> Option<(String, String)> {
        let Forecast { expected, low, high, method } = self.forecast?;
        let show = |value: i64| amount::show(value, &metric.unit());
        let range = match method {
            Method::RunRate if low == high => String::new(),
            Method::RunRate => format!("between {} and {}", show(low), show(high)),
            Method::TooEarly => "too early for a range".to_owned(),
        };
        Some((show(expected), range))
    }

    /// "Stretch 1 of 2 reached"
    pub fn beyond(&self, target: &Target) -> Option<String> {
        let levels = read_stretch(&target.stretch).len();
        (self.level > 0).then(|| format!("Stretch {} of {levels} reached", self.level))
    }

    /// The period is over, or what was to be reached is.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Reached | State::Missed | State::NoTarget)
    }
}

/// How far apart two figures are; at the end of what an `i64` holds, as near to it as one can be.
fn apart(one: i64, other: i64) -> i64 {
    i64::try_from(one.abs_diff(other)).unwrap_or(i64::MAX)
}

/// What a page of a wall shows of targets, or of a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// "Sales"
    pub title: String,
    /// "November 2026"
    pub about: String,
    /// The first first.
    pub rows: Vec<WallRow>,
}

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WallRow {
    /// Whose.
    pub name: String,
    /// What is done.
    pub done: String,
    /// What is to be reached.
    pub target: String,
    /// How much of it is done: 0 to 1,000, for a bar.
    pub thousandths: i64,
    /// "On pace"
    pub word: String,
    /// Nothing has to be done about it.
    pub good: bool,
}

/// How one target of somebody's own stands, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mine {
    /// The metric's word.
    pub metric: String,
    /// What is counted: “Sales”.
    pub name: String,
    /// The period's key: `month:2026-11-01`.
    pub period: String,
    /// For people: “November 2026”.
    pub when: String,
    /// “$5,000.00”
    pub target: String,
    /// “$2,100.00”
    pub done: String,
    /// “42%”; null where there is nothing to divide by.
    pub percent: Option<String>,
    /// How much of it is done, in thousandths: 0 to 1,000.
    pub thousandths: i64,
    /// “On pace”
    pub word: String,
    /// Nothing has to be done about it.
    pub good: bool,
    /// “$500.00 behind what was due by yesterday”; null where nothing is to be said.
    pub apart: Option<String>,
    /// “$210.00 a working day”; null once it is reached.
    pub needed: Option<String>,
    /// “12 working days left”
    pub left: Option<String>,
    /// Where it is heading: “$4,800.00, between $4,100.00 and $5,500.00”.
    pub heading: Option<String>,
    /// “Stretch 1 of 2 reached”
    pub beyond: Option<String>,
}

/// How the targets of a metric stand in a period, as far as whoever asks may see it: managers all; others what is shown to everyone, and
/// their own. Who wants to be on no board is only in what teams and all come to.
///
/// # Errors
/// 404 for a metric that isn't there for whoever asks; 422 for a period that is none.
pub async fn of(tx: &mut OrgTx, book: &Book, metric: &str, period: &str) -> Result<Progress> {
    let metric = board::asked_metric(tx, book, metric)?;
    let period = super::targets::asked_period(book, period)?;
    let targets = rows::of_period(tx, metric.id, &period.key()).await?;
    let manages = manages(tx);
    let private = metric.shown_to != "everyone" && !manages;
    let own = people::own(tx, &book.everybody.people).map(|own| own.id);
    let sums = if manages && metric.is_sum() { reconciled(book, metric, &period, &targets) } else { Vec::new() };
    let mut shown = seen(book, &period, targets, own);
    if private {
        shown.retain(|(whose, _)| own.is_some_and(|own| *whose == Whose::Person(own)));
    }
    if shown.is_empty() {
        return Ok(Progress { metric: metric.clone(), period, lines: Vec::new(), sums, private, too_many: false });
    }
    let working = Working::read(tx, period.from, period.until).await?;
    let reading = Reading::read(tx, book, metric, period, &working, None).await?;
    let line = |(whose, target): (Whose, Target)| {
        let done = reading.done(whose);
        let standing = reading.standing(whose, &target, done);
        Some(Line {
            name: whose.name(book)?.to_owned(),
            own: own.is_some_and(|own| whose == Whose::Person(own)),
            whose,
            target,
            done,
            standing,
        })
    };
    let lines = shown.into_iter().filter_map(line).collect();
    let too_many = metric.is_sum() && reading.days.is_none();
    Ok(Progress { metric: metric.clone(), period, lines, sums, private, too_many })
}

/// The targets that can be shown, in order: of all, of teams in use, of people who take part, and whoever asks.
fn seen(book: &Book, period: &Period, targets: Vec<Target>, own: Option<PersonId>) -> Vec<(Whose, Target)> {
    let part: Vec<PersonId> = takes_part(book, period, None).into_iter().map(|person| person.id).collect();
    let is_seen = |whose: &Whose| match whose {
        Whose::Everybody => true,
        Whose::Team(_) => is_there(book, *whose, period) || !period.contains(book.today),
        Whose::Person(id) => part.contains(id) || own == Some(*id),
    };
    let mut all: BTreeMap<Whose, Target> =
        targets.into_iter().map(|target| (Whose::of(target.person_id, target.team_id), target)).collect();
    // In the book's order, which is that of names, teams before branches.
    let teams = book.everybody.teams.iter().map(|team| Whose::Team(team.id));
    let people = book.everybody.people.iter().map(|person| Whose::Person(person.id));
    let order = std::iter::once(Whose::Everybody).chain(teams).chain(people);
    order.filter(is_seen).filter_map(|whose| Some((whose, all.remove(&whose)?))).collect()
}

/// Whether the parts' targets come to the whole's: of each team its people's, of all the teams' and everybody's. Those of people who want to
/// be on no board are in it.
fn reconciled(book: &Book, metric: &Metric, period: &Period, targets: &[Target]) -> Vec<String> {
    let of_people = |is_in: &dyn Fn(PersonId) -> bool| -> Vec<i64> {
        targets.iter().filter(|one| one.person_id.is_some_and(is_in)).map(|one| one.amount).collect()
    };
    let mut words = Vec::new();
    for team in &book.everybody.teams {
        let Some(whole) = targets.iter().find(|one| one.team_id == Some(team.id)) else { continue };
        let people = of_people(&|person| was_in(book, person, team.id, period));
        words.extend(sentence(metric, "People’s", &format!("{}’s", team.name), whole.amount, &people));
    }
    if let Some(whole) = targets.iter().find(|one| one.person_id.is_none() && one.team_id.is_none()) {
        let is_team = |id: TeamId| book.everybody.teams.iter().any(|team| team.id == id && team.kind == "team");
        let teams: Vec<i64> =
            targets.iter().filter(|one| one.team_id.is_some_and(is_team)).map(|one| one.amount).collect();
        words.extend(sentence(metric, "Teams’", "everybody’s", whole.amount, &teams));
        words.extend(sentence(metric, "People’s", "everybody’s", whole.amount, &of_people(&|_| true)));
    }
    words
}

/// "People’s targets are $500.00 short of North’s."; `None` where there are no parts.
fn sentence(metric: &Metric, parts: &str, whole_of: &str, whole: i64, amounts: &[i64]) -> Option<String> {
    if amounts.is_empty() {
        return None;
    }
    let by = pace::reconcile(whole, amounts);
    let shown = amount::show(apart(by, 0), &metric.unit());
    Some(match by {
        0 => format!("{parts} targets come to {whole_of}."),
        short if short < 0 => format!("{parts} targets are {shown} short of {whole_of}."),
        _ => format!("{parts} targets are {shown} more than {whole_of}."),
    })
}

/// Somebody is in a team or a branch on a day of a period, and with the business.
fn was_in(book: &Book, person: PersonId, team: TeamId, period: &Period) -> bool {
    let Some(who) = book.everybody.people.iter().find(|one| one.id == person) else { return false };
    let theirs = book.everybody.memberships.iter().filter(|one| one.person_id == person && one.team_id == team);
    let mut spans = theirs.filter_map(Span::of).filter_map(|span| span.within(who));
    spans.any(|span| span.first < period.until && span.last.is_none_or(|last| last >= period.from))
}

/// What the standing of a metric's targets in a period is reckoned from.
struct Reading<'b> {
    book: &'b Book,
    metric: &'b Metric,
    period: Period,
    working: &'b Working,
    by_person: Leaves,
    by_team: Option<Leaves>,
    /// What each day comes to, by its place in the period; `None`: nothing adds up to days, or there are too many.
    days: Option<BTreeMap<PersonId, BTreeMap<usize, i64>>>,
}

impl<'b> Reading<'b> {
    /// Of everybody and all teams, or of one person alone.
    async fn read(
        tx: &mut OrgTx,
        book: &'b Book,
        metric: &'b Metric,
        period: Period,
        working: &'b Working,
        only: Option<PersonId>,
    ) -> Result<Self> {
        let (from, until, last) = (period.from.to_string(), period.until.to_string(), period.last().to_string());
        let by_person = Leaves::read(tx, book, metric, None, &from, &until, false).await?;
        let by_team = match only {
            Some(_) => None,
            None => Some(Leaves::read(tx, book, metric, None, &from, &until, true).await?),
        };
        let runs = period.contains(book.today);
        let days = if metric.is_sum() && runs {
            let read = rows::days(tx, metric.id, only, &from, &last, MOST_DAYS + 1).await?;
            (i64::try_from(read.len()).unwrap_or(i64::MAX) <= MOST_DAYS).then(|| by_place(&period, read))
        } else {
            (metric.is_sum() && !runs).then(BTreeMap::new)
        };
        Ok(Self { book, metric, period, working, by_person, by_team, days })
    }

    fn done(&self, whose: Whose) -> Option<Fraction> {
        match whose {
            Whose::Everybody => self.by_person.all(self.book, self.metric),
            Whose::Team(team) => self.by_team.as_ref()?.value(self.book, self.metric, team.0),
            Whose::Person(person) => self.by_person.value(self.book, self.metric, person.0),
        }
    }

    fn standing(&self, whose: Whose, target: &Target, done: Option<Fraction>) -> Standing {
        let direction = if self.metric.lower_is_better { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
        let place = place(&self.period, self.book.today);
        let Amounts { amount, stretch } = Amounts::of(target);
        if self.metric.is_sum() {
            self.of_sum(whose, (amount, &stretch), done, place, direction)
        } else {
            self.of_ratio((amount, &stretch), done, place, direction)
        }
    }

    fn of_sum(
        &self,
        whose: Whose,
        (amount, stretch): (i64, &[i64]),
        done: Option<Fraction>,
        today: Option<usize>,
        direction: Direction,
    ) -> Standing {
        let in_units = |done: Fraction| {
            let too_large = if done.is_negative() { i64::MIN } else { i64::MAX };
            done.round_to(self.metric.unit().decimals()).unwrap_or(too_large)
        };
        let done = done.map_or(0, in_units);
        let weights = self.weights(whose);
        let stands = pace::pace(amount, done, &weights, today, direction);
        let over = today.is_some_and(|today| today >= weights.len());
        let forecast = match (today, &self.days) {
            (Some(today), Some(days)) if !over => {
                let values = self.values(whose, days, weights.len());
                // Today is complete where nobody works.
                let complete = today + usize::from(weights.get(today) == Some(&0));
                let daily: Vec<(bool, i64)> =
                    weights.iter().map(|weight| *weight > 0).zip(values).take(complete).collect();
                Some(pace::forecast(&daily, stands.working_days_left, done))
            }
            _ => None,
        };
        let level = if direction == Direction::HigherIsBetter || over && stands.state == State::Reached {
            pace::level(done, stretch, direction)
        } else {
            0
        };
        let thousandths = match stands.percent_of_target {
            Some(hundredths) => hundredths.div_euclid(10).clamp(0, 1000),
            None if done > 0 => 1000,
            None => 0,
        };
        Standing { state: stands.state, pace: Some(stands), forecast, level, thousandths }
    }

    fn of_ratio(
        &self,
        (amount, stretch): (i64, &[i64]),
        done: Option<Fraction>,
        place: Option<usize>,
        direction: Direction,
    ) -> Standing {
        let scale = 10_i128.pow(u32::from(self.metric.unit().decimals()));
        let wanted = |amount: i64| Fraction::new(i128::from(amount), scale);
        let is_kept = |amount: i64| {
            let (done, wanted) = done.zip(wanted(amount))?;
            Some(if direction == Direction::HigherIsBetter { done >= wanted } else { done <= wanted })
        };
        let days = usize::try_from(self.period.days()).unwrap_or(usize::MAX);
        let state = pace::held(is_kept(amount), place, days);
        let level = stretch.iter().filter(|level| is_kept(**level) == Some(true)).count();
        let share = done.zip(wanted(amount)).and_then(|(done, wanted)| done.checked_div(wanted)?.round_to(3));
        Standing { state, pace: None, forecast: None, level, thousandths: share.unwrap_or(0).clamp(0, 1000) }
    }

    /// How many of whose it is work on each day.
    fn weights(&self, whose: Whose) -> Vec<u32> {
        match whose {
            Whose::Everybody => self.working.together(self.book, None, &self.period),
            Whose::Team(team) => self.working.together(self.book, Some(team), &self.period),
            Whose::Person(id) => {
                let person = self.book.everybody.people.iter().find(|person| person.id == id);
                let days = |person: &Person| self.working.of(person).days(self.period.from, self.period.until);
                person.map(days).unwrap_or_default().into_iter().map(u32::from).collect()
            }
        }
    }

    /// What each day comes to of whose it is.
    fn values(&self, whose: Whose, days: &BTreeMap<PersonId, BTreeMap<usize, i64>>, length: usize) -> Vec<i64> {
        let mut sums = vec![0_i128; length];
        for (person, values) in days {
            let counts: Box<dyn Fn(Date) -> bool> = match whose {
                Whose::Everybody => Box::new(|_| true),
                Whose::Person(id) if id == *person => Box::new(|_| true),
                Whose::Person(_) => continue,
                Whose::Team(team) => {
                    let memberships = self.book.everybody.memberships.iter();
                    let theirs = memberships.filter(|one| one.person_id == *person && one.team_id == team);
                    let spans: Vec<Span> = theirs.filter_map(Span::of).collect();
                    if spans.is_empty() {
                        continue;
                    }
                    Box::new(move |day| spans.iter().any(|span| span.holds_on(day)))
                }
            };
            for (place, value) in values {
                let day =
                    i64::try_from(*place).ok().map(|place| self.period.from.saturating_add(jiff::ToSpan::days(place)));
                if let Some(sum) = sums.get_mut(*place).filter(|_| day.is_some_and(&counts)) {
                    *sum += i128::from(*value);
                }
            }
        }
        let kept = |sum: i128| i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX });
        sums.into_iter().map(kept).collect()
    }
}

/// The place of a day in a period; `None` before it, and behind its last after it.
fn place(period: &Period, day: Date) -> Option<usize> {
    let before = Period { from: period.from, until: day, kind: None }.days();
    usize::try_from(before).ok()
}

fn by_place(period: &Period, days: Vec<Day>) -> BTreeMap<PersonId, BTreeMap<usize, i64>> {
    let mut of: BTreeMap<PersonId, BTreeMap<usize, i64>> = BTreeMap::new();
    for day in days {
        if let Some(place) = day_typed(&day.day).and_then(|date| place(period, date)) {
            of.entry(day.person_id).or_default().insert(place, day.value);
        }
    }
    of
}

/// How targets stand, for a wall that everybody sees: of all together, and then of people, teams or branches. No rows: there are no
/// targets.
///
/// # Errors
/// 404 for a metric that isn't there for everybody.
pub async fn on_wall(tx: &mut OrgTx, book: &Book, metric: &str, period: Kind, of: Of) -> Result<Wall> {
    let asked = board::asked_metric(tx, book, metric)?;
    if asked.shown_to != "everyone" {
        return Err(AppError::not_found("what is counted"));
    }
    let progress = self::of(tx, book, metric, period.as_str()).await?;
    let kind_of = |id: TeamId| book.everybody.teams.iter().find(|team| team.id == id).map(|team| team.kind.as_str());
    let is_of = |line: &Line| match (line.whose, of) {
        (Whose::Everybody, _) => true,
        (Whose::Person(id), Of::People) => {
            // Whoever asks for a wall is nobody: not even their own is on it where they want to be on no board.
            book.everybody.people.iter().any(|person| person.id == id && !person.opted_out)
        }
        (Whose::Team(id), Of::Teams) => kind_of(id) == Some("team"),
        (Whose::Team(id), Of::Branches) => kind_of(id) == Some("branch"),
        _ => false,
    };
    let metric = &progress.metric;
    let row = |line: &Line| WallRow {
        name: line.name.clone(),
        done: figure(metric, line.done),
        target: amount::show(line.target.amount, &metric.unit()),
        thousandths: line.standing.thousandths,
        word: line.standing.word(metric).to_owned(),
        good: line.standing.is_good(),
    };
    let rows = progress.lines.iter().filter(|line| is_of(line)).map(row).collect();
    Ok(Wall { title: metric.name.clone(), about: progress.period.label(), rows })
}

/// How somebody's own targets stand in the periods that run, what is over first before the others; of what they may see.
///
/// # Errors
/// The database is busy.
pub async fn of_person(tx: &mut OrgTx, book: &Book, person: &Person) -> Result<Vec<Mine>> {
    let today = book.today.to_string();
    let targets = rows::of_person_on(tx, person.id, &today, MOST_OWN).await?;
    let manages = manages(tx);
    let found: Vec<(&Metric, Period, Target)> = targets
        .into_iter()
        .filter_map(|target| {
            let metric = book.metrics.iter().find(|metric| metric.id == target.metric_id && metric.active)?;
            let period = period_of(&target.period, &target.first_day, &target.last_day)?;
            (manages || metric.shown_to != "managers").then_some((metric, period, target))
        })
        .collect();
    let from = found.iter().map(|(_, period, _)| period.from).min();
    let until = found.iter().map(|(_, period, _)| period.until).max();
    let Some((from, until)) = from.zip(until) else { return Ok(Vec::new()) };
    let working = Working::read(tx, from, until).await?;
    let mut mine = Vec::new();
    for (metric, period, target) in found {
        let reading = Reading::read(tx, book, metric, period, &working, Some(person.id)).await?;
        let whose = Whose::Person(person.id);
        let done = reading.done(whose);
        let standing = reading.standing(whose, &target, done);
        mine.push(in_words(metric, &period, &target, done, &standing));
    }
    Ok(mine)
}

fn in_words(metric: &Metric, period: &Period, target: &Target, done: Option<Fraction>, standing: &Standing) -> Mine {
    Mine {
        metric: metric.key.clone(),
        name: metric.name.clone(),
        period: target.period.clone(),
        when: period.label(),
        target: amount::show(target.amount, &metric.unit()),
        done: figure(metric, done),
        percent: standing.percent(metric),
        thousandths: standing.thousandths,
        word: standing.word(metric).to_owned(),
        good: standing.is_good(),
        apart: standing.apart(metric),
        needed: standing.needed(metric),
        left: standing.left(),
        heading: standing.heading(metric),
        beyond: standing.beyond(target),
    }
}
