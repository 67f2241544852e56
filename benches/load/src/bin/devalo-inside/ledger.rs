//! Changes ledgers at random, as the product does it, and holds every figure against a model in memory.

use std::collections::BTreeMap;

use app::{
    auth::accounts::{self, NewOrg},
    modules::{
        MODULES,
        scoreboard::{
            anew,
            board::{self, Asked, Of},
            entries::{self, EntryBody, Source},
            formula::Fraction,
            ids::PersonId,
            ledger::{self, Change, Totals},
            metrics::{self, MetricBody},
            people::{self, PersonBody},
            ranking::Ties,
        },
    },
    org::Actor,
    platform::Platform,
};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::json;

use crate::{Result, platform};

/// All that Australia has.
const ZONES: [&str; 11] = [
    "Australia/Sydney",
    "Australia/Melbourne",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Australia/Perth",
    "Australia/Hobart",
    "Australia/Broken_Hill",
    "Australia/Eucla",
    "Australia/Lindeman",
    "Australia/Lord_Howe",
];
const METRICS: [&str; 2] = ["sales", "refunds"];
const PEOPLE: [&str; 5] = ["Ada", "Bo", "Cy", "Di", "Ed"];
/// Amounts are below this, so that every day has room for them.
const LARGEST: i64 = 1_000_000_000;
/// The days that the changes lie on.
const DAYS: (&str, i64) = ("2026-04-03", 16);

static SYSTEM: Actor = Actor::System("a benchmark");

/// How many figures differ in the end.
pub async fn run(words: &[String]) -> Result<usize> {
    let [env_file, count] = words else { return Err("devalo-inside ledger ENV_FILE COUNT".into()) };
    let count: usize = count.parse()?;
    let platform = platform(env_file).await?;
    let owner =
        accounts::create_user(&platform, "ledger@bench.example", "Bench Owner", "a long and quiet password").await?;
    let modules: Vec<&str> = MODULES.iter().map(|module| module.name()).collect();
    let mut differing = 0;
    for (nth, zone) in ZONES.into_iter().enumerate() {
        let slug = format!("ledger-{nth}");
        let org = NewOrg { slug: slug.clone(), name: zone.to_owned(), zone: zone.to_owned(), ..NewOrg::default() };
        accounts::create_org(&platform, &org, owner, &modules).await?;
        differing += business(&platform, &slug, &TimeZone::get(zone)?, count / ZONES.len(), nth as u64).await?;
    }
    platform.db.close().await;
    Ok(differing)
}

/// Changes one business’s ledger so often; how many of its figures differ from the model’s.
async fn business(platform: &Platform, org: &str, zone: &TimeZone, count: usize, seed: u64) -> Result<usize> {
    for word in METRICS {
        let body: MetricBody = serde_json::from_value(
            json!({ "name": word, "key": word, "unit": "money", "gst": "including", "decimals": 2 }),
        )?;
        metrics::add(platform, &SYSTEM, org, &body).await?;
    }
    let mut everybody = Vec::new();
    for name in PEOPLE {
        let body: PersonBody = serde_json::from_value(json!({ "name": name }))?;
        everybody.push(people::add(platform, &SYSTEM, org, &body).await?);
    }
    let mut draw = ledger::dice(seed);
    let (mut totals, mut in_force, mut lines) = (Totals::default(), BTreeMap::new(), BTreeMap::new());
    for id in 0..count as u64 {
        let change = ledger::random_change(&in_force, id, zone, &mut draw).below(LARGEST);
        let wanted = totals.apply(&change, &mut in_force).is_ok();
        let line = |id: &u64| lines.get(id).copied().unwrap_or_default();
        let done = match &change {
            Change::Add(new) if wanted => {
                let body = body(new, &everybody)?;
                let entered = entries::enter(platform, &SYSTEM, org, &body, Source::Api, None).await?;
                lines.insert(new.id, entered.id.0);
                true
            }
            // By an id that is taken: the ledger gives ids itself.
            Change::Add(_) => false,
            Change::Void(old) => {
                entries::void(platform, &SYSTEM, org, &line(old).to_string(), "A benchmark").await.is_ok()
            }
            Change::Replace(old, new) => {
                let body = body(new, &everybody)?;
                let made = entries::correct(platform, &SYSTEM, org, &line(old).to_string(), &body, "A benchmark").await;
                if let Ok(made) = &made {
                    lines.insert(new.id, made.0);
                }
                made.is_ok()
            }
        };
        if done != wanted {
            return Err(format!("{change:?}: wanted {wanted}").into());
        }
    }
    let added_up = anew::add_up(platform, &SYSTEM, org).await?;
    let boards = boards(platform, org, &everybody, &totals).await?;
    Ok(usize::try_from(added_up.differed)? + boards)
}

/// How many figures of the days’ boards, and of the month’s, differ from the model’s.
async fn boards(platform: &Platform, org: &str, everybody: &[PersonId], totals: &Totals) -> Result<usize> {
    let first: Date = DAYS.0.parse()?;
    let mut spans: Vec<(String, Date, Date)> = Vec::new();
    for nth in 0..DAYS.1 {
        let day = first.checked_add(nth.days())?;
        spans.push((format!("day:{day}"), day, day.tomorrow()?));
    }
    spans.push(("month:2026-04-01".to_owned(), "2026-04-01".parse()?, "2026-05-01".parse()?));
    let mut differing = 0;
    for (metric, word) in (0..).zip(METRICS) {
        for (period, from, until) in &spans {
            let (metric_key, period) = (word.to_owned(), period.clone());
            let asked = Asked { metric: metric_key, period, of: Of::People, team: None, ties: Ties::Shared };
            let board = board::show(platform, &SYSTEM, org, &asked).await?;
            for (nth, person) in (0..).zip(everybody) {
                let (sum, _) = totals.sum(metric, nth, *from, *until);
                let shown = board.lines.iter().find(|line| line.id == person.0).and_then(|line| line.value);
                differing += usize::from(shown != Fraction::new(i128::from(sum), 100));
            }
        }
    }
    Ok(differing)
}

fn body(one: &ledger::Entry, everybody: &[PersonId]) -> Result<EntryBody> {
    let at = Timestamp::from_microsecond(one.at)?;
    let metric = METRICS.get(usize::try_from(one.metric)?).ok_or("a metric")?;
    let person = everybody.get(usize::try_from(one.person)?).ok_or("a person")?;
    Ok(serde_json::from_value(
        json!({ "metric": metric, "person": person, "value": one.value, "happened_at": at.to_string() }),
    )?)
}
