//! The JSON API of checklists.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    checks::{self, Check, CheckPatch},
    ids::CheckId,
    lists::To,
    rest::{DoneView, one},
    rest_lists::PlaceBody,
};
use crate::{
    error::Result,
    ids::UserId,
    platform::Platform,
    web::{Caller, Json, Path, Problem, idempotency_key},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_checks, add_checks))
        .routes(routes!(change_check, delete_check))
        .routes(routes!(move_check))
        .routes(routes!(make_task))
}

/// A line of a checklist.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskCheckView)]
pub struct CheckView {
    id: CheckId,
    /// What is to be done.
    words: String,
    /// It is done.
    done: bool,
    /// RFC 3339, or null.
    done_at: Option<String>,
    /// Who did it, where that was a member.
    done_by: Option<UserId>,
}

/// A checklist.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskChecksView)]
pub struct ChecksView {
    /// In order.
    checks: Vec<CheckView>,
}

/// Lines for a checklist.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskChecksBody)]
pub struct ChecksBody {
    /// What is to be done: each line becomes one of the checklist. One with `[x]` before it is done.
    words: String,
}

/// A task’s checklist.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}/checks", tag = "tasks", operation_id = "tasks_checks",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "Its lines", body = ChecksView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_checks(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<ChecksView>> {
    let (_, checks) = checks::show(&platform, &actor, &org, &task).await?;
    let view = |check: Check| CheckView {
        id: check.id,
        words: check.words,
        done: check.done_at.is_some(),
        done_at: check.done_at.map(|at| at.to_string()),
        done_by: check.done_by,
    };
    Ok(axum::Json(ChecksView { checks: checks.into_iter().map(view).collect() }))
}

/// Adds lines to a task’s checklist.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/checks", tag = "tasks", operation_id = "tasks_add_checks",
    request_body = ChecksBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key adds nothing more"),
    ),
    responses(
        (status = 201, description = "Added", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The key was used for something else, or the task can’t be changed", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn add_checks(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<ChecksBody>,
) -> Result<(StatusCode, axum::Json<DoneView>)> {
    let key = idempotency_key(&headers)?;
    let done = checks::add(&platform, &actor, &org, &task, &body.words, Some(&key)).await?;
    Ok((StatusCode::CREATED, one(&platform, &actor, &org, done).await?))
}

/// Changes a line: what it says, and whether it is done.
#[utoipa::path(
    patch, path = "/orgs/{org}/tasks/tasks/{task}/checks/{check}", tag = "tasks", operation_id = "tasks_change_check",
    request_body = CheckPatch,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("check" = String, Path, description = "The line’s id"),
    ),
    responses(
        (status = 200, description = "Changed", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The task is in the trash, or its list is archived", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn change_check(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task, check)): Path<(String, String, String)>,
    Json(body): Json<CheckPatch>,
) -> Result<axum::Json<DoneView>> {
    let done = checks::change(&platform, &actor, &org, &task, &check, &body).await?;
    one(&platform, &actor, &org, done).await
}

/// Takes a line away.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/tasks/{task}/checks/{check}", tag = "tasks", operation_id = "tasks_delete_check",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("check" = String, Path, description = "The line’s id"),
    ),
    responses(
        (status = 200, description = "It is gone", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The task is in the trash, or its list is archived", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn delete_check(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task, check)): Path<(String, String, String)>,
) -> Result<axum::Json<DoneView>> {
    let done = checks::delete(&platform, &actor, &org, &task, &check).await?;
    one(&platform, &actor, &org, done).await
}

/// Moves a line among the others.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/checks/{check}/move", tag = "tasks", operation_id = "tasks_move_check",
    request_body = PlaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("check" = String, Path, description = "The line’s id"),
    ),
    responses(
        (status = 200, description = "Moved", body = DoneView),
        (status = 404, description = "It, or what it is to come after, isn’t there", body = Problem),
        (status = 409, description = "The task is in the trash, or its list is archived", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn move_check(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task, check)): Path<(String, String, String)>,
    Json(body): Json<PlaceBody>,
) -> Result<axum::Json<DoneView>> {
    let done = checks::move_to(&platform, &actor, &org, &task, &check, To::After(body.after)).await?;
    one(&platform, &actor, &org, done).await
}

/// Makes a line a task of its own, which is a part of this one.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/checks/{check}/task", tag = "tasks", operation_id = "tasks_check_to_task",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("check" = String, Path, description = "The line’s id"),
    ),
    responses(
        (status = 201, description = "The task that it is now", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The task is in the trash, or its list is archived", body = Problem),
        (status = 422, description = "Subtasks would lie too deep", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn make_task(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task, check)): Path<(String, String, String)>,
) -> Result<(StatusCode, axum::Json<DoneView>)> {
    let (done, _) = checks::to_task(&platform, &actor, &org, &task, &check).await?;
    Ok((StatusCode::CREATED, one(&platform, &actor, &org, done).await?))
}
