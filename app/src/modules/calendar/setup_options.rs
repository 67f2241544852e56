//! What a service can be set to beyond what every one has: as people type it, and read from that. A field’s name is its path, as the
//! verb and the JSON API have it: `lengths.0.minutes`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rand::{RngExt, rand_core::UnwrapErr, rngs::SysRng};

use super::{
    ids::ResourceId,
    options::{
        AssignmentRule, Confirmation, Count, Length, LimitSet, Location, LocationKind, Need, Payment, Question,
        QuestionKind, Recurring, Refund, ServiceOptions,
    },
    typed,
};
use crate::{
    error::{FieldError, FieldErrors},
    slug,
};

/// What a form sends, by the fields’ names: of a box one value if it is ticked, of all others one.
pub type Typed = BTreeMap<String, Vec<String>>;

/// A part of the options that one form changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Lengths, places, seats, the category.
    Choices,
    /// Questions and terms.
    Questions,
    /// Rooms and equipment.
    Rooms,
    /// Who takes a booking, confirmation, changes, weeks, limits, dates, the secret link.
    Rules,
    /// What clients pay when they book, and what comes back to them.
    Payment,
}

/// Rows that a list shows at most.
const MOST_LENGTHS: usize = 8;
const MOST_PLACES: usize = 8;
const MOST_QUESTIONS: usize = 20;
const MOST_NEEDS: usize = 10;

impl Part {
    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Choices => "choices",
            Self::Questions => "questions",
            Self::Rooms => "rooms",
            Self::Rules => "rules",
            Self::Payment => "payment",
        }
    }

    /// Reads what was typed over what is set; what the part has no field for stays. Notes what is wrong at the fields.
    pub fn read(self, typed: &Typed, options: &mut ServiceOptions, duration_minutes: i64, errors: &mut FieldErrors) {
        let mut reading = Reading { typed, errors: FieldErrors::default(), rows: BTreeMap::new() };
        match self {
            Self::Choices => reading.choices(options),
            Self::Questions => reading.questions(options),
            Self::Rooms => reading.rooms(options),
            Self::Rules => reading.rules(options),
            Self::Payment => reading.payment(options),
        }
        let Reading { errors: unread, rows, .. } = reading;
        let mut refused = FieldErrors::default();
        options.check(duration_minutes, &mut refused);
        for FieldError { field, message } in unread.into_fields() {
            errors.add(&format!("options.{field}"), message);
        }
        for FieldError { field, message } in refused.into_fields() {
            errors.add(&format!("options.{}", as_typed(&field, &rows)), message);
        }
    }
}

/// How many rows each list of a form has: those that there are, and some to add.
pub const fn rows(part: &str, there_are: usize) -> usize {
    let (most, empty) = match part.as_bytes() {
        b"lengths" => (MOST_LENGTHS, 2),
        b"locations" => (MOST_PLACES, 1),
        b"needs" => (MOST_NEEDS, 2),
        _ => (MOST_QUESTIONS, 1),
    };
    if there_are + empty > most { most } else { there_are + empty }
}

/// A refusal names the rows that were read: here are those that were typed, with the empty ones between.
fn as_typed(field: &str, rows: &BTreeMap<&'static str, Vec<usize>>) -> String {
    let mut parts = field.splitn(3, '.');
    if let (Some(list), Some(row), Some(rest)) = (parts.next(), parts.next(), parts.next())
        && let Some(typed) = row.parse::<usize>().ok().and_then(|row| rows.get(list)?.get(row))
    {
        // Words of their own that nobody types: what they are made from is.
        let rest = match (list, rest) {
            ("needs", "kind") => "what",
            (_, "id") => "label",
            (_, rest) => rest,
        };
        return format!("{list}.{typed}.{rest}");
    }
    field.to_owned()
}

struct Reading<'t> {
    typed: &'t Typed,
    errors: FieldErrors,
    /// Of each list which typed row became which.
    rows: BTreeMap<&'static str, Vec<usize>>,
}

