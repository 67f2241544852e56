//! How the platform is: its database, its outbox, what it answers, what it is made of.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    log::names_of_orgs,
    operator::Operator,
    revenue,
    wire::{Fact, HealthPage},
};
use crate::{
    auth::overview::ago,
    built,
    clock::Instant,
    db::Access,
    error::Result,
    kept_files::LAST_BACKUP,
    machine,
    modules::{MIGRATIONS, MODULES},
    money::grouped,
    platform::Platform,
    platform_sql,
    webhooks::deliver,
};

/// A letter that waits for longer than this needs looking at: 15 minutes.
const LATE_SECONDS: i64 = 15 * 60;
/// What Stripe told and isn't taken over for longer than this needs looking at: 15 minutes.
const UNHEARD_SECONDS: i64 = 15 * 60;
/// A backup that is older than this needs looking at: two days.
const OLD_BACKUP_SECONDS: i64 = 2 * 24 * 60 * 60;
/// Letters that were given up are spoken of for a week.
const GIVEN_UP_SECONDS: i64 = 7 * 24 * 60 * 60;
/// So many businesses that are under attack are named.
const NAMED: usize = 3;
/// Of a hundred answers, more failures than this need looking at.
const MOST_FAILED_PER_CENT: u64 = 1;

/// What the database says of itself.
#[derive(sqlx::FromRow)]
struct Vitals {
    version: String,
    bytes: i64,
    file: String,
}

/// How the platform is.
///
/// # Errors
/// The database is busy.
pub async fn look(platform: &Platform, by: Operator) -> Result<HealthPage> {
    let now = platform.clock.now();
    let vitals = vitals(platform).await;
    let mut facts = database(platform, vitals.as_ref());
    facts.push(backup(platform, vitals.as_ref(), now));
    facts.push(queue(platform, now).await?);
    facts.push(webhooks(platform, now).await?);
    let given_up = letters_given_up(platform, by).await?;
    facts.extend(told(platform, now).await?);
    facts.push(Fact::new("Emails given up", given_up.to_string(), "In the last week").alarming(
        given_up > 0,
        "Open each: it says why nobody took it. Once that is mended, send again what is still worth it.",
        "/admin/mail?state=given_up",
    ));
    for module in MODULES {
        facts.extend(module.health(platform).await?);
    }
    facts.push(attacks(platform, by, now).await?);
    facts.push(answered(platform, now));
    facts.extend(this_process(platform, now));
    Ok(HealthPage { facts })
}

/// How many letters were given up in the last week.
///
/// # Errors
/// The database is busy.
pub async fn letters_given_up(platform: &Platform, _by: Operator) -> Result<i64> {
    let mut tx = platform.begin(Access::Read).await?;
    let (given_up,) = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT count(*) FROM mails WHERE given_up_at >= $1",
        platform.clock.now().plus_seconds(-GIVEN_UP_SECONDS)
    )?;
    tx.commit().await?;
    Ok(given_up)
}

/// The last backup is too old, or there is none.
pub async fn lacks_backup(platform: &Platform) -> bool {
    backup(platform, vitals(platform).await.as_ref(), platform.clock.now()).alarming
}

impl Fact {
    /// One thing, as it should be.
    pub(crate) fn new(label: &str, value: impl Into<String>, about: impl Into<String>) -> Self {
        let (advice, href) = (String::new(), String::new());
        Self { label: label.to_owned(), value: value.into(), about: about.into(), alarming: false, advice, href }
    }

    /// It isn't as it should be: then this is to be done, and seen there.
    pub(crate) fn alarming(self, alarming: bool, advice: &str, href: &str) -> Self {
        if alarming { Self { alarming, advice: advice.to_owned(), href: href.to_owned(), ..self } } else { self }
    }
}

