//! What is counted: the rules, in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    amount::Unit,
    digest,
    formula::{self, Formula},
    ids::MetricId,
    people::{finish, open},
    permissions, screens,
    store::{self, Metric},
};
use crate::{
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    names,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::{check_name, is_text},
};

/// An organisation counts so many things at most.
pub const MOST: usize = 100;

/// Formulas are reckoned from each other through so many steps at most.
pub const DEEPEST: usize = 4;

/// What is counted, as an admin sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricBody {
    /// Its name: “Sales”.
    pub name: String,
    /// Its word in formulas, files and the API: small letters, digits and `_`. Absent: made of the name.
    #[serde(default)]
    pub key: String,
    /// `sum` adds entries up, `ratio` divides the sums of two others, `formula` reckons with others. Stays as it is.
    #[serde(default = "sum")]
    pub kind: String,
    /// `money` (Australian dollars, in cents) or `number`. Stays as it is.
    #[serde(default = "number")]
    pub unit: String,
    /// After a number: “calls”. “%” shows a ratio in hundredths.
    #[serde(default)]
    pub suffix: String,
    /// So many decimals of a number are kept, 0 to 4. Stays as it is.
    #[serde(default)]
    pub decimals: i64,
    /// Whether amounts of money are `including` or `excluding` GST; `none` for what isn’t money.
    #[serde(default = "none")]
    pub gst: String,
    /// Less is better: complaints, minutes until an answer.
    #[serde(default)]
    pub lower_is_better: bool,
    /// Of a ratio: the word of what is divided.
    #[serde(default)]
    pub numerator: String,
    /// Of a ratio: the word of what it is divided by.
    #[serde(default)]
    pub denominator: String,
    /// Of a formula: `revenue / calls`, with the words of others.
    #[serde(default)]
    pub formula: String,
    /// Who enters it: `everyone` their own, `managers` everybody’s, or only `programs` through the API. Absent: as it is, and of a new one everyone.
    #[serde(default)]
    pub entered_by: String,
    /// What a member enters counts once a manager has said yes. Absent: as it is, and of a new one not.
    #[serde(default)]
    pub approval: Option<bool>,
    /// Who sees it: `everyone`; `own`: each only their own place; or `managers`. Absent: as it is, and of a new one everyone.
    #[serde(default)]
    pub shown_to: String,
    /// In use: it can be entered, and is on boards.
    #[serde(default = "yes")]
    pub active: bool,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

impl Metric {
    /// How its values are typed and shown.
    pub fn unit(&self) -> Unit {
        if self.unit == "money" {
            return Unit::Money;
        }
        Unit::Number { decimals: u8::try_from(self.decimals).unwrap_or(0), suffix: self.suffix.clone() }
    }

    /// Entries of it are added up.
    pub fn is_sum(&self) -> bool {
        self.kind == "sum"
    }
}

/// What is counted, in the organisation's order, for who sets it up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Metric>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let metrics = store::metrics(&mut tx).await?;
    tx.rollback().await?;
    Ok(metrics)
}

/// Adds something that is counted.
///
/// # Errors
/// 422 at each field that is wrong.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &MetricBody) -> Result<MetricId> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::metrics(&mut tx).await?;
    if existing.len() >= MOST {
        return Err(AppError::field("name", format!("There is room for {MOST}. Please switch to another instead.")));
    }
    let id = MetricId::new(tx.now());
    let position = existing.iter().map(|one| one.position + 1).max().unwrap_or(0);
    let metric = checked(&existing, id, position, body)?;
    store::insert_metric(&mut tx, &metric).await?;
    if existing.is_empty() {
        digest::begin(&mut tx).await?;
    }
    finish(tx, "scoreboard.metric_saved", id.0).await?;
    Ok(id)
}

