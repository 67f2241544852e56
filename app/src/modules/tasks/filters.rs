//! Filters that are kept: one’s own, or everybody’s who sees tasks. What one finds is always what whoever looks sees themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    access, acts,
    filter::Query,
    ids::{ActId, FilterId, ListId},
    lists::{To, between, compared, finish, last, meanwhile, unique_name, version_of},
    matching::{self, Book, Matches},
    order, permissions,
    search::{Line, lines},
    store_search::{self as rows, FilterRow},
};
use crate::{
    crypto::Place,
    db::Access,
    error::{AppError, Code, FieldError, FieldErrors, Result},
    ids::UserId,
    org::{Actor, By as Opened, OrgTx},
    platform::Platform,
};

/// Somebody has so many filters of their own at most.
pub const MOST: usize = 200;
/// Who doesn’t organise lists shares so many with everybody.
pub const MOST_SHARED: usize = 20;
/// Everybody has so many together.
pub const MOST_OF_ALL: usize = 1_000;
/// So many tasks of one are shown at most.
pub const MOST_SHOWN: usize = 500;

/// A filter, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskFilterBody)]
pub struct FilterBody {
    /// Its name.
    pub name: String,
    /// What it asks for: `status:open due<=+7d`.
    pub query: String,
    /// Everybody who sees tasks has it.
    #[serde(default)]
    pub shared: bool,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// A filter that is kept, as whoever asks has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: FilterId,
    /// Its name.
    pub name: String,
    /// What it asks for, in one way of writing.
    pub query: String,
    /// Everybody has it.
    pub shared: bool,
    /// It is theirs.
    pub own: bool,
    /// They may change it.
    pub may_change: bool,
    /// Grows with every change.
    pub version: i64,
}

/// What tasks are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Their lists.
    List,
    /// When they are due.
    Due,
    /// Whose they are.
    Person,
    /// How urgent they are.
    Priority,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::List, Self::Due, Self::Person, Self::Priority];

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Due => "due",
            Self::Person => "person",
            Self::Priority => "priority",
        }
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Due => "Due date",
            Self::Person => "Person",
            Self::Priority => "Priority",
        }
    }

    /// Reads the word; by list where it is none.
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|by| by.as_str() == word).unwrap_or(Self::List)
    }
}

/// Tasks that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// They, in order.
    pub lines: Vec<Line>,
}

/// What a filter finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The filter.
    pub kept: Kept,
    /// What it finds, grouped.
    pub groups: Vec<Group>,
    /// How many there are.
    pub total: usize,
    /// So many are shown.
    pub shown: usize,
    /// More could be meant than were looked through.
    pub cut: bool,
    /// They may complete tasks.
    pub may_change: bool,
}

/// The filters that whoever asks has, in order.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Kept>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let all = seen(&mut tx).await?;
    tx.rollback().await?;
    Ok(all)
}

/// The same inside a transaction.
///
/// # Errors
/// The database is busy.
pub async fn seen(tx: &mut OrgTx) -> Result<Vec<Kept>> {
    let user = tx.person();
    let found = rows::filters(tx, user).await?;
    let keys = tx.keys().await?;
    found
        .into_iter()
        .map(|row| {
            Ok(Kept {
                query: access::text(&keys, query_of(row.id), &row.query)?,
                own: row.owner_id.is_some() && row.owner_id == user,
                may_change: may_change(tx, &row),
                id: row.id,
                name: row.name,
                shared: row.shared,
                version: row.version,
            })
        })
        .collect()
}

/// What one of them finds.
///
/// # Errors
/// 404 for another’s.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, id: &str, by: By) -> Result<Page> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let kept = seen(&mut tx).await?.into_iter().find(|kept| kept.id.to_string() == id).ok_or_else(no_filter)?;
    let query = Query::parse(&kept.query).map_err(|_| {
        tracing::error!("a saved filter can’t be read");
        AppError::internal()
    })?;
    let book = Book::read(&mut tx, None).await?;
    let Matches { rows: found, cut, .. } = matching::of(&mut tx, &book, &query, matching::MOST).await?;
    let total = found.len();
    let mut found = matching::in_order(&book, found);
    found.truncate(MOST_SHOWN);
    let tasks = access::opened(&mut tx, found).await?;
    let lines = lines(&book, tasks);
    let may_change = tx.allows(&permissions::CHANGE);
    tx.rollback().await?;
    let shown = lines.len();
    Ok(Page { groups: grouped(&book, lines, by), kept, total, shown, cut, may_change })
}

