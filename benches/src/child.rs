//! Running a program to its end: what it printed, how long it took, how much memory it held.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// A program that ended well.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Standard output.
    pub out: String,
    /// From start to end.
    pub seconds: f64,
    /// Of all cores, in the program and in the system for it; 0 where the system does not tell.
    pub cpu_seconds: f64,
    /// Peak resident memory, MiB; 0 where the system does not tell.
    pub rss_mib: f64,
}

/// Runs to the end; an error with the program's own words when it fails.
pub fn run(command: &mut Command) -> Result<Ran> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (start, cpu_before) = (Instant::now(), cpu_of_children());
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let (id, ended) = (child.id(), AtomicBool::new(false));
    let (output, peak) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak: f64 = 0.0;
            while !ended.load(Ordering::Relaxed) {
                peak = peak.max(memory(id, "VmHWM").unwrap_or(0.0));
                thread::sleep(LOOK);
            }
            peak
        });
        let output = child.wait_with_output();
        ended.store(true, Ordering::Relaxed);
        (output, watch.join().unwrap_or(0.0))
    });
    let (output, seconds) = (output?, start.elapsed().as_secs_f64());
    let cpu_seconds = cpu_of_children() - cpu_before;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        bail!("{name} failed: {}", text(&output.stderr).trim());
    }
    Ok(Ran { out: text(&output.stdout), seconds, cpu_seconds, rss_mib: peak })
}

/// Seconds of computing of the programs that were run to their end, so far.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    parse_cpu(&stat).unwrap_or(0.0)
}

/// Fields 16 and 17 of `/proc/<id>/stat`, in hundredths of a second.
fn parse_cpu(stat: &str) -> Option<f64> {
    // The second field is a name in brackets and may hold blanks.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

/// A line of `/proc/<id>/status` in MiB: `VmHWM` for the peak, `VmRSS` for now.
pub fn memory(id: u32, line: &str) -> Option<f64> {
    parse_memory(&fs::read_to_string(format!("/proc/{id}/status")).ok()?, line)
}

fn parse_memory(status: &str, line: &str) -> Option<f64> {
    let rest = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':'))?;
    let kib: f64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// The middle of some figures; of two middles the mean; `None` of none.
pub fn median(figures: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[half]),
        _ => Some(f64::midpoint(sorted[half - 1], sorted[half])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_mib() {
        let status =
            "Name:\tdongcha\nVmPeak:\t  999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(parse_memory(status, "VmHWM"), Some(2.0));
        assert_eq!(parse_memory(status, "VmRSS"), Some(1.0));
        assert_eq!(parse_memory(status, "VmSwap"), None);
    }

    #[test]
    fn computing_of_children_is_read_in_seconds() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 0 0 0 0 0 11 12 150 50 20 0 1 0";
        assert_eq!(parse_cpu(stat), Some(2.0));
        assert_eq!(parse_cpu("7 (a"), None);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median([]), None);
    }

    #[test]
    fn a_program_is_run_and_a_failure_tells_why() {
        let ran = run(Command::new("sh").args(["-c", "sleep 0.1; echo hello"])).unwrap();
        assert_eq!(ran.out, "hello\n");
        assert!(ran.seconds >= 0.1);
        let failed = run(Command::new("sh").args(["-c", "echo no disk >&2; exit 3"]));
        assert!(failed.unwrap_err().to_string().contains("no disk"));
    }
}
