//! Setting up services, staff and hours: the rules, in order.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ids::{ScheduleId, ServiceId, StaffId, WindowId},
    options::{ServiceOptions, StaffOptions},
    permissions,
    public_pages::RESERVED,
    rooms,
    setup_forms::TypedPerson,
    setup_views::spans,
    setup_wire::DAYS,
    store::{self, Service, Staff, Window},
    typed,
};
use crate::{
    db::{Access, DbError},
    error::{AppError, Code, FieldError, FieldErrors, Result},
    names,
    org::{Actor, OrgRef, OrgTx, Role},
    platform::Platform,
    web::{check_name, is_text},
};

/// The most stretches that a week may have.
pub const MOST_WINDOWS: usize = 100;
/// The most stretches that a date may have.
pub const MOST_WINDOWS_OF_A_DATE: usize = 20;

/// A service, as an admin sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceBody {
    /// The word in its address: small letters, digits and hyphens.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What a client should know.
    #[serde(default)]
    pub description: String,
    /// How long it takes, 5 to 1440.
    pub duration_minutes: i64,
    /// Every how many minutes one may start, 5 to 1440.
    pub interval_minutes: i64,
    /// Kept free before, 0 to 480.
    #[serde(default)]
    pub buffer_before_minutes: i64,
    /// Kept free after, 0 to 480.
    #[serde(default)]
    pub buffer_after_minutes: i64,
    /// How long before its start it must be booked.
    #[serde(default)]
    pub min_notice_minutes: i64,
    /// How many days ahead it can be booked, 1 to 365.
    pub window_days: i64,
    /// Price in cents, including GST.
    #[serde(default)]
    pub price_cents: i64,
    /// Shown and bookable.
    #[serde(default = "yes")]
    pub active: bool,
    /// Its place in lists; where it is, or the last, if absent.
    #[serde(default)]
    pub position: Option<i64>,
    /// Who can be booked for it.
    #[serde(default)]
    pub staff: Vec<StaffId>,
    /// What it is set to beyond that; as it is, if absent.
    #[serde(default)]
    pub options: Option<ServiceOptions>,
    /// To change one: the version that was read. It is refused if the service has changed since.
    #[serde(default)]
    pub version: Option<i64>,
}

impl ServiceBody {
    /// A service as it is; its options stay as they are.
    pub fn of(service: Service, staff: Vec<StaffId>) -> Self {
        Self {
            slug: service.slug,
            name: service.name,
            description: service.description,
            duration_minutes: service.duration_minutes,
            interval_minutes: service.interval_minutes,
            buffer_before_minutes: service.buffer_before_minutes,
            buffer_after_minutes: service.buffer_after_minutes,
            min_notice_minutes: service.min_notice_minutes,
            window_days: service.window_days,
            price_cents: service.price_cents,
            active: service.active,
            position: Some(service.position),
            staff,
            options: None,
            version: Some(service.version),
        }
    }
}

/// Somebody who can be booked, as an admin sets them up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffBody {
    /// The name shown to clients.
    pub name: String,
    /// Can be booked.
    #[serde(default = "yes")]
    pub active: bool,
    /// What they are set to beyond that; as it is, if absent.
    #[serde(default)]
    pub options: Option<StaffOptions>,
}

/// A window of weekly hours on the business's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowBody {
    /// 0 is Sunday, 6 is Saturday.
    pub weekday: i64,
    /// Minutes after midnight, 0 to 1439.
    pub start_minute: i64,
    /// Minutes after midnight, up to 1440, the next midnight.
    pub end_minute: i64,
}

/// What holds on one date in place of the weekly hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DateBody {
    /// The windows of that date; none: closed.
    pub windows: Vec<SpanBody>,
}

/// A stretch of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpanBody {
    /// Minutes after midnight, 0 to 1439.
    pub start_minute: i64,
    /// Minutes after midnight, up to 1440.
    pub end_minute: i64,
}

/// Who, or what, has hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// Somebody, who keeps their own.
    Person(StaffId),
    /// A named schedule.
    Schedule(ScheduleId),
}

