//! What starts templates by itself: a rule of days with a time, or something that happens in another module. Nothing is lost and nothing twice, whenever this
//! stops: up to where events were looked through stands in the database beside what is to be started, and each of those is started in a transaction of its
//! own, which also notes that it was.

use std::{collections::BTreeMap, time::Duration};

use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access, acts,
    ids::{ActId, ListId, RunId, TemplateId, TriggerId},
    lists::{self, finish},
    permissions,
    repeat::Rule,
    store,
    store_templates::{self as rows, FireRow, TemplateRow, TriggerRow},
    template_rules::{Body, LONGEST_VALUE, MOST_NAMED, VariableKind},
    template_runs::{self as runs, Asked, Chosen, Goes},
    templates,
};
use crate::{
    clock::{Instant, day_typed, zone},
    crypto::Place,
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    idempotency::{self, again},
    ids::{OrgId, TokenId, UserId},
    mail::{self, Letter, examples::Example},
    module::{Event, EventField, FieldKind, Job, Module},
    modules::MODULES,
    org::{Actor, Audience, OrgRef, OrgTx, Permission},
    people::members::{self, Member},
    platform::Platform,
    platform_sql,
};

/// A template is started by itself in so many ways at most, and all of them together in so many.
pub const MOST: usize = 20;
const MOST_OF_ALL: usize = 200;
/// Something starts a template so often in 24 hours; after that somebody looks at it first.
pub const MOST_A_DAY: i64 = 50;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// What was missed for longer than a week isn't made up for.
const LATE_SECONDS: i64 = 7 * DAY_SECONDS;
/// Events looked through in one transaction.
const EVENTS: i64 = 200;
/// An organisation has so many turns before the next has its own.
const TURNS: usize = 500;
/// A reason is kept up to here.
const LONGEST_REASON: usize = 500;
const BY_HAND: &str = "Somebody paused it.";
/// Why what starts a template pauses with it.
pub const PUT_AWAY: &str = "Its template is archived.";
/// Why one pauses whose maker left, organises no longer, or doesn't see any more where its tasks go.
pub const MAKER_LOST: &str = "Whoever set it up can’t do that any more.";
/// What starts a template by itself is taken away.
pub const ACT: &str = "trigger";

/// The job that does it.
pub const JOB: Job = Job {
    name: "tasks.triggers",
    every: Duration::from_secs(5),
    run: |platform| Box::pin(async move { run(&platform).await }),
};

/// The letter to whoever set one up that starts nothing any more.
pub const LETTER: (&str, &str) = ("tasks.template_paused", "A template no longer starts automatically");

/// What starts a template by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateTriggerBody)]
pub struct TriggerBody {
    /// `schedule`: on days of a rule. `event`: when something happens elsewhere in Devalo.
    pub kind: String,
    /// Of a schedule: the days, as RFC 5545 writes them: `FREQ=WEEKLY;BYDAY=MO`.
    #[serde(default)]
    pub rule: String,
    /// Of a schedule: from when on, `2026-11-27`. Absent: from today on.
    #[serde(default)]
    pub first_day: String,
    /// Of a schedule: at what time, `08:00`.
    #[serde(default)]
    pub time: String,
    /// Of an event: what happens, by its stable name.
    #[serde(default)]
    pub event: String,
    /// Of an event: which day of it others are counted from, by the field that says it, `day`. Empty: the day on which it happens.
    #[serde(default)]
    pub anchor: String,
    /// Of an event: what it fills in, by the variable’s key: one of its fields, `service`. Where it doesn’t say that, what stands in `variables` is filled in.
    #[serde(default)]
    pub from_event: BTreeMap<String, String>,
    /// The list that its tasks go to.
    #[serde(default)]
    pub list: Option<ListId>,
    /// Who has each role, by its key.
    #[serde(default)]
    pub roles: BTreeMap<String, UserId>,
    /// What is filled in, by the variable’s key.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// What is to be different about what starts a template by itself. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateTriggerPatch)]
pub struct TriggerPatch {
    /// The version that was read.
    pub version: i64,
    /// `schedule`: on days of a rule. `event`: when something happens elsewhere in Devalo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of a schedule: the days, as RFC 5545 writes them: `FREQ=WEEKLY;BYDAY=MO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Of a schedule: from when on, `2026-11-27`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// Of a schedule: at what time, `08:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Of an event: what happens, by its stable name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Of an event: which day of it others are counted from, by the field that says it, `day`. Empty: the day on which it happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Of an event: what it fills in, by the variable’s key: one of its fields. All of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_event: Option<BTreeMap<String, String>>,
    /// The list that its tasks go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListId>,
    /// Who has each role, by its key: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<BTreeMap<String, UserId>>,
    /// What is filled in, by the variable’s key: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<BTreeMap<String, String>>,
}

/// What starts a template by itself, as it was set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TemplateTriggerView)]
pub struct Shown {
    /// Its id.
    pub id: TriggerId,
    /// What it starts.
    pub template: TemplateId,
    /// To change it: the version.
    pub version: i64,
    /// Why it starts nothing any more; null: it does.
    pub paused: Option<String>,
    /// What it says. Whoever has left since has no role in it any more.
    pub body: TriggerBody,
}

/// Something that can start a template, and in which module it happens.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// "Calendar"
    pub module: &'static str,
    /// What happens there.
    pub event: &'static Event,
    /// What it says, for days to be counted from and for something to be filled in.
    pub fields: &'static [EventField],
}

