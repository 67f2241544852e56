//! The JSON API of office screens, and of whether somebody wants to be on boards.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    board,
    celebrations::{self, CelebratingBody},
    ids::ScreenId,
    people, permissions,
    screens::{
        self, Offer,
        playlist::{Item, Playlist, Slot, When, announcement_typed, minute_sent},
        store::Screen,
    },
};
use crate::{
    clock::Instant,
    db::Access,
    error::{FieldErrors, Result},
    org::{OrgRef, OrgTx},
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_screens, add_screen))
        .routes(routes!(list_choices))
        .routes(routes!(change_screen, delete_screen))
        .routes(routes!(read_celebrations, change_celebrations))
        .routes(routes!(set_own))
}

/// An office screen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreenView {
    id: ScreenId,
    /// Until when it can come for its boards, RFC 3339; null where it came, or can’t any more.
    comes_until: Option<String>,
    /// Since when it is there, RFC 3339; null where it didn’t come yet.
    paired_at: Option<String>,
    /// When it was heard of last, RFC 3339.
    seen_at: Option<String>,
    /// The version of its page, as it told last.
    seen_version: String,
    /// What it showed then.
    shows: String,
    /// Its browser plays no sound.
    sound_blocked: bool,
    /// What to send to change it.
    #[serde(flatten)]
    screen: ScreenBody,
}

/// What a screen is called, and what it shows.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenBody {
    /// Its name.
    name: String,
    /// What it shows, one after the other; 20 at most.
    items: Vec<ItemBody>,
    /// How many seconds each is shown, 5 to 600, but for those that say otherwise.
    seconds: u32,
    /// Celebrations are heard, too, where its browser lets them.
    #[serde(default)]
    sound: bool,
    /// The version that was read.
    version: i64,
}

/// Something that a screen shows, and when.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemBody {
    /// By the keys that `screens/choices` gives; or `announcement`.
    show: String,
    /// What an announcement says.
    #[serde(default)]
    words: String,
    /// The first day of an announcement: `2026-12-24`; absent: from now on.
    #[serde(default)]
    first_day: Option<String>,
    /// Its last day; absent: until it is removed.
    #[serde(default)]
    last_day: Option<String>,
    /// Only on these days of the week, 1 is Monday; none: every day.
    #[serde(default)]
    days: Vec<i64>,
    /// From this time of the business’s clock on: `08:00`; absent: from midnight.
    #[serde(default)]
    from: Option<String>,
    /// Until then; before `from`: past midnight, into the next day. Absent: until midnight.
    #[serde(default)]
    until: Option<String>,
    /// So many seconds, 5 to 600; absent: as long as the others.
    #[serde(default)]
    seconds: Option<u32>,
}

/// A screen to add.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScreenBody {
    /// The seven letters and digits that it shows.
    code: String,
    /// Its name.
    name: String,
}

/// The screen that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedScreenView {
    id: ScreenId,
}

/// Something that a screen can show.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreenChoiceView {
    /// What to send to have it shown: `board:sales:month:people`.
    key: String,
    /// For people: “Sales: people, month”.
    label: String,
}

/// Whether whoever asks is on boards.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnResultsBody {
    /// Their name and figures are on no board. They still count for their teams.
    opted_out: bool,
}

