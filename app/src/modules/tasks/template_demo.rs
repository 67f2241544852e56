//! The demo clinic's templates: four of the gallery, one that was started for somebody who begins in two weeks, and one that starts each month by itself.

use std::collections::{BTreeMap, HashMap};

use jiff::ToSpan as _;

use super::{
    access, gallery,
    ids::{ListId, RunId, TemplateId, TriggerId},
    store_templates::{self as rows, TemplateRow, TriggerRow},
    template_runs::{self as runs, Asked, Chosen, Goes},
    templates, triggers,
};
use crate::{
    clock::{Instant, zone},
    error::{AppError, Result},
    ids::UserId,
    org::OrgTx,
};

/// What is taken.
const TAKEN: [&str; 4] = ["new-employee", "monthly-close", "bas-quarter", "clinic-day"];
/// Where what is started goes.
const LIST: &str = "Compliance and people";

/// Adds them. `people`: as the demo lists them; the first and the last two see the list that is started into.
///
/// # Errors
/// The database is busy.
pub async fn seed(tx: &mut OrgTx, lists: &HashMap<&'static str, ListId>, people: &[UserId]) -> Result<()> {
    let Some(list) = lists.get(LIST).copied() else { return Ok(()) };
    for word in TAKEN {
        let Some(found) = gallery::find(word) else { continue };
        let id = TemplateId::new(tx.now());
        templates::add_in(tx, id, &found.body, Some(word), None).await?;
        tx.emit("tasks.template_saved", id.0).await?;
    }
    let whose = |roles: [(&str, usize); 3]| -> BTreeMap<String, UserId> {
        let named = roles.into_iter().filter_map(|(role, at)| Some((role.to_owned(), people.get(at).copied()?)));
        named.collect()
    };
    let (today, _) = access::today(tx)?;
    let variables = [("employee", "Jordan Blake"), ("job", "physiotherapist")];
    let chosen = Chosen {
        roles: whose([("manager", 0), ("office", 3), ("buddy", 2)]),
        variables: variables.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
    };
    let joins = Asked::of(today.saturating_add(14.days()), Goes::To(list), chosen);
    let template = taken(tx, "new-employee").await?;
    let run = RunId::new(tx.now());
    Box::pin(runs::start_in(tx, &template, &joins, run, None)).await?;
    monthly(tx, list, whose([("bookkeeper", 2), ("payroll", 2), ("owner", 0)])).await
}

/// The books are closed each month, without anybody thinking of it.
async fn monthly(tx: &mut OrgTx, list: ListId, roles: BTreeMap<String, UserId>) -> Result<()> {
    let template = taken(tx, "monthly-close").await?;
    let (today, _) = access::today(tx)?;
    let first = today.last_of_month().tomorrow().map_err(|_| AppError::internal())?;
    let at = first.at(8, 0, 0, 0).to_zoned(zone(&tx.org().zone)?).map_err(|_| AppError::internal())?;
    let (keys, by, id) = (tx.keys().await?, tx.doer(), TriggerId::new(tx.now()));
    let chosen = Chosen { roles, variables: BTreeMap::new() };
    let given = serde_json::to_string(&chosen).map_err(|_| AppError::internal())?;
    let new = TriggerRow {
        id,
        template_id: template.id,
        list_id: list,
        kind: "schedule".to_owned(),
        rule: Some("FREQ=MONTHLY;BYMONTHDAY=1".to_owned()),
        first_day: Some(first.to_string()),
        at_time: Some("08:00".to_owned()),
        event: None,
        since: tx.org().sequence,
        given: keys.seal(triggers::place(id), &given),
        next_at: Some(Instant::from_timestamp(at.timestamp())),
        paused: None,
        made_by_kind: by.kind.to_owned(),
        made_by: by.id,
        version: 1,
    };
    rows::insert_trigger(tx, &new).await?;
    tx.emit("tasks.trigger_saved", id.0).await
}

async fn taken(tx: &mut OrgTx, word: &str) -> Result<TemplateRow> {
    let all = rows::templates(tx).await?;
    all.into_iter().find(|template| template.gallery.as_deref() == Some(word)).ok_or_else(AppError::internal)
}
