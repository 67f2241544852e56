//! `/admin/mail/{id}`: what became of one letter, step by step.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::frame::AdminFrame;
use crate::{
    admin::{
        api::SendMailAgain,
        mail_views::{self, MailPage, Step},
        operator::Operator,
    },
    pages::{plain::written, settings::confirm_first},
    request,
    ui::{Badge, FormMessage, FormState, Icon, PageHeader, Post, PostForm, SubmitButton, Tone},
};

/// One letter.
#[component]
pub fn LetterRoute() -> AnyView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let send = Post::to::<SendMailAgain>();
    let form = FormState::of_post(send);
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || async move {
        let by = Operator::of(&platform, standing).await?;
        mail_views::one(&platform, by, &id).await
    };
    view! { <AdminFrame title="An email" here="/admin/mail">{written(read, move |page| show(page, send, form))}</AdminFrame> }
        .into_any()
}

fn show(page: MailPage, send: Post, form: FormState) -> AnyView {
    let MailPage { mail, steps, hears, confirmed } = page;
    let org = mail.org.map(|(slug, name)| {
        view! { <p>"It is about "<a href=format!("/admin/orgs/{slug}")>{name}</a>"."</p> }
    });
    let deaf = (!hears).then(|| {
        view! { <p class="soft">"What becomes of an email once it was sent is known with Resend, where RESEND_WEBHOOK_SECRET is set."</p> }
    });
    let tone = if mail.alarming { Tone::Warning } else { Tone::Neutral };
    let again = mail.can_send.then(|| {
        if confirmed {
            view! {
                <FormMessage form=form/>
                <PostForm post=send>
                    <input type="hidden" name="id" value=mail.id.clone()/>
                    <SubmitButton form=form label="Send again" busy="Sending…"/>
                </PostForm>
            }
            .into_any()
        } else {
            let here = format!("/admin/mail/{}", mail.id);
            confirm_first("To send it again, please confirm first that it is you.", &here)
        }
    });
    view! {
        <a class="back" href="/admin/mail"><Icon name="back"/>"Emails"</a>
        <PageHeader title=mail.kind about="What became of it. To whom it went, and what it said, isn’t shown here."/>
        <section class="card stack" aria-labelledby="steps">
            <h2 id="steps">"Step by step"</h2>
            <p class="row-tight"><Badge tone=tone label=mail.state/></p>
            {org}
            <ul class="plain-list">{steps.into_iter().map(step).collect_view()}</ul>
            {deaf}
            <p class="soft">"Whether it was opened isn’t known: emails carry nothing that would tell."</p>
            <p class="soft"><small>{mail.code}</small></p>
            {again}
        </section>
    }
    .into_any()
}

fn step(step: Step) -> AnyView {
    let Step { when, what, why, code } = step;
    let why = (!why.is_empty()).then(|| view! { <span>" "{why}</span> });
    let code = (!code.is_empty()).then(|| view! { <small class="soft">" "{code}</small> });
    view! {
        <li>
            <strong>{what}</strong>", "{when}"."{why}{code}
        </li>
    }
    .into_any()
}
