//! Who stands where: of everybody, every team or every branch, what a metric comes to in a period, and in which order.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use jiff::civil::Date;
use uuid::Uuid;

use super::{
    amount,
    entries::{self, manages, zone},
    formula::{self, Formula, Fraction},
    ids::{EntryId, MetricId, PersonId, TeamId},
    metrics,
    people::{self, Everybody, Person},
    period::{self, Calendar, Period, day_of},
    permissions,
    ranking::{self, Direction, Entrant, Standing, Ties},
    store::{self, Membership, Metric, Sum, Team},
};
use crate::{
    db::Access,
    error::{AppError, Code, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// Of whom a board is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Of each person.
    People,
    /// Of each team.
    Teams,
    /// Of each branch.
    Branches,
}

impl Of {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::People, Self::Teams, Self::Branches];

    /// The word in addresses and rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Teams => "teams",
            Self::Branches => "branches",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == word)
    }

    /// "People"
    pub const fn label(self) -> &'static str {
        match self {
            Self::People => "People",
            Self::Teams => "Teams",
            Self::Branches => "Branches",
        }
    }

    /// What such teams are stored as: `team` or `branch`; nothing for people.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::People => "",
            Self::Teams => "team",
            Self::Branches => "branch",
        }
    }
}

/// Which board is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The metric's word; empty: the first that there is.
    pub metric: String,
    /// The period's key; empty: this month.
    pub period: String,
    /// Of whom.
    pub of: Of,
    /// Only of who is in this team, for the days on which they are.
    pub team: Option<TeamId>,
    /// What becomes of equals.
    pub ties: Ties,
}

/// A board.
#[derive(Debug, Clone)]
pub struct Board {
    /// Of what.
    pub metric: Metric,
    /// Of when.
    pub period: Period,
    /// It runs still: today is in it.
    pub running: bool,
    /// Of whom.
    pub of: Of,
    /// Within which team.
    pub team: Option<Team>,
    /// The first first.
    pub lines: Vec<Line>,
    /// What all of it comes to, those who are on no board among them; `None`: nothing to show.
    pub total: Option<Fraction>,
    /// Only their own place is shown to whoever asks.
    pub private: bool,
    /// How many take part, of whom the lines may be a part.
    pub takes_part: usize,
}

impl Board {
    /// Leaves those out who have nothing; whoever asks stays. Places are as they are among all.
    pub fn leave_out_empty(&mut self) {
        self.lines.retain(|line| line.own || line.value.is_some_and(|value| !value.is_zero()));
    }
}

/// A place on a board.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whose: a person's or a team's id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Which place: none where there is nothing to show.
    pub rank: Option<u32>,
    /// Somebody else has the same.
    pub shared: bool,
    /// What it comes to.
    pub value: Option<Fraction>,
    /// What is missing to the next better; none for the first.
    pub gap: Option<Fraction>,
    /// It is whoever asks.
    pub own: bool,
}

/// All that a board is made of, read once.
#[derive(Debug, Clone)]
pub struct Book {
    /// What is counted.
    pub metrics: Vec<Metric>,
    /// The formulas among them, read once.
    pub formulas: BTreeMap<MetricId, Formula>,
    /// Who, and where.
    pub everybody: Everybody,
    /// How the organisation counts.
    pub calendar: Calendar,
    /// Today, on its clock.
    pub today: Date,
}

/// A board, as far as whoever asks may see it.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a metric or team that isn't this organisation's or isn't for them; 422 for a period that is none.
pub async fn show(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<Board> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = book(&mut tx).await?;
    let board = of(&mut tx, &book, asked).await?;
    tx.rollback().await?;
    Ok(board)
}

/// What boards are made of.
///
/// # Errors
/// The database is busy.
pub async fn book(tx: &mut OrgTx) -> Result<Book> {
    let metrics = store::metrics(tx).await?;
    let formulas = metrics.iter().filter_map(|metric| Some((metric.id, formula::parse(&metric.formula).ok()?)));
    let formulas = formulas.collect();
    let everybody = people::read(tx).await?;
    let calendar = calendar(tx).await?;
    let today = day_of(tx.now().timestamp(), &zone(tx)?);
    Ok(Book { metrics, formulas, everybody, calendar, today })
}

