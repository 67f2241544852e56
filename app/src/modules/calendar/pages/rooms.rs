//! `/app/{org}/calendar/rooms` and below: rooms and equipment that are booked along with people. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{client::confirmed_by, given, sections::Form};
use crate::{
    modules::calendar::{
        rooms::{self, Room},
        setup_api::{AddRoom, DeleteRoom, MoveRoom, SaveRoom},
        setup_views,
        setup_wire::RoomPage,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DoneNotice, Empty, Field, FormMessage, Kind, LinkButton, Post, PostForm, SettingsFrame,
        SettingsHead, SubmitButton, Tone, org_of_address, step, with_query,
    },
};

const DONE: &[(&str, &str)] = &[
    ("added", "Added. Now say on a service that it needs it, under “Rooms”."),
    ("saved", "Saved. What is booked with it stays."),
    ("moved", "Moved."),
    ("deleted", "Deleted."),
];

/// The list, in the dashboard's frame.
#[component]
pub fn RoomsRoute() -> AnyView {
    let org = org_of_address();
    let (add, place) = (Form::of(Post::to::<AddRoom>()), Form::of(Post::to::<MoveRoom>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let all = rooms::all(&platform, &actor, &slug).await?;
        Ok((slug, all))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, all)| list(&slug, all, add, place))}</SettingsFrame> }
        .into_any()
}

fn list(org: &str, all: Vec<Room>, add: Form, place: Form) -> AnyView {
    let body = if all.is_empty() {
        view! {
            <Empty title="No rooms or equipment yet">
                <p>"If two appointments can’t have the same room, chair or machine at once, add it here. Whoever books a service that needs it books it, too."</p>
            </Empty>
        }
        .into_any()
    } else {
        let last = all.len() - 1;
        let lines = all
            .into_iter()
            .enumerate()
            .map(|(at, room)| line(org, room, at == 0, at == last, place.post))
            .collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let refused = [add, place].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let (state, back, org) = (add.state, format!("/app/{org}/settings"), org.to_owned());
    view! {
        <SettingsHead title="Rooms and equipment" about="What is booked along with your people. Those in front are taken first." back=back/>
        {done}
        <FormMessage form=place.state/>
        {body}
        <section class="card stack" aria-labelledby="add-room">
            <h2 id="add-room">"Add a room or equipment"</h2>
            <PostForm post=add.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Field form=state name="name" label="Name" hint="Like “Room 1” or “Ultrasound”. Only your team sees it." autocomplete="off" maxlength=100/>
                <Field form=state name="kind" label="Kind" hint="Like “Treatment room”. A service can need any one of a kind." autocomplete="off" optional=true maxlength=60/>
                <Field form=state name="how_many" label="How many" hint="More than one get numbers after their name. 20 at most." inputmode="numeric" autocomplete="off" optional=true maxlength=2 value="1"/>
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, room: Room, first: bool, last: bool, place: Post) -> AnyView {
    let Room { resource, upcoming, services } = room;
    let (id, name) = (resource.id.to_string(), resource.name);
    let off = (!resource.active).then(|| view! { <Badge tone=Tone::Warning label="Switched off"/> });
    let kind = (!resource.kind.is_empty()).then(|| view! { <p class="soft">{resource.kind.clone()}</p> });
    let services = if services.is_empty() {
        "No service needs it yet.".to_owned()
    } else {
        let names: Vec<String> = services.into_iter().map(|(_, name)| name).collect();
        format!("For {}", names.join(", "))
    };
    let upcoming = match upcoming {
        0 => None,
        1 => Some("1 booking to come".to_owned()),
        more => Some(format!("{more} bookings to come")),
    };
    let upcoming = upcoming.map(|words| view! { <p class="soft">{words}</p> });
    view! {
        <li class="line" data-room=name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=format!("/app/{org}/calendar/rooms/{id}")>{name.clone()}</a> " " {off}</p>
                {kind}
                <p class="soft">{services}</p>
                {upcoming}
            </div>
            <div class="line-end">
                {step(org, &id, format!("Move {name} up"), "up", true, first, place)}
                {step(org, &id, format!("Move {name} down"), "down", false, last, place)}
            </div>
        </li>
    }
    .into_any()
}

/// One of them, in the dashboard's frame.
#[component]
pub fn RoomRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let (save, delete) = (Form::of(Post::to::<SaveRoom>()), Form::of(Post::to::<DeleteRoom>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = setup_views::room(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| show(&slug, page, save, delete))}</SettingsFrame> }
        .into_any()
}

fn show(org: &str, page: RoomPage, save: Form, delete: Form) -> AnyView {
    let RoomPage { room: Room { resource, upcoming, services }, blocked } = page;
    let (id, state) = (resource.id.to_string(), save.state);
    let list = format!("/app/{org}/calendar/rooms");
    let needed = services.into_iter().map(|(service, name)| {
        let href = format!("/app/{org}/calendar/services/{service}/rooms");
        view! { <li class="line"><div class="line-text"><p class="line-title"><a href=href>{name}</a></p></div></li> }
    });
    let needed = needed.collect_view();
    let blocked = blocked
        .into_iter()
        .map(|line| {
            let href = with_query(&format!("/app/{org}/calendar/block"), &[("id", &line.id)]);
            view! {
                <li class="line"><div class="line-text">
                    <p class="line-title"><a href=href>{line.title}</a></p>
                    <p class="soft">{line.when}</p>
                </div></li>
            }
        })
        .collect_view();
    let block = with_query(&format!("/app/{org}/calendar/block"), &[("with", &format!("room:{id}"))]);
    let stays = match upcoming {
        0 => {
            "Without the tick nobody is booked into it. A service that needs it alone can’t be booked then.".to_owned()
        }
        count => {
            format!("Without the tick nobody more is booked into it. What is booked already stays: {count} to come.")
        }
    };
    let (for_save, for_delete, own) = (org.to_owned(), org.to_owned(), id.clone());
    let inside = view! {
        <p>"It can’t be brought back. What was booked with it stays in the calendar, without saying where it was."</p>
        <PostForm post=delete.post class="stack">
            <FormMessage form=delete.state/>
            <input type="hidden" name="org" value=for_delete/>
            <input type="hidden" name="id" value=own/>
            <div class="form-actions"><SubmitButton form=delete.state label="Yes, delete it" busy="Deleting…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    view! {
        <SettingsHead title=resource.name.clone() back=list back_label="Rooms and equipment"/>
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"What it is"</h2>
            <PostForm post=save.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=for_save/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(resource.version)/>
                <Field form=state name="name" label="Name" hint="Only your team sees it." autocomplete="off" maxlength=100 value=resource.name/>
                <Field form=state name="kind" label="Kind" hint="A service can need any one of a kind." autocomplete="off" optional=true maxlength=60 value=resource.kind/>
                <Checkbox form=state name="active" label="Can be booked" hint=stays value=resource.active/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        <section class="card stack" aria-labelledby="needed">
            <h2 id="needed">"Services that can take it"</h2>
            <p class="soft">"Each service says under “Rooms” what it needs."</p>
            <ul class="lines">{needed}</ul>
        </section>
        <section class="card stack" aria-labelledby="blocked">
            <h2 id="blocked">"Blocked"</h2>
            <p class="soft">"For repairs, or whatever else keeps everybody out."</p>
            <ul class="lines">{blocked}</ul>
            <p class="row"><LinkButton href=block kind=Kind::Quiet>"Block it"</LinkButton></p>
        </section>
        {confirmed_by("Delete it", delete.state, inside.into_any())}
    }
    .into_any()
}