/// What one is set up with: as it is kept, sealed.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Given {
    /// Who has each role, by its key.
    #[serde(default)]
    roles: BTreeMap<String, UserId>,
    /// What is filled in, by the variable's key.
    #[serde(default)]
    variables: BTreeMap<String, String>,
    /// The event's field that says the day others are counted from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    anchor: String,
    /// The event's fields that are filled in, by the variable's key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    from_event: BTreeMap<String, String>,
}

/// What starts a template by itself, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TemplateTrigger)]
pub struct Line {
    /// Its id.
    pub id: TriggerId,
    /// `schedule` or `event`.
    pub kind: String,
    /// “Each Monday, at 8:00 am”; “An appointment is booked”.
    pub words: String,
    /// Where the tasks go.
    pub list: ListId,
    /// What that is called.
    pub list_name: String,
    /// Of a schedule: when it starts next, RFC 3339. Null: it is over, or paused.
    pub next_at: Option<String>,
    /// The same for people, on the organisation’s clock.
    pub next: Option<String>,
    /// Why it starts nothing any more; null: it does.
    pub paused: Option<String>,
    /// To change it: the version.
    pub version: i64,
}

impl TriggerPatch {
    /// All of it is to be like this.
    pub fn whole(body: TriggerBody, version: i64) -> Self {
        Self {
            version,
            kind: Some(body.kind),
            rule: Some(body.rule),
            first_day: Some(body.first_day),
            time: Some(body.time),
            event: Some(body.event),
            anchor: Some(body.anchor),
            from_event: Some(body.from_event),
            list: body.list,
            roles: Some(body.roles),
            variables: Some(body.variables),
        }
    }

    /// What is said from now on, where this was said before.
    fn applied(&self, before: TriggerBody) -> TriggerBody {
        TriggerBody {
            kind: self.kind.clone().unwrap_or(before.kind),
            rule: self.rule.clone().unwrap_or(before.rule),
            first_day: self.first_day.clone().unwrap_or(before.first_day),
            time: self.time.clone().unwrap_or(before.time),
            event: self.event.clone().unwrap_or(before.event),
            anchor: self.anchor.clone().unwrap_or(before.anchor),
            from_event: self.from_event.clone().unwrap_or(before.from_event),
            list: self.list.or(before.list),
            roles: self.roles.clone().unwrap_or(before.roles),
            variables: self.variables.clone().unwrap_or(before.variables),
        }
    }

    /// What stays as it was is no more than what the template still has: it may have changed since.
    fn let_go(&self, body: &mut TriggerBody, says: &Body) {
        let is_variable = |key: &String| says.variables.iter().any(|variable| variable.key == *key);
        if self.roles.is_none() {
            body.roles.retain(|key, _| says.roles.iter().any(|role| role.key == *key));
        }
        if self.variables.is_none() {
            body.variables.retain(|key, _| is_variable(key));
        }
        if self.from_event.is_none() {
            body.from_event.retain(|key, _| is_variable(key));
        }
    }
}

/// What can start templates: what happens in other modules that the organisation has turned on. What happens to tasks can't, since a template brings tasks.
///
/// # Errors
/// The database is busy.
pub async fn offers(tx: &mut OrgTx) -> Result<Vec<Offer>> {
    let on = rows::modules(tx).await?;
    let plans = tx.platform().plans();
    let terms = &tx.org().terms;
    let offered = MODULES
        .iter()
        .filter(|module| module.name() != super::MODULE.name())
        .filter(|module| on.iter().any(|(name,)| name == module.name()) && terms.has_module(plans, module.name()))
        .flat_map(|module| {
            let offer = move |event: &'static Event| Offer {
                module: module.title(),
                event,
                fields: module.event_fields(event.name),
            };
            module.events().iter().map(offer)
        });
    Ok(offered.collect())
}

/// The same for the API.
///
/// # Errors
/// 403 for who may not set up what starts templates.
pub async fn offered(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Offer>> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let all = offers(&mut tx).await?;
    tx.rollback().await?;
    Ok(all)
}

/// What starts a template by itself, as far as whoever asks sees where its tasks go.
///
/// # Errors
/// 404 for a template that isn't this organisation's.
pub async fn list(platform: &Platform, actor: &Actor, org: &str, template: &str) -> Result<Vec<Line>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let template = templates::find(&mut tx, template).await?;
    let lines = list_in(&mut tx, template.id).await?;
    tx.rollback().await?;
    Ok(lines)
}

/// The same inside a transaction.
///
/// # Errors
/// The database is busy.
pub async fn list_in(tx: &mut OrgTx, template: TemplateId) -> Result<Vec<Line>> {
    let lists: BTreeMap<ListId, String> =
        access::lists(tx).await?.into_iter().map(|list| (list.id, list.name)).collect();
    let zone = zone(&tx.org().zone)?;
    let all = rows::triggers(tx, Some(template)).await?;
    let seen = all.into_iter().filter_map(|row| {
        let list_name = lists.get(&row.list_id)?.clone();
        let next = row.next_at.map(|at| at.timestamp().to_zoned(zone.clone()));
        Some(Line {
            id: row.id,
            words: words(&row),
            list: row.list_id,
            list_name,
            next_at: row.next_at.map(|at| at.to_string()),
            next: next.map(|next| next.strftime("%A %-d %B %Y, %-I:%M %P").to_string()),
            kind: row.kind,
            paused: row.paused,
            version: row.version,
        })
    });
    Ok(seen.collect())
}

