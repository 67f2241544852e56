//! The program itself, killed at any moment while clients book, move and cancel, and started again: each booking is there as a whole or
//! not at all, with its letter, its reminder and what the business’s own programs are told of it, once each; and nobody is written to
//! of one that isn't there.
//!
//! Clients do what people do: who hears nothing asks again, with the same key or from the same version. So in the end each of them
//! knows what became of what they asked for, and the database has to know the same.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use app::{
    clock::Clock,
    db::Access,
    fetch::{Allowance, Fetcher},
    modules::calendar::ids::AppointmentId,
    platform_sql,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    killed::{self, Gate, PATIENCE, ask, free_port, log_in, open},
    support::Site,
};

const KILLS: usize = 6;
const CLIENTS: usize = 5;
const DONE_IN_A_LIFE: usize = 6;
const SERVICES: [&str; 3] = ["sports-massage", "follow-up", "telehealth"];
/// Clients are reminded so long before.
const REMINDED_SECONDS: i64 = 24 * 60 * 60;
/// Far enough ahead that every reminder is still to come.
const SOONEST_SECONDS: i64 = 4 * 24 * 60 * 60;

#[test]
fn bookings_are_whole_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("devalo.db").display());
    kill_while_they_book(&World::begin(folder, url, 0x5eed_0001));
}

#[test]
fn bookings_are_whole_on_postgres() {
    let url = crate::postgres::fresh_database();
    kill_while_they_book(&World::begin(tempfile::tempdir().expect("a folder"), url, 0x5eed_0002));
}

fn kill_while_they_book(world: &World) {
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let clients = thread::scope(|scope| {
        let running: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (stop, done) = (&stop, &done);
                scope.spawn(move || {
                    let mut client = Client::new(world, number);
                    while !stop.load(Ordering::Relaxed) {
                        client.does_something();
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    client
                })
            })
            .collect();
        let mut random = Random(world.seed);
        for kills in 0..KILLS {
            // However fast the machine is, a life of the server sees something.
            let patience = Instant::now() + PATIENCE;
            while done.load(Ordering::Relaxed) < (kills + 1) * DONE_IN_A_LIFE && Instant::now() < patience {
                thread::sleep(Duration::from_millis(10));
            }
            thread::sleep(Duration::from_millis(100 + u64::try_from(random.below(500)).expect("few")));
            world.gate.kill();
            world.start_again();
        }
        stop.store(true, Ordering::Relaxed);
        running.into_iter().map(|client| client.join().expect("a client")).collect::<Vec<_>>()
    });
    world.settle();
    let all: Vec<&Own> = clients.iter().flat_map(|client| &client.own).collect();
    let changes: i64 = all.iter().map(|own| own.version - 1).sum();
    assert!(all.len() > 2 * KILLS && changes > 5, "{} bookings, {changes} changes", all.len());
    assert!(clients.iter().any(|client| client.asked_again > 0), "somebody was cut off in the middle");
    world.is_as_they_know(&all);
    world.everybody_was_told(&all, &clients);
}

/// A booking as its client knows it.
#[derive(Debug)]
struct Own {
    id: String,
    token: String,
    email: String,
    service: usize,
    start: String,
    version: i64,
    cancelled: bool,
}

/// Somebody who books, moves and cancels.
struct Client<'w> {
    world: &'w World,
    number: usize,
    random: Random,
    tries: usize,
    own: Vec<Own>,
    /// Whose booking was refused.
    refused: Vec<String>,
    asked_again: usize,
}

