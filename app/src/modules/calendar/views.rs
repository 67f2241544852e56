//! What the pages show: reads under one permission, and words it.

use jiff::{Timestamp, civil::Date};

use super::{
    BOOKINGS,
    asked::{self, Query},
    availability::{Availability, Viewer},
    booking,
    card::Card,
    format,
    ids::{AppointmentId, StaffId},
    managed,
    options::ServiceOptions,
    paying::{
        package_store as packages,
        packages::on_sale,
        rules,
        words::{self, Money},
    },
    permissions,
    public_pages::{self, Around},
    public_words,
    store::{self, Appointment, Hours, Service},
    structured,
    times::{self, HoldForm, Links},
    wire::{Business, BusinessPage, Chosen, ManagePage, ServiceCard, ServicePage, Times},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    org::{Actor, Org, OrgRef, OrgTx},
    packed::Inert,
    page_cache::Shows,
    platform::Platform,
    request,
    ui::with_query,
};

/// Which times a page asks for, as its address says.
#[derive(Debug, Clone, Default)]
pub struct TimesQuery {
    /// First day of the week, `2026-11-23`.
    pub from: Option<String>,
    /// Month of the picker, `2026-12`.
    pub month: Option<String>,
    /// IANA zone: its links keep it.
    pub zone: Option<String>,
    /// The zone that the browser says it is in, for an address that names none.
    pub browser_zone: Option<String>,
    /// The chosen start, UTC.
    pub start: Option<String>,
}

/// The business's public page.
///
/// # Errors
/// 404 for an unknown business, or one without the calendar.
pub async fn business(platform: &Platform, actor: &Actor, org: &str) -> Result<BusinessPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BROWSE, Access::Read).await?;
    let services = listed(&mut tx).await?;
    let hours = store::hours(&mut tx).await?;
    let team = !public_pages::members(store::staff(&mut tx).await?)?.is_empty();
    let packages = !on_sale(&mut tx, &services).await?.is_empty();
    let org = tx.org().clone();
    tx.rollback().await?;
    request::shows(Shows { org: org.id, sequence: org.sequence, until: Instant::from_timestamp(Timestamp::MAX) });
    let canonical = format!("{}/b/{}", platform.origin, org.slug);
    let business = business_view(&org);
    let (cards, categories) = (in_categories(&org, &services)?, public_pages::categories(&services)?);
    let around = Around { team, packages, hours: hours_lines(&hours) };
    Ok(BusinessPage {
        json_ld: structured::business(&platform.origin, &org, &services, &hours)?,
        card: Card::of_business(&org).address(&canonical),
        canonical,
        content: Inert::new(public_pages::business(&business, &cards, &categories, &around)),
        business,
    })
}

/// Where a service’s page is: its own, or the one that is shown inside another website.
pub fn service_address(org: &str, service: &str, framed: bool) -> String {
    if framed { format!("/b/{org}/embed/{service}") } else { format!("/b/{org}/{service}") }
}

