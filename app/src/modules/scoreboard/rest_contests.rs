//! The JSON API of contests and badges.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    amount,
    badges::{self, Award, BadgeBody, Held},
    contests::{
        self, Contest, ContestBody,
        page::{self, Card},
        standing::{Late, Line},
    },
    ids::{AwardId, BadgeId, ContestId, EntryId, PersonId},
    store::{Metric, badges::Badge},
};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_contests, add_contest))
        .routes(routes!(show_contest, change_contest))
        .routes(routes!(sign_off_contest))
        .routes(routes!(cancel_contest))
        .routes(routes!(list_badges, add_badge))
        .routes(routes!(change_badge))
        .routes(routes!(list_holders))
        .routes(routes!(list_own_badges))
}

/// A contest of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContestView {
    id: ContestId,
    /// `planned`, `running`, `over` (it waits to be signed off), `signed_off` or `cancelled`.
    state: String,
    /// For people: “2 days left”.
    left: String,
    /// What to send to change it.
    #[serde(flatten)]
    contest: ContestBody,
}

/// A contest, and who stands where in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingView {
    /// It.
    #[serde(flatten)]
    contest: ContestView,
    /// The rule, in sentences.
    rule: Vec<String>,
    /// The finish is hidden: the places are of this instant, RFC 3339; null where they are of now.
    hidden_since: Option<String>,
    /// Only their own place is shown to whoever asks.
    private: bool,
    /// How many take part, of whom the places may be a part.
    takes_part: usize,
    /// The first first.
    places: Vec<ContestPlaceView>,
    /// Since it was signed off, corrections have changed these figures.
    late_changes: Vec<LateView>,
}

/// A place in a contest.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContestPlaceView {
    /// A person’s or a team’s.
    id: Uuid,
    /// Their name.
    name: String,
    /// Null where there is nothing to show.
    rank: Option<u32>,
    /// Somebody else has the same rank.
    shared: bool,
    /// As a decimal number; null where there is nothing to show.
    value: Option<String>,
    /// The same for people: “$1,234.50”, or a dash.
    shown: String,
    /// In a race, when they reached the goal, for people; null elsewhere, and where they haven’t.
    reached: Option<String>,
    /// They win; until it is signed off, if it stays as it is.
    won: bool,
    /// What they win; empty: nothing.
    prize: String,
    /// It is whoever asks.
    own: bool,
}

/// A figure that isn’t any more what was signed off.
#[derive(Debug, Serialize, ToSchema)]
pub struct LateView {
    /// Whose.
    name: String,
    /// What was signed off, for people.
    before: String,
    /// What it comes to now, for people.
    now: String,
}

/// The contest that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedContestView {
    id: ContestId,
}

/// The version of something that was read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContestVersionBody {
    /// It.
    version: i64,
}

/// A badge.
#[derive(Debug, Serialize, ToSchema)]
pub struct BadgeView {
    id: BadgeId,
    /// What it is for, for people.
    what: String,
    /// What was over before this day doesn’t count.
    since: String,
    /// What to send to change it.
    #[serde(flatten)]
    badge: BadgeBody,
}

/// The badge that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedBadgeView {
    id: BadgeId,
}

/// A badge that is given, and who came by it lately.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBadgeView {
    id: BadgeId,
    /// Its name.
    name: String,
    /// Its icon.
    icon: String,
    /// What it is for, for people.
    what: String,
    /// The latest first, each once.
    by: Vec<HolderView>,
    /// So many more came by it lately.
    more: usize,
}

/// Somebody who came by a badge.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolderView {
    /// Who.
    person: PersonId,
    /// Their name.
    name: String,
    /// The day that brought it.
    day: String,
    /// It is whoever asks.
    own: bool,
}

/// A badge of whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnBadgeView {
    id: AwardId,
    badge: BadgeId,
    /// Its name.
    name: String,
    /// Its icon.
    icon: String,
    /// What it is for, for people.
    what: String,
    /// When, for people: “November 2026”; empty where it is had once, or for days in a row.
    period: String,
    /// The day that brought it.
    day: String,
    /// The entry that did.
    entry: Option<EntryId>,
}

/// Contests that aren’t signed off yet, then the last 50 that were or that were cancelled.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/contests", tag = "scoreboard",
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = Vec<ContestView>), (status = "default", body = Problem)))]
async fn list_contests(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ContestView>>> {
    let page = page::list(&platform, &actor, &org).await?;
    let all = page.open.into_iter().chain(page.closed);
    Ok(Json(all.map(|Card { contest, left, .. }| contest_view(&contest, left)).collect()))
}

/// Sets a contest up.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/contests", tag = "scoreboard", request_body = ContestBody,
    security(("token" = ["scoreboard.manage"])),
    responses((status = 201, body = AddedContestView), (status = "default", body = Problem)))]
async fn add_contest(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<ContestBody>,
) -> Result<(StatusCode, Json<AddedContestView>)> {
    let id = contests::add(&platform, &actor, &org, &body).await?;
    Ok((StatusCode::CREATED, Json(AddedContestView { id })))
}

