//! The front page: what Devalo is, said plainly.

#[cfg(feature = "ssr")]
use std::sync::atomic::Ordering;

use leptos::prelude::*;
use leptos_meta::Meta;

use crate::packed::{Inert, Packing};
#[cfg(feature = "ssr")]
use crate::platform::Platform;
use crate::ui::{Icon, Kind, LinkButton, Logo, PageTitle};

/// The demo business that `seed-demo` makes.
const DEMO: &str = "/b/harbour-physio";

/// The element with the plans in it.
const PLANS: &str = "plans";

/// Whether it is there, whether businesses sign up here by themselves, and for what. Who comes here from another page of ours isn't told.
fn what_is_there() -> (bool, bool, Inert) {
    SharedValue::<_, Packing>::new_with_encoding(|| {
        #[cfg(feature = "ssr")]
        let there = use_context::<Platform>().map_or((false, false, Inert::new(String::new())), |platform| {
            let plans = super::prices::markup(&platform);
            (platform.shows_demo.load(Ordering::Relaxed), platform.payments().is_some(), Inert::new(plans))
        });
        #[cfg(not(feature = "ssr"))]
        let there = (false, false, Inert::new(String::new()));
        there
    })
    .into_inner()
}

/// `/`
#[component]
pub fn Landing() -> AnyView {
    let (demo, sign_up, plans) = what_is_there();
    let plans = plans.within(PLANS);
    view! {
        <PageTitle text="Devalo: the front office of a small Australian business"/>
        <Meta
            name="description"
            content="Bookings, tasks and a live scoreboard for Australian small businesses, on a server of your own, with your clients’ details encrypted."
        />
        <Meta property="og:title" content="Devalo"/>
        <Meta property="og:description" content="The front office of a small Australian business: bookings, tasks and a live scoreboard."/>
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="landing">
            <header class="landing-head">
                <a href="/" class="topbar-brand" aria-label="Devalo"><Logo/></a>
                <LinkButton href="/login" kind=Kind::Quiet external=true>"Log in"</LinkButton>
            </header>
            <main id="main">
                {hero(demo, sign_up)}
                {modules()}
                <section class="prices" id=PLANS inner_html=plans></section>
                {promises()}
                {demo.then(close)}
            </main>
            <footer class="landing-foot">
                <p><a href="/docs" rel="external">"Help"</a></p>
                <p>"Devalo is free software under the AGPL, version 3 or later. "<a href="/about" rel="external">"Source code"</a></p>
            </footer>
        </div>
    }
    .into_any()
}

fn hero(demo: bool, sign_up: bool) -> AnyView {
    view! {
        <section class="hero">
            <div class="hero-text">
                <h1>"The front desk, without the desk."</h1>
                <p class="hero-lead">
                    "Clients book themselves in. The team sees what is on, as it happens. It all runs on one server, in Australia."
                </p>
                <p class="row">{way_in(demo, sign_up)}</p>
            </div>
            {picture()}
        </section>
    }
    .into_any()
}

/// A morning in a diary, drawn: decoration, so hidden from screen readers.
fn picture() -> AnyView {
    let hours = ["8", "9", "10", "11", "12", "1", "2"];
    let hours = hours.into_iter().map(|hour| view! { <span>{hour}</span> }).collect_view();
    view! {
        <div class="picture" aria-hidden="true">
            <div class="picture-hours">{hours}</div>
            <div class="picture-lane">
                <i class="p-gum p-a"></i><i class="p-stone p-b"></i><i class="p-gum p-c"></i><i class="p-free p-d"></i>
            </div>
            <div class="picture-lane">
                <i class="p-harbour p-e"></i><i class="p-gum p-f"></i><i class="p-free p-g"></i>
            </div>
            <div class="picture-lane">
                <i class="p-free p-h"></i><i class="p-stone p-i"></i><i class="p-harbour p-j"></i>
            </div>
            <span class="picture-now"></span>
        </div>
    }
    .into_any()
}

fn modules() -> AnyView {
    let modules = [
        (
            "calendar",
            "Calendar",
            "A booking page for each service. It knows your opening hours, your notice, the gaps you need between clients and the public holidays you close for, and it never books the same time twice. Clients move or cancel their own booking from a private link.",
        ),
        (
            "chart",
            "Scoreboard",
            "Sales against target, person by person, live on the office screen. A screen pairs with a short code; nobody has to log in on it.",
        ),
        (
            "tasks",
            "Tasks",
            "Lists and boards for the work behind the counter: subtasks, templates for what comes round every week, and one clear owner for each job.",
        ),
    ];
    let modules = modules
        .into_iter()
        .map(|(icon, title, text)| {
            view! {
                <li>
                    <Icon name=icon/>
                    <h3>{title}</h3>
                    <p>{text}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="modules">
            <h2>"Three parts. Use those that you need."</h2>
            <ul>{modules}</ul>
        </section>
    }
    .into_any()
}

fn promises() -> AnyView {
    let promises = [
        (
            "Your own server",
            "Devalo is one program and one database. It runs on a small server that you rent in Australia, and everything it knows stays there.",
        ),
        (
            "Encrypted where it counts",
            "Names, emails, phone numbers and notes are encrypted in the database, each business under a key of its own. Destroy the key and they are gone, from backups too as these expire.",
        ),
        ("Nobody looking over a shoulder", "No advertising, no trackers, nothing loaded from other companies’ sites."),
        (
            "Works on the old phone, too",
            "Finding a time and booking it works without JavaScript, with a keyboard and with a screen reader.",
        ),
    ];
    let promises =
        promises.into_iter().map(|(title, text)| view! { <div><dt>{title}</dt><dd>{text}</dd></div> }).collect_view();
    view! {
        <section class="promises">
            <h2>"Your clients’ details are yours to look after. This helps."</h2>
            <dl>{promises}</dl>
        </section>
    }
    .into_any()
}

fn close() -> AnyView {
    view! {
        <section class="closing">
            <h2>"See it the way a client does."</h2>
            <p>"Harbour Physio is a made-up practice with a real booking page. Book a time, then move it or cancel it."</p>
            <p class="row"><LinkButton href=DEMO>"Open the demo page"</LinkButton></p>
        </section>
    }
    .into_any()
}

/// To signing up and to the demo's booking page; where there is neither, to the door.
fn way_in(demo: bool, sign_up: bool) -> AnyView {
    let kind = if sign_up { Kind::Quiet } else { Kind::Primary };
    let sign_up =
        sign_up.then(|| view! { <LinkButton href="/start" external=true>"Try it with your business"</LinkButton> });
    if demo {
        view! { {sign_up} <LinkButton href=DEMO kind=kind>"Try a booking page"</LinkButton> }.into_any()
    } else if sign_up.is_some() {
        sign_up.into_any()
    } else {
        view! { <LinkButton href="/login" external=true>"Log in"</LinkButton> }.into_any()
    }
}
