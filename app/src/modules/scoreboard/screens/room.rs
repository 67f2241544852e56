//! What the screens of an organisation show, made once for all of them, whenever something has happened there.
//!
//! One task for each organisation that a screen of this process is on follows its events, makes anew what its screens show, and hands out what
//! has changed; each frame is encoded once. It ends when the last screen has gone.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use futures::{Stream, stream};
use jiff::{Zoned, tz::TimeZone};
use tokio::sync::{Notify, broadcast::Receiver, watch};

use super::{
    super::{
        board,
        celebrations::{self, Celebration},
        entries,
        ids::ScreenId,
        permissions,
    },
    Known, heard_of, is_due,
    playlist::{Item, Playlist, Slot},
    show, store,
};
use crate::{
    db::Access,
    error::{AppError, Code, Result},
    ids::OrgId,
    links::Link,
    live::{self, ENDED, LiveEvent},
    meters::{self, Open},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// What happens at once is shown at once.
const TOGETHER: Duration = Duration::from_millis(60);
/// At the latest after this long it is looked anew: a new day begins, and an event may have been missed.
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// After a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// One screen has so many streams at once at most: more than there are televisions to it.
const MOST_STREAMS: usize = 5;
/// Who has too many is worth another look after this long.
const RETRY_SECONDS: u32 = 5;
/// A screen that hears nothing for twice as long knows that the server is gone.
const BEAT: Duration = Duration::from_secs(3);
const BEAT_FRAME: Bytes = Bytes::from_static(b"event: beat\ndata: {}\n\n");
/// The screen loads its page anew: what it shows was chosen anew.
const RELOAD: Bytes = Bytes::from_static(b"event: reload\ndata: {}\n\n");
/// More than these at once are celebrated in one.
const MOST_AT_ONCE: usize = 3;

/// The rooms of this process.
#[derive(Debug, Default)]
pub struct Rooms(Mutex<HashMap<OrgId, Arc<Room>>>);

#[derive(Debug)]
struct Room {
    org: OrgId,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    /// Somebody wants something that nobody wanted before.
    poke: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// How many screens want each item.
    wanted: BTreeMap<String, usize>,
    /// How many streams each screen has here.
    here: HashMap<ScreenId, usize>,
    shown: HashMap<String, Shown>,
    /// What is celebrated these minutes, the earliest first.
    celebrated: Vec<Celebrated>,
    /// The business’s clock; `None`: it isn’t known yet.
    zone: Option<TimeZone>,
    /// The screens that there are, and the version of what was chosen for each; `None`: it isn't known yet.
    screens: Option<HashMap<ScreenId, i64>>,
    /// Nothing is to be seen here any more.
    closed: bool,
    serial: u64,
}

#[derive(Debug)]
struct Shown {
    serial: u64,
    html: Arc<str>,
    frame: Bytes,
}

#[derive(Debug)]
struct Celebrated {
    one: Celebration,
    frame: Bytes,
}

/// What a screen shows to begin with.
#[derive(Debug)]
pub struct First {
    /// It.
    pub screen: store::Screen,
    /// Whose it is.
    pub org: String,
    /// One after the other.
    pub shown: Vec<FirstItem>,
    /// Which of them it is time for.
    pub due: Vec<usize>,
    /// What the business’s clock says: "9:41 am".
    pub clock: String,
}

/// One of the things that it shows.
#[derive(Debug)]
pub struct FirstItem {
    /// What it is called.
    pub key: String,
    /// How it looks.
    pub html: String,
    /// How long it is shown; `None`: as long as the others.
    pub seconds: Option<u32>,
}

/// What a screen shows to begin with.
///
/// # Errors
/// As [`super::open_for`].
pub async fn first(platform: &Platform, known: Known) -> Result<First> {
    let (mut tx, screen) = super::open_for(platform, known).await?;
    let playlist = Playlist::read(&screen.playlist);
    let book = board::book(&mut tx).await?;
    let mut shown = Vec::new();
    for slot in &playlist.items {
        let (key, html) = (slot.item.key(), show::item(&mut tx, &book, &slot.item).await?);
        shown.push(FirstItem { key, html, seconds: slot.seconds });
    }
    let now = tx.now().timestamp().to_zoned(entries::zone(&tx)?);
    let is_seen = |at: usize| shown.get(at).is_some_and(|one| !one.html.is_empty());
    let mut due = due(&playlist.items, &now, is_seen);
    if shown.is_empty() {
        let html = show::nothing("An admin can choose what this screen shows.").into_string();
        shown.push(FirstItem { key: "nothing".to_owned(), html, seconds: None });
        due.push(0);
    }
    let org = tx.org().name.clone();
    tx.rollback().await?;
    Ok(First { screen, org, shown, due, clock: clock(&now) })
}

/// Which of a list it is time for, of what isn’t empty.
fn due(slots: &[Slot], now: &Zoned, is_seen: impl Fn(usize) -> bool) -> Vec<usize> {
    let is_due = |at: &usize| slots.get(*at).is_some_and(|slot| slot.is_due(now.datetime())) && is_seen(*at);
    (0..slots.len()).filter(is_due).collect()
}

/// "9:41 am"
fn clock(now: &Zoned) -> String {
    now.strftime("%-I:%M %P").to_string()
}

/// The stream of one screen: what changes of what it shows, as long as it is one. `version`: of the program, which a page of another knows itself
/// by. `after`: the last celebration that it has shown; `None`: it begins with the next.
///
/// # Errors
/// As [`super::open_for`].
pub async fn stream(
    platform: Platform,
    known: Known,
    version: &'static str,
    after: Option<i64>,
) -> Result<impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send + 'static> {
    let (mut tx, screen) = super::open_for(&platform, known).await?;
    let last = celebrations::last(&mut tx).await?;
    tx.rollback().await?;
    // A number from the future is from another database.
    let after = after.map_or(last, |after| after.clamp(0, last));
    let slots = Playlist::read(&screen.playlist).items;
    let keys: Vec<String> = slots.iter().filter(|slot| slot.item.is_live()).map(|slot| slot.item.key()).collect();
    let place = Place::take(&platform, known, keys)?;
    let version = version_of(version, &screen);
    let hello = Bytes::from(format!(
        "retry: 1000\nevent: hello\ndata: {{\"version\":\"{version}\",\"celebrated\":{after}}}\n\n"
    ));
    let changed = place.room.changed.subscribe();
    let stopping = platform.stopping();
    let listener = Listener {
        platform,
        known,
        version: screen.version,
        seen: screen,
        slots,
        place,
        _counted: Open::one(&meters::LIVE_STREAMS, &["screen"]),
        changed,
        stopping,
        sent: HashMap::new(),
        due: Bytes::new(),
        after,
        caught_up: false,
        beat: Box::pin(tokio::time::sleep(BEAT)),
    };
    Ok(stream::unfold((Some(hello), Some(listener)), |(hello, listener)| async move {
        if let Some(hello) = hello {
            return Some((Ok(hello), (None, listener)));
        }
        let mut listener = listener?;
        let (frame, goes_on) = listener.next().await;
        Some((Ok(frame), (None, goes_on.then_some(listener))))
    }))
}

