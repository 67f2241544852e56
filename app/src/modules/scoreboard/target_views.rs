//! What the pages of targets show, read in one go each.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    amount,
    board::{self, Book},
    ids::PersonId,
    metrics,
    period::Period,
    permissions,
    progress::{self, Progress},
    store::{
        Metric,
        targets::{self as rows, Change, Target},
    },
    targets::{self, Amounts, Idea, Whose, read_stretch},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
};

/// So much of the history is shown.
const MOST_CHANGES: i64 = 100;

/// The page that says whether one is on pace.
#[derive(Debug, Clone)]
pub struct PacePage {
    /// `None`: nothing is counted yet, or nothing that they may see.
    pub progress: Option<Progress>,
    /// What can be chosen: word and name.
    pub metrics: Vec<(String, String)>,
    /// The periods beside it, where there are.
    pub beside: (Option<Period>, Option<Period>),
    /// They set targets.
    pub manages: bool,
    /// They may set up what is counted.
    pub may_set_up: bool,
}

/// The page on which targets are set.
#[derive(Debug, Clone)]
pub struct TargetsPage {
    /// Of what; `None`: nothing is counted yet.
    pub metric: Option<Metric>,
    /// Of when.
    pub period: Period,
    /// What can be chosen: word and name.
    pub metrics: Vec<(String, String)>,
    /// The periods beside it, where there are.
    pub beside: (Option<Period>, Option<Period>),
    /// All together, teams and branches, people: each a line of the table.
    pub cells: Vec<Cell>,
    /// The teams and branches that have a target to spread: id and name.
    pub spreadable: Vec<(String, String)>,
    /// What the table holds isn't saved yet.
    pub is_idea: bool,
    /// Why what was asked for can't be done.
    pub refused: Option<AppError>,
    /// What targets were and became, the latest first.
    pub changes: Vec<Told>,
}

/// A line of the table.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Whose.
    pub whose: Whose,
    /// Their name.
    pub name: String,
    /// "5000.00", as it is typed; empty: none.
    pub amount: String,
    /// "6000.00 / 7000.00"
    pub stretch: String,
    /// The version that was read; `None`: there is none.
    pub version: Option<i64>,
    /// It isn't what is saved.
    pub is_idea: bool,
}

/// What a target was and became, in words.
#[derive(Debug, Clone)]
pub struct Told {
    /// "North"
    pub whose: String,
    /// "$5,000.00"; `None`: there was none.
    pub before: Option<String>,
    /// "$6,000.00, then $7,000.00"; `None`: it was removed.
    pub after: Option<String>,
    /// Who did it.
    pub by: String,
    /// "24 November 2026, 3:15 pm"
    pub at: String,
}

/// The page that says whether one is on pace.
///
/// # Errors
/// As [`progress::of`].
pub async fn pace(platform: &Platform, actor: &Actor, org: &str, metric: &str, period: &str) -> Result<PacePage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let metrics = choices(&tx, &book);
    let progress = if metrics.is_empty() { None } else { Some(progress::of(&mut tx, &book, metric, period).await?) };
    let beside = progress.as_ref().map_or((None, None), |progress| beside(&book, &progress.period));
    let page = PacePage {
        progress,
        metrics,
        beside,
        manages: tx.allows(&permissions::MANAGE),
        may_set_up: tx.allows(&permissions::SET_UP),
    };
    tx.rollback().await?;
    Ok(page)
}

/// Which targets are to be set, and what was asked for to begin with.
#[derive(Debug, Clone, Default)]
pub struct AskedTargets {
    /// The metric's word; empty: the first.
    pub metric: String,
    /// The period's key; empty: this month.
    pub period: String,
    /// Copy those of the period before, with so much growth in percent.
    pub growth: Option<String>,
    /// Spread this team's over its people.
    pub spread: String,
}

/// The page on which targets are set.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a metric that isn't this organisation's; 422 for a period that is none.
pub async fn targets(platform: &Platform, actor: &Actor, org: &str, asked: &AskedTargets) -> Result<TargetsPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let metrics = choices(&tx, &book);
    let period = targets::asked_period(&book, &asked.period)?;
    let beside = beside(&book, &period);
    if metrics.is_empty() {
        tx.rollback().await?;
        let (cells, spreadable, changes) = (Vec::new(), Vec::new(), Vec::new());
        let (metric, is_idea, refused) = (None, false, None);
        return Ok(TargetsPage { metric, period, metrics, beside, cells, spreadable, is_idea, refused, changes });
    }
    let metric = board::asked_metric(&tx, &book, &asked.metric)?;
    let there = rows::of_period(&mut tx, metric.id, &period.key()).await?;
    let (ideas, refused) = match idea(&mut tx, &book, metric, &period, asked).await {
        Ok(ideas) => (ideas, None),
        Err(error) if error.code == Code::Invalid => (BTreeMap::new(), Some(error)),
        Err(error) => return Err(error),
    };
    let spreadable = book.everybody.teams.iter().filter(|team| there.iter().any(|one| one.team_id == Some(team.id)));
    let spreadable = spreadable.map(|team| (team.id.to_string(), team.name.clone())).collect();
    let changes = rows::changes(&mut tx, metric.id, &period.key(), MOST_CHANGES).await?;
    let changes = tell(&mut tx, &book, metric, changes).await?;
    tx.rollback().await?;
    let page = TargetsPage {
        cells: cells(&book, metric, &period, &there, &ideas),
        is_idea: !ideas.is_empty(),
        metric: Some(metric.clone()),
        period,
        metrics,
        beside,
        spreadable: if metric.is_sum() { spreadable } else { Vec::new() },
        refused,
        changes,
    };
    Ok(page)
}

