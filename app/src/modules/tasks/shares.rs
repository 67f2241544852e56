//! A list that is shown to whoever has its link, as it is at that moment, without logging in: as a list, or as a board. The link is shown once and kept
//! hashed; it says who is on what and shows notes only where that was chosen, and comments and files never. It ends with its day, with a word of whoever
//! organises, and with what the organisation pays for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use tokio::sync::{OnceCell, Semaphore};
use utoipa::ToSchema;

use super::{
    access,
    board::{NONE, PRIORITIES},
    ids::{LabelId, ListId, ShareId, TaskId},
    lists,
    markdown::{Budget, MOST_ON_PAGE},
    permissions,
    saying::Here,
    store::{self, Label, List, Status},
    store_inout::{self as rows, ShareRow},
    task::Task,
};
use crate::{
    audit::Detail,
    auth::secret_token::{self, Kind, SecretToken},
    clock::{Instant, day_typed, zone},
    db::Access,
    error::{AppError, Code, Result},
    idempotency::{again_with, said},
    ids::{OrgId, UserId},
    links::Link,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
    platform_sql,
};

/// A list has so many links at most.
pub const MOST: usize = 20;
/// So many tasks are shown.
pub const MOST_SHOWN: usize = 2_000;
/// So many bytes of notes are read for a page at most, sealed: some of them aren’t a part of what it shows.
const MOST_READ: usize = 2 * MOST_ON_PAGE;
/// The longest time that a link can be made for, in days.
const LONGEST_DAYS: i64 = 730;
/// What so many links show is kept for whoever opens them next.
const MOST_KEPT: usize = 16;
/// As long as nothing happens in the organisation, and no longer than this: what is late changes by itself.
const FRESH_SECONDS: i64 = 60;
/// So much is made ready at once.
static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));

/// A link to make.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TaskShareBody)]
pub struct ShareBody {
    /// It says who is on a task.
    pub shows_who: bool,
    /// It shows notes, and what is said about the list.
    pub shows_notes: bool,
    /// As a board whose columns go by this: `status`, `person` (where it says who is on a task), `priority` or `label`; absent: as a list.
    pub board_by: Option<String>,
    /// The last day on which it shows anything, `2026-11-27`; absent: until it is ended.
    pub until: Option<String>,
}

/// A link that was just made: the only time that it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskShareMade)]
pub struct MadeShare {
    /// Its id.
    pub id: ShareId,
    /// Where the list is shown. It can’t be told again.
    pub address: String,
}

/// A list as its link shows it.
#[derive(Debug, Clone)]
pub struct SharedList {
    /// Whose it is.
    pub org: String,
    /// Its name.
    pub name: String,
    /// What is said about it, as HTML; empty where that isn’t shown.
    pub about: String,
    /// Its statuses, or the columns of its board, each with what is there.
    pub groups: Vec<(String, Vec<SharedTask>)>,
    /// The groups are columns of a board.
    pub is_board: bool,
    /// There are more than are shown.
    pub more: bool,
    /// "Fri 27 Nov": until then it is shown.
    pub until: Option<String>,
}

/// A task as a link shows it.
#[derive(Debug, Clone)]
pub struct SharedTask {
    /// What is to be done.
    pub title: String,
    /// How deep it is a part of others.
    pub depth: i64,
    /// It is completed.
    pub done: bool,
    /// "Fri 27 Nov, 3:00 pm"
    pub due: Option<String>,
    /// It should have been done by now.
    pub late: bool,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    pub priority: i64,
    /// What it is about: names and colours.
    pub labels: Vec<(String, i64)>,
    /// Who is on it.
    pub who: Vec<String>,
    /// Its notes as HTML; empty where they aren’t shown.
    pub notes: String,
    /// It has notes that don’t fit on the page any more.
    pub longer: bool,
}

/// What the columns of a board go by that a link shows: what a task says there anyway. Sections and fields aren’t told to strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardBy {
    /// How far tasks have come.
    Status,
    /// Whose they are.
    Person,
    /// How urgent they are.
    Priority,
    /// What they are about: one with several labels is in several columns.
    Label,
}

impl BoardBy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Status, Self::Person, Self::Priority, Self::Label];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Person => "person",
            Self::Priority => "priority",
            Self::Label => "label",
        }
    }

    /// Reads that word.
    pub fn stored(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == word)
    }
}

