//! Words of a text: what an index that can’t be read holds of it, what somebody looks for, and where in the text that
//! stands.
//!
//! A word is a run of letters, digits and their marks, in small letters and without accents: “Café” is `cafe`, “don’t” is
//! `dont`, “T-12” is `t-12`. Chinese and Japanese, written without spaces, have a word for each character.

use std::{collections::BTreeSet, iter, ops::Range};

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script},
};

/// The most words that an index holds of one text: the first of them.
pub const MOST: usize = 300;
/// The most letters of a word; what is longer counts as its beginning.
pub const LONGEST: usize = 40;
/// The most words, starts and phrases that are looked for at once, and the most words of a phrase.
pub const MOST_WANTED: usize = 50;
/// The letters of a word by which its start is found in an index.
pub const STEM: usize = 4;

/// The most characters on either side of a hit that is shown.
const FURTHEST: usize = 1000;

/// Marks around a phrase, as keyboards write them.
const QUOTES: [char; 3] = ['"', '“', '”'];

/// What somebody looks for. Its words are as [`of`] gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A whole word.
    Word(String),
    /// The beginning of a word.
    Start(String),
    /// Words that follow each other.
    Phrase(Vec<String>),
}

/// The words of a text, each once: the first [`MOST`], of at most [`LONGEST`] letters.
///
/// The index of a text holds these and the [`stem_of`] each.
pub fn of(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for (_, word) in each(text) {
        words.insert(word);
        if words.len() >= MOST {
            break;
        }
    }
    words
}

/// All words of a text, as they follow each other: what [`Wanted::is_in`] looks through.
pub fn in_order(text: &str) -> Vec<String> {
    each(text).map(|(_, word)| word).collect()
}

/// The first [`STEM`] letters of a word; all of it where it is shorter.
pub fn stem_of(word: &str) -> String {
    word.chars().take(STEM).collect()
}

/// A text by which two that differ in capitals, accents, apostrophes and spaces only are the same. Signs stay.
pub fn folded(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is looked for by what was typed: words, the last of which may not be finished, and "phrases". At most
/// [`MOST_WANTED`]; what is typed after those is left out.
pub fn wanted(typed: &str) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() && all.len() < MOST_WANTED {
        let found = if let Some(quoted) = rest.strip_prefix(QUOTES) {
            let (inside, after) = quoted.split_once(QUOTES).unwrap_or((quoted, ""));
            rest = after;
            Wanted::of(inside, false)
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || QUOTES.contains(&c)).unwrap_or(rest.len());
            let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = after;
            Wanted::of(piece, after.is_empty())
        };
        for one in found {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        rest = rest.trim_start();
    }
    all.truncate(MOST_WANTED);
    all
}

/// Whether all of what is looked for is in a text. Of nothing, everything is.
pub fn matches(text: &str, wanted: &[Wanted]) -> bool {
    let words = in_order(text);
    wanted.iter().all(|one| one.is_in(&words))
}

/// A part of a text that shows what was looked for, in pieces, and whether each is to be marked: the first hit with so many
/// characters before and after it (at most 1,000), cut between words, with “…” where more is. Without a hit it is the
/// beginning.
///
/// Spaces and ends of lines become one space each. Whole words are marked, also where their starts were looked for.
pub fn snippet(text: &str, wanted: &[Wanted], around: usize) -> Vec<(String, bool)> {
    let words: Vec<(Range<usize>, String)> = each(text).collect();
    let hits = hits(&words, wanted);
    let shown = window(text, &words, hits.first(), around.min(FURTHEST));
    let mut pieces = Pieces(Vec::new());
    if text.get(..shown.start).is_some_and(|before| !before.trim().is_empty()) {
        pieces.push("…", false);
    }
    let mut at = shown.start;
    for (nth, hit) in hits.iter().enumerate() {
        let (start, end) = (hit.start.max(at), hit.end.min(shown.end));
        // Of others than the first, a part would be no hit.
        if start < end && (nth == 0 || end == hit.end) {
            pieces.push(text.get(at..start).unwrap_or_default(), false);
            pieces.push(text.get(start..end).unwrap_or_default(), true);
            at = end;
        }
    }
    pieces.push(text.get(at..shown.end).unwrap_or_default(), false);
    let more = text.get(shown.end..).is_some_and(|after| !after.trim().is_empty());
    pieces.finished(more)
}

