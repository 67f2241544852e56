//! What is in a file of another product, made to fit what lists and tasks can be here: whom its people are, what goes into the notes, and what is left out.
//! It is the same before anything is written and when it is, so that what was told comes true to the last item.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    checks, comments, desk, fields,
    import_tree::{Comment, FieldKind, From, Item, List, Part, Task, Tree, Value, Who},
    labels, links,
    lists::compared,
    markdown, parts,
    repeat::Rule,
    series,
};
use crate::{ids::UserId, web::check_name};

/// So many examples of what was left out are told.
const EXAMPLES: usize = 3;
/// And so much of each.
const TOLD: usize = 60;

/// How many of something are in a file, and how many of them come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskImportCount)]
pub struct Line {
    /// `tasks`, `subtasks`, `checklist_items`, `comments`, …
    pub part: String,
    /// So many are in the file.
    pub found: usize,
    /// So many come in.
    pub taken: usize,
    /// So many are left out: together they are those found.
    pub dropped: usize,
}

/// What is left out, or isn’t as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskImportLeft)]
pub struct Left {
    /// What it counts among.
    pub part: String,
    /// “Archived cards”
    pub what: String,
    /// How many.
    pub count: usize,
    /// Why, in a sentence.
    pub why: String,
    /// The first few of them.
    pub examples: Vec<String>,
}

/// An account of a file: whatever is in it comes in, or is named among what is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskImportAccount)]
pub struct Account {
    /// How many of what.
    pub counts: Vec<Line>,
    /// What is left out.
    pub dropped: Vec<Left>,
    /// What comes in, but isn’t as it was.
    pub changed: Vec<Left>,
    /// The lists.
    pub lists: Vec<ListLine>,
}

/// A list of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskImportList)]
pub struct ListLine {
    /// What it is called.
    pub name: String,
    /// How many tasks it has.
    pub tasks: usize,
}

/// What there is here already, and whom people of the file are.
#[derive(Debug, Clone)]
pub struct Here {
    /// The organisation’s clock.
    pub zone: TimeZone,
    /// Who is meant by whom.
    pub people: BTreeMap<Who, UserId>,
    /// The labels that there are, as they are compared.
    pub labels: BTreeSet<String>,
    /// It goes into a list that is there: its fields, as they are compared, and how many more it has room for.
    pub fields: Option<(BTreeMap<String, fields::Kind>, usize)>,
}

/// Makes a file fit, and gives an account of it.
pub fn fit(mut tree: Tree, here: &Here) -> (Tree, Account) {
    let mut heaps = Heaps::default();
    let mut known = here.labels.clone();
    let from = tree.from;
    for list in &mut tree.lists {
        fit_names(list);
        let as_text = fit_fields(list, here);
        let mut waiting: HashMap<String, usize> = HashMap::new();
        for task in &mut list.tasks {
            fit_labels(task, &mut known, &mut heaps);
            let words = into_notes(task, list_fields(&as_text), here, &mut heaps);
            fit_words(task, &words, from, &mut heaps);
            fit_days(task, &here.zone, &mut heaps);
            fit_links(task, &mut waiting, &mut heaps);
        }
        fit_repeats(list, &mut heaps);
    }
    let account = heaps.account(&tree);
    (tree, account)
}

/// Whom people of a file are: who has the same address, or where the file has none, the one who has the same name.
pub fn meant<'m>(
    tree: &Tree,
    members: impl Iterator<Item = (UserId, &'m str, &'m str)> + Clone,
    said: &BTreeMap<String, Option<UserId>>,
) -> BTreeMap<Who, UserId> {
    let mut people = BTreeMap::new();
    for who in tree.people().into_keys() {
        let user = if let Some(said) = said.get(&key(who)) {
            *said
        } else {
            let by_email = members
                .clone()
                .find(|(_, _, email)| !who.email.is_empty() && email.to_lowercase() == who.email.to_lowercase());
            let mut named =
                members.clone().filter(|(_, name, _)| who.email.is_empty() && compared(name) == compared(&who.name));
            let by_name = || named.next().filter(|_| named.next().is_none());
            by_email.or_else(by_name).map(|(user, ..)| user)
        };
        if let Some(user) = user {
            people.insert(who.clone(), user);
        }
    }
    people
}

