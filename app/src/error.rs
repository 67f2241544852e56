//! The one error that crosses the wire.
//!
//! 404 for what a caller may not know exists; 403 only inside their own organisation; 409 for a conflict with the
//! current state; 422 for bad fields, field by field; 429 with Retry-After. Messages are for people and never carry
//! internals.

#[cfg(feature = "ssr")]
use std::collections::BTreeMap;

use leptos::{prelude::FromServerFnError, server_fn::error::ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What went wrong, as a stable word that programs may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request can't be read: broken JSON, a missing parameter, the wrong type. 400.
    BadRequest,
    /// Nobody is logged in, or the credentials are wrong. 401.
    Unauthenticated,
    /// Logged in and inside the organisation, but its plan doesn't allow it (any more). 402.
    PaymentNeeded,
    /// Logged in and inside the organisation, but the role doesn't allow it. 403.
    Forbidden,
    /// Logged in and inside the organisation, which whoever runs the platform has shut: nothing to be paid opens it. 403.
    Suspended,
    /// Logged in and inside the organisation, which is closed, since its owner wants it deleted. 403.
    Closing,
    /// Logged in, but it takes showing again who one is. 403.
    Unconfirmed,
    /// Logged in, but the organisation asks for a second factor first. 403.
    FactorNeeded,
    /// It doesn't exist, or the caller may not know that it does. 404.
    NotFound,
    /// There is something at this address, but nothing that can be done to it this way. 405.
    WrongMethod,
    /// Something else got there first; the message says what holds now. 409.
    Conflict,
    /// What the link led to has ended: it expired or was used. 410.
    Gone,
    /// The body is too large. 413.
    TooLarge,
    /// Some fields need changing; `fields` says which and how. 422.
    Invalid,
    /// Too often; try again after `retry_after` seconds. 429.
    TooMany,
    /// Our fault; it is in the log under the request's id. 500.
    Internal,
    /// A business's public pages are shut for now. 503 rather than 410: it is meant to pass, and a search engine that hears so
    /// keeps what it knows and comes back when `retry_after` says.
    Closed,
    /// Busy or stopping; trying again will work. 503.
    Unavailable,
}

impl Code {
    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthenticated => 401,
            Self::PaymentNeeded => 402,
            Self::Forbidden | Self::Suspended | Self::Closing | Self::Unconfirmed | Self::FactorNeeded => 403,
            Self::NotFound => 404,
            Self::WrongMethod => 405,
            Self::Conflict => 409,
            Self::Gone => 410,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Closed | Self::Unavailable => 503,
        }
    }

    /// It can't be done as it was asked for, and asking again changes nothing.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::BadRequest | Self::Invalid | Self::Conflict | Self::Forbidden | Self::NotFound)
    }

    /// The few words that head the error page and the problem document.
    pub const fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "We couldn’t read that request",
            Self::Unauthenticated => "Please log in",
            Self::PaymentNeeded => "Your plan doesn’t cover that",
            Self::Forbidden => "That isn’t allowed",
            Self::Suspended => "Your organisation is suspended",
            Self::Closing => "Your organisation is closed",
            Self::Unconfirmed => "Please confirm that it is you",
            Self::FactorNeeded => "Set up two-step login first",
            Self::NotFound => "We couldn’t find that",
            Self::WrongMethod => "That can’t be done there",
            Self::Conflict => "That can’t be done as things stand",
            Self::Gone => "That link has ended",
            Self::TooLarge => "That is too large",
            Self::Invalid => "Please check the highlighted fields",
            Self::TooMany => "Too many tries",
            Self::Internal => "Something went wrong on our side",
            Self::Closed => "Bookings are closed at the moment",
            Self::Unavailable => "We’re briefly unavailable",
        }
    }
}

/// One field that needs changing, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name, as in the form or the JSON body.
    pub field: String,
    /// What to do about it, in one sentence.
    pub message: String,
}

/// The one error that crosses the wire: a code, a message for people, and no internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// The stable word.
    pub code: Code,
    /// The sentence shown to the person.
    pub message: String,
    /// For `Invalid`: each field that needs changing.
    pub fields: Vec<FieldError>,
    /// For `TooMany`, `Unavailable` and `Closed`: seconds to wait.
    pub retry_after: Option<u32>,
    /// For `Conflict`: the version that holds now, which a second try names.
    pub version: Option<i64>,
    /// For `Conflict`: at each field what holds now, as programs read it back. Pages have it in words, in `fields`.
    #[cfg(feature = "ssr")]
    #[serde(skip)]
    pub current: BTreeMap<String, serde_json::Value>,
}

