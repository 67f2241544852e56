//! The waitlist: who finds no time of a service that suits says on which days one would, and is offered what comes free there, the first
//! in line first ([`super::offering`]). What is offered is theirs alone for a quarter of an hour: to book, or to let go.

use std::collections::HashSet;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{
    answers::Given,
    asked,
    availability::{Availability, Viewer, Wanted},
    booking::{self, Source},
    client::{self, Details, Needs, Told},
    format,
    ids::{AppointmentId, HoldId, ServiceId, StaffId, WaitlistId},
    letters,
    offering::{self, Offerable},
    options::{LocationKind, ServiceOptions},
    paying::settle,
    permissions, public_words,
    store::{self, Waiting},
};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    crypto::{DataKeys, Place},
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    ids::OrgId,
    links::{LinkError, Purpose},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// What is offered is theirs for so long: 15 minutes.
pub const OFFER_SECONDS: i64 = 15 * 60;
/// Whoever doesn’t wait any more is forgotten so long after: 30 days.
pub const FORGOTTEN_SECONDS: i64 = 30 * 24 * 60 * 60;
/// From the first day to the last are so many days at most.
const MOST_DAYS: i64 = 60;
/// At first the form asks about so many days.
pub const USUAL_DAYS: i64 = 14;
/// One address is on a business’s waitlist so often at most.
const MOST_OF_AN_EMAIL: usize = 5;
/// So many wait for one service at most.
const MOST_OF_A_SERVICE: i64 = 500;
/// So many who wait are listed, …
const MOST_LISTED: i64 = 500;
/// … and so many who don’t any more.
const MOST_WAITED: i64 = 100;
const TABLE: &str = "calendar_waitlist";
/// Before a start that was let go.
const LET_GO: char = '~';

/// The days of a week: as forms and programs say them, and as people do.
pub const WEEKDAYS: [(&str, &str); 7] = [
    ("mon", public_words::WEEKDAYS[0]),
    ("tue", public_words::WEEKDAYS[1]),
    ("wed", public_words::WEEKDAYS[2]),
    ("thu", public_words::WEEKDAYS[3]),
    ("fri", public_words::WEEKDAYS[4]),
    ("sat", public_words::WEEKDAYS[5]),
    ("sun", public_words::WEEKDAYS[6]),
];

/// The parts of a day, likewise; each begins where the one before ends.
pub const DAY_PARTS: [(&str, &str); 3] =
    [("morning", public_words::MORNING), ("afternoon", public_words::AFTERNOON), ("evening", public_words::EVENING)];
const AFTERNOON: i8 = 12;
const EVENING: i8 = 17;

/// What somebody wants who joins.
#[derive(Debug, Clone, Default)]
pub struct Joining {
    /// The service’s word in its address.
    pub service: String,
    /// How long, in minutes, where it isn’t the service’s own length.
    pub length: Option<i64>,
    /// With whom; `None`: whoever is free.
    pub with: Option<StaffId>,
    /// Where, by the location’s id; empty: the first.
    pub location: String,
    /// How many seats; 0 is 1.
    pub seats: i64,
    /// The word of a service that is on no page.
    pub secret: String,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// Their phone; may be empty.
    pub phone: String,
    /// Their zone; empty: the business’s.
    pub zone: String,
    /// The first day that suits, `2026-11-23`.
    pub from: String,
    /// The last one.
    pub until: String,
    /// The words of [`WEEKDAYS`] that suit; none: all.
    pub weekdays: Vec<String>,
    /// The words of [`DAY_PARTS`] that suit; none: all.
    pub day_parts: Vec<String>,
    /// Whose form it was sent with, and of which service; `None`: none of ours.
    pub form: Option<(OrgId, ServiceId)>,
}

/// What a service asks of whoever books what they are offered, beyond what they told when they joined.
#[derive(Debug, Clone, Default)]
pub struct Taking {
    /// What was answered.
    pub answers: Given,
    /// They accept the terms.
    pub accepts: bool,
    /// Their address, where it takes place there.
    pub place: String,
    /// Anything that they want to say.
    pub notes: String,
    /// The code of a package that pays for it; empty: none does.
    pub package: String,
}

/// What came of taking an offer.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The token of the booking’s private link.
    pub token: String,
    /// They have to pay: the time is kept meanwhile, at `/manage/{token}/pay`.
    pub unpaid: bool,
}

