//! The values of a metric as people type them, as spreadsheets write them and as screens show them: whole numbers of the
//! metric’s smallest unit, never a float.

use serde::{Deserialize, Serialize};

use crate::money::grouped;

#[cfg(feature = "ssr")]
mod dates;

#[cfg(feature = "ssr")]
pub use dates::{day, day_and_time};

/// The largest value either way, in the smallest unit. Beyond it, programs that read JSON numbers lose count (RFC 8259 §6).
pub const LIMIT: i64 = (1 << 53) - 1;

/// The most decimals that a number has.
pub const MOST_DECIMALS: u8 = 4;

/// What a metric is measured in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Australian dollars; values are cents.
    Money,
    /// A number; values are in units of its last decimal.
    Number {
        /// How many decimals it has, at most [`MOST_DECIMALS`].
        decimals: u8,
        /// What stands after it: "calls", "h", "%"; or nothing.
        suffix: String,
    },
}

impl Unit {
    /// How many decimals its values have.
    pub fn decimals(&self) -> u8 {
        match self {
            Self::Money => 2,
            Self::Number { decimals, .. } => (*decimals).min(MOST_DECIMALS),
        }
    }

    /// How many of the smallest unit make a whole one.
    fn whole(&self) -> u64 {
        10_u64.pow(u32::from(self.decimals()))
    }

    /// What is left of a figure in small letters without its currency or unit; `None` if it has none.
    fn without_mark<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self {
            Self::Money => ["$", "a$", "aud"].iter().find_map(|mark| text.strip_prefix(mark)),
            Self::Number { suffix, .. } => {
                let suffix = suffix.trim().to_lowercase();
                // One that begins as figures do could be mistaken for the end of a figure.
                let begins = |c: char| c.is_ascii_digit() || ".,()-−".contains(c);
                if suffix.is_empty() || suffix.starts_with(begins) { None } else { text.strip_suffix(&suffix) }
            }
        }
    }
}

/// Why what was typed isn’t a value, in words for who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing was typed.
    #[error("Enter a figure; 0 if there is none.")]
    Empty,
    /// It isn’t written as a figure is.
    #[error(
        "Enter a figure like 1234 or 1,234.50, with commas only between thousands and a point before the decimals."
    )]
    Shape,
    /// Money that isn’t whole cents.
    #[error("Enter an amount like 1,234.50, without part of a cent.")]
    PartOfACent,
    /// A number with more decimals than the metric has.
    #[error("{}", at_most(*decimals))]
    TooManyDecimals {
        /// How many it has.
        decimals: u8,
    },
    /// Beyond [`LIMIT`].
    #[error("That figure is too large to be counted exactly. Check it, and enter a smaller one.")]
    TooLarge,
}

/// Reads a value: `1234.5`, `1,234.50`, `$1,234.50`, `A$50`, `AUD 50`; `12.5 h` and `80%` where that is the metric’s unit.
/// Below zero: `-50`, `−50`, `-$50`, `$-50`, `(50.00)`, `($50)`, `$(50)`, `50-`.
///
/// Nothing is rounded: `1.500` is $1.50, and `1.005` is refused. Gives a number of the smallest unit.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn parse(text: &str, unit: &Unit) -> Result<i64, Refused> {
    let text = text.to_lowercase();
    let (mut rest, mut negative, mut marked) = (text.trim(), false, false);
    if rest.is_empty() {
        return Err(Refused::Empty);
    }
    loop {
        let (inner, seen) = match (unit.without_mark(rest), without_minus(rest)) {
            (Some(inner), _) => (inner, &mut marked),
            (None, Some(inner)) => (inner, &mut negative),
            (None, None) => break,
        };
        if std::mem::replace(seen, true) {
            return Err(Refused::Shape);
        }
        rest = inner.trim();
    }
    let magnitude = magnitude(rest, unit)?;
    Ok(if negative { -magnitude } else { magnitude })
}

/// "$1,234.50", "−$50.00", "1,204 calls", "12.5 h", "80%": with all of the metric’s decimals.
pub fn show(value: i64, unit: &Unit) -> String {
    let (whole, part) = parts(value, unit);
    dressed(value < 0, &with_decimals(&grouped(whole), part, unit.decimals()), "", unit)
}

