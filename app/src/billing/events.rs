//! What Stripe tells us: checked, written down first, answered at once, and then taken over from a queue. An event only says whom
//! to ask about.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use super::{
    own_account,
    sync::{self, Failed, Outcome},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    jobs::pause_after,
    modules::MODULES,
    platform::Platform,
    platform_sql,
};

/// A signature is good for five minutes to either side (<https://docs.stripe.com/webhooks#verify-manually>).
const TOLERANCE_SECONDS: i64 = 5 * 60;
/// The pause between two looks at the queue, where nobody says that there is something in it.
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// Whoever takes an event has this long; if they die, another takes it then.
const LEASE_SECONDS: i64 = 90;
/// Between two tries at most: half an hour.
const LONGEST_PAUSE_SECONDS: i64 = 30 * 60;
/// What trying again doesn't help is tried this often all the same, and then waits for the operator.
const TRIES: i64 = 5;
/// Events taken at once.
const AT_ONCE: i64 = 100;
/// That an event came is known for 90 days.
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;
/// Longer than any word of a bank's.
const LONGEST_REASON: usize = 60;
/// The kinds that say that something about a customer's account is different.
const KINDS: [&str; 5] = ["checkout.session.", "customer.subscription.", "invoice.", "charge.", "customer.updated"];
/// The kinds that say that something is different about an organisation's own account, or a payment to it.
const OWN_KINDS: [&str; 5] =
    ["account.updated", "account.application.deauthorized", "checkout.session.", "charge.", "refund."];

/// An event, as far as it matters.
#[derive(Debug, Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    /// Of which organisation's own account it is about; `None`: ours.
    #[serde(default)]
    account: Option<String>,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Object {
    #[serde(default)]
    id: Option<String>,
    #[serde(default, rename = "object")]
    kind: Option<String>,
    #[serde(default)]
    customer: Option<Reference>,
    #[serde(default)]
    charge: Option<Reference>,
    #[serde(default)]
    payment_intent: Option<Reference>,
    #[serde(default)]
    currency: Value,
    #[serde(default)]
    amount: Value,
    #[serde(default)]
    amount_due: Value,
    #[serde(default)]
    amount_paid: Value,
    #[serde(default)]
    amount_refunded: Value,
    #[serde(default)]
    failure_code: Value,
}

impl Object {
    /// How much it is about, in cents, as it says itself: to be told, never to be counted with.
    fn cents(&self, event: &str) -> Option<i64> {
        let said = match event {
            "invoice.paid" | "invoice.payment_succeeded" => &self.amount_paid,
            "charge.refunded" => &self.amount_refunded,
            _ if event.starts_with("invoice.") => &self.amount_due,
            _ if event.starts_with("charge.") => &self.amount,
            _ => return None,
        };
        said.as_i64().filter(|cents| *cents >= 0 && self.currency.as_str() == Some("aud"))
    }

    /// The bank's word for why a card wasn't charged: `card_declined`.
    fn reason(&self) -> Option<String> {
        let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let word = self.failure_code.as_str().filter(|word| !word.is_empty() && word.len() <= LONGEST_REASON);
        word.filter(|word| is_word(word)).map(str::to_owned)
    }
}

/// An id, or the thing itself.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Whole { id: String },
}

impl Reference {
    fn into_id(self) -> String {
        match self {
            Self::Id(id) | Self::Whole { id } => id,
        }
    }
}

