//! What the pages about billing are made of.

use serde::{Deserialize, Serialize};

/// How often is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Each month.
    Month,
    /// Each year.
    Year,
}

impl Period {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Month, Self::Year].into_iter().find(|period| period.as_str() == word)
    }
}
