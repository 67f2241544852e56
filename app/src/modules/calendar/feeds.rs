//! Somebody’s own calendar at a secret address, for the calendar on their phone to subscribe to. Whoever knows the address reads it:
//! so it is shown once, kept hashed, and shows no more than whoever made it may see now.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    booking,
    ics::write::{Certainty, Event, Feed as File, Visibility},
    ids::{BusySourceId, FeedId, ServiceId, SessionId, StaffId},
    options::{Location, LocationKind, ServiceOptions},
    permissions,
    store::{self, Feed, FeedAppointment, FeedBlock, Service},
};
use crate::{
    audit::Detail,
    auth::secret_token::{self, Kind, SecretToken},
    clock::Instant,
    crypto::DataKeys,
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    org::{Actor, By, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
};

/// It tells of this many days past.
const DAYS_BACK: i64 = 30;
/// And of a year to come: nothing can be booked further ahead.
const DAYS_AHEAD: i64 = 366;
/// How often a calendar may look.
const REFRESH_MINUTES: u32 = 15;
/// That it was read is noted at most this often.
const NOTED_SECONDS: i64 = 10 * 60;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// An address that was just made: the only time that it is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeFeed {
    /// Its id.
    pub id: FeedId,
    /// What to subscribe to. It can’t be shown again.
    pub address: String,
}

/// A feed as it is listed, never its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCard {
    /// Its id.
    pub id: FeedId,
    /// Clients are named.
    pub names: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it was read last.
    pub read_at: Option<Instant>,
    /// Whoever made it has left, and nothing can be read there any more.
    pub ended: bool,
}

/// What an address gives now.
#[derive(Debug, Clone)]
pub struct Read {
    /// The file.
    pub text: String,
    /// Stands for what is in it.
    pub version: String,
}

/// What somebody sees to.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// The calendars of a person.
    Person(StaffId),
    /// One of the calendars elsewhere that somebody has.
    Calendar(BusySourceId),
}

/// Opens the organisation for who may see to somebody’s calendars: whoever sets the calendar up, and they themselves. And says whose
/// they are.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for what isn’t this organisation’s.
pub async fn open_for(
    platform: &Platform,
    actor: &Actor,
    org: OrgRef<'_>,
    whose: Whose,
    access: Access,
) -> Result<(OrgTx, StaffId)> {
    let refused = match OrgTx::open(platform, actor, org, &permissions::SET_UP, access).await {
        Ok(mut tx) => {
            let staff = whose.staff(&mut tx).await?.ok_or_else(|| whose.gone())?;
            return Ok((tx, staff));
        }
        Err(error) if error.code == Code::Forbidden && matches!(actor, Actor::User(_)) => error,
        Err(error) => return Err(error),
    };
    let mut tx = OrgTx::open(platform, actor, org, &permissions::VIEW_APPOINTMENTS, access).await?;
    let own = match tx.user() {
        Some(user) => store::staff_of_member(&mut tx, user).await?,
        None => None,
    };
    match (own, whose.staff(&mut tx).await?) {
        (Some(own), Some(staff)) if own == staff => Ok((tx, staff)),
        _ => {
            tx.rollback().await?;
            Err(refused)
        }
    }
}

/// Makes the address of somebody’s calendar; the one before, if there was one, stops working.
///
/// # Errors
/// As [`open_for`]; 402 for an organisation that is suspended, or whose plan has ended.
pub async fn make(platform: &Platform, actor: &Actor, org: &str, staff: StaffId, names: bool) -> Result<MadeFeed> {
    let (mut tx, staff) = open_for(platform, actor, OrgRef::Slug(org), Whose::Person(staff), Access::Write).await?;
    tx.check_goes_on("no calendar is shared")?;
    let by = maker(&mut tx).await?;
    let token = SecretToken::generate(Kind::Feed);
    let id = FeedId::new(tx.now());
    store::delete_feed(&mut tx, staff).await?;
    store::insert_feed(&mut tx, id, staff, token.hash().to_vec(), names, by).await?;
    let detail = Detail::default().with("clients", if names { "named" } else { "not named" });
    tx.audit("calendar.feed_made", staff.0, &detail).await?;
    tx.commit().await?;
    Ok(MadeFeed { id, address: format!("{}/cal/{}.ics", platform.origin, token.reveal()) })
}

