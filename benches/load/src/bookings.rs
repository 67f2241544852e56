//! Bookings over HTTP, 32 at once: how many a second, what a storm on one time comes to, and that nobody is ever booked
//! twice.

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::{
    Options, Result,
    http::{Answer, Connection, request},
    pages::PAGE,
    product::{Database, Product, Service},
    report::{median, percentile, row},
};

/// How many book at once.
const AT_ONCE: usize = 32;
/// How many businesses share the load.
const BUSINESSES: usize = 64;
/// Bookings a second that are wanted.
const TARGET: f64 = 1_000.0;
/// The service that is booked in the load.
const SERVICE: &str = "half-hour";
const CONFLICT: u16 = 409;
/// How many phone numbers were given away.
static PHONES: AtomicUsize = AtomicUsize::new(0);

/// One time of one service that can be asked for.
#[derive(Debug, Clone)]
pub struct Seat {
    org: Arc<str>,
    service: &'static str,
    start: String,
}

/// How a booking is sent.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// The public form, as our page's script sends it.
    Form,
    /// The public form, as a browser without scripts sends it; where it fails, the whole page comes back.
    PlainForm,
    /// The JSON API.
    Json,
}

/// What a storm of tries came to.
#[derive(Debug, Default)]
struct Counts {
    by_status: BTreeMap<u16, usize>,
    milliseconds: Vec<f64>,
    seconds: f64,
}

/// Starts the product with businesses that can take the load, and gives their free times in an order that visits all of
/// them in turn.
pub async fn businesses(product: &mut Product, first: &str) -> Result<Vec<Seat>> {
    let slugs: Vec<String> = (0..BUSINESSES).map(|nth| format!("bench-{nth}")).collect();
    let special = ["one", "storm", "mixed"].map(str::to_owned);
    product.add_businesses(&[slugs.as_slice(), &special].concat()).await?;
    product.start(first).await?;
    let mut owner = product.owner().await?;
    let mut starts = Vec::new();
    for slug in &slugs {
        owner.set_up(slug, 5, &[Service(SERVICE, 30, 0, 0)]).await?;
        starts = owner.starts(slug, SERVICE, 50).await?;
    }
    // Five people can be booked at each start, and starts far from each other come one after the other.
    let (mut seats, mut random) = (Vec::new(), Random(1));
    for _ in 0..5 {
        let mut shuffled = starts.clone();
        random.shuffle(&mut shuffled);
        for start in shuffled {
            seats.extend(slugs.iter().map(|slug| Seat {
                org: slug.as_str().into(),
                service: SERVICE,
                start: start.clone(),
            }));
        }
    }
    Ok(seats)
}

/// Books for so long, whatever comes of it.
pub async fn load(product: &Product, seats: Vec<Seat>, time: Duration) -> Result<()> {
    book(product.addr, Way::Form, Arc::new(seats), Some(time), "load").await.map(|_| ())
}

/// Books each of these times once, at one business.
pub async fn fill(addr: SocketAddr, org: &str, service: &'static str, starts: &[String]) -> Result<()> {
    let seats = starts.iter().map(|start| Seat { org: org.into(), service, start: start.clone() }).collect();
    book(addr, Way::Json, Arc::new(seats), None, "fill").await?.all_succeeded().map(|_| ())
}

/// Books one.
pub async fn one(addr: SocketAddr, org: &str, service: &'static str, start: &str, key: &str) -> Result<()> {
    let seat = Seat { org: org.into(), service, start: start.to_owned() };
    let answer = Connection::open(addr).await?.send(&Way::Json.request(addr, &seat, key, &Forms::default())).await?;
    token(&answer).map(|_| ())
}

/// Figures: bookings a second, storms, and double bookings, on one database.
pub async fn measure(options: &Options, database: Database) -> Result<()> {
    let mut product = Product::prepare(options, database).await?;
    let mut seats = businesses(&mut product, PAGE).await?;
    let mut booked = 0;
    let time = Some(Duration::from_secs(options.seconds()));
    for (way, name) in [(Way::Form, "the public form"), (Way::Json, "the JSON API")] {
        let mut rates = Vec::new();
        let mut latency = Vec::new();
        for round in 0..options.rounds() {
            let mut counts = book(product.addr, way, Arc::new(seats.clone()), time, &format!("{name}{round}")).await?;
            let done = counts.all_succeeded()?;
            // Those are taken now.
            seats.drain(..done);
            booked += done;
            rates.push(done as f64 / counts.seconds);
            latency.push(percentile(&mut counts.milliseconds, 0.99));
        }
        report(&format!("bookings, {database}, {name}, {BUSINESSES} businesses"), median(rates), median(latency));
    }
    booked += one_business(options, &product, database).await?;
    booked += storms(options, &product, database).await?;
    booked += mixed(options, &product, database).await?;
    check_database(&product, database, booked).await?;
    product.check_log(&format!("bookings on {database}"));
    let most = product.memory()?.peak as f64 / 1024.0;
    row(
        &format!("memory while booking, {database}, at most"),
        &format!("{most:.1} MB"),
        "–",
        None,
        "≤ 80 MB",
        Some(most <= 80.0),
    );
    product.stop().await
}