/// Changes something that is counted. What it is (kind, unit, decimals) stays, for its entries were entered as that.
///
/// # Errors
/// As [`add`]; 404 for one that isn't this organisation's; 409 where somebody else changed it since `version`.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &MetricBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::metrics(&mut tx).await?;
    let now = find(&existing, id)?;
    let Some(version) = body.version else { return Err(AppError::field("version", "Send the version that you read.")) };
    if version != now.version {
        return Err(AppError::changed("what is counted", now.version, differences(now, &existing, body)));
    }
    let body = MetricBody {
        kind: now.kind.clone(),
        unit: now.unit.clone(),
        decimals: now.decimals,
        key: if body.key.is_empty() { now.key.clone() } else { body.key.clone() },
        // What isn't said stays: a program that leaves it out opens nothing.
        entered_by: if body.entered_by.is_empty() { now.entered_by.clone() } else { body.entered_by.clone() },
        shown_to: if body.shown_to.is_empty() { now.shown_to.clone() } else { body.shown_to.clone() },
        approval: Some(body.approval.unwrap_or(now.approval)),
        ..body.clone()
    };
    let new = Metric { version, ..checked(&existing, now.id, now.position, &body)? };
    if new.key != now.key {
        let users: Vec<&str> = existing
            .iter()
            .filter(|other| names_in(other).contains(&now.key))
            .map(|other| other.name.as_str())
            .collect();
        if !users.is_empty() {
            let words = format!("The formula of {} says “{}”. Change that first.", users.join(", "), now.key);
            return Err(AppError::field("key", words));
        }
    }
    let id = now.id;
    if store::update_metric(&mut tx, &new).await? == 0 {
        return Err(AppError::conflict("Somebody else changed this meanwhile. Please look at it again."));
    }
    if new.key != now.key {
        screens::rename(&mut tx, &now.key, &new.key).await?;
    }
    finish(tx, "scoreboard.metric_saved", id.0).await
}

/// Moves one up (`earlier`) or down by one in lists. At the end it stays where it is.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn move_one(platform: &Platform, actor: &Actor, org: &str, id: &str, earlier: bool) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let mut all = store::metrics(&mut tx).await?;
    let at = all.iter().position(|one| one.id.to_string() == id).ok_or_else(gone)?;
    let to = if earlier { at.checked_sub(1) } else { Some(at + 1).filter(|to| *to < all.len()) };
    let Some(to) = to else { return tx.rollback().await };
    all.swap(at, to);
    for (position, one) in (0..).zip(&all) {
        if one.position != position {
            store::place_metric(&mut tx, one.id, position).await?;
        }
    }
    match all.get(to).map(|moved| moved.id) {
        Some(id) => finish(tx, "scoreboard.metric_saved", id.0).await,
        None => tx.rollback().await,
    }
}

/// One of them by its id.
///
/// # Errors
/// 404.
pub fn find<'m>(metrics: &'m [Metric], id: &str) -> Result<&'m Metric> {
    metrics.iter().find(|metric| metric.id.to_string() == id).ok_or_else(gone)
}

/// One of them by its word.
///
/// # Errors
/// 404.
pub fn find_key<'m>(metrics: &'m [Metric], key: &str) -> Result<&'m Metric> {
    metrics.iter().find(|metric| metric.key == key).ok_or_else(gone)
}

