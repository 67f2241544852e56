//! `/b/{org}/{service}`: choose a time, then say who you are.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{focused_when_shown, forget_refusal, given, listed, times_to_choose, when_words};
use crate::{
    error::Code,
    modules::calendar::{
        api::{Book, service_page},
        wire::{Chosen, ServicePage, Times},
    },
    packed::page_data,
    ui::{
        ErrorView, Field, FormMessage, FormState, Icon, Notice, Post, PostForm, PublicFrame, Select, Skeleton,
        SubmitButton, TextArea, Tone, Waiting, awaited, with_query,
    },
};

/// A service's times, and the booking form once one is chosen.
#[component]
pub fn ServiceRoute() -> AnyView {
    let params = use_params_map();
    let query = use_query_map();
    let action = Post::to::<Book>();
    let form = FormState::of_post(action);
    // Where the time has gone meanwhile, those that are left are read: the page must not go on offering it.
    let gone = Memo::new(move |times: Option<&usize>| {
        let conflict =
            form.message().with(|refusal| refusal.as_ref().is_some_and(|error| error.code == Code::Conflict));
        times.copied().unwrap_or(0) + usize::from(conflict)
    });
    let page = page_data(
        move || {
            let path = [given(&params, "org"), given(&params, "service")].map(Option::unwrap_or_default);
            (path, ["from", "month", "zone", "start"].map(|name| given(&query, name)), gone.get())
        },
        |([org, service], [from, month, zone, start], _)| service_page(org, service, from, month, zone, start),
    );
    forget_refusal(action, query);
    let (pending, set_pending) = signal(false);
    let body = move || {
        Suspend::new(async move {
            let zone = given(&query, "zone");
            let from = given(&query, "from");
            let start = given(&query, "start");
            match page.await {
                Ok(page) => service(page, from, zone, start.is_some(), action, form),
                Err(error) => view! { <PublicFrame><ErrorView error=error/></PublicFrame> }.into_any(),
            }
        })
    };
    let body = awaited(set_pending, || view! { <PublicFrame><Skeleton lines=8/></PublicFrame> }.into_any(), body);
    view! {
        <Waiting pending=pending/>
        {body}
    }
    .into_any()
}

