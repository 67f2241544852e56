//! What a list shows as a list and as a board: its tasks by what they are grouped by, each group with how many it has and the first of them. Only what is
//! shown is read.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    access,
    cards::{self, Card},
    fields,
    ids::{FieldId, LabelId, ListId, TaskId},
    lists::{self, Who},
    matching, permissions,
    store::{self, Label, List, Section, Space, Status, as_json},
    store_board::{self as rows, Bone, ChosenRow},
};
use crate::{
    error::{AppError, Result},
    ids::UserId,
    org::OrgTx,
};

/// So many columns of a board come with their first cards; the others’ are asked for once they come into view.
pub const FIRST_COLUMNS: usize = 8;
/// So many cards of each.
pub const FIRST_CARDS: usize = 8;
/// So many rows of a list come at once.
pub const ROWS: usize = 200;
/// So many cards are given at once at most.
pub const MOST_CARDS: i64 = 200;
/// With more labels than these, only those that tasks of the list have are columns.
const MOST_LABELS: usize = 40;
/// The word for what has none.
pub const NONE: &str = "none";
/// The priorities by name, from none.
pub const PRIORITIES: [&str; 5] = ["No priority", "Low", "Medium", "High", "Urgent"];

/// What tasks are grouped by: the columns of a board, its rows, or the groups of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    /// How far they have come.
    #[default]
    Status,
    /// The part of the list.
    Section,
    /// Whose they are.
    Person,
    /// How urgent they are.
    Priority,
    /// What they are about: one with several labels is in several groups.
    Label,
    /// What they say in a field of the list: a choice or a person.
    Field(FieldId),
}

/// What becomes of tasks that are parts of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Parts {
    /// They aren’t shown.
    #[default]
    Out,
    /// They stand below what they are a part of, wherever they would stand themselves.
    Nested,
    /// They stand by themselves.
    Alone,
}

/// What is asked for of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// What it is grouped by.
    pub by: By,
    /// The rows of the board; `None`: it has none.
    pub lanes: Option<By>,
    /// What becomes of parts.
    pub parts: Parts,
    /// A filter, as typed; empty: all.
    pub filter: String,
}

/// Where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// A few cards of the first columns.
    Board,
    /// Rows until the page is full.
    Rows,
}

/// A list with what it is made of, as whoever asks sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The list.
    pub list: List,
    /// Where it is.
    pub space: Space,
    /// Its statuses, in order.
    pub statuses: Vec<Status>,
    /// Its parts, in order.
    pub sections: Vec<Section>,
    /// The labels, by name.
    pub labels: Vec<Label>,
    /// Who can be put on its tasks, by name.
    pub people: Vec<Who>,
    /// What it can be grouped by beside what every list can.
    pub fields: Vec<fields::Field>,
    /// Its tasks can be changed, and they may.
    pub may_change: bool,
    /// They may change what it is made of.
    pub may_organise: bool,
    /// Who asks.
    pub me: Option<UserId>,
    /// `2026-11-27`, on the organisation’s clock.
    pub today: jiff::civil::Date,
    /// What was seen of the organisation’s sequence.
    pub sequence: i64,
}

/// A column of a board, a group of a list, or with rows a place where the two meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What it is: a status’s id, a person’s, `none`… With rows, the row’s and the column’s with a bar between.
    pub key: String,
    /// Its name.
    pub name: String,
    /// How many there are in it.
    pub count: i64,
    /// So many at once and no more.
    pub limit: Option<i64>,
    /// Its colour, as a style has it.
    pub color: Option<&'static str>,
    /// There are more than come with it.
    pub more: bool,
    /// The place of the last that comes with it.
    pub end: String,
    /// Those that come with it, in order.
    #[serde(skip)]
    pub ids: Vec<TaskId>,
    /// Its column alone.
    #[serde(skip)]
    pub column: String,
    /// Its row alone.
    #[serde(skip)]
    pub lane: Option<String>,
}

