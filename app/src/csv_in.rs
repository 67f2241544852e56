//! Reads files of rows as other products export them, and as spreadsheets save them: whatever they are written in and whatever stands between
//! their cells. What the columns mean is for whoever reads them.

use std::borrow::Cow;

use csv::{Position, ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::{money::grouped, spreadsheet};

/// The most columns that a row may have.
const MOST_COLUMNS: usize = 200;
/// So much of a cell is told that is in no column.
const TOLD: usize = 30;

/// How much is read of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Its size, in megabytes.
    pub megabytes: usize,
    /// Its rows, without the one of names.
    pub rows: usize,
}

impl Limits {
    /// The largest file, in bytes.
    pub const fn bytes(self) -> usize {
        self.megabytes * 1024 * 1024
    }
}

/// A file, cut into cells.
#[derive(Debug, Clone)]
pub struct Grid {
    /// What the first row calls the columns.
    pub names: Vec<String>,
    /// The others, each with the line of the file that it begins on.
    pub rows: Vec<(u64, StringRecord)>,
}

/// Why a file isn't read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than [`Limits::bytes`].
    #[error("That file is larger than {megabytes} MB. Please split it into several.")]
    TooLarge {
        /// So many are read.
        megabytes: usize,
    },
    /// More than [`Limits::rows`].
    #[error("That file has more than {} rows. Please split it into several.", grouped(*rows))]
    TooMany {
        /// So many are read.
        rows: u64,
    },
    /// There is nothing in it, or a row of names alone.
    #[error("There are no rows in that file.")]
    Empty,
    /// It is a workbook, a picture, anything.
    #[error("That isn’t a text file. In your spreadsheet, save it as CSV.")]
    NotText,
    /// What has to be there isn't.
    #[error("The first row has to name the columns, and none of them is called {0}.")]
    Missing(&'static str),
    /// Two columns are the same thing.
    #[error("The columns “{0}” and “{1}” are for the same. Please leave one out.")]
    Twice(String, String),
}

impl From<Limits> for Unreadable {
    /// A file that is larger.
    fn from(limits: Limits) -> Self {
        Self::TooLarge { megabytes: limits.megabytes }
    }
}

impl Grid {
    /// Cuts a file into cells. Rows without anything in them are left out.
    ///
    /// # Errors
    /// None of it can be read, or it is larger than that.
    pub fn read(file: &[u8], limits: Limits) -> Result<Self, Unreadable> {
        if file.len() > limits.bytes() {
            return Err(limits.into());
        }
        let text = decoded(file)?;
        let (comma, text, lines_before) = comma(&text);
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(comma).from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|_| Unreadable::NotText)?;
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() > limits.rows {
                return Err(Unreadable::TooMany { rows: u64::try_from(limits.rows).unwrap_or(u64::MAX) });
            }
            rows.push((record.position().map_or(0, Position::line) + lines_before, record));
        }
        if rows.len() < 2 {
            return Err(Unreadable::Empty);
        }
        let (_, names) = rows.remove(0);
        let names = names.iter().take(MOST_COLUMNS).map(|name| plain(name).trim().to_owned()).collect();
        Ok(Self { names, rows })
    }

    /// What to do about a row that has more cells than there are columns.
    pub fn surplus(&self, cells: &StringRecord) -> Option<String> {
        let cell = cells.iter().skip(self.names.len()).find(|cell| !cell.trim().is_empty())?;
        let cell: String = cell.trim().chars().take(TOLD).collect();
        Some(format!("“{cell}” is in no column. A text with a comma in it has to stand in quotes."))
    }
}

/// What is in a column of a row, without what stands around it; empty where there is nothing.
pub fn cell(cells: &StringRecord, column: usize) -> &str {
    plain(cells.get(column).unwrap_or_default()).trim()
}

