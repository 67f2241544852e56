//! What a visitor asks for on a service’s page, as its address says: a length, a person, a place, seats; and what the form asks them.

use std::str::FromStr;

use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};

use super::{
    availability::{Availability, Wanted},
    format,
    ids::{HoldId, ServiceId, StaffId},
    options::{Length, LocationKind, Question, QuestionKind, ServiceOptions},
    proof, public_words as words,
    store::{Hold, Service},
    times::Links,
    views::TimesQuery,
    wire::{Ask, AskKind, BookingForm},
};
use crate::{
    clock::Instant,
    error::{AppError, Code, Result},
    ids::OrgId,
    links::Purpose,
    org::Org,
    platform::Platform,
};

/// A form can be sent so long after it was made, in seconds; a page that was open since yesterday is loaded again.
const FORM_SECONDS: i64 = 2 * 24 * 60 * 60;
/// Nobody reads and fills in a form in less, in seconds.
const SOONEST_SECONDS: i64 = 1;
/// Seats that stand beside each other to choose from.
const MOST_SEATS_SHOWN: i64 = 10;

/// What was chosen before a time is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Minutes; empty: the service’s own length.
    pub length: String,
    /// Whose id; empty: whoever is free.
    pub with: String,
    /// The location’s id; empty: the first.
    pub place: String,
    /// Empty: one.
    pub seats: String,
    /// The word of a service that is on no page.
    pub key: String,
}

/// What a page’s query says.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Which times.
    pub times: TimesQuery,
    /// Of what.
    pub choice: Choice,
    /// It is shown inside another website: cookies don’t go along there.
    pub framed: bool,
    /// By which the visitor’s own hold is known there.
    pub hold: String,
}

impl Query {
    /// Reads it; what isn’t known is passed over.
    pub fn read(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let value = value.into_owned();
            if value.is_empty() {
                continue;
            }
            match &*name {
                "from" => read.times.from = Some(value),
                "month" => read.times.month = Some(value),
                "zone" => read.times.zone = Some(value),
                "start" => read.times.start = Some(value),
                "length" => read.choice.length = value,
                "with" => read.choice.with = value,
                "place" => read.choice.place = value,
                "seats" => read.choice.seats = value,
                "key" => read.choice.key = value,
                "hold" => read.hold = value,
                _ => {}
            }
        }
        read
    }
}

impl Choice {
    /// What is wanted of a service; without what can’t be read.
    pub fn wanted<'a>(&'a self, service: &'a str, hold: Option<HoldId>) -> Wanted<'a> {
        Wanted {
            service,
            length: self.length.parse().ok(),
            location: &self.place,
            with: self.with(),
            seats: self.seats.parse().unwrap_or(0),
            secret: &self.key,
            hold,
            ..Wanted::default()
        }
    }

    /// With whom.
    pub fn with(&self) -> Option<StaffId> {
        self.with.parse().ok()
    }

    /// Leaves out what can’t be read, and says which.
    pub fn readable(mut self, notice: &mut Option<String>) -> Self {
        let mut drop = |value: &mut String, readable: bool, said: &str| {
            if !value.is_empty() && !readable {
                notice.get_or_insert(said.to_owned());
                value.clear();
            }
        };
        let number = |text: &str| text.parse::<i64>().is_ok_and(|number| number > 0);
        let (length, seats, with) = (number(&self.length), number(&self.seats), self.with().is_some());
        drop(&mut self.length, length, words::CHOOSE_A_LENGTH);
        drop(&mut self.seats, seats, words::CHOOSE_SEATS);
        drop(&mut self.with, with, words::CHOOSE_SOMEBODY);
        self
    }

    /// Leaves out what a service doesn’t offer, and says which; `false`: it is about something else.
    pub fn without_what_is_refused(&mut self, error: &AppError) -> bool {
        if error.code != Code::Invalid {
            return false;
        }
        let fields = [
            ("length", &mut self.length),
            ("with", &mut self.with),
            ("location", &mut self.place),
            ("seats", &mut self.seats),
        ];
        let mut dropped = false;
        for (field, value) in fields {
            if error.field_message(field).is_some() && !value.is_empty() {
                value.clear();
                dropped = true;
            }
        }
        dropped
    }

