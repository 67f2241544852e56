//! Spaces and lists: what they are called, who sees them, in what order they stand, and which are put away.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    access::{self, no_list},
    fields,
    ids::{ActId, CheckId, FieldId, ListId, SectionId, SpaceId, StatusId, TeamId},
    notices, order, parts, permissions,
    set_ups::{self, SetUp, What},
    store::{self, List, Section, Space, Status},
    store_inout::{self, MailboxRow},
    store_lists as rows, store_mine, store_set_ups, store_time,
};
pub use super::{
    labels::{LabelBody, add_label, add_label_in, delete_label, labels, save_label},
    parts::{
        SectionBody, StatusBody, add_section, add_status, delete_section, delete_status, move_section, move_status,
        save_section, save_status,
    },
    teams::{TeamBody, add_team, save_team, teams},
};
use crate::{
    audit::Detail,
    crypto::Place,
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    idempotency::{again_with, said},
    ids::UserId,
    org::{Actor, OrgTx, Role},
    people::members::{self, Member},
    platform::Platform,
    web::{check_name, is_text},
};

/// An organisation has so many spaces at most, those put away among them.
pub const MOST_SPACES: usize = 100;
/// And so many lists in use.
pub const MOST_LISTS: usize = 500;
/// So many lists are put away at most.
pub const MOST_AWAY: usize = 5_000;
/// The longest words about a list.
pub const LONGEST_ABOUT: usize = 20_000;
/// So many are named to whoever can’t go on because of them.
const MOST_NAMED: usize = 5;

/// A space, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpaceBody {
    /// Its name.
    pub name: String,
    /// Whose it is; null: nobody’s in particular.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// Who sees it: `everyone`, or `team`: its team and the admins alone.
    #[serde(default = "everyone")]
    pub seen_by: String,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// A list, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListBody {
    /// Where it is. Of one that is there: another space takes it there.
    pub space: SpaceId,
    /// Its name.
    pub name: String,
    /// More about it, in Markdown.
    #[serde(default)]
    pub about: String,
    /// Of a new one, how far its tasks can have come, in order; empty: to do, doing and done.
    #[serde(default)]
    pub statuses: Vec<StatusBody>,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// Where something in an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Right after this one; `None`: before all others.
    After(Option<Uuid>),
    /// One up.
    Up,
    /// One down.
    Down,
}

/// What has an order of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    Space,
    List,
    Status,
    Section,
    Field,
    Check,
}

/// Somebody who can be put on a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskPersonView)]
pub struct Who {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// The first letters of it.
    pub initials: String,
}

/// A space with its lists, and how many tasks of each are open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The space.
    pub space: Space,
    /// Whose it is.
    pub team: Option<String>,
    /// Its lists, in order, those put away too.
    pub lists: Vec<(List, i64)>,
}

/// All that whoever asks sees of spaces and lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// In order, those put away too.
    pub spaces: Vec<Shown>,
    /// They may add lists.
    pub may_change: bool,
    /// They may change what lists are made of.
    pub may_organise: bool,
    /// They may set spaces up.
    pub may_set_up: bool,
    /// How much in their inbox they haven’t looked at, where it is [`overview`] that was asked.
    pub unread: i64,
}

/// A list with what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The list.
    pub list: List,
    /// More about it, in Markdown.
    pub about: String,
    /// Where it is.
    pub space: Space,
    /// Its statuses, in order, each with how many tasks it has outside the trash.
    pub statuses: Vec<(Status, i64)>,
    /// Its parts, in order.
    pub sections: Vec<Section>,
    /// Who can be put on its tasks, by name.
    pub people: Vec<Who>,
}

/// Spaces and lists, for whoever sees them.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn overview(platform: &Platform, actor: &Actor, org: &str) -> Result<Overview> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let unread = notices::unread(&mut tx).await?;
    let found = overview_in(&mut tx).await?;
    tx.rollback().await?;
    Ok(Overview { unread, ..found })
}

/// All spaces with their lists, for who sets them up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn to_set_up(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Shown>> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Read).await?;
    let found = overview_in(&mut tx).await?;
    tx.rollback().await?;
    Ok(found.spaces)
}

/// What [`overview`] gives, inside a transaction.
///
/// # Errors
/// The database is busy.
pub async fn overview_in(tx: &mut OrgTx) -> Result<Overview> {
    let spaces = access::spaces(tx).await?;
    let teams: BTreeMap<TeamId, String> =
        store::teams(tx).await?.into_iter().map(|team| (team.id, team.name)).collect();
    let open: BTreeMap<ListId, i64> = store::open_by_list(tx).await?.into_iter().collect();
    let mut by_space: BTreeMap<SpaceId, Vec<(List, i64)>> = BTreeMap::new();
    for list in store::lists(tx).await? {
        let count = open.get(&list.id).copied().unwrap_or(0);
        by_space.entry(list.space_id).or_default().push((list, count));
    }
    let shown = |space: Space| Shown {
        team: space.team_id.and_then(|team| teams.get(&team).cloned()),
        lists: by_space.remove(&space.id).unwrap_or_default(),
        space,
    };
    Ok(Overview {
        spaces: spaces.into_iter().map(shown).collect(),
        may_change: tx.allows(&permissions::CHANGE),
        may_organise: tx.allows(&permissions::ORGANISE),
        may_set_up: tx.allows(&permissions::SET_UP),
        unread: 0,
    })
}

