//! Which times of a service are free: reads the business's rules and what is taken, asks the slot engine, and words the
//! answer for a page.

use std::ops::Range;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{
    assign::{self, Candidate},
    format,
    ids::{AppointmentId, HoldId, ResourceId, SessionId, StaffId},
    options::{
        AssignmentRule, CalendarOptions, LimitSet, LocationKind, MOST_DAYS, MOST_SEATS, ServiceOptions, StaffOptions,
    },
    public_words as words, rooms,
    slots::{self, Busy, Clock, Counted, Days, Host, Limits, Mode, OwnHours, Rules, Weekly},
    store::{self, ClientIndexes, Keeps, Offer, Roster, Service, Session, Span},
    wire::Chosen,
};
pub use crate::clock::zone;
use crate::{
    clock::Instant,
    error::{AppError, Result},
    holidays,
    meters::{self, Often},
    org::OrgTx,
};

/// The zones that a visitor can choose between: Australia's clocks, then the neighbours'.
const OFFERED_ZONES: [&str; 13] = [
    "Australia/Sydney",
    "Australia/Melbourne",
    "Australia/Brisbane",
    "Australia/Hobart",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Australia/Perth",
    "Australia/Broken_Hill",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Singapore",
    "Europe/London",
];

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What the rules of a service are at most (`setup::check_service`), for its times are read along with it, in seconds; a buffer with
/// the way to the client in it.
const LONGEST: i64 = DAY_SECONDS;
const LONGEST_BUFFER: i64 = 12 * 60 * 60;

/// Nothing that begins later can be booked.
fn latest(now: Instant) -> Instant {
    now.plus_seconds((MOST_DAYS + 3) * DAY_SECONDS)
}

/// Who wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Asker {
    /// The public: what is on no page, and isn’t asked for by its word, isn’t there.
    #[default]
    Public,
    /// Whoever has something to do with it already: the client of a booking, or the business that looks at its own rules.
    Insider,
    /// The business, which books: it comes before whoever merely holds a time.
    Desk,
}

/// What somebody wants, of what a service offers.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// The service’s word in its address.
    pub service: &'a str,
    /// How long, in minutes, where it isn’t the service’s own length.
    pub length: Option<i64>,
    /// How long, in minutes, whatever the service offers: only the business itself says so.
    pub minutes: Option<i64>,
    /// Where, by the location’s id; empty: the first.
    pub location: &'a str,
    /// With whom; `None`: whoever is free.
    pub with: Option<StaffId>,
    /// How many seats; 0 is 1.
    pub seats: i64,
    /// The word of a service that is on no page.
    pub secret: &'a str,
    /// The appointment that is being moved: it isn’t in its own way.
    pub moving: Option<AppointmentId>,
    /// The hold that is being used, likewise.
    pub hold: Option<HoldId>,
    /// Which client asks, for how much one may have.
    pub client: ClientIndexes,
    /// Who asks, the public or the business.
    pub asker: Asker,
}

/// Who and what a booking takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// Whose appointment it is.
    pub staff: StaffId,
    /// Who else must be there.
    pub also: Vec<StaffId>,
    /// Which rooms and equipment.
    pub resources: Vec<ResourceId>,
    /// The session that has seats left.
    pub session: Option<SessionId>,
}

/// Everything that decides which times of a service are free.
#[derive(Debug)]
pub struct Availability {
    /// The service.
    pub service: Service,
    /// What it is set to beyond that.
    pub options: ServiceOptions,
    /// How long the appointment takes, in minutes.
    pub minutes: i64,
    /// What it costs, in cents.
    pub price_cents: i64,
    /// How many seats are wanted.
    pub seats: i64,
    /// Where, by the location’s id; empty: the service has no such choice.
    pub location: String,
    /// Whether what was read decides about more than who is taken: limits, seats, turns. Then nothing may have come in between.
    pub exact: bool,
    /// Whom a client may choose, where the service lets them.
    pub choice: Vec<(StaffId, String)>,
    // Whom somebody chose.
    with: Option<StaffId>,
    // Who can be booked, in order; host `n` of the engine is `staff[n]`.
    staff: Vec<StaffId>,
    candidates: Vec<Candidate>,
    sessions: Vec<Session>,
    needs: Vec<Need>,
    /// The business's zone.
    pub tz: TimeZone,
    rules: Rules,
    hosts: Vec<Host>,
    // How much one client may have, and what this one has.
    client: Counted,
    now: Timestamp,
}

impl Availability {
    /// What an appointment costs, in cents: all its seats.
    pub const fn price(&self) -> i64 {
        self.price_cents * self.seats
    }

    /// Reads it for a service's whole booking window.
    ///
    /// # Errors
    /// 404 for an unknown service, and for one that is on no page without its word; 422 for a length, a place or a person that it
    /// doesn’t offer; the database is busy.
    pub async fn load(tx: &mut OrgTx, wanted: &Wanted<'_>) -> Result<Self> {
        let now = tx.now();
        Self::load_between(tx, wanted, now..latest(now)).await
    }

