//! Sends what addresses are to be told, until it is taken or given up.
//!
//! An address is sent one message at a time, those that wait the longest by the order in which things happened; one that is tried again
//! doesn't hold the others back. Whoever sends takes the address for a minute, so that no two do it at once. If they die, another
//! sends the same message again, with the same id: what is sent at least once may be sent twice.

use std::{collections::HashSet, time::Duration};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use bytes::Bytes;
use tokio::task::JoinSet;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{DeliveryId, WebhookId, endpoints::note, opened, sign};
use crate::{
    clock::Instant,
    crypto::Place,
    db::Access,
    error::{AppError, Result},
    fetch::{Answer, FetchRefusal, Limits},
    ids::{OrgId, fresh},
    mail::{self, Letter},
    meters::{self, Often},
    org::{Actor, OrgRef, OrgTx, Role},
    people::members,
    permissions,
    platform::Platform,
    platform_sql, sql,
};

/// How long it waits after each try that wasn't taken: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. Then it is given up.
const PAUSES: [i64; 9] =
    [5, 5 * 60, 30 * 60, 2 * 60 * 60, 5 * 60 * 60, 10 * 60 * 60, 14 * 60 * 60, 20 * 60 * 60, 24 * 60 * 60];
/// Whoever sends has this long; a try takes ten seconds at most.
const LEASE_SECONDS: i64 = 60;
/// A lease that ends later than this was taken by a clock that has been set back since: it holds nobody up. Another machine’s clock may
/// be ahead by less than a minute.
const FAR_SECONDS: i64 = 2 * LEASE_SECONDS;
/// An address that has taken nothing for so long is switched off: five days.
const FAILING_SECONDS: i64 = 5 * 24 * 60 * 60;
/// What was sent is known for so long: 30 days.
pub const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// So much of an answer is kept.
pub const LONGEST_ANSWER: usize = 1_000;
/// So many addresses are sent something at once.
const AT_ONCE: usize = 16;
/// Rows looked at once.
const LOOKED_AT: i64 = 200;
/// The pause between two looks, where nobody says that there is something.
const LOOKS_EVERY: Duration = Duration::from_secs(3);

/// All that is read of an answer: letters may take four bytes.
const LIMITS: Limits = Limits { body: 4 * LONGEST_ANSWER, ..Limits::MESSAGE };

/// Sends what is due; says how many tries there were.
///
/// # Errors
/// The database is busy.
pub async fn deliver(platform: &Platform) -> Result<usize> {
    let mut running = JoinSet::new();
    let (mut tried, mut trouble) = (0, None);
    loop {
        if trouble.is_none() && running.len() < AT_ONCE && !platform.is_stopping() {
            for (org, id) in due(platform).await?.into_iter().take(AT_ONCE - running.len()) {
                running.spawn(attempt(platform.clone(), org, id));
            }
        }
        if running.is_empty() {
            return trouble.map_or(Ok(tried), Err);
        }
        // One who takes long to answer doesn't keep the others waiting.
        let outcome = tokio::select! {
            Some(outcome) = running.join_next() => outcome,
            () = platform.webhooks.bell.notified(), if trouble.is_none() => continue,
            () = tokio::time::sleep(LOOKS_EVERY), if trouble.is_none() => continue,
        };
        match outcome {
            Ok(Ok(sent)) => tried += usize::from(sent),
            Ok(Err(error)) => {
                tracing::error!(%error, "a webhook’s message couldn’t be sent; it is tried again");
                trouble = Some(error);
            }
            Err(_) => trouble = Some(AppError::internal()),
        }
    }
}

/// Goes on sending, for as long as the process lives.
pub async fn keep_delivering(platform: Platform) {
    loop {
        let Some(work) = platform.take_up() else { return };
        if let Err(error) = deliver(&platform).await {
            tracing::error!(%error, "what webhooks are to be sent can’t be read; it is tried again");
        }
        drop(work);
        let _looks = tokio::time::timeout(LOOKS_EVERY, platform.webhooks.bell.notified()).await;
    }
}

