//! What is celebrated on office screens: a result from an amount on, a target that is reached, a badge, a contest that is won. Each has a number of
//! its organisation's, so that a screen shows it at most once.

pub mod store;

use std::time::Duration;

use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    amount::{self, LIMIT},
    board::Book,
    contests, entries,
    ids::{ContestId, EntryId, MetricId, PersonId, TargetId, TeamId},
    metrics,
    people::{finish, open},
    period::day_of,
    permissions,
    store::{self as tables, Metric, targets},
};
use crate::{
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    ids::OrgId,
    module::Job,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
};
use store::{Chosen, New, Stored};

/// What is older isn't shown any more: nobody remembers what it was about.
const SHOWN_SECONDS: i64 = 10 * 60;
/// So many of them are looked at.
const MOST: i64 = 100;
/// Results are forgotten after two days: none comes in again.
const RESULTS_SECONDS: i64 = 2 * 24 * 60 * 60;
/// All else after thirteen months: by then its period is over, and nothing reaches it again.
const OTHERS_SECONDS: i64 = 400 * 24 * 60 * 60;
/// So many organisations have something to forget at once.
const AT_ONCE: i64 = 1_000;

/// Forgets what nobody shows any more.
pub const JOB: Job = Job {
    name: "scoreboard.celebrations",
    every: Duration::from_hours(1),
    run: |platform| Box::pin(async move { forget_old(&platform).await }),
};

/// What is celebrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A result.
    Entry,
    /// A target that is reached.
    Target,
    /// A badge.
    Badge,
    /// A contest that is won.
    Contest,
}

impl Kind {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Target => "target",
            Self::Badge => "badge",
            Self::Contest => "contest",
        }
    }
}

/// What screens celebrate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CelebratingBody {
    /// Targets that are reached.
    pub targets: bool,
    /// Badges.
    pub badges: bool,
    /// Contests that are won.
    pub contests: bool,
    /// Results, of what is counted here from an amount on. Of nothing else.
    pub results: Vec<CelebratedBody>,
    /// The version that was read.
    pub version: i64,
}

/// From which amount on a result is celebrated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CelebratedBody {
    /// The word of what is counted: `sales`.
    pub metric: String,
    /// In the smallest unit: cents of money, or the last decimal of a number.
    pub at_least: i64,
}

/// Something to celebrate, as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Celebration {
    /// Its number.
    pub number: i64,
    /// Whose it is.
    pub who: String,
    /// What it is, in large letters: "$12,345.67".
    pub figure: String,
    /// What of: "Sales".
    pub words: String,
}

/// What screens celebrate, and what is counted, for who sets it up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn read(platform: &Platform, actor: &Actor, org: &str) -> Result<(CelebratingBody, Vec<Metric>)> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let metrics = tables::metrics(&mut tx).await?;
    let body = now(&mut tx, &metrics).await?;
    tx.rollback().await?;
    Ok((body, metrics))
}

/// Says anew what screens celebrate. What was celebrated stays so.
///
/// # Errors
/// 422 at `results` for what isn't added up or isn't for everybody, and for an amount that is none; 409 where somebody else changed it since
/// `version`.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, body: &CelebratingBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let metrics = tables::metrics(&mut tx).await?;
    let before = now(&mut tx, &metrics).await?;
    let mut errors = FieldErrors::default();
    let results = checked(&metrics, &before, &body.results, &mut errors);
    errors.finish()?;
    // In the order in which celebrating itself takes the rows.
    store::wait_for_turn(&mut tx).await?;
    let CelebratingBody { targets, badges, contests, version, .. } = *body;
    if version != before.version || !store::choose(&mut tx, Chosen { targets, badges, contests, version }).await? {
        return Err(AppError::changed("what screens celebrate", before.version, differences(&before, body)));
    }
    store::delete_amounts(&mut tx).await?;
    for (metric, at_least) in results {
        store::insert_amount(&mut tx, metric, at_least).await?;
    }
    let org = tx.id().0;
    finish(tx, "scoreboard.celebrations_saved", org).await
}

/// Says from which amount on results of one are celebrated, as it was typed: "1,000". Empty: never.
///
/// # Errors
/// As [`save`], at `metric` and `amount`.
pub async fn celebrate_from(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    metric: &str,
    typed: &str,
    version: i64,
) -> Result<()> {
    let (mut body, metrics) = read(platform, actor, org).await?;
    let metric = metrics
        .iter()
        .find(|one| one.key == metric)
        .ok_or_else(|| AppError::field("metric", "Choose what results are of."))?;
    body.results.retain(|one| one.metric != metric.key);
    if !typed.trim().is_empty() {
        let at_least =
            amount::parse(typed, &metric.unit()).map_err(|why| AppError::field("amount", why.to_string()))?;
        body.results.push(CelebratedBody { metric: metric.key.clone(), at_least });
    }
    let saved = save(platform, actor, org, &CelebratingBody { version, ..body }).await;
    saved.map_err(|error| error.rename_field("results", "amount"))
}