/// How a person of a file is told from the others in a form, and in the API.
pub fn key(who: &Who) -> String {
    in_words(who).to_lowercase()
}

/// "Sam Lee <sam@clinic.example>"
pub fn in_words(who: &Who) -> String {
    match (who.name.as_str(), who.email.as_str()) {
        (name, "") => name.to_owned(),
        ("", email) => email.to_owned(),
        (name, email) => format!("{name} <{email}>"),
    }
}

/// A name that can be one here.
pub fn name(wanted: &str, otherwise: &str, most: usize) -> String {
    let short = |text: &str| text.chars().take(most).collect::<String>();
    let plain = wanted.replace(['.', '/', ':', '@'], " ");
    let found = [wanted, plain.as_str()].into_iter().find_map(|name| check_name(short(name).trim()).ok());
    found.unwrap_or_else(|| otherwise.to_owned())
}

/// The same, where none of those has it already.
fn unique(taken: &mut BTreeSet<String>, wanted: &str, otherwise: &str, most: usize) -> String {
    let first = name(wanted, otherwise, most);
    let mut next = first.clone();
    let mut number = 2;
    while !taken.insert(compared(&next)) {
        let short: String = first.chars().take(most.saturating_sub(5)).collect();
        next = format!("{short} {number}");
        number += 1;
    }
    next
}

/// Lists, columns and sections are called what can be a name here, and there are no more of them than a list has.
fn fit_names(list: &mut List) {
    list.name = name(&list.name, "Imported tasks", 100);
    list.notes = text(&list.notes, super::lists::LONGEST_ABOUT);
    let mut taken = BTreeSet::new();
    for status in &mut list.statuses {
        status.name = unique(&mut taken, &status.name, "Column", 100);
    }
    if list.statuses.len() > parts::MOST_STATUSES {
        let over = list.statuses.split_off(parts::MOST_STATUSES);
        for one in over {
            let close = list.statuses.iter().find(|kept| kept.stage == one.stage).or_else(|| list.statuses.first());
            let close = close.map(|kept| kept.source.clone()).unwrap_or_default();
            for task in list.tasks.iter_mut().filter(|task| task.status == one.source) {
                task.status.clone_from(&close);
            }
        }
    }
    let mut taken = BTreeSet::new();
    for section in &mut list.sections {
        section.name = unique(&mut taken, &section.name, "Section", 100);
    }
    list.sections.truncate(parts::MOST_SECTIONS);
    let kept: BTreeSet<&str> = list.sections.iter().map(|section| section.source.as_str()).collect();
    for task in &mut list.tasks {
        if task.section.as_deref().is_some_and(|section| !kept.contains(section)) {
            task.section = None;
        }
    }
}

/// Fields that the list has no room for, or of another kind than one of the same name, and what each is called: what tasks have there goes into their notes.
fn fit_fields(list: &mut List, here: &Here) -> BTreeMap<String, String> {
    let mut as_text = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let (there, mut room) = here.fields.clone().unwrap_or_else(|| (BTreeMap::new(), fields::MOST));
    list.fields.retain_mut(|field| {
        let own = unique(&mut taken, &field.name, "Field", 60);
        let same = there.get(&compared(&own));
        let fits = match same {
            Some(kind) => *kind == kind_of(field.kind) && *kind != fields::Kind::Choice,
            None => room > 0 && field.choices.len() <= fields::MOST_CHOICES,
        };
        let choices: Vec<String> = field.choices.iter().map(|choice| name(choice, "", 60)).collect();
        let distinct: BTreeSet<String> = choices.iter().map(|choice| compared(choice)).collect();
        let are_names = choices.iter().zip(&field.choices).all(|(own, choice)| own == choice.trim());
        if !fits || distinct.len() < choices.len() || !are_names {
            as_text.insert(field.source.clone(), field.name.clone());
            return false;
        }
        field.name = own;
        if same.is_none() {
            room -= 1;
        }
        true
    });
    as_text
}