    /// For links: what isn’t as it would be anyway.
    pub fn keep(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("length", &self.length),
            ("with", &self.with),
            ("place", &self.place),
            ("seats", &self.seats),
            ("key", &self.key),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.clone())).collect()
    }
}

/// What there is to choose before the times: links, each to the same week of something else. Empty: nothing.
pub fn choices(free: &Availability, choice: &Choice, org: &Org, links: &Links, from: Option<Date>) -> String {
    let from = from.map(|from| ("from", from.to_string()));
    let keep = links.keep.iter().cloned().chain(from).collect();
    let links = &Links { path: links.path.clone(), keep, hold: None, waitlist: None };
    let (service, options) = (&free.service, &free.options);
    let price = |cents: i64| format::price(cents, &service.currency);
    let mut lengths = Vec::new();
    if !options.lengths.is_empty() {
        let mut all = self::lengths(service, options);
        all.sort_unstable_by_key(|length| (length.minutes, length.price_cents));
        // The service’s own is what there is without a choice.
        let value = |minutes: i64| {
            if minutes == service.duration_minutes { String::new() } else { minutes.to_string() }
        };
        lengths = all
            .into_iter()
            .map(|Length { minutes, price_cents }| (value(minutes), format::duration(minutes), price(price_cents)))
            .collect();
    }
    let mut people: Vec<(String, String, String)> =
        free.choice.iter().map(|(id, name)| (id.to_string(), name.clone(), String::new())).collect();
    if !people.is_empty() {
        people.insert(0, (String::new(), words::ANYONE.to_owned(), String::new()));
    }
    let mut places = Vec::new();
    if options.locations.len() > 1 {
        let all = options.locations.iter().enumerate();
        places = all
            .map(|(place, one)| {
                let value = if place == 0 { String::new() } else { one.id.clone() };
                (value, one.label().to_owned(), where_to(org, one.kind, &one.detail))
            })
            .collect();
    }
    let most = options.most_seats.0.min(MOST_SEATS_SHOWN);
    let seats: Vec<_> = if most > 1 {
        let value = |seats: i64| if seats == 1 { String::new() } else { seats.to_string() };
        (1..=most).map(|seats| (value(seats), seats.to_string(), String::new())).collect()
    } else {
        Vec::new()
    };
    let groups = [
        ("length", words::LENGTH, lengths, &choice.length),
        ("with", words::WITH, people, &choice.with),
        ("place", words::WHERE, places, &choice.place),
        ("seats", words::SEATS, seats, &choice.seats),
    ];
    html! {
        @for (name, title, all, chosen) in groups {
            @if !all.is_empty() { (group(name, title, &all, chosen, links)) }
        }
    }
    .into_string()
}

fn group(name: &str, title: &str, all: &[(String, String, String)], chosen: &str, links: &Links) -> Markup {
    let id = format!("choose-{name}");
    html! {
        div class="pick" {
            h2 class="pick-title" id=(id) { (title) }
            ul class="pick-list" aria-labelledby=(id) {
                @for (value, label, more) in all {
                    @let current = (value == chosen).then_some("true");
                    li {
                        a class="pick-one" href=(links.instead(name, value)) aria-current=[current] data-noscroll rel="nofollow" {
                            span { (label) }
                            @if !more.is_empty() { " " small { (more) } }
                        }
                    }
                }
            }
        }
    }
}

/// Where it is, as far as the page should say before anybody books.
fn where_to(org: &Org, kind: LocationKind, detail: &str) -> String {
    match kind {
        LocationKind::OnSite if detail.trim().is_empty() => org.address.clone(),
        LocationKind::OnSite => detail.trim().to_owned(),
        LocationKind::PhoneIn | LocationKind::PhoneOut | LocationKind::Video | LocationKind::AtClient => String::new(),
    }
}

/// What was chosen beside the time, in words.
pub fn facts(free: &Availability, choice: &Choice, org: &Org) -> Vec<(String, String)> {
    let options = &free.options;
    let mut facts = Vec::new();
    let mut fact = |term: &str, said: String| facts.push((term.to_owned(), said));
    if !options.lengths.is_empty() {
        fact(words::LENGTH, format::duration(free.minutes));
    }
    if let Some((_, name)) = free.choice.iter().find(|(id, _)| choice.with() == Some(*id)) {
        fact(words::WITH, name.clone());
    }
    if let Some(place) = options.place(&choice.place) {
        let there = where_to(org, place.kind, &place.detail);
        let label = place.label();
        fact(words::WHERE, if there.is_empty() { label.to_owned() } else { format!("{label}, {there}") });
    }
    if free.seats > 1 {
        fact(words::SEATS, free.seats.to_string());
    }
    if !options.lengths.is_empty() || free.seats > 1 {
        fact(words::PRICE, format::price(free.price(), &free.service.currency));
    }
    facts
}

