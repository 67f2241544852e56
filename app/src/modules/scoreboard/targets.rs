//! Targets: what somebody, a team or the business is to reach of what is counted in a period, and how they are set.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use super::progress::{Mine, Wall, WallRow, of_person, on_wall};
use super::{
    amount::{self, LIMIT, Unit},
    board::{self, Book},
    celebrations::{self, Kind as Celebrated},
    entries::zone,
    ids::{MetricId, PersonId, TargetId, TeamId},
    metrics, pace,
    people::{self, finish},
    period::{Kind, Period, day_of},
    permissions,
    store::{
        Metric,
        targets::{self as rows, Target},
    },
    working::Working,
};
use crate::{
    clock::day_typed,
    db::{Access, DbError},
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// A target has so many stretch levels at most.
pub const MOST_STRETCH: usize = 3;
/// The word for all together, where a person or a team would be named by their id.
pub const EVERYBODY: &str = "everybody";

/// By whom a target is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// By all together.
    Everybody,
    /// By a team or a branch.
    Team(TeamId),
    /// By somebody.
    Person(PersonId),
}

impl Whose {
    /// As it is stored.
    pub fn of(person: Option<PersonId>, team: Option<TeamId>) -> Self {
        match (person, team) {
            (Some(person), _) => Self::Person(person),
            (None, Some(team)) => Self::Team(team),
            (None, None) => Self::Everybody,
        }
    }

    /// In forms and addresses: `everybody`, or `of_` and an id (a form’s list would take what begins with a digit for a place in it).
    pub fn key(self) -> String {
        match self {
            Self::Everybody => EVERYBODY.to_owned(),
            Self::Team(team) => format!("of_{team}"),
            Self::Person(person) => format!("of_{person}"),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// 404 for who isn't this organisation's.
    pub fn parse(book: &Book, key: &str) -> Result<Self> {
        if key == EVERYBODY {
            return Ok(Self::Everybody);
        }
        let id = key.strip_prefix("of_").unwrap_or(key);
        match people::find_team(&book.everybody.teams, id) {
            Ok(team) => Ok(Self::Team(team.id)),
            Err(_) => people::find(&book.everybody.people, id).map(|person| Self::Person(person.id)),
        }
    }

    /// Their name; `None` where they aren't there.
    pub fn name(self, book: &Book) -> Option<&str> {
        match self {
            Self::Everybody => Some("Everybody"),
            Self::Team(id) => book.everybody.teams.iter().find(|team| team.id == id).map(|team| team.name.as_str()),
            Self::Person(id) => {
                book.everybody.people.iter().find(|person| person.id == id).map(|person| person.name.as_str())
            }
        }
    }

    fn columns(self) -> (Option<PersonId>, Option<TeamId>) {
        match self {
            Self::Everybody => (None, None),
            Self::Team(team) => (None, Some(team)),
            Self::Person(person) => (Some(person), None),
        }
    }
}

/// What is to be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetBody {
    /// The word of what is counted: `sales`.
    pub metric: String,
    /// The period: `month` and the like for the one that runs, `month:2026-11-01`, `range:2026-11-03:2026-11-17`.
    pub period: String,
    /// By whom. Absent, with the team: by all together.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// By which team or branch.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// In the smallest unit: cents of money, or the last decimal of a number. 0 or more; where lower is better it is the most that is allowed.
    pub amount: i64,
    /// Up to three amounts beyond it, each better than the one before.
    #[serde(default)]
    pub stretch: Vec<i64>,
    /// To change one: the version that was read. Absent: there is none yet.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What became of a target that was to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// It.
    pub id: TargetId,
    /// There was none before.
    pub fresh: bool,
}

/// What is to be reached, and beyond it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amounts {
    /// In the metric's smallest unit, or in its last decimal.
    pub amount: i64,
    /// Up to three.
    pub stretch: Vec<i64>,
}

impl Amounts {
    /// As it is stored.
    pub fn of(target: &Target) -> Self {
        Self { amount: target.amount, stretch: read_stretch(&target.stretch) }
    }
}

/// Amounts beyond a target, as a row holds them.
pub fn read_stretch(text: &str) -> Vec<i64> {
    text.split_whitespace().filter_map(|amount| amount.parse().ok()).collect()
}

