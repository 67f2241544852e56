//! A crowd of visitors at the public booking pages of many businesses. They come when chance has them come and not when the server has time
//! (an open loop), and what they wait is counted from the moment at which they meant to ask: a server that falls behind, or a load generator
//! that does, shows in every figure and leaves nobody out.
//!
//! Most of them look: at a business, at a service, at another week's or month's times. Some choose a time, and some of those book it, through
//! the forms and with what is hidden in them, as browsers do. A fifth of all come to a few businesses and take one of the first times on offer
//! there, so that several want the same one.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    runtime::Builder,
    task::{JoinSet, spawn_blocking},
    time::{sleep_until, timeout},
};

use crate::{
    Failure, Result,
    bookings::Random,
    from_now,
    http::{Answer, Connection, request},
    open_loop::Arrivals,
    pages::PAGE,
    product::{Product, Service},
};

/// Businesses; the first few of them are those where many want the same.
const BUSINESSES: usize = 40;
const HOT: usize = 3;
/// Who works in each, on weekdays from 8 to 6.
const PEOPLE: usize = 4;
const OPEN: (i64, i64) = (8 * 60, 18 * 60);
const SERVICES: [Service; 3] =
    [Service("first-visit", 60, 0, 0), Service("follow-up", 30, 0, 0), Service("check-up", 30, 0, 0)];
/// Visitors look at weeks that begin within so many days.
const DAYS: i64 = 40;
/// Of the times on offer, those who all want the same choose one of so many.
const WANTED: usize = 3;
/// Whoever isn't answered within this leaves.
const PATIENCE: Duration = Duration::from_secs(10);
/// The last to come have left after this long: what they think about, and what they are patient for once.
const LEAVE_WITHIN: Duration = Duration::from_secs(25);
/// More are never inside at once: the next are turned away, which is a failure.
const MOST_INSIDE: usize = 6_000;
/// A connection that wasn't used for so long may be closed at the other end.
const FRESH: Duration = Duration::from_secs(20);
/// So that the same visitors come in each run.
const SEED: u64 = 2_027;
const OK: u16 = 200;
const UNCHANGED: u16 = 304;
const TAKEN: u16 = 409;
const PACKED: &str = "Accept-Encoding: gzip, deflate, br";

/// What visitors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Look at a business's page.
    Business,
    /// Load the files of its pages, or ask whether they have changed.
    Files,
    /// Look at a week of a service.
    Service,
    /// Ask for a week's or a month's times as data.
    Times,
    /// Choose a time.
    Choose,
    /// Get the form.
    Form,
    /// Send it.
    Book,
    /// See one's own booking.
    Own,
}

impl Step {
    /// All of them, with what they are called.
    pub const ALL: [(Self, &str); 8] = [
        (Self::Business, "business page"),
        (Self::Files, "files"),
        (Self::Service, "booking page"),
        (Self::Times, "slots API"),
        (Self::Choose, "choosing a time"),
        (Self::Form, "form"),
        (Self::Book, "booking"),
        (Self::Own, "own booking"),
    ];
}

/// An answer, or that there was none.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// To what.
    pub step: Step,
    /// When, from the beginning on.
    pub at: Duration,
    /// From when it was meant to be asked, in milliseconds.
    pub milliseconds: f64,
}

/// How a crowd fared.
#[derive(Debug, Default)]
pub struct Outcome {
    /// All that was asked.
    pub answers: Vec<Answered>,
    /// What shouldn't have been, and how often.
    pub failures: BTreeMap<String, usize>,
    /// How much later than meant something was sent, in milliseconds: the load generator's own part of what was waited.
    pub late: Vec<f64>,
    /// Who came.
    pub visitors: usize,
    /// Bookings.
    pub booked: usize,
    /// Who was told that somebody else was first.
    pub taken: usize,
}

impl Outcome {
    /// What was waited for this, in milliseconds; for anything, where nothing is named.
    pub fn waits(&self, step: Option<Step>) -> Vec<f64> {
        let of = self.answers.iter().filter(|answer| step.is_none_or(|step| answer.step == step));
        of.map(|answer| answer.milliseconds).collect()
    }

    /// How much of what was asked failed.
    pub fn failed(&self) -> usize {
        self.failures.values().sum()
    }

    fn fail(&mut self, why: String) {
        *self.failures.entry(why).or_default() += 1;
    }
}

/// A file of the pages, as a browser that has it knows it.
#[derive(Debug)]
struct File {
    path: String,
    mark: String,
}

/// Where visitors come to.
#[derive(Debug)]
pub struct Town {
    addr: SocketAddr,
    businesses: Vec<String>,
    /// The first of them is the style.
    files: Vec<File>,
    days: Vec<String>,
    /// How many crowds came: nobody books twice under the same name.
    crowds: AtomicUsize,
}

