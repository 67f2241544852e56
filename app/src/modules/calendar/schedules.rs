//! Named schedules: the hours of a school term, of a summer, of a shop. People and services keep them, many of them one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ids::{ScheduleId, ServiceId, StaffId, WindowId},
    options::ServiceOptions,
    permissions,
    setup::{self, SpanBody, finish, open},
    store::{self, Schedule, Share, Staff, Window},
};
use crate::{
    db::Access,
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::check_name,
};

/// An organisation has at most so many.
pub const MOST: usize = 50;

/// A named schedule, as an admin sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleBody {
    /// Its name: “School term”.
    pub name: String,
    /// Whoever is new begins with it. At most one is; another that was isn't any more.
    #[serde(default)]
    pub is_default: bool,
    /// To change one: the version that was read. It is refused if it has changed since.
    #[serde(default)]
    pub version: Option<i64>,
}

/// Somebody's share of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareBody {
    /// Who, of those on the service.
    pub staff: StaffId,
    /// Where the rule is priority: the greater the sooner, 0 to 100.
    #[serde(default)]
    pub priority: i64,
    /// Where the rule is turns: how large a share they get, 1 to 1000; 100 is an ordinary one.
    #[serde(default = "ordinary")]
    pub weight: i64,
    /// The named schedule that they keep for this service; absent: their usual hours.
    #[serde(default)]
    pub schedule: Option<ScheduleId>,
}

/// A named schedule with all that is in it, and who and what keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// It.
    pub schedule: Schedule,
    /// Weekly hours, in order.
    pub hours: Vec<Window>,
    /// Dates from today on with their windows; none: closed.
    pub dates: Vec<(String, Vec<SpanBody>)>,
    /// Those whose usual hours it is.
    pub people: Vec<(StaffId, String)>,
    /// Services that can be booked within it alone.
    pub services: Vec<(ServiceId, String)>,
    /// Those who keep it for one service: that, and who.
    pub for_one: Vec<(String, String)>,
    /// Today on the business's clock.
    pub today: jiff::civil::Date,
    /// The business's zone.
    pub zone: String,
}

impl Kept {
    /// Who and what keeps it: "Tom and Priya; “Massage”"; empty: nobody, and nothing.
    pub fn users(&self) -> String {
        let mut users: Vec<String> = self.people.iter().map(|(_, name)| name.clone()).collect();
        users.extend(self.services.iter().map(|(_, name)| format!("“{name}”")));
        users.extend(self.for_one.iter().map(|(service, who)| format!("{who} for “{service}”")));
        users.join(", ")
    }
}

/// All of them.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Kept>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let all = read(&mut tx).await?;
    tx.rollback().await?;
    Ok(all)
}

/// One of them.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for one that isn't this organisation's, or is somebody's own hours.
pub async fn one(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Kept> {
    let all = all(platform, actor, org).await?;
    all.into_iter().find(|kept| kept.schedule.id.to_string() == id).ok_or_else(gone)
}

/// Adds one, with the weekly hours of another (`like`: a named one, or somebody's), or without any.
///
/// # Errors
/// 422 at `name`, and at `like` for what isn't this organisation's.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, name: &str, like: &str) -> Result<ScheduleId> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::schedules(&mut tx).await?;
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(name));
    if has_name(&existing, &name, None) {
        errors.add("name", there_is(&name));
    } else if existing.len() >= MOST {
        errors.add("name", format!("There is room for {MOST} schedules. Please delete one first."));
    }
    let like = match like.trim() {
        "" => None,
        like => {
            let found = source(&mut tx, &existing, like).await?;
            if found.is_none() {
                errors.add("like", "Choose hours of this organisation.");
            }
            found
        }
    };
    errors.finish()?;
    let id = ScheduleId::new(tx.now());
    store::insert_schedule(&mut tx, id, &name).await?;
    if let Some(like) = like {
        for window in store::hours_of_schedule(&mut tx, like).await? {
            let own = WindowId::new(tx.now());
            store::insert_hours(&mut tx, own, id, window).await?;
        }
    }
    finish(tx, "calendar.schedule_saved", id.0).await?;
    Ok(id)
}

