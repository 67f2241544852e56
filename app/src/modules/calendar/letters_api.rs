//! The server functions of the pages for letters: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::fn_params_excessive_bools,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{
    letters::{
        kinds::Kind,
        settings::LetterOptions,
        setup::{self, StaffLettersBody, WordingBody},
    },
    setup_forms, typed,
};
use crate::{
    error::{AppError, FieldErrors, Result},
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Sets which letters clients get, and when.
#[server(name = SaveLetters, prefix = "/fn", endpoint = "calendar/letters/save", output = Packed, client = Sender)]
pub async fn save_letters(
    org: String,
    version: i64,
    reminders: String,
    follow_up: String,
    reply_to: String,
    #[server(default)] sent: Vec<String>,
    #[server(default)] texts: bool,
) -> Result<()> {
    let save = async {
        let mut errors = FieldErrors::default();
        let letters = LetterOptions {
            off: Kind::ALL
                .into_iter()
                .filter(|kind| kind.is_switched() && !sent.iter().any(|word| word == kind.as_str()))
                .collect(),
            reminder_hours: errors.take("reminders", hours(&reminders)),
            follow_up_hours: errors.take("follow_up", hours(&follow_up).and_then(one_at_most)),
            reply_to: reply_to.trim().to_owned(),
            texts,
        };
        errors.finish()?;
        setup::save(&platform(), &actor(), &org, version, &letters).await.map_err(|error| {
            error.rename_field("reminder_hours", "reminders").rename_field("follow_up_hours", "follow_up")
        })
    };
    request::page(save.await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/letters?saved=1"));
    Ok(())
}

/// Words a kind of letter.
#[server(name = SaveWording, prefix = "/fn", endpoint = "calendar/letters/word", output = Packed, client = Sender)]
pub async fn save_wording(org: String, letter: String, version: i64, subject: String, text: String) -> Result<()> {
    let body = WordingBody { subject, body: text, version };
    let saved = setup::word(&platform(), &actor(), &org, &letter, &body).await;
    request::page(saved.map_err(|error| error.rename_field("body", "text")))?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/letters/{letter}?saved=1"));
    Ok(())
}

/// Words a kind of letter as we do again.
#[server(name = ResetWording, prefix = "/fn", endpoint = "calendar/letters/reset", output = Packed, client = Sender)]
pub async fn reset_wording(org: String, letter: String) -> Result<()> {
    request::page(setup::word_as_ours(&platform(), &actor(), &org, &letter).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/letters/{letter}?reset=1"));
    Ok(())
}

/// Sets what somebody who can be booked is told.
#[server(name = SaveStaffLetters, prefix = "/fn", endpoint = "calendar/letters/staff", output = Packed, client = Sender)]
pub async fn save_staff_letters(
    org: String,
    id: String,
    agenda: String,
    #[server(default)] booked: bool,
    #[server(default)] moved: bool,
    #[server(default)] cancelled: bool,
    #[server(default)] to_confirm: bool,
) -> Result<()> {
    let save = async {
        let staff = setup_forms::staff_id(&id)?;
        let agenda_hour = match agenda.trim() {
            "" => None,
            hour => Some(hour.parse().map_err(|_| AppError::field("agenda", "Choose an hour."))?),
        };
        let body = StaffLettersBody { booked, moved, cancelled, to_confirm, agenda_hour };
        let saved = setup::save_told(&platform(), &actor(), &org, staff, &body).await;
        saved.map_err(|error| error.rename_field("agenda_hour", "agenda"))
    };
    request::page(save.await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/letters?person=1"));
    Ok(())
}

/// Whole hours as people type them: "24, 2", "1 day", "2 h".
fn hours(text: &str) -> Result<Vec<i64>, String> {
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    let hour = |part: &str| match part.parse::<i64>() {
        Ok(hours) => Ok(hours),
        Err(_) => match typed::minutes(part) {
            Ok(minutes) if minutes % 60 == 0 => Ok(minutes / 60),
            _ => Err("Enter whole hours, like 24 or 2 h, with a comma between.".to_owned()),
        },
    };
    parts.map(hour).collect()
}

fn one_at_most(hours: Vec<i64>) -> Result<Option<i64>, String> {
    match hours.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err("There is one follow-up at most.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_type_them() {
        assert_eq!(hours(" 24, 2 h "), Ok(vec![24, 2]));
        assert_eq!(hours(""), Ok(Vec::new()));
        assert!(hours("half an hour").is_err() && hours("30 min").is_err());
        assert!(hours("1, 2").and_then(one_at_most).is_err());
    }
}
