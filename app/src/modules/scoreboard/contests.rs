//! Contests: from one day until another, of something that is counted, for prizes. Standings are what the ledger says until a manager signs them off;
//! from then on they stay, and what changes later is said beside them.

pub mod page;
pub mod seed;
pub mod standing;

pub use standing::{on_wall, running};

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    amount::{self, LIMIT},
    board::{self, Book, Of, figure},
    celebrations,
    contest_rules::{Kind, Place, State},
    formula::Fraction,
    ids::{ContestId, MetricId, PersonId, TeamId},
    metrics,
    people::finish,
    period::Period,
    permissions,
    ranking::{Direction, Ties},
    store::{
        self as tables, Metric,
        contests::{self as store, Entrant, Kept},
    },
};
use crate::{
    audit::Detail,
    clock::{Instant, day_typed},
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::{check_name, is_text},
};

/// An organisation has so many at most that aren't signed off or cancelled.
pub const MOST_OPEN: usize = 30;
/// A contest lasts so many days at most.
const MOST_DAYS: i64 = 366;
/// It can have begun so many days ago when it is set up.
const BEGUN_DAYS: i64 = 31;
/// So many people, or teams, are named at most.
const MOST_NAMED: usize = 100;
/// So many prizes there are at most.
pub const MOST_PRIZES: usize = 5;
/// The longest prize.
const LONGEST_PRIZE: usize = 200;
/// For so many hours at most standings stand still before the end.
const MOST_FROZEN: i64 = 168;
/// So many places are kept at most when it is signed off.
const MOST_KEPT: usize = 500;
/// So many winners are celebrated at most.
const MOST_CELEBRATED: usize = 10;

/// A contest, as a manager sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContestBody {
    /// Its name.
    pub name: String,
    /// The word of what is counted: `sales`. Everybody has to see it.
    pub metric: String,
    /// `most`: who leads at the end; `race`: who is the first to reach the goal, by when it happened; `threshold`: everybody who reaches it; or
    /// `head_to_head`: who of two leads at the end.
    #[serde(default = "most")]
    pub kind: String,
    /// Of `people`, `teams` or `branches`.
    #[serde(default = "people")]
    pub of: String,
    /// The first day on the business’s clock: `2026-11-23`.
    pub first_day: String,
    /// The last day, included.
    pub last_day: String,
    /// What is to be reached in a race or for a threshold, in the smallest unit: cents of money, or the last decimal of a number.
    #[serde(default)]
    pub goal: Option<i64>,
    /// `everybody`; `team`: only who is in `team`, with what they do while they are; or `named`: those in `people` or `teams`.
    #[serde(default = "everybody")]
    pub takes_part: String,
    /// The team or branch, where it is of a team’s people.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// The people, where they are named: two of them in a head to head.
    #[serde(default)]
    pub people: Vec<PersonId>,
    /// The teams or branches, where they are named.
    #[serde(default)]
    pub teams: Vec<TeamId>,
    /// Of equals: `shared`, one place, and each has its prize; `first`: who had reached it first is before. Of what is added up alone.
    #[serde(default = "shared")]
    pub ties: String,
    /// For so many hours before the end standings stand still for who looks, 0 to 168, until it is signed off.
    #[serde(default)]
    pub freeze_hours: i64,
    /// Up to five, the first place’s first.
    #[serde(default)]
    pub prizes: Vec<String>,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All people, teams or branches.
    Everybody,
    /// A team’s people, with what they do while they are in it.
    Team(TeamId),
    /// These, in this order.
    Named(Vec<Uuid>),
}

/// A contest.
#[derive(Debug, Clone)]
pub struct Contest {
    /// Its id.
    pub id: ContestId,
    /// Its name.
    pub name: String,
    /// How it is won.
    pub kind: Kind,
    /// Of what.
    pub metric: Metric,
    /// Of whom.
    pub of: Of,
    /// Who of them takes part.
    pub part: Part,
    /// Its days.
    pub period: Period,
    /// What is to be reached, in the metric’s smallest unit.
    pub goal: Option<i64>,
    /// What becomes of equals.
    pub ties: Ties,
    /// For so many hours before the end standings stand still for who looks.
    pub freeze_hours: i64,
    /// The first place’s first.
    pub prizes: Vec<String>,
    /// Where it is.
    pub state: State,
    /// When it was signed off.
    pub signed_at: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
}

