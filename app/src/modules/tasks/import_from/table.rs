//! What the readers of tables have in common.

use std::collections::BTreeSet;

use csv::StringRecord;
use jiff::civil::Date;

use super::{
    super::import_tree::{Builder, FieldKind, From, Ledger, Moment, Part, Task, Value},
    MOST_MEGABYTES, Unreadable,
    days::{self, Order},
    stranger,
};
use crate::{
    csv_in::{self, Grid, Limits},
    money,
};

/// Comments and sections have rows of their own.
const LIMITS: Limits = Limits { megabytes: MOST_MEGABYTES, rows: 100_000 };
/// A field has choices where there are no more of them than this, and each is there twice over.
const MOST_CHOICES: usize = 20;
const CHOICE: usize = 60;
const MOST_PIECES: usize = 100;
/// The most signs that may stand between cells: those of as many tasks as are taken, with 250 columns.
const MOST_CELLS: usize = 5_000_000;

/// Cuts a file into cells.
///
/// # Errors
/// It is something else, or can’t be read.
pub fn open(file: &[u8], from: From) -> Result<Grid, Unreadable> {
    if file.len() > LIMITS.bytes() {
        return Err(Unreadable::TooLarge);
    }
    if let Some(stranger) = stranger(file) {
        return Err(Unreadable::Another(stranger, from.file()));
    }
    let head = file.trim_ascii_start();
    let is_array = head.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"));
    if head.starts_with(b"{") || is_array {
        return Err(Unreadable::Another("a JSON file", from.file()));
    }
    // Each cell takes more than it has in it.
    if file.iter().filter(|byte| matches!(byte, b',' | b';' | b'\t')).count() > MOST_CELLS {
        return Err(Unreadable::TooLarge);
    }
    let grid = Grid::read(file, LIMITS)?;
    match product(&grid.names) {
        Some(product) if product != from => Err(Unreadable::Choose(product)),
        _ => Ok(grid),
    }
}

/// Which product’s file it is, by names that no other has.
fn product(names: &[String]) -> Option<From> {
    let has = |words: [&str; 3]| words.iter().all(|word| column(names, &[word]).is_some());
    if has(["type", "content", "indent"]) {
        Some(From::Todoist)
    } else if has(["taskid", "name", "lastmodified"]) {
        Some(From::Asana)
    } else {
        None
    }
}

/// The column that is called one of these, as [`csv_in::compared`]; what says it best first.
pub fn column(names: &[String], words: &[&str]) -> Option<usize> {
    let compared: Vec<String> = names.iter().map(|name| csv_in::compared(name)).collect();
    words.iter().find_map(|word| compared.iter().position(|name| name == word))
}

/// What is in a column of a row; empty where there is no such column.
pub fn cell(cells: &StringRecord, column: Option<usize>) -> &str {
    column.map_or("", |column| csv_in::cell(cells, column))
}

/// A day that begins, ends or completes a task. What can’t be read is left out and said.
pub fn day(ledger: &mut Ledger, what: &'static str, text: &str, order: Order, today: Date) -> Option<Moment> {
    if text.is_empty() {
        return None;
    }
    let moment = days::spoken(text, order, today);
    if moment.is_none() {
        ledger.leave(Part::Date, what, "They can’t be read as dates. Write them like 27/11/2026.", text);
    }
    moment
}

/// What stands between separators in a cell. Of more than a hundred, the others are left out and said.
pub fn pieces<'c>(ledger: &mut Ledger, part: Part, cell: &'c str, separators: &[char]) -> Vec<&'c str> {
    let mut all = cell.split(separators).map(str::trim).filter(|piece| !piece.is_empty());
    let pieces: Vec<&str> = all.by_ref().take(MOST_PIECES).collect();
    let over = all.count();
    if over > 0 {
        ledger.leave_all(part, part.label(), "There are more than a hundred in one cell.", over, "");
    }
    pieces
}

/// What stands beside the columns of a row.
pub fn surplus(ledger: &mut Ledger, grid: &Grid, cells: &StringRecord) {
    let surplus = cells.iter().skip(grid.names.len()).filter(|cell| !cell.trim().is_empty());
    for cell in surplus {
        ledger.leave(
            Part::Other,
            "Cells that are in no column",
            "A text with a comma in it has to be in quotes.",
            cell,
        );
    }
}

