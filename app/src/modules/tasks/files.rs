//! Files at tasks. What one is is told by what is in it; it lies on disk, sealed, and is given out to be kept, never to be run. Taking one away can be
//! undone for a month.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    access,
    acts::{Act, Change, changed_since},
    extras,
    file_kinds::{self, Kind},
    ids::{FileId, TaskId},
    permissions,
    store::{self, as_json},
    store_inout::{self as rows, FileRow},
    task::Task,
    tasks::{self, Done},
};
use crate::{
    clock::Instant,
    crypto::{DataKeys, Place},
    db::Access,
    error::{AppError, Code, Result},
    idempotency,
    ids::{OrgId, UserId},
    module::{Job, SentFile, Upload},
    org::{Actor, OrgRef, OrgTx},
    permissions::ENTER,
    platform::Platform,
    platform_sql,
    ui::with_query,
};

/// The largest file, in bytes: 25 MB.
pub const LARGEST: usize = 25 * 1024 * 1024;
/// A task has so many at most.
pub const MOST: usize = 50;
/// All files of an organisation come to so much at most: 5 GB.
pub const MOST_KEPT: i64 = 5 * 1024 * 1024 * 1024;
/// One that was taken away can come back for so long: 30 days, as what is in the trash.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// What lies on disk and no row names may be on its way, for so long.
const ON_ITS_WAY: Duration = Duration::from_hours(24);
/// Forgotten at one look.
const AT_ONCE: i64 = 100;

/// The files that can be sent: to which task is the form’s `kind`, and after a stroke the key with which the file is added once.
pub const UPLOAD: Upload = Upload {
    path: "tasks/file",
    largest: LARGEST,
    needs: &permissions::CHANGE,
    take: |platform, actor, org, kind, file| Box::pin(upload(platform, actor, org, kind, file)),
};

/// Takes what is kept no longer from the disk.
pub const JOB: Job = Job {
    name: "tasks.files",
    every: Duration::from_hours(1),
    run: |platform| Box::pin(async move { sweep(&platform, ON_ITS_WAY).await }),
};

/// A file at a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Its id.
    pub id: FileId,
    /// The task.
    pub task: TaskId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How large it is.
    pub bytes: i64,
    /// It is a picture that a browser may show.
    pub shows: bool,
    /// Who brought it, where that was a member.
    pub by: Option<UserId>,
    /// When.
    pub created_at: Instant,
}

/// The files of a task, for whoever sees it, the first one first.
///
/// # Errors
/// 404.
pub async fn show(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<(Task, Vec<Attached>)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, task).await?;
    let files = of(&mut tx, task.id).await?;
    tx.rollback().await?;
    Ok((task, files))
}

/// The same inside a transaction. Whoever calls it saw to it that the task may be seen.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn of(tx: &mut OrgTx, task: TaskId) -> Result<Vec<Attached>> {
    let keys = tx.keys().await?;
    rows::files_of(tx, task).await?.into_iter().map(|row| opened(&keys, row)).collect()
}

/// Adds a file to a task. With `key`, the same file again for the same task adds nothing and answers the same.
///
/// # Errors
/// 404 for a task that whoever asks can't see; 409 for one that can't be changed, and for a key that another request had; 413 for a file that is too large;
/// 422 at `file` for what isn't taken, for one too many, and where there is no room left.
pub async fn add(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    task: &str,
    sent: SentFile,
    key: Option<&str>,
) -> Result<(Done, FileId)> {
    let mut tx = OrgTx::before_a_change(platform, actor, OrgRef::Slug(org), &permissions::CHANGE).await?;
    access::task_to_change(&mut tx, task).await?;
    let (whose, keys) = (tx.id(), tx.keys().await?);
    tx.rollback().await?;
    let said = format!("{} {}", sent.name, URL_SAFE_NO_PAD.encode(Sha256::digest(&sent.content)));
    let look = move || (judged(&sent), sent);
    let (judged, sent) = tokio::task::spawn_blocking(look).await.map_err(|_| AppError::internal())?;
    let judged = judged?;
    let id = FileId::new(platform.clock.now());
    platform.files.write(whose, keys, content_of(id), sent.content).await?;
    let added = note_added(platform, actor, org, task, id, &judged, key.map(|key| (key, said.as_str()))).await;
    match &added {
        Ok((_, there)) if *there == id => {}
        // It was there before, or can't be there.
        _ => platform.files.remove(whose, id.0).await,
    }
    added
}

