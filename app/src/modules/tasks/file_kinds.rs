//! What a file is, by what is in it and not by what it is called; and what it is called here, so that no name says something else, or leads anywhere.
//! Nothing is drawn or run: of a picture its size alone is read, and of a packed file the names, the sizes and the first bytes of what is in it, what a
//! document says of its parts, and packed files in it, as far as they take no more than a set time and room.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::csv_in;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 120;
/// A picture that a browser may show has so many points at most: more would take its memory.
const MOST_POINTS: u64 = 50_000_000;
/// A picture says that it has so many points at most: whoever opened more would wait for it, or worse.
const MOST_CLAIMED: u64 = 250_000_000;

/// A packed file has so many files in it at most.
const MOST_ENTRIES: usize = 10_000;
/// What stands before each of them where they are listed.
const ENTRY: &[u8] = b"PK\x01\x02";
/// Where a document of Microsoft’s says what its parts are, in small letters.
const CONTENT_TYPES: &str = "[content_types].xml";
/// It is so long at most, in bytes.
const MOST_TYPES: u64 = 1024 * 1024;

/// A packed file comes to so many bytes at most, with those that are packed in it: 500 MB.
const MOST_UNPACKED: u64 = 500 * 1024 * 1024;
/// It comes to so many times its size at most,
const MOST_TIMES: u64 = 100;
/// unless that is no more than so many bytes: 10 MB.
const FEW_UNPACKED: u64 = 10 * 1024 * 1024;
/// Packed files lie in each other so deep at most: a workbook in a document, in a ZIP file of another one.
const MOST_WITHIN: usize = 3;
/// So many bytes of them are unpacked at most, to look through them: 64 MB.
const MOST_LOOKED_AT: u64 = 64 * 1024 * 1024;
/// So many files in them are looked into at most.
const MOST_LOOKED_INTO: usize = 2 * MOST_ENTRIES;
/// So many bytes tell whether a file is a program, or packed.
const BEGINNING: u64 = 64;

/// What names of programs end with: of what a computer or a phone runs or installs when it is opened, or lets change it.
const PROGRAMS: [&str; 33] = [
    "apk", "app", "appx", "bat", "cmd", "com", "cpl", "deb", "dll", "dmg", "exe", "hta", "iso", "jar", "js", "jse",
    "lnk", "msi", "msix", "msp", "pif", "pkg", "ps1", "psm1", "reg", "rpm", "scr", "sys", "vbe", "vbs", "vhd", "wsf",
    "wsh",
];
/// What programs begin with, but for those of Windows.
const CODE: [&[u8]; 6] = [
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
];

/// Why a file isn’t taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is none of the kinds that are.
    Kind,
    /// It is packed, and comes to too much.
    Bomb,
    /// It is packed, and what is packed in it can’t be looked through.
    Deep,
    /// It is packed, and a program is in it.
    Program,
    /// It is a picture, and too large.
    Picture,
}

