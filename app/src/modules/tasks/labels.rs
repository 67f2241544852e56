//! Labels: what tasks are about, whatever list they are in.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    access,
    acts::{self, touches},
    desk,
    ids::{ActId, LabelId},
    lists::{compared, finish, meanwhile, version_of},
    permissions,
    set_ups::{self, SetUp, What},
    store::{self, Label},
    store_lists::{self as rows, RemovedLabel},
    store_set_ups,
};
use crate::{
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    idempotency::{again_with, said},
    org::{Actor, OrgTx},
    platform::Platform,
    web::check_name,
};

/// An organisation has so many labels at most.
pub const MOST_LABELS: usize = 300;
/// Labels have one of so many colours.
pub const COLOURS: i64 = 8;
/// What the colours are called, in their order.
pub const COLOUR_NAMES: [&str; 8] =
    ["Gum", "Harbour", "Sandstone", "Ironbark", "Wattle", "Jacaranda", "Waratah", "Slate"];
/// The longest name of a label.
const LONGEST: usize = 60;

/// A label, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelBody {
    /// Its name.
    pub name: String,
    /// One of eight colours: 0 to 7.
    #[serde(default)]
    pub colour: i64,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// The labels by name.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn labels(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Label>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let all = store::labels(&mut tx).await?;
    tx.rollback().await?;
    Ok(all)
}

/// The same for who may change them, each with how many tasks have it, in whatever space.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn to_organise(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<(Label, i64)>> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let counts = rows::label_counts(&mut tx).await?;
    let count_of = |id| counts.iter().find(|(label, _)| *label == id).map_or(0, |(_, count)| *count);
    let all = store::labels(&mut tx).await?;
    tx.rollback().await?;
    let with_count = |label: Label| {
        let count = count_of(label.id);
        (label, count)
    };
    Ok(all.into_iter().map(with_count).collect())
}

/// Adds a label. With `key`, the same request again adds nothing and answers the same. Gives the act, too: undoing it takes the label away, as long as no task
/// has it.
///
/// # Errors
/// 409 for a key that another request had; 422 at each field that is wrong, a name that another has among them.
pub async fn add_label(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    body: &LabelBody,
    key: Option<&str>,
) -> Result<(LabelId, Option<ActId>)> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let id = LabelId::new(tx.now());
    if let Some(before) = again_with(&mut tx, "tasks.labels", key, &said("label", body), id.0).await? {
        let act = set_ups::act_of_adding(&mut tx, before).await?;
        tx.rollback().await?;
        return Ok((LabelId(before), act));
    }
    let new = checked(id, body)?;
    check_room(&mut tx).await?;
    if !rows::insert_label(&mut tx, &new, &compared(&new.name)).await? {
        return Err(taken(&new.name));
    }
    let act = set_ups::added(&mut tx, What::Label, id.0, None, as_it_is(&new)).await?;
    finish(tx, "tasks.label_saved", id.0).await?;
    Ok((id, Some(act)))
}

/// The label of this name, which is added where there is none: for whoever types one, and for what comes from elsewhere.
///
/// # Errors
/// 422 at `name` for what is none, and where there is no room for another.
pub async fn add_label_in(tx: &mut OrgTx, name: &str) -> Result<LabelId> {
    let count = rows::count_labels(tx).await?;
    let id = LabelId::new(tx.now());
    let body = LabelBody { name: name.to_owned(), colour: count.rem_euclid(COLOURS), version: None };
    let new = checked(id, &body)?;
    let key = compared(&new.name);
    if let Some(found) = rows::label_called(tx, &key).await? {
        return Ok(found);
    }
    check_room(tx).await?;
    rows::insert_label(tx, &new, &key).await?;
    tx.emit("tasks.label_saved", id.0).await?;
    Ok(id)
}

/// Changes a label, wherever it is. Gives the act, where anything is different.
///
/// # Errors
/// As [`add_label`]; 404 for one that isn't this organisation's; 409 where somebody else changed it since `version`.
pub async fn save_label(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    body: &LabelBody,
) -> Result<Option<ActId>> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let now = find(&mut tx, id).await?;
    let version = version_of(body.version)?;
    if version != now.version {
        return Err(access::changed(&tx, "this label", now.version, differences(&now, body), &as_it_is(&now)));
    }
    let new = save_label_in(&mut tx, &now, body).await?;
    let act = set_ups::changed(&mut tx, What::Label, now.id.0, None, as_it_is(&now), as_it_is(&new)).await?;
    finish(tx, "tasks.label_saved", now.id.0).await?;
    Ok(act)
}

/// The same in a transaction that goes on, for a label that is at hand. Gives what it is from now on.
async fn save_label_in(tx: &mut OrgTx, now: &Label, body: &LabelBody) -> Result<Label> {
    let new = Label { version: now.version, ..checked(now.id, body)? };
    let key = compared(&new.name);
    if rows::label_called(tx, &key).await?.is_some_and(|other| other != now.id) {
        return Err(taken(&new.name));
    }
    if rows::update_label(tx, &new, &key).await? == 0 {
        return Err(meanwhile());
    }
    Ok(new)
}

