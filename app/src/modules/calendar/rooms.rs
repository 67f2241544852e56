//! Rooms and equipment that are booked along with people: the rules, in order.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ids::{ResourceId, ServiceId},
    options::{Need, ServiceOptions},
    permissions,
    setup::{beside, finish, open},
    store::{self, Resource},
};
use crate::{
    db::{Access, DbError},
    error::{AppError, FieldErrors, Result},
    names,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::{check_name, is_text},
};

/// An organisation has at most so many.
pub const MOST: usize = 200;
/// So many are added at once at most.
pub const MOST_AT_ONCE: i64 = 20;

/// A room, or a piece of equipment, as an admin sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceBody {
    /// Its name: “Room 1”.
    pub name: String,
    /// What it is one of: “Treatment room”. A service can need any one of a kind.
    #[serde(default)]
    pub kind: String,
    /// Can be booked. What is booked already stays.
    #[serde(default = "yes")]
    pub active: bool,
    /// To change one: the version that was read. It is refused if it has changed since.
    #[serde(default)]
    pub version: Option<i64>,
}

/// One of them, and what stands in the way of taking it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// It.
    pub resource: Resource,
    /// How often it is booked from now on.
    pub upcoming: i64,
    /// The services that can take it.
    pub services: Vec<(ServiceId, String)>,
}

/// All of them, in the business's order.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Room>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let rooms = read(&mut tx).await?;
    tx.rollback().await?;
    Ok(rooms)
}

/// One of them.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for one that isn't this organisation's.
pub async fn one(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Room> {
    let rooms = all(platform, actor, org).await?;
    rooms.into_iter().find(|room| room.resource.id.to_string() == id).ok_or_else(gone)
}

/// Adds one, or several of a name: “Room 1”, “Room 2” and so on.
///
/// # Errors
/// 422 at each field that is wrong, a name that another has among them.
pub async fn add(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    body: &ResourceBody,
    how_many: i64,
) -> Result<Vec<ResourceId>> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::resources(&mut tx).await?;
    let mut errors = FieldErrors::default();
    let (name, kind) = check(body, &mut errors);
    if !(1..=MOST_AT_ONCE).contains(&how_many) {
        errors.add("how_many", format!("Add 1 to {MOST_AT_ONCE} at once."));
    }
    errors.finish()?;
    let names: Vec<String> =
        if how_many == 1 { vec![name] } else { (1..=how_many).map(|number| format!("{name} {number}")).collect() };
    if existing.len() + names.len() > MOST {
        return Err(AppError::field("name", format!("There is room for {MOST}. Please remove some first.")));
    }
    if let Some(taken) = names.iter().find(|name| has_name(&existing, name, None)) {
        return Err(AppError::field("name", there_is(taken)));
    }
    let last = existing.iter().map(|one| one.position + 1).max().unwrap_or(0);
    let mut made = Vec::new();
    for (position, name) in (last..).zip(names) {
        let id = ResourceId::new(tx.now());
        let resource = Resource { id, name, kind: kind.clone(), active: body.active, position, version: 1 };
        store::insert_resource(&mut tx, &resource).await?;
        made.push(id);
    }
    refit(&mut tx).await?;
    for id in &made {
        tx.emit("calendar.room_saved", id.0).await?;
    }
    tx.commit().await?;
    Ok(made)
}

/// Changes one. What is booked with it already stays booked with it.
///
/// # Errors
/// 422 at each field that is wrong; 404 for one that isn't this organisation's; 409 where a service would have too few of what it
/// needs, and where somebody else changed it since `version`, with what holds now.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &ResourceBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::resources(&mut tx).await?;
    let now = existing.iter().find(|one| one.id.to_string() == id).ok_or_else(gone)?;
    let mut errors = FieldErrors::default();
    let (name, kind) = check(body, &mut errors);
    if body.version.is_none() {
        errors.add("version", "Send the version that you read.");
    }
    errors.finish()?;
    let new = Resource { name, kind, active: body.active, version: body.version.unwrap_or(0), ..now.clone() };
    // Before its name is looked at: the one that is wanted may be taken by the very change that came first.
    if new.version != now.version {
        return Err(AppError::changed("this room", now.version, differences(now, &new)));
    }
    if has_name(&existing, &new.name, Some(now.id)) {
        return Err(AppError::field("name", there_is(&new.name)));
    }
    if store::update_resource(&mut tx, &new).await? == 0 {
        return Err(AppError::conflict("Somebody else changed this meanwhile. Please look at it again."));
    }
    refit(&mut tx).await?;
    finish(tx, "calendar.room_saved", new.id.0).await
}

