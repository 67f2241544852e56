//! Where backups are kept: a folder, or a store that speaks S3. A backup appears there whole or not at all.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::{Buf as _, Bytes};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use object_store::{
    ObjectStore, ObjectStoreExt as _, WriteMultipart,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path as Key,
};
use tokio::sync::mpsc;

use super::archive::{ELSEWHERE, Part};
use crate::config::{Source, setting};

const BEGIN: &str = "devalo-";
const END: &str = ".tar.zst.age";
/// The end of the name of a backup that is just being written.
const UNFINISHED: &str = ".part";
/// S3 takes 10,000 parts of an object.
const PART: usize = 16 << 20;
/// No text beside the backups is longer: an id and the end of its line for each of a million organisations.
const LONGEST_NOTE: u64 = 37 << 20;
/// So many parts are on their way at once.
const AT_ONCE: usize = 3;

/// Where backups are kept.
#[derive(Debug, Clone)]
pub enum Place {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A store, and what the names in it begin with; empty or with a slash at its end.
    Store {
        /// It.
        store: Arc<dyn ObjectStore>,
        /// Before each name.
        prefix: String,
        /// As people write it: `s3://bucket/prefix/`.
        shown: String,
    },
}

impl Place {
    /// Reads `/a/folder` or `s3://bucket/prefix`, with `AWS_…` from the settings.
    ///
    /// # Errors
    /// It is neither, or the store's settings can't be read.
    pub fn read(text: &str, source: &Source) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("s3://") else {
            if text.contains("://") {
                return Err(format!("{text} is no folder and no address that begins with s3://."));
            }
            return Ok(Self::Folder(PathBuf::from(text)));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        // One provider of TLS for all that we ask. It is there already where something was asked before.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
        for name in setting::STORE {
            if let Some(value) = source.get(name) {
                let known: AmazonS3ConfigKey =
                    name.to_ascii_lowercase().parse().map_err(|_| format!("{name} isn’t known here."))?;
                builder = builder.with_config(known, value);
            }
        }
        let at = source.get(setting::STORE_ENDPOINT).unwrap_or_default();
        if at.starts_with("http://") && source.get(setting::STORE_ALLOW_HTTP) != Some("true") {
            return Err(format!(
                "{} isn’t encrypted. Give an address that begins with https, or set {}=true.",
                setting::STORE_ENDPOINT,
                setting::STORE_ALLOW_HTTP,
            ));
        }
        // Without its key the library would ask an address that only some providers’ machines have.
        let halves = [setting::STORE_KEY_ID, setting::STORE_KEY_SECRET];
        if let Some(unset) = halves.into_iter().find(|name| source.get(name).is_none()) {
            return Err(format!(
                "{text}: {unset} isn’t set. The store’s key has two halves: {}.",
                halves.join(" and ")
            ));
        }
        let store = builder.build().map_err(|error| format!("{text}: {error}"))?;
        Ok(Self::Store { store: Arc::new(store), shown: format!("s3://{bucket}/{prefix}"), prefix })
    }

    /// Whether this is one backup rather than where they are.
    pub fn is_file(text: &str) -> bool {
        text.ends_with(END) || (!text.contains("://") && Path::new(text).is_file())
    }

    /// The place and the name in it of one backup: `/a/folder/devalo-….tar.zst.age`.
    ///
    /// # Errors
    /// See [`Place::read`].
    pub fn of_file(text: &str, source: &Source) -> Result<(Self, String), String> {
        let (place, name) = match text.rsplit_once('/') {
            Some(("", name)) => ("/", name),
            Some((place, name)) => (place, name),
            None => (".", text),
        };
        if name.is_empty() || (!text.contains("://") && Path::new(text).is_dir()) {
            return Err(format!("{text} names no backup: give the file, {BEGIN}…{END}."));
        }
        Ok((Self::read(place, source)?, name.to_owned()))
    }

