//! Starting a template: what would come of it, and doing it, all of it or nothing. What was started is kept, with how far it has come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    access,
    acts::Act,
    checks,
    claims::{self, Turns},
    desk::Desk,
    figures,
    ids::{ActId, CheckId, LabelId, ListId, RunId, SectionId, SpaceId, TaskId, TeamId, TemplateId, TriggerId},
    lists::{self, ListBody, compared},
    order,
    parts::{self, MOST_SECTIONS},
    permissions,
    places::{self, Spot},
    store::{self, Space, as_json},
    store_templates::{self as rows, RunRow, TemplateRow},
    task::{Assignee, Completes, Task, When},
    template_rules::{
        Adjust, Body, FIRST, Given as Known, LAST, LONGEST_KEY, LONGEST_VALUE, MOST_NAMED, Offset, Plan, Planned, Step,
        Unit, check, plan,
    },
    template_steps as steps, templates,
};
use crate::{
    audit::hex,
    clock::{Instant, day_typed, zone},
    crypto::Place,
    db::Access,
    error::{AppError, FieldErrors, Result},
    holidays,
    idempotency::{again, said},
    ids::UserId,
    org::{Actor, OrgTx},
    people::members,
    platform::Platform,
    web::check_name,
};

/// The days of the week that are worked, Monday first.
const WORKS: [bool; 7] = [true, true, true, true, true, false, false];
/// Holidays are looked up so far at most before and after the day that others are counted from: as far as a plan holds days.
const MOST_REACH: i64 = 3_000_000;
const CHRISTMAS: (i8, i8) = (12, 25);
/// What to know where no public holiday is known.
const NO_STATE: &str = "Public holidays are counted as working days, as your organisation’s details don’t say which state or territory it is in. An admin can say it there.";
/// So much that was started is listed, the latest first.
const MOST_LISTED: i64 = 100;
/// So much that was started is looked at for how long it takes.
const MOST_RUNS: i64 = 1_000;

/// What is chosen when a template is started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateStartBody)]
pub struct StartBody {
    /// The day that others are counted from: `2026-11-27`.
    pub anchor: String,
    /// The list that its tasks go to. Either this or `new_list`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListId>,
    /// A list that is made for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_list: Option<NewListBody>,
    /// Who has each role, by its key. A role that isn’t named has nobody.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, UserId>,
    /// What is filled in, by the variable’s key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The version that was looked at: another one isn’t started. Absent: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// A list that is made for what a template brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateListBody)]
pub struct NewListBody {
    /// Where.
    pub space: SpaceId,
    /// Its name, filled in as titles are: `Move of {{client}}`.
    pub name: String,
}

/// The same, read.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The day that others are counted from.
    pub anchor: Date,
    /// Where the tasks go.
    pub goes: Goes,
    /// Who has each role, and what is filled in.
    pub chosen: Chosen,
    /// What to know of it already, in sentences.
    pub warnings: Vec<String>,
}

impl Asked {
    /// With nothing to know of it.
    pub fn of(anchor: Date, goes: Goes, chosen: Chosen) -> Self {
        Self { anchor, goes, chosen, warnings: Vec::new() }
    }
}

/// Where tasks go.
#[derive(Debug, Clone)]
pub enum Goes {
    /// To this list.
    To(ListId),
    /// To one that is made for them.
    New(NewListBody),
}

/// Who has each role, and what is filled in: as it is kept, sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// By the role's key.
    #[serde(default)]
    pub roles: BTreeMap<String, UserId>,
    /// By the variable's key.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// What becomes of a role whose person isn't there any more, or doesn't see where the tasks go.
#[derive(Clone, Copy)]
enum Missing {
    /// Whoever asks hears of it, and nothing is started.
    Refused,
    /// It has nobody, and that is said among the warnings.
    Nobody,
}

/// What would come of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TemplatePreview)]
pub struct Preview {
    /// Which version of it.
    pub version: i64,
    /// The day that others are counted from: `2026-11-27`.
    pub anchor: String,
    /// The name of the list that its tasks go to.
    pub list: String,
    /// That is made for them.
    pub is_new: bool,
    /// The sections that are made in it.
    pub new_sections: Vec<String>,
    /// Its tasks, in order, each before its parts.
    pub tasks: Vec<PreviewTask>,
    /// What to know before, in sentences.
    pub warnings: Vec<String>,
}

