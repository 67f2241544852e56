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

    use super::{row, safe, unguarded};

    #[test]
    fn no_cell_is_a_formula() {
        let line = row(["=1+1", "+61 2", "-5", "@x", "\tx", "＝1", "a,b", "say \"hi\"", "plain"]).expect("a line");
        let text = String::from_utf8(line).expect("text");
        assert_eq!(text, "'=1+1,'+61 2,'-5,'@x,'\tx,'＝1,\"a,b\",\"say \"\"hi\"\"\",plain\n");
    }

    proptest! {
        #[test]
        fn what_is_guarded_is_found_again(cell in "['=+@a-]{0,6}.{0,6}") {
            let guarded = safe(&cell);
            prop_assert_eq!(unguarded(&guarded), cell.as_str());
        }
    }
}