impl Keeper {
    /// Their schedule.
    async fn schedule(self, tx: &mut OrgTx) -> Result<ScheduleId> {
        let named = store::schedules(tx).await?;
        match self {
            Self::Schedule(id) => {
                let found = named.into_iter().find(|one| one.id == id);
                found.map(|one| one.id).ok_or_else(|| AppError::not_found("that schedule"))
            }
            Self::Person(staff) => {
                let kept = store::schedule_of(tx, staff).await?.ok_or_else(|| AppError::not_found("that person"))?;
                match named.into_iter().find(|one| one.id == kept) {
                    None => Ok(kept),
                    Some(one) => Err(AppError::conflict(format!(
                        "They keep “{}”, which others may keep, too. Change it there, or give them hours of their own first.",
                        one.name
                    ))),
                }
            }
        }
    }

    /// What is told of a change of its hours, and about whom.
    const fn told(self) -> (&'static str, uuid::Uuid) {
        match self {
            Self::Person(staff) => ("calendar.hours_saved", staff.0),
            Self::Schedule(schedule) => ("calendar.schedule_saved", schedule.0),
        }
    }
}

impl From<StaffId> for Keeper {
    fn from(staff: StaffId) -> Self {
        Self::Person(staff)
    }
}

/// Makes a service (`id` none) or changes one. Appointments already made keep their times and prices.
///
/// # Errors
/// 422 at each field that is wrong; 404 for a service or staff member that isn't this organisation's; 403 for who is no admin, where only
/// admins change it; 409 for an address that another service has, and where somebody else changed the service since `version`, with what holds now.
pub async fn save_service(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: Option<ServiceId>,
    body: &ServiceBody,
) -> Result<ServiceId> {
    check_service(body)?;
    let mut tx = open(platform, actor, org).await?;
    if id.is_some() && body.version.is_none() {
        return Err(AppError::field("version", "Send the version that you read."));
    }
    let existing = store::services(&mut tx).await?;
    let current = id
        .map(|id| existing.iter().find(|service| service.id == id).ok_or_else(|| AppError::not_found("that service")))
        .transpose()?;
    let was = current.map(|current| ServiceOptions::read(&current.options)).transpose()?.unwrap_or_default();
    may_change(&tx, &was)?;
    let wanted = body.options.clone().map(|options| ServiceOptions { picture: was.picture, ..options });
    may_change(&tx, wanted.as_ref().unwrap_or(&was))?;
    let last = existing.iter().map(|service| service.position + 1).max().unwrap_or(0);
    let service = Service {
        id: id.unwrap_or_else(|| ServiceId::new(tx.now())),
        slug: body.slug.clone(),
        name: names::composed(&body.name),
        description: body.description.trim().to_owned(),
        duration_minutes: body.duration_minutes,
        interval_minutes: body.interval_minutes,
        buffer_before_minutes: body.buffer_before_minutes,
        buffer_after_minutes: body.buffer_after_minutes,
        min_notice_minutes: body.min_notice_minutes,
        window_days: body.window_days,
        price_cents: body.price_cents,
        currency: "AUD".to_owned(),
        active: body.active,
        position: body.position.or(current.map(|current| current.position)).unwrap_or(last),
        version: body.version.unwrap_or(1),
        options: match &wanted {
            Some(options) => options.stored(),
            None => current.map_or_else(|| "{}".to_owned(), |current| current.options.clone()),
        },
    };
    // Before the address is looked at: the one that is wanted may be taken by the very change that came first.
    if current.is_some_and(|current| current.version != service.version) {
        return Err(changed_meanwhile(&mut tx, &service, &body.staff).await);
    }
    let stored = match id {
        None => store::insert_service(&mut tx, &service).await,
        Some(_) => store::update_service(&mut tx, &service).await,
    };
    match stored {
        Ok(0) => return Err(changed_meanwhile(&mut tx, &service, &body.staff).await),
        Ok(_) => {}
        Err(DbError::Unique) => {
            let message = "Another service has that address. Please choose another.";
            let fields = vec![FieldError { field: "slug".to_owned(), message: message.to_owned() }];
            return Err(AppError { fields, ..AppError::conflict(message) });
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(wanted) = wanted.filter(|wanted| wanted.needs != was.needs) {
        rooms::fit(&mut tx, service.id, &wanted.needs).await?;
    }
    // Whoever stays on it keeps their hours for it, their priority and their share.
    for (other, staff) in store::assignments(&mut tx).await? {
        if other == service.id && !body.staff.contains(&staff) {
            store::take_off(&mut tx, service.id, staff).await?;
        }
    }
    for staff in &body.staff {
        match store::assign_staff(&mut tx, service.id, *staff).await {
            Err(DbError::Missing) => return Err(AppError::field("staff", "Choose people of this organisation.")),
            other => other?,
        };
    }
    finish(tx, "calendar.service_saved", service.id.0).await?;
    Ok(service.id)
}

/// A service that is managed is changed, and made so, by admins alone: not by whoever may set up services beyond their role.
///
/// # Errors
/// 403 for anybody else.
pub(super) fn may_change(tx: &OrgTx, options: &ServiceOptions) -> Result<()> {
    if options.managed && tx.role().is_some_and(|role| role < Role::Admin) {
        return Err(AppError::new(Code::Forbidden, "Only admins change this service. Please ask one of them."));
    }
    Ok(())
}

/// Moves a service up (`earlier`) or down by one within its category. At the end it stays where it is.
///
/// # Errors
/// 404 for a service that isn't this organisation's.
pub async fn move_service(platform: &Platform, actor: &Actor, org: &str, id: ServiceId, earlier: bool) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let mut groups = by_category(store::services(&mut tx).await?)?;
    let of = |group: &(String, Vec<Service>)| group.1.iter().position(|service| service.id == id);
    let (group, at) = groups
        .iter()
        .enumerate()
        .find_map(|(group, services)| Some((group, of(services)?)))
        .ok_or_else(|| AppError::not_found("that service"))?;
    let Some((_, services)) = groups.get_mut(group) else { return tx.rollback().await };
    let Some(to) = beside(at, earlier, services.len()) else { return tx.rollback().await };
    services.swap(at, to);
    place_all(&mut tx, &groups).await?;
    finish(tx, "calendar.service_saved", id.0).await
}

/// Moves a category, with all its services, up (`earlier`) or down by one among the categories. At the end it stays where it is;
/// services without a category come first.
///
/// # Errors
/// 404 for a category that no service has.
pub async fn move_category(platform: &Platform, actor: &Actor, org: &str, name: &str, earlier: bool) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let mut groups = by_category(store::services(&mut tx).await?)?;
    let named = groups.iter().position(|(category, _)| !category.is_empty() && category == name.trim());
    let at = named.ok_or_else(|| AppError::not_found("that category"))?;
    let is_named = |at: &usize| groups.get(*at).is_some_and(|(category, _)| !category.is_empty());
    let Some(to) = beside(at, earlier, groups.len()).filter(is_named) else { return tx.rollback().await };
    groups.swap(at, to);
    place_all(&mut tx, &groups).await?;
    let subject = tx.id().0;
    finish(tx, "calendar.category_moved", subject).await
}

