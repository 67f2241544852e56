//! A filter in one way of writing.

use std::iter;

use super::{
    super::words::Wanted,
    Compare, DAYS, Days, Estimate, FieldValue, HAS, KEYS, KINDS, Key, Name, Named, Node, PARTS, PRIORITIES, Parent,
    STATES, Term, When, name_of,
    read::{MOST_ON, field_keyword},
};

impl Node {
    pub(super) fn show(&self, to: &mut String) {
        match self {
            Self::All(nodes) => {
                for (nth, node) in nodes.iter().enumerate() {
                    if nth > 0 {
                        to.push(' ');
                    }
                    node.show_within(matches!(node, Self::Any(_)), to);
                }
            }
            Self::Any(nodes) => {
                for (nth, node) in nodes.iter().enumerate() {
                    if nth > 0 {
                        to.push_str(" or ");
                    }
                    node.show(to);
                }
            }
            Self::Not(node) => {
                to.push('-');
                node.show_within(!matches!(**node, Self::Term(_)), to);
            }
            Self::Term(term) => term.show(to),
        }
    }

    fn show_within(&self, parentheses: bool, to: &mut String) {
        if parentheses {
            to.push('(');
        }
        self.show(to);
        if parentheses {
            to.push(')');
        }
    }
}

impl Term {
    fn show(&self, to: &mut String) {
        match self {
            Self::Text(wanted) => to.push_str(&shown_text(wanted)),
            Self::Named(key, names) => {
                let shown = names.iter().map(|name| key.show(name));
                show_pair(key.as_str(), Compare::Is, shown, to);
            }
            Self::Priority(compare, levels) => {
                let shown = levels.iter().map(|level| name_of(&PRIORITIES, *level).to_owned());
                show_pair("priority", *compare, shown, to);
            }
            Self::Dated(key, compare, whens) => {
                let shown = whens.iter().map(|when| match when {
                    When::None => "none".to_owned(),
                    When::Any => "any".to_owned(),
                    When::Overdue => "overdue".to_owned(),
                    When::In(days) => days.show(),
                });
                show_pair(name_of(&KEYS, Key::Dated(*key)), *compare, shown, to);
            }
            Self::Estimate(compare, estimates) => {
                let shown = estimates.iter().map(|estimate| match estimate {
                    Estimate::None => "none".to_owned(),
                    Estimate::Any => "any".to_owned(),
                    Estimate::Minutes(minutes) => shown_minutes(*minutes),
                });
                show_pair("estimate", *compare, shown, to);
            }
            Self::Progress(compare, parts) => show_pair("progress", *compare, parts.iter().map(i64::to_string), to),
            Self::Parent(parents) => {
                let shown = parents.iter().map(|parent| match parent {
                    Parent::None => "none".to_owned(),
                    Parent::Any => "any".to_owned(),
                    Parent::Number(number) => format!("T-{number}"),
                });
                show_pair("parent", Compare::Is, shown, to);
            }
            Self::Has(marks) => show_pair("has", Compare::Is, marks.iter().map(|mark| name_of(&HAS, *mark)), to),
            Self::Is(states) => show_pair("is", Compare::Is, states.iter().map(|state| name_of(&STATES, *state)), to),
            Self::No(parts) => show_pair("no", Compare::Is, parts.iter().map(|part| name_of(&PARTS, *part)), to),
            Self::Me(mark) => show_pair(name_of(&KEYS, Key::Me(*mark)), Compare::Is, iter::once("me"), to),
            Self::Field(name, compare, values) => {
                let shown = values.iter().map(|value| match value {
                    FieldValue::None => "none".to_owned(),
                    FieldValue::Any => "any".to_owned(),
                    FieldValue::Me => "me".to_owned(),
                    FieldValue::Typed(typed, ..) => quoted_unless(&typed.typed, field_keyword(&typed.typed).is_none()),
                });
                show_pair(&format!("field.{}", quoted_unless(&name.typed, true)), *compare, shown, to);
            }
        }
    }
}

impl Named {
    fn as_str(self) -> &'static str {
        name_of(&KEYS, Key::Named(self))
    }

    fn show(self, name: &Name) -> String {
        match name {
            Name::None => "none".to_owned(),
            Name::Any => "any".to_owned(),
            Name::Own if self == Self::Team => "mine".to_owned(),
            Name::Own => "me".to_owned(),
            Name::Kind(kind) => name_of(&KINDS, *kind).to_owned(),
            Name::Called(called) => quoted_unless(&called.typed, self.keyword(&called.typed).is_none()),
        }
    }
}

impl Days {
    fn show(self) -> String {
        let (count, small, large, size) = match self {
            Self::On(day) => return day.to_string(),
            Self::Day(count) if count.abs() > 1 => (count, 'd', 'w', 7),
            Self::Months(count) => (count, 'm', 'y', 12),
            Self::Day(_) | Self::Week(_) | Self::Month(_) => return name_of(&DAYS, self).to_owned(),
        };
        let sign = if count < 0 { '-' } else { '+' };
        match count.abs() {
            // What doesn’t fit in days was typed in weeks.
            far if far > MOST_ON => format!("{sign}{}{large}", far / size),
            near => format!("{sign}{near}{small}"),
        }
    }
}

impl Compare {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Is => ":",
            Self::Less => "<",
            Self::LessOrIs => "<=",
            Self::More => ">",
            Self::MoreOrIs => ">=",
        }
    }
}

fn shown_minutes(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h{minutes}m"),
    }
}

fn shown_text(wanted: &Wanted) -> String {
    match wanted {
        Wanted::Word(word) if matches!(word.as_str(), "or" | "and" | "not") => format!("\"{word}\""),
        Wanted::Word(word) => word.clone(),
        Wanted::Start(start) => format!("{start}*"),
        Wanted::Phrase(words) => format!("\"{}\"", words.join(" ")),
    }
}

fn show_pair<S: AsRef<str>>(key: &str, compare: Compare, values: impl Iterator<Item = S>, to: &mut String) {
    to.push_str(key);
    to.push_str(compare.as_str());
    for (nth, value) in values.enumerate() {
        if nth > 0 {
            to.push(',');
        }
        to.push_str(value.as_ref());
    }
}

/// In quotes, if it isn’t one simple word and isn’t to stand without.
fn quoted_unless(text: &str, simple: bool) -> String {
    let is_simple = |c: char| c.is_alphanumeric() || c == '-';
    if simple && text.chars().all(is_simple) && text.starts_with(char::is_alphanumeric) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
