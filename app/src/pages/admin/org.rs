//! `/admin/orgs/{slug}`: what one organisation has agreed to.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{frame::AdminFrame, orgs::about};
use crate::{
    admin::{
        api::{Agree, AgreePartner, AskAccess, EndPartner, Suspend as SuspendOrg, org},
        wire::{AgreedForm, OrgPage, OrgStripe, OrgSupport, PartnerForm},
    },
    packed::page_data,
    pages::settings::confirm_first,
    support::consent::LENGTHS,
    ui::{
        Checkboxes, DateField, DoneNotice, ErrorView, Field, FormMessage, FormState, Icon, Kind, Notice, PageHeader,
        Post, PostForm, Select, Skeleton, SubmitButton, Table, TextArea, Tone,
    },
};

const DONE: &[(&str, &str)] = &[
    ("agreed", "Saved. It holds at once."),
    (
        "suspended",
        "Suspended. Its people reach their people and their plan alone, and its owner and admins are mailed.",
    ),
    ("restored", "Open again. Its owner and admins are mailed."),
    ("partner", "Saved. Its owner and admins find “Invite a business” in their settings."),
    ("ended", "It is a partner no longer, and what it had offered is taken back."),
    ("asked", "Asked. Its owner is mailed, and decides."),
];

#[derive(Clone, Copy)]
struct Forms {
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
    let params = use_params_map();
    let slug = Signal::derive(move || params.with(|params| params.get("slug")).unwrap_or_default());
    let (agree, suspend, ask) = (Post::to::<Agree>(), Post::to::<SuspendOrg>(), Post::to::<AskAccess>());
    let (partner, end) = (Post::to::<AgreePartner>(), Post::to::<EndPartner>());
    let forms = Forms {
        agree,
        agreeing: FormState::of_post(agree).staying(),
        suspend,
        suspending: FormState::of_post(suspend).staying(),
        partner,
        partnering: FormState::of_post(partner),
        end,
        ending: FormState::of_post(end),
        ask,
        asking: FormState::of_post(ask),
    };
    let page =
        page_data(move || (slug.get(), agree.times_accepted(), suspend.times_accepted()), |(slug, ..)| org(slug));
    let times = Signal::derive(move || agree.times_accepted() + suspend.times_accepted());
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => org_view(page, &forms, times),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <AdminFrame title="Organisation" here="/admin/orgs">
            <Transition fallback=|| view! { <Skeleton lines=10/> }>{body}</Transition>
        </AdminFrame>
    }
    .into_any()
}

fn org_view(page: OrgPage, forms: &Forms, times: Signal<usize>) -> AnyView {
    let OrgPage {
        org,
        since,
        price,
        invited_by,
        partner,
        owner,
        stripe,
        suspended,
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
    let stripe = stripe.map(|stripe| stripe_card(stripe, forms.agreeing));
    let support = support_card(&org.slug, support, confirmed, &here, forms);
    let change = if confirmed {
        let agreed = (!holds).then(|| agreed_form(&org.slug, agreed, plans, modules, forms));
        let partner = partner_form(&org.slug, partner, forms);
        let shut = shut_form(&org.slug, suspended, holds, forms);
        view! { {agreed} {partner} {shut} }.into_any()
    } else {
        view! { <section class="card stack">{confirm_first("To change what it has agreed to, please confirm first that it is you.", &here)}</section> }
            .into_any()
    };
    view! {
        <a class="back" href="/admin/orgs"><Icon name="back"/>"Organisations"</a>
        <PageHeader title=org.name about=facts/>
        <DoneNotice words=DONE times=times/>
        <section class="card stack" aria-labelledby="plan">
            <h2 id="plan">{org.plan}</h2>
            {price}
            {standing}
            {used}
            {owner}
        </section>
        {stripe}
        {support}
        {change}
    }
    .into_any()
}

/// Looking as support: while the owner lets one, or asking them to.
fn support_card(slug: &str, support: OrgSupport, confirmed: bool, here: &str, forms: &Forms) -> AnyView {
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
                <div class="form-actions"><SubmitButton form=form label="Ask for access" busy="Asking…"/></div>
            </PostForm>
        }
        .into_any()
    } else {
        confirm_first("To ask its owner for access, please confirm first that it is you.", here)
    };
    view! {
        <section class="card stack" aria-labelledby="support">
            <h2 id="support">"Support"</h2>
            {inner}
        </section>
    }
    .into_any()
}

