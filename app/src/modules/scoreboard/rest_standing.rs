//! The JSON API of closed periods, of streaks and bests, and of who improved most.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    amount,
    bests::{self, Best, Improved, Record},
    board::{self, Board},
    closing::{self, CloseBody, Compared, LateLine, ReopenBody, Row, Shut, Told},
    formula::Fraction,
    ids::{ClosingId, EntryId},
    permissions,
    ranking::Movement,
    rest::{self, BoardQuery},
    snapshots::Moved,
};
use crate::{
    db::Access,
    error::Result,
    org::{OrgRef, OrgTx},
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_closings, close_period))
        .routes(routes!(show_closing))
        .routes(routes!(reopen_period))
        .routes(routes!(show_bests))
        .routes(routes!(show_improved))
}

/// How a rank changed since a day was over.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedView {
    /// `up`, `down`, `new` or `same`.
    way: &'static str,
    /// By so many places.
    places: u32,
    /// At the end of which day it was compared: `2026-11-22`.
    since: String,
}

impl MovedView {
    /// As it is.
    pub fn of(moved: &Moved) -> Self {
        let (way, places) = match moved.by {
            Movement::Up(by) => ("up", by),
            Movement::Down(by) => ("down", by),
            Movement::New => ("new", 0),
            Movement::Same => ("same", 0),
        };
        Self { way, places, since: moved.since.to_string() }
    }
}

/// The closed period that a board’s days are in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShutView {
    id: ClosingId,
    /// For people: “October 2026”.
    label: String,
    /// RFC 3339.
    closed_at: String,
    /// So often something that the board shows was changed since.
    late_changes: i64,
}

impl ShutView {
    /// As it is.
    pub fn of(shut: Shut) -> Self {
        let Shut { id, label, late, closed_at, .. } = shut;
        Self { id, label, closed_at: closed_at.to_string(), late_changes: late }
    }
}

/// A period that was closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosingView {
    id: ClosingId,
    /// `month:2026-10-01`.
    period: String,
    /// For people: “October 2026”.
    label: String,
    /// The first day.
    from: String,
    /// The last day.
    last: String,
    /// RFC 3339.
    closed_at: String,
    /// Who closed it.
    closed_by: String,
    /// A word about it.
    note: String,
    /// So often something was changed in it since.
    late_changes: i64,
    /// Why it was opened again; null where it is closed.
    reopened_because: Option<String>,
    /// Who opened it again.
    reopened_by: Option<String>,
}

/// A closed period with its figures, as they were when it was closed and as they are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosingDetailView {
    #[serde(flatten)]
    closing: ClosingView,
    /// Each metric’s.
    metrics: Vec<ComparedView>,
    /// What was changed since, the earliest first; 500 at most.
    changes: Vec<LateChangeView>,
}

/// A metric’s figures in a closed period.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedView {
    /// The word of what is counted.
    metric: String,
    /// All together, then branches, teams and people. Who wants to be on no board has none of their own.
    figures: Vec<ClosedFigureView>,
}

/// A figure when its period was closed, and now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedFigureView {
    /// `all`, `branches`, `teams` or `people`.
    of: String,
    /// Of whom; the organisation’s own for all.
    id: Uuid,
    /// Their name.
    name: String,
    /// What it was, in the smallest unit: cents of money, or the last decimal of a number; null where there was nothing to show.
    at_closing: Option<i64>,
    /// What it is, in the same.
    now: Option<i64>,
    /// For people: “+$50.00”, or a dash.
    difference_shown: String,
    /// The entries that were changed late and are a part of it.
    entries: Vec<EntryId>,
}

/// Something that was changed after its period was closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct LateChangeView {
    /// The entry.
    entry: EntryId,
    /// `entered`, `voided` or `approved`.
    what: String,
    /// For people: “$50.00 of Sales for Ada, 12 October 2026”.
    shown: String,
    /// Who changed it.
    by: String,
    /// RFC 3339.
    made_at: String,
}

/// The id of the period that was closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedView {
    id: ClosingId,
}

/// Somebody’s streak and bests of one metric.
#[derive(Debug, Serialize, ToSchema)]
pub struct BestView {
    /// The word of what is counted.
    metric: String,
    /// So many working days in a row, up to now, had a result.
    streak: u32,
    /// The most in the last two years.
    longest_streak: u32,
    /// Their best day, week and month, as far as there was anything.
    bests: Vec<RecordView>,
}

/// Somebody’s best day, week or month.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordView {
    /// `day`, `week` or `month`.
    kind: &'static str,
    /// What to ask for it with: `week:2026-11-16`.
    period: String,
    /// For people: “$1,234.50”.
    shown: String,
    /// For people: what the one that runs comes to.
    now_shown: String,
}

/// Who gained most against the period before.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImprovementView {
    /// The days that it is held against: `range:2026-10-01:2026-10-23`. Null where there is nothing to hold it against, or only one’s own place
    /// is shown.
    against: Option<String>,
    /// The most first; five at most.
    lines: Vec<ImprovedView>,
}

