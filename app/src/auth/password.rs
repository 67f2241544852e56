//! Passwords: how they are hashed, checked and chosen.
//!
//! Hashing is argon2id with the parameters that the OWASP Password Storage Cheat Sheet recommends: 19 MiB of memory,
//! two passes, one lane.
//! <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>
//!
//! [`hash`], [`verify`] and [`verify_nobody`] each keep a processor busy for tens of milliseconds and hold 19 MiB while
//! they do. They are synchronous; **the caller runs them with [`in_turn`]**, on threads of their own that let all others go
//! first, half as many as the machine has processors, so that a flood of log-ins neither takes the memory nor holds up who
//! does something else.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::oneshot;
use zxcvbn::Score;

use crate::error::{AppError, Code, Result};

/// How many may be in the queue of each thread: at some 20 ms each, about five seconds.
const QUEUE_OF_EACH: usize = 256;
/// How much the threads let others go first, of 19.
const NICE: i32 = 10;

static THREADS: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, |all| all.get().div_ceil(2)));
static POOL: LazyLock<Result<ThreadPool, ThreadPoolBuildError>> = LazyLock::new(|| {
    ThreadPoolBuilder::new()
        .num_threads(*THREADS)
        .thread_name(|_| "passwords".to_owned())
        .start_handler(|_| {
            if let Err(error) = rustix::process::setpriority_process(None, NICE) {
                tracing::warn!(%error, "hashing passwords doesn’t let others go first");
            }
        })
        // What it was doing comes to nothing, and the caller is told so.
        .panic_handler(|_| tracing::error!("hashing a password ended in a panic"))
        .build()
});
static QUEUED: AtomicUsize = AtomicUsize::new(0);

/// Runs work on a password when its turn comes. Whoever went away meanwhile is passed over.
///
/// # Errors
/// 429 when too many are in the queue already.
pub async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    struct Place;
    impl Drop for Place {
        fn drop(&mut self) {
            QUEUED.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let before = QUEUED.fetch_add(1, Ordering::SeqCst);
    let place = Place;
    if before >= *THREADS * QUEUE_OF_EACH {
        let busy =
            AppError::new(Code::TooMany, "Too many people are logging in at once. Please try again in a moment.");
        return Err(AppError { retry_after: Some(2), ..busy });
    }
    let pool = POOL.as_ref().map_err(|error| {
        tracing::error!(%error, "there are no threads to hash passwords on");
        AppError::internal()
    })?;
    let (done, outcome) = oneshot::channel();
    // The place in the queue is given up when the work is over, not when the caller goes away in the middle.
    pool.spawn_fifo(move || {
        let _place = place;
        if !done.is_closed() {
            // Nobody waits any more: nobody has to know.
            let _ = done.send(work());
        }
    });
    outcome.await.map_err(|_| AppError::internal())
}

/// What comes of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Right,
    /// It is the password, but its hash was made with other parameters than today's: let the person in, and store a new
    /// [`hash`] now that the password is at hand.
    RightButOutdated,
    /// It isn't.
    Wrong,
}

/// The password couldn't be hashed: the machine had no memory or no random bytes to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password couldn't be hashed: {0}")]
pub struct HashError(password_hash::Error);

/// 19 MiB, two passes, one lane, 32 bytes out.
const CURRENT: Params = match Params::new(19_456, 2, 1, Some(Params::DEFAULT_OUTPUT_LEN)) {
    Ok(params) => params,
    Err(_) => panic!("argon2 refuses the parameters"),
};

/// What [`verify_nobody`] works on: a well-formed hash with today's parameters that no known password has. Written out
/// and not computed at first use, because then the first unknown login after a start would take twice as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// 8 KiB, one pass.
const CHEAP: Params = match Params::new(Params::MIN_M_COST, Params::MIN_T_COST, 1, Some(Params::DEFAULT_OUTPUT_LEN)) {
    Ok(params) => params,
    Err(_) => panic!("argon2 refuses the parameters"),
};
static CHEAPLY: AtomicBool = AtomicBool::new(false);

/// From now on this process hashes with as little work as argon2 allows: for tests, which log in thousands of times. No
/// release build has it.
#[cfg(debug_assertions)]
pub fn hash_cheaply() {
    CHEAPLY.store(true, Ordering::Relaxed);
}

