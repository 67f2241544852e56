//! The scoreboard's JSON API: thin; it calls the same verbs as the pages.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    amount,
    anew::{self, AddedUpView},
    board::{self, Asked, Board, Book, Line, Of},
    board_page::{self, Shown, cursor},
    entries::{self, Entered, EntryBody, Source, check_seen},
    formula::Fraction,
    ids::{EntryId, MembershipId, MetricId, PersonId, TeamId},
    metrics::{self, MetricBody},
    people::{self, MembershipBody, Person, PersonBody, TeamBody},
    permissions,
    ranking::Ties,
    rest_contests, rest_dashboards, rest_imports, rest_screens, rest_sources,
    rest_standing::{self, MovedView, ShutView},
    rest_targets,
    settings::{self, SettingsBody},
    store::{Entry, Membership, Metric, Team},
    working,
};
use crate::{
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query, idempotency_key},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .merge(rest_contests::router())
        .merge(rest_dashboards::router())
        .merge(rest_imports::router())
        .merge(rest_screens::router())
        .merge(rest_sources::router())
        .merge(rest_targets::router())
        .merge(rest_standing::router())
        .routes(routes!(read_settings, save_settings))
        .routes(routes!(add_up))
        .routes(routes!(list_metrics, add_metric))
        .routes(routes!(change_metric))
        .routes(routes!(move_metric))
        .routes(routes!(list_people, add_person))
        .routes(routes!(change_person))
        .routes(routes!(join_team))
        .routes(routes!(move_membership, delete_membership))
        .routes(routes!(list_teams, add_team))
        .routes(routes!(change_team))
        .routes(routes!(list_entries, enter))
        .routes(routes!(show_entry))
        .routes(routes!(void_entry))
        .routes(routes!(correct_entry))
        .routes(routes!(decide_entry))
        .routes(routes!(show_board))
}

/// The id of what was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedView {
    /// Its id.
    id: Uuid,
}

/// Something that is counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetricView {
    id: MetricId,
    /// What to send to change it.
    #[serde(flatten)]
    metric: MetricBody,
}

/// Where something that is counted goes in lists.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveMetricBody {
    /// Up by one; otherwise down by one.
    earlier: bool,
}

/// Somebody whose results are counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    id: PersonId,
    /// Their times in teams and branches, the earliest first.
    memberships: Vec<MembershipView>,
    /// What to send to change them.
    #[serde(flatten)]
    person: PersonBody,
}

/// Somebody's time in a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipView {
    id: MembershipId,
    /// Where, and from when until when.
    #[serde(flatten)]
    time: MembershipBody,
}

/// From when until when somebody was in a team.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipDaysBody {
    /// The first day: `2026-07-01`.
    since: String,
    /// The last day; absent: they are there still.
    #[serde(default)]
    until: Option<String>,
}

/// A team or a branch.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamView {
    id: TeamId,
    /// What to send to change it.
    #[serde(flatten)]
    team: TeamBody,
}

/// What became of something that was to be entered.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnteredView {
    id: EntryId,
    /// It is new; otherwise it was there before.
    fresh: bool,
    /// It counts once a manager has said yes.
    waits: bool,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct EntriesQuery {
    /// The word of what is counted; the first that there is if absent. Of what is reckoned from others: the entries of those.
    metric: String,
    /// One person’s id; everybody’s if absent.
    person: String,
    /// `day`, `week`, `fortnight`, `month`, `quarter`, `year`, `financial_year` or `financial_quarter`: the one that runs; with a day of
    /// its beginning (`month:2026-11-01`) another; `last:30`: so many days up to today; `range:2026-11-03:2026-11-17`. This month if absent.
    period: String,
    /// What the page before gave as `next`.
    after: String,
    /// 1 to 50; 50 if absent.
    limit: Option<i64>,
}

/// A page of entries.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntriesView {
    /// The newest day first. There can be fewer than were asked for, though others follow: what isn’t for whoever asks is left out.
    entries: Vec<EntryView>,
    /// Send it as `after` for the next page; null on the last.
    next: Option<String>,
}