/// Something is to be celebrated, in the transaction that caused it: once for its cause and whose it is, and only where the organisation celebrates
/// such things. Whether anybody may see it is looked at when it is shown.
///
/// # Errors
/// The database is busy.
pub async fn note(
    tx: &mut OrgTx,
    kind: Kind,
    metric: Option<MetricId>,
    person: Option<PersonId>,
    team: Option<TeamId>,
    entry: Option<EntryId>,
    subject: Option<Uuid>,
) -> Result<()> {
    let Some(cause) = subject.or(entry.map(|entry| entry.0)) else { return Ok(()) };
    let is_wanted = match (kind, store::chosen(tx).await?) {
        (Kind::Entry, _) | (_, None) => true,
        (Kind::Target, Some(chosen)) => chosen.targets,
        (Kind::Badge, Some(chosen)) => chosen.badges,
        (Kind::Contest, Some(chosen)) => chosen.contests,
    };
    let whose = person.map(|person| person.0).or(team.map(|team| team.0)).unwrap_or_default();
    if !is_wanted || store::is_noted(tx, kind.as_str(), cause, whose).await? {
        return Ok(());
    }
    store::wait_for_turn(tx).await?;
    // Whoever was waited for may have celebrated the same.
    if store::is_noted(tx, kind.as_str(), cause, whose).await? {
        return Ok(());
    }
    let number = store::next_number(tx).await?;
    store::insert(tx, New { number, kind: kind.as_str(), cause, whose, metric, person, team, entry }).await?;
    Ok(())
}

/// Results count from now on. They are celebrated where they are large enough, and of today or yesterday: nobody celebrates what was long ago. What
/// stands for a result that was celebrated takes its place.
///
/// # Errors
/// The database is busy.
pub async fn counted(tx: &mut OrgTx, ids: &[EntryId]) -> Result<()> {
    let amounts = store::amounts(tx).await?;
    if amounts.is_empty() {
        return Ok(());
    }
    let yesterday = day_of(tx.now().timestamp(), &entries::zone(tx)?).saturating_sub(1.day()).to_string();
    for id in ids {
        let Some(entry) = tables::entry(tx, *id).await? else { continue };
        let is_enough = amounts.iter().any(|(metric, at_least)| *metric == entry.metric_id && entry.value >= *at_least);
        if !is_enough || !entries::counts(&entry) || entry.day < yesterday {
            continue;
        }
        let (metric, person) = (entry.metric_id, entry.person_id);
        if let Some(before) = entry.replaces_id
            && store::hand_on(tx, before, *id, metric, person).await? > 0
        {
            continue;
        }
        note(tx, Kind::Entry, Some(metric), Some(person), None, Some(*id), None).await?;
    }
    Ok(())
}

/// What screens celebrate now, the earliest first: of the last ten minutes, and only what everybody may see.
///
/// # Errors
/// The database is busy.
pub async fn recent(tx: &mut OrgTx, book: &Book) -> Result<Vec<Celebration>> {
    let since = tx.now().plus_seconds(-SHOWN_SECONDS);
    let mut recent = Vec::new();
    for one in store::since(tx, since, MOST).await? {
        if holds(tx, book, &one).await? {
            recent.extend(shown(book, one));
        }
    }
    Ok(recent)
}

/// A target is reached still, and a contest won: a result may have been taken back since. What else was taken back wasn't read.
async fn holds(tx: &mut OrgTx, book: &Book, one: &Stored) -> Result<bool> {
    if one.kind == Kind::Contest.as_str() {
        let whose = one.person_id.map(|id| id.0).or(one.team_id.map(|id| id.0));
        return Box::pin(contests::is_won_by(tx, book, ContestId(one.cause_id), whose)).await;
    }
    if one.kind != Kind::Target.as_str() {
        return Ok(true);
    }
    let Some(target) = targets::one(tx, TargetId(one.cause_id)).await? else { return Ok(false) };
    Ok(targets::done(tx, &target).await? >= i128::from(target.amount))
}

/// The last number that was given; 0: none yet.
///
/// # Errors
/// The database is busy.
pub async fn last(tx: &mut OrgTx) -> Result<i64> {
    Ok(store::last_number(tx).await?)
}

