//! The JSON API of what the dashboards show: one’s own day, how figures went, and whether the weekly email comes.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::{extract::State, http::StatusCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    board::Line,
    digest,
    ids::PersonId,
    mine::{self, Place},
    permissions,
    rest::{FigureView, figure_view},
    team_view::{self, TeamPage, Watched},
    trends::{self, Asked, Point, Spread, Trend},
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
        .routes(routes!(show_own_day))
        .routes(routes!(read_weekly, choose_weekly))
        .routes(routes!(show_trend))
        .routes(routes!(show_team))
}

/// Somebody’s own figures and places.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnDayView {
    /// Who they are on boards.
    person: PersonId,
    /// They are on no board.
    opted_out: bool,
    /// Of each metric that they may see, in the organisation’s order.
    figures: Vec<OwnFigureView>,
}

/// Somebody’s own figure.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnFigureView {
    /// The word of what is counted.
    metric: String,
    /// For people: “$1,234.50”, or a dash. Today’s.
    today: String,
    /// This week’s.
    week: String,
    /// This month’s.
    month: String,
    /// Which place this month; null on no board, or where there is nothing to show.
    rank: Option<u32>,
    /// Of how many.
    of: usize,
    /// What is missing to the next better; null for the best.
    gap: Option<String>,
}

/// Whether the weekly email comes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyBody {
    /// It comes on Mondays at seven, for a week in which there was anything.
    wanted: bool,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct TrendQuery {
    /// The word of what is counted; the first that there is if absent.
    metric: String,
    /// `days`, the last 30; `weeks` or `months`, the last 12; `years`, this financial year by month beside the last. Weeks if absent.
    range: String,
    /// `team:` or `person:` with an id; everybody if absent, or whoever asks where each sees only their own.
    of: String,
}

/// How a figure went, and how amounts are spread.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrendView {
    /// The word of what is counted.
    metric: String,
    /// The first day.
    from: String,
    /// The last day.
    last: String,
    /// What all of it comes to.
    #[serde(flatten)]
    total: FigureView,
    /// The earliest first.
    points: Vec<PointView>,
    /// How single entries are spread; null of what is reckoned from others, and where there are too few or too many to tell.
    entries: Option<SpreadView>,
    /// How people’s totals are spread; null of one person, and where there are too few to tell. Who is on no board isn’t in it.
    people: Option<SpreadView>,
}

/// What a point of a trend comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointView {
    /// The first day.
    from: String,
    /// The last day.
    last: String,
    /// It isn’t over.
    running: bool,
    #[serde(flatten)]
    figure: FigureView,
    /// What the same month of the year before came to, where it is asked for.
    before: Option<FigureView>,
}

/// How amounts are spread. In the smallest unit: cents of money, or the last decimal of a number.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpreadView {
    /// How many there are.
    count: i64,
    /// A quarter of them at most so large.
    lower: i64,
    /// Half of them.
    median: i64,
    /// Three quarters of them.
    upper: i64,
    /// From the smallest on.
    buckets: Vec<BucketView>,
}

/// Amounts of about the same size.
#[derive(Debug, Serialize, ToSchema)]
pub struct BucketView {
    /// From this on; null: however small.
    from: Option<i64>,
    /// Below this; null: however large.
    below: Option<i64>,
    /// How many there are.
    count: i64,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct TeamQuery {
    /// The word of what is counted; the first that there is if absent.
    metric: String,
    /// As for boards: `week`, `month:2026-11-01`. This month if absent.
    period: String,
}

/// What a team comes to, person by person.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamDayView {
    /// The word of what is counted.
    metric: String,
    /// What to ask for the period with: `month:2026-11-01`.
    period: String,
    /// What the team comes to, those who are on no board among them; null where only one’s own place is shown.
    total: Option<FigureView>,
    /// The first first.
    lines: Vec<ShareView>,
    /// Who hasn’t entered anything on their last three working days; for managers, and null for others.
    quiet: Option<Vec<QuietView>>,
}

/// Somebody of a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareView {
    /// Who.
    id: Uuid,
    /// Their name.
    name: String,
    /// Null where there is nothing to show.
    rank: Option<u32>,
    #[serde(flatten)]
    figure: FigureView,
    /// What of the team’s it is, in thousandths; null where that says nothing.
    share: Option<i64>,
}

/// Somebody who has gone quiet.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuietView {
    /// Their name.
    name: String,
    /// When something was entered for them last; null: never.
    last: Option<String>,
}

