//! What somebody changed of what tasks are kept in: spaces, lists, statuses, sections, labels and teams; and that they said something, or said it otherwise.
//! Each is an act, and undoing it puts it back to what it was, where nobody has changed the same since.

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::{
    access, acts, comments,
    ids::{ActId, CommentId, ListId},
    labels, lists, parts, permissions, store,
    store_set_ups::{self as rows, SetUpRow},
    store_together, teams,
};
use crate::{
    crypto::Place,
    error::{AppError, Code, Result},
    org::{By, OrgTx},
};

/// Something was set up.
pub const ACT: &str = "set_up";

/// What can be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Lists that belong together.
    Space,
    /// A list.
    List,
    /// How far a task of a list can have come.
    Status,
    /// A part of a list.
    Section,
    /// What tasks are about.
    Label,
    /// Who does things together.
    Team,
    /// Something that was said.
    Comment,
}

/// What an act changed of one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct SetUp {
    /// The act.
    pub act: ActId,
    /// What it is.
    pub what: What,
    /// The id of that.
    pub subject: Uuid,
    /// The list that it is, or is a part of.
    pub list: Option<ListId>,
    /// What it was, field by field; null: it wasn’t there.
    pub before: Value,
    /// What it became.
    pub after: Value,
}

impl What {
    const ALL: [Self; 7] =
        [Self::Space, Self::List, Self::Status, Self::Section, Self::Label, Self::Team, Self::Comment];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Space => "space",
            Self::List => "list",
            Self::Status => "status",
            Self::Section => "section",
            Self::Label => "label",
            Self::Team => "team",
            Self::Comment => "comment",
        }
    }

    fn stored(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|what| what.as_str() == word).ok_or_else(AppError::internal)
    }
}

impl SetUp {
    /// It was added by that.
    pub fn is_added(&self) -> bool {
        self.before.is_null()
    }

    /// What it is to be, of what it is now: what the act changed as it was before, and all else as it is.
    ///
    /// # Errors
    /// 409 where somebody has changed since what the act changed.
    pub fn back(&self, now: &Value) -> Result<Value> {
        let mut back = now.clone();
        for (field, after) in self.after.as_object().into_iter().flatten() {
            let before = self.before.get(field).cloned().unwrap_or_default();
            if before == *after {
                continue;
            }
            if now.get(field) != Some(after) {
                return Err(changed_since());
            }
            if let Some(back) = back.as_object_mut() {
                back.insert(field.clone(), before);
            }
        }
        Ok(back)
    }

    /// What was added is as it was then.
    ///
    /// # Errors
    /// 409 where somebody has changed it since.
    pub fn check_untouched(&self, now: &Value) -> Result<()> {
        if *now == self.after { Ok(()) } else { Err(changed_since()) }
    }
}

/// Writes down that something was added. Gives the act.
///
/// # Errors
/// The database is busy.
pub async fn added(tx: &mut OrgTx, what: What, subject: Uuid, list: Option<ListId>, after: Value) -> Result<ActId> {
    write(tx, what, subject, list, &Value::Null, &after).await
}

/// Writes down that something was changed. Gives the act; `None`: nothing is different.
///
/// # Errors
/// The database is busy.
pub async fn changed(
    tx: &mut OrgTx,
    what: What,
    subject: Uuid,
    list: Option<ListId>,
    before: Value,
    after: Value,
) -> Result<Option<ActId>> {
    if before == after { Ok(None) } else { write(tx, what, subject, list, &before, &after).await.map(Some) }
}

/// The act that something was added in, for whoever sends the same request again; `None`: that wasn’t written down.
///
/// # Errors
/// The database is busy; as [`opened`].
pub async fn act_of_adding(tx: &mut OrgTx, subject: Uuid) -> Result<Option<ActId>> {
    let first = rows::first(tx, subject).await?;
    let first = opened(tx, first.into_iter().collect()).await?.pop();
    Ok(first.filter(SetUp::is_added).map(|one| one.act))
}

