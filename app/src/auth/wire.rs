//! What the dashboard's frame and the choice of organisations are made of.

use serde::{Deserialize, Serialize};

use crate::billing::wire::PlanNotice;

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
    /// Others that they belong to, by name: to switch to.
    pub others: Vec<OrgCard>,
    /// "30 November 2026": from then on they need a second factor here, and have none.
    pub factor_due_on: Option<String>,
    /// The plan is about to end, or has.
    pub plan: Option<PlanNotice>,
    /// Support can look at the organisation, or it is support that looks.
    pub support: Option<ShellNotice>,
    /// They run the platform.
    pub operator: bool,
    /// What their role lets them open.
    pub nav: Vec<NavItem>,
}

/// What the frame says on every page, while there is something to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellNotice {
    /// "Viewing as support until 2:30 pm. Read only."
    pub words: String,
    /// What can be done about it, and where.
    pub link: Option<(String, String)>,
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

/// What an authenticator app needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentPage {
    /// A QR code, as the address of a picture.
    pub picture: String,
    /// The same to be opened by an app on this very phone: `otpauth://totp/…`.
    pub address: String,
    /// The same to be typed, in base 32.
    pub secret: String,
}

/// What a browser is asked to sign with a passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceremony {
    /// Comes back with the answer.
    pub token: String,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` (Web Authentication, level 3, §5.1.8, §5.1.9).
    pub options: String,
}

/// What somebody can show after their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// A code from an authenticator app.
    pub app: bool,
    /// A passkey.
    pub passkey: bool,
}

/// A passkey in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyLine {
    /// Its id.
    pub id: String,
    /// "Chrome on Windows", or what its owner calls it.
    pub name: String,
    /// "Made on 23 November 2026, used last 5 minutes ago."
    pub text: String,
}

/// How hard a password would be to guess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// From 0, which a few guesses find, to 4.
    pub score: u8,
    /// What would make it better; empty where nothing need be.
    pub advice: String,
}

/// What a mailed link about an address does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// It shows that somebody reads mail at this address.
    Address,
    /// It agrees to another address.
    Agree,
}

/// Another address that is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAddress {
    /// The address.
    pub email: String,
    /// The one until now has agreed.
    pub old_agreed: bool,
    /// The new one has.
    pub new_agreed: bool,
}

/// Recovery codes, shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// Whose account they open.
    pub email: String,
    /// "8kq2m-4x7dp".
    pub codes: Vec<String>,
}

/// How somebody's account is secured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// They read mail at it.
    pub email_confirmed: bool,
    /// Another one, to which not both have agreed yet.
    pub new_email: Option<NewAddress>,
    /// "23 November 2026": since when they have an authenticator app.
    pub app_since: Option<String>,
    /// Their passkeys, the oldest first.
    pub passkeys: Vec<PasskeyLine>,
    /// They have to have one.
    pub must_have_factor: bool,
    /// "24 November 2026": an admin has it taken away then.
    pub factor_reset_on: Option<String>,
    /// Recovery codes that are left.
    pub codes_left: i64,
    /// They have just shown again who they are.
    pub confirmed: bool,
    /// Where they are logged in, this session first.
    pub sessions: Vec<SessionLine>,
    /// What happened to the account lately, the newest first.
    pub happenings: Vec<Happening>,
}

impl AccountPage {
    /// They have a second factor: an authenticator app or a passkey.
    pub fn has_factor(&self) -> bool {
        self.app_since.is_some() || !self.passkeys.is_empty()
    }
}

/// Something that happened to an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// "Logged in"
    pub what: String,
    /// "5 minutes ago, from 203.0.113.9"
    pub when: String,
    /// It may be somebody else's doing.
    pub alarming: bool,
}

/// A session in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    /// Its id.
    pub id: String,
    /// "Firefox on Windows".
    pub device: String,
    /// It is this one.
    pub here: bool,
    /// "Logged in 2 days ago from 203.0.113.x, last used 5 minutes ago."
    pub text: String,
}
