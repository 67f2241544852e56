//! `devalo move-database`: everything from one database into another, SQLite’s file or a PostgreSQL, and back; compared in the end, table by table and
//! organisation by organisation. How a table is copied is in [`app::db::moving`].

use std::{collections::BTreeSet, fs::File, path::Path, time::Duration};

use app::{
    clock::Instant,
    db::{
        self, Db, DbError,
        moving::{End, Side, Table, copy, differences},
    },
    modules::MIGRATIONS,
    money::{counted, grouped},
};

use crate::{boot, config::parse_database};

/// A connection that was just closed is still listed for a moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct Asked {
    /// The database that is there: sqlite://… or postgres://…. Nothing is changed in it.
    #[arg(long, value_name = "URL", env = "DEVALO_MOVE_FROM", hide_env_values = true)]
    pub from: String,
    /// The empty one that it is moved to.
    #[arg(long, value_name = "URL", env = "DEVALO_MOVE_TO", hide_env_values = true)]
    pub to: String,
    /// Copy nothing; only compare the two.
    #[arg(long)]
    pub verify: bool,
}

/// Moves, from where it was stopped on, and says what happens, line by line. `parts`: so many parts of tables are copied at most; then it stops, as it would if
/// it were killed there. Says whether everything is there.
///
/// # Errors
/// A sentence for the operator. What is in the target then isn’t served.
pub async fn run(
    asked: &Asked,
    now: Instant,
    mut parts: u32,
    say: &mut (dyn FnMut(&str) + Send),
) -> Result<bool, String> {
    if asked.from == asked.to {
        return Err("--from and --to are the same database.".to_owned());
    }
    for (name, url) in [("--from", &asked.from), ("--to", &asked.to)] {
        if parse_database(url).is_none() {
            return Err(format!(
                "{name} is no address of a database that we know: sqlite:///path/of/the/file.db or postgres://user:password@host/name."
            ));
        }
        if boot::is_in_memory(url) {
            return Err(format!("{name}: a database in memory is gone when its process ends. Give a file’s address."));
        }
    }
    if !is_there(&asked.from) {
        return Err("--from: there is no such file.".to_owned());
    }
    let seen = db::inspect(&asked.from).await.map_err(of("--from"))?;
    if seen.applied.iter().any(|version| MIGRATIONS.iter().all(|step| step.version != *version)) {
        return Err(format!(
            "--from: the database was last used by a newer Devalo than this one ({}). Install that version, and move with it.",
            env!("CARGO_PKG_VERSION")
        ));
    }
    if seen.applied.len() != MIGRATIONS.len() {
        return Err(
            "--from: the database is of an older version than this program. Serve from it once with this version, which brings it up to date, and stop \
             it again."
                .to_owned(),
        );
    }
    if seen.being_moved_here {
        return Err("--from: another database is being moved there, and isn’t whole yet.".to_owned());
    }
    // Of the other nothing is touched before it is sure that this one stands still.
    let held_from = held(&asked.from, "--from").await?;
    let mut from = End::open(&asked.from, Side::From).await.map_err(of("--from"))?;
    nobody_serves(&mut from, "--from").await?;
    let held_to = held(&asked.to, "--to").await?;
    if !asked.verify {
        let target = Db::connect(&asked.to).await.map_err(of("--to"))?;
        target.migrate(MIGRATIONS).await.map_err(of("--to"))?;
        target.close().await;
    }
    let mut to = End::open(&asked.to, Side::To).await.map_err(of("--to"))?;
    nobody_serves(&mut to, "--to").await?;
    let tables = same_tables(&mut from, &mut to).await?;
    if !asked.verify && !fill(&mut from, &mut to, &tables, now, &mut parts, say).await? {
        return Ok(false);
    }
    say("Comparing the two.");
    compare(&mut from, &mut to, &tables, say).await?;
    nothing_came_meanwhile(&asked.from, &mut from, &tables).await?;
    if !asked.verify {
        to.finish(now).await.map_err(of("--to"))?;
        say(
            "Done. Set DATABASE_URL to the new database, run `devalo check` and `devalo audit verify`, and start the server.",
        );
        say("Files at tasks aren’t in the database: docs/move-database.md says where the server looks for them.");
        say("Nothing was changed in the old database. Serve from it no more.");
    }
    from.close().await.map_err(of("--from"))?;
    to.close().await.map_err(of("--to"))?;
    drop((held_from, held_to));
    Ok(true)
}