/// How the organisation counts its weeks and fortnights.
///
/// # Errors
/// The database is busy.
pub async fn calendar(tx: &mut OrgTx) -> Result<Calendar> {
    let Some(settings) = store::settings(tx).await? else { return Ok(Calendar::default()) };
    let usual = Calendar::default();
    let weekday =
        i8::try_from(settings.week_starts).ok().and_then(|day| jiff::civil::Weekday::from_monday_one_offset(day).ok());
    Ok(Calendar {
        week_starts: weekday.unwrap_or(usual.week_starts),
        fortnight_from: settings.fortnight_from.parse().unwrap_or(usual.fortnight_from),
    })
}

/// A board inside a transaction.
///
/// # Errors
/// As [`show`].
pub async fn of(tx: &mut OrgTx, book: &Book, asked: &Asked) -> Result<Board> {
    let metric = asked_metric(tx, book, &asked.metric)?.clone();
    let period = asked_period(book, &asked.period)?;
    let teams = &book.everybody.teams;
    // A team's own place is among all teams.
    let team = match asked.team.filter(|_| asked.of == Of::People) {
        Some(id) => Some(people::find_team(teams, &id.to_string())?.clone()),
        None => None,
    };
    let running = period.contains(book.today);
    let (from, until) = (period.from.to_string(), period.until.to_string());
    let by_person = Leaves::read(tx, book, &metric, team.as_ref().map(|team| team.id), &from, &until, false).await?;
    let total = by_person.all(book, &metric);
    let own = people::own(tx, &book.everybody.people).map(|own| own.id);
    let entrants = if asked.of == Of::People {
        takes_part(book, &period, team.as_ref())
            .into_iter()
            .map(|person| (person.id.0, person.name.clone(), by_person.value(book, &metric, person.id.0)))
            .collect::<Vec<_>>()
    } else {
        let by_team = Leaves::read(tx, book, &metric, None, &from, &until, true).await?;
        teams
            .iter()
            .filter(|team| team.kind == asked.of.kind() && (team.active || !running))
            .map(|team| (team.id.0, team.name.clone(), by_team.value(book, &metric, team.id.0)))
            .collect()
    };
    let direction = direction(&metric);
    let reached = match asked.ties {
        Ties::FirstToReach if asked.of == Of::People && metric.is_sum() => {
            first_to_reach(tx, book, &metric, team.as_ref(), &entrants, (&from, &until), direction).await?
        }
        _ => BTreeMap::new(),
    };
    let entrants = entrants
        .into_iter()
        .map(|(key, name, value)| Entrant { key, name, value, reached: reached.get(&key).copied() })
        .collect();
    let standings = ranking::rank(entrants, direction, asked.ties);
    let gaps = gaps(&metric, &standings);
    let takes_part = standings.len();
    let private = metric.shown_to == "own" && !manages(tx);
    let line = |(standing, gap): (Standing<Uuid, Fraction>, Option<Fraction>)| Line {
        own: own.is_some_and(|own| own.0 == standing.key),
        id: standing.key,
        name: standing.name,
        rank: standing.rank,
        shared: standing.shared,
        value: standing.value,
        gap,
    };
    let mut lines: Vec<Line> = standings.into_iter().zip(gaps).map(line).collect();
    if private {
        lines.retain(|line| line.own);
        // With what is missing to the next better, their figure would be known.
        for line in &mut lines {
            line.gap = None;
        }
    }
    let total = if private { None } else { total };
    Ok(Board { metric, period, running, of: asked.of, team, lines, total, private, takes_part })
}

/// The metric that is asked for: the first, where none is said. What only managers see isn't there for others.
///
/// # Errors
/// 404.
pub fn asked_metric<'b>(tx: &OrgTx, book: &'b Book, key: &str) -> Result<&'b Metric> {
    let metric = if key.is_empty() {
        seen(tx, book).next().ok_or_else(|| AppError::not_found("anything that is counted"))?
    } else {
        metrics::find_key(&book.metrics, key)?
    };
    if metric.shown_to == "managers" && !manages(tx) {
        return Err(AppError::not_found("what is counted"));
    }
    Ok(metric)
}

/// The metrics that whoever asks may see and that are in use.
pub fn seen<'b>(tx: &OrgTx, book: &'b Book) -> impl Iterator<Item = &'b Metric> {
    let manages = manages(tx);
    book.metrics.iter().filter(move |metric| metric.active && (manages || metric.shown_to != "managers"))
}