/// Changes the name of one, or whether whoever is new begins with it.
///
/// # Errors
/// 422 at `name`; 404 for one that isn't this organisation's; 409 where somebody else changed it since `version`, with what holds now.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &ScheduleBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::schedules(&mut tx).await?;
    let now = existing.iter().find(|one| one.id.to_string() == id).ok_or_else(gone)?;
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(&body.name));
    if body.version.is_none() {
        errors.add("version", "Send the version that you read.");
    }
    errors.finish()?;
    let new = Schedule { id: now.id, name, is_default: body.is_default, version: body.version.unwrap_or(0) };
    if new.version != now.version {
        let mut fields = FieldErrors::default();
        if now.name != new.name {
            fields.add("name", format!("It is “{}” now.", now.name));
        }
        if now.is_default != new.is_default {
            let words =
                if now.is_default { "New people begin with it now." } else { "New people don’t begin with it now." };
            fields.add("is_default", words);
        }
        return Err(AppError::changed("this schedule", now.version, fields.into_fields()));
    }
    if has_name(&existing, &new.name, Some(now.id)) {
        return Err(AppError::field("name", there_is(&new.name)));
    }
    if new.is_default {
        store::clear_default(&mut tx, new.id).await?;
    }
    if store::update_schedule(&mut tx, &new).await? == 0 {
        return Err(AppError::conflict("Somebody else changed this meanwhile. Please look at it again."));
    }
    finish(tx, "calendar.schedule_saved", new.id.0).await
}

/// Takes one away.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 while anybody or any service keeps it, with who and what.
pub async fn delete(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let kept = read(&mut tx).await?.into_iter().find(|kept| kept.schedule.id.to_string() == id).ok_or_else(gone)?;
    let users = kept.users();
    if !users.is_empty() {
        return Err(AppError::conflict(format!(
            "“{}” is kept by {users}. Give them other hours first.",
            kept.schedule.name
        )));
    }
    store::delete_schedule(&mut tx, kept.schedule.id).await?;
    finish(tx, "calendar.schedule_deleted", kept.schedule.id.0).await
}

/// Says which named schedule is somebody's usual hours; `None`: their own hours, which are as they left them.
///
/// # Errors
/// 404 for somebody who isn't this organisation's; 422 at `schedule` for one that isn't.
pub async fn keep(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    staff: StaffId,
    schedule: Option<ScheduleId>,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let everybody = store::staff(&mut tx).await?;
    everybody.iter().find(|member| member.id == staff).ok_or_else(|| AppError::not_found("that person"))?;
    let schedule = match schedule {
        None => ScheduleId(staff.0),
        Some(id) => named(&mut tx, id).await?.id,
    };
    store::keep_schedule(&mut tx, staff, schedule).await?;
    finish(tx, "calendar.hours_saved", staff.0).await
}

/// Says within which named schedule alone a service can be booked; `None`: whenever its people work.
///
/// # Errors
/// 404 for a service that isn't this organisation's; 422 at `schedule` for one that isn't; 409 where somebody else changed the
/// service since `version`.
pub async fn keep_for_service(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    service: ServiceId,
    version: i64,
    schedule: Option<ScheduleId>,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let now = store::service(&mut tx, service).await?.ok_or_else(|| AppError::not_found("that service"))?;
    if let Some(id) = schedule {
        named(&mut tx, id).await?;
    }
    if now.version != version {
        let all = store::schedules(&mut tx).await?;
        let kept = store::schedules_of_services(&mut tx).await?.into_iter().find(|(id, _)| *id == service);
        let name = kept.and_then(|(_, id)| all.into_iter().find(|one| one.id == id)).map(|one| one.name);
        let mut fields = FieldErrors::default();
        if kept.map(|(_, id)| id) != schedule {
            fields.add(
                "schedule",
                name.map_or_else(
                    || "It has no hours of its own now.".to_owned(),
                    |name| format!("It is “{name}” now."),
                ),
            );
        }
        return Err(AppError::changed("this service", now.version, fields.into_fields()));
    }
    setup::may_change(&tx, &ServiceOptions::read(&now.options)?)?;
    store::touch_service(&mut tx, service, version).await?;
    store::set_service_schedule(&mut tx, service, schedule).await?;
    finish(tx, "calendar.service_saved", service.0).await
}

