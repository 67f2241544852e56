//! What people type and tick in the forms of a list’s pages, made what the verbs take.

use super::{
    access, acts,
    board::{By, NONE},
    ids::{ActId, ListId, TaskId},
    permissions,
    quick::{self, QuickBody},
    tasks::{self, BulkBody, Done, MoveBody, PatchBody},
};
use crate::{
    db::Access,
    error::{AppError, Code, Result},
    org::Actor,
    platform::Platform,
    request::is_local_path,
    ui::with_query,
};

/// What an address calls that something stays open although it was completed.
pub const STILL_OPEN: &str = "still";

/// A line of words, and the column that it was typed in.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// The list’s id.
    pub list: String,
    /// What was typed.
    pub quick: String,
    /// The form’s key, which keeps it from coming in twice.
    pub key: String,
    /// What columns are; empty: it is in none.
    pub by: String,
    /// The column.
    pub column: String,
}

/// Where a card is to go.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// What columns are.
    pub by: String,
    /// The column; with rows the row’s key and the column’s, with a bar between.
    pub to: String,
    /// Where it comes from, likewise: where it isn’t there any more, it isn’t moved.
    pub from: String,
    /// What rows are; empty: there are none.
    pub lanes: String,
}

/// What is done to all that is ticked.
#[derive(Debug, Clone, Default)]
pub struct Many {
    /// The tasks.
    pub ids: Vec<String>,
    /// `complete`, `open`, `due`, `responsible`, `label`, `unlabel`, `move` or `trash`.
    pub what: String,
    /// By when; empty: no day.
    pub due_day: String,
    /// Whose; empty: nobody’s.
    pub responsible: String,
    /// Which label.
    pub label: String,
    /// To which list.
    pub to_list: String,
}

/// Adds what a line says.
///
/// # Errors
/// As [`quick::add_quick`].
pub async fn add(platform: &Platform, actor: &Actor, org: &str, line: &Line) -> Result<Done> {
    let list = line.list.parse::<ListId>().map_err(|_| access::no_list())?;
    let gone = || AppError::not_found("that column");
    let mut body = QuickBody::of(list, &line.quick);
    let column = line.column.as_str();
    match By::parse(&line.by).filter(|_| !column.is_empty() && column != NONE) {
        None => {}
        Some(By::Status) => body.status = Some(column.parse().map_err(|_| gone())?),
        Some(By::Section) => body.section = Some(column.parse().map_err(|_| gone())?),
        Some(By::Person) => body.responsible = Some(column.parse().map_err(|_| gone())?),
        Some(By::Priority) => body.priority = column.parse().map_err(|_| gone())?,
        Some(By::Label) => _ = body.labels.insert(column.parse().map_err(|_| gone())?),
        Some(By::Field(field)) => _ = body.chosen.insert(field, Some(column.to_owned())),
    }
    let fresh = crate::ids::fresh(platform.clock.now()).to_string();
    let key = if line.key.is_empty() { &fresh } else { &line.key };
    quick::add_quick(platform, actor, org, &body, key).await.map(|(done, ..)| done)
}

/// Completes a task, or opens it again.
///
/// # Errors
/// As [`tasks::complete`].
pub async fn tick(platform: &Platform, actor: &Actor, org: &str, task: &str, is_done: bool) -> Result<Done> {
    tasks::complete(platform, actor, org, task, is_done, None).await
}

/// Moves a card to a column.
///
/// # Errors
/// As [`tasks::move_to`].
pub async fn put(platform: &Platform, actor: &Actor, org: &str, task: &str, place: &Place) -> Result<Done> {
    let rows = !place.lanes.is_empty();
    let split = |key: &str| match key.split_once('|').filter(|_| rows) {
        Some((lane, column)) => (Some(lane.to_owned()), column.to_owned()),
        None => (None, key.to_owned()),
    };
    let ((lane, column), (from_lane, from)) = (split(&place.to), split(&place.from));
    let given = |word: String| Some(word).filter(|word| !word.is_empty());
    let body = MoveBody {
        by: given(place.by.clone()),
        column: given(column),
        from: given(from),
        lanes: given(place.lanes.clone()).filter(|_| lane.is_some()),
        lane,
        from_lane,
        ..MoveBody::default()
    };
    // Where it is now shows on the board; the form has no field for that.
    tasks::move_to(platform, actor, org, task, &body, None).await.map_err(|error| match error.code {
        Code::Conflict => AppError { fields: Vec::new(), version: None, ..error },
        _ => error,
    })
}

