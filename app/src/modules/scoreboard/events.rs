//! What happens on the scoreboard that a business can have its own programs told of. People are known by their ids alone, and who wants to be
//! on no board not even by that.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    closing,
    ids::{AwardId, ClosingId, EntryId, TargetId},
    store::badges,
    store::standing::{self, Closing},
    store::targets,
    store::told::{self, Reported},
};
use crate::{
    error::Result,
    module::{Event, EventField, FieldKind},
    org::OrgTx,
};

/// All of it.
pub const EVENTS: &[Event] = &[
    Event { name: "scoreboard.entry_added", label: "A result is entered" },
    Event { name: "scoreboard.entry_voided", label: "A result is taken back" },
    Event { name: "scoreboard.entry_corrected", label: "A result is put right" },
    Event { name: "scoreboard.entry_approved", label: "A manager says yes to a result" },
    Event { name: "scoreboard.entry_declined", label: "A manager says no to a result" },
    Event { name: "scoreboard.import_taken", label: "Results are taken over from a file" },
    Event { name: "scoreboard.import_undone", label: "Results from a file are taken back" },
    Event { name: "scoreboard.person_saved", label: "Somebody whose results are counted is set up or changed" },
    Event { name: "scoreboard.team_saved", label: "A team or a branch is set up or changed" },
    Event { name: "scoreboard.metric_saved", label: "What is counted is set up or changed" },
    Event { name: "scoreboard.target_saved", label: "A target is set or changed" },
    Event { name: "scoreboard.target_removed", label: "A target is removed" },
    Event { name: "scoreboard.contest_saved", label: "A contest is set up or changed" },
    Event { name: "scoreboard.contest_signed_off", label: "A contest is signed off" },
    Event { name: "scoreboard.contest_cancelled", label: "A contest is cancelled" },
    Event { name: "scoreboard.badge_saved", label: "A badge is set up or changed" },
    Event { name: "scoreboard.badge_given", label: "Somebody comes by a badge" },
    Event { name: "scoreboard.badge_taken_back", label: "A correction takes a badge back" },
    Event { name: "scoreboard.settings_saved", label: "How the scoreboard counts is changed" },
    Event { name: "scoreboard.period_closed", label: "A period is closed" },
    Event { name: "scoreboard.period_reopened", label: "A closed period is opened again" },
    Event { name: "scoreboard.added_up", label: "What differed from the ledger is put right" },
];

/// Those about a badge that somebody has.
const OF_BADGES: [&str; 2] = ["scoreboard.badge_given", "scoreboard.badge_taken_back"];

/// What is said of a result: neither whose it is nor how much, which boards keep from some.
const OF_ENTRY: &[EventField] =
    &[EventField::DAY, EventField { name: "metric", label: "What is counted", kind: FieldKind::Text }];

const OF_BADGE: &[EventField] =
    &[EventField::DAY, EventField { name: "badge", label: "The badge", kind: FieldKind::Text }];

/// What one of them says of what it is about.
pub fn fields(name: &str) -> &'static [EventField] {
    match () {
        () if name.starts_with("scoreboard.entry_") => OF_ENTRY,
        () if OF_BADGES.contains(&name) => OF_BADGE,
        () => &[],
    }
}

/// What that is now.
///
/// # Errors
/// The database is busy.
pub async fn values(tx: &mut OrgTx, name: &str, subject: Uuid) -> Result<BTreeMap<&'static str, String>> {
    let said: Vec<(&'static str, String)> = match () {
        () if name.starts_with("scoreboard.entry_") => {
            let found = told::reported(tx, EntryId(subject)).await?;
            found.map(|found| vec![(EventField::DAY.name, found.day), ("metric", found.name)]).unwrap_or_default()
        }
        () if OF_BADGES.contains(&name) => {
            let found = badges::reported(tx, AwardId(subject)).await?;
            found.map(|found| vec![(EventField::DAY.name, found.day), ("badge", found.name)]).unwrap_or_default()
        }
        () => Vec::new(),
    };
    Ok(said.into_iter().collect())
}

/// What is told of one: as it is now, for what is there.
///
/// # Errors
/// The database is busy.
pub async fn data(tx: &mut OrgTx, name: &str, subject: Uuid) -> Result<Value> {
    let only = json!({ "id": subject });
    if name.starts_with("scoreboard.period_") {
        let found = standing::closing(tx, ClosingId(subject)).await?;
        return Ok(found.and_then(|closing| period(&closing)).unwrap_or(only));
    }
    if name.starts_with("scoreboard.target_") {
        let found = targets::reported(tx, TargetId(subject)).await?;
        return Ok(found.map_or(only, |found| target(&found)));
    }
    if OF_BADGES.contains(&name) {
        let found = badges::reported(tx, AwardId(subject)).await?;
        return Ok(found.map_or(only, |found| award(&found)));
    }
    if !name.starts_with("scoreboard.entry_") {
        return Ok(only);
    }
    let found = told::reported(tx, EntryId(subject)).await?;
    Ok(found.map_or(only, |found| entry(&found)))
}

fn period(closing: &Closing) -> Option<Value> {
    let period = closing::period_of(closing)?;
    let is_closed = closing.reopened_at.is_none();
    Some(
        json!({ "id": closing.id, "period": period.key(), "from": period.from, "last": period.last(), "closed": is_closed }),
    )
}

fn entry(found: &Reported) -> Value {
    json!({
        "id": found.id,
        "metric": found.key,
        "person": (!found.opted_out).then_some(found.person_id),
        "day": found.day,
        "happened_at": found.happened_at,
        "state": state(found),
        "replaces": found.replaces_id,
        "replaced_by": found.replaced_by,
    })
}

fn target(found: &targets::Reported) -> Value {
    json!({
        "id": found.id,
        "metric": found.key,
        "period": found.period,
        "person": found.person_id.filter(|_| found.opted_out != Some(true)),
        "team": found.team_id,
    })
}

fn award(found: &badges::Reported) -> Value {
    json!({
        "id": found.id,
        "badge": found.name,
        "metric": found.key,
        "person": (!found.opted_out).then_some(found.person_id),
        "period": found.period,
        "day": found.day,
        "taken_back": found.taken_back_at.is_some(),
    })
}

/// Where it stands, in the API's words.
fn state(found: &Reported) -> &'static str {
    match (found.voided_at, found.awaits_approval, found.approved) {
        (Some(_), ..) => "voided",
        (None, true, None) => "waits",
        (None, true, Some(false)) => "declined",
        (None, ..) => "counts",
    }
}
