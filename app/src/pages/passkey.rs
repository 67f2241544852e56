//! Asking the browser for a passkey: a part of several pages' forms. It takes JavaScript; without, the button isn't there, and
//! the page's other way is.

use leptos::{html, prelude::*};

use crate::{
    error::AppError,
    ui::{FormState, Kind},
};

/// Asks the browser for a passkey, and sends the form that it stands in with the answer.
#[component]
pub fn PasskeyButton(
    /// What for: `add`, `log_in`, `code` or `again`.
    purpose: &'static str,
    /// The form's state.
    form: FormState,
    /// "Log in with a passkey".
    label: &'static str,
    /// How it looks.
    #[prop(optional)]
    kind: Kind,
    /// What stands there while the button can't.
    #[prop(optional)]
    without: &'static str,
) -> AnyView {
    let (there, asking) = (RwSignal::new(false), RwSignal::new(false));
    let refusal = RwSignal::new(None::<AppError>);
    let (token, answer) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    #[cfg(feature = "hydrate")]
    Effect::new(move || there.set(browser::knows_passkeys()));
    let on_click = move |_| {
        #[cfg(feature = "hydrate")]
        browser::ask(purpose, token, answer, asking, refusal);
        #[cfg(not(feature = "hydrate"))]
        let _ = (purpose, asking, refusal);
    };
    let busy = move || asking.get() || form.busy();
    view! {
        <input type="hidden" name="token" value="" node_ref=token/>
        <input type="hidden" name="answer" value="" node_ref=answer/>
        <div aria-live="assertive">
            {move || refusal.get().map(|error| view! { <p class="notice notice-error">{error.message}</p> })}
        </div>
        {move || (!there.get() && !without.is_empty()).then(|| view! { <p class="soft">{without}</p> })}
        {move || there.get().then(|| view! {
            <button
                type="button"
                class=kind.class()
                class:is-busy=busy
                disabled=busy
                aria-busy=move || busy().then_some("true")
                on:click=on_click
            >
                {move || if busy() { "Waiting for your device…" } else { label }}
            </button>
        })}
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::{Function, JSON, Object, Promise, Reflect};
    use leptos::{
        html,
        prelude::*,
        task::spawn_local,
        wasm_bindgen::{JsCast, JsValue},
    };
    use wasm_bindgen_futures::JsFuture;

    use crate::{
        auth::api::begin_passkey,
        error::{AppError, Code},
    };

    /// Both ways of reading what the server asks came with the same versions of browsers.
    pub(super) fn knows_passkeys() -> bool {
        class().is_ok_and(|class| method(&class, "parseRequestOptionsFromJSON").is_ok())
    }

    /// Has something to sign made, has the device sign it, and sends the form.
    pub(super) fn ask(
        purpose: &'static str,
        token: NodeRef<html::Input>,
        answer: NodeRef<html::Input>,
        asking: RwSignal<bool>,
        refusal: RwSignal<Option<AppError>>,
    ) {
        asking.set(true);
        refusal.set(None);
        spawn_local(async move {
            let signed = async {
                let ceremony = begin_passkey(purpose.to_owned()).await?;
                let signed = sign(purpose, &ceremony.options).await.map_err(|error| in_words(&error))?;
                Ok((ceremony.token, signed))
            };
            let signed = signed.await;
            // The page may be another by now.
            asking.try_set(false);
            match signed {
                Ok((made, signed)) => {
                    let (Some(token), Some(answer)) = (token.get_untracked(), answer.get_untracked()) else { return };
                    token.set_value(&made);
                    answer.set_value(&signed);
                    if let Some(form) = answer.form() {
                        // It is there, and nothing in it is checked by the browser.
                        let _ = form.request_submit();
                    }
                }
                Err(error) => {
                    refusal.try_set(Some(error));
                }
            }
        });
    }

    async fn sign(purpose: &str, options: &str) -> Result<String, JsValue> {
        let (parse, go) = match purpose {
            "add" => ("parseCreationOptionsFromJSON", "create"),
            _ => ("parseRequestOptionsFromJSON", "get"),
        };
        let class = class()?;
        let options = method(&class, parse)?.call1(&class, &JSON::parse(options)?)?;
        let asked = Object::new();
        Reflect::set(&asked, &"publicKey".into(), &options)?;
        let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
        let credentials = Reflect::get(&navigator, &"credentials".into())?;
        let promise: Promise = method(&credentials, go)?.call1(&credentials, &asked)?.dyn_into()?;
        let credential = JsFuture::from(promise).await?;
        JSON::stringify(&credential)?.as_string().ok_or(JsValue::NULL)
    }

    fn class() -> Result<JsValue, JsValue> {
        Reflect::get(&js_sys::global(), &"PublicKeyCredential".into())
    }

    fn method(of: &JsValue, name: &str) -> Result<Function, JsValue> {
        Reflect::get(of, &name.into())?.dyn_into()
    }

    /// What the browser throws (Web Authentication, level 3, §5.1.3 and §5.1.4), in words.
    fn in_words(error: &JsValue) -> AppError {
        let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
        let words = match name.as_deref() {
            Some("NotAllowedError" | "AbortError") => {
                "No passkey was used: it was cancelled, or took too long. Try again, or another way."
            }
            Some("InvalidStateError") => "This device has a passkey for your account already.",
            Some("SecurityError") => "Passkeys don’t work at this address. Open the site by its own name.",
            _ => "Your browser couldn’t use a passkey here. Try another way.",
        };
        AppError::new(Code::BadRequest, words)
    }
}