/// The period that is asked for: this month, where none is said; `month` and the like are the one that runs.
///
/// # Errors
/// 422 for what is none.
pub fn asked_period(book: &Book, key: &str) -> Result<Period> {
    let key = if key.is_empty() { "month" } else { key };
    let found = match period::Kind::parse(key) {
        Some(kind) => book.calendar.containing(kind, book.today),
        None => match key.strip_prefix("last:").map(str::parse) {
            Some(Ok(days)) => Period::rolling(days, book.today).ok(),
            Some(Err(_)) => None,
            None => Period::parse(key, &book.calendar),
        },
    };
    found.ok_or_else(|| AppError::new(Code::Invalid, "We don’t know that period. Please choose another."))
}

/// Whether a metric’s amounts are with GST, to stand after something: " · including GST".
pub fn gst_words(metric: &Metric) -> &'static str {
    match metric.gst.as_str() {
        "including" => " · including GST",
        "excluding" => " · excluding GST",
        _ => "",
    }
}

/// What a figure of this metric looks like: "$1,234.50"; a dash where there is nothing to show.
pub fn figure(metric: &Metric, value: Option<Fraction>) -> String {
    let unit = metric.unit();
    let decimals = unit.decimals();
    match value {
        None => "–".to_owned(),
        Some(value) => match value.round_to(decimals) {
            Some(value) => amount::show(value, &unit),
            None => "too large to show".to_owned(),
        },
    }
}

/// Who is on a board of people: who belonged in the period, and in a period that runs who hasn't left; not who doesn't want to.
pub(super) fn takes_part<'b>(book: &'b Book, period: &Period, team: Option<&Team>) -> Vec<&'b Person> {
    let running = period.contains(book.today);
    let last = if running { book.today } else { period.last() };
    let (from, until) = (period.from.to_string(), last.to_string());
    let in_team: Option<BTreeSet<PersonId>> = team.map(|team| {
        let memberships = book.everybody.memberships.iter().filter(|one| one.team_id == team.id);
        memberships
            .filter(|one| one.since <= until && one.until.as_ref().is_none_or(|last| *last >= from))
            .map(|one| one.person_id)
            .collect()
    });
    let belonged = |person: &&Person| {
        person.joined.is_none_or(|joined| joined <= last)
            && person.left.is_none_or(|left| left >= if running { book.today } else { period.from })
    };
    let mut people: Vec<&Person> = book.everybody.people.iter().filter(|person| !person.opted_out).collect();
    people.retain(belonged);
    if let Some(in_team) = in_team {
        people.retain(|person| in_team.contains(&person.id));
    }
    people
}

/// Which figures of a metric are the good ones.
pub(super) fn direction(metric: &Metric) -> Direction {
    if metric.lower_is_better { Direction::LowerIsBetter } else { Direction::HigherIsBetter }
}

/// What is missing to the next better, of each of those who stand somewhere.
pub(super) fn gaps<K>(metric: &Metric, standings: &[Standing<K, Fraction>]) -> Vec<Option<Fraction>> {
    ranking::gaps(standings, |better, own| match direction(metric) {
        Direction::HigherIsBetter => better.checked_sub(*own),
        Direction::LowerIsBetter => own.checked_sub(*better),
    })
}

/// Who stood where in a period, of those who were on boards, by sums that were read already. Equals share their place.
pub(super) fn standings(
    book: &Book,
    metric: &Metric,
    period: &Period,
    sums: &Leaves,
) -> Vec<Standing<PersonId, Fraction>> {
    let entrants = takes_part(book, period, None).into_iter().map(|person| Entrant {
        key: person.id,
        name: person.name.clone(),
        value: sums.value(book, metric, person.id.0),
        reached: None,
    });
    ranking::rank(entrants.collect(), direction(metric), Ties::Shared)
}

/// So many lines are compared at most to tell who was first.
const MOST_COMPARED: i64 = 20_000;