/// Of which moment something is: the number in the organisation’s sequence, and the minute.
type Moment = (i64, i64);

type Reading = Arc<OnceCell<SharedList>>;

/// What a page shows: what each group is called, and what is in it.
type Groups<'t> = Vec<(String, Vec<&'t Task>)>;

/// What links showed last, of this process.
#[derive(Debug, Default)]
pub struct Kept(Mutex<HashMap<ShareId, (Moment, Reading)>>);

impl Kept {
    /// Where what a link shows at a moment is kept. Who comes first reads it, and the others have it from them.
    fn of(&self, id: ShareId, at: Moment) -> Reading {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((kept, cell)) = all.get(&id)
            && *kept == at
        {
            return Arc::clone(cell);
        }
        all.retain(|_, ((_, minute), _)| *minute == at.1);
        if all.len() >= MOST_KEPT {
            all.clear();
        }
        let cell = Reading::default();
        all.insert(id, (at, Arc::clone(&cell)));
        cell
    }
}

/// By which links a list is shown.
///
/// # Errors
/// 403 for who may not read tasks; 404.
pub async fn of_list(platform: &Platform, actor: &Actor, org: &str, list: &str) -> Result<Vec<ShareRow>> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    access::check_reads(&tx)?;
    let list = access::list_called(&mut tx, list).await?;
    let shares = rows::shares_of(&mut tx, list.id).await?;
    tx.rollback().await?;
    Ok(shares)
}

/// Makes a link that shows a list. With `key`, the same request again makes no second one. What its address is can’t be told twice, so that is a conflict.
///
/// # Errors
/// 403 for who may not read tasks; 404; 402 for an organisation that is suspended, or whose plan has ended; 409 where there are too many, and for a key that
/// a request had; 422 at `board_by` and `until`.
pub async fn make(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    body: &ShareBody,
    key: Option<&str>,
) -> Result<MadeShare> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    access::check_reads(&tx)?;
    let list = access::list_called(&mut tx, list).await?.id;
    tx.check_goes_on("nothing is shown by a link")?;
    let id = ShareId::new(tx.now());
    if again_with(&mut tx, "tasks.shares", key, &said(list, body), id.0).await?.is_some() {
        return Err(AppError::conflict(
            "This link was made before, and its address is told once. If you don’t have it, stop sharing by it and make another.",
        ));
    }
    if rows::shares_of(&mut tx, list).await?.len() >= MOST {
        return Err(AppError::conflict(format!("A list has at most {MOST} links. Stop sharing by one of them first.")));
    }
    let (today, _) = access::today(&tx)?;
    let until = body.until.as_deref().map(str::trim).filter(|until| !until.is_empty());
    let expires_at = until.map(|until| end_of(&tx, until, today)).transpose()?;
    let board_by = board_of(body)?;
    let token = SecretToken::generate(Kind::Share);
    let (now, by) = (tx.now(), tx.doer());
    let row = ShareRow {
        id,
        list_id: list,
        shows_who: body.shows_who,
        shows_notes: body.shows_notes,
        board_by: board_by.map(|by| by.as_str().to_owned()),
        by_kind: by.kind.to_owned(),
        by_id: by.id,
        created_at: now,
        expires_at,
    };
    rows::insert_share(&mut tx, &row, &token.hash()).await?;
    tx.audit("tasks.list_shared", list.0, &Detail::default()).await?;
    tx.commit().await?;
    Ok(MadeShare { id: row.id, address: format!("{}/shared/tasks/{}", platform.origin, token.reveal()) })
}

