//! `/admin/mail/templates`: what letters look like.

use leptos::prelude::*;

use super::frame::AdminFrame;
use crate::{
    admin::{
        api::mail_templates,
        wire::{Template, TemplatesPage},
    },
    packed::page_data,
    ui::{ErrorView, Icon, PageHeader, Skeleton},
};

/// The letters, with example data.
#[component]
pub fn MailTemplatesRoute() -> AnyView {
    let page = page_data(|| (), |()| mail_templates());
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => templates_view(page),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <AdminFrame title="What letters look like" here="/admin/mail">
            <Transition fallback=|| view! { <Skeleton lines=10/> }>{body}</Transition>
        </AdminFrame>
    }
    .into_any()
}

fn templates_view(page: TemplatesPage) -> AnyView {
    let letters = page.letters.into_iter().map(template).collect_view();
    view! {
        <a class="back" href="/admin/mail"><Icon name="back"/>"Mail"</a>
        <PageHeader title="What letters look like" about="Every letter that is sent, with example data. Links in them lead nowhere."/>
        <div class="stack">{letters}</div>
    }
    .into_any()
}

fn template(letter: Template) -> AnyView {
    let Template { kind, subject, text, html } = letter;
    let title = format!("{kind}, as HTML");
    view! {
        <details class="card">
            <summary>{kind}</summary>
            <div class="stack">
                <p><strong>{subject}</strong></p>
                <iframe sandbox="" title=title srcdoc=html style="width:100%;height:28rem;border:0;background:#fff;color-scheme:light"></iframe>
                <pre style="white-space:pre-wrap;overflow-wrap:anywhere">{text}</pre>
            </div>
        </details>
    }
    .into_any()
}
