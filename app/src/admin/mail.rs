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

/// Which letters are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// All of them.
    All,
    /// What came back, was called spam, or was given up.
    Trouble,
    /// Those of one state.
    In(State),
}

impl Asked {
    /// The word for what came back, was called spam, or was given up.
    pub const TROUBLE: &str = "trouble";

    /// Reads the word in addresses; nothing is all of them.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "" => Some(Self::All),
            Self::TROUBLE => Some(Self::Trouble),
            word => State::parse(word).map(Self::In),
        }
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
    /// Its id at Resend.
    pub provider_id: Option<String>,
    /// The address of the organisation that it is about.
    pub org_slug: Option<String>,
    /// Its name.
    pub org_name: Option<String>,
}

/// What Resend told of a letter.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Event {
    /// As [`Happened::as_str`](delivery::Happened::as_str).
    pub kind: String,
    /// When it happened.
    pub at: Instant,
}

/// The newest letters, those before one of them, where that is asked for; and those alone that are asked for.
///
/// # Errors
/// The database is busy.
pub async fn list(platform: &Platform, _by: Operator, asked: Asked, before: Option<MailId>) -> Result<Vec<Card>> {
    let before = before.map_or(Uuid::max(), |id| id.0);
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let cards = match asked {
        Asked::All => platform_sql!(
            all Card,
            &mut tx,
            "SELECT m.id, m.kind, m.state, m.attempts, m.created_at, m.sent_at, m.delivered_at, m.bounced_at, m.complained_at, m.given_up_at,
               m.kept_until, m.last_error, m.provider_id,
               (SELECT o.slug FROM organisations AS o WHERE o.id = m.about_org) AS org_slug,
               (SELECT o.name FROM organisations AS o WHERE o.id = m.about_org) AS org_name
             FROM mails AS m WHERE m.id < $1 ORDER BY m.id DESC LIMIT $2",
            before,
            PAGE
        )?,
        Asked::Trouble => platform_sql!(
            all Card,
            &mut tx,
            "SELECT m.id, m.kind, m.state, m.attempts, m.created_at, m.sent_at, m.delivered_at, m.bounced_at, m.complained_at, m.given_up_at,
               m.kept_until, m.last_error, m.provider_id,
               (SELECT o.slug FROM organisations AS o WHERE o.id = m.about_org) AS org_slug,
               (SELECT o.name FROM organisations AS o WHERE o.id = m.about_org) AS org_name
             FROM mails AS m WHERE m.state IN ('bounced', 'complained', 'given_up') AND m.id < $1 ORDER BY m.id DESC LIMIT $2",
            before,
            PAGE
        )?,
        Asked::In(state) => platform_sql!(
            all Card,
            &mut tx,
            "SELECT m.id, m.kind, m.state, m.attempts, m.created_at, m.sent_at, m.delivered_at, m.bounced_at, m.complained_at, m.given_up_at,
               m.kept_until, m.last_error, m.provider_id,
               (SELECT o.slug FROM organisations AS o WHERE o.id = m.about_org) AS org_slug,
               (SELECT o.name FROM organisations AS o WHERE o.id = m.about_org) AS org_name
             FROM mails AS m WHERE m.state = $3 AND m.id < $1 ORDER BY m.id DESC LIMIT $2",
            before,
            PAGE,
            state.as_str()
        )?,
    };
    tx.commit().await?;
    Ok(cards)
}

/// One letter, and what Resend told of it, in the order in which it happened.
///
/// # Errors
/// 404 for what isn't a letter's id, and for one that is forgotten.
pub async fn one(platform: &Platform, _by: Operator, id: &str) -> Result<(Card, Vec<Event>)> {
    let nothing = || AppError::not_found("that email");
    let id: MailId = id.parse().map_err(|_| nothing())?;
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let card = platform_sql!(
        optional Card,
        &mut tx,
        "SELECT m.id, m.kind, m.state, m.attempts, m.created_at, m.sent_at, m.delivered_at, m.bounced_at, m.complained_at, m.given_up_at,
               m.kept_until, m.last_error, m.provider_id,
               (SELECT o.slug FROM organisations AS o WHERE o.id = m.about_org) AS org_slug,
               (SELECT o.name FROM organisations AS o WHERE o.id = m.about_org) AS org_name
             FROM mails AS m WHERE m.id = $1",
        id
    )?;
    let card = card.ok_or_else(nothing)?;
    let events = match card.provider_id.clone() {
        Some(there) => platform_sql!(
            all Event,
            &mut tx,
            "SELECT kind, at FROM mail_events WHERE provider_id = $1 ORDER BY at, received_at, id",
            there
        )?,
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok((card, events))
}

/// Has a letter sent again that was given up.
///
/// # Errors
/// 404 for what isn't a letter's id; 409 where there is nothing to be sent any more.
pub async fn send_again(platform: &Platform, by: Acting, id: &str) -> Result<()> {
    let id: MailId = id.parse().map_err(|_| AppError::not_found("that email"))?;
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
