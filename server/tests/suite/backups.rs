//! What is backed up comes back, whole, into either database; what can't come back changes nothing.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use age::secrecy::ExposeSecret as _;
use app::{
    clock::Clock,
    db::{
        Access, Db,
        tables::{Standing, Whole},
    },
    module::SentFile,
    modules::{MIGRATIONS, tasks::files},
    platform::Platform,
    platform_sql,
    settings::closing,
};
use axum::http::StatusCode;
use object_store::memory::InMemory;
use server::{
    backup::{
        self, Wanted,
        place::Place,
        restore::{self, Drill, Report},
    },
    boot,
    config::Source,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    on_both, postgres,
    support::{ORIGIN, Site, keyring, signer},
    tasks_support::Office,
};

const BIN: &str = env!("CARGO_BIN_EXE_devalo");
const SEALED_WITH: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

on_both! {
    /// A backup that is made while people work comes back as it was at one moment, with its files, in either database; and the drill says so.
    async fn a_backup_comes_back_in_either_database(site: Site) {
        let office = Office::alpha(&site).await;
        office.task("Order paper").await;
        let sent = SentFile { name: "plan.txt".to_owned(), content: b"zanzibar".to_vec() };
        let (_, file) = files::add(&site.platform, &office.owner(), "alpha", "T-1", sent, None).await.expect("a file");
        let (keys, home) = (Keys::new(), Folder::new());
        let source = source(&site.url);
        let wanted = keys.wanted(&site, &home);
        let work = async {
            for n in 0..20 {
                office.task(&format!("Meanwhile {n}")).await;
            }
        };
        let (made, ()) = tokio::join!(backup::make(&source, &wanted, &site.platform.clock), work);
        let made = made.expect("a backup");
        assert!(made.warnings.is_empty() && Path::new(&made.file).is_file(), "{made:?}");
        assert_eq!((made.manifest.files.len(), made.manifest.schema.applied.len()), (1, MIGRATIONS.len()));
        let text = String::from_utf8_lossy(&fs::read(&made.file).expect("the file")).into_owned();
        assert!(text.starts_with("age-encryption.org/v1\n") && !text.contains("Alpha Clinic"));

        let sqlite = Folder::new();
        let goals = [sqlite.database(), tokio::task::spawn_blocking(postgres::fresh_database).await.expect("a database")];
        for url in goals {
            let files_there = Folder::new();
            let report = restore_to(&keys, &made.file, &url, Some(files_there.path("files"))).await.expect("it comes back");
            assert!(report.findings.is_empty() && report.erased.is_empty(), "{report}");
            assert_eq!(report.manifest, made.manifest);
            let platform = platform(&url, &site, files_there.path("files")).await;
            let there = site.at(platform);
            let owner = there.log_in("alpha").await;
            let read = there.get_as(&owner, &format!("/app/alpha/tasks/files/{file}")).await;
            assert_eq!((read.status, read.text.as_str()), (StatusCode::OK, "zanzibar"));
            // What slept is awake: what is in the log stays.
            let mut tx = there.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            assert!(platform_sql!(exec, &mut tx, "UPDATE audit_entries SET action = action").is_err());
            tx.rollback().await.expect("undone");
            there.platform.db.close().await;
        }

        let drill = Drill { from: Some(home.path("backups").display().to_string()), identity: keys.identity.clone(), scratch: Some(home.path("scratch")) };
        let report = restore::drill(&source, &drill, &site.platform.clock).await.expect("a drill");
        assert!(report.findings.is_empty() && report.rows() == made.manifest.tables.values().map(|sum| sum.rows).sum::<u64>(), "{report}");
        assert!(report.to_string().contains("invariants    hold"), "{report}");
        assert_eq!(fs::read_dir(home.path("scratch")).expect("the folder").count(), 0, "nothing is left of it");
        // With other keys than it was sealed with, it says what can't be read.
        let others = source.with("DEVALO_ENCRYPTION_KEYS", "new:9t1C0cXr0Zy6vGm5m8H1bq2yLx7E3oYwTn4sJfUaRkM=");
        let report = restore::drill(&others, &drill, &site.platform.clock).await.expect("a drill");
        assert!(report.findings.iter().any(|word| word.contains("The key test,") && word.contains("unreadable")), "{report}");
    }

    /// Nothing goes where somebody's data or files are, or where another restore is under way.
    async fn nothing_is_overwritten(site: Site) {
        let (keys, home) = (Keys::new(), Folder::new());
        let made = backup::make(&source(&site.url), &keys.wanted(&site, &home), &site.platform.clock).await.expect("a backup");
        let standing = Whole::look(&site.url).await.expect("a look");
        let refused = restore_to(&keys, &made.file, &site.url, Some(home.path("files"))).await.expect_err("there is data");
        assert!(refused.contains("has data: 2 organisations, 2 people"), "{refused}");
        assert_eq!(counts(&Whole::look(&site.url).await.expect("a look")), counts(&standing));

        for gone_at_once in ["sqlite::memory:", "sqlite:///srv/devalo.db?mode=memory"] {
            let refused = restore_to(&keys, &made.file, gone_at_once, Some(home.path("files"))).await.expect_err("it is gone at once");
            assert!(refused.contains("A database in memory"), "{refused}");
        }
        let empty = empty_database(&site, &home).await;
        let taken = home.path("taken");
        fs::create_dir_all(taken.join("0190b3c4-0000-7000-8000-000000000001")).expect("a folder");
        let refused = restore_to(&keys, &made.file, &empty, Some(taken)).await.expect_err("there are files");
        assert!(refused.contains("There are files in"), "{refused}");

        let held = if site.platform.db.is_postgres() {
            Held::Database(Whole::to_fill(&empty).await.expect("it is free"))
        } else {
            let file = fs::File::create(home.path("new.db.lock")).expect("a lock");
            file.lock().expect("it is free");
            Held::File(file)
        };
        let refused = restore_to(&keys, &made.file, &empty, Some(home.path("files"))).await.expect_err("another is at it");
        assert!(refused.contains("is under way"), "{refused}");
        match held {
            Held::Database(whole) => whole.close().await.expect("it ends"),
            Held::File(file) => drop(file),
        }
        restore_to(&keys, &made.file, &empty, Some(home.path("files"))).await.expect("then it goes");
    }

    /// An organisation that was deleted for good isn't brought back by a backup from before: the list beside the backups names it.
    async fn whoever_was_erased_stays_erased(site: Site) {
        let (keys, home) = (Keys::new(), Folder::new());
        let (source, wanted) = (source(&site.url), keys.wanted(&site, &home));
        let before = backup::make(&source, &wanted, &site.platform.clock).await.expect("a backup");
        let (now, alpha) = (site.platform.clock.now(), site.alpha);
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET closes_at = $1 WHERE id = $2", now, alpha).expect("it closes");
        tx.commit().await.expect("a commit");
        closing::carry_out(&site.platform).await.expect("it is erased");
        site.advance(60);
        backup::make(&source, &wanted, &site.platform.clock).await.expect("another");
        let goal = empty_database(&site, &home).await;
        let report = restore_to(&keys, &before.file, &goal, Some(home.path("files"))).await.expect("it comes back");
        assert_eq!(report.erased, [alpha.0], "{report}");
        // Whoever wrote the list may have been somebody else.
        assert!(report.findings.len() == 1 && report.findings[0].contains("1 organisation was deleted again"), "{report}");
        let mut whole = Whole::snapshot(&goal).await.expect("a look");
        assert_eq!(whole.count("SELECT count(*) FROM organisations").await.expect("a count"), 1);
        let left = whole.data_keys().await.expect("the keys");
        assert!(left.iter().all(|(owner, _)| *owner != alpha.0), "its key is gone again");
        whole.close().await.expect("it ends");
    }

    /// What must never be, and came back all the same, is named: here the platform’s own key is gone, without which nobody’s name can be read.
    async fn what_must_never_be_is_named(site: Site) {
        let (keys, home) = (Keys::new(), Folder::new());
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let gone = platform_sql!(exec, &mut tx, "DELETE FROM data_keys WHERE owner_id = $1", Uuid::nil()).expect("it goes");
        tx.commit().await.expect("a commit");
        assert_eq!(gone, 1);
        let made = backup::make(&source(&site.url), &keys.wanted(&site, &home), &site.platform.clock).await.expect("a backup");
        let goal = empty_database(&site, &home).await;
        let report = restore_to(&keys, &made.file, &goal, Some(home.path("files"))).await.expect("it comes back");
        assert_eq!(report.findings, ["2 people can’t be read: the platform has no data key"], "{report}");
    }
}

