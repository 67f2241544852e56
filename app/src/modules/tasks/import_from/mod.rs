//! Reads files of other products into one tree: lists of tasks as we know them, and an account of what isn’t taken. Only files are read: nothing is
//! asked of those products, and nothing is written.

pub mod html;
pub mod plain;

mod asana;
mod days;
mod json;
mod said;
mod table;
mod todoist;
mod trello;
mod vikunja;

use jiff::civil::Date;

use super::import_tree::{MOST_PARTS, MOST_TASKS, TooMuch, Tree};
use crate::{csv_in, money::grouped};

pub use super::import_tree::From;

/// The largest file, and the most that is unpacked of one, in megabytes.
pub const MOST_MEGABYTES: usize = 32;

/// Why a file isn’t read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than [`MOST_MEGABYTES`].
    #[error("That file is larger than {MOST_MEGABYTES} MB. Please export less at once.")]
    TooLarge,
    /// More than [`MOST_TASKS`].
    #[error("That file has more than {} tasks. Please import them in several files.", grouped(MOST_TASKS as u64))]
    TooManyTasks,
    /// More than [`MOST_PARTS`].
    #[error(
        "That file has more than {} comments, checklist items and the like. Please import them in several files.",
        grouped(MOST_PARTS as u64)
    )]
    TooManyParts,
    /// There is nothing in it.
    #[error("There is nothing in that file.")]
    Empty,
    /// It is something else: what it is, and what it should be.
    #[error("This is {0}, not {1}.")]
    Another(&'static str, &'static str),
    /// It isn’t what that product exports: what it should be, and how to get that.
    #[error("This isn’t {0} as it should be. {1}")]
    Unlike(&'static str, &'static str),
    /// It is another product’s.
    #[error("This is {}. Please choose that it comes from {}.", .0.file(), .0.label())]
    Choose(From),
    /// It ends in the middle, or somebody changed it.
    #[error("This file is damaged or incomplete. Please export it again.")]
    Broken,
    /// It is a table that can’t be read.
    #[error(transparent)]
    Table(#[from] csv_in::Unreadable),
}

impl std::convert::From<TooMuch> for Unreadable {
    fn from(much: TooMuch) -> Self {
        match much {
            TooMuch::Tasks => Self::TooManyTasks,
            TooMuch::Parts => Self::TooManyParts,
        }
    }
}

/// Reads a file. A day without a year is the next such day from today. Of a table, what its columns are is guessed:
/// [`plain::read_as`] takes somebody’s word for it.
///
/// # Errors
/// It can’t be read, or it is something else, in words for whoever chose it.
pub fn read(from: From, file: &[u8], today: Date) -> Result<Tree, Unreadable> {
    let read = match from {
        From::Trello => trello::read(file),
        From::Todoist => todoist::read(file, today),
        From::Asana => asana::read(file, today),
        From::Vikunja => vikunja::read(file),
        From::Csv => plain::read(file, today),
    };
    match (from, read) {
        (From::Trello, Err(Unreadable::Unlike(..))) if is_of(vikunja::read(file)) => {
            Err(Unreadable::Choose(From::Vikunja))
        }
        (From::Vikunja, Err(Unreadable::Unlike(..))) if is_of(trello::read(file)) => {
            Err(Unreadable::Choose(From::Trello))
        }
        (_, read) => read,
    }
}

/// It was read, and there is something in it.
fn is_of(read: Result<Tree, Unreadable>) -> bool {
    read.is_ok_and(|tree| !tree.is_empty())
}

/// What a file is that can’t be ours, by how it begins.
fn stranger(file: &[u8]) -> Option<&'static str> {
    let begins = |with: &[u8]| file.starts_with(with);
    let within = |from: usize, with: &[u8]| file.get(from..).is_some_and(|rest| rest.starts_with(with));
    let head = file.get(..256).unwrap_or(file);
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    Some(match () {
        () if begins(b"\x89PNG") || begins(b"\xff\xd8\xff") || begins(b"GIF8") => "a picture",
        () if begins(b"RIFF") && within(8, b"WEBP") => "a picture",
        () if within(4, b"ftyp") => "a picture or a film",
        () if begins(b"%PDF") => "a PDF",
        () if begins(b"\xd0\xcf\x11\xe0") => "an old Office file",
        () if begins(b"\x1f\x8b") || begins(b"7z\xbc\xaf") || begins(b"Rar!") => "a packed file",
        () if begins(b"PK\x03\x04") && is_office(file) => "a workbook or another Office file",
        () if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => "a ZIP file",
        () if text.starts_with("<!doctype html") || text.starts_with("<html") => "a web page",
        () if text.starts_with("<svg") || text.starts_with("<?xml") => "an XML file",
        () if text.starts_with("begin:vcalendar") => "a calendar file",
        () => return None,
    })
}

/// It is a ZIP file as Office writes it, which names what is in it first.
fn is_office(file: &[u8]) -> bool {
    let head = file.get(30..).unwrap_or_default();
    [&b"[Content_Types].xml"[..], b"_rels/", b"docProps/", b"xl/", b"mimetype"]
        .iter()
        .any(|name| head.starts_with(name))
}

#[cfg(test)]
mod tests;
