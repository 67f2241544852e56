//! Kept public pages: given out again while they show how things are, never a moment longer, and never anything private.

use std::{io::Read as _, time::Duration};

use app::page_cache::PageKey;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    on_both,
    support::{Answer, Site, booking},
};

const PAGE: &str = "/b/alpha/follow-up";

on_both! {
    /// The times for programs are kept as well, where the window that is asked for stands still; a booking shows at once.
    async fn times_for_programs_are_kept(site: Site) {
        hear(&site).await;
        let offered = site.slots("alpha", "sports-massage").await;
        let base = "/api/v1/orgs/alpha/calendar/services/sports-massage/slots";
        assert!(!is_kept(&site, base), "a window that moves with the clock isn’t kept");
        let path = format!("{base}?from={}&to={}", offered[0], offered[9]);
        let first = site.get(&path).await;
        assert!(is_kept(&site, &path));
        let (mut first, mut second) = (first, site.get(&path).await);
        assert_eq!((first.status, &first.text), (StatusCode::OK, &second.text));
        // Each answer has a name of its own.
        assert_ne!(first.headers.remove("x-request-id"), second.headers.remove("x-request-id"));
        assert_eq!(first.headers, second.headers);
        assert_eq!(second.headers[header::CONTENT_TYPE], "application/json");
        assert!(second.text.contains(&offered[2]), "{}", second.text);
        let made = site.book("alpha", "kept-times-key", &booking("sports-massage", &offered[2])).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert!(!site.get(&path).await.text.contains(&offered[2]));
    }

    /// The same address is answered from what was kept, and the page's policy lets exactly its own scripts run.
    async fn a_page_is_kept_without_its_nonce(site: Site) {
        hear(&site).await;
        let first = site.get(PAGE).await;
        assert_eq!(first.status, StatusCode::OK);
        assert!(is_kept(&site, PAGE));
        let second = site.get(PAGE).await;
        assert_eq!(first.text, second.text);
        assert_eq!(second.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(second.headers["x-content-type-options"], "nosniff");
        let policy = second.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        let for_scripts = policy.split(';').find(|rule| rule.trim_start().starts_with("script-src ")).expect("a rule for scripts");
        assert!(!for_scripts.contains("nonce") && !for_scripts.contains("unsafe-inline"), "{policy}");
        assert!(!second.text.contains("nonce="));
        let scripts = inline_scripts(&second.text);
        assert!(scripts.len() >= 3, "the app's loader, the zone, the page's data: {scripts:?}");
        for script in &scripts {
            let hash = format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script)));
            assert!(policy.contains(&hash), "{script} isn't allowed by {policy}");
        }
        assert_eq!(policy.matches("'sha256-").count(), scripts.len());
    }

    /// It comes compressed to those who accept that, and is the same page.
    async fn a_kept_page_is_compressed(site: Site) {
        hear(&site).await;
        let plain = site.get(PAGE).await;
        for (accept, coding) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", "")] {
            let request = Request::get(PAGE).header(header::ACCEPT_ENCODING, accept).body(Body::empty()).expect("a request");
            let response = tower::ServiceExt::oneshot(site.router.clone(), request).await.expect("an answer");
            let got = response.headers().get(header::CONTENT_ENCODING).map_or("", |value| value.to_str().expect("text"));
            assert_eq!(got, coding, "{accept}");
            let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
            let mut text = String::new();
            match coding {
                "br" => brotli::Decompressor::new(&bytes[..], 4096).read_to_string(&mut text),
                "gzip" => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text),
                _ => (&bytes[..]).read_to_string(&mut text),
            }
            .expect("it unpacks");
            assert_eq!(text, plain.text, "{accept}");
        }
    }

    /// A booking takes its time off the kept page, and cancelling it puts it back, at once.
    async fn a_booking_changes_the_page(site: Site) {
        hear(&site).await;
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let offers = |answer: &Answer| answer.text.matches(&format!("value=\"{start}\"")).count();
        assert_eq!(offers(&site.get(PAGE).await), 1);
        // Everybody who could take it is booked.
        let mut links = Vec::new();
        for n in 0..20 {
            let answer = site.book("alpha", &format!("cache-key-{n}"), &booking("follow-up", &start)).await;
            if answer.status == StatusCode::CONFLICT {
                break;
            }
            links.push(answer.json()["token"].as_str().expect("a token").to_owned());
            let page = site.get(PAGE).await;
            let free = site.slots("alpha", "follow-up").await.contains(&start);
            assert_eq!(offers(&page), usize::from(free), "after {n} bookings");
        }
        assert_eq!(offers(&site.get(PAGE).await), 0);
        let token = &links[0];
        let cancelled = site.json(Method::POST, None, &format!("/api/v1/calendar/manage/{token}/cancel"), &json!({ "version": 1 })).await;
        assert!(cancelled.status.is_success(), "{cancelled:?}");
        assert_eq!(offers(&site.get(PAGE).await), 1);
    }

    /// So does each change that an admin makes, and another business's page is left as it was.
    async fn setting_up_changes_the_page(site: Site) {
        hear(&site).await;
        let cookie = site.log_in("alpha").await;
        let other = site.get("/b/beta/follow-up").await.text;
        let services = site.json(Method::GET, Some(&cookie), "/api/v1/orgs/alpha/calendar/services", &json!(null)).await.json();
        let service = services.as_array().expect("services").iter().find(|one| one["slug"] == "follow-up").expect("it").clone();
        let id = service["id"].as_str().expect("an id").to_owned();
        let staff = site.json(Method::GET, Some(&cookie), "/api/v1/orgs/alpha/calendar/staff", &json!(null)).await.json();
        let people: Vec<String> = staff.as_array().expect("staff").iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect();

        let before = site.get(PAGE).await.text;
        let body = json!({ "slug": "follow-up", "name": "Renamed treatment", "duration_minutes": 30, "interval_minutes": 30, "min_notice_minutes": 120, "window_days": 60, "staff": people, "version": 1 });
        let saved = site.json(Method::PUT, Some(&cookie), &format!("/api/v1/orgs/alpha/calendar/services/{id}"), &body).await;
        assert!(saved.status.is_success(), "{saved:?}");
        assert!(site.get(PAGE).await.text.contains("Renamed treatment") && !before.contains("Renamed treatment"));
        assert!(site.get("/b/alpha").await.text.contains("Renamed treatment"));

        let next = site.slots("alpha", "follow-up").await[0][..10].to_owned();
        assert!(site.get(PAGE).await.text.contains(&format!("value=\"{next}\"")));
        for person in &people {
            for date in ["2026-11-23", "2026-11-24"] {
                let closed = site.json(Method::PUT, Some(&cookie), &format!("/api/v1/orgs/alpha/calendar/staff/{person}/dates/{date}"), &json!({ "windows": [] })).await;
                assert!(closed.status.is_success(), "{closed:?}");
            }
        }
        assert!(!site.get(PAGE).await.text.contains(&format!("value=\"{next}\"")));
        for person in &people {
            let none = site.json(Method::PUT, Some(&cookie), &format!("/api/v1/orgs/alpha/calendar/staff/{person}/hours"), &json!([])).await;
            assert!(none.status.is_success(), "{none:?}");
        }
        assert!(site.get(PAGE).await.text.contains("No times free"));
        assert_eq!(site.get("/b/beta/follow-up").await.text, other);
    }

    /// Time alone changes it too: a start leaves the page when its minimum notice begins, not before and not after.
    async fn a_start_leaves_at_its_notice(site: Site) {
        hear(&site).await;
        let first = site.slots("alpha", "follow-up").await[0].clone();
        let start: jiff::Timestamp = first.parse().expect("an instant");
        let notice = start - jiff::SignedDuration::from_mins(120);
        let micro = jiff::SignedDuration::from_micros(1);
        let offered = async |at: jiff::Timestamp| {
            site.set_clock(&at.to_string());
            site.get(PAGE).await.text.contains(&format!("value=\"{first}\""))
        };
        assert!(offered(notice - micro).await);
        assert!(offered(notice).await);
        assert!(!offered(notice + micro).await);
    }

    /// At midnight the booking window opens another day, on the business's clock.
    async fn midnight_opens_a_day(site: Site) {
        hear(&site).await;
        // The demo's window is 60 days: on Friday 27 November the last is Tuesday 26 January.
        let last_week = format!("{PAGE}?from=2027-01-26");
        site.set_clock("2026-11-27T12:59:59Z");
        let before = site.get(&last_week).await.text;
        site.set_clock("2026-11-27T13:00:00Z");
        let after = site.get(&last_week).await.text;
        assert_ne!(before, after);
        assert!(after.contains("value=\"2027-01-26T"), "{after}");
    }

    /// What is not the same for everybody is never kept, nor answered from what was.
    async fn nothing_private_is_kept(site: Site) {
        hear(&site).await;
        let cookie = site.log_in("alpha").await;
        let seen = site.get_as(&cookie, PAGE).await;
        assert_eq!(seen.headers[header::CACHE_CONTROL], "no-store");
        assert!(!is_kept(&site, PAGE));
        // Nor what somebody sees who has given their password and owes the code: it has their session's token.
        let _enrolled = site.enrol(&cookie).await;
        let half = site.log_in("alpha").await;
        assert_eq!(site.get_as(&half, "/app/alpha/calendar").await.status, StatusCode::UNAUTHORIZED, "half-way in");
        let token = site.forgery_token(&half).await;
        assert!(!token.is_empty() && site.get_as(&half, PAGE).await.text.contains(&token));
        assert!(!is_kept(&site, PAGE));
        assert!(!site.get(PAGE).await.text.contains(&token));
        assert!(is_kept(&site, PAGE), "nobody's page is");
        assert!(site.get_as(&half, PAGE).await.text.contains(&token), "theirs isn't answered from it");
        // A chosen time's form has a key of its own each time.
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let chosen = format!("{PAGE}?start={start}");
        let key = |answer: &Answer| answer.text.split("name=\"key\"").nth(1).expect("the form").chars().take(60).collect::<String>();
        assert_ne!(key(&site.get(&chosen).await), key(&site.get(&chosen).await));
        assert!(!is_kept(&site, &chosen));
        for path in ["/b/alpha/nothing-here", "/b/nobody", "/b/alpha/follow-up?from=soon", "/login", "/"] {
            site.get(path).await;
            assert!(!is_kept(&site, path), "{path}");
        }
    }

    /// Each visitor sees the times of their own zone.
    async fn each_zone_has_its_page(site: Site) {
        hear(&site).await;
        let sydney = site.get(PAGE).await.text;
        let perth = site.get_as("devalo_zone=Australia/Perth", PAGE).await.text;
        assert!(perth.contains("Perth time") && !sydney.contains("times in Perth"));
        assert_eq!(site.get(PAGE).await.text, sydney);
        assert_eq!(site.get_as("devalo_zone=Australia/Perth", PAGE).await.text, perth);
    }
}

