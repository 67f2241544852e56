//! A task with all that its page shows.

use super::{
    access::{self, organises},
    cards::{self, Card, Progress},
    comments::{self, Comment},
    followers,
    history::{self, Happened},
    lists::{self, Who},
    notices, permissions,
    saying::{Here, Names},
    store::{self, Label, List, Section, Space, Status, Team},
    store_history as rows, store_together,
    task::Task,
};
use crate::{db::Access, error::Result, ids::UserId, org::Actor, platform::Platform};

/// So many parts of a task are shown.
pub const MOST_PARTS: i64 = 200;

/// What whoever asks may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct May {
    /// Change the task.
    pub change: bool,
    /// Organise lists.
    pub organise: bool,
    /// Take on what waits for its team: they are in it.
    pub claim: bool,
}

/// A task with all that its page shows.
#[derive(Debug, Clone)]
pub struct TaskPage {
    /// The task.
    pub task: Task,
    /// Where it is.
    pub list: List,
    /// And where that is.
    pub space: Space,
    /// How far it can have come, in order.
    pub statuses: Vec<Status>,
    /// The parts of its list, in order.
    pub sections: Vec<Section>,
    /// Who can be put on it, by name.
    pub people: Vec<Who>,
    /// The teams, by name.
    pub teams: Vec<Team>,
    /// The labels, by name.
    pub labels: Vec<Label>,
    /// Where it could go: lists with their spaces.
    pub lists: Vec<(List, String)>,
    /// What it is a part of: its number, and what is to be done.
    pub parent: Option<(i64, String)>,
    /// What is a part of it, one level down, in order.
    pub parts: Vec<Card>,
    /// Of all parts that have no parts themselves, however deep: how many are done, of how many.
    pub progress: Progress,
    /// It waits for another that isn’t completed.
    pub blocked: bool,
    /// What was said about it, the earliest first.
    pub comments: Vec<Comment>,
    /// What happened to it, the earliest first.
    pub happened: Vec<Happened>,
    /// What members are called.
    pub names: Names,
    /// Today.
    pub here: Here,
    /// Whoever asks.
    pub me: Option<UserId>,
    /// They follow it, or don’t want to hear of it; `None`: neither.
    pub follows: Option<bool>,
    /// Who hears of it.
    pub followers: Vec<UserId>,
    /// They were told something of it that they haven’t looked at.
    pub news: bool,
    /// What they may do.
    pub may: May,
    /// Why nobody changes it now.
    pub stuck: Option<String>,
}

/// A task by what an address says.
///
/// # Errors
/// 404.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<TaskPage> {
    let mut opened = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let tx = &mut opened;
    let task = access::task_called(tx, task).await?;
    let stuck = access::check_changes(tx, &task).await.err().map(|error| error.message);
    let spaces = access::spaces(tx).await?;
    let all = access::lists(tx).await?;
    let list = all.iter().find(|list| list.id == task.list).cloned().ok_or_else(access::no_task)?;
    let space = spaces.iter().find(|space| space.id == list.space_id).cloned().ok_or_else(access::no_task)?;
    let open_in = |list: &List| spaces.iter().find(|space| space.id == list.space_id && !space.archived);
    let lists = all.into_iter().filter(|one| !one.archived && one.id != task.list).filter_map(|one| {
        let space = open_in(&one)?.name.clone();
        Some((one, space))
    });
    let lists = lists.collect();
    let (here, names) = (Here::of(tx)?, Names::read(tx).await?);
    let parent = match task.parent {
        Some(parent) => access::task(tx, parent).await.ok().map(|parent| (parent.number, parent.title)),
        None => None,
    };
    let ids = rows::parts_of(tx, task.id, MOST_PARTS).await?;
    let mut parts = access::tasks(tx, ids.iter().copied()).await?;
    let parts = ids.iter().filter_map(|id| parts.remove(id)).collect();
    let parts = cards::of(tx, parts).await?;
    let own = cards::of(tx, vec![task.clone()]).await?.pop().ok_or_else(access::no_task)?;
    let following = followers::of(tx, [task.id]).await?.remove(&task.id).unwrap_or_default();
    let me = tx.person();
    let news = match me {
        Some(me) => store_together::count_unread_of(tx, me, task.id).await? > 0,
        None => false,
    };
    let teams = store::teams(tx).await?;
    let members = store::team_members(tx).await?;
    let heard = |user: &UserId| names.0.contains_key(user);
    let page = TaskPage {
        statuses: store::statuses(tx, task.list).await?,
        sections: store::sections(tx, task.list).await?,
        people: lists::who_sees(tx, &space).await?,
        labels: store::labels(tx).await?,
        progress: own.subs,
        blocked: own.blocked,
        comments: comments::of(tx, task.id).await?,
        happened: history::of(tx, &task, &here, &names).await?,
        follows: following.iter().find(|(user, _)| Some(*user) == me).map(|(_, muted)| !muted),
        followers: following.iter().filter(|(_, muted)| !muted).map(|(user, _)| *user).filter(heard).collect(),
        may: May {
            change: stuck.is_none() && tx.allows(&permissions::CHANGE),
            organise: organises(tx),
            claim: members.iter().any(|(team, user)| Some(*team) == task.team && Some(*user) == me),
        },
        lists,
        parent,
        parts,
        news,
        teams,
        me,
        stuck,
        names,
        here,
        list,
        space,
        task,
    };
    opened.rollback().await?;
    Ok(page)
}

/// Whoever has a task before them has looked at what they were told of it. Nothing else hangs on it.
pub async fn looked_at(platform: &Platform, actor: &Actor, org: &str, page: &TaskPage) {
    if page.news
        && let Err(error) = notices::seen(platform, actor, org, page.task.id).await
    {
        tracing::debug!(%error, "what somebody was told of a task isn’t noted as seen");
    }
}
