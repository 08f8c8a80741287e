//! Finding the best items of a million: exactly at the speed of memory, nearly by cells.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::bench::{Bench, Job, args, shown};
use crate::peer::THREADS;
use crate::row::{Row, Side};

const SET: &str = "drawn catalogue";
/// Share of the bandwidth measured in the same run.
const SHARE: f64 = 0.7;

#[derive(Debug, Deserialize)]
struct Line {
    way: String,
    median_ms: f64,
    p99_ms: f64,
    of_bandwidth: Option<f64>,
    recall: Option<f64>,
    build_s: Option<f64>,
}

/// Measures both ways.
pub fn job() -> Job {
    Job::new("retrieval 1,000,000 items x 64 factors, best 100".to_owned(), 2.0, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mut words = args(&["retrieval", "--items", "1000000", "--factors", "64", "-n", "100"]);
    words.extend(args(&["--cells", "--threads", THREADS, "--format", "json"]));
    let ran = bench.run(&words)?;
    let lines: Vec<Line> =
        serde_json::from_str(&ran.out).with_context(|| format!("not rows: {}", ran.out))?;
    let (mut rows, command) = (Vec::new(), shown(&words));
    for line in lines {
        let how = "1,000,000 items x 64 factors, best 100; every search beside a sum of all \
                   numbers of the table, both on all threads; median of 101";
        let row = |metric: &str, value: Option<f64>| {
            Row::new(SET, &line.way, metric, &command)
                .protocol(how)
                .value(value)
                .cost(line.median_ms / 1e3, ran.rss_mib)
        };
        rows.push(row("median ms", Some(line.median_ms)));
        rows.push(row("99 of 100 within, ms", Some(line.p99_ms)));
        if line.way == "exact search" {
            let share = row("share of memory bandwidth", line.of_bandwidth);
            rows.push(share.pass(Side::AtLeast, SHARE, true));
        }
        if line.recall.is_some() {
            rows.push(row("recall@100 against the exact answer", line.recall));
            rows.push(row("seconds to build", line.build_s));
        }
    }
    Ok(rows)
}
