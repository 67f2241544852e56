//! "Why is this time not offered?", in words for whoever stands at the desk.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    availability::{Availability, Wanted},
    booking, format,
    ids::StaffId,
    permissions,
    slots::{ClosedBy, LimitOf, Per, Reason},
    store::{self, Staff},
};
use crate::{
    db::Access,
    error::Result,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// Whether a time is offered, and each rule that removes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    /// "Not offered: Monday 23 November 2026, 9:00 am", or "Offered with Kim and Sam: …".
    pub headline: String,
    /// It is offered.
    pub offered: bool,
    /// What keeps it from everybody.
    pub reasons: Vec<Hint>,
    /// Of each person who offers the service, in the business’s order.
    pub people: Vec<WhyPerson>,
}

/// What keeps somebody from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhyPerson {
    /// Who.
    pub name: String,
    /// They can take it.
    pub free: bool,
    /// What keeps it from them.
    pub reasons: Vec<Hint>,
}

/// A reason, and where it can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hint {
    /// "Kim works 9:00 am – 1:00 pm and 2:00 – 5:00 pm on Mondays."
    pub words: String,
    /// Below `/app/{org}/calendar`: `/staff/…`, `/services/…`, `/holidays`; absent where nothing is to be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Why a time of a service is offered or isn’t.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for an unknown service; 422 for a start that can’t be read.
pub async fn why(platform: &Platform, actor: &Actor, org: &str, wanted: &Wanted<'_>, start: &str) -> Result<Why> {
    let need = &permissions::VIEW_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Read).await?;
    let start = booking::parse_start(start)?;
    let free = Availability::load_around(&mut tx, wanted, start).await?;
    let staff = store::staff(&mut tx).await?;
    tx.rollback().await?;
    of_start(&free, &staff, start)
}

/// The same of what was read already; `staff`: everybody there is.
///
/// # Errors
/// The stored rules can't be worked with; the business must mend them.
pub fn of_start(free: &Availability, staff: &[Staff], start: Timestamp) -> Result<Why> {
    let when = when(free, start);
    let service = service_path(free, "");
    let mut reasons = Vec::new();
    if !free.service.active {
        reasons.push(Hint { words: "The service is hidden from clients.".to_owned(), path: Some(service) });
    }
    let hosts = free.people();
    if hosts.is_empty() {
        let words = "Nobody who can be booked offers it.".to_owned();
        reasons.push(Hint { words, path: Some(service_path(free, "/people")) });
        return Ok(Why { headline: format!("Not offered: {when}"), offered: false, reasons, people: Vec::new() });
    }
    let told = free.explain(start)?;
    let words = Words { free, start, brief: false };
    reasons.extend(told.general.iter().map(|reason| words.hint(reason, None)));
    let rooms = free.lacks_resources(start);
    if rooms {
        reasons.push(Hint { words: NO_ROOM.to_owned(), path: Some(service_path(free, "/rooms")) });
    }
    let joins = free.can_be_joined(start);
    let offered = free.service.active && ((!told.offered_by.is_empty() && !rooms) || joins);
    let people = hosts
        .iter()
        .zip(&told.hosts)
        .enumerate()
        .map(|(index, (id, reasons))| {
            let name = name_of(staff, *id);
            WhyPerson {
                name: name.to_owned(),
                free: told.offered_by.contains(&index),
                reasons: reasons.iter().map(|reason| words.hint(reason, Some((*id, name, index)))).collect(),
            }
        })
        .collect::<Vec<_>>();
    let with: Vec<&str> = people.iter().filter(|person| person.free).map(|person| person.name.as_str()).collect();
    let headline = if offered {
        format!("Offered with {}: {when}", if joins { "seats left".to_owned() } else { listed(&with) })
    } else {
        format!("Not offered: {when}")
    };
    Ok(Why { headline, offered, reasons, people })
}

/// What first keeps a time from being offered, in a sentence or two; `None`: it is offered. Of neighbouring times that the same thing
/// keeps it is the same.
///
/// # Errors
/// As [`of_start`].
pub fn in_short(free: &Availability, staff: &[Staff], start: Timestamp) -> Result<Option<String>> {
    if !free.service.active {
        return Ok(Some("The service is hidden from clients.".to_owned()));
    }
    let hosts = free.people();
    if hosts.is_empty() {
        return Ok(Some("Nobody who can be booked offers it.".to_owned()));
    }
    if free.can_be_joined(start) {
        return Ok(None);
    }
    let told = free.explain_briefly(start)?;
    let rooms = free.lacks_resources(start);
    if !told.offered_by.is_empty() {
        return Ok(rooms.then(|| NO_ROOM.to_owned()));
    }
    let words = Words { free, start, brief: true };
    if let Some(reason) = told.general.first() {
        return Ok(Some(words.hint(reason, None).words));
    }
    let mut said: Vec<String> = Vec::new();
    let mut more = 0;
    for (index, (id, reasons)) in hosts.iter().zip(&told.hosts).enumerate() {
        let Some(reason) = reasons.first() else { continue };
        let sentence = words.hint(reason, Some((*id, name_of(staff, *id), index))).words;
        if said.contains(&sentence) {
            continue;
        }
        if said.len() < MOST_SAID {
            said.push(sentence);
        } else {
            more += 1;
        }
    }
    match more {
        0 => {}
        1 => said.push("One more can’t either.".to_owned()),
        more => said.push(format!("{more} more can’t either.")),
    }
    Ok(Some(if said.is_empty() { "Nobody can take it.".to_owned() } else { said.join(" ") }))
}

