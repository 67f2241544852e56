//! `/app/{org}/scoreboard/screens` and below: the office screens, and what each shows.

use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    clock::Instant,
    modules::scoreboard::{
        api::{AddScreen, RemoveScreen, SaveScreen},
        screens::{playlist::Playlist, store::Screen},
        views::{self, ScreenPage, ScreensPage},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkboxes, Choice, DoneNotice, Empty, Field, Form, FormMessage, Kind, Post, PostForm, SettingsFrame,
        SettingsHead, SubmitButton, Tone, confirmed_by, given, org_of_address,
    },
};

/// A screen that is there was heard of within so many seconds.
const HEARD_WITHIN: i64 = 90;

/// The list, in the dashboard's frame.
#[component]
pub fn ScreensRoute() -> AnyView {
    let org = org_of_address();
    let add = Form::of(Post::to::<AddScreen>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::screens_page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| list(&slug, page, add))}</SettingsFrame> }
        .into_any()
}

fn list(org: &str, page: ScreensPage, add: Form) -> AnyView {
    let ScreensPage { screens, zone, now, host } = page;
    let body = if screens.is_empty() {
        view! {
            <Empty title="No screens yet">
                <p>"Any television with a browser can show your boards. It needs no log-in, and comes back by itself after a power cut or a bad network."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = screens.into_iter().map(|screen| line(org, &screen, &zone, now)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let refused = add.state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=&[("removed", "Taken away. It shows nothing more.")]/> });
    let (state, back, org) = (add.state, format!("/app/{org}/settings"), org.to_owned());
    view! {
        <SettingsHead title="Office screens" about="Televisions that show your boards." back=back/>
        {done}
        {body}
        <section class="card stack" aria-labelledby="add-screen">
            <h2 id="add-screen">"Add a screen"</h2>
            <p class="soft">"Open " <strong>{host} "/screen"</strong> " in the browser of the television. It shows a code."</p>
            <PostForm post=add.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Field form=state name="code" label="Code" hint="The seven letters and digits on the screen." autocomplete="off" maxlength=20/>
                <Field form=state name="name" label="Name" hint="Like “Sales floor”." autocomplete="off" maxlength=100/>
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, screen: &Screen, zone: &TimeZone, now: Instant) -> AnyView {
    let href = format!("/app/{org}/scoreboard/screens/{}", screen.id);
    let (name, data) = (screen.name.clone(), screen.name.clone());
    view! {
        <li class="line" data-screen=data>
            <div class="line-text">
                <p class="line-title"><a href=href>{name}</a> " " {badge(screen, now)}</p>
                <p class="soft">{standing(screen, zone, now)}</p>
            </div>
        </li>
    }
    .into_any()
}

fn badge(screen: &Screen, now: Instant) -> AnyView {
    let (tone, label) = match (screen.paired_at, screen.seen_at) {
        (None, _) if screen.code_until.is_some_and(|until| until > now) => (Tone::Info, "Waiting for it"),
        (None, _) => (Tone::Warning, "Didn’t come"),
        (Some(_), Some(at)) if at.plus_seconds(HEARD_WITHIN) >= now => (Tone::Success, "Live"),
        (Some(_), _) => (Tone::Warning, "Not heard of"),
    };
    view! { <Badge tone=tone label=label/> }.into_any()
}

fn standing(screen: &Screen, zone: &TimeZone, now: Instant) -> String {
    let at = |at: Instant| at.timestamp().to_zoned(zone.clone()).strftime("%-d %B, %-I:%M %P").to_string();
    match (screen.paired_at, screen.seen_at) {
        (None, _) if screen.code_until.is_some_and(|until| until > now) => {
            "The boards come up on it within a few seconds, if the code is the one that it shows.".to_owned()
        }
        (None, _) => {
            "No screen showed that code. Take this one away, and add it again with the code it shows now.".to_owned()
        }
        (Some(_), Some(seen)) => {
            let shows = if screen.shows.is_empty() { String::new() } else { format!(" · shows {}", screen.shows) };
            format!("Heard of on {}{shows}", at(seen))
        }
        (Some(paired), None) => format!("There since {}", at(paired)),
    }
}

/// One of them, in the dashboard's frame.
#[component]
pub fn ScreenRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let (save, remove) = (Form::of(Post::to::<SaveScreen>()), Form::of(Post::to::<RemoveScreen>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::screen_page(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| show(&slug, page, save, remove))}</SettingsFrame> }
        .into_any()
}

fn show(org: &str, page: ScreenPage, save: Form, remove: Form) -> AnyView {
    let ScreenPage { screen, items, zone, now } = page;
    let (id, state) = (screen.id.to_string(), save.state);
    let Playlist { seconds, announcement, .. } = Playlist::read(&screen.playlist);
    let words = standing(&screen, &zone, now);
    let version = (!screen.seen_version.is_empty()).then(|| {
        let sound = if screen.sound_blocked { " Its browser plays no sound." } else { "" };
        view! { <p class="soft">"The version of its page: " {screen.seen_version.clone()} "." {sound}</p> }
    });
    let badge = badge(&screen, now);
    let choices = items.into_iter().map(|(value, label, chosen)| Choice { value, label, chosen }).collect::<Vec<_>>();
    let refused = [save, remove].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| {
        view! { <DoneNotice words=&[("added", "Added. The boards come up on it within a few seconds."), ("saved", "Saved. It shows it already.")]/> }
    });
    let (for_save, for_remove, own) = (org.to_owned(), org.to_owned(), id.clone());
    let list = format!("/app/{org}/scoreboard/screens");
    let inside = view! {
        <p>"It shows nothing more within seconds. To use the television again, add it with a new code."</p>
        <PostForm post=remove.post class="stack">
            <FormMessage form=remove.state/>
            <input type="hidden" name="org" value=for_remove/>
            <input type="hidden" name="id" value=own/>
            <div class="form-actions"><SubmitButton form=remove.state label="Yes, take it away" busy="Taking it away…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    view! {
        <SettingsHead title=screen.name.clone() back=list back_label="Office screens"/>
        {done}
        <p class="row">{badge} " " {words}</p>
        {version}
        <section class="card stack" aria-labelledby="shows">
            <h2 id="shows">"What it shows"</h2>
            <PostForm post=save.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=for_save/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(screen.version)/>
                <Field form=state name="name" label="Name" autocomplete="off" maxlength=100 value=screen.name/>
                <div class="many-checks"><Checkboxes form=state name="items" legend="Boards" hint="One after the other. What everybody may see can be shown." options=choices/></div>
                <Field form=state name="announcement" label="Announcement" hint="Shown among them, large." autocomplete="off" optional=true maxlength=200 value=announcement/>
                <Field form=state name="seconds" label="Seconds for each" inputmode="numeric" autocomplete="off" maxlength=3 value=seconds.to_string()/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        {confirmed_by("Take it away", remove.state, inside.into_any())}
    }
    .into_any()
}