/// A list as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its columns, row by row.
    pub groups: Vec<Group>,
    /// The rows: key and name.
    pub lanes: Vec<(String, String)>,
    /// The tasks that come with it.
    pub cards: BTreeMap<TaskId, Card>,
    /// What is below those, in order.
    pub parts: BTreeMap<TaskId, Vec<TaskId>>,
    /// It is what a filter found: each stands by itself.
    pub filtered: bool,
    /// What is wrong with the filter.
    pub problem: Option<String>,
}

/// Some cards of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// In order; where parts are nested, the parts first.
    pub cards: Vec<Card>,
    /// There are more after the last.
    pub more: bool,
    /// How many the column has.
    pub count: i64,
    /// The place after which the next ones come.
    pub end: String,
}

impl By {
    /// Those that every list has.
    pub const ALL: [Self; 5] = [Self::Status, Self::Section, Self::Person, Self::Priority, Self::Label];

    /// Reads the word in addresses.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "status" => Self::Status,
            "section" => Self::Section,
            "person" => Self::Person,
            "priority" => Self::Priority,
            "label" => Self::Label,
            other => Self::Field(other.strip_prefix("field:")?.parse().ok()?),
        })
    }

    /// The word in addresses.
    pub fn word(self) -> String {
        match self {
            Self::Status => "status".to_owned(),
            Self::Section => "section".to_owned(),
            Self::Person => "person".to_owned(),
            Self::Priority => "priority".to_owned(),
            Self::Label => "label".to_owned(),
            Self::Field(id) => format!("field:{id}"),
        }
    }
}

impl Parts {
    /// Reads the word in addresses. What is none leaves them out.
    pub fn parse(word: &str) -> Self {
        Self::named(word).unwrap_or_default()
    }

    /// The same, and `None` for what is none.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Out, Self::Nested, Self::Alone].into_iter().find(|parts| parts.word() == word)
    }

    /// The word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Out => "",
            Self::Nested => "nested",
            Self::Alone => "1",
        }
    }
}

impl Asked {
    /// What is below a task stands below it. What a filter found stands by itself.
    fn nests(&self) -> bool {
        self.parts == Parts::Nested && self.filter.trim().is_empty()
    }

    /// Databases count and sort by themselves what every list is grouped by.
    fn is_plain(&self) -> bool {
        self.filter.trim().is_empty()
            && self.lanes.is_none()
            && self.parts != Parts::Alone
            && !matches!(self.by, By::Field(_))
    }
}

impl Setting {
    /// What the list can be grouped by, in words.
    pub fn ways(&self) -> Vec<(By, String)> {
        let names = ["Status", "Section", "Person", "Priority", "Label"];
        let own = self.fields.iter().map(|field| (By::Field(field.id), field.name.clone()));
        By::ALL.into_iter().zip(names.map(str::to_owned)).chain(own).collect()
    }

    /// What something of it is called.
    pub fn way_called(&self, by: By) -> Option<String> {
        self.ways().into_iter().find(|(way, _)| *way == by).map(|(_, name)| name)
    }

    /// A person’s name.
    pub fn person(&self, id: UserId) -> Option<&Who> {
        self.people.iter().find(|one| one.id == id)
    }
}

/// A list by what an address says, with what it is made of.
///
/// # Errors
/// 404.
pub async fn setting(tx: &mut OrgTx, word: &str) -> Result<Setting> {
    let list = access::list_called(tx, word).await?;
    let space =
        access::spaces(tx).await?.into_iter().find(|one| one.id == list.space_id).ok_or_else(access::no_list)?;
    let (today, _) = access::today(tx)?;
    Ok(Setting {
        people: lists::who_sees(tx, &space).await?,
        statuses: store::statuses(tx, list.id).await?,
        sections: store::sections(tx, list.id).await?,
        labels: store::labels(tx).await?,
        fields: fields::of_list(tx, list.id).await?.into_iter().filter(can_group).collect(),
        may_change: tx.allows(&permissions::CHANGE) && !list.archived,
        may_organise: tx.allows(&permissions::ORGANISE),
        me: tx.person(),
        sequence: tx.org().sequence,
        today,
        space,
        list,
    })
}

