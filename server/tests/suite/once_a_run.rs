//! What all tests of a run share: nextest runs each in a process of its own, the first that needs it makes it, and a watcher removes it
//! when the run is over.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// The run's folder of this name, filled once by `make`.
pub fn folder(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    // They share by the run's id.
    let run = id().unwrap_or_else(|| format!("pid-{}", std::process::id()));
    let folder = std::env::temp_dir().join(format!("devalo-{name}-{run}"));
    fs::create_dir_all(&folder).expect("the run's folder");
    let lock = File::create(folder.join("lock")).expect("the lock file");
    lock.lock().expect("the lock");
    if !folder.join("ready").exists() {
        remove_abandoned(name);
        make(&folder);
        fs::write(folder.join("ready"), "").expect("the marker");
    }
    lock.unlock().expect("the lock");
    folder
}

/// Has the folder removed once the test runner is gone, after this of the shell.
pub fn remove_in_the_end(folder: &Path, before: &str) {
    let runner = if id().is_some() { std::os::unix::process::parent_id() } else { std::process::id() };
    once_gone(runner, &format!("{before}; rm -rf '{}'", folder.display()));
}

/// Has the shell do this once this process is gone: where each test has one of its own, that is the test's end.
pub fn after_the_test(what: &str) {
    once_gone(std::process::id(), what);
}

fn once_gone(process: u32, what: &str) {
    let script = format!("while kill -0 {process} 2>/dev/null; do sleep 0.5; done; {what}");
    let status = Command::new("setsid")
        .args(["--fork", "sh", "-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the watcher starts");
    assert!(status.success(), "the watcher starts");
}

/// On a thread of its own: the test may be inside a runtime already.
pub fn block_on<F: Future<Output = ()>>(work: impl FnOnce() -> F + Send + 'static) {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work());
    });
    thread.join().expect("it is done");
}

/// A watcher that is killed together with its runner leaves its folder behind, which no run of a day later still uses.
fn remove_abandoned(name: &str) {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    let start = format!("devalo-{name}-");
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(&start);
        let made = entry.path().join("lock").metadata().and_then(|lock| lock.modified());
        let abandoned = made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > Duration::from_hours(24)));
        if ours && abandoned {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Set by nextest, the same for all processes of a run.
fn id() -> Option<String> {
    std::env::var_os("NEXTEST_RUN_ID")?.into_string().ok()
}