/// Forgets what was sent long ago.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let before = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    let mut tx = platform.begin_across_orgs(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM webhook_deliveries WHERE created_at < $1", before)?;
    Ok(tx.commit().await?)
}

/// The machine’s clock was set back: what was to be told while it was ahead is told now.
///
/// # Errors
/// The database is busy.
pub async fn after_a_step_back(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE webhook_deliveries SET due_at = $1 WHERE state = 'waiting' AND due_at > $1 AND created_at > $1",
        platform.clock.now()
    )?;
    Ok(tx.commit().await?)
}

/// How many messages are due, and since when the oldest of them is, for whoever runs the platform.
///
/// # Errors
/// The database is busy.
pub async fn backlog(platform: &Platform) -> Result<(i64, Option<Instant>)> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        one(i64, Option<Instant>),
        &mut tx,
        "SELECT count(*), min(d.due_at) FROM webhook_deliveries AS d WHERE d.state = 'waiting' AND d.due_at <= $1
           AND EXISTS (SELECT 1 FROM webhooks AS w WHERE w.org_id = d.org_id AND w.id = d.webhook_id AND w.state = 'active')",
        platform.clock.now()
    )?;
    tx.commit().await?;
    Ok(found)
}

/// The addresses that are to be sent something, and that nobody has at the moment.
async fn due(platform: &Platform) -> Result<Vec<(OrgId, WebhookId)>> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let rows = platform_sql!(
        all(OrgId, WebhookId),
        &mut tx,
        "SELECT d.org_id, d.webhook_id FROM webhook_deliveries AS d WHERE d.state = 'waiting' AND d.due_at <= $1
           AND EXISTS (SELECT 1 FROM webhooks AS w WHERE w.org_id = d.org_id AND w.id = d.webhook_id AND w.state = 'active'
             AND (w.leased_until IS NULL OR w.leased_until <= $1 OR w.leased_until > $3))
         ORDER BY d.due_at LIMIT $2",
        now,
        LOOKED_AT,
        now.plus_seconds(FAR_SECONDS)
    )?;
    tx.commit().await?;
    let mut seen = HashSet::new();
    Ok(rows.into_iter().filter(|one| seen.insert(*one)).collect())
}

/// A message on its way.
struct Claimed {
    lease: Uuid,
    webhook: WebhookId,
    url: Zeroizing<String>,
    secrets: Vec<Zeroizing<String>>,
    id: DeliveryId,
    payload: String,
    /// Which try this is, from 1 on.
    attempt: i64,
}

#[derive(sqlx::FromRow)]
struct Address {
    url: Vec<u8>,
    secret: Vec<u8>,
    old_secret: Option<Vec<u8>>,
}

/// Takes the address, sends it the next message, and writes down what came of it. `false`: there was nothing to do after all.
async fn attempt(platform: Platform, org: OrgId, webhook: WebhookId) -> Result<bool> {
    static TAKES: Often = Often::new(meters::WEBHOOK_SECONDS, &[]);
    let Some(claimed) = claim(&platform, org, webhook).await? else { return Ok(false) };
    let begun = std::time::Instant::now();
    let outcome = send(&platform, &claimed).await;
    TAKES.since(meters::begun().then_some(begun));
    let took = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    record(&platform, org, &claimed, outcome, took).await?;
    Ok(true)
}