/// A list with what it is made of, for whoever sees it.
///
/// # Errors
/// As [`OrgTx::open`]; 404.
pub async fn whole(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Whole> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, id).await?;
    let whole = whole_in(&mut tx, list).await?;
    tx.rollback().await?;
    Ok(whole)
}

/// The same of a list that is at hand. Whoever calls it saw to it that it may be seen.
///
/// # Errors
/// The database is busy.
pub async fn whole_in(tx: &mut OrgTx, list: List) -> Result<Whole> {
    let space = space(tx, list.space_id).await?;
    let counts: BTreeMap<StatusId, i64> = store::counts_by_status(tx, list.id).await?.into_iter().collect();
    let with_count = |status: Status| {
        let count = counts.get(&status.id).copied().unwrap_or(0);
        (status, count)
    };
    let statuses = store::statuses(tx, list.id).await?.into_iter().map(with_count).collect();
    Ok(Whole {
        statuses,
        sections: store::sections(tx, list.id).await?,
        people: who_sees(tx, &space).await?,
        about: about(tx, &list).await?,
        space,
        list,
    })
}

/// What is said about a list, opened.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn about(tx: &mut OrgTx, list: &List) -> Result<String> {
    let Some(sealed) = &list.about else { return Ok(String::new()) };
    let keys = tx.keys().await?;
    access::text(&keys, about_of(list.id), sealed)
}

/// Who can be put on tasks of a space, by name.
///
/// # Errors
/// The database is busy.
pub async fn who_sees(tx: &mut OrgTx, space: &Space) -> Result<Vec<Who>> {
    let all = members::all(tx).await?;
    let seers = seers(tx, space, &all).await?.into_iter();
    let who = |one: &Member| Who { id: one.user, initials: initials(&one.name), name: one.name.clone() };
    let mut people: Vec<Who> = seers.map(who).collect();
    people.sort_by_cached_key(|one| (one.name.to_lowercase(), one.id));
    Ok(people)
}

/// Those of these members who can.
///
/// # Errors
/// The database is busy.
pub async fn seers<'m>(tx: &mut OrgTx, space: &Space, all: &'m [Member]) -> Result<Vec<&'m Member>> {
    let team: Option<BTreeSet<UserId>> = match (space.seen_by.as_str(), space.team_id) {
        ("team", Some(team)) => Some(insiders(tx, team).await?),
        _ => None,
    };
    let works = |member: &Member| {
        member.role >= Role::Admin
            || member.modules.as_ref().is_none_or(|modules| modules.iter().any(|name| name == "tasks"))
    };
    let sees = |member: &&Member| works(member) && team.as_ref().is_none_or(|team| team.contains(&member.user));
    Ok(all.iter().filter(sees).collect())
}

/// Adds a space, after all others. With `key`, the same request again adds nothing and answers the same. Gives the act, too: undoing it takes the space away,
/// as long as nothing is in it.
///
/// # Errors
/// 404 for a team that isn't this organisation's; 409 for a key that another request had; 422 at each field that is wrong.
pub async fn add_space(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    body: &SpaceBody,
    key: Option<&str>,
) -> Result<(SpaceId, Option<ActId>)> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Write).await?;
    let id = SpaceId::new(tx.now());
    if let Some(before) = again_with(&mut tx, "tasks.spaces", key, &said("space", body), id.0).await? {
        let act = set_ups::act_of_adding(&mut tx, before).await?;
        tx.rollback().await?;
        return Ok((SpaceId(before), act));
    }
    add_space_with(&mut tx, id, body).await?;
    let as_it_is = space_as_it_is(&space(&mut tx, id).await?);
    let act = set_ups::added(&mut tx, What::Space, id.0, None, as_it_is).await?;
    tx.commit().await?;
    Ok((id, Some(act)))
}

/// The same in a transaction that goes on.
///
/// # Errors
/// As [`add_space`].
pub async fn add_space_in(tx: &mut OrgTx, body: &SpaceBody) -> Result<SpaceId> {
    let id = SpaceId::new(tx.now());
    add_space_with(tx, id, body).await?;
    Ok(id)
}

async fn add_space_with(tx: &mut OrgTx, id: SpaceId, body: &SpaceBody) -> Result<()> {
    let all = access::spaces(tx).await?;
    if all.len() >= MOST_SPACES {
        return Err(AppError::field("name", format!("There is room for {MOST_SPACES} spaces.")));
    }
    let position = last(all.last().map(|space| space.position.as_str()))?;
    let new = Space { id, position, archived: false, version: 1, ..checked_space(tx, &all, id, body).await? };
    rows::insert_space(tx, &new).await?;
    tx.emit("tasks.space_saved", id.0).await
}