/// Somebody who gained.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImprovedView {
    /// A person’s or a team’s.
    id: Uuid,
    /// Their name.
    name: String,
    /// Nobody gained more.
    most: bool,
    /// By how much it is better, as a decimal number: `50.00`.
    gain: Option<String>,
    /// In percent of what it was; null where it was nothing.
    percent: Option<i64>,
    /// For people: what it was.
    before_shown: String,
    /// For people: what it is.
    now_shown: String,
}

/// The periods that were closed, the latest days first.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/closings", tag = "scoreboard", security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = Vec<ClosingView>), (status = "default", body = Problem)))]
async fn list_closings(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ClosingView>>> {
    let page = closing::page(&platform, &actor, &org).await?;
    Ok(Json(page.closed.into_iter().map(closing_view).collect()))
}

/// Closes a period: members enter and change nothing in it any more, and what managers change shows as a late change. 409 for one that is
/// closed already.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/closings", tag = "scoreboard", request_body = CloseBody,
    security(("token" = ["scoreboard.manage"])),
    responses((status = 201, body = ClosedView), (status = "default", body = Problem)))]
async fn close_period(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<CloseBody>,
) -> Result<(StatusCode, Json<ClosedView>)> {
    let id = closing::close(&platform, &actor, &org, &body).await?;
    Ok((StatusCode::CREATED, Json(ClosedView { id })))
}

/// A closed period: each figure when it was closed and now, and what was changed since.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/closings/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = ClosingDetailView), (status = "default", body = Problem)))]
async fn show_closing(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<ClosingDetailView>> {
    let page = closing::one(&platform, &actor, &org, &id).await?;
    let change = |line: LateLine| LateChangeView {
        entry: line.entry,
        what: line.what,
        shown: line.words,
        by: line.by,
        made_at: line.made_at.to_string(),
    };
    Ok(Json(ClosingDetailView {
        closing: closing_view(page.told),
        metrics: page.metrics.into_iter().map(compared_view).collect(),
        changes: page.late.into_iter().map(change).collect(),
    }))
}

/// Opens a closed period again. What was kept of it stays. 409 for one that is open.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/closings/{id}/reopen", tag = "scoreboard", request_body = ReopenBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn reopen_period(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ReopenBody>,
) -> Result<StatusCode> {
    closing::reopen(&platform, &actor, &org, &id, &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody’s streaks and bests, of each metric that adds up: one’s own, and anybody’s for who manages.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/people/{id}/bests", tag = "scoreboard",
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = Vec<BestView>), (status = "default", body = Problem)))]
async fn show_bests(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<Vec<BestView>>> {
    let page = bests::page(&platform, &actor, &org, &id).await?;
    Ok(Json(page.bests.into_iter().map(best_view).collect()))
}

/// Who gained most on a board against the period before, up to the same point in it.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/improved", tag = "scoreboard", params(BoardQuery),
    security(("token" = ["scoreboard.view"])),
    responses((status = 200, body = ImprovementView), (status = "default", body = Problem)))]
async fn show_improved(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<BoardQuery>,
) -> Result<Json<ImprovementView>> {
    let (asked, _) = rest::asked(query)?;
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let board = board::of(&mut tx, &book, &asked).await?;
    let improved = bests::improved(&mut tx, &book, &board).await?;
    tx.rollback().await?;
    Ok(Json(match improved {
        Some(improved) => ImprovementView {
            against: Some(improved.against.key()),
            lines: improved.lines.into_iter().map(|line| improved_view(&board, line)).collect(),
        },
        None => ImprovementView { against: None, lines: Vec::new() },
    }))
}

fn closing_view(told: Told) -> ClosingView {
    let Told { id, period, by, note, late, reopened, closed_at, .. } = told;
    let (reopened_by, reopened_because) = reopened.map(|(_, by, why)| (by, why)).unzip();
    ClosingView {
        id,
        period: period.key(),
        label: period.label(),
        from: period.from.to_string(),
        last: period.last().to_string(),
        closed_at: closed_at.to_string(),
        closed_by: by,
        note,
        late_changes: late,
        reopened_because,
        reopened_by,
    }
}

fn compared_view(compared: Compared) -> ComparedView {
    let figure = |row: Row| ClosedFigureView {
        of: row.of,
        id: row.id,
        name: row.who,
        at_closing: row.then,
        now: row.now,
        difference_shown: row.shown.2,
        entries: row.lines,
    };
    ComparedView { metric: compared.key, figures: compared.rows.into_iter().map(figure).collect() }
}

fn best_view(best: Best) -> BestView {
    let record = |record: Record| RecordView {
        kind: record.kind.as_str(),
        period: record.period.key(),
        shown: record.best,
        now_shown: record.now,
    };
    BestView {
        metric: best.key,
        streak: best.streak,
        longest_streak: best.longest,
        bests: best.records.into_iter().map(record).collect(),
    }
}

fn improved_view(board: &Board, line: Improved) -> ImprovedView {
    let unit = board.metric.unit();
    let shown = |value: Fraction| board::figure(&board.metric, Some(value));
    ImprovedView {
        id: line.id,
        name: line.name,
        most: line.most,
        gain: line.gain.round_to(unit.decimals()).map(|gain| amount::as_typed(gain, &unit)),
        percent: line.percent,
        before_shown: shown(line.before),
        now_shown: shown(line.now),
    }
}
