//! What is found out about a request while it is answered, for its line in the log: ids, and nothing that says who they are.

use std::sync::{Arc, OnceLock};

use axum::http::HeaderValue;
use leptos::prelude::use_context;

use crate::{
    ids::{OrgId, TokenId, UserId},
    org::By,
};

/// Whom a request is of, and what it is about.
#[derive(Debug, Clone, Default)]
pub struct Asked(Arc<Found>);

#[derive(Debug, Default)]
struct Found {
    org: OnceLock<OrgId>,
    user: OnceLock<UserId>,
    token: OnceLock<TokenId>,
}

/// Says which trace what is being done belongs to, as `traceparent` says it (W3C Trace Context).
pub type Tracing = fn() -> Option<HeaderValue>;

static TRACING: OnceLock<Tracing> = OnceLock::new();

tokio::task_local! {
    /// The request that this task answers.
    static ASKED: Asked;
}

impl Asked {
    /// Answers the request: what is found out meanwhile is noted here.
    pub async fn while_answering<T>(self, answer: impl Future<Output = T>) -> T {
        ASKED.scope(self, answer).await
    }

    /// The organisation that it is about.
    pub fn org(&self) -> Option<OrgId> {
        self.0.org.get().copied()
    }

    /// The person whose it is.
    pub fn user(&self) -> Option<UserId> {
        self.0.user.get().copied()
    }

    /// The token that it came with.
    pub fn token(&self) -> Option<TokenId> {
        self.0.token.get().copied()
    }

    /// It is this person’s.
    pub fn is_of(&self, user: UserId) {
        self.0.user.get_or_init(|| user);
    }
}

/// What is answered is about this organisation; the first counts.
pub(crate) fn about(org: OrgId) {
    note(|found| {
        found.org.get_or_init(|| org);
    });
}

/// It is theirs, as was found out inside the organisation.
pub(crate) fn by(by: By) {
    match by {
        By::Token(token) => note(|found| {
            found.token.get_or_init(|| token);
        }),
        By::User(user) | By::Support(user) => note(|found| {
            found.user.get_or_init(|| user);
        }),
        By::System | By::Client => {}
    }
}

/// From now on this says which trace something belongs to. The first one stays.
pub fn trace_by(tracing: Tracing) {
    let _first_stays = TRACING.set(tracing);
}

/// Whether anything is traced.
pub fn traces() -> bool {
    TRACING.get().is_some()
}

/// The trace that what is being done belongs to, for whoever is asked something on the way.
pub(crate) fn traceparent() -> Option<HeaderValue> {
    TRACING.get().and_then(|tracing| tracing())
}

fn note(what: impl Fn(&Found)) {
    // Parts of a page may be read in tasks of their own: what the page knows is known there.
    if ASKED.try_with(|asked| what(&asked.0)).is_err()
        && let Some(asked) = use_context::<Asked>()
    {
        what(&asked.0);
    }
}
