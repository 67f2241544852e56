//! `/admin/orgs/{slug}`: what one organisation has agreed to.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{frame::AdminFrame, orgs::about};
use crate::{
    admin::{
        api::{Agree, AgreePartner, AskAccess, EndPartner, Suspend as SuspendOrg, ThinkOver},
        operator::Operator,
        orgs::Agreed,
        views::{self, Then},
        wire::{AgreedForm, OrgPage, OrgStripe, OrgSupport, PartnerForm},
    },
    pages::{
        plain::written,
        settings::{confirm_first, invoice_state},
    },
    request,
    support::consent::LENGTHS,
    ui::{
        Checkboxes, Choice, DateField, DoneNotice, Field, FormMessage, FormState, Icon, Kind, Notice, PageHeader, Post,
        PostForm, Select, SubmitButton, Table, TextArea, Tone,
    },
};

const DONE: &[(&str, &str)] = &[
    ("agreed", "Saved. It holds at once."),
    (
        "suspended",
        "Suspended. Only People and the plan open there, under Settings, and its owner and admins are emailed.",
    ),
    ("restored", "Open again. Its owner and admins are emailed."),
    ("partner", "Saved. Its owner and admins find “Invite a business” in their settings."),
    ("ended", "It is a partner no longer, and what it had offered is withdrawn."),
    ("asked", "Asked. Its owner is emailed, and decides."),
];

#[derive(Clone, Copy)]
struct Forms {
    think: Post,
    thinking: FormState,
    agree: Post,
    agreeing: FormState,
    suspend: Post,
    suspending: FormState,
    partner: Post,
    partnering: FormState,
    end: Post,
    ending: FormState,
    ask: Post,
    asking: FormState,
}

/// One organisation.
#[component]
pub fn OrgRoute() -> AnyView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    let asked = use_query_map().with_untracked(|query| {
        let part = |name: &str| query.get(name).unwrap_or_default();
        query.get("plan").map(|plan| Agreed {
            plan,
            period: part("period"),
            seats: part("seats"),
            price: part("price"),
            modules: part("modules").split_whitespace().map(ToOwned::to_owned).collect(),
            state: part("state"),
            last_day: part("last_day"),
        })
    });
    let (think, agree, suspend) = (Post::to::<ThinkOver>(), Post::to::<Agree>(), Post::to::<SuspendOrg>());
    let (partner, end, ask) = (Post::to::<AgreePartner>(), Post::to::<EndPartner>(), Post::to::<AskAccess>());
    let forms = Forms {
        think,
        thinking: FormState::of_post(think),
        agree,
        agreeing: FormState::of_post(agree),
        suspend,
        suspending: FormState::of_post(suspend),
        partner,
        partnering: FormState::of_post(partner),
        end,
        ending: FormState::of_post(end),
        ask,
        asking: FormState::of_post(ask),
    };
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || async move {
        let by = Operator::of(&platform, standing).await?;
        let page = views::org(&platform, by, &slug).await?;
        let then = match asked.filter(|_| by.is_elevated() && page.can_agree()) {
            // What was typed into the address by hand and can’t be agreed to shows no preview.
            Some(asked) => views::then(&platform, by, &slug, asked).await.ok(),
            None => None,
        };
        Ok(Arc::new((page, then)))
    };
    view! {
        <AdminFrame title="Organisation" here="/admin/orgs">
            {written(read, move |read| {
                let (page, then) = Arc::unwrap_or_clone(read);
                org_view(page, then, &forms)
            })}
        </AdminFrame>
    }
    .into_any()
}

