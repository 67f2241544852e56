//! `/app/{org}/scoreboard/sources` and below: what comes in by itself. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    modules::scoreboard::sources::{
        MOST, Outcome, Source, SourceSecretView,
        api::{
            AddRule, AddSource, LookAgain, RemoveRule, RemoveSource, RotateSource, SMALLEST, SaveSource, TestSource,
            TryMessage, WHOLE,
        },
        mapping::{Condition, Mapping},
        signing::SignedBy,
        taking::Taken,
        views::{self, Message, MessagePage, RuleLine, Setup, SourcePage, SourcesPage},
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DateField, DoneNotice, Empty, Field, Form, FormMessage, FormState, Kind, LinkButton, Notice,
        Post, PostForm, Select, SettingsFrame, SettingsHead, ShownOnce, SubmitButton, TextArea, Tone, confirmed_by,
        folded_by, given, org_of_address, radio_cards, secret_shown_once,
    },
};

const DONE: &[(&str, &str)] = &[
    ("removed", "Deleted. What it told stays entered."),
    ("counted", "Added. It is counted within a few seconds."),
    ("uncounted", "It is counted no longer. What was counted stays."),
    ("looking", "It is looked at again. Load this page again in a moment."),
];
const DONE_HERE: &[(&str, &str)] = &[("saved", "Saved. The next message is read so.")];
const TRIED: &[(&str, &str)] = &[("tried", "Tried again. Below is what came of it.")];
const PATHS: &str = "Where it stands in the message: data.amount, or items[0].price.";

#[derive(Clone, Copy)]
struct Rules {
    add: Form,
    remove: Form,
    again: Form,
}

/// All of it, in the dashboard's frame.
#[component]
pub fn SourcesRoute() -> AnyView {
    let org = org_of_address();
    let forms = Rules {
        add: Form::of(Post::to::<AddRule>()),
        remove: Form::of(Post::to::<RemoveRule>()),
        again: Form::of(Post::to::<LookAgain>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| list(&slug, page, &forms))}</SettingsFrame> }
        .into_any()
}

