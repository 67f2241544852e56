//! A PostgreSQL cluster of the benchmark's own, with the settings that Debian ships: commits are flushed to disk.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::{Result, process::output};

/// Runs until it is stopped or dropped.
pub struct Cluster {
    data: PathBuf,
    socket: PathBuf,
    as_other: bool,
}

impl Cluster {
    /// Starts one in this folder.
    pub async fn start(folder: &Path) -> Result<Self> {
        let home = folder.join("postgres");
        let cluster = Self { data: home.join("data"), socket: home.join("socket"), as_other: is_root().await? };
        fs::create_dir_all(&cluster.socket)?;
        if cluster.as_other {
            // PostgreSQL refuses to run as root.
            fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?;
            for path in [&home, &cluster.socket] {
                fs::set_permissions(path, fs::Permissions::from_mode(0o777))?;
            }
        }
        let data = cluster.data.display().to_string();
        let init = ["--pgdata", &data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8"];
        output(cluster.program("initdb").args(init)).await?;
        let settings = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c max_connections=100",
            cluster.socket.display()
        );
        let log = cluster.data.join("log").display().to_string();
        let status = cluster
            .program("pg_ctl")
            .args(["start", "--pgdata", &data, "--wait", "--silent", "--log", &log, "--options", &settings])
            .status()
            .await?;
        if !status.success() {
            return Err(format!("PostgreSQL didn’t start: see {log}").into());
        }
        for statement in ["CREATE ROLE devalo LOGIN CREATEROLE", "CREATE DATABASE devalo OWNER devalo"] {
            let server = cluster.url("postgres", "postgres");
            output(Command::new(binary("psql")).args(["--no-psqlrc", "--quiet", "--command", statement, &server]))
                .await?;
        }
        Ok(cluster)
    }

    /// The product's own address of it.
    pub fn product_url(&self) -> String {
        self.url("devalo", "devalo")
    }

    /// The address of who sees every row.
    pub fn superuser_url(&self) -> String {
        self.url("postgres", "devalo")
    }

    fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@localhost/{database}?host={}", self.socket.display())
    }

    fn program(&self, name: &str) -> Command {
        let mut command = if self.as_other {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(binary(name));
            command
        } else {
            Command::new(binary(name))
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut command = self.program("pg_ctl").into_std();
        command.args(["stop", "--mode", "immediate", "--silent", "--pgdata"]).arg(&self.data);
        if !command.status().is_ok_and(|status| status.success()) {
            println!("PostgreSQL in {} couldn’t be stopped.", self.data.display());
        }
    }
}

/// Debian keeps them off the path, a folder a version; the newest counts.
fn binary(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let version = folder.file_name()?.to_str()?.parse().ok()?;
            let program = folder.join("bin").join(name);
            program.exists().then_some((version, program))
        })
        .collect();
    found.sort();
    found.pop().map_or_else(|| PathBuf::from(name), |(_, program)| program)
}

async fn is_root() -> Result<bool> {
    Ok(output(Command::new("id").arg("-u")).await?.trim() == "0")
}