/// A list as it is shown: its groups, and the first tasks of them.
///
/// # Errors
/// 404 for a field that isn’t the list’s.
pub async fn shown(tx: &mut OrgTx, setting: &Setting, asked: &Asked, first: First) -> Result<Shown> {
    if [Some(asked.by), asked.lanes].into_iter().flatten().any(|by| setting.way_called(by).is_none()) {
        return Err(AppError::not_found("that field"));
    }
    let (found, problem) = match filtered(tx, setting.list.id, &asked.filter).await? {
        Ok(found) => (found, None),
        Err(problem) => (None, Some(problem)),
    };
    let lanes = asked.lanes.filter(|lanes| *lanes != asked.by);
    let asked = Asked { lanes, filter: if problem.is_some() { String::new() } else { asked.filter.clone() }, ..*asked };
    let mut groups = Vec::new();
    let mut lane_heads = Vec::new();
    if asked.is_plain() {
        groups = heads(setting, asked.by, &counts(tx, setting.list.id, asked.by).await?);
        let (mut columns, mut left) = (FIRST_COLUMNS, ROWS);
        for group in groups.iter_mut().filter(|group| group.count > 0) {
            let most = match first {
                First::Board if columns > 0 => FIRST_CARDS,
                First::Rows => left,
                First::Board => 0,
            };
            if most == 0 {
                break;
            }
            columns = columns.saturating_sub(1);
            let limit = i64::try_from(most).unwrap_or(MOST_CARDS);
            group.ids = next(tx, setting.list.id, asked.by, &group.key, "", limit).await?;
            left = left.saturating_sub(group.ids.len());
        }
    } else {
        let skeleton = Skeleton::read(tx, setting.list.id, &asked, found.as_ref()).await?;
        let counted = |by: By| {
            let mut counts: BTreeMap<String, i64> = BTreeMap::new();
            for key in skeleton.bones.iter().flat_map(|bone| skeleton.keys(bone, by)) {
                let count = counts.entry(key).or_default();
                *count = count.saturating_add(1);
            }
            counts
        };
        let columns = heads(setting, asked.by, &counted(asked.by));
        match asked.lanes {
            None => groups = columns,
            Some(lanes) => {
                // An empty row says nothing, where there are others.
                for lane in heads(setting, lanes, &counted(lanes)).into_iter().filter(|lane| lane.count > 0) {
                    groups.extend(columns.iter().map(|column| Group {
                        key: cell(&lane.key, &column.key),
                        lane: Some(lane.key.clone()),
                        limit: None,
                        ..column.clone()
                    }));
                    lane_heads.push((lane.key, lane.name));
                }
                if lane_heads.is_empty() {
                    groups = columns;
                }
            }
        }
        let mut left = match first {
            First::Board => FIRST_COLUMNS * FIRST_CARDS,
            First::Rows => ROWS,
        };
        let at_once = if first == First::Board { FIRST_CARDS } else { ROWS };
        let mut placed = skeleton.placed(&asked);
        for group in &mut groups {
            group.ids = placed.remove(&group.key).unwrap_or_default();
            group.count = i64::try_from(group.ids.len()).unwrap_or(i64::MAX);
            group.ids.truncate(at_once.min(left));
            left = left.saturating_sub(group.ids.len());
        }
    }
    let below = if asked.nests() { cut(tx, &mut groups).await? } else { BTreeMap::new() };
    let all = groups.iter().flat_map(|group| &group.ids).chain(below.values().flatten());
    let ids: BTreeSet<TaskId> = all.copied().collect();
    let cards = read(tx, ids).await?;
    for group in &mut groups {
        group.more = usize::try_from(group.count).is_ok_and(|count| count > group.ids.len());
        group.end = group.ids.last().and_then(|id| cards.get(id)).map(|card| card.position.clone()).unwrap_or_default();
    }
    let parts = nested(&cards);
    Ok(Shown { groups, lanes: lane_heads, cards, parts, filtered: found.is_some(), problem })
}

