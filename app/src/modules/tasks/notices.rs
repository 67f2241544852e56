//! What people are told of tasks: what others did to what is theirs, or what they follow. Nobody is told what they did themselves, nor of a task that
//! they can’t see at that moment. Of an act somebody is told one thing of a task, and of what happens again before they looked, once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access,
    acts::Changed,
    comments, followers,
    ids::{CommentId, ListId, NoticeId, TaskId, TeamId},
    letters, markdown, permissions,
    saying::{Here, Names, capital},
    store::{self, Space, as_json},
    store_mine,
    store_together::{self as rows, NoticeRow},
    task::{Field, Task},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// So much is shown at once.
pub const A_PAGE: i64 = 50;
/// What is emailed and isn't a mention waits so long for whoever gets it to look: eight minutes.
const MAIL_WAITS: i64 = 8 * 60;

/// What somebody can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody mentioned them.
    Mentioned,
    /// A task is theirs now.
    Assigned,
    /// It isn't any more.
    Unassigned,
    /// It is completed.
    Completed,
    /// It is due at another time.
    Due,
    /// Somebody took it on.
    Claimed,
    /// What it waited for is done.
    CanBegin,
    /// It waits for somebody of their team.
    Queued,
    /// Somebody said something about it.
    Commented,
}

impl Kind {
    /// All of them, what weighs most first.
    pub const ALL: [Self; 9] = [
        Self::Mentioned,
        Self::Assigned,
        Self::Unassigned,
        Self::Completed,
        Self::Due,
        Self::Claimed,
        Self::CanBegin,
        Self::Queued,
        Self::Commented,
    ];

    /// The word stored, and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mentioned => "mentioned",
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::Completed => "completed",
            Self::Due => "due",
            Self::Claimed => "claimed",
            Self::CanBegin => "can_begin",
            Self::Queued => "queued",
            Self::Commented => "commented",
        }
    }

    /// Reads the word stored.
    pub fn stored(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What it is, in settings.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mentioned => "Somebody mentions me",
            Self::Assigned => "A task is assigned to me",
            Self::Unassigned => "A task is no longer assigned to me",
            Self::Completed => "A task that is assigned to me, or that I follow, is completed",
            Self::Due => "Its due date changes",
            Self::Claimed => "Somebody claims it from a queue",
            Self::CanBegin => "A task of mine can begin: what it waited for is done",
            Self::Queued => "A task joins my team’s queue",
            Self::Commented => "Somebody comments on a task that is assigned to me, or that I follow",
        }
    }

    /// What happened to the task with this number, without who did it or what is to be done: for the subjects of emails, which are read on locked screens,
    /// and kept by whoever carries them.
    pub fn in_subject(self, number: i64) -> String {
        match self {
            Self::Mentioned => format!("You were mentioned in T-{number}"),
            Self::Assigned => format!("T-{number} is assigned to you"),
            Self::Unassigned => format!("T-{number} is no longer assigned to you"),
            Self::Completed => format!("T-{number} is completed"),
            Self::Due => format!("The due date of T-{number} changed"),
            Self::Claimed => format!("T-{number} was claimed"),
            Self::CanBegin => format!("T-{number} can begin"),
            Self::Queued => format!("T-{number} is in your team’s queue"),
            Self::Commented => format!("A comment on T-{number}"),
        }
    }

    /// How whoever didn't choose is told.
    pub const fn usual(self) -> Way {
        match self {
            Self::Mentioned | Self::Assigned => Way::Email,
            _ => Way::App,
        }
    }
}

/// How somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskNoticeWay)]
pub enum Way {
    /// Not at all.
    Off,
    /// In their inbox.
    App,
    /// In their inbox, and by email if they don't look soon.
    Email,
}

impl Way {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::App => "app",
            Self::Email => "email",
        }
    }

    /// Reads the word stored.
    pub fn stored(word: &str) -> Option<Self> {
        [Self::Off, Self::App, Self::Email].into_iter().find(|way| way.as_str() == word)
    }
}

