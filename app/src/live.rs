//! Live pages: one stream a browser, over Server-Sent Events.
//!
//! Each organisation has a durable sequence of events without gaps; its number is the event's id. A stream begins by
//! subscribing, then replays what the database has after the number that the browser saw last, then goes on live. Where
//! two commits finished out of order it waits a moment for the first; if it finds another gap (it fell behind), it reads
//! what is missing from the database. Each event is encoded once and shared by all who listen. Whoever follows one module hears what happens in it; of everything else that it happened, so
//! that the numbers have no gaps, and nothing more.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    convert::Infallible,
    ops::RangeInclusive,
    pin::Pin,
    sync::Mutex,
    time::Duration,
};

use axum::body::Bytes;
use futures::{Stream, stream};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    time::Sleep,
};
use uuid::Uuid;

use crate::{
    auth::{
        session::{self, SessionId},
        standing::Standing,
    },
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, TokenId, UserId},
    meters::{self, Open},
    org::{Actor, By, OrgRef, OrgTx, Permission},
    platform::Platform,
    sql,
};

/// Past this many unread events a slow listener reads from the database instead.
const BACKLOG: usize = 64;
/// How many missed events one read brings at most; more follow in the next.
const REPLAY: i64 = 500;
/// One session, or one token, has as many streams at most: more than anybody has pages open, and fewer than would weigh on the rest.
const MOST_OPEN: usize = 20;
/// One person has as many at most, however often they are logged in.
const MOST_OF_ONE: usize = 40;
/// One organisation has as many at most, its programs’ with them.
const MOST_OF_ORG: usize = 12_000;
/// Nothing is told again that happened longer ago: a page that was away for longer reads what it shows anew.
const REPLAY_SECONDS: i64 = 24 * 60 * 60;
/// Who has too many is worth another look after this long.
const RETRY_SECONDS: u32 = 15;
/// A comment line this often keeps proxies from closing the stream, and finds out who has lost access.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// An event that comes before its turn waits so long for those before it: by then whoever committed them has told of them.
const OUT_OF_TURN: Duration = Duration::from_millis(50);
/// So many wait at most.
const MOST_AHEAD: usize = 32;
/// Pages come back after so many thousandths of a second when the server was stopped, each after others.
const BACK_AFTER: RangeInclusive<u32> = 1_000..=5_000;

/// Something that happened in an organisation, ready to send.
#[derive(Debug, Clone)]
pub struct LiveEvent {
    /// Its place in the organisation's sequence.
    pub sequence: i64,
    /// The SSE frame, encoded once.
    frame: Bytes,
    /// Its number alone.
    bare: Bytes,
    /// Where the frame says what kind it is.
    kind_at: usize,
}

impl LiveEvent {
    /// Encodes it. Ids only: whoever shows it reads the rest under their own permission.
    pub fn new(sequence: i64, kind: &str, subject: Uuid, at: Instant) -> Self {
        let bare = format!("id: {sequence}\n\n");
        let before = format!("id: {sequence}\ndata: {{\"kind\":\"");
        let kind_at = before.len();
        let frame = format!("{before}{kind}\",\"subject\":\"{subject}\",\"at\":\"{at}\"}}\n\n");
        Self { sequence, frame: Bytes::from(frame), bare: Bytes::from(bare), kind_at }
    }

    /// What is sent of it to whoever follows what begins with this, or everything.
    fn frame_for(&self, of: Option<&str>) -> &Bytes {
        let kind = self.frame.get(self.kind_at..).unwrap_or_default();
        if of.is_none_or(|of| kind.starts_with(of.as_bytes())) { &self.frame } else { &self.bare }
    }
}

/// Who may follow no longer, perhaps: a session of somebody has ended, a token was revoked, an organisation has turned a module
/// off, or it lets support look no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A person.
    Person(UserId),
    /// A program with this token.
    Token(TokenId),
    /// Everybody who follows this organisation.
    Org(OrgId),
}

impl From<UserId> for Whose {
    fn from(person: UserId) -> Self {
        Self::Person(person)
    }
}

/// Carries committed events to the streams of this process.
#[derive(Debug)]
pub struct LiveHub {
    orgs: Mutex<HashMap<OrgId, Channel>>,
    /// Whose access has changed: their streams look again whether they may go on. `None`: anybody’s.
    changes: broadcast::Sender<Option<Whose>>,
    /// How many streams each session, token, person and organisation has open.
    open: Mutex<HashMap<Uuid, usize>>,
}

impl Default for LiveHub {
    fn default() -> Self {
        Self { orgs: Mutex::default(), changes: broadcast::channel(BACKLOG).0, open: Mutex::default() }
    }
}