/// The office screens, in the order in which they were added.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/screens", tag = "scoreboard", security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<ScreenView>), (status = "default", body = Problem)))]
async fn list_screens(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ScreenView>>> {
    let all = screens::all(&platform, &actor, &org).await?;
    Ok(Json(all.into_iter().map(screen_view).collect()))
}

/// Takes the screen that shows a code. It comes for its boards by itself, within a quarter of an hour.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/screens", tag = "scoreboard", request_body = NewScreenBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = AddedScreenView), (status = "default", body = Problem)))]
async fn add_screen(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<NewScreenBody>,
) -> Result<(StatusCode, Json<AddedScreenView>)> {
    let id = screens::add(&platform, &actor, &org, &body.code, &body.name).await?;
    Ok((StatusCode::CREATED, Json(AddedScreenView { id })))
}

/// What screens can show beside announcements: boards, team totals and targets of what everybody may see, what came in last, contests, and how
/// full today is.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/screens/choices", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<ScreenChoiceView>), (status = "default", body = Problem)))]
async fn list_choices(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ScreenChoiceView>>> {
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::SET_UP, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let Offer { contests, loads } = screens::offer(&mut tx, &book).await?;
    tx.rollback().await?;
    let view = |item: Item| ScreenChoiceView { key: item.key(), label: item.label(&book.metrics, &contests) };
    Ok(Json(Playlist::all(&book, &contests, loads).into_iter().map(view).collect()))
}

/// Says anew what a screen is called and what it shows; it shows it at once. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/screens/{id}", tag = "scoreboard", request_body = ScreenBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_screen(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ScreenBody>,
) -> Result<StatusCode> {
    let ScreenBody { name, items, seconds, sound, version } = body;
    let items = items.iter().map(slot).collect::<Result<Vec<_>>>()?;
    let playlist = Playlist { items, seconds, sound };
    screens::save(&platform, &actor, &org, &id, &name, &playlist, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a screen away: it shows nothing more at once.
#[utoipa::path(delete, path = "/orgs/{org}/scoreboard/screens/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn delete_screen(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    screens::remove(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What screens celebrate.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/celebrations", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = CelebratingBody), (status = "default", body = Problem)))]
async fn read_celebrations(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<CelebratingBody>> {
    let (body, _) = celebrations::read(&platform, &actor, &org).await?;
    Ok(Json(body))
}

/// Says anew what screens celebrate. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/celebrations", tag = "scoreboard", request_body = CelebratingBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_celebrations(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<CelebratingBody>,
) -> Result<StatusCode> {
    celebrations::save(&platform, &actor, &org, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes whoever asks off every board, or has them on boards again. 404 for whose results aren’t counted, and for programs.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/me", tag = "scoreboard", request_body = OwnResultsBody,
    security(("token" = ["scoreboard.view"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_own(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<OwnResultsBody>,
) -> Result<StatusCode> {
    people::opt_out(&platform, &actor, &org, body.opted_out).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is sent of a thing to show. Whatever is wrong with it is said at `items`.
fn slot(body: &ItemBody) -> Result<Slot> {
    let (mut all, mut errors) = (FieldErrors::default(), FieldErrors::default());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let item = if body.show == "announcement" {
        Some(announcement_typed(&body.words, &text(&body.first_day), &text(&body.last_day), &mut errors))
    } else {
        Item::parse(&body.show)
    };
    if item.is_none() {
        errors.add("show", "Choose what there is to choose.");
    }
    let days: Vec<String> = body.days.iter().map(i64::to_string).collect();
    let when = When::typed(&days, &text(&body.from), &text(&body.until), &mut errors);
    let slot = Slot { item: item.unwrap_or(Item::Today), when, seconds: body.seconds };
    slot.check(&mut errors);
    for error in errors.into_fields() {
        all.add("items", format!("{}: {}", error.field, error.message));
    }
    all.finish()?;
    Ok(slot)
}

fn item_body(slot: &Slot) -> ItemBody {
    let (words, first_day, last_day) = match &slot.item {
        Item::Announcement { words, first_day, last_day } => (words.clone(), *first_day, *last_day),
        _ => (String::new(), None, None),
    };
    ItemBody {
        show: slot.item.key(),
        words,
        first_day: first_day.map(|day| day.to_string()),
        last_day: last_day.map(|day| day.to_string()),
        days: slot.when.days.iter().map(|day| i64::from(*day)).collect(),
        from: slot.when.from.map(minute_sent),
        until: slot.when.until.map(minute_sent),
        seconds: slot.seconds,
    }
}

fn screen_view(screen: Screen) -> ScreenView {
    let Playlist { items, seconds, sound } = Playlist::read(&screen.playlist);
    let at = |at: Option<Instant>| at.map(|at| at.to_string());
    ScreenView {
        id: screen.id,
        comes_until: at(screen.code_until),
        paired_at: at(screen.paired_at),
        seen_at: at(screen.seen_at),
        seen_version: screen.seen_version,
        shows: screen.shows,
        sound_blocked: screen.sound_blocked,
        screen: ScreenBody {
            name: screen.name,
            items: items.iter().map(item_body).collect(),
            seconds,
            sound,
            version: screen.version,
        },
    }
}
