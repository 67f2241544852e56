//! What other modules do is followed and counted. Nothing is lost and nothing twice, whenever this stops: up to where events were looked through stands
//! in the database beside what they are about, and each of those is asked how it stands, and entered, in a transaction of its own.

use std::time::Duration;

use jiff::civil::Date;

use super::{
    rules::{find_countable, has_module},
    store::{self, Count, Noted, Rule},
    taking::why,
};
use crate::{
    admin::wire::Fact,
    clock::Instant,
    crypto::{DataKeys, Place},
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    module::{Counted, Job},
    modules::scoreboard::{
        entries::{self, EntryBody, Source, enter_in, void_in},
        ids::{CountId, EntryId, PersonId, RuleId},
        people,
        period::day_of,
        permissions,
        store::{self as tables, Entry, Metric},
    },
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
    platform_sql,
};

/// Events looked through in one transaction.
const EVENTS: i64 = 200;
/// An organisation has so many turns before the next has its own.
const TURNS: usize = 500;
/// Of a module that is turned off it is asked again after an hour.
const OFF_SECONDS: i64 = 60 * 60;
/// What waits for longer should have been counted: a quarter of an hour.
const LATE_SECONDS: i64 = 15 * 60;
/// What was put right so often is looked at no further.
const MOST_CORRECTIONS: usize = 100;
/// One can be entered and taken back so often.
const MOST_TIMES: i64 = 1_000;
const CHANGED: &str = "It was changed where it comes from.";

/// The job that does it.
pub const JOB: Job = Job {
    name: "scoreboard.events",
    every: Duration::from_secs(3),
    run: |platform| Box::pin(async move { run(&platform).await }),
};

/// Counts what is due, everywhere.
///
/// # Errors
/// The database is busy; others are counted all the same.
pub async fn run(platform: &Platform) -> Result<()> {
    let mut trouble = None;
    for org in due(platform).await? {
        if let Err(error) = of_one(platform, org).await {
            tracing::warn!(%error, %org, "what other modules do isn’t counted; it is tried again");
            trouble = Some(error);
        }
    }
    trouble.map_or(Ok(()), Err)
}

/// Where something is to be done: events have come, something is due, or a rule is new.
async fn due(platform: &Platform) -> Result<Vec<OrgId>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let now = platform.clock.now();
    let found = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT c.org_id FROM scoreboard_cursors AS c JOIN organisations AS o ON o.id = c.org_id
         WHERE o.closes_at IS NULL AND o.suspended_at IS NULL
           AND EXISTS (SELECT 1 FROM org_modules AS u WHERE u.org_id = c.org_id AND u.module = 'scoreboard')
           AND (o.sequence > c.sequence
             OR EXISTS (SELECT 1 FROM scoreboard_counts AS d WHERE d.org_id = c.org_id AND d.due_at <= $1)
             OR EXISTS (SELECT 1 FROM scoreboard_rules AS r WHERE r.org_id = c.org_id AND NOT r.listed))
         ORDER BY c.org_id",
        now
    )?;
    tx.rollback().await?;
    Ok(found.into_iter().map(|(org,)| org).collect())
}

async fn of_one(platform: &Platform, org: OrgId) -> Result<()> {
    for _ in 0..TURNS {
        let more = follow(platform, org).await?;
        if !more {
            break;
        }
    }
    for _ in 0..TURNS {
        let more = list(platform, org).await?;
        if !more {
            break;
        }
    }
    for _ in 0..TURNS {
        let more = Box::pin(settle(platform, org)).await?;
        if !more {
            break;
        }
    }
    Ok(())
}

