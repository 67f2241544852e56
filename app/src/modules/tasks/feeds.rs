//! Days on which tasks are due, at a secret address for somebody’s own calendar: of what is theirs, or of a list that they see. Whoever knows the address
//! reads it, so it is shown once, kept hashed, and gives no more than whoever made it may see at that moment. Whoever leaves the organisation has none any
//! more, also when they come back.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    access,
    calendar_file::{self, Due, Entry},
    ids::{FeedId, ListId, TaskId},
    permissions,
    repeat::instant_of,
    store_inout::{self as rows, FeedRow},
    task::Task,
};
use crate::{
    audit::Detail,
    auth::secret_token::{self, Kind, SecretToken},
    clock::{Instant, zone},
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    module::Job,
    org::{Actor, OrgRef, OrgTx},
    permissions::ENTER,
    platform::Platform,
    platform_sql,
};

/// Somebody has so many at most.
const MOST: usize = 20;
/// It tells of this many days past.
const DAYS_BACK: i64 = 60;
/// And of so many to come.
const DAYS_AHEAD: i64 = 366;
/// And of so many tasks.
const MOST_TOLD: i64 = 2_000;
/// That it was read is noted at most this often.
const NOTED_SECONDS: i64 = 10 * 60;
/// So many organisations are looked for at once, of those that have old addresses.
const AT_ONCE: i64 = 200;

/// Forgets the addresses of who left.
pub const JOB: Job = Job {
    name: "tasks.feeds",
    every: std::time::Duration::from_hours(1),
    run: |platform| Box::pin(async move { forget(&platform, AT_ONCE).await }),
};

/// An address that was just made: the only time that it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskFeedMade)]
pub struct MadeFeed {
    /// Its id.
    pub id: FeedId,
    /// What to subscribe to. It can’t be shown again.
    pub address: String,
}

/// What an address gives now.
#[derive(Debug, Clone)]
pub struct Read {
    /// The file.
    pub text: String,
    /// Stands for what is in it.
    pub version: String,
}

/// The addresses of whoever asks, each with what its list is called, where it is one’s.
///
/// # Errors
/// 403 for programs.
pub async fn mine(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<(FeedRow, Option<String>)>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let user = person(&tx)?;
    let feeds = rows::feeds_of(&mut tx, user).await?;
    let names: BTreeMap<ListId, String> =
        access::lists(&mut tx).await?.into_iter().map(|list| (list.id, list.name)).collect();
    tx.rollback().await?;
    let with_list = |feed: FeedRow| {
        let list = feed.list_id.and_then(|list| names.get(&list).cloned());
        (feed, list)
    };
    Ok(feeds.into_iter().map(with_list).collect())
}

/// Makes an address, of what is theirs or of a list; the one before, if there was one, stops working.
///
/// # Errors
/// 403 for programs; 404 for a list that whoever asks can't see; 402 for an organisation that is suspended, or whose plan has ended; 409 where there are too
/// many.
pub async fn make(platform: &Platform, actor: &Actor, org: &str, list: Option<&str>) -> Result<MadeFeed> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Write).await?;
    let user = person(&tx)?;
    tx.check_goes_on("no calendar is shared")?;
    let list_id = match list {
        Some(list) => Some(access::list_called(&mut tx, list).await?.id),
        None => None,
    };
    // One from before they left would be in the way.
    rows::forget_feeds(&mut tx).await?;
    let there = rows::feeds_of(&mut tx, user).await?;
    match there.iter().find(|feed| feed.list_id == list_id) {
        Some(before) => {
            rows::delete_feed(&mut tx, before.id, user).await?;
        }
        None if there.len() >= MOST => {
            return Err(AppError::conflict(format!("You have {MOST} addresses, which is as many as there can be.")));
        }
        None => {}
    }
    let token = SecretToken::generate(Kind::Feed);
    let now = tx.now();
    let row = FeedRow { id: FeedId::new(now), list_id, made_by: user, created_at: now, read_at: None };
    rows::insert_feed(&mut tx, &row, &token.hash()).await?;
    tx.audit("tasks.feed_made", row.id.0, &Detail::default()).await?;
    tx.commit().await?;
    Ok(MadeFeed { id: row.id, address: format!("{}/cal/tasks/{}.ics", platform.origin, token.reveal()) })
}

/// Takes an address of one’s own away: it stops working at once.
///
/// # Errors
/// 403 for programs; 404 for one that isn't theirs.
pub async fn revoke(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Option<ListId>> {
    let gone = || AppError::not_found("that address");
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Write).await?;
    let user = person(&tx)?;
    let id = id.parse::<FeedId>().map_err(|_| gone())?;
    let feed = rows::feed(&mut tx, id).await?.filter(|feed| feed.made_by == user).ok_or_else(gone)?;
    rows::delete_feed(&mut tx, id, user).await?;
    tx.audit("tasks.feed_revoked", id.0, &Detail::default()).await?;
    tx.commit().await?;
    Ok(feed.list_id)
}

/// What is at an address now.
///
/// # Errors
/// 404 for whatever isn’t one, was taken away, is of somebody who may see nothing there any more, or who left since they made it: nobody can tell which.
pub async fn read(platform: &Platform, token: &str) -> Result<Read> {
    read_by(platform, token).await.map_err(|error| match error.code {
        Code::Internal | Code::Unavailable | Code::TooMany => error,
        _ => gone(),
    })
}

