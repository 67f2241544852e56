//! The server functions of a task’s page, of what is one’s own, the inbox, the trash and handing over: thin; they call the same verbs as the JSON API. A
//! field comes with what it was (`was_…`), and only what differs is changed.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;

use super::{
    access, board_forms, claims, comments, followers,
    handover::{self, To},
    ids::{ActId, ListId, TaskId},
    letters::Daily,
    mine, notices, permissions,
    task_forms::{self, Details, Typed},
    tasks::{self, AddBody, MoveBody},
};
use crate::{
    db::Access,
    error::{AppError, Result},
    ids::UserId,
    org::Permission,
    packed::Packed,
    request::{self, actor, platform},
    ui::{Sender, with_query},
};

/// Changes what a task is called.
#[server(name = SaveTaskTitle, prefix = "/fn", endpoint = "tasks/save-title", output = Packed, client = Sender)]
pub async fn save_task_title(
    org: String,
    id: String,
    version: i64,
    #[server(default)] title: String,
    #[server(default)] was_title: String,
) -> Result<()> {
    let title = Typed::of(&title, &was_title);
    let done = task_forms::save_title(&platform(), &actor(), &org, &id, version, &title).await;
    let act = request::page(done)?.act.map(|act| act.to_string()).unwrap_or_default();
    back_to(&org, &id, "saved", &act);
    Ok(())
}

/// Changes what more is said about a task.
#[server(name = SaveTaskNotes, prefix = "/fn", endpoint = "tasks/save-notes", output = Packed, client = Sender)]
pub async fn save_task_notes(
    org: String,
    id: String,
    version: i64,
    #[server(default)] notes: String,
    #[server(default)] was_notes: String,
) -> Result<()> {
    let notes = Typed::of(&notes, &was_notes);
    let done = task_forms::save_notes(&platform(), &actor(), &org, &id, version, &notes).await;
    let act = request::page(done)?.act.map(|act| act.to_string()).unwrap_or_default();
    back_to(&org, &id, "saved", &act);
    Ok(())
}

/// Changes all else of a task that stands in its form.
#[server(name = SaveTaskDetails, prefix = "/fn", endpoint = "tasks/save-details", output = Packed, client = Sender)]
pub async fn save_task_details(
    org: String,
    id: String,
    version: i64,
    #[server(default)] status: String,
    #[server(default)] was_status: String,
    #[server(default)] section: String,
    #[server(default)] was_section: String,
    #[server(default)] responsible: String,
    #[server(default)] was_responsible: String,
    #[server(default)] people: Vec<String>,
    #[server(default)] was_people: String,
    #[server(default)] team: String,
    #[server(default)] was_team: String,
    #[server(default)] completes: String,
    #[server(default)] was_completes: String,
    #[server(default)] start_day: String,
    #[server(default)] was_start_day: String,
    #[server(default)] start_time: String,
    #[server(default)] was_start_time: String,
    #[server(default)] due_day: String,
    #[server(default)] was_due_day: String,
    #[server(default)] due_time: String,
    #[server(default)] was_due_time: String,
    #[server(default)] priority: String,
    #[server(default)] was_priority: String,
    #[server(default)] estimate: String,
    #[server(default)] was_estimate: String,
    #[server(default)] labels: Vec<String>,
    #[server(default)] was_labels: String,
) -> Result<()> {
    let details = Details {
        status: Typed::of(&status, &was_status),
        section: Typed::of(&section, &was_section),
        responsible: Typed::of(&responsible, &was_responsible),
        people: Typed::of(&people.join(","), &was_people),
        team: Typed::of(&team, &was_team),
        completes: Typed::of(&completes, &was_completes),
        start: (Typed::of(&start_day, &was_start_day), Typed::of(&start_time, &was_start_time)),
        due: (Typed::of(&due_day, &was_due_day), Typed::of(&due_time, &was_due_time)),
        priority: Typed::of(&priority, &was_priority),
        estimate: Typed::of(&estimate, &was_estimate),
        labels: Typed::of(&labels.join(","), &was_labels),
    };
    let done = request::page(task_forms::save_details(&platform(), &actor(), &org, &id, version, &details).await)?;
    let act = done.act.map(|act| act.to_string()).unwrap_or_default();
    let (what, left) = board_forms::said("saved", &done);
    let still_open = done.still_open.in_address();
    let pairs =
        [("did", what), ("act", act.as_str()), ("left", left.as_str()), (board_forms::STILL_OPEN, still_open.as_str())];
    leptos_axum::redirect(&with_query(&format!("/app/{org}/tasks/t/{id}"), &pairs));
    Ok(())
}

