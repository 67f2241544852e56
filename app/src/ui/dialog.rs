//! A dialog that is an address: the server renders it open, so it works without JavaScript.

use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// A native dialog. Without JavaScript it is open on top of its page and its close link leads back; with it, it is
/// modal: the focus stays in it and Escape closes it.
#[component]
pub fn Dialog(
    /// A stable id.
    #[prop(into)]
    id: String,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// The address of the page without the dialog.
    #[prop(into)]
    close: String,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get()
            && dialog.is_connected()
        {
            // An open dialog has to be closed before it can be opened as a modal one; if that fails it stays as it was.
            dialog.remove_attribute("open").ok();
            dialog.show_modal().ok();
        }
    });
    let navigate = use_navigate();
    let back = close.clone();
    // Only Escape: leaving the page removes the element without a `cancel`.
    let on_cancel = move |event: leptos::ev::Event| {
        event.prevent_default();
        navigate(&back, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    view! {
        <dialog id=id class="dialog" open=true aria-labelledby=labelled node_ref=dialog on:cancel=on_cancel>
            <div class="dialog-head">
                <h2 id=heading>{title}</h2>
                <a class="btn-icon" href=close data-noscroll="" aria-label="Close"><super::Icon name="close"/></a>
            </div>
            <div class="dialog-body">{children()}</div>
        </dialog>
    }
}
