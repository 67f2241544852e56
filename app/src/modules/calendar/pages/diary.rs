//! `/app/{org}/calendar`: the team's day or week, live.

use std::{collections::HashSet, time::Duration};

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};
use leptos_meta::Meta;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map, use_query_map},
};

use super::{email_words, given};
use crate::{
    error::{AppError, Code},
    modules::calendar::{
        api::{CancelAppointment, MarkNoShow, TakeBackNoShow, diary},
        wire::{AppointmentCard, Diary, DiaryDay, Status},
    },
    packed::page_data,
    ui::{
        Badge, DashboardShell, Dialog, Empty, ErrorView, FormMessage, FormState, Icon, Kind, LiveBadge, Notice,
        OrgForm, PageTitle, Skeleton, SubmitButton, Toasts, Tone, Waiting, awaited, use_live, with_query,
    },
};

/// The pause before a diary that couldn't be read is asked for again.
const RETRY: Duration = Duration::from_secs(5);

/// The team's diary, in the dashboard's frame.
#[component]
pub fn DiaryRoute() -> AnyView {
    let params = use_params_map();
    let org = Signal::derive(move || given(&params, "org").unwrap_or_default());
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><DiaryPage org=org/></DashboardShell>
    }
    .into_any()
}

/// What can be done to an appointment.
#[derive(Clone, Copy)]
struct Forms {
    cancel: ServerAction<CancelAppointment>,
    cancelling: FormState,
    no_show: ServerAction<MarkNoShow>,
    marking: FormState,
    take_back: ServerAction<TakeBackNoShow>,
    taking_back: FormState,
}

/// The view that was shown last: what is in the next one and not in it is news.
#[derive(Clone, Default)]
struct Seen {
    title: String,
    sequence: i64,
    ids: HashSet<String>,
    fresh: HashSet<String>,
}

#[component]
fn DiaryPage(org: Signal<String>) -> AnyView {
    let query = use_query_map();
    let (cancel, no_show) = (ServerAction::<CancelAppointment>::new(), ServerAction::<MarkNoShow>::new());
    let take_back = ServerAction::<TakeBackNoShow>::new();
    let (cancelling, marking) = (FormState::new(cancel).staying(), FormState::new(no_show).staying());
    let forms =
        Forms { cancel, cancelling, no_show, marking, take_back, taking_back: FormState::new(take_back).staying() };
    let (cancelled, marked, taken_back) = (cancel.value(), no_show.value(), take_back.value());
    // The stream goes on from the sequence that the first page includes.
    let loaded = RwSignal::new(None::<i64>);
    let live = use_live(Signal::derive(move || format!("/app/{}/live", org.get())), loaded);
    let view_asked = Memo::new(move |_| {
        let asked = given(&query, "view");
        if asked.as_deref() == Some("day") { "day" } else { "week" }.to_owned()
    });
    let date_asked = Memo::new(move |_| given(&query, "date"));
    let open = Memo::new(move |_| given(&query, "open"));
    let place =
        move || Place { org: org.get_untracked(), view: view_asked.get_untracked(), date: date_asked.get_untracked() };
    when_done(move || cancelled.with(|answer| matches!(answer, Some(Ok(())))), "Appointment cancelled.", place);
    when_done(move || marked.with(|answer| matches!(answer, Some(Ok(())))), "Marked as a no-show.", place);
    when_done(move || taken_back.with(|answer| matches!(answer, Some(Ok(())))), "Marked as booked again.", place);
    focus_goes_back(open);
    let retries = RwSignal::new(0_u32);
    let page = page_data(
        move || {
            let changes = (
                live.sequence.get(),
                live.resumed.get(),
                retries.get(),
                cancel.version().get(),
                no_show.version().get(),
                take_back.version().get(),
            );
            (org.get(), date_asked.get(), view_asked.get(), changes)
        },
        |(org, date, view, _)| diary(org, date, view),
    );
    let seen = StoredValue::new(Seen::default());
    let last = StoredValue::new(None::<(Shown, Diary)>);
    let news = RwSignal::new(String::new());
    let (pending, set_pending) = signal(false);
    let shown = move || (org.get_untracked(), date_asked.get_untracked(), view_asked.get_untracked());
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(diary) => {
                    last.set_value(Some((shown(), diary.clone())));
                    if loaded.get_untracked().is_none() {
                        loaded.set(Some(diary.sequence));
                    }
                    let fresh = remember(seen, &diary, news);
                    view! { <DiaryView diary=diary place=place() fresh=fresh open=open forms=forms/> }.into_any()
                }
                Err(error) => match last.get_value().filter(|(of, _)| *of == shown() && may_pass(&error)) {
                    // What was read last is worth more than an error, if it is of this week and said to be old.
                    Some((_, diary)) => {
                        let retry = move || {
                            // The page may be gone by then.
                            let _ = retries.try_update(|times| *times += 1);
                        };
                        set_timeout(retry, RETRY);
                        view! {
                            <Notice tone=Tone::Warning>
                                <p>"We couldn’t read the latest just now. This is how it was a moment ago; we’re trying again."</p>
                            </Notice>
                            <DiaryView diary=diary place=place() fresh=HashSet::new() open=open forms=forms/>
                        }
                        .into_any()
                    }
                    None => view! { <ErrorView error=error/> }.into_any(),
                },
            }
        })
    };
    let body = awaited(set_pending, || view! { <Skeleton lines=10/> }.into_any(), body);
    view! {
        <Waiting pending=pending/>
        // Where there is no diary, or no script, nothing is live.
        <div class="diary-live">{move || loaded.get().map(|_| view! { <LiveBadge live=live/> })}</div>
        <p class="sr-only" role="status" aria-live="polite">{move || news.get()}</p>
        {body}
    }
    .into_any()
}

