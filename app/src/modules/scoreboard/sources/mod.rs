//! What comes in by itself: other programs tell what happened, signed, and what happens in other modules is counted.
//!
//! A program calls an address of its own ([`http`]). Its message is read as the source is set up ([`mapping`]) and entered like anything else
//! ([`taking`]); what came, and what became of it, is kept for whoever set it up. What other modules do is followed by a job ([`counting`]).

pub mod api;
pub mod counting;
pub mod demo;
pub mod http;
pub mod mapping;
pub mod rules;
pub mod signing;
pub mod store;
pub mod taking;
pub mod views;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{
    ids::{MetricId, PersonId, SourceId},
    metrics,
    people::{self, finish, open},
    store as tables,
};
use crate::{
    clock::Instant,
    crypto::{CryptoError, DataKeys, Place},
    db::Access,
    error::{AppError, FieldErrors, Result},
    module::Job,
    org::{Actor, OrgTx},
    platform::Platform,
    platform_sql,
    web::check_name,
    webhooks::sign,
};
use mapping::Mapping;
use signing::SignedBy;
use store::StoredSource;

/// An organisation has so many sources at most.
pub const MOST: usize = 20;
/// So many messages of one are shown.
pub const SHOWN: i64 = 200;
/// What a message said is kept for so long: a week.
pub const BODY_SECONDS: i64 = 7 * 24 * 60 * 60;
/// That it came is known for so long.
pub const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// The secret before the last change holds too, for a day.
pub const BOTH_HOLD_SECONDS: i64 = 24 * 60 * 60;

/// The job that forgets what programs told.
pub const JOB: Job = Job {
    name: "scoreboard.messages",
    every: Duration::from_mins(10),
    run: |platform| Box::pin(async move { sweep(&platform).await }),
};

/// A program elsewhere, as an admin sets it up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceBody {
    /// What it is: “Online shop”.
    pub name: String,
    /// How it signs: `standard` (Standard Webhooks), or the header that has the HMAC-SHA256 of the body in hexadecimal digits: `x-signature`,
    /// `x-signature-256`, `x-hub-signature-256` or `x-webhook-signature`. Absent: standard.
    #[serde(default)]
    pub signed_by: String,
    /// The word of what is counted. Empty: `mapping.metric` says where it stands.
    #[serde(default)]
    pub metric: String,
    /// Whose all of it is. Absent: `mapping.person` says where it stands.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// Where in a message each part stands.
    pub mapping: Mapping,
    /// It is listened to. Absent: yes.
    #[serde(default = "yes")]
    pub active: bool,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// A program elsewhere.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its id, which stands in the address that it calls.
    pub id: SourceId,
    /// What it is.
    pub name: String,
    /// How it signs.
    pub signed_by: SignedBy,
    /// Of what all of it is; `None`: the message says it.
    pub metric: Option<MetricId>,
    /// Whose all of it is; `None`: the message says it.
    pub person: Option<PersonId>,
    /// Where in a message each part stands.
    pub mapping: Mapping,
    /// It is listened to.
    pub active: bool,
    /// Until when the secret before holds, too.
    pub old_secret_until: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was entered.
    Entered,
    /// It had come in before.
    Again,
    /// The source takes no such messages.
    Ignored,
    /// It can't be entered.
    Refused,
    /// Its signature isn't right.
    Unsigned,
    /// It was signed too long ago.
    Late,
    /// It is too large.
    Large,
}

impl Outcome {
    const ALL: [Self; 7] =
        [Self::Entered, Self::Again, Self::Ignored, Self::Refused, Self::Unsigned, Self::Late, Self::Large];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Again => "again",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
            Self::Unsigned => "unsigned",
            Self::Late => "late",
            Self::Large => "large",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// It can be tried again with the source as it is set up now.
    pub const fn can_be_tried(self) -> bool {
        matches!(self, Self::Refused | Self::Ignored)
    }
}

/// A secret that was just made or entered: the only time that it is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SourceSecretView {
    /// Of which source.
    pub id: SourceId,
    /// What each message is signed with. It can't be shown again.
    pub secret: String,
}