/// `None` where the database doesn't say: that is no reason to show nothing else.
async fn vitals(platform: &Platform) -> Option<Vitals> {
    let mut tx = platform.begin(Access::Read).await.ok()?;
    let vitals = platform_sql!(
        optional Vitals,
        &mut tx,
        sqlite: "SELECT sqlite_version() AS version, c.page_count * s.page_size AS bytes, l.file
                 FROM pragma_page_count AS c, pragma_page_size AS s, pragma_database_list AS l WHERE l.name = 'main'",
        postgres: "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes, '' AS file"
    );
    match vitals {
        Ok(vitals) => vitals,
        Err(error) => {
            tracing::warn!(%error, "the database doesn’t say how large it is");
            None
        }
    }
}

fn database(platform: &Platform, vitals: Option<&Vitals>) -> Vec<Fact> {
    let kind = if platform.db.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let version = vitals.map(|vitals| format!("Version {}", vitals.version)).unwrap_or_default();
    let size = vitals.map_or_else(|| "not known".to_owned(), |vitals| bytes(vitals.bytes.unsigned_abs()));
    let migration = MIGRATIONS.last().map_or(0, |step| step.version);
    let mut facts = vec![Fact::new("Database", kind, version), Fact::new("Its size", size, "")];
    if let Some(file) = vitals.map(|vitals| vitals.file.as_str()).filter(|file| !file.is_empty()) {
        let log = std::fs::metadata(format!("{file}-wal")).map_or(0, |file| file.len());
        facts.push(Fact::new("Write-ahead log", bytes(log), "What isn’t in the main file yet"));
    }
    // It doesn’t start before all of them are.
    let applied = format!("{0} of {0} applied", MIGRATIONS.len());
    facts.push(Fact::new("Migrations", applied, format!("The latest is {migration}")));
    facts
}

/// When the last backup was made, if any was found.
pub async fn last_backup(platform: &Platform) -> Option<Instant> {
    let found = newest(&backups(vitals(platform).await.as_ref()));
    noted_backup(platform).map(|(at, _)| at).max(found)
}

/// How many letters are due, and since when the oldest of them is.
///
/// # Errors
/// The database is busy.
pub async fn letters_due(platform: &Platform) -> Result<(i64, Option<Instant>)> {
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(
        one(i64, Option<Instant>),
        &mut tx,
        "SELECT count(*), min(due_at) FROM mails WHERE content IS NOT NULL AND given_up_at IS NULL AND due_at <= $1",
        platform.clock.now()
    )?;
    tx.commit().await?;
    Ok(found)
}

/// How many of Stripe’s events wait to be taken over, and since when the oldest of them does.
///
/// # Errors
/// The database is busy.
pub async fn events_waiting(platform: &Platform) -> Result<(i64, Option<Instant>)> {
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(
        one(i64, Option<Instant>),
        &mut tx,
        "SELECT count(*), min(received_at) FROM stripe_events WHERE done_at IS NULL AND received_at <= $1",
        platform.clock.now()
    )?;
    tx.commit().await?;
    Ok(found)
}

/// The folder `backups` beside the database; where that is elsewhere, in the service's own folder.
fn backups(vitals: Option<&Vitals>) -> PathBuf {
    match vitals.map(|vitals| vitals.file.as_str()).filter(|file| !file.is_empty()) {
        Some(file) => Path::new(file).with_file_name("backups"),
        // systemd says which folder is a service's own.
        None => {
            std::env::var_os("STATE_DIRECTORY").map_or_else(|| PathBuf::from("data"), PathBuf::from).join("backups")
        }
    }
}

/// How old the last backup is: that `devalo backup` has noted, or the newest in that folder.
fn backup(platform: &Platform, vitals: Option<&Vitals>, now: Instant) -> Fact {
    let folder = backups(vitals);
    let noted = noted_backup(platform);
    let (made, about) = match (noted, newest(&folder)) {
        (Some((at, place)), found) if found.is_none_or(|found| found <= at) => (Some(at), place),
        (_, found) => {
            let other =
                if platform.db.is_postgres() { "; what your database server keeps isn’t seen from here" } else { "" };
            (found, format!("By devalo backup, and of those in the folder {}{other}", folder.display()))
        }
    };
    let value = made.map_or_else(|| "never".to_owned(), |at| ago(at, now));
    let none = if made.is_none() { format!("No backup found in {}. ", folder.display()) } else { String::new() };
    let advice = format!(
        "{none}Make one now, as the user that Devalo runs as: `devalo backup --env-file /etc/devalo/devalo.env --to {} --recipient age1…`. Then check the nightly timer.",
        folder.display()
    );
    Fact::new("Last backup", value, about).alarming(
        made.is_none_or(|at| at.plus_seconds(OLD_BACKUP_SECONDS) < now),
        &advice,
        "/docs/operators/backups",
    )
}

