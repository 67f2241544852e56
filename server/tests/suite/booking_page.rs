//! The public booking page offers all that a service can be set to: what is chosen before a time, the hold, the form, what becomes of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use app::{
    db::Access,
    links::Purpose,
    modules::calendar::{permissions, store},
    org::{Actor, OrgRef, OrgTx},
};
use axum::http::{Method, StatusCode, header};
use futures::future::join_all;
use serde_json::json;

use crate::{
    on_both,
    races::{appointments, set_up},
    support::{Answer, Site},
};

const PAGE: &str = "/b/alpha/sports-massage";
const HOLD: &str = "/fn/calendar/hold";
const BOOK: &str = "/fn/calendar/book";

/// What a form of one of alpha’s services says of when it was made, so many seconds ago.
pub async fn made(site: &Site, service: &str, seconds_ago: i64) -> String {
    let (actor, need) = (Actor::System("a test"), &permissions::SET_UP);
    let opened = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), need, Access::Read).await;
    let mut tx = opened.expect("alpha");
    let services = store::services(&mut tx).await.expect("services");
    tx.rollback().await.expect("an end");
    let id = services.iter().find(|one| one.slug == service).expect("the service").id;
    let now = site.platform.clock.now().timestamp().as_second();
    site.platform.links.sign(Purpose::Form, site.alpha.0, id.0, now - seconds_ago + 2 * 24 * 60 * 60)
}

/// A visitor presses a time, with what else their page says. The answer, and the cookie that they go on with.
async fn press(site: &Site, cookie: Option<&str>, query: &str, start: &str) -> (Answer, Option<String>) {
    let fields = [("org", "alpha"), ("service", "sports-massage"), ("query", query), ("start", start)];
    let answer = site.form(cookie, HOLD, PAGE, &fields).await;
    let set = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let hold = set.filter_map(|line| line.split(';').next()).find(|pair| pair.starts_with("devalo_hold="));
    let hold = hold.map(ToOwned::to_owned);
    (answer, hold)
}

/// Each form has a key of its own.
static SENT: AtomicUsize = AtomicUsize::new(0);

/// The form as a visitor sends it, with these beside what everybody sends.
async fn send(site: &Site, cookie: Option<&str>, start: &str, more: &[(&str, &str)]) -> Answer {
    let made = made(site, "sports-massage", 30).await;
    let key = format!("form-of-a-visitor-{}", SENT.fetch_add(1, Ordering::Relaxed));
    let usual = [
        ("org", "alpha"),
        ("service", "sports-massage"),
        ("start", start),
        ("zone", ""),
        ("key", key.as_str()),
        ("name", "Casey Client"),
        ("email", "casey@example.com"),
        ("phone", ""),
        ("notes", ""),
        ("made", made.as_str()),
    ];
    let fields: Vec<_> = usual
        .into_iter()
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name))
        .chain(more.iter().copied())
        .collect();
    site.form(cookie, BOOK, &format!("{PAGE}?start={start}"), &fields).await
}

