//! What stands in the rows of a file of results: which column is what, and each row read. Nothing is guessed that would be wrong unseen: what
//! can't be read is named, field by field, and its row isn't taken over.

use std::collections::{BTreeMap, HashMap};

use csv::StringRecord;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    amount,
    entries::{Desk, EntryBody},
    ids::{MetricId, PersonId},
    people,
    store::Metric,
};
use crate::{
    csv_in,
    error::{FieldErrors, Result},
};

/// A name that comes close to one that somebody has differs in so many letters at most.
const CLOSE: usize = 2;
/// So many names that nobody has are compared with those that somebody has: each comparison takes its time.
const MOST_COMPARED: usize = 100;
/// Names are compared up to here.
const COMPARED: usize = 40;

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// When it happened.
    Day,
    /// Whose it is.
    Person,
    /// How much.
    Amount,
    /// What is counted.
    Metric,
    /// A word about it.
    Note,
    /// What it is called where it comes from.
    ExternalId,
}

impl Field {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 6] = [Self::Day, Self::Person, Self::Amount, Self::Metric, Self::Note, Self::ExternalId];

    /// The word in forms and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Person => "person",
            Self::Amount => "amount",
            Self::Metric => "metric",
            Self::Note => "note",
            Self::ExternalId => "external_id",
        }
    }

    /// "Date"
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "Date",
            Self::Person => "Person",
            Self::Amount => "Amount",
            Self::Metric => "What is counted",
            Self::Note => "Note",
            Self::ExternalId => "Number or id",
        }
    }

    /// How files call such a column, without spaces, signs and capitals; what says it best first.
    const fn known_as(self) -> &'static [&'static str] {
        match self {
            Self::Day => &[
                "date",
                "day",
                "saledate",
                "invoicedate",
                "orderdate",
                "transactiondate",
                "closedate",
                "dateclosed",
                "closedon",
                "paidon",
                "paiddate",
                "happened",
                "happenedat",
                "happenedon",
                "datetime",
                "dateandtime",
                "timestamp",
                "createdat",
                "createdon",
                "created",
                "when",
                "closed",
            ],
            Self::Person => &[
                "person",
                "salesperson",
                "salesrep",
                "rep",
                "soldby",
                "staff",
                "staffmember",
                "employee",
                "employeename",
                "seller",
                "agent",
                "consultant",
                "adviser",
                "advisor",
                "accountmanager",
                "teammember",
                "owner",
                "dealowner",
                "assignedto",
                "user",
                "member",
                "who",
                "name",
                "fullname",
            ],
            Self::Amount => &[
                "amount",
                "value",
                "total",
                "totalamount",
                "amountaud",
                "totalaud",
                "saleamount",
                "sales",
                "revenue",
                "price",
                "gross",
                "net",
                "quantity",
                "qty",
                "count",
                "units",
                "figure",
                "result",
                "score",
                "dollars",
                "number",
            ],
            Self::Metric => {
                &["metric", "kpi", "measure", "counted", "whatiscounted", "activity", "what", "type", "category"]
            }
            Self::Note => &["note", "notes", "comment", "comments", "description", "details", "memo", "remarks"],
            Self::ExternalId => &[
                "externalid",
                "id",
                "reference",
                "ref",
                "invoice",
                "invoicenumber",
                "invoiceno",
                "invoiceid",
                "ordernumber",
                "orderno",
                "orderid",
                "order",
                "transactionid",
                "dealid",
                "recordid",
                "receipt",
                "receiptnumber",
                "receiptno",
            ],
        }
    }
}

/// Which column of a file is what; the first is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// When it happened.
    #[serde(default)]
    pub day: Option<usize>,
    /// Whose it is.
    #[serde(default)]
    pub person: Option<usize>,
    /// How much.
    #[serde(default)]
    pub amount: Option<usize>,
    /// A word about it.
    #[serde(default)]
    pub note: Option<usize>,
    /// What it is called where it comes from: an invoice’s number.
    #[serde(default)]
    pub external_id: Option<usize>,
    /// What is counted, by its name or word. Absent: `of` says it for the whole file.
    #[serde(default)]
    pub metric: Option<usize>,
    /// The word of what the whole file counts; empty where a column says it.
    #[serde(default)]
    pub of: String,
}

