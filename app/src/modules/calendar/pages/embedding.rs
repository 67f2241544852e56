//! `/app/{org}/calendar/embed`: the booking page inside the business’s own website. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use maud::html;

use super::sections::Form;
use crate::{
    modules::calendar::{
        embedding::{self, Embedding, MOST},
        setup_api::SaveEmbedding,
    },
    pages::plain::written,
    request,
    ui::{
        DoneNotice, FormMessage, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton, TextArea, as_text,
        org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[("saved", "Saved. These websites can show your booking page from now on.")];

/// What is set and what to put there, in the dashboard’s frame.
#[component]
pub fn EmbeddingRoute() -> AnyView {
    let org = org_of_address();
    let form = Form::of(Post::to::<SaveEmbedding>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let shown = use_query_map().with_untracked(|query| query.get("show")).unwrap_or_default();
    let origin = platform.origin.clone();
    let read = async move || {
        let page = embedding::page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    let show = move |(org, page): (String, Embedding)| {
        let shown = if page.services.iter().any(|(word, _)| *word == shown) { shown } else { String::new() };
        view! {
            <SettingsHead title="Your own website" about="Clients book on your website without leaving it." back=format!("/app/{org}/settings")/>
            <DoneNotice words=DONE/>
            {websites(&org, &page, form)}
            {code(&origin, &org, &page, &shown)}
        }
        .into_any()
    };
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn websites(org: &str, page: &Embedding, form: Form) -> AnyView {
    let Form { post, state } = form;
    let (org, version, typed) = (org.to_owned(), page.version, page.origins.join("\n"));
    let hint = format!(
        "One on each line, like https://www.example.com.au; {MOST} at most. No other website can show your booking page inside its own."
    );
    view! {
        <section class="card stack" aria-labelledby="websites">
            <h2 id="websites">"1. Your website’s address"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="version" value=state.version(version)/>
                <TextArea form=state name="origins" label="Websites that may show your booking page" hint=hint optional=true rows=3 maxlength=6000 value=typed/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn code(origin: &str, org: &str, page: &Embedding, shown: &str) -> AnyView {
    let below = if shown.is_empty() { String::new() } else { format!("/{shown}") };
    let address = format!("{origin}/b/{org}/embed{below}");
    let title = format!("Book with {}", page.name);
    let service = (!shown.is_empty()).then_some(shown);
    let script = format!("{origin}/embed.js");
    let plain =
        html! { iframe src=(address) title=(title) style="width: 100%; height: 60rem; border: 0" loading="lazy" {} };
    let grows = html! { script src=(script) data-org=(org) data-service=[service] data-title=(title) async {} };
    let button = html! { script src=(script) data-org=(org) data-service=[service] data-title=(title) data-button="Book now" async {} };
    let services = std::iter::once((String::new(), "Everything that can be booked".to_owned()))
        .chain(page.services.iter().cloned())
        .map(|(word, name)| {
            let chosen = word == shown;
            view! { <option value=word selected=chosen>{name}</option> }
        })
        .collect_view();
    let nowhere = page.origins.is_empty().then(|| {
        view! { <p class="soft">"First save your website’s address above: until then no website can show it."</p> }
    });
    let preview = format!("/b/{org}/embed{below}");
    let here = format!("/app/{org}/calendar/embed");
    view! {
        <section class="card stack" aria-labelledby="code">
            <h2 id="code">"2. What to put there"</h2>
            {nowhere}
            <form method="get" action=here class="row">
                <label for="show">"What clients see"</label>
                <select class="input" id="show" name="show">{services}</select>
                <button type="submit" class="btn btn-quiet">"Show"</button>
            </form>
            <p class="soft">"Copy one of these into your page, where it takes HTML (“Custom HTML”, “Embed” or “Code”)."</p>
            {snippet("with-script", "On the page, as tall as it needs to be", "Recommended. A small script of ours, without anything that follows your visitors.", grows.into_string())}
            {snippet("without-script", "On the page, without a script", "For websites that take no scripts. Change the height to what suits.", plain.into_string())}
            {snippet("with-button", "A button that opens it", "It looks as buttons do on your website. With data-button-class=\"…\" you give it a class of yours.", button.into_string())}
        </section>
        <section class="card stack" aria-labelledby="preview">
            <h2 id="preview">"As your clients see it"</h2>
            <iframe class="framed-preview" src=preview title="Your booking page, inside another page"></iframe>
        </section>
    }
    .into_any()
}

fn snippet(id: &'static str, label: &'static str, hint: &'static str, code: String) -> AnyView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label class="field-label" for=id>{label}</label>
            <p class="field-hint" id=hint_id.clone()>{hint}</p>
            <textarea class="input code" id=id rows="3" readonly=true spellcheck="false" aria-describedby=hint_id>{as_text(code)}</textarea>
        </div>
    }
    .into_any()
}
