//! Clients of the kinds that stop servers, all at once, beside ordinary visitors: what the visitors notice of them, and how many of them the server
//! has ended a while later.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};

use crate::{
    Options, Result,
    crowd::{Outcome, Step, Town},
    http::request,
    product::{Database, Product},
    report::{percentile, row},
};

/// Ordinary visitors a second.
const RATE: u32 = 200;
/// Connections that say nothing.
const IDLE: usize = 5_000;
/// Connections that say a little of a request's headers every second, and never come to their end.
const SLOW: usize = 500;
const SAYS_EVERY: Duration = Duration::from_secs(1);
/// Connections that ask for so many large files one after the other and take nothing.
const TAKE_NOTHING: usize = 200;
const FILES: usize = 64;
/// The system keeps so little for them on their side.
const WINDOW: u32 = 4 * 1024;
/// Headers larger than the server reads, one after the other as long as the visitors come.
const HUGE: usize = 300_000;
const HUGE_EVERY: Duration = Duration::from_millis(50);
/// A place is kept for nobody for longer than this: half a minute for a request's headers, one for taking something of an answer, and a little.
const ENDED_AFTER: Duration = Duration::from_secs(70);
/// Whoever was ended notices at once, once they look.
const NOTICES_WITHIN: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_millis(1);

/// Those who would stop a server.
struct Bad {
    since: Instant,
    idle: Vec<TcpStream>,
    slow: JoinSet<()>,
    take_nothing: Vec<TcpStream>,
}

/// Figures: what visitors wait with and without, and who was ended.
pub async fn measure(options: &Options) -> Result<()> {
    let time = Duration::from_secs(if options.quick { 5 } else { 20 });
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    let town = Town::build(&mut product, &[]).await?;
    let large = town.largest_file().await?;
    // The pages are kept then, and the server has what it needs.
    town.receive(RATE, time / 4).await?;
    let calm = town.receive(RATE, time).await?;
    let before = product.memory()?.resident as f64;
    let bad = Bad::come(product.addr, &large).await?;
    let huge = tokio::spawn(huge_headers(product.addr, time));
    let beside = town.receive(RATE, time).await?;
    let more = (product.memory()?.resident as f64 - before) / 1024.0;
    let (sent, refused) = huge.await??;
    let [idle, slow, take_nothing] = bad.ended().await;
    product.check_log("clients that stop servers");
    product.stop().await?;

    for (step, name) in Step::ALL {
        let [without, with] = [&calm, &beside].map(|outcome| p99(outcome, Some(step)));
        println!("  {name:<16} p99 without them {without:.1} ms, beside them {with:.1} ms");
    }
    let (without, with) = (p99(&calm, None), p99(&beside, None));
    let ratio = with / without;
    row(
        &format!(
            "{RATE} visitors a second beside {IDLE} idle connections, {SLOW} that never end their headers, {TAKE_NOTHING} that take nothing and huge headers: p99"
        ),
        &format!("{with:.1} ms"),
        &format!("without them {without:.1} ms"),
        Some(ratio),
        "≤ 2",
        Some(ratio <= 2.0),
    );
    for (why, times) in &beside.failures {
        println!("  failed {times} times: {why}");
    }
    let failed = beside.failed();
    row(
        &format!("of their {} requests that failed", beside.answers.len()),
        &failed.to_string(),
        &format!("without them {}", calm.failed()),
        None,
        "0",
        Some(failed == 0),
    );
    let seconds = ENDED_AFTER.as_secs();
    for (kind, ended, all) in [
        ("idle", idle, IDLE),
        ("never end their headers", slow, SLOW),
        ("take nothing", take_nothing, TAKE_NOTHING),
        ("sent huge headers", refused, sent),
    ] {
        row(
            &format!("ended by the server within {seconds} s, of those that are or do this: {kind}"),
            &format!("{ended} of {all}"),
            "–",
            None,
            "all",
            Some(ended == all),
        );
    }
    row("server memory for all of these together", &format!("{more:.0} MB"), "–", None, "–", None);
    Ok(())
}

fn p99(outcome: &Outcome, step: Option<Step>) -> f64 {
    percentile(&mut outcome.waits(step), 0.99)
}

impl Bad {
    async fn come(addr: SocketAddr, large: &str) -> Result<Self> {
        let since = Instant::now();
        let mut idle = Vec::with_capacity(IDLE);
        for _ in 0..IDLE {
            idle.push(TcpStream::connect(addr).await?);
        }
        let mut slow = JoinSet::new();
        for _ in 0..SLOW {
            slow.spawn(drip(addr));
        }
        let asks = request("GET", large, addr, &[], "").repeat(FILES);
        let mut take_nothing = Vec::with_capacity(TAKE_NOTHING);
        for _ in 0..TAKE_NOTHING {
            let socket = TcpSocket::new_v4()?;
            socket.set_recv_buffer_size(WINDOW)?;
            let mut stream = socket.connect(addr).await?;
            stream.write_all(&asks).await?;
            take_nothing.push(stream);
        }
        Ok(Self { since, idle, slow, take_nothing })
    }

    /// How many of each kind were ended after a while.
    async fn ended(mut self) -> [usize; 3] {
        tokio::time::sleep(ENDED_AFTER.saturating_sub(self.since.elapsed())).await;
        let mut idle = 0;
        for connection in &self.idle {
            let mut byte = [0];
            idle += usize::from(timeout(MOMENT, connection.peek(&mut byte)).await.is_ok());
        }
        let mut slow = 0;
        while self.slow.try_join_next().is_some() {
            slow += 1;
        }
        let mut taking: JoinSet<bool> = JoinSet::new();
        for stream in self.take_nothing {
            taking.spawn(async move { timeout(NOTICES_WITHIN, take_all(stream)).await.is_ok() });
        }
        let mut take_nothing = 0;
        while let Some(ended) = taking.join_next().await {
            take_nothing += usize::from(ended.unwrap_or(false));
        }
        [idle, slow, take_nothing]
    }
}

/// Says a little of a request's headers, again and again, until the server has had enough.
async fn drip(addr: SocketAddr) {
    let Ok(mut connection) = TcpStream::connect(addr).await else { return };
    if connection.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").await.is_err() {
        return;
    }
    while connection.write_all(b"X: y\r\n").await.is_ok() {
        tokio::time::sleep(SAYS_EVERY).await;
    }
}

/// Sends huge headers for so long; says how often, and how often the server ended that.
async fn huge_headers(addr: SocketAddr, time: Duration) -> Result<(usize, usize)> {
    let begun = Instant::now();
    let value = format!("X: {}", "x".repeat(HUGE));
    let ask = request("GET", "/", addr, &[&value], "");
    let mut sending: JoinSet<bool> = JoinSet::new();
    let mut sent = 0;
    let mut ticks = tokio::time::interval(HUGE_EVERY);
    while begun.elapsed() < time {
        ticks.tick().await;
        let ask = ask.clone();
        sent += 1;
        sending.spawn(async move {
            let Ok(mut connection) = TcpStream::connect(addr).await else { return false };
            // It may be ended before all of it was said.
            let _ended = connection.write_all(&ask).await;
            timeout(NOTICES_WITHIN, take_all(connection)).await.is_ok()
        });
    }
    let mut ended = 0;
    while let Some(one) = sending.join_next().await {
        ended += usize::from(one?);
    }
    Ok((sent, ended))
}

/// Takes what comes until the other side ends it.
async fn take_all(mut stream: TcpStream) {
    let mut bytes = vec![0; 64 * 1024];
    while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}