impl Columns {
    /// What a column of a file is, by what the columns are called. What isn't sure is left for a person to choose.
    pub fn guess(names: &[String], metrics: &[&Metric]) -> Self {
        let short: Vec<String> = names.iter().map(|name| csv_in::compared(name)).collect();
        let mut columns = Self::default();
        for field in Field::ALL {
            let found = field
                .known_as()
                .iter()
                .find_map(|word| short.iter().enumerate().position(|(at, name)| name == word && !columns.has(at)));
            columns.put(field, found);
        }
        // A column may be called as what it counts: “Sales”, “New clients”.
        let is_named = |metric: &&&Metric| {
            let called = [csv_in::compared(&metric.name), csv_in::compared(&metric.key)];
            let at = short.iter().enumerate().position(|(at, name)| {
                called.contains(name) && columns.amount.map_or(!columns.has(at), |amount| amount == at)
            });
            at.is_some()
        };
        if columns.metric.is_none() {
            if let Some(metric) = metrics.iter().find(is_named) {
                metric.key.clone_into(&mut columns.of);
                let called = [csv_in::compared(&metric.name), csv_in::compared(&metric.key)];
                columns.amount = columns.amount.or_else(|| short.iter().position(|name| called.contains(name)));
            } else if let [only] = metrics {
                only.key.clone_into(&mut columns.of);
            }
        }
        columns
    }

    /// The column that is this.
    pub fn get(&self, field: Field) -> Option<usize> {
        match field {
            Field::Day => self.day,
            Field::Person => self.person,
            Field::Amount => self.amount,
            Field::Metric => self.metric,
            Field::Note => self.note,
            Field::ExternalId => self.external_id,
        }
    }

    /// Says which column is this.
    pub fn put(&mut self, field: Field, column: Option<usize>) {
        match field {
            Field::Day => self.day = column,
            Field::Person => self.person = column,
            Field::Amount => self.amount = column,
            Field::Metric => self.metric = column,
            Field::Note => self.note = column,
            Field::ExternalId => self.external_id = column,
        }
    }

    fn has(&self, column: usize) -> bool {
        Field::ALL.into_iter().any(|field| self.get(field) == Some(column))
    }

    /// With these a file of so many columns can be read, where these are counted.
    ///
    /// # Errors
    /// 422 at each field that is wrong.
    pub fn check(&self, count: usize, metrics: &[Metric]) -> Result<()> {
        let mut errors = FieldErrors::default();
        let mut seen = Vec::new();
        for field in Field::ALL {
            match self.get(field) {
                Some(column) if column >= count => errors.add(field.as_str(), "The file has no such column."),
                Some(column) if seen.contains(&column) => {
                    errors.add(field.as_str(), "Another field has this column already.");
                }
                Some(column) => seen.push(column),
                None if matches!(field, Field::Day | Field::Person | Field::Amount) => {
                    errors.add(field.as_str(), "Choose a column.");
                }
                None => {}
            }
        }
        let of = self.of.trim();
        if self.metric.is_none() && !metrics.iter().any(|metric| metric.key == of) {
            errors.add("of", "Choose what the file counts, or the column that says it.");
        }
        errors.finish()
    }
}

/// What is wrong with a row, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The field; `None`: the row as a whole.
    pub field: Option<Field>,
    /// What to do about it, in a sentence.
    pub message: String,
}

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the file that it begins on.
    pub line: u64,
    /// What stands in it, in the order of [`Field::ALL`]; empty where there is nothing.
    pub cells: [String; 6],
    /// What of it would be entered; only where nothing is wrong.
    pub body: Option<EntryBody>,
    /// Of what it would be.
    pub metric: Option<MetricId>,
    /// What is wrong with it.
    pub wrong: Vec<Wrong>,
}

impl Row {
    /// What stands in it there.
    pub fn cell(&self, field: Field) -> &str {
        Field::ALL.iter().position(|one| *one == field).map_or("", |at| self.cells[at].as_str())
    }

    /// Notes what is wrong.
    pub fn refuse(&mut self, field: Option<Field>, message: impl Into<String>) {
        self.wrong.push(Wrong { field, message: message.into() });
        self.body = None;
    }
}

