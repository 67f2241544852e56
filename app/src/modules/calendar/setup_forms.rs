//! From what was typed in a form to the body that the verbs take, and their refusals back to the form's fields.

use super::{
    closures::{self, ClosureBody},
    ids::{ScheduleId, ServiceId, StaffId},
    options::ServiceOptions,
    schedules::{self, ShareBody},
    setup::{self, DateBody, Keeper, ServiceBody, SpanBody, WindowBody},
    setup_options::{Part, Typed},
    setup_views,
    setup_wire::{DAYS, TypedDay, TypedWeek, TypedWindow},
    typed::{self, End},
};
use crate::{
    clock,
    error::{AppError, FieldErrors, Result},
    holidays,
    org::Actor,
    platform::Platform,
    slug,
};

/// What a service is, as it was typed.
#[derive(Debug, Clone)]
pub struct TypedBasics {
    /// Its name.
    pub name: String,
    /// Empty: made from the name.
    pub slug: String,
    /// May be empty.
    pub description: String,
    /// "45 min".
    pub duration: String,
    /// "85.50".
    pub price: String,
    /// Shown and bookable.
    pub active: bool,
}

/// When a service can be booked, as it was typed.
#[derive(Debug, Clone)]
pub struct TypedTimes {
    /// Empty: as long as it takes.
    pub interval: String,
    /// "0".
    pub buffer_before: String,
    /// "15".
    pub buffer_after: String,
    /// "2 h".
    pub notice: String,
    /// "60".
    pub window_days: String,
}

/// Who somebody is, as it was typed.
#[derive(Debug, Clone)]
pub struct TypedPerson {
    /// Their name.
    pub name: String,
    /// What they do.
    pub title: String,
    /// A few words about them.
    pub about: String,
    /// Their colour in the calendar, as options have it; as it is, if absent.
    pub colour: Option<String>,
    /// Can be booked.
    pub active: bool,
    /// On the team’s page.
    pub listed: bool,
}

/// So many people can be on a service.
const MOST_SHARES: usize = 500;
const FULL: &str = "A week has room for 100 stretches. Please remove some first.";
const FULL_DATE: &str = "A day has room for 20 stretches.";

/// What the form calls a field, and what the verb does.
const NAMES: [(&str, &str); 6] = [
    ("duration_minutes", "duration"),
    ("interval_minutes", "interval"),
    ("buffer_before_minutes", "buffer_before"),
    ("buffer_after_minutes", "buffer_after"),
    ("min_notice_minutes", "notice"),
    ("price_cents", "price"),
];

/// Makes a service. It can be booked at the times that most services have, which its own section changes.
///
/// # Errors
/// As [`setup::save_service`], at the form's own fields.
pub async fn add_service(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    basics: &TypedBasics,
    staff: &[String],
) -> Result<ServiceId> {
    let mut errors = FieldErrors::default();
    let mut body = ServiceBody {
        slug: String::new(),
        name: String::new(),
        description: String::new(),
        duration_minutes: 0,
        interval_minutes: 0,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        min_notice_minutes: 2 * 60,
        window_days: 60,
        price_cents: 0,
        active: true,
        position: None,
        staff: Vec::new(),
        options: None,
        version: None,
    };
    read_basics(basics, &mut body, &mut errors);
    read_people(staff, &mut body, &mut errors);
    finish(&body, errors)?;
    setup::save_service(platform, actor, org, None, &body).await.map_err(|error| as_the_form_says(error, &BASICS))
}

/// Changes what a service is. Where one may start as often as it is long, that goes on.
///
/// # Errors
/// As [`setup::save_service`], at the form's own fields.
pub async fn save_basics(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    typed: &TypedBasics,
) -> Result<()> {
    change(platform, actor, org, id, version, &BASICS, |body, errors| read_basics(typed, body, errors)).await
}

