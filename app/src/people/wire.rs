//! What the pages about people are made of.

use serde::{Deserialize, Serialize};

use crate::{error::AppError, ui::Choice};

/// Who belongs to the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// The owner first.
    pub people: Vec<PersonLine>,
    /// The ownership is offered: to whom, by name.
    pub offered_to: Option<String>,
    /// Who is invited and hasn't answered yet.
    pub invited: Vec<InvitedLine>,
    /// "4 of 5 seats are taken."; empty where there is no limit.
    pub seats: String,
    /// One more may belong.
    pub seat_free: bool,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedLine {
    /// The invitation's id.
    pub id: String,
    /// Whom it is for.
    pub email: String,
    /// `manager`
    pub role: String,
    /// "Invited by Priya Raman; good until 30 November 2026."
    pub about: String,
    /// It is too old to be taken up.
    pub lapsed: bool,
    /// Why no mail is sent to them, if so.
    pub no_mail: Option<String>,
}

/// What somebody who is invited can be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitingPage {
    /// The roles that can be given: the word sent, the name, and what it is for in a sentence.
    pub roles: Vec<(String, String, String)>,
    /// The modules that they can work with; none where there is no choice.
    pub modules: Vec<Choice>,
    /// One more may belong.
    pub seat_free: bool,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// An invitation, as whoever has its link sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationPage {
    /// The organisation's name.
    pub org_name: String,
    /// Who invites.
    pub by: String,
    /// Whom.
    pub email: String,
    /// `manager`
    pub role: String,
    /// What can be done with it.
    pub way: Way,
}

/// What whoever has an invitation's link can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// Join: they are logged in as whom it is for.
    Join,
    /// Log out first: they are logged in as somebody else.
    LogOut,
    /// Log in first: there is an account.
    LogIn,
    /// Make an account.
    MakeAccount,
    /// Wait: every seat is taken.
    Wait,
}

/// Somebody who belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLine {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// `admin`
    pub role: String,
    /// What they may do beyond it, in words.
    pub also: Vec<String>,
    /// It is whoever is asking.
    pub you: bool,
    /// How they stand to a second factor.
    pub factor: Factor,
    /// "24 November 2026": it is to be taken away then.
    pub factor_reset_on: Option<String>,
    /// "23 November 2026": since when they belong.
    pub since: String,
    /// Why no mail is sent to them, if so.
    pub no_mail: Option<String>,
    /// Whoever is asking may change what they may do.
    pub manageable: bool,
}

/// How somebody stands to a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Factor {
    /// They have one.
    Has,
    /// They have none, and aren’t asked for one.
    Unasked,
    /// They lack what their organisation asks for.
    Lacks,
}

/// One of them, to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPage {
    /// Who.
    pub person: PersonLine,
    /// The roles that can be given to them: the word sent, the name, and what it is for in a sentence.
    pub roles: Vec<(String, String, String)>,
    /// What can be allowed beyond the role.
    pub grants: Vec<Choice>,
    /// The modules that they can work with; none where there is no choice.
    pub modules: Vec<Choice>,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
    /// Whoever is asking owns the organisation.
    pub may_offer: bool,
    /// The ownership is offered to this person.
    pub offered: bool,
}

/// How the organisation wants its people to log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityPage {
    /// `optional`, `admins`, `everyone`.
    pub policy: String,
    /// "30 November 2026": from when on a second factor is asked, if that is still to come.
    pub due_on: Option<String>,
    /// After how many idle minutes a session ends.
    pub idle_minutes: i64,
    /// Who has no second factor, by name.
    pub without_factor: Vec<String>,
    /// The owner or an admin is among them.
    pub admins_without: bool,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// An offer of the ownership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipPage {
    /// The organisation's name.
    pub org_name: String,
    /// Who offers it.
    pub by: String,
    /// To whom.
    pub to: String,
    /// It is offered to whoever is asking.
    pub to_you: bool,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// A part of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The newest first.
    pub days: Vec<AuditDay>,
    /// Older ones come before this number.
    pub before: Option<i64>,
    /// Who can be asked for: value and name, everybody first.
    pub people: Vec<(String, String)>,
    /// What can be asked for: value and words, everything first.
    pub actions: Vec<(String, String)>,
    /// What was asked for.
    pub asked: AuditQuery,
    /// `2026-11-23`: nothing has happened after it yet.
    pub today: String,
    /// What is wrong with what was asked for: then nothing is listed.
    pub refused: Option<AppError>,
}

/// An invitation that is to go to another address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaddressingPage {
    /// Its id.
    pub id: String,
    /// Where it went.
    pub email: String,
    /// Why whoever reads mail there hasn't read of it, as far as that is known.
    pub why: Option<String>,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// What of the audit log is asked for, as the address says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// A person's or a token's id.
    pub who: String,
    /// `calendar.service_saved`
    pub what: String,
    /// From this day on, `2026-11-23`.
    pub from: String,
    /// To this day, it too.
    pub to: String,
    /// Before this number.
    pub before: Option<i64>,
}

/// The entries of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditDay {
    /// "Today", "Yesterday", "Mon 23 Nov 2026".
    pub day: String,
    /// The newest first.
    pub entries: Vec<AuditLine>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its number.
    pub number: i64,
    /// "9:00 am".
    pub time: String,
    /// "Priya Raman changed what Sam Lee may do"
    pub what: String,
    /// "Role: member → manager", each by itself.
    pub about: Vec<String>,
    /// "203.0.113.7"; empty where that isn't known.
    pub place: String,
}
