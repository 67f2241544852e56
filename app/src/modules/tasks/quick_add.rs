//! Quick add: a task typed as one line, “call the supplier fri 3pm #clinic !high @me”. Today and the time are passed in.
//!
//! Marks stand at the start of a word: `#label`, `@person`, `!low` to `!urgent` (`!!` is high, `!!!` urgent), `~30m`, `/list Name`; and
//! with more than one word `#"two words"`, `@"Two Words"`, `/list "Two Words"`, `+"Two Words"` (a list too). When it is due has rules of
//! its own, in `when`. Of due dates, priorities, estimates and lists one is taken, the last; one that stands before it stays in the title,
//! as does everything else that isn’t understood.
//!
//! Text in quotes stays as it is, quotes and all. A backslash at the start of a word keeps the word as it is, and goes itself.

mod when;

use icu_normalizer::DecomposingNormalizerBorrowed;
use jiff::civil::{Date, Time};

/// The longest estimate, in minutes: a thousand hours.
const LONGEST: i64 = 60_000;

/// What a word may end with and is no part of it.
const STOPS: [char; 6] = [',', ';', ':', '.', '?', '!'];

/// What divides a title from what is understood, and goes with it.
const DIVIDERS: [&str; 6] = [",", ";", ":", "-", "–", "—"];

/// What was typed, understood. Names are as typed: who reads them finds what they name with [`choose`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quick {
    /// What is left; empty where there is nothing but marks.
    pub title: String,
    /// The day it begins. Then there is a due day, which isn’t earlier.
    pub start_day: Option<Date>,
    /// The time of that day.
    pub start_time: Option<Time>,
    /// The day it is due; with a rule of repetition, the first.
    pub due_day: Option<Date>,
    /// The time of that day.
    pub due_time: Option<Time>,
    /// Names of labels, in the order typed.
    pub labels: Vec<String>,
    /// Names of people or teams, or `me`, in the order typed.
    pub people: Vec<String>,
    /// 1 low, 2 medium, 3 high, 4 urgent.
    pub priority: Option<u8>,
    /// In minutes, 1 to 60,000.
    pub estimate_minutes: Option<i64>,
    /// The name of a list.
    pub list: Option<String>,
    /// The value of an RRULE (RFC 5545), without a start: `FREQ=WEEKLY;BYDAY=FR`. Then there is a due day.
    pub repeat: Option<String>,
    /// What was understood, in the order typed. Due dates in several places are several, each with the words of the whole.
    pub spans: Vec<Span>,
}

/// A part of the text that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its first byte.
    pub from: usize,
    /// The byte after its last.
    pub until: usize,
    /// As what.
    pub kind: Kind,
    /// What people read: "Friday 27 November, 3:00 pm", "High", "1 h 30 min"; a name as typed.
    pub words: String,
}

/// What a part of the text was understood as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// When it is due, and when it begins.
    Due,
    /// How it repeats, and when it is due first.
    Repeat,
    /// A label.
    Label,
    /// A person, a team or `me`.
    Person,
    /// How urgent it is.
    Priority,
    /// How long it takes.
    Estimate,
    /// The list that it goes to.
    List,
}

/// Who or what a typed name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<K> {
    /// This one.
    One(K),
    /// Nobody is called that.
    None,
    /// Several are, and it can’t be told which.
    Many,
}

/// Reads a line. `now` is the time of `today`, on the organisation’s clock. Nothing is refused.
pub fn read(text: &str, today: Date, now: Time) -> Quick {
    let mut quick = Quick::default();
    let mut tokens = tokens(text);
    let mut understood = take_marks(&mut tokens, &mut quick);

    let left = tokens.iter().enumerate().filter(|(_, token)| token.owner.is_none());
    let (places, words): (Vec<usize>, Vec<&str>) = left.map(|(place, token)| (place, token.word())).unzip();
    if let Some(when) = when::read(&words, today, now) {
        for place in when.places.iter().filter_map(|word| places.get(*word)) {
            if let Some(token) = tokens.get_mut(*place) {
                token.owner = Some(understood.len());
            }
        }
        understood.push((if when.rule.is_some() { Kind::Repeat } else { Kind::Due }, when.words));
        (quick.start_day, quick.start_time) = (when.start.map(|(day, _)| day), when.start.and_then(|(_, time)| time));
        (quick.due_day, quick.due_time, quick.repeat) = (Some(when.day), when.time, when.rule);
    }

    take_dividers(&mut tokens);
    quick.title = title(text, &tokens);
    quick.spans = spans(&tokens, &understood);
    quick
}