/// When `devalo backup` has made the last one, and where it is.
fn noted_backup(platform: &Platform) -> Option<(Instant, String)> {
    let note = std::fs::read_to_string(platform.files.folder().join(LAST_BACKUP)).ok()?;
    let (at, place) = note.trim().split_once(' ')?;
    Some((Instant::from_timestamp(at.parse::<Timestamp>().ok()?), place.to_owned()))
}

/// When the newest file of a folder was written.
fn newest(folder: &Path) -> Option<Instant> {
    let files = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.metadata().ok());
    let written = files.filter(std::fs::Metadata::is_file).filter_map(|file| file.modified().ok());
    written.max().and_then(|at: SystemTime| Timestamp::try_from(at).ok()).map(Instant::from_timestamp)
}

async fn queue(platform: &Platform, now: Instant) -> Result<Fact> {
    let mut tx = platform.begin(Access::Read).await?;
    let oldest = platform_sql!(
        optional(Instant, i64),
        &mut tx,
        "SELECT created_at, attempts FROM mails WHERE content IS NOT NULL AND given_up_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT 1",
        now
    )?;
    let (due,) = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT count(*) FROM mails WHERE content IS NOT NULL AND given_up_at IS NULL AND due_at <= $1",
        now
    )?;
    tx.commit().await?;
    let about = match due {
        0 => "Nothing waits to be sent".to_owned(),
        1 => "One email is due".to_owned(),
        due => format!("{due} emails are due"),
    };
    Ok(match oldest {
        Some((at, _)) => {
            let label = format!("written {}", ago(at, now));
            Fact::new("Outbox", label, about).alarming(
                at.plus_seconds(LATE_SECONDS) < now,
                "See what was said of those that wait: a key, a domain or a plan at Resend, or the mail server. They leave by themselves once it is mended.",
                "/admin/mail?state=queued",
            )
        }
        None => Fact::new("Outbox", "empty", about),
    })
}

/// How many messages for organisations' own addresses are due.
async fn webhooks(platform: &Platform, now: Instant) -> Result<Fact> {
    let (due, oldest) = deliver::backlog(platform).await?;
    let about = match due {
        0 => "Nothing waits to be sent".to_owned(),
        1 => "One message is due".to_owned(),
        due => format!("{} messages are due", grouped(due.unsigned_abs())),
    };
    Ok(match oldest {
        Some(at) => Fact::new("Webhooks", format!("due {}", ago(at, now)), about).alarming(
            at.plus_seconds(LATE_SECONDS) < now,
            "Addresses of organisations aren’t told what happened in time. See whether this server reaches the internet, and what it wrote: “journalctl -u devalo --since -1h -p warning”.",
            "",
        ),
        None => Fact::new("Webhooks", "empty", about),
    })
}

/// How long what Stripe told has waited; nothing where plans are set by hand.
async fn told(platform: &Platform, now: Instant) -> Result<Option<Fact>> {
    if platform.payments().is_none() {
        return Ok(None);
    }
    let mut tx = platform.begin(Access::Read).await?;
    let oldest = platform_sql!(
        optional(Instant,),
        &mut tx,
        "SELECT received_at FROM stripe_events WHERE done_at IS NULL AND received_at <= $1 ORDER BY received_at LIMIT 1",
        now
    )?;
    tx.commit().await?;
    Ok(Some(match oldest {
        Some((at,)) => Fact::new(
            "Stripe’s events",
            format!("heard {}", ago(at, now)),
            "The oldest that isn’t taken over yet",
        )
        .alarming(
            at.plus_seconds(UNHEARD_SECONDS) < now,
            "See why: it says so at each. What waits is tried again by itself; what failed for good waits for “Replay”.",
            "/admin/payments?stuck=1",
        ),
        None => Fact::new("Stripe’s events", "all taken over", ""),
    }))
}

