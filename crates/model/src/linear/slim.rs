//! SLIM: a sparse items × items matrix, none of it below 0, that gives histories back.
//!
//! For each item `i` minimize `½ ‖r_i − R b_i‖² + ½ λ₂ ‖b_i‖² + λ₁ ‖b_i‖₁` over `b_ji ≥ 0` with
//! `b_ii = 0`, where only the `K` items nearest to `i` by cosine take part; one coordinate at a
//! time, `b_ji ← max(0, (r_j · e + b_ji ‖r_j‖² − λ₁) / (‖r_j‖² + λ₂))` with the error
//! `e = r_i − R b_i`. Then `score(u, i) = Σ_{j ∈ history} w_uj b_ji`.
//!
//! Symbols: `R`, users × items, weights `w`, 0 or above; `r_i`, its columns; `λ₁`, `λ₂`, 0 or
//! above, in squared weights. Time `O(Σ_i sweeps · Σ_{j near i} n_j)` for items with `n_j` users
//! beside the search for neighbours; a list `O(history · K)`. Memory `O(items · K)` and `O(users)`
//! per thread. Items are solved apart, so the result is equal bit for bit at any number of threads.
//!
//! Source: X. Ning and G. Karypis, "SLIM: sparse linear methods for top-N recommender systems",
//! ICDM 2011, sections 3 and 4.2 (fsSLIM, which chooses items by cosine); coordinates from
//! J. Friedman, T. Hastie and R. Tibshirani, "Regularization paths for generalized linear models
//! via coordinate descent", Journal of Statistical Software 33(1), 2010, section 2.

use feature::Csr;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::neighbours::all_neighbours;
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// A sweep that moves no coefficient by more than this is the last.
const TOLERANCE: f64 = 1e-5;

/// How SLIM is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlimConfig {
    /// Items that may speak for an item `K`, at least 1.
    pub neighbours: usize,
    /// What sets small coefficients to 0 `λ₁`, 0 or above.
    pub l1: f32,
    /// What shrinks coefficients `λ₂`, above 0.
    pub l2: f32,
    /// Most sweeps over the coefficients of an item, at least 1.
    pub sweeps: usize,
}

impl Default for SlimConfig {
    fn default() -> Self {
        Self { neighbours: 200, l1: 1.0, l2: 100.0, sweeps: 30 }
    }
}

impl SlimConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = Slim::NAME;
        check_config(self.neighbours >= 1, name, "neighbours", self.neighbours, "1 or more")?;
        let l1_is_ok = self.l1.is_finite() && self.l1 >= 0.0;
        check_config(l1_is_ok, name, "l1", self.l1, "0 or above")?;
        let l2_is_ok = self.l2.is_finite() && self.l2 > 0.0;
        check_config(l2_is_ok, name, "l2", self.l2, "above 0")?;
        check_config(self.sweeps >= 1, name, "sweeps", self.sweeps, "1 or more")
    }
}

/// A fitted sparse matrix of items by items.
#[derive(Debug, Clone, PartialEq)]
pub struct Slim {
    config: SlimConfig,
    n_users: usize,
    /// Row `j` holds what item `j` adds to others.
    weights: Csr,
}

impl Fitted for Slim {
    type Config = SlimConfig;

    const NAME: &'static str = "Slim";

    fn fit_watched(
        config: &SlimConfig,
        train: &TrainSet,
        _watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let train = train.matrix();
        config.check()?;
        check_weights(Self::NAME, train)?;
        let by_item = train.transpose();
        let square = |item: usize| -> f64 {
            by_item.row(item).1.iter().map(|&w| f64::from(w) * f64::from(w)).sum()
        };
        let squares: Vec<f64> = (0..train.n_cols()).map(square).collect();
        let inverse = |square: &f64| if *square > 0.0 { (1.0 / square.sqrt()) as f32 } else { 0.0 };
        let scale: Vec<f32> = squares.iter().map(inverse).collect();
        let near = all_neighbours(train, &scale, 0.0, config.neighbours);
        let problem = Problem { config, by_item: &by_item, squares: &squares };
        let columns: Vec<Vec<(u32, u32, f32)>> = near
            .into_par_iter()
            .enumerate()
            .map_init(
                || vec![0.0; train.n_rows()],
                |error, (item, near)| {
                    let mut near: Vec<u32> = near.into_iter().map(|one| one.item).collect();
                    near.sort_unstable();
                    let found = problem.solve(item, &near, error);
                    let entries = near.into_iter().zip(found).filter(|(_, weight)| *weight > 0.0);
                    entries.map(|(other, weight)| (other, item as u32, weight as f32)).collect()
                },
            )
            .collect();
        let n_items = train.n_cols();
        let weights = Csr::from_triplets(n_items, n_items, &columns.concat())
            .map_err(|_| ModelError::Diverged { model: Self::NAME })?;
        Ok(Self { config: config.clone(), n_users: train.n_rows(), weights })
    }