/// A contest, and who stands where in it: as the ledger says now, or as it was signed off.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/contests/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = StandingView), (status = "default", body = Problem)))]
async fn show_contest(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<StandingView>> {
    let page = page::one(&platform, &actor, &org, &id).await?;
    let standing = page.standing;
    let place = |line: Line| ContestPlaceView {
        id: line.id,
        name: line.name,
        rank: line.rank,
        shared: line.shared,
        value: line.value.map(|value| amount::as_typed(value, &page.contest.metric.unit())),
        shown: line.figure,
        reached: line.reached,
        won: line.won,
        prize: line.prize,
        own: line.own,
    };
    let late = |Late { name, before, now }| LateView { name, before, now };
    Ok(Json(StandingView {
        rule: page.rule,
        hidden_since: standing.hidden_since.map(|at| at.to_string()),
        private: standing.private,
        takes_part: standing.takes_part,
        places: standing.lines.into_iter().map(place).collect(),
        late_changes: standing.late.into_iter().map(late).collect(),
        contest: contest_view(&page.contest, page.left),
    }))
}

/// Changes a contest: all of it before it begins; while it runs its last day and its prizes alone. 409 for one that is over, and where it has
/// changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/contests/{id}", tag = "scoreboard", request_body = ContestBody,
    security(("token" = ["scoreboard.manage"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_contest(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ContestBody>,
) -> Result<StatusCode> {
    contests::save(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs off what a contest came to: it is kept as it is, and nothing changes it any more. 409 for one that isn’t over.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/contests/{id}/sign-off", tag = "scoreboard",
    request_body = ContestVersionBody,
    security(("token" = ["scoreboard.manage"])), responses((status = 204), (status = "default", body = Problem)))]
async fn sign_off_contest(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ContestVersionBody>,
) -> Result<StatusCode> {
    contests::sign_off(&platform, &actor, &org, &id, body.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Cancels a contest: nobody wins it, and it stays to be seen. 409 for one that is signed off.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/contests/{id}/cancel", tag = "scoreboard",
    request_body = ContestVersionBody,
    security(("token" = ["scoreboard.manage"])), responses((status = 204), (status = "default", body = Problem)))]
async fn cancel_contest(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ContestVersionBody>,
) -> Result<StatusCode> {
    contests::cancel(&platform, &actor, &org, &id, body.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All badges, in the order in which they were set up.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/badges", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<BadgeView>), (status = "default", body = Problem)))]
async fn list_badges(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<BadgeView>>> {
    let (all, metrics) = badges::all(&platform, &actor, &org).await?;
    Ok(Json(all.into_iter().filter_map(|badge| badge_view(badge, &metrics)).collect()))
}

/// Sets a badge up. It is given for what is from today on, and for the periods that run.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/badges", tag = "scoreboard", request_body = BadgeBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = AddedBadgeView), (status = "default", body = Problem)))]
async fn add_badge(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<BadgeBody>,
) -> Result<(StatusCode, Json<AddedBadgeView>)> {
    let id = badges::add(&platform, &actor, &org, &body).await?;
    Ok((StatusCode::CREATED, Json(AddedBadgeView { id })))
}

/// Says anew what a badge is called and looks like, and whether it is given; what it is for stays. 409 where it has changed since the version that is
/// sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/badges/{id}", tag = "scoreboard", request_body = BadgeBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_badge(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<BadgeBody>,
) -> Result<StatusCode> {
    badges::save(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Badges that are given, and who came by them lately, as far as whoever asks may see it.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/badges/lately", tag = "scoreboard",
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = Vec<HeldBadgeView>), (status = "default", body = Problem)))]
async fn list_holders(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<HeldBadgeView>>> {
    Ok(Json(page::held(&platform, &actor, &org).await?.into_iter().map(held_view).collect()))
}

/// Badges of whoever asks, the latest first; none for programs, and for whose results aren’t counted.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/me/badges", tag = "scoreboard",
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = Vec<OwnBadgeView>), (status = "default", body = Problem)))]
async fn list_own_badges(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<OwnBadgeView>>> {
    let own = page::own_badges(&platform, &actor, &org).await?;
    Ok(Json(own.into_iter().map(own_view).collect()))
}

fn contest_view(contest: &Contest, left: String) -> ContestView {
    ContestView { id: contest.id, state: contest.state.as_str().to_owned(), left, contest: contest.body() }
}

fn badge_view(badge: Badge, metrics: &[Metric]) -> Option<BadgeView> {
    let metric = metrics.iter().find(|metric| metric.id == badge.metric_id)?;
    Some(BadgeView {
        id: badge.id,
        what: badges::in_words(&badge, metric),
        since: badge.since,
        badge: BadgeBody {
            name: badge.name,
            icon: badge.icon,
            metric: metric.key.clone(),
            rule: badge.rule,
            amount: badge.amount,
            period: badge.period,
            days: badge.days,
            active: badge.active,
            version: Some(badge.version),
        },
    })
}

fn held_view(held: Held) -> HeldBadgeView {
    let by = held.by.into_iter().map(|one| HolderView {
        person: one.person,
        name: one.name,
        day: one.day.to_string(),
        own: one.own,
    });
    let by = by.collect();
    HeldBadgeView {
        id: held.badge.id,
        name: held.badge.name,
        icon: held.badge.icon,
        what: held.what,
        by,
        more: held.more,
    }
}

fn own_view(award: Award) -> OwnBadgeView {
    OwnBadgeView {
        id: award.id,
        badge: award.badge,
        name: award.name,
        icon: award.icon,
        what: award.what,
        period: award.period,
        day: award.day.to_string(),
        entry: award.entry,
    }
}
