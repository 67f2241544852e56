//! JSON of other products, read forgivingly: what has another type than it should is as if it weren’t there, and what nobody asks for isn’t kept. So a
//! file takes no more memory than what is read of it.

use std::{cell::Cell, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::{From, MOST_MEGABYTES, Unreadable, stranger};
use crate::csv_in;

/// So many members of all the arrays of a file are kept: twice what a tree can hold, for some things stand in a file twice.
const MOST_MEMBERS: usize = 800_000;

thread_local! {
    /// How many more there may be in the file that is being read.
    static ROOM: Cell<usize> = const { Cell::new(0) };
}

/// Reads a file whose outermost thing is an object or an array of objects, as `T` says.
///
/// # Errors
/// It is something else, or damaged.
pub fn read<T: DeserializeOwned>(file: &[u8], from: From) -> Result<T, Unreadable> {
    if file.len() > MOST_MEGABYTES * 1024 * 1024 {
        return Err(Unreadable::TooLarge);
    }
    if file.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    if let Some(stranger) = stranger(file) {
        return Err(Unreadable::Another(stranger, from.file()));
    }
    let text = csv_in::decoded(file).map_err(|_| Unreadable::Another("not text", from.file()))?;
    if !text.trim_start().starts_with(['{', '[']) {
        return Err(Unreadable::Another("a table or another text", from.file()));
    }
    ROOM.set(MOST_MEMBERS);
    serde_json::from_str(text.trim()).map_err(|_| match ROOM.get() {
        0 => Unreadable::TooManyParts,
        _ => Unreadable::Broken,
    })
}

/// A word, a number, or yes or no. Products aren’t always of one mind which it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Scalar {
    /// It isn’t there, or it is something else.
    #[default]
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// Any other.
    Number(f64),
    /// A word.
    Text(String),
}

impl Scalar {
    /// Its text; of a number its digits.
    pub fn text(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// Its text, where it is one.
    pub fn str(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }

    /// It says yes.
    pub fn flag(&self) -> bool {
        match self {
            Self::Flag(flag) => *flag,
            Self::Text(text) => text == "true",
            _ => false,
        }
    }

    /// Its whole number; 0 where there is none.
    pub fn whole(&self) -> i64 {
        match self {
            Self::Whole(number) => *number,
            Self::Text(text) => text.parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// Its number; 0 where there is none.
    pub fn number(&self) -> f64 {
        match self {
            // What stands before what: 53 bits tell that.
            #[expect(clippy::cast_precision_loss, reason = "positions are compared, and aren’t reckoned with")]
            Self::Whole(number) => *number as f64,
            Self::Number(number) => *number,
            Self::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or(0.0),
            _ => 0.0,
        }
    }

    /// It says nothing.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(i64::try_from(number).map_or(Scalar::Nothing, Scalar::Whole))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
                Ok(Scalar::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Scalar, A::Error> {
                drained(seq).map(|()| Scalar::Nothing)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Nothing)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// An object; `None` where there is anything else.
#[derive(Debug, Clone)]
pub struct One<T>(pub Option<Box<T>>);

impl<T> Default for One<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> One<T> {
    /// It, where it is there.
    pub fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
            type Value = One<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<One<T>, E> {
                Ok(One(None))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<One<T>, E> {
                Ok(One(None))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<One<T>, E> {
                Ok(One(None))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<One<T>, E> {
                Ok(One(None))
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<One<T>, E> {
                Ok(One(None))
            }

            fn visit_unit<E: Error>(self) -> Result<One<T>, E> {
                Ok(One(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<One<T>, A::Error> {
                drained(seq).map(|()| One(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<One<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|it| One(Some(Box::new(it))))
            }
        }
        deserializer.deserialize_any(Object(PhantomData))
    }
}

/// An array; empty where there is anything else.
#[derive(Debug, Clone)]
pub struct Many<T> {
    /// Its members.
    pub members: Vec<T>,
    /// There is an array.
    pub is_there: bool,
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self { members: Vec::new(), is_there: false }
    }
}

impl<T> Many<One<T>> {
    /// Those of its members that are objects.
    pub fn objects(&self) -> impl Iterator<Item = &T> {
        self.members.iter().filter_map(One::get)
    }

    /// How many of them aren’t.
    pub fn others(&self) -> usize {
        self.members.iter().filter(|one| one.0.is_none()).count()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Array<T> {
            type Value = Many<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Many<T>, E> {
                Ok(Many::default())
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Many<T>, E> {
                Ok(Many::default())
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Many<T>, E> {
                Ok(Many::default())
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Many<T>, E> {
                Ok(Many::default())
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Many<T>, E> {
                Ok(Many::default())
            }

            fn visit_unit<E: Error>(self) -> Result<Many<T>, E> {
                Ok(Many::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Many<T>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = seq.next_element()? {
                    let room = ROOM.get();
                    if room == 0 {
                        return Err(Error::custom("there are too many"));
                    }
                    ROOM.set(room - 1);
                    members.push(member);
                }
                Ok(Many { members, is_there: true })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Many<T>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Many::default())
            }
        }
        deserializer.deserialize_any(Array(PhantomData))
    }
}

/// How many members an array has that nobody wants.
#[derive(Debug, Clone, Copy, Default)]
pub struct Length(pub usize);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Each is a byte at most: nothing of it is kept.
        Many::<Ignored>::deserialize(deserializer).map(|many| Self(many.members.len()))
    }
}

/// Anything, not kept.
#[derive(Debug)]
struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

fn drained<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}