#[derive(Debug)]
struct Channel {
    sender: broadcast::Sender<LiveEvent>,
    /// The highest number sent or known when the first listener came.
    last: i64,
}

impl LiveHub {
    /// Tells the listeners of this process, if there are any.
    pub fn publish(&self, org: OrgId, event: LiveEvent) {
        let Ok(mut orgs) = self.orgs.lock() else { return };
        let Some(channel) = orgs.get_mut(&org) else { return };
        channel.last = channel.last.max(event.sequence);
        if channel.sender.send(event).is_err() {
            // The last listener left.
            orgs.remove(&org);
        }
    }

    /// Has somebody's streams look again whether they may go on: a session of theirs has ended, or their token was revoked.
    pub fn look_again(&self, whose: Whose) {
        // Nobody listens: nobody has to look.
        let _ = self.changes.send(Some(whose));
    }

    /// Has every stream look again: news of what has ended may have been missed.
    pub fn all_look_again(&self) {
        let _ = self.changes.send(None);
    }

    /// The organisations that somebody listens to here.
    pub fn listened_to(&self) -> Vec<OrgId> {
        self.orgs.lock().map(|orgs| orgs.keys().copied().collect()).unwrap_or_default()
    }

    /// The highest number that the listeners of this organisation were sent; `None` where nobody listens.
    pub fn last(&self, org: OrgId) -> Option<i64> {
        self.orgs.lock().ok()?.get(&org).map(|channel| channel.last)
    }

    /// One stream more of all of these, if each of them may have one.
    fn take(&self, holders: &[(Uuid, usize)]) -> bool {
        let Ok(mut open) = self.open.lock() else { return true };
        let free = holders.iter().all(|(holder, most)| open.get(holder).is_none_or(|count| count < most));
        if free {
            for (holder, _) in holders {
                *open.entry(*holder).or_default() += 1;
            }
        }
        free
    }

    fn give_back(&self, holders: &[(Uuid, usize)]) {
        let Ok(mut open) = self.open.lock() else { return };
        for (holder, _) in holders {
            if let Entry::Occupied(mut count) = open.entry(*holder) {
                if *count.get() > 1 {
                    *count.get_mut() -= 1;
                } else {
                    count.remove();
                }
            }
        }
    }

    /// Listens to what happens in an organisation from now on, whose sequence stands there.
    pub fn subscribe(&self, org: OrgId, current: i64) -> broadcast::Receiver<LiveEvent> {
        match self.orgs.lock() {
            Ok(mut orgs) => orgs
                .entry(org)
                .or_insert_with(|| Channel { sender: broadcast::channel(BACKLOG).0, last: current })
                .sender
                .subscribe(),
            // Poisoned: a stream without live events still catches up on its heartbeat.
            Err(_) => broadcast::channel(1).1,
        }
    }
}

/// Tells a page that its reader may follow no longer: it loads itself anew, and is told why. It waits for no answer to a stream
/// that can't tell.
pub const ENDED: Bytes = Bytes::from_static(b"event: ended\ndata: {}\n\n");

/// Tells a page that the server is being brought up to date, and when to come back. Each is told another moment: thousands that come
/// back at once would be a flood.
pub fn come_back() -> Bytes {
    let wait = rand::random_range(BACK_AFTER);
    Bytes::from(format!("retry: {wait}\nevent: restarting\ndata: {{\"in\":{wait}}}\n\n"))
}

