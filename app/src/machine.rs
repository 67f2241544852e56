//! What the machine says of itself and of this process. `None` where it doesn’t say.

use std::{fs, path::Path};

/// What this process holds in memory, in bytes.
pub fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// How many files and connections this process has open.
pub fn open_files() -> Option<u64> {
    let count = fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(count).ok()
}

/// How many it may have open.
pub fn most_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// The room that is left on the disk that something is on, and the disk’s size, in bytes. What isn’t there yet will be where the
/// nearest folder above it is.
pub fn disk(path: &Path) -> Option<(u64, u64)> {
    let there = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(there).ok()?;
    Some((disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Linux says all of it.
    #[test]
    fn the_machine_says_it() {
        assert!(memory() > Some(0) && open_files() > Some(0) && most_files() > Some(0));
        let (free, size) = disk(Path::new("/nothing/is/here")).expect("a disk");
        assert!(free <= size && size > 0);
    }
}