    /// Reads it for the whole booking window, and for the local day of `day` where that began before now.
    ///
    /// # Errors
    /// As [`Availability::load`].
    pub async fn load_with_day(tx: &mut OrgTx, wanted: &Wanted<'_>, day: Date) -> Result<Self> {
        let now = tx.now();
        let midnight = day.to_zoned(zone(&tx.org().zone)?).map_or(now.timestamp(), |midnight| midnight.timestamp());
        let from = Instant::from_timestamp(midnight).plus_seconds(-LONGEST_BUFFER);
        Self::load_between(tx, wanted, from.clamp(now.plus_seconds(-2 * DAY_SECONDS), now)..latest(now)).await
    }

    /// Reads what decides about one start, and no more: what is taken on its day, and where the appointment would reach.
    ///
    /// # Errors
    /// As [`Availability::load`].
    pub async fn load_around(tx: &mut OrgTx, wanted: &Wanted<'_>, start: Timestamp) -> Result<Self> {
        let there = start.to_zoned(zone(&tx.org().zone)?);
        let day_from = there.start_of_day().map_or(start, |from| from.timestamp());
        let day_until = there.end_of_day().map_or(start, |until| until.timestamp());
        let start = Instant::from_timestamp(start);
        let before = start.plus_seconds(-LONGEST_BUFFER);
        let after = start.plus_seconds(LONGEST + LONGEST_BUFFER);
        let from = before.min(Instant::from_timestamp(day_from));
        let until = after.max(Instant::from_timestamp(day_until));
        // A start outside the booking window is refused whatever is taken.
        let now = tx.now();
        let (earliest, latest) = (now.plus_seconds(-2 * DAY_SECONDS), latest(now));
        Self::load_between(tx, wanted, from.clamp(earliest, latest)..until.clamp(earliest, latest)).await
    }

    async fn load_between(tx: &mut OrgTx, wanted: &Wanted<'_>, taken: Range<Instant>) -> Result<Self> {
        let tz = zone(&tx.org().zone)?;
        let now = tx.now();
        let today = now.timestamp().to_zoned(tz.clone()).date();
        let last = today.saturating_add(MOST_DAYS.days());
        let dates = today.saturating_sub(1.day())..=last.saturating_add(1.day());
        let except = (wanted.moving, wanted.hold);
        // What clients merely hold is in nobody’s way who books for the business.
        let holds_from = if wanted.asker == Asker::Desk { now.plus_seconds(DAY_SECONDS) } else { now };
        let offer = store::offered(tx, wanted.service, &dates, &taken, except, holds_from)
            .await?
            .ok_or_else(|| AppError::not_found("that service"))?;
        let options = ServiceOptions::read(&offer.service.options)?;
        // Whoever doesn’t have its word isn’t told what it offers either.
        let known = options.secret.as_ref().is_none_or(|word| word.as_str() == wanted.secret);
        if wanted.asker == Asker::Public && !(offer.service.active && known) {
            return Err(AppError::not_found("that service"));
        }
        let calendar = match offer.settings.as_str() {
            "" => CalendarOptions::default(),
            stored => CalendarOptions::read(stored)?,
        };
        let (minutes, price_cents) = match wanted.length {
            None => (offer.service.duration_minutes, offer.service.price_cents),
            Some(minutes) if minutes == offer.service.duration_minutes => (minutes, offer.service.price_cents),
            Some(_) => options
                .length(wanted.length)
                .map(|length| (length.minutes, length.price_cents))
                .ok_or_else(|| AppError::field("length", "Choose one of the lengths on offer."))?,
        };
        let minutes = wanted.minutes.unwrap_or(minutes);
        let travel = travel(&options, wanted.location)?;
        let location = options.place(wanted.location).map(|place| place.id.clone()).unwrap_or_default();
        let seats = wanted.seats.max(1);
        // What was booked stays as large when it is moved.
        let most = options.most_seats.0.min(if wanted.moving.is_some() { i64::MAX } else { MOST_SEATS });
        if seats > most {
            return Err(AppError::field("seats", format!("Book at most {most} seats at once.")));
        }
        let choice = if options.assignment.choice { choice(&offer.rosters)? } else { Vec::new() };
        let mut rosters: Vec<&Roster> = offer.rosters.iter().collect();
        if let Some(with) = wanted.with {
            rosters.retain(|roster| roster.staff == with);
            if rosters.is_empty() {
                return Err(AppError::field("with", "Choose somebody who offers this."));
            }
        }
        let candidates = candidates(tx, &offer, &options, now).await?;
        let sessions = if options.is_shared() {
            store::sessions(tx, offer.service.id, taken.start, taken.end, except).await?
        } else {
            Vec::new()
        };
        let holidays = closures(&calendar, &offer, *dates.start(), *dates.end());
        let mut hosts = rosters.iter().map(|roster| host(&tz, roster, &holidays)).collect::<Vec<_>>();
        let staff: Vec<StaffId> = rosters.iter().map(|roster| roster.staff).collect();
        let mut rules = rules(&offer.service, &options, minutes, travel, tz.clone());
        rules.hours = offer.hours.as_ref().map(|keeps| OwnHours { weekly: weekly(keeps), overrides: overrides(keeps) });
        let personal = rosters.iter().map(|roster| own_limits(roster)).collect::<Result<Vec<_>>>()?;
        let all = [options.limits, options.client_limits, calendar.limits];
        let mut client = Counted::default();
        let limited = all.iter().chain(&personal).any(|limits| !limits.is_empty());
        if limited {
            // Weeks and months reach beyond what is asked about.
            let range = taken.start.plus_seconds(-40 * DAY_SECONDS)..taken.end.plus_seconds(40 * DAY_SECONDS);
            let booked = store::counted(tx, &range, wanted.moving, &wanted.client).await?;
            let of = |limits: LimitSet, which: &dyn Fn(&store::Counted) -> bool| Counted {
                limits: engine_limits(limits),
                entries: booked
                    .iter()
                    .filter(|one| which(one))
                    .map(|one| (one.starts_at.timestamp(), one.ends_at.timestamp()))
                    .collect(),
            };
            let service = offer.service.id;
            rules.also = vec![
                of(options.limits, &|one| one.service_id == service),
                // What this client has is looked at last of all ([`Availability::check_client`]).
                of(options.client_limits, &|_| false),
                of(calendar.limits, &|_| true),
            ];
            client = of(options.client_limits, &|one| one.own && one.service_id == service);
            for ((host, who), limits) in hosts.iter_mut().zip(&staff).zip(personal) {
                host.own = of(limits, &|one| one.staff_id == *who);
            }
        }
        let needs = if offer.needs > 0 { needs(tx, &offer, &taken, except, holds_from).await? } else { Vec::new() };
        let exact = limited
            || options.is_shared()
            || matches!(options.assignment.rule, AssignmentRule::LongestIdle | AssignmentRule::RoundRobin);
        Ok(Self {
            service: offer.service,
            options,
            minutes,
            price_cents,
            seats,
            location,
            exact,
            choice,
            with: wanted.with,
            staff,
            candidates,
            sessions,
            needs,
            tz,
            rules,
            hosts,
            client,
            now: now.timestamp(),
        })
    }

