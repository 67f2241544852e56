//! The tasks’ JSON API: thin; it calls the same verbs as the pages. The script of the pages speaks it, too.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    access, acts,
    cards::{self, Card},
    ids::{ActId, TaskId},
    permissions,
    quick::{self, QuickBody},
    task::{Completes, Task},
    tasks::{self, AddBody, BulkBody, Done, MoveBody, PatchBody},
};
use crate::{
    db::Access,
    error::Result,
    ids::UserId,
    org::Actor,
    platform::Platform,
    web::{Caller, Json, Path, Problem, idempotency_key, key_of, misread},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(add_task))
        .routes(routes!(show_task, change_task, delete_task))
        .routes(routes!(move_task))
        .routes(routes!(complete_task))
        .routes(routes!(restore_task))
        .routes(routes!(change_tasks))
        .routes(routes!(undo_act))
        .merge(super::rest_board::router())
        .merge(super::rest_checks::router())
        .merge(super::rest_fields::router())
        .merge(super::rest_finding::router())
        .merge(super::rest_inout::router())
        .merge(super::rest_links::router())
        .merge(super::rest_lists::router())
        .merge(super::rest_series::router())
        .merge(super::rest_templates::router())
        .merge(super::rest_together::router())
}

/// What came of a change. A program that may change tasks and not read them (without `tasks.view`) gets no cards: of each task its id and its version.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoneView {
    /// What was done: send it to `/acts/{act}/undo` to undo it. Null: nothing changed.
    act: Option<ActId>,
    /// The task as it is now, where one was named. Null without `tasks.view`.
    card: Option<Card>,
    /// All that changed, as it is now. Empty without `tasks.view`.
    cards: Vec<Card>,
    /// Without `tasks.view`: what changed, that which was named first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<VersionView>,
    /// What is in the trash now.
    gone: Vec<TaskId>,
    /// Where everyone on a task completes it, and you did your part: who hasn’t done theirs. It stays where it was until they have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left: Vec<UserId>,
    /// What else there is to say of it, for people: who is left, and what stays open although something was completed: “2 subtasks are still open. It waited
    /// for T-12, which isn’t done.” Absent without `tasks.view`.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Of a line of words: what was understood of it beside the title. Absent without `tasks.view`.
    #[serde(skip_serializing_if = "Option::is_none")]
    understood: Option<String>,
}

/// A task that changed, for who may not read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskVersionView)]
pub struct VersionView {
    /// Its id.
    id: TaskId,
    /// Its version.
    version: i64,
}

/// A task with all about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    /// More about it, in Markdown.
    notes: String,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339, or null.
    completed_at: Option<String>,
    /// It is in the trash.
    trashed: bool,
    /// Where everyone on it completes it: who is on it, and when they did their part. Empty where any one completes it.
    parts: Vec<TaskPartView>,
    /// What lists show of it.
    #[serde(flatten)]
    card: Card,
}

/// Somebody’s part of a task that everyone on it completes.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskPartView {
    /// Whose it is.
    user: UserId,
    /// When they did it: RFC 3339. Null: they haven’t.
    done_at: Option<String>,
}

/// Is a task completed? Where everyone on it completes it, that is one’s own part, for as long as others haven’t done theirs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteBody {
    /// It is completed; false: it is open again, or your part of it is.
    done: bool,
}

/// A new task: field by field, or as one line of words under `quick`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum NewTask {
    Quick(QuickBody),
    Whole(Box<AddBody>),
}

impl NewTask {
    fn read(body: Value) -> Result<Self> {
        if body.get("quick").is_some() { read(body).map(Self::Quick) } else { read(body).map(Self::Whole) }
    }
}

/// What a body says; what can’t be read is named, as in [`Json`].
fn read<T: DeserializeOwned>(body: Value) -> Result<T> {
    serde_path_to_error::deserialize(body)
        .map_err(|error| misread(&error.path().to_string(), &error.inner().to_string()))
}

