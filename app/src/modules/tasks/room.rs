//! A list as it changes, for everybody who looks at it: what changed is read and encoded once for all of them.
//!
//! One task for each list that a page of this process shows follows its organisation's events, reads what changed in the list, and hands it out. It ends when
//! the last page has gone. Whether somebody may still look is seen to for each of them alone.
//!
//! What is told at once is small: of more, pages hear that they are to read again what they show. They all do at that moment, and so do those that come
//! back after a stop; what all who see the list read alike is read once for all of them, as long as nothing happens.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant as Moment},
};

use axum::body::Bytes;
use futures::{Stream, StreamExt as _, stream};
use serde::Serialize;
use tokio::sync::{
    OnceCell,
    broadcast::{self, error::RecvError},
};
use uuid::Uuid;

use super::{
    access,
    cards::{self, Card},
    ids::{ListId, TaskId},
    permissions, store,
};
use crate::{
    auth::session::SessionId,
    clock::Instant,
    db::Access,
    error::{Code, Result},
    ids::{OrgId, UserId},
    live::{self, ENDED},
    meters::{self, Open},
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
};

/// What happens at once is told at once.
const TOGETHER: Duration = Duration::from_millis(20);
/// At the latest after this long it is looked anew: an event may have been missed.
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// Who listens is looked at anew before they are told something this long after the last look.
const LOOKED_SECONDS: i64 = 15;
/// After a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Past this many unread frames a slow page reads from the database instead.
const BACKLOG: usize = 64;
/// So many changed tasks are told at once, and as many that left. A page is to read again where there are more.
pub const MOST: i64 = 100;
/// So many bytes are told at once.
pub const LARGEST: usize = 64 * 1024;
/// So long what was read for one is handed to others, while nothing happens.
const FRESH: Duration = Duration::from_secs(5);
/// So many different things are kept for others at once.
const MOST_READ: usize = 64;
/// And no more once so many bytes are.
const MOST_KEPT: usize = 4 * 1024 * 1024;
/// What may change who sees a list.
const OF_ACCESS: [&[u8]; 3] = [b"tasks.space_", b"tasks.team_", b"tasks.list_"];

/// The rooms of this process.
#[derive(Debug, Default)]
pub struct Rooms(Mutex<HashMap<(OrgId, ListId), Arc<Room>>>);

#[derive(Debug)]
struct Room {
    org: OrgId,
    list: ListId,
    /// The organisation's number when the first page came: what happened after it is told.
    from: i64,
    frames: broadcast::Sender<Frame>,
    here: Mutex<BTreeMap<Uuid, Here>>,
    read: Mutex<Read>,
}

/// What was read of a list for one of those who look at it, for the others.
#[derive(Debug)]
struct Read {
    /// The organisation's number that it is of.
    sequence: i64,
    since: Moment,
    parts: HashMap<String, Arc<OnceCell<Bytes>>>,
}

/// What a page is told.
#[derive(Debug, Clone)]
struct Frame {
    /// All up to there is in it; 0: who is here, which is of no moment.
    sequence: i64,
    bytes: Bytes,
}

/// Somebody who looks at the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Here {
    id: UserId,
    name: String,
    /// The task that they have open.
    task: Option<TaskId>,
}

/// What changed in a list.
#[derive(Debug, Serialize)]
struct Delta {
    sequence: i64,
    cards: Vec<Card>,
    gone: Vec<TaskId>,
}

/// What happens in a list, from after a number of the organisation's sequence on, or from now.
///
/// # Errors
/// 404 for a list that whoever asks can't see; as [`live::stream`].
pub async fn stream(
    platform: Platform,
    actor: Actor,
    session: Option<SessionId>,
    org: String,
    list: String,
    after: Option<i64>,
) -> Result<impl Stream<Item = std::result::Result<Bytes, Infallible>> + Send + 'static> {
    let mut tx = access::open(&platform, &actor, &org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, &list).await?.id;
    let (id, current, user) = (tx.id(), tx.org().sequence, tx.user());
    let name = match user {
        Some(user) => members::one(&mut tx, user).await?.name,
        None => String::new(),
    };
    let looked = tx.now();
    tx.rollback().await?;
    // It ends when whoever listens may no longer, and beats.
    let pulse = live::stream(platform.clone(), actor.clone(), session, org, &permissions::VIEW, None, None).await?;
    let place = Place::take(&platform, (id, list), current, user.map(|user| Here { id: user, name, task: None }));
    let frames = place.room.frames.subscribe();
    place.tell_who();
    // A number from the future is from another database.
    let seen = after.filter(|after| *after <= current).unwrap_or(current);
    let listener = Listener {
        platform,
        actor,
        list,
        pulse: Box::pin(pulse),
        frames,
        place,
        _counted: Open::one(&meters::LIVE_STREAMS, &["list"]),
        seen,
        // What happened before this page was in the room it wasn't told.
        catches_up: true,
        looked,
    };
    Ok(stream::unfold(Some(listener), |listener| async move {
        let mut listener = listener?;
        let (bytes, goes_on) = listener.next().await?;
        Some((Ok(bytes), goes_on.then_some(listener)))
    }))
}

