//! What an organisation sets about its letters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kinds::Kind;
use crate::{error::FieldErrors, modules::calendar::client};

/// At most so many reminders of one appointment.
const MOST_REMINDERS: usize = 5;
/// The longest before, and after: 30 days.
const LONGEST_HOURS: i64 = 30 * 24;

/// Which letters clients get, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LetterOptions {
    /// Kinds that aren’t sent. Reminders and follow-ups are set by their hours instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Kind>,
    /// Clients are reminded so many hours before the start, 1 to 720 each, at most 5. Empty: they aren’t.
    pub reminder_hours: Vec<i64>,
    /// They are written to so many hours after the end, 1 to 720. Absent: they aren’t.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_hours: Option<i64>,
    /// The business’s email, where clients’ answers go; empty: the platform’s.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reply_to: String,
    /// Reminders go as text messages too, to clients who left a number, where the platform sends any.
    #[serde(skip_serializing_if = "is_off")]
    pub texts: bool,
}

impl Default for LetterOptions {
    fn default() -> Self {
        Self { off: Vec::new(), reminder_hours: vec![24], follow_up_hours: None, reply_to: String::new(), texts: false }
    }
}

impl LetterOptions {
    /// Whether letters of a kind are sent at all.
    pub fn sends(&self, kind: Kind) -> bool {
        match kind {
            Kind::Reminder => !self.reminder_hours.is_empty(),
            Kind::FollowUp => self.follow_up_hours.is_some(),
            other => !self.off.contains(&other),
        }
    }

    /// Looks at every field.
    pub fn check(&self, errors: &mut FieldErrors) {
        if self.off.iter().any(|kind| !kind.is_switched()) {
            errors.add("off", "Reminders and follow-ups are switched off by leaving their hours empty.");
        }
        if self.reminder_hours.len() > MOST_REMINDERS {
            errors.add("reminder_hours", "Send at most 5 reminders.");
        } else if self.reminder_hours.iter().any(|hours| !(1..=LONGEST_HOURS).contains(hours)) {
            errors.add("reminder_hours", "Enter 1 to 720 hours.");
        } else if (1..self.reminder_hours.len())
            .any(|at| self.reminder_hours.iter().take(at).any(|before| Some(before) == self.reminder_hours.get(at)))
        {
            errors.add("reminder_hours", "Enter each number of hours once.");
        }
        if self.follow_up_hours.is_some_and(|hours| !(1..=LONGEST_HOURS).contains(&hours)) {
            errors.add("follow_up_hours", "Enter 1 to 720 hours.");
        }
        if !self.reply_to.is_empty() && !client::is_email(&self.reply_to) {
            errors.add("reply_to", "Enter an email address like hello@example.com.au.");
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_off(on: &bool) -> bool {
    !on
}