/// Opens an organisation that something is counted in; `None` where nothing is for now.
async fn opened(platform: &Platform, org: OrgId) -> Result<Option<OrgTx>> {
    let actor = Actor::System("what other modules do is counted");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await {
        Ok(tx) if tx.org().closes_at.is_none() && tx.check_goes_on("nothing is counted").is_ok() => Ok(Some(tx)),
        Ok(tx) => {
            tx.rollback().await?;
            Ok(None)
        }
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks through what has happened, and notes what it is about. `false`: there is no more.
async fn follow(platform: &Platform, org: OrgId) -> Result<bool> {
    let Some(mut tx) = opened(platform, org).await? else { return Ok(false) };
    let events = match store::cursor(&mut tx).await? {
        Some(sequence) => store::events_after(&mut tx, sequence, EVENTS).await?,
        None => Vec::new(),
    };
    let Some((last, ..)) = events.last() else {
        tx.rollback().await?;
        return Ok(false);
    };
    let (last, now) = (*last, tx.now());
    let rules = store::rules(&mut tx).await?;
    for (_, kind, subject) in &events {
        let tells = |rule: &&Rule| {
            find_countable(&rule.event).is_some_and(|(_, countable)| countable.told_by.contains(&kind.as_str()))
        };
        let telling: Vec<RuleId> = rules.iter().filter(tells).map(|rule| rule.id).collect();
        for rule in telling {
            store::mark(&mut tx, rule, *subject, now).await?;
        }
    }
    store::move_cursor(&mut tx, last).await?;
    tx.commit().await?;
    Ok(i64::try_from(events.len()).is_ok_and(|count| count == EVENTS))
}

/// Notes what there was when a rule was made, and what was still to come. `false`: there is no more.
async fn list(platform: &Platform, org: OrgId) -> Result<bool> {
    let Some(mut tx) = opened(platform, org).await? else { return Ok(false) };
    for rule in store::rules(&mut tx).await?.into_iter().filter(|rule| !rule.listed) {
        let Some((module, countable)) = find_countable(&rule.event) else { continue };
        if !has_module(&mut tx, module.name()).await? {
            continue;
        }
        let after = rule.listed_at.zip(rule.listed_id);
        let found = module.to_count(&mut tx, countable.name, rule.since, after).await?;
        for (at, subject) in &found {
            store::mark(&mut tx, rule.id, *subject, *at).await?;
        }
        match found.last() {
            Some((at, id)) => store::list_up_to(&mut tx, rule.id, *at, *id).await?,
            None => store::list_all(&mut tx, rule.id).await?,
        };
        tx.commit().await?;
        return Ok(true);
    }
    tx.rollback().await?;
    Ok(false)
}

/// Asks how the next one stands, and counts it so. `false`: none is due.
async fn settle(platform: &Platform, org: OrgId) -> Result<bool> {
    let Some(mut tx) = opened(platform, org).await? else { return Ok(false) };
    let Some(count) = store::first_due(&mut tx).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    match weigh(&mut tx, &count).await {
        Ok(()) => tx.commit().await?,
        // What it says can't be entered: it is told to whoever set it up, and stays as it was.
        Err(error) if error.code.is_refusal() => {
            tx.rollback().await?;
            let Some(mut tx) = opened(platform, org).await? else { return Ok(false) };
            let keys = tx.keys().await?;
            let words = Some(sealed(&keys, count.id, &why(&error)));
            let noted = Noted { outcome: "refused", words, entry: count.entry_id, times: count.times, due: None };
            store::note_count(&mut tx, count.id, &noted).await?;
            tx.commit().await?;
        }
        Err(error) => return Err(error),
    }
    Ok(true)
}

/// One that is due, with what it is counted as.
struct Case<'c> {
    count: &'c Count,
    rule: &'c Rule,
    metric: &'c Metric,
}

/// The line that stands for one now, and whether a person of the business has put it right or taken it back: then it is left to them.
struct Line {
    standing: Option<Entry>,
    is_theirs: bool,
}

/// The line that there should be.
struct Wanted {
    person: PersonId,
    value: i64,
    day: String,
}

impl Wanted {
    fn is(&self, line: &Entry) -> bool {
        (line.person_id, line.value, &line.day) == (self.person, self.value, &self.day)
    }
}

async fn weigh(tx: &mut OrgTx, count: &Count) -> Result<()> {
    let rules = store::rules(tx).await?;
    let Some(rule) = rules.iter().find(|rule| rule.id == count.rule_id) else { return Ok(()) };
    let later = tx.now().plus_seconds(OFF_SECONDS);
    let Some((module, countable)) = find_countable(&rule.event) else {
        store::put_off(tx, count.id, later).await?;
        return Ok(());
    };
    if !has_module(tx, module.name()).await? {
        store::put_off(tx, count.id, later).await?;
        return Ok(());
    }
    let all = tables::metrics(tx).await?;
    let metric = all.iter().find(|metric| metric.id == rule.metric_id).ok_or_else(AppError::internal)?;
    let case = Case { count, rule, metric };
    let line = line_of(tx, count.entry_id).await?;
    let (now, zone) = (tx.now(), entries::zone(tx)?);
    match module.counted(tx, countable.name, count.subject).await? {
        // There is no such thing any more, and nothing says that it didn't happen.
        None => case.done(tx, line.standing.is_some()).await,
        Some(Counted { undone: Some(why), .. }) => case.take_back(tx, line, why, None).await,
        Some(found) if found.happened_at < rule.since => case.done(tx, line.standing.is_some()).await,
        Some(found) if found.happened_at > now => {
            case.take_back(tx, line, "It is still to come.", Some(found.happened_at)).await
        }
        Some(found) => {
            let day = day_of(found.happened_at.timestamp(), &zone);
            case.count(tx, line, &found, day).await
        }
    }
}

impl Case<'_> {
    /// It is counted as it should be: there is no more to do. One that was never counted is forgotten.
    async fn done(&self, tx: &mut OrgTx, counts: bool) -> Result<()> {
        if !counts && self.count.times == 0 {
            store::delete_count(tx, self.count.id).await?;
            return Ok(());
        }
        let outcome = if counts { "counted" } else { "undone" };
        self.note(tx, outcome, None, self.count.entry_id, self.count.times).await
    }

    /// It doesn't stand, or not yet: what was entered for it is taken back.
    async fn take_back(&self, tx: &mut OrgTx, line: Line, reason: &str, due: Option<Instant>) -> Result<()> {
        let was_counted = line.standing.is_some() || self.count.entry_id.is_some();
        if let Some(line) = &line.standing {
            void_in(tx, line, reason).await?;
        }
        if !was_counted && self.count.times == 0 && due.is_none() {
            store::delete_count(tx, self.count.id).await?;
            return Ok(());
        }
        let keys = tx.keys().await?;
        let outcome = if due.is_some() { "waits" } else { "undone" };
        let words = Some(sealed(&keys, self.count.id, reason));
        // What a person of the business took back stays so, whatever happens there.
        let entry = self.count.entry_id.filter(|_| line.is_theirs && line.standing.is_none());
        let noted = Noted { outcome, words, entry, times: self.count.times, due };
        store::note_count(tx, self.count.id, &noted).await?;
        Ok(())
    }

    /// It stands, and has happened: there is to be one line that says so.
    async fn count(&self, tx: &mut OrgTx, line: Line, found: &Counted, day: Date) -> Result<()> {
        if line.is_theirs {
            return self.done(tx, line.standing.is_some()).await;
        }
        let everybody = people::roster(tx).await?;
        let Some(person) = found.who.and_then(|who| everybody.iter().find(|person| person.user == Some(who))) else {
            if let Some(line) = &line.standing {
                void_in(tx, line, "Whoever did it isn’t on the scoreboard.").await?;
            }
            let words = nobody(tx, found.who).await?;
            return self.note(tx, "nobody", Some(&words), None, self.count.times).await;
        };
        let wanted = Wanted { person: person.id, value: self.value(found)?, day: day.to_string() };
        match &line.standing {
            Some(line) if wanted.is(line) => {
                return self.note(tx, "counted", None, Some(line.id), self.count.times).await;
            }
            Some(line) => void_in(tx, line, CHANGED).await?,
            None => {}
        }
        let (entry, times) = self.enter(tx, &wanted, found.happened_at).await?;
        self.note(tx, "counted", None, Some(entry), times).await
    }

    /// Enters it under a name that no line that was taken back has; a line that is there already by that name and is right stands for it.
    async fn enter(&self, tx: &mut OrgTx, wanted: &Wanted, happened_at: Instant) -> Result<(EntryId, i64)> {
        let name = |times: i64| {
            let (event, subject) = (&self.rule.event, self.count.subject);
            if times == 1 { format!("{event}:{subject}") } else { format!("{event}:{subject}:{times}") }
        };
        for times in self.count.times + 1..=MOST_TIMES {
            if let Some(found) = tables::entry_called(tx, self.metric.id, &name(times)).await? {
                let before = line_of(tx, Some(found)).await?;
                match before.standing {
                    // Somebody put it right or took it back before this rule was there: it is left to them.
                    _ if before.is_theirs => return Ok((found, times)),
                    Some(line) if wanted.is(&line) => return Ok((line.id, times)),
                    Some(line) => void_in(tx, &line, CHANGED).await?,
                    None => {}
                }
                continue;
            }
            let body = EntryBody {
                metric: self.metric.key.clone(),
                person: Some(wanted.person),
                value: wanted.value,
                happened_at: Some(happened_at.timestamp()),
                day: None,
                note: String::new(),
                external_id: Some(name(times)),
            };
            let id = EntryId::new(tx.now());
            let entered = enter_in(tx, id, &body, Source::Event).await?;
            return Ok((entered.id, times));
        }
        Err(AppError::conflict("It was entered and taken back too often."))
    }

    fn value(&self, found: &Counted) -> Result<i64> {
        if self.rule.counts == "one" {
            return Ok(10_i64.pow(u32::from(self.metric.unit().decimals())));
        }
        let cents = found.cents.ok_or_else(|| AppError::field("value", "It has no price in Australian dollars."))?;
        Ok(if self.metric.gst == "excluding" { without_gst(cents) } else { cents })
    }

    async fn note(
        &self,
        tx: &mut OrgTx,
        outcome: &'static str,
        words: Option<&str>,
        entry: Option<EntryId>,
        times: i64,
    ) -> Result<()> {
        let keys = tx.keys().await?;
        let words = words.map(|words| sealed(&keys, self.count.id, words));
        store::note_count(tx, self.count.id, &Noted { outcome, words, entry, times, due: None }).await?;
        Ok(())
    }
}

