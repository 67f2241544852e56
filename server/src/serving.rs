//! Listening, so that nobody who connects keeps others from being answered: so many connections in all and from one place, so
//! long for a request’s head, so long without anything of an answer being taken.

use std::{
    collections::HashMap,
    future::{Ready, ready},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use app::{
    machine,
    meters::{self, Open},
    request::ClientAddress,
};
use axum::Router;
use axum_server::{Handle, Server, accept::Accept};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_io_timeout::TimeoutStream;

/// How long a client may take over a request's headers, from when it connects or was last answered.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// A client that takes nothing of an answer for this long is gone.
const TAKES_WITHIN: Duration = Duration::from_mins(1);
/// A request's first line and headers are this long at most, in bytes. Longer ones are refused (431).
const LONGEST_HEAD: usize = 64 * 1024;
/// One place has as many connections at most: a browser opens six, and many people may share an address.
const MOST_FROM_ONE: usize = 256;
/// Files and connections that are kept free for everything else: the database, what is fetched, what is read.
const KEPT_FREE: u64 = 256;
/// As many connections at most where the system doesn’t say how many there may be.
const MOST_IN_ALL: usize = 10_000;
/// What goes wrong again and again is said once in so long.
const SAID_EVERY: Duration = Duration::from_mins(1);

/// How much those who connect may take.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections in all.
    pub in_all: usize,
    /// Connections from one place.
    pub from_one: usize,
    /// Proxies and this machine: many come from there.
    pub proxies: Vec<IpNet>,
    /// For a request's head.
    pub head_within: Duration,
    /// Until something of an answer is taken.
    pub takes_within: Duration,
}

impl Bounds {
    /// The usual ones, behind these proxies.
    pub fn usual(proxies: &[IpNet]) -> Self {
        let here = [
            IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8)),
            IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
        ];
        let most = machine::most_files().and_then(|files| usize::try_from(files.saturating_sub(KEPT_FREE)).ok());
        Self {
            in_all: most.unwrap_or(MOST_IN_ALL).max(64),
            from_one: MOST_FROM_ONE,
            proxies: proxies.iter().copied().chain(here).collect(),
            head_within: HEAD_WITHIN,
            takes_within: TAKES_WITHIN,
        }
    }
}

/// Answers whoever connects, until it is told to stop.
///
/// # Errors
/// Only where nothing can be listened to at all.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    let head_within = bounds.head_within;
    let mut server = Server::<SocketAddr>::from_listener(listener)
        .acceptor(Gate(Arc::new(Doors { bounds, open: Mutex::default(), said: Mutex::default() })))
        .first_request_timeout(head_within)
        .accept_error_handler(|from: Option<&SocketAddr>, error: &io::Error| {
            // Where it is known from where, it was refused here, and is counted already.
            if from.is_none() {
                not_taken(error);
            }
        })
        .http1_only()
        .handle(handle);
    server.http_builder().http1().header_read_timeout(head_within).max_buf_size(LONGEST_HEAD);
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await
}

/// A connection couldn’t be taken, mostly for want of file handles. It is tried again in a moment; those that are open go on.
fn not_taken(error: &io::Error) {
    static SAID: Mutex<Option<Instant>> = Mutex::new(None);
    meters::ACCEPT_ERRORS.count(&[]);
    if is_time(&SAID) {
        tracing::error!(%error, "a connection can’t be taken; those that are open go on, and it is tried again");
    }
}

/// Whether what goes wrong is to be said again.
fn is_time(said: &Mutex<Option<Instant>>) -> bool {
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    let time = said.is_none_or(|last| last.elapsed() >= SAID_EVERY);
    if time {
        *said = Some(Instant::now());
    }
    time
}

/// Lets connections in, as long as there is room.
#[derive(Debug, Clone)]
struct Gate(Arc<Doors>);

#[derive(Debug)]
struct Doors {
    bounds: Bounds,
    open: Mutex<Inside>,
    said: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Inside {
    all: usize,
    by_place: HashMap<String, usize>,
}

impl Doors {
    /// Room for one more from there; or why there is none.
    fn enter(self: &Arc<Self>, from: IpAddr) -> Result<Slot, &'static str> {
        let from = from.to_canonical();
        let counted = !self.bounds.proxies.iter().any(|net| net.contains(&from));
        let place = counted.then(|| ClientAddress(from).place());
        let mut open = self.inside();
        if open.all >= self.bounds.in_all {
            return Err("all");
        }
        if let Some(place) = &place {
            let here = open.by_place.entry(place.clone()).or_default();
            if *here >= self.bounds.from_one {
                return Err("place");
            }
            *here += 1;
        }
        open.all += 1;
        Ok(Slot { doors: Arc::clone(self), place, _counted: Open::one(&meters::CONNECTIONS, &[]) })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room that a connection takes, until it is closed.
#[derive(Debug)]
struct Slot {
    doors: Arc<Doors>,
    place: Option<String>,
    _counted: Open,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.doors.inside();
        open.all = open.all.saturating_sub(1);
        if let Some(place) = &self.place
            && let Some(here) = open.by_place.get_mut(place)
        {
            *here -= 1;
            if *here == 0 {
                open.by_place.remove(place);
            }
        }
    }
}

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Connection;
    type Service = S;
    type Future = Ready<io::Result<(Connection, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.let_in(stream).map(|connection| (connection, service)))
    }
}

impl Gate {
    fn let_in(&self, stream: TcpStream) -> io::Result<Connection> {
        let slot = self.0.enter(stream.peer_addr()?.ip()).map_err(|why| {
            meters::CONNECTIONS_REFUSED.count(&[why]);
            if is_time(&self.0.said) {
                tracing::warn!(why, "a connection is refused: there are too many");
            }
            io::Error::other("there are too many connections")
        })?;
        // Without it small answers wait for the client's acknowledgement.
        stream.set_nodelay(true)?;
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.0.bounds.takes_within));
        Ok(Connection { stream: Box::pin(stream), _slot: slot })
    }
}

/// A connection, in the room that it takes.
struct Connection {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    _slot: Slot,
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_read(context, to)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
