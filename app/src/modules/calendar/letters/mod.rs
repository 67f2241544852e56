//! What the calendar writes: to clients, and to those who are booked. A letter is queued in the transaction of what it tells of, so that
//! there is none without the other; what is to be written later is noted in it, too.

pub mod due;
pub mod examples;
pub(super) mod export;
mod invite;
pub mod kinds;
pub mod messages;
pub mod refunds;
pub mod settings;
pub mod setup;
mod staff;
pub mod store;
pub mod template;
pub mod texts;
pub mod waitlist;
mod words;

use jiff::tz::TimeZone;

use self::{
    invite::Organiser,
    kinds::{Any, Kind, StaffKind},
    settings::LetterOptions,
    template::{Values, Wording},
};
use super::{
    booking::{self, Ending},
    ids::{AppointmentId, StaffId},
    options::{AssignmentRule, CalendarOptions, ServiceOptions},
    paying::words::Money,
    store::{Appointment, ToTell},
    wire::Status,
};
use crate::{
    clock::Instant,
    error::Result,
    mail::{self, Letter, Mailing},
    org::OrgTx,
};

/// What is about to begin, or has, is still worth a letter for so long.
const STILL_WORTH_SECONDS: i64 = 60 * 60;
/// A move in the diary can be undone for so long before its client is told.
const UNDO_SECONDS: i64 = 20;

/// What happened to an appointment.
#[derive(Debug, Clone, Copy)]
pub enum Happened {
    /// It was booked; of several booked at once this is the first.
    Booked,
    /// The business said yes.
    Confirmed,
    /// It was at another time, or with another, before.
    Moved {
        /// It began then.
        from: Instant,
        /// And ended then.
        until: Instant,
        /// With them.
        staff: StaffId,
    },
    /// Its client moved it, so that the business has to say yes to it anew.
    AskedAgain {
        /// It was with them.
        staff: StaffId,
    },
    /// It came to its end, or stands again.
    Ended(Status, Ending),
    /// It was paid for when its time wasn’t kept any more, and the money goes back.
    PaidLate,
}

impl Happened {
    /// It was moved from where it is here.
    pub const fn moved(before: &Appointment) -> Self {
        Self::Moved { from: before.starts_at, until: before.ends_at, staff: before.staff_id }
    }
}

/// Tells whoever is to know of what happened, in its transaction, and notes what is to be written later.
///
/// # Errors
/// The database is busy, or a key isn’t there.
pub async fn tell(tx: &mut OrgTx, happened: Happened, id: AppointmentId) -> Result<()> {
    let Some(about) = About::load(tx, id).await? else { return Ok(()) };
    match happened {
        Happened::Booked => booked(tx, &about).await,
        Happened::Confirmed => about.write(tx, Kind::Confirmed, Extra::default()).await,
        Happened::Moved { from, until, staff } => {
            due::forget(tx, id, "changed").await?;
            due::note(tx, &about, id, about.appointment.starts_at, about.appointment.ends_at).await?;
            about.write(tx, Kind::Moved, Extra { was: Some((from, until)), ..Extra::default() }).await?;
            about.tell_staff(tx, &[], StaffKind::Moved).await?;
            if staff != about.appointment.staff_id {
                staff::tell(tx, &about, &[], StaffKind::Moved, staff).await?;
            }
            Ok(())
        }
        Happened::AskedAgain { staff } => {
            due::forget(tx, id, "changed").await?;
            due::note(tx, &about, id, about.appointment.starts_at, about.appointment.ends_at).await?;
            about.write(tx, Kind::Requested, Extra::default()).await?;
            about.tell_staff(tx, &[], StaffKind::ToConfirm).await?;
            if staff != about.appointment.staff_id {
                staff::tell(tx, &about, &[], StaffKind::Moved, staff).await?;
            }
            Ok(())
        }
        Happened::PaidLate => about.write(tx, Kind::Lapsed, Extra::default()).await,
        Happened::Ended(Status::Booked, _) => {
            due::note(tx, &about, id, about.appointment.starts_at, about.appointment.ends_at).await
        }
        Happened::Ended(Status::NoShow, _) => due::forget(tx, id, "ended").await,
        Happened::Ended(Status::Cancelled, ending) => {
            due::forget(tx, id, "ended").await?;
            about.write(tx, kind_of(ending), Extra::default()).await?;
            if matches!(ending, Ending::Client | Ending::ClientLate) {
                about.tell_staff(tx, &[], StaffKind::Cancelled).await?;
            }
            Ok(())
        }
    }
}

