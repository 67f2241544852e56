//! Writes calendar files (RFC 5545): invitations and what changes about them (RFC 5546), and feeds to subscribe to (RFC 7986).
//!
//! Times are written in UTC alone, without a `VTIMEZONE`. What is booked is one instant that never repeats, and every
//! calendar shows it on its owner's clock. A zone written beside it could only disagree: with the tables of the program that
//! reads it, which Outlook trusts over ours for names that it knows, and which may not know Lord Howe's half hour at all.
//! The day that a business's zone changes its rules, its bookings are moved by us and sent anew, with a higher `SEQUENCE`.

use icalendar::{Alarm, Calendar, Component, EventLike, Property};
use url::Url;

use crate::clock::Instant;

/// Who wrote the file (`PRODID`).
const PRODUCT: &str = "-//Devalo//Bookings//EN";

/// The most octets of a line.
const WIDEST: usize = 75;

/// What happens at a time, for whoever it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    uid: String,
    sequence: u32,
    stamped: Instant,
    starts: Instant,
    ends: Instant,
    summary: String,
    location: String,
    description: String,
    url: String,
    certainty: Certainty,
    visibility: Visibility,
    blocks: bool,
    created: Option<Instant>,
    changed: Option<Instant>,
    reminders: Vec<u32>,
}

/// Whether it takes place (`STATUS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// It does.
    Confirmed,
    /// It may: somebody has to confirm it yet.
    Tentative,
    /// It doesn't, any more.
    Cancelled,
}

/// Who may see it in a shared calendar (`CLASS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Whoever sees the calendar.
    Public,
    /// The calendar's owner; others see that the time is taken.
    Private,
    /// Those whom the owner trusts with it.
    Confidential,
}

/// Somebody with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// As they are called; may be empty.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
}

/// Somebody who is asked to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub person: Person,
    /// What they have said so far (`PARTSTAT`).
    pub answer: Answer,
    /// Whether their calendar asks them for an answer (`RSVP`). Whoever booked has answered by that.
    pub asked: bool,
    /// Whether it can be without them (`ROLE`).
    pub optional: bool,
}

/// What somebody has said to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    None,
    /// They come.
    Accepted,
    /// They don't.
    Declined,
    /// They may.
    Tentative,
}

impl Event {
    /// An event that takes place. `uid` stays the same for as long as it is the same event; `stamped` is now.
    pub fn new(uid: impl Into<String>, stamped: Instant, starts: Instant, ends: Instant) -> Self {
        Self {
            uid: uid.into(),
            sequence: 0,
            stamped,
            starts,
            ends,
            summary: String::new(),
            location: String::new(),
            description: String::new(),
            url: String::new(),
            certainty: Certainty::Confirmed,
            visibility: Visibility::Public,
            blocks: true,
            created: None,
            changed: None,
            reminders: Vec::new(),
        }
    }

    /// What it is, in one line.
    #[must_use]
    pub fn summary(self, summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn location(self, location: impl Into<String>) -> Self {
        Self { location: location.into(), ..self }
    }

    /// What else there is to know, in as many lines as it takes.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// The page about it. What isn't an address of the web is left out.
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Self {
        Self { url: url.into(), ..self }
    }

    /// How often it has been changed: a calendar takes over what has a higher number than what it knows.
    #[must_use]
    pub fn sequence(self, sequence: u32) -> Self {
        Self { sequence, ..self }
    }

    /// Whether it takes place.
    #[must_use]
    pub fn certainty(self, certainty: Certainty) -> Self {
        Self { certainty, ..self }
    }

    /// Who may see it.
    #[must_use]
    pub fn visibility(self, visibility: Visibility) -> Self {
        Self { visibility, ..self }
    }

    /// It is shown, and its owner stays free (`TRANSP`).
    #[must_use]
    pub fn leaves_free(self) -> Self {
        Self { blocks: false, ..self }
    }

    /// When it was made, and when it was last changed.
    #[must_use]
    pub fn history(self, created: Instant, changed: Instant) -> Self {
        Self { created: Some(created), changed: Some(changed), ..self }
    }

    /// Reminds its owner this many minutes before it begins (`VALARM`).
    #[must_use]
    pub fn remind(mut self, minutes_before: u32) -> Self {
        self.reminders.push(minutes_before);
        self
    }
}

/// A file about one event, for somebody's mail (RFC 5546). It always has who invites, and an invitation whom it invites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    method: Method,
    event: Event,
    organiser: Person,
    attendees: Vec<Attendee>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Request,
    Cancel,
}

