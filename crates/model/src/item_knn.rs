//! Item-based nearest neighbours: what goes with what the shopper already chose.
//!
//! `score(u, i) = Σ_{j ∈ history} w_uj · s_ji`, where `s_ji` counts only while `i` is among the
//! `K` nearest neighbours of `j`, and `s_ij = Σ_u v_ui v_uj / (‖i‖ ‖j‖ + h m)`:
//!
//! * cosine: `v = w`;
//! * TF-IDF: `v = √w · idf_u`, `idf_u = ln(N / (1 + n_u))`;
//! * BM25: `v = idf_u · w (k1 + 1) / (k1 (1 − b + b L_i / mean L) + w)`, and `‖·‖` taken as 1.
//!
//! Symbols: `w`, users × items, weights; `N`, items; `n_u`, items of user `u`; `L_i`, the sum of
//! item `i`'s weights; `h`, shrink, in users; `m`, the mean of `v²` over entries, without which `h`
//! would depend on the scale of the weights. Time: see `neighbours.rs`; scoring
//! `O(history · K)`. Memory `O(items · K)`.
//!
//! Source: M. Deshpande and G. Karypis, "Item-based top-N recommendation algorithms", ACM TOIS
//! 22(1), 2004, section 4; BM25 from S. Robertson and H. Zaragoza, "The probabilistic relevance
//! framework: BM25 and beyond", 2009, with users in the place of terms, as in implicit 0.7.3.
//! DIFFERENCE: an item is not its own neighbour, while implicit counts it among the `K`.

use feature::Csr;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::neighbours::all_neighbours;
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::Scored;
use crate::train_set::TrainSet;

/// How alike two items are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// Cosine of the weights.
    Cosine,
    /// Cosine of weights that count for less with users who choose everything.
    TfIdf,
    /// Inner product of saturating weights, shorter items first.
    Bm25 {
        /// How slowly repeats saturate, above 0; 1.2 is usual.
        k1: f32,
        /// How much popular items are held back, 0 to 1; 0.75 is usual.
        b: f32,
    },
}

/// How neighbours are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ItemKnnConfig {
    /// Neighbours kept per item, at least 1.
    pub neighbours: usize,
    /// How alike two items are.
    pub similarity: Similarity,
    /// Holds back pairs seen together by few: a number of users, 0 or above; 0 with BM25.
    pub shrink: f32,
}

impl Default for ItemKnnConfig {
    fn default() -> Self {
        Self { neighbours: 100, similarity: Similarity::TfIdf, shrink: 20.0 }
    }
}

impl ItemKnnConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = ItemKnn::NAME;
        check_config(self.neighbours >= 1, name, "neighbours", self.neighbours, "1 or more")?;
        let shrink_is_ok = self.shrink.is_finite() && self.shrink >= 0.0;
        check_config(shrink_is_ok, name, "shrink", self.shrink, "0 or above")?;
        if let Similarity::Bm25 { k1, b } = self.similarity {
            // Its products have no norm for a number of users to stand beside.
            check_config(self.shrink == 0.0, name, "shrink", self.shrink, "0 with BM25")?;
            check_config(k1.is_finite() && k1 > 0.0, name, "k1", k1, "above 0")?;
            check_config((0.0..=1.0).contains(&b), name, "b", b, "between 0 and 1")?;
        }
        Ok(())
    }
}

/// Fitted item neighbours.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemKnn {
    config: ItemKnnConfig,
    n_users: usize,
    neighbours: Vec<Vec<Scored>>,
}

impl Fitted for ItemKnn {
    type Config = ItemKnnConfig;

    const NAME: &'static str = "ItemKnn";

    fn fit_watched(
        config: &ItemKnnConfig,
        train: &TrainSet,
        _watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let train = train.matrix();
        config.check()?;
        check_weights(Self::NAME, train)?;
        let weighted = weigh(config.similarity, train);
        let scale = match config.similarity {
            Similarity::Bm25 { .. } => vec![1.0; train.n_cols()],
            Similarity::Cosine | Similarity::TfIdf => inverse_norms(&weighted),
        };
        let shrink = config.shrink * mean_square(&weighted);
        let neighbours = all_neighbours(&weighted, &scale, shrink, config.neighbours);
        Ok(Self { config: config.clone(), n_users: train.n_rows(), neighbours })
    }