/// A wrong key, a byte that changed anywhere, a file that was cut off anywhere: each is refused, and leaves nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_damaged_changes_nothing() {
    let site = Site::sqlite().await;
    let (keys, home) = (Keys::new(), Folder::new());
    let made =
        backup::make(&source(&site.url), &keys.wanted(&site, &home), &site.platform.clock).await.expect("a backup");
    let whole = fs::read(&made.file).expect("the backup");
    let refused = restore_to(&Keys::new(), &made.file, &home.database(), None).await.expect_err("another's key");
    assert!(refused.contains("doesn’t open this backup"), "{refused}");
    let name = Path::new(&made.file).file_name().expect("a name").to_owned();
    let bad = home.path("bad").join(name);
    fs::create_dir(home.path("bad")).expect("a folder");
    let end = whole.len();
    for (at, cut) in
        [(20, false), (120, false), (end / 2, false), (end - 9, false), (60, true), (end / 2, true), (end - 1, true)]
    {
        let mut bytes = whole.clone();
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1;
        }
        fs::write(&bad, bytes).expect("a file");
        let refused = restore_to(&keys, &bad.display().to_string(), &home.database(), None).await;
        let refused = refused.err().unwrap_or_else(|| panic!("{at} of {end}, cut: {cut}: it was taken"));
        assert!(refused.contains("damaged"), "{at}, {cut}: {refused}");
    }
    let mut left: Vec<String> =
        home.names().into_iter().filter(|name| name.starts_with("new") || name.starts_with("files")).collect();
    left.retain(|name| name != "new.db.lock");
    assert_eq!(left, Vec::<String>::new());
    restore_to(&keys, &made.file, &home.database(), None).await.expect("the good one is taken");
    assert!(home.path("new.db").is_file() && home.path("files").is_dir());
}

