//! `devalo restore`: a backup into an empty place, whole or not at all; and `devalo restore-drill`, which does the same with the newest
//! one beside everything else, and says what came of it.
//!
//! What was unpacked lies under another name (SQLite) or in a transaction (PostgreSQL) until all of it is there and is what the
//! manifest says. Whoever is stopped before that has lost nothing, and begins again.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    fmt::{self, Write as _},
    fs::{self, File, Permissions, TryLockError},
    io::{self, Read},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, Instant as Stopwatch},
};

use age::Identity;
use app::{
    audit,
    clock::Clock,
    crypto::{CryptoError, Keyring},
    db::{
        Db, DbError, Migration,
        tables::{Standing, Table, Whole},
    },
    invariants,
    kept_files::LAST_BACKUP,
    links::LinkSigner,
    modules::MIGRATIONS,
    money::counted,
    platform::{PLATFORM_OWNER, Platform},
};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    ERASED,
    archive::{self, ELSEWHERE, Manifest, Piece},
    database, erased_there, first_told,
    place::{self, Place, private_folder, words},
    said, size,
};
use crate::{
    boot::{self, is_in_memory, sqlite_path},
    config::{Database, Draft, EncryptionKey, Source, setting},
};

/// In a folder of files: the database that they belong to isn't there yet.
const UNFINISHED: &str = ".restoring";
/// In a folder of files: those that just come in.
const ARRIVING: &str = ".arriving";
/// What the system itself keeps in a disk’s first folder.
const LOST_AND_FOUND: &str = "lost+found";
/// The folder of a drill begins so.
const DRILL: &str = "devalo-drill-";
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Two machines’ clocks may be so far apart: an hour.
const APART_SECONDS: i64 = 60 * 60;

/// What is asked of a restore.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// The backup: a file, or `s3://bucket/prefix/name`.
    #[arg(long)]
    pub from: String,
    /// The file with the age key that opens it, as `age-keygen` wrote it.
    #[arg(long)]
    pub identity: PathBuf,
    /// The empty database to restore into, of either kind. If not given, `DATABASE_URL`.
    #[arg(long)]
    pub database_url: Option<String>,
    /// Where the files of tasks go, if not beside the database.
    #[arg(long)]
    pub files: Option<PathBuf>,
}

/// What is asked of a drill.
#[derive(Debug, Clone, clap::Args)]
pub struct Drill {
    /// Where the backups are: a folder, or `s3://bucket/prefix`; or one of them. If not given, `BACKUP_TO`.
    #[arg(long)]
    pub from: Option<String>,
    /// The file with the age key that opens them, as `age-keygen` wrote it.
    #[arg(long)]
    pub identity: PathBuf,
    /// Where there is room to unpack it; it is gone afterwards. If not given, the system’s folder for temporary files.
    #[arg(long)]
    pub scratch: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// Which backup.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// What is in it.
    pub manifest: Manifest,
    /// Whom the list beside it had erased again.
    pub erased: Vec<Uuid>,
    /// What isn't as it should be.
    pub findings: Vec<String>,
    /// How long it took.
    pub took: Duration,
    /// How old the backup is.
    pub age_seconds: i64,
}

/// Restores into an empty place.
///
/// # Errors
/// In words. Nothing is restored then, and the backup stays as it is.
pub async fn restore(source: &Source, wanted: &Wanted, clock: &Clock) -> Result<Report, String> {
    let database = match &wanted.database_url {
        Some(url) => database(&source.clone().with(setting::DATABASE_URL, url))?,
        None => database(source)?,
    };
    if is_in_memory(database.url()) {
        return Err("A database in memory would be gone at once. Give a file’s address, or PostgreSQL’s.".to_owned());
    }
    let files = wanted.files.clone().unwrap_or_else(|| boot::beside(&database, "files"));
    let identities = identities(&wanted.identity)?;
    let (from, name) = Place::of_file(&wanted.from, source)?;
    let erased = erased_there(&from).await?;
    let begun = Stopwatch::now();
    let work = Work { erased, keys: Keys::read(source), clock: clock.clone() };
    let (landed, bytes) = match &database {
        Database::Sqlite(url) => into_sqlite(url, &files, &from, &name, identities, &work).await?,
        Database::Postgres(_) => into_postgres(database.url(), &files, &from, &name, identities, &work).await?,
    };
    Ok(work.report(from.shown(&name), bytes, landed, begun))
}

