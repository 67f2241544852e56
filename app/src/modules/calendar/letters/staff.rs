//! Letters to those who are booked: members, who can each switch them off.

use jiff::{ToSpan, tz::TimeZone};

use super::{
    About, One,
    kinds::{self, Any, StaffKind},
    store::{self, Told},
    template, words,
};
use crate::{
    clock::Instant,
    error::Result,
    mail::{Letter, Mailing},
    modules::calendar::{
        booking, format,
        ids::StaffId,
        store::{Appointment, appointments},
        wire::Status,
    },
    org::OrgTx,
    people::members,
};

/// A day has so many appointments at most that are listed.
const MOST_LISTED: i64 = 500;

/// What a letter to somebody who is booked tells.
pub struct Facts<'a> {
    /// Their name.
    pub name: &'a str,
    /// The client’s.
    pub client: &'a str,
    /// May be empty.
    pub phone: &'a str,
    /// What.
    pub service: &'a str,
    /// With whom it is.
    pub with: &'a str,
    /// When, in a subject.
    pub when_in_short: &'a str,
    /// When, of several all.
    pub when: &'a str,
    /// May be empty.
    pub place: &'a str,
    /// The diary.
    pub page: String,
}

/// Tells somebody, where they are a member, haven’t switched it off and didn’t do it themselves.
pub async fn tell(tx: &mut OrgTx, about: &About, all: &[One], kind: StaffKind, staff: StaffId) -> Result<()> {
    let Some(told) = store::told(tx, staff).await? else { return Ok(()) };
    let letters = told.letters();
    let wanted = match kind {
        StaffKind::Booked => letters.booked,
        StaffKind::Moved => letters.moved,
        StaffKind::Cancelled => letters.cancelled,
        StaffKind::ToConfirm => letters.to_confirm,
        StaffKind::Agenda => letters.agenda_hour.is_some(),
    };
    if !wanted || tx.user() == Some(told.user_id) {
        return Ok(());
    }
    let Some(to) = address(tx, &told).await? else { return Ok(()) };
    let org = tx.org();
    let tz = TimeZone::get(&org.zone).unwrap_or(TimeZone::UTC);
    let itself = about.itself();
    let all = if all.is_empty() { &[itself][..] } else { all };
    let date = about.appointment.starts_at.timestamp().to_zoned(tz.clone()).date();
    let facts = Facts {
        name: &told.name,
        client: &template::tame(&about.client),
        phone: &about.phone,
        service: &about.appointment.service_name,
        with: &about.appointment.staff_name,
        when_in_short: &words::when_in_short(all, &tz),
        when: &words::when(all, &org.zone, &tz),
        place: &words::place(about, org),
        page: format!("{}/app/{}/calendar?view=day&date={date}", tx.platform().origin, org.slug),
    };
    send(tx, kind, letter(to, kind, &facts), about.appointment.ends_at).await
}

/// Tells somebody of their day, where there is anything in it.
pub async fn tell_day(tx: &mut OrgTx, staff: StaffId) -> Result<()> {
    let Some(told) = store::told(tx, staff).await? else { return Ok(()) };
    let Some(to) = address(tx, &told).await? else { return Ok(()) };
    let (zone, slug) = (tx.org().zone.clone(), tx.org().slug.clone());
    let tz = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let date = tx.now().timestamp().to_zoned(tz.clone()).date();
    let midnight = |days: i64| {
        let at = date.saturating_add(days.days()).to_zoned(tz.clone()).map(|at| at.timestamp());
        at.map_or_else(|_| tx.now(), Instant::from_timestamp)
    };
    let (from, until) = (midnight(0), midnight(1));
    let all = appointments(tx, from, until, None, MOST_LISTED).await?;
    let keys = tx.keys().await?;
    let mut lines = Vec::new();
    for one in all.iter().filter(|one| one.staff_id == staff && one.status() == Status::Booked) {
        let client = booking::unseal(&keys, one.id, "client_name", &one.client_name)?;
        lines.push(line(one, &template::tame(&client), &tz));
    }
    if lines.is_empty() {
        return Ok(());
    }
    let page = format!("{}/app/{slug}/calendar?view=day&date={date}", tx.platform().origin);
    send(tx, StaffKind::Agenda, agenda(to, &told.name, &format::day(date), &lines, page), until).await
}

/// "9:00 – 9:45 am: Casey Client, Initial consultation"
fn line(one: &Appointment, client: &str, tz: &TimeZone) -> String {
    let (from, until) = (one.starts_at.timestamp().to_zoned(tz.clone()), one.ends_at.timestamp().to_zoned(tz.clone()));
    let waits = match (one.unpaid_until, one.unconfirmed_until) {
        (Some(_), _) => " (not paid yet)",
        (None, Some(_)) => " (to be confirmed)",
        (None, None) => "",
    };
    format!("{}: {client}, {}{waits}", format::time_range(&from, &until), one.service_name)
}

/// A letter of one appointment, or of several that were booked at once.
pub fn letter(to: String, kind: StaffKind, facts: &Facts<'_>) -> Letter {
    let Facts { name, client, phone, service, with, when_in_short, when, place, page } = facts;
    let (what, first) = match kind {
        StaffKind::Moved => {
            ("Moved", format!("The appointment of {client} is at another time or with another person now."))
        }
        StaffKind::Cancelled => ("Cancelled", format!("{client} cancelled.")),
        StaffKind::ToConfirm => (
            "Please confirm",
            format!("{client} asks for a booking. It waits for your yes; until then the time is held."),
        ),
        StaffKind::Booked | StaffKind::Agenda => ("Booked", format!("{client} is booked.")),
    };
    let named = |label: &str, value: &str| if value.is_empty() { None } else { Some(format!("{label}: {value}")) };
    let facts: Vec<String> = [
        Some((*service).to_owned()),
        Some((*when).to_owned()),
        named("With", with),
        named("Where", place),
        named("Phone", phone),
    ]
    .into_iter()
    .flatten()
    .collect();
    Letter {
        to,
        subject: format!("{what}: {service}, {when_in_short}"),
        paragraphs: vec![format!("Hello {name},"), first, facts.join("\n")],
        action: Some(("Open the diary".to_owned(), page.clone())),
        closing: vec![SWITCH_OFF.to_owned()],
    }
}

/// A letter of somebody’s day.
pub fn agenda(to: String, name: &str, day: &str, lines: &[String], page: String) -> Letter {
    let count = if lines.len() == 1 { "one appointment".to_owned() } else { format!("{} appointments", lines.len()) };
    Letter {
        to,
        subject: format!("{day}: {count}"),
        paragraphs: vec![format!("Hello {name},"), format!("Today you have {count}."), lines.join("\n")],
        action: Some(("Open the diary".to_owned(), page)),
        closing: vec![SWITCH_OFF.to_owned()],
    }
}

const SWITCH_OFF: &str = "An admin of your organisation can switch these emails off: Settings, then Emails.";

/// Where mail reaches them, as long as they belong.
async fn address(tx: &mut OrgTx, told: &Told) -> Result<Option<String>> {
    let members = members::all(tx).await?;
    Ok(members.into_iter().find(|member| member.user == told.user_id).map(|member| member.email))
}

async fn send(tx: &mut OrgTx, kind: StaffKind, letter: Letter, worth_until: Instant) -> Result<()> {
    let mailing = Mailing { sender: Some(tx.org().name.clone()), ..Mailing::from(letter) };
    let worth = worth_until.max(tx.now().plus_seconds(super::STILL_WORTH_SECONDS));
    kinds::queue(tx, Any::Staff(kind), &mailing, Some(worth)).await?;
    Ok(())
}
