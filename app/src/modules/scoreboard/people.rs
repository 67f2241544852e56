//! Whose results are counted, and in which teams: the rules, in order.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ids::{MembershipId, PersonId, TeamId},
    permissions,
    store::{self, Membership, StoredPerson, Team},
    working,
};
use crate::{
    clock::day_typed,
    crypto::{DataKeys, Place},
    db::{Access, DbError},
    error::{AppError, FieldError, FieldErrors, Result},
    ids::UserId,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
    web::check_name,
};

/// An organisation counts the results of so many at most.
pub const MOST_PEOPLE: usize = 2_000;
/// And has so many teams and branches at most.
pub const MOST_TEAMS: usize = 200;
/// Somebody is called so many things at most.
const MOST_ALIASES: usize = 10;
/// Somebody has been in so many teams at most, one after the other.
const MOST_MEMBERSHIPS: usize = 100;

/// Somebody whose results are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their name on boards.
    pub name: String,
    /// What else they are called in files: “Sam P”, “SP”.
    pub aliases: Vec<String>,
    /// The member who they are.
    pub user: Option<UserId>,
    /// The first day that is theirs; `None`: from the beginning.
    pub joined: Option<Date>,
    /// The last; `None`: they are there still.
    pub left: Option<Date>,
    /// Wants to be on no board.
    pub opted_out: bool,
    /// Whether they work on each day of the week; Monday first.
    pub works: [bool; 7],
    /// Grows with every change.
    pub version: i64,
}

impl Person {
    /// What happened on this day can be theirs.
    pub fn belongs_on(&self, day: Date) -> bool {
        self.joined.is_none_or(|joined| joined <= day) && self.left.is_none_or(|left| left >= day)
    }
}

/// Somebody, as an admin sets them up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    /// Their name on boards.
    pub name: String,
    /// What else they are called in files.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The member who they are: whoever it is enters their own results.
    #[serde(default)]
    pub member: Option<UserId>,
    /// The first day that is theirs: `2026-07-01`.
    #[serde(default)]
    pub joined_on: Option<String>,
    /// The last day that is theirs. From the day after they are on no board of today; what happened stays.
    #[serde(default)]
    pub left_on: Option<String>,
    /// Their name and figures are on no board. They still count for their teams. Absent: as it is, and of somebody new not. Who asked for it
    /// themselves takes it back themselves.
    #[serde(default)]
    pub opted_out: Option<bool>,
    /// On which days of the week they work: 1 is Monday, 7 Sunday. Targets are spread over those. Absent: as it is, and of somebody new
    /// Monday to Friday.
    #[serde(default)]
    pub works: Option<Vec<i64>>,
    /// To change somebody: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// A team or a branch, as an admin sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamBody {
    /// Its name.
    pub name: String,
    /// `team` or `branch`; stays as it is.
    #[serde(default = "team")]
    pub kind: String,
    /// On boards.
    #[serde(default = "yes")]
    pub active: bool,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// Somebody's time in a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipBody {
    /// The team or branch.
    pub team: TeamId,
    /// The first day: `2026-07-01`.
    pub since: String,
    /// The last day; absent: they are there still.
    #[serde(default)]
    pub until: Option<String>,
}

/// Everybody and every team, with who was where.
#[derive(Debug, Clone)]
pub struct Everybody {
    /// In the order of their names.
    pub people: Vec<Person>,
    /// In the order of their names, teams before branches.
    pub teams: Vec<Team>,
    /// The earliest first.
    pub memberships: Vec<Membership>,
}

/// Everybody, for who sets the scoreboard up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn everybody(platform: &Platform, actor: &Actor, org: &str) -> Result<Everybody> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let everybody = read(&mut tx).await?;
    tx.rollback().await?;
    Ok(everybody)
}

/// The same inside a transaction.
///
/// # Errors
/// The database is busy.
pub async fn read(tx: &mut OrgTx) -> Result<Everybody> {
    let people = roster(tx).await?;
    let mut teams = store::teams(tx).await?;
    teams.sort_by_key(|team| (team.kind != "team", team.name.to_lowercase(), team.id));
    Ok(Everybody { people, teams, memberships: store::memberships(tx).await? })
}

/// Everybody, in the order of their names.
///
/// # Errors
/// The database is busy.
pub async fn roster(tx: &mut OrgTx) -> Result<Vec<Person>> {
    let stored = store::people(tx).await?;
    let keys = tx.keys().await?;
    let mut people = stored.into_iter().map(|row| opened(&keys, row)).collect::<Result<Vec<_>>>()?;
    people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.id));
    Ok(people)
}