impl Wanted {
    /// What one piece of typed text stands for. Several words in it, like “e-mail”, follow each other; where it isn’t
    /// finished, its last word is a start. Empty where there is no word in it.
    pub fn of(piece: &str, unfinished: bool) -> Vec<Self> {
        let mut words: Vec<String> = each(piece).map(|(_, word)| word).take(MOST_WANTED).collect();
        if unfinished {
            let start = words.pop().map(Self::Start);
            return words.into_iter().map(Self::Word).chain(start).collect();
        }
        match (words.pop(), words.is_empty()) {
            (None, _) => Vec::new(),
            (Some(only), true) => vec![Self::Word(only)],
            (Some(last), false) => {
                words.push(last);
                vec![Self::Phrase(words)]
            }
        }
    }

    /// Whether it is among words that follow each other, as [`in_order`] gives them.
    pub fn is_in(&self, words: &[String]) -> bool {
        (0..words.len()).any(|at| self.length_at(words.iter().skip(at).map(String::as_str)) > 0)
    }

    /// What the index of a text must hold for it to be in there: words, and the stem of a start. Empty where a start is too
    /// short to be found by an index.
    pub fn entries(&self) -> Vec<&str> {
        match self {
            Self::Word(word) => vec![word],
            Self::Start(start) => {
                let mut ends = start.char_indices().map(|(at, c)| at.saturating_add(c.len_utf8()));
                ends.nth(STEM - 1).and_then(|end| start.get(..end)).into_iter().collect()
            }
            Self::Phrase(words) => words.iter().map(String::as_str).collect(),
        }
    }

    /// How many of these words, from the first on, are it; none where it doesn’t begin here.
    fn length_at<'a>(&self, mut words: impl Iterator<Item = &'a str>) -> usize {
        match self {
            Self::Word(word) => usize::from(words.next() == Some(word)),
            Self::Start(start) => usize::from(words.next().is_some_and(|word| word.starts_with(start.as_str()))),
            Self::Phrase(all) if all.iter().all(|one| words.next() == Some(one)) => all.len(),
            Self::Phrase(_) => 0,
        }
    }
}

/// Each word of a text, and where it stands.
fn each(text: &str) -> impl Iterator<Item = (Range<usize>, String)> + '_ {
    runs(text).flat_map(|at| {
        let plain = fold(text.get(at.clone()).unwrap_or_default());
        // One sign can stand for several words: “½”.
        let words: Vec<String> = runs(&plain)
            .filter_map(|at| plain.get(at))
            .map(|word| word.chars().take(LONGEST).collect::<String>())
            .filter(|word| word.contains(char::is_alphanumeric))
            .collect();
        words.into_iter().map(move |word| (at.clone(), word))
    })
}

/// Where the words of a text stand, each from its first to its last letter.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0_usize;
    iter::from_fn(move || {
        let start = at.saturating_add(text.get(at..)?.find(is_part)?);
        let rest = text.get(start..)?;
        at = start.saturating_add(length(rest));
        Some(start..at)
    })
}

/// How much of a text, in bytes, its first word takes up; there is one.
fn length(text: &str) -> usize {
    let mut letters = text.char_indices().peekable();
    let alone = letters.next().is_some_and(|(_, c)| is_alone(c));
    while let Some((at, c)) = letters.peek().copied() {
        let goes_on = if alone {
            is_mark(c) || is_ignored(c)
        } else {
            is_part(c) && !is_alone(c)
                || is_ignored(c)
                || is_apostrophe(c) && {
                    let mut after = text.get(at..).unwrap_or_default().chars().skip(1);
                    after.next().is_some_and(|c| is_part(c) && !is_alone(c))
                }
        };
        if !goes_on {
            return at.saturating_add(number_after(text, at));
        }
        letters.next();
    }
    text.len()
}

