//! Who did what: an append-only log for each organisation, and one for what belongs to none.
//!
//! Each entry has a number, without gaps, and a keyed hash over itself and the one before. Somebody who can write to the
//! database but doesn't have the keys can't change, take out or slip in an entry without [`verify`] seeing it. What they could
//! do is cut off the end: so the verification tells the last number and hash, to be kept elsewhere and compared.
//!
//! Nothing personal goes into an entry but the ids of who and whom; where it came from is encrypted.

use std::{collections::BTreeMap, fmt::Write as _};

use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock::Instant,
    crypto::{DataKeys, Place},
    db::{Access, Tx},
    error::{AppError, Result},
    ids::{OrgId, UserId},
    modules::MODULES,
    org::{Actor, By, OrgRef, OrgTx, Permission},
    platform::{PLATFORM_OWNER, Platform},
    platform_sql, request, sql,
    webhooks::words,
};

/// Entries read at once.
const PAGE: i64 = 500;
/// As many readings are remembered as written down.
const READINGS: usize = 20_000;
/// What an entry of support's tells besides: the person named as who did it doesn't belong.
pub(crate) const AS: &str = "as";
const SUPPORT: &str = "support";
/// Reading the same again is written down again after this long: a quarter of an hour.
const READ_AGAIN_SECONDS: i64 = 15 * 60;

/// What an entry tells besides who and what: values before and after, counts, words of ours. Never anything personal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Detail(BTreeMap<String, String>);

impl Detail {
    /// The entry is of what support did.
    pub fn is_of_support(&self) -> bool {
        self.get(AS) == Some(SUPPORT)
    }

    /// With one more thing.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.0.insert(name.to_owned(), value.to_string());
        self
    }

    /// What was there before and what is there now, if that differs.
    #[must_use]
    pub fn change(self, name: &str, before: &str, after: &str) -> Self {
        if before == after {
            return self;
        }
        let shown = |value: &str| if value.is_empty() { "–".to_owned() } else { value.to_owned() };
        self.with(name, format!("{} → {}", shown(before), shown(after)))
    }

    /// What it tells under a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All that it tells: names and values.
    pub fn each(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Nothing more to tell.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// "role: member → manager; seats: 3"
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.0 {
            // Writing to a string can't fail.
            let _ = write!(text, "{}{name}: {value}", if text.is_empty() { "" } else { "; " });
        }
        text
    }

    fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The platform's own happenings, for people.
const OWN: &[(&str, &str)] = &[
    ("platform.details_saved", "Changed the business’s details"),
    ("platform.token_made", "Made an API token"),
    ("platform.token_revoked", "Revoked an API token"),
    ("platform.member_changed", "Changed what somebody may do"),
    ("platform.member_removed", "Removed somebody"),
    ("platform.member_left", "Left the organisation"),
    ("platform.invited", "Invited somebody"),
    ("platform.invited_again", "Sent an invitation again"),
    ("platform.invitation_withdrawn", "Withdrew an invitation"),
    ("platform.joined", "Joined the organisation"),
    ("platform.plan_changed", "Changed the plan"),
    ("platform.plan_started", "Started the plan"),
    ("platform.plan_agreed", "Agreed to the plan"),
    ("platform.plan_chosen", "Chose another plan"),
    ("platform.plan_stopped", "Cancelled the plan"),
    ("platform.plan_resumed", "Kept the plan"),
    ("platform.plan_paid", "Noted what is paid for, as Stripe says"),
    ("platform.payments_connected", "Connected a Stripe account"),
    ("platform.payments_stopped", "Stopped taking payments from clients"),
    ("platform.payments_resumed", "Took payments from clients again"),
    ("platform.payments_changed", "Noted where the Stripe account stands, as Stripe says"),
    ("platform.module_on", "Turned a module on"),
    ("platform.module_off", "Turned a module off"),
    ("platform.business_invited", "Invited a business"),
    ("platform.business_invited_again", "Sent a business’s invitation again"),
    ("platform.business_invitation_withdrawn", "Took a business’s invitation back"),
    ("platform.partner_agreed", "Agreed to what it may offer as a partner"),
    ("platform.partner_ended", "Ended the partnership"),
    ("platform.suspended", "Suspended the organisation"),
    ("platform.restored", "Opened the organisation again"),
    ("platform.security_saved", "Changed how people log in"),
    ("platform.factor_reset_asked", "Asked to remove somebody’s two-step login"),
    ("platform.factor_reset_cancelled", "Cancelled removing a two-step login"),
    ("platform.factor_reset_done", "Removed a two-step login"),
    ("platform.ownership_offered", "Offered the ownership"),
    ("platform.ownership_withdrawn", "Called off the change of owner"),
    ("platform.ownership_taken", "Became the owner"),
    ("platform.audit_exported", "Exported the audit log"),
    ("platform.look_saved", "Changed the logo or the colour"),
    ("platform.export_asked", "Asked for an export"),
    ("platform.export_downloaded", "Downloaded an export"),
    ("platform.closing_asked", "Closed the organisation, to be deleted"),
    ("platform.closing_undone", "Kept the organisation after all"),
    ("platform.support_asked", "Asked to look as support"),
    ("platform.support_declined", "Said no to support"),
    ("platform.support_given", "Let support look"),
    ("platform.support_ended", "Ended support’s access"),
    ("platform.support_looked", "Looked as support"),
];

