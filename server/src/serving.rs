//! Where connections come in, how they are served, and how that ends: at sockets that systemd opened, which stay open while the
//! server is brought up to date, or at the address in the settings. Nobody who connects keeps others from being answered: there are
//! so many connections in all and from one place, so long for a request’s head, so long without anything of an answer being taken.

use std::{
    collections::HashMap,
    future::{Ready, pending, ready},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant as Moment},
};

use app::{
    machine,
    meters::{self, Open},
    platform::Platform,
    request::ClientAddress,
};
use axum::{
    Router,
    extract::{Request, connect_info::Connected},
    http::uri::PathAndQuery,
    middleware,
    response::Redirect,
};
use axum_server::{AddrListener, Address, Handle, Server, accept::Accept};
use futures::{
    FutureExt as _,
    future::{BoxFuture, try_join_all},
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use listenfd::ListenFd;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::Instant,
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::server::TlsStream;

use crate::{life, taken, tls::Keys};

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
/// A connection of many requests at once is asked this often whether anybody is still there.
const ASKS_EVERY: Duration = Duration::from_secs(20);
/// How long connections that are open are served still once the process stops: each answer says that it was the last.
const LAST_CALL: Duration = Duration::from_secs(1);
/// How long a stop takes at most: what is under way then isn't waited for any longer.
const STOPS_WITHIN: Duration = Duration::from_secs(25);
const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// Whoever is connected.
#[derive(Debug, Clone, Copy)]
pub struct Peer(SocketAddr);

impl Connected<Peer> for SocketAddr {
    fn connect_info(peer: Peer) -> Self {
        peer.0
    }
}

impl Address for Peer {
    type Stream = TcpStream;
    type Listener = Door;
}

/// Where connections come in, until the process stops: those that come after that wait at systemd's socket for whoever is next.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    stopping: watch::Receiver<bool>,
}

impl Door {
    /// One that stays open for as long as it is there.
    pub fn at(listener: TcpListener) -> Self {
        Self { listener, stopping: watch::channel(false).1 }
    }
}

impl AddrListener<TcpStream, Peer> for Door {
    async fn bind_to(address: Peer) -> io::Result<Self> {
        TcpListener::bind(address.0).await.map(Self::at)
    }

    async fn accept_stream(&self) -> io::Result<(TcpStream, Peer)> {
        tokio::select! {
            biased;
            () = stops(self.stopping.clone()) => pending().await,
            accepted = self.listener.accept() => accepted.map(|(stream, address)| (stream, Peer(address))),
        }
    }

    fn get_local_addr(&self) -> io::Result<Peer> {
        self.listener.local_addr().map(Peer)
    }
}

/// The doors of a server.
#[derive(Debug)]
pub struct Doors {
    /// Those to everything.
    pages: Vec<Door>,
    /// Those that only lead to https.
    to_https: Vec<Door>,
}

impl Doors {
    /// At the sockets that systemd hands over, or else at this address. Where TLS is made here, whoever comes to port 80 is led to https.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn open(platform: &Platform, address: SocketAddr, with_tls: bool) -> Result<Self, String> {
        let handed = handed_over().map_err(|error| format!("What systemd hands over can’t be used: {error}."))?;
        let listeners = if handed.is_empty() {
            bound(address, with_tls).await?
        } else {
            tracing::info!(sockets = handed.len(), "listening where systemd does; DEVALO_ADDR isn’t looked at");
            handed
        };
        let mut doors = Self { pages: Vec::new(), to_https: Vec::new() };
        for listener in listeners {
            let leads_on = with_tls && listener.local_addr().is_ok_and(|address| address.port() == HTTP);
            let side = if leads_on { &mut doors.to_https } else { &mut doors.pages };
            side.push(Door { listener, stopping: platform.stopping() });
        }
        Ok(doors)
    }
}

/// How much those who connect may take.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections in all, through whichever door.
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