impl<'w> Client<'w> {
    fn new(world: &'w World, number: usize) -> Self {
        let seed = world.seed ^ (u64::try_from(number).expect("few") + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { world, number, random: Random(seed), tries: 0, own: Vec::new(), refused: Vec::new(), asked_again: 0 }
    }

    fn does_something(&mut self) {
        let standing: Vec<usize> = (0..self.own.len()).filter(|n| !self.own[*n].cancelled).collect();
        if standing.is_empty() {
            return self.books();
        }
        let which = standing[self.random.below(standing.len())];
        match self.random.below(4) {
            0 => self.moves(which),
            1 => self.cancels(which),
            _ => self.books(),
        }
    }

    fn books(&mut self) {
        self.tries += 1;
        let service = self.random.below(SERVICES.len());
        let start = self.some_start(service);
        let email = format!("client-{}-{}@killed.example", self.number, self.tries);
        let key = format!("killed-{}-{}", self.number, self.tries);
        let body = json!({ "service": SERVICES[service], "start": start, "name": "Casey Client", "email": email });
        let (status, answer) = self.ask("POST", "/api/v1/orgs/alpha/calendar/bookings", &key, &body);
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        match status {
            201 => {
                let (id, token) = (text("id"), text("token"));
                self.own.push(Own { id, token, email, service, start, version: 1, cancelled: false });
            }
            409 => self.refused.push(email),
            other => panic!("{other}: {answer}"),
        }
    }

    fn moves(&mut self, which: usize) {
        let start = self.some_start(self.own[which].service);
        if start == self.own[which].start {
            return;
        }
        let body = json!({ "start": start, "version": self.own[which].version });
        let path = format!("/api/v1/calendar/manage/{}/move", self.own[which].token);
        let (status, answer) = self.ask("POST", &path, "", &body);
        // Whether it was this that moved it, and the answer that was lost, says its version.
        let moved = match status {
            204 => true,
            409 => self.version_of(which) > self.own[which].version,
            other => panic!("{other}: {answer}"),
        };
        if moved {
            self.own[which].start = start;
            self.own[which].version += 1;
        }
        self.is_as_known(which);
    }

    fn cancels(&mut self, which: usize) {
        let body = json!({ "version": self.own[which].version });
        let path = format!("/api/v1/calendar/manage/{}/cancel", self.own[which].token);
        let (status, answer) = self.ask("POST", &path, "", &body);
        assert!(matches!(status, 204 | 409), "{status}: {answer}");
        self.own[which].cancelled = true;
        self.own[which].version += 1;
        self.is_as_known(which);
    }

    fn version_of(&mut self, which: usize) -> i64 {
        self.shown(which)["version"].as_i64().expect("a version")
    }

    /// What the client is shown is what they know.
    fn is_as_known(&mut self, which: usize) {
        let shown = self.shown(which);
        let own = &self.own[which];
        let status = if own.cancelled { "cancelled" } else { "booked" };
        let known = (Some(own.start.as_str()), Some(status), Some(own.version));
        assert_eq!((shown["start"].as_str(), shown["status"].as_str(), shown["version"].as_i64()), known, "{own:?}");
    }

    fn shown(&mut self, which: usize) -> Value {
        let path = format!("/api/v1/calendar/manage/{}", self.own[which].token);
        let (status, shown) = self.ask("GET", &path, "", &Value::Null);
        assert_eq!(status, 200, "{shown}");
        shown
    }

    fn some_start(&mut self, service: usize) -> String {
        let starts = &self.world.starts[service];
        starts[self.random.below(starts.len())].clone()
    }

    /// Asks, and asks again once the server is there again, until it is answered.
    fn ask(&mut self, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let port = self.world.port;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\nidempotency-key: {key}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let started = Instant::now();
        loop {
            if let Some(answer) = ask(port, &request) {
                let whole = serde_json::from_str(&answer.body).ok().or((answer.status == 204).then_some(Value::Null));
                if let Some(whole) = whole.filter(|_| answer.status != 503) {
                    return (answer.status, whole);
                }
            }
            assert!(started.elapsed() < PATIENCE, "{method} {path} isn't answered: {}", self.world.said());
            self.asked_again += 1;
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The server, and all around it.
struct World {
    gate: Arc<Gate>,
    /// What came to the business’s own program: the message’s id and its kind.
    told: Arc<Mutex<Vec<(String, String)>>>,
    /// To look into the database, and to let time pass there.
    site: Site,
    runtime: Runtime,
    settings: HashMap<&'static str, String>,
    port: u16,
    folder: TempDir,
    /// Times on offer, of each service.
    starts: Vec<Vec<String>>,
    seed: u64,
}

impl World {
    fn begin(folder: TempDir, url: String, seed: u64) -> Self {
        let gate = Arc::<Gate>::default();
        let told = Arc::<Mutex<Vec<(String, String)>>>::default();
        let port = free_port();
        let to_resend = open(&gate, |gate, stream| {
            gate.pass(stream, &|_| "letter".to_owned(), &|said| Some(gate.take_letter(said)));
        });
        let takes = Arc::clone(&told);
        let to_program = open(&gate, move |gate, stream| {
            gate.pass(stream, &|_| "message".to_owned(), &|said| {
                let message: Value = serde_json::from_slice(&said.body).expect("JSON");
                let kind = message["type"].as_str().unwrap_or_default().to_owned();
                takes.lock().expect("what was told").push((said.header("webhook-id").unwrap_or_default(), kind));
                Some(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec())
            });
        });
        let settings = HashMap::from([
            ("DATABASE_URL", url.clone()),
            ("DEVALO_ADDR", format!("127.0.0.1:{port}")),
            ("DEVALO_ORIGIN", format!("http://127.0.0.1:{port}")),
            ("DEVALO_SECRET", "QSBzZWNyZXQgb2YgdGhlIHRlc3RzLCAzMiBieXRlcyBsb25nIG9yIG1vcmU=".to_owned()),
            ("DEVALO_ENCRYPTION_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            ("RESEND_API_KEY", "re_test".to_owned()),
            ("EMAILS_PER_SECOND", "1000".to_owned()),
            ("RESEND_API_BASE", format!("http://127.0.0.1:{to_resend}")),
            ("EMAIL_FROM", "no-reply@devalo.example".to_owned()),
        ]);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let (site, starts) = runtime.block_on(async {
            let site = Site::of_today(url).await;
            site.platform.fetch_by(Fetcher::new(Allowance::this_machine()).expect("a fetcher"));
            let owner = site.log_in("alpha").await;
            let program =
                json!({ "name": "Accounting", "url": format!("http://127.0.0.1:{to_program}/hook"), "events": ["*"] });
            let made = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/webhooks", &program).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            let soonest = site.platform.clock.now().plus_seconds(SOONEST_SECONDS).timestamp().to_string();
            let mut starts = Vec::new();
            for service in SERVICES {
                let all = site.slots("alpha", service).await.into_iter().filter(|start| *start > soonest);
                // So few that clients are in each other’s way now and then.
                let some: Vec<String> = all.step_by(3).take(60).collect();
                assert!(some.len() > 20, "{service}: {some:?}");
                starts.push(some);
            }
            (site, starts)
        });
        let world = Self { gate, told, site, runtime, settings, port, folder, starts, seed };
        killed::start(&world.gate, world.folder.path(), &world.settings, port);
        world
    }

    /// Starts the server again: a minute or two later, when nobody waits any more for who had taken something in hand.
    fn start_again(&self) {
        self.runtime.block_on(async {
            let now = Clock::system().now();
            let mut tx = self.site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            platform_sql!(exec, &mut tx, "UPDATE mails SET due_at = $1 WHERE due_at > $1 AND content IS NOT NULL", now)
                .expect("mails");
            platform_sql!(
                exec,
                &mut tx,
                "UPDATE webhook_deliveries SET due_at = $1 WHERE due_at > $1 AND state = 'waiting'",
                now
            )
            .expect("messages");
            platform_sql!(exec, &mut tx, "UPDATE webhooks SET lease = NULL, leased_until = NULL").expect("leases");
            tx.commit().await.expect("a commit");
        });
        killed::start(&self.gate, self.folder.path(), &self.settings, self.port);
    }

    /// Waits until every letter and every message is known to be sent.
    fn settle(&self) {
        let started = Instant::now();
        loop {
            let waiting = self.runtime.block_on(async {
                let mut tx = self.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
                let waiting = platform_sql!(
                    one(i64, i64),
                    &mut tx,
                    "SELECT (SELECT COUNT(*) FROM mails WHERE sent_at IS NULL) AS mails,
                       (SELECT COUNT(*) FROM webhook_deliveries WHERE state <> 'delivered') AS messages"
                );
                tx.rollback().await.expect("an end");
                waiting.expect("counts")
            });
            if waiting == (0, 0) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{waiting:?}: {}", self.said());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// There is what clients know of and nothing else, and all that belongs to each of them.
    fn is_as_they_know(&self, all: &[&Own]) {
        let org = self.site.alpha;
        let (rows, reminders, kept) = self.runtime.block_on(async {
            let mut tx = self.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
            let rows = platform_sql!(
                all(AppointmentId, String, app::clock::Instant, i64, i64, i64),
                &mut tx,
                "SELECT a.id, a.status, a.starts_at, a.version,
                   (SELECT COUNT(*) FROM calendar_messages AS m JOIN mails AS l ON l.id = m.letter_id
                     WHERE m.org_id = a.org_id AND m.appointment_id = a.id AND l.sent_at IS NOT NULL) AS letters,
                   (SELECT COUNT(*) FROM calendar_claims AS c WHERE c.org_id = a.org_id AND c.appointment_id = a.id) AS claims
                 FROM calendar_appointments AS a WHERE a.org_id = $1 AND a.source = 'api'",
                org
            )
            .expect("appointments");
            let reminders = platform_sql!(
                all(AppointmentId, app::clock::Instant),
                &mut tx,
                "SELECT appointment_id, due_at FROM calendar_reminders WHERE org_id = $1 AND done_at IS NULL",
                org
            )
            .expect("reminders");
            let kept = platform_sql!(
                one(i64, i64, i64),
                &mut tx,
                "SELECT (SELECT COUNT(*) FROM idempotency_keys WHERE org_id = $1 AND key LIKE 'killed-%') AS keys,
                   (SELECT COUNT(*) FROM webhook_deliveries WHERE org_id = $1 AND kind LIKE 'calendar.appointment%') AS messages,
                   (SELECT COUNT(*) FROM calendar_messages AS m WHERE m.org_id = $1
                     AND NOT EXISTS (SELECT 1 FROM calendar_appointments AS a WHERE a.org_id = m.org_id AND a.id = m.appointment_id)) AS lost",
                org
            )
            .expect("counts");
            tx.rollback().await.expect("an end");
            (rows, reminders, kept)
        });
        let rows: Vec<(AppointmentId, String, app::clock::Instant, i64, i64, i64)> = rows;
        let mut waiting = HashMap::<AppointmentId, Vec<app::clock::Instant>>::new();
        for (id, due_at) in reminders {
            waiting.entry(id).or_default().push(due_at);
        }
        assert_eq!(rows.len(), all.len(), "each booking that a client knows of, and no other");
        for own in all {
            let id: AppointmentId = own.id.parse().expect("an id");
            let row = rows.iter().find(|row| row.0 == id).unwrap_or_else(|| panic!("it is lost: {own:?}"));
            let (_, status, starts_at, version, letters, claims) = row;
            assert_eq!(status == "cancelled", own.cancelled, "{own:?} {row:?}");
            assert_eq!(*starts_at, app::clock::Instant::from_timestamp(own.start.parse().expect("a start")), "{own:?}");
            assert_eq!(*version, own.version, "{own:?} {row:?}");
            assert_eq!(*letters, own.version, "a letter for each thing that happened to it: {own:?} {row:?}");
            assert_eq!(*claims, i64::from(!own.cancelled), "what it takes: {own:?} {row:?}");
            let expected = if own.cancelled { Vec::new() } else { vec![starts_at.plus_seconds(-REMINDED_SECONDS)] };
            assert_eq!(waiting.remove(&id).unwrap_or_default(), expected, "its reminder: {own:?}");
        }
        let happened: i64 = all.iter().map(|own| own.version).sum();
        let bookings = i64::try_from(all.len()).expect("few");
        assert_eq!(kept, (bookings, happened, 0), "keys, messages, and letters about nothing");
    }

    /// Each letter and each message came, and nobody was written to of a booking that isn’t there.
    fn everybody_was_told(&self, all: &[&Own], clients: &[Client<'_>]) {
        let mut letters = HashMap::<String, i64>::new();
        for letter in self.gate.inbox() {
            *letters.entry(letter.to).or_default() += 1;
        }
        for own in all {
            assert_eq!(letters.remove(&own.email), Some(own.version), "{own:?}");
        }
        for email in clients.iter().flat_map(|client| &client.refused) {
            assert_eq!(letters.get(email), None, "a letter about no booking");
        }
        assert!(!letters.keys().any(|to| to.ends_with("@killed.example")), "{letters:?}");
        let told = self.told.lock().expect("what was told");
        let messages: HashSet<&String> =
            told.iter().filter(|(_, kind)| kind.starts_with("calendar.appointment")).map(|(id, _)| id).collect();
        let happened: i64 = all.iter().map(|own| own.version).sum();
        assert_eq!(i64::try_from(messages.len()), Ok(happened), "each at least once");
    }

    /// What the server said last.
    fn said(&self) -> String {
        let log = std::fs::read_to_string(log_in(self.folder.path())).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.gate.kill();
        if thread::panicking() {
            eprintln!("the seed is {:#x}; the server said last:\n{}", self.seed, self.said());
        }
    }
}

/// The same numbers for the same seed (xorshift).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).expect("few")).expect("few")
    }
}
