//! What an organisation is told when whoever runs the platform shuts it, or opens it again.

use crate::{auth::notices::greeting, mail::Letter};

/// It is suspended, and why, where that was said.
pub(crate) fn suspended(to: String, name: &str, org: &str, why: &str, whom: &str) -> Letter {
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
    Letter { to, subject: format!("{org} is suspended"), paragraphs, action: None, closing: Vec::new() }
}

/// It is open again.
pub(crate) fn restored(origin: &str, to: String, name: &str, org: &str, slug: &str) -> Letter {
    let words = format!("Whoever runs this platform has opened {org} again. Everything is as it was.");
    let action = Some((format!("Open {org}"), format!("{origin}/app/{slug}")));
    let subject = format!("{org} is open again");
    Letter { to, subject, paragraphs: vec![greeting(name), words], action, closing: Vec::new() }
}