/// Services under their categories, as the booking page shows them: those without one first, then each category where its first
/// service stands.
///
/// # Errors
/// What a service is set to can't be read.
pub fn by_category(services: Vec<Service>) -> Result<Vec<(String, Vec<Service>)>> {
    let mut groups: Vec<(String, Vec<Service>)> = vec![(String::new(), Vec::new())];
    for service in services {
        let category = ServiceOptions::read(&service.options)?.category.trim().to_owned();
        match groups.iter_mut().find(|(name, _)| *name == category) {
            Some((_, services)) => services.push(service),
            None => groups.push((category, vec![service])),
        }
    }
    groups.retain(|(_, services)| !services.is_empty());
    Ok(groups)
}

pub(super) fn beside(at: usize, earlier: bool, length: usize) -> Option<usize> {
    if earlier { at.checked_sub(1) } else { Some(at + 1).filter(|to| *to < length) }
}

async fn place_all(tx: &mut OrgTx, groups: &[(String, Vec<Service>)]) -> Result<()> {
    for (position, service) in (0..).zip(groups.iter().flat_map(|(_, services)| services)) {
        if service.position != position {
            store::place_service(tx, service.id, position).await?;
        }
    }
    Ok(())
}

/// Adds somebody who can be booked (`id` none), who begins with the schedule that is the default, or changes them.
///
/// # Errors
/// 422 for an empty or long name; 404 for somebody who isn't this organisation's; 409 where they are otherwise since `version`,
/// with what holds now.
pub async fn save_staff(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: Option<StaffId>,
    version: Option<i64>,
    body: &StaffBody,
) -> Result<StaffId> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(&body.name));
    if let Some(options) = &body.options {
        options.check(&mut errors);
    }
    errors.finish()?;
    let mut tx = open(platform, actor, org).await?;
    let existing = store::staff(&mut tx).await?;
    let current = id.map(|id| found(&existing, id)).transpose()?;
    let version = version.filter(|_| current.is_some());
    let mut staff = Staff {
        id: id.unwrap_or_else(|| StaffId::new(tx.now())),
        name,
        active: body.active,
        version: 1,
        options: current.map_or_else(|| "{}".to_owned(), |current| current.options.clone()),
    };
    if let Some(options) = &body.options {
        staff.options = options.stored();
    }
    store_staff(tx, &existing, current, version, staff).await
}

