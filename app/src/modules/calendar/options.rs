//! What a service, a person and the calendar as a whole can be set to, beyond what every one of them has. Stored as JSON
//! beside them; what is absent is as it was before there was a choice.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ids::ResourceId, letters::settings::LetterOptions, public_words as words};
use crate::{
    error::{FieldErrors, Result},
    holidays::STATES,
    settings::colour::Colour,
    web::is_text,
};

/// A service takes a time of a person and a room at most this long.
pub const LONGEST_MINUTES: i64 = 1440;
/// Kept free on either side at most.
pub const LONGEST_BUFFER: i64 = 480;
/// A service is booked at most so many days ahead.
pub const MOST_DAYS: i64 = 365;
/// One booking takes at most so many seats, over all its weeks: whoever books has the database’s one writer meanwhile.
pub const MOST_SEATS: i64 = 200;
/// One appointment takes at most so many rooms and pieces of equipment.
const MOST_ROOMS: i64 = 20;

/// What a service can be set to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceOptions {
    /// Other lengths that clients may choose, with their prices, beside the service’s own. At most 8.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lengths: Vec<Length>,
    /// Starts are this many minutes later than the grid: 0 to 59.
    #[serde(skip_serializing_if = "is_default")]
    pub offset_minutes: i64,
    /// Starts are moved a little where that leaves no gap that nothing fits in.
    #[serde(skip_serializing_if = "is_default")]
    pub optimise: bool,
    /// When it can be booked, beside the number of days ahead.
    #[serde(skip_serializing_if = "is_default")]
    pub window: Window,
    /// How much of it the business takes on.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: LimitSet,
    /// How much of it one client may have.
    #[serde(skip_serializing_if = "is_default")]
    pub client_limits: LimitSet,
    /// How many clients share a time, 1 to 1000. 1: each has it alone.
    #[serde(skip_serializing_if = "is_default")]
    pub capacity: Count,
    /// How many seats one booking may take, 200 at most.
    #[serde(skip_serializing_if = "is_default")]
    pub most_seats: Count,
    /// Where it takes place; the client chooses where there are several. At most 8. None: at the business’s address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// What clients are asked. At most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// The business says yes to each booking; until then its time is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// What clients pay when they book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// A client may book several weeks at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring: Option<Recurring>,
    /// It is on no page, and can be booked only through a link with this word in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What clients must accept; empty: nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub terms: String,
    /// Its colour in the calendar: `#rrggbb`, which shows as the nearest of [`TINTS`]; empty: the usual.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub colour: String,
    /// Services of one category stand together under its name; empty: none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// Its picture, which is sent on its page: what else says so changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// Who takes a booking.
    #[serde(skip_serializing_if = "is_default")]
    pub assignment: Assignment,
    /// Until when clients may move and cancel.
    #[serde(skip_serializing_if = "is_default")]
    pub changes: Changes,
    /// Only admins change it: the people on it can’t.
    #[serde(skip_serializing_if = "is_default")]
    pub managed: bool,
    /// Who finds no time that suits can wait for one that comes free.
    #[serde(skip_serializing_if = "is_default")]
    pub waitlist: bool,
    /// The rooms and equipment that are booked along with its people. At most 10, and 20 at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
}

/// What a person who can be booked can be set to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StaffOptions {
    /// How much they take on, over all services.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: LimitSet,
    /// Their colour in the calendar, for services that have none: `#rrggbb`, which shows as the nearest of [`TINTS`]; empty: the usual.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub colour: String,
    /// A few words about them on the team’s page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// What they do, under their name on the team’s page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// On the team’s page, and a client can choose them.
    #[serde(skip_serializing_if = "is_default")]
    pub unlisted: bool,
}

/// What the calendar as a whole is set to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarOptions {
    /// Closed on the public holidays of this state or territory: `NSW`, `VIC`, …; empty: open on all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub holidays: String,
    /// How much the business takes on, over all services and people.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: LimitSet,
    /// Websites that may show the booking pages inside their own: `https://www.example.com.au`. At most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub embedders: Vec<String>,
    /// What clients are written to.
    #[serde(skip_serializing_if = "is_default")]
    pub letters: LetterOptions,
}

/// A length that clients may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Length {
    /// 5 to 1440.
    pub minutes: i64,
    /// In cents, including GST.
    pub price_cents: i64,
}

