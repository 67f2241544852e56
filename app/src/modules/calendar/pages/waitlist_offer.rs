//! `/app/{org}/calendar/waitlist/{id}`: the business offers somebody who waits a free time. The server writes it alone.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::given;
use crate::{
    modules::calendar::{format, offering::Offerable, waitlist, waitlist_api::OfferFromWaitlist, waitlist_views},
    pages::plain::written,
    request,
    ui::{
        DashboardShell, Empty, Form, FormMessage, Icon, Kind, LinkButton, Notice, PageHeader, PageTitle, Post,
        PostForm, SubmitButton, Tone, org_of_address, with_query,
    },
};

/// The page, in the dashboard’s frame.
#[component]
pub fn OfferRoute() -> AnyView {
    let org = org_of_address();
    let (params, query) = (use_params_map(), use_query_map());
    let (id, date) = (given(&params, "id").unwrap_or_default(), given(&query, "date"));
    let form = Form::of(Post::to::<OfferFromWaitlist>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (offerable, tz) = waitlist::offerable(&platform, &actor, &slug, &id).await?;
        Ok((slug, offerable, tz))
    };
    let body = written(read, move |(slug, offerable, tz)| show(&slug, &offerable, &tz, date.as_deref(), form));
    view! {
        <Meta name="robots" content="noindex"/>
        <PageTitle text="Offer a time · Waitlist"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, offerable: &Offerable, tz: &TimeZone, date: Option<&str>, form: Form) -> AnyView {
    let list = format!("/app/{org}/calendar/waitlist");
    let title = format!("Offer {} a time", offerable.person.name);
    let facts = waitlist_views::facts(&offerable.person, &offerable.service);
    let facts = facts.into_iter().map(|(term, words)| view! { <div><dt>{term}</dt><dd>{words}</dd></div> });
    let body = if !offerable.unable.is_empty() {
        let unable = offerable.unable.clone();
        view! { <FormMessage form=form.state/><Notice tone=Tone::Warning><p>{unable}</p></Notice> }.into_any()
    } else if offerable.starts.is_empty() {
        view! {
            <FormMessage form=form.state/>
            <Empty title="No free time suits them" icon="clock">
                <p>"On the days that they chose nothing is free that they could still decide about. What comes free is offered by itself."</p>
            </Empty>
        }
        .into_any()
    } else {
        times(org, offerable, tz, date, form)
    };
    view! {
        <a class="back" href=list rel="external"><Icon name="back"/>"Waitlist"</a>
        <PageHeader title=title about="We write to them at once, and the time is theirs alone for 15 minutes, as if it had come free. Nobody else loses their place in line."/>
        <dl class="facts">{facts.collect_view()}</dl>
        {body}
    }
    .into_any()
}

/// The free times of one of the days, and the way to the others.
fn times(org: &str, offerable: &Offerable, tz: &TimeZone, date: Option<&str>, form: Form) -> AnyView {
    let row = &offerable.person.row;
    let day_of = |start: &Timestamp| start.to_zoned(tz.clone()).date();
    let mut days: Vec<Date> = offerable.starts.iter().map(day_of).collect();
    days.dedup();
    let asked = date.and_then(|date| date.parse::<Date>().ok());
    let at = asked.and_then(|asked| days.iter().position(|day| *day >= asked)).unwrap_or(0);
    let day = days.get(at).copied().unwrap_or_default();
    let here = format!("/app/{org}/calendar/waitlist/{}", row.id);
    let to = |label: &'static str, day: Option<&Date>| {
        day.map(|day| view! { <a href=with_query(&here, &[("date", &day.to_string())]) rel="external">{label}</a> })
    };
    let earlier = to("Earlier day", at.checked_sub(1).and_then(|at| days.get(at)));
    let later = to("Later day", days.get(at + 1));
    let chosen = form.state.value("start").unwrap_or_default();
    let (seen, minutes) = (row.passed(), row.minutes.unwrap_or(offerable.service.duration_minutes));
    let of_the_day = offerable.starts.iter().filter(|start| day_of(start) == day);
    let choice = |start: &Timestamp| {
        let value = start.to_string();
        let checked = value == chosen;
        let time = format::time(start.to_zoned(tz.clone()).time());
        let known = seen.has(*start, minutes).then(|| view! { <span class="soft">" · seen before"</span> });
        view! {
            <label class="time-choice"><input type="radio" name="start" value=value checked=checked/><span>{time}{known}</span></label>
        }
    };
    let choices = of_the_day.map(choice).collect_view();
    let error = form.state.error("start").get_untracked();
    let describe = error.is_some().then_some("field-start-error");
    let wrong = error.map(|message| view! { <p class="field-error" id="field-start-error">{message}</p> });
    let clock = clocks(offerable, tz);
    let (org, id) = (org.to_owned(), row.id.to_string());
    let list = format!("/app/{org}/calendar/waitlist");
    view! {
        <PostForm post=form.post class="card stack">
            <h2>{format::day_and_year(day)}</h2>
            <FormMessage form=form.state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <fieldset class="field" id="field-start" tabindex="-1" aria-describedby=describe>
                <legend>"Time"</legend>
                <div class="time-choices">{choices}</div>
                {wrong}
            </fieldset>
            <p class="row">{earlier}{later}</p>
            <p class="soft">{clock}</p>
            <div class="form-actions">
                <SubmitButton form=form.state label="Offer it" busy="Offering…"/>
                <LinkButton href=list kind=Kind::Quiet external=true>"Cancel"</LinkButton>
            </div>
        </PostForm>
    }
    .into_any()
}

/// On whose clock the times are, and on whose what suits them.
fn clocks(offerable: &Offerable, tz: &TimeZone) -> String {
    let row = &offerable.person.row;
    let now = offerable.now.timestamp();
    let ours = tz.iana_name().map_or_else(String::new, |name| format::zone(name, tz, now));
    let theirs = format::zone(&row.client_zone, &row.zone(), now);
    if ours == theirs {
        format!("{ours}. “Seen before”: it was free when they joined, or they let go of it.")
    } else {
        format!(
            "{ours}; the days that suit them are by {theirs}. “Seen before”: it was free when they joined, or they let go of it."
        )
    }
}
