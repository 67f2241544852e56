//! Files of results. Nothing of one is in the ledger before somebody has read what would be. Each row comes in once, however often its file is
//! sent, and wherever taking it over stopped; and what a file brought can be taken back as a whole.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{ToSpan as _, civil::Date};

use super::{
    closing,
    entries::{self, Checked, Desk, EntryBody, Source},
    ids::{ImportId, MetricId, PersonId},
    import_rows::{self, Columns, Field, Reader, Row, Wrong},
    people::{self, Person},
    permissions,
    store::{
        self, Metric,
        imports::{Called, Import, NewImport},
    },
};
use crate::{
    audit::Detail,
    clock::Instant,
    crypto::{DataKeys, Place},
    csv_in::{Grid, Limits, Unreadable},
    db::Access,
    demo,
    error::{AppError, Code, FieldError, Result},
    ids::OrgId,
    module::{Job, Upload},
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions::ENTER,
    platform::Platform,
    platform_sql, spreadsheet,
    ui::with_query,
};

/// How much is read of a file.
pub const LIMITS: Limits = Limits { megabytes: 5, rows: 10_000 };
/// A file that nobody takes over is kept so long: a week.
const KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// So many are kept at once.
const MOST_KEPT: i64 = 20;
/// Whoever is at one has written something in the last minute. If they die, another goes on.
const LEASE_SECONDS: i64 = 60;
/// Rows written in one transaction: so few that whoever enters something meanwhile hardly waits.
const BLOCK: usize = 500;
/// The same of what is taken back.
const BLOCK_BACK: i64 = 500;
/// So many earlier ones are listed.
const LISTED: i64 = 50;
/// Forgotten at one look.
const AT_ONCE: i64 = 100;
/// So many rows of a report are shown on a page; all of them are in its file.
pub const SHOWN: usize = 100;
/// So many names that nobody has are asked about at once.
pub const MOST_ASKED: usize = 50;
/// So many rows are shown as they stand in the file.
const SAMPLES: usize = 3;
/// A file that was taken back comes in again under other names, so often at most.
const MOST_AGAIN: usize = 50;

/// The files that can be sent.
pub const UPLOAD: Upload = Upload {
    path: "scoreboard/import/file",
    largest: LIMITS.bytes(),
    needs: &permissions::MANAGE,
    take: |platform, actor, org, _, file| Box::pin(upload(platform, actor, org, file.map(|sent| sent.content))),
};

/// Forgets files that nobody took over.
pub const JOB: Job = Job {
    name: "scoreboard.imports",
    every: std::time::Duration::from_hours(1),
    run: |platform| Box::pin(async move { forget(&platform).await }),
};

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Something is wrong with it.
    Wrong,
    /// It would be added.
    New,
    /// It is there already.
    Known,
}

impl Outcome {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::New => "new",
            Self::Known => "known",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Wrong => "Can’t be taken over",
            Self::New => "Would be added",
            Self::Known => "Is there already",
        }
    }
}

/// A row, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// As it was read.
    pub row: Row,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What it is called from now on where it comes from.
    name: String,
}

/// A name that nobody has, and in how many rows it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// As the file has it.
    pub name: String,
    /// In so many rows.
    pub rows: usize,
}

/// What taking a file over would do.
#[derive(Debug, Clone)]
pub struct Report {
    /// The import.
    pub import: Import,
    /// What its columns are called.
    pub names: Vec<String>,
    /// The first rows as they stand in the file.
    pub samples: Vec<Vec<String>>,
    /// Which column is what.
    pub columns: Columns,
    /// What is missing before it can be read; empty: nothing.
    pub asks: Vec<FieldError>,
    /// What is wrong first, and each in the order of the file.
    pub rows: Vec<Judged>,
    /// Names that nobody has, the most frequent first.
    pub unknown: Vec<Unknown>,
    /// What can be entered: word and name.
    pub metrics: Vec<(String, String)>,
    /// Whose it can be: id and name.
    pub people: Vec<(String, String)>,
    /// They may have a name remembered.
    pub may_set_up: bool,
}

impl Report {
    /// How many rows come to this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|judged| judged.outcome == outcome).count()
    }
}

/// A file that was sent earlier, in words.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// It.
    pub import: Import,
    /// Who sent it.
    pub by: String,
    /// "24 November 2026, 3:15 pm"
    pub sent: String,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// So many rows came in.
    pub added: i64,
    /// So many were there already.
    pub known: i64,
    /// So many were left out, for something was wrong with them.
    pub left_out: i64,
}