    fn config(&self) -> &ItemKnnConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn to_tensors(&self) -> TensorsOut {
        let counts: Vec<u32> = self.neighbours.iter().map(|list| list.len() as u32).collect();
        let all = || self.neighbours.iter().flatten();
        let items: Vec<u32> = all().map(|one| one.item).collect();
        let scores: Vec<f32> = all().map(|one| one.score).collect();
        TensorsOut::default()
            .with_u32("neighbour_counts", &counts)
            .with_u32("neighbour_items", &items)
            .with_f32("neighbour_scores", vec![scores.len()], &scores)
            .with_u64("n_users", &[self.n_users as u64])
    }

    fn from_tensors(config: ItemKnnConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        let counts = tensors.u32("neighbour_counts")?;
        let items = tensors.u32("neighbour_items")?;
        let (_, scores) = tensors.f32("neighbour_scores")?;
        let total: usize = counts.iter().map(|&count| count as usize).sum();
        if total != items.len() || total != scores.len() {
            return Err("neighbour counts, items and scores differ in length".to_owned());
        }
        if items.iter().any(|&item| item as usize >= counts.len()) {
            return Err("a neighbour lies outside the catalogue".to_owned());
        }
        let mut all = items.iter().zip(&scores).map(|(&item, &score)| Scored { item, score });
        let neighbours =
            counts.iter().map(|&count| all.by_ref().take(count as usize).collect()).collect();
        let n_users = tensors.u64("n_users")?.first().copied().unwrap_or(0) as usize;
        Ok(Self { config, n_users, neighbours })
    }
}

/// The transformed weights `v`.
fn weigh(similarity: Similarity, train: &Csr) -> Csr {
    let n_items = train.n_cols() as f64;
    // As one quotient, so that it is exactly 0 where it should be.
    let idf = |user: usize| (n_items / (1.0 + train.row_nnz(user) as f64)).ln();
    match similarity {
        Similarity::Cosine => train.clone(),
        Similarity::TfIdf => {
            train.map_weights(|user, _, weight| (f64::from(weight).sqrt() * idf(user)) as f32)
        }
        Similarity::Bm25 { k1, b } => {
            let (k1, b) = (f64::from(k1), f64::from(b));
            let mut lengths = vec![0.0_f64; train.n_cols()];
            for (&item, &weight) in train.cols().iter().zip(train.weights()) {
                lengths[item as usize] += f64::from(weight);
            }
            let mean = (lengths.iter().sum::<f64>() / n_items).max(f64::MIN_POSITIVE);
            train.map_weights(|user, item, weight| {
                let weight = f64::from(weight);
                let length = 1.0 - b + b * lengths[item as usize] / mean;
                (weight * (k1 + 1.0) / (k1 * length + weight) * idf(user)) as f32
            })
        }
    }
}

/// The mean of `v²` over the entries, which makes `shrink` a number of users.
fn mean_square(weighted: &Csr) -> f32 {
    let sum: f64 = weighted.weights().iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    (sum / weighted.nnz().max(1) as f64) as f32
}

/// `1 / ‖i‖` per column, 0 for a column without weight.
fn inverse_norms(weighted: &Csr) -> Vec<f32> {
    let mut squares = vec![0.0_f64; weighted.n_cols()];
    for (&item, &value) in weighted.cols().iter().zip(weighted.weights()) {
        squares[item as usize] += f64::from(value) * f64::from(value);
    }
    let inverse = |square: f64| if square > 0.0 { (1.0 / square.sqrt()) as f32 } else { 0.0 };
    squares.into_iter().map(inverse).collect()
}

impl Recommender for ItemKnn {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.neighbours.len()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        for (item, weight) in tidy_history(history, self.n_items()) {
            for near in &self.neighbours[item as usize] {
                scores[near.item as usize] += weight * near.score;
            }
        }
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        let list = self.neighbours.get(item as usize).map_or(&[][..], Vec::as_slice);
        list.iter().take(n).copied().collect()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let mut score = 0.0;
        let mut contributions = Vec::new();
        for (chosen, weight) in tidy_history(history, self.n_items()) {
            let near = self.neighbours[chosen as usize].iter().find(|near| near.item == item);
            let added = near.map_or(0.0, |near| weight * near.score);
            score += added;
            contributions.push((chosen, added));
        }
        let contributions = sorted_contributions(contributions);
        Explanation { score, contributions, rest: 0.0, is_estimate: false }
    }
}
