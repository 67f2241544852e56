//! `/app/{org}/calendar/book`: the business books for a client, on the phone or at the counter. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use crate::{
    modules::calendar::{
        at_desk::{self, DeskPage, DeskQuery},
        setup_api::BookForClient,
    },
    pages::plain::written,
    request,
    ui::{
        Checkbox, DashboardShell, Field, FormMessage, FormState, Icon, Kind, LinkButton, Notice, PageHeader, PageTitle,
        Post, PostForm, Select, SubmitButton, TextArea, Tone, org_of_address, with_query,
    },
};

/// The page, in the dashboard's frame.
#[component]
pub fn DeskRoute() -> AnyView {
    let org = org_of_address();
    let query = use_query_map();
    let part = move |name: &str| query.with_untracked(|query| query.get(name)).unwrap_or_default();
    let query = DeskQuery {
        service: part("service"),
        date: part("date"),
        with: part("with"),
        length: part("length"),
        at: part("at"),
        client: part("client"),
    };
    let post = Post::to::<BookForClient>();
    let state = FormState::of_post(post);
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = at_desk::page(&platform, &actor, &slug, &query).await?;
        Ok((slug, page))
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <PageTitle text="Book for a client · Calendar"/>
        <DashboardShell org=org>
            <div class="settings is-wide">{written(read, move |(org, page)| show(&org, page, post, state))}</div>
        </DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: DeskPage, post: Post, state: FormState) -> AnyView {
    let diary = with_query(&format!("/app/{org}/calendar"), &[("date", &page.date), ("view", "day")]);
    let words = page.notice.clone();
    let notice = (!words.is_empty()).then(|| view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> });
    view! {
        <a class="back" href=diary.clone() rel="external"><Icon name="back"/>"Calendar"</a>
        <PageHeader title="Book for a client"/>
        {notice}
        {what(org, &page)}
        {form(org, page, post, state, diary)}
    }
    .into_any()
}

/// What is wanted and on which day: what it leads to is the same page with its times.
fn what(org: &str, page: &DeskPage) -> AnyView {
    let here = format!("/app/{org}/calendar/book");
    let choose = |id: &'static str, label: &'static str, all: Vec<(String, String)>, chosen: &str| {
        let options = all.into_iter().map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        });
        view! {
            <div class="field">
                <label for=format!("desk-{id}")>{label}</label>
                <select class="input" id=format!("desk-{id}") name=id>{options.collect_view()}</select>
            </div>
        }
        .into_any()
    };
    let anybody = std::iter::once((String::new(), "Whoever is free".to_owned())).chain(page.people.clone()).collect();
    let lengths = (!page.lengths.is_empty()).then(|| choose("length", "Length", page.lengths.clone(), &page.length));
    let client = page.client.as_ref().map(|client| {
        let id = client.id.to_string();
        view! { <input type="hidden" name="client" value=id/> }
    });
    view! {
        <form class="card stack" action=here method="get">
            {client}
            <div class="fields-row">
                {choose("service", "Service", page.services.clone(), &page.service)}
                {lengths}
                {choose("with", "With", anybody, &page.with)}
                <div class="field">
                    <label for="desk-date">"Day"</label>
                    <input class="input" id="desk-date" name="date" type="date" value=page.date.clone()/>
                </div>
            </div>
            <div class="form-actions"><button type="submit" class="btn btn-quiet">"Show times"</button></div>
        </form>
    }
    .into_any()
}