/// Who of them the member is who asks, if they are one.
pub fn own<'p>(tx: &OrgTx, people: &'p [Person]) -> Option<&'p Person> {
    let user = tx.person()?;
    people.iter().find(|person| person.user == Some(user))
}

/// Adds somebody.
///
/// # Errors
/// 422 at each field that is wrong: a name or another word for somebody that stands for somebody else already, a member who isn't one.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &PersonBody) -> Result<PersonId> {
    let mut tx = open(platform, actor, org).await?;
    let everybody = roster(&mut tx).await?;
    if everybody.len() >= MOST_PEOPLE {
        return Err(AppError::field("name", format!("There is room for {MOST_PEOPLE} people.")));
    }
    let id = PersonId::new(tx.now());
    let new = checked(&mut tx, &everybody, id, body).await?;
    let row = sealed(&mut tx, &new).await?;
    store::insert_person(&mut tx, &row).await?;
    finish(tx, "scoreboard.person_saved", id.0).await?;
    Ok(id)
}

/// Changes somebody. What they did stays theirs.
///
/// # Errors
/// As [`add`]; 404 for somebody who isn't this organisation's; 409 where somebody else changed them since `version`.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &PersonBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let everybody = roster(&mut tx).await?;
    let now = find(&everybody, id)?.clone();
    let Some(version) = body.version else { return Err(AppError::field("version", "Send the version that you read.")) };
    if version != now.version {
        return Err(AppError::changed("this person", now.version, differences(&now, body)));
    }
    let new = checked(&mut tx, &everybody, now.id, body).await?;
    let row = sealed(&mut tx, &Person { version, ..new }).await?;
    if store::update_person(&mut tx, &row).await? == 0 {
        return Err(meanwhile());
    }
    finish(tx, "scoreboard.person_saved", now.id.0).await
}

/// Takes whoever asks off every board, or has them on boards again. Anybody decides that for themselves.
///
/// # Errors
/// 404 for a member whose results aren't counted.
pub async fn opt_out(platform: &Platform, actor: &Actor, org: &str, out: bool) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Write).await?;
    let everybody = roster(&mut tx).await?;
    let Some(now) = own(&tx, &everybody).cloned() else {
        return Err(AppError::not_found("results of yours"));
    };
    if now.opted_out == out {
        return tx.rollback().await;
    }
    let id = now.id;
    let row = sealed(&mut tx, &Person { opted_out: out, ..now }).await?;
    store::update_person(&mut tx, &row).await?;
    finish(tx, "scoreboard.person_saved", id.0).await
}

/// Files and other programs call somebody this, too, from now on.
///
/// # Errors
/// 404 for somebody who isn't this organisation's; 422 at `aliases` for what stands for somebody else already, or isn't a name.
pub async fn also_called(tx: &mut OrgTx, id: PersonId, alias: &str) -> Result<()> {
    let everybody = roster(tx).await?;
    let now = find(&everybody, &id.to_string())?;
    if names_of(now).any(|name| key(name) == key(alias)) {
        return Ok(());
    }
    let body = PersonBody {
        name: now.name.clone(),
        aliases: now.aliases.iter().cloned().chain([alias.to_owned()]).collect(),
        member: now.user,
        joined_on: now.joined.map(|day| day.to_string()),
        left_on: now.left.map(|day| day.to_string()),
        opted_out: None,
        works: None,
        version: None,
    };
    let new = checked(tx, &everybody, id, &body).await?;
    let row = sealed(tx, &Person { version: now.version, ..new }).await?;
    store::update_person(tx, &row).await?;
    tx.emit("scoreboard.person_saved", id.0).await
}

/// Adds a team or a branch.
///
/// # Errors
/// 422 at each field that is wrong, a name that another has among them.
pub async fn add_team(platform: &Platform, actor: &Actor, org: &str, body: &TeamBody) -> Result<TeamId> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::teams(&mut tx).await?;
    if existing.len() >= MOST_TEAMS {
        return Err(AppError::field("name", format!("There is room for {MOST_TEAMS} teams and branches.")));
    }
    let id = TeamId::new(tx.now());
    let mut errors = FieldErrors::default();
    if !["team", "branch"].contains(&body.kind.as_str()) {
        errors.add("kind", "Choose a team or a branch.");
    }
    let name = team_name(&existing, id, &body.name, &mut errors);
    errors.finish()?;
    let team = Team { id, kind: body.kind.clone(), name, active: body.active, version: 1 };
    store::insert_team(&mut tx, &team).await?;
    finish(tx, "scoreboard.team_saved", id.0).await?;
    Ok(id)
}