/// Where somebody stands on the waitlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They wait.
    Waits,
    /// A time is theirs for now.
    Offered(Offer),
    /// They booked what they were offered.
    Booked(AppointmentId),
    /// They left.
    Left,
    /// The business took them off.
    Removed,
    /// Their days are over.
    Lapsed,
}

/// A time that somebody is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The hold that keeps it.
    pub hold: HoldId,
    /// When it begins.
    pub starts_at: Instant,
    /// Until when it is theirs.
    pub expires_at: Instant,
}

/// Who waits, in words that can be read.
#[derive(Debug, Clone)]
pub struct Person {
    /// What is stored of them.
    pub row: Waiting,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// Their phone; may be empty.
    pub phone: String,
}

/// A business’s waitlist.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Those who wait, the first in line first.
    pub waiting: Vec<Person>,
    /// How many there are.
    pub count: i64,
    /// Those who don’t wait any more, the last first.
    pub waited: Vec<Person>,
    /// What services are called.
    pub services: Vec<(ServiceId, String)>,
    /// Whoever asks may take somebody off.
    pub may_change: bool,
    /// The business’s zone.
    pub tz: TimeZone,
    /// When it was read.
    pub now: Instant,
}

/// Puts somebody at the end of the line, and writes to them with their private link. Whoever is on the list for any of these days already
/// stays where they are, and hears the same: nobody finds out who waits.
///
/// # Errors
/// 422 at each field that is wrong; 404 for an unknown business or service; 409 where the service has no waitlist, or it is full; 429 for
/// a place on the network that does this again and again.
pub async fn join(platform: &Platform, actor: &Actor, org: &str, joining: &Joining) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Read).await?;
    let sequence = tx.org().sequence;
    let wanted = Wanted {
        service: &joining.service,
        length: joining.length,
        location: &joining.location,
        with: joining.with,
        seats: joining.seats,
        secret: &joining.secret,
        ..Wanted::default()
    };
    let free = Availability::load(&mut tx, &wanted).await?.bookable(&joining.secret)?;
    if joining.form.is_some_and(|form| form != (tx.id(), free.service.id)) {
        return Err(asked::by_a_program());
    }
    let zone = tx.org().zone.clone();
    tx.rollback().await?;
    if !free.options.waitlist {
        return Err(AppError::conflict("This service has no waitlist. Please choose one of the times on offer."));
    }
    let Checked { details, viewer, from, until, weekdays, day_parts } = check(joining, &free, &zone)?;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Write).await?;
    let (keys, now) = (tx.keys().await?, tx.now());
    let id = WaitlistId::new(now);
    if let Some(address) = booking::origin(&tx, &keys) {
        booking::check_origin(&mut tx, &address, 1).await?;
        store::insert_origin(&mut tx, id.0, &address, 1).await?;
    }
    let indexes = client::indexes(&keys, &details);
    let email_index = indexes.email.ok_or_else(AppError::internal)?;
    let theirs = store::waits_for(&mut tx, &email_index).await?;
    let days = (from.to_string(), until.to_string());
    let overlaps = |(service, from, until): &(ServiceId, String, String)| {
        *service == free.service.id && *from <= days.1 && *until >= days.0
    };
    if theirs.len() >= MOST_OF_AN_EMAIL || theirs.iter().any(overlaps) {
        return tx.commit().await;
    }
    let (count, _) = store::count_waiting(&mut tx, free.service.id, now).await?;
    if count >= MOST_OF_A_SERVICE {
        return Err(AppError::conflict("Very many wait for this already. Please look in again later, or call us."));
    }
    let seal = |column, text: &str| keys.seal(place(id, column), text);
    let mut waiting = Waiting {
        id,
        service_id: free.service.id,
        minutes: joining.length.filter(|minutes| *minutes != free.service.duration_minutes),
        staff_id: joining.with,
        location: free.location.clone(),
        seats: free.seats,
        from_date: days.0,
        until_date: days.1,
        weekdays,
        day_parts,
        client_name: seal("client_name", &details.name),
        client_email: seal("client_email", &details.email),
        client_email_index: email_index,
        client_phone: seal("client_phone", &details.phone),
        client_phone_index: indexes.phone,
        client_zone: viewer.name.clone(),
        passed: String::new(),
        status: "waiting".to_owned(),
        offers: 0,
        offer_id: None,
        offer_starts_at: None,
        offer_expires_at: None,
        appointment_id: None,
        joined_at: now,
        lapses_at: end_of(until, &viewer.tz)?,
        ended_at: None,
    };
    // They have seen what is free now, and it doesn’t suit.
    let passed: Vec<String> = free
        .all()?
        .into_iter()
        .filter(|start| waiting.suits(*start, &viewer.tz))
        .map(|start| minute(start).to_string())
        .collect();
    waiting.passed = passed.join(" ");
    store::insert_waiting(&mut tx, &waiting).await?;
    store::look_from(&mut tx, sequence, waiting.lapses_at).await?;
    let person = open_person(&keys, waiting)?;
    letters::waitlist::joined(&mut tx, &person, &free.service.name).await?;
    tx.commit().await
}