/// Changes when a service can be booked.
///
/// # Errors
/// As [`setup::save_service`], at the form's own fields.
pub async fn save_times(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    typed: &TypedTimes,
) -> Result<()> {
    change(platform, actor, org, id, version, &TIMES, |body, errors| read_times(typed, body, errors)).await
}

/// Changes who can be booked for a service.
///
/// # Errors
/// As [`setup::save_service`], at the form's own fields.
pub async fn save_people(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    staff: &[String],
) -> Result<()> {
    change(platform, actor, org, id, version, &PEOPLE, |body, errors| read_people(staff, body, errors)).await
}

/// Changes a part of what a service is set to beyond what every one has.
///
/// # Errors
/// As [`setup::save_service`], at the form's own fields: `options.lengths.0.minutes`.
pub async fn save_options(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    part: Part,
    typed: &Typed,
) -> Result<()> {
    let (service, ..) = setup_views::set_up(platform, actor, org, service_id(id)?).await?;
    let mut options = ServiceOptions::read(&service.options)?;
    let saved = change(platform, actor, org, id, version, &[], |body, errors| {
        part.read(typed, &mut options, body.duration_minutes, errors);
        body.options = Some(options);
    })
    .await;
    // What is too few is said at the first row.
    let first = "options.needs.0.what";
    saved.map_err(|error| error.rename_field("needs", first).rename_field("options.needs", first))
}

const BASICS: [&str; 6] = ["name", "slug", "description", "duration", "price", "active"];
const TIMES: [&str; 5] = ["interval", "buffer_before", "buffer_after", "notice", "window_days"];
const PEOPLE: [&str; 1] = ["staff"];

/// Changes one section of a service: the others stay as they are now.
async fn change(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    fields: &[&str],
    read: impl FnOnce(&mut ServiceBody, &mut FieldErrors),
) -> Result<()> {
    let (service, staff, _) = setup_views::set_up(platform, actor, org, service_id(id)?).await?;
    let id = service.id;
    let mut body = ServiceBody { position: None, version: Some(version), ..ServiceBody::of(service, staff) };
    let mut errors = FieldErrors::default();
    read(&mut body, &mut errors);
    finish(&body, errors)?;
    let saved = setup::save_service(platform, actor, org, Some(id), &body).await;
    saved.map(|_| ()).map_err(|error| as_the_form_says(error, fields))
}

fn read_basics(typed: &TypedBasics, body: &mut ServiceBody, errors: &mut FieldErrors) {
    let follows = body.interval_minutes == body.duration_minutes;
    typed.name.trim().clone_into(&mut body.name);
    body.slug = match typed.slug.trim() {
        "" => slug::from_name(&body.name),
        slug => slug.to_owned(),
    };
    // A browser sends the ends of lines as two characters.
    body.description = typed.description.replace("\r\n", "\n");
    // Where something can't be read the rest is still checked, with a value that passes in its place.
    body.duration_minutes = length(errors, "duration", "Length", &typed.duration, 5, 1440).max(5);
    if follows {
        body.interval_minutes = body.duration_minutes;
    }
    body.price_cents = errors.take("price", typed::price(&typed.price));
    body.active = typed.active;
}

fn read_times(typed: &TypedTimes, body: &mut ServiceBody, errors: &mut FieldErrors) {
    body.interval_minutes = match typed.interval.trim() {
        "" => body.duration_minutes,
        interval => length(errors, "interval", "Start times", interval, 5, 1440).max(5),
    };
    body.min_notice_minutes = length(errors, "notice", "Notice", &typed.notice, 0, 525_600);
    body.buffer_before_minutes = length(errors, "buffer_before", "Gap before", &typed.buffer_before, 0, 480);
    body.buffer_after_minutes = length(errors, "buffer_after", "Gap after", &typed.buffer_after, 0, 480);
    let days = typed.window_days.trim().trim_end_matches("days").trim_end_matches("day").trim_end();
    let days = days.parse::<i64>().ok().filter(|days| (1..=365).contains(days));
    body.window_days = errors.take("window_days", days.ok_or("Enter a number of days from 1 to 365.")).max(1);
}

