//! The team's calendar: a day, a week, a month, or a list; everybody's or one person's.

use std::collections::HashMap;

use jiff::{ToSpan, Zoned, civil::Date, tz::TimeZone};

use super::{
    availability, booking, desk, format,
    ids::{AppointmentId, StaffId},
    options::{ServiceOptions, StaffOptions, tint},
    permissions,
    store::{self, Appointment, Block, Busy, Resource},
    views,
    wire::{AppointmentCard, BlockCard, Diary, DiaryDay, DiaryKind, Status},
};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    crypto::DataKeys,
    db::Access,
    error::{AppError, Code, Result},
    org::{Actor, OrgRef, OrgTx},
    permissions::CHANGE_DETAILS,
    platform::Platform,
    request,
    ui::with_query,
};

/// What it can hold: the ends of the library's calendar have no days beside them.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=9900;
/// A week of a large practice; more than this would not fit a page anyone can read.
const MOST: i64 = 2_000;
/// So many fit in the box of a day.
const MOST_IN_A_BOX: usize = 4;
/// So many days a list goes over.
const DAYS_OF_A_LIST: i64 = 14;
/// A day on the clock's face.
const DAY_MINUTES: i64 = 24 * 60;

/// Which part of the calendar is asked for, as its address says.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `2026-11-23`; today where it says none.
    pub date: Option<String>,
    /// How it is shown: `day`, `week`, `month`, `agenda`.
    pub view: String,
    /// Whose: their id; everybody's where it says none.
    pub person: Option<String>,
}