/// What the form asks of a client. `has_packages`: there are packages for the service.
pub fn form(
    platform: &Platform,
    org: &Org,
    free: &Availability,
    choice: &Choice,
    has_packages: bool,
    now: Instant,
) -> BookingForm {
    let options = &free.options;
    let kind = options.place(&choice.place).map(|place| place.kind);
    let mut asks = vec![
        Ask { most: 200, ..ask("name", AskKind::Name, words::NAME) },
        Ask { most: 254, ..ask("email", AskKind::Email, words::EMAIL) },
        phone(kind),
    ];
    if kind == Some(LocationKind::AtClient) {
        asks.push(Ask { most: 500, ..ask("place", AskKind::Address, words::YOUR_ADDRESS) });
    }
    // What is paid when it is booked is booked one at a time.
    if let Some(recurring) = options.recurring.filter(|_| options.payment.is_none()) {
        asks.extend(weeks(recurring.most));
    }
    if has_packages {
        let hint = words::package_hint(&format!("{}/b/{}/packages", platform.origin, org.slug));
        asks.push(Ask { optional: true, most: 40, hint, ..ask("package", AskKind::Line, words::PACKAGE_CODE) });
    }
    asks.extend(options.questions.iter().map(of_question));
    asks.push(Ask { optional: true, most: 2000, ..ask("notes", AskKind::Lines, words::ANYTHING_WE_SHOULD_KNOW) });
    if !options.terms.trim().is_empty() {
        let label = words::accept_terms(&org.name);
        asks.push(Ask { text: options.terms.trim().to_owned(), ..ask("accepts", AskKind::Tick, &label) });
    }
    let news = words::may_send_news(&org.name);
    asks.push(Ask { optional: true, ..ask("marketing", AskKind::Tick, &news) });
    let mut hidden: Vec<(String, String)> = choice
        .keep()
        .into_iter()
        .map(|(name, value)| {
            let name = match name {
                "place" => "location",
                "key" => "secret",
                other => other,
            };
            (name.to_owned(), value)
        })
        .collect();
    hidden.push(("made".to_owned(), made(platform, org.id, free, now)));
    let guard = proof::for_form(platform, org, &free.service.slug);
    BookingForm { hidden, asks, guard, is_request: options.confirmation.is_some() }
}

fn ask(name: &str, kind: AskKind, label: &str) -> Ask {
    Ask {
        name: name.to_owned(),
        kind,
        label: label.to_owned(),
        hint: String::new(),
        optional: false,
        most: 200,
        choices: Vec::new(),
        text: String::new(),
    }
}

fn phone(kind: Option<LocationKind>) -> Ask {
    let calls = kind == Some(LocationKind::PhoneOut);
    let hint = if calls { words::WE_CALL_YOU } else { "" };
    Ask { optional: !calls, hint: hint.to_owned(), most: 40, ..ask("phone", AskKind::Phone, words::PHONE) }
}

/// How many weeks, and what becomes of those in which it isn’t free.
fn weeks(most: i64) -> [Ask; 2] {
    let choice = |times: i64| {
        (times.to_string(), if times == 1 { words::JUST_THIS_ONCE.to_owned() } else { words::each_week(times) })
    };
    [
        Ask { choices: (1..=most).map(choice).collect(), ..ask("times", AskKind::Choice, words::HOW_OFTEN) },
        Ask { optional: true, ..ask("skip_taken", AskKind::Tick, words::LEAVE_OUT_WEEKS) },
    ]
}

