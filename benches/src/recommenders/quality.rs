//! How good the lists are: popularity, ItemKnn and iALS in the protocol of each set.

use anyhow::Result;

use crate::bench::{Bench, Job, shown};
use crate::peer::PeerRun;
use crate::recommenders::evaluated::{Evaluated, arguments, evaluate};
use crate::recommenders::field::{Chosen, Entrant, Set};
use crate::row::{Row, Side};

const POPULARITY: Entrant = Entrant {
    name: "Popularity",
    model: "popularity",
    chosen: Chosen::OnValidation,
    settings: &[],
    peer: &[],
};

/// Measures every entrant on a set.
pub fn job(set: &'static Set) -> Job {
    let [(first, ..), (second, ..)] = set.passes;
    let names: Vec<&str> = set.entrants.iter().map(|entrant| entrant.name).collect();
    let name = format!("{} quality {first} {second}: {}", set.name, names.join(", "));
    Job::new(name, set.minutes, move |bench| measure(bench, set))
}

fn measure(bench: &Bench, set: &Set) -> Result<Vec<Row>> {
    let (popularity, command) = run(bench, set, &POPULARITY)?;
    let mut all = vec![(&POPULARITY, popularity.clone(), command, None)];
    for entrant in set.entrants {
        let (evaluated, command) = run(bench, set, entrant)?;
        let folder = bench.data.join(set.path);
        let peer = bench.peer.as_ref().filter(|_| !entrant.peer.is_empty());
        let peer = peer.map(|p| p.run(entrant.peer, set.layout, &folder)).transpose()?;
        all.push((entrant, evaluated, command, peer));
    }
    let best =
        best(set.passes[0].0, all.iter().map(|(entrant, evaluated, ..)| (entrant.name, evaluated)));
    let mut rows = Vec::new();
    for (entrant, evaluated, command, peer) in &all {
        for (metric, pass, moon) in set.passes {
            let mut row = Row::new(set.name, entrant.name, metric, command)
                .protocol(protocol(entrant, evaluated, peer.as_ref()))
                .value(evaluated.measures.get(metric).copied())
                .peer(peer.as_ref().and_then(|peer| peer.measure(metric)))
                .cost(evaluated.seconds, evaluated.rss_mib);
            if entrant.name != POPULARITY.name {
                row = row.baseline(popularity.measures.get(metric).copied());
            }
            // The pass is the family's: it is asked of its best model.
            rows.push(if entrant.name == best {
                row.pass(Side::AtLeast, pass, true).moon(moon)
            } else {
                row
            });
        }
    }
    Ok(rows)
}

fn run(bench: &Bench, set: &Set, entrant: &Entrant) -> Result<(Evaluated, String)> {
    let folder = bench.data.join(set.path);
    let words = arguments(set.layout, entrant.model, entrant.settings, &folder);
    Ok((evaluate(bench, &words)?, shown(&words)))
}

fn protocol(entrant: &Entrant, evaluated: &Evaluated, peer: Option<&PeerRun>) -> String {
    let chosen = match entrant.chosen {
        Chosen::OnValidation => "settings chosen on a validation part",
        Chosen::Published => "settings its authors publish",
        Chosen::OnTest => "settings swept on this test set",
    };
    let ours = format!(
        "{}; {chosen}; baseline: popularity; fit {:.2} s, lists {:.2} s",
        evaluated.protocol, evaluated.fit_seconds, evaluated.score_seconds
    );
    let Some(peer) = peer else { return ours };
    format!("{ours}; peer: {}, its own best settings, fit {:.2} s", peer.peer, peer.fit_seconds)
}

/// The name with the largest value of a measure.
fn best<'a>(
    metric: &str,
    all: impl Iterator<Item = (&'static str, &'a Evaluated)>,
) -> &'static str {
    let value = |evaluated: &Evaluated| evaluated.measures.get(metric).copied().unwrap_or(0.0);
    let best = all.max_by(|a, b| value(a.1).total_cmp(&value(b.1)));
    best.map_or(POPULARITY.name, |(name, _)| name)
}
