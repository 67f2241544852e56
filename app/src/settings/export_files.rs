//! The file that an organisation takes along: of each table one for programs (JSON) and one for spreadsheets (CSV), in a zip. A table
//! without rows is left out. In a spreadsheet the name of whatever an id stands for is beside it, and `README.txt` says in plain words
//! what each file is.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{Cursor, Write as _},
};

use serde_json::{Map, Value};
use uuid::Uuid;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{
    error::{AppError, Code, Result},
    spreadsheet,
};

/// What a file may come to before it is packed, and after. It is written in memory.
const MOST_UNPACKED: usize = 1 << 30;
const MOST_PACKED: usize = 128 << 20;

/// Ids of what has no name.
const NAMELESS: [&str; 5] = ["external_id", "session_id", "series_id", "appointment_id", "source_id"];

/// The rows of a table, as they are written.
#[derive(Debug)]
pub struct Table {
    columns: &'static [&'static str],
    json: Vec<u8>,
    csv: Vec<u8>,
}

impl Table {
    /// A table with these columns, and no rows yet.
    ///
    /// # Errors
    /// Only where there is no memory left.
    pub fn new(columns: &'static [&'static str]) -> Result<Self> {
        Ok(Self { columns, json: Vec::new(), csv: spreadsheet::row(columns)? })
    }

    /// One more row: a value for each column. Instants are written as `2026-11-22T22:00:00Z`.
    ///
    /// # Errors
    /// Only where there is no memory left.
    pub fn add<const N: usize>(&mut self, values: [Value; N]) -> Result<()> {
        debug_assert_eq!(N, self.columns.len(), "a value for each of {:?}", self.columns);
        self.csv.extend(spreadsheet::row(values.iter().map(in_a_cell))?);
        let row: Map<String, Value> = self.columns.iter().map(|name| (*name).to_owned()).zip(values).collect();
        self.json.extend_from_slice(if self.json.is_empty() { b"[\n" } else { b",\n" });
        serde_json::to_writer(&mut self.json, &row).map_err(|_| AppError::internal())
    }
}

/// The whole file, as it grows.
pub struct Files {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    options: SimpleFileOptions,
    unpacked: usize,
    /// What ids stand for.
    names: HashMap<String, String>,
    /// What tables are, in plain words.
    about: HashMap<&'static str, &'static str>,
    written: Vec<String>,
    empty: Vec<String>,
}

impl Files {
    /// An empty one; its files are of this moment, on the organisation's clock.
    pub fn new(at: &jiff::Zoned) -> Self {
        let part = |number: i8| u8::try_from(number).unwrap_or(1);
        let year = u16::try_from(at.year()).unwrap_or(1980);
        let time = DateTime::from_date_and_time(
            year,
            part(at.month()),
            part(at.day()),
            part(at.hour()),
            part(at.minute()),
            part(at.second().min(59)),
        );
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(time.unwrap_or_default())
            .unix_permissions(0o600);
        Self {
            zip: ZipWriter::new(Cursor::new(Vec::new())),
            options,
            unpacked: 0,
            names: HashMap::new(),
            about: HashMap::new(),
            written: Vec::new(),
            empty: Vec::new(),
        }
    }

    /// This id is of something with this name: it stands beside the id in the spreadsheets of the tables that are added from now on.
    pub fn name(&mut self, id: Uuid, name: impl Into<String>) {
        self.names.insert(id.to_string(), name.into());
    }

    /// What tables are, each by its name and in plain words, for whoever opens the file.
    pub fn describe(&mut self, about: &[(&'static str, &'static str)]) {
        self.about.extend(about.iter().copied());
    }