/// What an older version made is brought up to date; what a newer one made is refused in words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_are_told_apart() {
    let (keys, home) = (Keys::new(), Folder::new());
    let clock = Clock::system();
    let old = format!("sqlite://{}", home.path("old.db").display());
    let db = Db::connect(&old).await.expect("a database");
    db.migrate(&MIGRATIONS[..MIGRATIONS.len() - 1]).await.expect("it migrates");
    db.close().await;
    assert_eq!(mode(&home.path("old.db")), 0o600, "a new database is nobody else’s to read");
    let wanted = Wanted {
        to: Some(home.path("backups").display().to_string()),
        recipients: vec![keys.recipient.clone()],
        ..Wanted::default()
    };
    let made = backup::make(&source(&old), &wanted, &clock).await.expect("a backup");
    restore_to(&keys, &made.file, &home.database(), None).await.expect("it comes back");
    assert_eq!(Whole::look(&home.database()).await.expect("a look").applied.len(), MIGRATIONS.len());

    let text = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999999, 'tomorrow', TRUE, x'00', 0)";
    {
        use sqlx::{Connection as _, Executor as _};
        let mut owner = sqlx::SqliteConnection::connect(&old).await.expect("it answers");
        owner.execute(text).await.expect("it is done");
        owner.close().await.expect("it ends");
    }
    let made = backup::make(&source(&old), &wanted, &clock).await.expect("a backup");
    let other = Folder::new();
    let refused = restore_to(&keys, &made.file, &other.database(), None).await.expect_err("of tomorrow");
    assert!(refused.contains("newer version") && refused.contains("999999"), "{refused}");
    assert!(!other.path("new.db").exists());
}

