//! Ways around what a business has decided: none of them leads anywhere.

use app::{modules::calendar::holds, request::ClientAddress};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    races::set_up,
    support::{Answer, Site, booking},
};

const MASSAGE: &str = "sports-massage";
const APPOINTMENTS: &str = "/api/v1/orgs/alpha/calendar/appointments";

/// Books, and gives the id and the address of the client’s own booking.
async fn made(site: &Site, key: &str, body: &Value) -> (String, String) {
    let made = site.book("alpha", key, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let text = |name: &str| made.json()[name].as_str().expect("a text").to_owned();
    (text("id"), format!("/api/v1/calendar/manage/{}", text("token")))
}

async fn moved(site: &Site, own: &str, start: &str, version: i64) -> Answer {
    site.json(Method::POST, None, &format!("{own}/move"), &json!({ "start": start, "version": version })).await
}

async fn change(site: &Site, id: &str, what: &str, body: &Value) -> StatusCode {
    let owner = site.log_in("alpha").await;
    site.json(Method::POST, Some(&owner), &format!("{APPOINTMENTS}/{id}/{what}"), body).await.status
}

/// The file for the client’s calendar.
async fn file(site: &Site, own: &str) -> String {
    let token = own.rsplit('/').next().expect("a token");
    site.get(&format!("/manage/{token}.ics")).await.text
}

on_both! {
    /// Who would be late to cancel is late to move: it isn't moved far ahead and cancelled there.
    async fn who_is_late_is_late_for_both(site: Site) {
        let slots = site.slots("alpha", MASSAGE).await;
        let far = slots.last().expect("a time");
        let (_, own) = made(&site, "late-for-both", &booking(MASSAGE, &slots[0])).await;
        for changes in [json!({ "late_hours": 240, "no_late_cancel": true }), json!({ "late_hours": 240 })] {
            set_up(&site, MASSAGE, |service| service["options"] = json!({ "changes": changes })).await;
            let refused = moved(&site, &own, far, 1).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
            assert!(refused.text.contains("too late to move"), "{refused:?}");
            assert_eq!(site.get(&own).await.json()["changeable"], false);
        }
        let cancelled = site.json(Method::POST, None, &format!("{own}/cancel"), &json!({ "version": 1 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "late, where that is let: {cancelled:?}");
        // Who isn't late moves it.
        let (_, own) = made(&site, "not-late-at-all", &booking(MASSAGE, far)).await;
        assert_eq!(moved(&site, &own, &slots[slots.len() - 8], 1).await.status, StatusCode::NO_CONTENT);
    }

    /// What the business said yes to and its client moves waits for its yes again, and every page and file says so.
    async fn a_moved_booking_is_confirmed_anew(site: Site) {
        set_up(&site, MASSAGE, |service| service["options"] = json!({ "confirmation": { "hours": 2 } })).await;
        let slots = site.slots("alpha", MASSAGE).await;
        let (id, own) = made(&site, "confirmed-anew", &booking(MASSAGE, &slots[40])).await;
        assert!(file(&site, &own).await.contains("STATUS:TENTATIVE\r\n"), "while it waits");
        assert_eq!(change(&site, &id, "confirm", &json!({ "version": 1 })).await, StatusCode::NO_CONTENT);
        assert!(file(&site, &own).await.contains("STATUS:CONFIRMED\r\n"));
        site.mailings().await;
        assert_eq!(moved(&site, &own, &slots[60], 2).await.status, StatusCode::NO_CONTENT);
        assert!(file(&site, &own).await.contains("STATUS:TENTATIVE\r\n"), "it waits again");
        let page = site.get(&own.replace("/api/v1/calendar", "")).await.text;
        assert!(page.contains("You have asked for this time"), "{page}");
        let letters = site.mailings().await;
        let asked = &letters.iter().find(|mailing| mailing.letter.to == "casey@example.com").expect("a letter").letter;
        assert!(asked.subject.starts_with("We’ve got your request: "), "{}", asked.subject);
        assert_eq!(change(&site, &id, "confirm", &json!({ "version": 3 })).await, StatusCode::NO_CONTENT);
        assert!(file(&site, &own).await.contains("STATUS:CONFIRMED\r\n"));
        // Moved again, and nobody says anything.
        assert_eq!(moved(&site, &own, &slots[80], 4).await.status, StatusCode::NO_CONTENT);
        site.advance(2 * 60 * 60 + 1);
        holds::let_go(&site.platform).await.expect("it is let go of");
        assert_eq!(site.get(&own).await.json()["status"], "cancelled");
    }

    /// A booking that waits is answered before it begins, wherever it is moved.
    async fn nothing_waits_beyond_its_start(site: Site) {
        set_up(&site, MASSAGE, |service| service["options"] = json!({ "confirmation": { "hours": 72 } })).await;
        let slots = site.slots("alpha", MASSAGE).await;
        for (nth, by_business) in [(2, true), (10, false)] {
            let (id, own) = made(&site, &format!("it-waits-{nth}"), &booking(MASSAGE, slots.last().expect("a time"))).await;
            let to = json!({ "start": slots[nth], "version": 1 });
            if by_business {
                let status = change(&site, &id, "move", &to).await;
                assert!(status.is_success(), "{status}");
            } else {
                assert_eq!(moved(&site, &own, &slots[nth], 1).await.status, StatusCode::NO_CONTENT);
            }
            site.set_clock(&slots[nth]);
            holds::let_go(&site.platform).await.expect("it is let go of");
            assert_eq!(site.get(&own).await.json()["status"], "cancelled", "{by_business}");
        }
    }

    /// How much one client may have holds for a move, too.
    async fn a_move_counts_for_its_client(site: Site) {
        set_up(&site, MASSAGE, |service| service["options"] = json!({ "client_limits": { "per_week": 1 } })).await;
        let slots = site.slots("alpha", MASSAGE).await;
        let second = slots.iter().find(|start| start.as_str() >= "2026-11-30T").expect("a time next week");
        made(&site, "week-one", &booking(MASSAGE, &slots[0])).await;
        let (_, own) = made(&site, "week-two", &booking(MASSAGE, second)).await;
        let refused = moved(&site, &own, &slots[8], 1).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        let later = slots.iter().find(|start| start.as_str() >= "2026-12-02T").expect("a time in the same week");
        assert_eq!(moved(&site, &own, later, 1).await.status, StatusCode::NO_CONTENT, "within its own week it isn't in its own way");
    }

    /// Into what isn't offered any more nobody moves; calling it off is possible.
    async fn nothing_is_moved_into_a_withdrawn_service(site: Site) {
        let slots = site.slots("alpha", MASSAGE).await;
        let (_, own) = made(&site, "withdrawn-then", &booking(MASSAGE, &slots[0])).await;
        set_up(&site, MASSAGE, |service| service["active"] = json!(false)).await;
        let refused = moved(&site, &own, &slots[20], 1).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        assert!(refused.text.contains("isn’t offered any more"), "{refused:?}");
        assert_eq!(site.get(&own).await.json()["changeable"], false);
        let page = site.get(&own.replace("/api/v1/calendar", "")).await.text;
        assert!(!page.contains("Change the time") && page.contains("it can’t be moved here"), "{page}");
        let cancelled = site.json(Method::POST, None, &format!("{own}/cancel"), &json!({ "version": 1 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
    }

    /// With whom clients choose only where the service lets them, and only from those who are on the team's page.
    async fn nobody_books_who_isnt_to_be_chosen(site: Site) {
        let owner = site.log_in("alpha").await;
        let staff = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
        let (seen, hidden) = (staff[0]["id"].as_str().expect("an id"), staff[1]["id"].as_str().expect("an id"));
        let hide = json!({ "name": staff[1]["name"], "options": { "unlisted": true } });
        let saved = site.json(Method::PUT, Some(&owner), &format!("/api/v1/orgs/alpha/calendar/staff/{hidden}"), &hide).await;
        assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
        let start = site.slots("alpha", "follow-up").await[10].clone();
        let slots = "/api/v1/orgs/alpha/calendar/services/follow-up/slots";
        let hold = async |start: &str, person: &str| {
            let body = json!({ "service": "follow-up", "start": start, "staff": person });
            site.json(Method::POST, None, "/api/v1/orgs/alpha/calendar/holds", &body).await
        };
        let book = async |start: &str, person: &str, key: &str| {
            let mut body = booking("follow-up", start);
            body["staff"] = json!(person);
            site.book("alpha", key, &body).await
        };
        for (choice, person) in [(false, seen), (false, hidden), (true, hidden)] {
            set_up(&site, "follow-up", |service| service["options"] = json!({ "assignment": { "choice": choice } })).await;
            let listed = site.get(&format!("{slots}?staff={person}")).await;
            let key = format!("not-to-be-chosen-{choice}-{person}");
            for refused in [listed, hold(&start, person).await, book(&start, person, &key).await] {
                assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{choice} {person}: {refused:?}");
                assert_eq!(refused.fields(), ["with"], "{choice} {person}");
            }
            let page = site.get(&format!("/b/alpha/follow-up?with={person}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{choice} {person}");
        }
        let listed = site.get(&format!("{slots}?staff={seen}")).await.json();
        let nth = |nth: usize| listed["starts"][nth].as_str().expect("a start").to_owned();
        assert_eq!(hold(&nth(20), seen).await.status, StatusCode::CREATED);
        assert_eq!(book(&nth(30), seen, "to-be-chosen-1").await.status, StatusCode::CREATED);
        assert_eq!(site.get(&format!("/b/alpha/follow-up?with={seen}")).await.status, StatusCode::OK);
    }

    /// Whether somebody is a client is nobody's business: what is refused anyway is refused in the same words, whoever's address it has.
    async fn a_refusal_tells_nothing_of_clients(site: Site) {
        set_up(&site, MASSAGE, |service| service["options"] = json!({ "client_limits": { "per_week": 1 }, "recurring": { "most": 52 } })).await;
        let slots = site.slots("alpha", MASSAGE).await;
        made(&site, "is-a-client", &booking(MASSAGE, &slots[0])).await;
        let mut told = Vec::new();
        for (nth, (email, phone)) in [("casey@example.com", ""), ("stranger@example.com", "0412 345 678"), ("stranger@example.com", "0499 999 999")].into_iter().enumerate() {
            let mut body = booking(MASSAGE, &slots[8]);
            (body["email"], body["phone"], body["times"]) = (json!(email), json!(phone), json!(52));
            let refused = site.book("alpha", &format!("as-if-a-client-{nth}"), &body).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
            told.push(refused.json()["detail"].clone());
        }
        assert!(told[0].as_str().is_some_and(|words| words.contains("Choose fewer weeks")), "{told:?}");
        assert!(told.iter().all(|words| *words == told[0]), "{told:?}");
        assert!(site.slots("alpha", MASSAGE).await.contains(&slots[8]), "nothing is booked");
        // By itself it is refused to who has one that week, and stands for who hasn't.
        let refused = site.book("alpha", "another-that-week", &booking(MASSAGE, &slots[8])).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        let mut stranger = booking(MASSAGE, &slots[8]);
        (stranger["email"], stranger["phone"]) = (json!("stranger@example.com"), json!(""));
        made(&site, "the-first-that-week", &stranger).await;
        // A week that they have already is left out of several, where that may be.
        let next = slots.iter().find(|start| start.as_str() >= "2026-12-07T").expect("a time in two weeks");
        let mut weeks = booking(MASSAGE, next);
        (weeks["email"], weeks["phone"]) = (json!("weekly@example.com"), json!(""));
        made(&site, "in-two-weeks", &weeks).await;
        let before = slots.iter().find(|start| start.as_str() >= "2026-12-01T").expect("a time a week before");
        let mut series = weeks.clone();
        (series["start"], series["times"], series["skip_taken"]) = (json!(before), json!(2), json!(true));
        let some = site.book("alpha", "what-is-left-of-it", &series).await;
        assert_eq!((some.status, some.json()["times"].clone()), (StatusCode::CREATED, json!(1)), "{some:?}");
    }

    /// Who is refused again and again waits, at that business alone; others there don't, nor does a booking that can be had.
    async fn trying_again_and_again_takes_longer(site: Site) {
        let stranger = site.log_in("beta").await;
        let slots = site.slots("alpha", MASSAGE).await;
        made(&site, "taken-by-somebody", &booking(MASSAGE, &slots[0])).await;
        let attempt = async |place: &str, org: &str, key: String, start: &str| {
            let mut request = Request::post(format!("/api/v1/orgs/{org}/calendar/bookings"))
                .header(header::COOKIE, &stranger)
                .header("sec-fetch-site", "same-origin")
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", key)
                .body(Body::from(booking(MASSAGE, start).to_string()))
                .expect("a request");
            request.extensions_mut().insert(ClientAddress(place.parse().expect("an address")));
            site.send(request).await.status
        };
        let mut outcomes = Vec::new();
        for nth in 0..60 {
            outcomes.push(attempt("203.0.113.7", "alpha", format!("again-and-again-{nth}"), &slots[0]).await);
        }
        assert!(outcomes[..50].iter().all(|status| *status == StatusCode::CONFLICT), "{outcomes:?}");
        assert_eq!(outcomes[59], StatusCode::TOO_MANY_REQUESTS, "{outcomes:?}");
        assert_eq!(attempt("203.0.113.8", "alpha", "from-elsewhere-1".to_owned(), &slots[0]).await, StatusCode::CONFLICT);
        assert_eq!(attempt("203.0.113.7", "alpha", "one-that-is-free".to_owned(), &slots[20]).await, StatusCode::CREATED);
        let there = site.slots("beta", MASSAGE).await[0].clone();
        assert_eq!(attempt("203.0.113.7", "beta", "at-another-business".to_owned(), &there).await, StatusCode::CREATED);
        assert_eq!(attempt("203.0.113.7", "beta", "at-another-again".to_owned(), &there).await, StatusCode::CONFLICT);
    }
}
