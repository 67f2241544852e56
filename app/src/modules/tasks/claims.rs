//! What waits for somebody of a team: one of them takes it on, or it is handed out in turn. Exactly one takes it on, however many want to at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    access::{self, organises},
    acts::Act,
    desk::Desk,
    ids::{ListId, TeamId},
    permissions,
    saying::{Names, capital},
    store_mine as rows,
    task::Task,
    tasks::{self, Done},
};
use crate::{
    db::Access,
    error::{AppError, Code, Result},
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// Whoever asks takes a task on that is nobody’s. Who has taken it on already does so still. Who organises lists can, whatever its team: one that isn’t theirs
/// leaves that team’s queue.
///
/// # Errors
/// 404 for a task that they can't see, and for programs; 403 for who isn't in its team; 409 where somebody else was first, with who, for what is done, and
/// for who has done their part where everyone on it completes it and nobody is left.
pub async fn claim(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let before = access::task_to_change(&mut tx, task).await?;
    let user = tx.user().ok_or_else(|| AppError::not_found("somebody to claim it"))?;
    let act = Act::new(&tx, "claim");
    if before.responsible == Some(user) {
        return tasks::done(tx, act, vec![before.id]).await;
    }
    if let Some(other) = before.responsible {
        let names = Names::read(&mut tx).await?;
        return Err(AppError::conflict(format!("{} has claimed it already.", capital(&names.of(other)))));
    }
    if before.is_done() {
        return Err(AppError::conflict("It is done already."));
    }
    if before.waits_after(user) && before.left().next().is_none() {
        // Claimed, it would wait for nobody, and never be done.
        return Err(AppError::conflict(
            "You have done your part of it, and nobody else on it has to do theirs. Complete it, or take your part back first.",
        ));
    }
    let mut desk = Desk::read(&mut tx).await?;
    if before.team.is_some_and(|team| !desk.is_of_team(team, user)) && !organises(&tx) {
        return Err(AppError::new(
            Code::Forbidden,
            "Only members of its team can claim it. Ask one of them, or be added to the team.",
        ));
    }
    give(tx, act, &mut desk, &before, Some(user)).await
}

/// Whoever took a task on gives it back to its team.
///
/// # Errors
/// 404; 403 for another's, but for who organises; 409 for one of no team.
pub async fn release(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let before = access::task_to_change(&mut tx, task).await?;
    let act = Act::new(&tx, "release");
    let Some(responsible) = before.responsible else { return tasks::done(tx, act, vec![before.id]).await };
    if tx.user() != Some(responsible) && !organises(&tx) {
        return Err(AppError::new(
            Code::Forbidden,
            "Only who it is assigned to, or who organises lists, can return it to the queue.",
        ));
    }
    if before.team.is_none() {
        return Err(AppError::conflict("It is in no team’s queue. Choose somebody else, or nobody, instead."));
    }
    let mut desk = Desk::read(&mut tx).await?;
    give(tx, act, &mut desk, &before, None).await
}

/// Gives a task that has just come to a team to the member who has least open, where its list does so: of those who have as little, to whose turn was longest
/// ago. Nobody’s turn comes while they can’t see the list.
///
/// # Errors
/// The database is busy.
pub async fn hand_out(tx: &mut OrgTx, desk: &mut Desk, task: &mut Task, before: Option<&Task>) -> Result<()> {
    if task.team.is_none_or(|team| before.is_some_and(|before| before.team == Some(team))) {
        return Ok(());
    }
    if task.responsible.is_some() || task.is_done() || !rows::has_round(tx, task.list).await? {
        return Ok(());
    }
    let mut turns = Turns::of(task.list);
    turns.hand_out(tx, desk, task).await?;
    turns.write(tx).await
}

/// Those of these teams to whose members a list gives what comes to them in turn. Without anybody who could have it, it waits in the queue.
///
/// # Errors
/// The database is busy; as [`Desk::shelf`].
pub async fn in_turn(tx: &mut OrgTx, list: ListId, teams: BTreeSet<TeamId>) -> Result<BTreeSet<TeamId>> {
    if teams.is_empty() || !rows::has_round(tx, list).await? {
        return Ok(BTreeSet::new());
    }
    let mut desk = Desk::read(tx).await?;
    let mut given = BTreeSet::new();
    for team in teams {
        if !who_could(tx, &mut desk, list, team).await?.is_empty() {
            given.insert(team);
        }
    }
    Ok(given)
}

/// Whose turn it is in a list that gives what comes to a team to its members: read once for each team, and kept up with what is made meanwhile, so that many
/// tasks are handed out as if they were made one after the other.
#[derive(Debug)]
pub struct Turns {
    list: ListId,
    queues: BTreeMap<TeamId, Queue>,
    /// How many tasks were made for whom, and stand in no table yet.
    made: BTreeMap<UserId, i64>,
}

/// A team whose members take turns.
#[derive(Debug)]
struct Queue {
    /// Who could have a task of the list. Who came to the team first is first.
    members: Vec<UserId>,
    /// How much each has open.
    open: BTreeMap<UserId, i64>,
    /// When it was whose turn last.
    last: BTreeMap<UserId, i64>,
    /// Whose turn it was since that was read.
    taken: BTreeSet<UserId>,
}

impl Turns {
    /// Those of a list that does so.
    pub fn of(list: ListId) -> Self {
        Self { list, queues: BTreeMap::new(), made: BTreeMap::new() }
    }

    /// Gives a new task of the list to whoever’s turn it is, where it is a team’s and nobody’s. It has to be told of the others, too: what somebody is given
    /// by name counts when it is asked who has least.
    ///
    /// # Errors
    /// The database is busy; as [`Desk::shelf`].
    pub async fn hand_out(&mut self, tx: &mut OrgTx, desk: &mut Desk, task: &mut Task) -> Result<()> {
        if task.is_done() {
            return Ok(());
        }
        if let Some(team) = task.team.filter(|_| task.responsible.is_none()) {
            task.responsible = self.next(tx, desk, team).await?;
        }
        if let Some(user) = task.responsible {
            *self.made.entry(user).or_default() += 1;
        }
        Ok(())
    }

    /// Writes down whose turn it was.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn write(self, tx: &mut OrgTx) -> Result<()> {
        for (team, queue) in self.queues {
            for user in queue.taken {
                rows::take_turn(tx, team, user, number(&queue.last, user)).await?;
            }
        }
        Ok(())
    }

    async fn next(&mut self, tx: &mut OrgTx, desk: &mut Desk, team: TeamId) -> Result<Option<UserId>> {
        if !self.queues.contains_key(&team) {
            let queue = Queue {
                members: who_could(tx, desk, self.list, team).await?,
                open: rows::open_in_team(tx, team).await?.into_iter().collect(),
                last: rows::turns(tx, team).await?.into_iter().collect(),
                taken: BTreeSet::new(),
            };
            self.queues.insert(team, queue);
        }
        let Self { queues, made, .. } = self;
        let made = &*made;
        let Some(queue) = queues.get_mut(&team) else { return Ok(None) };
        let has = |user: UserId| number(&queue.open, user).saturating_add(number(made, user));
        // Who came to the team first is first where all else is equal.
        let next = queue.members.iter().copied().min_by_key(|user| (has(*user), number(&queue.last, *user)));
        let Some(next) = next else { return Ok(None) };
        let turn = queue.last.values().max().copied().unwrap_or(0).saturating_add(1);
        queue.last.insert(next, turn);
        queue.taken.insert(next);
        Ok(Some(next))
    }
}

