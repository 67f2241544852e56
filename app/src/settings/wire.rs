//! What the settings pages are made of.

use serde::{Deserialize, Serialize};

use crate::ui::Choice;

/// A page of settings, on the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsCard {
    /// "Services".
    pub label: String,
    /// Its address.
    pub href: String,
    /// What can be set there, in a sentence.
    pub about: String,
}

/// The settings of the organisation itself, or of one module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsGroup {
    /// "Your business", "Calendar".
    pub title: String,
    /// Its pages that the person may open; at least one.
    pub pages: Vec<SettingsCard>,
}

/// Somewhere that the person can go, in the search palette.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// "Settings", "Services".
    pub group: String,
    /// "Initial consultation".
    pub label: String,
    /// Other words that it is found by.
    pub also: String,
    /// Its address; `#keys` and `#log-out` are for the page to do.
    pub href: String,
}

/// How an organisation's public pages look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Its colours, as a style attribute has them; empty: ours.
    pub style: String,
    /// Where its logo is; empty: it has none.
    pub logo: String,
}

/// The business's details, to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailsForm {
    /// Grows with every change.
    pub version: i64,
    /// Its trading name.
    pub name: String,
    /// What it does, in its own words.
    pub description: String,
    /// Public phone number.
    pub phone: String,
    /// Street address in one line.
    pub address: String,
    /// The name that it has to the law.
    pub legal_name: String,
    /// "51 824 753 556"
    pub abn: String,
    /// The state or territory.
    pub state: String,
    /// All of them, and none.
    pub states: Vec<(String, String)>,
    /// IANA zone.
    pub zone: String,
    /// Zones to choose from, by group: Australia first.
    pub zones: Vec<(String, Vec<(String, String)>)>,
}

/// The organisation's API tokens, and what a new one can be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensPage {
    /// The newest first.
    pub tokens: Vec<TokenLine>,
    /// What a token can be allowed.
    pub scopes: Vec<Choice>,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// A token in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenLine {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it is allowed, in words.
    pub scopes: Vec<String>,
    /// "23 November 2026".
    pub made: String,
    /// The same, once it no longer works.
    pub revoked: Option<String>,
}

/// A token that was just made: the only time its secret is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSecret {
    /// What it is for.
    pub name: String,
    /// The secret.
    pub secret: String,
}
