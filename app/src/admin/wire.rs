//! What the operator's pages are made of.

use serde::{Deserialize, Serialize};

use crate::{billing::wire::InvoiceLine, ui::Choice};

/// What comes in, and what needs attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewPage {
    /// What needs somebody to look at it.
    pub attention: Vec<Attention>,
    /// What comes in, and from how many.
    pub figures: Vec<Figure>,
    /// By plan.
    pub plans: Vec<PlanLine>,
    /// "November 2026"
    pub month: String,
    /// What has changed in it.
    pub moved: Vec<MovedLine>,
}

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// "2 payments have failed"
    pub words: String,
    /// Where it can be seen to.
    pub href: String,
}

/// One kind of change to what comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedLine {
    /// "New"
    pub kind: String,
    /// How many times.
    pub times: i64,
    /// "$590.00"; "−$590.00": each month.
    pub monthly: String,
    /// "$7,080.00": each year.
    pub yearly: String,
}

/// The organisations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgsPage {
    /// In the order of their addresses.
    pub orgs: Vec<OrgLine>,
    /// What was searched for.
    pub search: String,
    /// The plans to choose from.
    pub plans: Vec<Choice>,
    /// How they stand, to choose from.
    pub standings: Vec<Choice>,
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
    /// "$1,081.67": both, each month.
    pub a_month: String,
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
    /// "12 of 150 bookings this month", of each quota.
    pub used: Vec<String>,
    /// "On trial": in a word or two.
    pub badge: String,
    /// "Trial until 7 December 2026"
    pub standing: String,
    /// "Until 7 December 2026": what the badge doesn’t say; may be empty.
    pub when: String,
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
    /// "$59.00 a month, including GST"
    pub price: String,
    /// The partner that it came by; empty: none.
    pub invited_by: String,
    /// What it may offer as a partner, as the form's fields have it.
    pub partner: PartnerForm,
    /// "Priya Nair, priya@example.com"; empty where nobody owns it.
    pub owner: String,
    /// How it pays by Stripe, if it does or did.
    pub stripe: Option<OrgStripe>,
    /// It is suspended.
    pub suspended: bool,
    /// Its owner has closed it, to be deleted.
    pub closed: bool,
    /// What it has agreed to, as the form's fields have it.
    pub agreed: AgreedForm,
    /// The plans to choose from.
    pub plans: Vec<(String, String)>,
    /// The modules to choose from.
    pub modules: Vec<Choice>,
    /// Whether its owner lets support look.
    pub support: OrgSupport,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

impl OrgPage {
    /// Other terms can be agreed to by hand.
    pub fn can_agree(&self) -> bool {
        !self.closed && !self.stripe.as_ref().is_some_and(|stripe| stripe.holds)
    }
}

/// How an organisation pays by Stripe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgStripe {
    /// `cus_…`
    pub customer: String,
    /// Where it is at Stripe; empty while nobody takes payments here.
    pub page: String,
    /// What it agrees to is what it pays for there.
    pub holds: bool,
    /// The newest first.
    pub invoices: Vec<InvoiceLine>,
}

/// Whether an organisation's owner lets support look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgSupport {
    /// "23 November 2026 at 2:30 pm AEDT", while they do.
    pub until: Option<String>,
    /// What it is about, in the owner's words; may be empty.
    pub about: String,
    /// "Its owner was asked 5 minutes ago."; or that they said no.
    pub asked: Option<String>,
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

/// The fields of what an organisation may offer as a partner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerForm {
    /// It is one.
    pub is_one: bool,
    /// The plans to choose from.
    pub plans: Vec<Choice>,
    /// Days.
    pub most_free_days: String,
    /// A number, or nothing.
    pub least_percent: String,
    /// A number.
    pub most_open: String,
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

/// Who has an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// The newest first.
    pub people: Vec<PersonLine>,
    /// The address that was searched for.
    pub email: String,
    /// There are more after this id.
    pub more_after: Option<String>,
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
    /// `auth.password_reset`
    pub code: String,
    /// The organisation that it is about, if it is about one: its part of addresses, and its name.
    pub org: Option<(String, String)>,
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
    /// One of each kind, or several where they differ; those to the same people beside each other.
    pub letters: Vec<Template>,
}

/// A letter with example data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Whom it goes to: "Clients".
    pub audience: String,
    /// "Set another password", and which of them.
    pub kind: String,
    /// Its subject.
    pub subject: String,
    /// As text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// Somebody who has an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLine {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// "23 November 2026": since when they have it.
    pub since: String,
    /// "5 minutes ago"; empty where they aren't logged in.
    pub seen: String,
    /// They log in in two steps.
    pub has_factor: bool,
    /// They run the platform.
    pub runs_platform: bool,
    /// Where they belong.
    pub orgs: Vec<TheirOrg>,
}

/// An organisation that somebody belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TheirOrg {
    /// Its part of addresses.
    pub slug: String,
    /// Its trading name.
    pub name: String,
    /// Their role in it.
    pub role: String,
}

/// The background jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsPage {
    /// By name, and by the machine that runs them.
    pub jobs: Vec<JobLine>,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// A background job on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobLine {
    /// `platform.sessions`
    pub name: String,
    /// "Compares every payment with Stripe"
    pub title: String,
    /// The machine.
    pub host: String,
    /// "Ran 5 minutes ago, took 0.3 seconds"; empty where it hasn't.
    pub last: String,
    /// "runs again in 5 minutes"
    pub next: String,
    /// Why it failed; empty where it didn't.
    pub error: String,
    /// "Fine"
    pub standing: String,
    /// It isn't as it should be.
    pub alarming: bool,
}

/// How the platform is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthPage {
    /// One after the other.
    pub facts: Vec<Fact>,
}

/// Something that is known of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// "Last backup"
    pub label: String,
    /// "5 hours ago"
    pub value: String,
    /// What that means; may be empty.
    pub about: String,
    /// It isn't as it should be.
    pub alarming: bool,
    /// What to do about it, where it isn't as it should be.
    pub advice: String,
    /// Where that is done or seen; may be empty.
    pub href: String,
}

/// The platform's own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The newest first.
    pub lines: Vec<LogLine>,
    /// There are older ones before this number.
    pub before: Option<i64>,
    /// These are the newest.
    pub newest: bool,
    /// Only what those did who run the platform.
    pub ours: bool,
}

/// An entry of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number.
    pub number: i64,
    /// "23 November 2026, 9:00 am"
    pub when: String,
    /// "Olly Operator suspended Alpha Clinic"
    pub what: String,
    /// "Plan: Team → Solo", each by itself.
    pub about: Vec<String>,
    /// "203.0.113.7"; empty where that isn't known.
    pub place: String,
}