    /// The same, of a service that clients can book: one that is on the page, or whose word they have. With whom they choose only where
    /// the service lets them, and only from those who are on the team’s page.
    ///
    /// # Errors
    /// 404 for any other; 422 for anybody else.
    pub fn bookable(self, secret: &str) -> Result<Self> {
        let known = self.options.secret.as_ref().is_none_or(|word| word.as_str() == secret);
        if !(self.service.active && known) {
            return Err(AppError::not_found("that service"));
        }
        if self.with.is_some_and(|with| !self.choice.iter().any(|(id, _)| *id == with)) {
            return Err(AppError::field("with", "Choose somebody who offers this."));
        }
        Ok(self)
    }

    /// Counts an appointment along that is planned and isn’t there yet.
    pub fn count(&mut self, staff: StaffId, span: Span) {
        let entry = (span.starts_at.timestamp(), span.ends_at.timestamp());
        for counted in self.rules.also.iter_mut().chain([&mut self.client]) {
            counted.entries.push(entry);
        }
        for (host, _) in self.hosts.iter_mut().zip(&self.staff).filter(|(_, who)| **who == staff) {
            host.own.entries.push(entry);
        }
    }

    /// Every time on offer between two instants.
    ///
    /// # Errors
    /// The stored rules can't be worked with; the business must mend them.
    pub fn starts(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Timestamp>> {
        static TAKES: Often = Often::new(meters::SLOTS_SECONDS, &[]);
        // Nobody offers it, or nobody who does can be booked now: a state of the business, not a mistake.
        if self.hosts.is_empty() {
            return Ok(Vec::new());
        }
        let unusable = |error| {
            tracing::error!(%error, service = %self.service.id, "the slot rules can’t be worked with");
            AppError::internal()
        };
        let begun = meters::now();
        let mut starts = slots::starts(&self.rules, &self.hosts, from, to, self.now).map_err(unusable)?;
        TAKES.since(begun);
        if !self.needs.is_empty() {
            starts.retain(|start| self.resources_at(*start).is_some());
        }
        let joinable = self.sessions.iter().filter(|session| self.can_join(session)).map(|session| session.starts_at);
        let joinable: Vec<Timestamp> =
            joinable.map(Instant::timestamp).filter(|start| (from..to).contains(start)).collect();
        if !joinable.is_empty() {
            starts.extend(joinable);
            starts.sort_unstable();
            starts.dedup();
        }
        Ok(starts)
    }

    /// How many seats are left at a start of a service that several clients share.
    pub fn seats_left(&self, start: Timestamp) -> i64 {
        let start = Instant::from_timestamp(start);
        let sessions = self.sessions.iter().filter(|session| session.starts_at == start && self.can_join(session));
        sessions.map(|session| session.capacity - session.taken).max().unwrap_or(self.options.capacity.0)
    }

    /// All the times on offer within the booking window.
    ///
    /// # Errors
    /// As [`Availability::starts`].
    pub fn all(&self) -> Result<Vec<Timestamp>> {
        let to =
            self.now.checked_add(((self.service.window_days + 2) * 24).hours()).map_err(|_| AppError::internal())?;
        self.starts(self.now, to)
    }

    /// Who and what takes a booking at this start, by the service’s rule; `before`: who has the appointment now, and keeps it if
    /// they can. Or why nobody can.
    ///
    /// # Errors
    /// 409 with the reason, in words for the client.
    pub fn assign(&self, start: Timestamp, before: Option<StaffId>) -> Result<Assigned> {
        if let Some(session) = self.session_with_room(start) {
            return Ok(joining(session));
        }
        let free = self.who_is_free(start)?;
        let collective = self.rules.mode == Mode::Collective;
        let first = before.filter(|staff| free.contains(staff)).or_else(|| free.first().copied());
        let staff = first.ok_or_else(|| AppError::conflict("That time has just been taken. Please choose another."))?;
        let also = if collective { free.into_iter().filter(|one| *one != staff).collect() } else { Vec::new() };
        let resources = self
            .resources_at(start)
            .ok_or_else(|| AppError::conflict("That time has just been taken. Please choose another."))?;
        Ok(Assigned { staff, also, resources, session: None })
    }

    /// Lets whoever asks have one more, at a start that is theirs otherwise. It is asked last of all: a refusal for any other reason is
    /// the same for everybody then, and tells nobody who is a client.
    ///
    /// # Errors
    /// 409 where they have as many as one client may.
    pub fn check_client(&self, start: Timestamp) -> Result<()> {
        if self.client.limits == Limits::NONE {
            return Ok(());
        }
        let rules = Rules { also: vec![self.client.clone()], ..self.rules.clone() };
        // Whose time it is was decided before.
        let anybody = self.hosts.iter().take(1).map(|host| Host { own: Counted::default(), ..host.clone() });
        let anybody: Vec<Host> = anybody.collect();
        let may = slots::lets_in(&rules, &anybody, start, self.now).map_err(|error| {
            tracing::error!(%error, service = %self.service.id, "the slot rules can’t be worked with");
            AppError::internal()
        })?;
        if may { Ok(()) } else { Err(AppError::conflict(slots::Refusal::Full.to_string())) }
    }

    /// Who takes a booking that the business makes against its own rules: a session with seats left, else whoever was chosen, else the
    /// first who offers it. What is taken by something else stays so: the database refuses that.
    ///
    /// # Errors
    /// 409 where nobody can be booked for it.
    pub fn against_the_rules(&self, start: Timestamp, before: Option<StaffId>) -> Result<Assigned> {
        let at = Instant::from_timestamp(start);
        let with = |session: &&Session| before.is_none_or(|staff| staff == session.staff_id);
        let mut sessions = self.sessions.iter().filter(|session| session.starts_at == at && self.has_room(session));
        if let Some(session) = sessions.find(with) {
            return Ok(joining(session));
        }
        let nobody = || AppError::conflict("Nobody can be booked for this service at the moment.");
        let staff = before.filter(|staff| self.staff.contains(staff)).or_else(|| self.staff.first().copied());
        let staff = staff.ok_or_else(nobody)?;
        let collective = self.rules.mode == Mode::Collective;
        let also =
            if collective { self.staff.iter().copied().filter(|one| *one != staff).collect() } else { Vec::new() };
        Ok(Assigned { staff, also, resources: Vec::new(), session: None })
    }

    /// Who can be booked for it, in the business’s order.
    pub fn people(&self) -> &[StaffId] {
        &self.staff
    }

    /// Why a time is offered, or isn’t: of each of [`Self::people`], and of all.
    ///
    /// # Errors
    /// The stored rules can't be worked with; the business must mend them.
    pub fn explain(&self, start: Timestamp) -> Result<slots::Explanation> {
        slots::explain(&self.rules, &self.hosts, start, self.now).map_err(|error| {
            tracing::error!(%error, service = %self.service.id, "the slot rules can’t be worked with");
            AppError::internal()
        })
    }

    /// The same for one of many times ([`slots::explain_briefly`]).
    ///
    /// # Errors
    /// As [`Self::explain`].
    pub fn explain_briefly(&self, start: Timestamp) -> Result<slots::Explanation> {
        slots::explain_briefly(&self.rules, &self.hosts, start, self.now).map_err(|error| {
            tracing::error!(%error, service = %self.service.id, "the slot rules can’t be worked with");
            AppError::internal()
        })
    }

    /// From which minute until which of a local day somebody works; `None`: nobody does.
    pub fn hours_on(&self, date: Date) -> Option<(i64, i64)> {
        let windows = || self.hosts.iter().flat_map(|host| slots::windows_on(host, date).0);
        Some((windows().map(|(from, _)| from).min()?, windows().map(|(_, until)| until).max()?))
    }

    /// From when until when a busy time of one of [`Self::people`] is.
    pub fn busy_time(&self, person: usize, index: usize) -> Option<(Timestamp, Timestamp)> {
        let busy = self.hosts.get(person)?.busy.get(index)?;
        Some((busy.start, busy.end))
    }

    /// A room, or a piece of equipment, that it needs can’t be had then.
    pub fn lacks_resources(&self, start: Timestamp) -> bool {
        self.resources_at(start).is_none()
    }

    /// A session that several clients share begins then, and has seats enough left.
    pub fn can_be_joined(&self, start: Timestamp) -> bool {
        self.session_with_room(start).is_some()
    }

    fn session_with_room(&self, start: Timestamp) -> Option<&Session> {
        let start = Instant::from_timestamp(start);
        self.sessions.iter().find(|session| session.starts_at == start && self.can_join(session))
    }

    /// It is as long as what is wanted, and at the same place: all that its clients have is what it takes of its person’s time.
    pub fn is_like(&self, ends_at: Instant, location: &str, start: Instant) -> bool {
        let same_place = location.is_empty() || self.location.is_empty() || location == self.location;
        same_place && ends_at == start.plus_seconds(self.minutes * 60)
    }

    /// It is what is wanted, and there are seats enough left in it.
    fn has_room(&self, session: &Session) -> bool {
        session.taken + self.seats <= session.capacity
            && self.is_like(session.ends_at, &session.location, session.starts_at)
            && self.staff.contains(&session.staff_id)
    }

    /// There are seats enough left in it, and it can still be booked: the window, the notice and the limits hold for each who joins.
    fn can_join(&self, session: &Session) -> bool {
        if !self.has_room(session) {
            return false;
        }
        let all = self.rules.mode == Mode::Collective;
        let (hosts, start) = (&self.hosts, session.starts_at.timestamp());
        let own = self.staff.iter().position(|staff| *staff == session.staff_id).and_then(|at| hosts.get(at));
        let hosts = if all { hosts.as_slice() } else { own.map(std::slice::from_ref).unwrap_or_default() };
        slots::lets_in(&self.rules, hosts, start, self.now).unwrap_or_else(|error| {
            tracing::error!(%error, service = %self.service.id, "the slot rules can’t be worked with");
            false
        })
    }

    /// Rooms and equipment for an appointment at this start, one for each need; `None` where one can’t be met.
    fn resources_at(&self, start: Timestamp) -> Option<Vec<ResourceId>> {
        let span = self.span(start).ok()?;
        let is_free = |taken: &[(Instant, Instant)]| {
            !taken.iter().any(|(from, until)| *from < span.blocks_until && *until > span.blocks_from)
        };
        let free = |need: &Need| need.0.iter().filter(|(_, taken)| is_free(taken)).map(|(id, _)| *id).collect();
        rooms::one_of_each(&self.needs.iter().map(free).collect::<Vec<_>>())
    }

    /// Who can take this start, whoever is to be asked first in front; or why nobody can.
    ///
    /// # Errors
    /// 409 with the reason, in words for the client.
    pub fn who_is_free(&self, start: Timestamp) -> Result<Vec<StaffId>> {
        if self.hosts.is_empty() {
            return Err(AppError::conflict("Nobody can be booked for this service at the moment."));
        }
        let free = slots::check(&self.rules, &self.hosts, start, self.now)
            .map_err(|refusal| AppError::conflict(refusal.to_string()))?;
        let day = start.to_zoned(self.tz.clone()).date();
        let of_that_day = |busy: &&Busy| busy.start.to_zoned(self.tz.clone()).date() == day;
        let candidates = free
            .into_iter()
            .filter_map(|index| {
                let (host, staff) = (self.hosts.get(index)?, self.staff.get(index)?);
                let known = self.candidates.iter().find(|candidate| candidate.staff == *staff)?;
                Some(Candidate { that_day: host.busy.iter().filter(of_that_day).count(), ..*known })
            })
            .collect();
        Ok(assign::order(self.options.assignment, candidates))
    }

    /// The times of an appointment at this start.
    ///
    /// # Errors
    /// 422 for a time at the end of the calendar.
    pub fn span(&self, start: Timestamp) -> Result<Span> {
        let starts_at = Instant::from_timestamp(start);
        let ends_at = starts_at.plus_seconds(self.minutes * 60);
        let span = Span {
            starts_at,
            ends_at,
            blocks_from: starts_at.plus_seconds(-self.rules.buffer_before * 60),
            blocks_until: ends_at.plus_seconds(self.rules.buffer_after * 60),
        };
        if span.ends_at > starts_at {
            Ok(span)
        } else {
            Err(AppError::field("start", "Choose one of the times on offer."))
        }
    }

    /// When it was read.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The last local day that can be booked, on the business's calendar.
    pub fn last_day(&self) -> Date {
        self.now.to_zoned(self.tz.clone()).date().saturating_add(self.service.window_days.days())
    }

    /// These starts, which are all there are, as a page shows them: a week from `from` (or from the first day with
    /// something free), and a month.
    ///
    /// # Errors
    /// A date at the end of the calendar.
    pub fn times<'a>(
        &self,
        starts: &'a [Timestamp],
        viewer: &Viewer,
        from: Option<Date>,
        month: Option<Date>,
    ) -> Result<Times<'a>> {
        let today = self.now.to_zoned(viewer.tz.clone()).date();
        let last_day = self.now.to_zoned(self.tz.clone()).date().saturating_add((self.service.window_days + 1).days());
        let by_day = by_day(starts, &viewer.tz)?;
        let first = match from {
            Some(date) => date.clamp(today, last_day),
            None => by_day.first().map_or(today, |day| day.date),
        };
        let after = first.saturating_add(7.days());
        let days: Vec<Day<'a>> = first.series(1.day()).take(7).map(|date| on_day(&by_day, date)).collect();
        let next_available = if days.iter().all(|day| day.starts.is_empty()) {
            by_day.iter().find(|day| day.date >= after).copied()
        } else {
            None
        };
        let shown_month = month.unwrap_or(first).first_of_month();
        Ok(Times {
            now: self.now,
            days,
            previous: by_day.first().filter(|day| day.date < first).map(|_| first.saturating_sub(7.days()).max(today)),
            next: (after <= last_day).then_some(after),
            next_available,
            month: month_view(shown_month, today, last_day, first, &by_day),
        })
    }

    /// Until when a page of these times holds: until the first of them passes its minimum notice, and no longer than to
    /// the next quarter of an hour, for all midnights and changes of clocks anywhere fall on one.
    pub fn holds_until(&self, starts: &[Timestamp]) -> Instant {
        const QUARTER: i64 = 15 * 60;
        let quarter =
            Timestamp::from_second((self.now.as_second().div_euclid(QUARTER) + 1) * QUARTER).unwrap_or(Timestamp::MAX);
        let notice = starts.first().map_or(Timestamp::MAX, |first| {
            let last = Instant::from_timestamp(*first).plus_seconds(-self.service.min_notice_minutes * 60);
            // A start exactly at its notice is still on offer.
            last.timestamp().checked_add(1.microsecond()).unwrap_or(Timestamp::MAX)
        });
        Instant::from_timestamp(quarter.min(notice))
    }

    /// The chosen time in words, for the form.
    pub fn chosen(&self, viewer: &Viewer, start: Timestamp, key: String) -> Chosen {
        let minutes = self.minutes;
        Chosen {
            held: String::new(),
            facts: Vec::new(),
            start: start.to_string(),
            label: viewer.when(start, minutes),
            zone_label: format::zone(&viewer.name, &viewer.tz, start),
            business_label: viewer.business_when(start, minutes),
            key,
        }
    }
}

