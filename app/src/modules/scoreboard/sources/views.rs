//! What the pages about what comes in by itself show, read in one go each.

use super::{
    Outcome, SHOWN, Source, counting, find, read,
    rules::{Offer, find_countable, offers},
    store::{self, Heard, Rule},
    taking,
};
use crate::{
    crypto::DataKeys,
    db::Access,
    error::Result,
    modules::scoreboard::{
        ids::{DeliveryId, EntryId, RuleId},
        people, permissions,
        store::{self as tables, Metric},
    },
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    support::consent::{moment, moment_from},
};

/// So many that couldn't be counted are shown.
const TROUBLES: i64 = 100;

/// The page of all of it.
#[derive(Debug, Clone)]
pub struct SourcesPage {
    /// Programs elsewhere, each with what came of its last message.
    pub sources: Vec<(Source, Option<Message>)>,
    /// What other modules offer.
    pub offers: Vec<Offer>,
    /// What of that is counted.
    pub rules: Vec<RuleLine>,
    /// What couldn't be, the newest first.
    pub troubles: Vec<Trouble>,
    /// What it can be counted as: word and name.
    pub metrics: Vec<(String, String)>,
}

/// What of another module is counted.
#[derive(Debug, Clone)]
pub struct RuleLine {
    /// Its id.
    pub id: RuleId,
    /// "An appointment is completed"
    pub what: String,
    /// "Each counts as one of Visits, from 1 July 2026 on."
    pub counts: String,
    /// How many are counted, and how many couldn't be.
    pub tally: (i64, i64),
    /// All that there was is known.
    pub listed: bool,
}

/// One that couldn't be counted.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// "An appointment is completed"
    pub what: String,
    /// Why it isn't counted.
    pub words: String,
    /// When that was noted.
    pub when: String,
}

/// What is needed to set a source up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What can be counted: word and name.
    pub metrics: Vec<(String, String)>,
    /// Whose it can be: id and name.
    pub people: Vec<(String, String)>,
}

/// The page of one source.
#[derive(Debug, Clone)]
pub struct SourcePage {
    /// As it is set up.
    pub source: Source,
    /// The word of what is counted, where all of it is that.
    pub metric: String,
    /// What can be chosen.
    pub setup: Setup,
    /// The address that the program calls.
    pub address: String,
    /// Until when the secret before holds, too.
    pub old_secret_until: Option<String>,
    /// What it told, the newest first.
    pub messages: Vec<Message>,
}

/// A message, and what came of it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub id: DeliveryId,
    /// When it came.
    pub when: String,
    /// What came of it, in a word.
    pub outcome: Option<Outcome>,
    /// And in a sentence.
    pub words: String,
    /// The line that came of it.
    pub entry: Option<EntryId>,
    /// What it said is kept still.
    pub kept: bool,
}

/// The page of one message.
#[derive(Debug, Clone)]
pub struct MessagePage {
    /// Whose it is.
    pub source: Source,
    /// What came of it.
    pub message: Message,
    /// What it is called there.
    pub name: Option<String>,
    /// What it said, as long as that is kept.
    pub body: Option<String>,
}

/// The page of all of it.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str) -> Result<SourcesPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let (keys, now) = (tx.keys().await?, tx.now());
    let mut sources = Vec::new();
    for stored in store::sources(&mut tx).await? {
        let last = store::deliveries(&mut tx, stored.id, 1).await?.pop();
        let last = last.map(|last| message(&tx, &keys, last)).transpose()?;
        sources.push((read(&stored, now)?, last));
    }
    let all = tables::metrics(&mut tx).await?;
    let tally = store::tally(&mut tx).await?;
    let offers = offers(&mut tx).await?;
    let rules = store::rules(&mut tx).await?;
    let mut troubles = Vec::new();
    for outcome in ["nobody", "refused"] {
        troubles.extend(store::counts_of(&mut tx, outcome, TROUBLES).await?);
    }
    troubles.sort_by_key(|count| std::cmp::Reverse((count.noted_at, count.id)));
    let told = |count: store::Count| -> Result<Trouble> {
        let rule = rules.iter().find(|rule| rule.id == count.rule_id);
        Ok(Trouble {
            what: rule.map(what_happens).unwrap_or_default(),
            words: counting::words_of(&keys, &count)?,
            when: moment_from(&tx, count.noted_at),
        })
    };
    let limit = usize::try_from(TROUBLES).unwrap_or(usize::MAX);
    let troubles = troubles.into_iter().take(limit).map(told).collect::<Result<Vec<_>>>()?;
    let line = |rule: &Rule| {
        let of = |outcomes: &[&str]| -> i64 {
            let theirs = tally.iter().filter(|(id, outcome, _)| *id == rule.id && outcomes.contains(&outcome.as_str()));
            theirs.map(|(.., count)| count).sum()
        };
        RuleLine {
            id: rule.id,
            what: what_happens(rule),
            counts: how_it_counts(&tx, rule, &all),
            tally: (of(&["counted"]), of(&["nobody", "refused"])),
            listed: rule.listed,
        }
    };
    let rules = rules.iter().map(line).collect();
    tx.rollback().await?;
    Ok(SourcesPage { sources, offers, rules, troubles, metrics: countable(&all, "") })
}

