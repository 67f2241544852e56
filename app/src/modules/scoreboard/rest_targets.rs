//! The JSON API of targets and pace, and of when people work.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    amount,
    board::{self, figure},
    ids::{LeaveId, PersonId, TargetId, TeamId},
    pace::{Forecast, Method, State as Standing},
    people, permissions,
    progress::{self, Line, Mine, Progress},
    store::{
        Metric,
        targets::{Change, Leave},
    },
    target_views::{self, AskedTargets},
    targets::{self, Amounts, Saved, TargetBody, Whose, read_stretch},
    working::{self, LeaveBody},
};
use crate::{
    db::Access,
    error::{AppError, Result},
    org::{OrgRef, OrgTx},
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(show_pace))
        .routes(routes!(list_own))
        .routes(routes!(save_target))
        .routes(routes!(delete_target))
        .routes(routes!(propose_targets))
        .routes(routes!(list_changes))
        .routes(routes!(list_leave, add_leave))
        .routes(routes!(delete_leave))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct PaceQuery {
    /// The word of what is counted; the first that there is if absent.
    metric: String,
    /// `day`, `week`, `fortnight`, `month`, `quarter`, `year`, `financial_year` or `financial_quarter`: the one that runs; with a day of
    /// its beginning (`month:2026-11-01`) another; `range:2026-11-03:2026-11-17`. This month if absent.
    period: String,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct IdeaQuery {
    /// The word of what is counted.
    metric: String,
    /// As for pace. This month if absent.
    period: String,
    /// Those of the period before, and so much more in percent: `2.5`, `-10`. 0 if absent, unless a team is named.
    growth: Option<String>,
    /// A team’s or a branch’s id: its target, spread over its people by the days that each works.
    spread: String,
}

/// How the targets of a metric stand in a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaceView {
    /// The word of what is counted.
    metric: String,
    /// The period’s key: `month:2026-11-01`.
    period: String,
    /// For people: “November 2026”.
    label: String,
    /// Only their own is shown to whoever asks.
    private: bool,
    /// Whether the parts’ targets come to the whole’s, in words; for managers.
    sums: Vec<String>,
    /// Of all together, then of teams and branches, then of people.
    targets: Vec<PaceLineView>,
}

/// How a target stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaceLineView {
    id: TargetId,
    /// By whom; null with the team: by all together.
    person: Option<PersonId>,
    /// By which team or branch.
    team: Option<TeamId>,
    name: String,
    /// It is of whoever asks.
    own: bool,
    /// To change it: the version.
    version: i64,
    /// In the smallest unit: cents of money, or the last decimal of a number.
    amount: i64,
    /// The same for people: “$5,000.00”.
    amount_shown: String,
    /// Amounts beyond it.
    stretch: Vec<i64>,
    /// For people: what is done, or a dash.
    done_shown: String,
    /// `not_started`, `ahead`, `on_pace`, `behind`, `reached`, `missed` or `no_target`.
    state: PaceState,
    /// For people: “On pace”.
    word: String,
    /// Day by day; null of what no days add up to.
    pace: Option<PaceFigures>,
    /// Where it is heading; null where the period doesn’t run.
    forecast: Option<ForecastView>,
    /// So many of the amounts beyond it are reached.
    stretch_reached: usize,
}

/// In a word, how a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaceState {
    /// The period is still to come, or there is nothing to divide yet.
    NotStarted,
    /// Better than what is due by the end of today.
    Ahead,
    /// As good as it should be.
    OnPace,
    /// Less than was due before today; where lower is better, more than is allowed.
    Behind,
    /// Reached; where lower is better, kept to the end.
    Reached,
    /// The period is over, and it isn’t reached.
    Missed,
    /// The target is zero.
    NoTarget,
}

/// A target, day by day, in the smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaceFigures {
    /// What is done.
    done: i64,
    /// What was due by the end of the day before.
    due_before: i64,
    /// What is due by the end of today.
    due: i64,
    /// In hundredths of a percent; null where the target is zero.
    percent_hundredths: Option<i64>,
    /// What is missing; where lower is better, what is still allowed.
    remaining: i64,
    /// Today among them, while the period lasts.
    working_days_left: i64,
    /// What each of them must bring; where lower is better, may bring. Null where none is left.
    required_per_day: Option<i64>,
}