/// Ends a link: from then on it shows nothing.
///
/// # Errors
/// 404.
pub async fn end(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<ListId> {
    let gone = || AppError::not_found("that link");
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let id = id.parse::<ShareId>().map_err(|_| gone())?;
    let share = rows::share(&mut tx, id).await?.ok_or_else(gone)?;
    access::list(&mut tx, share.list_id).await.map_err(|_| gone())?;
    rows::delete_share(&mut tx, id).await?;
    tx.audit("tasks.list_share_ended", share.list_id.0, &Detail::default()).await?;
    tx.commit().await?;
    Ok(share.list_id)
}

/// What a link shows now.
///
/// # Errors
/// 404 for whatever isn’t one, has ended, or is of an organisation that is closed or suspended, whose plan has ended, or that has tasks no longer: nobody can
/// tell which.
pub async fn read(platform: &Platform, token: &str) -> Result<SharedList> {
    read_by(platform, token).await.map_err(|error| match error.code {
        Code::Internal | Code::Unavailable | Code::TooMany => error,
        _ => nothing(),
    })
}

async fn read_by(platform: &Platform, token: &str) -> Result<SharedList> {
    // What can't be a token is looked for as well: it takes as long as one that nobody has.
    let hash = secret_token::hash(Kind::Share, token).unwrap_or_default().to_vec();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId, ShareId),
        &mut tx,
        "SELECT org_id, id FROM tasks_shares WHERE token_hash = $1",
        hash
    )?;
    tx.rollback().await?;
    let (org, id) = found.ok_or_else(nothing)?;
    let (tx, ..) = open(platform, org, id).await?;
    let at = (tx.org().sequence, tx.now().micros().div_euclid(FRESH_SECONDS * 1_000_000));
    // Whoever waits for another’s reading holds nothing of the database meanwhile.
    tx.rollback().await?;
    let cell = platform.kept::<Kept>().of(id, at);
    cell.get_or_try_init(|| read_anew(platform, org, id)).await.cloned()
}

async fn read_anew(platform: &Platform, org: OrgId, id: ShareId) -> Result<SharedList> {
    let (mut tx, share, list) = open(platform, org, id).await?;
    let list = texts(&mut tx, &share, list).await?;
    tx.rollback().await?;
    written(list).await
}

/// A link that shows something now, with the list that it shows.
async fn open(platform: &Platform, org: OrgId, id: ShareId) -> Result<(OrgTx, ShareRow, List)> {
    let actor = Actor::Link(Link { org: org.0, subject: id.0, expires: i64::MAX });
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::SHARED, Access::Read).await?;
    tx.check_goes_on("nothing is shown by a link")?;
    // It may have been ended since.
    let share = rows::share(&mut tx, id).await?.ok_or_else(nothing)?;
    if share.expires_at.is_some_and(|end| end <= tx.now()) {
        return Err(nothing());
    }
    let list = store::list(&mut tx, share.list_id).await?.ok_or_else(nothing)?;
    let spaces = store::spaces(&mut tx, true, None).await?;
    let is_away = list.archived || spaces.iter().any(|space| space.id == list.space_id && space.archived);
    if is_away { Err(nothing()) } else { Ok((tx, share, list)) }
}

/// Makes HTML of what is shown, apart from everything else that goes on, and no more of it than a page holds. Until then texts are as they were typed.
async fn written(mut list: SharedList) -> Result<SharedList> {
    let turn = Arc::clone(&TURNS).acquire_owned().await.map_err(|_| AppError::internal())?;
    let work = move || {
        let _held = turn;
        let mut budget = Budget::default();
        list.about = budget.html(&list.about).unwrap_or_default();
        for task in list.groups.iter_mut().flat_map(|(_, tasks)| tasks) {
            let html = budget.html(&task.notes);
            task.longer |= html.is_none();
            task.notes = html.unwrap_or_default();
        }
        list
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| AppError::internal())
}

