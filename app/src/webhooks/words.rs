//! Webhooks in plain words.

use super::{ALL_EVENTS, TEST, event};
use crate::audit::Told;

/// Which events an address is told: "All events", or the first few by name.
pub fn events(names: &[String]) -> String {
    /// So many are named.
    const NAMED: usize = 3;
    if names.iter().any(|name| name == ALL_EVENTS) {
        return "All events".to_owned();
    }
    let first: Vec<&str> = names.iter().take(NAMED).map(|name| kind(name)).collect();
    match names.len().saturating_sub(NAMED) {
        0 => first.join("; "),
        1 => format!("{}; and one more", first.join("; ")),
        more => format!("{}; and {more} more", first.join("; ")),
    }
}

/// An event: "An appointment is booked". Of one that nobody knows any more, its name.
pub fn kind(name: &str) -> &str {
    if name == TEST { "A test event" } else { event(name).map_or(name, |event| event.label) }
}

/// "0.2 s"
pub fn took(millis: i64) -> String {
    format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
}

/// What an answer means.
pub fn status(status: i64) -> String {
    let meaning = match status {
        200..=299 => "it took it",
        300..=399 => "it leads elsewhere; we don’t follow",
        401 | 403 => "it asks for a log-in, or refuses us",
        404 => "there is nothing at this address",
        410 => "it is gone for good",
        429 => "it was asked too often",
        500..=599 => "the server there has trouble",
        _ => "it didn’t take it",
    };
    format!("{status}: {meaning}")
}

/// What an entry of the audit log says, with what the webhook is called now.
pub(crate) fn told(action: &str, name: Option<&str>) -> Option<Told> {
    let which = name.map_or_else(|| "a webhook that is gone".to_owned(), |name| format!("the webhook “{name}”"));
    Some(Told::new(match action {
        "platform.webhook_added" => format!("added {which}"),
        "platform.webhook_changed" => format!("changed {which}"),
        "platform.webhook_paused" => format!("paused {which}"),
        "platform.webhook_resumed" => format!("switched on {which}"),
        "platform.webhook_removed" => "deleted a webhook".to_owned(),
        "platform.webhook_secret_changed" => format!("made another secret for {which}"),
        "platform.webhook_tested" => format!("sent a test event to {which}"),
        "platform.webhook_sent_again" => format!("sent an event again to {which}"),
        "platform.webhook_off" => format!("switched off {which}"),
        _ => return None,
    }))
}

/// What can be in the audit log.
pub(crate) const HAPPENINGS: &[(&str, &str)] = &[
    ("platform.webhook_added", "Added a webhook"),
    ("platform.webhook_changed", "Changed a webhook"),
    ("platform.webhook_paused", "Paused a webhook"),
    ("platform.webhook_resumed", "Switched a webhook on again"),
    ("platform.webhook_removed", "Deleted a webhook"),
    ("platform.webhook_secret_changed", "Gave a webhook another secret"),
    ("platform.webhook_tested", "Sent a test event"),
    ("platform.webhook_sent_again", "Sent an event again"),
    ("platform.webhook_off", "Switched a webhook off"),
];
