//! How a task repeats, on the task's page.

use jiff::civil::Date;
use leptos::prelude::*;

use super::view_calendar::day_in_words;
use crate::{
    db::Access,
    error::Result,
    modules::tasks::{
        access,
        api_time::{FollowTaskRepeat, KeepTaskRepeat, SaveTaskRepeat, SkipTaskRepeat, StopTaskRepeat},
        permissions,
        repeat::{Kind, Mode},
        series::{self, Series},
        series_form::{CUSTOM, Typed},
        task::Task,
    },
    org::Actor,
    pages::plain::written,
    platform::Platform,
    request,
    ui::{
        self, Checkbox, Checkboxes, DateField, DoneNotice, Field, Form, FormMessage, FormState, Notice, Post, PostForm,
        Select, SubmitButton, Tone, confirmed_by, folded_by,
    },
};

const DONE: &[(&str, &str)] = &[
    ("repeats", "It repeats now."),
    ("skipped", "Skipped. The task is due on the next day instead."),
    ("ahead", "Skipped. None is made for that day."),
    ("kept", "That day isn’t skipped any more."),
    ("stopped", "It no longer repeats. This task stays."),
    ("follows", "Future tasks are made like this one."),
];

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WHICH: [(&str, &str); 5] = [("1", "First"), ("2", "Second"), ("3", "Third"), ("4", "Fourth"), ("-1", "Last")];

const ENDS: [(&str, &str); 3] = [("never", "Never"), ("until", "On a date"), ("after", "After a number of times")];

#[derive(Clone, Copy)]
struct Forms {
    save: Form,
    skip: Form,
    keep: Form,
    stop: Form,
    follow: Form,
}

/// What the part shows.
struct Page {
    task: Task,
    series: Option<Series>,
    today: Date,
}

/// How a task repeats, in words and with the days that are to come, and the form for it.
#[component]
pub fn RepeatPart(
    /// The word in the organisation's addresses.
    #[prop(into)]
    org: String,
    /// The task's id or number.
    #[prop(into)]
    task: String,
) -> AnyView {
    let forms = Forms {
        save: Form::of(Post::to::<SaveTaskRepeat>()),
        skip: Form::of(Post::to::<SkipTaskRepeat>()),
        keep: Form::of(Post::to::<KeepTaskRepeat>()),
        stop: Form::of(Post::to::<StopTaskRepeat>()),
        follow: Form::of(Post::to::<FollowTaskRepeat>()),
    };
    let (platform, actor) = (request::platform(), request::actor());
    let read = async move || {
        let page = page(&platform, &actor, &org, &task).await?;
        Ok((org, page))
    };
    written(read, move |(org, page)| show(&org, &page, &forms))
}

async fn page(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Page> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, task).await?;
    let series = series::of(&mut tx, &task).await?;
    let (today, _) = access::today(&tx)?;
    tx.rollback().await?;
    Ok(Page { task, series, today })
}

fn show(org: &str, page: &Page, forms: &Forms) -> AnyView {
    let Page { task, series, today } = page;
    let live = series.as_ref().filter(|series| !series.stopped);
    let told = match live {
        None if task.is_done() => view! { <p class="soft">"It doesn’t repeat."</p> }.into_any(),
        None => {
            view! { <p class="soft">"It doesn’t repeat. It can, like every Friday, or three weeks after it is done."</p> }
                .into_any()
        }
        Some(series) => told(org, task, series, forms),
    };
    let acts = live.filter(|_| !task.is_done()).map(|series| acts(org, task, series, forms));
    let body = if task.is_done() {
        let after = live.and_then(|series| series.successor.as_ref()).map(|next| {
            let href = format!("/app/{org}/tasks/t/T-{}", next.number);
            view! { <p><a href=href>{format!("T-{}", next.number)}</a>" follows it."</p> }
        });
        after.into_any()
    } else {
        let typed = series.as_ref().map_or_else(|| Typed::like(task.due.map_or(*today, |due| due.day)), Typed::of);
        let label = if live.is_some() { "Change repeat" } else { "Set up repeat" };
        let version = series.as_ref().map(|series| series.version);
        folded_by(label, forms.save.state, form(org, task, typed, version, forms.save))
    };
    view! {
        <section class="card stack" aria-labelledby="repeat">
            <h2 id="repeat">"Repeats"</h2>
            <DoneNotice words=DONE/>
            {told}
            {acts}
            {body}
        </section>
    }
    .into_any()
}

