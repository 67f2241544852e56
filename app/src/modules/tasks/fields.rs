//! Fields of a list's own: what its tasks have beside what all tasks have. What a task has in one is sealed, and each is changed, and undone, by itself.
//! A task that goes to another list keeps what it had, and shows it again once it is back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    access,
    acts::{Act, Change, changed_since},
    extras,
    ids::{FieldId, ListId, TaskId},
    lists::{self, Row, To, compared, unique_name, version_of},
    permissions,
    store::{self, as_json},
    store_time::{self as rows, CardValueRow, FieldRow},
    task::Task,
    tasks::{self, Done},
};
use crate::{
    clock::day_typed,
    crypto::Place,
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    ids::UserId,
    money,
    org::{Actor, OrgTx},
    people::members,
    platform::Platform,
    web::{check_name, is_text},
};

/// A list has so many at most, those put away among them.
pub const MOST: usize = 30;
/// One has so many choices at most.
pub const MOST_CHOICES: usize = 50;
/// The longest name.
const LONGEST_NAME: usize = 60;
/// The longest text in one.
const LONGEST_TEXT: usize = 1000;
/// Numbers are kept in ten thousandths, and are smaller than this.
const TOO_LARGE: i64 = 1_000_000_000_000_000;
/// So many of them are one.
const ONE: i64 = 10_000;
/// The largest amount, in cents.
const MOST_CENTS: i64 = 100_000_000_000_000;

/// What is in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskFieldKind)]
pub enum Kind {
    /// Words.
    Text,
    /// A number, with up to four decimals.
    Number,
    /// Australian dollars, in cents.
    Money,
    /// A day.
    Date,
    /// One of a few.
    Choice,
    /// Somebody who sees the list.
    Person,
}

impl Kind {
    /// All of them, in the order in which people choose.
    pub const ALL: [Self; 6] = [Self::Text, Self::Number, Self::Money, Self::Date, Self::Choice, Self::Person];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::Choice => "choice",
            Self::Person => "person",
        }
    }

    /// The kind of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Number => "Number",
            Self::Money => "Money",
            Self::Date => "Date",
            Self::Choice => "One of a few choices",
            Self::Person => "Person",
        }
    }
}

/// One of a few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskFieldChoice)]
pub struct Choice {
    /// Its id: it stays when it is called something else.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskFieldView)]
pub struct Field {
    /// Its id.
    pub id: FieldId,
    /// Of which list.
    pub list: ListId,
    /// Its name.
    pub name: String,
    /// What is in it.
    pub kind: Kind,
    /// Of a choice: what there is to choose.
    pub choices: Vec<Choice>,
    /// Cards show it.
    pub on_cards: bool,
    /// It was put away: what tasks have in it is kept, and isn’t shown.
    pub archived: bool,
    /// Its place, compared byte by byte.
    pub position: String,
    /// To change it: the version.
    pub version: i64,
}

/// A choice, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskFieldChoiceBody)]
pub struct ChoiceBody {
    /// Of one that is there: its id.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
}

/// A field, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskFieldBody)]
pub struct FieldBody {
    /// Its name.
    pub name: String,
    /// What is in it. It stays what it was begun as.
    pub kind: Kind,
    /// Of a choice: what there is to choose, in order. One that is left out isn’t offered any more.
    #[serde(default)]
    pub choices: Vec<ChoiceBody>,
    /// Cards show it.
    #[serde(default)]
    pub on_cards: bool,
    /// It is put away.
    #[serde(default)]
    pub archived: bool,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What a task is to have in fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TaskValuesBody)]
pub struct ValuesBody {
    /// The version of the task that was read: a field that somebody else changed since is refused with what holds now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// By the ids of fields; those that aren’t named stay, null empties one. A text; a number; cents, or dollars as a text; `2026-11-27`; a choice’s id or
    /// its name; a member’s id.
    #[schema(value_type = Object)]
    pub values: BTreeMap<String, Value>,
}

/// What a card shows of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskCardField)]
pub struct OnCard {
    /// The field’s name.
    pub name: String,
    /// What the task has in it, for people.
    pub text: String,
}

/// What a task has in its list's fields, for a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The task.
    pub task: Task,
    /// The fields of its list that are in use, in order.
    pub fields: Vec<Field>,
    /// What it has in them.
    pub values: BTreeMap<FieldId, Value>,
    /// Who can be put into one.
    pub people: Vec<lists::Who>,
}

