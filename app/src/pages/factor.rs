//! Setting up an authenticator app, and its recovery codes: parts of several pages.

use leptos::prelude::*;

use crate::{
    auth::wire::{EnrolmentPage, RecoveryCodes},
    ui::{Field, FormMessage, FormState, SubmitButton, copying, text_file},
};

/// The fields of a form that confirms an authenticator app.
pub fn set_up(page: EnrolmentPage, form: FormState) -> AnyView {
    // In fours it is easier to type.
    let secret = page.secret.as_bytes().chunks(4).filter_map(|part| std::str::from_utf8(part).ok());
    let secret = secret.collect::<Vec<_>>().join(" ");
    let (copy, copied) = copying(page.secret);
    view! {
        <FormMessage form=form/>
        <ol class="steps">
            <li>
                <p>"Open an authenticator app on your phone (Google Authenticator, Microsoft Authenticator or 1Password) and scan this."</p>
                <p class="on-phone"><a href=page.address rel="external">"Open my authenticator app"</a></p>
                <img class="qr" src=page.picture width="240" height="240" alt="QR code for an authenticator app"/>
                <details>
                    <summary>"Type it in instead"</summary>
                    <div class="row"><p class="secret"><code>{secret}</code></p>{copy}</div>
                    {copied}
                </details>
            </li>
            <li>
                <Field
                    form=form
                    name="code"
                    label="The six digits that it shows"
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    maxlength=12
                />
            </li>
        </ol>
        <div class="form-actions"><SubmitButton form=form label="Confirm" busy="Checking…"/></div>
    }
    .into_any()
}

/// Recovery codes once they are there, shown this once, and the way on.
pub fn recovery_codes(codes: Signal<Option<RecoveryCodes>>, next: impl Fn() -> String + Send + 'static) -> AnyView {
    let section = move |RecoveryCodes { email, codes }: RecoveryCodes| {
        let text = codes.join("\n");
        let file = text_file(&format!("Devalo recovery codes, {email}\n\n{text}\n"));
        let (copy, copied) = copying(text);
        let list = codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view();
        view! {
            <section class="card stack" role="status" aria-labelledby="codes">
                <h1 id="codes">"Your recovery codes"</h1>
                <p class="no-print">
                    "They are for when you can’t use your passkey or phone, so keep them somewhere else. Each opens your account once. They are shown this once."
                </p>
                <p class="soft wrap-anywhere">{format!("Devalo, {email}")}</p>
                <ul class="codes">{list}</ul>
                <p class="row">
                    <a class="btn btn-quiet" href=file download="devalo-recovery-codes.txt">"Download"</a>
                    {copy}
                    <button type="button" class="btn btn-quiet needs-js" on:click=move |_| print()>"Print"</button>
                </p>
                {copied}
                <p class="row"><a class="btn btn-primary" href=next() rel="external">"I’ve saved these"</a></p>
            </section>
        }
    };
    (move || codes.get().map(&section)).into_any()
}

fn print() {
    // Where the browser can’t, they are still in sight.
    let _ = window().print();
}

/// What the codes take the place of. It goes a moment after they are there, for its parts still hear of the answer.
pub fn until_answered(
    codes: Signal<Option<RecoveryCodes>>,
    page: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let gone = RwSignal::new(codes.with_untracked(Option::is_some));
    Effect::new(move || {
        if codes.with(Option::is_some) {
            request_animation_frame(move || {
                // The page may be another by then.
                gone.try_set(true);
            });
        }
    });
    (move || (!gone.get()).then(&page)).into_any()
}