async fn texts(tx: &mut OrgTx, share: &ShareRow, list: List) -> Result<SharedList> {
    let most = i64::try_from(MOST_SHOWN).unwrap_or(i64::MAX);
    let mut found = rows::shown_tasks(tx, list.id, most.saturating_add(1)).await?;
    let mut more = found.len() > MOST_SHOWN;
    found.truncate(MOST_SHOWN);
    let tasks = access::opened(tx, found).await?;
    let here = Here::of(tx)?;
    let all_labels = store::labels(tx).await?;
    let names: BTreeMap<UserId, String> = if share.shows_who {
        members::all(tx).await?.into_iter().map(|member| (member.user, member.name)).collect()
    } else {
        BTreeMap::new()
    };
    let about = if share.shows_notes { lists::about(tx, &list).await? } else { String::new() };
    let statuses = store::statuses(tx, list.id).await?;
    let by = share.board_by.as_deref().and_then(BoardBy::stored);
    let groups = match by {
        None => by_status(&statuses, &tasks),
        Some(by) => {
            let heads = heads(by, &statuses, &all_labels, &names);
            let (columns, cut) = columns(by, &heads, &tasks);
            more |= cut;
            columns
        }
    };
    let notes = if share.shows_notes {
        let mut seen = BTreeSet::new();
        let in_order = groups.iter().flat_map(|(_, there)| there).map(|task| task.id);
        let in_order: Vec<TaskId> = in_order.filter(|id| seen.insert(*id)).collect();
        notes(tx, &in_order).await?
    } else {
        BTreeMap::new()
    };
    let labels: BTreeMap<LabelId, (String, i64)> =
        all_labels.into_iter().map(|label| (label.id, (label.name, label.colour))).collect();
    let one = |task: &Task| SharedTask {
        title: task.title.clone(),
        depth: task.depth,
        done: task.is_done(),
        due: task.due.map(|due| here.exactly(due)),
        late: !task.is_done() && task.due.is_some_and(|due| due.is_past(here.today, here.now)),
        priority: task.priority,
        labels: task.labels.iter().filter_map(|label| labels.get(label).cloned()).collect(),
        who: task.doers().filter_map(|user| names.get(&user).cloned()).collect(),
        notes: notes.get(&task.id).cloned().flatten().unwrap_or_default(),
        longer: matches!(notes.get(&task.id), Some(None)),
    };
    let groups = groups.into_iter().map(|(name, there)| (name, there.into_iter().map(one).collect()));
    Ok(SharedList {
        groups: groups.collect(),
        is_board: by.is_some(),
        org: tx.org().name.clone(),
        name: list.name,
        about,
        more,
        until: share.expires_at.map(|end| here.date_of(end.plus_seconds(-1))),
    })
}

fn by_status<'t>(statuses: &[Status], tasks: &'t [Task]) -> Groups<'t> {
    let there = |status: &Status| tasks.iter().filter(|task| task.status == status.id).collect();
    statuses.iter().map(|status| (status.name.clone(), there(status))).collect()
}

/// The columns that a board can have: key and name.
fn heads(
    by: BoardBy,
    statuses: &[Status],
    labels: &[Label],
    names: &BTreeMap<UserId, String>,
) -> Vec<(String, String)> {
    let none = |name: &str| (NONE.to_owned(), name.to_owned());
    match by {
        BoardBy::Status => statuses.iter().map(|status| (status.id.to_string(), status.name.clone())).collect(),
        BoardBy::Person => {
            let mut people: Vec<_> = names.iter().map(|(user, name)| (user.to_string(), name.clone())).collect();
            people.sort_by_cached_key(|(id, name)| (name.to_lowercase(), id.clone()));
            std::iter::once(none("Nobody")).chain(people).collect()
        }
        BoardBy::Priority => {
            let said = PRIORITIES.iter().enumerate().rev().filter(|(at, _)| shows_priority(*at));
            said.map(|(at, name)| (at.to_string(), (*name).to_owned())).chain([none("Others")]).collect()
        }
        BoardBy::Label => {
            let own = labels.iter().map(|label| (label.id.to_string(), label.name.clone()));
            own.chain([none("No label")]).collect()
        }
    }
}

/// What is in which of these columns. What is a part of another stands below it, whichever column it would be in. `true`: there is more than a page shows.
fn columns<'t>(by: BoardBy, heads: &[(String, String)], tasks: &'t [Task]) -> (Groups<'t>, bool) {
    let known: BTreeSet<&str> = heads.iter().map(|(key, _)| key.as_str()).collect();
    let keys = |task: &Task| {
        let all: Vec<String> = match by {
            BoardBy::Status => vec![task.status.to_string()],
            BoardBy::Person => task.responsible.iter().map(ToString::to_string).collect(),
            BoardBy::Priority => vec![task.priority.to_string()],
            BoardBy::Label => task.labels.iter().map(ToString::to_string).collect(),
        };
        let mut all: Vec<String> = all.into_iter().filter(|key| known.contains(key.as_str())).collect();
        if all.is_empty() {
            all.push(NONE.to_owned());
        }
        all
    };
    let there: BTreeSet<TaskId> = tasks.iter().map(|task| task.id).collect();
    let mut below: BTreeMap<TaskId, Vec<&Task>> = BTreeMap::new();
    let mut placed: BTreeMap<String, Vec<&Task>> = BTreeMap::new();
    for task in tasks {
        if let Some(parent) = task.parent.filter(|parent| there.contains(parent)) {
            below.entry(parent).or_default().push(task);
        } else {
            for key in keys(task) {
                placed.entry(key).or_default().push(task);
            }
        }
    }
    let (mut left, mut cut) = (MOST_SHOWN, false);
    let mut columns = Vec::with_capacity(heads.len());
    for (key, name) in heads {
        let mut next = placed.remove(key).unwrap_or_default();
        next.reverse();
        let mut column = Vec::new();
        while left > 0 {
            let Some(task) = next.pop() else { break };
            column.push(task);
            left = left.saturating_sub(1);
            next.extend(below.get(&task.id).into_iter().flatten().rev().copied());
        }
        cut |= !next.is_empty();
        columns.push((name.clone(), column));
    }
    (columns, cut)
}