/// Changes who somebody is, as their page says it; what else they are set to stays.
///
/// # Errors
/// As [`save_staff`], at the fields of the page’s form.
pub async fn change_person(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: StaffId,
    version: i64,
    person: TypedPerson,
) -> Result<()> {
    let TypedPerson { name, title, about, colour, active, listed } = person;
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(&name));
    let chosen = colour.clone().unwrap_or_default();
    let shown = StaffOptions { title, about, colour: chosen, unlisted: !listed, ..StaffOptions::default() };
    shown.check(&mut errors);
    errors.finish()?;
    let mut tx = open(platform, actor, org).await?;
    let existing = store::staff(&mut tx).await?;
    let current = found(&existing, id)?;
    let was = StaffOptions::read(&current.options)?;
    let StaffOptions { about, title, unlisted, .. } = shown;
    let options = StaffOptions { about, title, unlisted, colour: colour.unwrap_or(was.colour), ..was };
    let staff = Staff { id, name, active, version: 1, options: options.stored() };
    store_staff(tx, &existing, Some(current), Some(version), staff).await?;
    Ok(())
}

/// Replaces the weekly hours of somebody, or of a named schedule.
///
/// # Errors
/// 422 for a window that isn't within a day; 404 for somebody, or a schedule, that isn't this organisation's; 409 for somebody who keeps
/// a named schedule, and where the hours are others than those that `version` stands for, with what holds now on each day.
pub async fn set_hours(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    keeper: impl Into<Keeper>,
    version: Option<i64>,
    windows: &[WindowBody],
) -> Result<()> {
    let keeper = keeper.into();
    let mut errors = FieldErrors::default();
    if windows.len() > MOST_WINDOWS {
        errors.add("windows", "Give at most 100 windows.");
    }
    for (index, window) in windows.iter().enumerate() {
        if !(0..=6).contains(&window.weekday) {
            errors.add(&format!("windows[{index}].weekday"), "Give a day from 0, Sunday, to 6, Saturday.");
        }
        check_span(window.start_minute, window.end_minute, &format!("windows[{index}]"), &mut errors);
    }
    errors.finish()?;
    let mut tx = open(platform, actor, org).await?;
    let schedule = keeper.schedule(&mut tx).await?;
    if let Some(version) = version {
        let now = store::hours_of_schedule(&mut tx, schedule).await?;
        if hours_version(&now) != version {
            changed_to_another(hours_version(&now), other_hours(&now, windows))?;
        }
    }
    store::clear_hours(&mut tx, schedule).await?;
    for window in windows {
        let id = WindowId::new(tx.now());
        let window =
            Window { weekday: window.weekday, start_minute: window.start_minute, end_minute: window.end_minute };
        store::insert_hours(&mut tx, id, schedule, window).await?;
    }
    let (kind, subject) = keeper.told();
    finish(tx, kind, subject).await
}