/// Moves one up (`earlier`) or down by one in the lists; those in front are booked first. At the end it stays where it is.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn move_one(platform: &Platform, actor: &Actor, org: &str, id: &str, earlier: bool) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let mut all = store::resources(&mut tx).await?;
    let at = all.iter().position(|one| one.id.to_string() == id).ok_or_else(gone)?;
    let Some(to) = beside(at, earlier, all.len()) else { return tx.rollback().await };
    all.swap(at, to);
    for (position, one) in (0..).zip(&all) {
        if one.position != position {
            store::place_resource(&mut tx, one.id, position).await?;
        }
    }
    if let Some(moved) = all.get(to) {
        tx.emit("calendar.room_saved", moved.id.0).await?;
    }
    tx.commit().await
}

/// Takes one away. What was booked with it before stays, without saying where.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 while something is booked with it from now on, or a service needs it.
pub async fn delete(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    store::delete_expired_holds(&mut tx).await?;
    let room = read(&mut tx).await?.into_iter().find(|room| room.resource.id.to_string() == id).ok_or_else(gone)?;
    let (id, name) = (room.resource.id, &room.resource.name);
    if room.upcoming > 0 {
        let are = match room.upcoming {
            1 => "One booking still to come is".to_owned(),
            more => format!("{more} bookings still to come are"),
        };
        return Err(AppError::conflict(format!(
            "{are} with “{name}”. Switch it off instead, or wait until they are over."
        )));
    }
    for (service, _) in &room.services {
        store::clear_needs(&mut tx, *service).await?;
    }
    store::delete_resource(&mut tx, id).await.map_err(|error| match error {
        DbError::Missing => AppError::conflict(format!("“{name}” was just booked. Please look at it again.")),
        error => error.into(),
    })?;
    refit(&mut tx).await?;
    finish(tx, "calendar.room_deleted", id.0).await
}

/// Stores which rooms will do for what a service needs.
///
/// # Errors
/// 422 at `needs` where there aren't so many.
pub async fn fit(tx: &mut OrgTx, service: ServiceId, needs: &[Need]) -> Result<()> {
    let resources = store::resources(tx).await?;
    let lists = will_do(&resources, needs).map_err(|words| {
        AppError::field("needs", words.unwrap_or_else(|| "Choose rooms and equipment of this organisation.".to_owned()))
    })?;
    store_needs(tx, service, &lists).await
}

/// Of each list one, none twice: what one could have may be all that another can. `None` where there aren't so many.
pub fn one_of_each(lists: &[Vec<ResourceId>]) -> Option<Vec<ResourceId>> {
    let mut given: BTreeMap<ResourceId, usize> = BTreeMap::new();
    for list in 0..lists.len() {
        if !give(lists, list, &mut given, &mut BTreeSet::new()) {
            return None;
        }
    }
    let of = |list: usize| given.iter().find(|(_, to)| **to == list).map(|(id, _)| *id);
    (0..lists.len()).map(of).collect()
}

/// Gives a list one of its own: a free one, or one whose list can have another instead.
fn give(
    lists: &[Vec<ResourceId>],
    list: usize,
    given: &mut BTreeMap<ResourceId, usize>,
    asked: &mut BTreeSet<ResourceId>,
) -> bool {
    for id in lists.get(list).into_iter().flatten() {
        if !asked.insert(*id) {
            continue;
        }
        let is_free = match given.get(id).copied() {
            None => true,
            Some(other) => give(lists, other, given, asked),
        };
        if is_free {
            given.insert(*id, list);
            return true;
        }
    }
    false
}

async fn read(tx: &mut OrgTx) -> Result<Vec<Room>> {
    let resources = store::resources(tx).await?;
    let upcoming: BTreeMap<ResourceId, i64> = store::upcoming_by_resource(tx).await?.into_iter().collect();
    let mut needed = Vec::new();
    for service in store::services(tx).await? {
        let needs = ServiceOptions::read(&service.options)?.needs;
        if !needs.is_empty() {
            needed.push((service.id, service.name, needs));
        }
    }
    let with = |resource: Resource| {
        let takes = needed.iter().filter(|(_, _, needs)| needs.iter().any(|need| does(&resource, need)));
        let services = takes.map(|(id, name, _)| (*id, name.clone())).collect();
        Room { upcoming: upcoming.get(&resource.id).copied().unwrap_or(0), services, resource }
    };
    Ok(resources.into_iter().map(with).collect())
}

