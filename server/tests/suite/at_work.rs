//! A business at work, as a load on the program itself: clients book, some of them for the same times, and some pay; sales are entered;
//! tasks are added, moved and completed. Whoever hears nothing asks again, with the same key, at whichever process answers. So in the end
//! everybody knows what became of what they asked for, and the database has to know the same.
//!
//! Between its looks the test has nothing open of the database: what was in the middle when a process was killed is for the next process
//! to put right, and for nobody else.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use app::{
    audit,
    clock::{self, Clock},
    db::{Access, Db, tables::Whole},
    ids::OrgId,
    invariants,
    modules::{
        calendar::ids::AppointmentId,
        scoreboard::{
            self,
            ids::{EntryId, PersonId},
        },
        tasks::{
            self,
            ids::{ListId, StatusId, TaskId},
        },
    },
    platform::{Platform, PlatformTx},
    platform_sql,
    ui::forgery,
};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, Row as _, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    client_payments,
    killed::{self, Gate, PATIENCE, ask, free_port, log_in, open},
    killed_bookings::Random,
    postgres, races,
    scoreboard::{Shop, money},
    stand_in::StandIn,
    support::{ORIGIN, Site, keyring, signer},
    tasks_support::Office,
};

/// What is booked and not paid for.
const FREE: [&str; 2] = ["follow-up", "telehealth"];
/// What is paid for, and how much.
const PAID: &str = "sports-massage";
const CENTS: i64 = 10_000;
const CARD: &str = "card_number=4242424242424242";
/// So few times are wanted by everybody.
const WANTED: usize = 8;
/// Where clients have their addresses.
const CLIENTS: &str = "@at-work.example";
/// Far enough ahead that nothing begins meanwhile.
const SOONEST_SECONDS: i64 = 4 * 24 * 60 * 60;

/// The business, and all around it.
pub struct Business {
    pub processes: Vec<Process>,
    runtime: Runtime,
    desk: Desk,
    stripe: StandIn,
    /// Takes the letters.
    post: Arc<Gate>,
    url: String,
    seed: u64,
    _home: TempDir,
}

/// A process of the program, in a folder of its own.
pub struct Process {
    pub port: u16,
    gate: Gate,
    folder: TempDir,
    settings: HashMap<&'static str, String>,
}

impl Process {
    /// SIGKILL.
    pub fn kill(&self) {
        self.gate.kill();
    }

    /// Waits until it is ready.
    pub fn start(&self) {
        killed::start(&self.gate, self.folder.path(), &self.settings, self.port);
    }

