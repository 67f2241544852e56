//! `/app/{org}/settings/webhooks`: addresses of the organisation's own that are told what happens. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::webhook_delivery::{badge, pre};
use crate::{
    pages::plain::written,
    request,
    ui::{
        Badge, Checkboxes, DoneNotice, Empty, Field, FormMessage, FormState, Kind, LinkButton, Notice, Post, PostForm,
        SettingsFrame, SettingsHead, ShownOnce, SubmitButton, Tone, org_of_address, radio_cards, secret_shown_once,
        with_query,
    },
    webhooks::{
        MOST,
        api::{
            ALL, AddWebhook, ChangeWebhook, PauseWebhook, RemoveWebhook, ResumeWebhook, RotateWebhook, SOME,
            TestWebhook,
        },
        endpoints::{SecretView, State},
        views::{self, Line, Message, Page, Setup},
    },
};

const REMOVED: &[(&str, &str)] = &[("removed", "Deleted. Nothing is sent there any more.")];
const DONE: &[(&str, &str)] = &[
    ("saved", "Saved."),
    ("paused", "Paused. Nothing is sent until you resume it, and what happens meanwhile isn’t kept for it."),
    ("resumed", "It is on. It is told what happens from now on, and gets what still waited."),
    ("tested", "A test event is on its way. Load this page again in a moment to see what came of it."),
];

/// The list, in the dashboard's frame.
#[component]
pub fn WebhooksRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let (lines, room) = views::list(&platform, &actor, &org).await?;
            Ok((org, lines, room))
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, lines, room)| list(&org, lines, room))}</SettingsFrame> }
        .into_any()
}

