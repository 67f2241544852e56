//! One letter of each kind, for the operator’s previews and the tests.

use super::{
    kinds::{Any, Kind, StaffKind, WaitlistKind},
    refunds,
    staff::{self, Facts},
    template::{Values, Wording},
    waitlist,
};
use crate::{mail::examples::Example, modules::calendar::paying::packages};

const TO: &str = "casey@example.com.au";
const ORG: &str = "Harbour Physio";

/// All of them.
pub fn all(origin: &str) -> Vec<Example> {
    let example = |kind: Any, variant, letter| Example { kind: kind.letter(), variant, letter };
    let values = Values::example(ORG, origin);
    let clients = Kind::ALL.map(|kind| {
        let was = if kind == Kind::Moved { values.was.clone() } else { String::new() };
        let letter = Wording::ours(kind).letter(TO.to_owned(), &Values { was, ..values.clone() });
        example(Any::Client(kind), "", letter)
    });
    let mut all = Vec::from(clients);
    let several = Values {
        when: format!("{}\nMonday 30 November 2026, 9:00 – 9:45 am, Sydney time (AEDT)", values.when),
        when_in_short: format!("{} and 1 more", values.when_in_short),
        was: String::new(),
        ..values.clone()
    };
    all.push(example(
        Any::Client(Kind::Booked),
        "several",
        Wording::ours(Kind::Booked).letter(TO.to_owned(), &several),
    ));
    let page = format!("{origin}/app/harbour-physio/calendar?view=day&date=2026-11-23");
    let facts = Facts {
        name: "Priya Raman",
        client: "Casey Client",
        phone: "0412 345 678",
        service: &values.service,
        with: &values.with,
        when_in_short: &values.when_in_short,
        when: &values.when,
        place: "",
        page: page.clone(),
    };
    let to = || "priya@example.com.au".to_owned();
    for kind in [StaffKind::Booked, StaffKind::Moved, StaffKind::Cancelled, StaffKind::ToConfirm] {
        all.push(example(Any::Staff(kind), "", staff::letter(to(), kind, &facts)));
    }
    let lines = ["9:00 – 9:45 am: Casey Client, Initial consultation", "11:00 – 11:30 am: Robin Caller, Follow-up"];
    let lines = lines.map(str::to_owned);
    let agenda = staff::agenda(to(), "Priya Raman", "Monday 23 November", &lines, page);
    all.push(example(Any::Staff(StaffKind::Agenda), "", agenda));
    let package = packages::Facts {
        client: "Casey Client",
        business: ORG,
        package: "Ten consultations",
        sessions: 10,
        code: "K7QF-9M2X-4TDN",
        until: "Sunday 23 May 2027",
        services: "Initial consultation, Follow-up",
        link: format!("{origin}/package/example-link"),
        contact: [ORG, "12 Harbour Street, Sydney NSW 2000", "02 9123 4567"],
    };
    all.push(example(Any::Package, "", packages::letter(TO.to_owned(), &package)));
    let failed = refunds::Facts {
        name: "Alex Owner",
        client: "Casey Client",
        about: "Initial consultation, Monday 23 November, 9:00 am",
        amount: "$100.00",
        page: format!("{origin}/app/harbour-physio/calendar/appointments/example"),
        is_package: false,
        disputed: false,
    };
    let owner = || "owner@example.com.au".to_owned();
    all.push(example(Any::RefundFailed, "", refunds::letter(owner(), &failed)));
    let of_package = refunds::Facts { about: "Ten consultations", is_package: true, ..failed };
    all.push(example(Any::RefundFailed, "package", refunds::letter(owner(), &of_package)));
    let disputed = refunds::Facts { is_package: false, disputed: true, ..of_package };
    all.push(example(Any::RefundFailed, "disputed", refunds::letter(owner(), &disputed)));
    let link = format!("{origin}/waitlist/example-link");
    let facts = waitlist::Facts { name: "Casey Client", business: ORG, service: &values.service, link };
    let days = "Your days: Monday 23 November 2026 to Friday 27 November 2026, in the morning";
    let joined = waitlist::letter_joined(TO.to_owned(), &facts, days);
    all.push(example(Any::Waitlist(WaitlistKind::Joined), "", joined));
    let when: [&str; 2] = [&values.when, &values.when_in_short];
    for (variant, by_hand) in [("", false), ("by hand", true)] {
        let offered = waitlist::letter_offered(TO.to_owned(), &facts, when, "8:15 am", by_hand);
        all.push(example(Any::Waitlist(WaitlistKind::Offered), variant, offered));
    }
    all
}
