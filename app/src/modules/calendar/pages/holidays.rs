//! `/app/{org}/calendar/holidays`: the days on which the whole business is closed. The server writes it alone.

use leptos::prelude::*;

use crate::{
    holidays::{ALL_DAY, STATES, YEARS},
    modules::calendar::{
        closures::{self, Closure, Closures},
        format,
        setup_api::{ClearClosure, SaveClosure, SaveState},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, DateField, DoneNotice, Field, FormMessage, FormState, Kind, Post, PostForm, Select, SettingsFrame,
        SettingsHead, SubmitButton, Tone, org_of_address,
    },
};

#[derive(Clone, Copy)]
struct Forms {
    state: Post,
    choosing: FormState,
    day: Post,
    setting: FormState,
    clear: Post,
    clearing: FormState,
}

const DONE: &[(&str, &str)] = &[
    ("saved", "Saved. Your booking page shows it already."),
    ("day", "Saved for that day."),
    ("cleared", "That day is as usual again."),
];

/// The days, in the dashboard's frame.
#[component]
pub fn HolidaysRoute() -> AnyView {
    let org = org_of_address();
    let (state, day, clear) = (Post::to::<SaveState>(), Post::to::<SaveClosure>(), Post::to::<ClearClosure>());
    let forms = Forms {
        state,
        choosing: FormState::of_post(state),
        day,
        setting: FormState::of_post(day),
        clear,
        clearing: FormState::of_post(clear),
    };
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let page = closures::list(&platform, &actor, &org).await?;
            Ok((org, page))
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| show(&org, page, &forms))}</SettingsFrame> }
        .into_any()
}

fn show(org: &str, page: Closures, forms: &Forms) -> AnyView {
    let Forms { state, choosing, day, setting, clearing, .. } = *forms;
    let of_states = STATES.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned()));
    let states =
        std::iter::once((String::new(), "None: open on public holidays".to_owned())).chain(of_states).collect();
    let list = if page.days.is_empty() {
        view! { <p class="soft">"No such days to come."</p> }.into_any()
    } else {
        let lines = page.days.into_iter().map(|day| line(org, day, forms)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let holds = [("closed", "Closed all day"), ("part", "Closed for a part of the day"), ("open", "Open as usual")]
        .map(|(value, label)| (value.to_owned(), label.to_owned()))
        .to_vec();
    let covers = format!(
        "The dates are worked out for {} to {}. Governments announce them, and sometimes add one: check them against your state’s list, and change here what differs.",
        YEARS.start(),
        YEARS.end()
    );
    let (first, second) = (org.to_owned(), org.to_owned());
    view! {
        <SettingsHead title="Days closed" about="When the whole business is closed. Somebody who works all the same gets hours for that day on their own page." back=format!("/app/{org}/settings")/>
        <DoneNotice words=DONE/>
        <section class="card stack" aria-labelledby="state">
            <h2 id="state">"Public holidays"</h2>
            <PostForm post=state class="stack">
                <FormMessage form=choosing/>
                <input type="hidden" name="org" value=first/>
                <Select form=choosing name="holidays" label="Close on the public holidays of" hint=covers options=states value=page.state/>
                <div class="form-actions"><SubmitButton form=choosing label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        <section class="card stack" aria-labelledby="days">
            <h2 id="days">"To come"</h2>
            <FormMessage form=clearing/>
            {list}
        </section>
        <section class="card stack" aria-labelledby="another">
            <h2 id="another">"Another day, or a change"</h2>
            <PostForm post=day class="stack">
                <FormMessage form=setting/>
                <input type="hidden" name="org" value=second/>
                <DateField form=setting name="date" label="Date" hint="On a public holiday it takes its place." min=page.today.to_string()/>
                <Field form=setting name="name" label="Why" hint="Like “Stocktake”. Only your team sees it." autocomplete="off" maxlength=100/>
                <Select form=setting name="holds" label="That day" options=holds value="closed"/>
                <div class="fields-row">
                    <Field form=setting name="from" label="Closed from" hint="For a part of the day, like 12:00." autocomplete="off" optional=true maxlength=20/>
                    <Field form=setting name="until" label="Closed until" hint="24:00 is the end of the day." autocomplete="off" optional=true maxlength=20/>
                </div>
                <div class="form-actions"><SubmitButton form=setting label="Save this day" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, day: Closure, forms: &Forms) -> AnyView {
    let Closure { holiday, own, public } = day;
    let label = format::day_and_year(holiday.date);
    let (tone, state) = match holiday.closed {
        None => (Tone::Success, "Open as usual".to_owned()),
        Some(ALL_DAY) => (Tone::Neutral, "Closed".to_owned()),
        Some((from, until)) => {
            (Tone::Neutral, format!("Closed {} – {}", format::minute_of_day(from), format::minute_of_day(until)))
        }
    };
    let date = holiday.date.to_string();
    let action = if own {
        let words = if public { "Back to the public holiday" } else { "Remove" };
        button(org, forms.clear, &date, words, format!("{words}: {label}"), None)
    } else {
        let open = [("name", holiday.name.clone()), ("holds", "open".to_owned())];
        button(org, forms.day, &date, "Open that day", format!("Open on {label}"), Some(open))
    };
    view! {
        <li class="line" data-date=date>
            <div class="line-text">
                <p class="line-title">{label} " " <Badge tone=tone label=state/></p>
                <p class="soft">{holiday.name}</p>
            </div>
            <div class="line-end">{action}</div>
        </li>
    }
    .into_any()
}

fn button(
    org: &str,
    post: Post,
    date: &str,
    words: &'static str,
    label: String,
    more: Option<[(&'static str, String); 2]>,
) -> AnyView {
    let (org, date) = (org.to_owned(), date.to_owned());
    let more = more
        .into_iter()
        .flatten()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="date" value=date/>
            {more}
            <button type="submit" class="btn btn-quiet" aria-label=label>{words}</button>
        </PostForm>
    }
    .into_any()
}
