//! The kinds of letters that the calendar writes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    clock::Instant,
    error::Result,
    mail::{self, MailId, Mailing},
    org::OrgTx,
};

/// A letter to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is booked.
    Booked,
    /// It is asked for, and waits for the business.
    Requested,
    /// The business said yes.
    Confirmed,
    /// The business said no.
    Declined,
    /// The business didn’t say yes in time.
    Lapsed,
    /// It is at another time.
    Moved,
    /// Its client cancelled it.
    Cancelled,
    /// The business cancelled it.
    CalledOff,
    /// It is soon.
    Reminder,
    /// It was.
    FollowUp,
}

/// A letter to somebody who is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffKind {
    /// They are booked.
    Booked,
    /// One of theirs is at another time, or with another.
    Moved,
    /// A client cancelled.
    Cancelled,
    /// One of theirs waits for a yes.
    ToConfirm,
    /// Their day.
    Agenda,
}

/// A letter to somebody on the waitlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitlistKind {
    /// They are on it.
    Joined,
    /// A time has come free, and is theirs for now.
    Offered,
}

/// The names of all kinds, and what they are for, for whoever runs the platform.
pub const WORDS: &[(&str, &str)] = &[
    ("calendar.booked", "A booking stands"),
    ("calendar.requested", "A booking waits for the business"),
    ("calendar.confirmed", "The business said yes"),
    ("calendar.declined", "The business said no"),
    ("calendar.lapsed", "The business didn’t say yes in time"),
    ("calendar.moved", "A booking is at another time"),
    ("calendar.cancelled", "The client cancelled"),
    ("calendar.called_off", "The business cancelled"),
    ("calendar.reminder", "A booking is soon"),
    ("calendar.follow_up", "After an appointment"),
    ("calendar.staff_booked", "Somebody is booked"),
    ("calendar.staff_moved", "An appointment of theirs was moved"),
    ("calendar.staff_cancelled", "A client of theirs cancelled"),
    ("calendar.staff_to_confirm", "A booking waits for their yes"),
    ("calendar.staff_agenda", "Their day"),
    ("calendar.package", "A package was bought"),
    ("calendar.owner_refund_failed", "A refund to a client came to nothing"),
    ("calendar.waitlist_joined", "Somebody is on the waitlist"),
    ("calendar.waitlist_offered", "A time came free for somebody on the waitlist"),
];

impl Kind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Booked,
        Self::Requested,
        Self::Confirmed,
        Self::Declined,
        Self::Lapsed,
        Self::Moved,
        Self::Cancelled,
        Self::CalledOff,
        Self::Reminder,
        Self::FollowUp,
    ];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Requested => "requested",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::Moved => "moved",
            Self::Cancelled => "cancelled",
            Self::CalledOff => "called_off",
            Self::Reminder => "reminder",
            Self::FollowUp => "follow_up",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Booked => "Booking confirmation",
            Self::Requested => "Request received",
            Self::Confirmed => "Request accepted",
            Self::Declined => "Request declined",
            Self::Lapsed => "Request lapsed",
            Self::Moved => "Booking moved",
            Self::Cancelled => "Cancelled by the client",
            Self::CalledOff => "Cancelled by you",
            Self::Reminder => "Reminder",
            Self::FollowUp => "Follow-up",
        }
    }

    /// When it is sent, in a sentence.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Booked => "Right after somebody books, with an entry for their calendar.",
            Self::Requested => "Right after somebody asks for a time that you confirm yourself.",
            Self::Confirmed => "When you confirm it, with an entry for their calendar.",
            Self::Declined => "When you decline it.",
            Self::Lapsed => "When nobody confirmed or declined it in time.",
            Self::Moved => "When you or they move it; the entry in their calendar moves along.",
            Self::Cancelled => "When they cancel.",
            Self::CalledOff => "When you cancel.",
            Self::Reminder => "Before the appointment, as long before as you choose.",
            Self::FollowUp => {
                "After the appointment, as long after as you choose. It is about their visit; news and offers don’t belong in it."
            }
        }
    }

    /// Whether its client can still do something about the booking, so that the letter has their private link.
    pub const fn has_link(self) -> bool {
        matches!(self, Self::Booked | Self::Requested | Self::Confirmed | Self::Moved | Self::Reminder)
    }

    /// Whether it is switched on and off by itself; the others are by when they are sent.
    pub const fn is_switched(self) -> bool {
        !matches!(self, Self::Reminder | Self::FollowUp)
    }

    const fn letter(self) -> &'static str {
        match self {
            Self::Booked => "calendar.booked",
            Self::Requested => "calendar.requested",
            Self::Confirmed => "calendar.confirmed",
            Self::Declined => "calendar.declined",
            Self::Lapsed => "calendar.lapsed",
            Self::Moved => "calendar.moved",
            Self::Cancelled => "calendar.cancelled",
            Self::CalledOff => "calendar.called_off",
            Self::Reminder => "calendar.reminder",
            Self::FollowUp => "calendar.follow_up",
        }
    }
}

impl StaffKind {
    const fn letter(self) -> &'static str {
        match self {
            Self::Booked => "calendar.staff_booked",
            Self::Moved => "calendar.staff_moved",
            Self::Cancelled => "calendar.staff_cancelled",
            Self::ToConfirm => "calendar.staff_to_confirm",
            Self::Agenda => "calendar.staff_agenda",
        }
    }
}

impl WaitlistKind {
    const fn letter(self) -> &'static str {
        match self {
            Self::Joined => "calendar.waitlist_joined",
            Self::Offered => "calendar.waitlist_offered",
        }
    }
}

/// Any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Any {
    /// To a client.
    Client(Kind),
    /// To somebody who is booked.
    Staff(StaffKind),
    /// To somebody who bought a package.
    Package,
    /// To the owners, as a refund came to nothing.
    RefundFailed,
    /// To somebody on the waitlist.
    Waitlist(WaitlistKind),
}

impl Any {
    /// As the outbox calls it.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Client(kind) => kind.letter(),
            Self::Staff(kind) => kind.letter(),
            Self::Package => "calendar.package",
            Self::RefundFailed => "calendar.owner_refund_failed",
            Self::Waitlist(kind) => kind.letter(),
        }
    }
}

/// Puts a letter in the outbox, in the transaction of what it tells of.
///
/// # Errors
/// The database is busy.
pub async fn queue(tx: &mut OrgTx, kind: Any, mailing: &Mailing, worth_until: Option<Instant>) -> Result<MailId> {
    let platform = tx.platform().clone();
    mail::queue_mailing(&platform, tx.platform_part(), kind.letter(), mailing, worth_until).await
}