/// The same for a wall, in at most four digits, a point among them: "$950", "$9,999", "$12.3k", "$1.23m", "12.5 h".
///
/// Rounded once, half away from zero. Below 10,000, money is whole dollars, and a number has as many of its decimals as
/// there is room for. From there on it has three digits that count, and thousands (k), millions (m), billions (b),
/// trillions (t) or quadrillions (q) after them.
pub fn show_short(value: i64, unit: &Unit) -> String {
    let magnitude = u128::from(value.unsigned_abs());
    let ones = if *unit == Unit::Money { 0 } else { unit.decimals().min(2) };
    let scales = [
        ("", 1, ones, 10_000),
        ("k", 10_u128.pow(3), 2, 1_000),
        ("m", 10_u128.pow(6), 2, 1_000),
        ("b", 10_u128.pow(9), 2, 1_000),
        ("t", 10_u128.pow(12), 2, 1_000),
        ("q", 10_u128.pow(15), 2, 10_000),
    ];
    let shortest = scales.into_iter().find_map(|(letter, scale, most, below)| {
        (0..=most).rev().find_map(|places| {
            let tenths = 10_u128.pow(u32::from(places));
            let rounded = divided(magnitude * tenths, scale * u128::from(unit.whole()));
            let room = if places == 0 { below } else { 1_000 / tenths };
            let (whole, part) = (u64::try_from(rounded / tenths).ok()?, u64::try_from(rounded % tenths).ok()?);
            let figure = with_decimals(&grouped(whole), part, places);
            (u128::from(whole) < room).then(|| dressed(value < 0 && rounded > 0, &figure, letter, unit))
        })
    });
    shortest.unwrap_or_else(|| show(value, unit))
}

/// "1234.50", "-50.00": what [`parse`] reads, for a field or a spreadsheet.
pub fn as_typed(value: i64, unit: &Unit) -> String {
    let (whole, part) = parts(value, unit);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", with_decimals(&whole.to_string(), part, unit.decimals()))
}

/// What is left without a minus before or after it, or brackets around it; `None` if it has neither.
fn without_minus(text: &str) -> Option<&str> {
    const MINUS: [char; 2] = ['-', '−'];
    text.strip_prefix(MINUS)
        .or_else(|| text.strip_suffix(MINUS))
        .or_else(|| text.strip_prefix('(').and_then(|text| text.strip_suffix(')')))
}

