//! Templates of the organisation: what they say, in versions. Each change makes another version, and none is lost as long as the template is there. One that was made of a list or a task
//! is for who sees the space that this was in, until it is shared with everybody.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{
    access, gallery,
    ids::{SpaceId, TemplateId},
    imports::moment,
    lists::{compared, finish},
    permissions,
    store_templates::{self as rows, TemplateRow, VersionRow},
    template_rules::{Body, LONGEST_NAME, Wrong, check, differences},
    template_steps as steps, triggers,
};
use crate::{
    clock::{Instant, zone},
    crypto::{DataKeys, Place},
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    idempotency::again,
    org::{Actor, OrgTx},
    platform::Platform,
    web::check_name,
};

/// An organisation has so many templates at most, those put away among them.
pub const MOST: usize = 300;
/// So many versions are listed, the latest first.
const MOST_VERSIONS: i64 = 100;
/// What requests that make a template share.
const SCOPE: &str = "tasks.template";

/// A version of a template, without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Which it is.
    pub version: i64,
    /// What is different from the one before, in sentences.
    pub changed: Vec<String>,
    /// The member or the token that saved it.
    pub by: Option<Uuid>,
    /// When.
    pub saved_at: Instant,
}

/// The templates that whoever asks sees, by name, those put away too.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<TemplateRow>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let all = seen(&mut tx).await?;
    tx.rollback().await?;
    Ok(all)
}

/// The same inside a transaction.
///
/// # Errors
/// The database is busy.
pub async fn seen(tx: &mut OrgTx) -> Result<Vec<TemplateRow>> {
    let spaces: BTreeSet<SpaceId> = access::spaces(tx).await?.into_iter().map(|space| space.id).collect();
    let mut all = rows::templates(tx).await?;
    all.retain(|template| template.space_id.is_none_or(|space| spaces.contains(&space)));
    Ok(all)
}

/// Where each of these is from: the space by its name, where it isn’t for everybody. Two that are for everybody may have the same name, since one of them was
/// shared: then it is said when each was saved.
///
/// # Errors
/// The database is busy.
pub async fn places(tx: &mut OrgTx, templates: &[TemplateRow]) -> Result<BTreeMap<TemplateId, String>> {
    let spaces: BTreeMap<SpaceId, String> =
        access::spaces(tx).await?.into_iter().map(|space| (space.id, space.name)).collect();
    let zone = zone(&tx.org().zone)?;
    let mut called: BTreeMap<String, Vec<Option<SpaceId>>> = BTreeMap::new();
    for template in templates {
        called.entry(compared(&template.name)).or_default().push(template.space_id);
    }
    let place = |template: &TemplateRow| {
        if let Some(space) = template.space_id {
            return spaces.get(&space).cloned();
        }
        let twins = called.get(&compared(&template.name))?;
        let for_everybody = twins.iter().filter(|space| space.is_none()).count();
        match (twins.len(), for_everybody) {
            (1, _) => None,
            (_, 1) => Some("for everybody".to_owned()),
            _ => Some(format!("for everybody, saved {}", moment(&zone, template.saved_at))),
        }
    };
    Ok(templates.iter().filter_map(|template| Some((template.id, place(template)?))).collect())
}

/// A template, and what one of its versions says: the latest, where none is named.
///
/// # Errors
/// 404 for one that isn't this organisation's, and for a version that there isn't.
pub async fn one(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: Option<i64>,
) -> Result<(TemplateRow, Body)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let template = find(&mut tx, id).await?;
    let body = body_of(&mut tx, &template, version).await?;
    tx.rollback().await?;
    Ok((template, body))
}

/// The versions of a template, the latest first.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn history(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Vec<Version>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let template = find(&mut tx, id).await?;
    let versions = history_in(&mut tx, &template).await?;
    tx.rollback().await?;
    Ok(versions)
}

