//! The JSON API of templates.
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
    gallery,
    ids::{SpaceId, TemplateId, TriggerId},
    rest_lists::RemovedView,
    store_templates::TemplateRow,
    template_from::{self, FromBody},
    template_rules::Body,
    template_runs::{self as runs, Line, Preview, StartBody, Started},
    template_steps as steps, template_views as views,
    templates::{self, Version, no_template},
    triggers::{self, Shown, TriggerBody, TriggerPatch},
};
use crate::{
    error::Result,
    module::EventField,
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query, idempotency_key},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_gallery))
        .routes(routes!(show_of_gallery))
        .routes(routes!(take_of_gallery))
        .routes(routes!(list_templates, add_template))
        .routes(routes!(make_template))
        .routes(routes!(show_template, save_template, delete_template))
        .routes(routes!(archive_template))
        .routes(routes!(share_template))
        .routes(routes!(copy_template))
        .routes(routes!(list_versions))
        .routes(routes!(preview_template))
        .routes(routes!(start_template))
        .routes(routes!(list_runs))
        .routes(routes!(list_trigger_events))
        .routes(routes!(list_triggers, add_trigger))
        .routes(routes!(show_trigger, change_trigger, switch_trigger, remove_trigger))
}

/// A template of the gallery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GalleryTemplateLine)]
pub struct GalleryLine {
    /// Its word in addresses.
    word: String,
    /// What it is about.
    category: String,
    /// Its name.
    name: String,
    /// What it is for.
    about: String,
    /// How many tasks it has.
    tasks: usize,
}

/// A template of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateLine)]
pub struct TemplateLine {
    /// Its id.
    id: TemplateId,
    /// Its name.
    name: String,
    /// The word of the one of the gallery that it was taken from.
    gallery: Option<String>,
    /// Who sees this space sees it. Null: everybody does.
    space: Option<SpaceId>,
    /// It was put away: nothing is started of it.
    archived: bool,
    /// The latest version.
    version: i64,
    /// How many tasks that has.
    tasks: i64,
    /// When it was saved, RFC 3339.
    saved_at: String,
}

/// A template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateView)]
pub struct TemplateView {
    /// Its id.
    id: TemplateId,
    /// Who sees this space sees it. Null: everybody does.
    space: Option<SpaceId>,
    /// It was put away: nothing is started of it.
    archived: bool,
    /// The latest version.
    version: i64,
    /// What the version that was asked for says: send it back, changed, with `version`.
    body: Body,
}

/// A version of a template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateVersionView)]
pub struct VersionView {
    /// Which it is.
    version: i64,
    /// What is different from the one before, in sentences.
    changed: Vec<String>,
    /// The member or the token that saved it.
    by: Option<Uuid>,
    /// RFC 3339.
    saved_at: String,
}

/// The template that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedTemplateView {
    id: TemplateId,
}

/// A template as it is to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveTemplateBody {
    /// The version that was read.
    version: i64,
    /// What it says from now on.
    body: Body,
}

/// The version that it has now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedTemplateView {
    version: i64,
}

/// Is a template put away?
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveTemplateBody {
    /// It is; false: it is in use again.
    archived: bool,
}

/// Does something start a template by itself?
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchTriggerBody {
    /// It does; false: it is paused.
    on: bool,
}

/// What starts a template by itself, which was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedTriggerView {
    id: TriggerId,
}

/// Something that can start templates by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriggerEventView {
    /// The stable name: `calendar.appointment_booked`.
    name: &'static str,
    /// For people: “An appointment is booked”.
    label: &'static str,
    /// What it says, for days to be counted from and for something to be filled in.
    fields: Vec<TriggerEventFieldView>,
}

/// Something that an event says.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriggerEventFieldView {
    /// The stable name: `service`.
    name: &'static str,
    /// For people: “The service”.
    label: &'static str,
    /// `day`, `number` or `text`.
    kind: &'static str,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct TemplateQuery {
    /// An old version; the latest if absent.
    version: Option<i64>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct RunsQuery {
    /// One template’s id; all if absent.
    template: String,
}

