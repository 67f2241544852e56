//! `/start`: a business signs up, step by step. The server writes these pages alone.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::plain::written;
use crate::{
    auth::api::LogOut,
    billing::wire::PlanCard,
    error::{AppError, Code, Result},
    onboarding::{
        BEGIN_AGAIN, Signup, SignupId, You,
        api::{Begin, Found, Pay},
        pay, trial,
        views::{self, Choosing, Looked},
    },
    request,
    settings::views::zones,
    ui::{
        FailedForm, Field, FormMessage, FormState, GroupedSelect, Kind, NarrowFrame, Notice, Post, PostForm,
        SubmitButton, Tone, periods, plan_cards, with_query,
    },
};

/// Where the steps are in the line.
const STEPS: [&str; 4] = ["Plan", "Email", "Business", "Payment"];

/// `/start?plan=team`: what to choose from; and with how often is paid and for how many, what that comes to, and whom to write to.
#[component]
pub fn StartRoute() -> AnyView {
    let platform = request::platform();
    if platform.payments().is_none() {
        let body = view! {
            <div class="card stack">
                <h1>"By invitation"</h1>
                <p>{format!("Nobody signs up here by themselves. Ask {} to invite your business; it takes two minutes then.", platform.whom_to_write_to())}</p>
                <p><a href="/login">"Log in"</a></p>
            </div>
        };
        return frame("Sign up", body.into_any());
    }
    let begin = Post::to::<Begin>();
    let query = use_query_map().get_untracked();
    let asked = |name: &str| query.get(name);
    let by_query = asked("period").map(|period| {
        let (plan, seats) = (asked("plan").unwrap_or_default(), asked("seats").unwrap_or_default());
        let chosen = views::choosing(&platform, &plan, &period, &seats);
        (vec![("plan".to_owned(), plan), ("period".to_owned(), period), ("seats".to_owned(), seats)], chosen)
    });
    // A choice that isn’t one is said at its field, as if it had been sent. What was sent, and refused, comes first.
    if let (Some((values, Err(error))), None) = (&by_query, use_context::<FailedForm>()) {
        request::set_status(error);
        let (path, values, error) = (Begin::url().to_owned(), values.clone(), error.clone());
        provide_context(FailedForm { path, values, error });
    }
    let form = FormState::of_post(begin);
    let sent = |name: &str| form.value(name);
    let chosen = match sent("period") {
        Some(period) => {
            views::choosing(&platform, &sent("plan").unwrap_or_default(), &period, &sent("seats").unwrap_or_default())
                .ok()
        }
        None => by_query.and_then(|(_, chosen)| chosen.ok()),
    };
    let body = match chosen {
        Some(chosen) => write_to(begin, form, chosen),
        None => choose(form, views::plan_cards(&platform), asked("plan").unwrap_or_else(|| "team".to_owned())),
    };
    frame("Sign up", body)
}

/// The first step: a plain question to this page.
fn choose(form: FormState, plans: Vec<PlanCard>, wanted: String) -> AnyView {
    // What was sent from a page of before is kept: whoever typed an address doesn’t type it again.
    let email = form.value("email").map(|email| view! { <input type="hidden" name="email" value=email/> });
    view! {
        <div class="card stack">
            {steps(0)}
            <h1>"Try Devalo with your business"</h1>
            <p class="lead">{format!("Free for {} days with your first business, then what the plan costs. Cancel before the first payment, and you pay nothing.", trial::DAYS)}</p>
            <form method="get" action="/start" class="stack plan-form">
                <FormMessage form=form/>
                {periods(form, &plans, "month".to_owned())}
                {plan_cards(form, plans, wanted)}
                <Field form=form name="seats" label="How many people work with it?" hint="Only count people who log in. You can change it at any time." inputmode="numeric" maxlength=6/>
                {email}
                <div class="form-actions"><button type="submit" class="btn btn-primary">"Continue"</button></div>
            </form>
        </div>
        <p>"You have an account? "<a href="/login">"Log in"</a></p>
    }
    .into_any()
}