/// Restores the newest backup into a temporary place, and takes that away again. Nothing else is written to.
///
/// # Errors
/// It can't be restored, in words.
pub async fn drill(source: &Source, wanted: &Drill, clock: &Clock) -> Result<Report, String> {
    let from = said(wanted.from.as_deref(), source, setting::BACKUP_TO)
        .ok_or("Say where the backups are, with --from or BACKUP_TO.")?;
    if Place::is_file(&from) {
        let (place, name) = Place::of_file(&from, source)?;
        return drill_of(&place, &name, Vec::new(), source, wanted, clock).await;
    }
    drill_in(&Place::read(&from, source)?, source, wanted, clock).await
}

/// The same of the newest that is in this place.
///
/// # Errors
/// See [`drill`].
pub async fn drill_in(from: &Place, source: &Source, wanted: &Drill, clock: &Clock) -> Result<Report, String> {
    let (mut names, ahead) = place::dated(from.backups().await?, clock.now());
    let newest = names.pop().ok_or_else(|| match &ahead[..] {
        [] => format!("There is no backup in {}.", from.shown("")),
        [.., last] => format!(
            "There is no backup in {} but such as are dated in the future. To try one of those, give it: --from {}.",
            from.shown(""),
            from.shown(last)
        ),
    })?;
    let passed = ahead.iter().map(|name| place::counts_for_nothing(name)).collect();
    drill_of(from, &newest, passed, source, wanted, clock).await
}

async fn drill_of(
    from: &Place,
    name: &str,
    mut findings: Vec<String>,
    source: &Source,
    wanted: &Drill,
    clock: &Clock,
) -> Result<Report, String> {
    let identities = identities(&wanted.identity)?;
    let erased = erased_there(from).await?;
    let begun = Stopwatch::now();
    let work = Work { erased, keys: Keys::read(source), clock: clock.clone() };
    let scratch = wanted.scratch.clone().unwrap_or_else(std::env::temp_dir);
    let (folder, _in_use) = scratch_in(&scratch)?;
    let url = format!("sqlite://{}", folder.path().join("drill.db").display());
    let tried = async {
        let input = from.get(name).await?;
        let bytes = input.1;
        let (whole, mut landed) = land(input, identities, None, &url, None, &work).await?;
        whole.commit().await.map_err(|error| unwritten(&error))?;
        landed.findings.extend(work.afterwards(&url).await?);
        Ok((landed, bytes))
    };
    let file = from.shown(name);
    let (mut landed, bytes) = tried.await.map_err(|why: String| format!("{file} can’t be restored. {why}"))?;
    landed.findings.append(&mut findings);
    Ok(work.report(file, bytes, landed, begun))
}

/// Where a SQLite database grows while it is restored. What lies there when nothing is being restored is of one that was broken off.
pub(crate) fn draft_of(url: &str) -> PathBuf {
    with_end(Path::new(sqlite_path(url)), UNFINISHED)
}

/// What a restore needs to know besides where from and where to.
struct Work {
    erased: BTreeSet<Uuid>,
    keys: Keys,
    clock: Clock,
}

/// What was restored, and isn't quite in its place yet.
struct Landed {
    manifest: Manifest,
    erased: Vec<Uuid>,
    findings: Vec<String>,
}