fn params() -> Params {
    if cfg!(debug_assertions) && CHEAPLY.load(Ordering::Relaxed) { CHEAP } else { CURRENT }
}

fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params())
}

/// Hashes a password for storage, with a random 128-bit salt from the operating system. The result is a PHC string
/// (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`), which carries its own parameters.
///
/// Slow by design; see the module's note about the blocking pool.
pub fn hash(password: &str) -> Result<String, HashError> {
    Ok(argon2id().hash_password(password.as_bytes()).map_err(HashError)?.to_string())
}

/// Checks a password against a stored PHC string, with the parameters that it carries. The comparison is in constant
/// time. A stored string that can't be read makes every password wrong, takes as long as any other, and is logged.
///
/// Slow by design; see the module's note about the blocking pool.
pub fn verify(password: &str, phc: &str) -> Verdict {
    let Ok(stored) = PasswordHash::new(phc) else {
        tracing::error!("a stored password hash can't be read");
        return verify_nobody(password);
    };
    match argon2id().verify_password(password.as_bytes(), &stored) {
        Ok(()) if is_current(&stored) => Verdict::Right,
        Ok(()) => Verdict::RightButOutdated,
        Err(password_hash::Error::PasswordInvalid) => Verdict::Wrong,
        Err(error) => {
            tracing::error!(%error, "a password couldn't be checked");
            Verdict::Wrong
        }
    }
}

/// For a login to an account that doesn't exist: takes as long as [`verify`] and is always wrong, so that the time an
/// answer takes doesn't tell which emails have accounts.
///
/// Slow by design; see the module's note about the blocking pool.
pub fn verify_nobody(password: &str) -> Verdict {
    if let Ok(nobody) = PasswordHash::new(NOBODY) {
        // Even the one password in 2^256 that matches is nobody's.
        _ = std::hint::black_box(argon2id().verify_password(password.as_bytes(), &nobody));
    }
    Verdict::Wrong
}

fn is_current(stored: &PasswordHash) -> bool {
    stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && Params::try_from(stored).is_ok_and(|stored| {
            let today = params();
            (stored.m_cost(), stored.t_cost(), stored.p_cost()) == (today.m_cost(), today.t_cost(), today.p_cost())
        })
        && stored.hash.as_ref().is_some_and(|output| output.len() == Params::DEFAULT_OUTPUT_LEN)
}

/// The fewest characters in a new password. NIST SP 800-63B-4 section 3.1.1.2 asks for 15 where a password is all there
/// is and for 8 where a second factor follows; 12 serves both kinds of account with one rule.
pub const SHORTEST: usize = 12;

/// The most characters in a new password: NIST asks for at least 64; a limit there must be, because hashing costs.
pub const LONGEST: usize = 256;
/// So much of a password is looked at to tell how hard it is to guess, in characters.
const MEASURED: usize = 64;

/// What is said of a password that is found soon.
const EASY: &str = "That is easy to guess.";

/// Whether a password may be chosen; if not, the sentence that tells the person what to change.
///
/// The rules of NIST SP 800-63B-4 section 3.1.1.2: length counts, in characters (Unicode scalar values) and not bytes;
/// any character will do; no rules about kinds of characters; the commonest passwords are refused.
/// Nor is one taken that an attacker who knows these words `about` its owner (their name, their email) finds in a million
/// guesses.
pub fn check_new(password: &str, about: &[&str]) -> Result<(), &'static str> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err("Please use at least 12 characters.");
    }
    if length > LONGEST {
        return Err("Please use at most 256 characters.");
    }
    let mut characters = password.chars();
    let first = characters.next();
    if characters.all(|character| Some(character) == first) {
        return Err("That is one character repeated. Please choose something harder to guess.");
    }
    let lower = password.to_lowercase();
    if COMMON.contains(&lower.as_str()) {
        return Err("That is one of the most common passwords. Please choose something harder to guess.");
    }
    if guessability(password, about).score() < Score::Two {
        return Err(EASY);
    }
    Ok(())
}

/// How hard a password would be to guess, for whoever chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// From 0, which a few guesses find, to 4.
    pub score: u8,
    /// What would make it better, in a sentence; empty where nothing need be.
    pub advice: String,
}

