//! The server functions of what comes in and goes out: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    feeds, files,
    import_from::plain::Columns,
    imports::{self, ChoiceOf},
    mail_in,
    shares::{self, ShareBody},
};
use crate::{
    error::{AppError, Result},
    ids::UserId,
    packed::Packed,
    request::{self, actor, platform},
    ui::{Sender, with_query},
};

/// Takes a file of a task away. `task`: its page.
#[server(name = RemoveTaskFile, prefix = "/fn", endpoint = "tasks/remove-file", output = Packed, client = Sender)]
pub async fn remove_task_file(org: String, #[server(default)] task: String, id: String) -> Result<()> {
    let done = request::page(files::remove(&platform(), &actor(), &org, &id).await)?;
    let act = done.act.map(|act| act.to_string()).unwrap_or_default();
    let task = if is_word(&task) { task } else { done.tasks.first().map(ToString::to_string).unwrap_or_default() };
    leptos_axum::redirect(&with_query(&format!("/app/{org}/tasks/t/{task}"), &[("did", "unfiled"), ("act", &act)]));
    Ok(())
}

/// Says which columns of a table are what.
#[server(name = ChooseTaskColumns, prefix = "/fn", endpoint = "tasks/choose-columns", output = Packed, client = Sender)]
pub async fn choose_task_columns(
    org: String,
    id: String,
    version: i64,
    #[server(default)] title: String,
    #[server(default)] notes: String,
    #[server(default)] due: String,
    #[server(default)] start: String,
    #[server(default)] status: String,
    #[server(default)] completed: String,
    #[server(default)] section: String,
    #[server(default)] assignee: String,
    #[server(default)] labels: String,
    #[server(default)] priority: String,
    #[server(default)] estimate: String,
    #[server(default)] source: String,
    #[server(default)] parent: String,
) -> Result<()> {
    let column = |typed: &str| typed.trim().parse().ok();
    let columns = Columns {
        title: column(&title),
        notes: column(&notes),
        due: column(&due),
        start: column(&start),
        status: column(&status),
        completed: column(&completed),
        section: column(&section),
        assignee: column(&assignee),
        labels: column(&labels),
        priority: column(&priority),
        estimate: column(&estimate),
        id: column(&source),
        parent: column(&parent),
        without: Vec::new(),
    };
    let choice = ChoiceOf { columns: Some(columns), ..ChoiceOf::default() };
    let chosen = imports::choose(&platform(), &actor(), &org, &id, &choice, version).await;
    // The form’s field for the id isn’t the file’s.
    request::page(chosen.map_err(|error| error.rename_field("id", "source")))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/import/{id}?chosen=1"));
    Ok(())
}

/// Says where a file goes, and whom its people are.
#[server(name = PlaceTaskImport, prefix = "/fn", endpoint = "tasks/place-import", output = Packed, client = Sender)]
pub async fn place_task_import(
    org: String,
    id: String,
    version: i64,
    #[server(default)] to: String,
    #[server(default)] called: Vec<String>,
    #[server(default)] means: Vec<String>,
) -> Result<()> {
    let mut people: BTreeMap<String, Option<UserId>> = BTreeMap::new();
    for (key, user) in called.into_iter().zip(means) {
        let user = if user.is_empty() {
            None
        } else {
            Some(request::page(user.parse().map_err(|_| AppError::not_found("that person")))?)
        };
        people.insert(key, user);
    }
    let to = if to.is_empty() { None } else { Some(request::page(imports::to_of(&to))?) };
    let choice = ChoiceOf { columns: None, people, to };
    request::page(imports::choose(&platform(), &actor(), &org, &id, &choice, version).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/import/{id}?chosen=1"));
    Ok(())
}

/// Takes a file over.
#[server(name = TakeTaskImport, prefix = "/fn", endpoint = "tasks/take-import", output = Packed, client = Sender)]
pub async fn take_task_import(org: String, id: String, version: i64, #[server(default)] again: bool) -> Result<()> {
    request::page(imports::take(&platform(), &actor(), &org, &id, version, again).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/import/{id}?taken=1"));
    Ok(())
}

/// Takes back what a file brought.
#[server(name = UndoTaskImport, prefix = "/fn", endpoint = "tasks/undo-import", output = Packed, client = Sender)]
pub async fn undo_task_import(org: String, id: String) -> Result<()> {
    request::page(imports::undo(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/import/{id}?undone=1"));
    Ok(())
}

/// Leaves a file of which nothing was taken over.
#[server(name = LeaveTaskImport, prefix = "/fn", endpoint = "tasks/leave-import", output = Packed, client = Sender)]
pub async fn leave_task_import(org: String, id: String) -> Result<()> {
    request::page(imports::leave(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/import?left=1"));
    Ok(())
}

/// Makes a link that shows a list. The page comes back with it, this once.
#[server(name = ShareTaskList, prefix = "/fn", endpoint = "tasks/share-list", output = Packed, client = Sender)]
pub async fn share_task_list(
    org: String,
    #[server(default)] list: String,
    #[server(default)] shows_who: bool,
    #[server(default)] shows_notes: bool,
    #[server(default)] board_by: String,
    #[server(default)] until: String,
    #[server(default)] key: String,
) -> Result<()> {
    let body = ShareBody { shows_who, shows_notes, board_by: Some(board_by), until: Some(until) };
    let key = Some(key.as_str()).filter(|key| !key.is_empty());
    let made = request::page(shares::make(&platform(), &actor(), &org, &list, &body, key).await)?;
    request::show_once(&made);
    Ok(())
}

/// Ends a link.
#[server(name = EndTaskShare, prefix = "/fn", endpoint = "tasks/end-share", output = Packed, client = Sender)]
pub async fn end_task_share(org: String, id: String) -> Result<()> {
    let list = request::page(shares::end(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/lists/{list}/share?ended=1"));
    Ok(())
}

/// Makes an address for one’s own calendar. The page comes back with it, this once.
#[server(name = MakeTaskFeed, prefix = "/fn", endpoint = "tasks/make-feed", output = Packed, client = Sender)]
pub async fn make_task_feed(org: String, #[server(default)] list: String) -> Result<()> {
    let list = Some(list.as_str()).filter(|list| !list.is_empty());
    let made = request::page(feeds::make(&platform(), &actor(), &org, list).await)?;
    request::show_once(&made);
    Ok(())
}

/// Takes an address for one’s own calendar away.
#[server(name = RevokeTaskFeed, prefix = "/fn", endpoint = "tasks/revoke-feed", output = Packed, client = Sender)]
pub async fn revoke_task_feed(org: String, id: String) -> Result<()> {
    let list = request::page(feeds::revoke(&platform(), &actor(), &org, &id).await)?;
    let page = list.map_or_else(|| "subscribe".to_owned(), |list| format!("lists/{list}/share"));
    leptos_axum::redirect(&format!("/app/{org}/tasks/{page}?revoked=1"));
    Ok(())
}

/// Has a list take mail, from whom is chosen; or no longer.
#[server(name = SetListMail, prefix = "/fn", endpoint = "tasks/set-mail", output = Packed, client = Sender)]
pub async fn set_list_mail(
    org: String,
    #[server(default)] list: String,
    #[server(default)] takes: String,
) -> Result<()> {
    if takes == "nothing" {
        request::page(mail_in::turn_off(&platform(), &actor(), &org, &list).await)?;
    } else {
        request::page(mail_in::turn_on(&platform(), &actor(), &org, &list, &takes).await)?;
    }
    leptos_axum::redirect(&format!("/app/{org}/tasks/lists/{list}/share?mailed=1"));
    Ok(())
}

/// It can be a part of an address.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
