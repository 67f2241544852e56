//! `/app/{org}/settings/webhooks/{webhook}/{message}`: something that an address was told, and what came of it. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    pages::plain::written,
    request,
    ui::{
        Badge, DoneNotice, FormMessage, FormState, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton, Tone,
        org_of_address,
    },
    webhooks::{
        api::SendAgain,
        endpoints::State,
        log::Standing,
        views::{self, Message, Whole},
    },
};

const DONE: &[(&str, &str)] =
    &[("again", "It is on its way again. Load this page again in a moment to see what came of it.")];

/// The word for where a message stands.
pub fn badge(state: Standing, again: bool) -> (Tone, &'static str) {
    match state {
        Standing::Waiting if again => (Tone::Warning, "Not taken yet"),
        Standing::Waiting => (Tone::Info, "On its way"),
        Standing::Delivered => (Tone::Success, "Taken"),
        Standing::Failed => (Tone::Error, "Given up"),
    }
}

/// Text as a program wrote it.
pub fn pre(text: String) -> AnyView {
    view! { <pre style="white-space:pre-wrap;overflow-wrap:anywhere">{text}</pre> }.into_any()
}

/// The message, in the dashboard's frame.
#[component]
pub fn DeliveryRoute() -> AnyView {
    let org = org_of_address();
    let again = Post::to::<SendAgain>();
    let form = FormState::of_post(again);
    let params = use_params_map();
    let given = |name: &str| params.with_untracked(|params| params.get(name)).unwrap_or_default();
    let (webhook, id) = (given("id"), given("message"));
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let whole = views::whole(&platform, &actor, &org, &webhook, &id).await?;
            Ok((org, whole))
        }
    };
    let show = move |(org, whole): (String, Whole)| message(org, whole, again, form);
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn message(org: String, whole: Whole, again: Post, form: FormState) -> AnyView {
    let Whole { webhook, message, event, tried, payload, answer } = whole;
    let Message { id, what, when, state, again: tried_before, outcome, next } = message;
    let back = format!("/app/{org}/settings/webhooks/{}", webhook.id);
    let (tone, label) = badge(state, tried_before);
    let refused = form.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let tried = tried.map(|tried| view! { <p>{format!("Last tried on {tried}.")}</p> });
    let outcome = (!outcome.is_empty()).then(|| view! { <p>{outcome}</p> });
    let next = next.map(|next| {
        let words = if tried_before { "Tried again" } else { "Sent" };
        view! { <p>{format!("{words}: {next}.")}</p> }
    });
    let answer = match answer {
        Some(answer) if answer.is_empty() => view! { <p class="soft">"The answer was empty."</p> }.into_any(),
        Some(answer) => {
            view! { <p class="soft">"The first 1,000 characters of the last answer."</p>{pre(answer)} }.into_any()
        }
        None => view! { <p class="soft">"There was no answer yet."</p> }.into_any(),
    };
    let button = if webhook.state == State::Active {
        view! {
            <p class="soft">"It has the same id as before, so that a program which had it already can tell."</p>
            <PostForm post=again>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id.to_string()/>
                <SubmitButton form=form label="Send again" busy="Sending…"/>
            </PostForm>
        }
        .into_any()
    } else {
        view! { <p class="soft">"It can be sent again once the webhook is on."</p> }.into_any()
    };
    view! {
        <SettingsHead title=what about=when back=back back_label="The webhook"/>
        {done}
        <section class="card stack" aria-labelledby="outcome">
            <h2 id="outcome">"What came of it " <Badge tone=tone label=label/></h2>
            {outcome}
            {tried}
            {next}
            <FormMessage form=form/>
            {button}
        </section>
        <section class="card stack" aria-labelledby="payload">
            <h2 id="payload">"What is sent"</h2>
            <p class="soft">{format!("To “{}”, as {event}.", webhook.name)}</p>
            {pre(payload)}
        </section>
        <section class="card stack" aria-labelledby="answer">
            <h2 id="answer">"What was answered"</h2>
            {answer}
        </section>
    }
    .into_any()
}
