//! What people say about tasks, in Markdown: with mentions, which are told to those who see the task and to nobody else, and with a few ways to say how one
//! feels about it.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    access::{self, organises},
    acts::{self, touches},
    ids::{ActId, CommentId, TaskId},
    lists, markdown, notices, permissions,
    quick_add::{self, Choice},
    search,
    set_ups::{self, SetUp, What},
    store,
    store_together::{self as rows, CommentRow},
    task::Task,
};
use crate::{
    clock::Instant,
    crypto::Place,
    db::Access,
    error::{AppError, Code, FieldError, Result},
    idempotency::again,
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
    web::is_text,
};

/// The longest comment, in characters.
pub const LONGEST: usize = 20_000;
/// A task has so many comments at most.
const MOST: i64 = 5_000;
/// A comment is taken away.
pub const ACT: &str = "comment";
/// So many are shown: the latest.
pub const MOST_SHOWN: i64 = 300;

/// How one can feel about a comment: the word stored, the sign, and what it says.
pub const REACTIONS: [(&str, &str, &str); 8] = [
    ("thumbs_up", "👍", "Thumbs up"),
    ("heart", "❤️", "Heart"),
    ("done", "✅", "Done"),
    ("party", "🎉", "Party"),
    ("laugh", "😄", "Laugh"),
    ("eyes", "👀", "Looking into it"),
    ("question", "❓", "Question"),
    ("thanks", "🙏", "Thank you"),
];

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// Who said it, where that was a member.
    pub by: Option<UserId>,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// In Markdown.
    pub words: String,
    /// When.
    pub created_at: Instant,
    /// When it was changed last.
    pub edited_at: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
    /// Who feels what about it: in the order of [`REACTIONS`].
    pub reactions: Vec<(&'static str, Vec<UserId>)>,
}

/// What became of something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The comment.
    pub id: CommentId,
    /// Names that were mentioned and couldn't be told: nobody who sees the task is called that, or several are.
    pub not_told: Vec<String>,
    /// What was done, to undo it.
    pub act: Option<ActId>,
}

/// Says something about a task. With `key`, the same request again says nothing more and answers the same. Undoing it takes the comment away, as long as it
/// wasn't changed.
///
/// # Errors
/// 404 for a task that whoever asks can't see; 409 for one that can't be changed; 422 at `comment` for nothing, or too much.
pub async fn add(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    task: &str,
    said: &str,
    key: Option<&str>,
) -> Result<Said> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?;
    let said = checked(said)?;
    let id = CommentId::new(tx.now());
    if let Some(key) = key {
        let what = format!("{} {said}", task.id);
        if let Some(before) = again(&mut tx, "tasks.comment", key, &what, id.0).await? {
            let act = set_ups::act_of_adding(&mut tx, before).await?;
            tx.rollback().await?;
            return Ok(Said { id: CommentId(before), not_told: Vec::new(), act });
        }
    }
    if rows::count_comments(&mut tx, task.id).await? >= MOST {
        return Err(AppError::field("comment", "This task has 5,000 comments, which is as many as it can have."));
    }
    let not_told = add_in(&mut tx, &task, id, &said).await?;
    let act = set_ups::added(&mut tx, What::Comment, id.0, None, json!({ "version": 1 })).await?;
    tx.commit().await?;
    Ok(Said { id, not_told, act: Some(act) })
}

/// The same in a transaction that goes on. Whoever calls it saw to it that the task may be changed. Gives the names that couldn't be told.
///
/// # Errors
/// The database is busy.
pub async fn add_in(tx: &mut OrgTx, task: &Task, id: CommentId, said: &str) -> Result<Vec<String>> {
    let keys = tx.keys().await?;
    let by = tx.doer();
    rows::insert_comment(tx, id, task.id, by, &keys.seal(words_of(id), said)).await?;
    search::index_comment(tx, task.id, id, said).await?;
    if let Some(user) = tx.user() {
        rows::follow(tx, task.id, user).await?;
    }
    let (mentioned, not_told) = mentioned(tx, task, said).await?;
    for user in &mentioned {
        rows::follow(tx, task.id, *user).await?;
    }
    notices::of_comment(tx, task, id, &mentioned, true).await?;
    happened(tx, task.id, "tasks.task_commented").await?;
    Ok(not_told)
}