impl Contest {
    /// What was stored; `None` for what this version doesn’t know. `entrants`: of any contests.
    fn read(book: &Book, row: store::Contest, entrants: &[Entrant]) -> Option<Self> {
        let metric = book.metrics.iter().find(|metric| metric.id == row.metric_id)?.clone();
        let (first, last) = (day_typed(&row.first_day)?, day_typed(&row.last_day)?);
        let part = match (row.takes_part.as_str(), row.team_id) {
            ("team", Some(team)) => Part::Team(team),
            ("named", _) => {
                let theirs = entrants.iter().filter(|one| one.contest_id == row.id);
                let ids = theirs.filter_map(|one| one.person_id.map(|id| id.0).or(one.team_id.map(|id| id.0)));
                Part::Named(ids.collect())
            }
            _ => Part::Everybody,
        };
        Some(Self {
            kind: Kind::parse(&row.kind)?,
            of: Of::parse(&row.of_whom)?,
            period: Period::custom(first, last).ok()?,
            state: State::of(first, last, book.today, row.signed_at.is_some(), row.cancelled_at.is_some()),
            ties: if row.ties == "first" { Ties::FirstToReach } else { Ties::Shared },
            prizes: row.prizes.lines().map(str::to_owned).collect(),
            id: row.id,
            name: row.name,
            metric,
            part,
            goal: row.goal,
            freeze_hours: row.freeze_hours,
            signed_at: row.signed_at,
            version: row.version,
        })
    }

    /// What is to be reached, in the metric’s own unit.
    pub fn goal_figure(&self) -> Option<Fraction> {
        let decimals = u32::try_from(self.metric.decimals).ok()?;
        Fraction::new(i128::from(self.goal?), 10_i128.checked_pow(decimals)?)
    }

    /// Which figures are the good ones.
    pub fn direction(&self) -> Direction {
        if self.metric.lower_is_better { Direction::LowerIsBetter } else { Direction::HigherIsBetter }
    }

    /// What to send to change it.
    pub fn body(&self) -> ContestBody {
        let named = match &self.part {
            Part::Named(ids) => ids.as_slice(),
            Part::Everybody | Part::Team(_) => &[],
        };
        let of_people = self.of == Of::People;
        ContestBody {
            name: self.name.clone(),
            metric: self.metric.key.clone(),
            kind: self.kind.as_str().to_owned(),
            of: self.of.as_str().to_owned(),
            first_day: self.period.from.to_string(),
            last_day: self.period.last().to_string(),
            goal: self.goal,
            takes_part: match self.part {
                Part::Everybody => "everybody",
                Part::Team(_) => "team",
                Part::Named(_) => "named",
            }
            .to_owned(),
            team: if let Part::Team(team) = self.part { Some(team) } else { None },
            people: named.iter().filter(|_| of_people).map(|id| PersonId(*id)).collect(),
            teams: named.iter().filter(|_| !of_people).map(|id| TeamId(*id)).collect(),
            ties: if self.ties == Ties::FirstToReach { "first" } else { "shared" }.to_owned(),
            freeze_hours: self.freeze_hours,
            prizes: self.prizes.clone(),
            version: Some(self.version),
        }
    }
}

/// A contest as it was typed in a form.
#[derive(Debug, Clone, Default)]
pub struct TypedContest {
    /// Its name.
    pub name: String,
    /// The metric’s word.
    pub metric: String,
    /// How it is won.
    pub kind: String,
    /// Of whom.
    pub of: String,
    /// "23/11/2026"
    pub first_day: String,
    /// "30/11/2026"
    pub last_day: String,
    /// "10,000"
    pub goal: String,
    /// `everybody`, `named`, or the id of a team whose people take part.
    pub takes_part: String,
    /// The ids of people and teams that are named.
    pub named: Vec<String>,
    /// What becomes of equals.
    pub ties: String,
    /// "24"
    pub freeze_hours: String,
    /// One a line.
    pub prizes: String,
}

