//! What the audit log says of what happened in the calendar. Clients are never named.

use std::collections::HashMap;

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use uuid::Uuid;

use super::{availability, format, letters::kinds::Kind, store};
use crate::{
    audit::{Detail, Entry, Told},
    error::Result,
    ids,
    org::OrgTx,
};

/// The sentences of entries, by their numbers: what they are about is read for all of them at once.
///
/// # Errors
/// The database is busy.
pub async fn tell(tx: &mut OrgTx, entries: Vec<&Entry>) -> Result<HashMap<i64, Told>> {
    let named = Named::of(tx, &entries).await?;
    Ok(entries.into_iter().filter_map(|entry| Some((entry.number, sentence(entry, &named)?))).collect())
}

fn sentence(entry: &Entry, named: &Named) -> Option<Told> {
    let subject = entry.subject;
    Some(match entry.action.as_str() {
        "calendar.clients_read" => Told::saying(
            format!("looked at clients’ details{}", which(&entry.detail, named.appointments.get(&subject))),
            &["from", "until", "days", "clients"],
        ),
        "calendar.appointment_booked" => Told::new(format!("booked {}", named.appointment(subject, "is"))),
        "calendar.appointment_moved" => Told::new(format!("moved {}", named.appointment(subject, "is now"))),
        "calendar.appointment_cancelled" => Told::new(format!("cancelled {}", named.appointment(subject, "was"))),
        "calendar.appointment_refunded" => {
            let what = entry.detail.get("amount").map_or_else(|| "a payment".to_owned(), str::to_owned);
            let sentence = format!("paid back {what} for {}", named.appointment(subject, "is"));
            Told::saying(sentence, &["amount"])
        }
        "calendar.refund_failed" => {
            let amount = entry.detail.get("amount").unwrap_or("a payment");
            let sentence = format!("couldn’t pay back {amount} for {}", named.paid_for(entry));
            Told::saying(sentence, &["amount", "package"])
        }
        "calendar.payment_disputed" => {
            let stands = entry.detail.get("payment").unwrap_or("disputed");
            let sentence = format!("learnt that the payment for {} is {stands}", named.paid_for(entry));
            Told::saying(sentence, &["payment", "package"])
        }
        "calendar.appointment_no_show" => {
            Told::new(format!("marked a no-show at {}", named.appointment(subject, "was")))
        }
        "calendar.appointment_stands" => {
            Told::new(format!("took back the no-show at {}", named.appointment(subject, "was")))
        }
        "calendar.waitlist_offered" => Told::new("offered somebody on the waitlist a time".to_owned()),
        "calendar.waitlist_removed" => Told::new("took somebody off the waitlist".to_owned()),
        "calendar.letters_saved" => Told::new("set up emails to clients and staff".to_owned()),
        "calendar.letter_sent_again" => {
            let letter = entry.detail.get("kind").and_then(Kind::parse).map_or("email", Kind::label);
            let about = named.appointment(subject, "is");
            Told::saying(format!("sent “{letter}” again, about {about}"), &["kind"])
        }
        "calendar.service_saved" => Told::new(match named.services.get(&subject) {
            Some(name) => format!("set up the service “{name}”"),
            None => "set up a service that is gone".to_owned(),
        }),
        "calendar.staff_saved" => Told::new(format!("set up how {} can be booked", named.person(subject))),
        "calendar.hours_saved" => Told::new(format!("set the hours of {}", named.person(subject))),
        "calendar.feed_made" => {
            let clients = match entry.detail.get("clients") {
                Some("named") => "with clients’ names",
                _ => "without clients’ names",
            };
            Told::saying(format!("shared the calendar of {}, {clients}", named.person(subject)), &["clients"])
        }
        "calendar.feed_revoked" => Told::new(format!("ended the sharing of {}’s calendar", named.person(subject))),
        "calendar.elsewhere_added" => {
            let host = entry.detail.get("calendar").unwrap_or("another server");
            Told::saying(format!("connected a calendar at {host} to {}", named.person(subject)), &["calendar"])
        }
        "calendar.elsewhere_removed" => {
            Told::new(format!("disconnected a calendar elsewhere from {}", named.person(subject)))
        }
        _ => return None,
    })
}

