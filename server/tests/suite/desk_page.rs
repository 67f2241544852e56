//! The business books for a client on its page: one of the times on offer, another, against its own rules, or now.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::{
    on_both,
    races::{appointments, set_up},
    support::{Answer, Site},
};

const PAGE: &str = "/app/alpha/calendar/book";
const BOOK: &str = "/fn/calendar/book-for";

async fn send(site: &Site, who: Option<&str>, org: &str, fields: &[(&str, &str)]) -> Answer {
    let usual = [("org", org), ("service", "sports-massage"), ("name", "Rita Ringer"), ("date", "2026-11-25")];
    let all: Vec<_> = usual
        .into_iter()
        .filter(|(name, _)| !fields.iter().any(|(other, _)| other == name))
        .chain(fields.iter().copied())
        .collect();
    site.form(who, BOOK, &format!("{PAGE}?service=sports-massage&date=2026-11-25"), &all).await
}

async fn of_rita(site: &Site) -> Vec<String> {
    let all = appointments(site).await;
    let hers = all.iter().filter(|one| one.to_string().contains("Rita Ringer") && one["status"] == "booked");
    hers.map(|one| one["start"].as_str().expect("a start").to_owned()).collect()
}

on_both! {
    /// A day's times are on the page; choosing one with no more than a name books it, once.
    async fn one_of_the_times_is_booked(site: Site) {
        let owner = site.log_in("alpha").await;
        let page = site.get_as(&owner, &format!("{PAGE}?service=sports-massage&date=2026-11-25")).await;
        assert_eq!(page.status, StatusCode::OK);
        for shown in ["Book for a client", "Wednesday 25 November 2026", "Whoever is free", "They are here now"] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        let start = page.text.split("name=\"start\"").nth(1).expect("a time").split("value=\"").nth(1).expect("a value").split('"').next().expect("a start").to_owned();
        let fields = [("start", start.as_str()), ("key", "desk-key-1"), ("phone", "0412 555 018")];
        for _ in 0..2 {
            let booked = send(&site, Some(&owner), "alpha", &fields).await;
            assert_eq!(booked.status, StatusCode::FOUND, "{}", booked.text);
            assert!(booked.location().starts_with("/app/alpha/calendar?date=2026-11-2") && booked.location().contains("open="), "{}", booked.location());
        }
        assert_eq!(of_rita(&site).await.len(), 1);
        let taken = send(&site, Some(&owner), "alpha", &[("start", &start), ("key", "desk-key-2"), ("notes", "typed at length"), ("anyway", "true")]).await;
        assert!(taken.status == StatusCode::CONFLICT || taken.status == StatusCode::FOUND, "another of the staff may be free: {}", taken.status);
    }

    /// Another time is typed; against the rules it is asked first, and booked when that is meant.
    async fn another_time_is_typed(site: Site) {
        let owner = site.log_in("alpha").await;
        let late = send(&site, Some(&owner), "alpha", &[("at", "9:20 pm"), ("key", "desk-key-3"), ("notes", "typed at length")]).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
        assert!(late.text.contains("Book it all the same") && late.text.contains("typed at length") && late.text.contains("9:20 pm"), "{}", late.text);
        assert_eq!(of_rita(&site).await.len(), 0);
        let meant = send(&site, Some(&owner), "alpha", &[("at", "9:20 pm"), ("key", "desk-key-3"), ("anyway", "true")]).await;
        assert_eq!(meant.status, StatusCode::FOUND, "{}", meant.text);
        assert_eq!(of_rita(&site).await.len(), 1);
        for (field, value, why) in [("at", "soon", "Enter a time like"), ("at", "25:00", "Enter a time like"), ("length", "7", "lengths on offer"), ("with", "x", "somebody who offers"), ("name", " ", "Enter the client")] {
            let refused = send(&site, Some(&owner), "alpha", &[("key", "desk-key-4"), ("at", "10:00"), (field, value)].into_iter().filter(|(name, _)| *name != "at" || field != "at").chain((field == "at").then_some((field, value))).collect::<Vec<_>>()).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}: {}", refused.text);
            assert!(refused.text.contains(why), "{field} {value}: {}", refused.text);
        }
        let nothing = send(&site, Some(&owner), "alpha", &[("key", "desk-key-5")]).await;
        assert!(nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.text.contains("Choose a time, or enter another."));
    }

    /// Who stands at the counter is booked from this minute on.
    async fn who_is_there_is_booked_now(site: Site) {
        set_up(&site, "telehealth", |service| service["min_notice_minutes"] = json!(600)).await;
        let owner = site.log_in("alpha").await;
        let now = site.platform.clock.now().timestamp();
        let booked = send(&site, Some(&owner), "alpha", &[("walk_in", "true"), ("key", "desk-key-6"), ("service", "telehealth")]).await;
        assert_eq!(booked.status, StatusCode::FOUND, "{}", booked.text);
        let starts = of_rita(&site).await;
        let start: jiff::Timestamp = starts.first().expect("an appointment").parse().expect("a start");
        assert!((now.as_second() - start.as_second()) < 60 && start <= now, "{start} {now}");
    }

    /// Whoever is chosen on the list of clients is in the form, on every day of it, and that they were looked at is written down.
    async fn a_client_of_the_list_is_booked(site: Site) {
        let owner = site.log_in("alpha").await;
        let who = json!({ "name": "Lena Listed", "email": "lena.listed@example.com", "phone": "0412 555 077" });
        let made = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/calendar/clients", &who).await.json();
        let id = made["id"].as_str().expect("an id");
        let page = site.get_as(&owner, &format!("{PAGE}?service=sports-massage&date=2026-11-25&client={id}")).await;
        for shown in ["value=\"Lena Listed\"", "value=\"lena.listed@example.com\"", "0412 555 077", &format!("client={id}"), &format!("name=\"client\" value=\"{id}\"")] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        let audit = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(audit.contains("looked at clients’ details of one client"), "{audit}");
        let beta = site.log_in("beta").await;
        let theirs = site.get_as(&beta, &format!("/app/beta/calendar/book?client={id}")).await;
        assert!(theirs.text.contains("isn’t on the list any more") && !theirs.text.contains("Lena"), "{}", theirs.text);
    }

    /// What the address says that can't be is said, and the page shows the rest.
    async fn nonsense_in_the_address_is_said(site: Site) {
        let owner = site.log_in("alpha").await;
        for query in ["service=nothing", "date=yesterday", "with=x", "with=00000000-0000-0000-0000-000000000000", "length=x", "date=9999-12-31", "date=-009999-01-01", "at=%00", "client=x"] {
            let page = site.get_as(&owner, &format!("{PAGE}?{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{query}: {}", page.text);
            assert!(page.text.contains("Book it"), "{query}");
        }
    }

    /// A stranger and another organisation book nothing here.
    async fn nobody_else_books_at_the_desk(site: Site) {
        let beta = site.log_in("beta").await;
        let fields = [("at", "10:00"), ("key", "desk-key-7"), ("anyway", "true")];
        assert_eq!(site.get_as(&beta, PAGE).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(PAGE).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(send(&site, None, "alpha", &fields).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(send(&site, Some(&beta), "alpha", &fields).await.status, StatusCode::NOT_FOUND);
        assert_eq!(of_rita(&site).await.len(), 0);
    }
}