/// Follows a line to the one that stands for it now.
async fn line_of(tx: &mut OrgTx, id: Option<EntryId>) -> Result<Line> {
    let (mut next, mut is_theirs) = (id, false);
    for _ in 0..MOST_CORRECTIONS {
        let Some(id) = next else { break };
        let Some(line) = tables::entry(tx, id).await? else { break };
        if line.voided_at.is_none() {
            return Ok(Line { standing: Some(line), is_theirs });
        }
        // What the program itself took back is followed by no line, and isn't remembered as one that stands.
        is_theirs = line.voided_by_kind.as_deref() != Some("system");
        next = line.replaced_by;
    }
    Ok(Line { standing: None, is_theirs })
}

/// Why nobody on the scoreboard is who did it.
async fn nobody(tx: &mut OrgTx, who: Option<UserId>) -> Result<String> {
    let Some(who) = who else { return Ok("Nobody who logs in did it.".to_owned()) };
    let members = members::all(tx).await?;
    let name = members.into_iter().find(|member| member.user == who).map(|member| member.name);
    Ok(match name {
        Some(name) => format!("{name} isn’t on the scoreboard."),
        None => "Whoever did it doesn’t belong to your organisation any more.".to_owned(),
    })
}

/// What is left of an amount without its eleventh part, to the nearest cent, half away from zero.
fn without_gst(cents: i64) -> i64 {
    let (cents, sign) = (i128::from(cents.unsigned_abs()), cents.signum());
    let left = (cents * 20 + 11) / 22;
    i64::try_from(left).unwrap_or(i64::MAX) * sign
}

