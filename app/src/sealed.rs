//! Which columns hold what is sealed (`crypto.rs`), so that it can be sealed anew: the platform’s here, each module’s with the module
//! ([`Module::sealed`](crate::module::Module::sealed)). A program that is built to be tested refuses to seal for a column that isn’t among them, and a
//! test looks through the schema for one.

use std::{collections::BTreeSet, sync::OnceLock};

use crate::modules::MODULES;

/// A column whose values are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// The table’s name.
    pub table: &'static str,
    /// The column’s name.
    pub column: &'static str,
    /// The column with the id that a value is bound to.
    pub row: &'static str,
    /// Whose data keys seal it.
    pub whose: Whose,
    /// How it lies there.
    pub lies: Lies,
}

/// Whose data keys seal a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of the organisation in the row’s `org_id`.
    Organisation,
    /// The platform’s.
    Platform,
}

/// How a sealed value lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    /// In its row.
    InRow,
    /// In its row, and can be megabytes.
    InRowAndLarge,
    /// On disk, under the row’s id (`kept_files.rs`): the column is only what it is called.
    OnDisk,
    /// In its row, where it stays as it was written; and why.
    ForGood(&'static str),
}

impl Sealed {
    /// A column of an organisation’s rows, bound to their `id`.
    pub const fn of_org(table: &'static str, column: &'static str) -> Self {
        Self { table, column, row: "id", whose: Whose::Organisation, lies: Lies::InRow }
    }

    /// A column of the platform’s rows, bound to their `id`.
    pub const fn of_platform(table: &'static str, column: &'static str) -> Self {
        Self { whose: Whose::Platform, ..Self::of_org(table, column) }
    }

    /// Bound to the id in another column.
    #[must_use]
    pub const fn by(self, row: &'static str) -> Self {
        Self { row, ..self }
    }

    /// Its values can be megabytes.
    #[must_use]
    pub const fn large(self) -> Self {
        Self { lies: Lies::InRowAndLarge, ..self }
    }

    /// It lies on disk.
    #[must_use]
    pub const fn on_disk(self) -> Self {
        Self { lies: Lies::OnDisk, ..self }
    }

    /// It stays as it was written.
    #[must_use]
    pub const fn for_good(self, why: &'static str) -> Self {
        Self { lies: Lies::ForGood(why), ..self }
    }
}

/// Why what stands in a ledger isn’t sealed anew.
pub const LEDGER: &str = "the database lets nobody change the ledger";

const CHAINED: &str = "the hash of each entry is made of it, and of those before it";

/// The platform’s own.
const PLATFORM: &[Sealed] = &[
    Sealed::of_org("audit_entries", "place").by("org_id").for_good(CHAINED),
    Sealed::of_platform("authenticators", "secret").by("user_id"),
    Sealed::of_platform("email_changes", "email").by("user_id"),
    Sealed::of_platform("enrolments", "secret").by("session_id"),
    Sealed::of_org("export_parts", "content").by("export_id").for_good("it is gone within a week"),
    Sealed::of_org("invitations", "email"),
    Sealed::of_platform("mails", "content"),
    // Bound to the platform itself.
    Sealed::of_platform("platform_log", "place").for_good(CHAINED),
    Sealed::of_platform("reset_requests", "email"),
    Sealed::of_platform("signups", "email"),
    Sealed::of_org("support_asks", "about"),
    Sealed::of_org("support_consents", "about"),
    Sealed::of_platform("users", "email"),
    Sealed::of_platform("users", "name"),
    Sealed::of_org("webhook_deliveries", "answer"),
    Sealed::of_org("webhooks", "old_secret"),
    Sealed::of_org("webhooks", "secret"),
    Sealed::of_org("webhooks", "url"),
];

/// All of them, in the order of their names.
pub fn all() -> Vec<Sealed> {
    let modules = MODULES.iter().flat_map(|module| module.sealed());
    let mut all: Vec<Sealed> = PLATFORM.iter().chain(modules).copied().collect();
    all.sort_unstable_by_key(|sealed| (sealed.table, sealed.column));
    all
}

/// Whether it is among them.
pub fn is_known(table: &str, column: &str) -> bool {
    static KNOWN: OnceLock<BTreeSet<(&'static str, &'static str)>> = OnceLock::new();
    let known: &BTreeSet<(&str, &str)> =
        KNOWN.get_or_init(|| all().into_iter().map(|sealed| (sealed.table, sealed.column)).collect());
    known.contains(&(table, column))
}