/// Opens the organisation that a private link belongs to, with its one place on the waitlist.
///
/// # Errors
/// 404 for a token that isn’t ours; 410 for one that has expired, or whose place is forgotten.
pub async fn open_own(platform: &Platform, token: &str, access: Access) -> Result<(OrgTx, Person)> {
    let now = platform.clock.now().timestamp().as_second();
    let link = platform.links.verify(Purpose::Waitlist, token, now).map_err(|error| match error {
        LinkError::Expired => gone(),
        _ => AppError::not_found("that place on the waitlist"),
    })?;
    let org = OrgRef::Id(OrgId(link.org));
    let mut tx = OrgTx::open(platform, &Actor::Link(link), org, &permissions::MANAGE_OWN, access).await?;
    let row = store::waiting(&mut tx, WaitlistId(link.subject)).await?.ok_or_else(gone)?;
    let keys = tx.keys().await?;
    Ok((tx, open_person(&keys, row)?))
}

/// The token of somebody’s private link.
pub fn link(platform: &Platform, org: OrgId, waiting: &Waiting) -> String {
    let expires = waiting.lapses_at.plus_seconds(FORGOTTEN_SECONDS).timestamp().as_second();
    platform.links.sign(Purpose::Waitlist, org.0, waiting.id.0, expires)
}

/// Books what somebody is offered, with what they told when they joined. Pressed twice it is booked once. Where the service asks for
/// a payment they pay as whoever books; who doesn’t in time has had their offer, and the time goes to the next in line.
///
/// # Errors
/// As [`booking::book`]; 409 where the offer has ended.
pub async fn take(platform: &Platform, token: &str, taking: Taking) -> Result<Taken> {
    let (mut tx, person) = open_own(platform, token, Access::Read).await?;
    let (org, slug, now) = (tx.id(), tx.org().slug.clone(), tx.now());
    let offer = match person.row.standing(now) {
        Standing::Offered(offer) => offer,
        Standing::Booked(id) => {
            let appointment = store::appointment(&mut tx, id).await?.ok_or_else(offer_ended)?;
            tx.rollback().await?;
            let token = booking::link(platform, org, id, appointment.ends_at);
            return Ok(Taken { token, unpaid: settle::waits(&appointment) });
        }
        Standing::Waits | Standing::Left | Standing::Removed | Standing::Lapsed => return Err(offer_ended()),
    };
    let service = booking::service_of(&mut tx, person.row.service_id).await?;
    tx.rollback().await?;
    let options = ServiceOptions::read(&service.options)?;
    let Person { row, name, email, phone } = person;
    let Taking { answers, accepts, place, notes, package } = taking;
    let expires = offer.expires_at.timestamp().as_second();
    let request = booking::Request {
        service: service.slug,
        start: offer.starts_at.timestamp().to_string(),
        zone: row.client_zone,
        key: format!("waitlist-{}", offer.hold),
        name,
        email,
        phone,
        notes,
        length: row.minutes,
        with: row.staff_id,
        location: row.location,
        place,
        seats: row.seats,
        answers,
        accepts,
        hold: platform.links.sign(Purpose::Hold, org.0, offer.hold.0, expires),
        secret: options.secret.unwrap_or_default(),
        package,
        ..booking::Request::default()
    };
    let source = Source::Waitlist { place: row.id, offer: offer.hold };
    let booked = booking::book(platform, &Actor::Anonymous, &slug, &request, source).await?;
    Ok(Taken { token: booked.token, unpaid: booked.unpaid })
}