/// The templates that come with Devalo.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/gallery", tag = "tasks", operation_id = "tasks_list_gallery",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "All of them, those of a category together", body = [GalleryLine]), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_gallery(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<Vec<GalleryLine>>> {
    views::gallery(&platform, &actor, &org).await?;
    let line = |template: &gallery::Template| GalleryLine {
        word: template.word.to_owned(),
        category: template.category.to_owned(),
        name: template.body.name.clone(),
        about: template.body.about.clone(),
        tasks: steps::count(&template.body),
    };
    Ok(axum::Json(gallery::all().iter().map(line).collect()))
}

/// What a template of the gallery says.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/gallery/{id}", tag = "tasks", operation_id = "tasks_show_of_gallery",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its word: new-employee"),
    ),
    responses(
        (status = 200, description = "The template", body = Body),
        (status = 404, description = "There is none with that word", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_of_gallery(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, word)): Path<(String, String)>,
) -> Result<axum::Json<Body>> {
    views::gallery(&platform, &actor, &org).await?;
    let found = gallery::find(&word).ok_or_else(no_template)?;
    Ok(axum::Json(found.body.clone()))
}

/// Takes a template of the gallery: the organisation gets a copy of its own.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/gallery/{id}/take", tag = "tasks", operation_id = "tasks_take_of_gallery",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its word: new-employee"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key takes it once"),
    ),
    responses(
        (status = 201, description = "Taken", body = AddedTemplateView),
        (status = 404, description = "There is none with that word", body = Problem),
        (status = 409, description = "The key was used for something else", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn take_of_gallery(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, word)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<(StatusCode, axum::Json<AddedTemplateView>)> {
    let key = idempotency_key(&headers)?;
    let id = templates::take(&platform, &actor, &org, &word, &key).await?;
    Ok((StatusCode::CREATED, axum::Json(AddedTemplateView { id })))
}

/// The organisation’s templates, by name.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/templates", tag = "tasks", operation_id = "tasks_list_templates",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "All of them, archived ones too", body = [TemplateLine]), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_templates(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<Vec<TemplateLine>>> {
    let all = templates::all(&platform, &actor, &org).await?;
    Ok(axum::Json(all.into_iter().map(line).collect()))
}

/// Adds a template.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/templates", tag = "tasks", operation_id = "tasks_add_template",
    request_body = Body,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key adds nothing more"),
    ),
    responses(
        (status = 201, description = "Added", body = AddedTemplateView),
        (status = 409, description = "The key was used for something else", body = Problem),
        (status = 422, description = "Each thing that is wrong, by where it stands", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn add_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<AddedTemplateView>)> {
    let key = idempotency_key(&headers)?;
    let id = templates::add(&platform, &actor, &org, &body, Some(&key)).await?;
    Ok((StatusCode::CREATED, axum::Json(AddedTemplateView { id })))
}

/// Makes a template of a list, or of a task with all its parts. People become roles. Who sees its space sees it, until it is shared.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/templates/from", tag = "tasks", operation_id = "tasks_make_template",
    request_body = FromBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key makes one"),
    ),
    responses(
        (status = 201, description = "Made", body = AddedTemplateView),
        (status = 404, description = "There is no such list or task that you can see", body = Problem),
        (status = 409, description = "There is too much for a template, or the key was used for something else", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise", "tasks.view"]), ("session" = []))
)]
async fn make_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<FromBody>,
) -> Result<(StatusCode, axum::Json<AddedTemplateView>)> {
    let key = idempotency_key(&headers)?;
    let id = template_from::make(&platform, &actor, &org, &body, &key).await?;
    Ok((StatusCode::CREATED, axum::Json(AddedTemplateView { id })))
}