/// A service's public page; `token` is that of the time that this visitor holds, if they do.
///
/// # Errors
/// 404 for an unknown business or service, and for one that is on no page without its word.
pub async fn service(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    slug: &str,
    query: &Query,
    token: &str,
) -> Result<ServicePage> {
    let mut notice = None;
    let mut choice = query.choice.clone().readable(&mut notice);
    let chooses = query.times.start.is_some();
    let (free, theirs, asks, org, now, used_up) = loop {
        let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BROWSE, Access::Read).await?;
        // What is held counts only where a time was chosen.
        let hold = if chooses { booking::own_hold(&tx, token) } else { None };
        let theirs = match hold {
            Some(hold) => store::hold(&mut tx, hold).await?,
            None => None,
        };
        let used_up = tx.is_used_up_for_clients(&BOOKINGS).await?;
        if !chooses {
            tx.last();
        }
        let read = Availability::load(&mut tx, &choice.wanted(slug, hold)).await;
        let read = read.and_then(|free| free.bookable(&choice.key));
        match read {
            Ok(free) => {
                let (org, now) = (tx.org().clone(), tx.now());
                let asks = if chooses { Some(Box::pin(asked_to_pay(&mut tx, &free)).await?) } else { None };
                tx.rollback().await?;
                break (free, theirs, asks, org, now, used_up);
            }
            // What isn't offered is left out, and the page says so.
            Err(error) if choice.without_what_is_refused(&error) => {
                notice.get_or_insert(error.fields.into_iter().next().map_or(error.message, |field| field.message));
            }
            Err(error) => return Err(error),
        }
        tx.rollback().await?;
    };
    if let Some(notice) = &notice {
        request::set_status(&AppError::new(Code::Invalid, notice.clone()));
    }
    let read = read_query(&query.times, &org.zone, &mut notice)?;
    let starts = free.all()?;
    if read.start.is_none() && !query.framed {
        // With a time chosen the page has a form, and the form a key of its own. A page inside another website has a policy of its own.
        request::shows(Shows { org: org.id, sequence: org.sequence, until: free.holds_until(&starts) });
    }
    if !used_up {
        note_beyond_window(&read, &free, &mut notice);
    }
    // Where the plan is used up nothing is offered that would be refused in the end.
    let chosen = read.start.filter(|_| !used_up).and_then(|start| match free.assign(start, None) {
        Ok(_) => {
            let theirs = theirs.filter(|hold| asked::is_for(hold, &free, start));
            let held = theirs.map(|hold| asked::held_until(hold.expires_at, &read.viewer.tz)).unwrap_or_default();
            let facts = asked::facts(&free, &choice, &org);
            Some(Chosen { held, facts, ..free.chosen(&read.viewer, start, fresh_key(now)) })
        }
        Err(error) => {
            notice = Some(error.message);
            None
        }
    });
    // What is held goes along, so that another time is held in its place.
    let held = (query.framed && !query.hold.is_empty()).then(|| ("hold", query.hold.clone()));
    let keep = read.keep_zone().into_iter().chain(choice.keep()).chain(held).collect();
    let path = service_address(&org.slug, &free.service.slug, query.framed);
    let form_of_times = HoldForm {
        org: org.slug.clone(),
        service: free.service.slug.clone(),
        token: request::forgery_token(),
        framed: query.framed,
    };
    let mut links = Links { path, keep, hold: Some(form_of_times), waitlist: None };
    // In another website’s page there is no way to the list.
    if free.options.waitlist && !query.framed {
        let from = read.from.map(|from| from.to_string()).unwrap_or_default();
        links.waitlist = Some(links.to("/waitlist", &[("from", &from)]));
    }
    let mut has_packages = false;
    let mut chosen = chosen;
    if let (Some(chosen), Some((due, packages))) = (&mut chosen, asks) {
        has_packages = packages;
        if let Some(due) = due {
            chosen.facts.extend(words::before_booking(&due));
            if !query.framed {
                request::leads_to_payments();
            }
        }
    }
    let is_settled = chosen.is_some() || used_up;
    let choices = if is_settled { String::new() } else { asked::choices(&free, &choice, &org, &links, read.from) };
    let mut times = times_of(&free, &starts, &read, is_settled, &links)?;
    if used_up {
        times.content = Inert::new(times::call_instead(&org.phone));
    }
    let mut form =
        read.start.filter(|_| !used_up).map(|_| asked::form(platform, &org, &free, &choice, has_packages, now));
    if let Some(form) = form.as_mut().filter(|_| query.framed) {
        let page = links.instead("start", query.times.start.as_deref().unwrap_or_default());
        let known = [("hold", query.hold.clone()), (request::PAGE_FIELD, page)];
        form.hidden.extend(known.map(|(name, value)| (name.to_owned(), value)));
    }
    let back = links.to("#times", &[("from", &read.from.map(|from| from.to_string()).unwrap_or_default())]);
    let canonical = format!("{}/b/{}/{}", platform.origin, org.slug, free.service.slug);
    // One that is on no page has no picture of its own either.
    let card = match free.options.secret {
        None => Card::of_service(&org, &free.service)?.address(&canonical),
        Some(_) => Card::of_business(&org).address(&format!("{}/b/{}", platform.origin, org.slug)),
    };
    Ok(ServicePage {
        json_ld: structured::service(&platform.origin, &org, &free.service, &free.options),
        card,
        canonical,
        service: service_card(&org, &free.service)?,
        choices: Inert::new(choices),
        times,
        chosen,
        form,
        back,
        notice,
        is_listed: free.options.secret.is_none(),
        business: business_view(&org),
    })
}