impl Invitation {
    /// Asks them to come; with a higher [`Event::sequence`], tells them that something changed.
    pub fn request(event: Event, organiser: Person, first: Attendee, others: Vec<Attendee>) -> Self {
        let attendees = std::iter::once(first).chain(others).collect();
        Self { method: Method::Request, event, organiser, attendees }
    }

    /// Takes it out of their calendars.
    pub fn cancel(event: Event, organiser: Person, attendees: Vec<Attendee>) -> Self {
        Self { method: Method::Cancel, event: event.certainty(Certainty::Cancelled), organiser, attendees }
    }

    /// What goes after `method=` in the content type of the letter's part, too.
    pub fn method(&self) -> &'static str {
        match self.method {
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
        }
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut event = component(&self.event);
        event.append_property(organiser(&self.organiser));
        for attendee in &self.attendees {
            event.append_multi_property(asked(attendee));
        }
        let mut file = file(self.method());
        file.push(event);
        folded(&file.to_string())
    }
}

/// Events to subscribe to, or to keep as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// What the calendar is called where it is subscribed to.
    pub name: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// The business's zone, by its IANA name: where a calendar shows one, it is this.
    pub zone: String,
    /// How many minutes a calendar may wait before it looks again.
    pub refresh_minutes: u32,
    /// What is in it. Nobody is named in a feed but in what the events themselves say.
    pub events: Vec<Event>,
}

impl Feed {
    /// The file.
    pub fn text(&self) -> String {
        let mut file = file("PUBLISH");
        let (name, about) = (one_line(&self.name), one_line(&self.about));
        let every = format!("PT{}M", self.refresh_minutes.max(1));
        // The library escapes what RFC 5545 and X- name, and these two came later.
        file.append_property(Property::new("NAME", escaped(&name)));
        file.append_property(Property::new("X-WR-CALNAME", name));
        if !about.is_empty() {
            file.append_property(Property::new("X-WR-CALDESC", about));
        }
        file.append_property(Property::new("X-WR-TIMEZONE", one_line(&self.zone)));
        file.append_property(
            Property::new("REFRESH-INTERVAL", every.as_str()).add_parameter("VALUE", "DURATION").done(),
        );
        file.append_property(Property::new("X-PUBLISHED-TTL", every));
        file.extend(self.events.iter().map(component));
        folded(&file.to_string())
    }
}

/// A file of several events that were made at once, for somebody to take over. One invitation is about one event (RFC 5546, 3.2.2).
pub fn several(events: &[Event]) -> String {
    let mut file = file("PUBLISH");
    file.extend(events.iter().map(component));
    folded(&file.to_string())
}

fn file(method: &str) -> Calendar {
    let mut file = Calendar::empty();
    for (name, value) in [("VERSION", "2.0"), ("PRODID", PRODUCT), ("CALSCALE", "GREGORIAN"), ("METHOD", method)] {
        file.append_property(Property::new(name, value));
    }
    file
}

