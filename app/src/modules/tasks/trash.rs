//! The trash: what was thrown away stays in it for 30 days, can be taken out again, and is then deleted for good with all that is known of it. So is a
//! comment that was taken away, which is in no trash, and what started a template by itself; and a list that a file made which was taken back goes with the
//! last of its tasks.

use std::time::Duration;

use uuid::Uuid;

use super::{
    access,
    ids::{ListId, TaskId},
    lists, notices, permissions,
    saying::{Here, Names, capital},
    search,
    store::{self, as_json},
    store_history, store_inout, store_mine as rows, store_set_ups, store_templates, store_together,
    store_trash as gone,
};
use crate::{
    clock::Instant,
    db::Access,
    error::{Code, Result},
    ids::OrgId,
    module::Job,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
};

/// So long it stays: 30 days.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// So much is shown at once.
pub const A_PAGE: i64 = 100;
/// So many are deleted in one transaction.
const BATCH: i64 = 200;
/// Between two such: whoever waits to write comes in.
const PAUSE: Duration = Duration::from_millis(20);

/// The job that empties it.
pub const JOB: Job = Job {
    name: "tasks.trash",
    every: Duration::from_hours(1),
    run: |platform| Box::pin(async move { empty(&platform).await }),
};

/// Something in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thrown {
    /// The task.
    pub id: TaskId,
    /// Its number.
    pub number: i64,
    /// What was to be done.
    pub title: String,
    /// Where it was.
    pub list: ListId,
    /// The list’s name.
    pub list_name: String,
    /// How many parts lie there with it.
    pub parts: usize,
    /// "today, 3:04 pm"
    pub when: String,
    /// Who threw it away.
    pub by: String,
    /// When it is deleted for good: "Fri 25 Dec".
    pub until: String,
}

/// What whoever asks sees of the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The latest first.
    pub thrown: Vec<Thrown>,
    /// There is more, from before then.
    pub more: Option<Instant>,
    /// How much in their inbox they haven’t looked at.
    pub unread: i64,
}

/// What is in the trash, as far as whoever asks sees it.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str, before: Option<Instant>) -> Result<Page> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let before = before.unwrap_or_else(|| tx.now().plus_seconds(1));
    let ids = rows::trashed(&mut tx, before, A_PAGE).await?;
    let full = i64::try_from(ids.len()).is_ok_and(|count| count == A_PAGE);
    let (here, names) = (Here::of(&tx)?, Names::read(&mut tx).await?);
    let tasks = access::tasks(&mut tx, ids.iter().copied()).await?;
    let lists = access::lists(&mut tx).await?;
    let last = match ids.last() {
        Some(last) if full => store::task(&mut tx, *last).await?.and_then(|row| row.trashed_at),
        _ => None,
    };
    let mut thrown = Vec::new();
    for task in ids.iter().filter_map(|id| tasks.get(id)) {
        let (Some(at), Some(with)) = (task.trashed_at, task.trashed_with) else { continue };
        let act = store::act(&mut tx, with).await?;
        let by = act.map_or_else(|| "somebody".to_owned(), |act| names.doer(&act.by_kind, act.by_id));
        let until = at.plus_seconds(KEPT_SECONDS);
        thrown.push(Thrown {
            id: task.id,
            number: task.number,
            title: task.title.clone(),
            list: task.list,
            list_name: lists.iter().find(|list| list.id == task.list).map(|list| list.name.clone()).unwrap_or_default(),
            parts: store_history::count_below(&mut tx, task.id).await?,
            when: here.moment(at),
            by: capital(&by),
            until: here.date_of(until),
        });
    }
    let unread = notices::unread(&mut tx).await?;
    tx.rollback().await?;
    Ok(Page { thrown, more: last, unread })
}

