//! `/app/{org}/calendar/letters` and below: what clients and staff are written to. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{client::confirmed_by, given, sections::Form};
use crate::{
    mail::Letter,
    modules::calendar::{
        format,
        letters::{
            kinds::Kind,
            settings::LetterOptions,
            setup::{self, Page, Worded},
            store::StaffLetters,
        },
        letters_api::{ResetWording, SaveLetters, SaveStaffLetters, SaveWording},
        setup_forms,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, Checkboxes, Choice, DoneNotice, Field, FormMessage, Kind as Look, Post, PostForm, Select,
        SettingsFrame, SettingsHead, SubmitButton, TextArea, org_of_address,
    },
};

const DONE: &[(&str, &str)] =
    &[("saved", "Saved, for what is booked or changed from now on."), ("person", "Saved for that person.")];

/// Which letters there are, in the dashboard's frame.
#[component]
pub fn LettersRoute() -> AnyView {
    let org = org_of_address();
    let form = Form::of(Post::to::<SaveLetters>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = setup::page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| list(&org, page, form))}</SettingsFrame> }
        .into_any()
}

fn list(org: &str, page: Page, form: Form) -> AnyView {
    let Form { post, state } = form;
    let Page { options, version, own, has_texts, people } = page;
    let LetterOptions { reminder_hours, follow_up_hours, reply_to, .. } = options.clone();
    let switched = Kind::ALL.into_iter().filter(|kind| kind.is_switched());
    let sent = switched.map(|kind| Choice {
        value: kind.as_str().to_owned(),
        label: kind.label().to_owned(),
        chosen: options.sends(kind),
    });
    let sent: Vec<Choice> = sent.collect();
    let reminders = reminder_hours.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let follow_up = follow_up_hours.map(|hours| hours.to_string()).unwrap_or_default();
    let kinds = Kind::ALL.map(|kind| line(org, kind, options.sends(kind), own.contains(&kind))).collect_view();
    let people = if people.is_empty() {
        view! { <p class="soft">"Nobody on your team who can be booked logs in yet, so there is nobody to email."</p> }
            .into_any()
    } else {
        let lines = people.into_iter().map(|(id, name, told)| person(org, &id.to_string(), name, told)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let first = org.to_owned();
    let texts = has_texts.then(|| {
        view! { <Checkbox form=state name="texts" label="Remind by text message too" hint="Clients who left an Australian mobile number. Each message is charged." value=options.texts/> }
    });
    view! {
        <SettingsHead title="Emails" about="What your clients and your team are told about bookings, and in which words." back=format!("/app/{org}/settings")/>
        <DoneNotice words=DONE/>
        <section class="card stack" aria-labelledby="which">
            <h2 id="which">"To clients"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=first/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Checkboxes form=state name="sent" legend="Which emails are sent?" options=sent/>
                <div class="fields-row">
                    <Field form=state name="reminders" label="Remind them (hours before)" hint="Like 24. For two reminders: 48, 2. Leave empty for none." autocomplete="off" optional=true maxlength=60 value=reminders/>
                    <Field form=state name="follow_up" label="Follow up (hours after)" hint="Like 24. Leave empty for none." autocomplete="off" optional=true maxlength=20 value=follow_up/>
                </div>
                {texts}
                <Field form=state name="reply_to" label="Replies go to" hint="Your email address. Clients’ replies to these emails go there." type_="email" autocomplete="off" optional=true maxlength=254 value=reply_to/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        <section class="card stack" aria-labelledby="words">
            <h2 id="words">"Their wording"</h2>
            <ul class="lines">{kinds}</ul>
        </section>
        <section class="card stack" aria-labelledby="team">
            <h2 id="team">"To your team"</h2>
            {people}
        </section>
    }
    .into_any()
}

fn line(org: &str, kind: Kind, is_sent: bool, is_own: bool) -> AnyView {
    let off = (!is_sent).then(|| view! { <Badge label="Not sent"/> });
    let own = is_own.then(|| view! { <Badge label="Your words"/> });
    view! {
        <li class="line" data-letter=kind.as_str()>
            <div class="line-text">
                <p class="line-title"><a href=format!("/app/{org}/calendar/letters/{}", kind.as_str())>{kind.label()}</a> " " {off} " " {own}</p>
                <p class="soft">{kind.about()}</p>
            </div>
        </li>
    }
    .into_any()
}

fn person(org: &str, id: &str, name: String, told: StaffLetters) -> AnyView {
    let StaffLetters { booked, moved, cancelled, to_confirm, agenda_hour } = told;
    let of = [(booked, "bookings"), (moved, "moves"), (cancelled, "cancellations"), (to_confirm, "requests")];
    let mut words: Vec<String> = of.into_iter().filter(|(on, _)| *on).map(|(_, word)| word.to_owned()).collect();
    words.extend(agenda_hour.map(|hour| format!("their day at {}", format::minute_of_day(hour * 60))));
    let words = if words.is_empty() { "No emails".to_owned() } else { format!("Emails about {}", words.join(", ")) };
    view! {
        <li class="line" data-person=name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=format!("/app/{org}/calendar/letters/staff/{id}")>{name.clone()}</a></p>
                <p class="soft">{words}</p>
            </div>
        </li>
    }
    .into_any()
}

/// How a kind of letter is worded, in the dashboard's frame.
#[component]
pub fn LetterRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let (save, reset) = (Form::of(Post::to::<SaveWording>()), Form::of(Post::to::<ResetWording>()));
    let kind = given(&params, "kind").unwrap_or_default();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = setup::one(&platform, &actor, &slug, &kind).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| worded(&org, page, save, reset))}</SettingsFrame> }
        .into_any()
}

