//! What is in a backup, and in which order: a tar of entries, compressed (zstd), encrypted (age).
//!
//! 1. `backup.json`: what it is ([`Head`]).
//! 2. `files/ORGANISATION/ID`: the files that are kept, as they lie on disk, sealed.
//! 3. `files/…` again: those that had come since 2 when the tables' moment was.
//! 4. `schema.json`: the tables at that moment ([`Schema`]), then `tables/NAME/NUMBER`: their rows in blocks.
//! 5. `manifest.json`: how many rows each table has and their digest, and of each file its length and SHA-256 ([`Manifest`]).
//!    What has none isn't whole.
//!
//! A file is there before its row and goes after it, and never changes but to be sealed anew, as a whole, with a key that the
//! tables have long had by then. So whatever a row of 4 names is in 2, or came since and is in
//! 3: files need not stand still with the tables, and nothing has to be copied first. 3 is packed before the rows, which take
//! longer: what is taken away or sealed anew meanwhile is in already.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient, stream::StreamWriter};
use app::db::tables::{Sum, hex};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// The form described above.
pub const FORMAT: u32 = 1;
/// The failure lies elsewhere, and is told there.
pub(super) const ELSEWHERE: String = String::new();
/// zstd's own choice.
const LEVEL: i32 = 3;
/// Bytes leave in pieces of this size.
const PIECE: usize = 256 * 1024;
/// An entry of rows has to be in memory whole, and is never larger: a block ends after the row that fills it.
const LARGEST_BLOCK: u64 = 256 << 20;
/// What is said first, and of the tables, never takes so much: a few kilobytes and some dozens.
const LARGEST_WORDS: u64 = 4 << 20;
/// A file takes less than this in the manifest.
const WORDS_OF_A_FILE: u64 = 512;
/// Nothing of ours unpacks to more than so many times of what it is: each row has an id that doesn’t pack.
const PACKS_AT_BEST: u64 = 500;
const HEAD: &str = "backup.json";
const SCHEMA: &str = "schema.json";
const MANIFEST: &str = "manifest.json";

/// What a backup says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was begun, in UTC.
    pub made_at: String,
    /// The version of Devalo that made it.
    pub version: String,
    /// `sqlite` or `postgres`.
    pub database: String,
}

/// The tables at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The migrations that were applied.
    pub applied: Vec<i64>,
    /// The latest of each owner, for people.
    pub owners: BTreeMap<String, i64>,
    /// Each table's columns.
    pub tables: BTreeMap<String, Vec<String>>,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What it said first.
    pub head: Head,
    /// What it said of the tables.
    pub schema: Schema,
    /// Rows and digests.
    pub tables: BTreeMap<String, Sum>,
    /// The files that are kept.
    pub files: Vec<Kept>,
}

/// A file that is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kept {
    /// Whose it is.
    pub org: Uuid,
    /// Its name.
    pub id: Uuid,
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// What is packed after the first files, and what is found when it is unpacked.
#[derive(Debug)]
pub enum Piece {
    /// The tables, before their rows.
    Schema(Schema),
    /// The next table's rows.
    Table(String, mpsc::Receiver<Vec<u8>>),
    /// All tables were there.
    End(BTreeMap<String, Sum>),
}

/// A part of the finished backup, on its way to where it is kept.
#[derive(Debug)]
pub enum Part {
    /// The next bytes.
    Bytes(Bytes),
    /// It is whole. Without this it isn't.
    End,
}

