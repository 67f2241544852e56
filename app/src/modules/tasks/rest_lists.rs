//! The JSON API of spaces, lists and what they are made of, labels and teams.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    ids::{ActId, LabelId, ListId, SectionId, SpaceId, StatusId, TeamId},
    lists::{self, LabelBody, ListBody, SectionBody, SpaceBody, StatusBody, TeamBody, To, Who},
    store::{Label, Section, Space, Status},
};
use crate::{
    error::Result,
    ids::UserId,
    platform::Platform,
    web::{Caller, Json, Path, Problem, key_of},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_lists, add_list))
        .routes(routes!(show_list, change_list, delete_list))
        .routes(routes!(move_list))
        .routes(routes!(archive_list))
        .routes(routes!(add_status))
        .routes(routes!(change_status))
        .routes(routes!(move_status))
        .routes(routes!(delete_status))
        .routes(routes!(add_section))
        .routes(routes!(change_section, delete_section))
        .routes(routes!(move_section))
        .routes(routes!(list_spaces, add_space))
        .routes(routes!(change_space))
        .routes(routes!(move_space))
        .routes(routes!(archive_space))
        .routes(routes!(list_labels, add_label))
        .routes(routes!(change_label, delete_label))
        .routes(routes!(list_teams, add_team))
        .routes(routes!(change_team))
}

/// A space.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpaceView {
    id: SpaceId,
    /// Its name.
    name: String,
    /// Whose it is.
    team: Option<TeamId>,
    /// `everyone`, or `team`: its team and the admins alone.
    seen_by: String,
    /// It was put away.
    archived: bool,
    /// To change it.
    version: i64,
}

/// A list among others.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListLineView {
    id: ListId,
    /// Where it is.
    space: SpaceId,
    /// Its name.
    name: String,
    /// It was put away.
    archived: bool,
    /// How many of its tasks are open.
    open: i64,
    /// To change it.
    version: i64,
}

/// What whoever asks sees of spaces and lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListsView {
    /// In order.
    spaces: Vec<SpaceView>,
    /// In order, space by space.
    lists: Vec<ListLineView>,
}

/// The spaces that whoever asks sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpacesView {
    /// In order.
    spaces: Vec<SpaceView>,
}

/// A list with what it is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListView {
    id: ListId,
    /// Its name.
    name: String,
    /// More about it, in Markdown.
    about: String,
    /// Where it is.
    space: SpaceView,
    /// It was put away.
    archived: bool,
    /// To change it.
    version: i64,
    /// How far its tasks can have come, in order.
    statuses: Vec<StatusView>,
    /// Its parts, in order.
    sections: Vec<SectionView>,
    /// Who can be put on its tasks.
    people: Vec<Who>,
    /// What its tasks can be about.
    labels: Vec<LabelView>,
}

/// How far a task can have come.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusView {
    id: StatusId,
    /// Its name.
    name: String,
    /// `open`, `started` or `done`.
    kind: String,
    /// So many at once are meant to be in it at most.
    most: Option<i64>,
    /// How many are.
    count: i64,
    /// To change it.
    version: i64,
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SectionView {
    id: SectionId,
    /// Its name.
    name: String,
    /// To change it.
    version: i64,
}

/// A label.
#[derive(Debug, Serialize, ToSchema)]
pub struct LabelView {
    id: LabelId,
    /// Its name.
    name: String,
    /// One of eight colours: 0 to 7.
    colour: i64,
    /// To change it.
    version: i64,
}

/// The labels.
#[derive(Debug, Serialize, ToSchema)]
pub struct LabelsView {
    /// By name.
    labels: Vec<LabelView>,
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskTeamView)]
pub struct TeamView {
    id: TeamId,
    /// Its name.
    name: String,
    /// Who is in it.
    members: Vec<UserId>,
    /// In use.
    active: bool,
    /// To change it.
    version: i64,
}

/// The teams.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskTeamsView)]
pub struct TeamsView {
    /// By name.
    teams: Vec<TeamView>,
}

/// What was added.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskAddedView)]
pub struct AddedView {
    /// Its id.
    id: Uuid,
    /// What was done: send it to `/acts/{act}/undo` to take it away again, as long as it isn’t in use and nobody has changed it. Absent: that can’t be undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<ActId>,
}

