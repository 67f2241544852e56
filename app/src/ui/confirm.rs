//! What is opened before it is done.

use leptos::prelude::*;

use super::form::FormState;

/// What can’t be taken back with a click is opened first, says what comes of it, and has the button that does it inside.
pub fn confirmed_by(summary: &'static str, state: FormState, inside: AnyView) -> AnyView {
    opened_by(summary, "confirm-panel stack", state, inside)
}

/// The same for what harms nothing: it only isn’t wanted often enough to stand open.
pub fn folded_by(summary: &'static str, state: FormState, inside: AnyView) -> AnyView {
    opened_by(summary, "confirm-panel is-calm stack", state, inside)
}

fn opened_by(summary: &'static str, class: &'static str, state: FormState, inside: AnyView) -> AnyView {
    let open = state.message().with_untracked(Option::is_some);
    view! {
        <details class="confirm" open=open>
            <summary class="btn btn-quiet">{summary}</summary>
            <div class=class>{inside}</div>
        </details>
    }
    .into_any()
}
