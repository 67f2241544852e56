//! The JSON API of what comes in and goes out: files at tasks, files of other products, links that show a list, days for calendars, and mail to a list.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::post,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    feeds::{self, MadeFeed},
    files::{self, Attached},
    http_inout::{export, whole},
    ids::{ActId, FeedId, FileId, ImportId, ListId, ShareId},
    import_fit::Account,
    import_from,
    import_from::plain::Columns,
    imports::{self, ChoiceOf, Person, Report, To},
    list_export::{Exported, Form},
    mail_in::{self, Mailbox},
    permissions,
    rest::{DoneView, one},
    shares::{self, MadeShare, ShareBody},
    store_inout::{FeedRow, ImportRow, ShareRow},
};
use crate::{
    clock::Instant,
    error::{AppError, Result},
    ids::UserId,
    module::SentFile,
    org::{Actor, OrgRef, OrgTx, Permission},
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query, idempotency_key, key_of},
};

/// Those that take files as they are; [`files`] has their routes.
#[derive(OpenApi)]
#[openapi(paths(add_file, send_import))]
struct Described;

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(list_files))
        .routes(routes!(remove_file))
        .routes(routes!(list_imports))
        .routes(routes!(show_import, change_import, leave_import))
        .routes(routes!(take_import))
        .routes(routes!(undo_import))
        .routes(routes!(export_csv))
        .routes(routes!(export_json))
        .routes(routes!(list_shares, make_share))
        .routes(routes!(end_share))
        .routes(routes!(list_feeds, make_feed))
        .routes(routes!(revoke_feed))
        .routes(routes!(show_mailbox, set_mailbox, close_mailbox))
}

/// Routes that take files as they are.
pub fn files() -> Router<Platform> {
    Router::new()
        .route("/api/v1/orgs/{org}/tasks/tasks/{task}/files", post(add_file))
        .route("/api/v1/orgs/{org}/tasks/imports", post(send_import))
}

/// A file at a task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFileView)]
pub struct FileView {
    id: FileId,
    /// What it is called.
    name: String,
    /// `png`, `pdf`, `docx`, `text`, `zip`, …
    kind: &'static str,
    /// How large it is.
    bytes: i64,
    /// Who brought it, where that was a member.
    by: Option<UserId>,
    /// RFC 3339.
    created_at: String,
    /// Where it is, for whoever sees the task.
    url: String,
}

/// A file that was added to a task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFileAddedView)]
pub struct FileAddedView {
    /// The file.
    #[serde(flatten)]
    file: FileView,
    /// What was done: send it to `/acts/{act}/undo` to take it away again.
    act: Option<ActId>,
}

/// What is called what, of a new file.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct NameQuery {
    /// What it is called; the ending is put right by what is in it.
    name: String,
}

/// Whose file is sent.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct FromQuery {
    /// `trello`, `todoist`, `asana`, `vikunja` or `csv`.
    from: String,
}

/// A file of another product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskImportView)]
pub struct ImportView {
    id: ImportId,
    /// `trello`, `todoist`, `asana`, `vikunja` or `csv`.
    from: String,
    /// `kept`: nobody took it over; `taking`: somebody does, or it stopped in the middle; `taken`; `undoing`; `undone`.
    state: String,
    /// How many tasks came in so far.
    tasks: i64,
    /// What taking it over would do; or as it was told when it was.
    account: Account,
    /// Its people, and whom they are taken for.
    people: Vec<Person>,
    /// Where it goes.
    to: Option<To>,
    /// Of a table: what its columns are called.
    names: Vec<String>,
    /// Of a table: which column is what; the first is 0.
    columns: Option<Columns>,
    /// Of a table: what is missing in `columns` before it can be read, by field.
    asks: BTreeMap<String, String>,
    /// The same file was taken over before, then. RFC 3339.
    before: Option<String>,
    /// The lists that it made, or went into.
    lists: Vec<ListId>,
    /// When it was sent, RFC 3339.
    created_at: String,
    /// When the file goes, RFC 3339; null once it is gone.
    expires_at: Option<String>,
    /// What to send to take it over, or to choose something.
    version: i64,
}

/// A file that was sent earlier.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskImportCard)]
pub struct ImportCard {
    id: ImportId,
    /// `trello`, `todoist`, `asana`, `vikunja` or `csv`.
    from: String,
    /// As in the whole.
    state: String,
    /// How many tasks came in so far.
    tasks: i64,
    /// RFC 3339.
    created_at: String,
}

/// What is chosen for a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskImportChange)]
pub struct ChangeBody {
    /// What is different.
    #[serde(default)]
    choice: ChoiceOf,
    /// The version that was read.
    version: i64,
}

