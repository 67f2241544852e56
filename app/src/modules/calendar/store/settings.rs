//! Statements about what the calendar as a whole is set to.

use crate::{db::DbError, org::OrgTx, sql};

/// What the calendar is set to, as stored, and its version; `None`: nothing yet.
pub async fn settings(tx: &mut OrgTx) -> Result<Option<(String, i64)>, DbError> {
    sql!(optional(String, i64), tx, "SELECT options, version FROM calendar_settings WHERE org_id = $1")
}

/// Sets it, if it is unchanged since `version` (0: nothing was set). 0 rows: it has changed.
pub async fn save_settings(tx: &mut OrgTx, options: &str, version: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_settings (org_id, options, version) VALUES ($1, $2, 1)
         ON CONFLICT (org_id) DO UPDATE SET options = excluded.options, version = calendar_settings.version + 1
         WHERE calendar_settings.version = $3",
        options,
        version
    )
}

/// What the organisation makes of public holidays between two dates, both included, in order: date, name, and closed from which
/// minute until which.
pub async fn holidays(
    tx: &mut OrgTx,
    from: &str,
    until: &str,
) -> Result<Vec<(String, String, Option<i64>, Option<i64>)>, DbError> {
    sql!(
        all(String, String, Option<i64>, Option<i64>),
        tx,
        "SELECT date, name, closed_from, closed_until FROM calendar_holidays WHERE org_id = $1 AND date >= $2 AND date <= $3 ORDER BY date",
        from,
        until
    )
}

/// Sets what holds on a date.
pub async fn save_holiday(tx: &mut OrgTx, date: &str, name: &str, closed: Option<(i64, i64)>) -> Result<u64, DbError> {
    let (from, until) = closed.unzip();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_holidays (org_id, date, name, closed_from, closed_until) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (org_id, date) DO UPDATE SET name = excluded.name, closed_from = excluded.closed_from, closed_until = excluded.closed_until",
        date,
        name,
        from,
        until
    )
}

/// Goes back to what the state has on a date.
pub async fn delete_holiday(tx: &mut OrgTx, date: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_holidays WHERE org_id = $1 AND date = $2", date)
}