/// How long the rest of a task’s number is, where a “T” is all that stands before this place: that of “-12”.
fn number_after(text: &str, at: usize) -> usize {
    let (Some("t" | "T"), Some(rest)) = (text.get(..at), text.get(at..)) else { return 0 };
    let Some(digits) = rest.strip_prefix(is_dash) else { return 0 };
    let after = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    if after.len() == digits.len() || after.starts_with(|c| is_part(c) || is_ignored(c)) {
        return 0;
    }
    rest.len().saturating_sub(after.len())
}

/// Small letters, no accents, no apostrophes and nothing that isn’t seen; one spelling for each letter.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(|c| *c != '\'').map(|c| c.to_ascii_lowercase()).collect();
    }
    let letters = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars());
    let letters = letters.filter(|c| !is_accent(*c) && !is_ignored(*c) && *c != '\u{200B}' && !is_apostrophe(*c));
    let mut plain = String::with_capacity(text.len());
    for c in letters.flat_map(char::to_lowercase) {
        match c {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'ł' => plain.push('l'),
            'ħ' => plain.push('h'),
            'ŧ' => plain.push('t'),
            'ı' => plain.push('i'),
            'ς' => plain.push('σ'),
            c if is_dash(c) => plain.push('-'),
            c => plain.push(c),
        }
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(&plain).into_owned()
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

fn is_mark(c: char) -> bool {
    !c.is_ascii()
        // Those of half-width Japanese count as letters.
        && (matches!(c, '\u{FF9E}' | '\u{FF9F}')
            || GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(c)))
}

/// A mark that can be left out: of letters of any script, and the vowels of Hebrew. Where vowels are marks in other
/// scripts, and those that make another letter in Japanese, they stay.
fn is_accent(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark};
    !c.is_ascii()
        && matches!(CodePointMapData::<GeneralCategory>::new().get(c), NonspacingMark | EnclosingMark)
        && matches!(CodePointMapData::<Script>::new().get(c), Script::Inherited | Script::Common | Script::Hebrew)
        && !matches!(c, '\u{3099}' | '\u{309A}')
}

/// Written without spaces between words.
fn is_alone(c: char) -> bool {
    !c.is_ascii()
        && c.is_alphanumeric()
        && matches!(CodePointMapData::<Script>::new().get(c), Script::Han | Script::Hiragana | Script::Katakana)
}

/// Drawn as nothing, as a hyphen that shows at the end of a line only. A space without width is a space.
fn is_ignored(c: char) -> bool {
    !c.is_ascii() && c != '\u{200B}' && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '‘' | '’' | '\u{2BB}' | '\u{2BC}' | '\u{FF07}')
}

const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}')
}

/// Where what is looked for stands, in order; what overlaps is one.
fn hits(words: &[(Range<usize>, String)], wanted: &[Wanted]) -> Vec<Range<usize>> {
    let mut hits: Vec<Range<usize>> = Vec::new();
    for (at, (first, _)) in words.iter().enumerate() {
        let from_here = || words.iter().skip(at);
        let longest = wanted.iter().map(|one| one.length_at(from_here().map(|(_, word)| word.as_str()))).max();
        let last = longest.and_then(|length| length.checked_sub(1)).and_then(|more| from_here().nth(more));
        let Some((last, _)) = last else { continue };
        match hits.last_mut() {
            Some(before) if first.start < before.end => before.end = before.end.max(last.end),
            _ => hits.push(first.start..last.end),
        }
    }
    hits
}