/// Copies all tables. `false`: it was stopped.
async fn fill(
    from: &mut End,
    to: &mut End,
    tables: &[Table],
    now: Instant,
    parts: &mut u32,
    say: &mut (dyn FnMut(&str) + Send),
) -> Result<bool, String> {
    let source = from.identity().await.map_err(of("--from"))?;
    match to.begun().await.map_err(of("--to"))? {
        Some(begun) if begun == source => say("Going on where it was stopped."),
        Some(_) => {
            return Err(
                "--to: another database is being moved there, or this one was served from since that was begun. Begin with an empty one.".to_owned(),
            );
        }
        None => {
            if let Some(at) = to.finished(&source).await.map_err(of("--to"))? {
                return Err(format!(
                    "--to: this database was moved there already; that was finished at {at}. To compare the two, add --verify; to move it once more, \
                     begin with an empty one."
                ));
            }
            if let Some(table) = to.first_filled(tables).await.map_err(of("--to"))? {
                return Err(format!(
                    "--to: the database isn’t empty: there are rows in {table}. Begin with an empty one."
                ));
            }
            to.begin(&source, now).await.map_err(of("--to"))?;
        }
    }
    let triggers = to.triggers().await.map_err(of("--to"))?;
    for table in tables {
        let (rows, whole) = copy(from, to, table, parts).await.map_err(|error| format!("{}: {error}", table.name))?;
        if !whole {
            say(&format!("Stopped in {}.", table.name));
            return Ok(false);
        }
        if rows > 0 {
            say(&format!("{}: {} copied", table.name, grouped(rows.unsigned_abs())));
        }
    }
    if to.triggers().await.map_err(of("--to"))? != triggers {
        return Err("--to: not every trigger is back in its place. Begin with an empty database.".to_owned());
    }
    Ok(true)
}

/// Says what is different, if anything is.
async fn compare(
    from: &mut End,
    to: &mut End,
    tables: &[Table],
    say: &mut (dyn FnMut(&str) + Send),
) -> Result<(), String> {
    let (mut rows, mut wrong) = (0, 0_u64);
    let mut orgs = BTreeSet::new();
    for table in tables {
        let theirs = from.sums(table).await.map_err(of("--from"))?;
        let ours = to.sums(table).await.map_err(of("--to"))?;
        rows += theirs.values().map(|sum| sum.rows).sum::<u64>();
        orgs.extend(theirs.keys().flatten().copied());
        for line in differences(&theirs, &ours) {
            wrong += 1;
            say(&format!("{}: {line}", table.name));
        }
    }
    for line in to.broken().await.map_err(of("--to"))? {
        wrong += 1;
        say(&line);
    }
    if wrong > 0 {
        return Err(
            "The two databases aren’t the same; nothing is to be served from the new one. Begin with an empty one."
                .to_owned(),
        );
    }
    say(&format!(
        "{} tables are the same in both, row by row: {}, {}; every key leads somewhere.",
        tables.len(),
        counted(rows, "row", "rows"),
        counted(orgs.len(), "organisation", "organisations")
    ));
    Ok(())
}

/// Whoever serves writes down when they start, so that one who came and went shows.
async fn nothing_came_meanwhile(url: &str, before: &mut End, tables: &[Table]) -> Result<(), String> {
    let mut after = End::open(url, Side::From).await.map_err(of("--from"))?;
    nobody_serves(&mut after, "--from").await?;
    let boots = tables.iter().find(|table| table.name == "boots");
    let mut same = true;
    if let Some(boots) = boots {
        same = before.sums(boots).await.map_err(of("--from"))? == after.sums(boots).await.map_err(of("--from"))?;
    }
    after.close().await.map_err(of("--from"))?;
    if same {
        Ok(())
    } else {
        Err("--from: a server was started on it meanwhile, so that something may have changed. Stop it, and begin with an empty database.".to_owned())
    }
}

async fn same_tables(from: &mut End, to: &mut End) -> Result<Vec<Table>, String> {
    let (theirs, ours) = (from.tables().await.map_err(of("--from"))?, to.tables().await.map_err(of("--to"))?);
    let odd = |some: &[Table], others: &[Table]| {
        some.iter().find(|table| !others.iter().any(|other| table.is_like(other))).map(|table| table.name.clone())
    };
    match odd(&theirs, &ours).or_else(|| odd(&ours, &theirs)) {
        // Of the two that which says most of its columns: each can be read and written by it.
        None => Ok(if from.is_postgres() { theirs } else { ours }),
        Some(table) => Err(format!("The two databases don’t both have the table {table}, or not alike.")),
    }
}

/// Nobody else writes to a SQLite file for as long as the answer is kept.
async fn held(url: &str, name: &str) -> Result<Option<File>, String> {
    boot::only_writer_of(url).await.map_err(|error| {
        // What it says of the setting is of this one here.
        let why = error.to_string();
        format!("{name}: {}", why.strip_prefix("DATABASE_URL: ").unwrap_or(&why))
    })
}

async fn nobody_serves(end: &mut End, name: &str) -> Result<(), String> {
    let until = std::time::Instant::now() + PATIENCE;
    while end.is_served().await.map_err(of(name))? {
        if std::time::Instant::now() > until {
            return Err(format!("{name}: a Devalo is running on this database. Stop it first."));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

fn is_there(url: &str) -> bool {
    !url.starts_with("sqlite:") || Path::new(boot::sqlite_path(url)).exists()
}

fn of(name: &str) -> impl Fn(DbError) -> String {
    move |error| format!("{name}: {error}")
}