    /// Where somebody finds this name.
    pub fn shown(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(name).display().to_string(),
            Self::Store { shown, .. } => format!("{shown}{name}"),
        }
    }

    /// The backups there, oldest first. What has another name isn't looked at.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn backups(&self) -> Result<Vec<String>, String> {
        let mut names: Vec<String> = match self {
            Self::Folder(folder) => {
                let entries = fs::read_dir(folder).map_err(|error| words(folder, &error))?;
                entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
            }
            Self::Store { store, prefix, .. } => {
                let under = (!prefix.is_empty()).then(|| Key::from(prefix.trim_end_matches('/')));
                let found: Vec<_> =
                    store.list(under.as_ref()).try_collect().await.map_err(|error| self.failed(&error))?;
                // Whatever lies deeper, or has a name that would be written in another way, isn’t one that is found by its name.
                let names = found.iter().filter_map(|object| {
                    let name = object.location.filename()?;
                    (self.key(name) == object.location).then(|| name.to_owned())
                });
                names.collect()
            }
        };
        names.retain(|name| made_at(name).is_some());
        names.sort_unstable();
        Ok(names)
    }

    /// Takes a backup in; says how long it is. It has its name once it is whole and on disk.
    ///
    /// # Errors
    /// There is no room, or no way there; nothing is left of it. [`ELSEWHERE`] where it never came to its end.
    pub async fn put(&self, name: &str, mut parts: mpsc::Receiver<Part>) -> Result<u64, String> {
        match self {
            Self::Folder(folder) => {
                let (folder, name) = (folder.clone(), name.to_owned());
                let written = tokio::task::spawn_blocking(move || put_in_folder(&folder, &name, &mut parts));
                written.await.unwrap_or(Err(ELSEWHERE))
            }
            Self::Store { store, .. } => {
                let upload = store.put_multipart(&self.key(name)).await.map_err(|error| self.failed(&error))?;
                let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
                let mut length = 0;
                loop {
                    match parts.recv().await {
                        Some(Part::Bytes(bytes)) => {
                            length += u64::try_from(bytes.len()).unwrap_or_default();
                            if let Err(error) = upload.wait_for_capacity(AT_ONCE).await {
                                let _left_to_the_store = upload.abort().await;
                                return Err(self.failed(&error));
                            }
                            upload.put(bytes);
                        }
                        Some(Part::End) => {
                            upload.finish().await.map_err(|error| self.failed(&error))?;
                            return Ok(length);
                        }
                        None => {
                            let _left_to_the_store = upload.abort().await;
                            return Err(ELSEWHERE);
                        }
                    }
                }
            }
        }
    }

    /// A backup, to be read by a thread that may wait; and how long it is.
    ///
    /// # Errors
    /// It isn't there, or can't be read.
    pub async fn get(&self, name: &str) -> Result<(Box<dyn Read + Send>, u64), String> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                let (file, length) = open(&path).map_err(|error| words(&path, &error))?;
                Ok((Box::new(file), length))
            }
            Self::Store { store, .. } => {
                let found = store.get(&self.key(name)).await.map_err(|error| self.failed(&error))?;
                let length = found.meta.size;
                let (to, from) = mpsc::channel(4);
                let mut stream = found.into_stream();
                tokio::spawn(async move {
                    while let Some(bytes) = stream.next().await {
                        if to.send(bytes.map_err(io::Error::other)).await.is_err() {
                            break;
                        }
                    }
                });
                Ok((Box::new(Arriving { from, now: Bytes::new() }), length))
            }
        }
    }

    /// Takes a backup away.
    ///
    /// # Errors
    /// It stays.
    pub async fn remove(&self, name: &str) -> Result<(), String> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                fs::remove_file(&path).map_err(|error| words(&path, &error))
            }
            Self::Store { store, .. } => store.delete(&self.key(name)).await.map_err(|error| self.failed(&error)),
        }
    }

    /// A small text beside the backups, if it is there.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn note(&self, name: &str) -> Result<Option<String>, String> {
        let too_long = || format!("{}: it is longer than anything that Devalo writes there.", self.shown(name));
        let bytes = match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                let (file, length) = match open(&path) {
                    Ok(opened) => opened,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(words(&path, &error)),
                };
                if length > LONGEST_NOTE {
                    return Err(too_long());
                }
                let mut bytes = Vec::new();
                file.take(LONGEST_NOTE).read_to_end(&mut bytes).map_err(|error| words(&path, &error))?;
                Bytes::from(bytes)
            }
            Self::Store { store, .. } => {
                let found = match store.get(&self.key(name)).await {
                    Ok(found) => found,
                    Err(object_store::Error::NotFound { .. }) => return Ok(None),
                    Err(error) => return Err(self.failed(&error)),
                };
                if found.meta.size > LONGEST_NOTE {
                    return Err(too_long());
                }
                found.bytes().await.map_err(|error| self.failed(&error))?
            }
        };
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Writes one, whole or not at all.
    ///
    /// # Errors
    /// The one before stays.
    pub async fn write_note(&self, name: &str, text: &str) -> Result<(), String> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                let draft = folder.join(format!(".{name}{UNFINISHED}"));
                let written = write_whole(&draft, text.as_bytes()).and_then(|()| fs::rename(&draft, &path));
                written.map_err(|error| words(&path, &error))
            }
            Self::Store { store, .. } => {
                let put = store.put(&self.key(name), text.to_owned().into_bytes().into()).await;
                put.map(|_| ()).map_err(|error| self.failed(&error))
            }
        }
    }

    fn key(&self, name: &str) -> Key {
        match self {
            Self::Folder(_) => Key::from(name),
            Self::Store { prefix, .. } => Key::from(format!("{prefix}{name}")),
        }
    }

    fn failed(&self, error: &object_store::Error) -> String {
        let place = self.shown("");
        match error {
            // What the store says of it is a page of XML.
            object_store::Error::NotFound { path, .. } => {
                format!("{place}: there is no such bucket there, or nothing called {path}.")
            }
            _ => format!("{place}: {error}"),
        }
    }
}

