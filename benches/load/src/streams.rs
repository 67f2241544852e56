//! Live streams: from an event to every client that listens, beside a plain broadcast of the same bytes; and what a
//! client costs the server.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{io::AsyncReadExt, task::JoinSet};

use crate::{
    Options, Result,
    http::{Connection, request},
    process,
    product::{Database, Product},
    reference::Reference,
    report::{median, percentile, row},
};

/// Streams of one program: somewhat fewer than it may have, for those of the round before are given back as the server notices. One person may not have
/// many more, however often they are logged in.
pub const OF_A_PROGRAM: usize = 16;
/// Clients that connect at the same time.
const CONNECTING: usize = 64;
const SERVICE: &str = "half-hour";
/// What the product sends of a booking, sent by the reference.
const SAME_BYTES: &str = r#"{"kind":"calendar.appointment_booked","subject":"01a20727-8d53-7c5a-901c-1e188b1c527d","at":"2026-11-23T06:46:04.123456Z"}"#;
/// Longer than the pause after which a stream says that it is still there.
const QUIET: Duration = Duration::from_secs(22);

/// Clients of one stream, all of which are to hear of each event.
struct Audience {
    tasks: JoinSet<()>,
    count: usize,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    events: AtomicUsize,
    ended: AtomicUsize,
    at: Mutex<Vec<Instant>>,
}

/// Figures: streams to 1,000 and to 10,000 clients.
pub async fn measure(options: &Options) -> Result<()> {
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    product.add_businesses(&["streams".to_owned()]).await?;
    product.start("/").await?;
    let mut owner = product.owner().await?;
    owner.set_up("streams", 10, &[crate::product::Service(SERVICE, 30, 0, 0)]).await?;
    let mut starts = owner.starts("streams", SERVICE, 50).await?;
    let sizes: &[(usize, usize)] = if options.quick { &[(1_000, 5)] } else { &[(1_000, 40), (10_000, 12)] };

    for &(count, events) in sizes {
        let reference = Reference::start(0).await?;
        let theirs = [request("GET", "/events", reference.addr, &[], "")];
        let mut ours = Vec::new();
        while ours.len() * OF_A_PROGRAM < count {
            let program = product.owner().await?.program("streams", "calendar.appointments.view").await?;
            ours.push(request("GET", "/app/streams/live", product.addr, &[&program], ""));
        }
        let (mut ratios, mut our_p50, mut our_p99, mut their_p50, mut their_p99) =
            (vec![], vec![], vec![], vec![], vec![]);
        let (mut our_memory, mut their_memory) = (f64::NAN, f64::NAN);
        let mut stayed = true;
        for round in 0..options.rounds() {
            let before = process::memory(&reference.child)?.resident;
            let mut audience = Audience::gather(reference.addr, &theirs, count).await?;
            if round == 0 {
                their_memory = (process::memory(&reference.child)?.resident - before) as f64 / count as f64;
            }
            let publish = |_: usize| request("POST", "/publish", reference.addr, &[], SAME_BYTES);
            let mut plain = audience.hear(reference.addr, events, publish).await?;
            drop(audience);

            let before = product.memory()?.resident;
            let mut audience = Audience::gather(product.addr, &ours, count).await?;
            if round == 0 {
                our_memory = product.memory()?.resident.saturating_sub(before) as f64 / count as f64;
            }
            let bookings: Vec<String> = starts.split_off(starts.len().saturating_sub(events + 1));
            let book = |nth: usize| booking(product.addr, bookings.get(nth).map_or("", String::as_str), count, round);
            let mut live = audience.hear(product.addr, events, book).await?;
            if round == 0 {
                tokio::time::sleep(QUIET).await;
                let ended = audience.heard.ended.load(Ordering::Relaxed);
                if ended > 0 {
                    println!("{ended} of {count} streams ended by themselves");
                    stayed = false;
                }
            }
            drop(audience);

            let p99 = (percentile(&mut live, 0.99), percentile(&mut plain, 0.99));
            ratios.push(p99.0 / p99.1);
            our_p99.push(p99.0);
            their_p99.push(p99.1);
            our_p50.push(percentile(&mut live, 0.5));
            their_p50.push(percentile(&mut plain, 0.5));
        }
        let ratio = median(ratios);
        row(
            &format!("event to each of {count} clients, p50 and p99 of {events} events"),
            &format!("{:.1} and {:.1} ms", median(our_p50), median(our_p99)),
            &format!("{:.1} and {:.1} ms", median(their_p50), median(their_p99)),
            Some(ratio),
            "≤ 1.3",
            Some(ratio <= 1.3),
        );
        row(
            &format!("server memory a client, {count} clients"),
            &format!("{our_memory:.1} KiB"),
            &format!("{their_memory:.1} KiB"),
            Some(our_memory / their_memory),
            "≤ 24 KiB",
            Some(our_memory <= 24.0),
        );
        row(
            &format!("{count} streams through a quiet spell"),
            if stayed { "all stay" } else { "some end" },
            "–",
            None,
            "all stay",
            Some(stayed),
        );
    }
    product.check_log("streams");
    product.stop().await
}

