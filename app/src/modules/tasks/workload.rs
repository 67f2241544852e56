//! Who has how much to do, week by week, against what they can do in one. Figures of persons are for themselves, and for who organises lists.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, civil::Date};

use super::{
    access,
    figures::{self, Amount, Load},
    ids::{ListId, SpaceId, TeamId},
    lists::{finish, told_apart},
    notices, permissions,
    store::{self, as_json},
    store_reports as open_rows, store_search as rows,
};
use crate::{
    db::Access,
    error::{AppError, Result},
    holidays,
    ids::UserId,
    org::{Actor, OrgTx, Role},
    people::members,
    platform::Platform,
};

/// So many weeks are shown.
pub const WEEKS: usize = 6;
/// What somebody can do in a week where nothing else was said, in minutes: 38 hours.
pub const USUAL: i64 = 2_280;
/// A week has no more.
const MOST: i64 = 10_080;
/// So far ahead closed days are looked for.
const AHEAD: i64 = 366;

/// What is asked for, as it is in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A space’s id; empty: all.
    pub space: String,
    /// A list’s.
    pub list: String,
    /// A team’s: who is in it.
    pub team: String,
}

/// What somebody has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who; `None`: nobody in particular.
    pub user: Option<UserId>,
    /// Their name; empty: of somebody who has left.
    pub name: String,
    /// What they can do in a week, in minutes; `None` where that says nothing.
    pub capacity: Option<i64>,
    /// That was said of them alone.
    pub own: bool,
    /// What was due before today.
    pub late: Amount,
    /// By week.
    pub weeks: Vec<Share>,
    /// What is due after these weeks.
    pub later: Amount,
    /// What has no due day.
    pub undated: Amount,
}

/// What somebody has to do in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The tasks due in it, and the minutes that fall on it.
    pub amount: Amount,
    /// What they can do in it, in minutes: without the days on which the business is closed, and those that are over.
    pub capacity: i64,
}

/// Who has how much to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Today.
    pub today: Date,
    /// The Mondays of the weeks.
    pub mondays: Vec<Date>,
    /// Whose figures are for whoever asks, by name, and last what is nobody’s.
    pub people: Vec<Person>,
    /// What everybody can do in a week, in minutes.
    pub usual: i64,
    /// They see the figures of all, and say what each can do.
    pub organises: bool,
    /// Ids and names of lists that can be chosen.
    pub lists: Vec<(String, String)>,
    /// Of their spaces.
    pub spaces: Vec<(String, String)>,
    /// Of teams.
    pub teams: Vec<(String, String)>,
    /// How much in their inbox they haven’t looked at.
    pub unread: i64,
}

/// Who has how much to do, in the lists that whoever asks sees.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a space, list or team that isn’t there or isn’t for them.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<Workload> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let found = workload(&mut tx, asked).await?;
    tx.rollback().await?;
    Ok(found)
}

async fn workload(tx: &mut OrgTx, asked: &Asked) -> Result<Workload> {
    let (today, _) = access::today(tx)?;
    let (me, organises) = (tx.person(), access::organises(tx));
    let (spaces, lists, teams) = (access::spaces(tx).await?, access::lists(tx).await?, store::teams(tx).await?);
    let wanted = chosen_lists(&lists, &spaces, asked)?;
    let in_team = match asked.team.as_str() {
        "" => None,
        word => {
            let team = teams.iter().find(|team| team.id.to_string() == word);
            let team = team.ok_or_else(|| AppError::not_found("that team"))?.id;
            Some((team, members_of(tx, team).await?))
        }
    };
    let shown = |user: Option<UserId>| match user {
        Some(user) => (organises || me == Some(user)) && in_team.as_ref().is_none_or(|(_, team)| team.contains(&user)),
        None => true,
    };
    let everybody = members::all(tx).await?;
    let names: BTreeMap<UserId, String> = everybody.iter().map(|one| (one.user, one.name.clone())).collect();
    let works = |member: &&members::Member| {
        member.role >= Role::Admin
            || member.modules.as_ref().is_none_or(|modules| modules.iter().any(|name| name == "tasks"))
    };
    let mut people: Vec<(String, Option<UserId>)> = everybody
        .iter()
        .filter(works)
        .map(|one| (one.name.to_lowercase(), Some(one.user)))
        .filter(|(_, user)| shown(*user))
        .collect();
    people.sort();
    let people: Vec<Option<UserId>> = people.into_iter().map(|(_, user)| user).chain([None]).collect();

    let usual = rows::week_minutes(tx).await?.unwrap_or(USUAL);
    let own: BTreeMap<UserId, i64> = rows::capacities(tx).await?.into_iter().collect();
    let until = today.saturating_add(Span::new().days(AHEAD));
    let monday = today.saturating_sub(Span::new().days(i64::from(today.weekday().to_monday_zero_offset())));
    let closed = holidays::closed_days(tx, monday, until).await?;
    let is_working = |day: Date| day.weekday().to_monday_zero_offset() < 5 && !closed.contains(&day);
    let in_a_week = |user: Option<UserId>| user.map_or(0, |user| own.get(&user).copied().unwrap_or(usual));
    let capacity = |user: Option<UserId>, monday: Date| {
        let days = (0_i64..7).map(|day| monday.saturating_add(Span::new().days(day)));
        let days = days.filter(|day| *day >= today && is_working(*day)).count();
        in_a_week(user).saturating_mul(i64::try_from(days).unwrap_or(0)) / 5
    };
    let json = as_json(wanted.iter().map(|list| list.0));
    let day = |text: Option<&str>| text.and_then(|text| text.parse::<Date>().ok());
    let loads: Vec<Load<Option<UserId>>> = open_rows::open(tx, &json)
        .await?
        .into_iter()
        .filter(|row| shown(row.responsible_id))
        .filter(|row| {
            let queue = in_team.as_ref().map(|(team, _)| *team).filter(|_| row.responsible_id.is_none());
            queue.is_none_or(|team| row.team_id == Some(team))
        })
        .map(|row| Load {
            person: row.responsible_id,
            start: day(row.start_day.as_deref()),
            due: day(row.due_day.as_deref()),
            estimate: row.estimate,
        })
        .collect();
    let told = figures::workload(&loads, &people, today, WEEKS, &capacity, &is_working);
    let mondays = told.first().map(|one| one.weeks.iter().map(|week| week.monday).collect()).unwrap_or_default();
    let people = told.into_iter().map(|one| Person {
        user: one.person,
        name: match one.person {
            Some(user) => names.get(&user).cloned().unwrap_or_default(),
            None => "Unassigned".to_owned(),
        },
        capacity: one.person.map(|user| in_a_week(Some(user))),
        own: one.person.is_some_and(|user| own.contains_key(&user)),
        late: one.late,
        weeks: one.weeks.iter().map(|week| Share { amount: week.amount, capacity: week.capacity }).collect(),
        later: one.later,
        undated: one.undated,
    });
    // Who has left and still has tasks comes after those who are here, and before what is nobody's.
    let (mut people, nobody): (Vec<Person>, Vec<Person>) = people.partition(|one| one.user.is_some());
    people.extend(nobody);
    Ok(Workload {
        today,
        mondays,
        people,
        usual,
        organises,
        lists: told_apart(&lists, &spaces).into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        spaces: spaces.into_iter().map(|space| (space.id.to_string(), space.name)).collect(),
        teams: teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect(),
        unread: notices::unread(tx).await?,
    })
}