/// A task that would be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TemplatePreviewTask)]
pub struct PreviewTask {
    /// Its key in the template.
    pub key: String,
    /// What is to be done.
    pub title: String,
    /// More about it, in Markdown.
    pub notes: String,
    /// How deep it is a part of others.
    pub depth: usize,
    /// The section it stands in.
    pub section: Option<String>,
    /// Whose it is.
    pub responsible: Option<UserId>,
    /// Who else is on it.
    pub people: Vec<UserId>,
    /// Who does it, for people: “Sam Lee, Priya Nair”; a team’s name; “Front desk, in turn”; empty: nobody.
    pub who: String,
    /// Whose queue it goes to.
    pub team: Option<TeamId>,
    /// The list gives it to one of the team when it is made: to whoever’s turn it is then.
    pub in_turn: bool,
    /// Everyone on it completes it.
    pub everyone: bool,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    pub priority: u8,
    /// In minutes.
    pub estimate: Option<u32>,
    /// `2026-11-27`
    pub start_day: Option<String>,
    /// `2026-11-27`
    pub due_day: Option<String>,
    /// `15:00`
    pub due_time: Option<String>,
    /// What it is about: labels that there are, by name.
    pub labels: Vec<String>,
    /// What is ticked off one by one.
    pub checklist: Vec<String>,
    /// The titles of the tasks that it waits for.
    pub waits_for: Vec<String>,
}

/// What was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TemplateStarted)]
pub struct Started {
    /// Its id.
    pub run: RunId,
    /// What was done: send it to `/acts/{act}/undo` to take all of it back.
    pub act: ActId,
    /// Where its tasks are.
    pub list: ListId,
    /// Its tasks.
    pub tasks: Vec<TaskId>,
    /// What to know of it, in sentences.
    pub warnings: Vec<String>,
}

/// Something that was started, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TemplateRun)]
pub struct Line {
    /// Its id.
    pub run: RunId,
    /// Of which template.
    pub template: TemplateId,
    /// What that is called now.
    pub name: String,
    /// Of which version of it.
    pub version: i64,
    /// Where its tasks were made.
    pub list: ListId,
    /// What that list is called now.
    pub list_name: String,
    /// The day that others were counted from: `2026-11-27`.
    pub anchor: String,
    /// The day on which it was started: `2026-11-20`.
    pub started: String,
    /// It started by itself.
    pub by_itself: bool,
    /// The member or the token that started it.
    pub by: Option<Uuid>,
    /// How many of its tasks are still there.
    pub total: i64,
    /// How many of them are completed.
    pub done: i64,
    /// How many aren’t, and should be.
    pub late: i64,
    /// What was to be known of it, in sentences.
    pub warnings: Vec<String>,
}

/// How what was started went, for figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Each run, by its template, with its tasks by their place in `steps`.
    pub runs: Vec<figures::Run<TemplateId, usize>>,
    /// What steps are called, by their place.
    pub steps: Vec<String>,
    /// What templates are called, and where they are from ([`templates::places`]).
    pub names: BTreeMap<TemplateId, String>,
}

/// All that is known before anything is written.
struct Ready {
    plan: Plan,
    space: Space,
    list: Option<ListId>,
    list_name: String,
    /// The sections that tasks stand in and that aren't there, in the template's order.
    new_sections: Vec<String>,
    sections: BTreeMap<String, SectionId>,
    labels: BTreeMap<String, (LabelId, String)>,
    teams: BTreeMap<String, (TeamId, String)>,
    /// Those of them to whose members the list gives tasks in turn.
    in_turn: BTreeSet<TeamId>,
    names: BTreeMap<UserId, String>,
    warnings: Vec<String>,
}

/// What would come of a template, and nothing is written.
///
/// # Errors
/// 403 for who may not read tasks; 404 for a template, list, space or person that isn't there for whoever asks; 409 for one that was put away, and for
/// another version; 422 at each field that is wrong.
pub async fn preview(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &StartBody) -> Result<Preview> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Read).await?;
    access::check_reads(&tx)?;
    let template = templates::find(&mut tx, id).await?;
    let asked = asked(&template, body)?;
    let ready = prepare(&mut tx, &template, &asked, Missing::Refused).await?;
    tx.rollback().await?;
    Ok(shown(&template, &asked, &ready))
}

/// Starts a template: all of its tasks are made, or none. The same request with the same key starts it once, and answers the same.
///
/// # Errors
/// As [`preview`]; 409 for a key that another request had.
pub async fn start(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    body: &StartBody,
    key: &str,
) -> Result<Started> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let template = templates::find(&mut tx, id).await?;
    let run = RunId::new(tx.now());
    if let Some(before) = again(&mut tx, "tasks.start", key, &said(template.id, body), run.0).await? {
        let started = started_before(&mut tx, RunId(before)).await?;
        tx.rollback().await?;
        return Ok(started);
    }
    let asked = asked(&template, body)?;
    let started = Box::pin(start_in(&mut tx, &template, &asked, run, None)).await?;
    tx.commit().await?;
    Ok(started)
}