/// Whom a name means that nobody has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meant {
    /// The name.
    pub name: String,
    /// A person’s id, or what they are called; empty: nobody yet.
    pub person: String,
    /// They are called so from now on.
    pub remember: bool,
}

/// Keeps a file, sealed, until somebody has read what it would do. What its columns are is as it was for the last whose columns are called so;
/// otherwise it is guessed.
///
/// # Errors
/// 422 at `file` for one that can’t be read; 409 while too many are kept; as [`OrgTx::open`].
pub async fn keep(platform: &Platform, actor: &Actor, org: &str, file: &[u8]) -> Result<ImportId> {
    OrgTx::before_a_change(platform, actor, OrgRef::Slug(org), &permissions::MANAGE).await?.rollback().await?;
    let grid = Grid::read(file, LIMITS).map_err(unreadable)?;
    let mut tx = open(platform, actor, org).await?;
    if store::imports::files_kept(&mut tx).await? >= MOST_KEPT {
        return Err(AppError::conflict(format!(
            "{MOST_KEPT} files wait to be taken over. Take one of them over first, or leave it."
        )));
    }
    let (keys, metrics) = (tx.keys().await?, store::metrics(&mut tx).await?);
    let fingerprint = fingerprint(&keys, &grid.names);
    let before = store::imports::columns_before(&mut tx, &fingerprint).await?;
    let before = before.and_then(|columns| serde_json::from_str::<Columns>(&columns).ok());
    let columns = before.filter(|columns| columns.check(grid.names.len(), &metrics).is_ok()).unwrap_or_else(|| {
        let sums: Vec<&Metric> = metrics.iter().filter(|metric| metric.active && metric.is_sum()).collect();
        Columns::guess(&grid.names, &sums)
    });
    let (now, text) = (tx.now(), written(&columns));
    let id = ImportId::new(now);
    let new = NewImport {
        id,
        file: keys.seal_bytes(place(id, "file"), file),
        lines: count(grid.rows.len()),
        fingerprint: &fingerprint,
        columns: &text,
        by: tx.doer(),
        expires_at: now.plus_seconds(KEPT_SECONDS),
    };
    store::imports::insert_import(&mut tx, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// The files that were sent, the latest first.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn earlier(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Earlier>> {
    let mut tx = open_to_look(platform, actor, org).await?;
    let imports = store::imports::imports(&mut tx, LISTED).await?;
    let names: HashMap<_, _> =
        members::all(&mut tx).await?.into_iter().map(|member| (member.user.0, member.name)).collect();
    let zone = entries::zone(&tx)?;
    tx.rollback().await?;
    let told = |import: Import| {
        let by = match (import.by_kind.as_str(), import.by_id.and_then(|id| names.get(&id))) {
            ("member", Some(name)) => name.clone(),
            ("member", None) => "somebody who has left".to_owned(),
            ("token", _) => "a program".to_owned(),
            _ => "Devalo".to_owned(),
        };
        let sent = import.created_at.timestamp().to_zoned(zone.clone()).strftime("%-d %B %Y, %-I:%M %P").to_string();
        Earlier { import, by, sent }
    };
    Ok(imports.into_iter().map(told).collect())
}

/// What taking a file over would do, row by row. Nothing is written. Of one that was taken over there are no rows any more.
///
/// # Errors
/// 404 for a file that isn’t this organisation’s.
pub async fn dry_run(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Report> {
    let mut tx = open_to_look(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    let desk = Desk::read(&mut tx).await?;
    let columns = columns_of(&import);
    let may_set_up = tx.allows(&permissions::SET_UP);
    let sums = desk.metrics.iter().filter(|metric| metric.active && metric.is_sum());
    let metrics = sums.map(|metric| (metric.key.clone(), metric.name.clone())).collect();
    let people = desk.everybody.iter().map(|person| (person.id.to_string(), person.name.clone())).collect();
    let mut report = Report {
        names: Vec::new(),
        samples: Vec::new(),
        asks: Vec::new(),
        rows: Vec::new(),
        unknown: Vec::new(),
        metrics,
        people,
        may_set_up,
        columns,
        import,
    };
    if report.import.expires_at.is_some() {
        let keys = tx.keys().await?;
        let grid = file_of(&mut tx, &keys, report.import.id).await?;
        report.samples = grid.rows.iter().take(SAMPLES).map(|(_, row)| in_columns(row, grid.names.len())).collect();
        if let Err(error) = report.columns.check(grid.names.len(), &desk.metrics) {
            report.asks = error.fields;
        } else {
            let meant = meant(&keys, &report.import)?;
            let (rows, unknown) = judge(&mut tx, &keys, &desk, &grid, &report.columns, &meant).await?;
            (report.rows, report.unknown) = (rows, unknown);
            report.rows.sort_by_key(|judged| judged.outcome);
        }
        report.names = grid.names;
    }
    tx.rollback().await?;
    Ok(report)
}

/// The report as a file for spreadsheets, a line for each row of the file that was sent.
///
/// # Errors
/// As [`dry_run`].
pub async fn report_file(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Vec<u8>> {
    let report = dry_run(platform, actor, org, id).await?;
    let head = ["Line"].into_iter().chain(Field::ALL.map(Field::label)).chain(["What happens", "What to do"]);
    let mut file = spreadsheet::row(head)?;
    for judged in &report.rows {
        let (line, words) = (judged.row.line.to_string(), in_words(&judged.row.wrong));
        let cells = judged.row.cells.iter().map(String::as_str);
        let cells = std::iter::once(line.as_str()).chain(cells).chain([judged.outcome.label(), words.as_str()]);
        file.extend(spreadsheet::row(cells)?);
    }
    Ok(file)
}

/// What is wrong with a row, in one: "Amount: Enter a figure; 0 if there is none."
pub fn in_words(wrong: &[Wrong]) -> String {
    let word = |wrong: &Wrong| match wrong.field {
        Some(field) => format!("{}: {}", field.label(), wrong.message),
        None => wrong.message.clone(),
    };
    wrong.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Says which columns are what. It is remembered for files whose columns are called so.
///
/// # Errors
/// 404 for a file that isn’t this organisation’s; 422 at each field that is wrong; 409 where somebody changed it since `version`, or began to take it
/// over.
pub async fn choose(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    columns: &Columns,
    version: i64,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    let (keys, metrics) = (tx.keys().await?, store::metrics(&mut tx).await?);
    if import.expires_at.is_none() {
        return Err(file_gone());
    }
    let grid = file_of(&mut tx, &keys, import.id).await?;
    // A column says it for each row, and nothing for the whole file.
    let of = if columns.metric.is_some() { String::new() } else { columns.of.trim().to_owned() };
    let columns = Columns { of, ..columns.clone() };
    columns.check(grid.names.len(), &metrics)?;
    let text = written(&columns);
    if store::imports::choose_columns(&mut tx, import.id, &text, import.names, version).await? == 0 {
        return Err(changed());
    }
    store::imports::remember_columns(&mut tx, &import.fingerprint, &text).await?;
    tx.commit().await
}

/// Says whom names mean that nobody has, in this file; and where it is ticked, that they are called so from now on, which takes who sets the
/// scoreboard up.
///
/// # Errors
/// As [`choose`]; 404 for somebody who isn’t this organisation’s; 403 for having a name remembered by who may not; 422 at `aliases` for a name that
/// can’t be.
pub async fn name_people(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    said: &[Meant],
    version: i64,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    let (keys, everybody) = (tx.keys().await?, people::roster(&mut tx).await?);
    let mut names = meant(&keys, &import)?;
    for one in said {
        if one.person.trim().is_empty() {
            continue;
        }
        let person = who(&everybody, one.person.trim())?;
        names.insert(people::key(&one.name), person);
        if one.remember {
            if !tx.allows(&permissions::SET_UP) {
                return Err(tx
                    .forbidden("You can say whom a name means in this file, but not have it remembered.")
                    .await?);
            }
            let called = people::also_called(&mut tx, person, &one.name).await;
            // The form has no such field: it is said above it.
            called.map_err(|error| match error.field_message("aliases") {
                Some(words) => AppError::new(Code::Invalid, words),
                None => error,
            })?;
        }
    }
    let sealed = keys.seal(place(import.id, "names"), &serde_json::to_string(&names).unwrap_or_default());
    if store::imports::choose_columns(&mut tx, import.id, &import.columns, Some(sealed), version).await? == 0 {
        return Err(changed());
    }
    tx.commit().await
}

/// Takes a file over, in blocks. It goes on to its end when its sender goes away; and where it stopped in the middle, doing it again goes on. One that
/// was taken over is answered as it was. `partly`: rows with which something is wrong are left out.
///
/// # Errors
/// 404 for a file that isn’t this organisation’s; 422 at `partly` where something is wrong with rows, and nobody said that the others are to be
/// taken, and where it isn’t said what the columns are; 409 where somebody changed that since `version`, or takes it over just now.
pub async fn take(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    partly: bool,
) -> Result<Taken> {
    // Read first, so that nobody waits for it who enters something meanwhile.
    let mut tx = open_to_look(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    if import.state == "taken" {
        tx.rollback().await?;
        return Ok(Taken { added: import.added, known: import.known, left_out: import.left_out });
    }
    if import.expires_at.is_none() {
        return Err(file_gone());
    }
    let (keys, desk, columns) = (tx.keys().await?, Desk::read(&mut tx).await?, columns_of(&import));
    let grid = file_of(&mut tx, &keys, import.id).await?;
    columns.check(grid.names.len(), &desk.metrics)?;
    let meant = meant(&keys, &import)?;
    let (rows, _) = judge(&mut tx, &keys, &desk, &grid, &columns, &meant).await?;
    tx.rollback().await?;
    if !partly && rows.iter().any(|judged| judged.outcome == Outcome::Wrong) {
        let words = "Something is wrong with some rows. Mend the file, or tick that the others are taken over.";
        return Err(AppError::field("partly", words));
    }
    let mut tx = open(platform, actor, org).await?;
    let began = tx.now();
    let before = began.plus_seconds(-LEASE_SECONDS);
    if import.version != version || store::imports::begin_import(&mut tx, import.id, version, began, before).await? == 0
    {
        let now = "Somebody takes that file over just now, or changed what its columns are. Please look at it again.";
        return Err(AppError::conflict(now));
    }
    tx.commit().await?;
    let work = Work { platform: platform.clone(), actor: actor.clone(), org: org.to_owned(), id: import.id };
    let task = tokio::spawn(async move { work.take_over(rows, began).await });
    task.await.map_err(|_| AppError::internal())?
}

/// Takes back what a file brought, all of it that nobody took back or put right before. Where it stopped in the middle, doing it again goes on.
///
/// # Errors
/// 404 for a file that isn’t this organisation’s; 422 without a reason; 409 where a line counts in a period that is closed, for a file that brought
/// nothing, and while somebody is at it.
pub async fn undo(platform: &Platform, actor: &Actor, org: &str, id: &str, reason: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    if import.state == "undone" {
        return tx.rollback().await;
    }
    // What is too long is said before anything begins: it would be left in the middle.
    let reason = entries::text(reason).map_err(|words| AppError::field("reason", words))?;
    if reason.is_empty() {
        return Err(AppError::field("reason", "Say why, for whoever looks at it later."));
    }
    check_open(&mut tx, import.id).await?;
    let began = tx.now();
    let before = began.plus_seconds(-LEASE_SECONDS);
    if store::imports::begin_undoing(&mut tx, import.id, began, before).await? == 0 {
        return Err(AppError::conflict(if import.added == 0 {
            "Nothing of that file came in, so there is nothing to take back."
        } else {
            "Somebody is at that file just now. Please look again in a minute."
        }));
    }
    tx.commit().await?;
    let work = Work { platform: platform.clone(), actor: actor.clone(), org: org.to_owned(), id: import.id };
    let task = tokio::spawn(async move { work.take_back(&reason, began).await });
    task.await.map_err(|_| AppError::internal())?
}

/// Leaves a file of which nothing was taken over: it goes at once.
///
/// # Errors
/// 404 for a file that isn’t this organisation’s; 409 where something of it came in.
pub async fn leave(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    if store::imports::delete_import(&mut tx, import.id).await? == 0 {
        return Err(AppError::conflict("Something of that file came in. Take that back instead."));
    }
    tx.commit().await
}

/// Forgets the files that are kept no longer by now. What they brought stays.
///
/// # Errors
/// The database is busy.
pub async fn forget(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let over = platform_sql!(
        all(OrgId, ImportId),
        &mut tx,
        "SELECT org_id, id FROM scoreboard_imports WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        now,
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org, id) in over {
        // Also where the organisation is shut, or has the scoreboard no longer.
        let actor = Actor::System("files that were sent");
        match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, Access::Write).await {
            Ok(mut tx) => {
                if store::imports::delete_import(&mut tx, id).await? == 0 {
                    store::imports::close_import(&mut tx, id).await?;
                }
                tx.commit().await?;
            }
            // It is gone meanwhile, with all of its files.
            Err(error) if error.code == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A file of the demo business’s telephone system, taken over some days ago; a row of it was nobody’s.
///
/// # Errors
/// The database is busy.
pub async fn seed(platform: &Platform, actor: &Actor, today: Date) -> Result<()> {
    const ROWS: [(i64, &str, u8); 7] = [
        (6, "Priya", 2),
        (6, "Tom W", 1),
        (5, "Priya", 1),
        (5, "Mei", 3),
        (5, "Front desk", 4),
        (4, "Noor", 2),
        (4, "Tom W", 2),
    ];
    let mut file = "Date,Staff,Calls,Reference\n".to_owned();
    for (number, (ago, name, calls)) in (4101..).zip(ROWS) {
        let day = today.saturating_sub(ago.days()).strftime("%d/%m/%Y");
        // What is written to a string always gets there.
        let _ = writeln!(file, "{day},{name},{calls},TEL-{number}");
    }
    let id = keep(platform, actor, demo::SLUG, file.as_bytes()).await?.to_string();
    take(platform, actor, demo::SLUG, &id, 1, true).await.map(|_| ())
}

async fn upload(platform: Platform, actor: Actor, org: String, file: Result<Vec<u8>, &'static str>) -> Result<String> {
    let page = format!("/app/{org}/scoreboard/import");
    let refused = |why: &str| Ok(with_query(&page, &[("refused", why)]));
    let file = match file {
        Ok(file) => file,
        Err("large") => return refused(&Unreadable::from(LIMITS).to_string()),
        Err("again") => return refused("Your page was too old. Please choose the file again."),
        Err(_) => return refused("Choose a file."),
    };
    match keep(&platform, &actor, &org, &file).await {
        Ok(id) => Ok(format!("{page}/{id}")),
        Err(error) if matches!(error.code, Code::Invalid | Code::Conflict) => {
            refused(error.field_message("file").unwrap_or(&error.message))
        }
        Err(error) => Err(error),
    }
}

/// What goes on to its end in a task of its own.
struct Work {
    platform: Platform,
    actor: Actor,
    org: String,
    id: ImportId,
}

impl Work {
    async fn open(&self) -> Result<OrgTx> {
        open(&self.platform, &self.actor, &self.org).await
    }

    /// Nobody has to wait for the lease to end before they try again. Whoever is at it instead goes on.
    async fn let_go(&self, began: Instant) -> Result<()> {
        let mut tx = self.open().await?;
        store::imports::let_go(&mut tx, self.id, began).await?;
        tx.commit().await
    }

    /// Writes the rows with which nothing is wrong, block by block.
    async fn take_over(&self, rows: Vec<Judged>, mut began: Instant) -> Result<Taken> {
        let all = rows.len();
        let good: Vec<Judged> = rows.into_iter().filter(|judged| judged.outcome != Outcome::Wrong).collect();
        let mut left_out = all - good.len();
        for block in good.chunks(BLOCK) {
            match self.block(block, began).await {
                Ok((left, at)) => {
                    left_out += left;
                    began = at;
                }
                Err(error) => {
                    self.let_go(began).await?;
                    return Err(error);
                }
            }
        }
        let mut tx = self.open().await?;
        let import = store::imports::import(&mut tx, self.id).await?.ok_or_else(gone)?;
        let left_out = count(left_out);
        let known = (count(all) - left_out - import.added).max(0);
        store::imports::end_import(&mut tx, self.id, known, left_out).await?;
        tx.commit().await?;
        Ok(Taken { added: import.added, known, left_out })
    }

    /// One block of rows: how many had to be left out after all, and when it was written.
    async fn block(&self, rows: &[Judged], began: Instant) -> Result<(usize, Instant)> {
        let mut tx = self.open().await?;
        let import = store::imports::import(&mut tx, self.id).await?.ok_or_else(gone)?;
        if import.state != "taking" || import.started_at != Some(began) {
            return Err(AppError::conflict("Somebody else goes on with that file. Please look at it again."));
        }
        let desk = Desk::read(&mut tx).await?;
        let settled = settle(&mut tx, rows.iter().filter_map(named).collect()).await?;
        let (mut bodies, mut left_out) = (Vec::new(), 0);
        for judged in rows {
            let (Some(name), Some(body)) = (named(judged), &judged.row.body) else { continue };
            if let Some(Settled::Free(name)) = settled.get(&name) {
                bodies.push(EntryBody { external_id: Some(name.clone()), ..body.clone() });
            }
        }
        let mut lines: Vec<Checked<'_>> = Vec::new();
        for body in &bodies {
            match entries::check(&tx, &desk, body, None) {
                Ok(line) => lines.push(line),
                // Somebody changed what is counted, or who is, since it was looked at.
                Err(error) if error.code.status() < 500 => left_out += 1,
                Err(error) => return Err(error),
            }
        }
        let entered = entries::write_many(&mut tx, &lines, Source::File).await?;
        for one in &entered {
            store::imports::note_entry(&mut tx, self.id, one.id).await?;
        }
        let at = tx.now();
        store::imports::go_on(&mut tx, self.id, count(entered.len()), at).await?;
        if !entered.is_empty() {
            let rows = Detail::default().with("rows", entered.len());
            tx.audit("scoreboard.import_taken", self.id.0, &rows).await?;
            tx.emit("scoreboard.import_taken", self.id.0).await?;
        }
        tx.commit().await?;
        Ok((left_out, at))
    }

    /// Takes back what came in, block by block.
    async fn take_back(&self, reason: &str, mut began: Instant) -> Result<()> {
        loop {
            match self.block_back(reason, began).await {
                Ok(Some(at)) => began = at,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.let_go(began).await?;
                    return Err(error);
                }
            }
        }
    }

    /// One block: when it was written; `None`: there is nothing left.
    async fn block_back(&self, reason: &str, began: Instant) -> Result<Option<Instant>> {
        let mut tx = self.open().await?;
        let at = tx.now();
        if store::imports::go_on_undoing(&mut tx, self.id, at, began).await? == 0 {
            return Err(changed());
        }
        let lines = store::imports::imported(&mut tx, self.id, BLOCK_BACK).await?;
        let Some(last) = lines.last() else {
            store::imports::end_undoing(&mut tx, self.id).await?;
            tx.commit().await?;
            return Ok(None);
        };
        check_open(&mut tx, self.id).await?;
        store::imports::note_undone(&mut tx, self.id, last.id).await?;
        let taken = entries::void_many(&mut tx, &lines, reason).await?;
        let rows = Detail::default().with("rows", taken);
        tx.audit("scoreboard.import_undone", self.id.0, &rows).await?;
        tx.emit("scoreboard.import_undone", self.id.0).await?;
        tx.commit().await?;
        Ok(Some(at))
    }
}

/// Each row read and held against the rules, against the others of its file, and against the ledger; and the names that nobody has.
async fn judge(
    tx: &mut OrgTx,
    keys: &DataKeys,
    desk: &Desk,
    grid: &Grid,
    columns: &Columns,
    meant: &BTreeMap<String, PersonId>,
) -> Result<(Vec<Judged>, Vec<Unknown>)> {
    let mut reader = Reader::new(desk, columns, meant);
    let mut judged = Vec::with_capacity(grid.rows.len());
    let mut unknown: BTreeMap<String, Unknown> = BTreeMap::new();
    let (mut equal, mut seen) = (HashMap::<String, usize>::new(), HashMap::new());
    for (line, cells) in &grid.rows {
        let mut row = reader.read(*line, cells, grid.surplus(cells));
        let person = row.cell(Field::Person).to_owned();
        if reader.is_unknown(&person) {
            let one = unknown.entry(people::key(&person)).or_insert(Unknown { name: person, rows: 0 });
            one.rows += 1;
        }
        let (name, twice) = call(keys, &mut row, &mut equal, &mut seen);
        let outcome = match (row.wrong.is_empty(), twice) {
            (false, _) => Outcome::Wrong,
            (true, true) => Outcome::Known,
            (true, false) => Outcome::New,
        };
        judged.push(Judged { row, outcome, name });
    }
    let settled = settle(tx, judged.iter().filter_map(named).collect()).await?;
    for one in &mut judged {
        let Some(name) = named(one) else { continue };
        match settled.get(&name) {
            // What is there already is there, whatever the rules are by now.
            Some(Settled::There(there)) if one.row.body.as_ref().is_some_and(|body| is_same(desk, body, there)) => {
                one.outcome = Outcome::Known;
            }
            Some(Settled::There(_)) => {
                let words = "An entry with this number is there already, of another amount, day or person. Put that one right instead.";
                one.row.refuse(Some(Field::ExternalId), words);
            }
            _ => hold(tx, desk, &mut one.row)?,
        }
        if !one.row.wrong.is_empty() {
            one.outcome = Outcome::Wrong;
        }
    }
    let mut unknown: Vec<Unknown> = unknown.into_values().collect();
    unknown.sort_by_key(|one| std::cmp::Reverse(one.rows));
    Ok((judged, unknown))
}

/// Holds a row against the rules of the ledger.
fn hold(tx: &OrgTx, desk: &Desk, row: &mut Row) -> Result<()> {
    let Some(body) = &row.body else { return Ok(()) };
    let error = match entries::check(tx, desk, body, None) {
        Ok(_) => return Ok(()),
        Err(error) if error.code.status() >= 500 => return Err(error),
        Err(error) => error,
    };
    if error.fields.is_empty() {
        row.refuse(Some(Field::Metric), error.message);
        return Ok(());
    }
    for wrong in error.fields {
        let field = match wrong.field.as_str() {
            "value" => Field::Amount,
            word => Field::ALL.into_iter().find(|field| field.as_str() == word).unwrap_or(Field::Metric),
        };
        row.refuse(Some(field), wrong.message);
    }
    Ok(())
}

/// What a row is called from now on where it comes from: what the file says, or else what its contents say, with a number among equal ones. `true`: a
/// row further up has that name already, and is the same.
fn call(
    keys: &DataKeys,
    row: &mut Row,
    equal: &mut HashMap<String, usize>,
    seen: &mut HashMap<Name, String>,
) -> (String, bool) {
    let (Some(metric), Some(body)) = (row.metric, row.body.clone()) else { return (String::new(), false) };
    let plain = import_rows::contents(row, 0).unwrap_or_default();
    let Some(name) = body.external_id else {
        let nth = equal.entry(plain).or_default();
        *nth += 1;
        let contents = import_rows::contents(row, *nth).unwrap_or_default();
        let hash = keys.blind_index("scoreboard_entries", "external_id", &contents);
        return (format!("file:{}", URL_SAFE_NO_PAD.encode(hash)), false);
    };
    match seen.get(&(metric, name.clone())) {
        Some(before) if *before == plain => (name, true),
        Some(_) => {
            let words = "A row further up has the same number, and another amount, day, person or note.";
            row.refuse(Some(Field::ExternalId), words);
            (name, false)
        }
        None => {
            seen.insert((metric, name.clone()), plain);
            (name, false)
        }
    }
}

/// Of what a row is, and what it would be called, where it would be added.
fn named(judged: &Judged) -> Option<Name> {
    let metric = judged.row.metric?;
    (judged.outcome == Outcome::New).then(|| (metric, judged.name.clone()))
}

/// What a line of a metric is called where it comes from.
type Name = (MetricId, String);

/// Whether a name is taken in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Settled {
    /// It isn't: the row goes by this.
    Free(String),
    /// It is, by this line.
    There(Called),
}

/// Which names are taken, of each metric. What came in a file that was taken back as a whole may come again: by its name with a number after it.
async fn settle(tx: &mut OrgTx, mut open: Vec<Name>) -> Result<HashMap<Name, Settled>> {
    let mut settled = HashMap::new();
    for nth in 1..=MOST_AGAIN {
        let mut by_metric: BTreeMap<MetricId, Vec<String>> = BTreeMap::new();
        for (metric, name) in &open {
            by_metric.entry(*metric).or_default().push(again(name, nth));
        }
        let mut there: HashMap<Name, Called> = HashMap::new();
        for (metric, names) in by_metric {
            for some in names.chunks(25) {
                let asked: [&str; 25] = std::array::from_fn(|at| some.get(at).map_or("", String::as_str));
                for called in store::imports::called(tx, metric, &asked).await? {
                    there.insert((metric, called.external_id.clone()), called);
                }
            }
        }
        let mut undone = Vec::new();
        for (metric, name) in open {
            match there.remove(&(metric, again(&name, nth))) {
                Some(called) if called.undone => undone.push((metric, name)),
                Some(called) => {
                    settled.insert((metric, name), Settled::There(called));
                }
                None => {
                    let free = again(&name, nth);
                    settled.insert((metric, name), Settled::Free(free));
                }
            }
        }
        if undone.is_empty() {
            break;
        }
        open = undone;
    }
    Ok(settled)
}

/// "INV-7", and "INV-7~2" once what was called so was taken back with its file.
fn again(name: &str, nth: usize) -> String {
    if nth == 1 { name.to_owned() } else { format!("{name}~{nth}") }
}

/// A line of the ledger is what a row says.
fn is_same(desk: &Desk, body: &EntryBody, there: &Called) -> bool {
    let day = body.day.or_else(|| body.happened_at.map(|at| desk.day_of(at)));
    body.person == Some(there.person_id)
        && body.value == there.value
        && day.is_some_and(|day| day.to_string() == there.day)
}

/// Somebody by their id, or by what they are called.
fn who(everybody: &[Person], text: &str) -> Result<PersonId> {
    if text.parse::<PersonId>().is_ok() {
        return Ok(people::find(everybody, text)?.id);
    }
    let key = people::key(text);
    let called = everybody.iter().find(|person| people::names_of(person).any(|name| people::key(name) == key));
    let nobody = || AppError::new(Code::Invalid, format!("Nobody is called “{text}”. Choose somebody from the list."));
    called.map(|person| person.id).ok_or_else(nobody)
}

/// Nothing that a file brought counts in a period that is closed.
async fn check_open(tx: &mut OrgTx, id: ImportId) -> Result<()> {
    let closed = store::standing::closings(tx).await?;
    for day in store::imports::days_of_import(tx, id).await? {
        if closing::holding(&closed, &day).next().is_some() {
            return Err(AppError::conflict(format!(
                "Something that this file brought counts on {day}, in a period that is closed. Open that again first, or put right what is wrong line by line."
            )));
        }
    }
    Ok(())
}

async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Write).await
}

async fn open_to_look(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Read).await
}

async fn find(tx: &mut OrgTx, id: &str) -> Result<Import> {
    let Ok(id) = id.parse::<ImportId>() else { return Err(gone()) };
    store::imports::import(tx, id).await?.ok_or_else(gone)
}

async fn file_of(tx: &mut OrgTx, keys: &DataKeys, id: ImportId) -> Result<Grid> {
    let sealed = store::imports::import_file(tx, id).await?.ok_or_else(file_gone)?;
    let file = keys.open_bytes(place(id, "file"), &sealed).map_err(|error| {
        tracing::error!(%error, %id, "a file that was sent can’t be read");
        AppError::internal()
    })?;
    Grid::read(&file, LIMITS).map_err(unreadable)
}

/// Who is meant by names that nobody has.
fn meant(keys: &DataKeys, import: &Import) -> Result<BTreeMap<String, PersonId>> {
    let Some(sealed) = &import.names else { return Ok(BTreeMap::new()) };
    let names = keys.open(place(import.id, "names"), sealed).map_err(|error| {
        tracing::error!(%error, id = %import.id, "names of a file can’t be opened");
        AppError::internal()
    })?;
    Ok(serde_json::from_str(&names).unwrap_or_default())
}

fn columns_of(import: &Import) -> Columns {
    serde_json::from_str(&import.columns).unwrap_or_default()
}

fn written(columns: &Columns) -> String {
    serde_json::to_string(columns).unwrap_or_default()
}

fn in_columns(row: &csv::StringRecord, columns: usize) -> Vec<String> {
    (0..columns).map(|at| crate::csv_in::cell(row, at).to_owned()).collect()
}

fn fingerprint(keys: &DataKeys, names: &[String]) -> [u8; 32] {
    let names: Vec<String> = names.iter().map(|name| crate::csv_in::compared(name)).collect();
    keys.blind_index("scoreboard_import_columns", "fingerprint", &names.join("\n"))
}

fn place(id: ImportId, column: &'static str) -> Place {
    Place { table: "scoreboard_imports", column, row: id.0 }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn unreadable(why: Unreadable) -> AppError {
    AppError::field("file", why.to_string())
}

fn changed() -> AppError {
    AppError::conflict("Somebody else changed this meanwhile, or takes the file over. Please look at it again.")
}

fn file_gone() -> AppError {
    AppError::conflict(
        "That file was taken over or taken back, or a week has passed. Please send it again if you need it.",
    )
}

fn gone() -> AppError {
    AppError::not_found("that file")
}
