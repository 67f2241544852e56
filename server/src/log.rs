//! The log: how it is written, and the one line that each request gets. It holds ids and the patterns of addresses, and nothing
//! that anybody typed: no query, no name, no email, and where a request comes from only as the operator says.

use std::{
    collections::HashSet,
    io::{self, IsTerminal as _},
    net::IpAddr,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
    time::Instant,
};

use app::asked::Asked;
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request},
    http::Method,
    response::Response,
};
use http_body::{Frame, SizeHint};
use leptos::server_fn::axum::server_fn_paths;
use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{
    config::{self, Addresses, LogFormat, Source, setting},
    traces::{self, Traces},
};

/// What is logged where nobody says. Stripe’s client warns of each answer that isn’t yes; what is wrong with one is told where it
/// was asked for.
const USUAL: &str = "info,stripe::hyper::client=error";
/// However much is asked for: these write down what they were sent, keys and answers with it.
const QUIET: [&str; 3] = ["webauthn_rs_core=warn", "webauthn_rs=warn", "stripe::hyper::client=error"];
/// What is asked every few seconds by those who look after the server: of these nothing is said, unless all is.
const ROUTINE: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// Who asked went away before there was an answer; nginx calls it that, too.
const GONE_AWAY: u16 = 499;

/// A part of the log, or of what becomes of it.
pub type Part = Box<dyn Layer<Registry> + Send + Sync>;

/// Begins to write the log, and traces, where they are asked for.
///
/// # Errors
/// A sentence for the operator.
pub fn begin(source: &Source) -> Result<Traces, String> {
    let production = source.get(setting::ENV).is_some_and(|mode| mode != "development");
    let usual = if production { LogFormat::Json } else { LogFormat::Text };
    let format = config::log_format(source).unwrap_or(usual);
    let lines = if goes_to_journal(source) {
        lines(format, Journal(io::stderr), false)
    } else {
        lines(format, io::stderr, io::stderr().is_terminal())
    };
    let (traces, spans) = traces::begin(source)?;
    let mut parts: Vec<Part> = vec![lines.with_filter(filter(source)).boxed()];
    parts.extend(spans);
    tracing_subscriber::registry()
        .with(parts)
        .try_init()
        .map_err(|error| format!("the log can’t be begun: {error}"))?;
    traces.tell();
    Ok(traces)
}

/// Lines in a format, written there. Colours are for a person: in a file or a journal they are noise.
pub fn lines<W>(format: LogFormat, to: W, colours: bool) -> Part
where
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    match format {
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(to)
            .boxed(),
        LogFormat::Text => fmt::layer().with_ansi(colours).with_writer(to).boxed(),
    }
}

/// Whether what is said goes to systemd’s journal (systemd.exec(5)), and not to a file that it was sent on to.
fn goes_to_journal(source: &Source) -> bool {
    let Ok(about) = rustix::fs::fstat(io::stderr()) else { return false };
    source.get("JOURNAL_STREAM").is_some_and(|stream| stream == format!("{}:{}", about.st_dev, about.st_ino))
}

/// Tells the journal of each line how bad it is (sd-daemon(3)), so that `journalctl -p warning` finds what matters.
#[derive(Debug, Clone, Copy)]
pub struct Journal<W>(pub W);

impl<'w, W: fmt::MakeWriter<'w>> fmt::MakeWriter<'w> for Journal<W> {
    type Writer = Ranked<W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        Ranked("<6>", self.0.make_writer())
    }

    fn make_writer_for(&'w self, about: &Metadata<'_>) -> Self::Writer {
        let rank = match *about.level() {
            Level::ERROR => "<3>",
            Level::WARN => "<4>",
            Level::INFO => "<6>",
            _ => "<7>",
        };
        Ranked(rank, self.0.make_writer_for(about))
    }
}

