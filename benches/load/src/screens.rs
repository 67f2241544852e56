//! Office screens: a thousand of them in a hundred businesses, while results come in; what each costs the server; and how soon all are right
//! again when the server comes back.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{io::AsyncReadExt, task::JoinSet};

use crate::{
    Options, Result,
    bookings::Random,
    http::{Connection, request},
    product::{Database, Owner, Product},
    report::{percentile, row},
};

/// Businesses, and screens in each.
const BUSINESSES: usize = 100;
const SCREENS: usize = 10;
/// People whose results are counted, in each.
const PEOPLE: usize = 8;
/// Results a second, in all of them together.
const A_SECOND: u32 = 50;
/// Requests that are under way at the same time at most.
const WRITERS: usize = 16;
/// A screen tries again after so long at least, and at most, in milliseconds: as its program does.
const AGAIN: (u64, u64) = (400, 2_000);
/// What a screen says before each board’s sum.
const SUM: &[u8] = b"Everybody <strong>";

/// A business with its screens.
pub struct Business {
    /// Its word in addresses.
    pub slug: String,
    /// Whose results are counted.
    pub people: Vec<String>,
    /// On its walls.
    pub screens: Vec<Arc<Screen>>,
}

/// A screen on the wall: what it was sent, and when.
pub struct Screen {
    id: String,
    cookie: String,
    /// Each sum that it was sent, once.
    seen: Mutex<Vec<(Instant, u64)>>,
}

/// A result that was entered.
struct Entered {
    business: usize,
    /// What the business’s sum came to with it.
    sum: u64,
    sent: Instant,
}

/// Figures: from a result to each screen, a screen’s memory, and the time until all are right after an outage.
pub async fn measure(options: &Options, database: Database) -> Result<()> {
    let (count, seconds, away) = if options.quick { (10, 5, 5) } else { (BUSINESSES, 60, 5 + Random(11).below(55)) };
    let mut product = Product::prepare(options, database).await?;
    let slugs: Vec<String> = (0..count).map(|nth| format!("wall-{nth}")).collect();
    product.add_businesses(&slugs).await?;
    product.start("/").await?;
    let mut owner = product.owner().await?;
    let mut businesses = Vec::new();
    for slug in slugs {
        businesses.push(set_up(&mut owner, product.addr, slug).await?);
    }
    let screens = count * SCREENS;
    let before = product.memory()?.resident;
    let mut watching = JoinSet::new();
    for (nth, screen) in businesses.iter().flat_map(|business| &business.screens).enumerate() {
        watching.spawn(watch(product.addr, Arc::clone(screen), Random(nth as u64 + 1)));
    }
    wait_for(&businesses, 0, Duration::from_mins(1)).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let a_screen = product.memory()?.resident.saturating_sub(before) as f64 / screens as f64;

    let entered = enter(&owner, product.addr, &businesses, seconds).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let under_load = product.memory()?.resident.saturating_sub(before) as f64 / screens as f64;
    let (mut latencies, missed) = heard(&businesses, &entered);
    product.check_log(&format!("screens, {database}"));
    let (p50, p99) = (percentile(&mut latencies, 0.5), percentile(&mut latencies, 0.99));
    let what = format!("{screens} screens of {count} businesses, {A_SECOND} results a second, {database}");
    row(
        &format!("from a result’s being sent to each of its screens, {what}"),
        &format!("p50 {p50:.0} ms, p99 {p99:.0} ms"),
        "–",
        None,
        "p50 ≤ 150 ms, p99 ≤ 500 ms",
        Some(p50 <= 150.0 && p99 <= 500.0),
    );
    row(
        &format!("results that a screen missed, of {}", entered.len()),
        &missed.to_string(),
        "–",
        None,
        "0",
        Some(missed == 0),
    );
    row(
        &format!("server memory a screen, at rest and after {seconds} s of results, {database}"),
        &format!("{a_screen:.1} and {under_load:.1} KiB"),
        "–",
        None,
        "≤ 64 KiB",
        Some(a_screen.max(under_load) <= 64.0),
    );

    // The server goes without a word, as a crash does.
    product.kill().await?;
    tokio::time::sleep(Duration::from_secs(away as u64)).await;
    for screen in businesses.iter().flat_map(|business| &business.screens) {
        screen.seen().clear();
    }
    product.start("/").await?;
    let back = Instant::now();
    let per_business = (entered.len() / count) as u64;
    wait_for(&businesses, per_business, Duration::from_secs(30)).await?;
    let mut right: Vec<f64> = Vec::new();
    for business in &businesses {
        let sum = entered.iter().filter(|one| businesses[one.business].slug == business.slug).count() as u64;
        for screen in &business.screens {
            let at = screen.seen().iter().find(|(_, seen)| *seen == sum).map(|(at, _)| *at);
            right.push(at.map_or(f64::INFINITY, |at| at.saturating_duration_since(back).as_secs_f64()));
        }
    }
    let (p50, p99) = (percentile(&mut right, 0.5), percentile(&mut right, 0.99));
    row(
        &format!("until {screens} screens are right after {away} s without a server, {database}"),
        &format!("p50 {p50:.2} s, p99 {p99:.2} s"),
        "–",
        None,
        "p99 ≤ 3 s",
        Some(p99 <= 3.0),
    );
    product.check_log(&format!("an outage, {database}"));
    watching.abort_all();
    product.stop().await
}

