//! User-based nearest neighbours: what people with a like history chose.
//!
//! `score(h, i) = Σ_{v ∈ N_K(h)} s(h, v) · w_vi` over the `K` people of the training set most like
//! the history `h`, `s(h, v) = Σ_j x_hj x_vj / (‖h‖ ‖v‖ + shrink · m)`:
//!
//! * cosine: `x = w`;
//! * TF-IDF: `x = √w · idf_j`, `idf_j = ln(N / n_j)`.
//!
//! A history needs no training, so unseen people are served alike; a person of the training set is
//! their own nearest neighbour, which adds to their own items only. An explanation is exact: item
//! `j` of the history adds `Σ_v w_vi x_hj x_vj / (‖h‖ ‖v‖ + shrink · m)`.
//!
//! Symbols: `w`, users × items, weights; `N`, users; `n_j`, users of item `j`; `m`, the mean of
//! `x²` over entries. Time to score `O(Σ_{j ∈ h} n_j + users + K · items per user)`; memory
//! `O(entries)`.
//! Source: J. L. Herlocker, J. A. Konstan, A. Borchers and J. Riedl, "An algorithmic framework for
//! performing collaborative filtering", SIGIR 1999, section 4 (neighbourhoods, shrinkage of those
//! who share little).
//! DIFFERENCE: feedback is implicit, so products are summed and not divided by the similarities.

use feature::Csr;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::item_knn::Similarity;
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// How neighbours are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserKnnConfig {
    /// People looked at, at least 1.
    pub neighbours: usize,
    /// How alike two people are: cosine or TF-IDF.
    pub similarity: Similarity,
    /// Holds back people who share little: a number of items, 0 or above.
    pub shrink: f32,
}

impl Default for UserKnnConfig {
    fn default() -> Self {
        Self { neighbours: 200, similarity: Similarity::TfIdf, shrink: 5.0 }
    }
}

impl UserKnnConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = UserKnn::NAME;
        check_config(self.neighbours >= 1, name, "neighbours", self.neighbours, "1 or more")?;
        let is_cosine = !matches!(self.similarity, Similarity::Bm25 { .. });
        check_config(is_cosine, name, "similarity", "bm25", "cosine or tf_idf")?;
        let shrink_is_ok = self.shrink.is_finite() && self.shrink >= 0.0;
        check_config(shrink_is_ok, name, "shrink", self.shrink, "0 or above")
    }
}

/// The people there are, to be compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct UserKnn {
    config: UserKnnConfig,
    /// `w`, users × items.
    train: Csr,
    /// `x`, items × users.
    by_item: Csr,
    /// `‖v‖` per user.
    norms: Vec<f32>,
    /// `shrink · m`.
    shrink: f32,
}

impl UserKnn {
    fn of(config: &UserKnnConfig, train: Csr) -> Self {
        let by_item = train.transpose();
        let weighted = train
            .map_weights(|_, item, weight| transformed(config, &by_item, item as usize, weight));
        let norm = |user: usize| norm(weighted.row(user).1);
        let norms = (0..train.n_rows()).map(norm).collect();
        let squares: f64 = weighted.weights().iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let shrink = config.shrink * (squares / weighted.nnz().max(1) as f64) as f32;
        let config = config.clone();
        Self { config, train, by_item: weighted.transpose(), norms, shrink }
    }

    /// A tidy history with each weight transformed.
    fn weigh(&self, history: &[(u32, f32)]) -> Vec<(u32, f32)> {
        let tidy = tidy_history(history, self.n_items());
        let one = |(item, weight)| {
            (item, transformed(&self.config, &self.by_item, item as usize, weight))
        };
        tidy.into_iter().map(one).collect()
    }

    /// The people most like a transformed history, with `s`.
    fn neighbours(&self, history: &[(u32, f32)]) -> Vec<Scored> {
        let mut products = vec![0.0_f32; self.train.n_rows()];
        for &(item, x) in history {
            let (users, theirs) = self.by_item.row(item as usize);
            for (&user, &their) in users.iter().zip(theirs) {
                products[user as usize] += x * their;
            }
        }
        let own = norm(&history.iter().map(|one| one.1).collect::<Vec<_>>());
        let mut best = TopK::new(self.config.neighbours);
        for (user, &product) in products.iter().enumerate().filter(|one| *one.1 > 0.0) {
            let score = product / self.divisor(own, user);
            best.push(Scored { item: user as u32, score });
        }
        best.into_sorted()
    }

