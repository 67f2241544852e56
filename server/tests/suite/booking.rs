//! Booking, moving and cancelling.

use std::time::Duration;

use app::{db::Access, platform_sql};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::{future::join_all, poll};
use serde_json::json;

use crate::{booking_page::made, on_both, support::booking};

on_both! {
    /// Who goes away while a transaction begins leaves no connection behind in the middle of one.
    async fn who_goes_away_early_leaves_no_transaction(site: Site) {
        for round in 0..120 {
            let mut begun = Box::pin(site.platform.begin(Access::Read));
            for _ in 0..=round % 8 {
                if poll!(&mut begun).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let write = async || {
            let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
            platform_sql!(exec, &mut tx, "UPDATE boots SET version = version").expect("it can be written");
            tx.commit().await.expect("a commit");
        };
        join_all((0..40).map(|_| write())).await;
    }

    /// Clients that go away at any moment: whatever was written in their names is whole, is told to those who listen, and
    /// is on the page; and the next client is served.
    async fn clients_that_go_away_leave_nothing_half_done(site: Site) {
        tokio::spawn(app::others::keep_in_touch(site.platform.clone(), &app::permissions::ENTER));
        let starts = site.slots("alpha", "telehealth").await;
        for round in 0..4_usize {
            let attempts: Vec<_> = starts.iter().enumerate().skip(round * 12).take(12).map(|(n, start)| {
                let router = site.router.clone();
                let request = Request::post("/api/v1/orgs/alpha/calendar/bookings")
                    .header(header::CONTENT_TYPE, "application/json")
                    .header("idempotency-key", format!("gone-key-{n}"))
                    .body(Body::from(booking("telehealth", start).to_string()))
                    .expect("a request");
                // From before it is begun to after it is done.
                let patience = Duration::from_micros(((n * 7919 + round * 911) % 12_000) as u64);
                tokio::spawn(tokio::time::timeout(patience, tower::ServiceExt::oneshot(router, request)))
            }).collect();
            for attempt in attempts {
                let _gone_or_done = attempt.await.expect("no panic");
            }
            // What is under way without its client ends by itself.
            tokio::time::sleep(Duration::from_millis(200)).await;
            // The page that is kept shows what the API reads afresh.
            let free = site.slots("alpha", "telehealth").await;
            for path in ["/b/alpha/telehealth", "/b/alpha/telehealth?from=2026-11-24"] {
                let page = site.get(path).await.text;
                for start in starts.iter().take(60).filter(|start| page.contains(&format!("value=\"{start}\""))) {
                    assert!(free.contains(start), "{path} offers {start}, which is taken");
                }
            }
        }
        let last = site.slots("alpha", "telehealth").await.pop().expect("a time");
        let made = site.book("alpha", "gone-key-last", &booking("telehealth", &last)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    }

    /// A client books a time on offer; it is taken from then on, and the business sees who comes.
    async fn a_booking_is_made_and_seen(site: Site) {
        let start = site.slots("alpha", "follow-up").await[3].clone();
        let answer = site.book("alpha", "key-00000001", &booking("follow-up", &start)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let id = answer.json()["id"].as_str().expect("an id").to_owned();

        let cookie = site.log_in("alpha").await;
        let seen = site.get_as(&cookie, &format!("/api/v1/orgs/alpha/calendar/appointments/{id}")).await.json();
        assert_eq!(seen["client_name"], "Casey Client");
        assert_eq!(seen["client_email"], "casey@example.com");
        assert_eq!(seen["start"].as_str(), Some(start.as_str()));
        assert_eq!(seen["price_cents"], 9500);
    }

    /// The same key with the same details books once, however often it is sent; with other details it is refused.
    async fn a_key_books_once(site: Site) {
        let slots = site.slots("alpha", "follow-up").await;
        let body = booking("follow-up", &slots[0]);
        let first = site.book("alpha", "the-same-key", &body).await;
        let second = site.book("alpha", "the-same-key", &body).await;
        assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(first.json()["id"], second.json()["id"]);

        let other = site.book("alpha", "the-same-key", &booking("follow-up", &slots[5])).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "{other:?}");
        // Another business's key is another key.
        let slots = site.slots("beta", "follow-up").await;
        let beta = site.book("beta", "the-same-key", &booking("follow-up", &slots[0])).await;
        assert_eq!(beta.status, StatusCode::CREATED);
    }

    /// One person, one time: of forty clients who want the same massage at once, one gets it and the rest are told.
    async fn a_storm_on_one_time_books_once(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let tries = (0..40).map(|n| {
            let (body, site) = (booking("sports-massage", &start), &site);
            async move { site.book("alpha", &format!("storm-key-{n}"), &body).await.status }
        });
        let outcomes = join_all(tries).await;
        assert_eq!(outcomes.iter().filter(|status| **status == StatusCode::CREATED).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|status| **status == StatusCode::CONFLICT).count(), 39, "{outcomes:?}");
        assert!(!site.slots("alpha", "sports-massage").await.contains(&start));
    }

    /// The same request sent forty times at once is one booking, and everyone hears of the same one.
    async fn a_storm_of_one_key_books_once(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let tries = (0..40).map(|_| {
            let (body, site) = (booking("follow-up", &start), &site);
            async move { site.book("alpha", "one-key-for-all", &body).await }
        });
        let answers = join_all(tries).await;
        let ids: std::collections::BTreeSet<String> =
            answers.iter().map(|answer| answer.json()["id"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(ids.len(), 1, "{answers:?}");
    }

    /// When every person for a service is taken at a time, the time is gone; until then the next person gets it.
    async fn people_fill_up_one_by_one(site: Site) {
        let start = site.slots("alpha", "telehealth").await[4].clone();
        let mut made = 0;
        for n in 0..6 {
            let answer = site.book("alpha", &format!("fill-up-{n}"), &booking("telehealth", &start)).await;
            match answer.status {
                StatusCode::CREATED => made += 1,
                StatusCode::CONFLICT => break,
                _ => panic!("{answer:?}"),
            }
        }
        assert!((1..=3).contains(&made), "three people, at most three bookings: {made}");
        assert_eq!(site.book("alpha", "one-more-key", &booking("telehealth", &start)).await.status, StatusCode::CONFLICT);
    }

    /// The database itself refuses an overlap, buffers included, whatever the application thinks.
    async fn the_database_refuses_overlaps(site: Site) {
        use app::{db::{Access, DbError}, modules::calendar::{ids::AppointmentId, permissions, store::{self, NewAppointment, Span}}, org::{Actor, OrgRef, OrgTx}};
        let at = |minute: i64| app::clock::Instant::from_timestamp(crate::support::NOW.parse().expect("an instant")).plus_seconds((60 * 24 * 200 + minute) * 60);
        let actor = Actor::System("test");
        let insert = async |from: i64, until: i64, buffer: i64| {
            let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::SET_UP, Access::Write).await.expect("open");
            let service = store::services(&mut tx).await.expect("services").remove(0);
            let staff = store::staff(&mut tx).await.expect("staff")[0].id;
            let span = Span { starts_at: at(from), ends_at: at(until), blocks_from: at(from - buffer), blocks_until: at(until + buffer) };
            let new = NewAppointment {
                id: AppointmentId::new(tx.now()), service: &service, staff, span, session: None, series: None, client: None, seats: 1,
                unconfirmed_until: None, source: "online", location: "", client_name: vec![1], client_email: vec![1], client_phone: vec![1],
                client_indexes: store::ClientIndexes::default(), notes: vec![1], place: None, answers: None, client_zone: "UTC", price_cents: 0,
            };
            let outcome = store::insert_appointment(&mut tx, new).await;
            if outcome.is_ok() { tx.commit().await.expect("commit") } else { tx.rollback().await.expect("rollback") }
            outcome
        };
        assert!(insert(0, 60, 10).await.is_ok());
        for (from, until, buffer) in [(0, 60, 10), (30, 40, 0), (-60, 120, 0), (65, 90, 0), (-20, -5, 0), (75, 90, 6)] {
            let outcome = insert(from, until, buffer).await;
            assert!(matches!(&outcome, Err(DbError::Rule(rule)) if rule == "appointment_overlap"), "{from}–{until} ± {buffer}: {outcome:?}");
        }
        // Touching is not overlapping.
        assert!(insert(70, 90, 0).await.is_ok());
        assert!(insert(-30, -10, 0).await.is_ok());
    }

    /// A client moves their booking by the private link: the old time is free again, the new one taken.
    async fn a_client_moves_their_booking(site: Site) {
        let slots = site.slots("alpha", "sports-massage").await;
        let (old, new) = (&slots[0], &slots[8]);
        let made = site.book("alpha", "move-key-1", &booking("sports-massage", old)).await.json();
        let token = made["token"].as_str().expect("a token");
        let path = format!("/api/v1/calendar/manage/{token}");
        let version = site.get(&path).await.json()["version"].clone();

        let moved = site.json(Method::POST, None, &format!("{path}/move"), &json!({ "start": new, "version": version })).await;
        assert_eq!(moved.status, StatusCode::NO_CONTENT, "{moved:?}");
        assert_eq!(site.get(&path).await.json()["start"].as_str(), Some(new.as_str()));
        let free = site.slots("alpha", "sports-massage").await;
        assert!(free.contains(old) && !free.contains(new));
        // A second tab with the old version is told, not obeyed.
        let stale = site.json(Method::POST, None, &format!("{path}/move"), &json!({ "start": old, "version": version })).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
    }

    /// A client cancels by the private link, once; the time is free again.
    async fn a_client_cancels_their_booking(site: Site) {
        let start = site.slots("alpha", "sports-massage").await[0].clone();
        let made = site.book("alpha", "cancel-key", &booking("sports-massage", &start)).await.json();
        let path = format!("/api/v1/calendar/manage/{}", made["token"].as_str().expect("a token"));
        let cancel = async || site.json(Method::POST, None, &format!("{path}/cancel"), &json!({ "version": 1 })).await.status;
        assert_eq!(cancel().await, StatusCode::NO_CONTENT);
        assert_eq!(cancel().await, StatusCode::CONFLICT);
        assert_eq!(site.get(&path).await.json()["status"], "cancelled");
        assert!(site.slots("alpha", "sports-massage").await.contains(&start));
    }

    /// A private link is for one appointment, cannot be forged, and ends 30 days after it.
    async fn a_private_link_is_private(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "private-key", &booking("follow-up", &start)).await.json();
        let token = made["token"].as_str().expect("a token").to_owned();
        let mut forged = token.clone().into_bytes();
        forged[10] ^= 1;
        let forged = String::from_utf8(forged).expect("text");
        for bad in [forged.as_str(), "x", &token[..20], &format!("{token}A")] {
            assert_eq!(site.get(&format!("/api/v1/calendar/manage/{bad}")).await.status, StatusCode::NOT_FOUND, "{bad}");
        }
        let page = site.get(&format!("/manage/{token}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.headers["x-robots-tag"], "noindex, nofollow");
        assert_eq!(page.headers["cache-control"], "no-store");
        site.set_clock("2027-03-01T00:00:00Z");
        assert_eq!(site.get(&format!("/api/v1/calendar/manage/{token}")).await.status, StatusCode::GONE);
        assert_eq!(site.get(&format!("/manage/{token}")).await.status, StatusCode::GONE);
    }

    /// The calendar file has the right instant, and says so when the booking is cancelled.
    async fn the_calendar_file_is_true(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "ics-key-1", &booking("follow-up", &start)).await.json();
        let token = made["token"].as_str().expect("a token");
        let file = site.get(&format!("/manage/{token}.ics")).await;
        assert_eq!(file.status, StatusCode::OK, "{file:?}");
        assert_eq!(file.headers["content-type"], "text/calendar; charset=utf-8");
        let stamp = start.replace(['-', ':'], "");
        assert!(file.text.contains(&format!("DTSTART:{stamp}\r\n")), "{}", file.text);
        assert!(file.text.contains("SEQUENCE:0\r\n") && file.text.contains("STATUS:CONFIRMED\r\n"), "{}", file.text);
        site.json(Method::POST, None, &format!("/api/v1/calendar/manage/{token}/cancel"), &json!({ "version": 1 })).await;
        let file = site.get(&format!("/manage/{token}.ics")).await.text;
        assert!(file.contains("SEQUENCE:1\r\n") && file.contains("STATUS:CANCELLED\r\n"), "{file}");
    }

    /// The business cancels, and marks a no-show once the appointment has begun.
    async fn the_business_changes_appointments(site: Site) {
        let cookie = site.log_in("alpha").await;
        let slots = site.slots("alpha", "follow-up").await;
        let mut ids = Vec::new();
        for (n, start) in slots.iter().take(2).enumerate() {
            let made = site.book("alpha", &format!("change-key-{n}"), &booking("follow-up", start)).await.json();
            ids.push(made["id"].as_str().expect("an id").to_owned());
        }
        let change = async |id: &str, what: &str| {
            site.json(Method::POST, Some(&cookie), &format!("/api/v1/orgs/alpha/calendar/appointments/{id}/{what}"), &json!({ "version": 1 })).await.status
        };
        assert_eq!(change(&ids[0], "no-show").await, StatusCode::UNPROCESSABLE_ENTITY, "it hasn't begun");
        assert_eq!(change(&ids[0], "cancel").await, StatusCode::NO_CONTENT);
        assert_eq!(change(&ids[0], "cancel").await, StatusCode::CONFLICT);
        site.set_clock("2026-12-10T00:00:00Z");
        let cookie = site.log_in("alpha").await;
        let late = site.json(Method::POST, Some(&cookie), &format!("/api/v1/orgs/alpha/calendar/appointments/{}/no-show", ids[1]), &json!({ "version": 1 })).await;
        assert_eq!(late.status, StatusCode::NO_CONTENT);
    }

    /// A no-show is taken back: it stands as booked again, unless another has its time by then.
    async fn a_no_show_is_taken_back(site: Site) {
        let begins = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "take-back-1", &booking("follow-up", &begins)).await.json();
        let id = made["id"].as_str().expect("an id").to_owned();
        site.set_clock(&begins);
        let cookie = site.log_in("alpha").await;
        let change = async |method: Method, what: &str, version: i64| {
            site.json(method, Some(&cookie), &format!("/api/v1/orgs/alpha/calendar/appointments/{id}/{what}"), &json!({ "version": version })).await.status
        };
        assert_eq!(change(Method::DELETE, "no-show", 1).await, StatusCode::CONFLICT, "it isn't one");
        assert_eq!(change(Method::POST, "no-show", 1).await, StatusCode::NO_CONTENT);
        assert_eq!(change(Method::DELETE, "no-show", 1).await, StatusCode::CONFLICT, "it has changed since");
        assert_eq!(change(Method::DELETE, "no-show", 2).await, StatusCode::NO_CONTENT);
        assert_eq!(change(Method::DELETE, "no-show", 3).await, StatusCode::CONFLICT, "it stands already");
        assert_eq!(change(Method::POST, "no-show", 3).await, StatusCode::NO_CONTENT, "and may be marked again");
    }

    /// What is over can't be called off any more.
    async fn the_past_is_not_cancelled(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "past-key-1", &booking("follow-up", &start)).await.json();
        let id = made["id"].as_str().expect("an id").to_owned();
        site.set_clock("2026-12-20T00:00:00Z");
        let cookie = site.log_in("alpha").await;
        let answer = site.json(Method::POST, Some(&cookie), &format!("/api/v1/orgs/alpha/calendar/appointments/{id}/cancel"), &json!({ "version": 1 })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
    }

    /// Without JavaScript: the form on the page books and leads to the confirmation.
    async fn the_form_books_without_javascript(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let referer = format!("/b/alpha/follow-up?start={start}");
        let page = site.get(&referer).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("action=\"/fn/calendar/book\""), "the form posts to the server function");
        let fields = [
            ("org", "alpha"), ("service", "follow-up"), ("start", start.as_str()), ("zone", "Australia/Perth"), ("key", "a-form-key-1"),
            ("name", "Casey Client"), ("email", "casey@example.com"), ("phone", ""), ("notes", ""), ("made", &made(&site, "follow-up", 30).await),
        ];
        let answer = site.form(None, "/fn/calendar/book", &referer, &fields).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
        let confirmation = site.get(answer.location()).await;
        assert_eq!(confirmation.status, StatusCode::OK);
        assert!(confirmation.text.contains("Casey Client") && confirmation.text.contains("AWST"), "in the client's own zone");
    }

    /// Without JavaScript, a refused form comes back with the right status, the message at its field, and what was typed.
    async fn a_refused_form_keeps_what_was_typed(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let referer = format!("/b/alpha/follow-up?start={start}");
        let made = made(&site, "follow-up", 30).await;
        let fields = |name: &'static str, email: &'static str, start: &str| vec![
            ("org", "alpha".to_owned()), ("service", "follow-up".to_owned()), ("start", start.to_owned()), ("zone", String::new()),
            ("key", "a-form-key-2".to_owned()), ("name", name.to_owned()), ("email", email.to_owned()), ("phone", String::new()),
            ("notes", "typed at length".to_owned()), ("made", made.clone()),
        ];
        let post = async |fields: Vec<(&'static str, String)>| {
            let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            site.form(None, "/fn/calendar/book", &referer, &pairs).await
        };
        let answer = post(fields("Casey", "not-an-email", &start)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("not-an-email") && answer.text.contains("typed at length"), "what was typed is kept");
        assert!(answer.text.contains("Enter an email address"), "the message is at its field");
        let gone = post(fields("Casey", "casey@example.com", "2026-11-23T16:00:00Z")).await;
        assert_eq!(gone.status, StatusCode::CONFLICT);
        assert!(gone.text.contains("typed at length"));
    }
}