/// When a service can be booked. What is set must all hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Window {
    /// At most so many weekdays ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_days: Option<i64>,
    /// From this date on, on the business’s calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<Date>,
    /// Up to and including this date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Date>,
}

/// How much is taken on, in the business’s days, weeks from Monday, and months. What is absent has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSet {
    /// Bookings a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<i64>,
    /// Bookings a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_week: Option<i64>,
    /// Bookings a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_month: Option<i64>,
    /// Minutes a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes_per_day: Option<i64>,
    /// Minutes a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes_per_week: Option<i64>,
    /// Minutes a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes_per_month: Option<i64>,
}

/// A number that is 1 unless it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Count(pub i64);

impl Default for Count {
    fn default() -> Self {
        Self(1)
    }
}

/// Where an appointment takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Small letters, digits and hyphens, unique within the service; it stays with appointments.
    pub id: String,
    /// Which way.
    pub kind: LocationKind,
    /// What clients read; empty: the kind’s own words.
    #[serde(default)]
    pub label: String,
    /// The address, the phone number that the client calls, the link to the video meeting, or nothing.
    #[serde(default)]
    pub detail: String,
    /// Minutes on the way, each way, kept free beside the buffers: at the client’s.
    #[serde(default)]
    pub travel_minutes: i64,
}

/// The ways to meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocationKind {
    /// At the business, or at the address given.
    OnSite,
    /// The business calls the client, who must leave a number.
    PhoneOut,
    /// The client calls.
    PhoneIn,
    /// By video, at the link given.
    Video,
    /// At the client’s, who must leave an address.
    AtClient,
}

/// Rooms or equipment that a service needs: so many of a kind, or a particular one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Any of this kind, as rooms and equipment name theirs; empty: the particular one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// This one and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// How many of the kind at once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub count: Count,
}

/// A question to clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Small letters, digits and hyphens, unique within the service; it stays with answers.
    pub id: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// The question.
    pub label: String,
    /// A line below it; may be empty.
    #[serde(default)]
    pub hint: String,
    /// There is no booking without an answer.
    #[serde(default)]
    pub required: bool,
    /// What there is to choose from, 2 to 30.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One line of at most 200 characters.
    Short,
    /// Several lines, at most 2,000 characters.
    Long,
    /// One of the choices.
    Choice,
    /// Any of the choices.
    Several,
    /// Yes or no.
    Checkbox,
}

/// The business says yes to each booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// For how many hours the time is held for it, 1 to 336; and never beyond the start.
    pub hours: i64,
}

/// What clients pay when they book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// How much of the price: 1 to 100 per cent.
    pub percent: i64,
    /// A deposit of so many cents in place of a part, for each seat; the price where that is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cents: Option<i64>,
    /// What is paid back, the longest notice first; who gives less notice than the last has nothing back.
    #[serde(default)]
    pub refunds: Vec<Refund>,
}

/// A picture that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Another for another picture.
    pub version: i64,
    /// In pixels.
    pub width: i64,
    /// In pixels.
    pub height: i64,
}

/// What is paid back to a client who cancels in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// At least so many hours before the start.
    pub hours_before: i64,
    /// This much of what was paid: 1 to 100 per cent.
    pub percent: i64,
}

/// A client may book several weeks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recurring {
    /// At most so many times, 2 to 52.
    pub most: i64,
}

/// Who takes a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Assignment {
    /// By which rule.
    pub rule: AssignmentRule,
    /// A client may choose a person instead.
    pub choice: bool,
    /// Turns are evened out over this many days; 0 is 30.
    pub period_days: i64,
}

/// By which rule a booking finds its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentRule {
    /// Whoever is free and has the fewest bookings that day.
    #[default]
    Fewest,
    /// Whoever is free and has the greatest priority; among equals the fewest bookings that day.
    Priority,
    /// Whoever is free and has been without a booking the longest.
    LongestIdle,
    /// In turns, by weight, evened out over the period.
    RoundRobin,
    /// All of them together.
    Collective,
}

/// Until when clients may move and cancel by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Changes {
    /// Hours before the start until which a client may move it; no longer than until cancelling is late.
    #[serde(skip_serializing_if = "is_default")]
    pub move_hours: i64,
    /// Hours before the start from which on cancelling counts as late.
    #[serde(skip_serializing_if = "is_default")]
    pub late_hours: i64,
    /// Who is late can’t cancel by the link at all, but must call.
    #[serde(skip_serializing_if = "is_default")]
    pub no_late_cancel: bool,
}

