//! What a filter says before any task is read: where its matches can be, whose they can be and by when, and what has to be known about each. What is left
//! out for it is never a match; what is kept needn’t be one.

use std::{collections::BTreeSet, iter};

use jiff::civil::Date;

use super::{
    super::words::Wanted, Compare, Dated, Kind, Mark, Name, Named, Names, Node, Part, Person, Query, State, Term,
    Today, When,
};

/// Where tasks are, and how far they have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing<'a> {
    /// What names are compared by.
    pub names: &'a Names,
    /// The name of their status.
    pub status: &'a str,
    /// What that means.
    pub kind: Kind,
    /// Their list’s name.
    pub list: &'a str,
    /// The name of that list’s space.
    pub space: &'a str,
}

/// What a filter can ask of a task that isn’t in its own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Who is on it beside whose it is.
    People,
    /// Its labels.
    Labels,
    /// When it last changed.
    Updated,
    /// How far it has come, with all that is below it.
    Progress,
    /// What it is a part of.
    Parents,
    /// Fields of its list’s own.
    Fields,
    /// Notes and comments.
    Text,
}

/// What has to be read of each task beside its own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reads {
    beside: u16,
    marks: u16,
}

impl Reads {
    /// This has to be read.
    pub const fn has(self, beside: Beside) -> bool {
        self.beside & 1 << beside as u16 != 0
    }

    /// It has to be known whether this is so.
    pub const fn asks(self, mark: Mark) -> bool {
        self.marks & 1 << mark as u16 != 0
    }

    const fn and(self, other: Self) -> Self {
        Self { beside: self.beside | other.beside, marks: self.marks | other.marks }
    }

    const fn of(beside: Beside) -> Self {
        Self { beside: 1 << beside as u16, marks: 0 }
    }

    const fn of_mark(mark: Mark) -> Self {
        Self { beside: 0, marks: 1 << mark as u16 }
    }
}

impl Query {
    /// A filter for tasks that have all of this in their texts.
    pub fn of_words(wanted: &[Wanted]) -> Self {
        Self(Node::all(wanted.iter().map(|one| Node::Term(Term::Text(one.clone()))).collect()))
    }

    /// What it looks for in texts, to be marked there; what it wants not to be in them isn’t among it.
    pub fn wanted(&self) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        if let Some(node) = &self.0 {
            node.wanted(&mut wanted);
        }
        wanted
    }

    /// Whether a task that stands there can be a match at all.
    pub fn can_match(&self, standing: &Standing<'_>) -> bool {
        self.0.as_ref().is_none_or(|node| node.stands(standing) != Some(false))
    }

    /// Who each match has on it, at least one of them. `None`: that isn’t certain.
    pub fn doers<K: Copy + Ord>(&self, people: &[(K, Person<'_>)], by: &Names) -> Option<BTreeSet<K>> {
        self.0.as_ref()?.among(&|term| {
            let Term::Named(Named::Assignee | Named::Responsible, names) = term else { return None };
            if names.iter().any(|name| matches!(name, Name::None | Name::Any)) {
                return None;
            }
            let asked = |person: &Person<'_>| names.iter().any(|name| name.is_one_of(iter::once(person), by));
            Some(people.iter().filter(|(_, person)| asked(person)).map(|(key, _)| *key).collect())
        })
    }

    /// Which labels each match has, at least one of them. `None`: that isn’t certain.
    pub fn labels<K: Copy + Ord>(&self, labels: &[(K, &str)], by: &Names) -> Option<BTreeSet<K>> {
        self.0.as_ref()?.among(&|term| {
            let Term::Named(Named::Label, names) = term else { return None };
            if names.iter().any(|name| matches!(name, Name::None | Name::Any)) {
                return None;
            }
            let asked = |label: &str| names.iter().any(|name| name.is_among(iter::once(label), by));
            Some(labels.iter().filter(|(_, label)| asked(label)).map(|(key, _)| *key).collect())
        })
    }

    /// From which day to which each match is due, both included. `None`: one needn’t be due at all.
    pub fn due(&self, today: &Today) -> Option<(Date, Date)> {
        self.0.as_ref()?.due(today)
    }

    /// What has to be read of each task.
    pub fn reads(&self) -> Reads {
        self.0.as_ref().map(Node::reads).unwrap_or_default()
    }
}

impl Node {
    /// Whether it is so of all tasks that stand there, or of none.
    fn stands(&self, standing: &Standing<'_>) -> Option<bool> {
        match self {
            Self::All(nodes) => {
                let each: Vec<_> = nodes.iter().map(|node| node.stands(standing)).collect();
                if each.contains(&Some(false)) {
                    Some(false)
                } else {
                    each.into_iter().all(|so| so == Some(true)).then_some(true)
                }
            }
            Self::Any(nodes) => {
                let each: Vec<_> = nodes.iter().map(|node| node.stands(standing)).collect();
                if each.contains(&Some(true)) {
                    return Some(true);
                }
                each.into_iter().all(|so| so == Some(false)).then_some(false)
            }
            Self::Not(node) => node.stands(standing).map(|so| !so),
            Self::Term(term) => term.stands(standing),
        }
    }

    fn wanted(&self, to: &mut Vec<Wanted>) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => {
                for node in nodes {
                    node.wanted(to);
                }
            }
            Self::Term(Term::Text(wanted)) => to.push(wanted.clone()),
            Self::Not(_) | Self::Term(_) => {}
        }
    }

    fn among<K: Copy + Ord>(&self, of: &dyn Fn(&Term) -> Option<BTreeSet<K>>) -> Option<BTreeSet<K>> {
        match self {
            Self::All(nodes) => nodes.iter().filter_map(|node| node.among(of)).min_by_key(BTreeSet::len),
            Self::Any(nodes) => {
                let each: Option<Vec<_>> = nodes.iter().map(|node| node.among(of)).collect();
                Some(each?.into_iter().flatten().collect())
            }
            Self::Not(_) => None,
            Self::Term(term) => of(term),
        }
    }

    fn due(&self, today: &Today) -> Option<(Date, Date)> {
        match self {
            Self::All(nodes) => {
                let ranges = nodes.iter().filter_map(|node| node.due(today));
                ranges.reduce(|(from, until), (since, to)| (from.max(since), until.min(to)))
            }
            Self::Any(nodes) => {
                let ranges: Option<Vec<_>> = nodes.iter().map(|node| node.due(today)).collect();
                ranges?.into_iter().reduce(|(from, until), (since, to)| (from.min(since), until.max(to)))
            }
            Self::Not(_) => None,
            Self::Term(term) => term.due(today),
        }
    }

    fn reads(&self) -> Reads {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().map(Self::reads).fold(Reads::default(), Reads::and),
            Self::Not(node) => node.reads(),
            Self::Term(term) => term.reads(),
        }
    }
}