fn list_fields(as_text: &BTreeMap<String, String>) -> impl Fn(&str) -> Option<String> + '_ {
    |source| as_text.get(source).cloned()
}

/// What kind a field is here.
pub fn kind_of(kind: FieldKind) -> fields::Kind {
    match kind {
        FieldKind::Text => fields::Kind::Text,
        FieldKind::Number => fields::Kind::Number,
        FieldKind::Money => fields::Kind::Money,
        FieldKind::Date => fields::Kind::Date,
        FieldKind::Choice => fields::Kind::Choice,
    }
}

fn fit_labels(task: &mut Task, known: &mut BTreeSet<String>, heaps: &mut Heaps) {
    let mut fitting = BTreeSet::new();
    let all = std::mem::take(&mut task.labels);
    for label in all {
        let own = name(label.trim_start_matches('#'), "", 60);
        let key = compared(&own);
        if own.is_empty() {
            heaps.leave(Part::Label, "Labels", "Their names can’t be names here.", &label);
        } else if fitting.contains(&key) {
            heaps.leave(Part::Label, "Labels", "The task has that label already.", &label);
        } else if fitting.len() >= desk::MOST_LABELS {
            heaps.leave(Part::Label, "Labels", "A task has at most 30 labels.", &label);
        } else if !known.contains(&key) && known.len() >= labels::MOST_LABELS {
            heaps.leave(Part::Label, "Labels", "There is room for 300 labels.", &label);
        } else {
            known.insert(key.clone());
            fitting.insert(key);
            task.labels.push(own);
        }
    }
}

/// What has no place of its own goes into the notes, in words.
fn into_notes(
    task: &mut Task,
    as_text: impl Fn(&str) -> Option<String>,
    here: &Here,
    heaps: &mut Heaps,
) -> Vec<String> {
    let mut words = Vec::new();
    let (members, others): (Vec<Who>, Vec<Who>) =
        std::mem::take(&mut task.people).into_iter().partition(|who| here.people.contains_key(who));
    // Two people of the file may be one member.
    let mut seen = BTreeSet::new();
    for who in members {
        if here.people.get(&who).is_some_and(|user| seen.insert(*user)) {
            task.people.push(who);
        } else {
            heaps.leave(Part::Person, "People", "They are the same member as another on the task.", &in_words(&who));
        }
    }
    if !others.is_empty() {
        for who in &others {
            heaps.change(Part::Person, "People", "Nobody here is them, so they stand in the notes.", &in_words(who));
        }
        let names: Vec<String> = others.iter().map(in_words).collect();
        words.push(format!("On it: {}", names.join(", ")));
    }
    task.values.retain(|(source, value)| {
        let Some(field) = as_text(source).or_else(|| unfit(value).then(|| "Field".to_owned())) else { return true };
        heaps.change(Part::Value, "Field values", "The list has no such field, so they stand in the notes.", &field);
        words.push(format!("{field}: {}", value_in_words(value)));
        false
    });
    for link in &task.attachments {
        heaps.change(Part::Attachment, "Attachments", "Their addresses stand in the notes.", &link.name);
        words.push(format!("[{}]({})", link.name.replace(['[', ']'], ""), link.url.replace(['(', ')', ' '], "")));
    }
    words
}

/// A number that is kept in no field here.
fn unfit(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            let (whole, part) = number.split_once('.').unwrap_or((number, ""));
            whole.trim_start_matches('-').len() > 11 || part.len() > 4
        }
        Value::Money(cents) => cents.unsigned_abs() > 100_000_000_000_000,
        Value::Text(words) => words.trim().is_empty(),
        Value::Date(_) | Value::Choice(_) => false,
    }
}