    fn config(&self) -> &SlimConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn to_tensors(&self) -> TensorsOut {
        let starts: Vec<u64> = self.weights.indptr().iter().map(|&start| start as u64).collect();
        let weights = self.weights.weights();
        TensorsOut::default()
            .with_u64("starts", &starts)
            .with_u32("items", self.weights.cols())
            .with_f32("weights", vec![weights.len()], weights)
            .with_u64("n_users", &[self.n_users as u64])
    }

    fn from_tensors(config: SlimConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let starts: Vec<usize> =
            tensors.u64("starts")?.into_iter().map(|start| start as usize).collect();
        let (_, weights) = tensors.f32("weights")?;
        let n_items = starts.len().saturating_sub(1);
        let weights = Csr::from_parts(n_items, starts, tensors.u32("items")?, weights)
            .map_err(|error| error.to_string())?;
        let n_users = tensors.u64("n_users")?.first().copied().unwrap_or(0) as usize;
        Ok(Self { config, n_users, weights })
    }
}

/// What the problems of all items share.
struct Problem<'a> {
    config: &'a SlimConfig,
    by_item: &'a Csr,
    /// `‖r_j‖²`.
    squares: &'a [f64],
}

impl Problem<'_> {
    /// The coefficients of the items `near`; `error` has a number per user, all 0 before and after.
    fn solve(&self, item: usize, near: &[u32], error: &mut [f64]) -> Vec<f64> {
        let (l1, l2) = (f64::from(self.config.l1), f64::from(self.config.l2));
        let column = |item: usize| {
            let (users, weights) = self.by_item.row(item);
            users.iter().map(|&user| user as usize).zip(weights.iter().map(|&w| f64::from(w)))
        };
        column(item).for_each(|(user, weight)| error[user] = weight);
        let mut found = vec![0.0; near.len()];
        for _ in 0..self.config.sweeps {
            let mut largest = 0.0_f64;
            for (&other, found) in near.iter().zip(&mut found) {
                let other = other as usize;
                let product: f64 = column(other).map(|(user, weight)| weight * error[user]).sum();
                let square = self.squares[other];
                let new = ((product + *found * square - l1) / (square + l2)).max(0.0);
                let change = new - *found;
                if change != 0.0 {
                    column(other).for_each(|(user, weight)| error[user] -= change * weight);
                    *found = new;
                    largest = largest.max(change.abs());
                }
            }
            if largest <= TOLERANCE {
                break;
            }
        }
        for touched in near.iter().map(|&other| other as usize).chain([item]) {
            column(touched).for_each(|(user, _)| error[user] = 0.0);
        }
        found
    }
}

impl Recommender for Slim {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.weights.n_cols()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        for (chosen, weight) in tidy_history(history, self.n_items()) {
            let (items, weights) = self.weights.row(chosen as usize);
            for (&item, of_pair) in items.iter().zip(weights) {
                scores[item as usize] += weight * of_pair;
            }
        }
    }

    /// Those that `item` speaks for most.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        if item as usize >= self.n_items() {
            return Vec::new();
        }
        let mut best = TopK::new(n);
        let (items, weights) = self.weights.row(item as usize);
        for (&item, &score) in items.iter().zip(weights) {
            best.push(Scored { item, score });
        }
        best.into_sorted()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        if item as usize >= self.n_items() {
            return Explanation::nothing();
        }
        let added = |(chosen, weight): (u32, f32)| {
            (chosen, weight * self.weights.get(chosen as usize, item).unwrap_or(0.0))
        };
        let contributions: Vec<(u32, f32)> =
            tidy_history(history, self.n_items()).into_iter().map(added).collect();
        let score = contributions.iter().map(|(_, added)| added).sum();
        let contributions = sorted_contributions(contributions);
        Explanation { score, contributions, rest: 0.0, is_estimate: false }
    }
}