fn component(event: &Event) -> icalendar::Event {
    let mut to = icalendar::Event::new();
    let uid = one_line(&event.uid);
    to.add_property("UID", uid.as_str())
        .add_property("SEQUENCE", event.sequence.to_string())
        .add_property("DTSTAMP", event.stamped.in_calendar_file())
        .add_property("DTSTART", event.starts.in_calendar_file())
        .add_property("DTEND", event.ends.in_calendar_file())
        .add_property("SUMMARY", one_line(&event.summary))
        .add_property(
            "STATUS",
            match event.certainty {
                Certainty::Confirmed => "CONFIRMED",
                Certainty::Tentative => "TENTATIVE",
                Certainty::Cancelled => "CANCELLED",
            },
        )
        .add_property(
            "CLASS",
            match event.visibility {
                Visibility::Public => "PUBLIC",
                Visibility::Private => "PRIVATE",
                Visibility::Confidential => "CONFIDENTIAL",
            },
        )
        .add_property("TRANSP", if event.blocks { "OPAQUE" } else { "TRANSPARENT" });
    for (name, text) in [("LOCATION", &event.location), ("DESCRIPTION", &event.description)] {
        if !text.trim().is_empty() {
            to.add_property(name, lines(text));
        }
    }
    if let Some(url) = Url::parse(event.url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https")) {
        to.add_property("URL", url.as_str());
    }
    for (name, at) in [("CREATED", event.created), ("LAST-MODIFIED", event.changed)] {
        if let Some(at) = at {
            to.add_property(name, at.in_calendar_file());
        }
    }
    for (number, minutes) in event.reminders.iter().enumerate() {
        let before = chrono::Duration::minutes(i64::from(*minutes));
        let mut alarm = Alarm::display(&one_line(&event.summary), -before);
        // What has neither is given the machine's time and a name by chance.
        alarm
            .add_property("DTSTAMP", event.stamped.in_calendar_file())
            .add_property("UID", format!("{uid}-reminder-{}", number + 1));
        to.alarm(alarm);
    }
    to
}

fn organiser(person: &Person) -> Property {
    let mut property = Property::new("ORGANIZER", mailto(&person.email));
    name(&mut property, person);
    property
}

fn asked(attendee: &Attendee) -> Property {
    let mut property = Property::new("ATTENDEE", mailto(&attendee.person.email));
    name(&mut property, &attendee.person);
    let answer = match attendee.answer {
        Answer::None => "NEEDS-ACTION",
        Answer::Accepted => "ACCEPTED",
        Answer::Declined => "DECLINED",
        Answer::Tentative => "TENTATIVE",
    };
    property
        .add_parameter("CUTYPE", "INDIVIDUAL")
        .add_parameter("ROLE", if attendee.optional { "OPT-PARTICIPANT" } else { "REQ-PARTICIPANT" })
        .add_parameter("PARTSTAT", answer)
        .add_parameter("RSVP", if attendee.asked { "TRUE" } else { "FALSE" });
    property
}

fn name(property: &mut Property, person: &Person) {
    // A quote can't stand in a parameter at all.
    let name = one_line(&person.name).replace('"', "'");
    if !name.is_empty() {
        property.add_parameter("CN", &name);
    }
}

/// An address as a link (RFC 6068). The library writes links as they are, so nothing that ends a line or begins something
/// else may be left.
fn mailto(email: &str) -> String {
    let mut link = "mailto:".to_owned();
    for byte in email.trim().bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_+!#$*'/=~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push('%');
            link.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
    }
    link
}

/// A text of several lines; whatever else would steer a reader is taken out. The library escapes `\n`, and no other end of
/// a line.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars()
        .map(|c| if is_break(c) { '\n' } else { c })
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect::<String>()
        .trim()
        .to_owned()
}

fn one_line(text: &str) -> String {
    lines(text).replace(['\n', '\t'], " ")
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Lines of 75 octets at most, each but the first of them with a space before (RFC 5545, 3.1), and no letter cut in two. The
/// library folds, too, but forgets the space of the last.
fn folded(file: &str) -> String {
    let mut folded = String::with_capacity(file.len() + file.len() / 64);
    for line in file.replace("\r\n ", "").split_terminator("\r\n") {
        let mut width = 0;
        for letter in line.chars() {
            if width + letter.len_utf8() > WIDEST {
                folded.push_str("\r\n ");
                width = 1;
            }
            folded.push(letter);
            width += letter.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;")
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
