//! The fields of a form that asks by its address, where the server writes a page as text.

use maud::{Markup, html};

use crate::error::AppError;

/// One of several to choose from.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// What the address says.
    pub value: &'a str,
    /// What people read.
    pub label: &'a str,
}

/// What is wrong, on top of the form, with the way to each.
pub fn notice_of(refused: Option<&AppError>) -> Markup {
    html! {
        @if let Some(error) = refused {
            div class="notice notice-error" role="alert" tabindex="-1" autofocus[error.fields.len() > 1] {
                p { (error.message) }
                ul { @for field in &error.fields { li { a href={ "#field-" (field.field) } { (field.message) } } } }
            }
        }
    }
}

/// A list to choose from.
pub fn select<'a>(
    name: &str,
    label: &str,
    choices: impl Iterator<Item = Choice<'a>>,
    chosen: &str,
    refused: Option<&AppError>,
) -> Markup {
    let id = format!("field-{name}");
    let control = html! {
        select class="input" id=(id) name=(name) autofocus[is_alone(name, refused)] aria-invalid=[invalid(name, refused)] aria-describedby=[described(name, refused)] {
            @for Choice { value, label } in choices { option value=(value) selected[value == chosen] { (label) } }
        }
    };
    field(name, label, &control, refused)
}

/// A field of a kind that the browser knows: `date`, `time`.
pub fn typed(name: &str, label: &str, kind: &str, value: &str, refused: Option<&AppError>) -> Markup {
    let id = format!("field-{name}");
    let control = html! {
        input class="input" id=(id) name=(name) type=(kind) value=(value) autofocus[is_alone(name, refused)] aria-invalid=[invalid(name, refused)] aria-describedby=[described(name, refused)];
    };
    field(name, label, &control, refused)
}

fn field(name: &str, label: &str, control: &Markup, refused: Option<&AppError>) -> Markup {
    let message = message(name, refused);
    html! {
        div.field.has-error[message.is_some()] {
            label for={ "field-" (name) } { (label) }
            (control)
            @if let Some(message) = message { p class="field-error" id={ "field-" (name) "-error" } { (message) } }
        }
    }
}

fn message<'a>(name: &str, refused: Option<&'a AppError>) -> Option<&'a str> {
    refused.and_then(|error| error.field_message(name))
}

/// It is all that is wrong: the page begins there.
fn is_alone(name: &str, refused: Option<&AppError>) -> bool {
    message(name, refused).is_some() && refused.is_some_and(|error| error.fields.len() == 1)
}

fn invalid(name: &str, refused: Option<&AppError>) -> Option<&'static str> {
    message(name, refused).map(|_| "true")
}

fn described(name: &str, refused: Option<&AppError>) -> Option<String> {
    message(name, refused).map(|_| format!("field-{name}-error"))
}
