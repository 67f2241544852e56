//! The demo business's contests and badges.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};

use super::{
    super::{
        badges,
        board::{self, Of},
        contest_rules::Kind,
        ids::{BadgeId, ContestId, MetricId, PersonId},
        period::Kind as Period,
        store::{badges as badge_store, badges::Badge, contests as store, contests::Contest},
    },
    kept, standing,
};
use crate::{error::Result, org::OrgTx};

/// Badges were set up so many days ago.
const SINCE_DAYS: i64 = 60;

/// A contest that runs, one to come, one that waits to be signed off, and one that was; and badges, with who came by them.
///
/// # Errors
/// The database is busy.
pub async fn seed(tx: &mut OrgTx, sales: MetricId, calls: MetricId, people: &[PersonId], today: Date) -> Result<()> {
    let day = |ago: i64| today.saturating_sub(ago.days()).to_string();
    let contest = |name: &str, metric_id: MetricId, first: i64, last: i64| Contest {
        id: ContestId::new(tx.now()),
        name: name.to_owned(),
        kind: Kind::Most.as_str().to_owned(),
        metric_id,
        of_whom: Of::People.as_str().to_owned(),
        takes_part: "everybody".to_owned(),
        team_id: None,
        first_day: day(first),
        last_day: day(last),
        goal: None,
        ties: "shared".to_owned(),
        freeze_hours: 0,
        prizes: "A long lunch on us\nTwo movie tickets\nCoffee for a week".to_owned(),
        signed_at: None,
        cancelled_at: None,
        version: 1,
    };
    let over = contest("Spring sprint", sales, 40, 27);
    let runs = contest("Race to ten thousand", sales, 6, -15);
    let runs = Contest {
        kind: Kind::Race.as_str().to_owned(),
        goal: Some(1_000_000),
        prizes: "A weekend away".to_owned(),
        ..runs
    };
    let comes = contest("Battle of the branches", calls, -16, -29);
    let comes = Contest {
        of_whom: Of::Branches.as_str().to_owned(),
        freeze_hours: 24,
        prizes: "Pizza for the whole branch".to_owned(),
        ..comes
    };
    let waits = contest("Calls of the fortnight", calls, 16, 3);
    for new in [&over, &runs, &comes, &waits] {
        store::insert(tx, new).await?;
    }
    let book = board::book(tx).await?;
    let over = super::find(tx, &book, &over.id.to_string()).await?;
    let places = standing::places(tx, &book, &over, None).await?;
    for (position, place) in (0..).zip(&places) {
        let kept = kept(&over, position, place, tx.now());
        store::keep(tx, &kept).await?;
    }
    store::sign(tx, over.id, 1).await?;
    badges_of(tx, sales, calls, people, today).await
}

async fn badges_of(tx: &mut OrgTx, sales: MetricId, calls: MetricId, people: &[PersonId], today: Date) -> Result<()> {
    let since = today.saturating_sub(SINCE_DAYS.days());
    let badge = |name: &str, icon: &str, metric_id: MetricId, rule: &str| Badge {
        id: BadgeId::new(tx.now()),
        name: name.to_owned(),
        icon: icon.to_owned(),
        metric_id,
        rule: rule.to_owned(),
        amount: None,
        period: None,
        days: None,
        since: since.to_string(),
        active: true,
        version: 1,
    };
    let week = Some(Period::Week.as_str().to_owned());
    let new = [
        Badge {
            amount: Some(200_000),
            period: week.clone(),
            ..badge("Two thousand in a week", "trophy", sales, "total")
        },
        Badge { amount: Some(100_000), ..badge("Big one", "star", sales, "single") },
        Badge { period: week, ..badge("Best week yet", "chart", sales, "best") },
        Badge { amount: Some(5), days: Some(5), ..badge("Five days on the phone", "flame", calls, "streak") },
    ];
    for badge in &new {
        badge_store::insert(tx, badge).await?;
    }
    // Each day of theirs once, in the order in which changes come.
    let days: Vec<String> = (0..=SINCE_DAYS).rev().map(|ago| today.saturating_sub(ago.days()).to_string()).collect();
    let metrics = BTreeSet::from([sales, calls]);
    let people: BTreeSet<PersonId> = people.iter().copied().collect();
    let mut changed = Vec::new();
    for metric in metrics {
        for person in &people {
            changed.extend(days.iter().map(|day| (metric, *person, day.clone())));
        }
    }
    badges::after_seeding(tx, &changed).await
}
