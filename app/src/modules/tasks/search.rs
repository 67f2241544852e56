//! Searching. Titles, notes and comments are sealed, so what they are found by is an index that can’t be read: of each whole word, and of each start of
//! one, a keyed fingerprint. It says where to look; what is found there is opened and looked at.

use std::{collections::BTreeSet, slice, time::Duration};

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    access, comments,
    filter::{self, Query},
    filters,
    ids::{CommentId, TaskId},
    lists::told_apart,
    matching::{self, Book, Matches},
    notices, permissions,
    store::{TaskRow, as_json},
    store_search as rows,
    task::Task,
    words::{self, Wanted},
};
use crate::{
    crypto::DataKeys,
    db::Access,
    error::{AppError, Code, Result},
    ids::OrgId,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
};

/// So many tasks are looked through at most, the newest of those that can be meant.
pub const MOST_LOOKED_AT: i64 = 1_000;
/// So many are on a page.
pub const PAGE: usize = 50;
/// The longest that is searched for, which is the longest filter.
pub const LONGEST: usize = filter::LONGEST;
/// Characters shown before and after what was looked for.
const AROUND: usize = 60;
/// So many tasks the box finds at most, and so many of everything else.
const MOST_IN_BOX: usize = 8;
/// Tasks that are read at once for the box: most often those are enough.
const LOOKED_AT_ONCE: usize = 100;
/// Words that are put into the index in one statement.
const AT_ONCE: usize = 4_000;
/// Texts that are put into the index in one transaction, so that whoever works meanwhile hardly waits.
const BLOCK: i64 = 200;
/// A moment for the others between two blocks.
const PAUSE: Duration = Duration::from_millis(50);
/// All that is written now is in the index at once: only what came in otherwise isn’t.
const LOOKS_EVERY: Duration = Duration::from_hours(1);

/// A task that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The task.
    pub line: Line,
    /// Its title in pieces, and which of them was looked for.
    pub title: Vec<(String, bool)>,
    /// The part of its notes, or of what was said about it, that has what was looked for.
    pub snippet: Vec<(String, bool)>,
    /// That part is of a comment.
    pub said: bool,
}

/// A task in a list of some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The task.
    pub task: Task,
    /// Where it is.
    pub list: String,
    /// How far it has come.
    pub status: String,
    /// Whose it is; empty: of somebody who has left.
    pub responsible: Option<String>,
    /// It is past its due date, and not completed.
    pub overdue: bool,
    /// Everyone on it completes it, and whoever asks did their part of it.
    pub did_own: bool,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    /// What was asked for, as it was typed.
    pub typed: String,
    /// What is wrong with it, and where, in characters from the beginning.
    pub problem: Option<(String, usize)>,
    /// A page of it: what has it in its title first, the newest first.
    pub hits: Vec<Hit>,
    /// How many there are.
    pub total: usize,
    /// Which page this is, from 1.
    pub page: usize,
    /// More could be meant than were looked through.
    pub cut: bool,
    /// They may complete tasks.
    pub may_change: bool,
    /// How much in their inbox they haven’t looked at.
    pub unread: i64,
}

/// Something that the box finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskFoundItem)]
pub struct Item {
    /// What it is called.
    pub label: String,
    /// What it is, or where.
    pub about: String,
    /// Where it is shown.
    pub href: String,
}

/// Puts tasks into the index: their titles, their notes and their numbers. Nothing of these is in it yet.
///
/// # Errors
/// The database is busy.
pub async fn index(tx: &mut OrgTx, tasks: &[Task]) -> Result<()> {
    let keys = tx.keys().await?;
    let mut all = Vec::new();
    for task in tasks {
        let mut words = words::of(&task.title);
        words.insert(format!("t-{}", task.number));
        words.extend(words::of(&task.notes));
        all.extend(entries(&keys, task.id, task.id.0, &words));
    }
    insert(tx, &all).await
}

/// The same of one whose title or notes are others now.
///
/// # Errors
/// The database is busy.
pub async fn index_again(tx: &mut OrgTx, task: &Task) -> Result<()> {
    rows::delete_words(tx, task.id, task.id.0).await?;
    index(tx, slice::from_ref(task)).await
}