impl Field {
    fn of_row(row: FieldRow) -> Result<Self> {
        let unreadable = || {
            tracing::error!("a field of a list can’t be read");
            AppError::internal()
        };
        Ok(Self {
            kind: Kind::parse(&row.kind).ok_or_else(unreadable)?,
            choices: serde_json::from_str(&row.choices).map_err(|_| unreadable())?,
            id: row.id,
            list: row.list_id,
            name: row.name,
            on_cards: row.on_cards,
            archived: row.archived,
            position: row.position,
            version: row.version,
        })
    }

    /// What is in it, for people; `names`: of members. Empty where that isn't there any more.
    pub fn shown(&self, value: &Value, names: &BTreeMap<UserId, String>) -> String {
        shown(self.kind, &self.choices, value, names)
    }

    /// A number or an amount as a whole number, to be compared with others of the same field.
    pub fn in_parts(&self, value: &Value) -> Option<i64> {
        match self.kind {
            Kind::Money => value.as_i64(),
            _ => decimal(&value.as_number()?.to_string()),
        }
    }

    /// What is in it, as it is typed.
    pub fn as_typed(&self, value: &Value) -> String {
        match (self.kind, value) {
            (Kind::Money, Value::Number(_)) => {
                let cents = value.as_i64().unwrap_or(0);
                format!(
                    "{}{}.{:02}",
                    if cents < 0 { "-" } else { "" },
                    cents.unsigned_abs() / 100,
                    cents.unsigned_abs() % 100
                )
            }
            (_, Value::String(text)) => text.clone(),
            (_, Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }
}

/// The fields of a list, for whoever sees it, those put away too.
///
/// # Errors
/// 404.
pub async fn show(platform: &Platform, actor: &Actor, org: &str, list: &str) -> Result<(store::List, Vec<Field>)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, list).await?;
    let fields = of_list(&mut tx, list.id).await?;
    tx.rollback().await?;
    Ok((list, fields))
}

/// The same for whoever sets lists up.
///
/// # Errors
/// 403; 404.
pub async fn to_set_up(platform: &Platform, actor: &Actor, org: &str, list: &str) -> Result<(store::List, Vec<Field>)> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let list = access::list_called(&mut tx, list).await?;
    let fields = of_list(&mut tx, list.id).await?;
    tx.rollback().await?;
    Ok((list, fields))
}

/// The fields of a list, in order, those put away too. Whoever calls it saw to it that the list may be seen.
///
/// # Errors
/// The database is busy.
pub async fn of_list(tx: &mut OrgTx, list: ListId) -> Result<Vec<Field>> {
    rows::fields(tx, list).await?.into_iter().map(Field::of_row).collect()
}

/// What these tasks have in fields, those of other lists and those put away too. Whoever calls it saw to it that the tasks may be seen.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn values(
    tx: &mut OrgTx,
    tasks: impl IntoIterator<Item = TaskId>,
) -> Result<BTreeMap<TaskId, BTreeMap<FieldId, Value>>> {
    let found = rows::values(tx, &as_json(tasks.into_iter().map(|id| id.0))).await?;
    let keys = tx.keys().await?;
    let mut values: BTreeMap<TaskId, BTreeMap<FieldId, Value>> = BTreeMap::new();
    for row in found {
        let value = opened(&access::text(&keys, value_of(row.id), &row.value)?)?;
        values.entry(row.task_id).or_default().insert(row.field_id, value);
    }
    Ok(values)
}

/// What cards of these tasks show of fields; `tasks` as [`as_json`] writes them.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn on_cards(tx: &mut OrgTx, tasks: &str) -> Result<BTreeMap<TaskId, Vec<OnCard>>> {
    let found = rows::card_values(tx, tasks).await?;
    if found.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names =
        if found.iter().any(|row| row.kind == Kind::Person.as_str()) { names(tx).await? } else { BTreeMap::new() };
    let keys = tx.keys().await?;
    let mut cards: BTreeMap<TaskId, Vec<OnCard>> = BTreeMap::new();
    for CardValueRow { id, task_id, name, kind, choices, value } in found {
        let value = opened(&access::text(&keys, value_of(id), &value)?)?;
        let Some(kind) = Kind::parse(&kind) else { continue };
        let choices: Vec<Choice> = serde_json::from_str(&choices).unwrap_or_default();
        let text = shown(kind, &choices, &value, &names);
        if !text.is_empty() {
            cards.entry(task_id).or_default().push(OnCard { name, text });
        }
    }
    Ok(cards)
}