/// On PostgreSQL another process may write: its changes drop what was kept, and while they can't be heard nothing is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_is_heard() {
    let site = Site::postgres().await;
    site.get(PAGE).await;
    assert!(!is_kept(&site, PAGE), "nothing is kept before the others can be heard");
    hear(&site).await;
    let start = site.slots("alpha", "telehealth").await[0].clone();
    site.get(PAGE).await;
    assert!(is_kept(&site, PAGE));
    let other = site.another_process().await;
    let made = other.book("alpha", "other-key-01", &booking("telehealth", &start)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    for _ in 0..100 {
        if !is_kept(&site, PAGE) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the other process's booking was not heard");
}

/// A process that starts may stand in for one that died before it told what it committed: the others drop what they kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_starts_makes_the_others_look_anew() {
    let site = Site::postgres().await;
    hear(&site).await;
    site.get(PAGE).await;
    assert!(is_kept(&site, PAGE));
    let other = site.another_process().await;
    tokio::spawn(app::others::keep_in_touch(other.platform.clone(), &app::permissions::ENTER));
    for _ in 0..250 {
        if !is_kept(&site, PAGE) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the other process’s start was not heard");
}

/// Starts to listen for other processes, as the server does, and waits until it does.
async fn hear(site: &Site) {
    tokio::spawn(app::others::keep_in_touch(site.platform.clone(), &app::permissions::ENTER));
    for _ in 0..250 {
        site.get("/b/alpha").await;
        if is_kept(site, "/b/alpha") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it doesn't hear the database");
}

fn is_kept(site: &Site, path: &str) -> bool {
    let (parts, ()) = Request::get(path).body(()).expect("a request").into_parts();
    let key = PageKey::of(&parts, &app::org::Actor::Anonymous).expect("a key");
    site.platform.pages.get(&key, site.platform.clock.now()).is_some()
}

/// The scripts that a browser would run, not the JSON-LD.
fn inline_scripts(html: &str) -> Vec<&str> {
    html.split("<script")
        .skip(1)
        .filter_map(|piece| piece.split_once('>'))
        .filter(|(attributes, _)| !attributes.contains("ld+json") && !attributes.contains("src="))
        .filter_map(|(_, rest)| Some(rest.split_once("</script>")?.0))
        .collect()
}