/// Has a template started by itself. With `key`, the same request again adds nothing and answers the same.
///
/// # Errors
/// 404 for a template, a list or a person that isn't there for whoever asks; 409 for one that was put away, and for a key that another request had; 422 at
/// each field that is wrong.
pub async fn add(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    template: &str,
    body: &TriggerBody,
    key: &str,
) -> Result<TriggerId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let template = templates::find(&mut tx, template).await?;
    let id = TriggerId::new(tx.now());
    let said = idempotency::said(template.id, body);
    if let Some(before) = again(&mut tx, "tasks.trigger", key, &said, id.0).await? {
        tx.rollback().await?;
        return Ok(TriggerId(before));
    }
    check_room(&mut tx, template.id).await?;
    let mut new = checked(&mut tx, &template, id, body).await?;
    new.next_at = begins(&tx, &new)?;
    rows::insert_trigger(&mut tx, &new).await?;
    if new.event.is_some() {
        rows::begin_cursor(&mut tx, new.since).await?;
    }
    finish(tx, "tasks.trigger_saved", id.0).await?;
    Ok(id)
}

/// One of them, as it was set up.
///
/// # Errors
/// 404 for one that isn't there for whoever asks.
pub async fn show(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Shown> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let shown = show_in(&mut tx, id).await?;
    tx.rollback().await?;
    Ok(shown)
}

/// The same inside a transaction.
///
/// # Errors
/// As [`show`].
pub async fn show_in(tx: &mut OrgTx, id: &str) -> Result<Shown> {
    let row = find(tx, id).await?;
    let body = said(tx, &row).await?;
    Ok(shown(row, body))
}

/// Changes what starts a template, or when, and for whom. One that is paused stays so. Where it waits for something else than before, what has happened up to
/// now doesn't count; otherwise what is due and isn't started yet is started as it is said now.
///
/// # Errors
/// 404 for one, a list or a person that isn't there for whoever asks; 409 where somebody else changed it since `version`, and for a template or a list that was
/// put away; 422 at each field that is wrong.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, patch: &TriggerPatch) -> Result<Shown> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let before = find(&mut tx, id).await?;
    let version = before.version;
    let meanwhile = || AppError::changed("this automatic start", version, Vec::new());
    if patch.version != version {
        return Err(meanwhile());
    }
    let now = said(&mut tx, &before).await?;
    let mut body = patch.applied(now.clone());
    if body == now {
        tx.rollback().await?;
        return Ok(shown(before, now));
    }
    let template = rows::template(&mut tx, before.template_id).await?.ok_or_else(templates::no_template)?;
    let says = templates::body_of(&mut tx, &template, None).await?;
    patch.let_go(&mut body, &says);
    let mut new = checked(&mut tx, &template, before.id, &body).await?;
    let days = |row: &TriggerRow| (row.rule.clone(), row.first_day.clone(), row.at_time.clone());
    let next = if days(&new) == days(&before) { before.next_at } else { begins(&tx, &new)? };
    new.next_at = next.filter(|_| before.paused.is_none());
    if new.event == before.event {
        new.since = before.since;
    } else {
        rows::delete_fires(&mut tx, before.id).await?;
    }
    // Whoever set it up goes on hearing of it.
    new.made_by_kind.clone_from(&before.made_by_kind);
    (new.made_by, new.version) = (before.made_by, version);
    new.paused.clone_from(&before.paused);
    if rows::update_trigger(&mut tx, &new).await? == 0 {
        return Err(meanwhile());
    }
    if new.event.is_some() {
        rows::begin_cursor(&mut tx, new.since).await?;
    } else {
        forget_cursor(&mut tx).await?;
    }
    new.version = new.version.saturating_add(1);
    let body = said(&mut tx, &new).await?;
    finish(tx, "tasks.trigger_saved", new.id.0).await?;
    Ok(shown(new, body))
}

/// Pauses one, or lets it go on: from what happens, and from the days that come, from then on. Whoever lets it go on is who it is started as.
///
/// # Errors
/// 404 for one that isn't there for whoever asks; to go on, as [`add`].
pub async fn switch(platform: &Platform, actor: &Actor, org: &str, id: &str, on: bool) -> Result<TemplateId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let row = find(&mut tx, id).await?;
    if row.paused.is_none() == on {
        tx.rollback().await?;
        return Ok(row.template_id);
    }
    if on {
        let template = rows::template(&mut tx, row.template_id).await?.ok_or_else(templates::no_template)?;
        let (today, _) = access::today(&tx)?;
        let (given, says) = (given(&mut tx, &row).await?, templates::body_of(&mut tx, &template, None).await?);
        let asked = Asked::of(today, Goes::To(row.list_id), given.tried(&says, today));
        runs::try_out(&mut tx, &template, &asked, true).await?;
        let zone = zone(&tx.org().zone)?;
        let next = first_at(&row, &zone, tx.now())?;
        let (since, by) = (tx.org().sequence, tx.doer());
        rows::resume(&mut tx, row.id, since, next, by).await?;
        if row.event.is_some() {
            rows::begin_cursor(&mut tx, since).await?;
        }
    } else {
        rows::pause(&mut tx, row.id, BY_HAND).await?;
        rows::delete_fires(&mut tx, row.id).await?;
    }
    finish(tx, "tasks.trigger_saved", row.id.0).await?;
    Ok(row.template_id)
}

/// Takes one away: it starts nothing any more, and what it started stays. Gives the act: undoing it brings it back.
///
/// # Errors
/// 404 for one that isn't there for whoever asks.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<(TemplateId, ActId)> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let row = find(&mut tx, id).await?;
    let act = acts::of_no_task(&mut tx, ACT).await?;
    rows::delete_fires(&mut tx, row.id).await?;
    rows::remove_trigger(&mut tx, row.id, act).await?;
    forget_cursor(&mut tx).await?;
    finish(tx, "tasks.trigger_removed", row.id.0).await?;
    Ok((row.template_id, act))
}

