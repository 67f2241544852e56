//! Choosing an organisation.

use leptos::prelude::*;
use leptos_meta::Meta;

use crate::packed::page_data;
use crate::{
    auth::{
        api::{LogOut, my_orgs},
        wire::OrgCard,
    },
    ui::{ActForm, Empty, ErrorView, Icon, NarrowFrame, Skeleton},
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

fn chooser(orgs: Vec<OrgCard>, log_out: ServerAction<LogOut>) -> AnyView {
    let list = if orgs.is_empty() {
        view! {
            <Empty title="No organisation yet" icon="users">
                <p>"Ask whoever runs your workplace’s account to add you."</p>
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