/// All at one business with ten people.
async fn one_business(options: &Options, product: &Product, database: Database) -> Result<usize> {
    let mut owner = product.owner().await?;
    owner.set_up("one", 10, &[Service(SERVICE, 30, 0, 0)]).await?;
    let starts = owner.starts("one", SERVICE, 50).await?;
    let mut seats: Vec<Seat> = (0..10)
        .flat_map(|_| starts.iter().map(|start| Seat { org: "one".into(), service: SERVICE, start: start.clone() }))
        .collect();
    Random(2).shuffle(&mut seats);
    seats.truncate(if options.quick { 500 } else { 3_000 });
    let mut counts = book(product.addr, Way::Form, Arc::new(seats), None, "one").await?;
    let done = counts.all_succeeded()?;
    let latency = percentile(&mut counts.milliseconds, 0.99);
    report(&format!("bookings, {database}, {done} at one business"), done as f64 / counts.seconds, latency);
    Ok(done)
}

/// Everybody wants the same time of the same person.
async fn storms(options: &Options, product: &Product, database: Database) -> Result<usize> {
    let mut owner = product.owner().await?;
    owner.set_up("storm", 1, &[Service(SERVICE, 30, 0, 0)]).await?;
    let starts = owner.starts("storm", SERVICE, 50).await?;
    let mut starts = starts.into_iter().step_by(7);
    let tries = if options.quick { 1_000 } else { 5_000 };
    let mut won = 0;
    for (way, name) in [(Way::Form, "form"), (Way::PlainForm, "form without scripts"), (Way::Json, "JSON API")] {
        let (mut rates, mut latency, mut exact) = (Vec::new(), Vec::new(), true);
        for round in 0..options.rounds() {
            let start = starts.next().ok_or("no more times")?;
            let seat = Seat { org: "storm".into(), service: SERVICE, start };
            let seats = Arc::new(vec![seat; tries]);
            let mut counts = book(product.addr, way, seats, None, &format!("storm{name}{round}")).await?;
            won += counts.successes();
            exact &= counts.successes() == 1 && counts.of(CONFLICT) == tries - 1;
            rates.push(tries as f64 / counts.seconds);
            latency.push(percentile(&mut counts.milliseconds, 0.99));
            if !exact {
                println!("a storm on one time: {:?}", counts.by_status);
            }
        }
        let figure = format!("storm on one time, {database}, {name}: one booked, {} told 409", tries - 1);
        let (rate, latency) = (median(rates), median(latency));
        row(
            &figure,
            &format!("{rate:.0}/s, p99 {latency:.0} ms"),
            "–",
            None,
            "≥ 1000/s",
            Some(exact && rate >= TARGET),
        );
    }
    Ok(won)
}

/// Few times, many tries: booking by every way, moving and cancelling.
async fn mixed(options: &Options, product: &Product, database: Database) -> Result<usize> {
    const SERVICES: [Service; 3] =
        [Service("short", 20, 5, 10), Service("middle", 45, 0, 15), Service("long", 75, 10, 0)];
    let mut owner = product.owner().await?;
    owner.set_up("mixed", 4, &SERVICES).await?;
    let mut seats = Vec::new();
    for Service(slug, ..) in SERVICES {
        for start in owner.starts("mixed", slug, 2).await? {
            seats.push(Seat { org: "mixed".into(), service: slug, start });
        }
    }
    let seats = Arc::new(seats);
    let tries = if options.quick { 5_000 } else { 100_000 };
    let taken = Arc::new(AtomicUsize::new(0));
    let addr = product.addr;
    let begun = Instant::now();
    let outcomes = at_once(|worker| {
        let (seats, taken) = (Arc::clone(&seats), Arc::clone(&taken));
        async move { Mixer::new(addr, worker, &seats).await?.run(&taken, tries).await }
    })
    .await?;
    let rate = tries as f64 / begun.elapsed().as_secs_f64();
    let booked: usize = outcomes.iter().map(|outcome| outcome.booked).sum();
    let cancelled: usize = outcomes.iter().map(|outcome| outcome.cancelled).sum();
    let moved: usize = outcomes.iter().map(|outcome| outcome.moved).sum();
    row(
        &format!(
            "{tries} tries at {} times, {database}: {booked} booked, {moved} moved, {cancelled} cancelled",
            seats.len()
        ),
        &format!("{rate:.0}/s"),
        "–",
        None,
        "–",
        Some(booked > 0 && moved > 0 && cancelled > 0),
    );
    Ok(booked - cancelled)
}