/// What a client pays when they book one of these, and whether there are packages for it.
async fn asked_to_pay(tx: &mut OrgTx, free: &Availability) -> Result<(Option<rules::Due>, bool)> {
    let due = rules::due(tx, free).await?;
    Ok((due, packages::has_any(tx, free.service.id).await?))
}

/// The page of a service with a time chosen, and all that was chosen before; inside another website with what is held.
pub fn chosen_address(org: &str, service: &str, query: &Query, start: &str) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let times = [("zone", part(&query.times.zone)), ("from", part(&query.times.from))];
    let mut path = service_address(org, service, query.framed);
    if !request::is_local_path(&path) {
        "/".clone_into(&mut path);
    }
    let choice = query.choice.keep();
    let held = if query.framed { query.hold.clone() } else { String::new() };
    let chosen = [("start", start.to_owned()), ("hold", held)];
    let pairs: Vec<_> =
        times.iter().chain(&choice).chain(&chosen).map(|(name, value)| (*name, value.as_str())).collect();
    with_query(&format!("{path}#chosen"), &pairs)
}

/// A client's own booking.
///
/// # Errors
/// 404 for a token that isn't ours; 410 for one that has expired.
pub async fn manage(platform: &Platform, token: &str, reschedule: bool, query: &TimesQuery) -> Result<ManagePage> {
    let (mut tx, id) = booking::open_own(platform, token, Access::Read).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that booking"))?;
    let keys = tx.keys().await?;
    let service =
        store::service(&mut tx, appointment.service_id).await?.ok_or_else(|| AppError::not_found("that service"))?;
    let org = tx.org().clone();
    let now = tx.now();
    let options = ServiceOptions::read(&service.options)?;
    let series = managed::series(&mut tx, &appointment).await?;
    let money = Money::of(&mut tx, id).await?;
    let is_paid = money.as_ref().is_some_and(|money| money.payment.is_paid());
    let policy = booking::Policy::of(&appointment, &service, &options, now).paid(is_paid);
    let by_package = words::by_package(packages::use_of(&mut tx, id).await?.as_ref());
    let mut notice = None;
    let mut query = query.clone();
    query.browser_zone = query.browser_zone.or_else(|| Some(appointment.client_zone.clone()));
    let read = read_query(&query, &org.zone, &mut notice)?;
    let (mut times, mut chosen) = (None, None);
    if reschedule && policy.may_move {
        let client = booking::client_of(&mut tx, &appointment).await?;
        let free = Availability::load(&mut tx, &booking::wanted_again(&appointment, &service, client)).await?;
        note_beyond_window(&read, &free, &mut notice);
        chosen = read.start.and_then(|start| match free.assign(start, None).and_then(|_| free.check_client(start)) {
            Ok(()) => Some(free.chosen(&read.viewer, start, String::new())),
            Err(error) => {
                notice = Some(error.message);
                None
            }
        });
        let keep = std::iter::once(("reschedule", "1".to_owned())).chain(read.keep_zone()).collect();
        let links = Links { path: format!("/manage/{token}"), keep, hold: None, waitlist: None };
        times = Some(times_of(&free, &free.all()?, &read, chosen.is_some(), &links)?);
    }
    tx.rollback().await?;
    let start = appointment.starts_at.timestamp();
    let minutes = minutes_of(&appointment);
    let standing = managed::standing(&appointment, &org, &read.viewer);
    let (change_words, late_words) =
        managed::policy_in_words(policy, &appointment, &service, &options, &org, &read.viewer.tz);
    let back = money.as_ref().map(|money| money.if_cancelled(&appointment, now)).unwrap_or_default();
    let mut facts = managed::facts(&keys, &appointment, &options, &org, &series, &read.viewer)?;
    facts.extend(money.iter().flat_map(|money| money.facts(&appointment, &org.name)));
    facts.extend(by_package);
    Ok(ManagePage {
        service: service_card(&org, &service)?,
        heading: standing.heading,
        words: sentences([standing.words, words::after(money.as_ref(), &appointment, &org.name)]),
        pay: Inert::new(words::way_to_pay(money.as_ref(), &appointment, token)),
        waits: standing.waits,
        when: read.viewer.when(start, minutes),
        zone_label: read.viewer.label_at(start),
        business_label: read.viewer.business_when(start, minutes),
        facts,
        client_name: booking::unseal(&keys, id, "client_name", &appointment.client_name)?,
        status: appointment.status(),
        address: format!("{}/manage/{token}", platform.origin),
        may_move: policy.may_move,
        may_cancel: policy.may_cancel,
        change_words,
        cancel_words: sentences([late_words, back]),
        version: appointment.version,
        times,
        chosen,
        notice,
        business: business_view(&org),
    })
}

