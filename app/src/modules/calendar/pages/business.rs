//! `/b/{org}`: the business and what can be booked. The server writes what is on it (`public_pages.rs`).

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{given, listed};
use crate::{
    modules::calendar::{api::business_page, public_words as words, wire::BusinessPage},
    packed::page_data,
    ui::{ErrorView, PublicFrame, Skeleton},
};

/// The business's public page.
#[component]
pub fn BusinessRoute() -> AnyView {
    let params = use_params_map();
    let page = page_data(move || given(&params, "org").unwrap_or_default(), business_page);
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => business(page),
                Err(error) => view! { <PublicFrame><ErrorView error=error/></PublicFrame> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <PublicFrame><Skeleton lines=6/></PublicFrame> }>{body}</Suspense> }
        .into_any()
}

fn business(page: BusinessPage) -> AnyView {
    let BusinessPage { business, content, json_ld, canonical, card } = page;
    let title = words::book_with(&business.name);
    let about = if business.description.is_empty() { title.clone() } else { business.description };
    let id = "business";
    let content = content.within(id);
    view! {
        {listed(title, about, canonical, card)}
        <PublicFrame look=business.look>
            <script type="application/ld+json" inner_html=json_ld></script>
            <div id=id inner_html=content></div>
        </PublicFrame>
    }
    .into_any()
}