/// Deletes for good all that has been in the trash for 30 days, wherever it is, a block at a time until nothing is left of it; and the comments, and what
/// started templates, that were taken away as long ago.
///
/// # Errors
/// The database is busy.
pub async fn empty(platform: &Platform) -> Result<()> {
    let before = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    let mut after = OrgId(Uuid::nil());
    while let Some(org) = next_org(platform, before, after).await? {
        // One whose trash can’t be emptied doesn’t keep the others waiting.
        if let Err(error) = empty_one(platform, org, before).await {
            tracing::warn!(%error, %org, "the trash isn’t emptied; it is tried again");
        }
        after = org;
    }
    Ok(())
}

/// The next organisation that has something to be deleted.
async fn next_org(platform: &Platform, before: Instant, after: OrgId) -> Result<Option<OrgId>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId,),
        &mut tx,
        "SELECT org_id FROM tasks_tasks WHERE trashed_at IS NOT NULL AND trashed_at < $1 AND org_id > $2 ORDER BY org_id LIMIT 1",
        before,
        after
    )?;
    let other = platform_sql!(
        optional(OrgId,),
        &mut tx,
        "SELECT org_id FROM tasks_comments WHERE removed_at IS NOT NULL AND removed_at < $1 AND org_id > $2 ORDER BY org_id LIMIT 1",
        before,
        after
    )?;
    let third = platform_sql!(
        optional(OrgId,),
        &mut tx,
        "SELECT t.org_id FROM tasks_triggers AS t JOIN tasks_acts AS a ON a.org_id = t.org_id AND a.id = t.removed_with
         WHERE t.removed_with IS NOT NULL AND a.done_at < $1 AND t.org_id > $2 ORDER BY t.org_id LIMIT 1",
        before,
        after
    )?;
    tx.rollback().await?;
    Ok(found.into_iter().chain(other).chain(third).map(|(org,)| org).min())
}

async fn empty_one(platform: &Platform, org: OrgId, before: Instant) -> Result<()> {
    // Also where the organisation is shut, or has the tasks no longer.
    let actor = Actor::System("the trash is emptied");
    loop {
        let opened = OrgTx::open(platform, &actor, OrgRef::Id(org), &crate::permissions::ENTER, Access::Write).await;
        let mut tx = match opened {
            Ok(tx) => tx,
            Err(error) if error.code == Code::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let ids = rows::trashed_before(&mut tx, before, BATCH).await?;
        if ids.is_empty() {
            let comments = store_together::comments_removed_before(&mut tx, before, BATCH).await?;
            if comments.is_empty() {
                let mut forgot = store_templates::forget_triggers(&mut tx, before).await? > 0;
                for list in store_inout::lists_taken_back(&mut tx).await? {
                    forgot |= lists::delete_if_empty(&mut tx, list).await?;
                }
                return if forgot { tx.commit().await } else { tx.rollback().await };
            }
            let comments = as_json(comments.into_iter().map(|id| id.0));
            store_set_ups::delete_of_comments(&mut tx, &comments).await?;
            store_together::forget_comments(&mut tx, &comments).await?;
        } else {
            delete(&mut tx, &ids).await?;
        }
        tx.commit().await?;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn delete(tx: &mut OrgTx, ids: &[TaskId]) -> Result<()> {
    for id in ids {
        search::forget(tx, *id).await?;
    }
    let ids = as_json(ids.iter().map(|id| id.0));
    gone::free_successors(tx, &ids).await?;
    gone::delete_occurrences(tx, &ids).await?;
    gone::delete_values(tx, &ids).await?;
    gone::delete_assignees(tx, &ids).await?;
    gone::delete_labels(tx, &ids).await?;
    gone::delete_checks(tx, &ids).await?;
    gone::delete_links_from(tx, &ids).await?;
    gone::delete_links_to(tx, &ids).await?;
    gone::delete_changes(tx, &ids).await?;
    gone::delete_gone(tx, &ids).await?;
    gone::delete_followers(tx, &ids).await?;
    store_set_ups::delete_of_comments_on(tx, &ids).await?;
    gone::free_parts(tx, &ids).await?;
    gone::delete_tasks(tx, &ids).await?;
    Ok(())
}