impl Town {
    /// Starts the product with businesses that can take a crowd, and with others beside them.
    pub async fn build(product: &mut Product, others: &[String]) -> Result<Arc<Self>> {
        let businesses: Vec<String> = (0..BUSINESSES).map(|nth| format!("town-{nth}")).collect();
        product.add_businesses(&[businesses.as_slice(), others].concat()).await?;
        product.start(PAGE).await?;
        let mut owner = product.owner().await?;
        for business in &businesses {
            owner.set_up_open(business, PEOPLE, &SERVICES, 1..=5, OPEN).await?;
        }
        product.learn().await?;
        let days = (1..=DAYS).map(|day| from_now(day * 24).chars().take(10).collect()).collect();
        let files = files(product.addr, &businesses[0]).await?;
        Ok(Arc::new(Self { addr: product.addr, businesses, files, days, crowds: AtomicUsize::new(0) }))
    }

    /// The path of the largest file.
    pub async fn largest_file(&self) -> Result<String> {
        let mut largest = (0, String::new());
        for file in &self.files {
            let size = crate::http::get(self.addr, &file.path).await?.body.len();
            if size > largest.0 {
                largest = (size, file.path.clone());
            }
        }
        Ok(largest.1)
    }

    /// Lets so many visitors a second come for so long, and waits until they have left. All of them live on one thread: what they take of the
    /// processors is little, and can be told.
    pub async fn receive(self: &Arc<Self>, a_second: u32, time: Duration) -> Result<Outcome> {
        let town = Arc::clone(self);
        let left = spawn_blocking(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            Ok::<Outcome, Failure>(runtime.block_on(crowd(town, a_second, time)))
        });
        left.await?
    }
}

