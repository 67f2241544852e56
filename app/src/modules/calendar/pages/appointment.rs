//! `/app/{org}/calendar/appointments/{id}`: all about one appointment, and whatever can be done to it. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use super::{client::confirmed_by, given, sections::Form};
use crate::{
    modules::calendar::{
        appointment_page::{self, AppointmentPage, PaymentLines, Step},
        at_desk,
        letters::{kinds::Kind as LetterKind, messages::Messages},
        setup_api::{MoveTyped, RefundAppointment, SendAgain, StepAppointment},
        typed,
        wire::{Fact, Status, UNPAID, WAITS},
    },
    money::dollars,
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DashboardShell, DateField, DoneNotice, Field, FormMessage, Icon, Kind, LinkButton, Notice,
        PageHeader, PageTitle, Post, PostForm, Select, SubmitButton, Tone, org_of_address, with_query,
    },
};

const DONE: &[(&str, &str)] = &[
    ("moved", "Moved."),
    ("confirmed", "Confirmed."),
    ("declined", "Declined. The time is free again."),
    ("cancelled", "Cancelled. The time is free again."),
    ("no_show", "Marked as a no-show."),
    ("stands", "Marked as booked again."),
    ("waived", "It stands, and nobody has to pay for it here."),
    ("refunded", "It is being paid back. That takes 5 to 10 days to arrive."),
    ("sent", "Sent again."),
];

struct Forms {
    step: Form,
    refund: Form,
    to_another: Form,
    again: Form,
}