/// Starts one in a transaction that goes on. `trigger`: what starts it by itself; then a role whose person has left has nobody.
///
/// # Errors
/// As [`start`].
pub async fn start_in(
    tx: &mut OrgTx,
    template: &TemplateRow,
    asked: &Asked,
    run: RunId,
    trigger: Option<TriggerId>,
) -> Result<Started> {
    let missing = if trigger.is_some() { Missing::Nobody } else { Missing::Refused };
    let ready = prepare(tx, template, asked, missing).await?;
    let list = match ready.list {
        Some(list) => list,
        None => add_list(tx, &ready).await?,
    };
    let mut sections = ready.sections.clone();
    for name in &ready.new_sections {
        let id = parts::add_section_in(tx, list, name).await.map_err(|error| at_no_field(&error))?;
        sections.insert(compared(name), id);
    }
    if ready.list.is_some() && !ready.new_sections.is_empty() {
        tx.emit("tasks.list_saved", list.0).await?;
    }
    let mut act = Act::new(tx, "template");
    let new = made(tx, list, &ready, &sections).await?;
    let ids: Vec<TaskId> = new.iter().map(|task| task.id).collect();
    if new.iter().any(|task| task.started_at.is_some()) || new.iter().any(Task::is_done) {
        // In a list without a status for what isn't begun.
        for task in new {
            act.add(tx, task).await?;
        }
    } else {
        act.add_many(tx, new).await?;
    }
    add_around(tx, &ready.plan, &ids).await?;
    let act = act.finish(tx).await?.ok_or_else(AppError::internal)?;
    let (keys, by) = (tx.keys().await?, tx.doer());
    let given = serde_json::to_string(&asked.chosen).map_err(|_| AppError::internal())?;
    let warnings = serde_json::to_string(&ready.warnings).map_err(|_| AppError::internal())?;
    let row = RunRow {
        id: run,
        template_id: template.id,
        version: template.version,
        list_id: list,
        act_id: act,
        trigger_id: trigger,
        anchor: asked.anchor.to_string(),
        given: keys.seal(place(run, "given"), &given),
        warnings: keys.seal(place(run, "warnings"), &warnings),
        by_kind: by.kind.to_owned(),
        by_id: by.id,
        started_at: tx.now(),
    };
    rows::insert_run(tx, &row).await?;
    let pairs = ids.iter().zip(&ready.plan.tasks).map(|(id, task)| json!([word(id.0), task.key])).collect();
    rows::insert_run_tasks(tx, run, &Value::Array(pairs).to_string()).await?;
    tx.emit("tasks.template_started", run.0).await?;
    Ok(Started { run, act, list, tasks: ids, warnings: ready.warnings })
}

/// Holds what is asked against the rules, and starts nothing. `lasting`: a role whose person has left has nobody, as where it is started by itself.
///
/// # Errors
/// As [`preview`].
pub async fn try_out(tx: &mut OrgTx, template: &TemplateRow, asked: &Asked, lasting: bool) -> Result<()> {
    let missing = if lasting { Missing::Nobody } else { Missing::Refused };
    prepare(tx, template, asked, missing).await.map(|_| ())
}

/// What was started, the latest first, as far as whoever asks sees where: of one template, or of all.
///
/// # Errors
/// 404 for a template that isn't this organisation's.
pub async fn list(platform: &Platform, actor: &Actor, org: &str, template: Option<&str>) -> Result<Vec<Line>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let template = match template {
        Some(id) => Some(templates::find(&mut tx, id).await?.id),
        None => None,
    };
    let lines = list_in(&mut tx, template).await?;
    tx.rollback().await?;
    Ok(lines)
}

/// The same inside a transaction.
///
/// # Errors
/// The database is busy.
pub async fn list_in(tx: &mut OrgTx, template: Option<TemplateId>) -> Result<Vec<Line>> {
    let lists: BTreeMap<ListId, String> =
        access::lists(tx).await?.into_iter().map(|list| (list.id, list.name)).collect();
    let names: BTreeMap<TemplateId, String> =
        templates::seen(tx).await?.into_iter().map(|template| (template.id, template.name)).collect();
    let mut all = rows::runs(tx, template, MOST_LISTED).await?;
    all.retain(|run| lists.contains_key(&run.list_id));
    let ids = as_json(all.iter().map(|run| run.id.0));
    let (today, _) = access::today(tx)?;
    let progress = rows::progress(tx, &ids, &today.to_string()).await?;
    let (keys, zone) = (tx.keys().await?, zone(&tx.org().zone)?);
    all.into_iter()
        .map(|run| {
            let come = progress.iter().find(|one| one.run_id == run.id);
            let warnings = access::text(&keys, place(run.id, "warnings"), &run.warnings)?;
            Ok(Line {
                run: run.id,
                template: run.template_id,
                name: names.get(&run.template_id).cloned().unwrap_or_else(|| "A template that isn’t yours".to_owned()),
                version: run.version,
                list: run.list_id,
                list_name: lists.get(&run.list_id).cloned().unwrap_or_default(),
                started: run.started_at.timestamp().to_zoned(zone.clone()).date().to_string(),
                by_itself: run.trigger_id.is_some(),
                by: run.by_id,
                total: come.map_or(0, |come| come.total),
                done: come.map_or(0, |come| come.done),
                late: come.map_or(0, |come| come.late),
                warnings: serde_json::from_str(&warnings).unwrap_or_default(),
                anchor: run.anchor,
            })
        })
        .collect()
}

