use proptest::prelude::*;

use super::*;
use crate::web::check_name;

#[test]
fn names_of_people_are_taken() {
    for name in [
        "Casey",
        "Ngaire O’Brien-Smith",
        "Siân D'Arcy",
        "José Núñez",
        "Nguyễn Thị Minh Khai",
        "李小龍",
        "葛\u{E0100}城",
        "Ólafur Þór",
        "علی\u{200C}رضا",
        "שרה לוי",
        "ක්\u{200D}රිෂ්ණ",
        "प्रिया शर्मा",
        "Jean-Luc",
        "X Æ A-12",
        "☕\u{FE0F} Café",
        "👩\u{200D}🎨 Studio",
    ] {
        assert_eq!(check_name(name), Ok(composed(name)), "{name:?}");
    }
}

#[test]
fn what_isnt_seen_is_refused() {
    for hidden in [
        '\u{AD}',
        '\u{34F}',
        '\u{61C}',
        '\u{115F}',
        '\u{1160}',
        '\u{17B4}',
        '\u{180E}',
        '\u{200B}',
        '\u{200C}',
        '\u{200D}',
        '\u{200E}',
        '\u{200F}',
        '\u{202A}',
        '\u{202D}',
        '\u{202E}',
        '\u{2060}',
        '\u{2063}',
        '\u{2066}',
        '\u{2069}',
        '\u{206F}',
        '\u{2800}',
        '\u{3164}',
        '\u{FE0F}',
        '\u{FEFF}',
        '\u{FFA0}',
        '\u{FFF9}',
        '\u{E0001}',
        '\u{E0100}',
        '\u{0}',
        '\u{7F}',
    ] {
        for name in
            [format!("Pri{hidden}ya"), format!("{hidden}Priya"), format!("Priya{hidden}Raman"), hidden.to_string()]
        {
            assert!(check_name(&name).is_err(), "{name:?}");
        }
    }
}

#[test]
fn a_name_has_one_spelling() {
    assert_eq!(check_name(" Jose\u{301} "), Ok("José".to_owned()));
    for (one, other) in [
        ("Priya Raman", "priya  raman"),
        ("José", "Jose\u{301}"),
        ("Priya", "Ｐriya"),
        ("علی\u{200C}رضا", "علیرضا"),
        ("A-B", "AB"),
    ] {
        assert_eq!(as_read(one), as_read(other), "{one} {other}");
    }
    assert_ne!(as_read("Priya Raman"), as_read("Priya Ramen"));
}

proptest! {
    #[test]
    fn what_is_taken_is_taken_again(name in "\\PC{0,120}") {
        if let Ok(taken) = check_name(&name) {
            prop_assert!(taken.chars().count() <= LONGEST && is_seen(&taken));
            prop_assert_eq!(check_name(&taken), Ok(taken.clone()));
        }
    }
}
