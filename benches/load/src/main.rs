//! Measures release builds of the server beside plain servers that do the same work without a product: each figure with
//! its reference in the same run, on the same machine. `benches/README.md` says what each figure means.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::cast_precision_loss, reason = "figures of a few digits")]

mod board;
mod bookings;
mod crowd;
mod figures;
mod http;
mod idle;
mod ledger;
mod log_in;
mod memory;
mod open_loop;
mod pages;
mod postgres;
mod process;
mod product;
mod reference;
mod report;
mod rising;
mod screens;
mod soak;
mod stopped;
mod streams;
mod tasks;
mod tasks_search;
mod visitors;
mod wrk;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use product::Database;

/// The product's allocator, so that a ratio shows the product's work and not the allocator's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A failure, as a sentence.
type Failure = Box<dyn std::error::Error + Send + Sync>;
/// What every step gives.
type Result<T, E = Failure> = std::result::Result<T, E>;

/// Measures release builds beside their references.
#[derive(Debug, Parser)]
#[command(name = "devalo-bench")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The plain servers: prints its address and serves until it is ended.
    Reference {
        /// How large the constant page is.
        #[arg(long, default_value_t = 0)]
        page_bytes: usize,
    },
    /// Measures.
    Run(Options),
}

/// What to measure, and with what.
#[derive(Debug, Clone, clap::Args)]
struct Options {
    /// The server's program.
    #[arg(long)]
    devalo: PathBuf,
    /// The site that it serves.
    #[arg(long)]
    site: PathBuf,
    /// Only the groups whose names hold this.
    #[arg(long, default_value = "")]
    only: String,
    /// A smaller run, to see that everything works: its figures are rough.
    #[arg(long)]
    quick: bool,
}

impl Options {
    /// How often each measurement is repeated; the median counts.
    fn rounds(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// The seconds of one measurement.
    fn seconds(&self) -> u64 {
        if self.quick { 2 } else { 5 }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Reference { page_bytes } => reference::serve(page_bytes).await,
        Command::Run(options) => run(&options).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("devalo-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The instant so many hours from now, to the second, as the JSON API takes it.
#[expect(clippy::disallowed_methods, reason = "the server under measurement has the real clock too")]
fn from_now(hours: i64) -> String {
    let seconds = jiff::Timestamp::now().as_second() + hours * 60 * 60;
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

async fn run(options: &Options) -> Result<()> {
    let wanted = |group: &str| group.contains(&options.only);
    let mut ran = false;
    if wanted("pages") {
        pages::pages(options).await?;
        ran = true;
    }
    if wanted("slots-api") {
        pages::slots(options).await?;
        ran = true;
    }
    for database in [Database::Sqlite, Database::Postgres] {
        if wanted(&format!("bookings-{database}")) {
            bookings::measure(options, database).await?;
            ran = true;
        }
    }
    for database in [Database::Sqlite, Database::Postgres] {
        if wanted(&format!("visitors-{database}")) {
            visitors::measure(options, database).await?;
            ran = true;
        }
    }
    if wanted("streams") {
        streams::measure(options).await?;
        ran = true;
    }
    for database in [Database::Sqlite, Database::Postgres] {
        if wanted(&format!("screens-{database}")) {
            screens::measure(options, database).await?;
            ran = true;
        }
    }
    for database in [Database::Sqlite, Database::Postgres] {
        if wanted(&format!("ledger-{database}")) {
            ledger::measure(options, database).await?;
            ran = true;
        }
        if wanted(&format!("changes-{database}")) {
            ledger::random(options, database).await?;
            ran = true;
        }
    }
    for database in [Database::Sqlite, Database::Postgres] {
        if wanted(&format!("board-{database}")) {
            board::measure(options, database).await?;
            ran = true;
        }
        if wanted(&format!("tasks-search-{database}")) {
            tasks_search::measure(options, database).await?;
            ran = true;
        }
    }
    for database in [Database::Sqlite, Database::Postgres] {
        if wanted(&format!("rising-{database}")) {
            rising::measure(options, database).await?;
            ran = true;
        }
    }
    if wanted("soak") {
        soak::measure(options).await?;
        ran = true;
    }
    if wanted("stopped") {
        stopped::measure(options).await?;
        ran = true;
    }
    if wanted("idle") {
        idle::measure(options).await?;
        ran = true;
    }
    if wanted("log-in") {
        log_in::measure(options).await?;
        ran = true;
    }
    if wanted("memory") {
        memory::measure(options).await?;
        ran = true;
    }
    if wanted("start") {
        memory::start(options).await?;
        ran = true;
    }
    if !ran {
        println!("(nothing here is called “{}”)", options.only);
    }
    Ok(())
}
