//! The file that an organisation takes along: of each table one for programs (JSON) and one for spreadsheets (CSV), in a zip.

use std::io::{Cursor, Write};

use serde_json::{Map, Value};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{
    error::{AppError, Code, Result},
    spreadsheet,
};

/// What a file may come to before it is packed, and after. It is written in memory.
const MOST_UNPACKED: usize = 1 << 30;
const MOST_PACKED: usize = 128 << 20;

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
        Self { zip: ZipWriter::new(Cursor::new(Vec::new())), options, unpacked: 0 }
    }

    /// Adds a table as `name.json` and `name.csv`.
    ///
    /// # Errors
    /// 413 where it becomes too large.
    pub fn table(&mut self, name: &str, table: Table) -> Result<()> {
        let Table { mut json, csv, .. } = table;
        json.extend_from_slice(if json.is_empty() { b"[]\n" } else { b"\n]\n" });
        self.file(&format!("{name}.json"), &json)?;
        self.file(&format!("{name}.csv"), &csv)
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