/// A template, and what it says.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/templates/{id}", tag = "tasks", operation_id = "tasks_show_template",
    params(
        TemplateQuery,
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
    ),
    responses(
        (status = 200, description = "The template", body = TemplateView),
        (status = 404, description = "There is none, or it has no such version", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Query(asked): Query<TemplateQuery>,
) -> Result<axum::Json<TemplateView>> {
    let (template, body) = templates::one(&platform, &actor, &org, &id, asked.version).await?;
    let TemplateRow { id, space_id: space, archived, version, .. } = template;
    Ok(axum::Json(TemplateView { id, space, archived, version, body }))
}

/// Saves what a template says as its next version.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/templates/{id}", tag = "tasks", operation_id = "tasks_save_template",
    request_body = SaveTemplateBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
    ),
    responses(
        (status = 200, description = "Saved", body = SavedTemplateView),
        (status = 404, description = "There is none", body = Problem),
        (status = 409, description = "Somebody else saved it meanwhile, or it is archived", body = Problem),
        (status = 422, description = "Each thing that is wrong, by where it stands", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn save_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<SaveTemplateBody>,
) -> Result<axum::Json<SavedTemplateView>> {
    let version = templates::save(&platform, &actor, &org, &id, &body.body, body.version).await?;
    Ok(axum::Json(SavedTemplateView { version }))
}

/// Deletes a template of which nothing was started, with all that its versions said. Nobody takes that back.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/templates/{id}", tag = "tasks", operation_id = "tasks_delete_template",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is none", body = Problem),
        (status = 409, description = "Something was started of it", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn delete_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    templates::delete(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a template away, or takes it out again.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/templates/{id}/archive", tag = "tasks", operation_id = "tasks_archive_template",
    request_body = ArchiveTemplateBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
    ),
    responses(
        (status = 204, description = "As asked"),
        (status = 404, description = "There is none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn archive_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ArchiveTemplateBody>,
) -> Result<StatusCode> {
    templates::archive(&platform, &actor, &org, &id, body.archived).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows a template to everybody who sees tasks, with what its versions said. Nobody takes that back.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/templates/{id}/share", tag = "tasks", operation_id = "tasks_share_template",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
    ),
    responses(
        (status = 204, description = "Everybody sees it"),
        (status = 404, description = "There is none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise", "tasks.view"]), ("session" = []))
)]
async fn share_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    templates::share(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a template that says the same.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/templates/{id}/copy", tag = "tasks", operation_id = "tasks_copy_template",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key copies it once"),
    ),
    responses(
        (status = 201, description = "Copied", body = AddedTemplateView),
        (status = 404, description = "There is none", body = Problem),
        (status = 409, description = "The key was used for something else", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise", "tasks.view"]), ("session" = []))
)]
async fn copy_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<(StatusCode, axum::Json<AddedTemplateView>)> {
    let key = idempotency_key(&headers)?;
    let id = templates::copy(&platform, &actor, &org, &id, &key).await?;
    Ok((StatusCode::CREATED, axum::Json(AddedTemplateView { id })))
}

/// The versions of a template, the latest first: up to a hundred.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/templates/{id}/versions", tag = "tasks", operation_id = "tasks_list_template_versions",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
    ),
    responses(
        (status = 200, description = "What changed in each", body = [VersionView]),
        (status = 404, description = "There is none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_versions(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<axum::Json<Vec<VersionView>>> {
    let all = templates::history(&platform, &actor, &org, &id).await?;
    let view = |Version { version, changed, by, saved_at }| VersionView {
        version,
        changed,
        by,
        saved_at: saved_at.to_string(),
    };
    Ok(axum::Json(all.into_iter().map(view).collect()))
}

/// Says what would come of a template. Nothing is made.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/templates/{id}/preview", tag = "tasks", operation_id = "tasks_preview_template",
    request_body = StartBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
    ),
    responses(
        (status = 200, description = "Who would get what, and when", body = Preview),
        (status = 404, description = "Something that it names isn’t there", body = Problem),
        (status = 409, description = "The template or the list is archived, or the template has another version", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change", "tasks.view"]), ("session" = []))
)]
async fn preview_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<StartBody>,
) -> Result<axum::Json<Preview>> {
    Ok(axum::Json(runs::preview(&platform, &actor, &org, &id, &body).await?))
}

