//! EASE: the items × items matrix that best gives every history back from its other items.
//!
//! Minimize `‖R − R B‖² + λ ‖B‖²` with `diag(B) = 0`. With `P = (RᵀR + λ I)⁻¹` the answer is
//! `B_ij = −P_ij / P_jj` off the diagonal, and `score(u, i) = Σ_{j ∈ history} w_uj B_ji`.
//!
//! Symbols: `R`, users × items, weights `w`, 0 or above; `B`, `P`: items × items; `λ`, above 0, in
//! squared weights, as if each item had been chosen alone by `λ` more users. Time
//! `O(Σ_u n_u² + items³ / 2)` for users with `n_u` items; a list `O(history · items)`. Memory
//! `O(items²)`: 12 bytes per pair of items while fitting, 4 after it.
//!
//! Source: H. Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019, section 3.

use feature::Csr;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::linear::inverse::Symmetric;
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, top_of_scores};
use crate::train_set::TrainSet;

/// Largest catalogue: its matrices take 4.8 GB while fitting.
const ITEMS_MAX: usize = 20_000;

/// How EASE is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EaseConfig {
    /// Regularization `λ`, above 0; hundreds for shops of thousands of users.
    pub regularization: f32,
}

impl Default for EaseConfig {
    fn default() -> Self {
        Self { regularization: 500.0 }
    }
}

impl EaseConfig {
    fn check(&self) -> Result<(), ModelError> {
        let lambda = self.regularization;
        let is_ok = lambda.is_finite() && lambda > 0.0;
        check_config(is_ok, Ease::NAME, "regularization", lambda, "above 0")
    }
}

/// A fitted matrix of items by items.
#[derive(Debug, Clone, PartialEq)]
pub struct Ease {
    config: EaseConfig,
    n_users: usize,
    n_items: usize,
    /// `B`, row after row.
    weights: Vec<f32>,
}

impl Fitted for Ease {
    type Config = EaseConfig;

    const NAME: &'static str = "Ease";

    fn fit_watched(
        config: &EaseConfig,
        train: &TrainSet,
        _watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let train = train.matrix();
        config.check()?;
        check_weights(Self::NAME, train)?;
        let n_items = train.n_cols();
        if n_items > ITEMS_MAX {
            let reason = format!(
                "{n_items} items need a matrix beyond the {ITEMS_MAX} items it takes; leave out \
                 rare items, or use ItemKnn or GraphFilter"
            );
            return Err(ModelError::Input { model: Self::NAME, reason });
        }
        let mut inverse = regularized_gram(train, f64::from(config.regularization));
        if !inverse.invert() {
            return Err(ModelError::Diverged { model: Self::NAME });
        }
        let mut weights = vec![0.0; n_items * n_items];
        weights.par_chunks_mut(n_items.max(1)).enumerate().for_each(|(i, row)| {
            for (j, weight) in row.iter_mut().enumerate().filter(|(j, _)| *j != i) {
                *weight = (-inverse.at(i, j) / inverse.at(j, j)) as f32;
            }
        });
        Ok(Self { config: config.clone(), n_users: train.n_rows(), n_items, weights })
    }

    fn config(&self) -> &EaseConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn to_tensors(&self) -> TensorsOut {
        TensorsOut::default()
            .with_f32("weights", vec![self.n_items, self.n_items], &self.weights)
            .with_u64("n_users", &[self.n_users as u64])
    }

    fn from_tensors(config: EaseConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let (n_items, cols, weights) = tensors.f32_table("weights")?;
        if n_items != cols {
            return Err(format!("array weights is {n_items} × {cols}, not square"));
        }
        let n_users = tensors.u64("n_users")?.first().copied().unwrap_or(0) as usize;
        Ok(Self { config, n_users, n_items, weights })
    }
}

/// The lower triangle of `RᵀR + λ I`.
fn regularized_gram(train: &Csr, lambda: f64) -> Symmetric {
    let by_item = train.transpose();
    let mut gram = Symmetric::identity(train.n_cols());
    gram.rows_mut().enumerate().for_each(|(item, row)| {
        row[item] = lambda;
        let (users, weights) = by_item.row(item);
        for (&user, &weight) in users.iter().zip(weights) {
            let (others, other_weights) = train.row(user as usize);
            for (&other, &other_weight) in others.iter().zip(other_weights) {
                if other as usize > item {
                    break;
                }
                row[other as usize] += f64::from(weight) * f64::from(other_weight);
            }
        }
    });
    gram
}

impl Ease {
    fn row(&self, item: u32) -> &[f32] {
        &self.weights[item as usize * self.n_items..][..self.n_items]
    }
}

impl Recommender for Ease {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.n_items
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        for (item, weight) in tidy_history(history, self.n_items) {
            for (score, of_pair) in scores.iter_mut().zip(self.row(item)) {
                *score += weight * of_pair;
            }
        }
    }

    /// Those that `item` speaks for most, none that it speaks against.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        if item as usize >= self.n_items {
            return Vec::new();
        }
        let row = self.row(item);
        top_of_scores(row, n, &|other| row[other as usize] > 0.0)
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        if item as usize >= self.n_items {
            return Explanation::nothing();
        }
        let contributions: Vec<(u32, f32)> = tidy_history(history, self.n_items)
            .into_iter()
            .map(|(chosen, weight)| (chosen, weight * self.row(chosen)[item as usize]))
            .collect();
        let score = contributions.iter().map(|(_, added)| added).sum();
        let contributions = sorted_contributions(contributions);
        Explanation { score, contributions, rest: 0.0, is_estimate: false }
    }
}