/// What isn’t ours stays: another program’s database, and a folder with something else in it. A folder has one restore at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_ours_stays() {
    let site = Site::sqlite().await;
    let (keys, home, empty) = (Keys::new(), Folder::new(), Folder::new());
    let made =
        backup::make(&source(&site.url), &keys.wanted(&site, &home), &site.platform.clock).await.expect("a backup");
    {
        use sqlx::{Connection as _, Executor as _};
        let url = format!("{}?mode=rwc", home.database());
        let mut owner = sqlx::SqliteConnection::connect(&url).await.expect("it is made");
        owner.execute("CREATE TABLE recipes (id INTEGER)").await.expect("a table");
        owner.close().await.expect("it ends");
    }
    let refused = restore_to(&keys, &made.file, &home.database(), None).await.expect_err("another's database");
    assert!(refused.contains("aren’t Devalo’s"), "{refused}");

    // As somebody may type it.
    let (files, slash) = (home.path("shared"), home.path("shared").join(""));
    fs::create_dir(&files).expect("a folder");
    fs::write(files.join("letter.txt"), "kept").expect("a file");
    let refused =
        restore_to(&keys, &made.file, &empty.database(), Some(slash.clone())).await.expect_err("it isn't empty");
    assert!(refused.contains("letter.txt") && files.join("letter.txt").is_file(), "{refused}");
    fs::remove_file(files.join("letter.txt")).expect("it is gone");

    let another = fs::File::open(&files).expect("it opens");
    another.lock().expect("it is free");
    let refused = restore_to(&keys, &made.file, &empty.database(), Some(slash.clone())).await.expect_err("another's");
    assert!(refused.contains("Another restore into"), "{refused}");
    drop(another);
    restore_to(&keys, &made.file, &empty.database(), Some(slash)).await.expect("then it goes");
    assert_eq!(names_in(&files), Vec::<String>::new(), "nothing is left of how they came in");
    assert_eq!(mode(&empty.path("new.db")), 0o600, "nobody else reads it");
}

/// Files go to where a link leads, as to a larger disk, and the link stays; one whose disk isn’t there is told. What the system keeps on
/// such a disk is in nobody’s way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_where_a_link_leads() {
    let site = Site::sqlite().await;
    let kept = site.platform.files.folder().join(site.alpha.to_string());
    fs::create_dir_all(&kept).expect("a folder");
    fs::write(kept.join("0190b3c4-0000-7000-8000-000000000001"), "sealed").expect("a file");
    let (keys, home) = (Keys::new(), Folder::new());
    let made =
        backup::make(&source(&site.url), &keys.wanted(&site, &home), &site.platform.clock).await.expect("a backup");
    let (link, disk) = (home.path("files"), home.path("disk"));
    std::os::unix::fs::symlink(&disk, &link).expect("a link");
    let refused = restore_to(&keys, &made.file, &home.database(), None).await.expect_err("its disk isn’t there");
    assert!(refused.contains("isn’t there") && link.is_symlink(), "{refused}");
    fs::create_dir_all(disk.join("lost+found")).expect("a folder");
    restore_to(&keys, &made.file, &home.database(), None).await.expect("it comes back");
    assert!(link.is_symlink());
    let mut there = names_in(&disk);
    there.sort_unstable();
    assert_eq!(there, [site.alpha.to_string(), "lost+found".to_owned()]);
    assert_eq!(names_in(&disk.join(site.alpha.to_string())), ["0190b3c4-0000-7000-8000-000000000001"]);
}

/// A store has a backup whole or not at all; what is there can be restored from it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_takes_backups() {
    let site = Site::sqlite().await;
    let keys = Keys::new();
    let place = Place::Store {
        store: Arc::new(InMemory::new()),
        prefix: "nightly/".to_owned(),
        shown: "s3://b/nightly/".to_owned(),
    };
    let wanted = Wanted { recipients: vec![keys.recipient.clone()], ..Wanted::default() };
    let made = backup::make_in(&place, &source(&site.url), &wanted, &site.platform.clock).await.expect("a backup");
    assert!(made.file.starts_with("s3://b/nightly/devalo-20261122T220000Z-"), "{}", made.file);
    let broken = source(&format!("sqlite://{}/nothing.db", Folder::new().path("nowhere").display()));
    let refused = backup::make_in(&place, &broken, &wanted, &site.platform.clock).await.expect_err("no database");
    assert!(refused.starts_with("No backup was made. DATABASE_URL: the database can’t be read"), "{refused}");
    assert_eq!(place.backups().await.expect("a list").len(), 1, "nothing half");
    let refused = place.get("devalo-other").await.map(|_| ()).expect_err("it isn’t there");
    assert!(refused.contains("nothing called nightly/devalo-other") && !refused.contains('<'), "{refused}");
    let drill = Drill { from: None, identity: keys.identity.clone(), scratch: None };
    let report = restore::drill_in(&place, &source(&site.url), &drill, &site.platform.clock).await.expect("a drill");
    assert!(report.findings.is_empty() && report.bytes == made.bytes, "{report}");
    site.advance(-3 * 24 * 60 * 60);
    let refused = restore::drill_in(&place, &source(&site.url), &drill, &site.platform.clock).await;
    let refused = refused.expect_err("there is none of today or before");
    assert!(refused.contains("dated in the future") && refused.contains(&made.file), "{refused}");
}

