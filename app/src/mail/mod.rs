//! Mail leaves through an outbox: a letter is written in the transaction of what it tells of, and sent once that holds,
//! again and again until it is taken. The provider is told the letter's id, so that it sends it once.

pub mod delivery;
pub mod dev;
pub mod examples;
pub mod inbound;
pub mod post;
mod render;
pub mod webhook;

use std::{
    sync::{Mutex, OnceLock},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    clock::Instant,
    crypto::{DataKeys, Place, normalise_email},
    db::{Access, Tx},
    error::{AppError, Result},
    id,
    ids::OrgId,
    jobs::pause_after,
    meters,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
};
use post::{Postman, Refusal};
use webhook::Secrets;

id!(
    /// A letter in the outbox.
    MailId
);

/// While nothing is taken, the first letters are tried first again, so that all leave in their order. So often: it may be them after all,
/// and then the others don’t wait for them.
const MOST_TRIES_FIRST: i64 = 6;
/// Nobody waits longer than this for a letter that couldn't be sent at first: 15 minutes between two tries.
const LONGEST_PAUSE_SECONDS: i64 = 15 * 60;
/// Whoever takes a letter out to send it has this long; if they die, it is sent by another then.
const LEASE_SECONDS: i64 = 60;
/// A letter without a time of its own is worth sending for three days.
const WORTH_SECONDS: i64 = 3 * 24 * 60 * 60;
/// What a letter says that was given up is kept for 14 days, so that the operator can have it sent again.
const GIVEN_UP_KEPT_SECONDS: i64 = 14 * 24 * 60 * 60;
/// That a letter was sent is known for 30 days.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// What comes with a letter is so long at most, in bytes: all of it stands in one row, and in memory while it is sent.
const LARGEST_ATTACHMENTS: usize = 512 * 1024;
/// Letters taken out at once.
const AT_ONCE: i64 = 20;
/// The pause between two looks at the outbox, where nobody says that there is something in it.
const LOOKS_EVERY: Duration = Duration::from_secs(15);

/// What somebody is told by mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The address that it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// What it says, paragraph by paragraph.
    pub paragraphs: Vec<String>,
    /// The one thing to do about it, if there is any: what the button says, and the address behind it.
    pub action: Option<(String, String)>,
    /// What stands below that, if anything: what to do if it wasn't you.
    pub closing: Vec<String>,
}

impl Letter {
    /// As plain text.
    pub fn text(&self) -> String {
        render::text(self, None)
    }

    /// As HTML.
    pub fn html(&self) -> String {
        render::html(self, None)
    }
}

/// A letter with who writes it, beside the platform, and what comes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailing {
    /// What it says.
    #[serde(flatten)]
    pub letter: Letter,
    /// The name of the organisation that writes; `None`: the platform itself does. The address stays the platform’s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Where answers go, where that isn’t where the platform’s go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Where whoever gets it again and again stops it with one press, without logging in (RFC 8058). `None`: it isn’t of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

impl Mailing {
    /// As plain text, with where it is stopped.
    pub fn text(&self) -> String {
        render::text(&self.letter, self.unsubscribe.as_deref())
    }

    /// As HTML, likewise.
    pub fn html(&self) -> String {
        render::html(&self.letter, self.unsubscribe.as_deref())
    }
}

/// A file that comes with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// `booking.ics`
    pub name: String,
    /// `text/calendar; method=REQUEST; charset=utf-8`
    pub content_type: String,
    /// What is in it.
    pub text: String,
}

impl From<Letter> for Mailing {
    fn from(letter: Letter) -> Self {
        Self { letter, sender: None, reply_to: None, unsubscribe: None, attachments: Vec::new() }
    }
}

/// The way out, and the bell that says that there is something to send.
#[derive(Debug, Default)]
pub struct Mail {
    postman: OnceLock<Postman>,
    secrets: OnceLock<Secrets>,
    bell: Notify,
    outage: Mutex<Outage>,
    pace: OnceLock<Duration>,
}

/// What is known of a provider that takes nothing.
#[derive(Debug, Default)]
struct Outage {
    /// The last letter that it didn't take, though nothing was wrong with the letter, and when that is due again. Nothing was taken
    /// since.
    refused: Option<(MailId, Instant)>,
    /// So many times two in a row weren't taken.
    times: i64,
    /// Nothing is sent until then.
    until: Option<Instant>,
}

impl Mail {
    /// From now on this takes letters out. Until then they wait. The first one stays.
    pub fn deliver_by(&self, postman: Postman) {
        let _first_stays = self.postman.set(postman);
    }

