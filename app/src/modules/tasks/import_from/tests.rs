use std::{
    collections::{HashMap, HashSet},
    io::{Cursor, Write},
};

use jiff::{
    civil::{date, time},
    tz::TimeZone,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    super::import_tree::{
        Colour, Count, FieldKind, LABEL, LEVELS, List, Moment, NAME, NOTES, Part, Stage, TITLE, Task, Value, Who,
    },
    *,
};

/// A Friday.
const TODAY: Date = Date::constant(2026, 11, 27);

const TRELLO: &str = include_str!("samples/trello.json");
const TODOIST: &str = include_str!("samples/todoist.csv");
const ASANA: &str = include_str!("samples/asana.csv");
const VIKUNJA: &str = include_str!("samples/vikunja.json");
const PLAIN: &str = include_str!("samples/plain.csv");
const SAMPLES: [(From, &str); 5] = [
    (From::Trello, TRELLO),
    (From::Todoist, TODOIST),
    (From::Asana, ASANA),
    (From::Vikunja, VIKUNJA),
    (From::Csv, PLAIN),
];

fn taken(from: From, file: &str) -> Tree {
    let tree = read(from, file.as_bytes(), TODAY).expect("a tree");
    holds(&tree);
    tree
}

fn refused(from: From, file: &[u8]) -> String {
    read(from, file, TODAY).expect_err("it is refused").to_string()
}

fn melbourne() -> TimeZone {
    TimeZone::get("Australia/Melbourne").expect("a zone")
}

/// What every tree holds to, whatever the file.
fn holds(tree: &Tree) {
    for part in Part::ALL {
        let Count { found, taken, dropped } = tree.counts.of(part);
        assert_eq!(found, taken + dropped, "{part:?}: {:?}", tree.dropped);
        let told: usize = tree.dropped.iter().filter(|one| one.part == part).map(|one| one.count).sum();
        assert_eq!(told, dropped, "{part:?}");
    }
    assert_eq!(tree.counts.of(Part::Task).taken, tree.len());
    assert_eq!(tree.is_empty(), tree.counts.of(Part::Task).taken == 0);
    assert!(tree.dropped.iter().all(|one| one.count > 0 && one.examples.len() <= 3 && one.why.ends_with('.')));
    let mut sources = HashSet::new();
    for list in &tree.lists {
        list_holds(list);
        for task in &list.tasks {
            assert!(sources.insert(task.source.clone()), "two are called {}", task.source);
        }
    }
    let waits: HashMap<&str, &[String]> = tree
        .lists
        .iter()
        .flat_map(|list| &list.tasks)
        .map(|task| (task.source.as_str(), task.blocked_by.as_slice()))
        .collect();
    // Those that wait for nothing are done first; with a circle, some are never done.
    let mut done: HashSet<&str> = HashSet::new();
    let mut left: HashMap<&str, usize> = waits.iter().map(|(task, others)| (*task, others.len())).collect();
    let mut after: HashMap<&str, Vec<&str>> = HashMap::new();
    for (task, others) in &waits {
        assert_eq!(others.iter().collect::<HashSet<_>>().len(), others.len());
        for other in *others {
            assert!(waits.contains_key(other.as_str()), "{other} isn’t there");
            after.entry(other).or_default().push(task);
        }
    }
    let mut next: Vec<&str> = left.iter().filter(|(_, left)| **left == 0).map(|(task, _)| *task).collect();
    while let Some(task) = next.pop() {
        done.insert(task);
        for other in after.remove(task).unwrap_or_default() {
            let left = left.get_mut(other).expect("it is known");
            *left -= 1;
            if *left == 0 {
                next.push(other);
            }
        }
    }
    assert_eq!(done.len(), waits.len(), "tasks wait for each other in a circle");
}

fn list_holds(list: &List) {
    let is_line = |text: &str, most: usize| {
        (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control) && text.trim() == text
    };
    assert!(is_line(&list.name, NAME));
    let stages: HashMap<&str, Stage> = list.statuses.iter().map(|one| (one.source.as_str(), one.stage)).collect();
    assert_eq!(stages.len(), list.statuses.len());
    assert!(stages.values().any(|stage| *stage == Stage::Open) && stages.values().any(|stage| *stage == Stage::Done));
    assert!(list.statuses.iter().all(|one| is_line(&one.name, NAME)));
    assert!(list.sections.iter().all(|one| is_line(&one.name, NAME)));
    assert!(list.labels.iter().all(|one| is_line(&one.name, LABEL)));
    assert!(list.fields.iter().all(|one| is_line(&one.name, NAME)));
    let mut levels: HashMap<&str, usize> = HashMap::new();
    // The tasks that the one before is under, itself included: what comes next is under one of them.
    let mut path: Vec<&str> = Vec::new();
    for task in &list.tasks {
        let level = match &task.parent {
            None => 1,
            Some(parent) => levels.get(parent.as_str()).expect("it stands before, in the same list") + 1,
        };
        assert!(level <= LEVELS);
        path.truncate(level - 1);
        assert_eq!(path.last().copied(), task.parent.as_deref(), "it follows what it is under");
        path.push(&task.source);
        levels.insert(&task.source, level);
        assert!(is_line(&task.title, TITLE), "{:?}", task.title);
        assert!(task.notes.chars().count() <= NOTES && !task.notes.contains(['\0', '\r']));
        assert_eq!(stages.get(task.status.as_str()).map(|stage| *stage == Stage::Done), Some(task.done));
        assert!(task.section.as_ref().is_none_or(|section| list.sections.iter().any(|one| one.source == *section)));
        assert!(task.completed_at.is_none() || task.done);
        assert!(task.repeat.is_none() || task.due.is_some());
        assert!(task.priority <= 4 && task.estimate.is_none_or(|minutes| (1..=600_000).contains(&minutes)));
        for label in &task.labels {
            assert!(list.labels.iter().any(|one| one.name == *label));
        }
        assert_eq!(task.labels.iter().collect::<HashSet<_>>().len(), task.labels.len());
        assert!(task.people.iter().all(|who| !who.name.is_empty() || !who.email.is_empty()));
        for (field, value) in &task.values {
            let field = list.fields.iter().find(|one| one.source == *field).expect("its field");
            match value {
                Value::Text(_) => assert_eq!(field.kind, FieldKind::Text),
                Value::Number(number) => {
                    assert_eq!(field.kind, FieldKind::Number);
                    assert!(number.parse::<f64>().is_ok(), "{number}");
                }
                Value::Money(_) => assert_eq!(field.kind, FieldKind::Money),
                Value::Date(_) => assert_eq!(field.kind, FieldKind::Date),
                Value::Choice(choice) => {
                    assert_eq!(field.kind, FieldKind::Choice);
                    assert!(field.choices.contains(choice));
                }
            }
        }
    }
}

