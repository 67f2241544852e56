//! What the operator’s pages of mail show, worded on the server.

use super::{
    mail::{self, Card, State},
    operator::Operator,
    wire::{MailLine, MailsPage, Template, TemplatesPage},
};
use crate::{
    auth::overview::ago,
    clock::Instant,
    error::{AppError, Result},
    mail::{MailId, delivery, examples},
    platform::Platform,
};

/// The newest letters; of one state alone, where that is asked for, and before one of them.
///
/// # Errors
/// 404 for a state or a letter that there isn't.
pub async fn mails(platform: &Platform, by: Operator, state: &str, before: &str) -> Result<MailsPage> {
    let nothing = || AppError::not_found("that page");
    let wanted = Some(state).filter(|state| !state.is_empty());
    let wanted = wanted.map(|state| State::parse(state).ok_or_else(nothing)).transpose()?;
    let before = Some(before).filter(|before| !before.is_empty());
    let before = before.map(|before| before.parse::<MailId>().map_err(|_| nothing())).transpose()?;
    let cards = mail::list(platform, by, wanted, before).await?;
    let now = platform.clock.now();
    let whole = i64::try_from(cards.len()).is_ok_and(|shown| shown == mail::PAGE);
    Ok(MailsPage {
        more_before: cards.last().filter(|_| whole).map(|card| card.id.to_string()),
        mails: cards.iter().map(|card| line(card, now)).collect(),
        states: State::ALL.iter().map(|state| (state.as_str().to_owned(), state.words().to_owned())).collect(),
        state: state.to_owned(),
        held_back: delivery::count_held_back(platform).await?,
        hears: platform.mail.secrets().is_some(),
        confirmed: by.is_elevated(),
    })
}

/// What letters look like, with example data.
pub fn templates(platform: &Platform, _by: Operator) -> TemplatesPage {
    let letters = examples::all(&platform.origin).into_iter().map(|example| {
        let words = examples::words(example.kind);
        Template {
            kind: if example.variant.is_empty() { words } else { format!("{words}: {}", example.variant) },
            text: example.letter.text(),
            html: example.letter.html(),
            subject: example.letter.subject,
        }
    });
    TemplatesPage { letters: letters.collect() }
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
        state: state.words().to_owned(),
        alarming: matches!(state, State::Bounced | State::Complained | State::GivenUp),
        about: format!("{about}, {tried}"),
        last_error: card.last_error.clone().unwrap_or_default(),
        can_send: state == State::GivenUp && card.kept_until.is_some_and(|until| now < until),
    }
}
