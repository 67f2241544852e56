//! `/app/{org}/settings/billing`: the plan, and how much of it is used.

use leptos::prelude::*;

use crate::{
    billing::{
        api::billing,
        wire::{BillingPage, UsedLine},
    },
    packed::page_data,
    ui::{Notice, SettingsHead, Tone, org_of_address, settings_page},
};

/// The plan, in the dashboard's frame.
#[component]
pub fn BillingRoute() -> AnyView {
    let org = org_of_address();
    let page = page_data(move || org.get(), billing);
    settings_page(org, page, 8, move |org, page| billing_view(&org, page))
}

fn billing_view(org: &str, page: BillingPage) -> AnyView {
    let BillingPage { plan, about, price, standing, alarming, modules, used, by_hand } = page;
    let back = format!("/app/{org}/settings");
    let (alarm, standing) = if alarming { (Some(standing), String::new()) } else { (None, standing) };
    let alarm = alarm.map(|words| view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> });
    let price = if price.is_empty() { "Nothing is to be paid for it.".to_owned() } else { price };
    let change = if by_hand {
        "It was agreed with whoever runs this platform. Write to them."
    } else {
        "Only the owner can change the plan."
    };
    let rows =
        [("Price", price), ("Until when", standing), ("With", modules.join(", ")), ("To change it", change.to_owned())];
    let rows = rows
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(label, words)| view! { <div><dt>{label}</dt><dd>{words}</dd></div> })
        .collect_view();
    view! {
        <SettingsHead title="Plan and billing" about="What you have agreed to, and how much of it is used." back=back/>
        {alarm}
        <section class="card stack" aria-labelledby="plan">
            <h2 id="plan">"What is agreed"</h2>
            <dl class="facts facts-wide">
                <div><dt>"Plan"</dt><dd><strong>{plan}</strong><span>{about}</span></dd></div>
                {rows}
            </dl>
        </section>
        <section class="card stack" aria-labelledby="used">
            <h2 id="used">"What is used"</h2>
            <dl class="facts facts-wide">{used.into_iter().map(used_row).collect_view()}</dl>
        </section>
    }
    .into_any()
}

/// How much is used, in words and as a bar.
fn used_row(line: UsedLine) -> AnyView {
    let UsedLine { label, words, share } = line;
    let bar = share.map(|(used, limit)| {
        let name = format!("{label}: {words}");
        let nearly = used * 5 >= limit * 4;
        view! {
            <meter class="meter" class:is-nearly=nearly min="0" max=limit.to_string() value=used.min(limit).to_string() aria-label=name></meter>
        }
    });
    view! { <div><dt>{label}</dt><dd>{words}{bar}</dd></div> }.into_any()
}
