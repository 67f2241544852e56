//! What the operator’s pages of mail show, worded on the server.

use super::{
    mail::{self, Asked, Card, State},
    operator::Operator,
    revenue,
    wire::{MailLine, MailsPage, Template, TemplatesPage},
};
use crate::{
    auth::overview::ago,
    clock::Instant,
    error::{AppError, Result},
    mail::{
        MailId,
        delivery::{self, Happened},
        examples::{self, Audience},
    },
    platform::Platform,
};

/// The newest letters; of one state alone, where that is asked for, and before one of them.
///
/// # Errors
/// 404 for a state or a letter that there isn't.
pub async fn mails(platform: &Platform, by: Operator, state: &str, before: &str) -> Result<MailsPage> {
    let nothing = || AppError::not_found("that page");
    let wanted = Asked::parse(state).ok_or_else(nothing)?;
    let before = Some(before).filter(|before| !before.is_empty());
    let before = before.map(|before| before.parse::<MailId>().map_err(|_| nothing())).transpose()?;
    let cards = mail::list(platform, by, wanted, before).await?;
    let now = platform.clock.now();
    let whole = i64::try_from(cards.len()).is_ok_and(|shown| shown == mail::PAGE);
    Ok(MailsPage {
        more_before: cards.last().filter(|_| whole).map(|card| card.id.to_string()),
        mails: cards.iter().map(|card| line(card, now)).collect(),
        states: std::iter::once((Asked::TROUBLE.to_owned(), "Any trouble".to_owned()))
            .chain(State::ALL.iter().map(|state| (state.as_str().to_owned(), state.words().to_owned())))
            .collect(),
        state: state.to_owned(),
        held_back: delivery::count_held_back(platform).await?,
        hears: platform.mail.secrets().is_some(),
        confirmed: by.is_elevated(),
    })
}

/// What letters look like, with example data.
pub fn templates(platform: &Platform, _by: Operator) -> TemplatesPage {
    let mut all = examples::all(&platform.origin);
    // Those of one kind stay beside each other, in the order that they have.
    all.sort_by_key(|example| Audience::of(example.kind));
    let letters = all.into_iter().map(|example| {
        let words = examples::words(example.kind);
        Template {
            audience: Audience::of(example.kind).words().to_owned(),
            kind: if example.variant.is_empty() { words } else { format!("{words}: {}", example.variant) },
            text: example.letter.text(),
            html: example.letter.html(),
            subject: example.letter.subject,
        }
    });
    TemplatesPage { letters: letters.collect() }
}

/// One letter, and step by step what became of it.
#[derive(Debug, Clone)]
pub struct MailPage {
    /// As in the list.
    pub mail: MailLine,
    /// In the order in which they happened.
    pub steps: Vec<Step>,
    /// What came of it is heard of.
    pub hears: bool,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// Something that happened to a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// "23 November 2026, 9:00:05 am"
    pub when: String,
    /// "It came back"
    pub what: String,
    /// Why, or what that means; may be empty.
    pub why: String,
    /// As Resend calls it; empty for what we did.
    pub code: String,
}

/// One letter, and step by step what became of it.
///
/// # Errors
/// 404 for a letter that there isn't.
pub async fn one(platform: &Platform, by: Operator, id: &str) -> Result<MailPage> {
    let (card, events) = mail::one(platform, by, id).await?;
    let ours =
        |at: Option<Instant>, what: &str, why: &str| at.map(|at| (at, what.to_owned(), why.to_owned(), String::new()));
    let told = |wanted: &[&str]| events.iter().any(|event| wanted.contains(&event.kind.as_str()));
    let said = card.last_error.as_deref().unwrap_or_default();
    let mut steps: Vec<_> = [
        ours(Some(card.created_at), "It was written", ""),
        ours(card.sent_at, if card.provider_id.is_some() { "Resend took it" } else { "It was taken" }, ""),
        ours(card.given_up_at.filter(|_| !told(&["failed"])), "It was given up", said),
        // What is known of it where the messages themselves are forgotten.
        ours(card.delivered_at.filter(|_| !told(&["delivered"])), "It arrived", ""),
        ours(card.bounced_at.filter(|_| !told(&["returned", "bounced"])), "It came back", ""),
        ours(card.complained_at.filter(|_| !told(&["complained"])), "It was called spam", ""),
    ]
    .into_iter()
    .flatten()
    .collect();
    steps.extend(events.iter().filter_map(|event| {
        let happened = Happened::parse(&event.kind)?;
        let (what, why) = happened.words();
        Some((event.at, what.to_owned(), why.to_owned(), happened.their_name().to_owned()))
    }));
    // What was at the same moment stays in the order above.
    steps.sort_by_key(|(at, ..)| *at);
    let steps = steps.into_iter().map(|(at, what, why, code)| Step { when: moment(at), what, why, code });
    Ok(MailPage {
        mail: line(&card, platform.clock.now()),
        steps: steps.collect(),
        hears: platform.mail.secrets().is_some(),
        confirmed: by.is_elevated(),
    })
}

/// "23 November 2026, 9:00:05 am"
fn moment(at: Instant) -> String {
    at.timestamp().to_zoned(revenue::zone()).strftime("%-d %B %Y, %-I:%M:%S %P").to_string()
}

fn line(card: &Card, now: Instant) -> MailLine {
    let state = State::parse(&card.state).unwrap_or(State::Queued);
    let then = match state {
        State::Queued => None,
        State::Sent => card.sent_at,
        State::Delivered => card.delivered_at,
        State::Bounced => card.bounced_at,
        State::Complained => card.complained_at,
        State::GivenUp => card.given_up_at,
    };
    let tried = match card.attempts {
        0 => "not tried yet".to_owned(),
        1 => "tried once".to_owned(),
        attempts => format!("tried {attempts} times"),
    };
    let mut about = format!("Written {}", ago(card.created_at, now));
    if let Some(then) = then {
        about = format!("{about}, {} {}", state.words().to_lowercase(), ago(then, now));
    }
    MailLine {
        id: card.id.to_string(),
        kind: examples::words(&card.kind),
        code: card.kind.clone(),
        org: card.org_slug.clone().zip(card.org_name.clone()),
        state: state.words().to_owned(),
        alarming: matches!(state, State::Bounced | State::Complained | State::GivenUp),
        about: format!("{about}, {tried}"),
        last_error: card.last_error.clone().unwrap_or_default(),
        can_send: state == State::GivenUp && card.kept_until.is_some_and(|until| now < until),
    }
}
