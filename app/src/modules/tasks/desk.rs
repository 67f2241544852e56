//! What tasks are held against, read once for as many as are changed together.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    access,
    ids::{LabelId, ListId, SectionId, SpaceId, StatusId, TeamId},
    store::{self, List, Section, Status, Team},
    task::{Completes, Field, Task},
};
use crate::{
    clock::Instant,
    error::{AppError, FieldErrors, Result},
    ids::UserId,
    org::OrgTx,
    web::is_text,
};

/// The longest title.
pub const LONGEST_TITLE: usize = 500;
/// The longest notes.
pub const LONGEST_NOTES: usize = 20_000;
/// So many are on a task at most.
pub const MOST_PEOPLE: usize = 50;
/// A task has so many labels at most.
pub const MOST_LABELS: usize = 30;
/// How deep a task is a part of others at most.
pub const DEEPEST: i64 = 9;
/// The longest estimate, in minutes.
pub const LONGEST_ESTIMATE: i64 = 600_000;

/// A list with its statuses and parts.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The list.
    pub list: List,
    /// Its statuses, in order.
    pub statuses: Vec<Status>,
    /// Its parts, in order.
    pub sections: Vec<Section>,
    /// Who sees it; `None`: everybody.
    seen_by: Option<BTreeSet<UserId>>,
}

impl Shelf {
    /// One of its statuses.
    pub fn status(&self, id: StatusId) -> Option<&Status> {
        self.statuses.iter().find(|status| status.id == id)
    }

    /// Where new tasks begin: the first status that isn't the end.
    ///
    /// # Errors
    /// 409 for a list without one.
    pub fn first_status(&self) -> Result<StatusId> {
        let first = self.statuses.iter().find(|status| status.kind != "done").or_else(|| self.statuses.first());
        first.map(|status| status.id).ok_or_else(|| AppError::conflict("This list has no statuses. Add one first."))
    }

    /// Does this member see it?
    pub fn is_seen_by(&self, user: UserId) -> bool {
        self.seen_by.as_ref().is_none_or(|seen| seen.contains(&user))
    }

    /// The first status of a kind.
    pub fn first_of(&self, kind: &str) -> Option<StatusId> {
        self.statuses.iter().find(|status| status.kind == kind).map(|status| status.id)
    }
}

/// Members, teams, labels, and the lists that came up.
#[derive(Debug)]
pub struct Desk {
    /// Who belongs, and works with tasks: nobody else is put on one.
    pub members: BTreeSet<UserId>,
    /// Who does things together.
    pub teams: Vec<Team>,
    /// Who is in which team.
    pub team_members: Vec<(TeamId, UserId)>,
    /// The labels that there are.
    pub labels: BTreeSet<LabelId>,
    shelves: BTreeMap<ListId, Shelf>,
    admins: BTreeSet<UserId>,
}