/// " for the week 23 – 29 November 2026", " for Monday 23 November 2026", " of the appointment …"
fn which(detail: &Detail, appointment: Option<&Appointment>) -> String {
    let date = |name| detail.get(name).and_then(|text| text.parse::<Date>().ok());
    let days = detail.get("days").and_then(|days| days.parse::<i64>().ok());
    match detail.get("clients") {
        Some("one") => return " of one client".to_owned(),
        Some("search") => return " by a search".to_owned(),
        Some("waitlist") => return " of those on the waitlist".to_owned(),
        Some("duplicates") => return " of those who are on the list twice".to_owned(),
        Some("import") => return " beside a file that is brought along".to_owned(),
        Some(_) => return " in the list of clients".to_owned(),
        None => {}
    }
    match (date("from"), date("until"), days) {
        (Some(from), _, Some(1)) => format!(" for {}", format::day_and_year(from)),
        (Some(from), _, Some(days)) if (2..=366).contains(&days) => {
            format!(" for the week {}", format::week(from, from.saturating_add((days - 1).days())))
        }
        (Some(from), Some(until), _) => {
            format!(" for {} to {}", from.strftime("%-d %B %Y"), until.strftime("%-d %B %Y"))
        }
        _ => appointment.map(|found| format!(" of {}", found.words("is"))).unwrap_or_default(),
    }
}

struct Appointment {
    service: String,
    staff: String,
    when: String,
}

impl Appointment {
    fn words(&self, is: &str) -> String {
        let Self { service, staff, when } = self;
        format!("the appointment for “{service}” with {staff}, which {is} on {when}")
    }
}

/// What entries are about, as it is called now. What isn't here is gone.
struct Named {
    services: HashMap<Uuid, String>,
    staff: HashMap<Uuid, String>,
    appointments: HashMap<Uuid, Appointment>,
}

impl Named {
    async fn of(tx: &mut OrgTx, entries: &[&Entry]) -> Result<Self> {
        let zone: TimeZone = availability::zone(&tx.org().zone)?;
        let has = |kinds: &[&str]| entries.iter().any(|entry| kinds.contains(&entry.action.as_str()));
        let services = if has(&["calendar.service_saved"]) { store::services(tx).await? } else { Vec::new() };
        let of_staff = ["calendar.staff_saved", "calendar.hours_saved", "calendar.feed_made", "calendar.feed_revoked"];
        let elsewhere = ["calendar.elsewhere_added", "calendar.elsewhere_removed"];
        let staff = if has(&of_staff) || has(&elsewhere) { store::staff(tx).await? } else { Vec::new() };
        let mut appointments = HashMap::new();
        let asked = entries.iter().filter(|entry| {
            entry.action.starts_with("calendar.appointment_")
                || [
                    "calendar.clients_read",
                    "calendar.letter_sent_again",
                    "calendar.refund_failed",
                    "calendar.payment_disputed",
                ]
                .contains(&entry.action.as_str())
        });
        for ids in ids::batches(asked.map(|entry| entry.subject)) {
            for (id, service, staff, starts_at) in store::appointments_named(tx, ids).await? {
                let starts = starts_at.timestamp().to_zoned(zone.clone());
                let when = format!("{} at {}", starts.strftime("%a %-d %b %Y"), format::time(starts.time()));
                appointments.insert(id.0, Appointment { service, staff, when });
            }
        }
        Ok(Self {
            services: services.into_iter().map(|service| (service.id.0, service.name)).collect(),
            staff: staff.into_iter().map(|person| (person.id.0, person.name)).collect(),
            appointments,
        })
    }

    fn person(&self, id: Uuid) -> &str {
        self.staff.get(&id).map_or("somebody who has left", String::as_str)
    }

    /// What a payment is for.
    fn paid_for(&self, entry: &Entry) -> String {
        match entry.detail.get("package") {
            Some(package) => format!("the package “{package}”"),
            None => self.appointment(entry.subject, "is"),
        }
    }

    fn appointment(&self, id: Uuid, is: &str) -> String {
        self.appointments.get(&id).map_or_else(|| "an appointment that is gone".to_owned(), |found| found.words(is))
    }
}
