//! The forms of a list’s pages, for where no script runs: they add, complete, move, change many at once, and undo. Each leads back to where it was sent
//! from.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::board_forms::{self, Line, Many, Place};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Adds what a line of words says to a list.
#[server(name = AddTaskLine, prefix = "/fn", endpoint = "tasks/add-line", output = Packed, client = Sender)]
pub async fn add_task_line(
    org: String,
    id: String,
    #[server(default)] quick: String,
    #[server(default)] key: String,
    #[server(default)] by: String,
    #[server(default)] column: String,
    #[server(default)] back: String,
) -> Result<()> {
    let line = Line { list: id, quick, key, by, column };
    let done = request::page(board_forms::add(&platform(), &actor(), &org, &line).await)?;
    leptos_axum::redirect(&board_forms::way_back(&org, &back, "added", done.act));
    Ok(())
}

/// Completes a task, or opens it again.
#[server(name = TickTask, prefix = "/fn", endpoint = "tasks/tick", output = Packed, client = Sender)]
pub async fn tick_task(
    org: String,
    #[server(default)] done: String,
    #[server(default)] open: String,
    #[server(default)] back: String,
) -> Result<()> {
    let (task, is_done) = if done.is_empty() { (open, false) } else { (done, true) };
    let what = if is_done { "completed" } else { "opened" };
    let done = request::page(board_forms::tick(&platform(), &actor(), &org, &task, is_done).await)?;
    leptos_axum::redirect(&board_forms::came_back(&org, &back, what, &done));
    Ok(())
}

/// Moves a card to another column.
#[server(name = MoveTaskCard, prefix = "/fn", endpoint = "tasks/move-card", output = Packed, client = Sender)]
pub async fn move_task_card(
    org: String,
    id: String,
    #[server(default)] by: String,
    #[server(default)] to: String,
    #[server(default)] from: String,
    #[server(default)] lanes: String,
    #[server(default)] back: String,
) -> Result<()> {
    let place = Place { by, to, from, lanes };
    let done = request::page(board_forms::put(&platform(), &actor(), &org, &id, &place).await)?;
    leptos_axum::redirect(&board_forms::came_back(&org, &back, "moved", &done));
    Ok(())
}

/// Does the same to all that is ticked.
#[server(name = ChangeManyTasks, prefix = "/fn", endpoint = "tasks/change-many", output = Packed, client = Sender)]
pub async fn change_many_tasks(
    org: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] what: String,
    #[server(default)] due_day: String,
    #[server(default)] responsible: String,
    #[server(default)] label: String,
    #[server(default)] to_list: String,
    #[server(default)] back: String,
) -> Result<()> {
    let many = Many { ids, what, due_day, responsible, label, to_list };
    let done = request::page(board_forms::change(&platform(), &actor(), &org, &many).await)?;
    leptos_axum::redirect(&board_forms::came_back(&org, &back, "saved", &done));
    Ok(())
}

/// Undoes what was done.
#[server(name = UndoTasks, prefix = "/fn", endpoint = "tasks/undo", output = Packed, client = Sender)]
pub async fn undo_tasks(org: String, id: String, #[server(default)] back: String) -> Result<()> {
    request::page(board_forms::undo(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&board_forms::way_back(&org, &back, "undone", None));
    Ok(())
}