/// One who books, moves and cancels at random.
struct Mixer {
    connection: Connection,
    addr: SocketAddr,
    worker: usize,
    seats: Arc<Vec<Seat>>,
    random: Random,
    forms: Forms,
    /// The tokens and versions of their own bookings, and which service.
    own: Vec<(String, i64, &'static str)>,
    booked: usize,
    moved: usize,
    cancelled: usize,
}

impl Mixer {
    async fn new(addr: SocketAddr, worker: usize, seats: &Arc<Vec<Seat>>) -> Result<Self> {
        let connection = Connection::open(addr).await?;
        let random = Random(worker as u64 + 100);
        let forms = forms(addr, Way::Form, seats).await?;
        Ok(Self {
            connection,
            addr,
            worker,
            seats: Arc::clone(seats),
            random,
            forms,
            own: Vec::new(),
            booked: 0,
            moved: 0,
            cancelled: 0,
        })
    }

    async fn run(mut self, taken: &AtomicUsize, tries: usize) -> Result<Self> {
        loop {
            let nth = taken.fetch_add(1, Ordering::Relaxed);
            if nth >= tries {
                return Ok(self);
            }
            let own = if self.own.is_empty() { None } else { Some(self.random.below(self.own.len())) };
            match (self.random.below(10), own) {
                (0, Some(own)) => self.cancel(own).await?,
                (1, Some(own)) => self.move_one(own).await?,
                _ => self.book(nth).await?,
            }
        }
    }

    async fn book(&mut self, nth: usize) -> Result<()> {
        let seat = self.seats.get(self.random.below(self.seats.len())).ok_or("no times")?;
        let way = [Way::Form, Way::Json][nth % 2];
        let answer = self.connection.send(&way.request(self.addr, seat, &format!("mixed-{nth}"), &self.forms)).await?;
        if answer.succeeded() {
            self.booked += 1;
            self.own.push((token(&answer)?, 1, seat.service));
            Ok(())
        } else {
            expect_conflict(&answer)
        }
    }

    async fn move_one(&mut self, own: usize) -> Result<()> {
        let (token, version, service) = self.own.get(own).ok_or("no booking")?.clone();
        let seats: Vec<&Seat> = self.seats.iter().filter(|seat| seat.service == service).collect();
        let start = &seats.get(self.random.below(seats.len())).ok_or("no times")?.start;
        let answer = self.change(&token, "move", &json!({ "start": start, "version": version })).await?;
        if !answer.succeeded() {
            return expect_conflict(&answer);
        }
        self.moved += 1;
        if let Some((_, version, _)) = self.own.get_mut(own) {
            *version += 1;
        }
        Ok(())
    }

    async fn cancel(&mut self, own: usize) -> Result<()> {
        let (token, version, _) = self.own.swap_remove(own);
        let answer = self.change(&token, "cancel", &json!({ "version": version })).await?;
        if !answer.succeeded() {
            return Err(format!("worker {} couldn’t cancel its own booking: {}", self.worker, answer.head).into());
        }
        self.cancelled += 1;
        Ok(())
    }