/// The demo business celebrates sales of a third of what somebody is to sell in a month.
///
/// # Errors
/// The database is busy.
pub async fn seed(tx: &mut OrgTx, sales: MetricId) -> Result<()> {
    store::insert_amount(tx, sales, 150_000).await?;
    Ok(())
}

/// As a screen shows it; `None`: it isn't for everybody, or whose it is isn't there to be shown.
fn shown(book: &Book, one: Stored) -> Option<Celebration> {
    let metric = match one.metric_id {
        None => None,
        Some(id) => Some(book.metrics.iter().find(|metric| metric.id == id && metric.shown_to == "everyone")?),
    };
    let who = match (one.person_id, one.team_id) {
        (Some(id), _) => {
            let is_there = |left| left >= book.today;
            let person = book.everybody.people.iter().find(|person| person.id == id)?;
            (!person.opted_out && person.left.is_none_or(is_there)).then(|| person.name.clone())?
        }
        (None, Some(id)) => book.everybody.teams.iter().find(|team| team.id == id && team.active)?.name.clone(),
        (None, None) => "Everybody".to_owned(),
    };
    let name = metric.map_or_else(String::new, |metric| metric.name.clone());
    let (figure, words) = match one.kind.as_str() {
        "entry" => (amount::show(one.value?, &metric?.unit()), name),
        "target" => ("Target reached".to_owned(), name),
        "badge" => (one.badge?, "A new badge".to_owned()),
        _ => (one.contest?, "Wins the contest".to_owned()),
    };
    Some(Celebration { number: one.number, who, figure, words })
}

async fn now(tx: &mut OrgTx, metrics: &[Metric]) -> Result<CelebratingBody> {
    let usual = Chosen { targets: true, badges: true, contests: true, version: 0 };
    let Chosen { targets, badges, contests, version } = store::chosen(tx).await?.unwrap_or(usual);
    let amounts = store::amounts(tx).await?;
    let at_least = |id: MetricId| amounts.iter().find(|(metric, _)| *metric == id).map(|(_, at_least)| *at_least);
    // In the order in which they are counted.
    let results = metrics
        .iter()
        .filter_map(|one| Some(CelebratedBody { metric: one.key.clone(), at_least: at_least(one.id)? }))
        .collect();
    Ok(CelebratingBody { targets, badges, contests, results, version })
}

fn checked(
    all: &[Metric],
    before: &CelebratingBody,
    results: &[CelebratedBody],
    errors: &mut FieldErrors,
) -> Vec<(MetricId, i64)> {
    let mut checked: Vec<(MetricId, i64)> = Vec::new();
    for one in results {
        let Ok(metric) = metrics::find_key(all, &one.metric) else {
            errors.add("results", "Choose what is counted.");
            continue;
        };
        if checked.iter().any(|(other, _)| *other == metric.id) {
            errors.add("results", format!("{} is there twice.", metric.name));
        }
        // What was chosen before it became somebody's alone may stay: it isn't shown.
        if !before.results.contains(one) && (!metric.is_sum() || metric.shown_to != "everyone") {
            errors
                .add("results", format!("Screens celebrate what is added up and everybody sees: not {}.", metric.name));
        }
        if !(1..=LIMIT).contains(&one.at_least) {
            errors.add("results", "Enter an amount of more than nothing.");
        }
        checked.push((metric.id, one.at_least));
    }
    checked
}

fn differences(now: &CelebratingBody, body: &CelebratingBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    for (field, now, sent) in [
        ("targets", now.targets, body.targets),
        ("badges", now.badges, body.badges),
        ("contests", now.contests, body.contests),
    ] {
        if now != sent {
            fields.add(field, if now { "It is ticked now." } else { "It isn’t ticked now." });
        }
    }
    if now.results != body.results {
        fields.add("results", "They are others now.");
    }
    fields.into_fields()
}

/// Forgets what nobody shows any more, organisation by organisation.
async fn forget_old(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let (results, others) = (now.plus_seconds(-RESULTS_SECONDS), now.plus_seconds(-OTHERS_SECONDS));
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let whose = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT DISTINCT org_id FROM scoreboard_celebrations WHERE kind = 'entry' AND created_at < $1 OR kind IN ('target', 'badge', 'contest') AND created_at < $2 LIMIT $3",
        results,
        others,
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org,) in whose {
        // Also where the organisation is shut, or has the scoreboard no longer.
        let actor = Actor::System("old celebrations are forgotten");
        let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &crate::permissions::ENTER, Access::Write).await?;
        store::forget(&mut tx, results, others).await?;
        tx.commit().await?;
    }
    Ok(())
}