/// Somebody who looks at a list has this task of it open, or none.
///
/// # Errors
/// 404 for a list or a task that whoever asks can't see.
pub async fn here(platform: &Platform, actor: &Actor, org: &str, list: &str, task: Option<TaskId>) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, list).await?.id;
    let task = match task {
        // One of another list is nothing to those who look at this one: they may not see that.
        Some(task) => Some(access::task(&mut tx, task).await?).filter(|task| task.list == list).map(|task| task.id),
        None => None,
    };
    let (id, user) = (tx.id(), tx.user());
    tx.rollback().await?;
    let room = platform.kept::<Rooms>().all().get(&(id, list)).cloned();
    let (Some(room), Some(user)) = (room, user) else { return Ok(()) };
    let mut changed = false;
    for one in room.here().values_mut().filter(|one| one.id == user && one.task != task) {
        one.task = task;
        changed = true;
    }
    if changed {
        room.tell_who();
    }
    Ok(())
}

/// Reads something of a list that is the same for everybody who sees it, at this number of its organisation's; while pages show the list, once for all who
/// ask for it. Whoever calls this saw to it that whoever asks sees the list.
///
/// # Errors
/// As the reading.
pub async fn shared(
    platform: &Platform,
    (org, list): (OrgId, ListId),
    sequence: i64,
    what: &str,
    reading: impl Future<Output = Result<Bytes>>,
) -> Result<Bytes> {
    let room = platform.kept::<Rooms>().all().get(&(org, list)).cloned();
    match room {
        Some(room) => room.shared(sequence, what, reading).await,
        None => reading.await,
    }
}

struct Listener<S> {
    platform: Platform,
    actor: Actor,
    list: ListId,
    pulse: Pin<Box<S>>,
    frames: broadcast::Receiver<Frame>,
    place: Place,
    _counted: Open,
    /// The number that the page has seen.
    seen: i64,
    /// The database has more than it has seen.
    catches_up: bool,
    /// When it was seen to last that they may look: another role than before is no event.
    looked: Instant,
}

impl<S: Stream<Item = std::result::Result<Bytes, Infallible>> + Send> Listener<S> {
    /// The next frame, and whether there is another after it; `None` where the page comes back.
    async fn next(&mut self) -> Option<(Bytes, bool)> {
        loop {
            if self.catches_up {
                match self.read().await {
                    Ok(Some(bytes)) => return Some((bytes, true)),
                    Ok(None) => {}
                    Err(error) if is_over(error.code) => return Some((ENDED, false)),
                    Err(_) => return None,
                }
            }
            tokio::select! {
                // In this order: whoever may listen no longer finds out even while changes come without a pause.
                biased;
                beat = self.pulse.next() => {
                    let Ok(beat) = beat?;
                    if beat == ENDED {
                        return Some((ENDED, false));
                    }
                    if OF_ACCESS.iter().any(|kind| holds(&beat, kind)) && !self.may_look().await {
                        return Some((ENDED, false));
                    }
                    // Its own events are for pages that read them; what this page shows comes from the room.
                    if !holds(&beat, b"data: {\"kind\"") {
                        return Some((beat, true));
                    }
                }
                heard = self.frames.recv() => {
                    if self.looked_long_ago() && !self.may_look().await {
                        return Some((ENDED, false));
                    }
                    match heard {
                        Ok(Frame { sequence: 0, bytes }) => return Some((bytes, true)),
                        Ok(frame) if frame.sequence <= self.seen => {}
                        Ok(frame) => {
                            self.seen = frame.sequence;
                            return Some((frame.bytes, true));
                        }
                        Err(RecvError::Lagged(_)) => {
                            meters::LIVE_LAGGED.count(&[]);
                            self.catches_up = true;
                        }
                        Err(RecvError::Closed) => return None,
                    }
                }
            }
        }
    }

    fn looked_long_ago(&self) -> bool {
        self.looked.plus_seconds(LOOKED_SECONDS) <= self.platform.clock.now()
    }