/// Puts what was said about a task into the index, in place of what it said before. An empty text: it was taken away.
///
/// # Errors
/// The database is busy.
pub async fn index_comment(tx: &mut OrgTx, task: TaskId, comment: CommentId, text: &str) -> Result<()> {
    rows::delete_words(tx, task, comment.0).await?;
    let keys = tx.keys().await?;
    insert(tx, &entries(&keys, task, comment.0, &words::of(text))).await
}

/// The index forgets a task, and what was said about it.
///
/// # Errors
/// The database is busy.
pub async fn forget(tx: &mut OrgTx, task: TaskId) -> Result<()> {
    rows::delete_words_of(tx, task).await?;
    Ok(())
}

/// What stands for a word in the index.
pub fn fingerprint(keys: &DataKeys, word: &str) -> i64 {
    let index = keys.blind_index("tasks_words", "word", word);
    index.first_chunk().copied().map_or(0, i64::from_be_bytes)
}

/// Goes on until everything is in the index, and looks again now and then.
pub async fn keep_indexing(platform: Platform) {
    let mut ticks = tokio::time::interval(LOOKS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(_work) = platform.take_up() else { return };
        if let Err(error) = index_all(&platform).await {
            tracing::warn!(%error, "not all tasks can be searched yet; it is tried again");
        }
    }
}

/// Puts everything into the index that isn't in it, of every organisation. Says how many texts that were.
///
/// # Errors
/// The database is busy.
pub async fn index_all(platform: &Platform) -> Result<usize> {
    let mut indexed = 0;
    let mut after = OrgId(Uuid::nil());
    while let Some(org) = next_org(platform, after).await? {
        indexed += index_org(platform, org).await?;
        if platform.is_stopping() {
            break;
        }
        after = org;
    }
    Ok(indexed)
}

async fn index_org(platform: &Platform, org: OrgId) -> Result<usize> {
    let mut indexed = 0;
    let mut from = Some((TaskId(Uuid::nil()), CommentId(Uuid::nil())));
    while let Some(at) = from {
        let (count, next) = index_block(platform, org, at).await?;
        indexed += count;
        from = next;
        if platform.is_stopping() {
            break;
        }
        if from.is_some() {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(indexed)
}

async fn next_org(platform: &Platform, after: OrgId) -> Result<Option<OrgId>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId,),
        &mut tx,
        "SELECT org_id FROM tasks_settings WHERE org_id > $1 ORDER BY org_id LIMIT 1",
        after
    )?;
    tx.rollback().await?;
    Ok(found.map(|(org,)| org))
}

/// Puts a block into the index. Says how many there were, and from where it goes on; `None`: there are no more.
async fn index_block(
    platform: &Platform,
    org: OrgId,
    (task, comment): (TaskId, CommentId),
) -> Result<(usize, Option<(TaskId, CommentId)>)> {
    let actor = Actor::System("the index of tasks");
    let mut tx = match OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::CHANGE, Access::Write).await {
        Ok(tx) => tx,
        // It is shut, or has no tasks: what it has stays as it is until it opens again.
        Err(error) if error.code.status() < 500 || error.code == Code::Closed => return Ok((0, None)),
        Err(error) => return Err(error),
    };
    let ids = rows::tasks_without_words(&mut tx, task, BLOCK).await?;
    let tasks: Vec<Task> = access::tasks(&mut tx, ids.iter().copied()).await?.into_values().collect();
    index(&mut tx, &tasks).await?;
    let said = rows::comments_without_words(&mut tx, comment, BLOCK).await?;
    let keys = tx.keys().await?;
    let mut all = Vec::new();
    for row in &said {
        let text = access::text(&keys, comments::words_of(row.id), &row.words)?;
        all.extend(entries(&keys, row.task_id, row.id.0, &words::of(&text)));
    }
    insert(&mut tx, &all).await?;
    if ids.is_empty() && said.is_empty() {
        tx.rollback().await?;
        return Ok((0, None));
    }
    tx.commit().await?;
    let next = (ids.last().copied().unwrap_or(task), said.last().map_or(comment, |row| row.id));
    Ok((ids.len() + said.len(), Some(next)))
}