/// Finds what a typed name stands for: whoever is called exactly that, else whose first name it is, else whose name begins with it.
/// Capitals, accents, spaces, hyphens, apostrophes and full stops don’t matter.
pub fn choose<'n, K: Copy>(word: &str, names: impl Iterator<Item = (K, &'n str)>) -> Choice<K> {
    let word = compared(word);
    let (mut exact, mut first, mut prefix) = (Choice::None, Choice::None, Choice::None);
    for (key, name) in names.filter(|_| !word.is_empty()) {
        let whole = compared(name);
        if whole == word {
            exact.add(key);
        } else if name.split_whitespace().next().is_some_and(|name| compared(name) == word) {
            first.add(key);
        } else if whole.starts_with(&word) {
            prefix.add(key);
        }
    }
    [exact, first, prefix].into_iter().find(|choice| !matches!(choice, Choice::None)).unwrap_or(Choice::None)
}

impl<K> Choice<K> {
    fn add(&mut self, key: K) {
        *self = if matches!(self, Self::None) { Self::One(key) } else { Self::Many };
    }
}

fn compared(name: &str) -> String {
    let ignored = |c: char| {
        c.is_whitespace()
            || matches!(c, '\u{300}'..='\u{36F}' | '\u{2010}'..='\u{2015}' | '-' | '_' | '.' | '\'' | '’' | '‘')
    };
    let plain = DecomposingNormalizerBorrowed::new_nfkd().normalize(name).to_lowercase();
    let plain: String = plain.chars().filter(|c| !ignored(*c)).collect();
    // These are letters of their own to Unicode, and accents to whoever has none of them on the keyboard.
    plain.replace('ø', "o").replace('ł', "l").replace('đ', "d").replace('ß', "ss").replace('æ', "ae")
}

/// A word, what is in quotes, or the stops after either.
struct Token<'t> {
    from: usize,
    until: usize,
    what: What<'t>,
    /// Which of what was understood it is part of.
    owner: Option<usize>,
}

enum What<'t> {
    /// In small letters.
    Word(String),
    Stop(&'t str),
    /// Not to be read: in quotes, or after a backslash.
    Kept,
    Mark(Mark<'t>),
}

#[derive(Clone, Copy)]
enum Mark<'t> {
    Label(&'t str),
    Person(&'t str),
    List(&'t str),
    /// 1 to 4.
    Priority(u8),
    /// Minutes.
    Estimate(i64),
}

impl Token<'_> {
    /// What there is to read in it.
    fn word(&self) -> &str {
        match &self.what {
            What::Word(word) => word,
            What::Stop(stop) => stop,
            What::Kept | What::Mark(_) => "",
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut reader = Reader { text, at: 0, unclosed: false };
    let mut tokens = Vec::new();
    while let Some(mut piece) = reader.piece() {
        let from = piece.from;
        let mut what = piece.what();
        if matches!(&what, What::Word(word) if word == "/list") && piece.stop.is_empty() {
            let here = reader.at;
            if let Some((next, name)) = reader.piece().and_then(|next| Some((next, next.name()?))) {
                (piece, what) = (next, What::Mark(Mark::List(name)));
            } else {
                reader.at = here;
            }
        }
        tokens.push(Token { from, until: piece.until, what, owner: None });
        if !piece.stop.is_empty() {
            let until = piece.until + piece.stop.len();
            tokens.push(Token { from: piece.until, until, what: What::Stop(piece.stop), owner: None });
        }
    }
    tokens
}

/// What stands between spaces, but for those in quotes.
#[derive(Clone, Copy)]
struct Piece<'t> {
    from: usize,
    /// Where the stops after it begin.
    until: usize,
    body: &'t str,
    stop: &'t str,
    /// After a backslash.
    escaped: bool,
    quoted: Option<Quoted<'t>>,
}

#[derive(Clone, Copy)]
struct Quoted<'t> {
    /// What stands before the quotes.
    sign: Option<char>,
    inner: &'t str,
    /// Something stands right after them.
    glued: bool,
}

impl<'t> Piece<'t> {
    fn what(&self) -> What<'t> {
        match self.quoted {
            _ if self.escaped => What::Kept,
            None => bare_mark(self.body).map_or_else(|| What::Word(self.body.to_lowercase()), What::Mark),
            Some(Quoted { sign: Some(sign), inner, glued: false }) if !inner.trim().is_empty() => {
                let mark = match sign {
                    '#' => Mark::Label,
                    '@' => Mark::Person,
                    _ => Mark::List,
                };
                What::Mark(mark(inner.trim()))
            }
            Some(_) => What::Kept,
        }
    }

    /// The name that it is where one has to follow.
    fn name(&self) -> Option<&'t str> {
        match self.quoted {
            Some(Quoted { sign: None, inner, glued: false }) => Some(inner.trim()).filter(|name| !name.is_empty()),
            Some(_) => None,
            None => Some(self.body).filter(|name| !self.escaped && name.starts_with(char::is_alphanumeric)),
        }
    }
}

