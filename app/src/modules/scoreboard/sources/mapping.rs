//! How another program's message becomes an entry: where in its body each part stands, and which messages are taken at all.
//!
//! Bodies are JSON. A place in one is a path: names with points between, `[0]` for a place in a list, `["a.b"]` for a name that has a point in it.

use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::amount;
use crate::error::{AppError, FieldErrors, Result};

/// The longest path.
const LONGEST_PATH: usize = 200;
/// A message can be asked to fit so many conditions.
const MOST_CONDITIONS: usize = 5;
/// Each of which has so many values that will do.
const MOST_VALUES: usize = 20;
/// The longest value that is looked for.
const LONGEST_VALUE: usize = 200;
/// The longest text that an entry's note takes; what is longer is cut.
const LONGEST_NOTE: usize = 500;
/// From here on a number is a moment in milliseconds; below, in seconds. In seconds it would be after the year 5000.
const MILLISECONDS_FROM: u64 = 100_000_000_000;
const SHAPE: &str = "Write it like data.amount or items[0].price.";

/// Where each part of an entry stands in a body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Which messages are taken: all of these have to fit. The others are accepted, and nothing comes of them.
    #[serde(default)]
    pub only: Vec<Condition>,
    /// The path of how much it is: `data.amount`. Empty: each message counts as one.
    #[serde(default)]
    pub amount: String,
    /// The amount is in the smallest unit: cents of money, or the last decimal of a number. Otherwise as people write it: 12.50.
    #[serde(default)]
    pub smallest: bool,
    /// The path of the word or the name of what is counted, where the source has none of its own.
    #[serde(default)]
    pub metric: String,
    /// The path of whose it is, where the source has nobody of its own: a name, another name of theirs, or a member’s email address.
    #[serde(default)]
    pub person: String,
    /// The path of when it happened. Empty: when the message came.
    #[serde(default)]
    pub when: String,
    /// The path of a word about it.
    #[serde(default)]
    pub note: String,
    /// The path of what it is called there: what came in once under a name doesn’t come in again. Empty: the message’s own id.
    #[serde(default)]
    pub external_id: String,
}

/// What a message has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// A path: `type`.
    pub path: String,
    /// One of these is there: `order.paid`.
    pub is: Vec<String>,
}

/// What a body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It is to be entered.
    Taken(Parts),
    /// Nothing is to come of it, and why.
    Ignored(String),
}

/// The parts of an entry, as they stand in a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// How much; `None`: one.
    pub amount: Option<String>,
    /// What is counted.
    pub metric: Option<String>,
    /// Whose it is.
    pub person: Option<String>,
    /// When it happened.
    pub when: Option<When>,
    /// A word about it.
    pub note: String,
    /// What it is called there.
    pub external_id: Option<String>,
}

/// When something happened, as a program says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At this moment.
    At(Timestamp),
    /// On this day, at this time if it says so, on the business's clock.
    Local(Date, Option<Time>),
}

impl Mapping {
    /// It, tidied, if it can be read.
    #[must_use]
    pub fn checked(&self, errors: &mut FieldErrors) -> Self {
        let mut path = |field: &str, text: &str| {
            let text = text.trim();
            if !text.is_empty()
                && let Err(words) = Path::parse(text)
            {
                errors.add(field, words);
            }
            text.to_owned()
        };
        let mut checked = Self {
            only: Vec::new(),
            amount: path("amount", &self.amount),
            smallest: self.smallest,
            metric: path("metric_path", &self.metric),
            person: path("person_path", &self.person),
            when: path("when", &self.when),
            note: path("note", &self.note),
            external_id: path("external_id", &self.external_id),
        };
        if self.only.len() > MOST_CONDITIONS {
            errors.add("only", format!("Use at most {MOST_CONDITIONS} conditions."));
        }
        for condition in &self.only {
            let (path, is) = (condition.path.trim(), tidy(&condition.is));
            if let Err(words) = Path::parse(path) {
                errors.add("only", words);
            } else if is.is_empty() {
                errors.add("only", format!("Say what {path} has to be."));
            } else if is.len() > MOST_VALUES || is.iter().any(|value| value.chars().count() > LONGEST_VALUE) {
                errors.add("only", format!("Use at most {MOST_VALUES} values of {LONGEST_VALUE} characters."));
            }
            checked.only.push(Condition { path: path.to_owned(), is });
        }
        checked
    }

