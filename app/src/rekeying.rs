//! Exchanging keys while everything goes on.
//!
//! A **master key** is exchanged by wrapping every data key again ([`rewrap`]): no field is touched, and whoever has a data key open doesn’t notice.
//!
//! A **data key** is made anew ([`renew`]): at first it only opens, until every process has heard of it ([`keep_looking`]); then it seals, and a job
//! ([`carry_on`]) seals anew whatever lies under the key before, block by block, wherever the catalogue says that something is sealed (`sealed.rs`). A value
//! that somebody changes meanwhile is left to them. Passes follow each other until one finds nothing more to do. The key before stays, for what stays as it
//! was written; and the first one for good, for look-ups are made with it (`DataKeys::blind_index`) and find throughout.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use uuid::Uuid;

use crate::{
    clock::Instant,
    crypto::{self, Place},
    db::Access,
    error::{AppError, Code, Result},
    ids::OrgId,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
    sealed::{self, Lies, Sealed, Whose},
};

/// A data key that was made anew opens for so long before it seals, in seconds: longer than a process keeps keys without looking
/// ([`KEYS_HOLD`](crate::platform::KEYS_HOLD)). After as long again nobody seals with the one before.
pub const SPREADS_SECONDS: i64 = 60;

/// How often a process looks whether data keys are being renewed.
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// A process that said so within so many seconds is running.
const RUNS_SECONDS: i64 = 60;
/// Whoever carries on has it for so long after each block; if they die, somebody else goes on then.
const LEASE_SECONDS: i64 = 120;
/// A lease is taken anew after so long without a block that changed anything.
const RENEW_LEASE_AFTER: Duration = Duration::from_secs(30);
/// Rows of a block; and where they can be large.
const ROWS: i64 = 200;
const LARGE_ROWS: i64 = 8;
/// Blocks of one turn of the job.
const BLOCKS: u32 = 2_000;
/// Data keys that are read, or written, at once.
const KEYS: i64 = 500;

/// How far data keys are that are made anew.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Progress {
    /// Whose fields are still being sealed anew: so many.
    pub under_way: i64,
    /// Whose are done: so many, since data keys were last made anew for them.
    pub finished: i64,
    /// How many values were sealed anew.
    pub sealed: i64,
    /// How many can’t be opened, and stay as they are; the log says which.
    pub refused: i64,
}

/// What came of asking for data keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewed {
    /// They have a new one.
    pub begun: u64,
    /// Their last one is still being carried through.
    pub under_way: u64,
}

/// The master keys that data keys are wrapped under, by name, and how many each.
///
/// # Errors
/// The database is busy.
pub async fn kids(platform: &Platform) -> Result<BTreeMap<String, u64>> {
    let mut kids = BTreeMap::new();
    let mut after = BEFORE_ALL;
    loop {
        let block = stored(platform, after).await?;
        let Some(last) = block.last() else { return Ok(kids) };
        after = (last.owner_id, last.generation);
        for key in &block {
            let kid = crypto::kid_of(&key.wrapped).unwrap_or("(unreadable)");
            *kids.entry(kid.to_owned()).or_default() += 1;
        }
    }
}

/// Wraps every data key again that isn’t under the current master key, a few hundred at a time; says after each how many of how many are done. The answer
/// is how many there were.
///
/// # Errors
/// 409 where a master key is missing, or where a server runs that doesn’t know the current one; nothing was changed then.
pub async fn rewrap(platform: &Platform, mut done_of: impl FnMut(u64, u64)) -> Result<u64> {
    let kids = kids(platform).await?;
    if let Some((kid, keys)) = kids.iter().find(|(kid, _)| !platform.keyring.has(kid)) {
        let words = format!(
            "DEVALO_ENCRYPTION_KEYS lacks the key {kid}, under which {} wrapped. Put it back, behind the new one; then run this again. Nothing was changed.",
            if *keys == 1 { "a data key is".to_owned() } else { format!("{keys} data keys are") }
        );
        return Err(AppError::new(Code::Conflict, words));
    }
    let current = platform.keyring.kids().next().unwrap_or_default();
    servers_know(platform, current).await?;
    let all: u64 = kids.iter().filter(|(kid, _)| *kid != current).map(|(_, keys)| keys).sum();
    let mut done = 0;
    let mut after = BEFORE_ALL;
    loop {
        let block = stored(platform, after).await?;
        let Some(last) = block.last() else { return Ok(done) };
        after = (last.owner_id, last.generation);
        let mut anew = Vec::new();
        for key in block {
            let number = u32::try_from(key.generation).unwrap_or_default();
            let wrapped = platform.keyring.rewrap(key.owner_id, number, &key.wrapped).map_err(|error| {
                AppError::new(Code::Conflict, format!("{error}. What was wrapped anew before it stays so."))
            })?;
            if let Some(wrapped) = wrapped {
                anew.push((key, wrapped.0));
            }
        }
        if anew.is_empty() {
            continue;
        }
        let mut tx = platform.begin(Access::Write).await?;
        for (key, wrapped) in anew {
            // Somebody else may have done it meanwhile.
            done += platform_sql!(
                exec,
                &mut tx,
                "UPDATE data_keys SET wrapped = $4 WHERE owner_id = $1 AND generation = $2 AND wrapped = $3",
                key.owner_id,
                key.generation,
                key.wrapped,
                wrapped
            )?;
        }
        tx.commit().await?;
        done_of(done, all);
    }
}

