//! A board of ten thousand tasks: how soon its page is there, how soon a move is acknowledged and seen by a hundred others, whether all of
//! them end up with the same board, and how long a large template takes.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{io::AsyncReadExt, task::JoinSet};

use crate::{
    Options, Result,
    bookings::Random,
    from_now,
    http::{Answer, Connection, request},
    product::{Database, Owner, Product, id},
    report::{percentile, row},
    streams::OF_A_PROGRAM,
    tasks::{self, Card, List, NewTask, Order, Step, Told, send_all},
};

const ORG: &str = "board";
const COLUMNS: usize = 50;
/// Tasks that stand by themselves. Every so manieth of them has a part, which has a part, five deep.
const TOPS: usize = 6_000;
const EVERY: usize = 6;
const LEVELS: usize = 5;
/// How many are made at once.
const AT_ONCE: usize = 16;
/// The page may have so many cards in it.
const MOST_CARDS: usize = 300;
/// The page comes to so many kilobytes at most, as it goes over the line.
const MOST_KB: f64 = 150.0;
/// Who looks at the board while others move cards.
const VIEWERS: usize = 100;
/// Moves a second, by all together, and how many of them are under way at the same time at most.
const A_SECOND: u32 = 20;
const WRITERS: usize = 8;
/// Who moves cards of one column about at once, how often each, and how many cards.
const RACERS: u64 = 50;
const LAPS: usize = 200;
const RACED: usize = 50;
/// So long a move is tried, where the server is too busy for it.
const PATIENCE: Duration = Duration::from_secs(30);
/// A viewer whose stream ended comes back after this.
const AGAIN: Duration = Duration::from_millis(500);
/// Tasks of the template.
const STEPS: usize = 500;

/// Somebody who looks at the board.
#[derive(Default)]
struct Viewer(Mutex<Seen>);

/// What they were told, and when.
#[derive(Default)]
struct Seen {
    /// The stream says something.
    is_on: bool,
    sequence: i64,
    /// The versions of each task.
    at: HashMap<String, Vec<(i64, Instant)>>,
    /// Each task as it was told last.
    last: HashMap<String, Card>,
}

/// A card that was moved.
struct Moved {
    task: String,
    /// The task’s, with it.
    version: i64,
    /// When it was to be sent.
    at: Instant,
    milliseconds: f64,
}

/// What came of moves.
#[derive(Default)]
struct Moves {
    /// Those that moved something.
    moved: Vec<Moved>,
    /// How often the server was too busy for one, and it was sent again.
    again: usize,
}

