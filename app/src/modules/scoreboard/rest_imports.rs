//! The JSON API of files of results, and of many results at once.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    grid,
    ids::{ImportId, PersonId},
    import_rows::{Columns, Field},
    imports::{self, Judged, Meant, Outcome, Report, SHOWN, Taken},
    store::imports::Import,
};
use crate::{
    clock::Instant,
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem, idempotency_key},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_imports, send_file))
        .routes(routes!(show_import, change_import, leave_import))
        .routes(routes!(take_import))
        .routes(routes!(undo_import))
        .routes(routes!(save_grid))
}

/// A file of results.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    id: ImportId,
    /// `kept`: nobody took it over; `taking`: somebody does, or it stopped in the middle; `taken`; `undoing`; `undone`.
    state: String,
    /// How many rows it has.
    lines: i64,
    /// How many of them came in.
    added: i64,
    /// How many were there already.
    known: i64,
    /// How many were left out, for something was wrong with them.
    left_out: i64,
    /// When it was sent, RFC 3339.
    created_at: String,
    /// When it was taken over, RFC 3339.
    done_at: Option<String>,
    /// When the file goes, RFC 3339; null once it is gone.
    expires_at: Option<String>,
    /// What to send to take it over, or to change what its columns are.
    version: i64,
}

/// A file of results to send.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileBody {
    /// The file itself, as text: CSV, the first row of which names the columns. A request is 256 KB at most: send more in several, with a column
    /// for `external_id`.
    file: String,
    /// Which column is what. Absent: as it was for the last file whose columns are called so, or else what their names say.
    #[serde(default)]
    columns: Option<Columns>,
}

/// What taking a file over would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    #[serde(flatten)]
    import: ImportView,
    /// What its columns are called.
    names: Vec<String>,
    /// Which column is what.
    columns: Columns,
    /// What is missing in `columns` before it can be read: a sentence for each field.
    asks: BTreeMap<String, String>,
    /// So many rows would be added.
    would_add: usize,
    /// So many are there already.
    is_there: usize,
    /// With so many something is wrong.
    wrong: usize,
    /// The first hundred rows: what is wrong first.
    rows: Vec<RowView>,
    /// Names that nobody has.
    unknown: Vec<String>,
}

/// A row of a file, and what becomes of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowView {
    /// The line of the file that it begins on.
    line: u64,
    /// `new`: it would be added; `known`: it is there already; `wrong`.
    outcome: String,
    /// What stands in it, by what its columns are.
    read: BTreeMap<String, String>,
    /// What is wrong.
    wrong: Vec<WrongView>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct WrongView {
    /// `day`, `person`, `amount`, `metric`, `note` or `external_id`; null for the row as a whole.
    field: Option<String>,
    /// What to do about it.
    message: String,
}

/// What the columns of a file are, and whom names mean that nobody has.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeImportBody {
    /// Which column is what. Absent: as it is.
    #[serde(default)]
    columns: Option<Columns>,
    /// Whom names mean that nobody has. Absent: as it is.
    #[serde(default)]
    people: Vec<MeantBody>,
    /// The version that was read.
    version: i64,
}

/// Whom a name means that nobody has.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeantBody {
    /// As the file has it.
    name: String,
    /// Who is meant.
    person: PersonId,
    /// They are called so from now on. It takes who sets the scoreboard up.
    #[serde(default)]
    remember: bool,
}

/// A file to take over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeBody {
    /// The version that was read.
    version: i64,
    /// Rows with which something is wrong are left out. Otherwise nothing is taken over while there are any.
    #[serde(default)]
    partly: bool,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenView {
    /// So many rows came in.
    added: i64,
    /// So many were there already.
    known: i64,
    /// So many were left out.
    left_out: i64,
}

/// Why what a file brought is taken back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoBody {
    /// For whoever looks at it later.
    reason: String,
}

/// Many results at once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridBody {
    /// The word of what is counted.
    metric: String,
    /// What is entered, as it is typed: “1,234.50”, by `{person}_{day}`, as “…_2026-11-24”.
    cells: BTreeMap<String, String>,
}

/// What came of many results at once.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridView {
    /// So many came in; 0 where they did before, with the same key.
    entered: usize,
}

/// The files of results that were sent, the latest first.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/imports", tag = "scoreboard", security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = Vec<ImportView>), (status = "default", body = Problem)))]
async fn list_imports(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ImportView>>> {
    let all = imports::earlier(&platform, &actor, &org).await?;
    Ok(Json(all.iter().map(|one| import_view(&one.import)).collect()))
}

/// Sends a file of results. Nothing of it is entered: the answer says what would be. It is kept for a week.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/imports", tag = "scoreboard", request_body = FileBody,
    security(("token" = ["scoreboard.manage"])),
    responses((status = 201, body = ReportView), (status = "default", body = Problem)))]