/// Adds a part to a task.
#[server(name = AddTaskPart, prefix = "/fn", endpoint = "tasks/add-part", output = Packed, client = Sender)]
pub async fn add_task_part(
    org: String,
    id: String,
    key: String,
    #[server(default)] list: String,
    #[server(default)] parent: String,
    #[server(default)] part: String,
) -> Result<()> {
    check(&org, &permissions::CHANGE).await?;
    let found = list.parse::<ListId>().map_err(|_| access::no_list());
    let parent = parent.parse::<TaskId>().map_err(|_| access::no_task());
    let body = AddBody { parent: Some(request::page(parent)?), ..AddBody::of(request::page(found)?, &part) };
    let added = tasks::add(&platform(), &actor(), &org, &body, Some(&key)).await;
    let (done, _) =
        request::page(added.map_err(|error| error.rename_field("title", "part").rename_field("parent", "part")))?;
    back_to(&org, &id, "added", &done.act.map(|act| act.to_string()).unwrap_or_default());
    Ok(())
}

/// Moves a task to another list, with what is a part of it.
#[server(name = MoveTaskToList, prefix = "/fn", endpoint = "tasks/move-to-list", output = Packed, client = Sender)]
pub async fn move_task_to_list(org: String, id: String, #[server(default)] to_list: String) -> Result<()> {
    check(&org, &permissions::CHANGE).await?;
    let list = to_list.parse::<ListId>().map_err(|_| AppError::field("to_list", "Choose the list that it goes to."));
    let body = MoveBody { list: Some(request::page(list)?), ..MoveBody::default() };
    let moved = tasks::move_to(&platform(), &actor(), &org, &id, &body, None).await;
    let done = request::page(moved.map_err(|error| error.rename_field("responsible", "to_list")))?;
    back_to(&org, &id, "moved", &done.act.map(|act| act.to_string()).unwrap_or_default());
    Ok(())
}

/// Puts a task into the trash.
#[server(name = DeleteTask, prefix = "/fn", endpoint = "tasks/delete", output = Packed, client = Sender)]
pub async fn delete_task(org: String, id: String, #[server(default)] back: String) -> Result<()> {
    let done = request::page(tasks::trash(&platform(), &actor(), &org, &id, None).await)?;
    leptos_axum::redirect(&board_forms::way_back(&org, &back, "deleted", done.act));
    Ok(())
}

/// Takes a task out of the trash.
#[server(name = RestoreTask, prefix = "/fn", endpoint = "tasks/restore", output = Packed, client = Sender)]
pub async fn restore_task(org: String, id: String) -> Result<()> {
    request::page(tasks::restore(&platform(), &actor(), &org, &id, None).await)?;
    back_to(&org, &id, "restored", "");
    Ok(())
}

/// Follows a task, or says that one doesn’t want to hear of it.
#[server(name = FollowTask, prefix = "/fn", endpoint = "tasks/follow", output = Packed, client = Sender)]
pub async fn follow_task(org: String, id: String, #[server(default)] follows: bool) -> Result<()> {
    request::page(followers::follow(&platform(), &actor(), &org, &id, follows).await)?;
    back_to(&org, &id, if follows { "follows" } else { "muted" }, "");
    Ok(())
}

