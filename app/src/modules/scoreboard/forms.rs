//! What people type in the scoreboard's forms, made what the verbs take.

use jiff::{Timestamp, civil::Date};

use super::{
    amount,
    entries::{self, Entered, EntryBody, Source, zone},
    ids::{EntryId, PersonId},
    metrics::{self, MetricBody},
    people::{self, PersonBody},
    permissions, store,
};
use crate::{
    db::Access,
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// Something that happened, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedEntry {
    /// The metric's word.
    pub metric: String,
    /// A person's id; empty: one's own.
    pub person: String,
    /// "1,234.50"
    pub value: String,
    /// "24/11/2026"; empty: today.
    pub day: String,
    /// "3:15 pm"; empty: now, or midday of another day.
    pub time: String,
    /// A word about it.
    pub note: String,
}

/// Enters what was typed. The form's key keeps it from coming in twice.
///
/// # Errors
/// As [`entries::enter`], at the form's fields.
pub async fn enter(platform: &Platform, actor: &Actor, org: &str, typed: &TypedEntry, key: &str) -> Result<Entered> {
    let body = read(platform, actor, org, typed).await?;
    entries::enter(platform, actor, org, &body, Source::Form, Some(key)).await
}

/// Puts a line right with what was typed.
///
/// # Errors
/// As [`entries::correct`], at the form's fields.
pub async fn correct(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    typed: &TypedEntry,
    reason: &str,
) -> Result<EntryId> {
    let body = read(platform, actor, org, typed).await?;
    entries::correct(platform, actor, org, id, &body, reason).await
}

/// What was typed, read in the metric's unit and on the business's clock.
async fn read(platform: &Platform, actor: &Actor, org: &str, typed: &TypedEntry) -> Result<EntryBody> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await?;
    let all = store::metrics(&mut tx).await?;
    let (now, zone) = (tx.now(), zone(&tx)?);
    tx.rollback().await?;
    let metric = metrics::find_key(&all, typed.metric.trim())?;
    let mut errors = FieldErrors::default();
    let value =
        errors.take("value", amount::parse(&typed.value, &metric.unit()).map_err(|refused| refused.to_string()));
    let today = now.timestamp().to_zoned(zone.clone()).date();
    let day = match typed.day.trim() {
        "" => today,
        text => errors.take::<Option<Date>>("day", amount::day(text).map(Some)).unwrap_or(today),
    };
    let happened_at: Option<Timestamp> = match typed.time.trim() {
        "" => None,
        text => {
            if let Ok((_, Some(time))) = amount::day_and_time(&format!("{day} {text}")) {
                zone.to_ambiguous_zoned(day.to_datetime(time)).compatible().ok().map(|zoned| zoned.timestamp())
            } else {
                errors.add("time", "Enter a time like 9:30 am or 14:05.");
                None
            }
        }
    };
    let person = match typed.person.trim() {
        "" => None,
        text => Some(text.parse::<PersonId>().map_err(|_| people::nobody())?),
    };
    errors.finish()?;
    Ok(EntryBody {
        metric: metric.key.clone(),
        person,
        value,
        happened_at,
        day: Some(day),
        note: typed.note.clone(),
        external_id: None,
    })
}

/// What is counted, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedMetric {
    /// Its name.
    pub name: String,
    /// Its word; empty: made of the name.
    pub key: String,
    /// `money`, `number`, `ratio` or `formula`.
    pub what: String,
    /// After a number.
    pub suffix: String,
    /// "2"
    pub decimals: String,
    /// `including` or `excluding`.
    pub gst: String,
    /// `higher` or `lower`.
    pub better: String,
    /// Of a ratio.
    pub numerator: String,
    /// Of a ratio.
    pub denominator: String,
    /// Of a formula.
    pub formula: String,
    /// Who enters it.
    pub entered_by: String,
    /// Waits for a manager's yes.
    pub approval: bool,
    /// Who sees it.
    pub shown_to: String,
    /// In use.
    pub active: bool,
}

impl TypedMetric {
    /// What the verbs take.
    ///
    /// # Errors
    /// 422 at a number of decimals that is none.
    pub fn body(&self, version: Option<i64>) -> Result<MetricBody> {
        let (kind, unit) = match self.what.as_str() {
            "money" => ("sum", "money"),
            "ratio" => ("ratio", "number"),
            "formula" => ("formula", "number"),
            "formula_money" => ("formula", "money"),
            _ => ("sum", "number"),
        };
        let decimals = match self.decimals.trim() {
            "" => 0,
            text => text.parse().map_err(|_| AppError::field("decimals", "Choose 0 to 4 decimals."))?,
        };
        let or = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
        Ok(MetricBody {
            name: self.name.clone(),
            key: self.key.trim().to_owned(),
            kind: kind.to_owned(),
            unit: unit.to_owned(),
            suffix: self.suffix.clone(),
            decimals,
            gst: if unit == "money" { or(&self.gst, "including") } else { "none".to_owned() },
            lower_is_better: self.better == "lower",
            numerator: self.numerator.clone(),
            denominator: self.denominator.clone(),
            formula: self.formula.clone(),
            entered_by: or(&self.entered_by, "everyone"),
            approval: Some(self.approval),
            shown_to: or(&self.shown_to, "everyone"),
            active: self.active,
            version,
        })
    }
}

/// Somebody, as they were typed.
#[derive(Debug, Clone, Default)]
pub struct TypedPerson {
    /// Their name.
    pub name: String,
    /// What else they are called, with commas between.
    pub aliases: String,
    /// The member who they are; empty: nobody.
    pub member: String,
    /// "1/7/2026"
    pub joined_on: String,
    /// "30/6/2027"
    pub left_on: String,
    /// Not on boards.
    pub opted_out: bool,
}

impl TypedPerson {
    /// What the verbs take.
    ///
    /// # Errors
    /// 422 at a member who is none.
    pub fn body(&self, version: Option<i64>) -> Result<PersonBody> {
        let member = match self.member.trim() {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| AppError::field("member", "Choose somebody who belongs to your organisation."))?,
            ),
        };
        let typed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(PersonBody {
            name: self.name.clone(),
            aliases: self
                .aliases
                .split(',')
                .map(|alias| alias.trim().to_owned())
                .filter(|alias| !alias.is_empty())
                .collect(),
            member,
            joined_on: typed(&self.joined_on),
            left_on: typed(&self.left_on),
            opted_out: Some(self.opted_out),
            works: None,
            version,
        })
    }
}
