//! Who books: what they tell of themselves, and which of the business’s clients they are.

use email_address::EmailAddress;

use super::{
    ids::ClientId,
    store::{self, Client, ClientIndexes},
};
use crate::{
    clock::Instant,
    crypto::{DataKeys, Place, normalise_email},
    error::{FieldErrors, Result},
    names,
    org::OrgTx,
    web::{is_readable, is_text},
};

/// The table whose fields these are.
pub const TABLE: &str = "calendar_clients";

/// What somebody tells of themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their email.
    pub email: &'a str,
    /// Their phone; may be empty.
    pub phone: &'a str,
    /// Anything that they want to say; may be empty.
    pub notes: &'a str,
}

/// The same, checked.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// Their name.
    pub name: String,
    /// Their email; empty where the business booked for somebody who gave none.
    pub email: String,
    /// Their phone; may be empty.
    pub phone: String,
    /// What they wanted to say; may be empty.
    pub notes: String,
}

/// What must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A client who books: name and email.
    Email,
    /// A client whom the business calls: name, email and phone.
    EmailAndPhone,
    /// Somebody whom the business books for: a name.
    Name,
}

/// Who tells of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    /// The business itself, which knows whom it speaks of.
    Business,
    /// Whoever fills in the public form, in whosever name.
    Anybody,
}

/// Looks at every field. Notes what is wrong at `name`, `email`, `phone` and `notes`.
pub fn check(told: Told<'_>, needs: Needs, errors: &mut FieldErrors) -> Details {
    let (empty, long) = match needs {
        Needs::Name => ("Enter the client’s name.", "Use at most 200 characters for the name."),
        Needs::Email | Needs::EmailAndPhone => ("Enter your name.", "Use at most 200 characters for your name."),
    };
    let name = errors.take("name", one_line(told.name, 200, empty, long));
    let email = told.email.trim();
    if email.is_empty() {
        if needs != Needs::Name {
            errors.add("email", "Enter your email address.");
        }
    } else if !is_email(email) {
        errors.add("email", "Enter an email address like name@example.com.au.");
    }
    let phone = errors.take("phone", check_phone(told.phone));
    if needs == Needs::EmailAndPhone && told.phone.trim().is_empty() {
        errors.add("phone", "Enter the number that we can call you on.");
    }
    let notes = errors.take("notes", check_notes(told.notes));
    Details { name, email: email.to_owned(), phone, notes }
}

/// Whether a letter could reach it.
pub fn is_email(email: &str) -> bool {
    email.len() <= 254
        && EmailAddress::is_valid(email)
        && email.rsplit('@').next().is_some_and(|domain| domain.contains('.'))
}

/// Which of the business’s clients this is: who gave the same name with the same email, or with the same phone; else
/// somebody new. People of one household share an address, so the name decides along with it. What wasn’t known about them
/// before is added where the business says it; what anybody says stays with their booking. That they may be written to
/// (`marketing`) anybody says for the very address that is known.
///
/// # Errors
/// The database is busy.
pub async fn find_or_add(
    tx: &mut OrgTx,
    keys: &DataKeys,
    details: &Details,
    marketing: bool,
    teller: Teller,
) -> Result<ClientId> {
    let now = tx.now();
    find_or_add_at(tx, keys, details, marketing, teller, now).await
}

/// The same, where somebody new is known since then.
///
/// # Errors
/// The database is busy.
pub async fn find_or_add_at(
    tx: &mut OrgTx,
    keys: &DataKeys,
    details: &Details,
    marketing: bool,
    teller: Teller,
    since: Instant,
) -> Result<ClientId> {
    let indexes = indexes(keys, details);
    let now = tx.now();
    let Some(known) = find(tx, keys, details).await? else {
        let client = new(keys, details, marketing.then_some(now), since);
        store::insert_client(tx, &client, indexes).await?;
        return Ok(client.id);
    };
    let open = |column, sealed: &[u8]| open(keys, known.id, column, sealed);
    let (email, phone) = (open("email", &known.email)?, open("phone", &known.phone)?);
    let by_business = teller == Teller::Business;
    let adds_email = by_business && email.is_empty() && !details.email.is_empty();
    let adds_phone = by_business && phone.is_empty() && !details.phone.is_empty();
    let is_theirs = !email.is_empty() && normalise_email(&email) == normalise_email(&details.email);
    let marketing = marketing && (by_business || is_theirs);
    // Whoever has their page open isn’t told that somebody changed them.
    if !(adds_email || adds_phone || (marketing && known.marketing_at.is_none())) {
        return Ok(known.id);
    }
    let email = if adds_email { details.email.clone() } else { email };
    let phone = if adds_phone { details.phone.clone() } else { phone };
    let marketing_at = known.marketing_at.or(marketing.then_some(now));
    let contact = Details { name: details.name.clone(), email, phone, notes: String::new() };
    store::complete_client(
        tx,
        known.id,
        keys.seal(place(known.id, "email"), &contact.email),
        keys.seal(place(known.id, "phone"), &contact.phone),
        self::indexes(keys, &contact),
        marketing_at,
    )
    .await?;
    Ok(known.id)
}