/// What was changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskSavedView)]
pub struct SavedView {
    /// What was done: send it to `/acts/{act}/undo` to put it back, as long as nobody has changed the same since. Null: nothing is different.
    act: Option<ActId>,
}

/// What was deleted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskRemovedView)]
pub struct RemovedView {
    /// Send it to `/acts/{act}/undo` to bring it back: a status or a section with its tasks in it, a label on the tasks that had it and are there still, a
    /// filter and a comment as they were, and what starts a template by itself, from then on.
    pub(super) act: ActId,
}

/// Where something goes among others of its kind.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskPlaceBody)]
pub struct PlaceBody {
    /// What it comes right after; null: it comes first.
    #[serde(default)]
    pub(super) after: Option<Uuid>,
}

/// Is it put away?
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskArchiveBody)]
pub struct ArchiveBody {
    /// It is put away; false: it is taken out again.
    archived: bool,
}

/// What is to become of a status’s tasks.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteStatusBody {
    /// The status that its tasks go to. Needed where it has any.
    #[serde(default)]
    move_to: Option<StatusId>,
}

/// The lists, with their spaces.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/lists", tag = "tasks", operation_id = "tasks_lists",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "Those that you see, archived or not", body = ListsView), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_lists(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<ListsView>> {
    let found = lists::overview(&platform, &actor, &org).await?;
    let mut view = ListsView { spaces: Vec::new(), lists: Vec::new() };
    for shown in found.spaces {
        view.spaces.push(space(shown.space));
        view.lists.extend(shown.lists.into_iter().map(|(list, open)| ListLineView {
            id: list.id,
            space: list.space_id,
            name: list.name,
            archived: list.archived,
            open,
            version: list.version,
        }));
    }
    Ok(axum::Json(view))
}