/// The same inside a transaction.
///
/// # Errors
/// The database is busy.
pub async fn history_in(tx: &mut OrgTx, template: &TemplateRow) -> Result<Vec<Version>> {
    let keys = tx.keys().await?;
    let rows = rows::versions(tx, template.id, MOST_VERSIONS).await?;
    rows.into_iter().map(|row| read_version(&keys, &row)).collect()
}

/// Adds a template, which begins at version 1. With `key`, the same request again adds nothing and answers the same.
///
/// # Errors
/// 422 at each thing that is wrong, by where it stands; 409 for a key that another request had.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &Body, key: Option<&str>) -> Result<TemplateId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let id = TemplateId::new(tx.now());
    if let Some(key) = key {
        let said = serde_json::to_string(body).unwrap_or_default();
        if let Some(before) = again(&mut tx, SCOPE, key, &said, id.0).await? {
            tx.rollback().await?;
            return Ok(TemplateId(before));
        }
    }
    add_in(&mut tx, id, body, None, None).await?;
    finish(tx, "tasks.template_saved", id.0).await?;
    Ok(id)
}

/// Takes one of the gallery: it becomes the organisation’s own, to be changed as it likes. Taken again with the same key it is taken once.
///
/// # Errors
/// 404 for a word that none has; 409 for a key that another request had.
pub async fn take(platform: &Platform, actor: &Actor, org: &str, word: &str, key: &str) -> Result<TemplateId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let found = gallery::find(word).ok_or_else(no_template)?;
    let id = TemplateId::new(tx.now());
    if let Some(before) = again(&mut tx, SCOPE, key, &format!("gallery {word}"), id.0).await? {
        tx.rollback().await?;
        return Ok(TemplateId(before));
    }
    let name = free_name(&mut tx, &found.body.name).await?;
    add_in(&mut tx, id, &Body { name, ..found.body.clone() }, Some(word), None).await?;
    finish(tx, "tasks.template_saved", id.0).await?;
    Ok(id)
}

/// Saves what a template says as its next version. Gives that; the one that it has where nothing is different.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 where somebody else saved it since `version`, and for one that was put away; 422 at each thing that
/// is wrong, by where it stands.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &Body, version: i64) -> Result<i64> {
    change(platform, actor, org, id, version, |now| {
        *now = body.clone();
        Ok(())
    })
    .await
}

/// The same for a part of it.
///
/// # Errors
/// As [`save`], and what `how` refuses.
pub async fn change(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    how: impl FnOnce(&mut Body) -> Result<()> + Send,
) -> Result<i64> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let template = find(&mut tx, id).await?;
    check_open(&template)?;
    if version != template.version {
        return Err(AppError::changed("this template", template.version, Vec::new()));
    }
    let before = body_of(&mut tx, &template, None).await?;
    let mut after = before.clone();
    how(&mut after)?;
    let after = checked(&after)?;
    if compared(&after.name) != compared(&before.name) {
        check_unnamed(&mut tx, &after.name).await?;
    }
    let changed = differences(&before, &after);
    if after == before {
        tx.rollback().await?;
        return Ok(template.version);
    }
    let next = template.version.saturating_add(1);
    if rows::move_on(&mut tx, template.id, &after.name, next).await? == 0 {
        return Err(AppError::changed("this template", template.version, Vec::new()));
    }
    write_version(&mut tx, template.id, next, &after, &changed).await?;
    finish(tx, "tasks.template_saved", template.id.0).await?;
    Ok(next)
}

/// Makes what an old version said the next one.
///
/// # Errors
/// As [`save`]; 404 for a version that there isn't.
pub async fn bring_back(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    old: i64,
) -> Result<i64> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let template = find(&mut tx, id).await?;
    let body = body_of(&mut tx, &template, Some(old)).await?;
    tx.rollback().await?;
    save(platform, actor, org, id, &body, version).await
}