/// How it pays by Stripe: what it agrees to is changed there.
fn stripe_card(stripe: OrgStripe, form: FormState) -> AnyView {
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
            let state = match invoice.page {
                Some(page) => view! { <a href=page rel="external noopener">{invoice.state}</a> }.into_any(),
                None => invoice.state.into_any(),
            };
            vec![invoice.number.into_any(), invoice.on.into_any(), invoice.total.into_any(), state]
        })
        .collect();
    let table = if rows.is_empty() {
        view! { <p class="soft">"There are no invoices yet."</p> }.into_any()
    } else {
        view! { <Table caption="Its invoices, the newest first" columns=vec!["Invoice", "Date", "Total", "State"] rows=rows/> }.into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="stripe">
            <h2 id="stripe">"Payments"</h2>
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
    plans: Vec<(String, String)>,
    modules: Vec<crate::ui::Choice>,
    forms: &Forms,
) -> AnyView {
    let form = forms.agreeing;
    let own = |words: &[(&str, &str)]| -> Vec<(String, String)> {
        words.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
    };
    let periods = own(&[("month", "Each month"), ("year", "Each year")]);
    let states = own(&[("active", "No: it pays, or needn’t"), ("trial", "Yes: it tries everything out")]);
    let slug = slug.to_owned();
    view! {
        <section class="card stack" aria-labelledby="agreed">
            <h2 id="agreed">"What it agrees to"</h2>
            <PostForm post=forms.agree class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="slug" value=slug/>
                <div class="fields-row">
                    <Select form=form name="plan" label="Plan" options=plans value=agreed.plan/>
                    <Select form=form name="period" label="Paid" options=periods value=agreed.period/>
                </div>
                <div class="fields-row">
                    <Field form=form name="seats" label="Seats" hint="Leave empty for no limit." inputmode="numeric" maxlength=6 value=agreed.seats/>
                    <Field form=form name="price" label="Special price" hint="Dollars, including GST. Leave empty for the plan’s price." inputmode="decimal" maxlength=16 value=agreed.price/>
                </div>
                <div class="fields-row">
                    <Select form=form name="state" label="Is it a trial?" hint="A trial has a last day." options=states value=agreed.state/>
                    <DateField form=form name="last_day" label="Last day" hint="Leave empty if it goes on." min="2000-01-01" value=agreed.until/>
                </div>
                <Checkboxes form=form name="modules" legend="Other modules than the plan’s" hint="Leave all unticked for the plan’s modules." options=modules/>
                <div class="form-actions"><SubmitButton form=form label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// What it may offer to businesses that it invites.
fn partner_form(slug: &str, partner: PartnerForm, forms: &Forms) -> AnyView {
    let PartnerForm { is_one, plans, most_free_days, least_percent, most_open } = partner;
    let (form, slug, again) = (forms.partnering, slug.to_owned(), slug.to_owned());
    let (ending, end) = (forms.ending, forms.end);
    let end = is_one.then(|| {
        view! {
            <FormMessage form=ending/>
            <details class="confirm">
                <summary class="btn btn-quiet">"End the partnership"</summary>
                <div class="confirm-panel">
                    <p>"It invites nobody any more, and its open invitations are taken back. Businesses that came by it keep what they have."</p>
                    <PostForm post=end>
                        <input type="hidden" name="slug" value=again/>
                        <SubmitButton form=ending label="Yes, end it" busy="Ending…" kind=Kind::Danger/>
                    </PostForm>
                </div>
            </details>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="partner">
            <h2 id="partner">{if is_one { "It is a partner" } else { "Make it a partner" }}</h2>
            <p>"Its owner and admins invite businesses within these bounds. It sees nothing of what is in them."</p>
            <PostForm post=forms.partner class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="slug" value=slug/>
                <Checkboxes form=form name="plans" legend="Plans that it may offer" options=plans/>
                <div class="fields-row">
                    <Field form=form name="most_free_days" label="Most free days" inputmode="numeric" maxlength=4 value=most_free_days/>
                    <Field form=form name="least_percent" label="Lowest price" hint="Percent of the list price. Leave empty for the list price alone." inputmode="numeric" maxlength=3 value=least_percent/>
                    <Field form=form name="most_open" label="Open at a time" hint="Invitations that nobody has answered." inputmode="numeric" maxlength=4 value=most_open/>
                </div>
                <div class="form-actions"><SubmitButton form=form label=if is_one { "Save these bounds" } else { "Make it a partner" } busy="Saving…"/></div>
            </PostForm>
            {end}
        </section>
    }
    .into_any()
}

fn shut_form(slug: &str, suspended: bool, holds: bool, forms: &Forms) -> AnyView {
    let (form, slug) = (forms.suspending, slug.to_owned());
    let charged = holds.then(|| {
        view! { <p>"Stripe goes on charging it all the same: if it isn’t to pay, pause or end its subscription there."</p> }
    });
    let inner = if suspended {
        view! {
            <PostForm post=forms.suspend>
                <input type="hidden" name="slug" value=slug/>
                <SubmitButton form=form label="Open it again" busy="Opening…"/>
            </PostForm>
        }
        .into_any()
    } else {
        view! {
            <details class="confirm">
                <summary class="btn btn-quiet">"Suspend it"</summary>
                <div class="confirm-panel">
                    <p>"Its people reach their people and their plan alone, and its pages take no bookings. Nothing is deleted, and clients still see to theirs."</p>
                    <PostForm post=forms.suspend>
                        <input type="hidden" name="slug" value=slug/>
                        <input type="hidden" name="shut" value="true"/>
                        <TextArea form=form name="why" label="Why" optional=true hint="Its owner and admins read it in an email." maxlength=1000/>
                        <SubmitButton form=form label="Yes, suspend it" busy="Suspending…" kind=Kind::Danger/>
                    </PostForm>
                </div>
            </details>
        }
        .into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="shut">
            <h2 id="shut">{if suspended { "It is suspended" } else { "Suspend" }}</h2>
            {charged}
            <FormMessage form=form/>
            {inner}
        </section>
    }
    .into_any()
}
