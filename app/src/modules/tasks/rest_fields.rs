//! The JSON API of fields of lists, and of what tasks have in them.

use std::collections::BTreeMap;

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    fields::{self, Field, FieldBody, ValuesBody},
    ids::FieldId,
    lists::To,
    rest::{DoneView, one},
    rest_lists::PlaceBody,
};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_fields, add_field))
        .routes(routes!(change_field))
        .routes(routes!(move_field))
        .routes(routes!(show_values, change_values))
}

/// The fields of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFieldsView)]
pub struct FieldsView {
    /// In order, those put away too.
    fields: Vec<Field>,
}

/// The field that was added.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AddedTaskFieldView)]
pub struct AddedFieldView {
    id: FieldId,
}

/// What a task has in the fields of its list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskValuesView)]
pub struct ValuesView {
    /// The version of the task, to change them.
    version: i64,
    /// The fields that are in use, in order.
    fields: Vec<Field>,
    /// By the fields’ ids: a text, a number, cents, `2026-11-27`, a choice’s id, a member’s id. Empty ones are left out.
    #[schema(value_type = Object)]
    values: BTreeMap<FieldId, Value>,
}

/// The fields of a list.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/lists/{list}/fields", tag = "tasks", operation_id = "tasks_fields",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
    ),
    responses(
        (status = 200, description = "Its fields", body = FieldsView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_fields(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
) -> Result<axum::Json<FieldsView>> {
    let (_, fields) = fields::show(&platform, &actor, &org, &list).await?;
    Ok(axum::Json(FieldsView { fields }))
}

/// Adds a field to a list.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/fields", tag = "tasks", operation_id = "tasks_add_field",
    request_body = FieldBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
    ),
    responses(
        (status = 201, description = "Added", body = AddedFieldView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "The list is archived", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn add_field(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Json(body): Json<FieldBody>,
) -> Result<(StatusCode, axum::Json<AddedFieldView>)> {
    let id = fields::add(&platform, &actor, &org, &list, &body).await?;
    Ok((StatusCode::CREATED, axum::Json(AddedFieldView { id })))
}

/// Changes a field, or puts it away.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/fields/{field}", tag = "tasks", operation_id = "tasks_change_field",
    request_body = FieldBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("field" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "Changed"),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "Somebody else changed it, or its list is archived", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn change_field(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, field)): Path<(String, String)>,
    Json(body): Json<FieldBody>,
) -> Result<StatusCode> {
    fields::save(&platform, &actor, &org, &field, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a field among the others of its list.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/fields/{field}/move", tag = "tasks", operation_id = "tasks_move_field",
    request_body = PlaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("field" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "Moved"),
        (status = 404, description = "It, or what it is to come after, isn’t there", body = Problem),
        (status = 409, description = "Its list is archived", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn move_field(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, field)): Path<(String, String)>,
    Json(body): Json<PlaceBody>,
) -> Result<StatusCode> {
    fields::move_to(&platform, &actor, &org, &field, To::After(body.after)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a task has in the fields of its list.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}/fields", tag = "tasks", operation_id = "tasks_values",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "Its fields, and what is in them", body = ValuesView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_values(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<ValuesView>> {
    let sheet = fields::sheet(&platform, &actor, &org, &task).await?;
    Ok(axum::Json(ValuesView { version: sheet.task.version, fields: sheet.fields, values: sheet.values }))
}

/// Puts something into fields of a task, or empties them.
#[utoipa::path(
    patch, path = "/orgs/{org}/tasks/tasks/{task}/fields", tag = "tasks", operation_id = "tasks_change_values",
    request_body = ValuesBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "Changed", body = DoneView),
        (status = 404, description = "There is none that you can see, or a field or a person isn’t there", body = Problem),
        (status = 409, description = "Somebody else changed the same field; what holds now is at it", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn change_values(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    Json(body): Json<ValuesBody>,
) -> Result<axum::Json<DoneView>> {
    let done = fields::set(&platform, &actor, &org, &task, &body).await?;
    one(&platform, &actor, &org, done).await
}