/// Says something else instead. Who is mentioned there and wasn't before is told. Undoing it says again what was said before, as long as nobody has changed it
/// since.
///
/// # Errors
/// 404; 403 for another's; 409 where it was changed since `version`; 422 as [`add`].
pub async fn edit(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    said: &str,
    version: i64,
) -> Result<(Task, Said)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let (task, row) = find(&mut tx, id).await?;
    access::check_changes(&mut tx, &task).await?;
    check_own(&tx, &row)?;
    let said = checked(said)?;
    let keys = tx.keys().await?;
    let before = access::text(&keys, words_of(row.id), &row.words)?;
    if before == said {
        tx.rollback().await?;
        return Ok((task, Said { id: row.id, not_told: Vec::new(), act: None }));
    }
    if rows::update_comment(&mut tx, row.id, &keys.seal(words_of(row.id), &said), version).await? == 0 {
        let held = json!({ "comment": before });
        let holds = FieldError { field: "comment".to_owned(), message: before };
        return Err(access::changed(&tx, "this comment", row.version, vec![holds], &held));
    }
    search::index_comment(&mut tx, task.id, row.id, &said).await?;
    let (were, _) = mentioned(&mut tx, &task, &before).await?;
    let (are, not_told) = mentioned(&mut tx, &task, &said).await?;
    let new: BTreeSet<UserId> = are.difference(&were).copied().collect();
    for user in &new {
        rows::follow(&mut tx, task.id, *user).await?;
    }
    notices::of_comment(&mut tx, &task, row.id, &new, false).await?;
    happened(&mut tx, task.id, "tasks.task_comment_changed").await?;
    let (was, is) = (json!({ "words": before }), json!({ "words": said }));
    let act = set_ups::changed(&mut tx, What::Comment, row.id.0, None, was, is).await?;
    tx.commit().await?;
    Ok((task, Said { id: row.id, not_told, act }))
}

/// Takes a comment away, with what people felt about it and were told of it: nobody sees any of it from then on. Gives the act: undoing it brings all of it
/// back, for 30 days.
///
/// # Errors
/// 404; 403 for another's, but for who organises.
pub async fn delete(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<(Task, ActId)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let (task, row) = find(&mut tx, id).await?;
    access::check_changes(&mut tx, &task).await?;
    if !is_own(&tx, &row) && !organises(&tx) {
        return Err(AppError::new(Code::Forbidden, "Only who wrote a comment, or who organises lists, can delete it."));
    }
    let act = acts::of_no_task(&mut tx, ACT).await?;
    take_away(&mut tx, &task, row.id, act).await?;
    tx.commit().await?;
    Ok((task, act))
}

/// Takes a comment away that was added. Whoever calls it undoes the act of that.
///
/// # Errors
/// 404 for one on a task that whoever asks doesn't see; 409 for one that was changed, or deleted, since, and on a task that can't be changed.
pub(super) async fn take_back(tx: &mut OrgTx, one: &SetUp) -> Result<()> {
    let (task, row) = still_there(tx, one).await?;
    one.check_untouched(&json!({ "version": row.version }))?;
    take_away(tx, &task, row.id, one.act).await
}

/// Says again what a comment said before it was changed; nobody is told again. Whoever calls it undoes the act of that.
///
/// # Errors
/// 404 for one on a task that whoever asks doesn't see; 403 for another's, for who organises too; 409 for one that was changed again, or deleted, since, and on
/// a task that can't be changed.
pub(super) async fn say_as_before(tx: &mut OrgTx, one: &SetUp) -> Result<()> {
    let (task, row) = still_there(tx, one).await?;
    check_own(tx, &row)?;
    let keys = tx.keys().await?;
    let now = access::text(&keys, words_of(row.id), &row.words)?;
    let back = one.back(&json!({ "words": now }))?;
    let said: String = set_ups::read(back["words"].clone())?;
    if rows::update_comment(tx, row.id, &keys.seal(words_of(row.id), &said), row.version).await? == 0 {
        return Err(set_ups::changed_since());
    }
    search::index_comment(tx, task.id, row.id, &said).await?;
    happened(tx, task.id, "tasks.task_comment_changed").await
}

/// The comment that an act is about, which can be changed still, and its task.
async fn still_there(tx: &mut OrgTx, one: &SetUp) -> Result<(Task, CommentRow)> {
    let Some(row) = rows::comment(tx, CommentId(one.subject)).await? else {
        return Err(AppError::conflict("That comment was deleted already. Nothing was changed."));
    };
    let task = access::task(tx, row.task_id).await.map_err(acts::unseen)?;
    access::check_changes(tx, &task).await?;
    Ok((task, row))
}

