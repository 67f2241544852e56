//! What the pages for setting up the calendar are made of.

use super::{calendar_views::Members, options::ServiceOptions, rooms::Room, wire::Shown};
use crate::ui::Choice;

/// The services, in the business's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicesPage {
    /// All of them, hidden ones too, under their categories, as the booking page has them; the first may have none.
    pub categories: Vec<(String, Vec<ServiceLine>)>,
    /// Is there anybody who can be booked?
    pub anybody: bool,
    /// The whole address of the business's booking page.
    pub address: String,
}

/// A service in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// "45 minutes, $135.00".
    pub facts: String,
    /// "Priya Raman, Tom Whitlock"; empty where nobody who can be booked offers it.
    pub people: String,
    /// Shown and bookable.
    pub active: bool,
}

/// What a new service is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewService {
    /// Who can be put on it.
    pub people: Vec<Choice>,
    /// Where clients find the services: `https://…/b/harbour-physio/`.
    pub address: String,
}

/// A service to be changed; lengths and the price as they are typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceForm {
    /// Its id.
    pub id: String,
    /// Grows with every change.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// The word in its address.
    pub slug: String,
    /// May be empty.
    pub description: String,
    /// "45 min".
    pub duration: String,
    /// "15 min"; empty where one may start whenever one before it could end.
    pub interval: String,
    /// "0 min".
    pub buffer_before: String,
    /// "15 min".
    pub buffer_after: String,
    /// "2 h".
    pub notice: String,
    /// "60".
    pub window_days: String,
    /// "85.50".
    pub price: String,
    /// Shown and bookable.
    pub active: bool,
    /// What it is set to beyond that.
    pub options: ServiceOptions,
    /// Clients can pay now.
    pub takes_payments: bool,
    /// Who can be put on it.
    pub people: Vec<Choice>,
    /// Those who are on it, with their shares.
    pub shares: Vec<ShareLine>,
    /// The rooms and equipment that it can need: the word that is sent, and what it says.
    pub rooms: Vec<(String, String)>,
    /// The named schedule within which alone it can be booked; empty: none.
    pub schedule: String,
    /// Those that there are, and before them none.
    pub schedules: Vec<(String, String)>,
    /// Booked appointments that are still to come.
    pub upcoming: i64,
    /// Where clients find the services: `https://…/b/harbour-physio/`.
    pub address: String,
    /// Its picture, if it has one.
    pub picture: Option<Shown>,
    /// Only admins change it, and whoever looks at it is none.
    pub locked: bool,
}

/// Who can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffPage {
    /// Everybody, in the business's order.
    pub people: Vec<PersonLine>,
}

/// Somebody in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Can be booked.
    pub active: bool,
    /// "38 hours a week"; empty without hours.
    pub hours: String,
    /// "Initial consultation, Telehealth"; empty for none.
    pub services: String,
}

/// Somebody, with their hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPage {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Can be booked.
    pub active: bool,
    /// What they do; may be empty.
    pub title: String,
    /// A few words about them; may be empty.
    pub about: String,
    /// Their colour in the calendar; empty: the usual.
    pub colour: String,
    /// On the team’s page, and clients may choose them.
    pub listed: bool,
    /// Where their page is, if they have one: whole.
    pub page: Option<String>,
    /// Grows with every change of these.
    pub version: i64,
    /// Booked appointments that are still to come.
    pub upcoming: i64,
    /// The hours that they keep.
    pub hours: KeptHours,
    /// The named schedule that those are of, by its id and name; `None`: their own.
    pub keeps: Option<(String, String)>,
    /// Which they could keep: their own first.
    pub schedules: Vec<(String, String)>,
    /// When they are away from now on.
    pub away: Vec<AwayLine>,
    /// What they share, and what counts for them.
    pub calendars: CalendarsPart,
    /// Who they could be.
    pub members: Members,
}

/// Hours, of a person or of a named schedule, as they are typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptHours {
    /// Stands for the weekly hours: it is another one as soon as they are others.
    pub version: i64,
    /// Seven days, Monday first.
    pub days: Vec<DayHours>,
    /// Dates that are different, from today on.
    pub dates: Vec<DateLine>,
    /// Today on the business's clock: `2026-11-23`.
    pub today: String,
    /// "Sydney time".
    pub clock: String,
}

/// A time in which somebody is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwayLine {
    /// Its id.
    pub id: String,
    /// Why: "Annual leave"; never empty.
    pub title: String,
    /// "Monday 23 November 2026 – Friday 27 November 2026"
    pub when: String,
    /// What is booked with them in it all the same: its id, and "Monday 23 November, 9:00 am: Massage".
    pub booked: Vec<(String, String)>,
}

/// A room, or a piece of equipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPage {
    /// It.
    pub room: Room,
    /// When it is blocked from now on.
    pub blocked: Vec<AwayLine>,
}

/// A named schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulePage {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whoever is new begins with it.
    pub is_default: bool,
    /// Grows with every change of the two.
    pub version: i64,
    /// Who and what keeps it; empty: nobody, and nothing.
    pub users: String,
    /// What is in it.
    pub hours: KeptHours,
}

/// Somebody on a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLine {
    /// Their id.
    pub staff: String,
    /// Their name.
    pub name: String,
    /// The greater the sooner.
    pub priority: i64,
    /// How large a share they get where turns are taken.
    pub weight: i64,
    /// The named schedule that they keep for it; empty: their usual hours.
    pub schedule: String,
}

/// Somebody’s calendars elsewhere, on their page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarsPart {
    /// Whose: the person’s id.
    pub person: String,
    /// It is the page of whoever looks at it, and not one of the settings.
    pub mine: bool,
    /// How their own calendar is shared; `None`: it isn’t.
    pub feed: Option<FeedLine>,
    /// Calendars whose busy times count.
    pub sources: Vec<SourceLine>,
    /// There is room for another.
    pub room: bool,
}

/// How somebody’s calendar is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedLine {
    /// Clients are named.
    pub names: bool,
    /// "Made on 23 November 2026. Last read 5 minutes ago."
    pub facts: String,
}

/// A calendar elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// "calendar.google.com. Read 5 minutes ago."
    pub facts: String,
    /// Why it can’t be read.
    pub problem: Option<String>,
    /// It isn’t tried any more.
    pub stopped: bool,
}

/// A weekday's hours, as they are typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayHours {
    /// From and until: "9:00 am", "5:30 pm". None: off.
    pub windows: Vec<(String, String)>,
}

/// A window of the week as it was typed: weekday, from, until.
pub type TypedWindow = (String, String, String);

/// The week as it was typed, with a row more or less. Nothing of it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedWeek {
    /// Stands for the hours that it began with.
    pub hours_version: i64,
    /// The rows, empty ones too.
    pub rows: Vec<TypedWindow>,
    /// The weekday that has another number of rows.
    pub day: String,
    /// It has one more.
    pub added: bool,
}

/// A day that is different, as it was typed, with a row more. Nothing of it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedDay {
    /// `2026-12-25`, or whatever was typed.
    pub date: String,
    /// Off that day.
    pub off: bool,
    /// From and until, empty ones too.
    pub rows: Vec<(String, String)>,
}

/// A date that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateLine {
    /// `2026-12-25`.
    pub date: String,
    /// "Friday 25 December 2026".
    pub label: String,
    /// "Closed", or "9:00 am – 12:00 pm".
    pub text: String,
}

/// The days of the week as the forms name them, Monday first, and as people do.
pub const DAYS: [(&str, &str); 7] = [
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
];
