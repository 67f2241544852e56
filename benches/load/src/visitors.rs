//! Fifty people look at one busy business at once, while others book there: how long its page, its times and the explanation of a time
//! take.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    Options, Result,
    bookings::{self, Random},
    from_now,
    http::{Connection, request},
    pages::PAGE,
    product::{Database, Product, Service},
    report::{percentile, row},
};

/// The business’s word, and its service’s.
const ORG: &str = "busy";
const SERVICE: &str = "half-hour";
const PEOPLE: usize = 20;
/// So many are booked in the month.
const BOOKINGS: usize = 2_000;
const DAYS: i64 = 30;
const VISITORS: usize = 50;
/// Each of them looks again after this.
const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// So often somebody books meanwhile: what was kept of the page is made anew.
const BOOKS_EVERY: Duration = Duration::from_millis(100);
/// Times that are explained.
const EXPLAINED: usize = 200;

/// How long looks took, in milliseconds.
#[derive(Debug, Default)]
struct Looks {
    pages: Vec<f64>,
    times: Vec<f64>,
}

/// Figures: the page and the slots API under fifty visitors, and the explanation of a time, at the slowest but 5 %.
pub async fn measure(options: &Options, database: Database) -> Result<()> {
    let mut product = Product::prepare(options, database).await?;
    product.add_businesses(&[ORG.to_owned()]).await?;
    product.start(PAGE).await?;
    let mut owner = product.owner().await?;
    owner.set_up(ORG, PEOPLE, &[Service(SERVICE, 30, 0, 0)]).await?;
    let starts = owner.starts(ORG, SERVICE, DAYS).await?;
    let mut random = Random(7);
    // No start is asked for more often than there are people.
    let mut all: Vec<String> = (0..PEOPLE).flat_map(|_| starts.iter().cloned()).collect();
    random.shuffle(&mut all);
    let later = all.split_off(BOOKINGS.min(all.len()));
    bookings::fill(product.addr, ORG, SERVICE, &all).await?;

    let time = Duration::from_secs(options.seconds() * 2);
    let (addr, begun) = (product.addr, Instant::now());
    let others = tokio::spawn(book_now_and_then(addr, later, begun, time));
    let visitors: Vec<_> = (0..VISITORS).map(|nth| tokio::spawn(visit(addr, nth, begun, time))).collect();
    let mut looks = Looks::default();
    for visitor in visitors {
        let Looks { pages, times } = visitor.await??;
        looks.pages.extend(pages);
        looks.times.extend(times);
    }
    let booked = others.await??;
    let mut explained = Vec::new();
    for _ in 0..EXPLAINED {
        let start = &starts[random.below(starts.len())];
        let path = format!("/api/v1/orgs/{ORG}/calendar/services/{SERVICE}/why?start={start}");
        let asked = Instant::now();
        owner.send("GET", &path, &Value::Null).await?;
        explained.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    product.check_log(&format!("fifty visitors, {database}"));
    product.stop().await?;
    let what = format!("{PEOPLE} people, {} bookings in a month, {VISITORS} visitors, {database}", BOOKINGS + booked);
    report(&format!("slots API, 30 days, {what}"), &mut looks.times, 30.0);
    report(&format!("booking page, {what}"), &mut looks.pages, 100.0);
    report(&format!("why a time isn’t offered, {database}"), &mut explained, 50.0);
    Ok(())
}

/// Looks at some week’s page, then at a month’s times, from somewhere in the first days, again and again.
async fn visit(addr: SocketAddr, nth: usize, begun: Instant, time: Duration) -> Result<Looks> {
    let mut connection = Connection::open(addr).await?;
    let mut random = Random(nth as u64 + 1_000);
    let mut looks = Looks::default();
    // They don't come all at once.
    tokio::time::sleep(LOOKS_EVERY.mul_f64(nth as f64 / VISITORS as f64)).await;
    while begun.elapsed() < time {
        let hours = i64::try_from(random.below(20 * 24))?;
        let day: String = from_now(24 + hours).chars().take(10).collect();
        let page = format!("/b/{ORG}/{SERVICE}?from={day}");
        looks.pages.push(look(&mut connection, addr, &page).await?);
        tokio::time::sleep(LOOKS_EVERY / 2).await;
        let (from, to) = (from_now(hours), from_now(hours + DAYS * 24));
        let times = format!("/api/v1/orgs/{ORG}/calendar/services/{SERVICE}/slots?from={from}&to={to}");
        looks.times.push(look(&mut connection, addr, &times).await?);
        tokio::time::sleep(LOOKS_EVERY / 2).await;
    }
    Ok(looks)
}

/// The milliseconds of one look.
async fn look(connection: &mut Connection, addr: SocketAddr, path: &str) -> Result<f64> {
    let asked = Instant::now();
    let answer = connection.send(&request("GET", path, addr, &[], "")).await?;
    let milliseconds = asked.elapsed().as_secs_f64() * 1e3;
    if answer.status == 200 { Ok(milliseconds) } else { Err(format!("{path}: {}", answer.head).into()) }
}

/// Books one after the other; says how many.
async fn book_now_and_then(addr: SocketAddr, starts: Vec<String>, begun: Instant, time: Duration) -> Result<usize> {
    let mut booked = 0;
    for start in starts {
        if begun.elapsed() >= time {
            break;
        }
        bookings::one(addr, ORG, SERVICE, &start, &format!("meanwhile-{booked}")).await?;
        booked += 1;
        tokio::time::sleep(BOOKS_EVERY).await;
    }
    Ok(booked)
}

fn report(figure: &str, milliseconds: &mut [f64], target: f64) {
    let p95 = percentile(milliseconds, 0.95);
    row(figure, &format!("p95 {p95:.1} ms"), "–", None, &format!("≤ {target} ms"), Some(p95 <= target));
}