/// What targets could be: nothing is saved.
///
/// # Errors
/// As [`targets::proposed`], and as [`targets()`].
pub async fn ideas(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    asked: &AskedTargets,
) -> Result<(Metric, Period, BTreeMap<Whose, Amounts>)> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let metric = metrics::find_key(&book.metrics, &asked.metric)?;
    let period = targets::asked_period(&book, &asked.period)?;
    let ideas = idea(&mut tx, &book, metric, &period, asked).await?;
    tx.rollback().await?;
    Ok((metric.clone(), period, ideas))
}

/// What targets of a metric and a period were and became, the latest first.
///
/// # Errors
/// As [`targets()`].
pub async fn history(platform: &Platform, actor: &Actor, org: &str, metric: &str, period: &str) -> Result<Vec<Change>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let metric = board::asked_metric(&tx, &book, metric)?;
    let period = targets::asked_period(&book, period)?;
    let changes = rows::changes(&mut tx, metric.id, &period.key(), MOST_CHANGES).await?;
    tx.rollback().await?;
    Ok(changes)
}

async fn idea(
    tx: &mut OrgTx,
    book: &Book,
    metric: &Metric,
    period: &Period,
    asked: &AskedTargets,
) -> Result<BTreeMap<Whose, Amounts>> {
    match Idea::asked(book, asked.growth.as_deref(), &asked.spread)? {
        Some(idea) => targets::proposed(tx, book, metric, period, &idea).await,
        None => Ok(BTreeMap::new()),
    }
}

fn choices(tx: &OrgTx, book: &Book) -> Vec<(String, String)> {
    board::seen(tx, book).map(|metric| (metric.key.clone(), metric.name.clone())).collect()
}

fn beside(book: &Book, period: &Period) -> (Option<Period>, Option<Period>) {
    (book.calendar.previous(period), book.calendar.next(period))
}

/// The table: whoever is there in the period, and whoever has a target in it.
fn cells(
    book: &Book,
    metric: &Metric,
    period: &Period,
    there: &[Target],
    ideas: &BTreeMap<Whose, Amounts>,
) -> Vec<Cell> {
    let unit = metric.unit();
    let typed = |amounts: &Amounts| {
        let stretch: Vec<String> = amounts.stretch.iter().map(|level| amount::as_typed(*level, &unit)).collect();
        (amount::as_typed(amounts.amount, &unit), stretch.join(" / "))
    };
    let teams = book.everybody.teams.iter().map(|team| Whose::Team(team.id));
    let people = book.everybody.people.iter().map(|person| Whose::Person(person.id));
    let all = std::iter::once(Whose::Everybody).chain(teams).chain(people);
    let cell = |whose: Whose| {
        let now = there.iter().find(|target| Whose::of(target.person_id, target.team_id) == whose);
        if now.is_none() && !targets::is_there(book, whose, period) {
            return None;
        }
        let idea = ideas.get(&whose);
        let saved = now.map(Amounts::of);
        let (amount, stretch) = idea.or(saved.as_ref()).map(typed).unwrap_or_default();
        Some(Cell {
            name: whose.name(book)?.to_owned(),
            whose,
            amount,
            stretch,
            version: now.map(|target| target.version),
            is_idea: idea.is_some_and(|idea| saved.as_ref() != Some(idea)),
        })
    };
    all.filter_map(cell).collect()
}

/// The history in words. Who wants to be on no board isn't named.
async fn tell(tx: &mut OrgTx, book: &Book, metric: &Metric, changes: Vec<Change>) -> Result<Vec<Told>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let names: BTreeMap<Uuid, String> =
        members::all(tx).await?.into_iter().map(|member| (member.user.0, member.name)).collect();
    let zone = super::entries::zone(tx)?;
    let unit = metric.unit();
    let shown = |amount: Option<i64>, stretch: &str| {
        let beyond: Vec<String> =
            read_stretch(stretch).into_iter().map(|level| format!(", then {}", amount::show(level, &unit))).collect();
        amount.map(|amount| format!("{}{}", amount::show(amount, &unit), beyond.concat()))
    };
    let at = |at: Instant| at.timestamp().to_zoned(zone.clone()).strftime("%-d %B %Y, %-I:%M %P").to_string();
    let told = |change: Change| Told {
        whose: name_of(book, change.person_id, Whose::of(change.person_id, change.team_id)),
        before: shown(change.before_amount, &change.before_stretch),
        after: shown(change.after_amount, &change.after_stretch),
        by: match (change.by_kind.as_str(), change.by_id) {
            ("member", Some(id)) => names.get(&id).cloned().unwrap_or_else(|| "somebody who has left".to_owned()),
            ("token", _) => "a program".to_owned(),
            _ => "Devalo".to_owned(),
        },
        at: at(change.changed_at),
    };
    Ok(changes.into_iter().map(told).collect())
}

fn name_of(book: &Book, person: Option<PersonId>, whose: Whose) -> String {
    let hides = book.everybody.people.iter().any(|one| Some(one.id) == person && one.opted_out);
    match whose.name(book) {
        Some(name) if !hides => name.to_owned(),
        _ => "Somebody who isn’t on boards".to_owned(),
    }
}
