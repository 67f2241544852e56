//! Files that people send, from forms that work without JavaScript.

use app::{
    auth::standing::Standing,
    error::{AppError, Code},
    org::Actor,
    platform::Platform,
    settings::look::{self, LARGEST_LOGO},
    ui::forgery,
    web::Path,
};
use axum::{
    Extension,
    extract::{Multipart, State},
    response::{IntoResponse, Redirect, Response},
};

/// The largest body of such a form: a logo, and what stands around it.
pub const LARGEST_UPLOAD: usize = LARGEST_LOGO + 16 * 1024;

/// Is this the address of such a form? It brings its token in a field, as the forms of server functions do.
pub fn is_upload(path: &str) -> bool {
    path.starts_with("/app/") && path.ends_with("/settings/look/logo")
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
    let back = |what: &str| Redirect::to(&format!("/app/{org}/settings/look?{what}")).into_response();
    let file = match read(&platform, standing, form).await {
        Ok(file) => file,
        Err(why) => return Ok(back(&format!("refused={why}"))),
    };
    match look::save_logo(&platform, &actor, id, file).await {
        Ok(()) => Ok(back("uploaded=1")),
        Err(error) if error.code == Code::Invalid => Ok(back("refused=picture")),
        Err(error) if error.code == Code::TooLarge => Ok(back("refused=large")),
        Err(error) => Err(error),
    }
}

/// The file, if the form came with the session's token; or why it isn't taken.
async fn read(platform: &Platform, standing: Standing, mut form: Multipart) -> Result<Vec<u8>, &'static str> {
    let mut genuine = false;
    // The token stands before the file: what doesn't come with it isn't read any further.
    while let Some(field) = form.next_field().await.map_err(|_| "large")? {
        match field.name() {
            Some(forgery::FIELD) => {
                let token = field.text().await.map_err(|_| "large")?;
                genuine = standing.session().is_some_and(|session| platform.links.is_forgery_token(session.0, &token));
            }
            Some("logo") if genuine => {
                let file = field.bytes().await.map_err(|_| "large")?;
                return if file.is_empty() { Err("none") } else { Ok(file.to_vec()) };
            }
            Some("logo") => return Err("again"),
            _ => {}
        }
    }
    Err("none")
}