/// The next cards of a column, and with rows of one of them.
///
/// # Errors
/// 404 for a list that whoever asks can’t see, and for a column that can’t be; 422 for a filter that can’t be read.
pub async fn page(
    tx: &mut OrgTx,
    list: ListId,
    asked: &Asked,
    (column, lane): (&str, Option<&str>),
    after: &str,
    limit: i64,
) -> Result<Page> {
    check_column(tx, list, asked.by, column).await?;
    if let Some((lanes, lane)) = asked.lanes.zip(lane) {
        check_column(tx, list, lanes, lane).await?;
    }
    let limit = limit.clamp(1, MOST_CARDS);
    let most = usize::try_from(limit).unwrap_or(1);
    let (mut ids, count) = if asked.is_plain() {
        let counts = counts(tx, list, asked.by).await?;
        let count = counts.get(column).copied().unwrap_or(0);
        (next(tx, list, asked.by, column, after, limit.saturating_add(1)).await?, count)
    } else {
        let found = filtered(tx, list, &asked.filter).await?.map_err(|words| AppError::field("q", words))?;
        let skeleton = Skeleton::read(tx, list, asked, found.as_ref()).await?;
        let all = skeleton.within(asked, column, lane);
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let later = all.into_iter().filter(|bone| bone.position.as_str() > after).map(|bone| bone.id);
        (later.take(most.saturating_add(1)).collect(), count)
    };
    let mut more = ids.len() > most;
    ids.truncate(most);
    let mut below = BTreeMap::new();
    if asked.nests() {
        let mut group = [Group::of("", "")];
        let all = ids.len();
        group[0].ids = ids;
        below = cut(tx, &mut group).await?;
        let [group] = group;
        more |= group.ids.len() < all;
        ids = group.ids;
    }
    let cards = read(tx, ids.iter().chain(below.values().flatten()).copied().collect()).await?;
    let end = ids.last().and_then(|id| cards.get(id)).map(|card| card.position.clone()).unwrap_or_default();
    let own: BTreeSet<TaskId> = ids.into_iter().collect();
    let (mut tops, mut parts): (Vec<Card>, Vec<Card>) = cards.into_values().partition(|card| own.contains(&card.id));
    for all in [&mut tops, &mut parts] {
        all.sort_by(|one, other| one.position.cmp(&other.position));
    }
    parts.append(&mut tops);
    Ok(Page { cards: parts, more, count, end })
}

/// The tasks of a list without columns: all in order, parts of others too, or those that a filter finds.
///
/// # Errors
/// 422 for a filter that can’t be read.
pub async fn all(tx: &mut OrgTx, list: ListId, filter: &str, after: &str, limit: i64) -> Result<Page> {
    let limit = limit.clamp(1, MOST_CARDS);
    let most = usize::try_from(limit).unwrap_or(1);
    let found = filtered(tx, list, filter).await?.map_err(|words| AppError::field("q", words))?;
    let (cards, more, count) = if let Some(found) = found {
        let bones = rows::bones(tx, list, true).await?;
        let bones: Vec<Bone> = bones.into_iter().filter(|bone| found.contains(&bone.id)).collect();
        let later = bones.iter().filter(|bone| bone.position.as_str() > after).map(|bone| bone.id);
        let mut ids: Vec<TaskId> = later.take(most.saturating_add(1)).collect();
        let more = ids.len() > most;
        ids.truncate(most);
        let mut cards: Vec<Card> = read(tx, ids.into_iter().collect()).await?.into_values().collect();
        cards.sort_by(|one, other| one.position.cmp(&other.position));
        (cards, more, i64::try_from(bones.len()).unwrap_or(i64::MAX))
    } else {
        let mut found = store::page(tx, list, None, after, limit.saturating_add(1)).await?;
        let more = found.len() > most;
        found.truncate(most);
        let count = store::counts_by_status(tx, list).await?.into_iter().map(|(_, count)| count).sum();
        (cards::of_rows(tx, found).await?, more, count)
    };
    let end = cards.last().map(|card| card.position.clone()).unwrap_or_default();
    Ok(Page { cards, more, count, end })
}