fn written_stretch(stretch: &[i64]) -> String {
    stretch.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
}

/// The days of a stored target, whatever weeks are now.
pub fn period_of(key: &str, first_day: &str, last_day: &str) -> Option<Period> {
    let kind = key.split(':').next().and_then(Kind::parse);
    Some(Period { from: day_typed(first_day)?, until: day_typed(last_day)?.tomorrow().ok()?, kind })
}

/// The period that a target is of: the month that runs, where none is said.
///
/// # Errors
/// 422 for what is none, and for the last so many days, which are others tomorrow.
pub fn asked_period(book: &Book, key: &str) -> Result<Period> {
    if key.starts_with("last:") {
        return Err(AppError::field(
            "period",
            "Choose a period that stays: a day, a week, a month, a year, or a range.",
        ));
    }
    board::asked_period(book, key)
}

/// Sets a target, or changes it. The same again changes nothing.
///
/// # Errors
/// 404 for a metric, a person or a team that isn't this organisation's; 422 at what is wrong; 409 where there is another than was read.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, body: &TargetBody) -> Result<Saved> {
    let mut tx = open(platform, actor, org).await?;
    let book = board::book(&mut tx).await?;
    let metric = metrics::find_key(&book.metrics, body.metric.trim())?;
    let period = asked_period(&book, body.period.trim())?;
    let whose = Whose::of(body.person, body.team);
    if body.person.is_some() && body.team.is_some() {
        return Err(AppError::field("team", "Name a person or a team, not both."));
    }
    if whose.name(&book).is_none() {
        return Err(if body.person.is_some() { people::nobody() } else { AppError::not_found("that team") });
    }
    let amounts = Amounts { amount: body.amount, stretch: body.stretch.clone() };
    let wanted = Wanted { whose, amounts: Some(amounts), version: body.version };
    let fields = |_: Whose, part: &str| part.to_owned();
    let written = write(&mut tx, metric, &period, vec![wanted], &fields).await?;
    let saved = if let [one] = written.as_slice() {
        Saved { id: one.id, fresh: one.fresh }
    } else {
        // It was so already.
        let all = rows::of_period(&mut tx, metric.id, &period.key()).await?;
        let kept = all.into_iter().find(|target| Whose::of(target.person_id, target.team_id) == whose);
        Saved { id: kept.ok_or_else(gone)?.id, fresh: false }
    };
    end(tx, written).await?;
    Ok(saved)
}

/// Takes a target away; what it was stays in its history.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 where somebody else changed it at the same moment.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let id: TargetId = id.parse().map_err(|_| gone())?;
    let target = rows::one(&mut tx, id).await?.ok_or_else(gone)?;
    take_away(&mut tx, target).await?;
    finish(tx, "scoreboard.target_removed", id.0).await
}

/// Targets as they were typed in a table: by whom, in each of them.
#[derive(Debug, Clone, Default)]
pub struct TypedTargets {
    /// "5,000"; empty: none.
    pub amount: BTreeMap<String, Vec<String>>,
    /// "6,000 / 7,000"
    pub stretch: BTreeMap<String, Vec<String>>,
    /// The versions that were read; none where there was no target.
    pub versions: BTreeMap<String, Vec<String>>,
}

impl TypedTargets {
    fn first<'t>(of: &'t BTreeMap<String, Vec<String>>, key: &str) -> &'t str {
        of.get(key).and_then(|values| values.first()).map_or("", |value| value.trim())
    }
}

