//! What a trend shows, as files for spreadsheets.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{Asked, Spread, Trend};
use crate::{
    error::{AppError, Result},
    modules::scoreboard::{amount, distribution::Distribution, formula::Fraction, store::Metric},
    platform::Platform,
    spreadsheet::{figures, row},
    web::{Caller, Path, Query},
};

/// What there are files of.
pub const TABLES: [&str; 3] = ["trend", "entries", "people"];

/// What is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FileAsked {
    metric: String,
    range: String,
    of: String,
    /// One of [`TABLES`]; the trend where none is said.
    table: String,
}

/// `/app/{org}/scoreboard/trends.csv`: a table of the page.
///
/// # Errors
/// As [`super::read`]; 422 at `table`.
pub async fn csv(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<FileAsked>,
) -> Result<Response> {
    let FileAsked { metric, range, of, table } = asked;
    let trend = super::read(&platform, &actor, &org, &Asked { metric, range, of }).await?;
    let table = if table.is_empty() { TABLES[0] } else { &table };
    let file = of_table(&trend, table)?;
    let name = format!("{org}-{}-{table}-{}-{}.csv", trend.metric.key, trend.period.from, trend.period.last());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, file).into_response())
}

/// One of the tables.
///
/// # Errors
/// 422 at `table` for a word that isn’t one.
fn of_table(trend: &Trend, table: &str) -> Result<Vec<u8>> {
    match table {
        "trend" => points(trend),
        "entries" => buckets(&trend.metric, trend.entries.as_ref()),
        "people" => buckets(&trend.metric, trend.people.as_ref()),
        _ => Err(AppError::field("table", format!("Choose one of {}.", TABLES.join(", ")))),
    }
}

fn points(trend: &Trend) -> Result<Vec<u8>> {
    let compares = trend.before.is_some();
    let name = trend.metric.name.as_str();
    let mut file = if compares {
        row(["From", "To", name, "A year before, from", "A year before, to", "A year before"])?
    } else {
        row(["From", "To", name])?
    };
    for point in &trend.points {
        let mut cells = vec![point.period.from.to_string(), point.period.last().to_string()];
        cells.push(typed(&trend.metric, point.value));
        if let Some((period, value)) = &point.before {
            cells.extend([period.from.to_string(), period.last().to_string(), typed(&trend.metric, *value)]);
        }
        file.extend(figures(&cells)?);
    }
    Ok(file)
}

fn buckets(metric: &Metric, spread: Option<&Spread>) -> Result<Vec<u8>> {
    let mut file = row(["From", "Below", "How many"])?;
    let Some(Spread::Told(Distribution { buckets, .. })) = spread else { return Ok(file) };
    let end = |end: Option<i64>| end.map(|end| amount::as_typed(end, &metric.unit())).unwrap_or_default();
    for bucket in buckets {
        file.extend(figures(&[end(bucket.from), end(bucket.until), bucket.count.to_string()])?);
    }
    Ok(file)
}

/// "1234.50"; empty where there is nothing to show.
fn typed(metric: &Metric, value: Option<Fraction>) -> String {
    let unit = metric.unit();
    let rounded = value.and_then(|value| value.round_to(unit.decimals()));
    rounded.map(|value| amount::as_typed(value, &unit)).unwrap_or_default()
}