/// What these tasks have for notes, of those that have any. `None`: the page has no room for them. Who comes first has it.
async fn notes(tx: &mut OrgTx, tasks: &[TaskId]) -> Result<BTreeMap<TaskId, Option<String>>> {
    let sizes = rows::sizes_of_notes(tx, &store::as_json(tasks.iter().map(|task| task.0))).await?;
    let sizes: BTreeMap<TaskId, usize> =
        sizes.into_iter().map(|(task, size)| (task, usize::try_from(size).unwrap_or(usize::MAX))).collect();
    let fit = fitting(tasks, &sizes);
    let found = rows::notes(tx, &store::as_json(fit.iter().map(|task| task.0))).await?;
    let keys = tx.keys().await?;
    let mut notes: BTreeMap<TaskId, Option<String>> = sizes.into_keys().map(|task| (task, None)).collect();
    for (task, sealed) in found {
        notes.insert(task, Some(access::text(&keys, access::notes_of(task), &sealed)?));
    }
    Ok(notes)
}

/// Those of these tasks whose notes are read.
fn fitting(tasks: &[TaskId], sizes: &BTreeMap<TaskId, usize>) -> Vec<TaskId> {
    let mut left = MOST_READ;
    let fits = |task: &TaskId| {
        let rest = sizes.get(task).and_then(|size| left.checked_sub(*size));
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    tasks.iter().copied().filter(fits).collect()
}

/// Of a task that is more urgent than most that is said.
fn shows_priority(priority: usize) -> bool {
    priority >= 3
}

/// What the board goes by that a link is to show; `None`: a list.
fn board_of(body: &ShareBody) -> Result<Option<BoardBy>> {
    let Some(word) = body.board_by.as_deref().map(str::trim).filter(|word| !word.is_empty()) else { return Ok(None) };
    let refused = |words: &str| AppError::field("board_by", words);
    let by = BoardBy::stored(word).ok_or_else(|| refused("Choose status, person, priority or label."))?;
    if by == BoardBy::Person && !body.shows_who {
        return Err(refused("A board by person says who tasks are assigned to. Choose to show that as well."));
    }
    Ok(Some(by))
}

/// The midnight after a day.
fn end_of(tx: &OrgTx, typed: &str, today: Date) -> Result<Instant> {
    let refused = |words: &str| AppError::field("until", words);
    let day = day_typed(typed).ok_or_else(|| refused("Use a date such as 2026-11-27 or 27/11/2026."))?;
    if day < today {
        return Err(refused("That day is over. Choose a later one."));
    }
    if day > today.saturating_add(LONGEST_DAYS.days()) {
        return Err(refused("Choose a day in the next two years."));
    }
    let next = day.tomorrow().map_err(|_| AppError::internal())?;
    let end = next.to_zoned(zone(&tx.org().zone)?).map_err(|_| AppError::internal())?;
    Ok(Instant::from_timestamp(end.timestamp()))
}

fn nothing() -> AppError {
    AppError::not_found("that list: its link may have ended")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// However many notes there are, so much of them is read and no more; those that are too long leave room for shorter ones after them.
    #[test]
    fn no_more_notes_are_read_than_a_page_may_hold() {
        let tasks = [1, 2, 3, 4, 5].map(|number| TaskId(Uuid::from_u128(number)));
        let [first, second, _, fourth, _] = tasks;
        // The last one has none.
        let sizes = tasks.into_iter().zip([MOST_READ - 100, 60, 50, 40]).collect();
        assert_eq!(fitting(&tasks, &sizes), [first, second, fourth]);
    }
}
