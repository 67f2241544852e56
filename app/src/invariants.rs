//! What must hold of the whole database, whoever wrote to it: asked after a backup was restored. What the database itself enforces is
//! asked, too, where rows came in by another way than they usually do.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::{
    db::{DbError, tables::Whole},
    modules::MODULES,
};

/// Something that must never be, and a statement that counts how often it is: of one text for both databases, over all organisations.
#[derive(Debug, Clone, Copy)]
pub struct Never {
    /// After a number: "organisations have no owner".
    pub words: &'static str,
    /// `SELECT count(*) …`
    pub count: &'static str,
}

const PLATFORM: &[Never] = &[
    // The platform is the one owner of a key that is no organisation.
    Never {
        words: "people can’t be read: the platform has no data key",
        count: "SELECT count(*) FROM users WHERE NOT EXISTS (SELECT 1 FROM data_keys AS k WHERE NOT EXISTS (SELECT 1 FROM organisations AS o WHERE o.id = k.owner_id))",
    },
    Never {
        words: "organisations have no data key: what they sealed can’t be read",
        count: "SELECT count(*) FROM organisations AS o WHERE NOT EXISTS (SELECT 1 FROM data_keys AS k WHERE k.owner_id = o.id)",
    },
    Never {
        words: "organisations have no owner",
        count: "SELECT count(*) FROM organisations AS o WHERE NOT EXISTS (SELECT 1 FROM memberships AS m WHERE m.org_id = o.id AND m.role = 'owner')",
    },
    Never {
        words: "organisations have events that their number hasn’t come to",
        count: "SELECT count(*) FROM organisations AS o WHERE EXISTS (SELECT 1 FROM events AS e WHERE e.org_id = o.id AND e.sequence > o.sequence)",
    },
    Never {
        words: "logs lack an entry in the middle",
        count: "SELECT count(*) FROM (SELECT org_id FROM audit_entries GROUP BY org_id HAVING count(*) <> max(number) - min(number) + 1) AS gaps",
    },
];

/// What is wrong, in words. `files` are those that are kept: whose, and their ids.
///
/// # Errors
/// The database can't be read.
pub async fn broken(whole: &mut Whole, files: &BTreeSet<(Uuid, Uuid)>) -> Result<Vec<String>, DbError> {
    let mut found = Vec::new();
    for never in PLATFORM.iter().chain(MODULES.iter().flat_map(|module| module.never())) {
        let count = whole.count(never.count).await?;
        if count > 0 {
            found.push(format!("{count} {}", never.words));
        }
    }
    found.extend(missing(&named_files(whole).await?, files));
    Ok(found)
}

/// The files that rows name: whose, and their ids.
///
/// # Errors
/// The database can't be read.
pub async fn named_files(whole: &mut Whole) -> Result<Vec<(Uuid, Uuid)>, DbError> {
    let mut named = Vec::new();
    for text in MODULES.iter().filter_map(|module| module.names_files()) {
        named.extend(whole.pairs(text).await?);
    }
    Ok(named)
}

/// How many of those that are named aren't kept, in words.
pub fn missing(named: &[(Uuid, Uuid)], files: &BTreeSet<(Uuid, Uuid)>) -> Option<String> {
    let missing = named.iter().filter(|file| !files.contains(*file)).count();
    (missing > 0).then(|| format!("{missing} of {} files that rows name aren’t there", named.len()))
}