/// How hard a password would be to guess by someone who knows these words about its owner (zxcvbn, Wheeler 2016).
pub fn strength(password: &str, about: &[&str]) -> Strength {
    let entropy = guessability(password, about);
    let score = u8::from(entropy.score());
    let advice = entropy.feedback().and_then(|feedback| feedback.suggestions().first().map(ToString::to_string));
    let advice = advice.unwrap_or_default();
    match check_new(password, about) {
        // Of what is easy the score says so already.
        Ok(()) | Err(EASY) => Strength { score, advice },
        Err(why) => Strength { score: score.min(1), advice: why.to_owned() },
    }
}

/// Only as much is looked at as tells: the time grows with the square of the length.
fn guessability(password: &str, about: &[&str]) -> zxcvbn::Entropy {
    let beginning: String = password.chars().take(MEASURED).collect();
    let words: Vec<&str> = about
        .iter()
        .flat_map(|text| std::iter::once(*text).chain(text.split(|c: char| !c.is_alphanumeric())))
        .filter(|word| word.chars().count() > 2)
        .chain(["devalo"])
        .collect();
    zxcvbn::zxcvbn(&beginning, &words)
}

/// The most common passwords of 12 characters and more, in lower case: chosen from the password list of zxcvbn
/// (Dropbox, MIT; 30 000 passwords from published breaches), without its machine-made and obscene ones, and the ones
/// that people make of this form's own words.
const COMMON: &[&str] = &[
    // Digits and keyboard walks.
    "000000000001",
    "010203040506",
    "012345678910",
    "0123456789ab",
    "0123456789abcdef",
    "014702580369",
    "098765432109",
    "0987654321qwerty",
    "1029384756qp",
    "102030405060",
    "111111111112",
    "1111111111zz",
    "111122223333",
    "111222333000",
    "111222333444",
    "111222333444555",
    "112233445566",
    "121212121212",
    "122333444455555",
    "123123123123",
    "123123qweqwe",
    "1234512345123",
    "123321123321",
    "123321456654",
    "123321qweewq",
    "123412341234",
    "1234567654321",
    "123456123456",
    "123456654321",
    "123456782000",
    "1234567887654321",
    "12345678987654321",
    "12345678900987654321",
    "123456789000",
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789012345",
    "1234567890123456",
    "12345678901234567890",
    "1234567890987654321",
    "1234567890abc",
    "1234567890qaz",
    "1234567890qw",
    "1234567890qwe",
    "1234567890qwerty",
    "1234567890zzz",
    "123456789101",
    "12345678910111",
    "1234567891011",
    "123456789101112",
    "123456789123",
    "123456789123456789",
    "1234567892000",
    "123456789987654321",
    "123456789abc",
    "123456789asd",
    "123456789qaz",
    "123456789qqq",
    "123456789qwe",
    "123456789qwer",
    "123456789qwerty",
    "123456789zxc",
    "1234567qwertyu",
    "123456abcdef",
    "123456qwerty",
    "1234qwerasdf",
    "1234qwerasdfzxcv",
    "1234qwertyui",
    "123qwe123qwe",
    "123qwe456rty",
    "123qweasdzxc",
    "123qwerty123",
    "12qw34er56ty",
    "12qwaszx12qwaszx",
    "147258369147",
    "159753456852",
    "1a2b3c4d5e6f",
    "1a2s3d4f5g6h",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",
    "1q2w3e4r5t6y7u8i",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qa2ws3ed4rf",
    "1qa2ws3ed4rf5tg",
    "1qaz1qaz1qaz",
    "1qaz2wsx1qaz2wsx",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "1qazxsw23edc",
    "1qazxsw23edcvfr4",
    "741852963741",
    "987654321000",
    "987654321012",
    "987654321123456789",
    "9876543210123",
    "987654321987654321",
    "a1b2c3d4e5f6",
    "a1s2d3f4g5h6",
    "abababababab",
    "abc123456789",
    "abc123abc123",
    "abcabcabcabc",
    "abcd12345678",
    "abcd1234abcd",
    "abcd1234abcd1234",
    "abcdef123456",
    "abcdefghijkl",
    "abcdefghijklm",
    "abcdefghijklmnop",
    "abcdefghijklmnopqrstuvwxyz",
    "asdasdasdasd",
    "asdfasdfasdf",
    "asdfgh123456",
    "asdfghjkl123",
    "asdfghjklzxcvbnm",
    "poiuytrewq123",
    "q1w2e3r4t5y6",
    "q1w2e3r4t5y6u7",
    "q1w2e3r4t5y6u7i8",
    "q1w2e3r4t5y6u7i8o9p0",
    "qawsedrftgyh",
    "qaz123wsx456",
    "qazwsx123456",
    "qazwsxedc123",
    "qazwsxedcrfv",
    "qazwsxedcrfvtgb",
    "qazwsxqazwsx",
    "qazxswedc123",
    "qazxswedcvfr",
    "qwaszxerdfcv",
    "qweasdzxc123",
    "qweqweqweqwe",
    "qwerasdfzxcv",
    "qwerqwerqwer",
    "qwertasdfgzxcvb",
    "qwerty123456",
    "qwerty1234567",
    "qwerty12345678",
    "qwerty123456789",
    "qwerty123qwerty",
    "qwertyasdfgh",
    "qwertyqwerty",
    "qwertyuiop10",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiop1234",
    "qwertyuiop12345",
    "qwertyuiop123456",
    "qwertyuiop123456789",
    "qwertyuiop[]",
    "qwertyuiopasdf",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyytrewq",
    "z1x2c3v4b5n6m7",
    "zaq12wsxcde3",
    "zaq1xsw2cde3",
    "zaqwsxcderfv",
    "zxcasdqwe123",
    "zxcvbn123456",
    "zxcvbnm12345",
    "zxcvbnm123456",
    "zxcvbnm123456789",
    // Words.
    "admin1234567",
    "admin12345678",
    "admin123admin",
    "adminadminadmin",
    "administrator",
    "administrator1",
    "administrator123",
    "australia123",
    "australia1234",
    "changeme1234",
    "changeme12345",
    "changemechangeme",
    "changemenow!",
    "changethispassword",
    "chickenwing101",
    "christopher1",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "correct-horse-battery-staple",
    "counterstrike",
    "defaultpassword",
    "devalodevalo",
    "devalo123456",
    "finalfantasy",
    "football1234",
    "greenlantern",
    "hello12345678",
    "hellohello123",
    "helloworld123",
    "iloveyou1234",
    "iloveyou12345",
    "iloveyou123456",
    "iloveyouforever",
    "iloveyousomuch",
    "ilovemyfamily",
    "ingodwetrust",
    "iseedeadpeople",
    "jamesbond007",
    "justinbieber",
    "leavemealone",
    "letmein12345",
    "letmein123456",
    "letmeinletmein",
    "letmeinplease",
    "lost4815162342",
    "4815162342lost",
    "manchesterunited",
    "massimiliano",
    "michaeljackson",
    "minecraft123",
    "mortalkombat",
    "mypassword12",
    "mypassword123",
    "mypassword1234",
    "needforspeed",
    "nightcrawler",
    "p@ssw0rd1234",
    "p@ssword1234",
    "p@ssw0rd123!",
    "passw0rd1234",
    "password!234",
    "password0000",
    "password1234",
    "password1234!",
    "password12345",
    "password123456",
    "password1234567",
    "password12345678",
    "password123456789",
    "password1234567890",
    "password123!",
    "password2024",
    "password2025",
    "password2026",
    "password@123",
    "password@1234",
    "passwordpassword",
    "passwordpassword1",
    "peanutbutter",
    "playstation2",
    "playstation3",
    "princess1234",
    "punksnotdead",
    "residentevil",
    "sanfrancisco",
    "secretpassword",
    "sonyericsson",
    "stratocaster",
    "sunshine1234",
    "systemofadown",
    "temppassword",
    "temporarypassword",
    "testpassword",
    "testtesttest",
    "thecakeisalie",
    "thisismypassword",
    "ticketmaster",
    "trustno1trustno1",
    "warhammer40k",
    "welcome12345",
    "welcome123456",
    "welcome1welcome1",
    "welcomewelcome",
    "whatever1234",
    "whosyourdaddy",
];

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