/// A drill takes the newest that can be true, whatever somebody has put beside it; or the one that is asked for. What isn’t as its name says is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_takes_the_newest_that_can_be_true() {
    let site = Site::sqlite().await;
    let (keys, home) = (Keys::new(), Folder::new());
    let (there, wanted) = (source(&site.url), keys.wanted(&site, &home));
    let made = backup::make(&there, &wanted, &site.platform.clock).await.expect("a backup");
    let folder = home.path("backups");
    let copy = |name: &str| {
        fs::copy(&made.file, folder.join(name)).expect("a copy");
        folder.join(name).display().to_string()
    };
    let drill = async |from: &str| {
        let drill =
            Drill { from: Some(from.to_owned()), identity: keys.identity.clone(), scratch: Some(home.path("scratch")) };
        restore::drill(&there, &drill, &site.platform.clock).await
    };
    let all = folder.display().to_string();
    let (ahead, yesterday) =
        ("devalo-29990101T000000Z-0123abcd.tar.zst.age", "devalo-20261121T220000Z-0123abcd.tar.zst.age");
    let (ahead_file, yesterdays_file) = (copy(ahead), copy(yesterday));
    let report = drill(&all).await.expect("a drill");
    assert_eq!(report.file, made.file);
    assert!(report.findings.len() == 1 && report.findings[0].contains(ahead), "{report}");
    let report = drill(&yesterdays_file).await.expect("one of them");
    assert_eq!(report.file, yesterdays_file);
    assert!(
        report.findings.len() == 1 && report.findings[0].contains("somebody has given it another name"),
        "{report}"
    );
    fs::remove_file(&ahead_file).expect("it goes");
    // An empty one that is newer: which it is, is said.
    site.advance(60);
    let damaged = folder.join("devalo-20261122T220030Z-0123abcd.tar.zst.age");
    fs::write(&damaged, "").expect("a file");
    let refused = drill(&all).await.expect_err("it is empty");
    assert!(refused.starts_with(&damaged.display().to_string()) && refused.contains("damaged"), "{refused}");
    let refused = restore_to(&keys, &all, &home.database(), None).await.expect_err("a folder");
    assert!(refused.contains("names no backup"), "{refused}");
}

/// What is half there isn’t taken for all that there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_is_moved_to_is_not_backed_up() {
    let site = Site::sqlite().await;
    let (keys, home) = (Keys::new(), Folder::new());
    {
        use sqlx::{Connection as _, Executor as _};
        let mut owner = sqlx::SqliteConnection::connect(&site.url).await.expect("it answers");
        let begun = "INSERT INTO database_moves (source, started_at) VALUES ('another', 0)";
        owner.execute(begun).await.expect("it is written down");
        owner.close().await.expect("it ends");
    }
    let refused = backup::make(&source(&site.url), &keys.wanted(&site, &home), &site.platform.clock).await;
    let refused = refused.expect_err("it isn’t whole");
    assert!(refused.starts_with("No backup was made. Another database is being moved"), "{refused}");
    assert_eq!(names_in(&home.path("backups")), Vec::<String>::new());
}

/// Old backups go, the newest never, and nothing that isn't one of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_backups_go() {
    let site = Site::sqlite().await;
    let (keys, home) = (Keys::new(), Folder::new());
    let folder = home.path("backups");
    fs::create_dir(&folder).expect("a folder");
    let old = |day: &str| format!("devalo-{day}T000000Z-0123abcd.tar.zst.age");
    let days = ["20261001", "20261101", "20261120", "20261121"];
    for name in days.iter().map(|day| old(day)).chain(["devalo.db".to_owned(), "devalo-20200101.tar".to_owned()]) {
        fs::write(folder.join(name), "").expect("a file");
    }
    let ahead = old("29990101");
    fs::write(folder.join(&ahead), "").expect("a file");
    // What was left by one that was stopped goes, too.
    fs::write(folder.join(format!(".{}.part", old("20261120"))), "").expect("a file");
    let mut wanted = Wanted { keep_days: Some(7), keep_last: Some(4), ..keys.wanted(&site, &home) };
    let made = backup::make(&source(&site.url), &wanted, &site.platform.clock).await.expect("a backup");
    assert_eq!(made.removed, [old("20261001")], "three are young, and four stay, not counting what is to come");
    assert!(made.warnings.iter().any(|warning| warning.contains(&ahead)), "{made:?}");
    site.advance(60);
    (wanted.keep_days, wanted.keep_last) = (None, Some(0));
    let made = backup::make(&source(&site.url), &wanted, &site.platform.clock).await.expect("a backup");
    assert_eq!(made.removed.len(), 4);
    let newest = Path::new(&made.file).file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    let mut left = names_in(&folder);
    left.sort();
    assert_eq!(left, ["devalo-20200101.tar".to_owned(), newest, ahead, "devalo.db".to_owned()]);
}

