//! Processes that are measured, and ended whatever happens.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::process::{Child, Command};

use crate::Result;

/// In which Linux counts seconds of processor.
const TICKS: f64 = 100.0;

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

/// What a process has taken of the processor, and holds.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Seconds of processor, the system's on its behalf with them.
    pub processor: f64,
    /// Threads.
    pub threads: f64,
    /// Open files and connections.
    pub handles: f64,
}

/// Reads what a process has taken of the processor, and holds.
pub fn usage(child: &Child) -> Result<Usage> {
    let pid = child.id().ok_or("the process has ended")?.to_string();
    let (processor, threads) = stat(&pid)?;
    let handles = std::fs::read_dir(format!("/proc/{pid}/fd"))?.count() as f64;
    Ok(Usage { processor, threads, handles })
}

/// Seconds of processor that this process has taken.
pub fn own_processor() -> Result<f64> {
    Ok(stat("self")?.0)
}

/// Seconds of processor that everything on this machine has taken together.
pub fn machine_processor() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().ok_or("nothing in /proc/stat")?;
    let ticks: Vec<f64> = line.split_whitespace().skip(1).filter_map(|number| number.parse().ok()).collect();
    // Of user, nice, system, idle, waiting for the disk, and interrupts of two kinds.
    let busy = |at: usize| ticks.get(at).copied().unwrap_or(0.0);
    Ok([0, 1, 2, 5, 6].map(busy).iter().sum::<f64>() / TICKS)
}

/// Seconds of processor, and threads.
fn stat(pid: &str) -> Result<(f64, f64)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name comes second, in brackets, and may hold anything.
    let (_, fields) = stat.rsplit_once(')').ok_or("no such field in /proc")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |at: usize| Ok::<f64, crate::Failure>(fields.get(at).ok_or("no such field in /proc")?.parse()?);
    Ok(((field(11)? + field(12)?) / TICKS, field(17)?))
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
