//! `/app/{org}/settings/billing`: the plan, how much of it is used, and paying for it. The server writes it alone.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::confirm_first;
use crate::{
    billing::{
        api::{ChangePlan, LetPlanEnd, OpenPortal, TakeUpPlan},
        change::{self, Choice, Chosen, Due},
        payments::Preview,
        views,
        wire::{Agreed, BillingPage, InvoiceLine, Owed, PaymentPart, PlanCard, UsedLine},
    },
    error::{AppError, Result},
    money::{counted, dollars},
    onboarding,
    pages::plain::written,
    request,
    ui::{
        Badge, DoneNotice, FailedForm, Field, FormMessage, FormState, Kind, Notice, Post, PostForm, SettingsFrame,
        SettingsHead, SubmitButton, Table, Tone, org_of_address, periods, plan_cards,
    },
};

const DONE: &[(&str, &str)] = &[
    ("paid", "Thank you. Your plan is taken up."),
    ("left", "Nothing was charged."),
    ("changed", "Your plan is changed. It holds at once."),
    ("ends", "Your plan is cancelled. It goes on until what is paid for ends, and nothing more is charged."),
    ("resumed", "You keep your plan."),
];

const TO_TAKE_UP: &str = "To take up a plan, please confirm first that it is you.";

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
    /// How that adds up; empty where there is nothing to add up.
    reckoned: String,
    now: String,
    /// The second that it was reckoned for; `None` where nothing changes.
    at: Option<i64>,
}

impl Cost {
    fn of(chosen: &Chosen, due: Due) -> Self {
        let each = views::each(chosen.each(), chosen.period);
        let reckoned = Self::reckoned(chosen);
        let (now, at) = match due {
            Due::AsItIs => ("Nothing changes: it is what you have.".to_owned(), None),
            Due::AfterTrial { from: Some(from), at } => (format!("Nothing is due now; from {from} {each}."), Some(at)),
            Due::AfterTrial { from: None, at } => {
                ("Nothing is due now. Your plan still ends with the trial.".to_owned(), Some(at))
            }
            Due::Now(Preview { now: 0, credit, at }) if credit > 0 => {
                (format!("Nothing is charged now: {} comes off your credit.", dollars(credit)), Some(at))
            }
            Due::Now(Preview { now: 0, at, .. }) => ("Nothing is due now.".to_owned(), Some(at)),
            Due::Now(Preview { now, credit, at }) if now > 0 && credit > 0 => {
                let (now, whole, credit) = (dollars(now), dollars(now + credit), dollars(credit));
                (format!("{now} is charged now ({whole} less {credit} credit), for the rest of this period."), Some(at))
            }
            Due::Now(Preview { now, at, .. }) if now > 0 => {
                (format!("{} is charged now, for the rest of this period.", dollars(now)), Some(at))
            }
            Due::Now(Preview { now, at, .. }) => {
                (format!("{} is taken off your next invoices.", dollars(-now)), Some(at))
            }
        };
        Self {
            what: Self::what(chosen),
            each: match chosen.price_that_ends {
                Some(cents) => format!("{each}. The price agreed with you, {}, ends.", dollars(cents)),
                None => each,
            },
            reckoned,
            now,
            at,
        }
    }

    /// Before there is a plan that is paid by card: what is due then is on the page to pay on.
    fn of_first(chosen: &Chosen, free_until: Option<String>) -> Self {
        let each = views::each(chosen.each(), chosen.period);
        Self {
            what: Self::what(chosen),
            each: match chosen.price_that_ends {
                Some(cents) => format!("{each}. The price agreed with you, {}, ends.", dollars(cents)),
                None => each,
            },
            reckoned: Self::reckoned(chosen),
            now: match free_until {
                Some(until) => format!("Nothing is due now: it is free until {until}."),
                None => "The first payment is due at once, on the next page.".to_owned(),
            },
            at: None,
        }
    }

    fn what(chosen: &Chosen) -> String {
        match chosen.seats {
            Some(seats) => format!("{}, {}", chosen.plan.title, counted(seats, "person", "people")),
            None => chosen.plan.title.clone(),
        }
    }