impl Refused {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Kind => {
                "This kind of file isn’t accepted. Pictures, PDFs, Office documents, text, tables and ZIP files are, documents with macros aren’t; anything else but programs can be sent in a ZIP file."
            }
            Self::Bomb => {
                "This file is packed so tightly that it isn’t accepted: it comes to more than 500 MB, or to more than 100 times its size. Send what is in it by itself."
            }
            Self::Deep => {
                "There are packed files in this one that can’t be looked through, so it isn’t accepted: they are damaged, too large, too deep in each other, or behind a password. Send them by themselves."
            }
            Self::Program => {
                "There is a program in this file, so it isn’t accepted. Take the program out, or send a link to it."
            }
            Self::Picture => {
                "This picture says that it has more than 250 million points, so it isn’t accepted. Make it smaller first."
            }
        }
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// A picture, or several that move.
    Gif,
    /// A picture.
    Webp,
    /// A picture of a phone, which not every browser shows.
    Heic,
    /// A document.
    Pdf,
    /// A document of Word.
    Docx,
    /// A workbook of Excel.
    Xlsx,
    /// A presentation of `PowerPoint`.
    Pptx,
    /// A document, a workbook or a presentation of before 2007.
    OldOffice,
    /// A document of `LibreOffice`.
    Odt,
    /// A workbook of `LibreOffice`.
    Ods,
    /// A presentation of `LibreOffice`.
    Odp,
    /// Packed files.
    Zip,
    /// A table as text.
    Csv,
    /// Any other text.
    Text,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Heic,
        Self::Pdf,
        Self::Docx,
        Self::Xlsx,
        Self::Pptx,
        Self::OldOffice,
        Self::Odt,
        Self::Ods,
        Self::Odp,
        Self::Zip,
        Self::Csv,
        Self::Text,
    ];

    /// The word stored, and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Heic => "heic",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::OldOffice => "office",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Odp => "odp",
            Self::Zip => "zip",
            Self::Csv => "csv",
            Self::Text => "text",
        }
    }

    /// Reads the word stored; what isn’t known is taken for packed: nothing shows it.
    pub fn stored(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).unwrap_or(Self::Zip)
    }

    /// For people: "PDF".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Png | Self::Jpeg | Self::Gif | Self::Webp | Self::Heic => "Picture",
            Self::Pdf => "PDF",
            Self::Docx | Self::Odt => "Document",
            Self::Xlsx | Self::Ods => "Workbook",
            Self::Pptx | Self::Odp => "Presentation",
            Self::OldOffice => "Office file",
            Self::Zip => "Packed files",
            Self::Csv => "Table",
            Self::Text => "Text",
        }
    }

    /// As what it is given out.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::OldOffice => "application/octet-stream",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Zip => "application/zip",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// What its name may end with; the first is put there where it ends otherwise.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Gif => &["gif"],
            Self::Webp => &["webp"],
            Self::Heic => &["heic", "heif", "avif"],
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Pptx => &["pptx"],
            Self::OldOffice => &["doc", "xls", "ppt", "msg"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
            Self::Odp => &["odp"],
            Self::Zip => &["zip"],
            Self::Csv => &["csv", "tsv"],
            Self::Text => &["txt", "md", "log", "json", "xml", "eml", "ics", "vcf", "yaml", "yml"],
        }
    }
}

/// What a file is. `name`: what it is called, which tells a table from other text.
///
/// # Errors
/// Why it isn’t taken.
pub fn of(content: &[u8], name: &str) -> Result<Kind, Refused> {
    let begins = |with: &[u8]| content.starts_with(with);
    let at = |from: usize, with: &[u8]| content.get(from..).is_some_and(|rest| rest.starts_with(with));
    let kind = match () {
        () if begins(b"\x89PNG\r\n\x1a\n") => Kind::Png,
        () if begins(b"\xff\xd8\xff") => Kind::Jpeg,
        () if begins(b"GIF87a") || begins(b"GIF89a") => Kind::Gif,
        () if begins(b"RIFF") && at(8, b"WEBP") => Kind::Webp,
        () if at(4, b"ftyp") && [&b"heic"[..], b"heix", b"mif1", b"avif"].iter().any(|brand| at(8, brand)) => {
            Kind::Heic
        }
        () if begins(b"%PDF-") => Kind::Pdf,
        () if begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => Kind::OldOffice,
        () if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => return packed(content),
        () => return text(content, name).ok_or(Refused::Kind),
    };
    if claimed(kind, content).is_some_and(|points| points > MOST_CLAIMED) {
        return Err(Refused::Picture);
    }
    Ok(kind)
}

type Archive<'f> = ZipArchive<Cursor<&'f [u8]>>;

