//! More and more visitors at the public booking pages, until the slowest in a hundred wait too long or something fails; then the highest rate
//! that holds, and what gives first above it.

use std::{
    sync::Arc,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use crate::{
    Options, Result,
    crowd::{Outcome, Step, Town},
    figures::Figures,
    open_loop::Search,
    process,
    product::{Database, Product},
    report::{percentile, row},
};

/// Nobody but one in a hundred waits longer than this for anything, in milliseconds.
pub const P99: f64 = 250.0;
/// So much of what is asked may fail.
const MOST_FAILED: f64 = 0.001;
/// Of fewer answers one slow one would decide.
const FEW: usize = 100;
/// Visitors a second, to begin with.
pub const FIRST: u32 = 50;
/// How often it is looked at what the server takes.
const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// The rest after each rate: what is still to be written and sent doesn't burden the next.
const REST: Duration = Duration::from_secs(2);

/// How one rate went.
#[derive(Debug)]
pub struct Stage {
    /// Visitors a second.
    pub rate: u32,
    /// For how long they came, in seconds.
    seconds: f64,
    outcome: Outcome,
    load: Load,
}

/// What a rate took, and who waited for what.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    /// Processors that there are, and how many the server, the load generator and everything else kept busy: on PostgreSQL, that.
    processors: f64,
    server: f64,
    generator: f64,
    others: f64,
    /// The server's memory, at most, in MB.
    memory: f64,
    /// What 99 of 100 transactions waited at most until they could begin, in milliseconds: those that write, and those that read.
    write_wait: f64,
    read_wait: f64,
    /// Connections to the database that were in use, of so many.
    busy: f64,
    most: f64,
    /// What 99 of 100 requests were sent later than they were meant to be, in milliseconds.
    late: f64,
}

/// What was found by trying.
#[derive(Debug, Default)]
pub struct Found {
    /// The highest rate that held.
    pub held: Option<Stage>,
    /// The lowest that didn't.
    pub broke: Option<Stage>,
}

/// Figures: the highest rate, what it takes, and what gives first.
pub async fn measure(options: &Options, database: Database) -> Result<()> {
    let (time, halvings) = if options.quick { (Duration::from_secs(5), 1) } else { (Duration::from_secs(20), 3) };
    let mut product = Product::prepare(options, database).await?;
    let town = Town::build(&mut product, &[]).await?;
    let found = search(&product, &town, time, Search::new(FIRST, halvings), |stage| stage.report(database)).await?;
    product.check_log(&format!("rising rates, {database}"));
    product.stop().await?;
    let target = if database == Database::Sqlite { 200 } else { 100 };
    let rate = found.held.as_ref().map_or(0, |stage| stage.rate);
    row(
        &format!("visitors a second that hold: p99 of every step within {P99} ms, 0.1 % failed at most, {database}"),
        &format!("{rate}/s"),
        "–",
        None,
        &format!("≥ {target}/s"),
        Some(rate >= target),
    );
    if let Some(stage) = &found.held {
        let Stage { outcome, load, seconds, .. } = stage;
        row(
            &format!("at {rate} visitors a second: requests, bookings a second, {database}"),
            &format!("{:.0}/s, {:.1}/s", stage.requests(), outcome.booked as f64 / seconds),
            "–",
            None,
            "–",
            None,
        );
        row(
            &format!(
                "at {rate} visitors a second: processors, of {}, and memory of the server, {database}",
                load.processors
            ),
            &format!("{:.2}, {:.0} MB", load.server, load.memory),
            "–",
            None,
            "–",
            None,
        );
    }
    let first = found.broke.as_ref().map_or_else(|| "nothing".to_owned(), |stage| stage.load.first_to_give(database));
    let at = found.broke.as_ref().map_or(rate, |stage| stage.rate);
    row(&format!("what gives first, at {at} visitors a second, {database}"), &first, "–", None, "–", None);
    Ok(())
}