fn find<'t>(tree: &'t Tree, title: &str) -> &'t Task {
    let found = tree.lists.iter().flat_map(|list| &list.tasks).find(|task| task.title == title);
    found.unwrap_or_else(|| panic!("no {title}"))
}

fn titles(list: &List) -> Vec<&str> {
    list.tasks.iter().map(|task| task.title.as_str()).collect()
}

/// The column that a task is in.
fn column<'t>(tree: &'t Tree, title: &str) -> &'t str {
    let status = &find(tree, title).status;
    let found = tree.lists.iter().flat_map(|list| &list.statuses).find(|one| one.source == *status);
    &found.expect("a column").name
}

fn counted(tree: &Tree) -> Vec<(Part, usize, usize)> {
    tree.counts.any().map(|(part, count)| (part, count.found, count.taken)).collect()
}

fn who(name: &str, email: &str) -> Who {
    Who { name: name.to_owned(), email: email.to_owned() }
}

fn why<'t>(tree: &'t Tree, what: &str) -> &'t str {
    &tree.dropped.iter().find(|one| one.what == what).unwrap_or_else(|| panic!("{what} isn’t told")).why
}

#[test]
fn a_board_of_trello() {
    let tree = taken(From::Trello, TRELLO);
    // Counted by hand.
    assert_eq!(
        counted(&tree),
        [
            (Part::Task, 7, 4),
            (Part::Item, 4, 3),
            (Part::Comment, 3, 2),
            (Part::Label, 3, 3),
            (Part::Person, 6, 3),
            (Part::Attachment, 2, 2),
            (Part::Status, 4, 3),
            (Part::Date, 6, 4),
            (Part::Value, 4, 4),
            (Part::Other, 7, 0),
        ]
    );
    let [list] = tree.lists.as_slice() else { panic!("one list") };
    assert_eq!((list.name.as_str(), list.notes.as_str()), ("Clinic", "What is to be done at the clinic."));
    let columns: Vec<_> = list.statuses.iter().map(|one| (one.name.as_str(), one.stage)).collect();
    assert_eq!(columns, [("To do", Stage::Open), ("In progress", Stage::Started), ("Done", Stage::Done)]);
    assert_eq!(
        titles(list),
        ["Print the new intake form", "Order sharps containers", "Fix the lamp in room 2", "Renew the lease"]
    );
    let form = find(&tree, "Print the new intake form");
    assert_eq!(form.due.map(|due| due.on(&melbourne())), Some((date(2026, 12, 3), Some(time(15, 0, 0, 0)))));
    assert_eq!(form.start.map(|start| start.on(&melbourne())), Some((date(2026, 12, 2), None)));
    assert_eq!(form.people, [who("Priya Nair", ""), who("Sam Lee", "")]);
    let items: Vec<_> = form.checklist.iter().map(|item| (item.words.as_str(), item.done)).collect();
    assert_eq!(
        items,
        [
            ("Before: Check the wording", true),
            ("Before: Choose the paper", false),
            ("After: Put a pile at the desk", false)
        ]
    );
    let comments: Vec<_> = form.comments.iter().map(|one| (one.author.as_str(), one.text.as_str())).collect();
    assert_eq!(
        comments,
        [("Priya Nair", "The old form has the wrong phone number.\n\nSee page 2."), ("Sam Lee", "Done by Thursday?")]
    );
    assert_eq!(form.attachments[1].name, "Guide for forms");
    let values: Vec<_> = form.values.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(values, [Value::Number("3".to_owned()), Value::Choice("Room 2".to_owned())]);
    assert_eq!(form.labels, ["Front desk", "Urgent"]);
    let lamp = find(&tree, "Fix the lamp in room 2");
    assert!(lamp.done && lamp.completed_at.is_some());
    assert_eq!((column(&tree, "Fix the lamp in room 2"), lamp.labels.as_slice()), ("Done", &["Yellow".to_owned()][..]));
    assert_eq!(lamp.values[0].1, Value::Choice("Yes".to_owned()));
    assert!(find(&tree, "Renew the lease").done);
    let colours: Vec<_> = list.labels.iter().map(|label| (label.name.as_str(), label.colour)).collect();
    let wanted = [("Front desk", Some(Colour::Green)), ("Urgent", Some(Colour::Red)), ("Yellow", Some(Colour::Yellow))];
    assert_eq!(colours, wanted);
    for what in ["Archived cards", "Cards on archived lists", "Templates of cards", "Votes", "Covers", "Reminders"] {
        assert!(why(&tree, what).len() > 10);
    }
    assert_eq!(tree.people().len(), 2);
}

