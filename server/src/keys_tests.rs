use std::convert::Infallible;

use rand::{TryCryptoRng, TryRng};

use super::*;
use crate::check;
use crate::config::{Config, Source};

#[test]
fn what_is_generated_passes_the_check_with_a_comment_for_each_line() {
    let (first, second) = (generate().unwrap(), generate().unwrap());
    let lines: Vec<_> = first.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("# ") && lines[2].starts_with("# "));
    assert!(lines[1].starts_with("DEVALO_ENCRYPTION_KEYS=k2"));
    assert!(lines[3].starts_with("DEVALO_SECRET="));
    for (one, other) in first.lines().zip(second.lines()) {
        assert_eq!(one == other, one.starts_with('#'));
    }
    let source = Source::from_pairs([
        ("DEVALO_ENV", "production"),
        ("DATABASE_URL", "sqlite:///var/lib/devalo/devalo.db"),
        ("DEVALO_ORIGIN", "https://bookings.harbour-physio.com.au"),
    ]);
    assert_eq!(check::problems(&source.under_env_file(&first).unwrap()), []);
}

#[test]
fn the_key_id_is_the_minute_in_utc() {
    let now = "2026-01-02T09:30:59+11:00".parse().unwrap();
    let text = lines(now, &mut SysRng).unwrap();
    assert!(text.contains("DEVALO_ENCRYPTION_KEYS=k20260101t2230:"), "{text}");
}

#[test]
fn a_broken_generator_is_an_error_and_not_a_weak_key() {
    struct Stuck;
    impl TryRng for Stuck {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(0)
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(0)
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            bytes.fill(0);
            Ok(())
        }
    }
    impl TryCryptoRng for Stuck {}
    assert!(lines(Timestamp::UNIX_EPOCH, &mut Stuck).is_err());
}

#[test]
fn the_development_file_is_private_usable_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    assert!(ensure_development_env(&path).unwrap());
    let text = fs::read_to_string(&path).unwrap();
    let source = Source::from_pairs::<&str, &str>([]).under_env_file(&text).unwrap();
    Config::load(&source).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!ensure_development_env(&path).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(ensure_development_env(&folder.path().join("absent/.env")).is_err());
}

/// Who began with a setting of their own gets the keys as well; nobody else's file is touched.
#[test]
fn a_development_file_without_keys_gets_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    fs::write(&path, "BOOTSTRAP_ADMIN_EMAIL=robin@example.com.au").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let made: usize = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..16).map(|_| scope.spawn(|| ensure_development_env(&path).unwrap())).collect();
        runners.into_iter().map(|runner| usize::from(runner.join().unwrap())).sum()
    });
    assert_eq!(made, 1);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "there are secrets in it now");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("BOOTSTRAP_ADMIN_EMAIL=robin@example.com.au\n"), "{text}");
    let source = Source::from_pairs([("BOOTSTRAP_ADMIN_PASSWORD", "otter quilt lantern 58")]);
    Config::load(&source.under_env_file(&text).unwrap()).unwrap();
    for other in ["DEVALO_SECRET=\n", "DEVALO_ENCRYPTION_KEYS=k1:lost\n", "DEVALO_ENV='production'\n"] {
        fs::write(&path, other).unwrap();
        assert!(!ensure_development_env(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), other);
    }
}

#[test]
fn of_many_that_race_one_writes_and_all_read_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    let race = || (ensure_development_env(&path).unwrap(), fs::read_to_string(&path).unwrap());
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..16).map(|_| scope.spawn(race)).collect();
        runners.into_iter().map(|runner| runner.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|(made, _)| *made).count(), 1);
    assert!(outcomes.iter().all(|(_, text)| *text == outcomes[0].1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