/// Keeps a filter, after all others.
///
/// # Errors
/// 422 at each field that is wrong; what is wrong with the filter, at `query`; at `name` where there are too many.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &FilterBody) -> Result<FilterId> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let id = add_in(&mut tx, body).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same in a transaction that goes on.
///
/// # Errors
/// As [`add`].
pub async fn add_in(tx: &mut OrgTx, body: &FilterBody) -> Result<FilterId> {
    let owner = tx.user();
    let all = rows::filters(tx, owner).await?;
    check_room(tx, &all, owner, body.shared).map_err(|words| AppError::field("name", words))?;
    let id = FilterId::new(tx.now());
    let (name, query) = checked(tx, &all, id, body).await?;
    if owner.is_none() && !body.shared {
        return Err(AppError::field("shared", "A program has no filters of its own: share it with everybody."));
    }
    let position = last(all.last().map(|row| row.position.as_str()))?;
    let new =
        FilterRow { id, owner_id: owner, name, query, shared: body.shared, position, version: 1, removed_with: None };
    rows::insert_filter(tx, &new).await?;
    tx.emit("tasks.filter_saved", id.0).await?;
    Ok(id)
}

/// Changes a filter.
///
/// # Errors
/// As [`add`]; 404 for another’s; 403 for one that everybody has, but for whose it is and who organises; 409 where it was changed since `version`.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &FilterBody) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let (all, now) = to_change(&mut tx, id).await?;
    let version = version_of(body.version)?;
    if version != now.version {
        let keys = tx.keys().await?;
        let query = access::text(&keys, query_of(now.id), &now.query)?;
        let differs = differences(&now, &query, body);
        let held = json!({ "name": now.name, "query": query, "shared": now.shared });
        return Err(access::changed(&tx, "this filter", now.version, differs, &held));
    }
    if now.shared && !body.shared && (now.owner_id.is_none() || now.owner_id != tx.user()) {
        return Err(AppError::field("shared", "Only whose filter it is can make it theirs alone."));
    }
    if now.shared != body.shared {
        check_room(&tx, &all, now.owner_id, body.shared).map_err(|words| AppError::field("shared", words))?;
    }
    let (name, query) = checked(&mut tx, &all, now.id, body).await?;
    let new = FilterRow { name, query, shared: body.shared, version, ..now };
    if rows::update_filter(&mut tx, &new).await? == 0 {
        return Err(meanwhile());
    }
    finish(tx, "tasks.filter_saved", new.id.0).await
}

/// Moves a filter by one among those that whoever asks has.
///
/// # Errors
/// As [`save`].
pub async fn move_to(platform: &Platform, actor: &Actor, org: &str, id: &str, to: To) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let (mut all, now) = to_change(&mut tx, id).await?;
    let at = all.iter().position(|row| row.id == now.id).ok_or_else(no_filter)?;
    all.remove(at);
    let goes = match to {
        To::Up => at.checked_sub(1),
        To::Down => Some(at + 1).filter(|to| *to <= all.len()),
        To::After(None) => Some(0),
        To::After(Some(after)) if after == now.id.0 => None,
        To::After(Some(after)) => Some(all.iter().position(|row| row.id.0 == after).ok_or_else(no_filter)? + 1),
    };
    let Some(goes) = goes.filter(|goes| *goes != at) else { return tx.rollback().await };
    let before = goes.checked_sub(1).and_then(|at| all.get(at)).map(|row| row.position.as_str());
    let next = all.get(goes).map(|row| row.position.as_str());
    // Others’ filters, which aren’t seen here, may have a place in common with one of these.
    let apart = before.zip(next).is_none_or(|(before, next)| before < next);
    let key = if apart { Some(between(before, next)?) } else { None };
    if let Some(key) = key.filter(|key| key.len() <= order::LONGEST) {
        rows::place_filter(&mut tx, now.id, &key).await?;
    } else {
        let id = now.id;
        all.insert(goes, now);
        for (row, key) in all.iter().zip(order::spread(all.len())) {
            rows::place_filter(&mut tx, row.id, &key).await?;
        }
        return finish(tx, "tasks.filter_saved", id.0).await;
    }
    finish(tx, "tasks.filter_saved", now.id.0).await
}

/// Keeps a filter no longer. Gives the act: undoing it brings the filter back.
///
/// # Errors
/// As [`save`].
pub async fn delete(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<ActId> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let (_, now) = to_change(&mut tx, id).await?;
    let act = acts::of_no_task(&mut tx, "filter").await?;
    rows::remove_filter(&mut tx, now.id, act).await?;
    finish(tx, "tasks.filter_deleted", now.id.0).await?;
    Ok(act)
}

/// Brings back the filter that an act took away, to whom it was. Whoever calls it undoes that act.
///
/// # Errors
/// 404 for one that was somebody else's alone, whose name is nobody else's to read; 409 where another has its name now, and where there is no room for another.
pub async fn put_back(tx: &mut OrgTx, act: ActId) -> Result<()> {
    for old in rows::filters_removed_by(tx, act).await? {
        if !old.shared && old.owner_id != tx.user() && tx.by() != Opened::System {
            return Err(AppError::not_found("what was done"));
        }
        let all = rows::filters(tx, old.owner_id).await?;
        check_room(tx, &all, old.owner_id, old.shared)
            .map_err(|words| AppError::conflict(format!("{words} Nothing was changed.")))?;
        if all.iter().any(|other| compared(&other.name) == compared(&old.name)) {
            return Err(AppError::conflict(format!("There is another “{}” now. Rename it first.", old.name)));
        }
        rows::bring_filter_back(tx, old.id).await?;
        tx.emit("tasks.filter_saved", old.id.0).await?;
    }
    Ok(())
}