/// Adds a list.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists", tag = "tasks", operation_id = "tasks_add_list",
    request_body = ListBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key adds nothing more, and answers the same"),
    ),
    responses(
        (status = 201, description = "Added", body = AddedView),
        (status = 404, description = "There is no such space that you can see", body = Problem),
        (status = 409, description = "The space is archived, or the key was used for something else", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn add_list(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ListBody>,
) -> Result<(StatusCode, axum::Json<AddedView>)> {
    let (id, act) = lists::add_list(&platform, &actor, &org, &body, key_of(&headers).as_deref()).await?;
    Ok(added(id.0, act))
}

/// A list: its statuses, its sections, who can be put on its tasks, and labels.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/lists/{list}", tag = "tasks", operation_id = "tasks_show_list",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "The list", body = ListView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_list(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
) -> Result<axum::Json<ListView>> {
    let whole = lists::whole(&platform, &actor, &org, &list).await?;
    let labels = lists::labels(&platform, &actor, &org).await?;
    Ok(axum::Json(ListView {
        id: whole.list.id,
        name: whole.list.name,
        about: whole.about,
        space: space(whole.space),
        archived: whole.list.archived,
        version: whole.list.version,
        statuses: whole.statuses.into_iter().map(status).collect(),
        sections: whole.sections.into_iter().map(section).collect(),
        people: whole.people,
        labels: labels.into_iter().map(label).collect(),
    }))
}

/// Changes a list.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/lists/{list}", tag = "tasks", operation_id = "tasks_change_list",
    request_body = ListBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "Changed", body = SavedView),
        (status = 404, description = "There is no such list or space that you can see", body = Problem),
        (status = 409, description = "Somebody else changed it; what holds now is at each field. Or it is archived, or somebody on its tasks wouldn’t see it any more", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn change_list(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Json(body): Json<ListBody>,
) -> Result<axum::Json<SavedView>> {
    Ok(saved(lists::save_list(&platform, &actor, &org, &list, &body).await?))
}

/// Deletes a list that was put away and is empty, for good.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/lists/{list}", tag = "tasks", operation_id = "tasks_delete_list",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "It is in use, there are tasks in it or in the trash from it, or a template is started into it by itself", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.set_up"]), ("session" = []))
)]
async fn delete_list(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
) -> Result<StatusCode> {
    lists::delete_list(&platform, &actor, &org, &list).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a list among the others of its space.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/move", tag = "tasks", operation_id = "tasks_move_list",
    request_body = PlaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "Moved"),
        (status = 404, description = "It, or what it is to come after, isn’t there", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn move_list(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Json(body): Json<PlaceBody>,
) -> Result<StatusCode> {
    lists::move_list(&platform, &actor, &org, &list, To::After(body.after)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a list away, or takes it out again.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/archive", tag = "tasks", operation_id = "tasks_archive_list",
    request_body = ArchiveBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "As asked", body = SavedView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn archive_list(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Json(body): Json<ArchiveBody>,
) -> Result<axum::Json<SavedView>> {
    Ok(saved(lists::archive_list(&platform, &actor, &org, &list, body.archived).await?))
}

/// Adds a status to a list.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/statuses", tag = "tasks", operation_id = "tasks_add_status",
    request_body = StatusBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
    ),
    responses(
        (status = 201, description = "Added", body = AddedView),
        (status = 404, description = "There is no such list that you can see", body = Problem),
        (status = 409, description = "The list is archived", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn add_status(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Json(body): Json<StatusBody>,
) -> Result<(StatusCode, axum::Json<AddedView>)> {
    let (id, act) = lists::add_status(&platform, &actor, &org, &list, &body).await?;
    Ok(added(id.0, Some(act)))
}

/// Changes a status.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/lists/{list}/statuses/{status}", tag = "tasks", operation_id = "tasks_change_status",
    request_body = StatusBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
        ("status" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "Changed", body = SavedView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "Somebody else changed it, or the list needs it as it is", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn change_status(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list, status)): Path<(String, String, String)>,
    Json(body): Json<StatusBody>,
) -> Result<axum::Json<SavedView>> {
    Ok(saved(lists::save_status(&platform, &actor, &org, &list, &status, &body).await?))
}

/// Moves a status among the others of its list.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/statuses/{status}/move", tag = "tasks", operation_id = "tasks_move_status",
    request_body = PlaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
        ("status" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "Moved"),
        (status = 404, description = "It, or what it is to come after, isn’t there", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn move_status(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list, status)): Path<(String, String, String)>,
    Json(body): Json<PlaceBody>,
) -> Result<StatusCode> {
    lists::move_status(&platform, &actor, &org, &list, &status, To::After(body.after)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a status away; its tasks go to another.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/statuses/{status}/delete", tag = "tasks", operation_id = "tasks_delete_status",
    request_body = DeleteStatusBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
        ("status" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "It is gone, and its tasks are where you said", body = RemovedView),
        (status = 404, description = "It, or where its tasks are to go, isn’t there", body = Problem),
        (status = 409, description = "It is the last for what is done, or for what isn’t", body = Problem),
        (status = 422, description = "There are tasks in it: say where they go", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn delete_status(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list, status)): Path<(String, String, String)>,
    Json(body): Json<DeleteStatusBody>,
) -> Result<axum::Json<RemovedView>> {
    let act = lists::delete_status(&platform, &actor, &org, &list, &status, body.move_to).await?;
    Ok(axum::Json(RemovedView { act }))
}

/// Adds a section to a list.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/sections", tag = "tasks", operation_id = "tasks_add_section",
    request_body = SectionBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
    ),
    responses(
        (status = 201, description = "Added", body = AddedView),
        (status = 404, description = "There is no such list that you can see", body = Problem),
        (status = 409, description = "The list is archived", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn add_section(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Json(body): Json<SectionBody>,
) -> Result<(StatusCode, axum::Json<AddedView>)> {
    let (id, act) = lists::add_section(&platform, &actor, &org, &list, &body).await?;
    Ok(added(id.0, Some(act)))
}

/// Calls a section something else.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/lists/{list}/sections/{section}", tag = "tasks", operation_id = "tasks_change_section",
    request_body = SectionBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
        ("section" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "Changed", body = SavedView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "Somebody else changed it", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn change_section(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list, section)): Path<(String, String, String)>,
    Json(body): Json<SectionBody>,
) -> Result<axum::Json<SavedView>> {
    Ok(saved(lists::save_section(&platform, &actor, &org, &list, &section, &body).await?))
}

/// Takes a section away; its tasks stay in the list.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/lists/{list}/sections/{section}", tag = "tasks", operation_id = "tasks_delete_section",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
        ("section" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "It is gone", body = RemovedView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn delete_section(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list, section)): Path<(String, String, String)>,
) -> Result<axum::Json<RemovedView>> {
    let act = lists::delete_section(&platform, &actor, &org, &list, &section).await?;
    Ok(axum::Json(RemovedView { act }))
}

/// Moves a section among the others of its list.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/sections/{section}/move", tag = "tasks", operation_id = "tasks_move_section",
    request_body = PlaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
        ("section" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "Moved"),
        (status = 404, description = "It, or what it is to come after, isn’t there", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn move_section(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list, section)): Path<(String, String, String)>,
    Json(body): Json<PlaceBody>,
) -> Result<StatusCode> {
    lists::move_section(&platform, &actor, &org, &list, &section, To::After(body.after)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The spaces.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/spaces", tag = "tasks", operation_id = "tasks_spaces",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "Those that you see, archived or not", body = SpacesView), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_spaces(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<SpacesView>> {
    let found = lists::overview(&platform, &actor, &org).await?;
    Ok(axum::Json(SpacesView { spaces: found.spaces.into_iter().map(|shown| space(shown.space)).collect() }))
}

/// Adds a space.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/spaces", tag = "tasks", operation_id = "tasks_add_space",
    request_body = SpaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key adds nothing more, and answers the same"),
    ),
    responses(
        (status = 201, description = "Added", body = AddedView),
        (status = 404, description = "There is no such team", body = Problem),
        (status = 409, description = "The key was used for something else", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.set_up"]), ("session" = []))
)]
async fn add_space(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<SpaceBody>,
) -> Result<(StatusCode, axum::Json<AddedView>)> {
    let (id, act) = lists::add_space(&platform, &actor, &org, &body, key_of(&headers).as_deref()).await?;
    Ok(added(id.0, act))
}

/// Changes a space.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/spaces/{space}", tag = "tasks", operation_id = "tasks_change_space",
    request_body = SpaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("space" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "Changed", body = SavedView),
        (status = 404, description = "There is none, or no such team", body = Problem),
        (status = 409, description = "Somebody else changed it, or people outside its team are on tasks in it: they are named", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.set_up"]), ("session" = []))
)]
async fn change_space(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, space)): Path<(String, String)>,
    Json(body): Json<SpaceBody>,
) -> Result<axum::Json<SavedView>> {
    Ok(saved(lists::save_space(&platform, &actor, &org, &space, &body).await?))
}

