//! On PostgreSQL several processes may serve the same database: each tells the others what it committed, and hears them.
//!
//! What was committed is told right after, by a task that gathers what waits. Told inside the transactions themselves it
//! would hold them up: PostgreSQL lets one transaction at a time commit what notifies. A process that dies in the moment
//! between takes its news with it, so whoever starts says so, and everybody looks at everything anew.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::MissedTickBehavior};
use uuid::Uuid;

use crate::{
    db::{Access, DbError},
    error::{AppError, Result},
    ids::OrgId,
    live::{self, Whose},
    org::{Actor, OrgRef, OrgTx, Permission},
    platform::Platform,
};

const CHANNEL: &str = "devalo";
/// What a process says when it begins to listen.
const HELLO: &str = "hello";
/// What it says before the id of somebody whose sessions have changed.
const PERSON: &str = "person ";
/// And before the id of a token that was revoked.
const TOKEN: &str = "token ";
/// And before the id of an organisation that has turned something off, or lets support look no longer.
const ORG: &str = "org ";
/// And before the id of an organisation that was erased.
const ERASED: &str = "erased ";
/// And before what it let through of the limits on floods.
const TOOK: &str = "took ";
const PATIENCE: Duration = Duration::from_secs(1);

/// What the other processes have yet to be told: how far each organisation's sequence has come, and whose access has changed.
#[derive(Debug)]
pub struct News {
    /// Tells our own messages from the others'.
    process: Uuid,
    untold: Mutex<Untold>,
    wake: Notify,
    /// The task that tells is running.
    told_by_task: AtomicBool,
}

impl News {
    /// Nothing yet.
    pub fn new(process: Uuid) -> Self {
        Self { process, untold: Mutex::default(), wake: Notify::new(), told_by_task: AtomicBool::new(false) }
    }

    fn add(&self, news: Untold) {
        if let Ok(mut untold) = self.untold.lock() {
            for (org, sequence) in news.sequences {
                let last = untold.sequences.entry(org).or_insert(sequence);
                *last = sequence.max(*last);
            }
            untold.whose.extend(news.whose);
            untold.erased.extend(news.erased);
        }
    }

