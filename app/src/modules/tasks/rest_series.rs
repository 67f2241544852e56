//! The JSON API of tasks that repeat.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::{extract::State, http::HeaderMap};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ids::TaskId,
    rest::{DoneView, one},
    series::{self, RepeatBody, Series},
};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query, key_of},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(show_repeat, save_repeat, stop_repeat))
        .routes(routes!(skip_repeat, keep_repeat))
        .routes(routes!(follow_repeat))
}

/// How a task repeats.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskSeriesView)]
pub struct SeriesView {
    /// RFC 5545.
    rule: String,
    /// For people: “Every second Friday”.
    words: String,
    /// `schedule` or `after_completion`.
    mode: String,
    /// The series’ first day: `2026-11-27`.
    first_day: String,
    /// This task’s day in it, wherever it was moved to for once.
    day: String,
    /// What was missed is made as well.
    catch_up: bool,
    /// How many there were, this one among them.
    made: i64,
    /// Days that are left out.
    skipped: Vec<String>,
    /// It is over: none follows.
    stopped: bool,
    /// The days that are to come, up to five, if each is done in time.
    next: Vec<String>,
    /// This task isn’t any more what those that follow are made of.
    differs: bool,
    /// The task that follows this one.
    successor: Option<TaskId>,
    /// To change it: the version.
    version: i64,
}

/// How a task repeats, if it does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskRepeatView)]
pub struct RepeatView {
    /// Null: it doesn’t.
    repeat: Option<SeriesView>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct KeepQuery {
    /// The day that is left out no longer, `2026-12-04`.
    day: String,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct SkipQuery {
    /// The day that is left out, `2026-12-04`: the one that the task is on, if absent, or one of the next fifty. Where it is left out by now, or is
    /// before the task’s, nothing happens.
    day: Option<String>,
}

fn view(series: Series) -> SeriesView {
    let plan = series.plan;
    let days = |days: Vec<jiff::civil::Date>| days.iter().map(ToString::to_string).collect::<Vec<_>>();
    SeriesView {
        rule: plan.rule.show(),
        words: plan.in_words(),
        mode: plan.mode.as_str().to_owned(),
        first_day: plan.start.to_string(),
        day: series.day.to_string(),
        catch_up: plan.catch_up,
        made: plan.made,
        skipped: days(plan.skipped.into_iter().collect()),
        stopped: series.stopped,
        next: days(series.next),
        differs: series.differs,
        successor: series.successor.map(|task| task.id),
        version: series.version,
    }
}

/// How a task repeats.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}/repeat", tag = "tasks", operation_id = "tasks_repeat",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "How, if it does", body = RepeatView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_repeat(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<RepeatView>> {
    let (_, series) = series::show(&platform, &actor, &org, &task).await?;
    Ok(axum::Json(RepeatView { repeat: series.map(view) }))
}

/// Has a task repeat, or by another rule.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/tasks/{task}/repeat", tag = "tasks", operation_id = "tasks_save_repeat",
    request_body = RepeatBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "It repeats", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The task is done or can’t be changed, or somebody else changed how it repeats", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn save_repeat(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    Json(body): Json<RepeatBody>,
) -> Result<axum::Json<DoneView>> {
    let done = series::save(&platform, &actor, &org, &task, &body).await?;
    one(&platform, &actor, &org, done).await
}

/// Has a task repeat no longer. The task itself stays.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/tasks/{task}/repeat", tag = "tasks", operation_id = "tasks_stop_repeat",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "None follows it", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The task is done, can’t be changed, or doesn’t repeat", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn stop_repeat(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<DoneView>> {
    let done = series::stop(&platform, &actor, &org, &task).await?;
    one(&platform, &actor, &org, done).await
}

/// Leaves this one out: the task is due on the next day of its series instead. With a day that is to come, none is made for that one.
///
/// Sent twice, it leaves out two, unless it says which `day` or has a key.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/repeat/skip", tag = "tasks", operation_id = "tasks_skip_repeat",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key changes nothing more, and answers the same"),
        SkipQuery,
    ),
    responses(
        (status = 200, description = "It is due on the next day, or stays and skips the one that is to come; or, without an act, that day was left out already, or is before the task’s", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The task is done, can’t be changed, or doesn’t repeat; or the key was used for something else", body = Problem),
        (status = 422, description = "That is no day, or none of the next fifty; fifty are left out ahead; or those that are to come are counted from when the task is done", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn skip_repeat(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    Query(asked): Query<SkipQuery>,
    headers: HeaderMap,
) -> Result<axum::Json<DoneView>> {
    let (day, key) = (asked.day.as_deref(), key_of(&headers));
    let done = series::skip(&platform, &actor, &org, &task, day, key.as_deref()).await?;
    one(&platform, &actor, &org, done).await
}

/// Leaves a day that is to come out no longer.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/tasks/{task}/repeat/skip", tag = "tasks", operation_id = "tasks_keep_repeat",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        KeepQuery,
    ),
    responses(
        (status = 200, description = "One is made for that day; or, without an act, it wasn’t left out", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The task is done, can’t be changed, or doesn’t repeat", body = Problem),
        (status = 422, description = "That is no day, or the task is past it", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn keep_repeat(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    Query(asked): Query<KeepQuery>,
) -> Result<axum::Json<DoneView>> {
    let done = series::keep(&platform, &actor, &org, &task, &asked.day).await?;
    one(&platform, &actor, &org, done).await
}

/// Has all that follow made of what this task is now.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/repeat/follow", tag = "tasks", operation_id = "tasks_follow_repeat",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "Those that follow are like this one", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The task is done, can’t be changed, or doesn’t repeat", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn follow_repeat(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<DoneView>> {
    let done = series::follow(&platform, &actor, &org, &task).await?;
    one(&platform, &actor, &org, done).await
}