/// Reads rows, one after the other.
#[derive(Debug)]
pub struct Reader<'d> {
    desk: &'d Desk,
    columns: &'d Columns,
    /// Who is meant by a name that nobody has.
    meant: &'d BTreeMap<String, PersonId>,
    /// Whoever is called so; `None`: several are.
    people: HashMap<String, Option<PersonId>>,
    metrics: HashMap<String, &'d Metric>,
    /// What to do about names that nobody has.
    unknown: HashMap<String, String>,
}

impl<'d> Reader<'d> {
    /// Reads rows whose columns are these, for these people and metrics. `meant`: who is meant by names that nobody has, by [`people::key`].
    pub fn new(desk: &'d Desk, columns: &'d Columns, meant: &'d BTreeMap<String, PersonId>) -> Self {
        let mut called: HashMap<String, Option<PersonId>> = HashMap::new();
        for person in &desk.everybody {
            for name in people::names_of(person) {
                let known = called.entry(people::key(name)).or_insert(Some(person.id));
                if *known != Some(person.id) {
                    *known = None;
                }
            }
        }
        // A word goes before another's name.
        let names = desk.metrics.iter().rev().map(|metric| (people::key(&metric.name), metric));
        let metrics = names.chain(desk.metrics.iter().map(|metric| (metric.key.clone(), metric))).collect();
        Self { desk, columns, meant, people: called, metrics, unknown: HashMap::new() }
    }

    /// A row. `surplus`: what to do about cells that are in no column.
    pub fn read(&mut self, line: u64, cells: &StringRecord, surplus: Option<String>) -> Row {
        let columns = self.columns;
        let at = |field: Field| columns.get(field).map(|column| csv_in::cell(cells, column).to_owned());
        let texts = Field::ALL.map(|field| at(field).unwrap_or_default());
        let mut row = Row { line, cells: texts, body: None, metric: None, wrong: Vec::new() };
        if let Some(message) = surplus {
            row.refuse(None, message);
        }
        let when = when(row.cell(Field::Day)).map_err(|words| row.refuse(Some(Field::Day), words)).ok();
        let person = self.person(row.cell(Field::Person));
        let person = person.map_err(|words| row.refuse(Some(Field::Person), words)).ok();
        let metric = self.metric(row.cell(Field::Metric));
        let metric = metric.map_err(|words| row.refuse(Some(Field::Metric), words)).ok();
        let value = metric.and_then(|metric| {
            let value = amount::parse(row.cell(Field::Amount), &metric.unit());
            value.map_err(|refused| row.refuse(Some(Field::Amount), refused.to_string())).ok()
        });
        row.metric = metric.map(|metric| metric.id);
        let external_id = Some(row.cell(Field::ExternalId).to_owned()).filter(|name| !name.is_empty());
        // Room for what is put after it where its file was taken back, and comes again.
        if external_id.as_ref().is_some_and(|name| name.chars().count() > 190) {
            row.refuse(Some(Field::ExternalId), "Use at most 190 characters.");
        }
        if let (true, Some((day, happened_at)), Some(person), Some(metric), Some(value)) =
            (row.wrong.is_empty(), when, person, metric, value)
        {
            let happened_at = match happened_at {
                When::Instant(at) => Some(at),
                When::Local(time) => day.and_then(|day| self.desk.at(day, time)),
                When::Day => None,
            };
            row.body = Some(EntryBody {
                metric: metric.key.clone(),
                person: Some(person),
                value,
                happened_at,
                day,
                note: row.cell(Field::Note).to_owned(),
                external_id,
            });
        }
        row
    }

    /// Nobody is called so, in a row that was read.
    pub fn is_unknown(&self, name: &str) -> bool {
        self.unknown.contains_key(&people::key(name))
    }

    fn person(&mut self, name: &str) -> Result<PersonId, String> {
        if name.is_empty() {
            return Err("Enter whose it is.".to_owned());
        }
        let key = people::key(name);
        match self.people.get(&key).copied().or_else(|| self.meant.get(&key).copied().map(Some)) {
            Some(Some(person)) => Ok(person),
            Some(None) => Err(format!("Several people are called “{name}”.")),
            None => {
                if let Some(words) = self.unknown.get(&key) {
                    return Err(words.clone());
                }
                let near = if self.unknown.len() < MOST_COMPARED { self.nearest(&key) } else { Vec::new() };
                let words = match near.as_slice() {
                    [] => format!("Nobody is called “{name}”."),
                    near => format!("Nobody is called “{name}”. Is it {}?", near.join(" or ")),
                };
                self.unknown.insert(key, words.clone());
                Err(words)
            }
        }
    }

