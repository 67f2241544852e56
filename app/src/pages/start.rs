//! `/start`: a business signs up, step by step. The server writes these pages alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::plain::written;
use crate::{
    auth::api::LogOut,
    error::{AppError, Result},
    onboarding::{
        Signup, SignupId, You,
        api::{Begin, Found, Pay},
        pay,
        views::{self, Looked},
    },
    request,
    settings::views::zones,
    ui::{
        Field, FormMessage, FormState, GroupedSelect, Kind, NarrowFrame, Notice, Post, PostForm, SubmitButton, Tone,
        radio_cards, with_query,
    },
};

/// Where the steps are in the line.
const STEPS: [&str; 4] = ["Plan", "Email", "Business", "Payment"];

/// `/start?plan=team`: what to choose from.
#[component]
pub fn StartRoute() -> AnyView {
    let begin = Post::to::<Begin>();
    let form = FormState::of_post(begin);
    let wanted = use_query_map().with_untracked(|query| query.get("plan")).unwrap_or_else(|| "team".to_owned());
    let platform = request::platform();
    let plans = views::plans(&platform);
    let body = if platform.payments().is_none() {
        view! {
            <div class="card stack">
                <h1>"By invitation"</h1>
                <p>"Nobody signs up here by themselves. Ask whoever runs this platform to invite your business; it takes two minutes then."</p>
                <p><a href="/login">"Log in"</a></p>
            </div>
        }
        .into_any()
    } else {
        let cards = plans.into_iter().map(|plan| (plan.name, plan.title, plan.about)).collect();
        let periods = vec![
            ("month".to_owned(), "Each month".to_owned(), "Stop at the end of any month.".to_owned()),
            ("year".to_owned(), "Each year".to_owned(), "Two months for free.".to_owned()),
        ];
        view! {
            <div class="card stack">
                {steps(0)}
                <h1>"Try Devalo with your business"</h1>
                <p class="lead">"Free for two weeks with your first business, then what the plan costs. You can stop before the first payment."</p>
                <PostForm post=begin class="stack">
                    <FormMessage form=form/>
                    {radio_cards(form, "plan", "Plan", cards, wanted)}
                    {radio_cards(form, "period", "You pay", periods, "month".to_owned())}
                    <Field form=form name="seats" label="How many people work with it?" hint="Who only gets booked needs no place of their own. You can change it at any time." inputmode="numeric" maxlength=6/>
                    <Field form=form name="email" label="Your email address" hint="We send you a link to go on with." type_="email" autocomplete="email" inputmode="email" maxlength=254/>
                    <SubmitButton form=form label="Send me the link" busy="Sending…"/>
                </PostForm>
            </div>
            <p>"You have an account? "<a href="/login">"Log in"</a></p>
        }
        .into_any()
    };
    frame("Sign up", body)
}

/// `/start/sent`
#[component]
pub fn SentRoute() -> AnyView {
    let body = view! {
        <div class="card stack">
            {steps(1)}
            <h1>"Look at your email"</h1>
            <p>"The link in our letter leads on: your account and your business’s name. It is good for a week, and you can leave at any step and come back with it."</p>
            <p class="soft">"Nothing there after five minutes? Look among the unwanted mail, or "<a href="/start">"begin again"</a>"."</p>
        </div>
    };
    frame("Look at your email", body.into_any())
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
            let looked = views::business(&platform, standing, &token).await?;
            if let (Some(_), You::Theirs(person)) = (looked.signup.made, looked.you)
                && let Some(slug) = pay::come_back(&platform, person, looked.signup.id).await?
            {
                leptos_axum::redirect(&format!("/app/{slug}/welcome"));
            }
            Ok((token, looked))
        }
    };
    frame("Your business", written(read, move |(token, looked)| business(token, looked, &forms)))
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
        format!("You have chosen {offer}. The first two weeks are free.")
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
                    <Field form=form name="password" label="New password" hint="At least 12 characters. Three or four unrelated words work well. You can paste one." type_="password" autocomplete="new-password" maxlength=1024/>
                }
            });
            let heading = account.is_some().then(|| view! { <h2>"Your business"</h2> });
            let zone = zone.unwrap_or_else(|| "Australia/Sydney".to_owned());
            let next = if invited { "Make it" } else { "Go on to payment" };
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
            view! { <Notice tone=Tone::Neutral><p>"Nothing was charged. You can go on whenever you like: this page waits for a week."</p></Notice> }
        });
        view! {
            <div class="card stack">
                {steps(3)}
                <h1>"Payment"</h1>
                {left}
                <dl class="facts facts-wide">
                    <div><dt>"Business"</dt><dd>{bill.business}</dd></div>
                    <div><dt>"Plan"</dt><dd>{bill.what}</dd></div>
                    <div><dt>"Price"</dt><dd><strong>{bill.price}</strong></dd></div>
                    <div><dt>"First payment"</dt><dd>{bill.first}</dd></div>
                </dl>
                <PostForm post=pay class="stack">
                    <FormMessage form=form/>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <SubmitButton form=form label="Go on to the payment page" busy="One moment…"/>
                </PostForm>
                <p class="soft">"Your card is taken by Stripe, on its own page. We never see its number."</p>
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
                <Meta http_equiv="refresh" content="3"/>
                <p role="status">"We are waiting for word that your payment page was finished. It usually takes a few seconds; this page looks again by itself."</p>
                <p class="soft">"You can close it: we go on without you, and logging in leads you on. You didn’t finish? "<a href=format!("/start/pay/{id}")>"Back to payment"</a></p>
            }
            .into_any(),
        };
        view! { <div class="card stack"><h1>"Thank you"</h1>{body}</div> }.into_any()
    };
    frame("Thank you", written(read, show))
}

fn frame(title: &str, body: AnyView) -> AnyView {
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title=format!("{title} · Devalo")>{body}</NarrowFrame>
    }
    .into_any()
}

/// "Step 2 of 4: Email"
fn steps(at: usize) -> AnyView {
    let name = STEPS.get(at).copied().unwrap_or_default();
    view! { <p class="soft">{format!("Step {} of {}: {name}", at + 1, STEPS.len())}</p> }.into_any()
}

fn asked_id() -> String {
    use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default()
}

fn parsed(id: &str) -> Result<SignupId> {
    id.parse().map_err(|_| AppError::not_found("that page"))
}
