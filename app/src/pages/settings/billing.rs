//! `/app/{org}/settings/billing`: the plan, and how much of it is used.

use leptos::prelude::*;

use crate::{
    billing::{
        api::billing,
        wire::{BillingPage, UsedLine},
    },
    money,
    packed::page_data,
    ui::{ErrorView, Notice, SettingsFrame, SettingsHead, Skeleton, Tone, org_of_address},
};

/// The plan, in the dashboard's frame.
#[component]
pub fn BillingRoute() -> AnyView {
    let org = org_of_address();
    let page = page_data(move || org.get(), billing);
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => billing_view(&org.get_untracked(), page),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <SettingsFrame org=org>
            <Transition fallback=|| view! { <Skeleton lines=8/> }>{body}</Transition>
        </SettingsFrame>
    }
    .into_any()
}

fn billing_view(org: &str, page: BillingPage) -> AnyView {
    let BillingPage { plan, about, price, standing, alarming, modules, used, by_hand } = page;
    let back = format!("/app/{org}/settings");
    let standing = if alarming {
        view! { <Notice tone=Tone::Warning><p>{standing}</p></Notice> }.into_any()
    } else {
        view! { <p>{standing}</p> }.into_any()
    };
    let price = (!price.is_empty()).then(|| view! { <p class="plan-price">{price}</p> });
    let modules =
        (!modules.is_empty()).then(|| view! { <p class="soft">{format!("With {}.", modules.join(", "))}</p> });
    let change = if by_hand {
        "Your plan was agreed with whoever runs this platform. To change it, write to them."
    } else {
        "Only the owner can change the plan."
    };
    view! {
        <SettingsHead title="Plan and billing" about="What you have agreed to, and how much of it is used." back=back/>
        <section class="card stack" aria-labelledby="plan">
            <div>
                <h2 id="plan">{plan}</h2>
                <p class="soft">{about}</p>
            </div>
            {price}
            {standing}
            {modules}
            <p class="soft">{change}</p>
        </section>
        <section class="card stack" aria-labelledby="used">
            <h2 id="used">"What is used"</h2>
            <ul class="lines">{used.into_iter().map(used_line).collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// How much is used, in words and as a bar.
pub fn used_line(line: UsedLine) -> AnyView {
    let UsedLine { label, used, limit } = line;
    let grouped = |number: i64| money::grouped(number.unsigned_abs());
    let words = limit.map_or_else(|| grouped(used), |limit| format!("{} of {}", grouped(used), grouped(limit)));
    let bar = limit.map(|limit| {
        let name = format!("{label}: {words}");
        let nearly = used * 5 >= limit * 4;
        view! {
            <meter class="meter" class:is-nearly=nearly min="0" max=limit.to_string() value=used.min(limit).to_string() aria-label=name></meter>
        }
    });
    view! {
        <li class="line">
            <div class="line-text"><p class="line-title">{label}</p>{bar}</div>
            <div class="line-end"><p class="figure">{words}</p></div>
        </li>
    }
    .into_any()
}
