//! Short messages that come and go. What must not be missed belongs in a notice.

use std::time::Duration;

use leptos::prelude::*;

/// How long a message stays.
const STAYS: Duration = Duration::from_secs(6);

/// The messages now shown. Provided by [`ToastRack`]'s page, taken from the context.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<(u32, Vec<(u32, String)>)>);

impl Toasts {
    /// Makes the rack's state and provides it to everything below.
    pub fn provide() -> Self {
        let toasts = Self(RwSignal::new((0, Vec::new())));
        provide_context(toasts);
        toasts
    }

    /// Shows a message, and takes it away again after a while.
    pub fn show(&self, message: impl Into<String>) {
        let messages = self.0;
        let id = messages.with_untracked(|(next, _)| *next);
        messages.update(|(next, shown)| {
            *next += 1;
            shown.push((id, message.into()));
        });
        set_timeout(
            move || {
                // The page may be gone by then.
                let _ = messages.try_update(|(_, shown)| shown.retain(|(other, _)| *other != id));
            },
            STAYS,
        );
    }
}

/// Where the messages appear; announced politely.
#[component]
pub fn ToastRack(
    /// The state, from [`Toasts::provide`].
    toasts: Toasts,
) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.0.get().1 key=|(id, _)| *id let((_, message))>
                <p class="toast">{message}</p>
            </For>
        </div>
    }
}
