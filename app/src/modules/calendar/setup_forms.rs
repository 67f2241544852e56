//! From what was typed in a form to the body that the verbs take, and their refusals back to the form's fields.

use super::{
    closures::{self, ClosureBody},
    holidays,
    ids::{ServiceId, StaffId},
    setup::{self, DateBody, ServiceBody, SpanBody, WindowBody},
    setup_wire::DAYS,
    typed::{self, End},
};
use crate::{
    clock,
    error::{AppError, FieldErrors, Result},
    org::Actor,
    platform::Platform,
    slug,
};

/// A service's form, as it was sent.
#[derive(Debug, Clone)]
pub struct TypedService {
    /// Empty for a new one.
    pub id: String,
    /// The version that was read.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Empty: made from the name.
    pub slug: String,
    /// May be empty.
    pub description: String,
    /// "45 min".
    pub duration: String,
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
    /// "85.50".
    pub price: String,
    /// Shown and bookable.
    pub active: bool,
    /// Ids.
    pub staff: Vec<String>,
}

/// What the form calls a field, and what the verb does.
const NAMES: [(&str, &str); 6] = [
    ("duration_minutes", "duration"),
    ("interval_minutes", "interval"),
    ("buffer_before_minutes", "buffer_before"),
    ("buffer_after_minutes", "buffer_after"),
    ("min_notice_minutes", "notice"),
    ("price_cents", "price"),
];

/// Makes or changes a service.
///
/// # Errors
/// As [`setup::save_service`], at the form's own fields.
pub async fn save_service(platform: &Platform, actor: &Actor, org: &str, typed: TypedService) -> Result<ServiceId> {
    let id = if typed.id.is_empty() { None } else { Some(service_id(&typed.id)?) };
    let mut errors = FieldErrors::default();
    let name = typed.name.trim().to_owned();
    // Several fields ask for a length of time: in the list on top of the form each has to say which one it is.
    let mut length = |field: &str, label: &str, text: &str, least: i64, most: i64| {
        let read = typed::minutes(text).and_then(|minutes| {
            if (least..=most).contains(&minutes) {
                Ok(minutes)
            } else {
                let (least, most) = (typed::minutes_as_typed(least), typed::minutes_as_typed(most));
                Err(format!("Enter a length of time from {least} to {most}."))
            }
        });
        errors.take(field, read.map_err(|message| format!("{label}: {message}")))
    };
    let duration_minutes = length("duration", "Length", &typed.duration, 5, 1440);
    let interval_minutes = match typed.interval.trim() {
        "" => duration_minutes,
        interval => length("interval", "Start times", interval, 5, 1440),
    };
    let min_notice_minutes = length("notice", "Notice", &typed.notice, 0, 525_600);
    let buffer_before_minutes = length("buffer_before", "Gap before", &typed.buffer_before, 0, 480);
    let buffer_after_minutes = length("buffer_after", "Gap after", &typed.buffer_after, 0, 480);
    let days = typed.window_days.trim().trim_end_matches("days").trim_end_matches("day").trim_end();
    let days = days.parse::<i64>().ok().filter(|days| (1..=365).contains(days));
    let window_days = errors.take("window_days", days.ok_or("Enter a number of days from 1 to 365."));
    let price_cents = errors.take("price", typed::price(&typed.price));
    let staff: Vec<StaffId> = typed.staff.iter().filter_map(|id| id.parse().ok()).collect();
    if staff.len() != typed.staff.len() {
        errors.add("staff", "Choose people of this organisation.");
    }
    let slug = match typed.slug.trim() {
        "" => slug::from_name(&name),
        slug => slug.to_owned(),
    };
    // Where something can't be read the rest is still checked, with a value that passes in its place.
    let body = ServiceBody {
        slug,
        name,
        // A browser sends the ends of lines as two characters.
        description: typed.description.replace("\r\n", "\n"),
        duration_minutes: duration_minutes.max(5),
        interval_minutes: interval_minutes.max(5),
        buffer_before_minutes,
        buffer_after_minutes,
        min_notice_minutes,
        window_days: window_days.max(1),
        price_cents,
        active: typed.active,
        position: None,
        staff,
        options: None,
        version: id.map(|_| typed.version),
    };
    if let Err(refused) = setup::check_service(&body) {
        for field in refused.fields {
            errors.add(&field.field, field.message);
        }
    }
    errors.finish()?;
    let saved = setup::save_service(platform, actor, org, id, &body).await;
    saved.map_err(|error| NAMES.iter().fold(error, |error, (from, to)| error.rename_field(from, to)))
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

/// Replaces somebody's weekly hours by rows of weekday, from and until; rows without times are left out.
///
/// # Errors
/// 422 at the weekdays that can't be read; else as [`setup::set_hours`].
pub async fn save_hours(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    rows: Vec<(String, String, String)>,
) -> Result<()> {
    let staff = staff_id(id)?;
    let mut errors = FieldErrors::default();
    let mut windows: Vec<WindowBody> = Vec::new();
    for (day, from, until) in rows.iter().filter(|(_, from, until)| !is_empty(from, until)) {
        let of_day = (1..).zip(DAYS).find(|(_, (name, _))| name == day);
        let Some((weekday, (_, label))) = of_day.map(|(at, names)| (at % 7, names)) else {
            return Err(AppError::bad_request("We couldn’t read that form. Please check it and send it again."));
        };
        match span(from, until) {
            Ok(SpanBody { start_minute, end_minute }) => windows.push(WindowBody { weekday, start_minute, end_minute }),
            Err(message) => errors.add(day, format!("{label}: {message}")),
        }
    }
    for (at, window) in windows.iter().enumerate() {
        let overlaps = windows.iter().take(at).any(|other| {
            other.weekday == window.weekday
                && other.start_minute < window.end_minute
                && window.start_minute < other.end_minute
        });
        if let (true, Some((day, label))) = (overlaps, DAYS.get(usize::try_from((window.weekday + 6) % 7).unwrap_or(0)))
        {
            errors.add(day, format!("{label} has hours that overlap. Please make them one."));
        }
    }
    errors.finish()?;
    setup::set_hours(platform, actor, org, staff, &windows).await
}

/// Sets what holds for somebody on one date: off, or these hours.
///
/// # Errors
/// 422 at the field that can't be read; else as [`setup::set_date`].
pub async fn save_date(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    date: &str,
    off: bool,
    rows: Vec<(String, String)>,
) -> Result<()> {
    let staff = staff_id(id)?;
    let mut errors = FieldErrors::default();
    let mut windows: Vec<SpanBody> = Vec::new();
    if let Err(error) = super::views::parse_date(date.trim()) {
        errors.add("date", error.field_message("date").unwrap_or("Choose a date."));
    }
    if !off {
        for (from, until) in rows.iter().filter(|(from, until)| !is_empty(from, until)) {
            match span(from, until) {
                Ok(span) => windows.push(span),
                Err(message) => errors.add("opens", message),
            }
        }
        if windows.is_empty() {
            errors.add("opens", "Enter the hours of that day, or tick that they are off.");
        }
    }
    errors.finish()?;
    setup::set_date(platform, actor, org, staff, date.trim(), Some(&DateBody { windows })).await
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
