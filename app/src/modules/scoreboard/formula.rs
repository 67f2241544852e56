//! Figures made of other figures, exactly: formulas over the keys of metrics, worked out in fractions, never in floats.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Neg,
};

/// The most characters that a formula has.
pub const LONGEST: usize = 500;
/// The most levels of parentheses, functions and signs within each other.
pub const DEEPEST: usize = 32;
/// The most figures that one formula is made of.
pub const MOST_NAMES: usize = 20;

/// The most digits of a number in a formula, those after the point included.
const MOST_DIGITS: usize = 18;

/// How tightly things are bound to each other in a formula, from the loosest to what stands alone, be it with a sign.
const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const ALONE: u8 = 3;

/// An exact number: a numerator over a positive denominator, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fraction {
    /// Never `i128::MIN`, so that its sign can always be turned.
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// One number over another; `None` where that is over zero, or too large.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let by = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let over = i128::try_from(denominator.unsigned_abs().checked_div(by)?).ok().filter(|over| *over > 0)?;
        let magnitude = i128::try_from(numerator.unsigned_abs().checked_div(by)?).ok()?;
        let negative = (numerator < 0) != (denominator < 0);
        Some(Self { numerator: if negative { -magnitude } else { magnitude }, denominator: over })
    }

    /// The sum; `None` where it is too large to be exact.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let shared = Self::new(self.denominator, other.denominator)?;
        let (left, right) =
            (self.numerator.checked_mul(shared.denominator)?, other.numerator.checked_mul(shared.numerator)?);
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(shared.denominator)?)
    }

    /// The difference; `None` where it is too large to be exact.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(-other)
    }

    /// The product; `None` where it is too large to be exact.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        // Across first: what cancels can’t overflow.
        let left = Self::new(self.numerator, other.denominator)?;
        let right = Self::new(other.numerator, self.denominator)?;
        Self::new(left.numerator.checked_mul(right.numerator)?, left.denominator.checked_mul(right.denominator)?)
    }

    /// The quotient; `None` where it is over zero, or too large to be exact.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        self.checked_mul(Self::new(other.denominator, other.numerator)?)
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// In units of the last of so many decimals (two: cents), a half rounded away from zero; `None` where an `i64` is too
    /// small for it.
    ///
    /// Half a cent goes up, as the GST Act has it (s 9-90), and for a refund alike, so that it takes back just the sale.
    pub fn round_to(self, decimals: u8) -> Option<i64> {
        let denominator = self.denominator.unsigned_abs();
        let magnitude = self.numerator.unsigned_abs();
        let (mut whole, mut rest) = (magnitude / denominator, magnitude % denominator);
        for _ in 0..decimals {
            whole = whole.checked_mul(10)?;
            // Ten times the rest, in steps that always fit: both are below 2^127.
            let tenth = rest;
            rest = 0;
            for _ in 0..10 {
                rest += tenth;
                if rest >= denominator {
                    rest -= denominator;
                    whole = whole.checked_add(1)?;
                }
            }
        }
        if rest >= denominator - rest {
            whole = whole.checked_add(1)?;
        }
        let rounded = i128::try_from(whole).ok()?;
        i64::try_from(if self.is_negative() { -rounded } else { rounded }).ok()
    }
}

impl From<i64> for Fraction {
    fn from(whole: i64) -> Self {
        Self { numerator: i128::from(whole), denominator: 1 }
    }
}

impl Neg for Fraction {
    type Output = Self;

    fn neg(self) -> Self {
        Self { numerator: -self.numerator, ..self }
    }
}