/// Takes the address of somebody’s calendar away: it stops working at once.
///
/// # Errors
/// As [`open_for`]; 404 where there is none.
pub async fn revoke(platform: &Platform, actor: &Actor, org: &str, staff: StaffId) -> Result<()> {
    let (mut tx, staff) = open_for(platform, actor, OrgRef::Slug(org), Whose::Person(staff), Access::Write).await?;
    if store::delete_feed(&mut tx, staff).await? == 0 {
        return Err(AppError::not_found("that address"));
    }
    tx.audit("calendar.feed_revoked", staff.0, &Detail::default()).await?;
    tx.commit().await
}

/// Somebody’s feed, as it is listed.
///
/// # Errors
/// The database is busy.
pub async fn card(tx: &mut OrgTx, staff: StaffId) -> Result<Option<FeedCard>> {
    let card = |feed: Feed| FeedCard {
        id: feed.id,
        names: feed.names,
        created_at: feed.created_at,
        read_at: feed.read_at,
        ended: !feed.belongs,
    };
    Ok(store::feed_of(tx, staff).await?.map(card))
}

/// What is at an address now.
///
/// # Errors
/// 404 for whatever isn’t one, was taken away, or is of an organisation that is closed or suspended: nobody can tell which.
pub async fn read(platform: &Platform, token: &str) -> Result<Read> {
    read_by(platform, token).await.map_err(|error| match error.code {
        Code::Internal | Code::Unavailable | Code::TooMany => error,
        _ => gone(),
    })
}

async fn read_by(platform: &Platform, token: &str) -> Result<Read> {
    // What can't be a token is looked for as well: it takes as long as one that nobody has.
    let hash = secret_token::hash(Kind::Feed, token).unwrap_or_default().to_vec();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId, FeedId, StaffId, UserId),
        &mut tx,
        "SELECT org_id, id, staff_id, made_by FROM calendar_feeds WHERE token_hash = $1",
        hash
    )?;
    tx.rollback().await?;
    let (org, id, staff, by) = found.ok_or_else(gone)?;
    let (org, by) = (OrgRef::Id(org), Actor::User(by));
    let (mut tx, _) = open_for(platform, &by, org, Whose::Person(staff), Access::Read).await?;
    // It may have been taken away since.
    let feed = store::feed(&mut tx, id).await?.ok_or_else(gone)?;
    if tx.user().is_none() {
        return Err(gone());
    }
    let text = file(&mut tx, &feed).await?.text();
    let now = tx.now();
    tx.rollback().await?;
    if feed.read_at.is_none_or(|at| at.plus_seconds(NOTED_SECONDS) <= now) {
        note(platform, org, &feed).await;
    }
    Ok(Read { version: version(&text), text })
}

/// That it was read is worth a line on its page, and no refusal.
async fn note(platform: &Platform, org: OrgRef<'_>, feed: &Feed) {
    let noted = async {
        let actor = Actor::System("a calendar was read");
        let mut tx = OrgTx::open(platform, &actor, org, &permissions::VIEW_APPOINTMENTS, Access::Write).await?;
        store::feed_was_read(&mut tx, feed.id).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, feed = %feed.id, "it isn’t noted that a calendar was read");
    }
}