    /// Whose names come closest: those that begin so or end so, and those that a slip of the fingers is away; two at most.
    fn nearest(&self, key: &str) -> Vec<&'d str> {
        let close = |name: &str| {
            let name = people::key(name);
            let is_part = name.split(' ').any(|part| part == key) || key.split(' ').any(|part| part == name);
            if is_part {
                Some(0)
            } else {
                distance(&name, key).filter(|far| *far <= CLOSE && *far < key.chars().count())
            }
        };
        let mut found: Vec<(usize, &'d str)> = Vec::new();
        for person in &self.desk.everybody {
            if let Some(far) = people::names_of(person).filter_map(close).min() {
                found.push((far, person.name.as_str()));
            }
        }
        found.sort_unstable();
        found.into_iter().take(2).map(|(_, name)| name).collect()
    }

    fn metric(&self, word: &str) -> Result<&'d Metric, String> {
        if self.columns.metric.is_none() {
            return self
                .metrics
                .get(&self.columns.of)
                .copied()
                .ok_or_else(|| "Choose what the file counts.".to_owned());
        }
        if word.is_empty() {
            return Err("Enter what is counted.".to_owned());
        }
        let found = self.metrics.get(&people::key(word)).copied();
        found.ok_or_else(|| format!("Nothing that is counted is called “{word}”."))
    }
}

/// How exactly a file says when something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// The same for everybody: it was written with its offset from UTC.
    Instant(Timestamp),
    /// On the business's clock.
    Local(jiff::civil::Time),
    /// On a day.
    Day,
}

/// When something happened, and its day where that is said.
fn when(text: &str) -> Result<(Option<Date>, When), String> {
    if text.is_empty() {
        return Err("Enter when it happened.".to_owned());
    }
    if text.contains(['T', ' '])
        && let Ok(at) = text.parse::<Timestamp>()
    {
        return Ok((None, When::Instant(at)));
    }
    let (day, time) = amount::day_and_time(text)?;
    // Spreadsheets give a date a midnight that nobody asked for.
    let time = time.filter(|time| *time != jiff::civil::Time::midnight());
    Ok((Some(day), time.map_or(When::Day, When::Local)))
}

/// What a row is that has no name where it comes from: the same for the same contents, and each of several that are equal in one file has a number.
pub fn contents(row: &Row, nth: usize) -> Option<String> {
    let (metric, body) = (row.metric?, row.body.as_ref()?);
    let person = body.person.map(|person| person.to_string()).unwrap_or_default();
    let day = body.day.map(|day| day.to_string()).unwrap_or_default();
    let at = body.happened_at.map(|at| at.to_string()).unwrap_or_default();
    Some(format!("{metric} {person} {day} {at} {} {nth} {}", body.value, body.note))
}