/// Something that somebody was told, as their inbox shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub id: NoticeId,
    /// What it is about.
    pub kind: Kind,
    /// The task.
    pub task: TaskId,
    /// Its number.
    pub number: i64,
    /// What is to be done.
    pub title: String,
    /// "Priya Raman completed it."
    pub words: String,
    /// What was said, short.
    pub quote: String,
    /// When.
    pub at: Instant,
    /// "today, 3:04 pm"
    pub when: String,
    /// They looked.
    pub read: bool,
}

/// What somebody finds in their inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// The latest first.
    pub told: Vec<Told>,
    /// How much they haven't looked at; a hundred at most.
    pub unread: i64,
    /// There is more before this moment.
    pub more: Option<Instant>,
}

/// Tells everybody whom it concerns what an act changed, and has those follow a task who added it or are on it now.
///
/// # Errors
/// The database is busy.
pub async fn of_act(tx: &mut OrgTx, changed: &[Changed]) -> Result<()> {
    let news: Vec<&Changed> = changed.iter().filter(|one| one.after.trashed_at.is_none() && is_news(one)).collect();
    if news.is_empty() {
        return Ok(());
    }
    let me = tx.user();
    for one in &news {
        let adds = me.filter(|_| one.before.is_none());
        for user in adds.into_iter().chain(new_doers(one)) {
            rows::follow(tx, one.after.id, user).await?;
        }
    }
    let mut audience = Audience::read(tx).await?;
    let followers = followers::of(tx, news.iter().map(|one| one.after.id)).await?;
    for one in &news {
        let after = &one.after;
        let followers = followers.get(&after.id).map(Vec::as_slice).unwrap_or_default();
        let mut told = concerned(one, followers);
        if let Some(team) = after.team.filter(|_| is_queued(one)) {
            for user in audience.team(team) {
                tell_of(&mut told, user, Kind::Queued);
            }
        }
        if one.before.as_ref().is_some_and(|before| before.team.is_some() && before.responsible.is_none())
            && (after.responsible.is_some() || after.team.is_none() || after.is_done())
        {
            rows::read_queued(tx, after.id).await?;
        }
        audience.tell(tx, after, &told, None).await?;
    }
    let done: Vec<TaskId> = news.iter().filter(|one| is_completed(one)).map(|one| one.after.id).collect();
    if !done.is_empty() {
        can_begin(tx, &mut audience, &done).await?;
    }
    Ok(())
}

/// Tells those who are on a task, follow it, or are mentioned, that somebody said something. Who is mentioned hears of it whatever they chose for the task.
///
/// # Errors
/// The database is busy.
pub async fn of_comment(
    tx: &mut OrgTx,
    task: &Task,
    comment: CommentId,
    mentioned: &BTreeSet<UserId>,
    is_new: bool,
) -> Result<()> {
    let mut told = BTreeMap::new();
    if is_new {
        let followers = followers::of(tx, [task.id]).await?.remove(&task.id).unwrap_or_default();
        for user in listeners(task, &followers) {
            tell_of(&mut told, user, Kind::Commented);
        }
    }
    for user in mentioned {
        tell_of(&mut told, *user, Kind::Mentioned);
    }
    Audience::read(tx).await?.tell(tx, task, &told, Some(comment)).await
}

/// What somebody finds in their inbox. `unread`: only what they haven't looked at.
///
/// # Errors
/// 404 for programs: nobody tells them anything there.
pub async fn inbox(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    unread: bool,
    before: Option<Instant>,
) -> Result<Inbox> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let user = tx.person().ok_or_else(no_inbox)?;
    let before = before.unwrap_or_else(|| tx.now().plus_seconds(1));
    let found = rows::notices(&mut tx, user, unread, before, A_PAGE).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == A_PAGE);
    let more = found.last().map(|row| row.told_at).filter(|_| full);
    let told = told(&mut tx, found).await?;
    let unread = self::unread(&mut tx).await?;
    tx.rollback().await?;
    Ok(Inbox { told, unread, more })
}

/// How much somebody hasn't looked at; a hundred at most.
///
/// # Errors
/// The database is busy.
pub async fn unread(tx: &mut OrgTx) -> Result<i64> {
    match tx.person() {
        Some(user) => Ok(i64::try_from(rows::unread(tx, user).await?.len()).unwrap_or(i64::MAX)),
        None => Ok(0),
    }
}