/// Which lists give what goes to a team to its members in turn, of those that whoever asks sees.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn rounds(platform: &Platform, actor: &Actor, org: &str) -> Result<BTreeSet<ListId>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let seen: BTreeSet<ListId> = access::lists(&mut tx).await?.into_iter().map(|list| list.id).collect();
    let found = rows::rounds(&mut tx).await?.into_iter().filter(|list| seen.contains(list)).collect();
    tx.rollback().await?;
    Ok(found)
}

/// Says which lists give what goes to a team to its members in turn: these, and of those that whoever asks sees no other.
///
/// # Errors
/// 404 for a list that they can't see.
pub async fn set_rounds(platform: &Platform, actor: &Actor, org: &str, wanted: &BTreeSet<ListId>) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let seen: BTreeSet<ListId> = access::lists(&mut tx).await?.into_iter().map(|list| list.id).collect();
    if !wanted.is_subset(&seen) {
        return Err(access::no_list());
    }
    let now: BTreeSet<ListId> = rows::rounds(&mut tx).await?.into_iter().collect();
    let mut changed = false;
    for list in wanted.difference(&now) {
        rows::insert_round(&mut tx, *list).await?;
        tx.emit("tasks.list_saved", list.0).await?;
        changed = true;
    }
    for list in now.difference(wanted).filter(|list| seen.contains(*list)) {
        rows::delete_round(&mut tx, *list).await?;
        tx.emit("tasks.list_saved", list.0).await?;
        changed = true;
    }
    if changed { tx.commit().await } else { tx.rollback().await }
}

/// Who of a team works with tasks and sees the list.
async fn who_could(tx: &mut OrgTx, desk: &mut Desk, list: ListId, team: TeamId) -> Result<Vec<UserId>> {
    let works = |(one, user): &&(TeamId, UserId)| *one == team && desk.members.contains(user);
    let members: Vec<UserId> = desk.team_members.iter().filter(works).map(|(_, user)| *user).collect();
    let shelf = desk.shelf(tx, list).await?;
    Ok(members.into_iter().filter(|user| shelf.is_seen_by(*user)).collect())
}

fn number(of: &BTreeMap<UserId, i64>, user: UserId) -> i64 {
    of.get(&user).copied().unwrap_or(0)
}

async fn give(mut tx: OrgTx, mut act: Act, desk: &mut Desk, before: &Task, to: Option<UserId>) -> Result<Done> {
    let mut after = before.clone();
    after.give_to(to);
    desk.check(&mut tx, &mut after, Some(before)).await?;
    act.save(&mut tx, before, after).await?;
    tasks::done(tx, act, vec![before.id]).await
}
