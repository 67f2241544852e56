//! The program itself, killed between any two steps of paying and of sending a letter, and started again: the journey goes on where
//! it was, nothing is lost, and nothing is there twice.
//!
//! All that the server says to Stripe and to Resend, and all that Stripe tells it, goes through a gate of the test, which sees each
//! step: it kills the server when a call is heard, or once it was carried out and before anybody is told, or some moments after it was
//! answered. A first journey shows which steps there are; then there is one more for each step and each moment. They all happen on one
//! database and one Stripe, and each buys a plan of its own, so that everything is made anew each time.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use app::{
    clock::Clock,
    db::{Access, Db},
    platform::Platform,
    platform_sql,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    stand_in::StandIn,
    support::{ORIGIN, PASSWORD, keyring, signer},
};

/// More journeys than there are steps and moments.
const PLANS: usize = 150;
/// Nothing here takes longer.
pub const PATIENCE: Duration = Duration::from_secs(25);
const CARD: &str = "card_number=4242424242424242";
const DAY: i64 = 24 * 60 * 60;

#[test]
fn nothing_is_lost_or_doubled_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("devalo.db").display());
    kill_at_every_step(&World::begin(folder, url));
}

#[test]
fn nothing_is_lost_or_doubled_on_postgres() {
    kill_at_every_step(&World::begin(tempfile::tempdir().expect("a folder"), crate::postgres::fresh_database()));
}

fn kill_at_every_step(world: &World) {
    journey(world, 0);
    let steps = world.gate.steps();
    let strikes: Vec<Strike> = steps.iter().flat_map(Strike::at).collect();
    assert!(strikes.len() > 30 && strikes.len() < PLANS, "{steps:?}");
    let mut hits = 0;
    for (number, strike) in (1..).zip(&strikes) {
        world.gate.arm(Some(strike.clone()));
        journey(world, number);
        // Whether two looks at a customer become one depends on who is quicker: then there is no such step this time.
        hits += usize::from(world.gate.struck());
        world.gate.arm(None);
    }
    assert!(hits * 10 > strikes.len() * 8, "{hits} of {}", strikes.len());
    let expected = strikes.len() + 1;
    nothing_is_lost(world, expected);
    nobody_pays_twice(world, expected);
}