/// The team's calendar; today's where the address asks for a day that there isn't, and everybody's where it asks for nobody we know.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn diary(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<Diary> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW_APPOINTMENTS, Access::Read).await?;
    let tz = availability::zone(&tx.org().zone)?;
    let now = tx.now();
    let now_there = now.timestamp().to_zoned(tz.clone());
    let today = now_there.date();
    let kind = DiaryKind::of(&asked.view);
    let (date, notice) = date_of(asked.date.as_deref(), today);
    let (first, length) = stretch(kind, date);
    let after = first.saturating_add(length.days());
    let (from, until) = (midnight(first, &tz)?, midnight(after, &tz)?);
    let staff = store::staff(&mut tx).await?;
    let person: Option<StaffId> = asked.person.as_deref().and_then(|id| id.parse().ok());
    let person = person.filter(|id| staff.iter().any(|one| one.id == *id));
    let appointments = store::appointments(&mut tx, from, until, None, MOST).await?;
    let along = along(&mut tx, from, until).await?;
    let mut rooms: HashMap<AppointmentId, Vec<String>> = HashMap::new();
    for (appointment, room) in store::rooms_booked(&mut tx, from, until).await? {
        rooms.entry(appointment).or_default().push(room);
    }
    let is_theirs = |appointment: &Appointment| {
        let along =
            || along.get(&appointment.id).is_some_and(|others| others.iter().any(|other| Some(*other) == person));
        person.is_none() || Some(appointment.staff_id) == person || along()
    };
    let appointments: Vec<Appointment> = appointments.into_iter().filter(is_theirs).collect();
    let hours = store::hours(&mut tx).await?;
    let blocks: Vec<Block> = store::blocks(&mut tx, from, until).await?;
    let busy = store::busy_between(&mut tx, from, until).await?;
    let keys = tx.keys().await?;
    let names: HashMap<StaffId, &str> = staff.iter().map(|one| (one.id, one.name.as_str())).collect();
    // The box of a day has no room for what is blocked, and in one person’s calendar a room’s is nobody’s concern.
    let has_rooms = kind != DiaryKind::Month && person.is_none() && blocks.iter().any(|one| one.resource_id.is_some());
    let resources = if has_rooms { store::resources(&mut tx).await? } else { Vec::new() };
    let blocked = Blocked::of(&keys, blocks, busy, person, &names, &resources)?;
    let empty = if appointments.is_empty() && blocked.is_empty() {
        let after = if from < now { now } else { from };
        empty(&mut tx, after, kind, person.and_then(|id| names.get(&id).copied()), &tz, today).await?
    } else {
        Nothing::default()
    };
    let waiting = match store::count_in_line(&mut tx).await? {
        0 => "Waitlist".to_owned(),
        count => format!("Waitlist ({count})"),
    };
    let coloured = store::coloured_services(&mut tx).await?;
    let coloured = coloured.iter().map(|(id, stored)| (*id, stored.as_str()));
    let of_services = tints(coloured, |stored| Ok(ServiceOptions::read(stored)?.colour))?;
    let people = staff.iter().map(|one| (one.id, one.options.as_str()));
    let of_people = tints(people, |stored| Ok(StaffOptions::read(stored)?.colour))?;
    let may_change = tx.allows(&permissions::CHANGE_APPOINTMENTS);
    let sequence = tx.org().sequence;
    let zone_label = format::zone(&tx.org().zone, &tz, now.timestamp());
    let (org_id, shown) = (tx.id().0, Detail::default().with("from", first).with("days", length));
    let need = &permissions::VIEW_APPOINTMENTS;
    audit::end_reading(tx, actor, need, "calendar.clients_read", org_id, shown).await?;

    let cards = appointments
        .iter()
        .map(|appointment| {
            let others = along.get(&appointment.id).map(Vec::as_slice).unwrap_or_default();
            let mut card = card(&keys, appointment, others, &tz, now)?;
            let tint = of_services.get(&appointment.service_id).or_else(|| of_people.get(&appointment.staff_id));
            card.tint = tint.map(|word| (*word).to_owned()).unwrap_or_default();
            if let Some(rooms) = rooms.get(&appointment.id) {
                card.service = format!("{} · {}", card.service, rooms.join(", "));
            }
            Ok(card)
        })
        .collect::<Result<Vec<AppointmentCard>>>()?;
    let has_some = |id: &str| cards.iter().any(|card| card.with.iter().any(|with| with == id));
    let people: Vec<(String, String)> = staff
        .iter()
        .map(|one| (one.id.to_string(), one))
        .filter(|(id, one)| one.active || has_some(id))
        .map(|(id, one)| (id, one.name.clone()))
        .collect();
    let opening = hours.iter().map(|window| window.start_minute).min().unwrap_or(9 * 60);
    let closing = hours.iter().map(|window| window.end_minute).max().unwrap_or(17 * 60);
    let first_minute = cards.iter().map(|card| card.from_minute).fold(opening, i64::min) / 60 * 60;
    let last_minute = cards.iter().map(|card| card.from_minute + card.minutes).fold(closing, i64::max);
    let last_minute = ((last_minute + 59) / 60 * 60).min(DAY_MINUTES);
    let mut days = Vec::new();
    for day in first.series(1.day()).take(usize::try_from(length).unwrap_or(1)) {
        days.push(DiaryDay {
            label: format::day(day),
            short: day.strftime("%a %-d").to_string(),
            today: day == today,
            blocks: blocked.on(day, &tz)?,
            appointments: Vec::new(),
            more: 0,
            beside: kind == DiaryKind::Month && day.month() != date.month(),
            date: day.to_string(),
        });
    }
    for card in cards {
        if let Some(day) = days.iter_mut().find(|day| day.date == card.date) {
            day.appointments.push(card);
        }
    }
    fit(kind, &mut days);
    Ok(Diary {
        kind,
        title: title(kind, date, first, after.saturating_sub(1.day())),
        days,
        people,
        person: person.map(|id| id.to_string()).unwrap_or_default(),
        previous: beside(kind, date, first, -1).to_string(),
        next: beside(kind, date, first, 1).to_string(),
        today: today.to_string(),
        zone_label,
        first_minute,
        last_minute,
        now_minute: minute_of(&now_there),
        sequence,
        may_change,
        empty_title: empty.title,
        empty_words: empty.words,
        empty_href: empty.href,
        empty_link: empty.link,
        notice,
        waiting,
    })
}

/// The day that the address asks for, or today, with what to say where there is no such day.
fn date_of(asked: Option<&str>, today: Date) -> (Date, Option<String>) {
    let asked = asked.filter(|date| !date.is_empty());
    let found = asked.and_then(|text| text.parse::<Date>().ok()).filter(|date| YEARS.contains(&date.year()));
    let notice = (asked.is_some() && found.is_none()).then(|| {
        let error = AppError::new(Code::Invalid, "There is no such day in the calendar, so here is today.");
        request::set_status(&error);
        error.message
    });
    (found.unwrap_or(today), notice)
}

/// The first day that is shown, and how many are.
fn stretch(kind: DiaryKind, date: Date) -> (Date, i64) {
    let monday = |date: Date| date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days());
    match kind {
        DiaryKind::Day => (date, 1),
        DiaryKind::Week => (monday(date), 7),
        DiaryKind::Agenda => (date, DAYS_OF_A_LIST),
        DiaryKind::Month => {
            let first = monday(date.first_of_month());
            let before = i64::from(date.first_of_month().weekday().to_monday_zero_offset());
            (first, (before + i64::from(date.days_in_month()) + 6) / 7 * 7)
        }
    }
}

/// The day to go to for what comes before (-1) or after (1).
fn beside(kind: DiaryKind, date: Date, first: Date, step: i64) -> Date {
    match kind {
        DiaryKind::Day => first.saturating_add(step.days()),
        DiaryKind::Week => first.saturating_add((7 * step).days()),
        DiaryKind::Agenda => first.saturating_add((DAYS_OF_A_LIST * step).days()),
        DiaryKind::Month => date.first_of_month().saturating_add(step.months()),
    }
}

