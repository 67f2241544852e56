//! The picture that goes along where somebody shares a link to a business’s page: its name in its colour, and its logo. We draw it
//! ourselves, and the same one once.

use std::{
    io::Cursor,
    sync::{Arc, LazyLock},
};

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use icu_normalizer::DecomposingNormalizerBorrowed;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops::FilterType};
use quick_cache::sync::Cache;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::{permissions, public_words as words, store::Service, views};
use crate::{
    db::Access,
    error::{AppError, Result},
    org::{Actor, Org, OrgRef, OrgTx},
    platform::Platform,
    settings::{colour::Colour, look},
    web::{Path, Query, is_known},
};

/// What those who show it ask for: in pixels.
pub const SIZE: (u32, u32) = (1200, 630);
/// Another number makes all pictures new ones.
const DRAWN_AS: u8 = 1;
const MARGIN: u32 = 80;
/// A logo is no larger.
const LOGO: (u32, u32) = (420, 150);
const LOGO_AROUND: u32 = 24;
/// Sizes of the title, from the largest on, in pixels; the smallest one is cut off where it has more lines than there is room for.
const SIZES: [u16; 5] = [112, 96, 80, 64, 52];
const MOST_LINES: usize = 3;
const LINE_SIZE: u16 = 40;
/// Between the title and the line below it.
const BETWEEN: u32 = 28;
const WHITE: Rgb<u8> = Rgb([255; 3]);

/// The font of the pages, in the one weight that is drawn (SIL Open Font License 1.1, beside it).
static FONT: &[u8] = include_bytes!("card/familjen-grotesk-650.ttf");
/// Those that were asked for last.
static KEPT: LazyLock<Cache<String, Bytes>> = LazyLock::new(|| Cache::new(128));
/// So many are drawn at once.
static TURN: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));

/// What is on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    title: String,
    line: String,
    colour: Colour,
    /// Whose logo, and which; 0: none.
    logo: (String, i64),
}

/// The query of its address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    v: Option<String>,
}

impl Card {
    /// A business’s.
    pub fn of_business(org: &Org) -> Self {
        Self::new(org, org.name.clone(), words::BOOK_ONLINE.to_owned())
    }

    /// A service’s.
    ///
    /// # Errors
    /// Its options can’t be read.
    pub fn of_service(org: &Org, service: &Service) -> Result<Self> {
        let card = views::service_card(org, service)?;
        let line = [org.name.as_str(), &card.duration_label, &card.price_label].join(" · ");
        Ok(Self::new(org, card.name, line))
    }

    fn new(org: &Org, title: String, line: String) -> Self {
        let colour = Colour::parse(&org.accent).filter(|colour| colour.is_readable()).unwrap_or(Colour::OURS);
        Self { title, line, colour, logo: (org.slug.clone(), org.logo_version.max(0)) }
    }