async fn into_sqlite(
    url: &str,
    files: &Path,
    from: &Place,
    name: &str,
    identities: Identities,
    work: &Work,
) -> Result<(Landed, u64), String> {
    let path = PathBuf::from(sqlite_path(url));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder)?;
    let _alone = lock(&with_end(&path, ".lock"))?;
    is_empty(&Whole::look(url).await.map_err(|error| unread(&error))?, &path.display().to_string())?;
    let files = Files::in_place(files)?;
    let draft = draft_of(url);
    remove_database(&draft)?;
    // What isn’t sealed is nobody else’s business, whatever this user’s files usually are.
    let made = File::options().write(true).create_new(true).mode(0o600).open(&draft);
    made.map_err(|error| words(&draft, &error))?;
    let draft_url = format!("sqlite://{}", draft.display());
    let done: Result<(Landed, u64), String> = async {
        let input = from.get(name).await?;
        let bytes = input.1;
        let (whole, mut landed) = land(input, identities, Some(files.draft.clone()), &draft_url, None, work).await?;
        whole.commit().await.map_err(|error| unwritten(&error))?;
        landed.findings.extend(work.afterwards(&draft_url).await?);
        files.forget(&landed.erased);
        let closed = || {
            // What was still in the log would be lost.
            if fs::metadata(with_end(&draft, "-wal")).is_ok_and(|log| log.len() > 0) {
                return Err(io::Error::other("the database wasn’t closed"));
            }
            File::open(&draft)?.sync_all()
        };
        closed().map_err(|error| words(&path, &error))?;
        files.switch().map_err(|error| words(&files.folder, &error))?;
        let switched = || {
            // Nobody’s data is in it.
            for end in ["-wal", "-shm"] {
                match fs::remove_file(with_end(&path, end)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            fs::rename(&draft, &path)?;
            File::open(folder)?.sync_all()
        };
        switched().map_err(|error| words(&path, &error))?;
        files.end();
        Ok((landed, bytes))
    }
    .await;
    if done.is_err() {
        // Whoever comes next tries again.
        let _left = remove_database(&draft);
        files.clear();
    }
    done
}

async fn into_postgres(
    url: &str,
    files: &Path,
    from: &Place,
    name: &str,
    identities: Identities,
    work: &Work,
) -> Result<(Landed, u64), String> {
    let mut whole = Whole::to_fill(url).await.map_err(|error| match error {
        DbError::Busy(why) => format!("DATABASE_URL: {why}."),
        error => unread(&error),
    })?;
    let standing = whole.standing().await.map_err(|error| unread(&error))?;
    is_empty(&standing, "The database in DATABASE_URL")?;
    if standing.servers > 0 {
        return Err("Devalo is running on this database. Stop it first.".to_owned());
    }
    let files = Files::in_place(files)?;
    let done: Result<(Landed, u64), String> = async {
        let input = from.get(name).await?;
        let bytes = input.1;
        let (whole, mut landed) =
            land(input, identities, Some(files.draft.clone()), url, Some((whole, standing)), work).await?;
        files.forget(&landed.erased);
        files.switch().map_err(|error| words(&files.folder, &error))?;
        whole.commit().await.map_err(|error| unwritten(&error))?;
        files.end();
        // From here on it is restored, whatever is found.
        landed.findings.extend(work.afterwards(url).await.unwrap_or_else(|why| vec![why]));
        Ok((landed, bytes))
    }
    .await;
    if done.is_err() {
        files.clear();
    }
    done
}

/// Unpacks a backup into a database that has none of our data, and holds all of it against the manifest. Nothing is there before what
/// is given back is committed. `into` is a database that is open already.
async fn land(
    (input, bytes): (Box<dyn Read + Send>, u64),
    identities: Identities,
    files: Option<PathBuf>,
    url: &str,
    into: Option<(Whole, Standing)>,
    work: &Work,
) -> Result<(Whole, Landed), String> {
    let (pieces, mut arriving) = mpsc::channel(2);
    let unpacking =
        tokio::task::spawn_blocking(move || archive::unpack(input, bytes, &identities, files.as_deref(), &pieces));
    let filled = fill(&mut arriving, url, into).await;
    drop(arriving);
    let unpacked = unpacking.await.unwrap_or(Err(ELSEWHERE));
    if let Some(why) = first_told([unpacked.as_ref().err(), filled.as_ref().err()]) {
        return Err(why);
    }
    let (Ok(manifest), Ok((mut whole, tables))) = (unpacked, filled) else {
        return Err("The restore was stopped. Nothing was changed.".to_owned());
    };
    let mut findings = Vec::new();
    for table in &tables {
        let sum = whole.sum(table).await.map_err(|error| unread(&error))?;
        if manifest.tables.get(&table.name) != Some(&sum) {
            return Err(format!(
                "The backup is damaged: {} isn’t what its manifest says. Nothing was changed; take another one.",
                table.name
            ));
        }
    }
    findings.extend(work.keys.check(&mut whole).await.map_err(|error| unread(&error))?);
    let mut erased = Vec::new();
    for org in &work.erased {
        if whole.erase(&tables, *org).await.map_err(|error| unwritten(&error))? {
            erased.push(*org);
        }
    }
    findings.extend((!erased.is_empty()).then(|| {
        format!(
            "{} deleted again, for {ERASED} beside the backup names them. If they are of those that were deleted for good, nothing is to be \
             done; if not, somebody else has written there: take the list away, and restore once more into an empty place.",
            counted(erased.len(), "organisation was", "organisations were")
        )
    }));
    whole.end_filling(&tables).await.map_err(|error| unwritten(&error))?;
    findings.extend(whole.faults().await.map_err(|error| unread(&error))?);
    let kept: BTreeSet<(Uuid, Uuid)> = manifest.files.iter().map(|file| (file.org, file.id)).collect();
    findings.extend(invariants::broken(&mut whole, &kept).await.map_err(|error| unread(&error))?);
    Ok((whole, Landed { manifest, erased, findings }))
}

/// Makes the tables as they were, and fills them.
async fn fill(
    arriving: &mut mpsc::Receiver<Piece>,
    url: &str,
    into: Option<(Whole, Standing)>,
) -> Result<(Whole, Vec<Table>), String> {
    let Some(Piece::Schema(schema)) = arriving.recv().await else { return Err(ELSEWHERE) };
    let is_known = |version: &&i64| MIGRATIONS.iter().any(|step| step.version == **version);
    if let Some(version) = schema.applied.iter().find(|version| !is_known(version)) {
        return Err(format!(
            "The backup is of a newer version of Devalo: this one ({}) doesn’t know its step {version}. Install the version that made it, or \
             a newer one. Nothing was changed.",
            env!("CARGO_PKG_VERSION")
        ));
    }
    let steps: Vec<Migration> =
        MIGRATIONS.iter().filter(|step| schema.applied.contains(&step.version)).copied().collect();
    if let Some((_, standing)) = &into
        && standing.applied.iter().any(|version| !schema.applied.contains(version))
    {
        return Err("The database is empty, but of a newer version than the backup. Make another one (`createdb`), and restore into that: it is \
                    brought up to date then. Nothing was changed."
            .to_owned());
    }
    let failed = |error: DbError| format!("The database can’t be made: {error}.");
    let db = Db::connect(url).await.map_err(failed)?;
    let migrated = db.migrate(&steps).await;
    db.close().await;
    migrated.map_err(failed)?;
    let mut whole = match into {
        Some((whole, _)) => whole,
        None => Whole::to_fill(url).await.map_err(failed)?,
    };
    let tables = whole.tables().await.map_err(failed)?;
    let same = |table: &Table| {
        schema.tables.get(&table.name).is_some_and(|columns| columns.iter().map(String::as_str).eq(table.columns()))
    };
    if tables.len() != schema.tables.len() || !tables.iter().all(same) {
        return Err("The backup’s tables aren’t those that this version of Devalo makes: its history was changed. Nothing was changed.".to_owned());
    }
    whole.begin_filling(&tables).await.map_err(|error| unwritten(&error))?;
    while let Some(piece) = arriving.recv().await {
        let Piece::Table(name, mut blocks) = piece else { continue };
        let table = tables.iter().find(|table| table.name == name).ok_or(ELSEWHERE)?;
        whole.fill(table, &mut blocks).await.map_err(|error| format!("{name}: {}", unwritten(&error)))?;
    }
    Ok((whole, tables))
}

impl Work {
    /// What is seen to once all rows are there: the steps that came after the backup, and the logs.
    async fn afterwards(&self, url: &str) -> Result<Vec<String>, String> {
        let failed = |error: DbError| format!("The database can’t be brought up to date: {error}.");
        let db = Db::connect(url).await.map_err(failed)?;
        let migrated = db.migrate(MIGRATIONS).await;
        let findings = match (&migrated, self.keys.ring()) {
            (Ok(()), Some(ring)) => self.logs(db.clone(), ring).await,
            _ => Vec::new(),
        };
        db.close().await;
        migrated.map_err(failed)?;
        Ok(findings)
    }

    async fn logs(&self, db: Db, ring: Keyring) -> Vec<String> {
        // Nothing is signed here.
        let Ok(links) = LinkSigner::new(&[0; 32]) else { return Vec::new() };
        let platform = Platform::new(db, self.clock.clone(), ring, links, String::new());
        match audit::verify(&platform).await {
            Ok(logs) => logs
                .into_iter()
                .filter_map(|log| {
                    let (number, why) = log.broken?;
                    let of = if log.of.is_empty() { "the platform".to_owned() } else { log.of };
                    Some(format!("The log of {of} isn’t whole: entry {number} {why}"))
                })
                .collect(),
            // Without the keys; that is told already.
            Err(_) => Vec::new(),
        }
    }

    fn report(&self, file: String, bytes: u64, landed: Landed, begun: Stopwatch) -> Report {
        let made_at = landed.manifest.head.made_at.parse::<jiff::Timestamp>().ok();
        let age_seconds = made_at.map_or(0, |at| self.clock.now().timestamp().as_second() - at.as_second());
        let Landed { manifest, erased, mut findings } = landed;
        if age_seconds < -APART_SECONDS {
            findings.push(format!(
                "it is dated {} ahead of this machine’s clock: one of the two was wrong, and a drill passes over it until then",
                ago(-age_seconds)
            ));
        }
        let named = Path::new(&file).file_name().and_then(OsStr::to_str).and_then(place::made_at);
        if let (Some(named), Some(made_at)) = (named, made_at)
            && named.as_second() != made_at.as_second()
        {
            findings.push(format!(
                "its name says {named}, and it was made at {made_at}: somebody has given it another name"
            ));
        }
        Report { file, bytes, manifest, erased, findings, took: begun.elapsed(), age_seconds }
    }
}

impl Report {
    /// All rows of all tables.
    pub fn rows(&self) -> u64 {
        self.manifest.tables.values().map(|sum| sum.rows).sum()
    }

    fn rows_of(&self, table: &str) -> u64 {
        self.manifest.tables.get(table).map_or(0, |sum| sum.rows)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = &self.manifest.head;
        let from = if head.database == "postgres" { "PostgreSQL" } else { "SQLite" };
        writeln!(f, "backup        {}", self.file)?;
        writeln!(
            f,
            "made          {}, {} ago, by Devalo {} from {from}",
            head.made_at,
            ago(self.age_seconds),
            head.version
        )?;
        writeln!(f, "size          {}", size(self.bytes))?;
        writeln!(
            f,
            "holds         {}, {}, {} in {} tables, {}",
            counted(self.rows_of("organisations"), "organisation", "organisations"),
            counted(self.rows_of("users"), "person", "people"),
            counted(self.rows(), "row", "rows"),
            self.manifest.tables.len(),
            counted(self.manifest.files.len(), "file", "files"),
        )?;
        writeln!(f, "took          {:.1} s", self.took.as_secs_f64())?;
        writeln!(f, "digests       all of them are as the manifest says")?;
        for org in &self.erased {
            writeln!(f, "erased again  {org}")?;
        }
        if self.findings.is_empty() {
            return writeln!(f, "invariants    hold");
        }
        for finding in &self.findings {
            writeln!(f, "to see to     {finding}")?;
        }
        Ok(())
    }
}

fn ago(seconds: i64) -> String {
    match seconds {
        ..3600 => format!("{} minutes", seconds.max(0) / 60),
        3600..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / DAY_SECONDS),
    }
}