/// Once a dialog closes, the focus is on the appointment that it was opened from.
fn focus_goes_back(open: Memo<Option<String>>) {
    Effect::new(move |before: Option<Option<String>>| {
        let now = open.get();
        if let (Some(Some(id)), None) = (before, &now) {
            // Not before the dialog has gone.
            request_animation_frame(move || {
                let found = document().query_selector(&format!("[data-appointment='{id}']"));
                if let Ok(Some(appointment)) = found {
                    // If it can't be focused, the page works all the same.
                    let _ = appointment.unchecked_into::<HtmlElement>().focus();
                }
            });
        }
        now
    });
}

/// Which diary it is: organisation, date and view as asked for.
type Shown = (String, Option<String>, String);

/// It may work at the next try, and shows nothing that may no longer be seen.
fn may_pass(error: &AppError) -> bool {
    matches!(error.code, Code::Internal | Code::Unavailable)
}

/// Once an action has worked: the dialog closes, and a short message says so.
fn when_done(done: impl Fn() -> bool + 'static, message: &'static str, place: impl Fn() -> Place + 'static) {
    let toasts = use_context::<Toasts>();
    let navigate = use_navigate();
    Effect::new(move || {
        if done()
            && let Some(toasts) = toasts
        {
            toasts.show(message);
            let options = NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
            navigate(&place().open(""), options);
        }
    });
}

/// Which appointments are new since this view was last shown; says so, too.
fn remember(seen: StoredValue<Seen>, diary: &Diary, news: RwSignal<String>) -> HashSet<String> {
    let before = seen.get_value();
    if before.title == diary.title && before.sequence == diary.sequence {
        return before.fresh;
    }
    let appointments =
        || diary.days.iter().flat_map(|day| day.appointments.iter().map(move |appointment| (day, appointment)));
    let ids: HashSet<String> = appointments().map(|(_, appointment)| appointment.id.clone()).collect();
    let mut fresh = HashSet::new();
    if before.title == diary.title {
        let new: Vec<_> =
            appointments().filter(|(_, a)| a.status == Status::Booked && !before.ids.contains(&a.id)).collect();
        let words: Vec<_> = new
            .iter()
            .map(|(day, a)| format!("New booking: {}, {}, {}, {}.", a.client_name, a.service, day.label, a.time_label))
            .collect();
        if !words.is_empty() {
            news.set(words.join(" "));
        }
        fresh = new.into_iter().map(|(_, appointment)| appointment.id.clone()).collect();
    }
    seen.set_value(Seen { title: diary.title.clone(), sequence: diary.sequence, ids, fresh: fresh.clone() });
    fresh
}

/// Where we are, for the links.
#[derive(Clone)]
struct Place {
    org: String,
    view: String,
    date: Option<String>,
}

impl Place {
    fn to(&self, date: Option<&str>, view: &str, open: &str) -> String {
        let path = format!("/app/{}/calendar", self.org);
        with_query(&path, &[("date", date.unwrap_or_default()), ("view", view), ("open", open)])
    }

    /// Here, with this appointment open; or none.
    fn open(&self, id: &str) -> String {
        self.to(self.date.as_deref(), &self.view, id)
    }
}