    /// Stands for what is on it: with anything else it is another.
    fn version(&self) -> String {
        let mut hash = Sha256::new();
        let (org, logo) = &self.logo;
        for part in [self.title.as_str(), &self.line, &self.colour.hex(), org, &logo.to_string()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.update([DRAWN_AS]);
        let hash: Vec<u8> = hash.finalize().iter().copied().take(12).collect();
        BASE64_URL_SAFE_NO_PAD.encode(hash)
    }

    /// Its whole address, of the page at this one.
    pub fn address(&self, page: &str) -> String {
        format!("{page}/card.png?v={}", self.version())
    }
}

/// `/b/{org}/card.png`: for ever under the address of its version.
///
/// # Errors
/// 404 for an unknown business, or one without the calendar.
pub async fn of_business(
    State(platform): State<Platform>,
    Path(org): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let tx = open(&platform, &org).await?;
    let card = Card::of_business(tx.org());
    answer(tx, &card, &asked, &headers).await
}

/// `/b/{org}/{service}/card.png`
///
/// # Errors
/// The same, and 404 for a service that is on no page.
pub async fn of_service(
    State(platform): State<Platform>,
    Path((org, service)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut tx = open(&platform, &org).await?;
    let services = views::listed(&mut tx).await?;
    let found = services.iter().find(|one| one.slug == service).ok_or_else(|| AppError::not_found("that service"))?;
    let card = Card::of_service(tx.org(), found)?;
    answer(tx, &card, &asked, &headers).await
}

async fn open(platform: &Platform, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::Anonymous, OrgRef::Slug(org), &permissions::BROWSE, Access::Read).await
}

async fn answer(mut tx: OrgTx, card: &Card, asked: &Asked, headers: &HeaderMap) -> Result<Response> {
    let version = card.version();
    let tag = format!("\"{version}\"");
    let current = is_known(headers, &tag);
    let kept = KEPT.get(&version);
    let logo = if card.logo.1 > 0 && kept.is_none() && !current { look::picture(&mut tx).await? } else { None };
    tx.rollback().await?;
    let rule =
        if asked.v.as_ref() == Some(&version) { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    let about = [
        (header::CONTENT_TYPE, "image/png".to_owned()),
        (header::CACHE_CONTROL, rule.to_owned()),
        (header::ETAG, tag),
        // It is there to be shown elsewhere.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin".to_owned()),
    ];
    if current {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let png = if let Some(png) = kept { png } else { drawn(card, version, logo).await? };
    Ok((about, png).into_response())
}

/// Draws it when its turn comes, which lasts as long as the work, whoever went away meanwhile.
async fn drawn(card: &Card, version: String, logo: Option<Vec<u8>>) -> Result<Bytes> {
    let turn = Arc::clone(&TURN).acquire_owned().await.map_err(|_| AppError::internal())?;
    let card = card.clone();
    let work = move || {
        let _held = turn;
        draw(&card, logo.as_deref())
    };
    let png = Bytes::from(tokio::task::spawn_blocking(work).await.map_err(|_| AppError::internal())??);
    KEPT.insert(version, png.clone());
    Ok(png)
}

fn draw(card: &Card, logo: Option<&[u8]>) -> Result<Vec<u8>> {
    let failed = |error: String| {
        tracing::error!(%error, "a picture to share can’t be drawn");
        AppError::internal()
    };
    let font = FontRef::try_from_slice(FONT).map_err(|error| failed(error.to_string()))?;
    let (width, height) = SIZE;
    let mut picture = RgbImage::from_pixel(width, height, Rgb(card.colour.rgb()));
    let above = logo.and_then(|logo| place_logo(&mut picture, logo)).unwrap_or(MARGIN);
    let room = (width - 2 * MARGIN, height.saturating_sub(above + MARGIN + u32::from(LINE_SIZE) + BETWEEN));
    let (title, line) = (drawable(&font, &card.title), drawable(&font, &card.line));
    let title = if title.is_empty() { words::BOOK_ONLINE.to_owned() } else { title };
    let (size, lines) = fitted(&font, &title, room);
    let line = cut_to(&font, &line, LINE_SIZE, room.0);
    // From the bottom up: the line, and the title above it.
    let mut below = height - MARGIN;
    write(&mut picture, &font, &line, LINE_SIZE, below);
    below -= u32::from(LINE_SIZE) + BETWEEN;
    for text in lines.iter().rev() {
        write(&mut picture, &font, text, size, below);
        below = below.saturating_sub(u32::from(size));
    }
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).map_err(|error| failed(error.to_string()))?;
    Ok(png.into_inner())
}

/// On white, as it is on the pages; and where it ends, if there is one.
fn place_logo(picture: &mut RgbImage, logo: &[u8]) -> Option<u32> {
    // It is one of ours; where it can’t be read the card goes without.
    let logo = image::load_from_memory_with_format(logo, ImageFormat::Png).ok()?;
    let (width, height) = LOGO;
    let logo = if logo.width() > width || logo.height() > height {
        logo.resize(width, height, FilterType::Lanczos3)
    } else {
        logo
    };
    let logo = DynamicImage::into_rgba8(logo);
    let corner = MARGIN - LOGO_AROUND;
    for y in 0..logo.height() + 2 * LOGO_AROUND {
        for x in 0..logo.width() + 2 * LOGO_AROUND {
            let under = x.checked_sub(LOGO_AROUND).zip(y.checked_sub(LOGO_AROUND));
            let pixel = under.and_then(|(x, y)| logo.get_pixel_checked(x, y));
            let colour = pixel.map_or(WHITE, |pixel| {
                let [red, green, blue, alpha] = pixel.0;
                blend(WHITE, Rgb([red, green, blue]), f32::from(alpha) / 255.0)
            });
            if let Some(there) = picture.get_pixel_mut_checked(corner + x, corner + y) {
                *there = colour;
            }
        }
    }
    Some(corner + logo.height() + 2 * LOGO_AROUND + BETWEEN)
}

/// The text without what the font has no letters for: emoji, other scripts. A letter whose accent it doesn’t know stands without.
fn drawable(font: &FontRef<'_>, text: &str) -> String {
    let known = |c: char| font.glyph_id(c).0 != 0;
    let bare = DecomposingNormalizerBorrowed::new_nfd();
    let drawn = |c: char| -> String {
        let c = if c.is_whitespace() { ' ' } else { c };
        // An accent by itself would stand beside its letter, not above.
        let bare = || bare.normalize(&c.to_string()).chars().take(1).filter(|c| known(*c)).collect();
        if known(c) { c.to_string() } else { bare() }
    };
    let drawn: String = text.chars().map(drawn).collect();
    drawn.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The largest size at which it has few enough lines for a room of that width and height, and these.
fn fitted(font: &FontRef<'_>, text: &str, (room, high): (u32, u32)) -> (u16, Vec<String>) {
    let mut smallest = (LINE_SIZE, Vec::new());
    for size in SIZES {
        let lines = wrapped(font, text, size, room);
        let tall = u32::try_from(lines.len()).unwrap_or(u32::MAX).saturating_mul(size.into());
        if lines.len() <= MOST_LINES && tall <= high {
            return (size, lines);
        }
        smallest = (size, lines);
    }
    let (size, mut lines) = smallest;
    lines.truncate(MOST_LINES);
    if let Some(last) = lines.last_mut() {
        *last = cut_to(font, &format!("{last} …"), size, room);
    }
    (size, lines)
}

/// In lines that are no wider; a word that is wider by itself is broken.
fn wrapped(font: &FontRef<'_>, text: &str, size: u16, room: u32) -> Vec<String> {
    let fits = |line: &str| width(font, line, size) <= pixels(room);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { continue };
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&longer) {
            *line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        for c in word.chars() {
            let Some(line) = lines.last_mut() else { continue };
            line.push(c);
            if !fits(line) {
                line.pop();
                lines.push(c.to_string());
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// On one line that is no wider: cut off where it is.
fn cut_to(font: &FontRef<'_>, text: &str, size: u16, room: u32) -> String {
    if width(font, text, size) <= pixels(room) {
        return text.to_owned();
    }
    let mut kept = text.trim_end_matches(['…', ' ']).to_owned();
    while !kept.is_empty() && width(font, &format!("{kept}…"), size) > pixels(room) {
        kept.pop();
    }
    format!("{}…", kept.trim_end())
}

fn width(font: &FontRef<'_>, text: &str, size: u16) -> f32 {
    let font = font.as_scaled(PxScale::from(f32::from(size)));
    text.chars().map(|c| font.h_advance(font.glyph_id(c))).sum()
}

/// Writes a line in white, which ends there.
fn write(picture: &mut RgbImage, font: &FontRef<'_>, text: &str, size: u16, bottom: u32) {
    let scale = PxScale::from(f32::from(size));
    let scaled = font.as_scaled(scale);
    let mut x = pixels(MARGIN);
    for c in text.chars() {
        let id = font.glyph_id(c);
        let glyph = id.with_scale_and_position(scale, point(x, pixels(bottom) + scaled.descent()));
        x += scaled.h_advance(id);
        let Some(outlined) = font.outline_glyph(glyph) else { continue };
        let corner = outlined.px_bounds().min;
        outlined.draw(|across, down, covered| {
            let at = whole(corner.x).checked_add_unsigned(across).zip(whole(corner.y).checked_add_unsigned(down));
            let at = at.and_then(|(x, y)| Some((u32::try_from(x).ok()?, u32::try_from(y).ok()?)));
            if let Some(there) = at.and_then(|(x, y)| picture.get_pixel_mut_checked(x, y)) {
                *there = blend(*there, WHITE, covered);
            }
        });
    }
}

fn blend(below: Rgb<u8>, above: Rgb<u8>, share: f32) -> Rgb<u8> {
    let share = share.clamp(0.0, 1.0);
    let [mut red, mut green, mut blue] = below.0;
    for (channel, over) in [&mut red, &mut green, &mut blue].into_iter().zip(above.0) {
        let mixed = f32::from(*channel) * (1.0 - share) + f32::from(over) * share;
        *channel = u8::try_from(whole(mixed.round())).unwrap_or(u8::MAX);
    }
    Rgb([red, green, blue])
}

/// A length on the picture.
fn pixels(length: u32) -> f32 {
    u16::try_from(length).map_or(f32::MAX, f32::from)
}

#[expect(clippy::cast_possible_truncation, reason = "what is beyond the numbers stays at their end")]
fn whole(length: f32) -> i32 {
    length as i32
}

#[cfg(test)]
mod tests {
    use ab_glyph::FontRef;
    use image::ImageFormat;

    use super::{Card, FONT, LINE_SIZE, SIZE, SIZES, draw, drawable, fitted, pixels, width, wrapped};
    use crate::settings::colour::Colour;

    fn card(title: &str, line: &str) -> Card {
        let (title, line) = (title.to_owned(), line.to_owned());
        Card { title, line, colour: Colour::OURS, logo: ("alpha".to_owned(), 0) }
    }

    #[test]
    fn whatever_it_is_called_it_is_a_picture_of_that_size() {
        let long = "A very long name of a business ".repeat(40);
        let word = "x".repeat(5000);
        for name in
            ["Harbour Physio", "", " ", "針灸院", "🦘🦘", "a\u{0}b\u{202E}c", "Zoë’s café & crème", &long, &word]
        {
            let png = draw(&card(name, name), None).expect("a picture");
            let read = image::load_from_memory_with_format(&png, ImageFormat::Png).expect("a PNG");
            assert_eq!((read.width(), read.height()), SIZE);
            assert!(png.len() < 300_000, "{name}: {}", png.len());
        }
        // What is no logo is left out.
        assert!(draw(&card("Harbour Physio", ""), Some(b"no picture")).is_ok());
    }

    #[test]
    fn text_fits() {
        let font = FontRef::try_from_slice(FONT).expect("a font");
        let room = 1040;
        for text in [
            "Short",
            "Initial consultation with a physiotherapist of your choice",
            &"word ".repeat(300),
            &"y".repeat(900),
        ] {
            let text = drawable(&font, text);
            let (size, lines) = fitted(&font, &text, (room, 208));
            assert!(lines.len() <= 3 && SIZES.contains(&size), "{text}: {size} {lines:?}");
            for line in &lines {
                assert!(width(&font, line, size) <= pixels(room), "{line}");
            }
        }
        assert_eq!(wrapped(&font, "one two", LINE_SIZE, room), ["one two"]);
        assert_eq!(drawable(&font, "Yoga 🧘  für\nalle 針"), "Yoga für alle");
        assert_eq!(drawable(&font, "Māori Ő"), "Maori O");
    }

    #[test]
    fn each_card_has_a_version_of_its_own() {
        let one = card("a", "bc").version();
        assert_eq!(one, card("a", "bc").version());
        assert_ne!(one, card("ab", "c").version());
        assert_eq!(one.len(), 16);
    }
}
