//! Biased matrix factorization of ratings by stochastic descent, known as SVD.
//!
//! `r̂(u, i) = μ + b_u + b_i + p_u · q_i`, minimizing
//! `Σ_ui (r_ui − r̂)² + λ_b (b_u² + b_i²) + λ (‖p_u‖² + ‖q_i‖²)`: for one rating after the other
//! with error `e`, `b ← b + γ (e − λ_b b)`, `p ← p + γ (e q − λ p)`, `q ← q + γ (e p − λ q)`.
//!
//! Symbols: `r`, ratings, users × items, points; `p`, users × k; `q`, items × k; `b`, points; `γ`,
//! learning rate, which each epoch multiplies by `decay`; `λ`, `λ_b`, 0 or above. Time
//! `O(ratings · k)` per epoch, memory `O((users + items) k + ratings)`. Ratings are visited one
//! after the other in an order that only the seed and the epoch decide, so the result is equal bit
//! for bit at any number of threads.
//! Source: Y. Koren, R. Bell and C. Volinsky, "Matrix factorization techniques for recommender
//! systems", IEEE Computer 42(8), 2009; Y. Koren, "Factorization meets the neighborhood", KDD 2008,
//! section 2.3. A person never seen: see `factor_fold_in.rs`.

use pulp::{Arch, Simd, WithSimd};
use serde::{Deserialize, Serialize};

use super::factor_fold_in::{BiasedFactors, FoldIn};
use super::predictor::{FittedRatings, Rater, RatingPredictor, RatingReasons};
use super::ratings::Ratings;
use crate::dense::dot_in;
use crate::error::ModelError;
use crate::fitted::{FitStep, check_config};
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};

/// How the factorization is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SvdConfig {
    /// Factors `k`, 1 to 2048.
    pub factors: usize,
    /// Passes over the ratings, at least 1.
    pub epochs: usize,
    /// Learning rate `γ` of the first epoch, above 0 and at most 1.
    pub learning_rate: f32,
    /// What an epoch multiplies the learning rate by, above 0 and at most 1.
    pub decay: f32,
    /// Regularization `λ` of factors, 0 to 1.
    pub regularization: f32,
    /// Regularization `λ_b` of biases, 0 to 1.
    pub bias_regularization: f32,
    /// Size of the random start, above 0: a factor is drawn with deviation `start / √k`.
    pub start: f32,
    /// Seed of the random start and of the order.
    pub seed: u64,
}

impl Default for SvdConfig {
    fn default() -> Self {
        Self {
            factors: 100,
            epochs: 100,
            learning_rate: 0.01,
            decay: 1.0,
            regularization: 0.1,
            bias_regularization: 0.01,
            start: 0.5,
            seed: 1,
        }
    }
}

/// What both factorizations check: the fields they share.
pub(super) struct Descent {
    pub(super) factors: usize,
    pub(super) epochs: usize,
    pub(super) learning_rate: f32,
    pub(super) decay: f32,
    pub(super) regularization: f32,
    pub(super) bias_regularization: f32,
    pub(super) start: f32,
}

impl Descent {
    pub(super) fn check(&self, name: &'static str) -> Result<(), ModelError> {
        let factors_are_ok = (1..=2048).contains(&self.factors);
        check_config(factors_are_ok, name, "factors", self.factors, "between 1 and 2048")?;
        check_config(self.epochs >= 1, name, "epochs", self.epochs, "1 or more")?;
        for (field, value) in [("learning_rate", self.learning_rate), ("decay", self.decay)] {
            let fits = value > 0.0 && value <= 1.0;
            check_config(fits, name, field, value, "above 0 and at most 1")?;
        }
        for (field, value) in [
            ("regularization", self.regularization),
            ("bias_regularization", self.bias_regularization),
        ] {
            let fits = (0.0..=1.0).contains(&value);
            check_config(fits, name, field, value, "between 0 and 1")?;
        }
        let start_is_ok = self.start.is_finite() && self.start > 0.0;
        check_config(start_is_ok, name, "start", self.start, "above 0")
    }
}

impl SvdConfig {
    fn descent(&self) -> Descent {
        Descent {
            factors: self.factors,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            decay: self.decay,
            regularization: self.regularization,
            bias_regularization: self.bias_regularization,
            start: self.start,
        }
    }

    fn fold_in(&self) -> FoldIn<'static> {
        FoldIn { implicit: None, regularization: (self.bias_regularization, self.regularization) }
    }
}

/// The numbers `0..n` in an order that a stream decides.
pub(super) fn shuffled(n: usize, stream: Stream) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    for at in (1..n).rev() {
        order.swap(at, stream.below(at as u64, at + 1));
    }
    order
}

/// The error of a fit whose numbers left the range of floats.
pub(super) fn diverged(model: &'static str) -> ModelError {
    let reason = "training diverged; lower learning_rate or raise regularization".to_owned();
    ModelError::Input { model, reason }
}

/// Fitted biases and factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Svd {
    config: SvdConfig,
    learnt: BiasedFactors,
}

/// One pass over the ratings.
struct Epoch<'a> {
    learnt: &'a mut BiasedFactors,
    triplets: &'a [(u32, u32, f32)],
    order: &'a [u32],
    rate: f32,
    /// `λ_b` and `λ`.
    regularization: (f32, f32),
}

