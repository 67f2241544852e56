//! What organisations' plans bring, each time that it changes. A change is written down with what was agreed, in cents a year so
//! that nothing is rounded: the sum of all changes up to a moment is what came in then, and up to now what comes in now.
//!
//! What ends by itself (a free period, what was paid for) ends without anybody doing something: its end is written down beforehand,
//! with its day, and taken back when something else is agreed before it.

use std::collections::HashMap;

use super::terms::Terms;
use crate::{
    clock::Instant,
    db::{Access, Tx},
    error::Result,
    ids::OrgId,
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    platform_sql, sql,
};

/// How what comes in changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It pays for the first time.
    New,
    /// It pays again.
    Restored,
    /// It pays more, less, or for another plan.
    Changed,
    /// It pays no longer.
    Churned,
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::New, Self::Restored, Self::Changed, Self::Churned];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Restored => "restored",
            Self::Changed => "changed",
            Self::Churned => "churned",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Writes down what these terms change of what comes in, and when they end by themselves.
pub(super) async fn note(tx: &mut OrgTx, terms: &Terms) -> Result<()> {
    let now = tx.now();
    let after = terms.a_year(tx.platform().plans(), now);
    sql!(exec, &mut *tx, "DELETE FROM plan_changes WHERE org_id = $1 AND foreseen AND at > $2", now)?;
    let last = sql!(
        optional(i64, i64, String),
        &mut *tx,
        "SELECT number, after_year, plan FROM plan_changes WHERE org_id = $1 ORDER BY number DESC LIMIT 1"
    )?;
    let (mut number, before, plan_before) = last.unwrap_or_default();
    let (paid_once,) =
        sql!(one(i64,), &mut *tx, "SELECT count(*) FROM plan_changes WHERE org_id = $1 AND after_year > 0")?;
    let kind = match (before, after) {
        (0, 0) => None,
        (0, _) if paid_once > 0 => Some(Kind::Restored),
        (0, _) => Some(Kind::New),
        (_, 0) => Some(Kind::Churned),
        (before, after) => (before != after || plan_before != terms.plan).then_some(Kind::Changed),
    };
    if let Some(kind) = kind {
        number += 1;
        // Who pays no longer is missed where they were.
        let plan = if kind == Kind::Churned { plan_before } else { terms.plan.clone() };
        insert(tx, Change { number, at: now, kind, plan, before, after, foreseen: false }).await?;
    }
    if after > 0
        && let Some(end) = terms.ends_at()
    {
        let plan = terms.plan.clone();
        let change =
            Change { number: number + 1, at: end, kind: Kind::Churned, plan, before: after, after: 0, foreseen: true };
        insert(tx, change).await?;
    }
    Ok(())
}

/// Makes up for what was changed past [`note`]: before there was such a list, by hand in the database, or by another file of plans.
/// From now on the list adds up.
///
/// # Errors
/// The database is busy.
pub async fn catch_up(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let all = platform_sql!(
        all Standing,
        &mut tx,
        "SELECT id, plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since FROM organisations"
    )?;
    let noted = by_org(&mut tx, now).await?;
    tx.commit().await?;
    for Standing { id, terms } in all {
        if terms.a_year(platform.plans(), now) == noted.get(&id).copied().unwrap_or_default() {
            continue;
        }
        let actor = Actor::System("what comes in");
        let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(id), &permissions::ENTER, Access::Write).await?;
        let terms = tx.org().terms.clone();
        note(&mut tx, &terms).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What each organisation brings in a year by the list, at a moment; those that it doesn't name bring nothing.
async fn by_org(tx: &mut Tx, at: Instant) -> Result<HashMap<OrgId, i64>> {
    let rows = platform_sql!(
        all(OrgId, i64),
        tx,
        "SELECT org_id, CAST(sum(after_year - before_year) AS BIGINT) FROM plan_changes WHERE at <= $1 GROUP BY org_id",
        at
    )?;
    Ok(rows.into_iter().collect())
}

#[derive(sqlx::FromRow)]
struct Standing {
    id: OrgId,
    #[sqlx(flatten)]
    terms: Terms,
}

struct Change {
    number: i64,
    at: Instant,
    kind: Kind,
    plan: String,
    before: i64,
    after: i64,
    foreseen: bool,
}

async fn insert(tx: &mut OrgTx, change: Change) -> Result<()> {
    sql!(
        exec,
        tx,
        "INSERT INTO plan_changes (org_id, number, at, kind, plan, before_year, after_year, foreseen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        change.number,
        change.at,
        change.kind.as_str(),
        change.plan,
        change.before,
        change.after,
        change.foreseen
    )?;
    Ok(())
}
