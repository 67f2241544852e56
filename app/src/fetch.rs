//! Fetches from addresses that strangers give us, and sends to them. Whoever types one must not be able to have this server
//! look around in its own network: so every address behind a name is checked, and the connection is made to what was checked.
//! What comes back is bounded in time and size, and believed in nothing.

use std::{
    error::Error,
    fmt::Debug,
    io::Write as _,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures::future::BoxFuture;
use reqwest::{
    Client, Method, Response, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use rustls::crypto::ring;
use tracing::Instrument as _;
use url::Host;

use crate::{
    asked,
    meters::{self, Often},
};

/// Who we say that we are.
const AGENT: &str = concat!("Devalo/", env!("CARGO_PKG_VERSION"));
/// The longest address that is taken.
const LONGEST_ADDRESS: usize = 2_048;
/// The ports that are for the web.
const PORTS: [u16; 3] = [80, 443, 8443];
/// Longest mark of a version that is kept (`ETag`, `Last-Modified`).
const LONGEST_MARK: usize = 256;

/// How much somebody else's server may take of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// All of it: looking the name up, connecting, every redirect, the last byte.
    pub within: Duration,
    /// The most bytes of a body, as sent and as unpacked.
    pub body: usize,
    /// How often it may lead elsewhere.
    pub redirects: u8,
}

impl Limits {
    /// For a file that somebody publishes, of so many bytes at most.
    pub const fn file(body: usize) -> Self {
        Self { within: Duration::from_secs(10), body, redirects: 3 }
    }

    /// For telling another program something: its answer hardly matters.
    pub const MESSAGE: Self = Self { within: Duration::from_secs(10), body: 16 * 1024, redirects: 0 };
}

/// What is set aside for development and tests, and never in production.
#[derive(Debug, Clone, Default)]
pub struct Allowance {
    addresses: Vec<IpAddr>,
    unencrypted: bool,
}

impl Allowance {
    /// Nothing: how it is in production.
    pub const fn none() -> Self {
        Self { addresses: Vec::new(), unencrypted: false }
    }

    /// Plain http, and these addresses on any port, though they are nobody's on the internet.
    pub const fn of(addresses: Vec<IpAddr>) -> Self {
        Self { addresses, unencrypted: true }
    }

    /// This machine, over plain http.
    pub fn this_machine() -> Self {
        Self::of(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)])
    }

    fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.addresses.contains(&address)
    }
}

/// Finds the addresses behind a name.
pub trait Lookup: Debug + Send + Sync {
    /// All of them.
    ///
    /// # Errors
    /// There is no such name, or nobody could be asked.
    fn lookup<'l>(&'l self, host: &'l str) -> BoxFuture<'l, std::io::Result<Vec<IpAddr>>>;
}

/// As the machine does it.
#[derive(Debug, Clone, Copy)]
pub struct Machine;

impl Lookup for Machine {
    fn lookup<'l>(&'l self, host: &'l str) -> BoxFuture<'l, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect()) })
    }
}

/// Why nothing came of it. Its words are for whoever typed the address, and tell nothing of our network: an address inside it
/// and a name that doesn't exist sound the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchRefusal {
    /// It can't be read as an address, or is very long.
    #[error("That isn’t an address of the web. It should begin with https://.")]
    NotAnAddress,
    /// Another way than https.
    #[error("Please give an address that begins with https://, so that nobody can read along.")]
    Unencrypted,
    /// It has a name and a password in it.
    #[error("Please leave out the user name and password before the @; we don’t keep them.")]
    Credentials,
    /// A port that isn't for the web.
    #[error("Please leave out the number after the colon; only 443 and 8443 are possible there.")]
    Port,
    /// It, or what its name stands for, isn't on the internet.
    #[error(
        "We couldn’t reach that address. Please check that it is spelt right and works from anywhere on the internet."
    )]
    NotPublic,
    /// There is no such name.
    #[error(
        "We couldn’t reach that address. Please check that it is spelt right and works from anywhere on the internet."
    )]
    UnknownName,
    /// Nobody answered, or not so that it could be understood, or their certificate isn't right.
    #[error(
        "We couldn’t reach that address. Please check that it is spelt right and works from anywhere on the internet."
    )]
    Unreachable,
    /// It took too long.
    #[error("That address took too long to answer. Please try again later.")]
    TooSlow,
    /// It sent more than is taken.
    #[error("What is at that address is too large.")]
    TooLarge,
    /// It broke off, or was packed in a way that we don't unpack.
    #[error("What that address sent couldn’t be read. Please try again later.")]
    Garbled,
    /// It led on and on.
    #[error("That address leads on to others too often. Please give the one that it ends at.")]
    TooManyRedirects,
    /// It answered that it won't.
    #[error("{}", status_words(*.0))]
    Status(u16),
    /// This server can't make connections at all.
    #[error("We can’t make connections at the moment. Please try again later.")]
    Ours,
}

