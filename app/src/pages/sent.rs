//! `/login/sent` and `/start/sent`: where a letter with a link went, what can be done if it isn’t there, and when it can be sent again. The
//! server writes them alone.

use leptos::prelude::*;
use leptos_meta::Meta;

use super::{plain::written, start};
use crate::{
    auth::{
        api::AskReset,
        recovery,
        sent::{self, Asked, Kind as Sent},
        throttle,
    },
    onboarding::{self, api::Begin},
    request,
    ui::{FormMessage, FormState, Kind, NarrowFrame, Post, PostForm, SubmitButton, with_query},
};

/// Where it is told that a link to reset a password is on its way.
pub const RESET_SENT: &str = "/login/sent";

/// What this browser asked for, and how many seconds it has to wait before it can ask again.
struct Page {
    asked: Option<Asked>,
    wait: i64,
}

/// `/login/sent`. Whether there is an account isn’t said.
#[component]
pub fn ResetSentRoute() -> AnyView {
    let post = Post::to::<AskReset>();
    let form = FormState::of_post(post);
    let (platform, browser) = (request::platform(), request::browser());
    let read = move || async move {
        let asked = sent::asked(&platform, Sent::Reset).await?;
        let wait = match &asked {
            Some(asked) => {
                throttle::wait(&platform, &recovery::counted(&platform, &asked.email, &browser).await?).await?
            }
            None => 0,
        };
        Ok(Page { asked, wait })
    };
    let show = move |page: Page| {
        let to = page.asked.as_ref().map_or_else(|| "that address".to_owned(), |asked| format!("“{}”", asked.email));
        view! {
            <div class="card stack">
                <h1>"Check your email"</h1>
                <p role="status" class="wrap-anywhere">{format!("If {to} has an account, a link to reset your password is on its way to it. It works once, for 30 minutes.")}</p>
                <p class="soft">"Nothing there after a few minutes? Look among your junk email, and check that it is the address you log in with."</p>
                {page.asked.map(|asked| again(asked, page.wait, &[], post, form))}
                <p>"Wrong address? "<a href="/login/forgot">"Change it"</a></p>
            </div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Check your email · Devalo">
            {written(read, show)}
            <p><a href="/login">"Back to logging in"</a></p>
        </NarrowFrame>
    }
    .into_any()
}

/// `/start/sent`
#[component]
pub fn StartSentRoute() -> AnyView {
    const FIELDS: &[&str] = &["plan", "period", "seats"];
    let post = Post::to::<Begin>();
    let form = FormState::of_post(post);
    let (platform, browser) = (request::platform(), request::browser());
    let read = move || async move {
        let asked = sent::asked(&platform, Sent::Start).await?.filter(|asked| asked.chosen.len() == FIELDS.len());
        let wait = match &asked {
            Some(asked) => {
                throttle::wait(&platform, &onboarding::counted(&platform, &asked.email, &browser).await?).await?
            }
            None => 0,
        };
        Ok(Page { asked, wait })
    };
    let show = move |page: Page| {
        let went = page.asked.as_ref().map(|asked| {
            view! { <p role="status" class="wrap-anywhere">"We’ve sent a link to "<strong>{asked.email.clone()}</strong>". It works for a week."</p> }
        });
        let chosen = page.asked.as_ref().map(|asked| asked.chosen.clone()).unwrap_or_default();
        let chosen: Vec<(&str, &str)> = FIELDS.iter().copied().zip(chosen.iter().map(String::as_str)).collect();
        let change = with_query("/start", &chosen);
        view! {
            <div class="card stack">
                {start::steps(1)}
                <h1>"Check your email"</h1>
                {went}
                <p class="soft">"Not there after five minutes? Check your junk folder."</p>
                {page.asked.map(|asked| again(asked, page.wait, FIELDS, post, form))}
                <p>"Wrong address? "<a href=change>"Change it"</a></p>
            </div>
        }
        .into_any()
    };
    start::frame("Check your email", written(read, show))
}

/// Sends the same once more, or says when that can be done.
fn again(asked: Asked, wait: i64, names: &'static [&'static str], post: Post, form: FormState) -> AnyView {
    let Asked { email, chosen } = asked;
    if wait > 0 {
        let words = format!("It can be sent again in {}.", throttle::in_words(wait));
        return view! { <FormMessage form=form/> <p class="soft">{words}</p> }.into_any();
    }
    let chosen = names.iter().zip(chosen).map(|(name, value)| view! { <input type="hidden" name=*name value=value/> });
    let chosen = chosen.collect_view();
    view! {
        <FormMessage form=form/>
        <PostForm post=post>
            {chosen}
            <input type="hidden" name="email" value=email/>
            <SubmitButton form=form label="Send it again" busy="Sending…" kind=Kind::Quiet/>
        </PostForm>
    }
    .into_any()
}
