//! What the server takes of memory, and how soon it answers.

use std::time::Duration;

use crate::{
    Options, Result, bookings, http,
    pages::{self, PAGE},
    product::{Database, Product},
    report::{median, row},
    wrk,
};

const MIB: f64 = 1024.0;

/// Figures: memory at rest with the demo business, and the most of it under load: pages, slots and bookings.
pub async fn measure(options: &Options) -> Result<()> {
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    product.start(PAGE).await?;
    // At rest is after somebody was there.
    for path in ["/", "/b/harbour-physio", PAGE, "/login"] {
        http::get(product.addr, path).await?;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let rest = product.memory()?.resident as f64 / MIB;
    product.stop().await?;
    let seats = bookings::businesses(&mut product, PAGE).await?;
    let seconds = options.seconds();
    pages::uncached(&product, seconds, "memory").await?;
    wrk::rate(product.addr, PAGE, seconds, None).await?;
    wrk::rate(product.addr, &pages::slots_path(), seconds, None).await?;
    bookings::load(&product, seats, Duration::from_secs(seconds)).await?;
    let most = product.memory()?.peak as f64 / MIB;
    product.check_log("memory");
    product.stop().await?;
    row("memory at rest", &format!("{rest:.1} MB"), "–", None, "≤ 40 MB", Some(rest <= 40.0));
    row("memory under load, at most", &format!("{most:.1} MB"), "–", None, "≤ 80 MB", Some(most <= 80.0));
    Ok(())
}

/// Figure: from starting the program on an existing database to a whole booking page.
pub async fn start(options: &Options) -> Result<()> {
    let mut product = Product::prepare(options, Database::Sqlite).await?;
    let mut times = Vec::new();
    for _ in 0..options.rounds() * 3 {
        times.push(product.start(PAGE).await?.as_secs_f64() * 1e3);
        product.stop().await?;
    }
    let time = median(times);
    row("from start to a booking page", &format!("{time:.0} ms"), "–", None, "≤ 150 ms", Some(time <= 150.0));
    Ok(())
}
