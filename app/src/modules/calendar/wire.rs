//! What the calendar's pages are made of: plain data, worded and formatted by the server, so that the browser needs no
//! clock, no time zones and no money rules, and hydration can't disagree with the server.

use serde::{Deserialize, Serialize};

use crate::{packed::Inert, settings::wire::Look};

/// The business as the public sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Business {
    /// The part of the address that names it: `/b/{slug}`.
    pub slug: String,
    /// Its trading name.
    pub name: String,
    /// What it does, in its own words; may be empty.
    pub description: String,
    /// Public phone number; may be empty.
    pub phone: String,
    /// Street address in one line; may be empty.
    pub address: String,
    /// IANA zone, e.g. `Australia/Sydney`.
    pub zone: String,
    /// How its public pages look.
    pub look: Look,
}

/// What rings a number; empty where there is none.
pub fn dial(phone: &str) -> String {
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    if digits.is_empty() { String::new() } else { format!("tel:{digits}") }
}

/// A service on the public pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCard {
    /// `/b/{org}/{slug}`.
    pub slug: String,
    /// e.g. "Initial consultation".
    pub name: String,
    /// May be empty.
    pub description: String,
    /// "45 minutes", or "30 minutes – 1 hour".
    pub duration_label: String,
    /// "$95.00", "From $60.00", or "Free".
    pub price_label: String,
    /// Those of one category stand together under its name; empty: none.
    pub category: String,
    /// Its picture, if it has one.
    pub picture: Option<Shown>,
}

/// A picture on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Where it is.
    pub src: String,
    /// In pixels.
    pub width: i64,
    /// In pixels.
    pub height: i64,
}

/// `/b/{org}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessPage {
    /// The business.
    pub business: Business,
    /// All of it, as the server wrote it.
    pub content: Inert,
    /// JSON-LD for search engines, already safe inside a script element.
    pub json_ld: String,
    /// Absolute address of this page.
    pub canonical: String,
    /// That of the picture that is shown where the page is shared.
    pub card: String,
}

/// The times of a service: a week, and the month around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// IANA name of the zone that they are shown in.
    pub zone: String,
    /// "Perth time (AWST)".
    pub zone_label: String,
    /// The week, the month picker and the choice of a zone: all links and one form. Empty where a time was chosen.
    pub content: Inert,
    /// Where the time asked for can't be had, those that are left in the days shown: start (UTC, as in
    /// [`Chosen::start`]) and "Mon 23 Nov, 9:00 am".
    pub left: Vec<(String, String)>,
}

/// The time a visitor chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// UTC, e.g. `2026-11-23T22:00:00Z`: what the form sends.
    pub start: String,
    /// "Monday 23 November 2026, 9:00 – 9:45 am".
    pub label: String,
    /// "Perth time (AWST)".
    pub zone_label: String,
    /// In the business's zone, where that differs.
    pub business_label: Option<String>,
    /// A fresh idempotency key for the form.
    pub key: String,
    /// "Held for you until 9:42 am."; empty: it isn’t.
    pub held: String,
    /// What else was chosen: "Length" and "1 hour".
    pub facts: Vec<(String, String)>,
}

/// Something that the booking form asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The field’s name; `answers.pets` for one of the service’s own questions.
    pub name: String,
    /// How it is answered.
    pub kind: AskKind,
    /// The question.
    pub label: String,
    /// May be empty.
    pub hint: String,
    /// It can be left empty.
    pub optional: bool,
    /// At most so many characters.
    pub most: u16,
    /// What there is to choose from: value and label.
    pub choices: Vec<(String, String)>,
    /// A text to read before; may be empty.
    pub text: String,
}

/// How something is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AskKind {
    /// On one line.
    Line,
    /// The client’s name.
    Name,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A street address.
    Address,
    /// On several lines.
    Lines,
    /// One of the choices.
    Choice,
    /// Any of the choices.
    Several,
    /// With a tick.
    Tick,
}

/// What a form has in it while very many try to book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// A sum for the browser to do, and words for one that can’t.
    pub content: Inert,
    /// The address of the script that does it.
    pub script: String,
}

