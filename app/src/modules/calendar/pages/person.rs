//! `/app/{org}/calendar/staff/{id}` and below: somebody who can be booked, by sections. The server writes them alone.

use leptos::prelude::*;

use super::{
    sections::{Asked, Form, PERSON, Whole, first_button, page_of_sections, section_form},
    service_options::tints,
};
use crate::{
    error::Result,
    modules::calendar::{
        feeds::MadeFeed,
        setup_views,
        setup_wire::{AwayLine, DAYS, DateLine, DayHours, KeptHours, PersonPage, TypedDay, TypedWeek, TypedWindow},
    },
    ui::{
        Checkbox, DateField, Field, FormMessage, FormState, Icon, Kind, Notice, Post, PostForm, Select, ShownOnce,
        SubmitButton, TextArea, Tone, with_query,
    },
};

/// A section of a person.
#[component]
pub fn PersonRoute() -> AnyView {
    page_of_sections(PERSON, read)
}

async fn read(asked: Asked) -> Result<Whole<PersonPage>> {
    let Asked { platform, actor, org, id } = asked;
    let page = setup_views::person(&platform, &actor, &org, &id).await?;
    let notice = match page.upcoming {
        0 => None,
        1 => Some("One booked appointment with them is still to come. It stays, whatever you change here; cancel it in the calendar if it can’t go ahead.".to_owned()),
        count => Some(format!("{count} booked appointments with them are still to come. They stay, whatever you change here; cancel them in the calendar if they can’t go ahead.")),
    };
    Ok(Whole { title: page.name.clone(), list: "staff", list_label: "Staff and hours", notice, page })
}

/// The page comes back with something else than what is kept: a row more or less, or an address that is shown once.
pub fn has_another_row() -> bool {
    use_context::<ShownOnce<TypedWeek>>().is_some()
        || use_context::<ShownOnce<TypedDay>>().is_some()
        || use_context::<ShownOnce<MadeFeed>>().is_some()
}

/// Their name, and whether they can be booked.
pub fn basics(org: &str, person: PersonPage, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    let state = form.state;
    let page = person.page.map(|page| view! { <p><a href=page rel="external">"See their page as clients do"</a></p> });
    let fields = view! {
        <Field form=state name="name" label="Name" hint="As clients see it." autocomplete="off" value=person.name/>
        <Field form=state name="title" label="What they do" hint="Like “Physiotherapist”. It stands under their name on your team’s page." autocomplete="off" optional=true maxlength=100 value=person.title/>
        <TextArea form=state name="about" label="About them" hint="A few words for clients, on their own page." optional=true rows=4 value=person.about/>
        <Select form=state name="colour" label="Colour" hint="In your team’s calendar, for services that have none." options=tints(&person.colour) value=person.colour.clone()/>
        <Checkbox
            form=state
            name="active"
            label="Can be booked"
            hint="Without the tick nobody can book them. Appointments they have stay in the calendar, and so do their hours."
            value=person.active
        />
        <Checkbox
            form=state
            name="listed"
            label="On the team’s page"
            hint="Everybody can see them there while they can be booked. Without the tick they aren’t named on it, and clients can’t choose them; they can still be booked."
            value=person.listed
        />
        {page}
    };
    section_form(org, person.id, person.version, form, "Basics", fields.into_any())
}

/// Their weekly hours, or the schedule that they keep.
pub fn hours(org: &str, person: PersonPage, forms: &[Form]) -> AnyView {
    let [week, keep, ..] = *forms else { return ().into_any() };
    let PersonPage { id, keeps, schedules, hours, .. } = person;
    let which = kept(org, &id, keeps.as_ref(), schedules, keep);
    let week = match keeps {
        None => week_of(org, id, false, hours, week),
        Some((schedule, name)) => view! {
            <section class="card stack" aria-labelledby="section">
                <h2 id="section">"Weekly hours"</h2>
                <p>"They keep the schedule "<a href=format!("/app/{org}/calendar/schedules/{schedule}/hours")>{name}</a>". Its hours are changed there, for all who keep it."</p>
            </section>
        }
        .into_any(),
    };
    view! {
        {week}
        {which}
    }
    .into_any()
}