/// How what was started went, as far as whoever asks sees where: of one template, or of all; the latest thousand.
///
/// # Errors
/// The database is busy.
pub async fn runs(tx: &mut OrgTx, template: Option<TemplateId>) -> Result<Ran> {
    let seen: BTreeSet<ListId> = access::lists(tx).await?.into_iter().map(|list| list.id).collect();
    let mut all = rows::runs(tx, template, MOST_RUNS).await?;
    let shown = templates::seen(tx).await?;
    all.retain(|run| seen.contains(&run.list_id) && shown.iter().any(|template| template.id == run.template_id));
    let ids = as_json(all.iter().map(|run| run.id.0));
    let zone = zone(&tx.org().zone)?;
    let day = |at: Instant| at.timestamp().to_zoned(zone.clone()).date();
    let tasks = rows::run_tasks(tx, &ids).await?;
    let done: BTreeMap<TaskId, Date> =
        tasks.iter().filter_map(|task| Some((task.task_id, day(task.completed_at?)))).collect();
    let mut waits_for: BTreeMap<TaskId, Vec<TaskId>> = BTreeMap::new();
    for (blocked, blocker) in rows::run_links(tx, &ids).await? {
        waits_for.entry(blocked).or_default().push(blocker);
    }
    let places = templates::places(tx, &shown).await?;
    let (mut names, mut titles) = (BTreeMap::new(), BTreeMap::new());
    for template in shown {
        if all.iter().any(|run| run.template_id == template.id) {
            let body = templates::body_of(tx, &template, None).await?;
            let of_it = steps::walk(&body).into_iter();
            titles.extend(of_it.map(|(_, step)| ((template.id, step.key.clone()), step.title.clone())));
            names.insert(
                template.id,
                match places.get(&template.id) {
                    Some(place) => format!("{} · {place}", template.name),
                    None => template.name,
                },
            );
        }
    }
    let mut called: Vec<String> = Vec::new();
    let mut places_of: BTreeMap<(TemplateId, String), usize> = BTreeMap::new();
    let mut runs = Vec::with_capacity(all.len());
    for run in &all {
        let started = day(run.started_at);
        let mut its_steps = Vec::new();
        for task in tasks.iter().filter(|task| task.run_id == run.id) {
            let step = *places_of.entry((run.template_id, task.step.clone())).or_insert_with_key(|key| {
                // One that the template hasn't any more goes by its key.
                called.push(titles.get(key).unwrap_or(&key.1).clone());
                called.len() - 1
            });
            let before = waits_for.get(&task.task_id).into_iter().flatten();
            let ready = before.filter_map(|other| done.get(other)).max().copied().unwrap_or(started).max(started);
            its_steps.push(figures::Step { step, ready, completed: done.get(&task.task_id).copied() });
        }
        runs.push(figures::Run { template: run.template_id, started, steps: its_steps });
    }
    Ok(Ran { runs, steps: called, names })
}

/// Where a run's own words are sealed for.
pub fn place(id: RunId, column: &'static str) -> Place {
    Place { table: "tasks_runs", column, row: id.0 }
}

/// What came of a request that was made before.
async fn started_before(tx: &mut OrgTx, id: RunId) -> Result<Started> {
    let run = rows::run(tx, id).await?.ok_or_else(|| AppError::not_found("what was started"))?;
    access::list(tx, run.list_id).await?;
    let keys = tx.keys().await?;
    let warnings = access::text(&keys, place(run.id, "warnings"), &run.warnings)?;
    Ok(Started {
        run: run.id,
        act: run.act_id,
        list: run.list_id,
        tasks: rows::tasks_of_run(tx, run.id).await?,
        warnings: serde_json::from_str(&warnings).unwrap_or_default(),
    })
}

