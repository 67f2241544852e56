//! The JSON API of finding: the search, what the box finds, filters that are kept, reports and the workload.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    figures::{Amount, Bucket, Taken},
    filters::{self, By, FilterBody, Kept},
    ids::{FilterId, TaskId},
    lists::To,
    reports::{self, Late, Report},
    rest_lists::{AddedView, PlaceBody, RemovedView, added},
    search::{self, Item, Line},
    workload,
};
use crate::{
    error::{AppError, Result},
    ids::UserId,
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(search_tasks))
        .routes(routes!(find_in_box))
        .routes(routes!(list_filters, add_filter))
        .routes(routes!(show_filter, change_filter, delete_filter))
        .routes(routes!(move_filter))
        .routes(routes!(report))
        .routes(routes!(show_workload, set_capacity))
}

/// A task that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFoundView)]
pub struct FoundView {
    id: TaskId,
    /// What people call it by: T-12.
    n: i64,
    /// What is to be done.
    title: String,
    /// The name of its list.
    list: String,
    /// The name of its status.
    status: String,
    /// `2026-11-27`
    due_day: Option<String>,
    /// It is completed.
    done: bool,
    /// The part of its notes, or of what was said about it, that has what was looked for; null: that is in its title.
    snippet: Option<String>,
}

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskResultsView)]
pub struct ResultsView {
    /// A page of it: what has it in its title first, the newest first.
    tasks: Vec<FoundView>,
    /// How many there are.
    total: usize,
    /// Which page this is, from 1.
    page: usize,
    /// More could be meant than were looked through.
    cut: bool,
}

/// What the box finds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskItemsView)]
pub struct ItemsView {
    /// Tasks first, then lists, filters and pages.
    items: Vec<Item>,
}

/// A filter that is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFilterView)]
pub struct FilterView {
    id: FilterId,
    /// Its name.
    name: String,
    /// What it asks for.
    query: String,
    /// Everybody who sees tasks has it.
    shared: bool,
    /// It is whoever asks’s own.
    own: bool,
    /// To change it.
    version: i64,
}

/// The filters that whoever asks has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFiltersView)]
pub struct FiltersView {
    /// In order.
    filters: Vec<FilterView>,
}

/// What a filter finds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFilteredView)]
pub struct FilteredView {
    /// The filter.
    filter: FilterView,
    /// The first 500 of them, by list.
    tasks: Vec<FoundView>,
    /// How many there are.
    total: usize,
    /// More could be meant than were looked through.
    cut: bool,
}

/// A week.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskWeekView)]
pub struct WeekView {
    /// Its Monday.
    monday: String,
    /// Tasks added in it.
    added: i64,
    /// Tasks completed in it.
    completed: i64,
}

/// Things that took, or are late by, about as many days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskDaysView)]
pub struct DaysView {
    /// From so many days on.
    from: i64,
    /// Before so many; null: however many.
    until: Option<i64>,
    /// How many there are.
    count: i64,
}

/// How many days things took.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskTakenView)]
pub struct TakenView {
    /// How many there are.
    count: i64,
    /// Half of them took so many days or fewer.
    median: Option<i64>,
    /// 85 of 100 did.
    mostly: Option<i64>,
    /// How many took how long.
    days: Vec<DaysView>,
}

/// How late open tasks are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskLateView)]
pub struct LateView {
    /// Whose they are.
    name: String,
    /// How many are open.
    open: i64,
    /// How many of them are overdue.
    overdue: i64,
    /// By how many days the latest is; 0: none.
    latest: i64,
    /// How many are how late.
    days: Vec<DaysView>,
}

/// How much stood where at a day’s end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFlowView)]
pub struct FlowView {
    /// The day.
    day: String,
    /// Not begun.
    open: i64,
    /// Begun.
    started: i64,
    /// Done.
    done: i64,
}

/// How long a template takes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskTemplateTimesView)]
pub struct TemplateTimesView {
    /// Its name.
    name: String,
    /// How many are going on.
    running: i64,
    /// How long those took that are over.
    taken: TakenView,
    /// The step that takes longest.
    slowest_step: Option<String>,
    /// Half of the times it took so many days or fewer.
    slowest_days: Option<i64>,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskReportView)]