/// From the plan to a working organisation, and a letter to somebody invited: what a person does who tries again whenever nobody
/// answers.
fn journey(world: &World, number: usize) {
    let email = format!("fern{number}@new.example");
    let from = format!("10.1.{}.{}", number / 200, number % 200 + 1);
    let mut person = Person { world, from, cookie: String::new() };
    let plan = plan_name(number);
    let begun =
        person.form("/fn/start/begin", &[("plan", &plan), ("period", "month"), ("seats", ""), ("email", &email)]);
    assert_eq!(begun.location(), "/start/sent", "{begun:?}");
    let letter = world.letter_to(&email);
    let token = letter.split("/start/business/").nth(1).and_then(|rest| rest.split_whitespace().next());
    let token = token.unwrap_or_else(|| panic!("no link: {letter}")).to_owned();
    let business = format!("Fern {number}");
    let mut about = vec![
        ("token", token.as_str()),
        ("name", "Fern Green"),
        ("password", PASSWORD),
        ("business", &business),
        ("slug", ""),
        ("zone", "Australia/Brisbane"),
        ("phone", ""),
    ];
    let mut founded = person.form("/fn/start/found", &about);
    if founded.status == 409 {
        // The account was made, and nobody heard of it.
        person.form("/fn/auth/log-in", &[("email", &email), ("password", PASSWORD)]);
        person.get("/app");
        (about[1].1, about[2].1) = ("", "");
        founded = person.form("/fn/start/found", &about);
    }
    let pay = founded.location();
    let id = pay.strip_prefix("/start/pay/").unwrap_or_else(|| panic!("{founded:?}")).to_owned();
    person.get(&pay);
    let page = person.form("/fn/start/pay", &[("id", &id)]).location();
    // Stripe's pages are at the gate, as far as the server knows, so that it leads to the path alone.
    assert!(page.starts_with("/c/pay/"), "{page}");
    let paid = world.stripe.form(&page, CARD);
    assert_eq!(paid.status, 303, "{}", paid.body);
    let started = Instant::now();
    let slug = loop {
        let back = person.get(&format!("/start/done/{id}"));
        if let Some(slug) = back.location().strip_prefix("/app/").and_then(|rest| rest.strip_suffix("/welcome")) {
            break slug.to_owned();
        }
        assert!(started.elapsed() < PATIENCE, "{number}: {back:?}");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(person.get(&format!("/app/{slug}/welcome")).status, 200);
    let staff = format!("staff{number}@new.example");
    let invited = person.form("/fn/people/invite", &[("org", &slug), ("email", &staff), ("role", "member")]);
    assert!(invited.status < 500, "{invited:?}");
    world.letter_to(&staff);
    world.settle();
}

/// Everything is in the database once, as it was agreed, and there is nothing that still waits.
fn nothing_is_lost(world: &World, expected: usize) {
    world.settle();
    let inbox = world.gate.inbox();
    for number in 0..expected {
        let staff = format!("staff{number}@new.example");
        assert_eq!(inbox.iter().filter(|letter| letter.to == staff).count(), 1, "{staff}");
    }
    assert!(world.gate.repeated() > 0, "a letter was sent again under the same key, and taken once");
    let count = i64::try_from(expected).expect("few");
    let (mails, accepted) = (world.gate.repeated(), inbox.len());
    world.runtime.block_on(async {
        let mut tx = world.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let all = platform_sql!(
            all(String, String, String, String, Option<i64>),
            &mut tx,
            "SELECT name, plan, billing_state, billed_by, plan_seats FROM organisations"
        )
        .expect("organisations");
        let mut all: Vec<_> = all;
        all.sort_unstable();
        let mut as_agreed: Vec<_> = (0..expected)
            .map(|n| (format!("Fern {n}"), plan_name(n), "trial".to_owned(), "stripe".to_owned(), Some(3)))
            .collect();
        as_agreed.sort_unstable();
        assert_eq!(all, as_agreed);
        for (what, found) in [
            ("people", platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM users")),
            ("owners", platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM memberships WHERE role = 'owner'")),
            (
                "customers",
                platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM stripe_accounts WHERE status = 'trialing'"),
            ),
            ("sign-ups", platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM signups WHERE made_org IS NOT NULL")),
            (
                "made",
                platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM platform_log WHERE action = 'onboarding.made'"),
            ),
        ] {
            assert_eq!(found.expect("a count"), (count,), "{what}");
        }
        let waits =
            platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM mails WHERE sent_at IS NULL").expect("a count");
        assert_eq!(waits, (0,), "letters that weren't sent ({mails} were sent again)");
        let sent = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM mails").expect("a count");
        assert_eq!(usize::try_from(sent.0).expect("few"), accepted, "each letter was taken once");
        let waits = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM stripe_events WHERE done_at IS NULL")
            .expect("a count");
        assert_eq!(waits, (0,), "events that weren't taken over");
        tx.commit().await.expect("an end");
    });
}

/// At Stripe there is one customer each, with one subscription and no page left open to pay on; and when the trial ends, each pays
/// once, what their plan costs.
fn nobody_pays_twice(world: &World, expected: usize) {
    let objects =
        |kind: &str| world.stripe.look(&format!("objects/{kind}"))["objects"].as_array().cloned().expect("objects");
    let by = |all: &[Value], key: &str| -> BTreeMap<String, usize> {
        let mut counted = BTreeMap::new();
        for one in all {
            *counted.entry(one[key].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        counted
    };
    let once_each = |counted: BTreeMap<String, usize>, what: &str| {
        assert_eq!(counted.len(), expected, "{what}: {counted:?}");
        assert!(counted.values().all(|many| *many == 1), "{what}: {counted:?}");
    };
    once_each(by(&objects("customer"), "email"), "customers");
    once_each(by(&objects("subscription"), "customer"), "subscriptions");
    once_each(by(&objects("product"), "id"), "products");
    once_each(by(&objects("price"), "lookup_key"), "prices");
    let sessions = objects("checkout.session");
    assert!(sessions.iter().all(|session| session["status"] != "open"), "{sessions:?}");
    world.stripe.control("settings", &json!({ "webhooks": "drop", "finalise_after": 0 }));
    world.stripe.control("clock", &json!({ "seconds": 15 * DAY }));
    let charges = objects("charge");
    once_each(by(&charges, "customer"), "charges");
    let mut taken: Vec<i64> = charges.iter().filter_map(|charge| charge["amount"].as_i64()).collect();
    taken.sort_unstable();
    let agreed: Vec<i64> = (0..expected).map(cents).collect();
    assert_eq!(taken, agreed);
}

/// When the server is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The call is heard, and nothing was done yet.
    Heard,
    /// It was carried out, and nobody was told.
    Done,
    /// It was answered (or, of what a person asks: sent) this long ago.
    Told(Duration),
}

/// One kill: at the so-manieth call of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Strike {
    name: String,
    time: usize,
    at: At,
}

impl Strike {
    /// The moments of a step at which there is something to lose.
    fn at((name, time): &(String, usize)) -> Vec<Self> {
        let told =
            |millis: &[u64]| millis.iter().map(|millis| At::Told(Duration::from_millis(*millis))).collect::<Vec<_>>();
        let moments = match name.split(' ').next().unwrap_or_default() {
            // What Stripe is asked changes nothing there; the last answer is what an organisation is made of.
            "GET" if name.ends_with("/v1/charges") && *time <= 3 => [vec![At::Heard], told(&[1, 6, 14])].concat(),
            "GET" => vec![At::Heard],
            "POST" | "letter" => [vec![At::Heard, At::Done], told(&[0, 4])].concat(),
            "webhook" if name.ends_with("completed") => [vec![At::Heard, At::Done], told(&[0, 6])].concat(),
            "webhook" if name.ends_with("subscription.created") => vec![At::Heard, At::Done],
            "ask" if name.ends_with("found") => told(&[40, 120, 200]),
            "ask" if name.ends_with("done") => Vec::new(),
            "ask" => told(&[2, 8]),
            _ => Vec::new(),
        };
        moments.into_iter().map(|at| Self { name: name.clone(), time: *time, at }).collect()
    }
}

/// What the test sees of all that is said, and how the server dies.
#[derive(Default)]
pub struct Gate(Mutex<Seen>);

#[derive(Default)]
pub struct Seen {
    pub server: Option<Child>,
    /// How often each name was heard since the last journey began, in the order in which they were first.
    heard: Vec<(String, usize)>,
    armed: Option<Strike>,
    struck: bool,
    letters: Vec<Taken>,
    /// Letters that came once more under a key that was known.
    repeated: usize,
}

/// A letter that Resend has taken.
#[derive(Debug, Clone)]
pub struct Taken {
    key: String,
    pub to: String,
    text: String,
}

impl Gate {
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("nobody fell over")
    }

    /// Each step so far: its name, and the so-manieth time.
    fn steps(&self) -> Vec<(String, usize)> {
        let heard = self.seen().heard.clone();
        heard.into_iter().flat_map(|(name, times)| (1..=times).map(move |time| (name.clone(), time))).collect()
    }

    fn arm(&self, strike: Option<Strike>) {
        let mut seen = self.seen();
        seen.heard.clear();
        seen.struck = false;
        seen.armed = strike;
    }

    fn struck(&self) -> bool {
        self.seen().struck
    }

    pub fn inbox(&self) -> Vec<Taken> {
        self.seen().letters.clone()
    }

    fn repeated(&self) -> usize {
        self.seen().repeated
    }

    /// Something is said; is it the moment to strike?
    fn hears(&self, name: &str) -> Option<At> {
        let mut seen = self.seen();
        let time = if let Some((_, times)) = seen.heard.iter_mut().find(|(known, _)| known == name) {
            *times += 1;
            *times
        } else {
            seen.heard.push((name.to_owned(), 1));
            1
        };
        let strike = seen.armed.take_if(|strike| strike.name == name && strike.time == time)?;
        Some(strike.at)
    }

    /// SIGKILL: no chance to tidy up.
    pub fn kill(&self) {
        let mut seen = self.seen();
        if let Some(mut server) = seen.server.take() {
            server.kill().expect("it is killed");
            server.wait().expect("it ends");
        }
        seen.struck = true;
    }

    /// One call through the gate: `answer` carries it out.
    pub fn pass(
        &self,
        mut stream: TcpStream,
        name: &dyn Fn(&Said) -> String,
        answer: &dyn Fn(&Said) -> Option<Vec<u8>>,
    ) {
        let Some(said) = Said::read(&mut stream) else { return };
        let strike = self.hears(&name(&said));
        if strike == Some(At::Heard) {
            return self.kill();
        }
        let Some(answer) = answer(&said) else { return };
        if strike == Some(At::Done) {
            return self.kill();
        }
        // Whoever asked may be gone.
        let _told = stream.write_all(&answer).and_then(|()| stream.flush());
        drop(stream);
        if let Some(At::Told(ago)) = strike {
            thread::sleep(ago);
            self.kill();
        }
    }

    /// Resend, as far as it matters: the same key is the same letter.
    pub fn take_letter(&self, said: &Said) -> Vec<u8> {
        let key = said.header("idempotency-key").unwrap_or_default();
        let mail: Value = serde_json::from_slice(&said.body).expect("JSON");
        assert!(!key.is_empty(), "each letter has a key");
        let mut seen = self.seen();
        if seen.letters.iter().any(|letter| letter.key == key) {
            seen.repeated += 1;
        } else {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            seen.letters.push(Taken { to: text(&mail["to"][0]), text: text(&mail["text"]), key: key.clone() });
        }
        let body = json!({ "id": key.split('_').next_back() }).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }
}

/// The server, and all around it.
struct World {
    gate: Arc<Gate>,
    stripe: StandIn,
    /// To look into the database, and to let time pass there.
    platform: Platform,
    runtime: Runtime,
    settings: HashMap<&'static str, String>,
    port: u16,
    folder: TempDir,
}

impl World {
    fn begin(folder: TempDir, url: String) -> Self {
        let gate = Arc::<Gate>::default();
        let port = free_port();
        let stripe = StandIn::start(Clock::system().now().timestamp().as_second());
        let address = stripe.base.strip_prefix("http://").expect("an address").to_owned();
        let to_stripe = open(&gate, move |gate, stream| {
            gate.pass(stream, &|said| format!("{} {}", said.method, said.path()), &|said| said.forward(&address));
        });
        let to_resend = open(&gate, |gate, stream| {
            gate.pass(stream, &|_| "letter".to_owned(), &|said| Some(gate.take_letter(said)));
        });
        let to_server = open(&gate, move |gate, stream| {
            gate.pass(stream, &Said::event, &|said| said.forward(&format!("127.0.0.1:{port}")));
        });
        stripe.control(
            "settings",
            &json!({ "signing_time": "now", "webhook_url": format!("http://127.0.0.1:{to_server}/webhooks/stripe") }),
        );
        let plans = folder.path().join("plans.toml");
        std::fs::write(&plans, plans_file()).expect("the plans");
        let settings = HashMap::from([
            ("DATABASE_URL", url.clone()),
            ("DEVALO_ADDR", format!("127.0.0.1:{port}")),
            ("DEVALO_ORIGIN", format!("http://127.0.0.1:{port}")),
            ("DEVALO_SECRET", "QSBzZWNyZXQgb2YgdGhlIHRlc3RzLCAzMiBieXRlcyBsb25nIG9yIG1vcmU=".to_owned()),
            ("DEVALO_ENCRYPTION_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            ("DEVALO_TRUSTED_PROXIES", "127.0.0.1/32".to_owned()),
            ("DEVALO_PLANS", plans.display().to_string()),
            ("STRIPE_SECRET_KEY", stripe.key.to_owned()),
            ("STRIPE_WEBHOOK_SECRET", stripe.secret.to_owned()),
            ("STRIPE_API_BASE", format!("http://127.0.0.1:{to_stripe}")),
            ("RESEND_API_KEY", "re_test".to_owned()),
            ("EMAILS_PER_SECOND", "1000".to_owned()),
            ("RESEND_API_BASE", format!("http://127.0.0.1:{to_resend}")),
            ("EMAIL_FROM", "no-reply@devalo.example".to_owned()),
        ]);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let platform = runtime.block_on(async {
            let db = Db::connect(&url).await.expect("the database answers");
            Platform::new(db, Clock::system(), keyring(), signer(), ORIGIN.to_owned())
        });
        let world = Self { gate, stripe, platform, runtime, settings, port, folder };
        world.start();
        world
    }

    /// Starts the server, and waits until it is ready.
    fn start(&self) {
        start(&self.gate, self.folder.path(), &self.settings, self.port);
    }

    /// If the server was killed, it starts again: a minute or two later, when nobody waits any more for who had taken something in hand.
    fn tend(&self) {
        if self.gate.seen().server.is_some() {
            return;
        }
        self.runtime.block_on(async {
            let now = self.platform.clock.now();
            let mut tx = self.platform.begin(Access::Write).await.expect("a transaction");
            platform_sql!(exec, &mut tx, "UPDATE mails SET due_at = $1 WHERE due_at > $1 AND content IS NOT NULL", now)
                .expect("mails");
            platform_sql!(exec, &mut tx, "UPDATE stripe_events SET due_at = $1 WHERE due_at > $1", now)
                .expect("events");
            tx.commit().await.expect("a commit");
        });
        self.start();
    }

    /// What the newest letter to an address says, once it is there.
    fn letter_to(&self, to: &str) -> String {
        let started = Instant::now();
        loop {
            if let Some(letter) = self.gate.inbox().into_iter().rfind(|letter| letter.to == to) {
                return letter.text;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "no letter to {to}: {}",
                std::fs::read_to_string(self.log()).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(15));
            self.tend();
        }
    }

    /// Waits until all that Stripe tells is taken, and every letter is known to be sent.
    fn settle(&self) {
        let started = Instant::now();
        loop {
            self.tend();
            let told = self.stripe.control("webhooks/wait", &json!({ "ms": 50 }))["settled"] == true;
            let waiting = self.runtime.block_on(async {
                let mut tx = self.platform.begin(Access::Read).await.expect("a transaction");
                let sql = platform_sql!(
                    one(i64, i64),
                    &mut tx,
                    "SELECT (SELECT COUNT(*) FROM mails WHERE sent_at IS NULL) AS mails, (SELECT COUNT(*) FROM stripe_events WHERE done_at IS NULL) AS events"
                );
                tx.commit().await.expect("an end");
                sql.expect("counts")
            });
            if told && waiting == (0, 0) && self.gate.seen().server.is_some() {
                return;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "{waiting:?}: {}",
                std::fs::read_to_string(self.log()).unwrap_or_default()
            );
        }
    }

    fn log(&self) -> PathBuf {
        log_in(self.folder.path())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.gate.kill();
        if thread::panicking() {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("the server said last:\n{}", lines[lines.len().saturating_sub(30)..].join("\n"));
        }
    }
}

/// Somebody with a browser.
struct Person<'w> {
    world: &'w World,
    from: String,
    cookie: String,
}

impl Person<'_> {
    fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.cookie.split("; ").find_map(|pair| pair.strip_prefix("devalo_csrf=")).unwrap_or_default();
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", token).extend_pairs(fields);
        let body = body.finish();
        self.ask("POST", path, &body)
    }

    /// Asks, and asks again once the server is there again.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let Self { world, from, cookie } = &*self;
        let (world, port) = (*world, world.port);
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\nx-forwarded-for: {from}\r\ncookie: {cookie}\r\n\
             sec-fetch-site: same-origin\r\norigin: http://127.0.0.1:{port}\r\nreferer: http://127.0.0.1:{port}/\r\naccept: text/html\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let place: String = path.split('/').take(4).filter(|part| part.len() < 30).collect::<Vec<_>>().join("/");
        let step = if method == "POST" { format!("ask {place}") } else { format!("look {place}") };
        for _ in 0..10 {
            world.tend();
            let answer = match world.gate.hears(&step) {
                Some(At::Told(ago)) => {
                    let request = request.clone();
                    let sent = thread::spawn(move || ask(port, &request));
                    thread::sleep(ago);
                    world.gate.kill();
                    // What it may have answered is lost on the way.
                    let _lost = sent.join();
                    return self.ask(method, path, body);
                }
                _ => ask(port, &request),
            };
            if let Some(answer) = answer {
                self.keep_cookies(&answer);
                return answer;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("{step} isn't answered: {}", std::fs::read_to_string(world.log()).unwrap_or_default());
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        let set = answer.head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        for pair in set.filter_map(|line| line.split(';').next()) {
            let Some((name, _)) = pair.split_once('=') else { continue };
            let begins = format!("{name}=");
            let kept = self.cookie.split("; ").filter(|kept| !kept.is_empty() && !kept.starts_with(&begins));
            self.cookie = kept.chain([pair]).collect::<Vec<_>>().join("; ");
        }
    }
}

/// What the server answered, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> String {
        self.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default().to_owned()
    }
}