/// A mark without quotes.
fn bare_mark(body: &str) -> Option<Mark<'_>> {
    fn name(name: &str) -> Option<&str> {
        Some(name).filter(|name| name.starts_with(char::is_alphanumeric))
    }
    if let Some(label) = body.strip_prefix('#') {
        // “Invoice #4521” is no label.
        return name(label).filter(|label| !label.bytes().all(|byte| byte.is_ascii_digit())).map(Mark::Label);
    }
    if let Some(person) = body.strip_prefix('@') {
        return name(person).map(Mark::Person);
    }
    let word = body.to_ascii_lowercase();
    match word.as_str() {
        "!low" => Some(Mark::Priority(1)),
        "!medium" => Some(Mark::Priority(2)),
        "!high" | "!!" => Some(Mark::Priority(3)),
        "!urgent" | "!!!" => Some(Mark::Priority(4)),
        word => word.strip_prefix('~').and_then(estimate).map(Mark::Estimate),
    }
}

/// `30m`, `1h30`, `1h30m`, `2h`, `1.5h`, with the units written out if need be.
fn estimate(text: &str) -> Option<i64> {
    let total = if let Some((hours, rest)) = text.split_once('h') {
        let (hours, part) = hours.split_once('.').unwrap_or((hours, "0"));
        let hundredths = match part.len() {
            1 => digits(part)? * 10,
            2 => digits(part)?,
            _ => return None,
        };
        let rest = ["ours", "our", "rs", "r"].into_iter().find_map(|end| rest.strip_prefix(end)).unwrap_or(rest);
        let rest = if rest.is_empty() { 0 } else { minutes(rest).or(digits(rest)).filter(|rest| *rest < 60)? };
        digits(hours)? * 60 + hundredths * 60 / 100 + rest
    } else {
        minutes(text)?
    };
    Some(total).filter(|total| (1..=LONGEST).contains(total))
}

fn minutes(text: &str) -> Option<i64> {
    let number = ["minutes", "minute", "mins", "min", "m"].into_iter().find_map(|unit| text.strip_suffix(unit));
    number.and_then(digits)
}

/// A number of up to four digits and nothing else.
fn digits(text: &str) -> Option<i64> {
    let only = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if only { text.parse().ok() } else { None }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// No quote is closed any more: not looked for again, so that many open ones take no longer.
    unclosed: bool,
}

impl<'t> Reader<'t> {
    fn piece(&mut self) -> Option<Piece<'t>> {
        let rest = self.text.get(self.at..)?.trim_start();
        let after_escape = rest.strip_prefix('\\').filter(|_| is_escape(rest));
        let rest = after_escape.unwrap_or(rest);
        let from = self.text.len() - rest.len();

        let sign = rest.chars().next().filter(|sign| matches!(sign, '#' | '@' | '+'));
        let after_sign = sign.and_then(|sign| rest.strip_prefix(sign)).unwrap_or(rest);
        let quoted = if after_escape.is_some() { None } else { self.quoted(after_sign) };
        let after_quotes = quoted.map_or(rest, |(_, after)| after);
        let more = after_quotes.find(char::is_whitespace).unwrap_or(after_quotes.len());
        let whole = rest.get(..rest.len() - after_quotes.len() + more)?;

