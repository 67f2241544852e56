//! The short codes that screens show. One is made of the screen's own secret, with a key of the server's: so nobody chooses which code a screen of
//! theirs shows, and nothing is stored before an admin has typed it.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{auth::secret_token::SecretToken, clock::Instant, platform::Platform};

/// No vowels, so that no word comes of it, and none that look like another.
const LETTERS: &[u8; 26] = b"23456789CDFGHJKMNPQRTVWXYZ";
/// Letters of a code without the one that checks it: 26 to the sixth are 300 million.
const RANDOM: usize = 6;
/// Another code after so long; the one before still holds.
const WINDOW_SECONDS: i64 = 15 * 60;
/// For which each letter counts in the one that checks; without a common part with 26, so that one wrong letter shows.
const WEIGHTS: [usize; RANDOM] = [1, 3, 5, 7, 9, 11];

/// The code that a screen shows now, and the one before.
pub fn of(platform: &Platform, token: &SecretToken, now: Instant) -> [String; 2] {
    let window = now.timestamp().as_second().div_euclid(WINDOW_SECONDS);
    [window, window - 1].map(|window| {
        let hash = Uuid::from_slice(token.hash().get(..16).unwrap_or_default()).unwrap_or_default();
        let signed = platform.links.sign_challenge(Uuid::nil(), &hash.to_string(), &format!("screen code {window}"));
        let digest = Sha256::digest(signed.as_bytes());
        let mut number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let mut indexes = [0; RANDOM];
        for index in &mut indexes {
            *index = usize::try_from(number % 26).unwrap_or(0);
            number /= 26;
        }
        with_check(indexes)
    })
}

/// "K7M 4PQX"
pub fn spaced(code: &str) -> String {
    let (first, rest) = code.split_at(code.len().min(3));
    format!("{first} {rest}")
}

/// The code that was typed, however it was spaced and whichever letters are large; `None`: no screen can show it.
pub fn read(typed: &str) -> Option<String> {
    let letters: Vec<u8> = typed
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'-')
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    let indexes: Vec<usize> =
        letters.iter().map(|letter| LETTERS.iter().position(|one| one == letter)).collect::<Option<_>>()?;
    let random: [usize; RANDOM] = indexes.get(..RANDOM)?.try_into().ok()?;
    let code = with_check(random);
    (code.as_bytes() == letters).then_some(code)
}

fn with_check(indexes: [usize; RANDOM]) -> String {
    let check = indexes.iter().zip(WEIGHTS).map(|(index, weight)| index * weight).sum::<usize>() % LETTERS.len();
    indexes.iter().chain([&check]).filter_map(|index| LETTERS.get(*index).copied().map(char::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = with_check([4, 17, 0, 25, 9, 12]);
        assert_eq!(code.len(), 7);
        for typed in [code.clone(), code.to_lowercase(), spaced(&code), format!(" {}-{} ", &code[..3], &code[3..])] {
            assert_eq!(read(&typed), Some(code.clone()), "{typed}");
        }
    }

    #[test]
    fn one_wrong_letter_is_no_code() {
        let code = with_check([4, 17, 0, 25, 9, 12]);
        for place in 0..7 {
            for letter in LETTERS {
                let mut wrong = code.clone().into_bytes();
                if wrong[place] == *letter {
                    continue;
                }
                wrong[place] = *letter;
                assert_eq!(read(&String::from_utf8(wrong).expect("letters")), None);
            }
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in ["", "K7M4PQ", "K7M4PQX2", "AEIOUBS", "１２３４５６７", "K7M4PQ\u{0}"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