fn title(kind: DiaryKind, date: Date, first: Date, last: Date) -> String {
    match kind {
        DiaryKind::Day => format::day_and_year(first),
        DiaryKind::Week | DiaryKind::Agenda => format::week(first, last),
        DiaryKind::Month => date.strftime("%B %Y").to_string(),
    }
}

/// A list has no days on which there is nothing, and a box has room for a few: those first that stand.
fn fit(kind: DiaryKind, days: &mut Vec<DiaryDay>) {
    match kind {
        DiaryKind::Day | DiaryKind::Week => {}
        DiaryKind::Agenda => days.retain(|day| !day.appointments.is_empty() || !day.blocks.is_empty()),
        DiaryKind::Month => {
            for day in days {
                day.appointments.retain(|card| card.status != Status::Cancelled);
                day.more = day.appointments.len().saturating_sub(MOST_IN_A_BOX);
                day.appointments.truncate(MOST_IN_A_BOX);
            }
        }
    }
}

/// An appointment for those who may see it, its personal fields opened.
///
/// # Errors
/// The key that sealed them isn’t there.
pub fn card(
    keys: &DataKeys,
    appointment: &Appointment,
    others: &[StaffId],
    tz: &TimeZone,
    now: Instant,
) -> Result<AppointmentCard> {
    let from = appointment.starts_at.timestamp().to_zoned(tz.clone());
    let until = appointment.ends_at.timestamp().to_zoned(tz.clone());
    let (id, status) = (appointment.id, appointment.status());
    let with =
        std::iter::once(&appointment.staff_id).chain(others.iter().filter(|other| **other != appointment.staff_id));
    Ok(AppointmentCard {
        id: id.to_string(),
        service: appointment.service_name.clone(),
        staff: appointment.staff_name.clone(),
        with: with.map(ToString::to_string).collect(),
        client_name: booking::unseal(keys, id, "client_name", &appointment.client_name)?,
        client_email: booking::unseal(keys, id, "client_email", &appointment.client_email)?,
        client_phone: booking::unseal(keys, id, "client_phone", &appointment.client_phone)?,
        notes: booking::unseal(keys, id, "notes", &appointment.notes)?,
        date: from.date().to_string(),
        time_label: format::time_range(&from, &until),
        from_minute: minute_of(&from),
        minutes: views::minutes_of(appointment),
        status,
        version: appointment.version,
        started: now >= appointment.starts_at && status == Status::Booked,
        to_come: now < appointment.ends_at && status == Status::Booked,
        waits: appointment.unconfirmed_until.or(appointment.unpaid_until).is_some() && status == Status::Booked,
        seat: appointment.session_id.is_some(),
        tint: String::new(),
    })
}

/// The words of the colours of those that have one.
fn tints<'s, Id: std::hash::Hash + Eq>(
    of: impl Iterator<Item = (Id, &'s str)>,
    colour: impl Fn(&str) -> Result<String>,
) -> Result<HashMap<Id, &'static str>> {
    let coloured = of.filter(|(_, stored)| stored.contains("\"colour\""));
    coloured.map(|(id, stored)| Ok((id, tint(&colour(stored)?)))).collect()
}

/// Who else takes part in each appointment.
async fn along(tx: &mut OrgTx, from: Instant, until: Instant) -> Result<HashMap<AppointmentId, Vec<StaffId>>> {
    let mut along: HashMap<AppointmentId, Vec<StaffId>> = HashMap::new();
    for (appointment, staff) in store::taking_part(tx, from, until).await? {
        along.entry(appointment).or_default().push(staff);
    }
    Ok(along)
}

/// A stretch in which somebody, or a room, can't be booked.
struct Stretch {
    id: String,
    /// The person’s id; empty: a room’s.
    with: String,
    name: String,
    title: String,
    from: Instant,
    until: Instant,
}

/// All of them.
struct Blocked(Vec<Stretch>);