/// Changes a team or a branch. Results stay with the team of their day, on boards or off.
///
/// # Errors
/// As [`add_team`]; 404 for one that isn't this organisation's; 409 where somebody else changed it since `version`.
pub async fn save_team(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &TeamBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::teams(&mut tx).await?;
    let now = find_team(&existing, id)?.clone();
    let Some(version) = body.version else { return Err(AppError::field("version", "Send the version that you read.")) };
    if version != now.version {
        let mut fields = FieldErrors::default();
        if now.name != body.name {
            fields.add("name", format!("It is “{}” now.", now.name));
        }
        if now.active != body.active {
            fields.add("active", if now.active { "It is on boards now." } else { "It is off boards now." });
        }
        return Err(AppError::changed("this team", now.version, fields.into_fields()));
    }
    let mut errors = FieldErrors::default();
    let name = team_name(&existing, now.id, &body.name, &mut errors);
    errors.finish()?;
    let id = now.id;
    if store::update_team(&mut tx, &Team { name, active: body.active, ..now }).await? == 0 {
        return Err(meanwhile());
    }
    finish(tx, "scoreboard.team_saved", id.0).await
}

/// Puts somebody in a team from a day on, or for some days. What happened on other days stays where it is.
///
/// # Errors
/// 404 for a person or a team that isn't this organisation's; 422 at days that aren't any, or on which they are in it already.
pub async fn join_team(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    person: &str,
    body: &MembershipBody,
) -> Result<MembershipId> {
    let mut tx = open(platform, actor, org).await?;
    let people = store::people(&mut tx).await?;
    let person = people.iter().find(|one| one.id.to_string() == person).ok_or_else(nobody)?.id;
    let team = store::teams(&mut tx).await?.into_iter().find(|team| team.id == body.team).ok_or_else(no_team)?;
    if !team.active {
        return Err(AppError::field("team", format!("{} isn’t in use any more.", team.name)));
    }
    let theirs = store::memberships(&mut tx).await?.iter().filter(|one| one.person_id == person).count();
    if theirs >= MOST_MEMBERSHIPS {
        return Err(AppError::field("team", format!("Somebody can have been in {MOST_MEMBERSHIPS} teams.")));
    }
    let (since, until) = days(&body.since, body.until.as_deref())?;
    let id = MembershipId::new(tx.now());
    let new = Membership { id, person_id: person, team_id: team.id, since, until };
    store::insert_membership(&mut tx, &new).await.map_err(overlapping)?;
    finish(tx, "scoreboard.person_saved", person.0).await?;
    Ok(id)
}

/// Says anew from when until when somebody was in a team. Gives who it is.
///
/// # Errors
/// 404 for a time in a team that isn't this organisation's; 422 as [`join_team`].
pub async fn move_membership(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    since: &str,
    until: Option<&str>,
) -> Result<PersonId> {
    let mut tx = open(platform, actor, org).await?;
    let now = membership(&mut tx, id).await?;
    let (since, until) = days(since, until)?;
    let person = now.person_id;
    store::update_membership(&mut tx, &Membership { since, until, ..now }).await.map_err(overlapping)?;
    finish(tx, "scoreboard.person_saved", person.0).await?;
    Ok(person)
}

/// Takes a time in a team away, as if it had never been: to end it, [`move_membership`] gives it a last day. Gives who it was.
///
/// # Errors
/// 404 for a time in a team that isn't this organisation's.
pub async fn leave_team(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<PersonId> {
    let mut tx = open(platform, actor, org).await?;
    let now = membership(&mut tx, id).await?;
    store::delete_membership(&mut tx, now.id).await?;
    finish(tx, "scoreboard.person_saved", now.person_id.0).await?;
    Ok(now.person_id)
}

/// Writes somebody anew. `false`: they were changed since their version.
pub(super) async fn put(tx: &mut OrgTx, person: &Person) -> Result<bool> {
    let row = sealed(tx, person).await?;
    Ok(store::update_person(tx, &row).await? == 1)
}

/// Opens the organisation to set the scoreboard up.
pub(super) async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Write).await
}