/// Where a restore was broken off nobody begins with an empty database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_served_where_a_restore_was_broken_off() {
    let home = Folder::new();
    let url = home.database();
    let path = PathBuf::from(url.trim_start_matches("sqlite://"));
    drop(boot::only_writer_of(&url).await.expect("nothing is in the way"));
    fs::write(path.with_extension("db.restoring"), "").expect("a file");
    let refused = boot::only_writer_of(&url).await.expect_err("it isn’t whole").to_string();
    assert!(refused.contains("devalo restore") && refused.contains(".db.restoring"), "{refused}");
    fs::remove_file(path.with_extension("db.restoring")).expect("it goes");
    boot::only_writer_of(&url).await.expect("nothing is in the way");
}

/// What is missing or mistaken is said before anything begins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_said() {
    let site = Site::sqlite().await;
    let (keys, home) = (Keys::new(), Folder::new());
    let there = source(&site.url);
    let make = async |change: &dyn Fn(&mut Wanted)| {
        let mut wanted = keys.wanted(&site, &home);
        change(&mut wanted);
        backup::make(&there, &wanted, &site.platform.clock).await.expect_err("refused")
    };
    assert!(make(&|wanted| wanted.to = None).await.contains("BACKUP_TO"));
    assert!(make(&|wanted| wanted.to = Some(String::new())).await.contains("BACKUP_TO"));
    assert!(make(&|wanted| wanted.recipients.clear()).await.contains("BACKUP_RECIPIENT"));
    let secret = make(&|wanted| wanted.recipients = vec!["AGE-SECRET-KEY-1QQQ".to_owned()]).await;
    assert!(secret.contains("public half") && !secret.contains("QQQ"), "{secret}");
    assert!(make(&|wanted| wanted.to = Some("ftp://host/folder".to_owned())).await.contains("no folder"));
    let plain = Source::from_pairs([("DATABASE_URL", site.url.as_str()), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]);
    let refused = Place::read("s3://bucket/nightly", &plain).expect_err("it isn’t encrypted");
    assert!(refused.contains("AWS_ENDPOINT_URL") && refused.contains("AWS_ALLOW_HTTP=true"), "{refused}");
    fs::write(home.path("file"), "").expect("a file");
    for blocked in [home.path("file"), home.path("file").join("below")] {
        let refused = make(&|wanted| wanted.to = Some(blocked.display().to_string())).await;
        assert!(refused.starts_with("No backup was made. ") && refused.contains("where a folder belongs"), "{refused}");
    }
    let refused = restore_to(&keys, "devalo-nothing.age", &home.database(), None).await.expect_err("no file");
    assert!(refused.contains("devalo-nothing.age"), "{refused}");
    fs::write(home.path("devalo-erased.txt"), "00000000-0000-0000-0000-000000000000\n").expect("a file");
    let beside = home.path("devalo-nothing.age").display().to_string();
    let refused = restore_to(&keys, &beside, &home.database(), None).await.expect_err("the platform stays");
    assert!(refused.contains("no organisation’s id"), "{refused}");
    let no_key = Keys { identity: home.path("file"), ..Keys::new() };
    let refused = restore_to(&no_key, "devalo-nothing.age", &home.database(), None).await.expect_err("no key");
    assert!(refused.contains("AGE-SECRET-KEY-1"), "{refused}");
}