/// Puts a template away, or takes it out again. Nothing is started of one that is put away: what starts it by itself stops.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn archive(platform: &Platform, actor: &Actor, org: &str, id: &str, archived: bool) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let template = find(&mut tx, id).await?;
    if template.archived == archived {
        return tx.rollback().await;
    }
    rows::set_archived(&mut tx, template.id, archived).await?;
    if archived {
        triggers::pause_all(&mut tx, template.id, triggers::PUT_AWAY).await?;
    }
    finish(tx, "tasks.template_saved", template.id.0).await
}

/// Deletes a template with all that its versions said, and what starts it by itself. Nobody takes that back.
///
/// # Errors
/// 404 for one that isn't there for whoever asks; 409 where something was started of it, which is told by its version.
pub async fn delete(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let template = find(&mut tx, id).await?;
    if !rows::runs(&mut tx, Some(template.id), 1).await?.is_empty() {
        return Err(AppError::conflict("It was started, so what it says is kept. Archive it instead."));
    }
    triggers::forget_all(&mut tx, template.id).await?;
    rows::delete_versions(&mut tx, template.id).await?;
    rows::delete_template(&mut tx, template.id).await?;
    finish(tx, "tasks.template_deleted", template.id.0).await
}

/// Shows a template to everybody, with all that its versions said, where so far who sees its space alone does. Nobody takes that back.
///
/// # Errors
/// 403 for who may not read tasks; 404 for one that isn't there for whoever asks.
pub async fn share(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    access::check_reads(&tx)?;
    let template = find(&mut tx, id).await?;
    if template.space_id.is_none() {
        return tx.rollback().await;
    }
    rows::share_template(&mut tx, template.id).await?;
    finish(tx, "tasks.template_saved", template.id.0).await
}

/// Adds a template that says the same, for who sees that one. With the same key once.
///
/// # Errors
/// As [`add`]; 403 for who may not read tasks; 404 for one that isn't this organisation's.
pub async fn copy(platform: &Platform, actor: &Actor, org: &str, id: &str, key: &str) -> Result<TemplateId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    access::check_reads(&tx)?;
    let template = find(&mut tx, id).await?;
    let new = TemplateId::new(tx.now());
    if let Some(before) = again(&mut tx, SCOPE, key, &format!("copy {}", template.id), new.0).await? {
        tx.rollback().await?;
        return Ok(TemplateId(before));
    }
    let body = body_of(&mut tx, &template, None).await?;
    let name = free_name(&mut tx, &body.name).await?;
    add_in(&mut tx, new, &Body { name, ..body }, template.gallery.as_deref(), template.space_id).await?;
    finish(tx, "tasks.template_saved", new.0).await?;
    Ok(new)
}

/// Adds one in a transaction that goes on. `gallery`: the word of the one that it was taken from. `space`: who sees this sees it; `None`: everybody.
///
/// # Errors
/// As [`add`].
pub async fn add_in(
    tx: &mut OrgTx,
    id: TemplateId,
    body: &Body,
    gallery: Option<&str>,
    space: Option<SpaceId>,
) -> Result<()> {
    let body = checked(body)?;
    if rows::templates(tx).await?.len() >= MOST {
        return Err(AppError::field("name", format!("There is room for {MOST} templates.")));
    }
    check_unnamed(tx, &body.name).await?;
    rows::insert_template(tx, id, &body.name, gallery, space).await?;
    write_version(tx, id, 1, &body, &[]).await
}

/// One of them by what an address says.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut OrgTx, id: &str) -> Result<TemplateRow> {
    let id = id.parse::<TemplateId>().map_err(|_| no_template())?;
    with_id(tx, id).await
}

/// The same by its id.
///
/// # Errors
/// 404, also for one of a space that whoever asks doesn't see.
pub async fn with_id(tx: &mut OrgTx, id: TemplateId) -> Result<TemplateRow> {
    let template = rows::template(tx, id).await?.ok_or_else(no_template)?;
    let Some(space) = template.space_id else { return Ok(template) };
    if access::spaces(tx).await?.iter().any(|one| one.id == space) { Ok(template) } else { Err(no_template()) }
}

