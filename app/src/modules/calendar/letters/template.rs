//! How letters to clients are worded: a subject and a text with variables, by us or by the organisation. A text is nothing but text:
//! what it says is never markup, and the only addresses in it are those that a variable gives.

use super::kinds::Kind;
use crate::{
    error::FieldErrors,
    mail::Letter,
    web::{is_readable, is_text},
};

/// A subject has so many characters at most.
const LONGEST_SUBJECT: usize = 150;
/// A text so many.
const LONGEST_BODY: usize = 5000;
/// On the button.
const BUTTON: &str = "See, move or cancel it";

/// The variables, and what stands in their place.
pub const VARIABLES: &[(&str, &str)] = &[
    ("client", "the client’s name"),
    ("business", "your business’s name"),
    ("service", "what is booked"),
    ("when", "the date and time, on the client’s clock; of several all"),
    ("was", "the time before it was moved"),
    ("with", "who does it"),
    ("where", "where it takes place: your address, a number, a video link"),
    ("price", "the price"),
    ("paid", "what was paid online, and what is still to pay"),
    ("refund", "what of it is paid back"),
    ("changes", "until when the client can move or cancel it"),
    ("manage_link", "the client’s private link; on a line of its own it is a button"),
    ("contact", "your name, address and phone number"),
];

/// Those that a subject can’t hold.
const NOT_IN_SUBJECT: &[&str] = &["changes", "manage_link", "contact", "where"];

/// A letter’s words, with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// One line.
    pub subject: String,
    /// Paragraphs, with an empty line between.
    pub body: String,
}

/// What stands in the variables’ places; empty: the line that has nothing else in it is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// The client’s name.
    pub client: String,
    /// The business’s name.
    pub business: String,
    /// What is booked.
    pub service: String,
    /// When, of several all.
    pub when: String,
    /// When, in a subject.
    pub when_in_short: String,
    /// When it was before.
    pub was: String,
    /// Who does it.
    pub with: String,
    /// Where.
    pub place: String,
    /// The price.
    pub price: String,
    /// What was paid.
    pub paid: String,
    /// What of it is paid back.
    pub refund: String,
    /// Until when it can be changed.
    pub changes: String,
    /// The private link.
    pub manage_link: String,
    /// The business’s name, address and number.
    pub contact: String,
}

impl Values {
    fn get(&self, name: &str, in_subject: bool) -> &str {
        match name {
            "client" => &self.client,
            "business" => &self.business,
            "service" => &self.service,
            "when" if in_subject => &self.when_in_short,
            "when" => &self.when,
            "was" => &self.was,
            "with" => &self.with,
            "where" => &self.place,
            "price" => &self.price,
            "paid" => &self.paid,
            "refund" => &self.refund,
            "changes" => &self.changes,
            "manage_link" => &self.manage_link,
            "contact" => &self.contact,
            _ => "",
        }
    }

    /// An example, for previews.
    pub fn example(business: &str, origin: &str) -> Self {
        Self {
            client: "Casey Client".to_owned(),
            business: business.to_owned(),
            service: "Initial consultation".to_owned(),
            when: "Monday 23 November 2026, 9:00 – 9:45 am, Sydney time (AEDT)".to_owned(),
            when_in_short: "Mon 23 Nov, 9:00 am".to_owned(),
            was: "Friday 20 November 2026, 2:00 – 2:45 pm".to_owned(),
            with: "Priya Raman".to_owned(),
            place: "At the business, 12 Harbour Street, Sydney NSW 2000".to_owned(),
            price: "$135.00".to_owned(),
            paid: String::new(),
            refund: String::new(),
            changes:
                "You can move or cancel it by this link until Sunday 22 November, 9:00 am. After that, please call us."
                    .to_owned(),
            manage_link: format!("{origin}/manage/example-link"),
            contact: format!("{business}\n12 Harbour Street, Sydney NSW 2000\n02 9123 4567"),
        }
    }
}