/// A line of the ledger, with what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    id: EntryId,
    /// The word of what is counted.
    metric: String,
    /// Whose it is.
    person: PersonId,
    /// The day on which it counts, on the business’s clock as it was then.
    day: String,
    /// RFC 3339.
    happened_at: String,
    /// In the smallest unit: cents of money, or the last decimal of a number.
    value: i64,
    /// The same for people: “$1,234.50”.
    shown: String,
    /// A word about it: for who manages, and for whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// How it came in: `form`, `grid`, `file`, `api`, `webhook` or `event`.
    source: String,
    /// What it is called where it comes from: for who manages, and for whose it is.
    external_id: Option<String>,
    /// RFC 3339.
    entered_at: String,
    state: EntryState,
    /// Why it was taken back: for who manages, and for whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The entry that it stands for.
    replaces: Option<EntryId>,
    /// The entry that stands for it.
    replaced_by: Option<EntryId>,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// It counts.
    Counts,
    /// It counts once a manager says yes.
    Waits,
    /// A manager said no.
    Declined,
    /// It was taken back.
    Voided,
}

/// Why an entry is taken back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidBody {
    /// For whoever looks at it later.
    reason: String,
}

/// What an entry should have been.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectBody {
    /// All of it, as it is right. An `external_id` stays with the entry that is put right.
    entry: EntryBody,
    /// For whoever looks at it later.
    reason: String,
}

/// What a manager says of an entry that waits for it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideBody {
    /// Yes: it counts. Otherwise no: it doesn’t, and stays to be seen.
    approved: bool,
}

/// Which board is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct BoardQuery {
    /// The word of what is counted; the first that there is if absent.
    metric: String,
    /// As for entries: `week`, `month:2026-11-01`, `last:30`, `range:2026-11-03:2026-11-17`. This month if absent.
    period: String,
    /// `people`, `teams` or `branches`; people if absent.
    of: String,
    /// A team’s or a branch’s id: only people who are in it, with what they did while they were; everybody if absent.
    team: String,
    /// Of equals: `shared`, one rank; `first`, who had reached it first is before. Shared if absent.
    ties: String,
    /// `results`: only who has a result; everybody if absent. Ranks are as they are among all.
    list: String,
}

/// A leaderboard, as far as whoever asks may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardView {
    /// The word of what is counted.
    metric: String,
    period: PeriodView,
    /// What all of it comes to, with those who are on no board; null where only one’s own place is shown.
    total: Option<FigureView>,
    /// Only their own place is shown to whoever asks.
    private: bool,
    /// How many take part, of whom the lines may be a part.
    takes_part: usize,
    /// The closed period that all its days are in; null where they are open.
    closed: Option<ShutView>,
    /// The first first.
    lines: Vec<PlaceView>,
}

/// Whole days on the business’s clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodView {
    /// What to ask for it with: `month:2026-11-01`.
    key: String,
    /// For people: “November 2026”.
    label: String,
    /// The first day.
    from: String,
    /// The last day.
    last: String,
    /// Today is in it.
    running: bool,
}

/// What something comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct FigureView {
    /// As a decimal number, rounded to as many decimals as the metric has: `1234.50`; null where there is nothing to show.
    value: Option<String>,
    /// The same for people: “$1,234.50”, or a dash.
    shown: String,
}

/// A place on a board.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// A person’s or a team’s.
    id: Uuid,
    /// Their name.
    name: String,
    /// Null where there is nothing to show.
    rank: Option<u32>,
    /// Somebody else has the same rank.
    shared: bool,
    #[serde(flatten)]
    figure: FigureView,
    /// For people: what is missing to the next better; null for the best.
    gap_shown: Option<String>,
    /// How the rank changed since a day was over; null where there is nothing to compare it with.
    moved: Option<MovedView>,
    /// It is whoever asks.
    own: bool,
}

