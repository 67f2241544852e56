//! What an organisation is told when whoever runs the platform shuts it, or opens it again.

use crate::{auth::notices::greeting, mail::Letter};

/// It is suspended, and why, where that was said.
pub(crate) fn suspended(origin: &str, to: String, name: &str, org: &str, slug: &str, why: &str, whom: &str) -> Letter {
    let mut paragraphs = vec![
        greeting(name),
        format!(
            "Whoever runs this platform has suspended {org}. Only People and the plan open, under Settings, and its public pages take no \
             bookings. Nothing is deleted, and your clients can still change or cancel the bookings they have."
        ),
    ];
    if !why.is_empty() {
        paragraphs.push(format!("They say why: {why}"));
    }
    paragraphs.push(format!("To have it opened again, write to {whom}."));
    letter(to, format!("{org} is suspended"), paragraphs, plan(origin, slug))
}

/// It is open again.
pub(crate) fn restored(origin: &str, to: String, name: &str, org: &str, slug: &str) -> Letter {
    let words = format!("Whoever runs this platform has opened {org} again. Everything is as it was.");
    letter(to, format!("{org} is open again"), vec![greeting(name), words], plan(origin, slug))
}

fn letter(to: String, subject: String, paragraphs: Vec<String>, page: String) -> Letter {
    Letter { to, subject, paragraphs, action: Some(("See your plan".to_owned(), page)), closing: Vec::new() }
}

fn plan(origin: &str, slug: &str) -> String {
    format!("{origin}/app/{slug}/settings/billing")
}
