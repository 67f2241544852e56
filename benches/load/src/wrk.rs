//! Requests a second, measured by `wrk`: one thread, so that the server has the other core to itself.

use std::{net::SocketAddr, path::Path};

use tokio::process::Command;

use crate::{Result, process::output};

const CONNECTIONS: &str = "32";

/// Asks for one path again and again, or for what the script makes of it; fails where an answer isn't a success.
pub async fn rate(addr: SocketAddr, path: &str, seconds: u64, script: Option<(&Path, &[&str])>) -> Result<f64> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "-c", CONNECTIONS, "-d", &format!("{seconds}s")]);
    if let Some((file, _)) = script {
        command.arg("-s").arg(file);
    }
    command.arg(format!("http://{addr}{path}"));
    if let Some((_, arguments)) = script {
        command.arg("--").args(arguments);
    }
    let printed = output(&mut command).await?;
    if printed.contains("Non-2xx") || printed.contains("Socket errors") {
        return Err(format!("{path}:\n{printed}").into());
    }
    let line = printed.lines().find_map(|line| line.strip_prefix("Requests/sec:")).ok_or("wrk gave no figure")?;
    Ok(line.trim().parse()?)
}