fn joining(session: &Session) -> Assigned {
    Assigned { staff: session.staff_id, also: Vec::new(), resources: Vec::new(), session: Some(session.id) }
}

/// The times of a service on a page: a week, and the month around it.
#[derive(Debug)]
pub struct Times<'a> {
    /// When they were asked for.
    pub now: Timestamp,
    /// Seven days from the one asked for, or from the first with something free.
    pub days: Vec<Day<'a>>,
    /// First day of the week before, where there can be anything.
    pub previous: Option<Date>,
    /// First day of the week after, within the booking window.
    pub next: Option<Date>,
    /// The first day from here on with something free, where the week shown has nothing.
    pub next_available: Option<Day<'a>>,
    /// The month picker.
    pub month: Month,
}

/// A day with its starts, in the visitor's zone.
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    /// The date.
    pub date: Date,
    /// In order; empty where nothing is free.
    pub starts: &'a [Timestamp],
}

/// The month picker.
#[derive(Debug)]
pub struct Month {
    /// Its first day.
    pub first: Date,
    /// Weeks of seven days, Monday first.
    pub weeks: Vec<Vec<MonthDay>>,
    /// The month before, where there can be anything.
    pub previous: Option<Date>,
    /// The month after, likewise.
    pub next: Option<Date>,
}

