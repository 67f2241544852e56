//! What repeats at the demo clinic, and what it keeps of its machines.

use std::collections::HashMap;

use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::{
    access,
    acts::Act,
    desk::Desk,
    fields::{self, ChoiceBody, FieldBody, Kind},
    ids::{ListId, TaskId},
    series, store,
    tasks::{self, AddBody},
};
use crate::{error::Result, org::OrgTx};

/// In which list, what, by which rule, due in how many days, and at what time.
const AGAIN: [(&str, &str, &str, i64, Option<&str>); 5] = [
    ("Front desk today", "Bank the takings", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", 0, Some("16:30")),
    ("Front desk today", "Send next week’s list of appointments to the team", "FREQ=WEEKLY;BYDAY=FR", 2, None),
    ("Equipment and repairs", "Check the emergency lights", "FREQ=MONTHLY;BYDAY=1MO", 6, None),
    ("Equipment and repairs", "Test and tag: book the yearly visit", "FREQ=YEARLY", 40, None),
    ("Treatment rooms", "Count towels and linen", "FREQ=WEEKLY;INTERVAL=2", 3, Some("09:00")),
];

const REPAIRS: &str = "Equipment and repairs";

/// Adds it to the lists, by their names.
///
/// # Errors
/// The database is busy.
pub async fn seed(tx: &mut OrgTx, lists: &HashMap<&'static str, ListId>) -> Result<()> {
    let (today, _) = access::today(tx)?;
    let mut desk = Desk::read(tx).await?;
    let mut act = Act::new(tx, "add");
    for (name, title, rule, days, time) in AGAIN {
        let Some(list) = lists.get(name) else { continue };
        let due = today.saturating_add(days.days());
        let (due_day, due_time) = (Some(due.to_string()), time.map(str::to_owned));
        let body = AddBody { due_day, due_time, ..AddBody::of(*list, title) };
        let task = tasks::add_in(tx, &mut act, &mut desk, TaskId::new(tx.now()), &body).await?;
        series::begin_in(tx, &mut act, &task, rule).await?;
    }
    act.finish(tx).await?;
    if let Some(list) = lists.get(REPAIRS) {
        repairs(tx, *list).await?;
    }
    Ok(())
}

/// What a repair costs, whether it is under warranty, and when the next service is.
async fn repairs(tx: &mut OrgTx, list: ListId) -> Result<()> {
    let field = |name: &str, kind, on_cards, choices: &[&str]| FieldBody {
        name: name.to_owned(),
        kind,
        choices: choices.iter().map(|name| ChoiceBody { id: None, name: (*name).to_owned() }).collect(),
        on_cards,
        archived: false,
        version: None,
    };
    let quote = fields::add_in(tx, list, &field("Quote", Kind::Money, true, &[])).await?;
    let warranty =
        fields::add_in(tx, list, &field("Warranty", Kind::Choice, false, &["Yes", "No", "Not sure"])).await?;
    let serial = fields::add_in(tx, list, &field("Serial number", Kind::Text, false, &[])).await?;
    let service = fields::add_in(tx, list, &field("Next service", Kind::Date, false, &[])).await?;
    let (today, _) = access::today(tx)?;
    let all = fields::of_list(tx, list).await?;
    let choices: Vec<String> = all
        .iter()
        .filter(|field| field.id == warranty)
        .flat_map(|field| &field.choices)
        .map(|choice| choice.id.to_string())
        .collect();
    for (at, row) in (0_i64..).zip(store::page(tx, list, None, "", 100).await?) {
        let choice = usize::try_from(at).ok().and_then(|at| choices.get(at.checked_rem(choices.len())?));
        let values: [(_, Option<Value>); 4] = [
            (quote, (at % 3 != 1).then(|| json!(9_500 + at * 4_250))),
            (warranty, choice.map(|choice| json!(choice))),
            (serial, (at % 2 == 0).then(|| json!(format!("HP-{:04}", 1_207 + at * 13)))),
            (service, (at % 4 == 0).then(|| json!(today.saturating_add((20 + at * 9).days()).to_string()))),
        ];
        for (field, value) in values {
            if let Some(value) = value {
                fields::write(tx, row.id, field, &value).await?;
            }
        }
    }
    Ok(())
}