/// Makes a data key anew: for one organisation, or for all and the platform itself. What is sealed is sealed anew by the servers, from a minute later on.
///
/// # Errors
/// 404 for one that has none; 409 where a server runs that doesn’t know the current master key.
pub async fn renew(platform: &Platform, org: Option<OrgId>) -> Result<Renewed> {
    servers_know(platform, platform.keyring.kids().next().unwrap_or_default()).await?;
    let owners = match org {
        Some(org) => vec![org.0],
        None => owners(platform).await?,
    };
    let mut renewed = Renewed::default();
    for owners in owners.chunks(usize::try_from(KEYS).unwrap_or(1)) {
        let mut tx = platform.begin(Access::Write).await?;
        for owner in owners {
            renew_one(platform, &mut tx, *owner, &mut renewed).await?;
        }
        tx.commit().await?;
        for owner in owners {
            platform.read_keys_again(*owner);
        }
    }
    if org.is_some() && renewed == Renewed::default() {
        return Err(AppError::new(Code::NotFound, "There is no such organisation."));
    }
    Ok(renewed)
}

/// How far it is.
///
/// # Errors
/// The database is busy.
pub async fn progress(platform: &Platform) -> Result<Progress> {
    let mut tx = platform.begin(Access::Read).await?;
    let progress = platform_sql!(
        one Progress,
        &mut tx,
        "SELECT CAST(coalesce(SUM(CASE WHEN finished_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS under_way,
           CAST(coalesce(SUM(CASE WHEN finished_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) AS finished,
           CAST(coalesce(SUM(sealed), 0) AS BIGINT) AS sealed, CAST(coalesce(SUM(refused), 0) AS BIGINT) AS refused FROM key_rotations"
    )?;
    tx.rollback().await?;
    Ok(progress)
}

/// The organisation of which the operator gives the id, or the word in its addresses.
///
/// # Errors
/// 404 for one that isn’t there.
pub async fn meant(platform: &Platform, word: &str) -> Result<OrgId> {
    if let Ok(org) = word.parse() {
        return Ok(org);
    }
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(optional(OrgId,), &mut tx, "SELECT id FROM organisations WHERE slug = $1", word)?;
    tx.rollback().await?;
    found.map(|(org,)| org).ok_or_else(|| AppError::new(Code::NotFound, "There is no such organisation."))
}

/// Looks now and then whose data keys are being renewed, and says that the process of this start runs, until it stops.
pub async fn keep_looking(platform: Platform, boot: Uuid) {
    loop {
        if let Err(error) = look(&platform).await {
            tracing::warn!(%error, "it isn’t known whose data keys are being renewed; keys are read again each time until it is");
        }
        // What stops says last that it has ended.
        let said =
            if platform.is_stopping() { Ok(()) } else { seen(&platform, boot, Some(platform.clock.now())).await };
        if let Err(error) = said {
            tracing::warn!(%error, "it can’t be written down that this server runs");
        }
        tokio::time::sleep(LOOKS_EVERY).await;
    }
}

/// Writes down when the process of a start was last seen at work; `None`: it has ended, and needs no key any more.
///
/// # Errors
/// The database is busy.
pub async fn seen(platform: &Platform, boot: Uuid, at: Option<Instant>) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "UPDATE boots SET seen_at = $2 WHERE id = $1", boot, at)?;
    Ok(tx.commit().await?)
}