/// Sets all targets of a metric and a period that were typed in a table: what is empty is removed. All or nothing.
///
/// # Errors
/// As [`save`], at `amount.{key}` and `stretch.{key}`.
pub async fn save_typed(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    (metric, period): (&str, &str),
    typed: &TypedTargets,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let book = board::book(&mut tx).await?;
    let metric = metrics::find_key(&book.metrics, metric.trim())?;
    let period = asked_period(&book, period.trim())?;
    let (unit, mut errors, mut wanted) = (metric.unit(), FieldErrors::default(), Vec::new());
    for key in typed.amount.keys() {
        let whose = Whose::parse(&book, key)?;
        let version = TypedTargets::first(&typed.versions, key).parse().ok();
        let (text, beyond) = (TypedTargets::first(&typed.amount, key), TypedTargets::first(&typed.stretch, key));
        let amounts = if text.is_empty() {
            if !beyond.is_empty() {
                errors.add(&format!("amount.{key}"), "Enter the target first.");
            }
            None
        } else {
            let field = format!("amount.{key}");
            let amount = errors.take(&field, amount::parse(text, &unit).map_err(|refused| refused.to_string()));
            let stretch = errors.take(&format!("stretch.{key}"), levels(beyond, &unit));
            Some(Amounts { amount, stretch })
        };
        wanted.push(Wanted { whose, amounts, version });
    }
    errors.finish()?;
    let fields = |whose: Whose, part: &str| format!("{part}.{}", whose.key());
    let written = write(&mut tx, metric, &period, wanted, &fields).await?;
    end(tx, written).await
}

/// "6,000 / 7,000"
fn levels(text: &str, unit: &Unit) -> Result<Vec<i64>, String> {
    let parts = text.split(['/', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| amount::parse(part, unit).map_err(|refused| refused.to_string())).collect()
}

/// What somebody wants a target to be. `None`: none.
#[derive(Debug, Clone)]
struct Wanted {
    whose: Whose,
    amounts: Option<Amounts>,
    /// The version that was read; `None`: there was none.
    version: Option<i64>,
}

/// What was done to one.
#[derive(Debug, Clone, Copy)]
struct Written {
    id: TargetId,
    fresh: bool,
    removed: bool,
}

/// Sets targets of a metric and a period, and says which are others now. `fields` names what is wrong.
async fn write(
    tx: &mut OrgTx,
    metric: &Metric,
    period: &Period,
    wanted: Vec<Wanted>,
    fields: &(dyn Fn(Whose, &str) -> String + Sync),
) -> Result<Vec<Written>> {
    let mut errors = FieldErrors::default();
    if !metric.active {
        errors.add("metric", format!("{} isn’t counted any more.", metric.name));
    }
    for one in &wanted {
        if let Some(amounts) = &one.amounts {
            check(metric, amounts, one.whose, fields, &mut errors);
        }
    }
    errors.finish()?;
    let key = period.key();
    let there = rows::of_period(tx, metric.id, &key).await?;
    let find = |whose: Whose| there.iter().find(|target| Whose::of(target.person_id, target.team_id) == whose);
    let (mut differs, mut holds) = (FieldErrors::default(), None);
    for one in &wanted {
        let now = find(one.whose);
        let is_same = now.map(Amounts::of) == one.amounts;
        // Whoever left empty what was empty says nothing of what somebody else has set since.
        let says_nothing = one.amounts.is_none() && one.version.is_none();
        if !is_same && !says_nothing && now.map(|target| target.version) != one.version {
            let words = match now {
                Some(target) => format!("It is {} now.", amount::show(target.amount, &metric.unit())),
                None => "It was removed.".to_owned(),
            };
            differs.add(&fields(one.whose, "amount"), words);
            holds = holds.or(now.map(|target| target.version)).or(Some(0));
        }
    }
    if let Some(version) = holds {
        return Err(AppError::changed("these targets", version, differs.into_fields()));
    }
    let mut written = Vec::new();
    for one in wanted {
        let now = find(one.whose).cloned();
        match (now, one.amounts) {
            (None, Some(amounts)) => written.push(add(tx, metric, period, one.whose, &amounts).await?),
            (Some(target), Some(amounts)) if Amounts::of(&target) != amounts => {
                written.push(change(tx, target, &amounts).await?);
            }
            (Some(target), None) if one.version.is_some() => {
                let id = target.id;
                take_away(tx, target).await?;
                written.push(Written { id, fresh: false, removed: true });
            }
            _ => {}
        }
    }
    Ok(written)
}

fn check(
    metric: &Metric,
    amounts: &Amounts,
    whose: Whose,
    fields: &(dyn Fn(Whose, &str) -> String + Sync),
    errors: &mut FieldErrors,
) {
    if !(0..=LIMIT).contains(&amounts.amount) {
        errors.add(&fields(whose, "amount"), "Enter 0 or more.");
    }
    if amounts.stretch.len() > MOST_STRETCH {
        errors.add(&fields(whose, "stretch"), format!("Enter at most {MOST_STRETCH}."));
    }
    let mut before = amounts.amount;
    for level in &amounts.stretch {
        let is_better = if metric.lower_is_better { *level < before } else { *level > before };
        if !is_better || !(0..=LIMIT).contains(level) {
            let words = if metric.lower_is_better {
                "Each is less than the one before, and 0 at least."
            } else {
                "Each is more than the one before."
            };
            errors.add(&fields(whose, "stretch"), words);
        }
        before = *level;
    }
}

async fn add(tx: &mut OrgTx, metric: &Metric, period: &Period, whose: Whose, amounts: &Amounts) -> Result<Written> {
    let (person_id, team_id) = whose.columns();
    let new = Target {
        id: TargetId::new(tx.now()),
        metric_id: metric.id,
        person_id,
        team_id,
        period: period.key(),
        first_day: period.from.to_string(),
        last_day: period.last().to_string(),
        amount: amounts.amount,
        stretch: written_stretch(&amounts.stretch),
        version: 1,
    };
    match rows::insert(tx, &new).await {
        Ok(_) => {}
        Err(DbError::Unique) => return Err(meanwhile()),
        Err(error) => return Err(error.into()),
    }
    let by = tx.doer();
    rows::note(tx, &new, None, Some((new.amount, new.stretch.as_str())), by).await?;
    Ok(Written { id: new.id, fresh: true, removed: false })
}

async fn change(tx: &mut OrgTx, now: Target, amounts: &Amounts) -> Result<Written> {
    let new = Target { amount: amounts.amount, stretch: written_stretch(&amounts.stretch), ..now.clone() };
    if rows::update(tx, &new).await? == 0 {
        return Err(meanwhile());
    }
    let (by, id) = (tx.doer(), new.id);
    let new = Target { version: new.version + 1, ..new };
    let (before, after) = ((now.amount, now.stretch.as_str()), (new.amount, new.stretch.as_str()));
    rows::note(tx, &new, Some(before), Some(after), by).await?;
    Ok(Written { id, fresh: false, removed: false })
}

async fn take_away(tx: &mut OrgTx, target: Target) -> Result<()> {
    if rows::delete(tx, target.id, target.version).await? == 0 {
        return Err(meanwhile());
    }
    let by = tx.doer();
    let gone = Target { version: target.version + 1, ..target };
    rows::note(tx, &gone, Some((gone.amount, gone.stretch.as_str())), None, by).await?;
    Ok(())
}

/// Says what happened, and makes it durable.
async fn end(mut tx: OrgTx, written: Vec<Written>) -> Result<()> {
    if written.is_empty() {
        return tx.rollback().await;
    }
    for one in written {
        let kind = if one.removed { "scoreboard.target_removed" } else { "scoreboard.target_saved" };
        tx.emit(kind, one.id.0).await?;
    }
    tx.commit().await
}

/// What targets could be, before anybody has said yes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idea {
    /// Those of the period before, with so much growth: in hundredths of a percent.
    Copied(i64),
    /// A team's or a branch's, spread over its people by the days that each works.
    Spread(TeamId),
}

