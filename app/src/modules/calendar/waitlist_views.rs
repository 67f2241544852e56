//! What the pages of the waitlist show.

use jiff::ToSpan;

use super::{
    asked::{self, Query},
    availability::{Availability, Viewer},
    booking, format,
    options::{LocationKind, ServiceOptions},
    paying::{package_store as packages, rules, words as money},
    permissions, public_words,
    store::{self, Service},
    times::Links,
    views,
    waitlist::{self, Person, Standing, USUAL_DAYS},
    wire::{Ask, Business, ServiceCard},
};
use crate::{
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    request,
};

/// `/b/{org}/{service}/waitlist`.
#[derive(Debug)]
pub struct JoinPage {
    /// The business.
    pub business: Business,
    /// For what one waits.
    pub service: ServiceCard,
    /// What was chosen before, in words.
    pub facts: Vec<(String, String)>,
    /// What the form sends along.
    pub hidden: Vec<(String, String)>,
    /// The business calls: without a number nobody joins.
    pub needs_phone: bool,
    /// The first day that can be meant, and the one that the form asks about at first.
    pub first: (String, String),
    /// The last, likewise.
    pub last: (String, String),
    /// "Perth time (AWST)".
    pub zone_label: String,
    /// Back to the times.
    pub back: String,
}

/// `/waitlist/{token}`.
#[derive(Debug)]
pub struct OwnPage {
    /// The business.
    pub business: Business,
    /// What the page says on top.
    pub heading: String,
    /// What follows from it.
    pub words: String,
    /// For what they wait, and when.
    pub facts: Vec<(String, String)>,
    /// They wait, or are offered a time.
    pub waits: bool,
    /// The time that is theirs for now.
    pub offer: Option<OfferView>,
    /// Where they go on from here: a label, and an address.
    pub onward: Option<(String, String)>,
    /// They go on from here to pay.
    pub pays: bool,
    /// Their private link’s token.
    pub token: String,
}

/// A time that somebody is offered.
#[derive(Debug)]
pub struct OfferView {
    /// "Monday 23 November 2026, 9:00 – 9:45 am".
    pub when: String,
    /// "Perth time (AWST)".
    pub zone_label: String,
    /// The same on the business’s clock, where that differs.
    pub business_when: Option<String>,
    /// "Held for you until 9:42 am."
    pub held: String,
    /// What they pay when they book it, and what comes back if they cancel; empty where nothing is asked.
    pub pays: Vec<(String, String)>,
    /// What the service asks beyond what they told.
    pub asks: Vec<Ask>,
    /// The business has to say yes.
    pub is_request: bool,
}

/// The form to join.
///
/// # Errors
/// 404 for an unknown business or service, and for one without a waitlist; 422 for what it doesn’t offer.
pub async fn join_page(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    slug: &str,
    query: &Query,
    browser_zone: Option<String>,
) -> Result<JoinPage> {
    let mut notice = None;
    let choice = query.choice.clone().readable(&mut notice);
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BROWSE, Access::Read).await?;
    let free = Availability::load(&mut tx, &choice.wanted(slug, None)).await?.bookable(&choice.key)?;
    let (org, now) = (tx.org().clone(), tx.now());
    tx.rollback().await?;
    if !free.options.waitlist {
        return Err(AppError::not_found("that waitlist"));
    }
    let asked = query.times.zone.clone().or(browser_zone);
    let viewer = Viewer::new(asked.as_deref(), &org.zone).or_else(|_| Viewer::new(None, &org.zone))?;
    let today = now.timestamp().to_zoned(viewer.tz.clone()).date();
    let last = free.last_day().max(today);
    let from = query.times.from.as_deref().and_then(|text| text.parse().ok()).unwrap_or(today).clamp(today, last);
    let until = from.saturating_add((USUAL_DAYS - 1).days()).min(last);
    let form = asked::form(platform, &org, &free, &choice, false, now);
    let phone_out = free.options.place(&choice.place).map(|place| place.kind) == Some(LocationKind::PhoneOut);
    let mut hidden = form.hidden;
    hidden.extend([
        ("org".to_owned(), org.slug.clone()),
        ("service".to_owned(), free.service.slug.clone()),
        ("zone".to_owned(), viewer.name.clone()),
    ]);
    let path = views::service_address(&org.slug, &free.service.slug, false);
    let zone = query.times.zone.clone().map(|zone| ("zone", zone));
    let keep = zone.into_iter().chain(choice.keep()).collect();
    let times = Links { path, keep, hold: None, waitlist: None };
    Ok(JoinPage {
        business: views::business_view(&org),
        service: views::service_card(&org, &free.service)?,
        facts: asked::facts(&free, &choice, &org),
        hidden,
        needs_phone: phone_out,
        first: (today.to_string(), from.to_string()),
        last: (last.to_string(), until.to_string()),
        zone_label: viewer.label_at(now.timestamp()),
        back: times.to("", &[]),
    })
}