/// Tries rates one after the other, as long as the search goes on.
pub async fn search(
    product: &Product,
    town: &Arc<Town>,
    time: Duration,
    mut search: Search,
    mut report: impl FnMut(&Stage),
) -> Result<Found> {
    let mut found = Found::default();
    while let Some(rate) = search.rate() {
        let stage = stage(product, town, rate, time).await?;
        report(&stage);
        let has_held = stage.holds();
        search.tell(rate, has_held);
        if has_held {
            found.held = Some(stage);
        } else {
            found.broke = Some(stage);
        }
        tokio::time::sleep(REST).await;
    }
    Ok(found)
}

async fn stage(product: &Product, town: &Arc<Town>, rate: u32, time: Duration) -> Result<Stage> {
    let before = Reading::take(product).await?;
    let begun = Instant::now();
    let crowd = town.receive(rate, time);
    tokio::pin!(crowd);
    let mut ticks = tokio::time::interval(LOOKS_EVERY);
    let (mut memory, mut after) = (0, None);
    let outcome = loop {
        tokio::select! {
            outcome = &mut crowd => break outcome?,
            _ = ticks.tick() => {
                memory = memory.max(product.memory()?.resident);
                // Those who are inside when nobody comes any more go on for a while, at another rate.
                if after.is_none() && begun.elapsed() >= time {
                    after = Some(Reading::take(product).await?);
                }
            }
        }
    };
    let after = match after {
        Some(after) => after,
        None => Reading::take(product).await?,
    };
    let mut late = outcome.late.clone();
    let load = Load {
        memory: memory as f64 / 1024.0,
        late: percentile(&mut late, 0.99),
        processors: available_parallelism()?.get() as f64,
        ..after.since(&before)
    };
    Ok(Stage { rate, seconds: time.as_secs_f64(), outcome, load })
}

/// What was taken until a moment.
struct Reading {
    at: Instant,
    server: f64,
    generator: f64,
    machine: f64,
    figures: Figures,
}

impl Reading {
    async fn take(product: &Product) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            server: product.usage()?.processor,
            generator: process::own_processor()?,
            machine: process::machine_processor()?,
            figures: Figures::read(product.addr).await?,
        })
    }

    fn since(&self, before: &Self) -> Load {
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        let (server, generator) = (self.server - before.server, self.generator - before.generator);
        let others = (self.machine - before.machine - server - generator).max(0.0);
        Load {
            server: server / seconds,
            generator: generator / seconds,
            others: others / seconds,
            write_wait: self.figures.waited(&before.figures, "write", 0.99),
            read_wait: self.figures.waited(&before.figures, "read", 0.99),
            busy: self.figures.of("devalo_db_connections{state=\"busy\"}"),
            most: self.figures.of("devalo_db_connections{state=\"most\"}"),
            ..Load::default()
        }
    }
}

impl Stage {
    /// Nobody waits too long, and as good as nothing fails.
    fn holds(&self) -> bool {
        let asked = self.outcome.answers.len().max(1) as f64;
        self.outcome.failed() as f64 <= asked * MOST_FAILED && self.outcome.slowest().1 <= P99
    }

    /// Answers a second, as long as visitors came.
    fn requests(&self) -> f64 {
        let within = self.outcome.answers.iter().filter(|answer| answer.at.as_secs_f64() <= self.seconds);
        within.count() as f64 / self.seconds
    }