impl Idea {
    /// As it was asked for: a growth in percent ("2.5", "-10"), or a team's id. `None`: nothing was.
    ///
    /// # Errors
    /// 422 at `growth`; 404 for a team that isn't this organisation's.
    pub fn asked(book: &Book, growth: Option<&str>, team: &str) -> Result<Option<Self>> {
        if !team.is_empty() {
            return people::find_team(&book.everybody.teams, team).map(|team| Some(Self::Spread(team.id)));
        }
        let Some(text) = growth.map(|text| text.trim().trim_end_matches('%').trim_end()) else { return Ok(None) };
        if text.is_empty() {
            return Ok(Some(Self::Copied(0)));
        }
        let read = amount::parse(text, &Unit::Number { decimals: 2, suffix: String::new() });
        match read {
            Ok(growth) if (-10_000..=100_000).contains(&growth) => Ok(Some(Self::Copied(growth))),
            _ => Err(AppError::field("growth", "Enter a percentage from −100 to 1,000, like 2.5.")),
        }
    }
}

/// What comes of an idea: nothing is saved.
///
/// # Errors
/// 422 where there is nothing to copy, no target to spread, or nobody to spread it over.
pub async fn proposed(
    tx: &mut OrgTx,
    book: &Book,
    metric: &Metric,
    period: &Period,
    idea: &Idea,
) -> Result<BTreeMap<Whose, Amounts>> {
    match idea {
        Idea::Copied(growth) => copied(tx, book, metric, period, *growth).await,
        Idea::Spread(team) => spread(tx, book, metric, period, *team).await,
    }
}