on_both! {
    /// What a service comes in stands above the times as links, each of which keeps what else was chosen.
    async fn what_there_is_to_choose_stands_above_the_times(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({
            "lengths": [{ "minutes": 90, "price_cents": 15000 }],
            "locations": [
                { "id": "clinic", "kind": "on_site", "label": "At the clinic", "detail": "1 Test Street, Perth" },
                { "id": "video", "kind": "video", "detail": "https://meet.example.com/room" },
            ],
            "most_seats": 2, "capacity": 4,
            "assignment": { "choice": true },
        })).await;
        let card = site.get("/b/alpha").await.text;
        assert!(card.contains("1 hour – 1 hour 30 minutes") && card.contains("From $"), "{card}");
        let page = site.get(PAGE).await;
        assert_eq!(page.status, StatusCode::OK);
        for words in ["1 hour 30 minutes", "$150.00", "Anyone", "At the clinic", "1 Test Street, Perth", "By video", "4 left"] {
            assert!(page.text.contains(words), "{words}");
        }
        assert!(!page.text.contains("meet.example.com"), "the way into the meeting is for those who have booked");
        let longer = site.get(&format!("{PAGE}?length=90&place=video&zone=Australia%2FSydney")).await;
        assert_eq!(longer.status, StatusCode::OK);
        assert!(longer.text.contains("length=90&amp;seats=2") || longer.text.contains("place=video&amp;seats=2"), "what was chosen is kept");
        // What isn't on offer is said, and the page shows the rest.
        for wrong in ["length=7", "length=x", "place=moon", "seats=99", "seats=-1", "with=x", "with=00000000-0000-0000-0000-000000000000"] {
            let page = site.get(&format!("{PAGE}?{wrong}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(page.text.contains("name=\"start\""), "{wrong}: the times are there all the same");
        }
        // With whom one may choose is the service's say.
        let somebody = site.get(PAGE).await.text.split("with=").nth(1).expect("somebody").chars().take(36).collect::<String>();
        assert_eq!(site.get(&format!("{PAGE}?with={somebody}")).await.status, StatusCode::OK);
        set_up(&site, "sports-massage", |service| service["options"] = json!({})).await;
        assert_eq!(site.get(&format!("{PAGE}?with={somebody}")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    /// Who presses a time has it for five minutes: others don't see it, they do, and only they can book it.
    async fn a_pressed_time_is_held(site: Site) {
        let starts = site.slots("alpha", "sports-massage").await;
        let (start, other) = (starts[2].clone(), starts[9].clone());
        let offered = async |start: &str| site.get(PAGE).await.text.contains(&format!("value=\"{start}\""));
        assert!(offered(&start).await);
        let (answer, hold) = press(&site, None, "zone=Australia/Sydney&length=60", &start).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
        assert!(answer.location().starts_with(PAGE) && answer.location().contains("start=") && answer.location().contains("zone="), "{answer:?}");
        let mine = hold.expect("a hold");
        assert!(!offered(&start).await, "nobody else is offered it");
        let theirs = site.get(&format!("{PAGE}?start={start}")).await;
        assert!(!theirs.text.contains("action=\"/fn/calendar/book\""), "nor its form");
        let page = site.get_as(&mine, answer.location()).await;
        assert!(page.text.contains("Held for you until") && page.text.contains("action=\"/fn/calendar/book\""), "{}", page.text);
        assert_eq!(send(&site, None, &start, &[]).await.status, StatusCode::CONFLICT, "another can't book it");
        // The same time again, from the page before: it is theirs, and no mistake.
        let (again, renewed) = press(&site, Some(&mine), "", &start).await;
        assert_eq!(again.status, StatusCode::FOUND);
        let mine = renewed.expect("it is held anew");
        assert!(site.get_as(&mine, &format!("{PAGE}?start={start}")).await.text.contains("Held for you until"));
        // Another time in its place.
        let (_, second) = press(&site, Some(&mine), "", &other).await;
        let mine = second.expect("a hold of the other");
        assert!(offered(&start).await && !offered(&other).await);
        // Pressed by somebody else meanwhile: no hold, and the page says so.
        let (late, none) = press(&site, None, "", &other).await;
        assert_eq!((late.status, none), (StatusCode::FOUND, None));
        assert!(site.get(late.location()).await.text.contains("class=\"notice"), "it says why");
        assert_eq!(send(&site, Some(&mine), &other, &[]).await.status, StatusCode::FOUND, "and it is booked");
        assert!(offered(&start).await);
    }

    /// Forty visitors send the form of one time at once: one has it, and each of the others gets back what they typed, with the times that
    /// are left to choose from.
    async fn who_was_too_late_is_shown_what_is_left(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let sent = join_all((0..40).map(|_| send(&site, None, &start, &[]))).await;
        let (booked, late): (Vec<_>, Vec<_>) = sent.into_iter().partition(|answer| answer.status == StatusCode::FOUND);
        assert_eq!((booked.len(), late.len()), (1, 39));
        let left = site.slots("alpha", "sports-massage").await;
        assert!(!left.contains(&start));
        for answer in late {
            assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
            assert!(answer.text.contains("taken") && answer.text.contains("Casey Client"), "{}", answer.text);
            assert!(left.iter().any(|fresh| answer.text.contains(&format!("value=\"{fresh}\""))), "{}", answer.text);
            assert!(!answer.text.contains(&format!("value=\"{start}\"")), "it isn't offered any more: {}", answer.text);
        }
    }

    /// The hold is over after five minutes: whoever is in time has it, with a hold or without.
    async fn a_hold_that_is_over_holds_nothing(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let (_, hold) = press(&site, None, "", &start).await;
        let mine = hold.expect("a hold");
        site.advance(301);
        assert!(site.get(PAGE).await.text.contains(&format!("value=\"{start}\"")), "it is on offer again");
        assert!(!site.get_as(&mine, &format!("{PAGE}?start={start}")).await.text.contains("Held for you"));
        assert_eq!(send(&site, Some(&mine), &start, &[]).await.status, StatusCode::FOUND, "nobody else has it, so it is theirs");
    }

    /// Nonsense for a hold is refused; what leads elsewhere doesn't.
    async fn a_hold_of_nothing_is_refused(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        for (org, service) in [("alpha", "nothing"), ("nobody", "sports-massage"), ("//evil.example", "x")] {
            let fields = [("org", org), ("service", service), ("query", ""), ("start", start.as_str())];
            let answer = site.form(None, HOLD, PAGE, &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{org} {service}");
        }
        for start in ["", "yesterday", "2026-11-23T00:00:00.5Z", "9999-12-31T23:59:59Z"] {
            let (answer, hold) = press(&site, None, "length=zzz&with=%00&place=../..", start).await;
            assert!(answer.location().starts_with(PAGE) && hold.is_none(), "{start}: {answer:?}");
        }
        let foreign = site.json(Method::POST, None, HOLD, &json!({})).await;
        assert!(foreign.status.is_client_error());
    }

    /// All that a service can ask is asked, kept where the form is refused, and on the confirmation.
    async fn the_form_asks_what_the_service_asks(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({
            "locations": [{ "id": "home", "kind": "at_client", "travel_minutes": 15 }],
            "recurring": { "most": 4 },
            "terms": "Please arrive on time.\nSecond line.",
            "questions": [
                { "id": "pets", "kind": "short", "label": "Any pets?", "required": true },
                { "id": "story", "kind": "long", "label": "What happened?" },
                { "id": "side", "kind": "choice", "label": "Which side?", "choices": ["Left", "Right"], "required": true },
                { "id": "where", "kind": "several", "label": "Where does it hurt?", "choices": ["Neck", "Back", "Knee"] },
                { "id": "sure", "kind": "checkbox", "label": "I have a table", "required": true },
            ],
        })).await;
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let page = site.get(&format!("{PAGE}?start={start}")).await.text;
        for words in ["Your address", "Each week, 4 times", "Any pets?", "Which side?", "Where does it hurt?", "I have a table", "Please arrive on time.", "answers[where][]"] {
            assert!(page.contains(words), "{words}");
        }
        let given: &[(&str, &str)] = &[
            ("place", "7 Home Street"), ("answers[pets][]", "A <b>cat</b>"), ("answers[story][]", "A fall."), ("answers[where][]", "Neck"),
            ("answers[where][]", "Knee"), ("answers[side][]", ""), ("times", "2"),
        ];
        let refused = send(&site, None, &start, given).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for words in ["Please choose.", "Please tick this to go on.", "Please accept the terms", "7 Home Street", "value=\"A ", "A fall."] {
            assert!(refused.text.contains(words), "{words}: {}", refused.text);
        }
        let ticked = refused.text.split("<input").filter(|input| input.contains("answers[where][]") && input.contains(" checked")).count();
        assert_eq!(ticked, 2, "what was ticked still is");
        let full: Vec<_> = given.iter().copied().filter(|(name, _)| *name != "answers[side][]")
            .chain([("answers[side][]", "Left"), ("answers[sure][]", "true"), ("accepts", "true"), ("marketing", "true")]).collect();
        let booked = send(&site, None, &start, &full).await;
        assert_eq!(booked.status, StatusCode::FOUND, "{}", booked.text);
        let confirmation = site.get(booked.location()).await.text;
        for words in ["7 Home Street", "Any pets?", "A &lt;b&gt;cat", "Left", "Neck", "Knee", "All dates"] {
            assert!(confirmation.contains(words), "{words}: {confirmation}");
        }
        assert_eq!(appointments(&site).await.iter().filter(|one| one["client"]["name"] == "Casey Client" || one.to_string().contains("Casey Client")).count(), 2);
    }

    /// Programs that fill in whatever they find are asked again, with all that was typed; and nothing is booked.
    async fn programs_are_asked_again(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let at_once = made(&site, "sports-massage", 0).await;
        let genuine = made(&site, "sports-massage", 30).await;
        let forged = genuine.replace('A', "B");
        let old = made(&site, "sports-massage", 3 * 24 * 60 * 60).await;
        // One of another service, and one of another business.
        let of_another = made(&site, "follow-up", 30).await;
        let link = site.platform.links.verify(Purpose::Form, &genuine, 0).expect("its link");
        let elsewhere = site.platform.links.sign(Purpose::Form, site.beta.0, link.subject, link.expires);
        for (name, value) in [("made", at_once.as_str()), ("made", of_another.as_str()), ("made", elsewhere.as_str()), ("made", ""), ("made", forged.as_str()), ("made", old.as_str()), ("website", "https://spam.example")] {
            let refused = send(&site, None, &start, &[(name, value), ("notes", "typed at length")]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {value}");
            assert!(refused.text.contains("press the button once more") && refused.text.contains("typed at length"), "{name} {value}");
        }
        assert!(site.slots("alpha", "sports-massage").await.contains(&start));
        assert_eq!(send(&site, None, &start, &[]).await.status, StatusCode::FOUND);
    }

    /// What waits for the business says so, and what became of it.
    async fn what_waits_says_so(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "confirmation": { "hours": 2 } })).await;
        let starts = site.slots("alpha", "sports-massage").await;
        assert!(site.get(&format!("{PAGE}?start={}", starts[20])).await.text.contains("Ask for this time"));
        let booked = send(&site, None, &starts[20], &[]).await;
        let link = booked.location().split('?').next().expect("a link").to_owned();
        assert!(site.get(booked.location()).await.text.contains("You have asked for this time"));
        let owner = site.log_in("alpha").await;
        let id = appointments(&site).await.iter().find(|one| one.to_string().contains("Casey Client")).expect("it")["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{id}/decline");
        let declined = site.json(Method::POST, Some(&owner), &path, &json!({ "version": 1 })).await;
        assert_eq!(declined.status, StatusCode::NO_CONTENT, "{declined:?}");
        assert!(site.get(&link).await.text.contains("couldn’t be confirmed"));
        let second = send(&site, None, &starts[30], &[]).await;
        site.advance(2 * 60 * 60 + 1);
        app::modules::calendar::holds::let_go(&site.platform).await.expect("it is let go of");
        let link = second.location().split('?').next().expect("a link").to_owned();
        assert!(site.get(&link).await.text.contains("wasn’t confirmed"));
    }

    /// Until when it can be changed is said before anybody tries.
    async fn the_rules_for_changes_are_said(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "changes": { "move_hours": 2000, "late_hours": 2000 } })).await;
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let link = send(&site, None, &start, &[]).await.location().split('?').next().expect("a link").to_owned();
        let page = site.get(&link).await.text;
        assert!(page.contains("It could be moved until") && page.contains("counts as a late cancellation"), "{page}");
        assert!(!page.contains("Change the time"));
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "changes": { "late_hours": 2000, "no_late_cancel": true } })).await;
        let page = site.get(&link).await.text;
        assert!(page.contains("It can no longer be changed here") && !page.contains("Change the time") && !page.contains("Yes, cancel it"), "{page}");
    }

    /// A service with a word of its own is a page for whoever has the word, and for no search engine.
    async fn a_secret_service_is_there_for_who_has_its_word(site: Site) {
        let word = "abcdefgh12345678";
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "secret": word })).await;
        assert_eq!(site.get(PAGE).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&format!("{PAGE}?key=another")).await.status, StatusCode::NOT_FOUND);
        let page = site.get(&format!("{PAGE}?key={word}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("noindex") && page.text.contains(&format!("key={word}")), "its links keep the word");
        let start = page.text.split("name=\"start\" value=\"").nth(1).expect("a time").split('"').next().expect("a start").to_owned();
        let (answer, hold) = press(&site, None, &format!("key={word}"), &start).await;
        assert!(answer.location().contains(word) && hold.is_some(), "{answer:?}");
        assert_eq!(send(&site, hold.as_deref(), &start, &[]).await.status, StatusCode::NOT_FOUND, "without the word there is nothing to book");
        assert_eq!(send(&site, hold.as_deref(), &start, &[("secret", word)]).await.status, StatusCode::FOUND);
    }
}
