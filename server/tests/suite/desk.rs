//! The front desk: booking for a client, moving and stretching, blocked time; limits, rooms and holidays.

use app::org::Role;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    races::{appointments, set_up},
    support::{Answer, Site, booking},
};

const APPOINTMENTS: &str = "/api/v1/orgs/alpha/calendar/appointments";
const BLOCKS: &str = "/api/v1/orgs/alpha/calendar/blocks";

pub async fn book_for(site: &Site, cookie: &str, key: &str, body: &Value) -> Answer {
    let request = Request::post(APPOINTMENTS)
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header(app::ui::forgery::HEADER, site.forgery_token(cookie).await)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()));
    site.send(request.expect("a request")).await
}

async fn person(site: &Site, cookie: &str, nth: usize) -> String {
    let staff = site.get_as(cookie, "/api/v1/orgs/alpha/calendar/staff").await.json();
    staff[nth]["id"].as_str().expect("an id").to_owned()
}

on_both! {
    /// On the phone a name is enough; the time is held against everything else, and the log says who booked.
    async fn a_receptionist_books_for_a_client(site: Site) {
        let (_, desk) = site.join(site.alpha, "desk@example.com", Role::Member).await;
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let body = json!({ "service": "sports-massage", "start": start, "name": "Robin Caller" });
        let made = book_for(&site, &desk, "on-the-phone", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert_eq!(book_for(&site, &desk, "on-the-phone", &body).await.json()["id"], made.json()["id"], "once");
        assert_eq!(site.book("alpha", "a-client-too", &booking("sports-massage", &start)).await.status, StatusCode::CONFLICT);
        let there = appointments(&site).await.into_iter().find(|one| one["id"] == made.json()["id"]).expect("it is there");
        assert_eq!((there["client_name"].as_str(), there["client_email"].as_str()), (Some("Robin Caller"), Some("")));
        let nameless = book_for(&site, &desk, "nobody-in-particular", &json!({ "service": "sports-massage", "start": start, "name": "" })).await;
        assert_eq!((nameless.status, nameless.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name".to_owned()]));
        let beta = site.log_in("beta").await;
        assert_eq!(book_for(&site, &beta, "from-elsewhere", &body).await.status, StatusCode::NOT_FOUND);
    }

    /// Outside the rules they are told why, and can do it anyway; what is taken stays so. A walk-in begins now.
    async fn the_business_can_go_against_its_rules_but_not_in_two_places(site: Site) {
        let owner = site.log_in("alpha").await;
        // Sunday at six in the morning.
        let body = json!({ "service": "sports-massage", "start": "2026-11-28T19:00:00Z", "name": "Robin Caller" });
        let told = book_for(&site, &owner, "outside-hours-1", &body).await;
        assert_eq!(told.status, StatusCode::CONFLICT, "{told:?}");
        let mut anyway = body.clone();
        anyway["anyway"] = json!(true);
        assert_eq!(book_for(&site, &owner, "outside-hours-2", &anyway).await.status, StatusCode::CREATED);
        let twice = book_for(&site, &owner, "outside-hours-3", &anyway).await;
        assert_eq!(twice.status, StatusCode::CONFLICT, "the one person who does it has that time: {twice:?}");
        let walk_in = json!({ "service": "telehealth", "name": "At the counter", "walk_in": true });
        let made = book_for(&site, &owner, "at-the-counter", &walk_in).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let seen = site.get_as(&owner, &format!("{APPOINTMENTS}/{}", made.json()["id"].as_str().expect("an id"))).await.json();
        assert_eq!(seen["start"], "2026-11-22T22:00:00Z");
    }

    /// Dragged and stretched: it is where it was put, its old time is free, and what is in the way stops it. Undo is another move.
    async fn an_appointment_is_moved_and_stretched(site: Site) {
        let owner = site.log_in("alpha").await;
        let slots = site.slots("alpha", "sports-massage").await;
        let made = site.book("alpha", "to-be-dragged", &booking("sports-massage", &slots[0])).await.json();
        site.book("alpha", "in-the-way-1", &booking("sports-massage", &slots[8])).await;
        let path = format!("{APPOINTMENTS}/{}", made["id"].as_str().expect("an id"));
        let go = async |body: Value| site.json(Method::POST, Some(&owner), &format!("{path}/move"), &body).await;
        // A day without appointments of the demo's.
        let far = slots.iter().rfind(|start| start.ends_with("T00:00:00Z")).expect("eleven in the morning");
        let moved = go(json!({ "start": far, "version": 1, "minutes": 90 })).await;
        assert_eq!(moved.status, StatusCode::NO_CONTENT, "{moved:?}");
        let seen = site.get_as(&owner, &path).await.json();
        assert_eq!((seen["start"].clone(), seen["version"].clone()), (json!(far), json!(2)));
        assert!(site.slots("alpha", "sports-massage").await.contains(&slots[0]));
        assert_eq!(go(json!({ "start": slots[0], "version": 1 })).await.status, StatusCode::CONFLICT, "an old version");
        for anyway in [false, true] {
            let onto = go(json!({ "start": slots[8], "version": 2, "anyway": anyway })).await;
            assert_eq!(onto.status, StatusCode::CONFLICT, "{onto:?}");
        }
        assert_eq!(go(json!({ "start": slots[0], "version": 2, "minutes": 3 })).await.fields(), ["minutes"]);
        let back = go(json!({ "start": slots[0], "version": 2, "minutes": 60 })).await;
        assert_eq!(back.status, StatusCode::NO_CONTENT, "{back:?}");
        let beta = site.log_in("beta").await;
        let theirs = site.json(Method::POST, Some(&beta), &format!("{path}/move"), &json!({ "start": slots[4], "version": 3 })).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    }

    /// Blocked time isn’t offered, and a week off neither; freed, it is there again. What for is sealed, and another’s can’t be had.
    async fn blocked_time_is_not_offered(site: Site) {
        let owner = site.log_in("alpha").await;
        let massage = person(&site, &owner, 2).await;
        let start = site.slots("alpha", "sports-massage").await[4].clone();
        let end = (start.parse::<jiff::Timestamp>().expect("a start") + jiff::SignedDuration::from_mins(30)).to_string();
        let body = json!({ "staff": massage, "start": start, "end": end, "title": "Dentist" });
        let made = site.json(Method::POST, Some(&owner), BLOCKS, &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert!(!site.slots("alpha", "sports-massage").await.contains(&start));
        let listed = site.get_as(&owner, BLOCKS).await.json();
        assert_eq!((listed[0]["title"].as_str(), listed.as_array().map(Vec::len)), (Some("Dentist"), Some(1)));
        let path = format!("{BLOCKS}/{}", made.json()["id"].as_str().expect("an id"));
        let mut week = json!({ "staff": massage, "start": start, "end": "2026-12-24T00:00:00Z", "time_off": true, "all_day": true, "version": 1 });
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &week).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &week).await.status, StatusCode::CONFLICT, "an old version");
        assert!(site.slots("alpha", "sports-massage").await.iter().all(|slot| *slot < start || slot.as_str() >= "2026-12-24"));
        week["end"] = json!("2026-11-01T00:00:00Z");
        assert_eq!(site.json(Method::POST, Some(&owner), BLOCKS, &week).await.fields(), ["end"]);
        let beta = site.log_in("beta").await;
        assert_eq!(site.json(Method::DELETE, Some(&beta), &path, &json!({})).await.status, StatusCode::NOT_FOUND);
        let theirs = path.replace("alpha", "beta");
        assert_eq!(site.json(Method::DELETE, Some(&beta), &theirs, &json!({})).await.status, StatusCode::NOT_FOUND);
        let ours = site.json(Method::POST, Some(&beta), "/api/v1/orgs/beta/calendar/blocks", &body).await;
        assert_eq!(ours.status, StatusCode::NOT_FOUND, "a person of another organisation: {ours:?}");
        assert_eq!(site.json(Method::DELETE, Some(&owner), &path, &json!({})).await.status, StatusCode::NO_CONTENT);
        assert!(site.slots("alpha", "sports-massage").await.contains(&start));
    }

    /// What is limited is limited, also for two who book at once with different people: of the service, and of one client.
    async fn a_limit_holds_for_many_at_once(site: Site) {
        set_up(&site, "telehealth", |service| service["options"] = json!({ "limits": { "per_day": 4 }, "client_limits": { "per_week": 1 } })).await;
        let day: Vec<String> = site.slots("alpha", "telehealth").await.into_iter()
            .filter(|start| ("2026-12-21T13:00:00Z".."2026-12-22T13:00:00Z").contains(&start.as_str())).collect();
        assert!(day.len() > 8, "{day:?}");
        let tries = day.iter().take(8).enumerate().map(|(n, start)| {
            let (site, mut body) = (&site, booking("telehealth", start));
            body["email"] = json!(format!("client{n}@example.com"));
            body["phone"] = json!("");
            async move { site.book("alpha", &format!("limited-{n}"), &body).await.status }
        });
        let outcomes = futures::future::join_all(tries).await;
        assert_eq!(outcomes.iter().filter(|status| **status == StatusCode::CREATED).count(), 4, "{outcomes:?}");
        assert!(site.slots("alpha", "telehealth").await.iter().all(|start| !day.contains(start)), "the day is full");
        // One client has had theirs this week, whatever the day, and however the number is written.
        let later: Vec<String> = site.slots("alpha", "telehealth").await.into_iter().filter(|start| start.as_str() > "2026-12-06T13").collect();
        assert_eq!(site.book("alpha", "of-one-client-1", &booking("telehealth", &later[0])).await.status, StatusCode::CREATED);
        let mut again = booking("telehealth", &later[1]);
        again["email"] = json!("other@example.com");
        again["phone"] = json!("+61 412 345 678");
        assert_eq!(site.book("alpha", "of-one-client-2", &again).await.status, StatusCode::CONFLICT);
        again["phone"] = json!("0499 999 999");
        assert_eq!(site.book("alpha", "of-one-client-3", &again).await.status, StatusCode::CREATED, "somebody else can");
    }

    /// On its state's public holidays a business is closed, part-days too, but for those it opens, and for whoever has hours that day;
    /// and on days of its own.
    async fn a_business_is_closed_on_public_holidays(site: Site) {
        const HOLIDAYS: &str = "/api/v1/orgs/alpha/calendar/holidays";
        let owner = site.log_in("alpha").await;
        set_up(&site, "telehealth", |service| service["window_days"] = json!(365)).await;
        let on = async |date: &str| {
            let (from, to) = (format!("{date}T00:00:00+11:00"), format!("{date}T23:59:59+11:00"));
            let path = format!("/api/v1/orgs/alpha/calendar/services/telehealth/slots?from={}&to={}", from.replace('+', "%2B"), to.replace('+', "%2B"));
            let answer = site.get(&path).await.json();
            answer["starts"].as_array().expect("starts").len()
        };
        let change = async |method: Method, path: String, body: Value| site.json(method, Some(&owner), &path, &body).await.status;
        // Tuesday 26 January 2027.
        assert!(on("2027-01-26").await > 0);
        assert_eq!(change(Method::PUT, HOLIDAYS.to_owned(), json!({ "state": "NSW" })).await, StatusCode::NO_CONTENT);
        assert_eq!(on("2027-01-26").await, 0);
        let day = format!("{HOLIDAYS}/2027-01-26");
        assert_eq!(change(Method::PUT, day.clone(), json!({ "name": "We work" })).await, StatusCode::NO_CONTENT);
        assert!(on("2027-01-26").await > 0, "opened");
        assert_eq!(change(Method::DELETE, day.clone(), json!({})).await, StatusCode::NO_CONTENT);
        assert_eq!(on("2027-01-26").await, 0);
        let person = person(&site, &owner, 0).await;
        let hours = json!({ "windows": [{ "start_minute": 600, "end_minute": 720 }] });
        assert_eq!(change(Method::PUT, format!("/api/v1/orgs/alpha/calendar/staff/{person}/dates/2027-01-26"), hours).await, StatusCode::NO_CONTENT);
        assert!(on("2027-01-26").await > 0, "somebody works all the same");
        // A day of one's own, from noon on.
        let whole = on("2027-01-27").await;
        let half = json!({ "name": "Stocktake", "closed_from": 720, "closed_until": 1440 });
        assert_eq!(change(Method::PUT, format!("{HOLIDAYS}/2027-01-27"), half).await, StatusCode::NO_CONTENT);
        let left = on("2027-01-27").await;
        assert!(left > 0 && left < whole, "{left} of {whole}");
        // Queensland's Christmas Eve ends at six in the evening; nobody works then anyway. The list tells of it.
        assert_eq!(change(Method::PUT, HOLIDAYS.to_owned(), json!({ "state": "QLD" })).await, StatusCode::NO_CONTENT);
        let listed = site.get_as(&owner, HOLIDAYS).await.json();
        let eve = listed["days"].as_array().expect("days").iter().find(|one| one["date"] == "2026-12-24").expect("it is there").clone();
        assert_eq!((eve["closed_from"].clone(), eve["public"].clone()), (json!(1080), json!(true)));
        for (path, body, field) in [
            (HOLIDAYS.to_owned(), json!({ "state": "Ohio" }), "state"),
            (format!("{HOLIDAYS}/tomorrow"), json!({ "name": "x" }), "date"),
            (format!("{HOLIDAYS}/2027-02-01"), json!({ "name": "" }), "name"),
            (format!("{HOLIDAYS}/2027-02-01"), json!({ "name": "x", "closed_from": 900, "closed_until": 600 }), "closed_from"),
        ] {
            let refused = site.json(Method::PUT, Some(&owner), &path, &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{path}: {refused:?}");
        }
        let beta = site.log_in("beta").await;
        assert_eq!(site.json(Method::PUT, Some(&beta), HOLIDAYS, &json!({ "state": "NSW" })).await.status, StatusCode::NOT_FOUND);
    }

    /// "Why is this time not offered?": each rule that removes it, in words, and where it can be changed; of those who may see the calendar.
    async fn the_desk_is_told_why(site: Site) {
        let owner = site.log_in("alpha").await;
        let ask = async |cookie: &str, service: &str, start: &str| {
            site.get_as(cookie, &format!("/api/v1/orgs/alpha/calendar/services/{service}/why?start={start}")).await
        };
        let slots = site.slots("alpha", "sports-massage").await;
        let offered = ask(&owner, "sports-massage", &slots[3]).await.json();
        assert_eq!(offered["offered"], true, "{offered}");
        assert!(offered["headline"].as_str().is_some_and(|words| words.starts_with("Offered with Mei-Lin Chua")), "{offered}");
        site.book("alpha", "why-it-is-taken", &booking("sports-massage", &slots[3])).await;
        let taken = ask(&owner, "sports-massage", &slots[3]).await.json();
        assert_eq!(taken["offered"], false);
        let words = taken["people"][0]["reasons"][0]["words"].as_str().expect("a reason").to_owned();
        assert!(words.starts_with("Mei-Lin Chua isn’t free"), "{words}");
        // Sunday, 2 am: closed; and yesterday, and in two years.
        for (start, part, path) in [
            ("2026-11-28T15:00:00Z", "doesn’t work on Sundays.", "/staff/"),
            ("2026-11-21T22:00:00Z", "in the past", ""),
            ("2026-11-22T23:00:00Z", "notice is asked for", "/services/"),
            ("2028-11-22T23:00:00Z", "so far", "/services/"),
            ("2026-12-01T00:07:00Z", "don’t begin at that time. The nearest with Mei-Lin Chua", "/services/"),
        ] {
            let told = ask(&owner, "sports-massage", start).await.json();
            assert_eq!(told["offered"], false, "{start}");
            let all: Vec<&Value> = told["reasons"].as_array().into_iter().chain(told["people"][0]["reasons"].as_array()).flatten().collect();
            let found = all.iter().find(|one| one["words"].as_str().is_some_and(|words| words.contains(part)));
            let found = found.unwrap_or_else(|| panic!("{start}: {part}: {told}"));
            assert!(found["path"].as_str().unwrap_or_default().starts_with(path), "{told}");
        }
        assert_eq!(ask(&owner, "nothing", &slots[0]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(ask(&owner, "telehealth", "soon").await.fields(), ["start"]);
        let beta = site.log_in("beta").await;
        assert_eq!(ask(&beta, "telehealth", &slots[0]).await.status, StatusCode::NOT_FOUND);
        let nobody = site.get(&format!("/api/v1/orgs/alpha/calendar/services/telehealth/why?start={}", slots[0])).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    }
}
