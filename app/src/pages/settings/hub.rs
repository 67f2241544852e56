//! `/app/{org}/settings`: all that can be set up here.

use leptos::prelude::*;

use crate::{
    packed::page_data,
    settings::{
        api::settings,
        wire::{SettingsCard, SettingsGroup},
    },
    ui::{Icon, PageHeader, PageTitle, org_of_address, settings_page},
};

/// The hub, in the dashboard's frame.
#[component]
pub fn HubRoute() -> AnyView {
    let org = org_of_address();
    let groups = page_data(move || org.get(), settings);
    settings_page(org, groups, 8, |_, groups| {
        view! {
            <PageTitle text="Settings"/>
            <PageHeader title="Settings"/>
            {groups.into_iter().enumerate().map(group).collect_view()}
        }
        .into_any()
    })
}

fn group((at, group): (usize, SettingsGroup)) -> AnyView {
    let heading = format!("settings-{at}");
    let labelled = heading.clone();
    let cards = group
        .pages
        .into_iter()
        .map(|SettingsCard { label, href, about }| {
            view! {
                <li>
                    <a class="choice" href=href>
                        <span class="choice-text"><strong>{label}</strong><span class="as-is">{about}</span></span>
                        <Icon name="right"/>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="settings-group" aria-labelledby=labelled>
            <h2 id=heading>{group.title}</h2>
            <ul class="choices">{cards}</ul>
        </section>
    }
    .into_any()
}