pub struct ReportView {
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// What was added and completed.
    weeks: Vec<WeekView>,
    /// From added to completed.
    lead: TakenView,
    /// From begun to completed.
    cycle: TakenView,
    /// What is overdue now, by list.
    lists: Vec<LateView>,
    /// By person: for whom their figures are.
    people: Vec<LateView>,
    /// By team’s queue.
    teams: Vec<LateView>,
    /// How much stood where at each day’s end; null: too much has moved to say.
    flow: Option<Vec<FlowView>>,
    /// How long templates took that were started in this time.
    templates: Vec<TemplateTimesView>,
}

/// Tasks and what they are thought to take.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskAmountView)]
pub struct AmountView {
    /// How many.
    tasks: i64,
    /// How many of them have no estimate.
    unestimated: i64,
    /// In minutes.
    minutes: i64,
}

/// What somebody has to do in a week.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskLoadWeekView)]
pub struct LoadWeekView {
    /// Its Monday.
    monday: String,
    /// The tasks due in it, and the minutes that fall on it.
    amount: AmountView,
    /// What they can do in it, in minutes.
    capacity: i64,
}

/// What somebody has to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskLoadView)]
pub struct LoadView {
    /// Who; null: nobody yet.
    person: Option<UserId>,
    /// Their name.
    name: String,
    /// What they can do in a week, in minutes.
    capacity: Option<i64>,
    /// What was due before today.
    late: AmountView,
    /// By week.
    weeks: Vec<LoadWeekView>,
    /// What is due later.
    later: AmountView,
    /// What has no due date.
    undated: AmountView,
}

/// Who has how much to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskWorkloadView)]
pub struct WorkloadView {
    /// For whom their figures are, by name, and last what is nobody’s yet.
    people: Vec<LoadView>,
}

