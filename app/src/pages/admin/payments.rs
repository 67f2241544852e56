//! `/admin/payments`: what Stripe told us, and what came of it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::frame::AdminFrame;
use crate::{
    admin::{
        api::{ComparePayments, TakeOverAgain},
        operator::Operator,
        payments::{self, Compared, Told},
    },
    auth::overview::ago,
    clock::Instant,
    pages::{plain::written, settings::confirm_first},
    request,
    ui::{
        Badge, DoneNotice, Empty, FormMessage, FormState, Kind, Notice, PageHeader, Post, PostForm, SubmitButton, Tone,
    },
};

const DONE: &[(&str, &str)] =
    &[("again", "It is replayed within a moment."), ("compared", "Everything was compared with Stripe.")];

#[derive(Clone, Copy)]
struct Forms {
    again: Post,
    replaying: FormState,
    compare: Post,
    comparing: FormState,
}

struct Page {
    told: Vec<Told>,
    compared: Vec<Compared>,
    taken: bool,
    confirmed: bool,
    stuck: bool,
    now: Instant,
}

/// The events, and the comparisons.
#[component]
pub fn PaymentsRoute() -> AnyView {
    let (again, compare) = (Post::to::<TakeOverAgain>(), Post::to::<ComparePayments>());
    let forms = Forms { again, replaying: FormState::of_post(again), compare, comparing: FormState::of_post(compare) };
    let stuck = use_query_map().with_untracked(|query| query.get("stuck").is_some());
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || {
        let platform = platform.clone();
        async move {
            let by = Operator::of(&platform, standing).await?;
            Ok(Page {
                told: payments::told(&platform, by, stuck).await?,
                compared: payments::compared(&platform, by).await?,
                taken: platform.payments().is_some(),
                confirmed: by.is_elevated(),
                stuck,
                now: platform.clock.now(),
            })
        }
    };
    view! { <AdminFrame title="Payments" here="/admin/payments">{written(read, move |page| show(page, &forms))}</AdminFrame> }
        .into_any()
}

fn show(page: Page, forms: &Forms) -> AnyView {
    let Page { told, compared, taken, confirmed, stuck, now } = page;
    let by_hand = (!taken).then(|| {
        view! { <Notice tone=Tone::Info><p>"No payments are taken here: there is no STRIPE_SECRET_KEY, so plans are set by hand with each organisation."</p></Notice> }
    });
    let list = if told.is_empty() {
        let title = if stuck { "Nothing failed, and nothing waits" } else { "Stripe has told nothing yet" };
        view! { <Empty title=title icon="check"/> }.into_any()
    } else {
        let lines = told.into_iter().map(|event| event_line(event, confirmed, now, forms)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let compared_lines = compared
        .into_iter()
        .map(|one| {
            let words =
                format!("{}: {} compared, {} mended, {} failed", ago(one.at, now), one.checked, one.mended, one.failed);
            view! { <li>{words}</li> }
        })
        .collect_view();
    let forms = *forms;
    let compare = if confirmed {
        view! {
            <PostForm post=forms.compare>
                <FormMessage form=forms.comparing/>
                <SubmitButton form=forms.comparing label="Compare now" busy="Comparing…" kind=Kind::Quiet/>
            </PostForm>
        }
        .into_any()
    } else {
        confirm_first("To change something here, please confirm first that it is you.", "/admin/payments")
    };
    let other = if stuck {
        view! { <a href="/admin/payments">"Show all of them"</a> }
    } else {
        view! { <a href="/admin/payments?stuck=1">"Only failed or waiting"</a> }
    };
    view! {
        <PageHeader title="Payments" about="Events from Stripe. Each one makes us fetch the current state."/>
        <DoneNotice words=DONE/>
        {by_hand}
        <section class="card stack" aria-labelledby="compared">
            <h2 id="compared">"Compared with Stripe"</h2>
            <p>"Once a day everything that we know is compared with what Stripe says, and mended."</p>
            <ul class="plain-list">{compared_lines}</ul>
            {compare}
        </section>
        <section class="stack" aria-labelledby="told">
            <h2 id="told">"Events"</h2>
            <p>{other}</p>
            <FormMessage form=forms.replaying/>
            {list}
        </section>
    }
    .into_any()
}

const IGNORED: &str = "Ignored";

/// What came of an event, as the list of them has it.
fn outcome_in_words(outcome: &str) -> &'static str {
    match outcome {
        "as known" => "No change",
        "taken over" => "Applied",
        "made an organisation" => "Organisation made",
        "nobody of ours" => "Not ours",
        _ => IGNORED,
    }
}

fn event_line(event: Told, confirmed: bool, now: Instant, forms: &Forms) -> AnyView {
    let forms = *forms;
    let (words, code) = (event.words(), format!("{}, {}", event.kind, event.id));
    let (tone, state) = match (&event.outcome, event.due_at, &event.last_error) {
        (Some(outcome), ..) => (Tone::Neutral, outcome_in_words(outcome)),
        (None, Some(_), None) => (Tone::Info, "Waiting"),
        (None, Some(_), Some(_)) => (Tone::Warning, "Trying again"),
        (None, None, _) => (Tone::Warning, "Failed"),
    };
    let why = event.last_error.map(|why| view! { <p class="soft">{why}</p> });
    let tries = if event.attempts > 1 { format!(", {} tries", event.attempts) } else { String::new() };
    let when = format!("Told {}{tries}", ago(event.received_at, now));
    let whose = event.org_slug.zip(event.org_name).map(|(slug, name)| {
        view! { <p><a href=format!("/admin/orgs/{slug}")>{name}</a></p> }
    });
    // What was ignored has nothing in it to apply.
    let again = (confirmed && state != IGNORED).then(|| {
        view! {
            <PostForm post=forms.again>
                <input type="hidden" name="id" value=event.id/>
                <SubmitButton form=forms.replaying label="Replay" busy="One moment…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{words}</p>
                {whose}
                <p class="soft">{when}</p>
                {why}
                <p class="soft wrap-anywhere"><small>{code}</small></p>
            </div>
            <div class="line-end"><Badge tone=tone label=state/>{again}</div>
        </li>
    }
    .into_any()
}