fn asked(template: &TemplateRow, body: &StartBody) -> Result<Asked> {
    if body.version.is_some_and(|version| version != template.version) {
        return Err(AppError::conflict(
            "This template was changed since you saw what would come of it. Look at that again.",
        ));
    }
    let anchor = day_typed(&body.anchor)
        .ok_or_else(|| AppError::field("anchor", "Use a date such as 2026-11-27 or 27/11/2026."))?;
    let goes = match (body.list, &body.new_list) {
        (Some(list), None) => Goes::To(list),
        (None, Some(new)) => Goes::New(new.clone()),
        _ => return Err(AppError::field("list", "Choose a list, or have one made.")),
    };
    let chosen = Chosen { roles: body.roles.clone(), variables: body.variables.clone() };
    Ok(Asked::of(anchor, goes, chosen))
}

/// What is given is for roles and variables that the template has, and none of it is longer than what it can take.
fn check_given(chosen: &Chosen, body: &Body) -> Result<()> {
    let mut errors = FieldErrors::default();
    let is_key = |key: &String| key.len() <= LONGEST_KEY;
    if chosen.roles.len() > MOST_NAMED || !chosen.roles.keys().all(is_key) {
        errors.add("roles", "Name roles by their keys in the template.");
    }
    if chosen.variables.len() > MOST_NAMED || !chosen.variables.keys().all(is_key) {
        errors.add("variables", "Name what is filled in by its key in the template.");
    }
    errors.finish()?;
    let mut errors = FieldErrors::default();
    for key in chosen.roles.keys().filter(|key| !body.roles.iter().any(|role| role.key == **key)) {
        errors.add(&format!("roles.{key}"), "This template has no such role.");
    }
    for key in chosen.variables.keys().filter(|key| !body.variables.iter().any(|variable| variable.key == **key)) {
        errors.add(&format!("variables.{key}"), "This template has nothing of that name to fill in.");
    }
    let long = chosen.variables.iter().filter(|(_, value)| value.trim().chars().nth(LONGEST_VALUE).is_some());
    for (key, _) in long {
        let words = format!("This is too long. Write at most {LONGEST_VALUE} letters.");
        errors.add(&format!("variables.{key}"), words);
    }
    errors.finish()
}

/// Reads all that there is to know, and reckons what comes of it.
async fn prepare(tx: &mut OrgTx, template: &TemplateRow, asked: &Asked, missing: Missing) -> Result<Ready> {
    templates::check_open(template)?;
    let body = templates::body_of(tx, template, None).await?;
    if matches!(missing, Missing::Refused) {
        check_given(&asked.chosen, &body)?;
    }
    if body.tasks.is_empty() {
        return Err(AppError::conflict("This template has no tasks yet. Add some first."));
    }
    let (space, list, there) = place_of(tx, &asked.goes).await?;
    let mut warnings = asked.warnings.clone();
    let names: BTreeMap<UserId, String> =
        members::all(tx).await?.into_iter().map(|member| (member.user, member.name)).collect();
    let roles = people(tx, &body, &space, asked, &names, missing, &mut warnings).await?;
    let (from, until) = reach(&body, asked.anchor);
    // With a Christmas in it, which is a public holiday everywhere.
    let (today, _) = access::today(tx)?;
    let (earliest, latest) = (from.min(today.saturating_sub(365.days())), until.max(today.saturating_add(365.days())));
    let closed = holidays::closed_days(tx, earliest, latest).await?;
    let state = holidays::state_of(tx).await?;
    if state.is_empty() && asks_for_work(&body) && !closed.iter().any(|day| (day.month(), day.day()) == CHRISTMAS) {
        warnings.push(NO_STATE.to_owned());
    }
    let days: BTreeMap<Date, String> =
        holidays::of_state(&state, from, until).into_iter().map(|day| (day.date, day.name)).collect();
    let known = Known {
        anchor: asked.anchor,
        roles: &roles,
        names: &names,
        variables: &asked.chosen.variables,
        closed: &closed,
        holidays: &days,
        works: WORKS,
    };
    let mut plan = {
        let checked = check(&body).map_err(templates::refused)?;
        plan(&checked, &known).map_err(templates::refused)?
    };
    let list_name = match (&asked.goes, &list) {
        (Goes::New(new), _) => new_list(tx, &filled(&body, &new.name, &known)?).await?,
        (Goes::To(_), Some((_, name))) => name.clone(),
        (Goes::To(_), None) => return Err(access::no_list()),
    };
    let labels: BTreeMap<String, (LabelId, String)> =
        store::labels(tx).await?.into_iter().map(|label| (compared(&label.name), (label.id, label.name))).collect();
    let teams = store::teams(tx).await?.into_iter().filter(|team| team.active);
    let teams: BTreeMap<String, (TeamId, String)> =
        teams.map(|team| (compared(&team.name), (team.id, team.name))).collect();
    let in_teams: BTreeSet<(TeamId, UserId)> = store::team_members(tx).await?.into_iter().collect();
    for task in &mut plan.tasks {
        // Whoever has its role isn’t in that team: it is theirs, and in no queue.
        let team = task.team.as_ref().and_then(|name| teams.get(&compared(name))).map(|(id, _)| *id);
        if team.zip(task.responsible).is_some_and(|both| !in_teams.contains(&both)) {
            task.team = None;
        }
    }
    let wanted: BTreeSet<&String> = plan.tasks.iter().flat_map(|task| &task.labels).collect();
    let absent = wanted.into_iter().filter(|name| !labels.contains_key(&compared(name)));
    warnings.extend(absent.map(|name| format!("There is no label “{name}”, so no task gets it.")));
    let wanted: BTreeSet<&String> = plan.tasks.iter().filter_map(|task| task.team.as_ref()).collect();
    let missing = wanted.iter().filter(|name| !teams.contains_key(&compared(name)));
    warnings.extend(missing.map(|name| format!("There is no team “{name}”, so its tasks are unassigned.")));
    let there_are = wanted.iter().filter_map(|name| teams.get(&compared(name))).map(|(id, _)| *id).collect();
    let in_turn = match &list {
        Some((list, _)) => claims::in_turn(tx, *list, there_are).await?,
        None => BTreeSet::new(),
    };
    warnings.extend(plan.warnings.iter().cloned());
    let stood_in: BTreeSet<&String> = plan.tasks.iter().filter_map(|task| task.section.as_ref()).collect();
    let is_missing = |name: &&String| stood_in.contains(name) && !there.contains_key(&compared(name));
    let mut new_sections: Vec<String> = Vec::new();
    for name in body.sections.iter().filter(is_missing) {
        // Two of a template may be one in a list.
        if !new_sections.iter().any(|other| compared(other) == compared(name)) {
            new_sections.push(name.clone());
        }
    }
    if there.len().saturating_add(new_sections.len()) > MOST_SECTIONS {
        return Err(AppError::conflict(format!(
            "Nothing can be started there. A list has at most {MOST_SECTIONS} sections."
        )));
    }
    Ok(Ready {
        plan,
        space,
        list: list.map(|(id, _)| id),
        list_name,
        new_sections,
        sections: there,
        labels,
        teams,
        in_turn,
        names,
        warnings,
    })
}