/// The second: what that comes to, and where the link goes.
fn write_to(begin: Post, form: FormState, chosen: Choosing) -> AnyView {
    let Choosing { plan, period, seats, what, total, reckoned } = chosen;
    let seats = seats.to_string();
    let other = with_query("/start", &[("plan", &plan)]);
    let reckoned = (!reckoned.is_empty()).then(|| view! { <span>{reckoned}</span> });
    view! {
        <div class="card stack">
            {steps(1)}
            <h1>"What you chose"</h1>
            <dl class="facts facts-wide">
                <div><dt>"Plan"</dt><dd>{what}</dd></div>
                <div><dt>"Price"</dt><dd><strong class="plan-total">{total}</strong>{reckoned}</dd></div>
                <div><dt>"First payment"</dt><dd>{format!("After {} days, with your first business.", trial::DAYS)}</dd></div>
            </dl>
            <PostForm post=begin class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="plan" value=plan/>
                <input type="hidden" name="period" value=period/>
                <input type="hidden" name="seats" value=seats/>
                <Field form=form name="email" label="Your email address" hint="We send you a link to go on with." type_="email" autocomplete="email" inputmode="email" maxlength=254/>
                <SubmitButton form=form label="Send me the link" busy="Sending…"/>
            </PostForm>
            <p><a href=other>"Choose something else"</a></p>
        </div>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Forms {
    found: Post,
    founding: FormState,
    leave: Post,
    leaving: FormState,
}

/// `/start/business/{token}`
#[component]
pub fn BusinessRoute() -> AnyView {
    let (found, leave) = (Post::to::<Found>(), Post::to::<LogOut>());
    let forms = Forms { found, founding: FormState::of_post(found), leave, leaving: FormState::of_post(leave) };
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || {
        let (platform, token) = (platform.clone(), token.clone());
        async move {
            let looked = match views::business(&platform, standing, &token).await {
                Ok(looked) => looked,
                Err(error) if matches!(error.code, Code::Gone | Code::NotFound) => {
                    request::set_status(&error);
                    return Ok((token, Err(error)));
                }
                Err(error) => return Err(error),
            };
            if let (Some(_), You::Theirs(person)) = (looked.signup.made, looked.you)
                && let Some(slug) = pay::come_back(&platform, person, looked.signup.id).await?
            {
                leptos_axum::redirect(&format!("/app/{slug}/welcome"));
            }
            Ok((token, Ok(looked)))
        }
    };
    let show = move |(token, looked): (String, Result<Looked>)| match looked {
        Ok(looked) => business(token, looked, &forms),
        Err(error) => ended(error.message),
    };
    frame("Your business", written(read, show))
}

/// What became of a link that doesn’t lead on, and the ways that do.
fn ended(words: String) -> AnyView {
    let again = request::platform().payments().is_some() && words.contains(BEGIN_AGAIN);
    let again = again.then(|| view! { <a class="btn btn-quiet" href="/start">"Begin again"</a> });
    view! {
        <div class="card stack">
            <h1>"This link has ended"</h1>
            <p>{words}</p>
            <p class="row"><a class="btn btn-primary" href="/login">"Log in"</a>{again}</p>
        </div>
    }
    .into_any()
}

fn business(token: String, looked: Looked, forms: &Forms) -> AnyView {
    let forms = *forms;
    let Looked { signup, you, offer, partner, tries } = looked;
    let here = format!("/start/business/{token}");
    let Signup { email, invited, business, slug, zone, phone, made, .. } = signup;
    let title = if invited { "You are invited" } else { "Your business" };
    let offer = if let Some(partner) = partner {
        format!(
            "{partner} invites you, and offers: {offer}. It sees that you took this up, and nothing of what is in your organisation."
        )
    } else if invited {
        format!("What is offered to you: {offer}.")
    } else if tries {
        format!("You have chosen {offer}. The first {} days are free.", trial::DAYS)
    } else {
        format!(
            "You have chosen {offer}. You have had your two free weeks with another business, so the first payment is due at once."
        )
    };
    let form = forms.founding;
    let log_in = with_query("/login", &[("next", &here)]);
    let body = match (made, you) {
        (Some(_), _) => view! {
            <p>"Your organisation is there already."</p>
            <p class="row"><a class="btn btn-primary" href="/app">"Open it"</a></p>
        }
        .into_any(),
        (None, You::Known) => view! {
            <p>{format!("{email} has a Devalo account already. Log in with it, then go on.")}</p>
            <p class="row"><a class="btn btn-primary" href=log_in>"Log in"</a></p>
        }
        .into_any(),
        (None, You::Another) => view! {
            <p>{format!("This is for {email}, and you are logged in as somebody else.")}</p>
            <PostForm post=forms.leave class="stack">
                <FormMessage form=forms.leaving/>
                <SubmitButton form=forms.leaving label="Log out" busy="Logging out…" kind=Kind::Quiet/>
            </PostForm>
            <p class="soft">"Then open the link in the email again."</p>
        }
        .into_any(),
        (None, You::New | You::Theirs(_)) => {
            let account = (you == You::New).then(|| {
                view! {
                    <h2>"Your account"</h2>
                    <p>"You log in with " <strong class="wrap-anywhere">{email.clone()}</strong> "."</p>
                    <input type="hidden" name="username" autocomplete="username" value=email.clone()/>
                    <Field form=form name="name" label="Your name" autocomplete="name" maxlength=200/>
                    <Field form=form name="password" label="New password" hint="At least 12 characters. Three or four unrelated words work well." type_="password" autocomplete="new-password" maxlength=1024/>
                }
            });
            let heading = account.is_some().then(|| view! { <h2>"Your business"</h2> });
            let zone = zone.unwrap_or_else(|| "Australia/Sydney".to_owned());
            let next = if invited && you == You::New { "Create my account" } else { "Continue" };
            view! {
                <PostForm post=forms.found class="stack">
                    <FormMessage form=form/>
                    <input type="hidden" name="token" value=token/>
                    {account}
                    {heading}
                    <Field form=form name="business" label="Business name" hint="As your clients know it." autocomplete="organization" maxlength=200 value=business.unwrap_or_default()/>
                    <Field form=form name="slug" label="Web address" optional=true hint="What comes after /b/ on your booking page: small letters, digits and hyphens, like harbour-physio. Leave empty and we make it from the name." maxlength=63 value=slug.unwrap_or_default()/>
                    <GroupedSelect form=form name="zone" label="Time zone" groups=zones(&zone) value=zone.clone()/>
                    <Field form=form name="phone" label="Public phone number" optional=true type_="tel" autocomplete="tel" maxlength=40 value=phone.unwrap_or_default()/>
                    <SubmitButton form=form label=next busy="One moment…"/>
                </PostForm>
            }
            .into_any()
        }
    };
    view! {
        <div class="card stack">
            {(!invited).then(|| steps(2))}
            <h1>{title}</h1>
            <p>{offer}</p>
            {body}
        </div>
    }
    .into_any()
}

/// `/start/pay/{id}`
#[component]
pub fn PayRoute() -> AnyView {
    let pay = Post::to::<Pay>();
    let form = FormState::of_post(pay);
    let left = use_query_map().with_untracked(|query| query.get("left").is_some());
    let id = asked_id();
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || {
        let (platform, id) = (platform.clone(), id.clone());
        async move {
            let (person, id) = (standing.logged_in()?, parsed(&id)?);
            if let Some(slug) = pay::come_back(&platform, person, id).await? {
                leptos_axum::redirect(&format!("/app/{slug}/welcome"));
            }
            Ok((id, views::bill(&platform, person, id).await?))
        }
    };
    let show = move |(id, bill): (SignupId, views::Bill)| {
        let left = left.then(|| {
            view! { <Notice tone=Tone::Info><p>"Nothing was charged. You can go on whenever you like: this page waits for a week."</p></Notice> }
        });
        view! {
            <div class="card stack">
                {steps(3)}
                <h1>"Payment"</h1>
                {left}
                <dl class="facts facts-wide">
                    <div><dt>"Business"</dt><dd>{bill.business}</dd></div>
                    <div><dt>"Plan"</dt><dd>{bill.what}</dd></div>
                    <div><dt>"Price"</dt><dd><strong class="plan-total">{bill.price}</strong></dd></div>
                    <div><dt>"First payment"</dt><dd>{bill.first}</dd></div>
                </dl>
                <PostForm post=pay class="stack">
                    <FormMessage form=form/>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <SubmitButton form=form label="Continue" busy="One moment…"/>
                </PostForm>
                <p class="soft">"Your card is taken by Stripe, on its own page. We never see its number."</p>
                <p><a href="/start">"Choose something else"</a></p>
            </div>
        }
        .into_any()
    };
    frame("Payment", written(read, show))
}

/// `/start/done/{id}`: back from paying.
#[component]
pub fn DoneRoute() -> AnyView {
    let id = asked_id();
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || {
        let (platform, id) = (platform.clone(), id.clone());
        async move {
            let (person, id) = (standing.logged_in()?, parsed(&id)?);
            let made = pay::come_back(&platform, person, id).await?;
            if let Some(slug) = &made {
                leptos_axum::redirect(&format!("/app/{slug}/welcome"));
            }
            Ok((id, made))
        }
    };
    let show = |(id, made): (SignupId, Option<String>)| {
        let ready = made.map(|slug| format!("/app/{slug}/welcome"));
        let body = match ready {
            Some(href) => view! { <p class="row"><a class="btn btn-primary" href=href>"Open your organisation"</a></p> }.into_any(),
            None => view! {
                <p role="status">"We’re confirming your payment. This usually takes a few seconds. You can close this page and log in later."</p>
                <p class="row"><a class="btn btn-primary" href=format!("/start/done/{id}")>"Check again"</a></p>
                <script nonce=use_nonce() inner_html=LOOKS_AGAIN></script>
                <p class="soft">"You didn’t finish? "<a href=format!("/start/pay/{id}")>"Back to payment"</a></p>
            }
            .into_any(),
        };
        view! { <div class="card stack"><h1>"Thank you"</h1>{body}</div> }.into_any()
    };
    frame("Thank you", written(read, show))
}

pub(super) fn frame(title: &str, body: AnyView) -> AnyView {
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title=format!("{title} · Devalo")>{body}</NarrowFrame>
    }
    .into_any()
}

/// Looks every few seconds whether the page leads on by now, and goes there then. The page itself stays as it is, under whoever reads it (WCAG
/// 2.2.1).
///
/// It asks for a page, by its `Accept`: only those are led on.
const LOOKS_AGAIN: &str = "let n=0;const page={headers:{accept:'text/html'}},look=()=>fetch(location.href,page)\
                           .then(r=>{if(r.redirected)location.replace(r.url);else if(++n<60)setTimeout(look,3000)})\
                           .catch(()=>{if(++n<60)setTimeout(look,6000)});setTimeout(look,3000)";

/// "Step 2 of 4: Email"
pub(super) fn steps(at: usize) -> AnyView {
    let name = STEPS.get(at).copied().unwrap_or_default();
    view! { <p class="soft">{format!("Step {} of {}: {name}", at + 1, STEPS.len())}</p> }.into_any()
}

fn asked_id() -> String {
    use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default()
}

fn parsed(id: &str) -> Result<SignupId> {
    id.parse().map_err(|_| AppError::not_found("that page"))
}
