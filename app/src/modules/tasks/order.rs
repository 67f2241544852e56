//! Keys that say in which order tasks stand in a column. One that moves gets a key between its new neighbours’, and no other is touched.
//!
//! A key is a text of the digits 0–9, A–Z and a–z, in that order, which is that of their bytes: a database must compare keys so (`COLLATE
//! "C"`). It never ends in "0", so that there is always another below it.

use std::iter;

use thiserror::Error;

/// When a key is longer than this, the whole column gets new ones, from [`spread`].
pub const LONGEST: usize = 48;

/// In rising order.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: u64 = 62;
const HIGHEST: u8 = 61;
/// The first key of all, halfway.
const MIDDLE: u8 = 31;
/// What is put at an end leaves so much room before it for others.
const STEP: u64 = 8;
/// As many digits as are counted on at an end, at most: 62⁸ are enough for ever, and no `u64` is.
const WIDEST: usize = 8;

/// These aren’t two keys of which the first comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("The order of these tasks has changed. Load the list again.")]
pub struct Invalid;

/// Whether it is a key.
pub fn is_key(text: &str) -> bool {
    !text.is_empty() && !text.ends_with('0') && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A key between two; `None`: there is nothing on that side. Longer than [`LONGEST`]: the caller spreads the column anew.
///
/// One by one at either end of a gap keys grow by a few digits in thousands; halving the same gap again and again costs a digit
/// for every five or so.
///
/// # Errors
/// One of them is no key, or they don’t stand in this order.
pub fn between(before: Option<&str>, after: Option<&str>) -> Result<String, Invalid> {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (digits(before)?, digits(after)?),
        (_, None) => return last(before),
        (None, _) => return first(after),
    };
    if before >= after {
        return Err(Invalid);
    }
    let common = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let (shared, lower) = before.split_at_checked(common).ok_or(Invalid)?;
    let upper = after.get(common..).ok_or(Invalid)?;
    let mut key = shared.to_vec();
    match (lower.split_first(), upper.split_first()) {
        (Some((low, _)), Some((high, _))) if high.saturating_sub(*low) > 1 => key.push(low.midpoint(*high)),
        // Next to one another: the upper without its end is below it, or else the lower goes on.
        (Some(_), Some((high, rest))) if !rest.is_empty() => key.push(*high),
        (Some((low, rest)), Some(_)) => {
            key.push(*low);
            key.extend(above(rest));
        }
        (None, _) => key.extend(below(upper)),
        (Some(_), None) => return Err(Invalid),
    }
    Ok(text(key))
}

/// A key after all others; `None`: there are none. Short however many are put there one by one: 100,000 of them have seven digits at most.
///
/// # Errors
/// It is no key.
pub fn last(after: Option<&str>) -> Result<String, Invalid> {
    let after = after.map(digits).transpose()?.unwrap_or_default();
    Ok(text(above(&after)))
}

/// A key before all others, as in [`last`].
///
/// # Errors
/// It is no key.
pub fn first(before: Option<&str>) -> Result<String, Invalid> {
    let before = before.map(digits).transpose()?.unwrap_or_default();
    Ok(text(below(&before)))
}

/// So many keys, short and evenly spaced, with room before, between and after them: for a column that is put in order anew, and for an
/// import.
pub fn spread(count: usize) -> Vec<String> {
    let parts = u128::try_from(count).unwrap_or(u128::MAX).saturating_add(1);
    // Between two of them is at least as much room as between two at an end.
    let enough = if count > 1 { parts.saturating_mul(u128::from(STEP)) } else { 0 };
    let (mut width, mut room) = (1, u128::from(BASE));
    while room < enough {
        (width, room) = (width + 1, room.saturating_mul(u128::from(BASE)));
    }
    let key = |place: usize| {
        let value = u128::try_from(place).unwrap_or(u128::MAX).saturating_mul(room) / parts;
        text(written(u64::try_from(value).unwrap_or(u64::MAX), width))
    };
    (1..=count).map(key).collect()
}

/// What stands above a key, or below one that stands above it in turn. At the end keys are numbers that are counted on, of as many digits as
/// the "z" before them and one: the further, the more room there is.
fn above(key: &[u8]) -> Vec<u8> {
    if key.is_empty() {
        return vec![MIDDLE];
    }
    let (level, width, value, unit) = number(key, HIGHEST);
    // Where the next level begins.
    let limit = unit.saturating_mul(u64::from(HIGHEST));
    let mut next = vec![HIGHEST; level];
    next.extend(written(value.saturating_add(STEP).min(limit), width));
    next
}