/// Looks whose data keys are being renewed, so that theirs are read again.
///
/// # Errors
/// The database is busy.
pub async fn look(platform: &Platform) -> Result<()> {
    let at = std::time::Instant::now();
    let mut tx = platform.begin(Access::Read).await?;
    let renewed = platform_sql!(all(Uuid,), &mut tx, "SELECT owner_id FROM key_rotations WHERE finished_at IS NULL")?;
    tx.rollback().await?;
    let renewed: Vec<Uuid> = renewed.into_iter().map(|(owner,)| owner).collect();
    platform.keys_looked_at(at, &renewed);
    Ok(())
}

/// Seals anew what is to be, for one turn of the job.
///
/// # Errors
/// The database is busy; it goes on where it was.
pub async fn carry_on(platform: &Platform) -> Result<()> {
    carry_on_for(platform, BLOCKS).await
}

/// The same, for at most so many blocks.
///
/// # Errors
/// The database is busy; it goes on where it was.
pub async fn carry_on_for(platform: &Platform, mut blocks: u32) -> Result<()> {
    while blocks > 0 && !platform.is_stopping() {
        let Some(rotation) = claim(platform).await? else { break };
        work(platform, rotation, &mut blocks).await?;
    }
    Ok(())
}

/// Before every owner’s first data key.
const BEFORE_ALL: (Uuid, i64) = (Uuid::nil(), -1);

#[derive(sqlx::FromRow)]
struct Stored {
    owner_id: Uuid,
    generation: i64,
    wrapped: Vec<u8>,
}

/// The next data keys, as they are stored.
async fn stored(platform: &Platform, (owner, generation): (Uuid, i64)) -> Result<Vec<Stored>> {
    let mut tx = platform.begin(Access::Read).await?;
    let block = platform_sql!(
        all Stored,
        &mut tx,
        "SELECT owner_id, generation, wrapped FROM data_keys WHERE (owner_id, generation) > ($1, $2) ORDER BY owner_id, generation LIMIT $3",
        owner,
        generation,
        KEYS
    )?;
    tx.rollback().await?;
    Ok(block)
}

async fn owners(platform: &Platform) -> Result<Vec<Uuid>> {
    let mut owners = Vec::new();
    let mut after = BEFORE_ALL;
    loop {
        let block = stored(platform, after).await?;
        let Some(last) = block.last() else { break };
        after = (last.owner_id, last.generation);
        owners.extend(block.into_iter().map(|key| key.owner_id));
    }
    owners.dedup();
    Ok(owners)
}

/// Every process that runs was started with this master key: it could open nothing that is wrapped under one that it doesn’t know.
async fn servers_know(platform: &Platform, kid: &str) -> Result<()> {
    let mut tx = platform.begin(Access::Read).await?;
    let since = platform.clock.now().plus_seconds(-RUNS_SECONDS);
    let running =
        platform_sql!(all(String, String), &mut tx, "SELECT DISTINCT host, kids FROM boots WHERE seen_at > $1", since)?;
    tx.rollback().await?;
    match running.into_iter().find(|(_, kids)| !kids.split(' ').any(|known| known == kid)) {
        None => Ok(()),
        Some((host, _)) => Err(AppError::new(
            Code::Conflict,
            format!(
                "The server on {host} was started without the key {kid}, and would open nothing that is wrapped under it. Put the key first in its \
                 settings, restart it, and run this again; where it was killed, a minute later. Nothing was changed."
            ),
        )),
    }
}

async fn renew_one(platform: &Platform, tx: &mut crate::db::Tx, owner: Uuid, renewed: &mut Renewed) -> Result<()> {
    // Whoever is erased at this moment gets none: their keys are held until the end, or gone.
    let held = platform_sql!(
        exec,
        tx,
        "UPDATE data_keys SET created_at = created_at WHERE owner_id = $1 AND generation = 1",
        owner
    )?;
    if held == 0 {
        return Ok(());
    }
    let under_way = platform_sql!(
        optional(i64,),
        tx,
        "SELECT generation FROM key_rotations WHERE owner_id = $1 AND finished_at IS NULL",
        owner
    )?;
    if under_way.is_some() {
        renewed.under_way += 1;
        return Ok(());
    }
    let (newest,) = platform_sql!(one(i64,), tx, "SELECT MAX(generation) FROM data_keys WHERE owner_id = $1", owner)?;
    let number = u32::try_from(newest + 1).map_err(|_| AppError::internal())?;
    let wrapped = platform.keyring.new_data_key(owner, number).0;
    let now = platform.clock.now();
    let begins = now.plus_seconds(SPREADS_SECONDS);
    platform_sql!(
        exec,
        tx,
        "INSERT INTO data_keys (owner_id, generation, wrapped, created_at, current_from) VALUES ($1, $2, $3, $4, $5)",
        owner,
        i64::from(number),
        wrapped,
        now,
        begins
    )?;
    platform_sql!(
        exec,
        tx,
        "INSERT INTO key_rotations (owner_id, generation, asked_at, begins_at, after_id) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (owner_id) DO UPDATE SET generation = excluded.generation, asked_at = excluded.asked_at, begins_at = excluded.begins_at,
           leased_until = NULL, pass_began_at = NULL, at_table = '', at_column = '', after_id = excluded.after_id, in_pass = 0, sealed = 0,
           refused = 0, finished_at = NULL",
        owner,
        i64::from(number),
        now,
        begins,
        Uuid::nil()
    )?;
    renewed.begun += 1;
    Ok(())
}

