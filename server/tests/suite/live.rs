//! The live stream: what happens shows within a second, and after a lost connection nothing is missed.

use std::time::Duration;

use app::{live::LiveEvent, org::Role, tokens::MadeToken};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::StreamExt;
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    on_both,
    support::{PASSWORD, Site, booking},
    tasks_support::{Office, SYSTEM},
};

on_both! {
    /// A booking made elsewhere arrives within a second, with the next number of the sequence.
    async fn a_booking_arrives(site: Site) {
        let cookie = site.log_in("alpha").await;
        let mut stream = open(&site, &cookie, "/app/alpha/live", None).await;
        let hello = stream.next_frame().await;
        assert!(hello.contains("event: hello"), "{hello}");
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "live-key-01", &booking("follow-up", &start)).await.json();
        let frame = stream.next_frame().await;
        assert!(frame.contains("calendar.appointment_booked") && frame.contains(made["id"].as_str().expect("an id")), "{frame}");
        assert_eq!(number(&frame), number(&hello) + 1);
        assert!(!frame.contains("Casey"), "nothing personal goes over the stream");
    }

    /// A browser that comes back says what it saw last and gets the rest, in order and without gaps.
    async fn nothing_is_missed(site: Site) {
        let cookie = site.log_in("alpha").await;
        let mut stream = open(&site, &cookie, "/app/alpha/live", None).await;
        let seen = number(&stream.next_frame().await);
        drop(stream);
        let slots = site.slots("alpha", "follow-up").await;
        for n in 0..5 {
            assert_eq!(site.book("alpha", &format!("missed-key-{n}"), &booking("follow-up", &slots[n * 4])).await.status, StatusCode::CREATED);
        }
        let mut stream = open(&site, &cookie, "/app/alpha/live?after=0", Some(seen)).await;
        let mut text = String::new();
        while number(&text) < seen + 5 {
            text.push_str(&stream.next_frame().await);
        }
        let ids: Vec<i64> = text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect();
        assert_eq!(ids, (seen..=seen + 5).collect::<Vec<_>>());
    }

    /// What is told of before its turn waits for what is before it: all of it comes in order, and the database isn't asked, which has none of this.
    async fn what_comes_before_its_turn_waits(site: Site) {
        let office = Office::alpha(&site).await;
        let cookie = site.log_in("alpha").await;
        let mut stream = open(&site, &cookie, "/app/alpha/live", None).await;
        let seen = number(&stream.next_frame().await);
        for ahead in [1, 4, 3, 2, 5] {
            let event = LiveEvent::new(seen + ahead, "calendar.told", Uuid::nil(), site.platform.clock.now());
            site.platform.live.publish(office.id, event);
        }
        let mut text = String::new();
        while number(&text) < seen + 5 {
            text.push_str(&stream.next_frame().await);
        }
        let ids: Vec<i64> = text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect();
        assert!(ids.iter().copied().eq(seen + 1..=seen + 5), "{ids:?}");
    }

    /// What happens in another module doesn't come, not what kind it is nor what it is about: the numbers alone do, as it happens and afterwards.
    async fn other_modules_are_kept_to_themselves(site: Site) {
        let office = Office::alpha(&site).await;
        let (_, _, private) = office.private("Confidential", &[]).await;
        let cookie = site.log_in("alpha").await;
        let mut stream = open(&site, &cookie, "/app/alpha/live", None).await;
        let seen = number(&stream.next_frame().await);
        let task = office.add_as(&SYSTEM, "Let somebody go", |body| body.list = private).await.expect("a task");
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "apart-key-01", &booking("follow-up", &start)).await.json();
        let booked = made["id"].as_str().expect("an id");
        let mut back = open(&site, &cookie, "/app/alpha/live", Some(seen)).await;
        assert_eq!(number(&back.next_frame().await), seen);
        for stream in [&mut stream, &mut back] {
            let mut text = String::new();
            while !text.contains(booked) {
                text.push_str(&stream.next_frame().await);
            }
            assert!(text.contains("calendar.appointment_booked"), "{text}");
            assert!(!text.contains("tasks.") && !text.contains(&task.to_string()), "{text}");
            let ids: Vec<i64> = text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect();
            assert!(ids.len() > 1 && ids.iter().copied().eq(seen + 1..=number(&text)), "{ids:?}");
        }
    }

    /// What happened more than a day ago isn't told again: the page is told to read anew, and goes on from now.
    async fn nothing_old_is_told_again(site: Site) {
        let slots = site.slots("alpha", "follow-up").await;
        let early = site.book("alpha", "early-key-1", &booking("follow-up", &slots[0])).await.json();
        site.advance(25 * 60 * 60);
        let cookie = site.log_in("alpha").await;
        let mut stream = open(&site, &cookie, "/app/alpha/live", None).await;
        let now = number(&stream.next_frame().await);
        let mut stream = open(&site, &cookie, "/app/alpha/live?after=0", None).await;
        let hello = stream.next_frame().await;
        assert!(hello.contains("event: hello") && hello.contains("{\"kind\":\"again\"}"), "{hello}");
        assert_eq!(number(&hello), now);
        let slots = site.slots("alpha", "follow-up").await;
        let late = site.book("alpha", "late-key-01", &booking("follow-up", &slots[8])).await.json();
        let mut text = hello;
        while !text.contains(late["id"].as_str().expect("an id")) {
            text.push_str(&stream.next_frame().await);
        }
        assert!(!text.contains(early["id"].as_str().expect("an id")), "{text}");
        // Whoever was away for less gets what they missed.
        let mut stream = open(&site, &cookie, "/app/alpha/live", Some(now)).await;
        let mut text = String::new();
        while !text.contains(late["id"].as_str().expect("an id")) {
            text.push_str(&stream.next_frame().await);
        }
        assert!(!text.contains("again"), "{text}");
    }

    /// Another organisation's events don't come, and a stranger gets no stream.
    async fn streams_are_private(site: Site) {
        let alpha = site.log_in("alpha").await;
        assert_eq!(site.get_as(&alpha, "/app/beta/live").await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get("/app/alpha/live").await.status, StatusCode::UNAUTHORIZED);
        let mut stream = open(&site, &alpha, "/app/alpha/live", None).await;
        stream.next_frame().await;
        let slots = site.slots("beta", "follow-up").await;
        site.book("beta", "beta-key-001", &booking("follow-up", &slots[0])).await;
        let slots = site.slots("alpha", "follow-up").await;
        let ours = site.book("alpha", "alpha-key-01", &booking("follow-up", &slots[0])).await.json();
        assert!(stream.next_frame().await.contains(ours["id"].as_str().expect("an id")), "ours is the first to come");
    }

    /// Turning the module off ends what its pages follow, everybody's, and programs' too; another organisation's goes on.
    async fn a_stream_ends_with_its_module(site: Site) {
        let (owner, beta) = (site.log_in("alpha").await, site.log_in("beta").await);
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let secret = token(&site, &owner).await.secret;
        let mut streams = Vec::new();
        for cookie in [&owner, &member] {
            streams.push(open(&site, cookie, "/app/alpha/live", None).await);
        }
        let by_program = Request::get("/app/alpha/live").header(header::AUTHORIZATION, format!("Bearer {secret}"));
        streams.push(begin(&site, by_program).await);
        let mut goes_on = open(&site, &beta, "/app/beta/live", None).await;
        for stream in streams.iter_mut().chain([&mut goes_on]) {
            stream.next_frame().await;
        }
        let off = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/modules/calendar", &json!({ "on": false })).await;
        assert_eq!(off.status, StatusCode::OK, "{off:?}");
        for mut stream in streams {
            assert!(stream.rest().await.ends_with("event: ended\ndata: {}\n\n"));
        }
        let slots = site.slots("beta", "follow-up").await;
        let booked = site.book("beta", "still-here-2", &booking("follow-up", &slots[0])).await.json();
        assert!(goes_on.next_frame().await.contains(booked["id"].as_str().expect("an id")));
    }

    /// Logging out ends the streams of that session within two seconds, and nobody else's.
    async fn a_stream_ends_with_its_session(site: Site) {
        let (gone, stays) = (site.log_in("alpha").await, site.log_in("alpha").await);
        let mut ended = open(&site, &gone, "/app/alpha/live", None).await;
        let mut goes_on = open(&site, &stays, "/app/alpha/live", None).await;
        ended.next_frame().await;
        goes_on.next_frame().await;
        site.form(Some(&gone), "/fn/auth/log-out", "/app/alpha/calendar", &[]).await;
        ended.is_over().await;
        let slots = site.slots("alpha", "follow-up").await;
        let booked = site.book("alpha", "still-here-1", &booking("follow-up", &slots[0])).await.json();
        assert!(goes_on.next_frame().await.contains(booked["id"].as_str().expect("an id")));
    }

    /// Revoking a token ends what a program follows with it within two seconds, and nobody else’s streams.
    async fn a_stream_ends_with_its_token(site: Site) {
        let owner = site.log_in("alpha").await;
        let (gone, stays) = (token(&site, &owner).await, token(&site, &owner).await);
        let follow = |secret: &str| Request::get("/app/alpha/live").header(header::AUTHORIZATION, format!("Bearer {secret}"));
        let mut ended = begin(&site, follow(&gone.secret)).await;
        let mut goes_on = begin(&site, follow(&stays.secret)).await;
        ended.next_frame().await;
        goes_on.next_frame().await;
        let fields = [("org", "alpha"), ("id", &gone.id.to_string())];
        let revoked = site.form(Some(&owner), "/fn/settings/revoke-token", "/app/alpha/settings/tokens", &fields).await;
        assert_eq!(revoked.status, StatusCode::FOUND, "{}", revoked.text);
        ended.is_over().await;
        let slots = site.slots("alpha", "follow-up").await;
        let booked = site.book("alpha", "still-here-3", &booking("follow-up", &slots[0])).await.json();
        assert!(goes_on.next_frame().await.contains(booked["id"].as_str().expect("an id")));
    }

    /// Logging in as somebody else in the same browser ends the streams of who was logged in there.
    async fn a_stream_ends_when_somebody_else_logs_in(site: Site) {
        let owner = site.log_in("alpha").await;
        let mut stream = open(&site, &owner, "/app/alpha/live", None).await;
        stream.next_frame().await;
        let fields = [("email", "owner@beta.example.com"), ("password", PASSWORD)];
        assert_eq!(site.form(Some(&owner), "/fn/auth/log-in", "/login", &fields).await.status, StatusCode::FOUND);
        stream.is_over().await;
    }

    /// Another token for the same session leaves its other pages as they are.
    async fn a_stream_goes_on_with_another_token(site: Site) {
        let first = site.log_in("alpha").await;
        let mut stream = open(&site, &first, "/app/alpha/live", None).await;
        stream.next_frame().await;
        let again = site.form(Some(&first), "/fn/auth/again", "/account/confirm", &[("password", PASSWORD)]).await;
        let second = again.cookie().expect("another cookie");
        let third = site.enrol(&second).await;
        // The first cookie has long been good for nothing when the stream looks.
        site.set_clock("2026-11-22T22:01:00Z");
        site.platform.live.all_look_again();
        let slots = site.slots("alpha", "follow-up").await;
        let booked = site.book("alpha", "still-here-4", &booking("follow-up", &slots[0])).await.json();
        assert!(stream.next_frame().await.contains(booked["id"].as_str().expect("an id")));
        site.form(Some(&third), "/fn/auth/log-out", "/app/alpha/calendar", &[]).await;
        stream.is_over().await;
    }

    /// A session has twenty streams at most; one that is closed makes room, and others have their own.
    async fn streams_are_limited(site: Site) {
        let (owner, other) = (site.log_in("alpha").await, site.log_in("alpha").await);
        let mut streams = Vec::new();
        for _ in 0..20 {
            streams.push(open(&site, &owner, "/app/alpha/live", None).await);
        }
        let refused = site.get_as(&owner, "/app/alpha/live").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers.contains_key(header::RETRY_AFTER));
        open(&site, &other, "/app/alpha/live", None).await.next_frame().await;
        streams.pop();
        open(&site, &owner, "/app/alpha/live", None).await.next_frame().await;
    }

    /// A person has forty at most, however often they are logged in, and somebody else has their own; closing one makes room.
    async fn streams_of_a_person_are_limited(site: Site) {
        let sessions = [site.log_in("alpha").await, site.log_in("alpha").await, site.log_in("alpha").await];
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let mut streams = Vec::new();
        for cookie in sessions.iter().take(2) {
            for _ in 0..20 {
                streams.push(open(&site, cookie, "/app/alpha/live", None).await);
            }
        }
        let refused = site.get_as(&sessions[2], "/app/alpha/live").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers.contains_key(header::RETRY_AFTER));
        open(&site, &member, "/app/alpha/live", None).await.next_frame().await;
        streams.pop();
        let mut again = open(&site, &sessions[2], "/app/alpha/live", None).await;
        again.next_frame().await;
        assert_eq!(site.get_as(&sessions[2], "/app/alpha/live").await.status, StatusCode::TOO_MANY_REQUESTS);
    }

    /// A stream ends for somebody who no longer belongs, or may no longer see it.
    async fn a_stream_ends_with_the_membership(site: Site) {
        let owner = site.log_in("alpha").await;
        let (user, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let mut stream = open(&site, &member, "/app/alpha/live", None).await;
        stream.next_frame().await;
        let fields = [("org", "alpha"), ("id", &user.to_string())];
        let removed = site.form(Some(&owner), "/fn/people/remove", "/app/alpha/settings/people", &fields).await;
        assert_eq!(removed.status, StatusCode::FOUND);
        stream.is_over().await;
    }
}

