//! Files that are kept on disk, for they are too large for a row: each sealed with its organisation's data key, under its id, in a folder of its
//! organisation. A row in the database says that one is there; what no row names goes, so that nothing is left of what was deleted, nor of a server that
//! stopped in the middle.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    fs,
    io::{AsyncReadExt as _, AsyncWriteExt as _},
};
use uuid::Uuid;

use crate::{
    crypto::{DataKeys, Place},
    error::{AppError, Result},
    ids::OrgId,
};

/// The name of a note in that folder: when the last backup was made, and where it is.
pub const LAST_BACKUP: &str = "last-backup";
/// The end of the name of a file that is just being written.
const UNFINISHED: &str = "part";

/// The folder of such files.
#[derive(Debug, Default)]
pub struct KeptFiles(OnceLock<PathBuf>);

impl KeptFiles {
    /// From now on they lie there. The first folder stays.
    pub fn keep_in(&self, folder: PathBuf) {
        let _first_stays = self.0.set(folder);
    }

    /// Writes a file, sealed for its place, whose row is its name. It is on disk when this is done.
    ///
    /// # Errors
    /// The disk is full, or can't be written to.
    pub async fn write(&self, org: OrgId, keys: Arc<DataKeys>, place: Place, content: Vec<u8>) -> Result<()> {
        let sealed = tokio::task::spawn_blocking(move || keys.seal_bytes(place, &content));
        let sealed = sealed.await.map_err(|_| AppError::internal())?;
        let path = self.path(org, place.row);
        let unfinished = path.with_extension(UNFINISHED);
        let folder = self.of_org(org);
        let written = async {
            fs::create_dir_all(&folder).await?;
            let mut file = fs::File::create(&unfinished).await?;
            file.write_all(&sealed).await?;
            file.sync_all().await?;
            fs::rename(&unfinished, &path).await?;
            // The name is on disk, too.
            fs::File::open(&folder).await?.sync_all().await
        };
        written.await.map_err(|error| {
            tracing::error!(%error, path = %path.display(), "a file can’t be kept");
            AppError::internal()
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It isn't there, or was changed by hand.
    pub async fn read(&self, org: OrgId, keys: Arc<DataKeys>, place: Place) -> Result<Vec<u8>> {
        let path = self.path(org, place.row);
        let sealed = fs::read(&path).await.map_err(|error| {
            tracing::error!(%error, path = %path.display(), "a file that is kept can’t be read");
            AppError::internal()
        })?;
        let opened = tokio::task::spawn_blocking(move || keys.open_bytes(place, &sealed));
        opened.await.map_err(|_| AppError::internal())?.map_err(|error| {
            tracing::error!(%error, path = %path.display(), "a file that is kept can’t be opened");
            AppError::internal()
        })
    }

    /// Seals a file anew with the key that seals now; says whether it did. One that isn't there needs none, and one that is sealed so already stays as it
    /// is. Whoever reads it meanwhile reads it whole, before or after.
    ///
    /// # Errors
    /// It can't be read, or was changed by hand; or the disk is full.
    pub async fn seal_anew(&self, org: OrgId, keys: Arc<DataKeys>, place: Place) -> Result<bool> {
        let path = self.path(org, place.row);
        let failed = |error: std::io::Error| {
            tracing::error!(%error, path = %path.display(), "a file that is kept can’t be read");
            AppError::internal()
        };
        let mut file = match fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        let mut header = keys.header();
        let read = file.read_exact(&mut header).await;
        match read {
            Ok(_) if header == keys.header() => return Ok(false),
            Ok(_) => {}
            // It has an end before that: reading it says what is wrong with it.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(failed(error)),
        }
        drop(file);
        let content = self.read(org, Arc::clone(&keys), place).await?;
        self.write(org, keys, place, content).await?;
        Ok(true)
    }

    /// Takes a file away. One that isn't there is gone already.
    pub async fn remove(&self, org: OrgId, id: Uuid) {
        let path = self.path(org, id);
        if let Err(error) = fs::remove_file(&path).await
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %path.display(), "a file that is kept no longer can’t be taken away");
        }
    }

    /// The organisations that files are kept of.
    pub async fn orgs(&self) -> Vec<OrgId> {
        let names = names(self.folder()).await;
        names.into_iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// The files of an organisation that were last written so long ago; those that never were written to their end are taken away.
    pub async fn older_than(&self, org: OrgId, age: Duration) -> Vec<Uuid> {
        let folder = self.of_org(org);
        let mut old = Vec::new();
        for name in names(&folder).await {
            let path = folder.join(&name);
            let modified = fs::metadata(&path).await.and_then(|about| about.modified());
            if !modified.is_ok_and(|at| at.elapsed().is_ok_and(|since| since >= age)) {
                continue;
            }
            match name.parse::<Uuid>() {
                Ok(id) => old.push(id),
                Err(_) if path.extension().is_some_and(|end| end == UNFINISHED) => {
                    // Whoever looks next tries again.
                    let _ = fs::remove_file(&path).await;
                }
                Err(_) => {}
            }
        }
        old
    }

    /// Takes the folder of an organisation away, with all that is in it.
    pub async fn forget_org(&self, org: OrgId) {
        if let Err(error) = fs::remove_dir_all(self.of_org(org)).await
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(%error, %org, "the files of an organisation that is gone can’t be taken away");
        }
    }

    /// Where they lie: where it was said, or else in the folder `files` where the program was started.
    pub fn folder(&self) -> &Path {
        self.0.get_or_init(|| Path::new("data").join("files"))
    }

    fn of_org(&self, org: OrgId) -> PathBuf {
        self.folder().join(org.to_string())
    }

    /// Ids alone are ever a part of it.
    fn path(&self, org: OrgId, id: Uuid) -> PathBuf {
        self.of_org(org).join(id.to_string())
    }
}

async fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(mut entries) = fs::read_dir(folder).await else { return names };
    while let Ok(Some(entry)) = entries.next_entry().await {
        if let Ok(name) = entry.file_name().into_string() {
            names.push(name);
        }
    }
    names
}