#[test]
fn a_project_of_todoist() {
    let tree = taken(From::Todoist, TODOIST);
    assert_eq!(
        counted(&tree),
        [
            (Part::Task, 8, 8),
            (Part::Subtask, 4, 4),
            (Part::Comment, 3, 2),
            (Part::Label, 4, 3),
            (Part::Person, 1, 1),
            (Part::Attachment, 1, 1),
            (Part::Section, 2, 2),
            (Part::Date, 7, 6),
            (Part::Repeat, 2, 2),
            (Part::Priority, 3, 3),
            (Part::Estimate, 2, 2),
            (Part::Other, 1, 0),
        ]
    );
    let list = &tree.lists[0];
    assert_eq!(
        titles(list),
        [
            "Book the removalists",
            "Measure the doors",
            "Front door",
            "Back door",
            "Ask sam@clinic.example about parking",
            "Water the plants",
            "Back up the photos",
            "Learn to juggle",
        ]
    );
    let book = find(&tree, "Book the removalists");
    assert_eq!((book.labels.as_slice(), book.priority), (&["phone".to_owned(), "urgent".to_owned()][..], 4));
    assert_eq!(book.start, Some(Moment::Local(date(2026, 12, 4).at(9, 0, 0, 0))));
    assert_eq!((book.due, book.estimate), (Some(Moment::Day(date(2026, 12, 11))), Some(90)));
    assert_eq!(book.people, [who("Sam Lee", "")]);
    assert_eq!((book.comments[0].author.as_str(), book.comments[0].text.as_str()), ("Sam Lee", "They called back."));
    assert!(book.comments[0].at.is_some());
    assert_eq!(book.attachments[0].url, "https://files.todoist.example/quote.pdf");
    let doors = find(&tree, "Measure the doors");
    assert_eq!((&doors.parent, doors.estimate), (&Some(book.source.clone()), Some(480)));
    assert_eq!(find(&tree, "Back door").parent, Some(doors.source.clone()));
    assert_eq!(find(&tree, "Ask sam@clinic.example about parking").parent, Some(book.source.clone()));
    let plants = find(&tree, "Water the plants");
    assert_eq!(plants.repeat.as_deref(), Some("FREQ=WEEKLY;BYDAY=MO,TH"));
    assert_eq!(plants.due, Some(Moment::Local(date(2026, 11, 30).at(8, 30, 0, 0))));
    assert_eq!(plants.parent, None);
    assert_eq!(find(&tree, "Back up the photos").repeat.as_deref(), Some("FREQ=MONTHLY;BYDAY=3FR"));
    let sections: Vec<_> = list.sections.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(sections, ["Every week", "Some day"]);
    assert_eq!(plants.section.as_ref(), Some(&list.sections[0].source));
}

#[test]
fn a_project_of_asana() {
    let tree = taken(From::Asana, ASANA);
    assert_eq!(
        counted(&tree),
        [
            (Part::Task, 6, 6),
            (Part::Subtask, 3, 2),
            (Part::Label, 3, 3),
            (Part::Person, 3, 3),
            (Part::Section, 2, 2),
            (Part::Date, 6, 5),
            (Part::Priority, 3, 3),
            // One of them is said from both sides.
            (Part::Dependency, 3, 2),
            (Part::Value, 10, 10),
            (Part::Other, 1, 0),
        ]
    );
    let list = &tree.lists[0];
    assert_eq!(list.name, "Website");
    let design = find(&tree, "Design, first draft");
    assert_eq!(design.notes, "Two pages.\nWith pictures, please.");
    assert_eq!((design.priority, design.people.as_slice()), (3, &[who("Priya Nair", "priya@studio.example")][..]));
    assert_eq!(find(&tree, "Launch, at last").blocked_by, std::slice::from_ref(&design.source));
    let photos = find(&tree, "Collect photos");
    assert_eq!((photos.done, photos.completed_at), (true, Some(Moment::Day(date(2026, 10, 20)))));
    let reviews: Vec<_> = list.tasks.iter().filter(|task| task.title == "Review").collect();
    assert_eq!(reviews[0].parent, Some(design.source.clone()));
    assert_eq!(reviews[0].blocked_by, std::slice::from_ref(&photos.source));
    let fields: Vec<_> = list.fields.iter().map(|field| (field.name.as_str(), field.kind)).collect();
    let wanted = [("Budget", FieldKind::Money), ("Stage", FieldKind::Choice), ("Site visit", FieldKind::Date)];
    assert_eq!(fields, wanted);
    assert!(design.values.contains(&(list.fields[0].source.clone(), Value::Money(125_000))));
    assert!(why(&tree, "Places under another task").contains("several"));
}

#[test]
fn an_account_of_vikunja() {
    let tree = taken(From::Vikunja, VIKUNJA);
    assert_eq!(
        counted(&tree),
        [
            (Part::Task, 6, 5),
            (Part::Subtask, 2, 2),
            (Part::Comment, 1, 1),
            (Part::Label, 3, 3),
            (Part::Person, 3, 3),
            (Part::Attachment, 1, 0),
            (Part::Status, 3, 3),
            (Part::Date, 8, 6),
            (Part::Repeat, 3, 2),
            (Part::Priority, 2, 2),
            (Part::Dependency, 2, 1),
            (Part::Other, 4, 0),
        ]
    );
    let [list] = tree.lists.as_slice() else { panic!("one list") };
    assert_eq!((list.name.as_str(), list.notes.as_str()), ("House", "All about the **house**."));
    assert_eq!(titles(list), ["Do the garden", "Cut the hedge", "Sow the lawn", "Empty the bin", "Pay the rates"]);
    let garden = find(&tree, "Do the garden");
    assert_eq!(garden.notes, "Before *summer*.\n\n- [x] Shears\n- [ ] Rake");
    assert_eq!((garden.priority, column(&tree, "Do the garden")), (4, "Doing"));
    assert_eq!(garden.people, [who("Priya Nair", ""), who("sam", "")]);
    assert_eq!(garden.comments[0].text, "Who has the **shears**?");
    let lawn = find(&tree, "Sow the lawn");
    assert_eq!((lawn.parent.as_deref(), lawn.blocked_by.as_slice()), (Some("1"), &["2".to_owned()][..]));
    assert_eq!(lawn.repeat.as_deref(), Some("FREQ=WEEKLY;INTERVAL=2"));
    assert_eq!(find(&tree, "Pay the rates").repeat.as_deref(), Some("FREQ=MONTHLY"));
    assert_eq!((column(&tree, "Cut the hedge"), column(&tree, "Empty the bin")), ("Done", "Backlog"));
    assert_eq!(list.labels[0].colour, Some(Colour::Green));
    // The same from the ZIP file that it comes in.
    let packed = zipped(&[("VERSION", b"v0.24"), ("data.json", VIKUNJA.as_bytes()), ("filters.json", b"[]")]);
    assert_eq!(read(From::Vikunja, &packed, TODAY), Ok(tree));
}

