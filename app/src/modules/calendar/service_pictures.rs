//! A picture of a service, as clients see it on the business’s page and on its own. What somebody sends is read by its bytes and drawn
//! anew, as a logo is; what is given out are JPEGs of ours: a small one for lists, which are read on trains, and a large one.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use image::{DynamicImage, Rgba, RgbaImage, codecs::jpeg::JpegEncoder, imageops};
use serde::Deserialize;

use super::{
    ids::ServiceId,
    options::{Picture, ServiceOptions},
    permissions,
    setup::{self, finish, open},
    setup_forms::service_id,
    store::{self, Service},
    wire::Shown,
};
use crate::{
    db::Access,
    error::{AppError, Code, Result},
    module::Upload,
    org::{Actor, Org, OrgRef, OrgTx},
    platform::Platform,
    settings::{look::LARGEST_LOGO, pictures::unwritable},
    ui::with_query,
    web::{Path, Query},
};

/// In lists a picture is no larger, in pixels: twice what it is shown at.
const SMALL: (u32, u32) = (224, 160);
/// Of 100: more can hardly be told from it.
const QUALITY: u8 = 78;

/// The pictures that can be sent: for which service is the form’s `kind`.
pub const UPLOAD: Upload = Upload {
    path: "calendar/services/picture",
    largest: LARGEST_LOGO,
    needs: &permissions::SET_UP,
    take: |platform, actor, org, kind, file| {
        Box::pin(upload(platform, actor, org, kind, file.map(|sent| sent.content)))
    },
};

/// Where a service’s picture is, and how large; `None`: it has none.
pub fn shown(org: &Org, service: ServiceId, options: &ServiceOptions) -> Option<Shown> {
    let Picture { version, width, height } = options.picture?;
    Some(Shown { src: format!("/b/{}/pictures/{service}?v={version}", org.slug), width, height })
}

/// Takes a service’s picture away, if the service is unchanged since `version`.
///
/// # Errors
/// 404 for a service that isn’t this organisation’s; 403 where only admins change it; 409 where it has changed.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str, version: i64) -> Result<()> {
    let (mut tx, service, options) = to_change(platform, actor, org, service_id(id)?).await?;
    if service.version != version {
        return Err(AppError::conflict("Somebody else changed this service meanwhile. Please look at it again."));
    }
    store::delete_picture(&mut tx, service.id).await?;
    store::set_options(&mut tx, service.id, &ServiceOptions { picture: None, ..options }.stored()).await?;
    finish(tx, "calendar.service_saved", service.id.0).await
}

/// The query of a picture’s address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    v: Option<i64>,
    /// As lists show it.
    #[serde(default)]
    small: bool,
}

/// `/b/{org}/pictures/{service}`: for ever under the address of its version. Whoever has the address sees it, as with a service by its
/// secret link.
///
/// # Errors
/// 404 where there is none.
pub async fn picture(
    State(platform): State<Platform>,
    Path((org, service)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let actor = Actor::Anonymous;
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::BROWSE, Access::Read).await?;
    let found = store::picture(&mut tx, service_id(&service)?).await?;
    tx.rollback().await?;
    let (version, large, small) = found.ok_or_else(|| AppError::not_found("that picture"))?;
    let jpeg = if asked.small { small } else { large };
    let rule = if asked.v == Some(version) { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, rule)], jpeg).into_response())
}

async fn upload(
    platform: Platform,
    actor: Actor,
    org: String,
    kind: String,
    file: std::result::Result<Vec<u8>, &'static str>,
) -> Result<String> {
    let page = format!("/app/{org}/calendar/services/{kind}");
    let refused = |why: &str| Ok(with_query(&page, &[("refused", why)]));
    let id = service_id(&kind)?;
    let file = match file {
        Ok(file) => file,
        Err(why) => return refused(why),
    };
    match save(&platform, &actor, &org, id, file).await {
        Ok(()) => Ok(with_query(&page, &[("pictured", "1")])),
        Err(error) if error.code == Code::Invalid => refused("picture"),
        Err(error) if error.code == Code::TooLarge => refused("large"),
        Err(error) => Err(error),
    }
}

async fn save(platform: &Platform, actor: &Actor, org: &str, id: ServiceId, file: Vec<u8>) -> Result<()> {
    if file.len() > LARGEST_LOGO {
        return Err(AppError::new(Code::TooLarge, "That file is too large: at most 512 KB."));
    }
    // Whose it is comes before any work on it.
    let (tx, ..) = to_change(platform, actor, org, id).await?;
    let whose = tx.id();
    tx.rollback().await?;
    let Drawn { large, small, width, height } = platform.pictures.draw(whose, file, drawn).await?;
    let (mut tx, _, options) = to_change(platform, actor, org, id).await?;
    // An address is never another picture’s: the time goes on.
    let version = tx.now().micros();
    let picture = Picture { version, width: i64::from(width), height: i64::from(height) };
    store::delete_picture(&mut tx, id).await?;
    store::insert_picture(&mut tx, id, picture, (large, small)).await?;
    store::set_options(&mut tx, id, &ServiceOptions { picture: Some(picture), ..options }.stored()).await?;
    finish(tx, "calendar.service_saved", id.0).await
}

/// A service that whoever asks may change, with what it is set to.
async fn to_change(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: ServiceId,
) -> Result<(OrgTx, Service, ServiceOptions)> {
    let mut tx = open(platform, actor, org).await?;
    let service = store::service(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that service"))?;
    let options = ServiceOptions::read(&service.options)?;
    setup::may_change(&tx, &options)?;
    Ok((tx, service, options))
}

/// What is kept of a picture.
struct Drawn {
    large: Vec<u8>,
    small: Vec<u8>,
    width: u32,
    height: u32,
}

/// What can be seen through is white.
fn drawn(picture: &DynamicImage) -> Result<Drawn> {
    let (width, height) = (picture.width(), picture.height());
    let mut whole = RgbaImage::from_pixel(width, height, Rgba([u8::MAX; 4]));
    imageops::overlay(&mut whole, picture, 0, 0);
    let whole = DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(whole).into_rgb8());
    let small = whole.resize_to_fill(SMALL.0, SMALL.1, imageops::FilterType::Lanczos3);
    Ok(Drawn { large: jpeg(&whole)?, small: jpeg(&small)?, width, height })
}

fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, QUALITY)).map_err(unwritable)?;
    Ok(file)
}