/// The keys that open what organisations have sealed, as far as the settings have them.
enum Keys {
    /// None are set.
    Unset,
    /// What they were read from, for a keyring can't be copied.
    Set(String),
}

impl Keys {
    fn read(source: &Source) -> Self {
        let keys = Draft::read(source).encryption_keys;
        if keys.is_empty() {
            return Self::Unset;
        }
        Self::Set(keys.iter().map(EncryptionKey::entry).collect::<Vec<_>>().join(","))
    }

    fn ring(&self) -> Option<Keyring> {
        match self {
            Self::Unset => None,
            Self::Set(text) => Keyring::parse(text).ok(),
        }
    }

    /// Whose data keys they don't open, and what that means.
    async fn check(&self, whole: &mut Whole) -> Result<Vec<String>, DbError> {
        const LOST: &str = "Names, addresses, notes and files stay unreadable without it; dates, prices and the names of services are there. \
                            Put it into DEVALO_ENCRYPTION_KEYS before Devalo starts on this database.";
        let all = whole.data_keys().await?;
        let Some(ring) = self.ring() else {
            return Ok(vec![format!(
                "DEVALO_ENCRYPTION_KEYS isn’t set here, so that no data key could be tried. {LOST}"
            )]);
        };
        let mut findings = BTreeSet::new();
        let mut closed = 0;
        for (owner, keys) in &all {
            let Err(error) = ring.unwrap(*owner, keys) else { continue };
            closed += 1;
            let mut words = String::new();
            let sealer = if *owner == PLATFORM_OWNER { "the platform" } else { "organisations" };
            // Writing to a String cannot fail.
            let _ = match error {
                CryptoError::MasterKeyMissing { kid, .. } => {
                    write!(words, "The key {kid}, which {sealer} sealed with, is missing. {LOST}")
                }
                CryptoError::WrappedRefused { .. } => {
                    write!(
                        words,
                        "A key in DEVALO_ENCRYPTION_KEYS has the right name, and isn’t the one that {sealer} sealed with. {LOST}"
                    )
                }
                error => write!(words, "{error}."),
            };
            findings.insert(words);
        }
        let mut findings: Vec<String> = findings.into_iter().collect();
        if closed > 0 {
            findings.push(format!("The keys in the settings open {} of {} data keys.", all.len() - closed, all.len()));
        }
        Ok(findings)
    }
}

