//! Names of people and organisations: what one may hold, and when two are the same to whoever reads them.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        BidiControl, CanonicalCombiningClass, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script,
    },
};

/// The longest name.
pub const LONGEST: usize = 100;

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

/// What is left of a name for whoever reads it: two that are the same by this can’t be told apart.
pub fn as_read(name: &str) -> String {
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(name).to_lowercase();
    plain.chars().filter(|c| c.is_alphanumeric() && !is_hidden(*c)).collect()
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