/// A metric, people and screens that show their day.
pub async fn set_up(owner: &mut Owner, addr: SocketAddr, slug: String) -> Result<Business> {
    let base = format!("/api/v1/orgs/{slug}/scoreboard");
    owner.send("POST", &format!("{base}/metrics"), &json!({ "name": "Deals", "key": "deals" })).await?;
    let mut people = Vec::new();
    for nth in 0..PEOPLE {
        let made = owner.send("POST", &format!("{base}/people"), &json!({ "name": format!("Person {nth}") })).await?;
        people.push(made["id"].as_str().ok_or("no id")?.to_owned());
    }
    let mut screens = Vec::new();
    for nth in 0..SCREENS {
        let mut connection = Connection::open(addr).await?;
        let page = connection.send(&request("GET", "/screen", addr, &[], "")).await?;
        let cookie = page.header("set-cookie").and_then(|line| line.split(';').next()).ok_or("no cookie")?.to_owned();
        let text = String::from_utf8(page.body)?;
        let code = text.split_once("class=\"code\">").and_then(|(_, rest)| rest.split('<').next()).ok_or("no code")?;
        let made = owner
            .send("POST", &format!("{base}/screens"), &json!({ "code": code, "name": format!("Screen {nth}") }))
            .await?;
        let id = made["id"].as_str().ok_or("no id")?.to_owned();
        let session = format!("Cookie: {cookie}");
        connection.send(&request("GET", "/screen", addr, &[&session], "")).await?;
        screens.push(Arc::new(Screen { id, cookie, seen: Mutex::default() }));
    }
    Ok(Business { slug, people, screens })
}