    /// What it said last.
    fn said(&self) -> String {
        let log = std::fs::read_to_string(log_in(self.folder.path())).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// What whoever works there knows.
struct Desk {
    alpha: OrgId,
    /// The owner's session, and the token of its forms.
    cookie: String,
    forgery: String,
    /// A program's token.
    token: String,
    list: ListId,
    statuses: [StatusId; 3],
    seller: PersonId,
    /// Times on offer, of each service.
    starts: HashMap<&'static str, Vec<String>>,
}

/// What everybody knows to be done.
#[derive(Default)]
pub struct Known {
    pub bookings: Vec<Booked>,
    pub entries: HashMap<EntryId, i64>,
    pub tasks: HashMap<TaskId, (StatusId, bool)>,
    /// So many found that somebody was quicker.
    pub refused: usize,
    /// So often nobody answered.
    pub asked_again: usize,
}

/// A booking as its client knows it.
#[derive(Debug)]
pub struct Booked {
    id: AppointmentId,
    email: String,
    start: String,
    is_paid: bool,
}

impl Business {
    pub fn on_sqlite(seed: u64) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", home.path().join("devalo.db").display());
        Self::begin(home, url, 1, seed)
    }

    pub fn on_postgres(processes: usize, seed: u64) -> Self {
        Self::begin(tempfile::tempdir().expect("a folder"), postgres::fresh_database(), processes, seed)
    }

    fn begin(home: TempDir, url: String, processes: usize, seed: u64) -> Self {
        eprintln!("the seed is {seed:#x}");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let (desk, stripe) = runtime.block_on(open_for_business(&url));
        let post = Arc::<Gate>::default();
        let to_resend = open(&post, |gate, stream| {
            gate.pass(stream, &|_| "letter".to_owned(), &|said| Some(gate.take_letter(said)));
        });
        let origin = free_port();
        let common = HashMap::from([
            ("DATABASE_URL", url.clone()),
            ("DEVALO_ORIGIN", format!("http://127.0.0.1:{origin}")),
            // What [`signer`] signs with: sessions go on in the program.
            ("DEVALO_SECRET", "YSBzZWNyZXQgb2YgdGhlIHRlc3RzLCAzMiBieXRlcyBsb25nIG9yIG1vcmU=".to_owned()),
            ("DEVALO_ENCRYPTION_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            ("STRIPE_SECRET_KEY", stripe.key.to_owned()),
            ("STRIPE_WEBHOOK_SECRET", stripe.secret.to_owned()),
            ("STRIPE_API_BASE", stripe.base.clone()),
            ("RESEND_API_KEY", "re_test".to_owned()),
            ("EMAILS_PER_SECOND", "1000".to_owned()),
            ("RESEND_API_BASE", format!("http://127.0.0.1:{to_resend}")),
            ("EMAIL_FROM", "no-reply@devalo.example".to_owned()),
        ]);
        let process = |_| {
            let (free, mut settings) = (free_port(), common.clone());
            settings.insert("DEVALO_ADDR", format!("127.0.0.1:{free}"));
            Process { port: free, gate: Gate::default(), folder: tempfile::tempdir().expect("a folder"), settings }
        };
        let processes: Vec<Process> = (0..processes).map(process).collect();
        let told_at = format!("http://127.0.0.1:{}/webhooks/stripe", processes[0].port);
        stripe.control("settings", &json!({ "signing_time": "now", "webhook_url": told_at }));
        let business = Self { processes, runtime, desk, stripe, post, url, seed, _home: home };
        for process in &business.processes {
            process.start();
        }
        business
    }

    /// The owner’s session.
    pub fn cookie(&self) -> &str {
        &self.desk.cookie
    }

    /// So many work until `meanwhile` comes to its end, which sees how much is done.
    pub fn work(&self, hands: usize, meanwhile: impl FnOnce(&AtomicUsize)) -> Known {
        let (over, done) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut known = Known::default();
        thread::scope(|scope| {
            let running: Vec<_> = (0..hands)
                .map(|number| {
                    let (over, done) = (&over, &done);
                    scope.spawn(move || {
                        let mut hand = Hand::new(self, number);
                        while !over.load(Ordering::Relaxed) {
                            hand.does_something();
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                        hand.known
                    })
                })
                .collect();
            {
                // Whatever falls over in it, nobody goes on for ever.
                let _over = Over(&over);
                meanwhile(&done);
            }
            for hand in running {
                known.add(hand.join().expect("a hand"));
            }
        });
        known
    }

    /// Somebody with the owner’s session adds a task at this process.
    pub fn adds_with_the_session(&self, process: usize, title: &str, known: &mut Known) {
        let desk = &self.desk;
        let more = format!(
            "cookie: {}\r\n{}: {}\r\nsec-fetch-site: same-origin\r\nidempotency-key: session-{title}\r\n",
            desk.cookie,
            forgery::HEADER,
            desk.forgery
        );
        let body = json!({ "list": desk.list, "title": title });
        let request = request("POST", "/api/v1/orgs/alpha/tasks/tasks", &more, &body);
        let answer = ask(self.processes[process].port, &request).expect("an answer");
        assert_eq!(answer.status, 201, "{answer:?}");
        let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
        known.tasks.insert(id_in(&answer["card"]), (desk.statuses[0], false));
    }

    /// Waits until every letter is sent, all that Stripe told is taken over, and nobody’s payment is in the middle.
    pub fn settles(&self) {
        let started = Instant::now();
        for look in 0_u32.. {
            // As if a minute or two went by: nobody waits any more for who had taken something in hand, and is gone.
            if look.is_multiple_of(40) {
                self.let_go();
            }
            let told = self.stripe.control("webhooks/wait", &json!({ "ms": 20 }))["settled"] == true;
            let waiting = self.look(Access::Read, async |tx| {
                let waiting = platform_sql!(
                    one(i64, i64, i64),
                    tx,
                    "SELECT (SELECT COUNT(*) FROM mails WHERE sent_at IS NULL) AS mails,
                       (SELECT COUNT(*) FROM stripe_events WHERE done_at IS NULL) AS events,
                       (SELECT COUNT(*) FROM calendar_payments WHERE state = 'open') AS payments"
                );
                waiting.expect("counts")
            });
            if told && waiting == (0, 0, 0) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "mails, events, payments: {waiting:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn let_go(&self) {
        let now = Clock::system().now();
        self.look(Access::Write, async |tx| {
            platform_sql!(exec, tx, "UPDATE mails SET due_at = $1 WHERE due_at > $1 AND content IS NOT NULL", now)
                .expect("mails");
            platform_sql!(exec, tx, "UPDATE stripe_events SET due_at = $1 WHERE due_at > $1", now).expect("events");
            platform_sql!(
                exec,
                tx,
                "UPDATE calendar_payments SET next_at = $1 WHERE next_at > $1 AND state = 'open'",
                now
            )
            .expect("payments");
        });
    }

    /// How much has happened at the business.
    pub fn sequence(&self) -> i64 {
        let alpha = self.desk.alpha;
        self.look(Access::Read, async |tx| {
            let found = platform_sql!(one(i64,), tx, "SELECT sequence FROM organisations WHERE id = $1", alpha);
            found.expect("the business").0
        })
    }

    /// There is what everybody knows of and nothing else, once each and whole, and everybody was written to once.
    pub fn is_as_known(&self, known: &Known) {
        self.bookings_are(known);
        self.payments_are(known);
        self.results_are(known);
        let (alpha, list) = (self.desk.alpha, self.desk.list);
        let rows = self.look(Access::Read, async |tx| {
            let rows = platform_sql!(
                all(TaskId, StatusId, bool),
                tx,
                "SELECT id, status_id, completed_at IS NOT NULL AS completed FROM tasks_tasks WHERE org_id = $1 AND list_id = $2",
                alpha,
                list
            );
            rows.expect("tasks")
        });
        let many = rows.len();
        let there: BTreeMap<_, _> = rows.into_iter().map(|(id, status, done)| (id, (status, done))).collect();
        let wanted: BTreeMap<_, _> = known.tasks.iter().map(|(id, stands)| (*id, *stands)).collect();
        assert_eq!(there, wanted, "tasks");
        assert_eq!(many, known.tasks.len(), "each task once");
    }

    /// Each with what it takes and its letter; and nobody is written to of one that isn’t there.
    fn bookings_are(&self, known: &Known) {
        let alpha = self.desk.alpha;
        let rows = self.look(Access::Read, async |tx| {
            let rows = platform_sql!(
                all(AppointmentId, String, clock::Instant, i64, i64),
                tx,
                "SELECT a.id, a.status, a.starts_at,
                   (SELECT COUNT(*) FROM calendar_messages AS m JOIN mails AS l ON l.id = m.letter_id
                     WHERE m.org_id = a.org_id AND m.appointment_id = a.id AND l.sent_at IS NOT NULL) AS letters,
                   (SELECT COUNT(*) FROM calendar_claims AS c WHERE c.org_id = a.org_id AND c.appointment_id = a.id) AS claims
                 FROM calendar_appointments AS a WHERE a.org_id = $1 AND a.source = 'api'",
                alpha
            );
            rows.expect("appointments")
        });
        assert_eq!(rows.len(), known.bookings.len(), "each booking that a client knows of, and no other");
        let there: BTreeMap<_, _> =
            rows.into_iter().map(|(id, status, at, letters, claims)| (id, (status, at, letters, claims))).collect();
        let start_of = |booked: &Booked| clock::Instant::from_timestamp(booked.start.parse().expect("a start"));
        let wanted = known.bookings.iter().map(|booked| (booked.id, ("booked".to_owned(), start_of(booked), 1, 1)));
        assert_eq!(there, wanted.collect::<BTreeMap<_, _>>(), "bookings");
        let mut letters = HashMap::<String, usize>::new();
        for letter in self.post.inbox() {
            *letters.entry(letter.to).or_default() += 1;
        }
        for booked in &known.bookings {
            assert_eq!(letters.remove(&booked.email), Some(1), "{booked:?}");
        }
        assert!(!letters.keys().any(|to| to.ends_with(CLIENTS)), "{letters:?}");
    }

    /// Each once here and once at Stripe, where no page is left to pay on.
    fn payments_are(&self, known: &Known) {
        let alpha = self.desk.alpha;
        let rows = self.look(Access::Read, async |tx| {
            let rows = platform_sql!(
                all(AppointmentId, String, i64),
                tx,
                "SELECT appointment_id, state, paid_cents FROM calendar_payments WHERE org_id = $1",
                alpha
            );
            rows.expect("payments")
        });
        let paid = known.bookings.iter().filter(|booked| booked.is_paid);
        let wanted: BTreeMap<_, _> = paid.map(|booked| (booked.id, ("paid".to_owned(), CENTS))).collect();
        let many = rows.len();
        let there: BTreeMap<_, _> = rows.into_iter().map(|(id, state, cents)| (id, (state, cents))).collect();
        assert_eq!(there, wanted, "payments");
        let objects =
            |kind: &str| self.stripe.look(&format!("objects/{kind}"))["objects"].as_array().cloned().expect("objects");
        let (charges, pages) = (objects("charge"), objects("checkout.session"));
        assert!(charges.iter().all(|charge| charge["amount"] == CENTS), "{charges:?}");
        assert!(pages.iter().all(|page| page["status"] == "complete"), "{pages:?}");
        assert_eq!((many, charges.len(), pages.len()), (wanted.len(), wanted.len(), wanted.len()), "once each");
    }

    /// Each line of the ledger, and what is kept of their sum.
    fn results_are(&self, known: &Known) {
        let alpha = self.desk.alpha;
        let (rows, totals) = self.look(Access::Read, async |tx| {
            let rows = platform_sql!(
                all(EntryId, i64),
                tx,
                "SELECT id, value FROM scoreboard_entries WHERE org_id = $1",
                alpha
            );
            let totals = platform_sql!(
                one(i64, i64),
                tx,
                "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) AS value, CAST(COALESCE(SUM(entries), 0) AS BIGINT) AS entries FROM scoreboard_totals WHERE org_id = $1",
                alpha
            );
            (rows.expect("the ledger"), totals.expect("totals"))
        });
        let many = i64::try_from(rows.len()).expect("few");
        assert_eq!(rows.into_iter().collect::<HashMap<_, _>>(), known.entries, "entries");
        assert_eq!(totals, (known.entries.values().sum::<i64>(), many), "what they come to, each once");
    }

    /// Nothing in the database is as it must never be, no log lacks anything, and SQLite’s file is whole.
    pub fn is_whole(&self) {
        self.runtime.block_on(async {
            let mut whole = Whole::snapshot(&self.url).await.expect("the database");
            let files = invariants::named_files(&mut whole).await.expect("its files").into_iter().collect();
            let broken = invariants::broken(&mut whole, &files).await.expect("it is asked");
            whole.close().await.expect("an end");
            assert!(broken.is_empty(), "{broken:?}");
            let platform = self.platform().await;
            let logs = audit::verify(&platform).await.expect("the logs");
            platform.db.close().await;
            assert!(logs.iter().all(|log| log.broken.is_none()), "{logs:?}");
            if !self.url.starts_with("sqlite:") {
                return;
            }
            let mut file = SqliteConnection::connect(&self.url).await.expect("the file");
            let said = file.fetch_one("PRAGMA integrity_check").await.expect("an answer");
            assert_eq!(said.get::<String, _>(0), "ok");
            let lost = file.fetch_all("PRAGMA foreign_key_check").await.expect("an answer");
            assert!(lost.is_empty(), "{} keys lead nowhere", lost.len());
            file.close().await.expect("an end");
        });
    }

    /// Looks into the database.
    fn look<T>(&self, access: Access, work: impl AsyncFnOnce(&mut PlatformTx) -> T) -> T {
        self.runtime.block_on(async {
            let platform = self.platform().await;
            let mut tx = platform.begin_across_orgs(access).await.expect("a transaction");
            let found = work(&mut tx).await;
            tx.commit().await.expect("a commit");
            platform.db.close().await;
            found
        })
    }

    async fn platform(&self) -> Platform {
        let db = Db::connect(&self.url).await.expect("the database answers");
        Platform::new(db, Clock::system(), keyring(), signer(), ORIGIN.to_owned())
    }
}

impl Drop for Business {
    fn drop(&mut self) {
        for process in &self.processes {
            process.kill();
            if thread::panicking() {
                eprintln!("the seed is {:#x}; a process said last:\n{}", self.seed, process.said());
            }
        }
    }
}

struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Known {
    fn add(&mut self, more: Self) {
        self.bookings.extend(more.bookings);
        self.entries.extend(more.entries);
        self.tasks.extend(more.tasks);
        self.refused += more.refused;
        self.asked_again += more.asked_again;
    }

    /// How much of each kind there is: bookings, payments, entries, tasks.
    pub fn counts(&self) -> [usize; 4] {
        let paid = self.bookings.iter().filter(|booked| booked.is_paid).count();
        [self.bookings.len(), paid, self.entries.len(), self.tasks.len()]
    }
}

/// Waits until so much is done.
pub fn until(done: &AtomicUsize, many: usize) {
    let started = Instant::now();
    while done.load(Ordering::Relaxed) < many {
        assert!(started.elapsed() < PATIENCE, "{} of {many} are done", done.load(Ordering::Relaxed));
        thread::sleep(Duration::from_millis(10));
    }
}

/// Clients can book and pay at alpha, sales are counted, and there is a list of tasks.
async fn open_for_business(url: &str) -> (Desk, StandIn) {
    let site = Site::of_today(url.to_owned()).await;
    let stripe = client_payments::takes_payments(&site);
    client_payments::connected(&site, &stripe, "alpha").await;
    races::set_up(&site, PAID, |service| {
        service["price_cents"] = json!(CENTS);
        service["options"] = json!({ "payment": { "percent": 100 } });
    })
    .await;
    // Nothing is of a moment that is still to come.
    site.platform.clock.set(Clock::system().now().timestamp());
    let shop = Shop::alpha(&site).await;
    shop.metric("sales", money()).await;
    let seller = shop.person("Ada Ash").await;
    let office = Office::alpha(&site).await;
    let scopes = [tasks::permissions::VIEW.name, tasks::permissions::CHANGE.name, scoreboard::permissions::ENTER.name];
    let token = office.token(&scopes).await;
    let soonest = site.platform.clock.now().plus_seconds(SOONEST_SECONDS).timestamp().to_string();
    let mut starts = HashMap::new();
    for service in FREE.into_iter().chain([PAID]) {
        let all = site.slots("alpha", service).await.into_iter().filter(|start| *start > soonest);
        let all: Vec<String> = all.collect();
        assert!(all.len() > 3 * WANTED, "{service}: {all:?}");
        starts.insert(service, all);
    }
    let cookie = site.log_in("alpha").await;
    let forgery = site.forgery_token(&cookie).await;
    let (list, statuses) = (office.list, office.statuses);
    let desk = Desk { alpha: site.alpha, cookie, forgery, token, list, statuses, seller, starts };
    site.platform.db.close().await;
    (desk, stripe)
}

/// Somebody who does one thing after the other.
struct Hand<'b> {
    business: &'b Business,
    number: usize,
    random: Random,
    tries: usize,
    /// Which process is asked.
    at: usize,
    known: Known,
}

impl<'b> Hand<'b> {
    fn new(business: &'b Business, number: usize) -> Self {
        let seed = business.seed ^ (u64::try_from(number).expect("few") + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { business, number, random: Random(seed), tries: 0, at: number, known: Known::default() }
    }

    fn does_something(&mut self) {
        self.tries += 1;
        // At first all want the same, which there is less of than there are of them.
        if self.tries == 1 {
            self.books(FREE[0], self.business.desk.starts[FREE[0]][0].clone());
            return;
        }
        // Then each kind once, so that a slow machine sees all of them, too.
        let what = match self.tries {
            2 => 3,
            3 => 4,
            4 => 6,
            _ => self.random.below(8),
        };
        match what {
            0 | 1 => {
                let service = FREE[self.random.below(FREE.len())];
                let start = self.some_start(service, usize::MAX);
                self.books(service, start);
            }
            // What others want, too.
            2 => {
                let start = self.some_start(FREE[0], WANTED);
                self.books(FREE[0], start);
            }
            3 => self.pays(),
            4 | 5 => self.enters(),
            _ => self.works(),
        }
    }

    fn some_start(&mut self, service: &'static str, of: usize) -> String {
        let starts = &self.business.desk.starts[service];
        starts[self.random.below(starts.len().min(of))].clone()
    }

    /// Gives its client’s own link, if the time was free.
    fn books(&mut self, service: &'static str, start: String) -> Option<String> {
        let email = format!("client-{}-{}{CLIENTS}", self.number, self.tries);
        let body = json!({ "service": service, "start": start, "name": "Casey Client", "email": email });
        let key = self.key();
        let (answer, said) = self.ask("POST", "/api/v1/orgs/alpha/calendar/bookings", &key, &body);
        match answer.status {
            201 => {
                let own = format!("/manage/{}", said["token"].as_str().expect("a token"));
                self.known.bookings.push(Booked { id: id_in(&said), email, start, is_paid: false });
                Some(own)
            }
            409 => {
                self.known.refused += 1;
                None
            }
            other => panic!("{other}: {said}"),
        }
    }

    fn pays(&mut self) {
        let start = self.some_start(PAID, usize::MAX);
        let Some(own) = self.books(PAID, start) else { return };
        let started = Instant::now();
        let page = loop {
            let (led, _) = self.ask("GET", &format!("{own}/pay"), "", &Value::Null);
            let page = led.location();
            if page.contains("/c/pay/") {
                break page;
            }
            // Nobody could be asked at that moment.
            assert!(started.elapsed() < PATIENCE, "{led:?}");
            thread::sleep(Duration::from_millis(300));
        };
        let paid = self.business.stripe.form(&page, CARD);
        assert_eq!(paid.status, 303, "{}", paid.body);
        if let Some(booked) = self.known.bookings.last_mut() {
            booked.is_paid = true;
        }
        self.ask("GET", &format!("{own}/paid"), "", &Value::Null);
    }

    fn enters(&mut self) {
        let value = 100 + i64::try_from(self.random.below(100_000)).expect("few");
        let body = json!({ "metric": "sales", "person": self.business.desk.seller, "value": value });
        let more = self.key() + &self.by_program();
        let (answer, said) = self.ask("POST", "/api/v1/orgs/alpha/scoreboard/entries", &more, &body);
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        self.known.entries.insert(id_in(&said), value);
    }

    /// Adds a task, or goes on with one of their own.
    fn works(&mut self) {
        let (list, statuses) = (self.business.desk.list, self.business.desk.statuses);
        let mut open: Vec<TaskId> =
            self.known.tasks.iter().filter(|(_, (_, is_done))| !is_done).map(|(id, _)| *id).collect();
        // In an order of their own, so that the same seed does the same.
        open.sort_unstable();
        let more = self.key() + &self.by_program();
        if open.is_empty() || self.random.below(3) == 0 {
            let body = json!({ "list": list, "title": format!("Task {} of {}", self.tries, self.number) });
            let (answer, said) = self.ask("POST", "/api/v1/orgs/alpha/tasks/tasks", &more, &body);
            assert_eq!(answer.status, 201, "{answer:?}");
            self.known.tasks.insert(id_in(&said["card"]), (statuses[0], false));
            return;
        }
        let task = open[self.random.below(open.len())];
        let path = format!("/api/v1/orgs/alpha/tasks/tasks/{task}");
        let stands = match self.random.below(3) {
            2 => {
                let (answer, _) = self.ask("POST", &format!("{path}/complete"), &more, &json!({ "done": true }));
                assert_eq!(answer.status, 200, "{answer:?}");
                (statuses[2], true)
            }
            to => {
                let body = json!({ "by": "status", "column": statuses[to] });
                let (answer, _) = self.ask("POST", &format!("{path}/move"), &more, &body);
                assert_eq!(answer.status, 200, "{answer:?}");
                (statuses[to], false)
            }
        };
        self.known.tasks.insert(task, stands);
    }

    /// The same for whatever is asked again.
    fn key(&self) -> String {
        format!("idempotency-key: at-work-{}-{}\r\n", self.number, self.tries)
    }

    fn by_program(&self) -> String {
        format!("authorization: Bearer {}\r\n", self.business.desk.token)
    }

    /// Asks, and asks again at the next process, until somebody answers.
    fn ask(&mut self, method: &str, path: &str, more: &str, body: &Value) -> (killed::Answer, Value) {
        let request = request(method, path, more, body);
        let business = self.business;
        let (started, mut last) = (Instant::now(), None);
        loop {
            let process = &business.processes[self.at % business.processes.len()];
            if let Some(answer) = ask(process.port, &request) {
                // What was cut off in the middle isn't whole.
                let nothing = answer.body.is_empty() && matches!(answer.status, 204 | 303);
                let whole = if nothing { Some(Value::Null) } else { serde_json::from_str(&answer.body).ok() };
                match whole {
                    Some(whole) if answer.status != 503 => return (answer, whole),
                    _ => last = Some(answer),
                }
            }
            assert!(started.elapsed() < PATIENCE, "{method} {path} isn't answered: {last:?}");
            self.known.asked_again += 1;
            self.at += 1;
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// HTTP/1.0: the answer ends with the connection.
fn request(method: &str, path: &str, more: &str, body: &Value) -> String {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    format!(
        "{method} {path} HTTP/1.0\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{more}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The id that an answer says.
fn id_in<T: std::str::FromStr<Err: std::fmt::Debug>>(answer: &Value) -> T {
    let id = answer["id"].as_str().unwrap_or_else(|| panic!("no id: {answer}"));
    id.parse().expect("an id")
}