fn value_in_words(value: &Value) -> String {
    match value {
        Value::Text(words) | Value::Choice(words) | Value::Number(words) => words.clone(),
        Value::Money(cents) => crate::money::dollars(*cents),
        Value::Date(day) => day.to_string(),
    }
}

/// Title, notes, checklist and comments are no longer than they can be here.
fn fit_words(task: &mut Task, words: &[String], from: From, heaps: &mut Heaps) {
    task.title = desk::title(&task.title).unwrap_or_else(|_| "A task without a title".to_owned());
    let more = words.join("\n\n");
    let between = if task.notes.is_empty() || more.is_empty() { "" } else { "\n\n" };
    let whole = format!("{}{between}{more}", task.notes);
    if whole.chars().count() > desk::LONGEST_NOTES {
        heaps.lose(Part::Text, "Ends of notes", "Notes have at most 20,000 characters.", &task.title);
    }
    task.notes = text(&whole, desk::LONGEST_NOTES);
    if task.checklist.len() > checks::MOST {
        for Item { words, .. } in task.checklist.split_off(checks::MOST) {
            heaps.leave(Part::Item, "Checklist items", "A checklist has at most 200 lines.", &words);
        }
    }
    for comment in &mut task.comments {
        let said = said(comment, from);
        if said.chars().count() > comments::LONGEST {
            heaps.lose(Part::Text, "Ends of comments", "A comment has at most 20,000 characters.", &comment.text);
        }
        comment.text = text(&said, comments::LONGEST);
    }
}

/// What was said, and by whom, where the file says so: “Sam Lee (from Trello):”. Whoever it was is a name there and no more: no mark in it is one.
fn said(comment: &Comment, from: From) -> String {
    if comment.author.is_empty() {
        return comment.text.clone();
    }
    let whence = match from {
        From::Csv => "imported".to_owned(),
        _ => format!("from {}", from.label()),
    };
    format!("{} ({whence}):\n\n{}", markdown::escaped(&comment.author), comment.text)
}

fn fit_days(task: &mut Task, zone: &TimeZone, heaps: &mut Heaps) {
    let day = |moment: Option<super::import_tree::Moment>| moment.map(|moment| moment.on(zone).0);
    if let (Some(start), Some(due)) = (day(task.start), day(task.due))
        && start > due
    {
        task.start = None;
        heaps.leave(Part::Date, "Dates", "The task would begin after it is due.", &task.title);
    }
    let repeats = |rule: &str| {
        let (Ok(rule), Some(due)) = (Rule::parse(rule), day(task.due)) else { return false };
        rule.next(due, due).is_some()
    };
    if let Some(rule) = task.repeat.take() {
        if task.done {
            heaps.leave(Part::Repeat, "Repetitions", "The task is completed, so none follows.", &task.title);
        } else if !repeats(&rule) {
            let why = "They can’t be repeated so here. Set them on the task.";
            heaps.leave(Part::Repeat, "Repetitions", why, &task.title);
        } else {
            task.repeat = Some(rule);
        }
    }
}

/// What repeats is made again with all that it is made of, and there is an end of how much that can be.
fn fit_repeats(list: &mut List, heaps: &mut Heaps) {
    let mut below: HashMap<&str, Vec<&Task>> = HashMap::new();
    for task in &list.tasks {
        if let Some(parent) = &task.parent {
            below.entry(parent.as_str()).or_default().push(task);
        }
    }
    let most = series::MOST_PARTS.saturating_add(1);
    let mut refused = Vec::new();
    for (at, task) in list.tasks.iter().enumerate().filter(|(_, task)| task.repeat.is_some()) {
        let (mut count, mut length, mut next) = (0_usize, 0_usize, vec![task]);
        while count <= most {
            let Some(one) = next.pop() else { break };
            (count, length) = (count.saturating_add(1), length.saturating_add(kept_of(one)));
            next.extend(below.get(one.source.as_str()).into_iter().flatten().copied());
        }
        if count > most {
            refused.push((at, "The task has more than 200 subtasks, and such a task can’t repeat."));
        } else if length > series::MOST_TEXT {
            let why =
                "The task’s words and those of its subtasks come to more than 256 KB, and such a task can’t repeat.";
            refused.push((at, why));
        }
    }
    for (at, why) in refused {
        if let Some(task) = list.tasks.get_mut(at) {
            task.repeat = None;
            heaps.leave(Part::Repeat, "Repetitions", why, &task.title);
        }
    }
}