fn read_people(typed: &[String], body: &mut ServiceBody, errors: &mut FieldErrors) {
    body.staff = typed.iter().filter_map(|id| id.parse().ok()).collect();
    if body.staff.len() != typed.len() {
        errors.add("staff", "Choose people of this organisation.");
    }
}

/// Several fields ask for a length of time: in the list on top of the form each has to say which one it is.
fn length(errors: &mut FieldErrors, field: &str, label: &str, text: &str, least: i64, most: i64) -> i64 {
    let read = typed::minutes(text).and_then(|minutes| {
        if (least..=most).contains(&minutes) {
            Ok(minutes)
        } else {
            let (least, most) = (typed::minutes_as_typed(least), typed::minutes_as_typed(most));
            Err(format!("Enter a length of time from {least} to {most}."))
        }
    });
    errors.take(field, read.map_err(|message| format!("{label}: {message}")))
}

/// What couldn't be read, with what the verb would refuse of the rest.
fn finish(body: &ServiceBody, mut errors: FieldErrors) -> Result<()> {
    if let Err(refused) = setup::check_service(body) {
        for field in refused.fields {
            errors.add(&field.field, field.message);
        }
    }
    errors.finish()
}

/// The refusal with the form's names. Of what somebody else changed a form tells what is on it.
fn as_the_form_says(error: AppError, fields: &[&str]) -> AppError {
    let mut error = NAMES.iter().fold(error, |error, (from, to)| error.rename_field(from, to));
    if error.version.is_some() {
        error.fields.retain(|field| fields.contains(&field.field.as_str()));
    }
    error
}

/// Changes who somebody is, as it was typed.
///
/// # Errors
/// As [`setup::change_person`].
pub async fn save_person(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    mut typed: TypedPerson,
) -> Result<()> {
    let staff = staff_id(id)?;
    typed.title = typed.title.trim().to_owned();
    // A browser sends the ends of lines as two characters.
    typed.about = typed.about.trim().replace("\r\n", "\n");
    setup::change_person(platform, actor, org, staff, version, typed).await
}

/// Sets what holds on a date for the whole business, as it was typed. `holds`: `closed`, `part` with times, or `open`.
///
/// # Errors
/// 422 at `date`, `holds`, `from` or `until`; else as [`closures::set_day`].
#[expect(clippy::too_many_arguments, reason = "each is a field of the form")]
pub async fn save_closure(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    date: &str,
    name: String,
    holds: &str,
    from: &str,
    until: &str,
) -> Result<()> {
    let mut errors = FieldErrors::default();
    let date = clock::day_typed(date);
    if date.is_none() {
        errors.add("date", "Choose the day.");
    }
    let closed = match holds {
        "open" => None,
        "part" => match span(from, until) {
            Ok(span) => Some((span.start_minute, span.end_minute)),
            Err(message) => {
                errors.add("from", message);
                None
            }
        },
        "closed" => Some(holidays::ALL_DAY),
        _ => {
            errors.add("holds", "Choose what holds that day.");
            None
        }
    };
    errors.finish()?;
    let (closed_from, closed_until) = closed.unzip();
    let body = ClosureBody { name, closed_from, closed_until };
    closures::set_day(platform, actor, org, &date.unwrap_or_default().to_string(), Some(&body)).await
}