/// What an entry says after the name of who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// "cancelled an appointment that is gone"
    pub what: String,
    /// What of the detail is in it already.
    pub said: &'static [&'static str],
}

impl Told {
    /// Words alone.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), said: &[] }
    }

    /// With parts of the detail in them.
    pub fn saying(what: impl Into<String>, said: &'static [&'static str]) -> Self {
        Self { what: what.into(), said }
    }
}

/// The words of an action in a sentence. Of one whose module is gone, the name as far as it can be read.
pub(crate) fn told(action: &str) -> Told {
    let label = labels().into_iter().find(|(name, _)| *name == action).map(|(_, label)| label);
    let words = label.map_or_else(|| format!("did this: {}", readable(action)), str::to_owned);
    let mut letters = words.chars();
    let what = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters);
    Told::new(what.collect::<String>())
}

/// A name of ours as words: "entry signed" of `guestbook.entry_signed`.
pub(crate) fn readable(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).replace('_', " ")
}

/// All that can happen: names and words, the platform's first.
pub fn labels() -> Vec<(&'static str, &'static str)> {
    OWN.iter().chain(words::HAPPENINGS).chain(MODULES.iter().flat_map(|module| module.happenings())).copied().collect()
}

/// An entry as it was read.
#[derive(Debug, Clone)]
pub struct Entry {
    /// From 1, without gaps.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// `user`, `token` or `system`.
    pub actor_kind: String,
    /// Whose id.
    pub actor: Option<Uuid>,
    /// `calendar.service_saved`
    pub action: String,
    /// On what.
    pub subject: Uuid,
    /// From where; empty where that isn't known.
    pub place: String,
    /// What more there is to tell.
    pub detail: Detail,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By this person or token.
    pub actor: Option<Uuid>,
    /// Of this kind.
    pub action: Option<String>,
    /// From this instant on.
    pub from: Option<Instant>,
    /// Before this instant.
    pub until: Option<Instant>,
    /// Before this number.
    pub before: Option<i64>,
    /// Those alone of what support did.
    pub support: bool,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The organisation's address; empty for the platform's own log.
    pub of: String,
    /// How many entries there are.
    pub entries: i64,
    /// The last one's hash, in hexadecimal; empty where there are none.
    pub head: String,
    /// The first entry that isn't what was written, and why.
    pub broken: Option<(i64, &'static str)>,
}

/// Writes an entry: see [`OrgTx::audit`]. The organisation has one writer at a time, so the last number stands still.
pub(crate) async fn append(tx: &mut OrgTx, action: &'static str, subject: Uuid, detail: &Detail) -> Result<()> {
    let (kind, actor) = match tx.by() {
        By::User(user) | By::Support(user) => ("user", Some(user.0)),
        By::Token(token) => ("token", Some(token.0)),
        By::System | By::Client => ("system", None),
    };
    let now = tx.now();
    let keys = tx.keys().await?;
    let last = sql!(
        optional Last,
        &mut *tx,
        "SELECT number, hash FROM audit_entries WHERE org_id = $1 ORDER BY number DESC LIMIT 1"
    )?;
    let (number, before) = last.map_or((1, Vec::new()), |(number, hash)| (number + 1, hash));
    let place = keys.seal(sealed_place("audit_entries", tx.id().0), &request::place());
    let detail = match tx.by() {
        By::Support(_) => detail.clone().with(AS, SUPPORT).stored(),
        By::User(_) | By::Token(_) | By::System | By::Client => detail.stored(),
    };
    let hash = chain(
        &keys,
        &before,
        &Line { number, at: now, kind, actor, action, subject: Some(subject), place: &place, detail: &detail },
    );
    sql!(
        exec,
        &mut *tx,
        "INSERT INTO audit_entries (org_id, number, at, actor_kind, actor_id, action, subject_id, place, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        number,
        now,
        kind,
        actor,
        action,
        subject,
        place,
        detail,
        hash.to_vec()
    )?;
    Ok(())
}

/// Which readings were written down lately, by whom, of what.
#[derive(Debug)]
pub struct Readings(Cache<Reading, i64>);

/// Who read, what kind of thing, which one, and what of it.
pub(crate) type Reading = (By, &'static str, Uuid, String);

impl Readings {
    /// It was written down less than so many seconds ago.
    pub(crate) fn has_lately(&self, reading: &Reading, now: Instant, seconds: i64) -> bool {
        self.0.get(reading).is_some_and(|at| now.micros() < at + seconds * 1_000_000)
    }

    /// It is written down now.
    pub(crate) fn remember(&self, reading: Reading, now: Instant) {
        self.0.insert(reading, now.micros());
    }
}

impl Default for Readings {
    fn default() -> Self {
        Self(Cache::new(READINGS))
    }
}

/// Ends a transaction that read clients' details, and writes down who read which. The same person reading the same again
/// within a quarter of an hour is written down once: an open page reads again at every change.
///
/// # Errors
/// The database is busy: then nothing is shown either.
pub async fn end_reading(
    tx: OrgTx,
    actor: &Actor,
    need: &'static Permission,
    action: &'static str,
    subject: Uuid,
    detail: Detail,
) -> Result<()> {
    let (platform, org, by, now) = (tx.platform().clone(), tx.id(), tx.by(), tx.now());
    tx.rollback().await?;
    if !matches!(by, By::User(_) | By::Support(_) | By::Token(_)) {
        return Ok(());
    }
    let key = (by, action, subject, detail.text());
    if platform.readings.has_lately(&key, now, READ_AGAIN_SECONDS) {
        return Ok(());
    }
    let mut tx = OrgTx::open_to_record(&platform, actor, OrgRef::Id(org), need, Access::Write).await?;
    tx.audit(action, subject, &detail).await?;
    tx.commit().await?;
    platform.readings.remember(key, now);
    Ok(())
}

/// Writes down what belongs to no organisation.
///
/// # Errors
/// The database is busy.
pub async fn log(
    platform: &Platform,
    tx: &mut Tx,
    actor: Option<UserId>,
    action: &'static str,
    subject: Option<Uuid>,
    detail: &Detail,
) -> Result<()> {
    let now = platform.clock.now();
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    if platform.db.is_postgres() {
        // One after the other, so that no two have the same number. The key is Devalo's own.
        platform_sql!(one(String,), tx, "SELECT pg_advisory_xact_lock(7310579806)::TEXT")?;
    }
    let last = platform_sql!(optional Last, tx, "SELECT number, hash FROM platform_log ORDER BY number DESC LIMIT 1")?;
    let (number, before) = last.map_or((1, Vec::new()), |(number, hash)| (number + 1, hash));
    let place = keys.seal(sealed_place("platform_log", PLATFORM_OWNER), &request::place());
    let (actor, detail) = (actor.map(|user| user.0), detail.stored());
    let line = Line { number, at: now, kind: "", actor, action, subject, place: &place, detail: &detail };
    let hash = chain(&keys, &before, &line);
    platform_sql!(
        exec,
        tx,
        "INSERT INTO platform_log (number, at, actor_id, action, subject_id, place, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        number,
        now,
        actor,
        action,
        subject,
        place,
        detail,
        hash.to_vec()
    )?;
    Ok(())
}

/// The newest entries that a filter lets through, at most so many.
///
/// # Errors
/// The database is busy.
pub async fn read(tx: &mut OrgTx, filter: &Filter, most: i64) -> Result<Vec<Entry>> {
    let keys = tx.keys().await?;
    let org = tx.id().0;
    // A place for each thing that may be asked for: what isn't asked for lets everything through.
    let (any_actor, any_action, anybody) = (filter.actor.is_none(), filter.action.is_none(), !filter.support);
    let by_support = format!("%\"{AS}\":\"{SUPPORT}\"%");
    let rows = sql!(
        all Row,
        &mut *tx,
        "SELECT number, at, actor_kind, actor_id, action, subject_id, place, detail, hash FROM audit_entries
         WHERE org_id = $1 AND number < $2 AND at >= $3 AND at < $4 AND ($5 OR actor_id = $6) AND ($7 OR action = $8)
           AND ($9 OR detail LIKE $10)
         ORDER BY number DESC LIMIT $11",
        filter.before.unwrap_or(i64::MAX),
        filter.from.unwrap_or(Instant::from_timestamp(jiff::Timestamp::UNIX_EPOCH)),
        filter.until.unwrap_or_else(end_of_time),
        any_actor,
        filter.actor.unwrap_or_default(),
        any_action,
        filter.action.clone().unwrap_or_default(),
        anybody,
        by_support,
        most
    )?;
    rows.into_iter()
        .map(|row| {
            let place = opened(&keys, "audit_entries", org, &row.place)?;
            Ok(Entry {
                number: row.number,
                at: row.at,
                actor_kind: row.actor_kind,
                actor: row.actor_id,
                action: row.action,
                subject: row.subject_id,
                place,
                detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            })
        })
        .collect()
}

/// What happened to somebody's account lately, the newest first: when, what, from where, and what more there is to tell.
///
/// # Errors
/// The database is busy.
pub async fn of_account(
    platform: &Platform,
    tx: &mut Tx,
    user: UserId,
    most: i64,
) -> Result<Vec<(Instant, String, String, Detail)>> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let rows = platform_sql!(
        all(Instant, String, Vec<u8>, String),
        tx,
        "SELECT at, action, place, detail FROM platform_log WHERE subject_id = $1 ORDER BY number DESC LIMIT $2",
        user.0,
        most
    )?;
    rows.into_iter()
        .map(|(at, action, place, detail)| {
            let place = opened(&keys, "platform_log", PLATFORM_OWNER, &place)?;
            Ok((at, action, place, serde_json::from_str(&detail).unwrap_or_default()))
        })
        .collect()
}

/// An entry of the platform's own log.
#[derive(Debug, Clone)]
pub struct PlatformEntry {
    /// From 1, without gaps.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: Option<Uuid>,
    /// `admin.suspended`
    pub action: String,
    /// On whom or what.
    pub subject: Option<Uuid>,
    /// From where; empty where that isn't known.
    pub place: String,
    /// What more there is to tell.
    pub detail: Detail,
}

/// The newest entries of the platform's own log before one, at most so many; those alone that whoever runs the platform caused, if so
/// asked.
///
/// # Errors
/// The database is busy.
pub async fn of_platform(
    platform: &Platform,
    tx: &mut Tx,
    operators: bool,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<PlatformEntry>> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let everybodys = !operators;
    let rows = platform_sql!(
        all PlatformRow,
        tx,
        "SELECT number, at, actor_id, action, subject_id, place, detail, hash FROM platform_log
         WHERE number < $1 AND ($2 OR action LIKE 'admin.%') ORDER BY number DESC LIMIT $3",
        before.unwrap_or(i64::MAX),
        everybodys,
        most
    )?;
    rows.into_iter()
        .map(|row| {
            Ok(PlatformEntry {
                place: opened(&keys, "platform_log", PLATFORM_OWNER, &row.place)?,
                number: row.number,
                at: row.at,
                actor: row.actor_id,
                action: row.action,
                subject: row.subject_id,
                detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            })
        })
        .collect()
}

/// Checks every organisation's log and the platform's own, from the first entry to the last.
///
/// # Errors
/// The database can't be read.
pub async fn verify(platform: &Platform) -> Result<Vec<Verified>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let orgs = platform_sql!(all(OrgId, String), &mut tx, "SELECT id, slug FROM organisations ORDER BY slug")?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let mut check = Check::new(String::new());
    loop {
        let rows = platform_sql!(
            all PlatformRow,
            &mut tx,
            "SELECT number, at, actor_id, action, subject_id, place, detail, hash FROM platform_log WHERE number > $1 ORDER BY number LIMIT $2",
            check.verified.entries,
            PAGE
        )?;
        let last = i64::try_from(rows.len()).is_ok_and(|rows| rows < PAGE);
        for row in &rows {
            let line = Line {
                number: row.number,
                at: row.at,
                kind: "",
                actor: row.actor_id,
                action: &row.action,
                subject: row.subject_id,
                place: &row.place,
                detail: &row.detail,
            };
            check.next(&keys, &line, &row.hash);
        }
        if last || check.verified.broken.is_some() {
            break;
        }
    }
    let mut all = vec![check.verified];
    for (org, slug) in orgs {
        let keys = platform.data_keys(&mut tx, org.0).await?;
        let mut check = Check::new(slug);
        loop {
            let rows = platform_sql!(
                all Row,
                &mut tx,
                "SELECT number, at, actor_kind, actor_id, action, subject_id, place, detail, hash FROM audit_entries
                 WHERE org_id = $1 AND number > $2 ORDER BY number LIMIT $3",
                org,
                check.verified.entries,
                PAGE
            )?;
            let last = i64::try_from(rows.len()).is_ok_and(|rows| rows < PAGE);
            for row in &rows {
                let line = Line {
                    number: row.number,
                    at: row.at,
                    kind: &row.actor_kind,
                    actor: row.actor_id,
                    action: &row.action,
                    subject: Some(row.subject_id),
                    place: &row.place,
                    detail: &row.detail,
                };
                check.next(&keys, &line, &row.hash);
            }
            if last || check.verified.broken.is_some() {
                break;
            }
        }
        all.push(check.verified);
    }
    tx.commit().await?;
    Ok(all)
}