/// Takes the address and its next message, before anything is sent.
async fn claim(platform: &Platform, org: OrgId, webhook: WebhookId) -> Result<Option<Claimed>> {
    let mut tx = by_itself(platform, org).await?;
    let now = tx.now();
    let lease = fresh(now);
    // A secret whose day is over goes for good.
    let address = sql!(
        optional Address,
        &mut tx,
        "UPDATE webhooks SET lease = $3, leased_until = $4,
           old_secret = CASE WHEN old_secret_until > $5 THEN old_secret END,
           old_secret_until = CASE WHEN old_secret_until > $5 THEN old_secret_until END
         WHERE org_id = $1 AND id = $2 AND state = 'active' AND (leased_until IS NULL OR leased_until <= $5 OR leased_until > $6)
         RETURNING url, secret, old_secret",
        webhook,
        lease,
        now.plus_seconds(LEASE_SECONDS),
        now,
        now.plus_seconds(FAR_SECONDS)
    )?;
    let Some(address) = address else {
        tx.rollback().await?;
        return Ok(None);
    };
    let next = sql!(
        optional(DeliveryId,),
        &mut tx,
        "SELECT id FROM webhook_deliveries WHERE org_id = $1 AND webhook_id = $2 AND state = 'waiting' AND due_at <= $3
         ORDER BY sequence, id LIMIT 1",
        webhook,
        now
    )?;
    let Some((id,)) = next else {
        tx.rollback().await?;
        return Ok(None);
    };
    let (payload, attempt) = sql!(
        one(String, i64),
        &mut tx,
        "UPDATE webhook_deliveries SET attempts = attempts + 1 WHERE org_id = $1 AND id = $2 RETURNING payload, attempts",
        id
    )?;
    let keys = tx.keys().await?;
    let url = Zeroizing::new(opened(&keys, webhook, "url", &address.url)?);
    let mut secrets = vec![Zeroizing::new(opened(&keys, webhook, "secret", &address.secret)?)];
    if let Some(old) = &address.old_secret {
        secrets.push(Zeroizing::new(opened(&keys, webhook, "old_secret", old)?));
    }
    tx.commit().await?;
    Ok(Some(Claimed { lease, webhook, url, secrets, id, payload, attempt }))
}

async fn send(platform: &Platform, claimed: &Claimed) -> Result<Answer, FetchRefusal> {
    let Claimed { url, secrets, id, payload, .. } = claimed;
    let (id, timestamp) = (format!("msg_{}", id.0.simple()), platform.clock.now().timestamp().as_second());
    let secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
    let signatures = sign::signatures(&secrets, &id, timestamp, payload).ok_or(FetchRefusal::Ours)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in
        [("webhook-id", id), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signatures)]
    {
        let value = HeaderValue::try_from(value).map_err(|_| FetchRefusal::Ours)?;
        headers.insert(HeaderName::from_static(name), value);
    }
    let body = Bytes::from(payload.clone());
    platform.fetcher()?.send(url, Method::POST, headers, body, LIMITS).await
}

/// What became of a try.
struct Became {
    state: &'static str,
    due_at: Instant,
    status: Option<i64>,
    answer: Option<Vec<u8>>,
    error: Option<String>,
}

/// Writes down what came of a try, lets go of the address, and switches it off where it is gone, or has failed for too long.
async fn record(
    platform: &Platform,
    org: OrgId,
    claimed: &Claimed,
    outcome: Result<Answer, FetchRefusal>,
    took: i64,
) -> Result<()> {
    let mut tx = by_itself(platform, org).await?;
    let (now, keys) = (tx.now(), tx.keys().await?);
    let status = outcome.as_ref().ok().map(|answer| i64::from(answer.status));
    let taken = status.is_some_and(|status| (200..=299).contains(&status));
    let pause = usize::try_from(claimed.attempt - 1).ok().and_then(|tries| PAUSES.get(tries));
    let (state, due_at) = match pause {
        _ if taken => ("delivered", now),
        Some(pause) => ("waiting", now.plus_seconds(*pause)),
        None => ("failed", now),
    };
    meters::WEBHOOKS.count(&[state]);
    let (answer, error) = match outcome {
        Ok(answer) => (Some(keys.seal(answer_place(claimed.id), &beginning(&answer.beginning))), None),
        Err(refusal) => (None, Some(refusal.to_string())),
    };
    let became = Became { state, due_at, status, answer, error };
    // Nobody else has sent it meanwhile, and it wasn't deleted.
    sql!(
        exec,
        &mut tx,
        "UPDATE webhook_deliveries SET state = $3, due_at = $4, tried_at = $5, status = $6, took_millis = $7, answer = $8, error = $9
         WHERE org_id = $1 AND id = $2 AND state = 'waiting' AND attempts = $10",
        claimed.id,
        became.state,
        became.due_at,
        now,
        became.status,
        took,
        became.answer,
        became.error,
        claimed.attempt
    )?;
    sql!(
        exec,
        &mut tx,
        "UPDATE webhooks SET lease = NULL, leased_until = NULL WHERE org_id = $1 AND id = $2 AND lease = $3",
        claimed.webhook,
        claimed.lease
    )?;
    if taken {
        sql!(
            exec,
            &mut tx,
            "UPDATE webhooks SET failing_since = NULL WHERE org_id = $1 AND id = $2 AND failing_since IS NOT NULL",
            claimed.webhook
        )?;
        return tx.commit().await;
    }
    let since = sql!(
        optional(Instant,),
        &mut tx,
        "UPDATE webhooks SET failing_since = coalesce(failing_since, $3) WHERE org_id = $1 AND id = $2 AND state = 'active' RETURNING failing_since",
        claimed.webhook,
        now
    )?;
    match since {
        Some(_) if status == Some(410) => switch_off(&mut tx, claimed.webhook, Off::Gone).await?,
        Some((since,)) if since.plus_seconds(FAILING_SECONDS) <= now => {
            switch_off(&mut tx, claimed.webhook, Off::Failing).await?;
        }
        _ => {}
    }
    tx.commit().await
}

