//! `dongcha habits --site`: the same figures from our own segments, which lie in the order of
//! people.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::behaviour::habits::{self, SET};
use crate::behaviour::shoppers_log;
use crate::bench::{Bench, Job, args, shown};
use crate::child::median;
use crate::peer::THREADS;
use crate::row::{Row, Side};

const PART: &str = "habits of a shop";
/// Events, in millions: importing more takes longer than all else in the suite.
const MILLIONS: u64 = 2;
const REPEATS: usize = 3;

/// The measurement.
pub fn job() -> Job {
    Job::new(format!("{SET} {PART} from segments"), 4.0, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let log = shoppers_log::parquet(bench, MILLIONS)?;
    let shop = shop(bench)?.display().to_string();
    let out = bench.out.join("habits-shop.parquet").display().to_string();
    let words = args(&["habits", "--site", "shop", "--data-dir", &shop, "--out", &out]);
    let words = [words, args(&["--threads", THREADS, "--format", "json"])].concat();
    let file_out = bench.out.join("habits-file.parquet");
    let of_file = [habits::command(&log, &file_out), args(&["--format", "json"])].concat();
    let (mut runs, mut files, mut peers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        runs.push(bench.run(&words)?);
        files.push(bench.run(&of_file)?);
        peers.extend(habits::peer(bench, &log, &bench.out.join("duckdb.parquet"))?);
    }
    let (events, people) = counted(&runs[0].out)?;
    let same = (events, people) == counted(&files[0].out)?;
    let cpu = median(runs.iter().map(|run| run.cpu_seconds)).context("no run")?;
    let of_file = median(files.iter().map(|run| run.cpu_seconds)).context("no run")?;
    let seconds = median(runs.iter().map(|run| run.seconds)).context("no run")?;
    let rss = median(runs.iter().map(|run| run.rss_mib)).context("no run")?;
    let protocol = format!(
        "{MILLIONS} M events imported before (not timed); {events} events of {people} people, {} \
         from the file; baseline: ours from the unsorted file; peer: DuckDB from that file; \
         median of {REPEATS}",
        if same { "as many as" } else { "NOT as many as" }
    );
    let peer = median(peers.iter().map(|peer| peer.cpu_seconds));
    let row = Row::new(SET, PART, &format!("CPU s, {MILLIONS} M events"), &shown(&words));
    let row = row.protocol(protocol).value(cpu).baseline(of_file).peer(peer).cost(seconds, rss);
    Ok(vec![peer.map_or(row.clone(), |peer| row.pass(Side::AtMost, peer, same))])
}

/// A data folder with the log imported, made once.
fn shop(bench: &Bench) -> Result<PathBuf> {
    let log = shoppers_log::parquet(bench, MILLIONS)?;
    let folder = bench.out.join("behaviour").join(format!("shop-{MILLIONS}M"));
    if !folder.exists() {
        let part = bench.fresh("behaviour/shop.part")?;
        let data = part.display().to_string();
        let zone = ["--currency", "CNY", "--time-zone", "Asia/Shanghai", "--data-dir", &data];
        bench.run(&[args(&["init", "shop"]), args(&zone)].concat())?;
        let log = log.display().to_string();
        let map = ["--map", "taobao-userbehavior", "--site", "shop", "--data-dir", &data];
        bench.run(&[args(&["import", &log]), args(&map)].concat())?;
        std::fs::rename(part, &folder)?;
    }
    Ok(folder)
}

/// Events counted once, and people.
fn counted(summary: &str) -> Result<(u64, u64)> {
    let summary: Value = serde_json::from_str(summary)?;
    let count = |name: &str| summary[0][name].as_u64();
    let (Some(rows), Some(people)) = (count("rows"), count("people")) else {
        bail!("no counts in {summary}");
    };
    let left_out = count("duplicates").unwrap_or(0) + count("unusable").unwrap_or(0);
    Ok((rows - left_out, people))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_is_no_event() {
        let text = r#"[{"rows": 10, "people": 2, "duplicates": 3, "unusable": 1}]"#;
        assert_eq!(counted(text).unwrap(), (6, 2));
        assert!(counted("[]").is_err());
    }
}