/// What a packed file is, by the names in it. It isn’t taken if it only begins like one or is of very many files, nor is a document with a program in it.
fn packed(content: &[u8]) -> Result<Kind, Refused> {
    let mut archive = open(content).ok_or(Refused::Kind)?;
    let size = content.len() as u64;
    Look { size, unpacked: 0, left: MOST_LOOKED_AT, files: MOST_LOOKED_INTO }.through(&mut archive, size, 0)?;
    let names: Vec<String> = archive.file_names_raw().map(plain).collect();
    let has = |name: &str| names.iter().any(|one| one == name);
    let is_in = |folder: &str| names.iter().any(|one| one.starts_with(folder) && one != folder);
    let open = content.get(30..).and_then(|first| first.strip_prefix(b"mimetypeapplication/vnd.oasis.opendocument."));
    if let Some(rest) = open {
        if is_in("basic/") || is_in("scripts/") {
            return Err(Refused::Kind);
        }
        return Ok(match () {
            () if rest.starts_with(b"text") => Kind::Odt,
            () if rest.starts_with(b"spreadsheet") => Kind::Ods,
            () if rest.starts_with(b"presentation") => Kind::Odp,
            () => Kind::Zip,
        });
    }
    let Some(types) = names.iter().position(|name| name == CONTENT_TYPES) else { return Ok(Kind::Zip) };
    let program = |name: &String| {
        let last = name.rsplit('/').next().unwrap_or_default();
        last.starts_with("vbaproject") || last.starts_with("vbadata") || name.contains("/macrosheets/")
    };
    let are_more = names.iter().filter(|name| *name == CONTENT_TYPES).count() > 1;
    if are_more || names.iter().any(program) || says_macros(&mut archive, types) {
        return Err(Refused::Kind);
    }
    Ok(match () {
        () if has("word/document.xml") => Kind::Docx,
        () if has("xl/workbook.xml") => Kind::Xlsx,
        () if has("ppt/presentation.xml") => Kind::Pptx,
        () => Kind::Zip,
    })
}

/// A packed file of a number of files that is looked through. `None`: it only begins like one, has very many, or has two of one name, of which nobody can
/// tell which one is unpacked.
fn open(content: &[u8]) -> Option<Archive<'_>> {
    if memchr::memmem::find_iter(content, ENTRY).nth(MOST_ENTRIES).is_some() {
        return None;
    }
    ZipArchive::new(Cursor::new(content)).ok().filter(|archive| !archive.has_duplicate_names())
}

/// What was found in a packed file so far, with those in it.
struct Look {
    /// So many bytes it has,
    size: u64,
    /// and comes to so many, as it says.
    unpacked: u64,
    /// So many bytes may still be unpacked,
    left: u64,
    /// and so many files looked into.
    files: usize,
}

impl Look {
    /// Looks through one of so many bytes, which lies so deep in others.
    fn through(&mut self, archive: &mut Archive<'_>, size: u64, within: usize) -> Result<(), Refused> {
        self.files = self.files.checked_sub(archive.len()).ok_or(Refused::Deep)?;
        let mut own: u64 = 0;
        for at in 0..archive.len() {
            let entry = archive.by_index_data(at).map_err(|_| Refused::Kind)?;
            own = own.saturating_add(entry.size());
            if is_called_program(entry.name_raw()) {
                return Err(Refused::Program);
            }
        }
        self.unpacked = self.unpacked.saturating_add(own);
        if is_bomb(own, size) || is_bomb(self.unpacked, self.size) {
            return Err(Refused::Bomb);
        }
        for at in 0..archive.len() {
            self.look_into(archive, at, within)?;
        }
        Ok(())
    }

    /// Looks into what lies in a packed file.
    fn look_into(&mut self, archive: &mut Archive<'_>, at: usize, within: usize) -> Result<(), Refused> {
        let Some(begins) = first_bytes(archive, at, BEGINNING) else {
            // Behind a password, or packed in a way that isn’t known here.
            let entry = archive.by_index_data(at).map_err(|_| Refused::Kind)?;
            let is_packed = ending(last_of(&plain(entry.name_raw()))) == "zip";
            return if is_packed { Err(Refused::Deep) } else { Ok(()) };
        };
        if is_program(&begins) {
            return Err(Refused::Program);
        }
        if !begins.starts_with(b"PK\x03\x04") {
            return Ok(());
        }
        if within >= MOST_WITHIN {
            return Err(Refused::Deep);
        }
        let inner = first_bytes(archive, at, self.left.saturating_add(1)).ok_or(Refused::Deep)?;
        let size = inner.len() as u64;
        self.left = self.left.checked_sub(size).ok_or(Refused::Deep)?;
        let mut inner = open(&inner).ok_or(Refused::Deep)?;
        self.through(&mut inner, size, within + 1)
    }
}