    fn take(&self) -> Untold {
        self.untold.lock().map(|mut untold| mem::take(&mut *untold)).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Untold {
    sequences: HashMap<OrgId, i64>,
    whose: HashSet<Whose>,
    erased: HashSet<OrgId>,
}

impl Untold {
    fn messages(&self, process: Uuid) -> Vec<String> {
        let sequences = self.sequences.iter().map(|(org, sequence)| format!("{process} {org} {sequence}"));
        let whose = self.whose.iter().map(|whose| match whose {
            Whose::Person(person) => format!("{process} {PERSON}{person}"),
            Whose::Token(token) => format!("{process} {TOKEN}{token}"),
            Whose::Org(org) => format!("{process} {ORG}{org}"),
        });
        let erased = self.erased.iter().map(|org| format!("{process} {ERASED}{org}"));
        sequences.chain(whose).chain(erased).collect()
    }
}

/// Has the other processes told that an organisation's sequence has come this far. Where no task tells (a command that
/// runs and ends) it is told before this returns.
pub async fn tell(platform: &Platform, org: OrgId, sequence: i64) {
    tell_news(platform, Untold { sequences: HashMap::from([(org, sequence)]), ..Untold::default() }).await;
}

/// Makes durable what ended sessions, or took something from somebody; then their open streams, here and in other
/// processes, look again whether they may go on. In a task of its own: whoever asked may go away in the middle.
///
/// # Errors
/// The work is undone, and nobody is told.
pub async fn commit_and_look_again<E: Into<AppError>>(
    platform: &Platform,
    commit: impl Future<Output = Result<(), E>> + Send + 'static,
    whose: impl IntoIterator<Item = impl Into<Whose>>,
) -> Result<()> {
    let (platform, whose) = (platform.clone(), whose.into_iter().map(Into::into).collect::<HashSet<Whose>>());
    let told = tokio::spawn(async move {
        commit.await.map_err(Into::into)?;
        look_again(&platform, whose).await;
        Ok(())
    });
    told.await.map_err(|_| AppError::internal())?
}

/// Makes durable that an organisation was erased; then its keys are forgotten, here and in other processes.
///
/// # Errors
/// The work is undone, and nobody is told.
pub async fn commit_and_forget<E: Into<AppError>>(
    platform: &Platform,
    commit: impl Future<Output = Result<(), E>> + Send + 'static,
    org: OrgId,
) -> Result<()> {
    let platform = platform.clone();
    let told = tokio::spawn(async move {
        commit.await.map_err(Into::into)?;
        platform.forget_keys(org.0);
        tell_news(&platform, Untold { erased: HashSet::from([org]), ..Untold::default() }).await;
        Ok(())
    });
    told.await.map_err(|_| AppError::internal())?
}

/// Has the open streams of these, here and in other processes, look again whether they may go on.
pub(crate) async fn look_again(platform: &Platform, whose: HashSet<Whose>) {
    if whose.is_empty() {
        return;
    }
    for one in &whose {
        platform.live.look_again(*one);
    }
    tell_news(platform, Untold { whose, ..Untold::default() }).await;
}

async fn tell_news(platform: &Platform, news: Untold) {
    if !platform.db.is_postgres() {
        return;
    }
    platform.news.add(news);
    if platform.news.told_by_task.load(Ordering::SeqCst) {
        platform.news.wake.notify_one();
    } else {
        tell_now(platform).await;
    }
}

/// Tells what is still untold: before the process ends.
pub async fn tell_now(platform: &Platform) {
    let untold = platform.news.take();
    let messages = untold.messages(platform.news.process);
    if messages.is_empty() {
        return;
    }
    if let Err(error) = platform.db.notify(CHANNEL, &messages).await {
        tracing::warn!(%error, "telling the other processes; trying again");
        platform.news.add(untold);
    }
}

/// Tells and hears, until the process ends; reconnects by itself. `need` is the permission that reading events takes.
pub async fn keep_in_touch(platform: Platform, need: &'static Permission) {
    if !platform.db.is_postgres() {
        return;
    }
    platform.news.told_by_task.store(true, Ordering::SeqCst);
    platform.shared_limits.begin_telling();
    tokio::join!(tell_on(&platform), share_on(&platform), hear_on(&platform, need));
}

async fn tell_on(platform: &Platform) {
    loop {
        tell_now(platform).await;
        // What couldn't be told is tried again even if nothing new comes.
        let _woken_or_not = tokio::time::timeout(PATIENCE, platform.news.wake.notified()).await;
    }
}

/// Tells what was let through of the limits on floods. What couldn't be told is old the next time.
async fn share_on(platform: &Platform) {
    let mut ticks = tokio::time::interval(PATIENCE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let process = platform.news.process;
        let messages = platform.shared_limits.messages().into_iter().map(|taken| format!("{process} {TOOK}{taken}"));
        let messages: Vec<String> = messages.collect();
        if !messages.is_empty()
            && let Err(error) = platform.db.notify(CHANNEL, &messages).await
        {
            tracing::debug!(%error, "telling the other processes what was let through");
        }
    }
}

async fn hear_on(platform: &Platform, need: &'static Permission) {
    loop {
        if let Err(error) = hear(platform, need).await {
            tracing::warn!(%error, "listening for other processes; trying again");
        }
        tokio::time::sleep(PATIENCE).await;
    }
}

async fn hear(platform: &Platform, need: &'static Permission) -> Result<(), DbError> {
    let mut listening = platform.db.listen(CHANNEL).await?;
    platform.db.notify(CHANNEL, &[format!("{} {HELLO}", platform.news.process)]).await?;
    look_anew(platform, need).await;
    loop {
        let message = match listening.next().await {
            Ok(message) => message,
            Err(error) => {
                platform.pages.set_hearing(false);
                return Err(error);
            }
        };
        let Some((process, message)) = message.split_once(' ') else { continue };
        if process.parse() == Ok(platform.news.process) {
            continue;
        }
        if message == HELLO {
            look_anew(platform, need).await;
        } else if let Some(taken) = message.strip_prefix(TOOK) {
            platform.shared_limits.heard(taken);
        } else if let Some(whose) = whose(message) {
            platform.live.look_again(whose);
        } else if let Some(org) = message.strip_prefix(ERASED) {
            if let Ok(org) = org.parse::<OrgId>() {
                platform.forget_keys(org.0);
            }
        } else if let Some((org, sequence)) = read(message) {
            platform.pages.moved(org, sequence);
            pass_on(platform, org, need).await;
        }
    }
}

fn whose(message: &str) -> Option<Whose> {
    if let Some(person) = message.strip_prefix(PERSON) {
        return person.parse().ok().map(Whose::Person);
    }
    if let Some(token) = message.strip_prefix(TOKEN) {
        return token.parse().ok().map(Whose::Token);
    }
    message.strip_prefix(ORG)?.parse().ok().map(Whose::Org)
}

fn read(message: &str) -> Option<(OrgId, i64)> {
    let (org, sequence) = message.split_once(' ')?;
    Some((org.parse().ok()?, sequence.parse().ok()?))
}

/// Drops every kept page and catches every open stream up: something may have been missed.
async fn look_anew(platform: &Platform, need: &'static Permission) {
    platform.pages.set_hearing(true);
    platform.forget_all_keys();
    platform.live.all_look_again();
    for org in platform.live.listened_to() {
        pass_on(platform, org, need).await;
    }
}

async fn pass_on(platform: &Platform, org: OrgId, need: &'static Permission) {
    if let Err(error) = read_and_publish(platform, org, need).await {
        tracing::warn!(%error, "passing on another process’s events");
    }
}

/// One read an organisation, shared by all who listen here.
async fn read_and_publish(platform: &Platform, org: OrgId, need: &'static Permission) -> Result<()> {
    let Some(last) = platform.live.last(org) else { return Ok(()) };
    let actor = Actor::System("live events");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), need, Access::Read).await?;
    if tx.org().sequence > last {
        for event in live::read_after(&mut tx, last).await? {
            platform.live.publish(org, event);
        }
    }
    tx.rollback().await
}
