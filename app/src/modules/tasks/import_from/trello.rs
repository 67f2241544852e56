//! A board of Trello, as it exports one. Its lists are columns; a card is a task, and its checklists are one. What is archived stays behind, and so
//! does what we have no place for; both are counted.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::{
    super::import_tree::{Builder, Colour, FieldKind, From, Ledger, Moment, Part, Stage, Task, Tree, Value, Who},
    Unreadable, days,
    json::{self, Length, Many, One, Scalar},
    table,
};

const HOW: &str = "In Trello, open the board’s menu and choose Print, export and share, then Export as JSON.";
/// Trello puts so many happenings into a file and no more.
const HAPPENINGS: usize = 1_000;
/// So many labels of a board can have colours.
const COLOURS: usize = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Board {
    id: Scalar,
    name: Scalar,
    desc: Scalar,
    labels: Many<One<Label>>,
    lists: Many<One<Column>>,
    cards: Many<One<Card>>,
    checklists: Many<One<Checklist>>,
    members: Many<One<Member>>,
    custom_fields: Many<One<CustomField>>,
    actions: Many<One<Action>>,
    plugin_data: Length,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Label {
    id: Scalar,
    name: Scalar,
    color: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Column {
    id: Scalar,
    name: Scalar,
    closed: Scalar,
    pos: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Card {
    id: Scalar,
    name: Scalar,
    desc: Scalar,
    closed: Scalar,
    is_template: Scalar,
    id_list: Scalar,
    id_members: Many<Scalar>,
    id_members_voted: Length,
    id_labels: Many<Scalar>,
    labels: Many<One<Label>>,
    due: Scalar,
    due_complete: Scalar,
    due_reminder: Scalar,
    date_completed: Scalar,
    start: Scalar,
    pos: Scalar,
    address: Scalar,
    location_name: Scalar,
    coordinates: One<Spot>,
    checklists: Many<One<Checklist>>,
    attachments: Many<One<Attachment>>,
    custom_field_items: Many<One<CustomValue>>,
    cover: One<Cover>,
    stickers: Length,
    plugin_data: Length,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spot {
    latitude: Scalar,
    longitude: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Cover {
    id_attachment: Scalar,
    color: Scalar,
    id_uploaded_background: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Attachment {
    name: Scalar,
    url: Scalar,
    is_upload: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Checklist {
    id: Scalar,
    id_card: Scalar,
    name: Scalar,
    pos: Scalar,
    check_items: Many<One<CheckItem>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CheckItem {
    name: Scalar,
    state: Scalar,
    pos: Scalar,
    due: Scalar,
    id_member: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Member {
    id: Scalar,
    full_name: Scalar,
    username: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CustomField {
    id: Scalar,
    name: Scalar,
    #[serde(rename = "type")]
    kind: Scalar,
    pos: Scalar,
    options: Many<One<Choice>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    id: Scalar,
    value: One<Worded>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CustomValue {
    id_custom_field: Scalar,
    id_value: Scalar,
    value: One<Worded>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Worded {
    text: Scalar,
    number: Scalar,
    date: Scalar,
    checked: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Action {
    #[serde(rename = "type")]
    kind: Scalar,
    date: Scalar,
    data: One<Said>,
    member_creator: One<Member>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    text: Scalar,
    card: One<Known>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Known {
    id: Scalar,
}

/// Reads a file.
///
/// # Errors
/// It is no such file.
pub fn read(file: &[u8]) -> Result<Tree, Unreadable> {
    let board: One<Board> = json::read(file, From::Trello)?;
    let board = board.get().filter(|board| board.lists.is_there && board.cards.is_there);
    let Some(board) = board else { return Err(Unreadable::Unlike(From::Trello.file(), HOW)) };
    let mut builder = Builder::new(From::Trello);
    let reader = Reader::new(board);
    reader.read(&mut builder);
    Ok(builder.finish()?)
}

struct Reader<'b> {
    board: &'b Board,
    /// The columns, in their order.
    columns: Vec<&'b Column>,
    labels: HashMap<String, String>,
    members: HashMap<String, Who>,
    fields: HashMap<String, &'b CustomField>,
    checklists: HashMap<String, Vec<&'b Checklist>>,
    /// The oldest first.
    comments: HashMap<String, Vec<&'b Action>>,
}

impl<'b> Reader<'b> {
    fn new(board: &'b Board) -> Self {
        let mut columns: Vec<&Column> = board.lists.objects().collect();
        columns.sort_by(|one, other| one.pos.number().total_cmp(&other.pos.number()));
        let members = board.members.objects().filter_map(|member| Some((member.id.text(), who(member)?)));
        let mut checklists: HashMap<String, Vec<&Checklist>> = HashMap::new();
        let mut known = HashSet::new();
        for checklist in board.checklists.objects() {
            known.insert(checklist.id.text());
            checklists.entry(checklist.id_card.text()).or_default().push(checklist);
        }
        // Some files have them at the cards.
        for card in board.cards.objects() {
            for checklist in card.checklists.objects().filter(|one| !known.contains(&one.id.text())) {
                checklists.entry(card.id.text()).or_default().push(checklist);
            }
        }
        let mut comments: HashMap<String, Vec<&Action>> = HashMap::new();
        for action in board.actions.objects().filter(|action| action.kind.str() == "commentCard") {
            comments.entry(card_of(action)).or_default().push(action);
        }
        for comments in comments.values_mut() {
            // Trello writes the newest first; dates as it writes them are in order as texts.
            comments.reverse();
            comments.sort_by(|one, other| one.date.str().cmp(other.date.str()));
        }
        Self {
            board,
            columns,
            labels: board.labels.objects().map(|label| (label.id.text(), named(label))).collect(),
            members: members.collect(),
            fields: board.custom_fields.objects().map(|field| (field.id.text(), field)).collect(),
            checklists,
            comments,
        }
    }

    fn read(mut self, builder: &mut Builder) {
        let board = self.board;
        let Some(list) = builder.list(&board.id.text(), board.name.str(), board.desc.str()) else { return };
        self.declare(builder, list);
        let mut by_column: HashMap<String, Vec<&Card>> = HashMap::new();
        for card in board.cards.objects() {
            by_column.entry(card.id_list.text()).or_default().push(card);
        }
        for column in self.columns.clone() {
            let cards = by_column.remove(&column.id.text()).unwrap_or_default();
            self.cards(builder, list, cards, column.closed.flag());
        }
        // What is in a column that isn’t in the file.
        let strays: Vec<&Card> =
            board.cards.objects().filter(|card| by_column.contains_key(&card.id_list.text())).collect();
        let mut missing = HashSet::new();
        for card in strays.iter().filter(|card| !card.closed.flag() && !card.is_template.flag()) {
            if missing.insert(card.id_list.text()) {
                let why =
                    "They aren’t in the file. Their cards are in the first open status, or where what is done is.";
                builder.ledger.leave(Part::Status, "Lists that are missing", why, card.name.str());
            }
        }
        self.cards(builder, list, strays, false);
        self.rest(builder);
    }

    /// Columns, labels and fields.
    fn declare(&self, builder: &mut Builder, list: usize) {
        for column in &self.columns {
            let name = column.name.text();
            if column.closed.flag() {
                let why = "They are archived in Trello. Send them back to the board before you export it.";
                builder.ledger.leave(Part::Status, "Archived lists", why, &name);
            } else {
                builder.status(list, &column.id.text(), &name, Stage::of_name(&name));
            }
        }
        for label in self.board.labels.objects().take(COLOURS).filter(|label| !label.name.is_empty()) {
            builder.colour(list, &named(label), Colour::of_word(label.color.str()));
        }
        let mut fields: Vec<&CustomField> = self.board.custom_fields.objects().collect();
        fields.sort_by(|one, other| one.pos.number().total_cmp(&other.pos.number()));
        for field in fields {
            let (kind, choices) = match field.kind.str() {
                "number" => (FieldKind::Number, Vec::new()),
                "date" => (FieldKind::Date, Vec::new()),
                "checkbox" => (FieldKind::Choice, vec!["Yes".to_owned(), "No".to_owned()]),
                "list" => (FieldKind::Choice, field.options.objects().map(|one| word(&one.value)).collect()),
                _ => (FieldKind::Text, Vec::new()),
            };
            builder.field(list, &field.id.text(), field.name.str(), kind, choices);
        }
    }

    fn cards(&mut self, builder: &mut Builder, list: usize, mut cards: Vec<&Card>, closed: bool) {
        cards.sort_by(|one, other| one.pos.number().total_cmp(&other.pos.number()));
        for card in cards {
            let task = self.task(&mut builder.ledger, card);
            if card.is_template.flag() {
                builder.refuse(&task, "Templates of cards", "They are no tasks. Make a template of your own from one.");
            } else if card.closed.flag() {
                let why = "They are archived in Trello. Send them back to the board before you export it.";
                builder.refuse(&task, "Archived cards", why);
            } else if closed {
                let why = "Their list is archived in Trello. Send it back to the board before you export it.";
                builder.refuse(&task, "Cards on archived lists", why);
            } else {
                for label in card.labels.objects().take(COLOURS).filter(|label| !is_none(label)) {
                    builder.colour(list, &named(label), Colour::of_word(label.color.str()));
                }
                builder.task(list, task);
            }
        }
    }

    fn task(&mut self, ledger: &mut Ledger, card: &Card) -> Task {
        let id = card.id.text();
        let mut task = Task::new(&id, card.name.str());
        card.desc.str().clone_into(&mut task.notes);
        task.status = card.id_list.text();
        task.done = card.due_complete.flag();
        task.due = date(ledger, "Due dates", &card.due);
        // Trello shows the day only.
        task.start = date(ledger, "Start dates", &card.start).map(|start| match start {
            Moment::Instant(at) => Moment::DayOf(at),
            other => other,
        });
        if task.done {
            task.completed_at = date(ledger, "Dates of completion", &card.date_completed);
        }
        self.labels(ledger, &mut task, card);
        for member in &card.id_members.members {
            match self.members.get(&member.text()) {
                Some(who) => task.person(ledger, who.clone()),
                None => ledger.leave(Part::Person, "People", "They aren’t on the board any more.", &task.title),
            }
        }
        self.checklist(ledger, &mut task, &id);
        for action in self.comments.remove(&id).unwrap_or_default() {
            let author = action.member_creator.get().and_then(who).map(|who| who.name).unwrap_or_default();
            let text = action.data.get().map(|data| data.text.text()).unwrap_or_default();
            task.comment(ledger, &author, days::written(action.date.str()), &text);
        }
        for attachment in card.attachments.objects() {
            let before = task.attachments.len();
            task.attach(ledger, attachment.name.str(), attachment.url.str());
            if attachment.is_upload.flag() && task.attachments.len() > before {
                let why =
                    "They are links to Trello, which asks for a log-in. Add the files by hand if you leave Trello.";
                ledger.change(Part::Attachment, "Files in Trello", why, attachment.name.str());
            }
        }
        odd(ledger, Part::Attachment, card.attachments.others());
        self.values(ledger, &mut task, card);
        extras(ledger, card);
        task
    }

    fn labels(&self, ledger: &mut Ledger, task: &mut Task, card: &Card) {
        let own: HashMap<String, &Label> = card.labels.objects().map(|label| (label.id.text(), label)).collect();
        let mut done = HashSet::new();
        for id in &card.id_labels.members {
            let id = id.text();
            let name = own.get(&id).map(|label| named(label)).or_else(|| self.labels.get(&id).cloned());
            match name.filter(|name| !name.is_empty()) {
                Some(name) => task.label(ledger, &name),
                None => ledger.leave(Part::Label, "Labels", "They aren’t on the board any more.", &task.title),
            }
            done.insert(id);
        }
        for label in card.labels.objects().filter(|label| !done.contains(&label.id.text())) {
            match named(label) {
                name if name.is_empty() => {
                    ledger.leave(Part::Label, "Labels", "They have neither a name nor a colour.", &task.title);
                }
                name => task.label(ledger, &name),
            }
        }
        odd(ledger, Part::Label, card.labels.others());
    }

    fn checklist(&mut self, ledger: &mut Ledger, task: &mut Task, id: &str) {
        let mut checklists = self.checklists.remove(id).unwrap_or_default();
        checklists.sort_by(|one, other| one.pos.number().total_cmp(&other.pos.number()));
        let several = checklists.len() > 1;
        for checklist in checklists {
            let mut items: Vec<&CheckItem> = checklist.check_items.objects().collect();
            items.sort_by(|one, other| one.pos.number().total_cmp(&other.pos.number()));
            for item in items {
                let words = item.name.text();
                // A task has one checklist: each item says which it was in.
                if several && !item.name.is_empty() && !checklist.name.is_empty() {
                    task.item(ledger, &format!("{}: {words}", checklist.name.text()), item.state.str() == "complete");
                } else {
                    task.item(ledger, &words, item.state.str() == "complete");
                }
                if !item.due.is_empty() {
                    ledger.leave(Part::Date, "Due dates of checklist items", "Items have none here.", &words);
                }
                if !item.id_member.is_empty() {
                    ledger.leave(Part::Person, "People on checklist items", "Items have none here.", &words);
                }
            }
            odd(ledger, Part::Item, checklist.check_items.others());
        }
    }

    fn values(&self, ledger: &mut Ledger, task: &mut Task, card: &Card) {
        const WHAT: &str = "Field values";
        for item in card.custom_field_items.objects() {
            let id = item.id_custom_field.text();
            let Some(field) = self.fields.get(&id) else {
                ledger.leave(Part::Value, WHAT, "The board has no such field any more.", &task.title);
                continue;
            };
            match value(field, item) {
                Some(value) => task.value(ledger, &id, value),
                None => ledger.leave(Part::Value, WHAT, "They can’t be read.", field.name.str()),
            }
        }
        odd(ledger, Part::Value, card.custom_field_items.others());
    }

    /// What belongs to no card.
    fn rest(self, builder: &mut Builder) {
        let ledger = &mut builder.ledger;
        for checklist in self.checklists.into_values().flatten() {
            let why = "Their card isn’t in the file.";
            let count = checklist.check_items.members.len();
            ledger.leave_all(Part::Item, "Checklist items", why, count, checklist.name.str());
        }
        for comment in self.comments.into_values().flatten() {
            let text = comment.data.get().map(|data| data.text.text()).unwrap_or_default();
            ledger.leave(Part::Comment, "Comments", "Their card isn’t on the board any more.", &text);
        }
        odd(ledger, Part::Task, self.board.cards.others());
        odd(ledger, Part::Status, self.board.lists.others());
        let actions = &self.board.actions;
        let history = actions.objects().filter(|action| action.kind.str() != "commentCard").count() + actions.others();
        if history > 0 {
            let why = "What was done on the board before is history: moves, renames and the like.";
            ledger.leave_all(Part::Other, "Happenings", why, history, "");
        }
        if actions.members.len() >= HAPPENINGS {
            let why = "Trello puts the last 1,000 happenings into a file. Comments from before them aren’t in it.";
            ledger.change(Part::Comment, "Older comments", why, "");
        }
        power_ups(ledger, self.board.plugin_data.0);
    }
}

/// What cards have that tasks haven’t.
fn extras(ledger: &mut Ledger, card: &Card) {
    let votes = card.id_members_voted.0;
    if votes > 0 {
        ledger.leave_all(Part::Other, "Votes", "Tasks have none.", votes, card.name.str());
    }
    let cover = card.cover.get();
    let has_cover = cover.is_some_and(|cover| {
        !cover.color.is_empty() || !cover.id_attachment.is_empty() || !cover.id_uploaded_background.is_empty()
    });
    if has_cover {
        ledger.leave(Part::Other, "Covers", "Tasks have none.", card.name.str());
    }
    if card.stickers.0 > 0 {
        ledger.leave_all(Part::Other, "Stickers", "Tasks have none.", card.stickers.0, card.name.str());
    }
    if !card.due_reminder.is_empty() && card.due_reminder.whole() >= 0 {
        let why = "Everybody chooses for themselves what they are reminded of.";
        ledger.leave(Part::Other, "Reminders", why, card.name.str());
    }
    let spot = card.coordinates.get().filter(|spot| !spot.latitude.is_empty() || !spot.longitude.is_empty());
    let spot = spot.map(|spot| format!("{}, {}", spot.latitude.text(), spot.longitude.text()));
    let places = [card.location_name.text(), card.address.text(), spot.unwrap_or_default()];
    if let Some(place) = places.into_iter().find(|place| !place.trim().is_empty()) {
        ledger.leave(Part::Other, "Places on the map", "Tasks have none. Write them into the notes.", &place);
    }
    power_ups(ledger, card.plugin_data.0);
}

fn power_ups(ledger: &mut Ledger, count: usize) {
    if count > 0 {
        let why = "Only the power-ups that wrote it can read it.";
        ledger.leave_all(Part::Other, "What power-ups keep", why, count, "");
    }
}

/// What isn’t what it should be.
fn odd(ledger: &mut Ledger, part: Part, count: usize) {
    if count > 0 {
        ledger.leave_all(part, part.label(), "They aren’t written as Trello writes them.", count, "");
    }
}

fn date(ledger: &mut Ledger, what: &'static str, text: &Scalar) -> Option<Moment> {
    if text.is_empty() {
        return None;
    }
    let moment = days::written(text.str());
    if moment.is_none() {
        ledger.leave(Part::Date, what, "They can’t be read as dates.", &text.text());
    }
    moment
}

fn value(field: &CustomField, item: &CustomValue) -> Option<Value> {
    let value = item.value.get();
    Some(match field.kind.str() {
        "number" => Value::Number(table::number(&value?.number.text())?),
        "date" => match days::written(value?.date.str())? {
            Moment::Day(day) => Value::Date(day),
            moment => Value::Date(moment.on(&jiff::tz::TimeZone::UTC).0),
        },
        "checkbox" => Value::Choice(if value?.checked.flag() { "Yes" } else { "No" }.to_owned()),
        "list" => {
            let id = item.id_value.text();
            Value::Choice(word(&field.options.objects().find(|one| one.id.text() == id)?.value))
        }
        _ => Value::Text(Some(value?.text.text()).filter(|text| !text.trim().is_empty())?),
    })
}

fn word(value: &One<Worded>) -> String {
    value.get().map(|value| value.text.text()).unwrap_or_default()
}

/// What a label is called; one without a name is called by its colour.
fn named(label: &Label) -> String {
    let name = label.name.text();
    if name.trim().is_empty() {
        Colour::of_word(label.color.str()).map_or_else(String::new, |colour| colour.label().to_owned())
    } else {
        name
    }
}

fn is_none(label: &Label) -> bool {
    named(label).is_empty()
}

fn who(member: &Member) -> Option<Who> {
    let name = if member.full_name.is_empty() { &member.username } else { &member.full_name };
    Who::of(name.str(), "")
}

fn card_of(action: &Action) -> String {
    action.data.get().and_then(|data| data.card.get()).map(|card| card.id.text()).unwrap_or_default()
}