/// Somebody’s own place.
///
/// # Errors
/// 404 for a token that isn’t ours; 410 for one that has expired.
pub async fn own_page(platform: &Platform, token: &str) -> Result<OwnPage> {
    let (mut tx, person) = waitlist::open_own(platform, token, Access::Read).await?;
    let (org, now) = (tx.org().clone(), tx.now());
    let service = booking::service_of(&mut tx, person.row.service_id).await?;
    let options = ServiceOptions::read(&service.options)?;
    let (count, before) = store::count_waiting(&mut tx, service.id, person.row.joined_at).await?;
    let standing = person.row.standing(now);
    let mut onward = Some((public_words::LOOK_AT_THE_TIMES.to_owned(), back_to(&org.slug, &service, &options)));
    let mut said = None;
    let mut pays = false;
    let offer = match standing {
        Standing::Offered(offer) => offer_view(&mut tx, &person, offer, &service, &options).await?,
        Standing::Booked(id) => {
            match store::appointment(&mut tx, id).await? {
                Some(found) if found.ending == "unpaid" => said = Some(unpaid()),
                Some(found) => {
                    let own = format!("/manage/{}", booking::link(platform, org.id, id, found.ends_at));
                    said = money::waits(&found, &Viewer::new(Some(&person.row.client_zone), &org.zone)?);
                    pays = said.is_some();
                    let (label, to) =
                        if pays { (public_words::PAY_NOW, "/pay") } else { (public_words::SEE_YOUR_BOOKING, "") };
                    onward = Some((label.to_owned(), format!("{own}{to}")));
                }
                None => onward = None,
            }
            None
        }
        Standing::Waits | Standing::Left | Standing::Removed | Standing::Lapsed => None,
    };
    tx.rollback().await?;
    if offer.as_ref().is_some_and(|offer| !offer.pays.is_empty()) {
        request::leads_to_payments();
    }
    let waits = matches!(standing, Standing::Waits | Standing::Offered(_));
    let (heading, words) = said.unwrap_or_else(|| {
        let (heading, words) = words(standing, offer.is_some(), &org.name, (before + 1, count));
        (heading.to_owned(), words)
    });
    Ok(OwnPage {
        business: views::business_view(&org),
        heading,
        words,
        facts: facts(&person, &service),
        waits,
        offer,
        onward,
        pays,
        token: token.to_owned(),
    })
}

/// For what somebody waits, and when.
pub fn facts(person: &Person, service: &Service) -> Vec<(String, String)> {
    let row = &person.row;
    let minutes = row.minutes.unwrap_or(service.duration_minutes);
    let mut facts = vec![
        (public_words::WHAT.to_owned(), format!("{}, {}", service.name, format::duration(minutes))),
        (public_words::DAYS.to_owned(), row.days_in_words("–")),
    ];
    let more = row.in_words();
    if !more.is_empty() {
        facts.push((public_words::WHEN.to_owned(), more));
    }
    if row.seats > 1 {
        facts.push((public_words::SEATS.to_owned(), row.seats.to_string()));
    }
    facts.push((public_words::FOR.to_owned(), person.name.clone()));
    facts
}

/// What is offered; `None` where it can’t be booked any more as it is.
async fn offer_view(
    tx: &mut OrgTx,
    person: &Person,
    offer: waitlist::Offer,
    service: &Service,
    options: &ServiceOptions,
) -> Result<Option<OfferView>> {
    let row = &person.row;
    let start = offer.starts_at.timestamp();
    let wanted = super::availability::Wanted { hold: Some(offer.hold), ..row.wanted(service, options) };
    let read = Availability::load_around(tx, &wanted, start).await;
    let Ok(free) = read.and_then(|free| free.bookable(wanted.secret)) else { return Ok(None) };
    if store::hold(tx, offer.hold).await?.is_none() || free.assign(start, None).is_err() {
        return Ok(None);
    }
    let org = tx.org().clone();
    let viewer = Viewer::new(Some(&row.client_zone), &org.zone)?;
    let choice = asked::Choice { place: row.location.clone(), ..asked::Choice::default() };
    let due = rules::due(tx, &free).await?;
    let pays = due.map(|due| Vec::from(money::before_booking(&due))).unwrap_or_default();
    let has_packages = packages::has_any(tx, free.service.id).await?;
    let form = asked::form(tx.platform(), &org, &free, &choice, has_packages, tx.now());
    // What they told when they joined isn’t asked again, and one time is offered.
    let told = ["name", "email", "phone", "times", "skip_taken", "marketing"];
    Ok(Some(OfferView {
        when: viewer.when(start, free.minutes),
        zone_label: viewer.label_at(start),
        business_when: viewer.business_when(start, free.minutes),
        held: asked::held_until(offer.expires_at, &viewer.tz),
        pays,
        asks: form.asks.into_iter().filter(|ask| !told.contains(&ask.name.as_str())).collect(),
        is_request: form.is_request,
    }))
}

/// Of somebody who booked what they were offered, and didn’t pay in time.
fn unpaid() -> (String, String) {
    (public_words::NOT_PAID_FOR.to_owned(), public_words::JOIN_AGAIN.to_owned())
}

fn words(standing: Standing, can_be_had: bool, business: &str, (place, count): (i64, i64)) -> (&'static str, String) {
    match standing {
        Standing::Offered(_) if can_be_had => (public_words::COME_FREE, public_words::YOURS_FOR_NOW.to_owned()),
        Standing::Waits | Standing::Offered(_) => {
            (public_words::YOU_ARE_ON_THE_WAITLIST, public_words::in_line(place, count))
        }
        Standing::Booked(_) => (public_words::YOU_HAVE_BOOKED, public_words::IT_IS_YOURS.to_owned()),
        Standing::Left => (public_words::YOU_HAVE_LEFT, public_words::NOTHING_MORE.to_owned()),
        Standing::Removed => (public_words::NOT_ON_THE_WAITLIST, public_words::taken_off_by(business)),
        Standing::Lapsed => (public_words::DAYS_ARE_OVER, public_words::NOTHING_SUITED.to_owned()),
    }
}

/// The times of a service.
fn back_to(org: &str, service: &Service, options: &ServiceOptions) -> String {
    let path = format!("/b/{org}/{}", service.slug);
    crate::ui::with_query(&path, &[("key", options.secret.as_deref().unwrap_or_default())])
}