/// Starts a server in this folder, which dies by the gate, and waits until it is ready.
pub fn start(gate: &Gate, folder: &Path, settings: &HashMap<&'static str, String>, port: u16) {
    let log = std::fs::File::options().create(true).append(true).open(log_in(folder)).expect("a log");
    let server = Command::new(env!("CARGO_BIN_EXE_devalo"))
        .arg("serve")
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(settings)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("it starts");
    gate.seen().server = Some(server);
    let started = Instant::now();
    while ask(port, "GET /readyz HTTP/1.0\r\nhost: localhost\r\n\r\n").is_none_or(|answer| answer.status != 200) {
        assert!(
            started.elapsed() < PATIENCE,
            "it doesn't become ready: {}",
            std::fs::read_to_string(log_in(folder)).unwrap_or_default()
        );
        thread::sleep(Duration::from_millis(15));
    }
}

/// What a server in this folder says.
pub fn log_in(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// One exchange; `None` where the server went away in the middle.
pub fn ask(port: u16, request: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

/// A request that came to a gate.
pub struct Said {
    method: String,
    head: String,
    pub body: Vec<u8>,
}

impl Said {
    fn read(stream: &mut TcpStream) -> Option<Self> {
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut all = Vec::new();
        let mut part = [0; 4096];
        loop {
            if let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&all[..end]).into_owned();
                let mut said = Self { method: head.split(' ').next()?.to_owned(), head, body: Vec::new() };
                let length: usize = said.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
                said.body = all.split_off(end + 4);
                while said.body.len() < length {
                    let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
                    said.body.extend_from_slice(&part[..read]);
                }
                return Some(said);
            }
            let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
            all.extend_from_slice(&part[..read]);
        }
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    }

    /// The path without ids, so that each journey's steps have the same names.
    fn path(&self) -> String {
        let path = self.head.split(' ').nth(1).unwrap_or_default();
        path.split('?')
            .next()
            .unwrap_or_default()
            .split('/')
            .filter(|part| !part.contains('_'))
            .collect::<Vec<_>>()
            .join("/")
    }

    /// Which event of Stripe's it is.
    fn event(&self) -> String {
        let event: Value = serde_json::from_slice(&self.body).expect("an event");
        format!("webhook {}", event["type"].as_str().unwrap_or_default())
    }

    /// Hands it on, and gives the whole answer; `None` where nobody is there.
    fn forward(&self, to: &str) -> Option<Vec<u8>> {
        let mut stream = TcpStream::connect(to).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut head = String::new();
        for line in self.head.lines().filter(|line| !line.to_lowercase().starts_with("connection:")) {
            write!(head, "{line}\r\n").expect("text");
        }
        stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).ok()?;
        stream.write_all(&self.body).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        (!answer.is_empty()).then_some(answer)
    }
}