    fn divisor(&self, own: f32, user: usize) -> f32 {
        own * self.norms[user] + self.shrink
    }
}

/// `x` for a weight; `by_item` tells how many chose the item.
fn transformed(config: &UserKnnConfig, by_item: &Csr, item: usize, weight: f32) -> f32 {
    match config.similarity {
        Similarity::TfIdf => {
            let idf = (by_item.n_cols() as f64 / by_item.row_nnz(item).max(1) as f64).ln();
            (f64::from(weight).sqrt() * idf.max(f64::from(f32::EPSILON))) as f32
        }
        Similarity::Cosine | Similarity::Bm25 { .. } => weight,
    }
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt() as f32
}

impl Recommender for UserKnn {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.train.n_cols()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        for near in self.neighbours(&self.weigh(history)) {
            let (items, weights) = self.train.row(near.item as usize);
            for (&item, &weight) in items.iter().zip(weights) {
                scores[item as usize] += near.score * weight;
            }
        }
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        if item as usize >= self.n_items() {
            return Vec::new();
        }
        let (users, weights) = self.by_item.row(item as usize);
        let mut products = vec![0.0_f32; self.n_items()];
        for (&user, &weight) in users.iter().zip(weights) {
            let (others, _) = self.train.row(user as usize);
            for &other in others {
                let (whom, theirs) = self.by_item.row(other as usize);
                if let Ok(at) = whom.binary_search(&user) {
                    products[other as usize] += weight * theirs[at];
                }
            }
        }
        let own = norm(weights);
        let mut best = TopK::new(n);
        for (other, &product) in products.iter().enumerate() {
            if other != item as usize && product > 0.0 {
                let score = product / (own * norm(self.by_item.row(other).1));
                best.push(Scored { item: other as u32, score });
            }
        }
        best.into_sorted()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let weighed = self.weigh(history);
        let mut added: Vec<(u32, f32)> = weighed.iter().map(|&(chosen, _)| (chosen, 0.0)).collect();
        let own = norm(&weighed.iter().map(|one| one.1).collect::<Vec<_>>());
        let mut score = 0.0;
        for near in self.neighbours(&weighed) {
            let user = near.item as usize;
            let Some(weight) = self.train.get(user, item) else { continue };
            score += near.score * weight;
            let share = weight / self.divisor(own, user);
            for ((chosen, sum), (_, x)) in added.iter_mut().zip(&weighed) {
                let (users, theirs) = self.by_item.row(*chosen as usize);
                if let Ok(at) = users.binary_search(&near.item) {
                    *sum += share * x * theirs[at];
                }
            }
        }
        let contributions = sorted_contributions(added);
        Explanation { score, contributions, rest: 0.0, is_estimate: false }
    }
}

impl Fitted for UserKnn {
    type Config = UserKnnConfig;

    const NAME: &'static str = "UserKnn";

    fn fit_watched(
        config: &UserKnnConfig,
        train: &TrainSet,
        _watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.check()?;
        check_weights(Self::NAME, train.matrix())?;
        Ok(Self::of(config, train.matrix().clone()))
    }

    fn config(&self) -> &UserKnnConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.train.n_rows()
    }

    fn to_tensors(&self) -> TensorsOut {
        let counts: Vec<u32> =
            (0..self.train.n_rows()).map(|user| self.train.row_nnz(user) as u32).collect();
        TensorsOut::default()
            .with_u32("counts", &counts)
            .with_u32("items", self.train.cols())
            .with_f32("weights", vec![self.train.nnz()], self.train.weights())
            .with_u64("n_items", &[self.train.n_cols() as u64])
    }

    fn from_tensors(config: UserKnnConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let counts = tensors.u32("counts")?;
        let (items, (_, weights)) = (tensors.u32("items")?, tensors.f32("weights")?);
        let n_items = tensors.u64("n_items")?.first().copied().unwrap_or(0) as usize;
        let total: usize = counts.iter().map(|&count| count as usize).sum();
        if total != items.len() || total != weights.len() {
            return Err("counts, items and weights differ in length".to_owned());
        }
        let users = (0_u32..).zip(&counts).flat_map(|(user, &n)| (0..n).map(move |_| user));
        let entries = users.zip(items.iter().zip(&weights));
        let triplets: Vec<_> = entries.map(|(user, (&item, &w))| (user, item, w)).collect();
        let train = Csr::from_triplets(counts.len(), n_items, &triplets);
        Ok(Self::of(&config, train.map_err(|error| error.to_string())?))
    }
}