/// The names of the organisation's members.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn names(tx: &mut OrgTx) -> Result<BTreeMap<UserId, String>> {
    Ok(members::all(tx).await?.into_iter().map(|member| (member.user, member.name)).collect())
}

/// What a task has in its list's fields, for whoever sees it.
///
/// # Errors
/// 404.
pub async fn sheet(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Sheet> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, task).await?;
    let mut fields = of_list(&mut tx, task.list).await?;
    fields.retain(|field| !field.archived);
    let mut values = values(&mut tx, [task.id]).await?.remove(&task.id).unwrap_or_default();
    values.retain(|id, _| fields.iter().any(|field| field.id == *id));
    let people = if fields.iter().any(|field| field.kind == Kind::Person) {
        who_sees(&mut tx, task.list).await?
    } else {
        Vec::new()
    };
    tx.rollback().await?;
    Ok(Sheet { task, fields, values, people })
}

/// Adds a field to a list, after its others.
///
/// # Errors
/// 404 for a list that whoever asks can't see; 409 for one that was put away; 422 at each field that is wrong.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, list: &str, body: &FieldBody) -> Result<FieldId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let list = lists::list_to_change_called(&mut tx, list).await?.id;
    let id = add_in(&mut tx, list, body).await?;
    lists::finish(tx, "tasks.list_saved", list.0).await?;
    Ok(id)
}

/// The same in a transaction that goes on, to a list that may be changed.
///
/// # Errors
/// 422 at each field that is wrong.
pub async fn add_in(tx: &mut OrgTx, list: ListId, body: &FieldBody) -> Result<FieldId> {
    let all = of_list(tx, list).await?;
    if all.len() >= MOST {
        return Err(AppError::field("name", format!("A list has at most {MOST} fields, archived ones among them.")));
    }
    let id = FieldId::new(tx.now());
    let (name, choices) = checked(tx, &all, id, &[], body)?;
    let row = FieldRow {
        id,
        list_id: list,
        name,
        kind: body.kind.as_str().to_owned(),
        choices,
        on_cards: body.on_cards,
        archived: false,
        position: lists::last(all.last().map(|field| field.position.as_str()))?,
        version: 1,
    };
    rows::insert_field(tx, &row).await?;
    Ok(id)
}

/// Changes a field: its name, its choices, whether cards show it, whether it is put away. Gives its list.
///
/// # Errors
/// 404 for a field of a list that whoever asks can't see; 409 where somebody else changed it since `version`, and where the list was put away; 422 at each
/// field that is wrong.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &FieldBody) -> Result<ListId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let now = field_to_change(&mut tx, id).await?;
    let version = version_of(body.version)?;
    if version != now.version {
        let held = serde_json::to_value(&now).map_err(|_| AppError::internal())?;
        return Err(access::changed(&tx, "this field", now.version, differences(&now, body), &held));
    }
    if body.kind != now.kind {
        return Err(AppError::field(
            "kind",
            "The type of a field can’t be changed. Add another, and archive this one.",
        ));
    }
    let all = of_list(&mut tx, now.list).await?;
    let (name, choices) = checked(&tx, &all, now.id, &now.choices, body)?;
    let row = FieldRow {
        id: now.id,
        list_id: now.list,
        name,
        kind: now.kind.as_str().to_owned(),
        choices,
        on_cards: body.on_cards,
        archived: body.archived,
        position: now.position,
        version,
    };
    if rows::update_field(&mut tx, &row).await? == 0 {
        return Err(lists::meanwhile());
    }
    lists::finish(tx, "tasks.list_saved", now.list.0).await?;
    Ok(now.list)
}

/// Moves a field among the others of its list, and gives that.
///
/// # Errors
/// 404 for a field of a list that whoever asks can't see, and for a neighbour that isn't there; 409 for a list that was put away.
pub async fn move_to(platform: &Platform, actor: &Actor, org: &str, id: &str, to: To) -> Result<ListId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let now = field_to_change(&mut tx, id).await?;
    let all = of_list(&mut tx, now.list).await?.into_iter().map(|field| (field.id.0, field.position)).collect();
    if lists::place(&mut tx, Row::Field, all, now.id.0, to).await? {
        lists::finish(tx, "tasks.list_saved", now.list.0).await?;
    } else {
        tx.rollback().await?;
    }
    Ok(now.list)
}

