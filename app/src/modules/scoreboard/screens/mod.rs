//! Office screens: a television shows a short code, an admin types it in and names the screen, and from then on it shows its boards without a
//! log-in.

pub mod api;
pub mod codes;
pub mod http;
pub mod playlist;
pub mod room;
mod show;
pub mod store;
pub mod typed;
pub mod views;

use std::collections::BTreeSet;

use playlist::{Item, Playlist};
use store::Screen;

use super::{
    board::{self, Book},
    contests,
    ids::{ContestId, ScreenId},
    people::{finish, open},
    permissions, store as tables,
};
use crate::{
    auth::secret_token::SecretToken,
    clock::Instant,
    db::{Access, DbError},
    error::{AppError, Code, FieldErrors, Result},
    ids::OrgId,
    links::Link,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
    platform_sql,
    web::check_name,
};

/// An organisation has so many screens at most.
pub const MOST: usize = 100;
/// The screens of an organisation show so many different boards at most: each is made anew when something happens.
const MOST_BOARDS: usize = 60;
/// A screen has so long to come once its code was typed: one that is on comes within seconds.
const COMES_WITHIN_SECONDS: i64 = 3 * 60;
/// So many codes can wait for their screens at once.
const MOST_WAITING: usize = 5;
/// That a screen was heard of is noted at most this often.
const NOTED_SECONDS: i64 = 30;

/// A screen as its browser shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Whose it is.
    pub org: OrgId,
    /// Which.
    pub id: ScreenId,
}

impl Known {
    /// It as an actor: it may see its own organisation's boards, as everybody sees them, and nothing else.
    pub fn actor(self) -> Actor {
        Actor::Link(Link { org: self.org.0, subject: self.id.0, expires: i64::MAX })
    }
}

/// All screens, for who sets them up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Screen>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let screens = store::screens(&mut tx).await?;
    tx.rollback().await?;
    Ok(screens)
}

/// Takes the screen that shows this code, under a name. It comes for its boards by itself, within three minutes.
///
/// # Errors
/// 422 at a code that no screen can show, or that was typed before, and at the name.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, code: &str, name: &str) -> Result<ScreenId> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::screens(&mut tx).await?;
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(name));
    let code = codes::read(code);
    if code.is_none() {
        errors.add("code", "No screen shows that code. Check it on the screen: seven letters and digits.");
    }
    if existing.len() >= MOST {
        errors.add("name", format!("There is room for {MOST} screens."));
    }
    if existing.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
        errors.add("name", format!("There is a “{name}” already. Give it another name."));
    }
    errors.finish()?;
    let waiting = existing.iter().filter(|other| other.code_until.is_some_and(|until| until > tx.now())).count();
    if waiting >= MOST_WAITING {
        let words = "Several codes wait for their screens already. Please wait until those have come.";
        let seconds = u32::try_from(COMES_WITHIN_SECONDS).unwrap_or(0);
        return Err(AppError { retry_after: Some(seconds), ..AppError::new(Code::TooMany, words) });
    }
    store::forget_codes(&mut tx).await?;
    let book = board::book(&mut tx).await?;
    let playlist = Playlist::usual(&book).stored();
    let id = ScreenId::new(tx.now());
    let until = tx.now().plus_seconds(COMES_WITHIN_SECONDS);
    store::insert_screen(&mut tx, id, &name, &playlist, &code.unwrap_or_default(), until).await.map_err(|error| {
        match error {
            DbError::Unique => {
                AppError::field("code", "Somebody typed this code already. Load the screen’s page again for another.")
            }
            error => error.into(),
        }
    })?;
    finish(tx, "scoreboard.screen_added", id.0).await?;
    Ok(id)
}

/// Says anew what a screen is called and what it shows. It shows it at once.
///
/// # Errors
/// 404 for one that isn't this organisation's; 422 at what is wrong; 409 where somebody else changed it since `version`.
pub async fn save(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    name: &str,
    playlist: &Playlist,
    version: i64,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::screens(&mut tx).await?;
    let now = find(&existing, id)?;
    keep(tx, &existing, now, name, playlist, version).await
}

/// Changes what a screen shows, as it is now: a part of it, and the rest stays. `name`: what it is called from now on, if that changes.
///
/// # Errors
/// As [`save`], and what `change` says.
pub async fn change(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    name: Option<&str>,
    change: impl FnOnce(&mut Playlist) -> Result<()> + Send,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::screens(&mut tx).await?;
    let now = find(&existing, id)?;
    // A place in the list is one in the list that was read.
    if version != now.version {
        return Err(AppError::changed("this screen", now.version, Vec::new()));
    }
    let mut playlist = Playlist::read(&now.playlist);
    change(&mut playlist)?;
    keep(tx, &existing, now, name.unwrap_or(&now.name), &playlist, version).await
}

async fn keep(
    mut tx: OrgTx,
    existing: &[Screen],
    now: &Screen,
    name: &str,
    playlist: &Playlist,
    version: i64,
) -> Result<()> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(name));
    if existing.iter().any(|other| other.id != now.id && other.name.to_lowercase() == name.to_lowercase()) {
        errors.add("name", format!("There is a “{name}” already. Give it another name."));
    }
    let before = Playlist::read(&now.playlist);
    let asks_for_contests = playlist.items.iter().any(|slot| matches!(slot.item, Item::Contest { .. }));
    let (metrics, running) = if asks_for_contests {
        let book = board::book(&mut tx).await?;
        let running = contests::running(&mut tx, &book).await?;
        (book.metrics, running)
    } else {
        (tables::metrics(&mut tx).await?, Vec::new())
    };
    playlist.check(&before, &metrics, &running, &mut errors);
    let others =
        existing.iter().filter(|other| other.id != now.id).flat_map(|other| Playlist::read(&other.playlist).items);
    let all = others.chain(playlist.items.iter().cloned()).map(|slot| slot.item);
    let all: BTreeSet<String> = all.filter(Item::is_live).map(|item| item.key()).collect();
    if all.len() > MOST_BOARDS {
        errors.add("items", format!("Your screens can show {MOST_BOARDS} different boards in all."));
    }
    errors.finish()?;
    if version != now.version || store::update_screen(&mut tx, now.id, &name, &playlist.stored(), version).await? == 0 {
        return Err(AppError::changed("this screen", now.version, Vec::new()));
    }
    finish(tx, "scoreboard.screen_saved", now.id.0).await
}

