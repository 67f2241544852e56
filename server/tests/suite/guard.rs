//! While very many try to book, a booking takes a proof of work; nothing is asked of anybody while all is calm.

use std::sync::atomic::{AtomicUsize, Ordering};

use app::{
    admin::wire::{HealthPage, OverviewPage},
    request::ClientAddress,
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    admin::operator,
    booking_page::made,
    on_both,
    races::appointments,
    support::{Answer, ORIGIN, Site, booking},
};

const MASSAGE: &str = "sports-massage";
const PAGE: &str = "/b/alpha/sports-massage";

/// Each request has a key of its own.
static SENT: AtomicUsize = AtomicUsize::new(0);

fn fresh_key() -> String {
    format!("guarded-request-{}", SENT.fetch_add(1, Ordering::Relaxed))
}

/// Sends it from a place on the network.
async fn from(site: &Site, place: &str, mut request: Request<Body>) -> Answer {
    request.extensions_mut().insert(ClientAddress(place.parse().expect("an address")));
    site.send(request).await
}

/// Books through the API from somewhere.
async fn book(site: &Site, org: &str, place: &str, key: &str, body: &Value) -> Answer {
    let request = Request::post(format!("/api/v1/orgs/{org}/calendar/bookings"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()));
    from(site, place, request.expect("a request")).await
}

/// So many tries at alpha, each from somewhere else, of a time that is long past.
async fn tries(site: &Site, many: usize) {
    for n in 0..many {
        let place = format!("198.51.{}.{}", 100 + n / 200, n % 200 + 1);
        let answer = book(site, "alpha", &place, &fresh_key(), &booking(MASSAGE, "2026-01-05T00:00:00Z")).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
    }
}

/// More tries than people make.
async fn attack(site: &Site) {
    tries(site, 61).await;
}

async fn challenge(site: &Site, org: &str, service: &str) -> Value {
    let given = site.get(&format!("/api/v1/orgs/{org}/calendar/services/{service}/challenge")).await;
    assert_eq!(given.status, StatusCode::OK, "{given:?}");
    given.json()
}

/// The number that solves it.
fn number(challenge: &Value) -> u64 {
    let (salt, wanted) =
        (challenge["salt"].as_str().expect("a salt"), challenge["challenge"].as_str().expect("a hash"));
    let solves = |number: &u64| {
        let hash = Sha256::digest(format!("{salt}{number}"));
        wanted.starts_with(&format!("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]))
    };
    (0..=challenge["maxnumber"].as_u64().expect("a number")).find(solves).expect("it can be solved")
}

/// What is sent along with a booking.
fn proof(challenge: &Value, number: u64) -> String {
    let mut solution = challenge.clone();
    solution.as_object_mut().expect("an object").remove("maxnumber");
    solution["number"] = json!(number);
    BASE64_STANDARD.encode(solution.to_string())
}

fn solved(challenge: &Value) -> String {
    proof(challenge, number(challenge))
}

fn with_proof(start: &str, proof: &str) -> Value {
    let mut body = booking(MASSAGE, start);
    body["proof"] = json!(proof);
    body
}

/// The form as a browser without JavaScript sends it, from somewhere, with these beside what everybody sends.
async fn form(site: &Site, place: &str, start: &str, more: &[(&str, &str)]) -> Answer {
    let (made, key) = (made(site, MASSAGE, 30).await, fresh_key());
    let usual = [
        ("org", "alpha"),
        ("service", MASSAGE),
        ("start", start),
        ("zone", ""),
        ("key", key.as_str()),
        ("name", "Casey Client"),
        ("email", "casey@example.com"),
        ("phone", ""),
        ("notes", "Tight calves"),
        ("made", made.as_str()),
    ];
    let fields = usual.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).chain(more);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post("/fn/calendar/book")
        .header("sec-fetch-site", "same-origin")
        .header(header::REFERER, format!("{ORIGIN}{PAGE}?start={start}"))
        .header(header::ACCEPT, "text/html,application/xhtml+xml")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body));
    from(site, place, request.expect("a request")).await
}

/// Holds a time from somewhere.
async fn hold(site: &Site, place: &str, start: &str) -> Answer {
    let body = json!({ "service": MASSAGE, "start": start }).to_string();
    let request = Request::post("/api/v1/orgs/alpha/calendar/holds")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body));
    from(site, place, request.expect("a request")).await
}