fn of_question(question: &Question) -> Ask {
    let (kind, most) = match question.kind {
        QuestionKind::Short => (AskKind::Line, 200),
        QuestionKind::Long => (AskKind::Lines, 2000),
        QuestionKind::Choice => (AskKind::Choice, 200),
        QuestionKind::Several => (AskKind::Several, 200),
        QuestionKind::Checkbox => (AskKind::Tick, 200),
    };
    let mut choices: Vec<_> = question.choices.iter().map(|one| (one.clone(), one.clone())).collect();
    if question.kind == QuestionKind::Choice {
        choices.insert(0, (String::new(), words::CHOOSE_ONE.to_owned()));
    }
    Ask {
        hint: question.hint.clone(),
        optional: !question.required,
        most,
        choices,
        ..ask(&format!("answers.{}", question.id), kind, &question.label)
    }
}

/// Says when the form was made.
fn made(platform: &Platform, org: OrgId, free: &Availability, now: Instant) -> String {
    made_of(platform, org, free.service.id.0, now)
}

/// The same of a form for anything.
pub fn made_of(platform: &Platform, org: OrgId, subject: uuid::Uuid, now: Instant) -> String {
    let expires = now.timestamp().as_second() + FORM_SECONDS;
    platform.links.sign(Purpose::Form, org.0, subject, expires)
}

/// Keeps out programs that fill in whatever form they find: it is sent a moment after it was read, or at all without having been, or
/// with what no person sees filled in. Whoever is taken for one by mistake presses the button again. Says whose form it is, and of
/// which service: it books nothing else.
///
/// # Errors
/// 422.
pub fn refuse_programs(platform: &Platform, made: &str, trap: &str) -> Result<(OrgId, ServiceId)> {
    let now = platform.clock.now().timestamp().as_second();
    match platform.links.verify(Purpose::Form, made, now) {
        Ok(link) if trap.is_empty() && now - (link.expires - FORM_SECONDS) >= SOONEST_SECONDS => {
            Ok((OrgId(link.org), ServiceId(link.subject)))
        }
        _ => Err(by_a_program()),
    }
}

/// What somebody is told who is taken for a program.
pub fn by_a_program() -> AppError {
    AppError::new(Code::Invalid, words::TOO_QUICK)
}

/// "Held for you until 9:42 am."
pub fn held_until(until: Instant, tz: &jiff::tz::TimeZone) -> String {
    words::held_until(&format::time(until.timestamp().to_zoned(tz.clone()).time()))
}

/// Something of what is on offer that a form sends; empty is none.
///
/// # Errors
/// 422 at the field.
pub fn chosen<T: FromStr>(field: &str, text: &str, otherwise: &str) -> Result<Option<T>> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| AppError::field(field, otherwise)),
    }
}

/// Whether what is held is what is asked for.
pub fn is_for(held: &Hold, free: &Availability, start: Timestamp) -> bool {
    held.service_id == free.service.id
        && held.starts_at == Instant::from_timestamp(start)
        && held.ends_at == held.starts_at.plus_seconds(free.minutes * 60)
        && held.seats == free.seats
}

/// All that a service can be booked in, its own first.
pub fn lengths(service: &Service, options: &ServiceOptions) -> Vec<Length> {
    let own = Length { minutes: service.duration_minutes, price_cents: service.price_cents };
    std::iter::once(own).chain(options.lengths.iter().copied()).collect()
}

/// The prices and lengths of a service, as its card says: "30 minutes – 1 hour", "From $60.00".
pub fn labels(service: &Service, options: &ServiceOptions) -> (String, String) {
    let own = (service.duration_minutes, service.price_cents);
    let (mut shortest, mut longest, mut least, mut greatest) = (own.0, own.0, own.1, own.1);
    for Length { minutes, price_cents } in &options.lengths {
        (shortest, longest) = (shortest.min(*minutes), longest.max(*minutes));
        (least, greatest) = (least.min(*price_cents), greatest.max(*price_cents));
    }
    let duration = if shortest == longest {
        format::duration(shortest)
    } else {
        format!("{} – {}", format::duration(shortest), format::duration(longest))
    };
    let price = format::price(least, &service.currency);
    let price = match (least == greatest, options.most_seats.0 > 1 && least > 0) {
        (true, false) => price,
        (true, true) => words::per_seat(&price),
        (false, _) if least == 0 => words::from_free_to(&format::price(greatest, &service.currency)),
        (false, false) => words::from_price(&price),
        (false, true) => words::from_price_per_seat(&price),
    };
    (duration, price)
}