/// Lets go of what somebody is offered: they wait on, and the next in line is asked. Letting go of what isn’t theirs any more is no
/// mistake.
///
/// # Errors
/// As [`open_own`].
pub async fn decline(platform: &Platform, token: &str) -> Result<()> {
    let (mut tx, person) = open_own(platform, token, Access::Write).await?;
    let row = person.row;
    let (Some(offer), Some(start)) = (row.offer_id, row.offer_starts_at) else { return tx.rollback().await };
    store::end_offer(&mut tx, row.id, offer, &passed_with(&row.passed, start)).await?;
    free(&mut tx, offer).await?;
    tx.commit().await
}

/// Takes oneself off the list; what is offered goes to the next in line.
///
/// # Errors
/// As [`open_own`].
pub async fn leave(platform: &Platform, token: &str) -> Result<()> {
    let (mut tx, person) = open_own(platform, token, Access::Write).await?;
    store::end_waiting(&mut tx, person.row.id, "left").await?;
    if let Some(offer) = person.row.offer_id {
        free(&mut tx, offer).await?;
    }
    tx.commit().await
}

/// The waitlist, for the business. That clients’ details were read is written down.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<Listed> {
    let need = &permissions::VIEW_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Read).await?;
    let keys = tx.keys().await?;
    let open = |rows: Vec<Waiting>| rows.into_iter().map(|row| open_person(&keys, row)).collect::<Result<Vec<_>>>();
    let waiting = open(store::in_line(&mut tx, MOST_LISTED).await?)?;
    let waited = open(store::waited(&mut tx, MOST_WAITED).await?)?;
    let count = store::count_in_line(&mut tx).await?;
    let services = store::services(&mut tx).await?.into_iter().map(|service| (service.id, service.name)).collect();
    let may_change = tx.allows(&permissions::CHANGE_APPOINTMENTS);
    let (tz, now, id) = (super::availability::zone(&tx.org().zone)?, tx.now(), tx.id().0);
    let detail = Detail::default().with("clients", "waitlist");
    audit::end_reading(tx, actor, need, "calendar.clients_read", id, detail).await?;
    Ok(Listed { waiting, count, waited, services, may_change, tz, now })
}

/// What somebody who waits can be offered now, with the business’s zone. That their details were read is written down.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for somebody who isn’t on the list.
pub async fn offerable(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<(Offerable, TimeZone)> {
    let need = &permissions::CHANGE_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Read).await?;
    let found = offering::offerable(&mut tx, id).await?;
    let tz = super::availability::zone(&tx.org().zone)?;
    let (subject, detail) = (found.person.row.id.0, Detail::default().with("clients", "one"));
    audit::end_reading(tx, actor, need, "calendar.clients_read", subject, detail).await?;
    Ok((found, tz))
}

/// The business takes somebody off its list; what they are offered goes to the next in line.
///
/// # Errors
/// 404 for somebody who isn’t on it (any more).
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let need = &permissions::CHANGE_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Write).await?;
    let nobody = || AppError::not_found("that place on the waitlist");
    let id: WaitlistId = id.parse().map_err(|_| nobody())?;
    let row = store::waiting(&mut tx, id).await?.ok_or_else(nobody)?;
    if store::end_waiting(&mut tx, id, "removed").await? == 0 {
        return Err(nobody());
    }
    if let Some(offer) = row.offer_id {
        free(&mut tx, offer).await?;
    }
    tx.emit("calendar.waitlist_removed", id.0).await?;
    tx.commit().await
}

/// Forgets whoever has one of these addresses, in the transaction in which a client is erased.
///
/// # Errors
/// The database is busy.
pub async fn erase(tx: &mut OrgTx, keys: &DataKeys, email: &str) -> Result<()> {
    for row in of_email(tx, keys, email).await? {
        store::delete_waiting(tx, row.id).await?;
        if let Some(offer) = row.offer_id {
            free(tx, offer).await?;
        }
    }
    Ok(())
}

/// What is on the waitlist under an address.
///
/// # Errors
/// The database is busy.
pub async fn of_email(tx: &mut OrgTx, keys: &DataKeys, email: &str) -> Result<Vec<Waiting>> {
    let details = Details { email: email.to_owned(), ..Details::default() };
    match client::indexes(keys, &details).email {
        Some(index) => Ok(store::waiting_by_email(tx, &index).await?),
        None => Ok(Vec::new()),
    }
}