    fn reckoned(chosen: &Chosen) -> String {
        match (chosen.price, chosen.seats) {
            (None, Some(seats)) => onboarding::views::reckoned(&chosen.plan, chosen.period, seats),
            _ => String::new(),
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
            let may_pay = billing.payment.is_some();
            let thought_of = match (standing.logged_in(), live && !choice.plan.is_empty()) {
                (Ok(person), false) if may_pay && !choice.plan.is_empty() => {
                    let outcome = change::choose(&platform, person, &org, &choice).await;
                    let outcome = outcome.map(|chosen| {
                        let until =
                            chosen.free_until.map(|until| views::last_moment(until).day_in(chosen.zone.clone()));
                        Cost::of_first(&chosen, until)
                    });
                    Some(ThoughtOf { choice, outcome })
                }
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
    let BillingPage { plan, about, price, standing, renews, alarming, modules, used, by_hand, payment } = billing;
    let back = format!("/app/{org}/settings");
    let (alarm, standing) = if alarming { (Some(standing), String::new()) } else { (None, standing) };
    let price = if price.is_empty() { "Free".to_owned() } else { price };
    let change = match (&payment, by_hand) {
        (Some(_), _) => String::new(),
        (None, Some(whom)) => {
            format!("It was agreed by hand, and so are its invoices: none are made here. Write to {whom}.")
        }
        (None, None) => "Only the owner can change the plan.".to_owned(),
    };
    let next = payment.as_ref().map(|payment| payment.next.clone()).unwrap_or_default();
    let owed = payment.as_ref().and_then(|payment| payment.owed.clone());
    // What is owed says that too, and where it is paid.
    let alarm = alarm.filter(|_| owed.is_none());
    let alarm = alarm.map(|words| view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> });
    let owed = owed.map(owed_notice);
    let until = if renews.is_empty() { ("Until when", standing) } else { ("Renews", renews) };
    let rows = [until, ("Payments", next), ("Includes", modules.join(", ")), ("To change it", change)];
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
                <div><dt>"Price"</dt><dd><strong class="plan-total">{price}</strong></dd></div>
                {rows}
            </dl>
        </section>
        <section class="card stack" aria-labelledby="used">
            <h2 id="used">"Usage"</h2>
            <dl class="facts facts-wide">{used.into_iter().map(used_row).collect_view()}</dl>
        </section>
        {paying}
    }
    .into_any()
}

/// What the owner can do about it.
fn paying(org: &str, payment: PaymentPart, thought_of: Option<ThoughtOf>, confirmed: bool, forms: &Forms) -> AnyView {
    let PaymentPart {
        known, live, suspended, ends, plan, period, seats, agreed, credit, plans, invoices, returns, ..
    } = payment;
    let credit = (!credit.is_empty()).then(|| view! { <p>{credit}</p> });
    let here = format!("/app/{org}/settings/billing");
    let has = Choice { plan, period, seats };
    let choose = match (live, confirmed, thought_of, agreed) {
        // Nothing of the plan opens it again.
        _ if suspended => ().into_any(),
        (false, false, _, agreed) => confirm_to_take_up(agreed, &here),
        (false, true, None, Some(agreed)) => offer(org, has, agreed, plans, forms),
        (false, true, thought, _) => take_up(org, &has, plans, thought, forms),
        (true, _, Some(thought), _) => preview(org, thought, plans, confirmed, forms),
        (true, _, None, _) => think(&here, &has, plans),
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
                    <SubmitButton form=form label="Manage card" busy="One moment…" kind=Kind::Quiet/>
                </PostForm>
                {credit}
                {invoice_table(&here, invoices)}
                {returns.into_iter().map(|words| view! { <p class="soft">{words}</p> }).collect_view()}
            </section>
        }
    });
    let stop = live.then(|| stop(org, ends, confirmed, forms));
    view! { {choose} {card} {stop} }.into_any()
}

/// What is taken up is paid for: whoever does it shows first that it is them.
fn confirm_to_take_up(agreed: Option<Agreed>, here: &str) -> AnyView {
    let (title, why) = match &agreed {
        Some(agreed) if agreed.is_free => {
            (title_of(agreed), "To choose a different plan, please confirm first that it is you.")
        }
        Some(agreed) => (title_of(agreed), TO_TAKE_UP),
        None => ("Take up a plan", TO_TAKE_UP),
    };
    let words = agreed.map(|agreed| view! { <p><strong>{agreed.words}</strong></p> });
    view! {
        <section class="card stack" aria-labelledby="take">
            <h2 id="take">{title}</h2>
            {words}
            {confirm_first(why, here)}
        </section>
    }
    .into_any()
}

