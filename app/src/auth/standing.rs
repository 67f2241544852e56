//! How far somebody has come in logging in, as types: what needs a state takes the type, and the type can be had in that
//! state alone. The state itself is in the database ([`session::standing`](super::session::standing)).

use axum::{extract::FromRequestParts, http::request::Parts};

use super::session::SessionId;
use crate::{
    error::{AppError, Code, Result},
    ids::UserId,
    org::Actor,
};

/// Whoever sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// Nobody, as far as we know.
    #[default]
    Anonymous,
    /// Somebody who gave the right password, and owes the next step.
    Half(HalfIn),
    /// Somebody who is logged in.
    In(LoggedIn),
}

/// Somebody gave the right password and has one more thing to do before anything opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfIn {
    pub(super) session: SessionId,
    pub(super) user: UserId,
    pub(super) step: Step,
}

/// What comes after the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A code from the authenticator app, or a recovery code.
    Code,
    /// Setting up a second factor, which an organisation or the platform asks for.
    Enrolment,
}

/// Somebody is logged in, with all that is asked of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedIn {
    pub(super) session: SessionId,
    pub(super) user: UserId,
    pub(super) elevated: bool,
    pub(super) runs_platform: bool,
}

/// Somebody is logged in and has just shown again who they are, for what mustn't be done from a browser left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elevated(LoggedIn);

impl Standing {
    /// Who is asking, as far as an organisation's data goes: half-way in is nobody.
    pub fn actor(&self) -> Actor {
        match self {
            Self::In(person) => Actor::User(person.user),
            Self::Anonymous | Self::Half(_) => Actor::Anonymous,
        }
    }

    /// The session that the request came with.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::Anonymous => None,
            Self::Half(half) => Some(half.session),
            Self::In(person) => Some(person.session),
        }
    }

    /// Who it is, or says that they are: half-way in is somebody here.
    pub(super) fn user(&self) -> Option<UserId> {
        match self {
            Self::Anonymous => None,
            Self::Half(half) => Some(half.user),
            Self::In(person) => Some(person.user),
        }
    }

    /// Somebody half-way in.
    ///
    /// # Errors
    /// 401 for anybody else.
    pub fn half_in(&self) -> Result<HalfIn> {
        match self {
            Self::Half(half) => Ok(*half),
            _ => Err(AppError::new(Code::Unauthenticated, "Please log in again.")),
        }
    }

    /// Somebody logged in.
    ///
    /// # Errors
    /// 401 for anybody else.
    pub fn logged_in(&self) -> Result<LoggedIn> {
        match self {
            Self::In(person) => Ok(*person),
            Self::Half(_) => Err(AppError::new(Code::Unauthenticated, "Please finish logging in.")),
            Self::Anonymous => Err(AppError::new(Code::Unauthenticated, "Please log in to go on.")),
        }
    }

    /// Somebody who has just shown again who they are.
    ///
    /// # Errors
    /// 401 for who isn't logged in; 403 [`Code::Unconfirmed`] for who is.
    pub fn elevated(&self) -> Result<Elevated> {
        let person = self.logged_in()?;
        if person.elevated {
            Ok(Elevated(person))
        } else {
            Err(AppError::new(Code::Unconfirmed, "Please confirm that it is you, then try again."))
        }
    }
}

impl HalfIn {
    /// Who.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// What they owe.
    pub fn step(&self) -> Step {
        self.step
    }
}

impl LoggedIn {
    /// Who.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// With which session.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// They have just shown again who they are.
    pub fn is_elevated(&self) -> bool {
        self.elevated
    }

    /// They are one of those who run the platform. It opens nothing: what is theirs alone takes an
    /// [`Operator`](crate::admin::operator::Operator).
    pub fn runs_platform(&self) -> bool {
        self.runs_platform
    }
}

impl Elevated {
    /// The same person, logged in.
    pub fn person(&self) -> LoggedIn {
        self.0
    }
}

fn of(parts: &Parts) -> Standing {
    parts.extensions.get().copied().unwrap_or_default()
}

impl<S: Sync> FromRequestParts<S> for HalfIn {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        of(parts).half_in()
    }
}

impl<S: Sync> FromRequestParts<S> for LoggedIn {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        of(parts).logged_in()
    }
}

impl<S: Sync> FromRequestParts<S> for Elevated {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        of(parts).elevated()
    }
}