fn org_view(page: OrgPage, then: Option<Then>, forms: &Forms) -> AnyView {
    let can_agree = page.can_agree();
    let OrgPage {
        org,
        since,
        price,
        invited_by,
        partner,
        owner,
        stripe,
        suspended,
        closed,
        agreed,
        plans,
        modules,
        support,
        confirmed,
    } = page;
    let here = format!("/admin/orgs/{}", org.slug);
    let came = if invited_by.is_empty() { String::new() } else { format!(", invited by {invited_by}") };
    let facts = format!("/b/{}. There since {since}{came}. {}.", org.slug, about(&org));
    let standing = if org.alarming {
        view! { <Notice tone=Tone::Warning><p>{org.standing.clone()}</p></Notice> }.into_any()
    } else {
        view! { <p>{org.standing.clone()}</p> }.into_any()
    };
    let used = (!org.used.is_empty()).then(|| view! { <p class="soft">{org.used.join(", ")}</p> });
    let price = (!price.is_empty()).then(|| view! { <p class="plan-price">{price}</p> });
    let owner = (!owner.is_empty()).then(|| view! { <p>{format!("Its owner: {owner}")}</p> });
    let holds = stripe.as_ref().is_some_and(|stripe| stripe.holds);
    let stripe = stripe.map(|stripe| stripe_part(stripe, forms.agreeing));
    let confirm = (!confirmed).then(|| {
        view! { <section class="card stack">{confirm_first("To change something here, or ask for access, please confirm first that it is you.", &here)}</section> }
    });
    let change = (confirmed && can_agree).then(|| {
        // What was refused is mended in the form: nothing comes of it yet.
        let then = then.filter(|_| forms.thinking.message().with_untracked(Option::is_none));
        agreed_form(&org.slug, agreed, then, plans, modules, forms)
    });
    let is_partner = partner.is_one;
    let partnership = (confirmed && (is_partner || !closed)).then(|| partner_card(&org.slug, partner, closed, forms));
    let access = (!closed).then(|| support_card(&org.slug, support, confirmed, forms));
    let end = confirmed.then(|| suspend_card(&org.slug, suspended, holds, forms));
    view! {
        <a class="back" href="/admin/orgs"><Icon name="back"/>"Organisations"</a>
        <PageHeader title=org.name about=facts/>
        <DoneNotice words=DONE/>
        {confirm}
        <section class="card stack" aria-labelledby="plan">
            <h2 id="plan">{format!("Plan: {}", org.plan)}</h2>
            {price}
            {standing}
            {used}
            {owner}
            {stripe}
            {change}
        </section>
        {partnership}
        {access}
        {end}
    }
    .into_any()
}

/// What can’t be taken back with a click is opened first, says what comes of it, and has the button that does it inside.
fn confirmed_by(
    summary: &'static str,
    words: &'static str,
    state: FormState,
    form: impl IntoView + 'static,
) -> AnyView {
    // What was refused stays open: it says inside why.
    let open = state.message().with_untracked(Option::is_some);
    view! {
        <details class="confirm" open=open>
            <summary class="btn btn-quiet">{summary}</summary>
            <div class="confirm-panel">
                <p>{words}</p>
                {form}
            </div>
        </details>
    }
    .into_any()
}

/// Looking as support: while the owner lets one, or asking them to.
fn support_card(slug: &str, support: OrgSupport, confirmed: bool, forms: &Forms) -> AnyView {
    let OrgSupport { until, about, asked } = support;
    let (form, slug) = (forms.asking, slug.to_owned());
    let inner = if let Some(until) = until {
        let about = (!about.is_empty()).then(|| view! { <p class="as-written">{about}</p> });
        view! {
            <p>{format!("Its owner lets you look until {until}. You change nothing, and what you look at stands in its log.")}</p>
            {about}
            <p class="row"><a class="btn btn-primary" href=format!("/app/{slug}")>"Open as support"</a></p>
        }
        .into_any()
    } else if confirmed {
        let asked = asked.map(|asked| view! { <p class="soft">{asked}</p> });
        let lengths = LENGTHS.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
        view! {
            <p>"What its people and its clients wrote shows only while its owner agrees, who chooses for how long."</p>
            {asked}
            <PostForm post=forms.ask class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="slug" value=slug/>
                <TextArea form=form name="why" label="Why you ask" hint="Its owner reads it in an email." maxlength=1000/>
                <Select form=form name="hours" label="For how long" hint="Its owner may choose another." options=lengths value="4"/>
                <div class="form-actions"><SubmitButton form=form label="Ask for access" busy="Asking…" kind=Kind::Quiet/></div>
            </PostForm>
        }
        .into_any()
    } else {
        view! { <p>"What its people and its clients wrote shows only while its owner agrees."</p> }.into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="support">
            <h2 id="support">"Support access"</h2>
            {inner}
        </section>
    }
    .into_any()
}

