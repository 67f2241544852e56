//! The demo clinic's telephone system tells the scoreboard of calls.

use serde_json::json;

use super::{
    mapping::{Condition, Mapping},
    signing::SignedBy,
    store::{self, StoredSource},
    taking::take,
};
use crate::{
    crypto::Place,
    db::Access,
    error::Result,
    ids::OrgId,
    modules::scoreboard::{
        ids::{MetricId, SourceId},
        permissions,
    },
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    webhooks::sign,
};

/// Adds it, with a few messages of this morning: one was entered, one isn't taken, and one can't be entered.
///
/// # Errors
/// The database is busy.
pub async fn seed(platform: &Platform, org: OrgId, calls: MetricId) -> Result<()> {
    let actor = Actor::System("demo");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::SET_UP, Access::Write).await?;
    let id = SourceId::new(tx.now());
    let keys = tx.keys().await?;
    let place = Place { table: "scoreboard_sources", column: "secret", row: id.0 };
    let mapping = Mapping {
        only: vec![Condition { path: "type".to_owned(), is: vec!["call.ended".to_owned()] }],
        person: "call.agent".to_owned(),
        note: "call.subject".to_owned(),
        external_id: "call.id".to_owned(),
        ..Mapping::default()
    };
    let new = StoredSource {
        id,
        name: "Telephone system".to_owned(),
        signed_by: SignedBy::Standard.as_str().to_owned(),
        secret: keys.seal(place, &sign::fresh()),
        old_secret: None,
        old_secret_until: None,
        metric_id: Some(calls),
        person_id: None,
        mapping: mapping.stored(),
        active: true,
        version: 1,
    };
    store::insert_source(&mut tx, &new).await?;
    tx.emit("scoreboard.source_added", id.0).await?;
    tx.commit().await?;
    for (message, kind, agent) in
        [("msg_1", "call.ended", "Tom W"), ("msg_2", "call.missed", "Mei"), ("msg_3", "call.ended", "Extension 12")]
    {
        let call = json!({ "id": message, "agent": agent, "subject": "Asked for a time" });
        let body = json!({ "type": kind, "call": call }).to_string();
        // One of them is refused, to be seen so.
        if let Err(error) = take(platform, org, id, body.as_bytes(), Some(message.to_owned())).await
            && !error.code.is_refusal()
        {
            return Err(error);
        }
    }
    Ok(())
}
