//! What an organisation's owner is told about support, as it happens.

use crate::{auth::notices::greeting, mail::Letter};

/// What support sees and may do, wherever that is said.
pub(crate) const SEES: &str = "Support sees what your people see, clients’ details too, and can change nothing.";

/// What somebody who runs the platform asks.
pub(crate) struct Asks<'a> {
    /// Their name.
    pub(crate) who: &'a str,
    /// Why, in their words.
    pub(crate) why: &'a str,
    /// "four hours"
    pub(crate) length: String,
}

/// Somebody who runs the platform asks to look.
pub(crate) fn asked(origin: &str, to: String, name: &str, asks: &Asks<'_>, org: &str, slug: &str) -> Letter {
    let Asks { who, why, length } = asks;
    Letter {
        to,
        subject: format!("May support look at {org}?"),
        paragraphs: vec![
            greeting(name),
            format!("{who}, Devalo support, asks to look at {org} for {length}, and says why: {why}"),
            format!(
                "{SEES} You choose for how long, and can end it at any time. You can say no as well: then nobody looks."
            ),
        ],
        action: Some(("Decide".to_owned(), page(origin, slug))),
        closing: Vec::new(),
    }
}

/// They let support look.
pub(crate) fn given(origin: &str, to: String, name: &str, org: &str, slug: &str, until: &str) -> Letter {
    Letter {
        to,
        subject: format!("Support can look at {org}"),
        paragraphs: vec![
            greeting(name),
            format!("You let whoever runs this platform look at {org}, until {until}. {SEES}"),
            "What was looked at stands on the page of support’s access, where you can end it, too.".to_owned(),
        ],
        action: Some(("See support’s access".to_owned(), page(origin, slug))),
        closing: vec![format!(
            "If that wasn’t you, end it there, and set another password at once: {origin}/login/forgot."
        )],
    }
}

/// Support looks for the first time.
pub(crate) fn used(origin: &str, to: String, name: &str, who: &str, org: &str, slug: &str, until: &str) -> Letter {
    Letter {
        to,
        subject: format!("Support has begun to look at {org}"),
        paragraphs: vec![
            greeting(name),
            format!(
                "{who}, Devalo support, has begun to look at {org}, as you agreed. They can until {until}, or until you end it."
            ),
        ],
        action: Some(("See what was looked at".to_owned(), page(origin, slug))),
        closing: Vec::new(),
    }
}

/// Support can't look any more, for this reason.
pub(crate) fn ended(origin: &str, to: String, name: &str, org: &str, slug: &str, why: &str) -> Letter {
    Letter {
        to,
        subject: format!("Support can’t look at {org} any more"),
        paragraphs: vec![greeting(name), format!("Support’s access to {org} has ended. {why}")],
        action: Some(("See what was looked at".to_owned(), page(origin, slug))),
        closing: Vec::new(),
    }
}

fn page(origin: &str, slug: &str) -> String {
    format!("{origin}/app/{slug}/settings/support")
}
