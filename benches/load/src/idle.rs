//! Connections that say nothing, and some that say a little now and then: what they do to a visitor, and what they take.

use std::time::{Duration, Instant};

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    Options, Result,
    http::{Connection, request},
    pages::PAGE,
    product::{Database, Product},
    report::{percentile, row},
};

/// Connections that say nothing.
const IDLE: usize = 5_000;
/// Connections that go on with one request's headers and never come to their end.
const SLOW: usize = 500;
/// So often each of those says a little more.
const SAYS_EVERY: Duration = Duration::from_secs(1);
/// Looks of the visitor, one after the other, before and beside them.
const LOOKS: usize = 3_000;
const PAUSE: Duration = Duration::from_millis(1);
/// The server closes them after this long, and a little.
const CLOSED_AFTER: Duration = Duration::from_secs(35);

/// Figures: idle connections and a slowloris.
pub async fn measure(options: &Options) -> Result<()> {
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    product.start(PAGE).await?;
    let looks = if options.quick { LOOKS / 10 } else { LOOKS };
    let mut calm = visits(&product, looks).await?;
    let before = product.memory()?.resident as f64;
    let begun = Instant::now();
    let mut idle = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        idle.push(TcpStream::connect(product.addr).await?);
    }
    let slow: Vec<_> = (0..SLOW).map(|_| tokio::spawn(drip(product.addr))).collect();
    let mut beside = visits(&product, looks).await?;
    let each = (product.memory()?.resident as f64 - before) / (IDLE + SLOW) as f64;
    tokio::time::sleep(CLOSED_AFTER.saturating_sub(begun.elapsed())).await;
    let mut open = 0;
    for connection in &idle {
        let mut byte = [0];
        let closed = tokio::time::timeout(PAUSE, connection.peek(&mut byte)).await;
        open += usize::from(closed.is_err());
    }
    for drips in &slow {
        open += usize::from(!drips.is_finished());
    }
    let (calm, beside) = (percentile(&mut calm, 0.99), percentile(&mut beside, 0.99));
    let ratio = beside / calm;
    row(
        &format!("booking page beside {IDLE} idle connections and {SLOW} that never end their headers, p99"),
        &format!("{beside:.2} ms"),
        &format!("without them {calm:.2} ms"),
        Some(ratio),
        "≤ 2",
        Some(ratio <= 2.0),
    );
    row("server memory for each of them", &format!("{each:.1} KiB"), "–", None, "≤ 16 KiB", Some(each <= 16.0));
    row("of these still open after 35 s", &open.to_string(), "–", None, "0", Some(open == 0));
    product.check_log("idle connections");
    product.stop().await
}

/// The milliseconds of each look at the page.
async fn visits(product: &Product, looks: usize) -> Result<Vec<f64>> {
    let mut visitor = Connection::open(product.addr).await?;
    let ask = request("GET", PAGE, product.addr, &[], "");
    let mut times = Vec::with_capacity(looks);
    for _ in 0..looks {
        let begun = Instant::now();
        let answer = visitor.send(&ask).await?;
        if answer.status != 200 {
            return Err("no page".into());
        }
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(times)
}

/// Says a little of a request's headers, again and again, until the server has had enough.
async fn drip(addr: std::net::SocketAddr) {
    let Ok(mut connection) = TcpStream::connect(addr).await else { return };
    if connection.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").await.is_err() {
        return;
    }
    while connection.write_all(b"X: y\r\n").await.is_ok() {
        tokio::time::sleep(SAYS_EVERY).await;
    }
}