    /// Who takes letters out, if anybody does.
    pub fn postman(&self) -> Option<&Postman> {
        self.postman.get()
    }

    /// So many letters a second leave at most: providers take no more, and what is just being done comes first. The first one stays.
    pub fn no_more_than(&self, a_second: u32) {
        let _first_stays = self.pace.set(Duration::from_secs(1) / a_second.max(1));
    }

    /// From now on what comes signed with these is what Resend tells of letters. The first ones stay.
    pub fn believe(&self, secrets: Secrets) {
        let _first_stay = self.secrets.set(secrets);
    }

    /// What Resend signs with, if anything it tells is to be heard.
    pub fn secrets(&self) -> Option<&Secrets> {
        self.secrets.get()
    }

    /// There is something to send.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// The provider takes nothing, and isn't asked again before its time.
    fn rests(&self, now: Instant) -> bool {
        self.outage.lock().is_ok_and(|outage| outage.until.is_some_and(|until| now < until))
    }

    /// The provider has judged a letter: it is there.
    fn is_there(&self) {
        if let Ok(mut outage) = self.outage.lock() {
            *outage = Outage::default();
        }
    }

    /// The provider hasn't taken this letter, through no fault of the letter's; it is due again then. If it hasn't taken the one before
    /// either, it takes none: then it is left alone for a while. Says which that was, and when it is due.
    fn is_away(
        &self,
        now: Instant,
        id: MailId,
        due_at: Instant,
        after_seconds: Option<i64>,
    ) -> Option<(MailId, Instant)> {
        let mut outage = self.outage.lock().ok()?;
        let before = outage.refused.take_if(|(before, _)| *before != id);
        if before.is_none() {
            outage.refused = Some((id, due_at));
        } else {
            let pause = after_seconds.unwrap_or_else(|| pause_after(outage.times, LONGEST_PAUSE_SECONDS)).max(1);
            outage.until = Some(now.plus_seconds(pause));
            outage.times += 1;
        }
        before
    }
}

/// Puts a letter in the outbox; it leaves if the transaction holds. `kind` is for the operator: `auth.password_reset`.
///
/// After `worth_until` it isn't sent any more: a link in it would no longer work.
///
/// # Errors
/// The database is busy.
pub async fn queue(
    platform: &Platform,
    tx: &mut Tx,
    kind: &'static str,
    letter: &Letter,
    worth_until: Option<Instant>,
) -> Result<()> {
    queue_mailing(platform, tx, kind, &letter.clone().into(), worth_until).await.map(|_| ())
}

/// The same of a letter that an organisation writes, or that something comes with. The answer is by what its fate is asked for.
///
/// # Errors
/// The database is busy, or what comes with it is too long.
pub async fn queue_mailing(
    platform: &Platform,
    tx: &mut Tx,
    kind: &'static str,
    mailing: &Mailing,
    worth_until: Option<Instant>,
) -> Result<MailId> {
    if mailing.attachments.iter().map(|attachment| attachment.text.len()).sum::<usize>() > LARGEST_ATTACHMENTS {
        tracing::error!(kind, "what comes with a letter is too long");
        return Err(AppError::internal());
    }
    let now = platform.clock.now();
    let id = MailId::new(now);
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let content = serde_json::to_string(mailing).map_err(|_| AppError::internal())?;
    let about = tx.spoken_of();
    platform_sql!(
        exec,
        tx,
        "INSERT INTO mails (id, kind, content, recipient, created_at, due_at, expires_at, lapses_at, about_org) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        kind,
        keys.seal(place(id), &content),
        recipient(&keys, &mailing.letter.to),
        now,
        now,
        worth_until.unwrap_or_else(|| now.plus_seconds(WORTH_SECONDS)),
        worth_until,
        about
    )?;
    platform.mail.ring();
    Ok(id)
}

/// Lets a letter that was just queued leave no sooner than then.
///
/// # Errors
/// The database is busy.
pub(crate) async fn put_off(tx: &mut Tx, id: MailId, until: Instant) -> Result<()> {
    platform_sql!(exec, tx, "UPDATE mails SET due_at = $2 WHERE id = $1 AND attempts = 0", id, until)?;
    Ok(())
}

/// Takes a letter back that nobody has tried to send yet. `false`: it has left, or may have.
///
/// # Errors
/// The database is busy.
pub(crate) async fn take_back(tx: &mut Tx, id: MailId) -> Result<bool> {
    let taken =
        platform_sql!(exec, tx, "DELETE FROM mails WHERE id = $1 AND attempts = 0 AND content IS NOT NULL", id)?;
    Ok(taken > 0)
}