/// A gate on a port of its own, for as long as the test lasts.
pub fn open(gate: &Arc<Gate>, pass: impl Fn(&Gate, TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let gate = Arc::clone(gate);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (gate, pass) = (Arc::clone(&gate), pass.clone());
            thread::spawn(move || pass(&gate, stream));
        }
    });
    port
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

fn plan_name(number: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).expect("a letter"));
    format!("plan_{}{}", letter(number / 26), letter(number))
}

/// What a plan costs a month.
fn cents(number: usize) -> i64 {
    1_000 + i64::try_from(number).expect("few") * 10
}

fn plans_file() -> String {
    let mut file =
        "[[plan]]\nname = \"custom\"\nversion = 1\ntitle = \"Custom\"\nabout = \"As agreed.\"\nmodules = [\"*\"]\n"
            .to_owned();
    for number in 0..PLANS {
        let (name, month) = (plan_name(number), cents(number));
        write!(
            file,
            "[[plan]]\nname = \"{name}\"\nversion = 1\ntitle = \"Plan {number}\"\nabout = \"A plan.\"\nsold = true\nmodules = [\"calendar\"]\n\
             seats = 3\nmost_seats = 3\nmonth = {month}\nyear = {}\n",
            month * 10
        )
        .expect("text");
    }
    file
}