fn checked(existing: &[Metric], id: MetricId, position: i64, body: &MetricBody) -> Result<Metric> {
    let or_everyone = |word: &str| if word.is_empty() { "everyone".to_owned() } else { word.to_owned() };
    let (entered_by, shown_to) = (or_everyone(&body.entered_by), or_everyone(&body.shown_to));
    let mut errors = FieldErrors::default();
    let name = errors.take("name", check_name(&body.name));
    if existing.iter().any(|other| other.id != id && same(&other.name, &name)) {
        errors.add("name", format!("There is a “{name}” already. Give it another name."));
    }
    let key = word(existing, id, &name, body.key.trim(), &mut errors);
    one_of("kind", &body.kind, &["sum", "ratio", "formula"], &mut errors);
    one_of("unit", &body.unit, &["money", "number"], &mut errors);
    one_of("entered_by", &entered_by, &["everyone", "managers", "programs"], &mut errors);
    one_of("shown_to", &shown_to, &["everyone", "own", "managers"], &mut errors);
    let is_money = body.unit == "money";
    let decimals = if is_money { 2 } else { body.decimals };
    if !(0..=4).contains(&decimals) {
        errors.add("decimals", "Choose 0 to 4 decimals.");
    }
    let gst = if is_money { body.gst.as_str() } else { "none" };
    if is_money && !["including", "excluding"].contains(&gst) {
        errors.add("gst", "Say whether amounts include GST.");
    }
    let suffix = if is_money { String::new() } else { names::composed(&body.suffix) };
    if suffix.chars().count() > 20
        || suffix.contains(['\n', '\r'])
        || !is_text(&suffix)
        || suffix.chars().any(|c| c.is_ascii_digit())
    {
        errors.add("suffix", "Use at most 20 letters, like “calls” or “%”.");
    }
    let (mut numerator_id, mut denominator_id) = (None, None);
    if body.kind == "ratio" {
        numerator_id = part(existing, id, "numerator", &body.numerator, &mut errors);
        denominator_id = part(existing, id, "denominator", &body.denominator, &mut errors);
    }
    let formula =
        if body.kind == "formula" { reckoned(existing, id, &key, &body.formula, &mut errors) } else { String::new() };
    errors.finish()?;
    Ok(Metric {
        id,
        key,
        name,
        kind: body.kind.clone(),
        unit: body.unit.clone(),
        suffix,
        decimals,
        gst: gst.to_owned(),
        lower_is_better: body.lower_is_better,
        numerator_id,
        denominator_id,
        formula,
        entered_by,
        approval: body.approval.unwrap_or(false),
        shown_to,
        position,
        active: body.active,
        version: 1,
    })
}

/// The word that was typed, or one made of the name that no other has.
fn word(existing: &[Metric], id: MetricId, name: &str, typed: &str, errors: &mut FieldErrors) -> String {
    let is_taken = |key: &str| existing.iter().any(|other| other.id != id && other.key == key);
    if typed.is_empty() {
        let made = made_of(name);
        let numbered = (2..).map(|number| format!("{made}_{number}"));
        return std::iter::once(made.clone()).chain(numbered).find(|key| !is_taken(key)).unwrap_or_default();
    }
    let fits = typed.len() <= 40
        && typed.starts_with(|c: char| c.is_ascii_lowercase())
        && typed.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !fits || ["min", "max"].contains(&typed) {
        errors.add("key", "Use small letters, digits and _, and begin with a letter: “new_clients”.");
    } else if is_taken(typed) {
        errors.add("key", "Another has this word already.");
    }
    typed.to_owned()
}

fn made_of(name: &str) -> String {
    let mut made = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' => made.push(c),
            '0'..='9' if !made.is_empty() => made.push(c),
            _ if !made.is_empty() && !made.ends_with('_') => made.push('_'),
            _ => {}
        }
    }
    made.truncate(30);
    let made = made.trim_end_matches('_');
    if made.is_empty() || ["min", "max"].contains(&made) { "figure".to_owned() } else { made.to_owned() }
}

fn one_of(field: &str, word: &str, words: &[&str], errors: &mut FieldErrors) {
    if !words.contains(&word) {
        errors.add(field, format!("Choose one of {}.", words.join(", ")));
    }
}

/// What a ratio is made of: sums, so that it is right at every level (never a mean of means).
fn part(existing: &[Metric], id: MetricId, field: &str, key: &str, errors: &mut FieldErrors) -> Option<MetricId> {
    let found = existing.iter().find(|other| other.key == key && other.id != id && other.is_sum());
    if found.is_none() {
        errors.add(field, "Choose something that is added up.");
    }
    found.map(|metric| metric.id)
}

