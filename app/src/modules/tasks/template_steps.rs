//! The tasks of a template, changed one at a time: where each stands, what comes after it, and what it is called by others.

use std::collections::BTreeSet;

use jiff::civil::Time;

use super::{
    saying::{minutes_words, time_words},
    template_rules::{Body, LONGEST_KEY, Offset, Step, when},
};

/// Where a task of a template goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Before the one before it.
    Up,
    /// After the one after it.
    Down,
    /// Into the one before it, as its last part.
    In,
    /// Out of the one that it is a part of, right after that.
    Out,
}

impl Way {
    /// The way of a word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "up" => Some(Self::Up),
            "down" => Some(Self::Down),
            "in" => Some(Self::In),
            "out" => Some(Self::Out),
            _ => None,
        }
    }
}

/// All of them in order, each before its parts, with how deep it is: 0 is a task of its own.
pub fn walk(body: &Body) -> Vec<(usize, &Step)> {
    let mut found = Vec::new();
    gather(&body.tasks, 0, &mut found);
    found
}

/// How many there are.
pub fn count(body: &Body) -> usize {
    walk(body).len()
}

/// The one with this key.
pub fn find<'b>(body: &'b Body, key: &str) -> Option<&'b Step> {
    walk(body).into_iter().map(|(_, step)| step).find(|step| step.key == key)
}

/// The same, to change it.
pub fn find_mut<'b>(body: &'b mut Body, key: &str) -> Option<&'b mut Step> {
    let path = path_of(&body.tasks, key)?;
    let (last, above) = path.split_last()?;
    level(&mut body.tasks, above)?.get_mut(*last)
}

/// The section that one stands in: its own, or that of what it is a part of.
pub fn section_of<'b>(body: &'b Body, key: &str) -> Option<&'b str> {
    let path = path_of(&body.tasks, key)?;
    body.tasks.get(*path.first()?)?.section.as_deref()
}

/// Where one stands, as the rules of templates name it: `tasks[2].children[0]`.
pub fn named_place(body: &Body, key: &str) -> Option<String> {
    let path = path_of(&body.tasks, key)?;
    let place = path.iter().map(|at| format!("[{at}]")).collect::<Vec<_>>().join(".children");
    Some(format!("tasks{place}"))
}

/// It is a part of another.
pub fn is_part(body: &Body, key: &str) -> bool {
    path_of(&body.tasks, key).is_some_and(|path| path.len() > 1)
}

/// The ways that it can go.
pub fn ways(body: &Body, key: &str) -> Vec<Way> {
    let Some(path) = path_of(&body.tasks, key) else { return Vec::new() };
    let Some((last, above)) = path.split_last() else { return Vec::new() };
    let beside = level_of(&body.tasks, above).map_or(0, <[Step]>::len);
    let mut ways = Vec::new();
    if *last > 0 {
        ways.push(Way::Up);
    }
    if last + 1 < beside {
        ways.push(Way::Down);
    }
    if *last > 0 {
        ways.push(Way::In);
    }
    if !above.is_empty() {
        ways.push(Way::Out);
    }
    ways
}

/// Moves one, with its parts. `false`: it can't go there.
pub fn shift(body: &mut Body, key: &str, way: Way) -> bool {
    if !ways(body, key).contains(&way) {
        return false;
    }
    let section = section_of(body, key).map(str::to_owned);
    let Some(path) = path_of(&body.tasks, key) else { return false };
    let Some((last, above)) = path.split_last() else { return false };
    let Some(beside) = level(&mut body.tasks, above) else { return false };
    match way {
        Way::Up => beside.swap(last - 1, *last),
        Way::Down => beside.swap(*last, last + 1),
        Way::In => {
            let mut step = beside.remove(*last);
            without_section(&mut step);
            if let Some(before) = beside.get_mut(last - 1) {
                before.children.push(step);
            }
        }
        Way::Out => {
            let mut step = beside.remove(*last);
            let Some((parent, higher)) = above.split_last() else { return false };
            if higher.is_empty() {
                step.section = section;
            }
            if let Some(beside) = level(&mut body.tasks, higher) {
                beside.insert(parent + 1, step);
            }
        }
    }
    true
}

/// Takes one away, with its parts; nothing waits for them any more. `false`: there is none, or another counts its day from one of them.
pub fn remove(body: &mut Body, key: &str) -> bool {
    let Some(path) = path_of(&body.tasks, key) else { return false };
    let Some(gone) = find(body, key) else { return false };
    let mut below = Vec::new();
    gather(std::slice::from_ref(gone), 0, &mut below);
    let keys: BTreeSet<String> = below.into_iter().map(|(_, step)| step.key.clone()).collect();
    let counts_from = |step: &Step| {
        let offsets = [&step.due, &step.start];
        offsets.into_iter().flatten().filter_map(|offset| offset.after.as_ref()).any(|after| keys.contains(after))
    };
    if walk(body).iter().any(|(_, step)| !keys.contains(&step.key) && counts_from(step)) {
        return false;
    }
    let Some((last, above)) = path.split_last() else { return false };
    let Some(beside) = level(&mut body.tasks, above) else { return false };
    beside.remove(*last);
    each(&mut body.tasks, &mut |step: &mut Step| step.blocked_by.retain(|other| !keys.contains(other)));
    true
}