/// Changes a space. Where it was for everybody and is for its team alone from now on, links that show its lists end, and mail comes to them from members alone.
/// Gives the act, where anything is different.
///
/// # Errors
/// As [`add_space`]; 404 for one that isn't this organisation's; 409 where somebody else changed it since `version`, and where it would be for its team
/// alone while others are on open tasks in it.
pub async fn save_space(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    body: &SpaceBody,
) -> Result<Option<ActId>> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Write).await?;
    let all = access::spaces(&mut tx).await?;
    let now = find_space(&all, id)?.clone();
    let version = version_of(body.version)?;
    if version != now.version {
        let held = space_as_it_is(&now);
        return Err(access::changed(&tx, "this space", now.version, space_differences(&now, body), &held));
    }
    let new = save_space_in(&mut tx, &all, &now, body).await?;
    let (before, after) = (space_as_it_is(&now), space_as_it_is(&new));
    let act = set_ups::changed(&mut tx, What::Space, now.id.0, None, before, after).await?;
    finish(tx, "tasks.space_saved", now.id.0).await?;
    Ok(act)
}

/// The same in a transaction that goes on, for a space that is at hand, one of all of them. Gives what it is from now on.
async fn save_space_in(tx: &mut OrgTx, all: &[Space], now: &Space, body: &SpaceBody) -> Result<Space> {
    let new = checked_space(tx, all, now.id, body).await?;
    if let Some(team) = new.team_id.filter(|_| new.seen_by == "team")
        && (now.seen_by != "team" || now.team_id != Some(team))
    {
        let doers = rows::doers_of_space(tx, now.id).await?;
        check_nobody_outside(tx, team, doers).await?;
    }
    let id = now.id;
    let new = Space { id, position: now.position.clone(), archived: now.archived, version: now.version, ..new };
    if rows::update_space(tx, &new).await? == 0 {
        return Err(meanwhile());
    }
    if now.seen_by != "team" && new.seen_by == "team" {
        let all = store::lists(tx).await?.into_iter();
        became_private(tx, &all.filter(|list| list.space_id == id).map(|list| list.id).collect()).await?;
    }
    Ok(new)
}

/// Puts a space back to what it was, or takes one away that was added. Links to its lists that ended stay so. Whoever calls it undoes the act of that.
///
/// # Errors
/// As [`seen_space`] and [`save_space`]; 403 for who doesn't set spaces up any more; 409 where it was changed since, and where something is in it by now.
pub(super) async fn put_space_back(tx: &mut OrgTx, one: &SetUp) -> Result<()> {
    set_ups::check_sets_up(tx)?;
    let now = seen_space(tx, one.subject).await?;
    if one.is_added() {
        one.check_untouched(&space_as_it_is(&now))?;
        let has_lists = store::lists(tx).await?.iter().any(|list| list.space_id == now.id);
        if has_lists || now.archived || store_set_ups::count_templates_of(tx, now.id).await? > 0 {
            return Err(set_ups::in_use("space"));
        }
        store_set_ups::delete_space(tx, now.id).await?;
        return tx.emit("tasks.space_deleted", one.subject).await;
    } else if one.after.get("archived").is_some() {
        let back = one.back(&json!({ "archived": now.archived }))?;
        rows::update_space(tx, &Space { archived: back["archived"] == true, ..now }).await?;
    } else {
        let body = set_ups::read(one.back(&space_as_it_is(&now))?)?;
        let all = access::spaces(tx).await?;
        save_space_in(tx, &all, &now, &body).await?;
    }
    tx.emit("tasks.space_saved", one.subject).await
}

/// Moves a space among the others.
///
/// # Errors
/// 404 for one that isn't this organisation's, or a neighbour that isn't.
pub async fn move_space(platform: &Platform, actor: &Actor, org: &str, id: &str, to: To) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Write).await?;
    let all = access::spaces(&mut tx).await?;
    let id = find_space(&all, id)?.id;
    let all: Vec<_> = all.into_iter().map(|space| (space.id.0, space.position)).collect();
    if !place(&mut tx, Row::Space, all, id.0, to).await? {
        return tx.rollback().await;
    }
    finish(tx, "tasks.space_saved", id.0).await
}

/// Puts a space away with all that is in it, or takes it out again. Nothing in it is lost, and nothing in it changes meanwhile. Gives the act, where it wasn't
/// so before.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn archive_space(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    archived: bool,
) -> Result<Option<ActId>> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Write).await?;
    let all = access::spaces(&mut tx).await?;
    let now = find_space(&all, id)?.clone();
    if now.archived == archived {
        tx.rollback().await?;
        return Ok(None);
    }
    let id = now.id;
    let (before, after) = (json!({ "archived": now.archived }), json!({ "archived": archived }));
    rows::update_space(&mut tx, &Space { archived, ..now }).await?;
    let act = set_ups::changed(&mut tx, What::Space, id.0, None, before, after).await?;
    finish(tx, "tasks.space_saved", id.0).await?;
    Ok(act)
}