/// A server that runs has the database of its files: none of them is of a restore that was stopped.
pub(crate) fn in_use(files: &Path) {
    // Mostly there is no such mark.
    let _gone = fs::remove_file(files.join(UNFINISHED));
}

/// The folder of files, before and after. It stays itself, for it may be a disk of its own, or a link to one: what is in it is exchanged.
struct Files {
    folder: PathBuf,
    draft: PathBuf,
    /// It wasn’t there before.
    made: bool,
    /// Held, so that no other restore, into another database, has the same folder.
    _alone: File,
}

impl Files {
    /// Nothing may be there that belongs to somebody; what a restore left that was stopped goes.
    fn in_place(folder: &Path) -> Result<Self, String> {
        refuse_what_is_there(folder)?;
        if folder.is_symlink() && !folder.exists() {
            return Err(format!("{} leads to a folder that isn’t there. Is its disk mounted?", folder.display()));
        }
        let made = !folder.exists();
        make_folder(folder)?;
        let alone = hold(folder)?;
        // One that has just ended has put them there.
        refuse_what_is_there(folder)?;
        let draft = folder.join(ARRIVING);
        remove_folder(&draft).map_err(|error| words(&draft, &error))?;
        make_folder(&draft)?;
        Ok(Self { folder: folder.to_owned(), draft, made, _alone: alone })
    }

