//! The JSON API of comments, of what happened, of what is one’s own and what one was told, of queues, of handing over and of the trash.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    access,
    cards::Card,
    claims,
    comments::{self, Comment},
    followers,
    handover::{self, To},
    history,
    ids::{ActId, CommentId, ListId, NoticeId, TaskId},
    letters::{self, Daily},
    mine,
    notices::{self, Way},
    permissions,
    rest::{self, DoneView},
    rest_lists::RemovedView,
    saying::{Here, Names},
    trash,
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    ids::UserId,
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query, idempotency_key},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_comments, add_comment))
        .routes(routes!(change_comment, delete_comment))
        .routes(routes!(react))
        .routes(routes!(follow))
        .routes(routes!(claim))
        .routes(routes!(release))
        .routes(routes!(show_history))
        .routes(routes!(show_mine))
        .routes(routes!(show_inbox))
        .routes(routes!(read_inbox))
        .routes(routes!(show_ways, choose_ways))
        .routes(routes!(show_trash))
        .routes(routes!(hand_over))
        .routes(routes!(show_rounds, set_rounds))
}

/// Something that was said about a task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskCommentView)]
struct CommentView {
    id: CommentId,
    /// The member who said it; null: a program, or Devalo itself.
    by: Option<UserId>,
    /// In Markdown.
    words: String,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339, or null.
    edited_at: Option<String>,
    /// Grows with every change.
    version: i64,
    /// Who feels what about it: `thumbs_up`, `heart`, `done`, `party`, `laugh`, `eyes`, `question` or `thanks`.
    reactions: BTreeMap<String, Vec<UserId>>,
}

/// Something to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskCommentBody)]
struct CommentBody {
    /// In Markdown; `@Name` tells whoever is called that, as far as they see the task.
    words: String,
    /// To change one: the version that was read.
    #[serde(default)]
    version: Option<i64>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskCommentSaid)]
struct SaidView {
    id: CommentId,
    /// Names that nobody who sees the task, or more than one of them, is called: nobody was told for them.
    not_told: Vec<String>,
    /// Of a new one, what was done: send it to `/acts/{act}/undo` to take it away again, as long as it wasn’t changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<ActId>,
}

/// How one feels about a comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskReactionBody)]
struct ReactionBody {
    /// `thumbs_up`, `heart`, `done`, `party`, `laugh`, `eyes`, `question` or `thanks`.
    what: String,
    /// False: no more.
    feels: bool,
}

/// Does one want to hear of a task?
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskFollowBody)]
struct FollowBody {
    /// False: not unless one is mentioned or put on it.
    follows: bool,
}

/// Something that somebody did to a task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskHappened)]
struct HappenedView {
    /// To undo it.
    act: ActId,
    /// For people: “Priya Raman”.
    who: String,
    /// For people: “changed the due date from Fri 27 Nov to Mon 30 Nov, 3:00 pm”.
    what: Vec<String>,
    /// RFC 3339.
    at: String,
    /// It was undone since.
    undone: bool,
}

/// A part of what is one’s own to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyTasksPart)]
struct PartView {
    /// `overdue`, `today`, `week`, `later`, `undated`, `queues`, `waiting` or `done`.
    part: &'static str,
    cards: Vec<Card>,
    /// There are more: ask with `more` and the part’s word for up to 500.
    more: bool,
}

/// Something that one was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskNoticeView)]
struct NoticeView {
    id: NoticeId,
    /// `mentioned`, `assigned`, `unassigned`, `completed`, `due`, `claimed`, `can_begin`, `queued` or `commented`.
    kind: &'static str,
    task: TaskId,
    /// T-12 without its T.
    number: i64,
    title: String,
    /// For people.
    words: String,
    /// What was said, short.
    quote: String,
    /// RFC 3339.
    at: String,
    read: bool,
}

/// What one was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskInboxView)]
struct InboxView {
    /// The latest first.
    notices: Vec<NoticeView>,
    /// How much wasn’t looked at; a hundred at most.
    unread: i64,
    /// Send it as `before` for those before them; null: there are none.
    more: Option<String>,
}

/// What was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskInboxRead)]
struct ReadBody {
    /// A notice; absent: all of them.
    #[serde(default)]
    id: Option<NoticeId>,
}

/// How one is told of what.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskNoticeWays)]
struct WaysView {
    /// By kind of notice. Those that aren’t sent stay as they are.
    #[serde(default)]
    ways: BTreeMap<String, Way>,
    /// The daily email comes.
    daily: bool,
    /// At which hour of the organisation’s clock: 0 to 23.
    hour: i64,
    /// On which days, Monday first: `1111100`.
    weekdays: String,
}

