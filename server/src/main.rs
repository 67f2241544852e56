//! `devalo`: the command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use app::{
    audit, auth::operator_reset, billing::changes, built, clock::Clock, demo, modules::MODULES, platform::Platform,
    rekeying,
};
use axum::middleware;
use clap::{Parser, Subcommand};
use ipnet::IpNet;
use server::{
    backup::{self, restore},
    boot, check,
    config::{Config, Source},
    findings, front_door, http,
    inside::Watch,
    jobs, keys, log, measures, move_database, rotate_keys,
    serving::{self, Bounds, Doors},
};

/// A stop waits so long for connections to the database that are in use still; systemd ends it anyway soon after.
const CLOSES_WITHIN: Duration = Duration::from_secs(4);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Devalo: calendar, scoreboard and tasks for Australian small businesses, on your own server.
#[derive(Debug, Parser)]
#[command(name = "devalo", version, long_version = built::in_full())]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Migrate, validate, and serve.
    Serve {
        #[command(flatten)]
        settings: Settings,
        /// Fill an empty database with the demo business first.
        #[arg(long)]
        demo: bool,
    },
    /// Report everything that stands against a production start, and what had better be otherwise, all at once: settings, files,
    /// the database. Changes nothing. Exit 1 if anything keeps Devalo from starting.
    Check {
        #[command(flatten)]
        settings: Settings,
        /// As JSON, for a program.
        #[arg(long)]
        json: bool,
        /// Print all that can be found, and what to do about it, as Markdown.
        #[arg(long)]
        explain: bool,
    },
    /// Print fresh secrets as lines for an environment file.
    GenerateKeys,
    /// Fill an empty database with a believable demo business.
    SeedDemo {
        #[command(flatten)]
        settings: Settings,
    },
    /// Check the audit logs.
    Audit {
        #[command(subcommand)]
        what: AuditCommand,
    },
    /// For somebody who runs the platform and has lost their phone and their recovery codes: takes away their two-step login and
    /// their sessions, and prints a link with which their password is set, good once and for 30 minutes.
    ResetOperator {
        #[command(flatten)]
        settings: Settings,
        /// Their email address.
        #[arg(long)]
        email: String,
        /// Don't ask whether it is meant.
        #[arg(long)]
        yes: bool,
    },
    /// Make a backup of the database and of the files of tasks, while the server serves: compressed, and encrypted so that only
    /// whoever has the other half of the key reads it. Prints where it is.
    Backup {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        wanted: backup::Wanted,
    },
    /// Restore a backup into an empty database, of either kind, and hold all of it against what the backup says of itself.
    Restore {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        wanted: restore::Wanted,
    },
    /// Restore the newest backup into a temporary place, report on it, and take it away again. Exit 1 if anything is to be seen to.
    RestoreDrill {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        wanted: restore::Drill,
    },
    /// Wrap every data key again under the master key that stands first in the settings, while the server goes on; and say which are
    /// still in use. docs/keys.md has the whole way.
    RotateKeys {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        asked: rotate_keys::Asked,
    },
    /// Copy everything into another, empty database, SQLite’s or PostgreSQL’s, and compare the two. No server may be running on either.
    /// Run again after it was stopped, it goes on. docs/move-database.md has the whole way.
    MoveDatabase {
        #[command(flatten)]
        asked: move_database::Asked,
    },
    /// Print how the tables would be spread over several PostgreSQL servers by Citus; it looks at the schema of the database in the
    /// settings, which has to be a PostgreSQL.
    CitusTables {
        #[command(flatten)]
        settings: Settings,
    },
    /// What the modules bring, reading standard input.
    #[command(external_subcommand)]
    Module(Vec<String>),
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Check that no entry was changed, taken out or slipped in; exit 1 if one was. Keep what it prints: a log whose end was
    /// cut off shows by its number going back.
    Verify {
        #[command(flatten)]
        settings: Settings,
    },
}