/// Packs everything, on a thread that may wait. `first_files` is told once the first files are in, so that the tables' moment comes after.
///
/// # Errors
/// What can't be read, in words; or [`ELSEWHERE`].
pub fn pack(
    to: mpsc::Sender<Part>,
    recipients: &[age::x25519::Recipient],
    head: Head,
    folder: &Path,
    first_files: oneshot::Sender<()>,
    mut pieces: mpsc::Receiver<Piece>,
) -> Result<Manifest, String> {
    let encryptor = Encryptor::with_recipients(recipients.iter().map(|recipient| recipient as &dyn Recipient))
        .map_err(|error| format!("The backup can’t be encrypted: {error}"))?;
    let outlet = Outlet { to, waiting: Vec::with_capacity(PIECE) };
    let sealing = encryptor.wrap_output(outlet).map_err(gone)?;
    let mut small = zstd::Encoder::new(sealing, LEVEL).map_err(gone)?;
    small.include_checksum(true).map_err(gone)?;
    let mut packer = Packer { tar: tar::Builder::new(small), kept: BTreeSet::new(), files: Vec::new() };
    packer.json(HEAD, &head)?;
    packer.files(folder)?;
    first_files.send(()).map_err(|()| ELSEWHERE)?;
    let mut schema = None;
    let sums = loop {
        match pieces.blocking_recv().ok_or(ELSEWHERE)? {
            Piece::Schema(found) => {
                packer.files(folder)?;
                packer.json(SCHEMA, &found)?;
                schema = Some(found);
            }
            Piece::Table(name, mut blocks) => {
                let mut number = 0_u64;
                while let Some(block) = blocks.blocking_recv() {
                    number += 1;
                    // What couldn’t be restored is no backup.
                    if u64::try_from(block.len()).unwrap_or(u64::MAX) > LARGEST_BLOCK {
                        return Err(format!("{name} has a row that is larger than {}.", super::size(LARGEST_BLOCK)));
                    }
                    packer.entry(&format!("tables/{name}/{number:08}"), &block)?;
                }
            }
            Piece::End(sums) => break sums,
        }
    };
    let mut files = std::mem::take(&mut packer.files);
    files.sort_unstable();
    let manifest = Manifest { head, schema: schema.ok_or(ELSEWHERE)?, tables: sums, files };
    packer.json(MANIFEST, &manifest)?;
    let small = packer.tar.into_inner().map_err(gone)?;
    let outlet = small.finish().and_then(StreamWriter::finish).map_err(gone)?;
    outlet.end()?;
    Ok(manifest)
}

/// Where bytes go has gone away: there it is told why.
fn gone(_: io::Error) -> String {
    ELSEWHERE
}

struct Packer {
    tar: tar::Builder<zstd::Encoder<'static, StreamWriter<Outlet>>>,
    /// The files that are in already.
    kept: BTreeSet<(Uuid, Uuid)>,
    files: Vec<Kept>,
}

impl Packer {
    fn json(&mut self, name: &str, what: &impl Serialize) -> Result<(), String> {
        let text = serde_json::to_vec_pretty(what).map_err(|error| format!("{name} can’t be written: {error}"))?;
        self.entry(name, &text)
    }

    fn entry(&mut self, name: &str, content: &[u8]) -> Result<(), String> {
        let mut header = header(u64::try_from(content.len()).unwrap_or(u64::MAX));
        self.tar.append_data(&mut header, name, content).map_err(gone)
    }

