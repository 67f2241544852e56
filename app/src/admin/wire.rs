//! What the operator's pages are made of.

use serde::{Deserialize, Serialize};

use crate::ui::Choice;

/// The organisations, and what comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgsPage {
    /// What comes in, and from how many.
    pub figures: Vec<Figure>,
    /// By plan.
    pub plans: Vec<PlanLine>,
    /// In the order of their addresses.
    pub orgs: Vec<OrgLine>,
    /// What was searched for.
    pub search: String,
    /// There are more after this address.
    pub more_after: Option<String>,
}

/// A number with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// "A month"
    pub label: String,
    /// "$1,490.00"
    pub value: String,
    /// "With GST, from 12 that pay"
    pub about: String,
}

/// A plan, and who has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    /// "Team"
    pub title: String,
    /// How many pay, or needn't.
    pub active: i64,
    /// How many try it out.
    pub trials: i64,
    /// "$590.00": each month.
    pub monthly: String,
    /// "$5,900.00": each year.
    pub yearly: String,
}

/// An organisation in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgLine {
    /// Its part of addresses.
    pub slug: String,
    /// Its trading name.
    pub name: String,
    /// "Team"
    pub plan: String,
    /// "5 of 15 seats"
    pub seats: String,
    /// "Trial until 7 December 2026"
    pub standing: String,
    /// It isn't as it should be.
    pub alarming: bool,
    /// "5 minutes ago"; empty where nobody is logged in.
    pub seen: String,
}

/// One organisation, to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgPage {
    /// As in the list.
    pub org: OrgLine,
    /// "23 November 2026": since when it is there.
    pub since: String,
    /// "$59.00 a month, with GST"
    pub price: String,
    /// It is suspended.
    pub suspended: bool,
    /// What it has agreed to, as the form's fields have it.
    pub agreed: AgreedForm,
    /// The plans to choose from.
    pub plans: Vec<(String, String)>,
    /// The modules to choose from.
    pub modules: Vec<Choice>,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// The fields of what an organisation agrees to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedForm {
    /// A plan's name.
    pub plan: String,
    /// `month` or `year`.
    pub period: String,
    /// A number, or nothing.
    pub seats: String,
    /// Dollars, or nothing.
    pub price: String,
    /// `trial` or `active`.
    pub state: String,
    /// A day, or nothing.
    pub until: String,
}

/// The newest letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailsPage {
    /// The newest first.
    pub mails: Vec<MailLine>,
    /// The states to choose from: values and words.
    pub states: Vec<(String, String)>,
    /// The state that was asked for; empty: all.
    pub state: String,
    /// There are more before this one.
    pub more_before: Option<String>,
    /// How many addresses no mail is sent to.
    pub held_back: i64,
    /// What came of a letter is heard of.
    pub hears: bool,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// A letter in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailLine {
    /// Its id.
    pub id: String,
    /// "Set another password"
    pub kind: String,
    /// "Delivered"
    pub state: String,
    /// It didn't go as it should.
    pub alarming: bool,
    /// "Written 5 minutes ago, delivered 4 minutes ago, tried once"
    pub about: String,
    /// What was said of it last; empty: nothing.
    pub last_error: String,
    /// It can be sent again.
    pub can_send: bool,
}

/// What letters look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatesPage {
    /// One of each kind, or several where they differ.
    pub letters: Vec<Template>,
}

/// A letter with example data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// "Set another password", and which of them.
    pub kind: String,
    /// Its subject.
    pub subject: String,
    /// As text.
    pub text: String,
    /// As HTML.
    pub html: String,
}
