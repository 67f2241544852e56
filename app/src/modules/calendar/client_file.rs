//! All that a business has of one client, in one file: for who asks for it (Australian Privacy Principle 12). The same twice: for people
//! to read, and for programs.

use std::fmt::Write as _;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answers::Answer,
    availability,
    directory::{self, Had},
    format,
    ids::{AppointmentId, ClientId, PaymentId, PurchaseId, WaitlistId},
    paying::{
        package_store::{self, Purchase},
        packages, store as payments,
    },
    permissions, store,
    waitlist::{self, Person},
    wire::Status,
};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    crypto::DataKeys,
    error::{AppError, Result},
    money::dollars,
    org::{Actor, OrgTx},
    platform::Platform,
    settings::export_files::Files,
    web::{Caller, Path},
};

/// Appointments read at once.
const BLOCK: i64 = 500;

/// All that a business has of one client.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClientFile {
    /// The business.
    pub business: String,
    /// Its zone.
    pub zone: String,
    /// When this was written.
    pub written_at: String,
    /// Their id.
    pub id: ClientId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// Their phone.
    pub phone: String,
    /// What the business notes about them.
    pub notes: String,
    /// The business’s own words about them.
    pub tags: Vec<String>,
    /// Since when the business may write to them about news and offers.
    pub marketing_since: Option<String>,
    /// When they took that back.
    pub marketing_ended: Option<String>,
    /// How they said either.
    pub marketing_how: String,
    /// Since when they are known.
    pub known_since: String,
    /// All their appointments, the latest first.
    pub appointments: Vec<FileAppointment>,
    /// What they wait for on the waitlist under their email, or did until lately.
    pub waitlist: Vec<FileWaiting>,
    /// What they were asked to pay online, for appointments and packages, the first one first.
    pub payments: Vec<FilePayment>,
    /// The packages that they bought, or chose to, the latest first.
    pub packages: Vec<FilePackage>,
}

/// A payment in it. In cents of Australian dollars.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilePayment {
    /// Its id.
    pub id: PaymentId,
    /// The appointment that it is for; absent: a package.
    pub appointment_id: Option<AppointmentId>,
    /// What it said that it is for.
    pub about: String,
    /// What was asked.
    pub asked_cents: i64,
    /// `open`, `paid` or `lapsed`.
    pub state: String,
    /// What came in.
    pub paid_cents: i64,
    /// When.
    pub paid_at: Option<String>,
    /// Their bank disputes it.
    pub disputed: bool,
    /// Its number at Stripe.
    pub stripe: Option<String>,
    /// What went back of it.
    pub refunds: Vec<FileRefund>,
}

/// A refund in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileRefund {
    /// In cents.
    pub cents: i64,
    /// `asked`, `made` or `failed`.
    pub state: String,
    /// When it was asked for, or found.
    pub at: String,
    /// Its number at Stripe.
    pub stripe: Option<String>,
}

/// A package in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilePackage {
    /// Its id.
    pub id: PurchaseId,
    /// What it was called.
    pub name: String,
    /// How many sessions it has.
    pub sessions: i64,
    /// How many of them are used.
    pub used: i64,
    /// What it cost, in cents.
    pub price_cents: i64,
    /// How it was paid; absent: at the counter.
    pub payment_id: Option<PaymentId>,
    /// Its code.
    pub code: String,
    /// `open`, `active`, `lapsed` or `void`.
    pub state: String,
    /// When it was bought.
    pub bought_at: String,
    /// It can be used until then.
    pub expires_at: String,
}

/// A place on the waitlist in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileWaiting {
    /// Its id.
    pub id: WaitlistId,
    /// What.
    pub service: String,
    /// The first day that suits.
    pub from: String,
    /// The last one.
    pub until: String,
    /// Which weekdays and parts of the day; empty: any.
    pub when: String,
    /// Where it stands.
    pub status: String,
    /// Since when.
    pub joined_at: String,
    /// Under which name.
    pub name: String,
    /// With which phone.
    pub phone: String,
}

/// An appointment in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileAppointment {
    /// Its id.
    pub id: AppointmentId,
    /// What.
    pub service: String,
    /// With whom.
    pub staff: String,
    /// From.
    pub start: String,
    /// Until.
    pub end: String,
    /// Where it stands.
    pub status: Status,
    /// How one that is cancelled came to its end.
    pub ending: String,
    /// How it came in.
    pub source: String,
    /// How many seats.
    pub seats: i64,
    /// What it cost.
    pub price_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// Their zone when they booked.
    pub client_zone: String,
    /// Under which name it was booked.
    pub name: String,
    /// With which email.
    pub email: String,
    /// With which phone.
    pub phone: String,
    /// What they wanted to say.
    pub notes: String,
    /// Their address, where it took place there.
    pub place: String,
    /// What they answered.
    pub answers: Vec<Answer>,
}

