//! Short messages that come and go. What must not be missed belongs in a notice.

use std::time::Duration;

use leptos::prelude::*;

/// How long a message stays.
const STAYS: Duration = Duration::from_secs(6);
/// How long one with a button does.
const OFFER_STAYS: Duration = Duration::from_secs(15);

/// A message, and what one can do about it.
#[derive(Clone)]
struct Toast {
    id: u32,
    message: String,
    offer: Option<(&'static str, Callback<()>)>,
}

/// The messages now shown. Provided by [`ToastRack`]'s page, taken from the context.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<(u32, Vec<Toast>)>);

impl Toasts {
    /// Makes the rack's state and provides it to everything below.
    pub fn provide() -> Self {
        let toasts = Self(RwSignal::new((0, Vec::new())));
        provide_context(toasts);
        toasts
    }

    /// Shows a message, and takes it away again after a while.
    pub fn show(&self, message: impl Into<String>) {
        self.add(message.into(), None, STAYS);
    }

    /// Shows a message with a button that does something about it; both go away after a longer while.
    pub fn offer(&self, message: impl Into<String>, label: &'static str, act: Callback<()>) {
        self.add(message.into(), Some((label, act)), OFFER_STAYS);
    }

    fn add(self, message: String, offer: Option<(&'static str, Callback<()>)>, stays: Duration) {
        let id = self.0.with_untracked(|(next, _)| *next);
        self.0.update(|(next, shown)| {
            *next += 1;
            shown.push(Toast { id, message, offer });
        });
        set_timeout(move || self.take_away(id), stays);
    }

    fn take_away(self, id: u32) {
        // The page may be gone by then.
        let _ = self.0.try_update(|(_, shown)| shown.retain(|toast| toast.id != id));
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
            <For each=move || toasts.0.get().1 key=|toast| toast.id let:toast>
                <p class="toast">
                    {toast.message}
                    {toast.offer.map(|(label, act)| {
                        let click = move |_| {
                            toasts.take_away(toast.id);
                            act.run(());
                        };
                        view! { <button type="button" class="toast-act" on:click=click>{label}</button> }
                    })}
                </p>
            </For>
        </div>
    }
}