/// Sends what is due, as fast as it is taken; says how many letters were.
///
/// # Errors
/// The database is busy.
pub async fn deliver(platform: &Platform) -> Result<usize> {
    deliver_at(platform, None).await
}

async fn deliver_at(platform: &Platform, pace: Option<Duration>) -> Result<usize> {
    let Some(postman) = platform.mail.postman() else { return Ok(0) };
    let mut sent = 0;
    loop {
        let due = due(platform).await?;
        let whole = due.len();
        for letter in due {
            if platform.mail.rests(platform.clock.now()) || platform.is_stopping() {
                return Ok(sent);
            }
            let begun = tokio::time::Instant::now();
            sent += usize::from(deliver_one(platform, postman, letter).await?);
            if let Some(pace) = pace {
                tokio::time::sleep_until(begun + pace).await;
            }
        }
        if i64::try_from(whole).is_ok_and(|whole| whole < AT_ONCE) {
            return Ok(sent);
        }
    }
}

/// Goes on sending, for as long as the process lives.
pub async fn keep_delivering(platform: Platform) {
    // Who was here before may have left some.
    platform.mail.ring();
    loop {
        let _looks = tokio::time::timeout(LOOKS_EVERY, platform.mail.bell.notified()).await;
        // The bell rings inside the transaction: it is on disk a moment later.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let Some(_work) = platform.take_up() else { return };
        let outcome = async {
            crate::auth::recovery::answer_requests(&platform).await?;
            deliver_at(&platform, platform.mail.pace.get().copied()).await
        };
        if let Err(error) = outcome.await {
            tracing::error!(%error, "the outbox can’t be read; it is tried again");
        }
    }
}

/// Has a letter that was given up sent again, as long as it is kept.
///
/// # Errors
/// 409 where it isn't given up, or what it says isn't kept any more.
pub async fn send_again(platform: &Platform, tx: &mut Tx, id: MailId) -> Result<()> {
    let now = platform.clock.now();
    let waits = platform_sql!(
        exec,
        tx,
        "UPDATE mails SET given_up_at = NULL, kept_until = NULL, last_error = NULL, due_at = $2, expires_at = COALESCE(lapses_at, $3)
         WHERE id = $1 AND kept_until > $2 AND content IS NOT NULL",
        id,
        now,
        now.plus_seconds(WORTH_SECONDS)
    )?;
    if waits == 0 {
        return Err(AppError::conflict(
            "This email can’t be sent again: it was sent, or what it said isn’t kept any more.",
        ));
    }
    platform.mail.ring();
    Ok(())
}

/// The index under which an address is known to the outbox: the same as an account's.
pub(crate) fn recipient(keys: &DataKeys, address: &str) -> Vec<u8> {
    keys.blind_index("users", "email", &normalise_email(address)).to_vec()
}

/// Forgets which letters were about an organisation, and what those said that weren’t sent, in the transaction that erases it.
///
/// # Errors
/// The database is busy.
pub(crate) async fn forget_org(tx: &mut Tx, org: OrgId) -> Result<()> {
    platform_sql!(
        exec,
        &mut *tx,
        "UPDATE mails SET content = NULL, kept_until = NULL WHERE about_org = $1 AND given_up_at IS NOT NULL",
        org.0
    )?;
    platform_sql!(exec, tx, "UPDATE mails SET about_org = NULL WHERE about_org = $1", org.0)?;
    Ok(())
}

/// Drops the letters about an organisation to an address, those that wait and what is known of those that were sent: whoever asked to
/// be forgotten there gets no more of them. `kinds` is how their kinds begin, so that what else they get stays.
///
/// # Errors
/// The database is busy.
pub(crate) async fn drop_letters(
    platform: &Platform,
    tx: &mut Tx,
    org: OrgId,
    kinds: &str,
    address: &str,
) -> Result<()> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    platform_sql!(
        exec,
        tx,
        "DELETE FROM mails WHERE about_org = $1 AND recipient = $2 AND kind LIKE $3",
        org.0,
        recipient(&keys, address),
        format!("{kinds}%")
    )?;
    Ok(())
}

