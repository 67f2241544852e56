//! Every letter that there is, with example data: for the operator’s previews, and for the tests, which hold each against what it
//! looked like before. A kind of letter that isn’t here fails them.

use super::Letter;
use crate::{
    admin::letters,
    auth::{
        email,
        notices::{self, Notice},
        operator_reset, recovery,
    },
    billing::{notices as plan_notices, quota},
    modules::MODULES,
    onboarding::{
        self,
        invites::{self, First},
    },
    people::{factor_reset, invitations, ownership, security},
    settings::{closing, export},
    support::letters as support,
    webhooks::deliver::{self as webhooks, Off},
};

/// The kinds of letters, and what they are for.
const KINDS: &[(&str, &str)] = &[
    ("auth.confirm_email", "Confirm an address"),
    ("auth.change_email_old", "Change of address, to the old one"),
    ("auth.change_email_new", "Change of address, to the new one"),
    ("auth.email_changed", "The address was changed"),
    ("auth.password_reset", "Set another password"),
    ("auth.password_changed", "The password was changed"),
    ("auth.password_reset_done", "The password was changed by a link"),
    ("auth.factor_added", "An authenticator app was added"),
    ("auth.factor_removed", "An authenticator app was removed"),
    ("auth.factor_reset_asked", "Two-step login is to be removed"),
    ("auth.factor_reset", "Two-step login was removed"),
    ("auth.passkey_added", "A passkey was added"),
    ("auth.passkey_removed", "A passkey was removed"),
    ("auth.new_recovery_codes", "New recovery codes"),
    ("auth.recovery_code_used", "A recovery code was used"),
    ("auth.new_browser", "Logged in somewhere new"),
    ("people.invited", "An invitation"),
    ("people.factor_asked", "Two-step login is asked for"),
    ("people.ownership_offered", "The ownership is offered"),
    ("people.ownership_taken", "The ownership was taken"),
    ("auth.token_made", "An API token was made"),
    ("onboarding.begun", "Going on with signing up"),
    ("onboarding.invited", "A business is invited"),
    ("settings.closing", "The organisation is to be deleted"),
    ("admin.suspended", "The organisation is suspended"),
    ("admin.restored", "The organisation is open again"),
    ("settings.export", "An export of everything"),
    ("settings.webhook_off", "A webhook is switched off"),
    ("support.asked", "Support asks to look"),
    ("support.given", "Support can look"),
    ("support.used", "Support has begun to look"),
    ("support.ended", "Support can’t look any more"),
    ("billing.well", "The plan goes on"),
    ("billing.ends_soon", "A trial or a plan ends soon"),
    ("billing.unpaid", "The first payment is due"),
    ("billing.payment_failed", "A payment has failed"),
    ("billing.too_many", "More people belong than there are seats"),
    ("billing.crowded", "The same, and nothing can be changed"),
    ("billing.read_only", "The organisation can only be read"),
    ("billing.closed", "The organisation is closed"),
    ("operator.reset", "The account was reset on the server"),
    ("billing.quota", "What the plan allows is nearly used, or all of it"),
];

const TO: &str = "casey@example.com.au";
const NAME: &str = "Casey Client";
const ORG: &str = "Harbour Physio";
const SLUG: &str = "harbour-physio";
const WHOM: &str = "whoever runs this platform (help@example.com.au)";
/// Stands where the secret part of a link is.
const TOKEN: &str = "example-link";

/// A letter with example data.
#[derive(Debug, Clone)]
pub struct Example {
    /// `auth.password_reset`
    pub kind: &'static str,
    /// Which of the letters of this kind: empty where there is one.
    pub variant: &'static str,
    /// What it says.
    pub letter: Letter,
}

/// Whom a letter goes to, in the order in which previews show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// An organisation's clients, from a module.
    Clients,
    /// Whoever has an account, or is invited to one.
    Members,
    /// Owners and admins, and who becomes one.
    Owners,
    /// Whoever runs the platform.
    Operator,
}

impl Audience {
    /// Whom letters of a kind go to.
    pub fn of(kind: &str) -> Self {
        match kind.split('.').next() {
            _ if kind.starts_with("people.ownership") => Self::Owners,
            // What a module writes to those who work with it.
            _ if kind.contains(".staff_") => Self::Members,
            _ if kind.contains(".owner_") => Self::Owners,
            Some("auth" | "people") => Self::Members,
            Some("admin" | "billing" | "onboarding" | "settings" | "support") => Self::Owners,
            Some("operator") => Self::Operator,
            _ => Self::Clients,
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Clients => "To clients",
            Self::Members => "To members",
            Self::Owners => "To owners and admins",
            Self::Operator => "To you, who run the platform",
        }
    }
}

/// What letters of a kind are for. Of one that nobody knows any more, its name.
pub fn words(kind: &str) -> String {
    let of_modules = MODULES.iter().flat_map(|module| module.letter_kinds());
    let known = KINDS.iter().chain(of_modules).find(|(name, _)| *name == kind);
    known.map_or_else(|| kind.rsplit('.').next().unwrap_or(kind).replace('_', " "), |(_, words)| (*words).to_owned())
}