/// Sets a contest up.
///
/// # Errors
/// 422 at each field that is wrong.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &ContestBody) -> Result<ContestId> {
    let mut tx = open(platform, actor, org).await?;
    let book = board::book(&mut tx).await?;
    let id = add_in(&mut tx, &book, body).await?;
    finish(tx, "scoreboard.contest_saved", id.0).await?;
    Ok(id)
}

/// Sets up a contest that was typed.
///
/// # Errors
/// As [`add`].
pub async fn add_typed(platform: &Platform, actor: &Actor, org: &str, typed: &TypedContest) -> Result<ContestId> {
    let mut tx = open(platform, actor, org).await?;
    let book = board::book(&mut tx).await?;
    let body = read_typed(&book, typed, None)?;
    let id = add_in(&mut tx, &book, &body).await?;
    finish(tx, "scoreboard.contest_saved", id.0).await?;
    Ok(id)
}

async fn add_in(tx: &mut OrgTx, book: &Book, body: &ContestBody) -> Result<ContestId> {
    if store::open(tx).await?.len() >= MOST_OPEN {
        let words =
            format!("There is room for {MOST_OPEN} that aren’t signed off yet. Sign others off, or cancel them.");
        return Err(AppError::field("name", words));
    }
    let id = ContestId::new(tx.now());
    let (row, entrants) = checked(book, id, body, None)?;
    store::insert(tx, &row).await?;
    name_entrants(tx, &entrants).await?;
    Ok(id)
}

/// Changes a contest. Before it begins all of it can change; while it runs its last day and its prizes alone.
///
/// # Errors
/// As [`add`]; 404 for one that isn't this organisation's; 409 for one that is over, signed off or cancelled, or that somebody else changed since
/// `version`.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &ContestBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let book = board::book(&mut tx).await?;
    let now = find(&mut tx, &book, id).await?;
    save_in(tx, &book, &now, body).await
}

/// Changes a contest as it was typed. While it runs only what can change is read.
///
/// # Errors
/// As [`save`].
pub async fn save_typed(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    typed: &TypedContest,
    version: i64,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let book = board::book(&mut tx).await?;
    let now = find(&mut tx, &book, id).await?;
    let body = if now.state == State::Running {
        ContestBody { last_day: typed.last_day.clone(), prizes: lines(&typed.prizes), ..now.body() }
    } else {
        read_typed(&book, typed, Some(&now))?
    };
    save_in(tx, &book, &now, &ContestBody { version: Some(version), ..body }).await
}

async fn save_in(mut tx: OrgTx, book: &Book, now: &Contest, body: &ContestBody) -> Result<()> {
    check_open(now, "changed")?;
    if now.state == State::Over {
        return Err(AppError::conflict("It is over, so it stays as it is. It can be signed off or cancelled."));
    }
    let Some(version) = body.version else { return Err(AppError::field("version", "Send the version that you read.")) };
    if version != now.version {
        return Err(AppError::changed("this contest", now.version, differences(now, body)));
    }
    let (row, entrants) = checked(book, now.id, body, Some(now))?;
    if store::update(&mut tx, &store::Contest { version, ..row.clone() }).await? == 0 {
        return Err(meanwhile());
    }
    if now.state == State::Planned {
        store::delete_entrants(&mut tx, now.id).await?;
        name_entrants(&mut tx, &entrants).await?;
    }
    let detail = Detail::default().change("last day", &now.period.last().to_string(), &row.last_day).change(
        "prizes",
        &now.prizes.join(" / "),
        &row.prizes.lines().collect::<Vec<_>>().join(" / "),
    );
    if !detail.is_empty() {
        tx.audit("scoreboard.contest_saved", now.id.0, &detail).await?;
    }
    finish(tx, "scoreboard.contest_saved", now.id.0).await
}

