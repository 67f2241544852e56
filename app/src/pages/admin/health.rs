//! `/admin/health`: how the platform is.

use leptos::prelude::*;

use super::frame::admin_page;
use crate::{
    admin::{
        api::health,
        wire::{Fact, HealthPage},
    },
    packed::page_data,
    ui::{Badge, PageHeader, Tone},
};

/// How the platform is.
#[component]
pub fn HealthRoute() -> AnyView {
    let page = page_data(|| (), |()| health());
    admin_page("Health", "/admin/health", page, health_view)
}

fn health_view(page: HealthPage) -> AnyView {
    view! {
        <PageHeader title="Health" about="How the platform is at this moment. Load the page again for the next."/>
        <dl class="figures">{page.facts.into_iter().map(fact).collect_view()}</dl>
    }
    .into_any()
}

fn fact(fact: Fact) -> AnyView {
    let Fact { label, value, about, alarming } = fact;
    let badge = alarming.then(|| view! { <dd><Badge tone=Tone::Warning label="Look at this"/></dd> });
    view! {
        <div class="card">
            <dt>{label}</dt>
            <dd class="figure-value wrap-anywhere">{value}</dd>
            <dd class="soft">{about}</dd>
            {badge}
        </div>
    }
    .into_any()
}