/// The stream of one browser, from after the given number, or from now. What happened more than a day ago isn’t told again: such a page is told to read
/// what it shows anew, and goes on from now.
///
/// `of` is what the kinds begin with that it is told of, such as `calendar.`: of others it gets the number alone. `None`: it is told of all, and whoever calls
/// this sees to it what of that is passed on.
///
/// `session` is the one that a member came with. The stream outlives its cookie, which changes when they show again who they are.
///
/// # Errors
/// As [`OrgTx::open`]; 429 for a session, a token, a person or an organisation that has too many open.
pub async fn stream(
    platform: Platform,
    actor: Actor,
    session: Option<SessionId>,
    org: String,
    need: &'static Permission,
    of: Option<&'static str>,
    after: Option<i64>,
) -> Result<impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static> {
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), need, Access::Read).await?;
    let id = tx.id();
    let current = tx.org().sequence;
    let (token, person) = match tx.by() {
        By::Token(token) => (Some(token), None),
        By::User(user) | By::Support(user) => (None, Some(user)),
        By::System | By::Client => (None, None),
    };
    // A number from the future is from another database; begin from now.
    let after = after.filter(|after| (0..=current).contains(after));
    let is_old = match after {
        Some(after) => is_old(&mut tx, after).await?,
        None => false,
    };
    tx.rollback().await?;
    let holder = session.map(|session| session.0).or(token.map(|token| token.0));
    let holders = [(holder, MOST_OPEN), (person.map(|person| person.0), MOST_OF_ONE), (Some(id.0), MOST_OF_ORG)];
    let place =
        Place::take(&platform, holders.into_iter().filter_map(|(holder, most)| Some((holder?, most))).collect())?;
    // The replay comes after the subscriptions, so nothing can fall between the two.
    let receiver = platform.live.subscribe(id, current);
    let changes = platform.live.changes.subscribe();
    let stopping = platform.stopping();
    let seen = after.filter(|_| !is_old).unwrap_or(current);
    let listener = Listener {
        platform,
        actor,
        session,
        token,
        _place: place,
        // Whoever is told of all of it passes it on, and counts for itself.
        _counted: of.map(|_| Open::one(&meters::LIVE_STREAMS, &["dashboard"])),
        id,
        need,
        of,
        receiver,
        changes,
        stopping,
        seen,
        replay: true,
        ahead: BTreeMap::new(),
        late: None,
        heartbeat: Box::pin(tokio::time::sleep(HEARTBEAT)),
    };
    let again = if is_old { format!("id: {seen}\ndata: {{\"kind\":\"again\"}}\n\n") } else { String::new() };
    let hello = Bytes::from(format!("retry: 2000\nid: {seen}\nevent: hello\ndata: {{}}\n\n{again}"));
    Ok(stream::unfold((Some(hello), Some(listener)), |(hello, listener)| async move {
        if let Some(hello) = hello {
            return Some((Ok(hello), (None, listener)));
        }
        let mut listener = listener?;
        match listener.next().await {
            Ok(bytes) => Some((Ok(bytes), (None, Some(listener)))),
            // The page shows what its reader may no longer see.
            Err(error) if matches!(error.code, Code::Unauthenticated | Code::Forbidden | Code::NotFound) => {
                Some((Ok(ENDED), (None, None)))
            }
            // The process stops, or the database is busy.
            Err(error) if error.code == Code::Unavailable => Some((Ok(come_back()), (None, None))),
            // The browser comes back.
            Err(_) => None,
        }
    }))
}

struct Listener {
    platform: Platform,
    actor: Actor,
    /// The session that a member came with: what ends it ends the stream.
    session: Option<SessionId>,
    /// The token that a program came with: the same.
    token: Option<TokenId>,
    /// Given back when the stream ends.
    _place: Place,
    _counted: Option<Open>,
    id: OrgId,
    need: &'static Permission,
    /// What the kinds begin with that it is told of; `None`: all.
    of: Option<&'static str>,
    receiver: broadcast::Receiver<LiveEvent>,
    /// Whose access has changed.
    changes: broadcast::Receiver<Option<Whose>>,
    /// Whether the process stops.
    stopping: watch::Receiver<bool>,
    /// The number that the browser has seen.
    seen: i64,
    /// The database has more than it has seen.
    replay: bool,
    /// What came before its turn.
    ahead: BTreeMap<i64, LiveEvent>,
    /// When it is waited for no longer.
    late: Option<Pin<Box<Sleep>>>,
    heartbeat: Pin<Box<Sleep>>,
}

impl Listener {
    async fn next(&mut self) -> Result<Bytes> {
        loop {
            if *self.stopping.borrow() {
                return Err(AppError::new(Code::Unavailable, "The server is stopping, and will be back shortly."));
            }
            if self.replay {
                let missed = Box::pin(self.read_missed()).await?;
                if !missed.is_empty() {
                    return Ok(missed);
                }
            }
            // One timer from beat to beat: a new one for each event would cost more than to pass the event on.
            tokio::select! {
                // In this order: whoever may listen no longer finds out even while events come without a pause.
                biased;
                // It is seen above whether it does.
                _ = self.stopping.changed() => {}
                () = self.heartbeat.as_mut() => {
                    self.heartbeat.set(tokio::time::sleep(HEARTBEAT));
                    let missed = Box::pin(self.read_missed()).await?;
                    return Ok(if missed.is_empty() { Bytes::from_static(b": still here\n\n") } else { missed });
                }
                whose = self.changes.recv() => {
                    // Who missed some looks, in case it was one of them.
                    if whose.ok().flatten().is_none_or(|whose| self.is_of(whose)) {
                        self.replay = true;
                    }
                }
                () = over(&mut self.late) => self.replay = true,
                heard = self.receiver.recv() => match heard {
                    Ok(event) if event.sequence <= self.seen => {}
                    Ok(event) if event.sequence == self.seen + 1 => return Ok(self.pass_on(&event)),
                    Ok(event) if self.ahead.len() < MOST_AHEAD => {
                        self.ahead.insert(event.sequence, event);
                        self.late.get_or_insert_with(|| Box::pin(tokio::time::sleep(OUT_OF_TURN)));
                    }
                    Ok(_) => self.replay = true,
                    Err(RecvError::Lagged(_)) => {
                        meters::LIVE_LAGGED.count(&[]);
                        self.replay = true;
                    }
                    Err(RecvError::Closed) => {
                        self.receiver = self.platform.live.subscribe(self.id, self.seen);
                        self.replay = true;
                    }
                },
            }
        }
    }