/// What a period is likely to end with, in the smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastView {
    /// What is done, and for each working day left the mean of those so far that are over.
    expected: i64,
    /// Four times in five it ends between this …
    low: i64,
    /// … and this. Both are `expected` where it is too early for a range.
    high: i64,
    /// Fewer than five working days are over: there is no range.
    too_early: bool,
}

/// The target that was set.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedTargetView {
    id: TargetId,
    /// There was none before.
    fresh: bool,
}

/// What a target could be. Nothing is saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdeaView {
    /// By whom; null with the team: by all together.
    person: Option<PersonId>,
    /// By which team or branch.
    team: Option<TeamId>,
    /// In the smallest unit.
    amount: i64,
    /// The same for people.
    amount_shown: String,
    /// Amounts beyond it.
    stretch: Vec<i64>,
}

/// What could be targets of a period. To set them, send each.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdeasView {
    /// The word of what is counted.
    metric: String,
    /// The period’s key.
    period: String,
    targets: Vec<IdeaView>,
}

/// What a target was and became.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetChangeView {
    target: TargetId,
    /// Its version from then on.
    version: i64,
    /// By whom it is to be reached; null with the team: by all together.
    person: Option<PersonId>,
    /// By which team or branch.
    team: Option<TeamId>,
    /// In the smallest unit; null: there was none.
    before: Option<i64>,
    /// Amounts beyond it.
    before_stretch: Vec<i64>,
    /// Null: it was removed.
    after: Option<i64>,
    /// Amounts beyond it.
    after_stretch: Vec<i64>,
    /// `member`, `token` or `system`.
    by_kind: String,
    /// Which.
    by: Option<Uuid>,
    /// RFC 3339.
    at: String,
}

/// Somebody’s time away, both days included.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaveView {
    id: LeaveId,
    /// The first day.
    since: String,
    /// The last.
    until: String,
}

/// The time away that was noted.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedLeaveView {
    id: LeaveId,
}

/// How targets stand: what was to be reached, what is done and was due, and where it is heading; as far as whoever asks may see it.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/pace", tag = "scoreboard", params(PaceQuery),
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = PaceView), (status = "default", body = Problem)))]
async fn show_pace(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<PaceQuery>,
) -> Result<Json<PaceView>> {
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let progress = progress::of(&mut tx, &book, &query.metric, &query.period).await?;
    tx.rollback().await?;
    Ok(Json(pace_view(progress)))
}

/// One’s own targets in the periods that run. 404 for whose results aren’t counted, and for programs.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/me/targets", tag = "scoreboard", security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = Vec<Mine>), (status = "default", body = Problem)))]
async fn list_own(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<Mine>>> {
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let own = people::own(&tx, &book.everybody.people).ok_or_else(|| AppError::not_found("results of yours"))?;
    let mine = progress::of_person(&mut tx, &book, own).await?;
    tx.rollback().await?;
    Ok(Json(mine))
}

/// Sets a target (201), or changes it (200). The same again changes nothing. 409 where there is another than the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/targets", tag = "scoreboard", request_body = TargetBody,
    security(("token" = ["scoreboard.manage"])),
    responses((status = 201, body = SavedTargetView), (status = 200, body = SavedTargetView), (status = "default", body = Problem)))]
async fn save_target(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<TargetBody>,
) -> Result<(StatusCode, Json<SavedTargetView>)> {
    let Saved { id, fresh } = targets::save(&platform, &actor, &org, &body).await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(SavedTargetView { id, fresh })))
}

/// Takes a target away; what it was stays in its history.
#[utoipa::path(delete, path = "/orgs/{org}/scoreboard/targets/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.manage"])), responses((status = 204), (status = "default", body = Problem)))]
async fn delete_target(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    targets::remove(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What targets could be: those of the period before with growth, or a team’s over its people. Nothing is saved.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/targets/ideas", tag = "scoreboard", params(IdeaQuery),
    security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = IdeasView), (status = "default", body = Problem)))]