/// What is counted, in the organisation’s order.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/metrics", tag = "scoreboard", security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<MetricView>), (status = "default", body = Problem)))]
async fn list_metrics(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<MetricView>>> {
    let all = metrics::all(&platform, &actor, &org).await?;
    Ok(Json(all.iter().map(|metric| metric_view(&all, metric)).collect()))
}

/// Adds something that is counted.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/metrics", tag = "scoreboard", request_body = MetricBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = AddedView), (status = "default", body = Problem)))]
async fn add_metric(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<MetricBody>,
) -> Result<(StatusCode, Json<AddedView>)> {
    let id = metrics::add(&platform, &actor, &org, &body).await?;
    Ok((StatusCode::CREATED, Json(AddedView { id: id.0 })))
}

/// Changes something that is counted; its kind, unit and decimals stay. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/metrics/{id}", tag = "scoreboard", request_body = MetricBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_metric(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<MetricBody>,
) -> Result<StatusCode> {
    metrics::save(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves something that is counted by one in lists.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/metrics/{id}/move", tag = "scoreboard", request_body = MoveMetricBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn move_metric(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<MoveMetricBody>,
) -> Result<StatusCode> {
    metrics::move_one(&platform, &actor, &org, &id, body.earlier).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody whose results are counted, with their times in teams, in the order of their names.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/people", tag = "scoreboard", security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<PersonView>), (status = "default", body = Problem)))]
async fn list_people(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<PersonView>>> {
    let everybody = people::everybody(&platform, &actor, &org).await?;
    let memberships = everybody.memberships;
    Ok(Json(everybody.people.into_iter().map(|person| person_view(person, &memberships)).collect()))
}

/// Adds somebody whose results are counted.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/people", tag = "scoreboard", request_body = PersonBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = AddedView), (status = "default", body = Problem)))]
async fn add_person(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<PersonBody>,
) -> Result<(StatusCode, Json<AddedView>)> {
    let id = people::add(&platform, &actor, &org, &body).await?;
    Ok((StatusCode::CREATED, Json(AddedView { id: id.0 })))
}

/// Changes somebody; what they did stays theirs. 409 where they have changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/people/{id}", tag = "scoreboard", request_body = PersonBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_person(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<PersonBody>,
) -> Result<StatusCode> {
    people::save(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts somebody in a team from a day on, or for some days. What happened on other days stays where it is.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/people/{id}/teams", tag = "scoreboard", request_body = MembershipBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = AddedView), (status = "default", body = Problem)))]
async fn join_team(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<MembershipBody>,
) -> Result<(StatusCode, Json<AddedView>)> {
    let id = people::join_team(&platform, &actor, &org, &id, &body).await?;
    Ok((StatusCode::CREATED, Json(AddedView { id: id.0 })))
}

/// Says anew from when until when somebody was in a team.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/memberships/{id}", tag = "scoreboard", request_body = MembershipDaysBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn move_membership(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<MembershipDaysBody>,
) -> Result<StatusCode> {
    people::move_membership(&platform, &actor, &org, &id, &body.since, body.until.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a time in a team away, as if it had never been. To end it, give it a last day instead.
#[utoipa::path(delete, path = "/orgs/{org}/scoreboard/memberships/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn delete_membership(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    people::leave_team(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Teams, then branches, in the order of their names.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/teams", tag = "scoreboard", security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<TeamView>), (status = "default", body = Problem)))]
async fn list_teams(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<TeamView>>> {
    let everybody = people::everybody(&platform, &actor, &org).await?;
    Ok(Json(everybody.teams.into_iter().map(team_view).collect()))
}

/// Adds a team or a branch.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/teams", tag = "scoreboard", request_body = TeamBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = AddedView), (status = "default", body = Problem)))]
async fn add_team(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<TeamBody>,
) -> Result<(StatusCode, Json<AddedView>)> {
    let id = people::add_team(&platform, &actor, &org, &body).await?;
    Ok((StatusCode::CREATED, Json(AddedView { id: id.0 })))
}

/// Changes a team or a branch; which of the two it is stays. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/teams/{id}", tag = "scoreboard", request_body = TeamBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_team(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<TeamBody>,
) -> Result<StatusCode> {
    people::save_team(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The entries under a figure, the newest day first, as far as whoever asks may see them.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/entries", tag = "scoreboard", params(EntriesQuery),
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = EntriesView), (status = "default", body = Problem)))]
async fn list_entries(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<EntriesQuery>,
) -> Result<Json<EntriesView>> {
    let limit = query.limit.unwrap_or(entries::PAGE);
    if !(1..=entries::PAGE).contains(&limit) {
        return Err(AppError::field("limit", format!("Give a number from 1 to {}.", entries::PAGE)));
    }
    let after = cursor(&query.after)?;
    let mut tx = open_to_view(&platform, &actor, &org).await?;
    let book = board::book(&mut tx).await?;
    let metric = board::asked_metric(&tx, &book, &query.metric)?;
    let period = board::asked_period(&book, &query.period)?;
    let person = match query.person.as_str() {
        "" => None,
        id => Some(people::find(&book.everybody.people, id)?.id),
    };
    let after = after.as_ref().map(|(day, id)| (day.as_str(), *id));
    let board::Page { mut lines, mut next } = board::under(&mut tx, &book, metric, person, &period, after).await?;
    let limit = usize::try_from(limit).unwrap_or(0);
    if lines.len() > limit {
        lines.truncate(limit);
        next = lines.last().map(|line| (line.day.clone(), line.id));
    }
    let next = next.map(|(day, id)| format!("{day}.{id}"));
    let mut views = Vec::with_capacity(lines.len());
    for line in lines {
        views.push(entry_view(&mut tx, &book, line).await?);
    }
    tx.rollback().await?;
    Ok(Json(EntriesView { entries: views, next }))
}

/// Enters something that happened: 201. The same `Idempotency-Key` with the same body enters once, and so does an `external_id`: 200 for
/// what was there before.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/entries", tag = "scoreboard", request_body = EntryBody,
    params(("Idempotency-Key" = String, Header)), security(("token" = ["scoreboard.entries.change"])),
    responses((status = 201, body = EnteredView), (status = 200, body = EnteredView), (status = "default", body = Problem)))]
async fn enter(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<EntryBody>,
) -> Result<(StatusCode, Json<EnteredView>)> {
    let key = idempotency_key(&headers)?;
    let Entered { id, fresh, waits } = entries::enter(&platform, &actor, &org, &body, Source::Api, Some(&key)).await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(EnteredView { id, fresh, waits })))
}