/// Puts something into fields of a task, or empties them. Others' changes of other fields stay.
///
/// # Errors
/// 404 for the task, for a field that isn't its list's, and for somebody who doesn't belong; 409 for a task that can't be changed, and where somebody else
/// changed the same field since `version`; 422 at what is wrong, each at `values.` and the field's id.
pub async fn set(platform: &Platform, actor: &Actor, org: &str, task: &str, body: &ValuesBody) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?;
    let mut act = Act::new(&tx, "fields");
    set_in(&mut tx, &mut act, &task, body).await?;
    tasks::done(tx, act, vec![task.id]).await
}

/// The same in a transaction, and an act, that go on.
///
/// # Errors
/// As [`set`].
pub async fn set_in(tx: &mut OrgTx, act: &mut Act, task: &Task, body: &ValuesBody) -> Result<()> {
    let fields = of_list(tx, task.list).await?;
    let there = values(tx, [task.id]).await?.remove(&task.id).unwrap_or_default();
    let mut people = None;
    let mut errors = FieldErrors::default();
    let mut wanted = Vec::new();
    for (id, value) in &body.values {
        let field = fields.iter().find(|field| !field.archived && field.id.to_string() == *id).ok_or_else(no_field)?;
        // Whoever left, and a choice that isn’t offered any more, may stay.
        if let (Some(now), Value::String(given)) = (there.get(&field.id), value)
            && field.as_typed(now) == given.trim()
        {
            continue;
        }
        if field.kind == Kind::Person && people.is_none() {
            people = Some(who_sees(tx, task.list).await?);
        }
        let value = match typed(field, value, people.as_deref().unwrap_or_default()) {
            Ok(value) => value,
            Err(Refused::NotFound) => return Err(AppError::not_found("that person")),
            Err(Refused::Words(words)) => {
                errors.add(&format!("values.{id}"), words);
                continue;
            }
        };
        if there.get(&field.id).unwrap_or(&Value::Null) != &value {
            wanted.push((field, value));
        }
    }
    errors.finish()?;
    if let Some(version) = body.version.filter(|version| *version < task.version) {
        let since = store::fields_changed_since(tx, task.id, version).await?;
        let (mut both, mut held) = (Vec::new(), Map::new());
        for (field, _) in &wanted {
            if since.iter().any(|(changed, _)| *changed == word(field.id)) {
                let names = names(tx).await?;
                let now = there.get(&field.id).cloned().unwrap_or_default();
                let (at, message) = (format!("values.{}", field.id), field.shown(&now, &names));
                held.insert(at.clone(), now);
                both.push(FieldError { field: at, message });
            }
        }
        if !both.is_empty() {
            return Err(access::changed(tx, "this task", task.version, both, &Value::Object(held)));
        }
    }
    for (field, value) in wanted {
        let before = there.get(&field.id).cloned().unwrap_or_default();
        write(tx, task.id, field.id, &value).await?;
        act.note(tx, task.id, word(field.id), before, value).await?;
    }
    Ok(())
}

/// Puts what a task has in a field there, whatever it had before: nothing of it is noted.
///
/// # Errors
/// The database is busy.
pub async fn write(tx: &mut OrgTx, task: TaskId, field: FieldId, value: &Value) -> Result<()> {
    rows::delete_value(tx, task, field).await?;
    if !value.is_null() {
        let id = crate::ids::fresh(tx.now());
        let sealed = tx.keys().await?.seal(value_of(id), &value.to_string());
        rows::insert_value(tx, id, task, field, &sealed).await?;
    }
    Ok(())
}

/// Puts a field of a task back to what it was.
///
/// # Errors
/// 409 where somebody has changed it since.
pub async fn put_back(tx: &mut OrgTx, act: &mut Act, now: &Task, id: &str, change: &Change) -> Result<()> {
    let Ok(id) = id.parse::<FieldId>() else { return Ok(()) };
    let there = values(tx, [now.id]).await?.remove(&now.id).and_then(|mut values| values.remove(&id));
    let there = there.unwrap_or_default();
    if there != change.after {
        return Err(changed_since(now));
    }
    write(tx, now.id, id, &change.before).await?;
    act.note(tx, now.id, change.field.clone(), there, change.before.clone()).await
}

/// Where what a task has in a field is sealed for.
pub fn value_of(id: Uuid) -> Place {
    Place { table: "tasks_field_values", column: "value", row: id }
}

