//! A forgotten password, and what a mailed link leads to.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::new_password::new_password;
use crate::{
    auth::{
        api::{AskReset, ConfirmEmail, ResetPassword, confirmation, reset_link},
        wire::Confirmation,
    },
    error::Code,
    packed::page_data,
    ui::{ErrorView, Field, FormMessage, FormState, Icon, NarrowFrame, Post, PostForm, Skeleton, SubmitButton},
};

/// `/login/forgot`
#[component]
pub fn ForgotPage() -> AnyView {
    let ask = Post::to::<AskReset>();
    let form = FormState::of_post(ask);
    let body = view! {
        <div class="card">
            <h1>"Forgot your password?"</h1>
            <PostForm post=ask class="stack">
                <FormMessage form=form/>
                <p>"We’ll mail you a link to reset it."</p>
                <Field form=form name="email" label="Email" type_="email" autocomplete="username" inputmode="email" maxlength=254/>
                <SubmitButton form=form label="Mail me a link" busy="Sending…"/>
            </PostForm>
        </div>
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Forgot your password? · Devalo">
            {body}
            <p><a href="/login" rel="external">"Back to logging in"</a></p>
        </NarrowFrame>
    }
    .into_any()
}

/// `/login/reset/{token}`
#[component]
pub fn ResetPage() -> AnyView {
    let reset = Post::to::<ResetPassword>();
    let form = FormState::of_post(reset);
    let token = token();
    let page = page_data(move || token.get(), reset_link);
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(email) => view! {
                    <div class="card">
                        <h1>"Reset your password"</h1>
                        <PostForm post=reset class="stack">
                            <FormMessage form=form/>
                            <p>"Setting a new password logs you out everywhere. You’ll still need your two-step login, if you have it."</p>
                            <input type="hidden" name="token" value=token.get_untracked()/>
                            <input type="hidden" name="username" autocomplete="username" value=email/>
                            {new_password(form, token.get_untracked())}
                            <SubmitButton form=form label="Save password" busy="Saving…"/>
                        </PostForm>
                    </div>
                }
                .into_any(),
                Err(error) if error.code == Code::NotFound => view! {
                    <div class="card stack">
                        <h1>"This link no longer works"</h1>
                        <p>"It was used already, or it is too old."</p>
                        <p class="row"><a class="btn btn-primary" href="/login/forgot" rel="external">"Send me a new link"</a></p>
                    </div>
                }
                .into_any(),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Reset your password · Devalo">
            <Transition fallback=|| view! { <Skeleton lines=5/> }>{body}</Transition>
        </NarrowFrame>
    }
    .into_any()
}

/// `/login/confirm/{token}`: a button, for mail programs follow links by themselves.
#[component]
pub fn ConfirmLinkPage() -> AnyView {
    let confirm = Post::to::<ConfirmEmail>();
    let form = FormState::of_post(confirm);
    let token = token();
    let page = page_data(move || token.get(), confirmation);
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(what) => {
                    let (title, words, label) = match what {
                        Confirmation::Address => {
                            ("Confirm your address", "You read mail at this address.", "Yes, it is mine")
                        }
                        Confirmation::Agree => (
                            "Agree to another address",
                            "Your account is to have another email address.",
                            "Yes, I agree",
                        ),
                    };
                    view! {
                        <div class="card">
                            <h1>{title}</h1>
                            <PostForm post=confirm class="stack">
                                <FormMessage form=form/>
                                <p>{words}</p>
                                <input type="hidden" name="token" value=token.get_untracked()/>
                                <SubmitButton form=form label=label busy="One moment…"/>
                            </PostForm>
                        </div>
                    }
                    .into_any()
                }
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Your email address · Devalo">
            <Transition fallback=|| view! { <Skeleton lines=4/> }>{body}</Transition>
        </NarrowFrame>
    }
    .into_any()
}

/// `/login/confirmed?…`
#[component]
pub fn ConfirmedPage() -> AnyView {
    let query = use_query_map();
    let words = move || {
        query.with(|query| {
            if query.get("changed").is_some() {
                "Your email address is changed. Log in with the new one from now on."
            } else if query.get("half").is_some() {
                "Thank you. Now the other address has to agree, too: the link for it is in the email there."
            } else {
                "Thank you. We know now that you read mail at this address."
            }
        })
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Confirmed · Devalo">
            <div class="card stack" role="status">
                <h1><Icon name="check"/>" Confirmed"</h1>
                <p>{words}</p>
                <p class="row"><a class="btn btn-primary" href="/account" rel="external">"Continue to your account"</a></p>
            </div>
        </NarrowFrame>
    }
    .into_any()
}

fn token() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("token")).unwrap_or_default())
}
