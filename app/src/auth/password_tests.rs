use std::time::{Duration, Instant};

use super::*;

const PASSWORD: &str = "grey kangaroo Zoë 🦘";

/// A hash made with other parameters, as an earlier or later release would have left it.
fn hash_with(algorithm: Algorithm, version: Version, params: Params) -> String {
    Argon2::new(algorithm, version, params).hash_password(PASSWORD.as_bytes()).unwrap().to_string()
}

#[test]
fn the_right_password_and_only_that() {
    let stored = hash(PASSWORD).unwrap();
    assert_eq!(verify(PASSWORD, &stored), Verdict::Right);
    for wrong in ["", "grey kangaroo", "Grey kangaroo Zoë 🦘", "grey kangaroo Zoë 🦘 ", "grey kangaroo Zoë 🦘\0"]
    {
        assert_eq!(verify(wrong, &stored), Verdict::Wrong);
    }
}

#[test]
fn the_stored_form_is_what_owasp_recommends() {
    let (one, two) = (hash(PASSWORD).unwrap(), hash(PASSWORD).unwrap());
    assert_ne!(one, two, "every hash has a salt of its own");
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    let parsed = PasswordHash::new(&one).unwrap();
    assert_eq!((parsed.salt.unwrap().len(), parsed.hash.unwrap().len()), (16, 32));
}

/// Made by the reference implementation (argon2-cffi 25.1.0), so that we agree with it and not only with ourselves.
#[test]
fn hashes_of_the_reference_implementation_are_read() {
    assert_eq!(verify("correct horse battery staple", REFERENCE), Verdict::Right);
    assert_eq!(verify("correct horse battery stapler", REFERENCE), Verdict::Wrong);
}

const REFERENCE: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$rr3Cc84LA1w0NWWa4YI0HQ$QQmiKwbgmP279BL3wqKae2cpGVVjqhO34qvEsFvxaRU";

#[test]
fn other_parameters_are_right_but_outdated() {
    let params = |m, t, p, output| Params::new(m, t, p, Some(output)).unwrap();
    for stored in [
        hash_with(Algorithm::Argon2id, Version::V0x13, params(8_192, 2, 1, 32)),
        hash_with(Algorithm::Argon2id, Version::V0x13, params(19_456, 1, 1, 32)),
        hash_with(Algorithm::Argon2id, Version::V0x13, params(19_456, 2, 2, 32)),
        hash_with(Algorithm::Argon2id, Version::V0x13, params(19_456, 2, 1, 16)),
        hash_with(Algorithm::Argon2id, Version::V0x10, CURRENT),
        hash_with(Algorithm::Argon2i, Version::V0x13, CURRENT),
    ] {
        assert_eq!(verify(PASSWORD, &stored), Verdict::RightButOutdated, "{stored}");
        assert_eq!(verify("something else", &stored), Verdict::Wrong);
    }
}

#[test]
fn what_is_no_hash_makes_every_password_wrong() {
    let stored = hash(PASSWORD).unwrap();
    let truncated = &stored[..stored.rfind('$').unwrap()];
    for unreadable in
        ["", "!", PASSWORD, "$argon2id$", truncated, "$2b$12$abcdefghijklmnopqrstuu", "$scrypt$ln=16$c2FsdA$aGFzaA"]
    {
        assert_eq!(verify(PASSWORD, unreadable), Verdict::Wrong, "{unreadable}");
    }
}

#[test]
fn nobody_has_todays_parameters() {
    let nobody = PasswordHash::new(NOBODY).unwrap();
    assert!(is_current(&nobody));
    assert_eq!(nobody.salt.unwrap().len(), 16);
    assert_eq!(verify_nobody(PASSWORD), Verdict::Wrong);
}