    /// Takes the files of those away who were erased again.
    fn forget(&self, orgs: &[Uuid]) {
        for org in orgs {
            // What no row names is swept.
            let _swept = remove_folder(&self.draft.join(org.to_string()));
        }
    }

    /// Puts them where they belong, marked until the database is there, too.
    fn switch(&self) -> io::Result<()> {
        fs::write(self.folder.join(UNFINISHED), "")?;
        File::open(&self.folder)?.sync_all()?;
        for left in of_orgs(&self.folder)? {
            remove_folder(&self.folder.join(left))?;
        }
        for arrived in of_orgs(&self.draft)? {
            fs::rename(self.draft.join(&arrived), self.folder.join(&arrived))?;
        }
        remove_folder(&self.draft)?;
        File::open(&self.folder)?.sync_all()
    }

    fn end(&self) {
        // A mark that stays does no harm: the database has data by now.
        let _stays = fs::remove_file(self.folder.join(UNFINISHED));
    }

    /// It came to nothing. What is in its place already stays, marked, for whoever comes next: it may be that the database took
    /// everything, and only couldn’t say so.
    fn clear(&self) {
        // Whoever comes next tries again.
        let _left = remove_folder(&self.draft);
        if self.made {
            // Where something is in it, it stays.
            let _stays = fs::remove_dir(&self.folder);
        }
    }
}