fn kept_of(task: &Task) -> usize {
    let checks: Vec<&str> = task.checklist.iter().map(|item| item.words.as_str()).collect();
    let values: Vec<String> = task.values.iter().map(|(_, value)| value_in_words(value)).collect();
    let ids = task.people.len().saturating_add(task.labels.len());
    series::kept_of(&task.title, &task.notes, &checks, &values, ids)
}

fn fit_links(task: &mut Task, waiting: &mut HashMap<String, usize>, heaps: &mut Heaps) {
    let all = std::mem::take(&mut task.blocked_by);
    for first in all {
        let count = waiting.entry(first.clone()).or_default();
        if task.blocked_by.len() >= links::MOST || *count >= links::MOST {
            let why = "A task waits for at most 50 others, and at most 50 wait for it.";
            heaps.leave(Part::Dependency, "Dependencies", why, &task.title);
        } else {
            *count += 1;
            task.blocked_by.push(first);
        }
    }
}

fn text(words: &str, most: usize) -> String {
    words.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(most).collect()
}

type Key = (Part, &'static str, &'static str);

/// What isn’t as the file has it, while it is made to fit.
#[derive(Debug, Default)]
struct Heaps {
    dropped: BTreeMap<Key, (usize, Vec<String>)>,
    changed: BTreeMap<Key, (usize, Vec<String>)>,
    /// Ends of texts: they are found by being cut.
    cut: usize,
}

impl Heaps {
    fn leave(&mut self, part: Part, what: &'static str, why: &'static str, example: &str) {
        pile(&mut self.dropped, (part, what, why), example);
    }

    fn change(&mut self, part: Part, what: &'static str, why: &'static str, example: &str) {
        pile(&mut self.changed, (part, what, why), example);
    }

    fn lose(&mut self, part: Part, what: &'static str, why: &'static str, example: &str) {
        self.cut += 1;
        self.leave(part, what, why, example);
    }

    fn account(self, tree: &Tree) -> Account {
        let lost = |part: Part| -> usize {
            self.dropped.iter().filter(|((one, ..), _)| *one == part).map(|(_, (count, _))| count).sum()
        };
        let counts = Part::ALL.into_iter().filter_map(|part| {
            let count = tree.counts.of(part);
            let lost = lost(part);
            let (found, taken) = if part == Part::Text {
                (count.found + self.cut, count.taken)
            } else {
                (count.found, count.taken.saturating_sub(lost))
            };
            let line = Line { part: part.as_str().to_owned(), found, taken, dropped: count.dropped + lost };
            (line.found > 0 || line.dropped > 0).then_some(line)
        });
        let counts = counts.collect();
        let of_file = |all: &[super::import_tree::Dropped]| {
            all.iter()
                .map(|one| Left {
                    part: one.part.as_str().to_owned(),
                    what: one.what.clone(),
                    count: one.count,
                    why: one.why.clone(),
                    examples: one.examples.clone(),
                })
                .collect::<Vec<_>>()
        };
        let ours = |heaps: BTreeMap<Key, (usize, Vec<String>)>| {
            heaps.into_iter().map(|((part, what, why), (count, examples))| Left {
                part: part.as_str().to_owned(),
                what: what.to_owned(),
                count,
                why: why.to_owned(),
                examples,
            })
        };
        let (mut dropped, mut changed) = (of_file(&tree.dropped), of_file(&tree.changed));
        dropped.extend(ours(self.dropped));
        changed.extend(ours(self.changed));
        let lists =
            tree.lists.iter().map(|list| ListLine { name: list.name.clone(), tasks: list.tasks.len() }).collect();
        Account { counts, dropped, changed, lists }
    }
}

