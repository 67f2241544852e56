//! A PostgreSQL for the tests, started from the system's binaries: one cluster a test run, shared by its processes and stopped when the
//! run is over.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use crate::{once_a_run, support};

/// A fresh, empty database of the run's cluster, owned by an ordinary role.
pub fn fresh_database() -> String {
    copy_of("devalo_empty")
}

/// A database of one's own with the two businesses of every test in it.
pub fn database_with_businesses() -> String {
    copy_of("devalo_businesses")
}

/// An empty database whose owner may make no roles, and its owner's name.
pub fn plain_owners_database() -> (String, String) {
    let cluster = cluster();
    let owner = format!("owner{}", unique());
    psql(cluster, "postgres", &format!("CREATE ROLE {owner} LOGIN"));
    let name = format!("t{}", unique());
    psql(cluster, "postgres", &format!("CREATE DATABASE {name} OWNER {owner}"));
    drop_in_the_end(cluster, &name);
    (url(cluster, &name).replace("devalo@", &format!("{owner}@")), owner)
}

/// Does something that only a superuser of the cluster may.
pub fn as_superuser(statement: &str) {
    psql(cluster(), "postgres", statement);
}

/// What a copy of the database on disk would show: every row of every table, as text.
pub fn dump(url: &str) -> String {
    let output = Command::new(binary("pg_dump")).arg("--data-only").arg(url).output().expect("pg_dump runs");
    assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn url(cluster: &Path, name: &str) -> String {
    format!("postgres://devalo@localhost/{name}?host={}", cluster.join("socket").display())
}

fn superusers(cluster: &Path, name: &str) -> String {
    format!("postgres://postgres@localhost/{name}?host={}", cluster.join("socket").display())
}

fn copy_of(template: &str) -> String {
    let cluster = cluster();
    let name = format!("t{}", unique());
    psql(cluster, "postgres", &format!("CREATE DATABASE {name} OWNER devalo TEMPLATE {template}"));
    drop_in_the_end(cluster, &name);
    url(cluster, &name)
}

/// A run has a thousand of them, each of some 20 MB.
fn drop_in_the_end(cluster: &Path, name: &str) {
    let psql = binary("psql").display().to_string();
    let url = superusers(cluster, "postgres");
    once_a_run::after_the_test(&format!(
        "'{psql}' --no-psqlrc --quiet --command 'DROP DATABASE IF EXISTS {name} WITH (FORCE)' '{url}'"
    ));
}

fn cluster() -> &'static Path {
    static CLUSTER: OnceLock<PathBuf> = OnceLock::new();
    CLUSTER.get_or_init(|| once_a_run::folder("pg", start))
}

fn start(folder: &Path) {
    let socket = folder.join("socket");
    fs::create_dir_all(&socket).expect("the socket's folder");
    if is_root() {
        // PostgreSQL refuses to run as root.
        for path in [folder, socket.as_path()] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("permissions");
        }
    }
    let data = folder.join("data");
    let (data_text, socket_text) = (data.display().to_string(), socket.display().to_string());
    run(as_server("initdb").args([
        "--pgdata",
        &data_text,
        "--username",
        "postgres",
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
        "--no-sync",
    ]));
    let options = format!(
        "-c listen_addresses= -c unix_socket_directories={socket_text} -c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB"
    );
    let log = folder.join("data/log").display().to_string();
    run(as_server("pg_ctl").args(["start", "--pgdata", &data_text, "--wait", "--log", &log, "--options", &options]));
    let pid = fs::read_to_string(folder.join("data/postmaster.pid")).expect("the server's pid file");
    let pid = pid.lines().next().expect("the server's pid");
    let stop = format!("kill -QUIT {pid}; while kill -0 {pid} 2>/dev/null; do sleep 0.1; done");
    once_a_run::remove_in_the_end(folder, &stop);
    psql(folder, "postgres", "CREATE ROLE devalo LOGIN CREATEROLE");
    psql(folder, "postgres", "CREATE DATABASE devalo_empty OWNER devalo");
    let empty = url(folder, "devalo_empty");
    once_a_run::block_on(async move || support::migrated(&empty).await.close().await);
    psql(folder, "postgres", "CREATE DATABASE devalo_businesses OWNER devalo TEMPLATE devalo_empty");
    let businesses = url(folder, "devalo_businesses");
    once_a_run::block_on(async move || support::fill_template(businesses).await);
}

fn psql(cluster: &Path, database: &str, statement: &str) {
    let url = superusers(cluster, database);
    let started = Instant::now();
    loop {
        let output = Command::new(binary("psql"))
            .args(["--no-psqlrc", "--quiet", "--command", statement, &url])
            .output()
            .expect("psql runs");
        if output.status.success() {
            return;
        }
        let message = String::from_utf8_lossy(&output.stderr);
        // Another test is copying the template at this moment.
        assert!(
            message.contains("being accessed by other users") && started.elapsed() < Duration::from_mins(1),
            "psql: {message}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn as_server(name: &str) -> Command {
    let program = binary(name);
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("a PostgreSQL program runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Debian keeps them off the path, a folder a version; the newest counts.
fn binary(name: &str) -> PathBuf {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin").join(name)))
        .filter(|path| path.exists())
        .collect();
    versions.sort();
    versions.pop().unwrap_or_else(|| PathBuf::from(name))
}

fn unique() -> uuid::fmt::Simple {
    app::ids::fresh(app::clock::Clock::system().now()).simple()
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}