/// Adds one, with a secret that is shown this once.
///
/// # Errors
/// 422 at each field that is wrong; 402 where the plan has ended.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &SourceBody) -> Result<SourceSecretView> {
    let mut tx = open(platform, actor, org).await?;
    tx.check_goes_on("nothing new comes in by itself")?;
    let existing = store::sources(&mut tx).await?;
    if existing.len() >= MOST {
        return Err(AppError::field("name", format!("There is room for {MOST} sources.")));
    }
    let id = SourceId::new(tx.now());
    let new = checked(&mut tx, &existing, id, body).await?;
    let (keys, secret) = (tx.keys().await?, sign::fresh());
    store::insert_source(&mut tx, &StoredSource { secret: keys.seal(place(id, "secret"), &secret), ..new }).await?;
    finish(tx, "scoreboard.source_added", id.0).await?;
    Ok(SourceSecretView { id, secret: secret.to_string() })
}

/// Changes one, but for its secret.
///
/// # Errors
/// As [`add`]; 404 for one that isn't this organisation's; 409 where somebody else changed it since `version`.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &SourceBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::sources(&mut tx).await?;
    let now = find(&existing, id)?;
    let Some(version) = body.version else { return Err(AppError::field("version", "Send the version that you read.")) };
    if version != now.version {
        return Err(AppError::changed("this source", now.version, Vec::new()));
    }
    let new = checked(&mut tx, &existing, now.id, body).await?;
    let id = now.id;
    if store::update_source(&mut tx, &StoredSource { version, ..new }).await? == 0 {
        return Err(AppError::conflict("Somebody else changed this meanwhile. Please look at it again."));
    }
    finish(tx, "scoreboard.source_saved", id.0).await
}

/// Gives one another secret: the one that the program shows, or a new one. For a day the one before holds too.
///
/// # Errors
/// 404 for one that isn't this organisation's; 422 for what can't be a secret.
pub async fn rotate(platform: &Platform, actor: &Actor, org: &str, id: &str, given: &str) -> Result<SourceSecretView> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::sources(&mut tx).await?;
    let now = find(&existing, id)?;
    let (id, given) = (now.id, given.trim());
    let secret = if given.is_empty() { sign::fresh() } else { Zeroizing::new(given.to_owned()) };
    let signed_by = SignedBy::parse(&now.signed_by).ok_or_else(AppError::internal)?;
    signed_by.check_secret(&secret).map_err(|words| AppError::field("secret", words))?;
    let keys = tx.keys().await?;
    let before = opened(&keys, id, "secret", &now.secret)?;
    let (sealed, old) = (keys.seal(place(id, "secret"), &secret), keys.seal(place(id, "old_secret"), &before));
    let until = tx.now().plus_seconds(BOTH_HOLD_SECONDS);
    store::set_secret(&mut tx, id, &sealed, &old, until).await?;
    finish(tx, "scoreboard.source_secret_changed", id.0).await?;
    Ok(SourceSecretView { id, secret: secret.to_string() })
}

/// Takes one away, with what is known of what it told. What was entered stays.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::sources(&mut tx).await?;
    let id = find(&existing, id)?.id;
    store::delete_deliveries(&mut tx, id).await?;
    store::delete_source(&mut tx, id).await?;
    finish(tx, "scoreboard.source_removed", id.0).await
}

/// Forgets what messages said after a week, and after a month that they came.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let (bodies, rows) = (now.plus_seconds(-BODY_SECONDS), now.plus_seconds(-KEPT_SECONDS));
    let mut tx = platform.begin_across_orgs(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE scoreboard_deliveries SET body = NULL WHERE body IS NOT NULL AND received_at < $1",
        bodies
    )?;
    platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_deliveries WHERE received_at < $1", rows)?;
    Ok(tx.commit().await?)
}

/// One of them by its id.
///
/// # Errors
/// 404.
pub fn find<'s>(sources: &'s [StoredSource], id: &str) -> Result<&'s StoredSource> {
    sources.iter().find(|source| source.id.to_string() == id).ok_or_else(gone)
}