fn service(
    page: ServicePage,
    from: Option<String>,
    zone: Option<String>,
    asked: bool,
    action: Post,
    form: FormState,
) -> AnyView {
    let ServicePage { business, service, times, chosen, notice, json_ld, canonical } = page;
    // In the links stands the zone that is shown, and not whatever the address says.
    let zone = zone.map(|_| times.zone.clone());
    let home = format!("/b/{}", business.slug);
    let path = format!("{home}/{}", service.slug);
    let title = format!("{} · {}", service.name, business.name);
    let about = if service.description.is_empty() {
        format!("Book {} with {}: {}, {}.", service.name, business.name, service.duration_label, service.price_label)
    } else {
        service.description.clone()
    };
    let hidden = chosen.is_some().then(|| view! { <Meta name="robots" content="noindex"/> });
    // The form’s own refusal says it already.
    let notice = notice
        .filter(|_| form.message().with_untracked(Option::is_none))
        .map(|notice| view! { <Notice tone=Tone::Warning><p>{notice}</p></Notice> });
    let times_zone = times.zone.clone();
    let step = if let Some(chosen) = chosen {
        let zone_name = times.zone.clone();
        let back = with_query(
            &format!("{path}#times"),
            &[("zone", zone.as_deref().unwrap_or_default()), ("from", from.as_deref().unwrap_or_default())],
        );
        booking_form(business.slug.clone(), service.slug.clone(), &business.name, zone_name, chosen, back, action, form)
    } else if asked && form.value("start").is_some() && form.message().with_untracked(Option::is_some) {
        booking_again(&path, business.slug.clone(), service.slug.clone(), &business.name, &times, action, form)
    } else {
        // The chosen time may have gone while the form was filled in: the refusal is shown here then.
        view! { <FormMessage form=form/>{times_to_choose(&times.content)} }.into_any()
    };
    view! {
        {listed(title, about, canonical)}
        <Meta name="devalo-zone" content=times_zone/>
        {hidden}
        <PublicFrame name=business.name.clone() href=home.clone() look=business.look.clone()>
            <script type="application/ld+json" inner_html=json_ld></script>
            <div class="service-head">
                <a class="back" href=home><Icon name="back"/>"All services"</a>
                <h1>{service.name}</h1>
                <p class="service-facts"><span>{service.duration_label}</span><span>{service.price_label}</span></p>
                {(!service.description.is_empty()).then(|| view! { <p class="lead">{service.description.clone()}</p> })}
            </div>
            {notice}
            {step}
        </PublicFrame>
    }
    .into_any()
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the page that the form shows or sends")]
fn booking_form(
    org: String,
    service: String,
    business: &str,
    zone: String,
    chosen: Chosen,
    back: String,
    action: Post,
    form: FormState,
) -> AnyView {
    // Should the time go while the form is filled in, the form comes back with the times that are left.
    form.remember("start", chosen.start.clone());
    form.remember("key", chosen.key.clone());
    let details = details(business, form);
    let title = focused_when_shown();
    view! {
        <section class="chosen" id="chosen" aria-labelledby="chosen-title">
            <div class="chosen-when">
                <h2 id="chosen-title" tabindex="-1" node_ref=title>{when_words(&chosen.label)}</h2>
                <p>{chosen.zone_label}</p>
                {chosen.business_label.map(|label| view! { <p>{label}</p> })}
                <a class="back" href=back><Icon name="back"/>"Choose another time"</a>
            </div>
            <PostForm post=action class="stack card">
                <h3>"Your details"</h3>
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="service" value=service/>
                <input type="hidden" name="start" value=chosen.start/>
                <input type="hidden" name="zone" value=zone/>
                <input type="hidden" name="key" value=chosen.key/>
                {details}
            </PostForm>
        </section>
    }
    .into_any()
}

/// For somebody whose time was taken while they filled the form in: what they typed stays, and the times that are left
/// are choices in the form.
fn booking_again(
    path: &str,
    org: String,
    service: String,
    business: &str,
    times: &Times,
    action: Post,
    form: FormState,
) -> AnyView {
    // None of them stands chosen: one tap must not book another day than was meant.
    let left = std::iter::once((String::new(), "Choose a time".to_owned())).chain(times.left.iter().cloned()).collect();
    let details = details(business, form);
    let (zone, clock) = (times.zone.clone(), times.zone_label.clone());
    let back = format!("{path}#times");
    view! {
        <section class="chosen" id="chosen">
            <a class="back" href=back><Icon name="back"/>"Choose another time"</a>
            <PostForm post=action class="stack card">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="service" value=service/>
                <input type="hidden" name="zone" value=zone/>
                <input type="hidden" name="key" value=form.value("key")/>
                <Select form=form name="start" label="Time" hint=clock options=left/>
                {details}
            </PostForm>
        </section>
    }
    .into_any()
}

/// The client's part of the form.
fn details(business: &str, form: FormState) -> AnyView {
    let privacy = format!("Stored encrypted in Australia, and used only by {business} for this booking.");
    view! {
        <Field form=form name="name" label="Name" autocomplete="name"/>
        <Field form=form name="email" label="Email" type_="email" autocomplete="email" inputmode="email"/>
        <Field form=form name="phone" label="Phone" type_="tel" autocomplete="tel" inputmode="tel" optional=true/>
        <TextArea form=form name="notes" label="Anything we should know" optional=true/>
        <p class="privacy">
            <Icon name="lock"/>
            <span>{privacy}</span>
        </p>
        <SubmitButton form=form label="Book this time" busy="Booking…"/>
    }
    .into_any()
}
