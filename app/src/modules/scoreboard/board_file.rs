//! A board as a file for spreadsheets.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use super::{
    amount,
    board_page::{self, Shown},
    rest::{self, BoardQuery},
    snapshots::Moved,
};
use crate::{
    error::Result,
    platform::Platform,
    spreadsheet::{figures, row},
    web::{Caller, Path, Query},
};

/// `/app/{org}/scoreboard/board.csv`: who stands where, with the query of the page, as far as whoever asks may see it.
///
/// # Errors
/// As [`board_page::shown`]; 422 for words that aren’t any.
pub async fn csv(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<BoardQuery>,
) -> Result<Response> {
    let (asked, results) = rest::asked(query)?;
    let shown = board_page::shown(&platform, &actor, &org, &asked, results).await?;
    let board = &shown.board;
    let name = format!("{org}-{}-{}-{}.csv", board.metric.key, board.period.from, board.period.last());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, lines(&shown)?).into_response())
}

/// A row for each place: its rank, the name, the figure as a plain number, and how the place changed.
fn lines(shown: &Shown) -> Result<Vec<u8>> {
    let Shown { board, moved, .. } = shown;
    let unit = board.metric.unit();
    let mut file = row(["Rank", "Name", board.metric.name.as_str(), "Movement"])?;
    for line in &board.lines {
        let value = line.value.and_then(|value| value.round_to(unit.decimals()));
        file.extend(figures(&[
            line.rank.map(|rank| rank.to_string()).unwrap_or_default(),
            line.name.clone(),
            value.map(|value| amount::as_typed(value, &unit)).unwrap_or_default(),
            moved.get(&line.id).map(Moved::plain).unwrap_or_default(),
        ])?);
    }
    Ok(file)
}