#[test]
fn any_table() {
    let tree = taken(From::Csv, PLAIN);
    assert_eq!(
        counted(&tree),
        [
            (Part::Task, 5, 5),
            (Part::Subtask, 3, 2),
            (Part::Label, 4, 4),
            (Part::Person, 4, 4),
            (Part::Section, 2, 2),
            (Part::Status, 4, 4),
            (Part::Date, 6, 5),
            (Part::Priority, 4, 3),
            (Part::Estimate, 4, 3),
            (Part::Value, 7, 7),
        ]
    );
    let list = &tree.lists[0];
    let room = find(&tree, "Fit out room 3");
    assert_eq!((room.source.as_str(), room.estimate, room.priority), ("1", Some(720), 3));
    assert_eq!(room.due, Some(Moment::Local(date(2026, 12, 15).at(16, 0, 0, 0))));
    assert_eq!(room.people, [who("Sam Lee", ""), who("", "priya@clinic.example")]);
    assert_eq!(room.labels, ["paint", "rooms"]);
    let colour = find(&tree, "Choose the colour");
    assert!(colour.done);
    assert_eq!(colour.completed_at, Some(Moment::Day(date(2026, 11, 30))));
    assert_eq!(find(&tree, "Buy the desk").parent.as_deref(), Some("1"));
    assert_eq!(find(&tree, "Renew the insurance").people, [who("Sam Lee", "sam@clinic.example")]);
    let stages: Vec<_> = list.statuses.iter().map(|one| (one.name.as_str(), one.stage)).collect();
    let wanted =
        [("In progress", Stage::Started), ("Done", Stage::Done), ("To do", Stage::Open), ("Waiting", Stage::Open)];
    assert_eq!(stages, wanted);
    assert_eq!(list.fields.iter().map(|field| field.kind).collect::<Vec<_>>(), [FieldKind::Money, FieldKind::Choice]);
    // Somebody says otherwise: what was called details is the title.
    let names = plain::names(PLAIN.as_bytes()).expect("names");
    let mut columns = plain::Columns::guess(&names);
    columns.title = Some(3);
    columns.notes = Some(1);
    columns.without = vec![13];
    assert!(columns.check(names.len()).is_ok());
    let tree = plain::read_as(PLAIN.as_bytes(), &columns, TODAY).expect("a tree");
    holds(&tree);
    assert_eq!((tree.lists[0].tasks[0].title.as_str(), tree.lists[0].fields.len()), ("Paint, then furniture.", 1));
    assert_eq!(tree.lists[0].tasks[1].title, "Untitled");
    columns.title = Some(99);
    assert!(plain::read_as(PLAIN.as_bytes(), &columns, TODAY).is_err());
}

#[test]
fn something_else_is_called_by_its_name() {
    for (from, file, words) in [
        (From::Trello, &b"\x89PNG\r\n\x1a\n0000"[..], "This is a picture, not a Trello file."),
        (From::Asana, b"\xff\xd8\xff\xe0 JFIF", "This is a picture, not an Asana file."),
        (From::Csv, b"%PDF-1.7", "This is a PDF, not a CSV file."),
        (From::Todoist, b"{\"a\":1}", "This is a JSON file, not a Todoist file."),
        (From::Trello, b"TYPE,CONTENT\ntask,One", "This is a table or another text, not a Trello file."),
        (From::Vikunja, b"<!DOCTYPE html><html>", "This is a web page, not a Vikunja file."),
        (From::Csv, b"PK\x03\x04000000000000000000000000000000000", "This is a ZIP file, not a CSV file."),
        (From::Trello, b"", "There is nothing in that file."),
        (From::Vikunja, b" \n", "There is nothing in that file."),
        (From::Trello, b"{\"lists\": [", "This file is damaged or incomplete. Please export it again."),
        (From::Vikunja, b"PK\x03\x04 broken", "This file is damaged or incomplete. Please export it again."),
    ] {
        assert_eq!(refused(from, file), words);
    }
    let office = zipped(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]);
    let words = "This is a workbook or another Office file, not a Vikunja file.";
    assert_eq!(refused(From::Vikunja, &office), words);
    // Each other product’s file.
    for (from, _) in SAMPLES {
        for (other, file) in SAMPLES.into_iter().filter(|(other, _)| *other != from) {
            let is_json = |from| matches!(from, From::Trello | From::Vikunja);
            let words = refused(from, file.as_bytes());
            if other == From::Csv || is_json(from) != is_json(other) {
                assert!(words.starts_with("This is"), "{from:?} {other:?}: {words}");
            } else {
                assert_eq!(
                    words,
                    format!("This is {}. Please choose that it comes from {}.", other.file(), other.label())
                );
            }
        }
    }
    for (from, file) in
        [(From::Trello, &b"{}"[..]), (From::Trello, b"[]"), (From::Vikunja, b"{}"), (From::Todoist, b"a,b\n1,2")]
    {
        assert!(refused(from, file).starts_with("This isn’t a"), "{from:?}");
    }
    for from in From::ALL {
        assert_eq!(From::parse(from.as_str()), Some(from));
        assert!(!from.label().is_empty());
    }
}

