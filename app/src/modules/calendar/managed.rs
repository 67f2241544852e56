//! A client’s own booking in words: where it stands, what was agreed, until when it can be changed.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::{
    answers,
    availability::Viewer,
    booking::{self, Policy},
    format,
    options::{Location, LocationKind, ServiceOptions},
    paying, public_words as words,
    store::{self, Appointment, Service},
    views::minutes_of,
    wire::{Fact, Status, dial},
};
use crate::{
    crypto::DataKeys,
    error::Result,
    org::{Org, OrgTx},
};

/// Where a booking stands.
#[derive(Debug, Default)]
pub struct Standing {
    /// "Your booking", "You asked for this time", …
    pub heading: String,
    /// What follows from it; may be empty.
    pub words: String,
    /// The business hasn’t said yes yet.
    pub waits: bool,
}

/// In words, for its client.
pub fn standing(appointment: &Appointment, org: &Org, viewer: &Viewer) -> Standing {
    let said = |heading: &str, words: String| Standing { heading: heading.to_owned(), words, waits: false };
    if let Some((heading, words)) = paying::words::waits(appointment, viewer) {
        return Standing { heading, words, waits: true };
    }
    match (appointment.status(), appointment.ending.as_str()) {
        (Status::Booked, _) => match appointment.unconfirmed_until {
            None => said(words::YOUR_BOOKING, String::new()),
            Some(until) => {
                let until = until.timestamp().to_zoned(viewer.tz.clone());
                let (day, time) = (format::day(until.date()), format::time(until.time()));
                Standing { waits: true, ..said(words::YOU_HAVE_ASKED, words::waits_for(&org.name, &day, &time)) }
            }
        },
        (Status::Cancelled, "client_late") => said(words::CANCELLED, words::CANCELLED_LATE.to_owned()),
        (Status::Cancelled, "declined") => said(words::NOT_CONFIRMED_NO, words::declined_by(&org.name)),
        (Status::Cancelled, "expired") => said(words::NOT_CONFIRMED, words::unanswered_by(&org.name)),
        (Status::Cancelled, "unpaid") => said(words::NOT_PAID_FOR, words::NOT_KEPT.to_owned()),
        (Status::Cancelled, "business") => said(words::CANCELLED, words::cancelled_by(&org.name)),
        (Status::Cancelled, _) => said(words::CANCELLED, String::new()),
        (Status::NoShow, _) => said(words::OVER, String::new()),
    }
}

/// What was agreed, beside when.
///
/// # Errors
/// The key that sealed it isn’t there.
pub fn facts(
    keys: &DataKeys,
    appointment: &Appointment,
    options: &ServiceOptions,
    org: &Org,
    series: &[Timestamp],
    viewer: &Viewer,
) -> Result<Vec<Fact>> {
    let id = appointment.id;
    let open = |column, sealed: &[u8]| booking::unseal(keys, id, column, sealed);
    let optional = |column, sealed: &Option<Vec<u8>>| sealed.as_ref().map(|sealed| open(column, sealed)).transpose();
    let text = |text: &str| (text.to_owned(), String::new());
    let mut facts = Vec::new();
    let mut fact = |term: &str, lines: Vec<(String, String)>| {
        let lines: Vec<_> = lines.into_iter().filter(|(line, _)| !line.is_empty()).collect();
        if !lines.is_empty() {
            facts.push(Fact { term: term.to_owned(), lines });
        }
    };
    let price = format::price(appointment.price_cents, &appointment.currency);
    let length = format::duration(minutes_of(appointment));
    fact(words::WHAT, vec![text(&appointment.service_name), text(&format!("{length} · {price}"))]);
    fact(words::WITH, vec![text(&appointment.staff_name)]);
    if appointment.seats > 1 {
        fact(words::SEATS, vec![text(&appointment.seats.to_string())]);
    }
    let phone = open("client_phone", &appointment.client_phone)?;
    let place = optional("place", &appointment.place)?.unwrap_or_default();
    let location = options.locations.iter().find(|location| location.id == appointment.location);
    fact(words::WHERE, place_in_words(location, org, &phone, &place));
    let name = open("client_name", &appointment.client_name)?;
    let email = open("client_email", &appointment.client_email)?;
    let called = if phone.is_empty() { String::new() } else { phone.clone() };
    fact(words::BOOKED_BY, vec![(name, String::new()), (email, String::new()), (called, String::new())]);
    if let Some(answers) = optional("answers", &appointment.answers)? {
        for answer in answers::read(&answers)? {
            fact(&answer.question, answer.answer.iter().map(|line| text(line)).collect());
        }
    }
    if series.len() > 1 {
        let lines = series.iter().map(|start| {
            let start = start.to_zoned(viewer.tz.clone());
            text(&format::day_and_time(&start))
        });
        fact(words::ALL_DATES, lines.collect());
    }
    fact(words::PHONE, vec![(org.phone.clone(), dial(&org.phone))]);
    Ok(facts)
}