/// Puts another after one, on the same level; `None`: after all others.
pub fn add(body: &mut Body, after: Option<&str>, step: Step) {
    let path = after.and_then(|key| path_of(&body.tasks, key));
    match path.as_deref().and_then(<[usize]>::split_last) {
        Some((last, above)) => {
            if let Some(beside) = level(&mut body.tasks, above) {
                beside.insert(last + 1, step);
            }
        }
        None => body.tasks.push(step),
    }
}

/// Does something to each of them.
pub fn each(steps: &mut [Step], what: &mut impl FnMut(&mut Step)) {
    for step in steps {
        what(step);
        each(&mut step.children, what);
    }
}

/// A text as people read it who look at the template: “Call [Client’s name]” for “Call {{client}}”.
pub fn readable(body: &Body, text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, left)) = after.split_once("}}") else { break };
        let inside = inside.trim();
        let name = match inside.strip_prefix("role:").map(str::trim) {
            Some(key) => body.roles.iter().find(|role| role.key == key).map(|role| &role.name),
            None => body.variables.iter().find(|variable| variable.key == inside).map(|variable| &variable.name),
        };
        read.push_str(before);
        read.push('[');
        read.push_str(name.map_or(inside, String::as_str));
        read.push(']');
        rest = left;
    }
    read.push_str(rest);
    read
}

/// What people read of one: “Payroll · 5 working days before the start date · waits for ‘Sign the contract’”.
pub fn in_words(body: &Body, step: &Step) -> String {
    let role = |key: &String| body.roles.iter().find(|role| role.key == *key).map(|role| role.name.clone());
    let title = |key: &String| find(body, key).map(|other| readable(body, &other.title));
    let offset = |offset: &Offset| {
        let after = offset.after.as_ref().and_then(title);
        when(offset, &body.anchor.name, after.as_deref())
    };
    let mut told: Vec<String> = step.role.as_ref().and_then(role).into_iter().collect();
    told.extend(step.team.clone());
    told.extend(step.people.iter().filter_map(role).map(|name| format!("with {name}")));
    told.extend(step.start.as_ref().map(|start| format!("starts {}", offset(start))));
    told.extend(step.due.as_ref().map(|due| match &step.time {
        Some(time) => format!("due {}, at {}", offset(due), time_shown(time)),
        None => format!("due {}", offset(due)),
    }));
    told.extend(step.estimate_minutes.map(|minutes| format!("about {}", minutes_words(minutes.into()))));
    match step.checklist.len() {
        0 => {}
        1 => told.push("1 checklist item".to_owned()),
        lines => told.push(format!("{lines} checklist items")),
    }
    let waits: Vec<String> = step.blocked_by.iter().filter_map(title).map(|title| format!("‘{title}’")).collect();
    if !waits.is_empty() {
        told.push(format!("waits for {}", waits.join(", ")));
    }
    told.join(" · ")
}

/// "10:00 am" for `10:00`; what can't be read stays as it is.
fn time_shown(time: &str) -> String {
    time.parse::<Time>().map_or_else(|_| time.to_owned(), time_words)
}

/// A key for something called so that none of these has: `book-a-desk`, `book-a-desk-2`.
pub fn key_for(title: &str, taken: &BTreeSet<String>) -> String {
    let mut word = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            // In forms keys stand in brackets, where a digit in front is taken for a place in a list.
            if word.is_empty() && c.is_ascii_digit() {
                word.push_str("no-");
            }
            word.push(c.to_ascii_lowercase());
        } else if !word.is_empty() && !word.ends_with('-') && matches!(c, ' ' | '-' | '_' | '/') {
            word.push('-');
        }
        // Room for a number after it.
        if word.len() >= LONGEST_KEY / 2 {
            break;
        }
    }
    let word = match word.trim_end_matches('-') {
        "" => "step",
        word => word,
    };
    let numbered = (2_u32..).map(|number| format!("{word}-{number}"));
    std::iter::once(word.to_owned()).chain(numbered).find(|key| !taken.contains(key)).unwrap_or_default()
}

/// The keys that its tasks have.
pub fn keys(body: &Body) -> BTreeSet<String> {
    walk(body).into_iter().map(|(_, step)| step.key.clone()).collect()
}

fn gather<'b>(steps: &'b [Step], depth: usize, found: &mut Vec<(usize, &'b Step)>) {
    for step in steps {
        found.push((depth, step));
        gather(&step.children, depth + 1, found);
    }
}

fn without_section(step: &mut Step) {
    each(std::slice::from_mut(step), &mut |step: &mut Step| step.section = None);
}

/// Its place among those of the top, then among the parts of that one, and so on.
fn path_of(steps: &[Step], key: &str) -> Option<Vec<usize>> {
    for (at, step) in steps.iter().enumerate() {
        if step.key == key {
            return Some(vec![at]);
        }
        if let Some(mut below) = path_of(&step.children, key) {
            below.insert(0, at);
            return Some(below);
        }
    }
    None
}

