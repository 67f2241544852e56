//! What letters say of an appointment, in the words that Australians read.

use jiff::tz::TimeZone;

use super::{About, One, template::tame};
use crate::{
    clock::Instant,
    modules::calendar::{
        format,
        options::{LocationKind, ServiceOptions},
        store::Appointment,
        wire::Status,
    },
    org::Org,
};

/// "Monday 23 November 2026, 9:00 – 9:45 am, Sydney time (AEDT)"; of several each on a line.
pub fn when(all: &[One], zone: &str, tz: &TimeZone) -> String {
    let line = |one: &One| {
        let zone = format::zone(zone, tz, one.starts_at.timestamp());
        format!("{}, {zone}", span(one.starts_at, one.ends_at, tz))
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// "Mon 23 Nov, 9:00 am"; of several with "and 3 more".
pub fn when_in_short(all: &[One], tz: &TimeZone) -> String {
    let Some(first) = all.first() else { return String::new() };
    let starts = first.starts_at.timestamp().to_zoned(tz.clone());
    let first = format!("{}, {}", format::short_day(starts.date()), format::time(starts.time()));
    match all.len() - 1 {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// "Monday 23 November 2026, 9:00 – 9:45 am"
pub fn span(from: Instant, until: Instant, tz: &TimeZone) -> String {
    format::when(&from.timestamp().to_zoned(tz.clone()), &until.timestamp().to_zoned(tz.clone()))
}

/// Where it takes place, by the service’s location that was chosen.
pub fn place(about: &About, org: &Org) -> String {
    let chosen = about.options.locations.iter().find(|location| location.id == about.appointment.location);
    let Some(location) = chosen else { return org.address.clone() };
    let detail = location.detail.trim();
    match location.kind {
        LocationKind::OnSite => {
            let address = if detail.is_empty() { org.address.as_str() } else { detail };
            [location.label(), address].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
        }
        LocationKind::PhoneOut if about.phone.is_empty() => location.label().to_owned(),
        LocationKind::PhoneOut => format!("{} on {}", location.label(), tame(&about.phone)),
        LocationKind::PhoneIn => format!("{} on {detail}", location.label()),
        LocationKind::Video => format!("{}: {detail}", location.label()),
        LocationKind::AtClient if about.place.is_empty() => location.label().to_owned(),
        LocationKind::AtClient => format!("{}: {}", location.label(), tame(&about.place)),
    }
}

/// Until when a client can move and cancel it by themselves, by the service’s rules as they are now.
pub fn changes(appointment: &Appointment, options: &ServiceOptions, tz: &TimeZone, now: Instant) -> String {
    if appointment.status() != Status::Booked || appointment.starts_at <= now {
        return String::new();
    }
    let rules = options.changes;
    let before = |hours: i64| {
        let at = appointment.starts_at.plus_seconds(-hours * 60 * 60).timestamp().to_zoned(tz.clone());
        format::day_and_time(&at)
    };
    // Who would be late to cancel is late to move, too.
    let moving = Some(rules.move_hours.max(rules.late_hours)).filter(|hours| *hours > 0).map(before);
    let cancelling = (rules.late_hours > 0 && rules.no_late_cancel).then(|| before(rules.late_hours));
    let mut words = if moving == cancelling {
        match &moving {
            None => "You can move or cancel it by this link until it begins.".to_owned(),
            Some(until) => format!("You can move or cancel it by this link until {until}. After that, please call us."),
        }
    } else {
        let until = |until: Option<String>| until.unwrap_or_else(|| "it begins".to_owned());
        format!(
            "By this link you can move it until {}, and cancel it until {}. After that, please call us.",
            until(moving),
            until(cancelling)
        )
    };
    if rules.late_hours > 0 && !rules.no_late_cancel {
        words.extend([" Cancelling after ", &before(rules.late_hours), " counts as late."]);
    }
    words
}