/// Writes one line, which begins with its rank.
#[derive(Debug)]
pub struct Ranked<W>(&'static str, W);

impl<W: io::Write> io::Write for Ranked<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // In one piece, for others write there, too.
        self.1.write_all(&[self.0.as_bytes(), line].concat())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

fn filter(source: &Source) -> EnvFilter {
    let asked = source.get(setting::LOG).or_else(|| source.get("RUST_LOG"));
    let filter = asked.and_then(|asked| EnvFilter::try_new(asked).ok()).unwrap_or_else(|| EnvFilter::new(USUAL));
    QUIET.iter().filter_map(|words| words.parse().ok()).fold(filter, EnvFilter::add_directive)
}

/// Where a request goes, by the pattern of its address: what somebody put into it isn’t there.
#[derive(Debug, Clone)]
pub enum Route {
    /// As the router knows it.
    Known(MatchedPath),
    /// A server function, a file, or nothing.
    Fixed(&'static str),
}

impl Route {
    /// Of a request that the router has seen.
    pub fn of(request: &Request) -> Self {
        let path = request.uri().path();
        match request.extensions().get::<MatchedPath>() {
            Some(known) if known.as_str().starts_with("/fn/") => Self::Fixed(function(path).unwrap_or("(none)")),
            Some(known) => Self::Known(known.clone()),
            None if path.starts_with("/pkg/") => Self::Fixed("/pkg/{file}"),
            None => Self::Fixed("(none)"),
        }
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(known) => known.as_str(),
            Self::Fixed(fixed) => fixed,
        }
    }
}

/// The address of a server function, if there is one at it.
fn function(path: &str) -> Option<&'static str> {
    static ALL: OnceLock<HashSet<&'static str>> = OnceLock::new();
    ALL.get_or_init(|| server_fn_paths().map(|(path, _)| path).collect()).get(path).copied()
}

/// How a request asks, by HTTP’s own words (RFC 9110, RFC 5789): whatever else somebody made up is `other`.
pub fn method(asked: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|known| *known == asked.as_str()).unwrap_or("other")
}

/// What is said of a request, once its answer has gone, or whoever asked has.
#[derive(Debug)]
pub struct Line {
    /// The request’s number.
    pub id: String,
    /// Where it goes.
    pub route: Route,
    /// How it asks, as [`method`] says it.
    pub method: &'static str,
    /// When it came.
    pub begun: Instant,
    /// Whose it is.
    pub asked: Asked,
    /// Where it comes from, as far as the log may say.
    pub from: Option<String>,
    /// How it was answered; `None`: not yet.
    pub status: Option<u16>,
    /// How much of the answer has gone.
    pub bytes: u64,
}

impl Drop for Line {
    fn drop(&mut self) {
        let ms = (self.begun.elapsed().as_secs_f64() * 100_000.0).round() / 100.0;
        let (org, user, token) = (self.asked.org(), self.asked.user(), self.asked.token());
        macro_rules! say {
            ($level:ident) => {
                tracing::$level!(
                    target: "devalo::request",
                    request = self.id,
                    route = self.route.as_str(),
                    method = self.method,
                    status = self.status.unwrap_or(GONE_AWAY),
                    ms,
                    bytes = self.bytes,
                    org = org.map(display),
                    user = user.map(display),
                    token = token.map(display),
                    address = self.from,
                )
            };
        }
        if ROUTINE.contains(&self.route.as_str()) {
            say!(debug);
        } else {
            say!(info);
        }
    }
}

/// An answer whose line is written once all of it has gone.
pub fn with_line(response: Response, line: Line) -> Response {
    response.map(|body| Body::new(Counted { body, line }))
}

struct Counted {
    body: Body,
    line: Line,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.line.bytes += data.len() as u64;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Where a request comes from, as far as the log may say.
pub fn told_of(address: IpAddr, addresses: Addresses) -> Option<String> {
    match (addresses, address.to_canonical()) {
        (Addresses::None, _) => None,
        (Addresses::Full, address) => Some(address.to_string()),
        (Addresses::Network, IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        (Addresses::Network, IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            Some(format!("{a:x}:{b:x}:{c:x}::/48"))
        }
    }
}