/// Of those who have the same figure as somebody else: when each first had it, by when it happened.
async fn first_to_reach(
    tx: &mut OrgTx,
    book: &Book,
    metric: &Metric,
    team: Option<&Team>,
    entrants: &[(Uuid, String, Option<Fraction>)],
    (from, until): (&str, &str),
    direction: Direction,
) -> Result<BTreeMap<Uuid, i64>> {
    let mut holders: BTreeMap<Fraction, Vec<Uuid>> = BTreeMap::new();
    for (id, _, value) in entrants {
        if let Some(value) = value {
            holders.entry(*value).or_default().push(*id);
        }
    }
    let tied: BTreeSet<Uuid> = holders.into_values().filter(|holders| holders.len() > 1).flatten().collect();
    let mut entries: BTreeMap<Uuid, Vec<(i64, i64)>> = BTreeMap::new();
    if !tied.is_empty() {
        let lines = store::counted(tx, metric.id, from, until, MOST_COMPARED + 1).await?;
        // Of so many it would take too long to tell: equals share their place then.
        if i64::try_from(lines.len()).unwrap_or(i64::MAX) > MOST_COMPARED {
            return Ok(BTreeMap::new());
        }
        let mut times: BTreeMap<PersonId, Vec<&Membership>> = BTreeMap::new();
        for one in book.everybody.memberships.iter().filter(|one| team.is_some_and(|team| team.id == one.team_id)) {
            times.entry(one.person_id).or_default().push(one);
        }
        for line in lines {
            let was_in = team.is_none()
                || times.get(&line.person_id).is_some_and(|times| {
                    times
                        .iter()
                        .any(|one| one.since <= line.day && one.until.as_ref().is_none_or(|last| *last >= line.day))
                });
            if was_in && tied.contains(&line.person_id.0) {
                entries.entry(line.person_id.0).or_default().push((line.happened_at.micros(), line.value));
            }
        }
    }
    let reached = entries.into_iter().filter_map(|(id, entries)| Some((id, ranking::reached_at(entries, direction)?)));
    Ok(reached.collect())
}

/// What the sums come to that a metric is reckoned from, of each person or each team.
pub(super) struct Leaves(BTreeMap<MetricId, BTreeMap<Uuid, i128>>);

impl Leaves {
    /// Of everything that is added up: what was read of it, of whom, and what it comes to.
    pub(super) fn gathered(book: &Book, sums: impl IntoIterator<Item = (MetricId, Uuid, i128)>) -> Self {
        let mut leaves: BTreeMap<MetricId, BTreeMap<Uuid, i128>> =
            book.metrics.iter().filter(|metric| metric.is_sum()).map(|metric| (metric.id, BTreeMap::new())).collect();
        for (metric, id, sum) in sums {
            leaves.entry(metric).or_default().insert(id, sum);
        }
        Self(leaves)
    }

    pub(super) async fn read(
        tx: &mut OrgTx,
        book: &Book,
        metric: &Metric,
        team: Option<TeamId>,
        from: &str,
        until: &str,
        by_team: bool,
    ) -> Result<Self> {
        let mut leaves = BTreeMap::new();
        for leaf in leaves_of(book, metric) {
            let sums: Vec<Sum> = match (by_team, team) {
                (true, _) => store::sums_by_team(tx, leaf, from, until).await?,
                (false, Some(team)) => store::sums_by_person_in(tx, leaf, team, from, until).await?,
                (false, None) => store::sums_by_person(tx, leaf, from, until).await?,
            };
            leaves.insert(leaf, sums.into_iter().map(|sum| (sum.id, sum.value())).collect());
        }
        Ok(Self(leaves))
    }

    /// What the metric comes to of somebody.
    pub(super) fn value(&self, book: &Book, metric: &Metric, id: Uuid) -> Option<Fraction> {
        evaluate(book, metric, &|leaf| Some(self.0.get(&leaf)?.get(&id).copied().unwrap_or(0)))
    }

    /// What it comes to of all together: the parts are added up first, so that a ratio is of the sums.
    pub(super) fn all(&self, book: &Book, metric: &Metric) -> Option<Fraction> {
        evaluate(book, metric, &|leaf| Some(self.0.get(&leaf)?.values().sum()))
    }
}

/// The metrics whose entries one is reckoned from.
pub(super) fn leaves_of(book: &Book, metric: &Metric) -> BTreeSet<MetricId> {
    let mut leaves = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![metric];
    while let Some(metric) = open.pop() {
        if !seen.insert(metric.id) {
            continue;
        }
        if metric.is_sum() {
            leaves.insert(metric.id);
        }
        open.extend(parts_of(book, metric));
    }
    leaves
}

fn parts_of<'b>(book: &'b Book, metric: &Metric) -> Vec<&'b Metric> {
    let by_id = |id: Option<MetricId>| book.metrics.iter().find(|other| Some(other.id) == id);
    let mut parts: Vec<&Metric> = [metric.numerator_id, metric.denominator_id].into_iter().filter_map(by_id).collect();
    if let Some(formula) = book.formulas.get(&metric.id) {
        let names = formula.names().into_iter();
        parts.extend(names.filter_map(|name| book.metrics.iter().find(|other| other.key == name)));
    }
    parts
}

