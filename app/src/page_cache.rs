//! Public pages, and the public API's times, kept until something that they show changes.
//!
//! A page is kept with the number that its organisation's sequence had when it was made. Every change moves the number on
//! ([`crate::org::OrgTx::commit`] says so here before it returns), and a page of an earlier number is never given out
//! again. Time changes pages too: a time on offer passes its minimum notice, midnight opens another day; so a page says
//! until when it holds. Only what everybody sees is kept: nobody is logged in, nothing was typed, no private link.

use std::{
    collections::HashMap,
    io::Write as _,
    sync::{
        Arc, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use axum::{
    body::Body,
    extract::OriginalUri,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use memchr::memmem;
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest as _, Sha256};

use crate::{
    auth::standing::Standing,
    clock::Instant,
    ids::OrgId,
    org::Actor,
    request::{content_security_policy, find_cookie},
};

/// How much memory the pages may take in all; those that nobody asks for go first.
const MOST_BYTES: u64 = 8 << 20;
/// Addresses longer than this are not ours.
const LONGEST_KEY: usize = 512;

/// What a page was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shows {
    /// Whose page it is.
    pub org: OrgId,
    /// The organisation's sequence before anything else was read.
    pub sequence: i64,
    /// The page holds before this instant, if nothing is changed.
    pub until: Instant,
}

/// Which page: its address, and what else it depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageKey(String);

impl PageKey {
    /// The key of a request for a page that everybody sees alike; `None` for any other.
    pub fn of(request: &Parts, actor: &Actor) -> Option<Self> {
        // Who owes a step of logging in is nobody to an organisation, but their pages carry their session’s token.
        let standing = request.extensions.get::<Standing>().copied().unwrap_or_default();
        if request.method != Method::GET || *actor != Actor::Anonymous || standing != Standing::Anonymous {
            return None;
        }
        // A router inside another one sees the rest of the address alone.
        let uri = request.extensions.get::<OriginalUri>().map_or(&request.uri, |whole| &whole.0);
        let address = uri.path_and_query()?.as_str();
        let zone = find_cookie(&request.headers, "devalo_zone").unwrap_or_default();
        let key = format!("{zone} {address}");
        (key.len() <= LONGEST_KEY).then_some(Self(key))
    }
}

/// A page, whole and compressed.
#[derive(Debug)]
pub struct KeptPage {
    shows: Shows,
    kind: &'static str,
    /// What its scripts may be; an answer for programs has none.
    policy: Option<HeaderValue>,
    text: Text,
}

impl KeptPage {
    /// Keeps a page that was made with this nonce. The nonce must not be given out twice, so the policy names the page's
    /// scripts by their hashes instead (CSP level 3, 2.3.1), and the nonce leaves the page.
    pub fn new(html: &str, nonce: &str, shows: Shows) -> Option<Self> {
        let attribute = format!(" nonce=\"{nonce}\"");
        let finder = memmem::Finder::new(&attribute);
        let (mut plain, mut sources) = (String::with_capacity(html.len()), String::new());
        let mut rest = html;
        while let Some(place) = finder.find(rest.as_bytes()) {
            let (before, found) = rest.split_at_checked(place)?;
            plain.push_str(before);
            rest = found.get(attribute.len()..)?;
            let (_, script) = rest.split_once('>')?;
            let script = script.get(..memmem::find(script.as_bytes(), b"</script>")?)?;
            sources.push_str(" 'sha256-");
            BASE64_STANDARD.encode_string(Sha256::digest(script), &mut sources);
            sources.push('\'');
        }
        plain.push_str(rest);
        if memmem::find(plain.as_bytes(), nonce.as_bytes()).is_some() {
            return None;
        }
        let policy = HeaderValue::try_from(content_security_policy(sources.trim_start())).ok()?;
        Some(Self::of("text/html; charset=utf-8", Some(policy), plain.into(), shows))
    }

    /// Keeps an answer for programs.
    pub fn json(json: Vec<u8>, shows: Shows) -> Self {
        Self::of("application/json", None, json.into(), shows)
    }

    fn of(kind: &'static str, policy: Option<HeaderValue>, plain: Bytes, shows: Shows) -> Self {
        Self { shows, kind, policy, text: Text::new(plain) }
    }

    /// The answer, compressed as the browser likes it.
    pub fn answer(&self, wanted: &HeaderMap) -> Response {
        let mut response = self.text.answer(wanted);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Some(policy) = &self.policy {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding, cookie"));
        response
    }
}

/// What is sent again and again: as it is, and compressed.
#[derive(Debug)]
pub struct Text {
    plain: Bytes,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

impl Text {
    /// Such a text.
    pub fn new(plain: Bytes) -> Self {
        Self { plain, brotli: OnceLock::new(), gzip: OnceLock::new() }
    }

    /// An answer of it, compressed as the browser likes it; each compression is done once. What kind of text it is is not yet said.
    pub fn answer(&self, wanted: &HeaderMap) -> Response {
        let accepts = |coding: &str| {
            let lines = wanted.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
            lines.flat_map(|line| line.split(',')).any(|one| {
                let (name, weight) = one.split_once(';').unwrap_or((one, ""));
                name.trim().eq_ignore_ascii_case(coding)
                    && weight.trim().trim_start_matches("q=").parse() != Ok(0.0_f32)
            })
        };
        let (body, coding) = if accepts("br") {
            (self.brotli.get_or_init(|| with_brotli(&self.plain)), Some("br"))
        } else if accepts("gzip") {
            (self.gzip.get_or_init(|| with_gzip(&self.plain)), Some("gzip"))
        } else {
            (&self.plain, None)
        };
        let mut response = Body::from(body.clone()).into_response();
        if let Some(coding) = coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }
}

/// The kept pages, and what is known of each organisation's sequence.
#[derive(Debug)]
pub struct PageCache {
    pages: Cache<PageKey, Arc<KeptPage>, ByBytes>,
    heads: RwLock<HashMap<OrgId, i64>>,
    /// Every change is heard of here.
    hears: AtomicBool,
    /// Moves on whenever changes may have been missed.
    epoch: AtomicU64,
}

/// When a page began to be made.
#[derive(Debug, Clone, Copy)]
pub struct Begun(u64);

impl PageCache {
    /// An empty one. `hears` when no other process can change what the pages show.
    pub fn new(hears: bool) -> Self {
        let pages = Cache::with_weighter(1_000, MOST_BYTES, ByBytes);
        Self { pages, heads: RwLock::default(), hears: AtomicBool::new(hears), epoch: AtomicU64::new(0) }
    }

    /// The page, if it still shows how things are.
    pub fn get(&self, key: &PageKey, now: Instant) -> Option<Arc<KeptPage>> {
        let page = self.pages.get(key)?;
        let current = self.hears.load(Ordering::Acquire)
            && now < page.shows.until
            && self.heads.read().ok()?.get(&page.shows.org) == Some(&page.shows.sequence);
        if !current {
            self.pages.remove(key);
            return None;
        }
        Some(page)
    }

    /// To be called before a page is made that may be kept.
    pub fn begin(&self) -> Begun {
        Begun(self.epoch.load(Ordering::Acquire))
    }

    /// Keeps a page, unless changes may have been missed since it was begun.
    pub fn keep(&self, begun: Begun, key: PageKey, page: Arc<KeptPage>) {
        if begun.0 != self.epoch.load(Ordering::Acquire) {
            return;
        }
        self.moved(page.shows.org, page.shows.sequence);
        self.pages.insert(key, page);
    }

    /// The organisation's sequence has come to this number.
    pub fn moved(&self, org: OrgId, sequence: i64) {
        if let Ok(mut heads) = self.heads.write() {
            let head = heads.entry(org).or_insert(sequence);
            *head = sequence.max(*head);
        }
    }

    /// Whether every other process's changes are heard of from now on. What was kept before is dropped.
    pub fn set_hearing(&self, hears: bool) {
        self.hears.store(false, Ordering::Release);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.pages.clear();
        self.hears.store(hears, Ordering::Release);
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<PageKey, Arc<KeptPage>> for ByBytes {
    fn weight(&self, key: &PageKey, page: &Arc<KeptPage>) -> u64 {
        // A third on top for the two compressed forms.
        (key.0.len() + page.text.plain.len() + page.text.plain.len() / 3 + 256) as u64
    }
}

fn with_brotli(plain: &[u8]) -> Bytes {
    let mut compressed = Vec::with_capacity(plain.len() / 6);
    // Above 5 each step costs far more time than it saves bytes.
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 4096, 5, 22);
    let _never = writer.write_all(plain);
    drop(writer);
    compressed.into()
}

fn with_gzip(plain: &[u8]) -> Bytes {
    let mut writer = flate2::write::GzEncoder::new(Vec::with_capacity(plain.len() / 5), flate2::Compression::default());
    let _never = writer.write_all(plain);
    writer.finish().unwrap_or_default().into()
}