/// What a version of a template says: the latest, where none is named.
///
/// # Errors
/// 404 for a version that there isn't.
pub async fn body_of(tx: &mut OrgTx, template: &TemplateRow, version: Option<i64>) -> Result<Body> {
    let version = version.unwrap_or(template.version);
    let row = rows::version(tx, template.id, version).await?;
    let row = row.ok_or_else(|| AppError::not_found("that version"))?;
    let keys = tx.keys().await?;
    read_body(&keys, &row)
}

/// What a version says, opened.
///
/// # Errors
/// The keyring doesn't hold the key, or a newer program wrote it.
pub fn read_body(keys: &DataKeys, row: &VersionRow) -> Result<Body> {
    read(&access::text(keys, place(row.id, "body"), &row.body)?)
}

/// What is said of a version.
///
/// # Errors
/// As [`read_body`].
pub fn read_version(keys: &DataKeys, row: &VersionRow) -> Result<Version> {
    let changed = read(&access::text(keys, place(row.id, "changed"), &row.changed)?)?;
    Ok(Version { version: row.version, changed, by: row.by_id, saved_at: row.saved_at })
}

/// A name like this one that no template has: “New employee”, “New employee (2)”.
///
/// # Errors
/// The database is busy.
pub async fn free_name(tx: &mut OrgTx, wanted: &str) -> Result<String> {
    let taken: BTreeSet<String> = seen(tx).await?.iter().map(|one| compared(&one.name)).collect();
    let cut: String = wanted.chars().take(LONGEST_NAME.saturating_sub(6)).collect();
    let numbered = (2_u32..).map(|number| format!("{} ({number})", cut.trim_end()));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(&compared(name))).ok_or_else(AppError::internal)
}

/// Something is done with this template, which isn't put away.
///
/// # Errors
/// 409.
pub fn check_open(template: &TemplateRow) -> Result<()> {
    if template.archived {
        return Err(AppError::conflict("This template is archived. Restore it first."));
    }
    Ok(())
}

/// 404 for a template.
pub fn no_template() -> AppError {
    AppError::not_found("that template")
}

/// What the rules of templates find wrong, at its fields.
pub fn refused(wrong: Vec<Wrong>) -> AppError {
    AppError::invalid(wrong.into_iter().map(|(field, message)| FieldError { field, message }).collect())
}

fn checked(body: &Body) -> Result<Body> {
    let mut body = body.clone();
    let mut errors = FieldErrors::default();
    body.name = errors.take("name", check_name(&body.name));
    for (at, section) in body.sections.iter().enumerate() {
        if let Err(words) = check_name(section) {
            errors.add(&format!("sections[{at}]"), words);
        }
    }
    errors.finish()?;
    check(&body).map_err(refused)?;
    Ok(body)
}

async fn check_unnamed(tx: &mut OrgTx, name: &str) -> Result<()> {
    // One that they don't see has its name for others: it isn't told of.
    let all = seen(tx).await?;
    if all.iter().any(|other| compared(&other.name) == compared(name)) {
        return Err(AppError::field("name", format!("There is a “{name}” already. Give it another name.")));
    }
    Ok(())
}

async fn write_version(
    tx: &mut OrgTx,
    template: TemplateId,
    version: i64,
    body: &Body,
    changed: &[String],
) -> Result<()> {
    let (keys, by, id) = (tx.keys().await?, tx.doer(), crate::ids::fresh(tx.now()));
    let tasks = i64::try_from(steps::count(body)).unwrap_or(i64::MAX);
    let body = serde_json::to_string(body).map_err(|_| AppError::internal())?;
    let changed = serde_json::to_string(changed).map_err(|_| AppError::internal())?;
    let body = keys.seal(place(id, "body"), &body);
    let changed = keys.seal(place(id, "changed"), &changed);
    rows::insert_version(tx, (id, template, version), &body, &changed, tasks, by).await?;
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "a version of a template can’t be read");
        AppError::internal()
    })
}

fn place(id: Uuid, column: &'static str) -> Place {
    Place { table: "tasks_template_versions", column, row: id }
}