impl ServiceOptions {
    /// Reads what is stored.
    ///
    /// # Errors
    /// It isn’t what we wrote.
    pub fn read(stored: &str) -> Result<Self> {
        read(stored, "service")
    }

    /// What is stored.
    pub fn stored(&self) -> String {
        stored(self)
    }

    /// The length and the price that a client chose, of those that there are; `None`: the service’s own.
    pub fn length(&self, minutes: Option<i64>) -> Option<Length> {
        let minutes = minutes?;
        self.lengths.iter().copied().find(|length| length.minutes == minutes)
    }

    /// The place that is asked for, by its id; empty: the first. `None`: there is no such place, or none at all.
    pub fn place(&self, id: &str) -> Option<&Location> {
        match id {
            "" => self.locations.first(),
            id => self.locations.iter().find(|place| place.id == id),
        }
    }

    /// How many clients share a time.
    pub fn is_shared(&self) -> bool {
        self.capacity.0 > 1
    }

    /// The longest that an appointment can be, of the service’s own length and the others.
    pub fn longest(&self, own_minutes: i64) -> i64 {
        self.lengths.iter().map(|length| length.minutes).fold(own_minutes, i64::max)
    }

    /// Looks at every field. A field’s name is its path: `questions.2.label`.
    pub fn check(&self, duration_minutes: i64, errors: &mut FieldErrors) {
        self.check_times(duration_minutes, errors);
        self.check_locations(errors);
        self.check_questions(errors);
        self.check_money(errors);
        self.check_needs(errors);
        check_colour(&self.colour, errors);
        check_line("category", &self.category, 60, errors);
        check_lines("terms", &self.terms, 5000, errors);
        if self.secret.as_ref().is_some_and(|word| {
            !(16..=64).contains(&word.len()) || !word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        }) {
            errors.add("secret", "Use the word that was made for it.");
        }
    }

    fn check_times(&self, duration_minutes: i64, errors: &mut FieldErrors) {
        if self.lengths.len() > 8 {
            errors.add("lengths", "Offer at most 8 other lengths.");
        }
        for (place, length) in self.lengths.iter().enumerate() {
            if !(5..=LONGEST_MINUTES).contains(&length.minutes) {
                errors.add(&format!("lengths.{place}.minutes"), "Enter 5 to 1,440 minutes.");
            } else if length.minutes == duration_minutes
                || self.lengths.iter().take(place).any(|other| other.minutes == length.minutes)
            {
                errors.add(&format!("lengths.{place}.minutes"), "Each length can be offered once.");
            }
            if !(0..=100_000_000).contains(&length.price_cents) {
                errors.add(&format!("lengths.{place}.price_cents"), "Enter a price up to $1,000,000.");
            }
        }
        within("offset_minutes", self.offset_minutes, 0..=59, "Enter 0 to 59 minutes.", errors);
        if let Some(days) = self.window.business_days {
            within("window.business_days", days, 1..=260, "Enter 1 to 260 weekdays.", errors);
        }
        if let (Some(from), Some(until)) = (self.window.from, self.window.until)
            && until < from
        {
            errors.add("window.until", "The last day comes before the first.");
        }
        self.limits.check("limits", errors);
        self.client_limits.check("client_limits", errors);
        within("capacity", self.capacity.0, 1..=1000, "Enter 1 to 1,000 seats.", errors);
        if !(1..=self.capacity.0.max(1)).contains(&self.most_seats.0) {
            errors.add("most_seats", "One booking can’t take more seats than there are.");
        } else if self.most_seats.0 > MOST_SEATS {
            errors.add("most_seats", format!("One booking can take at most {MOST_SEATS} seats."));
        }
        within("changes.move_hours", self.changes.move_hours, 0..=8760, "Enter 0 to 8,760 hours.", errors);
        within("changes.late_hours", self.changes.late_hours, 0..=8760, "Enter 0 to 8,760 hours.", errors);
        within("assignment.period_days", self.assignment.period_days, 0..=365, "Enter 0 to 365 days.", errors);
        if self.assignment.rule == AssignmentRule::Collective && self.assignment.choice {
            errors.add("assignment.choice", "All of them take part, so there is nobody to choose.");
        }
        if let Some(confirmation) = self.confirmation {
            within("confirmation.hours", confirmation.hours, 1..=336, "Enter 1 to 336 hours.", errors);
        }
        if let Some(recurring) = self.recurring {
            within("recurring.most", recurring.most, 2..=52, "Enter 2 to 52 times.", errors);
        }
    }