/// Which businesses are under attack, as far as this process sees.
async fn attacks(platform: &Platform, by: Operator, now: Instant) -> Result<Fact> {
    let Some((words, since)) = under_attack(platform, by).await? else {
        return Ok(Fact::new("Attacks", "none", "No business is sent more bookings than people make"));
    };
    Ok(Fact::new("Attacks", words, format!("Began {}", ago(since, now))).alarming(
        true,
        "Nothing has to be done at once: bookings there take a proof of work, and whoever has no JavaScript waits for their turn, until a quarter of an hour after it ends. If the machine itself is slow, ask your provider to hold the traffic back. See where it comes from: “journalctl -u devalo --since -1h”.",
        "",
    ))
}

/// Which businesses are under attack, in words, and since when; `None`: none.
///
/// # Errors
/// The database is busy.
pub async fn under_attack(platform: &Platform, _by: Operator) -> Result<Option<(String, Instant)>> {
    let under = platform.attacks.now(platform.clock.now());
    if let Some(since) = under.everywhere {
        return Ok(Some(("All businesses".to_owned(), since)));
    }
    let Some((_, since)) = under.businesses.first().copied() else { return Ok(None) };
    let orgs: Vec<_> = under.businesses.iter().take(NAMED).map(|(org, _)| org.0).collect();
    let mut tx = platform.begin(Access::Read).await?;
    let names = names_of_orgs(&mut tx, orgs.iter().copied()).await?;
    tx.commit().await?;
    let told: Vec<_> = orgs.iter().filter_map(|org| names.get(org).cloned()).collect();
    let words = match under.businesses.len() - told.len() {
        0 => told.join(", "),
        // Those that are attacked are gone.
        _ if told.is_empty() => return Ok(None),
        more => format!("{} and {more} more", told.join(", ")),
    };
    Ok(Some((words, since)))
}

fn answered(platform: &Platform, now: Instant) -> Fact {
    let counted = platform.answers.last_hour(now);
    let tenths = (counted.failed * 1_000).checked_div(counted.all).unwrap_or_default();
    let about = format!(
        "Of {} answers in the last hour {} failed and {} were refused",
        grouped(counted.all),
        grouped(counted.failed),
        grouped(counted.refused)
    );
    Fact::new("Error rate", format!("{}.{}%", tenths / 10, tenths % 10), about)
        .alarming(
            tenths >= MOST_FAILED_PER_CENT * 10,
            "Read what the server wrote: “journalctl -u devalo --since -1h -p warning”. A full disk and a database that isn’t there come first.",
            "",
        )
}

fn this_process(platform: &Platform, now: Instant) -> Vec<Fact> {
    let modules: Vec<&str> = MODULES.iter().map(|module| module.title()).collect();
    let at = |zone: TimeZone, shape: &str| now.timestamp().to_zoned(zone).strftime(shape).to_string();
    let memory = machine::memory().map_or_else(|| "not known".to_owned(), bytes);
    vec![
        Fact::new(
            "Devalo",
            built::VERSION,
            format!("Commit {}, built by {}. Modules: {}", built::COMMIT, built::COMPILER, modules.join(", ")),
        ),
        Fact::new("Started", ago(platform.started_at, now), "This process; others may run beside it"),
        Fact::new("Memory", memory, "Of this process"),
        Fact::new(
            "Clock",
            at(TimeZone::UTC, "%H:%M:%S UTC"),
            format!("{}; in Sydney {}", at(TimeZone::UTC, "%-d %B %Y"), at(revenue::zone(), "%-I:%M %P, %-d %B")),
        ),
    ]
}

/// "1.2 GB"
fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}
