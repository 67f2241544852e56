//! Calendars elsewhere: a section of a person’s page, and `/app/{org}/calendar/mine` for themselves. The server writes them alone.

use leptos::prelude::*;

use super::sections::{Form, first_button};
use crate::{
    modules::calendar::{
        calendar_views::{self, Members},
        feeds::MadeFeed,
        feeds_api::{AddCalendar, MakeFeed, ReadCalendar, RemoveCalendar, RevokeFeed, SetMember},
        setup_wire::{CalendarsPart, FeedLine, PersonPage, SourceLine},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, CopyField, DoneNotice, Field, FormMessage, Icon, Kind, PageHeader, PageTitle, Post, PostForm,
        Select, SettingsFrame, ShownOnce, SubmitButton, Tone, org_of_address,
    },
};

/// Where the forms go: as [`show`] and [`of_person`] take them.
pub const FORMS: &[fn() -> Post] = &[
    Post::to::<MakeFeed>,
    Post::to::<RevokeFeed>,
    Post::to::<AddCalendar>,
    Post::to::<RemoveCalendar>,
    Post::to::<ReadCalendar>,
    Post::to::<SetMember>,
];

/// What the parameters say that they lead back with.
pub const DONE: &[(&str, &str)] = &[
    ("revoked", "Sharing stopped. The address doesn’t work any more."),
    ("added", "Connected. Times that are busy there can’t be booked here from now on."),
    ("removed", "Removed. Times that are busy there can be booked again."),
    ("read", "Read just now."),
    ("member", "Saved."),
];

/// A person’s section.
pub fn of_person(org: &str, person: PersonPage, forms: &[Form]) -> AnyView {
    let member = forms.get(5).map(|form| who(org, &person.id, person.members, *form));
    view! {
        {show(org, person.calendars, forms)}
        {member}
    }
    .into_any()
}