/// Refuses whoever doesn’t see what an act changed.
///
/// # Errors
/// 404.
pub async fn check_seen(tx: &mut OrgTx, act: ActId) -> Result<()> {
    for one in of_act(tx, act).await? {
        match (one.what, one.list) {
            (_, Some(list)) => _ = access::list(tx, list).await.map_err(acts::unseen)?,
            (What::Space, None) => {
                // One that was taken away says nothing of itself any more.
                let is_there = store::spaces(tx, true, None).await?.iter().any(|space| space.id.0 == one.subject);
                if is_there {
                    lists::seen_space(tx, one.subject).await.map_err(acts::unseen)?;
                }
            }
            (What::Comment, None) => {
                if let Some(row) = store_together::comment(tx, CommentId(one.subject)).await? {
                    access::task(tx, row.task_id).await.map_err(acts::unseen)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts what an act changed back to what it was; what it added is taken away. Whoever calls it undoes that act.
///
/// # Errors
/// As [`check_seen`]; 403 for who may not set that up any more; 409 where somebody has changed the same since, where what was added is in use by now, and for
/// what couldn’t be set up like that any more: where it, or what it was in, isn’t there, where something else has its name, where there is no room, and where it
/// was put away.
pub async fn put_back(tx: &mut OrgTx, act: ActId) -> Result<()> {
    let all = of_act(tx, act).await?;
    if all.is_empty() {
        return Err(AppError::conflict("That is deleted for good, so it can’t be undone. Nothing was changed."));
    }
    for one in all {
        let put = match one.what {
            What::Space => lists::put_space_back(tx, &one).await,
            What::List => lists::put_list_back(tx, &one).await,
            What::Status => parts::put_status_back(tx, &one).await,
            What::Section => parts::put_section_back(tx, &one).await,
            What::Label => labels::put_as_it_was(tx, &one).await,
            What::Team => teams::put_back(tx, &one).await,
            What::Comment if one.is_added() => comments::take_back(tx, &one).await,
            What::Comment => comments::say_as_before(tx, &one).await,
        };
        put.map_err(told)?;
    }
    Ok(())
}

/// What was written down of these, opened.
///
/// # Errors
/// The keyring doesn’t hold the key.
pub async fn opened(tx: &mut OrgTx, found: Vec<SetUpRow>) -> Result<Vec<SetUp>> {
    let keys = tx.keys().await?;
    let value = |id: Uuid, column: &'static str, sealed: &[u8]| -> Result<Value> {
        let text = access::text(&keys, place(id, column), sealed)?;
        serde_json::from_str(&text).map_err(|_| AppError::internal())
    };
    found
        .into_iter()
        .map(|row| {
            Ok(SetUp {
                act: row.act_id,
                what: What::stored(&row.what)?,
                subject: row.subject_id,
                list: row.list_id,
                before: value(row.id, "before_value", &row.before_value)?,
                after: value(row.id, "after_value", &row.after_value)?,
            })
        })
        .collect()
}

/// What was read of something, as it is set up.
///
/// # Errors
/// It is none.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|_| AppError::internal())
}

/// Only who sets spaces and teams up does, also by undoing.
///
/// # Errors
/// 403.
pub fn check_sets_up(tx: &OrgTx) -> Result<()> {
    if tx.by() == By::System || tx.allows(&permissions::SET_UP) {
        return Ok(());
    }
    Err(AppError::new(Code::Forbidden, "Only who sets up spaces and teams can undo that."))
}

/// 409 for what was added and is in use by now. `what`: “list”.
pub fn in_use(what: &str) -> AppError {
    AppError::conflict(format!("That {what} is in use by now, so adding it can’t be undone. Nothing was changed."))
}

/// 409 for what somebody has changed since.
pub fn changed_since() -> AppError {
    AppError::conflict("It was changed again since, so this can’t be undone any more. Nothing was changed.")
}

async fn of_act(tx: &mut OrgTx, act: ActId) -> Result<Vec<SetUp>> {
    let found = rows::of_act(tx, act).await?;
    opened(tx, found).await
}

async fn write(
    tx: &mut OrgTx,
    what: What,
    subject: Uuid,
    list: Option<ListId>,
    before: &Value,
    after: &Value,
) -> Result<ActId> {
    let act = acts::of_no_task(tx, ACT).await?;
    let (keys, id) = (tx.keys().await?, crate::ids::fresh(tx.now()));
    let row = SetUpRow {
        id,
        act_id: act,
        what: what.as_str().to_owned(),
        subject_id: subject,
        list_id: list,
        before_value: keys.seal(place(id, "before_value"), &before.to_string()),
        after_value: keys.seal(place(id, "after_value"), &after.to_string()),
    };
    rows::insert(tx, &row).await?;
    Ok(act)
}

/// Nobody has typed anything, nor an address: what is wrong is why it can’t be undone.
fn told(error: AppError) -> AppError {
    match error.fields.first() {
        Some(field) if error.code == Code::Invalid => {
            AppError::conflict(format!("{} Nothing was changed.", field.message))
        }
        // Whoever asks sees it: something that it was, or was in, has gone since.
        _ if error.code == Code::NotFound => {
            AppError::conflict("Something of that isn’t there any more, so it can’t be undone. Nothing was changed.")
        }
        _ => error,
    }
}

fn place(id: Uuid, column: &'static str) -> Place {
    Place { table: "tasks_set_ups", column, row: id }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What an act changed goes back; what others changed beside that stays; and what they changed of the same isn’t overwritten.
    #[test]
    fn only_what_was_changed_goes_back() {
        let one = SetUp {
            act: ActId(Uuid::nil()),
            what: What::Label,
            subject: Uuid::nil(),
            list: None,
            before: json!({ "name": "Clinic", "colour": 1 }),
            after: json!({ "name": "Surgery", "colour": 1 }),
        };
        let back = one.back(&json!({ "name": "Surgery", "colour": 4 })).expect("it can be undone");
        assert_eq!(back, json!({ "name": "Clinic", "colour": 4 }));
        assert_eq!(one.back(&json!({ "name": "Ward", "colour": 1 })).expect_err("changed since").code, Code::Conflict);
        assert!(!one.is_added() && one.check_untouched(&json!({ "name": "Surgery", "colour": 1 })).is_ok());
    }
}