/// Whose fields are being sealed anew, and how far that is.
#[derive(sqlx::FromRow)]
struct Rotation {
    owner_id: Uuid,
    generation: i64,
    begins_at: Instant,
    pass_began_at: Option<Instant>,
    at_table: String,
    at_column: String,
    after_id: Uuid,
    in_pass: i64,
    sealed: i64,
    refused: i64,
}

/// One that nobody is at.
async fn claim(platform: &Platform) -> Result<Option<Rotation>> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(
        optional Rotation,
        &mut tx,
        "SELECT owner_id, generation, begins_at, pass_began_at, at_table, at_column, after_id, in_pass, sealed, refused FROM key_rotations
         WHERE finished_at IS NULL AND begins_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) ORDER BY begins_at, owner_id LIMIT 1",
        now
    )?;
    tx.rollback().await?;
    let Some(mut rotation) = found else { return Ok(None) };
    let mut tx = platform.begin(Access::Write).await?;
    let mine = platform_sql!(
        exec,
        &mut tx,
        "UPDATE key_rotations SET leased_until = $2, pass_began_at = coalesce(pass_began_at, $3)
         WHERE owner_id = $1 AND finished_at IS NULL AND (leased_until IS NULL OR leased_until <= $3)",
        rotation.owner_id,
        now.plus_seconds(LEASE_SECONDS),
        now
    )?;
    tx.commit().await?;
    rotation.pass_began_at = rotation.pass_began_at.or(Some(now));
    platform.read_keys_again(rotation.owner_id);
    // Whoever was quicker has it; the next turn looks again.
    Ok((mine > 0).then_some(rotation))
}

/// Goes on with a pass, to its end or to that of the turn.
async fn work(platform: &Platform, mut rotation: Rotation, blocks: &mut u32) -> Result<()> {
    let whose = if rotation.owner_id == PLATFORM_OWNER { Whose::Platform } else { Whose::Organisation };
    let columns = sealed::all().into_iter();
    let columns = columns.filter(|column| column.whose == whose && !matches!(column.lies, Lies::ForGood(_)));
    let mut saved = std::time::Instant::now();
    for column in columns {
        let here = (column.table, column.column);
        let at = (rotation.at_table.as_str(), rotation.at_column.as_str());
        if here < at {
            continue;
        }
        if here > at {
            (rotation.at_table, rotation.at_column) = (column.table.to_owned(), column.column.to_owned());
            rotation.after_id = Uuid::nil();
        }
        loop {
            if *blocks == 0 || platform.is_stopping() {
                let mut tx = platform.begin(Access::Write).await?;
                save(platform, &mut tx, &rotation, 0).await?;
                return Ok(tx.commit().await?);
            }
            *blocks -= 1;
            let block = read(platform, &rotation, &column).await?;
            let Some(block) = block else { return Ok(()) };
            rotation.refused += block.refused;
            rotation.in_pass += block.on_disk;
            rotation.sealed += block.on_disk;
            if let Some(last) = block.last {
                rotation.after_id = last;
            }
            if !block.anew.is_empty() || block.on_disk > 0 || saved.elapsed() > RENEW_LEASE_AFTER {
                let mut tx = platform.begin_across_orgs(Access::Write).await?;
                for (row, before, anew) in block.anew {
                    // Where somebody was quicker, the next pass looks what they left.
                    rotation.in_pass += 1;
                    let replaced = tx.replace_sealed(&column, rotation.owner_id, row, &before, anew).await?;
                    rotation.sealed += i64::from(replaced);
                }
                if !save(platform, &mut tx, &rotation, LEASE_SECONDS).await? {
                    return Ok(tx.rollback().await?);
                }
                tx.commit().await?;
                saved = std::time::Instant::now();
            }
            if !block.more {
                break;
            }
        }
    }
    end_pass(platform, &rotation).await
}