impl FetchRefusal {
    /// Trying again later, with the same address, may work.
    pub const fn may_pass(self) -> bool {
        match self {
            Self::UnknownName | Self::Unreachable | Self::TooSlow | Self::Garbled | Self::Ours => true,
            Self::Status(status) => status >= 500 || matches!(status, 408 | 425 | 429),
            Self::NotAnAddress
            | Self::Unencrypted
            | Self::Credentials
            | Self::Port
            | Self::NotPublic
            | Self::TooLarge
            | Self::TooManyRedirects => false,
        }
    }
}

fn status_words(status: u16) -> &'static str {
    match status {
        401 | 403 | 407 => "That address asks for a log-in. Please give one that works without.",
        404 | 410 => "There is nothing at that address. Please check that it is spelt right and still shared.",
        429 => "That address was asked too often. Please try again later.",
        500.. => "The server at that address has trouble. Please try again later.",
        _ => "That address answered with an error. Please check that it is spelt right.",
    }
}

/// Which version somebody has: what they send along to hear whether there is another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Version {
    /// `ETag`.
    pub tag: Option<String>,
    /// `Last-Modified`, as it was written.
    pub modified: Option<String>,
}

/// What is at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The same version as before.
    Unchanged,
    /// This.
    Body(Body),
}

/// A body, unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its bytes. What the server calls them is not kept: it often isn't so.
    pub bytes: Vec<u8>,
    /// To ask with the next time.
    pub version: Version,
}

/// What a server answered to what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status; one that leads elsewhere is not followed.
    pub status: u16,
    /// How the body begins, as it was sent, up to the limit.
    pub beginning: Vec<u8>,
}

/// Fetches and sends, within limits.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: Client,
    allowance: Allowance,
}

impl Fetcher {
    /// With the machine's own way to look names up.
    ///
    /// # Errors
    /// The machine has no certificates to trust.
    pub fn new(allowance: Allowance) -> Result<Self, FetchRefusal> {
        Self::with(allowance, Arc::new(Machine))
    }

    /// With another way to look names up.
    ///
    /// # Errors
    /// The machine has no certificates to trust.
    pub fn with(allowance: Allowance, lookup: Arc<dyn Lookup>) -> Result<Self, FetchRefusal> {
        // The same provider as the database's connections have; whoever comes second finds it there.
        let _already = ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(AGENT)
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .https_only(!allowance.unencrypted)
            // Each request looks the name up, and what it finds is checked: no connection is left over from before.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Checked { lookup, allowance: allowance.clone() }))
            .build()
            .map_err(|error| {
                tracing::error!(%error, "no client for other people's servers could be made");
                FetchRefusal::Ours
            })?;
        Ok(Self { client, allowance })
    }

    /// Whether an address may be fetched at all, as far as can be told without asking anybody; and how it is written.
    ///
    /// # Errors
    /// It may not be: a sentence for whoever typed it.
    pub fn check(&self, typed: &str) -> Result<Url, FetchRefusal> {
        let typed = typed.trim();
        if typed.is_empty() || typed.len() > LONGEST_ADDRESS || typed.chars().any(char::is_control) {
            return Err(FetchRefusal::NotAnAddress);
        }
        // What calendars are subscribed with means https to everybody by now.
        let typed = match typed.split_once(':') {
            Some((scheme, rest)) if ["webcal", "webcals"].iter().any(|name| scheme.eq_ignore_ascii_case(name)) => {
                format!("https:{rest}")
            }
            _ => typed.to_owned(),
        };
        self.allowed(Url::parse(&typed).map_err(|_| FetchRefusal::NotAnAddress)?)
    }

