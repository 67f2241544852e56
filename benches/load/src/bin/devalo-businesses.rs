//! Makes businesses in a database, for a measurement that needs many: `devalo-businesses ENV_FILE EMAIL PASSWORD SLUG…`.
//! All of them belong to one owner. A program of its own, so that the load generator needn't be built with the product.
#![expect(clippy::print_stdout, reason = "a command line prints")]

use std::{env, fs, process::ExitCode};

use app::{
    auth::accounts::{self, NewOrg},
    clock::Clock,
    modules::MODULES,
};
use server::{boot, check, config::Source};

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match run(&words).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(words: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [env_file, email, password, slugs @ ..] = words else {
        return Err("devalo-businesses ENV_FILE EMAIL PASSWORD SLUG…".into());
    };
    // Nothing of the caller's own settings.
    let none: [(&str, &str); 0] = [];
    let source = Source::from_pairs(none).under_env_file(&fs::read_to_string(env_file)?);
    let source = source.map_err(|problems| check::report(&problems))?;
    let config = check::boot(&source).map_err(|problems| check::report(&problems))?;
    let platform = boot::platform(&config, Clock::system()).await?;
    let owner = accounts::create_user(&platform, email, "Bench Owner", password).await?;
    let modules: Vec<&str> = MODULES.iter().map(|module| module.name()).collect();
    for slug in slugs {
        let (name, zone) = (format!("Business {slug}"), "Australia/Sydney".to_owned());
        let org = NewOrg { slug: slug.clone(), name, zone, ..NewOrg::default() };
        accounts::create_org(&platform, &org, owner, &modules).await?;
    }
    platform.db.close().await;
    Ok(())
}