/// The key of the place where a row and a column meet.
fn cell(lane: &str, column: &str) -> String {
    format!("{lane}|{column}")
}

/// What a column is called.
pub fn name_of(setting: &Setting, by: By, key: &str) -> String {
    let heads = heads(setting, by, &BTreeMap::new());
    heads.into_iter().find(|head| head.key == key).map_or_else(|| "Tasks".to_owned(), |head| head.name)
}

impl Group {
    /// One without tasks.
    pub fn of(key: &str, name: &str) -> Self {
        Self {
            key: key.to_owned(),
            name: name.to_owned(),
            count: 0,
            limit: None,
            color: None,
            more: false,
            end: String::new(),
            ids: Vec::new(),
            column: key.to_owned(),
            lane: None,
        }
    }
}

/// All tasks of a list, as far as it takes to group them.
struct Skeleton {
    bones: Vec<Bone>,
    labels: BTreeMap<TaskId, Vec<LabelId>>,
    chosen: BTreeMap<FieldId, BTreeMap<TaskId, String>>,
}

impl Skeleton {
    async fn read(tx: &mut OrgTx, list: ListId, asked: &Asked, found: Option<&BTreeSet<TaskId>>) -> Result<Self> {
        // What a filter finds is shown, a part of something too.
        let parts = asked.parts == Parts::Alone || asked.parts == Parts::Nested && found.is_some();
        let mut bones = rows::bones(tx, list, parts).await?;
        if let Some(found) = found {
            bones.retain(|bone| found.contains(&bone.id));
        }
        let ways = [Some(asked.by), asked.lanes];
        let mut labels: BTreeMap<TaskId, Vec<LabelId>> = BTreeMap::new();
        if ways.contains(&Some(By::Label)) {
            for (task, label) in rows::labels_within(tx, list).await? {
                labels.entry(task).or_default().push(label);
            }
        }
        let mut chosen = BTreeMap::new();
        for way in ways.into_iter().flatten() {
            if let By::Field(field) = way {
                let found = rows::chosen_within(tx, list, field).await?;
                let words = opened(tx, found).await?.into_iter().map(|(task, _, word)| (task, word));
                chosen.insert(field, words.collect());
            }
        }
        Ok(Self { bones, labels, chosen })
    }

    /// The groups that a task is in.
    fn keys(&self, bone: &Bone, by: By) -> Vec<String> {
        let none = || NONE.to_owned();
        match by {
            By::Status => vec![bone.status_id.to_string()],
            By::Section => vec![bone.section_id.map_or_else(none, |id| id.to_string())],
            By::Person => vec![bone.responsible_id.map_or_else(none, |id| id.to_string())],
            By::Priority => vec![bone.priority.to_string()],
            By::Label => match self.labels.get(&bone.id) {
                Some(labels) => labels.iter().map(ToString::to_string).collect(),
                None => vec![none()],
            },
            By::Field(field) => {
                vec![self.chosen.get(&field).and_then(|chosen| chosen.get(&bone.id)).cloned().unwrap_or_else(none)]
            }
        }
    }

