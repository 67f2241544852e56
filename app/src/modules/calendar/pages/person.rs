//! `/app/{org}/calendar/staff/{id}`: somebody, their weekly hours, and the days that are different. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::given;
use crate::{
    modules::calendar::{
        setup_api::{ClearDate, SaveDate, SaveHours, SavePerson},
        setup_views,
        setup_wire::{DAYS, DateLine, DayHours, PersonPage},
    },
    pages::plain::written,
    request,
    ui::{
        Checkbox, DoneNotice, Field, FormMessage, FormState, Icon, Kind, Notice, Post, PostForm, SettingsFrame,
        SettingsHead, SubmitButton, Tone, org_of_address,
    },
};

#[derive(Clone, Copy)]
struct Forms {
    save: Post,
    saving: FormState,
    hours: Post,
    hours_saving: FormState,
    date: Post,
    date_saving: FormState,
    clear: Post,
    clearing: FormState,
}

/// The person, in the dashboard's frame.
#[component]
pub fn PersonRoute() -> AnyView {
    let org = org_of_address();
    let params = use_params_map();
    let (save, hours) = (Post::to::<SavePerson>(), Post::to::<SaveHours>());
    let (date, clear) = (Post::to::<SaveDate>(), Post::to::<ClearDate>());
    let forms = Forms {
        save,
        saving: FormState::of_post(save),
        hours,
        hours_saving: FormState::of_post(hours),
        date,
        date_saving: FormState::of_post(date),
        clear,
        clearing: FormState::of_post(clear),
    };
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let id = given(&params, "id").unwrap_or_default();
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let page = setup_views::person(&platform, &actor, &org, &id).await?;
            Ok((org, page))
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| person_view(org, page, &forms))}</SettingsFrame> }
        .into_any()
}

const DONE: &[(&str, &str)] = &[
    ("added", "Added. Now give them their hours, then put them on a service."),
    ("saved", "Saved."),
    ("hours", "Hours saved. Your booking page shows them already."),
    ("date", "Saved for that day."),
    ("cleared", "That day has the weekly hours again."),
];

