//! Many at once for the same time: whoever may have it has it, and nobody else; and what is held, confirmed, shared and repeated.

use app::{
    db::{Access, DbError, WRITERS},
    modules::calendar::{holds, permissions, store},
    org::{Actor, OrgRef, OrgTx},
    platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Answer, Site, booking},
};

const SET_UP: &str = "/api/v1/orgs/alpha/calendar/setup/services";

/// Changes a service of alpha's, as its owner does: its body as it is read goes through `change`.
pub async fn set_up(site: &Site, slug: &str, change: impl Fn(&mut Value)) {
    let owner = site.log_in("alpha").await;
    let all = site.get_as(&owner, SET_UP).await.json();
    let mut service =
        all.as_array().expect("services").iter().find(|one| one["slug"] == slug).expect("the service").clone();
    let id = service["id"].as_str().expect("an id").to_owned();
    for extra in ["id", "upcoming"] {
        service.as_object_mut().expect("an object").remove(extra);
    }
    change(&mut service);
    let path = format!("/api/v1/orgs/alpha/calendar/services/{id}");
    let saved = site.json(Method::PUT, Some(&owner), &path, &service).await;
    assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
}

async fn hold(site: &Site, body: &Value) -> Answer {
    site.json(Method::POST, None, "/api/v1/orgs/alpha/calendar/holds", body).await
}

/// So many clients book at once; of each the status.
async fn storm(site: &Site, name: &str, bodies: Vec<Value>) -> Vec<StatusCode> {
    let tries = bodies
        .into_iter()
        .enumerate()
        .map(|(n, body)| async move { site.book("alpha", &format!("{name}-storm-{n}"), &body).await.status });
    join_all(tries).await
}

fn count(outcomes: &[StatusCode], status: StatusCode) -> usize {
    outcomes.iter().filter(|outcome| **outcome == status).count()
}

pub async fn appointments(site: &Site) -> Vec<Value> {
    let owner = site.log_in("alpha").await;
    let page = site
        .get_as(&owner, "/api/v1/orgs/alpha/calendar/appointments?limit=200&until=2027-02-01T00:00:00Z")
        .await
        .json();
    page["items"].as_array().expect("items").clone()
}