/// How many letters have to be changed, left out or put in; `None`: it isn't worth counting.
fn distance(one: &str, other: &str) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > CLOSE || one.len().max(other.len()) > COMPARED {
        return None;
    }
    let mut before: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let changed = before[column] + usize::from(letter != against);
            now.push(changed.min(before[column + 1] + 1).min(now[column] + 1));
        }
        before = now;
    }
    before.last().copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn metric(key: &str, name: &str) -> Metric {
        Metric {
            id: MetricId(uuid::Uuid::from_u128(1)),
            key: key.to_owned(),
            name: name.to_owned(),
            kind: "sum".to_owned(),
            unit: "money".to_owned(),
            suffix: String::new(),
            decimals: 2,
            gst: "including".to_owned(),
            lower_is_better: false,
            numerator_id: None,
            denominator_id: None,
            formula: String::new(),
            entered_by: "everyone".to_owned(),
            approval: false,
            shown_to: "everyone".to_owned(),
            position: 0,
            active: true,
            version: 1,
        }
    }

    fn guessed(names: &[&str], metrics: &[&Metric]) -> Columns {
        Columns::guess(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), metrics)
    }

    #[test]
    fn columns_are_known_by_what_files_call_them() {
        let (sales, calls) = (metric("sales", "Sales"), metric("calls", "Calls made"));
        let both = [&sales, &calls];
        for (names, wanted) in [
            (vec!["Date", "Salesperson", "Total", "Notes", "Invoice #"], (Some(0), Some(1), Some(2), Some(3), Some(4))),
            (vec!["Invoice No.", "Close date", "Deal owner", "Amount"], (Some(1), Some(2), Some(3), None, Some(0))),
            (vec!["Amount", "Amount", "Who", "When"], (Some(3), Some(2), Some(0), None, None)),
            (vec!["Colour", "Size"], (None, None, None, None, None)),
        ] {
            let columns = guessed(&names, &both);
            let found = (columns.day, columns.person, columns.amount, columns.note, columns.external_id);
            assert_eq!(found, wanted, "{names:?}");
            assert_eq!(columns.of, "", "{names:?}");
        }
        assert_eq!(guessed(&["Date", "Name", "KPI", "Value"], &both).metric, Some(2));
        let named = guessed(&["Day", "Rep", "Calls made"], &both);
        assert_eq!((named.amount, named.of.as_str()), (Some(2), "calls"));
        assert_eq!(guessed(&["Day", "Rep", "Amount"], &[&sales]).of, "sales", "there is no other");
    }

    #[test]
    fn columns_that_do_not_do_are_named() {
        let metrics = [metric("sales", "Sales")];
        let wrong = |columns: Columns| {
            let error = columns.check(3, &metrics).expect_err("it is refused");
            error.fields.into_iter().map(|field| field.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(Columns::default()), ["day", "person", "amount", "of"]);
        let good =
            Columns { day: Some(0), person: Some(1), amount: Some(2), of: "sales".to_owned(), ..Columns::default() };
        assert!(good.check(3, &metrics).is_ok());
        assert_eq!(wrong(Columns { amount: Some(3), ..good.clone() }), ["amount"]);
        assert_eq!(wrong(Columns { note: Some(1), ..good.clone() }), ["note"]);
        assert_eq!(wrong(Columns { of: "gone".to_owned(), ..good }), ["of"]);
    }

    #[test]
    fn times_are_read_as_files_write_them() {
        let day = |text: &str| Some(text.parse::<Date>().expect("a day"));
        for (text, wanted) in [
            ("31/12/2026", (day("2026-12-31"), When::Day)),
            ("2026-12-31", (day("2026-12-31"), When::Day)),
            ("31/12/2026 0:00:00", (day("2026-12-31"), When::Day)),
            ("31/12/2026 00:00", (day("2026-12-31"), When::Day)),
            ("31 Dec 2026 2:30 pm", (day("2026-12-31"), When::Local(jiff::civil::time(14, 30, 0, 0)))),
            ("2026-12-31T03:00:00Z", (None, When::Instant("2026-12-31T03:00:00Z".parse().expect("an instant")))),
        ] {
            assert_eq!(when(text), Ok(wanted), "{text}");
        }
        for text in ["", "12/31/2026", "yesterday", "31/12/2026 25:00"] {
            assert!(when(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_slip_of_the_fingers_is_near() {
        for (one, other, far) in [
            ("sam porter", "sam porter", Some(0)),
            ("sam porter", "sam portr", Some(1)),
            ("sam porter", "sma porter", Some(2)),
            ("sam", "samantha", None),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
        }
    }

    /// The plain recursion, for words that are short.
    fn slow(one: &[char], other: &[char]) -> usize {
        match (one, other) {
            ([], rest) | (rest, []) => rest.len(),
            ([first, ones @ ..], [second, others @ ..]) => {
                let changed = slow(ones, others) + usize::from(first != second);
                changed.min(slow(ones, other) + 1).min(slow(one, others) + 1)
            }
        }
    }

    proptest! {
        #[test]
        fn distances_are_those_of_the_plain_recursion(one in "[ab ]{0,6}", other in "[ab ]{0,6}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let wanted = slow(&letters(&one), &letters(&other));
            prop_assert_eq!(distance(&one, &other).filter(|far| *far <= CLOSE), Some(wanted).filter(|far| *far <= CLOSE));
        }
    }
}