impl Term {
    fn stands(&self, standing: &Standing<'_>) -> Option<bool> {
        if let Self::Named(key @ (Named::Status | Named::List | Named::Space), names) = self {
            return Some(names.iter().any(|name| key.is_of(name, standing)));
        }
        // What is done isn’t overdue.
        let is_of_open = match self {
            Self::Is(states) => states.iter().all(|state| *state == State::Overdue),
            Self::Dated(Dated::Due, _, whens) => whens.iter().all(|when| *when == When::Overdue),
            _ => false,
        };
        (is_of_open && standing.kind == Kind::Done).then_some(false)
    }

    fn due(&self, today: &Today) -> Option<(Date, Date)> {
        let past = (Date::MIN, today.now.date());
        match self {
            Self::Dated(Dated::Due, compare, whens) => {
                let range = |when: &When| match when {
                    When::None => None,
                    When::Any => Some((Date::MIN, Date::MAX)),
                    When::Overdue => Some(past),
                    When::In(days) => {
                        let (first, last) = days.range(today);
                        Some(match compare {
                            Compare::Is => (first, last),
                            Compare::Less | Compare::LessOrIs => (Date::MIN, last),
                            Compare::More | Compare::MoreOrIs => (first, Date::MAX),
                        })
                    }
                };
                let ranges: Option<Vec<_>> = whens.iter().map(range).collect();
                ranges?.into_iter().reduce(|(from, until), (since, to)| (from.min(since), until.max(to)))
            }
            Self::Is(states) => states.iter().all(|state| *state == State::Overdue).then_some(past),
            _ => None,
        }
    }

    fn reads(&self) -> Reads {
        let none = Reads::default();
        match self {
            Self::Text(_) => Reads::of(Beside::Text),
            Self::Named(Named::Assignee, _) => Reads::of(Beside::People),
            Self::Named(Named::Label, _) => Reads::of(Beside::Labels),
            Self::Dated(Dated::Updated, ..) => Reads::of(Beside::Updated),
            Self::Progress(..) => Reads::of(Beside::Progress),
            Self::Parent(_) => Reads::of(Beside::Parents),
            Self::Has(marks) => marks.iter().map(|mark| Reads::of_mark(*mark)).fold(none, Reads::and),
            Self::Is(states) => states.iter().map(|state| state.reads()).fold(none, Reads::and),
            Self::No(parts) => parts.iter().map(|part| part.reads()).fold(none, Reads::and),
            Self::Me(mark) => Reads::of_mark(*mark),
            Self::Field(..) => Reads::of(Beside::Fields),
            Self::Named(..) | Self::Priority(..) | Self::Estimate(..) | Self::Dated(..) => none,
        }
    }
}

impl Named {
    fn is_of(self, name: &Name, standing: &Standing<'_>) -> bool {
        match self {
            Self::Status => name.is_status(standing.status, standing.kind, standing.names),
            Self::List => name.is_among(iter::once(standing.list), standing.names),
            Self::Space => name.is_among(iter::once(standing.space), standing.names),
            Self::Assignee | Self::Responsible | Self::CreatedBy | Self::Team | Self::Label | Self::Section => false,
        }
    }
}

impl State {
    fn reads(self) -> Reads {
        match self {
            Self::Blocked => Reads::of_mark(Mark::Blocked),
            Self::Blocking => Reads::of_mark(Mark::Blocking),
            Self::Unassigned => Reads::of(Beside::People),
            Self::Subtask | Self::Top => Reads::of(Beside::Parents),
            Self::Overdue | Self::Late | Self::Claimed => Reads::default(),
        }
    }
}

impl Part {
    fn reads(self) -> Reads {
        match self {
            Self::Named(Named::Assignee) => Reads::of(Beside::People),
            Self::Named(Named::Label) => Reads::of(Beside::Labels),
            Self::Parent => Reads::of(Beside::Parents),
            Self::Mark(mark) => Reads::of_mark(mark),
            Self::Named(_) | Self::Due | Self::Start | Self::Estimate | Self::Priority => Reads::default(),
        }
    }
}