/// The same for a page that doesn’t count it with what it reads.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn unread_by(platform: &Platform, actor: &Actor, org: &str) -> Result<i64> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let unread = unread(&mut tx).await?;
    tx.rollback().await?;
    Ok(unread)
}

/// Notices in words, as far as whoever asks sees their tasks.
///
/// # Errors
/// The database is busy.
pub async fn told(tx: &mut OrgTx, found: Vec<NoticeRow>) -> Result<Vec<Told>> {
    let tasks = access::tasks(tx, found.iter().map(|row| row.task_id)).await?;
    let (here, names) = (Here::of(tx)?, Names::read(tx).await?);
    let mut told = Vec::new();
    for row in found {
        let (Some(task), Some(kind)) = (tasks.get(&row.task_id), Kind::stored(&row.kind)) else { continue };
        let quote = match row.comment_id {
            Some(id) => comments::words(tx, id).await?.map(|words| markdown::plain(&words, 160)).unwrap_or_default(),
            None => String::new(),
        };
        let who = names.doer(&row.by_kind, row.by_id);
        told.push(Told {
            id: row.id,
            kind,
            task: task.id,
            number: task.number,
            title: task.title.clone(),
            words: sentence(kind, &capital(&who), task, row.times, &here),
            quote,
            at: row.told_at,
            when: here.moment(row.told_at),
            read: row.read_at.is_some(),
        });
    }
    Ok(told)
}

/// Somebody looked at something that they were told, or with `None` at all of it.
///
/// # Errors
/// 404 for what isn't theirs, and for programs.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, id: Option<&str>) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let user = tx.user().ok_or_else(no_inbox)?;
    match id {
        None => {
            rows::read_notices(&mut tx, user).await?;
        }
        Some(id) => {
            let id = id.parse::<NoticeId>().map_err(|_| no_notice())?;
            if !rows::has_notice(&mut tx, user, id).await? {
                return Err(no_notice());
            }
            rows::read_notice(&mut tx, user, id).await?;
        }
    }
    tx.commit().await
}

/// Somebody has a task before them: they looked at all that they were told of it.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn seen(platform: &Platform, actor: &Actor, org: &str, task: TaskId) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let user = tx.user().ok_or_else(no_inbox)?;
    rows::read_notices_of(&mut tx, user, task).await?;
    tx.commit().await
}

/// How whoever asks is told of each kind.
///
/// # Errors
/// The database is busy.
pub async fn ways(tx: &mut OrgTx, user: UserId) -> Result<Vec<(Kind, Way)>> {
    let chosen = rows::ways_of(tx, user).await?;
    let way = |kind: Kind| {
        let own = chosen.iter().find(|(word, _)| word == kind.as_str()).and_then(|(_, way)| Way::stored(way));
        (kind, own.unwrap_or(kind.usual()))
    };
    Ok(Kind::ALL.into_iter().map(way).collect())
}

/// Whoever asks chooses how they are told of each kind, and when the daily email comes.
///
/// # Errors
/// 404 for programs; 422 for a way, an hour or days that aren't there.
pub async fn choose(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    wanted: &BTreeMap<String, Way>,
    daily: &letters::Daily,
) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let user = tx.user().ok_or_else(no_inbox)?;
    if wanted.keys().any(|word| Kind::stored(word).is_none()) {
        return Err(AppError::field("ways", "There is no such kind of notice."));
    }
    for (kind, way) in wanted {
        rows::set_way(&mut tx, user, kind, way.as_str()).await?;
    }
    letters::set_daily(&mut tx, user, daily).await?;
    tx.emit("tasks.notices_chosen", user.0).await?;
    tx.commit().await
}

/// 404 for what isn't theirs.
pub fn no_notice() -> AppError {
    AppError::not_found("that notice")
}

/// 404 for a program.
pub fn no_inbox() -> AppError {
    AppError::not_found("an inbox of yours")
}