/// The part of a text that is shown around a hit, or its beginning.
fn window(text: &str, words: &[(Range<usize>, String)], hit: Option<&Range<usize>>, around: usize) -> Range<usize> {
    let later = |from: usize, by: usize| {
        let mut letters = text.get(from..).unwrap_or_default().char_indices();
        letters.nth(by).map_or(text.len(), |(at, _)| from.saturating_add(at))
    };
    let earlier = |from: usize, by: usize| {
        let mut letters = text.get(..from).unwrap_or_default().char_indices();
        by.checked_sub(1).map_or(from, |by| letters.nth_back(by).map_or(0, |(at, _)| at))
    };
    let hit = match hit {
        // Words of a phrase can stand far apart.
        Some(hit) => hit.start..hit.end.min(later(hit.start, LONGEST.saturating_mul(4))),
        None => 0..later(0, around),
    };
    let mut shown = earlier(hit.start, around)..later(hit.end, around);
    for (at, _) in words {
        if at.start < shown.start && shown.start < at.end && at.end <= hit.start {
            shown.start = at.end;
        }
        if at.start < shown.end && shown.end < at.end && hit.end <= at.start {
            shown.end = at.start;
        }
    }
    shown
}

struct Pieces(Vec<(String, bool)>);

impl Pieces {
    fn push(&mut self, text: &str, marked: bool) {
        let after_space = self.0.last().is_none_or(|(before, _)| before.ends_with([' ', '…']));
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            let space = c.is_whitespace() || c.is_control();
            if !space {
                plain.push(c);
            } else if if plain.is_empty() { !after_space } else { !plain.ends_with(' ') } {
                plain.push(' ');
            }
        }
        match self.0.last_mut() {
            _ if plain.is_empty() => {}
            Some((before, as_well)) if *as_well == marked => before.push_str(&plain),
            _ => self.0.push((plain, marked)),
        }
    }

    fn finished(mut self, more: bool) -> Vec<(String, bool)> {
        if let Some((last, _)) = self.0.last_mut() {
            last.truncate(last.trim_end().len());
        }
        self.0.retain(|(piece, _)| !piece.is_empty());
        if more {
            self.push("…", false);
        }
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(text: &str) -> Vec<String> {
        in_order(text)
    }

    fn word(word: &str) -> Wanted {
        Wanted::Word(word.to_owned())
    }

    fn start(start: &str) -> Wanted {
        Wanted::Start(start.to_owned())
    }

    fn phrase(words: &str) -> Wanted {
        Wanted::Phrase(words.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn words_are_folded() {
        assert_eq!(list("Café  CRÈME, Straße; Łódź!"), ["cafe", "creme", "strasse", "lodz"]);
        assert_eq!(list("Don't don’t ‘quoted’ O'Brien’s dogs'"), ["dont", "dont", "quoted", "obriens", "dogs"]);
        assert_eq!(list("30/11/2026 $1,500.50"), ["30", "11", "2026", "1", "500", "50"]);
        assert_eq!(list("e-mail co\u{AD}operate"), ["e", "mail", "cooperate"]);
        assert_eq!(list("ＡＢＣ １２"), ["abc", "12"]);
        assert_eq!(list("½ ﬁre ①"), ["1", "2", "fire", "1"]);
        assert_eq!(list("ΣΊΣΥΦΟΣ"), list("σίσυφος"));
        assert_eq!(list("cafe\u{301}"), ["cafe"]);
        assert_eq!(list("हिन्दी"), ["हिन्दी"], "vowels are no accents");
        assert_eq!(list("會議 ガギ ｶﾞ"), ["會", "議", "ガ", "ギ", "ガ"]);
        assert_eq!(list("한국어"), ["한국어"]);
        assert_eq!(list("1\u{FE0F}\u{20E3} 🎉 — ***"), ["1"]);
    }

    #[test]
    fn numbers_of_tasks_are_words() {
        assert_eq!(list("see T-12, t-7."), ["see", "t-12", "t-7"]);
        assert_eq!(list("T\u{2011}12"), ["t-12"]);
        assert_eq!(list("T- T-x T-12x pet-12 T--3"), ["t", "t", "x", "t", "12x", "pet", "12", "t", "3"]);
    }

    #[test]
    fn an_index_is_bounded() {
        let text = (0..1000).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(of(&text).len(), MOST);
        assert!(of(&text).contains("w299") && !of(&text).contains("w300"));
        let long = of(&"ß".repeat(100_000));
        assert_eq!(long.into_iter().collect::<Vec<_>>(), ["s".repeat(LONGEST)]);
        assert!(of(&"\u{301}".repeat(100_000)).is_empty());
        assert_eq!(stem_of("clinic"), "clin");
        assert_eq!(stem_of("bas"), "bas");
        assert_eq!(stem_of("日本語入力"), "日本語入");
    }

    #[test]
    fn what_is_typed_is_looked_for() {
        assert_eq!(wanted("Call the cli"), [word("call"), word("the"), start("cli")]);
        assert_eq!(wanted("call "), [word("call")]);
        assert_eq!(wanted("\"site visit\" fri"), [phrase("site visit"), start("fri")]);
        assert_eq!(wanted("“site visit” "), [phrase("site visit")]);
        assert_eq!(wanted("\"visit\""), [word("visit")]);
        assert_eq!(wanted("\"site vis"), [phrase("site vis")]);
        assert_eq!(wanted("e-mail now "), [phrase("e mail"), word("now")]);
        assert_eq!(wanted("e-ma"), [word("e"), start("ma")]);
        assert_eq!(wanted("T-12"), [start("t-12")]);
        assert_eq!(wanted("call call "), [word("call")]);
        assert_eq!(wanted(" & \"\" \""), []);
        assert_eq!(wanted(&"a-b ".repeat(9)), [phrase("a b")]);
        let many = (0..200).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(wanted(&many).len(), MOST_WANTED);
        assert_eq!(wanted(&many.replace(' ', "-")).len(), MOST_WANTED);
    }

    #[test]
    fn all_must_be_there() {
        let text = "Call the Supplier about the café’s fridge (T-12)";
        for typed in ["", "supp", "call CAFES ", "\"about the\"", "fridge t-12 ", "t-1", "\"the cafes fridge\" call "] {
            assert!(matches(text, &wanted(typed)), "{typed}");
        }
        for typed in ["supp ", "calls", "\"the about\"", "\"the fridge\"", "12 ", "\"fridge t-12 more\""] {
            assert!(!matches(text, &wanted(typed)), "{typed}");
        }
        assert!(!Wanted::Phrase(Vec::new()).is_in(&list(text)));
    }

    #[test]
    fn an_index_finds_starts_of_four_letters() {
        assert_eq!(start("clinics").entries(), ["clin"]);
        assert_eq!(start("clin").entries(), ["clin"]);
        assert_eq!(start("日本語入力").entries(), ["日本語入"]);
        assert!(start("cli").entries().is_empty());
        assert_eq!(word("cli").entries(), ["cli"]);
        assert_eq!(phrase("site visit").entries(), ["site", "visit"]);
    }

    fn shown(text: &str, typed: &str, around: usize) -> String {
        let pieces = snippet(text, &wanted(typed), around);
        pieces.into_iter().map(|(piece, marked)| if marked { format!("[{piece}]") } else { piece }).collect()
    }

    #[test]
    fn a_snippet_shows_the_first_hit() {
        let text = "Call the supplier\n\n about the fridge in the Café, then call Priya back about Friday.";
        assert_eq!(shown(text, "fri", 14), "…about the [fridge] in the Café,…");
        assert_eq!(shown(text, "cafe ", 12), "…in the [Café], then call…");
        assert_eq!(shown(text, "\"the supplier\" ", 12), "Call [the supplier] about the…");
        assert_eq!(
            shown(text, "call ", 100),
            format!("[Call]{}", text[4..].replace("\n\n ", " ").replace("call", "[call]"))
        );
        assert_eq!(shown(text, "nothing ", 10), "Call the supplier…");
        assert_eq!(shown(text, "friday ", 0), "…[Friday]…");
        assert_eq!(shown(text, "", 500), text.replace("\n\n ", " "));
        assert_eq!(shown("", "a", 5), "");
        assert_eq!(shown("  \n a", "a", 5), "[a]");
        assert_eq!(shown("會議室", "議 ", 5), "會[議]室");
    }

    #[test]
    fn a_snippet_is_bounded() {
        for text in ["a".repeat(100_000), format!("a{}b", " ".repeat(100_000)), "a b ".repeat(30_000)] {
            for typed in ["a", "\"a b\"", "aaaa", "zz"] {
                let length: usize = snippet(&text, &wanted(typed), 60).iter().map(|(one, _)| one.chars().count()).sum();
                assert!(length <= 2 * 60 + 4 * LONGEST + 2, "{length}");
            }
        }
    }

    /// A naive reading of texts of small Latin letters and spaces.
    fn naive(text: &str, one: &Wanted) -> bool {
        let spaced = format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "));
        match one {
            Wanted::Word(word) => spaced.contains(&format!(" {word} ")),
            Wanted::Start(start) => spaced.contains(&format!(" {start}")),
            Wanted::Phrase(words) => spaced.contains(&format!(" {} ", words.join(" "))),
        }
    }

    proptest! {
        #[test]
        fn a_word_is_its_own_word(text in any::<String>(), mixed in "[A-zß’'ﬁ½éＡİẞ會ガ\u{3099}\u{301}\u{AD}ｶﾞ T12-]{0,30}") {
            for text in [text, mixed] {
                for word in of(&text) {
                    prop_assert!(word.chars().count() <= LONGEST);
                    prop_assert_eq!(list(&word), vec![word.clone()], "{:?}", text);
                    prop_assert_eq!(wanted(&format!("{word} ")), vec![Wanted::Word(word)]);
                }
                let words = list(&text);
                prop_assert_eq!(list(&words.join(" ")), words);
            }
        }

        #[test]
        fn every_character_folds_once(c in any::<char>()) {
            for word in list(&c.to_string()) {
                prop_assert_eq!(list(&word), vec![word.clone()]);
            }
        }

        #[test]
        fn matches_as_a_naive_reader_would(text in "[ab ]{0,20}", typed in "([ab]{1,2}|\"[ab]( [ab]){0,2}\"| ){0,5}") {
            let wanted = wanted(&typed);
            prop_assert_eq!(matches(&text, &wanted), wanted.iter().all(|one| naive(&text, one)), "{:?}", wanted);
        }

        /// Whatever matches is found by the index.
        #[test]
        fn an_index_leaves_nothing_out(text in "[a-cé’ ]{0,40}", typed in "[a-cé’ \"]{0,12}") {
            let wanted = wanted(&typed);
            let mut index = of(&text);
            index.extend(of(&text).iter().map(|word| stem_of(word)));
            if matches(&text, &wanted) {
                for entry in wanted.iter().flat_map(Wanted::entries) {
                    prop_assert!(index.contains(entry), "{}", entry);
                }
            }
        }

        /// It is a part of the text, marks words that were looked for and no others, and never more than asked.
        #[test]
        fn a_snippet_is_a_part_of_its_text(text in "[ab é\n.]{0,60}", typed in "[ab \"]{0,6}", around in 0_usize..30) {
            let wanted = wanted(&typed);
            let pieces = snippet(&text, &wanted, around);
            let plain: String = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
            let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert!(whole.contains(plain.trim_matches('…').trim()), "{:?} in {:?}", pieces, whole);
            let found = wanted.iter().any(|one| matches(&text, std::slice::from_ref(one)));
            prop_assert_eq!(found, pieces.iter().any(|(_, marked)| *marked));
            for (piece, _) in pieces.iter().filter(|(_, marked)| *marked) {
                prop_assert!(wanted.iter().any(|one| matches(piece, std::slice::from_ref(one))), "{:?}", pieces);
                prop_assert_eq!(piece.trim(), piece);
            }
        }

        #[test]
        fn any_text_will_do(text in any::<String>(), typed in any::<String>(), around in any::<usize>()) {
            let all = wanted(&typed);
            let _ = (matches(&text, &all), folded(&text), stem_of(&text));
            let pieces = snippet(&text, &all, around);
            prop_assert!(pieces.iter().all(|(piece, _)| !piece.is_empty()));
            let own = wanted(&text);
            prop_assert!(matches(&text, &own), "{:?}", own);
            snippet(&text, &own, around);
        }
    }
}