/// Something in the trash.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskThrown)]
struct ThrownView {
    id: TaskId,
    /// T-12 without its T.
    number: i64,
    title: String,
    list: ListId,
    /// How many parts lie there with it.
    parts: usize,
    /// For people: who threw it away.
    by: String,
}

/// The trash.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskTrashView)]
struct TrashView {
    /// The latest first.
    tasks: Vec<ThrownView>,
    /// Send it as `before` for those before them; null: there are none.
    more: Option<String>,
}

/// Whose open tasks go to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskHandoverBody)]
struct HandoverBody {
    from: UserId,
    /// `person:` and their id, `team:` and its id, or `nobody`.
    to: String,
}

/// Lists that give what comes to a team to its members in turn.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskRounds)]
struct Rounds {
    /// Their ids.
    lists: BTreeSet<ListId>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskHandoverDone)]
struct HandedView {
    /// To undo it; null: nothing changed.
    act: Option<ActId>,
    /// How many tasks changed hands.
    count: usize,
    /// There are more than could at once: send it again.
    more: bool,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct MineQuery {
    /// Up to 500 of this part: `overdue`, `today`, `week`, `later`, `undated`, `queues`, `waiting` or `done`.
    more: String,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct BeforeQuery {
    /// What the page before gave as `more`.
    before: String,
    /// `true`: what was looked at, too.
    all: bool,
}

/// What was said about a task, the earliest first: the latest 300.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}/comments", tag = "tasks", operation_id = "tasks_comments",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "The comments", body = Vec<CommentView>),
        (status = 404, description = "There is no such task that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_comments(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<Vec<CommentView>>> {
    let found = comments::list(&platform, &actor, &org, &task).await?;
    Ok(axum::Json(found.into_iter().map(comment_view).collect()))
}

/// Says something about a task.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/comments", tag = "tasks", operation_id = "tasks_add_comment",
    request_body = CommentBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key adds nothing more"),
    ),
    responses(
        (status = 201, description = "Said", body = SaidView),
        (status = 404, description = "There is no such task that you can see", body = Problem),
        (status = 409, description = "The key was used for something else, or the task can’t be changed", body = Problem),
        (status = 422, description = "Nothing was said, or too much", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn add_comment(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<CommentBody>,
) -> Result<(StatusCode, axum::Json<SaidView>)> {
    let key = idempotency_key(&headers)?;
    let said = comments::add(&platform, &actor, &org, &task, &body.words, Some(&key)).await.map_err(at_words)?;
    Ok((StatusCode::CREATED, axum::Json(SaidView { id: said.id, not_told: said.not_told, act: said.act })))
}

/// Says something else instead.
///
/// That can be undone, by who wrote it.
#[utoipa::path(
    patch, path = "/orgs/{org}/tasks/comments/{comment}", tag = "tasks", operation_id = "tasks_change_comment",
    request_body = CommentBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("comment" = CommentId, Path, description = "The comment’s id"),
    ),
    responses(
        (status = 200, description = "Changed", body = SaidView),
        (status = 403, description = "Somebody else said it", body = Problem),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "It was changed meanwhile", body = Problem),
        (status = 422, description = "Nothing was said, or too much", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn change_comment(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, comment)): Path<(String, CommentId)>,
    Json(body): Json<CommentBody>,
) -> Result<axum::Json<SaidView>> {
    let version = body.version.ok_or_else(|| AppError::field("version", "Send the version that you read."))?;
    let edited = comments::edit(&platform, &actor, &org, &comment.to_string(), &body.words, version).await;
    let (_, said) = edited.map_err(at_words)?;
    Ok(axum::Json(SaidView { id: said.id, not_told: said.not_told, act: said.act }))
}

/// Takes a comment away.
///
/// That can be undone for 30 days.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/comments/{comment}", tag = "tasks", operation_id = "tasks_delete_comment",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("comment" = CommentId, Path, description = "The comment’s id"),
    ),
    responses(
        (status = 200, description = "It is gone", body = RemovedView),
        (status = 403, description = "Somebody else said it", body = Problem),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn delete_comment(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, comment)): Path<(String, CommentId)>,
) -> Result<axum::Json<RemovedView>> {
    let (_, act) = comments::delete(&platform, &actor, &org, &comment.to_string()).await?;
    Ok(axum::Json(RemovedView { act }))
}

