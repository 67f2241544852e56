//! What the calendar writes to clients and staff: each letter with what it tells of, and none without; reminders once and at their time.

use app::{
    db::Access,
    mail::{self, Mailing},
    modules::calendar::{
        holds,
        ids::AppointmentId,
        letters::{due, store, texts},
        permissions,
    },
    org::{Actor, OrgRef, OrgTx, Role},
    platform_sql,
    texts::Kept,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    races::{appointments, set_up},
    support::{ORIGIN, Site, booking},
};

const LETTERS: &str = "/api/v1/orgs/alpha/calendar/letters";
const CASEY: &str = "casey@example.com";

/// What was written to the client since the last time.
async fn to_casey(site: &Site) -> Vec<Mailing> {
    site.mailings().await.into_iter().filter(|mailing| mailing.letter.to == CASEY).collect()
}

/// The one letter to the client since the last time.
async fn one_to_casey(site: &Site) -> Mailing {
    let mut all = to_casey(site).await;
    assert_eq!(all.len(), 1, "one letter: {all:?}");
    all.remove(0)
}

/// A line of the calendar file that came with a letter, unfolded.
fn of_file(mailing: &Mailing, name: &str) -> String {
    let text = mailing.attachments.first().unwrap_or_else(|| panic!("a file: {mailing:?}")).text.replace("\r\n ", "");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}:")).map(str::to_owned));
    line.unwrap_or_else(|| panic!("{name} in {text}"))
}