fn list(org: &str, lines: Vec<Line>, room: bool) -> AnyView {
    let here = format!("/app/{org}/settings/webhooks");
    let add = if room {
        let href = format!("{here}/new");
        view! { <LinkButton href=href external=true>"Add a webhook"</LinkButton> }.into_any()
    } else {
        let words = format!("There are {MOST} webhooks, which is the most. Delete one to add another.");
        view! { <p class="soft">{words}</p> }.into_any()
    };
    let list = if lines.is_empty() {
        view! {
            <Empty title="No webhooks yet" icon="globe">
                <p>"With a webhook another program hears as soon as somebody books, moves or cancels: your accounting, your website, or a tool like Zapier. Whoever looks after that program gives you an address to enter here. Without such a program you need none."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = lines.into_iter().map(|webhook| line(&here, webhook)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! {
        <SettingsHead
            title="Webhooks"
            about="Have your own programs told what happens, as it happens. They get ids and times, and no names or phone numbers of clients."
            back=format!("/app/{org}/settings")
        />
        <DoneNotice words=REMOVED/>
        {list}
        <p class="row">{add}</p>
    }
    .into_any()
}

fn line(here: &str, webhook: Line) -> AnyView {
    let Line { id, name, url, events, state, failing } = webhook;
    let (tone, label) = standing(state, failing);
    let (href, see, named) = (format!("{here}/{id}"), format!("Open {name}"), name.clone());
    view! {
        <li class="line" data-webhook=named>
            <div class="line-text">
                <p class="line-title">{name} " " <Badge tone=tone label=label/></p>
                <p class="soft">{url}</p>
                <p class="soft">{events}</p>
            </div>
            <div class="line-end"><a class="btn btn-quiet" href=href rel="external" aria-label=see>"Open"</a></div>
        </li>
    }
    .into_any()
}

fn standing(state: State, failing: bool) -> (Tone, &'static str) {
    match state {
        State::Active if failing => (Tone::Warning, "Doesn’t answer"),
        State::Active => (Tone::Success, "Active"),
        State::Paused => (Tone::Neutral, "Paused"),
        State::Gone | State::Failing => (Tone::Error, "Switched off"),
    }
}

/// Adding one, in the dashboard's frame. Once it is added the page comes back with its secret, this once.
#[component]
pub fn NewWebhookRoute() -> AnyView {
    let org = org_of_address();
    let add = Post::to::<AddWebhook>();
    let form = FormState::of_post(add);
    let made = use_context::<ShownOnce<SecretView>>().map(|shown| shown.0);
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let setup = views::new(&platform, &actor, &org).await?;
            Ok((org, setup))
        }
    };
    let show = move |(org, setup): (String, Setup)| {
        let back = format!("/app/{org}/settings/webhooks");
        let body = if let Some(made) = made {
            let href = format!("{back}/{}", made.id);
            view! {
                <Notice tone=Tone::Success><p>"Added. It is told what happens from now on."</p></Notice>
                {secret_card(made.secret)}
                <p class="row"><LinkButton href=href external=true>"Open the webhook"</LinkButton></p>
            }
            .into_any()
        } else {
            let fields = fields(form, setup, String::new(), String::new());
            view! {
                <section class="card stack" aria-label="New webhook">
                    <PostForm post=add class="stack">
                        <FormMessage form=form/>
                        <input type="hidden" name="org" value=org/>
                        {fields}
                        <div class="form-actions"><SubmitButton form=form label="Add webhook" busy="Adding…"/></div>
                    </PostForm>
                </section>
            }
            .into_any()
        };
        view! {
            <SettingsHead title="New webhook" about="An address that is told what happens here." back=back back_label="Webhooks"/>
            {body}
        }
        .into_any()
    };
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn secret_card(secret: String) -> AnyView {
    secret_shown_once(
        "The webhook’s secret",
        "Copy it now, and give it to whoever looks after the program: with it the program can tell that a message is from us. It is shown this once, and nobody can read it afterwards, not even you.",
        secret,
    )
}

fn fields(form: FormState, setup: Setup, name: String, url: String) -> AnyView {
    let which = if setup.all { ALL } else { SOME };
    let choices = vec![
        (ALL.to_owned(), "Everything".to_owned(), "All that is listed below, and what is added later.".to_owned()),
        (SOME.to_owned(), "Only what I choose".to_owned(), "Tick it below.".to_owned()),
    ];
    let which = radio_cards(form, "which", "What is it told?", choices, which.to_owned());
    view! {
        <Field form=form name="name" label="What is it for?" hint="So that you can tell it from others, like “Accounting”." autocomplete="off" maxlength=100 value=name/>
        <Field
            form=form
            name="url"
            label="Address"
            hint="From whoever looks after the program. It begins with https:// and can be reached from the internet."
            type_="url"
            inputmode="url"
            autocomplete="off"
            maxlength=2048
            value=url
        />
        {which}
        <Checkboxes form=form name="events" legend="If only what you choose" options=setup.events/>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Forms {
    change: Post,
    changing: FormState,
    pause: Post,
    pausing: FormState,
    resume: Post,
    resuming: FormState,
    rotate: Post,
    rotating: FormState,
    test: Post,
    testing: FormState,
    remove: Post,
    removing: FormState,
}

impl Forms {
    fn new() -> Self {
        let (change, pause, resume) =
            (Post::to::<ChangeWebhook>(), Post::to::<PauseWebhook>(), Post::to::<ResumeWebhook>());
        let (rotate, test, remove) =
            (Post::to::<RotateWebhook>(), Post::to::<TestWebhook>(), Post::to::<RemoveWebhook>());
        Self {
            change,
            changing: FormState::of_post(change),
            pause,
            pausing: FormState::of_post(pause),
            resume,
            resuming: FormState::of_post(resume),
            rotate,
            rotating: FormState::of_post(rotate),
            test,
            testing: FormState::of_post(test),
            remove,
            removing: FormState::of_post(remove),
        }
    }

    /// One of them was refused: the page comes back with the address that it had before, and what that said is no news any more.
    fn refused(&self) -> bool {
        [self.changing, self.pausing, self.resuming, self.rotating, self.testing, self.removing]
            .iter()
            .any(|form| form.message().with_untracked(Option::is_some))
    }
}

/// One of them, in the dashboard's frame.
#[component]
pub fn WebhookRoute() -> AnyView {
    let org = org_of_address();
    let forms = Forms::new();
    let made = use_context::<ShownOnce<SecretView>>().map(|shown| shown.0.secret);
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let after = use_query_map().with_untracked(|query| query.get("after")).filter(|after| !after.is_empty());
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let page = views::page(&platform, &actor, &org, &id, after.as_deref()).await?;
            Ok((org, page, after.is_some()))
        }
    };
    let show = move |(org, page, goes_on): (String, Page, bool)| webhook(&org, page, goes_on, made, &forms);
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn webhook(org: &str, page: Page, goes_on: bool, made: Option<String>, forms: &Forms) -> AnyView {
    let Page { webhook, setup, failing_since, old_secret_until, messages, older } = page;
    let list = format!("/app/{org}/settings/webhooks");
    let here = format!("{list}/{}", webhook.id);
    let id = webhook.id.to_string();
    let done = (made.is_none() && !forms.refused()).then(|| view! { <DoneNotice words=DONE/> });
    let notice = state_notice(webhook.state, failing_since.as_deref());
    let active = webhook.state == State::Active;
    let messages = messages_card(&here, messages, older.map(|id| id.to_string()), goes_on);
    let buttons = buttons(org, &id, active, webhook.state == State::Paused, forms);
    let secret = secret_section(org, &id, old_secret_until.as_deref(), forms);
    let remove = remove_section(org, &id, forms);
    let (changing, version) = (forms.changing, forms.changing.version(webhook.version));
    let fields = fields(changing, setup, webhook.name.clone(), webhook.url);
    let (tone, label) = standing(webhook.state, failing_since.is_some());
    let org = org.to_owned();
    view! {
        <SettingsHead title=webhook.name back=list back_label="Webhooks"/>
        {done}
        {made.map(secret_card)}
        {notice}
        <section class="card stack" aria-labelledby="state">
            <h2 id="state">"State " <Badge tone=tone label=label/></h2>
            {buttons}
        </section>
        {messages}
        <section class="card stack" aria-labelledby="setup">
            <h2 id="setup">"Settings"</h2>
            <PostForm post=forms.change class="stack">
                <FormMessage form=changing/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                {fields}
                <div class="form-actions"><SubmitButton form=changing label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        {secret}
        {remove}
        {for_programmers()}
    }
    .into_any()
}

fn state_notice(state: State, failing_since: Option<&str>) -> Option<AnyView> {
    let words = match (state, failing_since) {
        (State::Active, None) | (State::Paused, _) => return None,
        (State::Active, Some(since)) => format!(
            "It has taken nothing since {since}. We keep trying; after five days we switch it off and mail the owner. Ask whoever looks after the program."
        ),
        (State::Gone, _) => "The address answered that it is gone for good, so we switched it off. Once there is a program again, correct the address below and switch it on.".to_owned(),
        (State::Failing, _) => "It took nothing for five days, so we switched it off. What happens now isn’t kept for it. Once the program works again, switch it on.".to_owned(),
    };
    Some(view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> }.into_any())
}

fn buttons(org: &str, id: &str, active: bool, paused: bool, forms: &Forms) -> AnyView {
    let hidden = || (org.to_owned(), id.to_owned());
    let Forms { resuming, testing, pausing, .. } = *forms;
    if !active {
        let (org, id) = hidden();
        let (words, label) = if paused {
            ("It is paused. Nothing is sent, and what happens meanwhile isn’t kept for it.", "Resume")
        } else {
            ("It is switched off.", "Switch it on")
        };
        return view! {
            <p>{words}</p>
            <FormMessage form=resuming/>
            <PostForm post=forms.resume>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=resuming label=label busy="Switching on…"/>
            </PostForm>
        }
        .into_any();
    }
    let ((org, id), (second_org, second_id)) = (hidden(), hidden());
    view! {
        <p>"A test event holds nothing about your business. It shows whether the program hears us."</p>
        <FormMessage form=testing/>
        <FormMessage form=pausing/>
        <div class="row">
            <PostForm post=forms.test>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=testing label="Send a test event" busy="Sending…" kind=Kind::Quiet/>
            </PostForm>
            <PostForm post=forms.pause>
                <input type="hidden" name="org" value=second_org/>
                <input type="hidden" name="id" value=second_id/>
                <SubmitButton form=pausing label="Pause" busy="Pausing…" kind=Kind::Quiet/>
            </PostForm>
        </div>
    }
    .into_any()
}

fn messages_card(here: &str, messages: Vec<Message>, older: Option<String>, goes_on: bool) -> AnyView {
    let list = if messages.is_empty() && goes_on {
        view! { <p class="soft">"Nothing older is kept."</p> }.into_any()
    } else if messages.is_empty() {
        view! {
            <Empty title="No messages yet" icon="clock">
                <p>"As soon as something is sent, you see it here. A test event shows at once whether it works."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = messages.into_iter().map(|message| message_line(here, message)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let older = older.map(|id| {
        let href = with_query(here, &[("after", &id)]);
        view! { <a class="btn btn-quiet" href=href rel="external">"Older"</a> }
    });
    let newest = goes_on.then(|| view! { <a class="btn btn-quiet" href=here.to_owned() rel="external">"Newest"</a> });
    view! {
        <section class="card stack" aria-labelledby="messages">
            <h2 id="messages">"Messages"</h2>
            <p class="soft">"The newest first, kept for 30 days."</p>
            {list}
            <p class="row">{newest}{older}</p>
        </section>
    }
    .into_any()
}

fn message_line(here: &str, message: Message) -> AnyView {
    let Message { id, what, when, state, again, outcome, next } = message;
    let (tone, label) = badge(state, again);
    let (href, see) = (format!("{here}/{id}"), format!("See {what}, {when}"));
    let outcome = (!outcome.is_empty()).then(|| view! { <p class="soft">{outcome}</p> });
    let next = next.map(|next| {
        let words = if again { "Tried again" } else { "Sent" };
        view! { <p class="soft">{format!("{words}: {next}")}</p> }
    });
    view! {
        <li class="line" data-message=id.to_string()>
            <div class="line-text">
                <p class="line-title">{what} " " <Badge tone=tone label=label/></p>
                <p class="soft">{when}</p>
                {outcome}
                {next}
            </div>
            <div class="line-end"><a class="btn btn-quiet" href=href rel="external" aria-label=see>"See"</a></div>
        </li>
    }
    .into_any()
}

fn secret_section(org: &str, id: &str, old_until: Option<&str>, forms: &Forms) -> AnyView {
    let (org, id, form) = (org.to_owned(), id.to_owned(), forms.rotating);
    let old = old_until.map(|until| {
        let words = format!("The secret before this one still works until {until}.");
        view! { <p>{words}</p> }
    });
    view! {
        <section class="card stack" aria-labelledby="secret">
            <h2 id="secret">"Secret"</h2>
            <p>"Each message is signed with it. Make another if somebody may have seen it who shouldn’t."</p>
            {old}
            <FormMessage form=form/>
            <details class="confirm">
                <summary class="btn btn-quiet">"Make another secret"</summary>
                <div class="confirm-panel">
                    <p>"It is shown once. For 24 hours the one from before works beside it, so that the program can change over."</p>
                    <PostForm post=forms.rotate>
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="id" value=id/>
                        <SubmitButton form=form label="Yes, make another" busy="Making…"/>
                    </PostForm>
                </div>
            </details>
        </section>
    }
    .into_any()
}

fn remove_section(org: &str, id: &str, forms: &Forms) -> AnyView {
    let (org, id, form) = (org.to_owned(), id.to_owned(), forms.removing);
    view! {
        <section class="card stack" aria-labelledby="delete">
            <h2 id="delete">"Delete this webhook"</h2>
            <FormMessage form=form/>
            <details class="confirm">
                <summary class="btn btn-danger-outline">"Delete"</summary>
                <div class="confirm-panel">
                    <p>"Nothing is sent there any more, and its messages are deleted here. This can’t be undone."</p>
                    <PostForm post=forms.remove>
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="id" value=id/>
                        <SubmitButton form=form label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/>
                    </PostForm>
                </div>
            </details>
        </section>
    }
    .into_any()
}

/// What whoever programs the other end needs to know.
fn for_programmers() -> AnyView {
    let example = "webhook-id: msg_019ac1…\nwebhook-timestamp: 1795212300\nwebhook-signature: v1,base64(hmac-sha256(key, id.timestamp.body))";
    view! {
        <details class="card">
            <summary>"For whoever looks after the program"</summary>
            <div class="stack">
                <p>"We send a POST with JSON, signed as Standard Webhooks says ("<a href="https://www.standardwebhooks.com" rel="external noopener">"www.standardwebhooks.com"</a>"), which has libraries for most languages. The key is what follows whsec_ in the secret, in base64."</p>
                {pre(example.to_owned())}
                <p>"Answer with a status from 200 to 299 within 10 seconds. Otherwise we try again for up to three days. The same message has the same webhook-id each time: ignore one that you had before. Status 410 ends it."</p>
                <p>"A message holds ids, times and where things stand, and nothing personal. Ask the API for the rest, with a token that may."</p>
            </div>
        </details>
    }
    .into_any()
}
