//! Something to take along: shown whole, and copied with one press.

use leptos::prelude::*;

use super::icon::Icon;

/// A value that can be selected and copied. Without JavaScript it can be selected and copied by hand.
#[component]
pub fn CopyField(
    /// A stable id.
    id: &'static str,
    /// What it is.
    #[prop(into)]
    label: String,
    /// The value.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    let (button, said) = copying(value.clone());
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="copy-field">
                <input class="input" id=id type="text" readonly=true value=value autocomplete="off" spellcheck="false"/>
                {button}
            </div>
            {said}
        </div>
    }
}

/// A button that copies this text, and what came of it.
pub fn copying(text: String) -> (AnyView, AnyView) {
    let copied = RwSignal::new(None::<bool>);
    let copy = move |_| write(text.clone(), copied);
    let said = move || match copied.get() {
        None => "",
        Some(true) => "Copied.",
        Some(false) => "The browser didn’t allow it. Please select the text and copy it.",
    };
    let button = view! {
        <button type="button" class="btn btn-quiet needs-js" on:click=copy><Icon name="copy"/>"Copy"</button>
    };
    (button.into_any(), view! { <p class="field-hint" role="status">{said}</p> }.into_any())
}

#[cfg(feature = "hydrate")]
fn write(text: String, copied: RwSignal<Option<bool>>) {
    leptos::task::spawn_local(async move {
        let worked = browser::to_clipboard(&text).await.is_ok();
        // The page may be gone by then.
        let _ = copied.try_set(Some(worked));
    });
}

/// Nothing is pressed on the server.
#[cfg(not(feature = "hydrate"))]
fn write(_: String, _: RwSignal<Option<bool>>) {}

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::{Function, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    /// Asks the browser to; it may not have a clipboard, or not let us.
    pub(super) async fn to_clipboard(text: &str) -> Result<(), JsValue> {
        let navigator = Reflect::get(&leptos::prelude::window(), &"navigator".into())?;
        let clipboard = Reflect::get(&navigator, &"clipboard".into())?;
        let write: Function = Reflect::get(&clipboard, &"writeText".into())?.dyn_into()?;
        let written: Promise = write.call1(&clipboard, &text.into())?.dyn_into()?;
        JsFuture::from(written).await.map(|_| ())
    }
}