async fn take_away(tx: &mut OrgTx, task: &Task, id: CommentId, act: ActId) -> Result<()> {
    rows::keep_notices_of(tx, id).await?;
    rows::delete_notices_of(tx, id).await?;
    search::index_comment(tx, task.id, id, "").await?;
    rows::remove_comment(tx, id, act).await?;
    happened(tx, task.id, "tasks.task_comment_deleted").await
}

/// The comment that an act took away, and the task that it is about. `None`: it is back, or gone for good.
///
/// # Errors
/// 404 for one on a task that whoever asks doesn't see.
pub async fn taken_away_by(tx: &mut OrgTx, act: ActId) -> Result<Option<(Task, CommentRow)>> {
    let Some(row) = rows::comment_removed_by(tx, act).await? else { return Ok(None) };
    let task = access::task(tx, row.task_id).await.map_err(acts::unseen)?;
    Ok(Some((task, row)))
}

/// Brings back the comment that an act took away, with what people felt about it and were told of it; nobody is told again. Whoever calls it undoes that act.
///
/// # Errors
/// As [`taken_away_by`]; 403 for who may not take it away any more; 409 for one that is gone for good, on a task that can't be changed, and where there is no
/// room for another.
pub async fn put_back(tx: &mut OrgTx, act: ActId) -> Result<()> {
    let Some((task, row)) = taken_away_by(tx, act).await? else {
        return Err(AppError::conflict("That comment is deleted for good: it could be restored for 30 days."));
    };
    access::check_changes(tx, &task).await?;
    if !is_own(tx, &row) && !organises(tx) {
        let words = "Only who wrote a comment, or who organises lists, can restore it.";
        return Err(AppError::new(Code::Forbidden, words));
    }
    if rows::count_comments(tx, task.id).await? >= MOST {
        let words = "This task has 5,000 comments, which is as many as it can have. Nothing was changed.";
        return Err(AppError::conflict(words));
    }
    rows::bring_comment_back(tx, row.id).await?;
    rows::put_notices_back(tx, row.id).await?;
    rows::delete_removed_notices(tx, row.id).await?;
    let keys = tx.keys().await?;
    let said = access::text(&keys, words_of(row.id), &row.words)?;
    search::index_comment(tx, task.id, row.id, &said).await?;
    happened(tx, task.id, "tasks.task_comment_restored").await
}

/// Whoever asks feels something about a comment, or no more.
///
/// # Errors
/// 404, for programs too; 422 for what can't be felt.
pub async fn react(platform: &Platform, actor: &Actor, org: &str, id: &str, what: &str, feels: bool) -> Result<Task> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let (task, row) = find(&mut tx, id).await?;
    access::check_changes(&mut tx, &task).await?;
    let user = tx.user().ok_or_else(no_comment)?;
    if !REACTIONS.iter().any(|(word, ..)| *word == what) {
        let all: Vec<&str> = REACTIONS.iter().map(|(word, ..)| *word).collect();
        return Err(AppError::field("what", format!("Choose one of these: {}.", all.join(", "))));
    }
    let changed = if feels {
        rows::insert_reaction(&mut tx, row.id, user, what).await?
    } else {
        rows::delete_reaction(&mut tx, row.id, user, what).await?
    };
    if changed == 0 {
        tx.rollback().await?;
        return Ok(task);
    }
    happened(&mut tx, task.id, "tasks.task_reacted").await?;
    tx.commit().await?;
    Ok(task)
}

/// The latest comments on a task, the earliest first. Whoever calls it saw to it that the task may be seen.
///
/// # Errors
/// The database is busy.
pub async fn of(tx: &mut OrgTx, task: TaskId) -> Result<Vec<Comment>> {
    let found = rows::comments(tx, task, MOST_SHOWN).await?;
    let felt = if found.is_empty() { Vec::new() } else { rows::reactions(tx, task).await? };
    let keys = tx.keys().await?;
    found
        .into_iter()
        .map(|row| {
            let about = |word: &str| {
                let who = felt.iter().filter(|(id, _, what)| *id == row.id && what == word);
                who.map(|(_, user, _)| *user).collect::<Vec<_>>()
            };
            let reactions = REACTIONS.iter().map(|(word, ..)| (*word, about(word)));
            Ok(Comment {
                id: row.id,
                words: access::text(&keys, words_of(row.id), &row.words)?,
                by: row.by_id.filter(|_| row.by_kind == "member").map(UserId),
                created_at: row.created_at,
                edited_at: row.edited_at,
                version: row.version,
                reactions: reactions.filter(|(_, who)| !who.is_empty()).collect(),
                by_kind: row.by_kind,
            })
        })
        .collect()
}