impl Ord for Fraction {
    /// By the wholes, and where they are equal by what is left, upside down: as continued fractions, which can’t overflow.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = ((self.numerator, self.denominator), (other.numerator, other.denominator));
        loop {
            let wholes = left.0.div_euclid(left.1).cmp(&right.0.div_euclid(right.1));
            let rests = (left.0.rem_euclid(left.1), right.0.rem_euclid(right.1));
            if wholes.is_ne() {
                return wholes;
            }
            if rests.0 == 0 || rests.1 == 0 {
                return rests.0.cmp(&rests.1);
            }
            (left, right) = ((right.1, rests.1), (left.1, rests.0));
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A formula over the keys of metrics. Written out, it is as it was typed, but for spaces, needless parentheses and
/// needless zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula(Node);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    /// As it is written, and what it is worth.
    Number(String, Fraction),
    Name(String),
    Negative(Box<Node>),
    Of(Operation, Box<Node>, Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Min,
    Max,
}

/// Reads a formula: `revenue / orders`, `(won - lost) * 100 / max(won, 1)`.
///
/// Names are the keys of metrics: small letters, digits and `_`, a letter first; `min` and `max` are functions of two.
/// `*` and `/` go before `+` and `-`, and else it goes from left to right. Values are in the metrics’ own units: dollars,
/// not cents. At most [`LONGEST`] characters (as typed and as written out), [`DEEPEST`] levels, [`MOST_NAMES`] names.
///
/// # Errors
/// A sentence for the person who typed it, with the place.
pub fn parse(text: &str) -> Result<Formula, String> {
    if text.trim().is_empty() {
        return Err("Enter a formula like revenue / orders.".to_owned());
    }
    short_enough(text)?;
    let mut reader = Reader { text, rest: text, names: BTreeSet::new(), depth: 0 };
    let formula = Formula(reader.sum()?);
    if reader.peek().is_some() {
        return Err(reader.unexpected());
    }
    short_enough(&formula.to_string())?;
    Ok(formula)
}

impl Formula {
    /// The keys of the metrics that it is made of, each once, in the order they are first written.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.0.names(&mut names);
        names
    }

    /// What it comes to, exactly, where `of` gives the value of each name; `None` where something is divided by zero, a
    /// part isn’t there, or it is too large to be exact.
    pub fn value(&self, of: &dyn Fn(&str) -> Option<Fraction>) -> Option<Fraction> {
        self.0.value(of)
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(to)
    }
}

/// The keys of a ring of metrics that refer to each other, the first of them to the second and the last to the first;
/// `None` where there is no ring. A name that isn’t in the map refers to nothing.
pub fn cycle(of: &BTreeMap<String, Formula>) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    let mut path = Vec::new();
    for (start, formula) in of {
        path.push((start.as_str(), formula.names().into_iter()));
        while let Some((name, names)) = path.last_mut() {
            let Some(next) = names.next() else {
                done.insert(*name);
                path.pop();
                continue;
            };
            if let Some(at) = path.iter().position(|(name, _)| *name == next) {
                return Some(path.iter().skip(at).map(|(name, _)| (*name).to_owned()).collect());
            }
            if let Some(formula) = of.get(next).filter(|_| !done.contains(next)) {
                path.push((next, formula.names().into_iter()));
            }
        }
    }
    None
}

impl Operation {
    fn apply(self, left: Fraction, right: Fraction) -> Option<Fraction> {
        match self {
            Self::Add => left.checked_add(right),
            Self::Subtract => left.checked_sub(right),
            Self::Multiply => left.checked_mul(right),
            Self::Divide => left.checked_div(right),
            Self::Min => Some(left.min(right)),
            Self::Max => Some(left.max(right)),
        }
    }

    /// The sign between two figures, or the function’s name, and how tightly it binds them.
    const fn sign(self) -> (&'static str, u8) {
        match self {
            Self::Add => (" + ", SUM),
            Self::Subtract => (" - ", SUM),
            Self::Multiply => (" * ", PRODUCT),
            Self::Divide => (" / ", PRODUCT),
            Self::Min => ("min", ALONE),
            Self::Max => ("max", ALONE),
        }
    }
}

impl Node {
    fn names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Number(..) => {}
            Self::Name(name) => {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
            Self::Negative(inner) => inner.names(names),
            Self::Of(_, left, right) => {
                left.names(names);
                right.names(names);
            }
        }
    }

    fn value(&self, of: &dyn Fn(&str) -> Option<Fraction>) -> Option<Fraction> {
        match self {
            Self::Number(_, value) => Some(*value),
            Self::Name(name) => of(name),
            Self::Negative(inner) => inner.value(of).map(Neg::neg),
            Self::Of(operation, left, right) => operation.apply(left.value(of)?, right.value(of)?),
        }
    }

    fn write(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(text, _) | Self::Name(text) => to.write_str(text),
            Self::Negative(inner) => {
                to.write_str("-")?;
                inner.write_within(ALONE, to)
            }
            Self::Of(operation @ (Operation::Min | Operation::Max), left, right) => {
                to.write_str(operation.sign().0)?;
                to.write_str("(")?;
                left.write(to)?;
                to.write_str(", ")?;
                right.write(to)?;
                to.write_str(")")
            }
            Self::Of(operation, left, right) => {
                let (sign, tightness) = operation.sign();
                left.write_within(tightness, to)?;
                to.write_str(sign)?;
                // What stands on the right is worked out later, unless it binds more tightly.
                right.write_within(tightness + 1, to)
            }
        }
    }

    /// In parentheses if it binds less tightly than what it stands in.
    fn write_within(&self, outer: u8, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tightness = match self {
            Self::Number(..) | Self::Name(_) | Self::Negative(_) => ALONE,
            Self::Of(operation, ..) => operation.sign().1,
        };
        if tightness >= outer {
            return self.write(to);
        }
        to.write_str("(")?;
        self.write(to)?;
        to.write_str(")")
    }
}

