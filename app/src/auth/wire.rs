//! What the dashboard's frame and the choice of organisations are made of.

use serde::{Deserialize, Serialize};

/// An entry in the dashboard's navigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NavItem {
    /// "Calendar".
    pub label: String,
    /// `/app/harbour-physio/calendar`.
    pub href: String,
    /// Name of an icon in the design system.
    pub icon: String,
    /// Addresses elsewhere that belong to it: it is marked as current there.
    pub also: Vec<String>,
}

/// The dashboard's frame: the organisation, the person, and where they may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    /// The part of the address that names the organisation: `/app/{org_slug}`.
    pub org_slug: String,
    /// Its trading name.
    pub org_name: String,
    /// The person logged in; may be empty.
    pub user_name: String,
    /// Their role in it, e.g. `owner`.
    pub role: String,
    /// They belong to others, too.
    pub has_others: bool,
    /// What their role lets them open.
    pub nav: Vec<NavItem>,
}

/// An organisation that somebody belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgCard {
    /// Where its pages begin, e.g. `/app/harbour-physio/calendar`.
    pub home: String,
    /// Its trading name.
    pub name: String,
    /// The person's role in it, e.g. `owner`.
    pub role: String,
}
