//! `devalo backup`: one file with all that there is, the database as it was at one moment and the files that are kept, compressed, and
//! encrypted for whoever has the other half of a key; made while the server serves.

pub mod archive;
pub mod place;
pub mod restore;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use app::{
    clock::{Clock, Instant},
    db::{
        DbError, inspect,
        tables::{Sum, Whole},
    },
    invariants,
    kept_files::LAST_BACKUP,
    modules::MIGRATIONS,
    platform::PLATFORM_OWNER,
};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{
    boot,
    config::{Database, Draft, Source, setting},
};
use archive::{ELSEWHERE, FORMAT, Head, Manifest, Piece, Schema};
use place::Place;

/// Beside the backups: whom not to bring back.
pub const ERASED: &str = "devalo-erased.txt";
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// So many of the newest stay where nothing else is said: a clock that jumps makes all of them old at once.
const KEPT_LAST: u32 = 3;

/// What is asked of a backup; what isn't said stands in the settings.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Wanted {
    /// Where to: a folder, or `s3://bucket/prefix`. If not given, `BACKUP_TO`.
    #[arg(long)]
    pub to: Option<String>,
    /// For whom: the public half of an age key, age1…; several may be given. If not given, `BACKUP_RECIPIENT`.
    #[arg(long = "recipient")]
    pub recipients: Vec<String>,
    /// Take backups there away that are older than so many days; never the newest three, unless `--keep-last` says otherwise. If not given, `BACKUP_KEEP_DAYS`.
    #[arg(long)]
    pub keep_days: Option<u32>,
    /// Keep the newest so many, however old they are. If not given, `BACKUP_KEEP_LAST`.
    #[arg(long)]
    pub keep_last: Option<u32>,
    /// Where the files of tasks are kept, if not beside the database.
    #[arg(long)]
    pub files: Option<PathBuf>,
}

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    /// Where it is.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// What it holds.
    pub manifest: Manifest,
    /// The names of those that were taken away for their age.
    pub removed: Vec<String>,
    /// What went wrong once it was made: it is there all the same.
    pub warnings: Vec<String>,
}

/// Makes a backup in its place.
///
/// # Errors
/// In words. Nothing is left of it then.
pub async fn make(source: &Source, wanted: &Wanted, clock: &Clock) -> Result<Made, String> {
    let to = said(wanted.to.as_deref(), source, setting::BACKUP_TO)
        .ok_or("Say where to, with --to or BACKUP_TO: a folder, or s3://bucket/prefix.")?;
    make_in(&Place::read(&to, source)?, source, wanted, clock).await
}

/// The same in this place.
///
/// # Errors
/// See [`make`].
pub async fn make_in(place: &Place, source: &Source, wanted: &Wanted, clock: &Clock) -> Result<Made, String> {
    let database = database(source)?;
    let folder = wanted.files.clone().unwrap_or_else(|| boot::beside(&database, "files"));
    let recipients = recipients(source, wanted)?;
    let keep = Keep::read(source, wanted)?;
    let now = clock.now();
    let name = place::name(now);
    let head = Head {
        format: FORMAT,
        made_at: now.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: kind(&database).to_owned(),
    };
    let (parts_in, parts) = mpsc::channel(8);
    let (pieces, packing) = mpsc::channel(2);
    let (first_files, first_files_in) = oneshot::channel();
    let kept = folder.clone();
    let packed =
        tokio::task::spawn_blocking(move || archive::pack(parts_in, &recipients, head, &kept, first_files, packing));
    let (stored, read, packed) =
        tokio::join!(place.put(&name, parts), read(database.url(), first_files_in, pieces), packed);
    let packed = packed.unwrap_or(Err(ELSEWHERE));
    if let Some(why) = first_told([stored.as_ref().err(), read.as_ref().err(), packed.as_ref().err()]) {
        return Err(format!("No backup was made. {why}"));
    }
    let (Ok(bytes), Ok(Seen { erased, named }), Ok(manifest)) = (stored, read, packed) else {
        return Err("No backup was made: it was stopped.".to_owned());
    };
    let mut warnings = Vec::new();
    let files = manifest.files.iter().map(|file| (file.org, file.id)).collect();
    warnings.extend(invariants::missing(&named, &files).map(|words| {
        format!("{words}: not in {}. Say with --files where they are kept, if that is elsewhere.", folder.display())
    }));
    warnings.extend(remember_erased(place, &erased).await.err());
    let (removed, kept) = keep.apply(place, &name, now).await;
    warnings.extend(kept);
    let file = place.shown(&name);
    let note = format!("{now} {file}\n");
    if let Err(error) = place::private_folder(&folder).and_then(|()| fs::write(folder.join(LAST_BACKUP), note)) {
        warnings.push(format!("The health page can’t be told of it: {}", place::words(&folder, &error)));
    }
    Ok(Made { file, bytes, manifest, removed, warnings })
}

