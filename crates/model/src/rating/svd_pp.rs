//! SVD++: ratings by factors, where what a person rated tells something whatever the points.
//!
//! `r̂(u, i) = μ + b_u + b_i + q_i · (p_u + n_u^−½ Σ_{j ∈ N(u)} y_j)`, minimizing the squared
//! errors with `λ_b` on `b` and `λ` on `p`, `q` and `y` by stochastic descent. With `z = n^−½ Σ_j
//! y_j` a step with error `e` on a rating of `u` is `q ← q + γ (e (p + z) − λ q)`, `p ← p + γ (e q
//! − λ p)` and `y_j ← y_j + γ (e n^−½ q − λ y_j)` for all `j`. All `y_j` shrink by the same and
//! grow by the same, so while the ratings of one user are visited `z ← z + γ (e q − λ z)` and
//! `g ← (1 − γ λ) g + γ e n^−½ q` are enough, and once at the end `y_j ← (1 − γ λ)^n y_j + g`.
//!
//! Symbols: `r`, ratings, users × items, points; `p`, users × k; `q`, `y`, items × k; `N(u)`, the
//! `n_u` items that `u` rated; `γ`, learning rate, times `decay` per epoch. Time `O(ratings · k)`
//! per epoch, memory `O((users + items) k + ratings)`. Users and their ratings are visited in an
//! order that only the seed and the epoch decide: equal bit for bit at any number of threads.
//! Source: Y. Koren, "Factorization meets the neighborhood: a multifaceted collaborative filtering
//! model", KDD 2008, section 4, equation 15.
//! DIFFERENCE: ratings are visited user by user, which makes the exact steps of `y` as cheap as
//! those of `p`; `y` starts at 0. A person never seen: see `factor_fold_in.rs`.

use pulp::{Arch, Simd, WithSimd};
use serde::{Deserialize, Serialize};

use super::factor_fold_in::{BiasedFactors, FoldIn, read_table};
use super::predictor::{FittedRatings, Rater, RatingPredictor, RatingReasons};
use super::ratings::{Lists, Ratings};
use super::svd::{Descent, diverged, shuffled};
use crate::dense::{Factors, dot_in};
use crate::error::ModelError;
use crate::fitted::FitStep;
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};

/// How SVD++ is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SvdPpConfig {
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

impl Default for SvdPpConfig {
    fn default() -> Self {
        Self {
            factors: 100,
            epochs: 60,
            learning_rate: 0.007,
            decay: 1.0,
            regularization: 0.1,
            bias_regularization: 0.01,
            start: 0.3,
            seed: 1,
        }
    }
}

impl SvdPpConfig {
    fn check(&self) -> Result<(), ModelError> {
        let descent = Descent {
            factors: self.factors,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            decay: self.decay,
            regularization: self.regularization,
            bias_regularization: self.bias_regularization,
            start: self.start,
        };
        descent.check(SvdPp::NAME)
    }
}

/// Fitted biases and factors; the users' rows hold `p_u + n_u^−½ Σ_j y_j`.
#[derive(Debug, Clone, PartialEq)]
pub struct SvdPp {
    config: SvdPpConfig,
    learnt: BiasedFactors,
    /// `y`, one row per item.
    implicit: Factors,
}

/// One pass over the users, whose rows hold `p` alone.
struct Epoch<'a> {
    learnt: &'a mut BiasedFactors,
    implicit: &'a mut Factors,
    by_user: &'a Lists,
    stream: Stream,
    rate: f32,
    /// `λ_b` and `λ`.
    regularization: (f32, f32),
}

