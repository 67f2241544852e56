//! `/app/{org}/closed`: what those who belong find where its owner has asked for the organisation to be deleted. The server writes it
//! alone.

use leptos::prelude::*;
use leptos_meta::Meta;

use super::plain::written;
use crate::{
    auth::accounts,
    request,
    settings::{
        closing::{self, Closed},
        data_api::KeepOrg,
    },
    ui::{FormMessage, FormState, NarrowFrame, Notice, Post, PostForm, SubmitButton, Tone, org_of_address},
};

/// Its page: for its owner with the way back, for others with whom to ask.
#[component]
pub fn ClosedRoute() -> AnyView {
    let org = org_of_address().get_untracked();
    let keep = Post::to::<KeepOrg>();
    let form = FormState::of_post(keep);
    let (platform, standing) = (request::platform(), request::standing());
    let read = {
        let org = org.clone();
        move || async move {
            let person = standing.logged_in()?;
            let closed = closing::look(&platform, person, &org).await?;
            if closed.is_none() {
                leptos_axum::redirect(&format!("/app/{org}"));
            }
            let others = accounts::orgs_of(&platform, person.user()).await?.len() > 1;
            Ok((org, closed, others))
        }
    };
    let show = move |(org, closed, others): (String, Option<Closed>, bool)| match closed {
        Some(closed) => view(&org, closed, others, keep, form),
        None => ().into_any(),
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Your organisation is closed · Devalo">{written(read, show)}</NarrowFrame>
    }
    .into_any()
}

fn view(org: &str, closed: Closed, others: bool, keep: Post, form: FormState) -> AnyView {
    let Closed { name, on, owns, owner, plan_ends } = closed;
    let words =
        format!("On {on} everything that it has here is deleted for good, and from our backups as they expire.");
    let body = if owns {
        let plan = plan_ends.map(|on| {
            let words = format!(
                "Nothing more is charged, and your plan ends on {on}. Once you keep the organisation, you can keep the plan too."
            );
            view! { <p>{words}</p> }
        });
        let export = format!("/app/{org}/settings/data#export");
        let org = org.to_owned();
        view! {
            {plan}
            <FormMessage form=form/>
            <PostForm post=keep>
                <input type="hidden" name="org" value=org/>
                <SubmitButton form=form label="Keep the organisation" busy="Opening…"/>
            </PostForm>
            <p>"It is open again at once then, with all that it had. Do you want it deleted? Then "<a href=export>"export your data"</a>" before that day, your invoices among it."</p>
        }
        .into_any()
    } else {
        let ask = if owner.is_empty() {
            "Nobody can open it again but its owner.".to_owned()
        } else {
            format!("Until then {owner}, who owns it, can keep it. Ask them if that day comes too soon.")
        };
        view! { <p>{ask}</p> }.into_any()
    };
    let others = others.then(|| view! { <a class="btn btn-quiet" href="/app">"Your organisations"</a> });
    view! {
        <div class="card stack">
            <h1>{format!("{name} is closed")}</h1>
            <Notice tone=Tone::Warning><p>{words}</p></Notice>
            {body}
            <p class="row"><a class="btn btn-quiet" href="/account">"Your account"</a>{others}</p>
        </div>
    }
    .into_any()
}