/// What is free isn’t an offer any more: they have it.
fn title_of(agreed: &Agreed) -> &'static str {
    if agreed.is_free { "Agreed with you" } else { "Your offer" }
}

/// What was agreed with them is one button away, or there is nothing to pay for it; anything else is folded, and says what it costs them.
fn offer(org: &str, has: Choice, agreed: Agreed, plans: Vec<PlanCard>, forms: &Forms) -> AnyView {
    let here = format!("/app/{org}/settings/billing");
    let title = title_of(&agreed);
    let Agreed { words, otherwise, seats, is_free } = agreed;
    let has = Choice { seats, ..has };
    let another = question(fresh(), &here, "take", &has, plans, "Continue");
    let (form, org) = (forms.taking_up, org.to_owned());
    let go = if is_free {
        view! { <FormMessage form=form/> }.into_any()
    } else {
        view! {
            <PostForm post=forms.take_up class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="plan" value=has.plan/>
                <input type="hidden" name="period" value=has.period/>
                <input type="hidden" name="seats" value=has.seats/>
                <SubmitButton form=form label="Continue with this offer" busy="One moment…"/>
            </PostForm>
            <p class="soft">"Your card is taken by Stripe, on its own page. We never see its number."</p>
        }
        .into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="take">
            <h2 id="take">{title}</h2>
            <p><strong>{words}</strong></p>
            {go}
            <details class="confirm">
                <summary class="btn btn-quiet">"Choose a different plan"</summary>
                <div class="stack">
                    <Notice tone=Tone::Warning><p>{otherwise}</p></Notice>
                    {another}
                </div>
            </details>
        </section>
    }
    .into_any()
}

/// In two steps, as signing up has them: what to choose from, and what that comes to.
fn take_up(org: &str, has: &Choice, plans: Vec<PlanCard>, thought: Option<ThoughtOf>, forms: &Forms) -> AnyView {
    let here = format!("/app/{org}/settings/billing");
    let form = forms.taking_up;
    let body = match thought {
        None => question(form, &here, "take", has, plans, "Continue"),
        Some(ThoughtOf { choice, outcome: Err(error) }) => {
            asked_again(&here, "take", &choice, plans, "Continue", error)
        }
        Some(ThoughtOf { choice, outcome: Ok(cost) }) => {
            let org = org.to_owned();
            view! {
                {facts(cost)}
                <PostForm post=forms.take_up class="stack">
                    <FormMessage form=form/>
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="plan" value=choice.plan/>
                    <input type="hidden" name="period" value=choice.period/>
                    <input type="hidden" name="seats" value=choice.seats/>
                    <SubmitButton form=form label="Continue" busy="One moment…"/>
                </PostForm>
                <p class="soft">"Your card is taken by Stripe, on its own page. We never see its number."</p>
                <p><a href=here>"Choose something else"</a></p>
            }
            .into_any()
        }
    };
    view! {
        <section class="card stack" aria-labelledby="take">
            <h2 id="take">"Take up a plan"</h2>
            {body}
        </section>
    }
    .into_any()
}

fn think(here: &str, has: &Choice, plans: Vec<PlanCard>) -> AnyView {
    let form = question(fresh(), here, "change", has, plans, "See what it would cost");
    view! {
        <section class="card stack" aria-labelledby="change">
            <h2 id="change">"Change plan"</h2>
            {form}
        </section>
    }
    .into_any()
}

/// For a question that nothing was answered to yet.
fn fresh() -> FormState {
    FormState::of_post(Post::to::<ChangePlan>())
}

/// The question once more: what was chosen stays, and what is wrong with it stands at its field, as if it had been sent.
fn asked_again(
    here: &str,
    part: &str,
    choice: &Choice,
    plans: Vec<PlanCard>,
    label: &'static str,
    error: AppError,
) -> AnyView {
    let Choice { plan, period, seats } = choice.clone();
    let values = vec![("plan".to_owned(), plan), ("period".to_owned(), period), ("seats".to_owned(), seats)];
    provide_context(FailedForm { path: ChangePlan::url().to_owned(), values, error });
    question(fresh(), here, part, choice, plans, label)
}

