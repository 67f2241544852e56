//! Letters to those on the waitlist: that they are on it, and that a time has come free.

use jiff::tz::TimeZone;

use super::{
    kinds::{self, Any, WaitlistKind},
    template::tame,
};
use crate::{
    clock::Instant,
    error::Result,
    mail::{Letter, Mailing},
    modules::calendar::{
        closures, format,
        waitlist::{self, Person},
    },
    org::OrgTx,
};

/// What somebody is offered.
#[derive(Debug, Clone, Copy)]
pub struct Offered<'a> {
    /// Of what.
    pub service: &'a str,
    /// From.
    pub starts_at: Instant,
    /// How long.
    pub minutes: i64,
    /// Until when it is theirs.
    pub expires_at: Instant,
    /// The business chose whom it offers it to.
    pub by_hand: bool,
}

/// What these letters tell.
pub struct Facts<'a> {
    /// Whom.
    pub name: &'a str,
    /// The business.
    pub business: &'a str,
    /// For what they wait.
    pub service: &'a str,
    /// Their private link.
    pub link: String,
}

/// Tells somebody that they are on the list, with their private link.
///
/// # Errors
/// The database is busy.
pub async fn joined(tx: &mut OrgTx, person: &Person, service: &str) -> Result<()> {
    let (name, business) = (tame(&person.name), tx.org().name.clone());
    let facts = Facts { name: &name, business: &business, service, link: link(tx, person) };
    let days = days(person);
    let letter = letter_joined(person.email.clone(), &facts, &days);
    send(tx, WaitlistKind::Joined, letter, person.row.lapses_at).await
}

/// Offers somebody a time that came free.
///
/// # Errors
/// The database is busy.
pub async fn offered(tx: &mut OrgTx, person: &Person, offered: &Offered<'_>) -> Result<()> {
    let (name, business) = (tame(&person.name), tx.org().name.clone());
    let facts = Facts { name: &name, business: &business, service: offered.service, link: link(tx, person) };
    let (when, short) = when(person, offered);
    let until = until(offered.expires_at, &person.row.zone());
    let letter = letter_offered(person.email.clone(), &facts, [&when, &short], &until, offered.by_hand);
    send(tx, WaitlistKind::Offered, letter, offered.expires_at).await
}

/// That somebody is on the list.
pub fn letter_joined(to: String, facts: &Facts<'_>, days: &str) -> Letter {
    let Facts { name, business, service, link } = facts;
    Letter {
        to,
        subject: format!("You’re on the waitlist: {service}"),
        paragraphs: vec![
            format!("Hello {name},"),
            format!("You are on the waitlist of {business} for {service}."),
            days.to_owned(),
            "When a time comes free that suits, and you are the first in line, we write to you. It is kept for you alone for 15 minutes then."
                .to_owned(),
        ],
        action: Some(("See your place, or leave the list".to_owned(), link.clone())),
        closing: vec!["If it wasn’t you who joined, leave the list by the button; nothing else happens.".to_owned()],
    }
}

/// That a time has come free.
pub fn letter_offered(to: String, facts: &Facts<'_>, [when, short]: [&str; 2], until: &str, by_hand: bool) -> Letter {
    let Facts { name, business, service, link } = facts;
    let how = if by_hand {
        format!("A time is free at {business}, and they offer it to you.")
    } else {
        format!("A time has come free at {business}, and you are the first in line for it.")
    };
    Letter {
        to,
        subject: format!("A time has come free: {service}, {short}"),
        paragraphs: vec![
            format!("Hello {name},"),
            how,
            format!("{service}\n{when}"),
            format!("It is kept for you alone until {until}. After that the next in line is asked."),
        ],
        action: Some(("Book it, or let it go".to_owned(), link.clone())),
        closing: vec!["If it doesn’t suit, you need do nothing: you stay in line for the next.".to_owned()],
    }
}

/// "Monday 23 November 2026, 9:00 – 9:45 am, Sydney time (AEDT)", and in short.
fn when(person: &Person, offered: &Offered<'_>) -> (String, String) {
    let tz = person.row.zone();
    let from = offered.starts_at.timestamp().to_zoned(tz.clone());
    let until = offered.starts_at.plus_seconds(offered.minutes * 60).timestamp().to_zoned(tz.clone());
    let zone = format::zone(&person.row.client_zone, &tz, offered.starts_at.timestamp());
    let short = format!("{}, {}", format::short_day(from.date()), format::time(from.time()));
    (format!("{}, {zone}", format::when(&from, &until)), short)
}

fn until(at: Instant, tz: &TimeZone) -> String {
    format::time(at.timestamp().to_zoned(tz.clone()).time())
}

/// "Your days: Monday 23 November 2026 to Friday 27 November 2026, in the morning"
fn days(person: &Person) -> String {
    let (days, more) = (person.row.days_in_words("to"), person.row.in_words());
    if more.is_empty() { format!("Your days: {days}") } else { format!("Your days: {days}, {more}") }
}

fn link(tx: &OrgTx, person: &Person) -> String {
    let token = waitlist::link(tx.platform(), tx.id(), &person.row);
    format!("{}/waitlist/{token}", tx.platform().origin)
}

async fn send(tx: &mut OrgTx, kind: WaitlistKind, letter: Letter, worth_until: Instant) -> Result<()> {
    let (calendar, _) = closures::options(tx).await?;
    let mailing = Mailing {
        sender: Some(tx.org().name.clone()),
        reply_to: Some(calendar.letters.reply_to).filter(|address| !address.is_empty()),
        ..Mailing::from(letter)
    };
    kinds::queue(tx, Any::Waitlist(kind), &mailing, Some(worth_until)).await?;
    Ok(())
}