/// Takes a screen away: it shows nothing more at once.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::screens(&mut tx).await?;
    let id = find(&existing, id)?.id;
    store::delete_screen(&mut tx, id).await?;
    finish(tx, "scoreboard.screen_removed", id.0).await
}

/// What is counted has another word from now on: screens show it all the same.
///
/// # Errors
/// The database is busy.
pub async fn rename(tx: &mut OrgTx, before: &str, now: &str) -> Result<()> {
    for screen in store::screens(tx).await? {
        let mut playlist = Playlist::read(&screen.playlist);
        if playlist.rename(before, now) {
            store::update_screen(tx, screen.id, &screen.name, &playlist.stored(), screen.version).await?;
        }
    }
    Ok(())
}

/// One of them by its id.
///
/// # Errors
/// 404.
pub fn find<'s>(screens: &'s [Screen], id: &str) -> Result<&'s Screen> {
    screens.iter().find(|screen| screen.id.to_string() == id).ok_or_else(|| AppError::not_found("that screen"))
}

/// The screen that has this token, or that an admin has just typed the code of, which is its from then on. `None`: nobody has yet.
///
/// # Errors
/// The database is busy.
pub async fn recognise(platform: &Platform, token: &SecretToken) -> Result<Option<Known>> {
    if let Some(known) = holder(platform, token).await? {
        return Ok(Some(known));
    }
    let now = platform.clock.now();
    let [current, before] = codes::of(platform, token, now);
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId, ScreenId),
        &mut tx,
        "SELECT org_id, id FROM scoreboard_screens WHERE code IN ($1, $2) AND code_until > $3 ORDER BY created_at LIMIT 1",
        current.as_str(),
        before.as_str(),
        now
    )?;
    tx.rollback().await?;
    let Some((org, id)) = found else { return Ok(None) };
    let actor = Actor::System("a screen comes for its boards");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::SHOW, Access::Write).await?;
    if store::pair(&mut tx, id, &token.hash()).await? == 0 {
        tx.rollback().await?;
        return Ok(None);
    }
    tx.emit("scoreboard.screen_paired", id.0).await?;
    tx.commit().await?;
    Ok(Some(Known { org, id }))
}

/// The screen that has this token.
///
/// # Errors
/// The database is busy.
pub async fn holder(platform: &Platform, token: &SecretToken) -> Result<Option<Known>> {
    let hash = token.hash().to_vec();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId, ScreenId),
        &mut tx,
        "SELECT org_id, id FROM scoreboard_screens WHERE token_hash = $1",
        hash
    )?;
    tx.rollback().await?;
    Ok(found.map(|(org, id)| Known { org, id }))
}

/// Opens its organisation for a screen, to read what it shows.
///
/// # Errors
/// 404 where it is no screen any more, or the organisation has the module no longer; 402 where it is suspended or its plan has ended.
pub async fn open_for(platform: &Platform, known: Known) -> Result<(OrgTx, Screen)> {
    let mut tx = OrgTx::open(platform, &known.actor(), OrgRef::Id(known.org), &permissions::SHOW, Access::Read).await?;
    tx.check_goes_on("screens show nothing")?;
    let screens = store::screens(&mut tx).await?;
    let screen = screens.into_iter().find(|screen| screen.id == known.id && screen.paired_at.is_some());
    Ok((tx, screen.ok_or_else(|| AppError::not_found("that screen"))?))
}

/// Notes that a screen was heard of, and what it told, if it told anything.
pub async fn heard_of(platform: &Platform, known: Known, told: Option<&Told>) {
    let noted = async {
        let actor = Actor::System("a screen is heard of");
        let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(known.org), &permissions::SHOW, Access::Write).await?;
        match told {
            Some(told) => store::note_screen(&mut tx, known.id, told).await?,
            None => store::note_contact(&mut tx, known.id).await?,
        };
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, screen = %known.id, "it isn’t noted that a screen was heard of");
    }
}

/// What a screen tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The version of its page.
    pub version: String,
    /// What it shows.
    pub shows: String,
    /// Its browser plays no sound.
    pub sound_blocked: bool,
}

/// It is time to note again that a screen was heard of.
pub fn is_due(screen: &Screen, now: Instant) -> bool {
    screen.seen_at.is_none_or(|at| at.plus_seconds(NOTED_SECONDS) <= now)
}

/// What there is to choose from beside what is counted.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// The contests that can be shown: id and name.
    pub contests: Vec<(ContestId, String)>,
    /// Some module knows how full today is.
    pub loads: bool,
}

/// What there is to choose from beside what is counted.
///
/// # Errors
/// The database is busy.
pub async fn offer(tx: &mut OrgTx, book: &Book) -> Result<Offer> {
    let contests = contests::running(tx, book).await?;
    let mut loads = false;
    for module in members::modules(tx).await? {
        loads = loads || module.today_load(tx).await?.is_some();
    }
    Ok(Offer { contests, loads })
}
