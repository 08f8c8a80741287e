//! Models of ratings: RMSE and MAE over five folds of MovieLens-100K.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::bench::{Bench, Job, args, shown};
use crate::peer::THREADS;
use crate::row::{Row, Side};

const SET: &str = "MovieLens-100K";
/// The best model's RMSE.
const PASS: f64 = 0.931;
const MODELS: [&str; 4] = ["bias-baseline", "rating-knn", "svd", "svd-pp"];
/// The published figures of Surprise 1.1 with its defaults, five folds of its own.
const PUBLISHED: [(&str, &str, f64); 6] = [
    ("RatingKnn", "RMSE", 0.931),
    ("RatingKnn", "MAE", 0.733),
    ("Svd", "RMSE", 0.934),
    ("Svd", "MAE", 0.737),
    ("SvdPp", "RMSE", 0.919),
    ("SvdPp", "MAE", 0.721),
];

#[derive(Debug, Clone, Deserialize)]
struct Line {
    model: String,
    metric: String,
    protocol: String,
    value: f64,
    low: f64,
    high: f64,
    seconds: f64,
}

/// Measures every model.
pub fn job() -> Job {
    let name = format!("{SET} ratings RMSE MAE: {}", MODELS.join(", "));
    Job::new(name, 2.0, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let path = bench.data.join("movielens-100k/ml-100k.inter").display().to_string();
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    for model in MODELS {
        let mut words = args(&["evaluate", "--layout", "ratings", "--folds", "5"]);
        words.extend(args(&["--model", model, "--threads", THREADS, "--format", "json", &path]));
        let ran = bench.run(&words)?;
        let of_run: Vec<Line> =
            serde_json::from_str(&ran.out).with_context(|| format!("not rows: {}", ran.out))?;
        lines.extend(of_run.into_iter().map(|line| (line, shown(&words), ran.rss_mib)));
    }
    let mean = |metric: &str| {
        let of_mean = |line: &Line| line.model == "MeanRating" && line.metric == metric;
        lines.iter().find(|(line, ..)| of_mean(line)).map(|(line, ..)| line.value)
    };
    let judged = || lines.iter().filter(|(line, ..)| line.model != "MeanRating");
    let squared = judged().filter(|(line, ..)| line.metric == "RMSE");
    let best = squared.min_by(|a, b| a.0.value.total_cmp(&b.0.value)).map(|(line, ..)| &line.model);
    for (line, command, rss_mib) in judged() {
        let how = format!(
            "{}; settings chosen on other people's ratings or published defaults; 95 % from {:.4} \
             to {:.4}; baseline: the mean rating; peer: Surprise's published figure",
            line.protocol, line.low, line.high
        );
        let published = PUBLISHED.iter().find(|p| p.0 == line.model && p.1 == line.metric);
        let row = Row::new(SET, &line.model, &line.metric, command)
            .protocol(how)
            .value(line.value)
            .baseline(mean(&line.metric))
            .peer(published.map(|p| p.2))
            .cost(line.seconds, *rss_mib);
        // The pass is the family's: it is asked of its best model.
        let is_asked = line.metric == "RMSE" && Some(&line.model) == best;
        rows.push(if is_asked { row.pass(Side::AtMost, PASS, true) } else { row });
    }
    Ok(rows)
}