/// An entry, with what became of it.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/entries/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = EntryView), (status = "default", body = Problem)))]
async fn show_entry(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<EntryView>> {
    let mut tx = open_to_view(&platform, &actor, &org).await?;
    let book = board::book(&mut tx).await?;
    let entry = entries::find(&mut tx, &id).await?;
    // Whoever may put it right sees it as well.
    let own = people::own(&tx, &book.everybody.people);
    if !entries::may_correct(&tx, &entry, metric_of(&book, &entry)?, own) {
        check_seen(&tx, &book.metrics, &book.everybody.people, &entry)?;
    }
    let view = entry_view(&mut tx, &book, entry).await?;
    tx.rollback().await?;
    Ok(Json(view))
}

/// Takes an entry back: it counts no longer, and stays to be seen with the reason. 409 where it was taken back before.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/entries/{id}/void", tag = "scoreboard", request_body = VoidBody,
    security(("token" = ["scoreboard.entries.change"])), responses((status = 204), (status = "default", body = Problem)))]
async fn void_entry(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<VoidBody>,
) -> Result<StatusCode> {
    entries::void(&platform, &actor, &org, &id, &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts an entry right: it is taken back, and what stands instead names it. 409 where it was taken back before.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/entries/{id}/correct", tag = "scoreboard", request_body = CorrectBody,
    security(("token" = ["scoreboard.entries.change"])),
    responses((status = 201, body = AddedView), (status = "default", body = Problem)))]
