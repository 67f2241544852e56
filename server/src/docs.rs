//! The documentation, at `/docs`: for owners, staff, clients, operators, and whoever writes programs. Its pages are made of `docs/site` while the
//! server is built (`build.rs`), so that they are there wherever the program is; nobody is asked who they are, nothing in them runs, and they
//! need no database.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use app::{
    page_cache::Text,
    platform::Platform,
    ui::{assets, logo_markup},
    web::is_known,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

/// A page.
struct Page {
    address: &'static str,
    title: &'static str,
    /// Its name in the list of pages.
    short: &'static str,
    summary: &'static str,
    html: &'static str,
    /// Its parts: the id of each, and what it is called.
    parts: &'static [(&'static str, &'static str)],
}

/// A section: its own page, and those below it.
struct Section {
    own: Page,
    pages: &'static [Page],
}

include!(concat!(env!("OUT_DIR"), "/docs.rs"));

/// Pages have looks and pictures of ours, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// They change with the program alone.
const KEPT: &str = "public, max-age=300";
/// A list of a page's parts helps from so many on.
const MANY_PARTS: usize = 3;

/// The pages and their pictures.
pub fn router(platform: &Platform) -> Router {
    Router::new()
        .route("/docs", get(page))
        .route("/docs/{section}", get(page))
        .route("/docs/{section}/{page}", get(page))
        .route("/docs/images/{picture}", get(picture))
        .with_state(Arc::new(Library::new(&platform.origin)))
}

/// The addresses of all pages.
pub fn addresses() -> impl Iterator<Item = &'static str> {
    all().map(|(page, _)| page.address)
}

fn all() -> impl Iterator<Item = (&'static Page, Option<&'static Section>)> {
    let sections = SECTIONS
        .iter()
        .flat_map(|section| std::iter::once(&section.own).chain(section.pages).map(move |page| (page, Some(section))));
    std::iter::once((&FRONT, None)).chain(sections)
}

/// The pages of a site, each written when it is first asked for.
struct Library {
    origin: String,
    shelves: HashMap<&'static str, Shelf>,
}

struct Shelf {
    page: &'static Page,
    section: Option<&'static Section>,
    written: OnceLock<Written>,
}

/// A page as it is sent.
struct Written {
    text: Text,
    mark: String,
}

impl Library {
    fn new(origin: &str) -> Self {
        let shelves =
            all().map(|(page, section)| (page.address, Shelf { page, section, written: OnceLock::new() })).collect();
        Self { origin: origin.to_owned(), shelves }
    }
}

async fn page(State(library): State<Arc<Library>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(shelf) = library.shelves.get(uri.path()) else { return missing() };
    let written = shelf.written.get_or_init(|| {
        let html = whole(&library.origin, shelf.page, shelf.section).0;
        Written { mark: mark(html.as_bytes()), text: Text::new(html.into()) }
    });
    if is_known(&headers, &written.mark) {
        return known(&written.mark);
    }
    let mut response = written.text.answer(&headers);
    let more = response.headers_mut();
    more.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    more.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    kept(response, &written.mark)
}

async fn picture(uri: Uri, headers: HeaderMap) -> Response {
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    let Some((_, picture)) = PICTURES.iter().find(|(known, _)| *known == name) else { return missing() };
    let mark = mark(picture);
    if is_known(&headers, &mark) {
        return known(&mark);
    }
    kept(([(header::CONTENT_TYPE, "image/webp")], Bytes::from_static(picture)).into_response(), &mark)
}

/// There is no such page.
fn missing() -> Response {
    let title = "We couldn’t find that page";
    let main = html! {
        h1 { (title) }
        p { "It may have moved. All pages of the help are in the list here, and on " a href="/docs" { "its first page" } "." }
    };
    let head = html! {
        title { (title) " · Devalo" }
        meta name="robots" content="noindex";
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::NOT_FOUND, headers, document(&head, &main, None).0).into_response()
}

/// What it is told by whether somebody has it already.
fn mark(content: &[u8]) -> String {
    let start = BASE64_STANDARD.encode(&Sha256::digest(content)[..9]);
    format!("\"{start}\"")
}

/// Whoever asks has it already.
fn known(mark: &str) -> Response {
    kept(StatusCode::NOT_MODIFIED.into_response(), mark)
}

