//! All of the scoreboard that an organisation owns, to take along.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    amount, digest, export_celebrations, export_contests, export_imports, export_sources, export_standing,
    export_targets,
    ids::{EntryId, MetricId, PersonId},
    people::{self, Everybody},
    screens,
    store::standing,
    store::told::{self, Written},
    store::{self, Metric},
    working,
};
use crate::{
    crypto::{DataKeys, Place},
    error::{AppError, Result},
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// Lines of the ledger read at once.
const BLOCK: i64 = 500;

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 10] = [
    (
        "scoreboard/settings",
        "On which day your weeks start (1 is Monday), a day from which your fortnights run, and how many days ahead a result may be dated.",
    ),
    ("scoreboard/metrics", "What is counted: its word in formulas and files, its unit, and who enters and sees it."),
    (
        "scoreboard/people",
        "Whose results are counted, those too who have left or want to be on no board. “works”: on which days of the week they work, Monday first; 1 is yes.",
    ),
    ("scoreboard/teams", "Teams and branches."),
    ("scoreboard/memberships", "Who was in which team from which day until which, both included."),
    (
        "scoreboard/entries",
        "The ledger: results as they were entered. The value is in cents, or in the last decimal that is kept; the amount is the same as it is typed.",
    ),
    ("scoreboard/voids", "Which results were taken back, and why. What was entered instead says what it replaces."),
    ("scoreboard/approvals", "What managers said of results that waited for their yes."),
    ("scoreboard/screens", "Office screens: what each shows, and when it was heard of last."),
    ("scoreboard/totals", "What each person’s days come to: the results that count, added up."),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    let metrics = store::metrics(tx).await?;
    let everybody = people::read(tx).await?;
    for metric in &metrics {
        files.name(metric.id.0, metric.name.as_str());
    }
    for person in &everybody.people {
        files.name(person.id.0, person.name.as_str());
    }
    for team in &everybody.teams {
        files.name(team.id.0, team.name.as_str());
    }
    settings(tx, files).await?;
    counted(&metrics, files)?;
    who(&everybody, files)?;
    let metrics: BTreeMap<_, _> = metrics.into_iter().map(|metric| (metric.id, metric)).collect();
    ledger(tx, &metrics, &everybody, files).await?;
    export_standing::write(tx, metrics.values(), files).await?;
    export_sources::write(tx, files).await?;
    export_contests::write(tx, &metrics, files).await?;
    export_targets::write(tx, &metrics, &everybody, files).await?;
    export_imports::write(tx, files).await?;
    digest::export(tx, files).await?;
    office(tx, files).await?;
    export_celebrations::write(tx, &metrics, files).await?;
    totals(tx, &metrics, &everybody, files).await
}

async fn office(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table =
        Table::new(&["id", "name", "playlist", "paired_at", "seen_at", "seen_version", "shows", "sound_blocked"])?;
    for screen in screens::store::screens(tx).await? {
        table.add([
            json!(screen.id),
            json!(screen.name),
            json!(screen.playlist),
            json!(screen.paired_at),
            json!(screen.seen_at),
            json!(screen.seen_version),
            json!(screen.shows),
            json!(screen.sound_blocked),
        ])?;
    }
    files.table("scoreboard/screens", table)
}

async fn settings(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["week_starts", "fortnight_from", "future_days"])?;
    if let Some(row) = store::settings(tx).await? {
        table.add([json!(row.week_starts), json!(row.fortnight_from), json!(row.future_days)])?;
    }
    files.table("scoreboard/settings", table)
}

fn counted(metrics: &[Metric], files: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "id",
        "key",
        "name",
        "kind",
        "unit",
        "suffix",
        "decimals",
        "gst",
        "lower_is_better",
        "numerator_id",
        "denominator_id",
        "formula",
        "entered_by",
        "approval",
        "shown_to",
        "position",
        "active",
    ])?;
    for metric in metrics {
        table.add([
            json!(metric.id),
            json!(metric.key),
            json!(metric.name),
            json!(metric.kind),
            json!(metric.unit),
            json!(metric.suffix),
            json!(metric.decimals),
            json!(metric.gst),
            json!(metric.lower_is_better),
            json!(metric.numerator_id),
            json!(metric.denominator_id),
            json!(metric.formula),
            json!(metric.entered_by),
            json!(metric.approval),
            json!(metric.shown_to),
            json!(metric.position),
            json!(metric.active),
        ])?;
    }
    files.table("scoreboard/metrics", table)
}

/// People and teams, and who was where.
fn who(everybody: &Everybody, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "name", "aliases", "user_id", "joined_on", "left_on", "opted_out", "works"])?;
    for person in &everybody.people {
        table.add([
            json!(person.id),
            json!(person.name),
            json!(person.aliases.join(", ")),
            json!(person.user),
            json!(person.joined),
            json!(person.left),
            json!(person.opted_out),
            json!(working::written_weekdays(person.works)),
        ])?;
    }
    files.table("scoreboard/people", table)?;
    let mut table = Table::new(&["id", "kind", "name", "active"])?;
    for team in &everybody.teams {
        table.add([json!(team.id), json!(team.kind), json!(team.name), json!(team.active)])?;
    }
    files.table("scoreboard/teams", table)?;
    let mut table = Table::new(&["id", "person_id", "team_id", "since", "until"])?;
    for one in &everybody.memberships {
        table.add([json!(one.id), json!(one.person_id), json!(one.team_id), json!(one.since), json!(one.until)])?;
    }
    files.table("scoreboard/memberships", table)
}