/// Those on a service with their shares of it, in the business's order.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a service that isn't this organisation's.
pub async fn shares(platform: &Platform, actor: &Actor, org: &str, service: ServiceId) -> Result<Vec<(Staff, Share)>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    store::service(&mut tx, service).await?.ok_or_else(|| AppError::not_found("that service"))?;
    let everybody = store::staff(&mut tx).await?;
    let shares = store::shares(&mut tx, service).await?;
    tx.rollback().await?;
    let with = |member: Staff| {
        let share = shares.iter().find(|share| share.staff_id == member.id).copied()?;
        Some((member, share))
    };
    Ok(everybody.into_iter().filter_map(with).collect())
}

/// Changes the shares of those on a service who are named; the others keep theirs. A refusal names the row: `shares.0.weight`.
///
/// # Errors
/// 422 at each field that is wrong, and for who isn't on the service; 404 for a service that isn't this organisation's; 409 where
/// somebody else changed the service since `version`.
pub async fn set_shares(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    service: ServiceId,
    version: i64,
    shares: &[ShareBody],
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let now = store::service(&mut tx, service).await?.ok_or_else(|| AppError::not_found("that service"))?;
    let named: Vec<ScheduleId> = store::schedules(&mut tx).await?.into_iter().map(|one| one.id).collect();
    let there = store::shares(&mut tx, service).await?;
    let mut errors = FieldErrors::default();
    for (row, share) in shares.iter().enumerate() {
        let field = |name: &str| format!("shares.{row}.{name}");
        if !there.iter().any(|one| one.staff_id == share.staff) {
            errors.add(&field("staff"), "Choose people who are on this service.");
        }
        if !(0..=100).contains(&share.priority) {
            errors.add(&field("priority"), "Enter a number from 0 to 100.");
        }
        if !(1..=1000).contains(&share.weight) {
            errors.add(&field("weight"), "Enter a number from 1 to 1,000; 100 is an ordinary share.");
        }
        if share.schedule.is_some_and(|id| !named.contains(&id)) {
            errors.add(&field("schedule"), "Choose a schedule of this organisation.");
        }
    }
    errors.finish()?;
    if now.version != version {
        let mut fields = FieldErrors::default();
        for (row, share) in shares.iter().enumerate() {
            let Some(now) = there.iter().find(|one| one.staff_id == share.staff) else { continue };
            if now.priority != share.priority {
                fields.add(&format!("shares.{row}.priority"), format!("It is {} now.", now.priority));
            }
            if now.weight != share.weight {
                fields.add(&format!("shares.{row}.weight"), format!("It is {} now.", now.weight));
            }
        }
        return Err(AppError::changed("this service", now.version, fields.into_fields()));
    }
    setup::may_change(&tx, &ServiceOptions::read(&now.options)?)?;
    store::touch_service(&mut tx, service, version).await?;
    for ShareBody { staff, priority, weight, schedule } in shares.iter().copied() {
        let share = Share { staff_id: staff, priority, weight, schedule_id: schedule };
        store::set_share(&mut tx, service, share).await?;
    }
    finish(tx, "calendar.service_saved", service.0).await
}