/// The files that a page needs.
async fn files(addr: SocketAddr, business: &str) -> Result<Vec<File>> {
    let mut connection = Connection::open(addr).await?;
    let page = connection.send(&request("GET", &format!("/b/{business}"), addr, &["Accept: text/html"], "")).await?;
    let text = String::from_utf8(page.body)?;
    let mut paths: Vec<String> = Vec::new();
    for folder in ["/pkg/", "/fonts/"] {
        for rest in text.split(folder).skip(1) {
            let name = rest.split(['"', '\'', '<', '>', ' ', ')']).next().unwrap_or_default();
            let path = format!("{folder}{name}");
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    // The style comes first.
    paths.sort_by_key(|path| !path.contains(".css"));
    let mut files = Vec::new();
    for path in paths {
        let answer = connection.send(&request("GET", &path, addr, &[PACKED], "")).await?;
        let mark =
            answer.header("etag").filter(|_| answer.status == OK).ok_or_else(|| format!("{path} has no mark"))?;
        files.push(File { mark: mark.to_owned(), path });
    }
    if files.is_empty() {
        return Err("the pages need no files".into());
    }
    Ok(files)
}

async fn crowd(town: Arc<Town>, a_second: u32, time: Duration) -> Outcome {
    let nth = town.crowds.fetch_add(1, Ordering::Relaxed);
    let begun = Instant::now();
    let here = Arc::new(Crowd { town, nth, begun, idle: Mutex::default(), outcome: Mutex::default() });
    let mut inside = JoinSet::new();
    for (nth, at) in Arrivals::new(a_second, SEED).take_while(|at| *at < time).enumerate() {
        let meant = begun + at;
        sleep_until(meant.into()).await;
        while inside.try_join_next().is_some() {}
        here.outcome().visitors += 1;
        if inside.len() < MOST_INSIDE {
            inside.spawn(Visitor::new(&here, nth).visit(meant));
        } else {
            here.outcome().fail("turned away, for so many were waiting".to_owned());
        }
    }
    let leaving = async { while inside.join_next().await.is_some() {} };
    if timeout(LEAVE_WITHIN, leaving).await.is_err() {
        for _ in 0..inside.len() {
            here.outcome().fail("never left".to_owned());
        }
    }
    // Before this thread's runtime goes, to which they belong.
    here.idle().clear();
    std::mem::take(&mut *here.outcome())
}

/// All who come while the same rate lasts.
struct Crowd {
    town: Arc<Town>,
    nth: usize,
    begun: Instant,
    /// Connections that nobody uses, the one used last at the end: a proxy keeps and shares them like that.
    idle: Mutex<Vec<(Instant, Connection)>>,
    outcome: Mutex<Outcome>,
}

impl Crowd {
    async fn send(&self, message: &[u8]) -> Result<Answer> {
        let kept = self.kept();
        let mut connection = match kept {
            Some(connection) => connection,
            None => Connection::open(self.town.addr).await?,
        };
        let answer = connection.send(message).await?;
        if answer.header("connection").is_none_or(|said| !said.eq_ignore_ascii_case("close")) {
            self.idle().push((Instant::now(), connection));
        }
        Ok(answer)
    }

    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle();
        let (since, connection) = idle.pop()?;
        if since.elapsed() < FRESH {
            return Some(connection);
        }
        // Those before it are idle for longer still.
        idle.clear();
        None
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Instant, Connection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody with a browser.
struct Visitor {
    crowd: Arc<Crowd>,
    nth: usize,
    random: Random,
    business: String,
    wants_what_all_want: bool,
    headers: Vec<String>,
}

impl Visitor {
    fn new(crowd: &Arc<Crowd>, nth: usize) -> Self {
        let mut random = Random(SEED + nth as u64);
        let wants_what_all_want = random.below(5) == 0;
        let businesses = &crowd.town.businesses;
        let business = if wants_what_all_want { random.below(HOT) } else { HOT + random.below(businesses.len() - HOT) };
        // Each is somewhere else, and all of it is this machine: the limits on places, and what is done while very many come from everywhere, would
        // otherwise be what is measured.
        let [.., b, c] = nth.to_be_bytes();
        let from = format!("X-Forwarded-For: 127.{}.{b}.{c}", 1 + crowd.nth % 254);
        let headers = vec![from, "Accept: text/html,application/xhtml+xml".to_owned()];
        let (crowd, business) = (Arc::clone(crowd), businesses[business].clone());
        Self { crowd, nth, random, business, wants_what_all_want, headers }
    }

    /// Whoever gets no answer that they can go on with leaves.
    async fn visit(mut self, meant: Instant) {
        let _left = self.go(meant).await;
    }

    async fn go(&mut self, meant: Instant) -> Option<()> {
        let page = format!("/b/{}", self.business);
        self.get(Step::Business, &page, &[PACKED], meant).await?;
        self.headers.push("Cookie: devalo_zone=Australia/Sydney".to_owned());
        self.files().await?;
        if !self.happens(80) {
            return None;
        }
        let service = SERVICES[self.random.below(SERVICES.len())].0;
        let day = self.random.below(self.crowd.town.days.len());
        let from = self.crowd.town.days[day].clone();
        let page = if self.wants_what_all_want {
            format!("{page}/{service}")
        } else {
            format!("{page}/{service}?from={from}")
        };
        let chooses = self.happens(20);
        // What is read here, and not only shown, isn't unpacked.
        let accepts: &[&str] = if chooses { &[] } else { &[PACKED] };
        let then = self.thinks(500, 1_500);
        let shown = self.get(Step::Service, &page, accepts, then).await?;
        if self.happens(30) {
            let then = self.thinks(500, 1_500);
            self.times(service, day, then).await?;
        }
        if !chooses {
            return None;
        }
        let (form, path) = self.choose(service, &page, &String::from_utf8_lossy(&shown.body)).await?;
        if !self.happens(55) {
            return None;
        }
        self.book(&form, &path).await
    }

    /// One in ten is there for the first time and loads all; a browser that was there before asks whether the style has changed.
    async fn files(&mut self) -> Option<()> {
        let crowd = Arc::clone(&self.crowd);
        let files = &crowd.town.files;
        if self.happens(10) {
            for file in files {
                self.get(Step::Files, &file.path, &[PACKED], Instant::now()).await?;
            }
            return Some(());
        }
        let style = files.first()?;
        let known = format!("If-None-Match: {}", style.mark);
        let answer = self.get(Step::Files, &style.path, &[PACKED, &known], Instant::now()).await?;
        if answer.status != UNCHANGED {
            self.crowd.outcome().fail(format!("a known file: {}", answer.status));
        }
        Some(())
    }

    async fn times(&mut self, service: &str, day: usize, then: Instant) -> Option<()> {
        let days = if self.happens(50) { 7 } else { 30 };
        let from = &self.crowd.town.days[day];
        let until: String = from_now((i64::try_from(day).ok()? + 1 + days) * 24).chars().take(10).collect();
        let (org, midnight) = (&self.business, "T00:00:00Z");
        let path =
            format!("/api/v1/orgs/{org}/calendar/services/{service}/slots?from={from}{midnight}&to={until}{midnight}");
        self.get(Step::Times, &path, &[PACKED], then).await.map(|_| ())
    }

    /// Takes one of the times that are on the page; gives the form that comes, and its address. `None`: there is none, or it has gone meanwhile.
    async fn choose(&mut self, service: &str, page: &str, shown: &str) -> Option<(String, String)> {
        let offered: Vec<&str> = values(shown, "start").collect();
        if offered.is_empty() {
            return None;
        }
        let most = if self.wants_what_all_want { WANTED.min(offered.len()) } else { offered.len() };
        let start = offered[self.random.below(most)];
        let query = values(shown, "query").next().unwrap_or_default().replace("&amp;", "&");
        let fields = [("org", self.business.as_str()), ("service", service), ("query", &query), ("start", start)];
        let message = self.form("/fn/calendar/hold", page, &fields);
        let then = self.thinks(1_000, 3_000);
        let led = self.ask(Step::Choose, &message, then).await?;
        let path = led.header("location")?.split('#').next()?.to_owned();
        let held = led.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let cookie = value.trim().split(';').next()?;
            (name.eq_ignore_ascii_case("set-cookie") && cookie.starts_with("devalo_hold=")).then(|| cookie.to_owned())
        });
        if let (Some(held), Some(cookies)) = (held, self.headers.last_mut()) {
            cookies.push_str("; ");
            cookies.push_str(&held);
        }
        let form = self.get(Step::Form, &path, &[], Instant::now()).await?;
        let form = String::from_utf8_lossy(&form.body).split_once("id=\"chosen\"")?.1.to_owned();
        Some((form, path))
    }

    /// Fills the form in and sends it, with what is hidden in it.
    async fn book(&mut self, form: &str, path: &str) -> Option<()> {
        let hidden = ["org", "service", "start", "zone", "key", "made"]
            .map(|name| (name, values(form, name).next().unwrap_or_default()));
        let (crowd, nth) = (self.crowd.nth, self.nth);
        let name = format!("Client {crowd} {nth}");
        let email = format!("client-{crowd}-{nth}@client.example");
        let phone = format!("04{:08}", (crowd * 1_000_003 + nth) % 100_000_000);
        let typed = [("name", name.as_str()), ("email", &email), ("phone", &phone), ("notes", "First visit.")];
        let fields: Vec<(&str, &str)> = hidden.into_iter().chain(typed).collect();
        let message = self.form("/fn/calendar/book", path, &fields);
        let then = self.thinks(2_500, 5_000);
        let booked = self.ask(Step::Book, &message, then).await?;
        let Some(own) = booked.header("location").filter(|own| own.starts_with("/manage/")) else {
            self.crowd.outcome().fail(format!("a booking that leads nowhere: {}", booked.status));
            return None;
        };
        self.crowd.outcome().booked += 1;
        let own = own.to_owned();
        self.get(Step::Own, &own, &[PACKED], Instant::now()).await.map(|_| ())
    }

    async fn get(&self, step: Step, path: &str, more: &[&str], meant: Instant) -> Option<Answer> {
        let headers: Vec<&str> = self.headers.iter().map(String::as_str).chain(more.iter().copied()).collect();
        self.ask(step, &request("GET", path, self.crowd.town.addr, &headers, ""), meant).await
    }

    /// What a browser sends for a form on this page.
    fn form(&self, to: &str, page: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields.iter().copied()).finish();
        let addr = self.crowd.town.addr;
        let (origin, referer) = (format!("Origin: http://{addr}"), format!("Referer: http://{addr}{page}"));
        let more =
            ["Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin", &origin, &referer];
        let headers: Vec<&str> = self.headers.iter().map(String::as_str).chain(more).collect();
        request("POST", to, addr, &headers, &body)
    }

    /// Asks at the moment at which it is meant to be, or as soon after it as this thread comes to it, and notes what came of it.
    async fn ask(&self, step: Step, message: &[u8], meant: Instant) -> Option<Answer> {
        sleep_until(meant.into()).await;
        let late = milliseconds(meant);
        let answer = timeout(PATIENCE, self.crowd.send(message)).await;
        let (at, milliseconds) = (self.crowd.begun.elapsed(), milliseconds(meant));
        let mut outcome = self.crowd.outcome();
        outcome.late.push(late);
        outcome.answers.push(Answered { step, at, milliseconds });
        let why = match answer {
            Ok(Ok(answer)) if answer.status < 400 => return Some(answer),
            // Somebody else was first: that is an answer, too.
            Ok(Ok(answer)) if answer.status == TAKEN && step == Step::Book => {
                outcome.taken += 1;
                return None;
            }
            Ok(Ok(answer)) => answer.status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        outcome.fail(format!("{step:?}: {why}"));
        None
    }

    /// When they have thought about it, from now.
    fn thinks(&mut self, least: usize, most: usize) -> Instant {
        let milliseconds = least + self.random.below(most - least);
        Instant::now() + Duration::from_millis(milliseconds as u64)
    }

    /// So often of a hundred times.
    fn happens(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The values of fields and buttons of this name.
fn values<'t>(page: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let begins = format!("name=\"{name}\" value=\"");
    let places: Vec<usize> = page.match_indices(&begins).map(|(at, _)| at + begins.len()).collect();
    places.into_iter().filter_map(move |at| page.get(at..)?.split('"').next())
}