#[test]
fn whatever_it_is_written_in() {
    for (from, file) in SAMPLES {
        let text = file.trim_start_matches('\u{feff}');
        let wanted = taken(from, text);
        let marked = format!("\u{feff}{text}").into_bytes();
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        let windows = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        for file in [marked, little, big, windows] {
            assert_eq!(read(from, &file, TODAY).as_ref(), Ok(&wanted), "{from:?}");
        }
    }
}

/// What has no place here is told, and so is a list that isn’t in the file.
#[test]
fn what_has_no_place_is_told() {
    let place = json!({ "latitude": -37.8, "longitude": 144.9 });
    let tree = taken(
        From::Trello,
        &board(&[
            json!({ "id": "a", "name": "Deliver", "idList": "l", "coordinates": place }),
            json!({ "id": "b", "name": "Pick up", "idList": "gone", "locationName": "The depot" }),
        ]),
    );
    assert_eq!(tree.counts.of(Part::Task).taken, 2);
    assert!(why(&tree, "Places on the map").len() > 10 && why(&tree, "Lists that are missing").len() > 10);
    let tree = taken(From::Vikunja, &project(&[json!({ "id": 1, "title": "Paint", "hex_color": "4caf50" })]));
    assert!(why(&tree, "Colours of tasks").len() > 10);
    // Of a repetition that isn’t understood the date stays.
    let tree = taken(From::Todoist, "TYPE,CONTENT,DATE\ntask,Water,every 12 hours starting 1 Dec\n");
    assert_eq!(find(&tree, "Water").due, Some(Moment::Day(date(2026, 12, 1))));
    assert!(why(&tree, "Repetitions").contains("The date stays"));
}

/// A board with these cards in one column.
fn board(cards: &[Json]) -> String {
    json!({ "name": "Board", "lists": [{ "id": "l", "name": "To do", "pos": 1 }], "cards": cards }).to_string()
}

/// Projects of one, with these tasks.
fn project(tasks: &[Json]) -> String {
    json!([{ "id": 1, "title": "Project", "tasks": tasks }]).to_string()
}

#[test]
fn too_long_and_too_many() {
    let long = "word ".repeat(20_000);
    let tree = taken(From::Trello, &board(&[json!({ "id": "c", "name": long, "desc": "More.", "idList": "l" })]));
    let task = &tree.lists[0].tasks[0];
    assert_eq!(task.title.chars().count(), TITLE);
    let whole = format!("{}{}", task.title.trim_end_matches('…'), task.notes.trim_start_matches('…'));
    assert_eq!(whole.replace(' ', ""), format!("{}\n\nMore.", "word".repeat(20_000)));
    assert!(tree.changed.iter().any(|one| one.what == "Titles"));
    let card = |at: usize| json!({ "id": at.to_string(), "name": "Task", "idList": "l", "pos": at });
    let cards: Vec<Json> = (0..20_001).map(card).collect();
    assert_eq!(taken(From::Trello, &board(&cards[1..])).len(), 20_000);
    let words = "That file has more than 20,000 tasks. Please import them in several files.";
    assert_eq!(refused(From::Trello, board(&cards).as_bytes()), words);
    let table = format!("Title\n{}", "Task\n".repeat(20_001));
    assert_eq!(refused(From::Csv, table.as_bytes()), words);
    assert!(refused(From::Vikunja, &vec![b'['; 32 * 1024 * 1024 + 1]).starts_with("That file is larger than 32 MB"));
    assert!(refused(From::Csv, &vec![b'a'; 32 * 1024 * 1024 + 1]).starts_with("That file is larger than 32 MB"));
    // Small in the file, large in memory.
    assert!(refused(From::Csv, ",".repeat(6_000_000).as_bytes()).starts_with("That file is larger"));
    let many = format!("{{\"lists\":[],\"cards\":[{}{{}}]}}", "{},".repeat(900_000));
    assert!(refused(From::Trello, many.as_bytes()).starts_with("That file has more than 300,000 comments"));
    let items: Vec<Json> = (0..400).map(|_| json!({ "comment": "Yes." })).collect();
    let tasks: Vec<Json> = (0..800).map(|id| json!({ "id": id, "title": "Task", "comments": items })).collect();
    assert!(refused(From::Vikunja, project(&tasks).as_bytes()).starts_with("That file has more than 300,000 comments"));
    let labels = vec!["x"; 5_000].iter().enumerate().map(|(at, x)| format!("{x}{at}")).collect::<Vec<_>>().join(";");
    let tree = taken(From::Csv, &format!("Title,Labels\nTask,{labels}\n"));
    assert_eq!(tree.counts.of(Part::Label), Count { found: 5_000, taken: 50, dropped: 4_950 });
}