    /// Whoever listens sees the list still.
    async fn may_look(&mut self) -> bool {
        self.looked = self.platform.clock.now();
        may_look(&self.platform, &self.actor, self.place.room.org, self.list).await
    }

    /// What changed after the number seen, read as whoever listens; `None`: nothing did.
    async fn read(&mut self) -> Result<Option<Bytes>> {
        let org = OrgRef::Id(self.place.room.org);
        let mut tx = OrgTx::open(&self.platform, &self.actor, org, &permissions::VIEW, Access::Read).await?;
        access::list(&mut tx, self.list).await?;
        let sequence = tx.org().sequence;
        let what = format!("since {}", self.seen);
        let bytes = self.place.room.shared(sequence, &what, news(&mut tx, self.list, self.seen)).await?;
        tx.rollback().await?;
        self.catches_up = false;
        self.seen = sequence;
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}

/// Somebody's place in a room, given back when they go.
struct Place {
    room: Arc<Room>,
    key: Uuid,
}

impl Place {
    fn take(platform: &Platform, (org, list): (OrgId, ListId), from: i64, who: Option<Here>) -> Self {
        let rooms = platform.kept::<Rooms>();
        let mut all = rooms.all();
        let room = all.entry((org, list)).or_insert_with(|| {
            let room = Arc::new(Room {
                org,
                list,
                from,
                frames: broadcast::channel(BACKLOG).0,
                here: Mutex::default(),
                read: Mutex::new(Read::of(from)),
            });
            tokio::spawn(keep(platform.clone(), Arc::clone(&room)));
            room
        });
        let place = Self { room: Arc::clone(room), key: crate::ids::fresh(platform.clock.now()) };
        drop(all);
        if let Some(who) = who {
            place.room.here().insert(place.key, who);
        }
        place
    }

    fn tell_who(&self) {
        self.room.tell_who();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.here().remove(&self.key);
        self.room.tell_who();
    }
}

impl Rooms {
    fn all(&self) -> MutexGuard<'_, HashMap<(OrgId, ListId), Arc<Room>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read {
    fn of(sequence: i64) -> Self {
        Self { sequence, since: Moment::now(), parts: HashMap::new() }
    }
}

impl Room {
    /// One who asks reads, and the others have it from them.
    async fn shared(&self, sequence: i64, what: &str, reading: impl Future<Output = Result<Bytes>>) -> Result<Bytes> {
        match self.part(sequence, what) {
            Some(part) => part.get_or_try_init(|| reading).await.cloned(),
            None => reading.await,
        }
    }

    /// Where something that is read at this number is kept; `None`: others have read on already, or too much is kept.
    fn part(&self, sequence: i64, what: &str) -> Option<Arc<OnceCell<Bytes>>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if sequence > read.sequence || sequence == read.sequence && read.since.elapsed() > FRESH {
            *read = Read::of(sequence);
        }
        let kept: usize = read.parts.values().filter_map(|part| part.get()).map(Bytes::len).sum();
        let is_full = (read.parts.len() >= MOST_READ || kept >= MOST_KEPT) && !read.parts.contains_key(what);
        (sequence == read.sequence && !is_full).then(|| Arc::clone(read.parts.entry(what.to_owned()).or_default()))
    }

    /// Forgets what nobody is handed any more.
    fn forget(&self) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.since.elapsed() > FRESH {
            read.parts.clear();
        }
    }

    fn here(&self) -> MutexGuard<'_, BTreeMap<Uuid, Here>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody who is here: each once, however many pages they have open.
    fn tell_who(&self) {
        let mut people: Vec<Here> = Vec::new();
        for one in self.here().values() {
            match people.iter_mut().find(|known| known.id == one.id) {
                Some(known) => known.task = known.task.or(one.task),
                None => people.push(one.clone()),
            }
        }
        let data = serde_json::json!({ "people": people });
        // Nobody is here: nobody has to know.
        let _ = self.frames.send(Frame { sequence: 0, bytes: Bytes::from(format!("event: here\ndata: {data}\n\n")) });
    }
}

/// Follows a list as long as somebody looks at it.
async fn keep(platform: Platform, room: Arc<Room>) {
    // What is read comes after the subscription, and goes on from what the first page has, so that nothing falls between.
    let mut seen = room.from;
    let mut heard = platform.live.subscribe(room.org, seen);
    loop {
        if leave(&platform, &room) {
            return;
        }
        room.forget();
        let Ok(sequence) = refresh(&platform, &room, seen).await else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        seen = sequence;
        tokio::select! {
            _ = heard.recv() => tokio::time::sleep(TOGETHER).await,
            () = tokio::time::sleep(LOOKS_EVERY) => {}
        }
        while heard.try_recv().is_ok() {}
    }
}