/// Signs off what a contest came to: it is kept as it is now, and from then on nothing changes it. Whoever won is celebrated.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 for one that isn't over, or that somebody changed, signed off or cancelled since `version`.
pub async fn sign_off(platform: &Platform, actor: &Actor, org: &str, id: &str, version: i64) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let book = board::book(&mut tx).await?;
    let now = find(&mut tx, &book, id).await?;
    check_open(&now, "signed off")?;
    if now.state != State::Over {
        return Err(AppError::conflict("It can be signed off once its last day is over."));
    }
    if version != now.version || store::sign(&mut tx, now.id, version).await? == 0 {
        return Err(meanwhile());
    }
    // What others write at this moment is kept with it, or comes after it: it isn't looked at twice.
    let places = standing::places(&mut tx, &book, &now, None).await?;
    for (position, place) in (0..).zip(places.iter().take(MOST_KEPT)) {
        let kept = kept(&now, position, place, tx.now());
        store::keep(&mut tx, &kept).await?;
    }
    celebrate(&mut tx, &now, &places).await?;
    finish(tx, "scoreboard.contest_signed_off", now.id.0).await
}

/// Cancels a contest: nobody wins it, and it stays to be seen.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 for one that is signed off or cancelled, or that somebody changed since `version`.
pub async fn cancel(platform: &Platform, actor: &Actor, org: &str, id: &str, version: i64) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let book = board::book(&mut tx).await?;
    let now = find(&mut tx, &book, id).await?;
    check_open(&now, "cancelled")?;
    if version != now.version || store::cancel(&mut tx, now.id, version).await? == 0 {
        return Err(meanwhile());
    }
    finish(tx, "scoreboard.contest_cancelled", now.id.0).await
}

/// What people’s days come to has changed: of whom and when. Whoever has won a race by that is celebrated, unless the finish is hidden.
///
/// # Errors
/// The database is busy.
pub async fn after_changes(tx: &mut OrgTx, changed: &[(MetricId, PersonId, String)]) -> Result<()> {
    let mut won = Vec::new();
    for of_metric in changed.chunk_by(|one, other| one.0 == other.0) {
        let Some((metric, ..)) = of_metric.first() else { continue };
        for race in store::races(tx, *metric).await? {
            if is_closer(tx, &race, of_metric).await? {
                won.push(race);
            }
        }
    }
    if won.is_empty() {
        return Ok(());
    }
    let (book, entrants) = (board::book(tx).await?, store::open_entrants(tx).await?);
    for row in won {
        let Some(race) = Contest::read(&book, row, &entrants) else { continue };
        let is_seen = matches!(race.state, State::Running | State::Over) && race.metric.shown_to == "everyone";
        // Once it is over who manages sees the finish, and screens don’t before it is signed off.
        let waits = race.state == State::Over && race.freeze_hours > 0;
        if is_seen && !waits && standing::hidden_since(tx, &race)?.is_none() {
            let places = standing::places(tx, &book, &race, None).await?;
            celebrate(tx, &race, &places).await?;
        }
    }
    Ok(())
}