/// Opens what is sealed of somebody.
///
/// # Errors
/// The key that sealed it isn’t there.
pub fn open_person(keys: &DataKeys, row: Waiting) -> Result<Person> {
    let open = |column, sealed: &[u8]| {
        keys.open(place(row.id, column), sealed).map_err(|error| {
            tracing::error!(%error, id = %row.id, column, "a sealed field can’t be read");
            AppError::internal()
        })
    };
    Ok(Person {
        name: open("client_name", &row.client_name)?,
        email: open("client_email", &row.client_email)?,
        phone: open("client_phone", &row.client_phone)?,
        row,
    })
}

/// 409 where a time isn’t theirs any more.
pub fn offer_ended() -> AppError {
    AppError::conflict(
        "This offer has ended, so the time isn’t kept for you any more. You are still in line for the next.",
    )
}

/// What isn’t offered to somebody, with one more start that they let go of.
pub fn passed_with(passed: &str, start: Instant) -> String {
    format!("{passed} {LET_GO}{}", minute(start.timestamp())).trim().to_owned()
}

/// The starts that aren’t offered to somebody.
pub struct Passed {
    /// Those that were free when they joined.
    seen: HashSet<i64>,
    let_go: Vec<i64>,
}

impl Passed {
    /// Whether it isn’t offered: it was free when they joined, or they let go of a time of so many minutes that it shares a part of.
    pub fn has(&self, start: Timestamp, minutes: i64) -> bool {
        let at = minute(start);
        self.seen.contains(&at) || self.let_go.iter().any(|gone| (gone - at).abs() < minutes)
    }
}

impl Waiting {
    /// Where they stand.
    pub fn standing(&self, now: Instant) -> Standing {
        match (self.status.as_str(), self.offer_id, self.offer_starts_at, self.offer_expires_at, self.appointment_id) {
            ("offered", Some(hold), Some(starts_at), Some(expires_at), _) if expires_at > now => {
                Standing::Offered(Offer { hold, starts_at, expires_at })
            }
            ("booked", .., Some(appointment)) => Standing::Booked(appointment),
            ("left", ..) => Standing::Left,
            ("removed", ..) => Standing::Removed,
            ("lapsed", ..) => Standing::Lapsed,
            _ => Standing::Waits,
        }
    }

    /// Their zone.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.client_zone).unwrap_or(TimeZone::UTC)
    }

    /// A start is on one of their days, and in a part of it that suits, on their clock.
    pub fn suits(&self, start: Timestamp, tz: &TimeZone) -> bool {
        let there = start.to_zoned(tz.clone());
        let date = there.date().to_string();
        let weekday = 1 << there.weekday().to_monday_zero_offset();
        let part = match there.hour() {
            hour if hour < AFTERNOON => 0,
            hour if hour < EVENING => 1,
            _ => 2,
        };
        self.from_date <= date
            && date <= self.until_date
            && self.weekdays & weekday != 0
            && self.day_parts & (1 << part) != 0
    }

    /// The starts that aren’t offered to them.
    pub fn passed(&self) -> Passed {
        let (let_go, seen): (Vec<_>, Vec<_>) =
            self.passed.split_ascii_whitespace().partition(|word| word.starts_with(LET_GO));
        let let_go = let_go.into_iter().filter_map(|word| word.strip_prefix(LET_GO)?.parse().ok()).collect();
        Passed { seen: seen.into_iter().filter_map(|word| word.parse().ok()).collect(), let_go }
    }

    /// "Monday 23 November 2026 to Friday 27 November 2026", with that word between; a single day stands alone.
    pub fn days_in_words(&self, between: &str) -> String {
        let day = |text: &str| text.parse().map_or_else(|_| text.to_owned(), format::day_and_year);
        let (from, until) = (day(&self.from_date), day(&self.until_date));
        if from == until { from } else { format!("{from} {between} {until}") }
    }

    /// What they want of a service.
    pub fn wanted<'a>(&'a self, service: &'a store::Service, options: &'a ServiceOptions) -> Wanted<'a> {
        Wanted {
            service: &service.slug,
            length: self.minutes,
            location: &self.location,
            with: self.staff_id,
            seats: self.seats,
            secret: options.secret.as_deref().unwrap_or_default(),
            ..Wanted::default()
        }
    }

    /// Their weekdays, as programs say them; none: all.
    pub fn weekday_words(&self) -> Vec<&'static str> {
        chosen_of(self.weekdays, &WEEKDAYS).map(|(word, _)| word).collect()
    }

    /// The parts of a day that suit them, likewise.
    pub fn day_part_words(&self) -> Vec<&'static str> {
        chosen_of(self.day_parts, &DAY_PARTS).map(|(word, _)| word).collect()
    }

    /// "Mondays and Tuesdays, in the morning"; empty where any suits.
    pub fn in_words(&self) -> String {
        let all = |bits: i64, count: usize| bits == (1 << count) - 1;
        let mut parts = Vec::new();
        if !all(self.weekdays, WEEKDAYS.len()) {
            parts.push(listed(chosen_of(self.weekdays, &WEEKDAYS).map(|(_, label)| format!("{label}s")).collect()));
        }
        if !all(self.day_parts, DAY_PARTS.len()) {
            let words = chosen_of(self.day_parts, &DAY_PARTS).map(|(word, _)| word.to_owned()).collect();
            parts.push(format!("in the {}", listed(words)));
        }
        parts.join(", ")
    }
}