/// A backup's name: when it was made, and what sets it apart from others of that second.
pub fn name(now: app::clock::Instant) -> String {
    let id = app::ids::fresh(now).simple().to_string();
    format!("{BEGIN}{}-{}{END}", now.in_calendar_file(), id.get(24..).unwrap_or(&id))
}

/// When the backup of this name was made; `None` for what is none.
pub fn made_at(name: &str) -> Option<Timestamp> {
    let (time, id) = name.strip_prefix(BEGIN)?.strip_suffix(END)?.split_once('-')?;
    if id.len() != 8 || !id.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let at = DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Names of backups, as they are; and those that are dated in the future, by more than two machines’ clocks may be apart.
pub(super) fn dated(names: Vec<String>, now: app::clock::Instant) -> (Vec<String>, Vec<String>) {
    let soon = now.plus_seconds(60 * 60).timestamp();
    names.into_iter().partition(|name| made_at(name).is_none_or(|at| at <= soon))
}

/// What is to be said of one of the latter.
pub(super) fn counts_for_nothing(name: &str) -> String {
    format!("{name} is dated in the future: it counts for nothing, and stays until you take it away.")
}

/// Makes a folder that is nobody else’s to enter, where it isn’t there.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file, and says how long it is. Whoever may write there may have put something in its place that would be waited for for ever.
pub(super) fn open(path: &Path) -> io::Result<(File, u64)> {
    let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(without_waiting).open(path)?;
    let about = file.metadata()?;
    if about.is_file() { Ok((file, about.len())) } else { Err(io::Error::other("it is no file.")) }
}

/// What went wrong with a file, for people.
pub(super) fn words(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            format!("{path}: there is no room left ({error}).")
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            format!("{path}: there is a file where a folder belongs ({error}).")
        }
        io::ErrorKind::ReadOnlyFilesystem => format!("{path}: the file system can only be read ({error})."),
        io::ErrorKind::PermissionDenied => {
            format!("{path}: this user may not do that ({error}). Run it as the user that Devalo runs as.")
        }
        _ => format!("{path}: {error}"),
    }
}

fn put_in_folder(folder: &Path, name: &str, parts: &mut mpsc::Receiver<Part>) -> Result<u64, String> {
    private_folder(folder).map_err(|error| words(folder, &error))?;
    clear(folder);
    let (path, draft) = (folder.join(name), folder.join(format!(".{name}{UNFINISHED}")));
    let written = write_parts(&draft, parts)
        .and_then(|(length, _in_use)| {
            fs::rename(&draft, &path)?;
            // The name is on disk, too.
            File::open(folder)?.sync_all()?;
            Ok(length)
        })
        .map_err(|error| if error.kind() == io::ErrorKind::BrokenPipe { ELSEWHERE } else { words(&path, &error) });
    if written.is_err() {
        // Either may never have been there.
        let _gone = [&draft, &path].map(fs::remove_file);
    }
    written
}