fn pile(heaps: &mut BTreeMap<Key, (usize, Vec<String>)>, key: Key, example: &str) {
    let (count, examples) = heaps.entry(key).or_default();
    *count += 1;
    let told: String = example.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect();
    if !told.is_empty() && examples.len() < EXAMPLES && !examples.contains(&told) {
        examples.push(told);
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::modules::tasks::import_from;

    fn here() -> Here {
        Here { zone: TimeZone::UTC, people: BTreeMap::new(), labels: BTreeSet::new(), fields: None }
    }

    #[test]
    fn every_sample_reconciles_after_it_was_made_to_fit() {
        let samples: [(From, &[u8]); 5] = [
            (From::Trello, include_bytes!("import_from/samples/trello.json")),
            (From::Todoist, include_bytes!("import_from/samples/todoist.csv")),
            (From::Asana, include_bytes!("import_from/samples/asana.csv")),
            (From::Vikunja, include_bytes!("import_from/samples/vikunja.json")),
            (From::Csv, include_bytes!("import_from/samples/plain.csv")),
        ];
        for (from, file) in samples {
            let tree = import_from::read(from, file, date(2026, 11, 23)).expect("a file");
            let tasks = tree.len();
            let (tree, account) = fit(tree, &here());
            assert_eq!(tree.len(), tasks, "no task is lost here");
            for line in &account.counts {
                assert_eq!(line.found, line.taken + line.dropped, "{from:?}: {line:?}");
            }
            let told: usize = account.dropped.iter().map(|left| left.count).sum();
            assert_eq!(told, account.counts.iter().map(|line| line.dropped).sum::<usize>(), "{from:?}");
            assert_eq!(account.lists.iter().map(|list| list.tasks).sum::<usize>(), tasks);
        }
    }

    /// A task whose words are too long to repeat comes in all the same, and doesn’t; others do.
    #[test]
    fn what_is_too_long_to_repeat_comes_in_without() {
        let file = b"TYPE,CONTENT,DATE\ntask,Long,every day\ntask,Short,every day\n";
        let mut tree = import_from::read(From::Todoist, file, date(2026, 11, 23)).expect("a file");
        let long = Item { words: "\u{1F600}".repeat(checks::LONGEST), done: false };
        tree.lists[0].tasks[0].checklist = vec![long; checks::MOST];
        let (tree, account) = fit(tree, &here());
        let [long, short] = tree.lists[0].tasks.as_slice() else { panic!("two tasks") };
        assert_eq!((long.checklist.len(), &long.repeat), (checks::MOST, &None));
        assert!(long.due.is_some() && short.repeat.is_some());
        let line = account.counts.iter().find(|line| line.part == "repeats").expect("a line");
        assert_eq!((line.found, line.taken, line.dropped), (2, 1, 1));
        let left = account.dropped.iter().find(|left| left.part == "repeats").expect("it is named");
        assert_eq!((left.count, left.examples.as_slice()), (1, &["Long".to_owned()][..]));
    }

    /// The same of one that has too many subtasks, however deep, and of one whose subtasks are too long together; fewer and shorter ones are no hindrance.
    #[test]
    fn what_has_too_much_below_it_comes_in_without_repeating() {
        let mut file = "TYPE,CONTENT,INDENT,DATE\ntask,Many,1,every day\ntask,Part,2,\n".to_owned();
        file.push_str(&"task,Deeper,3,\n".repeat(200));
        file.push_str("task,Wordy,1,every day\ntask,Half,2,\ntask,Half,2,\ntask,Small,1,every day\ntask,Part,2,\n");
        let mut tree = import_from::read(From::Todoist, file.as_bytes(), date(2026, 11, 23)).expect("a file");
        let wordy = Item { words: "\u{1F600}".repeat(checks::LONGEST), done: false };
        for half in tree.lists[0].tasks.iter_mut().filter(|task| task.title == "Half") {
            half.checklist = vec![wordy.clone(); checks::MOST / 2];
        }
        let (tree, account) = fit(tree, &here());
        let repeating = tree.lists[0].tasks.iter().filter(|task| task.repeat.is_some());
        assert_eq!(repeating.map(|task| task.title.as_str()).collect::<Vec<_>>(), ["Small"]);
        let line = account.counts.iter().find(|line| line.part == "repeats").expect("a line");
        assert_eq!((line.found, line.taken, line.dropped), (3, 1, 2));
    }

    /// Whoever said something elsewhere is named over it, and their name is nothing but a name.
    #[test]
    fn who_said_it_stands_over_it() {
        let comment = |author: &str| Comment { author: author.to_owned(), at: None, text: "On **its** way".to_owned() };
        assert_eq!(said(&comment("Jane Doe"), From::Trello), "Jane Doe (from Trello):\n\nOn **its** way");
        assert_eq!(
            said(&comment("J. O'Neil-Smith"), From::Vikunja),
            "J. O'Neil-Smith (from Vikunja):\n\nOn **its** way"
        );
        assert_eq!(said(&comment(""), From::Trello), "On **its** way");
        for hostile in [
            "<script>alert(1)</script>",
            "[x](/home)",
            "**Jane** `x`",
            "1. Jane",
            "- [x] Jane",
            "# Jane",
            "| a |",
            "~~Jane~~",
        ] {
            let html = markdown::html(&said(&comment(hostile), From::Todoist));
            for mark in ["<script", "<a ", "<code", "<li", "<h3", "<table", "<del", "<input"] {
                assert!(!html.contains(mark), "{hostile}: {html}");
            }
            assert_eq!(html.matches("<strong>").count(), 1, "{hostile}: {html}");
            let first = markdown::plain(&said(&comment(hostile), From::Todoist), 200);
            assert!(first.starts_with(&format!("{hostile} (from Todoist):")), "{first}");
        }
    }

    #[test]
    fn whoever_isn_t_here_stands_in_the_notes() {
        let file = b"Title,Assignee\nRing,Sam Lee\nWrite,zoe@clinic.example\n";
        let tree = import_from::read(From::Csv, file, date(2026, 11, 23)).expect("a file");
        let user = UserId(uuid::Uuid::from_u128(7));
        let members = [(user, "Zoe Park", "ZOE@clinic.example")];
        let people = meant(&tree, members.into_iter(), &BTreeMap::new());
        assert_eq!(people.values().collect::<Vec<_>>(), [&user]);
        let (tree, account) = fit(tree, &Here { people, ..here() });
        let tasks = &tree.lists[0].tasks;
        assert_eq!((tasks[0].notes.as_str(), tasks[0].people.len()), ("On it: Sam Lee", 0));
        assert_eq!((tasks[1].notes.as_str(), tasks[1].people.len()), ("", 1));
        assert_eq!(
            account.changed.iter().filter(|left| left.part == "people").map(|left| left.count).sum::<usize>(),
            1
        );
    }

    #[test]
    fn names_become_what_a_name_can_be() {
        assert_eq!(name("Clinic", "x", 100), "Clinic");
        assert_eq!(name("www.example.com", "x", 100), "www example com");
        assert_eq!(name("\u{202e}", "Imported tasks", 100), "Imported tasks");
        let mut taken = BTreeSet::new();
        let all: Vec<String> = ["Done", "done", "DONE"].iter().map(|one| unique(&mut taken, one, "x", 100)).collect();
        assert_eq!(all, ["Done", "done 2", "DONE 3"]);
    }
}