    async fn change(&mut self, token: &str, what: &str, body: &serde_json::Value) -> Result<Answer> {
        let path = format!("/api/v1/calendar/manage/{token}/{what}");
        let message = request("POST", &path, self.addr, &["Content-Type: application/json"], &body.to_string());
        self.connection.send(&message).await
    }
}

impl Counts {
    fn of(&self, status: u16) -> usize {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    fn successes(&self) -> usize {
        self.by_status.range(200..400).map(|(_, count)| count).sum()
    }

    fn all_succeeded(&self) -> Result<usize> {
        let all: usize = self.by_status.values().sum();
        let done = self.successes();
        if all > 0 && done == all {
            Ok(done)
        } else {
            Err(format!("bookings that must succeed: {:?}", self.by_status).into())
        }
    }
}

impl Way {
    fn request(self, addr: SocketAddr, seat: &Seat, key: &str, forms: &Forms) -> Vec<u8> {
        let Seat { org, service, start } = seat;
        let name = format!("Client {key}");
        let email = format!("{key}@client.example");
        // Nobody shares a phone with thousands of others: who is known already is looked for by it.
        let phone = format!("04{:08}", PHONES.fetch_add(1, Ordering::Relaxed) % 100_000_000);
        if matches!(self, Self::Json) {
            let body = json!({
                "service": service, "start": start, "zone": "Australia/Perth", "name": name, "email": email,
                "phone": phone, "notes": "First visit.",
            });
            let key = format!("Idempotency-Key: json-{key}");
            let headers = ["Content-Type: application/json", key.as_str()];
            return request(
                "POST",
                &format!("/api/v1/orgs/{org}/calendar/bookings"),
                addr,
                &headers,
                &body.to_string(),
            );
        }
        let form_key = format!("form-{key}");
        let fields = [
            ("org", &**org),
            ("service", service),
            ("start", start),
            ("zone", "Australia/Perth"),
            ("key", &form_key),
            ("name", &name),
            ("email", &email),
            ("phone", &phone),
            ("notes", "First visit."),
            ("made", forms.get(&(Arc::clone(org), service)).map_or("", String::as_str)),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let origin = format!("Origin: http://{addr}");
        let referer = format!("Referer: http://{addr}/b/{org}/{service}?start={start}");
        let accept = if matches!(self, Self::Form) { "Accept: application/json" } else { "Accept: text/html" };
        let headers = [
            "Content-Type: application/x-www-form-urlencoded",
            "Sec-Fetch-Site: same-origin",
            accept,
            origin.as_str(),
            referer.as_str(),
        ];
        request("POST", "/fn/calendar/book", addr, &headers, &body)
    }
}

/// What the form of each business's service says of when it was made.
type Forms = Arc<HashMap<(Arc<str>, &'static str), String>>;

/// What the forms say, from the pages that they are on; old enough to be sent.
async fn forms(addr: SocketAddr, way: Way, seats: &[Seat]) -> Result<Forms> {
    let mut forms = HashMap::new();
    if matches!(way, Way::Json) {
        return Ok(Arc::new(forms));
    }
    let mut connection = Connection::open(addr).await?;
    for Seat { org, service, start } in seats {
        if forms.contains_key(&(Arc::clone(org), *service)) {
            continue;
        }
        let page = format!("/b/{org}/{service}?start={start}");
        let answer = connection.send(&request("GET", &page, addr, &["Accept: text/html"], "")).await?;
        let text = String::from_utf8_lossy(&answer.body);
        let made = text.split("name=\"made\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        forms.insert((Arc::clone(org), *service), made.ok_or("the page has no form")?.to_owned());
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(Arc::new(forms))
}

/// Asks for each of these times once, `AT_ONCE` at a time, until none is left or the time is up.
async fn book(addr: SocketAddr, way: Way, seats: Arc<Vec<Seat>>, time: Option<Duration>, run: &str) -> Result<Counts> {
    let next = Arc::new(AtomicUsize::new(0));
    let run = run.replace(|char: char| !char.is_ascii_alphanumeric(), "");
    let forms = forms(addr, way, &seats).await?;
    let begun = Instant::now();
    let all = at_once(|_| {
        let (seats, next, run, forms) = (Arc::clone(&seats), Arc::clone(&next), run.clone(), Arc::clone(&forms));
        async move {
            let mut connection = Connection::open(addr).await?;
            let mut counts = Counts::default();
            while time.is_none_or(|time| begun.elapsed() < time) {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                let Some(seat) = seats.get(nth) else {
                    if time.is_some() {
                        return Err("all the times were taken before the time was up: make more of them".into());
                    }
                    break;
                };
                let asked = Instant::now();
                let answer = connection.send(&way.request(addr, seat, &format!("{run}-{nth}"), &forms)).await?;
                counts.milliseconds.push(asked.elapsed().as_secs_f64() * 1e3);
                *counts.by_status.entry(answer.status).or_default() += 1;
            }
            Ok(counts)
        }
    })
    .await?;
    let mut sum = Counts { seconds: begun.elapsed().as_secs_f64(), ..Counts::default() };
    for counts in all {
        sum.milliseconds.extend(counts.milliseconds);
        for (status, count) in counts.by_status {
            *sum.by_status.entry(status).or_default() += count;
        }
    }
    Ok(sum)
}

/// Runs `AT_ONCE` workers and gives what each made.
async fn at_once<T, F>(worker: impl Fn(usize) -> F) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let tasks: Vec<_> = (0..AT_ONCE).map(|nth| tokio::spawn(worker(nth))).collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await??);
    }
    Ok(outcomes)
}

/// In the database itself: as many appointments as answers said, none of a person overlaps another, and what each blocks
/// is its time with its service's buffers.
#[expect(clippy::disallowed_methods, reason = "a check from outside the product, on its bare tables")]
async fn check_database(product: &Product, database: Database, booked: usize) -> Result<()> {
    const OVERLAPS: &str = "SELECT count(*) FROM (
            SELECT blocks_from, max(blocks_until) OVER (PARTITION BY org_id, staff_id ORDER BY blocks_from, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until_then
            FROM calendar_appointments WHERE status = 'booked'
        ) AS spans WHERE until_then > blocks_from";
    const BOOKED: &str = "SELECT count(*) FROM calendar_appointments AS a JOIN organisations AS o ON o.id = a.org_id
        WHERE a.status = 'booked' AND o.slug <> 'harbour-physio'";
    const WRONG_SQLITE: &str = "SELECT count(*) FROM calendar_appointments AS a JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
        WHERE a.blocks_from <> a.starts_at - s.buffer_before_minutes * 60000000 OR a.blocks_until <> a.ends_at + s.buffer_after_minutes * 60000000
           OR a.ends_at <> a.starts_at + s.duration_minutes * 60000000";
    const WRONG_POSTGRES: &str = "SELECT count(*) FROM calendar_appointments AS a JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
        WHERE a.blocks_from <> a.starts_at - s.buffer_before_minutes * interval '1 minute' OR a.blocks_until <> a.ends_at + s.buffer_after_minutes * interval '1 minute'
           OR a.ends_at <> a.starts_at + s.duration_minutes * interval '1 minute'";
    let url = product.database_url();
    let (overlaps, found, wrong): (i64, i64, i64) = match database {
        Database::Sqlite => {
            let mut connection = SqliteConnection::connect(&url).await?;
            (
                sqlx::query_scalar(OVERLAPS).fetch_one(&mut connection).await?,
                sqlx::query_scalar(BOOKED).fetch_one(&mut connection).await?,
                sqlx::query_scalar(WRONG_SQLITE).fetch_one(&mut connection).await?,
            )
        }
        Database::Postgres => {
            let mut connection = PgConnection::connect(&url).await?;
            (
                sqlx::query_scalar(OVERLAPS).fetch_one(&mut connection).await?,
                sqlx::query_scalar(BOOKED).fetch_one(&mut connection).await?,
                sqlx::query_scalar(WRONG_POSTGRES).fetch_one(&mut connection).await?,
            )
        }
    };
    let right = usize::try_from(found) == Ok(booked) && overlaps == 0 && wrong == 0;
    if !right {
        println!("{database}: answered {booked}, stored {found}, overlapping {overlaps}, blocking wrongly {wrong}");
    }
    let figure = format!("double bookings among {found}, {database}, buffers included");
    row(&figure, &overlaps.to_string(), "–", None, "0", Some(right));
    Ok(())
}

fn report(figure: &str, rate: f64, latency: f64) {
    row(figure, &format!("{rate:.0}/s, p99 {latency:.0} ms"), "–", None, "≥ 1000/s", Some(rate >= TARGET));
}

fn expect_conflict(answer: &Answer) -> Result<()> {
    if answer.status == CONFLICT {
        return Ok(());
    }
    Err(format!("neither booked nor refused: {}{}", answer.head, String::from_utf8_lossy(&answer.body)).into())
}

/// The token of a booking's private link, from either way's answer.
fn token(answer: &Answer) -> Result<String> {
    if let Some(location) = answer.header("location") {
        let token = location.trim_start_matches("/manage/").split('?').next().unwrap_or_default();
        return Ok(token.to_owned());
    }
    Ok(answer.json()?["token"].as_str().ok_or("no token")?.to_owned())
}

/// Numbers that look random and are the same in each run (`SplitMix64`).
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// Below this.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % end.max(1) as u64).unwrap_or(0)
    }

    /// From 0 on, and below 1.
    pub fn share(&mut self) -> f64 {
        const STEPS: usize = 1 << 53;
        self.below(STEPS) as f64 / STEPS as f64
    }

    /// Puts them in another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            list.swap(place, self.below(place + 1));
        }
    }
}