async fn correct_entry(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<CorrectBody>,
) -> Result<(StatusCode, Json<AddedView>)> {
    let id = entries::correct(&platform, &actor, &org, &id, &body.entry, &body.reason).await?;
    Ok((StatusCode::CREATED, Json(AddedView { id: id.0 })))
}

/// Says yes or no to an entry that waits for it. 409 for one that waits no longer.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/entries/{id}/decide", tag = "scoreboard", request_body = DecideBody,
    security(("token" = ["scoreboard.manage"])), responses((status = 204), (status = "default", body = Problem)))]
async fn decide_entry(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<DecideBody>,
) -> Result<StatusCode> {
    entries::decide(&platform, &actor, &org, &id, body.approved).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who stands where, as far as whoever asks may see it.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/board", tag = "scoreboard", params(BoardQuery),
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = BoardView), (status = "default", body = Problem)))]
async fn show_board(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<BoardQuery>,
) -> Result<Json<BoardView>> {
    let (asked, results) = asked(query)?;
    Ok(Json(board_view(board_page::shown(&platform, &actor, &org, &asked, results).await?)))
}

async fn open_to_view(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await
}

/// What is asked for, and whether only of who has a result.
///
/// # Errors
/// 422 for words that aren't any; 404 for a team that is none.
pub fn asked(query: BoardQuery) -> Result<(Asked, bool)> {
    let BoardQuery { metric, period, of, team, ties, list } = query;
    let of = match of.as_str() {
        "" => Of::People,
        word => Of::parse(word).ok_or_else(|| AppError::field("of", "Choose people, teams or branches."))?,
    };
    let team = match team.as_str() {
        "" => None,
        id => Some(id.parse::<TeamId>().map_err(|_| AppError::not_found("that team"))?),
    };
    let ties = match ties.as_str() {
        "" | "shared" => Ties::Shared,
        "first" => Ties::FirstToReach,
        _ => return Err(AppError::field("ties", "Choose shared or first.")),
    };
    let results = match list.as_str() {
        "" => false,
        "results" => true,
        _ => return Err(AppError::field("list", "Choose results, or leave it out.")),
    };
    Ok((Asked { metric, period, of, team, ties }, results))
}

fn metric_view(all: &[Metric], metric: &Metric) -> MetricView {
    let word_of = |id: Option<MetricId>| {
        all.iter().find(|other| Some(other.id) == id).map(|other| other.key.clone()).unwrap_or_default()
    };
    MetricView {
        id: metric.id,
        metric: MetricBody {
            name: metric.name.clone(),
            key: metric.key.clone(),
            kind: metric.kind.clone(),
            unit: metric.unit.clone(),
            suffix: metric.suffix.clone(),
            decimals: metric.decimals,
            gst: metric.gst.clone(),
            lower_is_better: metric.lower_is_better,
            numerator: word_of(metric.numerator_id),
            denominator: word_of(metric.denominator_id),
            formula: metric.formula.clone(),
            entered_by: metric.entered_by.clone(),
            approval: Some(metric.approval),
            shown_to: metric.shown_to.clone(),
            active: metric.active,
            version: Some(metric.version),
        },
    }
}

fn person_view(person: Person, memberships: &[Membership]) -> PersonView {
    let theirs = memberships.iter().filter(|one| one.person_id == person.id);
    PersonView {
        id: person.id,
        memberships: theirs.map(membership_view).collect(),
        person: PersonBody {
            name: person.name,
            aliases: person.aliases,
            member: person.user,
            joined_on: person.joined.map(|day| day.to_string()),
            left_on: person.left.map(|day| day.to_string()),
            opted_out: Some(person.opted_out),
            works: Some(working::numbers(person.works)),
            version: Some(person.version),
        },
    }
}

fn membership_view(membership: &Membership) -> MembershipView {
    MembershipView {
        id: membership.id,
        time: MembershipBody {
            team: membership.team_id,
            since: membership.since.clone(),
            until: membership.until.clone(),
        },
    }
}