/// What an act took away that starts a template by itself. `None`: it is back, or gone for good.
///
/// # Errors
/// 404 for one whose template, or whose tasks, whoever asks doesn't see.
pub async fn taken_away_by(tx: &mut OrgTx, act: ActId) -> Result<Option<TriggerRow>> {
    let Some(row) = rows::trigger_removed_by(tx, act).await? else { return Ok(None) };
    access::list(tx, row.list_id).await.map_err(acts::unseen)?;
    templates::with_id(tx, row.template_id).await.map_err(acts::unseen)?;
    Ok(Some(row))
}

/// Brings back what an act took away, as it was: it starts its template from what happens, and on the days that come, from now on. One that was paused still
/// is, and so is one whose template was put away since. Whoever calls it undoes that act.
///
/// # Errors
/// As [`taken_away_by`]; 403 for who doesn't organise lists any more; 409 for what is gone for good, and where there is no room for another.
pub async fn put_back(tx: &mut OrgTx, act: ActId) -> Result<()> {
    let Some(row) = taken_away_by(tx, act).await? else {
        let words = "That automatic start is gone for good: with its template, or since it was deleted 30 days ago.";
        return Err(AppError::conflict(words));
    };
    access::check_organises(tx)?;
    check_room(tx, row.template_id).await?;
    let template = rows::template(tx, row.template_id).await?.ok_or_else(templates::no_template)?;
    let (zone, since) = (zone(&tx.org().zone)?, tx.org().sequence);
    let next = if row.paused.is_none() { first_at(&row, &zone, tx.now())? } else { None };
    rows::bring_trigger_back(tx, row.id, since, next).await?;
    if row.event.is_some() {
        rows::begin_cursor(tx, since).await?;
    }
    if template.archived {
        rows::pause(tx, row.id, PUT_AWAY).await?;
    }
    tx.emit("tasks.trigger_saved", row.id.0).await
}

/// Pauses all that starts a template, in a transaction that goes on, and tells who set them up.
///
/// # Errors
/// The database is busy.
pub async fn pause_all(tx: &mut OrgTx, template: TemplateId, why: &str) -> Result<()> {
    for row in rows::triggers(tx, Some(template)).await?.iter().filter(|row| row.paused.is_none()) {
        stop(tx, row, why).await?;
    }
    Ok(())
}

/// Forgets all that starts a template, in a transaction that goes on: the template goes.
///
/// # Errors
/// The database is busy.
pub async fn forget_all(tx: &mut OrgTx, template: TemplateId) -> Result<()> {
    rows::delete_fires_of(tx, template).await?;
    rows::delete_triggers(tx, template).await?;
    forget_cursor(tx).await
}

/// “Each Monday, at 8:00 am”; “An appointment is booked”.
pub fn words(row: &TriggerRow) -> String {
    if let (Some(rule), Some(time)) = (&row.rule, time_of(row)) {
        let days = Rule::parse(rule).map_or_else(|_| rule.clone(), |rule| rule.in_words());
        return format!("{days}, at {}", time.strftime("%-I:%M %P"));
    }
    let name = row.event.as_deref().unwrap_or_default();
    let event = MODULES.iter().flat_map(|module| module.events()).find(|event| event.name == name);
    event.map_or_else(|| "Something that doesn’t happen any more".to_owned(), |event| event.label.to_owned())
}

/// Where one's own words are sealed for.
pub fn place(id: TriggerId) -> Place {
    Place { table: "tasks_triggers", column: "given", row: id.0 }
}

/// Starts what is due, everywhere.
///
/// # Errors
/// The database is busy; what is due elsewhere is started all the same.
pub async fn run(platform: &Platform) -> Result<()> {
    let mut trouble = None;
    for org in due(platform).await? {
        if let Err(error) = of_one(platform, org).await {
            tracing::warn!(%error, %org, "a template isn’t started by itself; it is tried again");
            trouble = Some(error);
        }
    }
    trouble.map_or(Ok(()), Err)
}

/// Where something is to be done: events have come, one of them is to start something, or a time has come.
async fn due(platform: &Platform) -> Result<Vec<OrgId>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let now = platform.clock.now();
    let found = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT o.id FROM organisations AS o WHERE o.closes_at IS NULL AND o.suspended_at IS NULL
           AND EXISTS (SELECT 1 FROM org_modules AS u WHERE u.org_id = o.id AND u.module = 'tasks')
           AND (EXISTS (SELECT 1 FROM tasks_trigger_cursors AS c WHERE c.org_id = o.id AND c.sequence < o.sequence)
             OR EXISTS (SELECT 1 FROM tasks_fires AS f WHERE f.org_id = o.id)
             OR EXISTS (SELECT 1 FROM tasks_triggers AS t WHERE t.org_id = o.id AND t.next_at <= $1))
         ORDER BY o.id",
        now
    )?;
    tx.rollback().await?;
    Ok(found.into_iter().map(|(org,)| org).collect())
}

async fn of_one(platform: &Platform, org: OrgId) -> Result<()> {
    for _ in 0..TURNS {
        let more = follow(platform, org).await?;
        if !more {
            break;
        }
    }
    for _ in 0..TURNS {
        let more = Box::pin(fire(platform, org)).await?;
        if !more {
            break;
        }
    }
    for _ in 0..TURNS {
        let more = Box::pin(strike(platform, org)).await?;
        if !more {
            break;
        }
    }
    Ok(())
}