/// One of each kind, or several where they differ.
pub fn all(origin: &str) -> Vec<Example> {
    let example = |kind, variant, letter| Example { kind, variant, letter };
    let to = || TO.to_owned();
    let link = |path: &str| format!("{origin}{path}/{TOKEN}");
    let used = |used| {
        quota::letter(
            origin,
            to(),
            NAME,
            &quota::Nearing { org: ORG, slug: SLUG, counts: "bookings this month", used, limit: 100 },
        )
    };
    let offer = "Team, 5 people, $49.50 a month, including GST";
    let invited = |first| invites::letter(origin, to(), "Olly Operator", ORG, offer, first, TOKEN);
    let closing = |page| {
        let words = "Harbour Physio is closed, and on 7 January 2027 all that it has is deleted for good, and from our backups as they expire.";
        closing::letter(
            to(),
            "Harbour Physio will be deleted on 7 January 2027",
            vec![notices::greeting(NAME), words.to_owned()],
            page,
        )
    };
    let exported = export::letter(
        to(),
        NAME,
        "Your export is ready: Harbour Physio",
        "All that your organisation has on Devalo is in one file. It can be fetched for a week.",
        ("Download it", format!("{origin}/app/{SLUG}/settings/data")),
    );
    let webhook_off = |why| {
        let page = format!("{origin}/app/{SLUG}/settings/webhooks/example");
        webhooks::letter(to(), NAME, ORG, "Accounting", why, page)
    };
    let asked = |days| security::asked_letter(origin, to(), NAME, ORG, days);
    let until = "26 November 2026 at 9:05 am AEDT";
    let why = "The diary shows two appointments at 9 am. I’d like to see why.";
    let new = "casey.client@example.com.au";
    let mut all = vec![
        example("auth.confirm_email", "", email::confirm_letter(to(), NAME, link("/login/confirm"))),
        example("auth.change_email_old", "", email::old_letter(origin, to(), NAME, new, link("/login/confirm"))),
        example("auth.change_email_new", "", email::new_letter(new.to_owned(), NAME, link("/login/confirm"))),
        example("auth.change_email_new", "it has an account", email::taken_letter(new.to_owned())),
        example("auth.password_reset", "", recovery::letter(origin, to(), NAME, TOKEN)),
        example("auth.factor_reset_asked", "", factor_reset::asked_letter(origin, to(), NAME, ORG)),
        example("operator.reset", "", operator_reset::letter(origin, to(), "Olly Operator")),
        example("people.invited", "", invitations::letter(origin, to(), "Alex Owner", ORG, TOKEN)),
        example("people.factor_asked", "in a week", asked(7)),
        example("people.factor_asked", "at once", asked(0)),
        example("people.ownership_offered", "", ownership::offered_letter(origin, to(), NAME, ORG, SLUG)),
        example("people.ownership_taken", "", ownership::taken_letter(to(), NAME, ORG, "Alex Owner")),
        example("onboarding.begun", "", onboarding::begun_letter(origin, to(), "Team", TOKEN)),
        example("onboarding.invited", "free at first", invited(First::After(30))),
        example("onboarding.invited", "free", invited(First::Never)),
        example("onboarding.invited", "paid at once", invited(First::AtOnce)),
        example(
            "onboarding.invited",
            "by a partner",
            invites::letter(origin, to(), "Priya Nair of Harbour Accounting", ORG, offer, First::After(30), TOKEN),
        ),
        example("settings.closing", "to the owner", closing(Some(format!("{origin}/app/{SLUG}/closed")))),
        example("settings.closing", "to others", closing(None)),
        example("admin.suspended", "", letters::suspended(to(), NAME, ORG, "An invoice from May is still open.", WHOM)),
        example("admin.restored", "", letters::restored(origin, to(), NAME, ORG, SLUG)),
        example("settings.export", "", exported),
        example("settings.webhook_off", "gone", webhook_off(Off::Gone)),
        example("settings.webhook_off", "failing", webhook_off(Off::Failing)),
        example(
            "support.asked",
            "",
            support::asked(
                origin,
                to(),
                NAME,
                &support::Asks { who: "Olly Operator", why, length: "four hours".to_owned() },
                ORG,
                SLUG,
            ),
        ),
        example("support.given", "", support::given(origin, to(), NAME, ORG, SLUG, until)),
        example("support.used", "", support::used(origin, to(), NAME, "Olly Operator", ORG, SLUG, until)),
        example("support.ended", "", support::ended(origin, to(), NAME, ORG, SLUG, "The time that you chose is over.")),
        example("billing.quota", "four fifths", used(80)),
        example("billing.quota", "all", used(100)),
    ];
    all.extend(
        plan_notices::examples(origin, TO, NAME, ORG, SLUG).into_iter().map(|(kind, letter)| example(kind, "", letter)),
    );
    let tokens = &["“Website” of Harbour Physio".to_owned()];
    let notices = [
        ("", Notice::PasswordChanged(&[])),
        ("with tokens", Notice::PasswordChanged(tokens)),
        ("", Notice::PasswordReset { tokens: false }),
        ("with tokens", Notice::PasswordReset { tokens: true }),
        ("", Notice::FactorAdded),
        ("", Notice::FactorRemoved),
        ("", Notice::PasskeyAdded("Casey’s phone")),
        ("", Notice::PasskeyRemoved("Casey’s phone")),
        ("", Notice::FactorReset),
        ("", Notice::NewRecoveryCodes),
        ("some left", Notice::RecoveryCodeUsed(7)),
        ("one left", Notice::RecoveryCodeUsed(1)),
        ("none left", Notice::RecoveryCodeUsed(0)),
        ("", Notice::NewBrowser("Firefox on Windows")),
        ("", Notice::EmailChanged(new)),
        ("by them", Notice::TokenMade { slug: SLUG, org: ORG, token: "Website", by: None }),
        ("by another", Notice::TokenMade { slug: SLUG, org: ORG, token: "Website", by: Some("Alex Owner") }),
    ];
    all.extend(notices.into_iter().map(|(variant, notice)| {
        let (kind, letter) = notices::letter(origin, to(), NAME, &notice);
        example(kind, variant, letter)
    }));
    all.extend(MODULES.iter().flat_map(|module| module.letters(origin)));
    all
}