impl Screen {
    /// How often its board was another.
    pub fn changes(&self) -> usize {
        self.seen().len()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<(Instant, u64)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows a screen’s stream for ever, and comes back as its program does.
pub async fn watch(addr: SocketAddr, screen: Arc<Screen>, mut random: Random) {
    loop {
        // Whatever ends a stream, another is tried.
        let _ = follow(addr, &screen).await;
        let (least, most) = AGAIN;
        let span = usize::try_from(most - least).unwrap_or(1);
        tokio::time::sleep(Duration::from_millis(least + random.below(span) as u64)).await;
    }
}

async fn follow(addr: SocketAddr, screen: &Screen) -> Result<()> {
    let cookie = format!("Cookie: {}", screen.cookie);
    let ask = request("GET", &format!("/screen/{}/live", screen.id), addr, &[&cookie], "");
    let (mut stream, mut text) = Connection::open(addr).await?.subscribe(&ask).await?;
    loop {
        while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = text.drain(..end + 2).collect();
            if let Some(sum) = sum(&frame) {
                screen.seen().push((Instant::now(), sum));
            }
        }
        if stream.read_buf(&mut text).await? == 0 {
            return Ok(());
        }
    }
}

/// What a frame’s board adds up to.
fn sum(frame: &[u8]) -> Option<u64> {
    let at = frame.windows(SUM.len()).position(|window| window == SUM)? + SUM.len();
    let digits = frame.get(at..)?.iter().take_while(|byte| **byte != b'<').filter(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// Waits until every screen has been sent a board with at least this sum.
async fn wait_for(businesses: &[Business], sum: u64, longest: Duration) -> Result<()> {
    let begun = Instant::now();
    let has = |screen: &Arc<Screen>| screen.seen().iter().any(|(_, seen)| *seen >= sum);
    while !businesses.iter().flat_map(|business| &business.screens).all(has) {
        if begun.elapsed() > longest {
            let waits = businesses.iter().flat_map(|business| &business.screens).filter(|one| !has(one)).count();
            return Err(format!("{waits} screens were never sent their boards").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Enters results, each business in turn, so many a second.
async fn enter(owner: &Owner, addr: SocketAddr, businesses: &[Business], seconds: u32) -> Result<Vec<Entered>> {
    let (orders, receive) = tokio::sync::mpsc::channel::<(usize, u64, Vec<u8>)>(WRITERS);
    let receive = Arc::new(tokio::sync::Mutex::new(receive));
    let mut writers: JoinSet<Result<Vec<Entered>>> = JoinSet::new();
    for _ in 0..WRITERS {
        let receive = Arc::clone(&receive);
        let mut connection = Connection::open(addr).await?;
        writers.spawn(async move {
            let mut entered = Vec::new();
            loop {
                let next = receive.lock().await.recv().await;
                let Some((business, sum, message)) = next else { return Ok(entered) };
                let sent = Instant::now();
                let answer = connection.send(&message).await?;
                if !answer.succeeded() {
                    return Err(format!("no entry: {}{}", answer.head, String::from_utf8_lossy(&answer.body)).into());
                }
                entered.push(Entered { business, sum, sent });
            }
        });
    }
    // Where none of them is left, nobody waits for them.
    drop(receive);
    let mut sums: HashMap<usize, u64> = HashMap::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
    let mut random = Random(5);
    for nth in 0..(A_SECOND * seconds) as usize {
        ticks.tick().await;
        let at = nth % businesses.len();
        let business = &businesses[at];
        let sum = sums.entry(at).or_default();
        *sum += 1;
        let person = &business.people[random.below(business.people.len())];
        let body = json!({ "metric": "deals", "person": person, "value": 1 });
        let path = format!("/api/v1/orgs/{}/scoreboard/entries", business.slug);
        if orders.send((at, *sum, owner.keyed("POST", &path, &format!("bench-{nth:06}"), &body))).await.is_err() {
            break;
        }
    }
    drop(orders);
    let mut entered = Vec::new();
    while let Some(writer) = writers.join_next().await {
        entered.extend(writer??);
    }
    Ok(entered)
}

/// How long each result took to each screen of its business, in milliseconds, and how many never came.
fn heard(businesses: &[Business], entered: &[Entered]) -> (Vec<f64>, usize) {
    let (mut latencies, mut missed) = (Vec::new(), 0);
    for one in entered {
        for screen in &businesses[one.business].screens {
            match screen.seen().iter().find(|(_, sum)| *sum >= one.sum) {
                Some((at, _)) => latencies.push(at.saturating_duration_since(one.sent).as_secs_f64() * 1e3),
                None => missed += 1,
            }
        }
    }
    (latencies, missed)
}
