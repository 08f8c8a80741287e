//! Other tools, run by the Python scripts in `benches/peers/`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::child;

/// Threads of both sides.
pub const THREADS: &str = "2";

/// A Python that has the other tool.
pub struct Peer {
    python: PathBuf,
}

/// What the script printed.
#[derive(Debug, Clone, Deserialize)]
pub struct PeerRun {
    /// Name and version.
    pub peer: String,
    /// Seconds of training.
    pub fit_seconds: f64,
    /// Median seconds of an iteration, where it iterates.
    pub iteration_seconds: Option<f64>,
    /// Seconds of the lists for every user, where it makes them.
    pub recommend_seconds: Option<f64>,
    /// Peak resident memory, MiB.
    pub rss_mib: f64,
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl PeerRun {
    /// A measure by its name, such as `Recall@20`.
    pub fn measure(&self, name: &str) -> Option<f64> {
        self.all.get(&name.to_lowercase())?.as_f64()
    }
}

impl Peer {
    /// The Python asked for, else `python3`, if it has the library.
    pub fn find(asked: Option<&Path>, library: &str) -> Option<Self> {
        let python = asked.unwrap_or(Path::new("python3")).to_owned();
        let found = Command::new(&python)
            .args(["-c", &format!("import {library}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        found.is_ok_and(|status| status.success()).then_some(Self { python })
    }

    /// Runs a script of `benches/peers` with words; what it printed, as JSON.
    pub fn script(&self, name: &str, words: &[&str]) -> Result<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name);
        let ran = child::run(Command::new(&self.python).arg(script).args(words))?;
        serde_json::from_str(ran.out.trim()).with_context(|| format!("{name}: {:?}", ran.out))
    }

    /// Runs the script on a folder: `words` are its command and settings.
    pub fn run(&self, words: &[&str], layout: &str, folder: &Path) -> Result<PeerRun> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/implicit_peer.py");
        let mut command = Command::new(&self.python);
        command.arg(script).args(words).args(["--layout", layout, "--threads", THREADS]);
        command.arg("--data").arg(folder).env("OPENBLAS_NUM_THREADS", "1");
        let ran = child::run(&mut command)?;
        parse(&ran.out)
    }
}

fn parse(out: &str) -> Result<PeerRun> {
    serde_json::from_str(out.trim()).with_context(|| format!("the peer printed {out:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_script_is_read() {
        let run = parse(
            r#"{"peer": "implicit 0.7.3", "command": "als", "fit_seconds": 2.5, "factors": 64,
                "iteration_seconds": 0.17, "recall@20": 0.1499, "ndcg@20": 0.127,
                "recommend_seconds": 2.31, "rss_mib": 141.5}"#,
        )
        .unwrap();
        assert_eq!((run.fit_seconds, run.iteration_seconds), (2.5, Some(0.17)));
        assert_eq!(run.recommend_seconds, Some(2.31));
        assert_eq!(run.measure("Recall@20"), Some(0.1499));
        assert_eq!(run.measure("HR@10"), None);
        assert!(parse("Traceback").is_err());
    }

    #[test]
    fn a_python_that_is_not_there_is_no_peer() {
        assert!(Peer::find(Some(Path::new("/nowhere/python3")), "implicit").is_none());
    }
}