#[component]
fn DiaryView(diary: Diary, place: Place, fresh: HashSet<String>, open: Memo<Option<String>>, forms: Forms) -> AnyView {
    let (title, zone_label, may_change) = (diary.title.clone(), diary.zone_label.clone(), diary.may_change);
    let notice = diary.notice.clone().map(|notice| view! { <Notice tone=Tone::Warning><p>{notice}</p></Notice> });
    let toolbar = toolbar(&diary, &place);
    let everything: Vec<(String, AppointmentCard)> = diary
        .days
        .iter()
        .flat_map(|day| day.appointments.iter().map(|appointment| (day.label.clone(), appointment.clone())))
        .collect();
    let body = if diary.empty_title.is_empty() {
        grid(diary, &place, &fresh)
    } else {
        let link = (!diary.empty_href.is_empty()).then(|| view! { <a href=diary.empty_href>{diary.empty_link}</a> });
        view! { <Empty title=diary.empty_title><p>{diary.empty_words}{link}</p></Empty> }.into_any()
    };
    let closed = place.open("");
    let org = place.org.clone();
    let details = move || {
        let id = open.get()?;
        let (day, appointment) = everything.iter().find(|(_, appointment)| appointment.id == id)?.clone();
        Some(appointment_dialog(&org, &closed, day, appointment, may_change, &forms))
    };
    view! {
        <PageTitle text=format!("{title} · Calendar")/>
        <div class="diary-head">
            <div>
                <h1>{title}</h1>
                <p class="soft">{zone_label}</p>
            </div>
            {toolbar}
        </div>
        {notice}
        {move || open.get().is_none().then(|| form_messages(&forms))}
        {body}
        {details}
    }
    .into_any()
}

fn toolbar(diary: &Diary, place: &Place) -> AnyView {
    let is_day = diary.days.len() == 1;
    let shown = diary.days.first().map(|day| day.date.clone()).unwrap_or_default();
    // From a week that holds today, the day to go to is today.
    let day = if diary.days.iter().any(|day| day.today) { diary.today.clone() } else { shown };
    let (earlier, later) = if is_day { ("Earlier day", "Later day") } else { ("Earlier week", "Later week") };
    view! {
        <nav class="toolbar" aria-label="Calendar">
            <div class="segments">
                <a href=place.to(Some(&diary.previous), &place.view, "") aria-label=earlier aria-keyshortcuts="p"><Icon name="left"/></a>
                <a href=place.to(Some(&diary.today), &place.view, "") aria-keyshortcuts="t">"Today"</a>
                <a href=place.to(Some(&diary.next), &place.view, "") aria-label=later aria-keyshortcuts="n"><Icon name="right"/></a>
            </div>
            <div class="segments">
                <a href=place.to(Some(&day), "day", "") aria-keyshortcuts="d" aria-current=is_day.then_some("true")>"Day"</a>
                <a href=place.to(Some(&day), "week", "") aria-keyshortcuts="w" aria-current=(!is_day).then_some("true")>"Week"</a>
            </div>
            {diary.may_change.then(|| view! { <a class="btn btn-primary" href=with_query(&format!("/app/{}/calendar/book", place.org), &[("date", &day)]) rel="external">"Book for a client"</a> })}
            <a class="btn btn-quiet" href=format!("/b/{}", place.org) rel="external">"Booking page"</a>
        </nav>
    }
    .into_any()
}

/// The hours down the side and a column for each day; on a phone the same list without the hours.
fn grid(diary: Diary, place: &Place, fresh: &HashSet<String>) -> AnyView {
    let first = diary.first_minute.div_euclid(60).clamp(0, 23);
    let last = (diary.last_minute + 59).div_euclid(60).clamp(first + 1, 24);
    let hours = (first..last).map(|hour| view! { <span>{hour_label(hour)}</span> }).collect_view();
    let now = diary.now_minute;
    let elapsed = minutes_since_now();
    let now = Signal::derive(move || {
        let now = now + elapsed.get();
        ((first * 60)..(last * 60)).contains(&now).then_some(now)
    });
    let is_day = diary.days.len() == 1;
    let wide = if is_day { "diary is-day" } else { "diary is-week" };
    let several = diary.people.len() > 1;
    let tracks = if is_day && several {
        let days = diary.days.iter();
        days.flat_map(|day| diary.people.iter().map(|name| person_track(name, day, place, fresh, now))).collect_view()
    } else {
        diary.days.into_iter().map(|day| day_track(day, place, fresh, now, several)).collect_view()
    };
    view! {
        <div class=format!("{wide} first-h{first} span-h{}", last - first)>
            <div class="diary-hours" aria-hidden="true">{hours}</div>
            {tracks}
        </div>
    }
    .into_any()
}

