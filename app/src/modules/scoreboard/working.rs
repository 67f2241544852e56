//! On which days people work: their days of the week, without the days on which the business is closed and those on which they are away.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    board::Book,
    ids::{LeaveId, PersonId, TeamId},
    pace::WorkingDays,
    people::{self, Person, finish, open},
    period::Period,
    permissions,
    store::{
        self,
        targets::{self, Leave},
    },
    views::Span,
};
use crate::{
    clock::day_typed,
    db::Access,
    error::{AppError, FieldErrors, Result},
    holidays,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// Monday to Friday.
pub const USUAL: [bool; 7] = [true, true, true, true, true, false, false];
/// Somebody has been away so often at most.
const MOST_LEAVE: usize = 200;
/// The longest that somebody is away at once, in days.
const LONGEST_LEAVE: i64 = 800;

/// When somebody is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveBody {
    /// The first day: `2026-12-21`.
    pub since: String,
    /// The last day; absent: only the first.
    #[serde(default)]
    pub until: Option<String>,
}

/// What is known of who works when, in a time that it was read for.
#[derive(Debug, Clone)]
pub struct Working {
    closed: BTreeSet<Date>,
    away: BTreeMap<PersonId, BTreeSet<Date>>,
}

impl Working {
    /// For the days from one until another that is not among them.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn read(tx: &mut OrgTx, from: Date, until: Date) -> Result<Self> {
        let last = until.yesterday().unwrap_or(until);
        let closed = holidays::closed_days(tx, from, last).await?;
        let mut away: BTreeMap<PersonId, BTreeSet<Date>> = BTreeMap::new();
        for one in targets::leave(tx, &from.to_string(), &last.to_string()).await? {
            let (Some(since), Some(ends)) = (day_typed(&one.since), day_typed(&one.until)) else { continue };
            let ends = ends.min(last);
            let days = since.max(from).series(1.day()).take_while(|day| *day <= ends);
            away.entry(one.person_id).or_default().extend(days);
        }
        Ok(Self { closed, away })
    }

    /// The days that somebody works.
    pub fn of(&self, person: &Person) -> WorkingDays {
        let mut closed = self.closed.clone();
        closed.extend(self.away.get(&person.id).into_iter().flatten());
        WorkingDays { weekdays: person.works, closed, joined: person.joined, left: person.left }
    }

    /// How many people work on each day of a period: of a team or a branch those who are in it then, or of all.
    pub fn together(&self, book: &Book, team: Option<TeamId>, period: &Period) -> Vec<u32> {
        let mut together = vec![0; usize::try_from(period.days()).unwrap_or(0)];
        let memberships = &book.everybody.memberships;
        let ever_in: Option<BTreeSet<PersonId>> =
            team.map(|team| memberships.iter().filter(|one| one.team_id == team).map(|one| one.person_id).collect());
        // Of who was never in the team there is nothing to look at.
        let may_be_in = |person: &&Person| ever_in.as_ref().is_none_or(|ids| ids.contains(&person.id));
        for person in book.everybody.people.iter().filter(may_be_in) {
            for (all, works) in together.iter_mut().zip(self.days_in(book, person, team, period)) {
                *all += u32::from(works);
            }
        }
        together
    }

    /// How many days of a period somebody works for a team or a branch.
    pub fn count_in(&self, book: &Book, person: &Person, team: TeamId, period: &Period) -> u32 {
        self.days_in(book, person, Some(team), period).into_iter().map(u32::from).sum()
    }

    /// Whether each day is one on which somebody works, and is in the team if one is named.
    fn days_in(&self, book: &Book, person: &Person, team: Option<TeamId>, period: &Period) -> Vec<bool> {
        let days = self.of(person).days(period.from, period.until);
        let Some(team) = team else { return days };
        let theirs = book.everybody.memberships.iter().filter(|one| one.person_id == person.id && one.team_id == team);
        let spans: Vec<Span> = theirs.filter_map(Span::of).collect();
        if spans.is_empty() {
            return vec![false; days.len()];
        }
        let is_in = |day: Date| spans.iter().any(|span| span.holds_on(day));
        period.from.series(1.day()).zip(days).map(|(day, works)| works && is_in(day)).collect()
    }
}

/// Days of the week by their numbers: 1 is Monday, 7 Sunday.
///
/// # Errors
/// A sentence for a number that is no such day.
pub fn weekdays(numbers: &[i64]) -> Result<[bool; 7], &'static str> {
    let mut works = [false; 7];
    for number in numbers {
        let place = number.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let day =
            place.and_then(|place| works.get_mut(place)).ok_or("Choose days of the week: 1 is Monday, 7 Sunday.")?;
        *day = true;
    }
    Ok(works)
}