/// Starts a template: all of its tasks are made, or none.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/templates/{id}/start", tag = "tasks", operation_id = "tasks_start_template",
    request_body = StartBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key starts it once, and answers the same"),
    ),
    responses(
        (status = 201, description = "Started", body = Started),
        (status = 404, description = "Something that it names isn’t there. Nothing was made", body = Problem),
        (status = 409, description = "The template or the list is archived, or the key was used for something else. Nothing was made", body = Problem),
        (status = 422, description = "Fields need changing. Nothing was made", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn start_template(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<StartBody>,
) -> Result<(StatusCode, axum::Json<Started>)> {
    let key = idempotency_key(&headers)?;
    let started = runs::start(&platform, &actor, &org, &id, &body, &key).await?;
    Ok((StatusCode::CREATED, axum::Json(started)))
}

/// What was started, the latest first, with how far it has come: up to a hundred.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/runs", tag = "tasks", operation_id = "tasks_list_runs",
    params(RunsQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "What was started in lists that you see", body = [Line]),
        (status = 404, description = "There is no such template", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_runs(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<RunsQuery>,
) -> Result<axum::Json<Vec<Line>>> {
    let template = Some(asked.template.as_str()).filter(|template| !template.is_empty());
    Ok(axum::Json(runs::list(&platform, &actor, &org, template).await?))
}

/// What can start templates by itself: what happens in the modules that are turned on, and what it says of itself.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/trigger-events", tag = "tasks", operation_id = "tasks_list_trigger_events",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "All of them, those of a module together", body = [TriggerEventView]), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn list_trigger_events(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<Vec<TriggerEventView>>> {
    let field =
        |field: &EventField| TriggerEventFieldView { name: field.name, label: field.label, kind: field.kind.as_str() };
    let all = triggers::offered(&platform, &actor, &org).await?.into_iter().map(|offer| TriggerEventView {
        name: offer.event.name,
        label: offer.event.label,
        fields: offer.fields.iter().map(field).collect(),
    });
    Ok(axum::Json(all.collect()))
}

/// What starts a template by itself.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/templates/{id}/triggers", tag = "tasks", operation_id = "tasks_list_triggers",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
    ),
    responses(
        (status = 200, description = "All whose list you see, the oldest first", body = [triggers::Line]),
        (status = 404, description = "There is none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_triggers(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<axum::Json<Vec<triggers::Line>>> {
    Ok(axum::Json(triggers::list(&platform, &actor, &org, &id).await?))
}

/// Has a template started by itself: on days of a rule, or when something happens in another module.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/templates/{id}/triggers", tag = "tasks", operation_id = "tasks_add_trigger",
    request_body = TriggerBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "The template’s id"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key adds nothing more"),
    ),
    responses(
        (status = 201, description = "Set up", body = AddedTriggerView),
        (status = 404, description = "Something that it names isn’t there", body = Problem),
        (status = 409, description = "The template or the list is archived, there are too many, or the key was used for something else", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn add_trigger(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<TriggerBody>,
) -> Result<(StatusCode, axum::Json<AddedTriggerView>)> {
    let key = idempotency_key(&headers)?;
    let id = triggers::add(&platform, &actor, &org, &id, &body, &key).await?;
    Ok((StatusCode::CREATED, axum::Json(AddedTriggerView { id })))
}

/// What starts a template by itself, as it was set up.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/triggers/{id}", tag = "tasks", operation_id = "tasks_show_trigger",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "What it says, and its version", body = Shown),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn show_trigger(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<axum::Json<Shown>> {
    Ok(axum::Json(triggers::show(&platform, &actor, &org, &id).await?))
}

/// Changes what starts a template by itself. What is absent stays, and one that is paused stays so.
#[utoipa::path(
    patch, path = "/orgs/{org}/tasks/triggers/{id}", tag = "tasks", operation_id = "tasks_change_trigger",
    request_body = TriggerPatch,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "As it is now", body = Shown),
        (status = 404, description = "There is none that you can see, or something that it names isn’t there", body = Problem),
        (status = 409, description = "Somebody else changed it meanwhile, or its template or its list is archived", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn change_trigger(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<TriggerPatch>,
) -> Result<axum::Json<Shown>> {
    Ok(axum::Json(triggers::save(&platform, &actor, &org, &id, &body).await?))
}

/// Pauses what starts a template by itself, or lets it go on.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/triggers/{id}", tag = "tasks", operation_id = "tasks_switch_trigger",
    request_body = SwitchTriggerBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "As asked"),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "Its template or its list is archived", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn switch_trigger(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<SwitchTriggerBody>,
) -> Result<StatusCode> {
    triggers::switch(&platform, &actor, &org, &id, body.on).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes what starts a template by itself. What it started stays.
///
/// That can be undone.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/triggers/{id}", tag = "tasks", operation_id = "tasks_remove_trigger",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "Deleted", body = RemovedView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn remove_trigger(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<axum::Json<RemovedView>> {
    let (_, act) = triggers::remove(&platform, &actor, &org, &id).await?;
    Ok(axum::Json(RemovedView { act }))
}

fn line(template: TemplateRow) -> TemplateLine {
    TemplateLine {
        id: template.id,
        name: template.name,
        gallery: template.gallery,
        space: template.space_id,
        archived: template.archived,
        version: template.version,
        tasks: template.tasks,
        saved_at: template.saved_at.to_string(),
    }
}