async fn made(site: &Site, key: &str, body: &Value) -> Value {
    let answer = site.book("alpha", key, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

fn of(path: &str, made: &Value) -> String {
    format!("/api/v1/orgs/alpha/calendar/appointments/{}{path}", made["id"].as_str().expect("an id"))
}

fn own(path: &str, made: &Value) -> String {
    format!("/api/v1/calendar/manage/{}{path}", made["token"].as_str().expect("a token"))
}

/// Changes what is set about letters.
async fn set(site: &Site, change: impl Fn(&mut Value)) {
    let owner = site.log_in("alpha").await;
    let mut body = site.get_as(&owner, LETTERS).await.json();
    change(&mut body["letters"]);
    let saved = site.json(Method::PUT, Some(&owner), LETTERS, &body).await;
    assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
}

/// Of each reminder of an appointment: when it is due, and what came of it.
async fn reminders(site: &Site, made: &Value) -> Vec<(String, String)> {
    let owner = site.log_in("alpha").await;
    let found = site.get_as(&owner, &of("/messages", made)).await.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let later = found["later"].as_array().expect("a list").clone();
    later.iter().map(|one| (text(&one["due_at"]), text(&one["outcome"]))).collect()
}

fn hours_before(start: &str, hours: i64) -> String {
    let start: jiff::Timestamp = start.parse().expect("a start");
    (start - jiff::SignedDuration::from_hours(hours)).to_string()
}

async fn run_due(site: &Site) {
    due::write(&site.platform).await.expect("what is due is written");
}

/// Makes the first who can be booked for a service a member, by hand.
async fn link(site: &Site, name: &str, email: &str) -> (String, String) {
    let (user, cookie) = site.join(site.alpha, email, Role::Member).await;
    let owner = site.log_in("alpha").await;
    let staff = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
    let person = staff.as_array().expect("staff").iter().find(|one| one["name"] == name).expect("them").clone();
    let id = person["id"].as_str().expect("an id").to_owned();
    let staff_id: uuid::Uuid = id.parse().expect("an id");
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    platform_sql!(exec, &mut tx, "UPDATE calendar_staff SET user_id = $2 WHERE id = $1", staff_id, user)
        .expect("linked");
    tx.commit().await.expect("committed");
    (id, cookie)
}

on_both! {
    /// A booking, a move and a cancellation each have their letter, with one entry for the calendar that changes along.
    async fn each_event_has_its_letter(site: Site) {
        let slots = site.slots("alpha", "sports-massage").await;
        let made = made(&site, "with-letters", &booking("sports-massage", &slots[20])).await;
        let booked = one_to_casey(&site).await;
        assert_eq!(booked.sender.as_deref(), Some("Alpha Clinic"));
        assert!(booked.letter.subject.starts_with("Booked: Sports and remedial massage, "), "{}", booked.letter.subject);
        let text = booked.letter.text();
        assert!(text.contains("Hello Casey Client,") && text.contains("Sydney time (AEDT)"), "{text}");
        let (_, link) = booked.letter.action.clone().expect("the private link");
        let there = site.get(link.strip_prefix(ORIGIN).expect("ours")).await;
        assert_eq!(there.status, StatusCode::OK, "{link}");
        assert_eq!(booked.attachments[0].content_type, "text/calendar; method=REQUEST; charset=utf-8");
        let uid = of_file(&booked, "UID");
        assert_eq!((of_file(&booked, "METHOD"), of_file(&booked, "SEQUENCE")), ("REQUEST".to_owned(), "0".to_owned()));

        let moved = site.json(Method::POST, None, &own("/move", &made), &json!({ "start": slots[24], "version": 1 })).await;
        assert_eq!(moved.status, StatusCode::NO_CONTENT, "{moved:?}");
        let moved = one_to_casey(&site).await;
        assert!(moved.letter.subject.starts_with("Moved: ") && moved.letter.text().contains("Before: "), "{}", moved.letter.text());
        assert_eq!((of_file(&moved, "METHOD"), of_file(&moved, "SEQUENCE"), of_file(&moved, "UID")), ("REQUEST".to_owned(), "1".to_owned(), uid.clone()));

        let cancelled = site.json(Method::POST, None, &own("/cancel", &made), &json!({ "version": 2 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
        let cancelled = one_to_casey(&site).await;
        assert!(cancelled.letter.subject.starts_with("Cancelled: ") && cancelled.letter.text().contains("You cancelled"));
        assert_eq!((of_file(&cancelled, "METHOD"), of_file(&cancelled, "SEQUENCE"), of_file(&cancelled, "UID")), ("CANCEL".to_owned(), "2".to_owned(), uid));
    }

    /// What was refused has no letter, and neither has who left no address; the same request sent twice has one.
    async fn no_letter_without_a_booking(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[20].clone();
        let body = booking("sports-massage", &start);
        made(&site, "the-first-one", &body).await;
        made(&site, "the-first-one", &body).await;
        assert_eq!(to_casey(&site).await.len(), 1);
        assert_eq!(site.book("alpha", "the-second-one", &body).await.status, StatusCode::CONFLICT);
        let bad = json!({ "service": "sports-massage", "start": start, "name": "", "email": CASEY });
        assert_eq!(site.book("alpha", "without-a-name", &bad).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(to_casey(&site).await.is_empty());
    }

    /// A letter that can’t be written leaves no booking either: both are one transaction.
    async fn no_booking_without_its_letter(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[20].clone();
        let before = appointments(&site).await.len();
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
// No verb would set that, and the database refuses what comes of it.
        let broken = r#"{"letters":{"follow_up_hours":9000}}"#;
        platform_sql!(exec, &mut tx, "INSERT INTO calendar_settings (org_id, options, version) VALUES ($1, $2, 1) ON CONFLICT (org_id) DO UPDATE SET options = excluded.options", site.alpha, broken).expect("broken");
        tx.commit().await.expect("committed");
        let failed = site.book("alpha", "without-a-letter", &booking("sports-massage", &start)).await;
        assert!(!failed.status.is_success(), "{failed:?}");
        assert!(to_casey(&site).await.is_empty());
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM calendar_settings WHERE org_id = $1", site.alpha).expect("mended");
        tx.commit().await.expect("committed");
        assert_eq!(appointments(&site).await.len(), before);
    }

    /// What waits for the business is told so; then its yes, its no, or that it said nothing.
    async fn what_waits_for_the_business_has_letters_of_its_own(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "confirmation": { "hours": 2 } })).await;
        let slots = site.slots("alpha", "sports-massage").await;
        let owner = site.log_in("alpha").await;
        let mut ways = Vec::new();
        for (n, way) in ["confirm", "decline", "nothing"].into_iter().enumerate() {
            let made = made(&site, &format!("asked-for-{n}"), &booking("sports-massage", &slots[20 + 6 * n])).await;
            let asked = one_to_casey(&site).await;
            assert!(asked.letter.subject.starts_with("We’ve got your request: ") && asked.attachments.is_empty(), "{asked:?}");
            if way == "nothing" {
                site.set_clock("2026-11-23T00:00:01Z");
                holds::let_go(&site.platform).await.expect("what has expired is let go of");
            } else {
                let said = site.json(Method::POST, Some(&owner), &of(&format!("/{way}"), &made), &json!({ "version": 1 })).await;
                assert_eq!(said.status, StatusCode::NO_CONTENT, "{said:?}");
            }
            let told = one_to_casey(&site).await;
            ways.push((told.letter.subject.split(':').next().unwrap_or_default().to_owned(), told.attachments.len()));
        }
        let expected = [("Confirmed", 1), ("Not possible", 0), ("Not confirmed", 0)];
        assert_eq!(ways, expected.map(|(words, files)| (words.to_owned(), files)));
    }

    /// Several weeks are one letter that lists them, with one file that holds all.
    async fn a_series_is_one_letter(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "recurring": { "most": 6 } })).await;
        let mut body = booking("sports-massage", &site.slots("alpha", "sports-massage").await[20]);
        body["times"] = json!(3);
        body["skip_taken"] = json!(true);
        let made = made(&site, "several-weeks", &body).await;
        let times = usize::try_from(made["times"].as_u64().expect("a number")).expect("few");
        let letter = one_to_casey(&site).await;
        assert_eq!(letter.letter.text().matches("Sydney time").count(), times);
        assert_eq!(letter.attachments[0].text.matches("BEGIN:VEVENT").count(), times);
        assert!(times == 1 || letter.letter.subject.ends_with(&format!(" and {} more", times - 1)), "{}", letter.letter.subject);
    }

    /// A reminder is due exactly so many hours before, though the clock is put back in between, and is written once.
    async fn a_reminder_comes_at_its_hour(site: Site) {
        set(&site, |letters| letters["reminder_hours"] = json!([48])).await;
        // Lord Howe’s clock is put back by half an hour on Sunday 4 April 2027.
        site.set_clock("2027-03-31T00:00:00Z");
        let slots = site.slots("alpha", "sports-massage").await;
        let start = slots.iter().find(|start| start.as_str() >= "2027-04-05").expect("a start after the change").clone();
        let mut body = booking("sports-massage", &start);
        body["zone"] = json!("Australia/Lord_Howe");
        let made = made(&site, "on-lord-howe", &body).await;
        let booked = one_to_casey(&site).await;
        assert!(booked.letter.text().contains("Lord Howe time (+1030)"), "{}", booked.letter.text());
        let due = hours_before(&start, 48);
        assert_eq!(reminders(&site, &made).await, [(due.clone(), String::new())]);
        let moment_before = (due.parse::<jiff::Timestamp>().expect("an instant") - jiff::SignedDuration::from_secs(1)).to_string();
        site.set_clock(&moment_before);
        run_due(&site).await;
        assert!(to_casey(&site).await.is_empty(), "not before its time");
        site.set_clock(&due);
        run_due(&site).await;
        run_due(&site).await;
        let reminder = one_to_casey(&site).await;
        assert!(reminder.letter.subject.starts_with("Reminder: "), "{}", reminder.letter.subject);
        assert!(reminder.letter.text().contains("Lord Howe time (+1030)"), "{}", reminder.letter.text());
        assert_eq!(reminders(&site, &made).await, [(due, "sent".to_owned())]);
    }

    /// What is moved is reminded of at its new time alone; what is cancelled, or too late, isn’t.
    async fn reminders_follow_the_appointment(site: Site) {
        let slots = site.slots("alpha", "sports-massage").await;
        let last = slots.last().expect("a start").clone();
        let other = made(&site, "to-be-cancelled", &booking("sports-massage", &last)).await;
        let cancelled = site.json(Method::POST, None, &own("/cancel", &other), &json!({ "version": 1 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
        assert_eq!(reminders(&site, &other).await, [(hours_before(&last, 24), "ended".to_owned())]);

        let made = made(&site, "to-be-moved", &booking("sports-massage", &slots[40])).await;
        let moved = site.json(Method::POST, None, &own("/move", &made), &json!({ "start": last, "version": 1 })).await;
        assert_eq!(moved.status, StatusCode::NO_CONTENT, "{moved:?}");
        let (first, second) = (hours_before(&slots[40], 24), hours_before(&last, 24));
        assert_eq!(reminders(&site, &made).await, [(first.clone(), "changed".to_owned()), (second.clone(), String::new())]);
        to_casey(&site).await;
        site.set_clock(&first);
        run_due(&site).await;
        assert!(to_casey(&site).await.is_empty());
        // Five hours late: whoever reads it now would be surprised.
        let late = (second.parse::<jiff::Timestamp>().expect("an instant") + jiff::SignedDuration::from_hours(5)).to_string();
        site.set_clock(&late);
        run_due(&site).await;
        assert!(to_casey(&site).await.is_empty());
        assert_eq!(reminders(&site, &made).await[1].1, "late");
    }

    /// Two processes at once write a reminder once: the row is taken in the transaction that queues the letter. So it is if one
    /// dies before: nothing was taken then.
    async fn a_reminder_is_written_once(site: Site) {
        let start = site.slots("alpha", "sports-massage").await.last().expect("a start").clone();
        let made = made(&site, "reminded-once", &booking("sports-massage", &start)).await;
        to_casey(&site).await;
        site.set_clock(&hours_before(&start, 24));
        let id: AppointmentId = made["id"].as_str().expect("an id").parse().expect("an id");
        let actor = Actor::System("a test");
        let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::SET_UP, Access::Write).await.expect("it opens");
        let reminder = store::reminders(&mut tx, id).await.expect("reminders").remove(0);
        assert_eq!(store::finish_reminder(&mut tx, reminder.id, "sent").await.expect("an answer"), 1);
        // Whoever took it dies here.
        tx.rollback().await.expect("undone");
        let (first, second) = Box::pin(futures::future::join(due::write(&site.platform), due::write(&site.platform))).await;
        first.and(second).expect("both go on");
        assert_eq!(to_casey(&site).await.len(), 1);
    }

    /// A follow-up comes after the appointment where it is switched on, and not to who didn’t come.
    async fn a_follow_up_comes_afterwards(site: Site) {
        set(&site, |letters| letters["follow_up_hours"] = json!(3)).await;
        let start = site.slots("alpha", "sports-massage").await[10].clone();
        let made = made(&site, "followed-up", &booking("sports-massage", &start)).await;
        to_casey(&site).await;
        let (due, _) = reminders(&site, &made).await.last().expect("a follow-up").clone();
        site.set_clock(&due);
        run_due(&site).await;
        let letters = to_casey(&site).await;
        let subjects: Vec<_> = letters.iter().map(|mailing| mailing.letter.subject.as_str()).collect();
        assert_eq!(subjects, ["Thank you for your visit"]);
        // It is no place for offers, which the page on which it is worded says: nobody unsubscribes from it.
        let owner = site.log_in("alpha").await;
        let worded = site.get_as(&owner, "/app/alpha/calendar/letters/follow_up").await;
        assert!(worded.status == StatusCode::OK && worded.text.contains("news and offers don’t belong in it"), "{}", worded.text);
    }

    /// No follow-up is sent that a business didn’t turn on: there is nothing to unsubscribe from.
    async fn no_follow_up_comes_unasked(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[10].clone();
        made(&site, "not-followed-up", &booking("sports-massage", &start)).await;
        to_casey(&site).await;
        site.advance(60 * 24 * 60 * 60);
        run_due(&site).await;
        assert!(to_casey(&site).await.is_empty());
    }

    /// An appointment tells what became of its letters, and one can be sent again: by who may change it, a few times.
    async fn an_appointment_knows_its_letters(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[20].clone();
        let made = made(&site, "sent-again", &booking("sports-massage", &start)).await;
        let owner = site.log_in("alpha").await;
        let read = async || site.get_as(&owner, &of("/messages", &made)).await.json();
        let waits = read().await;
        assert_eq!((waits["written"][0]["kind"].as_str(), waits["written"][0]["state"].as_str()), (Some("booked"), Some("queued")));
        to_casey(&site).await;
        assert_eq!(read().await["written"][0]["words"], "Sent 9:00 am");
        let again = async |kind: &str| site.json(Method::POST, Some(&owner), &of(&format!("/messages/{kind}/resend"), &made), &json!({})).await.status;
        assert_eq!(again("booked").await, StatusCode::NO_CONTENT);
        assert_eq!(one_to_casey(&site).await.attachments.len(), 1);
        assert_eq!(again("booked").await, StatusCode::TOO_MANY_REQUESTS, "a moment later");
        assert_eq!(again("called_off").await, StatusCode::CONFLICT, "it wasn’t");
        assert_eq!(again("postcard").await, StatusCode::NOT_FOUND);
        let by_hand = read().await["written"].as_array().expect("a list").iter().filter(|one| one["by_hand"] == true).count();
        assert_eq!(by_hand, 1);
        let beta = site.log_in("beta").await;
        for (method, path) in [(Method::GET, of("/messages", &made)), (Method::POST, of("/messages/booked/resend", &made))] {
            assert_eq!(site.json(method.clone(), Some(&beta), &path, &json!({})).await.status, StatusCode::NOT_FOUND);
            assert_eq!(site.json(method, None, &path, &json!({})).await.status, StatusCode::UNAUTHORIZED);
        }
    }

    /// Words of one’s own take the place of ours, with nothing in them that isn’t text; what can’t be filled in is refused.
    async fn letters_are_worded(site: Site) {
        let owner = site.log_in("alpha").await;
        let path = format!("{LETTERS}/wordings/booked");
        let put = async |body: Value| site.json(Method::PUT, Some(&owner), &path, &body).await;
        let unknown = put(json!({ "subject": "Hello {clint}", "body": "{manage_link}" })).await;
        assert_eq!((unknown.status, unknown.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["subject".to_owned()]));
        assert!(unknown.text.contains("{client}"), "those that exist are named: {}", unknown.text);
        assert_eq!(put(json!({ "subject": "Hello", "body": "See https://elsewhere.example {manage_link}" })).await.fields(), ["body"]);
        let saved = put(json!({ "subject": "See you, {client}", "body": "<b>{service}</b>\n\n{manage_link}" })).await;
        assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
        assert_eq!(put(json!({ "subject": "Another", "body": "{manage_link}" })).await.status, StatusCode::CONFLICT, "an old version");

        let start = site.slots("alpha", "sports-massage").await[20].clone();
        let mut body = booking("sports-massage", &start);
        body["name"] = json!("Casey <i>Client</i> {business}");
        made(&site, "worded-anew", &body).await;
        let letter = one_to_casey(&site).await.letter;
        assert_eq!(letter.subject, "See you, Casey <i>Client</i> {business}");
        let html = letter.html();
        assert!(html.contains("&lt;b&gt;Sports and remedial massage&lt;/b&gt;") && !html.contains("<b>") && !html.contains("<i>"), "{html}");

        let seen = site.json(Method::POST, Some(&owner), &format!("{path}/preview"), &json!({ "subject": "Hi {client}", "body": "{manage_link}" })).await;
        assert_eq!((seen.status, seen.json()["subject"].as_str()), (StatusCode::OK, Some("Hi Casey Client")));
        assert_eq!(site.json(Method::DELETE, Some(&owner), &path, &json!({})).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.get_as(&owner, &path).await.json()["version"], 0);
        let beta = site.log_in("beta").await;
        assert_eq!(site.get_as(&beta, &path).await.status, StatusCode::NOT_FOUND);
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        assert_eq!(site.get_as(&member, &path).await.status, StatusCode::FORBIDDEN);
    }

    /// The pages set the same, without JavaScript; what was typed wrongly comes back.
    async fn letters_are_set_up_on_pages(site: Site) {
        let owner = site.log_in("alpha").await;
        let page = "/app/alpha/calendar/letters";
        let shown = site.get_as(&owner, page).await;
        assert!(shown.status == StatusCode::OK && shown.text.contains("Booking confirmation"), "{}", shown.text);
        let fields = |reminders: &'static str| [("org", "alpha"), ("version", "0"), ("reminders", reminders), ("follow_up", "24"), ("reply_to", "hello@alpha.example.com"), ("sent[]", "booked"), ("sent[]", "moved")];
        let refused = site.form(Some(&owner), "/fn/calendar/letters/save", page, &fields("soon")).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("Enter whole hours"), "{}", refused.text);
        let saved = site.form(Some(&owner), "/fn/calendar/letters/save", page, &fields("48, 2 h")).await;
        assert_eq!(saved.location(), "/app/alpha/calendar/letters?saved=1", "{saved:?}");
        let set = site.get_as(&owner, LETTERS).await.json();
        assert_eq!((set["letters"]["reminder_hours"].clone(), set["letters"]["follow_up_hours"].clone()), (json!([48, 2]), json!(24)));
        let twice = site.form(Some(&owner), "/fn/calendar/letters/save", page, &fields("24")).await;
        assert_eq!(twice.status, StatusCode::CONFLICT, "{twice:?}");

        let slots = site.slots("alpha", "sports-massage").await;
        let made = made(&site, "set-on-a-page", &booking("sports-massage", &slots[20])).await;
        assert_eq!(one_to_casey(&site).await.reply_to.as_deref(), Some("hello@alpha.example.com"));
        let cancelled = site.json(Method::POST, None, &own("/cancel", &made), &json!({ "version": 1 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
        assert!(to_casey(&site).await.is_empty(), "that letter is switched off");

        let words = "/app/alpha/calendar/letters/reminder";
        assert_eq!(site.get_as(&owner, words).await.status, StatusCode::OK);
        let typed = [("org", "alpha"), ("letter", "reminder"), ("version", "0"), ("subject", "Soon: {service}"), ("text", "Bring your shoes, {client}.\r\n\r\n{manage_link}")];
        let saved = site.form(Some(&owner), "/fn/calendar/letters/word", words, &typed).await;
        assert_eq!(saved.location(), "/app/alpha/calendar/letters/reminder?saved=1", "{saved:?}");
        assert!(site.get_as(&owner, words).await.text.contains("Bring your shoes, Casey Client."));
        assert_eq!(site.get_as(&owner, "/app/alpha/calendar/letters/postcard").await.status, StatusCode::NOT_FOUND);
    }

    /// Whoever is booked and is a member is told of what others do, unless they switched it off; and of their day at their hour.
    async fn staff_are_told(site: Site) {
        const MEI: &str = "mei@example.com";
        let (id, _) = link(&site, "Mei-Lin Chua", MEI).await;
        let to_mei = async || -> Vec<String> {
            let all = site.mailings().await.into_iter().filter(|mailing| mailing.letter.to == MEI);
            all.map(|mailing| mailing.letter.subject).collect()
        };
        let slots = site.slots("alpha", "sports-massage").await;
        let made = made(&site, "told-to-mei", &booking("sports-massage", &slots[20])).await;
        assert!(to_mei().await.iter().any(|subject| subject.starts_with("Booked: ")));
        let cancelled = site.json(Method::POST, None, &own("/cancel", &made), &json!({ "version": 1 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
        assert!(to_mei().await.iter().any(|subject| subject.starts_with("Cancelled: ")));

        let owner = site.log_in("alpha").await;
        let path = format!("/api/v1/orgs/alpha/calendar/staff/{id}/letters");
        let mut told = site.get_as(&owner, &path).await.json();
        told["booked"] = json!(false);
        told["agenda_hour"] = json!(24);
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &told).await.fields(), ["agenda_hour"]);
        told["agenda_hour"] = json!(7);
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &told).await.status, StatusCode::NO_CONTENT);
        let day = slots.iter().find(|start| start.as_str() >= "2026-11-24T22:00:00Z").expect("a start on Wednesday");
        self::made(&site, "on-wednesday", &booking("sports-massage", day)).await;
        assert!(to_mei().await.is_empty(), "she switched that off");
        // Seven on Tuesday, and on Wednesday, in Sydney.
        site.set_clock("2026-11-23T20:00:00Z");
        run_due(&site).await;
        to_mei().await;
        site.set_clock("2026-11-24T20:00:00Z");
        run_due(&site).await;
        run_due(&site).await;
        let subjects = to_mei().await;
        assert_eq!(subjects.iter().filter(|subject| subject.starts_with("Wednesday 25 November: ")).count(), 1, "{subjects:?}");
        let beta = site.log_in("beta").await;
        assert_eq!(site.get_as(&beta, &path).await.status, StatusCode::NOT_FOUND);
    }

    /// Reminders go as text messages where the platform has somebody who sends them and the organisation switched them on.
    async fn reminders_go_as_texts(site: Site) {
        let owner = site.log_in("alpha").await;
        let mut body = site.get_as(&owner, LETTERS).await.json();
        body["letters"]["texts"] = json!(true);
        let refused = site.json(Method::PUT, Some(&owner), LETTERS, &body).await;
        assert_eq!(refused.fields(), ["texts"], "nobody sends any: {refused:?}");
        let messages = Kept::default();
        site.platform.send_texts_by(messages.clone());
        assert_eq!(site.json(Method::PUT, Some(&owner), LETTERS, &body).await.status, StatusCode::NO_CONTENT);
        let start = site.slots("alpha", "sports-massage").await.last().expect("a start").clone();
        made(&site, "by-text-too", &booking("sports-massage", &start)).await;
        site.set_clock(&hours_before(&start, 24));
        run_due(&site).await;
        for _ in 0..2 {
            texts::send(&site.platform).await.expect("what waits is sent");
        }
        let taken = messages.taken();
        assert_eq!(taken.len(), 1, "once: {taken:?}");
        assert!(taken[0].0 == "61412345678" && taken[0].1.starts_with("Alpha Clinic: ") && taken[0].1.contains("/manage/"), "{taken:?}");
    }

    /// A letter of an organisation that was suspended meanwhile isn’t sent, and neither are its reminders.
    async fn a_closed_organisation_writes_to_nobody(site: Site) {
        let start = site.slots("alpha", "sports-massage").await.last().expect("a start").clone();
        made(&site, "suspended-then", &booking("sports-massage", &start)).await;
        let now = site.platform.clock.now();
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET suspended_at = $2 WHERE id = $1", site.alpha, now).expect("suspended");
        tx.commit().await.expect("committed");
        mail::deliver(&site.platform).await.expect("delivered");
        assert!(to_casey(&site).await.is_empty());
        site.set_clock(&hours_before(&start, 24));
        run_due(&site).await;
        assert!(to_casey(&site).await.is_empty());
    }
}