/// What is needed to add a source.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn new(platform: &Platform, actor: &Actor, org: &str) -> Result<Setup> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let all = tables::metrics(&mut tx).await?;
    let setup = setup(&mut tx, &all, "").await?;
    tx.rollback().await?;
    Ok(setup)
}

/// The page of one source.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for one that isn't this organisation's.
pub async fn source_page(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<SourcePage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let stored = store::sources(&mut tx).await?;
    let source = read(find(&stored, id)?, tx.now())?;
    let all = tables::metrics(&mut tx).await?;
    let metric = key_of(&all, &source);
    let setup = setup(&mut tx, &all, &metric).await?;
    let keys = tx.keys().await?;
    let heard = store::deliveries(&mut tx, source.id, SHOWN).await?;
    let messages = heard.into_iter().map(|heard| message(&tx, &keys, heard)).collect::<Result<Vec<_>>>()?;
    let old_secret_until = source.old_secret_until.map(|until| moment(&tx, until));
    tx.rollback().await?;
    let address = address(platform, &source);
    Ok(SourcePage { source, metric, setup, address, old_secret_until, messages })
}

/// The page of one message.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for one that isn't this source's.
pub async fn message_page(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    source: &str,
    id: &str,
) -> Result<MessagePage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let stored = store::sources(&mut tx).await?;
    let source = read(find(&stored, source)?, tx.now())?;
    let found = taking::delivery(&mut tx, id).await?;
    if found.source_id != source.id {
        return Err(super::gone());
    }
    let keys = tx.keys().await?;
    let (body, name) = (taking::body_of(&keys, &found)?, found.message.clone());
    let heard = Heard {
        id: found.id,
        received_at: found.received_at,
        outcome: found.outcome,
        words: found.words,
        message: found.message,
        entry_id: found.entry_id,
        kept: body.is_some(),
    };
    let message = message(&tx, &keys, heard)?;
    tx.rollback().await?;
    Ok(MessagePage { source, message, name, body })
}

/// The address that a source's program calls.
pub fn address(platform: &Platform, source: &Source) -> String {
    format!("{}/webhooks/scoreboard/{}", platform.origin, source.id)
}

/// The word of what is counted, where all that a source tells is that.
fn key_of(metrics: &[Metric], source: &Source) -> String {
    let found = metrics.iter().find(|metric| Some(metric.id) == source.metric);
    found.map(|metric| metric.key.clone()).unwrap_or_default()
}

/// "An appointment is completed"
pub fn what_happens(rule: &Rule) -> String {
    find_countable(&rule.event)
        .map_or_else(|| "Something that this program doesn’t know".to_owned(), |(_, one)| one.label.to_owned())
}

fn how_it_counts(tx: &OrgTx, rule: &Rule, metrics: &[Metric]) -> String {
    let metric = metrics.iter().find(|metric| metric.id == rule.metric_id);
    let name = metric.map(|metric| metric.name.as_str()).unwrap_or_default();
    let worth = find_countable(&rule.event).and_then(|(_, one)| one.worth).unwrap_or("What it is worth");
    let since = moment(tx, rule.since);
    if rule.counts == "one" {
        format!("Each counts as one of {name}, since {since}.")
    } else {
        format!("{worth} counts as {name}, since {since}.")
    }
}

async fn setup(tx: &mut OrgTx, metrics: &[Metric], chosen: &str) -> Result<Setup> {
    let everybody = people::roster(tx).await?;
    Ok(Setup {
        metrics: countable(metrics, chosen),
        people: everybody.into_iter().map(|person| (person.id.to_string(), person.name)).collect(),
    })
}

/// What is added up and in use, and what is chosen already.
fn countable(metrics: &[Metric], chosen: &str) -> Vec<(String, String)> {
    let can = metrics.iter().filter(|metric| metric.is_sum() && (metric.active || metric.key == chosen));
    can.map(|metric| (metric.key.clone(), metric.name.clone())).collect()
}

fn message(tx: &OrgTx, keys: &DataKeys, heard: Heard) -> Result<Message> {
    Ok(Message {
        id: heard.id,
        when: moment_from(tx, heard.received_at),
        outcome: Outcome::parse(&heard.outcome),
        words: taking::words_of(keys, heard.id, &heard.words)?,
        entry: heard.entry_id,
        kept: heard.kept,
    })
}