/// A text's words and their starts, as the index has them, each once.
fn entries(keys: &DataKeys, task: TaskId, source: Uuid, words: &BTreeSet<String>) -> Vec<Value> {
    let starts = words.iter().map(|word| words::stem_of(word));
    let all: BTreeSet<String> = words.iter().cloned().chain(starts).collect();
    let prints: BTreeSet<i64> = all.iter().map(|word| fingerprint(keys, word)).collect();
    let (task, source) = (task.0.simple().to_string(), source.simple().to_string());
    prints.into_iter().map(|print| json!([print, task, source])).collect()
}

async fn insert(tx: &mut OrgTx, all: &[Value]) -> Result<()> {
    for some in all.chunks(AT_ONCE) {
        rows::insert_words(tx, &Value::from(some.to_vec()).to_string()).await?;
    }
    Ok(())
}

/// Searches all that whoever asks sees, outside the trash and lists that were put away. `page` is from 1.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn find(platform: &Platform, actor: &Actor, org: &str, typed: &str, page: usize) -> Result<Results> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let may_change = tx.allows(&permissions::CHANGE);
    let typed = typed.trim().to_owned();
    let page = page.max(1);
    let nothing = Results {
        typed: typed.clone(),
        problem: None,
        hits: Vec::new(),
        total: 0,
        page,
        cut: false,
        may_change,
        unread: notices::unread(&mut tx).await?,
    };
    let query = match Query::parse(&typed) {
        Ok(query) if query.is_empty() => None,
        Ok(query) => Some(query),
        Err(problem) => {
            tx.rollback().await?;
            return Ok(Results { problem: Some((problem.message, problem.at)), ..nothing });
        }
    };
    let Some(query) = query else {
        tx.rollback().await?;
        return Ok(nothing);
    };
    let book = Book::read(&mut tx, None).await?;
    let Matches { rows: found, titled, cut } = matching::of(&mut tx, &book, &query, MOST_LOOKED_AT).await?;
    let total = found.len();
    let marked = query.wanted();
    let first = PAGE.saturating_mul(page.saturating_sub(1));
    // What has all of it in its title comes first; otherwise the order stays.
    let (called, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|row| titled.contains(&row.id));
    let shown: Vec<TaskRow> = called.into_iter().chain(others).skip(first).take(PAGE).collect();
    let hits = hits(&mut tx, &book, shown, &marked).await?;
    tx.rollback().await?;
    Ok(Results { hits, total, cut, ..nothing })
}

async fn hits(tx: &mut OrgTx, book: &Book, shown: Vec<TaskRow>, wanted: &[Wanted]) -> Result<Vec<Hit>> {
    let ids = as_json(shown.iter().map(|row| row.id.0));
    let said = if wanted.is_empty() { Vec::new() } else { rows::said(tx, &ids).await? };
    let keys = tx.keys().await?;
    let is_in = |text: &str| {
        let words = words::in_order(text);
        wanted.iter().any(|one| one.is_in(&words))
    };
    let mut hits = Vec::with_capacity(shown.len());
    let tasks = access::opened(tx, shown).await?;
    for line in lines(book, tasks) {
        let task = &line.task;
        let mut of_comments = said.iter().filter(|row| row.task_id == task.id).filter_map(|row| {
            let text = access::text(&keys, comments::words_of(row.id), &row.words).ok()?;
            is_in(&text).then_some(text)
        });
        let in_notes = is_in(&task.notes);
        let text = if in_notes { Some(task.notes.clone()) } else { of_comments.next() };
        let title = words::snippet(&task.title, wanted, task.title.chars().count());
        let snippet = text.as_deref().map(|text| words::snippet(text, wanted, AROUND)).unwrap_or_default();
        hits.push(Hit { title, snippet, said: text.is_some() && !in_notes, line });
    }
    Ok(hits)
}

/// Tasks with what is said beside each in a list of some.
pub fn lines(book: &Book, tasks: Vec<Task>) -> Vec<Line> {
    let standing = book.standing();
    let now = book.today.now;
    let of = |task: Task| {
        let stands = standing.get(&task.status);
        Line {
            list: stands.map(|(_, list, _)| list.name.clone()).unwrap_or_default(),
            status: stands.map(|(status, ..)| status.name.clone()).unwrap_or_default(),
            responsible: task.responsible.map(|user| book.people.get(&user).cloned().unwrap_or_default()),
            overdue: !task.is_done() && task.due.is_some_and(|due| due.is_past(now.date(), now.time())),
            did_own: book.me.is_some_and(|me| task.waits_after(me)),
            task,
        }
    };
    tasks.into_iter().map(of).collect()
}