fn kept(mut response: Response, mark: &str) -> Response {
    let headers = response.headers_mut();
    // Weak: each of the forms in which it is sent has the same.
    if let Ok(mark) = HeaderValue::try_from(format!("W/{mark}")) {
        headers.insert(header::ETAG, mark);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// A page, with all that stands around it.
fn whole(origin: &str, page: &Page, section: Option<&Section>) -> Markup {
    let title = if section.is_none() {
        format!("{} · Devalo", page.title)
    } else {
        format!("{} · Help · Devalo", page.title)
    };
    let head = html! {
        title { (title) }
        meta name="description" content=(page.summary);
        meta property="og:title" content=(page.title);
        meta property="og:description" content=(page.summary);
        link rel="canonical" href={ (origin) (page.address) };
    };
    let main = html! {
        @if let Some(section) = section { (way_here(page, section)) }
        h1 { (page.title) }
        p class="docs-lead" { (page.summary) }
        @if page.parts.len() >= MANY_PARTS && !lists_its_parts(page) {
            nav class="docs-parts" aria-label="On this page" {
                ul { @for (id, words) in page.parts { li { a href={ "#" (id) } { (words) } } } }
            }
        }
        div class="docs-text" { (PreEscaped(page.html)) }
        @match section {
            None => { (front_list()) }
            Some(section) if section.own.address == page.address => { (own_list(section)) }
            Some(section) => { (neighbours(page, section)) }
        }
    };
    document(&head, &main, Some(page.address))
}

/// A document may begin with a list of its own of what is in it, and one is enough.
fn lists_its_parts(page: &Page) -> bool {
    page.parts.first().is_some_and(|(id, _)| page.html.contains(&format!("<li><a href=\"#{id}\">")))
}

fn way_here(page: &Page, section: &Section) -> Markup {
    html! {
        p class="docs-way" {
            a href="/docs" { "Help" }
            @if section.own.address != page.address {
                " · " a href=(section.own.address) { (section.own.short) }
            }
        }
    }
}

/// The front page's way to all others.
fn front_list() -> Markup {
    html! {
        div class="docs-sections" {
            @for section in SECTIONS {
                section {
                    h2 { a href=(section.own.address) { (section.own.title) } }
                    p { (section.own.summary) }
                    ul { @for page in section.pages { li { a href=(page.address) { (page.short) } } } }
                }
            }
        }
    }
}

fn own_list(section: &Section) -> Markup {
    html! {
        ul class="docs-list" {
            @for page in section.pages {
                li {
                    a href=(page.address) { (page.title) }
                    p { (page.summary) }
                }
            }
        }
    }
}

/// The pages before and after.
fn neighbours(page: &Page, section: &Section) -> Markup {
    let at = section.pages.iter().position(|one| one.address == page.address).unwrap_or_default();
    let before = at.checked_sub(1).and_then(|before| section.pages.get(before));
    let after = section.pages.get(at + 1);
    html! {
        nav class="docs-neighbours" aria-label="The pages before and after this one" {
            @if let Some(before) = before { a href=(before.address) rel="prev" { span { "Previous" } (before.short) } }
            @if let Some(after) = after { a class="is-after" href=(after.address) rel="next" { span { "Next" } (after.short) } }
        }
    }
}

fn document(head: &Markup, main: &Markup, here: Option<&str>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-AU" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                (head)
                link rel="preload" href="/fonts/familjen-grotesk.woff2" as="font" type="font/woff2" crossorigin="anonymous";
                link rel="stylesheet" href=(assets::path("pkg/devalo.css"));
                link rel="icon" href=(assets::path("favicon.svg")) type="image/svg+xml";
            }
            body {
                a class="skip" href="#main" { "Skip to the page" }
                div class="docs" {
                    header class="docs-head" {
                        a href="/" class="topbar-brand" aria-label="Devalo" { (logo_markup()) }
                        a href="/docs" class="docs-home" { "Help" }
                        a href="#pages" class="docs-jump" { "All pages" }
                        a href="/login" class="btn btn-quiet" { "Log in" }
                    }
                    main id="main" class="docs-main" tabindex="-1" { (main) }
                    nav id="pages" class="docs-pages" aria-label="All pages of the help" { (contents(here)) }
                    footer class="docs-foot" {
                        p { "Devalo is free software under the AGPL, version 3 or later. " a href="/about" { "Source code" } }
                    }
                }
            }
        }
    }
}

/// The list of all pages: the section that one is in is open.
fn contents(here: Option<&str>) -> Markup {
    let current = |address: &str| (here == Some(address)).then_some("page");
    html! {
        @for section in SECTIONS {
            @let inside = here.is_some_and(|here| assets::is_under(here, &[section.own.address]));
            details open[inside] {
                summary { (section.own.short) }
                ul {
                    li { a href=(section.own.address) aria-current=[current(section.own.address)] { "Overview" } }
                    @for page in section.pages {
                        li { a href=(page.address) aria-current=[current(page.address)] { (page.short) } }
                    }
                }
            }
        }
    }
}