fn reckoned(existing: &[Metric], id: MetricId, key: &str, typed: &str, errors: &mut FieldErrors) -> String {
    let formula = match formula::parse(typed) {
        Ok(formula) => formula,
        Err(words) => {
            errors.add("formula", words);
            return String::new();
        }
    };
    let unknown: Vec<&str> = formula
        .names()
        .into_iter()
        .filter(|name| !existing.iter().any(|other| other.key == *name && other.id != id))
        .collect();
    if let Some(name) = unknown.first() {
        let words = if *name == key {
            "It can’t be reckoned from itself.".to_owned()
        } else {
            format!("Nothing that is counted has the word “{name}”.")
        };
        errors.add("formula", words);
        return String::new();
    }
    let mut formulas: BTreeMap<String, Formula> = existing
        .iter()
        .filter(|other| other.id != id)
        .filter_map(|other| Some((other.key.clone(), formula::parse(&other.formula).ok()?)))
        .collect();
    let text = formula.to_string();
    formulas.insert(key.to_owned(), formula);
    if let Some(ring) = formula::cycle(&formulas) {
        errors.add("formula", format!("{} would be reckoned from each other, round and round.", ring.join(", ")));
    } else if formulas.keys().any(|key| is_deeper(&formulas, key, DEEPEST - 1)) {
        errors.add("formula", "One would be reckoned from another through too many steps. Use what is added up.");
    }
    text
}

/// A formula is reckoned from others through more steps than these. There is no ring among them.
fn is_deeper(formulas: &BTreeMap<String, Formula>, key: &str, steps: usize) -> bool {
    let Some(formula) = formulas.get(key) else { return false };
    formula
        .names()
        .into_iter()
        .filter(|name| formulas.contains_key(*name))
        .any(|name| steps == 0 || is_deeper(formulas, name, steps - 1))
}

/// The words of others that one is reckoned from by its formula.
fn names_in(metric: &Metric) -> Vec<String> {
    formula::parse(&metric.formula)
        .map(|formula| formula.names().into_iter().map(str::to_owned).collect())
        .unwrap_or_default()
}

fn differences(now: &Metric, existing: &[Metric], body: &MetricBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    let key_of = |id: Option<MetricId>| {
        existing.iter().find(|other| Some(other.id) == id).map(|other| other.key.clone()).unwrap_or_default()
    };
    let pairs = [
        ("name", now.name.clone(), &body.name),
        ("key", now.key.clone(), &body.key),
        ("suffix", now.suffix.clone(), &body.suffix),
        ("gst", now.gst.clone(), &body.gst),
        ("numerator", key_of(now.numerator_id), &body.numerator),
        ("denominator", key_of(now.denominator_id), &body.denominator),
        ("formula", now.formula.clone(), &body.formula),
        ("entered_by", now.entered_by.clone(), &body.entered_by),
        ("shown_to", now.shown_to.clone(), &body.shown_to),
    ];
    for (field, now, typed) in pairs {
        if now != *typed {
            let words = if now.is_empty() { "It is empty now.".to_owned() } else { format!("It is “{now}” now.") };
            fields.add(field, words);
        }
    }
    for (field, now, ticked) in [
        ("lower_is_better", now.lower_is_better, body.lower_is_better),
        ("approval", now.approval, body.approval.unwrap_or(now.approval)),
        ("active", now.active, body.active),
    ] {
        if now != ticked {
            fields.add(field, if now { "It is ticked now." } else { "It isn’t ticked now." });
        }
    }
    fields.into_fields()
}

fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn gone() -> AppError {
    AppError::not_found("what is counted")
}

fn sum() -> String {
    "sum".to_owned()
}

fn number() -> String {
    "number".to_owned()
}

fn none() -> String {
    "none".to_owned()
}

fn yes() -> bool {
    true
}