    fn check_locations(&self, errors: &mut FieldErrors) {
        if self.locations.len() > 8 {
            errors.add("locations", "Offer at most 8 places.");
        }
        for (place, location) in self.locations.iter().enumerate() {
            let field = |name: &str| format!("locations.{place}.{name}");
            if !is_word(&location.id) || self.locations.iter().take(place).any(|other| other.id == location.id) {
                errors.add(&field("id"), "Use small letters, digits and hyphens, each word once.");
            }
            check_line(&field("label"), &location.label, 100, errors);
            check_line(&field("detail"), &location.detail, 500, errors);
            let detail = location.detail.trim();
            match location.kind {
                LocationKind::Video if !is_https(detail) => {
                    errors.add(&field("detail"), "Enter the meeting’s link, beginning with https://.");
                }
                LocationKind::PhoneIn if detail.chars().filter(char::is_ascii_digit).count() < 6 => {
                    errors.add(&field("detail"), "Enter the number that clients call.");
                }
                _ => {}
            }
            let travel = &field("travel_minutes");
            if location.kind == LocationKind::AtClient {
                within(travel, location.travel_minutes, 0..=240, "Enter 0 to 240 minutes.", errors);
            } else if location.travel_minutes != 0 {
                errors.add(travel, "Only who goes to the client is on the way.");
            }
        }
    }

    fn check_questions(&self, errors: &mut FieldErrors) {
        if self.questions.len() > 20 {
            errors.add("questions", "Ask at most 20 questions.");
        }
        for (place, question) in self.questions.iter().enumerate() {
            let field = |name: &str| format!("questions.{place}.{name}");
            if !is_word(&question.id) || self.questions.iter().take(place).any(|other| other.id == question.id) {
                errors.add(&field("id"), "Use small letters, digits and hyphens, each word once.");
            }
            if question.label.trim().is_empty() {
                errors.add(&field("label"), "Enter the question.");
            }
            check_line(&field("label"), &question.label, 200, errors);
            check_line(&field("hint"), &question.hint, 300, errors);
            let choosing = matches!(question.kind, QuestionKind::Choice | QuestionKind::Several);
            if choosing && !(2..=30).contains(&question.choices.len()) {
                errors.add(&field("choices"), "Enter 2 to 30 choices, each on a line of its own.");
            } else if !choosing && !question.choices.is_empty() {
                errors.add(&field("choices"), "Only a question with choices has any.");
            }
            for (at, choice) in question.choices.iter().enumerate() {
                if choice.trim().is_empty() || question.choices.iter().take(at).any(|other| other == choice) {
                    errors.add(&field("choices"), "Each choice has words of its own.");
                }
                check_line(&field("choices"), choice, 200, errors);
            }
        }
    }

    fn check_needs(&self, errors: &mut FieldErrors) {
        if self.needs.len() > 10 {
            errors.add("needs", "Ask for at most 10 kinds of rooms and equipment.");
        }
        for (place, need) in self.needs.iter().enumerate() {
            let field = |name: &str| format!("needs.{place}.{name}");
            if need.kind.trim().is_empty() == need.resource.is_none() {
                errors.add(&field("kind"), "Choose a kind, or a particular one.");
            }
            check_line(&field("kind"), &need.kind, 60, errors);
            let most = if need.resource.is_some() { 1 } else { MOST_ROOMS };
            if need.count.0 > most && need.resource.is_some() {
                errors.add(&field("count"), "There is only one of a particular one.");
            } else {
                within(&field("count"), need.count.0, 1..=most, "Enter 1 to 20.", errors);
            }
        }
        if self.needs.iter().map(|need| need.count.0.clamp(0, MOST_ROOMS)).sum::<i64>() > MOST_ROOMS {
            errors.add("needs", "One appointment can take at most 20 rooms and pieces of equipment.");
        }
    }

