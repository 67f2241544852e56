//! What measurements need done as the product does it: `devalo-inside businesses ENV_FILE EMAIL PASSWORD SLUG…` makes businesses, `devalo-inside
//! ledger ENV_FILE COUNT` changes ledgers at random and prints how many figures differ from a model’s. A program of its own, so that the load
//! generator needn't be built with the product; and one for both, since each is linked for many minutes.
#![expect(clippy::print_stdout, reason = "a command line prints")]

mod businesses;
mod ledger;

use std::{env, fs, process::ExitCode};

use app::{clock::Clock, platform::Platform};
use server::{boot, check, config::Source};

/// What every step gives.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((what, words)) if what == "businesses" => businesses::run(words).await.map(|()| String::new()),
        Some((what, words)) if what == "ledger" => ledger::run(words).await.map(|differing| differing.to_string()),
        _ => Err("devalo-inside businesses … or devalo-inside ledger …".into()),
    };
    let (said, code) = match outcome {
        Ok(said) => (said, ExitCode::SUCCESS),
        Err(error) => (error.to_string(), ExitCode::FAILURE),
    };
    println!("{said}");
    code
}

/// The product on the database that these settings name.
async fn platform(env_file: &str) -> Result<Platform> {
    // Nothing of the caller's own settings.
    let none: [(&str, &str); 0] = [];
    let source = Source::from_pairs(none).under_env_file(&fs::read_to_string(env_file)?);
    let source = source.map_err(|problems| check::report(&problems))?;
    let config = check::boot(&source).map_err(|problems| check::report(&problems))?;
    Ok(boot::platform(&config, Clock::system()).await?)
}