on_both! {
    /// One slot, two hundred at once: one is booked, and all others are told so.
    async fn one_time_is_booked_once(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let outcomes = storm(&site, "one", (0..200).map(|_| booking("sports-massage", &start)).collect()).await;
        assert_eq!(count(&outcomes, StatusCode::CREATED), 1);
        assert_eq!(count(&outcomes, StatusCode::CONFLICT), 199);
    }

    /// Appointments that overlap without being equal, or through their buffers alone: of each two that can't both be, one is.
    async fn what_overlaps_is_booked_once(site: Site) {
        // An hour, and a quarter of one after it, every half hour: each overlaps its neighbours.
        let starts: Vec<String> = site.slots("alpha", "sports-massage").await.into_iter().take(12).collect();
        let bodies = (0..60).map(|n| booking("sports-massage", &starts[n % starts.len()])).collect();
        let outcomes = storm(&site, "overlap", bodies).await;
        assert!(count(&outcomes, StatusCode::CREATED) >= 2);
        let mut spans: Vec<(String, String)> = appointments(&site).await.iter()
            .filter(|one| one["status"] == "booked" && one["service"] == "Sports and remedial massage")
            .map(|one| (one["start"].as_str().expect("a start").to_owned(), one["end"].as_str().expect("an end").to_owned()))
            .collect();
        spans.sort();
        for pair in spans.windows(2) {
            assert!(pair[0].1 < pair[1].0, "with a quarter of an hour between: {pair:?}");
        }
    }

    /// Five seats: of twenty at once exactly five get one; and each cancelled seat is there for one more.
    async fn a_session_has_as_many_as_its_seats(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "capacity": 5, "most_seats": 2 })).await;
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let outcomes = storm(&site, "seats", (0..20).map(|_| booking("sports-massage", &start)).collect()).await;
        assert_eq!(count(&outcomes, StatusCode::CREATED), 5, "{outcomes:?}");
        assert_eq!(count(&outcomes, StatusCode::CONFLICT), 15, "{outcomes:?}");
        let mine = appointments(&site).await;
        let taken = mine.iter().find(|one| one["start"] == start.as_str() && one["status"] == "booked").expect("one");
        let owner = site.log_in("alpha").await;
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}/cancel", taken["id"].as_str().expect("an id"));
        let cancelled = site.json(Method::POST, Some(&owner), &path, &json!({ "version": 1 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
        let mut two = booking("sports-massage", &start);
        two["seats"] = json!(2);
        assert_eq!(site.book("alpha", "two-seats", &two).await.status, StatusCode::CONFLICT, "one seat is left");
        let outcomes = storm(&site, "again", (0..6).map(|_| booking("sports-massage", &start)).collect()).await;
        assert_eq!(count(&outcomes, StatusCode::CREATED), 1, "{outcomes:?}");
    }

    /// Who joins a session has its length and its place: nobody sits there when its person is booked elsewhere, and the database itself
    /// sees to it.
    async fn a_session_is_joined_as_it_is(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({
            "capacity": 4,
            "lengths": [{ "minutes": 120, "price_cents": 20000 }],
            "locations": [{ "id": "here", "kind": "on_site" }, { "id": "there", "kind": "on_site", "label": "In the park" }],
        })).await;
        let first = site.slots("alpha", "sports-massage").await[2].clone();
        let path = "/api/v1/orgs/alpha/calendar/services/sports-massage/slots";
        let longer = site.get(&format!("{path}?length=120")).await.json();
        let later = longer["starts"].as_array().and_then(|starts| starts.last()).and_then(Value::as_str).expect("a time").to_owned();
        let book = async |key: &str, start: &str, length: Option<i64>, location: &str| {
            let mut body = booking("sports-massage", start);
            body["location"] = json!(location);
            if let Some(length) = length { body["length"] = json!(length); }
            site.book("alpha", key, &body).await.status
        };
        assert_eq!(book("session-own-1", &first, None, "here").await, StatusCode::CREATED);
        assert_eq!(book("session-longer", &first, Some(120), "here").await, StatusCode::CONFLICT, "it ends earlier");
        assert_eq!(book("session-there", &first, None, "there").await, StatusCode::CONFLICT, "it is elsewhere");
        assert_eq!(book("session-own-2", &first, None, "here").await, StatusCode::CREATED);
        let offered = async |query: &str| site.get(&format!("{path}?{query}")).await.text;
        assert!(offered("location=here").await.contains(&first));
        assert!(!offered("length=120").await.contains(&first) && !offered("location=there").await.contains(&first));
        assert_eq!(book("session-long-1", &later, Some(120), "there").await, StatusCode::CREATED);
        assert_eq!(book("session-short", &later, None, "there").await, StatusCode::CONFLICT, "it ends later");
        assert_eq!(book("session-long-2", &later, Some(120), "there").await, StatusCode::CREATED);

        let actor = Actor::System("test");
        let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::BROWSE, Access::Write).await.expect("open");
        let longer = platform_sql!(exec, &mut tx,
            "UPDATE calendar_appointments SET ends_at = blocks_until WHERE session_id IS NOT NULL AND status = 'booked'");
        assert!(matches!(&longer, Err(DbError::Rule(rule)) if rule == "seat_fits_session"), "{longer:?}");
    }

    /// Limits and the booking window hold for each who joins a session, as for whoever was there first; the business may go beyond
    /// them when it means to.
    async fn limits_hold_for_who_joins_a_session(site: Site) {
        let set = async |options: Value| set_up(&site, "sports-massage", |service| service["options"] = options.clone()).await;
        let person = |start: &str, n: usize| {
            let mut body = booking("sports-massage", start);
            body["name"] = json!(format!("Client {n}"));
            body["email"] = json!(format!("client{n}@example.com"));
            body["phone"] = json!("");
            body
        };
        set(json!({ "capacity": 5, "client_limits": { "per_day": 1 } })).await;
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        assert_eq!(site.book("alpha", "join-limit-1", &person(&start, 1)).await.status, StatusCode::CREATED);
        assert_eq!(site.book("alpha", "join-limit-2", &person(&start, 1)).await.status, StatusCode::CONFLICT, "one a day");
        assert_eq!(site.book("alpha", "join-limit-3", &person(&start, 2)).await.status, StatusCode::CREATED);
        // Of the service: two are there already.
        set(json!({ "capacity": 5, "limits": { "per_day": 2 } })).await;
        assert_eq!(site.book("alpha", "join-limit-4", &person(&start, 3)).await.status, StatusCode::CONFLICT);
        assert!(!site.slots("alpha", "sports-massage").await.contains(&start), "nor is it offered");
        // Outside the window.
        for window in [json!({ "from": "2027-01-10" }), json!({ "until": "2026-11-22" })] {
            set(json!({ "capacity": 5, "window": window })).await;
            assert_eq!(site.book("alpha", "join-window-1", &person(&start, 4)).await.status, StatusCode::CONFLICT, "{window}");
        }
        set(json!({ "capacity": 5 })).await;
        assert_eq!(site.book("alpha", "join-limit-5", &person(&start, 3)).await.status, StatusCode::CREATED);
    }

    /// Any of three people: three bookings, with three people.
    async fn any_of_three_people_is_three(site: Site) {
        // Eleven in the morning, after all that the demo has.
        let start = site.slots("alpha", "telehealth").await.into_iter().rfind(|start| start.ends_with("T00:00:00Z")).expect("a time");
        let outcomes = storm(&site, "three", (0..12).map(|_| booking("telehealth", &start)).collect()).await;
        let made = count(&outcomes, StatusCode::CREATED);
        assert_eq!((made, count(&outcomes, StatusCode::CONFLICT)), (3, 9), "{outcomes:?}");
        let mut people: Vec<String> = appointments(&site).await.iter()
            .filter(|one| one["start"] == start.as_str() && one["status"] == "booked")
            .map(|one| one["staff_id"].to_string())
            .collect();
        people.sort();
        people.dedup();
        assert_eq!(people.len(), 3, "each once");
    }

    /// All of them together against each alone: whoever is first has everybody they need, and the other is told.
    async fn together_or_alone_but_not_both(site: Site) {
        set_up(&site, "follow-up", |service| service["options"] = json!({ "assignment": { "rule": "collective" } })).await;
        let together: Vec<String> = site.slots("alpha", "follow-up").await;
        let alone = site.slots("alpha", "telehealth").await;
        let start = together.iter().find(|start| alone.contains(start)).expect("a time for both").clone();
        let bodies = (0..10).map(|n| booking(if n % 2 == 0 { "follow-up" } else { "telehealth" }, &start)).collect();
        storm(&site, "together", bodies).await;
        let there: Vec<Value> = appointments(&site).await.into_iter()
            .filter(|one| one["start"] == start.as_str() && one["status"] == "booked").collect();
        let together = there.iter().filter(|one| one["service"] == "Follow-up treatment").count();
        assert!(together == 0 || there.len() == 1, "{there:?}");
        assert!(!there.is_empty(), "somebody was first");
    }

    /// Two reschedules into one time: one has it, and the other keeps its own.
    async fn the_loser_of_a_move_keeps_its_time(site: Site) {
        let slots = site.slots("alpha", "sports-massage").await;
        let (first, second, wanted) = (&slots[0], &slots[6], &slots[14]);
        let mut tokens = Vec::new();
        for (n, start) in [first, second].into_iter().enumerate() {
            let made = site.book("alpha", &format!("to-move-{n}"), &booking("sports-massage", start)).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            tokens.push(made.json()["token"].as_str().expect("a token").to_owned());
        }
        let moves = tokens.iter().map(|token| {
            let (path, site) = (format!("/api/v1/calendar/manage/{token}/move"), &site);
            async move { site.json(Method::POST, None, &path, &json!({ "start": wanted, "version": 1 })).await.status }
        });
        let outcomes = join_all(moves).await;
        assert_eq!(count(&outcomes, StatusCode::NO_CONTENT), 1, "{outcomes:?}");
        assert_eq!(count(&outcomes, StatusCode::CONFLICT), 1, "{outcomes:?}");
        for (n, own) in [first, second].into_iter().enumerate() {
            let now = site.get(&format!("/api/v1/calendar/manage/{}", tokens[n])).await.json();
            let expected = if outcomes[n] == StatusCode::NO_CONTENT { wanted } else { own };
            assert_eq!(now["start"].as_str(), Some(expected.as_str()));
            assert_eq!(now["status"], "booked");
        }
    }

    /// A booking that waits for the business holds its time; a second can't be had, confirmed or not; what nobody confirms in
    /// time lapses, and its time is free again.
    async fn what_waits_for_the_business_holds_its_time(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "confirmation": { "hours": 2 } })).await;
        let start = site.slots("alpha", "sports-massage").await[20].clone();
        let outcomes = storm(&site, "pending", (0..10).map(|_| booking("sports-massage", &start)).collect()).await;
        assert_eq!(count(&outcomes, StatusCode::CREATED), 1, "{outcomes:?}");
        let owner = site.log_in("alpha").await;
        let waits = appointments(&site).await.into_iter().find(|one| one["start"] == start.as_str()).expect("it waits");
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}", waits["id"].as_str().expect("an id"));
        let confirm = async || site.json(Method::POST, Some(&owner), &format!("{path}/confirm"), &json!({ "version": 1 })).await.status;
        let outcomes = join_all([confirm(), confirm()]).await;
        assert_eq!(count(&outcomes, StatusCode::NO_CONTENT), 1, "{outcomes:?}");
        assert_eq!(count(&outcomes, StatusCode::CONFLICT), 1, "{outcomes:?}");

        let later = site.slots("alpha", "sports-massage").await[25].clone();
        let made = site.book("alpha", "never-confirmed", &booking("sports-massage", &later)).await;
        assert_eq!(made.json()["unconfirmed"], true, "{made:?}");
        assert!(!site.slots("alpha", "sports-massage").await.contains(&later));
        site.set_clock("2026-11-23T00:00:01Z");
        holds::let_go(&site.platform).await.expect("what has expired is let go of");
        assert!(site.slots("alpha", "sports-massage").await.contains(&later));
        let own = site.get(&format!("/api/v1/calendar/manage/{}", made.json()["token"].as_str().expect("a token"))).await.json();
        assert_eq!(own["status"], "cancelled");
        let owner = site.log_in("alpha").await;
        let confirmed = site.get_as(&owner, &path).await.json();
        assert_eq!(confirmed["status"], "booked", "what was confirmed stays");
    }

    /// A time that is held is refused to another visitor, is there for whoever holds it, and free for all once it expires.
    async fn a_hold_is_exclusive_and_ends(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[3].clone();
        let wanted = json!({ "service": "sports-massage", "start": start });
        let first = hold(&site, &wanted).await;
        assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
        assert_eq!(hold(&site, &wanted).await.status, StatusCode::CONFLICT, "another visitor is refused");
        assert!(!site.slots("alpha", "sports-massage").await.contains(&start));
        assert_eq!(site.book("alpha", "without-hold", &booking("sports-massage", &start)).await.status, StatusCode::CONFLICT);

        // To the end, and not a moment beyond.
        site.set_clock("2026-11-22T22:04:59Z");
        assert_eq!(site.book("alpha", "before-end", &booking("sports-massage", &start)).await.status, StatusCode::CONFLICT);
        site.set_clock("2026-11-22T22:05:00Z");
        assert!(site.slots("alpha", "sports-massage").await.contains(&start), "whether anybody tidied up or not");
        let second = hold(&site, &wanted).await;
        assert_eq!(second.status, StatusCode::CREATED, "{second:?}");
        let mut with = booking("sports-massage", &start);
        with["hold"] = second.json()["hold"].clone();
        assert_eq!(site.book("alpha", "with-hold", &with).await.status, StatusCode::CREATED);
    }

    /// Twenty visitors want to hold one time: one does. Who looks at another time holds that one instead.
    async fn a_visitor_holds_one_time(site: Site) {
        let slots = site.slots("alpha", "sports-massage").await;
        let wanted = json!({ "service": "sports-massage", "start": slots[3] });
        let outcomes: Vec<StatusCode> = join_all((0..20).map(|_| hold(&site, &wanted))).await.into_iter().map(|answer| answer.status).collect();
        assert_eq!(count(&outcomes, StatusCode::CREATED), 1, "{outcomes:?}");
        assert_eq!(count(&outcomes, StatusCode::CONFLICT), 19, "{outcomes:?}");
        let first = hold(&site, &json!({ "service": "sports-massage", "start": slots[10] })).await.json()["hold"].clone();
        let moved = hold(&site, &json!({ "service": "sports-massage", "start": slots[11], "replaces": first })).await;
        assert_eq!(moved.status, StatusCode::CREATED, "they are in each other's way, but both are the same visitor's: {moved:?}");
        let token = moved.json()["hold"].as_str().expect("a token").to_owned();
        let path = format!("/api/v1/orgs/alpha/calendar/holds/{token}");
        assert_eq!(site.json(Method::DELETE, None, &path, &json!({})).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.json(Method::DELETE, None, &path, &json!({})).await.status, StatusCode::NO_CONTENT, "twice is no mistake");
        assert!(site.slots("alpha", "sports-massage").await.contains(&slots[11]));
        let elsewhere = format!("/api/v1/orgs/beta/calendar/holds/{token}");
        assert_eq!(site.json(Method::DELETE, None, &elsewhere, &json!({})).await.status, StatusCode::NOT_FOUND);
    }

    /// Who renews a hold again and again has it for twenty minutes, and then it is anybody’s.
    async fn a_hold_isnt_renewed_for_ever(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[3].clone();
        let mut held = hold(&site, &json!({ "service": "sports-massage", "start": start })).await.json();
        for minute in [4, 8, 12, 16, 19] {
            site.set_clock(&format!("2026-11-22T22:{minute:02}:00Z"));
            let again = hold(&site, &json!({ "service": "sports-massage", "start": start, "replaces": held["hold"] })).await;
            assert_eq!(again.status, StatusCode::CREATED, "{minute}: {again:?}");
            held = again.json();
        }
        let end = held["expires_at"].as_str().expect("an end").parse::<jiff::Timestamp>().expect("an instant");
        assert_eq!(end, "2026-11-22T22:20:00Z".parse().expect("an instant"));
        site.set_clock("2026-11-22T22:20:00Z");
        assert!(site.slots("alpha", "sports-massage").await.contains(&start));
        assert_eq!(site.book("alpha", "held-long-enough", &booking("sports-massage", &start)).await.status, StatusCode::CREATED);
    }

    /// All together hold so many times of a business and no more; who comes then books without.
    async fn a_business_has_so_many_holds(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "capacity": 1000 })).await;
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let wanted = json!({ "service": "sports-massage", "start": start });
        for n in 0..200 {
            let held = hold(&site, &wanted).await;
            assert_eq!(held.status, StatusCode::CREATED, "{n}: {held:?}");
        }
        let refused = hold(&site, &wanted).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{refused:?}");
        assert_eq!(site.book("alpha", "without-holding", &booking("sports-massage", &start)).await.status, StatusCode::CREATED);
    }

    /// What a client merely holds is in nobody’s way who books for the business: of each person that it takes, and of a session.
    async fn the_business_comes_before_a_hold(site: Site) {
        let owner = site.log_in("alpha").await;
        let desk = async |key: &str, body: Value| {
            let request = Request::post("/api/v1/orgs/alpha/calendar/appointments")
                .header(header::COOKIE, &owner)
                .header("sec-fetch-site", "same-origin")
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", key)
                .body(Body::from(body.to_string()));
            site.send(request.expect("a request")).await
        };
        set_up(&site, "follow-up", |service| service["options"] = json!({ "assignment": { "rule": "collective" } })).await;
        // Everybody is there at it, and whoever it was is held by somebody.
        let (together, alone) = (site.slots("alpha", "follow-up").await, site.slots("alpha", "telehealth").await);
        let start = together.iter().skip(10).find(|start| alone.contains(start)).expect("a time for both").clone();
        let held = hold(&site, &json!({ "service": "telehealth", "start": start })).await;
        assert_eq!(held.status, StatusCode::CREATED, "{held:?}");
        assert!(!site.slots("alpha", "follow-up").await.contains(&start), "other clients can’t have it");
        let made = desk("desk-before-hold", json!({ "service": "follow-up", "start": start, "name": "Casey Client" })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let mut theirs = booking("telehealth", &start);
        theirs["hold"] = held.json()["hold"].clone();
        assert_eq!(site.book("alpha", "the-hold-is-gone", &theirs).await.status, StatusCode::CONFLICT);

        // A session of which nothing is booked yet, but all seats are held.
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "capacity": 2 })).await;
        let start = site.slots("alpha", "sports-massage").await[30].clone();
        for _ in 0..2 {
            assert_eq!(hold(&site, &json!({ "service": "sports-massage", "start": start })).await.status, StatusCode::CREATED);
        }
        let body = json!({ "service": "sports-massage", "start": start, "name": "Casey Client", "anyway": true });
        let made = desk("desk-before-seats", body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    }

    /// A held seat is a seat: five of them held or booked are five, and one that is let go of is there again.
    async fn held_seats_are_taken(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "capacity": 3 })).await;
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let wanted = json!({ "service": "sports-massage", "start": start });
        let held: Vec<Answer> = join_all((0..5).map(|_| hold(&site, &wanted))).await;
        let tokens: Vec<Value> = held.iter().filter(|one| one.status == StatusCode::CREATED).map(|one| one.json()["hold"].clone()).collect();
        assert_eq!(tokens.len(), 3, "{held:?}");
        assert_eq!(site.book("alpha", "no-seat-left", &booking("sports-massage", &start)).await.status, StatusCode::CONFLICT);
        let mut with = booking("sports-massage", &start);
        with["hold"] = tokens[0].clone();
        assert_eq!(site.book("alpha", "held-seat", &with).await.status, StatusCode::CREATED);
        // The others’ holds expire, and the seat that is booked stays.
        site.set_clock("2026-11-22T22:06:00Z");
        holds::let_go(&site.platform).await.expect("they are let go of");
        let outcomes = storm(&site, "left", (0..5).map(|_| booking("sports-massage", &start)).collect()).await;
        assert_eq!(count(&outcomes, StatusCode::CREATED), 2, "{outcomes:?}");
    }

    /// Six weeks at once: all of them, each at the same time of day, also where the clocks change; or none, unless the client
    /// wants what is left.
    async fn a_series_is_all_or_what_is_left(site: Site) {
        set_up(&site, "sports-massage", |service| {
            service["options"] = json!({ "recurring": { "most": 6 } });
            service["window_days"] = json!(365);
        }).await;
        let start = site.slots("alpha", "sports-massage").await[20].clone();
        let mut series = booking("sports-massage", &start);
        series["times"] = json!(7);
        let many = site.book("alpha", "too-many-weeks", &series).await;
        assert_eq!((many.status, many.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["times".to_owned()]), "{many:?}");
        // Somebody has the third week.
        let third = (start.parse::<jiff::Timestamp>().expect("a start") + jiff::SignedDuration::from_hours(14 * 24)).to_string();
        assert_eq!(site.book("alpha", "third-week", &booking("sports-massage", &third)).await.status, StatusCode::CREATED);
        let before = appointments(&site).await.len();
        series["times"] = json!(6);
        let refused = site.book("alpha", "all-or-none", &series).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        assert_eq!(appointments(&site).await.len(), before, "nothing was booked");
        series["skip_taken"] = json!(true);
        let made = site.book("alpha", "what-is-left", &series).await;
        assert_eq!((made.status, made.json()["times"].clone()), (StatusCode::CREATED, json!(5)), "{made:?}");
    }

    /// One booking takes so many seats and no more, over all its weeks, and so does a hold; and a series keeps to the limits that its own
    /// weeks count towards.
    async fn one_booking_is_only_so_large(site: Site) {
        set_up(&site, "sports-massage", |service| {
            service["options"] = json!({ "capacity": 1000, "most_seats": 200, "recurring": { "most": 52 } });
            service["window_days"] = json!(365);
        }).await;
        let start = site.slots("alpha", "sports-massage").await[20].clone();
        let of = |seats: i64, times: i64| {
            let mut body = booking("sports-massage", &start);
            body["seats"] = json!(seats);
            body["times"] = json!(times);
            body["skip_taken"] = json!(true);
            body
        };
        for (seats, times, field) in [(1000, 52, "times"), (5, 41, "times"), (201, 1, "seats")] {
            let refused = site.book("alpha", &format!("too-large-{seats}"), &of(seats, times)).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{refused:?}");
        }
        let held = hold(&site, &json!({ "service": "sports-massage", "start": start, "seats": 201 })).await;
        assert_eq!((held.status, held.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["seats".to_owned()]), "{held:?}");
        let made = site.book("alpha", "large-enough", &of(5, 40)).await;
        assert_eq!((made.status, made.json()["times"].clone()), (StatusCode::CREATED, json!(40)), "{made:?}");
        assert_eq!(site.book("alpha", "at-once-200", &of(200, 1)).await.status, StatusCode::CREATED);
        let there = appointments(&site).await.into_iter().filter(|one| one["start"] == start.as_str()).count();
        assert_eq!(there, 2);
        // As a service can be set up, no more can be asked for either.
        let owner = site.log_in("alpha").await;
        let all = site.get_as(&owner, SET_UP).await.json();
        let mut service = all.as_array().expect("services").iter().find(|one| one["slug"] == "sports-massage").expect("it").clone();
        let path = format!("/api/v1/orgs/alpha/calendar/services/{}", service["id"].as_str().expect("an id"));
        for extra in ["id", "upcoming"] { service.as_object_mut().expect("an object").remove(extra); }
        service["options"]["most_seats"] = json!(201);
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &service).await.status, StatusCode::UNPROCESSABLE_ENTITY);

        set_up(&site, "follow-up", |service| {
            service["options"] = json!({ "recurring": { "most": 12 }, "client_limits": { "per_month": 2 } });
            service["window_days"] = json!(365);
        }).await;
        // The first week of December: of each whole month two weeks are left, and no more.
        let first = site.slots("alpha", "follow-up").await.into_iter().find(|start| start.starts_with("2026-12-01T0")).expect("a time");
        let mut series = booking("follow-up", &first);
        series["email"] = json!("regular@example.com");
        series["phone"] = json!("");
        series["times"] = json!(8);
        series["skip_taken"] = json!(true);
        let made = site.book("alpha", "two-a-month", &series).await;
        assert_eq!((made.status, made.json()["times"].clone()), (StatusCode::CREATED, json!(4)), "{made:?}");
    }

    /// Cancelled, a time is there for the next; late, where the service says so, it counts as late, or isn’t possible by the link.
    async fn cancel_and_book_again(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[0].clone();
        for round in 0..3 {
            let made = site.book("alpha", &format!("round-trip-{round}"), &booking("sports-massage", &start)).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            let path = format!("/api/v1/calendar/manage/{}/cancel", made.json()["token"].as_str().expect("a token"));
            assert_eq!(site.json(Method::POST, None, &path, &json!({ "version": 1 })).await.status, StatusCode::NO_CONTENT);
        }
        set_up(&site, "sports-massage", |service| {
            service["options"] = json!({ "changes": { "move_hours": 48, "late_hours": 24, "no_late_cancel": true } });
        }).await;
        let made = site.book("alpha", "too-late", &booking("sports-massage", &start)).await.json();
        let path = format!("/api/v1/calendar/manage/{}", made["token"].as_str().expect("a token"));
        let cancel = site.json(Method::POST, None, &format!("{path}/cancel"), &json!({ "version": 1 })).await;
        assert_eq!(cancel.status, StatusCode::CONFLICT, "{cancel:?}");
        let other = site.slots("alpha", "sports-massage").await[30].clone();
        let moved = site.json(Method::POST, None, &format!("{path}/move"), &json!({ "start": other, "version": 1 })).await;
        assert_eq!(moved.status, StatusCode::CONFLICT, "{moved:?}");
        assert_eq!(site.get(&path).await.json()["changeable"], false);
    }

    /// A time that was just offered and is posted at once never fails unless somebody else took it: of each service, length, place and
    /// person that there is.
    async fn what_is_offered_can_be_had(site: Site) {
        set_up(&site, "follow-up", |service| {
            service["options"] = json!({
                "lengths": [{ "minutes": 50, "price_cents": 15000 }],
                "offset_minutes": 7,
                "optimise": true,
                "locations": [{ "id": "here", "kind": "on_site" }, { "id": "home", "kind": "at_client", "travel_minutes": 25 }],
                "questions": [{ "id": "why", "kind": "short", "label": "What for?", "required": true }],
                "terms": "Come in time.",
                "assignment": { "choice": true },
            });
        }).await;
        let owner = site.log_in("alpha").await;
        let people = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
        let person = people[0]["id"].as_str().expect("an id").to_owned();
        let mut tried = 0;
        for (length, location, with) in [("", "here", ""), ("50", "here", ""), ("50", "home", ""), ("", "home", person.as_str())] {
            let query = [("length", length), ("location", location), ("staff", with)].iter()
                .filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
            let path = format!("/api/v1/orgs/alpha/calendar/services/follow-up/slots?{query}");
            for nth in [0, 5, 11] {
                let start = site.get(&path).await.json()["starts"][nth].clone();
                let mut body = booking("follow-up", start.as_str().expect("a start"));
                body["location"] = json!(location);
                body["answers"] = json!({ "why": ["A sore back"] });
                body["accepts_terms"] = json!(true);
                if !length.is_empty() { body["length"] = json!(50); }
                if !with.is_empty() { body["staff"] = json!(with); }
                if location == "home" { body["place"] = json!("1 Example Street, Newtown NSW 2042"); }
                let made = site.book("alpha", &format!("offered-{query}-{nth}"), &body).await;
                assert_eq!(made.status, StatusCode::CREATED, "{query} {start}: {made:?}");
                tried += 1;
            }
        }
        assert_eq!(tried, 12);
    }

    /// The same while others book: whoever is refused a time that they were just offered is refused it because somebody else has it, and
    /// nobody is offered it any more.
    async fn what_is_offered_is_refused_only_where_it_is_taken(site: Site) {
        let visits = (0..60_usize).map(|n| {
            let site = &site;
            async move {
                let service = ["sports-massage", "follow-up", "telehealth"][n % 3];
                let offered = site.slots("alpha", service).await;
                let start = offered[(n * n) % 12 + n % 5].clone();
                let made = site.book("alpha", &format!("offered-{n}"), &booking(service, &start)).await;
                (service, start, made)
            }
        });
        let visits = join_all(visits).await;
        let refused: Vec<_> = visits.iter().filter(|(.., made)| made.status != StatusCode::CREATED).collect();
        assert!(!refused.is_empty() && refused.len() < visits.len(), "some were in each other's way: {visits:?}");
        for (service, start, made) in refused {
            assert_eq!(made.status, StatusCode::CONFLICT, "{made:?}");
            assert!(!site.slots("alpha", service).await.contains(start), "{service} at {start} is free: {made:?}");
        }
    }

    /// What a service asks for must be told, and what it doesn't offer can't be had: each said at its field, and nothing booked.
    async fn what_a_service_asks_for_must_be_told(site: Site) {
        set_up(&site, "follow-up", |service| {
            service["options"] = json!({
                "locations": [{ "id": "call", "kind": "phone_out" }, { "id": "home", "kind": "at_client", "travel_minutes": 25 }],
                "questions": [{ "id": "why", "kind": "short", "label": "What for?", "required": true }],
                "terms": "Come in time.",
            });
        }).await;
        let start = site.slots("alpha", "follow-up").await[10].clone();
        let mut body = booking("follow-up", &start);
        body["phone"] = json!("");
        let refused = site.book("alpha", "asked-for-1", &body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
        assert_eq!(refused.fields(), ["phone", "answers.why", "accepts"]);
        body["location"] = json!("home");
        assert_eq!(site.book("alpha", "asked-for-2", &body).await.fields(), ["place", "answers.why", "accepts"]);
        for (field, value) in [("length", json!(55)), ("location", json!("moon")), ("seats", json!(2)), ("staff", json!("01935a3c-0000-7000-8000-000000000000"))] {
            let mut body = booking("follow-up", &start);
            body[field] = value;
            let refused = site.book("alpha", &format!("not-offered-{field}"), &body).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {refused:?}");
            assert_eq!(refused.fields(), [if field == "staff" { "with" } else { field }]);
        }
    }

    /// Of several choices each is taken once, and no more than there are.
    async fn each_choice_is_taken_once(site: Site) {
        set_up(&site, "follow-up", |service| {
            service["options"] = json!({
                "questions": [{ "id": "sides", "kind": "several", "label": "Which side?", "choices": ["Left", "Right"] }],
            });
        }).await;
        let start = site.slots("alpha", "follow-up").await[10].clone();
        let mut body = booking("follow-up", &start);
        for (n, many) in [vec!["Left", "Left"], vec!["Left"; 20_000], vec!["Left", "Right", "Left"]].into_iter().enumerate() {
            body["answers"] = json!({ "sides": many });
            let refused = site.book("alpha", &format!("each-once-{n}"), &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["answers.sides".to_owned()]), "{refused:?}");
        }
        body["answers"] = json!({ "sides": ["Left", "Right"] });
        assert_eq!(site.book("alpha", "each-once-fine", &body).await.status, StatusCode::CREATED);
    }

    /// Clients choose with whom only where the service lets them, and only from those who are on the team’s page; the business itself books
    /// anybody.
    async fn clients_choose_from_whom_they_may(site: Site) {
        let owner = site.log_in("alpha").await;
        let people = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
        let id = |n: usize| people[n]["id"].as_str().expect("an id").to_owned();
        let (shown, hidden) = (id(0), id(1));
        {
            let actor = Actor::System("test");
            let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::BROWSE, Access::Write).await.expect("open");
            let everybody = store::staff(&mut tx).await.expect("staff");
            let mut person = everybody.into_iter().find(|one| one.id.to_string() == hidden).expect("them");
            r#"{"unlisted":true}"#.clone_into(&mut person.options);
            store::update_staff(&mut tx, &person).await.expect("stored");
            tx.commit().await.expect("committed");
        }
        let path = "/api/v1/orgs/alpha/calendar/services/telehealth/slots";
        let start = site.slots("alpha", "telehealth").await[40].clone();
        let tried = async |with: &str| {
            let slots = site.get(&format!("{path}?staff={with}")).await.status;
            let mut body = booking("telehealth", &start);
            body["staff"] = json!(with);
            let booked = site.book("alpha", &format!("choose-{with}"), &body).await;
            let held = hold(&site, &json!({ "service": "telehealth", "start": start, "staff": with })).await.status;
            (slots, booked.status, held)
        };
        let refused = (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(tried(&shown).await, refused, "the service doesn’t let them");
        assert_eq!(tried(&hidden).await, refused);
        set_up(&site, "telehealth", |service| service["options"] = json!({ "assignment": { "choice": true } })).await;
        assert_eq!(tried(&hidden).await, refused, "they are on no page");
        assert_eq!(site.get(&format!("{path}?staff={shown}")).await.status, StatusCode::OK);
        // Whoever is free may be somebody who is on no page.
        let outcomes = storm(&site, "anybody", (0..3).map(|_| booking("telehealth", &start)).collect()).await;
        assert!(count(&outcomes, StatusCode::CREATED) >= 1, "{outcomes:?}");
        let later = site.slots("alpha", "telehealth").await.pop().expect("a time");
        let body = json!({ "service": "telehealth", "start": later, "staff": hidden, "name": "Casey Client", "anyway": true });
        let request = Request::post("/api/v1/orgs/alpha/calendar/appointments")
            .header(header::COOKIE, &owner)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "the-desk-chooses")
            .body(Body::from(body.to_string()));
        let made = site.send(request.expect("a request")).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    }

    /// A service with a word of its own is on no page, and can be had by whoever has the word.
    async fn a_secret_service_is_for_those_who_know_it(site: Site) {
        let start = site.slots("alpha", "telehealth").await[2].clone();
        let word = "a1B2c3D4e5F6g7H8";
        set_up(&site, "telehealth", |service| service["options"] = json!({ "secret": word })).await;
        assert_eq!(site.get("/b/alpha/telehealth").await.status, StatusCode::NOT_FOUND);
        assert!(!site.get("/b/alpha").await.text.contains("telehealth"));
        assert!(!site.get("/api/v1/orgs/alpha/calendar/services").await.text.contains("telehealth"));
        assert!(!site.get("/sitemap.xml").await.text.contains("/b/alpha/telehealth"));
        let slots = "/api/v1/orgs/alpha/calendar/services/telehealth/slots";
        assert_eq!(site.get(slots).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&format!("{slots}?secret=a1B2c3D4e5F6g7H9")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&format!("{slots}?secret={word}")).await.status, StatusCode::OK);
        // Nor does what it is asked for tell that it is there: it sounds as one does that isn’t.
        let nobody = "01935a3c-0000-7000-8000-000000000000";
        for query in ["length=7", "seats=99", "location=moon", &format!("staff={nobody}")] {
            let (hidden, none) = (site.get(&format!("{slots}?{query}")).await, site.get(&format!("{}?{query}", slots.replace("telehealth", "nothing"))).await);
            assert_eq!((hidden.status, &hidden.text), (StatusCode::NOT_FOUND, &none.text), "{query}");
            assert_eq!(site.get(&format!("{slots}?secret={word}&{query}")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert_eq!(site.get(&format!("/b/alpha/telehealth?{}", query.replace("staff", "with"))).await.status, StatusCode::NOT_FOUND, "{query}");
        }
        let mut wrong = booking("telehealth", &start);
        wrong["length"] = json!(7);
        assert_eq!(site.book("alpha", "no-word-2", &wrong).await.status, StatusCode::NOT_FOUND);
        assert_eq!(hold(&site, &json!({ "service": "telehealth", "start": start, "length": 7 })).await.status, StatusCode::NOT_FOUND);
        let mut body = booking("telehealth", &start);
        assert_eq!(site.book("alpha", "no-word-1", &body).await.status, StatusCode::NOT_FOUND);
        body["secret"] = json!(word);
        assert_eq!(site.book("alpha", "the-word-1", &body).await.status, StatusCode::CREATED);
    }

    /// However many write, whoever reads waits for none of them. Who writes and finds no turn free waits until another is done.
    async fn whoever_reads_waits_for_no_writer(site: Site) {
        let most = if site.platform.db.is_postgres() { WRITERS } else { 1 };
        let mut writing = Vec::new();
        for _ in 0..most {
            writing.push(site.platform.begin_across_orgs(Access::Write).await.expect("a turn"));
        }
        let platform = site.platform.clone();
        let next = tokio::spawn(async move { platform.begin_across_orgs(Access::Write).await.map(drop) });
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a connection");
        platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM users").expect("read");
        assert!(!next.is_finished(), "it waits");
        drop(writing.pop());
        next.await.expect("a task").expect("its turn");
    }
}