impl Wording {
    /// How we word it.
    pub fn ours(kind: Kind) -> Self {
        const FACTS: &str = "{service}\n{when}\nWith {with}\nWhere: {where}\nPrice: {price}\nPaid: {paid}";
        let (subject, first, rest) = match kind {
            Kind::Booked => ("Booked: {service}, {when}", "You’re booked with {business}.", LINKED),
            Kind::Requested => (
                "We’ve got your request: {service}, {when}",
                "{business} has your request. The time is held for you, and we write to you as soon as it is confirmed.",
                LINKED,
            ),
            Kind::Confirmed => ("Confirmed: {service}, {when}", "{business} has confirmed your booking.", LINKED),
            Kind::Declined => (
                "Not possible: {service}, {when}",
                "We’re sorry: {business} can’t take this booking. You’re welcome to choose another time.",
                UNLINKED,
            ),
            Kind::Lapsed => (
                "Not confirmed: {service}, {when}",
                "We’re sorry: your request with {business} wasn’t confirmed in time, so the time is no longer held. Please \
                 choose another, or call us.",
                UNLINKED,
            ),
            Kind::Moved => ("Moved: {service}, {when}", "Your booking with {business} is at another time now.", LINKED),
            Kind::Cancelled => {
                ("Cancelled: {service}, {when}", "You cancelled your booking with {business}.", UNLINKED)
            }
            Kind::CalledOff => (
                "Cancelled: {service}, {when}",
                "We’re sorry: {business} had to cancel your booking. Please call us, or book another time.",
                UNLINKED,
            ),
            Kind::Reminder => {
                ("Reminder: {service}, {when}", "This is a reminder of your booking with {business}.", LINKED)
            }
            Kind::FollowUp => (
                "Thank you for your visit",
                "Thank you for coming to {business}. If there is anything that you’d like to ask or tell us, please get in \
                 touch.",
                UNLINKED,
            ),
        };
        let facts = match kind {
            Kind::Moved => format!("{FACTS}\nBefore: {{was}}"),
            Kind::Declined | Kind::Lapsed | Kind::Cancelled | Kind::CalledOff => {
                "{service}\n{when}\nWith {with}\nPaid back: {refund}".to_owned()
            }
            Kind::FollowUp => "{service}\n{when}".to_owned(),
            _ => FACTS.to_owned(),
        };
        Self { subject: subject.to_owned(), body: format!("Hello {{client}},\n\n{first}\n\n{facts}\n\n{rest}") }
    }

    /// As it is kept. Notes what is wrong with it at `subject` and `body`.
    #[must_use]
    pub fn check(&self, kind: Kind, errors: &mut FieldErrors) -> Self {
        let subject = self.subject.trim();
        let body = self.body.replace("\r\n", "\n").trim().to_owned();
        if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT || !is_readable(subject) {
            errors.add("subject", "Enter a subject of up to 150 characters on one line.");
        }
        if body.is_empty() || body.chars().count() > LONGEST_BODY || !is_text(&body) {
            errors.add("body", "Enter a text of up to 5,000 characters.");
        }
        for (field, text) in [("subject", subject), ("body", body.as_str())] {
            if let Some(unknown) = unknown_in(text) {
                let known: Vec<String> = VARIABLES.iter().map(|(name, _)| format!("{{{name}}}")).collect();
                errors.add(field, format!("There is no {{{unknown}}}. There are: {}.", known.join(", ")));
            }
            if text.contains("://") {
                errors
                    .add(field, "Links can’t be written here: {manage_link} and {where} give those that belong in it.");
            }
        }
        if let Some(name) = NOT_IN_SUBJECT.iter().find(|name| subject.contains(&format!("{{{name}}}"))) {
            errors.add("subject", format!("{{{name}}} is too long for a subject."));
        }
        if kind.has_link() && !body.contains("{manage_link}") {
            errors.add("body", "Keep {manage_link} in it: without it clients can’t see, move or cancel their booking.");
        }
        Self { subject: subject.to_owned(), body }
    }

    /// The letter.
    pub fn letter(&self, to: String, values: &Values) -> Letter {
        let subject = filled(&self.subject, values, true).unwrap_or_default();
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(250).collect();
        let mut letter = Letter { to, subject, paragraphs: Vec::new(), action: None, closing: Vec::new() };
        for paragraph in self.body.split("\n\n") {
            if paragraph.trim() == "{manage_link}" && letter.action.is_none() {
                if !values.manage_link.is_empty() {
                    letter.action = Some((BUTTON.to_owned(), values.manage_link.clone()));
                }
                continue;
            }
            let lines: Vec<String> = paragraph.lines().filter_map(|line| filled(line, values, false)).collect();
            let text = lines.join("\n").trim().to_owned();
            if text.is_empty() {
                continue;
            }
            if letter.action.is_none() { letter.paragraphs.push(text) } else { letter.closing.push(text) }
        }
        letter
    }
}