/// A booking, so that an event happens.
fn booking(addr: SocketAddr, start: &str, count: usize, round: usize) -> Vec<u8> {
    let body = serde_json::json!({
        "service": SERVICE, "start": start, "name": "Mei Lin", "email": "mei@client.example", "notes": "",
    });
    let key = format!("Idempotency-Key: streams-{count}-{round}-{start}");
    let headers = ["Content-Type: application/json", key.as_str()];
    request("POST", "/api/v1/orgs/streams/calendar/bookings", addr, &headers, &body.to_string())
}

impl Audience {
    /// Connects so many clients, who ask in turn, and waits until each was greeted and the server has come to rest.
    async fn gather(addr: SocketAddr, asks: &[Vec<u8>], count: usize) -> Result<Self> {
        let heard = Arc::<Heard>::default();
        let mut tasks = JoinSet::new();
        let mut connecting: JoinSet<Result<_>> = JoinSet::new();
        let mut begun = 0;
        while tasks.len() < count {
            while begun < count && connecting.len() < CONNECTING {
                let ask = asks.get(begun % asks.len()).cloned().unwrap_or_default();
                connecting.spawn(async move {
                    let (mut stream, mut text) = Connection::open(addr).await?.subscribe(&ask).await?;
                    while !text.windows(2).any(|pair| pair == b"{}") {
                        if stream.read_buf(&mut text).await? == 0 {
                            return Err("a stream ended before its greeting".into());
                        }
                    }
                    Ok(stream)
                });
                begun += 1;
            }
            let mut stream = connecting.join_next().await.ok_or("nobody is connecting")???;
            let heard = Arc::clone(&heard);
            tasks.spawn(async move {
                let mut buffer = [0; 1024];
                loop {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => {
                            heard.ended.fetch_add(1, Ordering::Relaxed);
                            return;
                        }
                        Ok(read) => {
                            let now = Instant::now();
                            let text = buffer.get(..read).unwrap_or_default();
                            // A frame is far smaller than what a packet holds, so it comes whole.
                            if text.windows(7).any(|window| window == b"\"kind\":") {
                                heard.at.lock().unwrap_or_else(PoisonError::into_inner).push(now);
                                heard.events.fetch_add(1, Ordering::Release);
                            }
                        }
                    }
                }
            });
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(Self { tasks, count, heard })
    }

    /// Makes events happen, one after the other, and gives the milliseconds from asking for each to each client's hearing
    /// of it. The first is to warm up.
    async fn hear(&mut self, addr: SocketAddr, events: usize, event: impl Fn(usize) -> Vec<u8>) -> Result<Vec<f64>> {
        let mut connection = Connection::open(addr).await?;
        let mut latencies = Vec::with_capacity(self.count * events);
        for nth in 0..=events {
            self.heard.events.store(0, Ordering::Release);
            self.heard.at.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let message = event(nth);
            let begun = Instant::now();
            let answer = connection.send(&message).await?;
            if !answer.succeeded() {
                return Err(format!("no event: {}{}", answer.head, String::from_utf8_lossy(&answer.body)).into());
            }
            while self.heard.events.load(Ordering::Acquire) < self.count {
                if begun.elapsed() > Duration::from_secs(20) || self.tasks.is_empty() {
                    let heard = self.heard.events.load(Ordering::Acquire);
                    return Err(format!("only {heard} of {} clients heard of an event", self.count).into());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            if nth > 0 {
                let at = self.heard.at.lock().unwrap_or_else(PoisonError::into_inner);
                latencies.extend(at.iter().map(|at| at.duration_since(begun).as_secs_f64() * 1e3));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(latencies)
    }
}