/// How the names of columns are compared: without spaces, signs and capitals.
pub fn compared(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A cell without the quote that keeps a spreadsheet from running it.
fn plain(cell: &str) -> &str {
    spreadsheet::unguarded(cell)
}

/// Text in whatever way spreadsheets save it: UTF-8, UTF-16 with its mark, else Windows' own of Western Europe.
///
/// # Errors
/// It is no text.
pub fn decoded(file: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let (encoding, rest) = match Encoding::for_bom(file) {
        Some((encoding, mark)) => (encoding, file.get(mark..).unwrap_or_default()),
        None if std::str::from_utf8(file).is_ok() => (UTF_8, file),
        None => (WINDOWS_1252, file),
    };
    let (text, broken) = encoding.decode_without_bom_handling(rest);
    if broken || text.contains('\0') {
        return Err(Unreadable::NotText);
    }
    Ok(text)
}

/// What stands between the cells: what there is most of in the first row, outside quotes. Excel may say so itself, in a line
/// before; how many lines that takes.
fn comma(text: &str) -> (u8, &str, u64) {
    if let Some(rest) = text.strip_prefix("sep=").or_else(|| text.strip_prefix("SEP="))
        && let Some(comma @ (b',' | b';' | b'\t')) = rest.bytes().next()
        && let Some((line, rest)) = rest.split_once('\n')
        && line.trim_end_matches('\r').len() == 1
    {
        return (comma, rest, 1);
    }
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (comma, count) in &mut counts {
                    *count += usize::from(*comma == byte);
                }
            }
        }
    }
    // Of two with as many, the first.
    let (comma, _) = counts.into_iter().rev().max_by_key(|(_, count)| *count).unwrap_or((b',', 0));
    (comma, text, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { megabytes: 1, rows: 3 };

    fn cut(file: &[u8]) -> (Vec<String>, Vec<(u64, Vec<String>)>) {
        let grid = Grid::read(file, LIMITS).expect("a file");
        let rows = grid.rows.iter().map(|(line, row)| (*line, (0..2).map(|at| cell(row, at).to_owned()).collect()));
        (grid.names.clone(), rows.collect())
    }

    #[test]
    fn files_are_cut_however_they_are_written() {
        let text = "Who,How much\nZoë,\"1,234.50\"\n\n,,\nBo,5\n";
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let windows = WINDOWS_1252.encode(text).0.into_owned();
        let names = vec!["Who".to_owned(), "How much".to_owned()];
        let row = |line: u64, who: &str, value: &str| (line, vec![who.to_owned(), value.to_owned()]);
        for file in [text.as_bytes(), &little, &windows] {
            assert_eq!(cut(file), (names.clone(), vec![row(2, "Zoë", "1,234.50"), row(5, "Bo", "5")]));
        }
        for file in ["sep=;\nWho;How much\nBo;'-5\n", "\u{feff}Who\tHow much\nBo\t-5\n"] {
            assert_eq!(cut(file.as_bytes()).1[0].1, ["Bo", "-5"], "{file}");
        }
    }

    #[test]
    fn what_is_too_much_is_refused_in_a_sentence() {
        let refused = |file: &[u8]| Grid::read(file, LIMITS).expect_err("it is refused");
        assert_eq!(refused(b""), Unreadable::Empty);
        assert_eq!(refused(b"A,B\n"), Unreadable::Empty);
        assert_eq!(refused(b"PK\x03\x04\x14\x00\x06\x00"), Unreadable::NotText);
        assert_eq!(refused(&vec![b'a'; LIMITS.bytes() + 1]), Unreadable::TooLarge { megabytes: 1 });
        assert_eq!(refused(b"A\n1\n2\n3\n4\n"), Unreadable::TooMany { rows: 3 });
        assert_eq!(cut(b"A\n1\n2\n3\n").1.len(), 3);
        let words = Unreadable::TooMany { rows: 10_000 }.to_string();
        assert_eq!(words, "That file has more than 10,000 rows. Please split it into several.");
        let grid = Grid::read(b"A,B\n1,2,, three\n", LIMITS).expect("a file");
        assert!(grid.surplus(&grid.rows[0].1).is_some_and(|words| words.starts_with("“three” is in no column.")));
    }
}
