//! What became of letters once they were sent, and which addresses take no mail any more.
//!
//! What happened is written down and never taken back, so that it doesn't matter in which order it is heard of: `mails.state` in
//! the migration says which of it counts.

use crate::{
    clock::Instant,
    db::{Access, Tx},
    error::{AppError, Result},
    meters,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
};

/// What the provider tells of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It left there.
    Sent,
    /// It is at the recipient's mail server.
    Delivered,
    /// That takes longer.
    Delayed,
    /// It came back: there is no such address.
    Returned,
    /// It came back, for another reason.
    Bounced,
    /// The recipient calls it spam.
    Complained,
    /// It couldn't be sent from there.
    Failed,
}

/// Why an address takes no mail any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Mail to it came back.
    Bounced,
    /// Whoever reads it called ours spam.
    Complained,
}

const TAKES_LONGER: &str = "The recipient’s mail server doesn’t take it yet.";
const NO_SUCH_ADDRESS: &str = "There is no such address, or its mail server takes nothing from us.";
const SENT_BACK: &str = "The recipient’s mail server sent it back. Others to this address are tried.";
const CALLED_SPAM: &str = "The recipient called it spam.";
const NOT_SENT: &str = "Resend took it and couldn’t send it: its own page says why.";

impl Happened {
    const ALL: [Self; 7] =
        [Self::Sent, Self::Delivered, Self::Delayed, Self::Returned, Self::Bounced, Self::Complained, Self::Failed];

    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Delayed => "delayed",
            Self::Returned => "returned",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Failed => "failed",
        }
    }

    /// For the operator: what happened, and what that means.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Sent => ("It left Resend", ""),
            Self::Delivered => ("It arrived", "The recipient’s mail server took it."),
            Self::Delayed => ("It is held up", TAKES_LONGER),
            Self::Returned => ("It came back", NO_SUCH_ADDRESS),
            Self::Bounced => ("It came back", SENT_BACK),
            Self::Complained => ("It was called spam", CALLED_SPAM),
            Self::Failed => ("It couldn’t be sent", NOT_SENT),
        }
    }

    /// As Resend calls it.
    pub const fn their_name(self) -> &'static str {
        match self {
            Self::Sent => "email.sent",
            Self::Delivered => "email.delivered",
            Self::Delayed => "email.delivery_delayed",
            Self::Returned | Self::Bounced => "email.bounced",
            Self::Complained => "email.complained",
            Self::Failed => "email.failed",
        }
    }

    /// What is stored like this.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|happened| happened.as_str() == text)
    }
}

impl Reason {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }

    /// For the operator, at a letter that isn't sent.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Bounced => "Mail to this address came back before, so none is sent to it any more.",
            Self::Complained => "Whoever reads this address called our mail spam, so none is sent to it any more.",
        }
    }
}

/// Writes down what the provider told, in a message with this id: the same message again changes nothing. What is told of a letter
/// before we know its id there is kept for then.
///
/// # Errors
/// The database is busy: it is to be told again.
pub async fn hear(
    platform: &Platform,
    message: &str,
    provider_id: &str,
    happened: Happened,
    at: Instant,
) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    let fresh = platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO mail_events (id, provider_id, kind, at, received_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
        message.to_owned(),
        provider_id.to_owned(),
        happened.as_str(),
        at,
        platform.clock.now()
    )?;
    let kinds = if fresh > 0 { apply(&mut tx, provider_id, happened, at).await? } else { Vec::new() };
    tx.commit().await?;
    for kind in kinds {
        meters::MAIL_TOLD.count(&[kind.as_str(), happened.as_str()]);
    }
    Ok(())
}

/// What was told of a letter before we knew its id there.
pub(super) async fn catch_up(tx: &mut Tx, provider_id: &str) -> Result<()> {
    let told = platform_sql!(
        all(String, Instant),
        &mut *tx,
        "SELECT kind, at FROM mail_events WHERE provider_id = $1 ORDER BY at",
        provider_id.to_owned()
    )?;
    for (kind, at) in told {
        if let Some(happened) = Happened::parse(&kind) {
            apply(tx, provider_id, happened, at).await?;
        }
    }
    Ok(())
}

/// Why no mail is sent to an address, if so.
pub(super) async fn held_back(tx: &mut Tx, recipient: Vec<u8>) -> Result<Option<Reason>> {
    let found =
        platform_sql!(optional(String,), tx, "SELECT reason FROM mail_suppressions WHERE recipient = $1", recipient)?;
    Ok(found.map(|(reason,)| if reason == "complained" { Reason::Complained } else { Reason::Bounced }))
}

/// Why no mail is sent to an address, if so; however it is spelt.
///
/// # Errors
/// The database is busy.
pub(crate) async fn why_held_back(platform: &Platform, tx: &mut Tx, email: &str) -> Result<Option<Reason>> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    held_back(tx, super::recipient(&keys, email)).await
}

