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
        "St. John",
        "St.John",
        "J.R. Smith",
        "J.R.R.Tolkien",
        "J.R.Ewing",
        "Dr.Lee",
        "Dr. Ng",
        "Dr.Ng",
        "Prof.Dr. Müller",
        "A.Black",
        "R.M.Williams",
        "J.O'Connor",
        "Smith Bros.Pty.Ltd.",
        "O’Brien & Co. Pty. Ltd.",
        "No.1 Barbers",
        "Mt.Eliza Physio",
        "Cut, colour and blow-dry (1.5 h)",
        "Massage 9 a.m. to 5 p.m.",
        "Wait... what?",
        "and/or",
        "Studio 54: Hair",
        "李.小龍",
        "Jean-Luc P.",
        "☕\u{FE0F} Café",
        "👩\u{200D}🎨 Studio",
        "Нина",
        "Оса",
        "Сара Ротару",
        "Όλγα Παπαδοπούλου",
        "Անի",
        "ნინო",
        "김민준",
        "ラーメン二郎",
        "鈴木サロンABC",
        "BTS 방탄소년단",
        "李小龍 Bruce Lee",
        "Русский Дом, Russian House",
        "Нина Smith",
        "3D-печать",
        "α-hydroxy peel, 30 µg",
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

/// Names that a mail program would make links of stay as they are read, and are none in a letter; what we write ourselves stays as it is.
#[test]
fn names_are_no_links_in_letters() {
    for (text, kept) in [
        ("X.COM invites you", "X.\u{2060}COM invites you"),
        ("T.CO, Dr.Click and mr.ZIP.", "T.\u{2060}CO, Dr.\u{2060}Click and mr.\u{2060}ZIP."),
        ("3.COM or 1.5", "3.\u{2060}COM or 1.5"),
        ("J.R.Ewing", "J.\u{2060}R.\u{2060}Ewing"),
        ("x\u{3002}COM", "x\u{3002}\u{2060}COM"),
        ("Dr. Lee at 9.30, for $59.00...", "Dr. Lee at 9.30, for $59.00..."),
        ("Open https://app.example.com/x?a=1 now", "Open https://app.example.com/x?a=1 now"),
        ("It was casey@example.com.au.", "It was casey@example.com.au."),
        ("(casey@example.com), X.COM!@", "(casey@example.com), X.\u{2060}COM!@"),
    ] {
        assert_eq!(without_links(text), kept);
    }
}

#[test]
fn addresses_are_refused() {
    for address in [
        "evil.com",
        "evil.com.au",
        "EVIL.COM",
        "Evil.Com",
        "t.co/x",
        "T.Co/x",
        "www.evil",
        "www.5",
        "WWW.evil.example",
        "evil.com.",
        "(evil.com)",
        "“evil.com”",
        "evil.com/pay",
        "evil.com?a=b",
        "evil.com:8080",
        "casey@evil.com",
        "x@a.b.io",
        "a_b.com",
        "xn--e1a.xn--p1ai",
        "пример.рф",
        "例子.中国",
        "evil。com",
        "ｅｖｉｌ．ｃｏｍ",
        "http://evil",
        "javascript://x",
        "dr.com",
        "st.xyz",
        "evil.com,",
        "see:evil.com",
        "evil-bank.net.au",
        "//evil.com",
        "a@T.CO",
        "Dr.Lee@here",
    ] {
        for name in [address.to_owned(), format!("Casey {address}"), format!("{address} Casey")] {
            assert!(check_name(&name).is_err(), "{name}");
        }
    }
}

#[test]
fn letters_that_only_look_like_others_are_refused() {
    for name in [
        // Cyrillic а, Р, о, е, ѕ; Greek Ο, Α, ο; Cherokee Ꭺ; Armenian օ.
        "P\u{430}ypal",
        "\u{420}aypal",
        "G\u{43E}\u{43E}gle",
        "Harbour Physi\u{43E}",
        "\u{41E}’Brien",
        "Casey \u{41E}'Brien",
        "\u{408}.R. Smith",
        "\u{410}. Smith",
        "Acme \u{421}\u{41E}",
        "\u{405}\u{410}\u{420} Partners",
        "\u{391}lpha Clinic",
        "Alpha-\u{391}\u{392}",
        "Alph\u{13AA}",
        "Sal\u{585}n",
        "علیreza",
        "ラーメン김",
    ] {
        assert!(imitates(name) && check_name(name).is_err(), "{name}");
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
        ("PRIYA", "priya"),
        // All Cyrillic.
        ("\u{421}\u{430}\u{440}\u{430}", "Capa"),
        ("Bill 10", "Bi11 1O"),
    ] {
        assert_eq!(as_read(one), as_read(other), "{one} {other}");
    }
    assert_ne!(as_read("Priya Raman"), as_read("Priya Ramen"));
}