impl Reading<'_> {
    fn text(&self, field: &str) -> String {
        let value = self.typed.get(field).and_then(|values| values.first());
        value.map(|value| value.trim().replace("\r\n", "\n")).unwrap_or_default()
    }

    fn ticked(&self, field: &str) -> bool {
        self.typed.get(field).is_some_and(|values| !values.is_empty())
    }

    fn minutes(&mut self, field: &str) -> i64 {
        let read = typed::minutes(&self.text(field));
        self.errors.take(field, read)
    }

    /// A length of time that need not be said.
    fn some_minutes(&mut self, field: &str) -> Option<i64> {
        if self.text(field).is_empty() { None } else { Some(self.minutes(field)) }
    }

    fn number(&mut self, field: &str) -> Option<i64> {
        let text = self.text(field);
        if text.is_empty() {
            return None;
        }
        let read = text.parse::<i64>().map_err(|_| "Enter a whole number.");
        Some(self.errors.take(field, read))
    }

    fn date(&mut self, field: &str) -> Option<Date> {
        let text = self.text(field);
        if text.is_empty() {
            return None;
        }
        let read = text.parse::<Date>().map(Some).map_err(|_| "Choose a day.");
        self.errors.take(field, read)
    }

    /// The rows of a list in which something was typed.
    fn typed_rows(&mut self, list: &'static str, most: usize, fields: &[&str]) -> Vec<usize> {
        let says = |row: usize| fields.iter().any(|field| !self.text(&format!("{list}.{row}.{field}")).is_empty());
        let rows: Vec<usize> = (0..most).filter(|row| says(*row)).collect();
        self.rows.insert(list, rows.clone());
        rows
    }

    fn choices(&mut self, options: &mut ServiceOptions) {
        options.category = self.text("category");
        options.colour = self.text("colour");
        options.lengths = self
            .typed_rows("lengths", MOST_LENGTHS, &["minutes", "price_cents"])
            .into_iter()
            .map(|row| {
                let price = format!("lengths.{row}.price_cents");
                let read = typed::price(&self.text(&price));
                Length {
                    minutes: self.minutes(&format!("lengths.{row}.minutes")),
                    price_cents: self.errors.take(&price, read),
                }
            })
            .collect();
        options.capacity = Count(self.number("capacity").unwrap_or(1));
        options.most_seats = Count(self.number("most_seats").unwrap_or(1));
        let before = std::mem::take(&mut options.locations);
        let mut taken: Vec<String> = Vec::new();
        for row in self.typed_rows("locations", MOST_PLACES, &["kind", "label", "detail"]) {
            let field = |name: &str| format!("locations.{row}.{name}");
            let kind = KINDS.iter().find(|(kind, _)| kind.as_str() == self.text(&field("kind")));
            let Some((kind, _)) = kind else {
                self.errors.add(&field("kind"), "Choose how you meet.");
                continue;
            };
            let label = self.text(&field("label"));
            let travel_minutes =
                if *kind == LocationKind::AtClient { self.minutes(&field("travel_minutes")) } else { 0 };
            let id =
                word(&self.text(&field("id")), if label.is_empty() { kind.as_str() } else { &label }, &taken, |id| {
                    before.iter().any(|one| one.id == id)
                });
            taken.push(id.clone());
            let detail = self.text(&field("detail"));
            options.locations.push(Location { id, kind: *kind, label, detail, travel_minutes });
        }
    }

    fn questions(&mut self, options: &mut ServiceOptions) {
        let before = std::mem::take(&mut options.questions);
        let mut taken: Vec<String> = Vec::new();
        for row in self.typed_rows("questions", MOST_QUESTIONS, &["label", "hint", "choices"]) {
            let field = |name: &str| format!("questions.{row}.{name}");
            let kind = QUESTIONS.iter().find(|(kind, ..)| kind_word(*kind) == self.text(&field("kind")));
            let kind = kind.map_or(QuestionKind::Short, |(kind, _)| *kind);
            let label = self.text(&field("label"));
            let id = word(&self.text(&field("id")), &label, &taken, |id| before.iter().any(|one| one.id == id));
            taken.push(id.clone());
            let choices = self.text(&field("choices"));
            options.questions.push(Question {
                id,
                kind,
                label,
                hint: self.text(&field("hint")),
                required: self.ticked(&field("required")),
                choices: choices
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .map(ToOwned::to_owned)
                    .collect(),
            });
        }
        options.terms = self.text("terms");
    }

    fn rooms(&mut self, options: &mut ServiceOptions) {
        options.needs.clear();
        for row in self.typed_rows("needs", MOST_NEEDS, &["what"]) {
            let field = |name: &str| format!("needs.{row}.{name}");
            let what = self.text(&field("what"));
            let (kind, resource) = match (what.strip_prefix("kind:"), what.strip_prefix("one:")) {
                (Some(kind), _) => (kind.to_owned(), None),
                (_, Some(id)) if id.parse::<ResourceId>().is_ok() => (String::new(), id.parse().ok()),
                _ => {
                    self.errors.add(&field("what"), "Choose what is needed.");
                    continue;
                }
            };
            let count = Count(self.number(&field("count")).unwrap_or(1));
            options.needs.push(Need { kind, resource, count });
        }
    }

    fn rules(&mut self, options: &mut ServiceOptions) {
        let rule = RULES.iter().find(|(rule, _)| rule_word(*rule) == self.text("assignment.rule"));
        options.assignment.rule = rule.map_or(AssignmentRule::Fewest, |(rule, _)| *rule);
        options.assignment.choice = self.ticked("assignment.choice");
        options.assignment.period_days = self.number("assignment.period_days").unwrap_or(0);
        options.waitlist = self.ticked("waitlist");
        options.confirmation = self.number("confirmation.hours").map(|hours| Confirmation { hours });
        options.recurring = self.number("recurring.most").map(|most| Recurring { most });
        options.changes.move_hours = self.number("changes.move_hours").unwrap_or(0);
        options.changes.late_hours = self.number("changes.late_hours").unwrap_or(0);
        options.changes.no_late_cancel = self.ticked("changes.no_late_cancel");
        options.window.business_days = self.number("window.business_days");
        options.window.from = self.date("window.from");
        options.window.until = self.date("window.until");
        options.managed = self.ticked("managed");
        options.offset_minutes = self.number("offset_minutes").unwrap_or(0);
        options.optimise = self.ticked("optimise");
        options.limits = self.limits("limits");
        options.client_limits = self.limits("client_limits");
        if !self.ticked("secret") {
            options.secret = None;
        } else if options.secret.is_none() {
            options.secret = Some(fresh_word());
        }
    }

    fn payment(&mut self, options: &mut ServiceOptions) {
        let kind = self.text("payment.kind");
        let (percent, cents) = match kind.as_str() {
            "full" => (100, None),
            "part" => {
                let read = self.number("payment.percent").filter(|percent| (1..=100).contains(percent));
                (self.errors.take("payment.percent", read.ok_or("Enter 1 to 100 per cent.")).max(1), None)
            }
            "deposit" => {
                let read = typed::price(&self.text("payment.cents"));
                (100, Some(self.errors.take("payment.cents", read)))
            }
            _ => {
                options.payment = None;
                return;
            }
        };
        let hours = self.whole("payment.until", 8760, "Enter 0 to 8,760 hours, or leave it empty.");
        let later = self.whole("payment.later", 100, "Enter 0 to 100 per cent, or leave it empty.");
        let mut refunds: Vec<Refund> =
            hours.map(|hours_before| Refund { hours_before, percent: 100 }).into_iter().collect();
        // All of it until the start leaves no later.
        if let Some(percent) = later.filter(|percent| *percent > 0 && hours != Some(0)) {
            refunds.push(Refund { hours_before: 0, percent });
        }
        options.payment = Some(Payment { percent, cents, refunds });
    }

    /// A number from 0 on that need not be said.
    fn whole(&mut self, field: &str, most: i64, message: &'static str) -> Option<i64> {
        let read = self.number(field)?;
        let read = (0..=most).contains(&read).then_some(read);
        self.errors.take(field, read.map(Some).ok_or(message))
    }

    fn limits(&mut self, path: &str) -> LimitSet {
        LimitSet {
            per_day: self.number(&format!("{path}.per_day")),
            per_week: self.number(&format!("{path}.per_week")),
            per_month: self.number(&format!("{path}.per_month")),
            minutes_per_day: self.some_minutes(&format!("{path}.minutes_per_day")),
            minutes_per_week: self.some_minutes(&format!("{path}.minutes_per_week")),
            minutes_per_month: self.some_minutes(&format!("{path}.minutes_per_month")),
        }
    }
}

