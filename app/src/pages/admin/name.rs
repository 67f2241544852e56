//! `/admin/name`: whoever runs the platform says who they are, before anything of it opens.

use leptos::prelude::*;
use leptos_router::hooks::use_url;

use super::frame::AdminFrame;
use crate::{
    admin::{api::SayName, operator::Operator},
    pages::plain::written,
    request,
    ui::{Field, FormMessage, FormState, PageHeader, Post, PostForm, SubmitButton, next_in},
};

/// Their name.
#[component]
pub fn NameRoute() -> AnyView {
    let next = use_url().with_untracked(|address| next_in(address.search()));
    let post = Post::to::<SayName>();
    let form = FormState::of_post(post);
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || async move {
        Operator::at_the_door(&platform, standing).await?;
        Ok(next)
    };
    let show = move |next: String| {
        view! {
            <PageHeader title="Your name"/>
            <PostForm post=post class="card stack">
                <FormMessage form=form/>
                <input type="hidden" name="next" value=next/>
                <Field form=form name="name" label="Your name" hint="Customers see this when you ask for support access." autocomplete="name" maxlength=100/>
                <div class="form-actions"><SubmitButton form=form label="Go on" busy="Saving…"/></div>
            </PostForm>
        }
        .into_any()
    };
    view! { <AdminFrame title="Your name" here="">{written(read, show)}</AdminFrame> }.into_any()
}