/// Where one meets: each line with where it leads, if it does.
fn place_in_words(location: Option<&Location>, org: &Org, phone: &str, place: &str) -> Vec<(String, String)> {
    let text = |text: &str| (text.to_owned(), String::new());
    let Some(location) = location else {
        return vec![text(&org.name), (org.address.clone(), map(&org.address))];
    };
    let detail = location.detail.trim();
    let mut lines = vec![text(location.label())];
    match location.kind {
        LocationKind::OnSite => {
            let address = if detail.is_empty() { org.address.as_str() } else { detail };
            lines.push((address.to_owned(), map(address)));
        }
        LocationKind::PhoneOut => lines.push(text(phone)),
        LocationKind::PhoneIn => lines.push((detail.to_owned(), dial(detail))),
        LocationKind::Video => lines.push((detail.to_owned(), detail.to_owned())),
        LocationKind::AtClient => lines.push((place.to_owned(), String::new())),
    }
    lines
}

/// The dates that were booked together and stand, if there are several.
///
/// # Errors
/// The database is busy.
pub async fn series(tx: &mut OrgTx, appointment: &Appointment) -> Result<Vec<Timestamp>> {
    match appointment.series_id {
        Some(series) => {
            let starts = store::series(tx, series).await?;
            Ok(starts.into_iter().map(|(start,)| start.timestamp()).collect())
        }
        None => Ok(Vec::new()),
    }
}

/// Until when a client can change it, said before they try: where it can’t be moved any more, where cancelling is late, where moving
/// asks anew.
pub fn policy_in_words(
    policy: Policy,
    appointment: &Appointment,
    service: &Service,
    options: &ServiceOptions,
    org: &Org,
    tz: &TimeZone,
) -> (String, String) {
    let ring = || {
        if org.phone.is_empty() { words::CONTACT_THE_BUSINESS.to_owned() } else { words::please_ring(&org.phone) }
    };
    let until = |hours: i64| {
        let until = appointment.starts_at.timestamp().to_zoned(tz.clone()).saturating_sub(hours.hours());
        format::day_and_time(&until)
    };
    let change = match (policy.may_move, policy.may_cancel) {
        (true, _) if options.confirmation.is_some() => words::has_to_say_yes(&org.name),
        (true, _) => String::new(),
        // What isn’t paid yet doesn’t stand, and can be moved once it does.
        (false, true) if appointment.unpaid_until.is_some() => String::new(),
        (false, true) if !service.active => format!("{} {}", words::NOT_OFFERED, ring()),
        (false, true) => {
            let hours = options.changes.move_hours.max(options.changes.late_hours);
            format!("{} {}", words::could_be_moved_until(&until(hours)), ring())
        }
        (false, false) => format!("{} {}", words::NO_CHANGES, ring()),
    };
    let cancel = if policy.late { words::cancels_late(options.changes.late_hours) } else { String::new() };
    (change, cancel)
}

/// The way there, on whichever map the device has for it. Nothing is loaded from there before somebody asks.
fn map(address: &str) -> String {
    if address.trim().is_empty() {
        return String::new();
    }
    let address: String = url::form_urlencoded::byte_serialize(address.as_bytes()).collect();
    format!("https://www.google.com/maps/search/?api=1&query={address}")
}