/// Who is known under the same name with the same email, or with the same phone.
///
/// # Errors
/// The database is busy.
pub async fn find(tx: &mut OrgTx, keys: &DataKeys, details: &Details) -> Result<Option<Client>> {
    let indexes = indexes(keys, details);
    if indexes.email.is_none() && indexes.phone.is_none() {
        return Ok(None);
    }
    let name = compared(&details.name);
    let alike = store::clients_alike(tx, &indexes).await?;
    called(keys, alike.into_iter().map(|one| one.client), &name)
}

/// Somebody new, sealed.
pub fn new(keys: &DataKeys, details: &Details, marketing_at: Option<Instant>, now: Instant) -> Client {
    let id = ClientId::new(now);
    Client {
        id,
        name: keys.seal(place(id, "name"), &details.name),
        email: keys.seal(place(id, "email"), &details.email),
        phone: keys.seal(place(id, "phone"), &details.phone),
        notes: keys.seal(place(id, "notes"), ""),
        tags: keys.seal(place(id, "tags"), "[]"),
        marketing_at,
        version: 1,
        created_at: now,
    }
}

/// The keyed indexes by which somebody is found again.
pub fn indexes(keys: &DataKeys, details: &Details) -> ClientIndexes {
    let email = Some(normalise_email(&details.email)).filter(|email| !email.is_empty());
    let phone = normalise_phone(&details.phone);
    ClientIndexes {
        email: email.map(|email| keys.blind_index(TABLE, "email", &email).to_vec()),
        phone: phone.map(|phone| keys.blind_index(TABLE, "phone", &phone).to_vec()),
    }
}

/// Reads one of a client’s sealed fields.
///
/// # Errors
/// The key that sealed it isn’t there.
pub fn open(keys: &DataKeys, id: ClientId, column: &'static str, sealed: &[u8]) -> Result<String> {
    keys.open(place(id, column), sealed).map_err(|error| {
        tracing::error!(%error, %id, column, "a sealed field can’t be read");
        crate::error::AppError::internal()
    })
}

/// Where a client’s sealed field belongs.
pub fn place(id: ClientId, column: &'static str) -> Place {
    Place { table: TABLE, column, row: id.0 }
}

/// A number as it is compared: in international form (ITU-T E.164), Australian unless it says otherwise. `None` for none.
pub fn normalise_phone(phone: &str) -> Option<String> {
    let phone = phone.trim();
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 6 {
        return None;
    }
    Some(if phone.starts_with('+') {
        digits
    } else if let Some(rest) = digits.strip_prefix("0011") {
        rest.to_owned()
    } else if let Some(rest) = digits.strip_prefix('0') {
        format!("61{rest}")
    } else {
        digits
    })
}

fn called(keys: &DataKeys, candidates: impl Iterator<Item = Client>, name: &str) -> Result<Option<Client>> {
    for client in candidates {
        if compared(&open(keys, client.id, "name", &client.name)?) == name {
            return Ok(Some(client));
        }
    }
    Ok(None)
}

/// A name as it is compared.
pub fn compared(name: &str) -> String {
    names::composed(name).to_lowercase()
}

fn one_line(text: &str, most: usize, empty: &'static str, long: &'static str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        Err(empty)
    } else if text.chars().count() > most {
        Err(long)
    } else if !is_readable(text) {
        Err("Use letters, digits and punctuation on one line.")
    } else {
        Ok(text.to_owned())
    }
}

fn check_phone(text: &str) -> Result<String, &'static str> {
    const SHAPE: &str = "Enter a phone number like 0412 345 678 or +61 2 9123 4567.";
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let allowed = |(place, c): (usize, char)| c.is_ascii_digit() || " ()-.".contains(c) || (c == '+' && place == 0);
    if text.is_empty() {
        Ok(String::new())
    } else if (6..=15).contains(&digits) && text.len() <= 40 && text.chars().enumerate().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(SHAPE)
    }
}

fn check_notes(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.chars().count() > 2000 {
        Err("Use at most 2,000 characters.")
    } else if !is_text(text) {
        Err("Use letters, digits and punctuation.")
    } else {
        // Forms send line ends as CRLF (HTML standard, constructing the entry list).
        Ok(text.replace("\r\n", "\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_one_however_it_is_written() {
        let same = ["0412 345 678", "+61 412 345 678", "(0412) 345-678", "0011 61 412 345 678", "61412345678"];
        for number in same {
            assert_eq!(normalise_phone(number).as_deref(), Some("61412345678"), "{number}");
        }
        assert_eq!(normalise_phone("+64 21 123 4567").as_deref(), Some("64211234567"));
        assert_eq!(normalise_phone(""), None);
        assert_eq!(normalise_phone("000"), None);
    }
}