/// The same of several addresses at once, in their order.
///
/// # Errors
/// The database is busy.
pub(crate) async fn why_each_is_held_back(
    platform: &Platform,
    tx: &mut Tx,
    emails: &[&str],
) -> Result<Vec<Option<Reason>>> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let recipients: Vec<Vec<u8>> = emails.iter().map(|email| super::recipient(&keys, email)).collect();
    // A list of any length is one argument, and one statement.
    let list = serde_json::to_string(&recipients.iter().map(|recipient| in_hex(recipient)).collect::<Vec<_>>())
        .map_err(|_| AppError::internal())?;
    let found = platform_sql!(all(Vec<u8>, String), tx,
        sqlite: "SELECT recipient, reason FROM mail_suppressions WHERE recipient IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT recipient, reason FROM mail_suppressions WHERE recipient IN (SELECT decode(value, 'hex') FROM json_array_elements_text(CAST($1 AS JSON)))",
        list)?;
    let reason = |recipient: &Vec<u8>| {
        let row = found.iter().find(|(one, _)| one == recipient);
        row.map(|(_, reason)| if reason == "complained" { Reason::Complained } else { Reason::Bounced })
    };
    Ok(recipients.iter().map(reason).collect())
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| format!("{text}{byte:02x}"))
}

/// How many addresses take no mail any more.
///
/// # Errors
/// The database is busy.
pub async fn count_held_back(platform: &Platform) -> Result<i64> {
    let mut tx = platform.begin(Access::Read).await?;
    let (count,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM mail_suppressions")?;
    tx.commit().await?;
    Ok(count)
}

/// Mail goes to this address again.
///
/// # Errors
/// 422 at `email` for an address that isn't held back.
pub async fn lift(platform: &Platform, tx: &mut Tx, email: &str) -> Result<()> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let recipient = super::recipient(&keys, email);
    let lifted = platform_sql!(exec, tx, "DELETE FROM mail_suppressions WHERE recipient = $1", recipient)?;
    if lifted == 0 {
        return Err(AppError::field("email", "Mail to this address isn’t held back."));
    }
    Ok(())
}

/// The index of an address, and what kind of letter went there; letters from before there were such have no index.
type Recipient = (Option<Vec<u8>>, String);
/// What kind of letter it is.
type Kind = (String,);

/// Writes down what happened, and says which kinds of letters it happened to.
async fn apply(tx: &mut Tx, provider_id: &str, happened: Happened, at: Instant) -> Result<Vec<String>> {
    let provider_id = provider_id.to_owned();
    let kinds = match happened {
        // That is known already: we sent it.
        Happened::Sent => Vec::new(),
        Happened::Delayed => platform_sql!(
            all Kind,
            tx,
            "UPDATE mails SET last_error = $2
                 WHERE provider_id = $1 AND delivered_at IS NULL AND bounced_at IS NULL AND complained_at IS NULL AND given_up_at IS NULL
                 RETURNING kind",
            provider_id,
            TAKES_LONGER
        )?,
        Happened::Delivered => platform_sql!(
            all Kind,
            tx,
            "UPDATE mails SET delivered_at = $2, last_error = NULL
             WHERE provider_id = $1 AND delivered_at IS NULL AND bounced_at IS NULL AND complained_at IS NULL RETURNING kind",
            provider_id,
            at
        )?,
        Happened::Returned | Happened::Bounced => {
            let for_good = happened == Happened::Returned;
            let why = if for_good { NO_SUCH_ADDRESS } else { SENT_BACK };
            let recipients = platform_sql!(
                all Recipient,
                &mut *tx,
                "UPDATE mails SET bounced_at = COALESCE(bounced_at, $2), last_error = $3 WHERE provider_id = $1 RETURNING recipient, kind",
                provider_id,
                at,
                why
            )?;
            if for_good {
                hold_back(tx, &recipients, Reason::Bounced, at).await?;
            }
            kinds_of(recipients)
        }
        Happened::Complained => {
            let recipients = platform_sql!(
                all Recipient,
                &mut *tx,
                "UPDATE mails SET complained_at = COALESCE(complained_at, $2), last_error = $3 WHERE provider_id = $1 RETURNING recipient, kind",
                provider_id,
                at,
                CALLED_SPAM
            )?;
            hold_back(tx, &recipients, Reason::Complained, at).await?;
            kinds_of(recipients)
        }
        Happened::Failed => platform_sql!(
            all Kind,
            tx,
            "UPDATE mails SET given_up_at = COALESCE(given_up_at, $2), last_error = $3
             WHERE provider_id = $1 AND delivered_at IS NULL AND bounced_at IS NULL AND complained_at IS NULL RETURNING kind",
            provider_id,
            at,
            NOT_SENT
        )?,
    };
    Ok(kinds.into_iter().map(|(kind,)| kind).collect())
}

fn kinds_of(recipients: Vec<Recipient>) -> Vec<Kind> {
    recipients.into_iter().map(|(_, kind)| (kind,)).collect()
}

/// Who complained isn't written to any more, even if mail to them came back before.
async fn hold_back(tx: &mut Tx, recipients: &[Recipient], reason: Reason, at: Instant) -> Result<()> {
    for recipient in recipients.iter().filter_map(|(recipient, _)| recipient.clone()) {
        match reason {
            Reason::Bounced => platform_sql!(
                exec,
                &mut *tx,
                "INSERT INTO mail_suppressions (recipient, reason, created_at) VALUES ($1, $2, $3) ON CONFLICT (recipient) DO NOTHING",
                recipient,
                reason.as_str(),
                at
            )?,
            Reason::Complained => platform_sql!(
                exec,
                &mut *tx,
                "INSERT INTO mail_suppressions (recipient, reason, created_at) VALUES ($1, $2, $3)
                 ON CONFLICT (recipient) DO UPDATE SET reason = $2",
                recipient,
                reason.as_str(),
                at
            )?,
        };
    }
    Ok(())
}
