//! `/account`: how one's account is secured, and where one is logged in.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Meta;

use super::{
    factor::{recovery_codes, set_up, until_answered},
    new_password::new_password,
    passkey::PasskeyButton,
};
use crate::{
    auth::{
        api::{
            AddPasskey, AskToConfirmEmail, ChangeEmail, ChangeName, ChangePassword, ConfirmAgain,
            ConfirmAgainWithPasskey, ConfirmEnrolment, EndSession, KeepEmail, LogOutElsewhere, LogOutEverywhere,
            NewRecoveryCodes, RemoveFactor, RemovePasskey, account, enrolment,
        },
        wire::{AccountPage, Happening, NewAddress, PasskeyLine, RecoveryCodes, SessionLine},
    },
    error::{AppError, Code, Result},
    packed::{Packing, page_data},
    people::api::KeepFactor,
    ui::{
        AccountFrame, ActForm, Badge, DoneNotice, ErrorView, Field, FormMessage, FormState, Icon, Kind, LinkButton,
        NarrowFrame, Notice, Post, PostForm, Skeleton, SubmitButton, Tone, answer_of, next_of_address, times_accepted,
        with_query,
    },
};

#[derive(Clone, Copy)]
struct Forms {
    confirm: Post,
    confirming: FormState,
    keep: Post,
    keeping: FormState,
    stay: Post,
    staying: FormState,
    end: ServerAction<EndSession>,
    ending: FormState,
    elsewhere: Post,
    staying_here: FormState,
    everywhere: ServerAction<LogOutEverywhere>,
    leaving: FormState,
    remove: ServerAction<RemoveFactor>,
    removing: FormState,
    codes: ServerAction<NewRecoveryCodes>,
    making: FormState,
    forget: Post,
    forgetting: FormState,
}

/// `/account`
#[component]
pub fn AccountRoute() -> AnyView {
    let end = ServerAction::<EndSession>::new();
    let everywhere = ServerAction::<LogOutEverywhere>::new();
    let (remove, codes) = (ServerAction::<RemoveFactor>::new(), ServerAction::<NewRecoveryCodes>::new());
    let (confirm, keep, stay) = (Post::to::<AskToConfirmEmail>(), Post::to::<KeepEmail>(), Post::to::<KeepFactor>());
    let (forget, elsewhere) = (Post::to::<RemovePasskey>(), Post::to::<LogOutElsewhere>());
    let forms = Forms {
        confirm,
        confirming: FormState::of_post(confirm).staying(),
        keep,
        keeping: FormState::of_post(keep).staying(),
        stay,
        staying: FormState::of_post(stay).staying(),
        end,
        ending: FormState::new(end).staying(),
        elsewhere,
        staying_here: FormState::of_post(elsewhere).staying(),
        everywhere,
        leaving: FormState::new(everywhere),
        remove,
        removing: FormState::new(remove).staying(),
        codes,
        making: FormState::new(codes).staying(),
        forget,
        forgetting: FormState::of_post(forget).staying(),
    };
    let made = answer_of(codes);
    let done = [times_accepted(end), times_accepted(remove), times_accepted(codes)];
    let times = Signal::derive(move || {
        done.iter().map(Get::get).sum::<usize>()
            + confirm.times_accepted()
            + keep.times_accepted()
            + stay.times_accepted()
            + forget.times_accepted()
            + elsewhere.times_accepted()
    });
    let page = read(times);
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => overview(page, &forms, times),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <AccountFrame title="Your account">
            {recovery_codes(made, || "/account".to_owned())}
            {until_answered(made, move || view! { <Transition fallback=|| view! { <Skeleton lines=10/> }>{body}</Transition> }.into_any())}
        </AccountFrame>
    }
    .into_any()
}

/// Somebody's account, read again whenever `times` moves on.
fn read(times: Signal<usize>) -> Resource<Result<AccountPage>, Packing> {
    page_data(move || times.get(), |_| account())
}

/// What a page shows of somebody's account.
type Body = Arc<dyn Fn(AccountPage) -> AnyView + Send + Sync>;