async fn send_file(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<FileBody>,
) -> Result<(StatusCode, Json<ReportView>)> {
    let id = imports::keep(&platform, &actor, &org, body.file.as_bytes()).await?.to_string();
    if let Some(columns) = &body.columns
        && let Err(refused) = imports::choose(&platform, &actor, &org, &id, columns, 1).await
    {
        // Whoever sends it again with other columns doesn't have it twice.
        imports::leave(&platform, &actor, &org, &id).await?;
        return Err(refused);
    }
    let report = imports::dry_run(&platform, &actor, &org, &id).await?;
    Ok((StatusCode::CREATED, Json(report_view(report))))
}

/// What taking a file over would do; or what it did.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/imports/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = ReportView), (status = "default", body = Problem)))]
async fn show_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<ReportView>> {
    Ok(Json(report_view(imports::dry_run(&platform, &actor, &org, &id).await?)))
}

/// Says which columns of a file are what, and whom names mean that nobody has. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/imports/{id}", tag = "scoreboard", request_body = ChangeImportBody,
    security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = ReportView), (status = "default", body = Problem)))]
async fn change_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ChangeImportBody>,
) -> Result<Json<ReportView>> {
    let mut version = body.version;
    if let Some(columns) = &body.columns {
        imports::choose(&platform, &actor, &org, &id, columns, version).await?;
        version += 1;
    }
    if !body.people.is_empty() {
        let meant = |one: MeantBody| Meant { name: one.name, person: one.person.to_string(), remember: one.remember };
        let said: Vec<Meant> = body.people.into_iter().map(meant).collect();
        imports::name_people(&platform, &actor, &org, &id, &said, version).await?;
    }
    Ok(Json(report_view(imports::dry_run(&platform, &actor, &org, &id).await?)))
}

/// Leaves a file of which nothing came in: it goes at once. 409 where something did.
#[utoipa::path(delete, path = "/orgs/{org}/scoreboard/imports/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.manage"])), responses((status = 204), (status = "default", body = Problem)))]
async fn leave_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    imports::leave(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a file over. Each of its rows comes in once: doing it again goes on where it stopped, and answers the same once it is done; and what another
/// file brought already isn’t added again. 409 where it has changed since the version that is sent, or somebody takes it over just now.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/imports/{id}/take", tag = "scoreboard", request_body = TakeBody,
    security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = TakenView), (status = "default", body = Problem)))]
async fn take_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<TakeBody>,
) -> Result<Json<TakenView>> {
    let taken = imports::take(&platform, &actor, &org, &id, body.version, body.partly).await?;
    let Taken { added, known, left_out } = taken;
    Ok(Json(TakenView { added, known, left_out }))
}

/// Takes back what a file brought, all of it that nobody took back or put right before. 409 where something of it counts in a closed period.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/imports/{id}/undo", tag = "scoreboard", request_body = UndoBody,
    security(("token" = ["scoreboard.manage"])), responses((status = 204), (status = "default", body = Problem)))]
async fn undo_import(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<UndoBody>,
) -> Result<StatusCode> {
    imports::undo(&platform, &actor, &org, &id, &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Enters many results of one metric at once: all of them, or nothing where something is wrong with one. The same `Idempotency-Key` with the same body
/// enters once.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/grid", tag = "scoreboard", request_body = GridBody,
    params(("Idempotency-Key" = String, Header)), security(("token" = ["scoreboard.manage"])),
    responses((status = 200, body = GridView), (status = "default", body = Problem)))]
async fn save_grid(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<GridBody>,
) -> Result<Json<GridView>> {
    let key = idempotency_key(&headers)?;
    let entered = grid::save(&platform, &actor, &org, &body.metric, &body.cells, &key).await?;
    Ok(Json(GridView { entered }))
}

fn import_view(import: &Import) -> ImportView {
    let at = |at: Option<Instant>| at.map(|at| at.to_string());
    ImportView {
        id: import.id,
        state: import.state.clone(),
        lines: import.lines,
        added: import.added,
        known: import.known,
        left_out: import.left_out,
        created_at: import.created_at.to_string(),
        done_at: at(import.done_at),
        expires_at: at(import.expires_at),
        version: import.version,
    }
}

fn report_view(report: Report) -> ReportView {
    let count = |outcome: Outcome| report.count(outcome);
    ReportView {
        import: import_view(&report.import),
        would_add: count(Outcome::New),
        is_there: count(Outcome::Known),
        wrong: count(Outcome::Wrong),
        rows: report.rows.iter().take(SHOWN).map(row_view).collect(),
        unknown: report.unknown.iter().map(|one| one.name.clone()).collect(),
        asks: report.asks.iter().map(|one| (one.field.clone(), one.message.clone())).collect(),
        columns: report.columns,
        names: report.names,
    }
}

fn row_view(judged: &Judged) -> RowView {
    let read = Field::ALL.into_iter().map(|field| (field.as_str().to_owned(), judged.row.cell(field).to_owned()));
    let wrong = judged.row.wrong.iter();
    RowView {
        line: judged.row.line,
        outcome: judged.outcome.as_str().to_owned(),
        read: read.filter(|(_, text)| !text.is_empty()).collect(),
        wrong: wrong
            .map(|wrong| WrongView {
                field: wrong.field.map(|field| field.as_str().to_owned()),
                message: wrong.message.clone(),
            })
            .collect(),
    }
}
