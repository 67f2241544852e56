//! The business's own details: what its public pages show, and the clock that its hours are on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    abn,
    billing::abns,
    db::Access,
    error::{AppError, FieldErrors, Result},
    holidays::STATES,
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    sql,
    web::{check_name, is_text},
};

/// The details as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct Details {
    /// Send it with a change; it is refused if the details have changed since.
    pub version: i64,
    /// The trading name.
    pub name: String,
    /// What the business does, in its own words.
    pub description: String,
    /// Public phone number.
    pub phone: String,
    /// Street address in one line.
    pub address: String,
    /// The name that it has to the law, for invoices; may be empty.
    pub legal_name: String,
    /// Its Australian Business Number, eleven digits; may be empty.
    pub abn: String,
    /// The state or territory: `NSW`; may be empty.
    pub state: String,
    /// IANA zone: the clock of the business's hours.
    pub zone: String,
}

/// The details as an admin changes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailsBody {
    /// The version that was read.
    pub version: i64,
    /// The trading name.
    pub name: String,
    /// What the business does, in its own words; at most 2,000 characters.
    #[serde(default)]
    pub description: String,
    /// Public phone number.
    #[serde(default)]
    pub phone: String,
    /// Street address in one line.
    #[serde(default)]
    pub address: String,
    /// The name that it has to the law, for invoices.
    #[serde(default)]
    pub legal_name: String,
    /// Its Australian Business Number, like `51 824 753 556`.
    #[serde(default)]
    pub abn: String,
    /// The state or territory: `ACT`, `NSW`, `NT`, `QLD`, `SA`, `TAS`, `VIC` or `WA`.
    #[serde(default)]
    pub state: String,
    /// IANA zone, like `Australia/Sydney`.
    pub zone: String,
}

/// Reads them.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn read(platform: &Platform, actor: &Actor, org: &str) -> Result<Details> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_DETAILS, Access::Read).await?;
    let details = stored(&mut tx).await?;
    tx.rollback().await?;
    Ok(details)
}

/// Changes them, and says which version they are now. The public pages show them at once; hours stay what they are on
/// the clock of a new zone, and appointments already booked stay at their instant.
///
/// # Errors
/// 422 at each field that is wrong; 409 with what holds now where somebody else changed them since they were read.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, body: &DetailsBody) -> Result<i64> {
    let new = check(body)?;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_DETAILS, Access::Write).await?;
    let before = stored(&mut tx).await?;
    let rows = sql!(
        exec,
        &mut tx,
        "UPDATE organisations SET name = $3, description = $4, phone = $5, address = $6, zone = $7, legal_name = $8, abn = $9, state = $10, details_version = details_version + 1 WHERE id = $1 AND details_version = $2",
        new.version,
        new.name.as_str(),
        new.description.as_str(),
        new.phone.as_str(),
        new.address.as_str(),
        new.zone.as_str(),
        new.legal_name.as_str(),
        new.abn.as_str(),
        new.state.as_str()
    )?;
    if rows == 0 {
        return Err(AppError::changed("these details", before.version, differences(&before, &new).into_fields()));
    }
    if before.abn != new.abn {
        abns::changed(&mut tx).await?;
    }
    let org = tx.id();
    tx.emit("platform.details_saved", org.0).await?;
    tx.commit().await?;
    Ok(new.version + 1)
}

async fn stored(tx: &mut OrgTx) -> Result<Details> {
    Ok(sql!(
        one Details,
        tx,
        "SELECT details_version AS version, name, description, phone, address, legal_name, abn, state, zone FROM organisations WHERE id = $1"
    )?)
}

fn check(body: &DetailsBody) -> Result<Details> {
    let mut errors = FieldErrors::default();
    let one_line = |text: &str| !text.chars().any(char::is_control);
    let mut new = Details {
        version: body.version,
        name: errors.take("name", check_name(&body.name)),
        description: body.description.trim().to_owned(),
        phone: body.phone.trim().to_owned(),
        address: body.address.trim().to_owned(),
        legal_name: body.legal_name.trim().to_owned(),
        abn: abn::parse(&body.abn).unwrap_or_default(),
        state: body.state.trim().to_owned(),
        zone: body.zone.clone(),
    };
    if new.description.chars().count() > 2000 {
        errors.add("description", "Use at most 2,000 characters.");
    } else if !is_text(&new.description) {
        errors.add("description", "Use letters, digits and punctuation.");
    }
    if !new.phone.is_empty() && !is_phone(&new.phone) {
        errors.add("phone", "Enter a phone number like 02 9123 4567, 1300 555 123 or +61 2 9123 4567.");
    }
    if new.address.chars().count() > 300 {
        errors.add("address", "Use at most 300 characters.");
    } else if !one_line(&new.address) {
        errors.add("address", "Enter the address on one line.");
    }
    if !new.legal_name.is_empty() {
        new.legal_name = errors.take("legal_name", check_name(&new.legal_name));
    }
    if new.abn.is_empty() && !body.abn.trim().is_empty() {
        errors.add("abn", "Enter the eleven digits of your ABN, like 51 824 753 556. One of these isn’t right.");
    }
    if !new.state.is_empty() && !STATES.iter().any(|(state, _)| *state == new.state) {
        errors.add("state", "Choose a state or territory.");
    }
    if !new.zone.contains('/') && new.zone != "UTC" || jiff::tz::TimeZone::get(&new.zone).is_err() {
        errors.add("zone", "Choose a time zone like Australia/Sydney.");
    }
    errors.finish()?;
    Ok(new)
}

/// Short service numbers such as 13 11 14 are numbers too.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (6..=15).contains(&digits)
        && text.chars().count() <= 40
        && text
            .char_indices()
            .all(|(at, c)| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')') || c == '+' && at == 0)
}

/// What holds now, at each field that differs.
fn differences(now: &Details, new: &Details) -> FieldErrors {
    let mut fields = FieldErrors::default();
    for (field, now, new) in [
        ("name", &now.name, &new.name),
        ("description", &now.description, &new.description),
        ("phone", &now.phone, &new.phone),
        ("address", &now.address, &new.address),
        ("legal_name", &now.legal_name, &new.legal_name),
        ("abn", &abn::grouped(&now.abn), &abn::grouped(&new.abn)),
        ("state", &now.state, &new.state),
        ("zone", &now.zone, &new.zone),
    ] {
        if now != new {
            fields
                .add(field, if now.is_empty() { "It is empty now.".to_owned() } else { format!("It is “{now}” now.") });
        }
    }
    fields
}