/// In words, and the days that are to come, each with what skips it or doesn’t any more.
fn told(org: &str, task: &Task, series: &Series, forms: &Forms) -> AnyView {
    let is_counted = series.plan.mode == Mode::AfterCompletion;
    let (ahead, past): (Vec<Date>, Vec<Date>) = series.plan.skipped.iter().copied().partition(|day| *day > series.day);
    let shown = ahead.into_iter().map(|day| (day, true));
    let mut days: Vec<(Date, bool)> = series.next.iter().map(|day| (*day, false)).chain(shown).collect();
    days.sort_unstable();
    let any = !days.is_empty();
    let days = days
        .into_iter()
        .map(|(day, skipped)| {
            let form =
                (!task.is_done() && (skipped || !is_counted)).then(|| ahead_form(org, task, day, skipped, forms));
            let words = format!("{}{}", day.strftime("%a "), day_in_words(day));
            let words = if skipped { view! { <s>{words}</s> }.into_any() } else { words.into_any() };
            view! { <li data-day=day.to_string()>{words}{form}</li> }
        })
        .collect_view();
    let none = series.next.is_empty().then(|| view! { <p class="soft">"This is the last one."</p> });
    let words = if is_counted { "Next, if each is done on its day:" } else { "Next:" };
    let words = any.then(|| view! { <p class="soft">{words}</p> });
    let days = any.then(|| view! { <ul class="coming">{days}</ul> });
    let past = (!past.is_empty()).then(|| {
        let days: Vec<String> = past.iter().map(|day| day_in_words(*day)).collect();
        view! { <p class="soft">{format!("Skipped: {}.", days.join(", "))}</p> }
    });
    view! {
        <p class="repeat-words">{series.plan.in_words()}</p>
        {none}
        {words}
        <FormMessage form=forms.keep.state/>
        {days}
        {past}
    }
    .into_any()
}

/// The button that skips a day that is to come, or doesn’t any more.
fn ahead_form(org: &str, task: &Task, day: Date, skipped: bool, forms: &Forms) -> AnyView {
    let words = if skipped { "Don’t skip" } else { "Skip" };
    let label = format!("{words} {}", day_in_words(day));
    let post = if skipped { forms.keep.post } else { forms.skip.post };
    let ahead = (!skipped).then(|| view! { <input type="hidden" name="ahead" value="true"/> });
    let (org, task, day) = (org.to_owned(), task.id.to_string(), day.to_string());
    view! {
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="task" value=task/>
            <input type="hidden" name="day" value=day/>
            {ahead}
            <button type="submit" class="coming-act" aria-label=label>{words}</button>
        </PostForm>
    }
    .into_any()
}

/// Skip, stop, and make all that follow like this one.
fn acts(org: &str, task: &Task, series: &Series, forms: &Forms) -> AnyView {
    let forms = *forms;
    let hidden = || {
        let (org, task) = (org.to_owned(), task.id.to_string());
        view! {
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="task" value=task/>
        }
        .into_any()
    };
    let (of_skip, of_stop, of_follow) = (hidden(), hidden(), hidden());
    let day = series.day.to_string();
    let stop = confirmed_by(
        "Stop repeating",
        forms.stop.state,
        view! {
            <p>"This task stays, and doesn’t repeat any more."</p>
            <PostForm post=forms.stop.post class="stack">
                <FormMessage form=forms.stop.state/>
                {of_stop}
                <div class="form-actions"><SubmitButton form=forms.stop.state label="Yes, stop it" busy="Stopping…" kind=ui::Kind::Quiet/></div>
            </PostForm>
        }
        .into_any(),
    );
    let follow = series.differs.then(|| {
        view! {
            <Notice tone=Tone::Info>
                <p>"You changed this task only. Future ones are made as before."</p>
                <PostForm post=forms.follow.post class="stack">
                    <FormMessage form=forms.follow.state/>
                    {of_follow}
                    <div class="form-actions"><SubmitButton form=forms.follow.state label="Change future tasks, too" busy="Changing…" kind=ui::Kind::Quiet/></div>
                </PostForm>
            </Notice>
        }
    });
    view! {
        {follow}
        <div class="form-actions">
            <PostForm post=forms.skip.post>
                <FormMessage form=forms.skip.state/>
                {of_skip}
                <input type="hidden" name="day" value=day/>
                <SubmitButton form=forms.skip.state label="Skip this one" busy="Skipping…" kind=ui::Kind::Quiet/>
            </PostForm>
            {stop}
        </div>
    }
    .into_any()
}