proptest! {
    #[test]
    fn names_as_people_write_them_are_taken(
        title in prop::sample::select(vec!["", "Dr. ", "Dr.", "Prof. ", "St.", "Rev.", "J.", "J.R. ", "A. ", "Mr "]),
        name in "[A-ZÀÉÖ][a-zàéö]{1,12}([ ’-][A-ZÀÉÖ][a-zàéö]{1,12}){0,3}",
        end in prop::sample::select(vec!["", ".", " Jr.", " III", " & Co.", " Pty. Ltd.", ", physio"]),
    ) {
        let name = format!("{title}{name}{end}");
        prop_assert_eq!(check_name(&name), Ok(composed(&name)));
    }

    #[test]
    fn addresses_are_found_wherever_they_stand(
        before in prop::sample::select(vec!["", "Casey ", "(", "“", "a@", "see:", "http:"]),
        site in "([a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?\\.){1,3}[a-z]{2,8}",
        after in prop::sample::select(vec!["", " Casey", "/", "/pay?x=1", ")", ".", ",", "!"]),
    ) {
        let name = format!("{before}{site}{after}");
        prop_assert!(check_name(&name).is_err(), "{}", name);
    }

    /// Wherever it stands: one letter of another script in a Latin word.
    #[test]
    fn a_letter_of_another_script_is_found(
        before in "[A-Za-zéöß]{1,12}",
        letter in prop::sample::select(vec!['а', 'е', 'о', 'р', 'с', 'у', 'х', 'і', 'ѕ', 'А', 'В', 'О', 'Р', 'С', 'ο', 'ν', 'Α', 'Ε', 'Ο', 'օ', 'Ꭺ']),
        after in "[A-Za-zéöß’.]{0,12}",
        around in prop::sample::select(vec!["", "Casey ", "李 ", "Нина "]),
    ) {
        for name in [format!("{around}{before}{letter}{after}"), format!("{around}{letter}{after}{before}")] {
            prop_assert!(imitates(&name), "{}", name);
        }
    }

    /// A name of one script, Latin or not, imitates nothing; nor does Latin beside Chinese, Japanese or Korean.
    #[test]
    fn one_script_is_enough(
        name in prop::sample::select(vec![
            "[А-ЯЁа-яё]{1,12}( [А-ЯЁа-яё]{1,12}){0,2}", "[Α-ΡΣ-Ωα-ω]{1,12}( [Α-ΡΣ-Ωα-ω]{1,12}){0,2}", "[א-ת]{1,12}", "[ا-غف-ي]{1,12}",
            "[A-Za-zÀ-ÖØ-öø-ſ]{1,12}([ ’-][A-Za-z]{1,12}){0,2}", "[A-Za-z一-龥]{1,12}", "[A-Za-zぁ-ゖァ-ヺ一-龥]{1,12}", "[A-Za-z가-힣]{1,12}",
        ]).prop_flat_map(|pattern| prop::string::string_regex(pattern).expect("a pattern")),
    ) {
        prop_assert!(!imitates(&name), "{}", name);
    }

    #[test]
    fn what_is_taken_is_taken_again(name in "\\PC{0,120}") {
        if let Ok(taken) = check_name(&name) {
            prop_assert!(taken.chars().count() <= LONGEST && is_seen(&taken) && !imitates(&taken));
            prop_assert_eq!(check_name(&taken), Ok(taken.clone()));
        }
    }
}

#[test]
fn nobody_calls_themselves_one_of_us() {
    for name in [
        "Devalo",
        "Pat (Devalo)",
        "Devalo-Help",
        "Pat (support)",
        "Pat （Ｓｕｐｐｏｒｔ）",
        "Pat [ SUPPORT ]",
        "Dev\u{430}lo",
    ] {
        assert!(claims_office(name), "{name}");
    }
    for name in ["Pat Support", "Support Desk", "Deva Long", "Pat (reception)", "Val O’Dea"] {
        assert!(!claims_office(name), "{name}");
    }
}
