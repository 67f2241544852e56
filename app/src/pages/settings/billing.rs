//! `/app/{org}/settings/billing`: the plan, how much of it is used, and paying for it. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::confirm_first;
use crate::{
    billing::{
        api::{ChangePlan, LetPlanEnd, OpenPortal, TakeUpPlan},
        change::{self, Choice, Chosen, Due},
        payments::Preview,
        views,
        wire::{BillingPage, InvoiceLine, Owed, PaymentPart, UsedLine},
    },
    error::{AppError, Result},
    money::{counted, dollars},
    pages::plain::written,
    request,
    ui::{
        DoneNotice, Field, FormMessage, FormState, Kind, Notice, Post, PostForm, SettingsFrame, SettingsHead,
        SubmitButton, Table, Tone, org_of_address, radio_cards,
    },
};

const DONE: &[(&str, &str)] = &[
    ("paid", "Thank you. Your plan is taken up."),
    ("left", "Nothing was charged."),
    ("changed", "Your plan is changed. It holds at once."),
    ("ends", "Your plan ends after what is paid for. Nothing more is charged."),
    ("resumed", "Your plan goes on."),
];

#[derive(Clone, Copy)]
struct Forms {
    take_up: Post,
    taking_up: FormState,
    change: Post,
    changing: FormState,
    end: Post,
    ending: FormState,
    portal: Post,
    opening: FormState,
}

/// What the page shows: the plan, and what a change that is being thought about would cost.
struct Page {
    org: String,
    billing: BillingPage,
    thought_of: Option<ThoughtOf>,
    confirmed: bool,
}

/// A change that is thought about.
struct ThoughtOf {
    choice: Choice,
    outcome: std::result::Result<Cost, AppError>,
}

struct Cost {
    what: String,
    each: String,
    now: String,
    /// The second that it was reckoned for; `None` where nothing changes.
    at: Option<i64>,
}

impl Cost {
    fn of(chosen: &Chosen, due: Due) -> Self {
        let each = views::each(chosen.each(), chosen.period);
        let (now, at) = match due {
            Due::AsItIs => ("Nothing changes: it is what you have.".to_owned(), None),
            Due::AfterTrial { from: Some(from), at } => (format!("Nothing is due now; from {from} {each}."), Some(at)),
            Due::AfterTrial { from: None, at } => {
                ("Nothing is due now. Your plan still ends with the trial.".to_owned(), Some(at))
            }
            Due::Now(Preview { now: 0, at }) => ("Nothing is due now.".to_owned(), Some(at)),
            Due::Now(Preview { now, at }) if now > 0 => {
                (format!("{} is charged now, for the rest of this period.", dollars(now)), Some(at))
            }
            Due::Now(Preview { now, at }) => (format!("{} is taken off your next invoices.", dollars(-now)), Some(at)),
        };
        Self {
            what: format!("{}, {}", chosen.plan.title, counted(chosen.seats, "person", "people")),
            each: match chosen.price_that_ends {
                Some(cents) => format!("{each}. The price agreed with you, {}, ends.", dollars(cents)),
                None => each,
            },
            now,
            at,
        }
    }
}

/// The plan, in the dashboard's frame.
#[component]
pub fn BillingRoute() -> AnyView {
    let org = org_of_address();
    let (take_up, change) = (Post::to::<TakeUpPlan>(), Post::to::<ChangePlan>());
    let (end, portal) = (Post::to::<LetPlanEnd>(), Post::to::<OpenPortal>());
    let forms = Forms {
        take_up,
        taking_up: FormState::of_post(take_up),
        change,
        changing: FormState::of_post(change),
        end,
        ending: FormState::of_post(end),
        portal,
        opening: FormState::of_post(portal),
    };
    let query = use_query_map().get_untracked();
    let asked = move |name: &str| query.get(name).unwrap_or_default();
    let choice = Choice { plan: asked("plan"), period: asked("period"), seats: asked("seats") };
    let back = !asked("paid").is_empty() || !asked("back").is_empty();
    let (platform, actor, standing) = (request::platform(), request::actor(), request::standing());
    let read = move || {
        let (platform, actor, org, choice) = (platform.clone(), actor.clone(), org.get_untracked(), choice.clone());
        async move {
            if let (true, Ok(person)) = (back, standing.logged_in()) {
                // Whoever may not, or has no account there, sees the page as it is.
                let _asked = change::look_again(&platform, person, &org).await;
            }
            let billing = views::billing(&platform, &actor, &org).await?;
            let live = billing.payment.as_ref().is_some_and(|payment| payment.live);
            let thought_of = match (standing.logged_in(), live && !choice.plan.is_empty()) {
                (Ok(person), true) => {
                    let outcome = change::preview(&platform, person, &org, &choice).await;
                    let outcome = outcome.map(|(chosen, due)| Cost::of(&chosen, due));
                    Some(ThoughtOf { choice, outcome })
                }
                _ => None,
            };
            Ok(Page { org, billing, thought_of, confirmed: standing.elevated().is_ok() })
        }
    };
    let read = move || -> std::pin::Pin<Box<dyn Future<Output = Result<Page>> + Send>> { Box::pin(read()) };
    view! { <SettingsFrame org=org>{written(read, move |page| page_view(page, &forms))}</SettingsFrame> }.into_any()
}