/// So many bytes come to very much.
const fn is_bomb(unpacked: u64, size: u64) -> bool {
    unpacked > MOST_UNPACKED || (unpacked > FEW_UNPACKED && unpacked > size.saturating_mul(MOST_TIMES))
}

/// The first bytes of what lies in a packed file. `None`: they can’t be read.
fn first_bytes(archive: &mut Archive<'_>, at: usize, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    archive.by_index(at).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn is_program(begins: &[u8]) -> bool {
    // A text may begin with these letters too.
    let of_windows = || begins.starts_with(b"MZ") && begins.contains(&0);
    CODE.iter().any(|code| begins.starts_with(code)) || of_windows()
}

/// Windows takes no notice of full stops and spaces at the end. A program of a Mac is a folder.
fn is_called_program(name: &[u8]) -> bool {
    let name = plain(name);
    let last = last_of(&name);
    let ending = ending(last);
    // As a page or a letter is called that was saved: “www.example.com”.
    let is_address = ending == "com" && last.matches('.').count() > 1;
    name.contains(".app/contents/") || (PROGRAMS.contains(&ending.as_str()) && !is_address)
}

/// A name in a packed file, in small letters and with the strokes that addresses have.
fn plain(name: &[u8]) -> String {
    String::from_utf8_lossy(name).replace('\\', "/").to_ascii_lowercase()
}

fn last_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default().trim_end_matches(['.', ' '])
}

/// What a document says of its parts, in the one of this place, names a program among them. What can’t be read is taken for one.
fn says_macros(archive: &mut Archive<'_>, at: usize) -> bool {
    let Ok(part) = archive.by_index(at) else { return true };
    let mut text = Vec::new();
    if part.take(MOST_TYPES + 1).read_to_end(&mut text).is_err() || text.len() as u64 > MOST_TYPES {
        return true;
    }
    // It may be written with two bytes a letter.
    text.retain(|byte| *byte != 0);
    text.make_ascii_lowercase();
    ["macroenabled", "vbaproject", "vbadata"].iter().any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
}

fn text(content: &[u8], name: &str) -> Option<Kind> {
    let text = csv_in::decoded(content).ok()?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')) {
        return None;
    }
    let ending = ending(name);
    Some(if Kind::Csv.endings().contains(&ending.as_str()) { Kind::Csv } else { Kind::Text })
}

/// It is a picture that a browser may show beside the task: of a size that takes neither its memory nor its time.
pub fn shows(kind: Kind, content: &[u8]) -> bool {
    let points = match kind {
        Kind::Png | Kind::Jpeg | Kind::Webp => drawn(content),
        Kind::Gif => claimed(kind, content),
        _ => None,
    };
    points.is_some_and(|points| (1..=MOST_POINTS).contains(&points))
}

/// How many points a picture says that it has, to whatever reads it.
fn claimed(kind: Kind, content: &[u8]) -> Option<u64> {
    if !matches!(kind, Kind::Png | Kind::Jpeg | Kind::Gif | Kind::Webp) {
        return None;
    }
    let side = |side: usize| u64::try_from(side).unwrap_or(u64::MAX);
    let said = imagesize::blob_size(content).ok().map(|size| side(size.width).saturating_mul(side(size.height)));
    said.max(drawn(content))
}

/// How many points what draws pictures would draw. It isn’t asked to.
fn drawn(content: &[u8]) -> Option<u64> {
    let reader = image::ImageReader::new(Cursor::new(content)).with_guessed_format().ok()?;
    let (width, height) = reader.into_dimensions().ok()?;
    Some(u64::from(width) * u64::from(height))
}

