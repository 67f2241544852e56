//! Files that people send, from forms that work without JavaScript.

use app::{
    auth::standing::Standing,
    error::{AppError, Code},
    module::{SentFile, Upload},
    modules::MODULES,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    settings::look::{self, LARGEST_LOGO},
    ui::{forgery, with_query},
    web::Path,
};
use axum::{
    Extension,
    extract::{Multipart, State},
    response::{IntoResponse, Redirect, Response},
};

/// The largest body of such a form: a logo, and what stands around it.
pub const LARGEST_UPLOAD: usize = LARGEST_LOGO + 16 * 1024;

/// So much of a file’s name is told to its sender again, in letters.
const LONGEST_NAME: usize = 60;
/// And so much of it is told to the module that takes the file.
const LONGEST_KEPT_NAME: usize = 1000;

/// Is this the address of such a form? It brings its token in a field, as the forms of server functions do.
pub fn is_upload(path: &str) -> bool {
    let below = path.strip_prefix("/app/").and_then(|rest| rest.split_once('/')).map(|(_, below)| below);
    below.is_some_and(|below| below == "settings/look/logo" || of_modules().any(|upload| upload.path == below))
}

/// The files that modules take.
pub fn of_modules() -> impl Iterator<Item = &'static Upload> {
    MODULES.iter().flat_map(|module| module.uploads())
}

/// A file for a module. What comes of it stands on the page that it leads to.
///
/// # Errors
/// As [`OrgTx::before_a_change`], before the file is read; and what the module says of it.
pub async fn to_module(
    upload: &'static Upload,
    State(platform): State<Platform>,
    Extension(actor): Extension<Actor>,
    Extension(standing): Extension<Standing>,
    Path(org): Path<String>,
    form: Multipart,
) -> Result<Response, AppError> {
    let tx = OrgTx::before_a_change(&platform, &actor, OrgRef::Slug(&org), upload.needs).await?;
    tx.rollback().await?;
    let mut kind = String::new();
    let file = file_for_module(&platform, standing, form, &mut kind).await;
    let leads_to = (upload.take)(platform, actor, org, kind, file).await?;
    Ok(Redirect::to(&leads_to).into_response())
}

async fn file_for_module(
    platform: &Platform,
    standing: Standing,
    mut form: Multipart,
    kind: &mut String,
) -> Result<SentFile, &'static str> {
    let mut genuine = false;
    // As above: what doesn't come with the token isn't read any further.
    while let Some(field) = form.next_field().await.map_err(|_| "large")? {
        match field.name() {
            Some(forgery::FIELD) => {
                let token = field.text().await.map_err(|_| "large")?;
                genuine = standing.session().is_some_and(|session| platform.links.is_forgery_token(session.0, &token));
            }
            Some("kind") if genuine => {
                let chosen = field.text().await.map_err(|_| "large")?;
                *kind = chosen.chars().take(LONGEST_NAME).collect();
            }
            Some("file") if genuine => {
                let called = field.file_name().unwrap_or_default();
                let name = called.chars().take(LONGEST_KEPT_NAME).collect();
                let content = field.bytes().await.map_err(|_| "large")?.to_vec();
                return if content.is_empty() { Err("none") } else { Ok(SentFile { name, content }) };
            }
            Some("file") => return Err("again"),
            _ => {}
        }
    }
    Err("none")
}

/// `POST /app/{org}/settings/look/logo`: another logo. What comes of it stands on the page that it leads back to.
///
/// # Errors
/// As [`look::may_change`]; 503 while too many pictures are read.
pub async fn logo(
    State(platform): State<Platform>,
    Extension(actor): Extension<Actor>,
    Extension(standing): Extension<Standing>,
    Path(org): Path<String>,
    form: Multipart,
) -> Result<Response, AppError> {
    let id = look::may_change(&platform, &actor, &org).await?;
    let back =
        |pairs: &[(&str, &str)]| Redirect::to(&with_query(&format!("/app/{org}/settings/look"), pairs)).into_response();
    let Sent { name, file } = read(&platform, standing, form).await;
    let refused = |why: &str| back(&[("refused", why), ("file", &name)]);
    let file = match file {
        Ok(file) => file,
        Err(why) => return Ok(refused(why)),
    };
    match look::save_logo(&platform, &actor, id, file).await {
        Ok(()) => Ok(back(&[("uploaded", "1")])),
        Err(error) if error.code == Code::Invalid => Ok(refused("picture")),
        Err(error) if error.code == Code::TooLarge => Ok(refused("large")),
        Err(error) => Err(error),
    }
}

/// What came in a form.
struct Sent {
    /// What the file is called where it comes from, for its sender to read again; empty where that isn’t known.
    name: String,
    /// The file, or why it isn’t taken.
    file: Result<Vec<u8>, &'static str>,
}

/// The file, if the form came with the session's token; or why it isn't taken.
async fn read(platform: &Platform, standing: Standing, form: Multipart) -> Sent {
    let mut name = String::new();
    let file = file(platform, standing, form, &mut name).await;
    Sent { name, file }
}

async fn file(
    platform: &Platform,
    standing: Standing,
    mut form: Multipart,
    name: &mut String,
) -> Result<Vec<u8>, &'static str> {
    let mut genuine = false;
    // The token stands before the file: what doesn't come with it isn't read any further.
    while let Some(field) = form.next_field().await.map_err(|_| "large")? {
        match field.name() {
            Some(forgery::FIELD) => {
                let token = field.text().await.map_err(|_| "large")?;
                genuine = standing.session().is_some_and(|session| platform.links.is_forgery_token(session.0, &token));
            }
            Some("logo") if genuine => {
                let called = field.file_name().unwrap_or_default();
                *name = called.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
                let file = field.bytes().await.map_err(|_| "large")?;
                return if file.is_empty() { Err("none") } else { Ok(file.to_vec()) };
            }
            Some("logo") => return Err("again"),
            _ => {}
        }
    }
    Err("none")
}