/// Figures: the page of a large board, moves with many who look on, a large template, and memory.
pub async fn measure(options: &Options, database: Database) -> Result<()> {
    let (tops, looks, seconds, laps, starts) =
        if options.quick { (TOPS / 20, 10, 5, LAPS / 20, 2) } else { (TOPS, 100, 60, LAPS, 20) };
    let mut product = Product::prepare(options, database).await?;
    product.add_businesses(&[ORG.to_owned()]).await?;
    product.start("/").await?;
    let mut owner = product.owner().await?;
    let list = List::add(&mut owner, ORG, "Everything", COLUMNS).await?;
    let cards = fill(&owner, product.addr, &list, tops).await?;
    product.learn().await?;
    let count = tops + tops / EVERY * (LEVELS - 1);

    let mut after = 0;
    for with_parts in [false, true] {
        let what = format!("a board of {count} tasks in {COLUMNS} columns, five deep{}, {database}", parts(with_parts));
        after = page(&owner, product.addr, &list, looks, with_parts, &what).await?;
    }

    let before = product.memory()?.resident as f64 / 1024.0;
    let viewers: Vec<Arc<Viewer>> = (0..VIEWERS).map(|_| Arc::default()).collect();
    let mut watching = JoinSet::new();
    for some in viewers.chunks(OF_A_PROGRAM) {
        let program = product.owner().await?.program(ORG, "tasks.view").await?;
        for viewer in some {
            viewer.seen().sequence = after;
            watching.spawn(watch(product.addr, list.live(), program.clone(), Arc::clone(viewer)));
        }
    }
    wait_until(|| viewers.iter().all(|viewer| viewer.seen().is_on), "a viewer has no stream").await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let watched = product.memory()?.resident as f64 / 1024.0;
    let Moves { moved, again } = moves(&owner, product.addr, &list, &cards, seconds).await?;
    let truth = settled(&product, &list, &viewers, &moved).await?;
    product.check_log(&format!("moves, {database}"));
    let what = format!("{A_SECOND} moves a second, {VIEWERS} viewers, {database}");
    report_times(&viewers, &moved, &what);
    report_again(again, usize::try_from(A_SECOND * seconds)?, &what);
    report_boards(&viewers, &moved, &truth, &what);

    let column = &list.statuses[0];
    let tops: HashSet<&String> = cards.iter().collect();
    let stands = |truth: &[Card]| {
        let cards = truth.iter().filter(|card| card.status == *column && tops.contains(&card.id));
        cards.map(|card| (card.id.clone(), card.position.clone())).collect::<Vec<_>>()
    };
    let before_race = stands(&truth);
    let raced: Vec<String> = before_race.iter().take(RACED).map(|(id, _)| id.clone()).collect();
    let begun = Instant::now();
    let Moves { moved, again } = race(product.owner().await?, product.addr, &list, &raced, laps).await?;
    let took = begun.elapsed().as_secs_f64();
    let truth = settled(&product, &list, &viewers, &moved).await?;
    product.check_log(&format!("moves in one column, {database}"));
    let what = format!("{RACERS} clients with {laps} moves each in one column, {VIEWERS} viewers, {database}");
    let tried = usize::try_from(RACERS)? * laps;
    row(&format!("moves a second, {what}"), &format!("{:.0}/s", tried as f64 / took), "–", None, "–", None);
    report_again(again, tried, &what);
    report_boards(&viewers, &moved, &truth, &what);
    report_column(&before_race, &stands(&truth), &what);
    watching.abort_all();

    template(&product.owner().await?, &product, &list, starts, database).await?;
    let most = product.memory()?.peak as f64 / 1024.0;
    row(
        &format!("server memory: a board of {count} tasks, with {VIEWERS} viewers, and at most, {database}"),
        &format!("{before:.1}, {watched:.1} and {most:.1} MB"),
        "–",
        None,
        "–",
        None,
    );
    product.check_log(&format!("a board and a template, {database}"));
    product.stop().await
}

const fn parts(with_parts: bool) -> &'static str {
    if with_parts { ", each of them a card" } else { "" }
}

/// Makes the tasks; gives those that stand by themselves.
async fn fill(owner: &Owner, addr: SocketAddr, list: &List, tops: usize) -> Result<Vec<String>> {
    let labels: Vec<Order> = (0..8).map(|nth| tasks::adds_label(ORG, &format!("Label {nth}"), nth)).collect();
    let labels = send_all(owner, addr, &labels, "label", 1).await?.iter().map(id).collect::<Result<Vec<String>>>()?;
    let mut random = Random(21);
    let mut task = |column: usize, parent: Option<String>| {
        let mut due = || from_now(i64::try_from(random.below(24 * 60)).unwrap_or(0)).chars().take(10).collect();
        let due = Some(due()).filter(|_| random.below(2) == 0);
        let label = random.below(labels.len());
        list.adds(&NewTask {
            title: title(&mut random),
            notes: if random.below(4) == 0 {
                format!("{}.\n\n- {}", title(&mut random), title(&mut random))
            } else {
                String::new()
            },
            status: list.statuses[column % COLUMNS].clone(),
            parent,
            priority: random.below(5),
            due,
            responsible: (random.below(3) == 0).then(|| list.me.clone()),
            labels: labels.iter().skip(label).take(random.below(3)).cloned().collect(),
        })
    };
    let ids = |answers: Vec<Value>| answers.iter().map(|one| Ok(tasks::card(one)?.id)).collect::<Result<Vec<String>>>();
    let orders: Vec<Order> = (0..tops).map(|nth| task(nth, None)).collect();
    let tops = ids(send_all(owner, addr, &orders, "level-0", AT_ONCE).await?)?;
    let mut above: Vec<(usize, String)> = tops.iter().cloned().enumerate().step_by(EVERY).collect();
    for level in 1..LEVELS {
        let orders: Vec<Order> = above.iter().map(|(nth, parent)| task(*nth, Some(parent.clone()))).collect();
        let made = ids(send_all(owner, addr, &orders, &format!("level-{level}"), AT_ONCE).await?)?;
        above = above.iter().map(|(nth, _)| *nth).zip(made).collect();
    }
    Ok(tops)
}