/// Which hours they keep: their own, or a named schedule’s.
fn kept(
    org: &str,
    id: &str,
    keeps: Option<&(String, String)>,
    schedules: Vec<(String, String)>,
    form: Form,
) -> AnyView {
    if schedules.len() < 2 {
        let href = format!("/app/{org}/calendar/schedules");
        return view! { <p class="soft">"Do several of you work the same hours? Give them a name once: "<a href=href>"Schedules"</a>"."</p> }
            .into_any();
    }
    let (state, chosen) = (form.state, keeps.map(|(id, _)| id.clone()).unwrap_or_default());
    let (org, id) = (org.to_owned(), id.to_owned());
    view! {
        <section class="card stack" aria-labelledby="which">
            <h2 id="which">"Which hours"</h2>
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <Select form=state name="schedule" label="They keep" hint="Hours of their own stay as they are, for when they go back to them." options=schedules value=chosen/>
                <div class="form-actions"><SubmitButton form=state label="Keep these" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// The form for weekly hours, of a person or of a named schedule.
pub fn week_of(org: &str, id: String, named: bool, hours: KeptHours, Form { post, state }: Form) -> AnyView {
    let typed = use_context::<ShownOnce<TypedWeek>>().map(|ShownOnce(week)| week);
    let version = typed.as_ref().map_or(hours.version, |week| week.hours_version);
    let rows = typed.as_ref().map(|week| week.rows.clone()).or_else(|| typed_rows(state));
    let mut before = 0;
    let week: Vec<_> = hours
        .days
        .into_iter()
        .zip(DAYS)
        .map(|(hours, (key, label))| {
            let rows = rows_of(key, hours, rows.as_deref());
            let first = before;
            before += rows.len();
            let changed = typed.as_ref().filter(|week| week.day == key).map(|week| week.added);
            day(key, label, rows, first, changed, state)
        })
        .collect();
    let (org, clock) = (org.to_owned(), hours.clock);
    let off = if named { "Leave a day empty if it is off." } else { "Leave a day empty if they don’t work." };
    view! {
        <section class="card stack" aria-labelledby="section">
            <h2 id="section">"Weekly hours"</h2>
            <p class="soft">{format!("{clock}, like 9:00, 5:30 pm or 17:30. {off}")}</p>
            <PostForm post=post class="stack">
                {first_button("Save hours")}
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                {of_schedule(named)}
                <input type="hidden" name="version" value=state.version(version)/>
                {week}
                <div class="form-actions"><SubmitButton form=state label="Save hours" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// What tells a form that it is about a named schedule, not about a person.
fn of_schedule(named: bool) -> Option<AnyView> {
    named.then(|| view! { <input type="hidden" name="named" value="true"/> }.into_any())
}

/// The rows of a weekday: as they were typed, or as they are kept; an empty one where there is none.
fn rows_of(key: &str, hours: DayHours, typed: Option<&[TypedWindow]>) -> Vec<(String, String)> {
    let mut rows = match typed {
        Some(typed) => {
            typed.iter().filter(|(day, ..)| day == key).map(|(_, from, until)| (from.clone(), until.clone())).collect()
        }
        None => hours.windows,
    };
    if rows.is_empty() {
        rows.push(Default::default());
    }
    rows
}

/// A weekday, with its rows counted through the week from `first` on. `changed`: it has just got a row more, or one less.
fn day(
    key: &'static str,
    label: &'static str,
    rows: Vec<(String, String)>,
    first: usize,
    changed: Option<bool>,
    form: FormState,
) -> AnyView {
    let last = rows.len();
    let rows = rows
        .into_iter()
        .zip(1..)
        .map(|((from, until), number)| {
            // Whoever added a row goes on typing in it.
            let fresh = changed == Some(true) && number == last;
            // The only row stays: emptied, it is a day off.
            let remove = (last > 1).then(|| {
                let at = (first + number - 1).to_string();
                view! {
                    <button type="submit" class="btn-icon" name="less" value=at aria-label=format!("Remove hours {number} of {label}")>
                        <Icon name="close"/>
                    </button>
                }
            });
            view! {
                <div class="span">
                    <input type="hidden" name="day[]" value=key/>
                    <input class="input" name="from[]" value=from autocomplete="off" maxlength="20" placeholder="From" autofocus=fresh aria-label=format!("{label}, from, {number}")/>
                    <span aria-hidden="true">"–"</span>
                    <input class="input" name="until[]" value=until autocomplete="off" maxlength="20" placeholder="Until" aria-label=format!("{label}, until, {number}")/>
                    {remove}
                </div>
            }
        })
        .collect_view();
    let error = form.error(key).get_untracked();
    let (wrong, error_id) = (error.is_some(), format!("field-{key}-error"));
    let described = wrong.then(|| error_id.clone());
    view! {
        <fieldset class="field day-hours" class:has-error=wrong id=format!("field-{key}") tabindex="-1" aria-describedby=described>
            <legend>{label}</legend>
            <div class="spans">
                {rows}
                {error.map(|message| view! { <p class="field-error" id=error_id>{message}</p> })}
            </div>
            <button type="submit" class="btn-icon" name="more" value=key autofocus=changed == Some(false) aria-label=format!("Add hours on {label}")>
                <Icon name="plus"/>
            </button>
        </fieldset>
    }
    .into_any()
}

/// The week as it was sent, where the server writes the page again.
fn typed_rows(form: FormState) -> Option<Vec<TypedWindow>> {
    let (days, from, until) = (form.values("day[]")?, form.values("from[]")?, form.values("until[]")?);
    Some(days.into_iter().zip(from.into_iter().zip(until)).map(|(day, (from, until))| (day, from, until)).collect())
}

/// The days on which they are off, or work other hours.
pub fn days(org: &str, person: PersonPage, forms: &[Form]) -> AnyView {
    let [form, clear, ..] = *forms else { return ().into_any() };
    let PersonPage { id, keeps, hours, .. } = person;
    match keeps {
        None => days_of(org, id, false, hours, form, clear),
        Some((schedule, name)) => view! {
            <section class="card stack" aria-labelledby="section">
                <h2 id="section">"Holidays and changed days"</h2>
                <p>"They keep the schedule "<a href=format!("/app/{org}/calendar/schedules/{schedule}/days")>{name}</a>". What is different on a day is set there, for all who keep it."</p>
                <p>"Days off that are theirs alone go under "<a href=format!("/app/{org}/calendar/staff/{id}/away")>"Time off"</a>"."</p>
            </section>
        }
        .into_any(),
    }
}

/// The days that are different, of a person or of a named schedule.
pub fn days_of(org: &str, id: String, named: bool, hours: KeptHours, form: Form, clear: Form) -> AnyView {
    let Form { post, state } = form;
    let typed = use_context::<ShownOnce<TypedDay>>().map(|ShownOnce(day)| day);
    let list = date_list(org, &id, named, hours.dates, clear.post);
    let fields = date_fields(hours.today, typed, state);
    let org = org.to_owned();
    view! {
        <section class="card stack" aria-labelledby="section">
            <h2 id="section">"Holidays and changed days"</h2>
            <FormMessage form=clear.state/>
            {list}
        </section>
        <section class="card stack" aria-labelledby="another">
            <h2 id="another">"Another day"</h2>
            <PostForm post=post class="stack">
                {first_button("Save this day")}
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                {of_schedule(named)}
                {fields}
                <div class="form-actions"><SubmitButton form=state label="Save this day" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// When they are away, with what is booked in that time all the same.
pub fn away(org: &str, person: PersonPage, forms: &[Form]) -> AnyView {
    let [form, end, ..] = *forms else { return ().into_any() };
    let state = form.state;
    let PersonPage { id, hours, away, .. } = person;
    let list = if away.is_empty() {
        view! { <p class="soft">"None to come."</p> }.into_any()
    } else {
        let lines = away.into_iter().map(|line| away_line(org, &id, line, end.post)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let block = with_query(&format!("/app/{org}/calendar/block"), &[("with", &id)]);
    let org = org.to_owned();
    view! {
        <section class="card stack" aria-labelledby="section">
            <h2 id="section">"Time off"</h2>
            <p class="soft">"Nobody can book them then. What is booked already stays, and is named here."</p>
            <FormMessage form=end.state/>
            {list}
        </section>
        <section class="card stack" aria-labelledby="another">
            <h2 id="another">"More time off"</h2>
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <div class="fields-row">
                    <DateField form=state name="date" label="First day" value=hours.today/>
                    <DateField form=state name="last" label="Last day" hint="Empty: that day alone."/>
                </div>
                <Field form=state name="title" label="Why" hint="Like “Annual leave”. Only your team sees it, and it is kept encrypted." autocomplete="off" optional=true maxlength=200/>
                <div class="form-actions"><SubmitButton form=state label="Save time off" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
            <p class="soft">"Only some hours? "<a href=block>"Block time"</a>"."</p>
        </section>
    }
    .into_any()
}

fn away_line(org: &str, id: &str, line: AwayLine, end: Post) -> AnyView {
    let AwayLine { id: block, title, when, booked } = line;
    let change = with_query(&format!("/app/{org}/calendar/block"), &[("id", &block)]);
    let count = booked.len();
    let booked = (count > 0).then(|| {
        let words = match count {
            1 => "One appointment is booked in that time. Move or cancel it:".to_owned(),
            _ => format!("{count} appointments are booked in that time. Move or cancel them:"),
        };
        let lines = booked
            .into_iter()
            .map(|(appointment, label)| {
                let href = format!("/app/{org}/calendar/appointments/{appointment}");
                view! { <li><a href=href>{label}</a></li> }
            })
            .collect_view();
        view! { <Notice tone=Tone::Warning><p>{words}</p><ul>{lines}</ul></Notice> }
    });
    let (org, id, remove) = (org.to_owned(), id.to_owned(), format!("Remove {title}, {when}"));
    view! {
        <li class="line" data-away=title.clone()>
            <div class="line-text">
                <p class="line-title"><a href=change>{title.clone()}</a></p>
                <p class="soft">{when}</p>
                {booked}
            </div>
            <div class="line-end">
                <PostForm post=end>
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="block" value=block/>
                    <button type="submit" class="btn-icon" aria-label=remove><Icon name="close"/></button>
                </PostForm>
            </div>
        </li>
    }
    .into_any()
}

fn date_list(org: &str, id: &str, named: bool, dates: Vec<DateLine>, clear: Post) -> AnyView {
    if dates.is_empty() {
        return view! { <p class="soft">"None to come. Leave and late nights go here."</p> }.into_any();
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
                            {of_schedule(named)}
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

fn date_fields(today: String, typed: Option<TypedDay>, form: FormState) -> AnyView {
    let added = typed.is_some();
    let TypedDay { date, off, mut rows } =
        typed.unwrap_or_else(|| TypedDay { date: today, off: false, rows: sent_rows(form) });
    if rows.is_empty() {
        rows.push(Default::default());
    }
    let last = rows.len();
    let rows = rows
        .into_iter()
        .zip(1..)
        .map(|((from, until), number)| {
            let fresh = added && number == last;
            view! {
                <div class="span">
                    <input class="input" name="opens[]" value=from autocomplete="off" maxlength="20" placeholder="From" autofocus=fresh aria-label=format!("From, {number}")/>
                    <span aria-hidden="true">"–"</span>
                    <input class="input" name="closes[]" value=until autocomplete="off" maxlength="20" placeholder="Until" aria-label=format!("Until, {number}")/>
                </div>
            }
        })
        .collect_view();
    let error = form.error("opens").get_untracked();
    let wrong = error.is_some();
    let described = wrong.then_some("field-opens-error");
    view! {
        <Field form=form name="date" label="Date" hint="It takes the place of what that day had before." type_="date" value=date/>
        <Checkbox form=form name="off" label="Off that day" value=off/>
        <fieldset class="field day-hours" class:has-error=wrong id="field-opens" tabindex="-1" aria-describedby=described>
            <legend>"Or these hours"</legend>
            <div class="spans">
                {rows}
                {error.map(|message| view! { <p class="field-error" id="field-opens-error">{message}</p> })}
            </div>
            <button type="submit" class="btn-icon" name="more" value="true" aria-label="Add hours on that day"><Icon name="plus"/></button>
        </fieldset>
    }
    .into_any()
}

/// The hours of a date as they were sent, where the server writes the page again.
fn sent_rows(form: FormState) -> Vec<(String, String)> {
    let (opens, closes) = (form.values("opens[]").unwrap_or_default(), form.values("closes[]").unwrap_or_default());
    opens.into_iter().zip(closes).collect()
}