impl WithSimd for Epoch<'_> {
    /// The sum of squared errors on the way.
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { learnt, implicit, by_user, stream, rate, regularization } = self;
        let stride = implicit.stride();
        let (mut z, mut g) = (vec![0.0_f32; stride], vec![0.0_f32; stride]);
        let (of_bias, of_factors) = regularization;
        let (mean, keep) = (learnt.mean as f32, 1.0 - rate * of_factors);
        let mut squares = 0.0;
        for user in shuffled(by_user.n_rows(), stream) {
            let (rated, points) = by_user.row(user as usize);
            if rated.is_empty() {
                continue;
            }
            let root = 1.0 / (rated.len() as f32).sqrt();
            sum_of_rows(implicit, rated, root, &mut z);
            g.fill(0.0);
            let p = &mut learnt.users.values_mut()[user as usize * stride..][..stride];
            let b_user = &mut learnt.user_biases[user as usize];
            for at in shuffled(rated.len(), stream.fork(u64::from(user))) {
                let item = rated[at as usize] as usize;
                let q = &mut learnt.items.values_mut()[item * stride..][..stride];
                let b_item = &mut learnt.item_biases[item];
                let taste = dot_in(simd, q, p) + dot_in(simd, q, &z);
                let error = points[at as usize] - (mean + *b_user + *b_item + taste);
                *b_user += rate * (error - of_bias * *b_user);
                *b_item += rate * (error - of_bias * *b_item);
                let (step, grown) = (rate * error, rate * error * root);
                let person = p.iter_mut().zip(&mut z).zip(&mut g);
                for (q, ((p, z), g)) in q.iter_mut().zip(person) {
                    let before = *q;
                    *q = keep * before + step * (*p + *z);
                    *p = keep * *p + step * before;
                    *z = keep * *z + step * before;
                    *g = keep * *g + grown * before;
                }
                squares += f64::from(error) * f64::from(error);
            }
            let kept = keep.powi(rated.len() as i32);
            for &item in rated {
                let y = &mut implicit.values_mut()[item as usize * stride..][..stride];
                y.iter_mut().zip(&g).for_each(|(y, g)| *y = kept * *y + g);
            }
        }
        squares
    }
}

/// `out = factor · Σ_j row_j`.
#[inline(always)]
fn sum_of_rows(table: &Factors, rows: &[u32], factor: f32, out: &mut [f32]) {
    out.fill(0.0);
    for &row in rows {
        let row = table.padded_row(row as usize);
        out.iter_mut().zip(row).for_each(|(out, value)| *out += value);
    }
    out.iter_mut().for_each(|out| *out *= factor);
}

impl FittedRatings for SvdPp {
    type Config = SvdPpConfig;

    const NAME: &'static str = "SvdPp";

    fn fit_watched(
        config: &SvdPpConfig,
        ratings: &Ratings,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.check()?;
        let stream = Stream::new(config.seed);
        let mut learnt = BiasedFactors::start(ratings, config.factors, config.start, stream);
        let mut implicit = Factors::zeros(ratings.n_items(), config.factors);
        let mut rate = config.learning_rate;
        let arch = Arch::new();
        for done in 1..=config.epochs {
            let squares = arch.dispatch(Epoch {
                learnt: &mut learnt,
                implicit: &mut implicit,
                by_user: &ratings.by_user,
                stream: stream.fork(1 + done as u64),
                rate,
                regularization: (config.bias_regularization, config.regularization),
            });
            rate *= config.decay;
            let loss = Some(squares / ratings.len().max(1) as f64);
            watch(FitStep { done, total: config.epochs, loss, ..FitStep::default() });
        }
        let mut z = vec![0.0; implicit.stride()];
        for user in 0..ratings.n_users() {
            let (rated, _) = ratings.by_user.row(user);
            let root = 1.0 / (rated.len().max(1) as f32).sqrt();
            sum_of_rows(&implicit, rated, root, &mut z);
            learnt.users.row_mut(user).iter_mut().zip(&z).for_each(|(x, z)| *x += z);
        }
        match learnt.is_finite() && implicit.values().iter().all(|value| value.is_finite()) {
            true => Ok(Self { config: config.clone(), learnt, implicit }),
            false => Err(diverged(Self::NAME)),
        }
    }

    fn config(&self) -> &SvdPpConfig {
        &self.config
    }

    fn seed(&self) -> Option<u64> {
        Some(self.config.seed)
    }

    fn to_tensors(&self) -> TensorsOut {
        let shape = vec![self.implicit.n_rows(), self.implicit.k()];
        self.learnt.to_tensors().with_f32("implicit", shape, &self.implicit.to_unpadded())
    }

    fn from_tensors(config: SvdPpConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let learnt = BiasedFactors::from_tensors(config.factors, tensors)?;
        let implicit = read_table("implicit", config.factors, tensors)?;
        if implicit.n_rows() != learnt.items.n_rows() {
            return Err("array implicit has not one row per item".to_owned());
        }
        Ok(Self { config, learnt, implicit })
    }
}

impl SvdPp {
    fn fold_in(&self) -> FoldIn<'_> {
        let regularization = (self.config.bias_regularization, self.config.regularization);
        FoldIn { implicit: Some(&self.implicit), regularization }
    }
}

