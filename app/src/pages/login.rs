//! Logging in: email and password, then what else is owed.

use leptos::prelude::*;
use leptos_meta::Meta;

use super::{
    factor::{recovery_codes, set_up, until_answered},
    passkey::PasskeyButton,
};
use crate::{
    auth::{
        api::{AddPasskey, ConfirmEnrolment, EnterCode, EnterPasskey, LogIn, LogInWithPasskey, enrolment, owed},
        wire::{Owed, RecoveryCodes},
    },
    packed::page_data,
    ui::{
        ActForm, Checkbox, DoneNotice, ErrorView, Field, FormMessage, FormState, Kind, NarrowFrame, Post, PostForm,
        Skeleton, SubmitButton, answer_of, next_of_address,
    },
};

const DONE: &[(&str, &str)] =
    &[("reset", "Your password is set. Log in with it."), ("everywhere", "You are logged out everywhere.")];

/// `/login?next=…`
#[component]
pub fn LogInPage() -> AnyView {
    let log_in = Post::to::<LogIn>();
    let form = FormState::of_post(log_in);
    let with_passkey = Post::to::<LogInWithPasskey>();
    let signing = FormState::of_post(with_passkey);
    let next = next_of_address();
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Log in · Devalo">
            <DoneNotice words=DONE/>
            <div class="card">
                <h1>"Log in"</h1>
                <PostForm post=log_in class="stack">
                    <FormMessage form=form/>
                    <input type="hidden" name="next" value=next/>
                    <Field form=form name="email" label="Email" type_="email" autocomplete="username" inputmode="email" autofocus=true/>
                    <Field form=form name="password" label="Password" type_="password" autocomplete="current-password" maxlength=1024/>
                    <Checkbox form=form name="remember" label="Keep me logged in on this device" hint="For 30 days. Don’t tick this on a shared computer."/>
                    <SubmitButton form=form label="Log in" busy="Logging in…"/>
                </PostForm>
                <PostForm post=with_passkey class="stack instead">
                    <FormMessage form=signing/>
                    <input type="hidden" name="next" value=next/>
                    <PasskeyButton purpose="log_in" form=signing label="Log in with a passkey" kind=Kind::Quiet/>
                </PostForm>
            </div>
            <p><a href="/login/forgot" rel="external">"Forgot your password?"</a></p>
            <p class="soft">"New here? Ask your manager to invite you, or "<a href="/" rel="external">"see how a business starts"</a>"."</p>
        </NarrowFrame>
    }
    .into_any()
}

/// `/login/code?next=…`: the code that is owed after the password.
#[component]
pub fn CodePage() -> AnyView {
    let enter = Post::to::<EnterCode>();
    let form = FormState::of_post(enter);
    let with_passkey = Post::to::<EnterPasskey>();
    let signing = FormState::of_post(with_passkey);
    let next = next_of_address();
    let page = page_data(|| (), |()| owed());
    let body = move || {
        Suspend::new(async move {
            let Owed { app, passkey } = match page.await {
                Ok(owed) => owed,
                Err(error) => return view! { <ErrorView error=error/> }.into_any(),
            };
            let (title, label, hint) = if app {
                (
                    "Enter your code",
                    "Code",
                    "Six digits from your authenticator app. Without your phone, one of your recovery codes.",
                )
            } else {
                ("Show your passkey", "Recovery code", "For when the device with your passkey isn’t at hand.")
            };
            // Where there is no app, the passkey comes first.
            let (first, second) = if app { ("stack", "stack instead") } else { ("stack instead", "stack") };
            let (code, sign) = if app { (Kind::Primary, Kind::Quiet) } else { (Kind::Quiet, Kind::Primary) };
            let by_code = view! {
                <PostForm post=enter class=first>
                    <FormMessage form=form/>
                    <input type="hidden" name="next" value=next/>
                    <Field form=form name="code" label=label hint=hint autocomplete="one-time-code" maxlength=40 autofocus=app/>
                    <SubmitButton form=form label="Log in" busy="Logging in…" kind=code/>
                </PostForm>
            }
            .into_any();
            let by_passkey = passkey.then(|| {
                view! {
                    <PostForm post=with_passkey class=second>
                        <FormMessage form=signing/>
                        <input type="hidden" name="next" value=next/>
                        <PasskeyButton purpose="code" form=signing label="Use your passkey" kind=sign/>
                    </PostForm>
                }
                .into_any()
            });
            let forms = if app { (Some(by_code), by_passkey) } else { (by_passkey, Some(by_code)) };
            view! { <div class="card"><h1>{title}</h1>{forms}</div> }.into_any()
        })
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Two-step login · Devalo">
            <Transition fallback=|| view! { <Skeleton lines=4/> }>{body}</Transition>
            <p><a href="/login" rel="external">"Log in as somebody else"</a></p>
        </NarrowFrame>
    }
    .into_any()
}

/// `/login/set-up?next=…`: somebody has to set up a second factor before anything opens.
#[component]
pub fn SetUpPage() -> AnyView {
    let confirm = ServerAction::<ConfirmEnrolment>::new();
    let form = FormState::new(confirm).staying();
    let add = ServerAction::<AddPasskey>::new();
    let adding = FormState::new(add).staying();
    let (by_app, by_passkey) = (answer_of(confirm), answer_of(add));
    let codes: Signal<Option<RecoveryCodes>> = Signal::derive(move || by_app.get().or_else(|| by_passkey.get()));
    let next = next_of_address();
    let page = page_data(|| (), |()| enrolment());
    let onwards = move || Some(next()).filter(|next| !next.is_empty()).unwrap_or_else(|| "/app".to_owned());
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => view! {
                    <div class="card stack">
                        <h1>"Set up two-step login"</h1>
                        <p>"Your account asks for it, so that a stolen password opens nothing: a code from an app on your phone, or a passkey."</p>
                        <ActForm action=confirm class="stack">
                            {set_up(page, form)}
                        </ActForm>
                        <ActForm action=add class="stack instead">
                            <FormMessage form=adding/>
                            <input type="hidden" name="name" value=""/>
                            <PasskeyButton purpose="add" form=adding label="Make a passkey instead" kind=Kind::Quiet/>
                        </ActForm>
                    </div>
                }
                .into_any(),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Set up two-step login · Devalo">
            {recovery_codes(codes, onwards)}
            {until_answered(codes, move || view! { <Transition fallback=|| view! { <Skeleton lines=8/> }>{body}</Transition> }.into_any())}
        </NarrowFrame>
    }
    .into_any()
}