/// Adds a list to a space, after its others. With `key`, the same request again adds nothing and answers the same. Gives the act, too: undoing it takes the
/// list away, as long as nothing is in it.
///
/// # Errors
/// 404 for a space that whoever asks can't see; 409 for one that was put away, and for a key that another request had; 422 at each field that is wrong.
pub async fn add_list(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    body: &ListBody,
    key: Option<&str>,
) -> Result<(ListId, Option<ActId>)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let id = ListId::new(tx.now());
    if let Some(before) = again_with(&mut tx, "tasks.lists", key, &said("list", body), id.0).await? {
        let act = set_ups::act_of_adding(&mut tx, before).await?;
        tx.rollback().await?;
        return Ok((ListId(before), act));
    }
    add_list_with(&mut tx, id, body).await?;
    let new = access::list(&mut tx, id).await?;
    let as_it_is = list_as_it_is(&mut tx, &new).await?;
    let act = set_ups::added(&mut tx, What::List, id.0, Some(id), as_it_is).await?;
    tx.commit().await?;
    Ok((id, Some(act)))
}

/// The same in a transaction that goes on.
///
/// # Errors
/// As [`add_list`].
pub async fn add_list_in(tx: &mut OrgTx, body: &ListBody) -> Result<ListId> {
    let id = ListId::new(tx.now());
    add_list_with(tx, id, body).await?;
    Ok(id)
}

async fn add_list_with(tx: &mut OrgTx, id: ListId, body: &ListBody) -> Result<()> {
    let space = space_to_change(tx, body.space).await?;
    let all = store::lists(tx).await?;
    check_room(&all, false).map_err(|words| AppError::field("name", words))?;
    let (name, about) = checked_list(tx, id, body).await?;
    let before = all.iter().rev().find(|list| list.space_id == space.id);
    let position = last(before.map(|list| list.position.as_str()))?;
    let new = List { id, space_id: space.id, name, about, position, archived: false, version: 1 };
    rows::insert_list(tx, &new).await?;
    parts::insert_statuses(tx, id, &body.statuses).await?;
    tx.emit("tasks.list_saved", id.0).await
}

/// Changes a list’s name and what is said about it, and takes it to another space. Where everybody saw it and its team alone does from now on, links that show
/// it end, and mail comes to it from members alone. Gives the act, where anything is different.
///
/// # Errors
/// 404 for a list or a space that whoever asks can't see; 409 where somebody else changed it since `version`, for one that was put away, and where
/// somebody on its open tasks wouldn't see it any more; 422 at each field that is wrong.
pub async fn save_list(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    body: &ListBody,
) -> Result<Option<ActId>> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let now = list_to_change_called(&mut tx, id).await?;
    let version = version_of(body.version)?;
    let held = list_as_it_is(&mut tx, &now).await?;
    if version != now.version {
        let about = about(&mut tx, &now).await?;
        let differs = list_differences(&now, &about, body);
        return Err(access::changed(&tx, "this list", now.version, differs, &held));
    }
    let new = save_list_in(&mut tx, &now, body).await?;
    let after = list_as_it_is(&mut tx, &new).await?;
    let act = set_ups::changed(&mut tx, What::List, now.id.0, Some(now.id), held, after).await?;
    finish(tx, "tasks.list_saved", now.id.0).await?;
    Ok(act)
}

/// The same in a transaction that goes on, for a list that is at hand and can be changed. Gives what it is from now on.
async fn save_list_in(tx: &mut OrgTx, now: &List, body: &ListBody) -> Result<List> {
    let (name, about) = checked_list(tx, now.id, body).await?;
    let mut new = List { name, about, ..now.clone() };
    let mut is_hidden = false;
    if body.space != now.space_id {
        let was = space(tx, now.space_id).await?;
        let space = space_to_change(tx, body.space).await?;
        is_hidden = was.seen_by != "team" && space.seen_by == "team";
        if let Some(team) = space.team_id.filter(|_| space.seen_by == "team") {
            let doers = rows::doers_of_list(tx, now.id).await?;
            check_nobody_outside(tx, team, doers).await?;
        }
        let all = store::lists(tx).await?;
        let before = all.iter().rev().find(|list| list.space_id == space.id);
        (new.space_id, new.position) = (space.id, last(before.map(|list| list.position.as_str()))?);
    }
    if rows::update_list(tx, &new).await? == 0 {
        return Err(meanwhile());
    }
    if is_hidden {
        became_private(tx, &BTreeSet::from([now.id])).await?;
    }
    Ok(new)
}