/// How much somebody can do in a week.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskCapacityBody)]
pub struct CapacityBody {
    /// Who; absent: everybody of whom nothing else is said.
    #[serde(default)]
    person: Option<UserId>,
    /// `38`, `37.5`; empty: what everybody can.
    hours: String,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct SearchQuery {
    /// What to look for: words, and what filters are made of, 2,000 characters at most. Of the tasks that can be meant the newest 2,000 are looked
    /// through; `cut` says where there are more.
    q: String,
    /// From 1.
    page: Option<usize>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct FindQuery {
    /// What was typed so far, 2,000 characters at most.
    q: String,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct ReportQuery {
    /// `4w`, `12w`, `26w`, `financial-year` or `custom`; twelve weeks if absent.
    period: String,
    /// The first day, of `custom`.
    from: String,
    /// The last day, of `custom`.
    to: String,
    /// A list’s id; all if absent.
    list: String,
    /// A space’s id.
    space: String,
    /// A team’s id: what is in its queue.
    team: String,
    /// A member’s id: what is theirs.
    person: String,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
struct WorkloadQuery {
    /// A space’s id; all if absent.
    space: String,
    /// A list’s id.
    list: String,
    /// A team’s id: who is in it.
    team: String,
}

/// Searches titles, notes and comments of all tasks that you see, 50 at a time.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/search", tag = "tasks", operation_id = "tasks_search",
    params(SearchQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "A page of what was found", body = ResultsView),
        (status = 422, description = "It can’t be read; where is told", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn search_tasks(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<SearchQuery>,
) -> Result<axum::Json<ResultsView>> {
    let found = search::find(&platform, &actor, &org, &asked.q, asked.page.unwrap_or(1)).await?;
    if let Some((message, _)) = found.problem {
        return Err(AppError::field("q", message));
    }
    let (total, page, cut) = (found.total, found.page, found.cut);
    let text = |pieces: Vec<(String, bool)>| pieces.into_iter().map(|(piece, _)| piece).collect::<String>();
    let tasks = found.hits.into_iter().map(|hit| {
        let snippet = (!hit.snippet.is_empty()).then(|| text(hit.snippet));
        FoundView { snippet, ..view(hit.line) }
    });
    Ok(axum::Json(ResultsView { tasks: tasks.collect(), total, page, cut }))
}

/// What the box of the dashboard finds while somebody types: tasks by number and title, lists, filters and pages.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/find", tag = "tasks", operation_id = "tasks_find",
    params(FindQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "A few of each", body = ItemsView),
        (status = 422, description = "It is too long", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn find_in_box(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<FindQuery>,
) -> Result<axum::Json<ItemsView>> {
    Ok(axum::Json(ItemsView { items: search::find_in_box(&platform, &actor, &org, &asked.q).await? }))
}

/// The filters that are kept: your own, and everybody’s.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/filters", tag = "tasks", operation_id = "tasks_filters",
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses((status = 200, description = "In order", body = FiltersView), (status = "default", description = "Anything else that went wrong", body = Problem)),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn list_filters(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<axum::Json<FiltersView>> {
    let all = filters::list(&platform, &actor, &org).await?;
    Ok(axum::Json(FiltersView { filters: all.into_iter().map(filter).collect() }))
}

/// Keeps a filter.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/filters", tag = "tasks", operation_id = "tasks_add_filter",
    request_body = FilterBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 201, description = "Kept", body = AddedView),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn add_filter(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<FilterBody>,
) -> Result<(StatusCode, axum::Json<AddedView>)> {
    Ok(added(filters::add(&platform, &actor, &org, &body).await?.0, None))
}

/// A filter, and what it finds.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/filters/{id}", tag = "tasks", operation_id = "tasks_show_filter",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "The filter, and what of it you see", body = FilteredView),
        (status = 404, description = "You have none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_filter(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<axum::Json<FilteredView>> {
    let page = filters::page(&platform, &actor, &org, &id, By::List).await?;
    let tasks = page.groups.into_iter().flat_map(|group| group.lines).map(view).collect();
    Ok(axum::Json(FilteredView { filter: filter(page.kept), tasks, total: page.total, cut: page.cut }))
}

/// Changes a filter.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/filters/{id}", tag = "tasks", operation_id = "tasks_change_filter",
    request_body = FilterBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "It is everybody’s, and somebody else’s to change", body = Problem),
        (status = 404, description = "You have none", body = Problem),
        (status = 409, description = "Somebody else changed it; what holds now is at each field", body = Problem),
        (status = 422, description = "Fields need changing", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn change_filter(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<FilterBody>,
) -> Result<StatusCode> {
    filters::save(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps a filter no longer.
///
/// That can be undone.
#[utoipa::path(
    delete, path = "/orgs/{org}/tasks/filters/{id}", tag = "tasks", operation_id = "tasks_delete_filter",
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "It is gone", body = RemovedView),
        (status = 403, description = "It is everybody’s, and somebody else’s to change", body = Problem),
        (status = 404, description = "You have none", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn delete_filter(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<axum::Json<RemovedView>> {
    let act = filters::delete(&platform, &actor, &org, &id).await?;
    Ok(axum::Json(RemovedView { act }))
}

/// Moves a filter among the others.
#[utoipa::path(
    post, path = "/orgs/{org}/tasks/filters/{id}/move", tag = "tasks", operation_id = "tasks_move_filter",
    request_body = PlaceBody,
    params(
        ("org" = String, Path, description = "The word in the organisation’s addresses"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 204, description = "Moved"),
        (status = 403, description = "It is everybody’s, and somebody else’s to move", body = Problem),
        (status = 404, description = "You have none, or not the one that it is to come after", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.change"]), ("session" = []))
)]
async fn move_filter(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<PlaceBody>,
) -> Result<StatusCode> {
    filters::move_to(&platform, &actor, &org, &id, To::After(body.after)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was added and done, how long it took, what is late, and how much stood where.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/reports", tag = "tasks", operation_id = "tasks_report",
    params(ReportQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "Of what you see", body = ReportView),
        (status = 404, description = "A list, space, team or person isn’t there for you", body = Problem),
        (status = 422, description = "There is no such period", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn report(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<ReportQuery>,
) -> Result<axum::Json<ReportView>> {
    let ReportQuery { period, from, to, list, space, team, person } = asked;
    let asked = reports::Asked { period, from, to, list, space, team, person };
    Ok(axum::Json(reported(reports::read(&platform, &actor, &org, &asked).await?)))
}

/// Who has how much to do in the weeks to come.
#[utoipa::path(
    get, path = "/orgs/{org}/tasks/workload", tag = "tasks", operation_id = "tasks_workload",
    params(WorkloadQuery, ("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 200, description = "Of what you see", body = WorkloadView),
        (status = 404, description = "A list, space or team isn’t there for you", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.view"]), ("session" = []))
)]
async fn show_workload(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<WorkloadQuery>,
) -> Result<axum::Json<WorkloadView>> {
    let WorkloadQuery { space, list, team } = asked;
    let load = workload::read(&platform, &actor, &org, &workload::Asked { space, list, team }).await?;
    let mondays = load.mondays;
    let people = load.people.into_iter().map(|person| LoadView {
        person: person.user,
        name: person.name,
        capacity: person.capacity,
        late: amount(person.late),
        weeks: person
            .weeks
            .iter()
            .zip(&mondays)
            .map(|(week, monday)| LoadWeekView {
                monday: monday.to_string(),
                amount: amount(week.amount),
                capacity: week.capacity,
            })
            .collect(),
        later: amount(person.later),
        undated: amount(person.undated),
    });
    Ok(axum::Json(WorkloadView { people: people.collect() }))
}

/// Says how much somebody, or everybody, can do in a week.
#[utoipa::path(
    put, path = "/orgs/{org}/tasks/workload", tag = "tasks", operation_id = "tasks_set_capacity",
    request_body = CapacityBody,
    params(("org" = String, Path, description = "The word in the organisation’s addresses")),
    responses(
        (status = 204, description = "Said"),
        (status = 404, description = "That person doesn’t belong", body = Problem),
        (status = 422, description = "These aren’t hours of a week", body = Problem),
        (status = "default", description = "Anything else that went wrong", body = Problem),
    ),
    security(("token" = ["tasks.organise"]), ("session" = []))
)]
async fn set_capacity(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<CapacityBody>,
) -> Result<StatusCode> {
    let person = body.person.map(|user| user.to_string()).unwrap_or_default();
    workload::set_capacity(&platform, &actor, &org, &person, &body.hours).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(line: Line) -> FoundView {
    let Line { task, list, status, .. } = line;
    FoundView {
        id: task.id,
        n: task.number,
        done: task.is_done(),
        due_day: task.due.map(|due| due.day.to_string()),
        title: task.title,
        list,
        status,
        snippet: None,
    }
}

fn filter(kept: Kept) -> FilterView {
    let Kept { id, name, query, shared, own, version, .. } = kept;
    FilterView { id, name, query, shared, own, version }
}

fn reported(report: Report) -> ReportView {
    let last = report.last();
    ReportView {
        from: report.from.to_string(),
        to: last.to_string(),
        weeks: report
            .weeks
            .iter()
            .map(|week| WeekView { monday: week.monday.to_string(), added: week.created, completed: week.completed })
            .collect(),
        lead: taken(&report.times.lead),
        cycle: taken(&report.times.cycle),
        lists: report.lists.into_iter().map(late).collect(),
        people: report.people.into_iter().map(late).collect(),
        teams: report.teams.into_iter().map(late).collect(),
        flow: report.flow.map(|flow| {
            flow.iter()
                .map(|at| FlowView { day: at.day.to_string(), open: at.open, started: at.started, done: at.done })
                .collect()
        }),
        templates: report
            .templates
            .into_iter()
            .map(|one| {
                let (slowest_step, slowest_days) = one.slowest.unzip();
                let taken = taken(&one.taken);
                TemplateTimesView { name: one.name, running: one.running, taken, slowest_step, slowest_days }
            })
            .collect(),
    }
}

fn taken(taken: &Taken) -> TakenView {
    let days = taken.buckets.iter().map(days).collect();
    TakenView { count: taken.count, median: taken.median, mostly: taken.mostly, days }
}

fn late(line: Late) -> LateView {
    let Late { name, open, overdue, latest, buckets } = line;
    LateView { name, open, overdue, latest, days: buckets.iter().map(days).collect() }
}

fn days(bucket: &Bucket) -> DaysView {
    DaysView { from: bucket.from, until: bucket.until, count: bucket.count }
}

fn amount(amount: Amount) -> AmountView {
    AmountView { tasks: amount.tasks, unestimated: amount.unestimated, minutes: amount.minutes }
}
