//! Ten minutes of everything at once, steadily: visitors at the booking pages, tasks that are moved on a board while others look, results on
//! screens. What the server holds must be the same in the end as in the middle, and nobody may wait longer.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{io::AsyncReadExt as _, task::JoinSet};

use crate::{
    Options, Result,
    bookings::Random,
    crowd::{Outcome, Town},
    figures::Figures,
    http::{Connection, request},
    open_loop::{Search, slope},
    product::{Database, Owner, Product},
    report::{percentile, row},
    rising::{self, FIRST, P99},
    screens::{self, Business},
    streams::OF_A_PROGRAM,
    tasks::{self, List, NewTask, Order, Told, send_all},
};

/// The business with the board, and those with screens: ten in each.
const BOARD: &str = "soak-board";
const WALLS: usize = 5;
/// Of the board.
const COLUMNS: usize = 8;
const TASKS: usize = 400;
const VIEWERS: usize = 20;
/// A move and a result come in turn, so often.
const WORKS_EVERY: Duration = Duration::from_millis(100);
/// Emails leave as fast as they are written: what waits is the server's doing then, and not the provider's.
const EMAILS: u32 = 1_000;
/// With more visitors than this the businesses would have no times left before the end.
const MOST: u32 = 300;
/// The server's figures are looked at this often.
const LOOKS_EVERY: Duration = Duration::from_secs(5);
/// What the server holds may be larger in the end than in the middle by so much.
const MOST_GROWTH: f64 = 0.05;
/// Connections and threads come and go by a few.
const FEW_HANDLES: f64 = 8.0;
const FEW_THREADS: f64 = 1.0;
/// A viewer whose stream ended comes back after this.
const AGAIN: Duration = Duration::from_millis(500);
const MIB: f64 = 1024.0 * 1024.0;

/// The server at one moment.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// In seconds from the beginning.
    at: f64,
    /// In MB.
    memory: f64,
    handles: f64,
    threads: f64,
    /// In MB.
    wal: f64,
    /// For how many seconds what has been due the longest is due: jobs, emails, messages for others.
    oldest: f64,
}

/// What those did who work in the businesses.
#[derive(Debug, Default)]
struct Worked {
    milliseconds: Vec<f64>,
    failures: Vec<String>,
}

/// Figures: growth, waits and queues of ten minutes.
pub async fn measure(options: &Options) -> Result<()> {
    let (time, trial, halvings) = if options.quick { (30, 3, 0) } else { (600, 8, 1) };
    let (time, trial) = (Duration::from_secs(time), Duration::from_secs(trial));
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    product.emails_a_second(EMAILS)?;
    let walls: Vec<String> = (0..WALLS).map(|nth| format!("soak-wall-{nth}")).collect();
    let others = [walls.as_slice(), &[BOARD.to_owned()]].concat();
    let town = Town::build(&mut product, &others).await?;
    let addr = product.addr;
    let mut owner = product.owner().await?;
    let mut businesses = Vec::new();
    for slug in walls {
        businesses.push(screens::set_up(&mut owner, addr, slug).await?);
    }
    let list = List::add(&mut owner, BOARD, "Everything", COLUMNS).await?;
    let cards = fill(&owner, addr, &list).await?;

    // How much it takes is found out with nothing beside.
    let found = rising::search(&product, &town, trial, Search::new(FIRST, halvings), |_| ()).await?;
    let most = found.held.map_or(0, |stage| stage.rate);
    let rate = found.broke.map_or(most, |stage| stage.rate / 2).min(most).clamp(FIRST / 5, MOST);
    println!("soak: {most} visitors a second hold; {rate} a second come for {} s", time.as_secs());

    let heard = Arc::new(AtomicUsize::new(0));
    let mut beside = JoinSet::new();
    let sequence = sequence(&owner, addr, &list).await?;
    for some in (0..VIEWERS).collect::<Vec<_>>().chunks(OF_A_PROGRAM) {
        let program = product.owner().await?.program(BOARD, "tasks.view").await?;
        for _ in some {
            beside.spawn(view(addr, list.live(), program.clone(), sequence, Arc::clone(&heard)));
        }
    }
    for (nth, screen) in businesses.iter().flat_map(|business| &business.screens).enumerate() {
        beside.spawn(screens::watch(addr, Arc::clone(screen), Random(nth as u64 + 1)));
    }
    let walls: Vec<Wall> = businesses.iter().map(Wall::of).collect();
    let work = tokio::spawn(work(addr, owner, list, cards, walls, Instant::now() + time));
    let (outcome, looks) = run(&product, &town, rate, time).await?;
    let worked = work.await??;
    beside.abort_all();
    product.check_log("ten minutes");
    product.stop().await?;

    let changes: usize = businesses.iter().flat_map(|business| &business.screens).map(|screen| screen.changes()).sum();
    let told = heard.load(Ordering::Relaxed);
    let what = format!("{rate} visitors a second and 10 changes a second for {} s", time.as_secs());
    report_waits(&outcome, time, &what);
    report_failures(&outcome, &worked, told.min(changes), &what);
    report_growth(&looks, time, !options.quick, &what);
    Ok(())
}