/// Puts a list back to what it was, or takes one away that was added. Links to it that ended stay so. Whoever calls it undoes the act of that.
///
/// # Errors
/// 404 for one that whoever asks can't see; 409 as [`save_list`] and [`archive_list`], where it was changed since, and where something is in it by now.
pub(super) async fn put_list_back(tx: &mut OrgTx, one: &SetUp) -> Result<()> {
    let id = ListId(one.subject);
    if one.after.get("archived").is_some() {
        let now = access::list(tx, id).await?;
        let back = one.back(&json!({ "archived": now.archived }))?;
        archive_list_in(tx, now, back["archived"] == true).await?;
        return tx.emit("tasks.list_saved", id.0).await;
    }
    let now = access::list_to_change(tx, id).await?;
    let as_it_is = list_as_it_is(tx, &now).await?;
    if one.is_added() {
        one.check_untouched(&as_it_is)?;
        let has_parts = !store::sections(tx, id).await?.is_empty() || !fields::of_list(tx, id).await?.is_empty();
        let is_shown = store_inout::every_share(tx).await?.iter().any(|share| share.list_id == id)
            || store_inout::every_mailbox(tx).await?.iter().any(|mailbox| mailbox.list_id == id);
        let is_set_up = store_set_ups::count_in_list(tx, id, one.act).await? > 0;
        if has_parts || is_shown || is_set_up || !delete_if_empty(tx, id).await? {
            return Err(set_ups::in_use("list"));
        }
        return Ok(());
    }
    let body = set_ups::read(one.back(&as_it_is)?)?;
    save_list_in(tx, &now, &body).await?;
    tx.emit("tasks.list_saved", id.0).await
}

/// Moves a list among the others of its space.
///
/// # Errors
/// 404 for one that whoever asks can't see, or a neighbour that isn't in its space.
pub async fn move_list(platform: &Platform, actor: &Actor, org: &str, id: &str, to: To) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let list = access::list_called(&mut tx, id).await?;
    let all = store::lists(&mut tx).await?.into_iter().filter(|other| other.space_id == list.space_id);
    let all: Vec<_> = all.map(|list| (list.id.0, list.position)).collect();
    if !place(&mut tx, Row::List, all, list.id.0, to).await? {
        return tx.rollback().await;
    }
    finish(tx, "tasks.list_saved", list.id.0).await
}

/// Puts a list away, or takes it out again. Nothing in it is lost, and nothing in it changes meanwhile. Gives the act, where it wasn't so before.
///
/// # Errors
/// 404 for one that whoever asks can't see; 409 where there are as many in use, or put away, as there can be.
pub async fn archive_list(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    archived: bool,
) -> Result<Option<ActId>> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let now = access::list_called(&mut tx, id).await?;
    if now.archived == archived {
        tx.rollback().await?;
        return Ok(None);
    }
    let id = now.id;
    let (before, after) = (json!({ "archived": now.archived }), json!({ "archived": archived }));
    archive_list_in(&mut tx, now, archived).await?;
    let act = set_ups::changed(&mut tx, What::List, id.0, Some(id), before, after).await?;
    finish(tx, "tasks.list_saved", id.0).await?;
    Ok(act)
}

async fn archive_list_in(tx: &mut OrgTx, now: List, archived: bool) -> Result<()> {
    check_room(&store::lists(tx).await?, archived).map_err(AppError::conflict)?;
    rows::update_list(tx, &List { archived, ..now }).await?;
    Ok(())
}

/// Deletes a list that was put away, and that nothing is in any more: for good.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 for one that is in use, that has tasks, in the trash too, or that a template is started into by itself.
pub async fn delete_list(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Write).await?;
    let list = access::list_called(&mut tx, id).await?;
    if !list.archived {
        return Err(AppError::conflict("This list is in use. Archive it first."));
    }
    if rows::count_in_list(&mut tx, list.id).await? > 0 {
        return Err(AppError::conflict(
            "There are tasks in this list, or in the trash from it, where they stay for 30 days. Only an empty list can be deleted.",
        ));
    }
    if rows::count_triggers_into(&mut tx, list.id).await? > 0 {
        return Err(AppError::conflict(
            "A template starts automatically in this list. Choose another list for that, or delete the automatic start, first.",
        ));
    }
    delete_in(&mut tx, list.id).await?;
    tx.commit().await
}

/// The same in a transaction that goes on, for a list that may go; `false`: something is in it, or comes into it.
///
/// # Errors
/// The database is busy.
pub(super) async fn delete_if_empty(tx: &mut OrgTx, list: ListId) -> Result<bool> {
    if rows::count_in_list(tx, list).await? > 0 || rows::count_triggers_into(tx, list).await? > 0 {
        return Ok(false);
    }
    delete_in(tx, list).await?;
    Ok(true)
}

async fn delete_in(tx: &mut OrgTx, list: ListId) -> Result<()> {
    rows::move_runs(tx, list).await?;
    rows::delete_runs_in(tx, list).await?;
    rows::delete_triggers_into(tx, list).await?;
    rows::free_own(tx, list).await?;
    store_mine::delete_round(tx, list).await?;
    rows::delete_shares_of(tx, list).await?;
    rows::delete_feeds_of(tx, list).await?;
    rows::delete_mails_of(tx, list).await?;
    store_inout::delete_mailbox(tx, list).await?;
    rows::delete_values_of(tx, list).await?;
    rows::delete_fields_of(tx, list).await?;
    rows::delete_removed_of(tx, list).await?;
    rows::delete_gone_of(tx, list).await?;
    store_set_ups::delete_of_list(tx, list).await?;
    rows::delete_sections_of(tx, list).await?;
    rows::delete_statuses_of(tx, list).await?;
    rows::delete_list(tx, list).await?;
    tx.emit("tasks.list_deleted", list.0).await
}

