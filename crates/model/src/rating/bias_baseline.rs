//! Who gives more points and what is given more points, and nothing of taste.
//!
//! `r̂(u, i) = μ + b_u + b_i`, minimizing `Σ_ui (r_ui − μ − b_u − b_i)² + λ_u Σ_u b_u² +
//! λ_i Σ_i b_i²` in turns: `b_i = Σ_u (r_ui − μ − b_u) / (λ_i + n_i)`, then
//! `b_u = Σ_i (r_ui − μ − b_i) / (λ_u + n_u)`. A person never seen gets `b_u` by the same formula.
//!
//! Symbols: `r`, ratings, users × items, points; `μ`, the mean rating; `b_u`, `b_i`, points; `n_u`,
//! `n_i`, ratings of a user and an item; `λ_u`, `λ_i`, in ratings. Time `O(ratings)` per iteration,
//! memory `O(users + items)`.
//! Source: Y. Koren, "Factor in the neighbors: scalable and accurate collaborative filtering", ACM
//! TKDD 4(1), 2010, section 2.1.
//! DIFFERENCE: the paper estimates once, items first; here the estimates are repeated, which
//! approaches the minimum of the sum above.

use serde::{Deserialize, Serialize};

use super::predictor::{FittedRatings, Rater, RatingPredictor, RatingReasons, clip, pair, single};
use super::ratings::{Ratings, tidy};
use crate::error::ModelError;
use crate::fitted::{FitStep, check_config};
use crate::tensors::{Tensors, TensorsOut};

/// How the baseline is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BiasBaselineConfig {
    /// Shrinkage of a user, in ratings, 0 or above.
    pub user_regularization: f64,
    /// Shrinkage of an item, in ratings, 0 or above.
    pub item_regularization: f64,
    /// Rounds over items and users, at least 1.
    pub iterations: usize,
}

impl Default for BiasBaselineConfig {
    fn default() -> Self {
        Self { user_regularization: 5.0, item_regularization: 2.0, iterations: 10 }
    }
}

impl BiasBaselineConfig {
    pub(super) fn check(&self, name: &'static str) -> Result<(), ModelError> {
        let is_shrinkage = |value: f64| value.is_finite() && value >= 0.0;
        for (field, value) in [
            ("user_regularization", self.user_regularization),
            ("item_regularization", self.item_regularization),
        ] {
            check_config(is_shrinkage(value), name, field, value, "0 or above")?;
        }
        check_config(self.iterations >= 1, name, "iterations", self.iterations, "1 or more")
    }
}

/// Fitted biases.
#[derive(Debug, Clone, PartialEq)]
pub struct BiasBaseline {
    config: BiasBaselineConfig,
    mean: f64,
    scale: (f32, f32),
    users: Vec<f64>,
    items: Vec<f64>,
}

impl BiasBaseline {
    /// The bias of a training user; 0 for one beyond the last.
    #[must_use]
    pub fn user_bias(&self, user: u32) -> f64 {
        self.users.get(user as usize).copied().unwrap_or(0.0)
    }

    /// The bias of an item; 0 for one beyond the catalogue.
    #[must_use]
    pub fn item_bias(&self, item: u32) -> f64 {
        self.items.get(item as usize).copied().unwrap_or(0.0)
    }

    /// The mean rating.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    pub(super) fn scale(&self) -> (f32, f32) {
        self.scale
    }

    /// The bias of a person who gave these ratings.
    pub(super) fn fold_in(&self, history: &[(u32, f32)]) -> f64 {
        let rest = history.iter().map(|&(i, r)| f64::from(r) - self.mean - self.item_bias(i));
        shrunk(rest, self.config.user_regularization)
    }

    /// The bias of whoever it is.
    pub(super) fn bias_of(&self, rater: Rater<'_>) -> f64 {
        match rater {
            Rater::Known(user) => self.user_bias(user),
            Rater::New(history) => self.fold_in(&tidy(history, self.items.len())),
        }
    }
}

/// The sum of what is left over, divided by its number and the shrinkage; 0 for nothing.
fn shrunk(rest: impl Iterator<Item = f64>, regularization: f64) -> f64 {
    let (sum, n) = rest.fold((0.0, 0_usize), |(sum, n), value| (sum + value, n + 1));
    if n == 0 { 0.0 } else { sum / (regularization + n as f64) }
}

impl FittedRatings for BiasBaseline {
    type Config = BiasBaselineConfig;

    const NAME: &'static str = "BiasBaseline";

    fn fit_watched(
        config: &BiasBaselineConfig,
        ratings: &Ratings,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.check(Self::NAME)?;
        let mean = ratings.mean();
        let mut users = vec![0.0; ratings.n_users()];
        let mut items = vec![0.0; ratings.n_items()];
        for done in 1..=config.iterations {
            for (item, bias) in items.iter_mut().enumerate() {
                let given = ratings.by_item.pairs(item);
                let rest = given.map(|(user, r)| f64::from(r) - mean - users[user as usize]);
                *bias = shrunk(rest, config.item_regularization);
            }
            for (user, bias) in users.iter_mut().enumerate() {
                let given = ratings.by_user.pairs(user);
                let rest = given.map(|(item, r)| f64::from(r) - mean - items[item as usize]);
                *bias = shrunk(rest, config.user_regularization);
            }
            watch(FitStep { done, total: config.iterations, ..FitStep::default() });
        }
        Ok(Self { config: config.clone(), mean, scale: ratings.scale(), users, items })
    }

    fn config(&self) -> &BiasBaselineConfig {
        &self.config
    }

    fn to_tensors(&self) -> TensorsOut {
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
        TensorsOut::default()
            .with_u64("mean", &[self.mean.to_bits()])
            .with_f32("scale", vec![2], &[self.scale.0, self.scale.1])
            .with_u64("user_biases", &bits(&self.users))
            .with_u64("item_biases", &bits(&self.items))
    }

    fn from_tensors(config: BiasBaselineConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        Ok(Self {
            config,
            mean: single(tensors, "mean")?,
            scale: pair(tensors, "scale")?,
            users: tensors.f64_bits("user_biases")?,
            items: tensors.f64_bits("item_biases")?,
        })
    }
}

impl RatingPredictor for BiasBaseline {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_users(&self) -> usize {
        self.users.len()
    }

    fn n_items(&self) -> usize {
        self.items.len()
    }

    fn predict(&self, rater: Rater<'_>, items: &[u32]) -> Vec<f64> {
        let base = self.mean + self.bias_of(rater);
        items.iter().map(|&item| clip(base + self.item_bias(item), self.scale)).collect()
    }

    fn explain(&self, rater: Rater<'_>, item: u32) -> RatingReasons {
        let (user, item) = (self.bias_of(rater), self.item_bias(item));
        RatingReasons { mean: self.mean, user, item, ..RatingReasons::default() }.within(self.scale)
    }
}