fn worded(org: &str, page: Worded, save: Form, reset: Form) -> AnyView {
    let Worded { kind, wording, version, example } = page;
    let (first, second) = (org.to_owned(), org.to_owned());
    let variables = setup::variables().into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    let back_to_ours = (version > 0).then(|| {
        let inside = view! {
            <p>"What you wrote here is lost, and the email has our words again."</p>
            <PostForm post=reset.post class="stack">
                <FormMessage form=reset.state/>
                <input type="hidden" name="org" value=second/>
                <input type="hidden" name="letter" value=kind.as_str()/>
                <div class="form-actions"><SubmitButton form=reset.state label="Yes, use our words" busy="Changing…" kind=Look::Danger/></div>
            </PostForm>
        };
        confirmed_by("Use our words again", reset.state, inside.into_any())
    });
    let Form { post, state } = save;
    view! {
        <SettingsHead title=kind.label() about=kind.about() back=format!("/app/{org}/calendar/letters") back_label="Emails"/>
        <DoneNotice words=WORDED/>
        <section class="card stack" aria-labelledby="words">
            <h2 id="words">"Wording"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=first/>
                <input type="hidden" name="letter" value=kind.as_str()/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Field form=state name="subject" label="Subject" autocomplete="off" maxlength=150 value=wording.subject/>
                <TextArea form=state name="text" label="Text" hint="An empty line begins a new paragraph. A line in which nothing can be filled in is left out." rows=16 maxlength=5000 value=wording.body/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
            {back_to_ours}
            <h3>"Filled in for you"</h3>
            <p class="soft">"Write these in the text, with their brackets. Each client’s email has the right words there."</p>
            <ul class="bullets soft">{variables}</ul>
        </section>
        <section class="card stack" aria-labelledby="example">
            <h2 id="example">"Preview"</h2>
            <p class="soft">"As it is saved, with an example client."</p>
            {as_read(example)}
        </section>
    }
    .into_any()
}

const WORDED: &[(&str, &str)] =
    &[("saved", "Saved. Emails are worded like this from now on."), ("reset", "This email has our words again.")];

/// The letter as its reader sees it; its button leads nowhere here.
fn as_read(letter: Letter) -> AnyView {
    let lines = |text: String| {
        let lines = text.lines().enumerate().map(|(number, line)| {
            let break_before = (number > 0).then(|| view! { <br/> });
            view! { {break_before}{line.to_owned()} }
        });
        let lines = lines.collect_view();
        view! { <p>{lines}</p> }
    };
    let button = letter.action.map(|(label, _)| view! { <p><span class="btn btn-primary">{label}</span></p> });
    view! {
        <div class="email-preview">
            <p class="email-subject">{letter.subject}</p>
            {letter.paragraphs.into_iter().map(lines).collect_view()}
            {button}
            {letter.closing.into_iter().map(lines).collect_view()}
        </div>
    }
    .into_any()
}

/// What somebody who can be booked is told, in the dashboard's frame.
#[component]
pub fn StaffLettersRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let form = Form::of(Post::to::<SaveStaffLetters>());
    let id = given(&params, "id").unwrap_or_default();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (name, told) = setup::told(&platform, &actor, &slug, setup_forms::staff_id(&id)?).await?;
        Ok((slug, id, name, told))
    };
    view! {
        <SettingsFrame org=org>
            {written(read, move |(org, id, name, told)| told_of(org, id, name, told, form))}
        </SettingsFrame>
    }
    .into_any()
}

fn told_of(org: String, id: String, name: String, told: StaffLetters, form: Form) -> AnyView {
    let Form { post, state } = form;
    let StaffLetters { booked, moved, cancelled, to_confirm, agenda_hour } = told;
    let hours = (0..24).map(|hour: i64| (hour.to_string(), format::minute_of_day(hour * 60)));
    let hours = std::iter::once((String::new(), "Not at all".to_owned())).chain(hours).collect();
    let agenda = agenda_hour.map(|hour| hour.to_string()).unwrap_or_default();
    let back = format!("/app/{org}/calendar/letters");
    view! {
        <SettingsHead title=format!("Emails to {name}") about="What they are told of their own appointments." back=back back_label="Emails"/>
        <section class="card stack" aria-labelledby="told">
            <h2 id="told">"Email them when"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <Checkbox form=state name="booked" label="They are booked" value=booked/>
                <Checkbox form=state name="moved" label="An appointment is moved" value=moved/>
                <Checkbox form=state name="cancelled" label="A client cancels" value=cancelled/>
                <Checkbox form=state name="to_confirm" label="A booking waits to be confirmed" value=to_confirm/>
                <Select form=state name="agenda" label="A list of their day, at" hint="On the business’s clock, on days with an appointment." options=hours value=agenda/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…" kind=Look::Primary/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