    fn allowed(&self, mut url: Url) -> Result<Url, FetchRefusal> {
        url.set_fragment(None);
        match url.scheme() {
            "https" => {}
            "http" if self.allowance.unencrypted => {}
            "http" => return Err(FetchRefusal::Unencrypted),
            _ => return Err(FetchRefusal::NotAnAddress),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchRefusal::Credentials);
        }
        // A number is never looked up, so it is judged here; however it was spelt, it has been read by now.
        let number = match url.host().ok_or(FetchRefusal::NotAnAddress)? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        if number.is_some_and(|address| !self.allowance.allows(address)) {
            return Err(FetchRefusal::NotPublic);
        }
        // In development a server of one's own is on any port.
        let port = url.port_or_known_default().ok_or(FetchRefusal::Port)?;
        if !self.allowance.unencrypted && !PORTS.contains(&port) {
            return Err(FetchRefusal::Port);
        }
        Ok(url)
    }

    /// What is at an address, if it is another version than is known.
    ///
    /// # Errors
    /// A sentence for whoever typed the address.
    pub async fn fetch(&self, address: &str, known: &Version, limits: Limits) -> Result<Fetched, FetchRefusal> {
        within(limits, async {
            let mut url = self.check(address)?;
            for _ in 0..=limits.redirects {
                let mut headers = HeaderMap::new();
                headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
                let marks = [(header::IF_NONE_MATCH, &known.tag), (header::IF_MODIFIED_SINCE, &known.modified)];
                for (name, mark) in marks {
                    if let Some(mark) = mark.as_ref().and_then(|mark| HeaderValue::from_str(mark).ok()) {
                        headers.insert(name, mark);
                    }
                }
                let response = self.ask(Method::GET, url.clone(), headers, Bytes::new()).await?;
                match response.status() {
                    StatusCode::OK => {
                        let version = version(response.headers());
                        return Ok(Fetched::Body(Body { bytes: unpacked(response, limits.body).await?, version }));
                    }
                    StatusCode::NOT_MODIFIED if *known != Version::default() => return Ok(Fetched::Unchanged),
                    StatusCode::MOVED_PERMANENTLY
                    | StatusCode::FOUND
                    | StatusCode::SEE_OTHER
                    | StatusCode::TEMPORARY_REDIRECT
                    | StatusCode::PERMANENT_REDIRECT => url = self.next(&url, response.headers())?,
                    status => return Err(FetchRefusal::Status(status.as_u16())),
                }
            }
            Err(FetchRefusal::TooManyRedirects)
        })
        .await
    }

    /// Sends something to an address. Whatever is answered is an answer: where it leads elsewhere, what was sent is for
    /// whoever was meant, and isn't taken there.
    ///
    /// # Errors
    /// It wasn't sent, or nobody can tell: a sentence for whoever typed the address.
    pub async fn send(
        &self,
        address: &str,
        method: Method,
        mut headers: HeaderMap,
        body: Bytes,
        limits: Limits,
    ) -> Result<Answer, FetchRefusal> {
        for name in OURS {
            headers.remove(name);
        }
        within(limits, async {
            let mut response = self.ask(method, self.check(address)?, headers, body).await?;
            let status = response.status().as_u16();
            let mut beginning = Vec::new();
            while beginning.len() < limits.body {
                // The status says all that matters: that the rest doesn't come makes no difference.
                let Ok(Some(chunk)) = response.chunk().await else { break };
                let room = limits.body - beginning.len();
                beginning.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            }
            Ok(Answer { status, beginning })
        })
        .await
    }

    async fn ask(&self, method: Method, url: Url, headers: HeaderMap, body: Bytes) -> Result<Response, FetchRefusal> {
        let mut request = self.client.request(method, url).headers(headers);
        if let Some(trace) = asked::traceparent() {
            request = request.header("traceparent", trace);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|error| refusal(&error))?;
        // Nothing but what was checked is ever connected to. Should that ever not hold, nobody is shown what is there.
        match response.remote_addr() {
            Some(peer) if !self.allowance.allows(peer.ip()) => Err(FetchRefusal::NotPublic),
            _ => Ok(response),
        }
    }

    fn next(&self, from: &Url, headers: &HeaderMap) -> Result<Url, FetchRefusal> {
        let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).ok_or(FetchRefusal::Garbled)?;
        match self.check(to) {
            // It may be given from where one is.
            Err(FetchRefusal::NotAnAddress) if to.len() <= LONGEST_ADDRESS => {
                self.allowed(from.join(to).map_err(|_| FetchRefusal::Garbled)?)
            }
            checked => checked,
        }
    }
}

/// What the connection itself says; nobody sets it from outside.
const OURS: [HeaderName; 7] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::COOKIE,
    header::PROXY_AUTHORIZATION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

async fn within<T>(limits: Limits, work: impl Future<Output = Result<T, FetchRefusal>>) -> Result<T, FetchRefusal> {
    static ANSWERED: Often = Often::new(meters::FETCH_SECONDS, &["answered"]);
    static REFUSED: Often = Often::new(meters::FETCH_SECONDS, &["refused"]);
    let begun = meters::now();
    let call = tracing::debug_span!(target: "devalo::trace", "fetch", otel.kind = "client");
    let outcome = tokio::time::timeout(limits.within, work).instrument(call).await;
    let outcome = outcome.unwrap_or(Err(FetchRefusal::TooSlow));
    let measured = if outcome.is_ok() { &ANSWERED } else { &REFUSED };
    measured.since(begun);
    outcome
}

/// Looks names up for the client, which connects to what this gives and nothing else. So there is no second question that
/// could be answered otherwise than the first.
struct Checked {
    lookup: Arc<dyn Lookup>,
    allowance: Allowance,
}

