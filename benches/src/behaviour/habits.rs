//! `dongcha habits --from`: an unsorted file counted by person, beside DuckDB on the same file.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::behaviour::shoppers_log;
use crate::bench::{Bench, Job, args, shown};
use crate::child::{self, Ran, median};
use crate::peer::THREADS;
use crate::recommenders::growth::exponent;
use crate::row::{Row, Side};

/// The log's name in the table.
pub const SET: &str = "UserBehavior-like";
const PART: &str = "habits";
/// Events of the comparison, in millions.
const MILLIONS: u64 = 20;
const GROWTH: [u64; 5] = [1, 2, 5, 10, 20];
/// Runs of each side, in turns.
const REPEATS: usize = 3;
const RSS_MIB: f64 = 2048.0;
/// 1.6 GiB, in the shell's KiB.
const CAP_KIB: u64 = 1_677_721;
/// Time may grow as events to this power: linear, with room for noise.
const EXPONENT: f64 = 1.1;

/// The comparison.
pub fn job() -> Job {
    Job::new(format!("{SET} {PART} unsorted Parquet beside DuckDB"), 4.0, compare)
}

/// Cost by size.
pub fn growth_job() -> Job {
    Job::new(format!("{SET} {PART} growth: 1 to 20 M events"), 5.0, growth)
}

/// What one run of the peer took.
pub struct PeerCost {
    /// Of all cores, of the query alone.
    pub cpu_seconds: f64,
    /// From start to end of the query.
    pub seconds: f64,
    /// Peak resident memory of the process, MiB.
    pub rss_mib: f64,
}

/// The peer's run, if it is installed.
pub fn peer(bench: &Bench, log: &Path, out: &Path) -> Result<Option<PeerCost>> {
    let Some(peer) = &bench.peer else { return Ok(None) };
    let (log, out) = (log.display().to_string(), out.display().to_string());
    let told = peer.script("duckdb_peer.py", &["habits", &log, &out, THREADS])?;
    let figure = |name: &str| told[name].as_f64().with_context(|| format!("no {name} in {told}"));
    let (cpu_seconds, seconds) = (figure("cpu_seconds")?, figure("seconds")?);
    Ok(Some(PeerCost { cpu_seconds, seconds, rss_mib: figure("rss_mib")? }))
}

/// Whether each person's figures are those of the peer; true where there is no peer.
fn equal(bench: &Bench, ours: &Path, theirs: &Path) -> Result<bool> {
    let Some(peer) = &bench.peer else { return Ok(true) };
    let (ours, theirs) = (ours.display().to_string(), theirs.display().to_string());
    Ok(peer.script("duckdb_peer.py", &["differ", &ours, &theirs])?["differ"] == 0)
}

/// The command on a file.
pub fn command(log: &Path, out: &Path) -> Vec<String> {
    let (log, out) = (log.display().to_string(), out.display().to_string());
    let map = ["--map", "taobao-userbehavior", "--threads", THREADS];
    [args(&["habits", "--from", &log, "--out", &out]), args(&map)].concat()
}

fn middle(runs: &[Ran], figure: impl Fn(&Ran) -> f64) -> Result<f64> {
    median(runs.iter().map(figure)).context("no run")
}

fn spread(figures: impl Iterator<Item = f64> + Clone) -> String {
    let low = figures.clone().fold(f64::INFINITY, f64::min);
    format!("{low:.2} to {:.2}", figures.fold(0.0, f64::max))
}