/// Writes them; says how long they are. The file is given back open, so that nobody clears it up before it has its name.
fn write_parts(draft: &Path, parts: &mut mpsc::Receiver<Part>) -> io::Result<(u64, File)> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(draft)?;
    // Whoever clears up sees by it that somebody still writes.
    file.try_lock().map_err(io::Error::from)?;
    let mut length = 0;
    loop {
        match parts.blocking_recv() {
            Some(Part::Bytes(bytes)) => {
                file.write_all(&bytes)?;
                length += u64::try_from(bytes.len()).unwrap_or_default();
            }
            Some(Part::End) => {
                file.sync_all()?;
                return Ok((length, file));
            }
            None => return Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

/// Takes away what was left by those who were stopped in the middle.
fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .and_then(|name| name.strip_prefix('.')?.strip_suffix(UNFINISHED))
            .is_some_and(|name| made_at(name).is_some());
        // Opening what is no file may take for ever.
        if ours
            && entry.metadata().is_ok_and(|about| about.is_file())
            && let Ok(file) = File::options().write(true).open(entry.path())
            && !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
        {
            // Whoever comes next tries again.
            let _gone = fs::remove_file(entry.path());
        }
    }
}

/// What was left there goes; a link isn’t followed to what it leads to.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What comes from a store, for a thread that may wait.
struct Arriving {
    from: mpsc::Receiver<io::Result<Bytes>>,
    now: Bytes,
}

impl Read for Arriving {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() {
            match self.from.blocking_recv() {
                Some(bytes) => self.now = bytes?,
                None => return Ok(0),
            }
        }
        let length = self.now.len().min(into.len());
        let (now, _) = into.split_at_mut(length);
        self.now.copy_to_slice(now);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_when() {
        let now = app::clock::Instant::from_timestamp("2026-11-22T22:00:05Z".parse().unwrap());
        let name = name(now);
        assert!(name.starts_with("devalo-20261122T220005Z-"), "{name}");
        assert_eq!(made_at(&name), Some(now.timestamp()));
        for other in
            ["devalo.db", "devalo-20261122T220005Z.tar.zst.age", "devalo-20261122T220005Z-12345678.tar.zst", ""]
        {
            assert_eq!(made_at(other), None, "{other}");
        }
        assert_eq!(made_at(&format!(".{name}.part")), None);
    }

    /// Where others write, too, they may have put something there that nobody ever writes to.
    #[tokio::test]
    async fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
        assert!(made.success());
        let place = Place::Folder(folder.path().to_owned());
        for refused in [place.note("pipe").await.map(|_| ()), place.get("pipe").await.map(|_| ())] {
            assert!(refused.unwrap_err().contains("it is no file"));
        }
        let long = File::create(folder.path().join("long")).unwrap();
        long.set_len(LONGEST_NOTE + 1).unwrap();
        assert!(place.note("long").await.unwrap_err().contains("longer than anything"));
        let source = Source::from_pairs::<&str, &str>([]);
        let refused = Place::of_file(&folder.path().display().to_string(), &source).unwrap_err();
        assert!(refused.contains("names no backup"), "{refused}");
        let refused = Place::read("s3://bucket", &source).unwrap_err();
        assert!(refused.contains("AWS_ACCESS_KEY_ID isn’t set"), "{refused}");
    }

    /// Where others write, too, what they put there leads nowhere.
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (other, note) = (folder.path().join("other"), folder.path().join(".note.part"));
        let left = folder.path().join(".devalo-20261122T220005Z-12345678.tar.zst.age.part");
        fs::write(&other, "kept").unwrap();
        for link in [&note, &left] {
            std::os::unix::fs::symlink(&other, link).unwrap();
        }
        write_whole(&note, b"new").unwrap();
        clear(folder.path());
        assert_eq!((fs::read(&other).unwrap(), fs::read(&note).unwrap()), (b"kept".to_vec(), b"new".to_vec()));
        assert!(left.is_symlink(), "it is no file, and wasn’t opened");
    }
}