/// Forgets what was sent long ago, and gives up what nobody could send in time: no letter stays for ever.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let before = now.plus_seconds(-KEPT_SECONDS);
    let mut tx = platform.begin(Access::Write).await?;
    // Not what is on its way this moment.
    let over = now.plus_seconds(-LEASE_SECONDS);
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE mails SET content = NULL, given_up_at = $1, last_error = $2
         WHERE content IS NOT NULL AND given_up_at IS NULL AND due_at <= $1 AND expires_at <= $3 AND lapses_at IS NOT NULL",
        now,
        TOO_LATE,
        over
    )?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE mails SET kept_until = $4, given_up_at = $1, last_error = $2
         WHERE content IS NOT NULL AND given_up_at IS NULL AND due_at <= $1 AND expires_at <= $3",
        now,
        TOO_LONG,
        over,
        now.plus_seconds(GIVEN_UP_KEPT_SECONDS)
    )?;
    platform_sql!(exec, &mut tx, "UPDATE mails SET content = NULL, kept_until = NULL WHERE kept_until <= $1", now)?;
    platform_sql!(exec, &mut tx, "DELETE FROM mail_events WHERE received_at < $1", before)?;
    platform_sql!(exec, &mut tx, "DELETE FROM mails WHERE created_at < $1 AND content IS NULL", before)?;
    Ok(tx.commit().await?)
}

/// Why a letter whose own time is over is given up.
const TOO_LATE: &str = "It was too late for it.";
/// Why one without a time of its own is.
const TOO_LONG: &str = "It couldn’t be sent for three days.";
/// Why one of an organisation is.
const SHUT: &str = "Its organisation is closed or gone.";

#[derive(sqlx::FromRow)]
struct Waiting {
    id: MailId,
    kind: String,
    content: Vec<u8>,
    attempts: i64,
    due_at: Instant,
    expires_at: Instant,
    lapses_at: Option<Instant>,
    about_org: Option<Uuid>,
}