/// A day in the month picker.
#[derive(Debug)]
pub struct MonthDay {
    /// The date.
    pub date: Date,
    /// How many times are free on it.
    pub free: usize,
    /// One of the neighbours' days that fill the first and last week.
    pub outside: bool,
    /// In the week shown.
    pub shown: bool,
    /// Today in the visitor's zone.
    pub today: bool,
}

/// Whose clock the page shows.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// IANA name.
    pub name: String,
    /// Its zone.
    pub tz: TimeZone,
    business_name: String,
    business_tz: TimeZone,
}

impl Viewer {
    /// The zone that the visitor asked for, or else the business's.
    ///
    /// # Errors
    /// 422 at `zone` for one that doesn't exist.
    pub fn new(asked: Option<&str>, business: &str) -> Result<Self> {
        let business_tz = zone(business)?;
        let (name, tz) = match asked.filter(|asked| !asked.is_empty()) {
            None => (business.to_owned(), business_tz.clone()),
            Some(asked) => {
                let tz = TimeZone::get(asked).map_err(|_| {
                    AppError::field("zone", "We don’t know that time zone. Choose one like Australia/Perth.")
                })?;
                (tz.iana_name().unwrap_or(asked).to_owned(), tz)
            }
        };
        Ok(Self { name, tz, business_name: business.to_owned(), business_tz })
    }

