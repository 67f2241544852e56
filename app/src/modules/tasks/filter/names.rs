//! Names with what they are compared by, worked out once for all tasks that are held against a filter.

use std::{borrow::Cow, collections::HashMap};

use super::super::words;

/// Names that are known beforehand. Any other is compared as well, and worked out each time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(HashMap<String, Spelt>);

/// What a name is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelt {
    pub(super) folded: String,
    pub(super) words: Vec<String>,
}

impl Names {
    /// One more is known.
    pub fn add(&mut self, name: &str) {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), Spelt::new(name));
        }
    }

    pub(super) fn of(&self, name: &str) -> Cow<'_, Spelt> {
        self.0.get(name).map_or_else(|| Cow::Owned(Spelt::new(name)), Cow::Borrowed)
    }
}

impl Spelt {
    fn new(name: &str) -> Self {
        #[cfg(test)]
        FOLDED.with(|count| count.set(count.get() + 1));
        Self { folded: words::folded(name), words: words::in_order(name) }
    }
}

#[cfg(test)]
thread_local! {
    /// How many names this thread worked out.
    pub(super) static FOLDED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
