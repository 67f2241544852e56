//! The statements about screens: one function each.

use super::{super::ids::ScreenId, Told};
use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

/// A screen, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Screen {
    /// Its id.
    pub id: ScreenId,
    /// Its name.
    pub name: String,
    /// What it shows, as stored.
    pub playlist: String,
    /// Until when it may come for its boards; `None`: it came.
    pub code_until: Option<Instant>,
    /// Since when it is there.
    pub paired_at: Option<Instant>,
    /// When it was heard of last.
    pub seen_at: Option<Instant>,
    /// The version of its page.
    pub seen_version: String,
    /// What it showed then.
    pub shows: String,
    /// Its browser plays no sound.
    pub sound_blocked: bool,
    /// Grows with every change.
    pub version: i64,
}

/// All of them, in the order in which they came.
pub async fn screens(tx: &mut OrgTx) -> Result<Vec<Screen>, DbError> {
    sql!(all Screen, tx,
        "SELECT id, name, playlist, code_until, paired_at, seen_at, seen_version, shows, sound_blocked, version FROM scoreboard_screens WHERE org_id = $1 ORDER BY id")
}

/// Adds one that is yet to come.
pub async fn insert_screen(
    tx: &mut OrgTx,
    id: ScreenId,
    name: &str,
    playlist: &str,
    code: &str,
    until: Instant,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_screens (org_id, id, name, playlist, code, code_until, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7)",
        id,
        name,
        playlist,
        code,
        until,
        now
    )
}

/// Forgets codes that no screen came with in time, so that they stand in nobody's way.
pub async fn forget_codes(tx: &mut OrgTx) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_screens SET code = NULL, code_until = NULL WHERE org_id = $1 AND code_until <= $2",
        now
    )
}

/// It came: this is what it is known by from now on. 0: it came before, or too late.
pub async fn pair(tx: &mut OrgTx, id: ScreenId, token_hash: &[u8]) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_screens SET token_hash = $3, paired_at = $4, seen_at = $4, code = NULL, code_until = NULL WHERE org_id = $1 AND id = $2 AND code_until > $4 AND token_hash IS NULL",
        id,
        token_hash,
        now
    )
}

/// Changes one. 0: it was changed since that version.
pub async fn update_screen(
    tx: &mut OrgTx,
    id: ScreenId,
    name: &str,
    playlist: &str,
    version: i64,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_screens SET name = $3, playlist = $4, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $5",
        id,
        name,
        playlist,
        version
    )
}

/// It is there still.
pub async fn note_contact(tx: &mut OrgTx, id: ScreenId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx, "UPDATE scoreboard_screens SET seen_at = $3 WHERE org_id = $1 AND id = $2", id, now)
}

/// It told what it shows.
pub async fn note_screen(tx: &mut OrgTx, id: ScreenId, told: &Told) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_screens SET seen_at = $3, seen_version = $4, shows = $5, sound_blocked = $6 WHERE org_id = $1 AND id = $2",
        id,
        now,
        told.version.as_str(),
        told.shows.as_str(),
        told.sound_blocked
    )
}

/// Takes one away.
pub async fn delete_screen(tx: &mut OrgTx, id: ScreenId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_screens WHERE org_id = $1 AND id = $2", id)
}