/// What stands below a key, as in [`above`], with "0" for "z".
fn below(key: &[u8]) -> Vec<u8> {
    if key.is_empty() {
        return vec![MIDDLE];
    }
    let (level, width, value, unit) = number(key, 0);
    let mut next = vec![0; level];
    if value > unit {
        next.extend(written(value.saturating_sub(STEP).max(unit), width));
    } else {
        next.extend([0, HIGHEST]);
    }
    next
}

/// How many of a digit a key begins with, how many digits of the number after them are counted, that number, and the worth of its first digit.
fn number(key: &[u8], outermost: u8) -> (usize, usize, u64, u64) {
    let level = key.iter().take_while(|digit| **digit == outermost).count();
    let width = level.saturating_add(1).min(WIDEST);
    let padded = key.iter().skip(level).copied().chain(iter::repeat(0)).take(width);
    let value = padded.fold(0_u64, |value, digit| value.saturating_mul(BASE).saturating_add(u64::from(digit)));
    let unit = iter::repeat_n(BASE, width.saturating_sub(1)).fold(1, u64::saturating_mul);
    (level, width, value, unit)
}

/// A number as so many digits.
fn written(mut value: u64, width: usize) -> Vec<u8> {
    let mut digits = vec![0; width];
    for digit in digits.iter_mut().rev() {
        *digit = u8::try_from(value % BASE).unwrap_or(HIGHEST);
        value /= BASE;
    }
    digits
}

fn digits(key: &str) -> Result<Vec<u8>, Invalid> {
    if !is_key(key) {
        return Err(Invalid);
    }
    let digit = |byte| DIGITS.binary_search(&byte).ok().and_then(|digit| u8::try_from(digit).ok());
    key.bytes().map(digit).collect::<Option<_>>().ok_or(Invalid)
}