/// The ways to meet, as a business reads them.
pub const KINDS: [(LocationKind, &str); 5] = [
    (LocationKind::OnSite, "At an address"),
    (LocationKind::PhoneOut, "By phone: you call the client"),
    (LocationKind::PhoneIn, "By phone: the client calls you"),
    (LocationKind::Video, "By video"),
    (LocationKind::AtClient, "At the client’s"),
];

/// The kinds of questions.
pub const QUESTIONS: [(QuestionKind, &str); 5] = [
    (QuestionKind::Short, "On one line"),
    (QuestionKind::Long, "On several lines"),
    (QuestionKind::Choice, "With one of several choices"),
    (QuestionKind::Several, "With any of several choices"),
    (QuestionKind::Checkbox, "With a tick"),
];

/// Who takes a booking.
pub const RULES: [(AssignmentRule, &str); 5] = [
    (AssignmentRule::Fewest, "Whoever is free and has the least to do that day"),
    (AssignmentRule::Priority, "Whoever is free and comes first by priority"),
    (AssignmentRule::LongestIdle, "Whoever is free and has waited the longest"),
    (AssignmentRule::RoundRobin, "In turns, by everybody’s share"),
    (AssignmentRule::Collective, "All of them together"),
];

/// What clients pay when they book.
pub const PAYMENTS: [(&str, &str); 4] = [
    ("", "Nothing: they pay you as they always did"),
    ("full", "The whole price"),
    ("part", "A part of the price, in per cent"),
    ("deposit", "A deposit of an amount"),
];

