//! `/admin/mail/templates`: what emails look like.

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

/// The emails, with example data.
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
        <AdminFrame title="Email previews" here="/admin/mail">
            <Transition fallback=|| view! { <Skeleton lines=10/> }>{body}</Transition>
        </AdminFrame>
    }
    .into_any()
}

fn templates_view(page: TemplatesPage) -> AnyView {
    let mut groups: Vec<(String, Vec<Template>)> = Vec::new();
    for letter in page.letters {
        match groups.last_mut().filter(|(audience, _)| *audience == letter.audience) {
            Some((_, letters)) => letters.push(letter),
            None => groups.push((letter.audience.clone(), vec![letter])),
        }
    }
    let shown = groups
        .into_iter()
        .zip(1..)
        .map(|((audience, letters), group)| {
            let title = format!("group-{group}");
            let labelled = title.clone();
            let letters = letters.into_iter().map(template).collect_view();
            view! {
                <section class="stack" aria-labelledby=labelled>
                    <h2 id=title>{audience}</h2>
                    {letters}
                </section>
            }
        })
        .collect_view();
    view! {
        <a class="back" href="/admin/mail"><Icon name="back"/>"Emails"</a>
        <PageHeader title="Email previews" about="Every email that is sent, with example data. Links in them lead nowhere."/>
        {shown}
    }
    .into_any()
}

fn template(letter: Template) -> AnyView {
    let Template { kind, subject, text, html, .. } = letter;
    let title = format!("{kind}, as HTML");
    view! {
        <details class="card foldable">
            <summary><span>{kind}</span><Icon name="down"/></summary>
            <div class="stack">
                <p><strong>{subject}</strong></p>
                <iframe sandbox="" title=title srcdoc=html style="width:100%;height:28rem;border:0;background:#fff;color-scheme:light"></iframe>
                <pre style="white-space:pre-wrap;overflow-wrap:anywhere">{text}</pre>
            </div>
        </details>
    }
    .into_any()
}