/// A file to take over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskImportTake)]
pub struct TakeBody {
    /// The version that was read.
    version: i64,
    /// Though the same file was taken over before.
    #[serde(default)]
    again: bool,
}

/// A link that shows a list; never its address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskShareView)]
pub struct ShareView {
    id: ShareId,
    /// It says who is on a task.
    shows_who: bool,
    /// It shows notes.
    shows_notes: bool,
    /// As a board whose columns go by that; null: as a list.
    board_by: Option<String>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null: until it is ended.
    expires_at: Option<String>,
}

/// An address for one’s own calendar to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskFeedBody)]
pub struct FeedBody {
    /// Of this list; absent: of what is one’s own.
    #[serde(default)]
    list: Option<ListId>,
}

/// An address for one’s own calendar; never the address itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFeedView)]
pub struct FeedView {
    id: FeedId,
    /// Of this list; null: of what is one’s own.
    list: Option<ListId>,
    /// RFC 3339.
    created_at: String,
    /// When it was read last, RFC 3339.
    read_at: Option<String>,
}

/// From whom a list takes mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskMailboxBody)]
pub struct MailboxBody {
    /// `members`: from members who see the list; `anyone`.
    takes: String,
}

/// How a list takes mail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskMailboxAnswer)]
pub struct MailboxView {
    /// Null: it doesn’t.
    mailbox: Option<Mailbox>,
}

/// The files of a task.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/tasks/{task}/files", tag = "tasks", operation_id = "tasks_files",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("task" = String, Path, description = "Its id, or its number: T-12")),
    responses((status = 200, body = Vec<FileView>), (status = "default", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_files(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
) -> Result<Json<Vec<FileView>>> {
    let (_, all) = files::show(&platform, &actor, &org, &task).await?;
    Ok(Json(all.into_iter().map(|file| FileView::of(&org, file)).collect()))
}

/// Adds a file to a task: the body is the file itself. The same file with the same key adds nothing more.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/tasks/{task}/files", tag = "tasks", operation_id = "tasks_add_file",
    request_body(content = String, description = "The file, up to 25 MB", content_type = "application/octet-stream"),
    params(
        NameQuery,
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("task" = String, Path, description = "Its id, or its number: T-12"),
        ("Idempotency-Key" = String, Header, description = "The same request with the same key adds nothing more"),
    ),
    responses((status = 201, body = FileAddedView), (status = "default", body = Problem)),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn add_file(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, task)): Path<(String, String)>,
    Query(asked): Query<NameQuery>,
    request: Request,
) -> Result<(StatusCode, Json<FileAddedView>)> {
    let (headers, content) = body(&platform, &actor, &org, &permissions::CHANGE, request, files::LARGEST).await?;
    let key = idempotency_key(&headers)?;
    let sent = SentFile { name: asked.name, content: content.to_vec() };
    let (done, id) = files::add(&platform, &actor, &org, &task, sent, Some(&key)).await?;
    let (_, all) = files::show(&platform, &actor, &org, &task).await?;
    let added = all.into_iter().find(|file| file.id == id).ok_or_else(|| AppError::not_found("that file"))?;
    Ok((StatusCode::CREATED, Json(FileAddedView { file: FileView::of(&org, added), act: done.act })))
}

/// Takes a file away. Undoing that brings it back.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/files/{id}", tag = "tasks", operation_id = "tasks_remove_file",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("id" = String, Path, description = "The file’s id")),
    responses((status = 200, body = DoneView), (status = "default", body = Problem)),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn remove_file(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<axum::Json<DoneView>> {
    let done = files::remove(&platform, &actor, &org, &id).await?;
    one(&platform, &actor, &org, done).await
}

/// The files of other products that were sent, the latest first.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/imports", tag = "tasks", operation_id = "tasks_imports",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, body = Vec<ImportCard>), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn list_imports(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ImportCard>>> {
    let all = imports::earlier(&platform, &actor, &org).await?;
    let card = |import: ImportRow| ImportCard {
        id: import.id,
        from: import.source,
        state: import.state,
        tasks: import.tasks,
        created_at: import.created_at.to_string(),
    };
    Ok(Json(all.into_iter().map(|one| card(one.import)).collect()))
}