fn page_view(page: Page, forms: &Forms) -> AnyView {
    let Page { org, billing, thought_of, confirmed } = page;
    let BillingPage { plan, about, price, standing, alarming, modules, used, by_hand, payment } = billing;
    let back = format!("/app/{org}/settings");
    let (alarm, standing) = if alarming { (Some(standing), String::new()) } else { (None, standing) };
    let alarm = alarm.map(|words| view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> });
    let price = if price.is_empty() { "Free".to_owned() } else { price };
    let change = match (&payment, by_hand) {
        (Some(_), _) => String::new(),
        (None, true) => "It was agreed with whoever runs this platform, who also sends the invoices: none are made here. Write to them."
            .to_owned(),
        (None, false) => "Only the owner can change the plan.".to_owned(),
    };
    let next = payment.as_ref().map(|payment| payment.next.clone()).unwrap_or_default();
    let owed = payment.as_ref().and_then(|payment| payment.owed.clone()).map(owed_notice);
    let rows = [
        ("Price", price),
        ("Until when", standing),
        ("Payments", next),
        ("Includes", modules.join(", ")),
        ("To change it", change),
    ];
    let rows = rows
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(label, words)| view! { <div><dt>{label}</dt><dd>{words}</dd></div> })
        .collect_view();
    let paying = payment.map(|payment| paying(&org, payment, thought_of, confirmed, forms));
    view! {
        <SettingsHead title="Plan and billing" about="What you have, how much of it is used, and what it costs." back=back/>
        <DoneNotice words=DONE/>
        {alarm}
        {owed}
        <section class="card stack" aria-labelledby="plan">
            <h2 id="plan">"Your plan"</h2>
            <dl class="facts facts-wide">
                <div><dt>"Plan"</dt><dd><strong>{plan}</strong><span>{about}</span></dd></div>
                {rows}
            </dl>
        </section>
        <section class="card stack" aria-labelledby="used">
            <h2 id="used">"What is used"</h2>
            <dl class="facts facts-wide">{used.into_iter().map(used_row).collect_view()}</dl>
        </section>
        {paying}
    }
    .into_any()
}

/// What the owner can do about it.
fn paying(org: &str, payment: PaymentPart, thought_of: Option<ThoughtOf>, confirmed: bool, forms: &Forms) -> AnyView {
    let PaymentPart { known, live, ends, plan, period, seats, agreed, plans, invoices, returns, .. } = payment;
    let here = format!("/app/{org}/settings/billing");
    let choose = match (live, confirmed, thought_of) {
        (false, false, _) => view! {
            <section class="card stack" aria-labelledby="take">
                <h2 id="take">"Take up a plan"</h2>
                {confirm_first("To take up a plan, please confirm first that it is you.", &here)}
            </section>
        }
        .into_any(),
        (false, true, _) => take_up(org, &plan, &period, &seats, agreed, plans, forms),
        (true, _, Some(thought)) => preview(org, thought, plans, confirmed, forms),
        (true, _, None) => think(&here, &plan, &period, &seats, plans),
    };
    let card = known.then(|| {
        let form = forms.opening;
        let org = org.to_owned();
        view! {
            <section class="card stack" aria-labelledby="card">
                <h2 id="card">"Card and invoices"</h2>
                <p>"Your card is kept by Stripe, on its own page. Your ABN and your address on invoices are those of your business details."</p>
                <PostForm post=forms.portal class="stack">
                    <FormMessage form=form/>
                    <input type="hidden" name="org" value=org/>
                    <SubmitButton form=form label="Open the card’s page" busy="One moment…" kind=Kind::Quiet/>
                </PostForm>
                {invoice_table(&here, invoices)}
                {returns.into_iter().map(|words| view! { <p class="soft">{words}</p> }).collect_view()}
            </section>
        }
    });
    let stop = live.then(|| stop(org, ends, confirmed, forms));
    view! { {choose} {card} {stop} }.into_any()
}