    fn report(&self, database: Database) {
        let Self { rate, outcome, load, .. } = self;
        println!(
            "{rate} visitors a second, {database}: {} came, {} booked, {} were told that somebody was first",
            outcome.visitors, outcome.booked, outcome.taken
        );
        for (step, name) in Step::ALL {
            let mut waits = outcome.waits(Some(step));
            let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| percentile(&mut waits, share));
            println!("  {name:<16} {:>7} times  p50 {p50:>7.1}  p95 {p95:>7.1}  p99 {p99:>7.1} ms", waits.len());
        }
        println!(
            "  processors: server {:.2}, load generator {:.2}, others {:.2}, of {}; memory {:.0} MB; p99 until a transaction begins: writing ≤ {} ms, reading ≤ {} ms; {} of {} connections to the database busy; p99 sent late by {:.1} ms",
            load.server,
            load.generator,
            load.others,
            load.processors,
            load.memory,
            load.write_wait,
            load.read_wait,
            load.busy,
            load.most,
            load.late
        );
        for (why, times) in &outcome.failures {
            println!("  failed {times} times: {why}");
        }
        let (step, p99) = outcome.slowest();
        row(
            &format!("{rate} visitors a second, {database}: requests a second, failures, the slowest step’s p99"),
            &format!("{:.0}/s, {}, {step} {p99:.0} ms", self.requests(), outcome.failed()),
            "–",
            None,
            "–",
            None,
        );
    }
}

impl Outcome {
    /// The step of which the slowest in a hundred waited longest, and for how many milliseconds.
    pub fn slowest(&self) -> (&'static str, f64) {
        let all = Step::ALL.into_iter().map(|(step, name)| (name, self.waits(Some(step))));
        let enough = all.filter(|(_, waits)| waits.len() >= FEW);
        let p99 = enough.map(|(name, mut waits)| (name, percentile(&mut waits, 0.99)));
        p99.max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap_or(("nothing", 0.0))
    }
}

impl Load {
    /// What there was none of any more first, as far as these figures tell. A processor that is full makes everybody wait for everything, so it
    /// is looked at before what they wait for.
    fn first_to_give(&self, database: Database) -> String {
        // Somebody who waits a quarter of what is too long for one thing alone.
        const LONG: f64 = P99 / 4.0;
        let Self { processors, server, generator, others, .. } = self;
        if *generator >= 0.9 && self.late >= LONG {
            return format!("the load generator: {generator:.2} processors, and {:.0} ms late", self.late);
        }
        if server + generator + others >= 0.93 * processors {
            return format!(
                "processors: server {server:.2}, load generator {generator:.2}, others {others:.2}, of {processors}"
            );
        }
        match database {
            Database::Sqlite if self.write_wait >= LONG => {
                format!("SQLite’s writer: p99 until it is one’s turn {:.0} ms", self.write_wait)
            }
            Database::Sqlite if self.read_wait >= LONG => {
                format!("SQLite’s readers: p99 until one is free {:.0} ms", self.read_wait)
            }
            Database::Postgres
                if self.write_wait.max(self.read_wait) >= LONG || self.most > 0.0 && self.busy >= self.most =>
            {
                let wait = self.write_wait.max(self.read_wait);
                format!(
                    "connections to PostgreSQL: {} of {} busy, p99 until one is free {wait:.0} ms",
                    self.busy, self.most
                )
            }
            _ => "none of processors, the database’s queue or the load generator: the disk, or a business’s one writer"
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A full processor comes before what is waited for because of it, and a load generator that can't keep up before all.
    #[test]
    fn what_gives_first_is_named() {
        let calm = Load { processors: 2.0, server: 0.6, generator: 0.3, most: 10.0, late: 1.0, ..Load::default() };
        let says = |load: Load, database, begins: &str| {
            let said = load.first_to_give(database);
            assert!(said.starts_with(begins), "{said}");
        };
        says(calm, Database::Sqlite, "none of");
        says(Load { write_wait: 100.0, ..calm }, Database::Sqlite, "SQLite’s writer");
        says(Load { busy: 10.0, ..calm }, Database::Postgres, "connections");
        says(Load { busy: 10.0, ..calm }, Database::Sqlite, "none of");
        says(Load { write_wait: 100.0, server: 1.6, ..calm }, Database::Sqlite, "processors");
        says(Load { generator: 0.95, late: 80.0, server: 1.0, ..calm }, Database::Sqlite, "the load generator");
    }
}
