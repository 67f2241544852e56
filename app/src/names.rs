//! Names of people and organisations: what one may hold, and when two are the same to whoever reads them.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        BidiControl, CanonicalCombiningClass, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script,
    },
};
use unicode_security::{mixed_script::AugmentedScriptSet, skeleton};

/// The longest name.
pub const LONGEST: usize = 100;

/// What stands before a name with a full stop, or before what isn’t one, and is no part of an address.
const ABBREVIATIONS: [&str; 22] = [
    "approx", "bros", "co", "dr", "excl", "fr", "hon", "incl", "jr", "miss", "mr", "mrs", "ms", "mt", "mx", "no",
    "prof", "pty", "rev", "sr", "st", "ste",
];

/// One spelling for letters that can be written in several (Unicode, NFC), and nothing around it.
pub fn composed(name: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(name.trim()).into_owned()
}

/// All of it is seen: nothing in it is drawn as nothing or turns what stands beside it about, but for what some scripts and pictures
/// are written with.
pub fn is_seen(name: &str) -> bool {
    let letters: Vec<char> = name.chars().collect();
    letters.iter().enumerate().all(|(at, c)| {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied();
        !is_hidden(*c) || before.is_some_and(|before| belongs(before, *c, letters.get(at + 1).copied()))
    })
}

/// What is left of a name for whoever reads it: two that are the same by this can’t be told apart. Letters that look alike are one
/// (UTS #39, skeletons), of whatever script.
pub fn as_read(name: &str) -> String {
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(name).to_lowercase();
    let seen: String = skeleton(&plain).collect();
    let seen = ComposingNormalizerBorrowed::new_nfkc().normalize(&seen).to_lowercase();
    seen.chars().filter(|c| c.is_alphanumeric() && !is_hidden(*c)).collect()
}

/// It reads as if its bearer were of the platform: Devalo, or what logs and letters put behind the name of who looks as support.
pub fn claims_office(name: &str) -> bool {
    let plain: String =
        ComposingNormalizerBorrowed::new_nfkc().normalize(name).chars().filter(|c| !c.is_whitespace()).collect();
    // Word by word: Deva Long is somebody’s name.
    let holds = |word: &str| name.split_whitespace().any(|one| as_read(one).contains(&as_read(word)));
    holds("devalo") || (plain.contains(['(', '[', '{']) && holds("support"))
}

/// Letters in it are there to pass for those of another script: a word is of several that nobody writes together (UTS #39, “highly
/// restrictive”: Latin goes with Chinese, Japanese and Korean), or beside Latin words stands one of another script that reads as
/// Latin. A name of another script is as good as any, and so are words of several scripts that can be told apart.
pub fn imitates(name: &str) -> bool {
    // The sign for a millionth would become a Greek letter.
    let plain = name.replace('\u{B5}', "u");
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(&plain);
    // What joins letters is part of the word.
    let joins = |c: char| matches!(c, '\'' | '’' | '\u{2BB}' | '\u{2BC}' | '.');
    let joined: String = plain.chars().filter(|c| !is_hidden(*c) && !joins(*c)).collect();
    let category = CodePointMapData::<GeneralCategory>::new();
    let in_word = |c: char| c.is_alphanumeric() || GeneralCategoryGroup::Mark.contains(category.get(c));
    let words: Vec<&str> = joined.split(|c| !in_word(c)).filter(|word| !word.is_empty()).collect();
    let among_latin = words.iter().any(|word| word.chars().any(is_latin));
    words.iter().any(|word| !is_one_writing(word) || among_latin && passes_for_latin(word))
}

fn is_one_writing(word: &str) -> bool {
    let others = word.chars().filter(|c| !is_latin(*c));
    let others = others.fold(AugmentedScriptSet::default(), |mut all, c| {
        all.intersect_with(c.into());
        all
    });
    !AugmentedScriptSet::for_str(word).is_empty() || others.hanb || others.jpan || others.kore
}

/// All of it looks like our letters, and none is. One small Greek letter is a sign for what it counts: “α-hydroxy”.
fn passes_for_latin(word: &str) -> bool {
    let script = CodePointMapData::<Script>::new();
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    let Some(first) = letters.next() else { return false };
    let is_sign = letters.next().is_none() && first.is_lowercase() && script.get(first) == Script::Greek;
    let is_other = !word.chars().any(is_latin) && !goes_with_latin(word);
    is_other && !is_sign && skeleton(word).all(|c| c.is_ascii())
}

fn goes_with_latin(word: &str) -> bool {
    let set = AugmentedScriptSet::for_str(word);
    set.hanb || set.jpan || set.kore
}