fn take_up(
    org: &str,
    plan: &str,
    period: &str,
    seats: &str,
    agreed: String,
    plans: Vec<(String, String, String)>,
    forms: &Forms,
) -> AnyView {
    let agreed = (!agreed.is_empty()).then(|| view! { <Notice tone=Tone::Info><p>{agreed}</p></Notice> });
    let (form, post, org) = (forms.taking_up, forms.take_up, org.to_owned());
    let (plan, period, seats) = (plan.to_owned(), period.to_owned(), seats.to_owned());
    view! {
        <section class="card stack" aria-labelledby="take">
            <h2 id="take">"Take up a plan"</h2>
            {agreed}
            <PostForm post=post class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                {radio_cards(form, "plan", "Plan", plans, plan)}
                {radio_cards(form, "period", "You pay", periods(), period)}
                <Field form=form name="seats" label="People" hint="How many may belong." inputmode="numeric" maxlength=6 value=seats/>
                <SubmitButton form=form label="Go on to the payment page" busy="One moment…"/>
            </PostForm>
        </section>
    }
    .into_any()
}

fn think(here: &str, plan: &str, period: &str, seats: &str, plans: Vec<(String, String, String)>) -> AnyView {
    let form = question(here, plan, period, seats, plans);
    view! {
        <section class="card stack" aria-labelledby="change">
            <h2 id="change">"Change it"</h2>
            {form}
        </section>
    }
    .into_any()
}

/// A change is looked at before it is made: a plain question to this page.
fn question(here: &str, plan: &str, period: &str, seats: &str, plans: Vec<(String, String, String)>) -> AnyView {
    let form = FormState::of_post(Post::to::<ChangePlan>());
    view! {
            <form method="get" action=format!("{here}#change") class="stack">
                {radio_cards(form, "plan", "Plan", plans, plan.to_owned())}
                {radio_cards(form, "period", "You pay", periods(), period.to_owned())}
                <Field form=form name="seats" label="People" hint="How many may belong." inputmode="numeric" maxlength=6 value=seats.to_owned()/>
                <div class="form-actions"><button type="submit" class="btn btn-primary">"See what it would cost"</button></div>
            </form>
    }
    .into_any()
}

fn preview(
    org: &str,
    thought: ThoughtOf,
    plans: Vec<(String, String, String)>,
    confirmed: bool,
    forms: &Forms,
) -> AnyView {
    let form = forms.changing;
    let here = format!("/app/{org}/settings/billing");
    let ThoughtOf { choice, outcome } = thought;
    let body = match outcome {
        Err(error) => {
            let fields = error.fields.iter().map(|field| view! { <p>{field.message.clone()}</p> }).collect_view();
            let words = error.fields.is_empty().then(|| view! { <p>{error.message.clone()}</p> });
            // What was chosen stays, to be put right.
            let again = question(&here, &choice.plan, &choice.period, &choice.seats, plans);
            view! { <Notice tone=Tone::Warning>{words}{fields}</Notice> {again} }.into_any()
        }
        Ok(Cost { what, each, now, at }) => {
            let facts = view! {
                <dl class="facts facts-wide">
                    <div><dt>"New plan"</dt><dd><strong>{what}</strong></dd></div>
                    <div><dt>"Price"</dt><dd>{each}</dd></div>
                    <div><dt>"Now"</dt><dd>{now}</dd></div>
                </dl>
            };
            let Some(at) = at else { return shown(facts.into_any(), here) };
            let go = if confirmed {
                let org = org.to_owned();
                view! {
                    <PostForm post=forms.change class="stack">
                        <FormMessage form=form/>
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="plan" value=choice.plan/>
                        <input type="hidden" name="period" value=choice.period/>
                        <input type="hidden" name="seats" value=choice.seats/>
                        <input type="hidden" name="at" value=at.to_string()/>
                        <SubmitButton form=form label="Change the plan" busy="Changing…"/>
                    </PostForm>
                }
                .into_any()
            } else {
                let again = crate::ui::with_query(
                    &here,
                    &[("plan", &choice.plan), ("period", &choice.period), ("seats", &choice.seats)],
                );
                confirm_first("To change the plan, please confirm first that it is you.", &again)
            };
            view! { {facts} {go} }.into_any()
        }
    };
    shown(body, here)
}