/// Takes an event down, if Stripe sent it. The same one again is the same one.
///
/// # Errors
/// 404 where there are no payments; 400 for a signature that isn't Stripe's or is too old, and for what can't be read.
pub async fn receive(platform: &Platform, signature: &str, body: &[u8]) -> Result<()> {
    let payments = sync::payments(platform)?;
    let now = platform.clock.now();
    if !is_signed(payments.secrets(), signature, body, now) {
        platform.unsigned_payments.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(target: "devalo::security", "a webhook that Stripe didn’t sign, or signed too long ago, was refused");
        return Err(AppError::bad_request("The signature isn’t good."));
    }
    platform.unsigned_payments.store(0, Ordering::Relaxed);
    let event: Event =
        serde_json::from_slice(body).map_err(|_| AppError::bad_request("That is no event of Stripe’s."))?;
    let Event { id, kind, created, account, data: Data { object } } = event;
    if !is_id(&id) || !is_id(&kind) {
        return Err(AppError::bad_request("That is no event of Stripe’s."));
    }
    // What clients pay an organisation is none of the operator's business.
    let (cents, reason) = if account.is_some() { (None, None) } else { (object.cents(&kind), object.reason()) };
    let about = match account {
        // On an organisation's own account customers and charges are its own: nothing of ours is asked about by their numbers.
        Some(account) if !is_id(&account) => return Err(AppError::bad_request("That is no event of Stripe’s.")),
        Some(account) => About::of_own(account, &kind, object),
        None => About::of_ours(&kind, object),
    };
    let About { matters, customer, charge, account, session, intent } = about;
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO stripe_events (id, kind, customer, charge, made_at, received_at, due_at, done_at, outcome, cents, reason, account, session, intent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING",
        id,
        kind,
        customer,
        charge,
        Instant::from_unix(created),
        now,
        matters.then_some(now),
        (!matters).then_some(now),
        (!matters).then_some("ignored"),
        cents,
        reason,
        account,
        session,
        intent
    )?;
    tx.commit().await?;
    platform.events.notify_one();
    Ok(())
}

/// Whom and what an event is about.
#[derive(Debug, Default)]
struct About {
    matters: bool,
    customer: Option<String>,
    charge: Option<String>,
    account: Option<String>,
    session: Option<String>,
    intent: Option<String>,
}

impl About {
    /// What organisations pay us.
    fn of_ours(event: &str, object: Object) -> Self {
        let itself = object.id.filter(|_| object.kind.as_deref() == Some("customer"));
        let customer = object.customer.map(Reference::into_id).or(itself).filter(|id| is_id(id));
        let charge = object.charge.map(Reference::into_id).filter(|_| customer.is_none()).filter(|id| is_id(id));
        let matters = KINDS.iter().any(|known| event.starts_with(known)) && (customer.is_some() || charge.is_some());
        Self { matters, customer, charge, ..Self::default() }
    }

    /// What clients pay an organisation.
    fn of_own(account: String, event: &str, object: Object) -> Self {
        let session = object.id.filter(|_| object.kind.as_deref() == Some("checkout.session")).filter(|id| is_id(id));
        let intent = object.payment_intent.map(Reference::into_id).filter(|id| is_id(id));
        let matters = OWN_KINDS.iter().any(|known| event.starts_with(known))
            && (event.starts_with("account.") || session.is_some() || intent.is_some());
        Self { matters, account: Some(account), session, intent, ..Self::default() }
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && !text.contains('\0')
}

/// Goes on taking events over, for as long as the process lives.
pub async fn keep_taking_over(platform: Platform) {
    if platform.payments().is_none() {
        return;
    }
    // Who was here before may have left some.
    platform.events.notify_one();
    loop {
        let _looks = tokio::time::timeout(LOOKS_EVERY, platform.events.notified()).await;
        let Some(_work) = platform.take_up() else { return };
        if let Err(error) = take_over_due(&platform).await {
            tracing::error!(%error, "Stripe’s events can’t be read; it is tried again");
        }
    }
}

#[derive(sqlx::FromRow)]
struct Due {
    id: String,
    customer: Option<String>,
    charge: Option<String>,
    account: Option<String>,
    session: Option<String>,
    intent: Option<String>,
    attempts: i64,
    #[sqlx(rename = "due_at")]
    at: Instant,
}

/// Takes over what is due; says how many events were done.
///
/// # Errors
/// The database is busy.
pub async fn take_over_due(platform: &Platform) -> Result<usize> {
    let mut done = 0;
    loop {
        let mut tx = platform.begin(Access::Read).await?;
        let due = platform_sql!(
            all Due,
            &mut tx,
            "SELECT id, customer, charge, account, session, intent, attempts, due_at FROM stripe_events WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2",
            platform.clock.now(),
            AT_ONCE
        )?;
        tx.commit().await?;
        if due.is_empty() {
            return Ok(done);
        }
        let mut asked: Vec<String> = Vec::new();
        for event in due {
            if platform.is_stopping() {
                return Ok(done);
            }
            // One look at a customer does for all that was told of them before it.
            if event.customer.as_ref().is_some_and(|customer| asked.contains(customer)) {
                continue;
            }
            if let Some(customer) = take_over_one(platform, event, &mut done).await? {
                asked.push(customer);
            }
        }
    }
}

/// Has an event taken over again, whatever came of it.
///
/// # Errors
/// 404 for one that isn't there; 409 for one that is of no matter.
pub async fn again(platform: &Platform, id: &str) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    let found = platform_sql!(
        exec,
        &mut tx,
        "UPDATE stripe_events SET due_at = $2, attempts = 0, done_at = NULL, outcome = NULL, last_error = NULL
         WHERE id = $1 AND (customer IS NOT NULL OR charge IS NOT NULL OR account IS NOT NULL)",
        id,
        now
    )?;
    tx.commit().await?;
    if found == 0 {
        return Err(AppError::new(Code::Conflict, "There is nothing to take over in that event."));
    }
    platform.events.notify_one();
    Ok(())
}