on_both! {
    /// While all is calm nothing is asked, whatever is sent along; and as many tries as people make are no attack.
    async fn in_peace_nothing_is_asked(site: Site) {
        let starts = site.slots("alpha", MASSAGE).await;
        tries(&site, 50).await;
        let page = site.get(&format!("{PAGE}?start={}", starts[2])).await;
        assert!(page.text.contains("action=\"/fn/calendar/book\"") && !page.text.contains("data-challenge"), "{}", page.text);
        assert!(!page.text.contains("proof.js"));
        assert_eq!(book(&site, "alpha", "203.0.113.1", &fresh_key(), &booking(MASSAGE, &starts[2])).await.status, StatusCode::CREATED);
        let with_nonsense = with_proof(&starts[10], "nonsense");
        assert_eq!(book(&site, "alpha", "203.0.113.2", &fresh_key(), &with_nonsense).await.status, StatusCode::CREATED);
        assert_eq!(form(&site, "203.0.113.3", &starts[20], &[]).await.status, StatusCode::FOUND);
        assert_eq!(hold(&site, "203.0.113.4", &starts[30]).await.status, StatusCode::CREATED);
    }

    /// Under attack a program books with a sum that it did for this service of this business, a moment ago and for this booking alone.
    async fn under_attack_a_booking_takes_a_proof(site: Site) {
        let starts = site.slots("alpha", MASSAGE).await;
        attack(&site).await;
        let start = starts[2].clone();
        let place = "203.0.113.1";
        let refused = book(&site, "alpha", place, &fresh_key(), &booking(MASSAGE, &start)).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::CONFLICT, vec!["proof".to_owned()]), "{refused:?}");
        assert!(site.slots("alpha", MASSAGE).await.contains(&start), "nothing was booked");

        let given = challenge(&site, "alpha", MASSAGE).await;
        assert_eq!(given["algorithm"], "SHA-256");
        let right = number(&given);
        let of_another_service = challenge(&site, "alpha", "follow-up").await;
        let of_another_business = challenge(&site, "beta", MASSAGE).await;
        let mut longer = given.clone();
        let salt = given["salt"].as_str().expect("a salt");
        let (first, until) = salt.trim_end_matches('&').split_once("expires=").expect("an end");
        longer["salt"] = json!(format!("{first}expires={}&", until.parse::<i64>().expect("seconds") + 1_000));
        let mut spliced = given.clone();
        let digits = right.to_string();
        let (head, tail) = digits.split_at(1);
        spliced["salt"] = json!(format!("{salt}{head}"));
        for (what, wrong) in [
            ("another number", proof(&given, right + 1)),
            ("another service", solved(&of_another_service)),
            ("another business", solved(&of_another_business)),
            ("a later end", proof(&longer, right)),
            ("a moved digit", proof(&spliced, tail.parse().unwrap_or_default())),
            ("nonsense", "nonsense".to_owned()),
            ("much", "A".repeat(10_000)),
            ("no object", BASE64_STANDARD.encode("[]")),
        ] {
            let refused = book(&site, "alpha", place, &fresh_key(), &with_proof(&start, &wrong)).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{what}: {refused:?}");
        }

        let good = solved(&given);
        let key = fresh_key();
        // A booking that comes to nothing uses nothing up.
        let gone = book(&site, "alpha", place, &fresh_key(), &with_proof("2026-01-05T00:00:00Z", &good)).await;
        assert!(gone.status.is_client_error() && !gone.fields().contains(&"proof".to_owned()), "{gone:?}");
        let booked = book(&site, "alpha", place, &key, &with_proof(&start, &good)).await;
        assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
        let again = book(&site, "alpha", place, &key, &with_proof(&start, &good)).await;
        assert_eq!((again.status, &again.json()["id"]), (StatusCode::CREATED, &booked.json()["id"]), "the same request is no other booking");
        let twice = book(&site, "alpha", place, &fresh_key(), &with_proof(&starts[20], &good)).await;
        assert_eq!((twice.status, twice.fields()), (StatusCode::CONFLICT, vec!["proof".to_owned()]), "{twice:?}");

        let early = solved(&challenge(&site, "alpha", MASSAGE).await);
        site.advance(20 * 60);
        attack(&site).await;
        let expired = book(&site, "alpha", "203.0.113.2", &fresh_key(), &with_proof(&starts[20], &early)).await;
        assert_eq!(expired.status, StatusCode::CONFLICT, "{expired:?}");
        let fresh = solved(&challenge(&site, "alpha", MASSAGE).await);
        let booked = book(&site, "alpha", "203.0.113.2", &fresh_key(), &with_proof(&starts[20], &fresh)).await;
        assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
    }

    /// One solution is for one booking, also where it is sent with ten at once.
    async fn a_proof_is_spent_once(site: Site) {
        let starts = site.slots("alpha", MASSAGE).await;
        attack(&site).await;
        let good = solved(&challenge(&site, "alpha", MASSAGE).await);
        let requests = (0..10).map(|n| {
            let (site, body) = (&site, with_proof(&starts[n * 6], &good));
            async move { book(site, "alpha", &format!("203.0.113.{}", 10 + n), &fresh_key(), &body).await.status }
        });
        let outcomes = futures::future::join_all(requests).await;
        assert_eq!(outcomes.iter().filter(|status| **status == StatusCode::CREATED).count(), 1, "{outcomes:?}");
    }

    /// An attack is on one business, and is over a quarter of an hour after it ends. The business itself books as ever, and looking takes
    /// nothing.
    async fn an_attack_is_on_one_business_and_ends(site: Site) {
        let (starts, theirs) = (site.slots("alpha", MASSAGE).await, site.slots("beta", MASSAGE).await);
        let owner = site.log_in("alpha").await;
        attack(&site).await;
        assert_eq!(book(&site, "beta", "203.0.113.1", &fresh_key(), &booking(MASSAGE, &theirs[2])).await.status, StatusCode::CREATED);
        for path in ["/b/alpha", PAGE, "/api/v1/orgs/alpha/calendar/services", "/api/v1/orgs/alpha/calendar/services/sports-massage/slots"] {
            let page = site.get(path).await;
            assert!(page.status == StatusCode::OK && !page.text.contains("data-challenge"), "{path}");
        }
        let desk = Request::post("/api/v1/orgs/alpha/calendar/appointments")
            .header(header::COOKIE, &owner)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", fresh_key())
            .body(Body::from(json!({ "service": MASSAGE, "start": starts[2], "name": "Casey Client" }).to_string()));
        let made = from(&site, "203.0.113.9", desk.expect("a request")).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let own = site.book("alpha", &fresh_key(), &booking(MASSAGE, &starts[20])).await;
        assert_eq!(own.status, StatusCode::CONFLICT, "it is asked of this machine, too, which isn't counted");
        site.advance(15 * 60);
        assert_eq!(book(&site, "alpha", "203.0.113.1", &fresh_key(), &booking(MASSAGE, &starts[20])).await.status, StatusCode::CREATED);
        assert!(!site.get(&format!("{PAGE}?start={}", starts[30])).await.text.contains("data-challenge"));
    }

    /// A flood from a few places asks nothing of anybody else.
    async fn a_flood_from_few_places_is_no_attack(site: Site) {
        let start = site.slots("alpha", MASSAGE).await[2].clone();
        for n in 0..100 {
            let place = format!("198.51.100.{}", n % 5 + 1);
            book(&site, "alpha", &place, &fresh_key(), &booking(MASSAGE, "2026-01-05T00:00:00Z")).await;
        }
        assert_eq!(book(&site, "alpha", "203.0.113.1", &fresh_key(), &booking(MASSAGE, &start)).await.status, StatusCode::CREATED);
    }

    /// Under attack the form has a sum in it. One that comes back with a wrong one keeps what was typed, and has another.
    async fn the_form_brings_a_sum(site: Site) {
        let starts = site.slots("alpha", MASSAGE).await;
        attack(&site).await;
        let page = site.get(&format!("{PAGE}?start={}", starts[2])).await;
        assert_eq!(page.status, StatusCode::OK);
        let sum = |page: &Answer| -> Value {
            let text = page.text.split("data-challenge=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a sum");
            serde_json::from_str(&text.replace("&quot;", "\"").replace("&amp;", "&")).expect("JSON")
        };
        assert!(page.text.contains("src=\"/proof.js?v=") && page.text.contains("Without JavaScript we take one a minute"), "{}", page.text);
        let given = sum(&page);
        let wrong = form(&site, "203.0.113.1", &starts[2], &[("proof", &proof(&given, number(&given) + 1))]).await;
        assert_eq!(wrong.status, StatusCode::CONFLICT);
        assert!(wrong.text.contains("press the button once more") && wrong.text.contains("Tight calves"), "{}", wrong.text);
        let another = sum(&wrong);
        assert_ne!(another["challenge"], given["challenge"]);
        let booked = form(&site, "203.0.113.1", &starts[2], &[("proof", &solved(&another))]).await;
        assert_eq!(booked.status, StatusCode::FOUND, "{}", booked.text);
        assert!(booked.location().starts_with("/manage/"), "{booked:?}");
    }

    /// A browser without JavaScript books under attack when it is its turn: one a minute from each place, and one in twenty seconds in
    /// all. Whoever waits is told for how long, and keeps what they typed; who mistyped doesn't lose their turn.
    async fn without_javascript_there_is_a_turn(site: Site) {
        let starts = site.slots("alpha", MASSAGE).await;
        attack(&site).await;
        let mistyped = form(&site, "203.0.113.1", &starts[2], &[("email", "nonsense")]).await;
        assert_eq!(mistyped.status, StatusCode::UNPROCESSABLE_ENTITY);
        let first = form(&site, "203.0.113.1", &starts[2], &[]).await;
        assert_eq!(first.status, StatusCode::FOUND, "{}", first.text);
        let same = form(&site, "203.0.113.1", &starts[10], &[]).await;
        assert_eq!((same.status, &same.headers[header::RETRY_AFTER]), (StatusCode::TOO_MANY_REQUESTS, &"60".parse().expect("a value")));
        assert!(same.text.contains("press the button again in 60 seconds") && same.text.contains("Tight calves"), "{}", same.text);
        let other = form(&site, "203.0.113.2", &starts[10], &[]).await;
        assert_eq!(other.headers[header::RETRY_AFTER], "20");
        site.advance(20);
        assert_eq!(form(&site, "203.0.113.2", &starts[10], &[]).await.status, StatusCode::FOUND);
        site.advance(40);
        assert_eq!(form(&site, "203.0.113.1", &starts[20], &[]).await.status, StatusCode::FOUND);
        assert_eq!(appointments(&site).await.iter().filter(|one| one["notes"] == "Tight calves").count(), 3);
    }

    /// Forms that programs fill in are tries, too.
    async fn programs_that_are_sent_back_are_counted(site: Site) {
        let start = site.slots("alpha", MASSAGE).await[2].clone();
        for n in 0..61 {
            let place = format!("198.51.100.{}", n + 1);
            let sent_back = form(&site, &place, &start, &[("website", "https://spam.example")]).await;
            assert_eq!(sent_back.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let page = site.get(&format!("{PAGE}?start={start}")).await;
        assert!(page.text.contains("data-challenge"), "{}", page.text);
        assert!(!site.get(&format!("/b/beta/{MASSAGE}?start={start}")).await.text.contains("data-challenge"));
    }

    /// Under attack one address holds one time, so that few can't hold all there is; others still hold theirs.
    async fn under_attack_one_address_holds_one_time(site: Site) {
        let starts = site.slots("alpha", MASSAGE).await;
        attack(&site).await;
        assert_eq!(hold(&site, "203.0.113.1", &starts[2]).await.status, StatusCode::CREATED);
        let second = hold(&site, "203.0.113.1", &starts[10]).await;
        assert_eq!(second.status, StatusCode::TOO_MANY_REQUESTS, "{second:?}");
        assert_eq!(hold(&site, "203.0.113.2", &starts[10]).await.status, StatusCode::CREATED);
    }

    /// Whoever runs the platform sees who is under attack, and since when, and what to do.
    async fn the_operator_is_told_of_an_attack(site: Site) {
        let operator = operator(&site).await;
        let fact = async || {
            let page: HealthPage = site.read(&operator, "/fn/admin/health").await.expect("health");
            page.facts.into_iter().find(|fact| fact.label == "Attacks").expect("it is told")
        };
        let words = async || -> Vec<String> {
            let page: OverviewPage = site.read(&operator, "/fn/admin/overview").await.expect("the overview");
            page.attention.into_iter().map(|line| line.words).collect()
        };
        let calm = fact().await;
        assert_eq!((calm.value.as_str(), calm.alarming), ("none", false));
        attack(&site).await;
        let told = fact().await;
        assert_eq!((told.value.as_str(), told.alarming), ("Alpha Clinic", true), "{told:?}");
        assert!(words().await.contains(&"Under attack: Alpha Clinic".to_owned()));
        site.advance(15 * 60);
        assert_eq!(fact().await.value, "none");
    }
}