/// Several processes on one PostgreSQL: a session that one of them ends is over in the streams of all, within two seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_session_in_another_process() {
    let site = Site::postgres().await;
    tokio::spawn(app::others::keep_in_touch(site.platform.clone(), &app::permissions::ENTER));
    let other = site.another_process().await;
    tokio::spawn(app::others::keep_in_touch(other.platform.clone(), &app::permissions::ENTER));
    // They hear each other once a booking comes through.
    let (gone, stays) = (site.log_in("alpha").await, site.log_in("alpha").await);
    let mut ended = open(&site, &gone, "/app/alpha/live", None).await;
    let mut goes_on = open(&site, &stays, "/app/alpha/live", None).await;
    ended.next_frame().await;
    goes_on.next_frame().await;
    let slots = site.slots("alpha", "follow-up").await;
    other.book("alpha", "heard-here-1", &booking("follow-up", &slots[0])).await;
    ended.next_frame().await;
    goes_on.next_frame().await;
    other.form(Some(&gone), "/fn/auth/log-out", "/app/alpha/calendar", &[]).await;
    ended.is_over().await;
    other.book("alpha", "still-here-2", &booking("follow-up", &slots[4])).await;
    assert!(goes_on.next_frame().await.contains("calendar.appointment_booked"));
}

