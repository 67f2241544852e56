//! An organisation has addresses of its own told what happens in it: signed, in order, at least once, and of nobody's personal details.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use app::{
    db::Access,
    fetch::{Allowance, Fetcher},
    ids::OrgId,
    modules::MODULES,
    org::{Actor, OrgRef, OrgTx, Role},
    permissions, platform_sql,
    webhooks::{deliver, events},
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use standardwebhooks::Webhook;
use tokio::sync::Notify;

use crate::{
    on_both,
    support::{Answer, Site, booking},
};

const API: &str = "/api/v1/orgs/alpha/webhooks";
const PAGE: &str = "/app/alpha/settings/webhooks";
const OWNER: &str = "owner@alpha.example.com";
const SERVICE: &str = "follow-up";
const DAY: i64 = 24 * 60 * 60;

/// What came, as it came.
#[derive(Debug, Clone)]
struct Came {
    headers: HeaderMap,
    body: String,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn id(&self) -> &str {
        self.header("webhook-id")
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    /// One of its signatures is by this secret: worked out here, without the product's help.
    fn is_signed_by(&self, secret: &str) -> bool {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body).as_bytes());
        let right = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').any(|signature| signature == right)
    }
}

/// Another program on this machine, which is told what happens.
#[derive(Clone, Default)]
struct Receiver {
    came: Arc<Mutex<Vec<Came>>>,
    /// What it answers next; once that is used up, 204.
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    /// It takes what comes and then says nothing, until it is told to.
    hangs: Arc<Mutex<bool>>,
    rings: Arc<Notify>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/hook?key=secret-in-the-address", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, address)
    }

    /// What came since the last time.
    fn came(&self) -> Vec<Came> {
        std::mem::take(&mut *self.came.lock().expect("what came"))
    }

    fn answers(&self, status: u16, body: &str) {
        self.answers.lock().expect("the answers").push_back((status, body.to_owned()));
    }

    fn hangs(&self, hangs: bool) {
        *self.hangs.lock().expect("whether it hangs") = hangs;
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).expect("text");
    receiver.came.lock().expect("what came").push(Came { headers, body });
    receiver.rings.notify_one();
    if *receiver.hangs.lock().expect("whether it hangs") {
        std::future::pending::<()>().await;
    }
    let answer = receiver.answers.lock().expect("the answers").pop_front();
    let (status, body) = answer.unwrap_or((204, String::new()));
    (StatusCode::from_u16(status).expect("a status"), body).into_response()
}

/// In development, where addresses may be on this machine.
fn allow_this_machine(site: &Site) {
    site.platform.fetch_by(Fetcher::new(Allowance::this_machine()).expect("a fetcher"));
}

async fn add(site: &Site, cookie: &str, url: &str, events: &[&str]) -> Answer {
    let body = json!({ "name": "Accounting", "url": url, "events": events });
    site.json(Method::POST, Some(cookie), API, &body).await
}