/// Opens an organisation that templates are started in; `None` where none is for now.
async fn opened(platform: &Platform, org: OrgId) -> Result<Option<OrgTx>> {
    let actor = Actor::System("templates are started by themselves");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::CHANGE, Access::Write).await {
        Ok(tx) if tx.org().closes_at.is_none() && tx.check_goes_on("nothing starts by itself").is_ok() => Ok(Some(tx)),
        Ok(tx) => {
            tx.rollback().await?;
            Ok(None)
        }
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks through what has happened, and notes what it is to start. `false`: there is no more.
async fn follow(platform: &Platform, org: OrgId) -> Result<bool> {
    let Some(mut tx) = opened(platform, org).await? else { return Ok(false) };
    let events = match rows::cursor(&mut tx).await? {
        Some(sequence) => rows::events_after(&mut tx, sequence, EVENTS).await?,
        None => Vec::new(),
    };
    let Some((last, ..)) = events.last() else {
        tx.rollback().await?;
        return Ok(false);
    };
    let (last, now, zone) = (*last, tx.now(), zone(&tx.org().zone)?);
    let all = rows::triggers(&mut tx, None).await?;
    for (sequence, kind, at) in &events {
        let waits = |row: &&TriggerRow| {
            row.paused.is_none() && row.event.as_deref() == Some(kind.as_str()) && row.since < *sequence
        };
        for row in all.iter().filter(waits) {
            let day = at.timestamp().to_zoned(zone.clone()).date().to_string();
            let new = FireRow { id: crate::ids::fresh(now), trigger_id: row.id, sequence: *sequence, day };
            rows::insert_fire(&mut tx, &new).await?;
        }
    }
    rows::move_cursor(&mut tx, last).await?;
    tx.commit().await?;
    Ok(i64::try_from(events.len()).is_ok_and(|count| count == EVENTS))
}

/// Starts the next template that something which happened is to start. `false`: there is none.
async fn fire(platform: &Platform, org: OrgId) -> Result<bool> {
    let Some(mut tx) = opened(platform, org).await? else { return Ok(false) };
    let Some(fire) = rows::first_fire(&mut tx).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    let row = rows::trigger(&mut tx, fire.trigger_id).await?.ok_or_else(AppError::internal)?;
    let day = fire.day.parse().map_err(|_| AppError::internal())?;
    rows::delete_fire(&mut tx, fire.id).await?;
    begin(platform, tx, &row, day, Some(fire.sequence)).await?;
    Ok(true)
}

/// Starts the next template whose time has come. `false`: there is none.
async fn strike(platform: &Platform, org: OrgId) -> Result<bool> {
    let Some(mut tx) = opened(platform, org).await? else { return Ok(false) };
    let Some(row) = rows::first_due(&mut tx).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    let (zone, now) = (zone(&tx.org().zone)?, tx.now());
    let due = row.next_at.unwrap_or(now);
    let day = due.timestamp().to_zoned(zone.clone()).date();
    rows::set_next(&mut tx, row.id, after(&row, &zone, day)?).await?;
    if due.plus_seconds(LATE_SECONDS) < now {
        tx.commit().await?;
        return Ok(true);
    }
    begin(platform, tx, &row, day, None).await?;
    Ok(true)
}

/// Starts a template of a day, in a transaction that is done with it. What can't be started pauses what would start it. `happened`: the place among events of
/// what starts it.
async fn begin(platform: &Platform, mut tx: OrgTx, row: &TriggerRow, day: Date, happened: Option<i64>) -> Result<()> {
    let org = tx.id();
    match start(&mut tx, row, day, happened).await {
        Ok(()) => tx.commit().await,
        Err(error) if error.code.is_refusal() => {
            tx.rollback().await?;
            let Some(mut tx) = opened(platform, org).await? else { return Ok(()) };
            // Whoever changed it meanwhile may have put that right: then it is tried again.
            let now = rows::trigger(&mut tx, row.id).await?;
            if now.is_some_and(|now| now.version == row.version) {
                stop(&mut tx, row, &why(&error)).await?;
            }
            tx.commit().await
        }
        Err(error) => Err(error),
    }
}

async fn start(tx: &mut OrgTx, row: &TriggerRow, day: Date, happened: Option<i64>) -> Result<()> {
    let template = rows::template(tx, row.template_id).await?.ok_or_else(templates::no_template)?;
    check_maker(tx, row, &template).await?;
    let since = tx.now().plus_seconds(-DAY_SECONDS);
    if rows::runs_of_trigger(tx, row.id, since).await? >= MOST_A_DAY {
        return Err(AppError::conflict(format!("It was started {MOST_A_DAY} times within 24 hours.")));
    }
    let asked = asked(tx, row, &template, day, happened).await?;
    let run = RunId::new(tx.now());
    Box::pin(runs::start_in(tx, &template, &asked, run, Some(row.id))).await?;
    Ok(())
}

/// Nothing is started for somebody who couldn't set it up themselves: who isn't there any more, organises no longer, or doesn't see the template, or where its
/// tasks go. What the platform itself set up has nobody who could lose that.
async fn check_maker(tx: &mut OrgTx, row: &TriggerRow, template: &TemplateRow) -> Result<()> {
    let list = store::list(tx, row.list_id).await?.ok_or_else(access::no_list)?;
    let mut spaces = access::spaces(tx).await?;
    spaces.retain(|space| space.id == list.space_id || Some(space.id) == template.space_id);
    let may = match (row.made_by_kind.as_str(), row.made_by) {
        ("member", Some(user)) => {
            let everybody = members::all(tx).await?;
            let mut may = everybody.iter().any(|member| member.user.0 == user && organises(member));
            for space in &spaces {
                may = may && lists::seers(tx, space, &everybody).await?.iter().any(|member| member.user.0 == user);
            }
            may
        }
        ("token", Some(token)) => rows::scopes_of(tx, TokenId(token)).await?.is_some_and(|scopes| {
            let has = |one: &Permission| scopes.split(' ').any(|scope| scope == one.name);
            let sees = spaces.iter().all(|space| space.seen_by != "team" || has(&permissions::SET_UP));
            sees && has(&permissions::ORGANISE)
        }),
        (kind, _) => kind == "system",
    };
    if may { Ok(()) } else { Err(AppError::conflict(MAKER_LOST)) }
}

/// May this member set up what starts templates, as far as their role and what they were given besides go?
fn organises(member: &Member) -> bool {
    let Permission { name, audience, .. } = permissions::ORGANISE;
    matches!(audience, Audience::Members(least) if member.role >= least)
        || member.grants.iter().any(|grant| grant == name)
}

/// One starts nothing any more: who set it up is told; if they have left, or can’t set it up any more, the owner.
async fn stop(tx: &mut OrgTx, row: &TriggerRow, why: &str) -> Result<()> {
    let why: String = why.chars().take(LONGEST_REASON).collect();
    if rows::pause(tx, row.id, &why).await? == 0 {
        return Ok(());
    }
    rows::delete_fires(tx, row.id).await?;
    tx.emit("tasks.trigger_paused", row.id.0).await?;
    let template = rows::template(tx, row.template_id).await?.map(|template| template.name).unwrap_or_default();
    let maker = row.made_by.filter(|_| row.made_by_kind == "member" && why != MAKER_LOST).map(UserId);
    let (everybody, me) = (members::all(tx).await?, tx.user());
    let owner = everybody.first();
    let told = maker.and_then(|maker| everybody.iter().find(|member| member.user == maker)).or(owner);
    let Some(told) = told.filter(|told| Some(told.user) != me) else { return Ok(()) };
    let platform = tx.platform().clone();
    let page = format!("{}/app/{}/tasks/templates/{}", platform.origin, tx.org().slug, row.template_id);
    let (said, is_theirs) = (words(row), maker == Some(told.user));
    let about = (said.as_str(), why.as_str(), is_theirs);
    let letter = letter(told.email.clone(), &told.name, &tx.org().name, &template, about, page);
    mail::queue(&platform, tx.platform_part(), "tasks.template_paused", &letter, None).await
}

/// What somebody reads of one that starts nothing any more: when it started, why it doesn’t, and whether they set it up.
fn letter(
    to: String,
    name: &str,
    org: &str,
    template: &str,
    (when, why, is_theirs): (&str, &str, bool),
    page: String,
) -> Letter {
    let what = if is_theirs {
        format!("You had the template “{template}” of {org} start automatically: {when}.")
    } else {
        format!("The template “{template}” of {org} was started automatically: {when}.")
    };
    Letter {
        to,
        subject: format!("A template of {org} no longer starts automatically"),
        paragraphs: vec![
            format!("Hello {name},"),
            format!("{what} That is paused, because it can’t be done as it is."),
            why.to_owned(),
            "Nothing was started by half. Once that is put right, resume it on the template’s page.".to_owned(),
        ],
        action: Some(("Look at the template".to_owned(), page)),
        closing: Vec::new(),
    }
}

/// The letter with example data, for the operator’s previews and the tests.
pub fn example(origin: &str) -> Example {
    let letter = letter(
        "priya@example.com.au".to_owned(),
        "Priya Raman",
        "Harbour Physio",
        "Clinic opening and closing",
        ("Each weekday, at 7:00 am", "This list is archived, so nothing in it can be changed. Restore it first.", true),
        format!("{origin}/app/harbour-physio/tasks/templates/01900000-0000-7000-8000-000000000000"),
    );
    Example { kind: LETTER.0, variant: "", letter }
}

/// 404 for what starts a template by itself.
pub fn gone() -> AppError {
    AppError::not_found("that schedule")
}

fn shown(row: TriggerRow, body: TriggerBody) -> Shown {
    Shown { id: row.id, template: row.template_id, version: row.version, paused: row.paused, body }
}

/// What one says, as it would be set up anew. Whoever has left since has no role in it any more.
async fn said(tx: &mut OrgTx, row: &TriggerRow) -> Result<TriggerBody> {
    let Given { mut roles, variables, anchor, from_event } = given(tx, row).await?;
    if !roles.is_empty() {
        let everybody = members::all(tx).await?;
        roles.retain(|_, user| everybody.iter().any(|member| member.user == *user));
    }
    Ok(TriggerBody {
        kind: row.kind.clone(),
        rule: row.rule.clone().unwrap_or_default(),
        first_day: row.first_day.clone().unwrap_or_default(),
        time: row.at_time.clone().unwrap_or_default(),
        event: row.event.clone().unwrap_or_default(),
        anchor,
        from_event,
        list: Some(row.list_id),
        roles,
        variables,
    })
}

async fn check_room(tx: &mut OrgTx, template: TemplateId) -> Result<()> {
    let all = rows::triggers(tx, None).await?;
    if all.len() >= MOST_OF_ALL || all.iter().filter(|other| other.template_id == template).count() >= MOST {
        return Err(AppError::conflict(format!("A template starts automatically in at most {MOST} ways.")));
    }
    Ok(())
}

/// Where nothing waits for what happens elsewhere any more, it isn't looked through.
async fn forget_cursor(tx: &mut OrgTx) -> Result<()> {
    if !rows::triggers(tx, None).await?.iter().any(|other| other.event.is_some()) {
        rows::delete_cursor(tx).await?;
    }
    Ok(())
}

async fn find(tx: &mut OrgTx, id: &str) -> Result<TriggerRow> {
    let id = id.parse::<TriggerId>().map_err(|_| gone())?;
    let row = rows::trigger(tx, id).await?.ok_or_else(gone)?;
    // Who doesn't see where the tasks go, or what they are made of, doesn't know of it.
    access::list(tx, row.list_id).await.map_err(|_| gone())?;
    templates::with_id(tx, row.template_id).await.map_err(|_| gone())?;
    Ok(row)
}

/// One that says this, held against the rules. When it starts is reckoned by [`begins`].
async fn checked(tx: &mut OrgTx, template: &TemplateRow, id: TriggerId, body: &TriggerBody) -> Result<TriggerRow> {
    let (today, _) = access::today(tx)?;
    let list = body.list.ok_or_else(|| AppError::field("list", "Choose a list."))?;
    let is_event = body.kind == "event";
    let given = Given {
        roles: body.roles.clone(),
        variables: body.variables.clone(),
        anchor: Some(body.anchor.trim()).filter(|_| is_event).unwrap_or_default().to_owned(),
        from_event: if is_event { body.from_event.clone() } else { BTreeMap::new() },
    };
    let says = templates::body_of(tx, template, None).await?;
    runs::try_out(tx, template, &Asked::of(today, Goes::To(list), given.tried(&says, today)), false).await?;
    let (keys, by) = (tx.keys().await?, tx.doer());
    let sealed = serde_json::to_string(&given).map_err(|_| AppError::internal())?;
    let mut new = TriggerRow {
        id,
        template_id: template.id,
        list_id: list,
        kind: body.kind.clone(),
        rule: None,
        first_day: None,
        at_time: None,
        event: None,
        since: tx.org().sequence,
        given: keys.seal(place(id), &sealed),
        next_at: None,
        paused: None,
        made_by_kind: by.kind.to_owned(),
        made_by: by.id,
        version: 1,
    };
    let mut errors = FieldErrors::default();
    match body.kind.as_str() {
        "schedule" => {
            let rule = errors.take::<Option<Rule>>("rule", Rule::parse(&body.rule).map(Some));
            let first = match body.first_day.trim() {
                "" => Some(today),
                text => day_typed(text),
            };
            if first.is_none() {
                errors.add("first_day", "Use a date such as 2026-11-27 or 27/11/2026.");
            }
            let time = Time::strptime("%H:%M", body.time.trim()).ok();
            if time.is_none() {
                errors.add("time", "Use a time such as 08:00.");
            }
            new.rule = rule.map(|rule| rule.show());
            new.first_day = first.map(|day| day.to_string());
            new.at_time = time.map(|time| time.strftime("%H:%M").to_string());
        }
        "event" => {
            match offers(tx).await?.into_iter().find(|offer| offer.event.name == body.event) {
                Some(offer) => check_said(&given, &says, offer.fields, &mut errors),
                None => {
                    errors.add("event", "Choose something that happens in another part of Devalo that is turned on.");
                }
            }
            new.event = Some(body.event.clone());
        }
        _ => errors.add("kind", "Choose a schedule, or something that happens."),
    }
    errors.finish()?;
    Ok(new)
}

/// When one starts for the first time from now on; `None`: it waits for what happens.
fn begins(tx: &OrgTx, new: &TriggerRow) -> Result<Option<Instant>> {
    let next = first_at(new, &zone(&tx.org().zone)?, tx.now())?;
    if new.rule.is_some() && next.is_none() {
        return Err(AppError::field("rule", "None of its days is still to come. Choose other days."));
    }
    Ok(next)
}

/// What is to be taken from an event is something that it says, and goes where it is to be filled in.
fn check_said(given: &Given, says: &Body, fields: &[EventField], errors: &mut FieldErrors) {
    let field = |name: &str| fields.iter().find(|field| field.name == name);
    if !given.anchor.is_empty() && field(&given.anchor).is_none_or(|field| field.kind != FieldKind::Day) {
        errors.add("anchor", "What happens doesn’t say such a day. Choose the day on which it happens.");
    }
    if given.from_event.len() > MOST_NAMED {
        errors.add("from_event", "Name what is filled in by its key in the template.");
        return;
    }
    for (key, name) in &given.from_event {
        let at = format!("from_event.{key}");
        let variable = says.variables.iter().find(|variable| variable.key == *key);
        match (variable.map(|variable| variable.kind), field(name).map(|field| field.kind)) {
            (None, _) => errors.add(&at, "The template has nothing of that name to fill in."),
            (_, None) => errors.add(&at, "What happens doesn’t say that. Choose something else, or type it."),
            (Some(VariableKind::Date), Some(kind)) if kind != FieldKind::Day => {
                errors.add(&at, "A date is filled in here. Choose a day, or type it.");
            }
            (Some(VariableKind::Number), Some(kind)) if kind != FieldKind::Number => {
                errors.add(&at, "A number is filled in here. Choose a number, or type it.");
            }
            _ => {}
        }
    }
}

impl Given {
    /// What is chosen, with something in place of what an event fills in.
    fn tried(&self, says: &Body, today: Date) -> Chosen {
        let mut variables = self.variables.clone();
        for variable in says.variables.iter().filter(|variable| self.from_event.contains_key(&variable.key)) {
            let value = variables.entry(variable.key.clone()).or_default();
            if value.trim().is_empty() {
                *value = match variable.kind {
                    VariableKind::Date => today.to_string(),
                    VariableKind::Number => "1".to_owned(),
                    VariableKind::Text => "…".to_owned(),
                };
            }
        }
        Chosen { roles: self.roles.clone(), variables }
    }
}

/// What it starts, on a day, with what the event says that starts it.
async fn asked(
    tx: &mut OrgTx,
    row: &TriggerRow,
    template: &TemplateRow,
    day: Date,
    happened: Option<i64>,
) -> Result<Asked> {
    let Given { roles, variables, anchor, from_event } = given(tx, row).await?;
    let mut asked = Asked::of(day, Goes::To(row.list_id), Chosen { roles, variables });
    if anchor.is_empty() && from_event.is_empty() {
        return Ok(asked);
    }
    let (fields, said) = heard(tx, row, happened).await?;
    let says = templates::body_of(tx, template, None).await?;
    match said.get(anchor.as_str()).and_then(|day| day.parse::<Date>().ok()) {
        Some(day) => asked.anchor = day,
        None if anchor.is_empty() => {}
        None => asked.warnings.push(
            "What started it isn’t there any more, so days are counted from the one on which it happened.".to_owned(),
        ),
    }
    for (key, name) in &from_event {
        // The template may have changed since.
        let Some(variable) = says.variables.iter().find(|variable| variable.key == *key) else { continue };
        let Some(words) = said.get(name.as_str()) else {
            asked.warnings.push(format!("What started it doesn’t say any more what goes into “{}”.", variable.name));
            continue;
        };
        let is_day = fields.iter().any(|field| field.name == name && field.kind == FieldKind::Day);
        let day = words.parse::<Date>().ok().filter(|_| is_day && variable.kind == VariableKind::Text);
        let words = day.map_or_else(|| words.clone(), |day| day.strftime("%A %-d %B %Y").to_string());
        asked.chosen.variables.insert(key.clone(), words.chars().take(LONGEST_VALUE).collect());
    }
    Ok(asked)
}

/// What the event says that starts it, as it is now, and in which fields. Of what isn't there any more, nothing.
async fn heard(
    tx: &mut OrgTx,
    row: &TriggerRow,
    happened: Option<i64>,
) -> Result<(&'static [EventField], BTreeMap<&'static str, String>)> {
    let name = row.event.as_deref().unwrap_or_default();
    let nothing: &'static [EventField] = &[];
    let (Some((module, event)), Some(happened)) = (source(name), happened) else {
        return Ok((nothing, BTreeMap::new()));
    };
    let said = match rows::subject_of_event(tx, happened, event).await? {
        Some(subject) => module.event_values(tx, event, subject).await?,
        None => BTreeMap::new(),
    };
    Ok((module.event_fields(event), said))
}

/// The module that says this event.
fn source(event: &str) -> Option<(&'static dyn Module, &'static str)> {
    MODULES.iter().find_map(|module| {
        let event = module.events().iter().find(|one| one.name == event)?;
        Some((*module, event.name))
    })
}

/// What one is set up with.
async fn given(tx: &mut OrgTx, row: &TriggerRow) -> Result<Given> {
    let keys = tx.keys().await?;
    let text = access::text(&keys, place(row.id), &row.given)?;
    serde_json::from_str(&text).map_err(|_| AppError::internal())
}

/// When a schedule starts for the first time after an instant; `None`: it is over, or isn't one.
fn first_at(row: &TriggerRow, zone: &TimeZone, now: Instant) -> Result<Option<Instant>> {
    let today = now.timestamp().to_zoned(zone.clone()).date();
    let mut next = after(row, zone, today.yesterday().unwrap_or(today))?;
    // Today's time may be over.
    if next.is_some_and(|next| next <= now) {
        next = after(row, zone, today)?;
    }
    Ok(next)
}

/// When it starts on the first of its days after this one. What the clock leaves out is the moment after, and 9:00 stays 9:00.
fn after(row: &TriggerRow, zone: &TimeZone, day: Date) -> Result<Option<Instant>> {
    let (Some(rule), Some(first), Some(time)) = (&row.rule, &row.first_day, time_of(row)) else { return Ok(None) };
    let unreadable = |_| {
        tracing::error!(trigger = %row.id, "when a template is started can’t be read");
        AppError::internal()
    };
    let rule = Rule::parse(rule).map_err(unreadable)?;
    let first: Date = first.parse().map_err(|_| AppError::internal())?;
    let Some(next) = rule.next(day, first) else { return Ok(None) };
    let at = zone.to_ambiguous_zoned(next.to_datetime(time)).compatible().map_err(|_| AppError::internal())?;
    Ok(Some(Instant::from_timestamp(at.timestamp())))
}

fn time_of(row: &TriggerRow) -> Option<Time> {
    Time::strptime("%H:%M", row.at_time.as_deref()?).ok()
}

/// Why something can't be started, in a line.
fn why(error: &AppError) -> String {
    match error.code {
        Code::NotFound => "Its template, its list or something else that it needs isn’t there any more.".to_owned(),
        _ if error.fields.is_empty() => error.message.clone(),
        _ => error.fields.iter().map(|field| field.message.as_str()).collect::<Vec<_>>().join(" "),
    }
}