/// Lets the letter about a move that was just made wait for as long as it can be undone.
///
/// # Errors
/// The database is busy.
pub async fn hold_back_move(tx: &mut OrgTx, id: AppointmentId) -> Result<()> {
    if let Some(letter) = store::last_letter(tx, id, Kind::Moved).await? {
        let until = tx.now().plus_seconds(UNDO_SECONDS);
        mail::put_off(tx.platform_part(), letter, until).await?;
    }
    Ok(())
}

/// Takes back what the client was to be told of a move that is undone, and notes anew what is to be written later. `false`: they were
/// told, or it can't be known, so they are to be told of this, too.
///
/// # Errors
/// The database is busy, or a key isn’t there.
pub async fn take_back_move(tx: &mut OrgTx, id: AppointmentId) -> Result<bool> {
    let Some(letter) = store::last_letter(tx, id, Kind::Moved).await? else { return Ok(false) };
    if !mail::take_back(tx.platform_part(), letter).await? {
        return Ok(false);
    }
    store::drop_message(tx, id, letter).await?;
    if let Some(about) = About::load(tx, id).await? {
        due::forget(tx, id, "changed").await?;
        due::note(tx, &about, id, about.appointment.starts_at, about.appointment.ends_at).await?;
        about.tell_staff(tx, &[], StaffKind::Moved).await?;
    }
    Ok(true)
}

async fn booked(tx: &mut OrgTx, about: &About) -> Result<()> {
    let appointment = &about.appointment;
    let all = about.booked_along(tx).await?;
    for one in &all {
        due::note(tx, about, one.id, one.starts_at, one.ends_at).await?;
    }
    let (kind, staff_kind) = if appointment.unconfirmed_until.is_some() {
        (Kind::Requested, StaffKind::ToConfirm)
    } else {
        (Kind::Booked, StaffKind::Booked)
    };
    about.write(tx, kind, Extra { all: all.clone(), ..Extra::default() }).await?;
    about.tell_staff(tx, &all, staff_kind).await
}

/// The letter about how one came to its end.
const fn kind_of(ending: Ending) -> Kind {
    match ending {
        Ending::Client | Ending::ClientLate => Kind::Cancelled,
        Ending::Business => Kind::CalledOff,
        Ending::Declined => Kind::Declined,
        Ending::Expired | Ending::Unpaid => Kind::Lapsed,
    }
}

/// An appointment with what its letters are made of.
struct About {
    appointment: Appointment,
    options: ServiceOptions,
    letters: LetterOptions,
    client: String,
    email: String,
    phone: String,
    place: String,
    money: Option<Money>,
    /// The organisation words letters itself.
    own_words: bool,
    /// Whom it is with is a member.
    with_member: bool,
}

/// One of those that were booked at once.
#[derive(Debug, Clone, Copy)]
struct One {
    id: AppointmentId,
    starts_at: Instant,
    ends_at: Instant,
    version: i64,
}

/// What a letter tells beyond the appointment as it is.
#[derive(Debug, Clone, Default)]
struct Extra {
    /// When it was before.
    was: Option<(Instant, Instant)>,
    /// All that were booked at once; none: it alone.
    all: Vec<One>,
    /// Somebody has it sent again.
    by_hand: bool,
}

impl About {
    async fn load(tx: &mut OrgTx, id: AppointmentId) -> Result<Option<Self>> {
        let Some(found) = super::store::to_tell(tx, id).await? else { return Ok(None) };
        let ToTell { appointment, service_options, calendar_options, asked_to_pay, own_words, with_member } = found;
        let options = ServiceOptions::read(&service_options)?;
        let calendar = calendar_options.map(|stored| CalendarOptions::read(&stored)).transpose()?.unwrap_or_default();
        let keys = tx.keys().await?;
        let money = if asked_to_pay { Money::of(tx, id).await? } else { None };
        let open = |column, sealed: &[u8]| booking::unseal(&keys, id, column, sealed);
        let place = appointment.place.as_deref().map(|sealed| open("place", sealed)).transpose()?;
        Ok(Some(Self {
            client: open("client_name", &appointment.client_name)?,
            email: open("client_email", &appointment.client_email)?,
            phone: open("client_phone", &appointment.client_phone)?,
            place: place.unwrap_or_default(),
            money,
            own_words,
            with_member,
            letters: calendar.letters,
            options,
            appointment,
        }))
    }

    /// All that were booked with the first of a series; else it alone.
    async fn booked_along(&self, tx: &mut OrgTx) -> Result<Vec<One>> {
        let itself = self.itself();
        match self.appointment.series_id {
            Some(series) if series == self.appointment.id.0 => {
                let all = store::of_series(tx, series).await?;
                let one = |(id, starts_at, ends_at, version)| One { id, starts_at, ends_at, version };
                Ok(all.into_iter().map(one).collect())
            }
            _ => Ok(vec![itself]),
        }
    }