    /// "Monday 23 November 2026, 9:00 – 9:45 am", on this clock.
    pub fn when(&self, start: Timestamp, minutes: i64) -> String {
        when(start, minutes, &self.tz)
    }

    /// The same on the business's clock, where that differs.
    pub fn business_when(&self, start: Timestamp, minutes: i64) -> Option<String> {
        self.differs_at(start).then(|| {
            let place = format::zone(&self.business_name, &self.business_tz, start);
            words::in_zone(&when(start, minutes, &self.business_tz), &place)
        })
    }

    /// "Perth time (AWST)".
    pub fn label_at(&self, at: Timestamp) -> String {
        format::zone(&self.name, &self.tz, at)
    }

    /// The two clocks show different times at that instant.
    pub fn differs_at(&self, at: Timestamp) -> bool {
        self.tz.to_offset(at) != self.business_tz.to_offset(at)
    }

    /// "Sydney time (AEDT)": the business's clock.
    pub fn business_label_at(&self, at: Timestamp) -> String {
        format::zone(&self.business_name, &self.business_tz, at)
    }

    /// The city that the business's clock is named after.
    pub fn business_city(&self) -> String {
        format::city(&self.business_name)
    }

    /// Both clocks over a stretch of time, the visitor's first.
    pub fn clocks(&self, from: Timestamp, to: Timestamp) -> [Clock<'_>; 2] {
        [&self.tz, &self.business_tz].map(|zone| Clock::new(zone, from.as_second(), to.as_second()))
    }