/// The comments on a task, for whoever sees it.
///
/// # Errors
/// 404.
pub async fn list(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Vec<Comment>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, task).await?;
    let found = of(&mut tx, task.id).await?;
    tx.rollback().await?;
    Ok(found)
}

/// What a comment says. Whoever calls it saw to it that its task may be seen.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn words(tx: &mut OrgTx, id: CommentId) -> Result<Option<String>> {
    let Some(row) = rows::comment(tx, id).await? else { return Ok(None) };
    let keys = tx.keys().await?;
    access::text(&keys, words_of(id), &row.words).map(Some)
}

/// Where a comment's words are sealed for.
pub fn words_of(id: CommentId) -> Place {
    Place { table: "tasks_comments", column: "words", row: id.0 }
}

/// Who is mentioned and sees the task, and the names that nobody, or more than one of them, is called.
async fn mentioned(tx: &mut OrgTx, task: &Task, said: &str) -> Result<(BTreeSet<UserId>, Vec<String>)> {
    let words = markdown::mentions(said);
    if words.is_empty() {
        return Ok((BTreeSet::new(), Vec::new()));
    }
    let list = store::list(tx, task.list).await?.ok_or_else(access::no_task)?;
    let space = access::spaces(tx).await?.into_iter().find(|space| space.id == list.space_id);
    let mut people = match space {
        Some(space) => lists::who_sees(tx, &space).await?,
        None => Vec::new(),
    };
    // Whoever sees everything sees this, whether or not they are in its team.
    let admins = store::admins(tx).await?;
    let others = crate::people::members::all(tx)
        .await?
        .into_iter()
        .filter(|member| admins.contains(&member.user) && !people.iter().any(|one| one.id == member.user));
    let others: Vec<_> = others
        .map(|member| lists::Who { id: member.user, initials: lists::initials(&member.name), name: member.name })
        .collect();
    people.extend(others);
    let (mut found, mut not_told) = (BTreeSet::new(), Vec::new());
    for word in words {
        match quick_add::choose(&word, people.iter().map(|one| (one.id, one.name.as_str()))) {
            Choice::One(user) => {
                found.insert(user);
            }
            Choice::None | Choice::Many => not_told.push(word),
        }
    }
    Ok((found, not_told))
}

/// A comment on a task that whoever asks sees.
async fn find(tx: &mut OrgTx, id: &str) -> Result<(Task, CommentRow)> {
    let id = id.parse::<CommentId>().map_err(|_| no_comment())?;
    let row = rows::comment(tx, id).await?.ok_or_else(no_comment)?;
    let task = access::task(tx, row.task_id).await.map_err(|error| match error.code {
        Code::NotFound => no_comment(),
        _ => error,
    })?;
    Ok((task, row))
}

fn is_own(tx: &OrgTx, row: &CommentRow) -> bool {
    let by = tx.doer();
    row.by_kind == by.kind && row.by_id == by.id
}

/// Nobody puts words in another’s mouth.
fn check_own(tx: &OrgTx, row: &CommentRow) -> Result<()> {
    if is_own(tx, row) {
        return Ok(());
    }
    Err(AppError::new(Code::Forbidden, "Only who wrote a comment can change it."))
}

fn checked(said: &str) -> Result<String> {
    let said = said.trim().replace("\r\n", "\n");
    if said.is_empty() {
        return Err(AppError::field("comment", "Say something."));
    }
    if said.chars().count() > LONGEST || !is_text(&said) {
        return Err(AppError::field("comment", "Use at most 20,000 characters."));
    }
    Ok(said)
}

/// Says so to those who have its list open.
async fn happened(tx: &mut OrgTx, task: TaskId, event: &'static str) -> Result<()> {
    let touched = touches(tx);
    store::touch(tx, task, touched).await?;
    tx.emit(event, task.0).await
}

fn no_comment() -> AppError {
    AppError::not_found("that comment")
}