fn title(random: &mut Random) -> String {
    const DONE: [&str; 8] = ["Order", "Check", "Repair", "Collect", "Invoice", "Label", "Replace", "Photograph"];
    const THINGS: [&str; 8] =
        ["gloves", "the front desk", "two treatment tables", "the fridge", "signs", "a spare key", "towels", "the van"];
    const WHERE: [&str; 8] = ["Parramatta", "Geelong", "Fremantle", "Hobart", "Cairns", "Dubbo", "Ballarat", "Bendigo"];
    let mut one = |words: [&'static str; 8]| words[random.below(words.len())];
    format!("{} {} for {} before the opening", one(DONE), one(THINGS), one(WHERE))
}

/// Reports the page’s size and time; gives the number after which its stream goes on.
async fn page(owner: &Owner, addr: SocketAddr, list: &List, looks: usize, with_parts: bool, what: &str) -> Result<i64> {
    let cookie = format!("Cookie: {}", owner.cookie);
    let path = list.board(with_parts);
    let mut connection = Connection::open(addr).await?;
    let ask = |accepts: &str| request("GET", &path, addr, &[&cookie, "Accept: text/html", accepts], "");
    let plain = checked(connection.send(&ask("Accept-Encoding: identity")).await?, &path)?;
    let text = String::from_utf8(plain.body)?;
    let (columns, cards) = (text.matches("data-column=\"").count(), text.matches("data-task=\"").count());
    if columns < COLUMNS || cards == 0 {
        return Err(format!("{path} shows {columns} columns and {cards} cards").into());
    }
    let sequence = text.split_once("data-sequence=\"").and_then(|(_, rest)| rest.split('"').next());
    let sequence = sequence.ok_or("the board says nothing of its sequence")?.parse()?;

    let ask = ask("Accept-Encoding: gzip, deflate, br, zstd");
    let (mut times, mut largest) = (Vec::new(), 0);
    for nth in 0..=looks {
        let begun = Instant::now();
        let answer = checked(connection.send(&ask).await?, &path)?;
        let time = begun.elapsed().as_secs_f64() * 1e3;
        if answer.header("content-encoding").is_none() {
            return Err(format!("{path} isn’t compressed").into());
        }
        largest = largest.max(answer.body.len());
        // The first is to warm up.
        if nth > 0 {
            times.push(time);
        }
    }
    let (kb, whole) = (largest as f64 / 1e3, text.len() as f64 / 1e3);
    row(
        &format!("first response, {cards} cards in it, compressed from {whole:.0} KB: {what}"),
        &format!("{kb:.0} KB"),
        "–",
        None,
        &format!("≤ {MOST_KB} KB, ≤ {MOST_CARDS} cards"),
        Some(kb <= MOST_KB && cards <= MOST_CARDS),
    );
    let (p50, p95) = (percentile(&mut times, 0.5), percentile(&mut times, 0.95));
    row(
        &format!("first response: {what}"),
        &format!("p50 {p50:.1} ms, p95 {p95:.1} ms"),
        "–",
        None,
        "p95 ≤ 100 ms",
        Some(p95 <= 100.0),
    );
    Ok(sequence)
}

fn checked(answer: Answer, path: &str) -> Result<Answer> {
    if answer.status == 200 { Ok(answer) } else { Err(format!("{path}: {}", answer.head).into()) }
}

impl Viewer {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// When a move was seen first: what it made of the task, or what became of that since.
    fn first(&self, moved: &Moved) -> Option<Instant> {
        let told = self.at.get(&moved.task)?;
        told.iter().find(|(version, _)| *version >= moved.version).map(|(_, at)| *at)
    }

    fn take(&mut self, told: Told) {
        let now = Instant::now();
        self.sequence = self.sequence.max(told.sequence);
        for card in told.cards {
            self.at.entry(card.id.clone()).or_default().push((card.version, now));
            // As pages do it: an older word of a card doesn’t count.
            if self.last.get(&card.id).is_none_or(|known| known.version <= card.version) {
                self.last.insert(card.id.clone(), card);
            }
        }
    }
}

/// Follows a board for ever, and comes back to where it was as browsers do.
async fn watch(addr: SocketAddr, path: String, cookie: String, viewer: Arc<Viewer>) {
    loop {
        // Whatever ends a stream, another is tried.
        let _ = follow(addr, &path, &cookie, &viewer).await;
        tokio::time::sleep(AGAIN).await;
    }
}

async fn follow(addr: SocketAddr, path: &str, cookie: &str, viewer: &Viewer) -> Result<()> {
    let path = format!("{path}{}", viewer.seen().sequence);
    let ask = request("GET", &path, addr, &[cookie], "");
    let (mut stream, mut text) = Connection::open(addr).await?.subscribe(&ask).await?;
    loop {
        while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = text.drain(..end + 2).collect();
            let told = Told::read(&frame);
            let mut seen = viewer.seen();
            seen.is_on = true;
            if let Some(told) = told {
                seen.take(told);
            }
        }
        if stream.read_buf(&mut text).await? == 0 {
            return Ok(());
        }
    }
}