/// The page, in the dashboard’s frame.
#[component]
pub fn AppointmentRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        step: Form::of(Post::to::<StepAppointment>()),
        refund: Form::of(Post::to::<RefundAppointment>()),
        to_another: Form::of(Post::to::<MoveTyped>()),
        again: Form::of(Post::to::<SendAgain>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = appointment_page::page(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(slug, page)| show(&slug, page, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: AppointmentPage, forms: &Forms) -> AnyView {
    let card = &page.card;
    let diary =
        with_query(&format!("/app/{org}/calendar"), &[("date", &card.date), ("view", "day"), ("open", &card.id)]);
    let refused = [forms.step, forms.refund, forms.to_another, forms.again]
        .iter()
        .any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let (tone, label) = match (card.status, card.waits) {
        (Status::Booked, true) if page.unpaid_until.is_some() => (Tone::Info, UNPAID),
        (Status::Booked, true) => (Tone::Info, WAITS),
        (Status::Booked, false) => (Tone::Success, card.status.label()),
        (Status::Cancelled, _) => (Tone::Neutral, card.status.label()),
        (Status::NoShow, _) => (Tone::Warning, card.status.label()),
    };
    let waits = page.until.clone().filter(|_| page.may_change).map(|until| decide(org, &page, &until, forms.step));
    let unpaid =
        page.unpaid_until.clone().filter(|_| page.may_change).map(|until| unpaid(org, &page, &until, forms.step));
    let payment = page.payment.as_ref().map(|payment| payment_of(org, &page, payment, forms.refund));
    let steps = page.may_change.then(|| steps(org, &page, forms.step));
    let moves = (page.may_change && card.to_come && !card.seat).then(|| to_another(org, &page, forms.to_another));
    let client = page.client.as_ref().map(|client| {
        let href = format!("/app/{org}/calendar/clients/{client}");
        view! { <LinkButton href=href kind=Kind::Quiet external=true>"All about this client"</LinkButton> }
    });
    let ending = (!page.ending.is_empty()).then(|| view! { <p>{page.ending}</p> });
    view! {
        <PageTitle text=format!("{} · Calendar", card.client_name)/>
        <a class="back" href=diary rel="external"><Icon name="back"/>"Calendar"</a>
        <PageHeader title=card.client_name.clone()>{client}</PageHeader>
        {done}
        <FormMessage form=forms.step.state/>
        {waits}
        {unpaid}
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">{page.when.clone()}</h2>
            <p class="soft">{page.clock.clone()}</p>
            <p><Badge tone=tone label=label/></p>
            {ending}
            <dl class="facts facts-wide">{page.facts.iter().map(fact).collect_view()}</dl>
            {steps}
        </section>
        {payment}
        {moves}
        {letters(org, &page, forms.again)}
    }
    .into_any()
}

fn fact(fact: &Fact) -> AnyView {
    let lines = fact
        .lines
        .iter()
        .map(|(text, href)| {
            if href.is_empty() {
                view! { <span class="as-written">{text.clone()}</span> }.into_any()
            } else {
                view! { <span><a href=href.clone() rel="external noreferrer">{text.clone()}</a></span> }.into_any()
            }
        })
        .collect_view();
    view! { <div><dt>{fact.term.clone()}</dt><dd>{lines}</dd></div> }.into_any()
}

/// What each form about it sends along.
fn about(org: &str, page: &AppointmentPage, form: Form) -> AnyView {
    let (org, id) = (org.to_owned(), page.card.id.clone());
    view! {
        <input type="hidden" name="org" value=org/>
        <input type="hidden" name="id" value=id/>
        <input type="hidden" name="version" value=form.state.version(page.card.version)/>
    }
    .into_any()
}

/// The business says yes or no.
fn decide(org: &str, page: &AppointmentPage, until: &str, form: Form) -> AnyView {
    let words = format!("It waits for you to confirm or decline it by {until}. After that the time is free again.");
    let about = about(org, page, form);
    view! {
        <Notice tone=Tone::Info>
            <p>{words}</p>
            <PostForm post=form.post class="row">
                {about}
                <button type="submit" class="btn btn-primary" name="step" value=Step::Confirm.as_str()>"Confirm"</button>
                <button type="submit" class="btn btn-quiet" name="step" value=Step::Decline.as_str()>"Decline"</button>
            </PostForm>
        </Notice>
    }
    .into_any()
}

/// Its client has yet to pay.
fn unpaid(org: &str, page: &AppointmentPage, until: &str, form: Form) -> AnyView {
    let words = format!("Its client has until {until} to pay. After that the time is free again.");
    let about = about(org, page, form);
    view! {
        <Notice tone=Tone::Info>
            <p>{words}</p>
            <PostForm post=form.post class="row">
                {about}
                <button type="submit" class="btn btn-primary" name="step" value=Step::Waive.as_str()>"Let it stand without paying"</button>
                <button type="submit" class="btn btn-quiet" name="step" value=Step::Cancel.as_str()>"Cancel it"</button>
            </PostForm>
        </Notice>
    }
    .into_any()
}

/// What was asked, paid and paid back, and the way to pay back.
fn payment_of(org: &str, page: &AppointmentPage, payment: &PaymentLines, form: Form) -> AnyView {
    let lines = payment.lines.iter().map(|line| view! { <li class="line">{line.clone()}</li> }).collect_view();
    let back = (page.may_change && payment.left > 0).then(|| {
        let about = about(org, page, form);
        let hint = format!("In dollars, up to {}. It goes to the card it was paid with.", dollars(payment.left));
        let (value, made) = (typed::price_as_typed(payment.left), payment.made.to_string());
        let inside = view! {
            <PostForm post=form.post class="stack">
                <FormMessage form=form.state/>
                {about}
                <input type="hidden" name="made" value=made/>
                <Field form=form.state name="amount" label="How much" hint=hint inputmode="decimal" autocomplete="off" maxlength=20 value=value/>
                <div class="form-actions"><SubmitButton form=form.state label="Pay it back" busy="Paying back…" kind=Kind::Danger/></div>
            </PostForm>
        };
        confirmed_by("Pay back", form.state, inside.into_any())
    });
    view! {
        <section class="card stack" aria-labelledby="payment">
            <h2 id="payment">"Payment"</h2>
            <ul class="lines">{lines}</ul>
            {back}
        </section>
    }
    .into_any()
}

fn steps(org: &str, page: &AppointmentPage, form: Form) -> AnyView {
    let card = &page.card;
    let plain = |step: Step, label: &'static str| {
        let about = about(org, page, form);
        view! {
            <PostForm post=form.post>
                {about}
                <button type="submit" class="btn btn-quiet" name="step" value=step.as_str()>{label}</button>
            </PostForm>
        }
        .into_any()
    };
    let no_show = card.started.then(|| plain(Step::NoShow, "Mark as no-show"));
    let stands = (card.status == Status::NoShow).then(|| plain(Step::Stands, "Mark as booked"));
    let cancel = (card.to_come && !card.waits).then(|| {
        let about = about(org, page, form);
        let left = page.payment.as_ref().map_or(0, |payment| payment.left);
        let refund = (left > 0).then(|| {
            let value = typed::price_as_typed(left);
            view! { <Field form=form.state name="refund" label="Pay back" hint="In dollars: all that was paid, unless you change it." inputmode="decimal" autocomplete="off" maxlength=20 value=value/> }
        });
        let inside = view! {
            <p>"The time becomes free for others, and the client is told."</p>
            <PostForm post=form.post class="stack">
                {about}
                {refund}
                <button type="submit" class="btn btn-danger" name="step" value=Step::Cancel.as_str()>"Yes, cancel it"</button>
            </PostForm>
        };
        confirmed_by("Cancel appointment", form.state, inside.into_any())
    });
    view! { <div class="row">{no_show}{stands}{cancel}</div> }.into_any()
}

fn to_another(org: &str, page: &AppointmentPage, form: Form) -> AnyView {
    let state = form.state;
    let refused = state.message().get_untracked();
    let against = refused.as_ref().is_some_and(at_desk::is_against_rules) || state.value("anyway").is_some();
    let anyway = against.then(|| {
        view! { <Checkbox form=state name="anyway" label="Move it all the same" hint="Against your own hours, notice or limits. It never takes a time that somebody else has."/> }
    });
    let card = &page.card;
    let with = card.with.first().cloned().unwrap_or_default();
    let (date, at, length, people) = (card.date.clone(), page.at.clone(), page.length.clone(), page.people.clone());
    let hint = format!("Like 9:15 or 5:30 pm, {}.", page.clock);
    let about = about(org, page, form);
    view! {
        <section class="card stack" aria-labelledby="move">
            <h2 id="move">"Move it"</h2>
            <PostForm post=form.post class="stack">
                {super::sections::first_button("Move it")}
                <FormMessage form=state/>
                {about}
                <div class="fields-row">
                    <DateField form=state name="date" label="Day" value=date/>
                    <Field form=state name="at" label="Time" hint=hint autocomplete="off" maxlength=20 value=at/>
                </div>
                <div class="fields-row">
                    <Select form=state name="with" label="With" options=people value=with/>
                    <Field form=state name="minutes" label="How long it takes" autocomplete="off" maxlength=20 value=length/>
                </div>
                {anyway}
                <p class="soft">"The client gets an email about it."</p>
                <div class="form-actions"><SubmitButton form=state label="Move it" busy="Moving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn letters(org: &str, page: &AppointmentPage, form: Form) -> AnyView {
    let Messages { written, later, again } = &page.letters;
    let lines = written
        .iter()
        .map(|letter| {
            let by_hand = if letter.by_hand { " (again)" } else { "" };
            let tone = match letter.state.as_str() {
                "delivered" | "sent" => Tone::Success,
                "bounced" | "complained" | "given_up" => Tone::Warning,
                _ => Tone::Neutral,
            };
            view! {
                <li class="line"><div class="line-text">
                    <p class="line-title">{format!("{}{by_hand}", letter.label)}</p>
                    <p><Badge tone=tone label=letter.words.clone()/></p>
                </div></li>
            }
        })
        .collect_view();
    let to_come = later.iter().filter(|one| one.outcome.is_empty()).count();
    let to_come = match to_come {
        0 => None,
        1 => Some("One more goes out by itself.".to_owned()),
        more => Some(format!("{more} more go out by themselves.")),
    };
    let to_come = to_come.map(|words| view! { <p class="soft">{words}</p> });
    let none = written.is_empty().then(|| {
        let words =
            if page.card.client_email.is_empty() { "They left no email address." } else { "No emails about it yet." };
        view! { <p class="soft">{words}</p> }
    });
    let again = (page.may_change && !again.is_empty()).then(|| {
        let options = again.iter().map(|kind: &LetterKind| (kind.as_str().to_owned(), kind.label().to_owned())).collect();
        let (org, id) = (org.to_owned(), page.card.id.clone());
        view! {
            <PostForm post=form.post class="stack">
                <FormMessage form=form.state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <Select form=form.state name="kind" label="Send again" options=options/>
                <div class="form-actions"><SubmitButton form=form.state label="Send it" busy="Sending…" kind=Kind::Quiet/></div>
            </PostForm>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="letters">
            <h2 id="letters">"Emails about it"</h2>
            {none}
            <ul class="lines">{lines}</ul>
            {to_come}
            {again}
        </section>
    }
    .into_any()
}