/// Compares every customer with Stripe, mends what differs, and writes down how much that was.
///
/// # Errors
/// The database is busy.
pub async fn reconcile(platform: &Platform) -> Result<()> {
    let Some(payments) = platform.payments() else { return Ok(()) };
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let customers = platform_sql!(
        all(String,),
        &mut tx,
        "SELECT customer FROM stripe_accounts UNION SELECT customer FROM signups WHERE customer IS NOT NULL AND made_org IS NULL AND withdrawn_at IS NULL"
    )?;
    tx.commit().await?;
    let mut own = own_account::all(platform).await?;
    let (mut mended, mut failed) = (0_i64, 0_i64);
    let checked = i64::try_from(customers.len() + own.len()).unwrap_or(i64::MAX);
    if own_account::are_all_unknown(payments, &own).await {
        tracing::error!(
            "Stripe knows none of the organisations’ accounts: see whether STRIPE_SECRET_KEY is the right one"
        );
        failed += i64::try_from(own.len()).unwrap_or(i64::MAX);
        own.clear();
    }
    for (org, account, _) in own {
        match own_account::take_over(platform, org, &account).await {
            Ok(Outcome::AsKnown | Outcome::Unknown) => {}
            Ok(Outcome::TakenOver | Outcome::Made(_)) => {
                tracing::warn!(account, "where an organisation’s account stands wasn’t what Stripe says; it is mended");
                mended += 1;
            }
            Err(error) => {
                tracing::error!(
                    account,
                    why = reason(&error),
                    "an organisation’s account can’t be compared with Stripe"
                );
                failed += 1;
            }
        }
    }
    for (customer,) in customers {
        match sync::take_over(platform, &customer).await {
            Ok(Outcome::AsKnown | Outcome::Unknown) => {}
            Ok(Outcome::TakenOver | Outcome::Made(_)) => {
                tracing::warn!(customer, "what we knew of a customer wasn’t what Stripe says; it is mended");
                mended += 1;
            }
            Err(error) => {
                tracing::error!(customer, why = reason(&error), "a customer can’t be compared with Stripe");
                failed += 1;
            }
        }
    }
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO stripe_reconciliations (at, checked, mended, failed) VALUES ($1, $2, $3, $4) ON CONFLICT (at) DO NOTHING",
        now,
        checked,
        mended,
        failed
    )?;
    let before = now.plus_seconds(-KEPT_SECONDS);
    platform_sql!(exec, &mut tx, "DELETE FROM stripe_events WHERE received_at < $1 AND due_at IS NULL", before)?;
    platform_sql!(exec, &mut tx, "DELETE FROM stripe_reconciliations WHERE at < $1", before)?;
    Ok(tx.commit().await?)
}

