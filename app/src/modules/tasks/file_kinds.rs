//! What a file is, by what is in it and not by what it is called; and what it is called here, so that no name says something else, or leads anywhere.
//! Nothing is unpacked, drawn or run: of a picture its size alone is read, and of a packed file the names in it, and what a document says of its parts.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::csv_in;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 120;
/// A picture that a browser may show has so many points at most: more would take its memory.
const MOST_POINTS: u64 = 50_000_000;

/// A packed file has so many files in it at most.
const MOST_ENTRIES: usize = 10_000;
/// What stands before each of them where they are listed.
const ENTRY: &[u8] = b"PK\x01\x02";
/// Where a document of Microsoft’s says what its parts are, in small letters.
const CONTENT_TYPES: &str = "[content_types].xml";
/// It is so long at most, in bytes.
const MOST_TYPES: u64 = 1024 * 1024;

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

/// What a file is. `name`: what it is called, which tells a table from other text. `None`: nothing that is taken, such as any program.
pub fn of(content: &[u8], name: &str) -> Option<Kind> {
    let begins = |with: &[u8]| content.starts_with(with);
    let at = |from: usize, with: &[u8]| content.get(from..).is_some_and(|rest| rest.starts_with(with));
    Some(match () {
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
        () => return text(content, name),
    })
}

/// What a packed file is, by the names in it; `None` for what only begins like one, for one of very many files, and for a document with a program in it.
fn packed(content: &[u8]) -> Option<Kind> {
    if memchr::memmem::find_iter(content, ENTRY).nth(MOST_ENTRIES).is_some() {
        return None;
    }
    let mut archive = ZipArchive::new(Cursor::new(content)).ok()?;
    let names: Vec<String> = archive
        .file_names_raw()
        .map(|name| String::from_utf8_lossy(name).replace('\\', "/").to_ascii_lowercase())
        .collect();
    let has = |name: &str| names.iter().any(|one| one == name);
    let is_in = |folder: &str| names.iter().any(|one| one.starts_with(folder) && one != folder);
    let open = content.get(30..).and_then(|first| first.strip_prefix(b"mimetypeapplication/vnd.oasis.opendocument."));
    if let Some(rest) = open {
        if is_in("basic/") || is_in("scripts/") {
            return None;
        }
        return Some(match () {
            () if rest.starts_with(b"text") => Kind::Odt,
            () if rest.starts_with(b"spreadsheet") => Kind::Ods,
            () if rest.starts_with(b"presentation") => Kind::Odp,
            () => Kind::Zip,
        });
    }
    let Some(types) = names.iter().position(|name| name == CONTENT_TYPES) else { return Some(Kind::Zip) };
    let program = |name: &String| {
        let last = name.rsplit('/').next().unwrap_or_default();
        last.starts_with("vbaproject") || last.starts_with("vbadata") || name.contains("/macrosheets/")
    };
    let are_more = names.iter().filter(|name| *name == CONTENT_TYPES).count() > 1;
    if are_more || names.iter().any(program) || says_macros(&mut archive, types) {
        return None;
    }
    Some(match () {
        () if has("word/document.xml") => Kind::Docx,
        () if has("xl/workbook.xml") => Kind::Xlsx,
        () if has("ppt/presentation.xml") => Kind::Pptx,
        () => Kind::Zip,
    })
}

/// What a document says of its parts, in the one of this place, names a program among them. What can’t be read is taken for one.
fn says_macros(archive: &mut ZipArchive<Cursor<&[u8]>>, at: usize) -> bool {
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
    let size = match kind {
        Kind::Png | Kind::Jpeg | Kind::Webp => {
            let reader = image::ImageReader::new(Cursor::new(content)).with_guessed_format();
            reader.ok().and_then(|reader| reader.into_dimensions().ok())
        }
        Kind::Gif => match content.get(6..10) {
            Some(&[a, b, c, d]) => Some((u32::from(u16::from_le_bytes([a, b])), u32::from(u16::from_le_bytes([c, d])))),
            _ => None,
        },
        _ => None,
    };
    size.is_some_and(|(width, height)| width > 0 && height > 0 && u64::from(width) * u64::from(height) <= MOST_POINTS)
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
            assert_eq!(of(&content, name), expected, "{name}");
        }
    }

    #[test]
    fn of_a_packed_file_no_more_is_read_than_it_takes() {
        let many = [&b"PK\x03\x04"[..], &ENTRY.repeat(MOST_ENTRIES + 1)].concat();
        assert_eq!(of(&many, "many.zip"), None);
        let long = " ".repeat(usize::try_from(MOST_TYPES).expect("a size") + 1);
        let large = zipped(&[("[Content_Types].xml", &long), ("word/document.xml", "")]);
        assert!(large.len() < 8_192, "it is packed");
        assert_eq!(of(&large, "large.docx"), None);
    }

    fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, file) in files {
            zip.start_file(*name, options).expect("a file");
            zip.write_all(file.as_bytes()).expect("its bytes");
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