/// Somebody may have reached the goal of a race by what has changed: of people that is known of each alone, and whoever was celebrated for it before
/// wins it no more than that.
async fn is_closer(tx: &mut OrgTx, race: &store::Contest, changed: &[(MetricId, PersonId, String)]) -> Result<bool> {
    let within = changed.iter().filter(|(_, _, day)| race.first_day <= *day && *day <= race.last_day);
    let mut people: Vec<(MetricId, PersonId)> = within.map(|(metric, person, _)| (*metric, *person)).collect();
    people.dedup();
    let Some(goal) = race.goal.map(i128::from).filter(|_| !people.is_empty()) else { return Ok(false) };
    let until = day_typed(&race.last_day).and_then(|last| last.tomorrow().ok()).unwrap_or(Date::MAX).to_string();
    if race.of_whom != "people" {
        let sums = tables::sums_by_team(tx, race.metric_id, &race.first_day, &until).await?;
        return Ok(sums.iter().any(|sum| sum.value() >= goal));
    }
    let kind = celebrations::Kind::Contest.as_str();
    for (metric, person) in people {
        let sum = store::sum_of(tx, metric, person, &race.first_day, &until).await?;
        if sum.is_some_and(|sum| sum.value() >= goal)
            && !celebrations::store::is_noted(tx, kind, race.id.0, person.0).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn celebrate(tx: &mut OrgTx, contest: &Contest, places: &[Place<Uuid>]) -> Result<()> {
    let of_people = contest.of == Of::People;
    for place in places.iter().filter(|place| place.won).take(MOST_CELEBRATED) {
        let person = of_people.then_some(PersonId(place.key));
        let team = (!of_people).then_some(TeamId(place.key));
        let (metric, subject) = (Some(contest.metric.id), Some(contest.id.0));
        celebrations::note(tx, celebrations::Kind::Contest, metric, person, team, None, subject).await?;
    }
    Ok(())
}

/// Whoever was celebrated for it wins a contest still: a result may have been taken back since, or another have come in that was before.
///
/// # Errors
/// The database is busy.
pub async fn is_won_by(tx: &mut OrgTx, book: &Book, id: ContestId, whose: Option<Uuid>) -> Result<bool> {
    let Some(row) = store::contest(tx, id).await? else { return Ok(false) };
    if row.signed_at.is_some() {
        let of = |one: &Kept| one.person_id.map(|id| id.0).or(one.team_id.map(|id| id.0));
        return Ok(store::kept(tx, id).await?.iter().any(|one| one.won && of(one) == whose));
    }
    let entrants = store::entrants(tx, id).await?;
    let Some(contest) = Contest::read(book, row, &entrants) else { return Ok(false) };
    let places = standing::places(tx, book, &contest, None).await?;
    Ok(places.iter().any(|place| place.won && Some(place.key) == whose))
}

/// A contest by its id, for who may see what it is of.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut OrgTx, book: &Book, id: &str) -> Result<Contest> {
    let Ok(id) = id.parse::<ContestId>() else { return Err(gone()) };
    let row = store::contest(tx, id).await?.ok_or_else(gone)?;
    let entrants = if row.takes_part == "named" { store::entrants(tx, id).await? } else { Vec::new() };
    let contest = Contest::read(book, row, &entrants).ok_or_else(gone)?;
    if board::asked_metric(tx, book, &contest.metric.key).is_err() {
        return Err(gone());
    }
    Ok(contest)
}

/// "first to reach $10,000.00 of Sales": how it is won, in a few words.
pub fn in_short(contest: &Contest) -> String {
    let (name, lower) = (&contest.metric.name, contest.metric.lower_is_better);
    let goal = figure(&contest.metric, contest.goal_figure());
    match (contest.kind, lower) {
        (Kind::Most, false) => format!("most of {name}"),
        (Kind::Most, true) => format!("least of {name}"),
        (Kind::Race, _) => format!("first to reach {goal} of {name}"),
        (Kind::Threshold, false) => format!("{goal} of {name} or more"),
        (Kind::Threshold, true) => format!("{goal} of {name} or less"),
        (Kind::HeadToHead, _) => format!("head to head in {name}"),
    }
}

fn kept(contest: &Contest, position: i64, place: &Place<Uuid>, now: Instant) -> Kept {
    let of_people = contest.of == Of::People;
    Kept {
        contest_id: contest.id,
        position,
        place: place.rank.map(i64::from),
        shared: place.shared,
        person_id: of_people.then_some(PersonId(place.key)),
        team_id: (!of_people).then_some(TeamId(place.key)),
        figure: standing::rounded(contest, place.value),
        reached_at: place.reached.and_then(standing::instant),
        won: place.won,
        prize: place.prize.and_then(|nth| contest.prizes.get(nth)).cloned().unwrap_or_default(),
        kept_at: now,
    }
}

async fn name_entrants(tx: &mut OrgTx, entrants: &[Entrant]) -> Result<()> {
    for (position, one) in (0..).zip(entrants) {
        store::insert_entrant(tx, position, *one).await?;
    }
    Ok(())
}

/// What was typed, read in the metric’s unit. `now`: the contest that it changes.
fn read_typed(book: &Book, typed: &TypedContest, now: Option<&Contest>) -> Result<ContestBody> {
    let mut errors = FieldErrors::default();
    let metric = metrics::find_key(&book.metrics, &typed.metric).ok();
    let has_goal = Kind::parse(&typed.kind).is_some_and(Kind::has_goal);
    let goal = match (has_goal, typed.goal.trim(), metric) {
        (true, text, Some(metric)) => {
            errors.take("goal", amount::parse(text, &metric.unit()).map(Some).map_err(|refused| refused.to_string()))
        }
        _ => None,
    };
    let freeze_hours = match typed.freeze_hours.trim() {
        "" => 0,
        text => errors.take("freeze_hours", text.parse::<i64>().map_err(|_| FROZEN)),
    };
    errors.finish()?;
    let team = typed.takes_part.parse::<TeamId>().ok();
    let is_named = typed.kind == "head_to_head" || typed.takes_part == "named";
    let takes_part = if is_named {
        "named"
    } else if team.is_some() {
        "team"
    } else {
        "everybody"
    };
    let of_people = typed.of == "people" || typed.of.is_empty();
    let ids = typed.named.iter().filter_map(|id| id.parse::<Uuid>().ok()).filter(|_| is_named);
    let is_person = |id: &Uuid| book.everybody.people.iter().any(|person| person.id.0 == *id);
    let (people, teams): (Vec<Uuid>, Vec<Uuid>) = ids.partition(is_person);
    Ok(ContestBody {
        name: typed.name.clone(),
        metric: typed.metric.clone(),
        kind: or(&typed.kind, "most"),
        of: or(&typed.of, "people"),
        first_day: typed.first_day.clone(),
        last_day: typed.last_day.clone(),
        goal,
        takes_part: takes_part.to_owned(),
        team: team.filter(|_| !is_named),
        // What is ticked among the others is left aside.
        people: people.into_iter().filter(|_| of_people).map(PersonId).collect(),
        teams: teams.into_iter().filter(|_| !of_people).map(TeamId).collect(),
        ties: or(&typed.ties, "shared"),
        freeze_hours,
        prizes: lines(&typed.prizes),
        version: now.map(|now| now.version),
    })
}

/// The row that it makes, and who takes part where they are named. `now`: the contest that it changes.
fn checked(
    book: &Book,
    id: ContestId,
    body: &ContestBody,
    now: Option<&Contest>,
) -> Result<(store::Contest, Vec<Entrant>)> {
    let running = now.filter(|now| now.state == State::Running);
    let mut errors = FieldErrors::default();
    if let Some(now) = running {
        check_stays(now, body, &mut errors);
        errors.finish()?;
        errors = FieldErrors::default();
    }
    let name = errors.take("name", check_name(&body.name));
    let kind = errors.take("kind", Kind::parse(&body.kind).map(Some).ok_or("Choose how it is won."));
    let of = errors.take("of", Of::parse(&body.of).map(Some).ok_or("Choose people, teams or branches."));
    let (kind, of) = (kind.unwrap_or(Kind::Most), of.unwrap_or(Of::People));
    if !["shared", "first"].contains(&body.ties.as_str()) {
        errors.add("ties", "Choose what becomes of equals.");
    }
    let metric =
        metrics::find_key(&book.metrics, &body.metric).ok().filter(|metric| metric.active || running.is_some());
    if metric.is_none() {
        errors.add("metric", "Choose what is counted.");
    }
    // Others would learn figures that aren't for them.
    if metric.is_some_and(|metric| metric.shown_to != "everyone") && running.is_none() {
        errors.add("metric", "Choose something that everybody may see.");
    }
    let goal = metric.and_then(|metric| goal(metric, kind, body, &mut errors));
    if body.ties == "first" && metric.is_some_and(|metric| !metric.is_sum()) {
        errors.add("ties", "When a figure was reached is known of what is added up alone. Let equals share a place.");
    }
    let (first, last) = days(book, body, running, &mut errors);
    let entrants = takes_part(book, id, (kind, of), body, &mut errors);
    let hours = last.map_or(0, |last| first.map_or(0, |first| days_from(first, last) * 24));
    if !(0..=MOST_FROZEN).contains(&body.freeze_hours) {
        errors.add("freeze_hours", FROZEN);
    } else if body.freeze_hours > 0 && body.freeze_hours >= hours {
        match running {
            None => errors.add("freeze_hours", "Choose fewer hours than the contest has."),
            Some(now) => errors
                .add("last_day", format!("Its finish is hidden for {} hours. Choose a later day.", now.freeze_hours)),
        }
    }
    let prizes = prizes(&body.prizes, &mut errors);
    errors.finish()?;
    let Some(metric) = metric else { return Err(gone()) };
    let row = store::Contest {
        id,
        name,
        kind: kind.as_str().to_owned(),
        metric_id: metric.id,
        of_whom: of.as_str().to_owned(),
        takes_part: body.takes_part.clone(),
        team_id: body.team.filter(|_| body.takes_part == "team"),
        first_day: first.unwrap_or_default().to_string(),
        last_day: last.unwrap_or_default().to_string(),
        goal,
        ties: body.ties.clone(),
        freeze_hours: body.freeze_hours,
        prizes: prizes.join("\n"),
        signed_at: None,
        cancelled_at: None,
        version: 1,
    };
    Ok((row, entrants))
}

/// While it runs, everybody goes by what was said before.
fn check_stays(now: &Contest, body: &ContestBody, errors: &mut FieldErrors) {
    let before = now.body();
    for (field, same) in [
        ("name", before.name == body.name),
        ("metric", before.metric == body.metric),
        ("kind", before.kind == body.kind),
        ("of", before.of == body.of),
        ("first_day", day_typed(&before.first_day) == day_typed(&body.first_day)),
        ("goal", before.goal == body.goal),
        (
            "takes_part",
            (&before.takes_part, before.team, &before.people, &before.teams)
                == (&body.takes_part, body.team, &body.people, &body.teams),
        ),
        ("ties", before.ties == body.ties),
        ("freeze_hours", before.freeze_hours == body.freeze_hours),
    ] {
        if !same {
            errors.add(field, "It runs already: only its last day and its prizes can change.");
        }
    }
}

/// What is to be reached, where there is something.
fn goal(metric: &Metric, kind: Kind, body: &ContestBody, errors: &mut FieldErrors) -> Option<i64> {
    if kind == Kind::Race && (!metric.is_sum() || metric.lower_is_better) {
        errors.add("kind", "A race is in something that is added up, and of which more is better.");
    }
    if !kind.has_goal() {
        if body.goal.is_some() {
            errors.add("goal", "Leave it out: nobody has to reach anything in this.");
        }
        return None;
    }
    let least = i64::from(!metric.lower_is_better);
    if !body.goal.is_some_and(|goal| (least..=LIMIT).contains(&goal)) {
        errors.add(
            "goal",
            if least > 0 {
                "Enter what is to be reached, more than 0."
            } else {
                "Enter what is to be kept to, 0 or more."
            },
        );
    }
    body.goal
}

fn days(
    book: &Book,
    body: &ContestBody,
    running: Option<&Contest>,
    errors: &mut FieldErrors,
) -> (Option<Date>, Option<Date>) {
    let (first, last) = (day_typed(&body.first_day), day_typed(&body.last_day));
    let earliest = book.today.saturating_sub(BEGUN_DAYS.days());
    match first {
        None => errors.add("first_day", NO_DAY),
        Some(first) if first < earliest && running.is_none() => {
            errors.add("first_day", format!("Choose a day at most {BEGUN_DAYS} days ago."));
        }
        Some(_) => {}
    }
    match (last, first) {
        (None, _) => errors.add("last_day", NO_DAY),
        (Some(last), Some(first)) if last < first => {
            errors.add("last_day", "Choose a day that isn’t before the first.");
        }
        (Some(last), _) if last < book.today => errors.add("last_day", "Choose today or a later day."),
        (Some(last), Some(first)) if days_from(first, last) > MOST_DAYS => {
            errors.add("last_day", format!("Choose at most {MOST_DAYS} days."));
        }
        _ => {}
    }
    (first, last)
}

/// How many days there are from one until another, both included.
fn days_from(first: Date, last: Date) -> i64 {
    last.duration_since(first).as_hours() / 24 + 1
}

/// Who takes part, where they are named.
fn takes_part(
    book: &Book,
    contest: ContestId,
    (kind, of): (Kind, Of),
    body: &ContestBody,
    errors: &mut FieldErrors,
) -> Vec<Entrant> {
    let field = "takes_part";
    let everybody = &book.everybody;
    match body.takes_part.as_str() {
        "everybody" | "named" => {}
        "team" if of != Of::People => errors.add(field, "A team’s people take part in a contest of people."),
        "team" if body.team.is_some_and(|team| everybody.teams.iter().any(|one| one.id == team)) => {}
        "team" => errors.add(field, "Choose whose people take part."),
        _ => errors.add(field, "Choose who takes part."),
    }
    let is_named = body.takes_part == "named";
    if kind == Kind::HeadToHead && !is_named {
        errors.add(field, "Choose the two who are against each other.");
    }
    if !is_named {
        return Vec::new();
    }
    let of_kind = if of == Of::Branches { "branch" } else { "team" };
    let named: Vec<Entrant> = if of == Of::People {
        let known = |id: &PersonId| everybody.people.iter().any(|person| person.id == *id);
        if !body.people.iter().all(known) {
            errors.add(field, "Choose people whose results are counted.");
        }
        let each = body.people.iter().map(|id| Entrant { contest_id: contest, person_id: Some(*id), team_id: None });
        each.collect()
    } else {
        let known = |id: &TeamId| everybody.teams.iter().any(|team| team.id == *id && team.kind == of_kind);
        if !body.teams.iter().all(known) {
            errors.add(field, if of == Of::Branches { "Choose branches." } else { "Choose teams." });
        }
        let each = body.teams.iter().map(|id| Entrant { contest_id: contest, person_id: None, team_id: Some(*id) });
        each.collect()
    };
    let is_twice = named.iter().enumerate().any(|(at, one)| named.iter().take(at).any(|other| other == one));
    if is_twice {
        errors.add(field, "Name each once.");
    }
    if kind == Kind::HeadToHead && named.len() != 2 {
        errors.add(field, "Choose the two who are against each other.");
    } else if !(2..=MOST_NAMED).contains(&named.len()) {
        errors.add(field, format!("Choose 2 to {MOST_NAMED}."));
    }
    named
}

fn prizes(typed: &[String], errors: &mut FieldErrors) -> Vec<String> {
    let prizes: Vec<String> = typed.iter().map(|prize| prize.trim().to_owned()).filter(|one| !one.is_empty()).collect();
    if prizes.len() > MOST_PRIZES {
        errors.add("prizes", format!("Name at most {MOST_PRIZES} prizes, one a line."));
    }
    if prizes
        .iter()
        .any(|prize| prize.chars().count() > LONGEST_PRIZE || prize.contains(['\n', '\r']) || !is_text(prize))
    {
        errors.add("prizes", "Use at most 200 characters for each.");
    }
    prizes
}

fn differences(now: &Contest, body: &ContestBody) -> Vec<FieldError> {
    let before = now.body();
    let mut fields = FieldErrors::default();
    let day = |text: &str| day_typed(text).map(|day| day.to_string());
    for (field, now, differs) in [
        ("name", before.name.clone(), before.name != body.name),
        ("last_day", before.last_day.clone(), day(&before.last_day) != day(&body.last_day)),
        ("first_day", before.first_day.clone(), day(&before.first_day) != day(&body.first_day)),
        ("prizes", before.prizes.join(", "), before.prizes != body.prizes),
    ] {
        if differs {
            let words = if now.is_empty() { "It is empty now.".to_owned() } else { format!("It is “{now}” now.") };
            fields.add(field, words);
        }
    }
    fields.into_fields()
}

fn check_open(now: &Contest, what: &str) -> Result<()> {
    match now.state {
        State::SignedOff => Err(AppError::conflict(format!("It is signed off, and can’t be {what} any more."))),
        State::Cancelled => Err(AppError::conflict(format!("It was cancelled, and can’t be {what} any more."))),
        State::Planned | State::Running | State::Over => Ok(()),
    }
}

async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Write).await
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

const NO_DAY: &str = "Enter a day like 31/12/2026.";
const FROZEN: &str = "Enter 0 to 168 hours.";

fn meanwhile() -> AppError {
    AppError::conflict("Somebody else changed this meanwhile. Please look at it again.")
}

fn gone() -> AppError {
    AppError::not_found("that contest")
}

fn or(text: &str, usual: &str) -> String {
    if text.is_empty() { usual.to_owned() } else { text.to_owned() }
}

fn most() -> String {
    "most".to_owned()
}

fn people() -> String {
    "people".to_owned()
}

fn everybody() -> String {
    "everybody".to_owned()
}

fn shared() -> String {
    "shared".to_owned()
}