/// How far behind counting is, for whoever runs the platform.
///
/// # Errors
/// The database is busy.
pub async fn health(platform: &Platform) -> Result<Fact> {
    let late = platform.clock.now().plus_seconds(-LATE_SECONDS);
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let (waiting,) =
        platform_sql!(one(i64,), &mut tx, "SELECT count(*) FROM scoreboard_counts WHERE due_at <= $1", late)?;
    tx.rollback().await?;
    let value = match waiting {
        0 => "none waits".to_owned(),
        1 => "one waits".to_owned(),
        waiting => format!("{waiting} wait"),
    };
    let about = "What other modules did and scoreboards haven’t counted for a quarter of an hour";
    Ok(Fact::new("Counted from elsewhere", value, about).alarming(
        waiting > 0,
        "Look for “what other modules do isn’t counted” in the log: it says why. Organisations that are suspended wait until they go on.",
        "",
    ))
}

/// What became of one, opened; empty where there is nothing to say.
///
/// # Errors
/// The keyring doesn't hold the key.
pub fn words_of(keys: &DataKeys, count: &Count) -> Result<String> {
    let Some(words) = &count.words else { return Ok(String::new()) };
    keys.open(place(count.id), words).map_err(|error| super::unreadable(&error))
}

fn sealed(keys: &DataKeys, id: CountId, words: &str) -> Vec<u8> {
    keys.seal(place(id), words)
}

fn place(id: CountId) -> Place {
    Place { table: "scoreboard_counts", column: "words", row: id.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::without_gst;

    #[test]
    fn gst_is_the_eleventh_part() {
        for (with, without) in
            [(0, 0), (110, 100), (8_500, 7_727), (1, 1), (5, 5), (6, 5), (-110, -100), (-8_500, -7_727)]
        {
            assert_eq!(without_gst(with), without, "{with}");
        }
    }

    proptest! {
        /// Eleven tenths of what is left is never further off than half a cent of it.
        #[test]
        fn no_other_cent_is_nearer(cents in -1_000_000_000_000_i64..1_000_000_000_000) {
            let left = without_gst(cents);
            prop_assert!((left * 11 - cents * 10).abs() * 2 <= 11);
        }
    }
}