impl RatingPredictor for SvdPp {
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
        self.learnt.predict(&self.learnt.person(rater, self.fold_in()), items)
    }

    fn explain(&self, rater: Rater<'_>, item: u32) -> RatingReasons {
        let person = self.learnt.person(rater, self.fold_in());
        self.learnt.explain(&person, item, self.fold_in())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 0.05;
    const BIAS: f64 = 0.02;
    const FACTORS: f64 = 0.1;

    type Rows = Vec<Vec<f64>>;

    /// What the paper says, step by step: each rating moves every `y` of its user.
    struct Slow {
        mean: f64,
        users: Vec<f64>,
        items: Vec<f64>,
        p: Rows,
        q: Rows,
        y: Rows,
    }

    impl Slow {
        fn visit(&mut self, user: usize, item: usize, points: f64, rated: &[u32]) {
            let root = 1.0 / (rated.len() as f64).sqrt();
            let sum = |f: usize| rated.iter().map(|&j| self.y[j as usize][f]).sum::<f64>();
            let k = self.p[user].len();
            let x: Vec<f64> = (0..k).map(|f| self.p[user][f] + root * sum(f)).collect();
            let q = self.q[item].clone();
            let taste: f64 = x.iter().zip(&q).map(|(x, q)| x * q).sum();
            let error = points - (self.mean + self.users[user] + self.items[item] + taste);
            self.users[user] += RATE * (error - BIAS * self.users[user]);
            self.items[item] += RATE * (error - BIAS * self.items[item]);
            for f in 0..k {
                self.q[item][f] += RATE * (error * x[f] - FACTORS * q[f]);
                self.p[user][f] += RATE * (error * q[f] - FACTORS * self.p[user][f]);
                for &j in rated {
                    let y = &mut self.y[j as usize][f];
                    *y += RATE * (error * root * q[f] - FACTORS * *y);
                }
            }
        }
    }

    fn rows(table: &Factors) -> Rows {
        let row = |row| table.row(row).iter().map(|&value| f64::from(value)).collect();
        (0..table.n_rows()).map(row).collect()
    }

    #[test]
    fn one_step_per_user_equals_every_step_of_every_y() {
        let stream = Stream::new(5);
        let pairs = (0..7_u32).flat_map(|user| (0..9_u32).map(move |item| (user, item)));
        let given = pairs.enumerate().filter(|(at, _)| stream.below(*at as u64, 3) > 0);
        let given: Vec<_> =
            given.map(|(at, (u, i))| (u, i, 1.0 + stream.below(at as u64, 5) as f32)).collect();
        let ratings = Ratings::new(7, 9, &given).unwrap();
        let mut learnt = BiasedFactors::start(&ratings, 3, 1.0, stream);
        let mut implicit = Factors::zeros(9, 3);
        let mut slow = Slow {
            mean: f64::from(ratings.mean() as f32),
            users: vec![0.0; 7],
            items: vec![0.0; 9],
            p: rows(&learnt.users),
            q: rows(&learnt.items),
            y: rows(&implicit),
        };
        for number in 0..4 {
            let stream = stream.fork(number);
            let squares = Arch::new().dispatch(Epoch {
                learnt: &mut learnt,
                implicit: &mut implicit,
                by_user: &ratings.by_user,
                stream,
                rate: RATE as f32,
                regularization: (BIAS as f32, FACTORS as f32),
            });
            assert!(squares > 0.0);
            for user in shuffled(7, stream) {
                let (rated, points) = ratings.by_user.row(user as usize);
                for at in shuffled(rated.len(), stream.fork(u64::from(user))) {
                    let (item, points) = (rated[at as usize], points[at as usize]);
                    slow.visit(user as usize, item as usize, points.into(), rated);
                }
            }
        }
        let close = |fast: &Rows, slow: &Rows| {
            let both = fast.iter().flatten().zip(slow.iter().flatten());
            both.for_each(|(a, b)| assert!((a - b).abs() < 1e-4, "{a}, not {b}"));
        };
        close(&rows(&implicit), &slow.y);
        close(&rows(&learnt.users), &slow.p);
        close(&rows(&learnt.items), &slow.q);
        let biases = [learnt.user_biases, learnt.item_biases].concat();
        let biases = biases.into_iter().map(f64::from).collect();
        close(&vec![biases], &vec![[slow.users, slow.items].concat()]);
    }
}