/// What is due, the oldest first; but whoever can't log in waits for nobody's booking. Which these are is settled without what they say:
/// of all that waits that would be read each time.
async fn due(platform: &Platform) -> Result<Vec<Waiting>> {
    let mut tx = platform.begin(Access::Read).await?;
    let due = platform_sql!(
        all Waiting,
        &mut tx,
        "SELECT id, kind, content, attempts, due_at, expires_at, lapses_at, about_org FROM mails
         WHERE id IN (
             SELECT id FROM mails WHERE content IS NOT NULL AND given_up_at IS NULL AND due_at <= $1
             ORDER BY CASE WHEN kind LIKE 'auth.%' THEN 0 ELSE 1 END, due_at, id LIMIT $2
         )
         ORDER BY CASE WHEN kind LIKE 'auth.%' THEN 0 ELSE 1 END, due_at, id",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.commit().await?;
    Ok(due)
}

/// Takes one out, so that nobody else does, and sends it.
async fn deliver_one(platform: &Platform, postman: &Postman, due: Waiting) -> Result<bool> {
    let now = platform.clock.now();
    if due.expires_at <= now {
        tracing::warn!(kind = due.kind, id = %due.id, "a letter wasn’t sent in time, and is given up");
        give_up(platform, &due, if due.lapses_at.is_some() { TOO_LATE } else { TOO_LONG }).await?;
        return Ok(false);
    }
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let mine = platform_sql!(
        exec,
        &mut tx,
        "UPDATE mails SET due_at = $3, attempts = attempts + 1
         WHERE id = $1 AND due_at = $2 AND content IS NOT NULL AND given_up_at IS NULL",
        due.id,
        due.due_at,
        now.plus_seconds(LEASE_SECONDS)
    )?;
    let mailing =
        keys.open(place(due.id), &due.content).ok().and_then(|text| serde_json::from_str::<Mailing>(&text).ok());
    let to = mailing.as_ref().map(|mailing| recipient(&keys, &mailing.letter.to));
    let held = match &to {
        Some(to) if mine > 0 => delivery::held_back(&mut tx, to.clone()).await?,
        _ => None,
    };
    let shut = match &mailing {
        Some(mailing) if mailing.sender.is_some() && mine > 0 => is_shut(platform, &mut tx, due.about_org).await?,
        _ => false,
    };
    tx.commit().await?;
    if mine == 0 {
        return Ok(false);
    }
    let (Some(mailing), Some(to)) = (mailing, to) else {
        tracing::error!(kind = due.kind, id = %due.id, "a letter can’t be read, and is given up");
        give_up(platform, &due, "It can’t be read.").await?;
        return Ok(false);
    };
    if let Some(reason) = held {
        tracing::warn!(kind = due.kind, id = %due.id, reason = reason.as_str(), "a letter to an address that takes none is given up");
        give_up(platform, &due, reason.words()).await?;
        return Ok(false);
    }
    if shut {
        tracing::info!(kind = due.kind, id = %due.id, "a letter of an organisation that is closed or gone is given up");
        give_up(platform, &due, SHUT).await?;
        forget_content(platform, due.id).await?;
        return Ok(false);
    }
    let call = tracing::debug_span!(target: "devalo::trace", "mail", otel.kind = "client", kind = due.kind);
    match postman.post(due.id, &mailing).instrument(call).await {
        Ok(provider) => {
            let mut tx = platform.begin(Access::Write).await?;
            platform_sql!(
                exec,
                &mut tx,
                "UPDATE mails SET content = NULL, sent_at = $2, provider_id = $3, recipient = $4, last_error = NULL WHERE id = $1",
                due.id,
                platform.clock.now(),
                provider.clone(),
                to
            )?;
            if let Some(provider) = provider {
                delivery::catch_up(&mut tx, &provider).await?;
            }
            tx.commit().await?;
            platform.mail.is_there();
            meters::MAIL.count(&[due.kind.as_str(), "sent"]);
            tracing::info!(kind = due.kind, id = %due.id, "mail sent");
            Ok(true)
        }
        Err(Refusal { for_good: true, why, .. }) => {
            tracing::error!(kind = due.kind, id = %due.id, why, "a letter was refused for good, and is given up");
            platform.mail.is_there();
            give_up(platform, &due, &why).await?;
            Ok(false)
        }
        Err(Refusal { why, any, after_seconds, .. }) => {
            let pause = after_seconds.unwrap_or_else(|| pause_after(due.attempts, LONGEST_PAUSE_SECONDS)).max(1);
            meters::MAIL.count(&[due.kind.as_str(), "again"]);
            tracing::warn!(kind = due.kind, id = %due.id, why, pause, "a letter wasn’t taken; it is tried again");
            let now = platform.clock.now();
            let due_at = now.plus_seconds(pause);
            let mut tx = platform.begin(Access::Write).await?;
            platform_sql!(
                exec,
                &mut tx,
                "UPDATE mails SET due_at = $2, last_error = $3 WHERE id = $1",
                due.id,
                due_at,
                why
            )?;
            if !any {
                platform.mail.is_there();
            } else if let Some(before) = platform.mail.is_away(now, due.id, due_at, after_seconds) {
                tracing::warn!(
                    "whoever takes letters out takes none: all wait, and leave in the order in which they were written"
                );
                for (id, due_at) in [before, (due.id, due_at)] {
                    platform_sql!(
                        exec,
                        &mut tx,
                        "UPDATE mails SET due_at = created_at WHERE id = $1 AND due_at = $2 AND attempts <= $3",
                        id,
                        due_at,
                        MOST_TRIES_FIRST
                    )?;
                }
            }
            tx.commit().await?;
            Ok(false)
        }
    }
}

/// What it says is gone at once: nobody is to have it sent again.
async fn forget_content(platform: &Platform, id: MailId) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "UPDATE mails SET content = NULL, kept_until = NULL WHERE id = $1", id)?;
    Ok(tx.commit().await?)
}

/// Whether the organisation that writes is closed, suspended or gone: then it writes to nobody.
async fn is_shut(platform: &Platform, tx: &mut Tx, org: Option<Uuid>) -> Result<bool> {
    let Some(org) = org else { return Ok(true) };
    platform.see_across_orgs(tx).await?;
    let open = platform_sql!(
        optional(i64,),
        tx,
        "SELECT sequence FROM organisations WHERE id = $1 AND closes_at IS NULL AND suspended_at IS NULL",
        org
    )?;
    Ok(open.is_none())
}

/// A letter whose time isn't over is kept a while, to be sent again.
async fn give_up(platform: &Platform, due: &Waiting, why: &str) -> Result<()> {
    meters::MAIL.count(&[due.kind.as_str(), "given_up"]);
    let now = platform.clock.now();
    let kept = now.plus_seconds(GIVEN_UP_KEPT_SECONDS);
    let kept = due.lapses_at.map_or(kept, |lapses_at| lapses_at.min(kept));
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE mails SET kept_until = $4, given_up_at = $2, last_error = $3 WHERE id = $1",
        due.id,
        now,
        why,
        kept
    )?;
    // What is too late by now is gone at once.
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE mails SET content = NULL, kept_until = NULL WHERE id = $1 AND kept_until <= $2",
        due.id,
        now
    )?;
    Ok(tx.commit().await?)
}

fn place(id: MailId) -> Place {
    Place { table: "mails", column: "content", row: id.0 }
}
