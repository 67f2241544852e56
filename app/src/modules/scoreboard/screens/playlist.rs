//! What a screen shows, one after the other.

use serde::{Deserialize, Serialize};

use super::super::{
    board::{Asked, Book, Of},
    period::Kind,
    ranking::Ties,
    store::Metric,
};
use crate::{
    error::{AppError, FieldErrors, Result},
    web::is_text,
};

/// So many things are shown one after the other at most.
pub const MOST: usize = 20;
/// How long each is shown, in seconds.
pub const SECONDS: std::ops::RangeInclusive<u32> = 5..=600;
/// The longest announcement.
const LONGEST: usize = 200;

/// What a screen shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playlist {
    /// One after the other.
    pub items: Vec<Item>,
    /// How long each is shown.
    pub seconds: u32,
    /// Shown among them; empty: nothing.
    #[serde(default)]
    pub announcement: String,
}

/// Something that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Item {
    /// Who stands where, in the period that runs.
    Board {
        /// The metric's word.
        metric: String,
        /// `day`, `week`, `month` and so on.
        period: String,
        /// `people`, `teams` or `branches`.
        of: String,
    },
    /// What came in last.
    Latest {
        /// The metric's word.
        metric: String,
    },
}

impl Item {
    /// Names it: `board:sales:month:people`.
    pub fn key(&self) -> String {
        match self {
            Self::Board { metric, period, of } => format!("board:{metric}:{period}:{of}"),
            Self::Latest { metric } => format!("latest:{metric}"),
        }
    }

    /// Reads what [`Item::key`] wrote.
    pub fn parse(key: &str) -> Option<Self> {
        let parts: Vec<&str> = key.split(':').collect();
        match parts.as_slice() {
            ["board", metric, period, of] => {
                Kind::parse(period)?;
                Of::parse(of)?;
                let (metric, period, of) = ((*metric).to_owned(), (*period).to_owned(), (*of).to_owned());
                Some(Self::Board { metric, period, of })
            }
            ["latest", metric] => Some(Self::Latest { metric: (*metric).to_owned() }),
            _ => None,
        }
    }

    /// The word of the metric that it is of.
    pub fn metric(&self) -> &str {
        match self {
            Self::Board { metric, .. } | Self::Latest { metric } => metric,
        }
    }

    /// "Sales: people, month"
    pub fn label(&self, metrics: &[Metric]) -> String {
        let name = metrics.iter().find(|metric| metric.key == self.metric()).map_or("", |metric| metric.name.as_str());
        match self {
            Self::Board { period, of, .. } => {
                let of = Of::parse(of).map_or("", Of::label);
                let period = Kind::parse(period).map_or("", Kind::label).to_lowercase();
                format!("{name}: {}, {period}", of.to_lowercase())
            }
            Self::Latest { .. } => format!("{name}: what came in last"),
        }
    }

    /// The board that it is, where it is one.
    pub fn asked(&self) -> Option<Asked> {
        let Self::Board { metric, period, of } = self else { return None };
        let (metric, period, of) = (metric.clone(), period.clone(), Of::parse(of)?);
        Some(Asked { metric, period, of, team: None, ties: Ties::Shared })
    }
}

impl Playlist {
    /// What a new screen shows: everybody's month in what is counted first, and the teams', where there are any.
    pub fn usual(book: &Book) -> Self {
        let first = public(book).next().map(|metric| metric.key.clone());
        let ofs: &[Of] = if book.everybody.teams.is_empty() { &[Of::People] } else { &[Of::People, Of::Teams] };
        let items = first.into_iter().flat_map(|metric| {
            ofs.iter().map(move |of| Item::Board {
                metric: metric.clone(),
                period: Kind::Month.as_str().to_owned(),
                of: of.as_str().to_owned(),
            })
        });
        Self { items: items.collect(), seconds: 20, announcement: String::new() }
    }