fn level<'b>(steps: &'b mut Vec<Step>, path: &[usize]) -> Option<&'b mut Vec<Step>> {
    match path.split_first() {
        None => Some(steps),
        Some((at, rest)) => level(&mut steps.get_mut(*at)?.children, rest),
    }
}

fn level_of<'b>(steps: &'b [Step], path: &[usize]) -> Option<&'b [Step]> {
    match path.split_first() {
        None => Some(steps),
        Some((at, rest)) => level_of(&steps.get(*at)?.children, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::template_rules::{Anchor, Variable, VariableKind, check},
        *,
    };

    fn step(key: &str, children: Vec<Step>) -> Step {
        Step { key: key.to_owned(), title: key.to_owned(), children, ..Step::default() }
    }

    fn body() -> Body {
        let mut a = step("a", vec![step("b", vec![step("c", vec![])]), step("d", vec![])]);
        a.section = Some("First".to_owned());
        Body {
            name: "Test".to_owned(),
            about: String::new(),
            roles: vec![],
            variables: vec![],
            anchor: Anchor { name: "Day".to_owned(), about: String::new() },
            sections: vec!["First".to_owned()],
            tasks: vec![a, step("e", vec![])],
        }
    }

    fn shown(body: &Body) -> String {
        walk(body).into_iter().map(|(depth, step)| format!("{depth}{}", step.key)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_goes_where_it_can_and_holds() {
        for key in ["a", "b", "c", "d", "e"] {
            for way in [Way::Up, Way::Down, Way::In, Way::Out] {
                let mut changed = body();
                let can = ways(&changed, key).contains(&way);
                assert_eq!(shift(&mut changed, key, way), can, "{key} {way:?}");
                assert_eq!(changed == body(), !can, "{key} {way:?}");
                assert_eq!(keys(&changed), keys(&body()));
                check(&changed).unwrap_or_else(|wrong| panic!("{key} {way:?}: {wrong:?}"));
            }
        }
        let moved = |key: &str, way: Way| {
            let mut changed = body();
            shift(&mut changed, key, way);
            shown(&changed)
        };
        assert_eq!(moved("e", Way::Up), "0e 0a 1b 2c 1d");
        assert_eq!(moved("d", Way::In), "0a 1b 2c 2d 0e");
        assert_eq!(moved("e", Way::In), "0a 1b 2c 1d 1e");
        assert_eq!(moved("b", Way::Out), "0a 1d 0b 1c 0e");
        let mut out = body();
        shift(&mut out, "b", Way::Out);
        assert_eq!(section_of(&out, "c"), Some("First"));
        assert!(is_part(&out, "c") && !is_part(&out, "b"));
        assert_eq!(named_place(&body(), "c").as_deref(), Some("tasks[0].children[0].children[0]"));
    }

    #[test]
    fn what_is_taken_away_is_named_by_nobody() {
        let mut changed = body();
        find_mut(&mut changed, "e").unwrap().blocked_by = vec!["c".to_owned(), "d".to_owned()];
        assert!(remove(&mut changed, "b"));
        assert_eq!(shown(&changed), "0a 1d 0e");
        assert_eq!(find(&changed, "e").unwrap().blocked_by, ["d"]);
        let counted = Offset { days: 1, after: Some("d".to_owned()), ..Offset::default() };
        find_mut(&mut changed, "d").unwrap().due = Some(Offset::default());
        find_mut(&mut changed, "e").unwrap().due = Some(counted);
        assert!(!remove(&mut changed, "a") && !remove(&mut changed, "nothing"));
        assert_eq!(shown(&changed), "0a 1d 0e");
    }

    #[test]
    fn others_are_put_after_one() {
        let mut changed = body();
        add(&mut changed, Some("b"), step("x", vec![]));
        add(&mut changed, None, step("y", vec![]));
        assert_eq!(shown(&changed), "0a 1b 2c 1x 1d 0e 0y");
    }

    #[test]
    fn what_is_filled_in_is_read_by_its_name() {
        let mut body = body();
        body.variables = vec![Variable {
            key: "client".to_owned(),
            name: "Client’s name".to_owned(),
            kind: VariableKind::Text,
            default: String::new(),
            required: false,
        }];
        for (text, read) in [
            ("Call {{ client }}, then {{role:boss}}", "Call [Client’s name], then [role:boss]"),
            ("Nothing {{", "Nothing {{"),
            ("", ""),
        ] {
            assert_eq!(readable(&body, text), read);
        }
    }

    #[test]
    fn keys_are_new_and_plain() {
        let mut taken = BTreeSet::new();
        let (long, cut) = ("x".repeat(500), "x".repeat(32));
        for (title, key) in [
            ("Book a desk", "book-a-desk"),
            ("Book a desk!", "book-a-desk-2"),
            ("BOOK/A_DESK", "book-a-desk-3"),
            ("2nd reviewer", "no-2nd-reviewer"),
            ("税", "step"),
            ("", "step-2"),
            (long.as_str(), cut.as_str()),
        ] {
            assert_eq!(key_for(title, &taken), key, "{title}");
            taken.insert(key.to_owned());
        }
    }
}
