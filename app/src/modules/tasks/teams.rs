//! Teams: who does things together. A task can be a team’s until one of them takes it on, and a space can be for its team alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    access,
    ids::{ActId, TeamId},
    lists::{finish, meanwhile, unique_name, version_of},
    permissions,
    set_ups::{self, SetUp, What},
    store::{self, Team},
    store_lists as rows, store_set_ups,
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    idempotency::{again_with, said},
    ids::UserId,
    org::{Actor, OrgTx},
    people::members::{self, Member},
    platform::Platform,
};

/// An organisation has so many teams at most.
pub const MOST_TEAMS: usize = 100;
/// So many are in one at most.
pub const MOST_IN_ONE: usize = 200;

/// A team, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskTeamBody)]
pub struct TeamBody {
    /// Its name.
    pub name: String,
    /// Who is in it: all of them.
    #[serde(default)]
    pub members: BTreeSet<UserId>,
    /// In use: tasks can be given to it.
    #[serde(default = "yes")]
    pub active: bool,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// The teams by name, each with who is in it, and everybody who could be. Who left the organisation is in none any more.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn teams(
    platform: &Platform,
    actor: &Actor,
    org: &str,
) -> Result<(Vec<(Team, BTreeSet<UserId>)>, Vec<Member>)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let all = store::teams(&mut tx).await?;
    let mut who: BTreeMap<TeamId, BTreeSet<UserId>> = BTreeMap::new();
    for (team, user) in store::team_members(&mut tx).await? {
        who.entry(team).or_default().insert(user);
    }
    let mut everybody = members::all(&mut tx).await?;
    tx.rollback().await?;
    everybody.sort_by_cached_key(|member| (member.name.to_lowercase(), member.user));
    let with_members = |team: Team| {
        let inside = who.remove(&team.id).unwrap_or_default();
        (team, inside)
    };
    Ok((all.into_iter().map(with_members).collect(), everybody))
}

/// Adds a team. With `key`, the same request again adds nothing and answers the same. Gives the act, too: undoing it takes the team away, as long as nothing is
/// the team’s.
///
/// # Errors
/// 404 for somebody who doesn't belong; 409 for a key that another request had; 422 at each field that is wrong, a name that another has among them.
pub async fn add_team(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    body: &TeamBody,
    key: Option<&str>,
) -> Result<(TeamId, Option<ActId>)> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Write).await?;
    let id = TeamId::new(tx.now());
    if let Some(before) = again_with(&mut tx, "tasks.teams", key, &said("team", body), id.0).await? {
        let act = set_ups::act_of_adding(&mut tx, before).await?;
        tx.rollback().await?;
        return Ok((TeamId(before), act));
    }
    let all = store::teams(&mut tx).await?;
    if all.len() >= MOST_TEAMS {
        return Err(AppError::field("name", format!("There is room for {MOST_TEAMS} teams.")));
    }
    let new = checked(&mut tx, &all, id, body).await?;
    rows::insert_team(&mut tx, &new).await?;
    put_members(&mut tx, id, &body.members).await?;
    let act = set_ups::added(&mut tx, What::Team, id.0, None, as_it_is(&new, &body.members)).await?;
    finish(tx, "tasks.team_saved", id.0).await?;
    Ok((id, Some(act)))
}

/// Changes a team, and who is in it. Tasks stay with those who are on them. Gives the act, where anything is different.
///
/// # Errors
/// As [`add_team`]; 404 for one that isn't this organisation's; 409 where somebody else changed it since `version`.
pub async fn save_team(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    body: &TeamBody,
) -> Result<Option<ActId>> {
    let mut tx = access::open(platform, actor, org, &permissions::SET_UP, Access::Write).await?;
    let all = store::teams(&mut tx).await?;
    let now = all.iter().find(|team| team.id.to_string() == id).ok_or_else(no_team)?;
    let version = version_of(body.version)?;
    let who = members_of(&mut tx, now.id).await?;
    let held = as_it_is(now, &who);
    if version != now.version {
        return Err(access::changed(&tx, "this team", now.version, differences(now, &who, body), &held));
    }
    let new = save_team_in(&mut tx, &all, now, body).await?;
    let act = set_ups::changed(&mut tx, What::Team, now.id.0, None, held, as_it_is(&new, &body.members)).await?;
    finish(tx, "tasks.team_saved", new.id.0).await?;
    Ok(act)
}