    /// Adds a table as `name.json` and `name.csv`; where it has no rows, that is said in `README.txt` instead.
    ///
    /// # Errors
    /// 413 where it becomes too large.
    pub fn table(&mut self, name: &str, table: Table) -> Result<()> {
        let Table { columns, mut json, csv } = table;
        if json.is_empty() {
            self.empty.push(name.to_owned());
            return Ok(());
        }
        json.extend_from_slice(b"\n]\n");
        let csv = self.with_names(columns, csv)?;
        self.written.push(name.to_owned());
        self.file(&format!("{name}.json"), &json)?;
        self.file(&format!("{name}.csv"), &csv)
    }

    /// The same rows, with a column for the name after each that has the id of something else.
    fn with_names(&self, columns: &[&str], csv: Vec<u8>) -> Result<Vec<u8>> {
        // What has no name of its own, and what is named in a column already.
        let without = |column: &str| {
            let name = format!("{}_name", column.strip_suffix("_id").unwrap_or(column));
            NAMELESS.contains(&column) || columns.contains(&name.as_str())
        };
        let named: Vec<bool> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let next = columns.get(at + 1).copied().unwrap_or_default();
                (column.ends_with("_id") || column.ends_with("_by"))
                    && !matches!(next, "name" | "who")
                    && !without(column)
            })
            .collect();
        if !named.contains(&true) {
            return Ok(csv);
        }
        let broken = || AppError::internal();
        let mut fresh = Vec::with_capacity(csv.len() + csv.len() / 4);
        let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_slice());
        for (line, row) in rows.records().enumerate() {
            let row = row.map_err(|_| broken())?;
            let mut cells: Vec<String> = Vec::with_capacity(columns.len() * 2);
            for (cell, named) in row.iter().zip(&named) {
                cells.push(spreadsheet::unguarded(cell).to_owned());
                if *named && line == 0 {
                    cells.push(format!("{}_name", cell.strip_suffix("_id").unwrap_or(cell)));
                } else if *named {
                    cells.push(self.names.get(cell).cloned().unwrap_or_default());
                }
            }
            fresh.extend(spreadsheet::row(cells)?);
        }
        Ok(fresh)
    }

    /// Adds `README.txt`, with these words on top: what each file is, and of what there is nothing.
    ///
    /// # Errors
    /// 413 where the whole becomes too large.
    pub fn read_me(&mut self, top: &str) -> Result<()> {
        let mut words = format!("{top}\n\nThe files:\n\n");
        for name in &self.written {
            let about = self.about.get(name.as_str()).copied().unwrap_or("More of what you have here.");
            // What is written to a string always gets there.
            let _ = writeln!(words, "{name}\n    {about}");
        }
        if !self.empty.is_empty() {
            let _ =
                writeln!(words, "\nThere is nothing in these yet, so they are left out: {}.", self.empty.join(", "));
        }
        self.file("README.txt", words.as_bytes())
    }

    /// Adds a file as it is.
    ///
    /// # Errors
    /// 413 where the whole becomes too large.
    pub fn file(&mut self, name: &str, content: &[u8]) -> Result<()> {
        self.unpacked += content.len();
        if self.unpacked > MOST_UNPACKED {
            return Err(too_large());
        }
        let written = self.zip.start_file(name, self.options).map_err(Into::into);
        written.and_then(|()| self.zip.write_all(content)).map_err(|error: std::io::Error| {
            tracing::error!(%error, "an export can’t be written");
            AppError::internal()
        })
    }

    /// The zip's bytes.
    ///
    /// # Errors
    /// 413 where it is too large.
    pub fn finish(self) -> Result<Vec<u8>> {
        let zip = self.zip.finish().map_err(|error| {
            tracing::error!(%error, "an export can’t be written");
            AppError::internal()
        })?;
        let zip = zip.into_inner();
        if zip.len() > MOST_PACKED { Err(too_large()) } else { Ok(zip) }
    }
}

fn too_large() -> AppError {
    AppError::new(Code::TooLarge, "There is too much to write into one file.")
}

fn in_a_cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(in_a_cell).collect::<Vec<_>>().join(" "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