    /// It, as it is stored.
    pub fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// It, as it was stored.
    pub fn of_stored(stored: &str) -> Self {
        serde_json::from_str(stored).unwrap_or_default()
    }

    /// What a body says. What the source has of its own isn't looked for.
    ///
    /// # Errors
    /// 422 at each path at which there isn't what there should be.
    pub fn read(&self, body: &Value, has_metric: bool, has_person: bool) -> Result<Told> {
        for condition in &self.only {
            let found = find(&condition.path, body).and_then(text);
            if !found.as_ref().is_some_and(|found| condition.is.contains(found)) {
                return Ok(Told::Ignored(format!("{} isn’t {}.", condition.path, condition.is.join(" or "))));
            }
        }
        let mut errors = FieldErrors::default();
        let mut needed = |path: &str| {
            if path.is_empty() {
                return None;
            }
            let found = match find(path, body) {
                None | Some(Value::Null) => Err("This isn’t in the body."),
                Some(value) => text(value).ok_or("This has to be a text or a number."),
            };
            let found = found.and_then(|text| if text.is_empty() { Err("This is empty.") } else { Ok(Some(text)) });
            errors.take::<Option<String>>(path, found)
        };
        let mut parts = Parts {
            amount: needed(&self.amount),
            metric: if has_metric { None } else { needed(&self.metric) },
            person: if has_person { None } else { needed(&self.person) },
            when: None,
            note: String::new(),
            external_id: needed(&self.external_id),
        };
        if let Some(text) = needed(&self.when) {
            parts.when = errors.take(&self.when, moment(&text).map(Some));
        }
        // A word about it is there or isn't.
        if !self.note.is_empty() {
            let note = find(&self.note, body).and_then(text).unwrap_or_default();
            parts.note = note.chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST_NOTE).collect();
        }
        errors.finish()?;
        Ok(Told::Taken(parts))
    }
}

/// A body as it came, read.
///
/// # Errors
/// 422: it isn't JSON.
pub fn json(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(|error| {
        AppError::field("body", format!("This isn’t JSON: line {}, column {}.", error.line(), error.column()))
    })
}

/// A path that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Place(usize),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(text: &str) -> std::result::Result<Self, &'static str> {
        let text = text.trim();
        if text.chars().count() > LONGEST_PATH {
            return Err("Use at most 200 characters.");
        }
        let (mut steps, mut rest) = (Vec::new(), text);
        loop {
            rest = if let Some(inside) = rest.strip_prefix("[\"") {
                let (name, after) = inside.split_once("\"]").ok_or(SHAPE)?;
                steps.push(Step::Name(name.to_owned()));
                after
            } else if let Some(inside) = rest.strip_prefix('[') {
                let (place, after) = inside.split_once(']').ok_or(SHAPE)?;
                if !place.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(SHAPE);
                }
                steps.push(Step::Place(place.parse().map_err(|_| SHAPE)?));
                after
            } else {
                let (name, after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
                if name.is_empty() || name.contains([']', '"']) || name.chars().any(char::is_control) {
                    return Err(SHAPE);
                }
                steps.push(Step::Name(name.to_owned()));
                after
            };
            match rest.strip_prefix('.') {
                // After a point comes a name.
                Some(after) if after.is_empty() || after.starts_with('[') => return Err(SHAPE),
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(Self(steps)),
                None if rest.starts_with('[') => {}
                None => return Err(SHAPE),
            }
        }
    }

    /// What stands there.
    pub fn find<'v>(&self, body: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(body, |value, step| match step {
            Step::Name(name) => value.as_object()?.get(name),
            Step::Place(place) => value.as_array()?.get(*place),
        })
    }
}

fn find<'v>(path: &str, body: &'v Value) -> Option<&'v Value> {
    Path::parse(path).ok()?.find(body)
}

/// A text, a number or a yes and no, as a text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// When something happened: RFC 3339, seconds or milliseconds since 1970, or a day as people write it.
fn moment(text: &str) -> std::result::Result<When, &'static str> {
    const NONE: &str = "This isn’t a day or a moment that we can read. Send it like 2026-11-24T03:15:00Z.";
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(When::At(at));
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if let Ok(number) = whole.parse::<i64>()
        && part.bytes().all(|byte| byte.is_ascii_digit())
    {
        let at = if number.unsigned_abs() < MILLISECONDS_FROM {
            Timestamp::from_second(number)
        } else {
            Timestamp::from_millisecond(number)
        };
        return at.map(When::At).map_err(|_| NONE);
    }
    amount::day_and_time(text).map(|(day, time)| When::Local(day, time)).map_err(|_| NONE)
}