/// Stands for the program and for what was chosen for this screen: a page of another loads itself anew.
pub fn version_of(program: &str, screen: &store::Screen) -> String {
    format!("{program}.{}", screen.version)
}

struct Listener {
    platform: Platform,
    known: Known,
    /// Of what was chosen for it.
    version: i64,
    /// As it was when it was noted last that it is heard of.
    seen: store::Screen,
    /// What it shows, and when.
    slots: Vec<Slot>,
    place: Place,
    _counted: Open,
    changed: watch::Receiver<u64>,
    /// Whether the process stops.
    stopping: watch::Receiver<bool>,
    /// Which of each item it was sent last.
    sent: HashMap<String, u64>,
    /// What it was told last of what it is time for.
    due: Bytes,
    /// The last celebration that it has.
    after: i64,
    /// It has been told of all that was celebrated before it listened.
    caught_up: bool,
    beat: std::pin::Pin<Box<tokio::time::Sleep>>,
}

impl Listener {
    /// The next frame, and whether there is another after it. Where the process stops, the screen is told to come back to the next one.
    async fn next(&mut self) -> (Bytes, bool) {
        loop {
            if *self.stopping.borrow() {
                return (live::come_back(), false);
            }
            if let Some(last) = self.ended() {
                return (last, false);
            }
            if let Some(frame) = self.news() {
                return (frame, true);
            }
            tokio::select! {
                biased;
                // It is seen above whether it does.
                _ = self.stopping.changed() => {}
                () = self.beat.as_mut() => {
                    self.beat.set(tokio::time::sleep(BEAT));
                    self.note().await;
                    return (BEAT_FRAME, true);
                }
                // The room is never gone while somebody is in it.
                _ = self.changed.changed() => {}
            }
        }
    }

    fn ended(&self) -> Option<Bytes> {
        let state = self.place.room.state();
        if state.closed {
            return Some(ENDED);
        }
        match state.screens.as_ref()?.get(&self.known.id) {
            None => Some(ENDED),
            Some(version) if *version != self.version => Some(RELOAD),
            Some(_) => None,
        }
    }