impl Desk {
    /// As it is now.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn read(tx: &mut OrgTx) -> Result<Self> {
        Ok(Self {
            members: store::workers(tx).await?.into_iter().collect(),
            teams: store::teams(tx).await?,
            team_members: store::team_members(tx).await?,
            labels: store::labels(tx).await?.into_iter().map(|label| label.id).collect(),
            shelves: BTreeMap::new(),
            admins: store::admins(tx).await?.into_iter().collect(),
        })
    }

    /// A list that whoever asks may change, with its statuses and parts.
    ///
    /// # Errors
    /// 404; 409 for one that was put away.
    pub async fn shelf(&mut self, tx: &mut OrgTx, id: ListId) -> Result<&Shelf> {
        if !self.shelves.contains_key(&id) {
            let list = access::list_to_change(tx, id).await?;
            let statuses = store::statuses(tx, id).await?;
            let sections = store::sections(tx, id).await?;
            let seen_by = self.seen_by(tx, list.space_id).await?;
            self.shelves.insert(id, Shelf { list, statuses, sections, seen_by });
        }
        self.shelves.get(&id).ok_or_else(access::no_list)
    }

    /// Is this member in that team?
    pub fn is_of_team(&self, team: TeamId, user: UserId) -> bool {
        self.team_members.contains(&(team, user))
    }

    /// Holds a task, as it is to be, against the rules. `before`: what it was, whose people may have left since. One that becomes somebody’s who isn’t in the
    /// team whose queue it is in leaves that queue: it is theirs.
    ///
    /// # Errors
    /// 404 for a person, team, label, status or part that isn't there for this list; 422 at what is wrong, such as a team that whose task it is isn't in.
    pub async fn check(&mut self, tx: &mut OrgTx, after: &mut Task, before: Option<&Task>) -> Result<()> {
        let wanted = after.clone();
        let changed = |field| before.is_none_or(|before| before.value(field) != wanted.value(field));
        let mut errors = FieldErrors::default();
        if changed(Field::Title) {
            after.title = errors.take("title", title(&after.title));
        }
        if changed(Field::Notes) && (after.notes.chars().count() > LONGEST_NOTES || !is_text(&after.notes)) {
            errors.add("notes", "Use at most 20,000 characters.");
        }
        if !(0..=4).contains(&after.priority) {
            errors.add("priority", "Choose a priority from 0 (none) to 4 (urgent).");
        }
        if after.estimate.is_some_and(|minutes| !(1..=LONGEST_ESTIMATE).contains(&minutes)) {
            errors.add("estimate", "Estimate between a minute and 10,000 hours.");
        }
        if let (Some(start), Some(due)) = (after.start, after.due)
            && (changed(Field::Start) || changed(Field::Due))
            && start.day > due.day
        {
            errors.add("due_day", "That is before it starts.");
        }
        if after.people.len() > MOST_PEOPLE {
            errors.add("people", "At most 50 people can be on a task.");
        }
        if after.labels.len() > MOST_LABELS {
            errors.add("labels", "A task has at most 30 labels.");
        }
        self.check_people(tx, after, before).await?;
        if let (Some(team), Some(user)) = (after.team, after.responsible)
            && !self.is_of_team(team, user)
        {
            if changed(Field::Team) {
                errors.add("team", "Whose task it is isn’t in that team. Choose somebody of the team, or nobody.");
            } else if changed(Field::Responsible) {
                after.team = None;
            }
        }
        if changed(Field::Labels) && !after.labels.iter().all(|label| self.labels.contains(label)) {
            return Err(AppError::not_found("that label"));
        }
        if let Some(team) = after.team.filter(|_| changed(Field::Team))
            && !self.teams.iter().any(|one| one.id == team && one.active)
        {
            return Err(AppError::not_found("that team"));
        }
        let place = self.shelf(tx, after.list).await?;
        if place.status(after.status).is_none() {
            return Err(AppError::not_found("that status"));
        }
        if let Some(section) = after.section
            && !place.sections.iter().any(|one| one.id == section)
        {
            return Err(AppError::not_found("that section"));
        }
        errors.finish()
    }

    /// Sets how far a task has come, and with it when somebody began and when it was completed.
    ///
    /// # Errors
    /// 404 for a status that isn't its list's.
    pub async fn set_status(
        &mut self,
        tx: &mut OrgTx,
        task: &mut Task,
        status: StatusId,
        by: Option<UserId>,
    ) -> Result<()> {
        let now: Instant = tx.now();
        let place = self.shelf(tx, task.list).await?;
        let kind =
            place.status(status).map(|one| one.kind.as_str()).ok_or_else(|| AppError::not_found("that status"))?;
        task.status = status;
        if kind == "done" {
            if task.completed_at.is_none() {
                (task.completed_at, task.completed_by) = (Some(now), by);
            }
        } else {
            if task.completed_at.is_some() {
                // Everybody does their part anew.
                for one in &mut task.people {
                    one.done_at = None;
                }
            }
            (task.completed_at, task.completed_by) = (None, None);
        }
        task.started_at = match kind {
            "open" => None,
            _ => task.started_at.or(Some(now)),
        };
        Ok(())
    }

    /// Somebody is new on a task: they belong here, and see where it is.
    async fn check_people(&mut self, tx: &mut OrgTx, after: &mut Task, before: Option<&Task>) -> Result<()> {
        if after.completes == Completes::Everyone
            && let Some(responsible) = after.responsible
            && !after.people.iter().any(|one| one.user == responsible)
        {
            after.people.push(super::task::Assignee { user: responsible, done_at: None });
        }
        // Where any one completes it, nobody has a part: should everyone again, all of them do theirs anew.
        if after.completes != Completes::Everyone && before.is_some_and(|before| before.completes != after.completes) {
            for one in &mut after.people {
                one.done_at = None;
            }
        }
        after.people.sort_by_key(|one| one.user);
        after.people.dedup_by_key(|one| one.user);
        let were: BTreeSet<UserId> = before.into_iter().flat_map(Task::doers).collect();
        let moved = before.is_some_and(|before| before.list != after.list);
        let new: Vec<_> = after.doers().filter(|user| moved || !were.contains(user)).collect();
        if new.iter().any(|user| !were.contains(user) && !self.members.contains(user)) {
            return Err(AppError::not_found("that person"));
        }
        let seen_by = self.shelf(tx, after.list).await?.seen_by.clone();
        let sees = |user: &UserId| seen_by.as_ref().is_none_or(|seen| seen.contains(user));
        if !new.iter().all(|user| sees(user) || !self.members.contains(user)) {
            let words =
                "Somebody on it can’t see this list: its space is for its team alone. Choose somebody of the team.";
            return Err(AppError::field("responsible", words));
        }
        Ok(())
    }

    async fn seen_by(&self, tx: &mut OrgTx, space: SpaceId) -> Result<Option<BTreeSet<UserId>>> {
        let space = access::spaces(tx).await?.into_iter().find(|one| one.id == space).ok_or_else(access::no_list)?;
        if space.seen_by == "everyone" {
            return Ok(None);
        }
        let team = self.team_members.iter().filter(|(team, _)| Some(*team) == space.team_id).map(|(_, user)| *user);
        Ok(Some(team.chain(self.admins.iter().copied()).collect()))
    }
}

/// A title as it is kept, or what to do about it.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn title(typed: &str) -> std::result::Result<String, &'static str> {
    let title = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() {
        return Err("Say what is to be done.");
    }
    if title.chars().count() > LONGEST_TITLE {
        return Err("Use at most 500 characters. The rest belongs in the notes.");
    }
    if !is_text(&title) {
        return Err("Use letters, digits and punctuation.");
    }
    Ok(title)
}

/// The part of a list that a task is in, if it is in one of this list.
pub fn section_in(place: &Shelf, section: Option<SectionId>) -> Option<SectionId> {
    section.filter(|id| place.sections.iter().any(|one| one.id == *id))
}