fn team_view(team: Team) -> TeamView {
    let Team { id, kind, name, active, version } = team;
    TeamView { id, team: TeamBody { name, kind, active, version: Some(version) } }
}

/// A line as whoever asks may read it: its words are for who manages and for whose it is.
async fn entry_view(tx: &mut OrgTx, book: &Book, entry: Entry) -> Result<EntryView> {
    let metric = metric_of(book, &entry)?;
    let own = people::own(tx, &book.everybody.people);
    let reads_words = entries::manages(tx) || own.is_some_and(|own| own.id == entry.person_id);
    let (note, reason) =
        if reads_words { entries::words_of(tx, &entry).await? } else { (String::new(), String::new()) };
    let said = |words: String| Some(words).filter(|words| !words.is_empty());
    let state = state_of(&entry);
    Ok(EntryView {
        id: entry.id,
        metric: metric.key.clone(),
        person: entry.person_id,
        day: entry.day,
        happened_at: entry.happened_at.to_string(),
        value: entry.value,
        shown: amount::show(entry.value, &metric.unit()),
        note: said(note),
        source: entry.source,
        external_id: entry.external_id.filter(|_| reads_words),
        entered_at: entry.entered_at.to_string(),
        state,
        reason: said(reason),
        replaces: entry.replaces_id,
        replaced_by: entry.replaced_by,
    })
}

fn state_of(entry: &Entry) -> EntryState {
    match (entry.voided_at, entry.approved) {
        (Some(_), _) => EntryState::Voided,
        (None, Some(false)) => EntryState::Declined,
        (None, _) if entries::counts(entry) => EntryState::Counts,
        (None, _) => EntryState::Waits,
    }
}

fn metric_of<'b>(book: &'b Book, entry: &Entry) -> Result<&'b Metric> {
    let metric = book.metrics.iter().find(|metric| metric.id == entry.metric_id);
    metric.ok_or_else(|| AppError::not_found("that entry"))
}

fn board_view(shown: Shown) -> BoardView {
    let Shown { board, moved, shut } = shown;
    let Board { metric, period, running, lines, total, private, takes_part, .. } = board;
    let place = |line: Line| PlaceView {
        moved: moved.get(&line.id).map(MovedView::of),
        id: line.id,
        name: line.name,
        rank: line.rank,
        shared: line.shared,
        figure: figure_view(&metric, line.value),
        gap_shown: line.gap.map(|gap| board::figure(&metric, Some(gap))),
        own: line.own,
    };
    BoardView {
        period: PeriodView {
            key: period.key(),
            label: period.label(),
            from: period.from.to_string(),
            last: period.last().to_string(),
            running,
        },
        total: (!private).then(|| figure_view(&metric, total)),
        private,
        takes_part,
        closed: shut.map(ShutView::of),
        lines: lines.into_iter().map(place).collect(),
        metric: metric.key,
    }
}

pub(super) fn figure_view(metric: &Metric, value: Option<Fraction>) -> FigureView {
    let unit = metric.unit();
    let rounded = value.and_then(|value| value.round_to(unit.decimals()));
    FigureView { value: rounded.map(|value| amount::as_typed(value, &unit)), shown: board::figure(metric, value) }
}

/// How the organisation counts.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/settings", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = SettingsBody), (status = "default", body = Problem)))]
async fn read_settings(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<SettingsBody>> {
    Ok(Json(settings::read(&platform, &actor, &org).await?))
}

/// Says anew how the organisation counts. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/settings", tag = "scoreboard", request_body = SettingsBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn save_settings(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<SettingsBody>,
) -> Result<StatusCode> {
    settings::save(&platform, &actor, &org, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Compares what is kept of each day with the ledger, and puts right what differs.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/add-up", tag = "scoreboard", security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = AddedUpView), (status = "default", body = Problem)))]
async fn add_up(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<AddedUpView>> {
    Ok(Json(anew::add_up(&platform, &actor, &org).await?))
}