/// Their numbers: 1 is Monday, 7 Sunday.
pub fn numbers(works: [bool; 7]) -> Vec<i64> {
    (1..).zip(works).filter(|(_, works)| *works).map(|(number, _)| number).collect()
}

/// As a row holds them, Monday first.
pub fn read_weekdays(text: &str) -> [bool; 7] {
    let mut works = [false; 7];
    for (day, letter) in works.iter_mut().zip(text.chars()) {
        *day = letter == '1';
    }
    works
}

/// The same the other way: `1111100`.
pub fn written_weekdays(works: [bool; 7]) -> String {
    works.into_iter().map(|works| if works { '1' } else { '0' }).collect()
}

/// Says on which days of the week somebody works. Targets of periods that are over are spread over those as well.
///
/// # Errors
/// 404 for somebody who isn't this organisation's; 409 where somebody else changed them since `version`; 422 at `works`.
pub async fn save_weekdays(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    works: &[i64],
    version: i64,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let everybody = people::roster(&mut tx).await?;
    let now = people::find(&everybody, id)?.clone();
    let works = weekdays(works).map_err(|words| AppError::field("works", words))?;
    let (id, held) = (now.id, now.version);
    if version != held || !people::put(&mut tx, &Person { works, ..now }).await? {
        let mut fields = FieldErrors::default();
        fields.add("works", "Somebody changed this person. Look at their days again.");
        return Err(AppError::changed("this person", held, fields.into_fields()));
    }
    finish(tx, "scoreboard.person_saved", id.0).await
}

/// Somebody's time away, the latest first, for who sets the scoreboard up.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for somebody who isn't this organisation's.
pub async fn leave(platform: &Platform, actor: &Actor, org: &str, person: &str) -> Result<Vec<Leave>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let person = known(&mut tx, person).await?;
    let leave = targets::leave_of(&mut tx, person).await?;
    tx.rollback().await?;
    Ok(leave)
}

/// Notes that somebody is away. What is to be reached is spread over their other days.
///
/// # Errors
/// 404 for somebody who isn't this organisation's; 422 at days that aren't any.
pub async fn add_leave(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    person: &str,
    body: &LeaveBody,
) -> Result<LeaveId> {
    let mut tx = open(platform, actor, org).await?;
    let person = known(&mut tx, person).await?;
    let mut errors = FieldErrors::default();
    let since = errors.take("since", day_typed(&body.since).map(Some).ok_or(NO_DAY));
    let until = match body.until.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => errors.take("until", day_typed(text).map(Some).ok_or(NO_DAY)),
        None => since,
    };
    let (since, until) = since.zip(until).unwrap_or_default();
    if until < since {
        errors.add("until", "Choose a day that isn’t before the first.");
    } else if since.saturating_add(LONGEST_LEAVE.days()) < until {
        errors.add("until", "That is too long. Give them a last day instead.");
    }
    if targets::leave_of(&mut tx, person).await?.len() >= MOST_LEAVE {
        errors.add("since", format!("There is room for {MOST_LEAVE} times away."));
    }
    errors.finish()?;
    let id = LeaveId::new(tx.now());
    let new = Leave { id, person_id: person, since: since.to_string(), until: until.to_string() };
    targets::insert_leave(&mut tx, &new).await?;
    finish(tx, "scoreboard.person_saved", person.0).await?;
    Ok(id)
}

/// Takes a time away back, as if it had never been. Gives whose it was.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn remove_leave(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<PersonId> {
    let mut tx = open(platform, actor, org).await?;
    let gone = || AppError::not_found("that time away");
    let id: LeaveId = id.parse().map_err(|_| gone())?;
    let person = targets::leave_person(&mut tx, id).await?.ok_or_else(gone)?;
    targets::delete_leave(&mut tx, id).await?;
    finish(tx, "scoreboard.person_saved", person.0).await?;
    Ok(person)
}

const NO_DAY: &str = "Enter a day like 31/12/2026.";

async fn known(tx: &mut OrgTx, id: &str) -> Result<PersonId> {
    let all = store::people(tx).await?;
    all.iter().find(|one| one.id.to_string() == id).map(|one| one.id).ok_or_else(people::nobody)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week_are_read_back() {
        assert_eq!(written_weekdays(USUAL), "1111100");
        assert_eq!(read_weekdays("1111100"), USUAL);
        assert_eq!(numbers(USUAL), [1, 2, 3, 4, 5]);
        for works in (0..128_u8).map(|bits| std::array::from_fn(|day| (bits >> day) & 1 == 1)) {
            assert_eq!(read_weekdays(&written_weekdays(works)), works);
            assert_eq!(weekdays(&numbers(works)), Ok(works));
        }
        for number in [i64::MIN, -1, 0, 8, i64::MAX] {
            assert!(weekdays(&[number]).is_err(), "{number}");
        }
    }
}