/// Zeros at the end say nothing.
fn text(mut digits: Vec<u8>) -> String {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits.into_iter().filter_map(|digit| DIGITS.get(usize::from(digit))).map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn put(before: Option<&String>, after: Option<&String>) -> String {
        let (before, after) = (before.map(String::as_str), after.map(String::as_str));
        let key = between(before, after).unwrap();
        assert!(is_key(&key), "{key}");
        assert!(before.is_none_or(|before| before < key.as_str()), "{before:?} {key}");
        assert!(after.is_none_or(|after| key.as_str() < after), "{key} {after:?}");
        key
    }

    fn longest<'a>(keys: impl IntoIterator<Item = &'a String>) -> usize {
        keys.into_iter().map(String::len).max().unwrap_or(0)
    }

    #[test]
    fn keys_lie_between() {
        for (before, after, expected) in [
            (None, None, "V"),
            (Some("V"), None, "d"),
            (Some("y"), None, "z"),
            (Some("z"), None, "z08"),
            (Some("zz"), None, "zz008"),
            (Some("zyzzz"), None, "zz"),
            (None, Some("V"), "N"),
            (None, Some("1"), "0z"),
            (None, Some("0z"), "0ys"),
            (None, Some("01"), "00z"),
            (None, Some("3V"), "1"),
            (Some("A"), Some("C"), "B"),
            (Some("A"), Some("B"), "AV"),
            (Some("A"), Some("B1"), "B"),
            (Some("A"), Some("A1"), "A0z"),
            (Some("Az"), Some("B"), "Az08"),
            (Some("A"), Some("A01"), "A00z"),
            (Some("Axyz"), Some("Axyzzz"), "Axyzr"),
        ] {
            assert_eq!(between(before, after).as_deref(), Ok(expected), "{before:?} {after:?}");
            put(before.map(str::to_owned).as_ref(), after.map(str::to_owned).as_ref());
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "0", "V0", "a b", "é", "V\0", "-", "V\n"] {
            assert!(!is_key(text), "{text}");
            for pair in [(Some(text), None), (None, Some(text)), (Some(text), Some("zz")), (Some("01"), Some(text))] {
                assert_eq!(between(pair.0, pair.1), Err(Invalid), "{pair:?}");
            }
            assert_eq!((last(Some(text)), first(Some(text))), (Err(Invalid), Err(Invalid)));
        }
        for (before, after) in [("V", "V"), ("W", "V"), ("VV", "V"), ("a", "Z")] {
            assert_eq!(between(Some(before), Some(after)), Err(Invalid), "{before} {after}");
        }
        assert!(is_key(&"z".repeat(100_000)) && between(Some(&"z".repeat(100_000)), None).is_ok());
        assert!(between(None, Some(&("0".repeat(100_000) + "1"))).is_ok());
    }

    #[test]
    fn a_hundred_thousand_at_an_end_stay_short() {
        let (mut upper, mut lower) = (put(None, None), put(None, None));
        let mut most = 0;
        for _ in 0..100_000 {
            upper = put(Some(&upper), None);
            lower = put(None, Some(&lower));
            most = most.max(upper.len()).max(lower.len());
        }
        assert_eq!(most, 7);
    }

    /// The longest key, and how many were put before one was too long.
    fn fill(count: usize, mut gap: impl FnMut(&[String], usize) -> usize) -> (usize, usize) {
        let mut keys = spread(2);
        let mut place = 1;
        let mut until = count;
        for put_in in 0..count {
            let key = put(keys.get(place - 1), keys.get(place));
            if key.len() > LONGEST && until == count {
                until = put_in;
            }
            keys.insert(place, key);
            place = gap(&keys, put_in);
        }
        assert!(keys.is_sorted_by(|one, other| one < other));
        (longest(&keys), until)
    }

    #[test]
    fn a_thousand_in_one_gap_never_exhaust_it() {
        // Each after the one put there before; each before it.
        assert_eq!(fill(1_000, |keys, _| keys.len() - 1), (6, 1_000));
        assert_eq!(fill(1_000, |_, _| 1), (6, 1_000));
        // In turns on either side of the one put there before, or some on one and then some on the other.
        for in_turns in 1..8 {
            let mut at = 1;
            let (most, until) = fill(1_000, |_, put_in| {
                at += put_in / in_turns % 2;
                at
            });
            assert!(most <= 202 && until >= 234, "{in_turns}: {most} {until}");
        }
        // Where it is said that the column is spread anew, it goes on for ever.
        let mut keys = spread(2);
        let mut times = 0;
        for put_in in 0..1_000 {
            let middle = keys.len() / 2 + put_in % 2;
            let place = middle.clamp(1, keys.len() - 1);
            let key = put(keys.get(place - 1), keys.get(place));
            keys.insert(place, key);
            if longest(&keys) > LONGEST {
                keys = spread(keys.len());
                times += 1;
            }
        }
        assert!(times <= 5, "{times}");
    }

    #[test]
    fn what_is_spread_is_short_and_even() {
        assert_eq!(
            (spread(0), spread(1), spread(3)),
            (vec![], vec!["V".to_owned()], vec!["F".into(), "V".into(), "k".into()])
        );
        for (count, most) in [(2, 1), (6, 1), (7, 2), (479, 2), (500, 3), (10_000, 3), (100_000, 4), (1_000_000, 4)] {
            let keys = spread(count);
            assert_eq!(keys.len(), count);
            assert!(keys.iter().all(|key| is_key(key)), "{count}");
            assert!(keys.is_sorted_by(|one, other| one < other), "{count}");
            assert_eq!(longest(&keys), most, "{count}");
            // An end of it goes on as any.
            let (mut upper, mut lower) = (keys.last().cloned(), keys.first().cloned());
            for _ in 0..2_000 {
                upper = Some(put(upper.as_ref(), None));
                lower = Some(put(None, lower.as_ref()));
            }
            assert!(longest(upper.iter().chain(&lower)) <= 9, "{count} {upper:?} {lower:?}");
        }
    }

    proptest! {
        /// Whatever is put anywhere stands where it was put.
        #[test]
        fn the_keys_have_the_order_of_a_list(places in vec((any::<prop::sample::Index>(), 0_u8..4), 1..400), from in 0_usize..20) {
            let mut list: Vec<(String, usize)> = spread(from).into_iter().zip(0..).collect();
            for (name, (place, where_to)) in places.iter().enumerate() {
                let place = match where_to {
                    0 => 0,
                    1 => list.len(),
                    _ => place.index(list.len() + 1),
                };
                let before = place.checked_sub(1).and_then(|before| list.get(before)).map(|(key, _)| key);
                let key = put(before, list.get(place).map(|(key, _)| key));
                list.insert(place, (key, from + name));
            }
            let mut sorted = list.clone();
            sorted.sort();
            prop_assert_eq!(sorted, list);
        }

        #[test]
        fn between_any_two_keys_lies_one(one in "[0-9A-Za-z]{0,12}[1-9A-Za-z]", other in "[0-9A-Za-z]{0,12}[1-9A-Za-z]", near in "[0z]{0,9}[1z]") {
            for (one, other) in [(one.clone(), other.clone()), (one.clone(), one.clone() + &near), (one, other + &near)] {
                let (low, high) = if one < other { (one, other) } else { (other, one) };
                if low != high {
                    let most = low.len().max(high.len()) + 10;
                    prop_assert!(put(Some(&low), Some(&high)).len() <= most);
                }
                put(Some(&high), None);
                put(None, Some(&low));
            }
        }

        #[test]
        fn any_text_can_be_asked_about(one in any::<String>(), other in any::<String>()) {
            let made = between(Some(&one), Some(&other));
            prop_assert_eq!(made.is_ok(), is_key(&one) && is_key(&other) && one < other);
        }
    }
}