/// The space, the list with its name where there is one, and the sections that it has.
async fn place_of(
    tx: &mut OrgTx,
    goes: &Goes,
) -> Result<(Space, Option<(ListId, String)>, BTreeMap<String, SectionId>)> {
    let spaces = access::spaces(tx).await?;
    let find = |id: SpaceId| spaces.into_iter().find(|space| space.id == id);
    match goes {
        Goes::To(id) => {
            let list = access::list_to_change(tx, *id).await?;
            let sections = store::sections(tx, list.id).await?;
            let there = sections.into_iter().map(|section| (compared(&section.name), section.id)).collect();
            let space = find(list.space_id).ok_or_else(access::no_list)?;
            Ok((space, Some((list.id, list.name)), there))
        }
        Goes::New(new) => {
            let space = find(new.space).ok_or_else(lists::no_space)?;
            if space.archived {
                return Err(AppError::conflict("This space is archived. Restore it first."));
            }
            Ok((space, None, BTreeMap::new()))
        }
    }
}

/// Who has each role, of those who may be on tasks there.
async fn people(
    tx: &mut OrgTx,
    body: &Body,
    space: &Space,
    asked: &Asked,
    names: &BTreeMap<UserId, String>,
    missing: Missing,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Option<UserId>>> {
    let may: BTreeSet<UserId> = lists::who_sees(tx, space).await?.into_iter().map(|who| who.id).collect();
    let mut roles = BTreeMap::new();
    for (key, user) in &asked.chosen.roles {
        if may.contains(user) {
            roles.insert(key.clone(), Some(*user));
            continue;
        }
        let role = body.roles.iter().find(|role| role.key == *key).map_or(key.as_str(), |role| role.name.as_str());
        match (missing, names.get(user)) {
            (Missing::Refused, None) => return Err(AppError::not_found("that person")),
            (Missing::Refused, Some(name)) => {
                let words = format!("{name} can’t see where the tasks go. Choose somebody else, or nobody.");
                return Err(AppError::field(format!("roles.{key}"), words));
            }
            (Missing::Nobody, None) => {
                warnings.push(format!("Whoever was {role} doesn’t belong to your organisation any more."));
            }
            (Missing::Nobody, Some(name)) => {
                warnings.push(format!("{name}, who was {role}, can’t see where the tasks go."));
            }
        }
        roles.insert(key.clone(), None);
    }
    Ok(roles)
}

/// The days that its tasks can fall on, about: holidays are looked up from the first to the last.
fn reach(body: &Body, anchor: Date) -> (Date, Date) {
    let far = |offset: &Offset| {
        let days = i64::from(offset.days).saturating_abs();
        // Five of seven days are worked, and some of those are holidays.
        if offset.unit == Unit::Working { days.saturating_mul(2).saturating_add(14) } else { days.saturating_add(14) }
    };
    let (mut chained, mut longest) = (0_i64, 0_i64);
    for (_, step) in steps::walk(body) {
        for offset in [&step.due, &step.start].into_iter().flatten() {
            if offset.after.is_some() {
                chained = chained.saturating_add(far(offset));
            } else {
                longest = longest.max(far(offset));
            }
        }
    }
    let days = chained.saturating_add(longest).min(MOST_REACH);
    (anchor.saturating_sub(days.days()).max(FIRST), anchor.saturating_add(days.days()).min(LAST))
}

/// Some of its days depend on which days are worked.
fn asks_for_work(body: &Body) -> bool {
    steps::walk(body).into_iter().any(|(_, step)| {
        let mut offsets = [&step.due, &step.start].into_iter().flatten();
        offsets.any(|offset| offset.unit == Unit::Working || offset.adjust != Adjust::None)
    })
}

/// What a name comes to with what is filled in: as the title of a task would.
fn filled(body: &Body, name: &str, known: &Known<'_>) -> Result<String> {
    let only = Body {
        tasks: vec![Step { key: "list".to_owned(), title: name.trim().to_owned(), ..Step::default() }],
        sections: Vec::new(),
        ..body.clone()
    };
    let wrong = |wrong: Vec<(String, String)>| {
        let words = wrong.into_iter().next().map_or_else(String::new, |(_, words)| words);
        AppError::field("new_list", words)
    };
    let checked = check(&only).map_err(wrong)?;
    let plan = plan(&checked, known).map_err(wrong)?;
    Ok(plan.tasks.into_iter().next().map(|task| task.title).unwrap_or_default())
}

/// The name of a list that is made, as it is kept: what would be refused then is refused when one looks.
async fn new_list(tx: &mut OrgTx, name: &str) -> Result<String> {
    let all = store::lists(tx).await?;
    lists::check_room(&all, false).map_err(|words| AppError::field("new_list", words))?;
    check_name(name).map_err(|words| AppError::field("new_list", words))
}

async fn add_list(tx: &mut OrgTx, ready: &Ready) -> Result<ListId> {
    let body = ListBody {
        space: ready.space.id,
        name: ready.list_name.clone(),
        about: String::new(),
        statuses: Vec::new(),
        version: None,
    };
    lists::add_list_in(tx, &body).await.map_err(|error| error.rename_field("name", "new_list"))
}

/// The tasks as they are to be, each held against the rules.
async fn made(
    tx: &mut OrgTx,
    list: ListId,
    ready: &Ready,
    sections: &BTreeMap<String, SectionId>,
) -> Result<Vec<Task>> {
    let (now, member) = (tx.now(), tx.user());
    let mut desk = Desk::read(tx).await?;
    let status = desk.shelf(tx, list).await?.first_status()?;
    let planned = &ready.plan.tasks;
    let first = store::take_numbers(tx, i64::try_from(planned.len()).unwrap_or(i64::MAX)).await?;
    let mut position = places::find(tx, list, Spot::Last).await?;
    let mut turns = (!ready.in_turn.is_empty()).then(|| Turns::of(list));
    let mut new: Vec<Task> = Vec::with_capacity(planned.len());
    for (number, one) in (first..).zip(planned) {
        let parent = one.parent.and_then(|at| new.get(at)).map(|parent| (parent.id, parent.depth));
        let next = order::last(Some(position.as_str())).map_err(|_| AppError::internal())?;
        let mut task = Task {
            id: TaskId::new(now),
            number,
            list,
            section: one.section.as_ref().and_then(|name| sections.get(&compared(name)).copied()),
            status,
            parent: parent.map(|(id, _)| id),
            depth: parent.map_or(0, |(_, depth)| depth.saturating_add(1)),
            position: std::mem::replace(&mut position, next),
            title: one.title.clone(),
            notes: one.notes.clone(),
            priority: i64::from(one.priority),
            estimate: one.estimate.map(i64::from),
            start: one.start_day.map(|day| When { day, time: None }),
            due: one.due_day.map(|day| When { day, time: one.due_time }),
            responsible: one.responsible,
            people: one.people.iter().map(|user| Assignee { user: *user, done_at: None }).collect(),
            team: one.team.as_ref().and_then(|name| ready.teams.get(&compared(name))).map(|(id, _)| *id),
            completes: if one.everyone { Completes::Everyone } else { Completes::Any },
            labels: one.labels.iter().filter_map(|name| ready.labels.get(&compared(name))).map(|(id, _)| *id).collect(),
            started_at: None,
            completed_at: None,
            completed_by: None,
            created_by: member,
            created_at: now,
            trashed_at: None,
            trashed_with: None,
            version: 1,
            touched: 0,
        };
        desk.set_status(tx, &mut task, status, member).await?;
        if let Some(turns) = &mut turns {
            turns.hand_out(tx, &mut desk, &mut task).await?;
        }
        desk.check(tx, &mut task, None).await.map_err(|error| at_no_field(&error))?;
        new.push(task);
    }
    if let Some(turns) = turns {
        turns.write(tx).await?;
    }
    Ok(new)
}

/// Their checklists, and what waits for what.
async fn add_around(tx: &mut OrgTx, plan: &Plan, ids: &[TaskId]) -> Result<()> {
    let (keys, now) = (tx.keys().await?, tx.now());
    let (mut lines, mut waiting) = (Vec::new(), Vec::new());
    for (task, one) in ids.iter().zip(&plan.tasks) {
        for (words, position) in one.checklist.iter().zip(order::spread(one.checklist.len())) {
            let id = CheckId::new(now);
            let sealed = hex(&keys.seal(checks::words_of(id), words));
            lines.push(json!([word(id.0), word(task.0), sealed, position]));
        }
        let before = one.blocked_by.iter().filter_map(|at| ids.get(*at));
        waiting.extend(before.map(|blocker| json!([word(blocker.0), word(task.0)])));
    }
    if !lines.is_empty() {
        rows::insert_checks(tx, &Value::Array(lines).to_string()).await?;
    }
    if !waiting.is_empty() {
        rows::insert_links(tx, &Value::Array(waiting).to_string()).await?;
    }
    Ok(())
}

fn shown(template: &TemplateRow, asked: &Asked, ready: &Ready) -> Preview {
    let tasks = &ready.plan.tasks;
    let mut depths: Vec<usize> = Vec::with_capacity(tasks.len());
    for task in tasks {
        depths.push(task.parent.and_then(|at| depths.get(at)).map_or(0, |depth| depth + 1));
    }
    Preview {
        version: template.version,
        anchor: asked.anchor.to_string(),
        list: ready.list_name.clone(),
        is_new: ready.list.is_none(),
        new_sections: ready.new_sections.clone(),
        tasks: tasks.iter().zip(depths).map(|(task, depth)| preview_task(task, depth, ready)).collect(),
        warnings: ready.warnings.clone(),
    }
}

fn preview_task(task: &Planned, depth: usize, ready: &Ready) -> PreviewTask {
    let team = task.team.as_ref().and_then(|name| ready.teams.get(&compared(name)));
    let people = task.responsible.into_iter().chain(task.people.iter().copied());
    let mut who: Vec<&str> = people.filter_map(|user| ready.names.get(&user)).map(String::as_str).collect();
    who.extend(team.map(|(_, name)| name.as_str()));
    let in_turn = team.is_some_and(|(id, _)| ready.in_turn.contains(id));
    who.extend(in_turn.then_some("in turn"));
    let labels = task.labels.iter().filter_map(|name| ready.labels.get(&compared(name)));
    let before = task.blocked_by.iter().filter_map(|at| ready.plan.tasks.get(*at));
    PreviewTask {
        key: task.key.clone(),
        title: task.title.clone(),
        notes: task.notes.clone(),
        depth,
        section: task.section.clone(),
        responsible: task.responsible,
        people: task.people.clone(),
        who: who.join(", "),
        team: team.map(|(id, _)| *id),
        in_turn,
        everyone: task.everyone,
        priority: task.priority,
        estimate: task.estimate,
        start_day: task.start_day.map(|day| day.to_string()),
        due_day: task.due_day.map(|day| day.to_string()),
        due_time: task.due_time.map(|time| time.strftime("%H:%M").to_string()),
        labels: labels.map(|(_, name)| name.clone()).collect(),
        checklist: task.checklist.clone(),
        waits_for: before.map(|other| other.title.clone()).collect(),
    }
}

/// What a part of the whole was refused for, where no form has its field.
fn at_no_field(error: &AppError) -> AppError {
    match error.fields.first() {
        Some(field) => AppError::conflict(format!("Nothing was started. {}", field.message)),
        None => error.clone(),
    }
}

fn word(id: Uuid) -> String {
    id.simple().to_string()
}