/// A column that is a field of its own.
#[derive(Debug)]
pub struct Extra {
    column: usize,
    source: String,
    name: String,
    kind: FieldKind,
    choices: Vec<String>,
    order: Order,
}

impl Extra {
    /// The columns that are nothing else, and that have anything in them. What is in them says what they are.
    pub fn all(grid: &Grid, used: &[usize], today: Date) -> Vec<Self> {
        let columns = (0..grid.names.len()).filter(|column| !used.contains(column));
        columns.filter_map(|column| Self::of(grid, column, today)).collect()
    }

    fn of(grid: &Grid, column: usize, today: Date) -> Option<Self> {
        let cells = grid.rows.iter().map(|(_, row)| csv_in::cell(row, column)).filter(|cell| !cell.is_empty());
        let count = cells.clone().count();
        if count == 0 {
            return None;
        }
        let order = Order::of(cells.clone(), today);
        let mut distinct = BTreeSet::new();
        for cell in cells.clone() {
            if distinct.len() > MOST_CHOICES {
                break;
            }
            distinct.insert(cell);
        }
        let is_choice = distinct.len() <= MOST_CHOICES
            && count >= distinct.len() * 2
            && distinct.iter().all(|cell| cell.chars().count() <= CHOICE && !cell.contains('\n'));
        let mut all = cells;
        let kind = if all.clone().all(|cell| number(cell).is_some()) {
            FieldKind::Number
        } else if all.clone().all(|cell| dollars(cell).is_some()) {
            FieldKind::Money
        } else if all.all(|cell| days::spoken(cell, order, today).is_some()) {
            FieldKind::Date
        } else if is_choice {
            FieldKind::Choice
        } else {
            FieldKind::Text
        };
        let choices = match kind {
            FieldKind::Choice => distinct.into_iter().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let name = grid.names.get(column).filter(|name| !name.trim().is_empty());
        let name = name.map_or_else(|| format!("Column {}", column + 1), Clone::clone);
        Some(Self { column, source: format!("column {}", column + 1), name, kind, choices, order })
    }

    /// Adds the field to a list.
    pub fn declare(&self, builder: &mut Builder, list: usize) {
        builder.field(list, &self.source, &self.name, self.kind, self.choices.clone());
    }

    /// Fills it in for a task.
    pub fn fill(&self, ledger: &mut Ledger, task: &mut Task, cells: &StringRecord, today: Date) {
        let cell = csv_in::cell(cells, self.column);
        if cell.is_empty() {
            return;
        }
        let value = match self.kind {
            FieldKind::Text => Some(Value::Text(cell.to_owned())),
            FieldKind::Choice => Some(Value::Choice(cell.to_owned())),
            FieldKind::Number => number(cell).map(Value::Number),
            FieldKind::Money => dollars(cell).map(Value::Money),
            FieldKind::Date => {
                days::spoken(cell, self.order, today).map(|moment| Value::Date(moment.on(&jiff::tz::TimeZone::UTC).0))
            }
        };
        match value {
            Some(value) => task.value(ledger, &self.source, value),
            None => ledger.leave(Part::Value, "Field values", "They can’t be read.", cell),
        }
    }
}

/// A number as it is kept: `1,250.50` is `1250.50`.
pub fn number(text: &str) -> Option<String> {
    let text = text.trim();
    let (minus, digits) = text.strip_prefix(['-', '−']).map_or(("", text), |digits| ("-", digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = whole.split(',').collect();
    let is_grouped = match groups.as_slice() {
        [only] => !only.is_empty(),
        [first, rest @ ..] => (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3),
        [] => false,
    };
    let whole = groups.concat();
    if !is_grouped || !are_digits(&whole) || !are_digits(part) || digits.ends_with('.') {
        return None;
    }
    // More than that isn’t reckoned with anywhere; it is a text: a number of an account, a phone.
    if whole.len() > 12 || part.len() > 6 || whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    Some(if part.is_empty() { format!("{minus}{whole}") } else { format!("{minus}{whole}.{part}") })
}

/// Cents, where a dollar sign says that they are.
fn dollars(text: &str) -> Option<i64> {
    let (minus, rest) = text.strip_prefix(['-', '−']).map_or((1, text), |rest| (-1, rest));
    rest.starts_with('$').then(|| money::parse(rest)).flatten().and_then(|cents| cents.checked_mul(minus))
}