/// Replaces the weekly hours of somebody, or of a named schedule, by rows of weekday, from and until; rows without times are left out.
///
/// # Errors
/// 422 at the weekdays that can't be read; else as [`setup::set_hours`].
pub async fn save_hours(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    keeper: Keeper,
    version: i64,
    rows: &[TypedWindow],
) -> Result<()> {
    setup::check_keeper(platform, actor, org, keeper).await?;
    let mut errors = FieldErrors::default();
    let mut windows: Vec<WindowBody> = Vec::new();
    for (day, from, until) in rows.iter().filter(|(_, from, until)| !is_empty(from, until)) {
        let of_day = (1..).zip(DAYS).find(|(_, (name, _))| name == day);
        let (weekday, label) = of_day.map(|(at, (_, label))| (at % 7, label)).ok_or_else(unreadable)?;
        if windows.len() == setup::MOST_WINDOWS {
            errors.add(day, FULL);
            break;
        }
        match span(from, until) {
            Ok(SpanBody { start_minute, end_minute }) => windows.push(WindowBody { weekday, start_minute, end_minute }),
            Err(message) => errors.add(day, format!("{label}: {message}")),
        }
    }
    for (weekday, (day, label)) in (1..).map(|at: i64| at % 7).zip(DAYS) {
        let of_day = windows.iter().filter(|window| window.weekday == weekday);
        if overlap(of_day.map(|window| (window.start_minute, window.end_minute)).collect()) {
            errors.add(day, format!("{label} has hours that overlap. Please make them one."));
        }
    }
    errors.finish()?;
    setup::set_hours(platform, actor, org, keeper, Some(version), &windows).await
}

/// The week as it was typed with a row more on a weekday (`more`), or without one of the rows (`less`: which, from 0 on). Saves
/// nothing.
///
/// # Errors
/// 422 at the weekday where there are as many rows as a week may have; as [`setup::check_keeper`].
#[expect(clippy::too_many_arguments, reason = "each is a field of the form")]
pub async fn change_rows(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    keeper: Keeper,
    version: i64,
    mut rows: Vec<TypedWindow>,
    more: &str,
    less: &str,
) -> Result<TypedWeek> {
    setup::check_keeper(platform, actor, org, keeper).await?;
    if more.is_empty() {
        let at = less.parse().ok().filter(|at| *at < rows.len()).ok_or_else(unreadable)?;
        let (day, ..) = rows.remove(at);
        return Ok(TypedWeek { hours_version: version, rows, day, added: false });
    }
    if !DAYS.iter().any(|(day, _)| *day == more) {
        return Err(unreadable());
    }
    if rows.len() >= setup::MOST_WINDOWS {
        return Err(AppError::field(more, FULL));
    }
    rows.push((more.to_owned(), String::new(), String::new()));
    Ok(TypedWeek { hours_version: version, rows, day: more.to_owned(), added: true })
}

/// Sets what holds for somebody, or in a named schedule, on one date: off, or these hours.
///
/// # Errors
/// 422 at the field that can't be read; else as [`setup::set_date`].
pub async fn save_date(platform: &Platform, actor: &Actor, org: &str, keeper: Keeper, typed: &TypedDay) -> Result<()> {
    setup::check_keeper(platform, actor, org, keeper).await?;
    let mut errors = FieldErrors::default();
    let mut windows: Vec<SpanBody> = Vec::new();
    if let Err(error) = super::views::parse_date(typed.date.trim()) {
        errors.add("date", error.field_message("date").unwrap_or("Choose a date."));
    }
    if !typed.off {
        for (from, until) in typed.rows.iter().filter(|(from, until)| !is_empty(from, until)) {
            match span(from, until) {
                Ok(span) => windows.push(span),
                Err(message) => errors.add("opens", message),
            }
        }
        if windows.len() > setup::MOST_WINDOWS_OF_A_DATE {
            errors.add("opens", FULL_DATE);
        } else if overlap(windows.iter().map(|window| (window.start_minute, window.end_minute)).collect()) {
            errors.add("opens", "These hours overlap. Please make them one.");
        } else if windows.is_empty() {
            errors.add("opens", "Enter the hours of that day, or tick that they are off.");
        }
    }
    errors.finish()?;
    setup::set_date(platform, actor, org, keeper, typed.date.trim(), Some(&DateBody { windows })).await
}

/// A date as it was typed with a row more. Saves nothing.
///
/// # Errors
/// 422 where there are as many rows as a date may have; as [`setup::check_keeper`].
pub async fn add_row(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    keeper: Keeper,
    mut typed: TypedDay,
) -> Result<TypedDay> {
    setup::check_keeper(platform, actor, org, keeper).await?;
    if typed.rows.len() >= setup::MOST_WINDOWS_OF_A_DATE {
        return Err(AppError::field("opens", FULL_DATE));
    }
    typed.rows.push((String::new(), String::new()));
    Ok(typed)
}