#[test]
fn deep_json_and_zip_bombs() {
    let deep = format!("{{\"lists\":{}1{},\"cards\":[]}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(From::Trello, deep.as_bytes(), TODAY).map(|tree| tree.len()), Ok(0));
    let deep = format!("{}{}", "[{\"title\":\"a\",\"child_projects\":".repeat(10_000), "}]".repeat(10_000));
    assert!(read(From::Vikunja, deep.as_bytes(), TODAY).is_err());
    let unknown = format!("{{\"lists\":[],\"cards\":[],\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(From::Trello, unknown.as_bytes(), TODAY).map(|tree| tree.len()), Ok(0));
    // A megabyte of nothing, forty times over.
    let zeros = vec![b' '; 40 * 1024 * 1024];
    let bomb = zipped(&[("data.json", &zeros)]);
    assert!(bomb.len() < 1024 * 1024);
    assert!(refused(From::Vikunja, &bomb).starts_with("That file is larger than 32 MB"));
    assert!(refused(From::Vikunja, &zipped(&[("other.json", b"[]")])).starts_with("This isn’t a Vikunja file"));
}

#[test]
fn circles_are_cut_and_depths_are_flattened() {
    let related = |kind: &str, other: usize| json!({ kind: [{ "id": other }] });
    // Each under the next, and the last under the first.
    let tasks: Vec<Json> = (0..5)
        .map(|id| (id, related("parenttask", (id + 1) % 5)))
        .map(|(id, to)| json!({ "id": id, "title": format!("T{id}"), "position": id, "related_tasks": to }))
        .collect();
    let tree = taken(From::Vikunja, &project(&tasks));
    assert_eq!(titles(&tree.lists[0]), ["T0", "T4", "T3", "T2", "T1"]);
    assert_eq!(tree.counts.of(Part::Subtask), Count { found: 5, taken: 4, dropped: 1 });
    let tasks: Vec<Json> = (0..5)
        .map(|id| (id, related("blocked", (id + 1) % 5)))
        .map(|(id, to)| json!({ "id": id, "title": format!("T{id}"), "position": id, "related_tasks": to }))
        .collect();
    let tree = taken(From::Vikunja, &project(&tasks));
    assert_eq!(tree.counts.of(Part::Dependency), Count { found: 5, taken: 4, dropped: 1 });
    let own =
        json!({ "id": 1, "title": "T", "related_tasks": { "parenttask": [{ "id": 1 }], "blocked": [{ "id": 1 }] } });
    let tree = taken(From::Vikunja, &project(&[own]));
    assert_eq!((tree.counts.of(Part::Subtask).dropped, tree.counts.of(Part::Dependency).dropped), (1, 1));
    // Two hundred levels.
    let rows: Vec<String> = (1..=200).map(|level| format!("task,T{level},4,{level}\n")).collect();
    let tree = taken(From::Todoist, &format!("TYPE,CONTENT,PRIORITY,INDENT\n{}", rows.concat()));
    assert_eq!(titles(&tree.lists[0]), (1..=200).map(|level| format!("T{level}")).collect::<Vec<_>>());
    assert_eq!(tree.counts.of(Part::Subtask), Count { found: 199, taken: 199, dropped: 0 });
    assert_eq!(tree.changed.iter().find(|one| one.what == "Subtasks").map(|one| one.count), Some(190));
    // One is called twice, and once by nothing.
    let cards = ["a", "a", "a", "a (2)", ""].map(|id| json!({ "id": id, "name": "Task", "idList": "l" }));
    let tree = taken(From::Trello, &board(&cards));
    let sources: Vec<_> = tree.lists[0].tasks.iter().map(|task| task.source.as_str()).collect();
    assert_eq!(sources, ["a", "a (2)", "a (3)", "a (2) (2)", "task"]);
}

#[test]
fn columns_say_how_far_a_task_has_come() {
    for (name, stage) in [
        ("Done", Stage::Done),
        ("✅ Done this week", Stage::Done),
        ("COMPLETED", Stage::Done),
        ("All done", Stage::Done),
        ("Not done", Stage::Open),
        ("Ready for review", Stage::Open),
        ("In Progress", Stage::Started),
        ("Not started", Stage::Open),
        ("Doing", Stage::Started),
        ("Ideas", Stage::Open),
        ("", Stage::Open),
    ] {
        assert_eq!(Stage::of_name(name), stage, "{name}");
    }
    for (hex, colour) in [
        ("ff0000", Colour::Red),
        ("#e8e8e8", Colour::Grey),
        ("1973ff", Colour::Blue),
        ("4caf50", Colour::Green),
        ("ffbe0b", Colour::Orange),
        ("ffeb3b", Colour::Yellow),
        ("9c27b0", Colour::Purple),
        ("00bcd4", Colour::Teal),
        ("000000", Colour::Grey),
    ] {
        assert_eq!(Colour::of_hex(hex), Some(colour), "{hex}");
    }
    assert_eq!((Colour::of_hex("zzzzzz"), Colour::of_hex("ffffff0"), Colour::of_hex("🎨🎨")), (None, None, None));
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, file) in files {
        zip.start_file(*name, options).expect("a file");
        zip.write_all(file).expect("its bytes");
    }
    zip.finish().expect("a ZIP file").into_inner()
}

/// How files begin, so that something is read of what follows.
const BEGINNINGS: [&str; 6] = [
    "{\"lists\":[",
    "[{\"title\":\"",
    "TYPE,CONTENT\ntask,",
    "PK\u{3}\u{4}",
    "Task ID,Completed At,Name\n1,,",
    "Title\n",
];

/// Whatever is read holds to the rules.
fn try_out(from: From, file: &[u8]) {
    if let Ok(tree) = read(from, file, TODAY) {
        holds(&tree);
    }
}

/// Where in JSON something is changed, and to what.
fn changed(json: &mut Json, at: &mut usize, to: &Json) {
    if *at == 0 {
        *json = to.clone();
        *at = usize::MAX;
        return;
    }
    *at -= 1;
    let members: Vec<&mut Json> = match json {
        Json::Array(members) => members.iter_mut().collect(),
        Json::Object(members) => members.values_mut().collect(),
        _ => Vec::new(),
    };
    for member in members {
        if *at != usize::MAX {
            changed(member, at, to);
        }
    }
}

/// What may stand anywhere in a file.
fn odd() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[], {}, null, 1])),
        Just(json!(1e300)),
        Just(json!(u64::MAX)),
        Just(json!(i64::MIN)),
        Just(json!(-1)),
        Just(json!("65a1f0c2b9d3e40011dd0001")),
        Just(json!("\u{0}\u{7}\n")),
        any::<bool>().prop_map(|flag| json!(flag)),
        ".{0,20}".prop_map(|text| json!(text)),
        (0i64..100).prop_map(|number| json!(number)),
    ]
}

/// What may stand in any cell of a table.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![".{0,30}", "[0-9/:.,-]{0,12}", "every \\w{2,6}"]
}

