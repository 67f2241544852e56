//! Erasing one client: who asks to be forgotten is, but for what the law has the business keep. The Taxation Administration Act has
//! a business keep records of what it was paid for five years: what was booked, when, and what it cost stays, without a word of whose
//! it was. It can’t be taken back.

use std::collections::BTreeSet;

use super::{
    backfill,
    booking::{self, Ending},
    client::{self, Details},
    directory::{self, Known},
    ids::{AppointmentId, ClientId},
    letters::store as letters,
    paying::{package_store, packages, settle},
    store::{self, Appointment, ClientCounts, ClientIndexes, KnownClient},
    waitlist,
    wire::Status,
};
use crate::{
    audit::Detail,
    clock::Instant,
    crypto::{DataKeys, Place},
    error::{AppError, FieldErrors, Result},
    mail,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// What is typed by who means it.
pub const WORD: &str = "ERASE";
/// What stands in the place of a name.
pub const NOBODY: &str = "Erased client";
/// Appointments gone through at once.
const BLOCK: i64 = 500;

/// What would become of somebody.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Who.
    pub client: Known,
    /// What they have booked, and had.
    pub counts: ClientCounts,
    /// What stays: currency and cents of what they paid for.
    pub kept: Vec<(String, i64)>,
    /// What they have bought and not used up, in words: it can’t be used any more.
    pub unused: Vec<String>,
    /// Others on the list have the same email or phone: they stay.
    pub others: bool,
}

/// What would become of somebody, before anything does.
///
/// # Errors
/// 404 for somebody who isn’t this organisation’s, or who was erased already; 403 for who may not change clients.
pub async fn preview(platform: &Platform, actor: &Actor, org: &str, id: ClientId) -> Result<Preview> {
    directory::open_to_add(platform, actor, org).await?;
    let mut tx = directory::open_to_look(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let client = directory::open_known(&keys, &directory::present(&mut tx, id).await?)?;
    let counts = store::client_counts(&mut tx, id).await?;
    let kept = store::client_spent(&mut tx, id).await?;
    let unused = packages::unused(&mut tx, id).await?;
    let indexes = client::indexes(&keys, &directory::details_of(&client));
    let mut others = Vec::new();
    if let Some(index) = indexes.email {
        others.extend(store::clients_by_email(&mut tx, index).await?);
    }
    if let Some(index) = indexes.phone {
        others.extend(store::clients_by_phone(&mut tx, index).await?);
    }
    let others = others.iter().any(|other| other.id != id);
    directory::end_reading(tx, actor, id.0, Detail::default().with("clients", "one")).await?;
    Ok(Preview { client, counts, kept, unused, others })
}

/// Erases somebody who is unchanged since the version that was read: every word of theirs, on their own page and on each of their
/// appointments, is replaced; letters to them that wait are dropped, they are on the waitlist no more, and their private
/// links end. What is booked and still to come must
/// be cancelled before, or is along with it (`cancels`).
///
/// # Errors
/// 422 where the word wasn’t typed; 409 where something is booked, or somebody else has changed them; 404 for somebody who isn’t this
/// organisation’s.
pub async fn erase(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: ClientId,
    version: i64,
    cancels: bool,
    typed: &str,
) -> Result<()> {
    let org_id = directory::before_a_change(platform, actor, org).await?;
    if !typed.trim().eq_ignore_ascii_case(WORD) {
        return Err(AppError::field("typed", format!("Type {WORD} to erase them.")));
    }
    // What was booked long ago may be theirs without anybody having noted it.
    backfill::link_org(platform, org_id).await?;
    let mut tx = directory::open_to_change(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let row = directory::present(&mut tx, id).await?;
    if row.version != version {
        return Err(directory::changed_meanwhile());
    }
    let upcoming = store::client_counts(&mut tx, id).await?.upcoming;
    if upcoming > 0 && !cancels {
        let words = if upcoming == 1 { "An appointment of theirs is" } else { "Appointments of theirs are" };
        let mut errors = FieldErrors::default();
        errors.add("cancels", "Cancel what is still to come, or tick this.");
        return Err(AppError {
            fields: errors.into_fields(),
            ..AppError::conflict(format!("{words} still to come. Cancel first, or have it cancelled along with it."))
        });
    }
    let mut addresses = BTreeSet::from([directory::open_known(&keys, &row)?.email]);
    let zone = tx.org().zone.clone();
    let mut before = None;
    loop {
        let had = store::appointments_of_client(&mut tx, id, before, BLOCK).await?;
        let whole = had.len();
        for appointment in had {
            before = Some((appointment.starts_at, appointment.id));
            addresses.insert(booking::unseal(&keys, appointment.id, "client_email", &appointment.client_email)?);
            if appointment.status() == Status::Booked && appointment.starts_at > tx.now() {
                cancel(&mut tx, &appointment).await?;
            }
            forget(&mut tx, &keys, appointment.id, &zone).await?;
        }
        if i64::try_from(whole).is_ok_and(|whole| whole < BLOCK) {
            break;
        }
    }
    package_store::void_of_client(&mut tx, id).await?;
    let nobody = nobody(&keys, &row, tx.now());
    if store::update_client(&mut tx, &nobody, ClientIndexes::default(), version).await? == 0 {
        return Err(directory::changed_meanwhile());
    }
    for address in addresses.iter().filter(|address| !address.is_empty()) {
        waitlist::erase(&mut tx, &keys, address).await?;
        mail::drop_letters(platform, tx.platform_part(), org_id, "calendar.", address).await?;
    }
    tx.emit("calendar.client_erased", id.0).await?;
    tx.commit().await
}

/// Nothing of theirs is left.
fn nobody(keys: &DataKeys, row: &KnownClient, now: Instant) -> KnownClient {
    let seal = |column, text: &str| keys.seal(client::place(row.id, column), text);
    KnownClient {
        name: seal("name", NOBODY),
        email: seal("email", ""),
        phone: seal("phone", ""),
        notes: seal("notes", ""),
        tags: seal("tags", "[]"),
        marketing_at: None,
        marketing_ended_at: None,
        marketing_how: None,
        erased_at: Some(now),
        ..row.clone()
    }
}

async fn cancel(tx: &mut OrgTx, appointment: &Appointment) -> Result<()> {
    let (id, version) = (appointment.id, appointment.version);
    let found = store::set_status(tx, id, version, Status::Booked, Status::Cancelled, "business").await?;
    if found == 0 {
        return Err(booking::changed());
    }
    // What they paid goes back.
    settle::ended(tx, appointment, Ending::Business, None).await?;
    tx.emit("calendar.appointment_cancelled", id.0).await
}

async fn forget(tx: &mut OrgTx, keys: &DataKeys, id: AppointmentId, zone: &str) -> Result<()> {
    let nobody = Details { name: NOBODY.to_owned(), ..Details::default() };
    directory::rename_on(tx, keys, id, &nobody).await?;
    let notes = keys.seal(Place { table: "calendar_appointments", column: "notes", row: id.0 }, "");
    store::forget_on_appointment(tx, id, notes, zone).await?;
    letters::drop_texts(tx, id).await?;
    Ok(())
}