/// How many minutes have gone by since the diary was read. Stands still on the server.
fn minutes_since_now() -> RwSignal<i64> {
    let elapsed = RwSignal::new(0);
    Effect::new(move || {
        let tick = move || {
            // The page may be gone by then.
            let _ = elapsed.try_update(|minutes| *minutes += 1);
        };
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_mins(1)) {
            on_cleanup(move || ticking.clear());
        }
    });
    elapsed
}

/// "8 am".
fn hour_label(hour: i64) -> String {
    match hour {
        0 => "12 am".to_owned(),
        1..=11 => format!("{hour} am"),
        12 => "12 pm".to_owned(),
        _ => format!("{} pm", hour - 12),
    }
}

/// A day of everybody's.
fn day_track(
    day: DiaryDay,
    place: &Place,
    fresh: &HashSet<String>,
    now: Signal<Option<i64>>,
    several: bool,
) -> AnyView {
    let heading = view! {
        <a href=place.to(Some(&day.date), "day", "")>
            <span class="day-long">{day.label}</span>
            <span class="day-short">{day.short}</span>
        </a>
    };
    track(&day.date, heading.into_any(), day.today, day.appointments, place, fresh, now, several)
}

/// One person's part of a day.
fn person_track(
    name: &str,
    day: &DiaryDay,
    place: &Place,
    fresh: &HashSet<String>,
    now: Signal<Option<i64>>,
) -> AnyView {
    let theirs = day.appointments.iter().filter(|appointment| appointment.staff == name).cloned().collect();
    let id = format!("{}-{name}", day.date).replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let heading = view! { <span class="diary-person">{name.to_owned()}</span> }.into_any();
    track(&id, heading, day.today, theirs, place, fresh, now, false)
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the column")]
fn track(
    id: &str,
    heading: AnyView,
    today: bool,
    appointments: Vec<AppointmentCard>,
    place: &Place,
    fresh: &HashSet<String>,
    now: Signal<Option<i64>>,
    with_staff: bool,
) -> AnyView {
    let title = format!("diary-{id}");
    let labelled = title.clone();
    let empty = appointments.is_empty();
    let line = today.then(|| {
        let at = move || now.get().map(|now| format!("now from-h{} from-m{}", now / 60, now % 60));
        view! { <div class=move || at().unwrap_or_default() hidden=move || now.get().is_none()></div> }
    });
    let lanes = lanes(&appointments);
    let appointments = appointments
        .into_iter()
        .zip(lanes)
        .map(|(appointment, lane)| {
            let is_new = fresh.contains(&appointment.id);
            appointment_block(place, appointment, lane, is_new, with_staff)
        })
        .collect_view();
    view! {
        <section class="diary-day" class:is-today=today aria-labelledby=labelled>
            <h2 id=title>{heading}</h2>
            {empty.then(|| view! { <p class="diary-none">"Nothing booked"</p> })}
            <div class="diary-track">
                {line}
                {appointments}
            </div>
        </section>
    }
    .into_any()
}

/// The place of each appointment side by side: its lane, and how many lanes there are beside each other. What was cancelled
/// lies behind the rest, as wide as the day.
fn lanes(appointments: &[AppointmentCard]) -> Vec<(usize, usize)> {
    let mut places = vec![(0, 1); appointments.len()];
    let mut order: Vec<usize> =
        (0..appointments.len()).filter(|&index| appointments[index].status != Status::Cancelled).collect();
    order.sort_by_key(|&index| (appointments[index].from_minute, appointments[index].minutes));
    let mut group: Vec<usize> = Vec::new();
    // When each lane of the group is free again.
    let mut free: Vec<i64> = Vec::new();
    for index in order {
        let (from, to) =
            (appointments[index].from_minute, appointments[index].from_minute + appointments[index].minutes);
        if free.iter().all(|&end| end <= from) {
            for &member in &group {
                places[member].1 = free.len();
            }
            group.clear();
            free.clear();
        }
        let lane = free.iter().position(|&end| end <= from).unwrap_or_else(|| {
            free.push(0);
            free.len() - 1
        });
        free[lane] = to;
        places[index].0 = lane;
        group.push(index);
    }
    for member in group {
        places[member].1 = free.len();
    }
    places
}

fn appointment_block(
    place: &Place,
    appointment: AppointmentCard,
    (lane, lanes): (usize, usize),
    is_new: bool,
    with_staff: bool,
) -> AnyView {
    // Placed by classes: an inline style would need a hole in the content security policy.
    let (from, length) = (appointment.from_minute.clamp(0, 1439), appointment.minutes.clamp(15, 1439));
    let at = format!(
        "appt from-h{} from-m{} len-h{} len-m{} lane-{} lanes-{}",
        from / 60,
        from % 60,
        length / 60,
        length % 60,
        lane.min(7),
        lanes.clamp(1, 8)
    );
    let off = appointment.status != Status::Booked;
    let short = length < 40;
    let (half, hour) = ((40..55).contains(&length), (55..75).contains(&length));
    let staff = with_staff.then(|| view! { <span class="appt-staff">{appointment.staff.clone()}</span> });
    let badge = off.then(|| view! { <span class="appt-status">{appointment.status.label()}</span> });
    view! {
        <a
            class=at
            class:is-off=off
            class:is-short=short
            class:is-half=half
            class:is-hour=hour
            class:is-new=is_new
            href=place.open(&appointment.id)
            data-noscroll=""
            data-appointment=appointment.id.clone()
        >
            <span class="appt-time">{appointment.time_label}</span>
            <span class="appt-name">{appointment.client_name}</span>
            {staff}
            <span class="appt-what">{appointment.service}</span>
            {badge}
        </a>
    }
    .into_any()
}

fn appointment_dialog(
    org: &str,
    close: &str,
    day: String,
    card: AppointmentCard,
    may_change: bool,
    forms: &Forms,
) -> AnyView {
    let messages = form_messages(forms);
    let tone = match card.status {
        Status::Booked => Tone::Success,
        Status::Cancelled => Tone::Neutral,
        Status::NoShow => Tone::Warning,
    };
    let dial: String = card.client_phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let phone = (!card.client_phone.is_empty())
        .then(|| view! { <div><dt>"Phone"</dt><dd><a href=format!("tel:{dial}") rel="external">{card.client_phone.clone()}</a></dd></div> });
    let email = (!card.client_email.is_empty()).then(|| {
        view! {
            <div><dt>"Email"</dt><dd><a href=format!("mailto:{}", card.client_email) rel="external">{email_words(&card.client_email)}</a></dd></div>
        }
    });
    let notes = (!card.notes.is_empty())
        .then(|| view! { <div><dt>"Notes"</dt><dd class="as-written">{card.notes.clone()}</dd></div> });
    let actions = (may_change && card.status != Status::Cancelled).then(|| change_forms(org, &card, forms));
    view! {
        <Dialog id=format!("appointment-{}", card.id) title=card.client_name close=close.to_owned()>
            {messages}
            <p><Badge tone=tone label=card.status.label()/></p>
            <dl class="facts">
                <div><dt>"When"</dt><dd>{card.time_label}<span>{day}</span></dd></div>
                <div><dt>"What"</dt><dd>{card.service}<span>{format!("with {}", card.staff)}</span></dd></div>
                {phone}
                {email}
                {notes}
            </dl>
            {actions}
        </Dialog>
    }
    .into_any()
}

fn form_messages(forms: &Forms) -> AnyView {
    let forms = *forms;
    view! {
        <FormMessage form=forms.cancelling/>
        <FormMessage form=forms.marking/>
        <FormMessage form=forms.taking_back/>
    }
    .into_any()
}

fn change_forms(org: &str, card: &AppointmentCard, forms: &Forms) -> AnyView {
    let forms = *forms;
    let which = || {
        view! {
            <input type="hidden" name="id" value=card.id.clone()/>
            <input type="hidden" name="version" value=card.version.to_string()/>
        }
        .into_any()
    };
    let no_show = card.started.then(|| {
        let which = which();
        view! {
            <OrgForm action=forms.no_show org=org.to_owned()>
                {which}
                <SubmitButton form=forms.marking label="Mark as no-show" busy="Marking…" kind=Kind::Quiet/>
            </OrgForm>
        }
    });
    let take_back = (card.status == Status::NoShow).then(|| {
        let which = which();
        view! {
            <OrgForm action=forms.take_back org=org.to_owned()>
                {which}
                <SubmitButton form=forms.taking_back label="Mark as booked" busy="Marking…" kind=Kind::Quiet/>
            </OrgForm>
        }
    });
    let cancel = card.to_come.then(|| {
        let which = which();
        view! {
            <details class="confirm">
                <summary class="btn btn-quiet">"Cancel appointment"</summary>
                <div class="confirm-panel">
                    <p>"The time becomes free for others."</p>
                    <OrgForm action=forms.cancel org=org.to_owned()>
                        {which}
                        <SubmitButton form=forms.cancelling label="Yes, cancel it" busy="Cancelling…" kind=Kind::Danger/>
                    </OrgForm>
                </div>
            </details>
        }
    });
    view! { <div class="dialog-actions">{no_show} {take_back} {cancel}</div> }.into_any()
}