/// Why a name leads nowhere.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum Nowhere {
    #[error("there is no such name")]
    Unknown,
    #[error("it isn’t on the internet")]
    NotPublic,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, allowance) = (Arc::clone(&self.lookup), self.allowance.clone());
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await.map_err(|_| Nowhere::Unknown)?;
            if found.is_empty() {
                return Err(Nowhere::Unknown.into());
            }
            // One that isn't is reason enough: nobody honest has a name for both.
            if !found.iter().all(|address| allowance.allows(*address)) {
                return Err(Nowhere::NotPublic.into());
            }
            // The client puts the address's port in place of none.
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

fn refusal(error: &reqwest::Error) -> FetchRefusal {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<Nowhere>() {
            Some(Nowhere::Unknown) => return FetchRefusal::UnknownName,
            Some(Nowhere::NotPublic) => return FetchRefusal::NotPublic,
            None => cause = error.source(),
        }
    }
    if error.is_timeout() { FetchRefusal::TooSlow } else { FetchRefusal::Unreachable }
}

fn version(headers: &HeaderMap) -> Version {
    let mark = |name| {
        let mark = headers.get(name)?.to_str().ok()?;
        (mark.len() <= LONGEST_MARK).then(|| mark.to_owned())
    };
    Version { tag: mark(header::ETAG), modified: mark(header::LAST_MODIFIED) }
}

/// The body, cut off where it grows beyond the limit: as it is sent, or as it is unpacked.
async fn unpacked(mut response: Response, limit: usize) -> Result<Vec<u8>, FetchRefusal> {
    let packed = response.headers().get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
    let mut into = match packed.as_deref() {
        None | Some(b"" | b"identity") => Unpacking::Plain(Bounded::new(limit)),
        Some(b"gzip" | b"x-gzip") => Unpacking::Gzip(Box::new(MultiGzDecoder::new(Bounded::new(limit)))),
        Some(_) => return Err(FetchRefusal::Garbled),
    };
    let mut sent = 0;
    while let Some(chunk) = response.chunk().await.map_err(|_| FetchRefusal::Garbled)? {
        sent += chunk.len();
        if sent > limit {
            return Err(FetchRefusal::TooLarge);
        }
        into.take(&chunk)?;
    }
    into.end()
}

enum Unpacking {
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
}

impl Unpacking {
    fn take(&mut self, chunk: &[u8]) -> Result<(), FetchRefusal> {
        let (taken, into) = match self {
            Self::Plain(into) => (into.write_all(chunk), &*into),
            Self::Gzip(decoder) => (decoder.write_all(chunk), decoder.get_ref()),
        };
        taken.map_err(|_| into.why())
    }

    fn end(self) -> Result<Vec<u8>, FetchRefusal> {
        match self {
            Self::Plain(into) => Ok(into.bytes),
            Self::Gzip(mut decoder) => match decoder.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut decoder.get_mut().bytes)),
                Err(_) => Err(decoder.get_ref().why()),
            },
        }
    }
}

/// Takes so many bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    full: bool,
}

impl Bounded {
    const fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, full: false }
    }

    const fn why(&self) -> FetchRefusal {
        if self.full { FetchRefusal::TooLarge } else { FetchRefusal::Garbled }
    }
}

impl std::io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + more.len() > self.limit {
            self.full = true;
            return Err(std::io::Error::other("there is no room left"));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Whether an address is one that anybody on the internet may have: after IANA's registries of special-purpose addresses
/// (RFC 6890 and what updated it).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let bits = u32::from(address);
            !SPECIAL_V4.iter().any(|(block, length)| (bits ^ u32::from(*block)) >> (32 - length) == 0)
        }
        // What has been given out is in one block. So whatever isn't in it is refused without being named: loopback, none,
        // link-local, unique local, multicast, and all that has an IPv4 address in it (mapped, compatible, NAT64).
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let is_in = |(block, length): &(Ipv6Addr, u32)| (bits ^ u128::from(*block)) >> (128 - length) == 0;
            is_in(&GIVEN_OUT_V6) && !SPECIAL_V6.iter().any(is_in)
        }
    }
}

const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    // "This network" (RFC 791).
    (Ipv4Addr::UNSPECIFIED, 8),
    // Private (RFC 1918).
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared behind a carrier's NAT (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback (RFC 1122).
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local (RFC 3927), where clouds tell machines their secrets.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // The IETF's protocols (RFC 6890).
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation (RFC 5737).
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Relays to IPv6, given up (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Reflections of DNS (RFC 7535), which serve nobody a page.
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    // Measuring networks (RFC 2544).
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast (RFC 5771).
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved (RFC 1112), and everybody at once.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Global unicast (RFC 4291).
const GIVEN_OUT_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    // The IETF's protocols (RFC 2928), Teredo among them, with an IPv4 address inside.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation (RFC 3849, RFC 9637).
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4 (RFC 3056), with an IPv4 address inside.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    // Reflections of DNS (RFC 7534).
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
];

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
