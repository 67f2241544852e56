//! The calendar's pages: what a client sees, and the team's diary.

#[cfg(feature = "ssr")]
mod appointment;
#[cfg(feature = "ssr")]
mod block;
mod business;
#[cfg(feature = "ssr")]
mod calendars;
#[cfg(feature = "ssr")]
mod client;
#[cfg(feature = "ssr")]
mod clients;
#[cfg(feature = "ssr")]
mod desk;
#[cfg(feature = "dashboard")]
mod diary;
#[cfg(feature = "dashboard")]
mod diary_drag;
#[cfg(feature = "ssr")]
mod duplicates;
#[cfg(feature = "ssr")]
mod embedding;
#[cfg(feature = "ssr")]
mod erase_client;
#[cfg(feature = "ssr")]
mod framed;
#[cfg(feature = "ssr")]
mod holidays;
#[cfg(feature = "ssr")]
mod import;
#[cfg(feature = "ssr")]
mod letters;
mod manage;
#[cfg(feature = "ssr")]
mod packages;
#[cfg(feature = "ssr")]
mod payments;
#[cfg(feature = "ssr")]
mod person;
#[cfg(feature = "ssr")]
mod public;
#[cfg(feature = "ssr")]
mod report_charts;
#[cfg(feature = "ssr")]
mod reports;
#[cfg(feature = "ssr")]
mod rooms;
#[cfg(feature = "ssr")]
mod schedules;
#[cfg(feature = "ssr")]
mod sections;
mod service;
#[cfg(feature = "ssr")]
mod service_options;
#[cfg(feature = "ssr")]
mod service_setup;
#[cfg(feature = "ssr")]
mod services;
#[cfg(feature = "ssr")]
mod staff;
#[cfg(feature = "ssr")]
mod waitlist;
#[cfg(feature = "ssr")]
mod waitlist_offer;
#[cfg(feature = "ssr")]
mod why;

#[cfg(feature = "ssr")]
pub use appointment::AppointmentRoute;
#[cfg(feature = "ssr")]
pub use block::BlockRoute;
pub use business::BusinessRoute;
#[cfg(feature = "ssr")]
pub use calendars::MineRoute;
#[cfg(feature = "ssr")]
pub use client::ClientRoute;
#[cfg(feature = "ssr")]
pub use clients::{ClientsRoute, NewClientRoute};
#[cfg(feature = "ssr")]
pub use desk::DeskRoute;
#[cfg(feature = "dashboard")]
pub use diary::DiaryRoute;
#[cfg(feature = "ssr")]
pub use duplicates::{DuplicatesRoute, MergeRoute};
#[cfg(feature = "ssr")]
pub use embedding::EmbeddingRoute;
#[cfg(feature = "ssr")]
pub use erase_client::EraseClientRoute;
#[cfg(feature = "ssr")]
pub use holidays::HolidaysRoute;
#[cfg(feature = "ssr")]
pub use import::{ImportRoute, ImportedRoute};
#[cfg(feature = "ssr")]
pub use letters::{LetterRoute, LettersRoute, StaffLettersRoute};
pub use manage::ManageRoute;
#[cfg(feature = "ssr")]
pub use packages::{PackagesRoute, packages_to_all};
#[cfg(feature = "ssr")]
pub use payments::PaymentsRoute;
#[cfg(feature = "ssr")]
pub use person::PersonRoute;
#[cfg(feature = "ssr")]
pub use public::plain_to_all;
#[cfg(feature = "ssr")]
pub use reports::ReportsRoute;
#[cfg(feature = "ssr")]
pub use rooms::{RoomRoute, RoomsRoute};
#[cfg(feature = "ssr")]
pub use schedules::{ScheduleRoute, SchedulesRoute};
pub use service::ServiceRoute;
#[cfg(feature = "ssr")]
pub use service_setup::{NewServiceRoute, ServiceSetupRoute};
#[cfg(feature = "ssr")]
pub use services::ServicesRoute;
#[cfg(feature = "ssr")]
pub use staff::StaffRoute;
#[cfg(feature = "ssr")]
pub use waitlist::{JoinWaitlistRoute, OwnWaitlistRoute, WaitlistRoute};
#[cfg(feature = "ssr")]
pub use waitlist_offer::OfferRoute;
#[cfg(feature = "ssr")]
pub use why::WhyRoute;

use leptos::{html, prelude::*};
use leptos_meta::{Link, Meta};
use leptos_router::params::ParamsMap;

use crate::{
    packed::Inert,
    ui::{PageTitle, Post, given},
};

/// What search engines and whoever shares the page are told of it.
fn listed(title: String, about: String, canonical: String, card: String) -> impl IntoView {
    let shared = [
        ("og:type", "website".to_owned()),
        ("og:title", title.clone()),
        ("og:description", about.clone()),
        ("og:url", canonical.clone()),
        ("og:image", card),
        ("og:image:width", "1200".to_owned()),
        ("og:image:height", "630".to_owned()),
        ("twitter:card", "summary_large_image".to_owned()),
    ];
    view! {
        <PageTitle text=title/>
        <Meta name="description" content=about/>
        <Link rel="canonical" href=canonical/>
        {shared.map(|(property, content)| view! { <Meta property=property content=content/> })}
    }
}

/// A refusal was of the time that was chosen: once another is chosen it no longer holds.
fn forget_refusal(post: Post, query: Memo<ParamsMap>) {
    Effect::new(move |last: Option<Option<String>>| {
        let last = last.flatten();
        let chosen = given(&query, "start");
        if chosen.is_some() && last.is_some() && chosen != last {
            post.forget();
        }
        chosen.or(last)
    });
}

/// For the heading of a step that a link led to: it takes the focus, and so comes into view.
fn focused_when_shown() -> NodeRef<html::H2> {
    let heading = NodeRef::<html::H2>::new();
    Effect::new(move || {
        if let Some(heading) = heading.get() {
            // If it can't be focused, it is on the page all the same.
            let _ = heading.focus();
        }
    });
    heading
}

/// The times to choose from, as the server wrote them; where choosing one holds it, that is the form among them.
fn times_to_choose(content: &Inert, hold: Option<Post>) -> AnyView {
    let id = "times";
    let content = content.within(id);
    let submit = move |event| {
        if let Some(hold) = hold {
            hold.submit(event);
        }
    };
    view! { <section class="times" id=id aria-labelledby="times-title" on:submit=submit inner_html=content></section> }
        .into_any()
}

/// "Monday 23 November 2026, 9:00 – 9:45 am": the time of day stays on one line.
fn when_words(when: &str) -> AnyView {
    match when.split_once(", ") {
        Some((date, time)) => {
            view! { {date.to_owned()}", "<span class="whitespace-nowrap">{time.to_owned()}</span> }.into_any()
        }
        None => when.to_owned().into_any(),
    }
}

/// A line in which an email address may go on in the next line after its at sign or a dot; an amount never does.
fn email_words(email: &str) -> AnyView {
    if !email.contains('@') {
        return email.to_owned().into_any();
    }
    email.split_inclusive(['@', '.']).map(|part| view! { {part.to_owned()}<wbr/> }).collect_view().into_any()
}