/// Which settings of backups can’t be used, and what is wrong with each. None where no backups are set up.
pub fn unfit(source: &Source) -> Vec<(&'static str, String)> {
    let Some(to) = source.get(setting::BACKUP_TO) else { return Vec::new() };
    let mut found = Vec::new();
    let refused = |why: String| format!("can’t be used, and no backup is made: {why}");
    match Place::read(to, source) {
        Err(why) => found.push((setting::BACKUP_TO, refused(why))),
        Ok(Place::Folder(folder)) if folder.is_relative() => found.push((
            setting::BACKUP_TO,
            "isn’t the whole path of a folder, from the first / on: where backups go depends on where the program is started."
                .to_owned(),
        )),
        Ok(_) => {}
    }
    let unreadable = recipients(source, &Wanted::default()).err();
    found.extend(unreadable.map(|why| (setting::BACKUP_RECIPIENT, refused(why))));
    for name in [setting::BACKUP_KEEP_DAYS, setting::BACKUP_KEEP_LAST] {
        if source.get(name).is_some_and(|text| text.parse::<u32>().is_err()) {
            found.push((name, "is no whole number, and no backup is made.".to_owned()));
        }
    }
    found
}

/// When the last backup was made that a server with its files there knows of.
pub fn last(files: &Path) -> Option<Timestamp> {
    let text = fs::read_to_string(files.join(LAST_BACKUP)).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// What was seen beside the rows.
struct Seen {
    /// Whom the log says to be erased.
    erased: Vec<Uuid>,
    /// The files that rows name.
    named: Vec<(Uuid, Uuid)>,
}

/// The tables, in one moment that comes after the first files were in.
async fn read(url: &str, first_files: oneshot::Receiver<()>, pieces: mpsc::Sender<Piece>) -> Result<Seen, String> {
    if first_files.await.is_err() {
        return Err(ELSEWHERE);
    }
    let unread = |error: DbError| {
        if pieces.is_closed() { ELSEWHERE } else { format!("DATABASE_URL: the database can’t be read: {error}.") }
    };
    // A restore of it would be taken for all that there is.
    if inspect(url).await.map_err(unread)?.being_moved_here {
        return Err("Another database is being moved to the one in DATABASE_URL, and isn’t whole there yet. Make a backup of that one, or end \
                    the move first."
            .to_owned());
    }
    let mut whole = Whole::snapshot(url).await.map_err(unread)?;
    let applied = whole.applied().await.map_err(unread)?;
    let tables = whole.tables().await.map_err(unread)?;
    let seen = Seen {
        erased: whole.erased().await.map_err(unread)?,
        named: invariants::named_files(&mut whole).await.map_err(unread)?,
    };
    let columns = |table: &app::db::tables::Table| table.columns().map(str::to_owned).collect();
    let schema = Schema {
        owners: owners(&applied),
        applied,
        tables: tables.iter().map(|table| (table.name.clone(), columns(table))).collect(),
    };
    pieces.send(Piece::Schema(schema)).await.map_err(|_| ELSEWHERE)?;
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for table in &tables {
        let (to, blocks) = mpsc::channel(2);
        pieces.send(Piece::Table(table.name.clone(), blocks)).await.map_err(|_| ELSEWHERE)?;
        sums.insert(table.name.clone(), whole.read(table, Some(&to)).await.map_err(unread)?);
    }
    pieces.send(Piece::End(sums)).await.map_err(|_| ELSEWHERE)?;
    // It was read to its end; a connection that is lost now takes nothing along.
    let _lost = whole.close().await;
    Ok(seen)
}

/// The latest step of each owner.
fn owners(applied: &[i64]) -> BTreeMap<String, i64> {
    let known = MIGRATIONS.iter().filter(|step| applied.contains(&step.version));
    known.map(|step| (step.owner.to_owned(), step.version)).collect()
}

/// Adds to the list beside the backups who was erased since, so that an older one doesn't bring them back.
async fn remember_erased(place: &Place, erased: &[Uuid]) -> Result<(), String> {
    let failed = |error: String| format!("Who was erased can’t be noted beside the backups: {error}");
    let before = erased_there(place).await.map_err(failed)?;
    let all: BTreeSet<Uuid> = before.iter().chain(erased).copied().collect();
    if all.len() == before.len() {
        return Ok(());
    }
    let lines: Vec<String> = all.iter().map(Uuid::to_string).collect();
    let text =
        format!("# Organisations that were deleted for good. A restore deletes them again.\n{}\n", lines.join("\n"));
    place.write_note(ERASED, &text).await.map_err(failed)
}

/// Whom the list beside the backups names.
pub(crate) async fn erased_there(place: &Place) -> Result<BTreeSet<Uuid>, String> {
    let text = place.note(ERASED).await?.unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    // The platform is no organisation: by its id go the keys of everybody’s account.
    let org = |line: &str| line.parse::<Uuid>().ok().filter(|id| *id != PLATFORM_OWNER);
    lines
        .map(|line| org(line).ok_or_else(|| format!("{}: a line is no organisation’s id.", place.shown(ERASED))))
        .collect()
}

/// How long backups stay.
#[derive(Debug, Clone, Copy, Default)]
struct Keep {
    days: Option<u32>,
    last: Option<u32>,
}

impl Keep {
    fn read(source: &Source, wanted: &Wanted) -> Result<Self, String> {
        let set = |given: Option<u32>, name: &str| match (given, source.get(name)) {
            (Some(number), _) => Ok(Some(number)),
            (None, Some(text)) => {
                text.parse::<u32>().map(Some).map_err(|_| format!("{name} is no number of whole days or backups."))
            }
            (None, None) => Ok(None),
        };
        let (days, last) =
            (set(wanted.keep_days, setting::BACKUP_KEEP_DAYS)?, set(wanted.keep_last, setting::BACKUP_KEEP_LAST)?);
        Ok(Self { days, last })
    }

    /// Takes away what is neither young enough nor among the newest, and never the one that was just made; says which, and what couldn't be.
    async fn apply(self, place: &Place, newest: &str, now: Instant) -> (Vec<String>, Vec<String>) {
        if self.days.is_none() && self.last.is_none() {
            return (Vec::new(), Vec::new());
        }
        let names = match place.backups().await {
            Ok(names) => names,
            Err(error) => return (Vec::new(), vec![format!("Older backups can’t be looked at: {error}")]),
        };
        // Whoever can only add to the place must not have the true ones taken away by names of times to come.
        let (names, ahead) = place::dated(names, now);
        let mut removed = Vec::new();
        let mut failed: Vec<String> = ahead.iter().map(|name| place::counts_for_nothing(name)).collect();
        let last = self.last.unwrap_or(KEPT_LAST);
        let since = self.days.map(|days| now.plus_seconds(-DAY_SECONDS * i64::from(days)).timestamp());
        for (newer, name) in names.iter().rev().enumerate() {
            let among_last = u32::try_from(newer).is_ok_and(|newer| newer < last);
            let young = since.is_some_and(|since| place::made_at(name).is_none_or(|at| at >= since));
            if name == newest || newer == 0 || among_last || young {
                continue;
            }
            match place.remove(name).await {
                Ok(()) => removed.push(name.clone()),
                Err(error) => failed.push(format!("An old backup can’t be taken away: {error}")),
            }
        }
        (removed, failed)
    }
}

fn recipients(source: &Source, wanted: &Wanted) -> Result<Vec<age::x25519::Recipient>, String> {
    let set = source.get(setting::BACKUP_RECIPIENT).unwrap_or_default();
    let set = set.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
    let texts: Vec<String> = if wanted.recipients.is_empty() { set.collect() } else { wanted.recipients.clone() };
    if texts.is_empty() {
        return Err("Say for whom, with --recipient or BACKUP_RECIPIENT: the public half of a key (age1…) that `age-keygen` made, \
                    on another machine than this."
            .to_owned());
    }
    let read = |text: &String| {
        text.parse::<age::x25519::Recipient>().map_err(|why| {
            // Somebody may have given the half that stays at home.
            format!("A recipient isn’t the public half of an age key, which begins with age1 ({why}).")
        })
    };
    texts.iter().map(read).collect()
}

/// What is given, or set.
fn said(given: Option<&str>, source: &Source, name: &str) -> Option<String> {
    given.filter(|given| !given.is_empty()).or_else(|| source.get(name)).map(str::to_owned)
}

fn database(source: &Source) -> Result<Database, String> {
    Draft::read(source).database.ok_or_else(|| "DATABASE_URL is no address of a database.".to_owned())
}

fn kind(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => "sqlite",
        Database::Postgres(_) => "postgres",
    }
}

/// The first that says what is wrong.
fn first_told<const N: usize>(errors: [Option<&String>; N]) -> Option<String> {
    errors.into_iter().flatten().find(|error| !error.is_empty()).cloned()
}

/// "4.2 MB".
pub(crate) fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} bytes");
    };
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}