/// Where results come in.
struct Wall {
    slug: String,
    people: Vec<String>,
}

impl Wall {
    fn of(business: &Business) -> Self {
        Self { slug: business.slug.clone(), people: business.people.clone() }
    }
}

/// Makes the tasks of the board.
async fn fill(owner: &Owner, addr: SocketAddr, list: &List) -> Result<Vec<String>> {
    let task = |nth: usize| {
        let (title, status) = (format!("Task {nth}"), list.statuses[nth % COLUMNS].clone());
        list.adds(&NewTask { title, status, ..NewTask::default() })
    };
    let orders: Vec<Order> = (0..TASKS).map(task).collect();
    let made = send_all(owner, addr, &orders, "soak", 8).await?;
    made.iter().map(|one| Ok(tasks::card(one)?.id)).collect()
}

/// After which number the board's stream goes on.
async fn sequence(owner: &Owner, addr: SocketAddr, list: &List) -> Result<i64> {
    let cookie = format!("Cookie: {}", owner.cookie);
    let ask = request("GET", &list.board(false), addr, &[&cookie, "Accept: text/html"], "");
    let page = String::from_utf8(Connection::open(addr).await?.send(&ask).await?.body)?;
    let sequence = page.split_once("data-sequence=\"").and_then(|(_, rest)| rest.split('"').next());
    Ok(sequence.ok_or("the board says nothing of its sequence")?.parse()?)
}

/// Looks at the board for ever, and counts what is told.
async fn view(addr: SocketAddr, live: String, program: String, mut sequence: i64, heard: Arc<AtomicUsize>) {
    loop {
        // Whatever ends a stream, another is tried.
        let _ = follow(addr, &format!("{live}{sequence}"), &program, &mut sequence, &heard).await;
        tokio::time::sleep(AGAIN).await;
    }
}

async fn follow(addr: SocketAddr, path: &str, program: &str, sequence: &mut i64, heard: &AtomicUsize) -> Result<()> {
    let ask = request("GET", path, addr, &[program], "");
    let (mut stream, mut text) = Connection::open(addr).await?.subscribe(&ask).await?;
    loop {
        while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = text.drain(..end + 2).collect();
            if let Some(told) = Told::read(&frame) {
                *sequence = told.sequence.max(*sequence);
                heard.fetch_add(1, Ordering::Relaxed);
            }
        }
        if stream.read_buf(&mut text).await? == 0 {
            return Ok(());
        }
    }
}

/// Moves cards and enters results in turn, until then.
async fn work(
    addr: SocketAddr,
    owner: Owner,
    list: List,
    cards: Vec<String>,
    walls: Vec<Wall>,
    until: Instant,
) -> Result<Worked> {
    let mut worked = Worked::default();
    let mut random = Random(17);
    let mut connection = Connection::open(addr).await?;
    let mut ticks = tokio::time::interval(WORKS_EVERY);
    for nth in 0.. {
        let meant = ticks.tick().await.into_std();
        if meant >= until {
            break;
        }
        let key = format!("bench-soak-{nth:06}");
        let (path, body) = if nth % 2 == 0 {
            let (task, column) = (random.below(cards.len()), random.below(list.statuses.len()));
            list.moves(&cards[task], &list.statuses[column], None)
        } else {
            let wall = &walls[random.below(walls.len())];
            let person = &wall.people[random.below(wall.people.len())];
            let body = json!({ "metric": "deals", "person": person, "value": 1 });
            (format!("/api/v1/orgs/{}/scoreboard/entries", wall.slug), body)
        };
        let answer = connection.send(&owner.keyed("POST", &path, &key, &body)).await?;
        worked.milliseconds.push(meant.elapsed().as_secs_f64() * 1e3);
        if !answer.succeeded() {
            worked.failures.push(format!("{path}: {}", answer.status));
        }
    }
    Ok(worked)
}

/// Lets the visitors come, and looks at the server meanwhile.
async fn run(product: &Product, town: &Arc<Town>, rate: u32, time: Duration) -> Result<(Outcome, Vec<Look>)> {
    let begun = Instant::now();
    let crowd = town.receive(rate, time);
    tokio::pin!(crowd);
    let mut ticks = tokio::time::interval(LOOKS_EVERY);
    let mut looks = Vec::new();
    loop {
        tokio::select! {
            outcome = &mut crowd => return Ok((outcome?, looks)),
            _ = ticks.tick() => {
                let at = begun.elapsed();
                // When nobody comes any more it is another server.
                if at <= time {
                    looks.push(Look::at(product, at).await?);
                }
            }
        }
    }
}