/// What a file is called here: the last part of whatever path it came with, in one line, with nothing in it that a disk, a header or a reader takes for
/// something else, and with an ending that says what it is.
pub fn name(called: &str, kind: Kind) -> String {
    let last = called.rsplit(['/', '\\']).next().unwrap_or_default();
    // What turns text around makes “txt.exe” of “exe.txt”.
    let turns = |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{61C}' | '\u{FEFF}');
    let plain: String = last
        .chars()
        .filter(|c| !turns(*c))
        .map(|c| if c.is_control() || "<>:\"|?*%;".contains(c) { ' ' } else { c })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = plain.trim_matches(['.', ' ', '-']);
    let plain = if plain.is_empty() { "file" } else { plain };
    let own = ending(plain);
    let (stem, own) = if kind.endings().contains(&own.as_str()) {
        (plain.get(..plain.len() - own.len() - 1).unwrap_or_default(), own)
    } else {
        (plain, kind.endings().first().copied().unwrap_or("bin").to_owned())
    };
    let stem: String = stem.chars().take(LONGEST_NAME - own.len() - 1).collect();
    let stem = stem.trim_end_matches(['.', ' ']);
    format!("{}.{own}", if stem.is_empty() { "file" } else { stem })
}

/// What a name ends with, in small letters: `pdf`.
fn ending(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((_, ending)) if !ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            ending.to_ascii_lowercase()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    #[test]
    fn a_file_is_what_is_in_it() {
        let office = |parts: &[(&str, &str)]| zipped(&[&[("[Content_Types].xml", "<Types/>")][..], parts].concat());
        let types = |says: &str| zipped(&[("[Content_Types].xml", says), ("word/document.xml", "")]);
        for (content, name, expected) in [
            (b"\x89PNG\r\n\x1a\nrest".to_vec(), "x.exe", Some(Kind::Png)),
            (b"\xff\xd8\xff\xe0".to_vec(), "", Some(Kind::Jpeg)),
            (b"%PDF-1.7".to_vec(), "x.txt", Some(Kind::Pdf)),
            (office(&[("word/document.xml", "")]), "x", Some(Kind::Docx)),
            (office(&[("xl/workbook.xml", "")]), "x.docx", Some(Kind::Xlsx)),
            (office(&[("nothing", "")]), "x.docx", Some(Kind::Zip)),
            // A program in a document, whatever it is called and wherever that is said.
            (office(&[("word/document.xml", ""), ("word/vbaProject.bin", "")]), "x.docx", None),
            (office(&[("xl/workbook.xml", ""), ("xl/macrosheets/sheet1.xml", "")]), "x.xlsx", None),
            (types("application/vnd.ms-word.document.macroEnabled.main+xml"), "x.docx", None),
            (zipped(&[("mimetype", ""), ("Basic/script-lc.xml", "")]), "x.zip", Some(Kind::Zip)),
            (zipped(&[("plan.pdf", ""), ("vbaProject.bin", "")]), "x.docx", Some(Kind::Zip)),
            (zipped(&[]), "x.docx", Some(Kind::Zip)),
            // It only begins like a packed file.
            (b"PK\x03\x04anything else, whatever it says that it is".to_vec(), "x.zip", None),
            (b"a,b\n1,2\n".to_vec(), "table.CSV", Some(Kind::Csv)),
            (b"<html><script>alert(1)</script>".to_vec(), "page.html", Some(Kind::Text)),
            (b"MZ\x90\0program".to_vec(), "holiday.png", None),
            (b"\x7fELF\x02".to_vec(), "notes.txt", None),
            (b"\0\x01\x02\x03".to_vec(), "notes.txt", None),
            (b"\x1f\x8b\x08packed".to_vec(), "notes.txt", None),
        ] {
            assert_eq!(of(&content, name).ok(), expected, "{name}");
        }
    }

    #[test]
    fn of_a_packed_file_no_more_is_read_than_it_takes() {
        let many = [&b"PK\x03\x04"[..], &ENTRY.repeat(MOST_ENTRIES + 1)].concat();
        assert_eq!(of(&many, "many.zip"), Err(Refused::Kind));
        let long = " ".repeat(usize::try_from(MOST_TYPES).expect("a size") + 1);
        let large = zipped(&[("[Content_Types].xml", &long), ("word/document.xml", "")]);
        assert!(large.len() < 8_192, "it is packed");
        assert_eq!(of(&large, "large.docx"), Err(Refused::Kind));
    }

    /// What says that it comes to very much isn’t taken, by itself or in others, nor is what can’t be looked through.
    #[test]
    fn what_is_packed_too_tightly_is_refused() {
        let office: [(&str, &[u8]); 2] = [("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"")];
        // The last of them says that it comes to so many megabytes.
        let says = |megabytes: u32, files: &[(&str, &[u8])]| {
            let mut file = packed_bytes(files);
            let entry = memchr::memmem::rfind(&file, ENTRY).expect("the list");
            file[entry + 24..entry + 28].copy_from_slice(&(megabytes * 1024 * 1024).to_le_bytes());
            file
        };
        let within = |file: &[u8], name: &str| packed_bytes(&[(name, file)]);
        let bomb = says(11, &[("zeros", b"words")]);
        assert_eq!(of(&bomb, "x.zip"), Err(Refused::Bomb));
        assert_eq!(of(&says(11, &office), "x.docx"), Err(Refused::Bomb));
        assert_eq!(of(&says(9, &office), "x.docx"), Ok(Kind::Docx));
        assert_eq!(of(&within(&bomb, "x.dat"), "x.zip"), Err(Refused::Bomb));
        // Each is small, and all together they aren’t.
        let small = says(4, &[("zeros", b"words")]);
        let several: Vec<(&str, &[u8])> = ["a", "b", "c"].iter().map(|name| (*name, small.as_slice())).collect();
        assert_eq!(of(&packed_bytes(&several[..2]), "x.zip"), Ok(Kind::Zip));
        assert_eq!(of(&packed_bytes(&several), "x.zip"), Err(Refused::Bomb));
        // Much is much, however large the file itself is.
        assert!(is_bomb(MOST_UNPACKED + 1, MOST_UNPACKED) && !is_bomb(MOST_UNPACKED, MOST_UNPACKED / MOST_TIMES));

        let mut deep = packed_bytes(&office);
        for _ in 0..MOST_WITHIN {
            deep = within(&deep, "inner.zip");
            assert_eq!(of(&deep, "x.zip"), Ok(Kind::Zip));
        }
        assert_eq!(of(&within(&deep, "inner.zip"), "x.zip"), Err(Refused::Deep));
        assert_eq!(of(&within(b"PK\x03\x04 damaged", "inner.zip"), "x.zip"), Err(Refused::Deep));
        // Behind a password, as the file says at its beginning and in its list.
        let locked = |name: &str| {
            let mut file = within(&small, name);
            let entry = memchr::memmem::rfind(&file, ENTRY).expect("the list");
            (file[6], file[entry + 8]) = (file[6] | 1, file[entry + 8] | 1);
            file
        };
        assert_eq!(of(&locked("inner.zip"), "x.zip"), Err(Refused::Deep));
        assert_eq!(of(&locked("payslip.pdf"), "x.zip"), Ok(Kind::Zip));
    }

    #[test]
    fn programs_in_packed_files_are_refused() {
        for name in [
            "run.exe",
            "a/b/RUN.EXE",
            "a\\run.bat",
            "run.exe. ",
            "x.pdf.js",
            "run.com",
            "Tool.app/Contents/Info.plist",
            "x.lnk",
        ] {
            assert_eq!(of(&zipped(&[("plan.txt", "words"), (name, "")]), "x.zip"), Err(Refused::Program), "{name}");
        }
        let inner = zipped(&[("run.exe", "")]);
        assert_eq!(of(&packed_bytes(&[("inner", &inner)]), "x.zip"), Err(Refused::Program));
        for code in [&b"MZ\x90\0\x03"[..], b"\x7fELF\x02", b"\xcf\xfa\xed\xfe"] {
            assert_eq!(of(&packed_bytes(&[("holiday.jpg", code)]), "x.zip"), Err(Refused::Program));
        }
        for name in ["page.html", "run.exe/plan.txt", "exe", "notes.json", "MZ.txt", "www.example.com"] {
            assert_eq!(of(&zipped(&[(name, "MZ")]), "x.zip"), Ok(Kind::Zip), "{name}");
        }
        let words: std::collections::BTreeSet<_> =
            [Refused::Kind, Refused::Bomb, Refused::Deep, Refused::Program, Refused::Picture]
                .map(Refused::words)
                .into();
        assert_eq!(words.len(), 5);
    }

    /// By what its first bytes say, whatever else there is.
    #[test]
    fn pictures_that_say_they_are_very_large_are_refused() {
        let png = |side: u32| {
            let sides = [side.to_be_bytes(), side.to_be_bytes()].concat();
            [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &sides, b"\x08\x02\0\0\0crc."].concat()
        };
        let jpeg = |side: u16| {
            let sides = [side.to_be_bytes(), side.to_be_bytes()].concat();
            [&b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08"[..], &sides, b"\x03\x01\x22\0"].concat()
        };
        let gif = |side: u16| [&b"GIF89a"[..], &side.to_le_bytes(), &side.to_le_bytes(), b"\0\0\0;"].concat();
        let webp = |less: u32| {
            let side = less.to_le_bytes();
            [&b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0"[..], &side[..3], &side[..3]].concat()
        };
        for (large, small, kind) in [
            (png(60_000), png(4_000), Kind::Png),
            (jpeg(60_000), jpeg(4_000), Kind::Jpeg),
            (gif(60_000), gif(4_000), Kind::Gif),
            (webp(60_000), webp(4_000), Kind::Webp),
        ] {
            assert_eq!(of(&large, "x"), Err(Refused::Picture), "{kind:?}");
            assert_eq!(of(&small, "x"), Ok(kind));
        }
    }

    fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
        packed_bytes(&files.iter().map(|(name, file)| (*name, file.as_bytes())).collect::<Vec<_>>())
    }

    fn packed_bytes(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, file) in files {
            zip.start_file(*name, options).expect("a file");
            zip.write_all(file).expect("its bytes");
        }
        zip.finish().expect("a packed file").into_inner()
    }

    #[test]
    fn a_name_leads_nowhere_and_says_what_it_is() {
        for (called, kind, expected) in [
            ("plan.pdf", Kind::Pdf, "plan.pdf"),
            ("Plan of 3 May.PDF", Kind::Pdf, "Plan of 3 May.pdf"),
            ("../../etc/passwd", Kind::Text, "passwd.txt"),
            ("C:\\Users\\Sam\\run.exe", Kind::Text, "run.exe.txt"),
            ("photo\u{202e}gpj.exe", Kind::Png, "photogpj.exe.png"),
            ("a\r\nSet-Cookie: x=1;.txt", Kind::Text, "a Set-Cookie x=1.txt"),
            ("page.html", Kind::Text, "page.html.txt"),
            ("....", Kind::Zip, "file.zip"),
            ("", Kind::Png, "file.png"),
            (".pdf", Kind::Pdf, "pdf.pdf"),
        ] {
            assert_eq!(name(called, kind), expected, "{called:?}");
        }
        assert_eq!(name(&"x".repeat(5000), Kind::Pdf).chars().count(), LONGEST_NAME);
        assert!(Kind::ALL.into_iter().all(|kind| Kind::stored(kind.as_str()) == kind));
    }

    #[test]
    fn only_pictures_of_a_sane_size_are_shown() {
        let gif =
            |width: u16, height: u16| [&b"GIF89a"[..], &width.to_le_bytes(), &height.to_le_bytes(), b"rest"].concat();
        assert!(shows(Kind::Gif, &gif(600, 400)));
        assert!(
            !shows(Kind::Gif, &gif(60_000, 60_000)) && !shows(Kind::Gif, &gif(0, 1)) && !shows(Kind::Gif, b"GIF89a")
        );
        assert!(!shows(Kind::Pdf, b"%PDF-1.7") && !shows(Kind::Png, b"\x89PNG\r\n\x1a\n"));
    }
}