/// One’s own figures and places of today, this week and this month. 404 for whose results aren’t counted, and for programs.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/me/day", tag = "scoreboard", security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = OwnDayView), (status = "default", body = Problem)))]
async fn show_own_day(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<OwnDayView>> {
    let (person, places) = mine::places(&platform, &actor, &org).await?;
    let figures = places.into_iter().map(own_figure).collect();
    Ok(Json(OwnDayView { person: person.id, opted_out: person.opted_out, figures }))
}

/// Whether the weekly email comes to whoever asks. 404 for programs.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/me/weekly-email", tag = "scoreboard",
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = WeeklyBody), (status = "default", body = Problem)))]
async fn read_weekly(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<WeeklyBody>> {
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::VIEW, Access::Read).await?;
    if tx.user().is_none() {
        return Err(AppError::not_found("an email of yours"));
    }
    let wanted = digest::wanted(&mut tx).await?;
    tx.rollback().await?;
    Ok(Json(WeeklyBody { wanted }))
}

/// Turns the weekly email to whoever asks on or off. 404 for programs.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/me/weekly-email", tag = "scoreboard", request_body = WeeklyBody,
    security(("token" = ["scoreboard.view"])), responses((status = 204), (status = "default", body = Problem)))]
async fn choose_weekly(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<WeeklyBody>,
) -> Result<StatusCode> {
    digest::choose(&platform, &actor, &org, body.wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a figure went, as far as whoever asks may see it, and how amounts are spread.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/trends", tag = "scoreboard", params(TrendQuery),
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = TrendView), (status = "default", body = Problem)))]
async fn show_trend(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<TrendQuery>,
) -> Result<Json<TrendView>> {
    let TrendQuery { metric, range, of } = query;
    Ok(Json(trend_view(trends::read(&platform, &actor, &org, &Asked { metric, range, of }).await?)))
}

/// What a team comes to, person by person: for who is in it, and for who manages. 404 for others.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/teams/{id}/day", tag = "scoreboard", params(TeamQuery),
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = TeamDayView), (status = "default", body = Problem)))]
async fn show_team(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Query(query): Query<TeamQuery>,
) -> Result<Json<TeamDayView>> {
    let TeamQuery { metric, period } = query;
    Ok(Json(team_day(team_view::page(&platform, &actor, &org, &id, &metric, &period).await?)))
}

fn own_figure(place: Place) -> OwnFigureView {
    let Place { key, today, week, month, rank, of, gap, .. } = place;
    OwnFigureView { metric: key, today, week, month, rank, of, gap }
}

fn trend_view(trend: Trend) -> TrendView {
    let metric = &trend.metric;
    let point = |point: &Point| PointView {
        from: point.period.from.to_string(),
        last: point.period.last().to_string(),
        running: point.running,
        figure: figure_view(metric, point.value),
        before: point.before.as_ref().map(|(_, value)| figure_view(metric, *value)),
    };
    TrendView {
        from: trend.period.from.to_string(),
        last: trend.period.last().to_string(),
        total: figure_view(metric, trend.total),
        points: trend.points.iter().map(point).collect(),
        entries: trend.entries.and_then(spread_view),
        people: trend.people.and_then(spread_view),
        metric: metric.key.clone(),
    }
}

fn spread_view(spread: Spread) -> Option<SpreadView> {
    let Spread::Told(told) = spread else { return None };
    let buckets = told.buckets.into_iter();
    let buckets = buckets.map(|one| BucketView { from: one.from, below: one.until, count: one.count }).collect();
    Some(SpreadView { count: told.count, lower: told.lower, median: told.median, upper: told.upper, buckets })
}

fn team_day(page: TeamPage) -> TeamDayView {
    let TeamPage { board, shares, watched, .. } = page;
    let metric = &board.metric;
    let line = |(line, share): (&Line, Option<i64>)| ShareView {
        id: line.id,
        name: line.name.clone(),
        rank: line.rank,
        figure: figure_view(metric, line.value),
        share,
    };
    let quiet = |Watched { quiet, .. }: Watched| {
        let view = |(name, last): (String, Option<Date>)| QuietView { name, last: last.map(|day| day.to_string()) };
        quiet.into_iter().map(view).collect()
    };
    TeamDayView {
        metric: metric.key.clone(),
        period: board.period.key(),
        total: (!board.private).then(|| figure_view(metric, board.total)),
        lines: board.lines.iter().zip(shares).map(line).collect(),
        quiet: watched.map(quiet),
    }
}