/// The cells of a table.
fn cells(file: &str) -> Vec<Vec<String>> {
    let file = file.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.as_bytes());
    reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

/// Tasks, each with how many of what it has.
#[derive(Debug, Clone)]
struct Wanted {
    items: usize,
    comments: usize,
    labels: usize,
    people: usize,
    attachments: usize,
    parent: Option<usize>,
    blocked_by: Vec<usize>,
    archived: bool,
}

fn wanted() -> impl Strategy<Value = Vec<Wanted>> {
    let one = (
        0usize..4,
        0usize..4,
        0usize..4,
        0usize..4,
        0usize..4,
        any::<bool>(),
        0usize..30,
        proptest::collection::vec(0usize..30, 0..4),
        0u8..5,
    );
    let one =
        one.prop_map(|(items, comments, labels, people, attachments, has_parent, parent, blocked_by, archived)| {
            Wanted {
                items,
                comments,
                labels,
                people,
                attachments,
                parent: has_parent.then_some(parent),
                blocked_by,
                archived: archived == 0,
            }
        });
    proptest::collection::vec(one, 0..30)
}

fn sum(wanted: &[Wanted], count: impl Fn(&Wanted) -> usize) -> usize {
    wanted.iter().map(count).sum()
}

/// A board with these as cards, in their order; the file begins with a later one.
fn board_of(wanted: &[Wanted], turn: usize) -> String {
    let id = |at: usize| format!("card{at}");
    let named = |word: &str, count| (0..count).map(|at| format!("{word}{at}")).collect::<Vec<_>>();
    let all = || wanted.iter().enumerate();
    let card = |(at, one): (usize, &Wanted)| {
        let file = |file| json!({ "name": "File", "url": format!("https://a.example/{file}") });
        json!({
            "id": id(at), "name": format!("Card {at}"), "idList": "l", "pos": at, "closed": one.archived,
            "idLabels": named("label", one.labels), "idMembers": named("member", one.people),
            "attachments": (0..one.attachments).map(file).collect::<Vec<_>>(),
        })
    };
    let mut cards: Vec<Json> = all().map(card).collect();
    if !cards.is_empty() {
        let turn = turn % cards.len();
        cards.rotate_left(turn);
    }
    let item = |at| json!({ "name": format!("Item {at}"), "state": "incomplete" });
    let checklist = |(at, one): (usize, &Wanted)| {
        let items: Vec<Json> = (0..one.items).map(item).collect();
        json!({ "id": format!("list{at}"), "idCard": id(at), "name": "Checklist", "checkItems": items })
    };
    let comment = |at| {
        let data = json!({ "text": "A comment", "card": { "id": id(at) } });
        json!({ "type": "commentCard", "date": "2026-11-01T00:00:00.000Z", "data": data })
    };
    let labels = named("label", 3).into_iter().map(|id| json!({ "id": id, "name": id })).collect::<Vec<_>>();
    let members = named("member", 3).into_iter().map(|id| json!({ "id": id, "fullName": id })).collect::<Vec<_>>();
    let comments = all().flat_map(|(at, one)| std::iter::repeat_n(comment(at), one.comments)).collect::<Vec<_>>();
    let board = json!({
        "name": "Board", "lists": [{ "id": "l", "name": "To do" }], "cards": cards, "labels": labels,
        "checklists": all().map(checklist).collect::<Vec<_>>(), "actions": comments, "members": members,
    });
    board.to_string()
}

/// A project with these as tasks, in their order.
fn project_of(wanted: &[Wanted]) -> String {
    let task = |(at, one): (usize, &Wanted)| {
        let label = |at| json!({ "title": format!("Label {at}") });
        let user = |at| json!({ "username": format!("user{at}") });
        let known = |at: &usize| json!({ "id": at + 1 });
        json!({
            "id": at + 1, "title": format!("Task {at}"), "position": at, "done": one.archived,
            "labels": (0..one.labels).map(label).collect::<Vec<_>>(),
            "assignees": (0..one.people).map(user).collect::<Vec<_>>(),
            "comments": vec![json!({ "comment": "A comment" }); one.comments],
            "attachments": vec![json!({ "file": { "name": "File" } }); one.attachments],
            "related_tasks": {
                "parenttask": one.parent.iter().map(known).collect::<Vec<_>>(),
                "blocked": one.blocked_by.iter().map(known).collect::<Vec<_>>(),
            },
        })
    };
    project(&wanted.iter().enumerate().map(task).collect::<Vec<_>>())
}