fn form(org: &str, task: &Task, typed: Typed, version: Option<i64>, Form { post, state }: Form) -> AnyView {
    let (org, task) = (org.to_owned(), task.id.to_string());
    let version = version.map(|version| view! { <input type="hidden" name="version" value=state.version(version)/> });
    let (often, ends) = (often(&typed, state), ends(&typed, state));
    let modes = Mode::ALL.iter().map(|mode| (mode.as_str().to_owned(), mode.label().to_owned())).collect();
    let (mode, catch_up) = (typed.mode, typed.catch_up);
    view! {
        <PostForm post=post class="stack repeat-form">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="task" value=task/>
            {version}
            {often}
            {ends}
            <Select form=state name="repeat_mode" label="Counted" options=modes value=mode/>
            <div class="repeat-more" data-mode="schedule">
                <Checkbox form=state name="repeat_catch_up" label="Make up for those that were missed" hint="One after the other, each overdue. Otherwise it goes on with the first that isn’t past." value=catch_up/>
            </div>
            <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
        </PostForm>
    }
    .into_any()
}

/// How often. The style sheet shows what the chosen kind asks for.
fn often(typed: &Typed, state: FormState) -> AnyView {
    let mut kinds: Vec<(String, String)> =
        Kind::ALL.iter().map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).collect();
    kinds.push((CUSTOM.to_owned(), "By a rule, as calendars write it".to_owned()));
    let days = (1_u8..)
        .zip(DAYS)
        .map(|(number, label)| {
            let value = number.to_string();
            ui::Choice { chosen: typed.weekdays.contains(&value), value, label: label.to_owned() }
        })
        .collect();
    let which = WHICH.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect();
    let month_days = (1..=31)
        .map(|day: i64| (day.to_string(), day.to_string()))
        .chain([("-1".to_owned(), "Last day".to_owned())])
        .collect();
    let months = (1_u8..).zip(MONTHS).map(|(number, name)| (number.to_string(), name.to_owned())).collect();
    let Typed { kind, interval, nth, month_day, month, rule, .. } = typed.clone();
    view! {
        <Select form=state name="repeat_kind" label="How often" options=kinds value=kind/>
        <div class="repeat-more" data-kind="daily weekly monthly_day monthly_weekday yearly">
            <Field form=state name="repeat_interval" label="Every" hint="1 is each time; 2 is every second day, week, month or year." inputmode="numeric" autocomplete="off" maxlength=3 value=interval/>
        </div>
        <div class="repeat-more" data-kind="monthly_weekday">
            <Select form=state name="repeat_nth" label="Which" options=which value=nth/>
        </div>
        <div class="repeat-more" data-kind="weekly monthly_weekday">
            <Checkboxes form=state name="repeat_weekdays" legend="On" options=days/>
        </div>
        <div class="repeat-more" data-kind="yearly">
            <Select form=state name="repeat_month" label="Month" options=months value=month/>
        </div>
        <div class="repeat-more" data-kind="monthly_day yearly">
            <Select form=state name="repeat_month_day" label="Day of the month" hint="Shorter months use their last day." options=month_days value=month_day/>
        </div>
        <div class="repeat-more" data-kind="custom">
            <Field form=state name="repeat_rule" label="Rule" hint="Like FREQ=MONTHLY;BYDAY=-1FR. It may say itself when it ends." autocomplete="off" optional=true maxlength=1000 value=rule/>
        </div>
    }
    .into_any()
}

fn ends(typed: &Typed, state: FormState) -> AnyView {
    let options = ENDS.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect();
    let Typed { ends, until, times, .. } = typed.clone();
    view! {
        <div class="repeat-more" data-kind="daily weekdays weekly monthly_day monthly_weekday yearly">
            <Select form=state name="repeat_ends" label="Ends" options=options value=ends/>
        </div>
        <div class="repeat-more" data-ends="until">
            <DateField form=state name="repeat_until" label="End date" value=until/>
        </div>
        <div class="repeat-more" data-ends="after">
            <Field form=state name="repeat_times" label="Times" inputmode="numeric" autocomplete="off" optional=true maxlength=4 value=times/>
        </div>
    }
    .into_any()
}