async fn field_to_change(tx: &mut OrgTx, id: &str) -> Result<Field> {
    let id = id.parse::<FieldId>().map_err(|_| no_field())?;
    let field = Field::of_row(rows::field(tx, id).await?.ok_or_else(no_field)?)?;
    access::list(tx, field.list).await.map_err(|_| no_field())?;
    access::list_to_change(tx, field.list).await?;
    Ok(field)
}

async fn who_sees(tx: &mut OrgTx, list: ListId) -> Result<Vec<lists::Who>> {
    let list = access::list(tx, list).await?;
    let space = access::spaces(tx).await?.into_iter().find(|space| space.id == list.space_id);
    lists::who_sees(tx, &space.ok_or_else(access::no_list)?).await
}

/// Its name and its choices, as they are kept. `before`: the choices that it has.
fn checked(tx: &OrgTx, all: &[Field], id: FieldId, before: &[Choice], body: &FieldBody) -> Result<(String, String)> {
    let mut errors = FieldErrors::default();
    let others = all.iter().filter(|other| other.id != id && (!other.archived || body.archived));
    let name = unique_name(others.map(|other| &other.name), &body.name, &mut errors);
    if name.chars().count() > LONGEST_NAME {
        errors.add("name", "Use at most 60 characters.");
    }
    let mut choices: Vec<Choice> = Vec::new();
    let given: &[ChoiceBody] = if body.kind == Kind::Choice { &body.choices } else { &[] };
    for choice in given.iter().take(MOST_CHOICES + 1) {
        let name = errors.take("choices", check_name(&choice.name));
        if choices.iter().any(|other| compared(&other.name) == compared(&name)) {
            errors.add("choices", format!("“{name}” stands there twice."));
        }
        let id = match choice.id {
            None => crate::ids::fresh(tx.now()),
            Some(id) if before.iter().any(|other| other.id == id) && !choices.iter().any(|other| other.id == id) => id,
            Some(_) => return Err(AppError::not_found("that choice")),
        };
        choices.push(Choice { id, name });
    }
    if body.kind == Kind::Choice && choices.is_empty() {
        errors.add("choices", "Say what there is to choose.");
    }
    if choices.len() > MOST_CHOICES {
        errors.add("choices", "A field has at most 50 choices.");
    }
    errors.finish()?;
    Ok((name, serde_json::to_string(&choices).map_err(|_| AppError::internal())?))
}

fn differences(now: &Field, body: &FieldBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    if now.name != body.name {
        fields.add("name", format!("It is “{}” now.", now.name));
    }
    let names: BTreeSet<&str> = now.choices.iter().map(|choice| choice.name.as_str()).collect();
    if names != body.choices.iter().map(|choice| choice.name.as_str()).collect::<BTreeSet<&str>>() {
        let names: Vec<&str> = now.choices.iter().map(|choice| choice.name.as_str()).collect();
        fields.add("choices", format!("They are {} now.", names.join(", ")));
    }
    if now.on_cards != body.on_cards {
        fields.add("on_cards", if now.on_cards { "Cards show it now." } else { "Cards don’t show it now." });
    }
    if now.archived != body.archived {
        fields.add("archived", if now.archived { "It is archived now." } else { "It is in use now." });
    }
    fields.into_fields()
}

