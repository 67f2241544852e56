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

/// Whoever asks takes a task on that is nobody’s. Who has taken it on already does so still.
///
/// # Errors
/// 404 for a task that they can't see, and for programs; 403 for who isn't in its team; 409 where somebody else was first, with who, and for what is done.
pub async fn claim(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let before = access::task_to_change(&mut tx, task).await?;
    let user = tx.user().ok_or_else(|| AppError::not_found("somebody to take it on"))?;
    let act = Act::new(&tx, "claim");
    if before.responsible == Some(user) {
        return tasks::done(tx, act, vec![before.id]).await;
    }
    if let Some(other) = before.responsible {
        let names = Names::read(&mut tx).await?;
        return Err(AppError::conflict(format!("{} has taken it on already.", capital(&names.of(other)))));
    }
    if before.is_done() {
        return Err(AppError::conflict("It is done already."));
    }
    let mut desk = Desk::read(&mut tx).await?;
    let is_of_team = |team| desk.team_members.iter().any(|(one, member)| *one == team && *member == user);
    if before.team.is_some_and(|team| !is_of_team(team)) && !organises(&tx) {
        return Err(AppError::new(
            Code::Forbidden,
            "It waits for somebody of its team. Ask one of them, or be added to it.",
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
        return Err(AppError::new(Code::Forbidden, "Only whose task it is, or who organises lists, can give it back."));
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
    let Some(team) = task.team.filter(|team| before.is_none_or(|before| before.team != Some(*team))) else {
        return Ok(());
    };
    if task.responsible.is_some() || task.is_done() || !rows::has_round(tx, task.list).await? {
        return Ok(());
    }
    let works = |(one, user): &&(TeamId, UserId)| *one == team && desk.members.contains(user);
    let members: Vec<UserId> = desk.team_members.iter().filter(works).map(|(_, user)| *user).collect();
    let shelf = desk.shelf(tx, task.list).await?;
    let members: Vec<UserId> = members.into_iter().filter(|user| shelf.is_seen_by(*user)).collect();
    let open: BTreeMap<UserId, i64> = rows::open_in_team(tx, team).await?.into_iter().collect();
    let turns: BTreeMap<UserId, i64> = rows::turns(tx, team).await?.into_iter().collect();
    let number = |of: &BTreeMap<UserId, i64>, user: &UserId| of.get(user).copied().unwrap_or(0);
    // Who came to the team first is first where all else is equal.
    let next = members.iter().min_by_key(|user| (number(&open, user), number(&turns, user)));
    let Some(next) = next.copied() else { return Ok(()) };
    let turn = turns.values().max().copied().unwrap_or(0).saturating_add(1);
    rows::take_turn(tx, team, next, turn).await?;
    task.responsible = Some(next);
    Ok(())
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

async fn give(mut tx: OrgTx, mut act: Act, desk: &mut Desk, before: &Task, to: Option<UserId>) -> Result<Done> {
    let mut after = Task { responsible: to, ..before.clone() };
    desk.check(&mut tx, &mut after, Some(before)).await?;
    act.save(&mut tx, before, after).await?;
    tasks::done(tx, act, vec![before.id]).await
}