fn list(org: &str, page: SourcesPage, forms: &Rules) -> AnyView {
    let here = format!("/app/{org}/scoreboard/sources");
    let add = if page.sources.len() < MOST {
        let href = format!("{here}/new");
        view! { <LinkButton href=href external=true>"Add a program"</LinkButton> }.into_any()
    } else {
        view! { <p class="soft">{format!("There are {MOST} programs, which is the most.")}</p> }.into_any()
    };
    let programs = if page.sources.is_empty() {
        view! {
            <Empty title="No programs yet" icon="globe">
                <p>"Another program can tell what was sold or done: your online shop, your till, or a tool like Zapier. It sends a message to an address here, and each becomes an entry."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = page.sources.into_iter().map(|(source, last)| program(&here, source, last)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let refused =
        [forms.add, forms.remove, forms.again].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let troubles = (!page.troubles.is_empty()).then(|| {
        let lines = page
            .troubles
            .into_iter()
            .map(|trouble| {
                view! {
                    <li class="line">
                        <div class="line-text">
                            <p class="line-title">{trouble.what}</p>
                            <p>{trouble.words}</p>
                            <p class="soft">{trouble.when}</p>
                        </div>
                    </li>
                }
            })
            .collect_view();
        let (again, org) = (forms.again, org.to_owned());
        view! {
            <section class="card stack" aria-labelledby="troubles">
                <h2 id="troubles">"What couldn’t be counted"</h2>
                <p>"Put it right first: link who did it under “People on the scoreboard”, or change what is counted. Then look again."</p>
                <FormMessage form=again.state/>
                <ul class="lines">{lines}</ul>
                <PostForm post=again.post>
                    <input type="hidden" name="org" value=org/>
                    <SubmitButton form=again.state label="Look again" busy="Looking…" kind=Kind::Quiet/>
                </PostForm>
            </section>
        }
    });
    let rules = if page.offers.is_empty() && page.rules.is_empty() {
        view! {
            <Empty title="Nothing to count elsewhere" icon="calendar">
                <p>"Where another part of Devalo is turned on, like a calendar, what is done there can be counted here by itself."</p>
            </Empty>
        }
        .into_any()
    } else {
        let none = page.rules.is_empty().then(|| {
            view! { <p class="soft">"What is done elsewhere can count here by itself: each completed appointment, for instance."</p> }
        });
        let lines = page.rules.into_iter().map(|rule| rule_line(org, rule, forms.remove)).collect_view();
        let lines = view! { <ul class="lines">{lines}</ul> };
        let form = (!page.offers.is_empty()).then(|| {
            let events = page
                .offers
                .iter()
                .map(|offer| (offer.countable.name.to_owned(), format!("{}: {}", offer.module, offer.countable.label)));
            rule_form(org, forms.add, events.collect(), page.metrics)
        });
        view! { <FormMessage form=forms.remove.state/> {none} {lines} {form} }.into_any()
    };
    view! {
        <SettingsHead title="What comes in by itself" about="Results that nobody has to type." back=format!("/app/{org}/settings")/>
        {done}
        <section class="card stack" aria-labelledby="programs">
            <h2 id="programs">"From other programs"</h2>
            {programs}
            <p class="row">{add}</p>
        </section>
        <section class="card stack" aria-labelledby="rules">
            <h2 id="rules">"From other parts of Devalo"</h2>
            {rules}
        </section>
        {troubles}
    }
    .into_any()
}

fn program(here: &str, source: Source, last: Option<Message>) -> AnyView {
    let href = format!("{here}/{}", source.id);
    let last = match last {
        None => view! { <p class="soft">"Nothing has come yet."</p> }.into_any(),
        Some(last) => {
            let badge = badge(last.outcome);
            view! { <p class="soft">{last.when} ": " {last.words} " " {badge}</p> }.into_any()
        }
    };
    let off = (!source.active).then(|| view! { <Badge label="Off"/> });
    let named = source.name.clone();
    view! {
        <li class="line" data-source=named>
            <div class="line-text">
                <p class="line-title"><a href=href rel="external">{source.name}</a> " " {off}</p>
                {last}
            </div>
        </li>
    }
    .into_any()
}

fn rule_line(org: &str, rule: RuleLine, remove: Form) -> AnyView {
    let RuleLine { id, what, counts, tally: (done, not), listed } = rule;
    let mut words = counted(done, "is counted", "are counted");
    if not > 0 {
        words = format!("{words}, {}", counted(not, "couldn’t be", "couldn’t be"));
    }
    let busy = (!listed).then(|| view! { <Badge tone=Tone::Info label="Being counted"/> });
    let (org, id, label) = (org.to_owned(), id.to_string(), what.clone());
    let inside = view! {
        <p>"What was counted stays, also where it is undone later."</p>
        <PostForm post=remove.post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <SubmitButton form=remove.state label="Yes, stop counting" busy="Stopping…" kind=Kind::Quiet/>
        </PostForm>
    };
    view! {
        <li class="line" data-rule=label>
            <div class="line-text">
                <p class="line-title">{what} " " {busy}</p>
                <p>{counts}</p>
                <p class="soft">{words} "."</p>
                <details class="confirm">
                    <summary class="btn btn-quiet">"Stop counting"</summary>
                    <div class="confirm-panel stack">{inside}</div>
                </details>
            </div>
        </li>
    }
    .into_any()
}

fn rule_form(org: &str, add: Form, events: Vec<(String, String)>, metrics: Vec<(String, String)>) -> AnyView {
    let (state, org) = (add.state, org.to_owned());
    if metrics.is_empty() {
        let href = format!("/app/{org}/scoreboard/metrics");
        return view! { <p><a href=href>"Say what is counted"</a> " first. Then what is done elsewhere can be counted as that."</p> }
            .into_any();
    }
    let ways = vec![
        ("one".to_owned(), "Each counts as one".to_owned(), "For a number, like visits.".to_owned()),
        (
            "value".to_owned(),
            "What it is worth".to_owned(),
            "For money. Where amounts are without GST, it is taken off.".to_owned(),
        ),
    ];
    let ways = radio_cards(state, "counts", "How it counts", ways, "one".to_owned());
    let inside = view! {
        <p>"It counts for the member who did it, once they are linked to somebody on the scoreboard. Where it is undone, it is taken back by itself."</p>
        <PostForm post=add.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <Select form=state name="event" label="What happens" options=events/>
            <Select form=state name="counted_as" label="Counts as" options=metrics/>
            {ways}
            <DateField form=state name="since" label="From" hint="The first day that is counted. Empty: from now on."/>
            <div class="form-actions"><SubmitButton form=state label="Count it" busy="Adding…"/></div>
        </PostForm>
    };
    folded_by("Count something", state, inside.into_any())
}

/// Adding a program, in the dashboard's frame. Once it is added the page comes back with its secret, this once.
#[component]
pub fn NewSourceRoute() -> AnyView {
    let org = org_of_address();
    let add = Form::of(Post::to::<AddSource>());
    let made = use_context::<ShownOnce<SourceSecretView>>().map(|shown| shown.0);
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let setup = views::new(&platform, &actor, &slug).await?;
        Ok((slug, setup))
    };
    let show = move |(org, setup): (String, Setup)| {
        let back = format!("/app/{org}/scoreboard/sources");
        let body = if let Some(made) = made {
            let href = format!("{back}/{}", made.id);
            view! {
                <Notice tone=Tone::Success><p>"Added."</p></Notice>
                {secret_card(made.secret)}
                <p class="row"><LinkButton href=href external=true>"Open it: its address is there"</LinkButton></p>
            }
            .into_any()
        } else {
            let fields = fields(add.state, setup, &Current::default());
            view! {
                <section class="card stack" aria-label="New program">
                    <PostForm post=add.post class="stack">
                        <FormMessage form=add.state/>
                        <input type="hidden" name="org" value=org/>
                        {fields}
                        <div class="form-actions"><SubmitButton form=add.state label="Add program" busy="Adding…"/></div>
                    </PostForm>
                </section>
            }
            .into_any()
        };
        view! {
            <SettingsHead title="New program" about="What it sends, and where in it each part stands." back=back back_label="What comes in by itself"/>
            {body}
        }
        .into_any()
    };
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn secret_card(secret: String) -> AnyView {
    secret_shown_once(
        "The program’s secret",
        "Copy it now, and enter it in the program: it signs its messages with it. It is shown this once, and nobody can read it afterwards, not even you.",
        secret,
    )
}

/// What the fields hold before anybody typed.
#[derive(Default)]
struct Current {
    name: String,
    signed_by: String,
    metric: String,
    person: String,
    mapping: Mapping,
}

fn fields(form: FormState, setup: Setup, now: &Current) -> AnyView {
    let ways = SignedBy::ALL.map(|way| (way.as_str().to_owned(), way.label().to_owned())).to_vec();
    let or_by_path = |words: &str, all: Vec<(String, String)>| {
        std::iter::once((String::new(), words.to_owned())).chain(all).collect::<Vec<_>>()
    };
    let metrics = or_by_path("The message says it", setup.metrics);
    let people = or_by_path("The message says it", setup.people);
    let Mapping { only, amount, smallest, metric, person, when, note, external_id } = now.mapping.clone();
    let amount_in = if smallest { SMALLEST } else { WHOLE };
    let units = vec![
        (WHOLE.to_owned(), "As people write it: 12.50".to_owned()),
        (SMALLEST.to_owned(), "In cents: 1250".to_owned()),
    ];
    let mut only = only.into_iter();
    let Condition { path: event_path, is: events } = only.next().unwrap_or_default();
    let Condition { path: only_path, is: only_is } = only.next().unwrap_or_default();
    let (events, only_is) = (events.join(", "), only_is.join(", "));
    view! {
        <Field form=form name="name" label="Name" hint="Like “Online shop”." autocomplete="off" maxlength=100 value=now.name.clone()/>
        <Select form=form name="signed_by" label="How it signs" hint="Look in the program’s settings for webhooks." options=ways value=now.signed_by.clone()/>
        <fieldset class="source-part stack">
            <legend>"What is entered"</legend>
            <Select form=form name="metric" label="What is counted" options=metrics value=now.metric.clone()/>
            <Field form=form name="metric_path" label="If the message says it" hint="Where its word or its name stands." optional=true autocomplete="off" value=metric/>
            <Select form=form name="person" label="Whose it is" options=people value=now.person.clone()/>
            <Field form=form name="person_path" label="Where the person stands" hint="A name, another name of theirs, or a member’s email address. Other names can be codes of the program: they are set under “People on the scoreboard”." optional=true autocomplete="off" value=person/>
            <Field form=form name="amount" label="Where the amount stands" hint=format!("{PATHS} Empty: each message counts as one.") optional=true autocomplete="off" value=amount/>
            <Select form=form name="amount_in" label="The amount is" options=units value=amount_in/>
            <Field form=form name="when" label="Where the time stands" hint="Empty: when the message comes." optional=true autocomplete="off" value=when/>
            <Field form=form name="note" label="Where a note stands" optional=true autocomplete="off" value=note/>
            <Field form=form name="external_id" label="Where its id stands" hint="An order’s number, for example: the same is entered once only. Empty: the message’s own id." optional=true autocomplete="off" value=external_id/>
        </fieldset>
        <fieldset class="source-part stack">
            <legend>"Which messages are taken"</legend>
            <p class="soft">"The others are accepted, and nothing comes of them. Empty: all are taken."</p>
            <Field form=form name="event_path" label="Where the event stands" hint="Like type." optional=true autocomplete="off" value=event_path/>
            <Field form=form name="events" label="Which events" hint="With commas between: order.paid, order.settled." optional=true autocomplete="off" maxlength=2000 value=events/>
            <Field form=form name="only_path" label="Something else has to be there" hint="Where: like data.currency." optional=true autocomplete="off" value=only_path/>
            <Field form=form name="only_is" label="And has to be" hint="Like AUD." optional=true autocomplete="off" value=only_is/>
        </fieldset>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Forms {
    save: Form,
    rotate: Form,
    remove: Form,
    test: Form,
}

/// One of them, in the dashboard's frame.
#[component]
pub fn SourceRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        save: Form::of(Post::to::<SaveSource>()),
        rotate: Form::of(Post::to::<RotateSource>()),
        remove: Form::of(Post::to::<RemoveSource>()),
        test: Form::of(Post::to::<TestSource>()),
    };
    let made = use_context::<ShownOnce<SourceSecretView>>().map(|shown| shown.0.secret);
    let tested = use_context::<ShownOnce<(String, Taken)>>().map(|shown| shown.0);
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::source_page(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    let show = move |(slug, page): (String, SourcePage)| source(&slug, page, made, tested, &forms);
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn source(
    org: &str,
    page: SourcePage,
    made: Option<String>,
    tested: Option<(String, Taken)>,
    forms: &Forms,
) -> AnyView {
    let SourcePage { source, metric, setup, address, old_secret_until, messages } = page;
    let list = format!("/app/{org}/scoreboard/sources");
    let (here, id) = (format!("{list}/{}", source.id), source.id.to_string());
    let refused = [forms.save, forms.rotate, forms.remove, forms.test]
        .iter()
        .any(|form| form.state.message().with_untracked(Option::is_some));
    let quiet = refused || made.is_some() || tested.is_some();
    let done = (!quiet).then(|| view! { <DoneNotice words=DONE_HERE/> });
    let off = (!source.active).then(|| {
        view! { <Notice tone=Tone::Warning><p>"It is off: whatever it sends is refused."</p></Notice> }
    });
    let current = Current {
        name: source.name.clone(),
        signed_by: source.signed_by.as_str().to_owned(),
        metric,
        person: source.person.map(|person| person.to_string()).unwrap_or_default(),
        mapping: source.mapping,
    };
    let (save, version) = (forms.save.state, forms.save.state.version(source.version));
    let fields = fields(save, setup, &current);
    let (for_save, own) = (org.to_owned(), id.clone());
    view! {
        <SettingsHead title=source.name back=list back_label="What comes in by itself"/>
        {done}
        {made.map(secret_card)}
        {off}
        <section class="card stack" aria-labelledby="address">
            <h2 id="address">"Its address"</h2>
            <p>"Enter it in the program: it sends a POST with JSON there, signed with the secret."</p>
            <div class="field">
                <label for="source-address">"Address"</label>
                <input class="input" id="source-address" type="text" readonly=true value=address autocomplete="off" spellcheck="false"/>
            </div>
            {for_programmers()}
        </section>
        {test_card(org, &id, forms.test, tested)}
        {messages_card(&here, messages)}
        <section class="card stack" aria-labelledby="setup">
            <h2 id="setup">"Settings"</h2>
            <PostForm post=forms.save.post class="stack">
                <FormMessage form=save/>
                <input type="hidden" name="org" value=for_save/>
                <input type="hidden" name="id" value=own/>
                <input type="hidden" name="version" value=version/>
                {fields}
                <Checkbox form=save name="active" label="Listen to it" hint="Otherwise whatever it sends is refused." value=source.active/>
                <div class="form-actions"><SubmitButton form=save label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        {secret_section(org, &id, old_secret_until, forms.rotate)}
        {remove_section(org, &id, forms.remove)}
    }
    .into_any()
}

fn test_card(org: &str, id: &str, test: Form, tested: Option<(String, Taken)>) -> AnyView {
    let (org, id, state) = (org.to_owned(), id.to_owned(), test.state);
    let (typed, outcome) = match tested {
        None => (String::new(), None),
        Some((typed, taken)) => {
            let (tone, words) = match taken.outcome {
                Outcome::Entered => (Tone::Success, format!("It would enter {}", taken.words)),
                Outcome::Again => (Tone::Info, format!("It came in before: {}", taken.words)),
                Outcome::Ignored => (Tone::Info, format!("It would be left out: {}", taken.words)),
                _ => (Tone::Error, format!("It would be refused. {}", taken.words)),
            };
            (typed, Some(view! { <Notice tone=tone><p id="tested">{words}</p></Notice> }))
        }
    };
    view! {
        <section class="card stack" aria-labelledby="test">
            <h2 id="test">"Try a message"</h2>
            {outcome}
            <PostForm post=test.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <TextArea form=state name="body" label="The JSON that the program sends" hint="You see what would come of it. Nothing is entered." rows=6 maxlength=60000 value=typed/>
                <div class="form-actions"><SubmitButton form=state label="Try it" busy="Trying…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn messages_card(here: &str, messages: Vec<Message>) -> AnyView {
    let list = if messages.is_empty() {
        view! {
            <Empty title="No messages yet" icon="clock">
                <p>"As soon as the program sends something, you see here what came of it, and why it was refused if it was."</p>
            </Empty>
        }
        .into_any()
    } else {
        let line = |message: Message| {
            let (href, see) = (format!("{here}/{}", message.id), format!("See the message of {}", message.when));
            let badge = badge(message.outcome);
            view! {
                <li class="line" data-message=message.id.to_string()>
                    <div class="line-text">
                        <p class="line-title">{message.when} " " {badge}</p>
                        <p class="soft">{message.words}</p>
                    </div>
                    <div class="line-end"><a class="btn btn-quiet" href=href rel="external" aria-label=see>"See"</a></div>
                </li>
            }
        };
        let lines = messages.into_iter().map(line).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="messages">
            <h2 id="messages">"Messages"</h2>
            <p class="soft">"The newest first. What they said is kept for a week, and that they came for a month."</p>
            {list}
        </section>
    }
    .into_any()
}

fn badge(outcome: Option<Outcome>) -> AnyView {
    let (tone, label) = match outcome {
        Some(Outcome::Entered) => (Tone::Success, "Entered"),
        Some(Outcome::Again) => (Tone::Neutral, "Came before"),
        Some(Outcome::Ignored) => (Tone::Neutral, "Left out"),
        Some(Outcome::Refused) => (Tone::Error, "Refused"),
        Some(Outcome::Unsigned) => (Tone::Error, "Not signed rightly"),
        Some(Outcome::Late) => (Tone::Error, "Too late"),
        Some(Outcome::Large) => (Tone::Error, "Too large"),
        None => (Tone::Neutral, "Unknown"),
    };
    view! { <Badge tone=tone label=label/> }.into_any()
}

fn secret_section(org: &str, id: &str, old_until: Option<String>, rotate: Form) -> AnyView {
    let (org, id, state) = (org.to_owned(), id.to_owned(), rotate.state);
    let old =
        old_until.map(|until| view! { <p>{format!("The secret before this one still holds until {until}.")}</p> });
    let inside = view! {
        <p>"For 24 hours the one from before holds beside it, so that the program can change over."</p>
        <PostForm post=rotate.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <Field form=state name="secret" label="The one that the program shows" hint="Some programs make the secret themselves: enter it here. Empty: we make one, and show it once." optional=true autocomplete="off"/>
            <div class="form-actions"><SubmitButton form=state label="Yes, change it" busy="Changing…"/></div>
        </PostForm>
    };
    view! {
        <section class="card stack" aria-labelledby="secret">
            <h2 id="secret">"Secret"</h2>
            <p>"Each message is signed with it. Change it if somebody may have seen it who shouldn’t."</p>
            {old}
            {confirmed_by("Change the secret", state, inside.into_any())}
        </section>
    }
    .into_any()
}

fn remove_section(org: &str, id: &str, remove: Form) -> AnyView {
    let (org, id, state) = (org.to_owned(), id.to_owned(), remove.state);
    let inside = view! {
        <p>"Nothing of it is taken any more, and its messages are deleted here. What was entered stays."</p>
        <PostForm post=remove.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <div class="form-actions"><SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/></div>
        </PostForm>
    };
    confirmed_by("Delete program", state, inside.into_any())
}

/// What whoever programs the other end needs to know.
fn for_programmers() -> AnyView {
    view! {
        <details>
            <summary>"For whoever looks after the program"</summary>
            <div class="stack">
                <p>"Standard Webhooks ("<a href="https://www.standardwebhooks.com" rel="external noopener">"www.standardwebhooks.com"</a>") has libraries for most languages: the key is what follows whsec_ in the secret, in base64. A message is good for five minutes."</p>
                <p>"With one header, it is the HMAC-SHA256 of the body, in hexadecimal digits, with sha256= before it or without. The key is the whole secret, as it is written."</p>
                <p>"We answer 200 to what is entered, was entered before, or isn’t taken. 401: it isn’t signed rightly. 404: nobody listens there. 409: the same id came before with something else. 413: it is larger than 256 KB. 422: which path isn’t as it should be. 429: wait as long as Retry-After says. Send again only what got 429 or 500 and above."</p>
            </div>
        </details>
    }
    .into_any()
}

/// One message, in the dashboard's frame.
#[component]
pub fn SourceMessageRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let message = given(&params, "message").unwrap_or_default();
    let again = Form::of(Post::to::<TryMessage>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::message_page(&platform, &actor, &slug, &id, &message).await?;
        Ok((slug, page))
    };
    let show = move |(slug, page): (String, MessagePage)| message_body(&slug, page, again);
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn message_body(org: &str, page: MessagePage, again: Form) -> AnyView {
    let MessagePage { source, message, name, body } = page;
    let back = format!("/app/{org}/scoreboard/sources/{}", source.id);
    let state = again.state;
    let refused = state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=TRIED/> });
    let entry = message.entry.map(|entry| {
        let href = format!("/app/{org}/scoreboard/entries/{entry}");
        view! { <p><a href=href>"See the entry"</a></p> }
    });
    let name = name.map(|name| view! { <p class="soft">"Its id there: " {name}</p> });
    let can_be_tried = message.kept && message.outcome.is_some_and(Outcome::can_be_tried);
    let (for_again, own) = (org.to_owned(), message.id.to_string());
    let try_again = can_be_tried.then(|| {
        view! {
            <p>"Once the settings are right, try it again: it is read as they are now."</p>
            <FormMessage form=state/>
            <PostForm post=again.post>
                <input type="hidden" name="org" value=for_again/>
                <input type="hidden" name="id" value=own/>
                <SubmitButton form=state label="Try it again" busy="Trying…"/>
            </PostForm>
        }
    });
    let body = match body {
        Some(body) => view! { <pre class="told-body" tabindex="0" aria-label="The message">{body}</pre> }.into_any(),
        None => view! { <p class="soft">"It isn’t kept."</p> }.into_any(),
    };
    let badge = badge(message.outcome);
    view! {
        <SettingsHead title="A message" about=message.when back=back back_label="Back to the program"/>
        {done}
        <section class="card stack" aria-labelledby="outcome">
            <h2 id="outcome">"What came of it " {badge}</h2>
            <p>{message.words}</p>
            {entry}
            {name}
            {try_again}
        </section>
        <section class="card stack" aria-labelledby="body">
            <h2 id="body">"What it said"</h2>
            {body}
        </section>
    }
    .into_any()
}