        let body = whole.trim_end_matches(STOPS);
        // “!!” is a word, not two stops after nothing.
        let body = if body.is_empty() { whole } else { body };
        let until = from + body.len();
        let closed = self.text.len() - after_quotes.len();
        self.at = from + whole.len();
        Some(Piece {
            from,
            until,
            body,
            stop: whole.get(body.len()..)?,
            escaped: after_escape.is_some(),
            quoted: quoted.map(|(inner, _)| Quoted { sign, inner, glued: until > closed }),
        })
        .filter(|piece| !piece.body.is_empty())
    }

    /// What is in the quotes that a text begins with, and what stands after them.
    fn quoted(&mut self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let inner = text.strip_prefix(['"', '“']).filter(|_| !self.unclosed)?;
        let quoted = inner.split_once(['"', '”']);
        self.unclosed = quoted.is_none();
        quoted
    }
}

/// A backslash before a word; not of a path, as `\\server\share`.
fn is_escape(text: &str) -> bool {
    let word = text.split(char::is_whitespace).next().unwrap_or_default();
    word.len() > 1 && word.matches('\\').count() == 1
}

/// Takes the marks: all labels and people, of the others the last. Gives what each is.
fn take_marks(tokens: &mut [Token], quick: &mut Quick) -> Vec<(Kind, String)> {
    let mut understood = Vec::new();
    for token in tokens.iter_mut().rev() {
        let What::Mark(mark) = token.what else { continue };
        let (kind, words) = match mark {
            Mark::Label(name) => {
                quick.labels.push(name.to_owned());
                (Kind::Label, name.to_owned())
            }
            Mark::Person(name) => {
                quick.people.push(name.to_owned());
                (Kind::Person, name.to_owned())
            }
            Mark::List(name) if quick.list.is_none() => {
                quick.list = Some(name.to_owned());
                (Kind::List, name.to_owned())
            }
            Mark::Priority(priority) if quick.priority.is_none() => {
                quick.priority = Some(priority);
                let word = match priority {
                    1 => "Low",
                    2 => "Medium",
                    3 => "High",
                    _ => "Urgent",
                };
                (Kind::Priority, word.to_owned())
            }
            Mark::Estimate(minutes) if quick.estimate_minutes.is_none() => {
                quick.estimate_minutes = Some(minutes);
                (Kind::Estimate, super::saying::minutes_words(minutes))
            }
            Mark::List(_) | Mark::Priority(_) | Mark::Estimate(_) => continue,
        };
        token.owner = Some(understood.len());
        understood.push((kind, words));
    }
    quick.labels.reverse();
    quick.people.reverse();
    understood
}

/// Takes commas and dashes along where the title would begin with them, have two together, or end with them.
fn take_dividers(tokens: &mut [Token]) {
    let divides = |token: &Token| token.owner.is_none() && DIVIDERS.contains(&token.word());
    let (mut before, mut open) = (None, true);
    for token in tokens.iter_mut() {
        if open && divides(token) {
            token.owner = before;
        }
        before = token.owner;
        if before.is_none() {
            open = divides(token);
        }
    }
    let mut after = None;
    for token in tokens.iter_mut().rev() {
        match &token.what {
            _ if token.owner.is_some() => after = token.owner,
            _ if divides(token) => token.owner = after,
            What::Stop(_) => {}
            _ => break,
        }
    }
}

fn title(text: &str, tokens: &[Token]) -> String {
    let mut title = String::new();
    let mut any = false;
    for token in tokens.iter().filter(|token| token.owner.is_none()) {
        let is_stop = matches!(token.what, What::Stop(_));
        any |= !is_stop;
        if !title.is_empty() && !is_stop {
            title.push(' ');
        }
        title.push_str(text.get(token.from..token.until).unwrap_or_default());
    }
    // The full stop after “fri.” is no title.
    if any { title } else { String::new() }
}