/// Serves until the process is asked to stop, and then finishes what is under way.
///
/// # Errors
/// A sentence for the operator.
pub async fn serve(
    doors: Doors,
    platform: &Platform,
    router: Router,
    keys: Option<Keys>,
    bounds: Bounds,
) -> Result<(), String> {
    let (gate, handle) = (Gate::within(bounds), Handle::new());
    let mut all = Vec::new();
    for door in doors.to_https {
        all.push(plain(door, gate.clone(), handle.clone(), leads_to(platform.origin.clone())).boxed_local());
    }
    for door in doors.pages {
        let (gate, handle, router) = (gate.clone(), handle.clone(), router.clone());
        all.push(match &keys {
            Some(keys) => with_tls(door, gate, keys.clone(), handle, router).boxed_local(),
            None => plain(door, gate, handle, router).boxed_local(),
        });
    }
    // Where TLS is made by a proxy nobody looks at files, and this is no reason to end.
    let _heard_from_now_on = signal(SignalKind::hangup());
    tokio::spawn(life::keep_telling(platform.clone()));
    let deadline = tokio::spawn(stop_when_asked(handle, platform.clone()));
    life::ready();
    try_join_all(all).await.map_err(|error| error.to_string())?;
    // Work in the background gets what is left of the time.
    let deadline = deadline.await.map_err(|error| error.to_string())?;
    if tokio::time::timeout_at(deadline, platform.at_rest()).await.is_err() {
        tracing::warn!("some work in the background wasn’t finished: whoever comes next does it again");
    }
    Ok(())
}

/// Answers whoever comes in at a door, until the handle says that it is over.
///
/// # Errors
/// Only where nothing can be listened to at all.
pub async fn plain(door: Door, gate: Gate, handle: Handle<Peer>, router: Router) -> io::Result<()> {
    let head_within = gate.0.bounds.head_within;
    let mut server = Server::<Peer>::from_listener(door)
        .acceptor(gate)
        .first_request_timeout(head_within)
        .accept_error_handler(missed)
        .http1_only()
        .handle(handle);
    server.http_builder().http1().header_read_timeout(head_within).max_buf_size(LONGEST_HEAD);
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await
}

async fn with_tls(door: Door, gate: Gate, keys: Keys, handle: Handle<Peer>, router: Router) -> io::Result<()> {
    let (head_within, takes_within) = (gate.0.bounds.head_within, gate.0.bounds.takes_within);
    // Of HTTP/2 the connection alone doesn’t show whether anything is taken.
    let router = router.layer(middleware::from_fn_with_state(takes_within, taken::or_let_go));
    let mut server = Server::<Peer>::from_listener(door)
        .acceptor(TlsGate { gate, keys })
        .first_request_timeout(head_within)
        .accept_error_handler(missed)
        .handle(handle);
    server.http_builder().http1().header_read_timeout(head_within).max_buf_size(LONGEST_HEAD);
    server.http_builder().http2().keep_alive_interval(ASKS_EVERY).keep_alive_timeout(ASKS_EVERY);
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await
}

/// Waits until the process is asked to stop, and says when that is to be over. Streams to open pages and screens are ended at once, and
/// told when to come back; jobs begin nothing more.
async fn stop_when_asked(handle: Handle<Peer>, platform: Platform) -> Instant {
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _stop = interrupt.await;
        }
    }
    tracing::info!("stopping: finishing what is under way");
    life::stopping();
    let deadline = Instant::now() + STOPS_WITHIN;
    platform.stop();
    // Whoever has a connection open may just be sending something. It is answered, and told not to send more.
    let last_call = Instant::now() + LAST_CALL;
    loop {
        // One that was taken at this very moment isn't counted yet.
        tokio::time::sleep(Duration::from_millis(50)).await;
        if handle.connection_count() == 0 || Instant::now() >= last_call {
            break;
        }
    }
    handle.graceful_shutdown(Some(deadline.duration_since(Instant::now())));
    deadline
}