/// Somebody's account, as one of its pages reads it, and the forms that show again who one is.
#[derive(Clone, Copy)]
struct Own {
    page: Resource<Result<AccountPage>, Packing>,
    times: Signal<usize>,
    again: Post,
    form: FormState,
    with_passkey: Post,
    signing: FormState,
}

impl Own {
    fn new() -> Self {
        let (again, with_passkey) = (Post::to::<ConfirmAgain>(), Post::to::<ConfirmAgainWithPasskey>());
        let times = Signal::derive(move || again.times_accepted() + with_passkey.times_accepted());
        Self {
            page: read(times),
            times,
            again,
            form: FormState::of_post(again).staying(),
            with_passkey,
            signing: FormState::of_post(with_passkey).staying(),
        }
    }

    /// What `body` makes of it, once it is read.
    fn then(self, body: Body) -> AnyView {
        let body = move || {
            let body = Arc::clone(&body);
            Suspend::new(async move {
                match self.page.await {
                    Ok(page) => body(page),
                    Err(error) => view! { <ErrorView error=error/> }.into_any(),
                }
            })
        };
        view! { <Transition fallback=|| view! { <Skeleton lines=5/> }>{body}</Transition> }.into_any()
    }

    /// The same on a card of this title. A page that changes how the account is opened names itself as `here`: who hasn’t
    /// just shown who they are does so on it first.
    fn card(self, title: &'static str, here: Option<&'static str>, body: Body) -> AnyView {
        self.then(Arc::new(move |page: AccountPage| match here {
            Some(here) if !page.confirmed => within(self.confirm(page, Signal::stored(here.to_owned()))),
            _ => within(card(title, body(page))),
        }))
    }

    /// Asks for the password, and what else there is, and goes on to `next`.
    fn confirm(self, page: AccountPage, next: Signal<String>) -> AnyView {
        let Self { again, form, with_passkey, signing, .. } = self;
        let (factor, app, passkey) = (page.has_factor(), page.app_since.is_some(), !page.passkeys.is_empty());
        let next = move || next.get();
        let code = factor.then(|| {
            let (label, hint) = if app {
                ("Code", "From your authenticator app, or a recovery code.")
            } else {
                ("Recovery code", "Or use your passkey, below.")
            };
            view! { <Field form=form name="code" label=label hint=hint autocomplete="one-time-code" maxlength=40/> }
        });
        let passkey = passkey.then(|| {
            view! {
                <PostForm post=with_passkey class="stack instead">
                    <FormMessage form=signing/>
                    <input type="hidden" name="next" value=next/>
                    <PasskeyButton purpose="again" form=signing label="Use your passkey" kind=Kind::Quiet/>
                </PostForm>
            }
        });
        let body = view! {
            <p>"You’re about to change something important. We won’t ask again for ten minutes."</p>
            <PostForm post=again class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="next" value=next/>
                <input type="hidden" name="username" autocomplete="username" value=page.email/>
                <Field form=form name="password" label="Password" type_="password" autocomplete="current-password" maxlength=1024 autofocus=true/>
                {code}
                <SubmitButton form=form label="Continue" busy="Checking…"/>
            </PostForm>
            {passkey}
        };
        card("Confirm that it is you", body.into_any())
    }
}

fn card(title: &'static str, body: AnyView) -> AnyView {
    view! { <div class="card stack"><h1>{title}</h1>{body}</div> }.into_any()
}

/// With the way back to the account’s page.
fn within(body: AnyView) -> AnyView {
    view! { <a class="back" href="/account"><Icon name="back"/>"Your account"</a>{body} }.into_any()
}

/// A page of the account’s; recovery codes take its place once they are made.
fn frame(
    title: &'static str,
    codes: Option<Signal<Option<RecoveryCodes>>>,
    body: Arc<dyn Fn() -> AnyView + Send + Sync>,
) -> AnyView {
    let body = match codes {
        None => body(),
        Some(codes) => {
            let shown = recovery_codes(codes, || "/account".to_owned());
            view! { {shown}{until_answered(codes, move || body())} }.into_any()
        }
    };
    view! { <AccountFrame title=title within="Your account">{body}</AccountFrame> }.into_any()
}