/// Reads what changed, and hands it out.
async fn refresh(platform: &Platform, room: &Room, seen: i64) -> Result<i64> {
    let mut tx = open(platform, room).await?;
    if tx.org().sequence <= seen {
        tx.rollback().await?;
        return Ok(seen);
    }
    let sequence = tx.org().sequence;
    let bytes = news(&mut tx, room.list, seen).await?;
    tx.rollback().await?;
    if !bytes.is_empty() {
        // Nobody is here: the next look sees it.
        let _ = room.frames.send(Frame { sequence, bytes });
    }
    Ok(sequence)
}

async fn open(platform: &Platform, room: &Room) -> Result<OrgTx> {
    let actor = Actor::System("tasks.room");
    OrgTx::open(platform, &actor, OrgRef::Id(room.org), &permissions::VIEW, Access::Read).await
}

/// Nobody is here: the room is given up, unless somebody comes at this moment.
fn leave(platform: &Platform, room: &Arc<Room>) -> bool {
    let rooms = platform.kept::<Rooms>();
    let mut all = rooms.all();
    // Whoever comes takes the room while it holds the list of rooms: one is there, and one is this task's.
    let empty = Arc::strong_count(room) <= 2;
    if empty {
        all.remove(&(room.org, room.list));
    }
    empty
}

async fn may_look(platform: &Platform, actor: &Actor, org: OrgId, list: ListId) -> bool {
    let Ok(mut tx) = OrgTx::open(platform, actor, OrgRef::Id(org), &permissions::VIEW, Access::Read).await else {
        return false;
    };
    let seen = access::list(&mut tx, list).await.is_ok();
    tx.rollback().await.is_ok() && seen
}

/// What pages are told of what changed since a number; empty: nothing did.
async fn news(tx: &mut OrgTx, list: ListId, seen: i64) -> Result<Bytes> {
    let sequence = tx.org().sequence;
    let again = || Bytes::from(format!("id: {sequence}\nevent: again\ndata: {{\"sequence\":{sequence}}}\n\n"));
    let too_many = |count: usize| i64::try_from(count).is_ok_and(|count| count > MOST);
    let rows = store::changed_since(tx, list, seen, TaskId(Uuid::max()), MOST + 1).await?;
    let elsewhere = store::gone_since(tx, list, seen, MOST + 1).await?;
    if too_many(rows.len()) || too_many(elsewhere.len()) {
        return Ok(again());
    }
    let (trashed, there): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.trashed_at.is_some());
    let cards = cards::of_rows(tx, there).await?;
    let mut gone: Vec<TaskId> = trashed.into_iter().map(|row| row.id).collect();
    gone.extend(elsewhere.into_iter().filter(|id| !cards.iter().any(|card| card.id == *id)));
    if cards.is_empty() && gone.is_empty() {
        return Ok(Bytes::new());
    }
    let data = serde_json::to_string(&Delta { sequence, cards, gone }).unwrap_or_default();
    let frame = format!("id: {sequence}\nevent: cards\ndata: {data}\n\n");
    Ok(if frame.len() > LARGEST { again() } else { Bytes::from(frame) })
}

fn is_over(code: Code) -> bool {
    matches!(code, Code::Unauthenticated | Code::Forbidden | Code::NotFound)
}

fn holds(frame: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(frame, word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::AppError;

    /// What is kept for others stays small, however large each of it is and however many different things are asked for.
    #[tokio::test]
    async fn no_more_is_kept_than_fits() {
        let room = Room {
            org: OrgId(Uuid::nil()),
            list: ListId(Uuid::nil()),
            from: 1,
            frames: broadcast::channel(1).0,
            here: Mutex::default(),
            read: Mutex::new(Read::of(1)),
        };
        let large = Bytes::from(vec![b'x'; MOST_KEPT / 2]);
        for what in ["one", "two", "three", "four"] {
            let read = room.shared(1, what, async { Ok(large.clone()) }).await.unwrap();
            assert_eq!(read.len(), large.len(), "{what} is read all the same");
        }
        assert_eq!(room.read.lock().unwrap().parts.len(), 2);
        let kept = room.shared(1, "one", async { Err(AppError::internal()) }).await;
        assert_eq!(kept.unwrap().len(), large.len(), "it isn’t read again");
    }
}
