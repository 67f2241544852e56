//! Logging in: whether the time of a refusal tells who has an account, and what a storm of log-ins does to a visitor.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::{
    Options, Result,
    http::{Connection, request},
    pages::PAGE,
    product::{Database, Product},
    report::{median, percentile, row},
};

/// People of the demo business. Five tries each are free.
const PEOPLE: [&str; 4] = ["owner", "reception", "manager", "practice"];
const TRIES: usize = 4;
const STORM: usize = 200;
/// Visitors that look at the page one after the other, before the storm.
const CALM: usize = 2_000;
/// Between two of their looks, before the storm and in it.
const PAUSE: Duration = Duration::from_millis(1);

/// Figures: log-in.
pub async fn measure(options: &Options) -> Result<()> {
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    product.start(PAGE).await?;

    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for nth in 0..TRIES {
        for (at, person) in PEOPLE.iter().enumerate() {
            let from = nth * PEOPLE.len() + at;
            known.push(refusal(&product, &format!("{person}@harbour-physio.example"), from).await?);
            unknown.push(refusal(&product, &format!("nobody{from}@harbour-physio.example"), from).await?);
        }
    }
    let (known, unknown) = (median(known), median(unknown));
    let ratio = unknown / known;
    row(
        "refusing an email that nobody has",
        &format!("{unknown:.1} ms"),
        &format!("a wrong password {known:.1} ms"),
        Some(ratio),
        "0.9 to 1.1",
        Some((0.9..=1.1).contains(&ratio)),
    );

    let mut calm = Vec::new();
    let mut visitor = Connection::open(product.addr).await?;
    let ask = request("GET", PAGE, product.addr, &[], "");
    for _ in 0..CALM {
        calm.push(look(&mut visitor, &ask).await?);
        tokio::time::sleep(PAUSE).await;
    }
    let mut storm = JoinSet::new();
    for nth in 0..STORM {
        let (addr, wish) = (product.addr, wish(&product, &format!("somebody@business{nth}.example"), 1_000 + nth));
        storm.spawn(async move { Connection::open(addr).await?.send(&wish).await.map(|answer| answer.status) });
    }
    let mut rough = Vec::new();
    let mut refused = 0;
    while !storm.is_empty() {
        rough.push(look(&mut visitor, &ask).await?);
        while let Some(done) = storm.try_join_next() {
            refused += usize::from(done?? == 401);
        }
        tokio::time::sleep(PAUSE).await;
    }
    let (calm, rough) = (percentile(&mut calm, 0.99), percentile(&mut rough, 0.99));
    let ratio = rough / calm;
    row(
        &format!("booking page beside {STORM} log-ins at once ({refused} judged), p99"),
        &format!("{rough:.2} ms"),
        &format!("without them {calm:.2} ms"),
        Some(ratio),
        "≤ 2",
        Some(ratio <= 2.0),
    );
    product.check_log("log-ins");
    product.stop().await
}

/// The milliseconds until a log-in is refused.
async fn refusal(product: &Product, email: &str, from: usize) -> Result<f64> {
    let mut connection = Connection::open(product.addr).await?;
    let begun = Instant::now();
    let answer = connection.send(&wish(product, email, from)).await?;
    if answer.status == 401 {
        Ok(begun.elapsed().as_secs_f64() * 1_000.0)
    } else {
        Err(format!("a wrong log-in is answered with {}", answer.status).into())
    }
}

/// A wrong log-in from an address of its own, so that nobody waits for others' tries.
fn wish(product: &Product, email: &str, from: usize) -> Vec<u8> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", email), ("password", "not the password of anybody")])
        .finish();
    let address = format!("X-Forwarded-For: 203.0.{}.{}", 113 + from / 250, 1 + from % 250);
    let headers = [
        "Content-Type: application/x-www-form-urlencoded",
        "Accept: application/octet-stream",
        "Sec-Fetch-Site: same-origin",
        &address,
    ];
    request("POST", "/fn/auth/log-in", product.addr, &headers, &body)
}

/// The milliseconds until the page is there.
async fn look(visitor: &mut Connection, ask: &[u8]) -> Result<f64> {
    let begun = Instant::now();
    let answer = visitor.send(ask).await?;
    if answer.status == 200 { Ok(begun.elapsed().as_secs_f64() * 1_000.0) } else { Err("no page".into()) }
}
