//! `/app/{org}/scoreboard/screens` and below: the office screens, what each shows, and when.

use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    clock::Instant,
    modules::scoreboard::{
        period,
        screens::{
            api::{AddItem, AddScreen, MoveItem, RemoveItem, RemoveScreen, SaveItem, SaveScreen},
            playlist::{Item, Slot, When, minute_sent},
            store::Screen,
            views::{self, ScreenPage, ScreensPage},
        },
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, Checkboxes, Choice, DateField, DoneNotice, Empty, Field, Form, FormMessage, FormState, Icon,
        Kind, Post, PostForm, Select, SettingsFrame, SettingsHead, SubmitButton, Tone, confirmed_by, given,
        org_of_address,
    },
};

/// A screen that is there was heard of within so many seconds.
const HEARD_WITHIN: i64 = 90;

const DONE: &[(&str, &str)] = &[
    ("added", "Added. The boards come up on it within a few seconds."),
    ("saved", "Saved. It shows it already."),
    ("placed", "Saved. It shows it already."),
    ("moved", "Moved."),
    ("taken", "It shows that no longer."),
];

const DAYS: [(&str, &str); 7] = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
];

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
            <Empty title="No screens yet" icon="screen">
                <p>"Any television with a browser can show your boards. It needs no log-in, and comes back by itself after a power cut or a bad network."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = screens.into_iter().map(|screen| line(org, &screen, &zone, now)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let refused = add.state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=&[("removed", "Removed. It shows nothing more.")]/> });
    let celebrations = format!("/app/{org}/scoreboard/celebrations");
    let (state, back, org) = (add.state, format!("/app/{org}/settings"), org.to_owned());
    view! {
        <SettingsHead title="Office screens" about="Televisions that show your boards." back=back/>
        {done}
        {body}
        <p class="soft">"Screens can celebrate large results, targets, badges and contests: "<a href=celebrations>"choose what"</a>"."</p>
        <section class="card stack" aria-labelledby="add-screen">
            <h2 id="add-screen">"Add a screen"</h2>
            <p class="soft">"Open " <strong>{host} "/screen"</strong> " in the browser of the television. It shows a code. Browsers from Chromium 68 (2018) on can do it."</p>
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
                <p class="line-title"><a href=href>{name}</a> " " {badges(screen, now)}</p>
                <p class="soft">{standing(screen, zone, now)}</p>
            </div>
        </li>
    }
    .into_any()
}

fn badges(screen: &Screen, now: Instant) -> AnyView {
    let (tone, label) = match (screen.paired_at, screen.seen_at) {
        (None, _) if screen.code_until.is_some_and(|until| until > now) => (Tone::Info, "Waiting for it"),
        (None, _) => (Tone::Warning, "Didn’t come"),
        (Some(_), Some(at)) if at.plus_seconds(HEARD_WITHIN) >= now => (Tone::Success, "Live"),
        (Some(_), _) => (Tone::Warning, "Not heard of"),
    };
    let blocked = screen.sound_blocked.then(|| view! { " " <Badge tone=Tone::Warning label="Sound blocked"/> });
    view! { <Badge tone=tone label=label/> {blocked} }.into_any()
}

fn standing(screen: &Screen, zone: &TimeZone, now: Instant) -> String {
    let at = |at: Instant| at.timestamp().to_zoned(zone.clone()).strftime("%-d %B, %-I:%M %P").to_string();
    match (screen.paired_at, screen.seen_at) {
        (None, _) if screen.code_until.is_some_and(|until| until > now) => {
            "The boards come up on it within a few seconds, if the code is the one that it shows.".to_owned()
        }
        (None, _) => {
            "No screen showed that code. Remove this one, and add it again with the code it shows now.".to_owned()
        }
        (Some(_), Some(seen)) => {
            let shows = if screen.shows.is_empty() { String::new() } else { format!(" · shows {}", screen.shows) };
            format!("Heard of on {}{shows}", at(seen))
        }
        (Some(paired), None) => format!("There since {}", at(paired)),
    }
}

#[derive(Clone, Copy)]
struct Forms {
    save: Form,
    place: Form,
    leave: Form,
    remove: Form,
}

