//! How an organisation's public pages look: a colour, and a logo. A logo is read by its bytes, never by its name, and written anew
//! by ourselves: what is given out is a PNG of ours, whatever somebody sent.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    colour::Colour,
    pictures::{self, Drawn},
    wire::Look,
};
use crate::{
    audit::Detail,
    db::Access,
    error::{AppError, Code, Result},
    ids::OrgId,
    org::{Actor, Audience, Org, OrgRef, OrgTx, Permission},
    permissions,
    platform::Platform,
    sql,
    web::{Path, Query},
};

/// The largest file that is taken.
pub const LARGEST_LOGO: usize = 512 * 1024;

/// Anybody sees it.
static SEE_LOGO: Permission =
    Permission { name: "platform.logo", module: None, audience: Audience::Public, label: "See the logo" };

/// How the organisation's public pages look.
pub fn of(org: &Org) -> Look {
    let accent = Colour::parse(&org.accent);
    Look {
        style: accent.map_or_else(String::new, |colour| {
            format!("--accent:{};--accent-dark:{}", colour.hex(), colour.for_dark().hex())
        }),
        logo: if org.logo_version > 0 { address(org) } else { String::new() },
    }
}

/// Chooses the colour; without one the pages have ours.
///
/// # Errors
/// 422 at `accent` for what is no colour, or couldn't be read.
pub async fn save_accent(platform: &Platform, actor: &Actor, org: &str, accent: &str) -> Result<()> {
    let mut tx = open(platform, actor, OrgRef::Slug(org)).await?;
    let accent = match accent.trim() {
        "" => String::new(),
        text => match Colour::parse(text) {
            None => return Err(AppError::field("accent", "Enter a colour like #1b5470.")),
            Some(colour) if !colour.is_readable() => {
                return Err(AppError::field("accent", "That is too pale to be read. Choose a darker one."));
            }
            Some(colour) => colour.hex(),
        },
    };
    sql!(exec, &mut tx, "UPDATE organisations SET accent = $2 WHERE id = $1", accent)?;
    let id = tx.id().0;
    tx.emit("platform.look_saved", id).await?;
    tx.commit().await
}

/// Whose logo this person may change: asked before a file is read.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn may_change(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgId> {
    let tx = OrgTx::before_a_change(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_DETAILS).await?;
    let id = tx.id();
    tx.rollback().await?;
    Ok(id)
}

/// Puts another logo in the place of the one that is there.
///
/// # Errors
/// 413 for a file or a picture that is too large; 422 at `logo` for one that is no picture of a kind that we take; 503 while too many
/// are read.
pub async fn save_logo(platform: &Platform, actor: &Actor, org: OrgId, file: Vec<u8>) -> Result<()> {
    if file.len() > LARGEST_LOGO {
        return Err(AppError::new(Code::TooLarge, "That file is too large: at most 512 KB."));
    }
    let Drawn { png, width, height } = platform.pictures.draw(org, file, pictures::png).await?;
    let mut tx = open(platform, actor, OrgRef::Id(org)).await?;
    sql!(exec, &mut tx, "DELETE FROM logos WHERE org_id = $1")?;
    let (version,) = sql!(
        one(i64,),
        &mut tx,
        "UPDATE organisations SET logo_version = abs(logo_version) + 1 WHERE id = $1 RETURNING logo_version"
    )?;
    sql!(
        exec,
        &mut tx,
        "INSERT INTO logos (org_id, version, png, width, height) VALUES ($1, $2, $3, $4, $5)",
        version,
        png,
        i64::from(width),
        i64::from(height)
    )?;
    let id = tx.id().0;
    tx.emit("platform.look_saved", id).await?;
    tx.commit().await
}

/// Takes the logo away.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn remove_logo(platform: &Platform, actor: &Actor, org: &str) -> Result<()> {
    let mut tx = open(platform, actor, OrgRef::Slug(org)).await?;
    sql!(exec, &mut tx, "DELETE FROM logos WHERE org_id = $1")?;
    // The number is kept: the address of the next is another than that of any before.
    sql!(exec, &mut tx, "UPDATE organisations SET logo_version = -abs(logo_version) WHERE id = $1")?;
    let id = tx.id().0;
    tx.audit("platform.look_saved", id, &Detail::default().with("logo", "removed")).await?;
    tx.emit("platform.look_saved", id).await?;
    tx.commit().await
}

type Png = (Vec<u8>,);

/// The query of a logo's address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    v: Option<i64>,
}

/// `/b/{org}/logo.png`: for ever under the address of its version.
///
/// # Errors
/// 404 where there is none.
pub async fn logo(
    State(platform): State<Platform>,
    Path(org): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let actor = Actor::Anonymous;
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &SEE_LOGO, Access::Read).await?;
    let version = tx.org().logo_version;
    tx.last();
    let found = picture(&mut tx).await?;
    tx.rollback().await?;
    let png = found.ok_or_else(|| AppError::not_found("that logo"))?;
    let rule = if asked.v == Some(version) { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    Ok(([(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, rule)], png).into_response())
}

/// The organisation’s logo, a PNG of ours; `None` where it has none.
///
/// # Errors
/// The database is busy.
pub async fn picture(tx: &mut OrgTx) -> Result<Option<Vec<u8>>> {
    let found = sql!(all Png, tx, "SELECT png FROM logos WHERE org_id = $1")?;
    Ok(found.into_iter().next().map(|(png,)| png))
}

/// The address of the logo that it has now.
fn address(org: &Org) -> String {
    format!("/b/{}/logo.png?v={}", org.slug, org.logo_version)
}

async fn open(platform: &Platform, actor: &Actor, org: OrgRef<'_>) -> Result<OrgTx> {
    OrgTx::open(platform, actor, org, &permissions::CHANGE_DETAILS, Access::Write).await
}