    fn check_money(&self, errors: &mut FieldErrors) {
        let Some(payment) = &self.payment else { return };
        within("payment.percent", payment.percent, 1..=100, "Enter 1 to 100 per cent.", errors);
        if let Some(cents) = payment.cents {
            within("payment.cents", cents, 50..=99_999_999, "Enter a deposit from $0.50 to $999,999.99.", errors);
        }
        if payment.refunds.len() > 5 {
            errors.add("payment.refunds", "Use at most 5 steps.");
        }
        for (place, refund) in payment.refunds.iter().enumerate() {
            let field = |name: &str| format!("payment.refunds.{place}.{name}");
            within(&field("percent"), refund.percent, 1..=100, "Enter 1 to 100 per cent.", errors);
            within(&field("hours_before"), refund.hours_before, 0..=8760, "Enter 0 to 8,760 hours.", errors);
            let after = place.checked_sub(1).and_then(|before| payment.refunds.get(before));
            if after.is_some_and(|before| before.hours_before <= refund.hours_before || before.percent < refund.percent)
            {
                errors.add(&field("hours_before"), "The longest notice comes first, and gets the most back.");
            }
        }
    }
}

impl StaffOptions {
    /// Reads what is stored.
    ///
    /// # Errors
    /// It isn’t what we wrote.
    pub fn read(stored: &str) -> Result<Self> {
        read(stored, "staff")
    }

    /// What is stored.
    pub fn stored(&self) -> String {
        stored(self)
    }

    /// Looks at every field.
    pub fn check(&self, errors: &mut FieldErrors) {
        self.limits.check("limits", errors);
        check_colour(&self.colour, errors);
        check_line("title", &self.title, 100, errors);
        check_lines("about", &self.about, 2000, errors);
    }
}

impl CalendarOptions {
    /// Reads what is stored.
    ///
    /// # Errors
    /// It isn’t what we wrote.
    pub fn read(stored: &str) -> Result<Self> {
        read(stored, "calendar")
    }

    /// What is stored.
    pub fn stored(&self) -> String {
        stored(self)
    }

    /// Looks at every field.
    pub fn check(&self, errors: &mut FieldErrors) {
        if !self.holidays.is_empty() && !STATES.iter().any(|(state, _)| *state == self.holidays) {
            errors.add("holidays", "Choose a state or territory.");
        }
        self.limits.check("limits", errors);
        self.letters.check(errors);
        if self.embedders.len() > 20 {
            errors.add("embedders", "Allow at most 20 websites.");
        }
        for (place, origin) in self.embedders.iter().enumerate() {
            let host = origin.strip_prefix("https://").filter(|host| host.contains('.'));
            // For development; who sets it there is asked whether it is one (`embedding::save`).
            let local = || {
                let host = origin.strip_prefix("http://")?;
                Some(host).filter(|host| matches!(host.split(':').next(), Some("localhost" | "127.0.0.1")))
            };
            // Nothing that could say more in a page’s policy than which website is meant.
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:".contains(&byte);
            let fine = host.or_else(local).is_some_and(|host| host.bytes().all(plain));
            if !fine || origin.len() > 253 {
                errors.add(
                    &format!("embedders.{place}"),
                    "Enter the start of the website’s address, like https://www.example.com.au.",
                );
            }
        }
    }
}

impl LimitSet {
    /// Whether there is no limit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn check(&self, path: &str, errors: &mut FieldErrors) {
        let counts = [("per_day", self.per_day), ("per_week", self.per_week), ("per_month", self.per_month)];
        for (name, limit) in counts {
            if let Some(limit) = limit {
                within(&format!("{path}.{name}"), limit, 1..=10_000, "Enter 1 to 10,000, or leave it empty.", errors);
            }
        }
        let minutes = [
            ("minutes_per_day", self.minutes_per_day, 1440),
            ("minutes_per_week", self.minutes_per_week, 10_080),
            ("minutes_per_month", self.minutes_per_month, 44_640),
        ];
        for (name, limit, most) in minutes {
            if limit.is_some_and(|limit| !(1..=most).contains(&limit)) {
                errors.add(&format!("{path}.{name}"), "Enter at least 1 minute, and no more than there are.");
            }
        }
    }
}