/// A full disk is told, and nothing of the backup stays; a restore that is killed half-way is begun anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_stopped_loses_nothing() {
    let site = Site::sqlite().await;
    let (keys, home) = (Keys::new(), Folder::new());
    let kept = site.platform.files.folder().join(site.alpha.to_string());
    fs::create_dir_all(&kept).expect("a folder");
    // What doesn't pack well.
    let mut noise = vec![0_u8; 500_000];
    rand::fill(&mut noise[..]);
    fs::write(kept.join("0190b3c4-0000-7000-8000-000000000001"), noise).expect("a file");
    let to = home.path("backups").display().to_string();
    let program = |line: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", line]).env_clear().env("PATH", "/usr/bin:/bin").current_dir(home.0.path());
        command.env("DATABASE_URL", &site.url).env("DEVALO_ENCRYPTION_KEYS", SEALED_WITH).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        command
    };
    let backup = format!("exec {BIN} backup --to {to} --recipient {}", keys.recipient);
    // Files of 100 KB at most.
    let full = program(&format!("trap '' XFSZ; ulimit -f 200; {backup}")).output().expect("it runs");
    let said = String::from_utf8_lossy(&full.stderr);
    assert!(!full.status.success() && said.contains("there is no room left"), "{said}");
    assert_eq!(names_in(Path::new(&to)), Vec::<String>::new());
    let made = program(&backup).output().expect("it runs");
    let file = String::from_utf8_lossy(&made.stdout).trim().to_owned();
    assert!(made.status.success() && Path::new(&file).is_file(), "{}", String::from_utf8_lossy(&made.stderr));

    let restore = format!(
        "exec {BIN} restore --from {file} --identity {} --database-url {}",
        keys.identity.display(),
        home.database()
    );
    let mut killed = program(&restore).spawn().expect("it starts");
    let (draft, begun) = (home.path("new.db.restoring"), Instant::now());
    while !draft.exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it doesn't begin");
        std::thread::sleep(Duration::from_millis(1));
    }
    killed.kill().expect("it is killed");
    killed.wait().expect("it ends");
    assert!(!home.path("new.db").exists() && draft.exists());
    let again = program(&restore).output().expect("it runs");
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(String::from_utf8_lossy(&again.stdout).contains("2 organisations, 2 people"));
    assert!(home.path("new.db").is_file() && !draft.exists());
    assert_eq!(names_in(&home.path("files")), [site.alpha.to_string()]);
}

/// A pair of keys, the half that opens in a file.
struct Keys {
    _folder: Folder,
    recipient: String,
    identity: PathBuf,
}

impl Keys {
    fn new() -> Self {
        let folder = Folder::new();
        let pair = age::x25519::Identity::generate();
        let identity = folder.path("key.txt");
        let text = format!("# made for a test\n{}\n", pair.to_string().expose_secret());
        fs::write(&identity, text).expect("a file");
        Self { _folder: folder, recipient: pair.to_public().to_string(), identity }
    }

    fn wanted(&self, site: &Site, home: &Folder) -> Wanted {
        Wanted {
            to: Some(home.path("backups").display().to_string()),
            recipients: vec![self.recipient.clone()],
            files: Some(site.platform.files.folder().to_owned()),
            ..Wanted::default()
        }
    }
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A database that isn't there yet.
    fn database(&self) -> String {
        format!("sqlite://{}", self.path("new.db").display())
    }

    fn names(&self) -> Vec<String> {
        names_in(self.0.path())
    }
}

enum Held {
    Database(Whole),
    File(fs::File),
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
}

/// One of the same kind as the site’s.
async fn empty_database(site: &Site, home: &Folder) -> String {
    if site.platform.db.is_postgres() {
        tokio::task::spawn_blocking(postgres::fresh_database).await.expect("a database")
    } else {
        home.database()
    }
}

fn source(url: &str) -> Source {
    Source::from_pairs([("DATABASE_URL", url), ("DEVALO_ENCRYPTION_KEYS", SEALED_WITH)])
}

fn counts(standing: &Standing) -> (i64, i64) {
    (standing.orgs, standing.users)
}

async fn restore_to(keys: &Keys, file: &str, url: &str, files: Option<PathBuf>) -> Result<Report, String> {
    let wanted = restore::Wanted {
        from: file.to_owned(),
        identity: keys.identity.clone(),
        database_url: Some(url.to_owned()),
        files,
    };
    restore::restore(&source(url), &wanted, &Clock::system()).await
}

/// What was restored, as a server has it.
async fn platform(url: &str, site: &Site, files: PathBuf) -> Platform {
    let db = Db::connect(url).await.expect("the database answers");
    let clock = Clock::fixed(site.platform.clock.now().timestamp());
    let platform = Platform::new(db, clock, keyring(), signer(), ORIGIN.to_owned());
    platform.files.keep_in(files);
    platform
}
