//! `/app/{org}/calendar/clients/{id}`: somebody, what they had, and what is noted about them. The server writes it alone.

use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use super::{
    clients::{Fields, at_time, fields, on},
    given,
    sections::Form,
};
pub use crate::ui::{confirmed_by, folded_by};
use crate::{
    clock::Instant,
    modules::calendar::{
        clients_api::{DeleteClient, GiveConsent, SaveClient, WithdrawConsent},
        directory::{self, Had, Known, Shown},
        format,
        paying::packages::Balance,
        setup_api::EndPackage,
        wire::{Status, UNPAID, WAITS},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, DoneNotice, Empty, Field, FormMessage, FormState, Icon, Kind, LinkButton, PageHeader,
        PageTitle, Post, PostForm, SubmitButton, Tone, org_of_address, with_query,
    },
};

struct Forms {
    save: Form,
    give: Form,
    withdraw: Form,
    delete: Form,
    end: Form,
}

const DONE: &[(&str, &str)] = &[
    ("added", "Added."),
    ("saved", "Saved."),
    ("consent", "Noted."),
    ("merged", "Merged. Everything they had is here."),
    ("ended", "Ended. Its code doesn’t work any more."),
];

/// Somebody’s page, in the dashboard’s frame.
#[component]
pub fn ClientRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        save: Form::of(Post::to::<SaveClient>()),
        give: Form::of(Post::to::<GiveConsent>()),
        withdraw: Form::of(Post::to::<WithdrawConsent>()),
        delete: Form::of(Post::to::<DeleteClient>()),
        end: Form::of(Post::to::<EndPackage>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let shown = directory::show(&platform, &actor, &slug, directory::client_id(&id)?).await?;
        Ok((slug, shown))
    };
    let body = written(read, move |(slug, shown)| show(&slug, shown, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

/// What each form about somebody sends along.
pub fn about(org: &str, client: &Known, form: FormState) -> AnyView {
    let (org, id) = (org.to_owned(), client.id.to_string());
    view! {
        <input type="hidden" name="org" value=org/>
        <input type="hidden" name="id" value=id/>
        <input type="hidden" name="version" value=form.version(client.version)/>
    }
    .into_any()
}

fn show(org: &str, shown: Shown, forms: &Forms) -> AnyView {
    let Shown { client, had, more, counts, spent, balances, now, tz, may_change } = shown;
    let list = format!("/app/{org}/calendar/clients");
    let book = with_query(&format!("/app/{org}/calendar/book"), &[("client", &client.id.to_string())]);
    let spent: Vec<String> =
        spent.iter().filter(|(_, cents)| *cents > 0).map(|(currency, cents)| format::price(*cents, currency)).collect();
    let spent = if spent.is_empty() { "–".to_owned() } else { spent.join(", ") };
    let facts = [
        ("Visits", counts.visits.to_string()),
        ("To come", counts.upcoming.to_string()),
        ("No-shows", counts.no_shows.to_string()),
        ("Cancelled late", counts.late.to_string()),
        ("Spent", spent),
        ("Known since", on(client.created_at, &tz)),
    ]
    .map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
    .collect_view();
    // A page that comes back has the address that it had before, and what that said is no news any more.
    let refused = [forms.save, forms.give, forms.withdraw, forms.delete, forms.end]
        .iter()
        .any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let actions = may_change.then(|| view! { <LinkButton href=book external=true>"Book for them"</LinkButton> });
    let details = if may_change { edit(org, &client, forms.save) } else { look(&client) };
    let ends = ends(org, &client, may_change, counts.all_of_them == 0, forms.delete);
    let consent = consent(org, &client, may_change, &tz, forms);
    view! {
        <PageTitle text=format!("{} · Clients", client.name)/>
        <a class="back" href=list><Icon name="back"/>"Clients"</a>
        <PageHeader title=client.name>{actions}</PageHeader>
        {done}
        <section class="card stack" aria-labelledby="sums">
            <h2 id="sums">"At a glance"</h2>
            <dl class="sums">{facts}</dl>
        </section>
        {packages(org, balances, forms.end)}
        {details}
        {consent}
        {history(org, had, more, now, &tz)}
        {ends}
    }
    .into_any()
}

/// What they bought, and what is left of it.
fn packages(org: &str, balances: Vec<Balance>, form: Form) -> Option<AnyView> {
    if balances.is_empty() {
        return None;
    }
    let lines = balances
        .into_iter()
        .map(|balance| {
            let code =
                (!balance.code.is_empty()).then(|| view! { <p class="soft">{format!("Code: {}", balance.code)}</p> });
            let end = (!balance.ends.is_empty()).then(|| end(org, balance.ends, form));
            view! { <li class="line"><div class="line-text"><p class="line-title">{balance.words}</p>{code}{end}</div></li> }
        })
        .collect_view();
    let card = view! {
        <section class="card stack" aria-labelledby="packages">
            <h2 id="packages">"Packages"</h2>
            <FormMessage form=form.state/>
            <ul class="lines">{lines}</ul>
        </section>
    };
    Some(card.into_any())
}

/// What was sold at the counter by mistake is ended.
fn end(org: &str, id: String, Form { post, state }: Form) -> AnyView {
    let org = org.to_owned();
    let inside = view! {
        <p>"Its code stops working. What is booked with it stays booked. If they paid for it, you give the money back yourself."</p>
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <SubmitButton form=state label="End it" busy="Ending…" kind=Kind::Danger/>
        </PostForm>
    };
    confirmed_by("End this package", state, inside.into_any())
}

fn edit(org: &str, client: &Known, form: Form) -> AnyView {
    let before = Fields {
        name: client.name.clone(),
        email: client.email.clone(),
        phone: client.phone.clone(),
        notes: client.notes.clone(),
        tags: client.tags.join(", "),
    };
    let about = about(org, client, form.state);
    view! {
        <section class="card stack" aria-labelledby="details">
            <h2 id="details">"Details"</h2>
            <PostForm post=form.post class="stack">
                <FormMessage form=form.state/>
                {about}
                {fields(form, before)}
                <div class="form-actions"><SubmitButton form=form.state label="Save" busy="Saving…" kind=Kind::Primary/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn look(client: &Known) -> AnyView {
    let facts = [
        ("Email", client.email.clone()),
        ("Phone", client.phone.clone()),
        ("Tags", client.tags.join(", ")),
        ("Notes", client.notes.clone()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(label, value)| view! { <div><dt>{label}</dt><dd class="as-written">{value}</dd></div> })
    .collect_view();
    view! {
        <section class="card stack" aria-labelledby="details">
            <h2 id="details">"Details"</h2>
            <dl class="facts facts-wide">{facts}</dl>
        </section>
    }
    .into_any()
}

fn consent(org: &str, client: &Known, may_change: bool, tz: &TimeZone, forms: &Forms) -> AnyView {
    let how = if client.marketing_how.is_empty() { String::new() } else { format!(" ({})", client.marketing_how) };
    let words = match (client.marketing_at, client.marketing_ended_at) {
        (Some(at), _) => format!("They said yes to news and offers on {}{how}.", on(at, tz)),
        (None, Some(at)) => format!("They said no to news and offers on {}{how}.", on(at, tz)),
        (None, None) => {
            "They haven’t said yes to news and offers. Emails about their bookings go out all the same.".to_owned()
        }
    };
    let (given, withdrawn) = (client.marketing_at.is_some(), client.marketing_ended_at.is_some());
    // Both may be on the page, and a field’s name is its id.
    let form = |form: Form, name: &'static str, label: &'static str| {
        let about = about(org, client, form.state);
        view! {
            <PostForm post=form.post class="stack">
                <FormMessage form=form.state/>
                {about}
                <Field form=form.state name=name label="How did they say so?" hint="Like “On the phone on 3 March”." autocomplete="off" maxlength=300/>
                <div class="form-actions"><SubmitButton form=form.state label=label busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        }
        .into_any()
    };
    let give = (may_change && !given)
        .then(|| folded_by("They said yes", forms.give.state, form(forms.give, "how", "Note their yes")));
    let withdraw = (may_change && (given || !withdrawn))
        .then(|| folded_by("They said no", forms.withdraw.state, form(forms.withdraw, "said", "Note their no")));
    view! {
        <section class="card stack" aria-labelledby="consent">
            <h2 id="consent">"News and offers"</h2>
            <p>{words}</p>
            <div class="row">{give}{withdraw}</div>
        </section>
    }
    .into_any()
}

fn history(org: &str, had: Vec<Had>, more: bool, now: Instant, tz: &TimeZone) -> AnyView {
    let body = if had.is_empty() {
        view! { <Empty title="No appointments"><p>"They haven’t booked anything yet."</p></Empty> }.into_any()
    } else {
        let lines = had.into_iter().map(|one| appointment(org, one, now, tz)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let more = more
        .then(|| view! { <p class="soft">"These are the latest. Download everything about them to see the rest."</p> });
    view! {
        <section class="card stack" aria-labelledby="history">
            <h2 id="history">"Appointments"</h2>
            {body}
            {more}
        </section>
    }
    .into_any()
}

fn appointment(org: &str, had: Had, now: Instant, tz: &TimeZone) -> AnyView {
    let Had { appointment, notes, place, answers } = had;
    let there = appointment.starts_at.timestamp().to_zoned(tz.clone());
    let href = with_query(
        &format!("/app/{org}/calendar"),
        &[("date", &there.date().to_string()), ("view", "day"), ("open", &appointment.id.to_string())],
    );
    let state = match appointment.status() {
        Status::Cancelled if appointment.ending == "client_late" => Some((Tone::Warning, "Cancelled late")),
        Status::Cancelled => Some((Tone::Neutral, "Cancelled")),
        Status::NoShow => Some((Tone::Warning, "No-show")),
        Status::Booked if appointment.unpaid_until.is_some() => Some((Tone::Info, UNPAID)),
        Status::Booked if appointment.unconfirmed_until.is_some() => Some((Tone::Info, WAITS)),
        Status::Booked if appointment.starts_at > now => Some((Tone::Success, "To come")),
        Status::Booked => None,
    };
    let state = state.map(|(tone, label)| view! { <Badge tone=tone label=label/> });
    let price = format::price(appointment.price_cents, &appointment.currency);
    let what = format!("{} with {} · {price}", appointment.service_name, appointment.staff_name);
    let said = [("They said", notes), ("At", place)]
        .into_iter()
        .chain(answers.iter().map(|answer| (answer.question.as_str(), answer.answer.join(", "))))
        .filter(|(_, text)| !text.is_empty())
        .map(|(label, text)| view! { <p class="soft as-written">{format!("{label}: {text}")}</p> })
        .collect_view();
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><a href=href rel="external">{at_time(appointment.starts_at, tz)}</a> " " {state}</p>
                <p class="soft">{what}</p>
                {said}
            </div>
        </li>
    }
    .into_any()
}

fn ends(org: &str, client: &Known, may_change: bool, never_booked: bool, delete: Form) -> AnyView {
    let page = format!("/app/{org}/calendar/clients/{}", client.id);
    let delete = (may_change && never_booked).then(|| {
        let about = about(org, client, delete.state);
        let inside = view! {
            <p>"They never booked, so nothing about them has to be kept. This can’t be undone."</p>
            <PostForm post=delete.post class="stack">
                <FormMessage form=delete.state/>
                {about}
                <div class="form-actions"><SubmitButton form=delete.state label="Yes, delete them" busy="Deleting…" kind=Kind::Danger/></div>
            </PostForm>
        };
        confirmed_by("Delete this client", delete.state, inside.into_any())
    });
    let erase = may_change.then(|| {
        view! { <a class="btn btn-danger-outline" href=format!("{page}/erase")>"Erase them"</a> }
    });
    view! {
        <section class="card stack" aria-labelledby="ends">
            <h2 id="ends">"Their personal information"</h2>
            <p>"A client may ask for a copy of everything you hold about them, or to be forgotten."</p>
            <div class="row">
                <LinkButton href=format!("{page}/everything.zip") kind=Kind::Quiet external=true>"Download everything about them"</LinkButton>
                {erase}
                {delete}
            </div>
        </section>
    }
    .into_any()
}