impl WithSimd for Epoch<'_> {
    /// The sum of squared errors on the way.
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { learnt, triplets, order, rate, regularization } = self;
        let BiasedFactors { mean, user_biases, item_biases, users, items, .. } = learnt;
        let (of_bias, of_factors) = regularization;
        let (mean, stride) = (*mean as f32, users.stride());
        let (users, items) = (users.values_mut(), items.values_mut());
        let mut squares = 0.0;
        for &at in order {
            let (user, item, points) = triplets[at as usize];
            let (user, item) = (user as usize, item as usize);
            let p = &mut users[user * stride..][..stride];
            let q = &mut items[item * stride..][..stride];
            let (b_user, b_item) = (&mut user_biases[user], &mut item_biases[item]);
            let error = points - (mean + *b_user + *b_item + dot_in(simd, p, q));
            *b_user += rate * (error - of_bias * *b_user);
            *b_item += rate * (error - of_bias * *b_item);
            for (p, q) in p.iter_mut().zip(q) {
                let before = *p;
                *p += rate * (error * *q - of_factors * before);
                *q += rate * (error * before - of_factors * *q);
            }
            squares += f64::from(error) * f64::from(error);
        }
        squares
    }
}

impl FittedRatings for Svd {
    type Config = SvdConfig;

    const NAME: &'static str = "Svd";

    fn fit_watched(
        config: &SvdConfig,
        ratings: &Ratings,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.descent().check(Self::NAME)?;
        let stream = Stream::new(config.seed);
        let mut learnt = BiasedFactors::start(ratings, config.factors, config.start, stream);
        let triplets: Vec<_> = ratings.triplets().collect();
        let mut rate = config.learning_rate;
        let arch = Arch::new();
        for done in 1..=config.epochs {
            let order = shuffled(triplets.len(), stream.fork(1 + done as u64));
            let squares = arch.dispatch(Epoch {
                learnt: &mut learnt,
                triplets: &triplets,
                order: &order,
                rate,
                regularization: (config.bias_regularization, config.regularization),
            });
            rate *= config.decay;
            let loss = Some(squares / triplets.len().max(1) as f64);
            watch(FitStep { done, total: config.epochs, loss, ..FitStep::default() });
        }
        match learnt.is_finite() {
            true => Ok(Self { config: config.clone(), learnt }),
            false => Err(diverged(Self::NAME)),
        }
    }

    fn config(&self) -> &SvdConfig {
        &self.config
    }

    fn seed(&self) -> Option<u64> {
        Some(self.config.seed)
    }

    fn to_tensors(&self) -> TensorsOut {
        self.learnt.to_tensors()
    }

    fn from_tensors(config: SvdConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.descent().check(Self::NAME).map_err(|error| error.to_string())?;
        let learnt = BiasedFactors::from_tensors(config.factors, tensors)?;
        Ok(Self { config, learnt })
    }
}

impl RatingPredictor for Svd {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_users(&self) -> usize {
        self.learnt.users.n_rows()
    }

    fn n_items(&self) -> usize {
        self.learnt.items.n_rows()
    }

    fn predict(&self, rater: Rater<'_>, items: &[u32]) -> Vec<f64> {
        let person = self.learnt.person(rater, self.config.fold_in());
        self.learnt.predict(&person, items)
    }

    fn explain(&self, rater: Rater<'_>, item: u32) -> RatingReasons {
        let fold_in = self.config.fold_in();
        self.learnt.explain(&self.learnt.person(rater, fold_in), item, fold_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_equals_the_formulas_taken_one_by_one() {
        let stream = Stream::new(3);
        let given = (0..40_u64).map(|at| {
            let (user, item) = (stream.below(at, 6), stream.below(at + 100, 5));
            (user as u32, item as u32, 1.0 + stream.below(at + 200, 9) as f32 / 2.0)
        });
        let ratings = Ratings::new(6, 5, &given.collect::<Vec<_>>()).unwrap();
        let mut learnt = BiasedFactors::start(&ratings, 2, 1.0, stream);
        let triplets: Vec<_> = ratings.triplets().collect();
        let row = |table: &crate::dense::Factors, row| -> Vec<f64> {
            table.row(row).iter().map(|&value| f64::from(value)).collect()
        };
        let mut p: Vec<_> = (0..6).map(|user| row(&learnt.users, user)).collect();
        let mut q: Vec<_> = (0..5).map(|item| row(&learnt.items, item)).collect();
        let (mut b_users, mut b_items) = ([0.0_f64; 6], [0.0_f64; 5]);
        for number in 0..5 {
            let order = shuffled(triplets.len(), stream.fork(number));
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..triplets.len() as u32));
            Arch::new().dispatch(Epoch {
                learnt: &mut learnt,
                triplets: &triplets,
                order: &order,
                rate: 0.1,
                regularization: (0.05, 0.2),
            });
            for at in order {
                let (user, item, points) = triplets[at as usize];
                let (u, i) = (user as usize, item as usize);
                let taste = p[u][0] * q[i][0] + p[u][1] * q[i][1];
                let error = f64::from(points) - ratings.mean() - b_users[u] - b_items[i] - taste;
                b_users[u] += 0.1 * (error - 0.05 * b_users[u]);
                b_items[i] += 0.1 * (error - 0.05 * b_items[i]);
                for f in 0..2 {
                    let (before_p, before_q) = (p[u][f], q[i][f]);
                    p[u][f] += 0.1 * (error * before_q - 0.2 * before_p);
                    q[i][f] += 0.1 * (error * before_p - 0.2 * before_q);
                }
            }
        }
        let slow = p.concat().into_iter().chain(q.concat()).chain(b_users).chain(b_items);
        let biases = learnt.user_biases.iter().chain(&learnt.item_biases);
        let factors = [learnt.users.to_unpadded(), learnt.items.to_unpadded()].concat();
        for (fast, slow) in factors.iter().chain(biases).zip(slow) {
            assert!((f64::from(*fast) - slow).abs() < 1e-4, "{fast}, not {slow}");
        }
    }
}
