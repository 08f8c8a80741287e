//! One `dongcha evaluate --layout` run: its command and what it printed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::bench::{Bench, args};
use crate::child::Ran;
use crate::peer::THREADS;

/// What one run told.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// Value of each measure.
    pub measures: BTreeMap<String, f64>,
    /// The protocol in the program's words.
    pub protocol: String,
    /// Seconds of training.
    pub fit_seconds: f64,
    /// Median seconds of an iteration, where it iterates.
    pub iteration_seconds: Option<f64>,
    /// Seconds of the lists for every user, and of judging them.
    pub score_seconds: f64,
    /// Seconds of the whole command.
    pub seconds: f64,
    /// Peak resident memory, MiB.
    pub rss_mib: f64,
}

#[derive(Deserialize)]
struct Line {
    metric: String,
    value: f64,
    protocol: String,
    fit_seconds: f64,
    iteration_seconds: Option<f64>,
    score_seconds: f64,
}

/// The arguments that evaluate a model with settings on a folder.
pub fn arguments(layout: &str, model: &str, settings: &[&str], folder: &Path) -> Vec<String> {
    let mut all = args(&["evaluate", "--layout", layout, "--model", model]);
    for setting in settings {
        all.extend(args(&["--set", setting]));
    }
    all.extend(args(&["--threads", THREADS, "--format", "json"]));
    all.push(folder.display().to_string());
    all
}

/// Runs them.
pub fn evaluate(bench: &Bench, arguments: &[String]) -> Result<Evaluated> {
    parse(&bench.run(arguments)?)
}

fn parse(ran: &Ran) -> Result<Evaluated> {
    let lines: Vec<Line> =
        serde_json::from_str(&ran.out).with_context(|| format!("not rows: {}", ran.out))?;
    let first = lines.first().context("dongcha evaluate printed no row")?;
    Ok(Evaluated {
        protocol: first.protocol.clone(),
        fit_seconds: first.fit_seconds,
        iteration_seconds: first.iteration_seconds,
        score_seconds: first.score_seconds,
        seconds: ran.seconds,
        rss_mib: ran.rss_mib,
        measures: lines.into_iter().map(|line| (line.metric, line.value)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::shown;

    #[test]
    fn the_rows_of_evaluate_are_read() {
        let out = r#"[{"model":"iALS","protocol":"given split","metric":"Recall@20","value":0.15,
            "low":0.14,"high":0.16,"fit_seconds":2.5,"iteration_seconds":0.1,
            "score_seconds":1.5,"settings":{}},
            {"model":"iALS","protocol":"given split","metric":"NDCG@20","value":0.12,"low":0.1,
            "high":0.2,"fit_seconds":2.5,"iteration_seconds":0.1,"score_seconds":1.5,
            "settings":{}}]"#;
        let run =
            parse(&Ran { out: out.to_owned(), seconds: 5.0, cpu_seconds: 5.0, rss_mib: 80.0 })
                .unwrap();
        assert_eq!(run.measures["NDCG@20"], 0.12);
        assert_eq!((run.iteration_seconds, run.score_seconds), (Some(0.1), 1.5));
        assert!(
            parse(&Ran { out: "[]".to_owned(), seconds: 1.0, cpu_seconds: 1.0, rss_mib: 1.0 })
                .is_err()
        );
    }

    #[test]
    fn the_command_can_be_typed() {
        let words = arguments("ncf", "ials", &["factors=64"], Path::new("data/ml"));
        let typed = "dongcha evaluate --layout ncf --model ials --set factors=64 --threads 2 \
                     --format json data/ml";
        assert_eq!(shown(&words), typed);
    }
}