/// Does the same to all that is ticked.
///
/// # Errors
/// As [`tasks::bulk`]; 422 where nothing is ticked or chosen.
pub async fn change(platform: &Platform, actor: &Actor, org: &str, many: &Many) -> Result<Done> {
    // Whoever may not hears nothing of what is missing.
    access::open(platform, actor, org, &permissions::CHANGE, Access::Read).await?.rollback().await?;
    let no_task = |_| access::no_task();
    let ids = many.ids.iter().map(|id| id.parse::<TaskId>().map_err(no_task)).collect::<Result<Vec<_>>>()?;
    if ids.is_empty() {
        return Err(told("Select one or more tasks first."));
    }
    let mut body = BulkBody { ids, change: PatchBody::default(), done: None, list: None, trash: false };
    let label = || many.label.parse().map_err(|_| told("Choose a label."));
    match many.what.as_str() {
        "complete" => body.done = Some(true),
        "open" => body.done = Some(false),
        "due" => {
            let day = many.due_day.trim();
            body.change.due_day = Some(Some(day.to_owned()).filter(|day| !day.is_empty()));
        }
        "responsible" if many.responsible.is_empty() => body.change.responsible = Some(None),
        "responsible" => {
            let person = many.responsible.parse().map_err(|_| AppError::not_found("that person"))?;
            body.change.responsible = Some(Some(person));
        }
        "label" => body.change.add_labels = Some([label()?].into()),
        "unlabel" => body.change.remove_labels = Some([label()?].into()),
        "move" => body.list = Some(many.to_list.parse().map_err(|_| told("Choose a list."))?),
        "trash" => body.trash = true,
        _ => return Err(told("Choose what is to become of them.")),
    }
    // What is wrong is said on top: its field is in the bar, and the ticks are all over the page.
    tasks::bulk(platform, actor, org, &body, None).await.map_err(|error| match error.fields.first() {
        Some(field) if error.version.is_none() => AppError { message: field.message.clone(), ..error },
        _ => error,
    })
}

/// Undoes what was done.
///
/// # Errors
/// As [`acts::undo`].
pub async fn undo(platform: &Platform, actor: &Actor, org: &str, act: &str) -> Result<()> {
    acts::undo(platform, actor, org, act, None).await.map(|_| ())
}

/// Back to the page that a form was on, which says what came of it: what was done, who hasn’t done their part yet, or what stays open.
pub fn came_back(org: &str, back: &str, what: &str, done: &Done) -> String {
    let (what, left) = said(what, done);
    let page = way_back(org, back, what, done.act);
    let still_open = done.still_open.in_address();
    // Its address has a question mark by now.
    format!("{page}{}", with_query("", &[("left", &left), (STILL_OPEN, &still_open)]).replacen('?', "&", 1))
}

/// The word for what came of something; where others haven’t done their part yet, another one, and who they are; and another, where a part is open again.
pub fn said<'w>(what: &'w str, done: &Done) -> (&'w str, String) {
    match (done.left.is_empty(), done.back) {
        (false, _) => ("part", tasks::named(done.left.iter().map(|(_, name)| name.clone()))),
        (true, true) => ("unpart", String::new()),
        (true, false) => (what, String::new()),
    }
}

/// Back to the page that a form was on, which says what was done and how to undo it.
pub fn way_back(org: &str, back: &str, what: &str, act: Option<ActId>) -> String {
    let ours = format!("/app/{org}/tasks");
    let is_ours = back.strip_prefix(&ours).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let back = if is_ours && is_local_path(back) { back.to_owned() } else { format!("{ours}/lists") };
    let joiner = if back.contains('?') { '&' } else { '?' };
    let act = act.map(|act| format!("&act={act}")).unwrap_or_default();
    format!("{back}{joiner}did={what}{act}")
}

/// 422 with this sentence.
fn told(words: &str) -> AppError {
    AppError { message: words.to_owned(), ..AppError::field("ids", words) }
}