/// One of them, in the dashboard's frame.
#[component]
pub fn ScreenRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        save: Form::of(Post::to::<SaveScreen>()),
        place: Form::of(Post::to::<MoveItem>()),
        leave: Form::of(Post::to::<RemoveItem>()),
        remove: Form::of(Post::to::<RemoveScreen>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::screen_page(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| show(&slug, &page, &forms))}</SettingsFrame> }
        .into_any()
}

fn show(org: &str, page: &ScreenPage, forms: &Forms) -> AnyView {
    let (screen, id) = (&page.screen, page.screen.id.to_string());
    let words = standing(screen, &page.zone, page.now);
    let version = (!screen.seen_version.is_empty()).then(|| {
        view! { <p class="soft">"The version of its page: " {screen.seen_version.clone()} "."</p> }
    });
    let blocked = screen.sound_blocked.then(|| {
        view! { <p class="soft">"Its browser plays no sound until somebody has touched the screen, or pressed a key of its remote control. It says so itself, too."</p> }
    });
    let all = [forms.save, forms.place, forms.leave, forms.remove];
    let refused = all.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let (for_remove, own) = (org.to_owned(), id.clone());
    let list = format!("/app/{org}/scoreboard/screens");
    let remove = forms.remove;
    let inside = view! {
        <p>"It shows nothing more within seconds. To use the television again, add it with a new code."</p>
        <PostForm post=remove.post class="stack">
            <FormMessage form=remove.state/>
            <input type="hidden" name="org" value=for_remove/>
            <input type="hidden" name="id" value=own/>
            <div class="form-actions"><SubmitButton form=remove.state label="Yes, remove it" busy="Removing…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    view! {
        <SettingsHead title=screen.name.clone() back=list back_label="Office screens"/>
        {done}
        <p class="row">{badges(screen, page.now)} " " {words}</p>
        {version}
        {blocked}
        {what_it_shows(org, page, forms)}
        {more(org, page)}
        {how_it_is_set(org, page, forms.save)}
        {confirmed_by("Remove screen", remove.state, inside.into_any())}
    }
    .into_any()
}

/// One after the other, each with its way up, down and out.
fn what_it_shows(org: &str, page: &ScreenPage, forms: &Forms) -> AnyView {
    let slots = &page.playlist.items;
    let body = if slots.is_empty() {
        view! { <p class="soft">"It shows nothing yet. Add something below."</p> }.into_any()
    } else {
        let lines = (0..slots.len()).map(|at| item_line(org, page, at, forms)).collect_view();
        view! { <ol class="lines">{lines}</ol> }.into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="shows">
            <h2 id="shows">"What it shows"</h2>
            <p class="soft">"One after the other. Where it is time for nothing, it shows the clock."</p>
            <FormMessage form=forms.place.state/>
            <FormMessage form=forms.leave.state/>
            {body}
        </section>
    }
    .into_any()
}

fn item_line(org: &str, page: &ScreenPage, at: usize, forms: &Forms) -> AnyView {
    let Some((slot, label)) = page.playlist.items.get(at).zip(page.labels.get(at)) else { return ().into_any() };
    let (id, version, last) = (page.screen.id.to_string(), page.screen.version, page.playlist.items.len() - 1);
    let href = format!("/app/{org}/scoreboard/screens/{id}/items/{at}");
    let words = slot.words();
    let words = if words.is_empty() { "Always".to_owned() } else { words };
    let off = (!page.is_due(slot)).then(|| view! { " " <Badge label="Not now"/> });
    let (place, leave) = (forms.place.post, forms.leave.post);
    let step = |label: String, icon: &'static str, earlier: bool, end: bool| {
        // A step that leads nowhere keeps its room, so that the others don't jump under the finger.
        if end {
            return view! { <span class="btn-icon is-off" aria-hidden="true"></span> }.into_any();
        }
        let about = about(org, &id, version, at);
        view! {
            <PostForm post=place>
                {about}
                <input type="hidden" name="earlier" value=earlier.to_string()/>
                <button type="submit" class="btn-icon" aria-label=label><Icon name=icon/></button>
            </PostForm>
        }
        .into_any()
    };
    let up = step(format!("Move up: {label}"), "up", true, at == 0);
    let down = step(format!("Move down: {label}"), "down", false, at == last);
    let (key, about, removes) = (slot.item.key(), about(org, &id, version, at), format!("Remove: {label}"));
    view! {
        <li class="line" data-item=key>
            <div class="line-text">
                <p class="line-title"><a href=href>{label.clone()}</a>{off}</p>
                <p class="soft">{words}</p>
            </div>
            <div class="line-end">
                {up}
                {down}
                <PostForm post=leave>
                    {about}
                    <button type="submit" class="btn-icon" aria-label=removes><Icon name="close"/></button>
                </PostForm>
            </div>
        </li>
    }
    .into_any()
}