/// There is room for another list that is in use, or that is put away. Those put away take nobody’s room to work.
///
/// # Errors
/// What to do about it.
pub(super) fn check_room(all: &[List], archived: bool) -> Result<(), String> {
    let (most, rest) = if archived {
        (MOST_AWAY, "that are archived.")
    } else {
        (MOST_LISTS, "in use. Archive one that isn’t needed any more.")
    };
    let there = all.iter().filter(|list| list.archived == archived).count();
    if there < most { Ok(()) } else { Err(format!("There is room for {most} lists {rest}")) }
}

/// Begins where there is nothing yet: a space for everybody, and a list in it that is like what many start with. `jobs`: what is done for clients, from
/// the first call to the invoice; `week`: what is to be done on which day; anything else: what is to be done. With `key`, the same request again adds nothing
/// and answers the same.
///
/// # Errors
/// As [`add_space`] and [`add_list`].
pub async fn begin(platform: &Platform, actor: &Actor, org: &str, like: &str, key: Option<&str>) -> Result<ListId> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Write).await?;
    let id = ListId::new(tx.now());
    if let Some(before) = again_with(&mut tx, "tasks.begin", key, &said("begin", &like), id.0).await? {
        tx.rollback().await?;
        return Ok(ListId(before));
    }
    let there = access::spaces(&mut tx).await?.into_iter().find(|space| !space.archived && space.seen_by == "everyone");
    let space = if let Some(space) = there {
        space.id
    } else {
        let body = SpaceBody { name: "Our work".to_owned(), team: None, seen_by: everyone(), version: None };
        add_space_in(&mut tx, &body).await?
    };
    let (name, statuses, sections): (&str, &[(&str, &str)], &[&str]) = match like {
        "jobs" => (
            "Jobs",
            &[
                ("New", "open"),
                ("Quoted", "open"),
                ("Booked", "open"),
                ("In progress", "started"),
                ("To invoice", "started"),
                ("Invoiced", "done"),
            ],
            &[],
        ),
        "week" => ("This week", &[], &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]),
        _ => ("To do", &[], &[]),
    };
    let statuses = statuses.iter().map(|(name, kind)| StatusBody {
        name: (*name).to_owned(),
        kind: (*kind).to_owned(),
        most: None,
        version: None,
    });
    let body =
        ListBody { space, name: name.to_owned(), about: String::new(), statuses: statuses.collect(), version: None };
    add_list_with(&mut tx, id, &body).await?;
    for name in sections {
        parts::add_section_in(&mut tx, id, name).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// A list in which whoever asks may change something, by what an address says.
///
/// # Errors
/// 404; 409 for one that was put away.
pub async fn list_to_change_called(tx: &mut OrgTx, id: &str) -> Result<List> {
    let Ok(id) = id.parse::<ListId>() else { return Err(no_list()) };
    access::list_to_change(tx, id).await
}

/// A space that whoever asks sees, by its bare id.
///
/// # Errors
/// 404.
pub(super) async fn seen_space(tx: &mut OrgTx, id: Uuid) -> Result<Space> {
    space(tx, SpaceId(id)).await
}

/// A space as it is set up, as [`SpaceBody`] has it.
fn space_as_it_is(space: &Space) -> Value {
    json!({ "name": space.name, "team": space.team_id, "seen_by": space.seen_by })
}

/// A list as it is set up, as [`ListBody`] has it.
async fn list_as_it_is(tx: &mut OrgTx, list: &List) -> Result<Value> {
    let about = about(tx, list).await?;
    Ok(json!({ "name": list.name, "space": list.space_id, "about": about }))
}

/// A space that whoever asks sees.
async fn space(tx: &mut OrgTx, id: SpaceId) -> Result<Space> {
    access::spaces(tx).await?.into_iter().find(|space| space.id == id).ok_or_else(no_space)
}

async fn space_to_change(tx: &mut OrgTx, id: SpaceId) -> Result<Space> {
    let space = space(tx, id).await?;
    if space.archived {
        return Err(AppError::conflict("This space is archived. Restore it first."));
    }
    Ok(space)
}

/// One of them by its id.
///
/// # Errors
/// 404.
pub fn find_space<'s>(spaces: &'s [Space], id: &str) -> Result<&'s Space> {
    spaces.iter().find(|space| space.id.to_string() == id).ok_or_else(no_space)
}

/// Who sees a space that is for this team alone.
async fn insiders(tx: &mut OrgTx, team: TeamId) -> Result<BTreeSet<UserId>> {
    let all = store::team_members(tx).await?;
    let team = all.into_iter().filter(|(one, _)| *one == team).map(|(_, user)| user);
    Ok(team.chain(store::admins(tx).await?).collect())
}

