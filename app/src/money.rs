//! Money and numbers in words: cents of Australian dollars.

/// "$1,490.00".
pub fn dollars(cents: i64) -> String {
    let (sign, cents) = if cents < 0 { ("−", cents.unsigned_abs()) } else { ("", cents.unsigned_abs()) };
    format!("{sign}${}.{:02}", grouped(cents / 100), cents % 100)
}

/// "1490.00", for programs and spreadsheets.
pub fn plain(cents: i64) -> String {
    let (sign, cents) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// "1 person", "1,490 people"; of whatever is counted in.
pub fn counted(count: impl TryInto<i64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or(i64::MAX);
    let sign = if count < 0 { "−" } else { "" };
    format!("{sign}{} {}", grouped(count.unsigned_abs()), if count == 1 { one } else { many })
}

/// "1,490".
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut words = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

/// Cents from what somebody typed: `1490`, `$1,490`, `1490.5`, `1,490.50`. Nothing else, and no part of a cent.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_prefix('$').unwrap_or(text).trim_start();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let grouped = whole.contains(',');
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let well_grouped =
        !grouped || (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3 && digits(group));
    if first.is_empty() || !digits(first) || !well_grouped || part.len() > 2 || !digits(part) {
        return None;
    }
    if text.ends_with('.') {
        return None;
    }
    let whole: i64 = whole.replace(',', "").parse().ok()?;
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_written_as_people_do() {
        for (cents, text) in
            [(0, "$0.00"), (5, "$0.05"), (149_000, "$1,490.00"), (123_456_789, "$1,234,567.89"), (-5_010, "−$50.10")]
        {
            assert_eq!(dollars(cents), text);
        }
        for (cents, text) in [(0, "0.00"), (5, "0.05"), (149_000, "1490.00"), (-5_010, "-50.10")] {
            assert_eq!(plain(cents), text);
        }
    }

    #[test]
    fn one_is_one_and_thousands_are_grouped() {
        for (count, text) in
            [(0, "0 people"), (1, "1 person"), (2, "2 people"), (1_490, "1,490 people"), (-7, "−7 people")]
        {
            assert_eq!(counted(count, "person", "people"), text);
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for bad in [
            "",
            "$",
            ".",
            "1.",
            ".5",
            "1.005",
            "1,49",
            "12,34,567",
            ",100",
            "1 000",
            "-5",
            "(5)",
            "5c",
            "１",
            "99999999999999999999",
            "1e3",
            "1.-5",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        for (good, cents) in
            [("59", 5_900), ("$59.00", 5_900), (" 1,490 ", 149_000), ("1490.5", 149_050), ("$ 7", 700), ("0", 0)]
        {
            assert_eq!(parse(good), Some(cents), "{good}");
        }
    }

    proptest! {
        /// What is written is read again as it was.
        #[test]
        fn written_and_read_is_the_same(cents in 0_i64..=i64::MAX / 100) {
            prop_assert_eq!(parse(&dollars(cents)), Some(cents));
        }

        /// Nothing that is typed makes it fall over.
        #[test]
        fn anything_can_be_typed(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