/// Leads whoever comes without TLS to the same address with it.
fn leads_to(origin: String) -> Router {
    Router::new().fallback(move |request: Request| {
        let address = request.uri().path_and_query().map(PathAndQuery::as_str);
        let address = address.filter(|address| address.starts_with('/')).unwrap_or("/");
        ready(Redirect::permanent(&format!("{origin}{address}")))
    })
}

/// What systemd opened for us, in its order.
fn handed_over() -> io::Result<Vec<TcpListener>> {
    let mut sockets = ListenFd::from_env();
    let mut all = Vec::new();
    for at in 0..sockets.len() {
        if let Some(listener) = sockets.take_tcp_listener(at)? {
            listener.set_nonblocking(true)?;
            all.push(TcpListener::from_std(listener)?);
        }
    }
    Ok(all)
}

async fn bound(address: SocketAddr, with_tls: bool) -> Result<Vec<TcpListener>, String> {
    let failed = |error| format!("DEVALO_ADDR: can’t listen on {address}: {error}");
    let mut all = vec![TcpListener::bind(address).await.map_err(failed)?];
    if with_tls && address.port() == HTTPS {
        match TcpListener::bind((address.ip(), HTTP)).await {
            Ok(listener) => all.push(listener),
            Err(error) => tracing::warn!(%error, "nobody is led from port 80 to https: it can’t be listened on"),
        }
    }
    Ok(all)
}

/// Comes back once the process stops.
async fn stops(mut stopping: watch::Receiver<bool>) {
    while !*stopping.borrow_and_update() {
        if stopping.changed().await.is_err() {
            // Nobody stops it any more.
            pending::<()>().await;
        }
    }
}

/// A connection couldn’t be taken, mostly for want of file handles. It is tried again in a moment; those that are open go on.
fn missed(from: Option<&Peer>, error: &io::Error) {
    static SAID: Mutex<Option<Moment>> = Mutex::new(None);
    // Where it is known from where, it was refused here, and is counted already; or no keys could be agreed on.
    if from.is_some() {
        return;
    }
    meters::ACCEPT_ERRORS.count(&[]);
    if is_time(&SAID) {
        tracing::error!(%error, "a connection can’t be taken; those that are open go on, and it is tried again");
    }
}

/// Whether what goes wrong is to be said again.
fn is_time(said: &Mutex<Option<Moment>>) -> bool {
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    let time = said.is_none_or(|last| last.elapsed() >= SAID_EVERY);
    if time {
        *said = Some(Moment::now());
    }
    time
}

/// Lets connections in, as long as there is room. Cheap to clone: all doors share the room.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Room>);

#[derive(Debug)]
struct Room {
    bounds: Bounds,
    open: Mutex<Inside>,
    said: Mutex<Option<Moment>>,
}

#[derive(Debug, Default)]
struct Inside {
    all: usize,
    by_place: HashMap<String, usize>,
}

impl Room {
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
        Ok(Slot { room: Arc::clone(self), place, _counted: Open::one(&meters::CONNECTIONS, &[]) })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room that a connection takes, until it is closed.
#[derive(Debug)]
struct Slot {
    room: Arc<Room>,
    place: Option<String>,
    _counted: Open,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.room.inside();
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
    /// With room for so many.
    pub fn within(bounds: Bounds) -> Self {
        Self(Arc::new(Room { bounds, open: Mutex::default(), said: Mutex::default() }))
    }

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

/// Lets them in, and then makes TLS of them.
#[derive(Clone)]
struct TlsGate {
    gate: Gate,
    keys: Keys,
}

impl<S: Send + 'static> Accept<TcpStream, S> for TlsGate {
    type Stream = TlsStream<Connection>;
    type Service = S;
    type Future = BoxFuture<'static, io::Result<(TlsStream<Connection>, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        match self.gate.let_in(stream) {
            Ok(connection) => self.keys.accept(connection, service),
            Err(refused) => Box::pin(ready(Err(refused))),
        }
    }
}

/// A connection, in the room that it takes.
#[derive(Debug)]
pub struct Connection {
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