    /// All that has changed of what it shows, in one; and what is celebrated.
    fn news(&mut self) -> Option<Bytes> {
        let state = self.place.room.state();
        let mut news = Vec::new();
        for key in &self.place.keys {
            let Some(shown) = state.shown.get(key) else { continue };
            if self.sent.get(key) != Some(&shown.serial) {
                self.sent.insert(key.clone(), shown.serial);
                news.extend_from_slice(&shown.frame);
            }
        }
        if let Some(zone) = &state.zone {
            let now = self.platform.clock.now().timestamp().to_zoned(zone.clone());
            let due = self.due_frame(&state, &now);
            if due != self.due {
                news.extend_from_slice(&due);
                self.due = due;
            }
            let fresh: Vec<&Celebrated> =
                state.celebrated.iter().filter(|celebrated| celebrated.one.number > self.after).collect();
            self.after = fresh.last().map_or(self.after, |last| last.one.number);
            if fresh.len() > MOST_AT_ONCE {
                let all: Vec<&Celebration> = fresh.iter().map(|celebrated| &celebrated.one).collect();
                let html = show::celebrations(&all, !self.caught_up).0;
                news.extend_from_slice(&celebrate(self.after, all.len(), &html));
            } else {
                for celebrated in fresh {
                    news.extend_from_slice(&celebrated.frame);
                }
            }
            self.caught_up = true;
        }
        (!news.is_empty()).then(|| news.into())
    }

    /// What it is time for; where that is nothing, what the clock says.
    fn due_frame(&self, state: &State, now: &Zoned) -> Bytes {
        // What isn’t made yet is no reason to show nothing.
        let is_seen = |at: usize| {
            let key = self.slots.get(at).map(|slot| slot.item.key()).unwrap_or_default();
            state.shown.get(&key).is_none_or(|shown| !shown.html.is_empty())
        };
        let on = if self.slots.is_empty() { vec![0] } else { due(&self.slots, now, is_seen) };
        let clock = if on.is_empty() { clock(now) } else { String::new() };
        let data = serde_json::json!({ "on": on, "clock": clock });
        Bytes::from(format!("event: due\ndata: {data}\n\n"))
    }

    /// As long as it listens it is there.
    async fn note(&mut self) {
        let now = self.platform.clock.now();
        if is_due(&self.seen, now) {
            self.seen.seen_at = Some(now);
            heard_of(&self.platform, self.known, None).await;
        }
    }
}

/// A screen's place in a room, given back when it goes.
struct Place {
    room: Arc<Room>,
    screen: ScreenId,
    keys: Vec<String>,
}

impl Place {
    fn take(platform: &Platform, known: Known, keys: Vec<String>) -> Result<Self> {
        let rooms = platform.kept::<Rooms>();
        let mut all = rooms.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = all.entry(known.org).or_insert_with(|| {
            let room = Arc::new(Room {
                org: known.org,
                state: Mutex::default(),
                changed: watch::Sender::new(0),
                poke: Notify::new(),
            });
            tokio::spawn(keep(platform.clone(), Arc::clone(&room)));
            room
        });
        let room = Arc::clone(room);
        drop(all);
        let mut state = room.state();
        let streams = state.here.entry(known.id).or_default();
        if *streams >= MOST_STREAMS {
            let words = "This screen is open too often at once.";
            return Err(AppError { retry_after: Some(RETRY_SECONDS), ..AppError::new(Code::TooMany, words) });
        }
        *streams += 1;
        let mut is_new = false;
        for key in &keys {
            let wanted = state.wanted.entry(key.clone()).or_default();
            is_new |= *wanted == 0;
            *wanted += 1;
        }
        drop(state);
        if is_new {
            room.poke.notify_one();
        }
        Ok(Self { room, screen: known.id, keys })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.room.state();
        if let Some(streams) = state.here.get_mut(&self.screen) {
            *streams = streams.saturating_sub(1);
            if *streams == 0 {
                state.here.remove(&self.screen);
            }
        }
        for key in &self.keys {
            if let Some(wanted) = state.wanted.get_mut(key) {
                *wanted = wanted.saturating_sub(1);
                if *wanted == 0 {
                    state.wanted.remove(key);
                    state.shown.remove(key);
                }
            }
        }
        drop(state);
        // The task sees whether anybody is here still.
        self.room.poke.notify_one();
    }
}