/// The same for a file of a task that is being made in a transaction that goes on: it lies on disk already.
///
/// # Errors
/// 422 at `file` for one too many, and where there is no room left.
pub async fn put(tx: &mut OrgTx, task: TaskId, id: FileId, judged: &Judged) -> Result<()> {
    if rows::files_of(tx, task).await?.len() >= MOST {
        return Err(refused(format!("A task has at most {MOST} files. Delete one first.")));
    }
    if rows::bytes_kept(tx).await?.saturating_add(judged.bytes) > MOST_KEPT {
        let words = "There is no room left: the files of your organisation come to 5 GB. Delete some that nobody needs; they count for 30 days more.";
        return Err(refused(words));
    }
    let by = tx.doer();
    let name = tx.keys().await?.seal(name_of(id), &judged.name);
    let row = FileRow {
        id,
        task_id: task,
        name,
        kind: judged.kind.as_str().to_owned(),
        bytes: judged.bytes,
        shows: judged.shows,
        by_kind: by.kind.to_owned(),
        by_id: by.id,
        created_at: tx.now(),
        removed_at: None,
    };
    rows::insert_file(tx, &row).await?;
    Ok(())
}

/// What a file is, and what it is called here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    name: String,
    kind: Kind,
    bytes: i64,
    shows: bool,
}

/// Tells what a file is.
///
/// # Errors
/// 413 for one that is too large; 422 at `file` for what isn't taken.
pub fn judged(sent: &SentFile) -> Result<Judged> {
    if sent.content.is_empty() {
        return Err(refused("There is nothing in that file."));
    }
    if sent.content.len() > LARGEST {
        return Err(AppError::new(Code::TooLarge, "That file is too large: at most 25 MB."));
    }
    let kind = file_kinds::of(&sent.content, &sent.name).map_err(|why| refused(why.words()))?;
    Ok(Judged {
        name: file_kinds::name(&sent.name, kind),
        kind,
        bytes: i64::try_from(sent.content.len()).unwrap_or(i64::MAX),
        shows: file_kinds::shows(kind, &sent.content),
    })
}

/// Takes a file away. It can be brought back by undoing that.
///
/// # Errors
/// 404 for a file of a task that whoever asks can't see; 409 for a task that can't be changed.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let (task, file) = find(&mut tx, id).await?;
    access::check_changes(&mut tx, &task).await?;
    let now = tx.now();
    rows::set_file_removed(&mut tx, file.id, Some(now)).await?;
    let mut act = Act::new(&tx, "file");
    act.note(&mut tx, task.id, word(file.id), json!(file.name), Value::Null).await?;
    tasks::done(tx, act, vec![task.id]).await
}

/// A file with what is in it, for whoever sees its task.
///
/// # Errors
/// 404.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<(Attached, Vec<u8>)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let (_, file) = find(&mut tx, id).await?;
    let (whose, keys) = (tx.id(), tx.keys().await?);
    tx.rollback().await?;
    let content = platform.files.read(whose, keys, content_of(file.id)).await?;
    Ok((file, content))
}

/// Puts a file back that was taken away, or takes one away that was added.
///
/// # Errors
/// 409 where somebody has changed that since.
pub async fn put_back(tx: &mut OrgTx, act: &mut Act, now: &Task, id: &str, change: &Change) -> Result<()> {
    let Ok(id) = id.parse::<FileId>() else { return Ok(()) };
    let row = rows::file(tx, id).await?;
    let is_there = row.as_ref().is_some_and(|row| row.removed_at.is_none());
    if row.is_none() || is_there == change.after.is_null() {
        return Err(changed_since(now));
    }
    let removed_at = change.before.is_null().then(|| tx.now());
    rows::set_file_removed(tx, id, removed_at).await?;
    act.note(tx, now.id, change.field.clone(), change.after.clone(), change.before.clone()).await
}

/// Forgets what was taken away long ago, and takes from the disk what no row names and was written so long ago at least.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform, age: Duration) -> Result<()> {
    let over = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let gone = platform_sql!(
        all(OrgId, FileId),
        &mut tx,
        "SELECT org_id, id FROM tasks_files WHERE removed_at <= $1 ORDER BY removed_at LIMIT $2",
        over,
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org, id) in gone {
        if let Some(mut tx) = inside(platform, org, Access::Write).await? {
            rows::delete_file(&mut tx, id).await?;
            tx.commit().await?;
        }
    }
    for org in platform.files.orgs().await {
        let old = platform.files.older_than(org, age).await;
        for some in old.chunks(500) {
            // Of an organisation that isn't in this database nothing is known.
            let Some(mut tx) = inside(platform, org, Access::Read).await? else { break };
            let there = rows::files_there(&mut tx, &as_json(some.iter().copied())).await?;
            tx.rollback().await?;
            for id in some.iter().filter(|id| !there.contains(&FileId(**id))) {
                platform.files.remove(org, *id).await;
            }
        }
    }
    Ok(())
}