/// What [`AppError::turned_off`] says of it first.
pub const TURNED_OFF: &str = " is turned off";

/// What it says to who can.
pub const TURN_ON: &str = "You can turn it on again.";

/// What nearly everything in the app returns.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

impl AppError {
    /// An error of this code with this sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: Vec::new(),
            retry_after: None,
            version: None,
            #[cfg(feature = "ssr")]
            current: BTreeMap::new(),
        }
    }

    /// 404 with a sentence that doesn't tell whether the thing exists for somebody else.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("We couldn’t find {what}. Please check the address."))
    }

    /// 404 for a member: a part of Devalo that their organisation has turned off, and whether they can turn it on again.
    #[cfg(feature = "ssr")]
    pub fn turned_off(what: &str, manages: bool) -> Self {
        let who = if manages { TURN_ON } else { "An owner or admin can turn it on again." };
        Self::new(Code::NotFound, format!("{what}{TURNED_OFF}. Nothing in it is lost. {who}"))
    }

    /// 409.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message)
    }

    /// 409: somebody else changed it since it was read. `now` says at each field what holds now; sending it again with
    /// `version` replaces that.
    pub fn changed(what: &str, version: i64, now: Vec<FieldError>) -> Self {
        let message = format!(
            "Somebody else changed {what} while you were at it, so nothing was saved. Check what differs; saving again puts yours in its place."
        );
        Self { fields: now, version: Some(version), ..Self::conflict(message) }
    }

    /// The same with what holds now as programs read it: `now` is the whole, of which each field is told that differs.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn holding(self, now: &serde_json::Value) -> Self {
        let held = self.fields.iter().filter_map(|field| Some((field.field.clone(), now.get(&field.field)?.clone())));
        let current = held.collect();
        Self { current, ..self }
    }

    /// The same error where a form calls this field something else.
    #[must_use]
    pub fn rename_field(mut self, from: &str, to: &str) -> Self {
        #[cfg(feature = "ssr")]
        if let Some(held) = self.current.remove(from) {
            self.current.insert(to.to_owned(), held);
        }
        for field in self.fields.iter_mut().filter(|field| field.field == from) {
            to.clone_into(&mut field.field);
        }
        self
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    /// 422 for one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// 422 for several fields at once.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let one = "Please check the highlighted field";
        let message = if fields.len() == 1 { one } else { Code::Invalid.title() };
        Self { fields, ..Self::new(Code::Invalid, message) }
    }

    /// 500. The cause belongs in the log, not in the answer.
    pub fn internal() -> Self {
        Self::new(Code::Internal, "Something went wrong on our side. Nothing was changed; please try again.")
    }

    /// The message for one field, if it has one.
    pub fn field_message(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|f| f.field == field).map(|f| f.message.as_str())
    }
}

impl FromServerFnError for AppError {
    type Encoder = crate::packed::Packing;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::bad_request("We couldn’t read that form. Please check it and send it again.")
            }
            ServerFnErrorErr::Request(_) => Self {
                retry_after: Some(5),
                ..Self::new(Code::Unavailable, "The connection was lost. Please check your network and try again.")
            },
            _ => Self::internal(),
        }
    }
}

/// Collects field errors so that a form hears of all of them at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Notes one; a field keeps its first.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        if !self.0.iter().any(|f| f.field == field) {
            self.0.push(FieldError { field: field.to_owned(), message: message.into() });
        }
    }

    /// Takes the value, or notes the message and gives a stand-in.
    pub fn take<T: Default>(&mut self, field: &str, value: std::result::Result<T, impl Into<String>>) -> T {
        value.unwrap_or_else(|message| {
            self.add(field, message);
            T::default()
        })
    }

    /// What was noted.
    pub fn into_fields(self) -> Vec<FieldError> {
        self.0
    }

    /// Nothing noted: go on. Otherwise 422 with all of them.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::invalid(self.0)) }
    }
}