/// People whose reasons are told one by one where there isn’t room for all.
const MOST_SAID: usize = 2;
const NO_ROOM: &str = "No room, or no equipment, that it needs is free then.";

/// "Monday 23 November 2026, 9:00 am", on the business’s clock.
pub fn when(free: &Availability, start: Timestamp) -> String {
    let at = start.to_zoned(free.tz.clone());
    format!("{}, {}", format::day_and_year(at.date()), format::time(at.time()))
}

fn name_of(staff: &[Staff], id: StaffId) -> &str {
    staff.iter().find(|one| one.id == id).map_or("Somebody", |one| one.name.as_str())
}

fn service_path(free: &Availability, section: &str) -> String {
    format!("/services/{}{section}", free.service.id)
}

struct Words<'a> {
    free: &'a Availability,
    start: Timestamp,
    /// Without what differs from one time to the next.
    brief: bool,
}

impl Words<'_> {
    /// A reason in words; of whom it is, with their place, where it is somebody’s.
    fn hint(&self, reason: &Reason, of: Option<(StaffId, &str, usize)>) -> Hint {
        let service = Some(service_path(self.free, "/times"));
        let person = of.map(|(id, ..)| format!("/staff/{id}/hours"));
        let day = of.map(|(id, ..)| format!("/staff/{id}/days"));
        let who = of.map_or("Somebody", |(_, name, _)| name);
        let (words, path) = match reason {
            Reason::Past => ("It is in the past.".to_owned(), None),
            Reason::TooSoon { until } => {
                let notice = format::duration(self.free.service.min_notice_minutes);
                if self.brief {
                    return Hint { words: format!("{notice} notice is asked for."), path: service };
                }
                (format!("{notice} notice is asked for: it could be booked until {}.", self.moment(*until)), service)
            }
            Reason::BeforeWindow { first } => {
                (format!("It can be booked from {} on.", format::day_and_year(*first)), service)
            }
            Reason::BeyondWindow { last } => {
                (format!("It can be booked up to {} so far.", format::day_and_year(*last)), service)
            }
            Reason::ServiceClosed => ("It is outside the hours of the service itself.".to_owned(), service),
            Reason::Closed { windows, by } => {
                let weekday = self.local(self.start).strftime("%A").to_string();
                let hours = listed(&windows.iter().map(|window| span(*window)).collect::<Vec<_>>());
                let (words, path) = match (by, windows.is_empty()) {
                    (ClosedBy::ClosedDate, _) => {
                        ("The business is closed that day.".to_owned(), Some("/holidays".to_owned()))
                    }
                    (ClosedBy::Override, true) => (format!("{who} is off that day."), day),
                    (ClosedBy::Override, false) => (format!("{who} works {hours} that day."), day),
                    (ClosedBy::Weekly, true) => (format!("{who} doesn’t work on {weekday}s."), person),
                    (ClosedBy::Weekly, false) => (format!("{who} works {hours} on {weekday}s."), person),
                };
                (words, path)
            }
            Reason::TooLong { closes } => {
                let minutes = format::duration(self.free.minutes);
                (format!("It takes {minutes}, and {who} works until {}.", self.clock(*closes)), person)
            }
            Reason::Busy { index, buffer_only } => {
                let busy = of.and_then(|(_, _, host)| self.free.busy_time(host, *index));
                let when = busy
                    .map_or_else(String::new, |(from, until)| format!(" {} – {}", self.clock(from), self.clock(until)));
                if *buffer_only {
                    (
                        format!("{who} has something else{when}, and with the gaps between there isn’t time enough."),
                        service,
                    )
                } else {
                    (format!("{who} isn’t free{when}."), None)
                }
            }
            Reason::Full { of: limit, per, bookings, limit: most, taken } => {
                let per = match per {
                    Per::Day => "a day",
                    Per::Week => "a week",
                    Per::Month => "a month",
                };
                let counted = if *bookings { "bookings" } else { "minutes" };
                let (whose, path) = match limit {
                    LimitOf::Host => (format!("{who}’s limit"), of.map(|(id, ..)| format!("/staff/{id}"))),
                    LimitOf::Also(1) => ("The limit for one client".to_owned(), service),
                    LimitOf::Also(2) => ("The business’s limit".to_owned(), None),
                    LimitOf::Rules | LimitOf::Also(_) => ("The service’s limit".to_owned(), service),
                };
                (format!("{whose} of {most} {counted} {per} is used up: there are {taken}."), path)
            }
            Reason::OffGrid { before, after } => {
                let near: Vec<String> = [before, after].into_iter().flatten().map(|at| self.moment(*at)).collect();
                let near = if near.is_empty() {
                    String::new()
                } else {
                    format!(" The nearest with {who}: {}.", listed(&near))
                };
                (format!("Appointments don’t begin at that time.{near}"), service)
            }
        };
        Hint { words, path }
    }

    fn local(&self, at: Timestamp) -> jiff::Zoned {
        at.to_zoned(self.free.tz.clone())
    }

    fn clock(&self, at: Timestamp) -> String {
        format::time(self.local(at).time())
    }

    fn moment(&self, at: Timestamp) -> String {
        let there = self.local(at);
        if there.date() == self.local(self.start).date() {
            format::time(there.time())
        } else {
            format::day_and_time(&there)
        }
    }
}

fn span((from, until): (i64, i64)) -> String {
    format!("{} – {}", format::minute_of_day(from), format::minute_of_day(until))
}

/// "a", "a and b", "a, b and c"
fn listed<T: AsRef<str>>(parts: &[T]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
