//! Handing over: all that is open of somebody goes to somebody else, to a team, or to nobody, in one act that can be undone.

use std::collections::BTreeMap;

use super::{
    access,
    acts::Act,
    desk::Desk,
    ids::{ActId, ListId, TaskId, TeamId},
    lists::told_apart,
    mine, notices, permissions, series,
    store::{self, Team},
    store_mine as rows,
    task::{Assignee, Task},
    tasks,
};
use crate::{
    db::Access,
    error::{AppError, FieldErrors, Result},
    ids::UserId,
    org::Actor,
    people::members::{self, Member},
    platform::Platform,
};

/// So many tasks change hands in one act at most.
pub const MOST: usize = 2_000;
/// So many are read together.
const BATCH: i64 = 500;

/// Who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// This member.
    Person(UserId),
    /// Whoever of this team takes it on.
    Team(TeamId),
    /// Nobody.
    Nobody,
}

/// Somebody who has something open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub user: UserId,
    /// Their name; `None`: they have left.
    pub name: Option<String>,
    /// How many open tasks they are on, of the lists in use that whoever asks sees.
    pub open: i64,
}

/// Who has something open, who could get it, and which lists hand out by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Those who have left first, then by name.
    pub holders: Vec<Holder>,
    /// Who belongs, by name.
    pub members: Vec<Member>,
    /// The teams in use, by name.
    pub teams: Vec<Team>,
    /// The lists in use, in order, each with what it is called and whether it gives what goes to a team to its members in turn.
    pub lists: Vec<(ListId, String, bool)>,
    /// How much in their inbox they haven’t looked at.
    pub unread: i64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// What was done, to undo it; `None`: nothing changed.
    pub act: Option<ActId>,
    /// How many tasks changed hands.
    pub count: usize,
    /// There are more than could change hands at once.
    pub more: bool,
}

impl To {
    /// From what a form or a program says: `person:…`, `team:…` or `nobody`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("person", id)) => id.parse().ok().map(Self::Person),
            Some(("team", id)) => id.parse().ok().map(Self::Team),
            None if text == "nobody" => Some(Self::Nobody),
            _ => None,
        }
    }
}

/// What the page shows.
///
/// # Errors
/// As [`crate::org::OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str) -> Result<Page> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let mut open: BTreeMap<UserId, i64> = BTreeMap::new();
    let (own, helping) = (rows::open_by_person(&mut tx).await?, rows::open_helpers(&mut tx).await?);
    let seen = mine::open_lists(&mut tx).await?;
    for (user, _, count) in own.into_iter().chain(helping).filter(|(_, list, _)| seen.contains(list)) {
        let sum = open.entry(user).or_default();
        *sum = sum.saturating_add(count);
    }
    let mut everybody = members::all(&mut tx).await?;
    let teams = store::teams(&mut tx).await?.into_iter().filter(|team| team.active).collect();
    let rounds = rows::rounds(&mut tx).await?;
    let mut lists = access::lists(&mut tx).await?;
    lists.retain(|list| !list.archived);
    let names = told_apart(&lists, &access::spaces(&mut tx).await?);
    let lists = names.into_iter().map(|(id, name)| (id, name, rounds.contains(&id))).collect();
    let unread = notices::unread(&mut tx).await?;
    tx.rollback().await?;
    everybody.sort_by_cached_key(|member| (member.name.to_lowercase(), member.user));
    let name = |user: UserId| everybody.iter().find(|member| member.user == user).map(|member| member.name.clone());
    let mut holders: Vec<Holder> =
        open.into_iter().map(|(user, open)| Holder { user, name: name(user), open }).collect();
    holders.sort_by_cached_key(|one| (one.name.is_some(), one.name.as_ref().map(|name| name.to_lowercase()), one.user));
    Ok(Page { holders, members: everybody, teams, lists, unread })
}

/// Hands over what is open of somebody, as far as whoever asks sees it: up to 2,000 tasks, all of them or none. What is in lists that were put away stays.
///
/// # Errors
/// 404 for somebody who has nothing that whoever asks sees and doesn't belong, and for who it would go to; 422 where they can't see a list that is among it.
pub async fn hand_over(platform: &Platform, actor: &Actor, org: &str, from: UserId, to: To) -> Result<Handed> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let mut desk = Desk::read(&mut tx).await?;
    check(&desk, from, to)?;
    let open = mine::open_lists(&mut tx).await?;
    let mut act = Act::new(&tx, "handover");
    let (mut after, mut count, mut more) = (TaskId(uuid::Uuid::nil()), 0_usize, false);
    loop {
        let ids = rows::open_of(&mut tx, from, after, BATCH).await?;
        let Some(last) = ids.last().copied() else { break };
        after = last;
        for before in access::tasks(&mut tx, ids).await?.into_values().filter(|task| open.contains(&task.list)) {
            if count == MOST {
                more = true;
                break;
            }
            let mut changed = given(&before, from, to);
            desk.check(&mut tx, &mut changed, Some(&before)).await.map_err(|error| at_field(error, &before))?;
            tasks::complete_what_is_left(&mut tx, &mut desk, &before, &mut changed).await?;
            let saved = act.save(&mut tx, &before, changed).await?;
            series::completed(&mut tx, &mut act, &mut desk, &before, &saved).await?;
            count = count.saturating_add(1);
        }
        if more {
            break;
        }
    }
    if count == 0 && !desk.members.contains(&from) {
        return Err(AppError::not_found("that person"));
    }
    let act = act.finish(&mut tx).await?;
    tx.commit().await?;
    Ok(Handed { act, count, more })
}

fn check(desk: &Desk, from: UserId, to: To) -> Result<()> {
    let mut errors = FieldErrors::default();
    match to {
        To::Person(user) if user == from => errors.add("to", "Choose somebody else."),
        To::Person(user) if !desk.members.contains(&user) => return Err(AppError::not_found("that person")),
        To::Team(team) if !desk.teams.iter().any(|one| one.id == team && one.active) => {
            return Err(AppError::not_found("that team"));
        }
        _ => {}
    }
    errors.finish()
}

/// A task with somebody else in their place.
fn given(before: &Task, from: UserId, to: To) -> Task {
    let mut after = before.clone();
    let helps = before.people.iter().any(|one| one.user == from);
    after.people.retain(|one| one.user != from);
    if before.responsible == Some(from) {
        after.responsible = if let To::Person(user) = to { Some(user) } else { None };
        if let To::Team(team) = to {
            after.team = Some(team);
        }
    } else if let To::Person(user) = to
        && helps
        && before.responsible != Some(user)
        && !after.people.iter().any(|one| one.user == user)
    {
        after.people.push(Assignee { user, done_at: None });
    }
    after
}

/// What is wrong stands at the one field that the form has.
fn at_field(error: AppError, task: &Task) -> AppError {
    match error.fields.first() {
        Some(field) => AppError::field("to", format!("T-{}: {}", task.number, field.message)),
        None => error,
    }
}
