//! The JSON API of office screens, and of whether somebody wants to be on boards.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    board,
    ids::ScreenId,
    people, permissions,
    screens::{
        self,
        playlist::{Item, Playlist},
        store::Screen,
    },
};
use crate::{
    clock::Instant,
    db::Access,
    error::Result,
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
    /// What it shows, one after the other, by the keys that `screens/choices` gives; 20 at most.
    items: Vec<String>,
    /// How many seconds each is shown, 5 to 600.
    seconds: u32,
    /// Shown among them, large; empty: nothing.
    #[serde(default)]
    announcement: String,
    /// The version that was read.
    version: i64,
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

/// What screens can show: boards that everybody may see, and what came in last.
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
    tx.rollback().await?;
    let view = |item: Item| ScreenChoiceView { key: item.key(), label: item.label(&book.metrics) };
    Ok(Json(Playlist::all(&book).into_iter().map(view).collect()))
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
    let ScreenBody { name, items, seconds, announcement, version } = body;
    let playlist = Playlist::typed(&items, &seconds.to_string(), &announcement)?;
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

fn screen_view(screen: Screen) -> ScreenView {
    let Playlist { items, seconds, announcement } = Playlist::read(&screen.playlist);
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
            items: items.iter().map(Item::key).collect(),
            seconds,
            announcement,
            version: screen.version,
        },
    }
}