/// Why an address was switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Off {
    /// It said that it is gone.
    Gone,
    /// It took nothing for five days.
    Failing,
}

/// Nothing is sent to it any more, and the owner is told.
async fn switch_off(tx: &mut OrgTx, id: WebhookId, why: Off) -> Result<()> {
    let reason = match why {
        Off::Gone => "gone",
        Off::Failing => "failing",
    };
    let found = sql!(
        optional(String,),
        &mut *tx,
        "UPDATE webhooks SET state = 'off', off_reason = $3, version = version + 1 WHERE org_id = $1 AND id = $2 AND state = 'active' RETURNING name",
        id,
        reason
    )?;
    let Some((name,)) = found else { return Ok(()) };
    note(tx, "platform.webhook_off", id).await?;
    let platform = tx.platform().clone();
    let (org, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    let page = format!("{}/app/{slug}/settings/webhooks/{id}", platform.origin);
    for owner in members::all(tx).await?.into_iter().filter(|member| member.role == Role::Owner) {
        let letter = letter(owner.email, &owner.name, &org, &name, why, page.clone());
        mail::queue(&platform, tx.platform_part(), "settings.webhook_off", &letter, None).await?;
    }
    Ok(())
}

/// What the owner is told of an address that was switched off.
pub(crate) fn letter(to: String, name: &str, org: &str, webhook: &str, why: Off, page: String) -> Letter {
    let what = match why {
        Off::Gone => format!(
            "The address behind the webhook “{webhook}” of {org} answered that it is gone for good, so we’ve switched it off."
        ),
        Off::Failing => format!(
            "The address behind the webhook “{webhook}” of {org} has taken nothing from us for five days, so we’ve switched it off."
        ),
    };
    Letter {
        to,
        subject: format!("A webhook is switched off: {org}"),
        paragraphs: vec![
            format!("Hello {name},"),
            what,
            "The program there isn’t told what happens any more. Once it works again, switch the webhook on; what it missed until now can be sent again from its page, for 30 days. What happens from now on isn’t kept for it.".to_owned(),
        ],
        action: Some(("See what went wrong".to_owned(), page)),
        closing: vec!["You don’t need it any more? Then delete it there.".to_owned()],
    }
}

/// How an answer begins, as far as it can be read.
fn beginning(bytes: &[u8]) -> String {
    let readable = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    String::from_utf8_lossy(bytes).chars().filter(readable).take(LONGEST_ANSWER).collect()
}

pub(super) fn answer_place(id: DeliveryId) -> Place {
    Place { table: "webhook_deliveries", column: "answer", row: id.0 }
}

async fn by_itself(platform: &Platform, org: OrgId) -> Result<OrgTx> {
    let actor = Actor::System("a webhook");
    OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::MANAGE_WEBHOOKS, Access::Write).await
}
