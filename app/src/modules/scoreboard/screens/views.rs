//! What the pages of office screens show, read in one go each.

use jiff::{Zoned, tz::TimeZone};

use super::{
    super::{
        board::{self, Of},
        entries,
        ids::ContestId,
        permissions,
    },
    find,
    playlist::{self, KINDS, Playlist, Slot},
    store::{self, Screen},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// The page of office screens.
#[derive(Debug, Clone)]
pub struct ScreensPage {
    /// In the order in which they came.
    pub screens: Vec<Screen>,
    /// The business's clock.
    pub zone: TimeZone,
    /// Now.
    pub now: Instant,
    /// Where screens are opened: `app.example.com.au`.
    pub host: String,
}

/// One of them, and what there is to choose from.
#[derive(Debug, Clone)]
pub struct ScreenPage {
    /// It.
    pub screen: Screen,
    /// What it shows.
    pub playlist: Playlist,
    /// What each thing is called.
    pub labels: Vec<String>,
    /// What can be added: the word, a name, and what it is.
    pub kinds: Vec<(&'static str, &'static str, &'static str)>,
    /// What is counted and everybody sees: its word, its name, and whether it is added up.
    pub metrics: Vec<(String, String, bool)>,
    /// Of whom boards can be.
    pub ofs: Vec<Of>,
    /// The contests that can be shown.
    pub contests: Vec<(ContestId, String)>,
    /// The business's clock.
    pub zone: TimeZone,
    /// Now.
    pub now: Instant,
}

impl ScreenPage {
    /// It is time for this one.
    pub fn is_due(&self, slot: &Slot) -> bool {
        let now: Zoned = self.now.timestamp().to_zoned(self.zone.clone());
        slot.is_due(now.datetime())
    }

    /// One of the things that it shows, by its place, and what it is called.
    ///
    /// # Errors
    /// 404.
    pub fn at(&self, place: &str) -> Result<(usize, &Slot, &str)> {
        let at: Option<usize> = place.parse().ok();
        let found = at.and_then(|at| Some((at, self.playlist.items.get(at)?, self.labels.get(at)?.as_str())));
        found.ok_or_else(|| AppError::not_found("that part of the screen"))
    }
}

/// The page of office screens.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn screens_page(platform: &Platform, actor: &Actor, org: &str) -> Result<ScreensPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let screens = store::screens(&mut tx).await?;
    let (zone, now) = (entries::zone(&tx)?, tx.now());
    tx.rollback().await?;
    let host = platform.origin.split_once("://").map_or("", |(_, host)| host).to_owned();
    Ok(ScreensPage { screens, zone, now, host })
}

/// One screen's page.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for one that isn't this organisation's.
pub async fn screen_page(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<ScreenPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let all = store::screens(&mut tx).await?;
    let screen = find(&all, id)?.clone();
    let book = board::book(&mut tx).await?;
    let offer = super::offer(&mut tx, &book).await?;
    let (zone, now) = (entries::zone(&tx)?, tx.now());
    tx.rollback().await?;
    let playlist = Playlist::read(&screen.playlist);
    let labels = playlist.items.iter().map(|slot| slot.item.label(&book.metrics, &offer.contests)).collect();
    let metrics: Vec<(String, String, bool)> =
        playlist::public(&book).map(|metric| (metric.key.clone(), metric.name.clone(), metric.is_sum())).collect();
    let there_is = |kind: &str| book.everybody.teams.iter().any(|team| team.active && team.kind == kind);
    let ofs = Of::ALL.into_iter().filter(|of| *of == Of::People || there_is(of.kind())).collect();
    let is_offered = |kind: &str| match kind {
        "contest" => !offer.contests.is_empty(),
        "today" => offer.loads,
        "announcement" => true,
        "latest" => metrics.iter().any(|(.., is_sum)| *is_sum),
        _ => !metrics.is_empty(),
    };
    let kinds = KINDS.into_iter().filter(|(kind, ..)| is_offered(kind)).collect();
    Ok(ScreenPage { screen, playlist, labels, kinds, metrics, ofs, contests: offer.contests, zone, now })
}