/// Puts a label back to what it was, or takes one away that was added. Whoever calls it undoes the act of that.
///
/// # Errors
/// 404 for one that isn't there any more; 403 for who doesn't organise lists any more; 409 where it was changed since, where a task has it by now, and where
/// another has its name.
pub(super) async fn put_as_it_was(tx: &mut OrgTx, one: &SetUp) -> Result<()> {
    access::check_organises(tx)?;
    let now = find(tx, &one.subject.to_string()).await?;
    if one.is_added() {
        one.check_untouched(&as_it_is(&now))?;
        if store_set_ups::count_labelled(tx, now.id).await? > 0 {
            return Err(set_ups::in_use("label"));
        }
        rows::delete_label(tx, now.id).await?;
        return tx.emit("tasks.label_deleted", now.id.0).await;
    }
    let body = set_ups::read(one.back(&as_it_is(&now))?)?;
    save_label_in(tx, &now, &body).await?;
    tx.emit("tasks.label_saved", now.id.0).await
}

/// Takes a label off all tasks, and away. Gives the act: undoing it brings the label back, and puts it on the tasks that had it and are there still.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn delete_label(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<ActId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let Label { id, name, colour, .. } = find(&mut tx, id).await?;
    let act_id = acts::of_no_task(&mut tx, "label").await?;
    let removed_at = tx.now();
    rows::insert_removed_label(&mut tx, &RemovedLabel { id, act_id, name, colour, removed_at }).await?;
    rows::keep_labelled(&mut tx, id).await?;
    let touched = touches(&tx);
    rows::touch_labelled(&mut tx, id, touched).await?;
    rows::take_label_off(&mut tx, id).await?;
    rows::delete_label(&mut tx, id).await?;
    finish(tx, "tasks.label_deleted", id.0).await?;
    Ok(act_id)
}

/// Brings back the label that an act took away, and puts it on the tasks that had it and are there still, in whatever space they are. Whoever calls it
/// undoes that act.
///
/// # Errors
/// 403 for who doesn't organise lists any more; 409 where another has its name now, and where there is no room for another.
pub async fn put_back(tx: &mut OrgTx, act: ActId) -> Result<()> {
    for RemovedLabel { id, name, colour, .. } in rows::labels_removed_by(tx, act).await? {
        access::check_organises(tx)?;
        check_room(tx).await.map_err(|error| match error.fields.first() {
            Some(field) => AppError::conflict(format!("{} Nothing was changed.", field.message)),
            None => error,
        })?;
        let key = compared(&name);
        let back = Label { id, name, colour, version: 1 };
        if !rows::insert_label(tx, &back, &key).await? {
            return Err(AppError::conflict(format!("There is another “{}” now. Rename it first.", back.name)));
        }
        rows::put_label_back(tx, id, i64::try_from(desk::MOST_LABELS).unwrap_or(i64::MAX)).await?;
        let touched = touches(tx);
        rows::touch_labelled(tx, id, touched).await?;
        rows::delete_removed_label(tx, id).await?;
        tx.emit("tasks.label_saved", id.0).await?;
    }
    Ok(())
}

/// A label as it is set up, as [`LabelBody`] has it.
fn as_it_is(label: &Label) -> Value {
    json!({ "name": label.name, "colour": label.colour })
}

async fn find(tx: &mut OrgTx, id: &str) -> Result<Label> {
    let all = store::labels(tx).await?;
    all.into_iter().find(|label| label.id.to_string() == id).ok_or_else(|| AppError::not_found("that label"))
}

async fn check_room(tx: &mut OrgTx) -> Result<()> {
    let count = rows::count_labels(tx).await?;
    if usize::try_from(count).is_ok_and(|count| count < MOST_LABELS) {
        return Ok(());
    }
    Err(AppError::field("name", format!("There is room for {MOST_LABELS} labels.")))
}

fn checked(id: LabelId, body: &LabelBody) -> Result<Label> {
    let mut errors = FieldErrors::default();
    // People type labels with their mark.
    let name = errors.take("name", check_name(body.name.trim().trim_start_matches('#')));
    if name.chars().count() > LONGEST {
        errors.add("name", format!("Use at most {LONGEST} characters."));
    }
    if !(0..COLOURS).contains(&body.colour) {
        errors.add("colour", "Choose one of the colours.");
    }
    errors.finish()?;
    Ok(Label { id, name, colour: body.colour, version: 1 })
}

fn differences(now: &Label, body: &LabelBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    if now.name != body.name {
        fields.add("name", format!("It is “{}” now.", now.name));
    }
    if now.colour != body.colour {
        fields.add("colour", "It has another colour now.");
    }
    fields.into_fields()
}

fn taken(name: &str) -> AppError {
    AppError::field("name", format!("There is a “{name}” already. Give it another name."))
}
