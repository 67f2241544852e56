//! A disk that can’t be written to: at a start it is said, and nothing is changed; while the server serves nothing is half saved, what is
//! there can still be read, and once it can be written again all goes on.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use app::db::tables::Whole;
use axum::http::{StatusCode, header};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    postgres,
    support::{Site, booking},
};

const BIN: &str = env!("CARGO_BIN_EXE_devalo");
/// SIGXFSZ: a file would become longer than it may.
const TOO_LONG: i32 = 25;

/// A folder, a file, or a whole file system that can only be read: the server says which, ends with exit code 1, and leaves everything as it
/// is. Once it may write again, all of it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_where_nothing_can_be_written_is_refused() {
    let site = Site::sqlite().await;
    site.platform.db.close().await;
    let file = PathBuf::from(site.url.strip_prefix("sqlite://").expect("a file"));
    let folder = file.parent().expect("a folder").to_owned();
    let before = fs::read(&file).expect("the database");
    let refused = |output: Output, words: &str| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("DATABASE_URL") && said.contains(words) && said.contains("Nothing was changed"),
            "{said}"
        );
        assert!(fs::read(&file).expect("the database") == before, "it is as it was");
    };
    match Started::without_roots_rights() {
        None => eprintln!("skipped: here root can’t do without its right to write everywhere"),
        Some(started) => {
            mode(&folder, 0o500);
            refused(started.serve(&site.url), "can’t be written");
            mode(&folder, 0o700);
            mode(&file, 0o400);
            refused(started.serve(&site.url), "can only be read");
            // What it made beside it came with the same rights.
            for entry in fs::read_dir(&folder).expect("the folder") {
                let path = entry.expect("an entry").path();
                if path.is_file() {
                    mode(&path, 0o600);
                }
            }
        }
    }
    match Started::on_a_system_that_can_only_be_read(&folder) {
        None => eprintln!("skipped: nothing can be mounted here"),
        Some(started) => {
            refused(started.serve(&site.url), "can’t be written");
            let checked = started.command(&site.url).arg("check").output().expect("it runs");
            let said = String::from_utf8_lossy(&checked.stdout).into_owned();
            assert!(said.contains("DV049") && !said.contains("DV040"), "{said}");
            // What can still be read is taken to where it is safe.
            let pair = age::x25519::Identity::generate().to_public().to_string();
            let safe = tempfile::tempdir().expect("a folder");
            let mut backup = started.command(&site.url);
            backup
                .args(["backup", "--recipient", &pair, "--files"])
                .arg(safe.path().join("none"))
                .arg("--to")
                .arg(safe.path());
            let made = backup.output().expect("it runs");
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
    }
    let there = Whole::look(&site.url).await.expect("the database");
    assert_eq!((there.orgs, there.users), (2, 2));
}

/// While nothing can be written, whoever wants something saved hears that it isn’t, and when to try again; pages are shown, and the server
/// says that it isn’t ready. Then the same request goes through, without a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fails_for_a_while_loses_nothing() {
    // Heard, and not died of.
    let _heard = signal(SignalKind::from_raw(TOO_LONG)).expect("it is heard");
    let site = Site::sqlite().await;
    let start = site.slots("alpha", "sports-massage").await[0].clone();
    assert_eq!(site.get("/readyz").await.status, StatusCode::OK);
    let usual = getrlimit(Resource::Fsize);
    // No file may have anything written to it.
    setrlimit(Resource::Fsize, Rlimit { current: Some(0), ..usual }).expect("a limit");
    let refused = site.book("alpha", "nothing-saved", &booking("sports-massage", &start)).await;
    let read = site.get("/api/v1/orgs/beta/calendar/services/follow-up/slots").await;
    // One that doesn’t remember what it found.
    let ready = site.at(site.platform.clone()).get("/readyz").await;
    setrlimit(Resource::Fsize, usual).expect("the usual limit");
    // Before anybody saves anything: whoever balances lets nobody through until it is.
    let again = site.at(site.platform.clone()).get("/readyz").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{refused:?}");
    assert!(
        refused.headers.contains_key(header::RETRY_AFTER) && refused.text.contains("Nothing can be saved"),
        "{refused:?}"
    );
    assert_eq!(read.status, StatusCode::OK, "{read:?}");
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE, "{ready:?}");
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
    assert!(site.slots("alpha", "sports-massage").await.contains(&start), "nothing is taken");
    let booked = site.book("alpha", "nothing-saved", &booking("sports-massage", &start)).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
    assert!(!site.slots("alpha", "sports-massage").await.contains(&start));
}

/// What the program is started by.
struct Started(Vec<String>);

impl Started {
    /// As somebody who may write only where the file’s rights say so; `None` where that can’t be had.
    fn without_roots_rights() -> Option<Self> {
        if !postgres::is_root() {
            return Some(Self(Vec::new()));
        }
        Self(["setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override"].map(str::to_owned).to_vec())
            .works()
    }

    /// Where this folder is on a file system that can only be read; `None` where there can be none.
    fn on_a_system_that_can_only_be_read(folder: &Path) -> Option<Self> {
        let mounts = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"";
        let folder = folder.to_str().expect("text");
        Self(["unshare", "--mount", "sh", "-c", mounts, folder].map(str::to_owned).to_vec()).works()
    }

    fn works(self) -> Option<Self> {
        let tried = self.run("true").output();
        tried.is_ok_and(|output| output.status.success()).then_some(self)
    }

    /// Until it ends by itself.
    fn serve(&self, url: &str) -> Output {
        let home = tempfile::tempdir().expect("a folder");
        self.command(url).arg("serve").current_dir(&home).output().expect("it runs")
    }

    /// The program, with the settings of this database.
    fn command(&self, url: &str) -> Command {
        let mut command = self.run(BIN);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("DATABASE_URL", url)
            .env("DEVALO_ADDR", "127.0.0.1:0")
            .env("DEVALO_SECRET", "QSBzZWNyZXQgb2YgdGhlIHRlc3RzLCAzMiBieXRlcyBsb25nIG9yIG1vcmU=")
            .env("DEVALO_ENCRYPTION_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        command
    }

    fn run(&self, program: &str) -> Command {
        let mut words = self.0.iter().map(String::as_str).chain([program]);
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words);
        command
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("its rights");
}