/// The word that is sent for what clients pay.
pub const fn payment_word(payment: Option<&Payment>) -> &'static str {
    match payment {
        None => "",
        Some(Payment { cents: Some(_), .. }) => "deposit",
        Some(Payment { percent: 100, .. }) => "full",
        Some(_) => "part",
    }
}

/// The word that is sent for a kind.
pub const fn kind_word(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Short => "short",
        QuestionKind::Long => "long",
        QuestionKind::Choice => "choice",
        QuestionKind::Several => "several",
        QuestionKind::Checkbox => "checkbox",
    }
}

/// The word that is sent for a rule.
pub const fn rule_word(rule: AssignmentRule) -> &'static str {
    match rule {
        AssignmentRule::Fewest => "fewest",
        AssignmentRule::Priority => "priority",
        AssignmentRule::LongestIdle => "longest_idle",
        AssignmentRule::RoundRobin => "round_robin",
        AssignmentRule::Collective => "collective",
    }
}

/// The word of a row: the one that it has, as long as it is one of the service’s; else a fresh one from what it says.
fn word(sent: &str, from: &str, taken: &[String], known: impl Fn(&str) -> bool) -> String {
    if known(sent) && !taken.iter().any(|other| other == sent) {
        return sent.to_owned();
    }
    let base: String = slug::from_name(from).chars().take(36).collect();
    let base = match base.trim_matches('-') {
        "" => "one",
        base => base,
    };
    let free = |word: &str| !taken.iter().any(|other| other == word) && !known(word);
    (1..=u32::try_from(MOST_QUESTIONS).unwrap_or(20) * 2)
        .map(|n| if n == 1 { base.to_owned() } else { format!("{base}-{n}") })
        .find(|word| free(word))
        .unwrap_or_else(|| base.to_owned())
}

/// A word that nobody guesses: 128 random bits.
fn fresh_word() -> String {
    format!("{:032x}", UnwrapErr(SysRng).random::<u128>())
}
