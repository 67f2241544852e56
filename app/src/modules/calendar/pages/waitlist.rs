//! `/b/{org}/{service}/waitlist`, `/waitlist/{token}` and `/app/{org}/calendar/waitlist`: joining, one’s own place, and who waits. The
//! server writes them alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map, use_url};

use super::{
    client::confirmed_by,
    clients::{at_time, on},
    given,
    sections::Form,
    service::ask,
    when_words,
};
use crate::{
    modules::calendar::{
        asked::Query,
        format, public_words as words, views,
        waitlist::{self, DAY_PARTS, Listed, Person, Standing, WEEKDAYS},
        waitlist_api::{DeclineOffer, JoinWaitlist, LeaveWaitlist, RemoveFromWaitlist, TakeOffer},
        waitlist_views::{self, JoinPage, OfferView, OwnPage},
    },
    money,
    pages::plain::{written, written_in_public},
    request,
    ui::{
        Badge, Checkboxes, Choice, DashboardShell, DateField, DoneNotice, Empty, Field, FormMessage, Icon, Kind,
        LinkButton, PageHeader, PageTitle, Post, PostForm, PublicFrame, SubmitButton, org_of_address,
    },
};

const LET_GO: &[(&str, &str)] = &[("declined", words::LET_GO)];
const DONE: &[(&str, &str)] = &[
    ("removed", "They aren’t on the waitlist any more."),
    ("offered", "Offered. We have written to them, and the time is theirs alone for 15 minutes."),
];

/// The form to join.
#[component]
pub fn JoinWaitlistRoute() -> AnyView {
    let (params, query, url) = (use_params_map(), use_query_map(), use_url());
    let [org, service] = [given(&params, "org"), given(&params, "service")].map(Option::unwrap_or_default);
    let joined = given(&query, "joined").is_some();
    let asked = Query::read(&url.with_untracked(|url| url.search().to_owned()));
    let form = Form::of(Post::to::<JoinWaitlist>());
    let (platform, actor) = (request::platform(), request::actor());
    let read = async move || {
        let zone = views::zone_of_browser().await?;
        waitlist_views::join_page(&platform, &actor, &org, &service, &asked, zone).await
    };
    let show = move |page: JoinPage| if joined { on_the_list(page) } else { join(page, form) };
    view! {
        <Meta name="robots" content="noindex"/>
        {written_in_public(read, show)}
    }
    .into_any()
}

fn join(page: JoinPage, form: Form) -> AnyView {
    let JoinPage { business, service, facts, hidden, needs_phone, first, last, zone_label, back } = page;
    let Form { post, state } = form;
    let all = |all: &[(&str, &str)]| {
        let choice = |(value, label): &(&str, &str)| Choice {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
            chosen: false,
        };
        all.iter().map(choice).collect::<Vec<_>>()
    };
    let facts = (!facts.is_empty()).then(|| facts_list(facts));
    let hidden =
        hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    let privacy = words::kept_for_waiting(&business.name);
    let phone_hint = if needs_phone { words::WE_CALL_YOU } else { "" };
    let ((min, from), (max, until)) = (first, last);
    let (min_until, max_from) = (min.clone(), max.clone());
    let home = format!("/b/{}", business.slug);
    view! {
        <PageTitle text=words::waitlist_of(&service.name, &business.name)/>
        <PublicFrame name=business.name.clone() href=home look=business.look.clone()>
            <div class="service-head">
                <a class="back" href=back><Icon name="back"/>{words::THE_TIMES_ON_OFFER}</a>
                <h1>{words::JOIN_THE_WAITLIST}</h1>
                <p class="service-facts"><span>{service.name.clone()}</span><span>{service.duration_label.clone()}</span></p>
                <p>{words::WHEN_WOULD_IT_SUIT}</p>
            </div>
            <PostForm post=post class="stack card">
                <FormMessage form=state/>
                {hidden}
                <p hidden>
                    <label for="website">{words::LEAVE_THIS_EMPTY}</label>
                    <input id="website" name="website" autocomplete="off" tabindex="-1"/>
                </p>
                {facts}
                <div class="fields-row">
                    <DateField form=state name="from" label=words::FIRST_DAY min=min max=max_from value=from/>
                    <DateField form=state name="until" label=words::LAST_DAY min=min_until max=max value=until/>
                </div>
                <Checkboxes form=state name="weekdays" legend=words::ONLY_ON hint=words::ANY_DAY options=all(&WEEKDAYS)/>
                <Checkboxes form=state name="day_parts" legend=words::ONLY_IN_THE hint=words::any_time(&zone_label) options=all(&DAY_PARTS)/>
                <Field form=state name="name" label=words::NAME autocomplete="name" maxlength=200/>
                <Field form=state name="email" label=words::EMAIL type_="email" autocomplete="email" inputmode="email" maxlength=254/>
                <Field form=state name="phone" label=words::PHONE hint=phone_hint type_="tel" autocomplete="tel" inputmode="tel" optional=!needs_phone maxlength=40/>
                <p class="privacy"><Icon name="lock"/><span>{privacy}</span></p>
                <SubmitButton form=state label=words::JOIN_THE_WAITLIST busy=words::JOINING/>
            </PostForm>
        </PublicFrame>
    }
    .into_any()
}