fn sentence(kind: Kind, who: &str, task: &Task, times: i64, here: &Here) -> String {
    let again = if times > 1 { format!(" {times} times") } else { String::new() };
    match kind {
        Kind::Mentioned => format!("{who} mentioned you{again}."),
        Kind::Assigned => format!("{who} assigned it to you."),
        Kind::Unassigned => format!("{who} unassigned you."),
        Kind::Completed => format!("{who} completed it."),
        Kind::Due => match task.due {
            Some(due) => format!("{who} changed when it is due. Now it is {}.", here.exactly(due)),
            None => format!("{who} changed when it is due. It has no date now."),
        },
        Kind::Claimed => format!("{who} claimed it."),
        Kind::CanBegin => "It can begin: what it waited for is done.".to_owned(),
        Kind::Queued => "It is in your team’s queue.".to_owned(),
        Kind::Commented => format!("{who} commented{again}."),
    }
}

/// Somebody may want to hear of it.
fn is_news(one: &Changed) -> bool {
    let Some(before) = &one.before else { return true };
    let fields = [Field::Responsible, Field::People, Field::Due, Field::Team];
    before.is_done() != one.after.is_done()
        || before.trashed_at.is_none() && fields.into_iter().any(|field| before.value(field) != one.after.value(field))
}

fn is_completed(one: &Changed) -> bool {
    one.after.is_done() && !one.before.as_ref().is_some_and(Task::is_done)
}

/// It came into a team's queue.
fn is_queued(one: &Changed) -> bool {
    let after = &one.after;
    let waits = |task: &Task| task.team == after.team && task.responsible.is_none();
    after.responsible.is_none() && !after.is_done() && !one.before.as_ref().is_some_and(waits)
}

fn new_doers(one: &Changed) -> Vec<UserId> {
    let were: BTreeSet<UserId> = one.before.iter().flat_map(Task::doers).collect();
    one.after.doers().filter(|user| !were.contains(user)).collect()
}

/// Who hears of what happens to a task: who is on it or follows it, and doesn't say no.
fn listeners(task: &Task, followers: &[(UserId, bool)]) -> BTreeSet<UserId> {
    let muted = |user: UserId| followers.iter().any(|(other, muted)| *other == user && *muted);
    let following = followers.iter().map(|(user, _)| *user);
    task.doers().chain(following).filter(|user| !muted(*user)).collect()
}

/// Whom a change concerns, and as what.
fn concerned(one: &Changed, followers: &[(UserId, bool)]) -> BTreeMap<UserId, Kind> {
    let (before, after) = (one.before.as_ref(), &one.after);
    let mut told = BTreeMap::new();
    for user in new_doers(one) {
        tell_of(&mut told, user, Kind::Assigned);
    }
    let now: BTreeSet<UserId> = after.doers().collect();
    for user in before.into_iter().flat_map(Task::doers).filter(|user| !now.contains(user)) {
        tell_of(&mut told, user, Kind::Unassigned);
    }
    let due = before.is_some_and(|before| before.due != after.due);
    let claimed = after.responsible.is_some()
        && before.is_some_and(|before| before.team.is_some() && before.responsible.is_none());
    let kinds = [(is_completed(one), Kind::Completed), (due, Kind::Due), (claimed, Kind::Claimed)];
    for (_, kind) in kinds.into_iter().filter(|(is_so, _)| *is_so) {
        for user in listeners(after, followers) {
            tell_of(&mut told, user, kind);
        }
    }
    told
}

/// Somebody is told the one thing that weighs most.
fn tell_of(told: &mut BTreeMap<UserId, Kind>, user: UserId, kind: Kind) {
    told.entry(user).and_modify(|known| *known = (*known).min(kind)).or_insert(kind);
}

/// Tells those who are on tasks that waited for these, and wait for nothing any more.
async fn can_begin(tx: &mut OrgTx, audience: &mut Audience, done: &[TaskId]) -> Result<()> {
    let waited = store_mine::waits_for_any(tx, &as_json(done.iter().map(|id| id.0))).await?;
    if waited.is_empty() {
        return Ok(());
    }
    let blocked: BTreeSet<TaskId> =
        store::blocked(tx, &as_json(waited.iter().map(|id| id.0))).await?.into_iter().collect();
    let free = waited.into_iter().filter(|id| !blocked.contains(id)).map(|id| id.0);
    let found = store::tasks(tx, &as_json(free)).await?;
    // Who is told is looked at one by one, whatever whoever completed it sees.
    for task in access::opened(tx, found).await? {
        let told = task.doers().map(|user| (user, Kind::CanBegin)).collect();
        audience.tell(tx, &task, &told, None).await?;
    }
    Ok(())
}

