//! Writes clients and bookings as files for spreadsheets, which `csv_in` reads back as they were.

use super::csv_in::{Booking, Client, Status, When};
use crate::{error::Result, money, spreadsheet};

/// A list of clients.
///
/// # Errors
/// Only where there is no memory left.
pub fn clients<'c>(clients: impl IntoIterator<Item = &'c Client>) -> Result<Vec<u8>> {
    let mut file = spreadsheet::row(["Name", "Email", "Phone", "Notes", "Tags", "Consent"])?;
    for client in clients {
        let consent = match client.consent {
            None => "",
            Some(true) => "yes",
            Some(false) => "no",
        };
        let tags = client.tags.join("; ");
        file.extend(spreadsheet::row([
            client.name.as_str(),
            &client.email,
            &client.phone,
            &client.notes,
            &tags,
            consent,
        ])?);
    }
    Ok(file)
}

/// A list of bookings.
///
/// # Errors
/// Only where there is no memory left.
pub fn bookings<'b>(bookings: impl IntoIterator<Item = &'b Booking>) -> Result<Vec<u8>> {
    let names = ["Client", "Email", "Phone", "Service", "Staff", "Start", "End", "Status", "Price", "Notes"];
    let mut file = spreadsheet::row(names)?;
    for booking in bookings {
        let status = match booking.status {
            Status::Booked => "booked",
            Status::Cancelled => "cancelled",
            Status::NoShow => "no-show",
        };
        let ends = booking.ends.map(when).unwrap_or_default();
        let price = booking.price_cents.map(money::plain).unwrap_or_default();
        file.extend(spreadsheet::row([
            booking.client.as_str(),
            &booking.email,
            &booking.phone,
            &booking.service,
            &booking.staff,
            &when(booking.starts),
            &ends,
            status,
            &price,
            &booking.notes,
        ])?);
    }
    Ok(file)
}

/// "2026-12-05 14:30", which spreadsheets take for a time everywhere; an instant with its Z.
fn when(at: When) -> String {
    match at {
        When::Local(reading) if reading.second() == 0 => reading.strftime("%Y-%m-%d %H:%M").to_string(),
        When::Local(reading) => reading.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        When::Instant(at) => at.to_string(),
    }
}