/// Nobody is left on a task that they can't see any more. Who doesn't belong to the organisation any more saw it no longer anyway.
async fn check_nobody_outside(tx: &mut OrgTx, team: TeamId, doers: Vec<UserId>) -> Result<()> {
    let inside = insiders(tx, team).await?;
    let outside: BTreeSet<UserId> = doers.into_iter().filter(|user| !inside.contains(user)).collect();
    let all = members::all(tx).await?;
    let mut names: Vec<String> =
        all.into_iter().filter(|member| outside.contains(&member.user)).map(|member| member.name).collect();
    if names.is_empty() {
        return Ok(());
    }
    names.sort_by_cached_key(|name| name.to_lowercase());
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let names = if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) };
    Err(AppError::conflict(format!(
        "Only the team would see it, and open tasks in it are assigned to these people: {names}. Hand over their tasks, or add them to the team, first. Nothing was changed."
    )))
}

/// What was for everybody, and is for a team alone now, isn’t for strangers: no link shows it any more, and members alone write to it.
async fn became_private(tx: &mut OrgTx, lists: &BTreeSet<ListId>) -> Result<()> {
    for share in store_inout::every_share(tx).await?.into_iter().filter(|share| lists.contains(&share.list_id)) {
        store_inout::delete_share(tx, share.id).await?;
        tx.audit("tasks.list_share_ended", share.list_id.0, &Detail::default()).await?;
    }
    let open = |mailbox: &MailboxRow| lists.contains(&mailbox.list_id) && mailbox.takes != "members";
    for mailbox in store_inout::every_mailbox(tx).await?.into_iter().filter(open) {
        store_inout::set_mailbox(tx, mailbox.list_id, "members").await?;
        tx.audit("tasks.list_mail_set", mailbox.list_id.0, &Detail::default().with("takes", "members")).await?;
    }
    Ok(())
}

async fn checked_space(tx: &mut OrgTx, all: &[Space], id: SpaceId, body: &SpaceBody) -> Result<Space> {
    let mut errors = FieldErrors::default();
    let name = unique_name(all.iter().filter(|other| other.id != id).map(|other| &other.name), &body.name, &mut errors);
    if !["everyone", "team"].contains(&body.seen_by.as_str()) {
        errors.add("seen_by", "Choose everyone, or its team alone.");
    }
    if body.seen_by == "team" && body.team.is_none() {
        errors.add("team", "Choose the team that it is for.");
    }
    if let Some(team) = body.team {
        let teams = store::teams(tx).await?;
        let team = teams.iter().find(|one| one.id == team).ok_or_else(super::teams::no_team)?;
        let had = all.iter().any(|space| space.id == id && space.team_id == Some(team.id));
        if !team.active && !had {
            errors.add("team", format!("{} isn’t in use any more.", team.name));
        }
    }
    errors.finish()?;
    Ok(Space {
        id,
        name,
        team_id: body.team,
        seen_by: body.seen_by.clone(),
        position: String::new(),
        archived: false,
        version: 1,
    })
}

/// Its name, and what is said about it, sealed.
async fn checked_list(tx: &mut OrgTx, id: ListId, body: &ListBody) -> Result<(String, Option<Vec<u8>>)> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(&body.name));
    let about = body.about.trim();
    if about.chars().count() > LONGEST_ABOUT || !is_text(about) {
        errors.add("about", "Use at most 20,000 characters.");
    }
    errors.finish()?;
    let keys = tx.keys().await?;
    Ok((name, (!about.is_empty()).then(|| keys.seal(about_of(id), about))))
}

fn space_differences(now: &Space, body: &SpaceBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    if now.name != body.name {
        fields.add("name", format!("It is “{}” now.", now.name));
    }
    if now.team_id != body.team {
        fields.add("team", if now.team_id.is_some() { "It is another team now." } else { "It is no team’s now." });
    }
    if now.seen_by != body.seen_by {
        let words = if now.seen_by == "team" { "Its team alone sees it now." } else { "Everybody sees it now." };
        fields.add("seen_by", words);
    }
    fields.into_fields()
}

fn list_differences(now: &List, about: &str, body: &ListBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    if now.name != body.name {
        fields.add("name", format!("It is “{}” now.", now.name));
    }
    if now.space_id != body.space {
        fields.add("space", "It is in another space now.");
    }
    if about != body.about.trim() {
        fields.add("about", if about.is_empty() { "It is empty now." } else { "It says something else now." });
    }
    fields.into_fields()
}

/// A name that none of the others has.
pub(super) fn unique_name<'n>(
    mut others: impl Iterator<Item = &'n String>,
    typed: &str,
    errors: &mut FieldErrors,
) -> String {
    let name = errors.take("name", check_name(typed));
    if others.any(|other| compared(other) == compared(&name)) {
        errors.add("name", format!("There is a “{name}” already. Give it another name."));
    }
    name
}

/// How names are compared: whichever letters are large, however many spaces.
pub fn compared(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What these lists are called, in their order; with its space before it where another of them has the same name: “Payroll · Monthly”.
pub fn told_apart(lists: &[List], spaces: &[Space]) -> Vec<(ListId, String)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for list in lists {
        *counts.entry(compared(&list.name)).or_default() += 1;
    }
    let name = |list: &List| {
        let has_twin = counts.get(&compared(&list.name)).is_some_and(|count| *count > 1);
        match spaces.iter().find(|space| has_twin && space.id == list.space_id) {
            Some(space) => format!("{} · {}", space.name, list.name),
            None => list.name.clone(),
        }
    };
    lists.iter().map(|list| (list.id, name(list))).collect()
}

