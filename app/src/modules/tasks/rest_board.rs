//! The JSON API of boards: cards column by column, and what would come of a line of words.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::{
    body::Bytes,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    access,
    board::{self, Asked, By, Page, Parts},
    cards::Card,
    ids::ListId,
    order, permissions,
    quick::{self, PreviewBody, Understood},
    room,
};
use crate::{
    db::Access,
    error::{AppError, FieldErrors, Result},
    org::OrgTx,
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list_cards)).routes(routes!(preview))
}

/// Cards of a list.
#[derive(Debug, Serialize, ToSchema)]
struct CardsView {
    /// In order; with `parts=nested` the parts first.
    cards: Vec<Card>,
    /// There are more after the last.
    more: bool,
    /// How many there are in the column.
    count: i64,
    /// Send it as `after` for the next ones.
    end: String,
}

#[derive(Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
struct CardsQuery {
    /// What columns are: `status`, `section`, `person`, `priority`, `label`, or `field:` and the id of a choice or a person; `status` if absent.
    by: String,
    /// One column: a status’s id, a person’s, `none`…; absent: all tasks of the list, in order, parts of others too.
    column: String,
    /// What rows are, like `by`; absent: there are none.
    lanes: String,
    /// One row, like `column`.
    lane: String,
    /// What becomes of tasks that are parts of others: absent: they are left out; `nested`: they come with what they are a part of; `1`: they are cards.
    parts: String,
    /// A filter, as in the search: `assignee:me due<=+7d`.
    q: String,
    /// What the page before gave as `end`.
    after: String,
    /// 1 to 200; 100 if absent.
    limit: Option<i64>,
}

/// The tasks of a list, column by column or all in order, a page at a time.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/lists/{list}/cards", tag = "tasks", operation_id = "tasks_cards",
    params(
        CardsQuery,
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
    ),
    responses(
        (status = 200, description = "A page of them", body = CardsView),
        (status = 404, description = "There is no such list, or no such column, that you can see", body = Problem),
        (status = 422, description = "The filter can’t be read, or `after`, `limit` or `parts` is none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_cards(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Query(asked): Query<CardsQuery>,
) -> Result<Response> {
    let mut tx = access::open(&platform, &actor, &org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, &list).await?.id;
    let (here, sequence) = ((tx.id(), list), tx.org().sequence);
    let cards = if asked.q.trim().is_empty() {
        // All who see the list are given the same; many ask for it at once where much has happened.
        let what = serde_json::to_string(&asked).unwrap_or_default();
        room::shared(&platform, here, sequence, &what, cards_as_json(&mut tx, list, &asked)).await?
    } else {
        cards_as_json(&mut tx, list, &asked).await?
    };
    tx.rollback().await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], cards).into_response())
}

async fn cards_as_json(tx: &mut OrgTx, list: ListId, asked: &CardsQuery) -> Result<Bytes> {
    let limit = asked.limit.unwrap_or(100);
    let mut errors = FieldErrors::default();
    if !(1..=board::MOST_CARDS).contains(&limit) {
        errors.add("limit", "Use a number from 1 to 200.");
    }
    if !asked.after.is_empty() && !order::is_key(&asked.after) {
        errors.add("after", "Use what the page before gave as “end”.");
    }
    let parts = Parts::named(&asked.parts);
    if parts.is_none() {
        errors.add("parts", "Use “nested” or “1”, or leave it out.");
    }
    errors.finish()?;
    let way = |word: &str| match word {
        "" => Ok(None),
        word => By::parse(word).map(Some).ok_or_else(|| AppError::not_found("that column")),
    };
    let (by, lanes) = (way(&asked.by)?, way(&asked.lanes)?);
    let page = if asked.column.is_empty() {
        board::all(tx, list, &asked.q, &asked.after, limit).await?
    } else {
        let lane = Some(asked.lane.as_str()).filter(|lane| !lane.is_empty());
        let within = (asked.column.as_str(), lane);
        let whole = Asked {
            by: by.unwrap_or_default(),
            lanes: lanes.filter(|_| lane.is_some()),
            parts: parts.unwrap_or_default(),
            filter: asked.q.clone(),
        };
        board::page(tx, list, &whole, within, &asked.after, limit).await?
    };
    let Page { cards, more, count, end } = page;
    let json = serde_json::to_vec(&CardsView { cards, more, count, end }).map_err(|_| AppError::internal())?;
    Ok(Bytes::from(json))
}

/// What would come of a line of words, without adding anything.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/quick", tag = "tasks", operation_id = "tasks_understand",
    request_body = PreviewBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "What is understood", body = Understood),
        (status = 404, description = "There is no such list that you can see", body = Problem),
        (status = 422, description = "It can’t be a task, or a name could be several people", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn preview(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<PreviewBody>,
) -> Result<axum::Json<Understood>> {
    Ok(axum::Json(quick::preview(&platform, &actor, &org, &body).await?))
}