/// The same for everybody, whether they were on the list already or not.
fn on_the_list(page: JoinPage) -> AnyView {
    let JoinPage { business, service, back, .. } = page;
    let home = format!("/b/{}", business.slug);
    view! {
        <PageTitle text=words::waitlist_of(&service.name, &business.name)/>
        <PublicFrame name=business.name.clone() href=home look=business.look.clone()>
            <article class="ticket is-good">
                <header class="ticket-head">
                    <span class="ticket-mark"><Icon name="check"/></span>
                    <h1>{words::YOU_ARE_ON_THE_WAITLIST}</h1>
                    <p>{words::we_have_written(&business.name)}</p>
                </header>
                <p class="soft">{words::ALREADY_THERE}</p>
            </article>
            <div class="ticket-actions"><LinkButton href=back kind=Kind::Quiet external=true>{words::THE_TIMES_ON_OFFER}</LinkButton></div>
        </PublicFrame>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct OwnForms {
    take: Form,
    decline: Form,
    leave: Form,
}

/// Somebody’s own place.
#[component]
pub fn OwnWaitlistRoute() -> AnyView {
    let params = use_params_map();
    let token = given(&params, "token").unwrap_or_default();
    let forms = OwnForms {
        take: Form::of(Post::to::<TakeOffer>()),
        decline: Form::of(Post::to::<DeclineOffer>()),
        leave: Form::of(Post::to::<LeaveWaitlist>()),
    };
    let platform = request::platform();
    let read = async move || waitlist_views::own_page(&platform, &token).await;
    view! {
        // The address is the key to the place: it must not be indexed, nor sent on to other sites.
        <Meta name="robots" content="noindex"/>
        <Meta name="referrer" content="same-origin"/>
        {written_in_public(read, move |page| own(page, &forms))}
    }
    .into_any()
}

fn own(page: OwnPage, forms: &OwnForms) -> AnyView {
    let OwnPage { business, heading, words, facts, waits, offer, onward, pays, token } = page;
    let OwnForms { take, decline, leave } = *forms;
    let home = format!("/b/{}", business.slug);
    let mark = if offer.is_some() {
        "is-good"
    } else if waits || pays {
        "is-waiting"
    } else {
        "is-off"
    };
    let title = format!("{heading} · {}", business.name);
    let offer = offer.map(|offer| offered(offer, token.clone(), forms));
    let kind = if pays { Kind::Primary } else { Kind::Quiet };
    let onward = onward.map(|(label, href)| {
        view! { <LinkButton href=href kind=kind external=true>{label}</LinkButton> }
    });
    let leaving = waits.then(|| {
        let inside = view! {
            <p>{words::REALLY_LEAVE}</p>
            <PostForm post=leave.post>
                <input type="hidden" name="token" value=token/>
                <SubmitButton form=leave.state label=words::YES_LEAVE_IT busy=words::LEAVING kind=Kind::Danger/>
            </PostForm>
        };
        confirmed_by(words::LEAVE_THE_WAITLIST, leave.state, inside.into_any())
    });
    view! {
        <PageTitle text=title/>
        <PublicFrame name=business.name.clone() href=home look=business.look.clone()>
            <DoneNotice words=LET_GO/>
            <FormMessage form=take.state/>
            <FormMessage form=decline.state/>
            <FormMessage form=leave.state/>
            <article class=format!("ticket {mark}")>
                <header class="ticket-head">
                    <h1>{heading}</h1>
                    <p>{words}</p>
                </header>
                {facts_list(facts)}
            </article>
            {offer}
            <div class="ticket-actions">{onward}{leaving}</div>
        </PublicFrame>
    }
    .into_any()
}

/// The time that is theirs, with what the service asks: mostly one button, and one to let it go.
fn offered(offer: OfferView, token: String, forms: &OwnForms) -> AnyView {
    let OfferView { when, zone_label, business_when, held, pays, asks, is_request } = offer;
    let (label, busy) =
        if is_request { (words::ASK_FOR_THIS_TIME, words::SENDING) } else { (words::BOOK_THIS_TIME, words::BOOKING) };
    let OwnForms { take, decline, .. } = *forms;
    let asks = asks.into_iter().map(|one| ask(one, take.state)).collect_view();
    let theirs = token.clone();
    view! {
        <section class="chosen" id="chosen" aria-labelledby="chosen-title">
            <div class="chosen-when">
                <h2 id="chosen-title">{when_words(&when)}</h2>
                <p>{zone_label}</p>
                {business_when.map(|when| view! { <p>{when}</p> })}
                {(!pays.is_empty()).then(|| facts_list(pays))}
                <p class="held"><Icon name="clock"/>{held}</p>
            </div>
            <div class="card stack">
                <PostForm post=take.post class="stack">
                    <input type="hidden" name="token" value=token/>
                    {asks}
                    <SubmitButton form=take.state label=label busy=busy/>
                </PostForm>
                <PostForm post=decline.post>
                    <input type="hidden" name="token" value=theirs/>
                    <SubmitButton form=decline.state label=words::LET_IT_GO busy=words::LETTING_GO kind=Kind::Quiet/>
                </PostForm>
            </div>
        </section>
    }
    .into_any()
}

/// Who waits, in the dashboard’s frame.
#[component]
pub fn WaitlistRoute() -> AnyView {
    let org = org_of_address();
    let form = Form::of(Post::to::<RemoveFromWaitlist>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let listed = waitlist::list(&platform, &actor, &slug).await?;
        Ok((slug, listed))
    };
    let body = written(read, move |(slug, listed)| show(&slug, listed, form));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, listed: Listed, form: Form) -> AnyView {
    let diary = format!("/app/{org}/calendar");
    let about = match listed.count {
        0 => "Clients who found no time that suits, and are offered what comes free.".to_owned(),
        count => format!(
            "{}, the first in line first. What comes free is offered by itself.",
            money::counted(count, "client waits", "clients wait")
        ),
    };
    let body = if listed.waiting.is_empty() {
        let services = format!("/app/{org}/calendar/services");
        view! {
            <Empty title="Nobody waits" icon="clock">
                <p>"Clients can join the waitlist of each service that has one: switch it on under “Rules” of the service."</p>
                <p><a href=services>"Services"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = listed.waiting.iter().map(|person| line(org, person, &listed, form)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let waited = (!listed.waited.is_empty()).then(|| {
        let lines = listed.waited.iter().map(|person| line(org, person, &listed, form)).collect_view();
        view! {
            <section class="stack" aria-labelledby="waited">
                <h2 id="waited">"No longer waiting"</h2>
                <p class="soft">"Deleted 30 days after they stopped."</p>
                <ul class="lines">{lines}</ul>
            </section>
        }
    });
    view! {
        <PageTitle text="Waitlist · Calendar"/>
        <a class="back" href=diary rel="external"><Icon name="back"/>"Calendar"</a>
        <PageHeader title="Waitlist" about=about/>
        <DoneNotice words=DONE/>
        <FormMessage form=form.state/>
        {body}
        {waited}
    }
    .into_any()
}

fn line(org: &str, person: &Person, listed: &Listed, form: Form) -> AnyView {
    let row = &person.row;
    let service = listed.services.iter().find(|(id, _)| *id == row.service_id);
    let service = service.map_or_else(String::new, |(_, name)| name.clone());
    let reached: Vec<String> =
        [person.email.clone(), person.phone.clone()].into_iter().filter(|text| !text.is_empty()).collect();
    let day = |text: &str| text.parse().map_or_else(|_| text.to_owned(), format::short_day);
    let days = if row.from_date == row.until_date {
        day(&row.from_date)
    } else {
        format!("{} – {}", day(&row.from_date), day(&row.until_date))
    };
    let when: Vec<String> = [days, row.in_words()].into_iter().filter(|text| !text.is_empty()).collect();
    let standing = row.standing(listed.now);
    let (label, said) = match standing {
        Standing::Offered(offer) => (
            "Offered",
            format!(
                "{}, theirs until {}",
                at_time(offer.starts_at, &listed.tz),
                format::time(offer.expires_at.timestamp().to_zoned(listed.tz.clone()).time())
            ),
        ),
        Standing::Waits if row.offers > 0 => {
            ("Waiting", format!("Let go of {}", money::counted(row.offers, "offer", "offers")))
        }
        Standing::Waits => ("Waiting", String::new()),
        Standing::Booked(_) => ("Booked", String::new()),
        Standing::Left => ("Left", String::new()),
        Standing::Removed => ("Removed", String::new()),
        Standing::Lapsed => ("Days over", String::new()),
    };
    let since = format!("Since {}", on(row.joined_at, &listed.tz));
    let waits = matches!(standing, Standing::Waits | Standing::Offered(_));
    let booked = match standing {
        Standing::Booked(id) => {
            Some(view! { <p><a href=format!("/app/{org}/calendar/appointments/{id}")>"The appointment"</a></p> })
        }
        _ => None,
    };
    let remove = (waits && listed.may_change).then(|| {
        let (org, id) = (org.to_owned(), row.id.to_string());
        let inside = view! {
            <p>"They aren’t told of it."</p>
            <PostForm post=form.post>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=form.state label="Yes, remove" busy="Removing…" kind=Kind::Danger/>
            </PostForm>
        };
        view! {
            <details class="confirm">
                <summary class="btn btn-quiet">"Remove "<span class="sr-only">{person.name.clone()}</span></summary>
                <div class="confirm-panel stack">{inside}</div>
            </details>
        }
    });
    let offer = (standing == Standing::Waits && listed.may_change).then(|| {
        let href = format!("/app/{org}/calendar/waitlist/{}", row.id);
        view! { <a class="btn btn-quiet" href=href>"Offer a time "<span class="sr-only">{format!("to {}", person.name)}</span></a> }
    });
    let said = (!said.is_empty()).then(|| view! { <p>{said}</p> });
    view! {
        <li class="line" data-waiting=row.id.to_string()>
            <div class="line-text">
                <p class="line-title">{person.name.clone()}" "<Badge label=label/></p>
                <p>{service}": "{when.join(", ")}</p>
                {said}
                {booked}
                <p class="soft">{reached.join(" · ")}</p>
                <p class="soft">{since}</p>
            </div>
            {offer}
            {remove}
        </li>
    }
    .into_any()
}

fn facts_list(facts: Vec<(String, String)>) -> AnyView {
    let facts = facts.into_iter().map(|(term, words)| view! { <div><dt>{term}</dt><dd>{words}</dd></div> });
    view! { <dl class="facts">{facts.collect_view()}</dl> }.into_any()
}
