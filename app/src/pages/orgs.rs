//! Choosing an organisation.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use crate::packed::page_data;
use crate::{
    auth::{
        api::{LogOut, my_orgs},
        wire::OrgCard,
    },
    settings::api::home,
    ui::{ActForm, Empty, ErrorView, Icon, NarrowFrame, SettingsFrame, Skeleton, org_of_address},
};

/// `/app`: the organisations that I belong to.
#[component]
pub fn OrgsPage() -> AnyView {
    let log_out = ServerAction::<LogOut>::new();
    let orgs = page_data(|| (), |()| my_orgs());
    let body = move || {
        Suspend::new(async move {
            match orgs.await {
                Ok(orgs) => chooser(orgs, log_out),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Your organisations · Devalo">
            <Suspense fallback=|| view! { <Skeleton/> }>{body}</Suspense>
        </NarrowFrame>
    }
    .into_any()
}

/// `/app/{org}`, which leads to the organisation’s first page; and whatever below it is no page, said in its frame.
#[component]
pub fn OrgRoute() -> AnyView {
    let org = org_of_address();
    let params = use_params_map();
    let below = move || params.with(|params| params.get("rest")).is_some_and(|rest| !rest.is_empty());
    #[cfg(feature = "hydrate")]
    if untrack(below) && crate::ui::ask_server() {
        return ().into_any();
    }
    let led = page_data(move || (org.get(), below()), |(org, below)| home(org, below));
    let body = move || {
        Suspend::new(async move {
            match led.await {
                Ok(()) => view! { <Skeleton/> }.into_any(),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <SettingsFrame org=org>
            <Transition fallback=|| view! { <Skeleton/> }>{body}</Transition>
        </SettingsFrame>
    }
    .into_any()
}

fn chooser(orgs: Vec<OrgCard>, log_out: ServerAction<LogOut>) -> AnyView {
    let list = if orgs.is_empty() {
        view! {
            <Empty title="No organisation yet" icon="users">
                <p>"Ask whoever runs your workplace’s account to add you. For a business of your own, "<a href="/start" rel="external">"sign it up"</a>"."</p>
            </Empty>
        }
        .into_any()
    } else {
        let items = orgs
            .into_iter()
            .map(|org| {
                view! {
                    <li>
                        <a class="choice" href=org.home>
                            <span class="choice-text"><strong>{org.name}</strong><span>{org.role}</span></span>
                            <Icon name="right"/>
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="choices">{items}</ul> }.into_any()
    };
    view! {
        <h1>"Choose an organisation"</h1>
        {list}
        <ActForm action=log_out>
            <button type="submit" class="btn btn-quiet"><Icon name="log-out"/>"Log out"</button>
        </ActForm>
    }
    .into_any()
}
