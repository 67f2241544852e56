//! What is somebody's to do, across all lists: what is overdue, due today and later, what they wait for, what waits in the queues of their teams, and what
//! they did today.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date};

use super::{
    access,
    cards::{self, Card},
    ids::{ListId, TaskId},
    lists, notices, permissions,
    quick::{self, QuickBody},
    saying::{Here, Names},
    store::{self, Team},
    store_mine as rows, store_together,
    task::Task,
    tasks::Done,
};
use crate::{
    db::Access,
    error::{AppError, Result},
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// So much of a part is shown at first.
pub const FEW: i64 = 50;
/// And so much if asked for.
pub const MANY: i64 = 500;

/// A part of what is somebody's to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Its day is past.
    Overdue,
    /// It is due today.
    Today,
    /// In the seven days after.
    Week,
    /// After those.
    Later,
    /// It has no day.
    Undated,
    /// In the queue of a team of theirs.
    Queues,
    /// Others do it, and they follow it, or have done their own part of it.
    Waiting,
    /// They completed it today.
    Done,
}

impl Part {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] =
        [Self::Overdue, Self::Today, Self::Week, Self::Later, Self::Undated, Self::Queues, Self::Waiting, Self::Done];

    /// The word in addresses, and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "today",
            Self::Week => "week",
            Self::Later => "later",
            Self::Undated => "undated",
            Self::Queues => "queues",
            Self::Waiting => "waiting",
            Self::Done => "done",
        }
    }

    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overdue => "Overdue",
            Self::Today => "Today",
            Self::Week => "Next 7 days",
            Self::Later => "Later",
            Self::Undated => "No date",
            Self::Queues => "My teams’ queues",
            Self::Waiting => "Waiting for others",
            Self::Done => "Done today",
        }
    }
}

/// What is somebody's to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    /// Each part that has something, in order, with whether there is more.
    pub parts: Vec<(Part, Vec<Card>, bool)>,
}

/// All that the page shows.
#[derive(Debug, Clone)]
pub struct MinePage {
    /// What is theirs.
    pub mine: Mine,
    /// What lists are called.
    pub lists: BTreeMap<ListId, String>,
    /// The lists that they can add to, in order, each with its space.
    pub add_to: Vec<(ListId, String)>,
    /// The one that what they add goes to.
    pub default: Option<ListId>,
    /// What members are called.
    pub names: Names,
    /// What teams are called.
    pub teams: Vec<Team>,
    /// What they haven't looked at.
    pub unread: i64,
    /// Today.
    pub here: Here,
    /// Whoever asks.
    pub me: UserId,
    /// They may change tasks.
    pub may_change: bool,
    /// They may hand over what is somebody's who has left.
    pub may_hand_over: bool,
    /// Somebody who has left still has something open.
    pub left_behind: bool,
}

/// What whoever asks has before them. `more`: of this part as much as can be shown.
///
/// # Errors
/// 404 for programs.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, more: Option<&str>) -> Result<MinePage> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let user = tx.person().ok_or_else(notices::no_inbox)?;
    let mine = of(&mut tx, user, more).await?;
    let spaces = access::spaces(&mut tx).await?;
    let all = access::lists(&mut tx).await?;
    let add_to: Vec<(ListId, String)> = all
        .iter()
        .filter(|list| !list.archived)
        .filter_map(|list| {
            let space = spaces.iter().find(|space| space.id == list.space_id && !space.archived)?;
            Some((list.id, format!("{} · {}", space.name, list.name)))
        })
        .collect();
    let own = store_together::own(&mut tx, user).await?.and_then(|own| own.list_id);
    let default = own.filter(|own| add_to.iter().any(|(list, _)| list == own));
    let may_hand_over = tx.allows(&permissions::ORGANISE);
    let left_behind = if may_hand_over {
        let members: BTreeSet<UserId> = store::members(&mut tx).await?.into_iter().collect();
        let seen = open_lists(&mut tx).await?;
        let open = rows::open_by_person(&mut tx).await?;
        open.iter().any(|(user, list, _)| !members.contains(user) && seen.contains(list))
    } else {
        false
    };
    let page = MinePage {
        mine,
        lists: lists::told_apart(&all, &spaces).into_iter().collect(),
        add_to,
        default,
        names: Names::read(&mut tx).await?,
        teams: store::teams(&mut tx).await?,
        unread: notices::unread(&mut tx).await?,
        here: Here::of(&tx)?,
        me: user,
        may_change: tx.allows(&permissions::CHANGE),
        may_hand_over,
        left_behind,
    };
    tx.rollback().await?;
    Ok(page)
}