/// How it pays by Stripe: what it agrees to is changed there.
fn stripe_part(stripe: OrgStripe, form: FormState) -> AnyView {
    let OrgStripe { customer, page, holds, invoices } = stripe;
    let words = holds.then(|| {
        view! { <p>"It pays by Stripe, so what it agrees to is what it pays for there. Its owner changes it under “Plan and billing”; you change its subscription at Stripe, and it is taken over at once. A change made here would be undone, so there is no form for it."</p> }
    });
    // From a page that was open before it paid by Stripe.
    let refused = holds.then(|| view! { <FormMessage form=form/> });
    let customer = if page.is_empty() {
        view! { <p>{customer}</p> }.into_any()
    } else {
        view! { <p><a href=page rel="external noopener">{format!("{customer} at Stripe")}</a></p> }.into_any()
    };
    let rows: Vec<_> = invoices
        .into_iter()
        .map(|invoice| {
            let state = invoice_state(invoice.state, invoice.disputed, invoice.page);
            vec![invoice.number.into_any(), invoice.on.into_any(), invoice.total.into_any(), state]
        })
        .collect();
    let table = if rows.is_empty() {
        view! { <p class="soft">"There are no invoices yet."</p> }.into_any()
    } else {
        view! { <div class="numbers is-third"><Table caption="Its invoices, the newest first" columns=vec!["Invoice", "Date", "Total", "State"] rows=rows/></div> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="stripe">
            <h3 id="stripe">"Payments"</h3>
            {refused}
            {words}
            {customer}
            {table}
        </section>
    }
    .into_any()
}

fn agreed_form(
    slug: &str,
    agreed: AgreedForm,
    then: Option<Then>,
    plans: Vec<(String, String)>,
    modules: Vec<Choice>,
    forms: &Forms,
) -> AnyView {
    // What was refused when it was agreed to says so at its fields, too.
    let refused = forms.agreeing.message().with_untracked(Option::is_some);
    let form = if refused { forms.agreeing } else { forms.thinking };
    let own = |words: &[(&str, &str)]| -> Vec<(String, String)> {
        words.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
    };
    let periods = own(&[("month", "Each month"), ("year", "Each year")]);
    let states = own(&[("active", "No: it pays, or needn’t"), ("trial", "Yes: it tries everything out")]);
    // What is thought over is what the form goes on from.
    let (agreed, modules) = match &then {
        None => (agreed, modules),
        Some(Then { asked, .. }) => {
            let modules = modules
                .into_iter()
                .map(|choice| Choice { chosen: asked.modules.contains(&choice.value), ..choice })
                .collect();
            let agreed = AgreedForm {
                plan: asked.plan.clone(),
                period: asked.period.clone(),
                seats: asked.seats.clone(),
                price: asked.price.clone(),
                state: asked.state.clone(),
                until: asked.last_day.clone(),
            };
            (agreed, modules)
        }
    };
    let then = then.map(|then| then_view(slug, then, forms));
    let slug = slug.to_owned();
    view! {
        <section class="stack" aria-labelledby="agreed">
            <h3 id="agreed">"Plan and price"</h3>
            <PostForm post=forms.think class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="slug" value=slug/>
                <div class="fields-row">
                    <Select form=form name="plan" label="Plan" options=plans value=agreed.plan/>
                    <Select form=form name="period" label="Paid" options=periods value=agreed.period/>
                </div>
                <div class="fields-row">
                    <Field form=form name="seats" label="Seats" optional=true hint="Leave empty for as many as come with the plan." inputmode="numeric" maxlength=6 value=agreed.seats/>
                    <Field form=form name="price" label="Special price" optional=true hint="Dollars, including GST. Leave empty for the plan’s price." inputmode="decimal" maxlength=16 value=agreed.price/>
                </div>
                <div class="fields-row">
                    <Select form=form name="state" label="Is it a trial?" hint="A trial has a last day." options=states value=agreed.state/>
                    <DateField form=form name="last_day" label="Last day" hint="Leave empty if it goes on." min="2000-01-01" value=agreed.until/>
                </div>
                <Checkboxes form=form name="modules" legend="Other modules than the plan’s" hint="Leave all unticked for the plan’s modules." options=modules/>
                <div class="form-actions"><SubmitButton form=form label="See what changes" busy="One moment…" kind=Kind::Quiet/></div>
            </PostForm>
            {then}
        </section>
    }
    .into_any()
}

/// What holds now and what would then, row by row, and the button that agrees to it.
fn then_view(slug: &str, then: Then, forms: &Forms) -> AnyView {
    let Then { asked, rows } = then;
    let changes = rows.iter().any(|(_, now, then)| now != then);
    let (form, slug) = (forms.agreeing, slug.to_owned());
    let agree = if changes {
        let modules = asked
            .modules
            .into_iter()
            .map(|name| view! { <input type="hidden" name="modules[]" value=name/> })
            .collect_view();
        view! {
            <PostForm post=forms.agree>
                <input type="hidden" name="slug" value=slug/>
                <input type="hidden" name="plan" value=asked.plan/>
                <input type="hidden" name="period" value=asked.period/>
                <input type="hidden" name="seats" value=asked.seats/>
                <input type="hidden" name="price" value=asked.price/>
                <input type="hidden" name="state" value=asked.state/>
                <input type="hidden" name="last_day" value=asked.last_day/>
                {modules}
                <SubmitButton form=form label="Yes, agree to this" busy="Saving…"/>
            </PostForm>
        }
        .into_any()
    } else {
        view! { <p>"Nothing changes: it is what it has."</p> }.into_any()
    };
    let rows = rows
        .into_iter()
        .map(|(label, now, then)| {
            let then = if now == then { then.into_any() } else { view! { <strong>{then}</strong> }.into_any() };
            vec![label.into_any(), now.into_any(), then]
        })
        .collect();
    view! {
        <section class="stack" id="then" aria-labelledby="then-title">
            <h3 id="then-title">"What changes"</h3>
            <Table caption="What holds now, and what then" columns=vec!["What", "Now", "Then"] rows=rows/>
            {agree}
        </section>
    }
    .into_any()
}

/// What it may offer to businesses that it invites, and the end of that. What is closed is offered nothing new.
fn partner_card(slug: &str, partner: PartnerForm, closed: bool, forms: &Forms) -> AnyView {
    let is_one = partner.is_one;
    let bounds = (!closed).then(|| partner_form(slug, partner, forms));
    let ending = is_one.then(|| end_partnership(slug, forms));
    view! {
        <section class="card stack" aria-labelledby="partner">
            <h2 id="partner">{if is_one { "Partner" } else { "Make it a partner" }}</h2>
            <p>"Its owner and admins invite businesses within these bounds. It sees nothing of what is in them."</p>
            {bounds}
            {ending}
        </section>
    }
    .into_any()
}

fn partner_form(slug: &str, partner: PartnerForm, forms: &Forms) -> AnyView {
    let PartnerForm { is_one, plans, most_free_days, least_percent, most_open } = partner;
    let (form, slug) = (forms.partnering, slug.to_owned());
    view! {
        <PostForm post=forms.partner class="stack">
            <FormMessage form=form/>
            <input type="hidden" name="slug" value=slug/>
            <Checkboxes form=form name="plans" legend="Plans that it may offer" options=plans/>
            <div class="fields-row">
                <Field form=form name="most_free_days" label="Most free days" inputmode="numeric" maxlength=4 value=most_free_days/>
                <Field form=form name="least_percent" label="Lowest price" optional=true hint="Percent of the list price. Leave empty for the list price alone." inputmode="numeric" maxlength=3 value=least_percent/>
                <Field form=form name="most_open" label="Open at a time" hint="Invitations that nobody has answered." inputmode="numeric" maxlength=4 value=most_open/>
            </div>
            <div class="form-actions"><SubmitButton form=form label=if is_one { "Save these bounds" } else { "Make it a partner" } busy="Saving…"/></div>
        </PostForm>
    }
    .into_any()
}

fn end_partnership(slug: &str, forms: &Forms) -> AnyView {
    let (ending, theirs) = (forms.ending, slug.to_owned());
    let inner = view! {
        <PostForm post=forms.end>
            <input type="hidden" name="slug" value=theirs.clone()/>
            <Field form=ending name="typed" label=format!("Type {theirs} to go on") hint="What it offered can’t be brought back." autocomplete="off" maxlength=100/>
            <SubmitButton form=ending label="Yes, end it" busy="Ending…" kind=Kind::Danger/>
        </PostForm>
    };
    let folded = confirmed_by(
        "End the partnership",
        "It invites nobody any more, and its open invitations are withdrawn. Businesses that came by it keep what they have.",
        ending,
        inner,
    );
    view! {
        <FormMessage form=ending/>
        {folded}
    }
    .into_any()
}

/// Shutting it, or opening it again.
fn suspend_card(slug: &str, suspended: bool, holds: bool, forms: &Forms) -> AnyView {
    let (form, slug) = (forms.suspending, slug.to_owned());
    let charged = holds.then(|| {
        view! { <p>"Suspended or not, Stripe goes on charging it all the same: if it isn’t to pay, pause or end its subscription there."</p> }
    });
    let shut = if suspended {
        view! {
            <p>"It is suspended."</p>
            <PostForm post=forms.suspend>
                <input type="hidden" name="slug" value=slug/>
                <SubmitButton form=form label="Open it again" busy="Opening…"/>
            </PostForm>
        }
        .into_any()
    } else {
        let inner = view! {
            <PostForm post=forms.suspend>
                <input type="hidden" name="slug" value=slug/>
                <input type="hidden" name="shut" value="true"/>
                <TextArea form=form name="why" label="Why" optional=true hint="Its owner and admins read it in an email." maxlength=1000/>
                <SubmitButton form=form label="Yes, suspend it" busy="Suspending…" kind=Kind::Danger/>
            </PostForm>
        };
        confirmed_by(
            "Suspend it",
            "Only People and the plan open there, under Settings, and its pages take no bookings. Nothing is deleted, and its clients can still change or cancel the bookings they have.",
            form,
            inner,
        )
    };
    view! {
        <section class="card stack" aria-labelledby="suspend">
            <h2 id="suspend">"Suspend"</h2>
            {charged}
            <FormMessage form=form/>
            {shut}
        </section>
    }
    .into_any()
}
