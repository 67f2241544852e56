//! What people at the demo clinic say about its tasks, and what waits for somebody of the front desk.

use std::collections::HashMap;

use super::{
    access,
    acts::Act,
    comments,
    desk::Desk,
    ids::{CommentId, ListId, TaskId, TeamId},
    permissions, store,
    tasks::{self, AddBody},
};
use crate::{
    db::Access,
    error::Result,
    ids::{OrgId, UserId},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// Who says what about the how-manieth open task of which list.
const SAID: [(usize, &str, usize, &str); 7] = [
    (1, "Front desk today", 0, "I can take this after lunch. @Priya is there anything I should know first?"),
    (0, "Front desk today", 0, "The folder is on the shelf behind the desk. **Don’t** throw the old list away yet."),
    (2, "Front desk today", 2, "Left a message, they call back before four."),
    (
        3,
        "Treatment rooms",
        1,
        "Two suppliers have them:\n\n- the usual one, in ten days\n- the one in Marrickville, tomorrow",
    ),
    (1, "Treatment rooms", 1, "Then tomorrow, please. @Alex you have the card."),
    (2, "Equipment and repairs", 0, "The technician comes on Thursday between 8 and 10. @Sam could you let them in?"),
    (1, "Equipment and repairs", 0, "Yes."),
];

/// What waits for somebody of the front desk.
const WAITS: [(&str, i64); 3] = [
    ("Call back: question about a group session", 3),
    ("Find the umbrella that somebody left on Tuesday", 0),
    ("Print the forms for new clients", 1),
];

/// Adds it. Whoever may not come in says nothing.
///
/// # Errors
/// The database is busy.
pub async fn seed(
    platform: &Platform,
    org: OrgId,
    people: &[UserId],
    team: Option<TeamId>,
    lists: &HashMap<&'static str, ListId>,
) -> Result<()> {
    for (who, list, at, words) in SAID {
        let (Some(user), Some(list)) = (people.get(who), lists.get(list)) else { continue };
        let actor = Actor::User(*user);
        let opened = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::CHANGE, Access::Write).await;
        let Ok(mut tx) = opened else { continue };
        let rows = store::page(&mut tx, *list, None, "", 100).await?;
        let open = rows.iter().filter(|row| row.completed_at.is_none()).nth(at).map(|row| row.id);
        let Some(open) = open else {
            tx.rollback().await?;
            continue;
        };
        let task = access::task(&mut tx, open).await?;
        let id = CommentId::new(tx.now());
        comments::add_in(&mut tx, &task, id, words).await?;
        tx.commit().await?;
    }
    let (Some(team), Some(list)) = (team, lists.get("Front desk today")) else { return Ok(()) };
    let actor = Actor::System("demo");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::SET_UP, Access::Write).await?;
    let mut desk = Desk::read(&mut tx).await?;
    let mut act = Act::new(&tx, "add");
    for (title, priority) in WAITS {
        let body = AddBody { team: Some(team), priority, ..AddBody::of(*list, title) };
        let id = TaskId::new(tx.now());
        tasks::add_in(&mut tx, &mut act, &mut desk, id, &body).await?;
    }
    act.finish(&mut tx).await?;
    tx.commit().await
}
