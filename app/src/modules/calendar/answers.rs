//! What clients answer to a service’s questions: checked when they book, kept sealed, and shown to the business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::options::{Question, QuestionKind};
use crate::{
    error::{AppError, FieldErrors, Result},
    web::is_text,
};

/// What somebody sent: of each question’s id, what was typed or chosen.
pub type Given = BTreeMap<String, Vec<String>>;

/// An answer as it is kept: the question in the words in which it was asked, so that it can be read when the service asks
/// something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// The question’s id.
    pub id: String,
    /// What was asked.
    pub question: String,
    /// What was answered: one text, or each choice.
    pub answer: Vec<String>,
}

/// The answers to these questions, in their order; what wasn’t answered is left out. A field’s name is `answers.{id}`.
pub fn check(questions: &[Question], given: &Given, errors: &mut FieldErrors) -> Vec<Answer> {
    for id in given.keys() {
        if !questions.iter().any(|question| question.id == *id) {
            errors.add("answers", "The questions have changed. Please look at them again.");
        }
    }
    let mut answers = Vec::new();
    for question in questions {
        let field = format!("answers.{}", question.id);
        let typed: Vec<String> = given
            .get(&question.id)
            .into_iter()
            .flatten()
            .map(|text| text.trim().replace("\r\n", "\n"))
            .filter(|text| !text.is_empty())
            .collect();
        if typed.is_empty() {
            if question.required {
                errors.add(
                    &field,
                    match question.kind {
                        QuestionKind::Short | QuestionKind::Long => "Please answer this.",
                        QuestionKind::Choice | QuestionKind::Several => "Please choose.",
                        QuestionKind::Checkbox => "Please tick this to go on.",
                    },
                );
            }
            continue;
        }
        match fits(question, &typed) {
            Ok(()) => answers.push(Answer {
                id: question.id.clone(),
                question: question.label.clone(),
                answer: if question.kind == QuestionKind::Checkbox { vec!["Yes".to_owned()] } else { typed },
            }),
            Err(message) => errors.add(&field, message),
        }
    }
    answers
}

/// What is sealed; `None` where nothing was answered.
pub fn stored(answers: &[Answer]) -> Option<String> {
    if answers.is_empty() { None } else { serde_json::to_string(answers).ok() }
}

/// Reads what was sealed.
///
/// # Errors
/// It isn’t what we wrote.
pub fn read(stored: &str) -> Result<Vec<Answer>> {
    serde_json::from_str(stored).map_err(|error| {
        tracing::error!(%error, "stored answers can’t be read");
        AppError::internal()
    })
}

fn fits(question: &Question, typed: &[String]) -> Result<(), &'static str> {
    let longest = match question.kind {
        QuestionKind::Short => 200,
        QuestionKind::Long => 2000,
        QuestionKind::Choice | QuestionKind::Several | QuestionKind::Checkbox => 500,
    };
    if typed.iter().any(|text| text.chars().count() > longest) {
        return Err(if longest == 200 { "Use at most 200 characters." } else { "Use at most 2,000 characters." });
    }
    if typed.iter().any(|text| !is_text(text)) {
        return Err("Use letters, digits and punctuation.");
    }
    match question.kind {
        QuestionKind::Short if typed.iter().any(|text| text.contains('\n')) => Err("Use one line."),
        QuestionKind::Short | QuestionKind::Long | QuestionKind::Choice if typed.len() > 1 => Err("Give one answer."),
        QuestionKind::Several if typed.len() > question.choices.len() => Err("Choose each once."),
        QuestionKind::Choice | QuestionKind::Several if typed.iter().any(|text| !question.choices.contains(text)) => {
            Err("Choose one of these.")
        }
        QuestionKind::Several
            if typed.iter().enumerate().any(|(place, text)| typed.iter().take(place).any(|one| one == text)) =>
        {
            Err("Choose each once.")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(id: &str, kind: QuestionKind, required: bool) -> Question {
        let choices = match kind {
            QuestionKind::Choice | QuestionKind::Several => vec!["Left".to_owned(), "Right".to_owned()],
            _ => Vec::new(),
        };
        Question { id: id.to_owned(), kind, label: format!("{id}?"), hint: String::new(), required, choices }
    }

    fn refused(questions: &[Question], given: &[(&str, &[&str])]) -> Vec<String> {
        let given = given
            .iter()
            .map(|(id, texts)| ((*id).to_owned(), texts.iter().map(|text| (*text).to_owned()).collect()))
            .collect();
        let mut errors = FieldErrors::default();
        check(questions, &given, &mut errors);
        errors
            .finish()
            .err()
            .map(|error| error.fields.into_iter().map(|field| field.field).collect())
            .unwrap_or_default()
    }

    #[test]
    fn what_is_required_must_be_answered_and_nothing_else() {
        let questions = [
            question("why", QuestionKind::Short, true),
            question("side", QuestionKind::Choice, false),
            question("agree", QuestionKind::Checkbox, true),
        ];
        assert_eq!(refused(&questions, &[]), ["answers.why", "answers.agree"]);
        assert_eq!(refused(&questions, &[("why", &["  "]), ("agree", &["on"])]), ["answers.why"]);
        assert!(refused(&questions, &[("why", &["Back pain"]), ("agree", &["on"])]).is_empty());
    }

    #[test]
    fn an_answer_that_doesn_t_fit_its_question_is_refused() {
        let questions = [
            question("short", QuestionKind::Short, false),
            question("long", QuestionKind::Long, false),
            question("side", QuestionKind::Choice, false),
            question("sides", QuestionKind::Several, false),
        ];
        let long = "x".repeat(201);
        assert_eq!(refused(&questions, &[("short", &[&long])]), ["answers.short"]);
        assert_eq!(refused(&questions, &[("short", &["two\nlines"])]), ["answers.short"]);
        assert_eq!(refused(&questions, &[("long", &["a\u{7}b"])]), ["answers.long"]);
        assert_eq!(refused(&questions, &[("side", &["Up"])]), ["answers.side"]);
        assert_eq!(refused(&questions, &[("side", &["Left", "Right"])]), ["answers.side"]);
        assert!(refused(&questions, &[("sides", &["Left", "Right"]), ("long", &["two\r\nlines"])]).is_empty());
        assert_eq!(refused(&questions, &[("sides", &["Left", "Left"])]), ["answers.sides"], "each once");
        assert_eq!(refused(&questions, &[("sides", vec!["Left"; 20_000].as_slice())]), ["answers.sides"]);
        assert_eq!(refused(&questions, &[("other", &["x"])]), ["answers"]);
    }
}