/// Says that it happened, and makes it durable.
pub(super) async fn finish(mut tx: OrgTx, kind: &'static str, subject: uuid::Uuid) -> Result<()> {
    tx.emit(kind, subject).await?;
    tx.commit().await
}

/// Somebody by their id.
///
/// # Errors
/// 404.
pub fn find<'p>(people: &'p [Person], id: &str) -> Result<&'p Person> {
    people.iter().find(|person| person.id.to_string() == id).ok_or_else(nobody)
}

/// A team by its id.
///
/// # Errors
/// 404.
pub fn find_team<'t>(teams: &'t [Team], id: &str) -> Result<&'t Team> {
    teams.iter().find(|team| team.id.to_string() == id).ok_or_else(no_team)
}

/// 404 for somebody who isn't there.
pub fn nobody() -> AppError {
    AppError::not_found("that person")
}

async fn membership(tx: &mut OrgTx, id: &str) -> Result<Membership> {
    let all = store::memberships(tx).await?;
    all.into_iter().find(|one| one.id.to_string() == id).ok_or_else(|| AppError::not_found("that time in a team"))
}

async fn checked(tx: &mut OrgTx, everybody: &[Person], id: PersonId, body: &PersonBody) -> Result<Person> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(&body.name));
    let aliases = aliases(&body.aliases, &mut errors);
    for other in everybody.iter().filter(|other| other.id != id) {
        let taken: BTreeSet<String> = names_of(other).map(key).collect();
        if taken.contains(&key(&name)) {
            errors.add("name", format!("“{name}” stands for {} already.", other.name));
        }
        if let Some(alias) = aliases.iter().find(|alias| taken.contains(&key(alias))) {
            errors.add("aliases", format!("“{alias}” stands for {} already.", other.name));
        }
    }
    let joined = optional_day("joined_on", body.joined_on.as_deref(), &mut errors);
    let left = optional_day("left_on", body.left_on.as_deref(), &mut errors);
    if joined.zip(left).is_some_and(|(joined, left)| left < joined) {
        errors.add("left_on", "Choose a day that isn’t before the first.");
    }
    let linked = everybody.iter().find(|one| one.id == id).and_then(|one| one.user);
    // Whoever they were linked to may have left since.
    if let Some(member) = body.member.filter(|member| linked != Some(*member)) {
        if !members::all(tx).await?.iter().any(|one| one.user == member) {
            errors.add("member", "Choose somebody who belongs to your organisation.");
        }
        if let Some(other) = everybody.iter().find(|other| other.id != id && other.user == Some(member)) {
            errors.add("member", format!("That member is {} already.", other.name));
        }
    }
    let was_out = everybody.iter().find(|one| one.id == id).is_some_and(|one| one.opted_out);
    let opted_out = body.opted_out.unwrap_or(was_out);
    if was_out && !opted_out && linked.is_some() && linked != tx.person() {
        errors.add("opted_out", "They decide that for themselves, under “My results”.");
    }
    let worked = everybody.iter().find(|one| one.id == id).map_or(working::USUAL, |one| one.works);
    let works = match &body.works {
        Some(days) => errors.take("works", working::weekdays(days)),
        None => worked,
    };
    errors.finish()?;
    Ok(Person { id, name, aliases, user: body.member, joined, left, opted_out, works, version: 1 })
}

fn aliases(typed: &[String], errors: &mut FieldErrors) -> Vec<String> {
    let mut aliases: Vec<String> = Vec::new();
    for alias in typed.iter().map(|alias| alias.trim()).filter(|alias| !alias.is_empty()) {
        match check_name(alias) {
            Ok(alias) if alias.contains(',') => errors.add("aliases", format!("“{alias}”: leave out the comma.")),
            Ok(alias) if aliases.iter().any(|other| key(other) == key(&alias)) => {}
            Ok(alias) => aliases.push(alias),
            Err(words) => errors.add("aliases", format!("“{alias}”: {words}")),
        }
    }
    if aliases.len() > MOST_ALIASES {
        errors.add("aliases", format!("Use at most {MOST_ALIASES}."));
    }
    aliases
}

fn optional_day(field: &str, typed: Option<&str>, errors: &mut FieldErrors) -> Option<Date> {
    let typed = typed.map(str::trim).filter(|typed| !typed.is_empty())?;
    let day = day_typed(typed);
    if day.is_none() {
        errors.add(field, NO_DAY);
    }
    day
}