impl Look {
    async fn at(product: &Product, at: Duration) -> Result<Self> {
        let (usage, figures) = (product.usage()?, Figures::read(product.addr).await?);
        let queues =
            ["devalo_jobs_oldest_due_seconds", "devalo_mail_oldest_due_seconds", "devalo_webhooks_oldest_due_seconds"];
        let look = Self {
            at: at.as_secs_f64(),
            memory: product.memory()?.resident as f64 / 1024.0,
            handles: usage.handles,
            threads: usage.threads,
            wal: product.wal_bytes() as f64 / MIB,
            oldest: queues.map(|queue| figures.of(queue)).into_iter().fold(0.0, f64::max),
        };
        println!(
            "  {:>4.0} s: memory {:.1} MB, {} handles, {} threads, WAL {:.1} MB, oldest of the queues {:.0} s",
            look.at, look.memory, look.handles, look.threads, look.wal, look.oldest
        );
        Ok(look)
    }
}

fn report_waits(outcome: &Outcome, time: Duration, what: &str) {
    let minute = Duration::from_mins(1).min(time / 4);
    let p99 = |from: Duration, until: Duration| {
        let within = outcome.answers.iter().filter(|answer| (from..until).contains(&answer.at));
        let mut waits: Vec<f64> = within.map(|answer| answer.milliseconds).collect();
        percentile(&mut waits, 0.99)
    };
    let (first, last) = (p99(Duration::ZERO, minute), p99(time.saturating_sub(minute), time));
    row(
        &format!("p99 of all that visitors ask in the first and the last minute, {what}"),
        &format!("{first:.1} and {last:.1} ms"),
        "–",
        None,
        &format!("≤ {P99} ms"),
        Some(first.max(last) <= P99),
    );
}

/// `told`: how much those heard who look at boards and screens; nothing would mean that nobody looked.
fn report_failures(outcome: &Outcome, worked: &Worked, told: usize, what: &str) {
    for (why, times) in &outcome.failures {
        println!("  failed {times} times: {why}");
    }
    for why in worked.failures.iter().take(5) {
        println!("  failed: {why}");
    }
    let (failed, asked) = (outcome.failed() + worked.failures.len(), outcome.answers.len() + worked.milliseconds.len());
    row(
        &format!(
            "failures among {asked} requests of {} visitors, {} bookings, {what}",
            outcome.visitors, outcome.booked
        ),
        &failed.to_string(),
        "–",
        None,
        "≤ 0.1 %",
        Some(failed as f64 <= asked as f64 / 1e3 && told > 0),
    );
    let mut waits = worked.milliseconds.clone();
    let p99 = percentile(&mut waits, 0.99);
    row(
        &format!("a move or a result acknowledged meanwhile, p99, {what}"),
        &format!("{p99:.1} ms"),
        "–",
        None,
        &format!("≤ {P99} ms"),
        Some(p99 <= P99),
    );
}

/// `counts`: in a short run everything grows, and nothing is said by it.
fn report_growth(looks: &[Look], time: Duration, counts: bool, what: &str) {
    let half = time.as_secs_f64() / 2.0;
    let later: Vec<&Look> = looks.iter().filter(|look| look.at >= half).collect();
    let figure = |of: fn(&Look) -> f64| {
        let points: Vec<(f64, f64)> = later.iter().map(|look| (look.at, of(look))).collect();
        let mean = points.iter().map(|(_, figure)| figure).sum::<f64>() / points.len().max(1) as f64;
        (mean, slope(&points) * half)
    };
    let most = |of: fn(&Look) -> f64| looks.iter().map(of).fold(0.0, f64::max);
    let (memory, grown) = figure(|look| look.memory);
    let share = grown / memory.max(1.0);
    row(
        &format!("server memory on average in the second half, and its growth over it, {what}"),
        &format!("{memory:.1} MB, {:+.1} %", share * 100.0),
        "–",
        None,
        "≤ 5 %",
        counts.then_some(share <= MOST_GROWTH),
    );
    let (handles, more_handles) = figure(|look| look.handles);
    let (threads, more_threads) = figure(|look| look.threads);
    let leaks = more_handles > FEW_HANDLES.max(handles * MOST_GROWTH) || more_threads > FEW_THREADS;
    row(
        &format!("open files and connections, threads, and their growth over the second half, {what}"),
        &format!("{handles:.0} ({more_handles:+.1}), {threads:.0} ({more_threads:+.1})"),
        "–",
        None,
        "no growth",
        counts.then_some(!leaks),
    );
    let (wal, oldest) = (most(|look| look.wal), most(|look| look.oldest));
    row(
        &format!("SQLite’s WAL, and the age of what waited longest in a queue, at most, {what}"),
        &format!("{wal:.1} MB, {oldest:.0} s"),
        "–",
        None,
        "≤ 64 MB, ≤ 60 s",
        Some(wal <= 64.0 && oldest <= 60.0),
    );
}
