//! Logging in.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use crate::{
    auth::api::LogIn,
    ui::{Field, FormMessage, FormState, NarrowFrame, Post, PostForm, SubmitButton},
};

/// `/login?next=…`
#[component]
pub fn LogInPage() -> AnyView {
    let log_in = Post::to::<LogIn>();
    let form = FormState::of_post(log_in);
    let query = use_query_map();
    let next = move || query.with(|query| query.get("next")).unwrap_or_default();
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Log in · Devalo">
            <div class="card">
                <h1>"Log in"</h1>
                <PostForm post=log_in class="stack">
                    <FormMessage form=form/>
                    <input type="hidden" name="next" value=next/>
                    <Field form=form name="email" label="Email" type_="email" autocomplete="username" inputmode="email"/>
                    <Field form=form name="password" label="Password" type_="password" autocomplete="current-password"/>
                    <SubmitButton form=form label="Log in" busy="Logging in…"/>
                </PostForm>
            </div>
        </NarrowFrame>
    }
    .into_any()
}