    /// IANA name and label of each zone to choose from; the visitor's is among them.
    pub fn offered(&self, now: Timestamp) -> Vec<(&str, String)> {
        let mut offered: Vec<&str> = OFFERED_ZONES.to_vec();
        for extra in [self.business_name.as_str(), self.name.as_str()] {
            if !offered.contains(&extra) {
                offered.insert(0, extra);
            }
        }
        offered
            .into_iter()
            .filter_map(|name| Some((name, format::zone(name, &TimeZone::get(name).ok()?, now))))
            .collect()
    }
}

fn when(start: Timestamp, minutes: i64, tz: &TimeZone) -> String {
    let from = start.to_zoned(tz.clone());
    let until = from.saturating_add(minutes.minutes());
    format::when(&from, &until)
}

/// Whom clients may choose: those who are on the team’s page.
fn choice(rosters: &[Roster]) -> Result<Vec<(StaffId, String)>> {
    let mut choice = Vec::new();
    for roster in rosters {
        if !StaffOptions::read(&roster.options)?.unlisted {
            choice.push((roster.staff, roster.name.clone()));
        }
    }
    Ok(choice)
}

/// Minutes on the way, each way: of the place asked for, else of the first.
fn travel(options: &ServiceOptions, location: &str) -> Result<i64> {
    match options.place(location) {
        None if location.is_empty() => Ok(0),
        None => Err(AppError::field("location", "Choose one of the places on offer.")),
        Some(place) => Ok(if place.kind == LocationKind::AtClient { place.travel_minutes } else { 0 }),
    }
}

fn rules(service: &Service, options: &ServiceOptions, minutes: i64, travel: i64, zone: TimeZone) -> Rules {
    Rules {
        zone,
        duration: minutes,
        interval: service.interval_minutes,
        offset: options.offset_minutes,
        buffer_before: service.buffer_before_minutes + travel,
        buffer_after: service.buffer_after_minutes + travel,
        min_notice: service.min_notice_minutes,
        limits: Limits::NONE,
        also: Vec::new(),
        hours: None,
        from_date: options.window.from,
        until_date: options.window.until,
        rolling_days: Some(service.window_days),
        rolling_business_days: options.window.business_days,
        optimize: options.optimise,
        mode: if options.assignment.rule == AssignmentRule::Collective { Mode::Collective } else { Mode::Any },
    }
}

/// What one need can be met with, and when each is taken.
#[derive(Debug)]
struct Need(Vec<(ResourceId, Vec<(Instant, Instant)>)>);

async fn needs(
    tx: &mut OrgTx,
    offer: &Offer,
    range: &Range<Instant>,
    except: (Option<AppointmentId>, Option<HoldId>),
    holds_from: Instant,
) -> Result<Vec<Need>> {
    let service = offer.service.id;
    let taken = store::resources_taken(tx, service, range, except, holds_from).await?;
    let resources = store::needed_resources(tx, service).await?;
    let mut needs: Vec<(i64, Need)> = Vec::new();
    for (need, id, ..) in resources {
        let of = taken.iter().filter(|(resource, ..)| *resource == id).map(|(_, from, until)| (*from, *until));
        let one = (id, of.collect());
        match needs.last_mut() {
            Some((last, with)) if *last == need => with.0.push(one),
            _ => needs.push((need, Need(vec![one]))),
        }
    }
    let mut needs: Vec<Need> = needs.into_iter().map(|(_, need)| need).collect();
    // One all of whose rooms are out of use can’t be met.
    while i64::try_from(needs.len()).unwrap_or(i64::MAX) < offer.needs {
        needs.push(Need(Vec::new()));
    }
    Ok(needs)
}

fn own_limits(roster: &Roster) -> Result<LimitSet> {
    match roster.options.as_str() {
        "" | "{}" => Ok(LimitSet::default()),
        stored => Ok(StaffOptions::read(stored)?.limits),
    }
}

fn engine_limits(limits: LimitSet) -> Limits {
    Limits {
        per_day: limits.per_day,
        per_week: limits.per_week,
        per_month: limits.per_month,
        minutes_per_day: limits.minutes_per_day,
        minutes_per_week: limits.minutes_per_week,
        minutes_per_month: limits.minutes_per_month,
    }
}

/// What the rules of assignment look at, of each person.
async fn candidates(tx: &mut OrgTx, offer: &Offer, options: &ServiceOptions, now: Instant) -> Result<Vec<Candidate>> {
    let turns = match options.assignment.rule {
        AssignmentRule::LongestIdle | AssignmentRule::RoundRobin => {
            let since = now.plus_seconds(-options.assignment.period() * DAY_SECONDS);
            store::turns(tx, offer.service.id, since).await?
        }
        _ => Vec::new(),
    };
    let of = |roster: &Roster| {
        let had = turns.iter().find(|(staff, ..)| *staff == roster.staff);
        Candidate {
            staff: roster.staff,
            priority: roster.priority,
            weight: roster.weight,
            that_day: 0,
            turns: had.map_or(0, |(_, count, _)| *count),
            last: had.and_then(|(.., last)| *last),
        }
    };
    Ok(offer.rosters.iter().map(of).collect())
}