/// Where what is in a file is sealed for.
pub fn content_of(id: FileId) -> Place {
    Place { table: "tasks_files", column: "content", row: id.0 }
}

/// A file as it is stored, opened.
///
/// # Errors
/// The keyring doesn't hold the key.
pub fn opened(keys: &DataKeys, row: FileRow) -> Result<Attached> {
    Ok(Attached {
        name: access::text(keys, name_of(row.id), &row.name)?,
        id: row.id,
        task: row.task_id,
        kind: Kind::stored(&row.kind),
        bytes: row.bytes,
        shows: row.shows,
        by: row.by_id.filter(|_| row.by_kind == "member").map(UserId),
        created_at: row.created_at,
    })
}

async fn note_added(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    task: &str,
    id: FileId,
    judged: &Judged,
    key: Option<(&str, &str)>,
) -> Result<(Done, FileId)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?.id;
    if let Some((key, said)) = key {
        let said = format!("{task} {said}");
        if let Some(before) = idempotency::again(&mut tx, "tasks.files", key, &said, id.0).await? {
            let act = store::first_to_change(&mut tx, task, &word(FileId(before))).await?;
            tx.rollback().await?;
            return Ok((Done { act, tasks: vec![task], ..Done::default() }, FileId(before)));
        }
    }
    put(&mut tx, task, id, judged).await?;
    let mut act = Act::new(&tx, "file");
    act.note(&mut tx, task, word(id), Value::Null, json!(judged.name)).await?;
    Ok((tasks::done(tx, act, vec![task]).await?, id))
}

/// A file that is there, and its task.
async fn find(tx: &mut OrgTx, id: &str) -> Result<(Task, Attached)> {
    let gone = || AppError::not_found("that file");
    let id = id.parse::<FileId>().map_err(|_| gone())?;
    let row = rows::file(tx, id).await?.filter(|row| row.removed_at.is_none()).ok_or_else(gone)?;
    let task = access::task(tx, row.task_id).await.map_err(|error| match error.code {
        Code::NotFound => gone(),
        _ => error,
    })?;
    let keys = tx.keys().await?;
    Ok((task, opened(&keys, row)?))
}

/// Also where the organisation is shut, or has tasks no longer; `None`: there is none.
async fn inside(platform: &Platform, org: OrgId, access: Access) -> Result<Option<OrgTx>> {
    let actor = Actor::System("files at tasks");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, access).await {
        Ok(tx) => Ok(Some(tx)),
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn upload(
    platform: Platform,
    actor: Actor,
    org: String,
    task: String,
    sent: std::result::Result<SentFile, &'static str>,
) -> Result<String> {
    let (task, key) = task.split_once('/').map_or((task.as_str(), None), |(task, key)| (task, Some(key)));
    // What was chosen is a part of an address here.
    let plain = !task.is_empty() && task.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !plain {
        return Err(access::no_task());
    }
    let page = format!("/app/{org}/tasks/t/{task}");
    let leads = |pairs: &[(&str, &str)]| Ok(format!("{}#files", with_query(&page, pairs)));
    let sent = match sent {
        Ok(sent) => sent,
        Err("large") => return leads(&[("refused", "That file is too large: at most 25 MB.")]),
        Err("again") => return leads(&[("refused", "Your page was too old. Please choose the file again.")]),
        Err(_) => return leads(&[("refused", "Choose a file.")]),
    };
    match add(&platform, &actor, &org, task, sent, key).await {
        Ok((done, _)) => {
            let act = done.act.map(|act| act.to_string()).unwrap_or_default();
            leads(&[("did", "filed"), ("act", &act)])
        }
        Err(error) if matches!(error.code, Code::Invalid | Code::Conflict | Code::TooLarge) => {
            leads(&[("refused", error.field_message("file").unwrap_or(&error.message))])
        }
        Err(error) => Err(error),
    }
}

/// What a file is called in the history.
fn word(id: FileId) -> String {
    format!("{}:{id}", extras::FILE)
}

fn name_of(id: FileId) -> Place {
    Place { table: "tasks_files", column: "name", row: id.0 }
}

fn refused(words: impl Into<String>) -> AppError {
    AppError::field("file", words)
}