/// A named schedule of this organisation.
///
/// # Errors
/// 422 at `schedule` for one that isn't.
async fn named(tx: &mut OrgTx, id: ScheduleId) -> Result<Schedule> {
    let found = store::schedules(tx).await?.into_iter().find(|one| one.id == id);
    found.ok_or_else(|| AppError::field("schedule", "Choose a schedule of this organisation."))
}

/// The hours that are to be copied: a named schedule's, or those that somebody keeps.
async fn source(tx: &mut OrgTx, named: &[Schedule], like: &str) -> Result<Option<ScheduleId>> {
    if let Some(found) = named.iter().find(|one| one.id.to_string() == like) {
        return Ok(Some(found.id));
    }
    match like.parse::<StaffId>() {
        Ok(staff) => Ok(store::schedule_of(tx, staff).await?),
        Err(_) => Ok(None),
    }
}

async fn read(tx: &mut OrgTx) -> Result<Vec<Kept>> {
    let zone = tx.org().zone.clone();
    let tz = super::availability::zone(&zone)?;
    let today = tx.now().timestamp().to_zoned(tz).date();
    let staff = store::staff(tx).await?;
    let services = store::services(tx).await?;
    let of_staff = store::schedules_of_staff(tx).await?;
    let of_services = store::schedules_of_services(tx).await?;
    let of_shares = store::schedules_of_shares(tx).await?;
    let hours = store::hours_of_schedules(tx).await?;
    let overrides = store::overrides_of_schedules(tx, &today.to_string()).await?;
    let name_of = |id: StaffId| staff.iter().find(|one| one.id == id).map(|one| one.name.clone()).unwrap_or_default();
    let service_named =
        |id: ServiceId| services.iter().find(|one| one.id == id).map(|one| one.name.clone()).unwrap_or_default();
    let mut all = Vec::new();
    for schedule in store::schedules(tx).await? {
        let id = schedule.id;
        let of = |(who, kept): &(StaffId, ScheduleId)| (*kept == id).then(|| (*who, name_of(*who)));
        let within = |(what, kept): &(ServiceId, ScheduleId)| (*kept == id).then(|| (*what, service_named(*what)));
        let for_one = |(what, who, kept): &(ServiceId, StaffId, ScheduleId)| {
            (*kept == id).then(|| (service_named(*what), name_of(*who)))
        };
        all.push(Kept {
            hours: hours.iter().filter(|(of, _)| *of == id).map(|(_, window)| *window).collect(),
            dates: dates(overrides.iter().filter(|(of, ..)| *of == id)),
            people: of_staff.iter().filter_map(of).collect(),
            services: of_services.iter().filter_map(within).collect(),
            for_one: of_shares.iter().filter_map(for_one).collect(),
            today,
            zone: zone.clone(),
            schedule,
        });
    }
    Ok(all)
}

/// Rows of a date each, together under their dates.
fn dates<'o>(
    rows: impl Iterator<Item = &'o (ScheduleId, String, Option<i64>, Option<i64>)>,
) -> Vec<(String, Vec<SpanBody>)> {
    let mut dates: Vec<(String, Vec<SpanBody>)> = Vec::new();
    for (_, date, start, end) in rows {
        if dates.last().is_none_or(|(last, _)| last != date) {
            dates.push((date.clone(), Vec::new()));
        }
        if let (Some(start_minute), Some(end_minute), Some((_, windows))) = (*start, *end, dates.last_mut()) {
            windows.push(SpanBody { start_minute, end_minute });
        }
    }
    dates
}

fn has_name(existing: &[Schedule], name: &str, but: Option<ScheduleId>) -> bool {
    existing.iter().any(|one| Some(one.id) != but && one.name.to_lowercase() == name.to_lowercase())
}

fn there_is(name: &str) -> String {
    format!("There is a schedule “{name}” already. Give it another name.")
}

fn gone() -> AppError {
    AppError::not_found("that schedule")
}

fn ordinary() -> i64 {
    100
}
