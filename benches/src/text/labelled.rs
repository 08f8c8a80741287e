//! Accuracy, calibration and speed on a labelled set.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::bench::{Bench, Job, args, shown};
use crate::peer::THREADS;
use crate::row::{Row, Side};
use crate::text::field::Set;

/// What `dongcha reviews evaluate` prints.
#[derive(Debug, Deserialize)]
pub struct Line {
    pub model: String,
    pub protocol: String,
    pub accuracy: f64,
    pub majority: f64,
    pub macro_f1: f64,
    pub ece: f64,
    pub log_loss: f64,
    pub auc: Option<f64>,
    pub train: usize,
    pub test: usize,
    pub repeated: usize,
    pub fit_seconds: f64,
    pub texts_per_second: f64,
    pub bytes: u64,
}

/// Measures a set.
pub fn job(set: &'static Set) -> Job {
    let name = format!("{} accuracy ECE macro-F1: TextClassifier", set.name);
    Job::new(name, set.minutes, move |bench| measure(bench, set))
}

fn measure(bench: &Bench, set: &Set) -> Result<Vec<Row>> {
    let path = |file: &str| bench.data.join(file).display().to_string();
    let mut words = args(&["reviews", "evaluate", &path(set.file)]);
    if let Some(test) = set.test {
        words.extend(args(&["--test", &path(test)]));
    }
    words.extend(args(set.columns));
    words.extend(args(&["--threads", THREADS, "--format", "json"]));
    let ran = bench.run(&words)?;
    let line = line(&ran.out)?;
    let peer = peer(bench, set, &path)?;
    let peer_of = |name: &str| peer.as_ref().and_then(|peer| peer[name].as_f64());
    let row = |metric: &str, value: f64| {
        Row::new(set.name, &line.model, metric, &shown(&words))
            .protocol(protocol(&line, peer.as_ref()))
            .value(value)
            .cost(line.fit_seconds, ran.rss_mib)
    };
    let (pass, moon) = set.accuracy;
    let mut rows = vec![
        row("accuracy", line.accuracy)
            .baseline(line.majority)
            .peer(peer_of("accuracy"))
            .pass(Side::AtLeast, pass, true)
            .moon(moon),
    ];
    let ece = row("ECE", line.ece).peer(peer_of("ece"));
    rows.push(match set.ece {
        Some(pass) => ece.pass(Side::AtMost, pass, true),
        None => ece,
    });
    rows.push(row("macro-F1", line.macro_f1).peer(peer_of("macro_f1")));
    rows.push(row("learning, s", line.fit_seconds).peer(peer_of("fit_seconds")));
    rows.push(row("texts/s", line.texts_per_second).peer(peer_of("texts_per_second")));
    Ok(rows)
}

/// The only line printed.
pub fn line(out: &str) -> Result<Line> {
    let lines: Vec<Line> = serde_json::from_str(out).with_context(|| format!("not rows: {out}"))?;
    lines.into_iter().next().context("no row was printed")
}

fn peer(bench: &Bench, set: &Set, path: &dyn Fn(&str) -> String) -> Result<Option<Value>> {
    // fastText has no notion of a term within a sentence.
    let Some(peer) = bench.peer.as_ref().filter(|_| !set.columns.contains(&"terms")) else {
        return Ok(None);
    };
    let file = path(set.file);
    let test = set.test.map(path);
    let mut words = vec!["--file", &file, "--threads", THREADS];
    if let Some(test) = &test {
        words.extend(["--test", test]);
    }
    words.extend(set.columns);
    Ok(Some(peer.script("fasttext_peer.py", &words)?))
}

fn protocol(line: &Line, peer: Option<&Value>) -> String {
    let ours = format!(
        "{}; {} texts learnt from, {} measured on, of which {} stand in both; settings chosen by \
         cross-validation on training parts of these sets; ECE over ten equal bins of the chosen \
         label's probability; log loss {:.4}; model {} bytes; seconds are of learning; baseline: \
         the most frequent label",
        line.protocol, line.train, line.test, line.repeated, line.log_loss, line.bytes
    );
    match peer.and_then(|peer| peer["peer"].as_str()) {
        Some(name) => format!("{ours}; peer: {name}"),
        None => ours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_evaluate_is_read() {
        let text = r#"[{"model":"TextClassifier","protocol":"p","accuracy":0.9,"majority":0.5,
            "macro_f1":0.9,"ece":0.01,"log_loss":0.2,"auc":null,"held_out_accuracy":0.9,
            "train":4,"test":1,"repeated":0,"fit_seconds":0.1,"texts_per_second":9.0,
            "bytes":10}]"#;
        assert_eq!(line(text).unwrap().accuracy, 0.9);
        assert!(line("[]").is_err());
    }
}