/// Reads a service's id.
///
/// # Errors
/// 404: an id that can't be read is one that nobody has.
pub fn service_id(text: &str) -> Result<ServiceId> {
    text.parse().map_err(|_| AppError::not_found("that service"))
}

/// Reads a person's id.
///
/// # Errors
/// 404: an id that can't be read is one that nobody has.
pub fn staff_id(text: &str) -> Result<StaffId> {
    text.parse().map_err(|_| AppError::not_found("that person"))
}

/// Reads a schedule's id.
///
/// # Errors
/// 404: an id that can't be read is one that nobody has.
pub fn schedule_id(text: &str) -> Result<ScheduleId> {
    text.parse().map_err(|_| AppError::not_found("that schedule"))
}

/// Reads which named schedule was chosen; empty: none.
///
/// # Errors
/// 422 at `schedule`.
pub fn chosen_schedule(text: &str) -> Result<Option<ScheduleId>> {
    match text.trim() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| AppError::field("schedule", "Choose a schedule of this organisation.")),
    }
}

/// Changes the shares of those on a service, a row each: who, priority, weight and schedule.
///
/// # Errors
/// 422 at the rows' fields, `shares.0.weight`; else as [`schedules::set_shares`].
pub async fn save_shares(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    typed: &Typed,
) -> Result<()> {
    // Who asks comes first: an id that can't be read tells a stranger nothing.
    let there = schedules::shares(platform, actor, org, service_id(id)?).await?;
    let mut errors = FieldErrors::default();
    let mut shares = Vec::new();
    for row in 0..MOST_SHARES {
        let field = |name: &str| format!("shares.{row}.{name}");
        let text = |name: &str| typed.get(&field(name)).and_then(|values| values.first()).map(|value| value.trim());
        let Some(staff) = text("staff") else { break };
        let Ok(staff) = staff.parse::<StaffId>() else { return Err(unreadable()) };
        let kept = there.iter().find(|(member, _)| member.id == staff).map(|(_, share)| *share);
        let mut number = |name: &str, kept: i64| match text(name) {
            // What the form doesn't ask for under this rule stays.
            None => kept,
            Some(typed) => errors.take(&field(name), typed.parse::<i64>().map_err(|_| "Enter a whole number.")),
        };
        let priority = number("priority", kept.map_or(0, |share| share.priority));
        let weight = number("weight", kept.map_or(100, |share| share.weight));
        let schedule = match text("schedule").unwrap_or_default() {
            "" => None,
            id => match id.parse() {
                Ok(id) => Some(id),
                Err(_) => return Err(unreadable()),
            },
        };
        shares.push(ShareBody { staff, priority, weight, schedule });
    }
    errors.finish()?;
    schedules::set_shares(platform, actor, org, service_id(id)?, version, &shares).await
}

fn unreadable() -> AppError {
    AppError::bad_request("We couldn’t read that form. Please check it and send it again.")
}

/// Touching stretches don't.
fn overlap(mut windows: Vec<(i64, i64)>) -> bool {
    windows.sort_unstable();
    windows.iter().zip(windows.iter().skip(1)).any(|((_, end), (start, _))| start < end)
}

fn is_empty(from: &str, until: &str) -> bool {
    from.trim().is_empty() && until.trim().is_empty()
}

fn span(from: &str, until: &str) -> Result<SpanBody, String> {
    let (start_minute, end_minute) = (typed::time(from, End::Start)?, typed::time(until, End::Finish)?);
    if start_minute < end_minute {
        Ok(SpanBody { start_minute, end_minute })
    } else {
        Err(format!("{} isn’t before {}.", typed::time_as_typed(start_minute), typed::time_as_typed(end_minute)))
    }
}