fn person_view(org: String, page: PersonPage, forms: &Forms) -> AnyView {
    let PersonPage { id, name, active, upcoming, days, dates, today, clock } = page;
    let upcoming = (upcoming > 0).then(|| {
        let words = match upcoming {
            1 => "One booked appointment with them is still to come. It stays, whatever you change here; cancel it in the calendar if it can’t go ahead.".to_owned(),
            count => format!("{count} booked appointments with them are still to come. They stay, whatever you change here; cancel them in the calendar if they can’t go ahead."),
        };
        view! { <Notice tone=Tone::Info><p>{words}</p></Notice> }
    });
    let which = || {
        let (org, id) = (org.clone(), id.clone());
        view! {
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
        }
        .into_any()
    };
    let (for_hours, for_date, for_name) = (which(), which(), which());
    let week = days
        .into_iter()
        .zip(DAYS)
        .map(|(hours, (key, label))| day(key, label, hours, forms.hours_saving))
        .collect_view();
    let dates = date_list(&org, &id, dates, forms.clear);
    let date_fields = date_fields(today, forms.date_saving);
    let back = format!("/app/{org}/calendar/staff");
    let Forms { save, saving, hours, hours_saving, date, date_saving, clearing, .. } = *forms;
    view! {
        <SettingsHead title=name.clone() back=back back_label="Staff and hours"/>
        <DoneNotice words=DONE/>
        {upcoming}
        <section class="card stack" aria-labelledby="hours">
            <h2 id="hours">"Weekly hours"</h2>
            <p class="soft">{format!("{clock}, like 9:00, 5:30 pm or 17:30. Leave a day empty if they don’t work. For a further stretch on one day save first: there is always an empty one to fill in.")}</p>
            <PostForm post=hours class="stack">
                <FormMessage form=hours_saving/>
                {for_hours}
                {week}
                <div class="form-actions"><SubmitButton form=hours_saving label="Save hours" busy="Saving…"/></div>
            </PostForm>
        </section>
        <section class="card stack" aria-labelledby="dates">
            <h2 id="dates">"Holidays and changed days"</h2>
            <FormMessage form=clearing/>
            {dates}
            <PostForm post=date class="stack">
                <FormMessage form=date_saving/>
                {for_date}
                {date_fields}
                <div class="form-actions"><SubmitButton form=date_saving label="Save this day" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
        <section class="card stack" aria-labelledby="person">
            <h2 id="person">"Name"</h2>
            <PostForm post=save class="stack">
                <FormMessage form=saving/>
                {for_name}
                <Field form=saving name="name" label="Name" hint="As clients see it." autocomplete="off" value=name/>
                <Checkbox
                    form=saving
                    name="active"
                    label="Can be booked"
                    hint="Without the tick nobody can book them. Appointments they have stay in the calendar, and so do their hours."
                    value=active
                />
                <div class="form-actions"><SubmitButton form=saving label="Save" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// A weekday: a row for each window, and an empty one to fill in.
fn day(key: &'static str, label: &'static str, hours: DayHours, form: FormState) -> AnyView {
    let rows = typed_rows(key, form).unwrap_or(hours.windows);
    let rows = rows.into_iter().filter(|row| *row != Default::default()).chain([<(String, String)>::default()]);
    let rows = rows
        .zip(1..)
        .map(|((from, until), number)| {
            view! {
                <div class="span">
                    <input type="hidden" name="day[]" value=key/>
                    <input class="input" name="from[]" value=from autocomplete="off" maxlength="20" placeholder="From" aria-label=format!("{label}, from, {number}")/>
                    <span aria-hidden="true">"–"</span>
                    <input class="input" name="until[]" value=until autocomplete="off" maxlength="20" placeholder="Until" aria-label=format!("{label}, until, {number}")/>
                </div>
            }
        })
        .collect_view();
    let error = form.error(key);
    let error_id = format!("field-{key}-error");
    let described = error_id.clone();
    view! {
        <fieldset
            class="field day-hours"
            id=format!("field-{key}")
            tabindex="-1"
            class:has-error=move || error.with(Option::is_some)
            aria-describedby=move || error.with(Option::is_some).then(|| described.clone())
        >
            <legend>{label}</legend>
            <div class="spans">
                {rows}
                {move || error.get().map(|message| view! { <p class="field-error" id=error_id.clone()>{message}</p> })}
            </div>
        </fieldset>
    }
    .into_any()
}

/// The rows of a weekday as they were sent, where the server renders the page again.
fn typed_rows(key: &str, form: FormState) -> Option<Vec<(String, String)>> {
    let (days, from, until) = (form.values("day[]")?, form.values("from[]")?, form.values("until[]")?);
    let rows = days.into_iter().zip(from.into_iter().zip(until));
    Some(rows.filter(|(day, _)| day == key).map(|(_, row)| row).collect())
}

fn date_list(org: &str, id: &str, dates: Vec<DateLine>, clear: Post) -> AnyView {
    if dates.is_empty() {
        return view! { <p class="soft">"None to come. Public holidays, leave and late nights go here."</p> }
            .into_any();
    }
    let lines = dates
        .into_iter()
        .map(|DateLine { date, label, text }| {
            let remove = format!("Remove {label}");
            let (org, id, shown) = (org.to_owned(), id.to_owned(), date.clone());
            view! {
                <li class="line" data-date=shown>
                    <div class="line-text">
                        <p class="line-title">{label}</p>
                        <p class="soft">{text}</p>
                    </div>
                    <div class="line-end">
                        <PostForm post=clear>
                            <input type="hidden" name="org" value=org/>
                            <input type="hidden" name="id" value=id/>
                            <input type="hidden" name="date" value=date/>
                            <button type="submit" class="btn-icon" aria-label=remove><Icon name="close"/></button>
                        </PostForm>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="lines">{lines}</ul> }.into_any()
}

fn date_fields(today: String, form: FormState) -> AnyView {
    let error = form.error("opens");
    let (opens, closes) = (form.values("opens[]").unwrap_or_default(), form.values("closes[]").unwrap_or_default());
    let rows = (0..2)
        .map(|at| {
            let value = |values: &[String]| values.get(at).cloned().unwrap_or_default();
            view! {
                <div class="span">
                    <input class="input" name="opens[]" value=value(&opens) autocomplete="off" maxlength="20" placeholder="From" aria-label=format!("From, {}", at + 1)/>
                    <span aria-hidden="true">"–"</span>
                    <input class="input" name="closes[]" value=value(&closes) autocomplete="off" maxlength="20" placeholder="Until" aria-label=format!("Until, {}", at + 1)/>
                </div>
            }
        })
        .collect_view();
    view! {
        <h3>"Another day"</h3>
        <Field form=form name="date" label="Date" hint="It takes the place of what that day had before." type_="date" value=today/>
        <Checkbox form=form name="off" label="Off that day"/>
        <fieldset class="field" id="field-opens" tabindex="-1" class:has-error=move || error.with(Option::is_some)>
            <legend>"Or work these hours instead"</legend>
            <div class="spans">{rows}</div>
            {move || error.get().map(|message| view! { <p class="field-error" id="field-opens-error">{message}</p> })}
        </fieldset>
    }
    .into_any()
}