/// Says how much somebody, or everybody of whom nothing else is said, can do in a week: `38`, `37.5`; nothing: what everybody can.
///
/// # Errors
/// 404 for who doesn’t belong; 422 at `hours`.
pub async fn set_capacity(platform: &Platform, actor: &Actor, org: &str, person: &str, hours: &str) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let minutes = minutes_of(hours)?;
    let subject = if person.is_empty() {
        rows::set_week_minutes(&mut tx, minutes.unwrap_or(USUAL)).await?;
        tx.id().0
    } else {
        let nobody = || AppError::not_found("that person");
        let user = person.parse::<UserId>().map_err(|_| nobody())?;
        if !store::members(&mut tx).await?.contains(&user) {
            return Err(nobody());
        }
        match minutes {
            Some(minutes) => rows::set_capacity(&mut tx, user, minutes).await?,
            None => rows::delete_capacity(&mut tx, user).await?,
        };
        user.0
    };
    finish(tx, "tasks.capacity_saved", subject).await
}

/// "37.5" is 2,250 minutes; nothing is `None`.
fn minutes_of(hours: &str) -> Result<Option<i64>> {
    let typed = hours.trim().trim_end_matches(['h', 'H']).trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let (whole, part) = typed.split_once(['.', ',']).unwrap_or((typed, "0"));
    let digits = |text: &str, most: usize| {
        (!text.is_empty() && text.len() <= most && text.bytes().all(|digit| digit.is_ascii_digit()))
            .then(|| text.parse::<i64>().ok())
            .flatten()
    };
    let hundredths = digits(part, 2).map(|value| if part.len() == 1 { value * 10 } else { value });
    let minutes = digits(whole, 3).zip(hundredths).map(|(whole, hundredths)| whole * 60 + hundredths * 60 / 100);
    match minutes.filter(|minutes| *minutes <= MOST) {
        Some(minutes) => Ok(Some(minutes)),
        None => Err(AppError::field("hours", "Enter hours between 0 and 168, like 38 or 22.5.")),
    }
}

async fn members_of(tx: &mut OrgTx, team: TeamId) -> Result<BTreeSet<UserId>> {
    let all = store::team_members(tx).await?;
    Ok(all.into_iter().filter(|(one, _)| *one == team).map(|(_, user)| user).collect())
}

/// The lists that are asked for: all that aren’t put away where none is.
fn chosen_lists(lists: &[store::List], spaces: &[store::Space], asked: &Asked) -> Result<BTreeSet<ListId>> {
    let mut wanted: Vec<&store::List> = lists.iter().collect();
    if asked.list.is_empty() {
        let in_use = |list: &store::List| spaces.iter().any(|space| space.id == list.space_id && !space.archived);
        wanted.retain(|list| !list.archived && in_use(list));
    } else {
        let id = asked.list.parse::<ListId>().map_err(|_| access::no_list())?;
        wanted.retain(|list| list.id == id);
        if wanted.is_empty() {
            return Err(access::no_list());
        }
    }
    if !asked.space.is_empty() {
        let no_space = || AppError::not_found("that space");
        let id = asked.space.parse::<SpaceId>().map_err(|_| no_space())?;
        if !spaces.iter().any(|space| space.id == id) {
            return Err(no_space());
        }
        wanted.retain(|list| list.space_id == id);
    }
    Ok(wanted.into_iter().map(|list| list.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_type_them() {
        for (typed, minutes) in [
            ("38", Some(Some(2_280))),
            (" 37.5 h", Some(Some(2_250))),
            ("22,25", Some(Some(1_335))),
            ("0", Some(Some(0))),
            ("168", Some(Some(10_080))),
            ("", Some(None)),
            ("168.5", None),
            ("-1", None),
            ("a few", None),
            ("1.", None),
            (".5", None),
        ] {
            assert_eq!(minutes_of(typed).ok(), minutes, "{typed}");
        }
    }
}