/// Adds a task.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks", tag = "tasks", operation_id = "tasks_add",
    request_body = NewTask,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key adds nothing more"),
    ),
    responses(
        (status = 201, description = "Added", body = DoneView),
        (status = 404, description = "Something that it names isn’t there", body = Problem),
        (status = 409, description = "The key was used for something else, or the list is archived", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn add_task(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<(StatusCode, axum::Json<DoneView>)> {
    let key = idempotency_key(&headers)?;
    let (done, id, understood) = match NewTask::read(body)? {
        NewTask::Whole(body) => {
            let (done, id) = tasks::add(&platform, &actor, &org, &body, Some(&key)).await?;
            (done, id, String::new())
        }
        NewTask::Quick(body) => {
            let (done, id, understood) = quick::add_quick(&platform, &actor, &org, &body, &key).await?;
            (done, id, understood.words())
        }
    };
    let axum::Json(view) = view(&platform, &actor, &org, done, Some(id)).await?;
    // In it are names of people and lists.
    let understood = Some(understood).filter(|words| !words.is_empty() && view.card.is_some());
    Ok((StatusCode::CREATED, axum::Json(DoneView { understood, ..view })))
}

/// A task, by its id or its number.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}", tag = "tasks", operation_id = "tasks_show",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "The task", body = TaskView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_task(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<TaskView>> {
    let mut tx = access::open(&platform, &actor, &org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, &task).await?;
    let (notes, created_at) = (task.notes.clone(), task.created_at.to_string());
    let (completed_at, trashed) = (task.completed_at.map(|at| at.to_string()), task.trashed_at.is_some());
    let parts = parts_of(&task);
    let card = cards::of(&mut tx, vec![task]).await?.pop().ok_or_else(access::no_task)?;
    tx.rollback().await?;
    Ok(axum::Json(TaskView { notes, created_at, completed_at, trashed, parts, card }))
}

/// The parts of a task that everyone on it completes: first of whose it is.
fn parts_of(task: &Task) -> Vec<TaskPartView> {
    let done_at = |user: UserId| task.people.iter().find(|one| one.user == user).and_then(|one| one.done_at);
    let part = |user: UserId| TaskPartView { user, done_at: done_at(user).map(|at| at.to_string()) };
    task.doers().filter(|_| task.completes == Completes::Everyone).map(part).collect()
}

/// Changes fields of a task.
///
/// Where everyone on it completes it, a status for what is done is your part: it has that status once all have done theirs. Without `tasks.view` the answer
/// says its id and its version alone, and a 409 which fields differ, not what is in them.
#[utoipa::path(
    patch, path = "/orgs/{org}/tasks/tasks/{task}", tag = "tasks", operation_id = "tasks_change",
    request_body = PatchBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key changes nothing more, and answers the same"),
    ),
    responses(
        (status = 200, description = "Changed; where others are left to complete it, they are named", body = DoneView),
        (status = 403, description = "Everyone on it completes their own part, and you aren’t on it", body = Problem),
        (status = 404, description = "There is none that you can see, or something that it names isn’t there", body = Problem),
        (status = 409, description = "Somebody else changed the same field; what holds now is at it. Or the key was used for something else", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn change_task(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<PatchBody>,
) -> Result<axum::Json<DoneView>> {
    let done = tasks::patch(&platform, &actor, &org, &task, &body, key_of(&headers).as_deref()).await?;
    one(&platform, &actor, &org, done).await
}

/// Puts a task into the trash, with what is a part of it.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/tasks/{task}", tag = "tasks", operation_id = "tasks_delete",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key changes nothing more, and answers the same"),
    ),
    responses(
        (status = 200, description = "It is in the trash, for 30 days", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "Its list is archived, or the key was used for something else", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn delete_task(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<axum::Json<DoneView>> {
    let done = tasks::trash(&platform, &actor, &org, &task, key_of(&headers).as_deref()).await?;
    view(&platform, &actor, &org, done, None).await
}

/// Moves a task.
///
/// Where everyone on it completes it, moving it to where it is completed is your part: it stays where it was until all have done theirs. Send with `from` the
/// column that you saw it in: where somebody has moved it elsewhere since, you get 409 with where it is now, and nothing is moved. Without `from` it is moved from
/// wherever it is.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/move", tag = "tasks", operation_id = "tasks_move",
    request_body = MoveBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key changes nothing more, and answers the same"),
    ),
    responses(
        (status = 200, description = "Moved; or where others are left to complete it, they are named, and it stayed where it was", body = DoneView),
        (status = 403, description = "It would be completed by that, everyone on it completes their own part, and you aren’t on it", body = Problem),
        (status = 404, description = "Something that it names isn’t there", body = Problem),
        (status = 409, description = "It isn’t in the column any more that it is to come from; what holds now is at the field. Or it would become a subtask of itself, or the key was used for something else", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn move_task(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<MoveBody>,
) -> Result<axum::Json<DoneView>> {
    let done = tasks::move_to(&platform, &actor, &org, &task, &body, key_of(&headers).as_deref()).await?;
    one(&platform, &actor, &org, done).await
}

/// Completes a task, or opens it again.
///
/// Where everyone on it completes it, that is your part of it, and `done: false` takes it back for as long as others haven’t done theirs; who organises lists
/// and isn’t on it completes it for all. Subtasks that are open still, and what it waited for, hinder nothing: `note` tells of them.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/complete", tag = "tasks", operation_id = "tasks_complete",
    request_body = CompleteBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key changes nothing more, and answers the same"),
    ),
    responses(
        (status = 200, description = "As asked; where others are left to complete it, they are named", body = DoneView),
        (status = 403, description = "Everyone on it completes their own part, and you aren’t on it", body = Problem),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "It is in the trash, or the key was used for something else", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn complete_task(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<CompleteBody>,
) -> Result<axum::Json<DoneView>> {
    let done = tasks::complete(&platform, &actor, &org, &task, body.done, key_of(&headers).as_deref()).await?;
    one(&platform, &actor, &org, done).await
}

/// Takes a task out of the trash.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/restore", tag = "tasks", operation_id = "tasks_restore",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key changes nothing more, and answers the same"),
    ),
    responses(
        (status = 200, description = "It is back", body = DoneView),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "Its parent task is in the trash, or the key was used for something else", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn restore_task(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<axum::Json<DoneView>> {
    let done = tasks::restore(&platform, &actor, &org, &task, key_of(&headers).as_deref()).await?;
    view(&platform, &actor, &org, done, None).await
}

/// Changes many tasks at once: all of them or none.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/bulk", tag = "tasks", operation_id = "tasks_change_many",
    request_body = BulkBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key changes nothing more, and answers the same"),
    ),
    responses(
        (status = 200, description = "Changed", body = DoneView),
        (status = 404, description = "One of them, or something that the change names, isn’t there. Nothing was changed", body = Problem),
        (status = 409, description = "The list of one is archived, or the key was used for something else. Nothing was changed", body = Problem),
        (status = 422, description = "Fields need changing. Nothing was changed", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn change_tasks(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<BulkBody>,
) -> Result<axum::Json<DoneView>> {
    let done = tasks::bulk(&platform, &actor, &org, &body, key_of(&headers).as_deref()).await?;
    view(&platform, &actor, &org, done, None).await
}

/// Undoes what was done, all of it.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/acts/{act}/undo", tag = "tasks", operation_id = "tasks_undo",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("act" = String, Path, description = "What a change answered as `act`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key changes nothing more, and answers the same"),
    ),
    responses(
        (status = 200, description = "Undone", body = DoneView),
        (status = 403, description = "Somebody else did it", body = Problem),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "Something was changed again since, or the key was used for something else", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn undo_act(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, act)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<axum::Json<DoneView>> {
    let (act, tasks) = acts::undo(&platform, &actor, &org, &act, key_of(&headers).as_deref()).await?;
    view(&platform, &actor, &org, Done { act, tasks, ..Done::default() }, None).await
}

/// What changed, with the task that was named first.
pub(super) async fn one(platform: &Platform, actor: &Actor, org: &str, done: Done) -> Result<axum::Json<DoneView>> {
    let named = done.tasks.first().copied();
    view(platform, actor, org, done, named).await
}

/// What changed, as it is now, read as whoever asks.
async fn view(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    done: Done,
    named: Option<TaskId>,
) -> Result<axum::Json<DoneView>> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Read).await?;
    let reads = access::reads(&tx);
    let note = done.note().filter(|_| reads);
    let left = if reads { done.left } else { Vec::new() };
    let tasks = access::tasks(&mut tx, done.tasks).await?;
    let (trashed, mut there): (Vec<_>, Vec<_>) = tasks.into_values().partition(|task| task.trashed_at.is_some());
    let mut versions = Vec::new();
    if !reads {
        there.sort_by_key(|task| Some(task.id) != named);
        versions = there.drain(..).map(|task| VersionView { id: task.id, version: task.version }).collect();
    }
    let cards = cards::of(&mut tx, there).await?;
    tx.rollback().await?;
    Ok(axum::Json(DoneView {
        act: done.act,
        card: named.and_then(|id| cards.iter().find(|card| card.id == id).cloned()),
        cards,
        versions,
        gone: trashed.into_iter().map(|task| task.id).collect(),
        note,
        left: left.into_iter().map(|(user, _)| user).collect(),
        understood: None,
    }))
}