/// A start as [`Waiting::passed`] has it.
pub fn minute(start: Timestamp) -> i64 {
    start.as_second().div_euclid(60)
}

struct Checked {
    details: Details,
    viewer: Viewer,
    from: Date,
    until: Date,
    weekdays: i64,
    day_parts: i64,
}

fn check(joining: &Joining, free: &Availability, business_zone: &str) -> Result<Checked> {
    let mut errors = FieldErrors::default();
    let calls = free.options.place(&joining.location).map(|place| place.kind) == Some(LocationKind::PhoneOut);
    let needs = if calls { Needs::EmailAndPhone } else { Needs::Email };
    let told = Told { name: &joining.name, email: &joining.email, phone: &joining.phone, notes: "" };
    let details = client::check(told, needs, &mut errors);
    let viewer = match Viewer::new(Some(&joining.zone), business_zone) {
        Ok(viewer) => viewer,
        Err(error) => {
            let words = error.field_message("zone").unwrap_or(&error.message).to_owned();
            errors.add("zone", words);
            Viewer::new(None, business_zone)?
        }
    };
    let mut date = |field: &str, text: &str| {
        let read = text.trim().parse::<Date>();
        read.map_err(|_| errors.add(field, "Choose a day.")).ok()
    };
    let days = date("from", &joining.from).zip(date("until", &joining.until));
    let weekdays = bits("weekdays", &joining.weekdays, &WEEKDAYS, &mut errors);
    let day_parts = bits("day_parts", &joining.day_parts, &DAY_PARTS, &mut errors);
    if let Some((from, until)) = days {
        check_days(from, until, weekdays, free, &viewer, &mut errors);
    }
    errors.finish()?;
    let (from, until) = days.ok_or_else(AppError::internal)?;
    Ok(Checked { details, viewer, from, until, weekdays, day_parts })
}

fn check_days(from: Date, until: Date, weekdays: i64, free: &Availability, viewer: &Viewer, errors: &mut FieldErrors) {
    let today = free.now().to_zoned(viewer.tz.clone()).date();
    let last = free.last_day();
    if from < today {
        errors.add("from", "Choose today or a later day.");
    } else if until < from {
        errors.add("until", "Choose the same day or a later one.");
    } else if until > last {
        errors.add("until", format!("Bookings are open until {}.", format::day_and_year(last)));
    } else if until >= from.saturating_add(MOST_DAYS.days()) {
        errors.add("until", format!("Choose at most {MOST_DAYS} days."));
    } else if !from
        .series(1.day())
        .take_while(|date| *date <= until)
        .any(|date| weekdays & (1 << date.weekday().to_monday_zero_offset()) != 0)
    {
        errors.add("weekdays", "None of these is between your first and your last day.");
    }
}

/// The bits of what was chosen; of nothing all.
fn bits(field: &str, chosen: &[String], all: &[(&str, &str)], errors: &mut FieldErrors) -> i64 {
    let mut bits = 0;
    for word in chosen.iter().filter(|word| !word.is_empty()) {
        match all.iter().position(|(known, _)| known == word) {
            Some(place) => bits |= 1 << place,
            None => errors.add(field, "Choose among these."),
        }
    }
    if bits == 0 { (1 << all.len()) - 1 } else { bits }
}

fn chosen_of<'a>(
    bits: i64,
    all: &'a [(&'static str, &'static str)],
) -> impl Iterator<Item = (&'static str, &'static str)> + 'a {
    all.iter().copied().enumerate().filter(move |(place, _)| bits & (1 << place) != 0).map(|(_, one)| one)
}