    /// The tasks by the groups that they are in.
    fn placed(&self, asked: &Asked) -> BTreeMap<String, Vec<TaskId>> {
        let mut placed: BTreeMap<String, Vec<TaskId>> = BTreeMap::new();
        for bone in &self.bones {
            let columns = self.keys(bone, asked.by);
            let Some(lanes) = asked.lanes else {
                for column in columns {
                    placed.entry(column).or_default().push(bone.id);
                }
                continue;
            };
            for lane in self.keys(bone, lanes) {
                for column in &columns {
                    placed.entry(cell(&lane, column)).or_default().push(bone.id);
                }
            }
        }
        placed
    }

    /// The tasks of one group, in order.
    fn within(&self, asked: &Asked, column: &str, lane: Option<&str>) -> Vec<&Bone> {
        let is_in = |bone: &Bone, by: By, key: &str| self.keys(bone, by).iter().any(|one| one == key);
        let in_lane = |bone: &Bone| match (asked.lanes, lane) {
            (Some(lanes), Some(lane)) => is_in(bone, lanes, lane),
            _ => true,
        };
        self.bones.iter().filter(|bone| is_in(bone, asked.by, column) && in_lane(bone)).collect()
    }
}

/// The columns that there are, with how many each has.
fn heads(setting: &Setting, by: By, counts: &BTreeMap<String, i64>) -> Vec<Group> {
    let mut heads: Vec<Group> = match by {
        By::Status => setting
            .statuses
            .iter()
            .map(|status| Group {
                limit: status.most,
                color: Some(kind_colour(&status.kind)),
                ..Group::of(&status.id.to_string(), &status.name)
            })
            .collect(),
        By::Section => {
            let name = if setting.sections.is_empty() { "Tasks" } else { "No section" };
            let own = setting.sections.iter().map(|section| Group::of(&section.id.to_string(), &section.name));
            std::iter::once(Group::of(NONE, name)).chain(own).collect()
        }
        By::Person => people(setting, counts),
        By::Priority => {
            PRIORITIES.iter().enumerate().rev().map(|(at, name)| Group::of(&at.to_string(), name)).collect()
        }
        By::Label => {
            let few = setting.labels.len() <= MOST_LABELS;
            let own = setting
                .labels
                .iter()
                .map(|label| Group {
                    color: Some(label_colour(label.colour)),
                    ..Group::of(&label.id.to_string(), &label.name)
                })
                .filter(|group| few || counts.contains_key(&group.key));
            own.chain([Group::of(NONE, "No label")]).collect()
        }
        By::Field(id) => {
            let field = setting.fields.iter().find(|field| field.id == id);
            match field {
                Some(field) if field.kind == fields::Kind::Person => people(setting, counts),
                Some(field) => {
                    let own = field.choices.iter().map(|choice| Group::of(&choice.id.to_string(), &choice.name));
                    own.chain([Group::of(NONE, "Nothing chosen")]).collect()
                }
                None => vec![Group::of(NONE, "Nothing chosen")],
            }
        }
    };
    for head in &mut heads {
        head.count = counts.get(&head.key).copied().unwrap_or(0);
    }
    heads
}

/// Everybody who can be put on tasks, and whoever is on some and can’t any more.
fn people(setting: &Setting, counts: &BTreeMap<String, i64>) -> Vec<Group> {
    let mut heads = vec![Group::of(NONE, "Nobody")];
    heads.extend(setting.people.iter().map(|one| Group::of(&one.id.to_string(), &one.name)));
    let left: Vec<_> = counts.keys().filter(|key| !heads.iter().any(|head| head.key == **key)).collect();
    let gone: Vec<Group> = left.into_iter().map(|key| Group::of(key, "Somebody who left")).collect();
    heads.extend(gone);
    heads
}