/// What was entered, what of it was taken back, and what managers said.
async fn ledger(
    tx: &mut OrgTx,
    metrics: &BTreeMap<MetricId, Metric>,
    everybody: &Everybody,
    files: &mut Files,
) -> Result<()> {
    let keys = tx.keys().await?;
    let names: BTreeMap<PersonId, &str> =
        everybody.people.iter().map(|person| (person.id, person.name.as_str())).collect();
    // Lines that another line of the file is about: they have no name, so that they are told in words beside their ids.
    let mut spoken_of = export_sources::spoken_of(tx).await?;
    let mut voids = Table::new(&["entry_id", "reason", "by_kind", "by_id", "voided_at"])?;
    for void in told::voids(tx).await? {
        spoken_of.insert(void.entry_id);
        voids.add([
            json!(void.entry_id),
            json!(opened(&keys, "scoreboard_voids", "reason", void.entry_id.0, &void.reason)?),
            json!(void.by_kind),
            json!(void.by_id),
            json!(void.voided_at),
        ])?;
    }
    let mut approvals = Table::new(&["entry_id", "approved", "by_kind", "by_id", "decided_at"])?;
    for approval in told::approvals(tx).await? {
        spoken_of.insert(approval.entry_id);
        approvals.add([
            json!(approval.entry_id),
            json!(approval.approved),
            json!(approval.by_kind),
            json!(approval.by_id),
            json!(approval.decided_at),
        ])?;
    }
    for closing in standing::closings(tx).await? {
        let late = standing::late_changes(tx, closing.id, i64::MAX).await?;
        spoken_of.extend(late.into_iter().map(|change| change.entry_id));
    }
    spoken_of.extend(export_imports::brought(tx).await?.into_iter().map(|(entry, _)| entry));
    spoken_of.extend(export_contests::spoken_of(tx).await?);
    let mut entries = Table::new(&[
        "id",
        "metric_id",
        "person_id",
        "day",
        "happened_at",
        "value",
        "amount",
        "note",
        "source",
        "external_id",
        "by_kind",
        "by_id",
        "entered_at",
        "awaits_approval",
        "replaces_id",
    ])?;
    let mut after = EntryId(Uuid::nil());
    loop {
        let rows = told::ledger(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            if spoken_of.contains(&row.id) {
                files.name(row.id.0, in_words(metrics, &names, &row));
            }
            let note = row.note.as_deref();
            let note = note.map(|note| opened(&keys, "scoreboard_entries", "note", row.id.0, note)).transpose()?;
            table_row(&mut entries, metrics, row, note)?;
        }
    }
    files.table("scoreboard/entries", entries)?;
    files.table("scoreboard/voids", voids)?;
    files.table("scoreboard/approvals", approvals)
}

fn table_row(
    table: &mut Table,
    metrics: &BTreeMap<MetricId, Metric>,
    row: Written,
    note: Option<String>,
) -> Result<()> {
    table.add([
        json!(row.id),
        json!(row.metric_id),
        json!(row.person_id),
        json!(row.day),
        json!(row.happened_at),
        json!(row.value),
        as_typed(metrics, row.metric_id, row.value),
        json!(note),
        json!(row.source),
        json!(row.external_id),
        json!(row.by_kind),
        json!(row.by_id),
        json!(row.entered_at),
        json!(row.awaits_approval),
        json!(row.replaces_id),
    ])
}

async fn totals(
    tx: &mut OrgTx,
    metrics: &BTreeMap<MetricId, Metric>,
    everybody: &Everybody,
    files: &mut Files,
) -> Result<()> {
    let mut table = Table::new(&["person_id", "metric_id", "day", "value", "amount", "entries"])?;
    for person in &everybody.people {
        for (metric, day, value, entries) in told::totals_of(tx, person.id).await? {
            table.add([
                json!(person.id),
                json!(metric),
                json!(day),
                json!(value),
                as_typed(metrics, metric, value),
                json!(entries),
            ])?;
        }
    }
    files.table("scoreboard/totals", table)
}

/// "1234.50"
fn as_typed(metrics: &BTreeMap<MetricId, Metric>, metric: MetricId, value: i64) -> Value {
    json!(metrics.get(&metric).map(|metric| amount::as_typed(value, &metric.unit())))
}

/// "$50.00 of Sales, Sam Porter, 2026-11-24"
fn in_words(metrics: &BTreeMap<MetricId, Metric>, names: &BTreeMap<PersonId, &str>, row: &Written) -> String {
    let person = names.get(&row.person_id).copied().unwrap_or_default();
    let figure = metrics
        .get(&row.metric_id)
        .map(|metric| format!("{} of {}", amount::show(row.value, &metric.unit()), metric.name));
    format!("{}, {person}, {}", figure.unwrap_or_default(), row.day)
}

fn opened(keys: &DataKeys, table: &'static str, column: &'static str, row: Uuid, sealed: &[u8]) -> Result<String> {
    keys.open(Place { table, column, row }, sealed).map_err(|error| {
        tracing::error!(%error, "a sealed field can’t be read");
        AppError::internal()
    })
}