/// What metrics come to, each reckoned once.
struct Reckoning<'b> {
    book: &'b Book,
    /// What the entries of a metric add up to.
    leaf: &'b dyn Fn(MetricId) -> Option<i128>,
    known: RefCell<BTreeMap<MetricId, Option<Fraction>>>,
}

impl Reckoning<'_> {
    /// In its own unit (dollars, not cents). `None`: nothing to show.
    fn value(&self, metric: &Metric, depth: usize) -> Option<Fraction> {
        if let Some(known) = self.known.borrow().get(&metric.id) {
            return *known;
        }
        let value = self.reckon(metric, depth);
        self.known.borrow_mut().insert(metric.id, value);
        value
    }

    fn reckon(&self, metric: &Metric, depth: usize) -> Option<Fraction> {
        // Deeper ones are refused when they are set up.
        if depth > metrics::DEEPEST {
            return None;
        }
        match metric.kind.as_str() {
            "sum" => Fraction::new((self.leaf)(metric.id)?, 10_i128.pow(u32::try_from(metric.decimals).ok()?)),
            "ratio" => {
                let part = |id: Option<MetricId>| {
                    self.value(self.book.metrics.iter().find(|other| Some(other.id) == id)?, depth + 1)
                };
                let ratio = part(metric.numerator_id)?.checked_div(part(metric.denominator_id)?)?;
                if metric.suffix == "%" { ratio.checked_mul(Fraction::from(100)) } else { Some(ratio) }
            }
            _ => self.book.formulas.get(&metric.id)?.value(&|name| {
                let other = self.book.metrics.iter().find(|other| other.key == name && other.id != metric.id)?;
                self.value(other, depth + 1)
            }),
        }
    }
}

/// What a metric comes to, of what its leaves add up to.
pub(super) fn evaluate(book: &Book, metric: &Metric, leaf: &dyn Fn(MetricId) -> Option<i128>) -> Option<Fraction> {
    Reckoning { book, leaf, known: RefCell::default() }.value(metric, 0)
}

/// Lines of a list, and where the next ones begin.
#[derive(Debug)]
pub struct Page {
    /// The newest first.
    pub lines: Vec<store::Entry>,
    /// There are more, after this place.
    pub next: Option<(String, EntryId)>,
}

/// So much is looked through for one page, in pages of the ledger: of what isn't for whoever asks there may be no end.
const MOST_LOOKED_THROUGH: usize = 10;

/// The lines of the ledger under a figure, the newest first, as far as whoever asks may see them. A page may be shorter than others, and have a
/// next all the same.
///
/// # Errors
/// As [`show`]; 404 for somebody whose lines aren't for whoever asks.
pub async fn under(
    tx: &mut OrgTx,
    book: &Book,
    metric: &Metric,
    person: Option<PersonId>,
    period: &Period,
    after: Option<(&str, EntryId)>,
) -> Result<Page> {
    let own = people::own(tx, &book.everybody.people).map(|own| own.id);
    if let Some(named) = person.filter(|id| Some(*id) != own && !manages(tx)) {
        let is_hidden = book.everybody.people.iter().any(|one| one.id == named && one.opted_out);
        if metric.shown_to != "everyone" || is_hidden {
            return Err(people::nobody());
        }
    }
    let person =
        if metric.shown_to == "everyone" || manages(tx) { person } else { Some(own.ok_or_else(people::nobody)?) };
    let (from, until) = (period.from.to_string(), period.until.to_string());
    let size = usize::try_from(entries::PAGE).unwrap_or(0);
    let leaves = leaves_of(book, metric);
    let mut place = after.map(|(day, id)| (day.to_owned(), id));
    let mut lines: Vec<store::Entry> = Vec::new();
    let mut more = true;
    for _ in 0..MOST_LOOKED_THROUGH {
        let at = place.as_ref().map(|(day, id)| (day.as_str(), *id));
        let mut read = Vec::new();
        for leaf in &leaves {
            read.extend(store::entries_of(tx, *leaf, person, (&from, &until), at, entries::PAGE + 1).await?);
        }
        read.sort_by(|one, other| (&other.day, other.id).cmp(&(&one.day, one.id)));
        more = read.len() > size;
        read.truncate(size);
        for line in read {
            place = Some((line.day.clone(), line.id));
            if entries::check_seen(tx, &book.metrics, &book.everybody.people, &line).is_ok() {
                lines.push(line);
                if lines.len() == size {
                    return Ok(Page { lines, next: place });
                }
            }
        }
        if !more {
            break;
        }
    }
    Ok(Page { lines, next: place.filter(|_| more) })
}
