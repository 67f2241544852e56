//! Files for spreadsheets: rows of comma-separated cells (RFC 4180).

use std::borrow::Cow;

use crate::error::{AppError, Result};

/// One line of a file.
///
/// # Errors
/// Only where there is no memory left.
pub fn row(cells: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells = cells.into_iter().map(|cell| safe(cell.as_ref()).into_owned());
    writer.write_record(cells).map_err(|_| AppError::internal())?;
    writer.into_inner().map_err(|_| AppError::internal())
}

/// One line of what we reckoned ourselves: days, and amounts, which below zero begin with a minus and are no formula for that. Whatever isn’t a
/// plain number is written as [`row`] writes it.
///
/// # Errors
/// Only where there is no memory left.
pub fn figures(cells: &[String]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let is_number = |cell: &str| {
        let digits = cell.strip_prefix('-').unwrap_or(cell);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let cells = cells.iter().map(|cell| if is_number(cell) { Cow::Borrowed(cell.as_str()) } else { safe(cell) });
    writer.write_record(cells.map(Cow::into_owned)).map_err(|_| AppError::internal())?;
    writer.into_inner().map_err(|_| AppError::internal())
}

/// What a spreadsheet takes for the beginning of a formula; the wide ones too, which some read as the plain (OWASP, CSV injection).
const FORMULAS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// What would be a formula gets a quote before it; so does what begins with such a quote already, or it couldn't be told from
/// one that we put there.
fn safe(cell: &str) -> Cow<'_, str> {
    if is_guarded_or_dangerous(cell) { format!("'{cell}").into() } else { cell.into() }
}

/// A cell without the quote that [`row`] puts before a formula.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_guarded_or_dangerous(rest)).unwrap_or(cell)
}

fn is_guarded_or_dangerous(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULAS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{figures, row, safe, unguarded};

    #[test]
    fn no_cell_is_a_formula() {
        let line = row(["=1+1", "+61 2", "-5", "@x", "\tx", "＝1", "a,b", "say \"hi\"", "plain"]).expect("a line");
        let text = String::from_utf8(line).expect("text");
        assert_eq!(text, "'=1+1,'+61 2,'-5,'@x,'\tx,'＝1,\"a,b\",\"say \"\"hi\"\"\",plain\n");
    }

    #[test]
    fn a_figure_below_zero_stays_a_figure() {
        let cells = ["2026-11-24", "-50.00", "1234", "-", "-1+2", "=1", ""].map(str::to_owned);
        let line = figures(&cells).expect("a line");
        assert_eq!(String::from_utf8(line).expect("text"), "2026-11-24,-50.00,1234,'-,'-1+2,'=1,\n");
    }

    proptest! {
        #[test]
        fn what_is_guarded_is_found_again(cell in "['=+@a-]{0,6}.{0,6}") {
            let guarded = safe(&cell);
            prop_assert_eq!(unguarded(&guarded), cell.as_str());
        }
    }
}
