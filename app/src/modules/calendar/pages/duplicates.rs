//! `/app/{org}/calendar/clients/duplicates` and `…/merge`: people who are on the list more than once. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{clients::on, sections::Form};
use crate::{
    modules::calendar::{
        clients_api::MergeClients,
        directory,
        merging::{self, Duplicates, Group, Merged, Person},
    },
    money,
    pages::plain::written,
    request,
    ui::{
        Badge, Empty, FormMessage, Kind, LinkButton, Notice, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton,
        Tone, org_of_address,
    },
};

/// Who shares an email or a phone, in the dashboard’s frame.
#[component]
pub fn DuplicatesRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let found = merging::duplicates(&platform, &actor, &slug).await?;
        Ok((slug, found))
    };
    view! { <SettingsFrame org=org>{written(read, |(slug, found)| show(&slug, found))}</SettingsFrame> }.into_any()
}

/// What those who were chosen would be as one, in the dashboard’s frame.
#[component]
pub fn MergeRoute() -> AnyView {
    let org = org_of_address();
    let form = Form::of(Post::to::<MergeClients>());
    let query = use_query_map();
    let (into, of) =
        query.with_untracked(|query| (query.get("into").unwrap_or_default(), query.get_all("of").unwrap_or_default()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let into = directory::client_id(&into)?;
        let from = of.iter().map(|id| directory::client_id(id)).collect::<crate::error::Result<Vec<_>>>()?;
        let merged = merging::preview(&platform, &actor, &slug, into, &from).await?;
        Ok((slug, merged))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, merged)| confirm(&slug, merged, form))}</SettingsFrame> }
        .into_any()
}

fn show(org: &str, found: Duplicates) -> AnyView {
    let Duplicates { groups, more, may_change } = found;
    let body = if groups.is_empty() {
        view! {
            <Empty title="No duplicates" icon="check">
                <p>"No two clients share an email address or a phone number."</p>
            </Empty>
        }
        .into_any()
    } else {
        groups.into_iter().enumerate().map(|(at, group)| card(org, at, group, may_change)).collect_view().into_any()
    };
    let more = more.then(|| {
        view! { <Notice tone=Tone::Info><p>"There may be more. They show once these are merged."</p></Notice> }
    });
    view! {
        <SettingsHead
            title="Possible duplicates"
            about="They share an email address or a phone number. Families do, too: merge only those who are the same person."
            back=format!("/app/{org}/calendar/clients")
            back_label="Clients"
        />
        {more}
        {body}
    }
    .into_any()
}

fn card(org: &str, at: usize, group: Group, may_change: bool) -> AnyView {
    let heading = format!("group-{at}");
    let labelled_by = heading.clone();
    let first = group.people.first().map(|person| person.client.id);
    let lines = group
        .people
        .into_iter()
        .map(|person| {
            let stays = Some(person.client.id) == first;
            line(org, person, stays, may_change)
        })
        .collect_view();
    let button = may_change.then(|| {
        view! { <div class="form-actions"><button type="submit" class="btn btn-quiet">"Preview the merge"</button></div> }
    });
    view! {
        <section class="card stack" aria-labelledby=labelled_by>
            <h2 id=heading>"The same person?"</h2>
            <form method="get" action=format!("/app/{org}/calendar/clients/merge") class="stack">
                <ul class="lines">{lines}</ul>
                {button}
            </form>
        </section>
    }
    .into_any()
}

fn line(org: &str, person: Person, stays: bool, may_change: bool) -> AnyView {
    let Person { client, appointments } = person;
    let reached: Vec<_> = [client.email, client.phone].into_iter().filter(|text| !text.is_empty()).collect();
    let id = client.id.to_string();
    let href = format!("/app/{org}/calendar/clients/{id}");
    let choose = may_change.then(|| {
        let (of, into) = (id.clone(), id.clone());
        view! {
            <div class="line-end">
                <label class="check">
                    <input type="checkbox" name="of" value=of checked=true/>
                    <span>"Merge"</span>
                </label>
                <label class="check">
                    <input type="radio" name="into" value=into checked=stays/>
                    <span>"Keep these details"</span>
                </label>
            </div>
        }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><a href=href>{client.name}</a></p>
                <p class="soft">{reached.join(" · ")}</p>
                <p class="soft">{money::counted(appointments, "appointment", "appointments")}</p>
            </div>
            {choose}
        </li>
    }
    .into_any()
}

fn confirm(org: &str, merged: Merged, form: Form) -> AnyView {
    let Merged { client, gone, versions, moves, tz } = merged;
    let back = format!("/app/{org}/calendar/clients/duplicates");
    let consent = if client.marketing_at.is_some() {
        "They get news and offers."
    } else {
        "They don’t get news and offers: where the answers differ, the stricter one counts."
    };
    let facts = [
        ("Name", client.name.clone()),
        ("Email", client.email.clone()),
        ("Phone", client.phone.clone()),
        ("Tags", client.tags.join(", ")),
        ("Notes", client.notes.clone()),
        ("Known since", on(client.created_at, &tz)),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(label, value)| view! { <div><dt>{label}</dt><dd class="as-written">{value}</dd></div> })
    .collect_view();
    let names = gone.iter().map(|person| view! { <Badge label=person.client.name.clone()/>" " }).collect_view();
    let moved = format!("Appointments that come along: {moves}.");
    let parts = versions
        .into_iter()
        .map(|(id, version)| view! { <input type="hidden" name="of[]" value=format!("{id}_{version}")/> })
        .collect_view();
    let org = org.to_owned();
    view! {
        <SettingsHead title="Merge clients" back=back.clone() back_label="Possible duplicates"/>
        <section class="card stack" aria-labelledby="one">
            <h2 id="one">"After the merge"</h2>
            <dl class="facts facts-wide">{facts}</dl>
            <p>{consent}</p>
            <p>"No longer on the list: " {names}</p>
            <p>{moved}</p>
            <Notice tone=Tone::Warning><p>"This can’t be undone."</p></Notice>
            <PostForm post=form.post class="stack">
                <FormMessage form=form.state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="into" value=client.id.to_string()/>
                {parts}
                <div class="form-actions">
                    <SubmitButton form=form.state label="Merge them" busy="Merging…" kind=Kind::Danger/>
                    <LinkButton href=back kind=Kind::Quiet>"No, leave them"</LinkButton>
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}