/// What is somebody's to do, for whoever has opened this: it is theirs to see.
///
/// # Errors
/// The database is busy.
pub async fn of(tx: &mut OrgTx, user: UserId, more: Option<&str>) -> Result<Mine> {
    let here = Here::of(tx)?;
    let days = Days::of(here.today);
    let mut found: Vec<(Part, Vec<TaskId>, bool)> = Vec::new();
    for part in Part::ALL {
        let limit = if more == Some(part.as_str()) { MANY } else { FEW };
        let ask = limit.saturating_add(1);
        let mut ids = match part {
            Part::Overdue => rows::mine_between(tx, user, "", &days.today, ask).await?,
            Part::Today => rows::mine_between(tx, user, &days.today, &days.tomorrow, ask).await?,
            Part::Week => rows::mine_between(tx, user, &days.tomorrow, &days.week, ask).await?,
            Part::Later => rows::mine_between(tx, user, &days.week, "9999-12-31", ask).await?,
            Part::Undated => rows::mine_undated(tx, user, ask).await?,
            Part::Queues => rows::queues(tx, user, ask).await?,
            Part::Waiting => rows::waiting_for(tx, user, ask).await?,
            Part::Done => rows::done_since(tx, user, here.start_of(here.today), ask).await?,
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_more = ids.len() > limit;
        ids.truncate(limit);
        found.push((part, ids, is_more));
    }
    let open: BTreeSet<ListId> = open_lists(tx).await?;
    let mut tasks = access::tasks(tx, found.iter().flat_map(|(_, ids, _)| ids.iter().copied())).await?;
    tasks.retain(|_, task| open.contains(&task.list));
    let all: Vec<Task> = tasks.into_values().collect();
    let known: BTreeMap<TaskId, Card> = cards::of(tx, all).await?.into_iter().map(|card| (card.id, card)).collect();
    let parts = found.into_iter().map(|(part, ids, is_more)| {
        let cards: Vec<Card> = ids.iter().filter_map(|id| known.get(id).cloned()).collect();
        (part, cards, is_more)
    });
    Ok(Mine { parts: parts.filter(|(_, cards, _)| !cards.is_empty()).collect() })
}

/// Adds what was typed as a line: “call the supplier fri 3pm #clinic !high @me”. It goes to this list, or to one’s own where none is said; whichever it is,
/// it is one’s own from then on. What names nobody is whoever’s who adds it.
///
/// # Errors
/// 422 at `list` where none is said; as [`quick::add_quick`].
pub async fn add(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    typed: &str,
    list: Option<ListId>,
    key: &str,
) -> Result<(Done, TaskId)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Read).await?;
    let user = tx.user();
    let own = match user {
        Some(user) => store_together::own(&mut tx, user).await?.and_then(|own| own.list_id),
        None => None,
    };
    let Some(list) = list.or(own) else { return Err(AppError::field("list", "Choose the list that it goes to.")) };
    let found = access::list(&mut tx, list).await?;
    let space = access::spaces(&mut tx).await?.into_iter().find(|space| space.id == found.space_id);
    let seen = match space {
        Some(space) => lists::who_sees(&mut tx, &space).await?,
        None => Vec::new(),
    };
    tx.rollback().await?;
    // Who may look at a list of a team without being in it isn’t put on its tasks.
    let mine = user.filter(|user| seen.iter().any(|one| one.id == *user));
    let body = QuickBody { responsible: mine, ..QuickBody::of(list, typed) };
    let (done, id, _) = quick::add_quick(platform, actor, org, &body, key).await?;
    if let Some(user) = user.filter(|_| own != Some(list)) {
        let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
        store_together::set_own_list(&mut tx, user, Some(list)).await?;
        tx.commit().await?;
    }
    Ok((done, id))
}

/// Lists in which something can be done.
///
/// # Errors
/// The database is busy.
pub async fn open_lists(tx: &mut OrgTx) -> Result<BTreeSet<ListId>> {
    let shut: BTreeSet<_> =
        access::spaces(tx).await?.into_iter().filter(|space| space.archived).map(|space| space.id).collect();
    let all = access::lists(tx).await?.into_iter();
    Ok(all.filter(|list| !list.archived && !shut.contains(&list.space_id)).map(|list| list.id).collect())
}

/// The days that parts begin and end with, as they are stored.
struct Days {
    today: String,
    tomorrow: String,
    week: String,
}

impl Days {
    fn of(today: Date) -> Self {
        Self {
            today: today.to_string(),
            tomorrow: today.saturating_add(1.day()).to_string(),
            week: today.saturating_add(8.days()).to_string(),
        }
    }
}
