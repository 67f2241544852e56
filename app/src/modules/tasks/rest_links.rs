//! The JSON API of what waits for what.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ids::{ListId, TaskId},
    links::{self, LinkBody, Shift, Slip},
    rest::{DoneView, one},
    task::{Task, When},
};
use crate::{
    error::{AppError, Result},
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_links, add_link))
        .routes(routes!(delete_link))
        .routes(routes!(preview_shift))
}

/// A task that another waits for, or that waits for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskLinkView)]
pub struct LinkView {
    id: TaskId,
    /// What people call it by: T-12.
    n: i64,
    /// What is to be done.
    title: String,
    /// Where it is.
    list: ListId,
    /// `2026-11-27`
    due_day: Option<String>,
    /// It is completed.
    done: bool,
}

/// What a task waits for, and what waits for it, as far as you see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskLinksView)]
pub struct LinksView {
    /// What has to be done first, by number.
    waits_for: Vec<LinkView>,
    /// What waits for it, by number.
    blocks: Vec<LinkView>,
}

/// A task that would move.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskSlipView)]
pub struct SlipView {
    id: TaskId,
    /// What people call it by: T-12.
    n: i64,
    /// What is to be done.
    title: String,
    /// `2026-11-27`: when it starts.
    start_day: Option<String>,
    /// When it would start.
    new_start_day: Option<String>,
    /// When it is due.
    due_day: Option<String>,
    /// When it would be due.
    new_due_day: Option<String>,
}

/// What would move.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskSlipsView)]
pub struct SlipsView {
    /// By their new days.
    tasks: Vec<SlipView>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct ShiftQuery {
    /// When the task would be due: `2026-11-27`.
    due_day: String,
    /// `keep_gap` or `only_if_needed`.
    shift: String,
}

fn view(task: Task) -> LinkView {
    LinkView {
        id: task.id,
        n: task.number,
        list: task.list,
        due_day: day(task.due),
        done: task.is_done(),
        title: task.title,
    }
}

fn day(when: Option<When>) -> Option<String> {
    when.map(|when| when.day.to_string())
}

/// What a task waits for, and what waits for it.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}/links", tag = "tasks", operation_id = "tasks_links",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "Both", body = LinksView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_links(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<LinksView>> {
    let links = links::show(&platform, &actor, &org, &task).await?;
    Ok(axum::Json(LinksView {
        waits_for: links.waits_for.into_iter().map(view).collect(),
        blocks: links.blocks.into_iter().map(view).collect(),
    }))
}

/// Has one task wait for another.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/links", tag = "tasks", operation_id = "tasks_add_link",
    request_body = LinkBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "It waits", body = DoneView),
        (status = 404, description = "You can’t see one of them", body = Problem),
        (status = 409, description = "Each would wait for the other, all the way round; or it can’t be changed", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn add_link(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    Json(body): Json<LinkBody>,
) -> Result<axum::Json<DoneView>> {
    let done = links::add(&platform, &actor, &org, &task, &body).await?;
    one(&platform, &actor, &org, done).await
}

/// Has neither of two tasks wait for the other.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/tasks/{task}/links/{other}", tag = "tasks", operation_id = "tasks_delete_link",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("other" = String, Path, description = "The other task: its id, or its number"),
    ),
    responses(
        (status = 200, description = "Neither waits", body = DoneView),
        (status = 404, description = "You can’t see one of them", body = Problem),
        (status = 409, description = "The task is in the trash, or its list is archived", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn delete_link(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task, other)): Path<(String, String, String)>,
) -> Result<axum::Json<DoneView>> {
    let done = links::remove(&platform, &actor, &org, &task, &other).await?;
    one(&platform, &actor, &org, done).await
}

/// What would move if a task were due on another day. Nothing is changed: to do it, change its day with `shift`.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}/shift", tag = "tasks", operation_id = "tasks_preview_shift",
    params(
        ShiftQuery,
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "What would move", body = SlipsView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn preview_shift(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    Query(asked): Query<ShiftQuery>,
) -> Result<axum::Json<SlipsView>> {
    let how = Shift::parse(&asked.shift);
    // Whoever may not see the task hears that first.
    let slips = links::preview(&platform, &actor, &org, &task, &asked.due_day, how.unwrap_or(Shift::KeepGap)).await?;
    if how.is_none() {
        return Err(AppError::field("shift", "Use keep_gap or only_if_needed."));
    }
    let view = |Slip { before, after }: Slip| SlipView {
        id: before.id,
        n: before.number,
        start_day: day(before.start),
        new_start_day: day(after.start),
        due_day: day(before.due),
        new_due_day: day(after.due),
        title: before.title,
    };
    Ok(axum::Json(SlipsView { tasks: slips.into_iter().map(view).collect() }))
}