/// What is to be done in some rows of a column.
struct Block {
    /// The last of them.
    last: Option<Uuid>,
    /// There may be more.
    more: bool,
    /// What is to be put in the place of what.
    anew: Vec<(Uuid, Vec<u8>, Vec<u8>)>,
    /// Files that were sealed anew.
    on_disk: i64,
    refused: i64,
}

/// The next rows. `None`: this process can’t seal with the new key yet.
async fn read(platform: &Platform, rotation: &Rotation, column: &Sealed) -> Result<Option<Block>> {
    let (owner, after) = (rotation.owner_id, rotation.after_id);
    let at_once = if column.lies == Lies::InRow { ROWS } else { LARGE_ROWS };
    let full = |rows: usize| i64::try_from(rows).is_ok_and(|rows| rows >= at_once);
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, owner).await?;
    if i64::from(keys.generation()) < rotation.generation {
        tx.rollback().await?;
        return Ok(None);
    }
    if column.lies == Lies::OnDisk {
        let rows = tx.on_disk_after(column, owner, after, at_once).await?;
        tx.rollback().await?;
        let mut block =
            Block { last: rows.last().copied(), more: full(rows.len()), anew: Vec::new(), on_disk: 0, refused: 0 };
        for row in rows {
            match platform.files.seal_anew(OrgId(owner), Arc::clone(&keys), place(column, row)).await {
                Ok(anew) => block.on_disk += i64::from(anew),
                Err(_) => block.refused += 1,
            }
        }
        return Ok(Some(block));
    }
    let rows = tx.sealed_after(column, owner, after, at_once, &keys.header()).await?;
    tx.rollback().await?;
    let mut block = Block {
        last: rows.last().map(|(row, _)| *row),
        more: full(rows.len()),
        anew: Vec::with_capacity(rows.len()),
        on_disk: 0,
        refused: 0,
    };
    for (row, before) in rows {
        let Some(before) = before else { continue };
        match keys.reseal(place(column, row), &before) {
            Ok(Some(anew)) => block.anew.push((row, before, anew)),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "a value can’t be sealed anew, and stays as it is");
                block.refused += 1;
            }
        }
    }
    Ok(Some(block))
}

fn place(column: &Sealed, row: Uuid) -> Place {
    Place { table: column.table, column: column.column, row }
}

/// Writes down how far it is. `false`: it is no longer to be done.
async fn save(platform: &Platform, tx: &mut crate::db::Tx, rotation: &Rotation, lease_seconds: i64) -> Result<bool> {
    let until = platform.clock.now().plus_seconds(lease_seconds);
    let saved = platform_sql!(
        exec,
        tx,
        "UPDATE key_rotations SET leased_until = $3, at_table = $4, at_column = $5, after_id = $6, in_pass = $7, sealed = $8, refused = $9
         WHERE owner_id = $1 AND generation = $2 AND finished_at IS NULL",
        rotation.owner_id,
        rotation.generation,
        until,
        &rotation.at_table,
        &rotation.at_column,
        rotation.after_id,
        rotation.in_pass,
        rotation.sealed,
        rotation.refused
    )?;
    Ok(saved > 0)
}

/// The last pass is one that found nothing to do, and that began when nobody could seal with the key before any more.
async fn end_pass(platform: &Platform, rotation: &Rotation) -> Result<()> {
    let now = platform.clock.now();
    let settled = rotation.begins_at.plus_seconds(SPREADS_SECONDS);
    let over = rotation.in_pass == 0 && rotation.pass_began_at.is_some_and(|began| began >= settled);
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE key_rotations SET finished_at = $3, leased_until = $4, pass_began_at = NULL, at_table = '', at_column = '', after_id = $5, in_pass = 0,
           sealed = $6, refused = $7 WHERE owner_id = $1 AND generation = $2 AND finished_at IS NULL",
        rotation.owner_id,
        rotation.generation,
        over.then_some(now),
        (!over && now < settled).then_some(settled),
        Uuid::nil(),
        rotation.sealed,
        if over { rotation.refused } else { 0 }
    )?;
    Ok(tx.commit().await?)
}