#[test]
fn nobody_takes_as_long_as_somebody() {
    let stored = hash(PASSWORD).unwrap();
    // The quickest of several, alternating, so that other work on the machine weighs little.
    let time = |work: &dyn Fn() -> Verdict| {
        let start = Instant::now();
        assert_eq!(work(), Verdict::Wrong);
        start.elapsed()
    };
    let (mut somebody, mut nobody) = (Duration::MAX, Duration::MAX);
    for _ in 0..9 {
        somebody = somebody.min(time(&|| verify("wrong password", &stored)));
        nobody = nobody.min(time(&|| verify_nobody("wrong password")));
    }
    let ratio = nobody.as_secs_f64() / somebody.as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "nobody {nobody:?}, somebody {somebody:?}");
}

#[test]
fn length_is_counted_in_characters() {
    assert!(check_new("abcdefghijk", &[]).is_err());
    assert!(check_new("uncommon wor", &[]).is_ok());
    assert!(check_new("日本語の長い合言葉です", &[]).is_err(), "eleven characters, 33 bytes");
    assert!(check_new("日本語の長い合言葉ですよ", &[]).is_ok(), "twelve");
    assert!(check_new(&format!("{}{}", "quiet kangaroo over there ", "x".repeat(230)), &[]).is_ok(), "256");
    assert!(check_new(&format!("{}{}", "quiet kangaroo over there ", "x".repeat(231)), &[]).is_err(), "257");
    assert!(
        check_new(&format!("{}{}", "quiet kangaroo over here", "é🦘".repeat(116)), &[]).is_ok(),
        "256 characters, 768 bytes"
    );
    assert!(check_new("", &[]).is_err());
}

#[test]
fn any_kind_of_character_will_do() {
    for fine in [
        "onlylowercaseletters",
        "ONLY CAPITALS HERE",
        "84710 29364 51",
        "  spaces around  ",
        "tab\tand\nnewline",
        "..-..-.-.-!!",
    ] {
        assert_eq!(check_new(fine, &[]), Ok(()), "{fine}");
    }
}

#[test]
fn the_obvious_is_refused() {
    for obvious in ["aaaaaaaaaaaa", "            ", "🦘🦘🦘🦘🦘🦘🦘🦘🦘🦘🦘🦘", "000000000000000000"]
    {
        assert!(check_new(obvious, &[]).unwrap_err().contains("repeated"), "{obvious}");
    }
    for common in ["password1234", "Password1234!", "QWERTYUIOP123", "correct horse battery staple", "123456789012"] {
        assert!(check_new(common, &[]).unwrap_err().contains("most common"), "{common}");
    }
}

#[test]
fn what_is_easy_to_guess_is_refused() {
    for easy in ["passwordpassword", "abcabcabcabcabc", "qwertyuiop12", "november2026", "letmein12345678"] {
        assert!(check_new(easy, &[]).is_err(), "{easy}");
        assert!(strength(easy, &[]).score < 2, "{easy}");
    }
    let about = ["Quentin Featherstonehaugh", "quentin@featherstonehaugh.example"];
    assert!(check_new("featherstonehaugh", &about).unwrap_err().contains("easy to guess"));
    assert_eq!(check_new("featherstonehaugh", &[]), Ok(()), "a stranger’s name");
    let good = strength("three unrelated quokkas", &about);
    assert_eq!((good.score, good.advice.as_str()), (4, ""));
}

#[test]
fn telling_how_hard_a_long_one_is_takes_no_time() {
    let begun = Instant::now();
    for text in ["a1".repeat(500_000), "password".repeat(100_000), "é🦘".repeat(100_000)] {
        strength(&text, &[]);
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn the_list_of_common_passwords_has_no_dead_entries() {
    let mut seen = std::collections::HashSet::new();
    for common in COMMON {
        assert!(common.chars().count() >= SHORTEST, "{common} is refused for its length already");
        assert_eq!(*common, common.to_lowercase(), "{common} could never match");
        assert!(seen.insert(common), "{common} is there twice");
    }
}
