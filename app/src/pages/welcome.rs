//! `/app/{org}/welcome`: what to set up first. The server writes it alone.

use leptos::prelude::*;

use super::plain::written;
use crate::{
    module::FirstStep,
    request,
    settings::first_steps::{self, FinishWelcome, FirstSteps},
    ui::{
        Badge, FormMessage, FormState, Icon, Kind, PageHeader, PageTitle, Post, PostForm, SettingsFrame, SubmitButton,
        Tone, org_of_address,
    },
};

/// A new organisation's first page. Where somebody said that all of it is done, it leads to where one begins.
#[component]
pub fn WelcomeRoute() -> AnyView {
    let org = org_of_address();
    let finish = Post::to::<FinishWelcome>();
    let form = FormState::of_post(finish);
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let org = org.get_untracked();
        async move {
            let page = first_steps::look(&platform, &actor, &org).await?;
            if page.gone {
                leptos_axum::redirect(&format!("/app/{}", page.slug));
            }
            Ok(page)
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |page| show(page, finish, form))}</SettingsFrame> }.into_any()
}

fn show(page: FirstSteps, finish: Post, form: FormState) -> AnyView {
    let (left, enough) = (page.left(), page.is_enough());
    let FirstSteps { name, slug, steps, .. } = page;
    let about = match left {
        0 => "All of it is set up. You are ready for your first client.".to_owned(),
        _ if enough => "You are ready for your first client. What is left can wait until it suits you.".to_owned(),
        1 => "One thing is left, then you are ready for your first client.".to_owned(),
        left => format!("{left} things to set up, in any order, whenever it suits you."),
    };
    let dashboard = format!("/app/{slug}");
    let lines = steps.into_iter().map(|one| step(&slug, one)).collect_view();
    let end = if enough {
        view! {
            <FormMessage form=form/>
            <div class="row">
                <PostForm post=finish>
                    <input type="hidden" name="org" value=slug/>
                    <SubmitButton form=form label="Done" busy="One moment…"/>
                </PostForm>
                <a class=Kind::Quiet.class() href=dashboard>"Open the dashboard"</a>
            </div>
            <p class="soft">"“Done” takes this list away for good. All of it stays under Settings."</p>
        }
        .into_any()
    } else {
        view! { <p class="row"><a class="btn btn-primary" href=dashboard>"Open the dashboard"</a></p> }.into_any()
    };
    view! {
        <PageTitle text=format!("Welcome · {name}")/>
        <PageHeader title=format!("Welcome, {name}") about=about/>
        <ul class="choices">{lines}</ul>
        {end}
    }
    .into_any()
}

/// A step: a ring that is filled and ticked once it is done, and the word for that.
fn step(slug: &str, step: FirstStep) -> AnyView {
    let FirstStep { label, about, takes, path, done, .. } = step;
    let href = format!("/app/{slug}{path}");
    let (tone, state) = if done { (Tone::Success, "Done") } else { (Tone::Neutral, "To do") };
    let takes = (!done).then(|| format!(" Takes {takes}."));
    view! {
        <li>
            <a class="choice first-step" class:is-done=done href=href>
                <span class="first-step-mark" aria-hidden="true">{done.then(|| view! { <Icon name="check"/> })}</span>
                <span class="choice-text"><strong>{label}</strong>" "<span class="as-is">{about}{takes}</span></span>
                <Badge tone=tone label=state/>
            </a>
        </li>
    }
    .into_any()
}