/// When it is written (`DTSTAMP`) changes each time, and says nothing of what is in it.
fn version(text: &str) -> String {
    let mut hash = Sha256::new();
    for line in text.lines().filter(|line| !line.starts_with("DTSTAMP")) {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    let hash: [u8; 32] = hash.finalize().into();
    URL_SAFE_NO_PAD.encode(hash.get(..16).unwrap_or_default())
}

async fn file(tx: &mut OrgTx, feed: &Feed) -> Result<File> {
    let now = tx.now();
    // From midnight on: what drops out as time goes by isn't news every minute.
    let today = Instant::from_unix(now.timestamp().as_second().div_euclid(DAY_SECONDS) * DAY_SECONDS);
    let (from, until) = (today.plus_seconds(-DAYS_BACK * DAY_SECONDS), today.plus_seconds(DAYS_AHEAD * DAY_SECONDS));
    let keys = tx.keys().await?;
    let services = store::services(tx).await?.into_iter().map(|service| (service.id, service)).collect();
    let name = store::staff_name(tx, feed.staff_id).await?.ok_or_else(gone)?;
    let appointments = store::feed_appointments(tx, feed.staff_id, from, until).await?;
    let blocks = store::feed_blocks(tx, feed.staff_id, from, until).await?;
    let writer = Writer::of(tx, feed, keys, services);
    let mut events = writer.appointments(appointments)?;
    events.extend(blocks.into_iter().map(|block| writer.block(&block)));
    let org = tx.org();
    let named = if feed.names { "with clients’ names" } else { "without clients’ names" };
    Ok(File {
        name: format!("{name} – {}", org.name),
        about: format!("Appointments of {name}, {named}."),
        zone: org.zone.clone(),
        refresh_minutes: REFRESH_MINUTES,
        events,
    })
}

/// Writes what somebody has to do, for them.
struct Writer {
    keys: Arc<DataKeys>,
    services: BTreeMap<ServiceId, Service>,
    staff: StaffId,
    names: bool,
    now: Instant,
    zone: TimeZone,
    address: String,
    host: String,
    diary: String,
}

impl Writer {
    fn of(tx: &OrgTx, feed: &Feed, keys: Arc<DataKeys>, services: BTreeMap<ServiceId, Service>) -> Self {
        let org = tx.org();
        let origin = &tx.platform().origin;
        Self {
            keys,
            services,
            staff: feed.staff_id,
            names: feed.names,
            now: tx.now(),
            zone: TimeZone::get(&org.zone).unwrap_or(TimeZone::UTC),
            address: org.address.clone(),
            host: origin.rsplit("//").next().unwrap_or("devalo").to_owned(),
            diary: format!("{origin}/app/{}/calendar", org.slug),
        }
    }

    /// What several clients share is one event.
    fn appointments(&self, appointments: Vec<FeedAppointment>) -> Result<Vec<Event>> {
        let mut alone = Vec::new();
        let mut shared: BTreeMap<SessionId, Vec<FeedAppointment>> = BTreeMap::new();
        for appointment in appointments {
            match appointment.session_id {
                Some(session) => shared.entry(session).or_default().push(appointment),
                None => alone.push(self.appointment(&appointment)?),
            }
        }
        for (session, appointments) in shared {
            alone.extend(self.session(session, &appointments)?);
        }
        Ok(alone)
    }

    fn appointment(&self, appointment: &FeedAppointment) -> Result<Event> {
        let service = self.service(appointment.service_id);
        let summary =
            if self.names { format!("{} – {service}", self.client(appointment)?) } else { service.to_owned() };
        let certainty =
            if appointment.unconfirmed_until.is_some() { Certainty::Tentative } else { Certainty::Confirmed };
        let event = self.event(appointment.id.0, appointment.starts_at, appointment.ends_at);
        Ok(event
            .summary(summary)
            .location(self.location(appointment)?)
            .certainty(certainty)
            .sequence(sequence(appointment.version - 1))
            .history(appointment.created_at, appointment.updated_at))
    }

    fn session(&self, session: SessionId, appointments: &[FeedAppointment]) -> Result<Option<Event>> {
        let Some(first) = appointments.first() else { return Ok(None) };
        let seats: i64 = appointments.iter().map(|appointment| appointment.seats).sum();
        let mut description = String::new();
        if self.names {
            for appointment in appointments {
                description.push_str(&self.client(appointment)?);
                description.push('\n');
            }
        }
        let created = appointments.iter().map(|appointment| appointment.created_at).min();
        let changed = appointments.iter().map(|appointment| appointment.updated_at).max();
        let event = self.event(session.0, first.starts_at, first.ends_at);
        Ok(Some(
            event
                .summary(format!("{} ({seats} booked)", self.service(first.service_id)))
                .description(format!("{description}{}", self.link(first.starts_at)))
                .location(self.location(first)?)
                .sequence(sequence(appointments.iter().map(|appointment| appointment.version).sum()))
                .history(created.unwrap_or(first.created_at), changed.unwrap_or(first.updated_at)),
        ))
    }

    fn block(&self, block: &FeedBlock) -> Event {
        self.event(block.id.0, block.starts_at, block.ends_at)
            .summary(if block.kind == "time_off" { "Time off" } else { "Busy" })
            .sequence(sequence(block.version - 1))
            .history(block.created_at, block.updated_at)
    }

    fn event(&self, id: Uuid, starts: Instant, ends: Instant) -> Event {
        let link = self.link(starts);
        Event::new(format!("{id}{}{}", our_mark(self.staff), self.host), self.now, starts, ends)
            .url(link.clone())
            .description(link)
            .visibility(Visibility::Private)
    }

    /// The day in the diary.
    fn link(&self, at: Instant) -> String {
        format!("{}?view=day&date={}", self.diary, at.timestamp().to_zoned(self.zone.clone()).date())
    }

    fn service(&self, id: ServiceId) -> &str {
        self.services.get(&id).map_or("Appointment", |service| service.name.as_str())
    }

    fn client(&self, appointment: &FeedAppointment) -> Result<String> {
        booking::unseal(&self.keys, appointment.id, "client_name", &appointment.client_name)
    }

    /// Where it takes place. Where that is the client’s address, it is told with their name alone.
    fn location(&self, appointment: &FeedAppointment) -> Result<String> {
        let options = match self.services.get(&appointment.service_id) {
            Some(service) => ServiceOptions::read(&service.options)?,
            None => return Ok(self.address.clone()),
        };
        let chosen = options.locations.iter().find(|location| location.id == appointment.location);
        let Some(Location { kind, label, detail, .. }) = chosen else { return Ok(self.address.clone()) };
        let told = |detail: &str, otherwise: &str| {
            [detail, label.as_str(), otherwise].into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned()
        };
        Ok(match (kind, &appointment.place) {
            (LocationKind::OnSite, _) => told(detail, &self.address),
            (LocationKind::Video, _) => told(detail, "By video"),
            (LocationKind::PhoneOut, _) => told("", "You call the client"),
            (LocationKind::PhoneIn, _) => told("", "The client calls"),
            (LocationKind::AtClient, Some(place)) if self.names => {
                booking::unseal(&self.keys, appointment.id, "place", place)?
            }
            (LocationKind::AtClient, _) => told("", "At the client’s"),
        })
    }
}

/// What stands in the name of each event that we tell calendars elsewhere of somebody’s: what comes back with it is ours.
pub fn our_mark(staff: StaffId) -> String {
    format!(".{staff}@")
}

impl Whose {
    async fn staff(self, tx: &mut OrgTx) -> Result<Option<StaffId>> {
        Ok(match self {
            Self::Person(staff) => store::member_of_staff(tx, staff).await?.map(|_| staff),
            Self::Calendar(id) => store::busy_source(tx, id).await?.map(|source| source.staff_id),
        })
    }

    fn gone(self) -> AppError {
        AppError::not_found(match self {
            Self::Person(_) => "that person",
            Self::Calendar(_) => "that calendar",
        })
    }
}

/// Whom it is made by: what a program makes is its maker’s.
async fn maker(tx: &mut OrgTx) -> Result<UserId> {
    let maker = match tx.by() {
        By::User(user) => Some(user),
        By::Token(token) => store::maker_of_token(tx, token).await?,
        By::Support(_) | By::System | By::Client => None,
    };
    maker.ok_or_else(|| AppError::new(Code::Forbidden, "Log in to share a calendar."))
}

fn sequence(version: i64) -> u32 {
    u32::try_from(version).unwrap_or_default()
}

fn gone() -> AppError {
    AppError::not_found("that calendar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_it_was_written_is_no_news() {
        let at = |seconds| Event::new("a", Instant::from_unix(seconds), Instant::from_unix(0), Instant::from_unix(60));
        let file = |event: Event| File {
            name: "Mia".to_owned(),
            about: String::new(),
            zone: "Australia/Sydney".to_owned(),
            refresh_minutes: REFRESH_MINUTES,
            events: vec![event],
        };
        let text = file(at(100)).text();
        assert!(text.contains("DTSTAMP:19700101T000140Z"), "{text}");
        assert_eq!(version(&text), version(&file(at(200)).text()));
        assert_ne!(version(&text), version(&file(at(100).summary("Busy")).text()));
    }
}