/// Sends a file of another product: the body is the file itself. Nothing of it comes in: the answer says what would. It is kept for a week.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/imports", tag = "tasks", operation_id = "tasks_send_import",
    request_body(content = String, description = "The file, up to 32 MB", content_type = "application/octet-stream"),
    params(FromQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 201, body = ImportView), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn send_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<FromQuery>,
    request: Request,
) -> Result<(StatusCode, Json<ImportView>)> {
    let largest = import_from::MOST_MEGABYTES * 1024 * 1024;
    let (_, content) = body(&platform, &actor, &org, &permissions::ORGANISE, request, largest).await?;
    let from = imports::from_of(&asked.from)?;
    let id = imports::keep(&platform, &actor, &org, from, &content).await?.to_string();
    Ok((StatusCode::CREATED, Json(import_view(imports::dry_run(&platform, &actor, &org, &id).await?))))
}

/// What taking a file over would do; or what it did.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/imports/{id}", tag = "tasks", operation_id = "tasks_show_import",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("id" = String, Path, description = "The file’s id")),
    responses((status = 200, body = ImportView), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn show_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<ImportView>> {
    Ok(Json(import_view(imports::dry_run(&platform, &actor, &org, &id).await?)))
}

/// Says where a file goes, whom its people are, and of a table what its columns are. 409 where it has changed since the version that is sent.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/imports/{id}", tag = "tasks", operation_id = "tasks_choose_import", request_body = ChangeBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("id" = String, Path, description = "The file’s id")),
    responses((status = 200, body = ImportView), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn change_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ChangeBody>,
) -> Result<Json<ImportView>> {
    imports::choose(&platform, &actor, &org, &id, &body.choice, body.version).await?;
    Ok(Json(import_view(imports::dry_run(&platform, &actor, &org, &id).await?)))
}

/// Leaves a file of which nothing came in: it goes at once. 409 where something did.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/imports/{id}", tag = "tasks", operation_id = "tasks_leave_import",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("id" = String, Path, description = "The file’s id")),
    responses((status = 204), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn leave_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    imports::leave(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a file over. Doing it again goes on where it stopped, and answers the same once it is done. 409 where it has changed since the version that is
/// sent, or somebody takes it over just now.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/imports/{id}/take", tag = "tasks", operation_id = "tasks_take_import", request_body = TakeBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("id" = String, Path, description = "The file’s id")),
    responses((status = 200, body = ImportView), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn take_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<TakeBody>,
) -> Result<Json<ImportView>> {
    imports::take(&platform, &actor, &org, &id, body.version, body.again).await?;
    Ok(Json(import_view(imports::dry_run(&platform, &actor, &org, &id).await?)))
}

/// Takes back what a file brought: its tasks go to the trash.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/imports/{id}/undo", tag = "tasks", operation_id = "tasks_undo_import",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("id" = String, Path, description = "The file’s id")),
    responses((status = 204), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn undo_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    imports::undo(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A list as a table, without comments and files: no cell of it is a formula.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/lists/{list}/export.csv", tag = "tasks", operation_id = "tasks_export_csv",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
    ),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/csv"),
        (status = 404, description = "There is no such list that you can see", body = Problem),
        (status = 413, description = "It has more than 50,000 tasks", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn export_csv(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    export(&platform, &actor, (&org, &list), Form::Csv, &headers).await
}

/// A list with its tasks, their checklists, dependencies, repeats and fields, without comments and files. Its names stay as they are.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/lists/{list}/export.json", tag = "tasks", operation_id = "tasks_export_json",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
    ),
    responses(
        (status = 200, description = "The file", body = Exported),
        (status = 404, description = "There is no such list that you can see", body = Problem),
        (status = 413, description = "It has more than 50,000 tasks", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn export_json(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    export(&platform, &actor, (&org, &list), Form::Json, &headers).await
}

/// By which links a list is shown.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/lists/{list}/shares", tag = "tasks", operation_id = "tasks_shares",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("list" = String, Path, description = "The list’s id")),
    responses((status = 200, body = Vec<ShareView>), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise", "tasks.view"]), ("session" = []))
)]
async fn list_shares(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
) -> Result<Json<Vec<ShareView>>> {
    let all = shares::of_list(&platform, &actor, &org, &list).await?;
    let view = |share: ShareRow| ShareView {
        id: share.id,
        shows_who: share.shows_who,
        shows_notes: share.shows_notes,
        board_by: share.board_by,
        created_at: share.created_at.to_string(),
        expires_at: share.expires_at.map(|at| at.to_string()),
    };
    Ok(Json(all.into_iter().map(view).collect()))
}

/// Makes a link that shows a list to whoever has it. Its address is told this once.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/lists/{list}/shares", tag = "tasks", operation_id = "tasks_make_share", request_body = ShareBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("list" = String, Path, description = "The list’s id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key makes one link: the second is a 409, as its address is told once"),
    ),
    responses((status = 201, body = MadeShare), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise", "tasks.view"]), ("session" = []))
)]
async fn make_share(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<ShareBody>,
) -> Result<(StatusCode, Json<MadeShare>)> {
    let key = key_of(&headers);
    let made = shares::make(&platform, &actor, &org, &list, &body, key.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Ends a link: it shows nothing any more.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/shares/{id}", tag = "tasks", operation_id = "tasks_end_share",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("id" = String, Path, description = "The link’s id")),
    responses((status = 204), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn end_share(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    shares::end(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One’s own addresses for calendars. For people.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/feeds", tag = "tasks", operation_id = "tasks_feeds",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, body = Vec<FeedView>), (status = "default", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_feeds(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<FeedView>>> {
    let all = feeds::mine(&platform, &actor, &org).await?;
    let view = |feed: FeedRow| FeedView {
        id: feed.id,
        list: feed.list_id,
        created_at: feed.created_at.to_string(),
        read_at: feed.read_at.map(|at| at.to_string()),
    };
    Ok(Json(all.into_iter().map(|(feed, _)| view(feed)).collect()))
}

/// Makes an address for one’s own calendar; the one before, of the same, stops working. It is told this once. For people.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/feeds", tag = "tasks", operation_id = "tasks_make_feed", request_body = FeedBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 201, body = MadeFeed), (status = "default", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn make_feed(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<FeedBody>,
) -> Result<(StatusCode, Json<MadeFeed>)> {
    let list = body.list.map(|list| list.to_string());
    Ok((StatusCode::CREATED, Json(feeds::make(&platform, &actor, &org, list.as_deref()).await?)))
}

/// Takes one’s own address away. For people.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/feeds/{id}", tag = "tasks", operation_id = "tasks_revoke_feed",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("id" = String, Path, description = "The address’s id")),
    responses((status = 204), (status = "default", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn revoke_feed(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    feeds::revoke(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a list takes mail. 404 where this platform takes no mail.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/lists/{list}/mail", tag = "tasks", operation_id = "tasks_mailbox",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("list" = String, Path, description = "The list’s id")),
    responses((status = 200, body = MailboxView), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn show_mailbox(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
) -> Result<Json<MailboxView>> {
    let mailbox = mail_in::of_list(&platform, &actor, &org, &list).await?;
    Ok(Json(MailboxView { mailbox }))
}

/// Has a list take mail. 404 where this platform takes no mail.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/lists/{list}/mail", tag = "tasks", operation_id = "tasks_set_mailbox", request_body = MailboxBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("list" = String, Path, description = "The list’s id")),
    responses((status = 200, body = Mailbox), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn set_mailbox(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
    Json(body): Json<MailboxBody>,
) -> Result<Json<Mailbox>> {
    Ok(Json(mail_in::turn_on(&platform, &actor, &org, &list, &body.takes).await?))
}

/// A list takes mail no longer.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/lists/{list}/mail", tag = "tasks", operation_id = "tasks_close_mailbox",
    params(("org" = String, Path, description = "The word in the organisation’s addresses"), ("list" = String, Path, description = "The list’s id")),
    responses((status = 204), (status = "default", body = Problem)),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn close_mailbox(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, list)): Path<(String, String)>,
) -> Result<StatusCode> {
    mail_in::turn_off(&platform, &actor, &org, &list).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl FileView {
    fn of(org: &str, file: Attached) -> Self {
        Self {
            url: format!("/app/{org}/tasks/files/{}", file.id),
            id: file.id,
            name: file.name,
            kind: file.kind.as_str(),
            bytes: file.bytes,
            by: file.by,
            created_at: file.created_at.to_string(),
        }
    }
}

/// What is sent, read only where whoever sends it may.
async fn body(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    need: &'static Permission,
    request: Request,
    largest: usize,
) -> Result<(HeaderMap, Bytes)> {
    OrgTx::before_a_change(platform, actor, OrgRef::Slug(org), need).await?.rollback().await?;
    let (head, body) = request.into_parts();
    Ok((head.headers, whole(body, largest).await?))
}

fn import_view(report: Report) -> ImportView {
    let at = |at: Option<Instant>| at.map(|at| at.to_string());
    let is_table = !report.names.is_empty();
    ImportView {
        id: report.import.id,
        from: report.import.source,
        state: report.import.state,
        tasks: report.import.tasks,
        account: report.account,
        people: report.people,
        to: report.to,
        names: report.names,
        columns: is_table.then_some(report.columns),
        asks: report.asks.into_iter().map(|ask| (ask.field, ask.message)).collect(),
        before: at(report.before),
        lists: report.lists.into_iter().map(|(id, _)| id).collect(),
        created_at: report.import.created_at.to_string(),
        expires_at: at(report.import.expires_at),
        version: report.import.version,
    }
}