/// The days, and parts of days, on which the business is closed for public holidays.
fn closures(calendar: &CalendarOptions, offer: &Offer, from: Date, until: Date) -> Vec<(Date, (i64, i64))> {
    let state = holidays::of_state(&calendar.holidays, from, until);
    let changes = offer.holidays.iter().filter_map(|(date, closed)| {
        Some(holidays::Holiday { date: date.parse().ok()?, name: String::new(), closed: *closed })
    });
    let all = holidays::with_changes(state, changes.collect());
    all.into_iter().filter_map(|holiday| Some((holiday.date, holiday.closed?))).collect()
}

fn weekly(keeps: &Keeps) -> Vec<Weekly> {
    keeps
        .hours
        .iter()
        .map(|window| Weekly {
            days: Days::from_numbers(u8::try_from(window.weekday)).unwrap_or_default(),
            start: window.start_minute,
            end: window.end_minute,
        })
        .collect()
}

fn overrides(keeps: &Keeps) -> Vec<slots::Override> {
    let read = |(date, window): &(String, Option<(i64, i64)>)| {
        Some(slots::Override { date: date.parse().ok()?, window: *window })
    };
    keeps.overrides.iter().filter_map(read).collect()
}

fn host(tz: &TimeZone, roster: &Roster, holidays: &[(Date, (i64, i64))]) -> Host {
    // The stored times have the buffers in them.
    let busy = |(from, until): &(Instant, Instant), counts| Busy {
        start: from.timestamp(),
        end: until.timestamp(),
        buffer_before: 0,
        buffer_after: 0,
        counts,
    };
    let mut all: Vec<Busy> = roster.taken.iter().map(|taken| busy(taken, true)).collect();
    all.extend(roster.away.iter().map(|away| busy(away, false)));
    let overrides = overrides(&roster.keeps);
    let mut closed_dates = Vec::new();
    for (date, closed) in holidays {
        if *closed == holidays::ALL_DAY {
            closed_dates.push(*date);
        } else if !overrides.iter().any(|window| window.date == *date) {
            all.extend(part_of_day(tz, *date, *closed));
        }
    }
    Host {
        zone: tz.clone(),
        weekly: weekly(&roster.keeps),
        overrides,
        closed_dates,
        busy: all,
        own: Counted::default(),
    }
}

/// A part of a local day, as time that is taken.
fn part_of_day(tz: &TimeZone, date: Date, (from, until): (i64, i64)) -> Option<Busy> {
    let at = |minute: i64| {
        let midnight = date.at(0, 0, 0, 0);
        midnight.checked_add(minute.minutes()).ok()?.to_zoned(tz.clone()).ok().map(|zoned| zoned.timestamp())
    };
    Some(Busy { start: at(from)?, end: at(until)?, buffer_before: 0, buffer_after: 0, counts: false })
}

/// The starts, which are in order, by their day on this clock. Asks the zone once a day rather than once a start.
fn by_day<'a>(starts: &'a [Timestamp], tz: &TimeZone) -> Result<Vec<Day<'a>>> {
    let mut days = Vec::new();
    let mut rest = starts;
    while let Some(first) = rest.first() {
        let date = first.to_zoned(tz.clone()).date();
        let midnight =
            date.tomorrow().and_then(|next| next.to_zoned(tz.clone())).map_err(|_| AppError::internal())?.timestamp();
        let (today, later) = rest.split_at(rest.partition_point(|start| *start < midnight).max(1));
        days.push(Day { date, starts: today });
        rest = later;
    }
    Ok(days)
}

/// The day of that date, with what is free on it.
fn on_day<'a>(by_day: &[Day<'a>], date: Date) -> Day<'a> {
    let found = by_day.binary_search_by_key(&date, |day| day.date).ok().and_then(|place| by_day.get(place));
    found.copied().unwrap_or(Day { date, starts: &[] })
}

fn month_view(month: Date, today: Date, last_day: Date, first_shown: Date, by_day: &[Day<'_>]) -> Month {
    let grid_start = month.saturating_sub(i64::from(month.weekday().to_monday_zero_offset()).days());
    let after_month = month.saturating_add(1.month());
    let shown = first_shown..first_shown.saturating_add(7.days());
    let weeks = (0..6)
        .map(|week| grid_start.saturating_add((week * 7).days()))
        .take_while(|monday| *monday < after_month)
        .map(|monday| {
            monday
                .series(1.day())
                .take(7)
                .map(|date| MonthDay {
                    date,
                    free: on_day(by_day, date).starts.len(),
                    outside: date.month() != month.month() || date.year() != month.year(),
                    shown: shown.contains(&date),
                    today: date == today,
                })
                .collect()
        })
        .collect();
    Month {
        first: month,
        weeks,
        previous: (month > today.first_of_month()).then(|| month.saturating_sub(1.month())),
        next: (after_month <= last_day).then_some(after_month),
    }
}