/// Takes a task on from a queue.
#[server(name = ClaimTask, prefix = "/fn", endpoint = "tasks/claim", output = Packed, client = Sender)]
pub async fn claim_task(org: String, id: String, #[server(default)] back: String) -> Result<()> {
    let done = request::page(claims::claim(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&board_forms::way_back(&org, &back, "claimed", done.act));
    Ok(())
}

/// Gives a task back to its team.
#[server(name = ReleaseTask, prefix = "/fn", endpoint = "tasks/release", output = Packed, client = Sender)]
pub async fn release_task(org: String, id: String, #[server(default)] back: String) -> Result<()> {
    let done = request::page(claims::release(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&board_forms::way_back(&org, &back, "released", done.act));
    Ok(())
}

/// Says something about a task.
#[server(name = AddTaskComment, prefix = "/fn", endpoint = "tasks/comment", output = Packed, client = Sender)]
pub async fn add_task_comment(org: String, id: String, key: String, #[server(default)] comment: String) -> Result<()> {
    let said = request::page(comments::add(&platform(), &actor(), &org, &id, &comment, Some(&key)).await)?;
    said_back(&org, &id, "said", &said.not_told, said.act);
    Ok(())
}

/// Says something else instead.
#[server(name = EditTaskComment, prefix = "/fn", endpoint = "tasks/edit-comment", output = Packed, client = Sender)]
pub async fn edit_task_comment(
    org: String,
    version: i64,
    #[server(default)] comment: String,
    #[server(default)] said: String,
) -> Result<()> {
    let edited = comments::edit(&platform(), &actor(), &org, &comment, &said, version).await;
    let (task, now) = request::page(edited.map_err(|error| error.rename_field("comment", "said")))?;
    said_back(&org, &format!("T-{}", task.number), "edited", &now.not_told, now.act);
    Ok(())
}

/// Takes a comment away.
#[server(name = DeleteTaskComment, prefix = "/fn", endpoint = "tasks/delete-comment", output = Packed, client = Sender)]
pub async fn delete_task_comment(org: String, #[server(default)] comment: String) -> Result<()> {
    let (task, act) = request::page(comments::delete(&platform(), &actor(), &org, &comment).await)?;
    back_to(&org, &format!("T-{}", task.number), "unsaid", &act.to_string());
    Ok(())
}

/// Says how one feels about a comment; with a minus, that one doesn’t any more.
#[server(name = ReactToComment, prefix = "/fn", endpoint = "tasks/react", output = Packed, client = Sender)]
pub async fn react_to_comment(
    org: String,
    #[server(default)] comment: String,
    #[server(default)] what: String,
) -> Result<()> {
    let (word, feels) = what.strip_prefix('-').map_or((what.as_str(), true), |word| (word, false));
    let task = request::page(comments::react(&platform(), &actor(), &org, &comment, word, feels).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/t/T-{}#comment-{comment}", task.number));
    Ok(())
}

/// Adds what was typed as a line to a list of one’s own.
#[server(name = AddMyTask, prefix = "/fn", endpoint = "tasks/add-mine", output = Packed, client = Sender)]
pub async fn add_my_task(
    org: String,
    key: String,
    #[server(default)] quick: String,
    #[server(default)] list: String,
) -> Result<()> {
    check(&org, &permissions::CHANGE).await?;
    let list = if list.is_empty() { Ok(None) } else { list.parse::<ListId>().map(Some).map_err(|_| access::no_list()) };
    let list = request::page(list)?;
    let (done, _) = request::page(mine::add(&platform(), &actor(), &org, &quick, list, &key).await)?;
    leptos_axum::redirect(&board_forms::way_back(&org, &format!("/app/{org}/tasks"), "added", done.act));
    Ok(())
}

/// Notes that one looked at something in the inbox, or at all of it.
#[server(name = ReadNotices, prefix = "/fn", endpoint = "tasks/read-notices", output = Packed, client = Sender)]
pub async fn read_notices(org: String, #[server(default)] id: String, #[server(default)] all: bool) -> Result<()> {
    let id = Some(id.as_str()).filter(|_| !all);
    request::page(notices::read(&platform(), &actor(), &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/inbox"));
    Ok(())
}

/// Says how one is told of what.
#[server(name = ChooseNotices, prefix = "/fn", endpoint = "tasks/choose-notices", output = Packed, client = Sender)]
pub async fn choose_notices(
    org: String,
    #[server(default)] ways: BTreeMap<String, Vec<String>>,
    #[server(default)] daily: bool,
    #[server(default)] hour: String,
    #[server(default)] weekdays: Vec<String>,
) -> Result<()> {
    check(&org, &permissions::CHANGE).await?;
    let wanted = ways.iter().map(|(kind, way)| {
        let way = way.first().and_then(|way| notices::Way::stored(way));
        way.map(|way| (kind.clone(), way))
            .ok_or_else(|| AppError::field("ways", "Choose how you are notified of each."))
    });
    let wanted = request::page(wanted.collect::<Result<BTreeMap<_, _>>>())?;
    let chosen = (0..7).map(|day: u8| if weekdays.contains(&day.to_string()) { '1' } else { '0' }).collect();
    let hour = hour.trim().parse().map_err(|_| AppError::field("hour", "Choose an hour."));
    let daily = Daily { on: daily, hour: request::page(hour)?, weekdays: chosen };
    request::page(notices::choose(&platform(), &actor(), &org, &wanted, &daily).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/inbox/settings?saved=1"));
    Ok(())
}

/// Hands over what is open of somebody.
#[server(name = HandOverTasks, prefix = "/fn", endpoint = "tasks/hand-over", output = Packed, client = Sender)]
pub async fn hand_over_tasks(
    org: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
) -> Result<()> {
    check(&org, &permissions::ORGANISE).await?;
    let from = from.parse::<UserId>().map_err(|_| AppError::field("from", "Choose whose tasks are handed over."));
    let from = request::page(from)?;
    let to = To::parse(&to).ok_or_else(|| AppError::field("to", "Choose who gets them."));
    let to = request::page(to)?;
    let handed = request::page(handover::hand_over(&platform(), &actor(), &org, from, to).await)?;
    let (count, act) = (handed.count.to_string(), handed.act.map(|act| act.to_string()).unwrap_or_default());
    let more = if handed.more { "1" } else { "" };
    let pairs = [("did", "handed"), ("count", count.as_str()), ("more", more), ("act", act.as_str())];
    leptos_axum::redirect(&with_query(&format!("/app/{org}/tasks/handover"), &pairs));
    Ok(())
}

/// Says which lists hand out what goes to a team in turn.
#[server(name = SetTaskRounds, prefix = "/fn", endpoint = "tasks/set-rounds", output = Packed, client = Sender)]
pub async fn set_task_rounds(org: String, #[server(default)] rounds: Vec<String>) -> Result<()> {
    check(&org, &permissions::ORGANISE).await?;
    let lists = rounds.iter().map(|id| id.parse::<ListId>().map_err(|_| access::no_list()));
    let lists = request::page(lists.collect::<Result<BTreeSet<_>>>())?;
    request::page(claims::set_rounds(&platform(), &actor(), &org, &lists).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/handover?did=rounds"));
    Ok(())
}

/// Whoever may not hears nothing of what is wrong with what they sent.
async fn check(org: &str, need: &'static Permission) -> Result<()> {
    request::page(access::open(&platform(), &actor(), org, need, Access::Read).await)?.rollback().await
}

/// Back to a task, which says what was done and how to undo it.
fn back_to(org: &str, task: &str, what: &str, act: &str) {
    leptos_axum::redirect(&with_query(&format!("/app/{org}/tasks/t/{task}"), &[("did", what), ("act", act)]));
}

/// Back to what is said about it, with who couldn’t be told.
fn said_back(org: &str, task: &str, what: &str, not_told: &[String], act: Option<ActId>) {
    let (names, act) = (not_told.join(", "), act.map(|act| act.to_string()).unwrap_or_default());
    let page = format!("/app/{org}/tasks/t/{task}#comments");
    leptos_axum::redirect(&with_query(&page, &[("did", what), ("act", &act), ("not_told", &names)]));
}