/// 404 for one that isn't there.
pub fn gone() -> AppError {
    AppError::not_found("that source")
}

/// It, as it is read.
///
/// # Errors
/// It was stored by a newer program.
pub fn read(stored: &StoredSource, now: Instant) -> Result<Source> {
    Ok(Source {
        id: stored.id,
        name: stored.name.clone(),
        signed_by: SignedBy::parse(&stored.signed_by).ok_or_else(AppError::internal)?,
        metric: stored.metric_id,
        person: stored.person_id,
        mapping: Mapping::of_stored(&stored.mapping),
        active: stored.active,
        old_secret_until: stored.old_secret_until.filter(|until| now < *until),
        version: stored.version,
    })
}

/// The secrets that hold now.
///
/// # Errors
/// They can't be opened.
pub fn secrets(keys: &DataKeys, stored: &StoredSource, now: Instant) -> Result<Vec<Zeroizing<String>>> {
    let mut secrets = vec![opened(keys, stored.id, "secret", &stored.secret)?];
    if let (Some(old), Some(until)) = (&stored.old_secret, stored.old_secret_until)
        && now < until
    {
        secrets.push(opened(keys, stored.id, "old_secret", old)?);
    }
    Ok(secrets)
}

async fn checked(tx: &mut OrgTx, existing: &[StoredSource], id: SourceId, body: &SourceBody) -> Result<StoredSource> {
    let metrics = tables::metrics(tx).await?;
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(&body.name));
    if existing.iter().any(|other| other.id != id && other.name.to_lowercase() == name.to_lowercase()) {
        errors.add("name", format!("There is a “{name}” already. Give it another name."));
    }
    let mapping = body.mapping.checked(&mut errors);
    let signed_by = match body.signed_by.as_str() {
        "" => Some(SignedBy::Standard),
        word => SignedBy::parse(word),
    };
    if signed_by.is_none() {
        errors.add("signed_by", "Choose how it signs.");
    }
    if signed_by.is_some_and(|by| !by.names_messages()) && mapping.external_id.is_empty() {
        errors.add("external_id", "Say where its id stands: messages that are signed this way have none of their own.");
    }
    let metric = match body.metric.trim() {
        "" => None,
        key => Some(metrics::find_key(&metrics, key)?),
    };
    match metric {
        None if mapping.metric.is_empty() => errors.add("metric", "Choose what is counted, or say where it stands."),
        Some(metric) if !metric.is_sum() => {
            errors.add("metric", format!("{} is reckoned from others. Choose one of those.", metric.name));
        }
        Some(metric) if metric.unit == "money" && mapping.amount.is_empty() => {
            errors.add("amount", "Say where the amount stands.");
        }
        _ => {}
    }
    if let Some(person) = body.person {
        let everybody = tables::people(tx).await?;
        if !everybody.iter().any(|one| one.id == person) {
            return Err(people::nobody());
        }
    } else if mapping.person.is_empty() {
        errors.add("person", "Choose whose it is, or say where it stands.");
    }
    errors.finish()?;
    Ok(StoredSource {
        id,
        name,
        signed_by: signed_by.unwrap_or(SignedBy::Standard).as_str().to_owned(),
        secret: Vec::new(),
        old_secret: None,
        old_secret_until: None,
        metric_id: metric.map(|metric| metric.id),
        person_id: body.person,
        mapping: mapping.stored(),
        active: body.active,
        version: 1,
    })
}

/// Where one's own secrets lie: `secret`, `old_secret`.
fn place(id: SourceId, column: &'static str) -> Place {
    Place { table: "scoreboard_sources", column, row: id.0 }
}

fn opened(keys: &DataKeys, id: SourceId, column: &'static str, sealed: &[u8]) -> Result<Zeroizing<String>> {
    keys.open(place(id, column), sealed).map(Zeroizing::new).map_err(|error| unreadable(&error))
}

fn unreadable(error: &CryptoError) -> AppError {
    tracing::error!(%error, "what belongs to a source can’t be read");
    AppError::internal()
}

fn yes() -> bool {
    true
}