/// Those that say something, one after the other.
fn sentences(parts: [String; 2]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The zone that the browser said it is in, if we know it: a small script on the page keeps it in a cookie.
///
/// # Errors
/// Only where there is no request.
pub async fn zone_of_browser() -> Result<Option<String>> {
    let zone = request::cookie("devalo_zone").await?;
    Ok(zone.filter(|zone| jiff::tz::TimeZone::get(zone).is_ok()))
}

/// Reads an appointment's id.
///
/// # Errors
/// 404: an id that can't be read is one that nobody has.
pub fn appointment_id(text: &str) -> Result<AppointmentId> {
    text.parse().map_err(|_| AppError::not_found("that appointment"))
}

/// Reads whom a client chose.
///
/// # Errors
/// 422 at `with`.
pub fn staff_choice(text: &str) -> Result<StaffId> {
    text.parse().map_err(|_| AppError::field("with", public_words::CHOOSE_SOMEBODY))
}

/// What is on the public pages: the services that can be booked without a word of their own.
///
/// # Errors
/// The database is busy.
pub async fn listed(tx: &mut OrgTx) -> Result<Vec<Service>> {
    let mut services = Vec::new();
    for service in store::active_services(tx).await? {
        if ServiceOptions::read(&service.options)?.secret.is_none() {
            services.push(service);
        }
    }
    Ok(services)
}

/// Reads a date.
///
/// # Errors
/// 422 at `date`.
pub fn parse_date(text: &str) -> Result<Date> {
    text.parse().map_err(|_| AppError::field("date", "Give the date as year-month-day, like 2026-11-23."))
}

/// A service in the words of the public pages.
///
/// # Errors
/// Its options can't be read.
pub fn service_card(org: &Org, service: &Service) -> Result<ServiceCard> {
    let options = ServiceOptions::read(&service.options)?;
    let (duration_label, price_label) = asked::labels(service, &options);
    Ok(ServiceCard {
        slug: service.slug.clone(),
        name: service.name.clone(),
        description: service.description.clone(),
        duration_label,
        price_label,
        category: options.category.trim().to_owned(),
        picture: super::service_pictures::shown(org, service.id, &options),
    })
}

/// In the business's order: those without a category first, then each category where its first service stands.
pub fn in_categories(org: &Org, services: &[Service]) -> Result<Vec<ServiceCard>> {
    let cards = services.iter().map(|service| service_card(org, service)).collect::<Result<Vec<_>>>()?;
    let mut categories = vec![String::new()];
    for card in &cards {
        if !categories.contains(&card.category) {
            categories.push(card.category.clone());
        }
    }
    let place = |card: &ServiceCard| categories.iter().position(|category| *category == card.category);
    let mut sorted = cards.clone();
    sorted.sort_by_key(place);
    Ok(sorted)
}

/// The business as the public sees it.
pub fn business_view(org: &Org) -> Business {
    Business {
        slug: org.slug.clone(),
        name: org.name.clone(),
        description: org.description.clone(),
        phone: org.phone.clone(),
        address: org.address.clone(),
        zone: org.zone.clone(),
        look: crate::settings::look::of(org),
    }
}

struct ReadQuery {
    viewer: Viewer,
    /// The address named the zone.
    named_zone: bool,
    from: Option<Date>,
    month: Option<Date>,
    start: Option<Timestamp>,
}

impl ReadQuery {
    /// For links: the zone that is shown, and not whatever the address says.
    fn keep_zone(&self) -> Vec<(&'static str, String)> {
        if self.named_zone { vec![("zone", self.viewer.name.clone())] } else { Vec::new() }
    }
}

/// The times for a page; only their zone where one of them was chosen.
fn times_of(
    free: &Availability,
    starts: &[Timestamp],
    read: &ReadQuery,
    is_chosen: bool,
    links: &Links,
) -> Result<Times> {
    let viewer = &read.viewer;
    let (mut content, mut left) = (String::new(), Vec::new());
    if !is_chosen {
        let shown = free.times(starts, viewer, read.from, read.month)?;
        let seats = free.options.is_shared().then_some(free);
        content = times::markup(&shown, viewer, links, seats);
        if read.start.is_some() {
            left = times::choices(&shown, viewer);
        }
    }
    Ok(Times { zone: viewer.name.clone(), zone_label: viewer.label_at(free.now()), content: Inert::new(content), left })
}

/// Reads a page's query. What can't be read is left out, said in a notice, and the page's status is 422: the page still
/// shows what it can.
fn read_query(query: &TimesQuery, business_zone: &str, notice: &mut Option<String>) -> Result<ReadQuery> {
    let mut refuse = |message: String| {
        let error = AppError::new(Code::Invalid, message);
        request::set_status(&error);
        notice.get_or_insert(error.message);
    };
    let asked = query.zone.as_deref().filter(|zone| !zone.is_empty());
    let viewer = match Viewer::new(asked.or(query.browser_zone.as_deref()), business_zone) {
        Ok(viewer) => viewer,
        Err(error) => {
            refuse(error.field_message("zone").unwrap_or(&error.message).to_owned());
            Viewer::new(None, business_zone)?
        }
    };
    let from = query
        .from
        .as_deref()
        .and_then(|text| text.parse().map_err(|_| refuse(public_words::NO_SUCH_DATE.to_owned())).ok());
    let month = query
        .month
        .as_deref()
        .and_then(|text| format!("{text}-01").parse().map_err(|_| refuse(public_words::NO_SUCH_MONTH.to_owned())).ok());
    let start = query
        .start
        .as_deref()
        .and_then(|text| booking::parse_start(text).map_err(|_| refuse(public_words::NO_SUCH_TIME.to_owned())).ok());
    Ok(ReadQuery { viewer, named_zone: asked.is_some(), from, month, start })
}

fn note_beyond_window(read: &ReadQuery, free: &Availability, notice: &mut Option<String>) {
    let last = free.last_day();
    if read.from.is_some_and(|from| from > last) {
        notice.get_or_insert(public_words::bookings_are_open_until(&format::day_and_year(last)));
    }
}

/// A form’s idempotency key that no other has.
pub fn fresh_key(now: Instant) -> String {
    crate::ids::fresh(now).simple().to_string()
}

/// How long it is, in minutes.
pub fn minutes_of(appointment: &Appointment) -> i64 {
    (appointment.ends_at.micros() - appointment.starts_at.micros()) / 60_000_000
}

/// Seven lines, Monday first: when at least one person works. None where nobody has hours yet: such a business isn’t closed all week.
fn hours_lines(hours: &[Hours]) -> Vec<(&'static str, String)> {
    // As they are stored, where the week begins on Sunday.
    const DAYS: [i64; 7] = [1, 2, 3, 4, 5, 6, 0];
    if hours.is_empty() {
        return Vec::new();
    }
    DAYS.into_iter()
        .zip(public_words::WEEKDAYS)
        .map(|(weekday, day)| {
            let windows = opening(hours, weekday);
            let text = windows
                .iter()
                .map(|(from, until)| format!("{} – {}", format::minute_of_day(*from), format::minute_of_day(*until)))
                .collect::<Vec<_>>()
                .join(", ");
            (day, if text.is_empty() { public_words::CLOSED.to_owned() } else { text })
        })
        .collect()
}

/// The union of everybody's hours on a weekday.
pub fn opening(hours: &[Hours], weekday: i64) -> Vec<(i64, i64)> {
    let mut windows: Vec<(i64, i64)> = hours
        .iter()
        .filter(|window| window.weekday == weekday)
        .map(|window| (window.start_minute, window.end_minute))
        .collect();
    windows.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (from, until) in windows {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}
