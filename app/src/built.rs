//! What this program was built from, and with.

use std::sync::LazyLock;

use crate::modules::MIGRATIONS;

/// The version of the sources.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that they are of, with `-modified` where they were changed since. `unknown` where whoever built it didn’t say.
pub const COMMIT: &str = env!("DEVALO_COMMIT");
/// `release` or `debug`.
pub const PROFILE: &str = env!("DEVALO_PROFILE");
/// What it runs on: `x86_64-unknown-linux-gnu`.
pub const TARGET: &str = env!("DEVALO_TARGET");
/// `rustc 1.95.0 (59807616e 2026-04-14)`
pub const COMPILER: &str = env!("DEVALO_RUSTC");

/// The last step of the database’s schema that it knows, and needs.
pub fn schema() -> i64 {
    MIGRATIONS.last().map_or(0, |step| step.version)
}

/// All of it, as `devalo --version` says it after the program’s name.
pub fn in_full() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{VERSION}\ncommit: {COMMIT}\nprofile: {PROFILE}\ntarget: {TARGET}\ncompiler: {COMPILER}\nschema: {}",
            schema()
        )
    });
    TEXT.as_str()
}