/// Whether the hours of somebody, or of a named schedule, can be changed by whoever asks.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for somebody, or a schedule, that isn't this organisation's; 409 for somebody who keeps a named schedule.
pub async fn check_keeper(platform: &Platform, actor: &Actor, org: &str, keeper: Keeper) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    keeper.schedule(&mut tx).await?;
    tx.rollback().await
}

/// A number that stands for weekly hours: with other hours it is another.
pub fn hours_version(hours: &[Window]) -> i64 {
    let mut windows: Vec<_> = hours.iter().map(|hours| [hours.weekday, hours.start_minute, hours.end_minute]).collect();
    windows.sort_unstable();
    // Within what every program reads exactly.
    windows.into_iter().flatten().fold(1_i64, |sum, part| (sum * 2053 + part + 1) % 1_000_000_000_039)
}

/// Sets what holds for somebody, or in a named schedule, on one date, or (`body` none) goes back to the weekly hours.
///
/// # Errors
/// 422 for a date or window that can't be; 404 for somebody, or a schedule, that isn't this organisation's; 409 for somebody who keeps a
/// named schedule.
pub async fn set_date(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    keeper: impl Into<Keeper>,
    date: &str,
    body: Option<&DateBody>,
) -> Result<()> {
    let keeper = keeper.into();
    let date: Date = super::views::parse_date(date)?;
    let mut errors = FieldErrors::default();
    for (index, window) in body.iter().flat_map(|body| &body.windows).enumerate() {
        check_span(window.start_minute, window.end_minute, &format!("windows[{index}]"), &mut errors);
    }
    if body.is_some_and(|body| body.windows.len() > MOST_WINDOWS_OF_A_DATE) {
        errors.add("windows", "Give at most 20 windows.");
    }
    errors.finish()?;
    let mut tx = open(platform, actor, org).await?;
    let schedule = keeper.schedule(&mut tx).await?;
    store::clear_override(&mut tx, schedule, &date.to_string()).await?;
    let windows: Vec<Option<SpanBody>> = match body {
        None => Vec::new(),
        Some(body) if body.windows.is_empty() => vec![None],
        Some(body) => body.windows.iter().copied().map(Some).collect(),
    };
    for window in windows {
        let id = WindowId::new(tx.now());
        let window = window.map(|window| (window.start_minute, window.end_minute));
        store::insert_override(&mut tx, id, schedule, &date.to_string(), window).await?;
    }
    let (kind, subject) = keeper.told();
    finish(tx, kind, subject).await
}

pub(super) async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Write).await
}

pub(super) async fn finish(mut tx: OrgTx, kind: &'static str, subject: uuid::Uuid) -> Result<()> {
    tx.emit(kind, subject).await?;
    tx.commit().await
}

fn found(existing: &[Staff], id: StaffId) -> Result<&Staff> {
    existing.iter().find(|member| member.id == id).ok_or_else(|| AppError::not_found("that person"))
}

