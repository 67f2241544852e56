//! What people type in the forms of screens, made what the verbs take.

use super::playlist::{Item, Slot, When, announcement_typed, seconds_typed};
use crate::error::{AppError, FieldErrors, Result};

/// Something to show, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedSlot {
    /// The word of [`super::playlist::KINDS`].
    pub kind: String,
    /// The metric's word.
    pub metric: String,
    /// `day`, `week`, `month` and so on.
    pub period: String,
    /// `people`, `teams` or `branches`.
    pub of: String,
    /// A contest's id.
    pub contest: String,
    /// What an announcement says.
    pub words: String,
    /// Its first day: "24/12/2026".
    pub first_day: String,
    /// Its last day.
    pub last_day: String,
    /// "1" is Monday.
    pub days: Vec<String>,
    /// "8:00 am"
    pub from: String,
    /// "12:00 pm"
    pub until: String,
    /// "30"
    pub seconds: String,
}

impl TypedSlot {
    /// What is to be shown, and when.
    ///
    /// # Errors
    /// 422 at each field that is wrong.
    pub fn new_slot(&self) -> Result<Slot> {
        let mut errors = FieldErrors::default();
        let item = match self.kind.as_str() {
            "announcement" => Some(announcement_typed(&self.words, &self.first_day, &self.last_day, &mut errors)),
            kind @ ("board" | "targets") => Item::parse(&format!("{kind}:{}:{}:{}", self.metric, self.period, self.of)),
            "totals" => Item::parse(&format!("totals:{}:{}", self.metric, self.period)),
            "latest" => Item::parse(&format!("latest:{}", self.metric)),
            "contest" => Item::parse(&format!("contest:{}", self.contest)),
            kind => Item::parse(kind),
        };
        let slot = self.timed(item.unwrap_or(Item::Today), &mut errors);
        if !self.is_sent(&slot.item) {
            errors.add(self.field(), "Choose what there is to choose.");
        }
        errors.finish()?;
        Ok(slot)
    }

    /// One that is there already, at other times; an announcement in other words, too.
    ///
    /// # Errors
    /// 422 at each field that is wrong.
    pub fn changed(&self, before: &Item) -> Result<Slot> {
        let mut errors = FieldErrors::default();
        let item = match before {
            Item::Announcement { .. } => announcement_typed(&self.words, &self.first_day, &self.last_day, &mut errors),
            other => other.clone(),
        };
        let slot = self.timed(item, &mut errors);
        errors.finish()?;
        Ok(slot)
    }

    /// The field at which it is said that it can't be shown.
    pub fn field(&self) -> &'static str {
        match self.kind.as_str() {
            "contest" => "contest",
            "announcement" => "words",
            "today" => "seconds",
            _ => "metric",
        }
    }

    fn timed(&self, item: Item, errors: &mut FieldErrors) -> Slot {
        let when = When::typed(&self.days, &self.from, &self.until, errors);
        let slot = Slot { item, when, seconds: seconds_typed(&self.seconds, errors) };
        slot.check(errors);
        slot
    }

    /// It is of the kind that was sent, and no stand-in.
    fn is_sent(&self, item: &Item) -> bool {
        item.key().split(':').next() == Some(self.kind.as_str())
    }
}

/// The place of a thing in the list.
///
/// # Errors
/// 409 where there is none any more.
pub fn place(slots: &[Slot], at: usize) -> Result<usize> {
    if at < slots.len() {
        return Ok(at);
    }
    Err(AppError::conflict("Somebody else changed this screen meanwhile. Please look at it again."))
}