/// Where what a filter asks for is sealed for.
pub fn query_of(id: FilterId) -> Place {
    Place { table: "tasks_filters", column: "query", row: id.0 }
}

/// Tasks by what they have in common, those with the same in the order in which they came.
pub fn grouped(book: &Book, lines: Vec<Line>, by: By) -> Vec<Group> {
    let today = book.today.now.date();
    let mut groups: BTreeMap<(usize, String), Vec<Line>> = BTreeMap::new();
    let lists: BTreeMap<ListId, usize> = book.lists.iter().enumerate().map(|(at, list)| (list.id, at)).collect();
    for line in lines {
        let key = match by {
            By::List => (lists.get(&line.task.list).copied().unwrap_or(usize::MAX), line.list.clone()),
            By::Due => match line.task.due.map(|due| due.day) {
                Some(day) if day < today => (0, "Before today".to_owned()),
                Some(day) if day == today => (1, "Today".to_owned()),
                Some(day) if days_until(today, day) < 7 => (2, "Within a week".to_owned()),
                Some(_) => (3, "Later".to_owned()),
                None => (4, "No due date".to_owned()),
            },
            By::Person => match &line.responsible {
                Some(name) if name.is_empty() => (1, "Somebody who has left".to_owned()),
                Some(name) => (0, name.clone()),
                None => (2, "Unassigned".to_owned()),
            },
            By::Priority => match line.task.priority {
                4 => (0, "Urgent".to_owned()),
                3 => (1, "High".to_owned()),
                2 => (2, "Medium".to_owned()),
                1 => (3, "Low".to_owned()),
                _ => (4, "No priority".to_owned()),
            },
        };
        groups.entry(key).or_default().push(line);
    }
    groups.into_iter().map(|((_, name), lines)| Group { name, lines }).collect()
}

fn days_until(from: jiff::civil::Date, until: jiff::civil::Date) -> i64 {
    until.duration_since(from).as_hours() / 24
}

/// The filters that whoever asks has, and one of them that they may change.
async fn to_change(tx: &mut OrgTx, id: &str) -> Result<(Vec<FilterRow>, FilterRow)> {
    let user = tx.person();
    let all = rows::filters(tx, user).await?;
    let now = all.iter().find(|row| row.id.to_string() == id).cloned().ok_or_else(no_filter)?;
    if may_change(tx, &now) {
        return Ok((all, now));
    }
    let words = "Only whose filter it is, or who organises lists, can change a shared one.";
    Err(AppError::new(Code::Forbidden, words))
}

fn may_change(tx: &OrgTx, row: &FilterRow) -> bool {
    let is_own = row.owner_id.is_some() && row.owner_id == tx.person();
    is_own || row.shared && access::organises(tx)
}

/// There is room for another of this person’s: what others share takes none of their own. `all`: those that they have.
fn check_room(tx: &OrgTx, all: &[FilterRow], owner: Option<UserId>, shared: bool) -> Result<(), String> {
    let theirs = all.iter().filter(|row| row.shared == shared && row.owner_id == owner).count();
    if !shared {
        return if theirs < MOST { Ok(()) } else { Err(format!("There is room for {MOST} filters of your own.")) };
    }
    if all.iter().filter(|row| row.shared).count() >= MOST_OF_ALL {
        return Err(format!("There is room for {MOST_OF_ALL} shared filters."));
    }
    if theirs >= MOST_SHARED && !access::organises(tx) {
        return Err(format!("You can share {MOST_SHARED} filters. Who organises lists can share more."));
    }
    Ok(())
}

/// A name that no other of theirs has, and what is asked for, sealed.
async fn checked(tx: &mut OrgTx, all: &[FilterRow], id: FilterId, body: &FilterBody) -> Result<(String, Vec<u8>)> {
    let mut errors = FieldErrors::default();
    let name = unique_name(all.iter().filter(|row| row.id != id).map(|row| &row.name), &body.name, &mut errors);
    let query = match Query::parse(&body.query) {
        Ok(query) if query.is_empty() => {
            errors.add("query", "Say what to look for, like “status:open due<=+7d”.");
            String::new()
        }
        Ok(query) => query.show(),
        Err(problem) => {
            errors.add("query", problem.message);
            String::new()
        }
    };
    errors.finish()?;
    Ok((name, tx.keys().await?.seal(query_of(id), &query)))
}

fn differences(now: &FilterRow, query: &str, body: &FilterBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    if compared(&now.name) != compared(&body.name) {
        fields.add("name", format!("It is “{}” now.", now.name));
    }
    if query != body.query {
        fields.add("query", format!("It is “{query}” now."));
    }
    if now.shared != body.shared {
        let words = if now.shared { "It is shared with everybody now." } else { "It isn’t shared any more." };
        fields.add("shared", words);
    }
    fields.into_fields()
}

/// 404 for a filter.
fn no_filter() -> AppError {
    AppError::not_found("that filter")
}
