//! `/app/{org}/calendar`: the team's day, week, month or list, live.

use std::{collections::HashSet, time::Duration};

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};
use leptos_meta::Meta;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map, use_query_map},
};

use super::{
    diary_drag::{Dragging, Dropped, at_clock, clock},
    email_words, given,
};
use crate::{
    error::{AppError, Code},
    modules::calendar::{
        api::{CancelAppointment, MarkNoShow, MoveAppointment, TakeBackNoShow, diary},
        wire::{AppointmentCard, BlockCard, Diary, DiaryDay, DiaryKind, Status, WAITS},
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
    let view_asked = Memo::new(move |_| DiaryKind::of(&given(&query, "view").unwrap_or_default()).as_str().to_owned());
    let person_asked = Memo::new(move |_| given(&query, "person"));
    let date_asked = Memo::new(move |_| given(&query, "date"));
    let open = Memo::new(move |_| given(&query, "open"));
    let place = move || Place {
        org: org.get_untracked(),
        view: view_asked.get_untracked(),
        date: date_asked.get_untracked(),
        person: person_asked.get_untracked(),
    };
    when_done(move || cancelled.with(|answer| matches!(answer, Some(Ok(())))), "Appointment cancelled.", place);
    when_done(move || marked.with(|answer| matches!(answer, Some(Ok(())))), "Marked as a no-show.", place);
    when_done(move || taken_back.with(|answer| matches!(answer, Some(Ok(())))), "Marked as booked again.", place);
    focus_goes_back(open);
    let retries = RwSignal::new(0_u32);
    let last = StoredValue::new(None::<(Shown, Diary)>);
    let moving = Moving::new(org, last);
    let page = page_data(
        move || {
            let changes = (
                live.sequence.get(),
                live.resumed.get(),
                retries.get(),
                cancel.version().get(),
                no_show.version().get(),
                take_back.version().get(),
                moving.action.version().get(),
            );
            (org.get(), date_asked.get(), view_asked.get(), person_asked.get(), changes)
        },
        |(org, date, view, person, _)| diary(org, date, view, person),
    );
    let seen = StoredValue::new(Seen::default());
    let news = RwSignal::new(String::new());
    let (pending, set_pending) = signal(false);
    let shown = move || {
        (org.get_untracked(), date_asked.get_untracked(), view_asked.get_untracked(), person_asked.get_untracked())
    };
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(diary) => {
                    // It is drawn where it is now.
                    moving.dragging.put_back();
                    last.set_value(Some((shown(), diary.clone())));
                    if loaded.get_untracked().is_none() {
                        loaded.set(Some(diary.sequence));
                    }
                    let fresh = remember(seen, &diary, news);
                    view! { <DiaryView diary=diary place=place() fresh=fresh open=open forms=forms moving=moving/> }
                        .into_any()
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
                            <DiaryView diary=diary place=place() fresh=HashSet::new() open=open forms=forms moving=moving/>
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
        {move || moving.message()}
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

/// Which diary it is: organisation, date, view and person as asked for.
type Shown = (String, Option<String>, String, Option<String>);

/// Where an appointment is, or goes.
#[derive(Clone)]
struct Spot {
    date: String,
    from_minute: i64,
    minutes: i64,
    with: String,
}

/// A move that was asked for.
#[derive(Clone)]
struct Asked {
    id: String,
    version: i64,
    from: Spot,
    to: Spot,
    /// "Tuesday 24 November, 9:15 am"
    words: String,
    undo: bool,
}

/// Moving appointments about.
#[derive(Clone, Copy)]
struct Moving {
    action: ServerAction<MoveAppointment>,
    dragging: Dragging,
    org: Signal<String>,
    last: StoredValue<Option<(Shown, Diary)>>,
    asked: StoredValue<Option<Asked>>,
    /// Why the last one was refused, and whether one may insist.
    refused: RwSignal<Option<(String, bool)>>,
}

impl Moving {
    fn new(org: Signal<String>, last: StoredValue<Option<(Shown, Diary)>>) -> Self {
        let action = ServerAction::<MoveAppointment>::new();
        let (asked, refused) = (StoredValue::new(None::<Asked>), RwSignal::new(None));
        let moving = Self { action, dragging: Dragging::new(), org, last, asked, refused };
        let (answer, toasts) = (action.value(), use_context::<Toasts>());
        Effect::new(move || {
            let Some(answer) = answer.get() else { return };
            match answer {
                Ok(()) => {
                    refused.set(None);
                    let Some((done, toasts)) = asked.get_value().zip(toasts) else { return };
                    if done.undo {
                        toasts.show(format!("Back at {}.", done.words));
                    } else {
                        let words = format!("Moved to {}.", done.words);
                        toasts.offer(words, "Undo", Callback::new(move |()| moving.undo(&done)));
                    }
                }
                Err(error) => {
                    moving.dragging.put_back();
                    let may_insist = error.code == Code::Conflict && error.version.is_none();
                    refused.set(Some((error.message, may_insist)));
                }
            }
        });
        moving
    }

    fn card(&self, id: &str) -> Option<AppointmentCard> {
        let (_, diary) = self.last.get_value()?;
        diary.days.into_iter().flat_map(|day| day.appointments).find(|card| card.id == id)
    }

    fn dropped(&self, dropped: &Dropped) {
        let Some(card) = self.card(&dropped.id) else { return };
        let here = card.with.first().cloned().unwrap_or_default();
        let from =
            Spot { date: card.date.clone(), from_minute: card.from_minute, minutes: card.minutes, with: here.clone() };
        // A column of everybody’s says nothing of whose it is to be.
        let with = if dropped.with.is_empty() { here } else { dropped.with.clone() };
        let to = Spot { date: dropped.date.clone(), from_minute: dropped.from_minute, minutes: dropped.minutes, with };
        if from.date == to.date
            && from.from_minute == to.from_minute
            && from.minutes == to.minutes
            && card.with.contains(&to.with)
        {
            self.dragging.put_back();
            return;
        }
        if dropped.clash {
            self.dragging.put_back();
            self.refused.set(Some(("Something else is at that time, so nothing was moved.".to_owned(), false)));
            return;
        }
        let words = self.words(&to);
        self.send(Asked { id: card.id, version: card.version, from, to, words, undo: false }, false);
    }

    fn undo(&self, done: &Asked) {
        // It is where it was put, unless somebody else has moved it since: then the server says so.
        let version = self.card(&done.id).map_or(0, |card| card.version).max(done.version + 1);
        let (from, to) = (done.to.clone(), done.from.clone());
        let words = self.words(&to);
        self.send(Asked { id: done.id.clone(), version, from, to, words, undo: true }, true);
    }

    fn insist(&self) {
        if let Some(asked) = self.asked.get_value() {
            self.send(asked, true);
        }
    }

    fn send(&self, asked: Asked, anyway: bool) {
        self.refused.set(None);
        let with = if asked.from.with == asked.to.with { String::new() } else { asked.to.with.clone() };
        let minutes = if asked.from.minutes == asked.to.minutes { String::new() } else { asked.to.minutes.to_string() };
        self.action.dispatch(MoveAppointment {
            org: self.org.get_untracked(),
            id: asked.id.clone(),
            version: asked.version,
            date: asked.to.date.clone(),
            at: at_clock(asked.to.from_minute),
            with,
            minutes,
            anyway,
            undo: asked.undo,
        });
        self.asked.set_value(Some(asked));
    }

    fn words(&self, to: &Spot) -> String {
        let label = self.last.with_value(|last| {
            let days = last.as_ref().map(|(_, diary)| diary.days.as_slice()).unwrap_or_default();
            days.iter().find(|day| day.date == to.date).map(|day| day.label.clone())
        });
        format!("{}, {}", label.unwrap_or_else(|| to.date.clone()), clock(to.from_minute))
    }

    fn message(&self) -> Option<AnyView> {
        let (words, may_insist) = self.refused.get()?;
        let moving = *self;
        let insist = may_insist.then(|| {
            view! { <button type="button" class="btn btn-quiet" on:click=move |_| moving.insist()>"Move it all the same"</button> }
        });
        Some(
            view! {
                <div class="diary-refused">
                    <Notice tone=Tone::Warning>
                        <p>{words}</p>
                        <p class="row">
                            {insist}
                            <button type="button" class="btn btn-quiet" on:click=move |_| moving.refused.set(None)>"Leave it where it was"</button>
                        </p>
                    </Notice>
                </div>
            }
            .into_any(),
        )
    }
}

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
    person: Option<String>,
}

impl Place {
    fn to(&self, date: Option<&str>, view: &str, open: &str) -> String {
        self.of(date, view, self.person.as_deref().unwrap_or_default(), open)
    }

    fn of(&self, date: Option<&str>, view: &str, person: &str, open: &str) -> String {
        let path = format!("/app/{}/calendar", self.org);
        with_query(&path, &[("date", date.unwrap_or_default()), ("view", view), ("person", person), ("open", open)])
    }

    /// Here, with this appointment open; or none.
    fn open(&self, id: &str) -> String {
        self.to(self.date.as_deref(), &self.view, id)
    }
}

#[component]
fn DiaryView(
    diary: Diary,
    place: Place,
    fresh: HashSet<String>,
    open: Memo<Option<String>>,
    forms: Forms,
    moving: Moving,
) -> AnyView {
    let (title, zone_label, may_change) = (diary.title.clone(), diary.zone_label.clone(), diary.may_change);
    let notice = diary.notice.clone().map(|notice| view! { <Notice tone=Tone::Warning><p>{notice}</p></Notice> });
    let (toolbar, waiting) = (toolbar(&diary, &place), diary.waiting.clone());
    let everything: Vec<(String, AppointmentCard)> = diary
        .days
        .iter()
        .flat_map(|day| day.appointments.iter().map(|appointment| (day.label.clone(), appointment.clone())))
        .collect();
    let body = if diary.empty_title.is_empty() {
        match diary.kind {
            DiaryKind::Day | DiaryKind::Week => grid(diary, &place, &fresh, moving),
            DiaryKind::Month => month(diary.days, &place),
            DiaryKind::Agenda => agenda(diary.days, &place, &fresh),
        }
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
                <p class="soft">{zone_label}" · "<a href=format!("/b/{}", place.org) rel="external">"Booking page"</a>" · "<a href=format!("/app/{}/calendar/waitlist", place.org) rel="external">{waiting}</a></p>
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
    let first = diary.days.iter().find(|day| !day.beside);
    let shown = place.date.clone().or_else(|| first.map(|day| day.date.clone())).unwrap_or_default();
    // From a week that holds today, the day to go to is today.
    let has_today = diary.days.iter().any(|day| day.today && !day.beside);
    let day = if has_today || shown.is_empty() { diary.today.clone() } else { shown };
    let (earlier, later) = match diary.kind {
        DiaryKind::Day => ("Earlier day", "Later day"),
        DiaryKind::Week => ("Earlier week", "Later week"),
        DiaryKind::Month => ("Earlier month", "Later month"),
        DiaryKind::Agenda => ("Earlier", "Later"),
    };
    let views = [
        (DiaryKind::Day, "Day", "d"),
        (DiaryKind::Week, "Week", "w"),
        (DiaryKind::Month, "Month", "m"),
        (DiaryKind::Agenda, "List", "l"),
    ]
    .map(|(kind, label, key)| {
        let current = (kind == diary.kind).then_some("true");
        view! { <a href=place.to(Some(&day), kind.as_str(), "") aria-keyshortcuts=key aria-current=current>{label}</a> }
    })
    .collect_view();
    let book = with_query(&format!("/app/{}/calendar/book", place.org), &[("date", &day), ("with", &diary.person)]);
    let block = with_query(&format!("/app/{}/calendar/block", place.org), &[("date", &day), ("with", &diary.person)]);
    let change = diary.may_change.then(|| {
        view! {
            <a class="btn btn-primary" href=book rel="external">"Book for a client"</a>
            <a class="btn btn-quiet" href=block rel="external">"Block time"</a>
        }
    });
    view! {
        <nav class="toolbar" aria-label="Calendar">
            {people(diary, place)}
            <div class="segments">
                <a href=place.to(Some(&diary.previous), &place.view, "") aria-label=earlier aria-keyshortcuts="p"><Icon name="left"/></a>
                <a href=place.to(Some(&diary.today), &place.view, "") aria-keyshortcuts="t">"Today"</a>
                <a href=place.to(Some(&diary.next), &place.view, "") aria-label=later aria-keyshortcuts="n"><Icon name="right"/></a>
            </div>
            <div class="segments">{views}</div>
            {change}
        </nav>
    }
    .into_any()
}

/// Whose calendar is shown, where there are several.
fn people(diary: &Diary, place: &Place) -> Option<AnyView> {
    if diary.people.len() < 2 {
        return None;
    }
    let everybody = (String::new(), "Everybody".to_owned());
    let all: Vec<_> = std::iter::once(everybody).chain(diary.people.iter().cloned()).collect();
    let shown = all.iter().find(|(id, _)| *id == diary.person).map(|(_, name)| name.clone()).unwrap_or_default();
    let lines = all
        .into_iter()
        .map(|(id, name)| {
            let current = (id == diary.person).then_some("true");
            let href = place.of(place.date.as_deref(), &place.view, &id, "");
            view! { <a class="menu-item" href=href aria-current=current>{name}</a> }
        })
        .collect_view();
    Some(
        view! {
            <details class="menu menu-choice">
                <summary class="btn btn-quiet"><span class="sr-only">"Calendar of "</span>{shown}<Icon name="down"/></summary>
                <div class="menu-panel">{lines}</div>
            </details>
        }
        .into_any(),
    )
}

/// A box for each day of whole weeks, with the first few that are booked.
fn month(days: Vec<DiaryDay>, place: &Place) -> AnyView {
    let weekdays =
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(|day| view! { <span>{day}</span> }).collect_view();
    let boxes = days
        .into_iter()
        .map(|day| {
            let (id, href) = (format!("box-{}", day.date), place.to(Some(&day.date), "day", ""));
            let labelled = id.clone();
            let number = day.date.rsplit('-').next().unwrap_or_default().trim_start_matches('0').to_owned();
            let count = day.appointments.len() + day.more;
            let items = day
                .appointments
                .iter()
                .map(|card| {
                    let open = place.to(Some(&day.date), "day", &card.id);
                    let tint = Some(card.tint.clone()).filter(|word| !word.is_empty());
                    let title = format!("{}, {}, {}", card.time_label, card.client_name, card.service);
                    view! {
                        <li><a data-tint=tint class="month-item" class:is-off={card.status != Status::Booked} class:is-waiting=card.waits href=open title=title>
                            <span class="appt-time">{clock(card.from_minute)}</span>" "<span>{card.client_name.clone()}</span>
                        </a></li>
                    }
                })
                .collect_view();
            let more = (day.more > 0)
                .then(|| view! { <a class="month-more" href=href.clone()>{format!("{} more", day.more)}</a> });
            let words = match count {
                0 => "nothing booked".to_owned(),
                1 => "1 appointment".to_owned(),
                count => format!("{count} appointments"),
            };
            view! {
                <section class="month-day" class:is-beside=day.beside class:is-today=day.today aria-labelledby=labelled>
                    <h2 id=id><a href=href>
                        <span aria-hidden="true">{number}</span>
                        <span class="sr-only">{format!("{}, {words}", day.label)}</span>
                        {(count > 0).then(|| view! { <span class="month-count" aria-hidden="true">{count}</span> })}
                    </a></h2>
                    <ul>{items}</ul>
                    {more}
                </section>
            }
        })
        .collect_view();
    view! {
        <div class="month">
            <div class="month-head" aria-hidden="true">{weekdays}</div>
            <div class="month-days">{boxes}</div>
        </div>
    }
    .into_any()
}

/// What is booked, day by day, as a list.
fn agenda(days: Vec<DiaryDay>, place: &Place, fresh: &HashSet<String>) -> AnyView {
    let days = days
        .into_iter()
        .map(|day| {
            let id = format!("list-{}", day.date);
            let labelled = id.clone();
            let mut lines: Vec<(i64, AnyView)> = Vec::new();
            for card in day.appointments {
                let (from, is_new) = (card.from_minute, fresh.contains(&card.id));
                lines.push((from, agenda_line(place, card, is_new)));
            }
            for block in day.blocks {
                let line = view! {
                    <li class="agenda-line is-block">
                        <span class="appt-time">{block.time_label}</span>
                        <span>{block.title}</span>
                        <span class="appt-staff">{block.staff}</span>
                    </li>
                };
                lines.push((block.from_minute, line.into_any()));
            }
            lines.sort_by_key(|(from, _)| *from);
            let lines = lines.into_iter().map(|(_, line)| line).collect_view();
            view! {
                <section class="agenda-day" class:is-today=day.today aria-labelledby=labelled>
                    <h2 id=id><a href=place.to(Some(&day.date), "day", "")>{day.label}</a></h2>
                    <ul>{lines}</ul>
                </section>
            }
        })
        .collect_view();
    view! { <div class="agenda">{days}</div> }.into_any()
}

fn agenda_line(place: &Place, card: AppointmentCard, is_new: bool) -> AnyView {
    let off = card.status != Status::Booked;
    let status = match (off, card.waits) {
        (true, _) => card.status.label(),
        (false, true) => WAITS,
        (false, false) => "",
    };
    view! {
        <li class="agenda-line" class:is-off=off class:is-new=is_new>
            <span class="appt-time">{card.time_label}</span>
            <a class="appt-name" href=place.open(&card.id) data-noscroll="" data-appointment=card.id.clone()>{card.client_name}</a>
            <span class="appt-what">{card.service}</span>
            <span class="appt-staff">{card.staff}</span>
            <span class="appt-what">{card.client_phone}</span>
            {(!status.is_empty()).then(|| view! { <span class="appt-status">{status}</span> })}
        </li>
    }
    .into_any()
}

/// The hours down the side and a column for each day; on a phone the same list without the hours.
fn grid(diary: Diary, place: &Place, fresh: &HashSet<String>, moving: Moving) -> AnyView {
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
    let one = !diary.person.is_empty();
    let several = diary.people.len() > 1 && !one;
    let may_change = diary.may_change;
    let tracks = if is_day && several {
        let people = |day| diary.people.iter().map(move |person| person_track(person, day, place, fresh, now));
        diary.days.iter().flat_map(|day| people(day).chain(rooms_track(day, place, fresh, now))).collect_view()
    } else {
        let with = if one { diary.person.clone() } else { String::new() };
        diary.days.into_iter().map(|day| day_track(day, &with, place, fresh, now, several)).collect_view()
    };
    let book = format!("/app/{}/calendar/book", place.org);
    let dropped = move |dropped: Dropped| moving.dropped(&dropped);
    let pressed = move |at: Dropped| {
        let (time, date, with) = (at_clock(at.from_minute), at.date, at.with);
        go_to(&with_query(&book, &[("date", &date), ("at", &time), ("with", &with)]));
    };
    let dragging = moving.dragging;
    view! {
        <div
            class=format!("{wide} first-h{first} span-h{}", last - first)
            class:may-move=may_change
            on:pointerdown=move |event| if may_change { dragging.begin(&event) }
            on:pointermove=move |event| dragging.go(&event, first * 60, (last - first) * 60)
            on:pointerup=move |_| if let Some(at) = dragging.end() { dropped(at) }
            on:pointercancel=move |_| dragging.put_back()
            on:click:capture=move |event| if may_change && let Some(at) = dragging.pressed(&event, first * 60, (last - first) * 60) { pressed(at) }
        >
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

/// Leaves for a page that the server writes.
fn go_to(address: &str) {
    #[cfg(feature = "hydrate")]
    // Where it can’t be left for, the page stays as it is.
    let _ = window().location().set_href(address);
    #[cfg(not(feature = "hydrate"))]
    let _ = address;
}

/// A day of everybody's, or of one person's.
fn day_track(
    day: DiaryDay,
    with: &str,
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
    // Beside each other, everybody’s would cover what is booked with others.
    let blocks = day.blocks.into_iter().filter(|block| !several || block.with.is_empty()).collect();
    let (id, with) = (day.date.clone(), with.to_owned());
    let column = Column { id, date: day.date, with, today: day.today, blocks, of_rooms: false };
    track(column, heading.into_any(), day.appointments, place, fresh, now, several)
}

/// What a column is of.
struct Column {
    id: String,
    date: String,
    /// Whose, by their id; empty: everybody's.
    with: String,
    today: bool,
    blocks: Vec<BlockCard>,
    /// It is the rooms' own: elsewhere they have its edge.
    of_rooms: bool,
}

/// When rooms can't be booked on a day, beside the people's columns.
fn rooms_track(day: &DiaryDay, place: &Place, fresh: &HashSet<String>, now: Signal<Option<i64>>) -> Option<AnyView> {
    let blocks: Vec<BlockCard> = day.blocks.iter().filter(|block| block.with.is_empty()).cloned().collect();
    if blocks.is_empty() {
        return None;
    }
    let heading = view! { <span class="diary-person">"Rooms"</span> }.into_any();
    let (id, date) = (format!("{}-rooms", day.date), day.date.clone());
    let column = Column { id, date, with: String::new(), today: day.today, blocks, of_rooms: true };
    Some(track(column, heading, Vec::new(), place, fresh, now, false))
}

/// One person's part of a day.
fn person_track(
    (person, name): &(String, String),
    day: &DiaryDay,
    place: &Place,
    fresh: &HashSet<String>,
    now: Signal<Option<i64>>,
) -> AnyView {
    let theirs = day.appointments.iter().filter(|appointment| appointment.with.contains(person)).cloned().collect();
    let blocks = day.blocks.iter().filter(|block| block.with == *person).cloned().collect();
    let heading = view! { <span class="diary-person">{name.clone()}</span> }.into_any();
    let (id, date) = (format!("{}-{person}", day.date), day.date.clone());
    track(
        Column { id, date, with: person.clone(), today: day.today, blocks, of_rooms: false },
        heading,
        theirs,
        place,
        fresh,
        now,
        false,
    )
}

fn track(
    column: Column,
    heading: AnyView,
    appointments: Vec<AppointmentCard>,
    place: &Place,
    fresh: &HashSet<String>,
    now: Signal<Option<i64>>,
    with_staff: bool,
) -> AnyView {
    let Column { id, date, with, today, blocks, of_rooms } = column;
    let title = format!("diary-{id}");
    let labelled = title.clone();
    let empty = appointments.is_empty() && blocks.is_empty();
    let (rooms, theirs): (Vec<BlockCard>, Vec<BlockCard>) = blocks.into_iter().partition(|block| block.with.is_empty());
    let in_lanes = lanes(&rooms.iter().map(|block| Some((block.from_minute, block.minutes))).collect::<Vec<_>>());
    let strips = if of_rooms { 0 } else { in_lanes.iter().map(|(_, lanes)| *lanes).max().unwrap_or(0).min(4) };
    let theirs = theirs.into_iter().map(|block| block_view(&place.org, block, (0, 1), false)).collect_view();
    let rooms = rooms
        .into_iter()
        .zip(in_lanes)
        .map(|(block, lane)| block_view(&place.org, block, lane, !of_rooms))
        .collect_view();
    let line = today.then(|| {
        let at = move || now.get().map(|now| format!("now from-h{} from-m{}", now / 60, now % 60));
        view! { <div class=move || at().unwrap_or_default() hidden=move || now.get().is_none()></div> }
    });
    // What was cancelled lies behind the rest, as wide as the day.
    let stands = |one: &AppointmentCard| (one.status != Status::Cancelled).then_some((one.from_minute, one.minutes));
    let lanes = lanes(&appointments.iter().map(stands).collect::<Vec<_>>());
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
            <div class=format!("diary-track rooms-{strips}") data-date=date data-with=with>
                {line}
                {theirs}
                {rooms}
                {appointments}
            </div>
        </section>
    }
    .into_any()
}

/// The place of each of these stretches side by side, from a minute and so long: its lane, and how many lanes there are beside each
/// other. What is `None` takes no lane.
fn lanes(stretches: &[Option<(i64, i64)>]) -> Vec<(usize, usize)> {
    let mut places = vec![(0, 1); stretches.len()];
    let mut order: Vec<(usize, i64, i64)> = stretches
        .iter()
        .enumerate()
        .filter_map(|(index, stretch)| stretch.map(|(from, minutes)| (index, from, minutes)))
        .collect();
    order.sort_by_key(|&(_, from, minutes)| (from, minutes));
    let mut group: Vec<usize> = Vec::new();
    // When each lane of the group is free again.
    let mut free: Vec<i64> = Vec::new();
    for (index, from, minutes) in order {
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
        free[lane] = from + minutes;
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
    let length = appointment.minutes.clamp(15, 1439);
    let at = placed("appt", appointment.from_minute, length, (lane, lanes));
    let off = appointment.status != Status::Booked;
    // What is over stays where it was, and a seat goes where the others’ are.
    let movable = (appointment.to_come && !appointment.seat).then_some("");
    let short = length < 40;
    let (half, hour) = ((40..55).contains(&length), (55..75).contains(&length));
    let staff = with_staff.then(|| view! { <span class="appt-staff">{appointment.staff.clone()}</span> });
    let status = if off { appointment.status.label() } else { WAITS };
    let badge = (off || appointment.waits).then(|| view! { <span class="appt-status">{status}</span> });
    let tint = Some(appointment.tint).filter(|word| !word.is_empty());
    view! {
        <a
            class=at
            class:is-off=off
            class:is-short=short
            class:is-half=half
            class:is-hour=hour
            class:is-new=is_new
            class:is-waiting=appointment.waits
            href=place.open(&appointment.id)
            draggable="false"
            data-noscroll=""
            data-appointment=appointment.id.clone()
            data-from=appointment.from_minute.to_string()
            data-minutes=appointment.minutes.to_string()
            data-with=appointment.with.join(" ")
            data-movable=movable
            data-tint=tint
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

/// Time in which somebody can't be booked, or a room: that is named, and where it is an edge of a column, there is a word of it to point at.
fn block_view(org: &str, block: BlockCard, lane: (usize, usize), edge: bool) -> AnyView {
    let class = if edge { "block is-room" } else { "block" };
    let at = placed(class, block.from_minute, block.minutes.max(10), lane);
    let room = block.with.is_empty().then(|| block.staff.clone());
    let title = edge.then(|| format!("{}: {}, {}", block.staff, block.title, block.time_label));
    let named = room.map(|room| view! { " "<span class="appt-staff">{room}</span> });
    let words = view! { <span class="appt-time">{block.time_label}</span>" "<span>{block.title}</span>{named} };
    let (from, minutes) = (block.from_minute.to_string(), block.minutes.to_string());
    if block.id.is_empty() {
        return view! { <div class=at data-from=from data-minutes=minutes data-with=block.with>{words}</div> }
            .into_any();
    }
    let href = with_query(&format!("/app/{org}/calendar/block"), &[("id", &block.id)]);
    view! { <a class=at href=href rel="external" draggable="false" title=title data-from=from data-minutes=minutes data-with=block.with>{words}</a> }
        .into_any()
}

/// Placed by classes: an inline style would need a hole in the content security policy.
fn placed(class: &str, from: i64, length: i64, (lane, lanes): (usize, usize)) -> String {
    let (from, length) = (from.clamp(0, 1439), length.clamp(0, 1439));
    format!(
        "{class} from-h{} from-m{} len-h{} len-m{} lane-{} lanes-{}",
        from / 60,
        from % 60,
        length / 60,
        length % 60,
        lane.min(7),
        lanes.clamp(1, 8)
    )
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
    let page = format!("/app/{org}/calendar/appointments/{}", card.id);
    let label = if may_change { "Move, confirm, emails and more" } else { "All about it" };
    let waits = card.waits.then(|| view! { " "<Badge tone=Tone::Info label=WAITS/> });
    view! {
        <Dialog id=format!("appointment-{}", card.id) title=card.client_name close=close.to_owned()>
            {messages}
            <p><Badge tone=tone label=card.status.label()/>{waits}</p>
            <dl class="facts">
                <div><dt>"When"</dt><dd>{card.time_label}<span>{day}</span></dd></div>
                <div><dt>"What"</dt><dd>{card.service}<span>{format!("with {}", card.staff)}</span></dd></div>
                {phone}
                {email}
                {notes}
            </dl>
            <p><a href=page rel="external">{label}</a></p>
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
