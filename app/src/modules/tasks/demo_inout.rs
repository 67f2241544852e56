//! What came into the demo clinic’s tasks: a file at a task, a list of another product, and a list that is shown by a link.

use super::{
    files,
    import_from::From,
    imports, permissions,
    shares::{self, ShareBody},
    store,
};
use crate::{
    db::Access,
    demo,
    error::Result,
    module::SentFile,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// What was exported of the product that the clinic had before.
const FILE: &str = r#"{
 "name": "Equipment and building",
 "desc": "What the clinic’s rooms and machines need.",
 "lists": [
  {"id": "todo", "name": "To do", "pos": 1}, {"id": "doing", "name": "Doing", "pos": 2}, {"id": "done", "name": "Done", "pos": 3}
 ],
 "labels": [{"id": "money", "name": "Money", "color": "green"}],
 "members": [{"id": "sam", "fullName": "Sam Lee"}, {"id": "robin", "fullName": "Robin Costa"}, {"id": "jo", "fullName": "Jo Marsh"}],
 "cards": [
  {"id": "c1", "name": "Renew the autoclave service contract", "desc": "Ask for three years instead of one.", "idList": "todo", "idMembers": ["sam"], "idLabels": ["money"], "labels": [{"id": "money", "name": "Money"}], "due": "2026-12-15T01:00:00.000Z", "pos": 1},
  {"id": "c2", "name": "Replace the treadmill belt", "desc": "Room 2, the older one.", "idList": "todo", "pos": 2},
  {"id": "c3", "name": "Get quotes for the car park lights", "desc": "", "idList": "todo", "idMembers": ["jo"], "pos": 3},
  {"id": "c4", "name": "Measure room 4 for new cabinets", "desc": "", "idList": "doing", "idMembers": ["robin"], "pos": 1},
  {"id": "c5", "name": "Repaint the waiting room", "desc": "Two coats. Ask for low odour.", "idList": "done", "dueComplete": true, "pos": 1}
 ]
}"#;

/// What is attached to the first task of a list.
const NOTE: &str = "Measured on site: 3.20 m along the window, 2.75 m to the door, power point at 1.10 m.\n";

/// Brings it.
///
/// # Errors
/// The database is busy, or the disk is full.
pub async fn seed(platform: &Platform) -> Result<()> {
    let actor = Actor::System("demo");
    let id = imports::keep(platform, &actor, demo::SLUG, From::Trello, FILE.as_bytes()).await?.to_string();
    imports::take(platform, &actor, demo::SLUG, &id, 1, false).await?;
    let report = imports::dry_run(platform, &actor, demo::SLUG, &id).await?;
    let Some((list, _)) = report.lists.into_iter().next() else { return Ok(()) };
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(demo::SLUG), &permissions::VIEW, Access::Read).await?;
    let first = store::page(&mut tx, list, None, "", 1).await?.pop().map(|row| row.id);
    tx.rollback().await?;
    if let Some(task) = first {
        let sent = SentFile { name: "measurements.txt".to_owned(), content: NOTE.as_bytes().to_vec() };
        files::add(platform, &actor, demo::SLUG, &task.to_string(), sent, None).await?;
    }
    shares::make(platform, &actor, demo::SLUG, &list.to_string(), &ShareBody::default(), None).await?;
    Ok(())
}
