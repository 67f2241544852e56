use calcard::{
    Entry, Parser,
    icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty},
};
use proptest::prelude::*;

use super::*;

/// Monday 23 November 2026, 9:00 am in Sydney.
const NINE: i64 = 1_795_384_800;

fn at(minutes: i64) -> Instant {
    Instant::from_unix(NINE + minutes * 60)
}

fn cut() -> Event {
    Event::new("0193-cut@devalo.example", at(-600), at(0), at(45))
        .summary("Haircut, with Mia; long hair")
        .location("1 Crown St\nSurry Hills NSW")
        .description("Bring: a photo\nChange it: https://devalo.example/manage/abc")
        .url("https://devalo.example/manage/abc")
}

fn salon() -> Person {
    Person { name: "Salon \"Mia\": hair".to_owned(), email: "hello@salon.example".to_owned() }
}

fn client() -> Attendee {
    let person = Person { name: "Zoë Ångström".to_owned(), email: "zoe+cut@mail.example".to_owned() };
    Attendee { person, answer: Answer::Accepted, asked: false, optional: false }
}

/// As a reader joins what was folded (RFC 5545, 3.1).
fn unfolded(file: &str) -> Vec<String> {
    file.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

fn parsed(file: &str) -> ICalendar {
    match Parser::new(file).entry() {
        Entry::ICalendar(calendar) => calendar,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_invitation_says_all_that_a_calendar_asks() {
    let event = cut().sequence(2).history(at(-600), at(-60)).remind(60);
    let file = Invitation::request(event, salon(), client(), Vec::new()).text();
    let lines = unfolded(&file);
    for line in [
        "METHOD:REQUEST",
        "PRODID:-//Devalo//Bookings//EN",
        "UID:0193-cut@devalo.example",
        "SEQUENCE:2",
        "DTSTAMP:20261122T120000Z",
        "DTSTART:20261122T220000Z",
        "DTEND:20261122T224500Z",
        "SUMMARY:Haircut\\, with Mia\\; long hair",
        "LOCATION:1 Crown St\\nSurry Hills NSW",
        "DESCRIPTION:Bring: a photo\\nChange it: https://devalo.example/manage/abc",
        "URL:https://devalo.example/manage/abc",
        "STATUS:CONFIRMED",
        "CLASS:PUBLIC",
        "TRANSP:OPAQUE",
        "CREATED:20261122T120000Z",
        "LAST-MODIFIED:20261122T210000Z",
        "BEGIN:VALARM",
        "TRIGGER:-PT3600S",
        "ORGANIZER;CN=\"Salon 'Mia': hair\":mailto:hello@salon.example",
        "ATTENDEE;CN=Zoë Ångström;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:zoe+cut@mail.example",
    ] {
        assert!(lines.iter().any(|has| has == line), "{line}\nis not in\n{file}");
    }
}

#[test]
fn a_cancellation_cancels() {
    let invitation = Invitation::cancel(cut().sequence(3), salon(), vec![client()]);
    let lines = unfolded(&invitation.text());
    assert_eq!(invitation.method(), "CANCEL");
    for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"] {
        assert!(lines.iter().any(|has| has == line), "{line}");
    }
}

#[test]
fn a_feed_names_itself_and_nobody() {
    let feed = Feed {
        name: "Salon, bookings".to_owned(),
        about: "What is booked".to_owned(),
        zone: "Australia/Lord_Howe".to_owned(),
        refresh_minutes: 15,
        events: vec![cut().visibility(Visibility::Private).leaves_free().certainty(Certainty::Tentative), cut()],
    };
    let file = feed.text();
    let lines = unfolded(&file);
    for line in [
        "METHOD:PUBLISH",
        "NAME:Salon\\, bookings",
        "X-WR-CALNAME:Salon\\, bookings",
        "X-WR-TIMEZONE:Australia/Lord_Howe",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "STATUS:TENTATIVE",
    ] {
        assert!(lines.iter().any(|has| has == line), "{line}\nis not in\n{file}");
    }
    assert!(!file.contains("ATTENDEE") && !file.contains("ORGANIZER"));
}

#[test]
fn what_isn_t_an_address_of_the_web_is_no_link() {
    for url in ["javascript:alert(1)", "nonsense", "", "file:///etc/passwd"] {
        let file = Invitation::cancel(cut().url(url), salon(), Vec::new()).text();
        assert!(!file.contains("\r\nURL"), "{url}");
    }
    let file = Invitation::cancel(cut().url("https://a.example/x\r\nATTENDEE:y"), salon(), Vec::new()).text();
    assert!(!file.contains("\r\nATTENDEE"));
}

#[test]
fn lines_are_folded_at_75_octets_wherever_they_end() {
    for length in 0..400 {
        let summary: String = "a老é ".chars().cycle().take(length).collect();
        let file = Invitation::cancel(cut().summary(summary.clone()), salon(), Vec::new()).text();
        assert!(file.split("\r\n").all(|line| line.len() <= 75), "{file}");
        assert!(unfolded(&file).contains(&format!("SUMMARY:{}", summary.trim())), "{file}");
    }
}

/// Texts that like to break files.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\n ".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("END:VEVENT\r\nBEGIN:VEVENT".to_owned()),
        Just("\";X=\"".to_owned()),
        Just("\\n\\,;:".to_owned()),
        Just("老虎 🐅🐅🐅🐅🐅🐅🐅🐅🐅🐅🐅🐅".to_owned()),
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_can_add_a_line(texts in proptest::collection::vec(nasty(), 8)) {
        let event = Event::new(texts[0].clone(), at(0), at(0), at(30))
            .summary(texts[1].clone())
            .location(texts[2].clone())
            .description(texts[3].clone())
            .url(format!("https://a.example/{}", texts[4]))
            .remind(5);
        let organiser = Person { name: texts[5].clone(), email: texts[6].clone() };
        let attendee = Attendee { person: Person { name: texts[7].clone(), email: texts[6].clone() }, ..client() };
        let plain = Event::new("a", at(0), at(0), at(30)).summary("b").location("c").description("d").url("https://a.example/").remind(5);
        let wanted = Invitation::request(plain, salon(), client(), Vec::new()).text();
        let file = Invitation::request(event, organiser, attendee, Vec::new()).text();

        // Every line is one of those that a plain event has too; a text that is empty has none.
        let names = |file: &str| {
            unfolded(file)
                .iter()
                .map(|line| line.split([':', ';']).next().unwrap_or_default().to_owned())
                .collect::<std::collections::BTreeSet<_>>()
        };
        prop_assert!(names(&file).is_subset(&names(&wanted)), "{}", file);
        prop_assert!(unfolded(&file).len() <= unfolded(&wanted).len());
        for line in file.split("\r\n") {
            prop_assert!(line.len() <= 75, "{} octets: {}", line.len(), line);
            prop_assert!(!line.chars().any(|c| c.is_control() && c != '\t'), "{:?}", line);
        }
        prop_assert!(file.ends_with("END:VCALENDAR\r\n"));
    }

    #[test]
    fn what_is_written_is_read_back(summary in "[ -~äöü,;\\\\老]{1,200}", description in "[ -~\n,;\\\\é]{1,400}") {
        let event = cut().summary(summary.clone()).description(description.clone());
        let calendar = parsed(&Invitation::request(event, salon(), client(), Vec::new()).text());
        let event = calendar
            .components
            .iter()
            .find(|component| component.component_type == ICalendarComponentType::VEvent)
            .expect("an event");
        let text = |name: &ICalendarProperty| {
            event.property(name).and_then(|entry| entry.values.first()).and_then(|value| value.as_text()).unwrap_or_default().to_owned()
        };
        prop_assert_eq!(text(&ICalendarProperty::Summary), one_line(&summary));
        prop_assert_eq!(text(&ICalendarProperty::Description), lines(&description));
    }
}