fn days(since: &str, until: Option<&str>) -> Result<(String, Option<String>)> {
    let mut errors = FieldErrors::default();
    let since = optional_day("since", Some(since), &mut errors);
    if since.is_none() {
        errors.add("since", NO_DAY);
    }
    let until = optional_day("until", until, &mut errors);
    if since.zip(until).is_some_and(|(since, until)| until < since) {
        errors.add("until", "Choose a day that isn’t before the first.");
    }
    errors.finish()?;
    Ok((since.unwrap_or_default().to_string(), until.map(|day| day.to_string())))
}

const NO_DAY: &str = "Enter a day like 31/12/2026.";

fn team_name(existing: &[Team], id: TeamId, typed: &str, errors: &mut FieldErrors) -> String {
    let name = errors.take("name", check_name(typed));
    if existing.iter().any(|other| other.id != id && key(&other.name) == key(&name)) {
        errors.add("name", format!("There is a “{name}” already. Give it another name."));
    }
    name
}

fn differences(now: &Person, body: &PersonBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let it_is =
        |text: &str| if text.is_empty() { "It is empty now.".to_owned() } else { format!("It is “{text}” now.") };
    if now.name != body.name {
        fields.add("name", it_is(&now.name));
    }
    if now.aliases != body.aliases {
        fields.add("aliases", it_is(&now.aliases.join(", ")));
    }
    if now.user != body.member {
        fields.add("member", if now.user.is_some() { "It is another member now." } else { "It is nobody now." });
    }
    let typed = |day: &Option<String>| day.as_deref().and_then(day_typed);
    if now.joined != typed(&body.joined_on) {
        fields.add("joined_on", it_is(&day(now.joined)));
    }
    if now.left != typed(&body.left_on) {
        fields.add("left_on", it_is(&day(now.left)));
    }
    if body.opted_out.is_some_and(|out| out != now.opted_out) {
        fields.add("opted_out", if now.opted_out { "They are off boards now." } else { "They are on boards now." });
    }
    if body.works.as_ref().is_some_and(|days| working::weekdays(days) != Ok(now.works)) {
        fields.add("works", "They are other days now.");
    }
    fields.into_fields()
}

fn overlapping(error: DbError) -> AppError {
    match error {
        DbError::Rule(rule) if rule == "membership_overlap" => {
            AppError::field("since", "They are in this team on some of these days already.")
        }
        error => error.into(),
    }
}

fn opened(keys: &DataKeys, row: StoredPerson) -> Result<Person> {
    let open = |column, sealed: &[u8]| {
        keys.open(place(row.id, column), sealed).map_err(|error| {
            tracing::error!(%error, "somebody’s name can’t be opened");
            AppError::internal()
        })
    };
    let aliases = open("aliases", &row.aliases)?;
    Ok(Person {
        id: row.id,
        name: open("name", &row.name)?,
        aliases: aliases.lines().map(str::to_owned).collect(),
        user: row.user_id,
        joined: row.joined_on.as_deref().and_then(day_typed),
        left: row.left_on.as_deref().and_then(day_typed),
        opted_out: row.opted_out,
        works: working::read_weekdays(&row.works),
        version: row.version,
    })
}

async fn sealed(tx: &mut OrgTx, person: &Person) -> Result<StoredPerson> {
    let keys = tx.keys().await?;
    Ok(StoredPerson {
        id: person.id,
        name: keys.seal(place(person.id, "name"), &person.name),
        aliases: keys.seal(place(person.id, "aliases"), &person.aliases.join("\n")),
        user_id: person.user,
        joined_on: person.joined.map(|day| day.to_string()),
        left_on: person.left.map(|day| day.to_string()),
        opted_out: person.opted_out,
        works: working::written_weekdays(person.works),
        version: person.version,
    })
}

fn place(id: PersonId, column: &'static str) -> Place {
    Place { table: "scoreboard_people", column, row: id.0 }
}

/// All that somebody is called, their name first.
pub fn names_of(person: &Person) -> impl Iterator<Item = &str> {
    std::iter::once(person.name.as_str()).chain(person.aliases.iter().map(String::as_str))
}

/// How names are compared: whichever letters are large, however many spaces.
pub fn key(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn meanwhile() -> AppError {
    AppError::conflict("Somebody else changed this meanwhile. Please look at it again.")
}

fn no_team() -> AppError {
    AppError::not_found("that team")
}

fn team() -> String {
    "team".to_owned()
}

fn yes() -> bool {
    true
}
