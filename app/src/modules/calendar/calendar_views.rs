//! What the pages about calendars elsewhere show, worded on the server; and which member somebody who can be booked is.

use jiff::tz::TimeZone;

use super::{
    elsewhere::{self, Calendars, MOST, SourceCard},
    feeds::{self, FeedCard, Whose},
    ids::{BusySourceId, StaffId},
    permissions,
    setup_forms::staff_id,
    setup_wire::{CalendarsPart, FeedLine, SourceLine},
    store,
};
use crate::{
    auth::overview::ago,
    clock::Instant,
    db::{Access, DbError},
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
    settings::wire::Place,
};

/// Who somebody who can be booked could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Ids and names of those who belong.
    pub all: Vec<(String, String)>,
    /// The id of who they are; empty: nobody who logs in.
    pub chosen: String,
}

/// The calendars of whoever looks; `None` where they can’t be booked, or nobody has said who they are.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn mine(platform: &Platform, actor: &Actor, org: &str) -> Result<Option<CalendarsPart>> {
    let need = &permissions::VIEW_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Read).await?;
    let own = match tx.user() {
        Some(user) => store::staff_of_member(&mut tx, user).await?,
        None => None,
    };
    let found = match own {
        None => None,
        Some(staff) => Some((staff, elsewhere::of_person(&mut tx, staff).await?)),
    };
    let zone = tx.org().zone.clone();
    tx.rollback().await?;
    Ok(found.map(|(staff, calendars)| part(platform, staff, &zone, calendars, true)))
}

/// The way to [`mine`], for whom it is.
///
/// # Errors
/// The database is busy.
pub async fn place(tx: &mut OrgTx) -> Result<Option<Place>> {
    let own = match tx.user() {
        Some(user) if tx.allows(&permissions::VIEW_APPOINTMENTS) => store::staff_of_member(tx, user).await?,
        _ => None,
    };
    Ok(own.map(|_| Place {
        group: "Calendar".to_owned(),
        label: "Your own calendar".to_owned(),
        also: "ical ics feed subscribe google outlook apple sync phone".to_owned(),
        href: format!("/app/{}/calendar/mine", tx.org().slug),
    }))
}

/// Somebody’s calendars, worded.
pub fn part(platform: &Platform, staff: StaffId, zone: &str, calendars: Calendars, mine: bool) -> CalendarsPart {
    let now = platform.clock.now();
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    CalendarsPart {
        person: staff.to_string(),
        mine,
        feed: calendars.feed.map(|feed| feed_line(&feed, zone, now)),
        room: calendars.sources.len() < MOST,
        sources: calendars.sources.into_iter().map(|source| source_line(source, now)).collect(),
    }
}

/// One of somebody’s calendars elsewhere, as a form names it.
///
/// # Errors
/// As [`feeds::open_for`]; 404 for one that isn’t theirs.
pub async fn source_of(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    person: &str,
    calendar: &str,
) -> Result<BusySourceId> {
    // Who asks comes first: an id that can't be read tells a stranger nothing.
    let whose = Whose::Person(staff_id(person)?);
    let (mut tx, staff) = feeds::open_for(platform, actor, OrgRef::Slug(org), whose, Access::Read).await?;
    let found = match calendar.parse() {
        Ok(id) => store::busy_source(&mut tx, id).await?,
        Err(_) => None,
    };
    tx.rollback().await?;
    let found = found.filter(|source| source.staff_id == staff);
    found.map(|source| source.id).ok_or_else(|| AppError::not_found("that calendar"))
}

/// Who somebody could be, for who sets the calendar up.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for somebody who isn’t this organisation’s.
pub async fn members(platform: &Platform, actor: &Actor, org: &str, staff: StaffId) -> Result<Members> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let chosen = store::member_of_staff(&mut tx, staff).await?.ok_or_else(|| AppError::not_found("that person"))?;
    let all = members::all(&mut tx).await?;
    tx.rollback().await?;
    Ok(Members {
        all: all.into_iter().map(|member| (member.user.to_string(), member.name)).collect(),
        chosen: chosen.map(|user| user.to_string()).unwrap_or_default(),
    })
}

/// Says which member somebody who can be booked is; nobody where it is empty. They can see to their own calendars then.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for somebody who isn’t this organisation’s; 422 at `member` for who doesn’t belong, or is somebody else
/// already.
pub async fn set_member(platform: &Platform, actor: &Actor, org: &str, staff: StaffId, member: &str) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Write).await?;
    let member = match member.trim() {
        "" => None,
        id => {
            let belongs = members::all(&mut tx).await?.into_iter().find(|member| member.user.to_string() == id);
            let belongs = belongs.ok_or_else(|| AppError::field("member", "Choose somebody who belongs here."))?;
            Some(belongs.user)
        }
    };
    let rows = match store::set_member(&mut tx, staff, member).await {
        Err(DbError::Unique) => {
            return Err(AppError::field("member", "They are somebody else who can be booked already."));
        }
        other => other?,
    };
    if rows == 0 {
        return Err(AppError::not_found("that person"));
    }
    tx.emit("calendar.staff_saved", staff.0).await?;
    tx.commit().await
}

fn feed_line(feed: &FeedCard, zone: TimeZone, now: Instant) -> FeedLine {
    let made = feed.created_at.day_in(zone);
    let read = match feed.read_at {
        _ if feed.ended => "Whoever made it has left, so it doesn’t work any more. Make a new address.".to_owned(),
        Some(at) => format!("Last read {}.", ago(at, now)),
        None => "Not read yet.".to_owned(),
    };
    FeedLine { names: feed.names, facts: format!("Made on {made}. {read}") }
}

fn source_line(source: SourceCard, now: Instant) -> SourceLine {
    let read = match source.read_at {
        Some(at) => format!("Read {}.", ago(at, now)),
        None => "Not read yet.".to_owned(),
    };
    SourceLine {
        id: source.id.to_string(),
        name: source.name,
        facts: format!("{}. {read}", source.host),
        problem: source.problem,
        stopped: source.stopped,
    }
}