    /// An event, and those after it that came before their turn.
    fn pass_on(&mut self, event: &LiveEvent) -> Bytes {
        self.seen = event.sequence;
        let frame = event.frame_for(self.of);
        if self.ahead.is_empty() {
            return frame.clone();
        }
        let mut bytes = frame.to_vec();
        while let Some(next) = self.ahead.remove(&self.seen.saturating_add(1)) {
            bytes.extend_from_slice(next.frame_for(self.of));
            self.seen = next.sequence;
        }
        if self.ahead.is_empty() {
            self.late = None;
        }
        bytes.into()
    }

    fn is_of(&self, whose: Whose) -> bool {
        match whose {
            Whose::Person(person) => self.actor == Actor::User(person),
            Whose::Token(token) => self.token == Some(token),
            Whose::Org(org) => self.id == org,
        }
    }

    /// What the database has after the number seen; checks on the way that the listener may still listen.
    async fn read_missed(&mut self) -> Result<Bytes> {
        if let Actor::User(user) = &self.actor {
            let standing = match self.session {
                Some(session) => session::standing_of(&self.platform, session).await?,
                None => Standing::Anonymous,
            };
            if standing.logged_in()?.user() != *user {
                return Err(AppError::new(Code::Unauthenticated, "Please log in to go on."));
            }
        }
        let mut tx = OrgTx::open(&self.platform, &self.actor, OrgRef::Id(self.id), self.need, Access::Read).await?;
        let events = read_after(&mut tx, self.seen).await?;
        tx.rollback().await?;
        self.replay = i64::try_from(events.len()).unwrap_or(REPLAY) == REPLAY;
        // The database has those too.
        self.ahead.clear();
        self.late = None;
        let mut bytes = Vec::new();
        for event in events {
            bytes.extend_from_slice(event.frame_for(self.of));
            self.seen = event.sequence;
        }
        Ok(bytes.into())
    }
}

/// Waits until this is over, where there is something.
async fn over(sleep: &mut Option<Pin<Box<Sleep>>>) {
    match sleep {
        Some(sleep) => sleep.as_mut().await,
        None => std::future::pending().await,
    }
}

/// One of the streams that whoever follows may have open.
struct Place {
    platform: Platform,
    /// Who it counts for, each with how many they may have.
    holders: Vec<(Uuid, usize)>,
}

impl Place {
    fn take(platform: &Platform, holders: Vec<(Uuid, usize)>) -> Result<Self> {
        if platform.live.take(&holders) {
            return Ok(Self { platform: platform.clone(), holders });
        }
        meters::LIVE_REFUSED.count(&[]);
        let words = "That is open too often at once. Please close some of the other pages.";
        Err(AppError { retry_after: Some(RETRY_SECONDS), ..AppError::new(Code::TooMany, words) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.platform.live.give_back(&self.holders);
    }
}

/// What comes after this number begins with what happened too long ago to be told again.
async fn is_old(tx: &mut OrgTx, after: i64) -> Result<bool> {
    let since = tx.now().plus_seconds(-REPLAY_SECONDS);
    let next = sql!(
        optional(Instant,),
        tx,
        "SELECT created_at FROM events WHERE org_id = $1 AND sequence = $2",
        after.saturating_add(1)
    )?;
    Ok(next.is_some_and(|(at,)| at < since))
}

/// The events after a number, at most as many as one read brings.
///
/// # Errors
/// The database is busy.
pub async fn read_after(tx: &mut OrgTx, seen: i64) -> Result<Vec<LiveEvent>> {
    let rows = sql!(
        all(i64, String, Uuid, Instant),
        tx,
        "SELECT sequence, kind, subject, created_at FROM events WHERE org_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
        seen,
        REPLAY
    )?;
    Ok(rows.into_iter().map(|(sequence, kind, subject, at)| LiveEvent::new(sequence, &kind, subject, at)).collect())
}
