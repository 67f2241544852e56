//! The entry for a client’s calendar that comes with a letter: the same UID for as long as it is the same appointment, and a SEQUENCE
//! that grows with every change.

use super::{About, One, kinds::Kind, settings::LetterOptions, template::Values};
use crate::{
    mail::Attachment,
    modules::calendar::{
        booking,
        ics::write::{self, Answer, Attendee, Certainty, Event, Invitation, Person, Visibility},
        ids::AppointmentId,
        wire::Status,
    },
    org::OrgTx,
    platform::Platform,
};

/// Who invites.
pub struct Organiser(Person);

impl Organiser {
    /// The business, with the address at which it reads mail; else that which letters come from.
    pub fn of(tx: &OrgTx, letters: &LetterOptions) -> Self {
        let platform = tx.platform();
        let sender = || platform.mail.postman().and_then(crate::mail::post::Postman::address);
        let none = || format!("bookings@{}", host(platform).split(':').next().unwrap_or("localhost"));
        let email = Some(letters.reply_to.clone()).filter(|address| !address.is_empty()).or_else(sender);
        Self(Person { name: tx.org().name.clone(), email: email.unwrap_or_else(none) })
    }
}

/// What comes with a letter of this kind, if anything does.
pub fn attachment(
    tx: &OrgTx,
    about: &About,
    kind: Kind,
    all: &[One],
    values: &Values,
    organiser: &Organiser,
) -> Option<Attachment> {
    let itself = about.itself();
    let (method, text) = match kind {
        Kind::Booked | Kind::Confirmed | Kind::Moved if about.is_confirmed() && all.len() > 1 => {
            // One invitation is about one event (RFC 5546, 3.2.2), so several are an entry to take over.
            let events: Vec<Event> = all.iter().map(|one| event(tx, about, *one, values)).collect();
            ("PUBLISH", write::several(&events))
        }
        Kind::Booked | Kind::Confirmed | Kind::Moved if about.is_confirmed() => {
            let request =
                Invitation::request(event(tx, about, itself, values), organiser.0.clone(), attendee(about), Vec::new());
            (request.method(), request.text())
        }
        // It was moved, so that they have an entry of where it was.
        Kind::Requested if about.appointment.status() == Status::Booked && itself.version > 1 => {
            let event = event(tx, about, itself, values).certainty(Certainty::Tentative);
            let request = Invitation::request(event, organiser.0.clone(), attendee(about), Vec::new());
            (request.method(), request.text())
        }
        Kind::Declined | Kind::Lapsed if about.appointment.status() == Status::Cancelled && itself.version > 2 => {
            let cancel =
                Invitation::cancel(event(tx, about, itself, values), organiser.0.clone(), vec![attendee(about)]);
            (cancel.method(), cancel.text())
        }
        Kind::Cancelled | Kind::CalledOff if about.appointment.status() == Status::Cancelled => {
            let cancel =
                Invitation::cancel(event(tx, about, itself, values), organiser.0.clone(), vec![attendee(about)]);
            (cancel.method(), cancel.text())
        }
        _ => return None,
    };
    Some(Attachment {
        name: "booking.ics".to_owned(),
        content_type: format!("text/calendar; method={method}; charset=utf-8"),
        text,
    })
}

fn event(tx: &OrgTx, about: &About, one: One, values: &Values) -> Event {
    let platform = tx.platform();
    let link = format!("{}/manage/{}", platform.origin, booking::link(platform, tx.id(), one.id, one.ends_at));
    Event::new(uid(platform, one.id), tx.now(), one.starts_at, one.ends_at)
        .sequence(u32::try_from(one.version - 1).unwrap_or(0))
        .summary(format!("{} – {}", about.appointment.service_name, values.business))
        .location(values.place.clone())
        .description(format!("With {}. Change or cancel: {link}", about.appointment.staff_name))
        .url(link)
        .visibility(Visibility::Private)
}

/// The same as in the file that the client’s own page gives.
fn uid(platform: &Platform, id: AppointmentId) -> String {
    format!("{id}@{}", host(platform))
}

fn host(platform: &Platform) -> &str {
    platform.origin.rsplit("//").next().unwrap_or("devalo")
}

fn attendee(about: &About) -> Attendee {
    let person = Person { name: about.client.clone(), email: about.email.clone() };
    Attendee { person, answer: Answer::Accepted, asked: false, optional: false }
}