    const fn itself(&self) -> One {
        let Appointment { id, starts_at, ends_at, version, .. } = self.appointment;
        One { id, starts_at, ends_at, version }
    }

    /// The zone in which its client sees times.
    fn zone(&self, business: &str) -> (String, TimeZone) {
        let known = |name: &str| TimeZone::get(name).ok().map(|tz| (name.to_owned(), tz));
        known(&self.appointment.client_zone)
            .or_else(|| known(business))
            .unwrap_or_else(|| ("UTC".to_owned(), TimeZone::UTC))
    }

    fn is_confirmed(&self) -> bool {
        let appointment = &self.appointment;
        let waits = appointment.unconfirmed_until.or(appointment.unpaid_until).is_some();
        appointment.status() == Status::Booked && !waits
    }

    /// Tells whom it is with, and where all of them take part, each.
    async fn tell_staff(&self, tx: &mut OrgTx, all: &[One], kind: StaffKind) -> Result<()> {
        if self.with_member {
            staff::tell(tx, self, all, kind, self.appointment.staff_id).await?;
        }
        if self.options.assignment.rule == AssignmentRule::Collective {
            for (other,) in store::also_with(tx, self.appointment.id).await? {
                staff::tell(tx, self, all, kind, other).await?;
            }
        }
        Ok(())
    }

    /// Writes to the client, where they left an address and letters of this kind are sent.
    async fn write(&self, tx: &mut OrgTx, kind: Kind, extra: Extra) -> Result<()> {
        if self.email.is_empty() || !(extra.by_hand || self.letters.sends(kind)) {
            return Ok(());
        }
        let over = self.appointment.ends_at <= tx.now();
        if over && matches!(kind, Kind::Booked | Kind::Moved) {
            return Ok(());
        }
        let mailing = self.mailing(tx, kind, &extra).await?;
        let worth = match kind {
            Kind::FollowUp => None,
            _ => Some(self.appointment.ends_at.max(tx.now().plus_seconds(STILL_WORTH_SECONDS))),
        };
        let letter = kinds::queue(tx, Any::Client(kind), &mailing, worth).await?;
        let itself = self.itself();
        let all = if extra.all.is_empty() { &[itself][..] } else { &extra.all };
        for one in all {
            store::add_message(tx, one.id, kind, Some(letter), extra.by_hand).await?;
        }
        Ok(())
    }

    async fn mailing(&self, tx: &mut OrgTx, kind: Kind, extra: &Extra) -> Result<Mailing> {
        let own = if self.own_words { store::template(tx, kind).await? } else { None };
        let wording = own.map_or_else(|| Wording::ours(kind), |(wording, _)| wording);
        let values = self.values(tx, extra);
        let mut letter: Letter = wording.letter(self.email.clone(), &values);
        // Whatever a business has written itself: that money goes back is said.
        if !values.refund.is_empty() && !wording.body.contains("{refund}") {
            letter.paragraphs.push(format!("Paid back: {}", values.refund));
        }
        let organiser = Organiser::of(tx, &self.letters);
        let mut mailing = Mailing {
            sender: Some(tx.org().name.clone()),
            reply_to: Some(self.letters.reply_to.clone()).filter(|address| !address.is_empty()),
            ..Mailing::from(letter)
        };
        mailing.attachments.extend(invite::attachment(tx, self, kind, &extra.all, &values, &organiser));
        Ok(mailing)
    }

    fn values(&self, tx: &OrgTx, extra: &Extra) -> Values {
        let org = tx.org();
        let (zone, tz) = self.zone(&org.zone);
        let itself = self.itself();
        let all = if extra.all.is_empty() { &[itself][..] } else { &extra.all };
        let link = booking::link(tx.platform(), tx.id(), self.appointment.id, self.appointment.ends_at);
        Values {
            client: template::tame(&self.client),
            business: org.name.clone(),
            service: self.appointment.service_name.clone(),
            when: words::when(all, &zone, &tz),
            when_in_short: words::when_in_short(all, &tz),
            was: extra.was.map(|(from, until)| words::span(from, until, &tz)).unwrap_or_default(),
            with: self.appointment.staff_name.clone(),
            place: words::place(self, org),
            price: super::format::price(self.appointment.price_cents, &self.appointment.currency),
            paid: self.money.as_ref().map(|money| money.paid(&self.appointment)).unwrap_or_default(),
            refund: self.money.as_ref().map(Money::refund).unwrap_or_default(),
            changes: words::changes(&self.appointment, &self.options, &tz, tx.now()),
            manage_link: format!("{}/manage/{link}", tx.platform().origin),
            contact: [&org.name, &org.address, &org.phone]
                .into_iter()
                .filter(|line| !line.is_empty())
                .cloned()
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }
}