/// Without what is empty or there twice.
fn tidy(values: &[String]) -> Vec<String> {
    let mut tidy: Vec<String> = Vec::new();
    for value in values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()) {
        if !tidy.iter().any(|other| other == value) {
            tidy.push(value.to_owned());
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> When {
        When::At(text.parse().expect("a moment"))
    }

    #[test]
    fn a_path_leads_to_what_stands_there() {
        let body = json!({ "data": { "amount": 1250, "items": [{ "price": "9.90" }, { "price": null }], "order.id": "A-7" }, "": 1 });
        for (path, there) in [
            ("data.amount", Some(json!(1250))),
            (" data.amount ", Some(json!(1250))),
            ("data.items[0].price", Some(json!("9.90"))),
            ("data.items[1].price", Some(json!(null))),
            ("data[\"items\"][0][\"price\"]", Some(json!("9.90"))),
            ("data[\"order.id\"]", Some(json!("A-7"))),
            ("[\"\"]", Some(json!(1))),
            ("data.items[2].price", None),
            ("data.items.price", None),
            ("data[0]", None),
            ("amount", None),
        ] {
            assert_eq!(Path::parse(path).expect(path).find(&body), there.as_ref(), "{path}");
        }
        assert_eq!(Path::parse("[1][0]").expect("a path").find(&json!([0, [7]])), Some(&json!(7)));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a[",
            "a[]x",
            "a[x]",
            "a[-1]",
            "a[0",
            "a[0]b",
            "a.[0]",
            "a]",
            "a\"b",
            "a[\"b]",
            "a[\"b\"]c",
            "a\nb",
            "a[99999999999999999999999]",
        ] {
            assert!(Path::parse(bad).is_err(), "{bad}");
        }
        assert!(Path::parse(&"a".repeat(201)).is_err());
    }

    #[test]
    fn a_body_is_read_part_by_part() {
        let mapping = Mapping {
            only: vec![Condition { path: "type".to_owned(), is: vec!["paid".to_owned(), "settled".to_owned()] }],
            amount: "data.total".to_owned(),
            person: "data.seller.email".to_owned(),
            when: "data.at".to_owned(),
            note: "data.title".to_owned(),
            external_id: "data.id".to_owned(),
            ..Mapping::default()
        };
        let body = json!({ "type": "paid", "data": { "total": 12.5, "seller": { "email": " ada@example.com " }, "at": 1_795_212_300, "title": "Two\tchairs", "id": 77 } });
        let Ok(Told::Taken(parts)) = mapping.read(&body, true, false) else { panic!("it is taken") };
        assert_eq!(
            parts,
            Parts {
                amount: Some("12.5".to_owned()),
                metric: None,
                person: Some("ada@example.com".to_owned()),
                when: Some(When::At(Timestamp::from_second(1_795_212_300).expect("a moment"))),
                note: "Twochairs".to_owned(),
                external_id: Some("77".to_owned()),
            }
        );
        let ignored = mapping.read(&json!({ "type": "refunded" }), true, false).expect("it is read");
        assert_eq!(ignored, Told::Ignored("type isn’t paid or settled.".to_owned()));
        let refused = mapping.read(
            &json!({ "type": "settled", "data": { "total": [], "seller": { "email": "" }, "at": "soon" } }),
            true,
            false,
        );
        let fields: Vec<_> = refused.expect_err("it is refused").fields.into_iter().map(|field| field.field).collect();
        assert_eq!(fields, ["data.total", "data.seller.email", "data.id", "data.at"]);
        // What the source has of its own isn't looked for.
        let own = json!({ "type": "paid", "data": { "total": 1, "at": "24/11/2026", "id": "x" } });
        assert!(matches!(mapping.read(&own, true, true), Ok(Told::Taken(Parts { person: None, .. }))));
        let by_path = Mapping { metric: "kind".to_owned(), ..Mapping::default() };
        assert!(
            matches!(by_path.read(&json!({ "kind": "sales" }), false, true), Ok(Told::Taken(Parts { metric: Some(word), .. })) if word == "sales")
        );
    }

    #[test]
    fn moments_are_read_as_programs_write_them() {
        for (text, when) in [
            ("2026-11-24T03:15:00Z", at("2026-11-24T03:15:00Z")),
            ("2026-11-24T14:15:00+11:00", at("2026-11-24T03:15:00Z")),
            ("1795490100", at("2026-11-24T03:15:00Z")),
            ("1795490100.25", at("2026-11-24T03:15:00Z")),
            ("1795490100000", at("2026-11-24T03:15:00Z")),
            ("0", at("1970-01-01T00:00:00Z")),
            ("2026-11-24", When::Local(date(2026, 11, 24), None)),
            ("24/11/2026", When::Local(date(2026, 11, 24), None)),
            ("2026-11-24T10:30:00", When::Local(date(2026, 11, 24), Some(time(10, 30, 0, 0)))),
        ] {
            assert_eq!(moment(text), Ok(when), "{text}");
        }
        for bad in ["soon", "2026-13-01", "1.2.3.4", "99999999999999999999", "-9223372036854775808", "-", ""] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_cant_be_read_is_refused_when_it_is_set_up() {
        let mut errors = FieldErrors::default();
        let mapping = Mapping {
            only: vec![Condition {
                path: " type ".to_owned(),
                is: vec![" a ".to_owned(), String::new(), "a".to_owned()],
            }],
            amount: " total ".to_owned(),
            ..Mapping::default()
        };
        let checked = mapping.checked(&mut errors);
        assert!(errors.finish().is_ok());
        assert_eq!(checked.only, [Condition { path: "type".to_owned(), is: vec!["a".to_owned()] }]);
        assert_eq!(Mapping::of_stored(&checked.stored()), checked);
        let mut errors = FieldErrors::default();
        let bad = |path: &str| Condition { path: path.to_owned(), is: vec!["a".to_owned()] };
        let _ = Mapping { only: vec![bad("a..b")], when: "[".to_owned(), ..Mapping::default() }.checked(&mut errors);
        let fields: Vec<_> = errors.into_fields().into_iter().map(|field| field.field).collect();
        assert_eq!(fields, ["when", "only"]);
        let mut errors = FieldErrors::default();
        let _ =
            Mapping { only: vec![Condition { path: "a".to_owned(), is: vec![" ".to_owned()] }], ..Mapping::default() }
                .checked(&mut errors);
        assert!(errors.finish().is_err());
    }

    /// Any JSON, a few levels deep.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,5}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z.~/ ]{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// Every place of a body: its path here, and as a JSON pointer (RFC 6901), which the library follows.
    fn places(value: &Value, path: &str, pointer: &str, out: &mut Vec<(String, String)>) {
        match value {
            Value::Array(list) => {
                for (at, inner) in list.iter().enumerate() {
                    out.push((format!("{path}[{at}]"), format!("{pointer}/{at}")));
                    places(inner, &format!("{path}[{at}]"), &format!("{pointer}/{at}"), out);
                }
            }
            Value::Object(map) => {
                for (name, inner) in map {
                    let plain = !name.is_empty() && !name.contains('.') && name.trim() == name;
                    let step = match (plain, path.is_empty()) {
                        (true, true) => name.clone(),
                        (true, false) => format!("{path}.{name}"),
                        (false, _) => format!("{path}[\"{name}\"]"),
                    };
                    let at_pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    out.push((step.clone(), at_pointer.clone()));
                    places(inner, &step, &at_pointer, out);
                }
            }
            _ => {}
        }
    }

    proptest! {
        /// Paths lead where JSON pointers do.
        #[test]
        fn paths_are_pointers(body in any_json()) {
            let mut all = Vec::new();
            places(&body, "", "", &mut all);
            for (path, pointer) in all {
                prop_assert_eq!(Path::parse(&path).expect("a path").find(&body), body.pointer(&pointer), "{}", path);
            }
        }

        /// Nothing that is typed or sent makes it fall over.
        #[test]
        fn nothing_makes_it_fall_over(path in ".{0,40}", body in any_json()) {
            let mapping = Mapping { amount: path.clone(), when: path.clone(), note: path.clone(), external_id: path, ..Mapping::default() };
            let _ = mapping.checked(&mut FieldErrors::default());
            let _ = mapping.read(&body, true, true);
        }
    }
}