async fn propose_targets(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<IdeaQuery>,
) -> Result<Json<IdeasView>> {
    let IdeaQuery { metric, period, growth, spread } = query;
    let growth = growth.or_else(|| spread.is_empty().then(String::new));
    let asked = AskedTargets { metric, period, growth, spread };
    let (metric, period, ideas) = target_views::ideas(&platform, &actor, &org, &asked).await?;
    let view = |(whose, Amounts { amount, stretch }): (Whose, Amounts)| {
        let (person, team) = match whose {
            Whose::Everybody => (None, None),
            Whose::Team(team) => (None, Some(team)),
            Whose::Person(person) => (Some(person), None),
        };
        IdeaView { person, team, amount, amount_shown: amount::show(amount, &metric.unit()), stretch }
    };
    let targets = ideas.into_iter().map(view).collect();
    Ok(Json(IdeasView { metric: metric.key.clone(), period: period.key(), targets }))
}

/// What targets of a metric and a period were and became, the latest first.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/targets/changes", tag = "scoreboard", params(PaceQuery),
    security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = Vec<TargetChangeView>), (status = "default", body = Problem)))]
async fn list_changes(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<PaceQuery>,
) -> Result<Json<Vec<TargetChangeView>>> {
    let changes = target_views::history(&platform, &actor, &org, &query.metric, &query.period).await?;
    Ok(Json(changes.into_iter().map(change_view).collect()))
}

/// Somebody’s time away, the latest first.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/people/{id}/leave", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<LeaveView>), (status = "default", body = Problem)))]
async fn list_leave(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<Vec<LeaveView>>> {
    let leave = working::leave(&platform, &actor, &org, &id).await?;
    let view = |Leave { id, since, until, .. }: Leave| LeaveView { id, since, until };
    Ok(Json(leave.into_iter().map(view).collect()))
}

/// Notes that somebody is away: their targets are spread over their other days.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/people/{id}/leave", tag = "scoreboard", request_body = LeaveBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = AddedLeaveView), (status = "default", body = Problem)))]
async fn add_leave(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<LeaveBody>,
) -> Result<(StatusCode, Json<AddedLeaveView>)> {
    let id = working::add_leave(&platform, &actor, &org, &id, &body).await?;
    Ok((StatusCode::CREATED, Json(AddedLeaveView { id })))
}

/// Takes a time away back, as if it had never been.
#[utoipa::path(delete, path = "/orgs/{org}/scoreboard/leave/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn delete_leave(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    working::remove_leave(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn pace_view(progress: Progress) -> PaceView {
    let Progress { metric, period, lines, sums, private, .. } = progress;
    let targets = lines.into_iter().map(|line| line_view(&metric, line)).collect();
    PaceView { metric: metric.key, period: period.key(), label: period.label(), private, sums, targets }
}

fn line_view(metric: &Metric, line: Line) -> PaceLineView {
    let Line { name, own, target, done, standing, .. } = line;
    let forecast = |Forecast { expected, low, high, method }: Forecast| ForecastView {
        expected,
        low,
        high,
        too_early: method == Method::TooEarly,
    };
    PaceLineView {
        id: target.id,
        person: target.person_id,
        team: target.team_id,
        name,
        own,
        version: target.version,
        amount: target.amount,
        amount_shown: amount::show(target.amount, &metric.unit()),
        stretch: read_stretch(&target.stretch),
        done_shown: figure(metric, done),
        state: state_view(standing.state),
        word: standing.word(metric).to_owned(),
        pace: standing.pace.map(|pace| PaceFigures {
            done: pace.done,
            due_before: pace.due_before,
            due: pace.expected,
            percent_hundredths: pace.percent_of_target,
            remaining: pace.remaining,
            working_days_left: pace.working_days_left,
            required_per_day: pace.required_per_day,
        }),
        forecast: standing.forecast.map(forecast),
        stretch_reached: standing.level,
    }
}

fn state_view(state: Standing) -> PaceState {
    match state {
        Standing::NotStarted => PaceState::NotStarted,
        Standing::Ahead => PaceState::Ahead,
        Standing::OnPace => PaceState::OnPace,
        Standing::Behind => PaceState::Behind,
        Standing::Reached => PaceState::Reached,
        Standing::Missed => PaceState::Missed,
        Standing::NoTarget => PaceState::NoTarget,
    }
}

fn change_view(change: Change) -> TargetChangeView {
    TargetChangeView {
        target: change.target_id,
        version: change.version,
        person: change.person_id,
        team: change.team_id,
        before: change.before_amount,
        before_stretch: read_stretch(&change.before_stretch),
        after: change.after_amount,
        after_stretch: read_stretch(&change.after_stretch),
        by_kind: change.by_kind,
        by: change.by_id,
        at: change.changed_at.to_string(),
    }
}
