//! `/app/{org}/calendar/payments`: the account at Stripe that clients pay to. The server writes it alone.

use leptos::prelude::*;

use super::sections::Form;
use crate::{
    modules::calendar::{
        paying::setup::{self, PaymentsPage, State},
        setup_api::{ConnectPayments, StopPayments},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, DoneNotice, FormMessage, Kind, Notice, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton, Tone,
        org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[
    ("again", "That link to Stripe had been used. Here is the way to a new one."),
    ("stopped", "Clients book without paying now. What was paid stays paid, and can be paid back."),
    ("resumed", "Clients pay when they book again."),
];

/// The page, in the dashboard’s frame.
#[component]
pub fn PaymentsRoute() -> AnyView {
    let org = org_of_address();
    let (connect, stop) = (Form::of(Post::to::<ConnectPayments>()), Form::of(Post::to::<StopPayments>()));
    let (platform, actor) = (request::platform(), request::actor());
    request::leads_to_payments();
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let page = setup::page(&platform, &actor, &org).await?;
            Ok((org, page))
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| show(&org, &page, connect, stop))}</SettingsFrame> }
        .into_any()
}

fn show(org: &str, page: &PaymentsPage, connect: Form, stop: Form) -> AnyView {
    let (tone, label, words) = in_words(page.state);
    let leads = match page.state {
        State::None => Some("Connect with Stripe"),
        State::Unfinished => Some("Go on at Stripe"),
        State::Checked => Some("See what Stripe asks"),
        State::Off | State::Ready | State::Stopped => None,
    };
    let leads = leads.filter(|_| page.may_connect).map(|label| {
        let org = org.to_owned();
        view! {
            <PostForm post=connect.post>
                <input type="hidden" name="org" value=org/>
                <SubmitButton form=connect.state label=label busy="Going to Stripe…" kind=Kind::Primary/>
            </PostForm>
        }
    });
    let stops = matches!(page.state, State::Ready).then_some(true);
    let switch = stops.or((page.state == State::Stopped).then_some(false)).filter(|_| page.may_connect).map(|stops| {
        let org = org.to_owned();
        let label = if stops { "Stop taking payments" } else { "Take payments again" };
        let stops = stops.then(|| view! { <input type="hidden" name="stops" value="true"/> });
        view! {
            <PostForm post=stop.post>
                <input type="hidden" name="org" value=org/>
                {stops}
                <SubmitButton form=stop.state label=label busy="Saving…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    let asks_owner = (!page.may_connect && page.state != State::Off)
        .then(|| view! { <p class="soft">"The owner of your organisation connects the account."</p> });
    view! {
        <SettingsHead title="Payments" about="Clients pay a deposit or the whole price when they book, by card. The money goes to your own Stripe account; Devalo takes nothing of it and sees no cards." back=format!("/app/{org}/settings")/>
        <DoneNotice words=DONE/>
        <FormMessage form=connect.state/>
        <FormMessage form=stop.state/>
        <section class="card stack" aria-labelledby="account">
            <h2 id="account">"Your Stripe account"</h2>
            <p><Badge tone=tone label=label.to_owned()/></p>
            <p>{words}</p>
            {asks_owner}
            {leads}
            {switch}
        </section>
        {what_for(org, page)}
    }
    .into_any()
}

/// For which services clients pay.
fn what_for(org: &str, page: &PaymentsPage) -> AnyView {
    let services = format!("/app/{org}/calendar/services");
    let there_are = !page.services.is_empty();
    let unpaid = (there_are && page.state != State::Ready).then(|| {
        view! { <Notice tone=Tone::Warning><p>"Until payments are ready, clients book these without paying."</p></Notice> }
    });
    let list = page.services.iter().map(|name| view! { <li class="line">{name.clone()}</li> }).collect_view();
    let words = if there_are {
        "Clients pay when they book:"
    } else {
        "No service asks for a payment yet. Each has its own under “Payment”."
    };
    view! {
        <section class="card stack" aria-labelledby="what-for">
            <h2 id="what-for">"What clients pay for"</h2>
            {unpaid}
            <p>{words}</p>
            <ul class="lines">{list}</ul>
            <p><a href=services rel="external">"Your services"</a></p>
        </section>
    }
    .into_any()
}

const fn in_words(state: State) -> (Tone, &'static str, &'static str) {
    match state {
        State::Off => (
            Tone::Neutral,
            "Not available here",
            "Whoever runs this platform hasn’t switched payments on, so clients pay you as they always did. Ask them if you would like to take payments online.",
        ),
        State::None => (
            Tone::Neutral,
            "Not connected",
            "At Stripe you say who you are and where your money goes; if you have an account there already, you can use it. It takes about ten minutes.",
        ),
        State::Unfinished => {
            (Tone::Warning, "Not finished", "Stripe has still to be told something. You can go on where you stopped.")
        }
        State::Checked => (
            Tone::Info,
            "Stripe is checking",
            "Stripe has what it asked for, and says yes in most cases within minutes. It may ask for more.",
        ),
        State::Ready => (
            Tone::Success,
            "Ready",
            "Clients can pay when they book. What comes in, and your payouts, are at dashboard.stripe.com.",
        ),
        State::Stopped => (
            Tone::Neutral,
            "Stopped",
            "Clients book without paying. The account stays connected, so that you can pay back what was paid.",
        ),
    }
}