impl Room {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever ends the task: the screens hear of it, and whoever comes next has a new room.
struct Closing {
    platform: Platform,
    room: Arc<Room>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.room.state().closed = true;
        self.room.changed.send_modify(|serial| *serial += 1);
        let rooms = self.platform.kept::<Rooms>();
        let mut all = rooms.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&self.room.org).is_some_and(|room| Arc::ptr_eq(room, &self.room)) {
            all.remove(&self.room.org);
        }
    }
}

/// Follows an organisation as long as a screen is there.
async fn keep(platform: Platform, room: Arc<Room>) {
    let _closing = Closing { platform: platform.clone(), room: Arc::clone(&room) };
    let mut events: Option<Receiver<LiveEvent>> = None;
    loop {
        if leave(&platform, &room) {
            return;
        }
        match refresh(&platform, &room, &mut events).await {
            Ok(true) => {}
            // What follows was subscribed to only then: once more, so that nothing fell between.
            Ok(false) => continue,
            Err(error) if matches!(error.code, Code::Internal | Code::Unavailable) => {
                tokio::time::sleep(AGAIN).await;
                continue;
            }
            // Turned off, suspended, closed: nothing is to be seen here until a screen asks again.
            Err(_) => return,
        }
        let Some(events) = &mut events else { continue };
        tokio::select! {
            _ = events.recv() => tokio::time::sleep(TOGETHER).await,
            () = room.poke.notified() => {}
            () = tokio::time::sleep(LOOKS_EVERY) => {}
        }
        while events.try_recv().is_ok() {}
    }
}

/// Nobody is here: the room is given up, unless somebody comes at this moment.
fn leave(platform: &Platform, room: &Arc<Room>) -> bool {
    let rooms = platform.kept::<Rooms>();
    let mut all = rooms.0.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever comes takes the room while it holds the list of rooms: so nobody is on the way in.
    let empty = room.state().here.is_empty() && Arc::strong_count(room) <= 3;
    if empty {
        all.remove(&room.org);
    }
    empty
}

/// A celebration, or several in one, as a screen is told of it: the number of the last, and how many.
fn celebrate(number: i64, count: usize, html: &str) -> Bytes {
    let data = serde_json::json!({ "number": number, "count": count, "html": html });
    Bytes::from(format!("event: celebrate\ndata: {data}\n\n"))
}

/// Makes anew what is wanted, and tells the screens if anything changed. `false`: it only began to follow.
async fn refresh(platform: &Platform, room: &Room, events: &mut Option<Receiver<LiveEvent>>) -> Result<bool> {
    let actor = Actor::Link(Link { org: room.org.0, subject: uuid::Uuid::nil(), expires: i64::MAX });
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(room.org), &permissions::SHOW, Access::Read).await?;
    tx.check_goes_on("screens show nothing")?;
    if events.is_none() {
        *events = Some(platform.live.subscribe(room.org, tx.org().sequence));
        tx.rollback().await?;
        return Ok(false);
    }
    let screens = store::screens(&mut tx).await?;
    let zone = entries::zone(&tx)?;
    let wanted: Vec<String> = room.state().wanted.keys().cloned().collect();
    let book = board::book(&mut tx).await?;
    let mut made = Vec::new();
    for key in wanted {
        if let Some(item) = Item::parse(&key) {
            made.push((key, show::item(&mut tx, &book, &item).await?));
        }
    }
    let celebrated = celebrations::recent(&mut tx, &book).await?.into_iter().map(|one| {
        let frame = celebrate(one.number, 1, &show::celebration(&one).0);
        Celebrated { one, frame }
    });
    let celebrated: Vec<Celebrated> = celebrated.collect();
    tx.rollback().await?;
    let there: HashMap<ScreenId, i64> =
        screens.into_iter().filter(|screen| screen.paired_at.is_some()).map(|one| (one.id, one.version)).collect();
    let mut state = room.state();
    let mut changed = state.screens.as_ref() != Some(&there) || state.zone.as_ref() != Some(&zone);
    state.screens = Some(there);
    state.zone = Some(zone);
    let last = |all: &[Celebrated]| all.last().map(|celebrated| celebrated.one.number);
    changed = changed || last(&celebrated) > last(&state.celebrated);
    state.celebrated = celebrated;
    for (key, html) in made {
        if state.shown.get(&key).is_some_and(|shown| *shown.html == *html) || !state.wanted.contains_key(&key) {
            continue;
        }
        state.serial += 1;
        let serial = state.serial;
        let data = serde_json::json!({ "key": key, "html": html });
        let frame = Bytes::from(format!("event: item\ndata: {data}\n\n"));
        state.shown.insert(key, Shown { serial, html: html.into(), frame });
        changed = true;
    }
    drop(state);
    if changed {
        room.changed.send_modify(|serial| *serial += 1);
    }
    Ok(true)
}
