//! A training step of SASRec beside PyTorch's, on the same sequences with the same two threads.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::bench::{Bench, Job, shown};
use crate::child::median;
use crate::peer::{Peer, THREADS};
use crate::recommenders::evaluated::{arguments, evaluate};
use crate::row::{Row, Side};

const SET: &str = "MovieLens-1M sequences";
const FILE: &str = "movielens-1m/sasrec-ml-1m.txt.gz";
const SETTINGS: [&str; 5] =
    ["epochs=2", "length=50", "batch_size=128", "negatives=256", "factors=64"];
/// Runs of each side, in turns.
const REPEATS: usize = 3;
/// Time is at most this share of the peer's.
const TIME_RATIO: f64 = 1.0;

#[derive(Debug, Clone, Deserialize)]
struct Steps {
    peer: String,
    step_seconds: f64,
    steps_per_epoch: f64,
}

/// Measures both sides.
pub fn job() -> Job {
    Job::new(format!("{SET} speed SasRec: training step beside PyTorch"), 5.0, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let file = bench.data.join(FILE);
    let words = arguments("sequences", "sas-rec", &SETTINGS, &file);
    let peer = Peer::find(bench.python.as_deref(), "torch");
    let (mut epochs, mut peers, mut rss) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        let run = evaluate(bench, &words)?;
        epochs.push(run.iteration_seconds.context("no epoch was timed")?);
        rss.push(run.rss_mib);
        if let Some(peer) = &peer {
            let file = file.display().to_string();
            let steps = peer.script("torch_peer.py", &[&file, "--threads", THREADS])?;
            peers.push(serde_json::from_value::<Steps>(steps)?);
        }
    }
    let ours = median(epochs).context("no run")?;
    let theirs = median(peers.iter().map(|steps| steps.step_seconds * steps.steps_per_epoch));
    let name = peers.first().map_or("no PyTorch was found", |steps| steps.peer.as_str());
    let how = format!(
        "2 layers, d 64, length 50, batch 128, 256 sampled negatives; an epoch on both sides, \
         median of {REPEATS} in turns: ours {ours:.2} s; peer: {name}, its median step times the \
         steps of an epoch"
    );
    let row = Row::new(SET, "SasRec", "training step, ours / peer s", &shown(&words))
        .protocol(how)
        .value(theirs.map(|theirs| ours / theirs))
        .peer(theirs);
    let row = row.cost(ours, median(rss).unwrap_or(f64::NAN));
    Ok(vec![row.pass(Side::AtMost, TIME_RATIO, true)])
}
