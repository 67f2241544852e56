//! `/app/{org}/calendar/why`: why a time isn’t offered. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

use super::given;
use crate::{
    modules::calendar::{
        format,
        why::{Hint, WhyPerson},
        why_page::{self, Answer, Stretch, Time, WhyAsked, WhyPage},
    },
    pages::plain::written,
    request,
    ui::{
        DashboardShell, Icon, PageHeader, PageTitle,
        asking::{Choice, notice_of, select, typed},
        empty_markup, icon_markup, org_of_address, with_query,
    },
};

/// The question and its answer, in the dashboard's frame.
#[component]
pub fn WhyRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let asked = WhyAsked {
        service: get("service"),
        staff: get("staff"),
        date: get("date"),
        time: get("time"),
        start: get("start"),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = why_page::read(&platform, &actor, &slug, asked).await?;
        Ok((slug, page))
    };
    let show = |(org, page): (String, WhyPage)| {
        let content = content(&org, &page).into_string();
        let back = format!("/app/{org}/calendar");
        view! {
            <PageTitle text="Why isn’t this time offered?"/>
            <a class="back" href=back><Icon name="back"/>"Calendar"</a>
            <PageHeader title="Why isn’t this time offered?" about="Choose what and when. You see each rule that keeps it from clients, and the nearest times that they can book."/>
            <div class="stack" inner_html=content></div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

fn content(org: &str, page: &WhyPage) -> Markup {
    let place = Place { org, page };
    if page.services.is_empty() {
        let new = format!("/app/{org}/calendar/services/new");
        return empty_markup(
            "No services yet",
            html! {
                p { "Once there is a service, you can ask here why a time of it isn’t offered." }
                @if page.may_set_up { p { a class="btn btn-primary" href=(new) { "Add your first service" } } }
            },
        );
    }
    html! {
        (form(&place))
        @if let Some(answer) = &page.answer {
            (answer_card(&place, answer))
            (day_card(&place, answer))
        }
    }
}

/// Where the links lead.
struct Place<'a> {
    org: &'a str,
    page: &'a WhyPage,
}

impl Place<'_> {
    fn to(&self, start: &str) -> String {
        let WhyAsked { service, staff, .. } = &self.page.asked;
        let path = format!("/app/{}/calendar/why", self.org);
        with_query(&path, &[("service", service), ("staff", staff), ("start", start)])
    }
}

fn form(place: &Place<'_>) -> Markup {
    let WhyPage { asked, services, people, clock, refused, .. } = place.page;
    let refused = refused.as_ref();
    let everybody = [(String::new(), "Anyone".to_owned())];
    let people = everybody.iter().chain(people).map(|(value, label)| Choice { value, label });
    let services = services.iter().map(|(value, label)| Choice { value, label });
    html! {
        (notice_of(refused))
        form class="card filters ask" method="get" action={ "/app/" (place.org) "/calendar/why" } novalidate {
            (select("service", "Service", services, &asked.service, refused))
            (select("staff", "With", people, &asked.staff, refused))
            (typed("date", "Day", "date", &asked.date, refused))
            (typed("time", "Time", "time", &asked.time, refused))
            button type="submit" class="btn btn-primary" { "Check" }
            p class="soft" { (clock) }
        }
    }
}

fn answer_card(place: &Place<'_>, answer: &Answer) -> Markup {
    let Answer { why, date, notice, nearest: (before, after), .. } = answer;
    let (state, icon) = if why.offered { ("is-offered", "check") } else { ("is-not-offered", "close") };
    let diary = with_query(&format!("/app/{}/calendar", place.org), &[("date", &date.to_string()), ("view", "day")]);
    html! {
        section class={ "card stack why-answer " (state) } aria-labelledby="answer" data-offered=(if why.offered { "yes" } else { "no" }) {
            h2 id="answer" { (icon_markup(icon)) span { (why.headline) } }
            @if let Some(notice) = notice { p class="notice notice-info" { (notice) } }
            @if !why.reasons.is_empty() { ul class="why-reasons" { @for reason in &why.reasons { (line(place, reason)) } } }
            @if !why.people.is_empty() {
                ul class="why-people" { @for person in &why.people { (person_line(place, person, !why.reasons.is_empty())) } }
            }
            @if before.is_some() || after.is_some() {
                div class="why-near" {
                    @if let Some(time) = before { (near(place, time, "Offered before", "before")) }
                    @if let Some(time) = after { (near(place, time, "Offered after", "after")) }
                }
            }
            p class="row" { a href=(diary) { "See " (format::day(*date)) " in the diary" } }
        }
    }
}

fn near(place: &Place<'_>, time: &Time, words: &str, which: &str) -> Markup {
    html! {
        p { span class="soft" { (words) } " "
            a class="slot" href=(place.to(&time.start.to_string())) data-nearest=(which) { (time.label) }
        }
    }
}

fn person_line(place: &Place<'_>, person: &WhyPerson, general: bool) -> Markup {
    let (tone, icon, words) = match (person.free, general) {
        (true, _) => ("badge badge-success", "check", "Free"),
        // Nothing of their own keeps it from them.
        (false, true) if person.reasons.is_empty() => ("badge badge-neutral", "circle", "Nothing else in the way"),
        (false, _) => ("badge badge-neutral", "close", "Not free"),
    };
    html! {
        li {
            p { b { (person.name) } " " span class=(tone) { (icon_markup(icon)) (words) } }
            @if !person.reasons.is_empty() { ul class="why-reasons" { @for reason in &person.reasons { (line(place, reason)) } } }
        }
    }
}

fn line(place: &Place<'_>, hint: &Hint) -> Markup {
    html! {
        li {
            span { (hint.words) }
            @if let Some(path) = hint.path.as_ref().filter(|_| place.page.may_set_up) {
                " " a href={ "/app/" (place.org) "/calendar" (path) } aria-label={ "Change it: " (hint.words) } { "Change it" }
            }
        }
    }
}

fn day_card(place: &Place<'_>, answer: &Answer) -> Markup {
    let title = format!("All of {}", format::day(answer.date));
    if answer.day.is_empty() {
        return html! {};
    }
    html! {
        section class="card stack" aria-labelledby="that-day" {
            h2 id="that-day" { (title) }
            ol class="why-day" { @for stretch in &answer.day { (stretch_line(place, stretch)) } }
        }
    }
}

fn stretch_line(place: &Place<'_>, stretch: &Stretch) -> Markup {
    let Stretch { reason, times } = stretch;
    let state = if reason.is_none() { "is-offered" } else { "is-not-offered" };
    html! {
        li class=(state) {
            p { (icon_markup(if reason.is_none() { "check" } else { "close" })) " " (reason.as_deref().unwrap_or("Offered")) }
            ul class="slots" {
                @for time in times {
                    li {
                        a class="slot" href=(place.to(&time.start.to_string())) aria-current=[time.asked.then_some("time")] {
                            (time.label) @if reason.is_some() { span class="sr-only" { ", not offered" } }
                        }
                    }
                }
            }
        }
    }
}