/// Stores somebody new, or as they are from now on; refused where they are otherwise since `version`.
async fn store_staff(
    mut tx: OrgTx,
    existing: &[Staff],
    current: Option<&Staff>,
    version: Option<i64>,
    staff: Staff,
) -> Result<StaffId> {
    if let (Some(current), Some(version)) = (current, version)
        && current.version != version
    {
        changed_to_another(current.version, other_person(current, &staff)?)?;
    }
    let rows = match current {
        None => {
            let position = i64::try_from(existing.len()).unwrap_or(0);
            store::insert_staff(&mut tx, &staff, position).await?
        }
        Some(_) => store::update_staff(&mut tx, &staff).await?,
    };
    if rows == 0 {
        return Err(AppError::not_found("that person"));
    }
    if current.is_none()
        && let Some(default) = store::schedules(&mut tx).await?.into_iter().find(|schedule| schedule.is_default)
    {
        store::keep_schedule(&mut tx, staff.id, default.id).await?;
    }
    finish(tx, "calendar.staff_saved", staff.id.0).await?;
    Ok(staff.id)
}

/// What holds of somebody now, where that is otherwise, under the names that it has in their form.
fn other_person(current: &Staff, wanted: &Staff) -> Result<FieldErrors> {
    let mut fields = FieldErrors::default();
    let (now, new) = (StaffOptions::read(&current.options)?, StaffOptions::read(&wanted.options)?);
    for (field, now, new) in
        [("name", &current.name, &wanted.name), ("title", &now.title, &new.title), ("about", &now.about, &new.about)]
    {
        if now != new {
            let words = if now.is_empty() { "It is empty now.".to_owned() } else { format!("It is “{now}” now.") };
            fields.add(field, words);
        }
    }
    if current.active != wanted.active {
        fields.add("active", if current.active { "They can be booked now." } else { "They can’t be booked now." });
    }
    if now.unlisted != new.unlisted {
        let words =
            if now.unlisted { "They aren’t on the team’s page now." } else { "They are on the team’s page now." };
        fields.add("listed", words);
    }
    Ok(fields)
}

/// What holds now on each weekday that is otherwise, under the names that the days have in forms.
fn other_hours(now: &[Window], new: &[WindowBody]) -> FieldErrors {
    let mut fields = FieldErrors::default();
    for (weekday, (day, label)) in (1..).map(|at: i64| at % 7).zip(DAYS) {
        let mut before: Vec<_> = now
            .iter()
            .filter(|window| window.weekday == weekday)
            .map(|window| SpanBody { start_minute: window.start_minute, end_minute: window.end_minute })
            .collect();
        let mut after: Vec<_> = new
            .iter()
            .filter(|window| window.weekday == weekday)
            .map(|window| SpanBody { start_minute: window.start_minute, end_minute: window.end_minute })
            .collect();
        for windows in [&mut before, &mut after] {
            windows.sort_unstable_by_key(|window| (window.start_minute, window.end_minute));
        }
        if before != after {
            let words = if before.is_empty() { "off".to_owned() } else { spans(&before) };
            fields.add(day, format!("{label}: it is {words} now."));
        }
    }
    fields
}

/// 409 where somebody else has set it to something else; who wants what holds already has it.
fn changed_to_another(version: i64, now: FieldErrors) -> Result<()> {
    let now = now.into_fields();
    if now.is_empty() { Ok(()) } else { Err(AppError::changed("what is here", version, now)) }
}

/// 409 with what holds now, at each field that differs.
async fn changed_meanwhile(tx: &mut OrgTx, new: &Service, staff: &[StaffId]) -> AppError {
    match differences(tx, new, staff).await {
        Ok(Some((version, fields))) => AppError::changed("this service", version, fields.into_fields()),
        Ok(None) => AppError::not_found("that service"),
        Err(error) => error.into(),
    }
}

