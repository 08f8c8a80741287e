//! Speed and memory beside the peer: the same objective, turn and turn about, medians.

use anyhow::Result;

use crate::bench::{Bench, Job, shown};
use crate::child::median;
use crate::peer::{PeerRun, THREADS};
use crate::recommenders::evaluated::{Evaluated, arguments, evaluate};
use crate::recommenders::field::Duel;
use crate::report::figure;
use crate::row::{Row, Side};

/// Runs of each side.
const REPEATS: usize = 3;
/// Times are at most this share of the peer's.
const TIME_RATIO: f64 = 0.5;
/// Memory is at most this share of the peer's.
const MEMORY_RATIO: f64 = 1.0;
/// Quality must not be more than this share below the peer's for a time to count.
const QUALITY_SLACK: f64 = 0.01;

/// Measures one duel.
pub fn job(duel: &'static Duel) -> Job {
    let name =
        format!("{} speed {}: time and memory beside the peer", duel.set.name, duel.entrant.name);
    Job::new(name, duel.minutes, move |bench| measure(bench, duel))
}

/// Medians of one figure on both sides, and in words how far the runs lie apart.
#[derive(Debug, Clone)]
struct Sides {
    ours: f64,
    peer: Option<f64>,
    spread: String,
}

impl Sides {
    fn of(ours: &[f64], peers: &[f64]) -> Self {
        let mut spread = format!("ours {}", range(ours));
        if !peers.is_empty() {
            spread = format!("{spread}, peer {}", range(peers));
        }
        let ours = median(ours.iter().copied()).unwrap_or(f64::NAN);
        Self { ours, peer: median(peers.iter().copied()), spread }
    }

    fn ratio(&self) -> Option<f64> {
        self.peer.map(|peer| self.ours / peer)
    }
}

/// The smallest and the largest.
fn range(figures: &[f64]) -> String {
    let least = figures.iter().copied().reduce(f64::min);
    let most = figures.iter().copied().reduce(f64::max);
    format!("{} to {}", figure(least), figure(most))
}

fn measure(bench: &Bench, duel: &Duel) -> Result<Vec<Row>> {
    let (set, entrant) = (duel.set, &duel.entrant);
    let folder = bench.data.join(set.path);
    let words = arguments(set.layout, entrant.model, entrant.settings, &folder);
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        ours.push(evaluate(bench, &words)?);
        if let Some(peer) = &bench.peer {
            peers.push(peer.run(entrant.peer, set.layout, &folder)?);
        }
    }
    let metric = set.passes[0].0;
    let (protocol, is_as_good) = quality(metric, &ours, &peers);
    let sides = |of_ours: fn(&Evaluated) -> f64, of_peer: fn(&PeerRun) -> Option<f64>| {
        let ours: Vec<f64> = ours.iter().map(of_ours).collect();
        Sides::of(&ours, &peers.iter().filter_map(of_peer).collect::<Vec<_>>())
    };
    let memory = sides(|run| run.rss_mib, |run| Some(run.rss_mib));
    let command = shown(&words);
    let row = |metric: &str, sides: &Sides| {
        Row::new(set.name, entrant.name, metric, &command)
            .protocol(format!("{protocol}; {}", sides.spread))
            .value(sides.ratio())
            .peer(sides.peer)
    };
    let time = |metric: &str, sides: Sides| {
        let row = row(metric, &sides).pass(Side::AtMost, TIME_RATIO, is_as_good);
        row.cost(sides.ours, memory.ours)
    };
    let mut rows = Vec::new();
    if ours.iter().all(|run| run.iteration_seconds.is_some()) {
        let sides = sides(|run| run.iteration_seconds.unwrap_or(f64::NAN), |p| p.iteration_seconds);
        rows.push(time("iteration time, ours / peer s", sides));
    } else {
        rows.push(time(
            "fit time, ours / peer s",
            sides(|r| r.fit_seconds, |p| Some(p.fit_seconds)),
        ));
    }
    if set.layout == "lightgcn" {
        let sides = sides(|run| run.score_seconds, |peer| peer.recommend_seconds);
        rows.push(time("top-20 for every user, time, ours / peer s", sides));
    }
    let whole = median(ours.iter().map(|run| run.seconds)).unwrap_or(f64::NAN);
    let row = row("peak memory, ours / peer MiB", &memory).pass(Side::AtMost, MEMORY_RATIO, true);
    rows.push(row.cost(whole, memory.ours));
    Ok(rows)
}

/// The protocol in words with both sides' quality, and whether ours is as good.
fn quality(metric: &str, ours: &[Evaluated], peers: &[PeerRun]) -> (String, bool) {
    let our_value = median(ours.iter().filter_map(|run| run.measures.get(metric).copied()));
    let our_value = our_value.unwrap_or(0.0);
    let how = format!("{THREADS} threads, the same objective; medians of {REPEATS} runs in turn");
    let peer_value = median(peers.iter().filter_map(|run| run.measure(metric)));
    let (Some(peer), Some(peer_value)) = (peers.first(), peer_value) else {
        return (format!("{how}; {metric} {our_value:.4}; the peer is not installed"), true);
    };
    let text = format!(
        "{how}; {metric} {our_value:.4}, {} {peer_value:.4}; time counts if quality is at most \
         {QUALITY_SLACK} of it below",
        peer.peer
    );
    (text, our_value >= (1.0 - QUALITY_SLACK) * peer_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_ratio_without_a_peer() {
        let both = Sides::of(&[1.0, 3.0, 1.0], &[4.0]);
        assert_eq!(both.ratio(), Some(0.25));
        assert_eq!(both.spread, "ours 1.00 to 3.00, peer 4.00 to 4.00");
        assert_eq!(Sides::of(&[1.0], &[]).ratio(), None);
        let (protocol, _) = quality("Recall@20", &[], &[]);
        assert!(protocol.contains("the peer is not installed"));
    }
}