impl LocationKind {
    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnSite => "on_site",
            Self::PhoneOut => "phone_out",
            Self::PhoneIn => "phone_in",
            Self::Video => "video",
            Self::AtClient => "at_client",
        }
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::OnSite => words::AT_OUR_ADDRESS,
            Self::PhoneOut => words::BY_OUR_CALL,
            Self::PhoneIn => words::BY_YOUR_CALL,
            Self::Video => words::BY_VIDEO,
            Self::AtClient => words::AT_YOUR_ADDRESS,
        }
    }
}

impl Location {
    /// What people read.
    pub fn label(&self) -> &str {
        if self.label.trim().is_empty() { self.kind.label() } else { self.label.trim() }
    }
}

impl Assignment {
    /// Turns are evened out over this many days.
    pub const fn period(self) -> i64 {
        if self.period_days == 0 { 30 } else { self.period_days }
    }
}

fn read<'a, T: Deserialize<'a>>(stored: &'a str, of: &'static str) -> Result<T> {
    serde_json::from_str(stored).map_err(|error| {
        tracing::error!(%error, of, "stored options can’t be read");
        crate::error::AppError::internal()
    })
}

fn stored<T: Serialize>(options: &T) -> String {
    serde_json::to_string(options).unwrap_or_else(|_| "{}".to_owned())
}

fn within(
    field: &str,
    value: i64,
    range: std::ops::RangeInclusive<i64>,
    message: &'static str,
    errors: &mut FieldErrors,
) {
    if !range.contains(&value) {
        errors.add(field, message);
    }
}

fn check_line(field: &str, text: &str, most: usize, errors: &mut FieldErrors) {
    if text.chars().count() > most || text.contains(['\n', '\r']) || !is_text(text) {
        errors.add(field, format!("Use at most {most} letters, digits and punctuation on one line."));
    }
}

fn check_lines(field: &str, text: &str, most: usize, errors: &mut FieldErrors) {
    if text.chars().count() > most || !is_text(text) {
        errors.add(field, format!("Use at most {most} letters, digits and punctuation."));
    }
}

/// The colours of the calendar: the word of the style, what people call it, and the colour. They can be told apart, and text is readable
/// on each of their washes.
pub const TINTS: [(&str, &str, &str); 8] = [
    ("ocean", "Ocean", "#1b5470"),
    ("plum", "Plum", "#7a3e6d"),
    ("copper", "Copper", "#8a4b14"),
    ("fern", "Fern", "#2f6b3a"),
    ("rosella", "Rosella", "#9a2f3f"),
    ("twilight", "Twilight", "#4a4a8c"),
    ("olive", "Olive", "#5f6b14"),
    ("slate", "Slate", "#455a64"),
];

/// The word of the tint that is nearest to a colour; empty for none.
pub fn tint(colour: &str) -> &'static str {
    let Some(wanted) = Colour::parse(colour) else { return "" };
    let distance = |hex: &str| {
        let there = Colour::parse(hex).map(Colour::rgb).unwrap_or_default();
        wanted.rgb().iter().zip(there).map(|(a, b)| (i64::from(*a) - i64::from(b)).pow(2)).sum::<i64>()
    };
    TINTS.iter().min_by_key(|(.., hex)| distance(hex)).map_or("", |(word, ..)| word)
}

fn check_colour(colour: &str, errors: &mut FieldErrors) {
    let fine = colour.len() == 7 && colour.starts_with('#') && Colour::parse(colour).is_some();
    if !colour.is_empty() && !fine {
        errors.add("colour", "Choose a colour.");
    }
}

fn is_word(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_https(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| rest.contains('.') && !rest.contains(char::is_whitespace))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_has_each_tint() {
        let style = include_str!("../../../../style/diary.css");
        for (word, _, hex) in TINTS {
            assert!(style.contains(&format!("[data-tint=\"{word}\"] {{\n    --tint: {hex};")), "{word}");
            assert_eq!(tint(hex), word);
        }
        assert_eq!((tint("#1c5571"), tint(""), tint("blue")), ("ocean", "", ""));
    }

    #[test]
    fn a_colour_is_six_digits() {
        for (colour, fine) in
            [("", true), ("#1b5470", true), ("1b5470", false), ("#fff", false), ("#+1+1+1", false), ("##1b547", false)]
        {
            let mut errors = FieldErrors::default();
            check_colour(colour, &mut errors);
            assert_eq!(errors.finish().is_ok(), fine, "{colour}");
        }
    }
}