#[derive(Debug, clap::Args)]
struct Settings {
    /// Read settings from this file; the environment wins over it.
    #[arg(long)]
    env_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match Args::parse().command {
        Command::Serve { settings, demo } => end(serve(&settings, demo).await),
        Command::Check { explain: true, .. } => {
            print!("{}", findings::table());
            ExitCode::SUCCESS
        }
        Command::Check { settings, json, .. } => run_check(&settings, json).await,
        Command::GenerateKeys => {
            end(keys::generate().map(|lines| print!("{lines}")).map_err(|error| error.to_string()))
        }
        Command::SeedDemo { settings } => end(seed(&settings).await),
        Command::Audit { what: AuditCommand::Verify { settings } } => end(verify_audit(&settings).await),
        Command::ResetOperator { settings, email, yes } => end(reset_operator(&settings, &email, yes).await),
        Command::Backup { settings, wanted } => end(run_backup(&settings, &wanted).await),
        Command::Restore { settings, wanted } => end(run_restore(&settings, &wanted).await),
        Command::RestoreDrill { settings, wanted } => end(run_drill(&settings, &wanted).await),
        Command::RotateKeys { settings, asked } => end(rotate(&settings, &asked).await),
        Command::MoveDatabase { asked } => end(move_database(&asked).await),
        Command::CitusTables { settings } => end(citus_tables(&settings).await),
        Command::Module(words) => end(run_module(&words)),
    }
}

async fn serve(settings: &Settings, with_demo: bool) -> Result<(), String> {
    let source = settings.source(true)?;
    let traces = log::begin(&source)?;
    measures::begin()?;
    let config = check::boot(&source).map_err(|problems| check::report(&problems))?;
    let mut files = check::files(&source, settings.env_file.as_deref());
    files.extend(check::site(&source));
    if check::stops(&files) {
        return Err(check::report(&files));
    }
    for warning in check::warnings(&source).iter().chain(&files) {
        tracing::warn!(code = warning.code.as_str(), "{} {} {}", warning.setting, warning.what, warning.mend);
    }
    boot::enough_handles().map_err(|error| error.to_string())?;
    let only_writer = boot::only_writer(&config).await.map_err(|error| error.to_string())?;
    let platform = boot::platform(&config, Clock::system()).await.map_err(|error| error.to_string())?;
    let database: Vec<_> = check::database(&source)
        .await
        .into_iter()
        .filter(|problem| check::stops(std::slice::from_ref(problem)))
        .collect();
    if !database.is_empty() {
        return Err(check::report(&database));
    }
    boot::mail(&platform, &config).map_err(|error| error.to_string())?;
    boot::payments(&platform, &config).map_err(|error| error.to_string())?;
    boot::fetcher(&platform, &config).map_err(|error| error.to_string())?;
    let first = boot::first_account(&platform, &config).await.map_err(|error| error.to_string())?;
    if with_demo && !config.mode.is_production() {
        demo::seed(&platform).await.map_err(|error| error.to_string())?;
    }
    let shows_demo = !config.mode.is_production() && demo::look(&platform).await.map_err(|error| error.to_string())?;
    let this = boot::record(&platform).await.map_err(|error| error.to_string())?;
    changes::catch_up(&platform).await.map_err(|error| error.to_string())?;
    jobs::start(&platform, this);
    jobs::keep("figures", &platform, measures::keep_looking);
    jobs::keep("adding up", &platform, measures::keep_adding_up);

    let keys = boot::keys(&config).map_err(|error| error.to_string())?;
    let doors = Doors::open(&platform, config.addr, keys.is_some()).await?;
    announce(&config, first.as_deref(), shows_demo);
    let trusted: Arc<[IpNet]> = config.trusted_proxies.clone().into();
    let watch = Watch { token: config.metrics_token.clone(), addresses: config.log_addresses };
    let router = http::service_watched(platform.clone(), config.leptos_options(), watch)
        .layer(middleware::from_fn_with_state(trusted, front_door::locate));
    let bounds = Bounds::usual(&config.trusted_proxies);
    serving::serve(doors, &platform, router, keys, bounds).await?;
    let last = async {
        app::others::tell_now(&platform).await;
        if let Err(error) = rekeying::seen(&platform, this, None).await {
            tracing::warn!(%error, "it can’t be written down that this server has ended");
        }
        platform.db.close().await;
    };
    if tokio::time::timeout(CLOSES_WITHIN, last).await.is_err() {
        tracing::warn!(
            "some connections to the database were in use still: they are broken off, and what was begun there is undone"
        );
    }
    tracing::info!("stopped");
    traces.end().await;
    // Whoever comes next may write from now on.
    drop(only_writer);
    Ok(())
}