/// Why something doesn't belong into a field.
enum Refused {
    Words(&'static str),
    NotFound,
}

/// What is to be in a field, as it is kept, of what was given or typed.
fn typed(field: &Field, given: &Value, people: &[lists::Who]) -> std::result::Result<Value, Refused> {
    let text = match given {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => text.trim(),
        Value::Number(_) if matches!(field.kind, Kind::Number | Kind::Money) => "",
        _ => return Err(Refused::Words("That doesn’t fit this field.")),
    };
    if text.is_empty() && given.is_string() {
        return Ok(Value::Null);
    }
    let words = Refused::Words;
    match field.kind {
        Kind::Text if text.chars().count() > LONGEST_TEXT || !is_text(text) => {
            Err(words("Use at most 1,000 characters."))
        }
        Kind::Text => Ok(json!(text)),
        Kind::Number => {
            let text = if let Value::Number(number) = given { number.to_string() } else { text.to_owned() };
            let number = decimal(&text).and_then(|parts| serde_json::from_str::<Number>(&parts_in_words(parts)).ok());
            number.map(Value::Number).ok_or_else(|| words("Use a number like 1,234.5, with at most four decimals."))
        }
        Kind::Money => {
            let cents = match given {
                Value::Number(number) => number.as_i64(),
                _ => match text.strip_prefix(['-', '−']) {
                    Some(rest) => money::parse(rest).map(|cents| -cents),
                    None => money::parse(text),
                },
            };
            let cents = cents.filter(|cents| (-MOST_CENTS..=MOST_CENTS).contains(cents));
            cents.map(|cents| json!(cents)).ok_or_else(|| words("Use an amount like 1,490.50."))
        }
        Kind::Date => {
            let day = day_typed(text).ok_or_else(|| words("Use a date such as 2026-11-27 or 27/11/2026."))?;
            Ok(json!(day.to_string()))
        }
        Kind::Choice => {
            let found = field.choices.iter().find(|choice| choice.id.to_string() == text);
            let named = || field.choices.iter().find(|choice| compared(&choice.name) == compared(text));
            let choice = found.or_else(named).ok_or_else(|| words("Choose one of the choices."))?;
            Ok(json!(choice.id.to_string()))
        }
        Kind::Person => {
            let found = people.iter().find(|one| one.id.to_string() == text);
            found.map(|one| json!(one.id)).ok_or(Refused::NotFound)
        }
    }
}

/// A number in ten thousandths: `1,234.5`, `-3`.
fn decimal(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let whole = whole.replace([',', ' '], "");
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(&whole) || !digits(part) || whole.len() > 15 || part.len() > 4 {
        return None;
    }
    let parts = whole.parse::<i64>().ok()?.checked_mul(ONE)?.checked_add(format!("{part:0<4}").parse().ok()?)?;
    (parts < TOO_LARGE).then_some(if negative { -parts } else { parts })
}

/// Ten thousandths as a number without idle noughts: `1234.5`.
fn parts_in_words(parts: i64) -> String {
    let (whole, part) = (parts.unsigned_abs() / ONE.unsigned_abs(), parts.unsigned_abs() % ONE.unsigned_abs());
    let sign = if parts < 0 { "-" } else { "" };
    let part = format!("{part:04}");
    let part = part.trim_end_matches('0');
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

fn shown(kind: Kind, choices: &[Choice], value: &Value, names: &BTreeMap<UserId, String>) -> String {
    let text = value.as_str().unwrap_or_default();
    match kind {
        Kind::Text => text.to_owned(),
        Kind::Number => value.as_number().map(|number| with_groups(&number.to_string())).unwrap_or_default(),
        Kind::Money => value.as_i64().map(money::dollars).unwrap_or_default(),
        Kind::Date => text.parse::<Date>().map(|day| day.strftime("%-d %b %Y").to_string()).unwrap_or_default(),
        Kind::Choice => {
            let found = choices.iter().find(|choice| choice.id.to_string() == text);
            found.map(|choice| choice.name.clone()).unwrap_or_default()
        }
        Kind::Person => {
            let found = text.parse::<UserId>().ok().and_then(|user| names.get(&user));
            found.cloned().unwrap_or_default()
        }
    }
}

/// `1234.5` as people read it: `1,234.5`.
fn with_groups(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("−", rest));
    let (whole, part) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), money::grouped);
    part.map_or_else(|| format!("{sign}{whole}"), |part| format!("{sign}{whole}.{part}"))
}

fn opened(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|_| AppError::internal())
}

/// What a field is called in the history.
fn word(id: FieldId) -> String {
    format!("{}:{id}", extras::FIELD)
}

/// 404 for a field.
fn no_field() -> AppError {
    AppError::not_found("that field")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (text, expected) in [
            ("0", Some("0")),
            ("1,234.50", Some("1234.5")),
            ("-3", Some("-3")),
            ("−0.0001", Some("-0.0001")),
            ("12 000", Some("12000")),
            ("99999999999.9999", Some("99999999999.9999")),
            ("100000000000", None),
            ("1.00001", None),
            ("1e3", None),
            ("1.", None),
            (".5", None),
            ("", None),
            ("-", None),
            ("one", None),
        ] {
            assert_eq!(decimal(text).map(parts_in_words).as_deref(), expected, "{text}");
        }
        assert_eq!((with_groups("1234567.25"), with_groups("-5")), ("1,234,567.25".to_owned(), "−5".to_owned()));
    }
}
