//! What can be pressed.

use leptos::prelude::*;

use super::form::FormState;

/// How much a control asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// The one thing to do here.
    #[default]
    Primary,
    /// Anything else.
    Quiet,
    /// It takes something away.
    Danger,
}

impl Kind {
    /// The classes of a button that looks like it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn-primary",
            Self::Quiet => "btn btn-quiet",
            Self::Danger => "btn btn-danger",
        }
    }
}

/// A button. For forms take [`SubmitButton`], which knows when the form is on its way.
#[component]
pub fn Button(
    /// How it looks.
    #[prop(optional)]
    kind: Kind,
    /// Its `type`.
    #[prop(default = "button")]
    type_: &'static str,
    /// It can't be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Its label.
    children: Children,
) -> impl IntoView {
    view! { <button type=type_ class=kind.class() disabled=move || disabled.get()>{children()}</button> }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How it looks.
    #[prop(optional)]
    kind: Kind,
    /// Not a page of this program but a file, or a public page's way to the dashboard: the browser fetches it itself.
    #[prop(optional)]
    external: bool,
    /// Its label.
    children: Children,
) -> impl IntoView {
    view! { <a href=href class=kind.class() rel=external.then_some("external")>{children()}</a> }
}

/// Sends its form, once: it is disabled and says so while the answer is awaited.
#[component]
pub fn SubmitButton(
    /// The form's state.
    form: FormState,
    /// "Book this time".
    #[prop(into)]
    label: String,
    /// "Booking…".
    #[prop(into)]
    busy: String,
    /// How it looks.
    #[prop(optional)]
    kind: Kind,
) -> impl IntoView {
    let words = StoredValue::new((label, busy));
    let text = move || words.with_value(|(label, busy)| if form.busy() { busy.clone() } else { label.clone() });
    view! {
        <button
            type="submit"
            class=kind.class()
            class:is-busy=move || form.busy()
            disabled=move || form.busy()
            aria-busy=move || form.busy().then_some("true")
        >
            {text}
        </button>
    }
}
