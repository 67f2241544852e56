//! The operator’s view of the outbox: what was sent, what became of it, and what to do about what wasn’t. It shows neither to whom a
//! letter went nor what it says.

use uuid::Uuid;

use super::operator::{Acting, Operator};
use crate::{
    audit::{self, Detail},
    auth::log_in,
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    mail::{self, MailId, delivery},
    platform::Platform,
    platform_sql,
};

/// So many on a page.
pub const PAGE: i64 = 50;

/// What has become of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits.
    Queued,
    /// It was taken.
    Sent,
    /// It arrived.
    Delivered,
    /// It came back.
    Bounced,
    /// The recipient calls it spam.
    Complained,
    /// Nobody took it.
    GivenUp,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Sent, Self::Delivered, Self::Bounced, Self::Complained, Self::GivenUp];

    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::GivenUp => "given_up",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Sent => "Sent",
            Self::Delivered => "Delivered",
            Self::Bounced => "Bounced",
            Self::Complained => "Complained",
            Self::GivenUp => "Given up",
        }
    }

    /// The state that is stored like this.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A letter, as the operator sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Card {
    /// Its id.
    pub id: MailId,
    /// `auth.password_reset`
    pub kind: String,
    /// As [`State::as_str`].
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Instant,
    /// When it was taken.
    pub sent_at: Option<Instant>,
    /// When it arrived.
    pub delivered_at: Option<Instant>,
    /// When it came back.
    pub bounced_at: Option<Instant>,
    /// When the recipient called it spam.
    pub complained_at: Option<Instant>,
    /// When it was given up.
    pub given_up_at: Option<Instant>,
    /// Until when it can be sent again, where it was given up.
    pub kept_until: Option<Instant>,
    /// What was said of it last.
    pub last_error: Option<String>,
}

/// The newest letters, those before one of them, where that is asked for; of one state alone, where that is.
///
/// # Errors
/// The database is busy.
pub async fn list(
    platform: &Platform,
    _by: Operator,
    state: Option<State>,
    before: Option<MailId>,
) -> Result<Vec<Card>> {
    let before = before.map_or(Uuid::max(), |id| id.0);
    let mut tx = platform.begin(Access::Read).await?;
    let cards = match state {
        None => platform_sql!(
            all Card,
            &mut tx,
            "SELECT id, kind, state, attempts, created_at, sent_at, delivered_at, bounced_at, complained_at, given_up_at, kept_until, last_error
             FROM mails WHERE id < $1 ORDER BY id DESC LIMIT $2",
            before,
            PAGE
        )?,
        Some(state) => platform_sql!(
            all Card,
            &mut tx,
            "SELECT id, kind, state, attempts, created_at, sent_at, delivered_at, bounced_at, complained_at, given_up_at, kept_until, last_error
             FROM mails WHERE state = $3 AND id < $1 ORDER BY id DESC LIMIT $2",
            before,
            PAGE,
            state.as_str()
        )?,
    };
    tx.commit().await?;
    Ok(cards)
}

/// Has a letter sent again that was given up.
///
/// # Errors
/// 404 for what isn't a letter's id; 409 where there is nothing to be sent any more.
pub async fn send_again(platform: &Platform, by: Acting, id: &str) -> Result<()> {
    let id: MailId = id.parse().map_err(|_| AppError::not_found("that letter"))?;
    let mut tx = platform.begin(Access::Write).await?;
    mail::send_again(platform, &mut tx, id).await?;
    let (who, what) = (Some(by.operator().user()), Some(id.0));
    audit::log(platform, &mut tx, who, "admin.mail_sent_again", what, &Detail::default()).await?;
    Ok(tx.commit().await?)
}

/// Has mail sent again to an address that it was held back from. The address isn't written down.
///
/// # Errors
/// 422 at `email` for what isn't an address, or isn't held back.
pub async fn lift(platform: &Platform, by: Acting, email: &str) -> Result<()> {
    let email = email.trim();
    if !log_in::is_email(email) {
        return Err(AppError::field("email", "Enter an email address like name@example.com.au."));
    }
    let mut tx = platform.begin(Access::Write).await?;
    delivery::lift(platform, &mut tx, email).await?;
    let who = Some(by.operator().user());
    audit::log(platform, &mut tx, who, "admin.mail_address_freed", None, &Detail::default()).await?;
    Ok(tx.commit().await?)
}