/// The page of whoever looks, in the dashboard's frame.
#[component]
pub fn MineRoute() -> AnyView {
    let org = org_of_address();
    let forms: Vec<Form> = FORMS.iter().map(|to| Form::of(to())).collect();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = {
        let slug = slug.clone();
        move || async move { calendar_views::mine(&platform, &actor, &slug).await }
    };
    let body = written(read, move |part| {
        let back = format!("/app/{slug}/calendar");
        let refused = forms.iter().any(|form| form.state.message().with_untracked(Option::is_some));
        let fresh = use_context::<ShownOnce<MadeFeed>>().is_some();
        let done = (!refused && !fresh).then(|| view! { <DoneNotice words=DONE/> });
        let part = match part {
            Some(part) => show(&slug, part, &forms),
            None => view! {
                <section class="card stack">
                    <p>"This is for whoever can be booked. If that is you, an admin can say so: under “Staff and hours”, on your page, “Calendars elsewhere”."</p>
                </section>
            }
            .into_any(),
        };
        view! {
            <PageTitle text="Your own calendar"/>
            <a class="back" href=back><Icon name="back"/>"Calendar"</a>
            <PageHeader title="Your own calendar"/>
            {done}
            {part}
        }
        .into_any()
    });
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn show(org: &str, part: CalendarsPart, forms: &[Form]) -> AnyView {
    let [make, revoke, add, remove, read, ..] = *forms else { return ().into_any() };
    let CalendarsPart { person, mine, feed, sources, room } = part;
    let to = To { org: org.to_owned(), person, mine };
    view! {
        {share(&to, feed, make, revoke)}
        {busy(&to, sources, remove, read)}
        {connect(&to, room, add)}
    }
    .into_any()
}

/// What each form says of where it is.
struct To {
    org: String,
    person: String,
    mine: bool,
}

impl To {
    fn fields(&self) -> AnyView {
        let (org, person, mine) = (self.org.clone(), self.person.clone(), self.mine);
        view! {
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=person/>
            {mine.then(|| view! { <input type="hidden" name="mine" value="true"/> })}
        }
        .into_any()
    }
}

fn share(to: &To, feed: Option<FeedLine>, make: Form, revoke: Form) -> AnyView {
    let fresh = use_context::<ShownOnce<MadeFeed>>().map(|ShownOnce(feed)| {
        view! {
            <div class="stack new-secret" role="status">
                <p>"Copy this address now: it is shown this once. Add it in your calendar as a subscription (in Google “From URL”, in Apple’s calendar “New calendar subscription”, in Outlook “Subscribe from web”). Whoever has it can read along."</p>
                <CopyField id="feed-address" label="Address of the calendar" value=feed.address/>
            </div>
        }
    });
    let names = feed.as_ref().is_some_and(|feed| feed.names);
    let (label, busy) = match &feed {
        Some(_) => ("Replace the address", "Replacing…"),
        None => ("Make an address", "Making…"),
    };
    let replaces = feed
        .is_some()
        .then(|| view! { <p class="soft">"A new address takes the place of this one, which stops working."</p> });
    let current = feed.map(|feed| {
        let badge = if feed.names { "With clients’ names" } else { "Without clients’ names" };
        let fields = to.fields();
        view! {
            <ul class="lines">
                <li class="line" data-feed="true">
                    <div class="line-text">
                        <p class="line-title">"Shared " <Badge tone=Tone::Success label=badge/></p>
                        <p class="soft">{feed.facts}</p>
                    </div>
                    <div class="line-end">
                        <PostForm post=revoke.post>
                            {fields}
                            <button type="submit" class="btn btn-quiet">"Stop sharing"</button>
                        </PostForm>
                    </div>
                </li>
            </ul>
        }
    });
    let fields = to.fields();
    view! {
        <section class="card stack" aria-labelledby="section">
            <h2 id="section">"Appointments in another calendar"</h2>
            <p class="soft">"See appointments in the calendar of a phone or computer: make a secret address here and subscribe to it there. It shows 30 days back and a year ahead. How soon a change shows depends on that calendar: minutes, or some hours."</p>
            {fresh}
            <FormMessage form=revoke.state/>
            {current}
            <PostForm post=make.post class="stack">
                <FormMessage form=make.state/>
                {fields}
                <Checkbox
                    form=make.state
                    name="names"
                    label="With clients’ names"
                    hint="Otherwise it says what is booked, not who booked. Anybody who has the address can read what is in it, and so can the company behind that calendar."
                    value=names
                />
                {replaces}
                <div class="form-actions"><SubmitButton form=make.state label=label busy=busy kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn busy(to: &To, sources: Vec<SourceLine>, remove: Form, read: Form) -> AnyView {
    let list = if sources.is_empty() {
        view! { <p class="soft">"None yet. Connect a private calendar, and clients can’t book the times that are busy there."</p> }
            .into_any()
    } else {
        let lines = sources.into_iter().map(|source| line(to, source, remove, read)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="busy">
            <h2 id="busy">"Connected calendars"</h2>
            <FormMessage form=remove.state/>
            <FormMessage form=read.state/>
            {list}
        </section>
    }
    .into_any()
}

fn line(to: &To, source: SourceLine, remove: Form, read: Form) -> AnyView {
    let badge = match (&source.problem, source.stopped) {
        (_, true) => Some(view! { <Badge tone=Tone::Error label="Stopped"/> }.into_any()),
        (Some(_), false) => Some(view! { <Badge tone=Tone::Warning label="Can’t be read just now"/> }.into_any()),
        (None, false) => None,
    };
    let problem = source.problem.map(|problem| {
        let then = if source.stopped {
            "It couldn’t be read for two weeks, so we stopped trying. The busy times that we know still count."
        } else {
            "We keep trying. The busy times that we know still count."
        };
        view! { <p class="soft">{problem}" "{then}</p> }
    });
    let (id, again) = (source.id.clone(), source.id.clone());
    let (reads, removes) = (to.fields(), to.fields());
    let (read_label, remove_label) = (format!("Read {} now", source.name), format!("Remove {}", source.name));
    view! {
        <li class="line" data-calendar=source.id>
            <div class="line-text">
                <p class="line-title">{source.name} " " {badge}</p>
                <p class="soft">{source.facts}</p>
                {problem}
            </div>
            <div class="line-end">
                <PostForm post=read.post>
                    {reads}
                    <input type="hidden" name="calendar" value=again/>
                    <button type="submit" class="btn btn-quiet" aria-label=read_label>"Read now"</button>
                </PostForm>
                <PostForm post=remove.post>
                    {removes}
                    <input type="hidden" name="calendar" value=id/>
                    <button type="submit" class="btn btn-quiet" aria-label=remove_label>"Remove"</button>
                </PostForm>
            </div>
        </li>
    }
    .into_any()
}

fn connect(to: &To, room: bool, add: Form) -> AnyView {
    if !room {
        return view! { <p class="soft">"One person can have five calendars. Remove one to connect another."</p> }
            .into_any();
    }
    let fields = to.fields();
    view! {
        <section class="card stack" aria-labelledby="another">
            <h2 id="another">"Connect a calendar"</h2>
            <PostForm post=add.post class="stack">
                {first_button("Connect")}
                <FormMessage form=add.state/>
                {fields}
                <Field form=add.state name="name" label="What is it called?" hint="Like “Private”." autocomplete="off" optional=true maxlength=100/>
                <Field
                    form=add.state
                    name="address"
                    label="Its secret address"
                    hint="It begins with https:// or webcal://. In Google Calendar: the calendar’s settings, “Secret address in iCal format”. We read when it is busy, never with what."
                    autocomplete="off"
                    maxlength=2048
                />
                <div class="form-actions"><SubmitButton form=add.state label="Connect" busy="Reading…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn who(org: &str, person: &str, members: Members, form: Form) -> AnyView {
    let (org, person) = (org.to_owned(), person.to_owned());
    let options = std::iter::once((String::new(), "Nobody who logs in".to_owned())).chain(members.all).collect();
    view! {
        <section class="card stack" aria-labelledby="who">
            <h2 id="who">"Their log-in"</h2>
            <PostForm post=form.post class="stack">
                <FormMessage form=form.state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=person/>
                <Select form=form.state name="member" label="Member" hint="Once they log in they can look after these calendars themselves: the search finds “Your own calendar”." options=options value=members.chosen/>
                <div class="form-actions"><SubmitButton form=form.state label="Save" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