async fn wait_until(holds: impl Fn() -> bool, or: &str) -> Result<()> {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(or.into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Moves cards to other columns, after any other card or to the top, so many a second.
async fn moves(owner: &Owner, addr: SocketAddr, list: &List, cards: &[String], seconds: u32) -> Result<Moves> {
    let (orders, receive) = tokio::sync::mpsc::channel::<(String, Instant, Vec<u8>)>(WRITERS);
    let receive = Arc::new(tokio::sync::Mutex::new(receive));
    let mut writers: JoinSet<Result<Moves>> = JoinSet::new();
    for _ in 0..WRITERS {
        let receive = Arc::clone(&receive);
        let mut connection = Connection::open(addr).await?;
        writers.spawn(async move {
            let mut done = Moves::default();
            loop {
                let next = receive.lock().await.recv().await;
                let Some((task, at, message)) = next else { return Ok(done) };
                done.send(&mut connection, task, at, &message).await?;
            }
        });
    }
    // Where none of them is left, nobody waits for them.
    drop(receive);
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
    let mut random = Random(5);
    for nth in 0..A_SECOND * seconds {
        // From here on it waits, also for those before it.
        let at = ticks.tick().await.into_std();
        let column = &list.statuses[random.below(list.statuses.len())];
        let (task, (path, body)) = any_move(&mut random, list, cards, column);
        let message = owner.keyed("POST", &path, &format!("bench-move-{nth:06}"), &body);
        if orders.send((task, at, message)).await.is_err() {
            break;
        }
    }
    drop(orders);
    Moves::of_all(writers).await
}

/// Moves cards of one column about, many at once, each as soon as the one before is answered.
async fn race(owner: Owner, addr: SocketAddr, list: &List, cards: &[String], laps: usize) -> Result<Moves> {
    let mut racers: JoinSet<Result<Moves>> = JoinSet::new();
    for racer in 0..RACERS {
        let mut random = Random(41 + racer);
        let mut messages = Vec::with_capacity(laps);
        for lap in 0..laps {
            let (task, (path, body)) = any_move(&mut random, list, cards, &list.statuses[0]);
            messages.push((task, owner.keyed("POST", &path, &format!("bench-race-{racer:02}-{lap:03}"), &body)));
        }
        let mut connection = Connection::open(addr).await?;
        racers.spawn(async move {
            let mut done = Moves::default();
            for (task, message) in messages {
                done.send(&mut connection, task, Instant::now(), &message).await?;
            }
            Ok(done)
        });
    }
    Moves::of_all(racers).await
}

/// Any of the cards, to after any other or to the top.
fn any_move(random: &mut Random, list: &List, cards: &[String], column: &str) -> (String, Order) {
    let task = &cards[random.below(cards.len())];
    let after = Some(&cards[random.below(cards.len())]).filter(|after| *after != task && random.below(4) > 0);
    (task.clone(), list.moves(task, column, after.map(String::as_str)))
}

impl Moves {
    /// Sends a move until it is accepted: whoever is told that the server is too busy sends the same again, key and all, as browsers do. It fails where that
    /// takes too long, or anything else is answered.
    async fn send(&mut self, connection: &mut Connection, task: String, at: Instant, message: &[u8]) -> Result<()> {
        let begun = Instant::now();
        let answer = loop {
            let answer = connection.send(message).await?;
            if answer.status != 503 {
                break answer;
            }
            let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
            let wait = Duration::from_secs(seconds);
            if begun.elapsed() + wait > PATIENCE {
                break answer;
            }
            connection.go_on_after(&answer).await?;
            self.again += 1;
            tokio::time::sleep(wait).await;
        };
        let milliseconds = at.elapsed().as_secs_f64() * 1e3;
        let answer = answer.json()?;
        // What stood there already wasn’t moved.
        if tasks::has_changed(&answer) {
            self.moved.push(Moved { task, version: tasks::card(&answer)?.version, at, milliseconds });
        }
        Ok(())
    }

    /// What all of these came to.
    async fn of_all(mut senders: JoinSet<Result<Self>>) -> Result<Self> {
        let mut all = Self::default();
        while let Some(one) = senders.join_next().await {
            let Self { moved, again } = one??;
            all.moved.extend(moved);
            all.again += again;
        }
        Ok(all)
    }
}

/// All cards as the database has them, once every viewer had the time to see every move.
async fn settled(product: &Product, list: &List, viewers: &[Arc<Viewer>], moved: &[Moved]) -> Result<Vec<Card>> {
    let has_all = |viewer: &Arc<Viewer>| moved.iter().all(|one| viewer.seen().first(one).is_some());
    // What is missed is counted.
    let _ = wait_until(|| viewers.iter().all(has_all), "").await;
    // A connection that was idle all that time may have been closed.
    list.cards(&mut product.owner().await?).await
}

fn report_times(viewers: &[Arc<Viewer>], moved: &[Moved], what: &str) {
    let mut acknowledged: Vec<f64> = moved.iter().map(|one| one.milliseconds).collect();
    let (p50, p99) = (percentile(&mut acknowledged, 0.5), percentile(&mut acknowledged, 0.99));
    row(
        &format!("a move acknowledged, {what}"),
        &format!("p50 {p50:.1} ms, p99 {p99:.1} ms"),
        "–",
        None,
        "p99 ≤ 100 ms",
        Some(p99 <= 100.0),
    );
    let mut sightings = Vec::new();
    for viewer in viewers {
        let seen = viewer.seen();
        let times = moved.iter().filter_map(|one| Some(seen.first(one)?.saturating_duration_since(one.at)));
        sightings.extend(times.map(|time| time.as_secs_f64() * 1e3));
    }
    let (p50, p99) = (percentile(&mut sightings, 0.5), percentile(&mut sightings, 0.99));
    row(
        &format!("from a move’s being sent to each viewer’s seeing it, {what}"),
        &format!("p50 {p50:.0} ms, p99 {p99:.0} ms"),
        "–",
        None,
        "p99 ≤ 400 ms",
        Some(p99 <= 400.0),
    );
}

/// How many were told that the server is too busy; each was accepted in the end.
fn report_again(again: usize, tried: usize, what: &str) {
    row(&format!("told to try again, of {tried} moves, {what}"), &again.to_string(), "–", None, "–", None);
}

/// Whether every viewer ends up with what the database has.
fn report_boards(viewers: &[Arc<Viewer>], moved: &[Moved], truth: &[Card], what: &str) {
    let truth: HashMap<&String, &Card> = truth.iter().map(|card| (&card.id, card)).collect();
    let touched: HashSet<&String> = moved.iter().map(|one| &one.task).collect();
    let (mut missed, mut differ) = (0, 0);
    for viewer in viewers {
        let seen = viewer.seen();
        missed += moved.iter().filter(|one| seen.first(one).is_none()).count();
        differ += touched.iter().filter(|task| seen.last.get(**task) != truth.get(**task).copied()).count();
    }
    none(&format!("moves that a viewer missed, of {} by {} viewers, {what}", moved.len(), viewers.len()), missed);
    none(
        &format!(
            "cards that differ from the database’s in the end, of {} by {} viewers, {what}",
            touched.len(),
            viewers.len()
        ),
        if touched.is_empty() { usize::MAX } else { differ },
    );
}

/// Whether a column has the cards that it had, each once and in a place of its own.
fn report_column(before: &[(String, String)], after: &[(String, String)], what: &str) {
    let had: HashSet<&String> = before.iter().map(|(id, _)| id).collect();
    let has: HashSet<&String> = after.iter().map(|(id, _)| id).collect();
    let places: HashSet<&String> = after.iter().map(|(_, place)| place).collect();
    let wrong = had.symmetric_difference(&has).count() + (after.len() - has.len()) + (after.len() - places.len());
    none(&format!("cards lost, doubled or in the place of another, of {}, {what}", had.len()), wrong);
}

fn none(figure: &str, number: usize) {
    row(figure, &number.to_string(), "–", None, "0", Some(number == 0));
}

/// A template with parts five deep, started again and again.
async fn template(owner: &Owner, product: &Product, list: &List, starts: usize, database: Database) -> Result<()> {
    let mut random = Random(31);
    let mut steps: Vec<Value> = Vec::new();
    for nth in 0..STEPS / LEVELS {
        let mut below: Vec<Value> = Vec::new();
        for level in (0..LEVELS).rev() {
            let waits = nth > 0 && level == 0 && nth % 3 == 0;
            let step = Step {
                key: format!("step-{nth}-{level}"),
                title: title(&mut random),
                has_role: level % 2 == 0,
                priority: random.below(5),
                due: Some(i64::try_from(random.below(60))? - 40),
                checklist: if level == 4 { (0..3).map(|_| title(&mut random)).collect() } else { Vec::new() },
                waits_for: if waits { vec![format!("step-{}-0", nth - 1)] } else { Vec::new() },
                parts: below,
            };
            below = vec![step.json()];
        }
        steps.append(&mut below);
    }
    let order = [tasks::adds_template(ORG, "Opening a clinic", steps)];
    let made = send_all(owner, product.addr, &order, "template", 1).await?;
    let template = id(made.first().ok_or("no template")?)?;
    let day: String = from_now(60 * 24).chars().take(10).collect();
    let mut connection = Connection::open(product.addr).await?;
    let mut times = Vec::new();
    for nth in 0..starts {
        let (path, body) = list.starts(&template, &day, Some(&format!("Clinic {nth}")));
        let message = owner.keyed("POST", &path, &format!("bench-start-{nth:06}"), &body);
        let begun = Instant::now();
        let answer = connection.send(&message).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        let made = tasks::made(&answer.json()?);
        if made != STEPS {
            return Err(format!("a template of {STEPS} tasks made {made}").into());
        }
    }
    let (p50, p95) = (percentile(&mut times, 0.5), percentile(&mut times, 0.95));
    row(
        &format!("a template of {STEPS} tasks, five deep, started, {database}"),
        &format!("p50 {p50:.0} ms, p95 {p95:.0} ms"),
        "–",
        None,
        "p95 ≤ 500 ms",
        Some(p95 <= 500.0),
    );
    Ok(())
}