fn compare(bench: &Bench) -> Result<Vec<Row>> {
    let log = shoppers_log::parquet(bench, MILLIONS)?;
    let (ours, theirs) = (bench.out.join("habits.parquet"), bench.out.join("duckdb.parquet"));
    let words = command(&log, &ours);
    let (mut runs, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        runs.push(bench.run(&words)?);
        peers.extend(peer(bench, &log, &theirs)?);
    }
    let same = equal(bench, &ours, &theirs)?;
    let cpu = middle(&runs, |run| run.cpu_seconds)?;
    let (seconds, rss) = (middle(&runs, |run| run.seconds)?, middle(&runs, |run| run.rss_mib)?);
    let peer_cpu = median(peers.iter().map(|peer| peer.cpu_seconds));
    let spreads = format!(
        "ours {}{}",
        spread(runs.iter().map(|run| run.cpu_seconds)),
        match peers.is_empty() {
            true => "; the peer is not installed".to_owned(),
            false => format!(", DuckDB {}", spread(peers.iter().map(|peer| peer.cpu_seconds))),
        }
    );
    let protocol = format!(
        "{MILLIONS} M events in order of arrival, {THREADS} threads each, median of {REPEATS} in \
         turns, CPU s {spreads}; ours with starting and ending the program, DuckDB's of the query \
         alone; every person's row {} DuckDB's",
        if same { "equals" } else { "DIFFERS FROM" }
    );
    let row = |metric: &str, value: f64| {
        let row = Row::new(SET, PART, metric, &shown(&words)).protocol(&protocol).value(value);
        row.cost(seconds, rss)
    };
    let peer_seconds = median(peers.iter().map(|peer| peer.seconds));
    let peer_rss = median(peers.iter().map(|peer| peer.rss_mib));
    let cpu_row = row("CPU s", cpu).peer(peer_cpu);
    Ok(vec![
        peer_cpu.map_or(cpu_row.clone(), |peer| cpu_row.pass(Side::AtMost, peer, same)),
        row("s", seconds).peer(peer_seconds),
        row("peak memory MiB", rss).peer(peer_rss).pass(Side::AtMost, RSS_MIB, same),
        capped(bench, &log, &ours, &[], "address space limited to 1.6 GiB")?,
        capped(bench, &log, &ours, &["--memory", "128"], "the same, rows beyond 128 MiB on disk")?,
    ])
}

/// The command under a limit of the system, held against the table made without one.
fn capped(bench: &Bench, log: &Path, free: &Path, more: &[&str], how: &str) -> Result<Row> {
    let out = bench.out.join("habits-capped.parquet");
    let words = [command(log, &out), args(more)].concat();
    let inner = bench.command(&words);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -v {CAP_KIB} && exec \"$0\" \"$@\"")]);
    shell.arg(inner.get_program()).args(inner.get_args()).env("DONGCHA_LANG", "en");
    let ran = child::run(&mut shell)?;
    let same = std::fs::read(&out)? == std::fs::read(free)?;
    std::fs::remove_file(&out)?;
    let command = format!("(ulimit -v {CAP_KIB}; {})", shown(&words));
    let protocol = format!("{how}; the table is byte for byte that of the run without a limit");
    let row = Row::new(SET, PART, &format!("CPU s, {how}"), &command).protocol(protocol);
    let mut row = row.value(ran.cpu_seconds).cost(ran.seconds, ran.rss_mib);
    // What is asked for is the right answer; the time is told beside it.
    row.holds = Some(same);
    Ok(row)
}

fn growth(bench: &Bench) -> Result<Vec<Row>> {
    let (mut rows, mut points) = (Vec::new(), Vec::new());
    for millions in GROWTH {
        let log = shoppers_log::parquet(bench, millions)?;
        let (ours, theirs) = (bench.out.join("growth.parquet"), bench.out.join("duckdb.parquet"));
        let words = command(&log, &ours);
        let runs: Vec<_> = (0..REPEATS).map(|_| bench.run(&words)).collect::<Result<_>>()?;
        let peer = peer(bench, &log, &theirs)?;
        let same = equal(bench, &ours, &theirs)?;
        let cpu = middle(&runs, |run| run.cpu_seconds)?;
        let (seconds, rss) = (middle(&runs, |run| run.seconds)?, middle(&runs, |run| run.rss_mib)?);
        let protocol = format!(
            "median of {REPEATS}, CPU s {}; DuckDB once; rows {}",
            spread(runs.iter().map(|run| run.cpu_seconds)),
            if same { "equal" } else { "DIFFER" }
        );
        let row = Row::new(SET, PART, &format!("CPU s, {millions} M events"), &shown(&words));
        let row = row.protocol(protocol).value(cpu).cost(seconds, rss);
        rows.push(row.peer(peer.map(|peer| peer.cpu_seconds)));
        points.push((millions as f64, cpu));
    }
    let all = rows[rows.len() - 1].command.clone();
    let how = "least squares through the logarithms of the sizes above; 1 is linear";
    let metric = "exponent of CPU time in events";
    let row = Row::new(SET, PART, metric, &all).protocol(how).value(exponent(&points));
    rows.push(row.pass(Side::AtMost, EXPONENT, true));
    Ok(rows)
}
