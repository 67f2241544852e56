//! Processes that are measured, and ended whatever happens.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::process::{Child, Command};

use crate::Result;

/// What a process takes of memory, in KiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// The most that it ever took.
    pub peak: u64,
}

/// Reads what a process takes of memory.
pub fn memory(child: &Child) -> Result<Memory> {
    let pid = child.id().ok_or("the process has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).ok_or("no such field in /proc")?;
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        Ok::<u64, crate::Failure>(digits.parse()?)
    };
    Ok(Memory { resident: field("VmRSS")?, peak: field("VmHWM")? })
}

/// Asks a process to stop, and waits until it has.
pub async fn stop(mut child: Child) -> Result<()> {
    if let Some(pid) = child.id() {
        Command::new("kill").arg(pid.to_string()).status().await?;
    }
    if tokio::time::timeout(Duration::from_secs(3), child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(())
}

/// Runs a program to its end and gives what it printed.
pub async fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let program = command.as_std().get_program();
    if !output.status.success() {
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        return Err(format!("{}: {out}{err}", Path::new(program).display()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