fn shown(body: AnyView, here: String) -> AnyView {
    view! {
        <section class="card stack" aria-labelledby="change">
            <h2 id="change">"Change it"</h2>
            {body}
            <p><a href=here>"Choose something else"</a></p>
        </section>
    }
    .into_any()
}

fn stop(org: &str, ends: bool, confirmed: bool, forms: &Forms) -> AnyView {
    let here = format!("/app/{org}/settings/billing");
    let form = forms.ending;
    let (title, words, label, kind) = if ends {
        (
            "Go on after all",
            "Your plan ends after what is paid for. You can take that back until then.",
            "Let it go on",
            Kind::Primary,
        )
    } else {
        (
            "Stop",
            "It goes on until what is paid for ends; then everything can be read for 30 days, and nothing more is charged.",
            "Let the plan end",
            Kind::Quiet,
        )
    };
    let body = if confirmed {
        let org = org.to_owned();
        let flag = (!ends).then(|| view! { <input type="hidden" name="ends" value="true"/> });
        view! {
            <PostForm post=forms.end class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                {flag}
                <SubmitButton form=form label=label busy="One moment…" kind=kind/>
            </PostForm>
        }
        .into_any()
    } else {
        confirm_first("For this, please confirm first that it is you.", &here)
    };
    view! {
        <section class="card stack" aria-labelledby="stop">
            <h2 id="stop">{title}</h2>
            <p>{words}</p>
            {body}
        </section>
    }
    .into_any()
}

/// What is owed, with where it is paid.
fn owed_notice(owed: Owed) -> AnyView {
    let pay = owed.page.map(|page| view! { <p><a href=page rel="external noopener">"Pay it now"</a></p> });
    view! { <Notice tone=Tone::Warning><p>{owed.words}</p>{pay}</Notice> }.into_any()
}

fn invoice_table(here: &str, invoices: Vec<InvoiceLine>) -> AnyView {
    if invoices.is_empty() {
        return view! { <p class="soft">"There are no invoices yet."</p> }.into_any();
    }
    let lines = invoices
        .into_iter()
        .map(|invoice| {
            let href = format!("{here}/invoices/{}", invoice.number);
            let state = match invoice.page {
                Some(page) => view! { <a href=page rel="external noopener">{invoice.state}</a> }.into_any(),
                None => invoice.state.into_any(),
            };
            view! {
                <tr>
                    <th scope="row"><a href=href>{invoice.number}</a></th>
                    <td>{invoice.on}</td><td>{invoice.total}</td><td>{invoice.gst}</td><td>{state}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption="Invoices, the newest first" columns=vec!["Invoice", "Date", "Total", "GST in it", "State"]>{lines}</Table>
        <p class="soft">"An invoice’s number leads to one to print; its state to Stripe’s own page, where it can be paid."</p>
    }
    .into_any()
}

fn periods() -> Vec<(String, String, String)> {
    vec![
        ("month".to_owned(), "Each month".to_owned(), String::new()),
        ("year".to_owned(), "Each year".to_owned(), String::new()),
    ]
}

/// How much is used, in words and as a bar.
fn used_row(line: UsedLine) -> AnyView {
    let UsedLine { label, words, share } = line;
    let bar = share.map(|(used, limit)| {
        let name = format!("{label}: {words}");
        let nearly = used * 5 >= limit * 4;
        view! {
            <meter class="meter" class:is-nearly=nearly min="0" max=limit.to_string() value=used.min(limit).to_string() aria-label=name></meter>
        }
    });
    view! { <div><dt>{label}</dt><dd>{words}{bar}</dd></div> }.into_any()
}