/// The same in a transaction that goes on, for a team that is at hand, one of all of them. Gives what it is from now on.
async fn save_team_in(tx: &mut OrgTx, all: &[Team], now: &Team, body: &TeamBody) -> Result<Team> {
    let new = Team { version: now.version, ..checked(tx, all, now.id, body).await? };
    if rows::update_team(tx, &new).await? == 0 {
        return Err(meanwhile());
    }
    put_members(tx, new.id, &body.members).await?;
    Ok(new)
}

/// Puts a team back to what it was, and into it who was in it and still belongs, or takes one away that was added. Whoever calls it undoes the act of that.
///
/// # Errors
/// 404 for one that isn't there any more; 403 for who doesn't set teams up any more; 409 where it was changed since, where another has its name, and where a
/// task or a space is the team’s that was added.
pub(super) async fn put_back(tx: &mut OrgTx, one: &SetUp) -> Result<()> {
    set_ups::check_sets_up(tx)?;
    let all = store::teams(tx).await?;
    let now = all.iter().find(|team| team.id.0 == one.subject).ok_or_else(no_team)?;
    let belong: BTreeSet<UserId> = store::members(tx).await?.into_iter().collect();
    // Who has left is in no team, before and after.
    let there = |value: &Value| -> Result<Value> {
        let body: TeamBody = set_ups::read(value.clone())?;
        let members: BTreeSet<UserId> = body.members.intersection(&belong).copied().collect();
        Ok(json!({ "name": body.name, "members": members, "active": body.active }))
    };
    let who = members_of(tx, now.id).await?;
    if one.is_added() {
        let one = SetUp { after: there(&one.after)?, ..one.clone() };
        one.check_untouched(&as_it_is(now, &who))?;
        if store_set_ups::count_of_team(tx, now.id).await? > 0 {
            return Err(set_ups::in_use("team"));
        }
        rows::delete_team_members(tx, now.id).await?;
        store_set_ups::delete_team(tx, now.id).await?;
        return tx.emit("tasks.team_deleted", now.id.0).await;
    }
    let one = SetUp { before: there(&one.before)?, after: there(&one.after)?, ..one.clone() };
    let body = set_ups::read(one.back(&as_it_is(now, &who))?)?;
    save_team_in(tx, &all, now, &body).await?;
    tx.emit("tasks.team_saved", now.id.0).await
}

/// 404 for a team.
pub fn no_team() -> AppError {
    AppError::not_found("that team")
}

/// Who is in it and still belongs.
async fn members_of(tx: &mut OrgTx, team: TeamId) -> Result<BTreeSet<UserId>> {
    Ok(rows::joined(tx, team).await?.into_iter().map(|(user, _)| user).collect())
}

/// A team as it is set up, as [`TeamBody`] has it.
fn as_it_is(team: &Team, members: &BTreeSet<UserId>) -> Value {
    json!({ "name": team.name, "members": members, "active": team.active })
}

/// Whoever is in it already stays so since when they are.
async fn put_members(tx: &mut OrgTx, team: TeamId, wanted: &BTreeSet<UserId>) -> Result<()> {
    let now = tx.now();
    let since: BTreeMap<UserId, Instant> = rows::joined(tx, team).await?.into_iter().collect();
    rows::delete_team_members(tx, team).await?;
    for user in wanted {
        rows::insert_team_member(tx, team, *user, since.get(user).copied().unwrap_or(now)).await?;
    }
    Ok(())
}

async fn checked(tx: &mut OrgTx, all: &[Team], id: TeamId, body: &TeamBody) -> Result<Team> {
    let belong: BTreeSet<UserId> = store::members(tx).await?.into_iter().collect();
    if !body.members.is_subset(&belong) {
        return Err(AppError::not_found("that person"));
    }
    let mut errors = FieldErrors::default();
    let name = unique_name(all.iter().filter(|other| other.id != id).map(|other| &other.name), &body.name, &mut errors);
    if body.members.len() > MOST_IN_ONE {
        errors.add("members", format!("A team has at most {MOST_IN_ONE} people."));
    }
    errors.finish()?;
    Ok(Team { id, name, active: body.active, version: 1 })
}

fn differences(now: &Team, who: &BTreeSet<UserId>, body: &TeamBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    if now.name != body.name {
        fields.add("name", format!("It is “{}” now.", now.name));
    }
    if *who != body.members {
        fields.add("members", "Others are in it now.");
    }
    if now.active != body.active {
        fields.add("active", if now.active { "It is in use now." } else { "It isn’t in use now." });
    }
    fields.into_fields()
}

fn yes() -> bool {
    true
}