impl Blocked {
    fn of(
        keys: &DataKeys,
        blocks: Vec<Block>,
        busy: Vec<Busy>,
        person: Option<StaffId>,
        names: &HashMap<StaffId, &str>,
        rooms: &[Resource],
    ) -> Result<Self> {
        let mut all = Vec::new();
        let is_shown = |staff: StaffId| person.is_none_or(|person| person == staff);
        let name = |staff: StaffId| names.get(&staff).copied().unwrap_or_default().to_owned();
        for block in &blocks {
            let room = rooms.iter().find(|room| Some(room.id) == block.resource_id);
            let (with, name) = match (block.staff_id.filter(|staff| is_shown(*staff)), room) {
                (Some(staff), _) => (staff.to_string(), name(staff)),
                (None, Some(room)) => (String::new(), room.name.clone()),
                (None, None) => continue,
            };
            let title = desk::title_of(keys, block)?;
            let title = match (title.is_empty(), block.kind == "time_off") {
                (false, _) => title,
                (true, true) => "Time off".to_owned(),
                (true, false) => "Blocked".to_owned(),
            };
            let (from, until) = (block.starts_at, block.ends_at);
            all.push(Stretch { id: block.id.to_string(), with, name, title, from, until });
        }
        for busy in busy.into_iter().filter(|busy| is_shown(busy.staff_id)) {
            let (staff, from, until) = (busy.staff_id, busy.starts_at, busy.ends_at);
            let title = "Busy elsewhere".to_owned();
            all.push(Stretch { id: String::new(), with: staff.to_string(), name: name(staff), title, from, until });
        }
        Ok(Self(all))
    }

    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What of them is on a day.
    fn on(&self, day: Date, tz: &TimeZone) -> Result<Vec<BlockCard>> {
        let (begins, ends) = (midnight(day, tz)?, midnight(day.saturating_add(1.day()), tz)?);
        let cards = self.0.iter().filter(|one| one.from < ends && one.until > begins).map(|one| {
            let at = |instant: Instant| instant.timestamp().to_zoned(tz.clone());
            let (from, until) = (at(one.from.max(begins)), at(one.until.min(ends)));
            let whole = one.from <= begins && one.until >= ends;
            let from_minute = if one.from <= begins { 0 } else { minute_of(&from) };
            let until_minute = if one.until >= ends { DAY_MINUTES } else { minute_of(&until) };
            BlockCard {
                id: one.id.clone(),
                with: one.with.clone(),
                staff: one.name.clone(),
                title: one.title.clone(),
                time_label: if whole { "All day".to_owned() } else { format::time_range(&from, &until) },
                from_minute,
                minutes: until_minute - from_minute,
            }
        });
        Ok(cards.collect())
    }
}

/// What stands where appointments would.
#[derive(Debug, Default)]
struct Nothing {
    title: String,
    words: String,
    href: String,
    link: String,
}

/// Nothing is booked: then when the next booking is; or, where nobody ever booked, what is left to set up, for those who can.
async fn empty(
    tx: &mut OrgTx,
    after: Instant,
    kind: DiaryKind,
    person: Option<&str>,
    tz: &TimeZone,
    today: Date,
) -> Result<Nothing> {
    let when = match kind {
        DiaryKind::Day => "on this day",
        DiaryKind::Week => "this week",
        DiaryKind::Month => "this month",
        DiaryKind::Agenda => "in these two weeks",
    };
    let title = format!("Nothing booked {when}");
    if let Some(person) = person {
        return Ok(Nothing { words: format!("Only what {person} has is shown here."), title, ..Nothing::default() });
    }
    let slug = tx.org().slug.clone();
    if let Some((id, service, staff, at)) = store::next_booked(tx, after).await? {
        let at = at.timestamp().to_zoned(tz.clone());
        let (date, time) = (at.date(), format::time(at.time()));
        let day = if date.year() == today.year() { format::day(date) } else { format::day_and_year(date) };
        let (date, id) = (date.to_string(), id.to_string());
        // The box of a day may not have room for it.
        let view = if kind == DiaryKind::Month { DiaryKind::Day } else { kind }.as_str();
        return Ok(Nothing {
            title,
            words: "Next: ".to_owned(),
            href: with_query(&format!("/app/{slug}/calendar"), &[("date", &date), ("view", view), ("open", &id)]),
            link: format!("{day}, {time} — {service} with {staff}"),
        });
    }
    if store::is_anything_booked(tx).await? {
        let words = "Nothing is booked later either. New bookings appear here by themselves.".to_owned();
        return Ok(Nothing { title, words, ..Nothing::default() });
    }
    let words = "Nobody has booked yet. New bookings appear here by themselves.".to_owned();
    if !tx.allows(&CHANGE_DETAILS) || tx.org().set_up_at.is_some() {
        return Ok(Nothing { title, words, ..Nothing::default() });
    }
    Ok(Nothing {
        title,
        words: format!("{words} "),
        href: format!("/app/{slug}/welcome"),
        link: "See what is left to set up".to_owned(),
    })
}

fn midnight(date: Date, tz: &TimeZone) -> Result<Instant> {
    let midnight = date.to_zoned(tz.clone()).map_err(|_| AppError::internal())?;
    Ok(Instant::from_timestamp(midnight.timestamp()))
}

fn minute_of(at: &Zoned) -> i64 {
    i64::from(at.hour()) * 60 + i64::from(at.minute())
}
