//! Two towers epoch by epoch: accuracy among drawn items on MovieLens-1M.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::bench::{Bench, Job, args, shown};
use crate::peer::THREADS;
use crate::row::{Row, Side};

const SET: &str = "MovieLens-1M";
const METRIC: &str = "best test accuracy";
/// The best epoch's accuracy.
const PASS: f64 = 0.8567;
const MOON: f64 = 0.90;
/// Always answering no, with four drawn items for each that was met.
const ALWAYS_NO: f64 = 0.80;

#[derive(Debug, Clone, Deserialize)]
struct Epoch {
    test_accuracy: f64,
}

/// Measures the report.
pub fn job() -> Job {
    Job::new(format!("{SET} two-tower {METRIC} of --report epochs"), 4.0, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = bench.data.join("movielens-1m").display().to_string();
    let mut words = args(&["evaluate", "--layout", "ncf", "--model", "two-tower"]);
    words.extend(args(&["--report", "epochs", "--threads", THREADS, "--format", "json", &folder]));
    let ran = bench.run(&words)?;
    let epochs: Vec<Epoch> =
        serde_json::from_str(&ran.out).with_context(|| format!("not epochs: {}", ran.out))?;
    let best = epochs.iter().map(|epoch| epoch.test_accuracy).reduce(f64::max);
    let how = format!(
        "a tenth of the pairs met kept back, four drawn items for each; {} epochs; baseline: \
         always answering no",
        epochs.len()
    );
    let row = Row::new(SET, "TwoTower", METRIC, &shown(&words)).protocol(how).value(best);
    let row = row.baseline(ALWAYS_NO).cost(ran.seconds, ran.rss_mib);
    Ok(vec![row.pass(Side::AtLeast, PASS, true).moon(MOON)])
}