/// How many cards each column has.
async fn counts(tx: &mut OrgTx, list: ListId, by: By) -> Result<BTreeMap<String, i64>> {
    fn keyed<K: ToString>(rows: Vec<(Option<K>, i64)>) -> BTreeMap<String, i64> {
        let key = |key: Option<K>| key.map_or_else(|| NONE.to_owned(), |key| key.to_string());
        rows.into_iter().map(|(id, count)| (key(id), count)).collect()
    }
    Ok(match by {
        By::Status => {
            rows::count_by_status(tx, list).await?.into_iter().map(|(id, count)| (id.to_string(), count)).collect()
        }
        By::Section => keyed(rows::count_by_section(tx, list).await?),
        By::Person => keyed(rows::count_by_person(tx, list).await?),
        By::Priority => {
            let counts = rows::count_by_priority(tx, list).await?;
            counts.into_iter().map(|(priority, count)| (priority.to_string(), count)).collect()
        }
        By::Label => keyed(rows::count_by_label(tx, list).await?),
        By::Field(_) => BTreeMap::new(),
    })
}

/// 404 for a column that this list can’t have: another’s status, a label of nobody’s.
async fn check_column(tx: &mut OrgTx, list: ListId, by: By, column: &str) -> Result<()> {
    let is_there = match by {
        By::Status => store::statuses(tx, list).await?.iter().any(|one| one.id.to_string() == column),
        By::Priority => (0..=4).any(|priority: i64| priority.to_string() == column),
        By::Field(id) => fields::of_list(tx, list).await?.iter().any(|field| field.id == id),
        _ if column == NONE => true,
        By::Section => store::sections(tx, list).await?.iter().any(|one| one.id.to_string() == column),
        By::Label => store::labels(tx).await?.iter().any(|one| one.id.to_string() == column),
        By::Person => {
            let person = column.parse::<UserId>().ok();
            // Whoever left may still be on tasks.
            person.is_some()
                && (store::workers(tx).await?.into_iter().any(|user| Some(user) == person)
                    || rows::bones(tx, list, true).await?.iter().any(|bone| bone.responsible_id == person))
        }
    };
    if is_there { Ok(()) } else { Err(AppError::not_found("that column")) }
}

/// So many cards of a column after a place.
async fn next(tx: &mut OrgTx, list: ListId, by: By, column: &str, after: &str, limit: i64) -> Result<Vec<TaskId>> {
    let gone = || AppError::not_found("that column");
    Ok(match by {
        By::Status => rows::of_status(tx, list, column.parse().map_err(|_| gone())?, after, limit).await?,
        By::Section if column == NONE => rows::of_no_section(tx, list, after, limit).await?,
        By::Section => rows::of_section(tx, list, column.parse().map_err(|_| gone())?, after, limit).await?,
        By::Person if column == NONE => rows::of_nobody(tx, list, after, limit).await?,
        By::Person => rows::of_person(tx, list, column.parse().map_err(|_| gone())?, after, limit).await?,
        By::Priority => rows::of_priority(tx, list, column.parse().map_err(|_| gone())?, after, limit).await?,
        By::Label if column == NONE => rows::of_no_label(tx, list, after, limit).await?,
        By::Label => rows::of_label(tx, list, column.parse().map_err(|_| gone())?, after, limit).await?,
        By::Field(_) => Vec::new(),
    })
}

/// Takes as many of each group as fit with all that is below them, at least one; gives what is below which.
async fn cut(tx: &mut OrgTx, groups: &mut [Group]) -> Result<BTreeMap<TaskId, Vec<TaskId>>> {
    let tops: Vec<_> = groups.iter().flat_map(|group| &group.ids).map(|id| id.0).collect();
    let mut below: BTreeMap<TaskId, Vec<TaskId>> = BTreeMap::new();
    for (part, top) in rows::below(tx, &as_json(tops)).await? {
        below.entry(top).or_default().push(part);
    }
    let mut taken = 0_usize;
    for group in groups {
        let mut fits = 0_usize;
        for id in &group.ids {
            let size = 1 + below.get(id).map_or(0, Vec::len);
            if taken > 0 && taken.saturating_add(size) > ROWS {
                break;
            }
            taken = taken.saturating_add(size);
            fits = fits.saturating_add(1);
        }
        for id in group.ids.split_off(fits) {
            below.remove(&id);
        }
    }
    Ok(below)
}