fn spans(tokens: &[Token], understood: &[(Kind, String)]) -> Vec<Span> {
    let parts = tokens.chunk_by(|one, next| one.owner == next.owner);
    let span = |part: &[Token]| {
        let (first, last) = (part.first()?, part.last()?);
        let (kind, words) = understood.get(first.owner?)?;
        Some(Span { from: first.from, until: last.until, kind: *kind, words: words.clone() })
    };
    parts.filter_map(span).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;

    /// Thursday 26 November 2026, 10 am.
    fn read_now(text: &str) -> Quick {
        read(text, date(2026, 11, 26), time(10, 0, 0, 0))
    }

    fn understood(text: &str) -> Vec<(&str, Kind, String)> {
        let quick = read_now(text);
        quick.spans.into_iter().map(|span| (&text[span.from..span.until], span.kind, span.words)).collect()
    }

    #[test]
    fn a_line_with_everything() {
        let quick =
            read_now("call the supplier fri 3pm #clinic #\"two words\" !high @me @\"Priya Shah\" ~1h30 /list Shop");
        assert_eq!(quick.title, "call the supplier");
        assert_eq!((quick.due_day, quick.due_time), (Some(date(2026, 11, 27)), Some(time(15, 0, 0, 0))));
        assert_eq!(quick.labels, ["clinic", "two words"]);
        assert_eq!(quick.people, ["me", "Priya Shah"]);
        assert_eq!((quick.priority, quick.estimate_minutes), (Some(3), Some(90)));
        assert_eq!((quick.list.as_deref(), quick.repeat), (Some("Shop"), None));
    }

    #[test]
    fn what_was_understood_is_told_in_place() {
        assert_eq!(
            understood("call Sam fri, 3pm !! and @priya’s desk #a ~2h +\"My list\""),
            [
                ("fri, 3pm", Kind::Due, "Friday 27 November, 3:00 pm".to_owned()),
                ("!!", Kind::Priority, "High".to_owned()),
                ("@priya’s", Kind::Person, "priya’s".to_owned()),
                ("#a", Kind::Label, "a".to_owned()),
                ("~2h", Kind::Estimate, "2 h".to_owned()),
                ("+\"My list\"", Kind::List, "My list".to_owned()),
            ]
        );
        let whole = || "Friday 27 November, 3:00 pm".to_owned();
        assert_eq!(
            understood("meet at 3pm with Sam on friday"),
            [("at 3pm", Kind::Due, whole()), ("on friday", Kind::Due, whole())]
        );
        assert_eq!(
            understood("rent every month on the 1st at 9am"),
            [(
                "every month on the 1st at 9am",
                Kind::Repeat,
                "Every month on the 1st, from Tuesday 1 December, 9:00 am".to_owned()
            )]
        );
    }

    #[test]
    fn words_that_look_like_marks_stay() {
        for text in [
            "pay invoice #4521",
            "write to sam@example.com",
            "well done!!",
            "buy ~30 chairs",
            "$500 +GST",
            "ring +61 400 000 000",
            "this and/or that",
            "/list",
            "/list #",
            "an @ and a # and a ~ and a !",
            "!important",
            "#\"\"",
            "#\" \" @\"\"",
            "~1h75",
            "~0m",
            "~9999h",
            "\\\\server\\share is full",
            "a 5\" pipe",
            "an \"open quote",
            "C:\\temp",
        ] {
            let quick = read_now(text);
            assert_eq!((quick.title.as_str(), quick.spans.len()), (text, 0), "{text}");
        }
    }

    #[test]
    fn text_in_quotes_and_after_a_backslash_is_not_read() {
        for (text, title) in [
            ("print \"fri  3pm #clinic @me\" signs", "print \"fri  3pm #clinic @me\" signs"),
            ("“March report” tomorrow", "“March report”"),
            ("print \\#clinic signs", "print #clinic signs"),
            ("sell \\fri \\3pm", "sell fri 3pm"),
            ("say \\\"hi\\\" ", "say \\\"hi\\\""),
            ("\\/list of names", "/list of names"),
        ] {
            let quick = read_now(text);
            assert_eq!(quick.title, title);
            assert!(quick.labels.is_empty() && quick.people.is_empty() && quick.due_time.is_none(), "{text}");
        }
    }

    #[test]
    fn of_several_the_last_is_taken() {
        let quick = read_now("a !low ~5m /list One !urgent ~10m +\"Two 2\" #a @b #a");
        assert_eq!(quick.title, "a !low ~5m /list One");
        assert_eq!((quick.priority, quick.estimate_minutes, quick.list.as_deref()), (Some(4), Some(10), Some("Two 2")));
        assert_eq!((quick.labels, quick.people), (vec!["a".to_owned(), "a".to_owned()], vec!["b".to_owned()]));
    }

    #[test]
    fn what_divided_the_title_from_a_mark_goes_with_it() {
        for (text, title) in [
            ("Call Sam - fri 3pm", "Call Sam"),
            ("Call Sam, fri.", "Call Sam."),
            ("Tomorrow: call Sam", "call Sam"),
            ("milk, eggs, #shop, bread", "milk, eggs, bread"),
            ("call Sam, tomorrow, about gloves", "call Sam, about gloves"),
            ("site visit #clinic, bring keys", "site visit, bring keys"),
            ("site visit tomorrow - bring keys", "site visit - bring keys"),
            ("can we ship fri?", "can we ship?"),
            ("#a, #b", ""),
            ("fri.", ""),
            ("  lots   of\tspace  ", "lots of space"),
        ] {
            assert_eq!(read_now(text).title, title, "{text}");
        }
    }

    #[test]
    fn estimates() {
        for (text, minutes) in [
            ("~30m", Some(30)),
            ("~90min", Some(90)),
            ("~2h", Some(120)),
            ("~1h30", Some(90)),
            ("~1h5m", Some(65)),
            ("~1.5h", Some(90)),
            ("~0.25hrs", Some(15)),
            ("~2Hours", Some(120)),
            ("~1000h", Some(60_000)),
            ("~1001h", None),
            ("~h", None),
            ("~1.h", None),
            ("~1.234h", None),
            ("~-5m", None),
        ] {
            assert_eq!(read_now(text).estimate_minutes, minutes, "{text}");
        }
        for (minutes, words) in [(30, "30 min"), (60, "1 h"), (95, "1 h 35 min")] {
            assert_eq!(super::super::saying::minutes_words(minutes), words);
        }
    }

    #[test]
    fn a_name_is_found_whole_then_by_its_first_word_then_by_its_beginning() {
        let names = [
            "Sam",
            "Sam Lee",
            "Priya Shah",
            "Anne-Marie Żak",
            "Zoë O’Brien",
            "Front desk",
            "Łukasz",
            "Jo",
            "Joan",
            "Jo",
        ];
        let chosen = |word: &str| choose(word, names.iter().enumerate().map(|(place, name)| (place, *name)));
        for (word, choice) in [
            ("sam", Choice::One(0)),
            ("SAM  lee", Choice::One(1)),
            ("samlee", Choice::One(1)),
            ("priya", Choice::One(2)),
            ("pri", Choice::One(2)),
            ("anne marie", Choice::One(3)),
            ("annemarie zak", Choice::One(3)),
            ("zoe", Choice::One(4)),
            ("zoe obrien", Choice::One(4)),
            ("front-desk", Choice::One(5)),
            ("lukasz", Choice::One(6)),
            ("jo", Choice::Many),
            ("joa", Choice::One(8)),
            ("j", Choice::Many),
            ("shah", Choice::None),
            ("", Choice::None),
            (" - ", Choice::None),
        ] {
            assert_eq!(chosen(word), choice, "{word}");
        }
        assert_eq!(choose("jo", [(1, "Jo Ng"), (2, "Jo Wu")].into_iter()), Choice::Many);
        assert_eq!(choose("🔥", [(1, "🔥"), (2, "🔥🔥")].into_iter()), Choice::One(1));
    }

    #[test]
    fn a_long_line_takes_no_longer() {
        for part in [
            "“",
            "\"",
            "\"a ",
            "#a ",
            "every mon ",
            "every mon and mon, ",
            "on ",
            "the ",
            "by the ",
            "weekly mon ",
            "/list ",
            "!! ",
            "~1h ",
            ", ",
            "- ",
            "fri ",
            "9",
            "a",
            "\\",
            "é",
            "1/",
            "3pm ",
            "/list \"",
            "+\"",
            "every second ",
            "jan ",
        ] {
            let text = part.repeat(100_000 / part.len());
            let _ = read_now(&text);
        }
        let name = "é x".repeat(25_000);
        assert_eq!(choose(&name, [(1, name.as_str())].into_iter()), Choice::One(1));
    }

    fn words() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "call",
            "Sam",
            "the",
            "a",
            "sun",
            "hat",
            "fri",
            "Friday",
            "next",
            "this",
            "week",
            "may",
            "March",
            "5",
            "31",
            "1st",
            "2nd",
            "in",
            "2",
            "weeks",
            "month",
            "every",
            "other",
            "second",
            "day",
            "on",
            "at",
            "by",
            "for",
            "from",
            "3pm",
            "9.30am",
            "15:30",
            "noon",
            "eod",
            "arvo",
            "morning",
            "tea",
            "tomorrow",
            "tonight",
            "31/1",
            "31/2/27",
            "2026-12-24",
            "24/7",
            "#clinic",
            "#12",
            "#\"two words\"",
            "@me",
            "@\"Two Words\"",
            "!high",
            "!!",
            "!!!",
            "!",
            "~30m",
            "~1h30",
            "/list",
            "+\"A list\"",
            "\"fri 3pm\"",
            "“x”",
            "\"",
            "“",
            "\\fri",
            "\\#a",
            "\\",
            ",",
            "-",
            "fri,",
            "3pm.",
            "!high!",
            "#a,",
            "?",
            "and",
            "weekly",
            "daily",
            "last",
            "monthly",
            "é",
            "🔥",
            "#é:",
            "of",
            "2027",
            "cob",
            "due",
            "100000000000000000000",
            "in 9999 years",
            "hours",
        ])
    }

    fn lines() -> impl Strategy<Value = String> {
        prop::collection::vec((words(), prop::sample::select(vec![" ", "  ", "\t", ""])), 0..14)
            .prop_map(|parts| parts.into_iter().flat_map(|(word, space)| [word, space]).collect())
    }

    fn days() -> impl Strategy<Value = Date> {
        prop_oneof![
            Just(Date::MIN),
            Just(Date::MAX),
            Just(date(2024, 2, 29)),
            (-9999_i16..=9999, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day)),
            (2020_i16..2040, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

        #[test]
        fn the_title_and_the_spans_are_all_that_was_typed(
            text in prop_oneof![lines(), any::<String>()], today in days(), hour in 0_i8..24,
        ) {
            let quick = read(&text, today, time(hour, 30, 0, 0));
            let mut left = String::new();
            let mut at = 0;
            for span in &quick.spans {
                prop_assert!(at <= span.from && span.from < span.until, "{:?}", span);
                prop_assert!(!span.words.is_empty());
                left.push_str(&text[at..span.from]);
                at = span.until;
            }
            left.push_str(&text[at..]);
            // A backslash goes, and nothing but stops is no title.
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect::<String>();
            if quick.title.is_empty() {
                prop_assert!(bare(&left).chars().all(|c| STOPS.contains(&c)), "{:?} of {:?}", left, text);
            } else {
                prop_assert_eq!(bare(&left), bare(&quick.title));
            }
            prop_assert_eq!(quick.repeat.is_some(), quick.spans.iter().any(|span| span.kind == Kind::Repeat));
            prop_assert!(quick.due_day.is_some() || quick.due_time.is_none() && quick.repeat.is_none());
        }

        #[test]
        fn a_quoted_text_stays_as_it_is(before in "[a-z]{1,5}", inner in lines(), after in "[a-z]{1,5}") {
            let inner = inner.replace(['"', '“', '”'], "");
            let text = format!("x{before} \"{inner}\" x{after}");
            let quick = read_now(&text);
            prop_assert_eq!(quick, Quick { title: text, ..Quick::default() });
        }

        #[test]
        fn reading_a_title_again_finds_no_more_marks(text in lines()) {
            let text = text.replace(['\\', '"', '“'], "");
            let title = read_now(&text).title;
            let again = read_now(&title);
            prop_assert!(again.labels.is_empty() && again.people.is_empty(), "{} {:?}", title, again);
        }

        #[test]
        fn whoever_is_called_so_is_found(names in prop::collection::btree_set("[a-f]{1,3}( [a-f]{1,3})?", 1..8), pick in any::<prop::sample::Index>()) {
            let names: Vec<&String> = names.iter().collect();
            let place = pick.index(names.len());
            let flat = |name: &str| name.replace(' ', "");
            let same = names.iter().filter(|name| flat(name) == flat(names[place])).count();
            let chosen = choose(&names[place].to_uppercase(), names.iter().enumerate().map(|(at, name)| (at, name.as_str())));
            prop_assert_eq!(chosen, if same == 1 { Choice::One(place) } else { Choice::Many });
        }
    }
}