/// Reads a formula from left to right.
struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    names: BTreeSet<&'a str>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn sum(&mut self) -> Result<Node, String> {
        self.chain(&[('+', Operation::Add), ('-', Operation::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Node, String> {
        self.chain(&[('*', Operation::Multiply), ('/', Operation::Divide)], Self::figure)
    }

    fn chain(
        &mut self,
        signs: &[(char, Operation)],
        part: fn(&mut Self) -> Result<Node, String>,
    ) -> Result<Node, String> {
        let mut left = part(self)?;
        while let Some((_, operation)) = signs.iter().find(|(sign, _)| self.take(*sign)) {
            left = Node::Of(*operation, Box::new(left), Box::new(part(self)?));
        }
        Ok(left)
    }

    fn figure(&mut self) -> Result<Node, String> {
        match self.peek() {
            Some('-') => self.deeper(|reader| {
                reader.take('-');
                Ok(Node::Negative(Box::new(reader.figure()?)))
            }),
            Some('(') => self.deeper(|reader| {
                let opened = reader.place();
                reader.take('(');
                let inner = reader.sum()?;
                reader.close(&opened)?;
                Ok(inner)
            }),
            Some('0'..='9') => self.number(),
            Some('a'..='z') => self.named(),
            None | Some('+' | '*' | '/' | ')' | ',') => {
                Err(format!("{}: a name or a number is missing here.", self.place()))
            }
            Some(_) => Err(self.unexpected()),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        let place = self.place();
        let digit = |c: char| c.is_ascii_digit();
        let whole = self.word(digit);
        let part = match self.rest.strip_prefix('.') {
            None => "",
            Some(rest) => {
                self.rest = rest;
                self.word(digit)
            }
        };
        if self.text_before().ends_with('.') {
            return Err(format!("{}: put a digit after the point, or leave the point out.", self.place()));
        }
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        let too_long = || format!("{place}: a number has at most {MOST_DIGITS} digits.");
        let over = u32::try_from(part.len()).ok().and_then(|places| 10_i128.checked_pow(places));
        let value = if whole.len() + part.len() > MOST_DIGITS { None } else { format!("0{whole}{part}").parse().ok() };
        let value = value.zip(over).and_then(|(value, over)| Fraction::new(value, over)).ok_or_else(too_long)?;
        let point = if part.is_empty() { "" } else { "." };
        Ok(Node::Number(format!("{}{point}{part}", if whole.is_empty() { "0" } else { whole }), value))
    }

    fn named(&mut self) -> Result<Node, String> {
        let place = self.place();
        let name = self.word(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
        let function = match name {
            "min" => Some(Operation::Min),
            "max" => Some(Operation::Max),
            _ => None,
        };
        if let Some(operation) = function {
            return self.deeper(|reader| {
                let both = format!("{place}: {name} takes two figures, like {name}(a, b).");
                let opened = reader.place();
                if !reader.take('(') {
                    return Err(both);
                }
                let left = reader.sum()?;
                if !reader.take(',') {
                    return Err(both);
                }
                let right = reader.sum()?;
                reader.close(&opened)?;
                Ok(Node::Of(operation, Box::new(left), Box::new(right)))
            });
        }
        self.names.insert(name);
        if self.names.len() > MOST_NAMES {
            return Err(format!("{place}: a formula is made of at most {MOST_NAMES} different figures."));
        }
        Ok(Node::Name(name.to_owned()))
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Result<Node, String>) -> Result<Node, String> {
        if self.depth == DEEPEST {
            return Err(format!(
                "{}: a formula goes at most {DEEPEST} levels deep. Use fewer parentheses.",
                self.place()
            ));
        }
        self.depth += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn close(&mut self, opened: &str) -> Result<(), String> {
        if self.take(')') {
            return Ok(());
        }
        match self.peek() {
            None => Err(format!("{opened}: this “(” is never closed. Put a “)” after its last figure.")),
            Some(_) => Err(self.unexpected()),
        }
    }

    /// What is wrong with a character that can’t stand here.
    fn unexpected(&mut self) -> String {
        let what = match self.peek() {
            Some('a'..='z' | '0'..='9' | '(') => "put +, -, * or / between two figures.".to_owned(),
            Some(')') => "this “)” has no “(” before it.".to_owned(),
            Some(',') => "a comma stands only between the two figures of min and max.".to_owned(),
            Some(c) if c.is_alphabetic() => {
                format!("“{c}” can’t stand in a name. Names are made of small letters, digits and _.")
            }
            Some(c) => format!("“{c}” isn’t understood. Use names, numbers, +, -, *, / and parentheses."),
            None => "something is missing here.".to_owned(),
        };
        format!("{}: {what}", self.place())
    }

    /// "At character 7", counted from one.
    fn place(&mut self) -> String {
        match self.peek() {
            None => "At the end".to_owned(),
            Some(_) => format!("At character {}", self.text_before().chars().count() + 1),
        }
    }

    fn text_before(&self) -> &'a str {
        self.text.strip_suffix(self.rest).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let taken = self.peek() == Some(wanted);
        if taken {
            self.rest = self.rest.strip_prefix(wanted).unwrap_or_default();
        }
        taken
    }

    fn word(&mut self, of: impl Fn(char) -> bool) -> &'a str {
        let (word, rest) = self.rest.split_at(self.rest.find(|c| !of(c)).unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }
}

fn short_enough(text: &str) -> Result<(), String> {
    match text.chars().count() {
        ..=LONGEST => Ok(()),
        count => Err(format!("A formula has at most {LONGEST} characters, and this one has {count}. Shorten it.")),
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fraction(numerator: i128, denominator: i128) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    fn read(text: &str) -> Formula {
        parse(text).unwrap()
    }

    /// a is 7, b is 2, c is −3, zero is 0; nothing else is there.
    fn given(name: &str) -> Option<Fraction> {
        [("a", 7), ("b", 2), ("c", -3), ("zero", 0)]
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.into())
    }

    #[test]
    fn formulas_are_worked_out_as_at_school() {
        for (text, value) in [
            ("a", fraction(7, 1)),
            ("a + b * c", fraction(1, 1)),
            ("(a + b) * c", fraction(-27, 1)),
            ("a - b - c", fraction(8, 1)),
            ("a - (b - c)", fraction(2, 1)),
            ("a / b / c", fraction(-7, 6)),
            ("a / (b / c)", fraction(-21, 2)),
            ("a * b / c", fraction(-14, 3)),
            ("-a * b", fraction(-14, 1)),
            ("a - -b", fraction(9, 1)),
            ("a*-b", fraction(-14, 1)),
            ("--a", fraction(7, 1)),
            ("-(a + b)", fraction(-9, 1)),
            ("0.1 + 0.2", fraction(3, 10)),
            ("a/3", fraction(7, 3)),
            ("a / 3 * 3", fraction(7, 1)),
            ("min(a, b)", fraction(2, 1)),
            ("max(a, min(b, c)) - min(b, -c)", fraction(5, 1)),
            (" ( a )\n", fraction(7, 1)),
            ("100 * a / (a + b)", fraction(700, 9)),
            ("007.500", fraction(15, 2)),
        ] {
            assert_eq!(read(text).value(&given), Some(value), "{text}");
        }
    }

    #[test]
    fn nothing_is_divided_by_zero_and_a_missing_part_is_no_zero() {
        for text in
            ["a / zero", "a / 0", "a / (b - b)", "zero / zero", "gone", "gone * 0", "min(a, gone)", "a + b / gone"]
        {
            assert_eq!(read(text).value(&given), None, "{text}");
        }
        assert_eq!(read("zero / a").value(&given), Some(0.into()));
    }

    #[test]
    fn what_is_too_large_to_be_exact_is_nothing() {
        let huge = ["999999999999999999"; 3].join(" * ");
        assert_eq!(read(&huge).value(&given), None);
        assert_eq!(read(&format!("({huge}) * 0")).value(&given), None);
        let tiny = ["0.000000000000000001"; 3].join(" * ");
        assert_eq!(read(&tiny).value(&given), None);
    }

    #[test]
    fn a_formula_is_written_out_in_one_way() {
        for (text, written) in [
            ("a+b*c", "a + b * c"),
            ("(a+(b*c))", "a + b * c"),
            ("(a+b)*c", "(a + b) * c"),
            ("a+(b+c)", "a + (b + c)"),
            ("(a+b)+c", "a + b + c"),
            ("a/(b*c)", "a / (b * c)"),
            ("-(a)*(-b)", "-a * -b"),
            ("-(a*b)", "-(a * b)"),
            ("- - a", "--a"),
            ("min( (a),max(b,c) )", "min(a, max(b, c))"),
            ("007.500*0.0", "7.5 * 0"),
        ] {
            assert_eq!(read(text).to_string(), written);
        }
    }

    #[test]
    fn names_are_told_once_in_order() {
        assert_eq!(
            read("won / (won + lost) - min(calls_2, lost) * minimum").names(),
            ["won", "lost", "calls_2", "minimum"]
        );
        assert!(read("1 + 1").names().is_empty());
    }

    #[test]
    fn a_refusal_tells_the_place() {
        for (text, refused) in [
            ("  ", "Enter a formula like revenue / orders."),
            ("a +", "At the end: a name or a number is missing here."),
            ("a + * b", "At character 5: a name or a number is missing here."),
            ("()", "At character 2: a name or a number is missing here."),
            ("a b", "At character 3: put +, -, * or / between two figures."),
            ("2a", "At character 2: put +, -, * or / between two figures."),
            ("a (b)", "At character 3: put +, -, * or / between two figures."),
            ("(a + (b)", "At character 1: this “(” is never closed. Put a “)” after its last figure."),
            ("(a))", "At character 4: this “)” has no “(” before it."),
            ("a, b", "At character 2: a comma stands only between the two figures of min and max."),
            ("min(a, b, c)", "At character 9: a comma stands only between the two figures of min and max."),
            ("a + min(b)", "At character 5: min takes two figures, like min(a, b)."),
            ("max + 1", "At character 1: max takes two figures, like max(a, b)."),
            ("min(a, b", "At character 4: this “(” is never closed. Put a “)” after its last figure."),
            ("Revenue", "At character 1: “R” can’t stand in a name. Names are made of small letters, digits and _."),
            ("café", "At character 4: “é” can’t stand in a name. Names are made of small letters, digits and _."),
            ("“a”", "At character 1: ““” isn’t understood. Use names, numbers, +, -, *, / and parentheses."),
            ("a ** b", "At character 4: a name or a number is missing here."),
            ("_a", "At character 1: “_” isn’t understood. Use names, numbers, +, -, *, / and parentheses."),
            ("a % b", "At character 3: “%” isn’t understood. Use names, numbers, +, -, *, / and parentheses."),
            ("1. + a", "At character 4: put a digit after the point, or leave the point out."),
            ("1.", "At the end: put a digit after the point, or leave the point out."),
            (".5", "At character 1: “.” isn’t understood. Use names, numbers, +, -, *, / and parentheses."),
            ("1.5.2", "At character 4: “.” isn’t understood. Use names, numbers, +, -, *, / and parentheses."),
            ("1e3", "At character 2: put +, -, * or / between two figures."),
            ("a + 1234567890.123456789", "At character 5: a number has at most 18 digits."),
        ] {
            assert_eq!(parse(text), Err(refused.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_formula_is_of_some_size_at_most() {
        for (open, close) in [("(", ")"), ("-", ""), ("min(1, ", ")")] {
            let nested = |levels: usize| parse(&format!("{}a{}", open.repeat(levels), close.repeat(levels)));
            assert!(nested(DEEPEST).is_ok(), "{open}");
            assert!(nested(DEEPEST + 1).unwrap_err().contains("at most 32 levels"), "{open}");
        }
        assert!(parse("(a) + ".repeat(DEEPEST * 2).trim_end_matches(" + ")).is_ok(), "side by side isn’t deep");
        let of_names = |count: usize| {
            let names: Vec<_> = (0..count).map(|n| format!("n{n}")).collect();
            parse(&format!("{} + {}", names.join(" + "), names.join(" - ")))
        };
        assert_eq!(of_names(MOST_NAMES).unwrap().names().len(), MOST_NAMES);
        assert_eq!(
            of_names(MOST_NAMES + 1).unwrap_err(),
            "At character 111: a formula is made of at most 20 different figures."
        );
        assert!(parse(&"a".repeat(LONGEST)).is_ok());
        assert!(parse(&"a".repeat(LONGEST + 1)).unwrap_err().contains("this one has 501"));
        assert!(
            parse(&vec!["a"; 250].join("+")).unwrap_err().contains("this one has 997"),
            "written out, it is longer"
        );
        assert!(parse(&"(".repeat(1_000_000)).is_err());
    }

    #[test]
    fn half_a_cent_goes_away_from_zero() {
        for ((numerator, denominator), decimals, rounded) in [
            ((1, 200), 2, 1),
            ((-1, 200), 2, -1),
            ((1_005, 1_000), 2, 101),
            ((10_049, 10_000), 2, 100),
            ((1, 3), 2, 33),
            ((2, 3), 2, 67),
            ((-2, 3), 0, -1),
            ((1, 2), 0, 1),
            ((49_999, 100_000), 0, 0),
            ((0, 1), 4, 0),
            ((100, 11), 2, 909),
        ] {
            assert_eq!(fraction(numerator, denominator).round_to(decimals), Some(rounded), "{numerator}/{denominator}");
        }
        assert_eq!(Fraction::from(i64::MAX).round_to(0), Some(i64::MAX));
        assert_eq!(Fraction::from(i64::MIN).round_to(0), Some(i64::MIN));
        assert_eq!(Fraction::from(i64::MAX).round_to(1), None);
        assert_eq!(fraction(i128::MAX, 1).round_to(4), None);
        assert_eq!(fraction(i128::MAX - 1, i128::MAX).round_to(4), Some(10_000));
        assert_eq!(fraction(1, i128::MAX).round_to(255), None);
    }

    #[test]
    fn a_fraction_over_zero_is_none() {
        assert_eq!(Fraction::new(1, 0), None);
        assert_eq!(Fraction::new(0, 0), None);
        assert_eq!(Fraction::new(0, -5), Some(0.into()));
        assert_eq!(Fraction::new(-6, -4), Some(fraction(3, 2)));
        assert_eq!(Fraction::new(i128::MIN, 1), None);
        assert_eq!(Fraction::new(i128::MIN, i128::MIN), Some(1.into()));
        assert_eq!(Fraction::new(i128::MIN, 2), Some(fraction(-(1 << 126), 1)));
        assert!(fraction(1, -2).is_negative() && !fraction(1, 2).is_negative());
        assert!(fraction(0, -2).is_zero() && !fraction(0, -2).is_negative() && !fraction(1, 2).is_zero());
    }

    #[test]
    fn metrics_that_refer_to_each_other_are_found() {
        let of = |formulas: &[(&str, &str)]| {
            cycle(&formulas.iter().map(|(key, text)| ((*key).to_owned(), read(text))).collect())
        };
        assert_eq!(of(&[("a", "x + y"), ("b", "a / x"), ("c", "a * b")]), None);
        assert_eq!(of(&[("a", "a + 1")]), Some(vec!["a".to_owned()]));
        assert_eq!(of(&[("a", "b"), ("b", "x + c"), ("c", "b / x")]), Some(vec!["b".to_owned(), "c".to_owned()]));
        assert_eq!(of(&[]), None);
    }

    /// A formula made some other way, worked out in plain pairs of numbers.
    #[derive(Debug, Clone)]
    enum Tree {
        Number(u16, u8),
        Name(usize),
        Minus(Box<Tree>),
        Both(char, Box<Tree>, Box<Tree>),
    }

    const KEYS: [&str; 4] = ["a", "orders", "min_1", "max2"];

    impl Tree {
        /// With all parentheses, or with only those that school asks for.
        fn typed(&self, all: bool) -> String {
            let inside = |tree: &Self, needs: bool| {
                let text = tree.typed(all);
                if needs || all { format!("({text})") } else { text }
            };
            match self {
                Self::Number(whole, cents) => format!("{whole}.{cents:02}"),
                Self::Name(name) => KEYS[*name].to_owned(),
                Self::Minus(inner) => {
                    format!("-{}", inside(inner, matches!(**inner, Self::Both('+' | '-' | '*' | '/', ..))))
                }
                Self::Both('m', left, right) => format!("min({},{})", inside(left, false), inside(right, false)),
                Self::Both('M', left, right) => format!("max( {} , {} )", inside(left, false), inside(right, false)),
                Self::Both(sign @ ('+' | '-'), left, right) => {
                    let needs = matches!(**right, Self::Both('+' | '-', ..));
                    format!("{}{sign}{}", inside(left, false), inside(right, needs))
                }
                Self::Both(sign, left, right) => format!(
                    "{} {sign}  {}",
                    inside(left, matches!(**left, Self::Both('+' | '-', ..))),
                    inside(right, matches!(**right, Self::Both('+' | '-' | '*' | '/', ..)))
                ),
            }
        }

        fn worth(&self, values: &[(i128, i128)]) -> Option<(i128, i128)> {
            Some(match self {
                Self::Number(whole, cents) => (i128::from(*whole) * 100 + i128::from(*cents), 100),
                Self::Name(name) => values[*name],
                Self::Minus(inner) => {
                    let (n, d) = inner.worth(values)?;
                    (-n, d)
                }
                Self::Both(sign, left, right) => {
                    let ((n, d), (m, e)) = (left.worth(values)?, right.worth(values)?);
                    match sign {
                        '+' => (n * e + m * d, d * e),
                        '-' => (n * e - m * d, d * e),
                        '*' => (n * m, d * e),
                        '/' if m == 0 => return None,
                        '/' if m < 0 => (-n * e, -m * d),
                        '/' => (n * e, m * d),
                        'm' => {
                            if n * e < m * d {
                                (n, d)
                            } else {
                                (m, e)
                            }
                        }
                        _ => {
                            if n * e > m * d {
                                (n, d)
                            } else {
                                (m, e)
                            }
                        }
                    }
                }
            })
        }
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            (0_u16..40, 0_u8..100).prop_map(|(whole, cents)| Tree::Number(whole, cents)),
            (0..KEYS.len()).prop_map(Tree::Name),
        ];
        // At most eight leaves of at most 4,000 over 100: a pair of products stays far below 2^127.
        leaf.prop_recursive(3, 8, 2, |inner| {
            prop_oneof![
                inner.clone().prop_map(|inner| Tree::Minus(Box::new(inner))),
                (prop::sample::select(vec!['+', '-', '*', '/', 'm', 'M']), inner.clone(), inner)
                    .prop_map(|(sign, left, right)| Tree::Both(sign, Box::new(left), Box::new(right))),
            ]
        })
    }

    fn values() -> impl Strategy<Value = Vec<(i128, i128)>> {
        prop::collection::vec((-500_i128..500, 1_i128..30), KEYS.len())
    }

    /// Any fraction: small ones, huge ones, and pairs that differ in the last place only.
    fn fractions() -> impl Strategy<Value = Fraction> {
        let part =
            prop_oneof![-30_i128..30, any::<i128>(), (i128::MAX - 9)..=i128::MAX, any::<i64>().prop_map(i128::from)];
        (part.clone(), part).prop_filter_map("over zero, or too large", |(n, d)| Fraction::new(n, d))
    }

    /// The upper and the lower half of a product of two 128-bit numbers.
    fn wide(a: u128, b: u128) -> (u128, u128) {
        let half = u128::from(u64::MAX);
        let (low, cross) = ((a & half) * (b & half), (a >> 64) * (b & half));
        let middle = (low >> 64) + (cross & half) + (a & half) * (b >> 64);
        ((a >> 64) * (b >> 64) + (cross >> 64) + (middle >> 64), middle << 64 | low & half)
    }

    proptest! {
        /// The same value as a tree of plain pairs, however it is typed; and written out, it is the same formula.
        #[test]
        fn a_formula_comes_to_what_its_tree_comes_to(tree in trees(), values in values(), all in any::<bool>()) {
            let text = tree.typed(all);
            let formula = read(&text);
            let of = |name: &str| {
                let (n, d) = values[KEYS.iter().position(|key| *key == name)?];
                Fraction::new(n, d)
            };
            let expected = tree.worth(&values).map(|(n, d)| fraction(n, d));
            prop_assert_eq!(formula.value(&of), expected, "{}", text);
            prop_assert_eq!(&read(&formula.to_string()), &formula, "{}", text);
            prop_assert_eq!(formula, read(&tree.typed(!all)));
        }

        /// Twice over a plain row of figures: once for * and /, once for + and -.
        #[test]
        fn a_row_of_figures_is_worked_out_by_precedence(
            first in 1_i64..9, more in prop::collection::vec((prop::sample::select(vec!['+', '-', '*', '/']), 1_i64..9), 0..12),
        ) {
            let text = more.iter().fold(first.to_string(), |text, (sign, figure)| format!("{text}{sign}{figure}"));
            let mut terms = vec![Fraction::from(first)];
            for (sign, figure) in more {
                let figure = Fraction::from(figure);
                match sign {
                    '+' => terms.push(figure),
                    '-' => terms.push(-figure),
                    '*' => *terms.last_mut().unwrap() = terms.last().unwrap().checked_mul(figure).unwrap(),
                    _ => *terms.last_mut().unwrap() = terms.last().unwrap().checked_div(figure).unwrap(),
                }
            }
            let sum = terms.into_iter().try_fold(Fraction::from(0), Fraction::checked_add);
            prop_assert_eq!(read(&text).value(&|_| None), sum, "{}", text);
        }

        #[test]
        fn anything_can_be_typed(text in any::<String>(), near in "([a-c ]|min|max|[(),.*/+-]|[0-9]{1,3}){0,20}") {
            for text in [text, near] {
                if let Ok(formula) = parse(&text) {
                    prop_assert_eq!(parse(&formula.to_string()), Ok(formula.clone()));
                    let _ = formula.value(&given);
                }
            }
        }

        /// Against products twice as wide.
        #[test]
        fn fractions_are_in_order(a in fractions(), b in fractions(), near in -2_i128..=2) {
            let close = Fraction::new(a.numerator, a.denominator.saturating_add(near)).unwrap_or(b);
            for b in [b, close, a] {
                let left = wide(a.numerator.unsigned_abs(), b.denominator.unsigned_abs());
                let right = wide(b.numerator.unsigned_abs(), a.denominator.unsigned_abs());
                let expected = match (a.is_negative(), b.is_negative()) {
                    (false, false) => left.cmp(&right),
                    (true, true) => right.cmp(&left),
                    (negative, _) => if negative { Ordering::Less } else { Ordering::Greater },
                };
                prop_assert_eq!(a.cmp(&b), expected, "{:?} and {:?}", a, b);
                prop_assert_eq!(a == b, expected.is_eq());
            }
        }

        #[test]
        fn fractions_never_overflow_and_stay_in_lowest_terms(a in fractions(), b in fractions(), decimals in 0_u8..6) {
            for answer in [Some(a), Some(-a), a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b)] {
                let Some(answer) = answer else { continue };
                prop_assert!(answer.denominator > 0 && answer.numerator != i128::MIN);
                prop_assert_eq!(Fraction::new(answer.numerator, answer.denominator), Some(answer));
            }
            if let Some(sum) = a.checked_add(b) && let Some(back) = sum.checked_sub(b) {
                prop_assert_eq!(back, a);
            }
            if let Some(product) = a.checked_mul(b) && let Some(back) = product.checked_div(b) {
                prop_assert_eq!(back, a);
            }
            let _ = a.round_to(decimals);
        }

        /// Within half a step of the exact value, and the further one from zero where it is just half.
        #[test]
        fn rounding_is_to_the_nearest(n in any::<i64>(), d in 1_i64.., decimals in 0_u8..=4) {
            let (n, d) = (i128::from(n), i128::from(d));
            let scaled = n.abs() * 10_i128.pow(u32::from(decimals));
            let expected = (scaled * 2 + d) / (d * 2) * n.signum();
            prop_assert_eq!(fraction(n, d).round_to(decimals), i64::try_from(expected).ok());
        }

        /// Against everything that can be reached from everything.
        #[test]
        fn a_ring_is_found_where_there_is_one(edges in prop::collection::vec((0_usize..8, 0_usize..8), 0..16)) {
            let name = |n: usize| format!("n{n}");
            let mut texts: BTreeMap<String, String> = BTreeMap::new();
            let mut reaches = [[false; 8]; 8];
            // The last two have no formula.
            for (from, to) in edges.into_iter().filter(|(from, _)| *from < 6) {
                let text = texts.entry(name(from)).or_insert_with(|| "1".to_owned());
                *text = format!("{text} + {}", name(to));
                reaches[from][to] = true;
            }
            let direct = reaches;
            for (via, from, to) in (0..8).flat_map(|via| (0..8).flat_map(move |from| (0..8).map(move |to| (via, from, to)))) {
                reaches[from][to] |= reaches[from][via] && reaches[via][to];
            }
            let found = cycle(&texts.into_iter().map(|(key, text)| (key, read(&text))).collect());
            prop_assert_eq!(found.is_some(), (0..8).any(|n| reaches[n][n]));
            let ring: Vec<usize> = found.unwrap_or_default().iter().map(|name| name[1..].parse().unwrap()).collect();
            for (from, to) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                prop_assert!(direct[*from][*to], "{:?}", ring);
            }
            prop_assert_eq!(ring.iter().collect::<BTreeSet<_>>().len(), ring.len(), "each once");
        }
    }
}