/// The booking form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingForm {
    /// What is sent along: what was chosen before, and when the form was made.
    pub hidden: Vec<(String, String)>,
    /// What it asks, in order.
    pub asks: Vec<Ask>,
    /// While very many try to book.
    pub guard: Option<Guard>,
    /// The business says yes to each booking: the button asks for it.
    pub is_request: bool,
}

/// `/b/{org}/{service}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePage {
    /// The business.
    pub business: Business,
    /// The service.
    pub service: ServiceCard,
    /// Lengths, people, places and seats to choose from, as links. Empty where there is nothing to choose, and where a time was.
    pub choices: Inert,
    /// The times.
    pub times: Times,
    /// Set where a time was chosen and is still free: show the form.
    pub chosen: Option<Chosen>,
    /// Set where a time was asked for.
    pub form: Option<BookingForm>,
    /// The times to choose from again.
    pub back: String,
    /// A sentence to show above the times: the chosen time has gone, the date is out of range.
    pub notice: Option<String>,
    /// It is on the business's page, and search engines may know of it.
    pub is_listed: bool,
    /// JSON-LD, safe inside a script element.
    pub json_ld: String,
    /// Absolute address without query.
    pub canonical: String,
    /// That of the picture that is shown where the page is shared.
    pub card: String,
}

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum Status {
    /// It holds its time.
    Booked,
    /// It was called off; its time is free again.
    Cancelled,
    /// The client didn't come.
    NoShow,
}

impl Status {
    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// The word people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Booked => "Booked",
            Self::Cancelled => "Cancelled",
            Self::NoShow => "No-show",
        }
    }
}

/// What is said of an appointment that the business hasn't said yes to.
pub const WAITS: &str = "To be confirmed";
/// What is said of one that its client hasn't paid for yet.
#[cfg(feature = "ssr")]
pub const UNPAID: &str = "Not paid yet";

/// Something that was agreed: "Where", and what that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// "Where".
    pub term: String,
    /// Each line, and where it leads; empty: nowhere.
    pub lines: Vec<(String, String)>,
}

/// `/manage/{token}`: a client's own booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagePage {
    /// The business.
    pub business: Business,
    /// The service.
    pub service: ServiceCard,
    /// "Your booking", "This booking is cancelled".
    pub heading: String,
    /// What follows from it; may be empty.
    pub words: String,
    /// The way to pay, as the server wrote it; empty where there is nothing to pay.
    pub pay: Inert,
    /// The business hasn't said yes yet, or the client hasn't paid.
    pub waits: bool,
    /// "Monday 23 November 2026, 9:00 – 9:45 am".
    pub when: String,
    /// "Sydney time (AEDT)".
    pub zone_label: String,
    /// In the business's zone, where that differs.
    pub business_label: Option<String>,
    /// What else was agreed, in order.
    pub facts: Vec<Fact>,
    /// The client's name, as they gave it.
    pub client_name: String,
    /// Where it stands.
    pub status: Status,
    /// The address of this page, whole: how the client comes back to it.
    pub address: String,
    /// May still be moved.
    pub may_move: bool,
    /// May still be cancelled.
    pub may_cancel: bool,
    /// Why it can't be moved or cancelled any more; empty where it can.
    pub change_words: String,
    /// What follows from cancelling it now; may be empty.
    pub cancel_words: String,
    /// For the change forms: refuse if the appointment has changed since.
    pub version: i64,
    /// Set when rescheduling: the times to choose from.
    pub times: Option<Times>,
    /// Set when a new time was chosen: ask to confirm it.
    pub chosen: Option<Chosen>,
    /// A sentence to show on top.
    pub notice: Option<String>,
}