/// Moves a space among the others.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/spaces/{space}/move", tag = "tasks", operation_id = "tasks_move_space",
    request_body = PlaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("space" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "Moved"),
        (status = 404, description = "It, or what it is to come after, isn’t there", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.set_up"]), ("session" = []))
)]
async fn move_space(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, space)): Path<(String, String)>,
    Json(body): Json<PlaceBody>,
) -> Result<StatusCode> {
    lists::move_space(&platform, &actor, &org, &space, To::After(body.after)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a space away with all that is in it, or takes it out again.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/spaces/{space}/archive", tag = "tasks", operation_id = "tasks_archive_space",
    request_body = ArchiveBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("space" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "As asked", body = SavedView),
        (status = 404, description = "There is none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.set_up"]), ("session" = []))
)]
async fn archive_space(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, space)): Path<(String, String)>,
    Json(body): Json<ArchiveBody>,
) -> Result<axum::Json<SavedView>> {
    Ok(saved(lists::archive_space(&platform, &actor, &org, &space, body.archived).await?))
}

/// The labels.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/labels", tag = "tasks", operation_id = "tasks_labels",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "All of them", body = LabelsView), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_labels(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<LabelsView>> {
    let labels = lists::labels(&platform, &actor, &org).await?;
    Ok(axum::Json(LabelsView { labels: labels.into_iter().map(label).collect() }))
}

