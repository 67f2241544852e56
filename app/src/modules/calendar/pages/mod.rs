//! The calendar's pages: what a client sees, and the team's diary.

mod business;
mod diary;
mod manage;
mod person;
mod service;
mod service_setup;
mod services;
mod staff;
mod times;

pub use business::BusinessRoute;
pub use diary::DiaryRoute;
pub use manage::ManageRoute;
pub use person::PersonRoute;
pub use service::ServiceRoute;
pub use service_setup::ServiceSetupRoute;
pub use services::ServicesRoute;
pub use staff::StaffRoute;

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::wire::Business;
use crate::ui::Icon;

/// A part of the path or a parameter of the query, if it says anything.
fn given(map: &Memo<ParamsMap>, name: &str) -> Option<String> {
    map.with(|map| map.get(name)).filter(|value| !value.is_empty())
}

/// Where the business is and how to ring it, as far as it says.
fn contact(business: &Business) -> AnyView {
    let address = (!business.address.is_empty())
        .then(|| view! { <li><Icon name="pin"/><span>{business.address.clone()}</span></li> });
    let phone = (!business.phone.is_empty()).then(|| {
        let dial: String = business.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        view! { <li><Icon name="phone"/><a href=format!("tel:{dial}") rel="external">{business.phone.clone()}</a></li> }
    });
    view! { <ul class="contact">{address}{phone}</ul> }.into_any()
}