/// `/account/second-factor`: somebody logged in sets one up.
#[component]
pub fn SecondFactorRoute() -> AnyView {
    const TITLE: &str = "Set up an authenticator app";
    let confirm = ServerAction::<ConfirmEnrolment>::new();
    let form = FormState::new(confirm).staying();
    let codes = answer_of(confirm);
    let own = Own::new();
    let page = page_data(move || own.times.get(), |_| enrolment());
    let body = move || {
        Suspend::new(async move {
            match (page.await, own.page.await) {
                // Half-way in, it is set up at `/login/set-up`.
                (_, Err(error)) => view! { <ErrorView error=error/> }.into_any(),
                (Ok(page), Ok(_)) => {
                    let set_up = view! {
                        <p>"Once you confirm, you’ll need a code from your phone at each log-in. Your other devices will be logged out."</p>
                        <ActForm action=confirm class="stack">
                            {set_up(page, form)}
                        </ActForm>
                    };
                    within(card(TITLE, set_up.into_any()))
                }
                (Err(AppError { code: Code::Unconfirmed, .. }), Ok(page)) => {
                    within(own.confirm(page, Signal::stored("/account/second-factor".to_owned())))
                }
                (Err(error), _) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    frame(
        TITLE,
        Some(codes),
        Arc::new(move || {
            view! { <Transition fallback=|| view! { <Skeleton lines=8/> }>{body}</Transition> }.into_any()
        }),
    )
}

/// `/account/passkey`: another passkey.
#[component]
pub fn PasskeyRoute() -> AnyView {
    const TITLE: &str = "Make a passkey";
    let add = ServerAction::<AddPasskey>::new();
    let form = FormState::new(add).staying();
    let codes = answer_of(add);
    let codes = Signal::derive(move || codes.get().filter(|made| !made.codes.is_empty()));
    let own = Own::new();
    let body = Arc::new(move |_| {
        view! {
            <p>"Your phone, your computer or a security key keeps it, and opens it with your finger, your face or a PIN. It logs you in without a password. A fake website can’t trick you out of it."</p>
            <p>"Your other devices will be logged out."</p>
            <ActForm action=add class="stack">
                <FormMessage form=form/>
                <Field form=form name="name" label="Name (optional)" hint="To tell your passkeys apart, “Work laptop” for example." maxlength=60/>
                <div class="form-actions"><PasskeyButton purpose="add" form=form label="Make a passkey" without="It takes JavaScript, and a browser that knows passkeys. An authenticator app works everywhere."/></div>
            </ActForm>
        }
        .into_any()
    });
    let page = move || own.card(TITLE, Some("/account/passkey"), body.clone());
    frame(TITLE, Some(codes), Arc::new(page))
}

/// `/account/password`: another password.
#[component]
pub fn PasswordRoute() -> AnyView {
    const TITLE: &str = "Change your password";
    let change = Post::to::<ChangePassword>();
    let form = FormState::of_post(change);
    let own = Own::new();
    let body = Arc::new(move |page: AccountPage| {
        view! {
            <p>"You’ll stay logged in here. Your other devices will be logged out."</p>
            <PostForm post=change class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="username" autocomplete="username" value=page.email/>
                {new_password(form, String::new())}
                <div class="form-actions"><SubmitButton form=form label="Change it" busy="Changing…"/></div>
            </PostForm>
        }
        .into_any()
    });
    let page = move || own.card(TITLE, Some("/account/password"), body.clone());
    frame(TITLE, None, Arc::new(page))
}

/// `/account/name`
#[component]
pub fn NameRoute() -> AnyView {
    const TITLE: &str = "Your name";
    let change = Post::to::<ChangeName>();
    let form = FormState::of_post(change);
    let own = Own::new();
    let body = Arc::new(move |page: AccountPage| {
        view! {
            <PostForm post=change class="stack">
                <FormMessage form=form/>
                <Field form=form name="name" label="Name" hint="As your team sees it." autocomplete="name" value=page.name/>
                <div class="form-actions"><SubmitButton form=form label="Save" busy="Saving…"/></div>
            </PostForm>
        }
        .into_any()
    });
    frame(TITLE, None, Arc::new(move || own.card(TITLE, None, body.clone())))
}

/// `/account/email`: another address.
#[component]
pub fn EmailRoute() -> AnyView {
    const TITLE: &str = "Change your email address";
    let change = Post::to::<ChangeEmail>();
    let form = FormState::of_post(change);
    let own = Own::new();
    let body = Arc::new(move |page: AccountPage| {
        let email = page.email;
        view! {
            <p class="wrap-anywhere">{format!("It is {email}. We mail a link to it and one to the new address. It changes once you have followed both, within a day.")}</p>
            <PostForm post=change class="stack">
                <FormMessage form=form/>
                <Field form=form name="email" label="New address" type_="email" autocomplete="email" inputmode="email" maxlength=254/>
                <div class="form-actions"><SubmitButton form=form label="Mail the links" busy="Sending…"/></div>
            </PostForm>
        }
        .into_any()
    });
    let page = move || own.card(TITLE, Some("/account/email"), body.clone());
    frame(TITLE, None, Arc::new(page))
}

/// `/account/confirm?next=…`: showing again who one is.
#[component]
pub fn ConfirmRoute() -> AnyView {
    let own = Own::new();
    let next = Signal::derive(next_of_address());
    // A page of an organisation’s can be looked at without; one of the account’s would ask here again. Nothing else is gone to.
    let back = move || {
        let next = next.get();
        if next.starts_with("/app/") || next.starts_with("/admin") { next } else { "/account".to_owned() }
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Confirm that it is you · Devalo">
            {own.then(Arc::new(move |page| own.confirm(page, next)))}
            <p><a href=back rel="external">"Back"</a></p>
        </NarrowFrame>
    }
    .into_any()
}

const DONE: &[(&str, &str)] = &[
    ("removed", "Your authenticator app is removed."),
    ("app", "Your authenticator app is set up. Your existing recovery codes still work."),
    ("passkey", "Your passkey is made. Your existing recovery codes still work."),
    ("passkey_removed", "That passkey is removed."),
    ("ended", "That session has ended."),
    ("elsewhere", "You are logged out everywhere else."),
    ("password", "Your password is changed."),
    ("named", "Your name is saved."),
    ("mailed", "A link is on its way to you. It works for a day."),
    (
        "changing",
        "Two links are on their way: one to your address until now, one to the new one. Follow both within a day.",
    ),
    ("factor", "Your two-step login stays."),
    ("kept", "Your address stays as it is. The links no longer work."),
];

/// So many sessions are shown at first, the ones used last.
const SESSIONS: usize = 6;

fn overview(page: AccountPage, forms: &Forms, times: Signal<usize>) -> AnyView {
    let security = security(&page, forms);
    let has_factor = page.has_factor();
    let AccountPage {
        name,
        email,
        email_confirmed,
        new_email,
        app_since,
        passkeys,
        must_have_factor,
        factor_reset_on,
        codes_left,
        confirmed,
        sessions,
        happenings,
    } = page;
    let Forms { elsewhere, staying_here, everywhere, leaving, ending, .. } = *forms;
    let last = passkeys.len() + usize::from(app_since.is_some()) == 1;
    // What somebody has to have isn't taken away.
    let removable = confirmed && !(must_have_factor && last);
    let app = app(app_since, removable, last, confirmed, forms);
    let passkeys = passkey_list(passkeys, removable, last, confirmed, forms);
    let codes = has_factor.then(|| recovery(codes_left, confirmed, forms));
    let mut lines: Vec<_> = sessions.into_iter().map(|session| session_line(session, forms)).collect();
    let others = if lines.len() > 1 {
        view! {
            <FormMessage form=staying_here/>
            <PostForm post=elsewhere>
                <SubmitButton form=staying_here label="Log out all others" busy="Logging out…" kind=Kind::Quiet/>
            </PostForm>
        }
        .into_any()
    } else {
        view! { <p class="soft">"You are logged in nowhere else."</p> }.into_any()
    };
    let more = lines.split_off(lines.len().min(SESSIONS));
    let more = (!more.is_empty()).then(|| {
        let label = format!("{} more", more.len());
        view! {
            <details class="confirm">
                <summary class="btn btn-quiet">{label}</summary>
                <ul class="lines">{more}</ul>
            </details>
        }
    });
    let happenings = happenings.into_iter().map(|line| happening_line(line, confirmed)).collect_view();
    view! {
        <header class="page-header">
            <div>
                <h1>"Your account"</h1>
                <p class="page-about">{format!("{name}, {email}")}</p>
            </div>
        </header>
        <DoneNotice words=DONE times=times/>
        {security}
        <section class="card stack" aria-labelledby="you">
            <h2 id="you">"You"</h2>
            <ul class="lines">
                <li class="line">
                    <div class="line-text"><p class="line-title">"Name"</p><p class="soft">{name}</p></div>
                    <div class="line-end"><LinkButton href="/account/name" kind=Kind::Quiet>"Change"</LinkButton></div>
                </li>
                <li class="line">
                    <div class="line-text">
                        <p class="line-title">"Email"</p>
                        <p class="soft">{email} " " {(!email_confirmed).then(|| view! { <Badge label="Not confirmed"/> })}</p>
                    </div>
                    <div class="line-end"><LinkButton href=confirmed_way(confirmed, "/account/email") kind=Kind::Quiet>"Change"</LinkButton></div>
                </li>
            </ul>
            {new_email.map(|new| address(new, forms))}
        </section>
        <section class="card stack" aria-labelledby="factor">
            <h2 id="factor">"Two-step login"</h2>
            {(!has_factor).then(|| view! {
                <p><Badge tone=if must_have_factor { Tone::Warning } else { Tone::Neutral } label="Off"/>" Your password alone opens your account."</p>
            })}
            {factor_reset_on.map(|on| factor_reset(on, forms))}
            {passkeys}
            {app}
            {codes}
        </section>
        <section class="card stack" aria-labelledby="password">
            <h2 id="password">"Password"</h2>
            <p class="row"><LinkButton href=confirmed_way(confirmed, "/account/password") kind=Kind::Quiet>"Change your password"</LinkButton></p>
        </section>
        <section class="card stack" aria-labelledby="sessions">
            <h2 id="sessions">"Where you are logged in"</h2>
            <FormMessage form=ending/>
            <ul class="lines">{lines}</ul>
            {more}
            {others}
            <FormMessage form=leaving/>
            <p class="soft">"Log out everywhere ends all of these, this one too. API tokens keep working; end those in the organisation’s settings."</p>
            <ActForm action=everywhere>
                <SubmitButton form=leaving label="Log out everywhere" busy="Logging out…" kind=Kind::Quiet/>
            </ActForm>
        </section>
        <section class="card stack" aria-labelledby="lately">
            <div>
                <h2 id="lately">"What happened lately"</h2>
                <p class="soft">"Something that wasn’t you? Change your password, then log out everywhere."</p>
            </div>
            <ul class="lines">{happenings}</ul>
        </section>
    }
    .into_any()
}

fn happening_line(happening: Happening, confirmed: bool) -> AnyView {
    let Happening { what, when, alarming } = happening;
    let mark = alarming.then(|| {
        let href = confirmed_way(confirmed, "/account/password");
        view! { <div class="line-end"><a class="badge badge-warning badge-link" href=href>"Was this you?"</a></div> }
    });
    view! {
        <li class="line">
            <div class="line-text"><p class="line-title">{what}</p><p class="soft">{when}</p></div>
            {mark}
        </li>
    }
    .into_any()
}

/// What keeps the account safe, and what is still to do for it.
fn security(page: &AccountPage, forms: &Forms) -> AnyView {
    let Forms { confirm, confirming, .. } = *forms;
    let on = page.has_factor();
    let link = |href: &'static str, label: &'static str| {
        view! { <LinkButton href=href kind=Kind::Quiet>{label}</LinkButton> }.into_any()
    };
    let address = if page.email_confirmed {
        (true, "Your email address is confirmed", "", None)
    } else {
        let mail = view! {
            <PostForm post=confirm>
                <SubmitButton form=confirming label="Send link" busy="Sending…" kind=Kind::Quiet/>
            </PostForm>
        };
        (
            false,
            "Confirm your email address",
            "So that we know that security warnings reach you.",
            Some(mail.into_any()),
        )
    };
    let (factor, codes) = if on {
        let codes = if page.codes_left >= 3 {
            (true, "You have recovery codes for when you can’t use your passkey or phone", "", None)
        } else {
            let more = link("#recovery", "Make new ones");
            (false, "Make new recovery codes", "Before you run out of them.", Some(more))
        };
        ((true, "Two-step login is on", "", None), codes)
    } else {
        let set_up = link("#factor", "Set it up");
        (
            (false, "Set up two-step login", "Then a stolen password opens nothing.", Some(set_up)),
            (
                false,
                "Have recovery codes for when you can’t use your passkey or phone",
                "They come with two-step login.",
                None,
            ),
        )
    };
    let items = [(true, "Your password is hard to guess", "", None), address, factor, codes];
    let done = items.iter().filter(|(done, ..)| *done).count();
    let all = items.len();
    let lines = items
        .into_iter()
        .map(|(done, what, why, action)| {
            let (icon, state) = if done { ("check", "Done: ") } else { ("circle", "To do: ") };
            let why = (!why.is_empty()).then(|| view! { <p class="soft">{why}</p> });
            view! {
                <li class="tick" class:is-done=done>
                    <Icon name=icon/>
                    <div><p><span class="sr-only">{state}</span>{what}</p>{why}</div>
                    {action}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card stack" aria-labelledby="safety">
            <div>
                <h2 id="safety">"Your account’s safety"</h2>
                <p class="soft">{format!("{done} of {all} done")}</p>
            </div>
            <FormMessage form=confirming/>
            <ul class="ticks">{lines}</ul>
        </section>
    }
    .into_any()
}

/// An admin wants it taken away.
fn factor_reset(on: String, forms: &Forms) -> AnyView {
    let Forms { stay, staying, .. } = *forms;
    view! {
        <FormMessage form=staying/>
        <Notice tone=Tone::Warning>
            <p>{format!("An admin asked for it to be removed. On {on} it goes, and you set up another at your next log-in.")}</p>
        </Notice>
        <PostForm post=stay>
            <SubmitButton form=staying label="Keep it" busy="One moment…"/>
        </PostForm>
    }
    .into_any()
}

/// What is still to be done about another address.
fn address(new: NewAddress, forms: &Forms) -> AnyView {
    let Forms { keep, keeping, .. } = *forms;
    let NewAddress { email, old_agreed, new_agreed } = new;
    let missing = match (old_agreed, new_agreed) {
        (false, false) => "Open the link in both mailboxes.",
        (true, false) => "Now open the link in the new mailbox.",
        (false, true) => "Now open the link in the old mailbox.",
        (true, true) => "Both have agreed.",
    };
    view! {
        <FormMessage form=keeping/>
        <Notice tone=Tone::Info><p class="wrap-anywhere">{format!("Waiting to change to {email}. {missing}")}</p></Notice>
        <PostForm post=keep>
            <SubmitButton form=keeping label="Cancel the change" busy="One moment…" kind=Kind::Quiet/>
        </PostForm>
    }
    .into_any()
}

/// Their passkeys, and the way to another.
fn passkey_list(passkeys: Vec<PasskeyLine>, removable: bool, last: bool, confirmed: bool, forms: &Forms) -> AnyView {
    let Forms { forget, forgetting, .. } = *forms;
    let none = passkeys.is_empty();
    let lines = passkeys
        .into_iter()
        .map(|PasskeyLine { id, name, text }| {
            let end = removable.then(|| {
                let what = if last {
                    "It is all there is to your two-step login: from then on your password alone opens your account."
                } else {
                    "It no longer opens your account. Delete it on the device too."
                };
                let label = format!("Remove {name}");
                view! {
                    <details class="confirm">
                        <summary class="btn btn-quiet" aria-label=label>"Remove"</summary>
                        <div class="confirm-panel">
                            <p>{what}</p>
                            <PostForm post=forget>
                                <input type="hidden" name="id" value=id/>
                                <SubmitButton form=forgetting label="Yes, remove it" busy="Removing…" kind=Kind::Danger/>
                            </PostForm>
                        </div>
                    </details>
                }
            });
            view! {
                <li class="line">
                    <div class="line-text"><p class="line-title">{name}</p><p class="soft">{text}</p></div>
                    <div class="line-end">{end}</div>
                </li>
            }
        })
        .collect_view();
    let kind = if none { Kind::Primary } else { Kind::Quiet };
    view! {
        <h3>"Passkeys"</h3>
        {none.then(|| view! { <p>"Your finger, your face or a PIN on your own device, instead of a password and a code."</p> })}
        <FormMessage form=forgetting/>
        {(!none).then(|| view! { <ul class="lines">{lines}</ul> })}
        <p class="row"><LinkButton href=confirmed_way(confirmed, "/account/passkey") kind=kind>{if none { "Make a passkey" } else { "Make another" }}</LinkButton></p>
    }
    .into_any()
}

/// Their authenticator app, or the way to one.
fn app(since: Option<String>, removable: bool, last: bool, confirmed: bool, forms: &Forms) -> AnyView {
    let Forms { remove, removing, .. } = *forms;
    let Some(since) = since else {
        return view! {
            <h3>"Authenticator app"</h3>
            <p>"A code from your phone at each log-in."</p>
            <p class="row"><LinkButton href=confirmed_way(confirmed, "/account/second-factor") kind=Kind::Quiet>"Set up an authenticator app"</LinkButton></p>
        }
        .into_any();
    };
    let action = removable.then(|| {
        let what =
            if last { "From then on your password alone opens your account." } else { "Your passkeys still work." };
        view! {
            <details class="confirm">
                {summary("Remove it", "Cancel")}
                <div class="confirm-panel">
                    <p>{what}</p>
                    <ActForm action=remove>
                        <SubmitButton form=removing label="Yes, remove it" busy="Removing…" kind=Kind::Danger/>
                    </ActForm>
                </div>
            </details>
        }
    });
    view! {
        <h3>"Authenticator app"</h3>
        <p><Badge tone=Tone::Success label="On"/>" "{format!("since {since}.")}</p>
        <FormMessage form=removing/>
        {action}
    }
    .into_any()
}

/// Their recovery codes.
fn recovery(left: i64, confirmed: bool, forms: &Forms) -> AnyView {
    let Forms { codes, making, .. } = *forms;
    let words = match left {
        0 => "You have no recovery code left. Make new ones before you need them.".to_owned(),
        1 => "You have one recovery code left.".to_owned(),
        left => format!("You have {left} recovery codes left."),
    };
    let words = if left < 3 {
        view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> }.into_any()
    } else {
        view! { <p>{words}</p> }.into_any()
    };
    let action = if confirmed {
        view! {
            <details class="confirm">
                {summary("Make new recovery codes", "Keep the ones I have")}
                <div class="confirm-panel">
                    <p>"The codes you have now stop working."</p>
                    <ActForm action=codes>
                        <SubmitButton form=making label="Make new codes" busy="Making…" kind=Kind::Danger/>
                    </ActForm>
                </div>
            </details>
        }
        .into_any()
    } else {
        let href = confirmed_way(false, "/account");
        view! { <p class="row"><LinkButton href=href kind=Kind::Quiet>"Change or remove"</LinkButton></p> }.into_any()
    };
    view! { <h3 id="recovery">"Recovery codes"</h3> {words} <FormMessage form=making/> {action} }.into_any()
}

/// What unfolds a question, and folds it again.
fn summary(ask: &'static str, leave: &'static str) -> AnyView {
    view! {
        <summary class="btn btn-quiet"><span class="folded">{ask}</span><span class="unfolded">{leave}</span></summary>
    }
    .into_any()
}

fn session_line(session: SessionLine, forms: &Forms) -> AnyView {
    let SessionLine { id, device, here, text } = session;
    let end = forms.end;
    let end = if here {
        view! { <Badge tone=Tone::Success label="This one"/> }.into_any()
    } else {
        let label = format!("Log out {device}");
        view! {
            <ActForm action=end>
                <input type="hidden" name="id" value=id/>
                <button type="submit" class="btn btn-quiet" aria-label=label>"Log out"</button>
            </ActForm>
        }
        .into_any()
    };
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{device}</p>
                <p class="soft">{text}</p>
            </div>
            <div class="line-end">{end}</div>
        </li>
    }
    .into_any()
}

/// There, by way of showing again who one is where that was too long ago.
fn confirmed_way(confirmed: bool, to: &str) -> String {
    if confirmed { to.to_owned() } else { with_query("/account/confirm", &[("next", to)]) }
}