/// Takes one event, so that nobody else does, and asks about its customer. All that was told of them before is done with it.
async fn take_over_one(platform: &Platform, event: Due, done: &mut usize) -> Result<Option<String>> {
    let begun = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    let mine = platform_sql!(
        exec,
        &mut tx,
        "UPDATE stripe_events SET due_at = $3, attempts = attempts + 1 WHERE id = $1 AND due_at = $2",
        event.id.as_str(),
        event.at,
        begun.plus_seconds(LEASE_SECONDS)
    )?;
    let before = match &event.customer {
        // What has come up to here: what comes while Stripe is asked is looked at again.
        Some(customer) => platform_sql!(
            all(String,),
            &mut tx,
            "SELECT id FROM stripe_events WHERE due_at IS NOT NULL AND customer = $1 AND id <> $2",
            customer.as_str(),
            event.id.as_str()
        )?,
        None => Vec::new(),
    };
    tx.commit().await?;
    if mine == 0 {
        return Ok(None);
    }
    let customer = match (&event.customer, &event.charge) {
        _ if event.account.is_some() => Ok(None),
        (Some(customer), _) => Ok(Some(customer.clone())),
        (None, Some(charge)) => match platform.payments() {
            Some(payments) => payments.payer(charge).await.map_err(Failed::Stripe),
            None => Ok(None),
        },
        (None, None) => Ok(None),
    };
    let paying = customer.as_ref().ok().cloned().flatten();
    let outcome = match customer {
        _ if event.account.is_some() => take_over_own(platform, &event).await,
        Ok(Some(customer)) => sync::take_over(platform, &customer).await,
        Ok(None) => Ok(Outcome::Unknown),
        Err(error) => Err(error),
    };
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    match outcome {
        Ok(outcome) => {
            let word = match outcome {
                Outcome::AsKnown => "as known",
                Outcome::TakenOver => "taken over",
                Outcome::Made(_) => "made an organisation",
                Outcome::Unknown => "nobody of ours",
            };
            // All take them in the same order: two processes at one customer's events don't wait for each other.
            let all: BTreeSet<&String> = std::iter::once(&event.id).chain(before.iter().map(|(id,)| id)).collect();
            for id in all {
                platform_sql!(
                    exec,
                    &mut tx,
                    "UPDATE stripe_events SET due_at = NULL, done_at = $2, outcome = $3, last_error = NULL, customer = COALESCE(customer, $4) WHERE id = $1",
                    id.as_str(),
                    now,
                    word,
                    // What told of a charge alone is known by whose it is.
                    paying.as_deref()
                )?;
                *done += 1;
            }
        }
        Err(error) => {
            let why = reason(&error);
            let passes = match &error {
                Failed::Stripe(trouble) => trouble.passes,
                Failed::Ours(error) => error.code == Code::Unavailable,
            };
            let again = passes || event.attempts + 1 < TRIES;
            tracing::error!(id = event.id, why, again, "an event of Stripe’s wasn’t taken over");
            platform_sql!(
                exec,
                &mut tx,
                "UPDATE stripe_events SET due_at = $2, last_error = $3 WHERE id = $1",
                event.id.as_str(),
                again.then(|| now.plus_seconds(pause_after(event.attempts, LONGEST_PAUSE_SECONDS))),
                why
            )?;
        }
    }
    tx.commit().await?;
    Ok(event.customer)
}

/// What is told of an organisation's own account: whose it is stands with us, and whatever the event says besides is asked there.
async fn take_over_own(platform: &Platform, event: &Due) -> Result<Outcome, Failed> {
    let Some(account) = &event.account else { return Ok(Outcome::Unknown) };
    let Some(org) = own_account::org_of(platform, account).await? else { return Ok(Outcome::Unknown) };
    if event.session.is_none() && event.intent.is_none() {
        return own_account::take_over(platform, org, account).await;
    }
    for module in MODULES {
        let (session, intent) = (event.session.as_deref(), event.intent.as_deref());
        let outcome = module.payment_told(platform, org, account, session, intent).await?;
        if outcome != Outcome::Unknown {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Unknown)
}

fn reason(failed: &Failed) -> String {
    match failed {
        Failed::Stripe(trouble) => trouble.why.clone(),
        Failed::Ours(error) => error.message.clone(),
    }
}

/// Stripe signed this body, not long ago: `t=…,v1=…` with an HMAC-SHA256 of time and body under one of the secrets. (Its library
/// for this would also read the whole event, and refuse what it doesn't know.)
fn is_signed(secrets: &[String], header: &str, body: &[u8], now: Instant) -> bool {
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) => time = Some(text),
            Some(("v1", text)) => signatures.push(text),
            _ => {}
        }
    }
    let Some((text, at)) = time.and_then(|text| Some((text, text.parse::<i64>().ok()?))) else { return false };
    let seconds = now.micros().div_euclid(1_000_000);
    if seconds.checked_sub(at).is_none_or(|age| age.abs() > TOLERANCE_SECONDS) {
        return false;
    }
    secrets.iter().any(|secret| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
        mac.update(text.as_bytes());
        mac.update(b".");
        mac.update(body);
        signatures.iter().filter_map(|signature| hex(signature)).any(|bytes| mac.clone().verify_slice(&bytes).is_ok())
    })
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 256 {
        return None;
    }
    digits.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