fn form(org: &str, page: DeskPage, post: Post, state: FormState, diary: String) -> AnyView {
    let refused = state.message().get_untracked();
    let against = refused.as_ref().is_some_and(at_desk::is_against_rules);
    let typed = state.value("anyway").is_some();
    let anyway = (against || typed).then(|| {
        view! { <Checkbox form=state name="anyway" label="Book it all the same" hint="Against your own hours, notice or limits. It never takes a time that somebody else has."/> }
    });
    let times = times(org, &page, state);
    let (name, phone, email) =
        page.client.clone().map(|client| (client.name, client.phone, client.email)).unwrap_or_default();
    let places = (!page.places.is_empty()).then(|| {
        view! { <Select form=state name="location" label="Where" options=page.places.clone()/> }
    });
    let place = page.at_client.then(|| {
        view! { <Field form=state name="place" label="The client’s address" autocomplete="off" optional=true maxlength=500/> }
    });
    let org = org.to_owned();
    view! {
        <PostForm post=post class="card stack">
            {super::sections::first_button("Book it")}
            <h2>{page.day.clone()}</h2>
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="service" value=page.service/>
            <input type="hidden" name="length" value=page.length/>
            <input type="hidden" name="with" value=page.with/>
            <input type="hidden" name="date" value=page.date/>
            <input type="hidden" name="key" value=state.value("key").unwrap_or(page.key)/>
            {times}
            <Field form=state name="at" label="Another time" hint=format!("Like 9:15 or 5:30 pm, {}. It is taken instead of the one chosen above.", page.clock) autocomplete="off" optional=true maxlength=20 value=page.at/>
            {anyway}
            {places}
            {place}
            <Field form=state name="name" label="Client’s name" autocomplete="off" value=name/>
            <div class="fields-row">
                <Field form=state name="phone" label="Phone" type_="tel" inputmode="tel" autocomplete="off" optional=true maxlength=40 value=phone/>
                <Field form=state name="email" label="Email" type_="email" inputmode="email" autocomplete="off" optional=true maxlength=254 value=email hint="So that we can email them about it."/>
            </div>
            <TextArea form=state name="notes" label="Notes" optional=true/>
            <div class="form-actions">
                <SubmitButton form=state label="Book it" busy="Booking…"/>
                <button type="submit" class="btn btn-quiet" name="walk_in" value="true">"They are here now"</button>
                <LinkButton href=diary kind=Kind::Quiet external=true>"Cancel"</LinkButton>
            </div>
        </PostForm>
    }
    .into_any()
}

fn times(org: &str, page: &DeskPage, state: FormState) -> AnyView {
    let client = page.client.as_ref().map(|client| client.id.to_string()).unwrap_or_default();
    let to = |date: &str| {
        let here = format!("/app/{org}/calendar/book");
        let with = &page.with;
        with_query(
            &here,
            &[
                ("service", &page.service),
                ("length", &page.length),
                ("with", with),
                ("date", date),
                ("client", &client),
            ],
        )
    };
    let earlier =
        (!page.earlier.is_empty()).then(|| view! { <a href=to(&page.earlier) rel="external">"Earlier day"</a> });
    let days = view! { <p class="row">{earlier}<a href=to(&page.later) rel="external">"Later day"</a></p> };
    let error = state.error("start").get_untracked();
    let describe = error.is_some().then_some("field-start-error");
    let wrong = error.map(|message| view! { <p class="field-error" id="field-start-error">{message}</p> });
    let chosen = state.value("start").unwrap_or_default();
    if page.times.is_empty() {
        let next = page.next.as_ref().map(|(date, day)| {
            view! { " The next free day is "<a href=to(date) rel="external">{day.clone()}</a>"." }
        });
        return view! {
            <p>"Nothing is free on this day."{next}</p>
            {days}
            {wrong}
        }
        .into_any();
    }
    let all = page.times.iter().map(|(value, label)| {
        let checked = *value == chosen;
        view! {
            <label class="time-choice"><input type="radio" name="start" value=value.clone() checked=checked/><span>{label.clone()}</span></label>
        }
    });
    view! {
        <fieldset class="field" id="field-start" tabindex="-1" aria-describedby=describe>
            <legend>"Time"</legend>
            <div class="time-choices">{all.collect_view()}</div>
            {wrong}
        </fieldset>
        {days}
    }
    .into_any()
}