async fn read(tx: &mut OrgTx, ids: BTreeSet<TaskId>) -> Result<BTreeMap<TaskId, Card>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = store::tasks(tx, &as_json(ids.into_iter().map(|id| id.0))).await?;
    Ok(cards::of_rows(tx, found).await?.into_iter().map(|card| (card.id, card)).collect())
}

/// What is directly below what among these, in order.
pub fn nested(cards: &BTreeMap<TaskId, Card>) -> BTreeMap<TaskId, Vec<TaskId>> {
    let mut all: Vec<&Card> = cards.values().collect();
    all.sort_by(|one, other| one.position.cmp(&other.position));
    let mut nested: BTreeMap<TaskId, Vec<TaskId>> = BTreeMap::new();
    for card in all {
        if let Some(parent) = card.parent.filter(|parent| cards.contains_key(parent)) {
            nested.entry(parent).or_default().push(card.id);
        }
    }
    nested
}

/// The tasks that a filter asks for; `None`: it asks for nothing. Within: what is wrong with it.
async fn filtered(
    tx: &mut OrgTx,
    list: ListId,
    filter: &str,
) -> Result<std::result::Result<Option<BTreeSet<TaskId>>, String>> {
    if filter.trim().is_empty() {
        return Ok(Ok(None));
    }
    match super::filter::Query::parse(filter) {
        Ok(query) => {
            let book = matching::Book::read(tx, Some(list)).await?;
            let found = matching::of(tx, &book, &query, matching::MOST).await?;
            Ok(Ok(Some(found.rows.into_iter().map(|row| row.id).collect())))
        }
        Err(problem) => Ok(Err(problem.message)),
    }
}

/// What these tasks say in fields that boards can be by: of a choice its id, of a person theirs. `ids` as [`as_json`] writes them.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn chosen(tx: &mut OrgTx, ids: &str) -> Result<BTreeMap<TaskId, BTreeMap<FieldId, String>>> {
    let found = rows::chosen(tx, ids).await?;
    let mut chosen: BTreeMap<TaskId, BTreeMap<FieldId, String>> = BTreeMap::new();
    for (task, field, word) in opened(tx, found).await? {
        chosen.entry(task).or_default().insert(field, word);
    }
    Ok(chosen)
}

async fn opened(tx: &mut OrgTx, found: Vec<ChosenRow>) -> Result<Vec<(TaskId, FieldId, String)>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let keys = tx.keys().await?;
    let mut words = Vec::with_capacity(found.len());
    for row in found {
        let text = access::text(&keys, fields::value_of(row.id), &row.value)?;
        words.push((row.task_id, row.field_id, serde_json::from_str(&text).map_err(|_| AppError::internal())?));
    }
    Ok(words)
}

/// Lists can be grouped by what there are only so many of.
fn can_group(field: &fields::Field) -> bool {
    !field.archived && matches!(field.kind, fields::Kind::Choice | fields::Kind::Person)
}

/// The colour of a column, by what its status means.
fn kind_colour(kind: &str) -> &'static str {
    match kind {
        "started" => "var(--harbour)",
        "done" => "var(--gum)",
        _ => "var(--line-strong)",
    }
}

/// The colour of a label, which each look has its own shade of.
pub fn label_colour(colour: i64) -> &'static str {
    const COLOURS: [&str; 8] = [
        "var(--label-0)",
        "var(--label-1)",
        "var(--label-2)",
        "var(--label-3)",
        "var(--label-4)",
        "var(--label-5)",
        "var(--label-6)",
        "var(--label-7)",
    ];
    usize::try_from(colour).ok().and_then(|colour| COLOURS.get(colour)).copied().unwrap_or("var(--label-0)")
}