/// The version that was read, which whoever changes something has to send.
pub(super) fn version_of(version: Option<i64>) -> Result<i64> {
    version.ok_or_else(|| AppError::field("version", "Send the version that you read."))
}

/// Puts one of these, which are in order, elsewhere among them. `false`: it stays where it is.
pub(super) async fn place(
    tx: &mut OrgTx,
    row: Row,
    mut all: Vec<(Uuid, String)>,
    moving: Uuid,
    to: To,
) -> Result<bool> {
    let at = all.iter().position(|(id, _)| *id == moving).ok_or_else(no_neighbour)?;
    all.remove(at);
    let goes = match to {
        To::Up => at.checked_sub(1),
        To::Down => Some(at + 1).filter(|to| *to <= all.len()),
        To::After(None) => Some(0),
        To::After(Some(after)) if after == moving => None,
        To::After(Some(after)) => Some(all.iter().position(|(id, _)| *id == after).ok_or_else(no_neighbour)? + 1),
    };
    let Some(goes) = goes.filter(|goes| *goes != at) else { return Ok(false) };
    let before = goes.checked_sub(1).and_then(|at| all.get(at)).map(|(_, key)| key.as_str());
    let next = all.get(goes).map(|(_, key)| key.as_str());
    let key = between(before, next)?;
    if key.len() <= order::LONGEST {
        set_place(tx, row, moving, &key).await?;
        return Ok(true);
    }
    let mut ids: Vec<Uuid> = all.into_iter().map(|(id, _)| id).collect();
    ids.insert(goes, moving);
    // Aside first, so that no two have the same place at any moment.
    for (id, key) in ids.iter().zip(order::spread(ids.len())) {
        set_place(tx, row, *id, &format!("~{key}")).await?;
    }
    for (id, key) in ids.iter().zip(order::spread(ids.len())) {
        set_place(tx, row, *id, &key).await?;
    }
    Ok(true)
}

async fn set_place(tx: &mut OrgTx, row: Row, id: Uuid, key: &str) -> Result<()> {
    match row {
        Row::Space => rows::place_space(tx, SpaceId(id), key).await?,
        Row::List => rows::place_list(tx, ListId(id), key).await?,
        Row::Status => rows::place_status(tx, StatusId(id), key).await?,
        Row::Section => rows::place_section(tx, SectionId(id), key).await?,
        Row::Field => store_time::place_field(tx, FieldId(id), key).await?,
        Row::Check => store_time::place_check(tx, CheckId(id), key).await?,
    };
    Ok(())
}

/// The place after all others, of which this is the last.
pub(super) fn last(after: Option<&str>) -> Result<String> {
    order::last(after).map_err(|_| AppError::internal())
}

/// A place between two.
pub(super) fn between(before: Option<&str>, after: Option<&str>) -> Result<String> {
    order::between(before, after).map_err(|_| {
        tracing::error!("two places are no keys, or stand the wrong way round");
        AppError::internal()
    })
}

/// Says that it happened, and makes it durable.
pub(super) async fn finish(mut tx: OrgTx, kind: &'static str, subject: Uuid) -> Result<()> {
    tx.emit(kind, subject).await?;
    tx.commit().await
}

/// 409 for who was second.
pub(super) fn meanwhile() -> AppError {
    AppError::conflict("Somebody else changed this meanwhile. Please look at it again.")
}

/// 404 for a space.
pub fn no_space() -> AppError {
    AppError::not_found("that space")
}

fn no_neighbour() -> AppError {
    AppError::not_found("what it is to come after")
}

/// "SL" of "Sam Lee".
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

fn about_of(id: ListId) -> Place {
    Place { table: "tasks_lists", column: "about", row: id.0 }
}

fn everyone() -> String {
    "everyone".to_owned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{List, ListId, Space, SpaceId, told_apart};

    /// Lists may have the same name: then each says in which space it is.
    #[test]
    fn lists_of_the_same_name_say_where_they_are() {
        let space = |id: u128, name: &str| Space {
            id: SpaceId(Uuid::from_u128(id)),
            name: name.to_owned(),
            team_id: None,
            seen_by: "everyone".to_owned(),
            position: String::new(),
            archived: false,
            version: 1,
        };
        let list = |id: u128, space: u128, name: &str| List {
            id: ListId(Uuid::from_u128(id)),
            space_id: SpaceId(Uuid::from_u128(space)),
            name: name.to_owned(),
            about: None,
            position: String::new(),
            archived: false,
            version: 1,
        };
        let told = told_apart(
            &[list(1, 8, "Monthly"), list(2, 9, "monthly"), list(3, 9, "Weekly")],
            &[space(8, "Clinic"), space(9, "Payroll")],
        );
        let names: Vec<&str> = told.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["Clinic · Monthly", "Payroll · monthly", "Weekly"]);
    }
}