type Last = (i64, Vec<u8>);

#[derive(sqlx::FromRow)]
struct Row {
    number: i64,
    at: Instant,
    actor_kind: String,
    actor_id: Option<Uuid>,
    action: String,
    subject_id: Uuid,
    place: Vec<u8>,
    detail: String,
    hash: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct PlatformRow {
    number: i64,
    at: Instant,
    actor_id: Option<Uuid>,
    action: String,
    subject_id: Option<Uuid>,
    place: Vec<u8>,
    detail: String,
    hash: Vec<u8>,
}

/// All of an entry that its hash takes in.
struct Line<'e> {
    number: i64,
    at: Instant,
    kind: &'e str,
    actor: Option<Uuid>,
    action: &'e str,
    subject: Option<Uuid>,
    place: &'e [u8],
    detail: &'e str,
}

struct Check {
    verified: Verified,
    before: Vec<u8>,
}

impl Check {
    fn new(of: String) -> Self {
        Self { verified: Verified { of, entries: 0, head: String::new(), broken: None }, before: Vec::new() }
    }

    fn next(&mut self, keys: &DataKeys, line: &Line<'_>, hash: &[u8]) {
        if self.verified.broken.is_some() {
            return;
        }
        if line.number != self.verified.entries + 1 {
            self.verified.broken = Some((self.verified.entries + 1, "is missing"));
        } else if chain(keys, &self.before, line) == hash {
            self.verified.entries = line.number;
            self.verified.head = hex(hash);
            self.before = hash.to_vec();
        } else {
            self.verified.broken = Some((line.number, "isn’t what was written"));
        }
    }
}

/// The hash of an entry that comes after another. Fields are told apart by their lengths.
fn chain(keys: &DataKeys, before: &[u8], line: &Line<'_>) -> [u8; 32] {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let fields = [
        hex(before),
        line.number.to_string(),
        line.at.micros().to_string(),
        line.kind.to_owned(),
        id(line.actor),
        line.action.to_owned(),
        id(line.subject),
        hex(line.place),
        line.detail.to_owned(),
    ];
    let text = fields.iter().fold(String::new(), |mut text, field| {
        // Writing to a string can't fail.
        let _ = write!(text, "{}:{field}", field.len());
        text
    });
    keys.blind_index("audit_entries", "hash", &text)
}

/// Bytes as small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn opened(keys: &DataKeys, table: &'static str, owner: Uuid, place: &[u8]) -> Result<String> {
    keys.open(sealed_place(table, owner), place).map_err(|error| {
        tracing::error!(%error, "where an entry came from can’t be read");
        AppError::internal()
    })
}

fn sealed_place(table: &'static str, row: Uuid) -> Place {
    Place { table, column: "place", row }
}

fn end_of_time() -> Instant {
    Instant::from_timestamp(jiff::Timestamp::MAX)
}
