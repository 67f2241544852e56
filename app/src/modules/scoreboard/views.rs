//! What the pages that set people and teams up show, read in one go each.

use jiff::civil::Date;

use super::{
    entries,
    ids::TeamId,
    people::{self, Everybody, Person},
    period::day_of,
    permissions,
    store::{Membership, Team},
};
use crate::{
    clock::day_typed,
    db::Access,
    error::Result,
    ids::UserId,
    org::{Actor, OrgRef, OrgTx},
    people::members::{self, Member},
    platform::Platform,
};

/// The pages of people.
#[derive(Debug, Clone)]
pub struct PeoplePage {
    /// Everybody and every team, with who was where.
    pub everybody: Everybody,
    /// Who belongs to the organisation: their names, with their addresses where several have the same.
    pub members: Vec<(UserId, String)>,
    /// Today, on the organisation's clock.
    pub today: Date,
}

/// The pages of teams and branches.
#[derive(Debug, Clone)]
pub struct TeamsPage {
    /// Everybody and every team, with who was where.
    pub everybody: Everybody,
    /// Today, on the organisation's clock.
    pub today: Date,
}

/// Somebody's time in a team, both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub first: Date,
    /// The last; `None`: they are there still.
    pub last: Option<Date>,
}

impl Span {
    /// As it is kept; `None` where that isn't days.
    pub fn of(membership: &Membership) -> Option<Self> {
        let last = match &membership.until {
            Some(until) => Some(day_typed(until)?),
            None => None,
        };
        Some(Self { first: day_typed(&membership.since)?, last })
    }

    /// As far as they are with the business; `None`: on no day.
    pub fn within(self, person: &Person) -> Option<Self> {
        let first = person.joined.map_or(self.first, |joined| joined.max(self.first));
        let last = [self.last, person.left].into_iter().flatten().min();
        last.is_none_or(|last| first <= last).then_some(Self { first, last })
    }

    /// The day is in it.
    pub fn holds_on(self, day: Date) -> bool {
        self.first <= day && self.last.is_none_or(|last| last >= day)
    }
}

/// What the pages of people show.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn people_page(platform: &Platform, actor: &Actor, org: &str) -> Result<PeoplePage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let everybody = people::read(&mut tx).await?;
    let members = members::all(&mut tx).await?;
    let today = today(&tx)?;
    tx.rollback().await?;
    Ok(PeoplePage { everybody, members: told_apart(&members), today })
}

/// What the pages of teams and branches show.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn teams_page(platform: &Platform, actor: &Actor, org: &str) -> Result<TeamsPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let everybody = people::read(&mut tx).await?;
    let today = today(&tx)?;
    tx.rollback().await?;
    Ok(TeamsPage { everybody, today })
}

/// The teams and branches that somebody is in on a day, in the order of the list.
pub fn teams_on<'e>(everybody: &'e Everybody, person: &Person, day: Date) -> Vec<&'e Team> {
    let is_in = |team: &&Team| {
        let theirs = everybody.memberships.iter().filter(|one| one.person_id == person.id && one.team_id == team.id);
        theirs.filter_map(Span::of).filter_map(|span| span.within(person)).any(|span| span.holds_on(day))
    };
    everybody.teams.iter().filter(is_in).collect()
}

/// Who is, was or will be in a team, and when, as far as they are with the business; the earliest first.
pub fn times_in(everybody: &Everybody, team: TeamId) -> impl Iterator<Item = (&Person, Span)> {
    everybody.memberships.iter().filter(move |one| one.team_id == team).filter_map(move |one| {
        let person = everybody.people.iter().find(|person| person.id == one.person_id)?;
        Some((person, Span::of(one)?.within(person)?))
    })
}

fn today(tx: &OrgTx) -> Result<Date> {
    Ok(day_of(tx.now().timestamp(), &entries::zone(tx)?))
}

fn told_apart(members: &[Member]) -> Vec<(UserId, String)> {
    let is_only = |name: &str| members.iter().filter(|other| other.name == name).count() == 1;
    let label = |member: &Member| {
        if is_only(&member.name) { member.name.clone() } else { format!("{} ({})", member.name, member.email) }
    };
    members.iter().map(|member| (member.user, label(member))).collect()
}