/// Forgets the addresses of who left since they made them, also where they came back: in every organisation, of which so many are looked for at once.
///
/// # Errors
/// The database is busy.
pub async fn forget(platform: &Platform, at_once: i64) -> Result<()> {
    // Each is gone to once: what can’t be forgotten in one keeps no other waiting.
    let mut after = OrgId(Uuid::nil());
    loop {
        let mut tx = platform.begin_across_orgs(Access::Read).await?;
        let whose = platform_sql!(
            all(OrgId,),
            &mut tx,
            "SELECT DISTINCT f.org_id FROM tasks_feeds AS f
             WHERE f.org_id > $1 AND NOT EXISTS (SELECT 1 FROM memberships AS m WHERE m.org_id = f.org_id AND m.user_id = f.made_by AND m.created_at <= f.created_at)
             ORDER BY f.org_id LIMIT $2",
            after,
            at_once
        )?;
        tx.rollback().await?;
        let Some((last,)) = whose.last() else { return Ok(()) };
        after = *last;
        for (org,) in whose {
            if let Err(error) = forget_in(platform, org).await {
                tracing::warn!(%error, %org, "addresses of who left aren’t forgotten; it is tried again");
            }
        }
    }
}

async fn forget_in(platform: &Platform, org: OrgId) -> Result<()> {
    // Also where the organisation is shut, or has tasks no longer.
    let actor = Actor::System("addresses of who left");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, Access::Write).await {
        Ok(mut tx) => {
            rows::forget_feeds(&mut tx).await?;
            tx.commit().await
        }
        Err(error) if error.code == Code::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

async fn read_by(platform: &Platform, token: &str) -> Result<Read> {
    // What can't be a token is looked for as well: it takes as long as one that nobody has.
    let hash = secret_token::hash(Kind::Feed, token).unwrap_or_default().to_vec();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId, FeedId, UserId),
        &mut tx,
        "SELECT org_id, id, made_by FROM tasks_feeds WHERE token_hash = $1",
        hash
    )?;
    tx.rollback().await?;
    let (org, id, by) = found.ok_or_else(gone)?;
    let (org, by) = (OrgRef::Id(org), Actor::User(by));
    let mut tx = OrgTx::open(platform, &by, org, &permissions::VIEW, Access::Read).await?;
    // It may have been taken away since; and who isn't a member reads nothing here.
    let feed = rows::feed(&mut tx, id).await?.ok_or_else(gone)?;
    if tx.user() != Some(feed.made_by) {
        return Err(gone());
    }
    let text = file(&mut tx, &feed).await?;
    let now = tx.now();
    tx.rollback().await?;
    if feed.read_at.is_none_or(|at| at.plus_seconds(NOTED_SECONDS) <= now) {
        note(platform, org, &feed).await;
    }
    Ok(Read { version: version(&text), text })
}

/// That it was read is worth a line on its page, and no refusal.
async fn note(platform: &Platform, org: OrgRef<'_>, feed: &FeedRow) {
    let noted = async {
        let actor = Actor::System("a calendar was read");
        let mut tx = OrgTx::open(platform, &actor, org, &permissions::VIEW, Access::Write).await?;
        rows::feed_was_read(&mut tx, feed.id).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, feed = %feed.id, "it isn’t noted that a calendar was read");
    }
}

async fn file(tx: &mut OrgTx, feed: &FeedRow) -> Result<String> {
    let (today, _) = access::today(tx)?;
    let from = today.saturating_sub(DAYS_BACK.days()).to_string();
    let until = today.saturating_add(DAYS_AHEAD.days()).to_string();
    let (name, ids) = match feed.list_id {
        None => {
            let ids = rows::due_of(tx, feed.made_by, &from, &until, MOST_TOLD).await?;
            (format!("My tasks – {}", tx.org().name), ids)
        }
        Some(list) => {
            let list = access::list(tx, list).await?;
            let ids = rows::due_in(tx, list.id, &from, &until, MOST_TOLD).await?;
            (format!("{} – {}", list.name, tx.org().name), ids)
        }
    };
    let lists: BTreeMap<ListId, String> =
        access::lists(tx).await?.into_iter().map(|list| (list.id, list.name)).collect();
    let mut tasks: BTreeMap<TaskId, Task> = access::tasks(tx, ids.iter().copied()).await?;
    let origin = tx.platform().origin.clone();
    let host = origin.rsplit("//").next().unwrap_or("devalo").to_owned();
    let (zone, slug) = (zone(&tx.org().zone)?, tx.org().slug.clone());
    let mut entries = Vec::new();
    for task in ids.iter().filter_map(|id| tasks.remove(id)) {
        let Some(when) = task.due else { continue };
        let at = when.time.and_then(|_| instant_of(when.day, when.time, &zone));
        let list = lists.get(&task.list).cloned().unwrap_or_default();
        entries.push(Entry {
            uid: format!("{}@tasks.{host}", task.id),
            due: at.map_or(Due::Day(when.day), |at| Due::At(Instant::from_timestamp(at))),
            summary: task.title,
            about: format!("T-{} in {list}", task.number),
            url: format!("{origin}/app/{slug}/tasks/t/T-{}", task.number),
            version: task.version,
            created_at: task.created_at,
        });
    }
    Ok(calendar_file::write(&name, tx.now(), &entries))
}

/// When it is written (`DTSTAMP`) changes each time, and says nothing of what is in it.
fn version(text: &str) -> String {
    let mut hash = Sha256::new();
    for line in text.lines().filter(|line| !line.starts_with("DTSTAMP")) {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    let hash: [u8; 32] = hash.finalize().into();
    URL_SAFE_NO_PAD.encode(hash.get(..16).unwrap_or_default())
}

/// A calendar is somebody’s.
fn person(tx: &OrgTx) -> Result<UserId> {
    tx.user().ok_or_else(|| AppError::new(Code::Forbidden, "A calendar is a person’s own: log in to make an address."))
}

fn gone() -> AppError {
    AppError::not_found("that calendar")
}