/// A webhook that is told all: its id and its secret.
async fn added(site: &Site, url: &str) -> (String, String) {
    let made = add(site, &site.log_in("alpha").await, url, &["*"]).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    (text(&made["id"]), text(&made["secret"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Books the nth free time; the appointment's id.
async fn book(site: &Site, org: &str, nth: usize) -> String {
    let start = site.slots(org, SERVICE).await[nth].clone();
    let made = site.book(org, &format!("webhook-key-{org}-{nth}-{start}"), &booking(SERVICE, &start)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    text(&made.json()["id"])
}

async fn send(site: &Site) -> usize {
    deliver::deliver(&site.platform).await.expect("it is sent")
}

fn later(site: &Site, seconds: i64) {
    site.platform.clock.set(site.platform.clock.now().plus_seconds(seconds).timestamp());
}

async fn deliveries(site: &Site, id: &str) -> Vec<Value> {
    let owner = site.log_in("alpha").await;
    let listed = site.get_as(&owner, &format!("{API}/{id}/deliveries")).await;
    listed.json().as_array().expect("a list").clone()
}

async fn webhook(site: &Site, id: &str) -> Value {
    let owner = site.log_in("alpha").await;
    site.get_as(&owner, &format!("{API}/{id}")).await.json()
}

async fn ask(site: &Site, id: &str, verb: &str) -> Answer {
    let owner = site.log_in("alpha").await;
    site.json(Method::POST, Some(&owner), &format!("{API}/{id}/{verb}"), &json!({})).await
}

/// How many messages there are, of every organisation.
async fn count(site: &Site) -> i64 {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let (count,) = platform_sql!(one(i64,), &mut tx, "SELECT count(*) FROM webhook_deliveries").expect("a number");
    tx.rollback().await.expect("an end");
    count
}

#[test]
fn what_can_be_told_can_happen() {
    let known: Vec<&str> = MODULES.iter().flat_map(|module| module.happenings()).map(|(name, _)| *name).collect();
    let mut names = Vec::new();
    for event in events().flat_map(|(_, events)| events) {
        assert!(known.contains(&event.name), "{} never happens", event.name);
        assert!(!event.label.is_empty() && !event.label.ends_with('.'), "{}", event.label);
        names.push(event.name);
    }
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert!(all == names.len() && all > 5, "{names:?}");
}

on_both! {
    /// What happens is told, signed as the specification says, with ids and times and nothing personal.
    async fn an_event_is_sent_signed(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, secret) = added(&site, &url).await;
        let appointment = book(&site, "alpha", 0).await;
        assert_eq!(send(&site).await, 1);
        assert_eq!(send(&site).await, 0, "once is enough");
        let came = receiver.came();
        let [message] = came.as_slice() else { panic!("{came:?}") };
        assert_eq!(message.header("content-type"), "application/json");
        assert!(message.header("user-agent").starts_with("Devalo/"));
        assert!(message.id().starts_with("msg_"));
        assert!(message.is_signed_by(&secret));
        let seconds: i64 = message.header("webhook-timestamp").parse().expect("seconds");
        assert_eq!(seconds, site.platform.clock.now().timestamp().as_second());
        let by_theirs = Webhook::new(&secret).expect("a secret").sign(message.id(), seconds, message.body.as_bytes()).expect("a signature");
        assert_eq!(message.header("webhook-signature"), by_theirs, "as a library of the specification's authors signs");
        let told = message.json();
        assert_eq!(told["type"], "calendar.appointment_booked");
        assert_eq!(told["timestamp"], "2026-11-22T22:00:00Z");
        assert_eq!(told["data"]["id"], json!(appointment));
        assert_eq!(told["data"]["status"], "booked");
        assert!(told["data"]["starts_at"].is_string() && told["data"]["service_id"].is_string());
        for personal in ["Casey", "casey@", "0412", "412345678", "Client\""] {
            assert!(!message.body.contains(personal), "{personal}: {}", message.body);
        }
        let listed = deliveries(&site, &id).await;
        let [line] = listed.as_slice() else { panic!("{listed:?}") };
        assert_eq!((&line["state"], &line["status"], &line["attempts"]), (&json!("delivered"), &json!(204), &json!(1)));
        assert!(line["took_millis"].is_i64() && line["next_try_at"].is_null());
        assert_eq!(message.id(), format!("msg_{}", text(&line["id"]).replace('-', "")));
    }

    /// What is booked, moved and cancelled comes in that order, each as it was then.
    async fn what_happens_comes_in_order(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        added(&site, &url).await;
        let starts = site.slots("alpha", SERVICE).await;
        let made = site.book("alpha", "webhook-order-1", &booking(SERVICE, &starts[0])).await.json();
        let token = text(&made["token"]);
        let own = format!("/api/v1/calendar/manage/{token}");
        let version = site.get(&own).await.json()["version"].clone();
        let to = json!({ "start": starts[6], "zone": "Australia/Sydney", "version": version });
        let moved = site.json(Method::POST, None, &format!("{own}/move"), &to).await;
        assert_eq!(moved.status, StatusCode::NO_CONTENT, "{moved:?}");
        let version = site.get(&own).await.json()["version"].clone();
        let cancelled = site.json(Method::POST, None, &format!("{own}/cancel"), &json!({ "version": version })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
        assert_eq!(send(&site).await, 3);
        let came = receiver.came();
        let kinds: Vec<String> = came.iter().map(Came::kind).collect();
        assert_eq!(kinds, ["calendar.appointment_booked", "calendar.appointment_moved", "calendar.appointment_cancelled"]);
        assert_eq!(came[0].json()["data"]["starts_at"], json!(starts[0]));
        assert_eq!(came[1].json()["data"]["starts_at"], json!(starts[6]));
        assert_eq!(came[2].json()["data"]["status"], "cancelled");
        for message in came {
            assert!(!message.body.contains("Casey") && !message.body.contains("example.com") && !message.body.contains("0412"), "{}", message.body);
        }
    }

    /// Whoever chose some events isn't told of others, and another organisation's aren't theirs.
    async fn only_what_was_chosen_is_told(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let owner = site.log_in("alpha").await;
        assert_eq!(add(&site, &owner, &url, &["calendar.appointment_cancelled"]).await.status, StatusCode::CREATED);
        let id = book(&site, "alpha", 0).await;
        book(&site, "beta", 0).await;
        assert_eq!(count(&site).await, 0);
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{id}");
        let version = site.get_as(&owner, &path).await.json()["version"].clone();
        let ended = site.json(Method::POST, Some(&owner), &format!("{path}/cancel"), &json!({ "version": version })).await;
        assert_eq!(ended.status, StatusCode::NO_CONTENT, "{ended:?}");
        assert_eq!(send(&site).await, 1);
        assert_eq!(receiver.came().iter().map(Came::kind).collect::<Vec<_>>(), ["calendar.appointment_cancelled"]);
    }

    /// What didn't happen isn't told: neither a booking that was refused, nor work that was undone.
    async fn what_is_undone_queues_nothing(site: Site) {
        allow_this_machine(&site);
        let (_, url) = Receiver::start().await;
        added(&site, &url).await;
        let start = site.slots("alpha", SERVICE).await[0].clone();
        let refused = site.book("alpha", "webhook-undone-1", &json!({ "service": SERVICE, "start": start, "name": "", "email": "x", "phone": "", "notes": "" })).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let actor = Actor::System("a test");
        let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::ENTER, Access::Write).await.expect("opened");
        tx.emit("calendar.closures_saved", site.alpha.0).await.expect("it is noted");
        tx.rollback().await.expect("undone");
        assert_eq!(count(&site).await, 0);
        let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::ENTER, Access::Write).await.expect("opened");
        tx.emit("calendar.closures_saved", site.alpha.0).await.expect("it is noted");
        // Nobody can be told of this one.
        tx.emit("platform.details_saved", site.alpha.0).await.expect("it is noted");
        tx.commit().await.expect("done");
        assert_eq!(count(&site).await, 1);
        assert_eq!(site.book("alpha", "webhook-undone-2", &booking(SERVICE, &start)).await.status, StatusCode::CREATED);
        assert_eq!(count(&site).await, 2);
    }

    /// What isn't taken is tried again after the pauses that are said, with the same id, and given up in the end. It can be sent again.
    async fn it_is_tried_again(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, secret) = added(&site, &url).await;
        book(&site, "alpha", 0).await;
        let pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        let mut ids = Vec::new();
        for (nth, pause) in pauses.into_iter().enumerate() {
            receiver.answers(500, "<b>no</b> room\u{0}");
            assert_eq!(send(&site).await, 1, "try {nth}");
            assert_eq!(send(&site).await, 0, "not at once");
            later(&site, pause - 1);
            assert_eq!(send(&site).await, 0, "not before its time");
            later(&site, 1);
            let came = receiver.came();
            assert!(came.len() == 1 && came[0].is_signed_by(&secret), "{came:?}");
            ids.push(came[0].id().to_owned());
        }
        receiver.answers(503, "");
        assert_eq!(send(&site).await, 1);
        ids.extend(receiver.came().iter().map(|message| message.id().to_owned()));
        assert!(ids.len() == 10 && ids.iter().all(|one| *one == ids[0]), "{ids:?}");
        later(&site, 2 * DAY);
        assert_eq!(send(&site).await, 0, "it is given up");
        let listed = deliveries(&site, &id).await;
        assert_eq!((&listed[0]["state"], &listed[0]["attempts"], &listed[0]["status"]), (&json!("failed"), &json!(10), &json!(503)));

        let owner = site.log_in("alpha").await;
        let again = format!("/api/v1/orgs/alpha/webhook-deliveries/{}", text(&listed[0]["id"]));
        let asked = site.json(Method::POST, Some(&owner), &format!("{again}/send-again"), &json!({})).await;
        assert_eq!(asked.status, StatusCode::ACCEPTED, "{asked:?}");
        receiver.answers(200, "thanks");
        assert_eq!(send(&site).await, 1);
        assert_eq!(receiver.came()[0].id(), ids[0], "with the same id");
        let whole = site.get_as(&owner, &again).await.json();
        assert_eq!((&whole["state"], &whole["answer"], &whole["attempts"]), (&json!("delivered"), &json!("thanks"), &json!(1)));
        assert_eq!(whole["payload"]["type"], "calendar.appointment_booked");
    }

    /// One that waits for its next try doesn't hold back what happens after it; what was answered is shown, as far as it goes.
    async fn one_that_fails_holds_nothing_back(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, _) = added(&site, &url).await;
        let (first, second) = (book(&site, "alpha", 0).await, book(&site, "alpha", 6).await);
        receiver.answers(302, &"é".repeat(3_000));
        assert_eq!(send(&site).await, 2);
        let came: Vec<Value> = receiver.came().iter().map(|message| message.json()["data"]["id"].clone()).collect();
        assert_eq!(came, [json!(first), json!(second)]);
        let listed = deliveries(&site, &id).await;
        assert_eq!((&listed[0]["state"], &listed[1]["state"]), (&json!("delivered"), &json!("waiting")), "the newest first");
        assert_eq!(listed[1]["next_try_at"], "2026-11-22T22:00:05Z");
        let owner = site.log_in("alpha").await;
        let whole = site.get_as(&owner, &format!("/api/v1/orgs/alpha/webhook-deliveries/{}", text(&listed[1]["id"]))).await.json();
        assert_eq!(whole["answer"].as_str().expect("an answer").chars().count(), 1_000);
    }

    /// One who is killed after it was sent, and before that is written down, is made up for: it comes again, with the same id.
    async fn a_killed_sender_is_made_up_for(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, _) = added(&site, &url).await;
        book(&site, "alpha", 0).await;
        receiver.hangs(true);
        let platform = site.platform.clone();
        let sender = tokio::spawn(async move { deliver::deliver(&platform).await });
        receiver.rings.notified().await;
        sender.abort();
        assert!(sender.await.is_err(), "it is dead");
        receiver.hangs(false);
        let first = receiver.came();
        assert_eq!(first.len(), 1);
        assert_eq!(send(&site).await, 0, "whoever had it may still be at it");
        later(&site, 60);
        assert_eq!(send(&site).await, 1);
        let again = receiver.came();
        assert_eq!((again.len(), again[0].id()), (1, first[0].id()));
        assert_eq!(again[0].body, first[0].body);
        assert_eq!(deliveries(&site, &id).await[0]["state"], "delivered");
    }

    /// A clock that is set back by an hour while somebody has an address, and dies with it, holds nobody up: neither the address nor
    /// what was to be told.
    async fn a_clock_set_back_holds_nobody_up(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        added(&site, &url).await;
        book(&site, "alpha", 0).await;
        receiver.hangs(true);
        let platform = site.platform.clone();
        let sender = tokio::spawn(async move { deliver::deliver(&platform).await });
        receiver.rings.notified().await;
        sender.abort();
        assert!(sender.await.is_err(), "it is dead");
        receiver.hangs(false);
        site.advance(-3_600);
        app::jobs::after_a_step_back(&site.platform).await.expect("it is put right");
        assert_eq!(send(&site).await, 1);
        assert_eq!(receiver.came().len(), 2, "at least once");
    }

    /// Several who look at once send each message once.
    async fn several_senders_send_it_once(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        added(&site, &url).await;
        for nth in [0, 6, 12] {
            book(&site, "alpha", nth).await;
        }
        let sent = futures::future::join_all((0..4).map(|_| send(&site))).await;
        assert_eq!(sent.iter().sum::<usize>() + send(&site).await, 3);
        let mut ids: Vec<String> = receiver.came().iter().map(|message| message.id().to_owned()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3);
    }

    /// An address that says that it is gone is told nothing more, and the owner hears of it.
    async fn one_that_is_gone_is_switched_off(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, _) = added(&site, &url).await;
        site.mailed().await;
        book(&site, "alpha", 0).await;
        receiver.answers(410, "");
        assert_eq!(send(&site).await, 1);
        assert_eq!(webhook(&site, &id).await["state"], "gone");
        let letters = site.mailed().await;
        let mut told = letters.iter().filter(|letter| letter.subject == "A webhook is switched off: Alpha Clinic");
        let (Some(letter), None) = (told.next(), told.next()) else { panic!("{letters:?}") };
        assert_eq!(letter.to, OWNER);
        assert!(letter.text().contains(&format!("{PAGE}/{id}")), "{}", letter.text());
        book(&site, "alpha", 6).await;
        later(&site, DAY);
        assert_eq!(send(&site).await, 0);
        assert_eq!(count(&site).await, 1, "what happens meanwhile isn’t kept for it");
        assert_eq!(ask(&site, &id, "test").await.status, StatusCode::CONFLICT);
        let page = site.get_as(&site.log_in("alpha").await, &format!("{PAGE}/{id}")).await.text;
        assert!(page.contains("it is gone for good") && page.contains("Switch it on"), "{page}");
        assert_eq!(ask(&site, &id, "resume").await.json()["state"], "active");
        assert_eq!(send(&site).await, 1, "what waited is sent");
        let log = site.get_as(&site.log_in("alpha").await, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("switched off the webhook “Accounting”") && log.contains("switched on the webhook “Accounting”"), "{log}");
    }

    /// An address that takes nothing for five days is switched off; one that takes something in between isn't.
    async fn one_that_fails_for_days_is_switched_off(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, _) = added(&site, &url).await;
        for day in 0..9 {
            ask(&site, &id, "test").await;
            receiver.answers(if day == 2 { 200 } else { 500 }, "");
            // What is tried again isn't taken either.
            for _ in 0..20 {
                if day != 2 {
                    receiver.answers(500, "");
                }
            }
            send(&site).await;
            receiver.answers.lock().expect("the answers").clear();
            let state = webhook(&site, &id).await["state"].clone();
            // The first that isn't taken after the one that was is of the third day.
            assert_eq!(state, if day < 8 { "active" } else { "failing" }, "day {day}");
            later(&site, DAY);
        }
        let letters = site.mailed().await;
        let letter = letters.iter().find(|letter| letter.subject.starts_with("A webhook is switched off")).expect("a letter");
        assert!(letter.to == OWNER && letter.text().contains("taken nothing from us for five days"), "{letter:?}");
    }

    /// Both secrets sign for a day, then the new one alone.
    async fn a_secret_is_exchanged(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, old) = added(&site, &url).await;
        let new = text(&ask(&site, &id, "rotate-secret").await.json()["secret"]);
        assert_ne!(new, old);
        assert_eq!(webhook(&site, &id).await["old_secret_until"], "2026-11-23T22:00:00Z");
        ask(&site, &id, "test").await;
        send(&site).await;
        let both = receiver.came();
        assert!(both[0].is_signed_by(&old) && both[0].is_signed_by(&new));
        assert_eq!(both[0].kind(), "webhook.test");
        later(&site, DAY);
        ask(&site, &id, "test").await;
        send(&site).await;
        let one = receiver.came();
        assert!(!one[0].is_signed_by(&old) && one[0].is_signed_by(&new));
        assert!(webhook(&site, &id).await["old_secret_until"].is_null());
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (kept,) = platform_sql!(one(i64,), &mut tx, "SELECT count(*) FROM webhooks WHERE old_secret IS NOT NULL").expect("a number");
        assert_eq!(kept, 0, "the old one isn’t kept either");
        tx.rollback().await.expect("an end");
    }

    /// While it is paused nothing is sent and nothing is queued; what waited goes out afterwards.
    async fn it_can_be_paused(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, _) = added(&site, &url).await;
        book(&site, "alpha", 0).await;
        assert_eq!(ask(&site, &id, "pause").await.json()["state"], "paused");
        assert_eq!(ask(&site, &id, "pause").await.status, StatusCode::OK, "twice is the same as once");
        book(&site, "alpha", 6).await;
        assert_eq!((send(&site).await, count(&site).await), (0, 1));
        assert_eq!(ask(&site, &id, "test").await.status, StatusCode::CONFLICT);
        ask(&site, &id, "resume").await;
        assert_eq!((send(&site).await, receiver.came().len()), (1, 1));
    }

    /// Addresses inside our own network, or without encryption, are refused, and so is all else that can’t be.
    async fn bad_addresses_are_refused(site: Site) {
        let owner = site.log_in("alpha").await;
        for bad in [
            "", "accounting", "http://example.com/hook", "https://127.0.0.1/hook", "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest",
            "https://example.com:8080/", "https://me:word@example.com/", "ftp://example.com/", "https://192.168.1.1/", "https://0x7f000001/",
        ] {
            let refused = add(&site, &owner, bad, &["*"]).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["url".to_owned()]), "{bad}");
        }
        let good = "https://hooks.example.com/devalo";
        for (body, fields) in [
            (json!({ "name": " ", "url": good, "events": ["*"] }), vec!["name"]),
            (json!({ "name": "Accounting", "url": good, "events": [] }), vec!["events"]),
            (json!({ "name": "Accounting", "url": good, "events": ["calendar.nothing"] }), vec!["events"]),
            (json!({ "name": "", "url": "x", "events": [] }), vec!["name", "url", "events"]),
        ] {
            let refused = site.json(Method::POST, Some(&owner), API, &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, fields.into_iter().map(str::to_owned).collect()), "{body}");
        }
        for nth in 0..10 {
            assert_eq!(add(&site, &owner, good, &["*"]).await.status, StatusCode::CREATED, "{nth}");
        }
        let eleventh = add(&site, &owner, good, &["*"]).await;
        assert!(eleventh.status == StatusCode::CONFLICT && eleventh.text.contains("10 webhooks"), "{eleventh:?}");
        assert!(!site.get_as(&owner, PAGE).await.text.contains("webhooks/new"));
    }

    /// A name that stands for an address of ours is found out when something is sent: nothing arrives.
    async fn an_address_of_ours_is_never_reached(site: Site) {
        let (receiver, url) = Receiver::start().await;
        let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next()).expect("a port").to_owned();
        // As it would be set up in development, where plain http is allowed; but this machine isn't.
        site.platform.fetch_by(Fetcher::new(Allowance::of(Vec::new())).expect("a fetcher"));
        let owner = site.log_in("alpha").await;
        let made = add(&site, &owner, &format!("http://localhost:{port}/hook"), &["*"]).await;
        assert_eq!(made.status, StatusCode::CREATED, "a name can’t be judged before it is looked up: {made:?}");
        let id = text(&made.json()["id"]);
        ask(&site, &id, "test").await;
        assert_eq!(send(&site).await, 1);
        assert!(receiver.came().is_empty());
        let listed = deliveries(&site, &id).await;
        assert!(listed[0]["status"].is_null() && text(&listed[0]["error"]).contains("couldn’t reach"), "{listed:?}");
        assert_eq!(listed[0]["state"], "waiting");
    }

    /// Who isn't an admin can do nothing with them, and nobody of another organisation finds them.
    async fn they_are_for_admins_alone(site: Site) {
        allow_this_machine(&site);
        let (_, url) = Receiver::start().await;
        let (id, _) = added(&site, &url).await;
        ask(&site, &id, "test").await;
        let message = text(&deliveries(&site, &id).await[0]["id"]);
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        let (_, manager) = site.join(site.alpha, "manager@example.com", Role::Manager).await;
        let stranger = site.log_in("beta").await;
        let body = json!({ "name": "Mine", "url": url, "events": ["*"], "version": 1 });
        let calls = [
            (Method::GET, API.to_owned()), (Method::POST, API.to_owned()), (Method::GET, format!("{API}/{id}")), (Method::PUT, format!("{API}/{id}")), (Method::DELETE, format!("{API}/{id}")),
            (Method::POST, format!("{API}/{id}/pause")), (Method::POST, format!("{API}/{id}/resume")), (Method::POST, format!("{API}/{id}/rotate-secret")), (Method::POST, format!("{API}/{id}/test")),
            (Method::GET, format!("{API}/{id}/deliveries")), (Method::GET, format!("/api/v1/orgs/alpha/webhook-deliveries/{message}")),
            (Method::POST, format!("/api/v1/orgs/alpha/webhook-deliveries/{message}/send-again")), (Method::GET, "/api/v1/orgs/alpha/webhook-events".to_owned()),
        ];
        for (method, path) in &calls {
            for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&manager), StatusCode::FORBIDDEN), (Some(&stranger), StatusCode::NOT_FOUND)] {
                let answer = site.json(method.clone(), cookie.map(String::as_str), path, &body).await;
                assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
            }
            // By their ids in one's own organisation.
            if path.contains(&id) || path.contains(&message) {
                let answer = site.json(method.clone(), Some(&stranger), &path.replace("/alpha/", "/beta/"), &body).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}: {answer:?}");
            }
        }
        for path in [PAGE.to_owned(), format!("{PAGE}/new"), format!("{PAGE}/{id}"), format!("{PAGE}/{id}/{message}")] {
            assert_eq!(site.get_as(&admin, &path).await.status, StatusCode::OK, "{path}");
            assert_eq!(site.get_as(&manager, &path).await.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(site.get_as(&stranger, &path).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(site.get(&path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        assert_eq!(site.get_as(&stranger, &format!("/app/beta/settings/webhooks/{id}")).await.status, StatusCode::NOT_FOUND);

        let wanted = json!({ "name": "Zap", "scopes": ["platform.webhooks"] });
        let owner = site.log_in("alpha").await;
        let token = text(&site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/tokens", &wanted).await.json()["secret"]);
        assert_eq!(site.bearer(&token, API).await.status, StatusCode::OK);
        assert_eq!(site.bearer(&token, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::FORBIDDEN, "ids alone open nothing");
    }

    /// Two who change one at once hear of each other.
    async fn a_change_from_an_old_version_is_refused(site: Site) {
        let owner = site.log_in("alpha").await;
        let made = add(&site, &owner, "https://hooks.example.com/a", &["*"]).await;
        let path = format!("{API}/{}", text(&made.json()["id"]));
        let change = |name: &str, version: i64| json!({ "name": name, "url": "https://hooks.example.com/b", "events": ["calendar.appointment_moved", "calendar.appointment_booked"], "version": version });
        let first = site.json(Method::PUT, Some(&owner), &path, &change("Books", 1)).await;
        assert_eq!(first.status, StatusCode::OK, "{first:?}");
        let first = first.json();
        assert_eq!((&first["version"], &first["url"], &first["events"]), (&json!(2), &json!("https://hooks.example.com/b"), &json!(["calendar.appointment_booked", "calendar.appointment_moved"])));
        let second = site.json(Method::PUT, Some(&owner), &path, &change("Ledger", 1)).await;
        assert_eq!((second.status, second.fields(), second.json()["version"].clone()), (StatusCode::CONFLICT, vec!["name".to_owned()], json!(2)));
        let without = json!({ "name": "Ledger", "url": "https://hooks.example.com/b", "events": ["*"] });
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &without).await.fields(), ["version"]);
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &change("Ledger", 2)).await.json()["name"], "Ledger");
        assert_eq!(site.json(Method::DELETE, Some(&owner), &path, &json!({})).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.json(Method::DELETE, Some(&owner), &path, &json!({})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&owner, &path).await.status, StatusCode::NOT_FOUND);
    }

    /// All of it without a script: added, tried out, looked into, exchanged, paused, deleted.
    async fn the_pages_do_all_of_it(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let owner = site.log_in("alpha").await;
        let empty = site.get_as(&owner, PAGE).await;
        assert!(empty.status == StatusCode::OK && empty.text.contains("No webhooks yet") && empty.text.contains("webhooks/new"), "{empty:?}");
        let new = format!("{PAGE}/new");
        let form = site.get_as(&owner, &new).await.text;
        assert!(form.contains("An appointment is booked") && form.contains("What is it told?"), "{form}");
        let send_form = async |path: &str, referer: &str, fields: &[(&str, &str)]| {
            let all = [&[("org", "alpha")], fields].concat();
            site.form(Some(&owner), &format!("/fn/settings/webhooks/{path}"), referer, &all).await
        };
        let refused = send_form("add", &new, &[("name", "Till"), ("url", "nowhere"), ("which", "some")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("id=\"field-url-error\"") && refused.text.contains("id=\"field-events-error\"") && refused.text.contains("value=\"Till\""), "{}", refused.text);
        let made = send_form("add", &new, &[("name", "Till"), ("url", &url), ("which", "some"), ("events[]", "calendar.appointment_booked")]).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        let secret = |page: &str| {
            let field = page.split("id=\"new-secret\"").nth(1).unwrap_or_else(|| panic!("no secret in {page}"));
            field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the secret").to_owned()
        };
        let first = secret(&made.text);
        assert!(first.starts_with("whsec_"), "{first}");
        let id = text(&site.get_as(&owner, API).await.json()[0]["id"]);
        let page = format!("{PAGE}/{id}");
        let shown = site.get_as(&owner, &page).await.text;
        assert!(!shown.contains(&first) && shown.contains("No messages yet"), "{shown}");

        let tried = send_form("test", &page, &[("id", &id)]).await;
        assert_eq!((tried.status, tried.location()), (StatusCode::FOUND, format!("{page}?tested=1").as_str()));
        receiver.answers(500, "the <till> is closed");
        send(&site).await;
        let shown = site.get_as(&owner, &page).await.text;
        assert!(shown.contains("A test event") && shown.contains("500: the server there has trouble") && shown.contains("Not taken yet"), "{shown}");
        assert!(shown.contains("It has taken nothing since 23 November 2026 at 9:00 am"), "{shown}");
        assert!(site.get_as(&owner, PAGE).await.text.contains("Doesn’t answer"));
        let message = text(&deliveries(&site, &id).await[0]["id"]);
        let about = format!("{page}/{message}");
        let shown = site.get_as(&owner, &about).await.text;
        assert!(shown.contains("the &lt;till&gt; is closed") && shown.contains("webhook.test") && shown.contains("Send again"), "{shown}");
        let again = send_form("send-again", &about, &[("id", &message)]).await;
        assert_eq!((again.status, again.location()), (StatusCode::FOUND, format!("{about}?again=1").as_str()));
        assert_eq!(send(&site).await, 1);
        assert!(site.get_as(&owner, &about).await.text.contains("204: it took it"));

        let turned = send_form("rotate", &page, &[("id", &id)]).await;
        let second = secret(&turned.text);
        assert!(turned.status == StatusCode::OK && second != first);
        assert!(site.get_as(&owner, &page).await.text.contains("The secret before this one still works until 24 November 2026"));
        let version = site.get_as(&owner, &format!("{API}/{id}")).await.json()["version"].to_string();
        let stale = send_form("change", &page, &[("id", &id), ("version", "1"), ("name", "Shop"), ("url", &url), ("which", "all")]).await;
        assert!(stale.status == StatusCode::CONFLICT && stale.text.contains("Now: Till"), "{}", stale.text);
        let saved = send_form("change", &page, &[("id", &id), ("version", &version), ("name", "Shop"), ("url", &url), ("which", "all")]).await;
        assert_eq!((saved.status, saved.location()), (StatusCode::FOUND, format!("{page}?saved=1").as_str()), "{saved:?}");
        assert!(site.get_as(&owner, PAGE).await.text.contains("All events"));
        assert_eq!(send_form("pause", &page, &[("id", &id)]).await.status, StatusCode::FOUND);
        assert!(site.get_as(&owner, &page).await.text.contains("It is paused."));
        assert_eq!(send_form("test", &page, &[("id", &id)]).await.status, StatusCode::CONFLICT);
        assert_eq!(send_form("resume", &page, &[("id", &id)]).await.status, StatusCode::FOUND);
        let removed = send_form("remove", &page, &[("id", &id)]).await;
        assert_eq!((removed.status, removed.location()), (StatusCode::FOUND, format!("{PAGE}?removed=1").as_str()));
        assert_eq!((site.get_as(&owner, &page).await.status, count(&site).await), (StatusCode::NOT_FOUND, 0));
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("added a webhook that is gone") && log.contains("deleted a webhook"), "{log}");
    }

    /// Neither the address nor a secret nor what was answered can be read in the database, and no secret is in the export.
    async fn addresses_and_secrets_are_sealed(site: Site) {
        allow_this_machine(&site);
        let (receiver, url) = Receiver::start().await;
        let (id, old) = added(&site, &url).await;
        let new = text(&ask(&site, &id, "rotate-secret").await.json()["secret"]);
        ask(&site, &id, "test").await;
        receiver.answers(500, "an answer in the clear");
        send(&site).await;
        let dump = site.raw_dump().await;
        for needle in ["secret-in-the-address", old.as_str(), new.as_str(), "an answer in the clear"] {
            let hex = needle.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            for needle in [needle.as_bytes(), hex.as_bytes()] {
                assert!(!dump.windows(needle.len()).any(|window| window == needle), "{}", String::from_utf8_lossy(needle));
            }
        }
    }

    /// What was sent is known for 30 days.
    async fn it_is_forgotten_after_a_month(site: Site) {
        allow_this_machine(&site);
        let (_, url) = Receiver::start().await;
        let (id, _) = added(&site, &url).await;
        ask(&site, &id, "test").await;
        send(&site).await;
        later(&site, 30 * DAY);
        deliver::sweep(&site.platform).await.expect("a sweep");
        assert_eq!(count(&site).await, 1);
        later(&site, 1);
        deliver::sweep(&site.platform).await.expect("a sweep");
        assert_eq!(count(&site).await, 0);
        assert_eq!(webhook(&site, &id).await["state"], "active");
    }

    /// More than a page of messages is listed page by page, each once.
    async fn messages_are_listed_page_by_page(site: Site) {
        allow_this_machine(&site);
        let (_, url) = Receiver::start().await;
        let (id, _) = added(&site, &url).await;
        note(&site, site.alpha, 60).await;
        let owner = site.log_in("alpha").await;
        let path = format!("{API}/{id}/deliveries");
        let first = site.get_as(&owner, &path).await.json();
        let first = first.as_array().expect("a list");
        let last = text(&first[49]["id"]);
        let second = site.get_as(&owner, &format!("{path}?after={last}")).await.json();
        let second = second.as_array().expect("a list");
        assert_eq!((first.len(), second.len()), (50, 10));
        assert!(second.iter().all(|one| !first.contains(one)));
        let page = site.get_as(&owner, &format!("{PAGE}/{id}")).await.text;
        assert!(page.contains(&format!("after={last}")) && page.contains("Older"), "{page}");
        assert!(site.get_as(&owner, &format!("{PAGE}/{id}?after={last}")).await.text.contains("Newest"));
        assert_eq!(site.get_as(&owner, &format!("{path}?after=x")).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(site.get_as(&owner, &format!("{path}?before=x")).await.status, StatusCode::BAD_REQUEST);
        let (due, oldest) = deliver::backlog(&site.platform).await.expect("a number");
        assert!(due == 60 && oldest == Some(site.platform.clock.now()));
    }

    /// Whoever made a request for a webhook with a made-up token hears nothing of it.
    async fn a_made_up_token_opens_nothing(site: Site) {
        let request = Request::get(API).header(header::AUTHORIZATION, "Bearer dvl_nonsense");
        let answer = site.send(request.body(axum::body::Body::empty()).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
}

/// So many things happen in an organisation at once.
async fn note(site: &Site, org: OrgId, times: usize) {
    let actor = Actor::System("a test");
    let mut tx =
        OrgTx::open(&site.platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await.expect("opened");
    for _ in 0..times {
        tx.emit("calendar.closures_saved", org.0).await.expect("it is noted");
    }
    tx.commit().await.expect("done");
}