/// Each task is under the one that it was under, unless it was too deep, or that one was under it or isn’t there; of those beside
/// each other, the order is kept.
fn is_as_it_was(list: &List, wanted: &[Wanted]) {
    let mut beside: HashMap<Option<&String>, Vec<usize>> = HashMap::new();
    for task in &list.tasks {
        let level = task_level(list, task);
        let at: usize = task.source.parse().expect("a number");
        if level < LEVELS {
            beside.entry(task.parent.as_ref()).or_default().push(at);
        }
        if let Some(parent) = task.parent.as_ref().filter(|_| level < LEVELS) {
            assert_eq!(parent.parse().ok(), wanted[at - 1].parent.map(|parent| parent + 1));
        }
    }
    assert!(beside.values().all(|tasks| tasks.is_sorted()), "{beside:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "\\PC{0,200}") {
        for from in From::ALL {
            try_out(from, &bytes);
            try_out(from, text.as_bytes());
            for begin in BEGINNINGS {
                try_out(from, &[begin.as_bytes(), &bytes].concat());
            }
        }
    }

    #[test]
    fn no_change_of_a_file_is_too_much(
        at in 0usize..20_000,
        length in 0usize..200,
        to in proptest::collection::vec(any::<u8>(), 0..20),
        twice: bool,
    ) {
        for (from, file) in SAMPLES {
            let bytes = file.as_bytes();
            let begin = at % bytes.len();
            let end = (begin + length).min(bytes.len());
            let again = if twice { &bytes[begin..end] } else { &[] };
            let file = [&bytes[..begin], &to, again, again, &bytes[end..]].concat();
            try_out(from, &file);
            let packed = zipped(&[("data.json", &file)]);
            let mut broken = packed.clone();
            let place = at % broken.len();
            broken[place] = broken[place].wrapping_add(1);
            try_out(From::Vikunja, &packed);
            try_out(From::Vikunja, &broken);
        }
    }

    #[test]
    fn no_value_in_json_is_too_much(changes in proptest::collection::vec((0usize..900, odd()), 1..6)) {
        for (from, file) in [(From::Trello, TRELLO), (From::Vikunja, VIKUNJA)] {
            let mut json: Json = serde_json::from_str(file).expect("JSON");
            for (at, to) in &changes {
                // The outermost stays, or nothing is read.
                changed(&mut json, &mut (at + 1), to);
            }
            try_out(from, json.to_string().as_bytes());
        }
    }

    #[test]
    fn no_cell_is_too_much(changes in proptest::collection::vec((0usize..20, 0usize..20, cell()), 1..10)) {
        for (from, file) in [(From::Todoist, TODOIST), (From::Asana, ASANA), (From::Csv, PLAIN)] {
            let mut rows = cells(file);
            for (row, column, to) in &changes {
                let row = row % rows.len();
                let column = column % rows[row].len();
                rows[row][column].clone_from(to);
            }
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in rows {
                writer.write_record(row).expect("a row");
            }
            try_out(from, &writer.into_inner().expect("a file"));
        }
    }

    #[test]
    fn whatever_is_in_a_board_is_accounted_for(wanted in wanted(), turn in 0usize..30) {
        let tree = taken(From::Trello, &board_of(&wanted, turn));
        let all = |count: fn(&Wanted) -> usize| Count {
            found: sum(&wanted, count),
            taken: sum(&wanted, |one| if one.archived { 0 } else { count(one) }),
            dropped: sum(&wanted, |one| if one.archived { count(one) } else { 0 }),
        };
        prop_assert_eq!(tree.counts.of(Part::Task), all(|_| 1));
        prop_assert_eq!(tree.counts.of(Part::Item), all(|one| one.items));
        prop_assert_eq!(tree.counts.of(Part::Comment), all(|one| one.comments));
        prop_assert_eq!(tree.counts.of(Part::Label), all(|one| one.labels));
        prop_assert_eq!(tree.counts.of(Part::Person), all(|one| one.people));
        prop_assert_eq!(tree.counts.of(Part::Attachment), all(|one| one.attachments));
        let stay = wanted.iter().enumerate().filter(|(_, one)| !one.archived);
        let order: Vec<String> = stay.map(|(at, _)| format!("Card {at}")).collect();
        prop_assert_eq!(titles(&tree.lists[0]), order);
    }

    #[test]
    fn whatever_is_in_a_project_is_accounted_for(wanted in wanted()) {
        let count = wanted.len();
        let tree = taken(From::Vikunja, &project_of(&wanted));
        let of = |part| tree.counts.of(part);
        prop_assert_eq!(of(Part::Task), Count { found: count, taken: count, dropped: 0 });
        prop_assert_eq!(of(Part::Subtask).found, sum(&wanted, |one| usize::from(one.parent.is_some())));
        prop_assert_eq!(of(Part::Dependency).found, sum(&wanted, |one| one.blocked_by.iter().collect::<HashSet<_>>().len()));
        prop_assert_eq!(of(Part::Label).taken, sum(&wanted, |one| one.labels));
        prop_assert_eq!(of(Part::Person).taken, sum(&wanted, |one| one.people));
        prop_assert_eq!(of(Part::Comment).taken, sum(&wanted, |one| one.comments));
        prop_assert_eq!(of(Part::Attachment).dropped, sum(&wanted, |one| one.attachments));
        is_as_it_was(&tree.lists[0], &wanted);
    }

    #[test]
    fn whatever_is_in_a_table_is_accounted_for(wanted in wanted(), deep in any::<bool>()) {
        use std::fmt::Write as _;
        let mut file = "Id,Title,Parent,Labels,People\n".to_owned();
        let join = |word: &str, count| (0..count).map(|at| format!("{word}{at}")).collect::<Vec<_>>().join(";");
        for (at, one) in wanted.iter().enumerate() {
            // A chain of them all, or as it comes.
            let parent = if deep { at.checked_sub(1) } else { one.parent };
            let parent = parent.map(|parent| parent.to_string()).unwrap_or_default();
            let (labels, people) = (join("label", one.labels), join("person", one.people));
            writeln!(file, "{at},Task {at},{parent},{labels},{people}").expect("a line");
        }
        prop_assume!(!wanted.is_empty());
        let tree = taken(From::Csv, &file);
        prop_assert_eq!(tree.counts.of(Part::Task).taken, wanted.len());
        prop_assert_eq!(tree.counts.of(Part::Label).taken, sum(&wanted, |one| one.labels));
        prop_assert_eq!(tree.counts.of(Part::Person).taken, sum(&wanted, |one| one.people));
        if deep {
            prop_assert_eq!(titles(&tree.lists[0]), (0..wanted.len()).map(|at| format!("Task {at}")).collect::<Vec<_>>());
            prop_assert_eq!(tree.counts.of(Part::Subtask).taken, wanted.len() - 1);
        } else {
            prop_assert_eq!(tree.counts.of(Part::Subtask).found, sum(&wanted, |one| usize::from(one.parent.is_some())));
        }
    }
}

/// How deep a task is, the outermost being 1.
fn task_level(list: &List, task: &Task) -> usize {
    let parents = std::iter::successors(Some(task), |task| {
        list.tasks.iter().find(|one| Some(&one.source) == task.parent.as_ref())
    });
    parents.count()
}