fn announce(config: &Config, first: Option<&str>, shows_demo: bool) {
    println!("Devalo is at {}", config.origin);
    if let Some(address) = first.filter(|_| config.bootstrap.is_some()) {
        println!("  the first account        {address}");
        // What is printed ends in the journal: it names nobody.
        println!("    email                  as in BOOTSTRAP_ADMIN_EMAIL");
        println!(
            "    password               as in BOOTSTRAP_ADMIN_PASSWORD; take it out of the settings once you are in"
        );
        println!("  the platform             {}", config.origin.link("/admin"));
    }
    if config.mail.is_none() && !config.mode.is_production() {
        println!("  what would be mailed     {}", config.origin.link("/dev/mail"));
    }
    if shows_demo {
        println!("  the demo’s booking page  {}", config.origin.link(&format!("/b/{}", demo::SLUG)));
        println!("  the demo’s dashboard     {}", config.origin.link("/login"));
        println!("    email                  {}", demo::EMAIL);
        println!("    password               {}", demo::PASSWORD);
    }
}

async fn run_check(settings: &Settings, json: bool) -> ExitCode {
    match settings.source(false) {
        Err(report) => {
            eprint!("{report}");
            ExitCode::FAILURE
        }
        Ok(source) => {
            let mut problems = check::problems(&source);
            problems.extend(check::warnings(&source));
            problems.extend(check::files(&source, settings.env_file.as_deref()));
            problems.extend(check::site(&source));
            problems.extend(check::database(&source).await);
            if json {
                println!("{:#}", check::json(&problems));
            } else {
                print!("{}{}", check::report(&problems), check::asked_little(&source));
            }
            if check::stops(&problems) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
    }
}

async fn seed(settings: &Settings) -> Result<(), String> {
    let source = settings.source(true)?;
    let config = check::boot(&source).map_err(|problems| check::report(&problems))?;
    if config.mode.is_production() {
        return Err("The demo has passwords that everybody can read: it isn't for production.".to_owned());
    }
    let _only_writer = boot::only_writer(&config).await.map_err(|error| error.to_string())?;
    let platform: Platform = boot::platform(&config, Clock::system()).await.map_err(|error| error.to_string())?;
    let seeded = demo::seed(&platform).await.map_err(|error| error.to_string())?;
    platform.db.close().await;
    if seeded {
        println!("The demo business is at /b/{}; log in as {} with {}.", demo::SLUG, demo::EMAIL, demo::PASSWORD);
    } else {
        println!("There are people on this platform already; nothing was changed.");
    }
    Ok(())
}

async fn verify_audit(settings: &Settings) -> Result<(), String> {
    let source = settings.source(false)?;
    let config = Config::load(&source).map_err(|problems| check::report(&problems))?;
    let platform = boot::platform(&config, Clock::system()).await.map_err(|error| error.to_string())?;
    let found = audit::verify(&platform).await.map_err(|error| error.to_string())?;
    platform.db.close().await;
    let mut broken = 0;
    for log in found {
        let of = if log.of.is_empty() { "the platform" } else { &log.of };
        match log.broken {
            None if log.entries == 0 => println!("{of}: no entries"),
            None => println!("{of}: {} entries, whole; the last has the hash {}", log.entries, log.head),
            Some((number, why)) => {
                broken += 1;
                println!("{of}: entry {number} {why}");
            }
        }
    }
    match broken {
        0 => Ok(()),
        1 => Err("A log isn’t whole: somebody changed it in the database. Compare it with a backup.".to_owned()),
        logs => {
            Err(format!("{logs} logs aren’t whole: somebody changed them in the database. Compare them with a backup."))
        }
    }
}

async fn reset_operator(settings: &Settings, email: &str, yes: bool) -> Result<(), String> {
    let source = settings.source(false)?;
    let config = Config::load(&source).map_err(|problems| check::report(&problems))?;
    // Open pages of theirs are told within one process, so that no other may be running on SQLite.
    let _only_writer = boot::only_writer(&config).await.map_err(|error| error.to_string())?;
    let platform = boot::platform(&config, Clock::system()).await.map_err(|error| error.to_string())?;
    let person = operator_reset::look(&platform, email).await.map_err(|error| error.to_string())?;
    if !yes {
        println!(
            "This takes away the two-step login of {} <{}>, and logs them out everywhere.",
            person.name, person.email
        );
        println!("Type yes to go on:");
        let mut typed = String::new();
        std::io::stdin().read_line(&mut typed).map_err(|error| format!("standard input: {error}"))?;
        if typed.trim() != "yes" {
            platform.db.close().await;
            return Err("Nothing was changed.".to_owned());
        }
    }
    let link = operator_reset::reset(&platform, email).await.map_err(|error| error.to_string())?;
    app::others::tell_now(&platform).await;
    platform.db.close().await;
    println!("Set the password here, once and within 30 minutes:");
    println!("{link}");
    println!("At the next log-in two-step login is set up anew.");
    Ok(())
}

async fn run_backup(settings: &Settings, wanted: &backup::Wanted) -> Result<(), String> {
    let made = backup::make(&settings.source(false)?, wanted, &Clock::system()).await?;
    println!("{}", made.file);
    for name in &made.removed {
        eprintln!("taken away for its age: {name}");
    }
    // The timer's log is to show what is to be seen to.
    if made.warnings.is_empty() { Ok(()) } else { Err(format!("The backup is made. {}", made.warnings.join("\n"))) }
}

async fn run_restore(settings: &Settings, wanted: &restore::Wanted) -> Result<(), String> {
    let report = restore::restore(&settings.source(false)?, wanted, &Clock::system()).await?;
    print!("{report}");
    if report.findings.is_empty() {
        println!("It is restored. Start Devalo with the keys that it was written with.");
        Ok(())
    } else {
        Err("It is restored, and there is something to see to before Devalo starts on it: read what is said above."
            .to_owned())
    }
}

async fn run_drill(settings: &Settings, wanted: &restore::Drill) -> Result<(), String> {
    let report = restore::drill(&settings.source(false)?, wanted, &Clock::system()).await?;
    print!("{report}");
    if report.findings.is_empty() {
        Ok(())
    } else {
        Err("The backup was restored, and there is something to see to.".to_owned())
    }
}

/// Beside a server that runs, too: it doesn’t keep anything of a data key but what is in it.
async fn rotate(settings: &Settings, asked: &rotate_keys::Asked) -> Result<(), String> {
    let source = settings.source(false)?;
    let config = Config::load(&source).map_err(|problems| check::report(&problems))?;
    let platform = boot::platform(&config, Clock::system()).await.map_err(|error| error.to_string())?;
    let done = rotate_keys::run(&platform, asked, &mut |line: &str| println!("{line}")).await;
    platform.db.close().await;
    done
}

async fn move_database(asked: &move_database::Asked) -> Result<(), String> {
    let now = Clock::system().now();
    let whole = move_database::run(asked, now, u32::MAX, &mut |line: &str| println!("{line}")).await?;
    if whole { Ok(()) } else { Err("It was stopped.".to_owned()) }
}

async fn citus_tables(settings: &Settings) -> Result<(), String> {
    let config = Config::load(&settings.source(false)?).map_err(|problems| check::report(&problems))?;
    let spread = app::db::citus::spread(config.database.url()).await;
    print!("{}", spread.map_err(|error| format!("DATABASE_URL: {error}"))?.sql());
    Ok(())
}

fn run_module(words: &[String]) -> Result<(), String> {
    let name = words.first().map(String::as_str).unwrap_or_default();
    let command = MODULES
        .iter()
        .flat_map(|module| module.commands())
        .find(|command| command.name == name)
        .ok_or_else(|| format!("There is no command “{name}”. Run `devalo help` for the list."))?;
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).map_err(|error| format!("standard input: {error}"))?;
    println!("{}", (command.run)(&input)?);
    Ok(())
}

impl Settings {
    /// In development a missing environment file is made, with fresh keys; one without keys gets them.
    fn source(&self, make: bool) -> Result<Source, String> {
        let leptos = Path::new("Leptos.toml");
        let leptos = leptos.exists().then_some(leptos);
        let default = Path::new(".env");
        let gather = |file: Option<&Path>| Source::gather(file, leptos).map_err(|problems| check::report(&problems));
        let bare = gather(None)?;
        let development = bare.get("DEVALO_ENV").is_none_or(|mode| mode == "development");
        let file = self.env_file.as_deref();
        if make && development && bare.get("DEVALO_SECRET").is_none() && (file.is_none() || file == Some(default)) {
            keys::ensure_development_env(default).map_err(|error| format!(".env can’t be made: {error}"))?;
        }
        match file {
            Some(file) => gather(Some(file)),
            None if development && default.exists() => gather(Some(default)),
            None => Ok(bare),
        }
    }
}

fn end(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}
