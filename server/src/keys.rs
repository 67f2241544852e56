//! Fresh secrets: printed for an operator, or written once for a developer.
//!
//! What is made here always passes [`crate::check`].

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rand::rngs::SysRng;
use rand::{TryCryptoRng, TryRng as _};

use crate::check::weakness;
use crate::config::setting;

/// What `devalo generate-keys` prints: one encryption key and one signing secret, as lines for an
/// environment file, each under a comment that says what it is. From the operating system's random
/// generator.
pub fn generate() -> io::Result<String> {
    lines(app::clock::Clock::system().now().timestamp(), &mut SysRng)
}

/// The same with the clock and the randomness passed in. The key's id is the minute, in UTC, so
/// that a key made later the same day has another id and one sees which is older.
pub fn lines(now: Timestamp, random: &mut impl TryCryptoRng) -> io::Result<String> {
    let key = fresh(random)?;
    let secret = fresh(random)?;
    Ok(format!(
        "# Encrypts personal information. Keep a copy off this server: without it backups cannot \
         be read. To rotate, put the new one before the old, with a comma between.\n\
         {}={}:{key}\n\
         # Signs links and cookies. To rotate, put the new one before the old, with a comma \
         between, and drop the old one after a month.\n\
         {}={secret}\n",
        setting::ENCRYPTION_KEYS,
        now.strftime("k%Y%m%dt%H%M"),
        setting::SECRET,
    ))
}

/// Makes the environment file for development if there is none, readable by its owner only, and
/// tells whether it did. One that names neither the keys nor the secret gets both at its end: whoever
/// set something else first is not left without. One that names either is left alone, for what was
/// written with lost keys would not be read by new ones; so is one for production.
///
/// The file appears whole or not at all, and never replaces one: of two servers that start
/// together one makes it, and both then read the same keys. The folder must exist.
pub fn ensure_development_env(path: &Path) -> io::Result<bool> {
    if path.try_exists()? {
        return add_missing(path);
    }
    let text = format!(
        "# Made by devalo for development on this machine. Not for a server: there, set \
         DEVALO_ENV=production and run `devalo generate-keys`.\n{}=development\n{}",
        setting::ENV,
        generate()?
    );
    // Written beside it first: with `create_new` on the file itself, the loser of the race could
    // read it half-written. A hard link fails if the name is taken, which renaming does not.
    let draft = beside(path)?;
    let linked = write_private(&draft, text.as_bytes()).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match linked {
        Ok(()) => removed.map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.try_exists()? => Ok(false),
        Err(error) => Err(error),
    }
}

/// One process after the other, so that two which start together don't both add.
fn add_missing(path: &Path) -> io::Result<bool> {
    let is_left_alone = |text: &str| {
        let mut lines = text.lines().filter_map(|line| line.trim().split_once('='));
        lines.any(|(name, value)| match name {
            setting::ENCRYPTION_KEYS | setting::SECRET => true,
            setting::ENV => value.trim_matches(['\'', '"']) != "development",
            _ => false,
        })
    };
    if is_left_alone(&fs::read_to_string(path)?) {
        return Ok(false);
    }
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.lock()?;
    // Whoever wrote it had no secret to keep; from now on there are two in it.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    let text = fs::read_to_string(path)?;
    if is_left_alone(&text) {
        return Ok(false);
    }
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    file.write_all(format!("{end}{}", generate()?).as_bytes())?;
    file.sync_all()?;
    Ok(true)
}

/// A name in the same folder that nobody else uses.
fn beside(path: &Path) -> io::Result<std::path::PathBuf> {
    let mut suffix = [0_u8; 8];
    SysRng.try_fill_bytes(&mut suffix).map_err(io::Error::other)?;
    let mut name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?
        .to_owned();
    name.push(format!(".{:016x}", u64::from_be_bytes(suffix)));
    Ok(path.with_file_name(name))
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// 32 random bytes in base64. Drawn again, once in some million times, if they happen to look like
/// something that the check refuses.
fn fresh(random: &mut impl TryCryptoRng) -> io::Result<String> {
    for _ in 0..8 {
        let mut bytes = [0_u8; 32];
        random.try_fill_bytes(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        let text = STANDARD.encode(bytes);
        if weakness(&text, &bytes).is_none() {
            return Ok(text);
        }
    }
    Err(io::Error::other("the operating system's random generator gives bytes that are not random"))
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