/// After rooms changed: which of them will do for what each service needs.
async fn refit(tx: &mut OrgTx) -> Result<()> {
    let resources = store::resources(tx).await?;
    for service in store::services(tx).await? {
        let needs = ServiceOptions::read(&service.options)?.needs;
        if needs.is_empty() {
            continue;
        }
        let lists = will_do(&resources, &needs).map_err(|words| {
            let words = words.map(|words| format!("{words} ")).unwrap_or_default();
            AppError::conflict(format!("“{}” needs it. {words}Change what the service needs first.", service.name))
        })?;
        store_needs(tx, service.id, &lists).await?;
    }
    Ok(())
}

async fn store_needs(tx: &mut OrgTx, service: ServiceId, lists: &[Vec<ResourceId>]) -> Result<()> {
    store::clear_needs(tx, service).await?;
    for (need, list) in (1..).zip(lists) {
        for resource in list {
            store::insert_need(tx, service, need, *resource).await?;
        }
    }
    Ok(())
}

/// Of each thing that is needed those that will do, switched off or not; or why there are too few: no word where a particular one isn't there.
fn will_do(resources: &[Resource], needs: &[Need]) -> Result<Vec<Vec<ResourceId>>, Option<String>> {
    let mut lists = Vec::new();
    for need in needs {
        let list: Vec<ResourceId> = resources.iter().filter(|one| does(one, need)).map(|one| one.id).collect();
        let there_are = i64::try_from(list.len()).unwrap_or(i64::MAX);
        if list.is_empty() && need.resource.is_some() {
            return Err(None);
        }
        if there_are < need.count.0 {
            return Err(Some(match there_are {
                0 => format!("There is no “{}”.", need.kind),
                1 => format!("There is only one “{}”, and {} are needed.", need.kind, need.count.0),
                _ => format!("There are only {there_are} of “{}”, and {} are needed.", need.kind, need.count.0),
            }));
        }
        lists.extend((0..need.count.0).map(|_| list.clone()));
    }
    match one_of_each(&lists) {
        Some(_) => Ok(lists),
        None => Err(Some("There aren’t so many rooms for all that is needed at once.".to_owned())),
    }
}

fn does(resource: &Resource, need: &Need) -> bool {
    match need.resource {
        Some(id) => resource.id == id,
        None => same(&resource.kind, &need.kind),
    }
}

fn check(body: &ResourceBody, errors: &mut FieldErrors) -> (String, String) {
    let name = errors.take("name", check_name(&body.name));
    let kind = names::composed(&body.kind);
    if kind.chars().count() > 60 || kind.contains(['\n', '\r']) || !is_text(&kind) {
        errors.add("kind", "Use at most 60 letters, digits and punctuation on one line.");
    }
    (name, kind)
}

fn differences(now: &Resource, new: &Resource) -> Vec<crate::error::FieldError> {
    let mut fields = FieldErrors::default();
    if now.name != new.name {
        fields.add("name", format!("It is “{}” now.", now.name));
    }
    if now.kind != new.kind {
        let words =
            if now.kind.is_empty() { "It is empty now.".to_owned() } else { format!("It is “{}” now.", now.kind) };
        fields.add("kind", words);
    }
    if now.active != new.active {
        fields.add("active", if now.active { "It can be booked now." } else { "It can’t be booked now." });
    }
    fields.into_fields()
}

fn has_name(existing: &[Resource], name: &str, but: Option<ResourceId>) -> bool {
    existing.iter().any(|one| Some(one.id) != but && same(&one.name, name))
}

fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn there_is(name: &str) -> String {
    format!("There is a “{name}” already. Give it another name.")
}

fn gone() -> AppError {
    AppError::not_found("that room")
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: &[u128]) -> Vec<ResourceId> {
        numbers.iter().map(|number| ResourceId(uuid::Uuid::from_u128(*number))).collect()
    }

    #[test]
    fn what_one_could_have_is_left_to_whoever_has_no_other() {
        let lists = [ids(&[1, 2]), ids(&[1]), ids(&[2, 3])];
        assert_eq!(one_of_each(&lists), Some(ids(&[2, 1, 3])));
        assert_eq!(one_of_each(&[ids(&[1]), ids(&[1])]), None);
        assert_eq!(one_of_each(&[ids(&[1]), Vec::new()]), None);
        assert_eq!(one_of_each(&[]), Some(Vec::new()));
    }

    #[test]
    fn twenty_of_twenty_with_one_away_is_told_at_once() {
        let free = ids(&(1..=19).collect::<Vec<_>>());
        assert_eq!(one_of_each(&vec![free; 20]), None);
    }

    #[test]
    fn the_first_in_the_list_comes_first() {
        assert_eq!(one_of_each(&[ids(&[4, 2, 9])]), Some(ids(&[4])));
    }
}
