//! The booking page beside a constant page of the same size; the slots API beside one row read by its key.

use std::path::Path;

use crate::{
    Options, Result, from_now, http,
    product::{Database, Product},
    reference::Reference,
    report::{median, row},
    wrk,
};

/// The page of a demo service.
pub const PAGE: &str = "/b/harbour-physio/initial-consultation";
const DISTINCT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/distinct.lua");

/// Requests a second for a page that is made anew each time.
pub async fn uncached(product: &Product, seconds: u64, run: &str) -> Result<f64> {
    let dates = dates();
    let mut arguments: Vec<&str> = dates.iter().map(String::as_str).collect();
    arguments.push(run);
    wrk::rate(product.addr, PAGE, seconds, Some((Path::new(DISTINCT), &arguments))).await
}

/// The address of 30 days of a service's times.
pub fn slots_path() -> String {
    let (from, to) = (from_now(0), from_now(30 * 24));
    format!("/api/v1/orgs/harbour-physio/calendar/services/initial-consultation/slots?from={from}&to={to}")
}

/// Figure: booking pages a second.
pub async fn pages(options: &Options) -> Result<()> {
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    product.start(PAGE).await?;
    let size = http::get(product.addr, PAGE).await?.body.len();
    let mut sizes = 0;
    let dates = dates();
    for date in &dates {
        sizes += http::get(product.addr, &format!("{PAGE}?from={date}")).await?.body.len();
    }
    let (kept, distinct) = (Reference::start(size).await?, Reference::start(sizes / dates.len()).await?);

    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for round in 0..options.rounds() {
        let seconds = options.seconds();
        let ours = uncached(&product, seconds, &format!("r{round}")).await?;
        cold.push((ours, wrk::rate(distinct.addr, "/page", seconds, None).await?));
        let ours = wrk::rate(product.addr, PAGE, seconds, None).await?;
        warm.push((ours, wrk::rate(kept.addr, "/page", seconds, None).await?));
    }
    product.check_log("the booking page");
    product.stop().await?;
    let kb = size / 1024;
    report(&format!("booking page ({kb} KB), each read and made anew"), &cold, 0.08);
    report(&format!("booking page ({kb} KB), asked for again"), &warm, 0.5);
    Ok(())
}

/// Figure: 30 days of slots a second.
pub async fn slots(options: &Options) -> Result<()> {
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    product.start(PAGE).await?;
    let reference = Reference::start(0).await?;
    let mut rates = Vec::new();
    for _ in 0..options.rounds() {
        let ours = wrk::rate(product.addr, &slots_path(), options.seconds(), None).await?;
        rates.push((ours, wrk::rate(reference.addr, "/row/500", options.seconds(), None).await?));
    }
    product.check_log("the slots API");
    product.stop().await?;
    report("slots API, 30 days", &rates, 0.3);
    Ok(())
}

fn report(figure: &str, rates: &[(f64, f64)], target: f64) {
    let ratio = median(rates.iter().map(|(ours, theirs)| ours / theirs).collect());
    let ours = median(rates.iter().map(|(ours, _)| *ours).collect());
    let theirs = median(rates.iter().map(|(_, theirs)| *theirs).collect());
    row(
        figure,
        &format!("{ours:.0}/s"),
        &format!("{theirs:.0}/s"),
        Some(ratio),
        &format!("≥ {target}"),
        Some(ratio >= target),
    );
}

/// The days from tomorrow on that still have a whole week within the booking window.
fn dates() -> Vec<String> {
    (1..50).map(|day| from_now(day * 24).chars().take(10).collect()).collect()
}