/// Who sees what, and how each wants to be told.
struct Audience {
    members: BTreeSet<UserId>,
    admins: BTreeSet<UserId>,
    team_members: Vec<(TeamId, UserId)>,
    spaces: Vec<Space>,
    ways: BTreeMap<(UserId, String), Way>,
    /// Who sees a list; `None`: everybody.
    lists: BTreeMap<ListId, Option<BTreeSet<UserId>>>,
}

impl Audience {
    async fn read(tx: &mut OrgTx) -> Result<Self> {
        let ways = rows::ways(tx).await?;
        Ok(Self {
            members: store::workers(tx).await?.into_iter().collect(),
            admins: store::admins(tx).await?.into_iter().collect(),
            team_members: store::team_members(tx).await?,
            spaces: store::spaces(tx, true, None).await?,
            ways: ways.into_iter().filter_map(|(user, kind, way)| Some(((user, kind), Way::stored(&way)?))).collect(),
            lists: BTreeMap::new(),
        })
    }

    fn team(&self, team: TeamId) -> Vec<UserId> {
        self.team_members.iter().filter(|(one, _)| *one == team).map(|(_, user)| *user).collect()
    }

    fn way(&self, user: UserId, kind: Kind) -> Way {
        self.ways.get(&(user, kind.as_str().to_owned())).copied().unwrap_or(kind.usual())
    }

    /// Who sees a list now.
    async fn seen_by(&mut self, tx: &mut OrgTx, list: ListId) -> Result<Option<BTreeSet<UserId>>> {
        if let Some(known) = self.lists.get(&list) {
            return Ok(known.clone());
        }
        let space = store::list(tx, list).await?.and_then(|list| {
            let space = self.spaces.iter().find(|space| space.id == list.space_id);
            space.map(|space| (space.seen_by == "everyone", space.team_id))
        });
        let seen = match space {
            Some((true, _)) => None,
            Some((false, Some(team))) => Some(self.team(team).into_iter().chain(self.admins.iter().copied()).collect()),
            Some((false, None)) | None => Some(self.admins.clone()),
        };
        self.lists.insert(list, seen.clone());
        Ok(seen)
    }

    async fn tell(
        &mut self,
        tx: &mut OrgTx,
        task: &Task,
        told: &BTreeMap<UserId, Kind>,
        comment: Option<CommentId>,
    ) -> Result<()> {
        let (me, by, now) = (tx.user(), tx.doer(), tx.now());
        let wanted: Vec<(UserId, Kind, Way)> = told
            .iter()
            .filter(|(user, _)| Some(**user) != me && self.members.contains(*user))
            .map(|(user, kind)| (*user, *kind, self.way(*user, *kind)))
            .filter(|(.., way)| *way != Way::Off)
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let seen_by = self.seen_by(tx, task.list).await?;
        for (user, kind, way) in wanted {
            if seen_by.as_ref().is_some_and(|seen| !seen.contains(&user)) {
                continue;
            }
            if rows::add_to_notice(tx, user, task.id, kind.as_str(), by, comment).await? > 0 {
                continue;
            }
            let waits = if kind == Kind::Mentioned { 0 } else { MAIL_WAITS };
            let notice = NoticeRow {
                id: NoticeId::new(now),
                user_id: user,
                task_id: task.id,
                kind: kind.as_str().to_owned(),
                by_kind: by.kind.to_owned(),
                by_id: by.id,
                comment_id: comment,
                times: 1,
                told_at: now,
                read_at: None,
                mail_at: (way == Way::Email).then(|| now.plus_seconds(waits)),
            };
            rows::insert_notice(tx, &notice).await?;
        }
        Ok(())
    }
}
