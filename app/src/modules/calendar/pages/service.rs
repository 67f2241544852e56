//! `/b/{org}/{service}`: choose a time, then say who you are.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map, use_url};

use super::{focused_when_shown, forget_refusal, given, listed, times_to_choose, when_words};
use crate::{
    error::{AppError, Code},
    modules::calendar::{
        api::{Book, Hold, service_page},
        public_words as words,
        wire::{Ask, AskKind, BookingForm, Chosen, ServicePage, Shown, Times},
    },
    packed::page_data,
    ui::{
        Checkbox, Checkboxes, Choice, ErrorView, Field, FormMessage, FormState, Icon, Notice, Post, PostForm,
        PublicFrame, Select, Skeleton, SubmitButton, TextArea, Tone, Waiting, awaited,
    },
};

/// The two forms of the page: a time is held, then booked.
#[derive(Clone, Copy)]
struct Forms {
    hold: Post,
    holding: FormState,
    book: Post,
    booking: FormState,
}

impl Forms {
    fn new() -> Self {
        let (hold, book) = (Post::to::<Hold>(), Post::to::<Book>());
        Self { hold, holding: FormState::of_post(hold), book, booking: FormState::of_post(book) }
    }
}

/// A service's times, and the booking form once one is chosen.
#[component]
pub fn ServiceRoute() -> AnyView {
    let params = use_params_map();
    let query = use_query_map();
    let url = use_url();
    let forms = Forms::new();
    // Where the time has gone meanwhile, those that are left are read: the page must not go on offering it. Where very many try to book,
    // the form comes back with a sum to do.
    let gone = Memo::new(move |times: Option<&usize>| {
        let refused = |error: &AppError| matches!(error.code, Code::Conflict | Code::TooMany);
        let conflict = forms.booking.message().with(|refusal| refusal.as_ref().is_some_and(refused));
        times.copied().unwrap_or(0) + usize::from(conflict)
    });
    let page = page_data(
        move || {
            let path = [given(&params, "org"), given(&params, "service")].map(Option::unwrap_or_default);
            // On the server it is gone once the visitor is, while the page may still be in the making.
            let search = url.try_with(|url| url.search().to_owned()).unwrap_or_default();
            (path, search, gone.get())
        },
        |([org, service], search, _)| service_page(org, service, search),
    );
    forget_refusal(forms.book, query);
    let (pending, set_pending) = signal(false);
    let body = move || {
        Suspend::new(async move {
            let asked = given(&query, "start").is_some();
            match page.await {
                Ok(page) => service(page, asked, &forms),
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

fn service(page: ServicePage, asked: bool, forms: &Forms) -> AnyView {
    let (business, service) = (page.business.clone(), &page.service);
    let home = format!("/b/{}", business.slug);
    let title = format!("{} · {}", service.name, business.name);
    let about = if service.description.is_empty() {
        words::about_service(&service.name, &business.name, &service.duration_label, &service.price_label)
    } else {
        service.description.clone()
    };
    let hidden = (page.chosen.is_some() || !page.is_listed).then(|| view! { <Meta name="robots" content="noindex"/> });
    let (json_ld, canonical, card) = (page.json_ld.clone(), page.canonical.clone(), page.card.clone());
    let times_zone = page.times.zone.clone();
    let content = content(page, home.clone(), asked, forms);
    view! {
        {listed(title, about, canonical, card)}
        <Meta name="devalo-zone" content=times_zone/>
        {hidden}
        <PublicFrame name=business.name href=home look=business.look>
            <script type="application/ld+json" inner_html=json_ld></script>
            {content}
        </PublicFrame>
    }
    .into_any()
}

/// The same without what stands around it; `home` is where all services are.
#[cfg(feature = "ssr")]
pub(super) fn bare(page: ServicePage, home: String, asked: bool) -> AnyView {
    content(page, home, asked, &Forms::new())
}

fn content(page: ServicePage, home: String, asked: bool, forms: &Forms) -> AnyView {
    let ServicePage { business, service, choices, times, chosen, form: fields, back, notice, .. } = page;
    let form = forms.booking;
    // The form’s own refusal says it already.
    let notice = notice
        .filter(|_| form.message().with_untracked(Option::is_none))
        .map(|notice| view! { <Notice tone=Tone::Warning><p>{notice}</p></Notice> });
    let again = asked && form.value("start").is_some() && form.message().with_untracked(Option::is_some);
    let [org, slug] = [business.slug, service.slug];
    let names = Names { org, service: slug, business: business.name, zone: times.zone.clone(), back };
    let step = match (chosen, fields) {
        (Some(chosen), Some(fields)) => booking_form(names, chosen, fields, forms),
        (None, Some(fields)) if again => booking_again(names, &times, fields, forms),
        _ => {
            // The chosen time may have gone while the form was filled in: the refusal is shown here then.
            view! {
                <FormMessage form=form/>
                <FormMessage form=forms.holding/>
                {things_to_choose(&choices)}
                {times_to_choose(&times.content, Some(forms.hold))}
            }
            .into_any()
        }
    };
    view! {
        <div class="service-head">
            <a class="back" href=home><Icon name="back"/>{words::ALL_SERVICES}</a>
            <h1>{service.name}</h1>
            <p class="service-facts"><span>{service.duration_label}</span><span>{service.price_label}</span></p>
            {(!service.description.is_empty()).then(|| view! { <p class="lead">{service.description}</p> })}
            {service.picture.map(|Shown { src, width, height }| view! { <img class="service-picture" src=src width=width height=height alt=""/> })}
        </div>
        {notice}
        {step}
    }
    .into_any()
}

/// What the form sends along, and says.
struct Names {
    org: String,
    service: String,
    business: String,
    zone: String,
    /// The times to choose from.
    back: String,
}

/// What there is to choose before a time, as the server wrote it.
fn things_to_choose(content: &crate::packed::Inert) -> AnyView {
    let id = "choices";
    let content = content.within(id);
    view! { <div class="picks" id=id inner_html=content></div> }.into_any()
}

fn booking_form(names: Names, chosen: Chosen, fields: BookingForm, forms: &Forms) -> AnyView {
    let form = forms.booking;
    // Should the time go while the form is filled in, the form comes back with the times that are left.
    form.remember("start", chosen.start.clone());
    form.remember("key", chosen.key.clone());
    let back = names.back.clone();
    let hidden = [("start".to_owned(), chosen.start), ("key".to_owned(), chosen.key)];
    let details = details(names, hidden, fields, form);
    let title = focused_when_shown();
    let facts = (!chosen.facts.is_empty()).then(|| {
        let facts = chosen.facts.into_iter().map(|(term, words)| view! { <div><dt>{term}</dt><dd>{words}</dd></div> });
        view! { <dl class="facts">{facts.collect_view()}</dl> }
    });
    let held = (!chosen.held.is_empty()).then(|| view! { <p class="held"><Icon name="clock"/>{chosen.held}</p> });
    view! {
        <section class="chosen" id="chosen" aria-labelledby="chosen-title">
            <div class="chosen-when">
                <h2 id="chosen-title" tabindex="-1" node_ref=title>{when_words(&chosen.label)}</h2>
                <p>{chosen.zone_label}</p>
                {chosen.business_label.map(|label| view! { <p>{label}</p> })}
                {facts}
                {held}
                <a class="back" href=back><Icon name="back"/>{words::CHOOSE_ANOTHER_TIME}</a>
            </div>
            <PostForm post=forms.book class="stack card">
                <h3>{words::YOUR_DETAILS}</h3>
                <FormMessage form=form/>
                {details}
            </PostForm>
        </section>
    }
    .into_any()
}

/// For somebody whose time was taken while they filled the form in: what they typed stays, and the times that are left
/// are choices in the form.
fn booking_again(names: Names, times: &Times, fields: BookingForm, forms: &Forms) -> AnyView {
    let form = forms.booking;
    // None of them stands chosen: one tap must not book another day than was meant.
    let left =
        std::iter::once((String::new(), words::CHOOSE_A_TIME.to_owned())).chain(times.left.iter().cloned()).collect();
    let (clock, back) = (times.zone_label.clone(), names.back.clone());
    let hidden = [("key".to_owned(), form.value("key").unwrap_or_default())];
    let details = details(names, hidden, fields, form);
    view! {
        <section class="chosen" id="chosen">
            <a class="back" href=back><Icon name="back"/>{words::CHOOSE_ANOTHER_TIME}</a>
            <PostForm post=forms.book class="stack card">
                <FormMessage form=form/>
                <Select form=form name="start" label=words::TIME hint=clock options=left/>
                {details}
            </PostForm>
        </section>
    }
    .into_any()
}

/// The client's part of the form, and what is sent along with it.
fn details(
    names: Names,
    hidden: impl IntoIterator<Item = (String, String)>,
    fields: BookingForm,
    form: FormState,
) -> AnyView {
    let privacy = words::kept_for_booking(&names.business);
    let known = [("org", names.org), ("service", names.service), ("zone", names.zone)];
    let known = known.map(|(name, value)| (name.to_owned(), value));
    let hidden = known
        .into_iter()
        .chain(hidden)
        .chain(fields.hidden)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    let asks = fields.asks.into_iter().map(|one| ask(one, form)).collect_view();
    let guard = fields.guard.map(|guard| {
        let id = "proof";
        let content = guard.content.within(id);
        view! {
            <div id=id inner_html=content></div>
            <script src=guard.script></script>
        }
    });
    let (label, busy) = if fields.is_request {
        (words::ASK_FOR_THIS_TIME, words::SENDING)
    } else {
        (words::BOOK_THIS_TIME, words::BOOKING)
    };
    view! {
        {hidden}
        <p hidden>
            <label for="website">{words::LEAVE_THIS_EMPTY}</label>
            <input id="website" name="website" autocomplete="off" tabindex="-1"/>
        </p>
        {asks}
        {guard}
        <p class="privacy">
            <Icon name="lock"/>
            <span>{privacy}</span>
        </p>
        <SubmitButton form=form label=label busy=busy/>
    }
    .into_any()
}

/// A field for what a service asks.
pub(super) fn ask(ask: Ask, form: FormState) -> AnyView {
    let Ask { name, kind, label, hint, optional, most, choices, text } = ask;
    let (type_, autocomplete, inputmode) = match kind {
        AskKind::Name => ("text", "name", "text"),
        AskKind::Email => ("email", "email", "email"),
        AskKind::Phone => ("tel", "tel", "tel"),
        AskKind::Address => ("text", "street-address", "text"),
        _ => ("text", "off", "text"),
    };
    let text = (!text.is_empty()).then(|| {
        view! { <details class="terms"><summary>{words::READ_THE_TERMS}</summary><p class="as-written">{text}</p></details> }
    });
    let field = match kind {
        AskKind::Lines => {
            view! { <TextArea form=form name=name label=label hint=hint optional=optional maxlength=most/> }.into_any()
        }
        AskKind::Choice => {
            let label = if optional { words::optional(&label) } else { label };
            view! { <Select form=form name=name label=label hint=hint options=choices/> }.into_any()
        }
        AskKind::Several => {
            let options = choices.into_iter().map(|(value, label)| Choice { value, label, chosen: false }).collect();
            let label = if optional { words::optional(&label) } else { label };
            view! { <Checkboxes form=form name=name legend=label hint=hint options=options/> }.into_any()
        }
        AskKind::Tick => view! { <Checkbox form=form name=name label=label hint=hint/> }.into_any(),
        _ => view! {
            <Field form=form name=name label=label hint=hint type_=type_ autocomplete=autocomplete inputmode=inputmode optional=optional maxlength=most/>
        }
        .into_any(),
    };
    view! {
        {text}
        {field}
    }
    .into_any()
}
