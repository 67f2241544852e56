//! Statements for what the dashboards show: many sums at once, day by day, and how amounts are spread.

use super::super::ids::{MetricId, PersonId, TeamId};
use crate::{db::DbError, org::OrgTx, sql};

/// What somebody’s entries of a metric come to, in two parts, as [`super::Sum`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct MetricSum {
    /// Of what.
    pub metric_id: MetricId,
    /// Of whom.
    pub person_id: PersonId,
    /// Whole multiples of 2^32.
    pub high: i64,
    /// The rest.
    pub low: i64,
    /// How many entries.
    pub entries: i64,
}

impl MetricSum {
    /// In the metric’s smallest unit.
    pub fn value(self) -> i128 {
        i128::from(self.high) * (1_i128 << 32) + i128::from(self.low)
    }
}

/// What a day comes to, in two parts, as [`super::Sum`].
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DaySum {
    /// The day on which it counts.
    pub day: String,
    /// Whole multiples of 2^32.
    pub high: i64,
    /// The rest.
    pub low: i64,
}

impl DaySum {
    /// In the metric’s smallest unit.
    pub fn value(&self) -> i128 {
        i128::from(self.high) * (1_i128 << 32) + i128::from(self.low)
    }
}

/// What the days in `[from, until)` come to, of everything that is counted and of everybody, in one. The join is `CROSS` so that SQLite keeps
/// its order, and finds each metric’s days by the index.
pub async fn sums_of_all(tx: &mut OrgTx, from: &str, until: &str) -> Result<Vec<MetricSum>, DbError> {
    sql!(all MetricSum, tx,
        "SELECT t.metric_id, t.person_id, CAST(SUM(t.value / 4294967296) AS BIGINT) AS high, CAST(SUM(t.value % 4294967296) AS BIGINT) AS low, CAST(SUM(t.entries) AS BIGINT) AS entries
         FROM scoreboard_metrics AS m CROSS JOIN scoreboard_totals AS t
         WHERE m.org_id = $1 AND t.org_id = $1 AND t.metric_id = m.id AND t.day >= $2 AND t.day < $3 GROUP BY t.metric_id, t.person_id",
        from, until)
}

/// What each day in `[from, until)` comes to, of one metric.
pub async fn sums_by_day(tx: &mut OrgTx, metric: MetricId, from: &str, until: &str) -> Result<Vec<DaySum>, DbError> {
    sql!(all DaySum, tx,
        "SELECT day, CAST(SUM(value / 4294967296) AS BIGINT) AS high, CAST(SUM(value % 4294967296) AS BIGINT) AS low
         FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND day >= $3 AND day < $4 GROUP BY day",
        metric, from, until)
}

/// The same of one person.
pub async fn sums_by_day_of(
    tx: &mut OrgTx,
    metric: MetricId,
    person: PersonId,
    from: &str,
    until: &str,
) -> Result<Vec<DaySum>, DbError> {
    sql!(all DaySum, tx,
        "SELECT day, CAST(SUM(value / 4294967296) AS BIGINT) AS high, CAST(SUM(value % 4294967296) AS BIGINT) AS low
         FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND day >= $3 AND day < $4 AND person_id = $5 GROUP BY day",
        metric, from, until, person)
}

/// The same of a team: of everybody, the days on which they were in it.
pub async fn sums_by_day_in(
    tx: &mut OrgTx,
    metric: MetricId,
    team: TeamId,
    from: &str,
    until: &str,
) -> Result<Vec<DaySum>, DbError> {
    sql!(all DaySum, tx,
        "SELECT t.day, CAST(SUM(t.value / 4294967296) AS BIGINT) AS high, CAST(SUM(t.value % 4294967296) AS BIGINT) AS low
         FROM scoreboard_totals AS t
         JOIN scoreboard_memberships AS m ON m.org_id = t.org_id AND m.person_id = t.person_id AND m.since <= t.day AND (m.until IS NULL OR m.until >= t.day)
         WHERE t.org_id = $1 AND t.metric_id = $2 AND m.team_id = $3 AND t.day >= $4 AND t.day < $5 GROUP BY t.day",
        metric, team, from, until)
}

/// Which amounts were entered and count in `[from, until)`, each with how often, the smallest first: of everybody, of a person, or of who was
/// in a team on that day. Who wants to be on no board is left out, but where it is about them alone.
pub async fn amounts(
    tx: &mut OrgTx,
    metric: MetricId,
    (person, team): (Option<PersonId>, Option<TeamId>),
    (from, until): (&str, &str),
    limit: i64,
) -> Result<Vec<(i64, i64)>, DbError> {
    sql!(all (i64, i64), tx,
        "SELECT e.value, COUNT(*) AS times FROM scoreboard_entries AS e
         JOIN scoreboard_people AS p ON p.org_id = e.org_id AND p.id = e.person_id
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2 AND e.day >= $3 AND e.day < $4
           AND (CAST($5 AS UUID) IS NULL OR e.person_id = $5) AND (NOT p.opted_out OR e.person_id = $5)
           AND (CAST($6 AS UUID) IS NULL OR EXISTS (SELECT 1 FROM scoreboard_memberships AS m
             WHERE m.org_id = $1 AND m.person_id = e.person_id AND m.team_id = $6 AND m.since <= e.day AND (m.until IS NULL OR m.until >= e.day)))
           AND v.entry_id IS NULL AND (NOT e.awaits_approval OR a.approved)
         GROUP BY e.value ORDER BY e.value LIMIT $7",
        metric, from, until, person, team, limit)
}

/// The last day up to this one on which anything was entered for each person; `None`: never.
pub async fn last_entered(tx: &mut OrgTx, day: &str) -> Result<Vec<(PersonId, Option<String>)>, DbError> {
    sql!(all (PersonId, Option<String>), tx,
        "SELECT p.id, (SELECT MAX(e.day) FROM scoreboard_entries AS e WHERE e.org_id = $1 AND e.person_id = p.id AND e.day <= $2) AS latest
         FROM scoreboard_people AS p WHERE p.org_id = $1",
        day)
}

/// Whose lines wait for a manager’s yes, each as often as they have one, so many at most. Counted by who asks: grouped here, SQLite would look for
/// them among all lines.
pub async fn waiting_for(tx: &mut OrgTx, limit: i64) -> Result<Vec<(PersonId,)>, DbError> {
    sql!(
        all(PersonId,),
        tx,
        "SELECT e.person_id FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND e.awaits_approval AND a.entry_id IS NULL AND v.entry_id IS NULL
         ORDER BY e.id LIMIT $2",
        limit
    )
}