async fn copied(
    tx: &mut OrgTx,
    book: &Book,
    metric: &Metric,
    period: &Period,
    growth: i64,
) -> Result<BTreeMap<Whose, Amounts>> {
    let Some(before) = book.calendar.previous(period) else {
        return Err(AppError::field("growth", "There is no period before that one."));
    };
    let mut ideas = BTreeMap::new();
    for target in rows::of_period(tx, metric.id, &before.key()).await? {
        let whose = Whose::of(target.person_id, target.team_id);
        if !is_there(book, whose, period) {
            continue;
        }
        let grown = |amount: i64| pace::grow(amount, growth).filter(|grown| (0..=LIMIT).contains(grown));
        let stretch: Option<Vec<i64>> = read_stretch(&target.stretch).into_iter().map(grown).collect();
        let Some((amount, stretch)) = grown(target.amount).zip(stretch) else {
            return Err(AppError::field("growth", "That comes to more than can be counted exactly."));
        };
        ideas.insert(whose, Amounts { amount, stretch });
    }
    if ideas.is_empty() {
        let words = format!("There are no targets of {} for {} to copy.", metric.name, before.label());
        return Err(AppError::field("growth", words));
    }
    Ok(ideas)
}

async fn spread(
    tx: &mut OrgTx,
    book: &Book,
    metric: &Metric,
    period: &Period,
    team: TeamId,
) -> Result<BTreeMap<Whose, Amounts>> {
    if !metric.is_sum() {
        let words = format!("{} isn’t added up, so nobody has a share of it.", metric.name);
        return Err(AppError::field("spread", words));
    }
    let there = rows::of_period(tx, metric.id, &period.key()).await?;
    let Some(target) = there.into_iter().find(|target| target.team_id == Some(team)) else {
        return Err(AppError::field("spread", "Set the team’s target first."));
    };
    let working = Working::read(tx, period.from, period.until).await?;
    let shares: Vec<(PersonId, u32)> = book
        .everybody
        .people
        .iter()
        .map(|person| (person.id, working.count_in(book, person, team, period)))
        .filter(|(_, days)| *days > 0)
        .collect();
    if shares.is_empty() {
        return Err(AppError::field("spread", "Nobody in it works in that time."));
    }
    let days: Vec<u32> = shares.iter().map(|(_, days)| *days).collect();
    let amounts = pace::spread(target.amount, &days);
    let levels: Vec<Vec<i64>> =
        read_stretch(&target.stretch).into_iter().map(|level| pace::spread(level, &days)).collect();
    let ideas = shares.into_iter().zip(amounts).enumerate().map(|(at, ((person, _), amount))| {
        let mut stretch: Vec<i64> = levels.iter().filter_map(|level| level.get(at).copied()).collect();
        // A share so small that a level adds nothing to it has no such level.
        let mut before = amount;
        stretch.retain(|level| {
            let is_better = if metric.lower_is_better { *level < before } else { *level > before };
            before = if is_better { *level } else { before };
            is_better
        });
        (Whose::Person(person), Amounts { amount, stretch })
    });
    Ok(ideas.collect())
}

/// They are there in a period: somebody belongs on one of its days, and a team is in use.
pub fn is_there(book: &Book, whose: Whose, period: &Period) -> bool {
    match whose {
        Whose::Everybody => true,
        Whose::Team(id) => book.everybody.teams.iter().any(|team| team.id == id && team.active),
        Whose::Person(id) => book.everybody.people.iter().any(|person| {
            person.id == id
                && person.joined.is_none_or(|joined| joined < period.until)
                && person.left.is_none_or(|left| left >= period.from)
        }),
    }
}