/// What is chosen is looked at before it is paid for: a plain question to this page.
fn question(
    form: FormState,
    here: &str,
    part: &str,
    begins: &Choice,
    plans: Vec<PlanCard>,
    label: &'static str,
) -> AnyView {
    let Choice { plan, period, seats } = begins.clone();
    view! {
        <form method="get" action=format!("{here}#{part}") class="stack plan-form">
            <FormMessage form=form/>
            {periods(form, &plans, period)}
            {plan_cards(form, plans, plan)}
            <Field form=form name="seats" label="People" hint="How many may belong." inputmode="numeric" maxlength=6 value=seats/>
            <div class="form-actions"><button type="submit" class="btn btn-primary">{label}</button></div>
        </form>
    }
    .into_any()
}

/// What was chosen, and what it comes to.
fn facts(cost: Cost) -> AnyView {
    let Cost { what, each, reckoned, now, .. } = cost;
    let reckoned = (!reckoned.is_empty()).then(|| view! { <span>{reckoned}</span> });
    view! {
        <dl class="facts facts-wide">
            <div><dt>"New plan"</dt><dd><strong>{what}</strong></dd></div>
            <div><dt>"Price"</dt><dd><strong class="plan-total">{each}</strong>{reckoned}</dd></div>
            <div><dt>"Now"</dt><dd>{now}</dd></div>
        </dl>
    }
    .into_any()
}

fn preview(org: &str, thought: ThoughtOf, plans: Vec<PlanCard>, confirmed: bool, forms: &Forms) -> AnyView {
    let form = forms.changing;
    let here = format!("/app/{org}/settings/billing");
    let ThoughtOf { choice, outcome } = thought;
    let body = match outcome {
        Err(error) => asked_again(&here, "change", &choice, plans, "See what it would cost", error),
        Ok(cost) => {
            let at = cost.at;
            let facts = facts(cost);
            // It can have come to that by a change whose answer was lost: what was said of it stays.
            let Some(at) = at else { return shown(view! { <FormMessage form=form/> {facts} }.into_any(), here) };
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
            <h2 id="change">"Change plan"</h2>
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
            "Keep plan",
            "Your plan is cancelled, and ends after what is paid for. You can keep it until then.",
            "Keep plan",
            Kind::Primary,
        )
    } else {
        (
            "Cancel plan",
            "Your plan stays active until the end of the period you’ve paid for. After that you can view everything for 30 days, and nothing more is charged.",
            "Cancel plan",
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
    let Owed { words, amount, page } = owed;
    let pay = page.map(|page| {
        view! { <p class="row"><a class="btn btn-primary" href=page rel="external noopener">{format!("Pay {amount}")}</a></p> }
    });
    view! { <Notice tone=Tone::Warning><p>{words}</p>{pay}</Notice> }.into_any()
}

/// How an invoice stands, with the way to Stripe’s own page. What its bank disputes stands out.
pub fn invoice_state(state: String, disputed: bool, page: Option<String>) -> AnyView {
    let words = if disputed { view! { <Badge tone=Tone::Warning label=state/> }.into_any() } else { state.into_any() };
    match page {
        Some(page) => view! { <a href=page rel="external noopener">{words}</a> }.into_any(),
        None => words,
    }
}

fn invoice_table(here: &str, invoices: Vec<InvoiceLine>) -> AnyView {
    if invoices.is_empty() {
        return view! { <p class="soft">"There are no invoices yet."</p> }.into_any();
    }
    let rows = invoices
        .into_iter()
        .map(|invoice| {
            let href = format!("{here}/invoices/{}", invoice.number);
            let number = view! { <a href=href>{invoice.number}</a> }.into_any();
            let state = invoice_state(invoice.state, invoice.disputed, invoice.page);
            vec![number, invoice.on.into_any(), invoice.total.into_any(), invoice.gst.into_any(), state]
        })
        .collect();
    view! {
        <Table caption="Invoices, the newest first" columns=vec!["Invoice", "Date", "Total", "GST", "State"] rows=rows/>
        <p class="soft">"An invoice’s number leads to one to print; its state to Stripe’s own page, where it can be paid."</p>
    }
    .into_any()
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