/// Which thing of which screen, as it was read, a form is about.
fn about(org: &str, id: &str, version: i64, at: usize) -> AnyView {
    let (org, id) = (org.to_owned(), id.to_owned());
    view! {
        <input type="hidden" name="org" value=org/>
        <input type="hidden" name="id" value=id/>
        <input type="hidden" name="version" value=version.to_string()/>
        <input type="hidden" name="at" value=at.to_string()/>
    }
    .into_any()
}

/// What can be added: each leads to its form.
fn more(org: &str, page: &ScreenPage) -> AnyView {
    let line = |(kind, label, about): &(&'static str, &'static str, &'static str)| {
        let href = format!("/app/{org}/scoreboard/screens/{}/add?kind={kind}", page.screen.id);
        view! {
            <li class="line">
                <div class="line-text">
                    <p class="line-title"><a href=href>{*label}</a></p>
                    <p class="soft">{*about}</p>
                </div>
            </li>
        }
    };
    let lines = page.kinds.iter().map(line).collect_view();
    view! {
        <section class="card stack" aria-labelledby="more">
            <h2 id="more">"Show something more"</h2>
            <ul class="lines">{lines}</ul>
        </section>
    }
    .into_any()
}

fn how_it_is_set(org: &str, page: &ScreenPage, Form { post, state }: Form) -> AnyView {
    let (org, id) = (org.to_owned(), page.screen.id.to_string());
    let (name, version) = (page.screen.name.clone(), page.screen.version);
    let (seconds, sound) = (page.playlist.seconds.to_string(), page.playlist.sound);
    view! {
        <section class="card stack" aria-labelledby="set">
            <h2 id="set">"How it shows it"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Field form=state name="name" label="Name" autocomplete="off" maxlength=100 value=name/>
                <Field form=state name="seconds" label="Seconds for each" inputmode="numeric" autocomplete="off" maxlength=3 value=seconds/>
                <Checkbox form=state name="sound" label="Sound with celebrations" hint="Many televisions play none until somebody has touched them: then it says so here." value=sound/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// Adds something to one of them, in the dashboard's frame.
#[component]
pub fn AddItemRoute() -> AnyView {
    let (org, params, query) = (org_of_address(), use_params_map(), use_query_map());
    let (id, kind) = (given(&params, "id").unwrap_or_default(), given(&query, "kind").unwrap_or_default());
    let form = Form::of(Post::to::<AddItem>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::screen_page(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| add(&slug, &page, &kind, form))}</SettingsFrame> }
        .into_any()
}

fn add(org: &str, page: &ScreenPage, kind: &str, Form { post, state }: Form) -> AnyView {
    let back = format!("/app/{org}/scoreboard/screens/{}", page.screen.id);
    let Some((kind, label, about)) = page.kinds.iter().find(|(known, ..)| *known == kind).copied() else {
        return view! {
            <SettingsHead title="Show something more" back=back back_label="The screen"/>
            {more(org, page)}
        }
        .into_any();
    };
    let (org, id) = (org.to_owned(), page.screen.id.to_string());
    let version = page.screen.version;
    let (details, times) = (details(page, kind, state), times(state, &When::default(), None));
    view! {
        <SettingsHead title=label about=about back=back back_label="The screen"/>
        <section class="card stack">
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <input type="hidden" name="kind" value=kind/>
                {details}
                {times}
                <div class="form-actions"><SubmitButton form=state label="Show it" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// What there is to say of a kind.
fn details(page: &ScreenPage, kind: &str, state: FormState) -> AnyView {
    let sums_only = kind == "latest";
    let metrics: Vec<(String, String)> = page
        .metrics
        .iter()
        .filter(|(.., is_sum)| !sums_only || *is_sum)
        .map(|(key, name, _)| (key.clone(), name.clone()))
        .collect();
    let metric = view! { <Select form=state name="metric" label="What is counted" options=metrics/> };
    let periods = period::Kind::ALL.map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).to_vec();
    let period = view! { <Select form=state name="period" label="Period" hint="The one that runs." options=periods value="month"/> };
    let ofs = page.ofs.iter().map(|of| (of.as_str().to_owned(), of.label().to_owned())).collect::<Vec<_>>();
    let of = view! { <Select form=state name="of" label="Of whom" options=ofs value="people"/> };
    match kind {
        "board" | "targets" => view! { {metric} <div class="fields-row">{period} {of}</div> }.into_any(),
        "totals" => view! { {metric} {period} }.into_any(),
        "latest" => metric.into_any(),
        "contest" => {
            let contests = page.contests.iter().map(|(id, name)| (id.to_string(), name.clone())).collect::<Vec<_>>();
            view! { <Select form=state name="contest" label="Contest" options=contests/> }.into_any()
        }
        "announcement" => announcement(state, "", "", ""),
        _ => ().into_any(),
    }
}

fn announcement(state: FormState, words: &str, first_day: &str, last_day: &str) -> AnyView {
    let (words, first_day, last_day) = (words.to_owned(), first_day.to_owned(), last_day.to_owned());
    view! {
        <Field form=state name="words" label="What it says" autocomplete="off" maxlength=200 value=words/>
        <div class="fields-row">
            <DateField form=state name="first_day" label="First day" hint="Empty: from now on." value=first_day/>
            <DateField form=state name="last_day" label="Last day" hint="Empty: until you remove it." value=last_day/>
        </div>
    }
    .into_any()
}

/// On which days, from when until when, and for how long.
fn times(state: FormState, when: &When, seconds: Option<u32>) -> AnyView {
    let days = DAYS
        .iter()
        .zip(1_i8..)
        .map(|((value, label), number)| Choice {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
            chosen: when.days.contains(&number),
        })
        .collect::<Vec<_>>();
    let time = |minute: Option<u16>| minute.map(minute_sent).unwrap_or_default();
    let (from, until) = (time(when.from), time(when.until));
    let seconds = seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
    view! {
        <div class="many-checks"><Checkboxes form=state name="days" legend="Only on these days" hint="None ticked: every day." options=days/></div>
        <div class="fields-row">
            <Field form=state name="from" label="From" type_="time" hint="On your business’s clock." optional=true value=from/>
            <Field form=state name="until" label="Until" type_="time" hint="Before the first: past midnight." optional=true value=until/>
        </div>
        <Field form=state name="seconds" label="Seconds" hint="Empty: as long as the others." inputmode="numeric" autocomplete="off" optional=true maxlength=3 value=seconds/>
    }
    .into_any()
}

/// When one of them shows a thing, in the dashboard's frame.
#[component]
pub fn ItemRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let (id, at) = (given(&params, "id").unwrap_or_default(), given(&params, "at").unwrap_or_default());
    let form = Form::of(Post::to::<SaveItem>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::screen_page(&platform, &actor, &slug, &id).await?;
        let (at, slot, label) = page.at(&at)?;
        let (slot, label) = (slot.clone(), label.to_owned());
        Ok((slug, page, at, slot, label))
    };
    let body = written(read, move |(slug, page, at, slot, label)| item(&slug, &page, at, &slot, label, form));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn item(org: &str, page: &ScreenPage, at: usize, slot: &Slot, label: String, Form { post, state }: Form) -> AnyView {
    let back = format!("/app/{org}/scoreboard/screens/{}", page.screen.id);
    let words = match &slot.item {
        Item::Announcement { words, first_day, last_day } => {
            let day = |day: &Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
            announcement(state, words, &day(first_day), &day(last_day))
        }
        _ => ().into_any(),
    };
    let times = times(state, &slot.when, slot.seconds);
    let (org, id, version) = (org.to_owned(), page.screen.id.to_string(), page.screen.version);
    view! {
        <SettingsHead title=label about="When the screen shows it." back=back back_label="The screen"/>
        <section class="card stack">
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <input type="hidden" name="at" value=at.to_string()/>
                {words}
                {times}
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