/// Results began to count, of whom and when: targets that they have brought them to are celebrated, once each. Of what is added up, where
/// more is better and everybody may see it; what is reckoned from others is celebrated by nobody.
///
/// # Errors
/// The database is busy.
pub async fn after_changes(tx: &mut OrgTx, changed: &[(MetricId, PersonId, String)]) -> Result<()> {
    let today: Date = day_of(tx.now().timestamp(), &zone(tx)?);
    let mut open: BTreeMap<TargetId, Target> = BTreeMap::new();
    for (metric, person, day) in changed {
        let found = rows::to_reach(tx, *metric, *person, day, &today.to_string()).await?;
        open.extend(found.into_iter().map(|target| (target.id, target)));
    }
    for target in open.into_values() {
        if rows::done(tx, &target).await? >= i128::from(target.amount) {
            let Target { id, metric_id, person_id, team_id, .. } = target;
            celebrations::note(tx, Celebrated::Target, Some(metric_id), person_id, team_id, None, Some(id.0)).await?;
        }
    }
    Ok(())
}

/// Gives the demo business targets: of sales for last month and this one, which don't quite come to the whole, of calls for this week, and no
/// more than a few complaints.
///
/// # Errors
/// The database is busy.
pub async fn seed(tx: &mut OrgTx) -> Result<()> {
    let book = board::book(tx).await?;
    let running = |kind: Kind| book.calendar.containing(kind, book.today);
    let month = running(Kind::Month);
    let before = month.as_ref().and_then(|month| book.calendar.previous(month));
    let plain = |amount: i64| Amounts { amount, stretch: Vec::new() };
    let sales = metrics::find_key(&book.metrics, "sales")?;
    for (period, each) in before.into_iter().zip([450_000]).chain(month.into_iter().zip([480_000])) {
        let mut all = 0;
        for team in book.everybody.teams.iter().filter(|team| team.kind == "team") {
            let theirs = book.everybody.memberships.iter().filter(|one| one.team_id == team.id && one.until.is_none());
            let theirs: Vec<Whose> = theirs.map(|one| Whose::Person(one.person_id)).collect();
            let amount = each * i64::try_from(theirs.len()).unwrap_or(0);
            all += amount;
            add(tx, sales, &period, Whose::Team(team.id), &plain(amount)).await?;
            for whose in theirs {
                add(tx, sales, &period, whose, &plain(each)).await?;
            }
        }
        let whole = all + 50_000;
        let stretch = vec![whole + whole / 10, whole + whole / 5];
        add(tx, sales, &period, Whose::Everybody, &Amounts { amount: whole, stretch }).await?;
    }
    for (key, kind, amount) in [("calls", Kind::Week, 400), ("complaints", Kind::Quarter, 9)] {
        if let Some(period) = running(kind) {
            add(tx, metrics::find_key(&book.metrics, key)?, &period, Whose::Everybody, &plain(amount)).await?;
        }
    }
    Ok(())
}

/// Opens the organisation to set targets.
async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Write).await
}

fn meanwhile() -> AppError {
    AppError::conflict("Somebody else changed this meanwhile. Please look at it again.")
}

fn gone() -> AppError {
    AppError::not_found("that target")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn levels_are_typed_with_strokes_between() {
        assert_eq!(levels("6,000 / 7,000.50/8000", &Unit::Money), Ok(vec![600_000, 700_050, 800_000]));
        assert_eq!(levels("", &Unit::Money), Ok(Vec::new()));
        assert!(levels("6,000 / soon", &Unit::Money).is_err());
        assert_eq!(read_stretch(&written_stretch(&[1, LIMIT])), [1, LIMIT]);
    }

    #[test]
    fn a_stored_period_stays_what_it_was() {
        let week = period_of("week:2026-11-22", "2026-11-22", "2026-11-28").expect("a period");
        assert_eq!((week.from, week.until, week.kind), (date(2026, 11, 22), date(2026, 11, 29), Some(Kind::Week)));
        let range = period_of("range:2026-11-03:2026-11-17", "2026-11-03", "2026-11-17").expect("a period");
        assert_eq!((range.kind, range.days()), (None, 15));
    }
}