/// What a browser follows.
pub struct Stream(axum::body::BodyDataStream);

impl Stream {
    pub async fn next_frame(&mut self) -> String {
        let frame = tokio::time::timeout(Duration::from_secs(5), self.0.next()).await.expect("a frame in time");
        String::from_utf8(frame.expect("the stream goes on").expect("bytes").to_vec()).expect("text")
    }

    /// Within two seconds the page is told, and then there is nothing more.
    pub async fn is_over(&mut self) {
        assert_eq!(self.rest().await, "event: ended\ndata: {}\n\n");
    }

    /// What still comes until it ends, which it does within two seconds.
    async fn rest(&mut self) -> String {
        let mut text = String::new();
        let rest = async {
            while let Some(frame) = self.0.next().await {
                text.push_str(std::str::from_utf8(&frame.expect("bytes")).expect("text"));
            }
        };
        tokio::time::timeout(Duration::from_secs(2), rest).await.expect("it ends in time");
        text
    }
}

/// Follows as whoever has this session.
pub async fn open(site: &Site, cookie: &str, path: &str, last: Option<i64>) -> Stream {
    let mut request = Request::get(path).header(header::COOKIE, cookie);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    begin(site, request).await
}

async fn begin(site: &Site, request: http::request::Builder) -> Stream {
    let response =
        site.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Stream(response.into_body().into_data_stream())
}

async fn token(site: &Site, cookie: &str) -> MadeToken {
    let new = json!({ "name": "Screen", "scopes": ["calendar.appointments.view"] });
    let made = site.json(Method::POST, Some(cookie), "/api/v1/orgs/alpha/tokens", &new).await;
    serde_json::from_str(&made.text).unwrap_or_else(|error| panic!("{error}: {made:?}"))
}

/// The last event number in some frames.
fn number(frames: &str) -> i64 {
    frames.lines().rev().find_map(|line| line.strip_prefix("id: ")?.parse().ok()).unwrap_or(-1)
}