/// All of it. That it was taken is in the log.
///
/// # Errors
/// 404 for somebody who isn’t this organisation’s, or who was erased.
pub async fn everything(platform: &Platform, actor: &Actor, org: &str, id: ClientId) -> Result<ClientFile> {
    let mut tx = directory::open_to_look(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let client = directory::open_known(&keys, &directory::present(&mut tx, id).await?)?;
    let (mut appointments, mut before) = (Vec::new(), None);
    loop {
        let rows = store::appointments_of_client(&mut tx, id, before, BLOCK).await?;
        let whole = rows.len();
        for row in rows {
            before = Some((row.starts_at, row.id));
            let open = |column, sealed: &[u8]| super::booking::unseal(&keys, row.id, column, sealed);
            let reached = [
                open("client_name", &row.client_name)?,
                open("client_email", &row.client_email)?,
                open("client_phone", &row.client_phone)?,
            ];
            appointments.push(file_appointment(directory::open_had(&keys, row)?, reached));
        }
        if i64::try_from(whole).is_ok_and(|whole| whole < BLOCK) {
            break;
        }
    }
    let waitlist = waits(&mut tx, &keys, &client.email).await?;
    let (payments, packages) = (paid(&mut tx, id).await?, bought(&mut tx, &keys, id).await?);
    let text = |at: Option<Instant>| at.map(|at| at.to_string());
    let file = ClientFile {
        business: tx.org().name.clone(),
        zone: tx.org().zone.clone(),
        written_at: tx.now().to_string(),
        id,
        name: client.name,
        email: client.email,
        phone: client.phone,
        notes: client.notes,
        tags: client.tags,
        marketing_since: text(client.marketing_at),
        marketing_ended: text(client.marketing_ended_at),
        marketing_how: client.marketing_how,
        known_since: client.created_at.to_string(),
        appointments,
        waitlist,
        payments,
        packages,
    };
    let need = &permissions::VIEW_CLIENTS;
    audit::end_reading(tx, actor, need, "calendar.client_exported", id.0, Detail::default()).await?;
    Ok(file)
}

/// `/app/{org}/calendar/clients/{id}/everything.zip`.
///
/// # Errors
/// As [`everything`].
pub async fn download(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response> {
    let file = everything(&platform, &actor, &org, directory::client_id(&id)?).await?;
    let tz = availability::zone(&file.zone)?;
    let now = platform.clock.now().timestamp().to_zoned(tz.clone());
    let mut files = Files::new(&now);
    files.file("client.txt", readable(&file, &tz).as_bytes())?;
    let json = serde_json::to_vec_pretty(&file).map_err(|_| AppError::internal())?;
    files.file("client.json", &json)?;
    let zip = files.finish()?;
    // No name of theirs: it would stand in the list of what was downloaded.
    let name = format!("attachment; filename=\"{org}-client-{}.zip\"", now.date());
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, zip).into_response())
}

/// What they wait for under their address.
async fn waits(tx: &mut OrgTx, keys: &DataKeys, email: &str) -> Result<Vec<FileWaiting>> {
    let rows = waitlist::of_email(tx, keys, email).await?;
    let services = if rows.is_empty() { Vec::new() } else { store::services(tx).await? };
    let mut found = Vec::new();
    for row in rows {
        let service = services.iter().find(|service| service.id == row.service_id);
        let service = service.map(|service| service.name.clone()).unwrap_or_default();
        let Person { row, name, phone, .. } = waitlist::open_person(keys, row)?;
        found.push(FileWaiting {
            id: row.id,
            service,
            when: row.in_words(),
            from: row.from_date,
            until: row.until_date,
            status: row.status,
            joined_at: row.joined_at.to_string(),
            name,
            phone,
        });
    }
    Ok(found)
}

/// What they were asked to pay online.
async fn paid(tx: &mut OrgTx, client: ClientId) -> Result<Vec<FilePayment>> {
    let mut rows = payments::of_client(tx, client).await?;
    rows.sort_by_key(|payment| payment.id);
    let mut found = Vec::new();
    for payment in rows {
        // Nothing goes back of what never came in.
        let refunds = if payment.is_paid() { payments::refunds(tx, payment.id).await? } else { Vec::new() };
        let refunds = refunds.into_iter().map(|refund| FileRefund {
            cents: refund.cents,
            state: refund.state,
            at: refund.created_at.to_string(),
            stripe: refund.refund,
        });
        found.push(FilePayment {
            refunds: refunds.collect(),
            id: payment.id,
            appointment_id: payment.appointment_id,
            about: payment.about,
            asked_cents: payment.cents,
            state: payment.state,
            paid_cents: payment.paid_cents,
            paid_at: payment.paid_at.map(|at| at.to_string()),
            disputed: payment.disputed,
            stripe: payment.intent,
        });
    }
    Ok(found)
}