/// Adds a label.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/labels", tag = "tasks", operation_id = "tasks_add_label",
    request_body = LabelBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key adds nothing more, and answers the same"),
    ),
    responses(
        (status = 201, description = "Added", body = AddedView),
        (status = 409, description = "The key was used for something else", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn add_label(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<LabelBody>,
) -> Result<(StatusCode, axum::Json<AddedView>)> {
    let (id, act) = lists::add_label(&platform, &actor, &org, &body, key_of(&headers).as_deref()).await?;
    Ok(added(id.0, act))
}

/// Changes a label.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/labels/{label}", tag = "tasks", operation_id = "tasks_change_label",
    request_body = LabelBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("label" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "Changed", body = SavedView),
        (status = 404, description = "There is none", body = Problem),
        (status = 409, description = "Somebody else changed it", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn change_label(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, label)): Path<(String, String)>,
    Json(body): Json<LabelBody>,
) -> Result<axum::Json<SavedView>> {
    Ok(saved(lists::save_label(&platform, &actor, &org, &label, &body).await?))
}

/// Takes a label off all tasks, and away.
///
/// That can be undone.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/labels/{label}", tag = "tasks", operation_id = "tasks_delete_label",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("label" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "It is gone", body = RemovedView),
        (status = 404, description = "There is none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn delete_label(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, label)): Path<(String, String)>,
) -> Result<axum::Json<RemovedView>> {
    let act = lists::delete_label(&platform, &actor, &org, &label).await?;
    Ok(axum::Json(RemovedView { act }))
}

/// The teams, with who is in them.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/teams", tag = "tasks", operation_id = "tasks_teams",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "All of them", body = TeamsView), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_teams(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<TeamsView>> {
    let (teams, _) = lists::teams(&platform, &actor, &org).await?;
    let teams = teams.into_iter().map(|(team, members)| TeamView {
        id: team.id,
        name: team.name,
        members: members.into_iter().collect(),
        active: team.active,
        version: team.version,
    });
    Ok(axum::Json(TeamsView { teams: teams.collect() }))
}

/// Adds a team.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/teams", tag = "tasks", operation_id = "tasks_add_team",
    request_body = TeamBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key adds nothing more, and answers the same"),
    ),
    responses(
        (status = 201, description = "Added", body = AddedView),
        (status = 404, description = "Somebody of it doesn’t belong", body = Problem),
        (status = 409, description = "The key was used for something else", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.set_up"]), ("session" = []))
)]
async fn add_team(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<TeamBody>,
) -> Result<(StatusCode, axum::Json<AddedView>)> {
    let (id, act) = lists::add_team(&platform, &actor, &org, &body, key_of(&headers).as_deref()).await?;
    Ok(added(id.0, act))
}

/// Changes a team, and who is in it.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/teams/{team}", tag = "tasks", operation_id = "tasks_change_team",
    request_body = TeamBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("team" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "Changed", body = SavedView),
        (status = 404, description = "There is none, or somebody of it doesn’t belong", body = Problem),
        (status = 409, description = "Somebody else changed it", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.set_up"]), ("session" = []))
)]
async fn change_team(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, team)): Path<(String, String)>,
    Json(body): Json<TeamBody>,
) -> Result<axum::Json<SavedView>> {
    Ok(saved(lists::save_team(&platform, &actor, &org, &team, &body).await?))
}

pub(super) fn added(id: Uuid, act: Option<ActId>) -> (StatusCode, axum::Json<AddedView>) {
    (StatusCode::CREATED, axum::Json(AddedView { id, act }))
}

fn saved(act: Option<ActId>) -> axum::Json<SavedView> {
    axum::Json(SavedView { act })
}

fn space(space: Space) -> SpaceView {
    SpaceView {
        id: space.id,
        name: space.name,
        team: space.team_id,
        seen_by: space.seen_by,
        archived: space.archived,
        version: space.version,
    }
}

fn status((status, count): (Status, i64)) -> StatusView {
    StatusView {
        id: status.id,
        name: status.name,
        kind: status.kind,
        most: status.most,
        count,
        version: status.version,
    }
}

fn section(section: Section) -> SectionView {
    SectionView { id: section.id, name: section.name, version: section.version }
}

fn label(label: Label) -> LabelView {
    LabelView { id: label.id, name: label.name, colour: label.colour, version: label.version }
}