/// An appointment in the dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked by itself, and they hold in any mixture")]
pub struct AppointmentCard {
    /// UUID.
    pub id: String,
    /// Name of the service.
    pub service: String,
    /// Name of the staff member.
    pub staff: String,
    /// Whose columns it is in: their ids, the one whose it is first.
    pub with: Vec<String>,
    /// The client, decrypted for those who may see it.
    pub client_name: String,
    /// Likewise.
    pub client_email: String,
    /// Likewise; may be empty.
    pub client_phone: String,
    /// What the client wrote; may be empty.
    pub notes: String,
    /// The business's local date, `2026-11-23`.
    pub date: String,
    /// "9:00 – 9:45 am", the business's clock.
    pub time_label: String,
    /// Minutes after local midnight on the clock's face, for placing it in the day column.
    pub from_minute: i64,
    /// Length in minutes.
    pub minutes: i64,
    /// Where it stands.
    pub status: Status,
    /// For the change forms.
    pub version: i64,
    /// It is booked and has begun, so a no-show can be marked.
    pub started: bool,
    /// It is booked and isn't over, so it can be cancelled.
    pub to_come: bool,
    /// The business hasn't said yes yet.
    pub waits: bool,
    /// A seat in something that several are in at once.
    pub seat: bool,
    /// The word of its colour; empty: the usual.
    pub tint: String,
}

/// Time in which somebody, or a room, can't be booked, on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockCard {
    /// UUID; empty: it comes from a calendar elsewhere.
    pub id: String,
    /// Whose: their id; empty: a room's.
    pub with: String,
    /// Their name, or the room's.
    pub staff: String,
    /// What for: "Lunch", "Time off", "Busy elsewhere".
    pub title: String,
    /// "12:00 – 1:00 pm", or "All day".
    pub time_label: String,
    /// Minutes after local midnight on the clock's face.
    pub from_minute: i64,
    /// Length on this day in minutes.
    pub minutes: i64,
}

/// A day column in the dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiaryDay {
    /// `2026-11-23`.
    pub date: String,
    /// "Monday 23 November".
    pub label: String,
    /// "Mon 23".
    pub short: String,
    /// Today in the business's zone.
    pub today: bool,
    /// In order of time.
    pub appointments: Vec<AppointmentCard>,
    /// When somebody can't be booked.
    pub blocks: Vec<BlockCard>,
    /// So many more than are in it, where there is room for a few.
    pub more: usize,
    /// It is of the month beside the one that is shown.
    pub beside: bool,
}

/// How much of the calendar is shown, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiaryKind {
    /// A column for each person.
    Day,
    /// A column for each day.
    Week,
    /// A box for each day.
    Month,
    /// A list of what is booked.
    Agenda,
}

impl DiaryKind {
    /// As addresses say it; what they don't say is the week.
    pub fn of(word: &str) -> Self {
        match word {
            "day" => Self::Day,
            "month" => Self::Month,
            "agenda" => Self::Agenda,
            _ => Self::Week,
        }
    }

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Agenda => "agenda",
        }
    }
}

/// The dashboard's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diary {
    /// How it is shown.
    pub kind: DiaryKind,
    /// "23 – 29 November 2026" or "Monday 23 November 2026".
    pub title: String,
    /// One day, or seven, Monday first; whole weeks of a month; or those on which there is something.
    pub days: Vec<DiaryDay>,
    /// Ids and names of those who can be booked or have an appointment in these days, in the business's order.
    pub people: Vec<(String, String)>,
    /// The one whose calendar it is; empty: everybody's.
    pub person: String,
    /// First day of the view before.
    pub previous: String,
    /// First day of the view after.
    pub next: String,
    /// Today in the business's zone.
    pub today: String,
    /// The business's clock: "Sydney time (AEDT)".
    pub zone_label: String,
    /// The first minute of the day to show, from opening hours and appointments.
    pub first_minute: i64,
    /// The last.
    pub last_minute: i64,
    /// Minutes after midnight now, on the business's clock.
    pub now_minute: i64,
    /// The organisation's event sequence that this view includes: the live stream goes on from here.
    pub sequence: i64,
    /// May cancel and mark no-shows.
    pub may_change: bool,
    /// Where nothing is booked in these days: "Nothing booked this week"; empty otherwise.
    pub empty_title: String,
    /// What comes before the link: "Next:", or a sentence by itself.
    pub empty_words: String,
    /// Where the link leads: to the next booking, or to what is left to set up; empty: there is none.
    pub empty_href: String,
    /// "Tuesday 1 December, 9:00 am — Haircut with Kim".
    pub empty_link: String,
    /// A sentence to show on top: the address asked for a day that there isn't.
    pub notice: Option<String>,
    /// The way to the waitlist: "Waitlist", or "Waitlist (3)" where so many wait.
    pub waiting: String,
}
