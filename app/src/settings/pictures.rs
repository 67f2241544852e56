//! Reading pictures that people send. A small file can be a large picture, and reading one takes a processor and memory for a while: it
//! is judged by what stands at its beginning, and pictures are read one after the other.

use std::{
    collections::HashSet,
    io::Cursor,
    sync::{Arc, Mutex},
};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, imageops::FilterType};
use tokio::sync::Semaphore;

use crate::{
    error::{AppError, Code, Result},
    ids::OrgId,
};

/// The largest picture that is read: in pixels each way, and in bytes once it is unpacked.
const MOST_PIXELS: u32 = 2048;
const MOST_UNPACKED: u64 = 16 << 20;
/// What is kept is no larger, in pixels.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 320;
/// So many may wait, the one that is being read among them: at under a second each, some seconds.
const MOST_WAITING: usize = 8;
/// Whoever found no place tries again after so many seconds.
const AGAIN_SECONDS: u32 = 5;

/// The queue of pictures to be read: one at a time, and one of each organisation.
#[derive(Debug)]
pub struct Pictures {
    turn: Arc<Semaphore>,
    waiting: Arc<Mutex<HashSet<OrgId>>>,
}

/// A place in the queue, until it is dropped.
#[derive(Debug)]
pub struct Place {
    org: OrgId,
    waiting: Arc<Mutex<HashSet<OrgId>>>,
}

/// A picture of ours: a PNG, turned as it is to be seen, and no larger than a logo is shown.
#[derive(Debug)]
pub struct Drawn {
    /// The file.
    pub png: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), waiting: Arc::default() }
    }
}

impl Pictures {
    /// Reads a picture when its turn comes, and makes of it what is kept. The turn lasts as long as the work, whoever went away meanwhile.
    ///
    /// # Errors
    /// 413 for a picture that is too large; 422 at `logo` for what is none; 503 where too many wait, or one of the organisation's
    /// does.
    pub async fn draw<T: Send + 'static>(
        &self,
        org: OrgId,
        file: Vec<u8>,
        kept: fn(&DynamicImage) -> Result<T>,
    ) -> Result<T> {
        let place = self.enter(org)?;
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| AppError::internal())?;
        let work = move || {
            let _held = (turn, place);
            kept(&read(file)?)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| AppError::internal())?
    }

    /// Takes a place in the queue.
    ///
    /// # Errors
    /// 503 where there is none, or the organisation has one.
    pub fn enter(&self, org: OrgId) -> Result<Place> {
        let mut waiting = self.waiting.lock().map_err(|_| AppError::internal())?;
        let busy = if waiting.contains(&org) {
            "Another picture of your organisation is being read. Please send yours again in a moment."
        } else if waiting.len() >= MOST_WAITING {
            "Many pictures are being read. Please send yours again in a moment."
        } else {
            waiting.insert(org);
            return Ok(Place { org, waiting: Arc::clone(&self.waiting) });
        };
        Err(AppError { retry_after: Some(AGAIN_SECONDS), ..AppError::new(Code::Unavailable, busy) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut waiting) = self.waiting.lock() {
            waiting.remove(&self.org);
        }
    }
}

/// As a logo is kept.
///
/// # Errors
/// It can't be written.
pub fn png(picture: &DynamicImage) -> Result<Drawn> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).map_err(unwritable)?;
    Ok(Drawn { png: png.into_inner(), width: picture.width(), height: picture.height() })
}

/// What couldn't be written is ours to look into.
pub fn unwritable(error: ImageError) -> AppError {
    tracing::error!(%error, "a picture can’t be written");
    AppError::internal()
}

/// The picture, turned as it is to be seen, and no larger than a logo is shown.
fn read(file: Vec<u8>) -> Result<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| no_picture())?;
    // By its first bytes: what it is called doesn't matter.
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) {
        return Err(no_picture());
    }
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_PIXELS), Some(MOST_PIXELS));
    limits.max_alloc = Some(MOST_UNPACKED);
    reader.limits(limits);
    let refused = |error: ImageError| match error {
        ImageError::Limits(_) => too_large(),
        _ => no_picture(),
    };
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    // Nothing but the beginning of the file was read yet.
    if width > MOST_PIXELS || height > MOST_PIXELS || decoder.total_bytes() > MOST_UNPACKED {
        return Err(too_large());
    }
    let orientation = decoder.orientation().map_err(refused)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    if picture.width() > WIDTH || picture.height() > HEIGHT {
        picture = picture.resize(WIDTH, HEIGHT, FilterType::Lanczos3);
    }
    Ok(DynamicImage::ImageRgba8(picture.into_rgba8()))
}

fn no_picture() -> AppError {
    AppError::field("logo", "That is no PNG, JPEG or WebP picture that we can read.")
}

fn too_large() -> AppError {
    AppError::new(
        Code::TooLarge,
        "That picture is too large: at most 2,048 pixels each way. A smaller copy of it will do.",
    )
}