/// What the box finds while somebody types: a task by its number, tasks by their titles, lists, filters and pages.
///
/// # Errors
/// 422 for more than is searched for; as [`OrgTx::open`].
pub async fn find_in_box(platform: &Platform, actor: &Actor, org: &str, typed: &str) -> Result<Vec<Item>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let typed = typed.trim();
    if typed.chars().count() > LONGEST {
        return Err(AppError::field("q", "That is too long. Use at most 2,000 characters."));
    }
    let wanted = words::wanted(typed);
    if wanted.is_empty() {
        tx.rollback().await?;
        return Ok(Vec::new());
    }
    let book = Book::read(&mut tx, None).await?;
    let mut items = Vec::new();
    let base = format!("/app/{org}/tasks");
    let number = match access::task_called(&mut tx, typed).await {
        Ok(task) if task.trashed_at.is_none() => Some(task),
        Ok(_) => None,
        Err(error) if error.code == Code::NotFound => None,
        Err(error) => return Err(error),
    };
    let called = by_titles(&mut tx, &book, &wanted).await?;
    let tasks = number.iter().chain(called.iter().filter(|task| number.as_ref().is_none_or(|one| one.id != task.id)));
    for task in tasks.take(MOST_IN_BOX) {
        let list = book.lists.iter().find(|list| list.id == task.list);
        let list = list.map(|list| format!(" · {}", list.name)).unwrap_or_default();
        let done = if task.is_done() { ", done" } else { "" };
        items.push(Item {
            label: task.title.clone(),
            about: format!("T-{}{list}{done}", task.number),
            href: format!("{base}/t/T-{}", task.number),
        });
    }
    let is_called = |name: &str| words::matches(name, &wanted);
    let lists = book.lists.iter().zip(told_apart(&book.lists, &book.spaces));
    let lists = lists.filter(|(list, _)| is_called(&list.name)).map(|(list, (_, name))| Item {
        label: name,
        about: "List".to_owned(),
        href: format!("{base}/lists/{}", list.id),
    });
    items.extend(lists.take(MOST_IN_BOX));
    let kept = filters::seen(&mut tx).await?;
    let kept = kept.into_iter().filter(|one| is_called(&one.name)).map(|one| Item {
        href: format!("{base}/filters/{}", one.id),
        label: one.name,
        about: "Filter".to_owned(),
    });
    items.extend(kept.take(MOST_IN_BOX));
    let pages = PAGES.iter().filter(|(_, label)| is_called(label)).map(|(path, label)| Item {
        label: (*label).to_owned(),
        about: "Page".to_owned(),
        href: format!("{base}{path}"),
    });
    items.extend(pages);
    tx.rollback().await?;
    Ok(items)
}

/// Pages that the box leads to.
const PAGES: [(&str, &str); 9] = [
    ("", "My tasks"),
    ("/lists", "All lists"),
    ("/inbox", "Inbox"),
    ("/filters", "Filters"),
    ("/templates", "Templates"),
    ("/reports", "Reports"),
    ("/workload", "Workload"),
    ("/import", "Import"),
    ("/trash", "Trash"),
];

/// The newest tasks that have all of this in their titles.
async fn by_titles(tx: &mut OrgTx, book: &Book, wanted: &[Wanted]) -> Result<Vec<Task>> {
    let (ids, _) = matching::newest(tx, book, &Query::of_words(wanted), MOST_LOOKED_AT).await?;
    let keys = tx.keys().await?;
    let is_called = |row: &TaskRow| {
        let title = access::text(&keys, access::title_of(row.id), &row.title).unwrap_or_default();
        words::matches(&title, wanted)
    };
    let mut shown: Vec<TaskRow> = Vec::new();
    for block in ids.chunks(LOOKED_AT_ONCE) {
        let found = matching::among(tx, book, block).await?;
        shown.extend(found.into_iter().filter(is_called).take(MOST_IN_BOX.saturating_sub(shown.len())));
        if shown.len() >= MOST_IN_BOX {
            break;
        }
    }
    access::opened(tx, shown).await
}
