//! One part of a text classifier: its features, what they count, and its weights.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::ngrams::{self, Ngrams};
use crate::regression::{self, Problem, Weights};
use crate::sparse::Sparse;
use crate::term::{Cut, near};
use crate::weighting::{Values, Weighting, bayes_scales};

/// A part: which features, how weighted, how strongly held back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartConfig {
    /// Which runs of units and letters are features.
    pub ngrams: Ngrams,
    /// What they count.
    pub weighting: Weighting,
    /// Penalty `λ` of the weights, above 0.
    pub l2: f64,
    /// Rows a feature has to occur in, 1 or more.
    pub rows_min: usize,
    /// Units on each side of a term's mark that are looked at, 0 for the whole text.
    #[serde(default)]
    pub near: usize,
    /// Only the piece of a sentence that holds a term's mark, cut so.
    #[serde(default)]
    pub piece: Option<Cut>,
}

/// Texts as counts of features, and the hash of each feature.
pub(crate) struct Counted {
    pub(crate) counts: Sparse,
    /// Hashes, rising: the place of one is its feature's number.
    pub(crate) keys: Vec<u32>,
}

/// Hashes of a text's features with their counts, rising.
fn count(text: &str, config: &PartConfig) -> Vec<(u32, f32)> {
    let mut all = Vec::new();
    ngrams::each(near(text, config.near, config.piece), config.ngrams, |hash| all.push(hash));
    all.sort_unstable();
    all.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f32)).collect()
}

/// Counts of normalised texts; features in too few rows are left out, and the rarest beyond
/// `features_max`.
pub(crate) fn counted(texts: &[&str], part: &PartConfig, features_max: usize) -> Counted {
    let rows: Vec<_> = texts.par_iter().map(|text| count(text, part)).collect();
    let mut rows_with: FxHashMap<u32, u32> = FxHashMap::default();
    for (hash, _) in rows.iter().flatten() {
        *rows_with.entry(*hash).or_default() += 1;
    }
    let often = |with: u32| with as usize >= part.rows_min;
    let mut keys: Vec<(u32, u32)> =
        rows_with.into_iter().filter(|(_, with)| often(*with)).collect();
    keys.sort_unstable_by_key(|&(hash, with)| (std::cmp::Reverse(with), hash));
    keys.truncate(features_max);
    let mut keys: Vec<u32> = keys.into_iter().map(|(hash, _)| hash).collect();
    keys.sort_unstable();
    let place: FxHashMap<u32, u32> = keys.iter().copied().zip(0..).collect();
    let known = |row: &Vec<(u32, f32)>| -> Vec<(u32, f32)> {
        row.iter().filter_map(|(hash, n)| Some((*place.get(hash)?, *n))).collect()
    };
    let rows: Vec<_> = rows.par_iter().map(known).collect();
    Counted { counts: Sparse::of_rows(keys.len(), &rows), keys }
}

/// A fitted part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) config: PartConfig,
    pub(crate) keys: Vec<u32>,
    pub(crate) values: Values,
    pub(crate) weights: Weights,
    places: FxHashMap<u32, u32>,
}

impl Part {
    pub(crate) fn new(
        config: PartConfig,
        keys: Vec<u32>,
        values: Values,
        weights: Weights,
    ) -> Self {
        let places = keys.iter().copied().zip(0..).collect();
        Self { config, keys, values, weights, places }
    }

    /// Scores of a normalised text, and the share of its features that are known.
    pub(crate) fn scores(&self, text: &str) -> (Vec<f32>, f64) {
        let all = count(text, &self.config);
        let n_all = all.len();
        let known = all.into_iter().filter_map(|(hash, n)| Some((*self.places.get(&hash)?, n)));
        let mut row: Vec<(u32, f32)> = known.collect();
        let share = row.len() as f64 / n_all.max(1) as f64;
        self.values.apply(&mut row);
        let mut scores = self.weights.offsets.clone();
        let width = self.weights.width;
        for (at, x) in row {
            let line = &self.weights.features[at as usize * width..][..width];
            scores.iter_mut().zip(line).for_each(|(sum, w)| *sum += x * w);
        }
        (scores, share)
    }
}

/// What a part learns from rows of counts: values and weights.
pub(crate) fn learn(
    config: &PartConfig,
    counts: &Sparse,
    labels: &[u32],
    n_labels: usize,
) -> (Values, Weights) {
    let values = Values::of(config.weighting, counts, config.rows_min);
    let rows = values.matrix(counts);
    let columns = rows.transposed();
    let scale = config.weighting.bayes.then(|| bayes_scales(&rows, labels, n_labels));
    let problem =
        Problem { rows: &rows, columns: &columns, labels, n_labels, scale: scale.as_deref() };
    let (weights, _) = regression::fit(&problem, config.l2, None);
    (values, weights)
}

/// Scores of rows of counts, rows × width.
pub(crate) fn scores(values: &Values, weights: &Weights, counts: &Sparse) -> Vec<f32> {
    let mut scores = values.matrix(counts).times(&weights.features, weights.width);
    for line in scores.chunks_mut(weights.width) {
        line.iter_mut().zip(&weights.offsets).for_each(|(z, b)| *z += b);
    }
    scores
}