    /// All that there is to show.
    pub fn all(book: &Book) -> Vec<Item> {
        let mut items = Vec::new();
        for metric in public(book) {
            for (of, kinds) in [
                (Of::People, &[Kind::Day, Kind::Week, Kind::Month, Kind::FinancialYear][..]),
                (Of::Teams, &[Kind::Week, Kind::Month][..]),
                (Of::Branches, &[Kind::Month][..]),
            ] {
                let there_are = match of {
                    Of::People => true,
                    Of::Teams => book.everybody.teams.iter().any(|team| team.kind == "team"),
                    Of::Branches => book.everybody.teams.iter().any(|team| team.kind == "branch"),
                };
                if there_are {
                    items.extend(kinds.iter().map(|kind| Item::Board {
                        metric: metric.key.clone(),
                        period: kind.as_str().to_owned(),
                        of: of.as_str().to_owned(),
                    }));
                }
            }
            if metric.is_sum() {
                items.push(Item::Latest { metric: metric.key.clone() });
            }
        }
        items
    }

    /// What a form sent.
    ///
    /// # Errors
    /// 422 for what is nothing that can be shown.
    pub fn typed(items: &[String], seconds: &str, announcement: &str) -> Result<Self> {
        let items = items.iter().map(|key| Item::parse(key)).collect::<Option<Vec<_>>>();
        let items = items.ok_or_else(|| AppError::field("items", "Choose what there is to choose."))?;
        let seconds = seconds.trim().parse().ok().filter(|seconds| SECONDS.contains(seconds));
        let seconds = seconds.ok_or_else(|| AppError::field("seconds", "Enter 5 to 600 seconds."))?;
        Ok(Self { items, seconds, announcement: announcement.trim().to_owned() })
    }

    /// Calls a metric by another word. `false`: it isn't in it.
    pub fn rename(&mut self, before: &str, now: &str) -> bool {
        let mut renamed = false;
        for item in &mut self.items {
            let (Item::Board { metric, .. } | Item::Latest { metric }) = item;
            if metric == before {
                now.clone_into(metric);
                renamed = true;
            }
        }
        renamed
    }

    /// Notes what is wrong with it.
    pub fn check(&self, metrics: &[Metric], errors: &mut FieldErrors) {
        if self.items.len() > MOST {
            errors.add("items", format!("Choose at most {MOST}."));
        }
        if self.items.is_empty() && self.announcement.is_empty() {
            errors.add("items", "Choose what it shows, or write an announcement.");
        }
        let known = |item: &Item| {
            metrics.iter().any(|metric| {
                metric.key == item.metric()
                    && metric.shown_to == "everyone"
                    && (metric.is_sum() || matches!(item, Item::Board { .. }))
            })
        };
        if !self.items.iter().all(known) {
            errors.add("items", "Choose what everybody may see.");
        }
        if self.announcement.chars().count() > LONGEST || !is_text(&self.announcement) {
            errors.add("announcement", "Use at most 200 characters.");
        }
        if !SECONDS.contains(&self.seconds) {
            errors.add("seconds", "Enter 5 to 600 seconds.");
        }
    }

    /// As it is stored.
    pub fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was stored. What this version doesn't know any more is left out.
    pub fn read(stored: &str) -> Self {
        #[derive(Deserialize)]
        struct Stored {
            items: Vec<serde_json::Value>,
            seconds: u32,
            #[serde(default)]
            announcement: String,
        }
        let Ok(stored) = serde_json::from_str::<Stored>(stored) else {
            return Self { items: Vec::new(), seconds: 20, announcement: String::new() };
        };
        let items = stored.items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect();
        Self { items, seconds: stored.seconds, announcement: stored.announcement }
    }
}

/// What everybody may see, and so a screen.
fn public(book: &Book) -> impl Iterator<Item = &Metric> {
    book.metrics.iter().filter(|metric| metric.active && metric.shown_to == "everyone")
}