fn magnitude(text: &str, unit: &Unit) -> Result<i64, Refused> {
    let decimals = unit.decimals();
    let (whole, part) = match text.split_once('.') {
        Some((_, "")) => return Err(Refused::Shape),
        split => split.unwrap_or((text, "")),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped_well = !whole.contains(',')
        || first.len() <= 3 && !first.starts_with('0') && groups.all(|group| group.len() == 3 && digits(group));
    if first.is_empty() || !digits(first) || !grouped_well || !digits(part) {
        return Err(Refused::Shape);
    }
    let part = part.trim_end_matches('0');
    if part.len() > usize::from(decimals) {
        return Err(match unit {
            Unit::Money => Refused::PartOfACent,
            Unit::Number { .. } => Refused::TooManyDecimals { decimals },
        });
    }
    let value = format!("{}{part:0<places$}", whole.replace(',', ""), places = usize::from(decimals));
    value.parse().ok().filter(|value| *value <= LIMIT).ok_or(Refused::TooLarge)
}

/// The whole ones, and what is left in the smallest unit, both without the sign.
fn parts(value: i64, unit: &Unit) -> (u64, u64) {
    let (magnitude, whole) = (value.unsigned_abs(), unit.whole());
    (magnitude / whole, magnitude % whole)
}

fn with_decimals(whole: &str, part: u64, decimals: u8) -> String {
    match usize::from(decimals) {
        0 => whole.to_owned(),
        decimals => format!("{whole}.{part:0decimals$}"),
    }
}

fn dressed(negative: bool, figure: &str, letter: &str, unit: &Unit) -> String {
    let sign = if negative { "−" } else { "" };
    match unit {
        Unit::Money => format!("{sign}${figure}{letter}"),
        Unit::Number { suffix, .. } => {
            let suffix = suffix.trim();
            let gap = if suffix.is_empty() || suffix == "%" { "" } else { " " };
            format!("{sign}{figure}{letter}{gap}{suffix}")
        }
    }
}

/// Divided, and a half rounded up.
fn divided(number: u128, by: u128) -> u128 {
    (number * 2 + by) / (by * 2)
}

fn at_most(decimals: u8) -> String {
    match decimals {
        0 => "Enter a whole number, without decimals.".to_owned(),
        1 => "Enter at most one digit after the point.".to_owned(),
        more => format!("Enter at most {more} digits after the point."),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(decimals: u8, suffix: &str) -> Unit {
        Unit::Number { decimals, suffix: suffix.to_owned() }
    }

    fn units() -> impl Strategy<Value = Unit> {
        let number = (0..=MOST_DECIMALS, "|%|h|[a-zA-Z%°µ$€][a-zA-Z0-9/²()., -]{0,8}")
            .prop_map(|(decimals, suffix)| Unit::Number { decimals, suffix });
        prop_oneof![Just(Unit::Money), number]
    }

    /// Small ones, large ones, and those where the digits change.
    fn values() -> impl Strategy<Value = i64> {
        let edge = (0_u32..16, -2_i64..=2).prop_map(|(power, more)| 10_i64.pow(power) + more);
        prop_oneof![-LIMIT..=LIMIT, -200_000_i64..=200_000, edge.clone(), edge.prop_map(|value| -value)]
    }

    #[test]
    fn money_is_read_as_people_and_spreadsheets_write_it() {
        for (text, cents) in [
            ("1234.5", 123_450),
            ("$1,234.50", 123_450),
            ("1,234.50", 123_450),
            ("AUD 1,234.50", 123_450),
            ("aud1234.50", 123_450),
            ("A$50", 5_000),
            ("$ 50", 5_000),
            ("-50", -5_000),
            ("−50", -5_000),
            ("- 50", -5_000),
            ("-$50", -5_000),
            ("−A$50", -5_000),
            ("$-50", -5_000),
            ("(50.00)", -5_000),
            ("($1,250)", -125_000),
            ("$(1,250)", -125_000),
            ("( 50.00 )", -5_000),
            ("50-", -5_000),
            ("$50.00-", -5_000),
            ("50 −", -5_000),
            ("\u{a0}$\u{a0}50.05\u{202f}", 5_005),
            ("\t7\r\n", 700),
            ("0", 0),
            ("-0", 0),
            ("(0.00)", 0),
            ("0.07", 7),
            ("0.29", 29),
            ("1.15", 115),
            ("007", 700),
            ("1.500", 150),
            ("1.5000000000000000000000000", 150),
            ("1,234,567", 123_456_700),
            ("90,071,992,547,409.91", LIMIT),
            ("-90071992547409.91", -LIMIT),
        ] {
            assert_eq!(parse(text, &Unit::Money), Ok(cents), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        for text in [
            "1,23",
            "12,34,567",
            "1.234,50",
            "1.234.567",
            "1 234",
            "1,2345",
            "1234,567",
            ",123",
            "1,",
            "1,,234",
            "0,123",
            "1,234.5,6",
            "1.",
            ".5",
            "-.5",
            ".",
            ",",
            "-",
            "$",
            "()",
            "aud",
            "--5",
            "-(5)",
            "(−5)",
            "(-5)",
            "-5-",
            "(5)-",
            "((5))",
            "(5",
            "5)",
            "$$5",
            "A$AUD5",
            "$-$5",
            "+5",
            "1e3",
            "1E3",
            "NaN",
            "inf",
            "0x10",
            "٨٥",
            "５",
            "Ⅷ",
            "five",
            "5c",
            "5 calls",
            "5%",
            "50 AUD",
            "US$5",
            "€5",
            "1_000",
            "1'000",
            "–5",
            "5\u{0}",
            "5\n6",
            "=5",
            "1/2",
        ] {
            assert_eq!(parse(text, &Unit::Money), Err(Refused::Shape), "{text}");
        }
        for text in ["", " ", "\u{a0}\u{3000}\n"] {
            assert_eq!(parse(text, &Unit::Money), Err(Refused::Empty), "{text:?}");
        }
    }

    #[test]
    fn part_of_a_cent_is_refused_and_not_rounded() {
        for text in ["1.005", "0.001", "-1.999", "(0.0050)", "99999999999999999999.001"] {
            assert_eq!(parse(text, &Unit::Money), Err(Refused::PartOfACent), "{text}");
        }
        assert_eq!(parse("1.25", &number(1, "h")), Err(Refused::TooManyDecimals { decimals: 1 }));
        assert_eq!(parse("1.5", &number(0, "calls")), Err(Refused::TooManyDecimals { decimals: 0 }));
        assert_eq!(parse("12.0", &number(0, "calls")), Ok(12));
    }

    #[test]
    fn what_json_could_not_count_is_refused() {
        for text in ["90071992547409.92", "-90,071,992,547,409.92", "9007199254740992", "99999999999999999999999999"] {
            assert_eq!(parse(text, &Unit::Money), Err(Refused::TooLarge), "{text}");
        }
        assert_eq!(parse("9007199254740991", &number(0, "")), Ok(LIMIT));
        assert_eq!(parse("9007199254740992", &number(0, "")), Err(Refused::TooLarge));
        assert_eq!(parse("-900719925474.0991", &number(4, "")), Ok(-LIMIT));
        assert_eq!(parse("900719925474.0992", &number(4, "")), Err(Refused::TooLarge));
    }

    #[test]
    fn a_number_may_have_its_own_unit_after_it_and_no_other() {
        for (text, unit, value) in [
            ("1,204 calls", number(0, "calls"), 1_204),
            ("1204CALLS", number(0, "Calls"), 1_204),
            ("12.5 h", number(1, "h"), 125),
            ("12.5", number(1, "h"), 125),
            ("80%", number(0, "%"), 80),
            ("-80 %", number(2, "%"), -8_000),
            ("(80%)", number(0, "%"), -80),
            ("(80)%", number(0, "%"), -80),
            ("80%-", number(0, "%"), -80),
            ("12 m2", number(0, "m2"), 12),
            ("12", number(0, "2"), 12),
            ("12-", number(0, "-"), -12),
            ("7", number(4, ""), 70_000),
            ("7", number(200, ""), 70_000),
        ] {
            assert_eq!(parse(text, &unit), Ok(value), "{text}");
        }
        for (text, unit) in [
            ("80%", number(0, "h")),
            ("80%%", number(0, "%")),
            ("$80", number(2, "")),
            ("80 calls", number(0, "")),
            ("calls", number(0, "calls")),
            ("calls 5", number(0, "calls")),
            ("5 hours", number(0, "h")),
        ] {
            assert_eq!(parse(text, &unit), Err(Refused::Shape), "{text}");
        }
    }

    #[test]
    fn values_are_shown_as_people_write_them() {
        for (value, unit, shown, typed) in [
            (123_450, Unit::Money, "$1,234.50", "1234.50"),
            (-5_000, Unit::Money, "−$50.00", "-50.00"),
            (-5, Unit::Money, "−$0.05", "-0.05"),
            (0, Unit::Money, "$0.00", "0.00"),
            (LIMIT, Unit::Money, "$90,071,992,547,409.91", "90071992547409.91"),
            (i64::MIN, Unit::Money, "−$92,233,720,368,547,758.08", "-92233720368547758.08"),
            (1_204, number(0, "calls"), "1,204 calls", "1204"),
            (125, number(1, "h"), "12.5 h", "12.5"),
            (-120, number(1, "h"), "−12.0 h", "-12.0"),
            (80, number(0, "%"), "80%", "80"),
            (80, number(0, " calls "), "80 calls", "80"),
            (80, number(0, " "), "80", "80"),
            (12_345, number(4, ""), "1.2345", "1.2345"),
        ] {
            assert_eq!(show(value, &unit), shown);
            assert_eq!(as_typed(value, &unit), typed);
        }
    }

    #[test]
    fn a_wall_shows_few_digits() {
        for (value, unit, shown) in [
            (95_000, Unit::Money, "$950"),
            (0, Unit::Money, "$0"),
            (49, Unit::Money, "$0"),
            (-49, Unit::Money, "$0"),
            (50, Unit::Money, "$1"),
            (-50, Unit::Money, "−$1"),
            (123_450, Unit::Money, "$1,235"),
            (999_949, Unit::Money, "$9,999"),
            (999_950, Unit::Money, "$10.0k"),
            (1_234_500, Unit::Money, "$12.3k"),
            (1_235_000, Unit::Money, "$12.4k"),
            (-1_235_000, Unit::Money, "−$12.4k"),
            (9_994_999, Unit::Money, "$99.9k"),
            (9_995_000, Unit::Money, "$100k"),
            (99_949_999, Unit::Money, "$999k"),
            (99_950_000, Unit::Money, "$1.00m"),
            (123_456_789, Unit::Money, "$1.23m"),
            (99_949_999_999, Unit::Money, "$999m"),
            (99_950_000_000, Unit::Money, "$1.00b"),
            (99_950_000_000_000, Unit::Money, "$1.00t"),
            (99_950_000_000_000_000, Unit::Money, "$1.00q"),
            (LIMIT, Unit::Money, "$90.1t"),
            (i64::MIN, Unit::Money, "−$92.2q"),
            (1_204, number(0, "calls"), "1,204 calls"),
            (12_345, number(0, "calls"), "12.3k calls"),
            (LIMIT, number(0, ""), "9.01q"),
            (i64::MAX, number(0, ""), "9,223q"),
            (125, number(1, "h"), "12.5 h"),
            (12_346, number(4, "%"), "1.23%"),
            (99_950, number(4, ""), "10.0"),
            (99_949, number(4, ""), "9.99"),
            (12_345, number(1, "h"), "1,235 h"),
            (-49, number(4, ""), "0.00"),
        ] {
            assert_eq!(show_short(value, &unit), shown);
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        for (refused, sentence) in [
            (parse("1.005", &Unit::Money), "Enter an amount like 1,234.50, without part of a cent."),
            (parse("1.5", &number(0, "")), "Enter a whole number, without decimals."),
            (parse("1.55", &number(1, "")), "Enter at most one digit after the point."),
            (parse("1.555", &number(2, "")), "Enter at most 2 digits after the point."),
        ] {
            assert_eq!(refused.unwrap_err().to_string(), sentence);
        }
        assert!(parse("1.234,50", &Unit::Money).unwrap_err().to_string().contains("a point before the decimals"));
    }

    #[test]
    fn a_unit_is_kept_as_it_was() {
        for unit in [Unit::Money, number(1, "h")] {
            let kept = serde_json::to_string(&unit).unwrap();
            assert_eq!(serde_json::from_str::<Unit>(&kept).unwrap(), unit, "{kept}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_or_typed_is_read_again(value in values(), unit in units()) {
            prop_assert_eq!(parse(&as_typed(value, &unit), &unit), Ok(value));
            prop_assert_eq!(parse(&show(value, &unit), &unit), Ok(value));
        }

        #[test]
        fn anything_can_be_typed(text in any::<String>(), near in "[-−($aAuUdD0-9,. )%h]{0,12}", unit in units()) {
            let _ = (parse(&text, &unit), parse(&near, &unit));
        }

        #[test]
        fn nothing_is_beyond_the_limit(digits in "[-(]?[0-9]{1,24}[.]?[0-9]{0,4}[)]?", unit in units()) {
            if let Ok(value) = parse(&digits, &unit) {
                prop_assert!(value.abs() <= LIMIT);
            }
        }

        #[test]
        fn every_value_can_be_shown(value in any::<i64>(), unit in units()) {
            let _ = (show(value, &unit), show_short(value, &unit), as_typed(value, &unit));
        }

        /// Adds up the digits on the page, column by column.
        #[test]
        fn what_is_shown_adds_up_to_the_cent(values in prop::collection::vec(-LIMIT / 40..=LIMIT / 40, 0..40)) {
            let read = |text: &str| {
                let digits = text.chars().filter_map(|c| c.to_digit(10)).fold(0, |sum, digit| sum * 10 + i128::from(digit));
                if text.starts_with('−') { -digits } else { digits }
            };
            let shown: i128 = values.iter().map(|value| read(&show(*value, &Unit::Money))).sum();
            prop_assert_eq!(shown, read(&show(values.iter().sum(), &Unit::Money)));
        }

        /// Never more than half a step from the value, and away from zero where it is just half.
        #[test]
        fn a_wall_is_right_to_its_last_digit(value in values(), unit in units()) {
            let unit = match unit {
                Unit::Money => Unit::Money,
                Unit::Number { decimals, .. } => number(decimals, ""),
            };
            let text = show_short(value, &unit);
            let figure: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
            prop_assert!(figure.len() <= 4, "{}", text);
            let places = figure.split_once('.').map_or(0, |(_, part)| part.len());
            let thousands = text.chars().last().and_then(|last| "kmbtq".find(last)).map_or(0, |at| at + 1);
            // Both in billionths of the smallest unit.
            let billion = 10_i128.pow(9);
            let step = billion * 10_i128.pow(u32::from(unit.decimals()) + 3 * u32::try_from(thousands).unwrap())
                / 10_i128.pow(u32::try_from(places).unwrap());
            let shown = figure.replace('.', "").parse::<i128>().unwrap() * step;
            let exact = i128::from(value.unsigned_abs()) * billion;
            prop_assert!((shown - exact) * 2 <= step && (exact - shown) * 2 < step, "{} is shown as {}", value, text);
            prop_assert_eq!(text.starts_with('−'), value < 0 && shown > 0);
            if value.unsigned_abs() < 10_000 * unit.whole() && unit.decimals() == 0 {
                prop_assert_eq!(text, show(value, &unit));
            }
        }

        #[test]
        fn money_is_shown_as_everywhere_else(value in any::<i64>()) {
            prop_assert_eq!(show(value, &Unit::Money), crate::money::dollars(value));
        }
    }
}
