//! Australian Business Numbers: eleven digits that check themselves (the Australian Taxation Office’s rule).

const WEIGHTS: [u32; 11] = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];

/// Reads one, however its digits are grouped: the eleven digits, if they are one.
pub fn parse(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != WEIGHTS.len() || !digits.bytes().all(|b| b.is_ascii_digit()) || digits.starts_with('0') {
        return None;
    }
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .enumerate()
        .map(|(at, (digit, weight))| (u32::from(digit - b'0') - u32::from(at == 0)) * weight)
        .sum();
    sum.is_multiple_of(89).then_some(digits)
}

/// As people read it: "51 824 753 556".
pub fn grouped(digits: &str) -> String {
    match (digits.get(..2), digits.get(2..5), digits.get(5..8), digits.get(8..)) {
        (Some(a), Some(b), Some(c), Some(d)) => format!("{a} {b} {c} {d}"),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{grouped, parse};

    #[test]
    fn the_check_digits_are_checked() {
        // The Taxation Office’s own, the ABC’s, and Australia Post’s.
        for good in ["51 824 753 556", "51824753556", " 52 429 278 345 ", "28 864 970 579"] {
            let digits = parse(good).unwrap_or_else(|| panic!("{good} is one"));
            assert_eq!(parse(&grouped(&digits)).as_ref(), Some(&digits));
        }
        assert_eq!(grouped("51824753556"), "51 824 753 556");
        for bad in [
            "",
            "5182475355",
            "518247535566",
            "51 824 753 557",
            "15 824 753 556",
            "00 000 000 000",
            "5182475355x",
            "５1824753556",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    /// One wrong digit never goes unnoticed: no weight’s multiples by up to nine are 89’s.
    #[test]
    fn one_wrong_digit_shows() {
        let good = "51824753556";
        for at in 0..good.len() {
            for digit in '0'..='9' {
                let mut other: Vec<char> = good.chars().collect();
                other[at] = digit;
                let other: String = other.into_iter().collect();
                assert_eq!(parse(&other).is_some(), other == good, "{other}");
            }
        }
    }
}