fn is_latin(c: char) -> bool {
    CodePointMapData::<Script>::new().get(c) == Script::Latin
}

/// Something in it is an address on the web, or a mail program would make a link of it: words with a full stop between them and
/// nothing else, the last of letters alone. Titles and initials before a name aren’t: “Dr.Lee”, “J.R.Smith”.
pub fn holds_address(name: &str) -> bool {
    // The full stop of Chinese and Japanese is as good as ours to a browser.
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(name).replace('\u{3002}', ".");
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let mut after_at = false;
    plain.contains("://")
        || plain.split_inclusive(|c| !is_part(c)).any(|piece| {
            let words = piece.trim_end_matches(|c| !is_part(c));
            let next = piece[words.len()..].chars().next();
            // What stands at an @ is part of an email address, whatever it looks like.
            let at = std::mem::replace(&mut after_at, next == Some('@')) || next == Some('@');
            is_address(words.trim_matches('.'), next, at)
        })
}

fn is_address(words: &str, next: Option<char>, at: bool) -> bool {
    let words: Vec<&str> = words.split('.').collect();
    let [first, .., last] = words.as_slice() else { return false };
    if words.iter().any(|word| word.is_empty()) {
        return false;
    }
    let ends_as_one = last.chars().count() >= 2 && last.chars().all(char::is_alphabetic);
    let coded = last.to_lowercase().starts_with("xn--");
    let short = |word: &&str| word.chars().count() == 1 || ABBREVIATIONS.contains(&word.to_lowercase().as_str());
    let is_name = !at
        && words[..words.len() - 1].iter().all(short)
        && !last.starts_with(char::is_lowercase)
        && !matches!(next, Some('/' | ':' | '?' | '#'));
    first.eq_ignore_ascii_case("www") || coded || ends_as_one && !is_name
}

/// A text for a letter, in which mail programs find no addresses that we didn’t write: of “Dr.Click” and “T.CO” they would make links. What
/// joins the words is seen by nobody, and the text is not broken there. What we write has its scheme, or is somebody’s email address.
pub fn without_links(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || is_stop(c) || matches!(c, '-' | '_' | '+' | '@');
    let is_email = |part: &str| part.split_once('@').is_some_and(|(who, at)| !who.is_empty() && at.contains('.'));
    let mut kept = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        if piece.contains("://") {
            kept.push_str(piece);
            continue;
        }
        for part in piece.split_inclusive(|c| !is_part(c)) {
            if is_email(part) {
                kept.push_str(part);
            } else {
                keep_apart(part, &mut kept);
            }
        }
    }
    kept
}

fn keep_apart(part: &str, kept: &mut String) {
    let mut letters = part.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(c) = letters.next() {
        kept.push(c);
        if let (true, Some(before), Some(next)) = (is_stop(c), before, letters.peek()) {
            let is_number = before.is_ascii_digit() && next.is_ascii_digit();
            if next.is_alphanumeric() && !is_number {
                kept.push('\u{2060}');
            }
        }
        before = (!is_stop(c)).then_some(c);
    }
}

/// A full stop, of whatever script, as a browser takes it.
fn is_stop(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

fn is_hidden(c: char) -> bool {
    // Braille’s empty cell is a sign like the others to Unicode, and so are those that mark annotations.
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointSetData::new::<BidiControl>().contains(c)
        || matches!(c, '\u{2800}' | '\u{FFF9}'..='\u{FFFB}')
}

/// A sign that is drawn as nothing by itself, but not where it stands: it joins letters or keeps them apart in the scripts that are
/// written so (RFC 5892, A.1 and A.2), chooses a character’s form, or makes one picture of several.
fn belongs(before: char, c: char, after: Option<char>) -> bool {
    let script = CodePointMapData::<Script>::new();
    let category = CodePointMapData::<GeneralCategory>::new();
    let is_picture = |c: char| !c.is_ascii() && GeneralCategoryGroup::Symbol.contains(category.get(c));
    let is_arabic = |c: char| c.is_alphabetic() && script.get(c) == Script::Arabic;
    let after_virama =
        CodePointMapData::<CanonicalCombiningClass>::new().get(before) == CanonicalCombiningClass::Virama;
    match c {
        '\u{200C}' => after_virama || is_arabic(before) && after.is_some_and(is_arabic),
        '\u{200D}' => after_virama || (is_picture(before) || before == '\u{FE0F}') && after.is_some_and(is_picture),
        '\u{FE0E}' | '\u{FE0F}' => is_picture(before),
        '\u{FE00}'..='\u{FE02}' | '\u{E0100}'..='\u{E01EF}' => script.get(before) == Script::Han,
        _ => false,
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