/// The folders of organisations that are in a folder of files.
fn of_orgs(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if is_of_an_org(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn is_of_an_org(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.parse::<Uuid>().is_ok())
}

/// Holds a folder, for as long as the answer is kept.
fn hold(folder: &Path) -> Result<File, String> {
    let opened = File::open(folder).map_err(|error| words(folder, &error))?;
    held_alone(opened, folder, || {
        format!("Another restore into {} is under way. Wait for it, or stop it.", folder.display())
    })
}

fn held_alone(file: File, path: &Path, taken: impl FnOnce() -> String) -> Result<File, String> {
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(taken()),
        Err(TryLockError::Error(error)) => Err(words(path, &error)),
    }
}

/// In a folder of files may be what is about files only; those of organisations only where a restore was stopped.
fn refuse_what_is_there(folder: &Path) -> Result<(), String> {
    let unreadable = |error: io::Error| words(folder, &error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    let stopped = folder.join(UNFINISHED).is_file();
    for entry in entries {
        let name = entry.map_err(unreadable)?.file_name();
        let of_an_org = is_of_an_org(&name);
        if of_an_org && !stopped {
            return Err(format!("There are files in {} already. Restore into an empty place.", folder.display()));
        }
        // It may be another’s folder.
        if !of_an_org && ![UNFINISHED, ARRIVING, LAST_BACKUP, LOST_AND_FOUND].iter().any(|known| name == *known) {
            return Err(format!(
                "There is something in {} that isn’t a file of tasks: {}. Restore into an empty place.",
                folder.display(),
                name.display()
            ));
        }
    }
    Ok(())
}

type Identities = Vec<Box<dyn Identity + Send + Sync>>;

fn identities(path: &Path) -> Result<Identities, String> {
    let file = File::open(path).map_err(|error| words(path, &error))?;
    let read = age::IdentityFile::from_buffer(io::BufReader::new(file));
    let keys = read.and_then(|file| file.into_identities().map_err(io::Error::other));
    let keys = keys.map_err(|error| {
        format!("{}: {error}. It should be what `age-keygen` wrote: a line AGE-SECRET-KEY-1….", path.display())
    })?;
    if keys.is_empty() {
        return Err(format!("{}: there is no key in it: a line AGE-SECRET-KEY-1….", path.display()));
    }
    Ok(keys)
}

fn is_empty(standing: &Standing, what: &str) -> Result<(), String> {
    if standing.applied.is_empty() && standing.tables > 0 {
        return Err(format!(
            "{what} has tables that aren’t Devalo’s. A restore goes into an empty place only; nothing was changed."
        ));
    }
    if standing.orgs == 0 && standing.users == 0 {
        return Ok(());
    }
    Err(format!(
        "{what} has data: {}, {}. A restore goes into an empty place only; nothing was changed.",
        counted(standing.orgs, "organisation", "organisations"),
        counted(standing.users, "person", "people"),
    ))
}

/// The lock that a server has, too.
fn lock(path: &Path) -> Result<File, String> {
    // Whoever can open it can hold it.
    let opened = File::options().create(true).truncate(false).write(true).mode(0o600).open(path);
    let file = opened.map_err(|error| words(path, &error))?;
    held_alone(file, path, || {
        "Devalo is running on this database, or another restore into it is under way. Stop that first.".to_owned()
    })
}

/// A folder of a drill's own, which goes with it; those of drills that were stopped go now.
fn scratch_in(scratch: &Path) -> Result<(tempfile::TempDir, File), String> {
    make_folder(scratch)?;
    let entries = fs::read_dir(scratch).map_err(|error| words(scratch, &error))?;
    for entry in entries.flatten() {
        // In a folder that all share, others may make what looks like ours.
        let user = rustix::process::geteuid().as_raw();
        let ours = entry.metadata().is_ok_and(|about| about.is_dir() && about.uid() == user);
        if ours
            && entry.file_name().to_str().is_some_and(|name| name.starts_with(DRILL))
            && let Ok(file) = File::options().write(true).open(entry.path().join("lock"))
            && file.try_lock().is_ok()
        {
            let _left = remove_folder(&entry.path());
        }
    }
    // What isn’t sealed is nobody else’s business, here neither.
    let private = Permissions::from_mode(0o700);
    let made = tempfile::Builder::new().prefix(DRILL).permissions(private).tempdir_in(scratch);
    let folder = made.map_err(|error| words(scratch, &error))?;
    let lock = lock(&folder.path().join("lock"))?;
    Ok((folder, lock))
}

fn make_folder(path: &Path) -> Result<(), String> {
    private_folder(path).map_err(|error| words(path, &error))
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn remove_database(path: &Path) -> Result<(), String> {
    for end in ["", "-wal", "-shm"] {
        let path = with_end(path, end);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(words(&path, &error)),
            _ => {}
        }
    }
    Ok(())
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    // Without a slash at its end: it would lie in the folder, not beside it.
    let mut name = path.components().collect::<PathBuf>().into_os_string();
    name.push(end);
    PathBuf::from(name)
}

fn unread(error: &DbError) -> String {
    format!("The database can’t be read: {error}.")
}

fn unwritten(error: &DbError) -> String {
    match error {
        DbError::Unwritable(why) => {
            format!(
                "The database can’t be written to: its disk is full, or can only be read ({why}). Nothing of the backup is in it."
            )
        }
        error => format!("The database can’t be written to: {error}. Nothing of the backup is in it."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a drill unpacks lies where all may look around.
    #[test]
    fn nobody_else_enters_a_drill() {
        let scratch = tempfile::tempdir().unwrap();
        let (folder, _in_use) = scratch_in(scratch.path()).unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
