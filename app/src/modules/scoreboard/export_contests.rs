//! Contests, what they came to, badges and who came by them, to take along.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    amount,
    ids::{AwardId, ContestId, EntryId, MetricId},
    store::{
        Metric,
        badges::{self as badge_rows, Award},
        contests::{self as rows, Contest},
    },
};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// Awards read at once.
const BLOCK: i64 = 500;

const ABOUT: [(&str, &str); 5] = [
    (
        "scoreboard/contests",
        "Contests: from which day until which, of what, how each is won, and for which prizes, those too that were cancelled. The goal is in cents, or in the last decimal that is kept; the same stands beside it as it is typed.",
    ),
    ("scoreboard/contest_entrants", "Who takes part in contests where only some do."),
    ("scoreboard/contest_standings", "What contests came to when they were signed off: place, figure, and prize."),
    ("scoreboard/badges", "Badges, and what each is for."),
    (
        "scoreboard/awards",
        "Who came by which badge, on which day, and by which result, those too that a correction took back.",
    ),
];

/// The lines of the ledger that brought badges.
///
/// # Errors
/// The database is busy.
pub async fn spoken_of(tx: &mut OrgTx) -> Result<BTreeSet<EntryId>> {
    let mut lines = BTreeSet::new();
    let mut after = AwardId(Uuid::nil());
    loop {
        let block = badge_rows::every(tx, after, BLOCK).await?;
        let Some(last) = block.last() else { return Ok(lines) };
        after = last.id;
        lines.extend(block.into_iter().filter_map(|award| award.entry_id));
    }
}

/// Writes it. The lines that brought badges are named already.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, metrics: &BTreeMap<MetricId, Metric>, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    let contests = rows::every(tx).await?;
    for contest in &contests {
        files.name(contest.id.0, contest.name.as_str());
    }
    let of: BTreeMap<ContestId, MetricId> = contests.iter().map(|contest| (contest.id, contest.metric_id)).collect();
    entrants(tx, files).await?;
    standings(tx, metrics, &of, files).await?;
    all(metrics, contests, files)?;
    badges(tx, metrics, files).await?;
    awards(tx, files).await
}

fn all(metrics: &BTreeMap<MetricId, Metric>, contests: Vec<Contest>, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "id",
        "name",
        "kind",
        "metric_id",
        "of",
        "takes_part",
        "team_id",
        "first_day",
        "last_day",
        "goal",
        "goal_typed",
        "ties",
        "freeze_hours",
        "prizes",
        "signed_at",
        "cancelled_at",
    ])?;
    for contest in contests {
        table.add([
            json!(contest.id),
            json!(contest.name),
            json!(contest.kind),
            json!(contest.metric_id),
            json!(contest.of_whom),
            json!(contest.takes_part),
            json!(contest.team_id),
            json!(contest.first_day),
            json!(contest.last_day),
            json!(contest.goal),
            typed(metrics, contest.metric_id, contest.goal),
            json!(contest.ties),
            json!(contest.freeze_hours),
            json!(contest.prizes),
            json!(contest.signed_at),
            json!(contest.cancelled_at),
        ])?;
    }
    files.table("scoreboard/contests", table)
}

async fn entrants(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["contest_id", "person_id", "team_id"])?;
    for one in rows::every_entrant(tx).await? {
        table.add([json!(one.contest_id), json!(one.person_id), json!(one.team_id)])?;
    }
    files.table("scoreboard/contest_entrants", table)
}

async fn standings(
    tx: &mut OrgTx,
    metrics: &BTreeMap<MetricId, Metric>,
    of: &BTreeMap<ContestId, MetricId>,
    files: &mut Files,
) -> Result<()> {
    let mut table = Table::new(&[
        "contest_id",
        "place",
        "shared",
        "person_id",
        "team_id",
        "figure",
        "figure_typed",
        "reached_at",
        "won",
        "prize",
        "kept_at",
    ])?;
    for kept in rows::every_kept(tx).await? {
        let figure = of.get(&kept.contest_id).map_or(Value::Null, |metric| typed(metrics, *metric, kept.figure));
        table.add([
            json!(kept.contest_id),
            json!(kept.place),
            json!(kept.shared),
            json!(kept.person_id),
            json!(kept.team_id),
            json!(kept.figure),
            figure,
            json!(kept.reached_at),
            json!(kept.won),
            json!(kept.prize),
            json!(kept.kept_at),
        ])?;
    }
    files.table("scoreboard/contest_standings", table)
}

async fn badges(tx: &mut OrgTx, metrics: &BTreeMap<MetricId, Metric>, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "id",
        "name",
        "icon",
        "metric_id",
        "rule",
        "amount",
        "amount_typed",
        "period",
        "days",
        "since",
        "active",
    ])?;
    for badge in badge_rows::badges(tx).await? {
        files.name(badge.id.0, badge.name.as_str());
        table.add([
            json!(badge.id),
            json!(badge.name),
            json!(badge.icon),
            json!(badge.metric_id),
            json!(badge.rule),
            json!(badge.amount),
            typed(metrics, badge.metric_id, badge.amount),
            json!(badge.period),
            json!(badge.days),
            json!(badge.since),
            json!(badge.active),
        ])?;
    }
    files.table("scoreboard/badges", table)
}

async fn awards(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table =
        Table::new(&["id", "badge_id", "person_id", "period", "day", "entry_id", "awarded_at", "taken_back_at"])?;
    let mut after = AwardId(Uuid::nil());
    loop {
        let block = badge_rows::every(tx, after, BLOCK).await?;
        let Some(last) = block.last() else { break };
        after = last.id;
        for award in block {
            let Award { id, badge_id, person_id, period, day, entry_id, awarded_at, taken_back_at } = award;
            table.add([
                json!(id),
                json!(badge_id),
                json!(person_id),
                json!(period),
                json!(day),
                json!(entry_id),
                json!(awarded_at),
                json!(taken_back_at),
            ])?;
        }
    }
    files.table("scoreboard/awards", table)
}

/// "1234.50"
fn typed(metrics: &BTreeMap<MetricId, Metric>, metric: MetricId, value: Option<i64>) -> Value {
    let typed = metrics.get(&metric).zip(value).map(|(metric, value)| amount::as_typed(value, &metric.unit()));
    json!(typed)
}
