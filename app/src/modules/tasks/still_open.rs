//! What stays open although something was completed: its subtasks, and what it waited for. Nothing is refused for that; whoever completed it is told.

use std::collections::BTreeSet;

use super::{
    access,
    ids::TaskId,
    store::{CountRow, as_json},
    store_search, store_templates, tasks,
};
use crate::{error::Result, money::counted, org::OrgTx};

/// So many that were waited for are told by their numbers.
const MOST_NAMED: usize = 5;

/// What stays open although something was completed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StillOpen {
    /// Several were completed at once.
    several: bool,
    /// How many subtasks.
    subtasks: i64,
    /// The numbers of what was waited for: the first of them.
    waited: Vec<i64>,
    /// And how many more.
    more: i64,
}

/// What stays open of what was completed just now, and what that waited for, as far as whoever asks sees it. Whoever doesn’t read tasks hears nothing of it.
///
/// # Errors
/// The database is busy.
pub async fn of(tx: &mut OrgTx, completed: &BTreeSet<TaskId>) -> Result<StillOpen> {
    if completed.is_empty() || !access::reads(tx) {
        return Ok(StillOpen::default());
    }
    let ids = as_json(completed.iter().map(|id| id.0));
    let open = |row: &CountRow| row.total.saturating_sub(row.done);
    let subtasks = store_search::counts_below(tx, &ids).await?.iter().map(open).fold(0, i64::saturating_add);
    let first: BTreeSet<TaskId> = store_templates::links_among(tx, &ids).await?.into_iter().map(|(id, _)| id).collect();
    let mut waited = Vec::new();
    if !first.is_empty() {
        let seen = access::tasks(tx, first).await?;
        waited
            .extend(seen.values().filter(|task| !task.is_done() && task.trashed_at.is_none()).map(|task| task.number));
    }
    waited.sort_unstable();
    let more = i64::try_from(waited.len().saturating_sub(MOST_NAMED)).unwrap_or(i64::MAX);
    waited.truncate(MOST_NAMED);
    Ok(StillOpen { several: completed.len() > 1, subtasks, waited, more })
}

impl StillOpen {
    /// “2 subtasks are still open. It waited for T-12, which isn’t done.” Nothing, where nothing is.
    pub fn words(&self) -> String {
        let subtasks = (self.subtasks > 0).then(|| match (self.several, self.subtasks) {
            (true, _) => "Some of them have subtasks that are still open.".to_owned(),
            (false, 1) => "1 subtask is still open.".to_owned(),
            (false, count) => format!("{} are still open.", counted(count, "subtask", "subtasks")),
        });
        let waited = (!self.waited.is_empty()).then(|| {
            let which = if self.several { "Some of them" } else { "It" };
            let are = if self.waited.len() == 1 { "which isn’t done" } else { "which aren’t done" };
            let mut numbers = tasks::named(self.waited.iter().map(|number| format!("T-{number}")));
            if self.more > 0 {
                numbers = format!("{numbers} and {} more", self.more);
            }
            format!("{which} waited for {numbers}, {are}.")
        });
        [subtasks, waited].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The same for an address: numbers alone, so that nobody has a page say what they like.
    pub fn in_address(&self) -> String {
        if self.subtasks == 0 && self.waited.is_empty() {
            return String::new();
        }
        let first = [i64::from(self.several), self.subtasks, self.more];
        let all: Vec<String> = first.iter().chain(&self.waited).map(i64::to_string).collect();
        all.join(".")
    }

    /// From how an address has it.
    pub fn of_address(text: &str) -> Option<Self> {
        let number = |word: &str| word.parse::<u32>().ok().map(i64::from);
        let all: Vec<i64> = text.split('.').map(number).collect::<Option<_>>()?;
        let [several, subtasks, more, waited @ ..] = all.as_slice() else { return None };
        let waited: Vec<i64> = waited.iter().copied().take(MOST_NAMED).collect();
        let found = Self { several: *several > 0, subtasks: *subtasks, more: *more, waited };
        (!found.words().is_empty()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is said in words, and comes through an address as it was; what isn’t numbers says nothing.
    #[test]
    fn what_is_open_is_said() {
        let one = StillOpen { subtasks: 2, waited: vec![12], ..StillOpen::default() };
        assert_eq!(one.words(), "2 subtasks are still open. It waited for T-12, which isn’t done.");
        let several = StillOpen { several: true, subtasks: 1, waited: vec![3, 4], more: 7 };
        let words = "Some of them have subtasks that are still open. Some of them waited for T-3, T-4 and 7 more, which aren’t done.";
        assert_eq!(several.words(), words);
        for all in [one, several] {
            assert_eq!(StillOpen::of_address(&all.in_address()), Some(all));
        }
        assert_eq!((StillOpen::default().in_address(), StillOpen::default().words()), (String::new(), String::new()));
        for odd in ["", "1", "0.2", "1.0.0", "0.2.0.x", "0.-2.0", "0.2.0.99999999999999999999", "<b>"] {
            assert_eq!(StillOpen::of_address(odd), None, "{odd}");
        }
    }
}