    /// Every file that is there and isn't in yet. One that goes away meanwhile had no row any more.
    fn files(&mut self, folder: &Path) -> Result<(), String> {
        for org in ids_in(folder)? {
            for id in ids_in(&folder.join(org.to_string()))? {
                if !self.kept.contains(&(org, id)) {
                    self.file(folder, org, id)?;
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, folder: &Path, org: Uuid, id: Uuid) -> Result<(), String> {
        let path = folder.join(org.to_string()).join(id.to_string());
        let unreadable = |error: io::Error| format!("{}: {error}", path.display());
        let (file, bytes) = match super::place::open(&path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut reading = Hashing { inner: file.take(bytes), digest: Sha256::new(), bytes: 0, failed: None };
        let appended = self.tar.append_data(&mut header(bytes), format!("files/{org}/{id}"), &mut reading);
        if let Some(error) = reading.failed {
            return Err(unreadable(error));
        }
        appended.map_err(gone)?;
        if reading.bytes != bytes {
            return Err(format!("{} became shorter while it was read", path.display()));
        }
        self.kept.insert((org, id));
        self.files.push(Kept { org, id, bytes, sha256: hex(&reading.digest.finalize()) });
        Ok(())
    }
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// The names in a folder that are ids. A folder that isn't there has none.
fn ids_in(folder: &Path) -> Result<Vec<Uuid>, String> {
    let unreadable = |error: io::Error| format!("{}: {error}", folder.display());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry.map_err(unreadable)?.file_name();
        ids.extend(name.to_str().and_then(|name| name.parse::<Uuid>().ok()));
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Reads on, and remembers what it has read.
struct Hashing<R> {
    inner: R,
    digest: Sha256,
    bytes: u64,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(into) {
            Ok(length) => {
                self.digest.update(into.get(..length).unwrap_or_default());
                self.bytes += u64::try_from(length).unwrap_or_default();
                Ok(length)
            }
            Err(error) => {
                let told = io::Error::new(error.kind(), "it can’t be read");
                self.failed = Some(error);
                Err(told)
            }
        }
    }
}

/// Hands what is written to it to where the backup is kept.
struct Outlet {
    to: mpsc::Sender<Part>,
    waiting: Vec<u8>,
}

impl Outlet {
    fn hand_on(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE));
        self.to.blocking_send(Part::Bytes(bytes.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn end(mut self) -> Result<(), String> {
        self.hand_on().map_err(gone)?;
        self.to.blocking_send(Part::End).map_err(|_| ELSEWHERE)
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Unpacks everything, on a thread that may wait: hands the tables on, and writes the files into `folder` if there is one; each is held
/// against the manifest, and so is that nothing is missing. `bytes` is how long the backup is.
///
/// # Errors
/// It is none of ours, damaged, for other keys, or of a newer form, in words; or [`ELSEWHERE`].
pub fn unpack(
    from: Box<dyn Read + Send>,
    bytes: u64,
    identities: &[Box<dyn Identity + Send + Sync>],
    folder: Option<&Path>,
    pieces: &mpsc::Sender<Piece>,
) -> Result<Manifest, String> {
    let sealed = Decryptor::new_buffered(BufReader::with_capacity(PIECE, from)).map_err(refused)?;
    let opened = sealed.decrypt(identities.iter().map(|identity| &**identity as &dyn Identity)).map_err(refused)?;
    let most = bytes.saturating_mul(PACKS_AT_BEST).saturating_add(LARGEST_BLOCK);
    let mut archive = tar::Archive::new(Bounded { inner: zstd::Decoder::new(opened).map_err(damaged)?, left: most });
    let mut unpacker = Unpacker { folder, pieces, files: Vec::new(), head: None, schema: None, table: None };
    let mut manifest: Option<Manifest> = None;
    // As they lie there: no name of ours is so long that it would be an entry of its own, which is read whole, however long it is.
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path_bytes().into_owned();
        let path = String::from_utf8(path).map_err(|_| odd("an entry"))?;
        if manifest.is_some() {
            return Err(odd(&path));
        }
        match &*path {
            HEAD => unpacker.head(json(HEAD, &mut entry, LARGEST_WORDS)?)?,
            SCHEMA => unpacker.schema(json(SCHEMA, &mut entry, LARGEST_WORDS)?)?,
            MANIFEST => {
                let files = u64::try_from(unpacker.files.len()).unwrap_or(u64::MAX);
                let most = files.saturating_mul(WORDS_OF_A_FILE).saturating_add(2 * LARGEST_WORDS);
                manifest = Some(json(MANIFEST, &mut entry, most)?);
            }
            _ => match path.split('/').collect::<Vec<_>>()[..] {
                ["files", org, id] => unpacker.file(&path, (org, id), &mut entry)?,
                ["tables", table, _] => unpacker.block(table, whole(&mut entry, LARGEST_BLOCK)?)?,
                _ => return Err(odd(&path)),
            },
        }
    }
    // To its very end: the last piece says that it is the last.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(damaged)?;
    let manifest = manifest.ok_or_else(|| "The backup is damaged: its end is missing.".to_owned())?;
    unpacker.files.sort_unstable();
    if unpacker.files != manifest.files
        || unpacker.head.as_ref() != Some(&manifest.head)
        || unpacker.schema.as_ref() != Some(&manifest.schema)
    {
        return Err("The backup is damaged: what it holds isn’t what its manifest says.".to_owned());
    }
    Ok(manifest)
}

struct Unpacker<'u> {
    folder: Option<&'u Path>,
    pieces: &'u mpsc::Sender<Piece>,
    files: Vec<Kept>,
    head: Option<Head>,
    schema: Option<Schema>,
    /// The table whose blocks come.
    table: Option<(String, mpsc::Sender<Vec<u8>>)>,
}

impl Unpacker<'_> {
    fn head(&mut self, head: Head) -> Result<(), String> {
        // It is shown to people, and how old the backup is goes by it.
        let shown = [&head.version, &head.made_at, &head.database];
        if self.head.is_some() || shown.into_iter().any(|text| text.len() > 100 || text.chars().any(char::is_control)) {
            return Err(odd(HEAD));
        }
        if head.format > FORMAT {
            return Err(format!(
                "The backup was made by Devalo {}, in a form that this version ({}) doesn’t know. Install that version or a newer one.",
                head.version,
                env!("CARGO_PKG_VERSION")
            ));
        }
        if head.made_at.parse::<Timestamp>().is_err() {
            return Err(odd(HEAD));
        }
        self.head = Some(head);
        Ok(())
    }

    fn schema(&mut self, schema: Schema) -> Result<(), String> {
        if self.head.is_none() || self.schema.is_some() {
            return Err(odd(SCHEMA));
        }
        self.schema = Some(schema.clone());
        self.pieces.blocking_send(Piece::Schema(schema)).map_err(|_| ELSEWHERE)
    }

    fn block(&mut self, table: &str, block: Vec<u8>) -> Result<(), String> {
        let known = self.schema.as_ref().is_some_and(|schema| schema.tables.contains_key(table));
        if !known {
            return Err(odd(table));
        }
        if self.table.as_ref().is_none_or(|(name, _)| name != table) {
            let (to, blocks) = mpsc::channel(2);
            // The table before ends with this.
            self.table = Some((table.to_owned(), to));
            self.pieces.blocking_send(Piece::Table(table.to_owned(), blocks)).map_err(|_| ELSEWHERE)?;
        }
        match &self.table {
            Some((_, to)) => to.blocking_send(block).map_err(|_| ELSEWHERE),
            None => Err(ELSEWHERE),
        }
    }

    fn file(&mut self, path: &str, (org, id): (&str, &str), entry: &mut impl Read) -> Result<(), String> {
        if self.head.is_none() {
            return Err(odd(path));
        }
        // Ids alone are ever a part of a path.
        let (Ok(org), Ok(id)) = (org.parse::<Uuid>(), id.parse::<Uuid>()) else { return Err(odd(path)) };
        let mut reading = Hashing { inner: entry, digest: Sha256::new(), bytes: 0, failed: None };
        match self.folder {
            None => {
                io::copy(&mut reading, &mut io::sink()).map_err(damaged)?;
            }
            Some(folder) => {
                let folder = folder.join(org.to_string());
                let written = write_private(&folder, &id.to_string(), &mut reading);
                if let Some(error) = reading.failed {
                    return Err(damaged(error));
                }
                written.map_err(|error| super::place::words(&folder, &error))?;
            }
        }
        self.files.push(Kept { org, id, bytes: reading.bytes, sha256: hex(&reading.digest.finalize()) });
        Ok(())
    }
}

fn write_private(folder: &Path, name: &str, from: &mut impl Read) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    super::place::private_folder(folder)?;
    let path: PathBuf = folder.join(name);
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    io::copy(from, &mut file)?;
    file.sync_all()
}

/// Reads no more than it may.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(into)?;
        let left = self.left.checked_sub(u64::try_from(length).unwrap_or(u64::MAX));
        self.left = left.ok_or_else(|| io::Error::other("it unpacks to far more than anything of Devalo’s"))?;
        Ok(length)
    }
}

fn json<T: DeserializeOwned>(name: &str, entry: &mut tar::Entry<'_, impl Read>, most: u64) -> Result<T, String> {
    serde_json::from_slice(&whole(entry, most)?).map_err(|error| format!("The backup is damaged: {name}: {error}"))
}

fn whole(entry: &mut tar::Entry<'_, impl Read>, most: u64) -> Result<Vec<u8>, String> {
    if entry.size() > most {
        return Err("The backup is damaged: an entry is too large.".to_owned());
    }
    let mut content = Vec::new();
    entry.read_to_end(&mut content).map_err(damaged)?;
    Ok(content)
}

fn odd(path: &str) -> String {
    let path = path.escape_debug();
    format!("The backup is damaged, or isn’t one of Devalo’s: it has {path} where that doesn’t belong.")
}

fn damaged(error: io::Error) -> String {
    format!("The backup is damaged or cut off: {error}. Nothing was changed; take another one.")
}

fn refused(error: DecryptError) -> String {
    match error {
        DecryptError::NoMatchingKeys => {
            "The key in the identity file doesn’t open this backup: it was encrypted for others, or its first lines are damaged. \
             Nothing was changed."
                .to_owned()
        }
        DecryptError::Io(error) => damaged(error),
        error => format!("The backup is damaged, or isn’t one: {error}. Nothing was changed; take another one."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever knows for whom backups are made, and writes where they are kept, can put one there: a name that is an entry of its own isn’t
    /// read, however long it is, and nothing that is shown moves a terminal.
    #[test]
    fn what_was_made_up_is_refused() {
        let pair = age::x25519::Identity::generate();
        let recipient = pair.to_public();
        let identities: Vec<Box<dyn Identity + Send + Sync>> = vec![Box::new(pair)];
        let refused = |name: &str, content: &[u8]| {
            let mut tar = tar::Builder::new(Vec::new());
            tar.append_data(&mut header(content.len() as u64), name, content).unwrap();
            let small = zstd::encode_all(&tar.into_inner().unwrap()[..], LEVEL).unwrap();
            let sealed = age::encrypt(&recipient, &small).unwrap();
            let (pieces, _nobody) = mpsc::channel(1);
            let bytes = sealed.len() as u64;
            unpack(Box::new(io::Cursor::new(sealed)), bytes, &identities, None, &pieces).unwrap_err()
        };
        let long = refused(&"long".repeat(100), b"content");
        assert!(long.contains("@LongLink"), "{long}");
        let head = |format: u32, made_at: &str, version: &str| {
            let (made_at, version) = (made_at.to_owned(), version.to_owned());
            let head = Head { format, made_at, version, database: "sqlite".to_owned() };
            refused(HEAD, &serde_json::to_vec(&head).unwrap())
        };
        let (moving, made_at) = ("\u{1b}[2J", "2026-11-22T22:00:05Z");
        let moved = [
            refused(moving, b""),
            head(FORMAT, moving, "0.1.0"),
            head(FORMAT, made_at, moving),
            head(FORMAT + 1, made_at, moving),
        ];
        for said in moved {
            assert!(said.contains("isn’t one of Devalo’s") && !said.contains('\u{1b}'), "{said:?}");
        }
        let newer = head(FORMAT + 1, made_at, "9.0.0");
        assert!(newer.contains("made by Devalo 9.0.0"), "{newer}");
        let good = head(FORMAT, made_at, "0.1.0");
        assert!(good.contains("its end is missing"), "{good}");
        // Nothing packs so well but what was made to fill a memory, or a disk.
        let large = refused(MANIFEST, &vec![b' '; usize::try_from(2 * LARGEST_WORDS).unwrap() + 1]);
        assert!(large.contains("an entry is too large"), "{large}");
        let mut most = Bounded { inner: io::repeat(0), left: 1_000 };
        let said = io::copy(&mut most, &mut io::sink()).unwrap_err().to_string();
        assert!(said.contains("far more than anything of Devalo’s"), "{said}");
    }
}