async fn differences(tx: &mut OrgTx, new: &Service, staff: &[StaffId]) -> Result<Option<(i64, FieldErrors)>, DbError> {
    let Some(now) = store::service(tx, new.id).await? else { return Ok(None) };
    let mut fields = FieldErrors::default();
    let minutes = |minutes: i64| if minutes == 0 { "none".to_owned() } else { typed::minutes_as_typed(minutes) };
    let texts = [
        ("slug", &now.slug, &new.slug),
        ("name", &now.name, &new.name),
        ("description", &now.description, &new.description),
    ];
    for (field, now, new) in texts {
        if now != new {
            fields
                .add(field, if now.is_empty() { "It is empty now.".to_owned() } else { format!("It is “{now}” now.") });
        }
    }
    for (field, now, new, words) in [
        ("duration_minutes", now.duration_minutes, new.duration_minutes, minutes(now.duration_minutes)),
        ("interval_minutes", now.interval_minutes, new.interval_minutes, minutes(now.interval_minutes)),
        (
            "buffer_before_minutes",
            now.buffer_before_minutes,
            new.buffer_before_minutes,
            minutes(now.buffer_before_minutes),
        ),
        ("buffer_after_minutes", now.buffer_after_minutes, new.buffer_after_minutes, minutes(now.buffer_after_minutes)),
        ("min_notice_minutes", now.min_notice_minutes, new.min_notice_minutes, minutes(now.min_notice_minutes)),
        ("window_days", now.window_days, new.window_days, format!("{} days", now.window_days)),
        ("price_cents", now.price_cents, new.price_cents, format!("${}", typed::price_as_typed(now.price_cents))),
    ] {
        if now != new {
            fields.add(field, format!("It is {words} now."));
        }
    }
    if now.active != new.active {
        fields.add("active", if now.active { "It is shown to clients now." } else { "It is hidden from clients now." });
    }
    let everybody = store::staff(tx).await?;
    let assigned: BTreeSet<StaffId> = store::assignments(tx)
        .await?
        .into_iter()
        .filter(|(service, _)| *service == new.id)
        .map(|(_, staff)| staff)
        .collect();
    if assigned != staff.iter().copied().collect() {
        let names: Vec<_> = everybody
            .iter()
            .filter(|member| assigned.contains(&member.id))
            .map(|member| member.name.as_str())
            .collect();
        fields.add(
            "staff",
            if names.is_empty() {
                "Nobody offers it now.".to_owned()
            } else {
                format!("Offered now by {}.", names.join(", "))
            },
        );
    }
    Ok(Some((now.version, fields)))
}

/// What can be told from the body alone.
///
/// # Errors
/// 422 at each field that is wrong.
pub fn check_service(body: &ServiceBody) -> Result<()> {
    let mut errors = FieldErrors::default();
    let slug_ok = (1..=63).contains(&body.slug.len())
        && body.slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !body.slug.starts_with('-')
        && !body.slug.ends_with('-');
    if !slug_ok {
        errors.add("slug", "Use 1 to 63 small letters, digits and hyphens.");
    } else if RESERVED.contains(&body.slug.as_str()) {
        errors.add("slug", "Your booking page has a page of its own there. Please choose another address.");
    }
    errors.take("name", check_name(&body.name));
    if body.description.chars().count() > 5000 {
        errors.add("description", "Use at most 5,000 characters.");
    } else if !is_text(&body.description) {
        errors.add("description", "Use letters, digits and punctuation.");
    }
    let ranges = [
        ("duration_minutes", body.duration_minutes, 5, 1440),
        ("interval_minutes", body.interval_minutes, 5, 1440),
        ("buffer_before_minutes", body.buffer_before_minutes, 0, 480),
        ("buffer_after_minutes", body.buffer_after_minutes, 0, 480),
        ("min_notice_minutes", body.min_notice_minutes, 0, 525_600),
        ("window_days", body.window_days, 1, 365),
        ("price_cents", body.price_cents, 0, 100_000_000),
        ("position", body.position.unwrap_or(0), 0, 1_000_000),
    ];
    for (field, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            errors.add(field, format!("Give a number from {least} to {most}."));
        }
    }
    if let Some(options) = &body.options {
        options.check(body.duration_minutes, &mut errors);
    }
    if body.staff.len() > 500 {
        errors.add("staff", "Give at most 500 people.");
    }
    errors.finish()
}

fn check_span(start: i64, end: i64, field: &str, errors: &mut FieldErrors) {
    if !(0..=1439).contains(&start) || !(1..=1440).contains(&end) || start >= end {
        errors.add(field, "Give a start before an end, in minutes from 0 to 1440.");
    }
}

fn yes() -> bool {
    true
}