/// "Mondays, Tuesdays or Fridays"
fn listed(mut words: Vec<String>) -> String {
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}

/// What a hold kept is free.
async fn free(tx: &mut OrgTx, offer: HoldId) -> Result<()> {
    if store::delete_hold(tx, offer).await? > 0 {
        tx.emit("calendar.hold_ended", offer.0).await?;
    }
    Ok(())
}

/// When a day is over.
fn end_of(date: Date, tz: &TimeZone) -> Result<Instant> {
    let next = date.saturating_add(1.day()).to_zoned(tz.clone());
    let midnight = next.map_err(|_| AppError::field("until", "Choose an earlier day."))?;
    Ok(Instant::from_timestamp(midnight.timestamp()))
}

fn place(id: WaitlistId, column: &'static str) -> Place {
    Place { table: TABLE, column, row: id.0 }
}

fn gone() -> AppError {
    AppError::new(
        Code::Gone,
        "This place on the waitlist has ended. You are welcome to join again on the business’s page.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(from: &str, until: &str, weekdays: i64, day_parts: i64) -> Waiting {
        let now = Instant::from_timestamp(Timestamp::UNIX_EPOCH);
        Waiting {
            id: WaitlistId::new(now),
            service_id: ServiceId::new(now),
            minutes: None,
            staff_id: None,
            location: String::new(),
            seats: 1,
            from_date: from.to_owned(),
            until_date: until.to_owned(),
            weekdays,
            day_parts,
            client_name: Vec::new(),
            client_email: Vec::new(),
            client_email_index: Vec::new(),
            client_phone: Vec::new(),
            client_phone_index: None,
            client_zone: "Australia/Perth".to_owned(),
            passed: String::new(),
            status: "waiting".to_owned(),
            offers: 0,
            offer_id: None,
            offer_starts_at: None,
            offer_expires_at: None,
            appointment_id: None,
            joined_at: now,
            lapses_at: now,
            ended_at: None,
        }
    }

    #[test]
    fn days_and_their_parts_are_on_the_clients_clock() {
        // Monday 23 November, 7 am in Perth.
        let start: Timestamp = "2026-11-22T23:00:00Z".parse().expect("an instant");
        let perth = TimeZone::get("Australia/Perth").expect("a zone");
        let suits =
            |from: &str, until: &str, weekdays, parts| waiting(from, until, weekdays, parts).suits(start, &perth);
        assert!(suits("2026-11-23", "2026-11-23", 1, 1));
        assert!(!suits("2026-11-22", "2026-11-22", 127, 7), "the day before");
        assert!(!suits("2026-11-24", "2026-11-30", 127, 7), "the days after");
        assert!(!suits("2026-11-20", "2026-11-30", 0b110_0000, 7), "a weekday");
        assert!(!suits("2026-11-20", "2026-11-30", 127, 0b110), "in the morning");
    }

    #[test]
    fn what_suits_is_said_in_words() {
        assert_eq!(waiting("2026-11-23", "2026-11-23", 127, 7).in_words(), "");
        assert_eq!(waiting("2026-11-23", "2026-11-23", 0b11, 7).in_words(), "Mondays or Tuesdays");
        assert_eq!(
            waiting("2026-11-23", "2026-11-23", 0b10_0101, 0b101).in_words(),
            "Mondays, Wednesdays or Saturdays, in the morning or evening"
        );
    }

    #[test]
    fn a_start_that_was_let_go_is_known_again() {
        let start = Instant::from_timestamp("2026-11-22T23:00:00Z".parse().expect("an instant"));
        let mut one = waiting("2026-11-23", "2026-11-23", 127, 7);
        one.passed = passed_with(&passed_with("", start), start.plus_seconds(900));
        let (first, minutes) = (start.timestamp(), |minutes: i64| start.plus_seconds(minutes * 60).timestamp());
        assert!(one.passed().has(first, 30) && one.passed().has(minutes(15), 30));
        assert!(one.passed().has(minutes(-20), 30) && one.passed().has(minutes(44), 30), "a part of it is the same");
        assert!(!one.passed().has(minutes(-30), 30) && !one.passed().has(minutes(45), 30));
        one.passed = minute(first).to_string();
        assert!(
            one.passed().has(first, 30) && !one.passed().has(minutes(15), 30),
            "what was free before is known by its start"
        );
    }
}