const LINKED: &str = "{changes}\n\n{manage_link}\n\n{contact}";
const UNLINKED: &str = "{contact}";

/// A text from outside, for a letter: on one line, with nothing in it that a mail program takes for an address.
pub fn tame(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("://", ": //")
}

/// A line with the values in it; `None` where its variables have none, so that it says nothing.
fn filled(line: &str, values: &Values, in_subject: bool) -> Option<String> {
    let mut text = String::with_capacity(line.len());
    let (mut has_any, mut asks) = (false, false);
    for piece in pieces(line) {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Variable(name) => {
                let value = values.get(name, in_subject);
                asks = true;
                has_any |= !value.is_empty();
                text.push_str(value);
            }
        }
    }
    (!asks || has_any).then_some(text)
}

fn unknown_in(text: &str) -> Option<&str> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Variable(name) if !VARIABLES.iter().any(|(known, _)| *known == name) => Some(name),
        _ => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// What is between braces is a variable if it is a word; all else is text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let word = after.split_once('}').filter(|(word, _)| is_word(word));
        if let Some((word, next)) = word {
            pieces.extend([Piece::Text(before), Piece::Variable(word)]);
            rest = next;
        } else {
            pieces.extend([Piece::Text(before), Piece::Text("{")]);
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn is_word(word: &str) -> bool {
    (1..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: Kind, subject: &str, body: &str) -> Vec<String> {
        let mut errors = FieldErrors::default();
        let wording = Wording { subject: subject.to_owned(), body: body.to_owned() };
        let _kept = wording.check(kind, &mut errors);
        errors.into_fields().into_iter().map(|field| field.field).collect()
    }

    #[test]
    fn our_own_words_pass_and_leave_nothing_unfilled() {
        let values = Values::example("Harbour Physio", "https://app.example.com.au");
        for kind in Kind::ALL {
            let ours = Wording::ours(kind);
            let mut errors = FieldErrors::default();
            assert_eq!(ours.check(kind, &mut errors), ours, "{kind:?}");
            assert!(errors.finish().is_ok(), "{kind:?}");
            let letter = ours.letter("casey@example.com".to_owned(), &values);
            let whole = format!("{}\n{}", letter.subject, letter.text());
            assert!(!whole.contains(['{', '}']), "{whole}");
            assert_eq!(letter.action.is_some(), kind.has_link(), "{kind:?}");
        }
    }

    #[test]
    fn what_does_not_exist_is_refused_with_what_does() {
        assert_eq!(refused(Kind::Booked, "Hi {clint}", "{manage_link}"), ["subject"]);
        assert_eq!(refused(Kind::Booked, "Hi", "{manage_link} {x}"), ["body"]);
        assert_eq!(refused(Kind::Booked, "Hi", "no link"), ["body"]);
        assert_eq!(refused(Kind::Cancelled, "Hi", "Look: https://evil.example"), ["body"]);
        assert_eq!(refused(Kind::Booked, "Hi {manage_link}", "{manage_link}"), ["subject"]);
        assert_eq!(refused(Kind::Booked, "", ""), ["subject", "body"]);
        assert!(refused(Kind::FollowUp, "A {brace", "{ is text, and } too").is_empty());
    }

    #[test]
    fn a_line_without_a_value_is_left_out_and_values_are_no_variables() {
        let wording =
            Wording { subject: "{client}".to_owned(), body: "Hello {client},\nWith {with}\n\nBye".to_owned() };
        let values = Values { client: "{business} <b>".to_owned(), ..Values::default() };
        let letter = wording.letter("casey@example.com".to_owned(), &values);
        assert_eq!(letter.paragraphs, ["Hello {business} <b>,", "Bye"]);
        assert!(letter.html().contains("Hello {business} &lt;b&gt;,"), "{}", letter.html());
    }

    #[test]
    fn a_name_is_no_link() {
        let values = Values { client: tame("Win\nat http://evil.example"), ..Values::default() };
        let letter = Wording::ours(Kind::FollowUp).letter("casey@example.com".to_owned(), &values);
        assert!(!letter.text().contains("http://") && !letter.text().contains("evil.example"), "{}", letter.text());
    }
}