/// Says how one feels about a comment.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/comments/{comment}/reactions", tag = "tasks", operation_id = "tasks_react",
    request_body = ReactionBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("comment" = CommentId, Path, description = "The comment’s id"),
    ),
    responses(
        (status = 204, description = "As asked"),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 422, description = "It is none of the eight", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn react(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, comment)): Path<(String, CommentId)>,
    Json(body): Json<ReactionBody>,
) -> Result<StatusCode> {
    comments::react(&platform, &actor, &org, &comment.to_string(), &body.what, body.feels).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Follows a task, or says that one doesn’t want to hear of it.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/follow", tag = "tasks", operation_id = "tasks_follow",
    request_body = FollowBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 204, description = "As asked"),
        (status = 404, description = "There is none that you can see, or you are a program", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn follow(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    Json(body): Json<FollowBody>,
) -> Result<StatusCode> {
    followers::follow(&platform, &actor, &org, &task, body.follows).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a task on that is nobody’s: exactly one does.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/claim", tag = "tasks", operation_id = "tasks_claim",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "It is yours", body = DoneView),
        (status = 403, description = "You aren’t in its team", body = Problem),
        (status = 404, description = "There is none that you can see, or you are a program", body = Problem),
        (status = 409, description = "Somebody else was first", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn claim(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<DoneView>> {
    let done = claims::claim(&platform, &actor, &org, &task).await?;
    rest::one(&platform, &actor, &org, done).await
}

/// Gives a task back to its team.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/release", tag = "tasks", operation_id = "tasks_release",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "It is back in the queue", body = DoneView),
        (status = 403, description = "It is somebody else’s", body = Problem),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = 409, description = "It is no team’s", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn release(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<DoneView>> {
    let done = claims::release(&platform, &actor, &org, &task).await?;
    rest::one(&platform, &actor, &org, done).await
}

/// What happened to a task, the earliest first: the latest 200 acts.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}/history", tag = "tasks", operation_id = "tasks_history",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
    ),
    responses(
        (status = 200, description = "What happened", body = Vec<HappenedView>),
        (status = 404, description = "There is none that you can see", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_history(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<axum::Json<Vec<HappenedView>>> {
    let mut tx = access::open(&platform, &actor, &org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, &task).await?;
    let (here, names) = (Here::of(&tx)?, Names::read(&mut tx).await?);
    let happened = history::of(&mut tx, &task, &here, &names).await?;
    tx.rollback().await?;
    let view = |one: history::Happened| HappenedView {
        act: one.act,
        who: one.who,
        what: one.what,
        at: one.at.to_string(),
        undone: one.undone,
    };
    Ok(axum::Json(happened.into_iter().map(view).collect()))
}

/// What is one’s own to do, across all lists.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/mine", tag = "tasks", operation_id = "tasks_mine",
    params(MineQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "Each part that has something", body = Vec<PartView>),
        (status = 404, description = "You are a program", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_mine(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<MineQuery>,
) -> Result<axum::Json<Vec<PartView>>> {
    let mut tx = access::open(&platform, &actor, &org, &permissions::VIEW, Access::Read).await?;
    let user = tx.person().ok_or_else(notices::no_inbox)?;
    let found = mine::of(&mut tx, user, Some(asked.more.as_str())).await?;
    tx.rollback().await?;
    let parts = found.parts.into_iter().map(|(part, cards, more)| PartView { part: part.as_str(), cards, more });
    Ok(axum::Json(parts.collect()))
}

/// What one was told.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/inbox", tag = "tasks", operation_id = "tasks_inbox",
    params(BeforeQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "A page of it", body = InboxView),
        (status = 404, description = "You are a program", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_inbox(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<BeforeQuery>,
) -> Result<axum::Json<InboxView>> {
    let before = moment(&asked.before)?;
    let inbox = notices::inbox(&platform, &actor, &org, !asked.all, before).await?;
    let view = |told: notices::Told| NoticeView {
        id: told.id,
        kind: told.kind.as_str(),
        task: told.task,
        number: told.number,
        title: told.title,
        words: told.words,
        quote: told.quote,
        at: told.at.to_string(),
        read: told.read,
    };
    Ok(axum::Json(InboxView {
        notices: inbox.told.into_iter().map(view).collect(),
        unread: inbox.unread,
        more: inbox.more.map(|at| at.to_string()),
    }))
}

/// Notes that one looked at what one was told.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/inbox/read", tag = "tasks", operation_id = "tasks_read_inbox",
    request_body = ReadBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 204, description = "As asked"),
        (status = 404, description = "It isn’t yours, or you are a program", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn read_inbox(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<ReadBody>,
) -> Result<StatusCode> {
    let id = body.id.map(|id| id.to_string());
    notices::read(&platform, &actor, &org, id.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How one is told of what.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/inbox/settings", tag = "tasks", operation_id = "tasks_notice_ways",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "As it is", body = WaysView),
        (status = 404, description = "You are a program", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_ways(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<WaysView>> {
    let mut tx = access::open(&platform, &actor, &org, &permissions::VIEW, Access::Read).await?;
    let user = tx.person().ok_or_else(notices::no_inbox)?;
    let ways = notices::ways(&mut tx, user).await?;
    let daily = letters::daily(&mut tx, user).await?;
    tx.rollback().await?;
    Ok(axum::Json(WaysView {
        ways: ways.into_iter().map(|(kind, way)| (kind.as_str().to_owned(), way)).collect(),
        daily: daily.on,
        hour: daily.hour,
        weekdays: daily.weekdays,
    }))
}

/// Says how one is told of what.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/inbox/settings", tag = "tasks", operation_id = "tasks_choose_notice_ways",
    request_body = WaysView,
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 204, description = "As asked"),
        (status = 404, description = "You are a program", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn choose_ways(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<WaysView>,
) -> Result<StatusCode> {
    let daily = Daily { on: body.daily, hour: body.hour, weekdays: body.weekdays };
    notices::choose(&platform, &actor, &org, &body.ways, &daily).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is in the trash.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/trash", tag = "tasks", operation_id = "tasks_trash",
    params(BeforeQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "A page of it", body = TrashView), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_trash(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<BeforeQuery>,
) -> Result<axum::Json<TrashView>> {
    let page = trash::page(&platform, &actor, &org, moment(&asked.before)?).await?;
    let view = |one: trash::Thrown| ThrownView {
        id: one.id,
        number: one.number,
        title: one.title,
        list: one.list,
        parts: one.parts,
        by: one.by,
    };
    let tasks = page.thrown.into_iter().map(view).collect();
    Ok(axum::Json(TrashView { tasks, more: page.more.map(|at| at.to_string()) }))
}

/// Hands over what is open of somebody, in one act.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/handover", tag = "tasks", operation_id = "tasks_hand_over",
    request_body = HandoverBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "Handed over", body = HandedView),
        (status = 404, description = "Whose it is, or who would get it, isn’t there", body = Problem),
        (status = 422, description = "Who would get it can’t see all of it. Nothing was changed", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn hand_over(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<HandoverBody>,
) -> Result<axum::Json<HandedView>> {
    let to = To::parse(&body.to);
    let to = to.ok_or_else(|| AppError::field("to", "Send person: or team: and an id, or nobody."))?;
    let handed = handover::hand_over(&platform, &actor, &org, body.from, to).await?;
    Ok(axum::Json(HandedView { act: handed.act, count: handed.count, more: handed.more }))
}

/// The lists that give what comes to a team to its members in turn.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/rounds", tag = "tasks", operation_id = "tasks_rounds",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "Those of them that you see", body = Rounds), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_rounds(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<Rounds>> {
    Ok(axum::Json(Rounds { lists: claims::rounds(&platform, &actor, &org).await? }))
}

/// Says which lists give what comes to a team to its members in turn: these, and of those that you see no other.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/rounds", tag = "tasks", operation_id = "tasks_set_rounds",
    request_body = Rounds,
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 204, description = "As asked"),
        (status = 404, description = "You see no such list. Nothing was changed", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn set_rounds(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<Rounds>,
) -> Result<StatusCode> {
    claims::set_rounds(&platform, &actor, &org, &body.lists).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn comment_view(one: Comment) -> CommentView {
    CommentView {
        id: one.id,
        by: one.by,
        words: one.words,
        created_at: one.created_at.to_string(),
        edited_at: one.edited_at.map(|at| at.to_string()),
        version: one.version,
        reactions: one.reactions.into_iter().map(|(what, who)| (what.to_owned(), who)).collect(),
    }
}

fn at_words(error: AppError) -> AppError {
    error.rename_field("comment", "words")
}

/// A moment that a page before gave; none at the beginning.
fn moment(text: &str) -> Result<Option<Instant>> {
    if text.is_empty() {
        return Ok(None);
    }
    let at = text.parse().map_err(|_| AppError::field("before", "Send what the page before gave as “more”."))?;
    Ok(Some(Instant::from_timestamp(at)))
}
