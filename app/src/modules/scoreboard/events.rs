//! What happens on the scoreboard that a business can have its own programs told of. People are known by their ids alone, and who wants to be
//! on no board not even by that.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ids::EntryId,
    store::told::{self, Reported},
};
use crate::{error::Result, module::Event, org::OrgTx};

/// All of it.
pub const EVENTS: &[Event] = &[
    Event { name: "scoreboard.entry_added", label: "A result is entered" },
    Event { name: "scoreboard.entry_voided", label: "A result is taken back" },
    Event { name: "scoreboard.entry_corrected", label: "A result is put right" },
    Event { name: "scoreboard.entry_approved", label: "A manager says yes to a result" },
    Event { name: "scoreboard.entry_declined", label: "A manager says no to a result" },
    Event { name: "scoreboard.person_saved", label: "Somebody whose results are counted is set up or changed" },
    Event { name: "scoreboard.team_saved", label: "A team or a branch is set up or changed" },
    Event { name: "scoreboard.metric_saved", label: "What is counted is set up or changed" },
    Event { name: "scoreboard.settings_saved", label: "How the scoreboard counts is changed" },
];

/// What is told of one: as it is now, for what is there.
///
/// # Errors
/// The database is busy.
pub async fn data(tx: &mut OrgTx, name: &str, subject: Uuid) -> Result<Value> {
    let only = json!({ "id": subject });
    if !name.starts_with("scoreboard.entry_") {
        return Ok(only);
    }
    let found = told::reported(tx, EntryId(subject)).await?;
    Ok(found.map_or(only, |found| entry(&found)))
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

/// Where it stands, in the API's words.
fn state(found: &Reported) -> &'static str {
    match (found.voided_at, found.awaits_approval, found.approved) {
        (Some(_), ..) => "voided",
        (None, true, None) => "waits",
        (None, true, Some(false)) => "declined",
        (None, ..) => "counts",
    }
}