/// The packages that they bought.
async fn bought(tx: &mut OrgTx, keys: &DataKeys, client: ClientId) -> Result<Vec<FilePackage>> {
    let rows = package_store::all_of_client(tx, client).await?;
    let package = |row: Purchase| -> Result<FilePackage> {
        Ok(FilePackage {
            code: packages::open_code(keys, row.id, &row.code)?,
            id: row.id,
            name: row.name,
            sessions: row.sessions,
            used: row.used,
            price_cents: row.price_cents,
            payment_id: row.payment_id,
            state: row.state,
            bought_at: row.created_at.to_string(),
            expires_at: row.expires_at.to_string(),
        })
    };
    rows.into_iter().map(package).collect()
}

fn file_appointment(had: Had, [name, email, phone]: [String; 3]) -> FileAppointment {
    let Had { appointment, notes, place, answers } = had;
    FileAppointment {
        id: appointment.id,
        status: appointment.status(),
        service: appointment.service_name,
        staff: appointment.staff_name,
        start: appointment.starts_at.to_string(),
        end: appointment.ends_at.to_string(),
        ending: appointment.ending,
        source: appointment.source,
        seats: appointment.seats,
        price_cents: appointment.price_cents,
        currency: appointment.currency,
        client_zone: appointment.client_zone,
        name,
        email,
        phone,
        notes,
        place,
        answers,
    }
}

/// For people.
fn readable(file: &ClientFile, tz: &TimeZone) -> String {
    let when = |text: &str| match text.parse::<jiff::Timestamp>() {
        Ok(at) => {
            let there = at.to_zoned(tz.clone());
            format!("{}, {}", format::day_and_year(there.date()), format::time(there.time()))
        }
        Err(_) => text.to_owned(),
    };
    let mut text = format!("All that {} has of {}, on {}.\n\n", file.business, file.name, when(&file.written_at));
    // What is written to a string always gets there.
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{label}: {value}");
        }
    };
    line("Name", &file.name);
    line("Email", &file.email);
    line("Phone", &file.phone);
    line("Known since", &when(&file.known_since));
    line("Tags", &file.tags.join(", "));
    line("Notes", &file.notes);
    line(
        "May be written to about news and offers since",
        &file.marketing_since.as_deref().map(when).unwrap_or_default(),
    );
    line("Said no to news and offers", &file.marketing_ended.as_deref().map(when).unwrap_or_default());
    line("How that was said", &file.marketing_how);
    line("Appointments", &file.appointments.len().to_string());
    for one in &file.appointments {
        let state = match one.status {
            Status::Booked => "booked",
            Status::Cancelled => "cancelled",
            Status::NoShow => "didn’t appear",
        };
        line("\nAppointment", &format!("{} with {}, {}", one.service, one.staff, when(&one.start)));
        line("  It is", state);
        line("  Price", &format::price(one.price_cents, &one.currency));
        line("  Booked as", &one.name);
        line("  Email", &one.email);
        line("  Phone", &one.phone);
        line("  At", &one.place);
        line("  They said", &one.notes);
        for answer in &one.answers {
            line(&format!("  {}", answer.question), &answer.answer.join(", "));
        }
    }
    for one in &file.waitlist {
        line("\nOn the waitlist", &format!("{}, {} to {}", one.service, one.from, one.until));
        line("  When", &one.when);
        line("  It is", &one.status);
        line("  Since", &when(&one.joined_at));
        line("  Waits as", &one.name);
        line("  Phone", &one.phone);
    }
    for one in &file.payments {
        let state = match one.state.as_str() {
            "paid" if one.disputed => "paid; their bank disputes it",
            "paid" => "paid",
            "open" => "not paid yet",
            _ => "never paid",
        };
        line("\nAsked to pay online", &format!("{}, {}", dollars(one.asked_cents), one.about));
        line("  It is", state);
        line("  Paid", &if one.paid_cents > 0 { dollars(one.paid_cents) } else { String::new() });
        line("  On", &one.paid_at.as_deref().map(when).unwrap_or_default());
        for refund in &one.refunds {
            let state = match refund.state.as_str() {
                "made" => "",
                "failed" => ", which failed",
                _ => ", on its way",
            };
            line("  Paid back", &format!("{}{state}, {}", dollars(refund.cents), when(&refund.at)));
        }
    }
    for one in &file.packages {
        let state = match one.state.as_str() {
            "active" => "",
            "open" => ", not paid yet",
            "lapsed" => ", never paid",
            _ => ", can’t be used any more",
        };
        line("\nPackage", &format!("{}, {}{state}", one.name, dollars(one.price_cents)));
        line("  Used", &format!("{} of {} sessions", one.used, one.sessions));
        line("  Code", &one.code);
        line("  Bought", &when(&one.bought_at));
        line("  Good until", &when(&one.expires_at));
    }
    text
}
